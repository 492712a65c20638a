//! What the program tells and does by what this computer remembers alone: nobody is asked, and no keychain answers.

mod program;

use std::path::PathBuf;
use std::process::{Command, Output};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use lifecycle::ports::{Activity, ActivityDevice, ActivityKind, Change, Journal};
use lifecycle::{
    Active, DeclarationEntry, HeldCertificate, Import, InvitedSubject, Issued, Journey, JudgedActivity, Judgement,
    KeyId, KeyReference, LocalRegistrationAuthority, Origin, ReferenceNumber, RegisteredBy, Step,
};
use local_store::SqliteJournal;
use pki::Certificate;
use program::{problem, result, text};
use serde_json::json;
use uuid::Uuid;

/// A computer on which a certificate is in use that came from a file.
struct Place {
    folder: tempfile::TempDir,
    journey: Journey,
}

fn day(at: DateTime<Utc>) -> (i32, u8, u8) {
    (at.year(), u8::try_from(at.month()).expect("a month"), u8::try_from(at.day()).expect("a day"))
}

/// A certificate that expires in this many days, below a root.
fn certificates(days: i64) -> (Certificate, Certificate) {
    let now = Utc::now();
    let ((from, until), name) = ((day(now - TimeDelta::days(300)), day(now + TimeDelta::days(days))), "Øvelses-CA");
    let mut root = rcgen::CertificateParams::default();
    root.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    root.distinguished_name.push(rcgen::DnType::CommonName, name);
    let key = rcgen::KeyPair::generate().expect("a P-256 key");
    let root_der = root.self_signed(&key).expect("a certificate").der().to_vec();
    let issuer = rcgen::Issuer::new(root, key);
    let mut params = rcgen::CertificateParams::default();
    params.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
    params.not_after = rcgen::date_time_ymd(until.0, until.1, until.2);
    params.distinguished_name.push(rcgen::DnType::CommonName, "Øvebruger Eksempel");
    let key = rcgen::KeyPair::generate().expect("a P-256 key");
    let der = params.signed_by(&key, &issuer).expect("a certificate").der().to_vec();
    (Certificate::from_der(&der).expect("a certificate"), Certificate::from_der(&root_der).expect("a certificate"))
}

fn activity(id: u128, judgement: Judgement) -> JudgedActivity {
    let activity = Activity {
        id: Uuid::from_u128(id),
        at: Utc::now(),
        kind: ActivityKind::LogIn,
        address: "192.0.2.7".into(),
        agent: "Browser/1".into(),
        device: ActivityDevice::Unregistered,
        document: None,
    };
    JudgedActivity { activity, judgement }
}

impl Place {
    /// With a certificate that expires in this many days, and these activities at the portal.
    async fn with(days: i64, activities: &[JudgedActivity]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (certificate, root) = certificates(days);
        let data = folder.path().join("data");
        let journal = SqliteJournal::open(&data.join("journal.sqlite")).await.expect("a journal");
        std::fs::write(data.join("trust-anchor.pem"), root.to_pem()).expect("a file");
        let key = KeyReference {
            id: KeyId(Uuid::from_u128(7)),
            subject_public_key_info: certificate.subject_public_key_info().to_vec(),
            made_at: Utc::now(),
            place: lifecycle::KeyPlaceName::default(),
        };
        let subject = InvitedSubject {
            common_name: "Øvebruger Eksempel".into(),
            email: "øvebruger@example.org".into(),
            organisation: "Øvelseskommune Å".into(),
            cvr: "12345678".into(),
        };
        let registered = RegisteredBy {
            reference: ReferenceNumber::parse("AMP-7K3M-9QXT").expect("a reference number"),
            authority: LocalRegistrationAuthority { name: "Øvelseskommune Å".into(), phone: None, email: None },
        };
        let import = Import { subject, imported_at: Utc::now(), registered: Some(registered) };
        let issued = Issued {
            origin: Origin::Import(import),
            key,
            held: HeldCertificate { certificate, intermediates: vec![root] },
            device_registered_at: Some(Utc::now()),
            replaces: None,
            code_to_keep: true,
        };
        let declaration = DeclarationEntry {
            id: Uuid::from_u128(8),
            sha256: "ab".repeat(32),
            signed_at: Utc::now(),
            terms_sha256: "cd".repeat(32),
            accepted_at: Some(Utc::now()),
            time_stamped_at: None,
            elsewhere: false,
        };
        let step = Step::Active(Active { issued, declaration, standing: None, renewal: None, details_to_check: true });
        let portal = "https://localhost:1".to_owned();
        let journey = Journey { id: Uuid::from_u128(1), revision: 0, portal, practice: true, step };
        let journey = journal.record(Change::to(journey)).await.expect("recorded");
        journal.keep_activities(journey.id, activities).await.expect("kept");
        Self { folder, journey }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certifikat"));
        command.args(arguments).arg("--data").arg(self.data());
        // The person's own keychain is left alone: none answers here.
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent").env_remove("DISPLAY");
        program::run(&mut command)
    }

    fn offline(&self) -> serde_json::Value {
        let output = self.run(&["status", "--offline", "--json"]);
        serde_json::from_slice(&output.stdout).expect("one JSON object")
    }
}

#[tokio::test]
async fn the_status_says_when_to_renew_what_is_to_be_done_and_what_is_suspicious() {
    let place = Place::with(20, &[activity(1, Judgement::Ours), activity(2, Judgement::Suspicious)]).await;
    let status = result(&place.run(&["status", "--offline", "--json"]), 0);
    assert_eq!((&status["step"], &status["key_place"]), (&json!("active"), &json!("keychain")));
    assert_eq!((&status["renewal_due"], &status["renewal_begun"]), (&json!(true), &json!(false)));
    assert_eq!(status["reminder"]["stage"], 30);
    assert_eq!(status["reminder"]["days_left"], 19);
    assert_eq!((&status["details_to_check"], &status["code_to_keep"]), (&json!(true), &json!(true)));
    assert!(status["imported_at"].is_string() && status["reference"] == "AMP-7K3M-9QXT", "{status}");
    let suspicious = status["suspicious"].as_array().expect("activities");
    assert_eq!(suspicious.len(), 1);
    assert_eq!(
        (&suspicious[0]["id"], &suspicious[0]["judgement"], &suspicious[0]["kind"], &suspicious[0]["device"]),
        (&json!(Uuid::from_u128(2)), &json!("suspicious"), &json!("log-in"), &json!("unregistered"))
    );
    let output = place.run(&["status", "--offline", "--language", "en"]);
    for part in ["certifikat renew", "certifikat revocation-code", "certifikat review", "192.0.2.7", "UNKNOWN ON"] {
        assert!(text(&output.stdout).contains(part), "{part}: {}", text(&output.stdout));
    }
}

#[tokio::test]
async fn a_certificate_that_has_long_to_live_is_not_reminded_of_and_an_expired_one_does_not_hold() {
    let place = Place::with(200, &[]).await;
    let status = result(&place.run(&["status", "--offline", "--json"]), 0);
    assert_eq!((&status["renewal_due"], &status["reminder"]), (&json!(false), &json!(null)));
    assert_eq!(status["suspicious"], json!([]));
    let place = Place::with(-2, &[]).await;
    let status = result(&place.run(&["status", "--offline", "--json"]), 1);
    assert_eq!((&status["renewal_due"], &status["reminder"]["stage"]), (&json!(false), &json!(0)));
    assert!(status["reminder"]["days_left"].as_i64().is_some_and(|days| days < 0), "{status}");
}

#[tokio::test]
async fn an_activity_is_suspicious_until_the_employee_says_that_it_is_known() {
    let place = Place::with(200, &[activity(1, Judgement::Ours), activity(2, Judgement::Suspicious)]).await;
    let listed = result(&place.run(&["activities", "--offline", "--json"]), 1);
    assert_eq!(listed["suspicious"], 1);
    assert_eq!(listed["activities"].as_array().map(Vec::len), Some(2));
    for unknown in ["nonsense", "", &Uuid::from_u128(3).to_string()] {
        let output = place.run(&["activities", "--offline", "--json", "--acknowledge", unknown]);
        assert_eq!(problem(&output, 1)["problem"], "no-such-activity");
    }
    let id = Uuid::from_u128(2).to_string().to_uppercase();
    let listed = result(&place.run(&["activities", "--offline", "--json", "--acknowledge", &id]), 0);
    assert_eq!(listed["suspicious"], 0);
    let judgements: Vec<_> =
        listed["activities"].as_array().expect("activities").iter().map(|one| one["judgement"].clone()).collect();
    assert!(judgements.contains(&json!("acknowledged")) && judgements.contains(&json!("ours")), "{listed}");
    assert_eq!(place.offline()["suspicious"], json!([]));
}

#[tokio::test]
async fn the_key_is_locked_at_once_whatever_else_is_out_of_order() {
    let bad_policy = |place: &Place| program::file(place.folder.path(), "policy.toml", b"export = 1\n");
    let forget_anchor = |place: &Place| std::fs::remove_file(place.data().join("trust-anchor.pem")).expect("removed");
    for (forgotten, with_policy) in [(false, false), (true, false), (false, true)] {
        let place = Place::with(200, &[]).await;
        assert_eq!(place.offline()["step"], "active");
        let policy = bad_policy(&place);
        if forgotten {
            forget_anchor(&place);
        }
        let further = if with_policy { &["--policy", &*policy][..] } else { &[] };
        let output = place.run(&[&["suspend", "--json"], further].concat());
        assert_ne!(output.status.code(), Some(0), "nobody could be told: {}", text(&output.stdout));
        let status = place.offline();
        assert_eq!((&status["step"], &status["portal_told"]), (&json!("suspended"), &json!(false)), "{status}");
        assert_eq!(status["certificate"]["serial_number"], place.serial_number());
    }
}

impl Place {
    fn serial_number(&self) -> &str {
        self.journey.step.issued().expect("a certificate").held.certificate.serial_number()
    }
}

#[tokio::test]
async fn a_certificate_is_not_imported_beside_another() {
    let place = Place::with(200, &[]).await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_certifikat"));
    command.args(["import", &program::seed("container/pem.pem"), "--portal", "https://localhost:1", "--json"]);
    command.arg("--trust-anchor").arg(place.data().join("trust-anchor.pem")).arg("--data").arg(place.data());
    let output = program::run_told(&mut command, b"\nfire gode ord her\n");
    assert_eq!(problem(&output, 2)["problem"], "wrong-step");
    assert_eq!(place.offline()["certificate"]["serial_number"], place.serial_number());
}

#[tokio::test]
async fn what_needs_the_policy_or_the_trust_anchor_says_which_of_them_is_missing() {
    let place = Place::with(200, &[]).await;
    let policy = program::file(place.folder.path(), "policy.toml", b"portals = [\"https://portal.example\"]\n");
    for command in [&["status"][..], &["status", "--read-back"], &["activities"], &["terms"], &["start-over"]] {
        let output = place.run(&[command, &["--json", "--policy", &policy]].concat());
        assert_eq!(problem(&output, 1)["problem"], "portal-not-in-policy", "{command:?}");
    }
    std::fs::remove_file(place.data().join("trust-anchor.pem")).expect("removed");
    for command in [&["status"][..], &["activities"], &["terms"]] {
        let output = place.run(&[command, &["--json"]].concat());
        assert_eq!(problem(&output, 3)["problem"], "trust-anchor-forgotten", "{command:?}");
    }
    assert_eq!(place.offline()["step"], "active", "what this computer knows needs neither");
}
