//! The program as a script meets it: exit status, standard output and standard error.

mod program;

use std::path::Path;

use program::{assert_problem, certifikat, file, text};

/// A root made for this test.
fn trust_anchor(folder: &Path) -> String {
    let key = rcgen::KeyPair::generate().expect("a P-256 key");
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, "Øvelses-CA");
    file(folder, "root.pem", params.self_signed(&key).expect("a certificate").pem().as_bytes())
}

#[test]
fn what_is_no_certificate_is_misuse_whatever_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    for content in [&b""[..], b"hello", b"%PDF-1.7", &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &[0xff; 4096]] {
        let garbage = file(folder.path(), "garbage", content);
        assert_problem(&certifikat(&["inspect", &garbage]), 2);
        assert_problem(&certifikat(&["validate", &garbage, "--trust", &garbage]), 2);
    }
    assert_problem(&certifikat(&["inspect", "no-such-file"]), 2);
}

#[test]
fn what_is_no_declaration_does_not_hold_and_the_report_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let anchor = trust_anchor(folder.path());
    for content in [&b""[..], b"hello", b"%PDF-1.7\n%%EOF\n", &[0xff; 4096]] {
        let garbage = file(folder.path(), "garbage.pdf", content);
        let output = certifikat(&["verify", &garbage, "--trust", &anchor, "--json"]);
        assert_eq!(output.status.code(), Some(1));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        assert_eq!(report["indication"], "total-failed");
        assert_eq!(report["level"], serde_json::Value::Null);
        assert_eq!(report["status"]["state"], "unknown");
        assert!(report["findings"].as_array().is_some_and(|findings| !findings.is_empty()), "{report}");
        assert_eq!(text(&output.stderr), "");
    }
}

#[test]
fn a_trust_anchor_that_is_none_is_misuse() {
    let folder = tempfile::tempdir().expect("a folder");
    let garbage = file(folder.path(), "garbage", b"hello");
    let output = certifikat(&["--language", "en", "verify", &garbage, "--trust", &garbage]);
    assert_problem(&output, 2);
    assert!(text(&output.stderr).contains("trust anchor"), "{}", text(&output.stderr));
}

#[test]
fn a_certificate_is_described_as_one_json_object() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = certifikat(&["inspect", &trust_anchor(folder.path()), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let description: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(description["common_name"], "Øvelses-CA");
    assert_eq!((&description["kind"], &description["generation"]), (&"ca".into(), &"other".into()));
}

#[test]
fn a_certificate_that_is_none_of_an_employee_is_not_valid_for_the_profile() {
    let folder = tempfile::tempdir().expect("a folder");
    let anchor = trust_anchor(folder.path());
    let output = certifikat(&["validate", &anchor, "--trust", &anchor, "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(report["verdict"], "invalid");
    assert_eq!(report["status"]["state"], "unknown");
}

#[test]
fn without_a_journey_the_status_is_that_there_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let data = data.to_str().expect("a path of UTF-8");
    let output = certifikat(&["status", "--data", data]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "Intet forløb er i gang.\n");
    for command in [&["terms"][..], &["suspend"], &["review", "--confirm-all"]] {
        assert_problem(&certifikat(&[command, &["--data", data]].concat()), 2);
    }
    assert_problem(&certifikat(&["export", "receipt", "receipt.pdf", "--data", data]), 1);
}

#[test]
fn secrets_that_do_not_come_are_misuse_and_a_problem_can_be_read_by_a_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let (anchor, data) = (trust_anchor(folder.path()), folder.path().to_str().expect("a path of UTF-8"));
    let output = certifikat(&[
        "enrol",
        "--portal",
        "https://localhost:1",
        "--reference",
        "AMP-7K3M-9QXT",
        "--code-stdin",
        "--trust-anchor",
        &anchor,
        "--data",
        data,
        "--json",
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout), "");
    let problem: serde_json::Value = serde_json::from_slice(&output.stderr).expect("one JSON object");
    assert_eq!(problem["problem"], "secrets-missing");
    for part in ["title", "cause", "remedy"] {
        assert!(problem[part].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
    }
}

#[test]
fn wrong_usage_is_misuse() {
    assert_eq!(certifikat(&["sign"]).status.code(), Some(2));
    assert_eq!(certifikat(&["no-such-command"]).status.code(), Some(2));
    assert_eq!(certifikat(&["--help"]).status.code(), Some(0));
}
