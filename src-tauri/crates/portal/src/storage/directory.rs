//! The user database: what is published of employee certificates, and whose.
//!
//! Published is a certificate that is in use, not suspended and valid, and whose declaration gave the consent to it. All of
//! that is asked anew each time, so that nothing is published a moment longer.

use super::database::{Row, query, query_as};
use super::{Storage, StorageError, time};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use declaration::terms::TermsDocument;
use portal_api::{DIRECTORY_PAGE, DirectoryEntry, DirectoryPage};
use uuid::Uuid;

/// The clause of the terms whose acceptance is the consent to publication.
const CONSENT: &str = "publication";

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sought<'a> {
    /// Name in full, or surname.
    Name(&'a str),
    /// Name in full.
    Organisation(&'a str),
    /// CVR number.
    Cvr(&'a str),
    /// Canonical serial number.
    SerialNumber(&'a str),
    /// Everything of the person for whom this order was made, in the same organisation: of others, whoever orders a certificate
    /// with a CPR number could find out by it whose number that is.
    PersonOf(Uuid),
}

/// What is the same for large and small letters, in an index of each database. They agree about ASCII alone, hence the last
/// three letters by hand.
macro_rules! folded {
    ($column:literal) => {
        concat!("REPLACE(REPLACE(REPLACE(LOWER(", $column, "), 'Æ', 'æ'), 'Ø', 'ø'), 'Å', 'å')")
    };
}
pub(super) use folded;

impl Storage {
    /// The published certificates that are sought, in the order of their serial numbers, those after `after`.
    pub(crate) async fn published(
        &self,
        sought: Sought<'_>,
        after: &str,
        now: DateTime<Utc>,
    ) -> Result<DirectoryPage, StorageError> {
        let consented = self.terms_with_consent().await?;
        if consented.is_empty() {
            return Ok(DirectoryPage { entries: Vec::new(), next: None });
        }
        let (condition, value) = match sought {
            Sought::Name(name) => (
                concat!("(", folded!("e.common_name"), " IN ($1, $2) OR ", folded!("e.surname"), " IN ($1, $2))"),
                name.to_owned(),
            ),
            Sought::Organisation(name) => (concat!(folded!("e.organisation"), " IN ($1, $2)"), name.to_owned()),
            Sought::Cvr(cvr) => ("e.cvr IN ($1, $2)", cvr.to_owned()),
            Sought::SerialNumber(serial_number) => ("c.serial_number IN ($1, $2)", serial_number.to_owned()),
            Sought::PersonOf(id) => (
                "(e.personal_number_hash, e.cvr) IN (SELECT p.personal_number_hash, p.cvr FROM employee p WHERE p.id IN ($1, $2))",
                id.to_string(),
            ),
        };
        let terms: Vec<String> = (6..6 + consented.len()).map(|place| format!("${place}")).collect();
        let sql = format!(
            "SELECT c.serial_number, c.der, c.not_before, c.not_after, e.common_name, e.organisation, e.cvr, e.email \
             FROM certificate c JOIN employee e ON e.id = c.employee_id JOIN declaration d ON d.id = c.declared_by \
             WHERE {condition} AND c.serial_number > $3 AND c.not_after >= $4 AND c.state = 'active' \
             AND d.terms_sha256 IN ({}) ORDER BY c.serial_number LIMIT $5",
            terms.join(", ")
        );
        // LOWER knows all letters in some databases, and in others those of ASCII.
        let (all, some) = (value.to_lowercase(), folded_as_in_ascii(&value));
        let page = i64::try_from(DIRECTORY_PAGE).unwrap_or(i64::MAX);
        let mut asked = query(sqlx::AssertSqlSafe(sql))
            .bind(all)
            .bind(some)
            .bind(after)
            .bind(now.timestamp())
            .bind(page.saturating_add(1));
        for sha256 in consented {
            asked = asked.bind(sha256);
        }
        let rows = asked.fetch_all(&self.database).await?;
        let entries = rows.iter().take(DIRECTORY_PAGE).map(entry).collect::<Result<Vec<_>, _>>()?;
        let more = rows.len() > entries.len();
        let next = entries.last().filter(|_| more).map(|last| last.serial_number.clone());
        Ok(DirectoryPage { entries, next })
    }

    /// The SHA-256 of the terms, in each language, whose acceptance gives the consent.
    async fn terms_with_consent(&self) -> Result<Vec<String>, StorageError> {
        let terms: Vec<(String, Vec<u8>)> =
            query_as("SELECT sha256, content FROM terms").fetch_all(&self.database).await?;
        let mut consented = Vec::new();
        for (sha256, content) in terms {
            let document = TermsDocument::from_bytes(&content).map_err(|_| StorageError::Damaged("terms"))?;
            if document.terms().consents().any(|clause| clause.id == CONSENT) {
                consented.push(sha256);
            }
        }
        Ok(consented)
    }
}

/// The text as [`folded`] makes it where the database knows the letters of ASCII alone.
pub(super) fn folded_as_in_ascii(text: &str) -> String {
    let danish = |letter| match letter {
        'Æ' => 'æ',
        'Ø' => 'ø',
        'Å' => 'å',
        other => other,
    };
    text.to_ascii_lowercase().chars().map(danish).collect()
}

fn entry(row: &Row) -> Result<DirectoryEntry, StorageError> {
    Ok(DirectoryEntry {
        common_name: row.try_get("common_name")?,
        organisation: row.try_get("organisation")?,
        cvr: row.try_get("cvr")?,
        email: row.try_get("email")?,
        serial_number: row.try_get("serial_number")?,
        not_before: time(row, "not_before")?,
        not_after: time(row, "not_after")?,
        certificate: STANDARD.encode(row.try_get::<Vec<u8>>("der")?),
    })
}
