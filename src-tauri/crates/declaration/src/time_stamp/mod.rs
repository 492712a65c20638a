//! Time-stamps ([RFC 3161], [RFC 5816]): asking for one, judging what comes, and issuing one.
//!
//! A [`TimeStampRequest`] is built from a digest and a nonce and reads the answer to itself; [`verify`] judges a token that
//! someone kept. Only they make a [`TimeStampToken`]. The authority's side is [`issue`].

mod issuing;
mod messages;
mod token;

pub use issuing::{PRACTICE_TIME_STAMP_POLICY, TimeStampAuthority, TimeStampResponse, issue, refuse};

use chrono::{DateTime, TimeDelta, Utc};
use const_oid::ObjectIdentifier;
use der::asn1::{Int, OctetString};
use der::{Decode, Encode};
use messages::{MessageImprint, TimeStampReq, TimeStampResp};
use pki::{Certificate, TrustAnchor, ValidatedCertificate, ValidationReport};
use serde::Serialize;
use thiserror::Error;

/// Largest response or token that is read, in bytes.
pub const TIME_STAMP_LIMIT: usize = 64 * 1024;

/// The length of a nonce, in bytes.
pub const NONCE_BYTES: usize = 16;

/// By how much the clocks of the authority and of whoever verifies may differ.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Why there is no time-stamp.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TimeStampError {
    /// The response or token is larger than any that is read.
    #[error("the time-stamp is larger than is read")]
    TooLarge,
    /// The bytes are not DER of the structure.
    #[error("{0} cannot be read")]
    Malformed(&'static str),
    /// The authority gave none ([RFC 3161 §2.4.2]).
    #[error("the authority gave no time-stamp: status {status}, {failure:?}")]
    Refused {
        /// PKIStatus.
        status: u8,
        /// Why, where the authority says so in a way that is known here.
        failure: Option<FailureInfo>,
    },
    /// The token is about other bytes.
    #[error("the time-stamp is about something else")]
    OtherImprint,
    /// The token is the answer to another request.
    #[error("the time-stamp is the answer to another request")]
    NonceMismatch,
    /// The token was given under another policy than was asked for.
    #[error("the time-stamp was given under the policy {0}")]
    OtherPolicy(String),
    /// A digest or signature algorithm of the token is not accepted.
    #[error("the time-stamp's algorithm is not accepted")]
    AlgorithmForbidden,
    /// The token carries no certificate of its signer.
    #[error("the time-stamp carries no certificate of its signer")]
    SignerMissing,
    /// The token does not name its signer's certificate, or names another ([RFC 5816 §2.2.1]).
    #[error("the time-stamp does not name its signer's certificate")]
    SigningCertificate,
    /// The token's content is not what was signed.
    #[error("the time-stamp was altered")]
    DigestMismatch,
    /// The token was not signed by the certificate's key.
    #[error("the time-stamp was not signed by the certificate's key")]
    SignatureInvalid,
    /// The certificate is not for time-stamping, and that alone, critically ([RFC 3161 §2.3]).
    #[error("the time-stamp's certificate is not for time-stamping alone")]
    Purpose,
    /// The certificate does not hold at the time that the token states.
    #[error("the time-stamp's certificate does not hold: {}", first_finding(.0))]
    Certificate(Box<ValidationReport>),
    /// The token is from the future: it, or the clock here, is wrong.
    #[error("the time-stamp is of {time}; it is {at}")]
    FromTheFuture {
        /// The time that the token states.
        time: DateTime<Utc>,
        /// The instant of the verification.
        at: DateTime<Utc>,
    },
}

fn first_finding(report: &ValidationReport) -> &str {
    report.findings.first().map_or("no reason was given", |finding| finding.detail.as_str())
}

/// `PKIFailureInfo`: why an authority gives no time-stamp ([RFC 3161 §2.4.2]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FailureInfo {
    /// The digest's algorithm is not supported.
    BadAlg,
    /// The request is not permitted or supported.
    BadRequest,
    /// The request has the wrong format.
    BadDataFormat,
    /// The authority's clock is not available.
    TimeNotAvailable,
    /// The policy that was asked for is not the authority's.
    UnacceptedPolicy,
    /// An extension that was asked for is not supported.
    UnacceptedExtension,
    /// Additional information that was asked for is not available.
    AddInfoNotAvailable,
    /// The authority is out of order.
    SystemFailure,
}

impl FailureInfo {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::BadAlg,
        Self::BadRequest,
        Self::BadDataFormat,
        Self::TimeNotAvailable,
        Self::UnacceptedPolicy,
        Self::UnacceptedExtension,
        Self::AddInfoNotAvailable,
        Self::SystemFailure,
    ];

    /// The number of its bit.
    fn bit(self) -> usize {
        match self {
            Self::BadAlg => 0,
            Self::BadRequest => 2,
            Self::BadDataFormat => 5,
            Self::TimeNotAvailable => 14,
            Self::UnacceptedPolicy => 15,
            Self::UnacceptedExtension => 16,
            Self::AddInfoNotAvailable => 17,
            Self::SystemFailure => 25,
        }
    }
}

/// A request for a time-stamp over a SHA-256 digest, with the authority's certificates ([RFC 3161 §2.4.1]).
#[derive(Debug, Clone)]
pub struct TimeStampRequest {
    der: Vec<u8>,
    digest: [u8; 32],
    nonce: Int,
    policy: Option<ObjectIdentifier>,
}

impl TimeStampRequest {
    /// A request for a time-stamp over what has this SHA-256 digest. `nonce` is fresh and random, so that an old answer
    /// cannot be played back.
    pub fn new(digest: [u8; 32], nonce: [u8; NONCE_BYTES]) -> Self {
        Self::encode(digest, nonce, None).expect("a digest and a nonce of fixed lengths always encode")
    }

    /// As [`TimeStampRequest::new`], for a time-stamp under `policy`, a dotted OID.
    ///
    /// # Errors
    /// [`TimeStampError::Malformed`] where `policy` is not an OID.
    pub fn under_policy(digest: [u8; 32], nonce: [u8; NONCE_BYTES], policy: &str) -> Result<Self, TimeStampError> {
        let malformed = TimeStampError::Malformed("the policy");
        let Ok(policy) = ObjectIdentifier::new(policy) else { return Err(malformed) };
        Self::encode(digest, nonce, Some(policy)).map_err(|_| malformed)
    }

    fn encode(digest: [u8; 32], nonce: [u8; NONCE_BYTES], policy: Option<ObjectIdentifier>) -> der::Result<Self> {
        let nonce = messages::positive(&nonce)?;
        let request = TimeStampReq {
            version: 1,
            message_imprint: MessageImprint {
                hash_algorithm: crate::signed_data::sha256_algorithm(),
                hashed_message: OctetString::new(digest.as_slice())?,
            },
            policy,
            nonce: Some(nonce.clone()),
            certificates_wanted: true,
            extensions: None,
        };
        Ok(Self { der: request.to_der()?, digest, nonce, policy })
    }

    /// The DER `TimeStampReq`, to be posted as `application/timestamp-query` ([RFC 3161 §3.4]).
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The SHA-256 digest that is to be stamped.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Judges the answer (a DER `TimeStampResp`) to this request, which came in at the instant `at`: that it is granted,
    /// about this digest, to this request, signed by one signer whose certificate is for time-stamping and valid under
    /// `anchors` at the time that the token states. Whether that certificate is revoked is not told here.
    ///
    /// # Errors
    /// [`TimeStampError`], the first thing that is wrong.
    pub fn verify_response(
        &self,
        response: &[u8],
        anchors: &[TrustAnchor],
        at: DateTime<Utc>,
    ) -> Result<TimeStampToken, TimeStampError> {
        let token = granted(response)?;
        let (token, nonce) = token::verify(&token, &self.digest, &[], anchors, at)?;
        if nonce.as_ref() != Some(&self.nonce) {
            return Err(TimeStampError::NonceMismatch);
        }
        match self.policy {
            Some(wanted) if wanted.to_string() != token.policy => Err(TimeStampError::OtherPolicy(token.policy)),
            Some(_) | None => Ok(token),
        }
    }
}

/// The token of a response whose status is granted, with or without modifications ([RFC 3161 §2.4.2]).
fn granted(response: &[u8]) -> Result<Vec<u8>, TimeStampError> {
    const MALFORMED: TimeStampError = TimeStampError::Malformed("the time-stamp response");
    if response.len() > TIME_STAMP_LIMIT {
        return Err(TimeStampError::TooLarge);
    }
    let response = TimeStampResp::from_der(response).map_err(|_| MALFORMED)?;
    if response.status.status > 1 {
        let failure = response.status.failure.as_ref().and_then(|bits| {
            FailureInfo::ALL.into_iter().find(|failure| bits.bits().nth(failure.bit()).unwrap_or(false))
        });
        return Err(TimeStampError::Refused { status: response.status.status, failure });
    }
    response.token.and_then(|token| token.to_der().ok()).ok_or(MALFORMED)
}

/// Judges a token that someone kept, at the instant `at`: as [`TimeStampRequest::verify_response`], but for the nonce.
///
/// `token` is the DER `TimeStampToken`, `digest` the SHA-256 digest of what it must be about. `certificates` may stand
/// between the authority's certificate and `anchors` where the token does not carry them all.
///
/// # Errors
/// [`TimeStampError`], the first thing that is wrong.
pub fn verify(
    token: &[u8],
    digest: &[u8; 32],
    certificates: &[Certificate],
    anchors: &[TrustAnchor],
    at: DateTime<Utc>,
) -> Result<TimeStampToken, TimeStampError> {
    token::verify(token, digest, certificates, anchors, at).map(|(token, _nonce)| token)
}

/// A time-stamp that holds: its authority states that what has this digest was there at this time.
#[derive(Debug, Clone)]
pub struct TimeStampToken {
    der: Vec<u8>,
    digest: [u8; 32],
    time: DateTime<Utc>,
    accuracy: Option<TimeDelta>,
    policy: String,
    serial_number: String,
    authority: ValidatedCertificate,
    certificates: Vec<Certificate>,
}

impl TimeStampToken {
    /// The DER `TimeStampToken`, a CMS `ContentInfo`.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The SHA-256 digest that was stamped.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The time, to the second.
    pub fn time(&self) -> DateTime<Utc> {
        self.time
    }

    /// By how much the time may be wrong, as the authority says.
    pub fn accuracy(&self) -> Option<TimeDelta> {
        self.accuracy
    }

    /// The dotted OID of the policy under which it was given.
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// Its serial number, lower-case hexadecimal without leading zeros.
    pub fn serial_number(&self) -> &str {
        &self.serial_number
    }

    /// The authority's certificate, valid at [`TimeStampToken::time`].
    pub fn authority(&self) -> &ValidatedCertificate {
        &self.authority
    }

    /// The certificates that the token carries, the authority's own first.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }
}
