//! What is posted at the desk: read, and known to be meant.

use super::Desk;
use super::caller::Visitor;
use super::trouble::Trouble;
use crate::http::{expect_media_type, read_body};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Uri, header};
use std::sync::Arc;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The longest form has seven short fields.
const FORM_LIMIT: usize = 16 * 1024;
/// The field of the token.
pub(super) const TOKEN: &str = "token";
/// The field that tells one form from another that is filled in the same way.
pub(super) const FORM: &str = "form";

/// A form that the visitor has sent from one of our pages.
pub(super) struct Posted {
    pub(super) visitor: Visitor,
    pub(super) fields: Fields,
}

/// The fields of a form, which may hold a CPR number: wiped when they are done with, and without `Debug`.
pub(super) struct Fields(Vec<(String, Zeroizing<String>)>);

impl Fields {
    /// The field's text without the spaces around it; nothing where there is no such field.
    pub(super) fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every text of a field that can be there several times.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, text)| text.trim())
    }

    /// Which form this is.
    pub(super) fn form(&self) -> Result<Uuid, Trouble> {
        Uuid::parse_str(self.text(FORM)).map_err(|_| Trouble::NoForm)
    }

    fn read(body: &[u8]) -> Self {
        let fields = form_urlencoded::parse(body);
        Self(fields.map(|(name, text)| (name.into_owned(), Zeroizing::new(text.into_owned()))).collect())
    }
}

impl FromRequest<Arc<Desk>> for Posted {
    type Rejection = Trouble;

    async fn from_request(request: Request, desk: &Arc<Desk>) -> Result<Self, Trouble> {
        use axum::extract::FromRequestParts;
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, desk).await?;
        if !from_our_page(&parts.headers, &parts.uri) {
            tracing::warn!(authority = visitor.authority().serial_number, "a form from another site");
            return Err(Trouble::OtherSite);
        }
        expect_media_type(&parts.headers, "application/x-www-form-urlencoded").map_err(|_| Trouble::NoForm)?;
        let body = read_body(body, FORM_LIMIT).await.map_err(|_| Trouble::NoForm)?;
        let fields = Fields::read(&body);
        if !desk.keys.holds(fields.text(TOKEN), &visitor.authority().serial_number, desk.portal.now()) {
            return Err(Trouble::FormNotHeld);
        }
        Ok(Self { visitor, fields })
    }
}

/// The host that the browser has asked, with its port.
pub(super) fn asked_host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    uri.authority().map(|authority| authority.as_str()).or(named)
}

/// True where the browser says that one of our pages sends this: by `Sec-Fetch-Site`, or where it does not know that header
/// by `Origin`. Under our referrer policy `Origin` is `null` for our own pages too (Fetch §3.2), which says nothing; an
/// `Origin` that says something must be ours.
fn from_our_page(headers: &HeaderMap, uri: &Uri) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    let origin = text("origin").filter(|origin| *origin != "null");
    let ours = origin.map(|origin| {
        let host = origin.strip_prefix("https://");
        host.is_some() && host == asked_host(headers, uri)
    });
    match (text("sec-fetch-site"), ours) {
        (Some(site), None | Some(true)) => site == "same-origin",
        (None, Some(true)) => true,
        (Some(_) | None, Some(false)) | (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn ours(headers: &[(&'static str, &'static str)]) -> bool {
        let map = headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        from_our_page(&map.collect(), &Uri::from_static("https://portal.example:8443/lra/users"))
    }

    #[test]
    fn a_form_is_taken_from_our_own_pages_alone() {
        assert!(ours(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(ours(&[("sec-fetch-site", "same-origin"), ("origin", "https://portal.example:8443")]));
        assert!(ours(&[("origin", "https://portal.example:8443")]));
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(!ours(&[("sec-fetch-site", site)]), "{site}");
            assert!(!ours(&[("sec-fetch-site", site), ("origin", "https://portal.example:8443")]), "{site}");
        }
        for origin in ["https://portal.example", "http://portal.example:8443", "https://evil.example:8443", "null"] {
            assert!(!ours(&[("origin", origin)]), "{origin}");
        }
        assert!(!ours(&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")]));
        assert!(!ours(&[]), "nothing is known of where it comes from");
    }
}
