//! The real window, the real portal as the app's own process, a real keychain: what an employee sees and does.
//!
//! Needs WebKitWebDriver, Xvfb, dbus-daemon, gnome-keyring, and the programs `certifikatguide` and `portal` built in
//! the same profile. Every test has a computer of its own.
#![cfg(unix)]

use certifikatguide_tests::computer::{Computer, Keychain, kill, until};
use certifikatguide_tests::distant_portal::DistantPortal;
use certifikatguide_tests::employee::{
    self, CONSENTS, DETAILS, PASSWORD, accept_terms, answer_details, keep_revocation_code, make_key, open_invitation,
    sign, take_practice_invitation,
};
use certifikatguide_tests::window_driver::{Window, WindowError, program};
use fantoccini::key::Key;
use lifecycle::ports::Journal;
use lifecycle::{DocumentKind, KeyPurpose, KeyUse, Step, UseLogState};
use local_store::SqliteJournal;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

type Outcome = Result<(), WindowError>;

fn computer(keychain: Keychain) -> Computer {
    Computer::start(keychain).expect("Xvfb, dbus-daemon and gnome-keyring start")
}

/// What this computer remembers, read while the app is closed.
async fn journal(computer: &Computer) -> SqliteJournal {
    SqliteJournal::open(&computer.data().join("practice-journal.sqlite")).await.expect("the journal opens")
}

async fn key_uses(computer: &Computer) -> Vec<KeyUse> {
    let log = journal(computer).await.use_log(1000).await.expect("the journal is read");
    assert_eq!(log.state, UseLogState::Intact);
    log.lines.into_iter().map(|line| line.key_use).filter(|key_use| key_use.refused.is_none()).collect()
}

fn times(uses: &[KeyUse], purpose: KeyPurpose) -> usize {
    uses.iter().filter(|key_use| key_use.purpose == purpose).count()
}

/// The portal's users, as its own command line lists them.
fn users(computer: &Computer) -> Vec<Value> {
    let output = computer
        .command(program("portal").expect("the portal is built"))
        .args(["users", "--json", "--data"])
        .arg(computer.data().join("practice"))
        .stdin(Stdio::null())
        .output()
        .expect("the portal lists its users");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let users: Value = serde_json::from_slice(&output.stdout).expect("a list of users");
    users.as_array().expect("a list of users").clone()
}

fn states_at_the_portal(computer: &Computer) -> Vec<String> {
    let certificates = users(computer);
    let state = |user: &Value| user["certificate"]["state"].as_str().map(str::to_owned);
    certificates.iter().filter_map(state).collect()
}

async fn see_problem(window: &Window, code: &str) -> Outcome {
    window.see_css(&format!("[data-testid='problem'][data-code='{code}']")).await.map(drop)
}

#[tokio::test]
async fn an_employee_goes_from_invitation_to_certificate_and_suspends_it() -> Outcome {
    let computer = computer(Keychain::Unlocked);
    let window = Window::open(&computer).await?;

    window.see("screen-welcome").await?;
    assert_eq!(window.language().await?, "da");
    assert_eq!(window.text("badge-practice").await?, "Øvelse");
    window.click("language-en").await?;
    window.see_text("Practice").await?;
    assert_eq!(window.language().await?, "en");
    window.click("language-da").await?;
    window.see_text("Velkommen").await?;

    let (_, code) = take_practice_invitation(&window).await?;
    window.click("continue").await?;
    assert_eq!(window.text("subject-name").await?, "Øvebruger Eksempel");
    window.see_text("Øvelseskommune Å").await?;
    make_key(&window, PASSWORD).await?;
    let revocation_code = keep_revocation_code(&window).await?;
    assert!(revocation_code.len() >= 12, "a revocation code that nobody guesses, not {revocation_code}");

    for field in DETAILS {
        let value = window.text(&format!("detail-{field}-value")).await?;
        assert!(!value.is_empty(), "{field} is shown");
    }
    assert_eq!(window.text("detail-name-value").await?, "Øvebruger Eksempel");
    assert!(window.text("detail-employee-id-value").await?.starts_with("UI:DK-E:G:"));
    answer_details(&window, &[]).await?;

    window.see("terms").await?;
    let terms = window.all_text().await?;
    for document in declaration::terms::shipped().iter().filter(|document| document.terms().language == "da") {
        for section in &document.terms().sections {
            assert!(terms.contains(&section.lead), "the terms are shown in full: {}", section.lead);
            for clause in &section.clauses {
                assert!(terms.contains(&clause.text), "the terms are shown in full: {}", clause.text);
            }
        }
    }
    window.click("save-terms").await?;
    window.see_text("Gemt som vilkår.pdf").await?;
    accept_terms(&window).await?;
    sign(&window, PASSWORD).await?;

    window.see("screen-receipt").await?;
    for (document, name) in [("declaration", "sikkerhedserklæring.pdf"), ("receipt", "kvittering.pdf")] {
        window.click(&format!("save-{document}")).await?;
        window.see_text(&format!("Gemt som {name}")).await?;
        let saved = fs::read(computer.saved().join(name)).expect("the saved document");
        assert!(saved.starts_with(b"%PDF-"), "{name} is a PDF");
    }
    window.click("go-to-certificate").await?;
    window.see_text("Mit certifikat").await?;
    assert_eq!(window.text("standing").await?, "Gyldigt");

    window.click("suspend").await?;
    window.click("confirm-suspend").await?;
    window
        .see_css("[data-testid='screen-certificate'][data-standing='suspended'][data-portal-state='suspended']")
        .await?;
    window.see_css("[data-testid='read-back'][data-portal='suspended'][data-ocsp='suspended']").await?;
    assert_eq!(window.text("standing").await?, "Suspenderet");
    window.close(&computer).await?;

    assert_eq!(states_at_the_portal(&computer), ["suspended"]);
    let uses = key_uses(&computer).await;
    assert_eq!(times(&uses, KeyPurpose::DeclarationSignature), 1);
    assert_eq!(times(&uses, KeyPurpose::DeclarationSubmission), 1);
    for secret in [PASSWORD, &code, &code.replace('-', ""), &revocation_code, &revocation_code.replace('-', "")] {
        assert_eq!(files_with(&computer.data(), secret.as_bytes()), [""; 0], "a secret is in a file");
    }
    Ok(())
}

/// Every file of the folder, the portal's own ones too, that holds the text.
fn files_with(folder: &Path, text: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is read") {
        let path = entry.expect("the folder is read").path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if fs::read(&path).expect("the file is read").windows(text.len()).any(|part| part == text) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn a_document_is_opened_as_a_private_copy_and_where_nothing_opens_pdf_the_window_says_so() -> Outcome {
    let computer = computer(Keychain::Unlocked);
    computer.put_program("xdg-mime", "true")?;
    computer.put_program("xdg-open", "echo \"$1\" > \"$HOME/opening\" && mv \"$HOME/opening\" \"$HOME/opened\"")?;
    let opened = computer.home().join("opened");
    let window = Window::open(&computer).await?;
    employee::enrol(&window).await?;
    answer_details(&window, &[]).await?;
    accept_terms(&window).await?;
    sign(&window, PASSWORD).await?;
    window.click("open-receipt").await?;
    see_problem(&window, "document-not-saved").await?;
    assert!(!opened.exists(), "no viewer is started where there is none");

    computer.put_program("xdg-mime", "echo viewer.desktop")?;
    window.click("open-receipt").await?;
    assert!(until(|| opened.is_file()), "the viewer is started");
    let path = fs::read_to_string(&opened).expect("what the viewer was given");
    let copy = Path::new(path.trim_end());
    assert!(fs::read(copy).expect("the copy").starts_with(b"%PDF-"));
    let folder = copy.parent().expect("the copy is in a folder");
    assert_eq!(fs::metadata(folder).expect("the folder").permissions().mode() & 0o777, 0o700);
    window.close(&computer).await?;

    let window = Window::open(&computer).await?;
    window.see("screen-certificate").await?;
    assert!(!copy.exists(), "a copy does not outlive the next start");
    window.close(&computer).await
}

#[tokio::test]
async fn a_practice_portal_that_dies_is_started_again() -> Outcome {
    let computer = computer(Keychain::Absent);
    let window = Window::open(&computer).await?;
    take_practice_invitation(&window).await?;
    let portal = program("portal")?;
    for pid in computer.running(&portal) {
        kill(pid)?;
    }
    assert!(until(|| computer.running(&portal).is_empty()), "the portal is dead");
    window.click("continue").await?;
    assert_eq!(window.text("subject-name").await?, "Øvebruger Eksempel");
    assert_eq!(computer.running(&portal).len(), 1, "one portal runs");
    window.close(&computer).await
}

#[tokio::test]
async fn killed_at_any_step_the_app_goes_on_from_there_and_signs_and_submits_once() -> Outcome {
    let computer = computer(Keychain::Unlocked);
    let window = Window::open(&computer).await?;
    let (_, code) = take_practice_invitation(&window).await?;
    window.click("language-en").await?;
    window.see_text("Welcome").await?;
    window.click("continue").await?;
    window.see("screen-password").await?;
    window.kill(&computer).await?;

    // The invitation is still open; the code was never written down.
    let window = Window::open(&computer).await?;
    window.see("screen-password").await?;
    assert_eq!(window.language().await?, "en", "the chosen language is remembered");
    window.type_into("code", &code).await?;
    make_key(&window, PASSWORD).await?;
    window.see_css("[data-testid^='stage-']").await?;
    window.kill(&computer).await?;

    // Somewhere between the old key and the certificate: whatever is missing is done now, and only that.
    let window = Window::open(&computer).await?;
    let never_kept = resume_enrolment(&window, &code).await?;
    window.kill(&computer).await?;

    // Nobody has said that the revocation code was kept: there is a new one, with the password alone.
    let window = Window::open(&computer).await?;
    assert_eq!(window.attribute("screen-password", "data-step").await?.as_deref(), Some("unregistered"));
    assert_ne!(resume_enrolment(&window, &code).await?, never_kept, "a new code");
    keep_revocation_code(&window).await?;
    window.see("screen-details").await?;
    window.kill(&computer).await?;

    let window = Window::open(&computer).await?;
    answer_details(&window, &[]).await?;
    window.see("terms").await?;
    window.kill(&computer).await?;

    let window = Window::open(&computer).await?;
    accept_terms(&window).await?;
    sign(&window, PASSWORD).await?;
    window.see_css("[data-testid^='stage-']").await?;
    window.kill(&computer).await?;

    // Before the signature, between signature and delivery, or after: each goes on by itself.
    let window = Window::open(&computer).await?;
    resume_signature(&window).await?;
    window.see("screen-certificate").await?;
    window.kill(&computer).await?;

    let window = Window::open(&computer).await?;
    assert_eq!(window.attribute("screen-certificate", "data-standing").await?.as_deref(), Some("valid"));
    window.close(&computer).await?;

    assert_eq!(states_at_the_portal(&computer), ["active"], "one certificate, with its declaration");
    let uses = key_uses(&computer).await;
    assert_eq!(times(&uses, KeyPurpose::DeclarationSignature), 1, "signed once");
    let journal = journal(&computer).await;
    let journey = journal.current().await.expect("the journal is read").expect("a journey");
    assert!(matches!(journey.step, Step::Active(_)));
    assert!(journal.outgoing().await.expect("the journal is read").is_none(), "nothing waits to be sent");
    for kind in [DocumentKind::Declaration, DocumentKind::Receipt] {
        assert!(journal.document(journey.id, kind).await.expect("the journal is read").is_some(), "{kind:?} is kept");
    }
    Ok(())
}

/// From wherever enrolment was cut off to the revocation code, which is given back.
async fn resume_enrolment(window: &Window, code: &str) -> Result<String, WindowError> {
    window.see("screen-password").await?;
    if window.shows("code").await? {
        window.type_into("code", code).await?;
    }
    window.type_into("password", PASSWORD).await?;
    if window.shows("password-again").await? {
        window.type_into("password-again", PASSWORD).await?;
    }
    window.click("make-key").await?;
    window.text("revocation-code").await
}

/// From wherever the signature was cut off to the certificate.
async fn resume_signature(window: &Window) -> Outcome {
    window.see_css("[data-testid='terms'], [data-testid='screen-sign'], [data-testid='screen-certificate']").await?;
    if window.shows("screen-certificate").await? {
        return Ok(());
    }
    if window.shows("terms").await? {
        accept_terms(window).await?;
        sign(window, PASSWORD).await?;
    } else {
        window.type_into("password", PASSWORD).await?;
        window.click("deliver").await?;
    }
    window.click("go-to-certificate").await
}

#[tokio::test]
async fn a_wrong_code_costs_a_try_and_says_how_many_are_left_until_the_invitation_is_locked() -> Outcome {
    let computer = computer(Keychain::Unlocked);
    let window = Window::open(&computer).await?;
    let (reference, code) = take_practice_invitation(&window).await?;

    open_invitation(&window, &reference, "!").await?;
    see_problem(&window, "code-malformed").await?;
    for left in (1..5).rev() {
        open_invitation(&window, &reference, "AAAA-AAAA-AAAA").await?;
        window.see_css(&format!("[data-testid='problem'][data-code='code-wrong'][data-tries-left='{left}']")).await?;
        window.see_text(&format!("Forsøg tilbage: {left}")).await?;
        window.see("screen-welcome").await?;
    }
    open_invitation(&window, &reference, "AAAA-AAAA-AAAA").await?;
    see_problem(&window, "code-locked").await?;
    open_invitation(&window, &reference, &code).await?;
    see_problem(&window, "code-locked").await?;
    window.see_text("Invitationen er låst").await?;
    window.click("language-en").await?;
    window.see_text("invitation is locked").await?;
    window.close(&computer).await?;
    assert!(journal(&computer).await.current().await.expect("the journal is read").is_none(), "nothing has begun");
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_signs_nothing_and_the_right_one_then_does() -> Outcome {
    let computer = computer(Keychain::Unlocked);
    let window = Window::open(&computer).await?;
    take_practice_invitation(&window).await?;
    window.click("continue").await?;
    make_key(&window, "kort").await?;
    window.see("password-error").await?;
    assert!(window.text("password-error").await?.contains("mindst 10 tegn"));
    make_key(&window, "Øvebruger Eksempel").await?;
    window.see_text("Adgangskoden er for let at gætte").await?;
    window.see_text("Styrke: meget let at gætte").await?;
    window.see_css("[data-testid='password'][aria-invalid='true']").await?;
    make_key(&window, PASSWORD).await?;
    keep_revocation_code(&window).await?;
    answer_details(&window, &[]).await?;
    accept_terms(&window).await?;
    sign(&window, "en helt anden sætning").await?;
    see_problem(&window, "password-wrong").await?;
    window.see_value("password", "").await?;
    sign(&window, PASSWORD).await?;
    window.see("screen-receipt").await?;
    window.close(&computer).await?;
    assert_eq!(times(&key_uses(&computer).await, KeyPurpose::DeclarationSignature), 1);
    Ok(())
}

#[tokio::test]
async fn without_a_keychain_no_key_is_made_and_the_window_says_why() -> Outcome {
    let computer = computer(Keychain::Absent);
    let window = Window::open(&computer).await?;
    take_practice_invitation(&window).await?;
    window.click("continue").await?;
    make_key(&window, PASSWORD).await?;
    see_problem(&window, "keychain-absent").await?;
    assert_eq!(window.attribute("screen-password", "data-step").await?.as_deref(), Some("invited"));
    window.close(&computer).await?;
    assert!(key_uses(&computer).await.is_empty(), "no key was used");
    assert!(states_at_the_portal(&computer).is_empty(), "no certificate was issued");
    Ok(())
}

#[tokio::test]
async fn a_wrong_detail_stops_the_journey_revokes_the_certificate_and_names_the_lra() -> Outcome {
    let computer = computer(Keychain::Unlocked);
    let window = Window::open(&computer).await?;
    employee::enrol(&window).await?;
    answer_details(&window, &["email"]).await?;
    window.click("confirm-wrong").await?;
    window.see_css("[data-testid='screen-stopped'][data-portal-state='revoked']").await?;
    assert!(window.text("wrong-details").await?.contains("@example.org"), "the wrong detail is named");
    assert!(window.text("contact-authority").await?.contains("LRA"));
    assert!(window.text("contact-support").await?.contains("70 25 89 25"));
    window.kill(&computer).await?;

    let window = Window::open(&computer).await?;
    window.see_css("[data-testid='screen-stopped'][data-portal-state='revoked']").await?;
    window.click("start-over").await?;
    window.click("confirm-start-over").await?;
    window.see("screen-welcome").await?;
    window.close(&computer).await?;
    assert_eq!(states_at_the_portal(&computer), ["revoked"]);
    Ok(())
}

#[tokio::test]
async fn whoever_forgot_the_password_begins_anew_and_leaves_no_usable_certificate_behind() -> Outcome {
    let computer = computer(Keychain::Unlocked);
    let window = Window::open(&computer).await?;
    employee::enrol(&window).await?;
    answer_details(&window, &[]).await?;
    accept_terms(&window).await?;
    sign(&window, "en helt anden sætning").await?;
    see_problem(&window, "password-wrong").await?;
    window.click("start-over").await?;
    let question = window.text("confirm-start-over-dialog").await?;
    assert!(question.contains("suspenderet hos portalen") && question.contains("ny invitation"), "{question}");
    window.click("confirm-start-over").await?;
    take_practice_invitation(&window).await?;
    window.click("continue").await?;
    window.see("screen-earlier").await?;
    window.choose("on-earlier-supersede").await?;
    window.click("decide-on-earlier").await?;
    make_key(&window, PASSWORD).await?;
    keep_revocation_code(&window).await?;
    window.see("screen-details").await?;
    window.close(&computer).await?;
    let mut states = states_at_the_portal(&computer);
    states.sort();
    assert_eq!(states, ["awaiting-declaration", "suspended"]);
    Ok(())
}

#[tokio::test]
async fn a_portal_elsewhere_that_stops_leaves_the_key_locked_here_and_is_told_when_it_is_back() -> Outcome {
    let computer = computer(Keychain::Unlocked);
    let mut portal = DistantPortal::start()?;
    let (address, trust_anchor) = (portal.address().to_owned(), portal.trust_anchor().to_owned());
    let real = ["--portal", &address, "--trust-anchor", &trust_anchor];
    let practised = [&real[..], &["--practice"]].concat();

    let window = Window::open_with(&computer, &real).await?;
    see_problem(&window, "other-portal").await?;
    window.see_text("En øvelsesportal bruges aldrig som en rigtig").await?;
    window.close(&computer).await?;
    assert!(!computer.data().join("trust-anchor.pem").exists(), "nothing of it is kept");

    let window = Window::open_with(&computer, &practised).await?;
    assert_eq!(window.text("badge-practice").await?, "Øvelse");
    employee::enrol(&window).await?;
    answer_details(&window, &[]).await?;
    accept_terms(&window).await?;
    sign(&window, PASSWORD).await?;
    window.click("go-to-certificate").await?;
    window.click("refresh").await?;
    window.see_css("[data-testid='answered'] p").await?;
    assert!(window.text("answered").await?.ends_with(": i brug"), "what the portal answered is shown");
    portal.stop();
    window.click("refresh").await?;
    see_problem(&window, "portal-unreachable").await?;
    window.click("suspend").await?;
    window.click("confirm-suspend").await?;
    window.see_css("[data-testid='screen-certificate'][data-standing='suspended']").await?;
    see_problem(&window, "portal-unreachable").await?;
    window.see_text("Portalen har ikke fået besked endnu").await?;
    window.see_text("låst på denne computer").await?;
    window.close(&computer).await?;
    assert!(matches!(step(&computer, "practice-journal.sqlite").await, Some(Step::Suspended(_))));
    assert!(step(&computer, "journal.sqlite").await.is_none(), "practice is not in the real journal");

    let window = Window::open_with(&computer, &practised).await?;
    window.see("portal-not-told").await?;
    window.see("refresh-failed").await?;
    portal.start_again()?;
    window.click("tell-portal").await?;
    window.see_css("[data-testid='screen-certificate'][data-portal-state='suspended']").await?;
    window.close(&computer).await
}

/// Where the journey stands in one of the journals, read while the app is closed.
async fn step(computer: &Computer, journal: &str) -> Option<Step> {
    let journal = SqliteJournal::open(&computer.data().join(journal)).await.expect("the journal opens");
    journal.current().await.expect("the journal is read").map(|journey| journey.step)
}

#[tokio::test]
async fn the_whole_journey_can_be_made_without_a_mouse() -> Outcome {
    let computer = computer(Keychain::Unlocked);
    let window = Window::open(&computer).await?;
    window.see("screen-welcome").await?;
    press(&window, "use-practice-invitation").await?;
    while window.value("code").await?.is_empty() {
        tokio::task::yield_now().await;
    }
    press(&window, "continue").await?;
    window.see("screen-password").await?;
    for field in ["password", "password-again"] {
        window.tab_to(field).await?;
        window.type_with_focus(PASSWORD).await?;
    }
    window.press(Key::Enter).await?;
    window.see("revocation-code").await?;
    press(&window, "revocation-code-kept").await?;
    window.see("screen-details").await?;
    for field in DETAILS {
        window.tab_to(&format!("detail-{field}-correct")).await?;
        window.type_with_focus(" ").await?;
    }
    press(&window, "continue").await?;
    window.see("terms").await?;
    for box_to_tick in CONSENTS.map(|consent| format!("consent-{consent}")).iter().map(String::as_str) {
        window.tab_to(box_to_tick).await?;
        window.type_with_focus(" ").await?;
    }
    window.tab_to("accept-terms").await?;
    window.type_with_focus(" ").await?;
    press(&window, "continue").await?;
    window.see("screen-sign").await?;
    window.tab_to("password").await?;
    window.type_with_focus(PASSWORD).await?;
    window.press(Key::Enter).await?;
    window.see("screen-receipt").await?;
    press(&window, "go-to-certificate").await?;
    window.see("screen-certificate").await?;
    press(&window, "suspend").await?;
    window.see("confirm-suspend-dialog").await?;
    press(&window, "confirm-suspend").await?;
    window.see_css("[data-testid='screen-certificate'][data-portal-state='suspended']").await?;
    window.close(&computer).await
}

/// Tabs to the button and presses it with the keyboard.
async fn press(window: &Window, test_id: &str) -> Outcome {
    window.tab_to(test_id).await?;
    window.press(Key::Enter).await
}

/// Files with certificates, one of them under a password.
const EMPLOYEE_FILE: &[u8] = include_bytes!("fuzz/seeds/certificate/employee-oces3.der");
const LOCKED_FILE: &[u8] = include_bytes!("fuzz/seeds/container/pkcs12-aes.p12");
const LOCKED_FILE_PASSWORD: &str = "frø";

#[tokio::test]
async fn a_certificate_file_is_examined_wherever_it_is_dropped_and_called_a_file() -> Outcome {
    let computer = computer(Keychain::Absent);
    let window = Window::open(&computer).await?;
    window.see("screen-welcome").await?;
    window.type_into("reference", "ABCD").await?;
    window.drop_file("kollega\u{202e}\u{7}.cer", EMPLOYEE_FILE).await?;
    // Another portal's certificate: nobody on this computer answers for its issuer.
    window.see_css("[data-testid='verdict'][data-verdict='indeterminate']").await?;
    assert_eq!(window.text("file-name").await?, "Filen »kollega.cer«");
    assert!(window.text("a-file").await?.contains("ikke »Mit certifikat«"));
    window.see("timeline").await?;
    window.see_css("[data-testid='chain-end-entity'][data-state='unproven']").await?;
    window.see("chain-stops").await?;
    window.see("finding-path-not-found").await?;

    window.drop_file("brev.txt", "Kære Øvebruger".as_bytes()).await?;
    window.see_css("[data-testid='file-refused'][data-reason='not-recognised']").await?;
    window.drop_file("tom.cer", b"").await?;
    window.see_css("[data-testid='file-refused'][data-reason='empty']").await?;
    window.drop_file("med-nøgle.pem", certificate_and_key().as_bytes()).await?;
    assert!(window.text("file-key").await?.contains("privat nøgle"));
    window.drop_file("halv.cer", &EMPLOYEE_FILE[..EMPLOYEE_FILE.len() / 2]).await?;
    window.see_css("[data-testid='file-refused'][data-reason='damaged']").await?;
    window.click("leave").await?;
    window.see("screen-welcome").await?;
    assert_eq!(window.value("reference").await?, "ABCD", "what was typed is still there");
    window.close(&computer).await
}

fn certificate_and_key() -> String {
    let key = rcgen::KeyPair::generate().expect("a key");
    let parameters = rcgen::CertificateParams::new(vec!["kollega.example".to_owned()]).expect("a name");
    let certificate = parameters.self_signed(&key).expect("a certificate");
    format!("{}{}", key.serialize_pem(), certificate.pem())
}

#[tokio::test]
async fn a_locked_file_asks_for_its_own_password_which_stays_nowhere() -> Outcome {
    let computer = computer(Keychain::Absent);
    let window = Window::open(&computer).await?;
    window.see("screen-welcome").await?;
    press(&window, "open-file").await?;
    window.see("screen-file").await?;
    window.tab_to("choose-file").await?;
    window.choose_file("file-chooser", "kollega.p12", LOCKED_FILE).await?;
    window.see("file-locked").await?;
    window.tab_to("file-password").await?;
    window.type_with_focus("forkert").await?;
    window.press(Key::Enter).await?;
    window.see("file-password-error").await?;
    window.see_value("file-password", "").await?;
    window.tab_to("file-password").await?;
    window.type_with_focus(LOCKED_FILE_PASSWORD).await?;
    window.press(Key::Enter).await?;
    window.see("verdict").await?;
    let page = window.execute("return document.documentElement.outerHTML").await?;
    assert!(!page.as_str().unwrap_or_default().contains(LOCKED_FILE_PASSWORD), "the password is nowhere in the page");
    press(&window, "leave").await?;
    window.see("screen-welcome").await?;
    window.see_focus("open-file").await?;
    window.close(&computer).await?;
    assert_eq!(files_with(&computer.data(), LOCKED_FILE), [""; 0], "the file is not kept");
    Ok(())
}

#[tokio::test]
async fn the_own_certificate_shows_its_chain_its_validity_and_what_its_issuer_said() -> Outcome {
    let computer = computer(Keychain::Unlocked);
    let window = Window::open(&computer).await?;
    employee::enrol(&window).await?;
    answer_details(&window, &[]).await?;
    accept_terms(&window).await?;
    sign(&window, PASSWORD).await?;
    window.click("go-to-certificate").await?;
    window.see_css("[data-testid='timeline'][data-standing='within']").await?;
    window.see_css("[data-testid='status-answer'][data-state='good']").await?;
    let answer = window.text("status-answer").await?;
    assert!(answer.contains("at det gælder") && answer.contains("Svaret gælder til"), "{answer}");
    window.see_css("[data-testid='chain-end-entity'][data-state='holds']").await?;
    window.see_css("[data-testid='chain-authority']").await?;
    window.see_css("[data-testid='chain-trust-anchor'][data-state='holds']").await?;
    assert!(!window.shows("findings").await?, "nothing is wrong with it");

    // The same certificate as a file is still only a file, and nobody is asked about it.
    let own = own_certificate(&computer).await;
    window.drop_file("mit.cer", &own).await?;
    window.see_css("[data-testid='verdict'][data-verdict='valid']").await?;
    assert!(window.text("a-file").await?.contains("fil"));
    window.see_css("[data-testid='screen-file'] [data-testid='chain-trust-anchor'][data-state='holds']").await?;
    let answer = window.see_css("[data-testid='screen-file'] [data-testid='status-answer']").await?.text().await?;
    assert!(answer.contains("ikke spurgt"), "a file is only read: {answer}");
    window.click("leave").await?;

    window.click("suspend").await?;
    window.click("confirm-suspend").await?;
    window.see_css("[data-testid='screen-certificate'][data-portal-state='suspended']").await?;
    window.see_css("[data-testid='chain-end-entity'][data-state='suspended']").await?;
    window.close(&computer).await
}

#[tokio::test]
async fn a_certificate_that_the_staff_revokes_shows_in_the_open_window_by_itself() -> Outcome {
    let computer = computer(Keychain::Unlocked);
    let portal = DistantPortal::start()?;
    let (address, trust_anchor) = (portal.address().to_owned(), portal.trust_anchor().to_owned());
    let arguments = ["--portal", &address, "--trust-anchor", &trust_anchor, "--practice", "--watch-every", "1"];
    let window = Window::open_with(&computer, &arguments).await?;
    employee::enrol(&window).await?;
    answer_details(&window, &[]).await?;
    accept_terms(&window).await?;
    sign(&window, PASSWORD).await?;
    window.click("go-to-certificate").await?;
    window.see_css("[data-testid='screen-certificate'][data-standing='valid']").await?;
    assert!(window.is_in_view("suspend").await?, "the alarm is seen without scrolling");
    window.see_css("[data-testid='chain-end-entity'][data-state='holds']").await?;

    let own = pki::Certificate::from_der(&own_certificate(&computer).await).expect("the own certificate");
    portal.revoke(own.serial_number())?;
    window.see_css("[data-testid='screen-certificate'][data-standing='revoked']").await?;
    assert_eq!(window.text("standing").await?, "Spærret");
    assert!(!window.shows("suspend").await?, "what is revoked cannot be suspended");
    window.close(&computer).await?;
    assert!(matches!(step(&computer, "practice-journal.sqlite").await, Some(Step::Revoked(_))));
    Ok(())
}

#[tokio::test]
async fn whoever_finds_a_use_of_the_key_that_is_not_theirs_suspends_from_the_log() -> Outcome {
    let computer = computer(Keychain::Unlocked);
    let window = Window::open(&computer).await?;
    employee::enrol(&window).await?;
    answer_details(&window, &[]).await?;
    accept_terms(&window).await?;
    for _ in 0..3 {
        sign(&window, "en helt anden sætning").await?;
        see_problem(&window, "password-wrong").await?;
        window.see_css("[data-testid='sign']:not([aria-disabled=true])").await?;
    }
    sign(&window, PASSWORD).await?;
    see_problem(&window, "password-wait").await?;
    assert!(window.text("problem-wait").await?.contains("Prøv igen om"), "how long is said");
    window.see_text("Du kan prøve igen nu").await?;
    sign(&window, PASSWORD).await?;
    window.click("go-to-certificate").await?;

    press(&window, "open-uses").await?;
    window.see_css("[data-testid='screen-uses'][data-state='intact']").await?;
    window.see_text("Ingen linjer er ændret").await?;
    for (purpose, refused, expected) in [
        ("declaration-signature", "password-wrong", 3),
        // Whoever is told to wait has tried nothing.
        ("declaration-signature", "password-wait", 0),
        ("device-registration", "", 1),
    ] {
        let refusal =
            if refused.is_empty() { ":not([data-refused])".into() } else { format!("[data-refused='{refused}']") };
        let counted = format!("return document.querySelectorAll(\".use[data-purpose='{purpose}']{refusal}\").length");
        assert_eq!(window.execute(&counted).await?, expected, "{purpose} {refused}");
    }
    assert!(window.text("use-summary").await?.contains("på 1 dag"));
    press(&window, "save-uses").await?;
    window.see_text("Gemt som brug-af-nøglen.jsonl").await?;
    let saved = fs::read_to_string(computer.saved().join("brug-af-nøglen.jsonl")).expect("the saved log");
    assert!(saved.lines().count() >= 7 && saved.lines().all(|line| line.contains("\"hash\":\"")), "{saved}");

    press(&window, "not-me").await?;
    window.see("confirm-not-me-dialog").await?;
    press(&window, "confirm-not-me").await?;
    window.see_css("[data-testid='screen-certificate'][data-portal-state='suspended']").await?;
    window.close(&computer).await
}

#[tokio::test]
async fn a_log_that_somebody_changed_is_named_in_the_window_with_what_to_do() -> Outcome {
    let computer = computer(Keychain::Unlocked);
    let window = Window::open(&computer).await?;
    employee::enrol(&window).await?;
    answer_details(&window, &[]).await?;
    accept_terms(&window).await?;
    sign(&window, PASSWORD).await?;
    window.click("go-to-certificate").await?;
    window.see("standing").await?;
    window.close(&computer).await?;
    change_the_log(&computer).await;

    let window = Window::open(&computer).await?;
    press(&window, "open-uses").await?;
    window.see_css("[data-testid='screen-uses'][data-state='altered']").await?;
    window.see_text("Linje 3 passer ikke").await?;
    assert!(window.text("log-altered").await?.contains("suspendér certifikatet"));
    window.close(&computer).await
}

/// What somebody with access to the file would do to hide a use of the key.
async fn change_the_log(computer: &Computer) {
    let file = computer.data().join("practice-journal.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let mut connection = sqlx::ConnectOptions::connect(&options).await.expect("the journal's file");
    for change in [
        "DROP TRIGGER use_log_is_never_changed",
        "UPDATE use_log SET portal = 'https://portal.example' WHERE number = 3",
    ] {
        sqlx::query(change).execute(&mut connection).await.expect("it is changed");
    }
}

/// The certificate of the journey under way, read beside the running app.
async fn own_certificate(computer: &Computer) -> Vec<u8> {
    let journey = journal(computer).await.current().await.expect("the journal is read").expect("a journey");
    journey.step.issued().expect("a certificate").held.certificate.der().to_vec()
}

#[tokio::test]
async fn why_one_cannot_sign_names_the_portal_that_does_not_answer_also_where_nothing_could_open() -> Outcome {
    let computer = computer(Keychain::Unlocked);
    let mut portal = DistantPortal::start()?;
    let (address, trust_anchor) = (portal.address().to_owned(), portal.trust_anchor().to_owned());
    let arguments = ["--portal", &address, "--trust-anchor", &trust_anchor, "--practice"];

    portal.stop();
    let window = Window::open_with(&computer, &arguments).await?;
    see_problem(&window, "portal-unreachable").await?;
    press(&window, "problem-investigate").await?;
    window.see_css("[data-testid='screen-doctor'][data-failing='portal']").await?;
    assert!(window.text("failing-portal").await?.contains(&address), "the portal that failed is named");
    window.see_css("[data-testid='probe-keychain'][data-result='works']").await?;
    press(&window, "leave").await?;
    window.see("screen-starting").await?;
    portal.start_again()?;
    press(&window, "try-again").await?;
    employee::enrol(&window).await?;
    answer_details(&window, &[]).await?;
    accept_terms(&window).await?;
    sign(&window, PASSWORD).await?;
    window.click("go-to-certificate").await?;

    press(&window, "open-doctor").await?;
    window.see_css("[data-testid='screen-doctor'][data-done='true']").await?;
    window.see_css(".doctor-certificate[data-usable='true']").await?;
    assert_eq!(window.attribute("screen-doctor", "data-failing").await?, None);
    portal.stop();
    press(&window, "diagnose-again").await?;
    window.see_css("[data-testid='screen-doctor'][data-failing='portal']").await?;
    assert!(window.text("failing-portal").await?.contains(&address), "the portal that failed is named");
    window.see("failing-ocsp").await?;
    press(&window, "copy-report").await?;
    window.see_css("[data-testid='copied'] p").await?;
    assert!(window.text("copied").await?.contains("Kopieret"), "{}", window.text("copied").await?);
    window.see_css(".doctor-certificate[data-under-way='true']").await?;
    press(&window, "leave").await?;
    window.see_css("[data-testid='screen-certificate'][data-standing='valid']").await?;
    window.close(&computer).await?;
    assert_eq!(times(&key_uses(&computer).await, KeyPurpose::DeclarationSignature), 1, "looking uses no key");
    Ok(())
}

#[test]
fn without_a_display_the_app_says_so_in_both_languages_and_ends() {
    let app = program("certifikatguide").expect("the app is built");
    let output = Command::new(app)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .output()
        .expect("the app runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("har brug for en skærm") && said.contains("needs a display"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_display_that_does_not_answer_is_told_plainly() {
    let app = program("certifikatguide").expect("the app is built");
    let output = Command::new(app)
        .env("DISPLAY", ":4999")
        .env_remove("WAYLAND_DISPLAY")
        .env("GDK_BACKEND", "x11")
        .stdin(Stdio::null())
        .output()
        .expect("the app runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("cannot open a window") && !said.contains("panicked"), "{said}");
}

#[tokio::test]
async fn a_second_start_on_the_same_data_is_held_back_with_and_without_a_session_bus() -> Outcome {
    let computer = computer(Keychain::Absent);
    let window = Window::open(&computer).await?;
    window.see("screen-welcome").await?;
    let second = |command: &mut Command| {
        let output = command.arg("--data").arg(computer.data()).stdin(Stdio::null()).output();
        output.expect("the app runs")
    };
    let app = program("certifikatguide")?;
    let handed_over = second(&mut computer.command(&app));
    assert_eq!(handed_over.status.code(), Some(0), "{}", String::from_utf8_lossy(&handed_over.stderr));
    let held_back = second(computer.command(&app).env_remove("DBUS_SESSION_BUS_ADDRESS"));
    let said = String::from_utf8_lossy(&held_back.stderr).into_owned();
    assert_eq!(held_back.status.code(), Some(2), "{said}");
    assert!(said.contains("kører allerede") && said.contains("already running"), "{said}");
    assert_eq!(computer.running(&app).len(), 1, "one app runs");
    window.close(&computer).await
}

#[test]
fn a_portal_that_cannot_be_used_is_told_before_there_is_a_window() {
    let computer = computer(Keychain::Absent);
    let output = computer
        .command(program("certifikatguide").expect("the app is built"))
        .args(["--portal", "https://portal.example.org", "--trust-anchor", "/nowhere/anchor.pem"])
        .stdin(Stdio::null())
        .output()
        .expect("the app runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("/nowhere/anchor.pem"), "{said}");
}
