//! Rows as SQLite gives them, and what they say. One that is not as it was written, or says nothing that is known, is
//! damage.

use crate::fingerprint::Fingerprint;
use crate::journal::{damaged, stored_hash, stored_number};
use crate::text;
use lifecycle::gate::PortalTime;
use lifecycle::ports::{JournalError, KeptStatus, StatusEvidence};
use lifecycle::{Journey, KeyId, KeyUse, LoggedKeyUse, Preservation};

#[derive(sqlx::FromRow)]
pub(crate) struct JourneyRow {
    id: String,
    revision: i64,
    portal: String,
    practice: bool,
    step: String,
    fingerprint: Option<Vec<u8>>,
}

impl TryFrom<JourneyRow> for Journey {
    type Error = JournalError;

    fn try_from(row: JourneyRow) -> Result<Self, JournalError> {
        Fingerprint::of_journey(&row.id, row.revision, &row.portal, row.practice, &row.step)
            .expect(row.fingerprint.as_deref(), "the journey")?;
        Ok(Self {
            id: text::read_uuid(&row.id)?,
            revision: u64::try_from(row.revision).map_err(|error| damaged(&error.to_string()))?,
            portal: row.portal,
            practice: row.practice,
            step: serde_json::from_str(&row.step).map_err(|error| damaged(&error.to_string()))?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct UseLogRow {
    number: i64,
    key: String,
    purpose: String,
    used_at: String,
    portal: String,
    document: Option<String>,
    program_version: String,
    refused: Option<String>,
    hash: Option<Vec<u8>>,
}

impl TryFrom<UseLogRow> for LoggedKeyUse {
    type Error = JournalError;

    fn try_from(row: UseLogRow) -> Result<Self, JournalError> {
        Ok(Self {
            number: stored_number(row.number)?,
            key_use: KeyUse {
                key: KeyId(text::read_uuid(&row.key)?),
                purpose: text::read_key_purpose(&row.purpose)?,
                at: text::read_time(&row.used_at)?,
                portal: row.portal,
                document: row.document.as_deref().map(text::read_uuid).transpose()?,
                program_version: row.program_version,
                refused: row.refused.as_deref().map(text::read_problem).transpose()?,
            },
            hash: row.hash.map(stored_hash).transpose()?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct OutgoingRow {
    pub(crate) journey: String,
    pub(crate) declaration: String,
    pub(crate) pdf: Vec<u8>,
    pub(crate) fingerprint: Option<Vec<u8>>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct RecordedJourneyRow {
    #[sqlx(flatten)]
    pub(crate) journey: JourneyRow,
    pub(crate) under_way: bool,
}

#[derive(sqlx::FromRow)]
pub(crate) struct KeptStatusRow {
    kind: String,
    response: Vec<u8>,
    this_update: String,
    portal_said: Option<String>,
    portal_heard_at: Option<String>,
}

impl TryFrom<KeptStatusRow> for KeptStatus {
    type Error = JournalError;

    fn try_from(row: KeptStatusRow) -> Result<Self, JournalError> {
        let evidence = match row.kind.as_str() {
            text::OCSP => StatusEvidence::Ocsp(row.response),
            text::REVOCATION_LIST => StatusEvidence::RevocationList(row.response),
            _ => return Err(damaged("a status answer is of an unknown kind")),
        };
        let portal_time = match (row.portal_said, row.portal_heard_at) {
            (Some(said), Some(heard_at)) => {
                Some(PortalTime { said: text::read_time(&said)?, heard_at: text::read_time(&heard_at)? })
            }
            (Some(_) | None, _) => None,
        };
        Ok(Self { evidence, this_update: text::read_time(&row.this_update)?, portal_time })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct PreservationRow {
    declaration: String,
    level: String,
    proven_time: String,
    pdf: Vec<u8>,
    fingerprint: Option<Vec<u8>>,
}

impl TryFrom<PreservationRow> for Preservation {
    type Error = JournalError;

    fn try_from(row: PreservationRow) -> Result<Self, JournalError> {
        Fingerprint::of_preservation(&row.declaration, &row.level, &row.proven_time, &row.pdf)
            .expect(row.fingerprint.as_deref(), "a declaration that was made to last")?;
        let level = text::read_preservation_level(&row.level)?;
        Ok(Self { level, proven_time: text::read_time(&row.proven_time)?, pdf: row.pdf })
    }
}
