//! Tries with reference numbers that nobody was given: they are counted and answered as those with others.
//!
//! What was typed is not kept, but for its keyed hash ([`crate::personal_number::PersonalNumberVault::hash_of_reference`]): it
//! may have been a CPR number.

use super::database::{Transaction, query, query_as};
use super::{Storage, StorageError, tries_left_after};
use chrono::{DateTime, TimeDelta, Utc};

/// How many are remembered, and for how long.
const KEPT: i64 = 10_000;
const KEPT_FOR: TimeDelta = TimeDelta::days(14);

/// Counts a try with the reference number of this keyed hash; returns how many are left, None where it was locked before.
pub(super) async fn count(
    transaction: &mut Transaction,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<u32>, StorageError> {
    delete_old(transaction, now).await?;
    query(
        "INSERT INTO unknown_reference_try (reference_hmac, tries, last_try_at) VALUES ($1, 1, $2) \
         ON CONFLICT (reference_hmac) DO UPDATE SET tries = unknown_reference_try.tries + 1, \
         last_try_at = excluded.last_try_at",
    )
    .bind(hash)
    .bind(now.timestamp())
    .execute(&mut *transaction)
    .await?;
    let (tries, kept): (i64, i64) = query_as(
        "SELECT (SELECT tries FROM unknown_reference_try WHERE reference_hmac = $1), \
         (SELECT COUNT(*) FROM unknown_reference_try)",
    )
    .bind(hash)
    .fetch_one(&mut *transaction)
    .await?;
    if kept > KEPT {
        // Whoever makes up that many reference numbers must not fill the disk.
        query(
            "DELETE FROM unknown_reference_try WHERE reference_hmac IN \
             (SELECT reference_hmac FROM unknown_reference_try ORDER BY last_try_at LIMIT $1)",
        )
        .bind(kept - KEPT)
        .execute(&mut *transaction)
        .await?;
    }
    Ok(tries_left_after(tries - 1))
}

async fn delete_old(transaction: &mut Transaction, now: DateTime<Utc>) -> Result<u64, StorageError> {
    query("DELETE FROM unknown_reference_try WHERE last_try_at < $1")
        .bind((now - KEPT_FOR).timestamp())
        .execute(transaction)
        .await
}

impl Storage {
    /// Deletes the tries that no longer count, and the plain hashes that instances of an earlier version have kept; returns
    /// whether there were any.
    pub(crate) async fn forget_tries(&self, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let mut transaction = self.begin().await?;
        let old = delete_old(&mut transaction, now).await?;
        let plain = query("DELETE FROM unknown_reference").execute(&mut transaction).await?;
        transaction.commit().await?;
        Ok(old + plain > 0)
    }
}
