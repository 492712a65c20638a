//! The next certificate: asked for with the one in use, and taking its place.

use super::database::{Row, Transaction, query, query_as, query_scalar};
use super::{Actor, Event, Origin, Storage, StorageError, insert_certificate, record, revoke, state_name};
use crate::credential::sha256;
use chrono::{DateTime, Utc};
use pki::Certificate;
use portal_api::{ActivityKind, CertificateState, OrderedSubject, RevocationReason, TermsReference};
use uuid::Uuid;

/// What came of asking for the next certificate.
pub(crate) enum Renewal {
    /// The certificate, DER: new, or the one that this key was given before.
    Certificate(Vec<u8>),
    /// The key belongs to another certificate.
    KeyInUse,
    /// The certificate that was to be renewed is not active.
    NotActive(CertificateState),
}

impl Storage {
    /// Issues and records the certificate that renews `serial_number`, for another key of the same employee, or finds
    /// the one that this key was given before. Earlier renewals that were never taken into use give way.
    ///
    /// `issue` runs inside the transaction, as in [`Storage::enrol`].
    pub(crate) async fn renew<E: From<StorageError>>(
        &self,
        serial_number: &str,
        subject_public_key_info: &[u8],
        origin: &Origin,
        now: DateTime<Utc>,
        issue: impl FnOnce(Uuid, &OrderedSubject) -> Result<Certificate, E> + Send,
    ) -> Result<Renewal, E> {
        let mut transaction = self.begin().await?;
        let renewed = query(
            "SELECT c.state, e.id, e.given_name, e.surname, e.common_name, e.email, e.organisation, e.cvr \
             FROM certificate c JOIN employee e ON e.id = c.employee_id WHERE c.serial_number = $1",
        )
        .bind(serial_number)
        .fetch_one(&mut transaction)
        .await?;
        let state: String = renewed.try_get("state")?;
        if state != state_name(CertificateState::Active) {
            return Ok(Renewal::NotActive(super::state(state)?));
        }
        let issued: Option<(Option<String>, String, Vec<u8>)> =
            query_as("SELECT renews, state, der FROM certificate WHERE public_key_sha256 = $1 AND kind = 'employee'")
                .bind(sha256(subject_public_key_info).as_slice())
                .fetch_optional(&mut transaction)
                .await?;
        if let Some((renews, state, der)) = issued {
            let usable = state != state_name(CertificateState::Revoked);
            let ours = usable && renews.as_deref() == Some(serial_number);
            return Ok(if ours { Renewal::Certificate(der) } else { Renewal::KeyInUse });
        }
        let pending: Vec<String> = query_scalar(
            "SELECT serial_number FROM certificate WHERE renews = $1 AND declared_by IS NULL AND state <> 'revoked'",
        )
        .bind(serial_number)
        .fetch_all(&mut transaction)
        .await?;
        for pending in pending {
            give_way(&mut transaction, &pending, serial_number, origin, now).await?;
        }

        let (employee_id, subject) = ordered(&renewed)?;
        let certificate = issue(employee_id, &subject)?;
        insert_certificate(&mut transaction, &certificate, "employee", Some(employee_id), now).await?;
        query("UPDATE certificate SET renews = $1 WHERE serial_number = $2")
            .bind(serial_number)
            .bind(certificate.serial_number())
            .execute(&mut transaction)
            .await?;
        let issued = Event {
            acting_serial_number: Some(serial_number),
            serial_number: Some(certificate.serial_number()),
            ..Event::new(now, "issued", Actor::Certificate(origin))
        };
        record(&mut transaction, &issued).await?;
        origin.record(&mut transaction, ActivityKind::Renewal, serial_number, None, now).await?;
        transaction.commit().await?;
        Ok(Renewal::Certificate(certificate.der().to_vec()))
    }
}

/// True where the certificate renews none, or one that is still active: whoever lost the key must not go on with what
/// was asked for with it.
pub(super) async fn renewed_is_usable(
    transaction: &mut Transaction,
    serial_number: &str,
) -> Result<bool, StorageError> {
    let state: Option<String> = query_scalar(
        "SELECT old.state FROM certificate c JOIN certificate old ON old.serial_number = c.renews \
         WHERE c.serial_number = $1",
    )
    .bind(serial_number)
    .fetch_optional(&mut *transaction)
    .await?;
    Ok(state.is_none_or(|state| state == state_name(CertificateState::Active)))
}

/// The declaration that the renewed certificate rests on, where it accepted the terms in force: those of this instance,
/// unless another one has put later ones in force.
pub(super) async fn declaration_of_renewed(
    transaction: &mut Transaction,
    serial_number: &str,
    terms: &TermsReference,
) -> Result<Option<String>, StorageError> {
    query_scalar(
        "SELECT d.id FROM certificate c JOIN certificate old ON old.serial_number = c.renews \
         JOIN declaration d ON d.id = old.declared_by \
         WHERE c.serial_number = $1 AND d.terms_id = $2 AND d.terms_version = $3 AND NOT EXISTS ( \
             SELECT 1 FROM terms t WHERE t.id = d.terms_id AND t.version > d.terms_version)",
    )
    .bind(serial_number)
    .bind(&terms.id)
    .bind(i64::from(terms.version))
    .fetch_optional(&mut *transaction)
    .await
}

/// Opens log-in for a certificate that waited for its declaration, and revokes those that it takes the place of.
pub(super) async fn activate(
    transaction: &mut Transaction,
    serial_number: &str,
    declaration: &str,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    query(
        "UPDATE certificate SET state = 'active', since = $1, declared_by = $2 \
         WHERE serial_number = $3 AND state = 'awaiting-declaration'",
    )
    .bind(now.timestamp())
    .bind(declaration)
    .bind(serial_number)
    .execute(&mut *transaction)
    .await?;
    query(
        "UPDATE employee SET activated_at = COALESCE(activated_at, $1) \
         WHERE id = (SELECT employee_id FROM certificate WHERE serial_number = $2)",
    )
    .bind(now.timestamp())
    .bind(serial_number)
    .execute(&mut *transaction)
    .await?;
    let activated = Event {
        serial_number: Some(serial_number),
        detail: Some(declaration),
        ..Event::new(now, "activated", Actor::Certificate(origin))
    };
    record(transaction, &activated).await?;
    supersede(transaction, serial_number, origin, now).await
}

/// Revokes what an active certificate takes the place of: the one that it renews, and those that were named when its
/// computer was registered, with what renewed them meanwhile.
pub(super) async fn supersede(
    transaction: &mut Transaction,
    serial_number: &str,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let superseded: Vec<String> = query_scalar(
        "WITH RECURSIVE superseded (serial_number) AS ( \
             SELECT superseded FROM supersession WHERE serial_number = $1 \
             UNION SELECT renews FROM certificate WHERE serial_number = $1 AND renews IS NOT NULL \
             UNION SELECT c.serial_number FROM certificate c JOIN superseded s ON c.renews = s.serial_number \
                   WHERE c.serial_number <> $1) \
         SELECT c.serial_number FROM certificate c JOIN superseded s ON s.serial_number = c.serial_number \
         WHERE c.state <> 'revoked' ORDER BY c.not_before, c.serial_number",
    )
    .bind(serial_number)
    .fetch_all(&mut *transaction)
    .await?;
    for superseded in superseded {
        give_way(transaction, &superseded, serial_number, origin, now).await?;
    }
    Ok(())
}

async fn give_way(
    transaction: &mut Transaction,
    superseded: &str,
    acting: &str,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let event = Event { acting_serial_number: Some(acting), ..Event::new(now, "revoked", Actor::Certificate(origin)) };
    revoke(transaction, superseded, RevocationReason::Superseded, &[], event).await.map(drop)
}

fn ordered(row: &Row) -> Result<(Uuid, OrderedSubject), StorageError> {
    let subject = OrderedSubject {
        given_name: row.try_get("given_name")?,
        surname: row.try_get("surname")?,
        common_name: row.try_get("common_name")?,
        email: row.try_get("email")?,
        organisation: row.try_get("organisation")?,
        cvr: row.try_get("cvr")?,
    };
    Ok((super::uuid(row.try_get("id")?)?, subject))
}
