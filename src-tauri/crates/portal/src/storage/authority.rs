//! Certificates of local registration authorities, and what they may act on; that of the time-stamping authority lies with
//! them.

use super::database::{Row, Transaction, query};
use super::{Actor, Event, Storage, StorageError, optional_time, reason, record, state, time};
use chrono::{DateTime, Utc};
use pki::Certificate;
use portal_api::{CertificateOfOrganisation, CertificateState, CertificateStatus, RelatedCertificate};

/// The certificate of a local registration authority, as `portal lra list` lists it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuthorityCertificate {
    /// Its serial number, lower-case hexadecimal.
    pub serial_number: String,
    /// Name of the person who acts with it.
    pub name: String,
    /// E-mail address of that person.
    pub email: String,
    /// Name of the organisation that it acts for.
    pub organisation: String,
    /// The organisation's CVR number.
    pub cvr: String,
    /// From when on it is valid.
    pub not_before: DateTime<Utc>,
    /// Until when it is valid.
    pub not_after: DateTime<Utc>,
    /// Since when it is withdrawn, where it is.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// With whom a certificate of a local registration authority is.
pub(crate) struct NewAuthorityCertificate<'a> {
    pub(crate) organisation: &'a str,
    pub(crate) cvr: &'a str,
    pub(crate) name: &'a str,
    pub(crate) email: &'a str,
}

/// Whether somebody may change a certificate's state, as far as local registration authorities go.
pub(super) enum Allowed {
    Yes,
    /// There is no such certificate in the organisation that the authority acts for.
    OtherOrganisation,
    /// The authority's own certificate was withdrawn.
    Withdrawn,
}

const AUTHORITY_COLUMNS: &str = "SELECT serial_number, name, email, organisation, cvr, not_before, not_after, \
     CASE WHEN state = 'revoked' THEN since END AS withdrawn_at, der FROM authority_certificate WHERE kind = 'lra'";

impl Storage {
    /// Issues and records the certificate of a local registration authority, both or neither.
    pub(crate) async fn issue_to_authority<E: From<StorageError>>(
        &self,
        to: &NewAuthorityCertificate<'_>,
        now: DateTime<Utc>,
        issue: impl FnOnce() -> Result<Certificate, E> + Send,
    ) -> Result<Certificate, E> {
        let mut transaction = self.begin().await?;
        let certificate = issue()?;
        insert(&mut transaction, &certificate, "lra", Some(to), now).await?;
        let issued = Event {
            serial_number: Some(certificate.serial_number()),
            detail: Some("lra"),
            ..Event::new(now, "issued", Actor::Authority)
        };
        record(&mut transaction, &issued).await?;
        transaction.commit().await?;
        Ok(certificate)
    }

    /// Every certificate of a local registration authority.
    pub(crate) async fn authorities(&self) -> Result<Vec<AuthorityCertificate>, StorageError> {
        let ordered = format!("{AUTHORITY_COLUMNS} ORDER BY organisation, name, not_before, serial_number");
        let rows = query(sqlx::AssertSqlSafe(ordered)).fetch_all(&self.database).await?;
        rows.iter().map(authority).collect()
    }

    /// The certificate of a local registration authority with its DER.
    pub(crate) async fn authority(
        &self,
        serial_number: &str,
    ) -> Result<Option<(AuthorityCertificate, Vec<u8>)>, StorageError> {
        let row = query(sqlx::AssertSqlSafe(format!("{AUTHORITY_COLUMNS} AND serial_number = $1")))
            .bind(serial_number)
            .fetch_optional(&self.database)
            .await?;
        row.map(|row| Ok((authority(&row)?, row.try_get("der")?))).transpose()
    }

    /// Revokes the certificate of a local registration authority, for good. One that is withdrawn already stays as it is.
    /// None where there is no such certificate.
    pub(crate) async fn withdraw_authority(
        &self,
        serial_number: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<AuthorityCertificate>, StorageError> {
        let mut transaction = self.begin().await?;
        let withdrawn = query(
            "UPDATE authority_certificate SET state = 'revoked', reason = 'cessation-of-operation', since = $1 \
             WHERE serial_number = $2 AND kind = 'lra' AND state <> 'revoked'",
        )
        .bind(now.timestamp())
        .bind(serial_number)
        .execute(&mut transaction)
        .await?;
        if withdrawn > 0 {
            let event = Event { serial_number: Some(serial_number), ..Event::new(now, "revoked", Actor::Authority) };
            record(&mut transaction, &event).await?;
        }
        transaction.commit().await?;
        Ok(self.authority(serial_number).await?.map(|(authority, _)| authority))
    }

    /// What a local registration authority is told of a certificate of its organisation, by CVR number.
    pub(crate) async fn certificate_of_organisation(
        &self,
        serial_number: &str,
        cvr: &str,
    ) -> Result<Option<CertificateOfOrganisation>, StorageError> {
        let mut transaction = self.database.begin_reading().await?;
        let row = query(
            "SELECT c.serial_number, c.state, c.reason, c.since, c.not_before, c.not_after, c.renews, c.employee_id, \
             e.common_name, e.email, e.organisation, d.name AS device_name FROM certificate c \
             JOIN employee e ON e.id = c.employee_id LEFT JOIN device d ON d.serial_number = c.serial_number \
             WHERE c.serial_number = $1 AND e.cvr = $2",
        )
        .bind(serial_number)
        .bind(cvr)
        .fetch_optional(&mut transaction)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let relatives = query(
            "SELECT serial_number, state, reason, since, renews FROM certificate \
             WHERE employee_id = $1 AND serial_number <> $2 ORDER BY not_before DESC, serial_number",
        )
        .bind(row.try_get::<String>("employee_id")?)
        .bind(serial_number)
        .fetch_all(&mut transaction)
        .await?;
        let relatives = relatives
            .iter()
            .map(|row| Ok(RelatedCertificate { certificate: status(row)?, renews: row.try_get("renews")? }))
            .collect::<Result<Vec<_>, StorageError>>()?;
        Ok(Some(CertificateOfOrganisation {
            certificate: status(&row)?,
            common_name: row.try_get("common_name")?,
            email: row.try_get("email")?,
            organisation: row.try_get("organisation")?,
            not_before: time(&row, "not_before")?,
            not_after: time(&row, "not_after")?,
            device_name: row.try_get("device_name")?,
            renews: row.try_get("renews")?,
            relatives,
        }))
    }
}

/// Tells whether `by` may act on a certificate. Everybody but a local registration authority may, as far as this goes.
pub(super) async fn allows(
    transaction: &mut Transaction,
    serial_number: &str,
    by: Actor<'_>,
) -> Result<Allowed, StorageError> {
    let Actor::LocalRegistrationAuthority { serial_number: authority, cvr } = by else { return Ok(Allowed::Yes) };
    let active = query("SELECT 1 FROM authority_certificate WHERE serial_number = $1 AND state = 'active'")
        .bind(authority)
        .finds_any(&mut *transaction)
        .await?;
    if !active {
        return Ok(Allowed::Withdrawn);
    }
    let own = query(
        "SELECT 1 FROM certificate c JOIN employee e ON e.id = c.employee_id WHERE c.serial_number = $1 AND e.cvr = $2",
    )
    .bind(serial_number)
    .bind(cvr)
    .finds_any(&mut *transaction)
    .await?;
    Ok(if own { Allowed::Yes } else { Allowed::OtherOrganisation })
}

/// Records a certificate; `to` where it is a local registration authority's.
pub(super) async fn insert(
    transaction: &mut Transaction,
    certificate: &Certificate,
    kind: &'static str,
    to: Option<&NewAuthorityCertificate<'_>>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    query(
        "INSERT INTO authority_certificate (serial_number, kind, der, not_before, not_after, state, since, \
         organisation, cvr, name, email) VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, $8, $9, $10)",
    )
    .bind(certificate.serial_number())
    .bind(kind)
    .bind(certificate.der())
    .bind(certificate.not_before().timestamp())
    .bind(certificate.not_after().timestamp())
    .bind(now.timestamp())
    .bind(to.map(|to| to.organisation))
    .bind(to.map(|to| to.cvr))
    .bind(to.map(|to| to.name))
    .bind(to.map(|to| to.email))
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

fn authority(row: &Row) -> Result<AuthorityCertificate, StorageError> {
    Ok(AuthorityCertificate {
        serial_number: row.try_get("serial_number")?,
        name: row.try_get("name")?,
        email: row.try_get("email")?,
        organisation: row.try_get("organisation")?,
        cvr: row.try_get("cvr")?,
        not_before: time(row, "not_before")?,
        not_after: time(row, "not_after")?,
        withdrawn_at: optional_time(row, "withdrawn_at")?,
    })
}

fn status(row: &Row) -> Result<CertificateStatus, StorageError> {
    let reason = reason(row.try_get("reason")?)?;
    let state: CertificateState = state(row.try_get("state")?)?;
    Ok(CertificateStatus { serial_number: row.try_get("serial_number")?, state, reason, since: time(row, "since")? })
}
