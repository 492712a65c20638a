//! The portal's receipt: a document that says that a declaration has arrived and holds, signed by the portal's seal.

use crate::calendar::{Language, moment};
use crate::document::{DeclarationError, prepare, sign_prepared};
use crate::pades::{Purpose, SignatureDetails};
use crate::typesetting::{Attachment, Template, typeset};
use crate::verification::{self, Indication, VerificationReport};
use chrono::{DateTime, SubsecRound, Utc};
use pki::{CLOCK_SKEW_TOLERANCE, Certificate, Profile, SigningKey, TrustAnchor};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// Version of the shape of `receipt.json`.
pub const RECEIPT_FORMAT: u32 = 1;

/// The attachment from which a receipt is rendered.
const RECEIPT_NAME: &str = "receipt.json";

/// What the portal confirms: `receipt.json`, attached to the receipt and shown in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Version of this shape: [`RECEIPT_FORMAT`].
    pub format: u32,
    /// The declaration's id.
    pub declaration_id: Uuid,
    /// SHA-256 over the submitted bytes, lower-case hexadecimal.
    pub declaration_sha256: String,
    /// The serial number of the signer's certificate, lower-case hexadecimal.
    pub certificate_serial_number: String,
    /// Who signed.
    pub signer: String,
    /// On behalf of whom.
    pub organisation: String,
    /// The portal's name.
    pub portal: String,
    /// When the portal accepted the declaration, to the second.
    pub accepted_at: DateTime<Utc>,
    /// True for practice: the declaration gives access to nothing.
    pub practice: bool,
}

/// Why a receipt is not accepted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// The signature does not hold, or is not by the portal's seal.
    #[error("the receipt's signature does not hold: {}", first_finding(.0))]
    Signature(Box<VerificationReport>),
    /// `receipt.json` cannot be read.
    #[error("the receipt cannot be read")]
    Unreadable(#[source] serde_json::Error),
    /// `receipt.json` is of a version that this program does not know.
    #[error("the receipt is of format {0}")]
    Format(u32),
    /// The receipt is for another declaration.
    #[error("the receipt is for declaration {0}")]
    OtherDeclaration(Uuid),
    /// The receipt is for other bytes than those that were submitted.
    #[error("the receipt is for other bytes than those that were submitted")]
    OtherBytes,
    /// The receipt is for practice where a real one is wanted, or the other way round.
    #[error("the receipt is not of the kind that the portal gives")]
    Practice,
    /// Nothing proves when the receipt was given: it has no time-stamp, or one of another time.
    #[error("nothing proves when the receipt was given")]
    TimeNotProven,
    /// The receipt's own time is not that of its signature.
    #[error("the receipt and its signature are of different times")]
    Time,
}

fn first_finding(report: &VerificationReport) -> &str {
    report.findings.first().map_or("no reason was given", |finding| finding.detail.as_str())
}

/// Issues a receipt: a PDF/A-3a and PDF/UA-1 with `receipt.json` attached, signed (PAdES B-B) with the portal's seal;
/// `chain` has the seal's certificate first.
///
/// # Errors
/// [`DeclarationError`] as typesetting or the key fails.
pub fn issue(receipt: &Receipt, key: &dyn SigningKey, chain: &[Certificate]) -> Result<Vec<u8>, DeclarationError> {
    let receipt = Receipt { accepted_at: receipt.accepted_at.trunc_subsecs(0), ..receipt.clone() };
    let json = serde_json::to_vec_pretty(&receipt).expect("strings, numbers and lists always have a JSON form");
    let data = ReceiptData {
        portal: &receipt.portal,
        practice: receipt.practice,
        declaration_id: receipt.declaration_id.to_string(),
        declaration_sha256: &receipt.declaration_sha256,
        certificate_serial_number: &receipt.certificate_serial_number,
        signer: &receipt.signer,
        organisation: &receipt.organisation,
        accepted_at: moment(receipt.accepted_at, Language::Danish),
    };
    let pdf = typeset(
        Template::Receipt,
        &data,
        Some(Attachment { name: RECEIPT_NAME, bytes: &json }),
        receipt.accepted_at,
        &format!("urn:uuid:{}#receipt", receipt.declaration_id),
    )?;
    let details = SignatureDetails { time: receipt.accepted_at, name: &receipt.portal, purpose: Purpose::Receipt };
    sign_prepared(prepare(&pdf, &details)?, key, chain)
}

/// Verifies that `pdf` is a receipt for exactly the declaration that was submitted, signed by a seal that is valid at
/// `at` under `anchors` and of `profile`.
///
/// # Errors
/// [`ReceiptError`].
pub fn verify(
    pdf: &[u8],
    anchors: &[TrustAnchor],
    profile: Profile,
    at: DateTime<Utc>,
    expected_declaration_id: Uuid,
    expected_declaration_sha256: &[u8; 32],
) -> Result<Receipt, ReceiptError> {
    verify_with_report(pdf, anchors, profile, at, expected_declaration_id, expected_declaration_sha256)
        .map(|(receipt, _report)| receipt)
}

/// As [`verify`], and gives the report too: its level, and the time that a time-stamp proves.
///
/// # Errors
/// [`ReceiptError`].
pub fn verify_with_report(
    pdf: &[u8],
    anchors: &[TrustAnchor],
    profile: Profile,
    at: DateTime<Utc>,
    expected_declaration_id: Uuid,
    expected_declaration_sha256: &[u8; 32],
) -> Result<(Receipt, VerificationReport), ReceiptError> {
    let report = verification::verify_as_written_here(pdf, anchors, profile, at);
    let attachment = match (report.indication, &report.attachment) {
        (Indication::TotalPassed, Some(attachment)) => attachment,
        (Indication::TotalPassed | Indication::TotalFailed | Indication::Indeterminate, _) => {
            return Err(ReceiptError::Signature(Box::new(report)));
        }
    };
    let receipt: Receipt = serde_json::from_slice(attachment).map_err(ReceiptError::Unreadable)?;
    if receipt.format != RECEIPT_FORMAT {
        return Err(ReceiptError::Format(receipt.format));
    }
    if receipt.declaration_id != expected_declaration_id {
        return Err(ReceiptError::OtherDeclaration(receipt.declaration_id));
    }
    if receipt.declaration_sha256 != hex::encode(expected_declaration_sha256) {
        return Err(ReceiptError::OtherBytes);
    }
    let practice = match profile {
        Profile::PracticeEmployee | Profile::PracticeSeal => true,
        Profile::OcesEmployee | Profile::OcesOrganisation => false,
        Profile::Any => receipt.practice,
    };
    if receipt.practice != practice {
        return Err(ReceiptError::Practice);
    }
    if report.signing_time != Some(receipt.accepted_at) {
        return Err(ReceiptError::Time);
    }
    Ok((receipt, report))
}

/// As [`verify_with_report`], of a receipt for which a time-stamp proves that it was given when it says.
///
/// # Errors
/// [`ReceiptError`]; [`ReceiptError::TimeNotProven`] where there is no time-stamp, or it is of another time.
pub fn verify_time_stamped(
    pdf: &[u8],
    anchors: &[TrustAnchor],
    profile: Profile,
    at: DateTime<Utc>,
    expected_declaration_id: Uuid,
    expected_declaration_sha256: &[u8; 32],
) -> Result<Receipt, ReceiptError> {
    let (receipt, report) =
        verify_with_report(pdf, anchors, profile, at, expected_declaration_id, expected_declaration_sha256)?;
    match report.proven_time {
        Some(proven) if (proven - receipt.accepted_at).abs() <= CLOCK_SKEW_TOLERANCE => Ok(receipt),
        Some(_) | None => Err(ReceiptError::TimeNotProven),
    }
}

#[derive(Serialize)]
struct ReceiptData<'a> {
    portal: &'a str,
    practice: bool,
    declaration_id: String,
    declaration_sha256: &'a str,
    certificate_serial_number: &'a str,
    signer: &'a str,
    organisation: &'a str,
    accepted_at: String,
}
