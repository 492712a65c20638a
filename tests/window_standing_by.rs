//! What comes after enrolment, in the real window against a real portal: the alarm, revocation, the next certificate,
//! a stolen key that another program uses, and a certificate that moves by file.
//!
//! Needs what `window.rs` needs, and curl.
#![cfg(unix)]
#![allow(clippy::print_stderr, reason = "what is measured is said")]

use certifikatguide_tests::computer::{Computer, Keychain};
use certifikatguide_tests::distant_portal::DistantPortal;
use certifikatguide_tests::employee::{
    self, PASSWORD, accept_terms, answer_details, enrol, keep_revocation_code, make_key, open_invitation, sign,
    take_practice_invitation,
};
use certifikatguide_tests::window_driver::{Window, WindowError};
use lifecycle::ports::Journal;
use lifecycle::{Journey, Step};
use local_store::SqliteJournal;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

type Outcome = Result<(), WindowError>;

/// The password of a certificate file.
const FILE_PASSWORD: &str = "lygte hjul kaffe torsk";

fn computer() -> Computer {
    Computer::start(Keychain::Unlocked).expect("Xvfb, dbus-daemon and gnome-keyring start")
}

async fn journey(computer: &Computer) -> Journey {
    let journal =
        SqliteJournal::open(&computer.data().join("practice-journal.sqlite")).await.expect("the journal opens");
    journal.current().await.expect("the journal is read").expect("a journey")
}

async fn serial_number(computer: &Computer) -> String {
    let journey = journey(computer).await;
    journey.step.issued().expect("a certificate").held.certificate.serial_number().to_owned()
}

/// Opens the window towards a portal elsewhere, which is a practice portal.
async fn open(computer: &Computer, portal: &DistantPortal, more: &[&str]) -> Result<Window, WindowError> {
    let arguments = ["--portal", portal.address(), "--trust-anchor", portal.trust_anchor(), "--practice"];
    Window::open_with(computer, &[&arguments[..], more].concat()).await
}

/// From the welcome screen to a certificate in use.
async fn declare(window: &Window) -> Outcome {
    enrol(window).await?;
    answer_details(window, &[]).await?;
    accept_terms(window).await?;
    sign(window, PASSWORD).await?;
    window.click("go-to-certificate").await?;
    see_standing(window, "valid").await
}

async fn see_standing(window: &Window, standing: &str) -> Outcome {
    window.see_css(&format!("[data-testid='screen-certificate'][data-standing='{standing}']")).await.map(drop)
}

/// What was read back: by the portal, by OCSP and in the list.
async fn see_read_back(window: &Window, state: &str) -> Outcome {
    let selector = format!(
        "[data-testid='read-back'][data-portal='{state}'][data-ocsp='{state}'][data-revocation-list='{state}']"
    );
    window.see_css(&selector).await.map(drop)
}

#[tokio::test]
async fn two_clicks_from_any_screen_suspend_and_what_was_read_back_three_ways_is_shown() -> Outcome {
    let computer = computer();
    let window = Window::open(&computer).await?;
    declare(&window).await?;
    window.click("open-uses").await?;
    window.see("screen-uses").await?;
    window.click("header-suspend").await?;
    window.see("confirm-suspend").await?;
    let clicked = Instant::now();
    window.click("confirm-suspend").await?;
    see_read_back(&window, "suspended").await?;
    // Said, not asserted: how long it takes is a figure of this computer.
    eprintln!("from the click to the status that is proven three ways: {} ms", clicked.elapsed().as_millis());
    window.close(&computer).await?;
    assert!(matches!(journey(&computer).await.step, Step::Suspended(_)));
    Ok(())
}

#[tokio::test]
async fn with_paper_alone_any_computer_suspends_and_the_own_one_shows_it_by_itself() -> Outcome {
    let (own, other) = (computer(), computer());
    let portal = DistantPortal::start()?;
    let window = open(&own, &portal, &["--watch-every", "1"]).await?;
    let (reference, code) = take_practice_invitation(&window).await?;
    window.click("continue").await?;
    make_key(&window, PASSWORD).await?;
    let revocation_code = keep_revocation_code(&window).await?;
    answer_details(&window, &[]).await?;
    accept_terms(&window).await?;
    sign(&window, PASSWORD).await?;
    window.click("go-to-certificate").await?;
    see_standing(&window, "valid").await?;

    let elsewhere = open(&other, &portal, &[]).await?;
    elsewhere.see("screen-welcome").await?;
    elsewhere.click("open-by-code").await?;
    elsewhere.type_into("by-code-reference", &reference).await?;
    elsewhere.type_into("by-code-code", &code).await?;
    elsewhere.click("by-code-suspend").await?;
    elsewhere.see_css("[data-testid='by-code-problem'][data-code='revocation-code-wrong']").await?;
    elsewhere.type_into("by-code-reference", &reference).await?;
    elsewhere.type_into("by-code-code", &revocation_code).await?;
    elsewhere.click("by-code-suspend").await?;
    elsewhere.see_css("[data-testid='by-code-result'][data-state='suspended']").await?;
    elsewhere.close(&other).await?;

    see_standing(&window, "suspended").await?;
    see_read_back(&window, "suspended").await?;
    window.close(&own).await
}

#[tokio::test]
async fn a_certificate_is_revoked_for_a_reason_in_plain_words_and_never_comes_back() -> Outcome {
    let computer = computer();
    let window = Window::open(&computer).await?;
    declare(&window).await?;
    window.click("revoke").await?;
    window.see("screen-revoke").await?;
    window.see("consequence").await?;
    window.choose("revoke-reason-cessation-of-operation").await?;
    window.type_into("revoke-password", PASSWORD).await?;
    window.click("confirm-revoke").await?;
    see_standing(&window, "revoked").await?;
    see_read_back(&window, "revoked").await?;
    window.close(&computer).await?;
    assert!(matches!(journey(&computer).await.step, Step::Revoked(_)));
    Ok(())
}

#[tokio::test]
async fn a_certificate_that_ends_soon_is_renewed_by_one_button_and_checked_again() -> Outcome {
    let computer = computer();
    let portal = DistantPortal::start_with(&["--employee-validity", "2592000"])?;
    let window = open(&computer, &portal, &[]).await?;
    declare(&window).await?;
    let before = serial_number(&computer).await;
    window.see("reminder").await?;
    window.click("snooze-reminder").await?;
    window.click("renew").await?;
    window.see("screen-renew").await?;
    window.type_into("renew-password", PASSWORD).await?;
    window.click("confirm-renew").await?;
    keep_revocation_code(&window).await?;
    window.click("check-details").await?;
    answer_details(&window, &[]).await?;
    see_standing(&window, "valid").await?;
    window.close(&computer).await?;
    assert_ne!(serial_number(&computer).await, before);
    let Step::Active(state) = journey(&computer).await.step else { panic!("in use") };
    assert!(!state.details_to_check && !state.issued.code_to_keep);
    Ok(())
}

#[tokio::test]
async fn after_its_end_the_window_leads_back_through_the_lra_to_a_new_invitation() -> Outcome {
    let computer = computer();
    // Long enough for the journey on a busy computer; what is left of it is waited for.
    let portal = DistantPortal::start_with(&["--employee-validity", "180"])?;
    let window = open(&computer, &portal, &[]).await?;
    declare(&window).await?;
    window.close(&computer).await?;
    let end = journey(&computer).await.step.issued().expect("a certificate").held.certificate.not_after();
    certifikatguide_tests::computer::until_within(std::time::Duration::from_secs(240), || chrono::Utc::now() > end);

    let window = open(&computer, &portal, &[]).await?;
    see_standing(&window, "expired").await?;
    window.see("contact-authority").await?;
    window.click("start-over").await?;
    window.click("confirm-start-over").await?;
    window.see("screen-welcome").await?;
    window.close(&computer).await
}

/// Copies certificate and key into a file, as the organisation's policy allows here.
async fn export(window: &Window) -> Outcome {
    window.click("export").await?;
    window.see("screen-export").await?;
    window.type_into("export-password", PASSWORD).await?;
    window.type_into("container-password", FILE_PASSWORD).await?;
    window.type_into("container-password-again", FILE_PASSWORD).await?;
    window.click("confirm-export").await?;
    window.see("exported").await.map(drop)
}

fn policy(computer: &Computer, text: &str) -> String {
    let path = computer.home().join("policy.toml");
    fs::write(&path, text).expect("written");
    path.to_str().expect("a path of text").to_owned()
}

#[tokio::test]
async fn another_program_that_logs_in_with_the_key_is_flagged_and_the_flag_leads_to_suspension() -> Outcome {
    let computer = computer();
    let portal = DistantPortal::start()?;
    let policy = policy(&computer, "export = true\n");
    let window = open(&computer, &portal, &["--watch-every", "1", "--policy", &policy]).await?;
    declare(&window).await?;
    export(&window).await?;

    let file = computer.saved().join("medarbejdercertifikat.p12");
    let logged_in = Command::new("curl")
        .args(["--silent", "--fail", "--request", "POST", "--cert-type", "P12", "--cacert", portal.trust_anchor()])
        .arg("--cert")
        .arg(format!("{}:{FILE_PASSWORD}", file.display()))
        .arg(format!("{}/v1/session", portal.address()))
        .stdin(Stdio::null())
        .output()
        .expect("curl runs");
    assert!(logged_in.status.success(), "{}", String::from_utf8_lossy(&logged_in.stderr));

    window.see_css("[data-testid='suspicious'][data-number='1']").await?;
    window.click("see-suspicious").await?;
    window.see("screen-activities").await?;
    assert!(window.all_text().await?.contains("curl/"), "which program it was");
    window.see_css("[data-testid^='activity-not-me-']").await?;
    window.execute("document.querySelector(\"[data-testid^='activity-not-me-']\").click()").await?;
    window.click("confirm-suspend").await?;
    see_read_back(&window, "suspended").await?;
    window.close(&computer).await?;
    assert!(matches!(journey(&computer).await.step, Step::Suspended(_)));
    Ok(())
}

#[tokio::test]
async fn a_certificate_moves_by_file_and_the_file_is_deleted_where_it_arrived() -> Outcome {
    let (first, second) = (computer(), computer());
    let portal = DistantPortal::start()?;
    let policy = policy(&first, "export = true\n");
    let window = open(&first, &portal, &["--policy", &policy]).await?;
    declare(&window).await?;
    export(&window).await?;
    window.close(&first).await?;
    let file = first.saved().join("medarbejdercertifikat.p12");
    let from = file.to_str().expect("a path of text");

    let window = open(&second, &portal, &["--open-from", from]).await?;
    window.click("import").await?;
    window.see("screen-import").await?;
    window.click("choose-container").await?;
    window.type_into("container-password", "en anden kode").await?;
    window.click("read-container").await?;
    window.see_css("[data-testid='problem'][data-code='container-password-wrong']").await?;
    window.type_into("container-password", FILE_PASSWORD).await?;
    window.click("read-container").await?;
    window.see("import-password").await?;
    window.type_into("import-password", PASSWORD).await?;
    window.type_into("import-password-again", PASSWORD).await?;
    window.click("confirm-import").await?;
    keep_revocation_code(&window).await?;
    window.see("screen-container-left").await?;
    let page = window.execute("return document.documentElement.outerHTML").await?;
    assert!(!page.as_str().unwrap_or_default().contains(FILE_PASSWORD), "the file's password is nowhere in the page");
    window.click("delete-container").await?;
    window.click("check-details").await?;
    answer_details(&window, &[]).await?;
    see_standing(&window, "valid").await?;
    window.close(&second).await?;
    assert!(!file.exists(), "the file is deleted");
    assert_eq!(serial_number(&second).await, serial_number(&first).await);
    Ok(())
}

#[tokio::test]
async fn without_leave_from_the_policy_the_window_offers_no_copy_and_a_broken_policy_no_start() -> Outcome {
    let computer = computer();
    let window = Window::open(&computer).await?;
    declare(&window).await?;
    assert!(!window.shows("export").await?);
    window.close(&computer).await?;
    let policy = policy(&computer, "export = true\nexprot = true\n");
    let output = computer
        .command(certifikatguide_tests::window_driver::program("certifikatguide")?)
        .args(["--policy", &policy, "--data"])
        .arg(computer.data())
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("line 2") && said.contains("policy.toml"), "{said}");
    Ok(())
}

#[tokio::test]
async fn the_password_is_changed_in_the_window_and_the_old_one_signs_no_more() -> Outcome {
    let computer = computer();
    let window = Window::open(&computer).await?;
    declare(&window).await?;
    window.click("change-password").await?;
    window.see("screen-change-password").await?;
    window.type_into("old-password", "en helt anden sætning").await?;
    window.type_into("new-password", FILE_PASSWORD).await?;
    window.type_into("new-password-again", FILE_PASSWORD).await?;
    window.click("confirm-change-password").await?;
    window.see_css("[data-testid='problem'][data-code='password-wrong']").await?;
    window.type_into("old-password", PASSWORD).await?;
    window.type_into("new-password", FILE_PASSWORD).await?;
    window.type_into("new-password-again", FILE_PASSWORD).await?;
    window.click("confirm-change-password").await?;
    window.see("password-changed").await?;
    window.close(&computer).await?;

    let window = Window::open(&computer).await?;
    see_standing(&window, "valid").await?;
    window.click("revoke").await?;
    window.choose("revoke-reason-superseded").await?;
    window.type_into("revoke-password", PASSWORD).await?;
    window.click("confirm-revoke").await?;
    window.see_css("[data-testid='problem'][data-code='password-wrong']").await?;
    window.type_into("revoke-password", FILE_PASSWORD).await?;
    window.click("confirm-revoke").await?;
    see_standing(&window, "revoked").await?;
    window.close(&computer).await
}

#[tokio::test]
async fn on_a_second_computer_the_window_asks_what_happens_to_the_first_before_anything_is_made() -> Outcome {
    let (first, second) = (computer(), computer());
    let portal = DistantPortal::start()?;
    let window = open(&first, &portal, &[]).await?;
    declare(&window).await?;
    window.close(&first).await?;

    let window = open(&second, &portal, &[]).await?;
    let (reference, code) = take_practice_invitation(&window).await?;
    open_invitation(&window, &reference, &code).await?;
    window.see("screen-earlier").await?;
    window.click("decide-on-earlier").await?;
    window.see("on-earlier-error").await?;
    window.choose("on-earlier-supersede").await?;
    window.click("decide-on-earlier").await?;
    make_key(&window, PASSWORD).await?;
    keep_revocation_code(&window).await?;
    answer_details(&window, &[]).await?;
    accept_terms(&window).await?;
    sign(&window, PASSWORD).await?;
    window.see("screen-receipt").await?;
    window.close(&second).await?;

    let window = open(&first, &portal, &[]).await?;
    see_standing(&window, "revoked").await?;
    employee::see_contacts(&window).await?;
    window.close(&first).await
}
