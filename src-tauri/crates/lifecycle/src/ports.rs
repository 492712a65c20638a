//! What the use cases need from the world. Each trait has one real adapter and one fake in this crate's tests.

use crate::gate::{ExportPermit, PasswordChangePermit, Permit, PortalTime};
use crate::invitation::{Invitation, LocalRegistrationAuthority, OneTimeCode, ReferenceNumber};
use crate::journey::{
    CertificateState, Document, DocumentKind, Journey, KeyId, KeyPlaceName, KeyReference, KeyUse, OutgoingDeclaration,
    RevocationReason,
};
use crate::misuse::JudgedActivity;
use crate::preserve::Preservation;
use crate::secret::{DeviceToken, Password, RevocationCode};
use crate::use_log::{LogHead, UseLog};
use chrono::{DateTime, Utc};
use declaration::DetailField;
use declaration::terms::TermsDocument;
use pki::{Certificate, SigningKey};
use std::future::Future;
use std::sync::Arc;
use thiserror::Error;
use uuid::Uuid;

/// The place where private keys are kept. Calls may take seconds: adapters move them off the caller's thread.
pub trait KeyStore: Send + Sync {
    /// Which place this is. Its keys are opened here and nowhere else.
    fn place(&self) -> KeyPlaceName;

    /// What opens its keys.
    fn secret_kind(&self) -> KeySecret;

    /// Writes a secret of a real key's size, reads it back, compares and deletes it.
    fn probe(&self) -> impl Future<Output = Result<(), KeyStoreError>> + Send;

    /// Makes an RSA 3072 key named `id` and keeps it, encrypted under `password`; on a token, makes a key that never leaves it. Replaces nothing: `id` is new.
    fn create_key(
        &self,
        id: KeyId,
        password: &Password,
        at: DateTime<Utc>,
    ) -> impl Future<Output = Result<KeyReference, KeyStoreError>> + Send;

    /// Opens the key that `permit` names, for the one act that it permits.
    fn unlock(
        &self,
        permit: &Permit,
        password: &Password,
    ) -> impl Future<Output = Result<Arc<dyn SigningKey>, KeyStoreError>> + Send;

    /// Encrypts the key that `permit` names anew: `new` opens it from now on, and `old` no more. Whatever stops this
    /// before its end, one of the two opens the key.
    ///
    /// # Errors
    /// [`KeyStoreError::WrongPassword`] where `old` does not open it, [`KeyStoreError::PinOfToken`] where the place has
    /// no password of ours.
    fn change_password(
        &self,
        permit: &PasswordChangePermit,
        old: &Password,
        new: &Password,
    ) -> impl Future<Output = Result<(), KeyStoreError>> + Send;

    /// Takes the private key that belongs to `certificate` out of a container ([RFC 7292]) and keeps it as `id`,
    /// encrypted under `password`. Replaces nothing: `id` is new.
    ///
    /// # Errors
    /// [`KeyStoreError::ContainerLocked`], [`KeyStoreError::ContainerWithoutKey`], [`KeyStoreError::ContainerDamaged`]
    /// and [`KeyStoreError::KeyUnsuitable`] about the container; [`KeyStoreError::ImportIntoToken`] where the place
    /// only has keys that were made in it.
    fn import_key(
        &self,
        id: KeyId,
        container: &KeyContainer<'_>,
        certificate: &Certificate,
        password: &Password,
        at: DateTime<Utc>,
    ) -> impl Future<Output = Result<KeyReference, KeyStoreError>> + Send;

    /// The key that `permit` names, with its chain, the employee's certificate first, as a PKCS#12 container that
    /// `container_password` opens: PBES2 with PBKDF2 and AES-256 ([RFC 8018 §6.2]).
    ///
    /// # Errors
    /// [`KeyStoreError::ExportFromToken`] where keys never leave the place.
    fn export_key(
        &self,
        permit: &ExportPermit,
        password: &Password,
        chain: &[Certificate],
        container_password: &Password,
    ) -> impl Future<Output = Result<Vec<u8>, KeyStoreError>> + Send;

    /// Keeps the head of the use log beside a key; replaces an older one. It is deleted with the key.
    fn store_log_head(&self, id: KeyId, head: &LogHead) -> impl Future<Output = Result<(), KeyStoreError>> + Send;

    /// The head of the use log that was kept beside a key; `None` where none was.
    fn log_head(&self, id: KeyId) -> impl Future<Output = Result<Option<LogHead>, KeyStoreError>> + Send;

    /// Whether the key is there. Asks for no password, and opens nothing.
    fn holds_key(&self, id: KeyId) -> impl Future<Output = Result<bool, KeyStoreError>> + Send;

    /// Deletes the key and its device token. Succeeds where there is none.
    fn delete_key(&self, id: KeyId) -> impl Future<Output = Result<(), KeyStoreError>> + Send;

    /// Keeps the device token that belongs to a key; replaces an older one.
    fn store_device_token(
        &self,
        id: KeyId,
        token: &DeviceToken,
    ) -> impl Future<Output = Result<(), KeyStoreError>> + Send;

    /// Reads the device token that belongs to a key.
    ///
    /// # Errors
    /// [`KeyStoreError::Missing`] where there is none.
    fn device_token(&self, id: KeyId) -> impl Future<Output = Result<DeviceToken, KeyStoreError>> + Send;
}

/// A PKCS#12 container from outside, and what opens it.
pub struct KeyContainer<'a> {
    /// Its bytes, DER or BER.
    pub bytes: &'a [u8],
    /// Its own password.
    pub password: &'a Password,
}

/// What opens the keys of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySecret {
    /// The employee's own password: judged here when a key is made, and its wrong tries are counted here.
    Password,
    /// The PIN of a token: the token judges it, counts its wrong tries, and locks itself.
    Pin,
}

/// Why the keychain, or the token, did not do what was asked.
#[derive(Debug, Error)]
pub enum KeyStoreError {
    /// There is no keychain: no service answers.
    #[error("no keychain answers: {0}")]
    Absent(Box<str>),
    /// The keychain is locked, and the person did not unlock it.
    #[error("the keychain is locked")]
    Locked,
    /// The keychain lost what was written, or gave other bytes back.
    #[error("the keychain does not keep what is written to it: {0}")]
    Unreliable(Box<str>),
    /// The keychain takes no secret of a key's size.
    #[error("the keychain takes no secret of this size")]
    TooSmall,
    /// There is no such key or token in the keychain.
    #[error("the keychain holds no such secret")]
    Missing,
    /// The password does not open the key.
    #[error("the password does not open the key")]
    WrongPassword,
    /// What the keychain holds is not a key of ours.
    #[error("what the keychain holds is not a key: {0}")]
    Damaged(Box<str>),
    /// The key could not be made or used.
    #[error("the key could not be made or used: {0}")]
    Failed(Box<str>),
    /// The token is not in the computer, or was taken out.
    #[error("the token is not there: {0}")]
    TokenAbsent(Box<str>),
    /// The module (PKCS#11) that speaks to tokens is missing or does not work.
    #[error("the token cannot be spoken to: {0}")]
    TokenModule(Box<str>),
    /// That many tokens answer to the address.
    #[error("{0} tokens answer to this address: the serial number has to tell which")]
    TokenAmbiguous(usize),
    /// The PIN is wrong.
    #[error("the PIN is wrong")]
    PinWrong {
        /// One more wrong one locks it, as far as the token tells.
        last_try: bool,
    },
    /// The PIN is locked by wrong tries.
    #[error("the token's PIN is locked")]
    PinLocked,
    /// The token has no PIN yet.
    #[error("the token has no PIN yet")]
    PinNotSet,
    /// The PIN has to be changed before it is used.
    #[error("the token's PIN has to be changed before it is used")]
    PinToBeChanged,
    /// What opens the key is the token's own PIN, which is not changed here.
    #[error("the PIN is the token's own, and is not changed here")]
    PinOfToken,
    /// Nothing can be written to the token.
    #[error("the token takes nothing new: it is write-protected")]
    TokenWriteProtected,
    /// The token has no room for a key.
    #[error("the token has no room for a key")]
    TokenFull,
    /// The token does not make such keys.
    #[error("the token does not make such keys: {0}")]
    TokenUnsuitable(Box<str>),
    /// The container's own password is wrong.
    #[error("the password does not open the container")]
    ContainerLocked,
    /// The container holds no private key for the certificate.
    #[error("the container holds no private key for the certificate")]
    ContainerWithoutKey,
    /// The container cannot be read.
    #[error("the container cannot be read: {0}")]
    ContainerDamaged(Box<str>),
    /// The key is not of a kind that is used here.
    #[error("the key is not of a kind that is used here: {0}")]
    KeyUnsuitable(Box<str>),
    /// A token only has keys that were made on it.
    #[error("a key that was in a file is not put on a token")]
    ImportIntoToken,
    /// A key on a token never leaves it.
    #[error("a key on a token never leaves it")]
    ExportFromToken,
}

/// Who calls the portal, where a call needs a certificate: the key and its certificate chain, the employee's first.
pub struct ClientIdentity {
    /// The unlocked key.
    pub key: Arc<dyn SigningKey>,
    /// The chain.
    pub chain: Vec<Certificate>,
    /// What shows the portal that this is the registered computer; `None` before it is registered.
    pub device_token: Option<DeviceToken>,
}

/// What this computer tells of itself when it is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRegistration {
    /// What people call it: 1 to 64 characters that can be printed.
    pub device_name: String,
    /// Serial numbers of the employee's earlier certificates that are revoked once this one is in use.
    pub supersedes: Vec<String>,
}

/// What the portal gives a computer that it has registered.
pub struct RegisteredDevice {
    /// The device token.
    pub token: DeviceToken,
    /// The revocation code, to be shown once.
    pub revocation_code: RevocationCode,
    /// The reference number that goes with the revocation code.
    pub reference: ReferenceNumber,
    /// Whom to call.
    pub authority: LocalRegistrationAuthority,
}

/// The largest revocation list that is fetched to learn of a status, in bytes: twice what a million entries take.
pub const LARGEST_REVOCATION_LIST: usize = 64 * 1024 * 1024;

/// The portal. Each call is one request; retrying is the adapter's where repeating is harmless, else the caller's.
pub trait Portal: Send + Sync {
    /// The portal's address, as people may see it.
    fn address(&self) -> &str;

    /// Opens an invitation.
    fn invitation(
        &self,
        reference: &ReferenceNumber,
        code: &OneTimeCode,
    ) -> impl Future<Output = Result<Invitation, PortalError>> + Send;

    /// EST `simpleenroll` ([RFC 7030 §4.2]): DER certification request in, certificates out, the employee's first.
    fn simple_enroll(
        &self,
        reference: &ReferenceNumber,
        code: &OneTimeCode,
        certification_request: &[u8],
    ) -> impl Future<Output = Result<Vec<Certificate>, PortalError>> + Send;

    /// EST `simplereenroll` ([RFC 7030 §4.2.2]): DER certification request of a new key in, certificates out, the
    /// employee's first.
    fn simple_reenroll(
        &self,
        identity: &ClientIdentity,
        certification_request: &[u8],
    ) -> impl Future<Output = Result<Vec<Certificate>, PortalError>> + Send;

    /// Registers this computer for the certificate; replaces what was given before.
    fn register_device(
        &self,
        identity: &ClientIdentity,
        registration: &DeviceRegistration,
    ) -> impl Future<Output = Result<RegisteredDevice, PortalError>> + Send;

    /// The terms in force, one entry a language, with the portal's signatures still to be verified.
    fn terms_in_force(&self) -> impl Future<Output = Result<Vec<UnverifiedTerms>, PortalError>> + Send;

    /// Submits a signed declaration; the receipt's PDF comes back. Safe to repeat with the same declaration.
    fn submit_declaration(
        &self,
        identity: &ClientIdentity,
        declaration: &OutgoingDeclaration,
    ) -> impl Future<Output = Result<Vec<u8>, PortalError>> + Send;

    /// Asks the portal's time-stamping authority: DER `TimeStampReq` in, what came back out, not verified
    /// ([RFC 3161 §3.4]).
    fn time_stamp(&self, request: &[u8]) -> impl Future<Output = Result<Vec<u8>, PortalError>> + Send;

    /// Asks `responder` for the status of a certificate: DER `OCSPRequest` in, what came back out, not verified
    /// ([RFC 6960 §A.1]).
    fn ocsp_response(
        &self,
        responder: Responder<'_>,
        request: &[u8],
    ) -> impl Future<Output = Result<StatusReply, PortalError>> + Send;

    /// Fetches the revocation list at an address that a certificate names ([RFC 5280 §4.2.1.13]): DER, not verified.
    ///
    /// # Errors
    /// [`PortalError::Unusable`] where it has more than `largest` bytes; no more of it is read then.
    fn revocation_list(
        &self,
        address: &str,
        largest: usize,
    ) -> impl Future<Output = Result<Vec<u8>, PortalError>> + Send;

    /// Asks whether the portal is there, and what time it has there; `None` where it does not say
    /// ([RFC 9110 §6.6.1]).
    fn date(&self) -> impl Future<Output = Result<Option<DateTime<Utc>>, PortalError>> + Send;

    /// The proxy through which `address` is reached, `host:port`; `None` where there is none in between.
    fn proxy_for(&self, address: &str) -> Option<String>;

    /// Asks whether a proxy, as [`Portal::proxy_for`] names it, takes connections.
    fn reach_proxy(&self, proxy: &str) -> impl Future<Output = Result<(), PortalError>> + Send;

    /// Reads the certificate's state with the device token.
    fn certificate_state(&self, token: &DeviceToken)
    -> impl Future<Output = Result<ReportedState, PortalError>> + Send;

    /// Asks for suspension with the device token. Succeeds where it is suspended already.
    fn suspend(&self, token: &DeviceToken, serial_number: &str)
    -> impl Future<Output = Result<(), PortalError>> + Send;

    /// Asks for suspension without the key and without its computer. Succeeds where it is suspended already.
    fn suspend_by_code(
        &self,
        reference: &ReferenceNumber,
        code: &RevocationCode,
    ) -> impl Future<Output = Result<StateByCode, PortalError>> + Send;

    /// Revokes the certificate, for good.
    fn revoke(
        &self,
        identity: &ClientIdentity,
        serial_number: &str,
        reason: RevocationReason,
    ) -> impl Future<Output = Result<(), PortalError>> + Send;

    /// Revokes the certificate without the key and without its computer, for good.
    fn revoke_by_code(
        &self,
        reference: &ReferenceNumber,
        code: &RevocationCode,
        reason: RevocationReason,
    ) -> impl Future<Output = Result<StateByCode, PortalError>> + Send;

    /// Reports wrong details with the device token; the portal revokes the certificate.
    fn revoke_for_wrong_details(
        &self,
        token: &DeviceToken,
        serial_number: &str,
        wrong: &[DetailField],
    ) -> impl Future<Output = Result<(), PortalError>> + Send;
}

/// Who is asked for the status of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Responder<'a> {
    /// The portal's own responder, over the portal's TLS.
    Portal,
    /// The responder at an address that the certificate names ([RFC 5280 §4.2.2.1]), as a rule over plain HTTP.
    Named(&'a str),
}

/// What came back from a responder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReply {
    /// DER `OCSPResponse`, not verified.
    pub response: Vec<u8>,
    /// What time the portal has; only where it came over the portal's TLS.
    pub portal_date: Option<DateTime<Utc>>,
}

/// What proves a status: kept for as long as it may be relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusEvidence {
    /// A DER `OCSPResponse`.
    Ocsp(Vec<u8>),
    /// A DER `CertificateList`.
    RevocationList(Vec<u8>),
}

/// The latest answer about the status of a journey's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptStatus {
    /// The answer.
    pub evidence: StatusEvidence,
    /// The instant at which it was known to be correct: no earlier one takes its place.
    pub this_update: DateTime<Utc>,
    /// What time the portal had, when it was last heard.
    pub portal_time: Option<PortalTime>,
}

/// A journey that this computer remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedJourney {
    /// The journey.
    pub journey: Journey,
    /// False where it was given up.
    pub under_way: bool,
}

/// The certificate's state as the portal reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedState {
    /// Serial number of the certificate that the token is bound to, lower-case hexadecimal.
    pub serial_number: String,
    /// The state.
    pub state: CertificateState,
    /// Since when.
    pub since: DateTime<Utc>,
    /// True where the portal waits for a declaration of this certificate.
    pub declaration_needed: bool,
    /// The declaration that it has, where it has one.
    pub declaration: Option<ReportedDeclaration>,
    /// What was lately done with the certificate, as far as the portal knows: newest first, at most
    /// [`Activity::MOST`].
    pub activities: Vec<Activity>,
}

/// A declaration that the portal has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedDeclaration {
    /// Its id.
    pub id: Uuid,
    /// SHA-256 over the signed PDF, lower-case hexadecimal.
    pub sha256: String,
    /// When the portal accepted it.
    pub accepted_at: DateTime<Utc>,
}

/// What a reference number and its revocation code led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateByCode {
    /// Serial number of the certificate, lower-case hexadecimal.
    pub serial_number: String,
    /// The state.
    pub state: CertificateState,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// Something that was done with the certificate's key at the portal.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Activity {
    /// Names it at the portal.
    pub id: Uuid,
    /// When, by the portal's clock.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: ActivityKind,
    /// The IP address that it came from.
    pub address: String,
    /// The app or browser, as it called itself.
    pub agent: String,
    /// From which computer.
    pub device: ActivityDevice,
    /// The declaration that it is about.
    pub document: Option<Uuid>,
}

impl Activity {
    /// Most that a portal tells of.
    pub const MOST: usize = 50;
}

/// What was done with the certificate's key at the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActivityDevice {
    /// It showed the token of the registered computer of this name.
    Registered(String),
    /// It showed none.
    Unregistered,
}

/// Terms as they came from the portal.
pub struct UnverifiedTerms {
    /// The terms.
    pub document: TermsDocument,
    /// The SHA-256 that the portal names them by, lower-case hexadecimal.
    pub sha256: String,
    /// The portal's detached CMS signature over their bytes, DER.
    pub signature: Vec<u8>,
}

/// Why the portal did not do what was asked.
#[derive(Debug, Error)]
pub enum PortalError {
    /// No connection, or it broke off: whether the portal acted is not known.
    #[error("the portal cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The portal showed a TLS certificate that does not lead to the trust anchor or names another host.
    #[error("the portal's TLS certificate is not the expected one")]
    UnexpectedServerCertificate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The portal said no.
    #[error("the portal refused: {refusal:?} ({detail})")]
    Refused {
        /// What it said.
        refusal: Refusal,
        /// The portal's own words, for the log.
        detail: Box<str>,
    },
    /// The portal failed (5xx) or is too busy (429): trying again later may help.
    #[error("the portal failed with status {status}")]
    Failed {
        /// The HTTP status.
        status: u16,
    },
    /// The key did not sign what identifies the employee: nothing was asked of the portal.
    #[error("the key did not identify the employee to the portal")]
    KeyFailed(#[source] pki::SigningError),
    /// The answer is not in the form that the API has, or too large.
    #[error("the portal's answer cannot be used: {0}")]
    Unusable(Box<str>),
}

/// What a portal says no with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Reference number and code do not belong together.
    CodeWrong {
        /// How many tries are left.
        tries_left: u32,
    },
    /// The invitation is locked after too many tries.
    CodeLocked,
    /// The invitation has expired.
    InvitationExpired,
    /// The invitation was used for another key.
    InvitationUsed,
    /// The certificate is not known, suspended, revoked or outside its validity period.
    CertificateNotUsable,
    /// The device token is not in use.
    DeviceTokenInvalid,
    /// The declaration was not accepted.
    DeclarationInvalid,
    /// The declaration accepts terms that are not in force.
    TermsNotInForce,
    /// The certificate is already revoked.
    AlreadyRevoked,
    /// This portal does not suspend certificates.
    SuspensionNotOffered,
    /// Anything else that is not allowed.
    NotPermitted,
}

/// One recorded change: what is true afterwards, and everything that must be kept together with it.
#[derive(Debug, Clone)]
pub struct Change {
    /// The journey after the change, with the revision that it was read at (0 for a new one).
    pub journey: Journey,
    /// Documents to keep.
    pub documents: Vec<Document>,
    /// A declaration to put into the outbox.
    pub send: Option<OutgoingDeclaration>,
    /// A declaration to take out of the outbox, since it has arrived.
    pub arrived: Option<Uuid>,
    /// Uses of the key that led here.
    pub key_uses: Vec<KeyUse>,
    /// The journey under way, with the revision that it was read at, whose place a new one takes: it goes into the
    /// archive.
    pub succeeds: Option<(Uuid, u64)>,
    /// Keys that are not needed any more: they are announced for deletion.
    pub discards: Vec<KeyReference>,
}

impl Change {
    /// A change of state with nothing beside it.
    #[must_use]
    pub fn to(journey: Journey) -> Self {
        Self {
            journey,
            documents: Vec::new(),
            send: None,
            arrived: None,
            key_uses: Vec::new(),
            succeeds: None,
            discards: Vec::new(),
        }
    }
}

/// What this computer remembers. Every call is one transaction.
pub trait Journal: Send + Sync {
    /// The journey under way, if there is one.
    fn current(&self) -> impl Future<Output = Result<Option<Journey>, JournalError>> + Send;

    /// Records a change, all of it or nothing; returns the journey with its new revision.
    ///
    /// # Errors
    /// [`JournalError::Conflict`] where the stored journey is not at `change.journey.revision`, or another journey is
    /// under way.
    fn record(&self, change: Change) -> impl Future<Output = Result<Journey, JournalError>> + Send;

    /// Records uses of a key that led to nothing else (the act failed after the key was used).
    fn record_key_uses(&self, key_uses: Vec<KeyUse>) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// Ends the journey under way and keeps it, with its documents and uses, in the archive; its status is no longer
    /// kept.
    fn archive(&self, journey: &Journey) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// A document of a journey.
    fn document(
        &self,
        journey: Uuid,
        kind: DocumentKind,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, JournalError>> + Send;

    /// Keeps what was made of a delivered declaration so that it can be verified later; replaces what was kept of it
    /// before, unless that lasts longer. The declaration as it was delivered stays beside it.
    fn keep_preservation(
        &self,
        declaration: Uuid,
        preservation: &Preservation,
    ) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// What was made of a delivered declaration so that it can be verified later.
    fn preservation(
        &self,
        declaration: Uuid,
    ) -> impl Future<Output = Result<Option<Preservation>, JournalError>> + Send;

    /// The declaration in the outbox, if there is one.
    fn outgoing(&self) -> impl Future<Output = Result<Option<OutgoingDeclaration>, JournalError>> + Send;

    /// Keeps the latest answer about the status of a journey's certificate; replaces an older one.
    fn keep_status_answer(
        &self,
        journey: Uuid,
        kept: &KeptStatus,
    ) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// The answer that was kept last.
    fn status_answer(&self, journey: Uuid) -> impl Future<Output = Result<Option<KeptStatus>, JournalError>> + Send;

    /// The journeys that this computer remembers: the one under way first, then those given up, the latest first; at
    /// most 100.
    fn journeys(&self) -> impl Future<Output = Result<Vec<RecordedJourney>, JournalError>> + Send;

    /// When wrong passwords were typed for a key since it was last used, newest first, at most `limit`.
    fn wrong_passwords(
        &self,
        key: KeyId,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<DateTime<Utc>>, JournalError>> + Send;

    /// Announces a key that no journey names yet, or no longer: whatever stops the program now, it can be deleted later.
    /// A change whose journey names the key takes the announcement back.
    fn announce_key(&self, key: KeyId, place: &KeyPlaceName) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// The keys that are announced, with their places.
    fn announced_keys(&self) -> impl Future<Output = Result<Vec<(KeyId, KeyPlaceName)>, JournalError>> + Send;

    /// The key is deleted: its announcement is taken back.
    fn forget_key(&self, key: KeyId) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// Keeps what the portal told of the certificate's use; of what is kept already, only what was suspicious is judged
    /// anew.
    fn keep_activities(
        &self,
        journey: Uuid,
        activities: &[JudgedActivity],
    ) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// What is kept of the certificate's use at the portal: newest first, at most `limit`.
    fn activities(
        &self,
        journey: Uuid,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<JudgedActivity>, JournalError>> + Send;

    /// The employee knows of this one: it is suspicious no more.
    fn acknowledge_activity(
        &self,
        journey: Uuid,
        activity: Uuid,
    ) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// The log of how keys were used: at most `limit` of its latest lines, and the check of all of it.
    fn use_log(&self, limit: u32) -> impl Future<Output = Result<UseLog, JournalError>> + Send;
}

/// Why the journal did not read or record.
#[derive(Debug, Error)]
pub enum JournalError {
    /// Something else has changed the journey meanwhile.
    #[error("the journey has changed meanwhile")]
    Conflict,
    /// A newer version of the program wrote this journal.
    #[error("the journal was written by a newer version of the program")]
    WrittenByNewerVersion,
    /// What is stored cannot be read.
    #[error("the journal cannot be read: {0}")]
    Damaged(Box<str>),
    /// The journal cannot be opened or written: no space, no permission, locked.
    #[error("the journal cannot be opened or written")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
}
