//! Time-stamps: given, judged, refused, and put into signatures (B-T).

use crate::authority::{AUTHORITY, Holder, TIME_STAMPING, VALIDITY, at, ballast, now, purposes};
use crate::journey::{receipt_for, signed};
use crate::signatures::{cms_of, contents, sign_again, with_cms};
use chrono::{DateTime, Utc};
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerInfos};
use const_oid::ObjectIdentifier;
use declaration::receipt::ReceiptError;
use declaration::terms::shipped;
use declaration::time_stamp::{
    self, FailureInfo, PRACTICE_TIME_STAMP_POLICY, TimeStampAuthority, TimeStampError, TimeStampRequest, TimeStampToken,
};
use declaration::{
    Indication, Level, SubIndication, UpgradeError, VerificationCode, VerificationReport, add_time_stamp, receipt,
    time_stamp_request_for, verify, verify_declaration,
};
use der::asn1::SetOfVec;
use der::{Any, Decode, Encode};
use pki::{Profile, TrustAnchor};
use x509_cert::attr::Attribute;

const SIGNATURE_TIME_STAMP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");
const NONCE: [u8; 16] = [0x80, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

/// When the tests' time-stamps are given: a minute after the signature.
pub fn stamped_at() -> DateTime<Utc> {
    at("2026-11-24T11:35:00Z")
}

pub fn anchors() -> &'static [TrustAnchor] {
    std::slice::from_ref(&AUTHORITY.anchor)
}

/// The response of an authority to a request.
pub fn answer(request: &[u8], holder: &Holder, time: DateTime<Utc>) -> time_stamp::TimeStampResponse {
    let authority = TimeStampAuthority {
        key: &holder.key,
        chain: &holder.chain[..2],
        policy: PRACTICE_TIME_STAMP_POLICY,
        accuracy_seconds: 1,
    };
    time_stamp::issue(request, &authority, &[0x80, 0x01], time).expect("the authority answers")
}

fn token_by(holder: &Holder, digest: [u8; 32], time: DateTime<Utc>) -> Result<TimeStampToken, TimeStampError> {
    let request = TimeStampRequest::new(digest, NONCE);
    request.verify_response(&answer(request.der(), holder, time).der, anchors(), now() + chrono::Duration::hours(1))
}

/// The document with a time-stamp of this moment.
pub fn stamped(pdf: &[u8], time: DateTime<Utc>) -> Vec<u8> {
    let request = time_stamp_request_for(pdf, NONCE).expect("a signed document");
    let response = answer(request.der(), &AUTHORITY.time_stamps, time);
    let token = request.verify_response(&response.der, anchors(), time).expect("the time-stamp holds");
    add_time_stamp(pdf, &token).expect("there is room")
}

fn report_at(pdf: &[u8], when: DateTime<Utc>) -> VerificationReport {
    verify(pdf, anchors(), Profile::PracticeEmployee, when)
}

/// The document with any bytes as its signature's time-stamp.
pub fn with_token(pdf: &[u8], token: &[u8]) -> Vec<u8> {
    let outer = ContentInfo::from_der(&cms_of(pdf)).expect("CMS");
    let mut signed_data: SignedData = outer.content.decode_as().expect("SignedData");
    let mut signer = signed_data.signer_infos.0.as_slice()[0].clone();
    let attribute = Attribute {
        oid: SIGNATURE_TIME_STAMP,
        values: SetOfVec::try_from(vec![Any::from_der(token).expect("DER")]).expect("one value"),
    };
    signer.unsigned_attrs = Some(SetOfVec::try_from(vec![attribute]).expect("one attribute"));
    signed_data.signer_infos = SignerInfos::try_from(vec![signer]).expect("one signer");
    let outer = ContentInfo { content_type: outer.content_type, content: Any::encode_from(&signed_data).expect("DER") };
    with_cms(pdf, &outer.to_der().expect("DER"))
}

#[test]
fn an_authority_stamps_exactly_what_it_is_asked_to_and_the_asker_can_tell() {
    for holder in [&AUTHORITY.time_stamps, &AUTHORITY.time_stamps_with(&purposes(true, &[TIME_STAMPING]), VALIDITY)] {
        let request = TimeStampRequest::under_policy([7; 32], NONCE, PRACTICE_TIME_STAMP_POLICY).expect("a policy");
        let response = answer(request.der(), holder, stamped_at());
        assert_eq!(response.failure, None);
        let token = request.verify_response(&response.der, anchors(), stamped_at()).expect("the time-stamp holds");
        assert_eq!(token.time(), stamped_at());
        assert_eq!(token.digest(), &[7; 32]);
        assert_eq!(token.policy(), PRACTICE_TIME_STAMP_POLICY);
        assert_eq!(token.accuracy(), Some(chrono::TimeDelta::seconds(1)));
        assert_eq!(token.serial_number(), "8001");
        assert_eq!(token.authority().certificate(), holder.certificate());
        assert_eq!(token.certificates().len(), 2);
        let kept = time_stamp::verify(token.der(), &[7; 32], &[], anchors(), now() + chrono::Duration::days(9000));
        assert_eq!(kept.expect("a kept token holds").der(), token.der());
    }
}

#[test]
fn a_request_that_wants_no_certificates_gets_none() {
    let request = TimeStampRequest::new([7; 32], NONCE);
    // certReq TRUE is the last element, and FALSE is left out in DER.
    let mut without = request.der()[..request.der().len() - 3].to_vec();
    without[1] -= 3;
    let response = answer(&without, &AUTHORITY.time_stamps, stamped_at());
    assert_eq!(response.failure, None);
    assert!(response.der.len() < 1_500);
    let refused = request.verify_response(&response.der, anchors(), stamped_at());
    assert!(matches!(refused, Err(TimeStampError::SignerMissing)));
}

#[test]
fn what_an_authority_does_not_stamp_it_refuses_with_the_standards_reason() {
    let good = TimeStampRequest::new([7; 32], NONCE);
    let changed = |from: &[u8], to: &[u8]| {
        let place = good.der().windows(from.len()).position(|window| window == from).expect("in the request");
        let mut request = good.der().to_vec();
        request[place..place + to.len()].copy_from_slice(to);
        request
    };
    let other_policy = TimeStampRequest::under_policy([7; 32], NONCE, "1.2.3.4").expect("a policy").der().to_vec();
    // [0] IMPLICIT Extensions with one that nobody knows.
    let mut extended = good.der().to_vec();
    extended.extend_from_slice(&[0xA0, 0x09, 0x30, 0x07, 0x06, 0x03, 0x2A, 0x03, 0x04, 0x04, 0x00]);
    extended[1] += 11;
    let sha256 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    let sha224 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04];
    let sha384 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
    for (request, failure) in [
        (changed(&sha256, &sha224), FailureInfo::BadAlg),
        (changed(&[2, 1, 1], &[2, 1, 2]), FailureInfo::BadRequest),
        (changed(&sha256, &sha384), FailureInfo::BadDataFormat),
        (good.der()[1..].to_vec(), FailureInfo::BadDataFormat),
        (Vec::new(), FailureInfo::BadDataFormat),
        (vec![0x30; 100_000], FailureInfo::BadDataFormat),
        (other_policy, FailureInfo::UnacceptedPolicy),
        (extended, FailureInfo::UnacceptedExtension),
    ] {
        let response = answer(&request, &AUTHORITY.time_stamps, stamped_at());
        assert_eq!(response.failure, Some(failure));
    }
    for failure in FailureInfo::ALL {
        let response = time_stamp::refuse(failure);
        match good.verify_response(&response.der, anchors(), stamped_at()) {
            Err(TimeStampError::Refused { status: 2, failure: said }) => assert_eq!(said, Some(failure)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_answer_to_another_request_is_refused() {
    let request = TimeStampRequest::new([7; 32], NONCE);
    let verify = |response: &[u8]| request.verify_response(response, anchors(), stamped_at());
    let other_digest = TimeStampRequest::new([8; 32], NONCE);
    let other_nonce = TimeStampRequest::new([7; 32], [9; 16]);
    let by = |request: &TimeStampRequest| answer(request.der(), &AUTHORITY.time_stamps, stamped_at()).der;
    assert!(matches!(verify(&by(&other_digest)), Err(TimeStampError::OtherImprint)));
    assert!(matches!(verify(&by(&other_nonce)), Err(TimeStampError::NonceMismatch)));
    let policy = TimeStampRequest::under_policy([7; 32], NONCE, "1.2.3.4").expect("a policy");
    let refused = policy.verify_response(&by(&request), anchors(), stamped_at());
    assert!(matches!(refused, Err(TimeStampError::OtherPolicy(_))));
}

#[test]
fn an_authority_whose_certificate_is_for_something_else_is_refused() {
    let other = "1.3.6.1.5.5.7.3.4";
    for extensions in [
        Vec::new(),
        purposes(false, &[TIME_STAMPING]),
        purposes(true, &[TIME_STAMPING, other]),
        purposes(true, &[other]),
        purposes(true, &["2.5.29.37.0"]),
    ] {
        let holder = AUTHORITY.time_stamps_with(&extensions, VALIDITY);
        assert!(matches!(token_by(&holder, [7; 32], stamped_at()), Err(TimeStampError::Purpose)));
    }
}

#[test]
fn an_authority_whose_certificate_does_not_hold_at_the_stated_time_is_refused() {
    let purpose = purposes(true, &[TIME_STAMPING]);
    let early = AUTHORITY.time_stamps_with(&purpose, ["2026-11-24T11:00:00Z", "2026-11-24T11:34:59Z"]);
    let late = AUTHORITY.time_stamps_with(&purpose, ["2026-11-24T11:35:01Z", "2029-11-24T11:00:00Z"]);
    for holder in [&early, &late] {
        assert!(matches!(token_by(holder, [7; 32], stamped_at()), Err(TimeStampError::Certificate(_))));
    }
    let request = TimeStampRequest::new([7; 32], NONCE);
    let response = answer(request.der(), &AUTHORITY.time_stamps, stamped_at());
    let nobody = request.verify_response(&response.der, &[], stamped_at());
    assert!(matches!(nobody, Err(TimeStampError::Certificate(_))));
}

#[test]
fn a_time_stamp_from_the_future_is_refused() {
    let request = TimeStampRequest::new([7; 32], NONCE);
    let response = answer(request.der(), &AUTHORITY.time_stamps, at("2026-11-24T11:40:01Z"));
    let early = request.verify_response(&response.der, anchors(), stamped_at());
    assert!(matches!(early, Err(TimeStampError::FromTheFuture { .. })));
    assert!(request.verify_response(&response.der, anchors(), at("2026-11-24T11:35:01Z")).is_ok());
}

#[test]
fn a_response_with_one_bit_flipped_or_cut_short_anywhere_is_refused() {
    let request = TimeStampRequest::new([7; 32], NONCE);
    let response = answer(request.der(), &AUTHORITY.time_stamps, stamped_at()).der;
    let good = request.verify_response(&response, anchors(), stamped_at()).expect("holds");
    for place in 0..response.len() {
        let mut changed = response.clone();
        changed[place] ^= 1 << (place % 8);
        // A superfluous certificate may change; what is taken then is the same statement.
        if let Ok(token) = request.verify_response(&changed, anchors(), stamped_at()) {
            assert_eq!((token.time(), token.digest()), (good.time(), good.digest()), "byte {place}");
            assert_eq!(token.authority().certificate(), good.authority().certificate(), "byte {place}");
        }
        assert!(request.verify_response(&response[..place], anchors(), stamped_at()).is_err());
    }
}

#[test]
fn a_time_stamp_makes_the_signature_b_t_and_changes_nothing_else() {
    for holder in [&AUTHORITY.employee, &AUTHORITY.employee_p256] {
        let declaration = signed(holder);
        let pdf = stamped(declaration.pdf(), stamped_at());
        let gap = contents(&pdf);
        assert_eq!(gap, contents(declaration.pdf()));
        assert_eq!(pdf[..gap.start], declaration.pdf()[..gap.start]);
        assert_eq!(pdf[gap.end..], declaration.pdf()[gap.end..]);
        let room = (gap.len() - 2) / 2;
        let used = cms_of(&pdf).len();
        assert!(used < room * 2 / 3, "{used} of {room} bytes: too little is left for the tokens of others");
        let verified = verify_declaration(&pdf, anchors(), Profile::PracticeEmployee, now(), shipped())
            .unwrap_or_else(|report| panic!("{:?}", report.findings));
        let report = verified.report();
        assert_eq!((report.indication, report.sub_indication), (Indication::TotalPassed, None));
        assert_eq!(report.level, Some(Level::BaselineT));
        assert_eq!(report.proven_time, Some(stamped_at()));
        assert_eq!(report.time_stamp_authority.as_ref(), Some(AUTHORITY.time_stamps.certificate()));
        assert_eq!(report.signing_time, Some(now()));
        assert_eq!(report.hints.first().map(|hint| hint.code), Some(VerificationCode::StatusNotProven));
    }
}

#[test]
fn a_receipt_can_be_time_stamped_too() {
    let declaration = signed(&AUTHORITY.employee_p256);
    let facts = receipt_for(&declaration);
    let pdf = receipt::issue(&facts, &AUTHORITY.seal.key, &AUTHORITY.seal.chain).expect("issued");
    let pdf = stamped(&pdf, stamped_at());
    let id = facts.declaration_id;
    let hash = declaration.sha256();
    let verified = receipt::verify_with_report(&pdf, anchors(), Profile::PracticeSeal, now(), id, &hash);
    let (receipt, report) = verified.expect("the receipt holds");
    assert_eq!(receipt, facts);
    assert_eq!((report.level, report.proven_time), (Some(Level::BaselineT), Some(stamped_at())));
    assert!(receipt::verify(&pdf, anchors(), Profile::PracticeSeal, now(), id, &hash).is_ok());
}

#[test]
fn a_receipt_counts_only_with_a_time_stamp_of_the_time_that_it_says() {
    let declaration = signed(&AUTHORITY.employee_p256);
    let facts = receipt_for(&declaration);
    let bare = receipt::issue(&facts, &AUTHORITY.seal.key, &AUTHORITY.seal.chain).expect("issued");
    let (id, hash) = (facts.declaration_id, declaration.sha256());
    let verified = |pdf: &[u8]| {
        let later = now() + chrono::Duration::hours(2);
        receipt::verify_time_stamped(pdf, anchors(), Profile::PracticeSeal, later, id, &hash)
    };
    assert_eq!(verified(&stamped(&bare, stamped_at())).expect("the receipt holds"), facts);
    assert!(matches!(verified(&bare), Err(ReceiptError::TimeNotProven)));
    let an_hour_late = stamped(&bare, now() + chrono::Duration::hours(1));
    assert!(matches!(verified(&an_hour_late), Err(ReceiptError::TimeNotProven)));
}

#[test]
fn a_signature_that_is_time_stamped_in_time_outlives_its_certificate() {
    let declaration = signed(&AUTHORITY.employee_p256);
    let six_years_on = at("2032-11-24T12:00:00Z");
    let bare = report_at(declaration.pdf(), six_years_on);
    assert_eq!(bare.indication, Indication::Indeterminate);
    assert_eq!(bare.sub_indication, Some(SubIndication::OutOfBoundsNoPoe));
    // Two years later, when no time-stamp could be had before.
    let late = at("2028-11-24T12:00:00Z");
    let pdf = stamped(declaration.pdf(), late);
    let report = report_at(&pdf, six_years_on);
    assert_eq!(report.indication, Indication::TotalPassed, "{:?}", report.findings);
    assert_eq!((report.level, report.proven_time), (Some(Level::BaselineT), Some(late)));
    let verified = verify_declaration(&pdf, anchors(), Profile::PracticeEmployee, six_years_on, shipped());
    assert!(verified.is_ok());
}

#[test]
fn a_time_stamp_that_comes_too_late_or_too_early_proves_nothing() {
    let expired_first = AUTHORITY.employee_with_validity(["2026-11-24T11:00:00Z", "2026-11-25T11:00:00Z"]);
    let pdf = stamped(signed(&expired_first).pdf(), at("2026-11-26T11:00:00Z"));
    let report = report_at(&pdf, at("2026-11-27T11:00:00Z"));
    assert_eq!(report.indication, Indication::Indeterminate);
    assert_eq!(report.sub_indication, Some(SubIndication::OutOfBoundsNoPoe));
    // The signature says that it is of 11.34, and was time-stamped before.
    let pdf = stamped(signed(&AUTHORITY.employee_p256).pdf(), at("2026-11-24T11:28:59Z"));
    let report = report_at(&pdf, now());
    assert_eq!(report.sub_indication, Some(SubIndication::TimestampOrderFailure));
    assert!(report.has(VerificationCode::TimeStampImplausible));
    // The certificate was not there yet.
    let not_yet = AUTHORITY.employee_with_validity(["2026-11-24T11:33:00Z", "2029-11-24T11:00:00Z"]);
    let pdf = stamped(signed(&not_yet).pdf(), at("2026-11-24T11:32:00Z"));
    let report = report_at(&pdf, now());
    assert_eq!((report.indication, report.sub_indication), (Indication::TotalFailed, Some(SubIndication::NotYetValid)));
}

#[test]
fn a_time_stamp_that_is_not_the_signatures_is_found_by_its_own_name() {
    let pdf = signed(&AUTHORITY.employee_p256).pdf().to_vec();
    let digest = *time_stamp_request_for(&pdf, NONCE).expect("signed").digest();
    let refused = |token: &[u8], code, why| {
        let report = report_at(&with_token(&pdf, token), now());
        assert_ne!(report.indication, Indication::TotalPassed);
        assert_eq!((report.level, report.proven_time), (None, None));
        assert_eq!(report.findings.first().map(|finding| finding.code), Some(code), "{:?}", report.findings);
        assert_eq!(report.sub_indication, Some(why));
    };
    let good = token_by(&AUTHORITY.time_stamps, digest, stamped_at()).expect("holds").der().to_vec();
    assert_eq!(report_at(&with_token(&pdf, &good), now()).level, Some(Level::BaselineT));

    let others = signed(&AUTHORITY.colleague).pdf().to_vec();
    let others = *time_stamp_request_for(&others, NONCE).expect("signed").digest();
    let of_others = token_by(&AUTHORITY.time_stamps, others, stamped_at()).expect("holds");
    assert!(matches!(add_time_stamp(&pdf, &of_others), Err(UpgradeError::OtherSignature)));
    refused(of_others.der(), VerificationCode::TimeStampOfOtherSignature, SubIndication::HashFailure);

    let mut altered = good.clone();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    refused(&altered, VerificationCode::TimeStampInvalid, SubIndication::SigCryptoFailure);
    let place = good.windows(15).position(|window| window == b"20261124113500Z").expect("the time");
    let mut redated = good.clone();
    redated[place + 13] = b'1';
    refused(&redated, VerificationCode::TimeStampInvalid, SubIndication::HashFailure);
    refused(&[0x05, 0x00], VerificationCode::TimeStampUnreadable, SubIndication::FormatFailure);

    let request = TimeStampRequest::new(digest, NONCE);
    let token_of = |holder: &Holder, time| granted_token(&answer(request.der(), holder, time).der);
    let wrong_purpose = AUTHORITY.time_stamps_with(&purposes(false, &[TIME_STAMPING]), VALIDITY);
    let why = SubIndication::ChainConstraintsFailure;
    refused(&token_of(&wrong_purpose, stamped_at()), VerificationCode::TimeStampAuthority, why);
    let expired = ["2026-11-24T11:00:00Z", "2026-11-24T11:34:59Z"];
    let expired = AUTHORITY.time_stamps_with(&purposes(true, &[TIME_STAMPING]), expired);
    let why = SubIndication::OutOfBoundsNoPoe;
    refused(&token_of(&expired, stamped_at()), VerificationCode::TimeStampAuthority, why);
    let future = token_of(&AUTHORITY.time_stamps, at("2026-11-24T11:39:01Z"));
    refused(&future, VerificationCode::TimeStampImplausible, SubIndication::TimestampOrderFailure);
}

/// The token of a response, whatever it is worth.
fn granted_token(response: &[u8]) -> Vec<u8> {
    let fields: Vec<Any> = Decode::from_der(response).expect("a response with a token");
    fields[1].to_der().expect("DER")
}

#[test]
fn a_signature_is_time_stamped_once() {
    let pdf = stamped(signed(&AUTHORITY.employee_p256).pdf(), stamped_at());
    assert!(matches!(time_stamp_request_for(&pdf, NONCE), Err(UpgradeError::AlreadyTimeStamped)));
    let token = token_by(&AUTHORITY.time_stamps, [7; 32], stamped_at()).expect("holds");
    assert!(matches!(add_time_stamp(&pdf, &token), Err(UpgradeError::AlreadyTimeStamped)));
    assert!(matches!(time_stamp_request_for(b"%PDF-1.7", NONCE), Err(UpgradeError::Document { .. })));
    let unsigned = crate::journey::draft(&AUTHORITY.employee_p256).pdf().to_vec();
    assert!(matches!(
        time_stamp_request_for(&unsigned, NONCE),
        Err(UpgradeError::Document { code: VerificationCode::NoSignature, .. })
    ));
}

#[test]
fn other_attributes_that_are_not_signed_are_still_found_beside_a_time_stamp() {
    let pdf = stamped(signed(&AUTHORITY.employee_p256).pdf(), stamped_at());
    let doubled = sign_again(
        &pdf,
        &AUTHORITY.employee_p256,
        |_| {},
        |signer| {
            let attribute = signer.unsigned_attrs.as_ref().expect("the time-stamp").as_slice()[0].clone();
            let other = Attribute { oid: ObjectIdentifier::new_unwrap("1.2.3.4"), values: attribute.values.clone() };
            signer.unsigned_attrs = Some(SetOfVec::try_from(vec![attribute, other]).expect("two attributes"));
        },
    );
    assert!(report_at(&doubled, now()).has(VerificationCode::UnsignedAttribute));
}

#[test]
fn a_time_stamp_that_does_not_fit_is_refused() {
    let pdf = signed(&AUTHORITY.employee).pdf().to_vec();
    let request = time_stamp_request_for(&pdf, NONCE).expect("signed");
    for (bytes, fits) in [(12_000, true), (20_000, false)] {
        let holder = AUTHORITY.time_stamps_with(&[purposes(true, &[TIME_STAMPING]), ballast(bytes)].concat(), VALIDITY);
        let response = answer(request.der(), &holder, stamped_at()).der;
        let token = request.verify_response(&response, anchors(), stamped_at()).expect("holds");
        match add_time_stamp(&pdf, &token) {
            Ok(stamped) => assert_eq!((fits, report_at(&stamped, now()).level), (true, Some(Level::BaselineT))),
            Err(error) => assert!(!fits && matches!(error, UpgradeError::NoRoom { .. }), "{bytes}: {error}"),
        }
    }
}
