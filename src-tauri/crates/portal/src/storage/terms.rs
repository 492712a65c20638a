//! Terms: every version that was ever in force. Rows are only ever added.

use super::database::{query, query_scalar};
use super::{Storage, StorageError};
use chrono::{DateTime, Utc};
use declaration::terms::TermsDocument;
use portal_api::TermsReference;

/// What came of putting terms in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PutInForce {
    /// They are in force.
    Done,
    /// Their version was in force before, with another text.
    Rewritten,
    /// A later version was in force before.
    Older,
}

impl Storage {
    /// Puts `documents`, one version in its languages, in force since `now`, where they were not before.
    pub(crate) async fn put_in_force(
        &self,
        documents: &[TermsDocument],
        now: DateTime<Utc>,
    ) -> Result<PutInForce, StorageError> {
        let mut transaction = self.begin().await?;
        for document in documents {
            let terms = document.terms();
            let later = query("SELECT 1 FROM terms WHERE id = $1 AND version > $2 LIMIT 1")
                .bind(&terms.id)
                .bind(i64::from(terms.version))
                .finds_any(&mut transaction)
                .await?;
            if later {
                return Ok(PutInForce::Older);
            }
            let known: Option<String> =
                query_scalar("SELECT sha256 FROM terms WHERE id = $1 AND version = $2 AND language = $3")
                    .bind(&terms.id)
                    .bind(i64::from(terms.version))
                    .bind(&terms.language)
                    .fetch_optional(&mut transaction)
                    .await?;
            match known {
                Some(known) if known == document.sha256_hex() => {}
                Some(_) => return Ok(PutInForce::Rewritten),
                None => {
                    query(
                        "INSERT INTO terms (id, version, language, sha256, content, in_force_from) \
                         VALUES ($1, $2, $3, $4, $5, $6)",
                    )
                    .bind(&terms.id)
                    .bind(i64::from(terms.version))
                    .bind(&terms.language)
                    .bind(document.sha256_hex())
                    .bind(document.bytes())
                    .bind(now.timestamp())
                    .execute(&mut transaction)
                    .await?;
                }
            }
        }
        transaction.commit().await?;
        Ok(PutInForce::Done)
    }

    /// Whether the declaration that a certificate rests on accepts other terms than `terms`; false where it rests on none.
    pub(crate) async fn rests_on_other_terms(
        &self,
        serial_number: &str,
        terms: &TermsReference,
    ) -> Result<bool, StorageError> {
        let other = query(
            "SELECT 1 FROM certificate c JOIN declaration d ON d.id = c.declared_by \
             WHERE c.serial_number = $1 AND NOT (d.terms_id = $2 AND d.terms_version = $3)",
        )
        .bind(serial_number)
        .bind(&terms.id)
        .bind(i64::from(terms.version))
        .finds_any(&self.database)
        .await?;
        Ok(other)
    }
}
