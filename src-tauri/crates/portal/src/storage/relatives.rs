//! Certificates that stand for one another by renewal: an alarm about one reaches the one that is really in use.

use super::{Actor, StateChange, StorageError, state};
use portal_api::{CertificateState, RevocationReason};
use sqlx::{Sqlite, Transaction};

/// The relatives of a certificate that a change of its state reaches, those in use first; revoked ones among them.
///
/// A certificate that was never declared stands for the one that it renews, and a revoked one for its successors: whoever
/// raises the alarm may have lost the answer to a renewal, or know nothing of a thief's. None are reached where the
/// certificate gives way to another one, and none by a reinstatement, which is for one certificate alone.
pub(super) async fn reached(
    transaction: &mut Transaction<'_, Sqlite>,
    serial_number: &str,
    change: &StateChange,
    by: Actor<'_>,
) -> Result<Vec<String>, StorageError> {
    let closes = match change {
        StateChange::Suspend => true,
        StateChange::Reinstate => false,
        StateChange::Revoke { reason, wrong_details: _ } => *reason != RevocationReason::Superseded,
    };
    let named: Option<(String, bool, Option<String>, Option<String>)> = sqlx::query_as(
        "SELECT c.state, c.declared_by IS NOT NULL, c.renews, old.state FROM certificate c \
         LEFT JOIN certificate old ON old.serial_number = c.renews WHERE c.serial_number = ?",
    )
    .bind(serial_number)
    .fetch_optional(&mut **transaction)
    .await?;
    let Some((named_state, declared, renews, renewed_state)) = named.filter(|_| closes) else {
        return Ok(Vec::new());
    };
    let is_revoked = state(named_state)? == CertificateState::Revoked;
    // A device token revokes what waits for its declaration, and no more: not what took the place of a revoked one.
    if is_revoked && matches!((change, by), (StateChange::Revoke { .. }, Actor::DeviceToken)) {
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

/// What renews a certificate, what renews that, and so on: those that are in use first, and the newest of them.
async fn successors(
    transaction: &mut Transaction<'_, Sqlite>,
    serial_number: &str,
) -> Result<Vec<String>, StorageError> {
    Ok(sqlx::query_scalar(
        "WITH RECURSIVE successor (serial_number) AS ( \
             SELECT serial_number FROM certificate WHERE renews = ? \
             UNION SELECT c.serial_number FROM certificate c JOIN successor s ON c.renews = s.serial_number) \
         SELECT c.serial_number FROM certificate c JOIN successor s ON s.serial_number = c.serial_number \
         ORDER BY c.state = 'revoked', c.declared_by IS NULL, c.not_before DESC",
    )
    .bind(serial_number)
    .fetch_all(&mut **transaction)
    .await?)
}
