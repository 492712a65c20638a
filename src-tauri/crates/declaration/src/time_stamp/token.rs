//! Judging a token: CMS `SignedData` over a `TSTInfo` ([RFC 3161 §2.4.2], [RFC 5816 §2.2]).

use super::messages::{TstInfo, generalized_time};
use super::{CLOCK_TOLERANCE, TIME_STAMP_LIMIT, TimeStampError, TimeStampToken};
use crate::signed_data::{CERTIFICATE_LIMIT, single_value};
use crate::signing_certificate::{
    SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2, SigningCertificate, SigningCertificateV2, digest_algorithm,
};
use aws_lc_rs::digest::{SHA384, SHA512, digest};
use chrono::{DateTime, Utc};
use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignedAttributes, SignedData, SignerIdentifier, SignerInfo};
use const_oid::ObjectIdentifier;
use const_oid::db::{rfc5911, rfc5912};
use der::asn1::{Int, OctetString};
use der::referenced::OwnedToRef;
use der::{Decode, Encode};
use pki::{Certificate, Profile, SignatureAlgorithm, TrustAnchor};

/// id-ct-TSTInfo ([RFC 3161 §2.4.2]).
pub(super) const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// id-kp-timeStamping ([RFC 3161 §2.3]).
const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";

/// Key usages of an authority's key that sign tokens.
const SIGNING_USAGES: [&str; 2] = ["digitalSignature", "nonRepudiation"];

const MALFORMED: TimeStampError = TimeStampError::Malformed("the time-stamp token");

/// Judges everything but the nonce, which is returned.
pub(super) fn verify(
    der: &[u8],
    expected: &[u8; 32],
    more: &[Certificate],
    anchors: &[TrustAnchor],
    at: DateTime<Utc>,
) -> Result<(TimeStampToken, Option<Int>), TimeStampError> {
    if der.len() > TIME_STAMP_LIMIT {
        return Err(TimeStampError::TooLarge);
    }
    let outer = ContentInfo::from_der(der).map_err(|_| MALFORMED)?;
    if outer.content_type != rfc5911::ID_SIGNED_DATA {
        return Err(MALFORMED);
    }
    let signed_data: SignedData = outer.content.decode_as().map_err(|_| MALFORMED)?;
    let [signer_info] = signed_data.signer_infos.0.as_slice() else { return Err(MALFORMED) };
    let content = signed_data.encap_content_info.econtent.as_ref().ok_or(MALFORMED)?;
    let content: OctetString = content.decode_as().map_err(|_| MALFORMED)?;
    if signed_data.encap_content_info.econtent_type != TST_INFO || signed_data.version != CmsVersion::V3 {
        return Err(MALFORMED);
    }

    let (signer, others) = certificates(&signed_data, signer_info, more)?;
    check_signature(signer_info, content.as_bytes(), &signer)?;

    // From here on, what is read is what the signer signed.
    let info = TstInfo::from_der(content.as_bytes()).map_err(|_| MALFORMED)?;
    let critical = |extension: &x509_cert::ext::Extension| extension.critical;
    if info.version != 1 || info.extensions.is_some_and(|extensions| extensions.iter().any(critical)) {
        return Err(MALFORMED);
    }
    let time = generalized_time(&info.time).ok_or(MALFORMED)?;
    if info.message_imprint.hash_algorithm.oid != rfc5912::ID_SHA_256
        || digest_algorithm(&info.message_imprint.hash_algorithm).is_none()
        || info.message_imprint.hashed_message.as_bytes() != expected
    {
        return Err(TimeStampError::OtherImprint);
    }
    check_purpose(&signer)?;
    if time > at + CLOCK_TOLERANCE {
        return Err(TimeStampError::FromTheFuture { time, at });
    }
    let candidates: Vec<Certificate> = others.iter().chain(more).cloned().collect();
    let authority = pki::validate(&signer, &candidates, anchors, time, Profile::Any)
        .into_validated()
        .map_err(|report| TimeStampError::Certificate(Box::new(report)))?;
    let mut carried = vec![signer];
    carried.extend(others);
    let serial_number = hex::encode(info.serial_number.as_bytes());
    let token = TimeStampToken {
        der: der.to_vec(),
        digest: *expected,
        time,
        accuracy: info.accuracy.as_ref().map(super::messages::Accuracy::duration),
        policy: info.policy.to_string(),
        serial_number: serial_number.trim_start_matches('0').to_owned(),
        authority,
        certificates: carried,
    };
    Ok((token, info.nonce))
}

/// The signer's certificate, and the others that the token carries.
fn certificates(
    signed_data: &SignedData,
    signer_info: &SignerInfo,
    more: &[Certificate],
) -> Result<(Certificate, Vec<Certificate>), TimeStampError> {
    let set = signed_data.certificates.as_ref().map(|set| set.0.as_slice()).unwrap_or_default();
    if set.len() > CERTIFICATE_LIMIT {
        return Err(TimeStampError::TooLarge);
    }
    let SignerIdentifier::IssuerAndSerialNumber(wanted) = &signer_info.sid else {
        return Err(TimeStampError::SignerMissing);
    };
    let is_wanted = |parsed: &x509_cert::Certificate| {
        parsed.tbs_certificate.issuer == wanted.issuer && parsed.tbs_certificate.serial_number == wanted.serial_number
    };
    let mut signer = None;
    let mut others = Vec::new();
    for choice in set {
        let CertificateChoices::Certificate(parsed) = choice else { return Err(MALFORMED) };
        let der = parsed.to_der().map_err(|_| MALFORMED)?;
        let certificate = Certificate::from_der(&der).map_err(|_| MALFORMED)?;
        if is_wanted(parsed) && signer.is_none() {
            signer = Some(certificate);
        } else {
            others.push(certificate);
        }
    }
    let elsewhere = || {
        more.iter()
            .find(|known| x509_cert::Certificate::from_der(known.der()).is_ok_and(|parsed| is_wanted(&parsed)))
            .cloned()
    };
    Ok((signer.or_else(elsewhere).ok_or(TimeStampError::SignerMissing)?, others))
}

fn check_signature(signer_info: &SignerInfo, content: &[u8], signer: &Certificate) -> Result<(), TimeStampError> {
    let digest_of_content = digest_algorithm(&signer_info.digest_alg).ok_or(TimeStampError::AlgorithmForbidden)?;
    let attributes = signer_info.signed_attrs.as_ref().ok_or(MALFORMED)?;
    let content_type =
        single_value(attributes, rfc5911::ID_CONTENT_TYPE).and_then(|value| value.decode_as::<ObjectIdentifier>().ok());
    if content_type != Some(TST_INFO) {
        return Err(MALFORMED);
    }
    let signed_digest = single_value(attributes, rfc5911::ID_MESSAGE_DIGEST)
        .and_then(|value| value.decode_as::<OctetString>().ok())
        .ok_or(MALFORMED)?;
    let algorithm = accepted_algorithm(signer_info).ok_or(TimeStampError::AlgorithmForbidden)?;
    let signed = attributes.to_der().map_err(|_| MALFORMED)?;
    pki::verify_signature(signer.subject_public_key_info(), algorithm, &signed, signer_info.signature.as_bytes())
        .map_err(|_| TimeStampError::SignatureInvalid)?;
    if signed_digest.as_bytes() != digest(digest_of_content, content).as_ref() {
        return Err(TimeStampError::DigestMismatch);
    }
    if !names_signer(attributes, signer) {
        return Err(TimeStampError::SigningCertificate);
    }
    Ok(())
}

/// Whether the attribute that names the signer's certificate does; where both versions are there, each must.
fn names_signer(attributes: &SignedAttributes, signer: &Certificate) -> bool {
    let has = |oid| attributes.iter().any(|attribute| attribute.oid == oid);
    let (first, second) = (has(SIGNING_CERTIFICATE), has(SIGNING_CERTIFICATE_V2));
    let by_first = || {
        single_value(attributes, SIGNING_CERTIFICATE)
            .and_then(|value| value.decode_as::<SigningCertificate>().ok())
            .and_then(|named| named.names(signer))
    };
    let by_second = || {
        single_value(attributes, SIGNING_CERTIFICATE_V2)
            .and_then(|value| value.decode_as::<SigningCertificateV2>().ok())
            .and_then(|named| named.names(signer))
    };
    (first || second) && (!first || by_first() == Some(true)) && (!second || by_second() == Some(true))
}

fn accepted_algorithm(signer_info: &SignerInfo) -> Option<SignatureAlgorithm> {
    let identifier = &signer_info.signature_algorithm;
    // PKCS#1 v1.5 may be named by the key's OID alone; the digest is then the signer's ([RFC 3370 §3.2]).
    if identifier.oid == rfc5912::RSA_ENCRYPTION {
        let algorithm = digest_algorithm(&signer_info.digest_alg)?;
        return Some(if algorithm == &SHA384 {
            SignatureAlgorithm::RsaPkcs1Sha384
        } else if algorithm == &SHA512 {
            SignatureAlgorithm::RsaPkcs1Sha512
        } else {
            SignatureAlgorithm::RsaPkcs1Sha256
        });
    }
    SignatureAlgorithm::from_algorithm_identifier(&identifier.owned_to_ref())
}

/// The certificate must be for time-stamping alone, critically ([RFC 3161 §2.3]).
fn check_purpose(signer: &Certificate) -> Result<(), TimeStampError> {
    let alone = signer
        .extended_key_usage()
        .is_some_and(|usage| usage.critical && usage.purposes.iter().map(String::as_str).eq([TIME_STAMPING]));
    let usages = &signer.description().key_usage;
    let signs = usages.is_empty() || usages.iter().any(|usage| SIGNING_USAGES.contains(&usage.as_str()));
    if alone && signs { Ok(()) } else { Err(TimeStampError::Purpose) }
}
