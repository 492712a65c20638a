//! What an employee does in the window, step by step. The window tests and the tour play the same steps.

use crate::window_driver::{Window, WindowError};

/// The password of the employee in tests and tours.
pub const PASSWORD: &str = "fire ord på en rad";

/// The certificate's details, in the order in which they are shown.
pub const DETAILS: [&str; 8] = ["name", "organisation", "cvr", "employee-id", "email", "issuer", "validity", "purpose"];

/// The consents that the terms ask for, one by one.
pub const CONSENTS: [&str; 3] = ["publication", "cpr-registration", "retention-six-years"];

/// Takes the invitation that practice mode offers; gives back reference number and one-time code.
///
/// # Errors
/// As the window cannot be driven.
pub async fn take_practice_invitation(window: &Window) -> Result<(String, String), WindowError> {
    window.see("screen-welcome").await?;
    window.click("use-practice-invitation").await?;
    loop {
        let (reference, code) = (window.value("reference").await?, window.value("code").await?);
        if !reference.is_empty() && !code.is_empty() {
            return Ok((reference, code));
        }
        if window.shows("problem").await? {
            return Err(WindowError::NotSeen { what: "an invitation".into(), shown: window.all_text().await? });
        }
    }
}

/// Opens an invitation with what the letter says.
///
/// # Errors
/// As the window cannot be driven.
pub async fn open_invitation(window: &Window, reference: &str, code: &str) -> Result<(), WindowError> {
    window.see("screen-welcome").await?;
    window.type_into("reference", reference).await?;
    window.type_into("code", code).await?;
    window.click("continue").await
}

/// Chooses the password and has the key made.
///
/// # Errors
/// As the window cannot be driven.
pub async fn make_key(window: &Window, password: &str) -> Result<(), WindowError> {
    window.see("screen-password").await?;
    window.type_into("password", password).await?;
    window.type_into("password-again", password).await?;
    window.click("make-key").await
}

/// Notes the revocation code and goes on; gives the code back.
///
/// # Errors
/// As the window cannot be driven.
pub async fn keep_revocation_code(window: &Window) -> Result<String, WindowError> {
    let code = window.text("revocation-code").await?;
    window.click("revocation-code-kept").await?;
    Ok(code)
}

/// Answers every detail: those in `wrong` with *forkert*, all others with *korrekt*.
///
/// # Errors
/// As the window cannot be driven.
pub async fn answer_details(window: &Window, wrong: &[&str]) -> Result<(), WindowError> {
    window.see("screen-details").await?;
    for field in DETAILS {
        let answer = if wrong.contains(&field) { "wrong" } else { "correct" };
        window.choose(&format!("detail-{field}-{answer}")).await?;
    }
    window.click("continue").await
}

/// Gives every consent and accepts the terms.
///
/// # Errors
/// As the window cannot be driven.
pub async fn accept_terms(window: &Window) -> Result<(), WindowError> {
    window.see("terms").await?;
    for consent in CONSENTS {
        window.choose(&format!("consent-{consent}")).await?;
    }
    window.choose("accept-terms").await?;
    window.click("continue").await
}

/// Signs with the password.
///
/// # Errors
/// As the window cannot be driven.
pub async fn sign(window: &Window, password: &str) -> Result<(), WindowError> {
    window.see("screen-sign").await?;
    window.type_into("password", password).await?;
    window.click("sign").await
}

/// Sees whom to call.
///
/// # Errors
/// As the window cannot be driven.
pub async fn see_contacts(window: &Window) -> Result<(), WindowError> {
    window.see("contact-authority").await?;
    window.see("contact-support").await.map(drop)
}

/// From the welcome screen to the certificate's details.
///
/// # Errors
/// As the window cannot be driven.
pub async fn enrol(window: &Window) -> Result<(), WindowError> {
    take_practice_invitation(window).await?;
    window.click("continue").await?;
    make_key(window, PASSWORD).await?;
    keep_revocation_code(window).await?;
    window.see("screen-details").await.map(drop)
}
