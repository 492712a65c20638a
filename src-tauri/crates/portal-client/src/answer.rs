//! What is taken from an answer: wire types in, the core's types out, or [`PortalError::Unusable`].
//!
//! A portal is trusted to name a person, not to draw on the screen: texts are bounded, and control characters and the
//! marks that turn the direction of writing are refused. What looks like markup is text and stays text.
//!
//! What comes from whoever used the key (the name of a computer, what an app calls itself) is cut to size instead: a
//! thief must not blind the watch by calling himself something that is refused. What cannot be read of an act, such as a
//! kind that this version does not know, is left out of it, and the act itself is told all the same.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use declaration::terms::TermsDocument;
use lifecycle::EarlierCertificate;
use lifecycle::ports::{
    Activity, ActivityDevice, ActivityKind, PortalError, RegisteredDevice, ReportedDeclaration, ReportedState,
    StateByCode, UnverifiedTerms,
};
use lifecycle::{
    CertificateState, DeviceToken, Invitation, InvitedSubject, LocalRegistrationAuthority, OneTimeCode,
    ReferenceNumber, RevocationCode,
};
use portal_api::{AGENT_LIMIT, DEVICE_NAME_LIMIT, EARLIER_LIMIT};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::net::IpAddr;
use uuid::Uuid;

/// Longest name, in characters ([RFC 5280 Appendix A.1] has 64 for names; real organisations exceed it).
const LONGEST_NAME: usize = 200;

/// Longest e-mail address, in characters ([RFC 5321 §4.5.3.1.3]).
const LONGEST_EMAIL: usize = 254;

/// Longest telephone number as people write it, in characters.
const LONGEST_PHONE: usize = 40;

/// Longest secret that a portal gives, in bytes.
const LONGEST_SECRET: usize = 128;

/// Longest serial number, in hexadecimal digits ([RFC 5280 §4.1.2.2]: 20 octets).
const LONGEST_SERIAL_NUMBER: usize = 40;

/// Most languages in which terms come.
const MOST_LANGUAGES: usize = 8;

/// Longest text of a portal that reaches a log line, in characters.
const LONGEST_LOG_TEXT: usize = 300;

/// What a portal says it can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalCapabilities {
    /// The portal's name as people know it.
    pub portal: String,
    /// True for a practice portal: its certificates give access to nothing.
    pub practice: bool,
    /// True where a certificate can be suspended.
    pub suspension: bool,
    /// Telephone number of the portal's support.
    pub support_phone: String,
}

/// A made-up invitation to practise with.
pub struct PracticeInvitation {
    /// The reference number.
    pub reference: ReferenceNumber,
    /// The one-time code, which a real invitation sends by another channel.
    pub code: OneTimeCode,
    /// From when on the invitation no longer works.
    pub expires_at: DateTime<Utc>,
}

pub(crate) fn capabilities(body: &[u8]) -> Result<PortalCapabilities, PortalError> {
    let wire: portal_api::Capabilities = json(body)?;
    Ok(PortalCapabilities {
        portal: text("portal", wire.portal, LONGEST_NAME)?,
        practice: wire.practice,
        suspension: wire.suspension,
        support_phone: text("support_phone", wire.support_phone, LONGEST_PHONE)?,
    })
}

pub(crate) fn practice_invitation(body: &[u8]) -> Result<PracticeInvitation, PortalError> {
    let wire: portal_api::PracticeInvitation = json(body)?;
    Ok(PracticeInvitation {
        reference: ReferenceNumber::parse(&wire.reference).map_err(|_| unusable("reference"))?,
        code: OneTimeCode::parse(&wire.code).map_err(|_| unusable("code"))?,
        expires_at: wire.expires_at,
    })
}

/// The invitation that was asked for, and no other.
pub(crate) fn invitation(body: &[u8], asked: &ReferenceNumber) -> Result<Invitation, PortalError> {
    let wire: portal_api::InvitationView = json(body)?;
    let reference = ReferenceNumber::parse(&wire.reference).map_err(|_| unusable("reference"))?;
    if reference != *asked {
        return Err(PortalError::Unusable("the invitation is another one than was asked for".into()));
    }
    let cvr = wire.subject.cvr;
    if cvr.len() != 8 || !cvr.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unusable("subject.cvr"));
    }
    Ok(Invitation {
        reference,
        expires_at: wire.expires_at,
        subject: InvitedSubject {
            common_name: text("subject.common_name", wire.subject.common_name, LONGEST_NAME)?,
            email: text("subject.email", wire.subject.email, LONGEST_EMAIL)?,
            organisation: text("subject.organisation", wire.subject.organisation, LONGEST_NAME)?,
            cvr,
        },
        authority: authority(wire.authority)?,
        earlier: earlier(wire.earlier)?,
        on_earlier: None,
    })
}

fn earlier(wire: Vec<portal_api::EarlierCertificate>) -> Result<Vec<EarlierCertificate>, PortalError> {
    if wire.len() > EARLIER_LIMIT {
        return Err(unusable("earlier"));
    }
    wire.into_iter()
        .map(|earlier| {
            Ok(EarlierCertificate {
                serial_number: serial_number("earlier.serial_number", earlier.serial_number)?,
                not_after: earlier.not_after,
                state: certificate_state(earlier.state),
                device_name: earlier.device_name.map(|name| device_name(&name)),
                registered_at: earlier.registered_at,
            })
        })
        .collect()
}

fn authority(wire: portal_api::LocalRegistrationAuthority) -> Result<LocalRegistrationAuthority, PortalError> {
    Ok(LocalRegistrationAuthority {
        name: text("authority.name", wire.name, LONGEST_NAME)?,
        phone: wire.phone.map(|phone| text("authority.phone", phone, LONGEST_PHONE)).transpose()?,
        email: wire.email.map(|email| text("authority.email", email, LONGEST_EMAIL)).transpose()?,
    })
}

pub(crate) fn device_registration(body: &[u8]) -> Result<RegisteredDevice, PortalError> {
    let wire: portal_api::DeviceRegistration = json(body)?;
    let portal_api::DeviceRegistration { device_token, revocation_code, reference, authority: whom_to_call } = wire;
    // Into the wiping types first: they are secrets also where they are refused.
    let (token, revocation_code) = (DeviceToken::new(device_token), RevocationCode::new(revocation_code));
    if !is_secret(token.expose()) {
        return Err(unusable("device_token"));
    }
    if !is_secret(revocation_code.expose()) {
        return Err(unusable("revocation_code"));
    }
    Ok(RegisteredDevice {
        token,
        revocation_code,
        reference: ReferenceNumber::parse(&reference).map_err(|_| unusable("reference"))?,
        authority: authority(whom_to_call)?,
    })
}

/// The terms in every language. Their hashes and signatures are for the core to judge.
pub(crate) fn terms(body: &[u8]) -> Result<Vec<UnverifiedTerms>, PortalError> {
    let wire: portal_api::TermsInForce = json(body)?;
    if wire.documents.len() > MOST_LANGUAGES {
        return Err(unusable("documents"));
    }
    wire.documents
        .into_iter()
        .map(|signed| {
            let content = BASE64_STANDARD.decode(signed.content).map_err(|_| unusable("content"))?;
            let signature = BASE64_STANDARD.decode(signed.signature).map_err(|_| unusable("signature"))?;
            let document = TermsDocument::from_bytes(&content).map_err(|_| unusable("content"))?;
            let terms = document.terms();
            if terms.id != wire.terms.id || terms.version != wire.terms.version || terms.language != signed.language {
                return Err(PortalError::Unusable("the terms are others than they are said to be".into()));
            }
            Ok(UnverifiedTerms { document, sha256: signed.sha256, signature })
        })
        .collect()
}

pub(crate) fn reported_state(body: &[u8]) -> Result<ReportedState, PortalError> {
    let wire: Me = json(body)?;
    let portal_api::CertificateStatus { serial_number: serial, state, reason: _, since } = wire.certificate;
    if wire.activities.len() > Activity::MOST {
        return Err(unusable("activities"));
    }
    Ok(ReportedState {
        serial_number: serial_number("certificate.serial_number", serial)?,
        state: certificate_state(state),
        since,
        declaration_needed: wire.declaration_needed,
        declaration: wire.declaration.map(declaration).transpose()?,
        activities: wire.activities.into_iter().map(activity).collect(),
    })
}

fn declaration(wire: portal_api::DeclarationStatus) -> Result<ReportedDeclaration, PortalError> {
    let portal_api::DeclarationStatus { id, sha256, accepted_at } = wire;
    let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_hash { Ok(ReportedDeclaration { id, sha256, accepted_at }) } else { Err(unusable("declaration.sha256")) }
}

pub(crate) fn state_by_code(body: &[u8]) -> Result<StateByCode, PortalError> {
    let portal_api::CertificateStatus { serial_number: serial, state, reason: _, since } = json(body)?;
    let serial_number = serial_number("serial_number", serial)?;
    Ok(StateByCode { serial_number, state: certificate_state(state), since })
}

/// [`portal_api::Me`] as far as it is used, with activities of which not everything must be readable.
#[derive(Deserialize)]
struct Me {
    certificate: portal_api::CertificateStatus,
    declaration: Option<portal_api::DeclarationStatus>,
    #[serde(default)]
    declaration_needed: bool,
    #[serde(default)]
    activities: Vec<WireActivity>,
}

/// [`portal_api::Activity`], of which only what names it and its time must be readable.
#[derive(Deserialize)]
struct WireActivity {
    id: Uuid,
    at: DateTime<Utc>,
    #[serde(default)]
    kind: Value,
    #[serde(default)]
    address: Value,
    #[serde(default)]
    agent: Value,
    #[serde(default)]
    device: Value,
    #[serde(default)]
    document: Value,
}

fn activity(wire: WireActivity) -> Activity {
    let document: Option<Option<Uuid>> = readable(wire.document);
    // What is not understood counts as a log-in, which this program never does by itself: so it is told, and stands out.
    let kind = readable(wire.kind).filter(|_| document.is_some());
    Activity {
        id: wire.id,
        at: wire.at,
        kind: kind.map_or(ActivityKind::LogIn, |kind| match kind {
            portal_api::ActivityKind::LogIn => ActivityKind::LogIn,
            portal_api::ActivityKind::Declaration => ActivityKind::Declaration,
            portal_api::ActivityKind::DeviceRegistration => ActivityKind::DeviceRegistration,
            portal_api::ActivityKind::Renewal => ActivityKind::Renewal,
            portal_api::ActivityKind::Revocation => ActivityKind::Revocation,
        }),
        address: readable(wire.address).map_or_else(String::new, |address: IpAddr| address.to_string()),
        agent: readable(wire.agent).map_or_else(String::new, |agent: String| cut(&agent, AGENT_LIMIT)),
        device: match readable(wire.device) {
            Some(portal_api::ActivityDevice::Registered(name)) => ActivityDevice::Registered(device_name(&name)),
            Some(portal_api::ActivityDevice::Unregistered) | None => ActivityDevice::Unregistered,
        },
        document: document.flatten(),
    }
}

fn readable<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

/// The name of a computer, cut to size; a dash where nothing is left of it.
fn device_name(name: &str) -> String {
    let name = cut(name, DEVICE_NAME_LIMIT);
    if name.is_empty() { "–".to_owned() } else { name }
}

/// What can be printed of a text, at most `longest` characters of it.
fn cut(text: &str, longest: usize) -> String {
    let printable: String = text.chars().filter(|character| !is_drawing(*character)).take(longest).collect();
    printable.trim().to_owned()
}

fn serial_number(field: &'static str, value: String) -> Result<String, PortalError> {
    let hexadecimal = value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if value.is_empty() || value.len() > LONGEST_SERIAL_NUMBER || !hexadecimal {
        return Err(unusable(field));
    }
    Ok(value)
}

/// A portal's words, short and on one line.
pub(crate) fn for_the_log(words: &str) -> Box<str> {
    words
        .chars()
        .map(|character| if is_drawing(character) { ' ' } else { character })
        .take(LONGEST_LOG_TEXT)
        .collect::<String>()
        .into_boxed_str()
}

fn certificate_state(state: portal_api::CertificateState) -> CertificateState {
    match state {
        portal_api::CertificateState::AwaitingDeclaration => CertificateState::AwaitingDeclaration,
        portal_api::CertificateState::Active => CertificateState::Active,
        portal_api::CertificateState::Suspended => CertificateState::Suspended,
        portal_api::CertificateState::Revoked => CertificateState::Revoked,
    }
}

/// serde's own message may quote what it read, which may be a secret: only the place is kept.
fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, PortalError> {
    serde_json::from_slice(body).map_err(|error| {
        PortalError::Unusable(
            format!("not the JSON that was asked for, line {} column {}", error.line(), error.column()).into(),
        )
    })
}

fn text(field: &'static str, value: String, longest: usize) -> Result<String, PortalError> {
    let fits = !value.trim().is_empty() && value.chars().count() <= longest && !value.chars().any(is_drawing);
    if fits { Ok(value) } else { Err(unusable(field)) }
}

/// Characters that change how others are shown: controls, and the marks of [Unicode UAX #9] and of invisible text.
fn is_drawing(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{061C}' | '\u{FEFF}')
}

fn is_secret(value: &str) -> bool {
    let length = value.len();
    (8..=LONGEST_SECRET).contains(&length)
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn unusable(field: &'static str) -> PortalError {
    PortalError::Unusable(format!("{field} is not in the form that it should have").into())
}
