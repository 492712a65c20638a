//! How it stands with a user, in one word.

use crate::storage::{DeskUser, TRIES};
use chrono::{DateTime, Utc};
use portal_api::CertificateState;

/// How it stands with a user: with the invitation as long as there is no certificate, with the certificate after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Reference number and code work, and were not used yet.
    Invited,
    /// The code was typed wrongly too often.
    CodeLocked,
    /// They were not used in time.
    InvitationExpired,
    /// There is a certificate, and no declaration yet.
    AwaitingDeclaration,
    /// The certificate is in use.
    Active,
    /// It is suspended.
    Suspended,
    /// It is revoked.
    Revoked,
    /// Its validity period has ended.
    Expired,
}

/// All of them, in the order of a user's way.
pub(super) const STANDINGS: [Standing; 8] = [
    Standing::Invited,
    Standing::CodeLocked,
    Standing::InvitationExpired,
    Standing::AwaitingDeclaration,
    Standing::Active,
    Standing::Suspended,
    Standing::Revoked,
    Standing::Expired,
];

impl Standing {
    pub(super) fn of(user: &DeskUser, now: DateTime<Utc>) -> Self {
        let Some(certificate) = &user.certificate else {
            return if user.expires_at <= now {
                Self::InvitationExpired
            } else if user.tries >= TRIES {
                Self::CodeLocked
            } else {
                Self::Invited
            };
        };
        match certificate.status.state {
            CertificateState::Revoked => Self::Revoked,
            CertificateState::AwaitingDeclaration | CertificateState::Active | CertificateState::Suspended
                if certificate.not_after < now =>
            {
                Self::Expired
            }
            CertificateState::AwaitingDeclaration => Self::AwaitingDeclaration,
            CertificateState::Active => Self::Active,
            CertificateState::Suspended => Self::Suspended,
        }
    }

    /// As addresses and style sheets name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::CodeLocked => "code-locked",
            Self::InvitationExpired => "invitation-expired",
            Self::AwaitingDeclaration => "awaiting-declaration",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// True where the user has reported wrong details, and no new certificate was ordered since.
pub(super) fn wrong_details_wait(user: &DeskUser) -> bool {
    !user.wrong_details.is_empty() && user.followed_by.is_none()
}
