//! Revocation lists as they were issued, and what belongs on the next ones.

use super::database::{Query, Row, Transaction, query, query_as, query_scalar};
use super::{Storage, StorageError, entry, time};
use crate::certificate_authority::revocation_list::Entry;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use x509_cert::ext::pkix::CrlReason;

/// Which list is the latest of its CA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListHead {
    pub(crate) number: u64,
    /// The last event that it takes account of.
    pub(crate) event_id: i64,
    pub(crate) this_update: DateTime<Utc>,
}

impl ListHead {
    /// As it is read again: times are stored to the second.
    pub(crate) fn as_stored(self) -> Self {
        let this_update = DateTime::from_timestamp(self.this_update.timestamp(), 0).unwrap_or(self.this_update);
        Self { this_update, ..self }
    }
}

/// The issuing CA's complete list and the delta list of the same number, DER.
pub(crate) struct IssuedLists {
    pub(crate) complete: Vec<u8>,
    pub(crate) delta: Vec<u8>,
}

/// What belongs on the issuing CA's next lists.
pub(crate) struct ListContent {
    /// On the complete list.
    pub(crate) listed: Listed,
    /// The oldest complete list that may still be relied on: the delta list starts from it.
    pub(crate) base: Option<u64>,
    /// What has changed since, `removeFromCRL` included.
    pub(crate) changed: Vec<Entry>,
}

/// Every certificate that belongs on the complete list, by its serial number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// The last event that it takes account of.
    pub(crate) event_id: i64,
    /// What ended before this second is not there.
    ended_since: i64,
    /// With the second in which the certificate itself ends.
    certificates: BTreeMap<String, (Entry, i64)>,
}

impl Listed {
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.certificates.values().map(|(entry, _)| entry)
    }

    /// Takes account of how a certificate stands now.
    fn take_in(&mut self, row: &Row) -> Result<(), StorageError> {
        let serial_number: String = row.try_get("serial_number")?;
        match entry(row)? {
            Some(entry) => self.certificates.insert(serial_number, (entry, row.try_get("not_after")?)),
            None => self.certificates.remove(&serial_number),
        };
        Ok(())
    }
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
    /// Everything that belongs on the issuing CA's revocation lists now. `known` is what belonged there at an earlier
    /// time: then only what has happened since is read. A certificate stays until its own end, and where that came after
    /// `ended_since`, when the latest list was issued, for one list more ([RFC 5280 §3.3]).
    pub(crate) async fn list_content(
        &self,
        known: Option<Listed>,
        ended_since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<ListContent, StorageError> {
        let mut transaction = self.database.begin_reading().await?;
        let event_id = last_status_event(&mut transaction).await?;
        let since = ended_since.timestamp();
        // A clock that was ahead has taken away what has not ended.
        let known = known.filter(|known| known.ended_since <= since);
        let (mut listed, rows) = match known {
            Some(known) => {
                let rows = changed_since(known.event_id, ended_since).fetch_all(&mut transaction).await?;
                (Listed { event_id, ended_since: since, ..known }, rows)
            }
            None => {
                let all = query(
                    "SELECT serial_number, state, reason, since, not_after FROM issued_certificate \
                     WHERE state IN ('suspended', 'revoked') AND not_after >= $1",
                );
                let rows = all.bind(since).fetch_all(&mut transaction).await?;
                (Listed { event_id, ended_since: since, certificates: BTreeMap::new() }, rows)
            }
        };
        for row in &rows {
            listed.take_in(row)?;
        }
        listed.certificates.retain(|_, (_, not_after)| *not_after >= since);
        let base: Option<(i64, i64)> =
            query_as("SELECT number, event_id FROM issued_list WHERE next_update > $1 ORDER BY number LIMIT 1")
                .bind(now.timestamp())
                .fetch_optional(&mut transaction)
                .await?;
        let Some((base, since)) = base else {
            return Ok(ListContent { listed, base: None, changed: Vec::new() });
        };
        let rows = changed_since(since, ended_since).fetch_all(&mut transaction).await?;
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
        Ok(ListContent { listed, base: Some(number(base)?), changed })
    }

    /// The latest list of a CA, and the last event that a list of the issuing CA has to take account of.
    pub(crate) async fn list_standing(&self, issuer: ListIssuer) -> Result<(Option<ListHead>, i64), StorageError> {
        let mut transaction = self.database.begin_reading().await?;
        let row = query("SELECT number, event_id, this_update FROM revocation_list WHERE issuer = $1")
            .bind(issuer.as_str())
            .fetch_optional(&mut transaction)
            .await?;
        let head = row.map(|row| {
            Ok::<_, StorageError>(ListHead {
                number: number(row.try_get("number")?)?,
                event_id: row.try_get("event_id")?,
                this_update: time(&row, "this_update")?,
            })
        });
        Ok((head.transpose()?, last_status_event(&mut transaction).await?))
    }

    /// The issuing CA's lists of this number; None where they are not the latest.
    pub(crate) async fn issued_lists(&self, number: u64) -> Result<Option<IssuedLists>, StorageError> {
        let lists: Option<(Vec<u8>, Option<Vec<u8>>)> = query_as(
            "SELECT r.der, i.delta_der FROM revocation_list r JOIN issued_list i ON i.number = r.number \
             WHERE r.issuer = $1 AND r.number = $2",
        )
        .bind(ListIssuer::Issuing.as_str())
        .bind(stored_number(number)?)
        .fetch_optional(&self.database)
        .await?;
        Ok(lists.and_then(|(complete, delta)| Some(IssuedLists { complete, delta: delta? })))
    }

    /// The root CA's list of this number, DER; None where it is not the latest.
    pub(crate) async fn root_list(&self, number: u64) -> Result<Option<Vec<u8>>, StorageError> {
        query_scalar("SELECT der FROM revocation_list WHERE issuer = $1 AND number = $2")
            .bind(ListIssuer::Root.as_str())
            .bind(stored_number(number)?)
            .fetch_optional(&self.database)
            .await
    }

    pub(crate) async fn store_root_list(
        &self,
        head: ListHead,
        der: &[u8],
        next_update: DateTime<Utc>,
    ) -> Result<Stored, StorageError> {
        let mut transaction = self.begin().await?;
        if store(&mut transaction, ListIssuer::Root, head, der, next_update).await? == Stored::Overtaken {
            return Ok(Stored::Overtaken);
        }
        transaction.commit().await?;
        Ok(Stored::Now)
    }

    /// Keeps both lists of the issuing CA, or neither. Of the older ones it is only remembered that they were issued,
    /// for as long as they may be relied on.
    pub(crate) async fn store_issuing_lists(
        &self,
        head: ListHead,
        lists: &IssuedLists,
        next_update: DateTime<Utc>,
    ) -> Result<Stored, StorageError> {
        let mut transaction = self.begin().await?;
        let stored = store(&mut transaction, ListIssuer::Issuing, head, &lists.complete, next_update).await?;
        if stored == Stored::Overtaken {
            return Ok(Stored::Overtaken);
        }
        query("DELETE FROM issued_list WHERE next_update <= $1")
            .bind(head.this_update.timestamp())
            .execute(&mut transaction)
            .await?;
        query("UPDATE issued_list SET delta_der = NULL WHERE delta_der IS NOT NULL").execute(&mut transaction).await?;
        query(
            "INSERT INTO issued_list (number, event_id, this_update, next_update, delta_der) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(stored_number(head.number)?)
        .bind(head.event_id)
        .bind(head.this_update.timestamp())
        .bind(next_update.timestamp())
        .bind(&lists.delta)
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(Stored::Now)
    }
}

/// How the certificates stand now whose status has changed since an event.
fn changed_since(event_id: i64, ended_since: DateTime<Utc>) -> Query {
    query(
        "SELECT serial_number, state, reason, since, not_after FROM issued_certificate \
         WHERE not_after >= $1 AND serial_number IN (SELECT serial_number FROM event \
         WHERE kind IN ('suspended', 'reinstated', 'revoked') AND id > $2) ORDER BY serial_number",
    )
    .bind(ended_since.timestamp())
    .bind(event_id)
}

/// Keeps a list whose number follows that of the last one: no two lists have one number, whoever else makes lists
/// meanwhile ([RFC 5280 §5.2.3]).
async fn store(
    transaction: &mut Transaction,
    issuer: ListIssuer,
    list: ListHead,
    der: &[u8],
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
    .bind(der)
    .execute(&mut *transaction)
    .await?;
    Ok(Stored::Now)
}

/// The last event that changed a status: one look at the end of the index for each kind, not a walk through it.
async fn last_status_event(transaction: &mut Transaction) -> Result<i64, StorageError> {
    query_scalar(
        "SELECT COALESCE(MAX(last), 0) FROM (SELECT MAX(id) AS last FROM event WHERE kind = 'suspended' \
         UNION ALL SELECT MAX(id) FROM event WHERE kind = 'reinstated' \
         UNION ALL SELECT MAX(id) FROM event WHERE kind = 'revoked') AS of_kinds",
    )
    .fetch_one(&mut *transaction)
    .await
}

fn number(stored: i64) -> Result<u64, StorageError> {
    u64::try_from(stored).map_err(|_| StorageError::Damaged("CRL number"))
}

fn stored_number(number: u64) -> Result<i64, StorageError> {
    i64::try_from(number).map_err(|_| StorageError::Damaged("CRL number"))
}
