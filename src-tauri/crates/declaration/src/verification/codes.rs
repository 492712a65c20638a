//! What a verification says: indication, sub-indication, level and the closed list of findings.

use serde::Serialize;
use std::fmt;

/// What a verification came to ([ETSI EN 319 102-1 §5.1.3]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Indication {
    /// The signature and everything about it holds.
    TotalPassed,
    /// It does not.
    TotalFailed,
    /// It cannot be told from what was given.
    Indeterminate,
}

/// The signature's level ([ETSI EN 319 142-1 §6.3]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Level {
    /// PAdES baseline B: the signature and its certificates, without a trusted time.
    #[serde(rename = "B-B")]
    BaselineB,
    /// PAdES baseline T: a time-stamp proves when the signature was there at the latest.
    #[serde(rename = "B-T")]
    BaselineT,
    /// PAdES baseline LT: the document also carries what proves that the certificates held at that time.
    #[serde(rename = "B-LT")]
    BaselineLt,
}

/// Why a verification did not pass ([ETSI EN 319 102-1 §5.1.3, tables 5 and 6]), in the order in which one of several
/// is told: the first step that stops is first.
///
/// The standard has a document's own rules judged by its application. Where one of ours is broken, the outcome is
/// [`Indication::TotalFailed`] with [`SubIndication::SigConstraintsFailure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum SubIndication {
    /// The document or the signature has not the form of the standard.
    FormatFailure,
    /// What was signed is not what is there.
    HashFailure,
    /// The signature was not made by the certificate's key.
    SigCryptoFailure,
    /// The certificate of the signer was revoked when the signature was made.
    Revoked,
    /// The certificate had expired when the signature was made.
    Expired,
    /// The certificate was not valid yet when the signature was made.
    NotYetValid,
    /// There is no certificate of the signer, or not the one that was signed.
    NoSigningCertificateFound,
    /// The signature is not as it is asked for.
    SigConstraintsFailure,
    /// An algorithm or the size of a key is not accepted.
    CryptoConstraintsFailure,
    /// A time-stamp is older than what it should prove.
    TimestampOrderFailure,
    /// A certificate of the path is not as it is asked for.
    ChainConstraintsFailure,
    /// The path could not be judged, for another reason.
    CertificateChainGeneralFailure,
    /// No path leads to a trust anchor.
    NoCertificateChainFound,
    /// A certificate was revoked, and nothing proves that the signature is older.
    RevokedNoPoe,
    /// The certificate has expired or is not valid yet, and nothing proves that the signature was made between.
    OutOfBoundsNoPoe,
    /// Nothing proves that the signature was there in time.
    NoPoe,
    /// More can be told later, or when something is fetched.
    TryLater,
}

impl SubIndication {
    /// The name in the standard: `HASH_FAILURE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FormatFailure => "FORMAT_FAILURE",
            Self::HashFailure => "HASH_FAILURE",
            Self::SigCryptoFailure => "SIG_CRYPTO_FAILURE",
            Self::Revoked => "REVOKED",
            Self::Expired => "EXPIRED",
            Self::NotYetValid => "NOT_YET_VALID",
            Self::NoSigningCertificateFound => "NO_SIGNING_CERTIFICATE_FOUND",
            Self::SigConstraintsFailure => "SIG_CONSTRAINTS_FAILURE",
            Self::CryptoConstraintsFailure => "CRYPTO_CONSTRAINTS_FAILURE",
            Self::TimestampOrderFailure => "TIMESTAMP_ORDER_FAILURE",
            Self::ChainConstraintsFailure => "CHAIN_CONSTRAINTS_FAILURE",
            Self::CertificateChainGeneralFailure => "CERTIFICATE_CHAIN_GENERAL_FAILURE",
            Self::NoCertificateChainFound => "NO_CERTIFICATE_CHAIN_FOUND",
            Self::RevokedNoPoe => "REVOKED_NO_POE",
            Self::OutOfBoundsNoPoe => "OUT_OF_BOUNDS_NO_POE",
            Self::NoPoe => "NO_POE",
            Self::TryLater => "TRY_LATER",
        }
    }
}

impl fmt::Display for SubIndication {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What a verification found. The names (see [`VerificationCode::as_str`]) stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum VerificationCode {
    /// The document, the signature or something in them is larger than any of ours.
    TooLarge,
    /// The bytes are not a PDF.
    NotPdf,
    /// There are bytes after the end-of-file marker, which no signature would cover.
    TrailingBytes,
    /// The PDF is damaged, encrypted, or of a kind that our documents are not.
    Structure,
    /// There is no signature.
    NoSignature,
    /// There is more than one signature.
    SeveralSignatures,
    /// The signature is not of the format `ETSI.CAdES.detached`.
    SubFilter,
    /// The signature does not cover the whole file but its own value.
    ByteRange,
    /// Something other than padding follows the signature's value.
    ContentsPadding,
    /// The CMS structure is damaged or not one of ours.
    CmsStructure,
    /// The signed content type is not data.
    ContentType,
    /// The document is not the one that was signed.
    DigestMismatch,
    /// The attribute signing-certificate-v2 is missing.
    SigningCertificateMissing,
    /// The attribute signing-certificate-v2 names another certificate.
    SigningCertificateMismatch,
    /// The attribute signing-time is there, where the time must stand in the document.
    SigningTimeAttribute,
    /// There are unsigned attributes other than one time-stamp.
    UnsignedAttribute,
    /// The signature carries no certificate of its signer.
    SignerCertificateMissing,
    /// The digest or signature algorithm is not accepted.
    AlgorithmNotAccepted,
    /// The signature was not made by the certificate's key.
    SignatureInvalid,
    /// The signer's certificate does not hold; the detail begins with the certificate finding's own code.
    Certificate,
    /// The signing time is missing or cannot be read.
    SigningTimeMissing,
    /// The signing time lies outside the certificate's validity or in the future.
    SigningTimeImplausible,
    /// The attachment is missing, is not the only one, or cannot be read.
    AttachmentMissing,
    /// `acceptance.json` cannot be read.
    AcceptanceUnreadable,
    /// The declaration accepts terms that are not known here.
    TermsUnknown,
    /// The declaration was made with a template that is not known here.
    TemplateUnknown,
    /// The acceptance names another certificate than the signer's.
    SignerMismatch,
    /// The acceptance is not what the signer's certificate and the terms ask for.
    AcceptanceMismatch,
    /// The acceptance is for practice where real ones are wanted, or the other way round.
    PracticeMismatch,
    /// The document could not be rendered again.
    RenderingFailed,
    /// The document does not show what its acceptance says.
    RenderingDiffers,
    /// The revision with the signature changes more than a signature does.
    SignatureRevisionDiffers,
    /// The time-stamp cannot be read.
    TimeStampUnreadable,
    /// The time-stamp is about something else than this signature.
    TimeStampOfOtherSignature,
    /// The time-stamp was altered, or not made by its authority's key.
    TimeStampInvalid,
    /// The time-stamp's certificate is not for time-stamping, or does not hold.
    TimeStampAuthority,
    /// The time-stamp is from the future, or older than the signature says it is.
    TimeStampImplausible,
    /// A later revision changes something else than the evidence for verifying.
    LaterRevision,
    /// The evidence for verifying that a later revision holds cannot be read.
    EvidenceUnreadable,
    /// Something in the evidence was altered, or is by nobody of the document's paths.
    EvidenceInvalid,
    /// A certificate was revoked when the signature was made, or since, with nothing that proves the signature older.
    Revoked,
    /// A certificate was on hold when the signature was made.
    Suspended,
    /// Nothing in the document proves the status of a certificate at the time of the signature. A hint, never a finding.
    StatusNotProven,
}

impl VerificationCode {
    /// The code as machines read it, in kebab case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::NotPdf => "not-pdf",
            Self::TrailingBytes => "trailing-bytes",
            Self::Structure => "structure",
            Self::NoSignature => "no-signature",
            Self::SeveralSignatures => "several-signatures",
            Self::SubFilter => "sub-filter",
            Self::ByteRange => "byte-range",
            Self::ContentsPadding => "contents-padding",
            Self::CmsStructure => "cms-structure",
            Self::ContentType => "content-type",
            Self::DigestMismatch => "digest-mismatch",
            Self::SigningCertificateMissing => "signing-certificate-missing",
            Self::SigningCertificateMismatch => "signing-certificate-mismatch",
            Self::SigningTimeAttribute => "signing-time-attribute",
            Self::UnsignedAttribute => "unsigned-attribute",
            Self::SignerCertificateMissing => "signer-certificate-missing",
            Self::AlgorithmNotAccepted => "algorithm-not-accepted",
            Self::SignatureInvalid => "signature-invalid",
            Self::Certificate => "certificate",
            Self::SigningTimeMissing => "signing-time-missing",
            Self::SigningTimeImplausible => "signing-time-implausible",
            Self::AttachmentMissing => "attachment-missing",
            Self::AcceptanceUnreadable => "acceptance-unreadable",
            Self::TermsUnknown => "terms-unknown",
            Self::TemplateUnknown => "template-unknown",
            Self::SignerMismatch => "signer-mismatch",
            Self::AcceptanceMismatch => "acceptance-mismatch",
            Self::PracticeMismatch => "practice-mismatch",
            Self::RenderingFailed => "rendering-failed",
            Self::RenderingDiffers => "rendering-differs",
            Self::SignatureRevisionDiffers => "signature-revision-differs",
            Self::TimeStampUnreadable => "time-stamp-unreadable",
            Self::TimeStampOfOtherSignature => "time-stamp-of-other-signature",
            Self::TimeStampInvalid => "time-stamp-invalid",
            Self::TimeStampAuthority => "time-stamp-authority",
            Self::TimeStampImplausible => "time-stamp-implausible",
            Self::LaterRevision => "later-revision",
            Self::EvidenceUnreadable => "evidence-unreadable",
            Self::EvidenceInvalid => "evidence-invalid",
            Self::Revoked => "revoked",
            Self::Suspended => "suspended",
            Self::StatusNotProven => "status-not-proven",
        }
    }

    /// What a finding of this kind is in the standard; where it depends on the case, what it is at worst.
    pub fn sub_indication(self) -> SubIndication {
        match self {
            Self::TooLarge
            | Self::NotPdf
            | Self::TrailingBytes
            | Self::Structure
            | Self::NoSignature
            | Self::SeveralSignatures
            | Self::SubFilter
            | Self::ByteRange
            | Self::ContentsPadding
            | Self::CmsStructure
            | Self::ContentType
            | Self::SigningTimeAttribute
            | Self::UnsignedAttribute
            | Self::LaterRevision
            | Self::EvidenceUnreadable
            | Self::TimeStampUnreadable => SubIndication::FormatFailure,
            Self::DigestMismatch | Self::TimeStampOfOtherSignature => SubIndication::HashFailure,
            Self::SignatureInvalid | Self::TimeStampInvalid | Self::EvidenceInvalid => SubIndication::SigCryptoFailure,
            Self::SigningCertificateMissing | Self::SigningCertificateMismatch | Self::SignerCertificateMissing => {
                SubIndication::NoSigningCertificateFound
            }
            Self::AlgorithmNotAccepted => SubIndication::CryptoConstraintsFailure,
            Self::Certificate | Self::TimeStampAuthority => SubIndication::ChainConstraintsFailure,
            Self::TimeStampImplausible => SubIndication::TimestampOrderFailure,
            Self::Revoked => SubIndication::Revoked,
            Self::Suspended => SubIndication::TryLater,
            Self::StatusNotProven => SubIndication::NoPoe,
            Self::SigningTimeMissing
            | Self::SigningTimeImplausible
            | Self::AttachmentMissing
            | Self::AcceptanceUnreadable
            | Self::TermsUnknown
            | Self::TemplateUnknown
            | Self::SignerMismatch
            | Self::AcceptanceMismatch
            | Self::PracticeMismatch
            | Self::RenderingFailed
            | Self::RenderingDiffers
            | Self::SignatureRevisionDiffers => SubIndication::SigConstraintsFailure,
        }
    }

    /// Whether it is about certificates and their time alone, and says nothing against the document.
    pub(super) fn is_about_certificates(self) -> bool {
        match self {
            Self::Certificate | Self::TimeStampAuthority | Self::Revoked | Self::Suspended => true,
            Self::TooLarge
            | Self::NotPdf
            | Self::TrailingBytes
            | Self::Structure
            | Self::NoSignature
            | Self::SeveralSignatures
            | Self::SubFilter
            | Self::ByteRange
            | Self::ContentsPadding
            | Self::CmsStructure
            | Self::ContentType
            | Self::DigestMismatch
            | Self::SigningCertificateMissing
            | Self::SigningCertificateMismatch
            | Self::SigningTimeAttribute
            | Self::UnsignedAttribute
            | Self::SignerCertificateMissing
            | Self::AlgorithmNotAccepted
            | Self::SignatureInvalid
            | Self::SigningTimeMissing
            | Self::SigningTimeImplausible
            | Self::AttachmentMissing
            | Self::AcceptanceUnreadable
            | Self::TermsUnknown
            | Self::TemplateUnknown
            | Self::SignerMismatch
            | Self::AcceptanceMismatch
            | Self::PracticeMismatch
            | Self::RenderingFailed
            | Self::RenderingDiffers
            | Self::SignatureRevisionDiffers
            | Self::TimeStampUnreadable
            | Self::TimeStampOfOtherSignature
            | Self::TimeStampInvalid
            | Self::TimeStampImplausible
            | Self::LaterRevision
            | Self::EvidenceUnreadable
            | Self::EvidenceInvalid
            | Self::StatusNotProven => false,
        }
    }
}

impl fmt::Display for VerificationCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One thing that a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerificationFinding {
    /// What it is.
    pub code: VerificationCode,
    /// The facts of this case, in English.
    pub detail: String,
}
