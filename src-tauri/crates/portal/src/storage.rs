//! Everything that is SQL. The only module that knows the database, so that another one can take its place.
//!
//! Every change and the event that tells of it are one transaction. Times go in and out as whole seconds.
//!
//! Here are the database itself, invitations, certificates, declarations and users; [`activity`] holds what was done with
//! a key and from where, [`authority`] the certificates of local registration authorities, [`chain`] the event log's, [`change`] suspension,
//! reinstatement and revocation, [`device`] the computers and their secrets, [`directory`] what is published,
//! [`erasure`] what is no longer kept, [`instance`] what all instances of the portal have alike, [`list`] the revocation
//! lists, [`migration`] who brings the tables up to date and what the serving role may do, [`relatives`] which certificates
//! stand for one another, [`renewal`] the next certificate and its taking over, [`unknown_reference`] tries with reference
//! numbers that nobody was given, [`user_list`] the desk's list, [`vault`] sealed CPR numbers under another key.

mod activity;
mod authority;
mod backup;
mod chain;
mod change;
mod comparison;
mod database;
mod desk;
mod device;
mod directory;
mod erasure;
mod instance;
mod list;
mod migration;
mod pool;
mod relatives;
mod renewal;
mod terms;
mod unknown_reference;
mod user_list;
mod vault;

pub(crate) use activity::{Actor, LoggedIn, Origin, Sitting};
pub use authority::AuthorityCertificate;
pub(crate) use authority::NewAuthorityCertificate;
pub use backup::{BackupError, back_up};
pub use chain::{Audit, ChainBreak, ChainFault, ChainHead};
pub(crate) use change::{Changed, Outcome, StateChange};
use change::{RevocationDetail, revoke};
pub(crate) use comparison::Answer;
use database::{Database, Row, Transaction, query, query_as, query_scalar};
pub(crate) use database::{Traces, is_postgresql};
pub(crate) use desk::{CodeIssued, DeskCertificate, DeskEvent, DeskUser, DeskUserDetails, NewCode, Ordered};
pub(crate) use device::{NewDevice, Registered, Secrets};
pub(crate) use directory::Sought;
pub use erasure::ErasedCounts;
pub(crate) use erasure::{Due, Stage};
pub(crate) use instance::{PERSONAL_NUMBER_SETTING, Setting};
pub(crate) use list::{IssuedLists, ListHead, ListIssuer, Listed, Stored};
pub use migration::{Migrated, MigrationError, migrate};
pub(crate) use renewal::Renewal;
pub(crate) use terms::PutInForce;
pub(crate) use user_list::{UsersChosen, UsersSought};

use crate::certificate_authority::revocation_list::Entry;
use crate::credential::{CodeHash, sha256};
use crate::personal_number::SealedPersonalNumber;
use chrono::{DateTime, Utc};
use pki::Certificate;
use portal_api::{
    ActivityKind, CertificateState, CertificateStatus, DeclarationStatus, DetailField, EARLIER_LIMIT,
    EarlierCertificate, LocalRegistrationAuthority, OrderedSubject, RevocationReason,
};
use sqlx::migrate::MigrateError;
use std::path::Path;
use thiserror::Error;
use uuid::Uuid;
use x509_cert::ext::pkix::CrlReason;

/// Wrong tries before an invitation or a revocation code is locked.
pub(crate) const TRIES: u32 = 5;
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
    /// TLS to the database server does not come about.
    #[error(
        "the database server does not prove by TLS that it is the one: its certificate must be from a root in sslrootcert, \
         and for the host in the URL where sslmode is verify-full"
    )]
    ServerCertificate(#[source] sqlx::Error),
    /// The tables are of another version, and the role may not change them.
    #[error(
        "the database's tables are not those of this version of the portal, and this role may not change them: run `portal \
         migrate --database URL --grant-to ROLE` with this version, where URL is that of the role that owns the tables and ROLE \
         this one, then start again"
    )]
    MayNotMigrate,
    /// The URL of a PostgreSQL database cannot be read. What is wrong with it is not told: it may hold a password.
    #[error("the database URL cannot be read")]
    Url,
    /// The URL is not one of a database that the portal knows.
    #[error("the database URL begins neither with sqlite: nor with postgres:// or postgresql://")]
    UnknownDatabase,
    /// A stored value is not one that the portal writes.
    #[error("the stored {0} cannot be read")]
    Damaged(&'static str),
    /// The computer's source of randomness failed.
    #[error("an event cannot be linked: the source of randomness failed")]
    NoRandomness,
    /// Too many practice invitations are open at once.
    #[error("too many practice invitations are open")]
    TooManyPracticeInvitations,
}

/// The portal's database.
pub(crate) struct Storage {
    database: Database,
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
    pub(crate) employee_id: Uuid,
    pub(crate) common_name: String,
    pub(crate) organisation: String,
    /// The declaration that it rests on.
    pub(crate) declared_by: Option<String>,
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
    TimeStamping,
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
    pub(crate) origin: &'a Origin,
}

/// What came of recording a declaration.
pub(crate) enum Recorded {
    /// It is recorded now, and log-in is open.
    Now,
    /// A declaration with this id was recorded meanwhile.
    Already(DeclarationRecord),
    /// The certificate has another declaration.
    OtherDeclaration,
    /// Another instance of the portal has put later terms in force than the declaration accepts.
    TermsOutdated,
    /// The certificate no longer waits for a declaration, or the one that it renews is no longer in use.
    NotAwaiting,
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
    /// When the certificate was last used from elsewhere than its registered computer, if ever: log-in, declaration,
    /// renewal or revocation without the computer's token.
    pub last_unregistered_use: Option<DateTime<Utc>>,
}

const CERTIFICATE_COLUMNS: &str = "SELECT c.serial_number, c.der, c.not_before, c.not_after, c.state, c.reason, c.since, \
     c.employee_id, c.declared_by, e.common_name, e.organisation \
     FROM certificate c JOIN employee e ON e.id = c.employee_id";

/// Records the invitation of an employee who is recorded, and who invited.
async fn record_invitation(
    transaction: &mut Transaction,
    new: &NewInvitation<'_>,
    by: Actor<'_>,
) -> Result<(), StorageError> {
    query(
        "INSERT INTO invitation (reference, employee_id, practice, code_salt, code_hash, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.reference)
    .bind(new.employee_id.to_string())
    .bind(new.practice)
    .bind(&new.code_hash.salt)
    .bind(&new.code_hash.hash)
    .bind(new.created_at.timestamp())
    .bind(new.expires_at.timestamp())
    .execute(&mut *transaction)
    .await?;
    let invited = Event { reference: Some(new.reference), ..Event::new(new.created_at, "invited", by) };
    record(transaction, &invited).await
}

impl Storage {
    /// Opens the database and brings its tables up to date. `url` None means `portal.sqlite` in the data folder.
    pub(crate) async fn open(data: &Path, url: Option<&str>) -> Result<Self, StorageError> {
        let storage = Self { database: Database::open(data, url).await? };
        storage.link_earlier_events().await?;
        Ok(storage)
    }

    pub(crate) async fn close(&self) {
        self.database.close().await;
    }

    /// Succeeds where the database answers.
    pub(crate) async fn ready(&self) -> Result<(), StorageError> {
        query("SELECT 1").execute(&self.database).await?;
        Ok(())
    }

    /// Begins a transaction that holds the write lock from its first statement on: what it reads stays true.
    async fn begin(&self) -> Result<Transaction, StorageError> {
        self.database.begin_writing().await
    }

    // Invitations

    pub(crate) async fn create_invitation(&self, new: &NewInvitation<'_>) -> Result<(), StorageError> {
        let mut transaction = self.begin().await?;
        if new.practice {
            let open: i64 = query_scalar(
                "SELECT COUNT(*) FROM invitation WHERE practice AND serial_number IS NULL AND expires_at > $1",
            )
            .bind(new.created_at.timestamp())
            .fetch_one(&mut transaction)
            .await?;
            if open >= OPEN_PRACTICE_INVITATIONS {
                return Err(StorageError::TooManyPracticeInvitations);
            }
        }
        let employee_id = new.employee_id.to_string();
        query(
            "INSERT INTO employee (id, given_name, surname, common_name, email, organisation, cvr, authority_name, \
             authority_phone, authority_email, personal_number_sealed, personal_number_hash, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
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
        .execute(&mut transaction)
        .await?;
        let by = if new.practice { Actor::Portal } else { Actor::Authority };
        record_invitation(&mut transaction, new, by).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Counts a try against a reference number before anybody looks at the code, so that a try cannot be had for
    /// nothing by breaking off. By its keyed `hash` a reference number is counted that nobody was given.
    pub(crate) async fn count_try(
        &self,
        reference: &str,
        hash: &[u8],
        now: DateTime<Utc>,
    ) -> Result<CountedTry<InvitationRecord>, StorageError> {
        let mut transaction = self.begin().await?;
        let row = query(
            "SELECT i.reference, i.employee_id, i.code_salt, i.code_hash, i.tries, i.expires_at, i.serial_number, \
             e.given_name, e.surname, e.common_name, e.email, e.organisation, e.cvr, e.authority_name, \
             e.authority_phone, e.authority_email \
             FROM invitation i JOIN employee e ON e.id = i.employee_id WHERE i.reference = $1",
        )
        .bind(reference)
        .fetch_optional(&mut transaction)
        .await?;
        let Some(row) = row else {
            let counted = unknown_reference::count(&mut transaction, hash, now).await?;
            transaction.commit().await?;
            return Ok(counted.map_or(CountedTry::Locked, |tries_left| CountedTry::Unknown { tries_left }));
        };
        let tries: i64 = row.try_get("tries")?;
        let Some(tries_left) = tries_left_after(tries) else {
            return Ok(CountedTry::Locked);
        };
        query("UPDATE invitation SET tries = tries + 1 WHERE reference = $1")
            .bind(reference)
            .execute(&mut transaction)
            .await?;
        transaction.commit().await?;
        Ok(CountedTry::Known { record: Box::new(invitation(&row)?), tries_left })
    }

    /// The code was right: the tries before it no longer count.
    pub(crate) async fn forgive_tries(&self, reference: &str) -> Result<(), StorageError> {
        query("UPDATE invitation SET tries = 0 WHERE reference = $1").bind(reference).execute(&self.database).await?;
        Ok(())
    }

    /// Writes down that the last try with a one-time code or a revocation code (`by`) has been used up.
    pub(crate) async fn record_lock(
        &self,
        reference: &str,
        by: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let mut transaction = self.begin().await?;
        record(&mut transaction, &Event { reference: Some(reference), ..Event::new(now, "code-locked", by) }).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The same person's certificates from other invitations that are neither revoked nor expired, the newest first.
    pub(crate) async fn earlier(
        &self,
        employee_id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<Vec<EarlierCertificate>, StorageError> {
        let rows = query(
            "SELECT c.serial_number, c.not_after, c.state, d.name, d.registered_at FROM employee mine \
             JOIN employee e ON e.personal_number_hash = mine.personal_number_hash AND e.cvr = mine.cvr \
             JOIN certificate c ON c.employee_id = e.id LEFT JOIN device d ON d.serial_number = c.serial_number \
             WHERE mine.id = $1 AND e.id <> mine.id AND c.state <> 'revoked' AND c.not_after >= $2 \
             ORDER BY c.not_before DESC, c.serial_number LIMIT $3",
        )
        .bind(employee_id.to_string())
        .bind(now.timestamp())
        .bind(i64::try_from(EARLIER_LIMIT).unwrap_or(i64::MAX))
        .fetch_all(&self.database)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(EarlierCertificate {
                    serial_number: row.try_get("serial_number")?,
                    not_after: time(row, "not_after")?,
                    state: state(row.try_get("state")?)?,
                    device_name: row.try_get("name")?,
                    registered_at: optional_time(row, "registered_at")?,
                })
            })
            .collect()
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
        let issued: Option<(Vec<u8>, Vec<u8>)> = query_as(
            "SELECT c.public_key_sha256, c.der FROM invitation i \
             JOIN certificate c ON c.serial_number = i.serial_number WHERE i.reference = $1",
        )
        .bind(&invitation.reference)
        .fetch_optional(&mut transaction)
        .await?;
        if let Some((issued_key, der)) = issued {
            return Ok(if issued_key == key { Enrolment::Certificate(der) } else { Enrolment::InvitationUsed });
        }
        if invitation.expires_at <= now {
            return Ok(Enrolment::Expired);
        }
        let in_use = query("SELECT 1 FROM certificate WHERE public_key_sha256 = $1 AND kind = 'employee'")
            .bind(&key)
            .finds_any(&mut transaction)
            .await?;
        if in_use {
            return Ok(Enrolment::KeyInUse);
        }
        let certificate = issue()?;
        insert_certificate(&mut transaction, &certificate, "employee", Some(invitation.employee_id), now).await?;
        query("UPDATE invitation SET serial_number = $1 WHERE reference = $2")
            .bind(certificate.serial_number())
            .bind(&invitation.reference)
            .execute(&mut transaction)
            .await?;
        let issued = Event {
            reference: Some(&invitation.reference),
            serial_number: Some(certificate.serial_number()),
            ..Event::new(now, "issued", Actor::Invitation)
        };
        record(&mut transaction, &issued).await?;
        transaction.commit().await?;
        Ok(Enrolment::Certificate(certificate.der().to_vec()))
    }

    /// Records a certificate of the portal itself; does nothing where it is recorded already.
    pub(crate) async fn record_own_certificate(
        &self,
        certificate: &Certificate,
        kind: OwnCertificate,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let (name, authority) = match kind {
            OwnCertificate::Server => ("server", false),
            OwnCertificate::Seal => ("seal", false),
            OwnCertificate::OcspResponder => ("ocsp-responder", false),
            OwnCertificate::TimeStamping => ("time-stamping", true),
        };
        let mut transaction = self.begin().await?;
        let known = query("SELECT 1 FROM issued_certificate WHERE serial_number = $1")
            .bind(certificate.serial_number())
            .finds_any(&mut transaction)
            .await?;
        if !known {
            if authority {
                authority::insert(&mut transaction, certificate, name, None, now).await?;
            } else {
                insert_certificate(&mut transaction, certificate, name, None, now).await?;
            }
            let issued = Event {
                serial_number: Some(certificate.serial_number()),
                detail: Some(name),
                ..Event::new(now, "issued", Actor::Portal)
            };
            record(&mut transaction, &issued).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Finds an employee certificate.
    pub(crate) async fn certificate(&self, serial_number: &str) -> Result<Option<CertificateRecord>, StorageError> {
        query(sqlx::AssertSqlSafe(format!("{CERTIFICATE_COLUMNS} WHERE c.serial_number = $1")))
            .bind(serial_number)
            .fetch_optional(&self.database)
            .await?
            .map(|row| certificate(&row))
            .transpose()
    }

    /// The status of any certificate that the issuing CA has issued, the portal's own as well: its revocation entry
    /// where it has one. None for a serial number that was never given.
    pub(crate) async fn status(&self, serial_number: &str) -> Result<Option<Option<Entry>>, StorageError> {
        let row = query("SELECT serial_number, state, reason, since FROM issued_certificate WHERE serial_number = $1")
            .bind(serial_number)
            .fetch_optional(&self.database)
            .await?;
        row.map(|row| entry(&row)).transpose()
    }

    // Declarations

    pub(crate) async fn declaration(&self, id: Uuid) -> Result<Option<DeclarationRecord>, StorageError> {
        declaration(&mut self.database.begin_reading().await?, id).await
    }

    /// The declaration that a certificate rests on.
    pub(crate) async fn declaration_of(&self, serial_number: &str) -> Result<Option<DeclarationStatus>, StorageError> {
        let row = query(
            "SELECT d.id, d.sha256, d.accepted_at FROM declaration d \
             JOIN certificate c ON c.declared_by = d.id WHERE c.serial_number = $1",
        )
        .bind(serial_number)
        .fetch_optional(&self.database)
        .await?;
        row.map(|row| {
            Ok(DeclarationStatus {
                id: uuid(row.try_get("id")?)?,
                sha256: hex::encode(row.try_get::<Vec<u8>>("sha256")?),
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
        let rests_on: Option<(String, i64)> = query_as(
            "SELECT d.terms_id, d.terms_version FROM certificate c JOIN declaration d ON d.id = c.declared_by \
             WHERE c.serial_number = $1",
        )
        .bind(new.serial_number)
        .fetch_optional(&mut transaction)
        .await?;
        let declares_again = rests_on.is_some();
        if rests_on.is_some_and(|terms| terms == (new.terms_id.to_owned(), i64::from(new.terms_version))) {
            return Ok(Recorded::OtherDeclaration);
        }
        let outdated = query("SELECT 1 FROM terms WHERE id = $1 AND version > $2 LIMIT 1")
            .bind(new.terms_id)
            .bind(i64::from(new.terms_version))
            .finds_any(&mut transaction)
            .await?;
        if outdated {
            return Ok(Recorded::TermsOutdated);
        }
        let state: Option<String> = query_scalar("SELECT state FROM certificate WHERE serial_number = $1")
            .bind(new.serial_number)
            .fetch_optional(&mut transaction)
            .await?;
        // What is in use stays so while its terms change.
        let declarable = if declares_again { CertificateState::Active } else { CertificateState::AwaitingDeclaration };
        // One that is in use has revoked the one that it renewed.
        let renewed_is_usable =
            declares_again || renewal::renewed_is_usable(&mut transaction, new.serial_number).await?;
        if state.as_deref() != Some(state_name(declarable)) || !renewed_is_usable {
            return Ok(Recorded::NotAwaiting);
        }
        let id = new.id.to_string();
        query(
            "INSERT INTO declaration (id, serial_number, sha256, document, receipt, terms_id, terms_version, \
             terms_sha256, accepted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
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
        .execute(&mut transaction)
        .await?;
        let by = Actor::Certificate(new.origin);
        let declared = Event {
            serial_number: Some(new.serial_number),
            detail: Some(&id),
            ..Event::new(new.accepted_at, "declared", by)
        };
        record(&mut transaction, &declared).await?;
        let declaration = ActivityKind::Declaration;
        new.origin.record(&mut transaction, declaration, new.serial_number, Some(&id), new.accepted_at).await?;
        if declares_again {
            query("UPDATE certificate SET declared_by = $1 WHERE serial_number = $2")
                .bind(&id)
                .bind(new.serial_number)
                .execute(&mut transaction)
                .await?;
        } else {
            renewal::activate(&mut transaction, new.serial_number, &id, new.origin, new.accepted_at).await?;
        }
        transaction.commit().await?;
        Ok(Recorded::Now)
    }

    // The user database

    pub(crate) async fn users(&self) -> Result<Vec<User>, StorageError> {
        let rows = query(
            "SELECT e.common_name, e.organisation, e.cvr, e.email, e.activated_at, c.serial_number, c.state, \
             c.reason, c.since, (SELECT v.detail FROM event v WHERE v.kind = 'revoked' \
             AND v.serial_number = c.serial_number ORDER BY v.id DESC LIMIT 1) AS revocation, \
             (SELECT MAX(a.at) FROM activity a WHERE a.serial_number = c.serial_number \
             AND a.device_name IS NULL AND a.kind <> 'device-registration') AS last_unregistered_use \
             FROM employee e LEFT JOIN certificate c ON c.employee_id = e.id \
             ORDER BY e.organisation, e.common_name, e.created_at",
        )
        .fetch_all(&self.database)
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
                    activated_at: optional_time(row, "activated_at")?,
                    last_unregistered_use: optional_time(row, "last_unregistered_use")?,
                })
            })
            .collect()
    }
}

fn tries_left_after(tries: i64) -> Option<u32> {
    let tries = u32::try_from(tries).unwrap_or(TRIES);
    (tries < TRIES).then(|| TRIES - tries - 1)
}

async fn insert_certificate(
    transaction: &mut Transaction,
    certificate: &Certificate,
    kind: &'static str,
    employee_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let state = if employee_id.is_some() { CertificateState::AwaitingDeclaration } else { CertificateState::Active };
    query(
        "INSERT INTO certificate (serial_number, kind, employee_id, public_key_sha256, der, not_before, not_after, \
         state, since) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
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
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

/// What the event log says: who did what to what.
struct Event<'a> {
    at: DateTime<Utc>,
    kind: &'static str,
    by: Actor<'a>,
    /// The certificate that it was done with or that was named, where it was done to another one.
    acting_serial_number: Option<&'a str>,
    reference: Option<&'a str>,
    serial_number: Option<&'a str>,
    detail: Option<&'a str>,
}

impl<'a> Event<'a> {
    fn new(at: DateTime<Utc>, kind: &'static str, by: Actor<'a>) -> Self {
        Self { at, kind, by, acting_serial_number: None, reference: None, serial_number: None, detail: None }
    }
}

async fn record(transaction: &mut Transaction, event: &Event<'_>) -> Result<(), StorageError> {
    let id: i64 = query_scalar(
        "INSERT INTO event (at, kind, reference, serial_number, detail, actor, acting_serial_number, \
         authority_serial_number) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
    )
    .bind(event.at.timestamp())
    .bind(event.kind)
    .bind(event.reference)
    .bind(event.serial_number)
    .bind(event.detail)
    .bind(event.by.name())
    .bind(event.acting_serial_number)
    .bind(event.by.authority_serial_number())
    .fetch_one(&mut *transaction)
    .await?;
    chain::append(transaction, id, event).await
}

fn whole_seconds(at: DateTime<Utc>) -> Result<DateTime<Utc>, StorageError> {
    DateTime::from_timestamp(at.timestamp(), 0).ok_or(StorageError::Damaged("time"))
}

async fn declaration(transaction: &mut Transaction, id: Uuid) -> Result<Option<DeclarationRecord>, StorageError> {
    let row = query("SELECT serial_number, sha256, receipt FROM declaration WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(&mut *transaction)
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

fn invitation(row: &Row) -> Result<InvitationRecord, StorageError> {
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

fn certificate(row: &Row) -> Result<CertificateRecord, StorageError> {
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
        employee_id: uuid(row.try_get("employee_id")?)?,
        declared_by: row.try_get("declared_by")?,
    })
}

fn entry(row: &Row) -> Result<Option<Entry>, StorageError> {
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

fn time(row: &Row, column: &str) -> Result<DateTime<Utc>, StorageError> {
    DateTime::from_timestamp(row.try_get(column)?, 0).ok_or(StorageError::Damaged("time"))
}

fn optional_time(row: &Row, column: &str) -> Result<Option<DateTime<Utc>>, StorageError> {
    let at: Option<i64> = row.try_get(column)?;
    at.map(|at| DateTime::from_timestamp(at, 0).ok_or(StorageError::Damaged("time"))).transpose()
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

#[cfg(test)]
mod tests {
    use super::database::SQLITE_MIGRATIONS;
    use super::*;
    use sqlx::SqlitePool;
    use sqlx::migrate::Migrator;
    use sqlx::sqlite::SqliteConnectOptions;
    use std::borrow::Cow;

    /// What a portal of the first version left behind.
    const LEFT_BEHIND: &str = "
        INSERT INTO employee (id, given_name, surname, common_name, email, organisation, cvr, authority_name,
            personal_number_sealed, personal_number_hash, created_at) VALUES
            ('00000000-0000-4000-8000-000000000001', 'Øvebruger', 'Eksempel', 'Øvebruger Eksempel',
             'øvebruger@example.org', 'Øvelseskommune Å', '12345678', 'It-afdelingen', x'00', x'01', 1);
        INSERT INTO certificate (serial_number, kind, employee_id, public_key_sha256, der, not_before, not_after, state,
            since) VALUES ('4f', 'employee', '00000000-0000-4000-8000-000000000001', x'02', x'03', 1, 4000000000,
            'suspended', 1);
        INSERT INTO invitation (reference, employee_id, practice, code_salt, code_hash, created_at, expires_at,
            serial_number) VALUES ('AMP00000000', '00000000-0000-4000-8000-000000000001', 0, x'04', x'05', 1, 2, '4f');
        INSERT INTO device (serial_number, token_sha256, revocation_code_salt, revocation_code_hash,
            revocation_code_tries, registered_at) VALUES ('4f', x'06', x'07', x'08', 3, 1);
        INSERT INTO declaration (id, serial_number, sha256, document, receipt, terms_id, terms_version, terms_sha256,
            accepted_at) VALUES ('00000000-0000-7000-8000-000000000002', '4f', x'09', x'0a', x'0b', 'terms', 1, '0c', 1);
        INSERT INTO event (at, kind, serial_number) VALUES (1, 'suspended', '4f');
        INSERT INTO unknown_reference (reference_sha256, tries, last_try_at) VALUES (x'0e', 1, 4000000000);
        INSERT INTO revocation_list (issuer, number, event_id, this_update, next_update, der) VALUES
            ('issuing', 7, 1, 1, 4000000000, x'0d');
    ";

    #[tokio::test]
    async fn the_database_of_the_first_version_is_brought_up_to_date_and_nothing_in_it_is_lost() {
        let data = tempfile::tempdir().expect("a folder");
        let options = SqliteConnectOptions::new().filename(data.path().join("portal.sqlite")).create_if_missing(true);
        let pool = SqlitePool::connect_with(options.clone()).await.expect("a database");
        let first = SQLITE_MIGRATIONS.migrations.iter().take(1).cloned().collect();
        Migrator { migrations: Cow::Owned(first), ..Migrator::DEFAULT }.run(&pool).await.expect("the first tables");
        sqlx::raw_sql(LEFT_BEHIND).execute(&pool).await.expect("rows");
        pool.close().await;

        let now = DateTime::from_timestamp(2, 0).expect("a time");
        let storage = Storage::open(data.path(), None).await.expect("brought up to date");
        let declaration = storage.declaration_of("4f").await.expect("readable").expect("it rests on its declaration");
        assert_eq!(declaration.id, Uuid::from_u128(0x7000_8000_0000_0000_0002));
        let tries = storage.count_revocation_try("AMP00000000", &[14], Secrets::InForce, now).await.expect("counted");
        assert!(matches!(tries, CountedTry::Known { tries_left: 1, .. }), "the three tries before still count");
        let content = storage.list_content(None, now, now).await.expect("readable");
        assert_eq!((content.base, content.changed.len(), content.listed.entries().count()), (Some(7), 0, 1));
        let (by, lifted) = (Actor::Authority, StateChange::Reinstate { suspended_since: None });
        let changed = storage.change_state("4f", &lifted, by, now).await.expect("reinstated");
        assert!(matches!(changed.changed, Changed::Now(CertificateStatus { state: CertificateState::Active, .. })));
        let content = storage.list_content(Some(content.listed), now, now).await.expect("readable");
        assert_eq!((content.changed[0].reason, content.listed.entries().count()), (CrlReason::RemoveFromCRL, 0));
        let users = storage.users().await.expect("readable");
        assert_eq!((users.len(), users[0].last_unregistered_use), (1, None));
        let pool = SqlitePool::connect_with(options).await.expect("a database");
        let plain = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM unknown_reference").fetch_one(&pool).await;
        assert_eq!(plain.expect("a number"), 0, "plain hashes of what may be CPR numbers are gone");
        let audit = storage.audit(None).await.expect("readable");
        assert!(audit.holds && audit.events > 1, "the events of the first version are in the chain: {audit:?}");
    }
}
