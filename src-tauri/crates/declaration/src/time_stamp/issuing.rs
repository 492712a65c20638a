//! The authority's side: a request is read, and answered with a token or a refusal ([RFC 3161 §2.4]).

use super::messages::{Accuracy, PkiStatusInfo, TimeStampReq, TimeStampResp, TstInfo, positive, to_generalized_time};
use super::token::TST_INFO;
use super::{FailureInfo, TIME_STAMP_LIMIT};
use crate::signed_data::{SignedContent, SigningFailure, sign_content};
use chrono::{DateTime, Utc};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912;
use der::asn1::BitString;
use der::{Any, Decode, Encode};
use pki::{Certificate, SignatureAlgorithm, SigningKey};
use spki::SubjectPublicKeyInfoRef;

/// The practice portal's policy for time-stamps, in the arc that is reserved for documentation ([RFC 5612]).
pub const PRACTICE_TIME_STAMP_POLICY: &str = "1.3.6.1.4.1.32473.1.2.1";

const GRANTED: u8 = 0;
const REJECTION: u8 = 2;

/// Who gives time-stamps.
pub struct TimeStampAuthority<'a> {
    /// The key.
    pub key: &'a dyn SigningKey,
    /// The key's certificate first, whose only and critical extended key usage is id-kp-timeStamping; then those up to the
    /// trust anchor, which may be left out.
    pub chain: &'a [Certificate],
    /// The policy under which time-stamps are given, a dotted OID.
    pub policy: &'a str,
    /// By how much the authority's clock may be wrong, in seconds.
    pub accuracy_seconds: u32,
}

/// A DER `TimeStampResp`, to be sent as `application/timestamp-reply` ([RFC 3161 §3.4]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeStampResponse {
    /// The response.
    pub der: Vec<u8>,
    /// Why it holds no token; `None` where it does.
    pub failure: Option<FailureInfo>,
}

/// Answers `request`, a DER `TimeStampReq`, at the instant `at`: with a token of that second, or with a refusal that says
/// why.
///
/// `serial_number` is big-endian and must not be used for another token; at most 20 bytes ([RFC 3161 §2.4.2]). RSA keys
/// sign RSASSA-PKCS1-v1_5 with SHA-256, which every reader of tokens knows; EC P-256 keys ECDSA with SHA-256.
///
/// # Errors
/// [`SigningFailure`] where a token is due and cannot be made; [`refuse`] then gives the answer.
pub fn issue(
    request: &[u8],
    authority: &TimeStampAuthority<'_>,
    serial_number: &[u8],
    at: DateTime<Utc>,
) -> Result<TimeStampResponse, SigningFailure> {
    let policy = ObjectIdentifier::new(authority.policy).map_err(|error| SigningFailure::Encoding(error.into()))?;
    let request = match read(request, policy) {
        Ok(request) => request,
        Err(failure) => return Ok(refuse(failure)),
    };
    let with_certificates = request.certificates_wanted;
    let info = token_info(request, policy, authority.accuracy_seconds, serial_number, at)
        .and_then(|info| info.to_der())
        .map_err(SigningFailure::Encoding)?;
    let content = SignedContent { kind: TST_INFO, bytes: &info, with_certificates };
    let token = sign_content(&content, authority.key, algorithm_of(authority.key)?, authority.chain)?;
    let response = TimeStampResp {
        status: PkiStatusInfo { status: GRANTED, text: None, failure: None },
        token: Some(Any::from_der(&token).map_err(SigningFailure::Encoding)?),
    };
    Ok(TimeStampResponse { der: response.to_der().map_err(SigningFailure::Encoding)?, failure: None })
}

/// The answer that gives no time-stamp.
pub fn refuse(failure: FailureInfo) -> TimeStampResponse {
    let bit = failure.bit();
    let mut bytes = vec![0; bit / 8 + 1];
    bytes[bit / 8] = 0x80 >> (bit % 8);
    // DER: no zero bits after the last that is set.
    let unused = 7 - u8::try_from(bit % 8).expect("below 8");
    let response = TimeStampResp {
        status: PkiStatusInfo {
            status: REJECTION,
            text: None,
            failure: Some(BitString::new(unused, bytes).expect("fewer than eight bits are unused")),
        },
        token: None,
    };
    let der = response.to_der().expect("a status of fixed form always encodes");
    TimeStampResponse { der, failure: Some(failure) }
}

fn read(request: &[u8], policy: ObjectIdentifier) -> Result<TimeStampReq, FailureInfo> {
    if request.len() > TIME_STAMP_LIMIT {
        return Err(FailureInfo::BadDataFormat);
    }
    let request = TimeStampReq::from_der(request).map_err(|_| FailureInfo::BadDataFormat)?;
    if request.version != 1 {
        return Err(FailureInfo::BadRequest);
    }
    let digest = crate::signing_certificate::digest_algorithm(&request.message_imprint.hash_algorithm)
        .ok_or(FailureInfo::BadAlg)?;
    if request.message_imprint.hashed_message.as_bytes().len() != digest.output_len() {
        return Err(FailureInfo::BadDataFormat);
    }
    if request.policy.is_some_and(|wanted| wanted != policy) {
        return Err(FailureInfo::UnacceptedPolicy);
    }
    if request.extensions.as_ref().is_some_and(|extensions| !extensions.is_empty()) {
        return Err(FailureInfo::UnacceptedExtension);
    }
    Ok(request)
}

fn token_info(
    request: TimeStampReq,
    policy: ObjectIdentifier,
    accuracy_seconds: u32,
    serial_number: &[u8],
    at: DateTime<Utc>,
) -> der::Result<TstInfo> {
    Ok(TstInfo {
        version: 1,
        policy,
        message_imprint: request.message_imprint,
        serial_number: positive(serial_number)?,
        time: to_generalized_time(at)?,
        accuracy: Some(Accuracy { seconds: Some(accuracy_seconds), milliseconds: None, microseconds: None }),
        ordering: false,
        nonce: request.nonce,
        authority: None,
        extensions: None,
    })
}

fn algorithm_of(key: &dyn SigningKey) -> Result<SignatureAlgorithm, SigningFailure> {
    let spki = SubjectPublicKeyInfoRef::from_der(key.subject_public_key_info()).map_err(SigningFailure::Encoding)?;
    match spki.algorithm.oid {
        rfc5912::RSA_ENCRYPTION => Ok(SignatureAlgorithm::RsaPkcs1Sha256),
        rfc5912::ID_EC_PUBLIC_KEY => Ok(SignatureAlgorithm::EcdsaP256Sha256),
        _ => Err(SigningFailure::KeyKind),
    }
}
