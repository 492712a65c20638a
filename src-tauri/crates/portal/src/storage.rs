//! Everything that is SQL. The only module that knows the database, so that another one can take its place.
//!
//! Every change and the event that tells of it are one transaction. Times go in and out as whole seconds.

use crate::certificate_authority::revocation_list::Entry;
use crate::credential::{CodeHash, sha256};
use crate::personal_number::SealedPersonalNumber;
use chrono::{DateTime, TimeDelta, Utc};
use pki::Certificate;
use portal_api::{
    CertificateState, CertificateStatus, DeclarationStatus, DetailField, LocalRegistrationAuthority, OrderedSubject,
    RevocationReason,
};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{Row, Sqlite, SqlitePool, Transaction};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;
use thiserror::Error;
use uuid::Uuid;
use x509_cert::ext::pkix::CrlReason;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Wrong tries before an invitation or a revocation code is locked.
pub(crate) const TRIES: u32 = 5;
/// How many reference numbers that nobody was given are remembered, and for how long.
const UNKNOWN_REFERENCES: i64 = 10_000;
const UNKNOWN_REFERENCES_KEPT: TimeDelta = TimeDelta::days(14);
/// How many practice invitations can be open at once.
const OPEN_PRACTICE_INVITATIONS: i64 = 1_000;

/// Why the database did not read or write.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The database cannot be opened, read or written.
    #[error("the database cannot be read or written")]
    Database(#[from] sqlx::Error),
    /// The database's tables could not be brought up to date; a newer version of the portal may have written it.
    #[error("the database's tables cannot be brought up to date")]
    Migration(#[from] MigrateError),
    /// The URL is not one of a database that the portal knows.
    #[error("the database URL does not begin with sqlite:")]
    UnknownDatabase,
    /// A stored value is not one that the portal writes.
    #[error("the stored {0} cannot be read")]
    Damaged(&'static str),
    /// Too many practice invitations are open at once.
    #[error("too many practice invitations are open")]
    TooManyPracticeInvitations,
}

/// The portal's database.
pub(crate) struct Storage {
    pool: SqlitePool,
}

/// An invitation to be recorded.
pub(crate) struct NewInvitation<'a> {
    pub(crate) employee_id: Uuid,
    pub(crate) reference: &'a str,
    pub(crate) practice: bool,
    pub(crate) code_hash: &'a CodeHash,
    pub(crate) subject: &'a OrderedSubject,
    pub(crate) authority: &'a LocalRegistrationAuthority,
    pub(crate) personal_number: &'a SealedPersonalNumber,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

/// An invitation as recorded.
pub(crate) struct InvitationRecord {
    pub(crate) reference: String,
    pub(crate) employee_id: Uuid,
    pub(crate) code_hash: CodeHash,
    pub(crate) subject: OrderedSubject,
    pub(crate) authority: LocalRegistrationAuthority,
    pub(crate) expires_at: DateTime<Utc>,
    /// The certificate that was issued for it.
    pub(crate) serial_number: Option<String>,
}

/// A try that has been counted.
pub(crate) enum CountedTry<T> {
    /// There is such a thing; `tries_left` after this try, should it be wrong.
    Known {
        /// What the code belongs to.
        record: Box<T>,
        /// How many tries are left after this one.
        tries_left: u32,
    },
    /// There is none; answer as if the code were wrong.
    Unknown {
        /// How many tries are left after this one.
        tries_left: u32,
    },
    /// It was locked before this try.
    Locked,
}

/// A certificate as recorded, with whom it belongs to.
pub(crate) struct CertificateRecord {
    pub(crate) serial_number: String,
    pub(crate) der: Vec<u8>,
    pub(crate) not_after: DateTime<Utc>,
    pub(crate) not_before: DateTime<Utc>,
    pub(crate) state: CertificateState,
    pub(crate) reason: Option<RevocationReason>,
    pub(crate) since: DateTime<Utc>,
    pub(crate) common_name: String,
    pub(crate) organisation: String,
}

impl CertificateRecord {
    pub(crate) fn status(&self) -> CertificateStatus {
        CertificateStatus {
            serial_number: self.serial_number.clone(),
            state: self.state,
            reason: self.reason,
            since: self.since,
        }
    }
}

/// What came of an enrolment.
pub(crate) enum Enrolment {
    /// The certificate, DER: new, or the one that this key was given before.
    Certificate(Vec<u8>),
    /// The invitation was used for another key.
    InvitationUsed,
    /// The key belongs to another certificate.
    KeyInUse,
    /// The invitation has expired unused.
    Expired,
}

/// The kind of a certificate of the portal itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnCertificate {
    Server,
    Seal,
    OcspResponder,
}

/// A device's hashed secrets.
pub(crate) struct NewDevice<'a> {
    pub(crate) serial_number: &'a str,
    pub(crate) token_sha256: [u8; 32],
    pub(crate) revocation_code: &'a CodeHash,
    pub(crate) registered_at: DateTime<Utc>,
}

/// A revocation code as recorded.
pub(crate) struct RevocationCodeRecord {
    pub(crate) serial_number: String,
    pub(crate) code_hash: CodeHash,
}

/// A declaration as recorded.
pub(crate) struct DeclarationRecord {
    pub(crate) serial_number: String,
    pub(crate) sha256: Vec<u8>,
    pub(crate) receipt: Vec<u8>,
}

/// A declaration to be recorded.
pub(crate) struct NewDeclaration<'a> {
    pub(crate) id: Uuid,
    pub(crate) serial_number: &'a str,
    pub(crate) sha256: [u8; 32],
    pub(crate) document: &'a [u8],
    pub(crate) receipt: &'a [u8],
    pub(crate) terms_id: &'a str,
    pub(crate) terms_version: u32,
    pub(crate) terms_sha256: &'a str,
    pub(crate) accepted_at: DateTime<Utc>,
}

/// What came of recording a declaration.
pub(crate) enum Recorded {
    /// It is recorded now, and log-in is open.
    Now,
    /// A declaration with this id was recorded meanwhile.
    Already(DeclarationRecord),
    /// The certificate has another declaration.
    OtherDeclaration,
    /// The certificate no longer waits for a declaration.
    NotAwaiting,
}

/// A change of a certificate's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StateChange {
    /// Suspend it; where it is suspended already, nothing changes.
    Suspend,
    /// Lift the suspension.
    Reinstate,
    /// Revoke it for good: made by [`StateChange::revoke`].
    Revoke { reason: RevocationReason, wrong_details: Vec<DetailField> },
}

impl StateChange {
    /// A revocation that names each wrong detail once where that is the reason, and none where it is not; None for any
    /// other.
    pub(crate) fn revoke(reason: RevocationReason, mut wrong_details: Vec<DetailField>) -> Option<Self> {
        let named = wrong_details.len();
        wrong_details.sort_by_key(|field| *field as u8);
        wrong_details.dedup();
        let fits = (reason == RevocationReason::WrongDetails) != wrong_details.is_empty();
        (fits && wrong_details.len() == named).then_some(Self::Revoke { reason, wrong_details })
    }
}

/// The detail of a revocation's event.
#[derive(serde::Serialize, serde::Deserialize)]
struct RevocationDetail {
    reason: RevocationReason,
    wrong_details: Vec<DetailField>,
}

/// What came of asking for a change of state.
pub(crate) enum Changed {
    /// The state as it is now.
    Now(CertificateStatus),
    /// It is revoked: nothing changes any more.
    AlreadyRevoked,
    /// It is not suspended, and so cannot be reinstated.
    NotSuspended,
    /// No such employee certificate.
    Unknown,
}

/// The latest revocation list of a CA.
pub(crate) struct RevocationListRecord {
    pub(crate) number: u64,
    pub(crate) event_id: i64,
    pub(crate) this_update: DateTime<Utc>,
    pub(crate) der: Vec<u8>,
}

/// Which CA a revocation list is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListIssuer {
    Root,
    Issuing,
}

impl ListIssuer {
    fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Issuing => "issuing",
        }
    }
}

/// A user of the portal, as `portal users` lists them. Holds no CPR number.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct User {
    /// Name in full.
    pub common_name: String,
    /// Name of the employer.
    pub organisation: String,
    /// The employer's CVR number.
    pub cvr: String,
    /// E-mail address at work.
    pub email: String,
    /// The certificate, once there is one.
    pub certificate: Option<CertificateStatus>,
    /// Which details of the certificate were reported as wrong, where it was revoked for that.
    pub wrong_details: Vec<DetailField>,
    /// When the declaration opened log-in.
    pub activated_at: Option<DateTime<Utc>>,
}

const CERTIFICATE_COLUMNS: &str = "SELECT c.serial_number, c.der, c.not_before, c.not_after, c.state, c.reason, c.since, \
     e.common_name, e.organisation \
     FROM certificate c JOIN employee e ON e.id = c.employee_id";

impl Storage {
    /// Opens the database and brings its tables up to date. `url` None means `portal.sqlite` in the data folder.
    pub(crate) async fn open(data: &Path, url: Option<&str>) -> Result<Self, StorageError> {
        let options = match url {
            Some(url) if url.starts_with("sqlite:") => SqliteConnectOptions::from_str(url)?,
            Some(_) => return Err(StorageError::UnknownDatabase),
            None => SqliteConnectOptions::new().filename(data.join("portal.sqlite")),
        };
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        MIGRATIONS.run(&pool).await?;
        Ok(Self { pool })
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// Succeeds where the database answers.
    pub(crate) async fn ready(&self) -> Result<(), StorageError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Begins a transaction that holds the write lock from its first statement on: what it reads stays true.
    async fn begin(&self) -> Result<Transaction<'_, Sqlite>, StorageError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    // Invitations

    pub(crate) async fn create_invitation(&self, new: &NewInvitation<'_>) -> Result<(), StorageError> {
        let mut transaction = self.begin().await?;
        if new.practice {
            let open: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM invitation WHERE practice AND serial_number IS NULL AND expires_at > ?",
            )
            .bind(new.created_at.timestamp())
            .fetch_one(&mut *transaction)
            .await?;
            if open >= OPEN_PRACTICE_INVITATIONS {
                return Err(StorageError::TooManyPracticeInvitations);
            }
        }
        let employee_id = new.employee_id.to_string();
        sqlx::query(
            "INSERT INTO employee (id, given_name, surname, common_name, email, organisation, cvr, authority_name, \
             authority_phone, authority_email, personal_number_sealed, personal_number_hash, created_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&employee_id)
        .bind(&new.subject.given_name)
        .bind(&new.subject.surname)
        .bind(&new.subject.common_name)
        .bind(&new.subject.email)
        .bind(&new.subject.organisation)
        .bind(&new.subject.cvr)
        .bind(&new.authority.name)
        .bind(&new.authority.phone)
        .bind(&new.authority.email)
        .bind(&new.personal_number.sealed)
        .bind(&new.personal_number.hash)
        .bind(new.created_at.timestamp())
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "INSERT INTO invitation (reference, employee_id, practice, code_salt, code_hash, created_at, expires_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(new.reference)
        .bind(&employee_id)
        .bind(new.practice)
        .bind(&new.code_hash.salt)
        .bind(&new.code_hash.hash)
        .bind(new.created_at.timestamp())
        .bind(new.expires_at.timestamp())
        .execute(&mut *transaction)
        .await?;
        record(&mut transaction, new.created_at, "invited", Some(new.reference), None, None).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Counts a try against a reference number before anybody looks at the code, so that a try cannot be had for
    /// nothing by breaking off.
    pub(crate) async fn count_try(
        &self,
        reference: &str,
        now: DateTime<Utc>,
    ) -> Result<CountedTry<InvitationRecord>, StorageError> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query(
            "SELECT i.reference, i.employee_id, i.code_salt, i.code_hash, i.tries, i.expires_at, i.serial_number, \
             e.given_name, e.surname, e.common_name, e.email, e.organisation, e.cvr, e.authority_name, \
             e.authority_phone, e.authority_email \
             FROM invitation i JOIN employee e ON e.id = i.employee_id WHERE i.reference = ?",
        )
        .bind(reference)
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else {
            let counted = count_unknown(&mut transaction, reference, now).await?;
            transaction.commit().await?;
            return Ok(counted.map_or(CountedTry::Locked, |tries_left| CountedTry::Unknown { tries_left }));
        };
        let tries: i64 = row.try_get("tries")?;
        let Some(tries_left) = tries_left_after(tries) else {
            return Ok(CountedTry::Locked);
        };
        sqlx::query("UPDATE invitation SET tries = tries + 1 WHERE reference = ?")
            .bind(reference)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(CountedTry::Known { record: Box::new(invitation(&row)?), tries_left })
    }

    /// The code was right: the tries before it no longer count.
    pub(crate) async fn forgive_tries(&self, reference: &str) -> Result<(), StorageError> {
        sqlx::query("UPDATE invitation SET tries = 0 WHERE reference = ?").bind(reference).execute(&self.pool).await?;
        Ok(())
    }

    /// Writes down that the last try has been used up.
    pub(crate) async fn record_lock(&self, reference: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
        let mut transaction = self.begin().await?;
        record(&mut transaction, now, "code-locked", Some(reference), None, None).await?;
        transaction.commit().await?;
        Ok(())
    }

    // Certificates

    /// Issues and records the certificate of an invitation, or finds the one that this key was given before.
    ///
    /// `issue` runs inside the transaction: there is no certificate without a record, and never two for an invitation.
    pub(crate) async fn enrol<E: From<StorageError>>(
        &self,
        invitation: &InvitationRecord,
        subject_public_key_info: &[u8],
        now: DateTime<Utc>,
        issue: impl FnOnce() -> Result<Certificate, E> + Send,
    ) -> Result<Enrolment, E> {
        let key = sha256(subject_public_key_info).to_vec();
        let mut transaction = self.begin().await?;
        let issued: Option<(Vec<u8>, Vec<u8>)> = sqlx::query_as(
            "SELECT c.public_key_sha256, c.der FROM invitation i \
             JOIN certificate c ON c.serial_number = i.serial_number WHERE i.reference = ?",
        )
        .bind(&invitation.reference)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(StorageError::from)?;
        if let Some((issued_key, der)) = issued {
            return Ok(if issued_key == key { Enrolment::Certificate(der) } else { Enrolment::InvitationUsed });
        }
        if invitation.expires_at <= now {
            return Ok(Enrolment::Expired);
        }
        let in_use: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM certificate WHERE public_key_sha256 = ? AND kind = 'employee'")
                .bind(&key)
                .fetch_optional(&mut *transaction)
                .await
                .map_err(StorageError::from)?;
        if in_use.is_some() {
            return Ok(Enrolment::KeyInUse);
        }
        let certificate = issue()?;
        insert_certificate(&mut transaction, &certificate, "employee", Some(invitation.employee_id), now).await?;
        sqlx::query("UPDATE invitation SET serial_number = ? WHERE reference = ?")
            .bind(certificate.serial_number())
            .bind(&invitation.reference)
            .execute(&mut *transaction)
            .await
            .map_err(StorageError::from)?;
        record(&mut transaction, now, "issued", Some(&invitation.reference), Some(certificate.serial_number()), None)
            .await?;
        transaction.commit().await.map_err(StorageError::from)?;
        Ok(Enrolment::Certificate(certificate.der().to_vec()))
    }

    /// Records a certificate of the portal itself; does nothing where it is recorded already.
    pub(crate) async fn record_own_certificate(
        &self,
        certificate: &Certificate,
        kind: OwnCertificate,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let kind = match kind {
            OwnCertificate::Server => "server",
            OwnCertificate::Seal => "seal",
            OwnCertificate::OcspResponder => "ocsp-responder",
        };
        let mut transaction = self.begin().await?;
        let known: Option<i64> = sqlx::query_scalar("SELECT 1 FROM certificate WHERE serial_number = ?")
            .bind(certificate.serial_number())
            .fetch_optional(&mut *transaction)
            .await?;
        if known.is_none() {
            insert_certificate(&mut transaction, certificate, kind, None, now).await?;
            record(&mut transaction, now, "issued", None, Some(certificate.serial_number()), Some(kind)).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Finds an employee certificate.
    pub(crate) async fn certificate(&self, serial_number: &str) -> Result<Option<CertificateRecord>, StorageError> {
        sqlx::query(sqlx::AssertSqlSafe(format!("{CERTIFICATE_COLUMNS} WHERE c.serial_number = ?")))
            .bind(serial_number)
            .fetch_optional(&self.pool)
            .await?
            .map(|row| certificate(&row))
            .transpose()
    }

    /// Finds the employee certificate that a device token is bound to.
    pub(crate) async fn certificate_of_token(
        &self,
        token_sha256: &[u8; 32],
    ) -> Result<Option<CertificateRecord>, StorageError> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "{CERTIFICATE_COLUMNS} JOIN device d ON d.serial_number = c.serial_number WHERE d.token_sha256 = ?"
        )))
        .bind(token_sha256.as_slice())
        .fetch_optional(&self.pool)
        .await?
        .map(|row| certificate(&row))
        .transpose()
    }

    /// The status of any certificate that the issuing CA has issued, the portal's own as well: its revocation entry
    /// where it has one. None for a serial number that was never given.
    pub(crate) async fn status(&self, serial_number: &str) -> Result<Option<Option<Entry>>, StorageError> {
        let row = sqlx::query("SELECT serial_number, state, reason, since FROM certificate WHERE serial_number = ?")
            .bind(serial_number)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| entry(&row)).transpose()
    }

    /// Everything that belongs on the issuing CA's revocation list, with the last event that it takes account of.
    pub(crate) async fn revocation_entries(&self, now: DateTime<Utc>) -> Result<(Vec<Entry>, i64), StorageError> {
        let mut transaction = self.pool.begin().await?;
        let event_id = last_status_event(&mut transaction).await?;
        // An entry stays until the certificate's own end has passed ([RFC 5280 §3.3]).
        let rows = sqlx::query(
            "SELECT serial_number, state, reason, since FROM certificate \
             WHERE state IN ('suspended', 'revoked') AND not_after >= ? ORDER BY serial_number",
        )
        .bind(now.timestamp())
        .fetch_all(&mut *transaction)
        .await?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            entries.extend(entry(&row)?);
        }
        Ok((entries, event_id))
    }

    pub(crate) async fn revocation_list(
        &self,
        issuer: ListIssuer,
    ) -> Result<Option<RevocationListRecord>, StorageError> {
        let row = sqlx::query("SELECT number, event_id, this_update, der FROM revocation_list WHERE issuer = ?")
            .bind(issuer.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| {
            Ok(RevocationListRecord {
                number: u64::try_from(row.try_get::<i64, _>("number")?)
                    .map_err(|_| StorageError::Damaged("CRL number"))?,
                event_id: row.try_get("event_id")?,
                this_update: time(&row, "this_update")?,
                der: row.try_get("der")?,
            })
        })
        .transpose()
    }

    pub(crate) async fn store_revocation_list(
        &self,
        issuer: ListIssuer,
        list: &RevocationListRecord,
        next_update: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let number = i64::try_from(list.number).map_err(|_| StorageError::Damaged("CRL number"))?;
        sqlx::query(
            "INSERT INTO revocation_list (issuer, number, event_id, this_update, next_update, der) \
             VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (issuer) DO UPDATE SET number = excluded.number, \
             event_id = excluded.event_id, this_update = excluded.this_update, next_update = excluded.next_update, \
             der = excluded.der",
        )
        .bind(issuer.as_str())
        .bind(number)
        .bind(list.event_id)
        .bind(list.this_update.timestamp())
        .bind(next_update.timestamp())
        .bind(&list.der)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Changes the state of an employee certificate.
    pub(crate) async fn change_state(
        &self,
        serial_number: &str,
        change: &StateChange,
        now: DateTime<Utc>,
    ) -> Result<Changed, StorageError> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query(
            "SELECT c.state, c.reason, c.since, \
             EXISTS (SELECT 1 FROM declaration d WHERE d.serial_number = c.serial_number) AS declared \
             FROM certificate c WHERE c.serial_number = ? AND c.kind = 'employee'",
        )
        .bind(serial_number)
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else { return Ok(Changed::Unknown) };
        let before = state(row.try_get("state")?)?;
        let declared: bool = row.try_get("declared")?;
        let (after, reason, kind) = match (before, change) {
            (CertificateState::Revoked, _) => return Ok(Changed::AlreadyRevoked),
            (CertificateState::Suspended, StateChange::Suspend) => {
                return Ok(Changed::Now(CertificateStatus {
                    serial_number: serial_number.to_owned(),
                    state: before,
                    reason: None,
                    since: time(&row, "since")?,
                }));
            }
            (CertificateState::AwaitingDeclaration | CertificateState::Active, StateChange::Suspend) => {
                (CertificateState::Suspended, None, "suspended")
            }
            (CertificateState::AwaitingDeclaration | CertificateState::Active, StateChange::Reinstate) => {
                return Ok(Changed::NotSuspended);
            }
            (CertificateState::Suspended, StateChange::Reinstate) if declared => {
                (CertificateState::Active, None, "reinstated")
            }
            (CertificateState::Suspended, StateChange::Reinstate) => {
                (CertificateState::AwaitingDeclaration, None, "reinstated")
            }
            (
                CertificateState::AwaitingDeclaration | CertificateState::Active | CertificateState::Suspended,
                StateChange::Revoke { reason, .. },
            ) => (CertificateState::Revoked, Some(*reason), "revoked"),
        };
        let detail = match change {
            StateChange::Suspend | StateChange::Reinstate => None,
            StateChange::Revoke { reason, wrong_details } => {
                let detail = RevocationDetail { reason: *reason, wrong_details: wrong_details.clone() };
                Some(serde_json::to_string(&detail).map_err(|_| StorageError::Damaged("detail of a revocation"))?)
            }
        };
        sqlx::query("UPDATE certificate SET state = ?, reason = ?, since = ? WHERE serial_number = ?")
            .bind(state_name(after))
            .bind(reason.map(reason_name))
            .bind(now.timestamp())
            .bind(serial_number)
            .execute(&mut *transaction)
            .await?;
        record(&mut transaction, now, kind, None, Some(serial_number), detail.as_deref()).await?;
        transaction.commit().await?;
        let since = DateTime::from_timestamp(now.timestamp(), 0).ok_or(StorageError::Damaged("time"))?;
        Ok(Changed::Now(CertificateStatus { serial_number: serial_number.to_owned(), state: after, reason, since }))
    }

    // Devices

    /// Records the device of a certificate; the secrets of an earlier one no longer work.
    pub(crate) async fn register_device(&self, device: &NewDevice<'_>) -> Result<(), StorageError> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO device (serial_number, token_sha256, revocation_code_salt, revocation_code_hash, \
             registered_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (serial_number) DO UPDATE SET \
             token_sha256 = excluded.token_sha256, revocation_code_salt = excluded.revocation_code_salt, \
             revocation_code_hash = excluded.revocation_code_hash, revocation_code_tries = 0, \
             registered_at = excluded.registered_at",
        )
        .bind(device.serial_number)
        .bind(device.token_sha256.as_slice())
        .bind(&device.revocation_code.salt)
        .bind(&device.revocation_code.hash)
        .bind(device.registered_at.timestamp())
        .execute(&mut *transaction)
        .await?;
        record(&mut transaction, device.registered_at, "device-registered", None, Some(device.serial_number), None)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Counts a try against the revocation code that goes with a reference number.
    pub(crate) async fn count_revocation_try(
        &self,
        reference: &str,
        now: DateTime<Utc>,
    ) -> Result<CountedTry<RevocationCodeRecord>, StorageError> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query(
            "SELECT d.serial_number, d.revocation_code_salt, d.revocation_code_hash, d.revocation_code_tries \
             FROM invitation i JOIN device d ON d.serial_number = i.serial_number WHERE i.reference = ?",
        )
        .bind(reference)
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else {
            // Counted apart from the tries with one-time codes.
            let counted = count_unknown(&mut transaction, &format!("revocation {reference}"), now).await?;
            transaction.commit().await?;
            return Ok(counted.map_or(CountedTry::Locked, |tries_left| CountedTry::Unknown { tries_left }));
        };
        let Some(tries_left) = tries_left_after(row.try_get("revocation_code_tries")?) else {
            return Ok(CountedTry::Locked);
        };
        let record = RevocationCodeRecord {
            serial_number: row.try_get("serial_number")?,
            code_hash: CodeHash {
                salt: row.try_get("revocation_code_salt")?,
                hash: row.try_get("revocation_code_hash")?,
            },
        };
        sqlx::query("UPDATE device SET revocation_code_tries = revocation_code_tries + 1 WHERE serial_number = ?")
            .bind(&record.serial_number)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(CountedTry::Known { record: Box::new(record), tries_left })
    }

    /// The revocation code was right: the tries before it no longer count.
    pub(crate) async fn forgive_revocation_tries(&self, serial_number: &str) -> Result<(), StorageError> {
        sqlx::query("UPDATE device SET revocation_code_tries = 0 WHERE serial_number = ?")
            .bind(serial_number)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    // Declarations

    pub(crate) async fn declaration(&self, id: Uuid) -> Result<Option<DeclarationRecord>, StorageError> {
        declaration(&mut self.pool.begin().await?, id).await
    }

    pub(crate) async fn declaration_of(&self, serial_number: &str) -> Result<Option<DeclarationStatus>, StorageError> {
        let row = sqlx::query("SELECT id, sha256, accepted_at FROM declaration WHERE serial_number = ?")
            .bind(serial_number)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| {
            Ok(DeclarationStatus {
                id: uuid(row.try_get("id")?)?,
                sha256: hex::encode(row.try_get::<Vec<u8>, _>("sha256")?),
                accepted_at: time(&row, "accepted_at")?,
            })
        })
        .transpose()
    }

    /// Records a declaration and opens log-in, both or neither.
    pub(crate) async fn record_declaration(&self, new: &NewDeclaration<'_>) -> Result<Recorded, StorageError> {
        let mut transaction = self.begin().await?;
        if let Some(already) = declaration(&mut transaction, new.id).await? {
            return Ok(Recorded::Already(already));
        }
        let other: Option<i64> = sqlx::query_scalar("SELECT 1 FROM declaration WHERE serial_number = ?")
            .bind(new.serial_number)
            .fetch_optional(&mut *transaction)
            .await?;
        if other.is_some() {
            return Ok(Recorded::OtherDeclaration);
        }
        let activated = sqlx::query(
            "UPDATE certificate SET state = 'active', since = ? \
             WHERE serial_number = ? AND state = 'awaiting-declaration'",
        )
        .bind(new.accepted_at.timestamp())
        .bind(new.serial_number)
        .execute(&mut *transaction)
        .await?;
        if activated.rows_affected() != 1 {
            return Ok(Recorded::NotAwaiting);
        }
        sqlx::query(
            "UPDATE employee SET activated_at = ? \
             WHERE id = (SELECT employee_id FROM certificate WHERE serial_number = ?)",
        )
        .bind(new.accepted_at.timestamp())
        .bind(new.serial_number)
        .execute(&mut *transaction)
        .await?;
        let id = new.id.to_string();
        sqlx::query(
            "INSERT INTO declaration (id, serial_number, sha256, document, receipt, terms_id, terms_version, \
             terms_sha256, accepted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&id)
        .bind(new.serial_number)
        .bind(new.sha256.as_slice())
        .bind(new.document)
        .bind(new.receipt)
        .bind(new.terms_id)
        .bind(i64::from(new.terms_version))
        .bind(new.terms_sha256)
        .bind(new.accepted_at.timestamp())
        .execute(&mut *transaction)
        .await?;
        record(&mut transaction, new.accepted_at, "declared", None, Some(new.serial_number), Some(&id)).await?;
        transaction.commit().await?;
        Ok(Recorded::Now)
    }

    // The user database

    pub(crate) async fn users(&self) -> Result<Vec<User>, StorageError> {
        let rows = sqlx::query(
            "SELECT e.common_name, e.organisation, e.cvr, e.email, e.activated_at, c.serial_number, c.state, \
             c.reason, c.since, (SELECT v.detail FROM event v WHERE v.kind = 'revoked' \
             AND v.serial_number = c.serial_number ORDER BY v.id DESC LIMIT 1) AS revocation \
             FROM employee e LEFT JOIN certificate c ON c.employee_id = e.id \
             ORDER BY e.organisation, e.common_name, e.created_at",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let serial_number: Option<String> = row.try_get("serial_number")?;
                let certificate = serial_number
                    .map(|serial_number| {
                        Ok::<_, StorageError>(CertificateStatus {
                            serial_number,
                            state: state(row.try_get("state")?)?,
                            reason: reason(row.try_get("reason")?)?,
                            since: time(row, "since")?,
                        })
                    })
                    .transpose()?;
                let activated_at: Option<i64> = row.try_get("activated_at")?;
                let revocation: Option<String> = row.try_get("revocation")?;
                let revocation = revocation
                    .map(|detail| serde_json::from_str::<RevocationDetail>(&detail))
                    .transpose()
                    .map_err(|_| StorageError::Damaged("detail of a revocation"))?;
                Ok(User {
                    common_name: row.try_get("common_name")?,
                    organisation: row.try_get("organisation")?,
                    cvr: row.try_get("cvr")?,
                    email: row.try_get("email")?,
                    certificate,
                    wrong_details: revocation.map_or_else(Vec::new, |revocation| revocation.wrong_details),
                    activated_at: activated_at
                        .map(|at| DateTime::from_timestamp(at, 0).ok_or(StorageError::Damaged("time")))
                        .transpose()?,
                })
            })
            .collect()
    }
}

fn tries_left_after(tries: i64) -> Option<u32> {
    let tries = u32::try_from(tries).unwrap_or(TRIES);
    (tries < TRIES).then(|| TRIES - tries - 1)
}

async fn count_unknown(
    transaction: &mut Transaction<'_, Sqlite>,
    reference: &str,
    now: DateTime<Utc>,
) -> Result<Option<u32>, StorageError> {
    let reference = sha256(reference.as_bytes()).to_vec();
    let oldest = (now - UNKNOWN_REFERENCES_KEPT).timestamp();
    sqlx::query("DELETE FROM unknown_reference WHERE last_try_at < ?").bind(oldest).execute(&mut **transaction).await?;
    sqlx::query(
        "INSERT INTO unknown_reference (reference_sha256, tries, last_try_at) VALUES (?, 1, ?) \
         ON CONFLICT (reference_sha256) DO UPDATE SET tries = tries + 1, last_try_at = excluded.last_try_at",
    )
    .bind(&reference)
    .bind(now.timestamp())
    .execute(&mut **transaction)
    .await?;
    let (tries, kept): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT tries FROM unknown_reference WHERE reference_sha256 = ?), (SELECT COUNT(*) FROM unknown_reference)",
    )
    .bind(&reference)
    .fetch_one(&mut **transaction)
    .await?;
    if kept > UNKNOWN_REFERENCES {
        // Whoever makes up that many reference numbers must not fill the disk.
        sqlx::query(
            "DELETE FROM unknown_reference WHERE reference_sha256 IN \
             (SELECT reference_sha256 FROM unknown_reference ORDER BY last_try_at LIMIT ?)",
        )
        .bind(kept - UNKNOWN_REFERENCES)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(tries_left_after(tries - 1))
}

async fn insert_certificate(
    transaction: &mut Transaction<'_, Sqlite>,
    certificate: &Certificate,
    kind: &'static str,
    employee_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let state = if employee_id.is_some() { CertificateState::AwaitingDeclaration } else { CertificateState::Active };
    sqlx::query(
        "INSERT INTO certificate (serial_number, kind, employee_id, public_key_sha256, der, not_before, not_after, \
         state, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(certificate.serial_number())
    .bind(kind)
    .bind(employee_id.map(|id| id.to_string()))
    .bind(sha256(certificate.subject_public_key_info()).as_slice())
    .bind(certificate.der())
    .bind(certificate.not_before().timestamp())
    .bind(certificate.not_after().timestamp())
    .bind(state_name(state))
    .bind(now.timestamp())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn record(
    transaction: &mut Transaction<'_, Sqlite>,
    now: DateTime<Utc>,
    kind: &'static str,
    reference: Option<&str>,
    serial_number: Option<&str>,
    detail: Option<&str>,
) -> Result<(), StorageError> {
    sqlx::query("INSERT INTO event (at, kind, reference, serial_number, detail) VALUES (?, ?, ?, ?, ?)")
        .bind(now.timestamp())
        .bind(kind)
        .bind(reference)
        .bind(serial_number)
        .bind(detail)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn last_status_event(transaction: &mut Transaction<'_, Sqlite>) -> Result<i64, StorageError> {
    Ok(sqlx::query_scalar(
        "SELECT COALESCE(MAX(id), 0) FROM event WHERE kind IN ('suspended', 'reinstated', 'revoked')",
    )
    .fetch_one(&mut **transaction)
    .await?)
}

async fn declaration(
    transaction: &mut Transaction<'_, Sqlite>,
    id: Uuid,
) -> Result<Option<DeclarationRecord>, StorageError> {
    let row = sqlx::query("SELECT serial_number, sha256, receipt FROM declaration WHERE id = ?")
        .bind(id.to_string())
        .fetch_optional(&mut **transaction)
        .await?;
    row.map(|row| {
        Ok(DeclarationRecord {
            serial_number: row.try_get("serial_number")?,
            sha256: row.try_get("sha256")?,
            receipt: row.try_get("receipt")?,
        })
    })
    .transpose()
}

fn invitation(row: &SqliteRow) -> Result<InvitationRecord, StorageError> {
    Ok(InvitationRecord {
        reference: row.try_get("reference")?,
        employee_id: uuid(row.try_get("employee_id")?)?,
        code_hash: CodeHash { salt: row.try_get("code_salt")?, hash: row.try_get("code_hash")? },
        subject: OrderedSubject {
            given_name: row.try_get("given_name")?,
            surname: row.try_get("surname")?,
            common_name: row.try_get("common_name")?,
            email: row.try_get("email")?,
            organisation: row.try_get("organisation")?,
            cvr: row.try_get("cvr")?,
        },
        authority: LocalRegistrationAuthority {
            name: row.try_get("authority_name")?,
            phone: row.try_get("authority_phone")?,
            email: row.try_get("authority_email")?,
        },
        expires_at: time(row, "expires_at")?,
        serial_number: row.try_get("serial_number")?,
    })
}

fn certificate(row: &SqliteRow) -> Result<CertificateRecord, StorageError> {
    Ok(CertificateRecord {
        serial_number: row.try_get("serial_number")?,
        der: row.try_get("der")?,
        not_before: time(row, "not_before")?,
        not_after: time(row, "not_after")?,
        state: state(row.try_get("state")?)?,
        reason: reason(row.try_get("reason")?)?,
        since: time(row, "since")?,
        common_name: row.try_get("common_name")?,
        organisation: row.try_get("organisation")?,
    })
}

fn entry(row: &SqliteRow) -> Result<Option<Entry>, StorageError> {
    let reason = match state(row.try_get("state")?)? {
        CertificateState::AwaitingDeclaration | CertificateState::Active => return Ok(None),
        CertificateState::Suspended => CrlReason::CertificateHold,
        CertificateState::Revoked => match reason(row.try_get("reason")?)? {
            Some(RevocationReason::WrongDetails | RevocationReason::Superseded) => CrlReason::Superseded,
            Some(RevocationReason::KeyCompromise) => CrlReason::KeyCompromise,
            Some(RevocationReason::AffiliationChanged) => CrlReason::AffiliationChanged,
            Some(RevocationReason::CessationOfOperation) => CrlReason::CessationOfOperation,
            None => return Err(StorageError::Damaged("reason of a revocation")),
        },
    };
    Ok(Some(Entry { serial_number: row.try_get("serial_number")?, since: time(row, "since")?, reason }))
}

fn time(row: &SqliteRow, column: &str) -> Result<DateTime<Utc>, StorageError> {
    DateTime::from_timestamp(row.try_get(column)?, 0).ok_or(StorageError::Damaged("time"))
}

fn uuid(text: String) -> Result<Uuid, StorageError> {
    Uuid::parse_str(&text).map_err(|_| StorageError::Damaged("identifier"))
}

fn state_name(state: CertificateState) -> &'static str {
    match state {
        CertificateState::AwaitingDeclaration => "awaiting-declaration",
        CertificateState::Active => "active",
        CertificateState::Suspended => "suspended",
        CertificateState::Revoked => "revoked",
    }
}

fn state(name: String) -> Result<CertificateState, StorageError> {
    [
        CertificateState::AwaitingDeclaration,
        CertificateState::Active,
        CertificateState::Suspended,
        CertificateState::Revoked,
    ]
    .into_iter()
    .find(|state| state_name(*state) == name)
    .ok_or(StorageError::Damaged("state of a certificate"))
}

fn reason_name(reason: RevocationReason) -> &'static str {
    match reason {
        RevocationReason::WrongDetails => "wrong-details",
        RevocationReason::KeyCompromise => "key-compromise",
        RevocationReason::AffiliationChanged => "affiliation-changed",
        RevocationReason::Superseded => "superseded",
        RevocationReason::CessationOfOperation => "cessation-of-operation",
    }
}

fn reason(name: Option<String>) -> Result<Option<RevocationReason>, StorageError> {
    let Some(name) = name else { return Ok(None) };
    [
        RevocationReason::WrongDetails,
        RevocationReason::KeyCompromise,
        RevocationReason::AffiliationChanged,
        RevocationReason::Superseded,
        RevocationReason::CessationOfOperation,
    ]
    .into_iter()
    .find(|reason| reason_name(*reason) == name)
    .map(Some)
    .ok_or(StorageError::Damaged("reason of a revocation"))
}
