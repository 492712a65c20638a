//! What the portal's staff and the local registration authority do on the portal's data.

use crate::clock::Clock;
use crate::error::PortalError;
use crate::server::suspension_is_offered;
use crate::storage::{Actor, Changed, StateChange, Storage, User};
use portal_api::{ChangedCertificate, DetailField, RevocationReason};
use std::path::Path;
use thiserror::Error;

/// Why a suspension was not lifted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReinstateError {
    /// There is no such employee certificate.
    #[error("no employee certificate has this serial number")]
    Unknown,
    /// It is not suspended.
    #[error("the certificate is not suspended")]
    NotSuspended,
    /// It is revoked, which is final.
    #[error("the certificate is revoked, for good")]
    Revoked,
    /// The portal failed.
    #[error(transparent)]
    Portal(#[from] PortalError),
}

/// Lifts the suspension of a certificate, on the word of the local registration authority, and of those that were suspended
/// for an alarm about it alone: whoever takes back the alarm about a renewal that waits for its declaration takes it back
/// about the certificate that it renews. Which ones stay suspended is told; each is reinstated for itself.
///
/// `serial_number` is hexadecimal, in any case, with or without colons. `database` as in [`crate::invite`].
///
/// # Errors
/// [`ReinstateError`].
pub async fn reinstate(
    data: &Path,
    database: Option<&str>,
    clock: &dyn Clock,
    serial_number: &str,
) -> Result<ChangedCertificate, ReinstateError> {
    let serial_number = canonical_serial_number(serial_number);
    let storage = Storage::open(data, database).await.map_err(PortalError::from)?;
    let change = StateChange::Reinstate { suspended_since: None };
    let outcome = storage.change_state(&serial_number, &change, Actor::Authority, clock.now()).await;
    storage.close().await;
    let outcome = outcome.map_err(PortalError::from)?;
    match &outcome.changed {
        // A reinstatement finds nothing that is so already, and this one names no suspension.
        Changed::Now(status) | Changed::Already(status) => Ok(outcome.told(status)),
        Changed::AlreadyRevoked => Err(ReinstateError::Revoked),
        Changed::NotSuspended(_) | Changed::SuspendedAnew => Err(ReinstateError::NotSuspended),
        Changed::Unknown | Changed::NotPermitted => Err(ReinstateError::Unknown),
    }
}

/// Why a certificate was not suspended.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SuspendError {
    /// There is no such employee certificate.
    #[error("no employee certificate has this serial number")]
    Unknown,
    /// It is revoked, which is final.
    #[error("the certificate is revoked, for good")]
    Revoked,
    /// The portal was started with `--no-suspension`.
    #[error("this portal does not suspend certificates; revoke it instead")]
    NotOffered,
    /// The portal failed.
    #[error(transparent)]
    Portal(#[from] PortalError),
}

/// Suspends a certificate, on the word of the local registration authority. Succeeds where it is suspended already.
/// Reaches the certificate that is in use in its place, by renewal; then that one's status is returned.
///
/// `serial_number` as in [`reinstate`], `database` as in [`crate::invite`].
///
/// # Errors
/// [`SuspendError`].
pub async fn suspend(
    data: &Path,
    database: Option<&str>,
    clock: &dyn Clock,
    serial_number: &str,
) -> Result<ChangedCertificate, SuspendError> {
    if !suspension_is_offered(data)? {
        return Err(SuspendError::NotOffered);
    }
    let serial_number = canonical_serial_number(serial_number);
    let storage = Storage::open(data, database).await.map_err(PortalError::from)?;
    let outcome = storage.change_state(&serial_number, &StateChange::Suspend, Actor::Authority, clock.now()).await;
    storage.close().await;
    let outcome = outcome.map_err(PortalError::from)?;
    match &outcome.changed {
        Changed::Now(status) | Changed::Already(status) => Ok(outcome.told(status)),
        Changed::AlreadyRevoked => Err(SuspendError::Revoked),
        // Only a reinstatement asks for a suspension, and the staff may act on every certificate.
        Changed::NotSuspended(_) | Changed::SuspendedAnew | Changed::Unknown | Changed::NotPermitted => {
            Err(SuspendError::Unknown)
        }
    }
}

/// Why a certificate was not revoked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RevokeError {
    /// There is no such employee certificate.
    #[error("no employee certificate has this serial number")]
    Unknown,
    /// It is revoked already.
    #[error("the certificate is revoked already")]
    AlreadyRevoked,
    /// Wrong details are named without the reason that goes with them, or the other way round, or twice.
    #[error("wrong details are named once each, with the reason wrong-details and with no other")]
    WrongDetails,
    /// The portal failed.
    #[error(transparent)]
    Portal(#[from] PortalError),
}

/// Revokes a certificate for good, on the word of the local registration authority: for an employee who cannot do it
/// with the certificate itself, since the key or the password is lost. Reaches the certificate that is in use in its place,
/// by renewal, unless the reason is that it is superseded; then that one's status is returned.
///
/// `serial_number` as in [`reinstate`], `database` as in [`crate::invite`]. `wrong_details` goes with
/// [`RevocationReason::WrongDetails`] alone.
///
/// # Errors
/// [`RevokeError`].
pub async fn revoke(
    data: &Path,
    database: Option<&str>,
    clock: &dyn Clock,
    serial_number: &str,
    reason: RevocationReason,
    wrong_details: &[DetailField],
) -> Result<ChangedCertificate, RevokeError> {
    let change = StateChange::revoke(reason, wrong_details.to_vec()).ok_or(RevokeError::WrongDetails)?;
    let serial_number = canonical_serial_number(serial_number);
    let storage = Storage::open(data, database).await.map_err(PortalError::from)?;
    let outcome = storage.change_state(&serial_number, &change, Actor::Authority, clock.now()).await;
    storage.close().await;
    let outcome = outcome.map_err(PortalError::from)?;
    match &outcome.changed {
        Changed::Now(status) => Ok(outcome.told(status)),
        Changed::Already(_) | Changed::AlreadyRevoked => Err(RevokeError::AlreadyRevoked),
        // Only a reinstatement asks for a suspension, and the staff may act on every certificate.
        Changed::NotSuspended(_) | Changed::SuspendedAnew | Changed::Unknown | Changed::NotPermitted => {
            Err(RevokeError::Unknown)
        }
    }
}

pub(crate) fn canonical_serial_number(typed: &str) -> String {
    typed.replace([':', ' '], "").to_lowercase().trim_start_matches('0').to_owned()
}

/// Everyone for whom a certificate was ordered, without CPR numbers. `database` as in [`crate::invite`].
///
/// # Errors
/// [`PortalError`] where the database fails.
pub async fn users(data: &Path, database: Option<&str>) -> Result<Vec<User>, PortalError> {
    let storage = Storage::open(data, database).await?;
    let users = storage.users().await?;
    storage.close().await;
    Ok(users)
}
