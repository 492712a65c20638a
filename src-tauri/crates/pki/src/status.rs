//! Whether a certificate still counts: the answer, whoever gave it, and why there is none.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use thiserror::Error;

use crate::der_walker::NotDer;
use crate::public_key::SignatureInvalid;

/// How far an answer may lie in the future before it is not believed: clocks differ.
///
/// It does not lengthen an answer's life: after nextUpdate an answer is stale, whatever the clocks.
pub const CLOCK_SKEW_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// The status of one certificate, proven by a signature of its issuer or of the responder that the issuer appointed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "StatusFields")]
pub struct CertificateStatus {
    /// The status.
    pub state: CertificateState,
    /// Where it comes from.
    pub source: StatusSource,
    /// The instant at which it was known to be correct.
    pub this_update: DateTime<Utc>,
    /// The instant until which it may be relied on; `None` where an OCSP responder names none ([RFC 6960 §4.2.2.1]).
    pub next_update: Option<DateTime<Utc>>,
}

/// What a certificate's issuer says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateState {
    /// It is not revoked.
    Good,
    /// It is on hold, which can be lifted: certificateHold ([RFC 5280 §5.3.1]).
    Suspended {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// It is revoked, for good.
    Revoked {
        /// Why.
        reason: RevocationReason,
        /// Since when.
        at: DateTime<Utc>,
    },
    /// The responder does not know the certificate ([RFC 6960 §2.2]).
    Unknown,
}

impl CertificateState {
    /// How much of two answers about one certificate weighs more: the one that forbids more.
    pub(crate) fn weight(&self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Unknown => 1,
            Self::Suspended { .. } => 2,
            Self::Revoked { .. } => 3,
        }
    }
}

/// Why a certificate was revoked for good ([RFC 5280 §5.3.1]); certificateHold and removeFromCRL are states, not reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RevocationReason {
    /// No reason was given, or one that the standard does not name.
    Unspecified,
    /// The private key is, or may be, known to another.
    KeyCompromise,
    /// The same of the authority's key.
    CaCompromise,
    /// The subject's name or organisation has changed.
    AffiliationChanged,
    /// Another certificate has taken its place.
    Superseded,
    /// The certificate is no longer needed.
    CessationOfOperation,
    /// A privilege in the certificate was withdrawn.
    PrivilegeWithdrawn,
    /// The attribute authority's key is, or may be, known to another.
    AaCompromise,
}

impl RevocationReason {
    /// The reason's name in the standard, as it is printed: `keyCompromise`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
        }
    }
}

impl std::fmt::Display for RevocationReason {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusSource {
    /// A revocation list ([RFC 5280 §5]).
    Crl,
    /// A revocation list together with a delta list ([RFC 5280 §5.2.4]).
    DeltaCrl,
    /// An OCSP responder ([RFC 6960]).
    Ocsp,
}

/// The fields in which a status is printed: `state`, `reason`, `at`, `source`, `this_update`, `next_update`.
#[derive(Serialize)]
struct StatusFields {
    state: &'static str,
    reason: Option<&'static str>,
    at: Option<DateTime<Utc>>,
    source: StatusSource,
    this_update: DateTime<Utc>,
    next_update: Option<DateTime<Utc>>,
}

impl From<CertificateStatus> for StatusFields {
    fn from(status: CertificateStatus) -> Self {
        let (state, reason, at) = match status.state {
            CertificateState::Good => ("good", None, None),
            CertificateState::Suspended { at } => ("suspended", None, Some(at)),
            CertificateState::Revoked { reason, at } => ("revoked", Some(reason.name()), Some(at)),
            CertificateState::Unknown => ("unknown", None, None),
        };
        let CertificateStatus { source, this_update, next_update, .. } = status;
        Self { state, reason, at, source, this_update, next_update }
    }
}

/// What a `CRLReason` means ([RFC 5280 §5.3.1]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReasonCode {
    Final(RevocationReason),
    CertificateHold,
    RemoveFromCrl,
}

impl ReasonCode {
    /// The meaning of an ENUMERATED's content. A number that the standard does not name is still a revocation.
    pub(crate) fn of(content: &[u8]) -> Result<Self, NotDer> {
        Ok(match *content {
            [] => return Err(NotDer),
            [1] => Self::Final(RevocationReason::KeyCompromise),
            [2] => Self::Final(RevocationReason::CaCompromise),
            [3] => Self::Final(RevocationReason::AffiliationChanged),
            [4] => Self::Final(RevocationReason::Superseded),
            [5] => Self::Final(RevocationReason::CessationOfOperation),
            [6] => Self::CertificateHold,
            [8] => Self::RemoveFromCrl,
            [9] => Self::Final(RevocationReason::PrivilegeWithdrawn),
            [10] => Self::Final(RevocationReason::AaCompromise),
            _ => Self::Final(RevocationReason::Unspecified),
        })
    }
}

/// Why a revocation list or an OCSP response gives no status.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StatusError {
    /// The input is larger than is read.
    #[error("the input has {actual} bytes, more than the {limit} that are read")]
    TooLarge {
        /// How many bytes came in.
        actual: usize,
        /// How many are read at most.
        limit: usize,
    },
    /// The text is not PEM with an `X509 CRL` block ([RFC 7468 §6]).
    #[error("the text holds no revocation list in PEM")]
    NotPem,
    /// The bytes are not DER of the structure, are cut short, or go on after it.
    #[error("{0} cannot be read")]
    Malformed(&'static str),
    /// A critical extension is not understood, so that nothing may be taken from the answer ([RFC 5280 §5.2, §5.3]).
    #[error("the critical extension {oid} is not understood")]
    UnknownCriticalExtension {
        /// The extension's dotted OID.
        oid: String,
    },
    /// The list speaks for other issuers' certificates ([RFC 5280 §5.2.5]); this house takes direct lists only.
    #[error("the list is an indirect one, which is not supported")]
    IndirectList,
    /// The signature is by an algorithm that is not accepted, such as SHA-1.
    #[error("the signature algorithm {0} is not accepted")]
    AlgorithmForbidden(String),
    /// The answer is by another issuer than the one it was held against, or the certificate is.
    #[error("the answer is by another issuer")]
    IssuerMismatch,
    /// The issuer's key usage does not allow it to sign revocation lists ([RFC 5280 §6.3.3 (f)]).
    #[error("the issuer's certificate does not allow it to sign revocation lists")]
    IssuerMayNotSignLists,
    /// The signature does not match.
    #[error("the answer's signature does not hold")]
    SignatureInvalid(#[source] SignatureInvalid),
    /// The list is of another part of the issuer's certificates ([RFC 5280 §6.3.3 (b)]).
    #[error("the certificate is outside the list's scope: {0}")]
    OutOfScope(ScopeMismatch),
    /// The certificate is not on the list, and the list does not cover every reason for which it could be revoked.
    #[error("the list covers some reasons only, and the certificate is not revoked for any of those")]
    SomeReasonsOnly,
    /// A delta list says nothing without its complete list ([RFC 5280 §5.2.4]).
    #[error("a delta list was given without its complete list")]
    DeltaAlone,
    /// The delta list does not belong to the complete list, or not to one so old ([RFC 5280 §5.2.4 (a), (b)]).
    #[error("the delta list does not fit the complete list: {0}")]
    DeltaMismatch(DeltaMismatch),
    /// The list does not say when the next one comes, so that it cannot be told whether it is stale ([RFC 5280 §5.1.2.5]).
    #[error("the list does not say when the next one comes")]
    NextUpdateMissing,
    /// The answer was right once and is too old now: a fresh one is needed.
    #[error("the answer could be relied on until {until}; it is {at}")]
    Stale {
        /// The last instant at which it could be relied on.
        until: DateTime<Utc>,
        /// The instant that was asked about.
        at: DateTime<Utc>,
    },
    /// The answer is from the future by more than [`CLOCK_SKEW_TOLERANCE`]: it, or the clock, is wrong.
    #[error("the answer is of {from}; it is {at}")]
    FromTheFuture {
        /// The instant from which it is.
        from: DateTime<Utc>,
        /// The instant that was asked about.
        at: DateTime<Utc>,
    },
    /// The responder answered with an error, which is not signed ([RFC 6960 §2.3]).
    #[error("the responder did not answer: {0:?}")]
    NoAnswer(OcspFailure),
    /// The response is not of the basic type ([RFC 6960 §4.2.1]).
    #[error("the response is not a basic OCSP response")]
    NotBasicResponse,
    /// No answer of the response is about the certificate.
    #[error("the response is about another certificate")]
    OtherCertificate,
    /// The response is for another request: its nonce is another ([RFC 9654 §2.1]).
    #[error("the response is for another request")]
    NonceMismatch,
    /// Whoever signed the response was not appointed by the issuer ([RFC 6960 §4.2.2.2]).
    #[error("the responder is not authorised: {0}")]
    ResponderNotAuthorised(ResponderFault),
    /// The responder's own certificate can be revoked, and its status was not shown ([RFC 6960 §4.2.2.2.1]).
    #[error("the responder's own certificate was not checked")]
    ResponderUnchecked,
    /// The responder's own certificate is not good.
    #[error("the responder's own certificate is not good")]
    ResponderNotGood,
}

/// What to make of a [`StatusError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusFault {
    /// The answer was right and is too old: ask again.
    Stale,
    /// There is no answer now: ask again, or elsewhere.
    Unavailable,
    /// The answer is right and about something else: ask elsewhere.
    Elsewhere,
    /// The answer is sound as far as can be told, and this house does not understand it.
    Unsupported,
    /// The answer is wrong: it is not from whom it should be, or not what it should be.
    Bad,
}

impl StatusError {
    /// Tells stale from bad, and both from what another answer could settle.
    pub fn fault(&self) -> StatusFault {
        match self {
            Self::Stale { .. } => StatusFault::Stale,
            Self::NoAnswer(_) => StatusFault::Unavailable,
            Self::OutOfScope(_)
            | Self::SomeReasonsOnly
            | Self::DeltaAlone
            | Self::DeltaMismatch(_)
            | Self::OtherCertificate
            | Self::IssuerMismatch
            | Self::ResponderUnchecked => StatusFault::Elsewhere,
            Self::IndirectList | Self::UnknownCriticalExtension { .. } | Self::NotBasicResponse => {
                StatusFault::Unsupported
            }
            Self::TooLarge { .. }
            | Self::NotPem
            | Self::Malformed(_)
            | Self::AlgorithmForbidden(_)
            | Self::IssuerMayNotSignLists
            | Self::SignatureInvalid(_)
            | Self::NextUpdateMissing
            | Self::FromTheFuture { .. }
            | Self::NonceMismatch
            | Self::ResponderNotAuthorised(_)
            | Self::ResponderNotGood => StatusFault::Bad,
        }
    }
}

/// In what a certificate lies outside a list's scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum ScopeMismatch {
    /// The list is for end entities, and the certificate is an authority's.
    #[error("it is for end entities only")]
    EndEntitiesOnly,
    /// The list is for authorities, and the certificate is an end entity's.
    #[error("it is for authorities only")]
    AuthoritiesOnly,
    /// The list is for attribute certificates.
    #[error("it is for attribute certificates only")]
    AttributeCertificatesOnly,
    /// The certificate names no distribution point of the list's.
    #[error("it is of another distribution point")]
    OtherDistributionPoint,
}

/// In what a delta list does not fit a complete one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum DeltaMismatch {
    /// The list that was given as the delta is a complete one.
    #[error("it is not a delta list")]
    NotADelta,
    /// They have not the same issuer and key.
    #[error("it is by another issuer")]
    OtherIssuer,
    /// They have not the same scope.
    #[error("it has another scope")]
    OtherScope,
    /// One of them has no number ([RFC 5280 §5.2.3]).
    #[error("a list has no number")]
    NumberMissing,
    /// The complete list is older than the one that the delta starts from.
    #[error("the complete list is too old for it")]
    BaseTooOld,
}

/// Why a responder gave no answer ([RFC 6960 §4.2.1]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OcspFailure {
    /// malformedRequest: the responder could not read the request.
    MalformedRequest,
    /// internalError: the responder is out of order.
    InternalError,
    /// tryLater.
    TryLater,
    /// sigRequired: the responder wants signed requests.
    SignatureRequired,
    /// unauthorized: the responder does not answer us, or not about this certificate ([RFC 5019 §2.2.3]).
    Unauthorized,
}

/// Why whoever signed an OCSP response may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum ResponderFault {
    /// Neither the issuer nor a certificate of the response is the responder that it names.
    #[error("its certificate is not in the response")]
    NotFound,
    /// The responder's certificate is not signed by the certificate's own issuer.
    #[error("its certificate is not by the same issuer")]
    OtherIssuer,
    /// The responder's certificate has not the extended key usage id-kp-OCSPSigning.
    #[error("its certificate is not for signing OCSP responses")]
    NotForOcspSigning,
    /// The responder's certificate is not valid at the instant.
    #[error("its certificate is not valid at the time")]
    OutsideValidity,
    /// The responder's certificate has an extension that cannot be read, or a critical one that is not understood.
    #[error("its certificate cannot be understood")]
    NotUnderstood,
}

/// Judges a window: from the future, stale, or to be relied on.
pub(crate) fn judge_window(from: DateTime<Utc>, until: DateTime<Utc>, at: DateTime<Utc>) -> Result<(), StatusError> {
    if from > at + CLOCK_SKEW_TOLERANCE {
        return Err(StatusError::FromTheFuture { from, at });
    }
    // Both are whole seconds, and the last one counts.
    if at.timestamp() > until.timestamp() {
        return Err(StatusError::Stale { until, at });
    }
    Ok(())
}
