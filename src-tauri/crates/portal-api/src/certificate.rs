//! The certificate's state at the portal, and what can be asked of it.

use crate::invitation::LocalRegistrationAuthority;
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
    /// The accepted declaration, once there is one: for a renewed certificate that of the certificate which it renews,
    /// where the terms are still those in force.
    pub declaration: Option<DeclarationStatus>,
    /// True where the portal waits for a declaration of this certificate.
    #[serde(default)]
    pub declaration_needed: bool,
    /// What was lately done with the certificate, with the one that it renews and with those that renew it: newest
    /// first, at most [`ACTIVITY_LIMIT`]. Of a revoked certificate only what was done with it until then.
    #[serde(default)]
    pub activities: Vec<Activity>,
}

/// Most activities that [`Me`] tells of.
pub const ACTIVITY_LIMIT: usize = 50;

/// Longest name by which a client calls itself in an [`Activity`], in characters; the rest is cut off.
pub const AGENT_LIMIT: usize = 120;

/// Something that was done with a certificate's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Activity {
    /// Names it, for good.
    pub id: Uuid,
    /// When, by the portal's clock.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: ActivityKind,
    /// The IP address that it came from.
    pub address: String,
    /// The app or browser as it called itself (`User-Agent`), without control characters; empty where it did not.
    pub agent: String,
    /// From which computer.
    pub device: ActivityDevice,
    /// The declaration that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Uuid>,
}

/// What was done with a certificate's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ActivityKind {
    /// Logged in.
    LogIn,
    /// Submitted a declaration, or asked for its receipt again.
    Declaration,
    /// Registered a computer.
    DeviceRegistration,
    /// Asked for the next certificate.
    Renewal,
    /// Asked for revocation.
    Revocation,
}

/// From which computer something was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ActivityDevice {
    /// It showed the token of the registered computer of this name.
    Registered(String),
    /// It showed no token that is in use for this employee's certificates.
    Unregistered,
}

/// A log-in. `POST /v1/session` over mutual TLS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Name in full.
    pub common_name: String,
    /// When.
    pub logged_in_at: DateTime<Utc>,
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

/// Longest name of a computer, in characters.
pub const DEVICE_NAME_LIMIT: usize = 64;

/// Most certificates that one registration supersedes.
pub const SUPERSEDED_LIMIT: usize = 50;

/// What this computer tells of itself. `PUT /v1/certificates/{serial}/device` over mutual TLS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceRegistrationRequest {
    /// What people call it: 1 to [`DEVICE_NAME_LIMIT`] characters that can be printed.
    #[schema(min_length = 1, max_length = 64)]
    pub device_name: String,
    /// Serial numbers of earlier certificates of the same person, at most [`SUPERSEDED_LIMIT`]; they are revoked
    /// (`superseded`) in the instant in which this one becomes active. Replaces what was said before.
    #[schema(max_items = 50)]
    #[serde(default)]
    pub supersedes: Vec<String>,
}

/// What this computer is given for its certificate: the answer to a [`DeviceRegistrationRequest`].
/// Asking again replaces both secrets: the old ones are good for suspension alone from then on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceRegistration {
    /// The device token: 32 random bytes, Base64url without padding. The portal keeps only its hash.
    pub device_token: String,
    /// The revocation code, for suspending and revoking without this computer. Shown once; the portal keeps only its
    /// hash.
    pub revocation_code: String,
    /// The reference number that goes with the revocation code.
    pub reference: String,
    /// Whom to call.
    pub authority: LocalRegistrationAuthority,
}

/// Asks for revocation. `POST /v1/certificates/{serial}/revocation`, and `POST /v1/revocation` with HTTP Basic. Asking
/// again for the same reason is answered as the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevocationRequest {
    /// Why.
    pub reason: RevocationReason,
    /// Which details were wrong, each once; only with [`RevocationReason::WrongDetails`], and then at least one where a
    /// device token asks.
    #[serde(default)]
    pub wrong_details: Vec<DetailField>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_activity_is_written_as_the_contract_has_it() {
        let json = r#"{"id":"00000000-0000-0000-0000-000000000009","at":"2026-11-24T12:00:00Z","kind":"log-in","address":"192.0.2.7","agent":"Firefox","device":"unregistered"}"#;
        let mut activity: Activity = serde_json::from_str(json).expect("an activity");
        assert_eq!(activity.device, ActivityDevice::Unregistered);
        assert_eq!(serde_json::to_string(&activity).expect("JSON"), json);
        activity.device = ActivityDevice::Registered("Øvelsesplads 7".into());
        let json = serde_json::to_value(&activity).expect("JSON");
        assert_eq!(json["device"], serde_json::json!({ "registered": "Øvelsesplads 7" }));
    }

    #[test]
    fn what_a_portal_of_yesterday_says_of_the_caller_can_still_be_read() {
        let json = r#"{"common_name":"Øvebruger Eksempel","organisation":"Øvelseskommune Å","declaration":null,
            "certificate":{"serial_number":"1f","state":"active","reason":null,"since":"2026-11-24T12:00:00Z"}}"#;
        let me: Me = serde_json::from_str(json).expect("the caller");
        assert!(!me.declaration_needed && me.activities.is_empty());
    }
}
