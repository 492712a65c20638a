//! Retention: everything about a certificate is erased six years after its issue.
//!
//! The job goes in small transactions, each of which leaves the database as if it had never been broken off: it can be
//! stopped, killed, repeated, and run by several instances at once. `serve` runs it before it answers the first request, so
//! that a restored backup serves nothing that was erased since, and once a day after that. [`retain`] is for the staff.

use crate::clock::Clock;
use crate::error::PortalError;
use crate::portal::Portal;
use crate::storage::{Audit, ChainHead, Due, ErasedCounts, Stage, Storage, StorageError, Traces};
use chrono::{DateTime, Months, TimeDelta, Utc};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// For how long everything about a certificate is kept after its issue.
pub const RETENTION: Months = Months::new(6 * 12);

/// Certificates begin this much before their issue, since clocks differ.
const BEGINS_BEFORE_ISSUE: TimeDelta = TimeDelta::minutes(5);
/// The name of the job in the database, and how long after one run the next is due.
const JOB: &str = "retention";
const EVERY: TimeDelta = TimeDelta::hours(24);
/// How long after a run that failed, or left traces, the next is due.
const AGAIN_AFTER: TimeDelta = TimeDelta::hours(1);
/// For how long nothing may have happened where it is erased unasked.
const LONGEST_SILENCE: TimeDelta = TimeDelta::days(366);
/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(10 * 60);

/// Whether a run erases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionRun {
    /// It erases what is due.
    Erase,
    /// It only counts what is due.
    Dry,
}

/// What a run erased, or what is due.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Retained {
    /// True where it was erased, false where it was only counted.
    pub erased: bool,
    /// True where what was erased may still be in the database's files, e.g. in SQLite's write-ahead log since somebody was
    /// reading: the next run removes it.
    pub traces_left: bool,
    /// What was issued until this time was due, where it had ended.
    pub issued_until: DateTime<Utc>,
    /// How much.
    #[serde(flatten)]
    pub counts: ErasedCounts,
}

/// Erases what is due, or counts it, whether the portal runs or not. `database` as in [`crate::invite`].
///
/// # Errors
/// [`PortalError`] where the database fails: what was erased until then stays erased, and the next run goes on.
pub async fn retain(
    data: &Path,
    database: Option<&str>,
    clock: &dyn Clock,
    run: RetentionRun,
) -> Result<Retained, PortalError> {
    let storage = Storage::open(data, database).await?;
    let retained = match run {
        RetentionRun::Erase => erase_due(&storage, clock.now()).await,
        RetentionRun::Dry => {
            let due = due_at(clock.now());
            let counts = storage.due(&due).await;
            counts.map(|counts| Retained {
                erased: false,
                traces_left: false,
                issued_until: due.until + BEGINS_BEFORE_ISSUE,
                counts,
            })
        }
    };
    storage.close().await;
    Ok(retained?)
}

/// Verifies the event log's chain, and that it holds what was `noted` of it elsewhere. `database` as in [`crate::invite`].
///
/// # Errors
/// [`PortalError`] where the database fails. A chain that does not hold is no error: the answer says so.
pub async fn audit(data: &Path, database: Option<&str>, noted: Option<&ChainHead>) -> Result<Audit, PortalError> {
    let storage = Storage::open(data, database).await?;
    let audit = storage.audit(noted).await;
    storage.close().await;
    Ok(audit?)
}

/// Erases what is due, before the portal answers. `last_event` is when something last happened before this start.
pub(crate) async fn at_start(
    storage: &Storage,
    last_event: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    storage.take_turn(JOB, now, now).await?;
    if is_plausible(last_event, now) { erase_in_turn(storage, now).await.map(drop) } else { Ok(()) }
}

/// Whether the clock can be believed as far as to erase by it unasked: one that is years ahead would find everything due.
fn is_plausible(last_event: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    let plausible = last_event.is_none_or(|last| now - last <= LONGEST_SILENCE);
    if !plausible {
        tracing::error!(
            ?last_event,
            "nothing is erased: by the clock, nothing has happened here for more than a year; see to it that the clock is \
             right, then run `portal retention --run`"
        );
    }
    plausible
}

/// Erases what is due once a day by the portal's clock, on one instance, until `stopped`.
pub(crate) async fn daily(portal: Arc<Portal>, mut stopped: watch::Receiver<bool>) {
    let mut failed = None;
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        // There is nobody but the log to tell.
        if let Err(error) = look(&portal.storage, portal.now(), &mut failed).await {
            tracing::error!(error = &error as &dyn std::error::Error, "retention failed; it is tried again in an hour");
        }
    }
}

/// Erases what is due where the last run, by whichever instance, was a day ago. `failed` is the turn that this instance took
/// and could neither use nor give back, since the database was away.
async fn look(
    storage: &Storage,
    now: DateTime<Utc>,
    failed: &mut Option<DateTime<Utc>>,
) -> Result<Option<Retained>, StorageError> {
    if let Some(taken) = *failed {
        give_back(storage, taken).await?;
        *failed = None;
    }
    if !storage.take_turn(JOB, now, now - EVERY).await? {
        return Ok(None);
    }
    *failed = Some(now);
    let retained =
        if is_plausible(storage.last_event_at().await?, now) { Some(erase_in_turn(storage, now).await?) } else { None };
    *failed = None;
    Ok(retained)
}

/// Erases what is due in the turn that was taken at `now`, and gives it back where something is left to do.
async fn erase_in_turn(storage: &Storage, now: DateTime<Utc>) -> Result<Retained, StorageError> {
    let retained = erase_due(storage, now).await;
    if retained.as_ref().map_or(true, |retained| retained.traces_left)
        && let Err(error) = give_back(storage, now).await
    {
        tracing::error!(error = &error as &dyn std::error::Error, "the day's turn at retention cannot be given back");
    }
    retained
}

async fn give_back(storage: &Storage, taken: DateTime<Utc>) -> Result<(), StorageError> {
    storage.give_turn_back(JOB, taken, taken - EVERY + AGAIN_AFTER).await
}

async fn erase_due(storage: &Storage, now: DateTime<Utc>) -> Result<Retained, StorageError> {
    let due = due_at(now);
    let mut counts = ErasedCounts::default();
    let erased = erase_all(storage, &due, &mut counts).await;
    let forgotten = storage.forget_tries(now).await;
    // Also after what broke off. Nobody waits for them: a full disk or somebody who writes must not hold up a start.
    let traces = storage.remove_traces().await.unwrap_or_else(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "what was erased may still be in the database's files"
        );
        Traces::Held
    });
    erased?;
    forgotten?;
    // Noted where the log goes, the event log cannot be cut off there unnoticed.
    if let Some(head) = storage.chain_head().await? {
        tracing::info!(event = head.event, hash = head.hash, "the event log ends here");
    }
    Ok(Retained {
        erased: true,
        traces_left: traces == Traces::Held,
        issued_until: due.until + BEGINS_BEFORE_ISSUE,
        counts,
    })
}

async fn erase_all(storage: &Storage, due: &Due, counts: &mut ErasedCounts) -> Result<(), StorageError> {
    for stage in Stage::ALL {
        let mut began = Instant::now();
        while let Some(erased) = storage.erase_batch(stage, due).await? {
            tracing::info!(
                ?stage,
                certificates = erased.certificates,
                in_part = erased.certificates_in_part,
                orders = erased.orders,
                authorities = erased.authority_certificates,
                events = erased.events,
                "erased what was kept for six years"
            );
            counts.add(&erased);
            // Others write meanwhile, for as long as they have waited.
            tokio::time::sleep(began.elapsed()).await;
            began = Instant::now();
        }
    }
    Ok(())
}

fn due_at(now: DateTime<Utc>) -> Due {
    // A clock that cannot go back six years finds nothing due.
    let issued_until = now.checked_sub_months(RETENTION).unwrap_or(DateTime::UNIX_EPOCH);
    Due { until: issued_until - BEGINS_BEFORE_ISSUE, now }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::ConnectOptions;
    use sqlx::sqlite::SqliteConnectOptions;

    #[tokio::test]
    async fn of_all_instances_one_takes_the_turn_of_a_day() {
        let data = tempfile::tempdir().expect("a folder");
        let one = Storage::open(data.path(), None).await.expect("a database");
        let other = Storage::open(data.path(), None).await.expect("the same database");
        let start = DateTime::from_timestamp(1_795_521_600, 0).expect("a time");
        at_start(&one, None, start).await.expect("nothing to erase");
        for (storage, hours, taken) in [(&other, 23, false), (&other, 24, true), (&one, 24, false), (&one, 48, true)] {
            let run = look(storage, start + TimeDelta::hours(hours), &mut None).await.expect("nothing to erase");
            assert_eq!(run.is_some(), taken, "after {hours} hours");
        }
    }

    #[tokio::test]
    async fn a_run_that_failed_is_tried_again_after_an_hour_by_whichever_instance() {
        let data = tempfile::tempdir().expect("a folder");
        let one = Storage::open(data.path(), None).await.expect("a database");
        let other = Storage::open(data.path(), None).await.expect("the same database");
        let options = SqliteConnectOptions::new().filename(data.path().join("portal.sqlite"));
        let mut database = options.connect().await.expect("the same database");
        let start = DateTime::from_timestamp(1_795_521_600, 0).expect("a time");
        at_start(&one, None, start).await.expect("nothing to erase");

        let gone = "ALTER TABLE erasure_under_way RENAME TO elsewhere; ALTER TABLE employee RENAME TO nobody";
        sqlx::raw_sql(gone).execute(&mut database).await.expect("done");
        let after = |minutes| start + EVERY + TimeDelta::minutes(minutes);
        let mut failed = None;
        assert!(look(&one, after(0), &mut failed).await.is_err());
        let back = "ALTER TABLE elsewhere RENAME TO erasure_under_way; ALTER TABLE nobody RENAME TO employee";
        sqlx::raw_sql(back).execute(&mut database).await.expect("done");
        assert_eq!(look(&other, after(59), &mut None).await.expect("not its turn"), None);
        assert!(look(&other, after(60), &mut None).await.expect("nothing to erase").is_some());
        // What the first one still thinks to give back takes nobody's turn.
        assert_eq!(look(&one, after(120), &mut failed).await.expect("not its turn"), None);
    }
}
