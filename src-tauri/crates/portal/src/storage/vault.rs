//! CPR numbers that are to be wrapped under another key. What is read here is sealed.

use super::database::{query, query_as};
use super::{Actor, Event, Storage, StorageError, record, uuid};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// How many are wrapped in one transaction.
const BATCH: i64 = 100;

impl Storage {
    /// Wraps a batch of those that do not begin with `prefix`, of employees whose ids come `after` one, and writes it down;
    /// returns how many, and the last employee's id. None where none is left.
    pub(crate) async fn wrap_personal_numbers<E: From<StorageError>>(
        &self,
        prefix: &[u8],
        after: &str,
        key_id: &str,
        now: DateTime<Utc>,
        wrap: impl Fn(&[u8], Uuid) -> Result<Vec<u8>, E> + Send,
    ) -> Result<Option<(u64, String)>, E> {
        let mut transaction = self.begin().await?;
        let length = i64::try_from(prefix.len()).unwrap_or(i64::MAX);
        let sealed: Vec<(String, Vec<u8>)> = query_as(
            "SELECT id, personal_number_sealed FROM employee \
             WHERE id > $1 AND substr(personal_number_sealed, 1, CAST($2 AS INTEGER)) <> $3 ORDER BY id LIMIT $4",
        )
        .bind(after)
        .bind(length)
        .bind(prefix)
        .bind(BATCH)
        .fetch_all(&mut transaction)
        .await?;
        let Some((last, _)) = sealed.last().cloned() else { return Ok(None) };
        for (id, sealed) in &sealed {
            let wrapped = wrap(sealed, uuid(id.clone())?)?;
            query("UPDATE employee SET personal_number_sealed = $1 WHERE id = $2")
                .bind(&wrapped)
                .bind(id)
                .execute(&mut transaction)
                .await?;
        }
        let wrapped = u64::try_from(sealed.len()).unwrap_or(u64::MAX);
        let detail = serde_json::json!({ "key": key_id, "wrapped": wrapped }).to_string();
        let event = Event::new(now, "personal-numbers-wrapped", Actor::Portal);
        record(&mut transaction, &Event { detail: Some(&detail), ..event }).await?;
        transaction.commit().await?;
        Ok(Some((wrapped, last)))
    }
}
