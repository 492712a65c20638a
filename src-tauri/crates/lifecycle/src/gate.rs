//! The one gate in front of every use of a private key.
//!
//! A [`Permit`] cannot be made anywhere else, and no key store opens a key without one: so no key is used before,
//! during or after a time at which the declaration forbids it ("not-outside-validity" in the terms).

use crate::journey::{Issued, KeyId, KeyPurpose, Step};
use crate::policy::Policy;
use chrono::{DateTime, Utc};
use pki::{CLOCK_SKEW_TOLERANCE, CertificateState, CertificateStatus};
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

/// Leave to encrypt one key anew under another password. No key store opens a key for use with it, so that it is given
/// whatever the certificate's status and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordChangePermit {
    key: KeyId,
}

impl PasswordChangePermit {
    /// Which key.
    #[must_use]
    pub fn key(&self) -> KeyId {
        self.key
    }
}

/// Leave to hand out a copy of one key, where the organisation's policy allows that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportPermit {
    key: KeyId,
}

impl ExportPermit {
    /// Which key.
    #[must_use]
    pub fn key(&self) -> KeyId {
        self.key
    }
}

/// The same for the next certificate's key, while that is on its way: it opens with the same password.
#[must_use]
pub fn permit_next_password_change(step: &Step) -> Option<PasswordChangePermit> {
    step.next_key().map(|key| PasswordChangePermit { key: key.id })
}

/// What the portal said of the time, and what this computer's clock showed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortalTime {
    /// The portal's time ([RFC 9110 §6.6.1]), heard over its TLS.
    pub said: DateTime<Utc>,
    /// This computer's time when that was heard.
    pub heard_at: DateTime<Utc>,
}

impl PortalTime {
    /// Whether this computer's clock can show `at`: it agreed with the portal's when that was heard, and has not been
    /// put back behind it since.
    #[must_use]
    pub fn makes_plausible(&self, at: DateTime<Utc>) -> bool {
        (self.heard_at - self.said).abs() <= CLOCK_SKEW_TOLERANCE && at >= self.said - CLOCK_SKEW_TOLERANCE
    }
}

/// What is known when leave to use the key is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The status that the certificate's issuer has proven.
    pub status: CertificateStatus,
    /// What the portal said of the time, where it has said anything.
    pub portal_time: Option<PortalTime>,
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
    /// This computer's clock and the portal's do not agree, so that no validity period can be told.
    #[error("the clock shows {here} where the portal has {portal}")]
    ClockImplausible {
        /// The portal's time.
        portal: DateTime<Utc>,
        /// This computer's time.
        here: DateTime<Utc>,
    },
    /// The organisation's policy does not allow it.
    #[error("the organisation's policy does not allow it")]
    ForbiddenByPolicy,
    /// The details of the certificate are still to be checked.
    #[error("the details of the certificate are still to be checked")]
    DetailsUnchecked,
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

/// Leave to change the password of the journey's key: wherever there is one. Who fears for the password must be able to
/// change it also while the certificate is suspended.
///
/// # Errors
/// [`GateClosed::NotInThisStep`] where there is no key yet.
pub fn permit_password_change(step: &Step) -> Result<PasswordChangePermit, GateClosed> {
    let key = step.key().ok_or(GateClosed::NotInThisStep)?;
    Ok(PasswordChangePermit { key: key.id })
}

/// Leave to copy the journey's key into a file: only where the organisation's policy allows that, and only of a
/// certificate that may be used.
///
/// # Errors
/// [`GateClosed::ForbiddenByPolicy`], and as [`permit`].
pub fn permit_export(
    step: &Step,
    at: DateTime<Utc>,
    evidence: &Evidence,
    policy: &Policy,
) -> Result<ExportPermit, GateClosed> {
    if !policy.export_allowed() {
        return Err(GateClosed::ForbiddenByPolicy);
    }
    Ok(ExportPermit { key: permit(step, KeyPurpose::KeyExport, at, evidence)?.key })
}

/// Leave to use a new key for `purpose`, of a certificate that is to take the place of the journey's: to register it.
///
/// # Errors
/// [`GateClosed`] as for a certificate in use.
pub(crate) fn permit_next(
    step: &Step,
    next: &Issued,
    at: DateTime<Utc>,
    evidence: &Evidence,
) -> Result<Permit, GateClosed> {
    match step {
        Step::Active(_) => {}
        Step::Suspended(_) => return Err(GateClosed::Suspended),
        Step::Stopped(_) | Step::Revoked(_) => return Err(GateClosed::Revoked),
        Step::Invited(_) | Step::KeyMade(_) | Step::Issued(_) | Step::Reviewed(_) | Step::Signed(_) => {
            return Err(GateClosed::NotInThisStep);
        }
    }
    permit(&Step::Issued(next.clone()), KeyPurpose::DeviceRegistration, at, evidence)
}

/// Leave to use the journey's key for `purpose` at the time `at`, given the `evidence` of the certificate's status and of
/// the time.
///
/// # Errors
/// [`GateClosed`] where the step, the local lock, the clock, the validity period or the status forbids it.
pub fn permit(step: &Step, purpose: KeyPurpose, at: DateTime<Utc>, evidence: &Evidence) -> Result<Permit, GateClosed> {
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
    let unchecked = matches!(step, Step::Active(state) if state.details_to_check);
    if unchecked && matches!(purpose, KeyPurpose::Renewal | KeyPurpose::KeyExport | KeyPurpose::DeclarationSignature) {
        return Err(GateClosed::DetailsUnchecked);
    }
    plausible(evidence.portal_time.as_ref(), at)?;
    within_validity(issued, at)?;
    good(&evidence.status, at)?;
    Ok(Permit { key: issued.key.id, purpose, at })
}

fn purpose_fits(step: &Step, purpose: KeyPurpose) -> bool {
    match purpose {
        // Each has a way of its own.
        KeyPurpose::CertificationRequest | KeyPurpose::PasswordChange | KeyPurpose::KeyImport => false,
        // In use it is registered anew for a new revocation code.
        KeyPurpose::DeviceRegistration => matches!(step, Step::Issued(_) | Step::Active(_)),
        // While the certificate is in use: of terms that have come into force since.
        KeyPurpose::DeclarationSignature => match step {
            Step::Reviewed(_) => true,
            Step::Active(state) => state.asks_for_new_declaration(),
            Step::Invited(_)
            | Step::KeyMade(_)
            | Step::Issued(_)
            | Step::Signed(_)
            | Step::Suspended(_)
            | Step::Stopped(_)
            | Step::Revoked(_) => false,
        },
        KeyPurpose::DeclarationSubmission => matches!(step, Step::Signed(_)),
        KeyPurpose::Renewal | KeyPurpose::KeyExport => matches!(step, Step::Active(_)),
        KeyPurpose::Revocation => {
            matches!(step, Step::Issued(_) | Step::Reviewed(_) | Step::Signed(_) | Step::Active(_))
        }
    }
}

/// Whether this computer's clock can show `at`, given what the portal said of the time.
pub(crate) fn plausible(portal_time: Option<&PortalTime>, at: DateTime<Utc>) -> Result<(), GateClosed> {
    match portal_time {
        Some(time) if !time.makes_plausible(at) => {
            // Where they agreed when they were compared, the clock has been put back since.
            let agreed = (time.heard_at - time.said).abs() <= CLOCK_SKEW_TOLERANCE;
            Err(GateClosed::ClockImplausible { portal: time.said, here: if agreed { at } else { time.heard_at } })
        }
        Some(_) | None => Ok(()),
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
pub(crate) fn within_validity(issued: &Issued, at: DateTime<Utc>) -> Result<(), GateClosed> {
    let certificate = &issued.held.certificate;
    if at < certificate.not_before() {
        return Err(GateClosed::NotYetValid { not_before: certificate.not_before() });
    }
    if at > certificate.not_after() {
        return Err(GateClosed::Expired { not_after: certificate.not_after() });
    }
    Ok(())
}
