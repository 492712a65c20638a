//! Why a use case did not reach its end, and which problem a person is told about.

use crate::gate::GateClosed;
use crate::invitation::InvitationInputError;
use crate::journey::KeyPlaceName;
use crate::ports::{JournalError, KeyStoreError, PortalError, Refusal};
use crate::problem::ProblemCode;
use crate::secret::PasswordRejected;
use crate::status::StatusUntold;
use chrono::{DateTime, Utc};
use thiserror::Error;

/// Why a use case did not reach its end. Everything is then as it was before, or as the last recorded step left it.
#[derive(Debug, Error)]
pub enum JourneyError {
    /// What was typed is not in the form of a reference number or code.
    #[error(transparent)]
    Input(#[from] InvitationInputError),
    /// The chosen password is not taken.
    #[error(transparent)]
    Password(#[from] PasswordRejected),
    /// Wrong passwords were typed in a row: the next try must wait.
    #[error("the next try of the password must wait until {until}")]
    PasswordWait {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// The keychain failed.
    #[error("keychain")]
    KeyStore(#[from] KeyStoreError),
    /// The portal failed or refused.
    #[error("portal")]
    Portal(#[from] PortalError),
    /// The portal failed or refused where a revocation code was given.
    #[error("portal, by revocation code")]
    ByRevocationCode(#[source] PortalError),
    /// The journal failed.
    #[error("journal")]
    Journal(#[from] JournalError),
    /// The gate in front of the key is shut.
    #[error("gate")]
    Gate(#[from] GateClosed),
    /// What came does not hold at this computer's time, and that time cannot be right.
    #[error("{closed}")]
    ByClock {
        /// Why the time cannot be right.
        closed: GateClosed,
        /// What did not hold.
        #[source]
        instead_of: Box<JourneyError>,
    },
    /// The certificate that came is not the right one.
    #[error("certificate")]
    Certificate(#[from] CertificateRejection),
    /// The certification request could not be built.
    #[error("certification request")]
    CertificationRequest(#[from] pki::certification_request::CertificationRequestError),
    /// The terms are not signed by the portal, or are not the known ones.
    #[error("the terms are not genuine: {0}")]
    TermsNotGenuine(Box<str>),
    /// The terms in force are not those that were shown.
    #[error("the terms in force are not those that were shown")]
    TermsChanged,
    /// The terms changed after the signature: the portal did not accept the declaration.
    #[error("the terms changed after the declaration was signed")]
    DeclarationOutdated,
    /// Not every consent was given.
    #[error("not every consent was given")]
    ConsentsMissing,
    /// The answers are not exactly one for every detail.
    #[error("the answers are not exactly one for every detail")]
    AnswersIncomplete,
    /// The status of the certificate cannot be told, so the key is not used.
    #[error("status")]
    StatusUntold(#[from] StatusUntold),
    /// The declaration could not be rendered or signed.
    #[error("declaration")]
    Declaration(#[from] declaration::DeclarationError),
    /// The receipt is not genuine, or not for this declaration.
    #[error("receipt")]
    Receipt(#[from] declaration::receipt::ReceiptError),
    /// What the time-stamping authority answered proves no time.
    #[error("time-stamp")]
    TimeStamp(#[from] declaration::time_stamp::TimeStampError),
    /// Nothing could be added to the signed declaration.
    #[error("preservation")]
    Preservation(#[from] declaration::UpgradeError),
    /// The file with all that a verification needs could not be made.
    #[error("the file with the evidence could not be made: {0}")]
    EvidenceFile(Box<str>),
    /// The one-time code must be typed again.
    #[error("the one-time code is needed again")]
    CodeNeeded,
    /// The journey under way belongs to another portal.
    #[error("the journey under way belongs to another portal")]
    OtherPortal,
    /// The key of the journey under way is kept in another place than the one that was chosen.
    #[error("the key is in another place than the chosen one: {0}")]
    KeyElsewhere(KeyPlaceName),
    /// It is not said what is to happen to the employee's earlier certificates.
    #[error("it is not said what is to happen to the earlier certificates")]
    EarlierUndecided,
    /// That many employee certificates are in the file, and none was chosen that is there.
    #[error("{0} employee certificates are in the file")]
    ContainerCertificateUnclear(usize),
    /// The key of the next certificate opens with another password than the one in use.
    #[error("the key of the next certificate opens with another password")]
    NextKeyLocked,
    /// The organisation's policy names other portals.
    #[error("the organisation's policy names other portals")]
    PortalNotInPolicy,
    /// The organisation's policy lets no key be made there.
    #[error("the organisation's policy lets no key be made in this place")]
    KeyPlaceNotInPolicy,
    /// The state of the journey does not allow this.
    #[error("the journey's state does not allow this")]
    WrongStep,
}

/// Whether a token that was taken out is at the bottom of it.
fn key_is_gone(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .any(|error| matches!(error.downcast_ref(), Some(pki::SigningError::Gone(_))))
}

/// Why a certificate from the portal is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CertificateRejection {
    /// It holds another public key.
    #[error("the certificate is not for this key")]
    NotForKey,
    /// It names another employee than the one before.
    #[error("the certificate names another employee than the one before")]
    OfSomebodyElse,
    /// It is not valid yet.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// It has expired.
    #[error("the certificate has expired")]
    Expired,
    /// It is not an employee certificate of the profile.
    #[error("the certificate is not of the profile: {0}")]
    NotOfProfile(Box<str>),
    /// It does not lead to the trust anchor.
    #[error("the certificate does not lead to the trust anchor: {0}")]
    Untrusted(Box<str>),
}

impl JourneyError {
    /// The problem that a person is told about.
    #[must_use]
    pub fn problem(&self) -> ProblemCode {
        match self {
            Self::Input(InvitationInputError::Reference) => ProblemCode::ReferenceMalformed,
            Self::Input(InvitationInputError::Code) => ProblemCode::CodeMalformed,
            Self::Password(PasswordRejected::TooShort | PasswordRejected::TooLong | PasswordRejected::Guessable) => {
                ProblemCode::PasswordTooWeak
            }
            Self::PasswordWait { .. } => ProblemCode::PasswordWait,
            Self::KeyStore(error) => match error {
                KeyStoreError::Absent(_) => ProblemCode::KeychainAbsent,
                KeyStoreError::Locked => ProblemCode::KeychainLocked,
                KeyStoreError::Unreliable(_) => ProblemCode::KeychainUnreliable,
                KeyStoreError::TooSmall => ProblemCode::KeychainTooSmall,
                KeyStoreError::Missing => ProblemCode::KeyMissing,
                KeyStoreError::WrongPassword => ProblemCode::PasswordWrong,
                KeyStoreError::Damaged(_) => ProblemCode::KeyDamaged,
                KeyStoreError::Failed(_) => ProblemCode::KeyFailed,
                KeyStoreError::TokenAbsent(_) => ProblemCode::TokenAbsent,
                KeyStoreError::TokenModule(_) => ProblemCode::TokenModuleUnusable,
                KeyStoreError::TokenAmbiguous(_) => ProblemCode::TokenAmbiguous,
                KeyStoreError::PinWrong { last_try: false } => ProblemCode::PinWrong,
                KeyStoreError::PinWrong { last_try: true } => ProblemCode::PinWrongLastTry,
                KeyStoreError::PinLocked => ProblemCode::PinLocked,
                KeyStoreError::PinNotSet => ProblemCode::PinNotSet,
                KeyStoreError::PinToBeChanged => ProblemCode::PinToBeChanged,
                KeyStoreError::PinOfToken => ProblemCode::PinOfToken,
                KeyStoreError::TokenWriteProtected => ProblemCode::TokenWriteProtected,
                KeyStoreError::TokenFull => ProblemCode::TokenFull,
                KeyStoreError::TokenUnsuitable(_) => ProblemCode::TokenUnsuitable,
                KeyStoreError::ContainerLocked => ProblemCode::ContainerPasswordWrong,
                KeyStoreError::ContainerWithoutKey => ProblemCode::ContainerWithoutKey,
                KeyStoreError::ContainerDamaged(_) => ProblemCode::ContainerDamaged,
                KeyStoreError::KeyUnsuitable(_) => ProblemCode::KeyUnsuitable,
                KeyStoreError::ImportIntoToken => ProblemCode::ImportIntoToken,
                KeyStoreError::ExportFromToken => ProblemCode::ExportFromToken,
            },
            Self::ByRevocationCode(PortalError::Refused { refusal: Refusal::CodeWrong { .. }, .. }) => {
                ProblemCode::RevocationCodeWrong
            }
            Self::ByRevocationCode(PortalError::Refused { refusal: Refusal::CodeLocked, .. }) => {
                ProblemCode::RevocationCodeLocked
            }
            Self::Portal(error) | Self::ByRevocationCode(error) => match error {
                PortalError::Unreachable(_) => ProblemCode::PortalUnreachable,
                PortalError::UnexpectedServerCertificate(_) => ProblemCode::PortalCertificateUnexpected,
                PortalError::Failed { .. } => ProblemCode::PortalFailed,
                PortalError::KeyFailed(_) if key_is_gone(error) => ProblemCode::TokenAbsent,
                PortalError::KeyFailed(_) => ProblemCode::KeyFailed,
                PortalError::Unusable(_) => ProblemCode::PortalAnswerUnusable,
                PortalError::Refused { refusal, .. } => match refusal {
                    Refusal::CodeWrong { .. } => ProblemCode::CodeWrong,
                    Refusal::CodeLocked => ProblemCode::CodeLocked,
                    Refusal::InvitationExpired => ProblemCode::InvitationExpired,
                    Refusal::InvitationUsed => ProblemCode::InvitationUsed,
                    Refusal::CertificateNotUsable => ProblemCode::CertificateNotAccepted,
                    Refusal::DeviceTokenInvalid => ProblemCode::DeviceUnknown,
                    Refusal::DeclarationInvalid => ProblemCode::DeclarationRefused,
                    Refusal::TermsNotInForce => ProblemCode::DeclarationOutdated,
                    Refusal::AlreadyRevoked => ProblemCode::CertificateRevoked,
                    Refusal::NotPermitted => ProblemCode::PortalRefused,
                    Refusal::SuspensionNotOffered => ProblemCode::SuspensionNotOffered,
                },
            },
            Self::Journal(error) => match error {
                JournalError::Conflict => ProblemCode::WrongStep,
                JournalError::WrittenByNewerVersion => ProblemCode::JournalNewer,
                JournalError::Damaged(_) => ProblemCode::JournalDamaged,
                JournalError::Unavailable(_) => ProblemCode::JournalUnavailable,
            },
            Self::Gate(error) => match error {
                GateClosed::NotYetValid { .. } => ProblemCode::CertificateNotYetValid,
                GateClosed::Expired { .. } => ProblemCode::CertificateExpired,
                GateClosed::Suspended => ProblemCode::CertificateSuspended,
                GateClosed::Revoked => ProblemCode::CertificateRevoked,
                GateClosed::ClockImplausible { .. } => ProblemCode::ClockImplausible,
                GateClosed::StatusUnknown | GateClosed::StatusStale { .. } => ProblemCode::StatusUntold,
                GateClosed::ForbiddenByPolicy => ProblemCode::PolicyForbids,
                GateClosed::DetailsUnchecked => ProblemCode::DetailsUnchecked,
                GateClosed::NotInThisStep => ProblemCode::WrongStep,
            },
            Self::ByClock { .. } => ProblemCode::ClockImplausible,
            Self::Certificate(error) => match error {
                CertificateRejection::NotForKey => ProblemCode::CertificateNotForKey,
                CertificateRejection::OfSomebodyElse => ProblemCode::CertificateNotForKey,
                CertificateRejection::NotYetValid => ProblemCode::CertificateNotYetValid,
                CertificateRejection::Expired => ProblemCode::CertificateExpired,
                CertificateRejection::NotOfProfile(_) => ProblemCode::CertificateNotOfProfile,
                CertificateRejection::Untrusted(_) => ProblemCode::CertificateUntrusted,
            },
            Self::CertificationRequest(error) if key_is_gone(error) => ProblemCode::TokenAbsent,
            Self::CertificationRequest(_) => ProblemCode::KeyFailed,
            Self::StatusUntold(_) => ProblemCode::StatusUntold,
            Self::TermsNotGenuine(_) => ProblemCode::TermsNotGenuine,
            Self::TermsChanged => ProblemCode::TermsChanged,
            Self::DeclarationOutdated => ProblemCode::DeclarationOutdated,
            Self::ConsentsMissing => ProblemCode::ConsentsMissing,
            Self::AnswersIncomplete => ProblemCode::AnswersIncomplete,
            Self::Declaration(error) if key_is_gone(error) => ProblemCode::TokenAbsent,
            Self::Declaration(_) => ProblemCode::DeclarationFailed,
            Self::Receipt(_) => ProblemCode::ReceiptNotGenuine,
            Self::TimeStamp(_) => ProblemCode::TimeStampUnusable,
            Self::Preservation(_) | Self::EvidenceFile(_) => ProblemCode::PreservationFailed,
            Self::CodeNeeded => ProblemCode::CodeNeeded,
            Self::OtherPortal => ProblemCode::OtherPortal,
            Self::KeyElsewhere(_) => ProblemCode::KeyElsewhere,
            Self::EarlierUndecided => ProblemCode::EarlierUndecided,
            Self::ContainerCertificateUnclear(_) => ProblemCode::ContainerCertificateUnclear,
            Self::PortalNotInPolicy => ProblemCode::PortalNotInPolicy,
            Self::KeyPlaceNotInPolicy => ProblemCode::PolicyForbids,
            Self::NextKeyLocked => ProblemCode::PasswordWrong,
            Self::WrongStep => ProblemCode::WrongStep,
        }
    }

    /// Until when the next try must wait, where that is the problem.
    #[must_use]
    pub fn wait_until(&self) -> Option<DateTime<Utc>> {
        if let Self::PasswordWait { until } = self { Some(*until) } else { None }
    }

    /// The addresses that did not answer, where that is why the status cannot be told.
    #[must_use]
    pub fn silent_addresses(&self) -> Vec<&str> {
        let Self::StatusUntold(StatusUntold::NoAnswer(silences)) = self else { return Vec::new() };
        silences.iter().map(|silence| &*silence.address).collect()
    }

    /// How many tries are left, where tries are counted.
    #[must_use]
    pub fn tries_left(&self) -> Option<u32> {
        let (Self::Portal(error) | Self::ByRevocationCode(error)) = self else { return None };
        let PortalError::Refused { refusal: Refusal::CodeWrong { tries_left }, .. } = error else {
            return None;
        };
        Some(*tries_left)
    }
}
