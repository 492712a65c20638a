//! The status of certificates: OCSP, revocation lists, and the CA certificates that they are checked with.

use super::problem::Refusal;
use super::{blocking, expect_media_type, read_body};
use crate::certificate_authority::revocation_list;
use crate::ocsp;
use crate::portal::Portal;
use crate::storage::{ListIssuer, RevocationListRecord};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use portal_api::{OCSP_REQUEST_LIMIT, Problem};
use std::sync::Arc;

/// How long a revocation list may be relied on, and after how long a new one is made even where nothing has happened.
const LIST_VALIDITY: TimeDelta = TimeDelta::hours(24);
const LIST_RENEWAL: TimeDelta = TimeDelta::hours(1);

/// Answers an OCSP request ([RFC 6960 Appendix A.1], POST).
#[utoipa::path(post, path = "/ocsp", tag = "status",
    request_body(content = String, content_type = "application/ocsp-request", description = "OCSPRequest, DER"),
    responses(
        (status = 200, description = "OCSPResponse, DER", content_type = "application/ocsp-response", body = String),
        (status = 413, description = "body-too-large", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn ocsp_post(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    expect_media_type(&headers, "application/ocsp-request")?;
    let request = read_body(body, OCSP_REQUEST_LIMIT).await?;
    answer(portal, &request).await
}

/// Answers an OCSP request ([RFC 6960 Appendix A.1], GET): the request in Base64, percent-encoded, in the path.
#[utoipa::path(get, path = "/ocsp/{request}", tag = "status",
    params(("request" = String, Path, description = "OCSPRequest, DER in Base64, percent-encoded")),
    responses((status = 200, description = "OCSPResponse, DER", content_type = "application/ocsp-response", body = String)))]
pub(super) async fn ocsp_get(
    State(portal): State<Arc<Portal>>,
    Path(request): Path<String>,
) -> Result<Response, Refusal> {
    // What is not Base64 is answered as any other malformed request.
    let request =
        if request.len() <= OCSP_REQUEST_LIMIT { STANDARD.decode(request).unwrap_or_default() } else { vec![] };
    answer(portal, &request).await
}

/// The issuing CA's revocation list.
#[utoipa::path(get, path = "/crl/issuing-ca.crl", tag = "status", responses(
    (status = 200, description = "CertificateList, DER", content_type = "application/pkix-crl", body = String),
))]
pub(super) async fn issuing_revocation_list(State(portal): State<Arc<Portal>>) -> Result<Response, Refusal> {
    current_list(portal, ListIssuer::Issuing).await
}

/// The root CA's revocation list.
#[utoipa::path(get, path = "/crl/root-ca.crl", tag = "status", responses(
    (status = 200, description = "CertificateList, DER", content_type = "application/pkix-crl", body = String),
))]
pub(super) async fn root_revocation_list(State(portal): State<Arc<Portal>>) -> Result<Response, Refusal> {
    current_list(portal, ListIssuer::Root).await
}

/// The issuing CA's certificate.
#[utoipa::path(get, path = "/ca/issuing-ca.cer", tag = "status", responses(
    (status = 200, description = "Certificate, DER", content_type = "application/pkix-cert", body = String),
))]
pub(super) async fn issuing_certificate(State(portal): State<Arc<Portal>>) -> Response {
    certificate(portal.authority.issuing.certificate.der())
}

/// The root CA's certificate.
#[utoipa::path(get, path = "/ca/root-ca.cer", tag = "status", responses(
    (status = 200, description = "Certificate, DER", content_type = "application/pkix-cert", body = String),
))]
pub(super) async fn root_certificate(State(portal): State<Arc<Portal>>) -> Response {
    certificate(portal.authority.root.certificate.der())
}

fn certificate(der: &[u8]) -> Response {
    ([(header::CONTENT_TYPE, "application/pkix-cert")], der.to_vec()).into_response()
}

async fn answer(portal: Arc<Portal>, request: &[u8]) -> Result<Response, Refusal> {
    let answer = match ocsp::parse(request) {
        Err(refused) => refused.response()?,
        Ok(request) => {
            let mut statuses = Vec::with_capacity(request.certificates().len());
            for certificate in request.certificates() {
                statuses.push(match ocsp::serial_number(&portal.authority, certificate) {
                    None => ocsp::Status::Unknown,
                    Some(serial_number) => match portal.storage.status(&serial_number).await? {
                        None => ocsp::Status::Unknown,
                        Some(None) => ocsp::Status::Good,
                        Some(Some(entry)) => ocsp::Status::Revoked(entry),
                    },
                });
            }
            let now = portal.now();
            blocking(move || ocsp::respond(&portal.authority, &request, &statuses, now)).await??
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/ocsp-response")], answer).into_response())
}

/// The latest list, or a new one where something has happened or the latest is old.
async fn current_list(portal: Arc<Portal>, issuer: ListIssuer) -> Result<Response, Refusal> {
    let _one_at_a_time = portal.revocation_list.lock().await;
    let now = portal.now();
    let latest = portal.storage.revocation_list(issuer).await?;
    let (entries, event_id) = match issuer {
        ListIssuer::Issuing => portal.storage.revocation_entries(now).await?,
        // The issuing CA is the root's only issue, and it is not revoked.
        ListIssuer::Root => (Vec::new(), 0),
    };
    let fresh = latest.as_ref().filter(|latest| {
        latest.event_id == event_id && latest.this_update <= now && latest.this_update + LIST_RENEWAL > now
    });
    let der = match fresh {
        Some(latest) => latest.der.clone(),
        None => {
            let number = latest.as_ref().map_or(1, |latest| latest.number.saturating_add(1));
            let signing = Arc::clone(&portal);
            let der = blocking(move || {
                let identity = match issuer {
                    ListIssuer::Root => &signing.authority.root,
                    ListIssuer::Issuing => &signing.authority.issuing,
                };
                revocation_list::build(identity, number, now, now + LIST_VALIDITY, &entries)
            })
            .await??;
            let list = RevocationListRecord { number, event_id, this_update: now, der };
            portal.storage.store_revocation_list(issuer, &list, now + LIST_VALIDITY).await?;
            list.der
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/pkix-crl")], der).into_response())
}
