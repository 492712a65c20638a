//! What OCSP responses say about certificates of an authority of our own, and which of them prove nothing.

mod status_support;
mod support;

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use der::asn1::{Null, ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use pki::{
    CLOCK_SKEW_TOLERANCE, Certificate, CertificateState, CertificateStatus, LIFE_WITHOUT_NEXT_UPDATE,
    MAXIMUM_OCSP_RESPONSE_BYTES, NONCE_BYTES, OcspAnswer, OcspFailure, OcspRequest, ResponderFault, RevocationReason,
    SignatureAlgorithm, SignatureInvalid, StatusError, StatusFault, StatusSource, ocsp_produced_at,
    verify_ocsp_response,
};
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::pkix::CrlReason;
use x509_ocsp::CertStatus;

use status_support::{
    AnswerRecipe, RawExtension, ResponseRecipe, certificate_id, good, list, responder, responder_key, response,
    revoked, revoked_at,
};
use support::{AUTHORITIES, ISSUING_KEY, OTHER_KEY, ROOT_KEY, Recipe, at, authority, employee, now};

const NONCE: &str = "1.3.6.1.5.5.7.48.1.2";
const SHA_256: &str = "2.16.840.1.101.3.4.2.1";

static CERTIFICATE: LazyLock<Certificate> = LazyLock::new(|| AUTHORITIES.issue(&employee()));

fn request() -> OcspRequest {
    OcspRequest::new(&CERTIFICATE, &AUTHORITIES.issuing, [0x5A; NONCE_BYTES]).unwrap()
}

fn nonce(bytes: &[u8]) -> RawExtension {
    (NONCE, false, OctetString::new(bytes).unwrap().to_der().unwrap())
}

fn answer(recipe: &ResponseRecipe) -> Result<OcspAnswer, StatusError> {
    request().verify_response(&recipe.sign(), now())
}

fn status(recipe: &ResponseRecipe) -> Result<CertificateStatus, StatusError> {
    answer(recipe).and_then(|answer| answer.status().cloned())
}

fn status_of(answer: AnswerRecipe) -> Result<CertificateState, StatusError> {
    status(&response(vec![answer])).map(|status| status.state)
}

/// A good answer by an appointed responder with such a certificate.
fn appointed(recipe: &Recipe) -> Result<OcspAnswer, StatusError> {
    appointed_with(AUTHORITIES.issue(recipe))
}

fn appointed_with(responder: Certificate) -> Result<OcspAnswer, StatusError> {
    let recipe = ResponseRecipe {
        responder: responder.clone(),
        certificates: vec![responder],
        ..response(vec![good(&CERTIFICATE)])
    };
    request().verify_response(&recipe.sign_by(responder_key()), now())
}

#[test]
fn a_request_names_the_certificate_by_sha_1_and_carries_a_nonce_of_32_bytes() {
    let request = x509_ocsp::OcspRequest::from_der(request().der()).unwrap().tbs_request;
    let [asked] = request.request_list.as_slice() else { panic!("one certificate is asked about") };
    assert_eq!(asked.req_cert, certificate_id(&CERTIFICATE, &AUTHORITIES.issuing, "1.3.14.3.2.26"));
    let extensions = request.request_extensions.unwrap();
    let [nonce] = extensions.as_slice() else { panic!("the nonce is the only extension") };
    assert_eq!((nonce.extn_id, nonce.critical), (ObjectIdentifier::new_unwrap(NONCE), false));
    assert_eq!(OctetString::from_der(nonce.extn_value.as_bytes()).unwrap().as_bytes(), [0x5A; 32]);
}

#[test]
fn a_request_needs_the_certificates_own_issuer() {
    let refused = OcspRequest::new(&CERTIFICATE, &AUTHORITIES.root, [0; NONCE_BYTES]).unwrap_err();
    assert_eq!(refused, StatusError::IssuerMismatch);
    let response = response(vec![good(&CERTIFICATE)]).sign();
    let refused = verify_ocsp_response(&response, &CERTIFICATE, &AUTHORITIES.root, now()).unwrap_err();
    assert_eq!(refused, StatusError::IssuerMismatch);
}

#[test]
fn a_good_answer_of_the_issuer_itself_is_good_for_its_window() {
    for by_key in [true, false] {
        let expected = CertificateStatus {
            state: CertificateState::Good,
            source: StatusSource::Ocsp,
            this_update: at("2026-11-24T11:30:00Z"),
            next_update: Some(at("2026-11-24T12:30:00Z")),
        };
        assert_eq!(status(&ResponseRecipe { by_key, ..response(vec![good(&CERTIFICATE)]) }), Ok(expected));
    }
}

#[test]
fn revoked_suspended_and_unknown_are_told_apart() {
    let final_state = |reason| Ok(CertificateState::Revoked { reason, at: revoked_at() });
    assert_eq!(status_of(revoked(&CERTIFICATE, None)), final_state(RevocationReason::Unspecified));
    let compromised = revoked(&CERTIFICATE, Some(CrlReason::KeyCompromise));
    assert_eq!(status_of(compromised), final_state(RevocationReason::KeyCompromise));
    let ceased = revoked(&CERTIFICATE, Some(CrlReason::CessationOfOperation));
    assert_eq!(status_of(ceased), final_state(RevocationReason::CessationOfOperation));
    let held = revoked(&CERTIFICATE, Some(CrlReason::CertificateHold));
    assert_eq!(status_of(held), Ok(CertificateState::Suspended { at: revoked_at() }));
    let unknown = AnswerRecipe { status: CertStatus::Unknown(Null), ..good(&CERTIFICATE) };
    assert_eq!(status_of(unknown), Ok(CertificateState::Unknown));
}

#[test]
fn an_answer_may_name_the_certificate_by_sha_256() {
    let by_sha_256 = certificate_id(&CERTIFICATE, &AUTHORITIES.issuing, SHA_256);
    assert_eq!(
        status_of(AnswerRecipe { certificate_id: by_sha_256, ..good(&CERTIFICATE) }),
        Ok(CertificateState::Good)
    );
}

#[test]
fn an_answer_for_another_serial_number_or_issuer_is_not_taken() {
    let other = AUTHORITIES.issue(&Recipe { serial_number: vec![0x77], ..employee() });
    assert_eq!(status_of(good(&other)), Err(StatusError::OtherCertificate));
    let of_root = certificate_id(&CERTIFICATE, &AUTHORITIES.root, "1.3.14.3.2.26");
    let of_root = AnswerRecipe { certificate_id: of_root, ..good(&CERTIFICATE) };
    assert_eq!(status_of(of_root), Err(StatusError::OtherCertificate));
    let mut one_hash = certificate_id(&CERTIFICATE, &AUTHORITIES.issuing, "1.3.14.3.2.26");
    one_hash.issuer_key_hash = certificate_id(&CERTIFICATE, &AUTHORITIES.root, "1.3.14.3.2.26").issuer_key_hash;
    let one_hash = AnswerRecipe { certificate_id: one_hash, ..good(&CERTIFICATE) };
    assert_eq!(status_of(one_hash), Err(StatusError::OtherCertificate));
    assert_eq!(status(&response(vec![])), Err(StatusError::OtherCertificate));
}

#[test]
fn the_answer_about_the_certificate_is_found_among_others_and_the_strictest_counts() {
    let other = AUTHORITIES.issue(&Recipe { serial_number: vec![0x77], ..employee() });
    let among = response(vec![revoked(&other, None), good(&CERTIFICATE)]);
    assert_eq!(status(&among).unwrap().state, CertificateState::Good);
    let held = revoked(&CERTIFICATE, Some(CrlReason::CertificateHold));
    let contradictory = response(vec![good(&CERTIFICATE), held, good(&CERTIFICATE)]);
    assert_eq!(status(&contradictory).unwrap().state, CertificateState::Suspended { at: revoked_at() });
}

#[test]
fn a_nonce_must_be_that_of_the_request_and_may_be_absent() {
    let recipe = |extensions| ResponseRecipe { extensions, ..response(vec![good(&CERTIFICATE)]) };
    assert!(answer(&recipe(vec![nonce(&[0x5A; 32])])).unwrap().carries_nonce());
    assert!(!answer(&recipe(vec![])).unwrap().carries_nonce());
    for other in [vec![nonce(&[0x5B; 32])], vec![nonce(&[0x5A; 31])], vec![(NONCE, false, vec![0x5A; 32])]] {
        assert_eq!(answer(&recipe(other)), Err(StatusError::NonceMismatch));
    }
    // An answer that was kept is read without its request.
    let kept = recipe(vec![nonce(&[0x5B; 32])]).sign();
    assert!(verify_ocsp_response(&kept, &CERTIFICATE, &AUTHORITIES.issuing, now()).unwrap().carries_nonce());
}

#[test]
fn a_stale_answer_is_told_apart_from_one_from_the_future() {
    let second = TimeDelta::seconds(1);
    let judge = |answer: &AnswerRecipe, at: DateTime<Utc>| {
        let recipe = ResponseRecipe { produced_at: answer.this_update, ..response(vec![answer.clone()]) };
        request().verify_response(&recipe.sign(), at).map(|answer| answer.status().unwrap().state)
    };
    let answer = good(&CERTIFICATE);
    let (first, last) = (answer.this_update, answer.next_update.unwrap());
    assert_eq!(judge(&answer, last), Ok(CertificateState::Good));
    let stale = judge(&answer, last + second).unwrap_err();
    assert_eq!(stale, StatusError::Stale { until: last, at: last + second });
    assert_eq!(stale.fault(), StatusFault::Stale);
    assert_eq!(judge(&answer, first - CLOCK_SKEW_TOLERANCE), Ok(CertificateState::Good));
    let early = first - CLOCK_SKEW_TOLERANCE - second;
    assert_eq!(judge(&answer, early), Err(StatusError::FromTheFuture { from: first, at: early }));

    let endless = AnswerRecipe { next_update: None, ..answer.clone() };
    assert_eq!(judge(&endless, first + LIFE_WITHOUT_NEXT_UPDATE), Ok(CertificateState::Good));
    let late = judge(&endless, first + LIFE_WITHOUT_NEXT_UPDATE + second).unwrap_err();
    assert_eq!(late.fault(), StatusFault::Stale);

    let produced_later = ResponseRecipe { produced_at: at("2026-11-24T12:06:00Z"), ..response(vec![answer.clone()]) };
    assert_eq!(
        status(&produced_later),
        Err(StatusError::FromTheFuture { from: produced_later.produced_at, at: now() })
    );
    let backwards = AnswerRecipe { next_update: Some(first - second), ..answer };
    assert_eq!(judge(&backwards, now()), Err(StatusError::Malformed("the OCSP response")));
}

#[test]
fn an_appointed_responder_is_accepted_by_name_and_by_key() {
    let answer = appointed(&responder()).unwrap();
    assert_eq!(answer.status().unwrap().state, CertificateState::Good);
    assert_eq!(answer.responder_to_check(), None);
    let certificate = AUTHORITIES.issue(&responder());
    let by_name = ResponseRecipe {
        by_key: false,
        responder: certificate.clone(),
        certificates: vec![CERTIFICATE.clone(), certificate],
        ..response(vec![good(&CERTIFICATE)])
    };
    assert!(request().verify_response(&by_name.sign_by(responder_key()), now()).is_ok());
}

#[test]
fn a_responder_without_nocheck_must_be_checked_first() {
    let answer = appointed(&Recipe { other_extensions: vec![], ..responder() }).unwrap();
    assert_eq!(answer.status(), Err(StatusError::ResponderUnchecked));
    let to_check = answer.responder_to_check().unwrap();
    assert_eq!(to_check.serial_number(), "51");

    let not_revoked = list(1, vec![]).verified().status(to_check, now()).unwrap();
    assert_eq!(answer.status_given_responder(&not_revoked).unwrap().state, CertificateState::Good);
    let revoked = list(1, vec![status_support::entry(&[0x51], 1)]).verified().status(to_check, now()).unwrap();
    assert_eq!(answer.status_given_responder(&revoked), Err(StatusError::ResponderNotGood));
}

#[test]
fn a_responder_that_the_issuer_did_not_appoint_proves_nothing() {
    let refused = |fault| Err(StatusError::ResponderNotAuthorised(fault));
    let without_purpose = Recipe { extended_key_usage: vec![], ..responder() };
    assert_eq!(appointed(&without_purpose), refused(ResponderFault::NotForOcspSigning));
    let any_purpose = Recipe { extended_key_usage: vec!["2.5.29.37.0"], ..responder() };
    assert_eq!(appointed(&any_purpose), refused(ResponderFault::NotForOcspSigning));
    let other_usage = Recipe { key_usage: Some(1 << 2), ..responder() };
    assert_eq!(appointed(&other_usage), refused(ResponderFault::NotForOcspSigning));
    let expired = Recipe { not_after: at("2026-11-24T11:59:59Z"), ..responder() };
    assert_eq!(appointed(&expired), refused(ResponderFault::OutsideValidity));
    let not_yet = Recipe { not_before: at("2026-11-24T12:00:01Z"), ..responder() };
    assert_eq!(appointed(&not_yet), refused(ResponderFault::OutsideValidity));
    let critical = Recipe { other_extensions: vec![("1.3.6.1.4.1.32473.99", true, &[0x05, 0x00])], ..responder() };
    assert_eq!(appointed(&critical), refused(ResponderFault::NotUnderstood));

    let root_name = authority("Øvelse rod-CA").subject;
    let by_root = responder().issue(responder_key(), &root_name, &ROOT_KEY);
    assert_eq!(appointed_with(by_root), refused(ResponderFault::OtherIssuer));
    let by_impostor = responder().issue(responder_key(), &AUTHORITIES.issuing_name, &OTHER_KEY);
    assert_eq!(appointed_with(by_impostor), refused(ResponderFault::OtherIssuer));

    // The employee's own key may not answer for the employee.
    let own = ResponseRecipe {
        responder: CERTIFICATE.clone(),
        certificates: vec![CERTIFICATE.clone()],
        ..response(vec![good(&CERTIFICATE)])
    };
    let own = request().verify_response(&own.sign_by(responder_key()), now());
    assert_eq!(own, refused(ResponderFault::NotForOcspSigning));

    let absent = ResponseRecipe { responder: AUTHORITIES.issue(&responder()), ..response(vec![good(&CERTIFICATE)]) };
    assert_eq!(request().verify_response(&absent.sign_by(responder_key()), now()), refused(ResponderFault::NotFound));
}

#[test]
fn a_signature_by_another_key_or_with_sha_1_is_refused() {
    let recipe = response(vec![good(&CERTIFICATE)]);
    let by_another = request().verify_response(&recipe.sign_by(&OTHER_KEY), now());
    assert_eq!(by_another, Err(StatusError::SignatureInvalid(SignatureInvalid::Mismatch)));
    let sha1 = AlgorithmIdentifierOwned {
        oid: ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5"),
        parameters: Some(Null.into()),
    };
    let with_sha_1 = answer(&ResponseRecipe { named_algorithm: Some(sha1), ..recipe.clone() });
    assert_eq!(with_sha_1, Err(StatusError::AlgorithmForbidden("RSA PKCS#1 SHA-1".to_owned())));
    for algorithm in [SignatureAlgorithm::RsaPkcs1Sha256, SignatureAlgorithm::RsaPssSha512] {
        assert!(answer(&ResponseRecipe { algorithm, ..recipe.clone() }).is_ok(), "{algorithm:?}");
    }
}

#[test]
fn a_responder_that_gives_no_answer_is_unavailable_and_not_bad() {
    let failures = [
        (x509_ocsp::OcspResponse::malformed_request(), OcspFailure::MalformedRequest),
        (x509_ocsp::OcspResponse::internal_error(), OcspFailure::InternalError),
        (x509_ocsp::OcspResponse::try_later(), OcspFailure::TryLater),
        (x509_ocsp::OcspResponse::sig_required(), OcspFailure::SignatureRequired),
        (x509_ocsp::OcspResponse::unauthorized(), OcspFailure::Unauthorized),
    ];
    for (response, failure) in failures {
        let error = request().verify_response(&response.to_der().unwrap(), now()).unwrap_err();
        assert_eq!(error, StatusError::NoAnswer(failure));
        assert_eq!(error.fault(), StatusFault::Unavailable);
    }
    let unnamed = [0x30, 0x03, 0x0A, 0x01, 0x04];
    assert_eq!(request().verify_response(&unnamed, now()), Err(StatusError::Malformed("the OCSP response")));
    let successful_and_empty = [0x30, 0x03, 0x0A, 0x01, 0x00];
    let refused = request().verify_response(&successful_and_empty, now());
    assert_eq!(refused, Err(StatusError::Malformed("the OCSP response")));
}

#[test]
fn a_response_of_another_type_is_not_understood() {
    let mut response = x509_ocsp::OcspResponse::from_der(&response(vec![good(&CERTIFICATE)]).sign()).unwrap();
    response.response_bytes.as_mut().unwrap().response_type = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.99");
    let error = request().verify_response(&response.to_der().unwrap(), now()).unwrap_err();
    assert_eq!(error, StatusError::NotBasicResponse);
    assert_eq!(error.fault(), StatusFault::Unsupported);
}

#[test]
fn a_critical_extension_that_is_not_understood_is_refused() {
    const UNKNOWN: &str = "1.3.6.1.4.1.32473.99";
    let refused = Err(StatusError::UnknownCriticalExtension { oid: UNKNOWN.to_owned() });
    let critical: RawExtension = (UNKNOWN, true, vec![0x05, 0x00]);
    let of_response = ResponseRecipe { extensions: vec![critical.clone()], ..response(vec![good(&CERTIFICATE)]) };
    assert_eq!(status(&of_response), refused);
    let of_answer = AnswerRecipe { extensions: vec![critical], ..good(&CERTIFICATE) };
    assert_eq!(status(&response(vec![of_answer])), refused);
    let tolerated = AnswerRecipe { extensions: vec![(UNKNOWN, false, vec![0x05, 0x00])], ..good(&CERTIFICATE) };
    assert_eq!(status_of(tolerated), Ok(CertificateState::Good));
}

#[test]
fn a_response_that_is_cut_short_goes_on_or_is_too_large_is_refused() {
    let certificate = AUTHORITIES.issue(&responder());
    let recipe = ResponseRecipe { certificates: vec![certificate], ..response(vec![good(&CERTIFICATE)]) };
    let sound = recipe.sign();
    assert!(request().verify_response(&sound, now()).is_ok());
    for length in 0..sound.len() {
        let refused = request().verify_response(&sound[..length], now());
        assert_eq!(refused, Err(StatusError::Malformed("the OCSP response")), "{length}");
    }
    let mut longer = sound;
    longer.push(0);
    assert_eq!(request().verify_response(&longer, now()), Err(StatusError::Malformed("the OCSP response")));
    let large = vec![0x30; MAXIMUM_OCSP_RESPONSE_BYTES + 1];
    assert!(matches!(request().verify_response(&large, now()), Err(StatusError::TooLarge { .. })));
    let many = ResponseRecipe { certificates: vec![AUTHORITIES.issue(&responder()); 9], ..recipe };
    assert_eq!(answer(&many), Err(StatusError::Malformed("the OCSP response")));
}

#[test]
fn no_changed_bit_turns_revoked_into_anything_else_and_none_panics() {
    let responder = AUTHORITIES.issue(&responder());
    let recipe = ResponseRecipe {
        extensions: vec![nonce(&[0x5A; 32])],
        responder: responder.clone(),
        certificates: vec![responder],
        ..response(vec![revoked(&CERTIFICATE, Some(CrlReason::KeyCompromise))])
    };
    let sound = recipe.sign_by(responder_key());
    let expected = request().verify_response(&sound, now()).unwrap().status().cloned();
    for place in 0..sound.len() {
        for changed in [0x01, 0x80, 0xFF] {
            let mut bytes = sound.clone();
            bytes[place] ^= changed;
            // What is not signed, such as a second certificate's padding, may change without changing the answer.
            if let Ok(answer) = request().verify_response(&bytes, now()) {
                assert_eq!(answer.status().cloned(), expected, "{place} ^ {changed:#x}");
            }
        }
    }
}

#[test]
fn the_issuers_key_is_what_counts_and_not_its_name() {
    // Another authority with the same name and another key, whose responder vouches for the certificate.
    let impostor =
        authority("Øvelse udstedende-CA 1").issue(&OTHER_KEY, &authority("Øvelse rod-CA").subject, &ROOT_KEY);
    let recipe = ResponseRecipe {
        responder: impostor.clone(),
        certificates: vec![impostor],
        by_key: false,
        ..response(vec![good(&CERTIFICATE)])
    };
    let refused = request().verify_response(&recipe.sign_by(&OTHER_KEY), now()).unwrap_err();
    assert_eq!(refused.fault(), StatusFault::Bad, "{refused}");
    assert!(request().verify_response(&recipe.sign_by(&ISSUING_KEY), now()).is_ok());
}

#[test]
fn a_kept_response_says_when_it_was_made_and_an_error_does_not() {
    let certificate = AUTHORITIES.issue(&employee());
    let der = response(vec![good(&certificate)]).sign();
    assert_eq!(ocsp_produced_at(&der), Ok(at("2026-11-24T11:45:00Z")));
    assert_eq!(ocsp_produced_at(&[0x30, 0x03, 0x0A, 0x01, 0x03]), Err(StatusError::NoAnswer(OcspFailure::TryLater)));
    assert_eq!(ocsp_produced_at(&der[1..]), Err(StatusError::Malformed("the OCSP response")));
    let large = vec![0; MAXIMUM_OCSP_RESPONSE_BYTES + 1];
    assert!(matches!(ocsp_produced_at(&large), Err(StatusError::TooLarge { .. })));
}
