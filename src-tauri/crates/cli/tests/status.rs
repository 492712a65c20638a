//! What `validate` makes of the revocation lists and OCSP responses that it is given: state, reason, source and window.

mod program;

use std::path::Path;

use program::{certifikat, file, findings, result, seed};
use serde_json::{Value, json};

const NOON: &str = "2026-11-24T12:00:00Z";
const TEST: (&str, Option<u64>) = ("test-certificate", Some(0));

/// Judges the seeds' employee below its authority, by this evidence.
#[track_caller]
fn judge(at: &str, evidence: &[&str], status: i32) -> Value {
    judge_seed("certificate/employee-oces3.der", at, evidence, status)
}

#[track_caller]
fn judge_seed(certificate: &str, at: &str, evidence: &[&str], status: i32) -> Value {
    let (certificate, between, root) =
        (seed(certificate), seed("certificate/authority.der"), seed("certificate/root.der"));
    let mut arguments = vec!["validate", &certificate, "--intermediate", &between, "--trust", &root, "--json"];
    arguments.extend(["--profile", "practice-employee", "--at", at]);
    arguments.extend(evidence);
    result(&certifikat(&arguments), status)
}

fn untold() -> Value {
    json!({"state": "unknown", "reason": null, "source": null, "this_update": null, "next_update": null})
}

/// A finding's detail.
fn detail<'a>(report: &'a Value, code: &str) -> &'a str {
    let findings = report["findings"].as_array().expect("findings");
    let finding = findings.iter().find(|finding| finding["code"] == code).unwrap_or_else(|| panic!("{code}: {report}"));
    finding["detail"].as_str().expect("a detail")
}

#[test]
fn without_evidence_the_certificate_holds_and_its_status_is_unknown() {
    let report = judge(NOON, &[], 0);
    assert_eq!((&report["verdict"], &report["status"]), (&json!("valid"), &untold()));
    assert_eq!(findings(&report), [TEST]);
}

#[test]
fn a_good_answer_is_printed_with_its_source_and_window() {
    let good = seed("ocsp_response/good.ocsp");
    let report = judge(NOON, &["--ocsp", &good], 0);
    let status = &report["status"];
    assert_eq!(
        (&status["state"], &status["reason"], &status["source"]),
        (&json!("good"), &json!(null), &json!("ocsp"))
    );
    assert_eq!(status["this_update"], "2026-11-24T11:30:00Z");
    assert_eq!(status["next_update"], "2026-11-24T12:30:00Z");
    assert_eq!(findings(&report), [TEST]);
}

#[test]
fn a_hold_is_suspended_and_not_revoked_whoever_says_so() {
    let (list, response) = (seed("revocation_list/complete.crl"), seed("ocsp_response/revoked.ocsp"));
    for (option, evidence, source, until) in
        [("--crl", &list, "crl", "2026-11-24T18:00:00Z"), ("--ocsp", &response, "ocsp", "2026-11-24T12:30:00Z")]
    {
        let report = judge(NOON, &[option, evidence], 1);
        let status = &report["status"];
        assert_eq!(report["verdict"], "invalid");
        assert_eq!((&status["state"], &status["reason"]), (&json!("suspended"), &json!(null)), "{status}");
        assert_eq!((&status["source"], &status["next_update"]), (&json!(source), &json!(until)));
        assert_eq!(findings(&report), [TEST, ("suspended", Some(0))]);
    }
}

#[test]
fn a_delta_list_lifts_a_hold_in_whichever_order_the_lists_come() {
    let (complete, delta) = (seed("revocation_list/complete.crl"), seed("revocation_list/delta.crl"));
    for lists in [[&complete, &delta], [&delta, &complete]] {
        let report = judge(NOON, &["--crl", lists[0], lists[1]], 0);
        let status = &report["status"];
        assert_eq!((&status["state"], &status["source"]), (&json!("good"), &json!("delta-crl")), "{status}");
        assert_eq!(status["next_update"], "2026-11-24T12:30:00Z");
    }
}

#[test]
fn a_stale_answer_cannot_tell_and_one_from_the_future_is_not_believed() {
    let (list, response) = (seed("revocation_list/complete.crl"), seed("ocsp_response/good.ocsp"));
    for (option, evidence, later, earlier) in [
        ("--crl", &list, "2026-11-24T18:00:01Z", "2026-11-24T10:00:00Z"),
        ("--ocsp", &response, "2026-11-24T12:30:01Z", "2026-11-24T11:24:59Z"),
    ] {
        let report = judge(later, &[option, evidence], 3);
        assert_eq!((&report["verdict"], &report["status"]), (&json!("indeterminate"), &untold()));
        assert_eq!(findings(&report), [TEST, ("status-stale", Some(0))]);
        if option == "--crl" {
            // The list of the morning is older than the certificate.
            continue;
        }
        let report = judge(earlier, &[option, evidence], 3);
        assert_eq!((&report["verdict"], &report["status"]), (&json!("indeterminate"), &untold()));
        assert_eq!(findings(&report), [TEST, ("status-unsound", Some(0))]);
        assert!(
            detail(&report, "status-unsound").contains("is of 2026-11-24 11:45:00 UTC; it is 2026-11-24 11:24:59"),
            "{report}"
        );
    }
}

#[test]
fn an_answer_about_another_serial_number_tells_nothing_about_this_one() {
    let good = seed("ocsp_response/good.ocsp");
    let report = judge_seed("certificate/authority-constrained.der", NOON, &["--ocsp", &good], 1);
    assert_eq!(report["status"], untold());
    assert!(findings(&report).contains(&("status-unknown", Some(0))), "{report}");
    assert!(detail(&report, "status-unknown").contains("about another certificate"), "{report}");
}

#[test]
fn a_list_of_another_part_of_the_issuers_certificates_tells_nothing_about_this_one() {
    let report = judge(NOON, &["--crl", &seed("revocation_list/partition.crl")], 3);
    assert_eq!(report["status"], untold());
    assert_eq!(findings(&report), [TEST, ("status-unknown", Some(0))]);
}

/// A root, a certificate below it, and a list of another authority and of the root that revokes the certificate.
struct Made {
    root: String,
    certificate: String,
    by_root: String,
    by_another: String,
}

fn made(folder: &Path) -> Made {
    let authority = |name: &str| {
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        (rcgen::KeyPair::generate().expect("a P-256 key"), params)
    };
    let serial_number = rcgen::SerialNumber::from_slice(&[0x12, 0x34]);
    let list = |issuer: &rcgen::Issuer<'_, rcgen::KeyPair>| {
        let revoked = rcgen::RevokedCertParams {
            serial_number: serial_number.clone(),
            revocation_time: rcgen::date_time_ymd(2026, 11, 20),
            reason_code: Some(rcgen::RevocationReason::KeyCompromise),
            invalidity_date: None,
        };
        let params = rcgen::CertificateRevocationListParams {
            this_update: rcgen::date_time_ymd(2026, 11, 24),
            next_update: rcgen::date_time_ymd(2026, 11, 25),
            crl_number: rcgen::SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        params.signed_by(issuer).expect("a list").der().to_vec()
    };
    let (key, params) = authority("Øvelse rod-CA");
    let root = params.self_signed(&key).expect("a certificate");
    let root_issuer = rcgen::Issuer::new(params, key);
    let (key, params) = authority("Øvelse anden-CA");
    let other_issuer = rcgen::Issuer::new(params, key);
    let mut params = rcgen::CertificateParams::default();
    params.serial_number = Some(serial_number.clone());
    params.distinguished_name.push(rcgen::DnType::CommonName, "Øvebruger Eksempel");
    let key = rcgen::KeyPair::generate().expect("a P-256 key");
    let certificate = params.signed_by(&key, &root_issuer).expect("a certificate");
    Made {
        root: file(folder, "root.pem", root.pem().as_bytes()),
        certificate: file(folder, "certificate.pem", certificate.pem().as_bytes()),
        by_root: file(folder, "root.crl", &list(&root_issuer)),
        by_another: file(folder, "other.crl", &list(&other_issuer)),
    }
}

#[test]
fn a_revoked_certificate_is_invalid_with_the_reason_and_a_list_of_another_issuer_tells_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = made(folder.path());
    let judge = |list: &str, status| {
        let arguments =
            ["validate", &made.certificate, "--trust", &made.root, "--crl", list, "--at", NOON, "--profile", "any"];
        result(&certifikat(&[&arguments[..], &["--json"]].concat()), status)
    };
    let report = judge(&made.by_root, 1);
    assert_eq!(report["verdict"], "invalid");
    assert_eq!(findings(&report), [("revoked", Some(0))]);
    let status = &report["status"];
    assert_eq!((&status["state"], &status["reason"]), (&json!("revoked"), &json!("keyCompromise")), "{status}");
    assert_eq!((&status["source"], &status["at"]), (&json!("crl"), &json!("2026-11-20T00:00:00Z")));
    assert_eq!(status["this_update"], "2026-11-24T00:00:00Z");
    assert_eq!(status["next_update"], "2026-11-25T00:00:00Z");

    let report = judge(&made.by_another, 3);
    assert_eq!((&report["verdict"], &report["status"]), (&json!("indeterminate"), &untold()));
    assert_eq!(findings(&report), [("status-unknown", Some(0))]);
    assert!(detail(&report, "status-unknown").contains("by another issuer"), "{report}");
}
