//! The commands about a certificate, as far as they get without a portal and a keychain: what is refused, how it is said,
//! and that nobody is asked and nothing is made meanwhile.

mod program;

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use program::{certifikat, certifikat_told, file, problem, result, seed, text};
use serde_json::{Value, json};

const CODE: &[u8] = b"ABCD-EFGH-2345\n";

/// A portal that takes connections and knows whether anybody came.
struct Nobody {
    listener: TcpListener,
}

impl Nobody {
    fn listening() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("set");
        Self { listener }
    }

    fn address(&self) -> String {
        format!("https://{}", self.listener.local_addr().expect("an address"))
    }

    fn was_asked(&self) -> bool {
        self.listener.accept().is_ok()
    }
}

/// A computer without anything, and a trust anchor.
struct Place {
    folder: tempfile::TempDir,
    anchor: String,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = rcgen::KeyPair::generate().expect("a P-256 key");
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "Øvelses-CA");
        let root = params.self_signed(&key).expect("a certificate").pem();
        let anchor = file(folder.path(), "root.pem", root.as_bytes());
        Self { folder, anchor }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        file(self.folder.path(), name, content)
    }

    /// Runs the program with this on standard input.
    fn told(&self, arguments: &[&str], input: &[u8]) -> std::process::Output {
        let data = self.data();
        let data = data.to_str().expect("a path of UTF-8");
        certifikat_told(&[arguments, &["--json", "--data", data]].concat(), input)
    }

    fn import(&self, container: &str, portal: &str, further: &[&str], input: &[u8]) -> std::process::Output {
        let arguments = ["import", container, "--portal", portal, "--trust-anchor", &self.anchor];
        self.told(&[&arguments[..], further].concat(), input)
    }

    fn by_code(&self, command: &[&str], reference: &str, portal: &str, input: &[u8]) -> std::process::Output {
        let named = ["--reference", reference, "--code-stdin", "--portal", portal, "--trust-anchor", &self.anchor];
        self.told(&[command, &named].concat(), input)
    }
}

const ACTS_BY_CODE: [&[&str]; 2] = [&["suspend"], &["revoke", "--reason", "key-compromise"]];

#[test]
fn without_a_certificate_there_is_nothing_to_act_on() {
    let place = Place::new();
    let out = place.folder.path().join("copy.p12");
    let out = out.to_str().expect("a path of UTF-8");
    for (arguments, input) in [
        (&["renew"][..], &b"fire gode ord her\n"[..]),
        (&["revocation-code"], b"fire gode ord her\n"),
        (&["revoke", "--reason", "superseded"], b"fire gode ord her\n"),
        (&["export", "--out", out], b"fire gode ord her\nnye gode ord igen\n"),
        (&["suspend"], b""),
        (&["activities"], b""),
        (&["activities", "--offline"], b""),
    ] {
        assert_eq!(problem(&place.told(arguments, input), 2)["problem"], "wrong-step", "{arguments:?}");
    }
    assert!(!Path::new(out).exists(), "no empty file is left");
    let status = result(&place.told(&["status", "--read-back"], b""), 1);
    assert_eq!(status["step"], Value::Null);
}

#[test]
fn a_secret_that_does_not_come_is_misuse_and_so_is_one_that_is_no_text_or_never_ends() {
    let place = Place::new();
    let portal = Nobody::listening();
    let container = place.file("a.p12", b"nothing that is looked at");
    let endless = vec![b'a'; 100_000];
    let inputs =
        [(&b""[..], "secrets-missing"), (b"\xff\xfe\n\xff\n", "secret-unreadable"), (&endless, "secret-unreadable")];
    for (input, expected) in inputs {
        for arguments in [
            &["renew"][..],
            &["revocation-code"],
            &["revoke", "--reason", "superseded"],
            &["export", "--out", "copy.p12"],
        ] {
            assert_eq!(problem(&place.told(arguments, input), 2)["problem"], expected, "{arguments:?}");
        }
        assert_eq!(problem(&place.import(&container, &portal.address(), &[], input), 2)["problem"], expected);
        for command in ACTS_BY_CODE {
            let output = place.by_code(command, "AMP-7K3M-9QXT", &portal.address(), input);
            assert_eq!(problem(&output, 2)["problem"], expected, "{command:?}");
        }
    }
    // The second of the two is missing.
    for input in [&b"the file's password"[..], b"the file's password\n", b"\n", b"\n\n"] {
        assert_eq!(problem(&place.import(&container, &portal.address(), &[], input), 2)["problem"], "secrets-missing");
    }
    let output = place.told(&["export", "--out", "copy.p12"], b"fire gode ord her\n");
    assert_eq!(problem(&output, 2)["problem"], "secrets-missing");
    assert!(!portal.was_asked());
}

#[test]
fn what_is_no_certificate_file_is_refused_before_anybody_is_asked() {
    let place = Place::new();
    let portal = Nobody::listening();
    let input = b"hemmelig\nfire gode ord her\n";
    let sound = std::fs::read(seed("container/pkcs12-aes.p12")).expect("a seed");
    for content in [
        &b""[..],
        b"hello",
        b"%PDF-1.7",
        &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        &[0xff; 4096],
        &sound[..sound.len() / 2],
        &[0x30, 0x80].repeat(200_000),
    ] {
        let garbage = place.file("garbage.p12", content);
        let refused = problem(&place.import(&garbage, &portal.address(), &[], input), 1);
        assert_eq!(refused["problem"], "container-damaged", "{refused}");
    }
    let huge = place.folder.path().join("huge.p12");
    // Sparse: it takes no room on the disk.
    std::fs::File::create(&huge).and_then(|file| file.set_len(2 * 1024 * 1024 * 1024)).expect("a sparse file");
    let huge = huge.to_str().expect("a path of UTF-8");
    assert_eq!(problem(&place.import(huge, &portal.address(), &[], input), 2)["problem"], "file-too-large");
    let missing = place.import("no-such-file.p12", &portal.address(), &[], input);
    assert_eq!(problem(&missing, 2)["problem"], "file-unreadable");
    assert!(!portal.was_asked());
}

#[test]
fn a_wrong_password_of_the_file_is_told_apart_from_a_damaged_file() {
    let place = Place::new();
    let portal = Nobody::listening();
    for container in ["container/pkcs12-aes.p12", "container/pkcs12-rc2.p12", "container/pkcs12-open.p12"] {
        for wrong in [&b"not the password\nfire gode ord her\n"[..], b"\nfire gode ord her\n"] {
            let refused = problem(&place.import(&seed(container), &portal.address(), &[], wrong), 1);
            assert_eq!(refused["problem"], "container-password-wrong", "{container}");
        }
    }
    assert!(!portal.was_asked());
}

#[test]
fn several_employee_certificates_in_a_file_are_listed_for_one_to_be_chosen() {
    let place = Place::new();
    let portal = Nobody::listening();
    let described = |name: &str| {
        let description = result(&certifikat(&["inspect", &seed(name), "--json"]), 0);
        json!({
            "serial_number": description["serial_number"],
            "common_name": description["common_name"],
            "organisation": description["organisation"],
            "not_before": description["not_before"],
            "not_after": description["not_after"],
        })
    };
    let names = ["certificate/employee-oces3.der", "certificate/employee-oces2.der"];
    let both: String = names.map(|name| pem(&std::fs::read(seed(name)).expect("a seed"))).concat();
    let both = place.file("both.pem", both.as_bytes());
    let input = b"\nfire gode ord her\n";
    for further in [&[][..], &["--serial", "123456"]] {
        let refused = problem(&place.import(&both, &portal.address(), further, input), 1);
        assert_eq!(refused["problem"], "container-certificate-unclear");
        assert_eq!(refused["certificates"], json!(names.map(described)), "{refused}");
    }
    let data = place.data();
    let words = certifikat_told(
        &["import", &both, "--portal", &portal.address(), "--trust-anchor", &place.anchor, "--data"]
            .map(PathBuf::from)
            .into_iter()
            .chain([data])
            .collect::<Vec<_>>(),
        input,
    );
    let serial_number = described(names[0])["serial_number"].as_str().expect("a serial number").to_owned();
    assert_eq!(words.status.code(), Some(1));
    assert!(text(&words.stderr).contains(&serial_number), "{}", text(&words.stderr));
    assert!(text(&words.stderr).contains("--serial HEX"), "{}", text(&words.stderr));

    let none = place.file("none.pem", pem(&std::fs::read(seed("certificate/root.der")).expect("a seed")).as_bytes());
    let refused = problem(&place.import(&none, &portal.address(), &[], input), 1);
    assert_eq!(refused["problem"], "container-certificate-unclear");
    assert!(!portal.was_asked());
}

fn pem(der: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in der.chunks(48) {
        for part in line.chunks(3) {
            let bits = part.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
            for place in 0..4 {
                let digit = ALPHABET[(bits >> (18 - 6 * place) & 0x3F) as usize];
                text.push(if place <= part.len() { char::from(digit) } else { '=' });
            }
        }
        text.push('\n');
    }
    text + "-----END CERTIFICATE-----\n"
}

#[test]
fn a_certificate_elsewhere_is_stopped_without_a_journey_and_none_is_made() {
    let place = Place::new();
    for command in ACTS_BY_CODE {
        let output = place.by_code(command, "AMP-7K3M-9QXT", "https://localhost:1", CODE);
        assert_eq!(problem(&output, 3)["problem"], "portal-unreachable", "{command:?}");
        let output = place.by_code(command, "<script>", "https://localhost:1", CODE);
        assert_eq!(problem(&output, 2)["problem"], "reference-malformed");
        let output = place.by_code(command, "AMP-7K3M-9QXT", "https://localhost:1", b"no\n");
        assert_eq!(problem(&output, 2)["problem"], "code-malformed");
        let output = place.by_code(command, "AMP-7K3M-9QXT", "http://localhost:1", CODE);
        assert_eq!(problem(&output, 2)["problem"], "portal-address");
    }
    assert!(!place.data().exists(), "this computer remembers nothing of it");
}

#[test]
fn a_certificate_elsewhere_is_stopped_also_where_this_computers_journal_is_damaged() {
    let place = Place::new();
    std::fs::create_dir(place.data()).expect("a folder");
    std::fs::write(place.data().join("journal.sqlite"), [0xff; 8192]).expect("a file");
    for command in ACTS_BY_CODE {
        let output = place.by_code(command, "AMP-7K3M-9QXT", "https://localhost:1", CODE);
        assert_eq!(problem(&output, 3)["problem"], "portal-unreachable", "it is the portal that counts");
    }
}

#[test]
fn nothing_is_asked_of_a_portal_that_the_policy_does_not_name() {
    let place = Place::new();
    let portal = Nobody::listening();
    let policy = place.file("policy.toml", b"portals = [\"https://portal.example\"]\n");
    let other = portal.address();
    for command in ACTS_BY_CODE {
        let command = [command, &["--policy", &policy]].concat();
        let output = place.by_code(&command, "AMP-7K3M-9QXT", &other, CODE);
        assert_eq!(problem(&output, 1)["problem"], "portal-not-in-policy");
    }
    let employee = place
        .file("employee.pem", pem(&std::fs::read(seed("certificate/employee-oces3.der")).expect("a seed")).as_bytes());
    let output = place.import(&employee, &other, &["--policy", &policy], b"\nfire gode ord her\n");
    assert_eq!(problem(&output, 1)["problem"], "portal-not-in-policy");
    let enrol = ["enrol", "--portal", &other, "--reference", "AMP-7K3M-9QXT", "--code-stdin", "--policy", &policy];
    let output = place.told(&[&enrol[..], &["--trust-anchor", &place.anchor]].concat(), b"ABCD-EFGH\nfire gode ord\n");
    assert_eq!(problem(&output, 1)["problem"], "portal-not-in-policy");
    assert!(!portal.was_asked());
    assert!(!place.data().join("trust-anchor.pem").exists(), "its trust anchor is not remembered either");
}

#[test]
fn a_policy_that_cannot_be_used_allows_nothing_and_says_where_its_error_is() {
    let place = Place::new();
    let portal = Nobody::listening();
    for (content, reason) in [
        (&b"export = true\nexprot = true\n"[..], "line 2"),
        (b"unlocked_minutes = 16\n", "unlocked_minutes"),
        (b"portals = [\"portal.example\"]\n", "portal.example"),
        (&[0xff; 16], "UTF-8"),
        (&[b'#'; 100_000], "bytes"),
    ] {
        let policy = place.file("policy.toml", content);
        let command = ["suspend", "--policy", &policy];
        let refused = problem(&place.by_code(&command, "AMP-7K3M-9QXT", &portal.address(), CODE), 3);
        assert_eq!(refused["problem"], "policy-unusable");
        let told = refused["reason"].as_str().expect("a reason");
        assert!(told.contains(reason) && told.contains("policy.toml"), "{told}");
        let report = result(&place.told(&["doctor", "--policy", &policy], b""), 1);
        assert_eq!(report["policy"]["problem"], "policy-unusable");
        assert_eq!(report["policy"]["detail"], refused["reason"]);
    }
    let missing = ["suspend", "--policy", "no-such-policy.toml"];
    let refused = problem(&place.by_code(&missing, "AMP-7K3M-9QXT", &portal.address(), CODE), 3);
    assert_eq!(refused["problem"], "policy-unusable");
    assert!(!portal.was_asked());
}

#[cfg(unix)]
#[test]
fn a_policy_that_others_can_change_is_not_believed() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let portal = Nobody::listening();
    let policy = place.file("policy.toml", b"export = true\n");
    for mode in [0o664, 0o646, 0o666] {
        std::fs::set_permissions(&policy, std::fs::Permissions::from_mode(mode)).expect("set");
        let command = ["suspend", "--policy", &policy];
        let refused = problem(&place.by_code(&command, "AMP-7K3M-9QXT", &portal.address(), CODE), 3);
        assert_eq!(refused["problem"], "policy-unusable", "{mode:o}");
    }
    assert!(!portal.was_asked());
}

#[test]
fn the_doctor_shows_what_the_policy_allows_and_where_it_comes_from() {
    let place = Place::new();
    let content = b"portals = [\"https://Portal.example/\"]\nexport = true\nunlocked_minutes = 5\n";
    let policy = place.file("policy.toml", content);
    let report = result(&place.told(&["doctor", "--policy", &policy], b""), 1);
    let in_force = |report: &Value| {
        let mut policy = report["policy"].clone();
        policy.as_object_mut().expect("a policy").remove("settings");
        policy
    };
    let expected =
        json!({"file": policy, "portals": ["https://portal.example"], "export": true, "unlocked_minutes": 5});
    assert_eq!(in_force(&report), expected);
    let report = result(&place.told(&["doctor"], b""), 1);
    let none = json!({"file": null, "portals": null, "export": false, "unlocked_minutes": 0});
    assert_eq!(in_force(&report), none, "a computer without a policy");
}

/// Value, source and whether it is locked, as the doctor shows them.
fn setting(report: &Value, key: &str) -> Value {
    let settings = report["policy"]["settings"].as_array().expect("settings");
    let setting = settings.iter().find(|setting| setting["key"] == key).unwrap_or_else(|| panic!("{key}: {report}"));
    json!([setting["value"], setting["source"], setting["locked"]])
}

#[test]
fn the_doctor_shows_each_value_that_is_in_force_and_where_it_comes_from() {
    let place = Place::new();
    let content = b"portal = \"https://portal.example\"\ntrust_anchor = \"/etc/portal.pem\"\nlanguage = \"en\"\n\
        pkcs11_module = \"/opt/card.so\"\nproxy = \"none\"\nlocked = [\"portal\", \"pkcs11_module\"]\n";
    let policy = place.file("policy.toml", content);
    let doctor = ["doctor", "--policy", &policy, "--language", "da", "--pkcs11-module", "/opt/other.so"];
    let report = result(&place.told(&doctor, b""), 1);
    for (key, expected) in [
        ("portal", json!(["https://portal.example", "policy", true])),
        ("trust_anchor", json!(["/etc/portal.pem", "policy", false])),
        ("pkcs11_module", json!(["/opt/card.so", "policy", true])),
        ("language", json!(["da", "command-line", false])),
        ("key_places", json!([["keychain", "pkcs11"], "default", false])),
        ("connect_timeout_seconds", json!([10, "default", false])),
        ("telemetry", json!([false, "default", false])),
    ] {
        assert_eq!(setting(&report, key), expected, "{key}");
    }
}

#[test]
fn the_policy_sets_the_language_and_locks_it_where_it_says_so() {
    let place = Place::new();
    let data = place.data().display().to_string();
    for (more, typed, says) in [
        ("", None, "You cannot sign"),
        ("", Some("da"), "Du kan ikke underskrive"),
        ("locked = [\"language\"]\n", Some("da"), "You cannot sign"),
    ] {
        let policy = place.file("policy.toml", format!("language = \"en\"\n{more}").as_bytes());
        let mut arguments = vec!["doctor", "--data", &data, "--policy", &policy];
        arguments.extend(typed.iter().flat_map(|typed| ["--language", typed]));
        let output = certifikat(&arguments);
        assert!(text(&output.stdout).contains(says), "{more} {typed:?}: {}", text(&output.stdout));
    }
}

#[test]
fn a_journey_begins_with_the_policys_portal_and_without_any_it_is_asked_for() {
    let place = Place::new();
    let portal = Nobody::listening();
    let enrol = ["enrol", "--reference", "AMP-7K3M-9QXT", "--code-stdin"];
    let unnamed = problem(&place.told(&enrol, b""), 2);
    assert_eq!(unnamed["problem"], "portal-not-named");
    assert!(!portal.was_asked());

    let content = format!(
        "portal = \"{}\"\ntrust_anchor = \"{}\"\nlocked = [\"portal\"]\nconnect_timeout_seconds = 1\n",
        portal.address(),
        place.anchor
    );
    let policy = place.file("policy.toml", content.as_bytes());
    let secrets = "ABCD-EFGH\nfire gode ord her\n";
    let other = Nobody::listening();
    let address = other.address();
    let elsewhere = [&enrol[..], &["--policy", &policy, "--portal", &address]].concat();
    assert_eq!(problem(&place.told(&elsewhere, secrets.as_bytes()), 1)["problem"], "portal-not-in-policy");
    assert!(!other.was_asked());
    let output = place.told(&[&enrol[..], &["--policy", &policy]].concat(), secrets.as_bytes());
    assert_eq!(problem(&output, 3)["problem"], "portal-unreachable");
    assert!(portal.was_asked(), "nobody answers there, but it was asked");
}
