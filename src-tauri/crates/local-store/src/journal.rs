//! The port's adapter: [`SqliteJournal`].

use crate::fingerprint::Fingerprint;
use crate::rows::{JourneyRow, KeptStatusRow, OutgoingRow, PreservationRow, RecordedJourneyRow, UseLogRow};
use crate::{opening, text};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use lifecycle::ports::{Change, Journal, JournalError, KeptStatus, RecordedJourney, StatusEvidence};
use lifecycle::{
    Document, DocumentKind, Journey, JudgedActivity, KeyId, KeyPlaceName, KeyUse, LoggedKeyUse, OutgoingDeclaration,
    Preservation, ProblemCode, UseLog, UseLogChain,
};
use sqlx::Transaction;
use sqlx::sqlite::{Sqlite, SqliteConnection, SqlitePool};
use std::collections::VecDeque;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use thiserror::Error;
use uuid::Uuid;

/// Most bytes of a document that the journal takes.
pub const LARGEST_DOCUMENT: usize = 64 * 1024 * 1024;

/// Most journeys that are listed.
const MOST_JOURNEYS: u32 = 100;

/// Takes the write lock when it begins, so that what is read in it stays true until it is committed.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// The journal in an SQLite file.
///
/// Write-ahead logging, flushed to the disk at every commit (`synchronous=FULL`): what was recorded is there after a
/// power cut, and what was being recorded is there as a whole or not at all. Several processes may have it open.
#[derive(Clone)]
pub struct SqliteJournal {
    pub(crate) pool: SqlitePool,
    /// What became of the documents where the journal opened though not everything in it can be read.
    rescue: Option<Arc<str>>,
}

/// A choice of the person's that belongs to no journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setting {
    /// The language of the window.
    Language,
    /// What is known of the portal without asking it again (its name, its support), as the face writes it.
    Portal,
    /// The reminder that was put off, as the face writes it.
    Snoozed,
    /// The reminder that was told last, as the face writes it.
    Reminded,
}

impl Setting {
    fn name(self) -> &'static str {
        match self {
            Self::Language => "language",
            Self::Portal => "portal",
            Self::Snoozed => "snoozed",
            Self::Reminded => "reminded",
        }
    }
}

#[derive(Debug, Error)]
#[error("a document of {0} bytes is larger than a journal takes")]
struct DocumentTooLarge(usize);

impl SqliteJournal {
    /// Opens the journal at `path`; makes the file, and the folders above it, where there are none (0600 and 0700 on
    /// Unix; a folder that exists keeps its permissions).
    ///
    /// # Errors
    /// [`JournalError::WrittenByNewerVersion`]; [`JournalError::Damaged`] where the file is not a journal or a broken
    /// one; [`JournalError::Unavailable`]. In each case the file is left as it was. The documents of a broken one that
    /// can still be read are then in a folder beside it, which the error names. So are they where SQLite finds nothing
    /// wrong, but something in it is not as it was written: such a journal opens, and reading that part fails.
    pub async fn open(path: &Path) -> Result<Self, JournalError> {
        let opening::Opened { pool, lock } = opening::open(path).await?;
        let mut journal = Self { pool, rescue: None };
        if let Err(JournalError::Damaged(_)) = journal.read_everything().await {
            journal.rescue = Some(opening::rescue_of_values(&journal.pool, path).await.into());
        }
        drop(lock);
        Ok(journal)
    }

    /// Reads what the use cases read.
    fn read_everything(&self) -> Pin<Box<dyn Future<Output = Result<(), JournalError>> + Send + '_>> {
        // Boxed: what opens a journal is then `Send` for the compiler too.
        Box::pin(self.read_all())
    }

    async fn read_all(&self) -> Result<(), JournalError> {
        for RecordedJourney { journey, under_way: _ } in self.journeys().await? {
            for kind in [DocumentKind::Declaration, DocumentKind::Receipt] {
                self.document(journey.id, kind).await?;
            }
            if let Some(declaration) = journey.step.declaration() {
                self.preservation(declaration.id).await?;
            }
            self.status_answer(journey.id).await?;
            self.activities(journey.id, u32::MAX).await?;
        }
        self.outgoing().await?;
        self.announced_keys().await?;
        self.use_log(0).await.map(drop)
    }

    /// Says with a damage what becomes of what can still be read.
    fn and_the_rest(&self, error: JournalError) -> JournalError {
        let JournalError::Damaged(reason) = error else { return error };
        let rest = self.rescue.as_deref().unwrap_or("what can still be read is saved when the journal is opened next");
        damaged(&format!("{reason}; {rest}"))
    }

    /// Ends what is under way and closes the file. A journal that is dropped instead loses nothing.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Reads a setting; `None` where it was never set.
    ///
    /// # Errors
    /// [`JournalError`].
    pub async fn setting(&self, setting: Setting) -> Result<Option<String>, JournalError> {
        sqlx::query_scalar("SELECT value FROM setting WHERE name = ?")
            .bind(setting.name())
            .fetch_optional(&self.pool)
            .await
            .map_err(journal_error)
    }

    /// Keeps a setting; replaces what was set before.
    ///
    /// # Errors
    /// [`JournalError`].
    pub async fn set_setting(&self, setting: Setting, value: &str) -> Result<(), JournalError> {
        sqlx::query(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(setting.name())
        .bind(value)
        .execute(&self.pool)
        .await
        .map(|_| ())
        .map_err(journal_error)
    }

    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, JournalError> {
        match self.pool.begin_with(BEGIN).await {
            Ok(transaction) => Ok(transaction),
            Err(error) => {
                // A BEGIN that was cut off may have begun; the pool's one connection must not stay in a transaction.
                if let Ok(mut connection) = self.pool.acquire().await {
                    let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
                }
                Err(journal_error(error))
            }
        }
    }
}

macro_rules! use_log_columns {
    () => {
        "number, key, purpose, used_at, portal, document, program_version, refused, hash"
    };
}

impl Journal for SqliteJournal {
    async fn current(&self) -> Result<Option<Journey>, JournalError> {
        let row: Option<JourneyRow> =
            sqlx::query_as("SELECT id, revision, portal, practice, step, fingerprint FROM journey WHERE under_way = 1")
                .fetch_optional(&self.pool)
                .await
                .map_err(|error| self.and_the_rest(journal_error(error)))?;
        row.map(Journey::try_from).transpose().map_err(|error| self.and_the_rest(error))
    }

    /// A document of a kind that the journey has already replaces it; a declaration in the outbox is never replaced.
    async fn record(&self, change: Change) -> Result<Journey, JournalError> {
        let Change { journey, documents, send, arrived, key_uses, succeeds, discards } = change;
        check_sizes(&documents, send.as_ref())?;
        let mut transaction = self.begin().await?;
        if let Some((before, revision)) = succeeds {
            archive(&mut transaction, before, revision).await?;
        }
        let journey = write_journey(&mut transaction, journey).await?;
        let id = journey.id.to_string();
        if let Some((before, _)) = succeeds {
            // What was judged or acknowledged once stays so.
            sqlx::query("UPDATE activity SET journey = ? WHERE journey = ?")
                .bind(&id)
                .bind(before.to_string())
                .execute(&mut *transaction)
                .await
                .map_err(journal_error)?;
        }
        for document in documents {
            let kind = text::document_kind(document.kind);
            let fingerprint = Fingerprint::of_document(&id, kind, &document.bytes);
            sqlx::query(
                "INSERT INTO document (journey, kind, bytes, fingerprint) VALUES (?, ?, ?, ?) \
                 ON CONFLICT (journey, kind) DO UPDATE SET bytes = excluded.bytes, fingerprint = excluded.fingerprint",
            )
            .bind(&id)
            .bind(kind)
            .bind(document.bytes)
            .bind(fingerprint.to_vec())
            .execute(&mut *transaction)
            .await
            .map_err(journal_error)?;
        }
        if let Some(declaration) = arrived {
            sqlx::query("DELETE FROM outbox WHERE declaration = ? AND journey = ?")
                .bind(declaration.to_string())
                .bind(&id)
                .execute(&mut *transaction)
                .await
                .map_err(journal_error)?;
        }
        if let Some(outgoing) = send {
            write_outgoing(&mut transaction, &id, outgoing).await?;
        }
        write_key_uses(&mut transaction, key_uses).await?;
        for key in journey.step.keys() {
            forget_key(&mut transaction, key.id).await?;
        }
        for key in discards {
            announce_key(&mut transaction, key.id, &key.place).await?;
        }
        transaction.commit().await.map_err(journal_error)?;
        Ok(journey)
    }

    async fn record_key_uses(&self, key_uses: Vec<KeyUse>) -> Result<(), JournalError> {
        let mut transaction = self.begin().await?;
        write_key_uses(&mut transaction, key_uses).await?;
        transaction.commit().await.map_err(journal_error)
    }

    /// A declaration that still waits in the outbox is no longer sent. [`JournalError::Conflict`] where the journey
    /// has changed since, or is not under way.
    async fn archive(&self, journey: &Journey) -> Result<(), JournalError> {
        let mut transaction = self.begin().await?;
        archive(&mut transaction, journey.id, journey.revision).await?;
        transaction.commit().await.map_err(journal_error)
    }

    async fn document(&self, journey: Uuid, kind: DocumentKind) -> Result<Option<Vec<u8>>, JournalError> {
        let (journey, kind) = (journey.to_string(), text::document_kind(kind));
        let row: Option<(Vec<u8>, Option<Vec<u8>>)> =
            sqlx::query_as("SELECT bytes, fingerprint FROM document WHERE journey = ? AND kind = ?")
                .bind(&journey)
                .bind(kind)
                .fetch_optional(&self.pool)
                .await
                .map_err(|error| self.and_the_rest(journal_error(error)))?;
        let Some((bytes, stored)) = row else { return Ok(None) };
        let unchanged = Fingerprint::of_document(&journey, kind, &bytes).expect(stored.as_deref(), "a document");
        unchanged.map(|()| Some(bytes)).map_err(|error| self.and_the_rest(error))
    }

    /// One at a lower level changes nothing.
    async fn keep_preservation(&self, declaration: Uuid, preservation: &Preservation) -> Result<(), JournalError> {
        if preservation.pdf.len() > LARGEST_DOCUMENT {
            return Err(unavailable(DocumentTooLarge(preservation.pdf.len())));
        }
        let declaration = declaration.to_string();
        let level = text::preservation_level(preservation.level);
        let proven_time = text::time(preservation.proven_time);
        let fingerprint = Fingerprint::of_preservation(&declaration, level, &proven_time, &preservation.pdf);
        sqlx::query(
            "INSERT INTO preservation (declaration, level, proven_time, pdf, fingerprint) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT (declaration) DO UPDATE SET level = excluded.level, proven_time = excluded.proven_time, \
             pdf = excluded.pdf, fingerprint = excluded.fingerprint \
             WHERE excluded.level = 'B-LT' OR preservation.level = 'B-T'",
        )
        .bind(declaration)
        .bind(level)
        .bind(proven_time)
        .bind(preservation.pdf.as_slice())
        .bind(fingerprint.to_vec())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(journal_error)
    }

    async fn preservation(&self, declaration: Uuid) -> Result<Option<Preservation>, JournalError> {
        let row: Option<PreservationRow> = sqlx::query_as(
            "SELECT declaration, level, proven_time, pdf, fingerprint FROM preservation WHERE declaration = ?",
        )
        .bind(declaration.to_string())
        .fetch_optional(&self.pool)
        .await
        .map_err(|error| self.and_the_rest(journal_error(error)))?;
        row.map(Preservation::try_from).transpose().map_err(|error| self.and_the_rest(error))
    }

    async fn outgoing(&self) -> Result<Option<OutgoingDeclaration>, JournalError> {
        let row: Option<OutgoingRow> = sqlx::query_as(
            "SELECT outbox.journey, outbox.declaration, outbox.pdf, outbox.fingerprint FROM outbox \
             JOIN journey ON journey.id = outbox.journey WHERE journey.under_way = 1",
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(journal_error)?;
        let Some(OutgoingRow { journey, declaration, mut pdf, fingerprint: stored }) = row else { return Ok(None) };
        let id = text::read_uuid(&declaration)?;
        let written = |pdf: &[u8]| Fingerprint::of_outgoing(&journey, &id, pdf);
        if !written(&pdf).is(stored.as_deref())
            && let Some(kept) = self.document(text::read_uuid(&journey)?, DocumentKind::Declaration).await?
        {
            // The same declaration stands among the documents.
            pdf = kept;
        }
        let unchanged = written(&pdf).expect(stored.as_deref(), "the declaration in the outbox");
        unchanged.map(|()| Some(OutgoingDeclaration { id, pdf })).map_err(|error| self.and_the_rest(error))
    }

    async fn keep_status_answer(&self, journey: Uuid, kept: &KeptStatus) -> Result<(), JournalError> {
        let (kind, bytes) = match &kept.evidence {
            StatusEvidence::Ocsp(response) => (text::OCSP, response),
            StatusEvidence::RevocationList(list) => (text::REVOCATION_LIST, list),
        };
        sqlx::query(
            "INSERT INTO status_answer (journey, kind, response, this_update, portal_said, portal_heard_at) \
             VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (journey) DO UPDATE SET kind = excluded.kind, \
             response = excluded.response, this_update = excluded.this_update, portal_said = excluded.portal_said, portal_heard_at = excluded.portal_heard_at",
        )
        .bind(journey.to_string())
        .bind(kind)
        .bind(bytes)
        .bind(text::time(kept.this_update))
        .bind(kept.portal_time.map(|time| text::time(time.said)))
        .bind(kept.portal_time.map(|time| text::time(time.heard_at)))
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(journal_error)
    }

    async fn status_answer(&self, journey: Uuid) -> Result<Option<KeptStatus>, JournalError> {
        let row: Option<KeptStatusRow> = sqlx::query_as(
            "SELECT kind, response, this_update, portal_said, portal_heard_at FROM status_answer WHERE journey = ?",
        )
        .bind(journey.to_string())
        .fetch_optional(&self.pool)
        .await
        .map_err(journal_error)?;
        row.map(KeptStatus::try_from).transpose()
    }

    async fn journeys(&self) -> Result<Vec<RecordedJourney>, JournalError> {
        let rows: Vec<RecordedJourneyRow> = sqlx::query_as(
            "SELECT id, revision, portal, practice, step, fingerprint, under_way FROM journey \
             ORDER BY under_way DESC, rowid DESC LIMIT ?",
        )
        .bind(MOST_JOURNEYS)
        .fetch_all(&self.pool)
        .await
        .map_err(|error| self.and_the_rest(journal_error(error)))?;
        rows.into_iter()
            .map(|row| Ok(RecordedJourney { journey: row.journey.try_into()?, under_way: row.under_way }))
            .collect::<Result<_, _>>()
            .map_err(|error| self.and_the_rest(error))
    }

    async fn wrong_passwords(&self, key: KeyId, limit: u32) -> Result<Vec<DateTime<Utc>>, JournalError> {
        let tries: Vec<String> = sqlx::query_scalar(
            "SELECT used_at FROM use_log WHERE key = ?1 AND refused = ?2 AND number > coalesce( \
             (SELECT max(number) FROM use_log WHERE key = ?1 AND refused IS NULL), 0) ORDER BY number DESC LIMIT ?3",
        )
        .bind(key.to_string())
        .bind(ProblemCode::PasswordWrong.name())
        .bind(limit)
        .fetch_all(&self.pool)
        .await
        .map_err(journal_error)?;
        tries.iter().map(|at| text::read_time(at)).collect()
    }

    async fn announce_key(&self, key: KeyId, place: &KeyPlaceName) -> Result<(), JournalError> {
        let mut connection = self.pool.acquire().await.map_err(journal_error)?;
        announce_key(&mut connection, key, place).await
    }

    async fn announced_keys(&self) -> Result<Vec<(KeyId, KeyPlaceName)>, JournalError> {
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT key, place FROM announced_key ORDER BY rowid")
            .fetch_all(&self.pool)
            .await
            .map_err(journal_error)?;
        rows.into_iter().map(|(key, place)| Ok((KeyId(text::read_uuid(&key)?), text::read_place(&place)))).collect()
    }

    async fn forget_key(&self, key: KeyId) -> Result<(), JournalError> {
        let mut connection = self.pool.acquire().await.map_err(journal_error)?;
        forget_key(&mut connection, key).await
    }

    async fn keep_activities(&self, journey: Uuid, activities: &[JudgedActivity]) -> Result<(), JournalError> {
        let mut transaction = self.begin().await?;
        for JudgedActivity { activity, judgement } in activities {
            let json = serde_json::to_string(activity).map_err(unavailable)?;
            sqlx::query(
                "INSERT INTO activity (journey, id, at, activity, judgement) VALUES (?, ?, ?, ?, ?) \
                 ON CONFLICT (journey, id) DO UPDATE SET judgement = excluded.judgement \
                 WHERE judgement = 'suspicious'",
            )
            .bind(journey.to_string())
            .bind(activity.id.to_string())
            .bind(text::time(activity.at))
            .bind(json)
            .bind(text::judgement(*judgement))
            .execute(&mut *transaction)
            .await
            .map_err(journal_error)?;
        }
        transaction.commit().await.map_err(journal_error)
    }

    async fn activities(&self, journey: Uuid, limit: u32) -> Result<Vec<JudgedActivity>, JournalError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT activity, judgement FROM activity WHERE journey = ? ORDER BY at DESC, rowid DESC LIMIT ?",
        )
        .bind(journey.to_string())
        .bind(limit)
        .fetch_all(&self.pool)
        .await
        .map_err(journal_error)?;
        rows.iter()
            .map(|(activity, judgement)| {
                let activity = serde_json::from_str(activity).map_err(|error| damaged(&error.to_string()))?;
                Ok(JudgedActivity { activity, judgement: text::read_judgement(judgement)? })
            })
            .collect()
    }

    async fn acknowledge_activity(&self, journey: Uuid, activity: Uuid) -> Result<(), JournalError> {
        sqlx::query(
            "UPDATE activity SET judgement = 'acknowledged' WHERE journey = ? AND id = ? AND judgement = 'suspicious'",
        )
        .bind(journey.to_string())
        .bind(activity.to_string())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(journal_error)
    }

    /// Newest first means recorded last: a clock that was set back does not change the order.
    async fn use_log(&self, limit: u32) -> Result<UseLog, JournalError> {
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut chain = UseLogChain::default();
        let mut latest = VecDeque::new();
        let mut rows =
            sqlx::query_as::<_, UseLogRow>(concat!("SELECT ", use_log_columns!(), " FROM use_log ORDER BY number"))
                .fetch(&self.pool);
        while let Some(row) = rows.try_next().await.map_err(|error| self.and_the_rest(journal_error(error)))? {
            let line = LoggedKeyUse::try_from(row).map_err(|error| self.and_the_rest(error))?;
            chain.check(&line);
            latest.push_front(line);
            latest.truncate(shown);
        }
        Ok(UseLog { lines: latest.into(), state: chain.state(), last: chain.head() })
    }
}

/// Puts the journey under way into the archive; its declaration is no longer sent, nor its status kept.
async fn archive(connection: &mut SqliteConnection, journey: Uuid, revision: u64) -> Result<(), JournalError> {
    let id = journey.to_string();
    let archived = sqlx::query("UPDATE journey SET under_way = 0 WHERE id = ? AND revision = ? AND under_way = 1")
        .bind(&id)
        .bind(stored_revision(revision)?)
        .execute(&mut *connection)
        .await
        .map_err(journal_error)?
        .rows_affected();
    if archived != 1 {
        return Err(JournalError::Conflict);
    }
    for forgotten in ["DELETE FROM outbox WHERE journey = ?", "DELETE FROM status_answer WHERE journey = ?"] {
        sqlx::query(forgotten).bind(&id).execute(&mut *connection).await.map_err(journal_error)?;
    }
    Ok(())
}

async fn announce_key(connection: &mut SqliteConnection, key: KeyId, place: &KeyPlaceName) -> Result<(), JournalError> {
    sqlx::query("INSERT INTO announced_key (key, place) VALUES (?, ?) ON CONFLICT (key) DO NOTHING")
        .bind(key.to_string())
        .bind(place.as_str())
        .execute(connection)
        .await
        .map(drop)
        .map_err(journal_error)
}

async fn forget_key(connection: &mut SqliteConnection, key: KeyId) -> Result<(), JournalError> {
    sqlx::query("DELETE FROM announced_key WHERE key = ?")
        .bind(key.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(journal_error)
}

/// Writes the journey where it is at the revision that it was read at, and returns it with the next one.
async fn write_journey(connection: &mut SqliteConnection, mut journey: Journey) -> Result<Journey, JournalError> {
    let read_at = stored_revision(journey.revision)?;
    let step = serde_json::to_string(&journey.step).map_err(unavailable)?;
    let written = if read_at == 0 {
        let under_way: i64 = sqlx::query_scalar("SELECT count(*) FROM journey WHERE under_way = 1 OR id = ?")
            .bind(journey.id.to_string())
            .fetch_one(&mut *connection)
            .await
            .map_err(journal_error)?;
        if under_way != 0 {
            return Err(JournalError::Conflict);
        }
        sqlx::query(
            "INSERT INTO journey (revision, portal, practice, step, fingerprint, under_way, id) \
             VALUES (?, ?, ?, ?, ?, 1, ?)",
        )
    } else {
        sqlx::query(
            "UPDATE journey SET revision = ?, portal = ?, practice = ?, step = ?, fingerprint = ? \
             WHERE under_way = 1 AND id = ? AND revision = ?",
        )
    };
    let id = journey.id.to_string();
    let fingerprint = Fingerprint::of_journey(&id, read_at + 1, &journey.portal, journey.practice, &step);
    let written = written.bind(read_at + 1).bind(&journey.portal).bind(journey.practice).bind(step);
    let written = written.bind(fingerprint.to_vec()).bind(id);
    let written = if read_at == 0 { written } else { written.bind(read_at) };
    if written.execute(connection).await.map_err(journal_error)?.rows_affected() != 1 {
        return Err(JournalError::Conflict);
    }
    journey.revision += 1;
    Ok(journey)
}

/// Puts a declaration into the outbox. One that is there already stays as it is: it may be on its way.
async fn write_outgoing(
    connection: &mut SqliteConnection,
    journey: &str,
    outgoing: OutgoingDeclaration,
) -> Result<(), JournalError> {
    let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox WHERE journey = ? OR declaration = ?")
        .bind(journey)
        .bind(outgoing.id.to_string())
        .fetch_one(&mut *connection)
        .await
        .map_err(journal_error)?;
    if waiting != 0 {
        return Err(JournalError::Conflict);
    }
    let fingerprint = Fingerprint::of_outgoing(journey, &outgoing.id, &outgoing.pdf);
    sqlx::query("INSERT INTO outbox (declaration, journey, pdf, fingerprint) VALUES (?, ?, ?, ?)")
        .bind(outgoing.id.to_string())
        .bind(journey)
        .bind(outgoing.pdf)
        .bind(fingerprint.to_vec())
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(journal_error)
}

async fn write_key_uses(connection: &mut SqliteConnection, key_uses: Vec<KeyUse>) -> Result<(), JournalError> {
    if key_uses.is_empty() {
        return Ok(());
    }
    // Nothing else of it is read: a line that a newer version wrote must not keep this one from writing.
    let last: Option<(i64, Option<Vec<u8>>)> =
        sqlx::query_as("SELECT number, hash FROM use_log ORDER BY number DESC LIMIT 1")
            .fetch_optional(&mut *connection)
            .await
            .map_err(journal_error)?;
    let mut chain = match last {
        None => UseLogChain::default(),
        Some((number, hash)) => UseLogChain::behind(stored_number(number)?, hash.map(stored_hash).transpose()?),
    };
    for key_use in key_uses {
        let LoggedKeyUse { number, key_use, hash } = chain.bind(key_use);
        sqlx::query(concat!("INSERT INTO use_log (", use_log_columns!(), ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"))
            .bind(i64::try_from(number).map_err(|error| damaged(&error.to_string()))?)
            .bind(key_use.key.to_string())
            .bind(text::key_purpose(key_use.purpose))
            .bind(text::time(key_use.at))
            .bind(key_use.portal)
            .bind(key_use.document.map(|document| document.to_string()))
            .bind(key_use.program_version)
            .bind(key_use.refused.map(ProblemCode::name))
            .bind(hash.map(|hash| hash.to_vec()))
            .execute(&mut *connection)
            .await
            .map_err(journal_error)?;
    }
    Ok(())
}

fn check_sizes(documents: &[Document], send: Option<&OutgoingDeclaration>) -> Result<(), JournalError> {
    let sizes = documents.iter().map(|document| document.bytes.len()).chain(send.map(|outgoing| outgoing.pdf.len()));
    match sizes.max() {
        Some(size) if size > LARGEST_DOCUMENT => Err(unavailable(DocumentTooLarge(size))),
        Some(_) | None => Ok(()),
    }
}

pub(crate) fn stored_number(number: i64) -> Result<u64, JournalError> {
    u64::try_from(number).map_err(|error| damaged(&error.to_string()))
}

pub(crate) fn stored_hash(hash: Vec<u8>) -> Result<[u8; 32], JournalError> {
    hash.try_into().map_err(|_| damaged("a hash in the log is not one"))
}

/// The revision as SQLite keeps it. One that is too large for it was never read here.
fn stored_revision(revision: u64) -> Result<i64, JournalError> {
    i64::try_from(revision).ok().filter(|revision| *revision < i64::MAX).ok_or(JournalError::Conflict)
}

/// Tells what is wrong with the file from what is wrong with getting at it.
pub(crate) fn journal_error(error: sqlx::Error) -> JournalError {
    match &error {
        sqlx::Error::Database(database) if is_corruption(database.code().as_deref()) => damaged(database.message()),
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::TypeNotFound { .. } => damaged(&error.to_string()),
        // The enum is open; all else concerns the way to the file.
        _ => unavailable(error),
    }
}

/// `SQLITE_CORRUPT`, `SQLITE_FORMAT` and `SQLITE_NOTADB`, in any of their extended forms.
fn is_corruption(code: Option<&str>) -> bool {
    let primary = code.and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff);
    matches!(primary, Some(11 | 24 | 26))
}

pub(crate) fn damaged(reason: &str) -> JournalError {
    JournalError::Damaged(reason.into())
}

pub(crate) fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> JournalError {
    JournalError::Unavailable(Box::new(error))
}
