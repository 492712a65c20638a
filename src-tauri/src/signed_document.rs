//! A signed document as the window shows it: dropped on it, or from the employee's own archive.

use crate::composition::Desktop;
use crate::documents::{self, SavedFile};
use crate::error::DesktopError;
use crate::view::{
    ArchivedDeclarationView, DeclarationLevelView, DocumentKindView, EvidenceRequest, IndicationView,
    VerificationFindingView, VerificationReasonView, VerifiedDocumentView,
};
use declaration::{Indication, Level, SubIndication, VerificationCode, VerificationReport};
use lifecycle::{ArchivedDeclaration, DocumentContent, DocumentExamination, PreservationLevel};
use tauri::AppHandle;
use uuid::Uuid;

/// The declarations that were delivered from this computer.
///
/// # Errors
/// As the journal fails.
pub async fn archive(desktop: &Desktop) -> Result<Vec<ArchivedDeclarationView>, DesktopError> {
    let archived = desktop.at_hand().await?.guide().archived_declarations().await?;
    Ok(archived.iter().map(ArchivedDeclarationView::from).collect())
}

/// Saves a declaration with all that somebody else needs to verify it where the person chooses; gives back the file's
/// name, or `None` where they chose none.
///
/// # Errors
/// [`DesktopError::Document`] where there is no such declaration, and as the journal fails.
pub async fn save_evidence(
    desktop: &Desktop,
    app: &AppHandle,
    request: &EvidenceRequest,
) -> Result<Option<String>, DesktopError> {
    let absent = documents::DocumentError::Absent;
    let Ok(id) = Uuid::try_parse(&request.declaration) else { return Err(absent.into()) };
    let file = desktop.at_hand().await?.guide().evidence_file(id).await?;
    let Some(bytes) = file else { return Err(absent.into()) };
    let saved = SavedFile { name: "sikkerhedserklæring-med-beviser.zip", format: "ZIP", ending: "zip" };
    Ok(documents::save_bytes(desktop, app, &saved, &bytes).await?)
}

impl From<&ArchivedDeclaration> for ArchivedDeclarationView {
    fn from(archived: &ArchivedDeclaration) -> Self {
        let entry = &archived.declaration;
        let level = match (archived.preservation, entry.time_stamped_at) {
            (Some(PreservationLevel::LongTerm), _) => DeclarationLevelView::LongTerm,
            (Some(PreservationLevel::TimeStamped), _) | (None, Some(_)) => DeclarationLevelView::TimeStamped,
            (None, None) => DeclarationLevelView::Signed,
        };
        Self {
            id: entry.id.to_string(),
            signed_at: entry.signed_at,
            accepted_at: entry.accepted_at,
            level,
            signer: archived.signer.clone(),
            organisation: archived.organisation.clone(),
            serial_number: archived.serial_number.clone(),
            portal: archived.portal.clone(),
            practice: archived.practice,
            in_force: archived.in_force,
        }
    }
}

impl From<&DocumentExamination> for VerifiedDocumentView {
    fn from(examination: &DocumentExamination) -> Self {
        let report = &examination.report;
        let signer = report.signer.as_ref().map(|signer| signer.description());
        let empty = Self {
            kind: DocumentKindView::Unknown,
            indication: match report.indication {
                Indication::TotalPassed => IndicationView::Holds,
                Indication::TotalFailed => IndicationView::DoesNotHold,
                Indication::Indeterminate => IndicationView::CannotBeTold,
            },
            reason: reason(report),
            sub_indication: report.sub_indication.map(|why| why.as_str().to_owned()),
            level: report.level.map(|level| match level {
                Level::BaselineB => DeclarationLevelView::Signed,
                Level::BaselineT => DeclarationLevelView::TimeStamped,
                Level::BaselineLt => DeclarationLevelView::LongTerm,
            }),
            signer: signer.map(|signer| signer.common_name.clone()),
            organisation: signer.and_then(|signer| signer.organisation.clone()),
            signing_time: report.signing_time,
            proven_time: report.proven_time,
            time_stamp_authority: report
                .time_stamp_authority
                .as_ref()
                .map(|authority| authority.description().common_name.clone()),
            portal: None,
            declaration: None,
            terms_version: None,
            consents: None,
            practice: false,
            findings: report
                .findings
                .iter()
                .chain(&report.hints)
                .map(|finding| VerificationFindingView {
                    code: finding.code.to_string(),
                    detail: finding.detail.clone(),
                })
                .collect(),
        };
        match &examination.content {
            DocumentContent::Declaration(acceptance) => Self {
                kind: DocumentKindView::Declaration,
                portal: Some(acceptance.portal.clone()),
                declaration: Some(acceptance.declaration_id.to_string()),
                terms_version: Some(acceptance.terms.version),
                consents: u32::try_from(acceptance.consents.len()).ok(),
                practice: acceptance.practice,
                ..empty
            },
            DocumentContent::Receipt(receipt) => Self {
                kind: DocumentKindView::Receipt,
                portal: Some(receipt.portal.clone()),
                declaration: Some(receipt.declaration_id.to_string()),
                practice: receipt.practice,
                ..empty
            },
            DocumentContent::Unknown => empty,
        }
    }
}

/// The first reason in plain words: what the document is comes before who signed it, and that before when.
fn reason(report: &VerificationReport) -> Option<VerificationReasonView> {
    let found = report.findings.iter().map(|finding| {
        let reason = reason_of(finding.code);
        // A certificate's findings are of many kinds; the standard's words tell them apart.
        match (reason, report.sub_indication) {
            (
                VerificationReasonView::Untrusted,
                Some(
                    SubIndication::Expired
                    | SubIndication::NotYetValid
                    | SubIndication::OutOfBoundsNoPoe
                    | SubIndication::NoPoe,
                ),
            ) => VerificationReasonView::OutOfTime,
            (reason, _) => reason,
        }
    });
    found.min_by_key(|reason| weight(*reason))
}

fn reason_of(code: VerificationCode) -> VerificationReasonView {
    use VerificationCode as Code;
    use VerificationReasonView as Reason;
    match code {
        Code::NoSignature => Reason::NotSigned,
        Code::TooLarge | Code::NotPdf | Code::Structure | Code::AttachmentMissing | Code::AcceptanceUnreadable => {
            Reason::Unreadable
        }
        Code::TrailingBytes
        | Code::SeveralSignatures
        | Code::SubFilter
        | Code::ByteRange
        | Code::ContentsPadding
        | Code::ContentType
        | Code::DigestMismatch
        | Code::LaterRevision
        | Code::SignatureRevisionDiffers => Reason::Changed,
        Code::AcceptanceMismatch | Code::PracticeMismatch | Code::RenderingDiffers | Code::SignerMismatch => {
            Reason::NotWhatWasAccepted
        }
        Code::TermsUnknown | Code::TemplateUnknown | Code::RenderingFailed => Reason::Unknown,
        Code::CmsStructure
        | Code::SigningCertificateMissing
        | Code::SigningCertificateMismatch
        | Code::SigningTimeAttribute
        | Code::UnsignedAttribute
        | Code::SignerCertificateMissing
        | Code::AlgorithmNotAccepted
        | Code::SignatureInvalid => Reason::Forged,
        Code::Certificate => Reason::Untrusted,
        Code::Revoked | Code::Suspended => Reason::Revoked,
        Code::SigningTimeMissing | Code::SigningTimeImplausible => Reason::OutOfTime,
        Code::TimeStampUnreadable
        | Code::TimeStampOfOtherSignature
        | Code::TimeStampInvalid
        | Code::TimeStampAuthority
        | Code::TimeStampImplausible
        | Code::EvidenceUnreadable
        | Code::EvidenceInvalid
        | Code::StatusNotProven => Reason::Evidence,
        // A code of a later version of the crate.
        _ => Reason::Unreadable,
    }
}

fn weight(reason: VerificationReasonView) -> u8 {
    match reason {
        VerificationReasonView::Unreadable => 0,
        VerificationReasonView::NotSigned => 1,
        VerificationReasonView::Changed => 2,
        VerificationReasonView::Forged => 3,
        VerificationReasonView::NotWhatWasAccepted => 4,
        VerificationReasonView::Unknown => 5,
        VerificationReasonView::Revoked => 6,
        VerificationReasonView::Untrusted => 7,
        VerificationReasonView::OutOfTime => 8,
        VerificationReasonView::Evidence => 9,
    }
}
