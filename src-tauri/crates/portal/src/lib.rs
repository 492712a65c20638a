//! **Server.** The reference portal: the certification authority, enrolment over EST, certificate status over OCSP and
//! CRL, time-stamps, declarations with receipts, and the user database. It is also the practice portal that the app starts as its
//! child.
//!
//! Knows: HTTP, TLS, the database, the CA's own keys, CPR numbers (sealed). Must never know: employees' private keys,
//! the use cases of the app, its adapters. It shares with its clients the wire types of `portal-api` and nothing else.
//!
//! Start reading at [`PortalServer::start`], then follow a request: `http` (routes) → `http::caller` (who calls) →
//! the resource's module → `storage` (all SQL) and `certificate_authority` (all issuing). The staff's side is
//! [`invite`], [`users`], [`suspend`], [`reinstate`], [`revoke`] and [`issue_to_authority`], which work on the data folder
//! whether the portal runs or not.

mod administration;
mod certificate_authority;
mod clock;
mod configuration;
mod connection;
mod credential;
mod desk;
mod error;
mod host_name;
mod http;
mod invitation;
mod key_file;
mod local_registration_authority;
mod masking;
mod metrics;
mod ocsp;
mod operation;
mod personal_number;
mod portal;
mod proxy_protocol;
mod rate_limit;
mod retention;
mod revocation_lists;
mod server;
mod storage;
mod terms;
mod time_stamping;
mod tls;

pub use administration::{ReinstateError, RevokeError, SuspendError, reinstate, revoke, suspend, users};
pub use certificate_authority::{IssuanceError, PolicyArc};
pub use clock::{Clock, SystemClock};
pub use configuration::{
    CONFIGURATION_FILE, Configuration, ConfigurationError, ConfiguredLimits, ConfiguredProxies, DatabaseUrl, Log,
    LogFormat,
};
pub use connection::Limits;
pub use error::PortalError;
pub use host_name::{HostName, HostNameError};
pub use http::{openapi, openapi_json};
pub use invitation::{INVITATION_VALIDITY, InvitationOrder, InviteError, Invited, OrderRejected, invite};
pub use local_registration_authority::{
    AuthorityError, AuthorityOrder, IssuedToAuthority, authorities, issue_to_authority, withdraw_authority,
};
pub use personal_number::{KeyRotation, PersonalNumber, RotatedKey, rotate_personal_number_key};
pub use rate_limit::{ForwardedHeader, Rates, TrustedProxies};
pub use retention::{RETENTION, Retained, RetentionRun, audit, retain};
pub use server::{Deployment, PortalServer, RunningPortal, Settings};
pub use storage::{Audit, AuthorityCertificate, ChainBreak, ChainFault, ChainHead, ErasedCounts, StorageError, User};
pub use storage::{BackupError, Migrated, MigrationError, back_up, migrate};
