//! The desk of the local registration authority: pages where it orders certificates for its organisation's users, hands on
//! reference number and one-time code, follows what becomes of them, and suspends, reinstates and revokes.
//!
//! Pages are made here and hold no script. Who calls is told by the certificate of the TLS connection, as for `/v1/lra/*`;
//! a browser shows it with every request, also with one that another site's page has set off, so every form carries a token
//! that is bound to that certificate ([`keys`]), and every post says where it comes from ([`form`]). CPR numbers go in and
//! never come out: no page, address or log line holds one.
//!
//! Danish at `/lra`, English at `/lra/en`. Start at [`routes`]; [`list`], [`order`], [`letter`] and [`user`] are the pages,
//! [`layout`] is what they have in common.

mod caller;
mod change;
mod form;
mod keys;
mod language;
mod layout;
mod letter;
mod list;
mod order;
mod standing;
mod trouble;
mod user;

pub(crate) use keys::DeskKeys;

use crate::credential::sha256;
use crate::http::ClientCertificate;
use crate::portal::Portal;
use crate::rate_limit::{CertificateRates, Rates, retry_after};
use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use language::Language;
use portal_api::ProblemKind;
use std::sync::Arc;
use trouble::Trouble;

const STYLE: &str = include_str!("desk/desk.css");
/// Nothing but this portal's own style sheet; no script, no frame, no other site.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// A year ([RFC 6797 §6.1.1]).
const STRICT_TRANSPORT_SECURITY: &str = "max-age=31536000";

/// What every page works on.
pub(crate) struct Desk {
    portal: Arc<Portal>,
    keys: DeskKeys,
    /// Where the style sheet is; a new one has a new address.
    style: String,
    codes: letter::RecentCodes,
    rates: CertificateRates,
}

/// The pages in both languages.
pub(crate) fn routes(portal: Arc<Portal>, keys: DeskKeys, rates: Rates) -> Router<Arc<Portal>> {
    let version: String = hex::encode(sha256(STYLE.as_bytes())).chars().take(16).collect();
    let style = format!("/lra/style-{version}.css");
    let sheet = Router::new().route(&style, get(style_sheet));
    let rates = CertificateRates::new(rates.desk_per_certificate);
    let desk = Arc::new(Desk { portal, keys, style, codes: letter::RecentCodes::default(), rates });
    let danish = pages(&desk, Language::Danish);
    let english = pages(&desk, Language::English);
    Router::new()
        .merge(sheet)
        .route("/lra/", get(async || Redirect::permanent("/lra")))
        .nest("/lra", danish)
        .nest("/lra/en", english)
}

fn pages(desk: &Arc<Desk>, language: Language) -> Router<Arc<Portal>> {
    Router::new()
        .route("/", get(async move || Redirect::to(&format!("{}/users", language.prefix()))))
        .route("/users", get(list::users).post(order::create))
        .route("/users/search", post(list::search))
        .route("/users/new", get(order::new))
        .route("/users/{id}", get(user::user))
        .route("/users/{id}/email", get(letter::email))
        .route("/users/{id}/letter", get(letter::shown).post(letter::letter))
        .route("/users/{id}/certificates/{serial}/suspension", post(change::suspend))
        .route(
            "/users/{id}/certificates/{serial}/reinstatement",
            get(change::ask_reinstatement).post(change::reinstate),
        )
        .route("/users/{id}/certificates/{serial}/revocation", get(change::ask_revocation).post(change::revoke))
        .fallback(async || Trouble::NotFound)
        .method_not_allowed_fallback(async || Trouble::MethodNotAllowed)
        .layer(middleware::from_fn_with_state((Arc::clone(desk), language), dress))
        .layer(Extension(language))
        .with_state(Arc::clone(desk))
}

/// Refuses more than a certificate may ask for, gives trouble its page, and every page its headers.
async fn dress(State((desk, language)): State<(Arc<Desk>, Language)>, request: Request, next: Next) -> Response {
    // Without a certificate there is one short page, which costs nothing.
    let shown = request.extensions().get::<ClientCertificate>().and_then(|shown| shown.0.as_deref());
    let mut response = match shown.map_or(Ok(()), |shown| desk.rates.check(shown)) {
        Ok(()) => next.run(request).await,
        Err(wait) => {
            tracing::info!("too many pages of the desk for one certificate");
            let mut refused = Trouble::TooManyPages.page(&desk, language);
            refused.headers_mut().insert(header::RETRY_AFTER, retry_after(wait));
            refused.extensions_mut().insert(ProblemKind::TooManyRequests);
            refused
        }
    };
    if let Some(trouble) = response.extensions().get::<Trouble>().copied() {
        let allow = response.headers().get(header::ALLOW).cloned();
        response = trouble.page(&desk, language);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::CACHE_CONTROL, "no-store");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if !desk.portal.practice {
        // A practice portal is on this computer: its name would bind every other port of it too.
        set(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT_SECURITY);
    }
    response
}

async fn style_sheet() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    (headers, STYLE).into_response()
}

/// Sends the browser on with GET, so that reloading sends nothing again ([RFC 9110 §15.4.4]).
fn see_other(language: Language, path: &str) -> Response {
    let location = HeaderValue::try_from(format!("{}{path}", language.prefix()));
    match location {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => Trouble::NotFound.into_response(),
    }
}
