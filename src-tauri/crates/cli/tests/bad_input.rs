//! What the program does with files that are broken, endless or made to mislead: a plain answer, and work within bounds.

mod program;

use std::path::Path;
use std::process::Command;

use program::{certifikat, file, findings, problem, result, seed};

/// Bytes that are no certificate, revocation list or OCSP response, made from a sound one.
fn spoilt(sound: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut nested = Vec::new();
    for depth in (0..200_000_u32).rev() {
        let [_, high, middle, low] = (depth * 5).to_be_bytes();
        nested.extend_from_slice(&[0x30, 0x83, high, middle, low]);
    }
    vec![
        ("empty", vec![]),
        ("truncated", sound[..sound.len() / 2].to_vec()),
        ("without its last byte", sound[..sound.len() - 1].to_vec()),
        ("with a byte after its end", [sound, &[0]].concat()),
        ("twice over", sound.repeat(2)),
        ("a length of 4 GB", [&[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], &sound[4..]].concat()),
        ("a length of 64 bits", [&[0x30, 0x88, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], &sound[4..]].concat()),
        ("an endless length", [&[0x30, 0x80], &sound[4..]].concat()),
        ("nested 200,000 deep", nested),
        ("nested 200,000 deep without lengths", [0x30, 0x80].repeat(200_000)),
    ]
}

fn read(seed_file: &str) -> Vec<u8> {
    std::fs::read(seed(seed_file)).expect("a seed")
}

/// Judges the seeds' employee with these further arguments.
fn arguments<'a>(certificate: &'a str, between: &'a str, root: &'a str, further: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["validate", certificate, "--intermediate", between, "--trust", root, "--json"];
    arguments.extend(["--profile", "practice-employee", "--at", "2026-11-24T12:00:00Z"]);
    arguments.extend(further);
    arguments
}

#[test]
fn a_spoilt_certificate_is_misuse_that_names_the_file_wherever_it_is_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let (employee, between, root) =
        (seed("certificate/employee-oces3.der"), seed("certificate/authority.der"), seed("certificate/root.der"));
    for (what, bytes) in spoilt(&read("certificate/employee-oces3.der")) {
        let bad = file(folder.path(), "spoilt.der", &bytes);
        for arguments in [
            vec!["inspect", &bad, "--json"],
            arguments(&bad, &between, &root, &[]),
            arguments(&employee, &bad, &root, &[]),
            arguments(&employee, &between, &bad, &[]),
        ] {
            let problem = problem(&certifikat(&arguments), 2);
            let code = problem["problem"].as_str().expect("a code");
            let expected = ["certificate-file-unreadable", "no-certificate", "no-trust-anchor"];
            assert!(expected.contains(&code), "{what}, {arguments:?}: {problem}");
            assert!(problem["cause"].as_str().is_some_and(|cause| cause.contains("spoilt.der")), "{what}: {problem}");
        }
    }
}

#[test]
fn a_spoilt_revocation_list_is_misuse_that_names_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let (employee, between, root) =
        (seed("certificate/employee-oces3.der"), seed("certificate/authority.der"), seed("certificate/root.der"));
    for (what, bytes) in spoilt(&read("revocation_list/complete.crl")) {
        let bad = file(folder.path(), "spoilt.crl", &bytes);
        let problem = problem(&certifikat(&arguments(&employee, &between, &root, &["--crl", &bad])), 2);
        assert_eq!(problem["problem"], "revocation-list-unreadable", "{what}");
        assert!(problem["cause"].as_str().is_some_and(|cause| cause.contains("spoilt.crl")), "{what}: {problem}");
    }
}

#[test]
fn a_spoilt_ocsp_response_proves_nothing_and_the_report_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let (employee, between, root) =
        (seed("certificate/employee-oces3.der"), seed("certificate/authority.der"), seed("certificate/root.der"));
    for (what, bytes) in spoilt(&read("ocsp_response/good.ocsp")) {
        let bad = file(folder.path(), "spoilt.ocsp", &bytes);
        let output = certifikat(&arguments(&employee, &between, &root, &["--ocsp", &bad]));
        if bytes.len() > pki::MAXIMUM_OCSP_RESPONSE_BYTES {
            assert_eq!(problem(&output, 2)["problem"], "file-too-large", "{what}");
            continue;
        }
        let report = result(&output, 3);
        assert_eq!(report["verdict"], "indeterminate", "{what}");
        assert_eq!(report["status"]["state"], "unknown", "{what}");
        assert_eq!(findings(&report), [("test-certificate", Some(0)), ("status-unsound", Some(0))], "{what}");
    }
}

/// The program with so little address space that it cannot hold what it must not read.
#[cfg(target_os = "linux")]
fn in_little_memory(kilobytes: u32, arguments: &[&str]) -> std::process::Output {
    let limited = format!("ulimit -v {kilobytes} && exec \"$0\" \"$@\"");
    program::run(Command::new("sh").args(["-c", &limited, env!("CARGO_BIN_EXE_certifikat")]).args(arguments))
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_of_two_gigabytes_is_refused_by_its_size_and_not_read_into_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let huge = folder.path().join("huge");
    // Sparse: it takes no room on the disk.
    std::fs::File::create(&huge).and_then(|file| file.set_len(2 * 1024 * 1024 * 1024)).expect("a sparse file");
    let huge = huge.to_str().expect("a path of UTF-8");
    let (employee, between, root) =
        (seed("certificate/employee-oces3.der"), seed("certificate/authority.der"), seed("certificate/root.der"));
    for arguments in [
        arguments(&employee, &between, &root, &["--crl", huge]),
        arguments(&employee, &between, &root, &["--ocsp", huge]),
        arguments(&employee, huge, &root, &[]),
        arguments(&employee, &between, huge, &[]),
        arguments(huge, &between, &root, &[]),
        vec!["inspect", huge, "--json"],
        vec!["verify", huge, "--trust", &root, "--json"],
    ] {
        // Revocation lists of up to 255 MiB are read: so much does not fit beside the program here, a small file does.
        let problem = problem(&in_little_memory(360_000, &arguments), 2);
        assert_eq!(problem["problem"], "file-too-large", "{arguments:?}: {problem}");
        assert!(problem["cause"].as_str().is_some_and(|cause| cause.contains("huge")), "{problem}");
    }
}

struct Authority {
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    params: rcgen::CertificateParams,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let key = rcgen::KeyPair::generate().expect("a P-256 key");
        Self { issuer: rcgen::Issuer::new(params.clone(), key), params }
    }

    /// This authority's certificate, by another or by itself.
    fn certified_by(&self, other: &Self) -> String {
        self.params.signed_by(self.issuer.key(), &other.issuer).expect("a certificate").pem()
    }

    fn certify(&self, name: &str) -> String {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let key = rcgen::KeyPair::generate().expect("a P-256 key");
        params.signed_by(&key, &self.issuer).expect("a certificate").pem()
    }
}

fn judge(folder: &Path, certificate: &str, root: &str, between: &[&str]) -> std::process::Output {
    let certificate = file(folder, "certificate.pem", certificate.as_bytes());
    let root = file(folder, "root.pem", root.as_bytes());
    let mut arguments = vec!["validate", &certificate, "--trust", &root, "--json", "--profile", "any"];
    arguments.extend(["--at", "2026-11-24T12:00:00Z", "--intermediate"]);
    arguments.extend(between);
    certifikat(&arguments)
}

#[test]
fn ten_thousand_authorities_are_refused_by_their_number() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Authority::new("Øvelse rod-CA");
    let issuing = Authority::new("Øvelse udstedende-CA");
    let (certificate, between) = (issuing.certify("Øvebruger Eksempel"), issuing.certified_by(&root));
    let root = root.certified_by(&root);

    // The one that belongs to the path is enough, and in all of these.
    let one = file(folder.path(), "one.pem", between.as_bytes());
    let report = result(&judge(folder.path(), &certificate, &root, &[&one]), 0);
    assert_eq!(report["path"].as_array().map(Vec::len), Some(3));

    let thousand = file(folder.path(), "thousand.pem", between.repeat(1_000).as_bytes());
    let report = result(&judge(folder.path(), &certificate, &root, &[thousand.as_str(); 10]), 3);
    assert_eq!(report["verdict"], "indeterminate");
    assert_eq!(findings(&report), [("too-complex", None)]);
    assert_eq!(report["path"].as_array().map(Vec::len), Some(1), "no path is built from so many");
    let detail = report["findings"][0]["detail"].as_str().expect("a detail");
    assert!(detail.contains("10000 intermediates"), "{detail}");

    let in_one_file = file(folder.path(), "all.pem", between.repeat(10_000).as_bytes());
    let problem = problem(&judge(folder.path(), &certificate, &root, &[&in_one_file]), 2);
    assert!(["certificate-file-unreadable", "file-too-large"].contains(&problem["problem"].as_str().expect("a code")));
}

#[test]
fn authorities_that_issue_each_other_in_a_circle_lead_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (Authority::new("Øvelse kreds-CA 1"), Authority::new("Øvelse kreds-CA 2"));
    let circle = first.certified_by(&second) + &second.certified_by(&first) + &first.certified_by(&first);
    let circle = file(folder.path(), "circle.pem", circle.as_bytes());
    let outside = Authority::new("Øvelse rod-CA");
    let root = outside.certified_by(&outside);
    let output = judge(folder.path(), &first.certify("Øvebruger Eksempel"), &root, &[&circle]);
    let report = result(&output, 1);
    assert_eq!(report["verdict"], "invalid");
    let path: Vec<&str> =
        report["path"].as_array().expect("a path").iter().filter_map(|link| link["sha256"].as_str()).collect();
    let distinct: std::collections::BTreeSet<&&str> = path.iter().collect();
    assert_eq!(distinct.len(), path.len(), "nobody is met twice");
    let [(code, Some(place))] = findings(&report)[..] else { panic!("one finding with a place: {report}") };
    assert_eq!(code, "path-not-found");
    assert_eq!(usize::try_from(place), Ok(path.len() - 1), "it is about the last that was met");
}
