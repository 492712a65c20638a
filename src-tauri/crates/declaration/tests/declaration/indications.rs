//! Indications and sub-indications after ETSI EN 319 102-1, in the standard's own words.

use crate::authority::{AUTHORITY, Holder, at, now};
use crate::journey::signed;
use crate::signatures::sign_again;
use crate::time_stamps::anchors;
use chrono::{DateTime, Utc};
use declaration::{Indication, SubIndication, VerificationCode, VerificationReport, verify};
use der::Encode;
use der::asn1::OctetString;
use pki::{Profile, SignatureAlgorithm, SigningKey, TrustAnchor};

fn holder() -> &'static Holder {
    &AUTHORITY.employee_p256
}

fn report(pdf: &[u8], anchors: &[TrustAnchor], when: DateTime<Utc>) -> VerificationReport {
    verify(pdf, anchors, Profile::PracticeEmployee, when)
}

#[track_caller]
fn came_to(report: &VerificationReport, indication: Indication, why: SubIndication) {
    let found = (report.indication, report.sub_indication);
    assert_eq!(found, (indication, Some(why)), "{:?}", report.findings);
    assert_eq!(report.level, None);
}

#[test]
fn what_is_wrong_with_a_signature_is_told_in_the_standards_words() {
    let pdf = signed(holder()).pdf().to_vec();
    came_to(&report(b"%PDF-1.7", anchors(), now()), Indication::TotalFailed, SubIndication::FormatFailure);
    came_to(&report(&pdf[..pdf.len() - 1], anchors(), now()), Indication::TotalFailed, SubIndication::FormatFailure);

    let mut changed = pdf.clone();
    let title = pdf.windows(10).position(|window| window == b"<dc:title>").expect("a title") + 70;
    changed[title] ^= 1;
    came_to(&report(&changed, anchors(), now()), Indication::TotalFailed, SubIndication::HashFailure);

    let forged = sign_again(&pdf, &AUTHORITY.colleague, |_| {}, |_| {});
    came_to(&report(&forged, anchors(), now()), Indication::TotalFailed, SubIndication::SigCryptoFailure);

    let unnamed = sign_again(&pdf, holder(), |attributes| drop(attributes.remove(2)), |_| {});
    let unnamed = report(&unnamed, anchors(), now());
    came_to(&unnamed, Indication::TotalFailed, SubIndication::NoSigningCertificateFound);

    came_to(&report(&pdf, anchors(), at("2026-11-24T11:28:59Z")), Indication::TotalFailed, {
        SubIndication::SigConstraintsFailure
    });

    let holder = &AUTHORITY.employee;
    let pdf = signed(holder).pdf().to_vec();
    let by_sha_512 = sign_again(
        &pdf,
        holder,
        |_| {},
        |signer| {
            let algorithm = SignatureAlgorithm::RsaPssSha512;
            let attributes = signer.signed_attrs.as_ref().expect("attributes").to_der().expect("DER");
            signer.signature =
                OctetString::new(holder.key.sign(algorithm, &attributes).expect("signed")).expect("short");
            signer.signature_algorithm = algorithm.algorithm_identifier();
        },
    );
    let by_sha_512 = report(&by_sha_512, anchors(), now());
    came_to(&by_sha_512, Indication::TotalFailed, SubIndication::CryptoConstraintsFailure);
}

#[test]
fn what_is_wrong_with_a_certificate_is_told_in_the_standards_words() {
    let pdf = signed(holder()).pdf().to_vec();
    let open = Indication::Indeterminate;
    came_to(&report(&pdf, &[], now()), open, SubIndication::NoCertificateChainFound);
    let strangers = signed(&AUTHORITY.stranger).pdf().to_vec();
    let strangers = report(&strangers, anchors(), now());
    assert_ne!(strangers.indication, Indication::TotalPassed);
    let crowd = vec![AUTHORITY.anchor.clone(); 65];
    came_to(&report(&pdf, &crowd, now()), open, SubIndication::CertificateChainGeneralFailure);
    came_to(&report(&pdf, anchors(), at("2030-01-01T00:00:00Z")), open, SubIndication::OutOfBoundsNoPoe);
    let other_profile = verify(&pdf, anchors(), Profile::OcesEmployee, now());
    came_to(&other_profile, Indication::TotalFailed, SubIndication::ChainConstraintsFailure);
    let expired = AUTHORITY.employee_with_validity(["2026-11-24T11:00:00Z", "2026-11-24T11:20:00Z"]);
    let expired = signed(&expired).pdf().to_vec();
    came_to(&report(&expired, anchors(), now()), Indication::TotalFailed, SubIndication::Expired);
}

#[test]
fn the_names_are_those_of_the_standard() {
    let name = |why: SubIndication| serde_json::to_value(why).expect("JSON");
    for (why, expected) in [
        (SubIndication::FormatFailure, "FORMAT_FAILURE"),
        (SubIndication::HashFailure, "HASH_FAILURE"),
        (SubIndication::SigCryptoFailure, "SIG_CRYPTO_FAILURE"),
        (SubIndication::Revoked, "REVOKED"),
        (SubIndication::Expired, "EXPIRED"),
        (SubIndication::NotYetValid, "NOT_YET_VALID"),
        (SubIndication::NoSigningCertificateFound, "NO_SIGNING_CERTIFICATE_FOUND"),
        (SubIndication::SigConstraintsFailure, "SIG_CONSTRAINTS_FAILURE"),
        (SubIndication::CryptoConstraintsFailure, "CRYPTO_CONSTRAINTS_FAILURE"),
        (SubIndication::TimestampOrderFailure, "TIMESTAMP_ORDER_FAILURE"),
        (SubIndication::ChainConstraintsFailure, "CHAIN_CONSTRAINTS_FAILURE"),
        (SubIndication::CertificateChainGeneralFailure, "CERTIFICATE_CHAIN_GENERAL_FAILURE"),
        (SubIndication::NoCertificateChainFound, "NO_CERTIFICATE_CHAIN_FOUND"),
        (SubIndication::RevokedNoPoe, "REVOKED_NO_POE"),
        (SubIndication::OutOfBoundsNoPoe, "OUT_OF_BOUNDS_NO_POE"),
        (SubIndication::NoPoe, "NO_POE"),
        (SubIndication::TryLater, "TRY_LATER"),
    ] {
        assert_eq!((name(why), why.as_str()), (expected.into(), expected));
    }
    assert_eq!(VerificationCode::StatusNotProven.sub_indication(), SubIndication::NoPoe);
}
