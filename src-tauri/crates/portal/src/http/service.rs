//! What the portal can do, the terms in force, and whether it works.

use super::openapi::openapi_json;
use super::problem::Refusal;
use crate::portal::Portal;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use portal_api::{Capabilities, TermsInForce};
use std::sync::Arc;

/// What this portal can do.
#[utoipa::path(get, path = "/v1/capabilities", tag = "service", responses((status = 200, body = Capabilities)))]
pub(super) async fn capabilities(State(portal): State<Arc<Portal>>) -> Json<Capabilities> {
    Json(portal.capabilities())
}

/// The terms in force, signed by the portal.
#[utoipa::path(get, path = "/v1/terms", tag = "service", responses((status = 200, body = TermsInForce)))]
pub(super) async fn terms(State(portal): State<Arc<Portal>>) -> Json<TermsInForce> {
    Json(portal.terms_in_force.clone())
}

/// The portal's process is there.
#[utoipa::path(get, path = "/healthz", tag = "service", responses((status = 200, body = String)))]
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// The portal can work: its database answers.
#[utoipa::path(get, path = "/readyz", tag = "service", responses(
    (status = 200, body = String),
    (status = 503, body = String),
))]
pub(super) async fn ready(State(portal): State<Arc<Portal>>) -> Result<&'static str, Refusal> {
    portal.storage.ready().await?;
    // A load balancer then leaves this one out.
    if portal.storage.has_later_terms(&portal.terms_in_force.terms).await? {
        return Err(Refusal::internal(
            "another instance has put later terms in force: this one must be started with them",
        ));
    }
    Ok("ok\n")
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "service", responses((status = 200, content_type = "application/json", body = String)))]
pub(super) async fn openapi_document() -> Result<Response, Refusal> {
    let document = openapi_json().map_err(|error| Refusal::internal(&error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], document).into_response())
}
