//! What the local registration authority ordered, as the invited employee may see it.

use crate::certificate::CertificateState;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An invitation, after reference number and code were right. `GET /v1/invitation` with HTTP Basic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitationView {
    /// The reference number, in its canonical form.
    pub reference: String,
    /// From when on the invitation no longer works.
    pub expires_at: DateTime<Utc>,
    /// Whom the certificate will name.
    pub subject: OrderedSubject,
    /// Whom to call.
    pub authority: LocalRegistrationAuthority,
    /// The same person's other certificates with this employer that are neither revoked nor expired: the newest first,
    /// at most [`EARLIER_LIMIT`].
    #[serde(default)]
    pub earlier: Vec<EarlierCertificate>,
}

/// Most certificates that [`InvitationView`] tells of.
pub const EARLIER_LIMIT: usize = 50;

/// A certificate that the invited employee has already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EarlierCertificate {
    /// Its serial number, lower-case hexadecimal.
    pub serial_number: String,
    /// Until when it is valid.
    pub not_after: DateTime<Utc>,
    /// Its state.
    pub state: CertificateState,
    /// The name of the computer that it is registered for, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
    /// When that computer was registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_at: Option<DateTime<Utc>>,
}

/// The subject as the local registration authority ordered it; the CA takes it from here, never from the
/// certification request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderedSubject {
    /// Given name or names.
    pub given_name: String,
    /// Surname.
    pub surname: String,
    /// Name in full, as the certificate's common name.
    pub common_name: String,
    /// E-mail address at work.
    pub email: String,
    /// Name of the employer.
    pub organisation: String,
    /// The employer's CVR number, eight digits.
    pub cvr: String,
}

/// The employer's local registration authority: the one whom the employee calls when something is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LocalRegistrationAuthority {
    /// Its name, e.g. that of the IT department.
    pub name: String,
    /// Its telephone number, where it is known.
    pub phone: Option<String>,
    /// Its e-mail address, where it is known.
    pub email: Option<String>,
}

/// A made-up invitation to practise with. `POST /v1/practice/invitations`, on practice portals only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PracticeInvitation {
    /// The reference number.
    pub reference: String,
    /// The one-time code, which a real invitation sends by another channel.
    pub code: String,
    /// From when on the invitation no longer works.
    pub expires_at: DateTime<Utc>,
}
