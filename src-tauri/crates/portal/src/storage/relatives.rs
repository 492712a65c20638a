//! Certificates that stand for one another by renewal: an alarm about one reaches the one that is really in use.

use super::activity::SAME_ACT;
use super::database::{Transaction, query, query_as, query_scalar};
use super::{Actor, Event, StateChange, StorageError, record, state, time};
use portal_api::{CertificateState, CertificateStatus};

/// The relatives of a certificate that a change of its state reaches, those in use first; revoked ones among them.
///
/// A certificate that was never declared stands for the one that it renews, and a revoked one for its successors: whoever
/// raises the alarm may have lost the answer to a renewal, or know nothing of a thief's. None are reached where the
/// certificate gives way to another one. A reinstatement takes back what its suspension did: it reaches what was
/// suspended by way of the certificate alone, and nothing that an alarm of its own was raised about.
pub(super) async fn reached(
    transaction: &mut Transaction,
    serial_number: &str,
    change: &StateChange,
    by: Actor<'_>,
) -> Result<Vec<String>, StorageError> {
    if change.of_relatives().is_none() {
        return Ok(Vec::new());
    }
    let named: Option<(String, bool, Option<String>, Option<String>)> = query_as(
        "SELECT c.state, c.declared_by IS NOT NULL, c.renews, old.state FROM certificate c \
         LEFT JOIN certificate old ON old.serial_number = c.renews WHERE c.serial_number = $1",
    )
    .bind(serial_number)
    .fetch_optional(&mut *transaction)
    .await?;
    let Some((named_state, declared, renews, renewed_state)) = named else {
        return Ok(Vec::new());
    };
    let named_state = state(named_state)?;
    match change {
        StateChange::Reinstate { .. } if named_state == CertificateState::Suspended => {
            return suspended_by_way_of(transaction, serial_number).await;
        }
        StateChange::Reinstate { .. } => return Ok(Vec::new()),
        StateChange::Suspend | StateChange::Revoke { .. } | StateChange::Report { .. } => {}
    }
    let is_revoked = named_state == CertificateState::Revoked;
    // A device token revokes what waits for its declaration, and no more: not what took the place of a revoked one.
    if is_revoked && matches!(by, Actor::DeviceToken) && *change != StateChange::Suspend {
        return Ok(Vec::new());
    }
    let mut relatives = Vec::new();
    if let (false, Some(renews), Some(renewed_state)) = (declared, renews, renewed_state) {
        if state(renewed_state)? == CertificateState::Revoked {
            relatives.extend(successors(transaction, &renews).await?);
        } else {
            relatives.push(renews);
        }
    }
    if is_revoked {
        relatives.extend(successors(transaction, serial_number).await?);
    }
    relatives.retain(|relative| relative != serial_number);
    Ok(relatives)
}

/// The same employee's other certificates that are suspended.
pub(super) async fn suspended(
    transaction: &mut Transaction,
    serial_number: &str,
) -> Result<Vec<CertificateStatus>, StorageError> {
    let rows = query(
        "SELECT c.serial_number, c.since FROM certificate named JOIN certificate c ON c.employee_id = named.employee_id \
         WHERE named.serial_number = $1 AND c.serial_number <> $1 AND c.state = 'suspended' \
         ORDER BY c.not_before DESC, c.serial_number",
    )
    .bind(serial_number)
    .fetch_all(&mut *transaction)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(CertificateStatus {
                serial_number: row.try_get("serial_number")?,
                state: CertificateState::Suspended,
                reason: None,
                since: time(row, "since")?,
            })
        })
        .collect()
}

/// Writes down an alarm about a certificate that is suspended already: what lifts the first one must not lift one that came
/// another way, and whoever judges the suspension must see that there was more than one. Not again within ten minutes from
/// the same one by the same way: that is one act, whose answer was lost.
pub(super) async fn record_another_alarm(
    transaction: &mut Transaction,
    serial_number: &str,
    event: Event<'_>,
) -> Result<(), StorageError> {
    let known = query(
        "SELECT 1 FROM event WHERE serial_number = $1 AND kind IN ('suspended', 'suspended-again') \
         AND id >= (SELECT MAX(id) FROM event WHERE serial_number = $1 AND kind = 'suspended') \
         AND acting_serial_number IS NOT DISTINCT FROM $2 AND actor = $3 \
         AND authority_serial_number IS NOT DISTINCT FROM $4 AND at > $5 LIMIT 1",
    )
    .bind(serial_number)
    .bind(event.acting_serial_number)
    .bind(event.by.name())
    .bind(event.by.authority_serial_number())
    .bind((event.at - SAME_ACT).timestamp())
    .finds_any(&mut *transaction)
    .await?;
    if !known {
        record(transaction, &Event { kind: "suspended-again", serial_number: Some(serial_number), ..event }).await?;
    }
    Ok(())
}

/// What is suspended because of alarms about `serial_number`, and of no others.
async fn suspended_by_way_of(transaction: &mut Transaction, serial_number: &str) -> Result<Vec<String>, StorageError> {
    query_scalar(
        "SELECT c.serial_number FROM certificate named JOIN certificate c ON c.employee_id = named.employee_id \
         WHERE named.serial_number = $1 AND c.serial_number <> $1 AND c.state = 'suspended' AND EXISTS ( \
             SELECT 1 FROM event f WHERE f.serial_number = c.serial_number AND f.kind = 'suspended') AND NOT EXISTS ( \
             SELECT 1 FROM event v WHERE v.serial_number = c.serial_number \
             AND v.kind IN ('suspended', 'suspended-again') AND v.acting_serial_number IS DISTINCT FROM $1 AND v.id >= ( \
                 SELECT MAX(s.id) FROM event s WHERE s.serial_number = c.serial_number AND s.kind = 'suspended')) \
         ORDER BY c.declared_by IS NULL, c.not_before DESC",
    )
    .bind(serial_number)
    .fetch_all(&mut *transaction)
    .await
}

/// What renews a certificate, what renews that, and so on: those that are in use first, and the newest of them.
async fn successors(transaction: &mut Transaction, serial_number: &str) -> Result<Vec<String>, StorageError> {
    query_scalar(
        "WITH RECURSIVE successor (serial_number) AS ( \
             SELECT serial_number FROM certificate WHERE renews = $1 \
             UNION SELECT c.serial_number FROM certificate c JOIN successor s ON c.renews = s.serial_number) \
         SELECT c.serial_number FROM certificate c JOIN successor s ON s.serial_number = c.serial_number \
         ORDER BY c.state = 'revoked', c.declared_by IS NULL, c.not_before DESC",
    )
    .bind(serial_number)
    .fetch_all(&mut *transaction)
    .await
}
