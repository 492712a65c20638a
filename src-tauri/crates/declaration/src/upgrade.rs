//! Making a signature last ([ETSI EN 319 142-1 §6.3]): level B-T by a time-stamp in the room that the signature left, now or
//! years later, and B-LT by evidence in an update behind it. What was signed stays as it is, byte for byte.

use crate::evidence::{self, EVIDENCE_LIMIT, ValidationEvidence};
use crate::pades::SIGNED_PDF_LIMIT;
use crate::pdf::{File, PdfError};
use crate::signed_data::{self, Fault};
use crate::time_stamp::{NONCE_BYTES, TimeStampRequest, TimeStampToken};
use crate::verification::VerificationCode;
use crate::verification::document::{Signature, Stop, stop};
use crate::verification::later_revision;
use pki::UnverifiedRevocationList;
use thiserror::Error;

/// Why a document was not brought to a higher level.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UpgradeError {
    /// The document is not a signed one that can be read.
    #[error("the document cannot be brought to a higher level: {code}: {detail}")]
    Document {
        /// What is wrong.
        code: VerificationCode,
        /// The facts of this case, in English.
        detail: String,
    },
    /// The signature has a time-stamp, or something else that is not signed.
    #[error("the signature is time-stamped already")]
    AlreadyTimeStamped,
    /// The time-stamp is about something else.
    #[error("the time-stamp is about something else than the document's signature")]
    OtherSignature,
    /// The signature left too little room for the time-stamp.
    #[error("the signature and its time-stamp have {needed} bytes, and there is room for {room}")]
    NoRoom {
        /// What is needed, in bytes.
        needed: usize,
        /// What is there, in bytes.
        room: usize,
    },
    /// There is more evidence than is read again.
    #[error("there is more evidence than a document of ours holds")]
    TooMuchEvidence,
    /// The evidence is not certificates, OCSP responses and revocation lists.
    #[error("the evidence cannot be read")]
    EvidenceUnreadable,
    /// The evidence that the document has was not added by this program.
    #[error("the evidence that the document has was added by another program")]
    ForeignEvidence,
    /// What is to be added cannot be encoded.
    #[error("what is to be added cannot be encoded")]
    Encoding(#[source] der::Error),
}

impl From<Stop> for UpgradeError {
    fn from((code, detail): Stop) -> Self {
        Self::Document { code, detail }
    }
}

impl From<Fault> for UpgradeError {
    fn from(Fault { code, detail }: Fault) -> Self {
        Self::Document { code, detail }
    }
}

/// A request for a time-stamp over the signature of `pdf`: over the SHA-256 digest of its value
/// ([ETSI EN 319 122-1 §5.3]). `nonce` is fresh and random.
///
/// # Errors
/// [`UpgradeError::Document`], [`UpgradeError::AlreadyTimeStamped`].
pub fn time_stamp_request_for(pdf: &[u8], nonce: [u8; NONCE_BYTES]) -> Result<TimeStampRequest, UpgradeError> {
    let signature = signature_of(pdf)?;
    let cms = signature.value()?;
    if signed_data::has_unsigned_attributes(cms) {
        return Err(UpgradeError::AlreadyTimeStamped);
    }
    Ok(TimeStampRequest::new(signed_data::digest_of_value(cms)?, nonce))
}

/// Puts `token` into the signature of `pdf`, which becomes B-T; nothing else in the file changes. The token is a verified
/// one, from [`TimeStampRequest::verify_response`] or [`verify`](crate::time_stamp::verify).
///
/// # Errors
/// [`UpgradeError`].
pub fn add_time_stamp(pdf: &[u8], token: &TimeStampToken) -> Result<Vec<u8>, UpgradeError> {
    let signature = signature_of(pdf)?;
    let cms = signature.value()?;
    if signed_data::has_unsigned_attributes(cms) {
        return Err(UpgradeError::AlreadyTimeStamped);
    }
    if signed_data::digest_of_value(cms)? != *token.digest() {
        return Err(UpgradeError::OtherSignature);
    }
    let stamped = signed_data::with_time_stamp(cms, token.der()).map_err(UpgradeError::Encoding)?;
    let span = &signature.contents.span;
    let room = span.len().saturating_sub(2) / 2;
    if stamped.len() > room {
        return Err(UpgradeError::NoRoom { needed: stamped.len(), room });
    }
    let mut value = hex::encode(&stamped).into_bytes();
    value.resize(span.len().saturating_sub(2), b'0');
    let mut pdf = pdf.to_vec();
    let place = pdf.get_mut(span.start + 1..span.start + 1 + value.len());
    place
        .map(|place| place.copy_from_slice(&value))
        .ok_or_else(|| (VerificationCode::Structure, "the signature's value is not where it was read".to_owned()))?;
    Ok(pdf)
}

/// Adds `evidence` to a signed document, in one update behind what was signed; evidence that an earlier call added is kept.
/// Together with a time-stamp it makes the signature B-LT where it proves the status of the signer's and the time-stamp
/// authority's certificates; whether it does, [`verify`](crate::verify) tells. A time-stamp can be added before or after.
///
/// # Errors
/// [`UpgradeError::Document`], [`UpgradeError::TooMuchEvidence`], [`UpgradeError::EvidenceUnreadable`],
/// [`UpgradeError::ForeignEvidence`].
pub fn add_evidence(pdf: &[u8], evidence: &ValidationEvidence) -> Result<Vec<u8>, UpgradeError> {
    check_evidence(evidence)?;
    let signature = signature_of(pdf)?;
    let end = signature.end(pdf.len()).ok_or_else(|| {
        (VerificationCode::ByteRange, "the signature does not cover everything but its own value".to_owned())
    })?;
    let evidence = if end == pdf.len() {
        evidence.clone()
    } else {
        let later = later_revision::judge(pdf, end, File::parse(pdf).map_err(stop)?, &signature)?;
        if !later.is_ours {
            return Err(UpgradeError::ForeignEvidence);
        }
        later.evidence.merged(evidence)
    };
    let signed = File::parse(pdf.get(..end).unwrap_or_default()).map_err(stop)?;
    let upgraded = evidence::write(&signed, &signature, &evidence).map_err(|error| match error {
        PdfError::Limit => UpgradeError::TooMuchEvidence,
        other => UpgradeError::from(stop(other)),
    })?;
    if upgraded.len() > SIGNED_PDF_LIMIT { Err(UpgradeError::TooMuchEvidence) } else { Ok(upgraded) }
}

/// What is added must be what a reader takes.
fn check_evidence(evidence: &ValidationEvidence) -> Result<(), UpgradeError> {
    let lengths = [evidence.certificates.len(), evidence.ocsp_responses.len(), evidence.revocation_lists.len()];
    if lengths.into_iter().any(|length| length > EVIDENCE_LIMIT) {
        return Err(UpgradeError::TooMuchEvidence);
    }
    let readable = evidence.ocsp_responses.iter().all(|response| pki::ocsp_produced_at(response).is_ok())
        && evidence.revocation_lists.iter().all(|list| UnverifiedRevocationList::from_der(list.as_slice()).is_ok());
    if readable { Ok(()) } else { Err(UpgradeError::EvidenceUnreadable) }
}

fn signature_of(pdf: &[u8]) -> Result<Signature, UpgradeError> {
    if pdf.len() > SIGNED_PDF_LIMIT {
        return Err(UpgradeError::Document {
            code: VerificationCode::TooLarge,
            detail: format!("{} bytes", pdf.len()),
        });
    }
    let file = File::parse(pdf).map_err(stop)?;
    Ok(Signature::of(&file)?)
}
