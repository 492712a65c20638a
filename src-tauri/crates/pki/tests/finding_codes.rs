//! For every finding a certificate, or a set of them, that leads to exactly it, and what must not lead to one.

mod support;

use pki::{
    Certificate, CertificateState, CertificateStatus, FindingCode, MAXIMUM_INTERMEDIATES, OcspFailure, Profile,
    RevocationReason, Severity, SignatureAlgorithm, StatusAnswer, StatusError, StatusSource, TrustAnchor,
    ValidationReport, Verdict, validate,
};

use support::{
    AUTHORITIES, COUNTRY, EMPLOYEE_KEY, ISSUING_KEY, OTHER_KEY, ROOT_KEY, Recipe, TestKey, authority, employee, now,
};

const ROOT: &str = "Øvelse rod-CA";
const ISSUING: &str = "Øvelse udstedende-CA 1";

fn judge(recipe: &Recipe, profile: Profile) -> ValidationReport {
    judge_certificate(&AUTHORITIES.issue(recipe), profile)
}

fn judge_certificate(certificate: &Certificate, profile: Profile) -> ValidationReport {
    let between = std::slice::from_ref(&AUTHORITIES.issuing);
    validate(certificate, between, &AUTHORITIES.anchors(), now(), profile)
}

/// Judges a sound employee certificate below an issuing authority that is made as `recipe` says.
fn judge_below(recipe: &Recipe) -> ValidationReport {
    let issuing = recipe.issue(&ISSUING_KEY, &authority(ROOT).subject, &ROOT_KEY);
    validate(&AUTHORITIES.issue(&employee()), &[issuing], &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee)
}

/// Judges a sound employee certificate of which this is the status; that of its authority is not asked.
fn with_status(answer: &StatusAnswer) -> ValidationReport {
    let certificate = AUTHORITIES.issue(&employee());
    let report = judge_certificate(&certificate, Profile::PracticeEmployee);
    report.with_status(|asked, _| (*asked == certificate).then(|| answer.clone())).0
}

fn with_state(state: CertificateState) -> ValidationReport {
    with_status(&Ok(CertificateStatus { state, source: StatusSource::Ocsp, this_update: now(), next_update: None }))
}

/// Everything that leads to `code` and to nothing else. A new code does not compile until it has its certificate here.
fn made_for(code: FindingCode) -> Vec<ValidationReport> {
    match code {
        FindingCode::NoTrustAnchor => {
            let certificate = AUTHORITIES.issue(&employee());
            let between = std::slice::from_ref(&AUTHORITIES.issuing);
            vec![validate(&certificate, between, &[], now(), Profile::PracticeEmployee)]
        }
        FindingCode::PathNotFound => {
            let certificate = AUTHORITIES.issue(&employee());
            let other = TrustAnchor::new(authority("Øvelse anden-CA").issue(
                &OTHER_KEY,
                &authority("Øvelse anden-CA").subject,
                &OTHER_KEY,
            ));
            let between = std::slice::from_ref(&AUTHORITIES.issuing);
            vec![
                validate(&certificate, &[], &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee),
                validate(&certificate, between, &[other], now(), Profile::PracticeEmployee),
            ]
        }
        FindingCode::PathConstraint => vec![
            judge_below(&Recipe { authority: false, ..authority(ISSUING) }),
            // Only names below C=SE are permitted: SEQUENCE { [0] { SEQUENCE { [4] Name } } }.
            judge_below(&Recipe {
                other_extensions: vec![(
                    "2.5.29.30",
                    true,
                    b"\x30\x15\xA0\x13\x30\x11\xA4\x0F\x30\x0D\x31\x0B\x30\x09\x06\x03\x55\x04\x06\x13\x02SE",
                )],
                ..authority(ISSUING)
            }),
            // The authority between maps a policy to anyPolicy: SEQUENCE { SEQUENCE { OID, OID } }.
            judge_below(&Recipe {
                other_extensions: vec![(
                    "2.5.29.33",
                    false,
                    b"\x30\x0D\x30\x0B\x06\x03\x2A\x03\x04\x06\x04\x55\x1D\x20\x00",
                )],
                ..authority(ISSUING)
            }),
        ],
        FindingCode::TooComplex => {
            let certificate = AUTHORITIES.issue(&employee());
            let many = vec![AUTHORITIES.issuing.clone(); MAXIMUM_INTERMEDIATES + 1];
            let thousands = vec![AUTHORITIES.issuing.clone(); 10_000];
            let anchors = vec![AUTHORITIES.anchors().remove(0); pki::MAXIMUM_TRUST_ANCHORS + 1];
            vec![
                validate(&certificate, &many, &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee),
                validate(&certificate, &thousands, &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee),
                validate(&certificate, &many[..1], &anchors, now(), Profile::PracticeEmployee),
                below_a_tower_of(7),
                below_a_tower_of(20),
            ]
        }
        FindingCode::SignatureInvalid => {
            let mut der = AUTHORITIES.issue(&employee()).der().to_vec();
            *der.last_mut().unwrap() ^= 1;
            vec![judge_certificate(&Certificate::from_der(&der).unwrap(), Profile::PracticeEmployee)]
        }
        FindingCode::AlgorithmForbidden => {
            let recipe = Recipe { algorithm: SignatureAlgorithm::RsaPkcs1Sha256, ..employee() };
            let der = AUTHORITIES.issue(&recipe).der().to_vec();
            // sha1WithRSAEncryption and md5WithRSAEncryption for sha256WithRSAEncryption, inside and outside.
            [5, 4].map(|last| judge_certificate(&with_algorithm(&der, last), Profile::PracticeEmployee)).to_vec()
        }
        FindingCode::KeyTooWeak => {
            let weak = employee().issue(&rsa_1024(), &AUTHORITIES.issuing_name, &ISSUING_KEY);
            assert_eq!(weak.description().key, "RSA 1024");
            let of_2048 = TestKey::rsa(aws_lc_rs::rsa::KeySize::Rsa2048);
            let short = employee().issue(&of_2048, &AUTHORITIES.issuing_name, &ISSUING_KEY);
            vec![judge_certificate(&weak, Profile::Any), judge_certificate(&short, Profile::PracticeEmployee)]
        }
        FindingCode::Expired => vec![
            judge(&Recipe { not_after: support::at("2026-11-24T11:00:00Z"), ..employee() }, Profile::PracticeEmployee),
            judge_below(&Recipe { not_after: support::at("2026-06-01T00:00:00Z"), ..authority(ISSUING) }),
        ],
        FindingCode::NotYetValid => vec![
            judge(&Recipe { not_before: support::at("2026-11-24T13:00:00Z"), ..employee() }, Profile::PracticeEmployee),
            judge_below(&Recipe { not_before: support::at("2026-12-01T00:00:00Z"), ..authority(ISSUING) }),
        ],
        FindingCode::NotOfProfile => {
            vec![validate(&AUTHORITIES.issuing, &[], &AUTHORITIES.anchors(), now(), Profile::Any)]
        }
        FindingCode::KeyUsage => vec![
            judge(&Recipe { key_usage: Some(0b001), ..employee() }, Profile::PracticeEmployee),
            judge_below(&Recipe { key_usage: Some(1 << 6), ..authority(ISSUING) }),
        ],
        FindingCode::ExtendedKeyUsage => {
            let recipe = Recipe { extended_key_usage: vec!["1.3.6.1.5.5.7.3.1"], ..employee() };
            vec![judge(&recipe, Profile::PracticeEmployee)]
        }
        FindingCode::PolicyMissing => vec![
            judge(&employee(), Profile::OcesEmployee),
            judge_below(&Recipe { policies: vec!["1.3.6.1.4.1.32473.9.7"], ..authority(ISSUING) }),
            // NCP alone is allowed: it is a policy of the certificate, and not the one of the profile.
            judge_below(&Recipe { policies: vec!["0.4.0.2042.1.1"], ..authority(ISSUING) }),
            // An explicit policy is required from here on, and none holds all along: SEQUENCE { [0] 0 }.
            judge_below(&Recipe {
                other_extensions: vec![("2.5.29.36", false, b"\x30\x03\x80\x01\x00")],
                ..authority(ISSUING)
            }),
        ],
        FindingCode::SubjectField => {
            let subject = employee().subject.into_iter().filter(|name| name[0].0 != COUNTRY).collect();
            vec![judge(&Recipe { subject, ..employee() }, Profile::PracticeEmployee)]
        }
        FindingCode::ValidityTooLong => {
            let recipe = Recipe { not_after: support::at("2030-11-24T10:00:00Z"), ..employee() };
            vec![judge(&recipe, Profile::PracticeEmployee)]
        }
        FindingCode::UnknownCriticalExtension => {
            let unknown = vec![("1.3.6.1.4.1.32473.9.2", true, &[5, 0][..])];
            vec![
                judge(&Recipe { other_extensions: unknown.clone(), ..employee() }, Profile::Any),
                judge_below(&Recipe { other_extensions: unknown, ..authority(ISSUING) }),
            ]
        }
        FindingCode::Malformed => {
            let unreadable = vec![("2.5.29.32", false, &[5, 0][..])];
            vec![
                judge(&Recipe { policies: vec![], other_extensions: unreadable.clone(), ..employee() }, Profile::Any),
                judge_below(&Recipe { other_extensions: unreadable, ..authority(ISSUING) }),
            ]
        }
        FindingCode::TestCertificate => vec![judge(&employee(), Profile::PracticeEmployee)],
        FindingCode::Revoked => vec![with_state(CertificateState::Revoked {
            reason: RevocationReason::KeyCompromise,
            at: support::at("2026-11-24T11:00:00Z"),
        })],
        FindingCode::Suspended => {
            vec![with_state(CertificateState::Suspended { at: support::at("2026-11-24T11:00:00Z") })]
        }
        FindingCode::StatusUnknown => vec![
            with_state(CertificateState::Unknown),
            with_status(&Err(StatusError::NoAnswer(OcspFailure::TryLater))),
            with_status(&Err(StatusError::OtherCertificate)),
            with_status(&Err(StatusError::IndirectList)),
        ],
        FindingCode::StatusStale => {
            vec![with_status(&Err(StatusError::Stale { until: support::at("2026-11-24T11:00:00Z"), at: now() }))]
        }
        FindingCode::StatusUnsound => vec![
            with_status(&Err(StatusError::NonceMismatch)),
            with_status(&Err(StatusError::AlgorithmForbidden("RSA PKCS#1 SHA-1".to_owned()))),
        ],
    }
}

#[test]
fn every_finding_has_a_certificate_that_leads_to_exactly_it() {
    for code in FindingCode::ALL {
        let reports = made_for(code);
        assert!(!reports.is_empty());
        for (place, report) in reports.into_iter().enumerate() {
            let codes: Vec<FindingCode> = report
                .findings
                .iter()
                .filter(|finding| finding.severity != Severity::Warning || code == FindingCode::TestCertificate)
                .map(|finding| finding.code)
                .collect();
            assert_eq!(codes, [code], "{code:?}, certificate {place}: {:#?}", report.findings);
            let verdict = match report.findings.iter().find(|finding| finding.code == code).unwrap().severity {
                Severity::Error => Verdict::Invalid,
                Severity::Indeterminate => Verdict::Indeterminate,
                Severity::Warning => Verdict::Valid,
            };
            assert_eq!(report.verdict, verdict, "{code:?}, certificate {place}");
            assert_eq!(report.into_validated().is_ok(), verdict == Verdict::Valid);
        }
    }
}

#[test]
fn every_finding_has_its_own_code_and_a_remedy_in_the_words_of_the_command_line() {
    let codes: std::collections::BTreeSet<String> =
        FindingCode::ALL.iter().map(|code| serde_json::to_string(code).unwrap()).collect();
    assert_eq!(codes.len(), FindingCode::ALL.len());
    assert_eq!(serde_json::to_value(FindingCode::Expired.remedy()).unwrap(), "renew-certificate");
    assert_eq!(serde_json::to_value(FindingCode::NotYetValid.remedy()).unwrap(), "check-clock");
}

#[test]
fn an_authority_of_the_path_that_is_at_fault_does_not_hide_another_of_the_same_key_that_is_not() {
    let root = authority(ROOT);
    let certificate = AUTHORITIES.issue(&employee());
    for faulty in [
        Recipe { key_usage: Some(1 << 6), ..authority(ISSUING) },
        Recipe { not_after: support::at("2026-06-01T00:00:00Z"), ..authority(ISSUING) },
        Recipe { policies: vec!["1.3.6.1.4.1.32473.9.7"], ..authority(ISSUING) },
        Recipe { other_extensions: vec![("2.5.29.32", false, &[5, 0])], ..authority(ISSUING) },
    ] {
        let faulty = faulty.issue(&ISSUING_KEY, &root.subject, &ROOT_KEY);
        let anchors = AUTHORITIES.anchors();
        for between in [[faulty.clone(), AUTHORITIES.issuing.clone()], [AUTHORITIES.issuing.clone(), faulty]] {
            let report = validate(&certificate, &between, &anchors, now(), Profile::PracticeEmployee);
            assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.findings);
            assert_eq!(report.path[1], AUTHORITIES.issuing);
        }
    }
}

#[test]
fn authorities_that_issue_each_other_in_a_circle_lead_nowhere() {
    let (first, second) = (authority("Øvelse kreds-CA 1"), authority("Øvelse kreds-CA 2"));
    let circle = [
        first.issue(&ISSUING_KEY, &second.subject, &OTHER_KEY),
        second.issue(&OTHER_KEY, &first.subject, &ISSUING_KEY),
        first.issue(&ISSUING_KEY, &first.subject, &ISSUING_KEY),
    ];
    let certificate = employee().issue(&EMPLOYEE_KEY, &first.subject, &ISSUING_KEY);
    let report = validate(&certificate, &circle, &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee);
    assert_eq!(report.verdict, Verdict::Invalid);
    assert!(report.has_error(FindingCode::PathNotFound), "{:#?}", report.findings);
}

#[test]
fn a_thicket_of_authorities_of_one_name_ends_and_is_not_valid() {
    let name = authority("Øvelse krat-CA");
    let keys: Vec<TestKey> = (0..MAXIMUM_INTERMEDIATES).map(|_| TestKey::p256()).collect();
    let recipe = Recipe { algorithm: SignatureAlgorithm::EcdsaP256Sha256, ..name.clone() };
    // Each is issued by the next, and all by their names by each other.
    let thicket: Vec<Certificate> = keys
        .iter()
        .zip(keys.iter().cycle().skip(1))
        .map(|(key, next)| recipe.issue(key, &name.subject, next))
        .collect();
    let leaf = Recipe { algorithm: SignatureAlgorithm::EcdsaP256Sha256, ..employee() };
    let certificate = leaf.issue(&EMPLOYEE_KEY, &name.subject, &keys[0]);
    let anchor = TrustAnchor::new(name.issue(&OTHER_KEY, &name.subject, &OTHER_KEY));
    for anchors in [vec![anchor], AUTHORITIES.anchors()] {
        let report = validate(&certificate, &thicket, &anchors, now(), Profile::PracticeEmployee);
        assert_ne!(report.verdict, Verdict::Valid);
        assert!(report.into_validated().is_err());
    }
}

/// An employee below so many authorities, one upon the other.
fn below_a_tower_of(storeys: usize) -> ValidationReport {
    // Each has a name of its own; a prefix of this one is as good as any.
    let names = "ABCDEFGHIJKLMNOPQRST";
    let recipes: Vec<Recipe> = (1..=storeys).map(|length| authority(&names[..length])).collect();
    let root = authority(ROOT);
    let between: Vec<Certificate> = recipes
        .iter()
        .enumerate()
        .map(|(place, recipe)| {
            // Two keys take turns.
            let (issuer, key) = match recipes.get(place + 1) {
                Some(above) => (&above.subject, if place % 2 == 0 { &*OTHER_KEY } else { &*ISSUING_KEY }),
                None => (&root.subject, &*ROOT_KEY),
            };
            recipe.issue(if place % 2 == 0 { &ISSUING_KEY } else { &OTHER_KEY }, issuer, key)
        })
        .collect();
    let certificate = employee().issue(&EMPLOYEE_KEY, &recipes[0].subject, &ISSUING_KEY);
    validate(&certificate, &between, &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee)
}

/// The certificate with another algorithm of PKCS #1 written in it, inside and outside.
fn with_algorithm(der: &[u8], last: u8) -> Certificate {
    let sha256_with_rsa = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11];
    let mut changed = der.to_vec();
    let places: Vec<usize> =
        (0..der.len() - sha256_with_rsa.len()).filter(|place| der[*place..].starts_with(&sha256_with_rsa)).collect();
    assert_eq!(places.len(), 2);
    for place in places {
        changed[place + 8] = last;
    }
    Certificate::from_der(&changed).unwrap()
}

/// A key of which only the public half is an RSA key of 1024 bits: it signs nothing here.
fn rsa_1024() -> TestKey {
    use der::Encode;
    use der::asn1::{BitString, SequenceOf, UintRef};
    let modulus = [0xA5; 128];
    let mut numbers = SequenceOf::<UintRef<'_>, 2>::new();
    numbers.add(UintRef::new(&modulus).unwrap()).unwrap();
    numbers.add(UintRef::new(&[1, 0, 1]).unwrap()).unwrap();
    let key = numbers.to_der().unwrap();
    let subject_public_key_info = spki::SubjectPublicKeyInfo {
        algorithm: spki::AlgorithmIdentifier {
            oid: der::oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"),
            parameters: Some(der::asn1::Any::from(der::asn1::Null)),
        },
        subject_public_key: BitString::from_bytes(&key).unwrap(),
    }
    .to_der()
    .unwrap();
    match TestKey::p256() {
        TestKey::P256 { pair, .. } => TestKey::P256 { pair, subject_public_key_info },
        TestKey::Rsa { .. } => unreachable!("it was made as P-256"),
    }
}
