//! Computers: their names, their hashed secrets, and the certificates that they take the place of.

use super::database::{Transaction, query, query_scalar};
use super::{
    Actor, CERTIFICATE_COLUMNS, CertificateRecord, CountedTry, Event, Origin, Storage, StorageError, certificate,
    record, renewal, state, time, tries_left_after, unknown_reference,
};
use crate::credential::CodeHash;
use chrono::{DateTime, Utc};
use portal_api::{ActivityKind, CertificateState, LocalRegistrationAuthority, TermsReference};
use uuid::Uuid;

/// A device that was registered before devices had names.
const WITHOUT_NAME: &str = "–";

/// How many of the first and of the last replaced secrets of a certificate are kept. The first as well, so that whoever
/// has stolen the key cannot push out the owner's by registering again and again.
const REPLACED_KEPT_AT_EACH_END: i64 = 10;

/// Which secrets of a certificate's computers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrets {
    /// Those of the registration in force.
    InForce,
    /// Those that a later registration replaced as well. They are for suspension alone, which can be undone.
    ReplacedToo,
}

/// A device with its hashed secrets.
pub(crate) struct NewDevice<'a> {
    pub(crate) serial_number: &'a str,
    pub(crate) name: &'a str,
    /// Serial numbers of the certificates that this one takes the place of.
    pub(crate) supersedes: &'a [String],
    pub(crate) token_sha256: [u8; 32],
    pub(crate) revocation_code: &'a CodeHash,
    pub(crate) registered_at: DateTime<Utc>,
    /// The terms in force: what the declaration of a renewed certificate must have accepted to hold for this one too.
    pub(crate) terms: &'a TermsReference,
    pub(crate) origin: &'a Origin,
}

/// What came of registering a device.
pub(crate) enum Registered {
    /// It is registered.
    Now {
        /// The reference number that goes with the revocation code, letters and digits only.
        reference: String,
        /// Whom to call.
        authority: LocalRegistrationAuthority,
    },
    /// A certificate that it is to take the place of is not one of the same person's.
    SupersedesStranger,
    /// The certificate is suspended or revoked, or the one that it renews is.
    NotUsable,
}

/// The revocation codes that go with one reference number, each with its certificate.
pub(crate) struct RevocationCodes(Vec<RevocationCodeRecord>);

/// A revocation code with the certificate that it was given for.
pub(crate) struct RevocationCodeRecord {
    pub(crate) serial_number: String,
    /// Until when the certificate is valid, and so the code.
    pub(crate) not_after: DateTime<Utc>,
    hash: CodeHash,
}

impl RevocationCodes {
    /// The one that this is, in its canonical form.
    pub(crate) fn find(&self, code: &str) -> Option<&RevocationCodeRecord> {
        // All of them, so that the answer takes the same time whichever it is.
        let mut found = None;
        for record in &self.0 {
            if record.hash.matches(code) {
                found = Some(record);
            }
        }
        found
    }
}

impl Storage {
    /// Records the device of a certificate; the secrets of an earlier one are good for suspension alone from then on. A
    /// certificate that renews another and needs no declaration of its own becomes active with it, and the other one is
    /// superseded.
    pub(crate) async fn register_device(&self, device: &NewDevice<'_>) -> Result<Registered, StorageError> {
        let (serial_number, now) = (device.serial_number, device.registered_at);
        let mut transaction = self.begin().await?;
        let row = query(
            "SELECT c.state, c.employee_id, e.personal_number_hash, e.cvr, e.authority_name, e.authority_phone, \
             e.authority_email, i.reference FROM certificate c JOIN employee e ON e.id = c.employee_id \
             JOIN invitation i ON i.employee_id = e.id WHERE c.serial_number = $1",
        )
        .bind(serial_number)
        .fetch_one(&mut transaction)
        .await?;
        let awaiting = match state(row.try_get("state")?)? {
            CertificateState::AwaitingDeclaration => true,
            CertificateState::Active => false,
            CertificateState::Suspended | CertificateState::Revoked => return Ok(Registered::NotUsable),
        };
        if awaiting && !renewal::renewed_is_usable(&mut transaction, serial_number).await? {
            return Ok(Registered::NotUsable);
        }
        let (person, cvr): (Vec<u8>, String) = (row.try_get("personal_number_hash")?, row.try_get("cvr")?);
        for superseded in device.supersedes {
            let same_person = query(
                "SELECT 1 FROM certificate c JOIN employee e ON e.id = c.employee_id \
                 WHERE c.serial_number = $1 AND c.serial_number <> $2 AND e.personal_number_hash = $3 AND e.cvr = $4",
            )
            .bind(superseded)
            .bind(serial_number)
            .bind(&person)
            .bind(&cvr)
            .finds_any(&mut transaction)
            .await?;
            if !same_person {
                return Ok(Registered::SupersedesStranger);
            }
        }

        keep_replaced(&mut transaction, serial_number, now).await?;
        query(
            "INSERT INTO device (serial_number, token_sha256, revocation_code_salt, revocation_code_hash, \
             registered_at, name) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (serial_number) DO UPDATE SET \
             token_sha256 = excluded.token_sha256, revocation_code_salt = excluded.revocation_code_salt, \
             revocation_code_hash = excluded.revocation_code_hash, registered_at = excluded.registered_at, \
             name = excluded.name",
        )
        .bind(serial_number)
        .bind(device.token_sha256.as_slice())
        .bind(&device.revocation_code.salt)
        .bind(&device.revocation_code.hash)
        .bind(now.timestamp())
        .bind(device.name)
        .execute(&mut transaction)
        .await?;
        query("DELETE FROM supersession WHERE serial_number = $1")
            .bind(serial_number)
            .execute(&mut transaction)
            .await?;
        for superseded in device.supersedes {
            query("INSERT INTO supersession (serial_number, superseded) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(serial_number)
                .bind(superseded)
                .execute(&mut transaction)
                .await?;
        }
        let reference: String = row.try_get("reference")?;
        query("UPDATE invitation SET revocation_tries = 0 WHERE reference = $1")
            .bind(&reference)
            .execute(&mut transaction)
            .await?;
        let registered = Event {
            serial_number: Some(serial_number),
            detail: Some(device.name),
            ..Event::new(now, "device-registered", Actor::Certificate(device.origin))
        };
        record(&mut transaction, &registered).await?;
        device.origin.record(&mut transaction, ActivityKind::DeviceRegistration, serial_number, None, now).await?;

        if awaiting {
            let carried = renewal::declaration_of_renewed(&mut transaction, serial_number, device.terms).await?;
            if let Some(declaration) = carried {
                renewal::activate(&mut transaction, serial_number, &declaration, device.origin, now).await?;
            }
        } else {
            renewal::supersede(&mut transaction, serial_number, device.origin, now).await?;
        }
        transaction.commit().await?;
        Ok(Registered::Now {
            reference,
            authority: LocalRegistrationAuthority {
                name: row.try_get("authority_name")?,
                phone: row.try_get("authority_phone")?,
                email: row.try_get("authority_email")?,
            },
        })
    }

    /// Finds the employee certificate that a device token is bound to; the token ends with it.
    pub(crate) async fn certificate_of_token(
        &self,
        token_sha256: &[u8; 32],
        secrets: Secrets,
    ) -> Result<Option<CertificateRecord>, StorageError> {
        let bound = match secrets {
            Secrets::InForce => "SELECT serial_number FROM device WHERE token_sha256 = $1",
            Secrets::ReplacedToo => {
                "SELECT serial_number FROM device WHERE token_sha256 = $1 \
                 UNION SELECT serial_number FROM replaced_secret WHERE token_sha256 = $1"
            }
        };
        query(sqlx::AssertSqlSafe(format!("{CERTIFICATE_COLUMNS} WHERE c.serial_number IN ({bound})")))
            .bind(token_sha256.as_slice())
            .fetch_optional(&self.database)
            .await?
            .map(|row| certificate(&row))
            .transpose()
    }

    /// The name of the computer that a token is of, where it is registered for one of the employee's certificates that has
    /// not ended.
    pub(crate) async fn device_name(
        &self,
        token_sha256: &[u8; 32],
        employee_id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, StorageError> {
        let name: Option<Option<String>> = query_scalar(
            "SELECT d.name FROM device d JOIN certificate c ON c.serial_number = d.serial_number \
             WHERE d.token_sha256 = $1 AND c.employee_id = $2 AND c.not_after >= $3",
        )
        .bind(token_sha256.as_slice())
        .bind(employee_id.to_string())
        .bind(now.timestamp())
        .fetch_optional(&self.database)
        .await?;
        Ok(name.map(|name| name.unwrap_or_else(|| WITHOUT_NAME.to_owned())))
    }

    /// Counts a try against the revocation codes that go with a reference number.
    pub(crate) async fn count_revocation_try(
        &self,
        reference: &str,
        hash: &[u8],
        secrets: Secrets,
        now: DateTime<Utc>,
    ) -> Result<CountedTry<RevocationCodes>, StorageError> {
        let mut transaction = self.begin().await?;
        let tries: Option<i64> = query_scalar("SELECT revocation_tries FROM invitation WHERE reference = $1")
            .bind(reference)
            .fetch_optional(&mut transaction)
            .await?;
        let mut rows = query(
            "SELECT d.serial_number, d.revocation_code_salt, d.revocation_code_hash, c.not_after FROM invitation i \
             JOIN certificate c ON c.employee_id = i.employee_id JOIN device d ON d.serial_number = c.serial_number \
             WHERE i.reference = $1",
        )
        .bind(reference)
        .fetch_all(&mut transaction)
        .await?;
        if secrets == Secrets::ReplacedToo {
            let replaced = query(
                "SELECT r.serial_number, r.revocation_code_salt, r.revocation_code_hash, c.not_after FROM invitation i \
                 JOIN certificate c ON c.employee_id = i.employee_id \
                 JOIN replaced_secret r ON r.serial_number = c.serial_number \
                 WHERE i.reference = $1",
            )
            .bind(reference)
            .fetch_all(&mut transaction)
            .await?;
            rows.extend(replaced);
        }
        let Some(tries) = tries.filter(|_| !rows.is_empty()) else {
            let counted = unknown_reference::count(&mut transaction, hash, now).await?;
            transaction.commit().await?;
            return Ok(counted.map_or(CountedTry::Locked, |tries_left| CountedTry::Unknown { tries_left }));
        };
        let Some(tries_left) = tries_left_after(tries) else {
            return Ok(CountedTry::Locked);
        };
        query("UPDATE invitation SET revocation_tries = revocation_tries + 1 WHERE reference = $1")
            .bind(reference)
            .execute(&mut transaction)
            .await?;
        transaction.commit().await?;
        let mut codes = Vec::with_capacity(rows.len());
        for row in rows {
            let hash =
                CodeHash { salt: row.try_get("revocation_code_salt")?, hash: row.try_get("revocation_code_hash")? };
            let (serial_number, not_after) = (row.try_get("serial_number")?, time(&row, "not_after")?);
            codes.push(RevocationCodeRecord { serial_number, not_after, hash });
        }
        Ok(CountedTry::Known { record: Box::new(RevocationCodes(codes)), tries_left })
    }

    /// The revocation code was right: the tries before it no longer count.
    pub(crate) async fn forgive_revocation_tries(&self, reference: &str) -> Result<(), StorageError> {
        query("UPDATE invitation SET revocation_tries = 0 WHERE reference = $1")
            .bind(reference)
            .execute(&self.database)
            .await?;
        Ok(())
    }
}

/// Keeps the secrets that a new registration is about to replace.
async fn keep_replaced(
    transaction: &mut Transaction,
    serial_number: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    query(
        "INSERT INTO replaced_secret (serial_number, token_sha256, revocation_code_salt, revocation_code_hash, \
         replaced_at) SELECT serial_number, token_sha256, revocation_code_salt, revocation_code_hash, $1 \
         FROM device WHERE serial_number = $2",
    )
    .bind(now.timestamp())
    .bind(serial_number)
    .execute(&mut *transaction)
    .await?;
    query(
        "DELETE FROM replaced_secret WHERE serial_number = $1 \
         AND number NOT IN (SELECT number FROM replaced_secret WHERE serial_number = $1 ORDER BY number LIMIT $2) \
         AND number NOT IN (SELECT number FROM replaced_secret WHERE serial_number = $1 ORDER BY number DESC LIMIT $2)",
    )
    .bind(serial_number)
    .bind(REPLACED_KEPT_AT_EACH_END)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}
