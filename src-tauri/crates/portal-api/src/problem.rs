//! Problems on the wire ([RFC 9457]).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Media type of a [`Problem`].
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// What precedes a [`ProblemKind`] in a problem's `type`.
pub const PROBLEM_TYPE_PREFIX: &str = "urn:certifikatguide:problem:";

/// A problem, as [RFC 9457 §3] writes it, with two members of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// [`PROBLEM_TYPE_PREFIX`] followed by the kind.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// A short English sentence, the same for every occurrence of the kind.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, in English, for the log; holds no secret and no CPR number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The kind, for machines.
    pub kind: ProblemKind,
    /// How many tries are left, where tries are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries_left: Option<u32>,
}

/// The closed list of problems that the portal reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// Reference number and code do not belong together; `tries_left` says how many tries are left. 401.
    CodeWrong,
    /// Five wrong tries: the invitation is locked. 403.
    CodeLocked,
    /// The invitation has expired. 410.
    InvitationExpired,
    /// The invitation has been used for another key. 409.
    InvitationUsed,
    /// The certification request is not one, or its signature or key is not acceptable. 400.
    CertificationRequestInvalid,
    /// No client certificate, or one that the portal does not know. 401.
    CertificateRequired,
    /// The client certificate is suspended, revoked or outside its validity period. 403.
    CertificateNotUsable,
    /// No device token, or one that is not in use. 401.
    DeviceTokenInvalid,
    /// The caller may not do this. 403.
    NotPermitted,
    /// The declaration failed verification; `detail` says how. 422.
    DeclarationInvalid,
    /// The declaration accepts terms that are not in force. 409.
    TermsNotInForce,
    /// The Idempotency-Key was used before with other bytes. 422.
    IdempotencyKeyReused,
    /// The certificate is already revoked: nothing more can be asked of it. 409.
    AlreadyRevoked,
    /// This portal does not suspend certificates. 409.
    SuspensionNotOffered,
    /// The request is not in the form that the API takes. 400.
    RequestInvalid,
    /// The body is larger than the API takes. 413.
    BodyTooLarge,
    /// There is nothing at this address. 404.
    NotFound,
    /// The method is not one that this address takes. 405.
    MethodNotAllowed,
    /// The caller asks too often: `Retry-After` says when to come back. 429.
    TooManyRequests,
    /// The portal failed. 500.
    Internal,
}

impl ProblemKind {
    /// Every kind.
    pub const ALL: [Self; 20] = [
        Self::CodeWrong,
        Self::CodeLocked,
        Self::InvitationExpired,
        Self::InvitationUsed,
        Self::CertificationRequestInvalid,
        Self::CertificateRequired,
        Self::CertificateNotUsable,
        Self::DeviceTokenInvalid,
        Self::NotPermitted,
        Self::DeclarationInvalid,
        Self::TermsNotInForce,
        Self::IdempotencyKeyReused,
        Self::AlreadyRevoked,
        Self::SuspensionNotOffered,
        Self::RequestInvalid,
        Self::BodyTooLarge,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::TooManyRequests,
        Self::Internal,
    ];

    /// The HTTP status that a problem of this kind is answered with.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::CertificationRequestInvalid | Self::RequestInvalid => 400,
            Self::CodeWrong | Self::CertificateRequired | Self::DeviceTokenInvalid => 401,
            Self::CodeLocked | Self::CertificateNotUsable | Self::NotPermitted => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::InvitationUsed | Self::TermsNotInForce | Self::AlreadyRevoked | Self::SuspensionNotOffered => 409,
            Self::InvitationExpired => 410,
            Self::BodyTooLarge => 413,
            Self::DeclarationInvalid | Self::IdempotencyKeyReused => 422,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
        }
    }

    /// The kind as it stands in JSON and at the end of a problem's `type`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CodeWrong => "code-wrong",
            Self::CodeLocked => "code-locked",
            Self::InvitationExpired => "invitation-expired",
            Self::InvitationUsed => "invitation-used",
            Self::CertificationRequestInvalid => "certification-request-invalid",
            Self::CertificateRequired => "certificate-required",
            Self::CertificateNotUsable => "certificate-not-usable",
            Self::DeviceTokenInvalid => "device-token-invalid",
            Self::NotPermitted => "not-permitted",
            Self::DeclarationInvalid => "declaration-invalid",
            Self::TermsNotInForce => "terms-not-in-force",
            Self::IdempotencyKeyReused => "idempotency-key-reused",
            Self::AlreadyRevoked => "already-revoked",
            Self::SuspensionNotOffered => "suspension-not-offered",
            Self::RequestInvalid => "request-invalid",
            Self::BodyTooLarge => "body-too-large",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::TooManyRequests => "too-many-requests",
            Self::Internal => "internal",
        }
    }

    /// The title: a short English sentence, the same for every problem of this kind ([RFC 9457 §3.1.3]).
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::CodeWrong => "Reference number and code do not belong together.",
            Self::CodeLocked => "There were too many wrong tries: the code is locked.",
            Self::InvitationExpired => "The invitation has expired.",
            Self::InvitationUsed => "The invitation has been used for another key.",
            Self::CertificationRequestInvalid => "The certification request is not acceptable.",
            Self::CertificateRequired => "A client certificate that the portal knows is required.",
            Self::CertificateNotUsable => {
                "The client certificate is suspended, revoked or outside its validity period."
            }
            Self::DeviceTokenInvalid => "A device token that is in use is required.",
            Self::NotPermitted => "The caller may not do this.",
            Self::DeclarationInvalid => "The declaration failed verification.",
            Self::TermsNotInForce => "The declaration accepts terms that are not in force.",
            Self::IdempotencyKeyReused => "The idempotency key was used before with other bytes.",
            Self::AlreadyRevoked => "The certificate is already revoked.",
            Self::SuspensionNotOffered => "This portal does not suspend certificates.",
            Self::RequestInvalid => "The request is not in the form that the API takes.",
            Self::BodyTooLarge => "The body is larger than the API takes.",
            Self::NotFound => "There is nothing at this address.",
            Self::MethodNotAllowed => "The method is not one that this address takes.",
            Self::TooManyRequests => "The caller asks too often.",
            Self::Internal => "The portal failed.",
        }
    }

    /// A problem of this kind.
    #[must_use]
    pub fn problem(self, detail: Option<String>, tries_left: Option<u32>) -> Problem {
        Problem {
            problem_type: format!("{PROBLEM_TYPE_PREFIX}{}", self.name()),
            title: self.title().to_owned(),
            status: self.status(),
            detail,
            kind: self,
            tries_left,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_called_the_same_in_its_type_and_in_json() {
        for kind in ProblemKind::ALL {
            let problem = kind.problem(None, None);
            let json = serde_json::to_value(&problem).expect("a problem is JSON");
            assert_eq!(json["type"], format!("{PROBLEM_TYPE_PREFIX}{}", json["kind"].as_str().expect("a name")));
            assert_eq!(json["status"], kind.status());
        }
    }
}
