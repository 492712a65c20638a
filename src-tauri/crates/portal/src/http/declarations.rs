//! Declarations: everything is checked, then recorded together with the opening of log-in, then receipted.

use super::caller::EmployeeCaller;
use super::problem::Refusal;
use super::{InPath, expect_media_type, in_turn, read_body};
use crate::credential::sha256;
use crate::portal::Portal;
use crate::storage::{DeclarationRecord, NewDeclaration, Origin, Recorded};
use crate::time_stamping;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use declaration::receipt::{self, RECEIPT_FORMAT, Receipt};
use declaration::{Acceptance, VerificationCode, VerificationReport};
use pki::Certificate;
use portal_api::{CertificateState, DECLARATION_LIMIT, IDEMPOTENCY_KEY, Problem, ProblemKind};
use std::sync::Arc;
use uuid::Uuid;

const PDF: &str = "application/pdf";

/// Submits a declaration. Safe to repeat with the same key and bytes: the receipt is the same.
#[utoipa::path(post, path = "/v1/declarations", tag = "declarations", security(("certificate" = [])),
    params(("Idempotency-Key" = Uuid, Header, description = "the declaration's id (UUIDv7)")),
    request_body(content = String, content_type = "application/pdf", description = "the signed declaration"),
    responses(
        (status = 201, description = "accepted now: the receipt", content_type = "application/pdf", body = String),
        (status = 200, description = "accepted before: the same receipt", content_type = "application/pdf", body = String),
        (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "certificate-required", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "certificate-not-usable, not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "terms-not-in-force", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "body-too-large", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "declaration-invalid, idempotency-key-reused", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn submit(
    State(portal): State<Arc<Portal>>,
    caller: EmployeeCaller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let caller = caller.usable()?;
    let id = headers
        .get(IDEMPOTENCY_KEY)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| Uuid::try_parse(value).ok())
        .ok_or_else(|| Refusal::with(ProblemKind::RequestInvalid, "Idempotency-Key must be the declaration's id"))?;
    expect_media_type(&headers, PDF)?;
    let document = read_body(body, DECLARATION_LIMIT).await?;
    let hash = sha256(&document);
    let serial_number = caller.record.serial_number.clone();
    let origin = caller.origin.clone();
    if let Some(already) = portal.storage.declaration(id).await? {
        return repeated(&portal, already, id, &serial_number, &hash, &origin).await;
    }
    match caller.record.state {
        CertificateState::AwaitingDeclaration => {}
        // Its terms have changed.
        CertificateState::Active
            if portal.storage.rests_on_other_terms(&serial_number, &portal.terms_in_force.terms).await? => {}
        CertificateState::Active | CertificateState::Suspended | CertificateState::Revoked => {
            return Err(Refusal::with(ProblemKind::NotPermitted, "the certificate has another declaration"));
        }
    }

    let now = portal.now();
    let stamp_with = portal.time_stamping(now).await?;
    let judging = Arc::clone(&portal);
    let judged = document.clone();
    let judgement =
        in_turn(&portal, move || judge_and_receipt(&judging, &stamp_with, &caller.certificate, id, &judged, hash, now))
            .await??;
    let recorded = portal
        .storage
        .record_declaration(&NewDeclaration {
            id,
            serial_number: &serial_number,
            sha256: hash,
            document: &document,
            receipt: &judgement.receipt,
            terms_id: &judgement.acceptance.terms.id,
            terms_version: judgement.acceptance.terms.version,
            terms_sha256: &judgement.acceptance.terms.sha256,
            accepted_at: now,
            origin: &origin,
        })
        .await?;
    match recorded {
        Recorded::Now => Ok(pdf(StatusCode::CREATED, judgement.receipt)),
        Recorded::Already(already) => repeated(&portal, already, id, &serial_number, &hash, &origin).await,
        Recorded::OtherDeclaration => {
            Err(Refusal::with(ProblemKind::NotPermitted, "the certificate has another declaration"))
        }
        Recorded::TermsOutdated => Err(Refusal::of(ProblemKind::TermsNotInForce)),
        Recorded::NotAwaiting => Err(Refusal::of(ProblemKind::CertificateNotUsable)),
    }
}

/// The receipt of a declaration that was accepted.
#[utoipa::path(get, path = "/v1/declarations/{id}/receipt", tag = "declarations", security(("certificate" = [])),
    params(("id" = Uuid, Path, description = "the declaration's id")),
    responses(
        (status = 200, description = "the receipt", content_type = "application/pdf", body = String),
        (status = 400, description = "request-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "certificate-required", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "certificate-not-usable", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn receipt(
    State(portal): State<Arc<Portal>>,
    InPath(id): InPath,
    caller: EmployeeCaller,
) -> Result<Response, Refusal> {
    let caller = caller.usable()?;
    let not_found = || Refusal::of(ProblemKind::NotFound);
    let id = Uuid::try_parse(&id).map_err(|_| not_found())?;
    let declaration = portal.storage.declaration(id).await?.ok_or_else(not_found)?;
    // Another employee's declaration is as good as none; that of the renewed certificate may be this one's too.
    let own = declaration.serial_number == caller.record.serial_number
        || caller.record.declared_by.as_deref() == Some(&id.to_string());
    if !own {
        return Err(not_found());
    }
    portal.storage.record_declaration_again(&caller.record.serial_number, id, &caller.origin, portal.now()).await?;
    Ok(pdf(StatusCode::OK, declaration.receipt))
}

struct Judgement {
    acceptance: Acceptance,
    receipt: Vec<u8>,
}

fn judge_and_receipt(
    portal: &Portal,
    stamp_with: &Certificate,
    client: &Certificate,
    id: Uuid,
    document: &Bytes,
    hash: [u8; 32],
    now: DateTime<Utc>,
) -> Result<Judgement, Refusal> {
    let profile = portal.policies.employee_profile();
    // Only the terms in force are given: a declaration that accepts others names unknown ones.
    let verified = declaration::verify_declaration(document, &portal.trust_anchors, profile, now, &portal.terms)
        .map_err(|report| refused(&report))?;
    let acceptance = verified.acceptance().clone();
    let invalid = |detail: &str| Refusal::with(ProblemKind::DeclarationInvalid, detail);
    if verified.certificate().certificate().der() != client.der() {
        return Err(invalid("the declaration was signed with another certificate than the client's"));
    }
    if acceptance.declaration_id != id {
        return Err(invalid("the declaration has another id than the Idempotency-Key"));
    }
    // It says to whom the employee declares: one made for another portal binds nobody here.
    if acceptance.portal != portal.name() {
        return Err(invalid("the declaration was made for another portal"));
    }
    let receipt = Receipt {
        format: RECEIPT_FORMAT,
        declaration_id: id,
        declaration_sha256: hex::encode(hash),
        certificate_serial_number: client.serial_number().to_owned(),
        signer: acceptance.signer.clone(),
        organisation: acceptance.organisation.clone(),
        portal: portal.name().to_owned(),
        accepted_at: DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now),
        practice: portal.practice,
    };
    let receipt = receipt::issue(&receipt, &portal.authority.seal.key, &portal.authority.seal_chain())
        .map_err(|error| Refusal::internal(&format!("no receipt could be issued: {error}")))?;
    // Without a time-stamp it is no receipt: nothing is recorded, and the declaration is sent again.
    let receipt = time_stamping::stamped(portal, stamp_with, &receipt, now)
        .map_err(|error| Refusal::internal(&format!("the receipt could not be time-stamped: {error}")))?;
    Ok(Judgement { acceptance, receipt })
}

/// Says how the declaration failed; terms that nobody knows are terms that are not in force.
fn refused(report: &VerificationReport) -> Refusal {
    let detail =
        report.findings.iter().map(|finding| format!("{}: {}", finding.code, finding.detail)).collect::<Vec<_>>();
    let kind = if report.has(VerificationCode::TermsUnknown) {
        ProblemKind::TermsNotInForce
    } else {
        ProblemKind::DeclarationInvalid
    };
    Refusal::with(kind, detail.join("; "))
}

async fn repeated(
    portal: &Portal,
    already: DeclarationRecord,
    id: Uuid,
    serial_number: &str,
    hash: &[u8; 32],
    origin: &Origin,
) -> Result<Response, Refusal> {
    if already.serial_number == serial_number && already.sha256 == hash {
        portal.storage.record_declaration_again(serial_number, id, origin, portal.now()).await?;
        Ok(pdf(StatusCode::OK, already.receipt))
    } else {
        Err(Refusal::of(ProblemKind::IdempotencyKeyReused))
    }
}

fn pdf(status: StatusCode, document: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, PDF)], document).into_response()
}
