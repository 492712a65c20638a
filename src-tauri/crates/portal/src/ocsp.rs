//! The OCSP responder ([RFC 6960]), with a certificate of its own from the issuing CA ([RFC 6960 §2.6]).

pub(crate) mod answers;

use crate::certificate_authority::revocation_list::Entry;
use crate::certificate_authority::{CertificateAuthority, IssuanceError, asn1_time, sha1};
use aws_lc_rs::digest;
use chrono::{DateTime, TimeDelta, Utc};
use const_oid::db::rfc5912::{ID_SHA_1, ID_SHA_256, ID_SHA_384, ID_SHA_512};
use const_oid::db::rfc6960::ID_PKIX_OCSP_NONCE;
use der::asn1::{BitString, Null, OctetString};
use der::{Decode, Encode};
use pki::{Certificate, SignatureAlgorithm, SigningKey};
use x509_cert::ext::Extension;
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspRequest, OcspResponse, ResponderId, ResponseData,
    RevokedInfo, SingleResponse, Version,
};

/// How long an answer may be relied on.
const VALIDITY: TimeDelta = TimeDelta::hours(1);
/// How many certificates one request may ask about.
const CERTIFICATES: usize = 32;
/// How long a nonce may be ([RFC 9654 §2.1]); an empty one is refused as well.
const NONCE: std::ops::RangeInclusive<usize> = 1..=128;

/// A request that can be answered.
pub(crate) struct AnswerableRequest {
    certificates: Vec<CertId>,
    /// The nonce extension, to be given back as it came.
    nonce: Option<Extension>,
}

impl AnswerableRequest {
    pub(crate) fn certificates(&self) -> &[CertId] {
        &self.certificates
    }
}

/// The request is not one that the standard allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Malformed {
    /// The answer to it, which is not signed ([RFC 6960 §2.3]).
    pub(crate) fn response(self) -> Result<Vec<u8>, IssuanceError> {
        Ok(OcspResponse::malformed_request().to_der()?)
    }
}

/// The status of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Status {
    Good,
    Revoked(Entry),
    Unknown,
}

impl Status {
    /// From what the database says of a serial number.
    pub(crate) fn recorded(recorded: Option<Option<Entry>>) -> Self {
        match recorded {
            None => Self::Unknown,
            Some(None) => Self::Good,
            Some(Some(entry)) => Self::Revoked(entry),
        }
    }
}

/// Reads a request, DER.
pub(crate) fn parse(der: &[u8]) -> Result<AnswerableRequest, Malformed> {
    let request = OcspRequest::from_der(der).map_err(|_| Malformed)?.tbs_request;
    if request.request_list.is_empty() || request.request_list.len() > CERTIFICATES {
        return Err(Malformed);
    }
    let mut nonce = None;
    for extension in request.request_extensions.into_iter().flatten() {
        if extension.extn_id == ID_PKIX_OCSP_NONCE {
            let value = OctetString::from_der(extension.extn_value.as_bytes()).map_err(|_| Malformed)?;
            if !NONCE.contains(&value.as_bytes().len()) || nonce.is_some() {
                return Err(Malformed);
            }
            nonce = Some(Extension { critical: false, ..extension });
        } else if extension.critical {
            return Err(Malformed);
        }
    }
    let certificates = request.request_list.into_iter().map(|request| request.req_cert).collect();
    Ok(AnswerableRequest { certificates, nonce })
}

/// The serial number that is asked about, lower-case hexadecimal, where its issuer is our issuing CA.
pub(crate) fn serial_number(authority: &CertificateAuthority, asked: &CertId) -> Option<String> {
    let algorithm = match asked.hash_algorithm.oid {
        ID_SHA_1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        ID_SHA_256 => &digest::SHA256,
        ID_SHA_384 => &digest::SHA384,
        ID_SHA_512 => &digest::SHA512,
        _ => return None,
    };
    let issuer = &authority.issuing_parts.tbs_certificate;
    let name = issuer.subject.to_der().ok()?;
    let key = issuer.subject_public_key_info.subject_public_key.raw_bytes();
    let ours = digest::digest(algorithm, &name).as_ref() == asked.issuer_name_hash.as_bytes()
        && digest::digest(algorithm, key).as_ref() == asked.issuer_key_hash.as_bytes();
    ours.then(|| hex::encode(asked.serial_number.as_bytes()).trim_start_matches('0').to_owned())
}

/// Builds and signs the answer, DER, with `responder` as the responder's certificate. `statuses` are those of the
/// request's certificates, in their order.
pub(crate) fn respond(
    authority: &CertificateAuthority,
    responder: &Certificate,
    request: &AnswerableRequest,
    statuses: &[Status],
    now: DateTime<Utc>,
) -> Result<Vec<u8>, IssuanceError> {
    let this_update = OcspGeneralizedTime::from(asn1_time(now)?);
    let next_update = OcspGeneralizedTime::from(asn1_time(now + VALIDITY)?);
    let mut responses = Vec::with_capacity(statuses.len());
    for (asked, status) in request.certificates.iter().zip(statuses) {
        let cert_status = match status {
            Status::Good => CertStatus::Good(Null),
            Status::Unknown => CertStatus::Unknown(Null),
            Status::Revoked(entry) => CertStatus::Revoked(RevokedInfo {
                revocation_time: asn1_time(entry.since)?.into(),
                revocation_reason: Some(entry.reason),
            }),
        };
        responses.push(SingleResponse {
            cert_id: asked.clone(),
            cert_status,
            this_update,
            next_update: Some(next_update),
            single_extensions: None,
        });
    }
    let responder = x509_cert::Certificate::from_der(responder.der())?;
    let responder_key = responder.tbs_certificate.subject_public_key_info.subject_public_key.raw_bytes();
    let tbs_response_data = ResponseData {
        version: Version::V1,
        responder_id: ResponderId::ByKey(OctetString::new(sha1(responder_key))?),
        produced_at: this_update,
        responses,
        response_extensions: request.nonce.clone().map(|nonce| vec![nonce]),
    };
    let algorithm = SignatureAlgorithm::RsaPssSha256;
    let signature = authority.ocsp.key.sign(algorithm, &tbs_response_data.to_der()?)?;
    let response = BasicOcspResponse {
        tbs_response_data,
        signature_algorithm: algorithm.algorithm_identifier(),
        signature: BitString::from_bytes(&signature)?,
        certs: Some(vec![responder]),
    };
    Ok(OcspResponse::successful(response)?.to_der()?)
}
