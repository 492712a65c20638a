//! The certificate's state at the portal, and what can be asked of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The state of a certificate at the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateState {
    /// Issued; waits for the employee's declaration. Gives no access yet.
    AwaitingDeclaration,
    /// Declared: log-in is open.
    Active,
    /// Suspended (`certificateHold`, [RFC 5280 §5.3.1]): log-in is closed until the LRA reinstates it.
    Suspended,
    /// Revoked, for good.
    Revoked,
}

/// Why a certificate is revoked; each maps to a reason of [RFC 5280 §5.3.1].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationReason {
    /// A detail in the certificate was wrong on receipt: `superseded` (4).
    WrongDetails,
    /// The key is or may be in other hands: `keyCompromise` (1).
    KeyCompromise,
    /// Name, e-mail address or organisation has changed: `affiliationChanged` (3).
    AffiliationChanged,
    /// A new certificate took its place: `superseded` (4).
    Superseded,
    /// The employee no longer needs it: `cessationOfOperation` (5).
    CessationOfOperation,
}

/// A detail of the certificate that the employee checks on receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DetailField {
    /// The employee's name.
    Name,
    /// The employer's name.
    Organisation,
    /// The employer's CVR number.
    Cvr,
    /// The employee id (`UI:DK-E:…` or RID).
    EmployeeId,
    /// The e-mail address.
    Email,
    /// Who issued the certificate.
    Issuer,
    /// From when and until when it is valid.
    Validity,
    /// What it is for.
    Purpose,
}

/// The state of one certificate, as read at the portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateStatus {
    /// The certificate's serial number, lower-case hexadecimal without leading zeros or separators.
    pub serial_number: String,
    /// Its state.
    pub state: CertificateState,
    /// Why it is revoked, where it is.
    pub reason: Option<RevocationReason>,
    /// Since when it is in this state.
    pub since: DateTime<Utc>,
}

/// What the portal knows about the caller. `GET /v1/me` with the device token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// Name in full.
    pub common_name: String,
    /// Name of the employer.
    pub organisation: String,
    /// The certificate that the token is bound to.
    pub certificate: CertificateStatus,
    /// The accepted declaration, once there is one.
    pub declaration: Option<DeclarationStatus>,
}

/// A declaration that the portal has accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeclarationStatus {
    /// The declaration's id (UUIDv7).
    pub id: Uuid,
    /// SHA-256 over the submitted bytes, lower-case hexadecimal.
    pub sha256: String,
    /// When the portal accepted it.
    pub accepted_at: DateTime<Utc>,
}

/// What this computer is given for its certificate. `PUT /v1/certificates/{serial}/device` over mutual TLS.
/// Asking again replaces both secrets: the old ones no longer work.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceRegistration {
    /// The device token: 32 random bytes, Base64url without padding. The portal keeps only its hash.
    pub device_token: String,
    /// The revocation code, for suspending without this computer. Shown once; the portal keeps only its hash.
    pub revocation_code: String,
}

/// Asks for revocation. `POST /v1/certificates/{serial}/revocation`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevocationRequest {
    /// Why.
    pub reason: RevocationReason,
    /// Which details were wrong; only with [`RevocationReason::WrongDetails`], and then at least one.
    #[serde(default)]
    pub wrong_details: Vec<DetailField>,
}
