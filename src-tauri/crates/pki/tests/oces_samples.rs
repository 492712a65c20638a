//! Real OCES certificates, read from the folder that the environment variable `OCES_SAMPLES` names.
//!
//! The certificates are not ours to ship; where the folder is absent each test says that it was skipped.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use pki::{
    Certificate, CertificateKind, Environment, FindingCode, Generation, Profile, TrustAnchor, ValidationReport,
    Verdict, validate,
};

#[allow(clippy::print_stderr, reason = "a skipped test says so where the person who runs it looks")]
fn samples() -> Option<PathBuf> {
    let folder = std::env::var_os("OCES_SAMPLES").map(PathBuf::from).filter(|folder| folder.is_dir());
    if folder.is_none() {
        eprintln!("SKIPPED: OCES_SAMPLES names no folder with real OCES certificates");
    }
    folder
}

fn read(folder: &std::path::Path, file: &str) -> Certificate {
    Certificate::from_pem(&std::fs::read(folder.join(file)).unwrap()).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

const OCES1_ROOT: &str = "ca/oces1_TDC_OCES_Systemtest_CA_II_09e37c69.pem";
const OCES2_ROOT: &str = "ca/oces2_TRUST2408_Systemtest_VII_Primary_CA_0e2fd1fd.pem";
const OCES3_TEST_ROOT: &str = "ca/oces3_Den_Danske_Stat_OCES_rod-CA_d1bcec41.pem";
const OCES3_TEST_ISSUING: &str = "ca/oces3_Den_Danske_Stat_OCES_udstedende-CA_1_57c78523.pem";
const OCES3_ROOT: &str = "ca/oces3_Den_Danske_Stat_OCES_rod-CA_06fcb2cb.pem";
const OCES3_ISSUING: &str = "ca/oces3_Den_Danske_Stat_OCES_udstedende-CA_1_5b5662aa.pem";
const XIX: &str = "ca/oces2_TRUST2408_Systemtest_XIX_CA_f2085125.pem";

/// (file, intermediate, root, instant)
const EMPLOYEES: [(&str, &str, &str, &str); 5] = [
    ("employee/oces2-employee.pem", XIX, OCES2_ROOT, "2017-01-28T12:00:00Z"),
    (
        "employee/oces2-employee-rdn-order.pem",
        "ca/oces2_TRUST2408_Systemtest_XXII_CA_329931a8.pem",
        OCES2_ROOT,
        "2019-12-14T12:00:00Z",
    ),
    (
        "employee/oces2-employee-25-hours.pem",
        "ca/oces2_TRUST2408_Systemtest_VIII_CA_009b6ec7.pem",
        OCES2_ROOT,
        "2014-03-24T13:00:00Z",
    ),
    ("employee/oces3-employee-g.pem", OCES3_TEST_ISSUING, OCES3_TEST_ROOT, "2023-04-26T12:00:00Z"),
    ("employee/oces3-employee-c.pem", OCES3_TEST_ISSUING, OCES3_TEST_ROOT, "2023-04-07T12:00:00Z"),
];

fn judge(
    folder: &std::path::Path,
    file: &str,
    between: &str,
    root: &str,
    time: &str,
    profile: Profile,
) -> ValidationReport {
    let anchors = [TrustAnchor::new(read(folder, root))];
    validate(&read(folder, file), &[read(folder, between)], &anchors, at(time), profile)
}

#[test]
fn every_real_employee_certificate_of_oces2_and_oces3_is_valid_in_its_time_and_under_its_own_root() {
    let Some(folder) = samples() else { return };
    for (file, between, root, time) in EMPLOYEES {
        let report = judge(&folder, file, between, root, time, Profile::OcesEmployee);
        assert_eq!(report.verdict, Verdict::Valid, "{file}: {:#?}", report.findings);
        let path = report.into_validated().unwrap().path().to_vec();
        assert_eq!(path, [read(&folder, file), read(&folder, between), read(&folder, root)], "{file}");
    }
}

#[test]
fn no_real_certificate_is_valid_in_another_profile_or_time_or_under_another_root() {
    let Some(folder) = samples() else { return };
    for (file, between, root, time) in EMPLOYEES {
        let practice = judge(&folder, file, between, root, time, Profile::PracticeEmployee);
        assert!(practice.has_error(FindingCode::PolicyMissing), "{file}: {:#?}", practice.findings);
        let later = judge(&folder, file, between, root, "2026-11-24T12:00:00Z", Profile::OcesEmployee);
        assert!(later.has_error(FindingCode::Expired), "{file}: {:#?}", later.findings);
        let production = judge(&folder, file, between, OCES3_ROOT, time, Profile::OcesEmployee);
        assert!(production.has_error(FindingCode::PathNotFound), "{file}: {:#?}", production.findings);
    }
}

#[test]
fn an_oces1_certificate_is_described_and_never_trusted() {
    let Some(folder) = samples() else { return };
    let certificate = read(&folder, "employee/oces1-employee-t61string.pem");
    let description = certificate.description();
    assert_eq!(description.generation, Generation::Oces1);
    assert_eq!(description.kind, CertificateKind::Employee);
    assert_eq!(description.environment, Environment::Test);
    assert_eq!(description.organisation.as_deref(), Some("TDC TOTALLØSNINGER A/S"));
    assert_eq!(description.cvr.as_deref(), Some("25767535"));
    assert_eq!(description.employee_id.as_deref(), Some("CVR:25767535-RID:1118061043356"));
    assert_eq!(description.email.as_deref(), Some("support@certifikat.dk"));
    assert_eq!(description.serial_number, "40364b37");
    assert_eq!(description.key, "RSA 1024");
    assert_eq!(description.signature, "RSA PKCS#1 SHA-1");

    let anchors = [TrustAnchor::new(read(&folder, OCES1_ROOT))];
    let report = validate(&certificate, &[], &anchors, at("2005-06-07T12:00:00Z"), Profile::OcesEmployee);
    assert_eq!(report.verdict, Verdict::Invalid);
    assert!(report.has_error(FindingCode::AlgorithmForbidden), "{:#?}", report.findings);
    assert!(report.has_error(FindingCode::KeyTooWeak), "{:#?}", report.findings);
}

#[test]
fn a_multi_valued_name_is_read_in_either_order() {
    let Some(folder) = samples() else { return };
    let first = read(&folder, "employee/oces2-employee.pem");
    let second = read(&folder, "employee/oces2-employee-rdn-order.pem");
    let third = read(&folder, "employee/oces2-employee-25-hours.pem");
    assert_eq!(second.description().common_name, "TU GENEREL MOCES M CPR gyldig");
    assert_eq!(second.description().employee_id.as_deref(), Some("CVR:30808460-RID:42634739"));
    assert_eq!(third.description().common_name, "TU GENEREL MOCES udløbet PremExp1d1h");
    for certificate in [&first, &second, &third] {
        let description = certificate.description();
        assert_eq!(description.generation, Generation::Oces2);
        assert_eq!(description.environment, Environment::Test);
        assert_eq!(description.organisation.as_deref(), Some("NETS DANID A/S"));
        assert_eq!(description.cvr.as_deref(), Some("30808460"));
    }
    assert!(first.description().email.is_some());
    assert_eq!(second.description().email, None);
}

#[test]
fn an_oces3_certificate_is_described_with_names_apart_and_its_test_environment_told_by_key() {
    let Some(folder) = samples() else { return };
    let certificate = read(&folder, "employee/oces3-employee-g.pem");
    let description = certificate.description();
    assert_eq!(description.generation, Generation::Oces3);
    assert_eq!(description.environment, Environment::Test);
    assert_eq!(description.given_name.as_deref(), Some("Lars"));
    assert_eq!(description.surname.as_deref(), Some("Larsen"));
    assert_eq!(description.cvr.as_deref(), Some("96908409"));
    assert_eq!(description.key, "RSA 3072");
    assert_eq!(description.signature, "RSASSA-PSS SHA-256");
    assert_eq!(description.key_usage, ["digitalSignature", "nonRepudiation", "keyEncipherment"]);
    assert!(description.warnings.iter().any(|warning| warning.contains("check digit")), "{:?}", description.warnings);
    assert_eq!(description.ocsp_urls, ["http://ca1.cti-gov.dk/ocsp"]);

    let production = read(&folder, OCES3_ISSUING);
    assert_eq!(production.description().environment, Environment::Production);
    assert_eq!(production.description().kind, CertificateKind::Ca);
    assert_eq!(production.description().generation, Generation::Oces3);
}

#[test]
fn a_chain_that_holds_does_not_make_another_kind_an_employee() {
    let Some(folder) = samples() else { return };
    let others = [
        ("other/oces2-function.pem", XIX, OCES2_ROOT, "2017-06-01T12:00:00Z", CertificateKind::Function),
        ("other/oces2-organisation.pem", XIX, OCES2_ROOT, "2017-06-01T12:00:00Z", CertificateKind::Organisation),
        (
            "other/oces3-organisation.pem",
            OCES3_TEST_ISSUING,
            OCES3_TEST_ROOT,
            "2023-11-01T12:00:00Z",
            CertificateKind::Organisation,
        ),
    ];
    for (file, between, root, time, kind) in others {
        assert_eq!(read(&folder, file).description().kind, kind, "{file}");
        assert_eq!(judge(&folder, file, between, root, time, Profile::Any).verdict, Verdict::Valid, "{file}");
        let report = judge(&folder, file, between, root, time, Profile::OcesEmployee);
        assert_eq!(report.verdict, Verdict::Invalid, "{file}");
        assert!(report.has_error(FindingCode::NotOfProfile), "{file}: {:#?}", report.findings);
        assert!(report.has_error(FindingCode::PolicyMissing), "{file}: {:#?}", report.findings);
    }
}
