//! What the program tells and does by what this computer remembers alone: nobody is asked, and no keychain answers.

mod program;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Output};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use lifecycle::ports::{Activity, ActivityDevice, ActivityKind, Change, Journal};
use lifecycle::{
    Active, DeclarationEntry, Document, DocumentKind, HeldCertificate, Import, InvitedSubject, Issued, Journey,
    JudgedActivity, Judgement, KeyId, KeyReference, LocalRegistrationAuthority, Origin, Preservation,
    PreservationLevel, ReferenceNumber, RegisteredBy, Step,
};
use local_store::SqliteJournal;
use pki::Certificate;
use program::{problem, result, text};
use serde_json::json;
use uuid::Uuid;

/// The declarations of [`Place::with_two_declarations`].
const EARLIER: Uuid = Uuid::from_u128(0x0e);
const IN_FORCE: Uuid = Uuid::from_u128(0x0f);

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
            follows: None,
        };
        let step = Step::Active(Active { issued, declaration, standing: None, renewal: None, details_to_check: true });
        let portal = "https://localhost:1".to_owned();
        let journey = Journey { id: Uuid::from_u128(1), revision: 0, portal, practice: true, step };
        let journey = journal.record(Change::to(journey)).await.expect("recorded");
        journal.keep_activities(journey.id, activities).await.expect("kept");
        Self { folder, journey }
    }

    /// With two declarations: an earlier one of terms that do not ship with the program, of which nothing more was made,
    /// and the one in force, of terms that ship, which lasts.
    async fn with_two_declarations() -> Self {
        let place = Self::with(200, &[]).await;
        let journal = SqliteJournal::open(&place.data().join("journal.sqlite")).await.expect("a journal");
        let Step::Active(active) = &place.journey.step else { panic!("in use") };
        let declared = |id, signed_at: &str, terms_sha256| {
            let signed_at = signed_at.parse().expect("a time");
            let accepted_at = Some(signed_at + TimeDelta::seconds(3));
            DeclarationEntry { id, signed_at, accepted_at, terms_sha256, ..active.declaration.clone() }
        };
        let documents = |of: &str| {
            let document = |kind, what: &str| Document { kind, bytes: format!("%PDF-1.7 {what} {of}").into_bytes() };
            vec![document(DocumentKind::Declaration, "declaration"), document(DocumentKind::Receipt, "receipt")]
        };
        let step = |declaration| Step::Active(Active { declaration, ..active.clone() });
        let declaration = declared(EARLIER, "2025-03-04T10:00:00Z", "cd".repeat(32));
        let earlier = Journey { step: step(declaration), ..place.journey.clone() };
        let earlier = Change { documents: documents("earlier"), ..Change::to(earlier) };
        let earlier = journal.record(earlier).await.expect("recorded");

        let terms = declaration::terms::shipped()[0].sha256_hex();
        let step = step(declared(IN_FORCE, "2026-11-24T12:00:00Z", terms));
        let journey = Journey { id: Uuid::from_u128(2), revision: 0, step, ..earlier.clone() };
        let succeeds = Some((earlier.id, earlier.revision));
        let change = Change { documents: documents("in force"), succeeds, ..Change::to(journey) };
        let journey = journal.record(change).await.expect("recorded");
        let lasting = Preservation {
            level: PreservationLevel::LongTerm,
            proven_time: "2026-11-24T12:00:01Z".parse().expect("a time"),
            pdf: b"%PDF-1.7 lasting".to_vec(),
        };
        journal.keep_preservation(IN_FORCE, &lasting).await.expect("kept");
        journal.close().await;
        Self { journey, ..place }
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

#[tokio::test]
async fn declarations_are_listed_with_the_one_in_force_first_and_found_by_any_words_of_them() {
    let place = Place::with_two_declarations().await;
    let found = |search: &[&str], status| {
        let listed = result(&place.run(&[&["declarations", "--json"], search].concat()), status);
        let listed = listed["declarations"].as_array().expect("declarations").clone();
        listed.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    let (earlier, in_force) = (EARLIER.to_string(), IN_FORCE.to_string());
    let both = [in_force.clone(), earlier.clone()];
    assert_eq!(found(&[], 0), both);
    assert_eq!(found(&["ØVEBRUGER", "øvelseskommune"], 0), both);
    assert_eq!(found(&["2025-03-04"], 0), [earlier.as_str()]);
    assert_eq!(found(&["øvebruger", &in_force], 0), [in_force.as_str()]);
    assert_eq!(found(&["2025-03-04", &in_force], 1), [""; 0], "every word has to occur");

    let listed = result(&place.run(&["declarations", "--json"]), 0);
    let [first, second] = &listed["declarations"].as_array().expect("declarations")[..] else { panic!("{listed}") };
    assert_eq!((&first["level"], &first["in_force"]), (&json!("B-LT"), &json!(true)));
    assert_eq!((&second["level"], &second["in_force"]), (&json!("B-B"), &json!(false)));
    assert_eq!(first["signed_at"], "2026-11-24T12:00:00Z");
    assert_eq!(first["accepted_at"], "2026-11-24T12:00:03Z");
    assert_eq!((&first["sha256"], &second["terms_sha256"]), (&json!("ab".repeat(32)), &json!("cd".repeat(32))));
    assert_eq!((&first["signer"], &first["organisation"]), (&json!("Øvebruger Eksempel"), &json!("Øvelseskommune Å")));
    assert_eq!((&first["portal"], &first["practice"]), (&json!("https://localhost:1"), &json!(true)));
    assert_eq!(first["serial_number"], place.serial_number());

    let output = place.run(&["declarations", "--language", "en"]);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stdout);
    let places = ["Declaration (in force)", "B-LT", "Declaration (earlier)", "B-B"].map(|part| said.find(part));
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{said}");
    let output = place.run(&["declarations", "nobody"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), "Ingen erklæring passer.\n"));
}

/// The files in a ZIP file, by their names.
fn files_in(path: &str) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).expect("the file")).expect("a ZIP file");
    let files = archive.len();
    let read = |number| {
        let mut file = archive.by_index(number).expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("its bytes");
        (file.name().expect("a name").into_owned(), bytes)
    };
    (0..files).map(read).collect()
}

#[tokio::test]
async fn the_evidence_of_any_declaration_is_exported_with_what_is_there_and_explained() {
    const NAMES: [&str; 5] =
        ["declaration-as-delivered.pdf", "declaration.pdf", "receipt.pdf", "terms.json", "trust-anchors.pem"];
    let place = Place::with_two_declarations().await;
    let export = |name: &str, further: &[&str], status| {
        let file = place.folder.path().join(name).to_str().expect("a path of UTF-8").to_owned();
        let output = place.run(&[&["export", "evidence", &file, "--json"], further].concat());
        if status == 0 {
            let saved = result(&output, 0);
            assert_eq!(saved["file"], file);
            assert_eq!(saved["bytes"].as_u64(), Some(std::fs::metadata(&file).expect("the file").len()));
            Ok(files_in(&file))
        } else {
            Err(problem(&output, status)["problem"].clone())
        }
    };
    let in_force = export("in-force.zip", &[], 0).expect("exported");
    assert_eq!(in_force["declaration.pdf"], b"%PDF-1.7 lasting");
    assert_eq!(in_force["declaration-as-delivered.pdf"], b"%PDF-1.7 declaration in force");
    assert_eq!(in_force["receipt.pdf"], b"%PDF-1.7 receipt in force");
    assert_eq!(in_force["terms.json"], declaration::terms::shipped()[0].bytes());
    let anchor = std::fs::read(place.data().join("trust-anchor.pem")).expect("the trust anchor");
    assert_eq!(in_force["trust-anchors.pem"], anchor);
    assert_eq!(export("by-its-id.zip", &["--declaration", &IN_FORCE.to_string()], 0), Ok(in_force.clone()));

    let earlier = export("earlier.zip", &["--declaration", &EARLIER.to_string()], 0).expect("exported");
    assert_eq!(earlier["declaration.pdf"], b"%PDF-1.7 declaration earlier");
    assert_eq!(earlier["receipt.pdf"], b"%PDF-1.7 receipt earlier");
    assert_eq!(earlier.len(), 4, "{:?}", earlier.keys());
    for files in [&in_force, &earlier] {
        let read_me = text(&files["READ-ME.txt"]);
        for name in NAMES {
            assert_eq!(read_me.contains(name), files.contains_key(name), "{name}: {read_me}");
        }
    }
    assert!(text(&earlier["READ-ME.txt"]).contains(&"cd".repeat(32)), "which terms they are");

    let unknown = Uuid::from_u128(99).to_string();
    assert_eq!(export("unknown.zip", &["--declaration", &unknown], 1), Err(json!("no-such-document")));
    assert_eq!(export("in-force.zip", &[], 2), Err(json!("file-exists")));
    let receipt = place.folder.path().join("receipt.pdf").to_str().expect("a path of UTF-8").to_owned();
    let of_an_earlier_one =
        place.run(&["export", "receipt", &receipt, "--declaration", &EARLIER.to_string(), "--json"]);
    assert_eq!(problem(&of_an_earlier_one, 1)["problem"], "no-such-document");
    assert!(!place.folder.path().join("unknown.zip").exists() && !std::path::Path::new(&receipt).exists());
}
