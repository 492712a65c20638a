//! Who calls: with reference number and code, with a client certificate of an employee or of a local registration
//! authority, or with a device token.

use super::problem::Refusal;
use crate::credential::{self, CodeHash, sha256};
use crate::personal_number::CodeKind;
use crate::portal::Portal;
use crate::storage::{
    Actor, AuthorityCertificate, CertificateRecord, CountedTry, InvitationRecord, LoggedIn, Origin, Secrets, Sitting,
};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use pki::Certificate;
use portal_api::{AGENT_LIMIT, CertificateState, DEVICE, ProblemKind};
use std::net::IpAddr;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The certificate that the client showed in the TLS handshake, path verified; the listener puts it into the request.
#[derive(Debug, Clone)]
pub(crate) struct ClientCertificate(pub(crate) Option<Vec<u8>>);

/// From where the connection comes; the listener puts it into the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RemoteAddress(pub(crate) IpAddr);

/// A caller with an employee certificate that the portal knows and that is inside its validity period.
///
/// It may be suspended or revoked: [`EmployeeCaller::usable`] refuses those.
pub(crate) struct EmployeeCaller {
    pub(crate) record: CertificateRecord,
    pub(crate) certificate: Certificate,
    /// From where, and on which computer.
    pub(crate) origin: Origin,
}

impl EmployeeCaller {
    /// Refuses a certificate that is suspended or revoked.
    pub(crate) fn usable(self) -> Result<Self, Refusal> {
        match self.record.state {
            CertificateState::AwaitingDeclaration | CertificateState::Active => Ok(self),
            CertificateState::Suspended | CertificateState::Revoked => {
                Err(Refusal::of(ProblemKind::CertificateNotUsable))
            }
        }
    }

    /// Logs in, with the rules of `sitting`: refuses a certificate that is not declared, or suspended or revoked.
    pub(super) async fn log_in(self, portal: &Portal, sitting: Sitting, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let caller = self.usable()?;
        match portal.storage.log_in(&caller.record.serial_number, &caller.origin, sitting, now).await? {
            LoggedIn::Now => Ok(caller),
            LoggedIn::Refused(CertificateState::AwaitingDeclaration | CertificateState::Active) => {
                Err(Refusal::with(ProblemKind::NotPermitted, "the certificate waits for its declaration"))
            }
            LoggedIn::Refused(CertificateState::Suspended | CertificateState::Revoked) => {
                Err(Refusal::of(ProblemKind::CertificateNotUsable))
            }
        }
    }

    /// Refuses a caller who asks for another certificate than its own.
    pub(crate) fn owns(&self, serial_number: &str) -> Result<(), Refusal> {
        owns(&self.record, serial_number)
    }

    async fn of(portal: &Portal, shown: &[u8], parts: &Parts) -> Result<Self, Refusal> {
        let certificate = Certificate::from_der(shown).map_err(|_| Refusal::of(ProblemKind::CertificateRequired))?;
        let record = portal.storage.certificate(certificate.serial_number()).await?;
        let record = record
            .filter(|record| record.der == certificate.der())
            .ok_or_else(|| Refusal::of(ProblemKind::CertificateRequired))?;
        let now = portal.now();
        // A TLS session can outlive the certificate that it began with.
        if now < record.not_before || now > record.not_after {
            return Err(Refusal::of(ProblemKind::CertificateNotUsable));
        }
        let origin = origin(portal, &record, parts).await?;
        Ok(Self { record, certificate, origin })
    }
}

impl FromRequestParts<Arc<Portal>> for EmployeeCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Refusal> {
        let shown = parts.extensions.get::<ClientCertificate>().and_then(|shown| shown.0.clone());
        let shown = shown.ok_or_else(|| Refusal::of(ProblemKind::CertificateRequired))?;
        Self::of(portal, &shown, parts).await
    }
}

/// A caller with the certificate of a local registration authority, which is not withdrawn and inside its validity period.
pub(crate) struct AuthorityCaller {
    pub(crate) authority: AuthorityCertificate,
}

impl AuthorityCaller {
    /// Who acts, for the event log and for what it may act on.
    pub(crate) fn actor(&self) -> Actor<'_> {
        Actor::LocalRegistrationAuthority { serial_number: &self.authority.serial_number, cvr: &self.authority.cvr }
    }
}

impl FromRequestParts<Arc<Portal>> for AuthorityCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Refusal> {
        let required = || Refusal::of(ProblemKind::CertificateRequired);
        let shown = parts.extensions.get::<ClientCertificate>().and_then(|shown| shown.0.as_deref());
        let shown = Certificate::from_der(shown.ok_or_else(required)?).map_err(|_| required())?;
        let serial_number = shown.serial_number();
        let Some((authority, _)) =
            portal.storage.authority(serial_number).await?.filter(|(_, der)| der.as_slice() == shown.der())
        else {
            let employee = portal.storage.certificate(serial_number).await?;
            return Err(match employee.filter(|employee| employee.der == shown.der()) {
                Some(_) => Refusal::with(ProblemKind::NotPermitted, "this is for the local registration authority"),
                None => required(),
            });
        };
        let now = portal.now();
        // A TLS session can outlive the certificate that it began with.
        if authority.withdrawn_at.is_some() || now < authority.not_before || now > authority.not_after {
            return Err(Refusal::of(ProblemKind::CertificateNotUsable));
        }
        Ok(Self { authority })
    }
}

/// A caller with a device token.
pub(crate) struct DeviceCaller {
    pub(crate) record: CertificateRecord,
}

impl DeviceCaller {
    /// Refuses a caller who asks for another certificate than its own.
    pub(crate) fn owns(&self, serial_number: &str) -> Result<(), Refusal> {
        owns(&self.record, serial_number)
    }
}

impl DeviceCaller {
    async fn of(parts: &Parts, portal: &Portal, secrets: Secrets) -> Result<Self, Refusal> {
        let token =
            credentials(&parts.headers, "Bearer").ok_or_else(|| Refusal::of(ProblemKind::DeviceTokenInvalid))?;
        // A token is 256 random bits, so its hash needs no salt and can be looked up.
        let record = portal.storage.certificate_of_token(&sha256(token.as_bytes()), secrets).await?;
        let record = record.ok_or_else(|| Refusal::of(ProblemKind::DeviceTokenInvalid))?;
        if portal.now() > record.not_after {
            let ended = "the certificate's validity period has ended, and with it its device token";
            // Not that the token is unknown: that would say that another registration has taken its place.
            return Err(Refusal::with(ProblemKind::CertificateNotUsable, ended));
        }
        Ok(Self { record })
    }
}

impl FromRequestParts<Arc<Portal>> for DeviceCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Refusal> {
        Self::of(parts, portal, Secrets::InForce).await
    }
}

/// A caller who suspends with a device token, which a later registration may have replaced.
pub(crate) struct SuspendingDeviceCaller(pub(crate) DeviceCaller);

impl FromRequestParts<Arc<Portal>> for SuspendingDeviceCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Refusal> {
        DeviceCaller::of(parts, portal, Secrets::ReplacedToo).await.map(Self)
    }
}

/// A caller with either.
pub(crate) enum CertificateCaller {
    Employee(Box<EmployeeCaller>),
    Device(Box<DeviceCaller>),
}

impl FromRequestParts<Arc<Portal>> for CertificateCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Refusal> {
        if parts.headers.contains_key(header::AUTHORIZATION) {
            Ok(Self::Device(Box::new(DeviceCaller::from_request_parts(parts, portal).await?)))
        } else {
            Ok(Self::Employee(Box::new(EmployeeCaller::from_request_parts(parts, portal).await?)))
        }
    }
}

/// A caller who was invited: reference number and one-time code were right.
pub(crate) struct InvitedCaller {
    pub(crate) invitation: InvitationRecord,
}

impl FromRequestParts<Arc<Portal>> for InvitedCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Refusal> {
        let pair = ReferenceAndCode::of(&parts.headers)?;
        let now = portal.now();
        let hash = portal.vault.hash_of_reference(CodeKind::OneTime, &pair.reference);
        match portal.storage.count_try(&pair.reference, &hash, now).await? {
            CountedTry::Known { record, .. } if record.code_hash.matches(&pair.code) => {
                portal.storage.forgive_tries(&pair.reference).await?;
                Ok(Self { invitation: *record })
            }
            CountedTry::Known { tries_left, .. } => {
                if tries_left == 0 {
                    portal.storage.record_lock(&pair.reference, Actor::Invitation, now).await?;
                }
                Err(Refusal::wrong_code(tries_left))
            }
            CountedTry::Unknown { tries_left } => Err(unknown_reference(&pair, tries_left)),
            CountedTry::Locked => Err(Refusal::of(ProblemKind::CodeLocked)),
        }
    }
}

/// A caller without the computer: reference number and revocation code were right.
pub(crate) struct RevocationCodeCaller {
    pub(crate) serial_number: String,
}

impl RevocationCodeCaller {
    async fn of(parts: &Parts, portal: &Portal, secrets: Secrets) -> Result<Self, Refusal> {
        let pair = ReferenceAndCode::of(&parts.headers)?;
        let now = portal.now();
        let hash = portal.vault.hash_of_reference(CodeKind::Revocation, &pair.reference);
        match portal.storage.count_revocation_try(&pair.reference, &hash, secrets, now).await? {
            CountedTry::Known { record, tries_left } => match record.find(&pair.code) {
                Some(code) => {
                    portal.storage.forgive_revocation_tries(&pair.reference).await?;
                    if now > code.not_after {
                        let ended = "the certificate's validity period has ended, and with it its revocation code";
                        return Err(Refusal::with(ProblemKind::CertificateNotUsable, ended));
                    }
                    Ok(Self { serial_number: code.serial_number.clone() })
                }
                None => {
                    if tries_left == 0 {
                        portal.storage.record_lock(&pair.reference, Actor::RevocationCode, now).await?;
                    }
                    Err(Refusal::wrong_code(tries_left))
                }
            },
            CountedTry::Unknown { tries_left } => Err(unknown_reference(&pair, tries_left)),
            CountedTry::Locked => Err(Refusal::of(ProblemKind::CodeLocked)),
        }
    }
}

impl FromRequestParts<Arc<Portal>> for RevocationCodeCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Refusal> {
        Self::of(parts, portal, Secrets::InForce).await
    }
}

/// A caller who suspends with a revocation code, which a later registration may have replaced.
pub(crate) struct SuspensionCodeCaller(pub(crate) RevocationCodeCaller);

impl FromRequestParts<Arc<Portal>> for SuspensionCodeCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Refusal> {
        RevocationCodeCaller::of(parts, portal, Secrets::ReplacedToo).await.map(Self)
    }
}

/// What HTTP Basic ([RFC 7617]) carried, in canonical form.
struct ReferenceAndCode {
    reference: Zeroizing<String>,
    code: Zeroizing<String>,
}

impl ReferenceAndCode {
    fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let asked = || Refusal::with(ProblemKind::CodeWrong, "reference number and code are asked for");
        let malformed = || Refusal::with(ProblemKind::RequestInvalid, "not a reference number and a code");
        let pair = credentials(headers, "Basic").ok_or_else(asked)?;
        let pair = Zeroizing::new(STANDARD.decode(pair.as_bytes()).map_err(|_| malformed())?);
        let pair = std::str::from_utf8(&pair).map_err(|_| malformed())?;
        let (reference, code) = pair.split_once(':').ok_or_else(malformed)?;
        Ok(Self {
            reference: credential::canonical(reference).ok_or_else(malformed)?,
            code: credential::canonical(code).ok_or_else(malformed)?,
        })
    }
}

/// Takes as long as a wrong code for a known reference number does, and says the same.
fn unknown_reference(pair: &ReferenceAndCode, tries_left: u32) -> Refusal {
    let nobodys = CodeHash { salt: vec![0; 16], hash: vec![0; 32] };
    // Never true: no code has the hash of 32 zero bytes that anybody could know.
    let _ = std::hint::black_box(nobodys.matches(&pair.code));
    Refusal::wrong_code(tries_left)
}

/// Where a caller with a certificate calls from. A token that is not in use for this employee's certificates is as good
/// as none: it decides nothing, it only tells the registered computer from any other.
async fn origin(portal: &Portal, record: &CertificateRecord, parts: &Parts) -> Result<Origin, Refusal> {
    let address = parts.extensions.get::<RemoteAddress>();
    let address = address.ok_or_else(|| Refusal::internal("a request without the address that it came from"))?;
    let agent = parts.headers.get(header::USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()));
    let agent: String = agent.unwrap_or_default().chars().filter(|one| is_printable(*one)).take(AGENT_LIMIT).collect();
    let device_name = match parts.headers.get(DEVICE) {
        Some(token) => portal.storage.device_name(&sha256(token.as_bytes()), record.employee_id, portal.now()).await?,
        None => None,
    };
    Ok(Origin { address: address.0.to_string(), agent: agent.trim().to_owned(), device_name })
}

/// False for controls, and for the marks that are not seen or that turn the direction of writing ([Unicode UAX #9]).
pub(crate) fn is_printable(character: char) -> bool {
    !character.is_control()
        && !matches!(character,
            '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{061C}' | '\u{FEFF}')
}

fn owns(record: &CertificateRecord, serial_number: &str) -> Result<(), Refusal> {
    if record.serial_number == serial_number {
        Ok(())
    } else {
        Err(Refusal::with(ProblemKind::NotPermitted, "the caller's certificate is another one"))
    }
}

fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let (stated, credentials) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    stated.eq_ignore_ascii_case(scheme).then(|| credentials.trim())
}
