//! While a certificate is suspended, reinstated and revoked, OpenSSL reads the same states as the app does, from the
//! moment that an act is answered: by OCSP, in the complete and in the delta list, and when it verifies the certificate
//! with either.
//!
//! Needs openssl and curl.

use certifikatguide_tests::workplace::{TestGuide, Workplace, answers, journey, password};
use declaration::DetailField;
use lifecycle::{CertificateState, RevocationReason, Step};
use std::process::Command;
use tempfile::TempDir;

/// A state, in the words of [RFC 5280 §5.3.1].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    /// certificateHold: suspended.
    Hold,
    /// Revoked for good.
    Revoked(&'static str),
}

/// The reasons as OpenSSL prints them: in an OCSP response, and in a list.
const REASONS: [(&str, &str); 6] = [
    ("certificateHold", "Certificate Hold"),
    ("keyCompromise", "Key Compromise"),
    ("affiliationChanged", "Affiliation Changed"),
    ("superseded", "Superseded"),
    ("cessationOfOperation", "Cessation Of Operation"),
    ("removeFromCRL", "Remove From CRL"),
];

/// A reason as a list prints it, in the standard's word.
fn reason(printed: &str) -> &'static str {
    REASONS.iter().find(|(_, in_list)| *in_list == printed).map_or("another", |(word, _)| word)
}

/// What OpenSSL says of one certificate.
struct OpenSsl {
    folder: TempDir,
    status_address: String,
    serial_number: String,
}

impl OpenSsl {
    async fn of(workplace: &Workplace, guide: &TestGuide) -> Self {
        let journey = journey(guide).await;
        let held = &journey.step.issued().expect("a certificate").held;
        let openssl = Self {
            folder: TempDir::new().expect("a folder"),
            status_address: workplace.portal.status_address().to_owned(),
            serial_number: held.certificate.serial_number().trim_start_matches('0').to_uppercase(),
        };
        let root = workplace.portal.trust_anchor().certificate().to_pem();
        let files = [
            ("employee.pem", held.certificate.to_pem()),
            ("issuing.pem", held.chain()[1].to_pem()),
            ("root.pem", root),
        ];
        for (name, content) in files {
            std::fs::write(openssl.folder.path().join(name), content).expect("a file of the test");
        }
        openssl
    }

    fn run(&self, program: &str, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error} (`make test` installs it)"));
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// By OCSP ([RFC 6960]).
    fn ocsp(&self) -> State {
        let address = format!("{}/ocsp", self.status_address);
        let asked = ["-issuer", "issuing.pem", "-cert", "employee.pem", "-url", &address, "-CAfile", "root.pem"];
        let (answered, said) = self.run("openssl", &[&["ocsp"], &asked[..]].concat());
        assert!(answered && said.contains("Response verify OK"), "{said}");
        if said.contains("employee.pem: good") {
            return State::Good;
        }
        assert!(said.contains("employee.pem: revoked"), "{said}");
        let printed = said.lines().find_map(|line| line.trim().strip_prefix("Reason: "));
        match REASONS.iter().map(|(word, _)| *word).find(|word| printed == Some(word)) {
            Some("certificateHold") => State::Hold,
            Some(word) => State::Revoked(word),
            None => State::Revoked("unspecified"),
        }
    }

    /// Fetches a list with curl and keeps it under this name; what it says is the reason of the certificate's entry, where
    /// it has one ([RFC 5280 §5.3]).
    fn fetch_list(&self, path: &str, name: &str) -> Option<&'static str> {
        let address = format!("{}{path}", self.status_address);
        let (fetched, said) =
            self.run("curl", &["--silent", "--show-error", "--fail", "--output", "list.der", &address]);
        assert!(fetched, "{said}");
        let read = ["crl", "-inform", "DER", "-in", "list.der", "-CAfile", "issuing.pem", "-out", name];
        let (verified, said) = self.run("openssl", &read);
        assert!(verified && said.contains("verify OK"), "{said}");
        let (read, said) = self.run("openssl", &["crl", "-in", name, "-noout", "-text"]);
        assert!(read, "{said}");
        let entries = said.split("Serial Number: ").skip(1);
        let mut own = entries.filter(|entry| entry.lines().next().is_some_and(|serial| self.is_own(serial.trim())));
        let entry = own.next()?;
        assert!(own.next().is_none(), "one entry at most: {said}");
        let mut lines = entry.lines().map(str::trim);
        lines.find(|line| line.starts_with("X509v3 CRL Reason Code"))?;
        lines.next().map(reason)
    }

    fn is_own(&self, serial_number: &str) -> bool {
        serial_number.trim_start_matches('0') == self.serial_number
    }

    fn complete_list(&self, name: &str) -> Option<&'static str> {
        self.fetch_list("/crl/issuing-ca.crl", name)
    }

    fn delta_list(&self) -> Option<&'static str> {
        self.fetch_list("/crl/issuing-ca-delta.crl", "delta.pem")
    }

    /// Whether the certificate verifies ([RFC 5280 §6.3]) with a complete list, and the newest delta list where asked.
    fn verifies(&self, list: &str, with_delta: bool) -> bool {
        let mut arguments = vec!["verify", "-x509_strict", "-crl_check", "-extended_crl", "-CAfile", "root.pem"];
        arguments.extend(["-untrusted", "issuing.pem", "-CRLfile", list]);
        if with_delta {
            arguments.extend(["-use_deltas", "-CRLfile", "delta.pem"]);
        }
        arguments.push("employee.pem");
        let (verified, said) = self.run("openssl", &arguments);
        // Nothing else may be wrong.
        assert_eq!(verified, !said.contains("certificate revoked"), "{said}");
        verified
    }

    /// All of it says `expected`: the lists that are published now, and each list from before with the delta list of now.
    fn reads(&self, expected: State, lists_from_before: &[&str], name: &str) {
        assert_eq!(self.ocsp(), expected, "OCSP");
        let (word, good) = match expected {
            State::Good => (None, true),
            State::Hold => (Some("certificateHold"), false),
            State::Revoked(reason) => (Some(reason), false),
        };
        assert_eq!(self.complete_list(name), word, "the complete list");
        assert_eq!(self.delta_list().filter(|word| *word != "removeFromCRL"), word, "the delta list");
        for (list, with_delta) in [(name, false), (name, true)] {
            assert_eq!(self.verifies(list, with_delta), good, "the list of now, with the delta list: {with_delta}");
        }
        for list in lists_from_before {
            assert_eq!(self.verifies(list, true), good, "{list} with the delta list of now");
        }
    }
}

/// What the app reads, three ways, is `expected`.
async fn app_reads(guide: &TestGuide, expected: State) {
    let read = guide.read_back().await.expect("read");
    let portal = match read.portal.expect("the portal answers").state {
        CertificateState::Active | CertificateState::AwaitingDeclaration => State::Good,
        CertificateState::Suspended => State::Hold,
        // The portal's own answer names no reason; the issuer's does.
        CertificateState::Revoked => match expected {
            State::Revoked(_) => expected,
            State::Good | State::Hold => State::Revoked("by the portal"),
        },
    };
    let issuer = |status: pki::CertificateStatus| match status.state {
        pki::CertificateState::Good => State::Good,
        pki::CertificateState::Suspended { .. } => State::Hold,
        pki::CertificateState::Revoked { reason, .. } => State::Revoked(reason.name()),
        pki::CertificateState::Unknown => panic!("the issuer does not know it"),
    };
    let ocsp = issuer(read.ocsp.expect("the issuer answers"));
    let list = issuer(read.revocation_list.expect("the list is there"));
    assert_eq!([portal, ocsp, list], [expected; 3], "the app: portal, OCSP, list");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_reads_what_the_app_reads_when_a_certificate_is_suspended_reinstated_and_revoked() {
    let workplace = Workplace::new().await;
    let guide = workplace.active().await;
    let openssl = OpenSsl::of(&workplace, &guide).await;
    app_reads(&guide, State::Good).await;
    openssl.reads(State::Good, &[], "good.pem");
    assert_eq!(openssl.delta_list(), None, "there is nothing to remove yet");

    guide.suspend().await.expect("suspended");
    openssl.reads(State::Hold, &["good.pem"], "held.pem");
    app_reads(&guide, State::Hold).await;
    assert!(
        openssl.verifies("good.pem", false),
        "the list from before does not know: it is the delta list that says it"
    );

    let serial_number =
        journey(&guide).await.step.issued().expect("a certificate").held.certificate.serial_number().to_owned();
    workplace.portal.reinstate(&serial_number).await;
    openssl.reads(State::Good, &["good.pem", "held.pem"], "lifted.pem");
    assert_eq!(openssl.delta_list(), Some("removeFromCRL"), "what a list held must be removed from it");
    assert!(!openssl.verifies("held.pem", false));
    let lifted = guide.refresh().await.expect("read");
    assert!(matches!(lifted.step, Step::Active(_)), "the app has unlocked it");
    app_reads(&guide, State::Good).await;

    guide.revoke(RevocationReason::KeyCompromise, &password(), &|_| {}).await.expect("revoked");
    let revoked = State::Revoked("keyCompromise");
    openssl.reads(revoked, &["good.pem", "held.pem", "lifted.pem"], "revoked.pem");
    app_reads(&guide, revoked).await;

    assert!(workplace.portal.try_reinstate(&serial_number).await.is_err(), "it never comes back");
    openssl.reads(revoked, &["held.pem", "revoked.pem"], "later.pem");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_reads_the_reason_that_was_chosen_in_plain_words() {
    let mut workplace = Workplace::new().await;
    for (chosen, word) in [
        (RevocationReason::KeyCompromise, "keyCompromise"),
        (RevocationReason::AffiliationChanged, "affiliationChanged"),
        (RevocationReason::Superseded, "superseded"),
        (RevocationReason::CessationOfOperation, "cessationOfOperation"),
    ] {
        let guide = workplace.enrolled().await;
        let openssl = OpenSsl::of(&workplace, &guide).await;
        assert_eq!(openssl.complete_list("good.pem"), None);
        guide.revoke(chosen, &password(), &|_| {}).await.expect("revoked");
        openssl.reads(State::Revoked(word), &["good.pem"], "revoked.pem");
        app_reads(&guide, State::Revoked(word)).await;
        workplace = workplace.with_another_computer();
    }
    // Found wrong in the check: the certificate is of no use, and another takes its place.
    let guide = workplace.enrolled().await;
    let openssl = OpenSsl::of(&workplace, &guide).await;
    assert_eq!(openssl.complete_list("good.pem"), None);
    let wrong = answers(&journey(&guide).await, &[DetailField::Email]);
    guide.review(&wrong).await.expect("the portal is told");
    openssl.reads(State::Revoked("superseded"), &["good.pem"], "revoked.pem");
    app_reads(&guide, State::Revoked("superseded")).await;
}
