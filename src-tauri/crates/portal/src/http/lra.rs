//! What the local registration authority asks, with a certificate of its own: of certificates of its own organisation, by
//! CVR number. Any other certificate is as good as none.

use super::caller::AuthorityCaller;
use super::certificates::{Naming, read_json, revocation, suspension_offered};
use super::problem::Refusal;
use super::{InPath, expect_media_type, read_body};
use crate::administration::canonical_serial_number;
use crate::portal::Portal;
use crate::storage::{Changed, Outcome, StateChange};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use portal_api::{
    CertificateOfOrganisation, ChangedCertificate, JSON_LIMIT, Problem, ProblemKind, ReinstatementRequest,
};
use std::sync::Arc;

/// A certificate of the organisation, with its state and those that stand for it by renewal.
#[utoipa::path(get, path = "/v1/lra/certificates/{serial}", tag = "lra",
    params(("serial" = String, Path, description = "lower-case hexadecimal")), security(("authority" = [])),
    responses(
        (status = 200, body = CertificateOfOrganisation),
        (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "certificate-required", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "certificate-not-usable, not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn certificate(
    State(portal): State<Arc<Portal>>,
    InPath(serial): InPath,
    caller: AuthorityCaller,
) -> Result<Json<CertificateOfOrganisation>, Refusal> {
    let found =
        portal.storage.certificate_of_organisation(&canonical_serial_number(&serial), &caller.authority.cvr).await?;
    found.map(Json).ok_or_else(|| Refusal::of(ProblemKind::NotFound))
}

/// Suspends the certificate. Succeeds where it is suspended already. Reaches the certificate that is in use in its place,
/// by renewal.
#[utoipa::path(post, path = "/v1/lra/certificates/{serial}/suspension", tag = "lra",
    params(("serial" = String, Path, description = "lower-case hexadecimal")), security(("authority" = [])),
    responses(
        (status = 200, body = ChangedCertificate),
        (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "certificate-required", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "certificate-not-usable, not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "already-revoked, suspension-not-offered", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn suspend(
    State(portal): State<Arc<Portal>>,
    InPath(serial): InPath,
    caller: AuthorityCaller,
) -> Result<Json<ChangedCertificate>, Refusal> {
    suspension_offered(&portal)?;
    change(&portal, &serial, &StateChange::Suspend, &caller).await
}

/// Lifts the suspension, and that of the certificates that were suspended for an alarm about this one alone. Succeeds where
/// it is not suspended. A revoked certificate never comes back.
#[utoipa::path(post, path = "/v1/lra/certificates/{serial}/reinstatement", tag = "lra",
    params(("serial" = String, Path, description = "lower-case hexadecimal")),
    request_body = Option<ReinstatementRequest>, security(("authority" = [])),
    responses(
        (status = 200, body = ChangedCertificate),
        (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "certificate-required", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "certificate-not-usable, not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "already-revoked", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "body-too-large", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn reinstate(
    State(portal): State<Arc<Portal>>,
    InPath(serial): InPath,
    caller: AuthorityCaller,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ChangedCertificate>, Refusal> {
    let body = read_body(body, JSON_LIMIT).await?;
    let ReinstatementRequest { suspended_since } = if body.is_empty() {
        ReinstatementRequest::default()
    } else {
        expect_media_type(&headers, "application/json")?;
        let request: Option<ReinstatementRequest> = serde_json::from_slice(&body)
            .map_err(|error| Refusal::with(ProblemKind::RequestInvalid, error.to_string()))?;
        // null says as much as nothing.
        request.unwrap_or_default()
    };
    change(&portal, &serial, &StateChange::Reinstate { suspended_since }, &caller).await
}

/// Revokes the certificate, for good. Asking again for the same reason changes nothing and is answered as the first time.
/// Reaches the certificate that is in use in its place, by renewal, unless the reason is that it is superseded.
#[utoipa::path(post, path = "/v1/lra/certificates/{serial}/revocation", tag = "lra",
    params(("serial" = String, Path, description = "lower-case hexadecimal")),
    request_body = portal_api::RevocationRequest, security(("authority" = [])),
    responses(
        (status = 200, body = ChangedCertificate),
        (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "certificate-required", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "certificate-not-usable, not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "already-revoked", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "body-too-large", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn revoke(
    State(portal): State<Arc<Portal>>,
    InPath(serial): InPath,
    caller: AuthorityCaller,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ChangedCertificate>, Refusal> {
    let change_to = revocation(read_json(&headers, body).await?, Naming::Asked)?;
    change(&portal, &serial, &change_to, &caller).await
}

async fn change(
    portal: &Portal,
    serial: &str,
    change: &StateChange,
    caller: &AuthorityCaller,
) -> Result<Json<ChangedCertificate>, Refusal> {
    let serial = canonical_serial_number(serial);
    let outcome: Outcome = portal.storage.change_state(&serial, change, caller.actor(), portal.now()).await?;
    match &outcome.changed {
        Changed::Now(status) | Changed::Already(status) | Changed::NotSuspended(status) => {
            tracing::info!(
                serial,
                authority = caller.authority.serial_number,
                "asked by a local registration authority"
            );
            Ok(Json(outcome.told(status)))
        }
        Changed::AlreadyRevoked => Err(Refusal::of(ProblemKind::AlreadyRevoked)),
        Changed::SuspendedAnew => Err(Refusal::with(
            ProblemKind::NotPermitted,
            "the certificate was suspended anew since: look at it again before it is reinstated",
        )),
        Changed::Unknown => Err(Refusal::of(ProblemKind::NotFound)),
        Changed::NotPermitted => Err(Refusal::of(ProblemKind::CertificateNotUsable)),
    }
}
