//! Who is at the desk.

use super::Desk;
use super::language::Language;
use super::trouble::Trouble;
use crate::http::AuthorityCaller;
use crate::storage::{Actor, AuthorityCertificate};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::sync::Arc;

/// A local registration authority with its certificate, in the language that the address asks for.
pub(super) struct Visitor {
    pub(super) language: Language,
    caller: AuthorityCaller,
}

impl Visitor {
    pub(super) fn authority(&self) -> &AuthorityCertificate {
        &self.caller.authority
    }

    /// The CVR number of the one organisation that the visitor sees.
    pub(super) fn cvr(&self) -> &str {
        &self.caller.authority.cvr
    }

    pub(super) fn actor(&self) -> Actor<'_> {
        self.caller.actor()
    }
}

impl FromRequestParts<Arc<Desk>> for Visitor {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Trouble> {
        let language = parts.extensions.get::<Language>().copied().unwrap_or(Language::Danish);
        let caller = AuthorityCaller::from_request_parts(parts, &desk.portal).await;
        let caller = caller.map_err(|refusal| Trouble::at_the_door(refusal.kind()))?;
        Ok(Self { language, caller })
    }
}
