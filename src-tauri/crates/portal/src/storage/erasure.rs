//! Erasure of what has been kept for as long as it may be: certificates, orders, and the certificates of local registration
//! authorities, each with everything about it.
//!
//! **What goes with a certificate**: its row, its computer and that one's secrets, its declarations with their receipts, what
//! was done with its key, which certificates gave way to it, and what tells in the event log that an event was its. With the
//! last certificate of an order goes the order: the employee with the CPR number, and the invitation.
//!
//! **What stays for a younger certificate**: the order. And of the certificate whose declaration the younger one rests on, the
//! row and the declarations; nothing else of it.
//!
//! **What stays for good**: that an event took place, with its number, time, kind and actor; and the event `erased`, which
//! tells how much of what was erased.
//!
//! Tries with reference numbers that nobody was given go after two weeks ([`super::unknown_reference`]), and what erasure leaves
//! behind in the database's files after each run ([`super::database`]).
//!
//! The tables of events and activities take erasures from here alone: their triggers let pass what belongs to the row in
//! `erasure_under_way`, which no transaction can leave behind.

use super::database::{Transaction, query, query_as, query_scalar};
use super::{Actor, Event, Storage, StorageError, Traces, record};
use chrono::{DateTime, Utc};

/// How many certificates or orders are erased in one transaction: few, so that nobody waits long for the write lock.
const BATCH: i64 = 16;
/// The kind of the event that says how much was erased.
pub(super) const ERASED: &str = "erased";

/// What is due at a certain time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due {
    /// Certificates that begin until this time, and orders that were made until then, are due.
    pub(crate) until: DateTime<Utc>,
    pub(crate) now: DateTime<Utc>,
}

/// How much of what was erased, or is due to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ErasedCounts {
    /// Employee certificates.
    pub certificates: u64,
    /// Employee certificates of which row and declarations stay, since a younger one rests on them.
    pub certificates_in_part: u64,
    /// Orders: employees with their CPR numbers, and their invitations.
    pub orders: u64,
    /// Certificates of local registration authorities.
    pub authority_certificates: u64,
    /// Declarations with their receipts.
    pub declarations: u64,
    /// Computers, those that a later registration replaced among them.
    pub devices: u64,
    /// Log-ins and other uses of a key.
    pub activities: u64,
    /// Events that no longer tell of whom they were.
    pub events: u64,
}

impl ErasedCounts {
    /// True where there is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.certificates += other.certificates;
        self.certificates_in_part += other.certificates_in_part;
        self.orders += other.orders;
        self.authority_certificates += other.authority_certificates;
        self.declarations += other.declarations;
        self.devices += other.devices;
        self.activities += other.activities;
        self.events += other.events;
    }
}

/// What is erased one after another, each in transactions of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Certificates,
    /// Orders that never came to a certificate.
    Orders,
    AuthorityCertificates,
}

impl Stage {
    /// In this order: what goes with certificates may free authorities.
    pub(crate) const ALL: [Self; 3] = [Self::Certificates, Self::Orders, Self::AuthorityCertificates];
}

/// Certificates that are due and have ended. `$1` is when they begin at the latest, `$2` now.
const DUE_CERTIFICATE: &str = "c.kind = 'employee' AND c.not_before <= $1 AND c.not_after < $2";
/// True where another certificate rests on a declaration of certificate `c`.
const CARRIES: &str = "EXISTS (SELECT 1 FROM declaration d JOIN certificate y ON y.declared_by = d.id \
     WHERE d.serial_number = c.serial_number AND y.serial_number <> c.serial_number)";
/// True where there is more of certificate `c` than its row and its declarations.
const HAS_MORE: &str = "(EXISTS (SELECT 1 FROM device x WHERE x.serial_number = c.serial_number) \
     OR EXISTS (SELECT 1 FROM replaced_secret x WHERE x.serial_number = c.serial_number) \
     OR EXISTS (SELECT 1 FROM activity x WHERE x.serial_number = c.serial_number) \
     OR EXISTS (SELECT 1 FROM event x WHERE x.serial_number = c.serial_number))";
/// Orders without a certificate that are due. `$1` is when they were made at the latest, `$2` now.
const DUE_ORDER: &str = "e.created_at <= $1 AND i.expires_at <= $2 \
     AND NOT EXISTS (SELECT 1 FROM certificate c WHERE c.employee_id = e.id)";
/// Certificates of local registration authorities that are due and that no event names as who acted.
const DUE_AUTHORITY: &str = "a.kind = 'lra' AND a.not_before <= $1 AND a.not_after < $2 \
     AND NOT EXISTS (SELECT 1 FROM event v WHERE v.authority_serial_number = a.serial_number)";

impl Storage {
    /// Erases a batch of what is due. None where nothing is: the stage is done.
    pub(crate) async fn erase_batch(&self, stage: Stage, due: &Due) -> Result<Option<ErasedCounts>, StorageError> {
        // The younger ones first, so that those that rest on the declaration of an older one no longer do.
        let sql = match stage {
            Stage::Certificates => format!(
                "SELECT c.serial_number FROM certificate c WHERE {DUE_CERTIFICATE} AND (NOT {CARRIES} OR {HAS_MORE}) \
                 ORDER BY c.not_before DESC, c.serial_number LIMIT $3"
            ),
            Stage::Orders => format!(
                "SELECT e.id FROM employee e JOIN invitation i ON i.employee_id = e.id WHERE {DUE_ORDER} LIMIT $3"
            ),
            Stage::AuthorityCertificates => {
                format!("SELECT a.serial_number FROM authority_certificate a WHERE {DUE_AUTHORITY} LIMIT $3")
            }
        };
        // Without the write lock at first: nearly always there is nothing to do.
        let find = || {
            query_scalar::<String>(sqlx::AssertSqlSafe(sql.clone()))
                .bind(due.until.timestamp())
                .bind(due.now.timestamp())
                .bind(BATCH)
        };
        if find().fetch_all(&mut self.database.begin_reading().await?).await?.is_empty() {
            return Ok(None);
        }
        let mut transaction = self.begin().await?;
        let found = find().fetch_all(&mut transaction).await?;
        if found.is_empty() {
            // Another instance was faster.
            return Ok(None);
        }
        let mut erased = ErasedCounts::default();
        for one in &found {
            match stage {
                Stage::Certificates => erase_certificate(&mut transaction, one, &mut erased).await?,
                Stage::Orders => erase_order(&mut transaction, one, &mut erased).await?,
                Stage::AuthorityCertificates => erase_authority(&mut transaction, one, &mut erased).await?,
            }
        }
        let detail = serde_json::to_string(&erased).map_err(|_| StorageError::Damaged("detail of an erasure"))?;
        record(&mut transaction, &Event { detail: Some(&detail), ..Event::new(due.now, ERASED, Actor::Portal) })
            .await?;
        transaction.commit().await?;
        Ok(Some(erased))
    }

    /// How much is due: what [`Storage::erase_batch`] would erase until nothing is left, but for authorities that become free
    /// of events only by that.
    pub(crate) async fn due(&self, due: &Due) -> Result<ErasedCounts, StorageError> {
        let mut transaction = self.database.begin_reading().await?;
        let mut count = async |sql: String| {
            let counted: i64 = query_scalar(sqlx::AssertSqlSafe(sql))
                .bind(due.until.timestamp())
                .bind(due.now.timestamp())
                .fetch_one(&mut transaction)
                .await?;
            Ok::<_, StorageError>(counted.unsigned_abs())
        };
        // A younger one that is due as well holds nothing back.
        let held = "EXISTS (SELECT 1 FROM declaration d JOIN certificate y ON y.declared_by = d.id \
             WHERE d.serial_number = c.serial_number AND NOT (y.not_before <= $1 AND y.not_after < $2))";
        let of_due = |table: &str| {
            format!(
                "SELECT COUNT(*) FROM {table} x JOIN certificate c ON c.serial_number = x.serial_number \
                 WHERE {DUE_CERTIFICATE}"
            )
        };
        let reference = format!(
            "SELECT i.reference FROM employee e JOIN invitation i ON i.employee_id = e.id WHERE e.created_at <= $1 \
             AND i.expires_at <= $2 AND NOT EXISTS (SELECT 1 FROM certificate c WHERE c.employee_id = e.id \
             AND NOT ({DUE_CERTIFICATE} AND NOT {held}))"
        );
        Ok(ErasedCounts {
            certificates: count(format!("SELECT COUNT(*) FROM certificate c WHERE {DUE_CERTIFICATE} AND NOT {held}"))
                .await?,
            certificates_in_part: count(format!(
                "SELECT COUNT(*) FROM certificate c WHERE {DUE_CERTIFICATE} AND {held} AND {HAS_MORE}"
            ))
            .await?,
            orders: count(format!("SELECT COUNT(*) FROM ({reference}) AS due")).await?,
            authority_certificates: count(format!(
                "SELECT COUNT(*) FROM authority_certificate a WHERE {DUE_AUTHORITY}"
            ))
            .await?,
            declarations: count(format!("{} AND NOT {held}", of_due("declaration"))).await?,
            devices: count(of_due("device")).await? + count(of_due("replaced_secret")).await?,
            activities: count(of_due("activity")).await?,
            events: count(format!(
                "SELECT COUNT(*) FROM event v WHERE v.reference IN ({reference}) \
                 OR v.serial_number IN (SELECT c.serial_number FROM certificate c WHERE {DUE_CERTIFICATE}) \
                 OR v.serial_number IN (SELECT a.serial_number FROM authority_certificate a WHERE {DUE_AUTHORITY})"
            ))
            .await?,
        })
    }

    /// When something last happened.
    pub(crate) async fn last_event_at(&self) -> Result<Option<DateTime<Utc>>, StorageError> {
        let at: Option<i64> = query_scalar("SELECT MAX(at) FROM event").fetch_one(&self.database).await?;
        Ok(at.and_then(|at| DateTime::from_timestamp(at, 0)))
    }

    /// Takes the day's turn at a job: true for one instance a day, and where the turn before was in the future.
    pub(crate) async fn take_turn(
        &self,
        job: &'static str,
        now: DateTime<Utc>,
        last_before: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let taken = query(
            "INSERT INTO daily_job (name, started_at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET \
             started_at = excluded.started_at WHERE daily_job.started_at <= $3 OR daily_job.started_at > $2",
        )
        .bind(job)
        .bind(now.timestamp())
        .bind(last_before.timestamp())
        .execute(&self.database)
        .await?;
        Ok(taken > 0)
    }

    /// Gives back the turn at a job that was taken at `taken`, as if it had been taken at `as_of`; not where another one was
    /// taken since.
    pub(crate) async fn give_turn_back(
        &self,
        job: &'static str,
        taken: DateTime<Utc>,
        as_of: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        query("UPDATE daily_job SET started_at = $1 WHERE name = $2 AND started_at = $3")
            .bind(as_of.timestamp())
            .bind(job)
            .bind(taken.timestamp())
            .execute(&self.database)
            .await
            .map(drop)
    }

    /// Leaves nothing of what was erased in the database's files; `erased` is false where nothing was. Says in the log where
    /// somebody holds it up.
    pub(crate) async fn remove_traces(&self) -> Result<Traces, StorageError> {
        let traces = self.database.remove_traces().await?;
        if traces == Traces::Held {
            tracing::warn!("somebody reads the database: what was erased may still be in its write-ahead log");
        }
        Ok(traces)
    }
}

async fn erase_certificate(
    transaction: &mut Transaction,
    serial_number: &str,
    erased: &mut ErasedCounts,
) -> Result<(), StorageError> {
    begin_with_certificate(transaction, serial_number).await?;
    for (sql, is_device) in [
        ("DELETE FROM activity WHERE serial_number = $1", false),
        ("DELETE FROM device WHERE serial_number = $1", true),
        ("DELETE FROM replaced_secret WHERE serial_number = $1", true),
    ] {
        let deleted = query(sql).bind(serial_number).execute(&mut *transaction).await?;
        *(if is_device { &mut erased.devices } else { &mut erased.activities }) += deleted;
    }
    erased.events += blank_events_of_certificate(transaction, serial_number).await?;
    query("DELETE FROM supersession WHERE serial_number = $1 OR superseded = $1")
        .bind(serial_number)
        .execute(&mut *transaction)
        .await?;
    let carries =
        query(sqlx::AssertSqlSafe(format!("SELECT 1 FROM certificate c WHERE c.serial_number = $1 AND {CARRIES}")))
            .bind(serial_number)
            .finds_any(&mut *transaction)
            .await?;
    if carries {
        erased.certificates_in_part += 1;
        return end(transaction).await;
    }
    let (employee,): (String,) = query_as("SELECT employee_id FROM certificate WHERE serial_number = $1")
        .bind(serial_number)
        .fetch_one(&mut *transaction)
        .await?;
    query("UPDATE certificate SET renews = NULL WHERE renews = $1")
        .bind(serial_number)
        .execute(&mut *transaction)
        .await?;
    query("UPDATE certificate SET declared_by = NULL WHERE serial_number = $1")
        .bind(serial_number)
        .execute(&mut *transaction)
        .await?;
    erased.declarations += query("DELETE FROM declaration WHERE serial_number = $1")
        .bind(serial_number)
        .execute(&mut *transaction)
        .await?;
    // An invitation that was used stays one: it goes with the oldest certificate that is left.
    let next: Option<String> = query_scalar(
        "SELECT serial_number FROM certificate WHERE employee_id = $1 AND serial_number <> $2 \
         ORDER BY not_before, serial_number LIMIT 1",
    )
    .bind(&employee)
    .bind(serial_number)
    .fetch_optional(&mut *transaction)
    .await?;
    query("UPDATE invitation SET serial_number = $1 WHERE serial_number = $2")
        .bind(&next)
        .bind(serial_number)
        .execute(&mut *transaction)
        .await?;
    query("DELETE FROM certificate WHERE serial_number = $1").bind(serial_number).execute(&mut *transaction).await?;
    erased.certificates += 1;
    end(transaction).await?;
    if next.is_none() {
        erase_order(transaction, &employee, erased).await?;
    }
    Ok(())
}

async fn erase_order(
    transaction: &mut Transaction,
    employee: &str,
    erased: &mut ErasedCounts,
) -> Result<(), StorageError> {
    let (reference,): (String,) = query_as("SELECT reference FROM invitation WHERE employee_id = $1")
        .bind(employee)
        .fetch_one(&mut *transaction)
        .await?;
    query("INSERT INTO erasure_under_way (reference) VALUES ($1)").bind(&reference).execute(&mut *transaction).await?;
    query(
        "UPDATE event_link SET payload_salt = NULL, acting_salt = NULL \
         WHERE event_id IN (SELECT id FROM event WHERE reference = $1)",
    )
    .bind(&reference)
    .execute(&mut *transaction)
    .await?;
    erased.events += query(
        "UPDATE event SET reference = NULL, serial_number = NULL, detail = NULL, authority_serial_number = NULL, \
         acting_serial_number = NULL WHERE reference = $1",
    )
    .bind(&reference)
    .execute(&mut *transaction)
    .await?;
    query("DELETE FROM invitation WHERE employee_id = $1").bind(employee).execute(&mut *transaction).await?;
    query("DELETE FROM employee WHERE id = $1").bind(employee).execute(&mut *transaction).await?;
    erased.orders += 1;
    end(transaction).await
}

async fn erase_authority(
    transaction: &mut Transaction,
    serial_number: &str,
    erased: &mut ErasedCounts,
) -> Result<(), StorageError> {
    begin_with_certificate(transaction, serial_number).await?;
    erased.events += blank_events_of_certificate(transaction, serial_number).await?;
    query("DELETE FROM authority_certificate WHERE serial_number = $1")
        .bind(serial_number)
        .execute(&mut *transaction)
        .await?;
    erased.authority_certificates += 1;
    end(transaction).await
}

async fn begin_with_certificate(transaction: &mut Transaction, serial_number: &str) -> Result<(), StorageError> {
    query("INSERT INTO erasure_under_way (serial_number) VALUES ($1)")
        .bind(serial_number)
        .execute(transaction)
        .await
        .map(drop)
}

/// Blanks what tells that events were a certificate's, and that it acted in those of others; returns how many were its own.
/// The salts first: their trigger looks at what the events tell.
async fn blank_events_of_certificate(transaction: &mut Transaction, serial_number: &str) -> Result<u64, StorageError> {
    for sql in [
        "UPDATE event_link SET acting_salt = NULL \
         WHERE event_id IN (SELECT id FROM event WHERE acting_serial_number = $1)",
        "UPDATE event SET acting_serial_number = NULL WHERE acting_serial_number = $1",
        "UPDATE event_link SET payload_salt = NULL, acting_salt = NULL \
         WHERE event_id IN (SELECT id FROM event WHERE serial_number = $1)",
    ] {
        query(sql).bind(serial_number).execute(&mut *transaction).await?;
    }
    query(
        "UPDATE event SET reference = NULL, serial_number = NULL, detail = NULL, authority_serial_number = NULL, \
         acting_serial_number = NULL WHERE serial_number = $1",
    )
    .bind(serial_number)
    .execute(transaction)
    .await
}

/// What comes next in this transaction is no longer part of the erasure.
async fn end(transaction: &mut Transaction) -> Result<(), StorageError> {
    query("DELETE FROM erasure_under_way").execute(transaction).await.map(drop)
}
