//! What the desk is told about CPR numbers: whether one is a user's, and who has it already. A number that is right is told
//! apart from one that is not, so anybody at the desk could try them one after another. That is why each such answer is an
//! event, with the certificate of who asked and the reference number of whom it tells of, and never with the number; and why
//! the answers are counted from the events, before anything is compared: all instances count alike.

use super::database::{Transaction, query, query_as, query_scalar};
use super::desk::acts;
use super::{Actor, Event, Storage, StorageError, record, uuid};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// How many numbers that are not a user's are compared with that user's within [`PERIOD`], whoever asks.
const MISMATCHES_OF_USER: i64 = 5;
/// How many answers a certificate of a local registration authority gets within [`PERIOD`].
const ANSWERS_TO_AUTHORITY: i64 = 20;
const PERIOD: TimeDelta = TimeDelta::hours(24);
/// How many users with the same CPR number are told of.
const SAME_PERSON_LIMIT: i64 = 5;

/// A number was not the user's.
const MISMATCH: &str = "personal-number-mismatch";
/// A number was told to have a user already.
const FOUND: &str = "personal-number-found";

/// The answer to a CPR number.
pub(crate) enum Answer<T> {
    Given(T),
    /// Too many numbers were not this user's.
    TooManyForUser,
    /// The authority's certificate got too many answers.
    TooManyForAuthority,
    /// The authority's certificate was withdrawn.
    NotPermitted,
}

impl Storage {
    /// Tells whether a CPR number, by its keyed hash, is that of a user of the organisation.
    pub(crate) async fn is_person(
        &self,
        (id, reference): (Uuid, &str),
        cvr: &str,
        personal_number_hash: &[u8],
        by: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<Answer<bool>, StorageError> {
        let mut transaction = self.begin().await?;
        if !acts(&mut transaction, by).await? {
            return Ok(Answer::NotPermitted);
        }
        let mismatches: i64 = query_scalar("SELECT COUNT(*) FROM event WHERE reference = $1 AND kind = $2 AND at > $3")
            .bind(reference)
            .bind(MISMATCH)
            .bind((now - PERIOD).timestamp())
            .fetch_one(&mut transaction)
            .await?;
        if mismatches >= MISMATCHES_OF_USER {
            return Ok(Answer::TooManyForUser);
        }
        if has_its_answers(&mut transaction, by, now).await? {
            return Ok(Answer::TooManyForAuthority);
        }
        let same = query("SELECT 1 FROM employee WHERE id = $1 AND cvr = $2 AND personal_number_hash = $3")
            .bind(id.to_string())
            .bind(cvr)
            .bind(personal_number_hash)
            .finds_any(&mut transaction)
            .await?;
        if !same {
            let event = Event { reference: Some(reference), ..Event::new(now, MISMATCH, by) };
            record(&mut transaction, &event).await?;
            transaction.commit().await?;
        }
        Ok(Answer::Given(same))
    }

    /// The organisation's users with this CPR number, by its keyed hash, who have a certificate or an invitation that
    /// works, without one of them: ids and names.
    pub(crate) async fn same_person(
        &self,
        personal_number_hash: &[u8],
        cvr: &str,
        without: Uuid,
        by: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<Answer<Vec<(Uuid, String)>>, StorageError> {
        let mut transaction = self.begin().await?;
        if !acts(&mut transaction, by).await? {
            return Ok(Answer::NotPermitted);
        }
        if has_its_answers(&mut transaction, by, now).await? {
            return Ok(Answer::TooManyForAuthority);
        }
        let rows: Vec<(String, String, String)> = query_as(
            "SELECT e.id, e.common_name, i.reference FROM employee e JOIN invitation i ON i.employee_id = e.id \
             WHERE e.personal_number_hash = $1 AND e.cvr = $2 AND e.id <> $3 \
             AND ((i.serial_number IS NULL AND i.expires_at > $4) OR EXISTS (SELECT 1 FROM certificate c \
             WHERE c.employee_id = e.id AND c.state <> 'revoked' AND c.not_after >= $5)) \
             ORDER BY e.created_at DESC, e.id LIMIT $6",
        )
        .bind(personal_number_hash)
        .bind(cvr)
        .bind(without.to_string())
        .bind(now.timestamp())
        .bind(now.timestamp())
        .bind(SAME_PERSON_LIMIT)
        .fetch_all(&mut transaction)
        .await?;
        if let Some((_, _, reference)) = rows.first() {
            let event = Event { reference: Some(reference), ..Event::new(now, FOUND, by) };
            record(&mut transaction, &event).await?;
            transaction.commit().await?;
        }
        let users = rows.into_iter().map(|(id, name, _)| Ok((uuid(id)?, name)));
        users.collect::<Result<_, StorageError>>().map(Answer::Given)
    }
}

/// True where a certificate of a local registration authority got as many answers as it gets.
async fn has_its_answers(
    transaction: &mut Transaction,
    by: Actor<'_>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let answers: i64 =
        query_scalar("SELECT COUNT(*) FROM event WHERE authority_serial_number = $1 AND kind IN ($2, $3) AND at > $4")
            .bind(by.authority_serial_number())
            .bind(MISMATCH)
            .bind(FOUND)
            .bind((now - PERIOD).timestamp())
            .fetch_one(&mut *transaction)
            .await?;
    Ok(answers >= ANSWERS_TO_AUTHORITY)
}
