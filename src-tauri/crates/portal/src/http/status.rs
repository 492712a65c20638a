//! The status of certificates: OCSP, revocation lists, and the CA certificates that they are checked with.

use super::problem::Refusal;
use super::{InPath, expect_media_type, in_turn, read_body};
use crate::ocsp;
use crate::ocsp::answers::Use;
use crate::portal::Portal;
use crate::revocation_lists;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portal_api::{OCSP_REQUEST_LIMIT, Problem};
use std::sync::Arc;

/// Answers an OCSP request ([RFC 6960 Appendix A.1], POST).
#[utoipa::path(post, path = "/ocsp", tag = "status",
    request_body(content = String, content_type = "application/ocsp-request", description = "OCSPRequest, DER"),
    responses(
        (status = 200, description = "OCSPResponse, DER", content_type = "application/ocsp-response", body = String),
        (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "body-too-large", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn ocsp_post(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    expect_media_type(&headers, "application/ocsp-request")?;
    let request = read_body(body, OCSP_REQUEST_LIMIT).await?;
    answer(portal, request).await
}

/// Answers an OCSP request ([RFC 6960 Appendix A.1], GET): the request in Base64, percent-encoded, in the path.
#[utoipa::path(get, path = "/ocsp/{request}", tag = "status",
    params(("request" = String, Path, description = "OCSPRequest, DER in Base64, percent-encoded")),
    responses(
        (status = 200, description = "OCSPResponse, DER", content_type = "application/ocsp-response", body = String),
        (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn ocsp_get(State(portal): State<Arc<Portal>>, InPath(request): InPath) -> Result<Response, Refusal> {
    // What is not Base64 is answered as any other malformed request.
    let request =
        if request.len() <= OCSP_REQUEST_LIMIT { STANDARD.decode(request).unwrap_or_default() } else { vec![] };
    answer(portal, request.into()).await
}

/// The issuing CA's revocation list.
#[utoipa::path(get, path = "/crl/issuing-ca.crl", tag = "status", responses(
    (status = 200, description = "CertificateList, DER", content_type = "application/pkix-crl", body = String),
))]
pub(super) async fn issuing_revocation_list(State(portal): State<Arc<Portal>>) -> Result<Response, Refusal> {
    Ok(list(revocation_lists::issuing(portal).await?.complete))
}

/// The issuing CA's delta list ([RFC 5280 §5.2.4]): what has changed since the oldest complete list that may still be
/// relied on.
#[utoipa::path(get, path = "/crl/issuing-ca-delta.crl", tag = "status", responses(
    (status = 200, description = "CertificateList, DER", content_type = "application/pkix-crl", body = String),
))]
pub(super) async fn issuing_delta_list(State(portal): State<Arc<Portal>>) -> Result<Response, Refusal> {
    Ok(list(revocation_lists::issuing(portal).await?.delta))
}

/// The root CA's revocation list.
#[utoipa::path(get, path = "/crl/root-ca.crl", tag = "status", responses(
    (status = 200, description = "CertificateList, DER", content_type = "application/pkix-crl", body = String),
))]
pub(super) async fn root_revocation_list(State(portal): State<Arc<Portal>>) -> Result<Response, Refusal> {
    Ok(list(revocation_lists::root(portal).await?))
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

async fn answer(portal: Arc<Portal>, request: Bytes) -> Result<Response, Refusal> {
    if let Some(kept) = portal.ocsp_answers.of(&request)
        && kept.says(&ocsp::Status::recorded(portal.storage.status(kept.serial_number()).await?))
    {
        match kept.good_for(portal.now()) {
            Use::Over => {}
            Use::Given => return Ok(signed(kept.der())),
            Use::GivenAndReplaced => {
                let answer = signed(kept.der());
                // Not waited for: whoever asks has an answer.
                tokio::spawn(async move {
                    if sign(portal, &request).await.is_err() {
                        kept.not_replaced();
                    }
                });
                return Ok(answer);
            }
        }
    }
    Ok(signed(sign(portal, &request).await?))
}

/// Makes the answer to a request, DER, and keeps it where it is one to keep.
async fn sign(portal: Arc<Portal>, request: &Bytes) -> Result<Bytes, Refusal> {
    let parsed = match ocsp::parse(request) {
        Err(refused) => return Ok(refused.response()?.into()),
        Ok(parsed) => parsed,
    };
    // The status is known to be correct at this time ([RFC 6960 §2.4]): it is read after it.
    let now = portal.now();
    let mut about = None;
    let mut statuses = Vec::with_capacity(parsed.certificates().len());
    for certificate in parsed.certificates() {
        statuses.push(match ocsp::serial_number(&portal.authority, certificate) {
            None => ocsp::Status::Unknown,
            Some(serial_number) => {
                let status = ocsp::Status::recorded(portal.storage.status(&serial_number).await?);
                about = Some((serial_number, status.clone()));
                status
            }
        });
    }
    let responder = portal.ocsp_responder(now).await?;
    let signing = Arc::clone(&portal);
    let (der, parsed) = in_turn(&portal, move || {
        ocsp::respond(&signing.authority, &responder, &parsed, &statuses, now).map(|der| (Bytes::from(der), parsed))
    })
    .await??;
    portal.ocsp_answers.keep(request, &parsed, about, now, &der);
    Ok(der)
}

fn signed(answer: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/ocsp-response")], answer).into_response()
}

fn list(der: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/pkix-crl")], der).into_response()
}
