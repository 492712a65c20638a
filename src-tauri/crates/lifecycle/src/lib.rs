//! **Core, the hexagon.** The states of an employee certificate on this computer, and the use cases that move it
//! from one to the next.
//!
//! Knows: which step follows which, what must be true before a key is used, what is recorded together, and which
//! problem a person is told about. Must never know: tauri, tokio, an HTTP library, a keychain, a database, a file or a
//! clock. All of those are behind the traits in [`ports`].
//!
//! Start reading at [`Step`] (the states), then [`Guide`] (the use cases, one file each: `enrol.rs`, `review.rs`,
//! `sign.rs`, `suspend.rs`), then [`gate`] (the one door in front of every use of a key).

pub mod gate;
pub mod ports;

mod archive;
mod change_password;
mod diagnosis;
mod document_examination;
mod enrol;
mod error;
mod examination;
mod finding_text;
mod guide;
mod invitation;
mod journey;
mod key_use;
mod misuse;
mod policy;
mod preserve;
mod problem;
mod read_back;
mod reminder;
mod renew;
mod review;
mod revoke;
mod secret;
mod sign;
mod status;
mod suspend;
mod transfer;
mod use_log;
mod watch;

pub use archive::ArchivedDeclaration;
pub use diagnosis::{
    DiagnosedCertificate, Diagnosis, DiagnosisParts, DiagnosisProgress, JournalPart, NotAtHand, Obstacle, PortalPart,
    Probe, ProbeOutcome, ProbeTarget, diagnose,
};
pub use document_examination::{DocumentContent, DocumentExamination};
pub use enrol::Enrolled;
pub use error::{CertificateRejection, JourneyError};
pub use examination::{ChainLink, ChainRole, Examination, LinkState, examine};
pub use finding_text::{FindingText, finding_text, remedy_text};
pub use guide::{Guide, Progress, Settings, Stage};
pub use invitation::{
    EarlierCertificate, Invitation, InvitationInputError, InvitedSubject, LocalRegistrationAuthority, OnEarlier,
    OneTimeCode, ReferenceNumber,
};
pub use journey::{
    Acknowledgement, Active, Alarm, CertificateStanding, CertificateState, DeclarationEntry, Document, DocumentKind,
    HeldCertificate, Import, Invited, Issued, Journey, KeyId, KeyMade, KeyPlaceName, KeyPurpose, KeyReference, KeyUse,
    Origin, OutgoingDeclaration, RegisteredBy, Renewal, Reviewed, RevocationReason, Revoked, Signed, Step, Stopped,
    Suspended,
};
pub use misuse::{JudgedActivity, Judgement};
pub use policy::{KeyPlaceKind, POLICY_SCHEMA, Policy, PolicyError, PolicyKey, PolicySource, ProxyChoice};
pub use preserve::{Preservation, PreservationLevel};
pub use problem::{Language, ProblemCode, ProblemText};
pub use read_back::ReadBack;
pub use reminder::{REMINDER_DAYS, Reminder, Snoozed, is_working_time};
pub use renew::{RENEWAL_FROM, Renewed, renewal_is_due};
pub use review::{Answer, DetailAnswer};
pub use secret::{DeviceToken, Password, PasswordRejected, RevocationCode, Secret};
pub use sign::{AcceptedTerms, ChangedTerms};
pub use status::{Silence, SilenceCause, StatusUntold};
pub use transfer::employee_certificates;
pub use use_log::{LogHead, LoggedKeyUse, UseLog, UseLogChain, UseLogState};
pub use watch::Watched;
