//! For every finding a certificate, or a set of them, that leads to exactly it and about the right certificate of the
//! path, and what must not lead to one.

mod status_support;
mod support;

use der::Encode;
use der::asn1::{Null, ObjectIdentifier};
use pki::{
    Certificate, FindingCode, MAXIMUM_INTERMEDIATES, NONCE_BYTES, OcspRequest, Profile, Severity, SignatureAlgorithm,
    StatusAnswer, StatusError, TrustAnchor, UnverifiedRevocationList, ValidationReport, Verdict, validate,
    verify_ocsp_response,
};
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::ext::pkix::crl::dp::{IssuingDistributionPoint, Reasons};
use x509_ocsp::CertStatus;

use status_support::{
    AnswerRecipe, ListRecipe, ResponseRecipe, delta, entry, everything, good, issuing_distribution_point, list,
    partition, response, revoked, some_reasons,
};
use support::{
    AUTHORITIES, COUNTRY, EMPLOYEE_KEY, ISSUING_KEY, OTHER_KEY, ROOT_KEY, Recipe, TestKey, authority, employee, now,
};

const ROOT: &str = "Øvelse rod-CA";
const BETWEEN: &str = "Øvelse mellem-CA";
const ISSUING: &str = "Øvelse udstedende-CA 1";

const KEY_COMPROMISE: u8 = 1;
const HOLD: u8 = 6;

/// Only names below C=SE are permitted: SEQUENCE { [0] { SEQUENCE { [4] Name } } }.
const ONLY_SWEDEN: (&str, bool, &[u8]) =
    ("2.5.29.30", true, b"\x30\x15\xA0\x13\x30\x11\xA4\x0F\x30\x0D\x31\x0B\x30\x09\x06\x03\x55\x04\x06\x13\x02SE");

/// The place of the finding in the path, and the report.
type Made = (Option<usize>, ValidationReport);

const CERTIFICATE: Option<usize> = Some(0);
const AUTHORITY: Option<usize> = Some(1);

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

/// Judges a sound employee certificate below the issuing authority, and that below one more that is made as `recipe` says.
fn judge_two_below(recipe: &Recipe) -> ValidationReport {
    let between = recipe.issue(&OTHER_KEY, &authority(ROOT).subject, &ROOT_KEY);
    let issuing = authority(ISSUING).issue(&ISSUING_KEY, &recipe.subject, &OTHER_KEY);
    let authorities = [issuing, between];
    validate(&AUTHORITIES.issue(&employee()), &authorities, &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee)
}

/// Judges a sound employee certificate of which this is the status; that of its authority is not asked.
fn with_status(answer: &StatusAnswer) -> Made {
    let certificate = AUTHORITIES.issue(&employee());
    let report = judge_certificate(&certificate, Profile::PracticeEmployee);
    let (report, own) = report.with_status(|asked, _| (*asked == certificate).then(|| answer.clone()));
    assert_eq!(own.as_ref(), Some(answer));
    (CERTIFICATE, report)
}

/// The same, by what this list of its issuer says.
fn by_list(recipe: &ListRecipe) -> Made {
    by_list_in_bytes(&recipe.sign())
}

fn by_list_in_bytes(der: &[u8]) -> Made {
    let list = UnverifiedRevocationList::from_der(der).and_then(|list| list.verify(&AUTHORITIES.issuing));
    with_status(&list.and_then(|list| list.status(&AUTHORITIES.issue(&employee()), now())))
}

/// The same, by what this OCSP response says.
fn by_response(der: &[u8]) -> Made {
    let certificate = AUTHORITIES.issue(&employee());
    let answer = verify_ocsp_response(der, &certificate, &AUTHORITIES.issuing, now());
    with_status(&answer.and_then(|answer| answer.status().cloned()))
}

fn by_answer(answer: AnswerRecipe) -> Made {
    by_response(&response(vec![answer]).sign())
}

/// Judges a sound employee certificate of whose authority the root's list says this; its own status is not asked.
fn with_status_of_the_authority(reason: u8) -> Made {
    let entries = vec![entry(&authority(ISSUING).serial_number, reason)];
    let recipe = ListRecipe { issuer: authority(ROOT).subject, ..list(1, entries) };
    let list =
        UnverifiedRevocationList::from_der(recipe.sign_by(&ROOT_KEY)).unwrap().verify(&AUTHORITIES.root).unwrap();
    let report = judge(&employee(), Profile::PracticeEmployee);
    let is_asked = |asked: &Certificate| *asked == AUTHORITIES.issuing;
    let (report, own) = report.with_status(|asked, _| is_asked(asked).then(|| list.status(asked, now())));
    assert_eq!(own, None);
    (AUTHORITY, report)
}

fn sha_1_with_rsa() -> AlgorithmIdentifierOwned {
    let oid = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5");
    AlgorithmIdentifierOwned { oid, parameters: Some(Null.into()) }
}

/// Everything that leads to `code` and to nothing else. A new code does not compile until it has its certificate here.
fn made_for(code: FindingCode) -> Vec<Made> {
    let sound = || AUTHORITIES.issue(&employee());
    let employees = |recipe: &Recipe| (CERTIFICATE, judge(recipe, Profile::PracticeEmployee));
    let authoritys = |recipe: &Recipe| (AUTHORITY, judge_below(recipe));
    match code {
        FindingCode::NoTrustAnchor => {
            let between = std::slice::from_ref(&AUTHORITIES.issuing);
            vec![(None, validate(&sound(), between, &[], now(), Profile::PracticeEmployee))]
        }
        FindingCode::PathNotFound => {
            let name = authority("Øvelse anden-CA");
            let other = TrustAnchor::new(name.issue(&OTHER_KEY, &name.subject, &OTHER_KEY));
            let between = std::slice::from_ref(&AUTHORITIES.issuing);
            vec![
                (CERTIFICATE, validate(&sound(), &[], &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee)),
                (AUTHORITY, validate(&sound(), between, &[other], now(), Profile::PracticeEmployee)),
            ]
        }
        FindingCode::PathConstraint => vec![
            authoritys(&Recipe { authority: false, ..authority(ISSUING) }),
            (CERTIFICATE, judge_below(&Recipe { other_extensions: vec![ONLY_SWEDEN], ..authority(ISSUING) })),
            // Two are below it, and webpki does not say which of them has the wrong name.
            (None, judge_two_below(&Recipe { other_extensions: vec![ONLY_SWEDEN], ..authority(BETWEEN) })),
            // The issuing authority stands where none may.
            (AUTHORITY, judge_two_below(&Recipe { path_length: Some(0), ..authority(BETWEEN) })),
            // The authority between maps a policy to anyPolicy: SEQUENCE { SEQUENCE { OID, OID } }.
            authoritys(&Recipe {
                other_extensions: vec![(
                    "2.5.29.33",
                    false,
                    b"\x30\x0D\x30\x0B\x06\x03\x2A\x03\x04\x06\x04\x55\x1D\x20\x00",
                )],
                ..authority(ISSUING)
            }),
        ],
        FindingCode::TooComplex => {
            let many = vec![AUTHORITIES.issuing.clone(); MAXIMUM_INTERMEDIATES + 1];
            let anchors = vec![AUTHORITIES.anchors().remove(0); pki::MAXIMUM_TRUST_ANCHORS + 1];
            vec![
                (None, validate(&sound(), &many, &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee)),
                (None, validate(&sound(), &many[..1], &anchors, now(), Profile::PracticeEmployee)),
                (None, below_a_tower_of(7)),
                (None, below_a_tower_of(20)),
            ]
        }
        FindingCode::SignatureInvalid => {
            let tampered = |certificate: &Certificate| {
                let mut der = certificate.der().to_vec();
                *der.last_mut().unwrap() ^= 1;
                Certificate::from_der(&der).unwrap()
            };
            let between = [tampered(&AUTHORITIES.issuing)];
            vec![
                (CERTIFICATE, judge_certificate(&tampered(&sound()), Profile::PracticeEmployee)),
                (AUTHORITY, validate(&sound(), &between, &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee)),
            ]
        }
        FindingCode::AlgorithmForbidden => {
            let recipe = Recipe { algorithm: SignatureAlgorithm::RsaPkcs1Sha256, ..employee() };
            let der = AUTHORITIES.issue(&recipe).der().to_vec();
            // sha1WithRSAEncryption and md5WithRSAEncryption for sha256WithRSAEncryption, inside and outside.
            let mut made: Vec<Made> = [5, 4]
                .map(|last| (CERTIFICATE, judge_certificate(&with_algorithm(&der, last), Profile::PracticeEmployee)))
                .into();
            let recipe = Recipe { algorithm: SignatureAlgorithm::RsaPkcs1Sha256, ..authority(ISSUING) };
            let der = recipe.issue_der(&ISSUING_KEY, &authority(ROOT).subject, &ROOT_KEY);
            let between = [with_algorithm(&der, 5)];
            let report = validate(&sound(), &between, &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee);
            made.push((AUTHORITY, report));
            made
        }
        FindingCode::KeyTooWeak => {
            let weak = employee().issue(&rsa_1024(), &AUTHORITIES.issuing_name, &ISSUING_KEY);
            assert_eq!(weak.description().key, "RSA 1024");
            let of_2048 = TestKey::rsa(aws_lc_rs::rsa::KeySize::Rsa2048);
            let short = employee().issue(&of_2048, &AUTHORITIES.issuing_name, &ISSUING_KEY);
            vec![
                (CERTIFICATE, judge_certificate(&weak, Profile::Any)),
                (CERTIFICATE, judge_certificate(&weak, Profile::PracticeEmployee)),
                (CERTIFICATE, judge_certificate(&short, Profile::PracticeEmployee)),
            ]
        }
        FindingCode::Expired => vec![
            employees(&Recipe { not_after: support::at("2026-11-24T11:00:00Z"), ..employee() }),
            authoritys(&Recipe { not_after: support::at("2026-06-01T00:00:00Z"), ..authority(ISSUING) }),
            (
                Some(2),
                judge_two_below(&Recipe { not_after: support::at("2026-06-01T00:00:00Z"), ..authority(BETWEEN) }),
            ),
        ],
        FindingCode::NotYetValid => vec![
            employees(&Recipe { not_before: support::at("2026-11-24T13:00:00Z"), ..employee() }),
            authoritys(&Recipe { not_before: support::at("2026-12-01T00:00:00Z"), ..authority(ISSUING) }),
        ],
        FindingCode::NotOfProfile => {
            vec![(CERTIFICATE, validate(&AUTHORITIES.issuing, &[], &AUTHORITIES.anchors(), now(), Profile::Any))]
        }
        FindingCode::KeyUsage => vec![
            employees(&Recipe { key_usage: Some(0b001), ..employee() }),
            authoritys(&Recipe { key_usage: Some(1 << 6), ..authority(ISSUING) }),
            (Some(2), judge_two_below(&Recipe { key_usage: Some(1 << 6), ..authority(BETWEEN) })),
        ],
        FindingCode::ExtendedKeyUsage => {
            vec![employees(&Recipe { extended_key_usage: vec!["1.3.6.1.5.5.7.3.1"], ..employee() })]
        }
        FindingCode::PolicyMissing => vec![
            (CERTIFICATE, judge(&employee(), Profile::OcesEmployee)),
            authoritys(&Recipe { policies: vec!["1.3.6.1.4.1.32473.9.7"], ..authority(ISSUING) }),
            (Some(2), judge_two_below(&Recipe { policies: vec!["1.3.6.1.4.1.32473.9.7"], ..authority(BETWEEN) })),
            // NCP alone is allowed: it is a policy of the certificate, and not the one of the profile.
            authoritys(&Recipe { policies: vec!["0.4.0.2042.1.1"], ..authority(ISSUING) }),
            // An explicit policy is required from here on, and none holds all along: SEQUENCE { [0] 0 }.
            (
                None,
                judge_below(&Recipe {
                    other_extensions: vec![("2.5.29.36", false, b"\x30\x03\x80\x01\x00")],
                    ..authority(ISSUING)
                }),
            ),
        ],
        FindingCode::SubjectField => {
            let subject = employee().subject.into_iter().filter(|name| name[0].0 != COUNTRY).collect();
            vec![employees(&Recipe { subject, ..employee() })]
        }
        FindingCode::ValidityTooLong => {
            vec![employees(&Recipe { not_after: support::at("2030-11-24T10:00:00Z"), ..employee() })]
        }
        FindingCode::UnknownCriticalExtension => {
            let unknown = vec![("1.3.6.1.4.1.32473.9.2", true, &[5, 0][..])];
            vec![
                employees(&Recipe { other_extensions: unknown.clone(), ..employee() }),
                authoritys(&Recipe { other_extensions: unknown, ..authority(ISSUING) }),
            ]
        }
        FindingCode::Malformed => {
            let unreadable = vec![("2.5.29.32", false, &[5, 0][..])];
            let recipe = Recipe { policies: vec![], other_extensions: unreadable.clone(), ..employee() };
            vec![
                (CERTIFICATE, judge(&recipe, Profile::Any)),
                authoritys(&Recipe { other_extensions: unreadable, ..authority(ISSUING) }),
            ]
        }
        FindingCode::TestCertificate => vec![employees(&employee())],
        FindingCode::Revoked => vec![
            by_list(&list(1, vec![entry(&employee().serial_number, KEY_COMPROMISE)])),
            by_answer(revoked(&sound(), Some(CrlReason::KeyCompromise))),
            with_status_of_the_authority(KEY_COMPROMISE),
        ],
        FindingCode::Suspended => vec![
            by_list(&list(1, vec![entry(&employee().serial_number, HOLD)])),
            by_answer(revoked(&sound(), Some(CrlReason::CertificateHold))),
            with_status_of_the_authority(HOLD),
        ],
        FindingCode::StatusUnknown => {
            let other = AUTHORITIES.issue(&Recipe { serial_number: vec![0x01], ..employee() });
            let indirect = IssuingDistributionPoint { indirect_crl: true, ..everything() };
            vec![
                by_answer(AnswerRecipe { status: CertStatus::Unknown(Null), ..good(&sound()) }),
                by_response(&x509_ocsp::OcspResponse::try_later().to_der().unwrap()),
                // An answer about another serial number, and lists of another issuer, part and kind.
                by_answer(good(&other)),
                by_list(&ListRecipe { issuer: authority("Øvelse anden-CA").subject, ..list(1, vec![]) }),
                by_list(&list(1, vec![]).with(partition("http://example.org/crl/2.crl"))),
                by_list(&list(1, vec![]).with(some_reasons(Reasons::KeyCompromise))),
                by_list(&list(1, vec![]).with(issuing_distribution_point(&indirect))),
                by_list(&list(1, vec![]).with(("1.3.6.1.4.1.32473.9.2", true, vec![5, 0]))),
                by_list(&delta(2, 1, vec![])),
            ]
        }
        FindingCode::StatusStale => {
            let an_hour_ago = Some(support::at("2026-11-24T11:00:00Z"));
            let this_update = support::at("2026-11-24T10:00:00Z");
            vec![
                by_list(&ListRecipe { next_update: an_hour_ago, ..list(1, vec![]) }),
                by_answer(AnswerRecipe { this_update, next_update: an_hour_ago, ..good(&sound()) }),
            ]
        }
        FindingCode::StatusUnsound => {
            let tomorrow = support::at("2026-11-25T06:00:00Z");
            let until = Some(support::at("2026-11-25T18:00:00Z"));
            let request = OcspRequest::new(&sound(), &AUTHORITIES.issuing, [0x5A; NONCE_BYTES]).unwrap();
            let nonce = ("1.3.6.1.5.5.7.48.1.2", false, [&[0x04, 0x20][..], &[0x5B; 32]].concat());
            let to_another = ResponseRecipe { extensions: vec![nonce], ..response(vec![good(&sound())]) };
            let to_another = request.verify_response(&to_another.sign(), now()).map(|_| unreachable!("another nonce"));
            assert_eq!(to_another, Err(StatusError::NonceMismatch));
            let whole = list(1, vec![]).sign();
            vec![
                by_list(&ListRecipe { named_algorithm: Some(sha_1_with_rsa()), ..list(1, vec![]) }),
                by_list_in_bytes(&list(1, vec![]).sign_by(&OTHER_KEY)),
                by_list_in_bytes(&whole[..whole.len() - 1]),
                by_list_in_bytes(&[&whole[..], &[0]].concat()),
                by_list(&ListRecipe { this_update: tomorrow, next_update: until, ..list(1, vec![]) }),
                by_list(&ListRecipe { next_update: None, ..list(1, vec![]) }),
                by_response(&response(vec![good(&sound())]).sign_by(&OTHER_KEY)),
                by_answer(AnswerRecipe { this_update: tomorrow, next_update: until, ..good(&sound()) }),
                with_status(&to_another),
            ]
        }
    }
}

#[test]
fn every_finding_has_a_certificate_that_leads_to_exactly_it() {
    for code in FindingCode::ALL {
        let made = made_for(code);
        assert!(!made.is_empty());
        for (number, (place, report)) in made.into_iter().enumerate() {
            let beside: Vec<_> = report
                .findings
                .iter()
                // The certificates are made for practice, and that is said of each.
                .filter(|finding| finding.code != FindingCode::TestCertificate || code == FindingCode::TestCertificate)
                .map(|finding| (finding.code, finding.place))
                .collect();
            assert_eq!(beside, [(code, place)], "{code:?}, certificate {number}: {:#?}", report.findings);
            assert!(place.is_none_or(|place| place < report.path.len()), "{code:?}, certificate {number}");
            let severity = report.findings.iter().find(|finding| finding.code == code).unwrap().severity;
            assert_eq!(severity, severity_of(code), "{code:?}, certificate {number}");
            let verdict = match severity {
                Severity::Error => Verdict::Invalid,
                Severity::Indeterminate => Verdict::Indeterminate,
                Severity::Warning => Verdict::Valid,
            };
            assert_eq!(report.verdict, verdict, "{code:?}, certificate {number}");
            assert_eq!(report.into_validated().is_ok(), verdict == Verdict::Valid);
        }
    }
}

/// What cannot be told for lack of something, and what is wrong.
fn severity_of(code: FindingCode) -> Severity {
    match code {
        FindingCode::NoTrustAnchor
        | FindingCode::TooComplex
        | FindingCode::StatusUnknown
        | FindingCode::StatusStale
        | FindingCode::StatusUnsound => Severity::Indeterminate,
        FindingCode::TestCertificate => Severity::Warning,
        FindingCode::PathNotFound
        | FindingCode::PathConstraint
        | FindingCode::SignatureInvalid
        | FindingCode::AlgorithmForbidden
        | FindingCode::KeyTooWeak
        | FindingCode::Expired
        | FindingCode::NotYetValid
        | FindingCode::NotOfProfile
        | FindingCode::KeyUsage
        | FindingCode::ExtendedKeyUsage
        | FindingCode::PolicyMissing
        | FindingCode::SubjectField
        | FindingCode::ValidityTooLong
        | FindingCode::UnknownCriticalExtension
        | FindingCode::Malformed
        | FindingCode::Revoked
        | FindingCode::Suspended => Severity::Error,
    }
}

#[test]
fn ten_thousand_authorities_are_refused_by_their_number_and_none_of_them_is_tried() {
    let certificate = AUTHORITIES.issue(&employee());
    // The right one is among them: that it is not found shows that no path was built.
    let thousands = vec![AUTHORITIES.issuing.clone(); 10_000];
    let report = validate(&certificate, &thousands, &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee);
    assert_eq!(report.verdict, Verdict::Indeterminate);
    let finding = report.findings.iter().find(|finding| finding.severity == Severity::Indeterminate).unwrap();
    assert_eq!((finding.code, finding.place), (FindingCode::TooComplex, None));
    assert!(finding.detail.contains("10000 intermediates"), "{}", finding.detail);
    assert_eq!(report.path, [certificate]);
}

#[test]
fn several_faults_along_a_path_are_each_about_their_own_certificate() {
    let root = authority(ROOT);
    let expired = Recipe { not_after: support::at("2026-06-01T00:00:00Z"), ..authority(BETWEEN) };
    let between = expired.issue(&OTHER_KEY, &root.subject, &ROOT_KEY);
    let unfit = Recipe { key_usage: Some(1 << 6), ..authority(ISSUING) };
    let issuing = unfit.issue(&ISSUING_KEY, &expired.subject, &OTHER_KEY);
    let certificate = AUTHORITIES.issue(&Recipe { key_usage: Some(0b001), ..employee() });
    // Given in the other order, and with one that does not belong.
    let others = [AUTHORITIES.root.clone(), between.clone(), issuing.clone()];
    let report = validate(&certificate, &others, &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee);
    assert_eq!(report.path, [certificate, issuing, between, AUTHORITIES.root.clone()]);
    let mut found: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| (finding.place, finding.code))
        .collect();
    found.sort_by_key(|(place, _)| *place);
    let expected =
        [(Some(0), FindingCode::KeyUsage), (Some(1), FindingCode::KeyUsage), (Some(2), FindingCode::Expired)];
    assert_eq!(found, expected, "{:#?}", report.findings);
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
    let mut met = report.path.clone();
    met.dedup();
    assert!(met == report.path && met.len() <= 1 + circle.len(), "nobody is met twice: {}", met.len());
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
