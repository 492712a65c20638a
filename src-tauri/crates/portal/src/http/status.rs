//! The status of certificates: OCSP, revocation lists, and the CA certificates that they are checked with.

use super::problem::Refusal;
use super::{blocking, expect_media_type, read_body};
use crate::certificate_authority::IssuanceError;
use crate::certificate_authority::revocation_list::{self, Extent};
use crate::ocsp;
use crate::portal::Portal;
use crate::storage::{IssuedLists, ListIssuer, RevocationListRecord, Stored};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use portal_api::{OCSP_REQUEST_LIMIT, Problem};
use std::sync::Arc;

/// How long a revocation list may be relied on, and after how long a new one is made even where nothing has happened.
const LIST_VALIDITY: TimeDelta = TimeDelta::hours(24);
const LIST_RENEWAL: TimeDelta = TimeDelta::hours(1);
/// By how much the clock of another instance, which made the latest list, may be ahead of this one's.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(1);
/// How long a delta list may be relied on: it is there to be asked for often.
const DELTA_VALIDITY: TimeDelta = TimeDelta::hours(6);

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
    Ok(list(issuing_lists(portal).await?.complete.der))
}

/// The issuing CA's delta list ([RFC 5280 §5.2.4]): what has changed since the oldest complete list that may still be
/// relied on.
#[utoipa::path(get, path = "/crl/issuing-ca-delta.crl", tag = "status", responses(
    (status = 200, description = "CertificateList, DER", content_type = "application/pkix-crl", body = String),
))]
pub(super) async fn issuing_delta_list(State(portal): State<Arc<Portal>>) -> Result<Response, Refusal> {
    Ok(list(issuing_lists(portal).await?.delta))
}

/// The root CA's revocation list.
#[utoipa::path(get, path = "/crl/root-ca.crl", tag = "status", responses(
    (status = 200, description = "CertificateList, DER", content_type = "application/pkix-crl", body = String),
))]
pub(super) async fn root_revocation_list(State(portal): State<Arc<Portal>>) -> Result<Response, Refusal> {
    Ok(list(root_list(portal).await?))
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
            let responder = portal.ocsp_responder(now).await?;
            blocking(move || ocsp::respond(&portal.authority, &responder, &request, &statuses, now)).await??
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/ocsp-response")], answer).into_response())
}

/// The issuing CA's latest lists, or new ones where something has happened or the latest are old. Both are made of the
/// same reading and have the same number ([RFC 5280 §5.2.3]).
///
/// Other instances of the portal make lists too. A list is kept only where its number is still the next one; what belongs
/// on it is read after that of the list before, so that the one with the higher number never knows less.
async fn issuing_lists(portal: Arc<Portal>) -> Result<IssuedLists, Refusal> {
    let _one_at_a_time = portal.revocation_list.lock().await;
    let mut asked_at_event = None;
    loop {
        let now = portal.now();
        let latest = portal.storage.revocation_list(ListIssuer::Issuing).await?;
        let content = portal.storage.list_content(now).await?;
        let event_id = content.event_id;
        // What has happened since this request came need not be on the list that it is answered with.
        let enough = *asked_at_event.get_or_insert(event_id);
        let number = next_number(latest.as_ref());
        if let Some(complete) = latest.filter(|latest| latest.event_id >= enough && is_fresh(latest, now))
            && let Some(delta) = portal.storage.delta_list(complete.number).await?
        {
            return Ok(IssuedLists { complete, delta });
        }
        let signing = Arc::clone(&portal);
        let (der, delta) = blocking(move || {
            let authority = &signing.authority;
            let complete = Extent::Complete { status_url: Some(&authority.status_url) };
            // Where no older list may be relied on, there is nothing that this one could have changed.
            let delta = Extent::Delta { base: content.base.unwrap_or(number) };
            let issuing = &authority.issuing;
            Ok::<_, IssuanceError>((
                revocation_list::build(issuing, complete, number, now, now + LIST_VALIDITY, &content.entries)?,
                revocation_list::build(issuing, delta, number, now, now + DELTA_VALIDITY, &content.changed)?,
            ))
        })
        .await??;
        let lists = IssuedLists { complete: RevocationListRecord { number, event_id, this_update: now, der }, delta };
        match portal.storage.store_issuing_lists(&lists, now + LIST_VALIDITY).await? {
            Stored::Now => return Ok(lists),
            Stored::Overtaken => {}
        }
    }
}

/// The root CA's latest list, or a new one where that is old. The issuing CA is its only issue, and is not revoked.
async fn root_list(portal: Arc<Portal>) -> Result<Vec<u8>, Refusal> {
    let _one_at_a_time = portal.revocation_list.lock().await;
    loop {
        let now = portal.now();
        let latest = portal.storage.revocation_list(ListIssuer::Root).await?;
        let number = next_number(latest.as_ref());
        if let Some(latest) = latest.filter(|latest| is_fresh(latest, now)) {
            return Ok(latest.der);
        }
        let signing = Arc::clone(&portal);
        let der = blocking(move || {
            let complete = Extent::Complete { status_url: None };
            revocation_list::build(&signing.authority.root, complete, number, now, now + LIST_VALIDITY, &[])
        })
        .await??;
        let record = RevocationListRecord { number, event_id: 0, this_update: now, der };
        match portal.storage.store_root_list(&record, now + LIST_VALIDITY).await? {
            Stored::Now => return Ok(record.der),
            Stored::Overtaken => {}
        }
    }
}

fn next_number(latest: Option<&RevocationListRecord>) -> u64 {
    latest.map_or(1, |latest| latest.number.saturating_add(1))
}

fn is_fresh(latest: &RevocationListRecord, now: DateTime<Utc>) -> bool {
    latest.this_update <= now + CLOCKS_DIFFER && latest.this_update + LIST_RENEWAL > now
}

fn list(der: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/pkix-crl")], der).into_response()
}
