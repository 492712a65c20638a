//! What the instances of a portal on one database must have alike, and the terms that are in force for all of them.

use super::database::{query, query_scalar};
use super::{Storage, StorageError};
use portal_api::TermsReference;

/// The name of the setting of the keys that CPR numbers are sealed and hashed with.
pub(crate) const PERSONAL_NUMBER_SETTING: &str = "personal-number key";

/// What all instances must have alike: its name, and its value as it is compared.
pub(crate) type Setting = (&'static str, String);

impl Storage {
    /// Holds that this instance has the `settings` of all others on this database; the first one lays them down. Returns the
    /// name of one that differs, where there is one.
    pub(crate) async fn agree(&self, settings: Vec<Setting>) -> Result<Option<&'static str>, StorageError> {
        let mut transaction = self.begin().await?;
        for (name, value) in settings {
            query("INSERT INTO instance_setting (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(name)
                .bind(&value)
                .execute(&mut transaction)
                .await?;
            let agreed: String = query_scalar("SELECT value FROM instance_setting WHERE name = $1")
                .bind(name)
                .fetch_one(&mut transaction)
                .await?;
            if agreed != value {
                return Ok(Some(name));
            }
        }
        transaction.commit().await?;
        Ok(None)
    }

    /// Whether another instance has put a later version of these terms in force.
    pub(crate) async fn has_later_terms(&self, terms: &TermsReference) -> Result<bool, StorageError> {
        query("SELECT 1 FROM terms WHERE id = $1 AND version > $2 LIMIT 1")
            .bind(&terms.id)
            .bind(i64::from(terms.version))
            .finds_any(&self.database)
            .await
    }
}
