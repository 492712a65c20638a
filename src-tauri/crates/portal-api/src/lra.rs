//! What the local registration authority asks over mutual TLS, with a certificate of its own.

use crate::certificate::CertificateStatus;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A certificate of the local registration authority's own organisation. `GET /v1/lra/certificates/{serial}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateOfOrganisation {
    /// Its state.
    pub certificate: CertificateStatus,
    /// The employee's name in full.
    pub common_name: String,
    /// The employee's e-mail address at work.
    pub email: String,
    /// Name of the employer.
    pub organisation: String,
    /// From when on it is valid.
    pub not_before: DateTime<Utc>,
    /// Until when it is valid.
    pub not_after: DateTime<Utc>,
    /// What the computer is called that is registered for it, where one is.
    pub device_name: Option<String>,
    /// Serial number of the certificate that it renews, where it renews one.
    pub renews: Option<String>,
    /// The employee's other certificates from the same invitation: those that it renews and that renew it, the newest
    /// first.
    pub relatives: Vec<RelatedCertificate>,
}

/// A certificate that another one stands for, by renewal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RelatedCertificate {
    /// Its state.
    #[serde(flatten)]
    pub certificate: CertificateStatus,
    /// Serial number of the certificate that it renews, where it renews one.
    pub renews: Option<String>,
}

/// What came of an act of the local registration authority or the staff: the state as it was read back, and what the act
/// meant for the employee's other certificates. `POST /v1/lra/certificates/{serial}/{suspension,reinstatement,revocation}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangedCertificate {
    /// The state of the certificate that was named; where that was revoked before, of the one that is in use in its place.
    #[serde(flatten)]
    pub certificate: CertificateStatus,
    /// The certificates whose state changed with it: what an alarm reaches by renewal, and what a reinstatement gives back
    /// since it was suspended for an alarm about this certificate alone.
    pub changed_with_it: Vec<CertificateStatus>,
    /// The employee's other certificates that are suspended still. Each is reinstated for itself.
    pub still_suspended: Vec<CertificateStatus>,
}

/// Asks for the end of a suspension. `POST /v1/lra/certificates/{serial}/reinstatement`; the body may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReinstatementRequest {
    /// Since when the suspension is that was judged ([`CertificateStatus::since`]): a later one is not lifted. So a request
    /// that is sent again does not take back an alarm that was raised meanwhile.
    #[serde(default)]
    pub suspended_since: Option<DateTime<Utc>>,
}
