//! What every request passes on its way to the routes: from where it comes, whether there were too many, and the figures. And
//! the routes of the listener that is not for the public.

use crate::connection::Limits;
use crate::http::{self, Refusal, RemoteAddress};
use crate::metrics::{Figures, Listener, MEDIA_TYPE, NO_ROUTE};
use crate::portal::Portal;
use crate::rate_limit::{RateLimits, TrustedProxies, retry_after};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use portal_api::ProblemKind;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What axum names the rest of a path below which there is no route.
const NO_ROUTE_BELOW: &str = "__private__axum";

/// What one instance counts and knows about itself.
pub(crate) struct Operation {
    pub(crate) figures: Figures,
    rates: RateLimits,
    proxies: TrustedProxies,
    stopping: AtomicBool,
}

impl Operation {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            figures: Figures::new(),
            rates: RateLimits::new(limits.rates),
            proxies: limits.proxies.clone(),
            stopping: AtomicBool::new(false),
        }
    }

    /// From now on the instance is not ready.
    pub(crate) fn announce_stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// Puts the limits and the figures around the routes of a listener.
    pub(crate) fn around(self: &Arc<Self>, routes: Router, which: Listener) -> Router {
        let routes = routes.layer(middleware::from_fn_with_state((Arc::clone(self), which), pass));
        // Outermost: whoever answers, the body is read or the connection closed.
        routes.layer(middleware::from_fn(http::read_to_its_end))
    }

    /// Where a request comes from.
    fn caller(&self, which: Listener, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        match which {
            Listener::Status => self.proxies.caller(peer, headers),
            // TLS ends here, so that no proxy can have written into it; and figures are asked for directly.
            Listener::Portal | Listener::Metrics => peer,
        }
    }
}

/// The routes of the listener for the one who runs the portal.
pub(crate) fn routes(portal: Arc<Portal>, operation: Arc<Operation>) -> Router {
    let figures = Router::new().route("/metrics", get(figures)).with_state((Arc::clone(&portal), operation));
    figures.merge(http::health_routes(portal))
}

async fn figures(State((portal, operation)): State<(Arc<Portal>, Arc<Operation>)>) -> Result<Response, Refusal> {
    let (used, idle) = portal.storage.connections();
    let text = operation.figures.text(used, idle).map_err(|error| Refusal::internal(&error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE)], text).into_response())
}

async fn pass(
    State((operation, which)): State<(Arc<Operation>, Listener)>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let route = if route.contains(NO_ROUTE_BELOW) { NO_ROUTE } else { route };
    let peer = request.extensions().get::<RemoteAddress>().copied();
    let caller = peer.map(|peer| operation.caller(which, peer.0, request.headers()));
    if let Some(caller) = caller {
        request.extensions_mut().insert(RemoteAddress(caller));
    }
    let response = match operation.rates.check(route, caller, request.headers()) {
        Ok(()) if route == "/readyz" => readiness(&operation, request, next).await,
        Ok(()) => next.run(request).await,
        Err(wait) => too_many(route, wait),
    };
    let problem = response.extensions().get::<ProblemKind>().copied();
    operation.figures.answered(&method, route, response.status(), problem, began.elapsed());
    response
}

/// An instance that stops is not ready, whatever else holds; and one that is not ready is unavailable for a while, not
/// broken ([RFC 9110 §15.6.4]).
async fn readiness(operation: &Operation, request: Request, next: Next) -> Response {
    if !operation.stopping.load(Ordering::SeqCst) {
        let response = next.run(request).await;
        if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
            return response;
        }
    }
    (StatusCode::SERVICE_UNAVAILABLE, [(header::CACHE_CONTROL, "no-store")], "not ready\n").into_response()
}

/// Says when to come back ([RFC 6585 §4]).
fn too_many(route: &str, wait: Duration) -> Response {
    tracing::info!(route, "too many requests from one address or for one reference number");
    let mut response = Refusal::of(ProblemKind::TooManyRequests).into_response();
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, retry_after(wait));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
