//! The API: routes, and what all of them have in common.
//!
//! One module a resource; [`caller`] says who calls, [`problem`] how a request is refused.

mod caller;
mod certificates;
mod declarations;
mod directory;
mod est;
mod invitations;
mod lra;
mod openapi;
mod problem;
mod service;
mod status;
mod time_stamps;
mod unread;

pub(crate) use caller::{AuthorityCaller, ClientCertificate, RemoteAddress, is_printable};
pub use openapi::{openapi, openapi_json};
pub(crate) use problem::Refusal;
pub(crate) use unread::read_to_its_end;

use crate::desk::{self, DeskKeys};
use crate::masking::masked;
use crate::portal::Portal;
use crate::rate_limit::Rates;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use http_body_util::LengthLimitError;
use portal_api::{ProblemKind, REQUEST_TIMEOUT_SECONDS};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;

/// IMF-fixdate ([RFC 9110 §5.6.7]).
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// Everything, for the TLS listener.
pub(crate) fn portal_routes(portal: Arc<Portal>, desk_keys: DeskKeys, rates: Rates) -> Router {
    let mut routes = Router::new()
        .route("/.well-known/est/cacerts", get(est::ca_certificates))
        .route("/.well-known/est/csrattrs", get(est::request_attributes))
        .route("/.well-known/est/simpleenroll", post(est::simple_enroll))
        .route("/.well-known/est/simplereenroll", post(est::simple_reenroll))
        .route("/v1/capabilities", get(service::capabilities))
        .route("/v1/terms", get(service::terms))
        .route("/v1/invitation", get(invitations::invitation))
        .route("/v1/certificates/{serial}/device", put(certificates::register_device))
        .route("/v1/certificates/{serial}/suspension", post(certificates::suspend))
        .route("/v1/certificates/{serial}/revocation", post(certificates::revoke))
        .route("/v1/suspension", post(certificates::suspend_with_code))
        .route("/v1/revocation", post(certificates::revoke_with_code))
        .route("/v1/lra/certificates/{serial}", get(lra::certificate))
        .route("/v1/lra/certificates/{serial}/suspension", post(lra::suspend))
        .route("/v1/lra/certificates/{serial}/reinstatement", post(lra::reinstate))
        .route("/v1/lra/certificates/{serial}/revocation", post(lra::revoke))
        .route("/v1/session", post(certificates::log_in))
        .route("/v1/declarations", post(declarations::submit))
        .route("/v1/declarations/{id}/receipt", get(declarations::receipt))
        .route("/v1/directory", get(directory::search))
        .route("/v1/directory/me", get(directory::me))
        .route("/v1/me", get(certificates::me));
    if portal.practice {
        routes = routes.route("/v1/practice/invitations", post(invitations::practise));
    }
    finish(routes.merge(public_routes()).merge(desk::routes(Arc::clone(&portal), desk_keys, rates)), portal)
}

/// What is open to all and needs no TLS: status, time-stamps, CA certificates, health.
pub(crate) fn status_routes(portal: Arc<Portal>) -> Router {
    finish(public_routes(), portal)
}

/// Whether the instance is there and ready, for the listener that is not for the public.
pub(crate) fn health_routes(portal: Arc<Portal>) -> Router {
    let routes = Router::new().route("/healthz", get(service::alive)).route("/readyz", get(service::ready));
    finish(routes, portal)
}

fn public_routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/ocsp", post(status::ocsp_post))
        .route("/ocsp/{*request}", get(status::ocsp_get))
        .route("/tsa", post(time_stamps::query))
        .route("/crl/issuing-ca.crl", get(status::issuing_revocation_list))
        .route("/crl/issuing-ca-delta.crl", get(status::issuing_delta_list))
        .route("/crl/root-ca.crl", get(status::root_revocation_list))
        .route("/ca/issuing-ca.cer", get(status::issuing_certificate))
        .route("/ca/root-ca.cer", get(status::root_certificate))
        .route("/healthz", get(service::alive))
        .route("/readyz", get(service::ready))
        .route("/openapi.json", get(service::openapi_document))
}

fn finish(routes: Router<Arc<Portal>>, portal: Arc<Portal>) -> Router {
    routes
        .fallback(|| async { Refusal::of(ProblemKind::NotFound) })
        .method_not_allowed_fallback(|| async { Refusal::of(ProblemKind::MethodNotAllowed) })
        // Every handler bounds its own body; this is for those that take none.
        .layer(DefaultBodyLimit::max(portal_api::JSON_LIMIT))
        .layer(middleware::from_fn(answer_in_time))
        .layer(CatchPanicLayer::custom(|_panic: Box<dyn std::any::Any + Send>| {
            // The panic's message has gone to standard error; it might name what must not be told.
            Refusal::internal("a panic").into_response()
        }))
        .layer(middleware::from_fn_with_state(Arc::clone(&portal), dated_and_never_stored))
        .with_state(portal)
}

/// Refuses a request that takes too long, and writes one line about each.
async fn answer_in_time(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = masked(request.uri().path()).into_owned();
    let response = tokio::time::timeout(Duration::from_secs(REQUEST_TIMEOUT_SECONDS), next.run(request))
        .await
        .unwrap_or_else(|_| Refusal::with(ProblemKind::RequestInvalid, "the request took too long").into_response());
    tracing::info!(%method, path, status = response.status().as_u16(), "answered");
    response
}

/// Keeps answers out of every cache, except where a handler says otherwise; and dates them by the portal's clock, which
/// is the one that its certificates and answers are made by ([RFC 9110 §6.6.1]).
async fn dated_and_never_stored(State(portal): State<Arc<Portal>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Ok(date) = HeaderValue::try_from(portal.now().format(HTTP_DATE).to_string()) {
        headers.insert(header::DATE, date);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The parameter in the path, percent-decoded.
pub(crate) struct InPath(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for InPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        // Else the framework would refuse, and not with a problem of [RFC 9457].
        let Path(parameter) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Refusal::with(ProblemKind::RequestInvalid, "the address is not UTF-8 when it is decoded"))?;
        Ok(Self(parameter))
    }
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read_body(body: Body, limit: usize) -> Result<Bytes, Refusal> {
    axum::body::to_bytes(body, limit).await.map_err(|error| {
        let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
        while let Some(error) = cause {
            if error.is::<LengthLimitError>() {
                return Refusal::of(ProblemKind::BodyTooLarge);
            }
            cause = error.source();
        }
        Refusal::with(ProblemKind::RequestInvalid, "the body did not arrive")
    })
}

/// Refuses a body that says it is something else than `media_type`.
pub(crate) fn expect_media_type(headers: &HeaderMap, media_type: &str) -> Result<(), Refusal> {
    let stated = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = stated.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(media_type) {
        Ok(())
    } else {
        Err(Refusal::with(ProblemKind::RequestInvalid, format!("the body must be {media_type}")))
    }
}

/// Runs work that takes a processor for a moment off the threads that answer requests.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::internal("a thread ended before its work was done"))
}

/// Runs work that takes a processor for a while off the threads that answer requests, in turn. The turn lasts as long as
/// the work does, also where the client has gone meanwhile.
async fn in_turn<T: Send + 'static>(portal: &Portal, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    let turn = Arc::clone(&portal.processors).acquire_owned().await;
    let turn = turn.map_err(|_| Refusal::internal("the portal is shutting down"))?;
    blocking(move || {
        let _turn = turn;
        work()
    })
    .await
}
