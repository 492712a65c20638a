//! The one gate in front of every use of a private key.
//!
//! A [`Permit`] cannot be made anywhere else, and no key store opens a key without one: so no key is used before,
//! during or after a time at which the declaration forbids it ("not-outside-validity" in the terms).

use crate::journey::{Issued, KeyId, KeyPurpose, Step};
use chrono::{DateTime, Utc};
use pki::{CertificateState, CertificateStatus};
use thiserror::Error;

/// Leave to use one key for one act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    key: KeyId,
    purpose: KeyPurpose,
    at: DateTime<Utc>,
}

impl Permit {
    /// Which key.
    #[must_use]
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// For which act.
    #[must_use]
    pub fn purpose(&self) -> KeyPurpose {
        self.purpose
    }

    /// When it was given.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }
}

/// Why the gate stays shut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GateClosed {
    /// The certificate is not valid yet.
    #[error("the certificate is valid from {not_before}")]
    NotYetValid {
        /// From when on it is.
        not_before: DateTime<Utc>,
    },
    /// The certificate is no longer valid.
    #[error("the certificate was valid until {not_after}")]
    Expired {
        /// Until when it was.
        not_after: DateTime<Utc>,
    },
    /// Locked on this computer on suspicion of misuse.
    #[error("the certificate is suspended")]
    Suspended,
    /// The issuer does not know the certificate.
    #[error("the issuer does not know the certificate")]
    StatusUnknown,
    /// What the issuer said of the status may no longer be relied on.
    #[error("the status was known until {next_update}")]
    StatusStale {
        /// Until when it could be relied on.
        next_update: DateTime<Utc>,
    },
    /// Revoked, or stopped by a wrong detail.
    #[error("the certificate is revoked")]
    Revoked,
    /// This state of the journey has no use for the key.
    #[error("the key is not used in this step")]
    NotInThisStep,
}

/// Leave to prove possession of a new key in a certification request. There is no certificate yet whose validity or
/// status could forbid it.
#[must_use]
pub fn permit_certification_request(key: KeyId, at: DateTime<Utc>) -> Permit {
    Permit { key, purpose: KeyPurpose::CertificationRequest, at }
}

/// Leave to use the journey's key for `purpose` at the time `at`, given the `status` that the certificate's issuer has
/// proven.
///
/// # Errors
/// [`GateClosed`] where the step, the local lock, the validity period or the status forbids it.
pub fn permit(
    step: &Step,
    purpose: KeyPurpose,
    at: DateTime<Utc>,
    status: &CertificateStatus,
) -> Result<Permit, GateClosed> {
    let issued = match step {
        Step::Invited(_) | Step::KeyMade(_) => return Err(GateClosed::NotInThisStep),
        Step::Suspended(_) => return Err(GateClosed::Suspended),
        Step::Stopped(_) | Step::Revoked(_) => return Err(GateClosed::Revoked),
        Step::Issued(issued) => issued,
        Step::Reviewed(state) => &state.issued,
        Step::Signed(state) => &state.issued,
        Step::Active(state) => &state.issued,
    };
    if !purpose_fits(step, purpose) {
        return Err(GateClosed::NotInThisStep);
    }
    within_validity(issued, at)?;
    good(status, at)?;
    Ok(Permit { key: issued.key.id, purpose, at })
}

fn purpose_fits(step: &Step, purpose: KeyPurpose) -> bool {
    match purpose {
        KeyPurpose::CertificationRequest => false,
        KeyPurpose::DeviceRegistration => matches!(step, Step::Issued(_)),
        KeyPurpose::DeclarationSignature => matches!(step, Step::Reviewed(_)),
        KeyPurpose::DeclarationSubmission => matches!(step, Step::Signed(_)),
    }
}

fn good(status: &CertificateStatus, at: DateTime<Utc>) -> Result<(), GateClosed> {
    if let Some(next_update) = status.next_update.filter(|next_update| *next_update < at) {
        return Err(GateClosed::StatusStale { next_update });
    }
    match status.state {
        CertificateState::Good => Ok(()),
        CertificateState::Unknown => Err(GateClosed::StatusUnknown),
        CertificateState::Suspended { .. } => Err(GateClosed::Suspended),
        CertificateState::Revoked { .. } => Err(GateClosed::Revoked),
    }
}

/// [RFC 5280 §4.1.2.5]: both ends belong to the period.
fn within_validity(issued: &Issued, at: DateTime<Utc>) -> Result<(), GateClosed> {
    let certificate = &issued.held.certificate;
    if at < certificate.not_before() {
        return Err(GateClosed::NotYetValid { not_before: certificate.not_before() });
    }
    if at > certificate.not_after() {
        return Err(GateClosed::Expired { not_after: certificate.not_after() });
    }
    Ok(())
}
