//! What a portal says no with: problems ([RFC 9457]) and bare statuses, read totally.

use crate::answer;
use lifecycle::ports::{PortalError, Refusal};
use portal_api::ProblemKind;
use reqwest::StatusCode;
use serde::Deserialize;

/// A problem as it may come from any portal, also a newer one: nothing is required of it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ReportedProblem {
    kind: serde_json::Value,
    title: Option<String>,
    detail: Option<String>,
    tries_left: Option<u32>,
}

/// What an answer that is no success means. `problem` is its body where its media type is that of a problem.
pub(crate) fn read(status: StatusCode, problem: Option<&[u8]>) -> PortalError {
    let problem: ReportedProblem = problem.and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
    let kind: Option<ProblemKind> = serde_json::from_value(problem.kind).ok();
    let detail = answer::for_the_log(problem.detail.or(problem.title).as_deref().unwrap_or(status.as_str()));
    let refused = |refusal| PortalError::Refused { refusal, detail: detail.clone() };
    let Some(kind) = kind else {
        return by_status(status, detail);
    };
    match kind {
        ProblemKind::CodeWrong => match problem.tries_left {
            Some(tries_left) => refused(Refusal::CodeWrong { tries_left }),
            None => PortalError::Unusable("a wrong code without the number of tries that are left".into()),
        },
        ProblemKind::CodeLocked => refused(Refusal::CodeLocked),
        ProblemKind::InvitationExpired => refused(Refusal::InvitationExpired),
        ProblemKind::InvitationUsed => refused(Refusal::InvitationUsed),
        ProblemKind::CertificateRequired | ProblemKind::CertificateNotUsable => refused(Refusal::CertificateNotUsable),
        ProblemKind::DeviceTokenInvalid => refused(Refusal::DeviceTokenInvalid),
        ProblemKind::DeclarationInvalid | ProblemKind::IdempotencyKeyReused => refused(Refusal::DeclarationInvalid),
        ProblemKind::TermsNotInForce => refused(Refusal::TermsNotInForce),
        ProblemKind::AlreadyRevoked => refused(Refusal::AlreadyRevoked),
        ProblemKind::SuspensionNotOffered => refused(Refusal::SuspensionNotOffered),
        ProblemKind::NotPermitted
        | ProblemKind::CertificationRequestInvalid
        | ProblemKind::RequestInvalid
        | ProblemKind::BodyTooLarge
        | ProblemKind::NotFound
        | ProblemKind::MethodNotAllowed => refused(Refusal::NotPermitted),
        ProblemKind::TooManyRequests | ProblemKind::Internal => PortalError::Failed { status: status.as_u16() },
    }
}

fn by_status(status: StatusCode, detail: Box<str>) -> PortalError {
    if status.is_redirection() {
        PortalError::Unusable("the portal sends elsewhere, which is not followed".into())
    } else if status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT
        || status == StatusCode::ACCEPTED
        || status.is_server_error()
    {
        // 202 is EST's "not decided yet, ask again later" ([RFC 7030 §4.2.3]).
        PortalError::Failed { status: status.as_u16() }
    } else if status.is_client_error() {
        PortalError::Refused { refusal: Refusal::NotPermitted, detail }
    } else {
        PortalError::Unusable(format!("status {} is not an answer to this request", status.as_u16()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal_of(kind: &str, status: u16) -> PortalError {
        let body = serde_json::json!({ "type": format!("{}{kind}", portal_api::PROBLEM_TYPE_PREFIX), "title": "No",
            "status": status, "kind": kind, "tries_left": 3 });
        let status = StatusCode::from_u16(status).expect("a status");
        read(status, Some(body.to_string().as_bytes()))
    }

    #[test]
    fn a_wrong_code_says_how_many_tries_are_left() {
        let error = refusal_of("code-wrong", 401);
        assert!(
            matches!(error, PortalError::Refused { refusal: Refusal::CodeWrong { tries_left: 3 }, .. }),
            "{error:?}"
        );
    }

    #[test]
    fn every_kind_of_the_contract_has_its_meaning() {
        for (kind, expected) in [
            ("code-locked", Refusal::CodeLocked),
            ("invitation-expired", Refusal::InvitationExpired),
            ("invitation-used", Refusal::InvitationUsed),
            ("certificate-required", Refusal::CertificateNotUsable),
            ("certificate-not-usable", Refusal::CertificateNotUsable),
            ("device-token-invalid", Refusal::DeviceTokenInvalid),
            ("declaration-invalid", Refusal::DeclarationInvalid),
            ("terms-not-in-force", Refusal::TermsNotInForce),
            ("already-revoked", Refusal::AlreadyRevoked),
            ("suspension-not-offered", Refusal::SuspensionNotOffered),
            ("not-permitted", Refusal::NotPermitted),
        ] {
            let error = refusal_of(kind, 403);
            assert!(
                matches!(&error, PortalError::Refused { refusal, .. } if *refusal == expected),
                "{kind}: {error:?}"
            );
        }
    }

    #[test]
    fn a_kind_of_tomorrow_is_judged_by_its_status() {
        assert!(matches!(refusal_of("full-moon", 403), PortalError::Refused { refusal: Refusal::NotPermitted, .. }));
        assert!(matches!(refusal_of("full-moon", 503), PortalError::Failed { status: 503 }));
    }

    #[test]
    fn a_problem_that_is_no_problem_is_judged_by_its_status() {
        for body in [&b"<html>"[..], b"null", b"[]", b"{\"kind\": 7, \"tries_left\": -1}", b"\xff\xfe"] {
            assert!(matches!(read(StatusCode::BAD_GATEWAY, Some(body)), PortalError::Failed { status: 502 }));
            assert!(matches!(
                read(StatusCode::NOT_FOUND, Some(body)),
                PortalError::Refused { refusal: Refusal::NotPermitted, .. }
            ));
        }
    }

    #[test]
    fn a_portals_own_words_reach_the_log_short_and_on_one_line() {
        let body =
            serde_json::json!({ "kind": "not-permitted", "detail": format!("a\n\u{1b}[31m{}", "x".repeat(9000)) });
        let PortalError::Refused { detail, .. } = read(StatusCode::FORBIDDEN, Some(body.to_string().as_bytes())) else {
            panic!("refused");
        };
        assert!(detail.chars().count() <= 300 && !detail.chars().any(char::is_control), "{detail}");
    }
}
