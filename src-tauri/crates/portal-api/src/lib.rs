//! **Contract.** The wire types that the portal and its clients share.
//!
//! Knows: JSON shapes, media types, header names, RFC 9457 problems. Must never know: databases, keys,
//! HTTP libraries, or anything of ours: this crate imports no other crate of the workspace.
//!
//! Start reading at [`Capabilities`], then follow the journey: [`InvitationView`] → EST (bytes, no JSON) →
//! [`DeviceRegistration`] → [`TermsInForce`] → the declaration (PDF bytes in, receipt PDF bytes out) → [`Me`].
//!
//! How a caller shows who it is:
//! - **HTTP Basic** with reference number and one-time code: `GET /v1/invitation`, EST `simpleenroll`
//!   ([RFC 7030 §3.2.3]).
//! - **Mutual TLS** with the employee certificate: `PUT /v1/certificates/{serial}/device`,
//!   `POST /v1/declarations`, `GET /v1/declarations/{id}/receipt`, `POST /v1/certificates/{serial}/revocation`,
//!   `POST /v1/session`, `GET /v1/directory`, `GET /v1/directory/me`, EST `simplereenroll` ([RFC 7030 §4.2.2]). With [`DEVICE`] it also shows that it is the
//!   registered computer; what is done without is told in [`Me`] as done by an unregistered one.
//! - **HTTP Basic** with reference number and revocation code: `POST /v1/suspension` and `POST /v1/revocation`, for
//!   those who are away from their computer.
//! - **Device token** (`Authorization: Bearer …`): `GET /v1/me`, `POST /v1/certificates/{serial}/suspension`, and
//!   `POST /v1/certificates/{serial}/revocation` only while the certificate still waits for its declaration and
//!   only with [`RevocationReason::WrongDetails`]; what is in use in its place is suspended then, not revoked.
//! - **Mutual TLS** with the certificate of a local registration authority: `GET /v1/lra/certificates/{serial}` and `POST`
//!   to `suspension`, `reinstatement` and `revocation` below it, for certificates of its own organisation alone. Nobody
//!   else reinstates over the network.
//!
//! Device token and revocation code end with the certificate that they were given for: they are answered with
//! [`ProblemKind::CertificateNotUsable`] after it, as the certificate itself is.

mod certificate;
mod directory;
mod invitation;
mod lra;
mod problem;
mod terms;

pub use certificate::{
    ACTIVITY_LIMIT, AGENT_LIMIT, Activity, ActivityDevice, ActivityKind, CertificateState, CertificateStatus,
    DEVICE_NAME_LIMIT, DeclarationStatus, DetailField, DeviceRegistration, DeviceRegistrationRequest, Me,
    RevocationReason, RevocationRequest, SUPERSEDED_LIMIT, Session,
};
pub use directory::{DIRECTORY_NAME_LIMIT, DIRECTORY_PAGE, DirectoryEntry, DirectoryPage, DirectoryQuery};
pub use invitation::{
    EARLIER_LIMIT, EarlierCertificate, InvitationView, LocalRegistrationAuthority, OrderedSubject, PracticeInvitation,
};
pub use lra::{CertificateOfOrganisation, ChangedCertificate, ReinstatementRequest, RelatedCertificate};
pub use problem::{PROBLEM_MEDIA_TYPE, PROBLEM_TYPE_PREFIX, Problem, ProblemKind};
pub use terms::{SignedTerms, TermsInForce, TermsReference};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Header that makes `POST /v1/declarations` safe to repeat: the declaration's id (UUIDv7, hyphenated).
pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// Header by which a client with a certificate shows the device token as well: that it is the registered computer.
pub const DEVICE: &str = "Certifikatguide-Device";

/// Largest declaration that the portal takes, in bytes (a declaration is about 60 kB).
pub const DECLARATION_LIMIT: usize = 2 * 1024 * 1024;

/// Largest certification request that the portal takes, in bytes of Base64 (an RSA 3072 request is about 1.2 kB).
pub const CERTIFICATION_REQUEST_LIMIT: usize = 32 * 1024;

/// Largest JSON body that either side takes, in bytes.
pub const JSON_LIMIT: usize = 256 * 1024;

/// Largest OCSP request that the portal takes, in bytes (a request for one certificate is about 100).
pub const OCSP_REQUEST_LIMIT: usize = 8 * 1024;

/// Largest request for a time-stamp that the portal takes, in bytes (one is about 60).
pub const TIME_STAMP_REQUEST_LIMIT: usize = 8 * 1024;

/// How long a TLS handshake, and after it the head of a request, may take, in seconds.
pub const HANDSHAKE_TIMEOUT_SECONDS: u64 = 10;

/// How long the portal takes over one request at most, the body's arrival included, in seconds.
pub const REQUEST_TIMEOUT_SECONDS: u64 = 60;

/// How many connections one listener serves at once; more wait.
pub const CONNECTION_LIMIT: usize = 512;

/// What this portal can do. `GET /v1/capabilities`, open to all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Capabilities {
    /// The portal's name as people know it.
    pub portal: String,
    /// True for a practice portal: its certificates give access to nothing.
    pub practice: bool,
    /// True where a certificate can be suspended (state `certificateHold`), and so reinstated.
    pub suspension: bool,
    /// True where `POST /tsa` gives time-stamps ([RFC 3161]) and receipts carry one; a portal of yesterday does not say so.
    #[serde(default)]
    pub time_stamps: bool,
    /// The terms that a new declaration must accept.
    pub terms: TermsReference,
    /// Telephone number of the portal's support.
    pub support_phone: String,
}

/// The one line of JSON that `portal serve` prints on standard output when it is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ready {
    /// Address of the portal, `https://host:port` without a trailing slash.
    pub portal: String,
    /// Address of the plain HTTP listener for OCSP, CRL and CA certificates (the one that certificates name).
    pub status: String,
    /// Path of the trust anchor, a PEM file.
    pub trust_anchor: String,
}
