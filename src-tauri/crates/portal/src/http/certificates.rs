//! What is asked of a certificate: a device, suspension, revocation, its state.

use super::caller::{CertificateCaller, DeviceCaller, EmployeeCaller, RevocationCodeCaller};
use super::problem::Refusal;
use super::{expect_media_type, read_body};
use crate::credential::{self, CodeHash, sha256};
use crate::portal::Portal;
use crate::storage::{Changed, NewDevice, StateChange};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use portal_api::{
    CertificateState, CertificateStatus, DeviceRegistration, JSON_LIMIT, Me, Problem, ProblemKind, RevocationReason,
    RevocationRequest,
};
use std::sync::Arc;

/// Registers this computer for the certificate. The secrets of an earlier registration no longer work.
#[utoipa::path(put, path = "/v1/certificates/{serial}/device", tag = "certificates",
    params(("serial" = String, Path, description = "lower-case hexadecimal")), security(("certificate" = [])),
    responses(
        (status = 200, body = DeviceRegistration),
        (status = 401, description = "certificate-required", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "certificate-not-usable, not-permitted", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn register_device(
    State(portal): State<Arc<Portal>>,
    Path(serial): Path<String>,
    caller: EmployeeCaller,
) -> Result<Json<DeviceRegistration>, Refusal> {
    let caller = caller.usable()?;
    caller.owns(&serial)?;
    let no_randomness = |error: credential::NoRandomness| Refusal::internal(&error.to_string());
    let token = credential::new_device_token().map_err(no_randomness)?;
    let revocation_code = credential::new_code().map_err(no_randomness)?;
    let canonical = zeroize::Zeroizing::new(revocation_code.replace('-', ""));
    portal
        .storage
        .register_device(&NewDevice {
            serial_number: &serial,
            token_sha256: sha256(token.as_bytes()),
            revocation_code: &CodeHash::of(&canonical).map_err(no_randomness)?,
            registered_at: portal.now(),
        })
        .await?;
    Ok(Json(DeviceRegistration { device_token: token.to_string(), revocation_code: revocation_code.to_string() }))
}

/// Suspends the certificate, with the device token. Succeeds where it is suspended already.
#[utoipa::path(post, path = "/v1/certificates/{serial}/suspension", tag = "certificates",
    params(("serial" = String, Path, description = "lower-case hexadecimal")), security(("device" = [])),
    responses(
        (status = 200, body = CertificateStatus),
        (status = 401, description = "device-token-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "already-revoked", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn suspend(
    State(portal): State<Arc<Portal>>,
    Path(serial): Path<String>,
    caller: DeviceCaller,
) -> Result<Json<CertificateStatus>, Refusal> {
    caller.owns(&serial)?;
    change(&portal, &serial, &StateChange::Suspend).await
}

/// Suspends the certificate without its computer, with reference number and revocation code.
#[utoipa::path(post, path = "/v1/suspension", tag = "certificates", security(("revocation-code" = [])), responses(
    (status = 200, body = CertificateStatus),
    (status = 401, description = "code-wrong", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "code-locked", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "already-revoked", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn suspend_with_code(
    State(portal): State<Arc<Portal>>,
    caller: RevocationCodeCaller,
) -> Result<Json<CertificateStatus>, Refusal> {
    change(&portal, &caller.serial_number, &StateChange::Suspend).await
}

/// Revokes the certificate, for good.
#[utoipa::path(post, path = "/v1/certificates/{serial}/revocation", tag = "certificates",
    params(("serial" = String, Path, description = "lower-case hexadecimal")), request_body = RevocationRequest,
    security(("certificate" = []), ("device" = [])),
    responses(
        (status = 200, body = CertificateStatus),
        (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "certificate-required, device-token-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "already-revoked", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "body-too-large", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn revoke(
    State(portal): State<Arc<Portal>>,
    Path(serial): Path<String>,
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
    expect_media_type(&headers, "application/json")?;
    let body = read_body(body, JSON_LIMIT).await?;
    let request: RevocationRequest =
        serde_json::from_slice(&body).map_err(|error| Refusal::with(ProblemKind::RequestInvalid, error.to_string()))?;
    let details_wrong = request.reason == RevocationReason::WrongDetails;
    let change_to = StateChange::revoke(request.reason, request.wrong_details).ok_or_else(|| {
        Refusal::with(
            ProblemKind::RequestInvalid,
            "wrong_details names each wrong detail once, and only with the reason wrong-details",
        )
    })?;
    match (&caller, record.state) {
        (_, CertificateState::Revoked) => return Err(Refusal::of(ProblemKind::AlreadyRevoked)),
        (
            CertificateCaller::Employee(_),
            CertificateState::AwaitingDeclaration | CertificateState::Active | CertificateState::Suspended,
        ) => {}
        (CertificateCaller::Device(_), CertificateState::AwaitingDeclaration) if details_wrong => {}
        // Suspended before it was declared: the details may still be found wrong.
        (CertificateCaller::Device(_), CertificateState::Suspended)
            if details_wrong && portal.storage.declaration_of(&serial).await?.is_none() => {}
        (
            CertificateCaller::Device(_),
            CertificateState::AwaitingDeclaration | CertificateState::Active | CertificateState::Suspended,
        ) => {
            return Err(Refusal::with(
                ProblemKind::NotPermitted,
                "a device token revokes only for wrong details, and only before the declaration",
            ));
        }
    }
    change(&portal, &serial, &change_to).await
}

/// What the portal knows about the caller.
#[utoipa::path(get, path = "/v1/me", tag = "certificates", security(("device" = [])), responses(
    (status = 200, body = Me),
    (status = 401, description = "device-token-invalid", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn me(State(portal): State<Arc<Portal>>, caller: DeviceCaller) -> Result<Json<Me>, Refusal> {
    let declaration = portal.storage.declaration_of(&caller.record.serial_number).await?;
    Ok(Json(Me {
        certificate: caller.record.status(),
        common_name: caller.record.common_name,
        organisation: caller.record.organisation,
        declaration,
    }))
}

async fn change(portal: &Portal, serial: &str, change: &StateChange) -> Result<Json<CertificateStatus>, Refusal> {
    match portal.storage.change_state(serial, change, portal.now()).await? {
        Changed::Now(status) => Ok(Json(status)),
        Changed::AlreadyRevoked => Err(Refusal::of(ProblemKind::AlreadyRevoked)),
        Changed::NotSuspended => Err(Refusal::internal("a change other than reinstatement asked for a suspension")),
        Changed::Unknown => Err(Refusal::of(ProblemKind::NotFound)),
    }
}
