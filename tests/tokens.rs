//! The whole journey with the key in each place that there is: the keychain, a token in software, a TPM in software.
//! Certification request, device registration, declaration and delivery are all signed there.
//!
//! Each test runs again in a session of its own (see [`certifikatguide_tests::sessions`]), where nothing of this
//! computer is touched.
#![cfg(target_os = "linux")]

use certifikatguide_tests::computer;
use certifikatguide_tests::doubles::StandingClock;
use certifikatguide_tests::employee;
use certifikatguide_tests::practice::{PracticePortal, certifikat};
use certifikatguide_tests::sessions::{Session, passes_in};
use certifikatguide_tests::window_driver::{Window, WindowError};
use certifikatguide_tests::workplace::{self, answers, problem};
use chrono::{DateTime, Utc};
use key_custody::{KeyPlace, Modules, TokenKeyKind};
use lifecycle::ports::KeyStore;
use lifecycle::{AcceptedTerms, DocumentKind, Guide, Journey, KeyPurpose, Password, ProblemCode, Stage, Step};
use local_store::SqliteJournal;
use pki::Profile;
use portal_client::PortalClient;
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const PIN: &str = "246810";
const WRONG_PIN: &str = "246811";
const PASSWORD: &str = "fire gode ord her";

#[test]
fn the_journey_goes_all_the_way_with_the_key_in_the_keychain() {
    passes_in(Session::Keychain, "with_the_keychain");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_keychain() {
    if Session::Keychain.is_here() {
        Computer::new("keychain", TokenKeyKind::Rsa3072).await.goes_all_the_way(PASSWORD).await;
    }
}

#[test]
fn the_journey_goes_all_the_way_with_the_key_on_a_token() {
    passes_in(Session::SoftHsm, "with_a_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_token() {
    if Session::SoftHsm.is_here() {
        Computer::new(CARD, TokenKeyKind::Rsa3072).await.goes_all_the_way(PIN).await;
    }
}

#[test]
fn the_journey_goes_all_the_way_with_the_key_in_a_tpm() {
    passes_in(Session::Tpm, "with_a_tpm");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_tpm() {
    if Session::Tpm.is_here() {
        for kind in [TokenKeyKind::Rsa3072, TokenKeyKind::EcdsaP256] {
            Computer::new(BRICK, kind).await.goes_all_the_way(PIN).await;
        }
    }
}

#[test]
fn the_journey_goes_all_the_way_in_the_window_with_the_key_on_a_token() {
    passes_in(Session::SoftHsm, "in_the_window_with_a_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_window_with_a_token() {
    if Session::SoftHsm.is_here() {
        in_the_window(CARD, "rsa-3072").await.expect("the window leads to the receipt");
    }
}

#[test]
fn the_journey_goes_all_the_way_in_the_window_with_the_key_in_a_tpm() {
    passes_in(Session::Tpm, "in_the_window_with_a_tpm");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_window_with_a_tpm() {
    if Session::Tpm.is_here() {
        in_the_window(BRICK, "ec-p256").await.expect("the window leads to the receipt");
    }
}

#[test]
fn the_command_line_goes_all_the_way_with_the_key_in_a_tpm() {
    passes_in(Session::Tpm, "command_line_with_a_tpm");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn command_line_with_a_tpm() {
    if !Session::Tpm.is_here() {
        return;
    }
    let program = Program::new().await;
    let enrolled = program.enrol(BRICK, PIN, 0);
    assert!(json(&enrolled)["revocation_code"].is_string());
    program.run(&["review", "--confirm-all", "--json"], "", 0);
    let terms = program.run(&["terms", "--json"], "", 0);
    let sha256 = json(&terms)["sha256"].as_str().expect("the terms' hash").to_owned();
    program.run(&["sign", "--accept-terms", &sha256, "--json"], &format!("{PIN}\n"), 0);
    let status = json(&program.run(&["status", "--json"], "", 0));
    assert_eq!(status["step"], "active", "{status}");
    assert!(status["key_place"].as_str().expect("a place").starts_with("pkcs11:"), "{status}");
}

/// From the invitation to the receipt in the real window, the program started anew on the way without being told again
/// where the key is.
async fn in_the_window(place: &str, kind: &str) -> Result<(), WindowError> {
    let computer = computer::Computer::in_this_session()?;
    let module = Session::module();
    let module = ["--pkcs11-module", module.to_str().expect("a path of text")];
    let window = Window::open_with(&computer, &[&["--key", place, "--key-kind", kind], &module[..]].concat()).await?;
    let (_, code) = employee::take_practice_invitation(&window).await?;
    window.click("continue").await?;
    window.see("screen-password").await?;
    window.close(&computer).await?;

    let window = Window::open_with(&computer, &[&["--key-kind", kind], &module[..]].concat()).await?;
    window.see("screen-password").await?;
    assert!(window.all_text().await?.contains("PIN"), "the place is remembered: {}", window.all_text().await?);
    window.type_into("code", &code).await?;
    window.type_into("password", WRONG_PIN).await?;
    window.click("make-key").await?;
    window.see_css("[data-testid='problem'][data-code='pin-wrong']").await?;
    window.type_into("password", PIN).await?;
    window.click("make-key").await?;
    employee::keep_revocation_code(&window).await?;
    employee::answer_details(&window, &[]).await?;
    employee::accept_terms(&window).await?;
    employee::sign(&window, PIN).await?;
    window.see("screen-receipt").await?;
    window.close(&computer).await?;
    let journal = SqliteJournal::open(&computer.data().join("practice-journal.sqlite")).await.expect("the journal");
    let journey = lifecycle::ports::Journal::current(&journal).await.expect("the journal").expect("a journey");
    assert!(matches!(journey.step, Step::Active(_)));
    assert!(!journey.step.key_place().is_keychain());
    Ok(())
}

#[test]
fn a_pin_that_is_wrong_signs_nothing_and_is_logged_and_a_token_locks_itself() {
    passes_in(Session::Tpm, "wrong_pins");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_pins() {
    if !Session::Tpm.is_here() {
        return;
    }
    let computer = Computer::new(BRICK, TokenKeyKind::EcdsaP256).await;
    let guide = computer.started().await;
    let (reference, code) = computer.portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("the invitation opens");
    for impossible in ["", &"1".repeat(Password::LONGEST + 1)] {
        assert_eq!(problem(guide.enrol(&password(impossible), None, &|_| {}).await), ProblemCode::PinWrong);
    }
    computer.enrol(&guide, PIN).await;
    let accepted = reviewed(&guide).await;
    ran("tpm2_dictionarylockout", &["-s", "--max-tries=4", "--recovery-time=1000", "--lockout-recovery-time=1000"]);
    // Our own waiting after three wrong passwords is not for PINs: the token counts for itself.
    for _ in 0..4 {
        let wrong = problem(guide.sign(&accepted, &password(WRONG_PIN), &|_| {}).await);
        assert!(matches!(wrong, ProblemCode::PinWrong | ProblemCode::PinWrongLastTry), "{wrong:?}");
    }
    assert_eq!(problem(guide.sign(&accepted, &password(PIN), &|_| {}).await), ProblemCode::PinLocked);
    let lines = guide.use_log(5).await.expect("the use log").lines;
    assert!(lines.iter().all(|line| line.key_use.purpose == KeyPurpose::DeclarationSignature));
    assert_eq!(lines[0].key_use.refused, Some(ProblemCode::PinLocked));
    assert!(
        lines[1..].iter().all(|line| line.key_use.refused.is_some_and(|code| code.name().starts_with("pin-wrong")))
    );

    ran("tpm2_dictionarylockout", &["-c"]);
    let signed = guide.sign(&accepted, &password(PIN), &|_| {}).await.expect("the PIN opens it again");
    assert!(matches!(signed.step, Step::Active(_)));
}

#[test]
fn a_token_that_is_taken_out_in_the_middle_says_so_and_everything_goes_on_when_it_is_put_back() {
    passes_in(Session::Wayward, "taken_out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taken_out() {
    if !Session::Wayward.is_here() {
        return;
    }
    let mut computer = Computer::new(CARD, TokenKeyKind::EcdsaP256).await;
    computer.module = variable("WAYWARD_MODULE");
    let mood = |mood: &str| std::fs::write(variable("WAYWARD_MODULE_MOOD"), mood).expect("written");
    let taken_out_at = |moment: Stage| {
        move |stage: Stage| {
            if stage == moment {
                mood("taken-out")
            }
        }
    };
    let pin = password(PIN);
    let guide = computer.started().await;
    let (reference, code) = computer.portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("the invitation opens");

    // In the middle of the TLS handshake.
    let outcome = guide.enrol(&pin, None, &taken_out_at(Stage::RegisteringDevice)).await;
    assert_eq!(problem(outcome), ProblemCode::TokenAbsent);
    mood("");
    computer.enrol(&guide, PIN).await;
    let accepted = reviewed(&guide).await;

    // When the declaration is to be signed.
    let outcome = guide.sign(&accepted, &pin, &taken_out_at(Stage::Signing)).await;
    assert_eq!(problem(outcome), ProblemCode::TokenAbsent);
    assert!(matches!(journey(&guide).await.step, Step::Reviewed(_)), "nothing was signed");
    mood("");
    // When it is signed, and to be delivered.
    let outcome = guide.sign(&accepted, &pin, &taken_out_at(Stage::Submitting)).await;
    assert_eq!(problem(outcome), ProblemCode::TokenAbsent);
    assert!(matches!(journey(&guide).await.step, Step::Signed(_)), "what is signed is kept");
    mood("");
    guide.deliver(&pin, &|_| {}).await.expect("delivered with the token back");
    assert!(matches!(journey(&guide).await.step, Step::Active(_)));
}

fn variable(name: &str) -> PathBuf {
    std::env::var_os(name).expect("the script of the session names it").into()
}

#[test]
fn a_key_is_looked_for_where_it_was_made_and_nowhere_else() {
    passes_in(Session::SoftHsm, "elsewhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn elsewhere() {
    if !Session::SoftHsm.is_here() {
        return;
    }
    let mut computer = Computer::new(CARD, TokenKeyKind::Rsa3072).await;
    let guide = computer.started().await;
    let (reference, code) = computer.portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("the invitation opens");
    computer.enrol(&guide, PIN).await;
    let accepted = reviewed(&guide).await;
    drop(guide);
    computer.place = "keychain".into();
    let guide = computer.started().await;
    assert_eq!(problem(guide.sign(&accepted, &password(PIN), &|_| {}).await), ProblemCode::KeyElsewhere);
    assert_eq!(problem(guide.start_over().await), ProblemCode::KeyElsewhere, "nor is it forgotten");
    assert!(guide.suspend().await.is_ok(), "suspending needs no key");
}

#[test]
fn the_real_program_leads_the_journey_with_the_key_on_a_token() {
    passes_in(Session::SoftHsm, "the_real_program");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_program() {
    if !Session::SoftHsm.is_here() {
        return;
    }
    let program = Program::new().await;
    // SoftHSM alone: what else the computer has may answer differently.
    let listed = json(&program.run(&["tokens", "--json"], "", 0));
    let tokens = listed["tokens"].as_array().expect("tokens");
    let named = |label: &str| tokens.iter().filter(|token| token["label"] == label).collect::<Vec<_>>();
    assert_eq!((named("Øvekort")[0]["pin"].as_str(), named("Tvilling").len()), (Some("usable"), 2));
    assert_eq!(named("Uden PIN")[0]["pin"], "not-set");
    let printed = program.run(&["tokens"], "", 0);
    for words in ["Øvekort", "pkcs11:", "ikke valgt endnu"] {
        assert!(text(&printed).contains(words), "{words} in {}", text(&printed));
    }

    assert_eq!(refusal(&program.enrol("pkcs11:token=Tvilling", PIN, 2)), "token-ambiguous");
    assert_eq!(refusal(&program.enrol("pkcs11:token=Uden%20PIN", PIN, 1)), "pin-not-set");
    assert_eq!(refusal(&program.enrol("pkcs11:token=Findes%20ikke", PIN, 3)), "token-absent");
    let card = named("Øvekort")[0]["uri"].as_str().expect("an address").to_owned();
    assert_eq!(refusal(&program.enrol(&card, WRONG_PIN, 1)), "pin-wrong");
    program.enrol(&card, PIN, 0);
    assert_eq!(refusal(&program.enrol("keychain", PASSWORD, 2)), "key-elsewhere");

    program.run(&["review", "--confirm-all"], "", 0);
    let terms = json(&program.run(&["terms", "--json"], "", 0));
    let sign = ["sign", "--json", "--accept-terms", terms["sha256"].as_str().expect("a hash")];
    assert_eq!(refusal(&program.run(&sign, &format!("{WRONG_PIN}\n"), 1)), "pin-wrong");

    // The token is taken out, and put back.
    let tokens = program.tokens_folder();
    let away = tokens.with_extension("away");
    std::fs::rename(&tokens, &away).expect("taken out");
    std::fs::create_dir(&tokens).expect("an empty reader");
    assert_eq!(refusal(&program.run(&sign, &format!("{PIN}\n"), 3)), "token-absent");
    let report = json(&program.run(&["doctor", "--json"], "", 1));
    let probe = report["probes"].as_array().expect("probes").iter().find(|probe| probe["target"] == "token");
    let probe = probe.expect("the token's probe");
    assert_eq!((&probe["problem"], &probe["address"]), (&"token-absent".into(), &card.clone().into()));
    std::fs::remove_dir(&tokens).expect("still empty");
    std::fs::rename(&away, &tokens).expect("put back");

    program.run(&sign, &format!("{PIN}\n"), 0);
    let report = json(&program.run(&["doctor", "--json"], "", 0));
    let probes = report["probes"].as_array().expect("probes");
    assert!(probes.iter().any(|probe| probe["target"] == "token" && probe["outcome"] == "works"), "{report}");

    let pdf = program.folder.path().join("declaration.pdf");
    let pdf = pdf.to_str().expect("a path of UTF-8");
    program.run(&["export", "declaration", pdf], "", 0);
    program.run(&["verify", pdf, "--trust", &program.anchor], "", 0);
}

const CARD: &str = "pkcs11:token=%C3%98vekort";
const BRICK: &str = "pkcs11:token=%C3%98vebrik";

/// A computer with a journal of its own and its keys in one place, and the portal that it speaks to.
struct Computer {
    portal: PracticePortal,
    clock: StandingClock,
    folder: TempDir,
    place: String,
    kind: TokenKeyKind,
    module: PathBuf,
}

type RealGuide = Guide<KeyPlace, PortalClient, SqliteJournal, StandingClock>;

impl Computer {
    async fn new(place: &str, kind: TokenKeyKind) -> Self {
        let clock = StandingClock::at(Utc::now());
        Self {
            portal: PracticePortal::start(&clock).await,
            clock,
            folder: TempDir::new().expect("a folder"),
            place: place.to_owned(),
            kind,
            module: if place == "keychain" { PathBuf::from("/") } else { Session::module() },
        }
    }

    /// The program after a start.
    async fn started(&self) -> RealGuide {
        let trust_anchors = vec![self.portal.trust_anchor()];
        let client = PortalClient::new(self.portal.address(), &trust_anchors).expect("a portal client");
        let journal = SqliteJournal::open(&self.folder.path().join("journal.sqlite")).await.expect("a journal");
        let modules = Modules::listed([self.module.clone()]).expect("a whole path");
        let keys = KeyPlace::named(&self.place, modules, self.kind).expect("a place");
        let settings = workplace::settings(true, trust_anchors);
        Guide::new(keys, client, journal, self.clock.clone(), settings)
    }

    async fn enrol(&self, guide: &RealGuide, secret: &str) {
        guide.enrol(&password(secret), None, &|_| {}).await.expect("the certificate comes");
        guide.confirm_revocation_code().await.expect("the code is kept");
    }

    /// From the invitation to the receipt, the program started anew for each step.
    async fn goes_all_the_way(&self, secret: &str) {
        let guide = self.started().await;
        let (reference, code) = self.portal.invite().await;
        guide.open_invitation(&reference, code).await.expect("the invitation opens");
        self.enrol(&guide, secret).await;
        let made = journey(&guide).await;
        let key = made.step.key().expect("a key");
        assert_eq!(key.place, guide.key_store().place(), "the journey remembers where its key is");
        drop(guide);

        let accepted = reviewed(&self.started().await).await;
        let guide = self.started().await;
        guide.sign(&accepted, &password(secret), &|_| {}).await.expect("signed and delivered");

        let guide = self.started().await;
        let journey = journey(&guide).await;
        let Step::Active(active) = &journey.step else { panic!("not active: {:?}", journey.step) };
        let purposes: Vec<KeyPurpose> =
            guide.use_log(10).await.expect("the use log").lines.iter().rev().map(|line| line.key_use.purpose).collect();
        assert_eq!(
            purposes,
            [
                KeyPurpose::CertificationRequest,
                KeyPurpose::DeviceRegistration,
                KeyPurpose::DeclarationSignature,
                KeyPurpose::DeclarationSubmission,
            ]
        );
        let certificate = &active.issued.held.certificate;
        assert_eq!(certificate.subject_public_key_info(), key.subject_public_key_info, "for the key in that place");
        let pdf = guide.document(DocumentKind::Declaration).await.expect("the journal").expect("a declaration");
        assert_verifies(&pdf, &self.portal, self.clock.shows());
        openssl_verifies(&pdf, &self.portal, self.folder.path().to_owned());
        assert!(guide.document(DocumentKind::Receipt).await.expect("the journal").is_some());
    }
}

fn assert_verifies(pdf: &[u8], portal: &PracticePortal, at: DateTime<Utc>) {
    let terms = declaration::terms::shipped();
    let anchors = [portal.trust_anchor()];
    let verified = declaration::verify_declaration(pdf, &anchors, Profile::PracticeEmployee, at, terms);
    assert!(verified.is_ok(), "the declaration verifies");
}

/// The signature over exactly its byte range, judged by OpenSSL.
fn openssl_verifies(pdf: &[u8], portal: &PracticePortal, folder: PathBuf) {
    let (signed, cms) = signature(pdf);
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).expect("written");
        path.to_str().expect("a path of UTF-8").to_owned()
    };
    let (content, cms) = (file("content", &signed), file("signature.der", &cms));
    let anchor = file("anchor.pem", portal.trust_anchor().certificate().to_pem().as_bytes());
    ran(
        "openssl",
        &[
            &["cms", "-verify", "-binary", "-inform", "DER", "-in", &cms, "-content", &content, "-CAfile", &anchor][..],
            &["-purpose", "any", "-out", "/dev/null"],
        ]
        .concat(),
    );
}

/// What `/ByteRange` covers, and the DER in `/Contents` (ISO 32000-1 §12.8.1).
fn signature(pdf: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let find = |needle: &[u8]| pdf.windows(needle.len()).rposition(|window| window == needle).expect("a signature");
    let range = String::from_utf8_lossy(&pdf[find(b"/ByteRange")..][..120]).into_owned();
    let range = range.split(['[', ']']).nth(1).expect("a byte range");
    let range: Vec<usize> = range.split_whitespace().map(|number| number.parse().expect("a number")).collect();
    let [start, length, next, rest] = range[..] else { panic!("four numbers: {range:?}") };
    let signed = [&pdf[start..start + length], &pdf[next..next + rest]].concat();
    let hexadecimal = String::from_utf8_lossy(&pdf[length + 1..next - 1]).into_owned();
    let bytes: Vec<u8> = (0..hexadecimal.len() / 2)
        .map(|at| u8::from_str_radix(&hexadecimal[2 * at..2 * at + 2], 16).expect("hexadecimal"))
        .collect();
    // What is left of the room for the signature is zeros.
    let length = match bytes[1] {
        0x82 => 4 + (usize::from(bytes[2]) << 8) + usize::from(bytes[3]),
        other => panic!("a length in two bytes: {other:x}"),
    };
    (signed, bytes[..length].to_vec())
}

async fn journey(guide: &RealGuide) -> Journey {
    guide.current().await.expect("the journal").expect("a journey under way")
}

/// Answers every detail with *correct*, and reads the terms.
async fn reviewed(guide: &RealGuide) -> AcceptedTerms {
    guide.review(&answers(&journey(guide).await, &[])).await.expect("all details are correct");
    let binding = guide.terms().await.expect("the terms").swap_remove(0);
    AcceptedTerms {
        sha256: binding.sha256_hex(),
        consents: binding.terms().consents().map(|clause| clause.id.clone()).collect(),
    }
}

fn password(text: &str) -> Password {
    Password::typed(text.into())
}

fn ran(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().expect("it is installed");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The real program, a new process for each command.
struct Program {
    portal: PracticePortal,
    folder: TempDir,
    anchor: String,
    reference: String,
    code: String,
}

impl Program {
    async fn new() -> Self {
        let clock = StandingClock::at(Utc::now());
        let portal = PracticePortal::start(&clock).await;
        let folder = TempDir::new().expect("a folder");
        let anchor = folder.path().join("anchor.pem");
        std::fs::write(&anchor, portal.trust_anchor().certificate().to_pem()).expect("a file");
        let (reference, code) = portal.invite().await;
        Self {
            portal,
            folder,
            anchor: anchor.to_str().expect("a path of UTF-8").to_owned(),
            reference: reference.to_string(),
            code: code.expose().to_string(),
        }
    }

    fn enrol(&self, key: &str, secret: &str, status: i32) -> Output {
        let arguments =
            ["enrol", "--json", "--portal", self.portal.address(), "--reference", &self.reference, "--code-stdin"];
        let arguments = [&arguments[..], &["--trust-anchor", &self.anchor, "--key", key]].concat();
        self.run(&arguments, &format!("{}\n{secret}\n", self.code), status)
    }

    fn run(&self, arguments: &[&str], input: &str, status: i32) -> Output {
        let mut command = Command::new(certifikat());
        command.arg("--data").arg(self.folder.path().join("data")).arg("--pkcs11-module").arg(Session::module());
        let mut program = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program is built");
        // A program that refuses what it was asked need not read.
        let _ = program.stdin.take().expect("piped").write_all(input.as_bytes());
        let output = program.wait_with_output().expect("it ends");
        let said = format!("{}{}", text(&output), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        assert!(!said.contains(PIN) && !said.contains(PASSWORD), "secrets are not repeated");
        output
    }

    /// Where SoftHSM has its tokens.
    fn tokens_folder(&self) -> PathBuf {
        let configuration = std::env::var_os("SOFTHSM2_CONF").expect("the session names it");
        let configuration = std::fs::read_to_string(configuration).expect("SoftHSM's configuration");
        let line = configuration.lines().find_map(|line| line.strip_prefix("directories.tokendir = "));
        line.expect("a folder of tokens").into()
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON on standard output")
}

/// The problem on standard error.
fn refusal(output: &Output) -> String {
    let problem: Value = serde_json::from_slice(&output.stderr).expect("JSON on standard error");
    problem["problem"].as_str().expect("a problem").to_owned()
}
