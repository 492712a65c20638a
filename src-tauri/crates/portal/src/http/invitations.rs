//! Invitations.

use super::caller::InvitedCaller;
use super::problem::Refusal;
use crate::credential;
use crate::error::PortalError;
use crate::invitation::{self, InviteError};
use crate::portal::Portal;
use crate::storage::StorageError;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use portal_api::{InvitationView, PracticeInvitation, Problem, ProblemKind};
use std::sync::Arc;

/// The invitation as the invited employee may see it.
#[utoipa::path(get, path = "/v1/invitation", tag = "invitations", security(("invitation" = [])), responses(
    (status = 200, body = InvitationView),
    (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "code-wrong", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "code-locked", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "invitation-expired", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn invitation(
    State(portal): State<Arc<Portal>>,
    InvitedCaller { invitation }: InvitedCaller,
) -> Result<Json<InvitationView>, Refusal> {
    // Whoever has a certificate for it may still have to come back for it.
    if invitation.serial_number.is_none() && invitation.expires_at <= portal.now() {
        return Err(Refusal::of(ProblemKind::InvitationExpired));
    }
    let earlier = portal.storage.earlier(invitation.employee_id, portal.now()).await?;
    Ok(Json(InvitationView {
        reference: credential::grouped(&invitation.reference),
        expires_at: invitation.expires_at,
        subject: invitation.subject,
        authority: invitation.authority,
        earlier,
    }))
}

/// A made-up invitation to practise with; only practice portals have this.
#[utoipa::path(post, path = "/v1/practice/invitations", tag = "invitations", responses(
    (status = 201, body = PracticeInvitation),
    (status = 403, description = "not-permitted", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "not a practice portal", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn practise(
    State(portal): State<Arc<Portal>>,
) -> Result<(StatusCode, Json<PracticeInvitation>), Refusal> {
    let order = invitation::practice_order().map_err(|error| Refusal::internal(&error.to_string()))?;
    match invitation::create(&portal.storage, &portal.vault, portal.now(), &order, true).await {
        Ok(invited) => Ok((
            StatusCode::CREATED,
            Json(PracticeInvitation {
                reference: invited.reference,
                code: invited.code.to_string(),
                expires_at: invited.expires_at,
            }),
        )),
        Err(InviteError::Portal(PortalError::Storage(error @ StorageError::TooManyPracticeInvitations))) => {
            Err(Refusal::with(ProblemKind::NotPermitted, error.to_string()))
        }
        Err(InviteError::Portal(error)) => Err(error.into()),
        Err(InviteError::Rejected(error)) => Err(Refusal::internal(&error.to_string())),
    }
}
