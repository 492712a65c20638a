//! How a request is refused: a problem of [RFC 9457].

use crate::certificate_authority::IssuanceError;
use crate::error::PortalError;
use crate::masking::masked;
use crate::storage::StorageError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use portal_api::{PROBLEM_MEDIA_TYPE, ProblemKind};
use std::error::Error;
use std::fmt::Write;

/// A refusal, to become a problem.
#[derive(Debug)]
pub(crate) struct Refusal {
    kind: ProblemKind,
    detail: Option<String>,
    tries_left: Option<u32>,
}

impl Refusal {
    pub(crate) fn of(kind: ProblemKind) -> Self {
        Self { kind, detail: None, tries_left: None }
    }

    /// What it is about.
    pub(crate) fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// `detail` is in English and goes to the caller: it holds no secret.
    pub(crate) fn with(kind: ProblemKind, detail: impl Into<String>) -> Self {
        // What is wrong with a body may be told in its own words.
        Self { kind, detail: Some(masked(&detail.into()).into_owned()), tries_left: None }
    }

    /// A wrong code; the last one locks.
    pub(crate) fn wrong_code(tries_left: u32) -> Self {
        if tries_left == 0 {
            Self::of(ProblemKind::CodeLocked)
        } else {
            Self { kind: ProblemKind::CodeWrong, detail: None, tries_left: Some(tries_left) }
        }
    }

    /// The portal failed. `what` goes to the log only.
    pub(crate) fn internal(what: &str) -> Self {
        tracing::error!(what, "the portal failed");
        Self::of(ProblemKind::Internal)
    }

    fn failed(error: &dyn Error) -> Self {
        let mut chain = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            // Writing to a String does not fail.
            let _ = write!(chain, ": {error}");
            cause = error.source();
        }
        Self::internal(&chain)
    }
}

impl From<StorageError> for Refusal {
    fn from(error: StorageError) -> Self {
        Self::failed(&error)
    }
}

impl From<PortalError> for Refusal {
    fn from(error: PortalError) -> Self {
        Self::failed(&error)
    }
}

impl From<IssuanceError> for Refusal {
    fn from(error: IssuanceError) -> Self {
        Self::failed(&error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let challenge = match self.kind {
            ProblemKind::CodeWrong => Some("Basic realm=\"invitation\", charset=\"UTF-8\""),
            ProblemKind::DeviceTokenInvalid => Some("Bearer realm=\"device\""),
            // No registered scheme says "client certificate"; [RFC 9110 §15.5.2] wants a challenge with every 401.
            ProblemKind::CertificateRequired => Some("TLS-Client-Certificate realm=\"portal\""),
            ProblemKind::CodeLocked
            | ProblemKind::InvitationExpired
            | ProblemKind::InvitationUsed
            | ProblemKind::CertificationRequestInvalid
            | ProblemKind::CertificateNotUsable
            | ProblemKind::NotPermitted
            | ProblemKind::DeclarationInvalid
            | ProblemKind::TermsNotInForce
            | ProblemKind::IdempotencyKeyReused
            | ProblemKind::AlreadyRevoked
            | ProblemKind::SuspensionNotOffered
            | ProblemKind::RequestInvalid
            | ProblemKind::BodyTooLarge
            | ProblemKind::NotFound
            | ProblemKind::MethodNotAllowed
            | ProblemKind::TooManyRequests
            | ProblemKind::Internal => None,
        };
        let problem = self.kind.problem(self.detail, self.tries_left);
        let mut response = (status, axum::Json(problem)).into_response();
        // What the figures count.
        response.extensions_mut().insert(self.kind);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}
