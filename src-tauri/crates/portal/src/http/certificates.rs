//! What is asked of a certificate: a device, log-in, suspension, revocation, its state.

use super::caller::{
    CertificateCaller, DeviceCaller, EmployeeCaller, RevocationCodeCaller, SuspendingDeviceCaller,
    SuspensionCodeCaller, is_printable,
};
use super::problem::Refusal;
use super::{InPath, expect_media_type, read_body};
use crate::credential::{self, CodeHash, sha256};
use crate::masking::holds_number;
use crate::portal::Portal;
use crate::storage::{Actor, Changed, NewDevice, Registered, Sitting, StateChange};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use chrono::DateTime;
use portal_api::{
    CertificateState, CertificateStatus, DEVICE_NAME_LIMIT, DeviceRegistration, DeviceRegistrationRequest, JSON_LIMIT,
    Me, Problem, ProblemKind, RevocationReason, RevocationRequest, SUPERSEDED_LIMIT, Session,
};
use serde::de::DeserializeOwned;
use std::sync::Arc;

const BEFORE_THE_DECLARATION: &str = "a device token revokes only for wrong details, and only before the declaration";

/// Registers this computer for the certificate. The secrets of an earlier registration are good for suspension alone from
/// then on. Where the certificate renews another, and that one's declaration accepted the terms in force, it becomes
/// active here.
#[utoipa::path(put, path = "/v1/certificates/{serial}/device", tag = "certificates",
    params(("serial" = String, Path, description = "lower-case hexadecimal")),
    request_body = DeviceRegistrationRequest, security(("certificate" = [])),
    responses(
        (status = 200, body = DeviceRegistration),
        (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "certificate-required", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "certificate-not-usable, not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "body-too-large", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn register_device(
    State(portal): State<Arc<Portal>>,
    InPath(serial): InPath,
    caller: EmployeeCaller,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<DeviceRegistration>, Refusal> {
    let caller = caller.usable()?;
    caller.owns(&serial)?;
    let request: DeviceRegistrationRequest = read_json(&headers, body).await?;
    let name = device_name(&request.device_name).ok_or_else(|| {
        Refusal::with(
            ProblemKind::RequestInvalid,
            "device_name is not 1 to 64 characters that can be printed, or holds a CPR number",
        )
    })?;
    if request.supersedes.len() > SUPERSEDED_LIMIT {
        return Err(Refusal::with(ProblemKind::RequestInvalid, "supersedes names too many certificates"));
    }
    let no_randomness = |error: credential::NoRandomness| Refusal::internal(&error.to_string());
    let token = credential::new_device_token().map_err(no_randomness)?;
    let revocation_code = credential::new_code().map_err(no_randomness)?;
    let canonical = zeroize::Zeroizing::new(revocation_code.replace('-', ""));
    let registered = portal
        .storage
        .register_device(&NewDevice {
            serial_number: &serial,
            name,
            supersedes: &request.supersedes,
            token_sha256: sha256(token.as_bytes()),
            revocation_code: &CodeHash::of(&canonical).map_err(no_randomness)?,
            registered_at: portal.now(),
            terms: &portal.terms_in_force.terms,
            origin: &caller.origin,
        })
        .await?;
    match registered {
        Registered::Now { reference, authority } => Ok(Json(DeviceRegistration {
            device_token: token.to_string(),
            revocation_code: revocation_code.to_string(),
            reference: credential::grouped(&reference),
            authority,
        })),
        Registered::SupersedesStranger => {
            Err(Refusal::with(ProblemKind::NotPermitted, "a superseded certificate is not one of the same person's"))
        }
        Registered::NotUsable => Err(Refusal::of(ProblemKind::CertificateNotUsable)),
    }
}

/// Logs in: only a certificate that is declared, valid and not suspended gets in.
#[utoipa::path(post, path = "/v1/session", tag = "certificates", security(("certificate" = [])), responses(
    (status = 200, body = Session),
    (status = 401, description = "certificate-required", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "certificate-not-usable, not-permitted", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn log_in(
    State(portal): State<Arc<Portal>>,
    caller: EmployeeCaller,
) -> Result<Json<Session>, Refusal> {
    let now = portal.now();
    let caller = caller.log_in(&portal, Sitting::Begins, now).await?;
    Ok(Json(Session {
        common_name: caller.record.common_name,
        logged_in_at: DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now),
    }))
}

/// Suspends the certificate, with the device token, also one that a later registration replaced. Succeeds where it is
/// suspended already. Reaches the certificate that is in use in its place, by renewal; then that one's status is answered.
#[utoipa::path(post, path = "/v1/certificates/{serial}/suspension", tag = "certificates",
    params(("serial" = String, Path, description = "lower-case hexadecimal")), security(("device" = [])),
    responses(
        (status = 200, body = CertificateStatus),
        (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "device-token-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "certificate-not-usable, not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "already-revoked, suspension-not-offered", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn suspend(
    State(portal): State<Arc<Portal>>,
    InPath(serial): InPath,
    SuspendingDeviceCaller(caller): SuspendingDeviceCaller,
) -> Result<Json<CertificateStatus>, Refusal> {
    caller.owns(&serial)?;
    suspension(&portal, &serial, Actor::DeviceToken).await
}

/// Suspends the certificate without its computer, with reference number and revocation code, also one that a later
/// registration replaced. Reaches the certificate that is in use in its place, by renewal.
#[utoipa::path(post, path = "/v1/suspension", tag = "certificates", security(("revocation-code" = [])), responses(
    (status = 200, body = CertificateStatus),
    (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "code-wrong", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "code-locked, certificate-not-usable", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "already-revoked, suspension-not-offered", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn suspend_with_code(
    State(portal): State<Arc<Portal>>,
    SuspensionCodeCaller(caller): SuspensionCodeCaller,
) -> Result<Json<CertificateStatus>, Refusal> {
    suspension(&portal, &caller.serial_number, Actor::RevocationCode).await
}

/// Revokes the certificate without its computer, for good, with reference number and revocation code. Reaches the
/// certificate that is in use in its place, by renewal.
#[utoipa::path(post, path = "/v1/revocation", tag = "certificates", request_body = RevocationRequest,
    security(("revocation-code" = [])), responses(
    (status = 200, body = CertificateStatus),
    (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "code-wrong", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "code-locked, certificate-not-usable", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "already-revoked", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "body-too-large", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn revoke_with_code(
    State(portal): State<Arc<Portal>>,
    caller: RevocationCodeCaller,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<CertificateStatus>, Refusal> {
    let request = revocation(read_json(&headers, body).await?, Naming::Free)?;
    change(&portal, &caller.serial_number, &request, Actor::RevocationCode).await
}

/// Revokes the certificate, for good. Asking again for the same reason changes nothing and is answered as the first time.
/// Reaches the certificate that is in use in its place, by renewal, unless the reason is that it is superseded. With the
/// device token it is a report of wrong details, before the declaration: what is in use is suspended then, not revoked.
#[utoipa::path(post, path = "/v1/certificates/{serial}/revocation", tag = "certificates",
    params(("serial" = String, Path, description = "lower-case hexadecimal")), request_body = RevocationRequest,
    security(("certificate" = []), ("device" = [])),
    responses(
        (status = 200, body = CertificateStatus),
        (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "certificate-required, device-token-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "certificate-not-usable, not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "already-revoked", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "body-too-large", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn revoke(
    State(portal): State<Arc<Portal>>,
    InPath(serial): InPath,
    caller: CertificateCaller,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<CertificateStatus>, Refusal> {
    let record = match &caller {
        CertificateCaller::Employee(caller) => {
            caller.owns(&serial)?;
            &caller.record
        }
        CertificateCaller::Device(caller) => {
            caller.owns(&serial)?;
            &caller.record
        }
    };
    let request: RevocationRequest = read_json(&headers, body).await?;
    let details_wrong = request.reason == RevocationReason::WrongDetails;
    let change_to = match (&caller, revocation(request, naming_asked_of(&caller))?) {
        (CertificateCaller::Device(_), StateChange::Revoke { wrong_details, .. }) if details_wrong => {
            StateChange::Report { wrong_details, suspension: portal.suspension }
        }
        (CertificateCaller::Employee(_) | CertificateCaller::Device(_), change_to) => change_to,
    };
    match (&caller, record.state) {
        // The change itself tells whether that is the same revocation.
        (_, CertificateState::Revoked) => {}
        (
            CertificateCaller::Employee(_),
            CertificateState::AwaitingDeclaration | CertificateState::Active | CertificateState::Suspended,
        ) => {}
        (CertificateCaller::Device(_), CertificateState::AwaitingDeclaration) if details_wrong => {}
        // Suspended before it was declared: the details may still be found wrong.
        (CertificateCaller::Device(_), CertificateState::Suspended)
            if details_wrong && record.declared_by.is_none() => {}
        (
            CertificateCaller::Device(_),
            CertificateState::AwaitingDeclaration | CertificateState::Active | CertificateState::Suspended,
        ) => {
            return Err(Refusal::with(ProblemKind::NotPermitted, BEFORE_THE_DECLARATION));
        }
    }
    let by = match &caller {
        CertificateCaller::Employee(caller) => Actor::Certificate(&caller.origin),
        CertificateCaller::Device(_) => Actor::DeviceToken,
    };
    change(&portal, &serial, &change_to, by).await
}

fn naming_asked_of(caller: &CertificateCaller) -> Naming {
    match caller {
        CertificateCaller::Employee(_) => Naming::Free,
        CertificateCaller::Device(_) => Naming::Asked,
    }
}

/// What the portal knows about the caller.
#[utoipa::path(get, path = "/v1/me", tag = "certificates", security(("device" = [])), responses(
    (status = 200, body = Me),
    (status = 401, description = "device-token-invalid", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "certificate-not-usable", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn me(State(portal): State<Arc<Portal>>, caller: DeviceCaller) -> Result<Json<Me>, Refusal> {
    let serial_number = &caller.record.serial_number;
    let declaration = portal.storage.declaration_of(serial_number).await?;
    let declaration_needed = match caller.record.state {
        CertificateState::AwaitingDeclaration => true,
        CertificateState::Active => {
            portal.storage.rests_on_other_terms(serial_number, &portal.terms_in_force.terms).await?
        }
        CertificateState::Suspended | CertificateState::Revoked => false,
    };
    let activities = portal.storage.activities(&caller.record).await?;
    Ok(Json(Me {
        certificate: caller.record.status(),
        declaration_needed,
        common_name: caller.record.common_name,
        organisation: caller.record.organisation,
        declaration,
        activities,
    }))
}

pub(super) fn suspension_offered(portal: &Portal) -> Result<(), Refusal> {
    if portal.suspension { Ok(()) } else { Err(Refusal::of(ProblemKind::SuspensionNotOffered)) }
}

async fn suspension(portal: &Portal, serial: &str, by: Actor<'_>) -> Result<Json<CertificateStatus>, Refusal> {
    suspension_offered(portal)?;
    change(portal, serial, &StateChange::Suspend, by).await
}

async fn change(
    portal: &Portal,
    serial: &str,
    change: &StateChange,
    by: Actor<'_>,
) -> Result<Json<CertificateStatus>, Refusal> {
    match portal.storage.change_state(serial, change, by, portal.now()).await?.changed {
        Changed::Now(status) | Changed::Already(status) => Ok(Json(status)),
        Changed::AlreadyRevoked => Err(Refusal::of(ProblemKind::AlreadyRevoked)),
        Changed::NotSuspended(_) | Changed::SuspendedAnew => {
            Err(Refusal::internal("a change other than reinstatement asked for a suspension"))
        }
        Changed::Unknown => Err(Refusal::of(ProblemKind::NotFound)),
        Changed::NotPermitted => Err(Refusal::with(ProblemKind::NotPermitted, BEFORE_THE_DECLARATION)),
    }
}

/// Whether wrong details must be named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// They must: it is a report from the check of the details.
    Asked,
    /// They may.
    Free,
}

pub(super) fn revocation(request: RevocationRequest, naming: Naming) -> Result<StateChange, Refusal> {
    let RevocationRequest { reason, wrong_details } = request;
    if reason == RevocationReason::WrongDetails && wrong_details.is_empty() && naming == Naming::Free {
        return Ok(StateChange::Revoke { reason, wrong_details });
    }
    StateChange::revoke(reason, wrong_details).ok_or_else(|| {
        Refusal::with(
            ProblemKind::RequestInvalid,
            "wrong_details names each wrong detail once, and only with the reason wrong-details",
        )
    })
}

/// A computer's name without the spaces around it; None for what cannot be one.
fn device_name(typed: &str) -> Option<&str> {
    let name = typed.trim();
    let length = name.chars().count();
    let is_name = (1..=DEVICE_NAME_LIMIT).contains(&length) && name.chars().all(is_printable) && !holds_number(name);
    is_name.then_some(name)
}

pub(super) async fn read_json<T: DeserializeOwned>(headers: &HeaderMap, body: Body) -> Result<T, Refusal> {
    expect_media_type(headers, "application/json")?;
    let body = read_body(body, JSON_LIMIT).await?;
    serde_json::from_slice(&body).map_err(|error| Refusal::with(ProblemKind::RequestInvalid, error.to_string()))
}
