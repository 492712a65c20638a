//! Time-stamps over HTTP ([RFC 3161 §3.4]), open to all.

use super::problem::Refusal;
use super::{expect_media_type, in_turn, read_body};
use crate::portal::Portal;
use crate::time_stamping;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use portal_api::{Problem, TIME_STAMP_REQUEST_LIMIT};
use std::sync::Arc;

/// Gives a time-stamp ([RFC 3161 §2.4]). A request that gets none is answered with the reason, as the standard has it.
#[utoipa::path(post, path = "/tsa", tag = "time-stamps",
    request_body(content = String, content_type = "application/timestamp-query", description = "TimeStampReq, DER"),
    responses(
        (status = 200, description = "TimeStampResp, DER", content_type = "application/timestamp-reply", body = String),
        (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "body-too-large", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn query(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    expect_media_type(&headers, "application/timestamp-query")?;
    let request = read_body(body, TIME_STAMP_REQUEST_LIMIT).await?;
    let now = portal.now();
    let certificate = portal.time_stamping(now).await?;
    let answer = in_turn(&portal, {
        let portal = Arc::clone(&portal);
        move || time_stamping::answer(&portal, &certificate, &request, now)
    })
    .await?;
    if let Some(failure) = answer.failure {
        tracing::debug!(?failure, "a time-stamp was refused");
    }
    Ok(([(header::CONTENT_TYPE, "application/timestamp-reply")], answer.der).into_response())
}
