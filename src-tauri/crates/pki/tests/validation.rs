//! What the judgement says about certificates of an authority of our own, sound ones and spoilt ones.

mod support;

use chrono::TimeDelta;
use pki::{
    Certificate, CertificateKind, Environment, FindingCode, Generation, MAXIMUM_INTERMEDIATES, Profile, Severity,
    SignatureAlgorithm, TrustAnchor, ValidationReport, Verdict, validate,
};

use support::{
    AUTHORITIES, COMMON_NAME, COUNTRY, EMPLOYEE_KEY, Email, ISSUING_KEY, ORGANISATION, OTHER_KEY, ROOT_KEY, Recipe,
    SERIAL_NUMBER, TestKey, Text, authority, employee, now,
};

fn judge(recipe: &Recipe, profile: Profile) -> ValidationReport {
    judge_certificate(&AUTHORITIES.issue(recipe), profile)
}

fn judge_certificate(certificate: &Certificate, profile: Profile) -> ValidationReport {
    let between = std::slice::from_ref(&AUTHORITIES.issuing);
    validate(certificate, between, &AUTHORITIES.anchors(), now(), profile)
}

#[track_caller]
fn assert_only_error(report: &ValidationReport, code: FindingCode) {
    assert_eq!(report.verdict, Verdict::Invalid, "{:#?}", report.findings);
    let errors: Vec<FindingCode> = report
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Warning)
        .map(|finding| finding.code)
        .collect();
    assert_eq!(errors, [code], "{:#?}", report.findings);
    assert!(report.clone().into_validated().is_err());
}

fn subject_without(attribute: &str) -> Vec<support::RelativeName> {
    employee().subject.into_iter().filter(|relative_name| relative_name[0].0 != attribute).collect()
}

#[test]
fn a_practice_employee_certificate_is_valid_and_its_path_goes_from_it_to_the_anchor() {
    let certificate = AUTHORITIES.issue(&employee());
    let report = judge_certificate(&certificate, Profile::PracticeEmployee);
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.findings);
    let codes: Vec<_> = report.findings.iter().map(|finding| (finding.code, finding.severity)).collect();
    assert_eq!(codes, [(FindingCode::TestCertificate, Severity::Warning)]);
    let validated = report.into_validated().unwrap();
    assert_eq!(validated.certificate(), &certificate);
    assert_eq!(validated.path(), [certificate, AUTHORITIES.issuing.clone(), AUTHORITIES.root.clone()]);
    assert_eq!(validated.profile(), Profile::PracticeEmployee);
    assert_eq!(validated.at(), now());
}

#[test]
fn a_practice_certificate_describes_itself_in_every_field() {
    let certificate = AUTHORITIES.issue(&employee());
    let description = certificate.description();
    assert_eq!(description.generation, Generation::Oces3);
    assert_eq!(description.kind, CertificateKind::Employee);
    assert_eq!(description.environment, Environment::Test);
    assert_eq!(description.common_name, "Øvebruger Eksempel");
    assert_eq!(description.given_name.as_deref(), Some("Øvebruger"));
    assert_eq!(description.surname.as_deref(), Some("Eksempel"));
    assert_eq!(description.organisation.as_deref(), Some("Øvelseskommune Å"));
    assert_eq!(description.cvr.as_deref(), Some("12345678"));
    assert_eq!(description.employee_id.as_deref(), Some("UI:DK-E:G:2725d207-2d44-4d57-a1af-20b90c59911d"));
    assert_eq!(description.email.as_deref(), Some("øvebruger@example.org"));
    assert_eq!(description.serial_number, "a10b");
    assert_eq!(description.issuer, "Øvelse udstedende-CA 1");
    assert_eq!(description.not_before, support::at("2026-11-24T10:00:00Z"));
    assert_eq!(description.not_after, support::at("2029-11-24T10:00:00Z"));
    assert_eq!(description.policies, [pki::PRACTICE_EMPLOYEE_POLICY, "0.4.0.2042.1.1"]);
    assert_eq!(description.key, "RSA 3072");
    assert_eq!(description.signature, "RSASSA-PSS SHA-256");
    assert_eq!(description.key_usage, ["digitalSignature", "nonRepudiation", "keyEncipherment"]);
    assert_eq!(description.sha256, hex::encode(certificate.sha256()));
    assert_eq!(description.warnings.len(), 1, "only the CVR number's check digit: {:?}", description.warnings);
}

#[test]
fn the_names_of_oces1_and_oces2_are_read_in_either_order_and_every_string_type() {
    // DER sorts a set by its encoding, so the longer attribute comes second: two lengths give both orders.
    for (common_name, expected) in [
        (
            Text::Latin1(b"\xD8vebruger Eksempel med et langt navn af hensyn til orden"),
            "Øvebruger Eksempel med et langt navn af hensyn til orden",
        ),
        (Text::Bmp("Åse Ø"), "Åse Ø"),
    ] {
        let recipe = Recipe {
            subject: vec![
                vec![(COUNTRY, Text::Printable("DK"))],
                vec![(ORGANISATION, Text::Latin1(b"\xD8velseskommune \xC5 // CVR:12345678"))],
                vec![(COMMON_NAME, common_name), (SERIAL_NUMBER, Text::Printable("CVR:12345678-RID:87654321"))],
            ],
            policies: vec!["1.2.208.169.1.1.1.2.6"],
            emails: vec![Email::Rfc822("eksempel@example.org"), Email::Rfc822("anden@example.org")],
            ..employee()
        };
        let certificate = AUTHORITIES.issue(&recipe);
        let description = certificate.description();
        assert_eq!(description.common_name, expected);
        assert_eq!(description.organisation.as_deref(), Some("Øvelseskommune Å"));
        assert_eq!(description.cvr.as_deref(), Some("12345678"));
        assert_eq!(description.employee_id.as_deref(), Some("CVR:12345678-RID:87654321"));
        assert_eq!(description.email.as_deref(), Some("eksempel@example.org"));
        assert_eq!(description.generation, Generation::Oces2);
        assert_eq!(description.environment, Environment::Unknown, "an OCES policy alone does not make it production");
        assert_eq!(judge_certificate(&certificate, Profile::OcesEmployee).verdict, Verdict::Valid);
    }
}

#[test]
fn a_practice_certificate_is_not_an_oces_certificate_and_the_other_way_round() {
    assert_only_error(&judge(&employee(), Profile::OcesEmployee), FindingCode::PolicyMissing);
    let oces = Recipe { policies: vec!["1.2.208.169.1.1.1.2.7"], ..employee() };
    assert_eq!(judge(&oces, Profile::OcesEmployee).verdict, Verdict::Valid);
    assert_only_error(&judge(&oces, Profile::PracticeEmployee), FindingCode::PolicyMissing);
}

#[test]
fn a_policy_that_only_begins_like_the_employee_policy_is_refused() {
    let recipe = Recipe { policies: vec!["1.2.208.169.1.1.1.21"], ..employee() };
    let report = judge(&recipe, Profile::OcesEmployee);
    assert!(report.has_error(FindingCode::PolicyMissing), "{:#?}", report.findings);
}

#[test]
fn a_certificate_is_refused_a_second_after_its_period_and_a_second_before_it() {
    let certificate = AUTHORITIES.issue(&employee());
    let at = |instant| {
        let between = std::slice::from_ref(&AUTHORITIES.issuing);
        validate(&certificate, between, &AUTHORITIES.anchors(), instant, Profile::PracticeEmployee)
    };
    let second = TimeDelta::seconds(1);
    assert_eq!(at(certificate.not_before()).verdict, Verdict::Valid);
    assert_eq!(at(certificate.not_after()).verdict, Verdict::Valid);
    assert_eq!(at(certificate.not_after() + TimeDelta::milliseconds(999)).verdict, Verdict::Valid);
    assert_only_error(&at(certificate.not_before() - second), FindingCode::NotYetValid);
    assert_only_error(&at(certificate.not_after() + second), FindingCode::Expired);
    assert_only_error(&at(support::at("1960-01-01T00:00:00Z")).without_authority(), FindingCode::NotYetValid);
}

/// At an instant before every certificate the authorities are not yet valid either; only the code matters then.
trait WithoutAuthority {
    fn without_authority(self) -> Self;
}

impl WithoutAuthority for ValidationReport {
    fn without_authority(mut self) -> Self {
        self.findings.retain(|finding| !finding.detail.contains("authority"));
        self
    }
}

#[test]
fn an_expired_authority_is_told_apart_from_an_expired_certificate() {
    let root = authority("Øvelse rod-CA");
    let expired = Recipe { not_after: support::at("2026-06-01T00:00:00Z"), ..authority("Øvelse udstedende-CA 1") };
    let issuing = expired.issue(&ISSUING_KEY, &root.subject, &ROOT_KEY);
    let certificate = AUTHORITIES.issue(&employee());
    let report = validate(&certificate, &[issuing], &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee);
    assert_only_error(&report, FindingCode::Expired);
    assert!(report.findings.iter().any(|finding| finding.detail.contains("udstedende-CA")), "{:#?}", report.findings);
}

#[test]
fn every_fault_is_reported_and_not_the_first() {
    let recipe = Recipe {
        subject: vec![vec![(COMMON_NAME, Text::Utf8("Øvebruger Eksempel"))]],
        not_before: support::at("2020-01-01T00:00:00Z"),
        not_after: support::at("2025-01-01T00:00:00Z"),
        key_usage: Some(1 << 4),
        policies: vec!["1.3.6.1.4.1.32473.9.1"],
        extended_key_usage: vec!["1.3.6.1.5.5.7.3.1"],
        other_extensions: vec![("1.3.6.1.4.1.32473.9.2", true, &[5, 0])],
        ..employee()
    };
    // Issued in the authority's name by another key that claims to be the authority's.
    let certificate = recipe.issue(&EMPLOYEE_KEY, &AUTHORITIES.issuing_name, &OTHER_KEY);
    let report = judge_certificate(&certificate, Profile::PracticeEmployee);
    for code in [
        FindingCode::Expired,
        FindingCode::UnknownCriticalExtension,
        FindingCode::NotOfProfile,
        FindingCode::PolicyMissing,
        FindingCode::KeyUsage,
        FindingCode::ExtendedKeyUsage,
        FindingCode::ValidityTooLong,
        FindingCode::SubjectField,
        FindingCode::PathNotFound,
    ] {
        assert!(report.has_error(code), "{code:?} is missing in {:#?}", report.findings);
    }
    let subject_fields = report.findings.iter().filter(|finding| finding.code == FindingCode::SubjectField).count();
    assert_eq!(subject_fields, 4, "country, organisation, CVR and serialNumber: {:#?}", report.findings);
}

#[test]
fn an_unknown_critical_extension_is_refused_even_where_only_the_path_counts() {
    let recipe = Recipe { other_extensions: vec![("1.3.6.1.4.1.32473.9.2", true, &[5, 0])], ..employee() };
    assert_only_error(&judge(&recipe, Profile::Any), FindingCode::UnknownCriticalExtension);
}

#[test]
fn a_signature_that_was_tampered_with_is_refused() {
    let mut der = AUTHORITIES.issue(&employee()).der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    let certificate = Certificate::from_der(&der).unwrap();
    assert_only_error(&judge_certificate(&certificate, Profile::PracticeEmployee), FindingCode::SignatureInvalid);
}

#[test]
fn a_name_that_was_tampered_with_breaks_the_signature() {
    let mut der = AUTHORITIES.issue(&employee()).der().to_vec();
    let place = der.windows(8).position(|window| window == "Eksempel".as_bytes()).unwrap();
    der[place] = b'F';
    let certificate = Certificate::from_der(&der).unwrap();
    assert_eq!(certificate.description().common_name, "Øvebruger Fksempel");
    assert_only_error(&judge_certificate(&certificate, Profile::PracticeEmployee), FindingCode::SignatureInvalid);
}

#[test]
fn an_authority_of_the_same_name_and_another_key_is_not_trusted() {
    let root = authority("Øvelse rod-CA");
    let impostor = TrustAnchor::new(root.issue(&OTHER_KEY, &root.subject, &OTHER_KEY));
    let certificate = AUTHORITIES.issue(&employee());
    let between = std::slice::from_ref(&AUTHORITIES.issuing);
    let report = validate(&certificate, between, std::slice::from_ref(&impostor), now(), Profile::PracticeEmployee);
    assert_only_error(&report, FindingCode::PathNotFound);
    let mut anchors = vec![impostor];
    anchors.extend(AUTHORITIES.anchors());
    let report = validate(&certificate, between, &anchors, now(), Profile::PracticeEmployee);
    assert_eq!(report.verdict, Verdict::Valid, "the right anchor beside it is found: {:#?}", report.findings);
}

#[test]
fn without_the_authority_between_no_path_is_found_and_without_an_anchor_nothing_can_be_told() {
    let certificate = AUTHORITIES.issue(&employee());
    let report = validate(&certificate, &[], &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee);
    assert_only_error(&report, FindingCode::PathNotFound);
    let between = std::slice::from_ref(&AUTHORITIES.issuing);
    let report = validate(&certificate, between, &[], now(), Profile::PracticeEmployee);
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert!(report.findings.iter().any(|finding| finding.code == FindingCode::NoTrustAnchor));
    assert!(report.into_validated().is_err());
}

#[test]
fn the_order_and_number_of_authorities_between_do_not_matter_up_to_the_bound() {
    let certificate = AUTHORITIES.issue(&employee());
    let mut between = vec![AUTHORITIES.root.clone(); MAXIMUM_INTERMEDIATES - 1];
    between.push(AUTHORITIES.issuing.clone());
    let report = validate(&certificate, &between, &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee);
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.findings);
    between.push(AUTHORITIES.issuing.clone());
    let report = validate(&certificate, &between, &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee);
    assert_eq!(report.verdict, Verdict::Indeterminate);
}

#[test]
fn an_employee_cannot_issue_certificates() {
    let first = AUTHORITIES.issue(&employee());
    let second = employee().issue(&OTHER_KEY, &employee().subject, &EMPLOYEE_KEY);
    let between = [first, AUTHORITIES.issuing.clone()];
    let report = validate(&second, &between, &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee);
    assert!(report.has_error(FindingCode::PathConstraint), "{:#?}", report.findings);
    assert_eq!(report.verdict, Verdict::Invalid);
}

#[test]
fn an_authority_whose_key_may_not_sign_certificates_is_refused() {
    let root = authority("Øvelse rod-CA");
    let without = Recipe { key_usage: Some(1 << 6), ..authority("Øvelse udstedende-CA 1") };
    let issuing = without.issue(&ISSUING_KEY, &root.subject, &ROOT_KEY);
    let certificate = AUTHORITIES.issue(&employee());
    let report = validate(&certificate, &[issuing], &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee);
    assert_only_error(&report, FindingCode::KeyUsage);
}

#[test]
fn an_authority_for_other_policies_does_not_make_employees() {
    let root = authority("Øvelse rod-CA");
    let other = Recipe { policies: vec!["1.3.6.1.4.1.32473.9.7"], ..authority("Øvelse udstedende-CA 1") };
    let issuing = other.issue(&ISSUING_KEY, &root.subject, &ROOT_KEY);
    let certificate = AUTHORITIES.issue(&employee());
    let report = validate(&certificate, &[issuing], &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee);
    assert_only_error(&report, FindingCode::PolicyMissing);
}

#[test]
fn an_authority_is_not_an_employee() {
    let report = validate(&AUTHORITIES.issuing, &[], &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee);
    assert!(report.has_error(FindingCode::NotOfProfile), "{:#?}", report.findings);
}

#[test]
fn the_seal_is_valid_as_a_seal_only() {
    let seal = Recipe {
        subject: vec![
            vec![(COUNTRY, Text::Printable("DK"))],
            vec![("2.5.4.97", Text::Utf8("NTRDK-12345678"))],
            vec![(ORGANISATION, Text::Utf8("Øvelsesportalen"))],
            vec![(SERIAL_NUMBER, Text::Printable("UI:DK-O:G:2725d207-2d44-4d57-a1af-20b90c59911d"))],
            vec![(COMMON_NAME, Text::Utf8("Øvelsesportalens segl"))],
        ],
        policies: vec![pki::PRACTICE_ORGANISATION_POLICY],
        emails: vec![],
        ..employee()
    };
    assert_eq!(judge(&seal, Profile::PracticeSeal).verdict, Verdict::Valid);
    assert!(judge(&seal, Profile::PracticeEmployee).has_error(FindingCode::NotOfProfile));
    assert!(judge(&employee(), Profile::PracticeSeal).has_error(FindingCode::NotOfProfile));
}

#[test]
fn a_key_usage_that_cannot_sign_a_declaration_is_refused() {
    for bits in [None, Some(0b001), Some(0b010), Some(0b100), Some(0b100111)] {
        let recipe = Recipe { key_usage: bits, ..employee() };
        assert_only_error(&judge(&recipe, Profile::PracticeEmployee), FindingCode::KeyUsage);
    }
}

#[test]
fn extended_key_usages_that_suit_an_employee_are_taken_and_others_refused() {
    for oid in ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "2.5.29.37.0"] {
        let recipe = Recipe { extended_key_usage: vec![oid], ..employee() };
        assert_eq!(judge(&recipe, Profile::PracticeEmployee).verdict, Verdict::Valid, "{oid}");
    }
    for oid in ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.9"] {
        let recipe = Recipe { extended_key_usage: vec![oid], ..employee() };
        assert_only_error(&judge(&recipe, Profile::PracticeEmployee), FindingCode::ExtendedKeyUsage);
        assert_eq!(judge(&recipe, Profile::Any).verdict, Verdict::Valid, "{oid}");
    }
}

#[test]
fn four_years_are_too_long() {
    let recipe = Recipe { not_after: support::at("2030-11-24T10:00:00Z"), ..employee() };
    assert_only_error(&judge(&recipe, Profile::PracticeEmployee), FindingCode::ValidityTooLong);
}

#[test]
fn each_field_of_the_subject_that_is_missing_is_refused() {
    for attribute in [COUNTRY, ORGANISATION, COMMON_NAME, SERIAL_NUMBER, "2.5.4.97"] {
        let recipe = Recipe { subject: subject_without(attribute), ..employee() };
        assert_only_error(&judge(&recipe, Profile::PracticeEmployee), FindingCode::SubjectField);
    }
}

#[test]
fn a_key_of_2048_bits_is_too_weak_for_practice_and_p_256_is_not() {
    let weak =
        employee().issue(&TestKey::rsa(aws_lc_rs::rsa::KeySize::Rsa2048), &AUTHORITIES.issuing_name, &ISSUING_KEY);
    assert_only_error(&judge_certificate(&weak, Profile::PracticeEmployee), FindingCode::KeyTooWeak);
    let curve = employee().issue(&TestKey::p256(), &AUTHORITIES.issuing_name, &ISSUING_KEY);
    assert_eq!(curve.description().key, "EC P-256");
    assert_eq!(judge_certificate(&curve, Profile::PracticeEmployee).verdict, Verdict::Valid);
}

#[test]
fn every_accepted_signature_algorithm_makes_a_path_that_holds() {
    for algorithm in [
        SignatureAlgorithm::RsaPkcs1Sha256,
        SignatureAlgorithm::RsaPkcs1Sha384,
        SignatureAlgorithm::RsaPkcs1Sha512,
        SignatureAlgorithm::RsaPssSha256,
        SignatureAlgorithm::RsaPssSha384,
        SignatureAlgorithm::RsaPssSha512,
    ] {
        let report = judge(&Recipe { algorithm, ..employee() }, Profile::PracticeEmployee);
        assert_eq!(report.verdict, Verdict::Valid, "{algorithm:?}: {:#?}", report.findings);
    }
    let key = TestKey::p256();
    let root = Recipe { algorithm: SignatureAlgorithm::EcdsaP256Sha256, ..authority("Øvelse rod-CA P-256") };
    let anchor = TrustAnchor::new(root.issue(&key, &root.subject, &key));
    let recipe = Recipe { algorithm: SignatureAlgorithm::EcdsaP256Sha256, ..employee() };
    let certificate = recipe.issue(&EMPLOYEE_KEY, &root.subject, &key);
    let report = validate(&certificate, &[], &[anchor], now(), Profile::PracticeEmployee);
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.findings);
}

#[test]
fn a_name_that_hides_characters_is_shown_with_them_replaced_and_a_warning() {
    let mut recipe = employee();
    recipe.subject = subject_without(COMMON_NAME);
    recipe.subject.push(vec![(COMMON_NAME, Text::Utf8("Eksempel\u{202E}lejlA"))]);
    let certificate = AUTHORITIES.issue(&recipe);
    assert_eq!(certificate.description().common_name, "Eksempel\u{FFFD}lejlA");
    assert!(certificate.description().warnings.iter().any(|warning| warning.contains("cannot be seen")));
}

#[test]
fn an_extension_that_is_not_critical_and_not_known_does_no_harm() {
    let recipe = Recipe { other_extensions: vec![("1.3.6.1.4.1.32473.9.2", false, b"anything")], ..employee() };
    assert_eq!(judge(&recipe, Profile::PracticeEmployee).verdict, Verdict::Valid);
}

#[test]
fn an_extension_that_occurs_twice_or_cannot_be_read_is_refused() {
    // A second KeyUsage, and policies that are no sequence.
    let twice = Recipe { other_extensions: vec![("2.5.29.15", true, &[3, 2, 0, 0xFF])], ..employee() };
    let unreadable = Recipe { policies: vec![], other_extensions: vec![("2.5.29.32", false, &[5, 0])], ..employee() };
    for recipe in [twice, unreadable] {
        let report = judge(&recipe, Profile::PracticeEmployee);
        assert!(report.has_error(FindingCode::Malformed), "{:#?}", report.findings);
    }
}

#[test]
fn an_e_mail_address_in_latin_1_is_shown_with_its_danish_letters() {
    let recipe = Recipe {
        emails: vec![],
        // SEQUENCE { [1] "ø@example.org" } in Latin-1.
        other_extensions: vec![("2.5.29.17", false, b"\x30\x0F\x81\x0D\xF8@example.org")],
        ..employee()
    };
    assert_eq!(AUTHORITIES.issue(&recipe).description().email.as_deref(), Some("ø@example.org"));
}

#[test]
fn a_subject_that_names_two_organisations_is_refused() {
    let mut two_numbers = employee();
    two_numbers.subject = subject_without(ORGANISATION);
    two_numbers.subject.push(vec![(ORGANISATION, Text::Utf8("Øvelseskommune Å // CVR:87654321"))]);
    assert_only_error(&judge(&two_numbers, Profile::PracticeEmployee), FindingCode::SubjectField);
    let mut two_names = employee();
    two_names.subject.push(vec![(ORGANISATION, Text::Utf8("En anden kommune"))]);
    assert_only_error(&judge(&two_names, Profile::PracticeEmployee), FindingCode::SubjectField);
}

#[test]
fn a_description_is_serialised_under_the_names_of_the_command_line() {
    let json = serde_json::to_value(AUTHORITIES.issue(&employee()).description()).unwrap();
    for (field, value) in [
        ("generation", "oces3"),
        ("kind", "employee"),
        ("environment", "test"),
        ("common_name", "Øvebruger Eksempel"),
        ("organisation", "Øvelseskommune Å"),
        ("cvr", "12345678"),
        ("employee_id", "UI:DK-E:G:2725d207-2d44-4d57-a1af-20b90c59911d"),
        ("email", "øvebruger@example.org"),
        ("serial_number", "a10b"),
        ("issuer", "Øvelse udstedende-CA 1"),
        ("not_before", "2026-11-24T10:00:00Z"),
        ("not_after", "2029-11-24T10:00:00Z"),
        ("key", "RSA 3072"),
        ("signature", "RSASSA-PSS SHA-256"),
    ] {
        assert_eq!(json[field], value, "{field}");
    }
    for field in ["policies", "key_usage", "warnings", "ocsp_urls", "crl_urls"] {
        assert!(json[field].is_array(), "{field}");
    }
    assert_eq!(json["sha256"].as_str().map(str::len), Some(64));
    let authority = serde_json::to_value(AUTHORITIES.issuing.description()).unwrap();
    assert_eq!(authority["kind"], "ca");
    assert_eq!(authority["generation"], "other");
    assert_eq!(authority["environment"], "unknown");
    assert_eq!(authority["employee_id"], serde_json::Value::Null);
    let finding = serde_json::to_value(&judge(&employee(), Profile::OcesEmployee).findings).unwrap();
    assert!(finding.as_array().unwrap().iter().any(|finding| finding["code"] == "policy-missing"
        && finding["severity"] == "error"
        && finding["detail"].is_string()
        && finding["place"] == 0));
}
