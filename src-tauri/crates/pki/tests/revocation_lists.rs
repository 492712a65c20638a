//! What revocation lists say about certificates of an authority of our own: sound lists, spoilt ones, large ones.

mod status_support;
mod support;

use chrono::{DateTime, TimeDelta, Utc};
use der::Encode;
use der::asn1::{Null, ObjectIdentifier};
use pki::{
    CLOCK_SKEW_TOLERANCE, Certificate, CertificateState, CertificateStatus, DeltaMismatch, FindingCode,
    MAXIMUM_REVOCATION_LIST_BYTES, Profile, RevocationList, RevocationReason, ScopeMismatch, SignatureAlgorithm,
    SignatureInvalid, StatusError, StatusFault, StatusSource, UnverifiedRevocationList, Verdict, status_from_lists,
    validate,
};
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::pkix::crl::dp::{DistributionPoint, IssuingDistributionPoint, Reasons};
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};

use status_support::{
    EntryRecipe, ISSUING_DISTRIBUTION_POINT, ListRecipe, delta, employee_at, entry, everything, integer,
    issuing_distribution_point, list, partition, point, revoked_at, some_reasons, url,
};
use support::{AUTHORITIES, COMMON_NAME, ISSUING_KEY, OTHER_KEY, ROOT_KEY, Recipe, TestKey, Text, at, authority};
use support::{employee, name, now};

const HOLD: u8 = 6;
const REMOVE_FROM_CRL: u8 = 8;
const KEY_COMPROMISE: u8 = 1;

fn serial_number() -> Vec<u8> {
    employee().serial_number
}

fn certificate() -> Certificate {
    AUTHORITIES.issue(&employee())
}

fn status(list: &ListRecipe) -> Result<CertificateStatus, StatusError> {
    status_at(list, &certificate(), now())
}

fn status_at(
    list: &ListRecipe,
    certificate: &Certificate,
    at: DateTime<Utc>,
) -> Result<CertificateStatus, StatusError> {
    list.verified().status(certificate, at)
}

fn state(list: &ListRecipe) -> CertificateState {
    status(list).unwrap().state
}

fn state_with_delta(list: &ListRecipe, delta: &ListRecipe) -> CertificateState {
    list.verified().status_with_delta(&delta.verified(), &certificate(), now()).unwrap().state
}

fn refusal(list: &ListRecipe) -> StatusError {
    match UnverifiedRevocationList::from_der(list.sign()) {
        Ok(list) => list.verify(&AUTHORITIES.issuing).unwrap_err(),
        Err(error) => error,
    }
}

fn revoked(reason: RevocationReason) -> CertificateState {
    CertificateState::Revoked { reason, at: revoked_at() }
}

const SUSPENDED: fn() -> CertificateState = || CertificateState::Suspended { at: revoked_at() };

#[test]
fn a_certificate_that_is_not_on_the_list_is_good_until_the_next_list_comes() {
    let others = vec![entry(&[0x01], KEY_COMPROMISE), entry(&[0x00, 0xA1, 0x0C], KEY_COMPROMISE)];
    for entries in [vec![], others] {
        let expected = CertificateStatus {
            state: CertificateState::Good,
            source: StatusSource::Crl,
            this_update: at("2026-11-24T06:00:00Z"),
            next_update: Some(at("2026-11-24T18:00:00Z")),
        };
        assert_eq!(status(&list(1, entries)), Ok(expected));
    }
}

#[test]
fn a_revoked_certificate_is_revoked_with_its_reason_and_time() {
    let reasons = [
        (0, RevocationReason::Unspecified),
        (1, RevocationReason::KeyCompromise),
        (2, RevocationReason::CaCompromise),
        (3, RevocationReason::AffiliationChanged),
        (4, RevocationReason::Superseded),
        (5, RevocationReason::CessationOfOperation),
        (9, RevocationReason::PrivilegeWithdrawn),
        (10, RevocationReason::AaCompromise),
        // Not in the standard; a revocation all the same.
        (7, RevocationReason::Unspecified),
    ];
    for (code, reason) in reasons {
        assert_eq!(state(&list(1, vec![entry(&serial_number(), code)])), revoked(reason), "{code}");
    }
    let without_reason = EntryRecipe { serial_number: serial_number(), extensions: vec![] };
    assert_eq!(state(&list(1, vec![without_reason])), revoked(RevocationReason::Unspecified));
}

#[test]
fn certificate_hold_is_suspended_and_not_revoked() {
    assert_eq!(state(&list(1, vec![entry(&serial_number(), HOLD)])), SUSPENDED());
}

#[test]
fn a_status_is_printed_in_the_fields_of_the_command_line() {
    let status = status(&list(1, vec![entry(&serial_number(), 5)])).unwrap();
    let expected = serde_json::json!({
        "state": "revoked",
        "reason": "cessationOfOperation",
        "at": "2026-11-20T08:30:00Z",
        "source": "crl",
        "this_update": "2026-11-24T06:00:00Z",
        "next_update": "2026-11-24T18:00:00Z",
    });
    assert_eq!(serde_json::to_value(status).unwrap(), expected);
}

#[test]
fn a_serial_number_that_occurs_twice_counts_by_its_strictest_entry() {
    for order in [[HOLD, KEY_COMPROMISE], [KEY_COMPROMISE, HOLD]] {
        let entries = order.iter().map(|reason| entry(&serial_number(), *reason)).collect();
        assert_eq!(state(&list(1, entries)), revoked(RevocationReason::KeyCompromise));
    }
}

#[test]
fn invalidity_date_and_hold_instruction_are_tolerated_and_the_date_is_read() {
    let mut spoken = entry(&serial_number(), HOLD);
    spoken.extensions.push(("2.5.29.24", false, b"\x18\x0F20261101000000Z".to_vec()));
    spoken.extensions.push(("2.5.29.23", false, vec![0x06, 0x03, 0x2A, 0x03, 0x04]));
    spoken.extensions.push(("1.3.6.1.4.1.32473.99", false, vec![0x05, 0x00]));
    let list = list(1, vec![spoken]).verified();
    let found = list.entry(&certificate()).unwrap().unwrap();
    assert_eq!(found.invalidity_date(), Some(at("2026-11-01T00:00:00Z")));
    assert_eq!(found.state(), Some(SUSPENDED()));
}

#[test]
fn every_accepted_signature_algorithm_is_verified() {
    let rsa = [
        SignatureAlgorithm::RsaPkcs1Sha256,
        SignatureAlgorithm::RsaPkcs1Sha384,
        SignatureAlgorithm::RsaPkcs1Sha512,
        SignatureAlgorithm::RsaPssSha256,
        SignatureAlgorithm::RsaPssSha384,
        SignatureAlgorithm::RsaPssSha512,
    ];
    for algorithm in rsa {
        assert_eq!(state(&ListRecipe { algorithm, ..list(1, vec![]) }), CertificateState::Good, "{algorithm:?}");
    }
    let key = TestKey::p256();
    let issuer = authority("Øvelse udstedende-CA 1").issue(&key, &authority("Øvelse rod-CA").subject, &ROOT_KEY);
    let recipe = ListRecipe { algorithm: SignatureAlgorithm::EcdsaP256Sha256, ..list(1, vec![]) };
    let verified = UnverifiedRevocationList::from_der(recipe.sign_by(&key)).unwrap().verify(&issuer).unwrap();
    assert_eq!(verified.status(&certificate(), now()).unwrap().state, CertificateState::Good);
}

#[test]
fn a_signature_with_sha_1_is_never_accepted() {
    let sha1 = AlgorithmIdentifierOwned {
        oid: ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5"),
        parameters: Some(Null.into()),
    };
    let error = refusal(&ListRecipe { named_algorithm: Some(sha1), ..list(1, vec![]) });
    assert_eq!(error, StatusError::AlgorithmForbidden("RSA PKCS#1 SHA-1".to_owned()));
    assert_eq!(error.fault(), StatusFault::Bad);
}

#[test]
fn a_list_by_another_issuer_or_key_is_refused() {
    let by_another_name = ListRecipe { issuer: authority("Øvelse anden CA").subject, ..list(1, vec![]) };
    assert_eq!(refusal(&by_another_name), StatusError::IssuerMismatch);

    let by_another_key = UnverifiedRevocationList::from_der(list(1, vec![]).sign_by(&OTHER_KEY)).unwrap();
    let error = by_another_key.verify(&AUTHORITIES.issuing).unwrap_err();
    assert_eq!(error, StatusError::SignatureInvalid(SignatureInvalid::Mismatch));

    let naming_another_key = list(1, vec![]).with(("2.5.29.35", false, vec![0x30, 0x04, 0x80, 0x02, 0xAA, 0xBB]));
    assert_eq!(refusal(&naming_another_key), StatusError::IssuerMismatch);

    let root_list = ListRecipe { issuer: authority("Øvelse rod-CA").subject, ..list(1, vec![]) };
    let root_list = UnverifiedRevocationList::from_der(root_list.sign_by(&ROOT_KEY)).unwrap();
    let root_list = root_list.verify(&AUTHORITIES.root).unwrap();
    assert_eq!(root_list.status(&certificate(), now()), Err(StatusError::IssuerMismatch));
}

#[test]
fn an_authority_whose_key_usage_leaves_out_lists_signs_none() {
    let recipe = Recipe { key_usage: Some(1 << 5), ..authority("Øvelse udstedende-CA 1") };
    let issuer = recipe.issue(&ISSUING_KEY, &authority("Øvelse rod-CA").subject, &ROOT_KEY);
    let list = UnverifiedRevocationList::from_der(list(1, vec![]).sign()).unwrap();
    assert_eq!(list.verify(&issuer).unwrap_err(), StatusError::IssuerMayNotSignLists);
}

#[test]
fn a_stale_list_is_told_apart_from_a_bad_one() {
    let recipe = list(1, vec![]);
    let (first, last) = (recipe.this_update, recipe.next_update.unwrap());
    let second = TimeDelta::seconds(1);
    let judge = |at| status_at(&recipe, &certificate(), at).map(|status| status.state);
    assert_eq!(judge(last), Ok(CertificateState::Good));
    let stale = judge(last + second).unwrap_err();
    assert_eq!(stale, StatusError::Stale { until: last, at: last + second });
    assert_eq!(stale.fault(), StatusFault::Stale);

    assert_eq!(judge(first - CLOCK_SKEW_TOLERANCE), Ok(CertificateState::Good));
    let early = first - CLOCK_SKEW_TOLERANCE - second;
    let future = judge(early).unwrap_err();
    assert_eq!(future, StatusError::FromTheFuture { from: first, at: early });
    assert_eq!(future.fault(), StatusFault::Bad);

    let endless = ListRecipe { next_update: None, ..recipe.clone() };
    assert_eq!(status(&endless), Err(StatusError::NextUpdateMissing));
    let backwards = ListRecipe { next_update: Some(first - second), ..recipe };
    assert_eq!(refusal(&backwards), StatusError::Malformed("the revocation list"));
}

#[test]
fn a_partitioned_list_speaks_for_the_certificates_that_name_its_distribution_point() {
    let partitioned = list(1, vec![entry(&serial_number(), HOLD)]).with(partition("http://crl.example.org/1.crl"));
    let judge = |certificate: &Certificate| status_at(&partitioned, certificate, now()).map(|status| status.state);
    let elsewhere = Err(StatusError::OutOfScope(ScopeMismatch::OtherDistributionPoint));

    let both = [url("ldap://crl.example.org/1"), url("http://crl.example.org/1.crl")];
    assert_eq!(judge(&employee_at(&[point(both.to_vec())])), Ok(SUSPENDED()));
    assert_eq!(judge(&employee_at(&[point(vec![url("http://crl.example.org/2.crl")])])), elsewhere);
    assert_eq!(judge(&certificate()), elsewhere);

    let by_another = DistributionPoint {
        crl_issuer: Some(vec![GeneralName::DirectoryName(name(&authority("Øvelse anden CA").subject))]),
        ..point(vec![url("http://crl.example.org/1.crl")])
    };
    assert_eq!(judge(&employee_at(&[by_another])), elsewhere);
    assert!(partitioned.verified().list().is_partition());
}

#[test]
fn a_distribution_point_relative_to_the_issuer_is_the_same_as_its_full_name() {
    let part = vec![(COMMON_NAME, Text::Printable("CRL1478"))];
    let relative = DistributionPointName::NameRelativeToCRLIssuer(name(std::slice::from_ref(&part)).0[0].clone());
    let mut full = AUTHORITIES.issuing_name.clone();
    full.push(part);
    let full = DistributionPointName::FullName(vec![GeneralName::DirectoryName(name(&full))]);
    for (of_list, of_certificate) in [(&relative, &full), (&full, &relative), (&relative, &relative)] {
        let scope = IssuingDistributionPoint { distribution_point: Some(of_list.clone()), ..everything() };
        let point = DistributionPoint { distribution_point: Some(of_certificate.clone()), ..point(vec![]) };
        let recipe = list(1, vec![]).with(issuing_distribution_point(&scope));
        let status = status_at(&recipe, &employee_at(&[point]), now()).unwrap();
        assert_eq!(status.state, CertificateState::Good);
    }
}

#[test]
fn a_list_for_one_kind_of_certificates_says_nothing_about_another() {
    let users = IssuingDistributionPoint { only_contains_user_certs: true, ..everything() };
    let authorities = IssuingDistributionPoint { only_contains_ca_certs: true, ..everything() };
    let attributes = IssuingDistributionPoint { only_contains_attribute_certs: true, ..everything() };
    let judge = |scope: &IssuingDistributionPoint, certificate: &Certificate| {
        let recipe = list(1, vec![]).with(issuing_distribution_point(scope));
        status_at(&recipe, certificate, now()).map(|status| status.state)
    };
    let subordinate = AUTHORITIES.issue(&authority("Øvelse underordnet CA"));
    let out = |mismatch| Err(StatusError::OutOfScope(mismatch));
    assert_eq!(judge(&users, &certificate()), Ok(CertificateState::Good));
    assert_eq!(judge(&users, &subordinate), out(ScopeMismatch::EndEntitiesOnly));
    assert_eq!(judge(&authorities, &subordinate), Ok(CertificateState::Good));
    assert_eq!(judge(&authorities, &certificate()), out(ScopeMismatch::AuthoritiesOnly));
    assert_eq!(judge(&attributes, &certificate()), out(ScopeMismatch::AttributeCertificatesOnly));

    let all = IssuingDistributionPoint { only_contains_ca_certs: true, ..users };
    let error = refusal(&list(1, vec![]).with(issuing_distribution_point(&all)));
    assert_eq!(error, StatusError::Malformed("the list's issuing distribution point"));
}

#[test]
fn lists_for_some_reasons_make_a_certificate_good_only_together() {
    let first = list(1, vec![]).with(some_reasons(Reasons::KeyCompromise | Reasons::CaCompromise));
    let rest = Reasons::AffiliationChanged
        | Reasons::Superseded
        | Reasons::CessationOfOperation
        | Reasons::CertificateHold
        | Reasons::PrivilegeWithdrawn
        | Reasons::AaCompromise;
    let second = list(2, vec![]).with(some_reasons(rest));
    let judge = |lists: &[&ListRecipe]| {
        let lists: Vec<_> = lists.iter().map(|list| list.verified()).collect();
        status_from_lists(&lists, &certificate(), now()).map(|status| status.state)
    };
    assert_eq!(status(&first), Err(StatusError::SomeReasonsOnly));
    assert_eq!(judge(&[&first]), Err(StatusError::SomeReasonsOnly));
    assert_eq!(judge(&[&first, &second]), Ok(CertificateState::Good));
    let held = ListRecipe { entries: vec![entry(&serial_number(), HOLD)], ..second.clone() };
    assert_eq!(judge(&[&first, &held]), Ok(SUSPENDED()));
    assert_eq!(judge(&[&held]), Ok(SUSPENDED()));
}

#[test]
fn indirect_lists_are_refused_plainly() {
    let indirect = IssuingDistributionPoint { indirect_crl: true, ..everything() };
    assert_eq!(refusal(&list(1, vec![]).with(issuing_distribution_point(&indirect))), StatusError::IndirectList);

    let mut of_another = entry(&serial_number(), HOLD);
    let names = vec![GeneralName::DirectoryName(name(&authority("Øvelse anden CA").subject))];
    of_another.extensions.push(("2.5.29.29", true, names.to_der().unwrap()));
    let error = refusal(&list(1, vec![of_another]));
    assert_eq!(error, StatusError::IndirectList);
    assert_eq!(error.fault(), StatusFault::Unsupported);
}

#[test]
fn a_critical_extension_that_is_not_understood_spoils_the_whole_list() {
    const UNKNOWN: &str = "1.3.6.1.4.1.32473.99";
    let unknown = StatusError::UnknownCriticalExtension { oid: UNKNOWN.to_owned() };
    assert_eq!(refusal(&list(1, vec![]).with((UNKNOWN, true, vec![0x05, 0x00]))), unknown);
    assert_eq!(state(&list(1, vec![]).with((UNKNOWN, false, vec![0x05, 0x00]))), CertificateState::Good);

    // Of another certificate's entry: the list may not be used for anyone's status.
    let mut of_another = entry(&[0x01], HOLD);
    of_another.extensions.push((UNKNOWN, true, vec![0x05, 0x00]));
    assert_eq!(refusal(&list(1, vec![of_another])), unknown);
}

#[test]
fn an_extension_that_occurs_twice_or_cannot_be_read_is_refused() {
    let twice = list(1, vec![]).with(("2.5.29.20", false, integer(2)));
    assert_eq!(refusal(&twice), StatusError::Malformed("an extension of the revocation list"));
    let negative = ListRecipe { extensions: vec![("2.5.29.20", false, vec![0x02, 0x01, 0xFF])], ..list(1, vec![]) };
    assert_eq!(refusal(&negative), StatusError::Malformed("the number of the revocation list"));
    let nonsense = list(1, vec![]).with((ISSUING_DISTRIBUTION_POINT, true, vec![0x30, 0x03, 0x81, 0x01, 0x07]));
    assert_eq!(refusal(&nonsense), StatusError::Malformed("the list's issuing distribution point"));
}

#[test]
fn a_delta_list_lifts_a_hold_of_the_complete_list() {
    let held = list(1, vec![entry(&serial_number(), HOLD)]);
    assert_eq!(state(&held), SUSPENDED());
    let lifted = delta(2, 1, vec![entry(&serial_number(), REMOVE_FROM_CRL)]);
    assert_eq!(state_with_delta(&held, &lifted), CertificateState::Good);
    // Put on hold and lifted again since the complete list.
    assert_eq!(state_with_delta(&list(1, vec![]), &lifted), CertificateState::Good);
}

#[test]
fn a_delta_list_adds_to_the_complete_list_and_leaves_the_rest() {
    let silent = delta(2, 1, vec![entry(&[0x01], HOLD)]);
    let held = list(1, vec![entry(&serial_number(), HOLD)]);
    assert_eq!(state_with_delta(&held, &silent), SUSPENDED());
    assert_eq!(state_with_delta(&list(1, vec![]), &silent), CertificateState::Good);
    let newly_held = delta(2, 1, vec![entry(&serial_number(), HOLD)]);
    assert_eq!(state_with_delta(&list(1, vec![]), &newly_held), SUSPENDED());
    let newly_revoked = delta(2, 1, vec![entry(&serial_number(), KEY_COMPROMISE)]);
    assert_eq!(state_with_delta(&held, &newly_revoked), revoked(RevocationReason::KeyCompromise));
}

#[test]
fn a_revocation_is_final_whatever_a_delta_list_says() {
    let base = list(1, vec![entry(&serial_number(), KEY_COMPROMISE)]);
    for reason in [REMOVE_FROM_CRL, HOLD] {
        let newer = delta(2, 1, vec![entry(&serial_number(), reason)]);
        assert_eq!(state_with_delta(&base, &newer), revoked(RevocationReason::KeyCompromise));
    }
}

#[test]
fn a_delta_list_makes_an_old_complete_list_current_by_its_own_window() {
    let base = ListRecipe { next_update: Some(at("2026-11-24T11:00:00Z")), ..list(1, vec![]) };
    assert!(matches!(status(&base), Err(StatusError::Stale { .. })));
    let newer = delta(2, 1, vec![]);
    let status = base.verified().status_with_delta(&newer.verified(), &certificate(), now()).unwrap();
    assert_eq!(status.source, StatusSource::DeltaCrl);
    assert_eq!(status.next_update, newer.next_update);

    let later = newer.next_update.unwrap() + TimeDelta::seconds(1);
    let stale = base.verified().status_with_delta(&newer.verified(), &certificate(), later).unwrap_err();
    assert_eq!(stale.fault(), StatusFault::Stale);
}

#[test]
fn a_delta_list_that_does_not_fit_is_refused_and_says_why() {
    let mismatch = |base: &ListRecipe, newer: &ListRecipe| {
        base.verified().status_with_delta(&newer.verified(), &certificate(), now())
    };
    let refused = |why| Err(StatusError::DeltaMismatch(why));
    assert_eq!(mismatch(&list(1, vec![]), &list(2, vec![])), refused(DeltaMismatch::NotADelta));
    assert_eq!(mismatch(&list(1, vec![]), &delta(3, 2, vec![])), refused(DeltaMismatch::BaseTooOld));
    let numberless = ListRecipe { extensions: vec![], ..list(1, vec![]) };
    assert_eq!(mismatch(&numberless, &delta(2, 1, vec![])), refused(DeltaMismatch::NumberMissing));
    let users =
        issuing_distribution_point(&IssuingDistributionPoint { only_contains_user_certs: true, ..everything() });
    assert_eq!(mismatch(&list(1, vec![]), &delta(2, 1, vec![]).with(users)), refused(DeltaMismatch::OtherScope));

    let recipe = ListRecipe { issuer: authority("Øvelse rod-CA").subject, ..delta(2, 1, vec![]) };
    let of_root = UnverifiedRevocationList::from_der(recipe.sign_by(&ROOT_KEY)).unwrap();
    let of_root = of_root.verify(&AUTHORITIES.root).unwrap();
    let by_another = list(1, vec![]).verified().status_with_delta(&of_root, &certificate(), now());
    assert_eq!(by_another, refused(DeltaMismatch::OtherIssuer));

    assert_eq!(status(&delta(2, 1, vec![])), Err(StatusError::DeltaAlone));
}

#[test]
fn a_delta_list_older_than_the_complete_list_adds_nothing() {
    let lifted_before = delta(2, 1, vec![entry(&serial_number(), REMOVE_FROM_CRL)]);
    let held_again = list(2, vec![entry(&serial_number(), HOLD)]);
    let status = held_again.verified().status_with_delta(&lifted_before.verified(), &certificate(), now()).unwrap();
    assert_eq!((status.state, status.source), (SUSPENDED(), StatusSource::Crl));
}

#[test]
fn remove_from_crl_in_a_complete_list_is_not_taken_for_good() {
    let error = status(&list(1, vec![entry(&serial_number(), REMOVE_FROM_CRL)])).unwrap_err();
    assert_eq!(error, StatusError::Malformed("an entry of the revocation list"));
}

#[test]
fn of_a_heap_of_lists_the_newest_that_fit_give_the_status() {
    let judge = |lists: &[ListRecipe]| {
        let lists: Vec<_> = lists.iter().map(ListRecipe::verified).collect();
        status_from_lists(&lists, &certificate(), now()).map(|status| status.state)
    };
    let held = list(1, vec![entry(&serial_number(), HOLD)]);
    let lifted = delta(3, 1, vec![entry(&serial_number(), REMOVE_FROM_CRL)]);
    let between = delta(2, 1, vec![]);
    let elsewhere = list(9, vec![]).with(partition("http://crl.example.org/9.crl"));
    assert_eq!(judge(&[between.clone(), elsewhere.clone(), held.clone(), lifted.clone()]), Ok(CertificateState::Good));
    assert_eq!(judge(&[held.clone(), between.clone()]), Ok(SUSPENDED()));

    let newer = ListRecipe { this_update: at("2026-11-24T11:00:00Z"), ..list(4, vec![]) };
    assert_eq!(judge(&[held.clone(), newer.clone()]), Ok(CertificateState::Good));
    assert_eq!(judge(&[newer, held.clone()]), Ok(CertificateState::Good));

    assert_eq!(judge(&[]), Err(StatusError::IssuerMismatch));
    assert_eq!(judge(std::slice::from_ref(&lifted)), Err(StatusError::DeltaAlone));
    let old = ListRecipe { next_update: Some(at("2026-11-24T07:00:00Z")), ..held };
    assert_eq!(judge(&[elsewhere.clone(), old]).unwrap_err().fault(), StatusFault::Stale);
    assert_eq!(judge(&[elsewhere]), Err(StatusError::OutOfScope(ScopeMismatch::OtherDistributionPoint)));
}

#[test]
fn a_list_that_is_cut_short_or_goes_on_is_refused() {
    let sound = list(1, vec![entry(&serial_number(), HOLD), entry(&[0x01], HOLD)]).sign();
    for length in 0..sound.len() {
        let error = UnverifiedRevocationList::from_der(&sound[..length]).unwrap_err();
        assert_eq!(error, StatusError::Malformed("the revocation list"), "{length}");
    }
    let mut longer = sound;
    longer.push(0);
    assert!(UnverifiedRevocationList::from_der(&longer).is_err());
}

#[test]
fn no_changed_bit_is_accepted_and_none_panics() {
    let recipe = list(1, vec![entry(&serial_number(), HOLD), entry(&[0x01], HOLD)])
        .with(partition("http://crl.example.org/1.crl"));
    let sound = recipe.sign();
    for place in 0..sound.len() {
        for changed in [0x01, 0x80, 0xFF] {
            let mut bytes = sound.clone();
            bytes[place] ^= changed;
            if let Ok(list) = UnverifiedRevocationList::from_der(bytes) {
                for entry in list.entries() {
                    let _ = entry.map(|entry| entry.state());
                }
                assert!(list.verify(&AUTHORITIES.issuing).is_err(), "{place} ^ {changed:#x}");
            }
        }
    }
}

#[test]
fn lengths_beyond_the_bytes_and_deep_nesting_are_refused() {
    let refused: [Vec<u8>; 6] = [
        vec![0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
        vec![0x30, 0x88, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        vec![0x30, 0x80, 0x00, 0x00],
        [0x30, 0x80].repeat(100_000),
        [0x30, 0x83, 0x0F, 0xFF, 0xFF].repeat(100_000),
        vec![],
    ];
    for bytes in refused {
        let error = UnverifiedRevocationList::from_der(&bytes).unwrap_err();
        assert_eq!(error, StatusError::Malformed("the revocation list"));
    }
}

#[test]
fn a_list_larger_than_is_read_is_refused_before_it_is_looked_at() {
    let bytes = vec![0; MAXIMUM_REVOCATION_LIST_BYTES + 1];
    let error = UnverifiedRevocationList::from_der(bytes).unwrap_err();
    let expected = MAXIMUM_REVOCATION_LIST_BYTES + 1;
    assert!(matches!(error, StatusError::TooLarge { actual, .. } if actual == expected), "{error}");
}

#[test]
fn every_entry_of_a_large_list_is_found_and_nothing_else() {
    let serial = |number: u32| [&[0x40][..], &number.to_be_bytes()].concat();
    let reason = |number: u32| if number.is_multiple_of(3) { HOLD } else { KEY_COMPROMISE };
    let entries = (0..20_000).map(|number| entry(&serial(number), reason(number))).collect();
    let list = list(1, entries).verified();
    assert_eq!(list.list().entry_count(), 20_000);
    assert_eq!(list.list().entries().count(), 20_000);
    // Four bytes an entry, and the buckets.
    assert!(list.index_memory() <= 20_000 * 4 + 4 * (8_192 + 1), "{}", list.index_memory());
    for number in (0..20_000).step_by(1_357) {
        let certificate = AUTHORITIES.issue(&Recipe { serial_number: serial(number), ..employee() });
        let expected = if reason(number) == HOLD { SUSPENDED() } else { revoked(RevocationReason::KeyCompromise) };
        assert_eq!(list.status(&certificate, now()).unwrap().state, expected, "{number}");
    }
    let certificate = AUTHORITIES.issue(&Recipe { serial_number: serial(20_000), ..employee() });
    assert_eq!(list.status(&certificate, now()).unwrap().state, CertificateState::Good);
}

#[test]
fn a_list_whose_entries_are_all_the_same_costs_no_more() {
    let entries = (0..20_000).map(|_| entry(&[0x01], HOLD)).collect();
    assert_eq!(state(&list(1, entries)), CertificateState::Good);
}

#[test]
fn a_list_in_pem_is_read_and_other_text_is_not() {
    let der = list(1, vec![]).sign();
    let pem = der::pem::encode_string("X509 CRL", der::pem::LineEnding::LF, &der).unwrap();
    let list = UnverifiedRevocationList::from_pem(pem.as_bytes()).unwrap();
    assert_eq!((list.der(), list.number().as_deref()), (der.as_slice(), Some("1")));
    assert!(!list.is_delta());
    for text in [AUTHORITIES.issuing.to_pem(), String::new(), pem.replace("X509 CRL", "X509")] {
        assert_eq!(UnverifiedRevocationList::from_pem(text.as_bytes()).unwrap_err(), StatusError::NotPem);
    }
}

#[test]
fn the_status_of_every_certificate_of_a_path_enters_its_report() {
    let root_list = |entries| {
        let recipe = ListRecipe { issuer: authority("Øvelse rod-CA").subject, ..list(1, entries) };
        UnverifiedRevocationList::from_der(recipe.sign_by(&ROOT_KEY)).unwrap().verify(&AUTHORITIES.root).unwrap()
    };
    let judge = |lists: &[RevocationList<Vec<u8>>]| {
        let between = std::slice::from_ref(&AUTHORITIES.issuing);
        let report = validate(&certificate(), between, &AUTHORITIES.anchors(), now(), Profile::PracticeEmployee);
        report.with_status(|certificate, _| Some(status_from_lists(lists, certificate, now())))
    };
    let (report, own) = judge(&[list(1, vec![]).verified(), root_list(vec![])]);
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.findings);
    assert_eq!(own.unwrap().unwrap().state, CertificateState::Good);
    assert!(report.into_validated().is_ok());

    // The issuing authority's own certificate has the serial number 7.
    let (report, own) = judge(&[list(1, vec![]).verified(), root_list(vec![entry(&[7], KEY_COMPROMISE)])]);
    assert_eq!(report.verdict, Verdict::Invalid);
    assert!(report.has_error(FindingCode::Revoked), "{:#?}", report.findings);
    assert_eq!(own.unwrap().unwrap().state, CertificateState::Good);
    assert!(report.into_validated().is_err());

    let (report, own) = judge(&[root_list(vec![])]);
    assert_eq!(report.verdict, Verdict::Indeterminate, "{:#?}", report.findings);
    assert_eq!(own, Some(Err(StatusError::IssuerMismatch)));
    assert!(report.into_validated().is_err());
}
