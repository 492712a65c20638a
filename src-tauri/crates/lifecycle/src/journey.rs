//! The states of an employee certificate on this computer, each with exactly what is true in it.

use crate::invitation::{Invitation, InvitedSubject, LocalRegistrationAuthority, ReferenceNumber};
use crate::problem::ProblemCode;
use chrono::{DateTime, Utc};
use declaration::{ConfirmedDetail, DetailField};
use pki::Certificate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use uuid::Uuid;

/// One certificate's way on this computer, from invitation to revocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journey {
    /// Names the journey on this computer.
    pub id: Uuid,
    /// Counts the recorded changes; a change made from an older revision is refused.
    pub revision: u64,
    /// The portal's address.
    pub portal: String,
    /// True where the portal is a practice portal.
    pub practice: bool,
    /// Where the journey stands.
    pub step: Step,
}

/// Where a journey stands. Each state holds what is known in it and nothing that is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// The invitation was opened with the right code; there is no key yet.
    Invited(Invited),
    /// The key is in the keychain; there is no certificate yet.
    KeyMade(KeyMade),
    /// The certificate is here and belongs to the key; its details wait for the employee.
    Issued(Issued),
    /// Every detail was answered *correct*; the declaration waits for the employee.
    Reviewed(Reviewed),
    /// The declaration is signed and waits in the outbox.
    Signed(Signed),
    /// The portal has the declaration and its receipt is verified: the certificate is in use.
    Active(Active),
    /// Locked on this computer on suspicion of misuse.
    Suspended(Suspended),
    /// A detail was answered *wrong*: the journey stopped and the certificate is, or is being, revoked.
    Stopped(Stopped),
    /// The portal says that the certificate is revoked.
    Revoked(Revoked),
}

/// State data of [`Step::Invited`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// Where the key will be made.
    #[serde(default)]
    pub place: KeyPlaceName,
}

/// State data of [`Step::KeyMade`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyMade {
    /// The invitation.
    pub invitation: Invitation,
    /// The key.
    pub key: KeyReference,
}

/// State data of [`Step::Issued`], and part of every later state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// How the certificate came here.
    #[serde(flatten)]
    pub origin: Origin,
    /// The key.
    pub key: KeyReference,
    /// The certificate.
    pub held: HeldCertificate,
    /// When the portal registered this computer; its token is in the keychain. `None` until that has happened.
    pub device_registered_at: Option<DateTime<Utc>>,
    /// The key whose certificate this one takes the place of, until this one is in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<KeyReference>,
    /// True where a new revocation code was given, and the employee has not yet said that it is kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub code_to_keep: bool,
}

/// How a certificate came to this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// By an invitation: the key was made here.
    Invitation(Invitation),
    /// With its key, from a file.
    Import(Import),
}

/// A certificate that came with its key from a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Whom it names.
    pub subject: InvitedSubject,
    /// When it came.
    pub imported_at: DateTime<Utc>,
    /// What the portal said when it registered this computer.
    pub registered: Option<RegisteredBy>,
}

/// What the portal says of whom a certificate was ordered by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredBy {
    /// The reference number that goes with the revocation code.
    pub reference: ReferenceNumber,
    /// Whom to call.
    pub authority: LocalRegistrationAuthority,
}

/// State data of [`Step::Reviewed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// What went before.
    pub issued: Issued,
    /// The details as they were shown and confirmed.
    pub confirmed: Vec<ConfirmedDetail>,
}

/// State data of [`Step::Signed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// What went before.
    pub issued: Issued,
    /// The signed declaration.
    pub declaration: DeclarationEntry,
}

/// State data of [`Step::Active`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Active {
    /// What went before.
    pub issued: Issued,
    /// The delivered declaration.
    pub declaration: DeclarationEntry,
    /// The state last read at the portal, if any was read since.
    pub standing: Option<CertificateStanding>,
    /// The next certificate, while it is on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<Renewal>,
    /// True where the certificate is a new or a reinstated one, whose details the employee has to check (again).
    #[serde(default)]
    pub details_to_check: bool,
}

impl Active {
    /// Whether the portal asks for a declaration of the terms that have come into force since.
    #[must_use]
    pub fn asks_for_new_declaration(&self) -> bool {
        self.standing.as_ref().is_some_and(|standing| standing.declaration_needed)
    }
}

/// The next certificate on its way: the one in use stays so until it is there and registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// The new key.
    pub key: KeyReference,
    /// The new certificate, once it is there.
    pub held: Option<HeldCertificate>,
}

/// State data of [`Step::Suspended`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspended {
    /// What went before.
    pub issued: Issued,
    /// The declaration, where there is one.
    pub declaration: Option<DeclarationEntry>,
    /// Since when the key is locked on this computer.
    pub locked_at: DateTime<Utc>,
    /// Whether the portal has been told, and what was then read back.
    pub portal: Acknowledgement,
}

/// State data of [`Step::Stopped`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// What went before.
    pub issued: Issued,
    /// The details that the employee answered *wrong*, as they were shown.
    pub wrong: Vec<ConfirmedDetail>,
    /// When the employee said so.
    pub stopped_at: DateTime<Utc>,
    /// Whether the portal has been told, and what was then read back.
    pub portal: Acknowledgement,
}

/// State data of [`Step::Revoked`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// What went before.
    pub issued: Issued,
    /// The declaration, where there is one.
    pub declaration: Option<DeclarationEntry>,
    /// What was read at the portal.
    pub standing: CertificateStanding,
    /// The alarm that was raised all the same: whoever has the key may have renewed the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Alarm>,
}

/// An alarm about a certificate that is revoked already. It reaches the certificates that took its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// When it was raised.
    pub raised_at: DateTime<Utc>,
    /// When the portal had been told; `None` while that waits.
    pub told_at: Option<DateTime<Utc>>,
}

/// Whether the portal knows what was decided on this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "kebab-case")]
pub enum Acknowledgement {
    /// Not yet: it is said again until it is.
    Waiting,
    /// Yes; and this was read back from the portal afterwards.
    ReadBack {
        /// What was read.
        standing: CertificateStanding,
    },
}

/// The state of the certificate as read at the portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateStanding {
    /// The state.
    pub state: CertificateState,
    /// Since when, by the portal's clock.
    pub since: DateTime<Utc>,
    /// When it was read, by this computer's clock.
    pub read_at: DateTime<Utc>,
    /// True where the portal waits for a declaration of this certificate. While it is in use: the terms have changed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub declaration_needed: bool,
}

/// The states that a portal knows of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateState {
    /// Issued; waits for the declaration.
    AwaitingDeclaration,
    /// Declared: log-in is open.
    Active,
    /// Suspended (`certificateHold`).
    Suspended,
    /// Revoked, for good.
    Revoked,
}

/// Why a certificate is revoked. Each has its reason in [RFC 5280 §5.3.1].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationReason {
    /// A detail in it is wrong: `superseded`.
    WrongDetails,
    /// The key is, or may be, in other hands: `keyCompromise`.
    KeyCompromise,
    /// Name, e-mail address or employer have changed: `affiliationChanged`.
    AffiliationChanged,
    /// Another certificate took its place: `superseded`.
    Superseded,
    /// It is not needed any more: `cessationOfOperation`.
    CessationOfOperation,
}

/// A signed declaration's place in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclarationEntry {
    /// The declaration's id (UUIDv7); also its Idempotency-Key.
    pub id: Uuid,
    /// SHA-256 over the signed PDF, lower-case hexadecimal.
    pub sha256: String,
    /// When it was signed; where that was on another computer, when the portal accepted it.
    pub signed_at: DateTime<Utc>,
    /// SHA-256 of the terms that it accepts, lower-case hexadecimal; empty where that was on another computer.
    pub terms_sha256: String,
    /// When the portal accepted it, from the verified receipt; `None` until there is one.
    pub accepted_at: Option<DateTime<Utc>>,
    /// The time that its time-stamp proves; `None` where it was delivered without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_stamped_at: Option<DateTime<Utc>>,
    /// True where it was signed on another computer, and its document is not here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
    /// The journey in the archive whose declaration the certificate in use rests on until this one has arrived; `None`
    /// where there is no other, or this one has arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Uuid>,
}

/// Names a key in the keychain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyId(pub Uuid);

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// A key in the keychain, by name and public half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyReference {
    /// Its name.
    pub id: KeyId,
    /// Its public half, DER `SubjectPublicKeyInfo`, as lower-case hexadecimal.
    #[serde(with = "hex::serde")]
    pub subject_public_key_info: Vec<u8>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Where it is kept.
    #[serde(default)]
    pub place: KeyPlaceName,
}

/// Names a place for keys: `keychain`, or a token by its PKCS#11 URI ([RFC 7512]), which says neither a module nor a
/// PIN.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyPlaceName(Box<str>);

impl KeyPlaceName {
    /// A token, by its address as the adapter of tokens writes it.
    #[must_use]
    pub fn token(address: &str) -> Self {
        Self(address.into())
    }

    /// True for the keychain of the operating system.
    #[must_use]
    pub fn is_keychain(&self) -> bool {
        &*self.0 == "keychain"
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The keychain of the operating system: the one place there was before places had names.
impl Default for KeyPlaceName {
    fn default() -> Self {
        Self("keychain".into())
    }
}

impl fmt::Display for KeyPlaceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The certificate with the certificates between it and the trust anchor. Stored as PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldCertificate {
    /// The employee certificate.
    pub certificate: Certificate,
    /// The CA certificates that came with it.
    pub intermediates: Vec<Certificate>,
}

impl HeldCertificate {
    /// The certificate and its intermediates, the employee's first.
    #[must_use]
    pub fn chain(&self) -> Vec<Certificate> {
        std::iter::once(&self.certificate).chain(&self.intermediates).cloned().collect()
    }
}

impl fmt::Debug for HeldCertificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HeldCertificate").field("serial_number", &self.certificate.serial_number()).finish()
    }
}

impl Serialize for HeldCertificate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pem: String = self.chain().iter().map(Certificate::to_pem).collect();
        serializer.serialize_str(&pem)
    }
}

impl<'de> Deserialize<'de> for HeldCertificate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pem = String::deserialize(deserializer)?;
        let mut certificates = Certificate::all_from_pem(pem.as_bytes()).map_err(de::Error::custom)?.into_iter();
        let certificate = certificates.next().ok_or_else(|| de::Error::custom("no certificate"))?;
        Ok(Self { certificate, intermediates: certificates.collect() })
    }
}

/// A document that this computer keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is.
    pub kind: DocumentKind,
    /// Its bytes (PDF).
    pub bytes: Vec<u8>,
}

/// The documents that a journey leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// The signed declaration.
    Declaration,
    /// The portal's signed receipt.
    Receipt,
}

/// A signed declaration on its way to the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingDeclaration {
    /// The declaration's id, also its Idempotency-Key.
    pub id: Uuid,
    /// The signed PDF.
    pub pdf: Vec<u8>,
}

/// What a key was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyPurpose {
    /// Signed the certification request.
    CertificationRequest,
    /// Proved possession to the portal while this computer was registered.
    DeviceRegistration,
    /// Signed the declaration.
    DeclarationSignature,
    /// Identified the employee while the declaration was submitted.
    DeclarationSubmission,
    /// Was encrypted anew under another password; nothing was signed.
    PasswordChange,
    /// Came out of a file into its place; nothing was signed.
    KeyImport,
    /// Was copied into a file; nothing was signed.
    KeyExport,
    /// Identified the employee while the next certificate was asked for.
    Renewal,
    /// Identified the employee while the revocation of the certificate was asked for.
    Revocation,
}

/// One use of a key, or one that was asked for and refused, for the log that the employee can see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUse {
    /// Which key.
    pub key: KeyId,
    /// What for.
    pub purpose: KeyPurpose,
    /// When.
    pub at: DateTime<Utc>,
    /// Towards whom: the portal's address.
    pub portal: String,
    /// The declaration that was signed or delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Uuid>,
    /// The version of the program that asked.
    pub program_version: String,
    /// Why it was refused; `None` where the key was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<ProblemCode>,
}

impl KeyPurpose {
    /// Its stable name, the same as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CertificationRequest => "certification-request",
            Self::DeviceRegistration => "device-registration",
            Self::DeclarationSignature => "declaration-signature",
            Self::DeclarationSubmission => "declaration-submission",
            Self::PasswordChange => "password-change",
            Self::KeyImport => "key-import",
            Self::KeyExport => "key-export",
            Self::Renewal => "renewal",
            Self::Revocation => "revocation",
        }
    }
}

impl Step {
    /// What is known of the certificate, in every state that has one.
    #[must_use]
    pub fn issued(&self) -> Option<&Issued> {
        match self {
            Self::Invited(_) | Self::KeyMade(_) => None,
            Self::Issued(issued) => Some(issued),
            Self::Reviewed(state) => Some(&state.issued),
            Self::Signed(state) => Some(&state.issued),
            Self::Active(state) => Some(&state.issued),
            Self::Suspended(state) => Some(&state.issued),
            Self::Stopped(state) => Some(&state.issued),
            Self::Revoked(state) => Some(&state.issued),
        }
    }

    /// The invitation, where there was one.
    #[must_use]
    pub fn invitation(&self) -> Option<&Invitation> {
        match self {
            Self::Invited(state) => Some(&state.invitation),
            Self::KeyMade(state) => Some(&state.invitation),
            other => match other.issued().map(|issued| &issued.origin) {
                Some(Origin::Invitation(invitation)) => Some(invitation),
                Some(Origin::Import(_)) | None => None,
            },
        }
    }

    /// Whom the certificate names, or will name.
    #[must_use]
    pub fn subject(&self) -> &InvitedSubject {
        match self {
            Self::Invited(state) => &state.invitation.subject,
            Self::KeyMade(state) => &state.invitation.subject,
            Self::Issued(issued) => issued.origin.subject(),
            Self::Reviewed(state) => state.issued.origin.subject(),
            Self::Signed(state) => state.issued.origin.subject(),
            Self::Active(state) => state.issued.origin.subject(),
            Self::Suspended(state) => state.issued.origin.subject(),
            Self::Stopped(state) => state.issued.origin.subject(),
            Self::Revoked(state) => state.issued.origin.subject(),
        }
    }

    /// Whom to call, and the reference number; `None` before the portal has said so.
    #[must_use]
    pub fn registered_by(&self) -> Option<(&ReferenceNumber, &LocalRegistrationAuthority)> {
        match self.issued().map(|issued| &issued.origin) {
            Some(Origin::Import(import)) => {
                import.registered.as_ref().map(|registered| (&registered.reference, &registered.authority))
            }
            Some(Origin::Invitation(_)) | None => {
                self.invitation().map(|invitation| (&invitation.reference, &invitation.authority))
            }
        }
    }

    /// Where the key is, or will be.
    #[must_use]
    pub fn key_place(&self) -> &KeyPlaceName {
        match self {
            Self::Invited(state) => &state.place,
            Self::KeyMade(state) => &state.key.place,
            Self::Issued(issued) => &issued.key.place,
            Self::Reviewed(state) => &state.issued.key.place,
            Self::Signed(state) => &state.issued.key.place,
            Self::Active(state) => &state.issued.key.place,
            Self::Suspended(state) => &state.issued.key.place,
            Self::Stopped(state) => &state.issued.key.place,
            Self::Revoked(state) => &state.issued.key.place,
        }
    }

    /// Until when the certificate is valid, where it is in use: also while a declaration of new terms is on its way.
    #[must_use]
    pub fn in_use_until(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Active(state) => Some(state.issued.held.certificate.not_after()),
            Self::Signed(state) if state.declaration.follows.is_some() => {
                Some(state.issued.held.certificate.not_after())
            }
            Self::Invited(_)
            | Self::KeyMade(_)
            | Self::Issued(_)
            | Self::Reviewed(_)
            | Self::Signed(_)
            | Self::Suspended(_)
            | Self::Stopped(_)
            | Self::Revoked(_) => None,
        }
    }

    /// The key of the next certificate, while that is on its way.
    #[must_use]
    pub fn next_key(&self) -> Option<&KeyReference> {
        match self {
            Self::Active(state) => state.renewal.as_ref().map(|renewal| &renewal.key),
            Self::Invited(_)
            | Self::KeyMade(_)
            | Self::Issued(_)
            | Self::Reviewed(_)
            | Self::Signed(_)
            | Self::Suspended(_)
            | Self::Stopped(_)
            | Self::Revoked(_) => None,
        }
    }

    /// Every key that the journey needs: its own, that of the next certificate, and that of the one before.
    pub fn keys(&self) -> impl Iterator<Item = &KeyReference> {
        let before = self.issued().and_then(|issued| issued.replaces.as_ref());
        self.key().into_iter().chain(self.next_key()).chain(before)
    }

    /// The declaration, in every state that has a signed one.
    #[must_use]
    pub fn declaration(&self) -> Option<&DeclarationEntry> {
        match self {
            Self::Invited(_) | Self::KeyMade(_) | Self::Issued(_) | Self::Reviewed(_) | Self::Stopped(_) => None,
            Self::Signed(state) => Some(&state.declaration),
            Self::Active(state) => Some(&state.declaration),
            Self::Suspended(state) => state.declaration.as_ref(),
            Self::Revoked(state) => state.declaration.as_ref(),
        }
    }

    /// The key, in every state that has one.
    #[must_use]
    pub fn key(&self) -> Option<&KeyReference> {
        match self {
            Self::KeyMade(state) => Some(&state.key),
            other => other.issued().map(|issued| &issued.key),
        }
    }
}

impl Origin {
    /// Whom the certificate names.
    #[must_use]
    pub fn subject(&self) -> &InvitedSubject {
        match self {
            Self::Invitation(invitation) => &invitation.subject,
            Self::Import(import) => &import.subject,
        }
    }
}

impl Stopped {
    /// The fields that were answered *wrong*.
    pub fn wrong_fields(&self) -> impl Iterator<Item = DetailField> + '_ {
        self.wrong.iter().map(|detail| detail.field)
    }
}
