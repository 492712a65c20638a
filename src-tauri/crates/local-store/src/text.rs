//! How values are written into columns. These words stay: journals on people's computers hold them.

use chrono::{DateTime, SecondsFormat, Utc};
use lifecycle::ports::JournalError;
use lifecycle::{DocumentKind, Judgement, KeyPlaceName, KeyPurpose, PreservationLevel, ProblemCode};
use uuid::Uuid;

/// What a kept status answer is.
pub(crate) const OCSP: &str = "ocsp";
pub(crate) const REVOCATION_LIST: &str = "revocation-list";

pub(crate) fn document_kind(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Declaration => "declaration",
        DocumentKind::Receipt => "receipt",
    }
}

pub(crate) fn preservation_level(level: PreservationLevel) -> &'static str {
    level.name()
}

pub(crate) fn read_preservation_level(text: &str) -> Result<PreservationLevel, JournalError> {
    let known = [PreservationLevel::TimeStamped, PreservationLevel::LongTerm];
    let known = known.into_iter().find(|level| level.name() == text);
    known.ok_or_else(|| JournalError::Damaged("a declaration is kept at an unknown level".into()))
}

pub(crate) fn key_purpose(purpose: KeyPurpose) -> &'static str {
    purpose.name()
}

/// A problem that a newer version knows, or none at all, is not one of this journal.
pub(crate) fn read_problem(text: &str) -> Result<ProblemCode, JournalError> {
    let known = ProblemCode::ALL.iter().copied().find(|code| code.name() == text);
    known.ok_or_else(|| JournalError::Damaged("a key use was refused for an unknown problem".into()))
}

pub(crate) fn read_key_purpose(text: &str) -> Result<KeyPurpose, JournalError> {
    match text {
        "certification-request" => Ok(KeyPurpose::CertificationRequest),
        "device-registration" => Ok(KeyPurpose::DeviceRegistration),
        "declaration-signature" => Ok(KeyPurpose::DeclarationSignature),
        "declaration-submission" => Ok(KeyPurpose::DeclarationSubmission),
        "password-change" => Ok(KeyPurpose::PasswordChange),
        "key-import" => Ok(KeyPurpose::KeyImport),
        "key-export" => Ok(KeyPurpose::KeyExport),
        "renewal" => Ok(KeyPurpose::Renewal),
        "revocation" => Ok(KeyPurpose::Revocation),
        _ => Err(JournalError::Damaged("a key use has an unknown purpose".into())),
    }
}

pub(crate) fn judgement(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Ours => "ours",
        Judgement::Before => "before",
        Judgement::Suspicious => "suspicious",
        Judgement::Acknowledged => "acknowledged",
    }
}

pub(crate) fn read_judgement(text: &str) -> Result<Judgement, JournalError> {
    match text {
        "ours" => Ok(Judgement::Ours),
        "before" => Ok(Judgement::Before),
        "suspicious" => Ok(Judgement::Suspicious),
        "acknowledged" => Ok(Judgement::Acknowledged),
        _ => Err(JournalError::Damaged("an act at the portal has an unknown judgement".into())),
    }
}

/// Any name is one: the place itself says whether it knows it.
pub(crate) fn read_place(text: &str) -> KeyPlaceName {
    if text == "keychain" { KeyPlaceName::default() } else { KeyPlaceName::token(text) }
}

pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Nanos, true)
}

pub(crate) fn read_time(text: &str) -> Result<DateTime<Utc>, JournalError> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .map_err(|error| JournalError::Damaged(error.to_string().into()))
}

pub(crate) fn read_uuid(text: &str) -> Result<Uuid, JournalError> {
    Uuid::try_parse(text).map_err(|error| JournalError::Damaged(error.to_string().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_is_read_back_as_it_was_written() {
        for purpose in [
            KeyPurpose::CertificationRequest,
            KeyPurpose::DeviceRegistration,
            KeyPurpose::DeclarationSignature,
            KeyPurpose::DeclarationSubmission,
            KeyPurpose::PasswordChange,
        ] {
            assert_eq!(read_key_purpose(key_purpose(purpose)).expect("a purpose"), purpose);
        }
        assert!(matches!(read_key_purpose("something"), Err(JournalError::Damaged(_))));
    }

    #[test]
    fn a_time_is_read_back_to_the_nanosecond() {
        let at = DateTime::from_timestamp(1_795_000_000, 123_456_789).expect("a time");
        assert_eq!(read_time(&time(at)).expect("a time"), at);
    }
}
