//! Revocation lists as they were issued, and what belongs on the next ones.

use super::database::{Transaction, query, query_as, query_scalar};
use super::{Storage, StorageError, entry, time};
use crate::certificate_authority::revocation_list::Entry;
use chrono::{DateTime, Utc};
use x509_cert::ext::pkix::CrlReason;

/// The latest revocation list of a CA.
pub(crate) struct RevocationListRecord {
    pub(crate) number: u64,
    pub(crate) event_id: i64,
    pub(crate) this_update: DateTime<Utc>,
    pub(crate) der: Vec<u8>,
}

/// The issuing CA's complete list and the delta list of the same number.
pub(crate) struct IssuedLists {
    pub(crate) complete: RevocationListRecord,
    pub(crate) delta: Vec<u8>,
}

/// What belongs on the issuing CA's next lists.
pub(crate) struct ListContent {
    /// The last event that it takes account of.
    pub(crate) event_id: i64,
    /// Of the complete list.
    pub(crate) entries: Vec<Entry>,
    /// The oldest complete list that may still be relied on: the delta list starts from it.
    pub(crate) base: Option<u64>,
    /// What has changed since, `removeFromCRL` included.
    pub(crate) changed: Vec<Entry>,
}

/// What came of keeping a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    /// It is the latest now.
    Now,
    /// Another instance of the portal has made a list since the last one was read: this one is none.
    Overtaken,
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

impl Storage {
    /// Everything that belongs on the issuing CA's revocation lists.
    pub(crate) async fn list_content(&self, now: DateTime<Utc>) -> Result<ListContent, StorageError> {
        let mut transaction = self.database.begin_reading().await?;
        let event_id = last_status_event(&mut transaction).await?;
        // An entry stays until the certificate's own end has passed ([RFC 5280 §3.3]).
        let rows = query(
            "SELECT serial_number, state, reason, since FROM issued_certificate \
             WHERE state IN ('suspended', 'revoked') AND not_after >= $1 ORDER BY serial_number",
        )
        .bind(now.timestamp())
        .fetch_all(&mut transaction)
        .await?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            entries.extend(entry(&row)?);
        }
        let base: Option<(i64, i64)> =
            query_as("SELECT number, event_id FROM issued_list WHERE next_update > $1 ORDER BY number LIMIT 1")
                .bind(now.timestamp())
                .fetch_optional(&mut transaction)
                .await?;
        let Some((base, since)) = base else {
            return Ok(ListContent { event_id, entries, base: None, changed: Vec::new() });
        };
        let rows = query(
            "SELECT serial_number, state, reason, since FROM issued_certificate WHERE not_after >= $1 AND serial_number IN \
             (SELECT serial_number FROM event WHERE kind IN ('suspended', 'reinstated', 'revoked') AND id > $2) \
             ORDER BY serial_number",
        )
        .bind(now.timestamp())
        .bind(since)
        .fetch_all(&mut transaction)
        .await?;
        let mut changed = Vec::with_capacity(rows.len());
        for row in rows {
            changed.push(match entry(&row)? {
                Some(entry) => entry,
                // It was on hold in a list since the base, and no longer is ([RFC 5280 §5.2.4]).
                None => Entry {
                    serial_number: row.try_get("serial_number")?,
                    since: time(&row, "since")?,
                    reason: CrlReason::RemoveFromCRL,
                },
            });
        }
        Ok(ListContent { event_id, entries, base: Some(number(base)?), changed })
    }

    pub(crate) async fn revocation_list(
        &self,
        issuer: ListIssuer,
    ) -> Result<Option<RevocationListRecord>, StorageError> {
        let row = query("SELECT number, event_id, this_update, der FROM revocation_list WHERE issuer = $1")
            .bind(issuer.as_str())
            .fetch_optional(&self.database)
            .await?;
        row.map(|row| {
            Ok(RevocationListRecord {
                number: number(row.try_get("number")?)?,
                event_id: row.try_get("event_id")?,
                this_update: time(&row, "this_update")?,
                der: row.try_get("der")?,
            })
        })
        .transpose()
    }

    /// The delta list of the same number as a complete one; None where there is none.
    pub(crate) async fn delta_list(&self, number: u64) -> Result<Option<Vec<u8>>, StorageError> {
        let der: Option<Option<Vec<u8>>> = query_scalar("SELECT delta_der FROM issued_list WHERE number = $1")
            .bind(stored_number(number)?)
            .fetch_optional(&self.database)
            .await?;
        Ok(der.flatten())
    }

    pub(crate) async fn store_root_list(
        &self,
        list: &RevocationListRecord,
        next_update: DateTime<Utc>,
    ) -> Result<Stored, StorageError> {
        let mut transaction = self.begin().await?;
        if store(&mut transaction, ListIssuer::Root, list, next_update).await? == Stored::Overtaken {
            return Ok(Stored::Overtaken);
        }
        transaction.commit().await?;
        Ok(Stored::Now)
    }

    /// Keeps both lists of the issuing CA, or neither. Of the older ones it is only remembered that they were issued,
    /// for as long as they may be relied on.
    pub(crate) async fn store_issuing_lists(
        &self,
        lists: &IssuedLists,
        next_update: DateTime<Utc>,
    ) -> Result<Stored, StorageError> {
        let complete = &lists.complete;
        let mut transaction = self.begin().await?;
        if store(&mut transaction, ListIssuer::Issuing, complete, next_update).await? == Stored::Overtaken {
            return Ok(Stored::Overtaken);
        }
        query("DELETE FROM issued_list WHERE next_update <= $1")
            .bind(complete.this_update.timestamp())
            .execute(&mut transaction)
            .await?;
        query("UPDATE issued_list SET delta_der = NULL").execute(&mut transaction).await?;
        query(
            "INSERT INTO issued_list (number, event_id, this_update, next_update, delta_der) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(stored_number(complete.number)?)
        .bind(complete.event_id)
        .bind(complete.this_update.timestamp())
        .bind(next_update.timestamp())
        .bind(&lists.delta)
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(Stored::Now)
    }
}

/// Keeps a list whose number follows that of the last one: no two lists have one number, whoever else makes lists
/// meanwhile ([RFC 5280 §5.2.3]).
async fn store(
    transaction: &mut Transaction,
    issuer: ListIssuer,
    list: &RevocationListRecord,
    next_update: DateTime<Utc>,
) -> Result<Stored, StorageError> {
    let last: Option<i64> = query_scalar("SELECT number FROM revocation_list WHERE issuer = $1")
        .bind(issuer.as_str())
        .fetch_optional(&mut *transaction)
        .await?;
    if stored_number(list.number)? != last.unwrap_or(0).saturating_add(1) {
        return Ok(Stored::Overtaken);
    }
    query(
        "INSERT INTO revocation_list (issuer, number, event_id, this_update, next_update, der) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (issuer) DO UPDATE SET number = excluded.number, \
         event_id = excluded.event_id, this_update = excluded.this_update, next_update = excluded.next_update, \
         der = excluded.der",
    )
    .bind(issuer.as_str())
    .bind(stored_number(list.number)?)
    .bind(list.event_id)
    .bind(list.this_update.timestamp())
    .bind(next_update.timestamp())
    .bind(&list.der)
    .execute(&mut *transaction)
    .await?;
    Ok(Stored::Now)
}

async fn last_status_event(transaction: &mut Transaction) -> Result<i64, StorageError> {
    query_scalar("SELECT COALESCE(MAX(id), 0) FROM event WHERE kind IN ('suspended', 'reinstated', 'revoked')")
        .fetch_one(&mut *transaction)
        .await
}

fn number(stored: i64) -> Result<u64, StorageError> {
    u64::try_from(stored).map_err(|_| StorageError::Damaged("CRL number"))
}

fn stored_number(number: u64) -> Result<i64, StorageError> {
    i64::try_from(number).map_err(|_| StorageError::Damaged("CRL number"))
}
