//! Suspending, reinstating and revoking. Suspending takes one press, since it is for suspicion and can be undone; lifting it
//! and revoking ask first.

use super::caller::Visitor;
use super::form::Posted;
use super::language::Language;
use super::layout::{FieldError, Frame, error_summary, hidden, page, title_with_errors};
use super::letter::{back, found};
use super::trouble::Trouble;
use super::{Desk, see_other};
use crate::storage::{Changed, DeskCertificate, DeskUser, DeskUserDetails, StateChange};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::DateTime;
use maud::{Markup, html};
use portal_api::{CertificateState, DetailField, RevocationReason};
use std::sync::Arc;

const SUSPENDED_SINCE: &str = "suspended-since";
const REASON: &str = "reason";
const WRONG: &str = "wrong";
const SURE: &str = "sure";

/// Reasons in the order in which they come up.
const REASONS: [RevocationReason; 5] = [
    RevocationReason::KeyCompromise,
    RevocationReason::CessationOfOperation,
    RevocationReason::AffiliationChanged,
    RevocationReason::Superseded,
    RevocationReason::WrongDetails,
];
const DETAILS: [DetailField; 8] = [
    DetailField::Name,
    DetailField::Email,
    DetailField::Organisation,
    DetailField::Cvr,
    DetailField::EmployeeId,
    DetailField::Issuer,
    DetailField::Validity,
    DetailField::Purpose,
];

/// A user of the organisation with one of its certificates.
struct Chosen {
    user: DeskUser,
    certificate: DeskCertificate,
}

impl Chosen {
    async fn find(desk: &Desk, visitor: &Visitor, (id, serial): &(String, String)) -> Result<Self, Trouble> {
        let DeskUserDetails { user, certificates, .. } = found(desk, visitor, id).await?;
        let certificate = certificates.into_iter().find(|certificate| certificate.status.serial_number == *serial);
        Ok(Self { user, certificate: certificate.ok_or(Trouble::NotFound)? })
    }

    fn serial_number(&self) -> &str {
        &self.certificate.status.serial_number
    }

    fn path(&self, act: &str) -> String {
        format!("/users/{}/certificates/{}/{act}", self.user.id, self.serial_number())
    }

    fn user_page(&self, language: Language, done: &str) -> Response {
        see_other(language, &format!("/users/{}?done={done}", self.user.id))
    }
}

/// Suspends.
pub(super) async fn suspend(
    State(desk): State<Arc<Desk>>,
    Path(named): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let Posted { visitor, .. } = posted;
    let chosen = Chosen::find(&desk, &visitor, &named).await?;
    if !desk.portal.suspension {
        return Ok(chosen.user_page(visitor.language, "not-offered"));
    }
    let done = carry_out(&desk, &visitor, &chosen, &StateChange::Suspend).await?;
    Ok(chosen.user_page(visitor.language, done))
}

/// Asks before a suspension is lifted.
pub(super) async fn ask_reinstatement(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Path(named): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let chosen = Chosen::find(&desk, &visitor, &named).await?;
    if chosen.certificate.status.state != CertificateState::Suspended {
        return Ok(see_other(visitor.language, &format!("/users/{}", chosen.user.id)));
    }
    Ok(reinstatement_page(&desk, &visitor, &chosen, Vec::new()))
}

/// Lifts the suspension that was looked at, and no later one.
pub(super) async fn reinstate(
    State(desk): State<Arc<Desk>>,
    Path(named): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let Posted { visitor, fields } = posted;
    let chosen = Chosen::find(&desk, &visitor, &named).await?;
    if fields.text(SURE).is_empty() {
        let message = visitor
            .language
            .say("Sæt kryds, når du har talt med brugeren", "Tick the box when you have talked with the user");
        let page = reinstatement_page(&desk, &visitor, &chosen, vec![FieldError { field: SURE, message }]);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let since = fields.text(SUSPENDED_SINCE).parse().ok().and_then(|since| DateTime::from_timestamp(since, 0));
    let change = StateChange::Reinstate { suspended_since: Some(since.ok_or(Trouble::NoForm)?) };
    let done = carry_out(&desk, &visitor, &chosen, &change).await?;
    Ok(chosen.user_page(visitor.language, done))
}

/// Asks before a certificate is revoked.
pub(super) async fn ask_revocation(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Path(named): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let chosen = Chosen::find(&desk, &visitor, &named).await?;
    if chosen.certificate.status.state == CertificateState::Revoked {
        return Ok(see_other(visitor.language, &format!("/users/{}", chosen.user.id)));
    }
    Ok(revocation_page(&desk, &visitor, &chosen, (None, &[]), Vec::new()))
}

/// Revokes.
pub(super) async fn revoke(
    State(desk): State<Arc<Desk>>,
    Path(named): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let Posted { visitor, fields } = posted;
    let language = visitor.language;
    let chosen = Chosen::find(&desk, &visitor, &named).await?;
    let reason = REASONS.into_iter().find(|reason| wire_name(reason) == fields.text(REASON));
    let wrong: Vec<DetailField> =
        DETAILS.into_iter().filter(|field| fields.all(WRONG).any(|one| one == wire_name(field))).collect();
    let mut errors = Vec::new();
    if reason.is_none() {
        errors.push(FieldError { field: REASON, message: language.say("Vælg en grund", "Choose a reason") });
    }
    if reason == Some(RevocationReason::WrongDetails) && wrong.is_empty() {
        let message = language.say("Vælg, hvilke oplysninger der er forkerte", "Choose which details are wrong");
        errors.push(FieldError { field: WRONG, message });
    }
    if fields.text(SURE).is_empty() {
        let message = language.say(
            "Sæt kryds, hvis certifikatet skal spærres for altid",
            "Tick the box if the certificate is to be revoked for good",
        );
        errors.push(FieldError { field: SURE, message });
    }
    let wrong_details = if reason == Some(RevocationReason::WrongDetails) { wrong.clone() } else { Vec::new() };
    let change = reason.and_then(|reason| StateChange::revoke(reason, wrong_details));
    let Some(change) = change.filter(|_| errors.is_empty()) else {
        let page = revocation_page(&desk, &visitor, &chosen, (reason, &wrong), errors);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let done = carry_out(&desk, &visitor, &chosen, &change).await?;
    Ok(chosen.user_page(language, done))
}

/// Carries the change out, and names what came of it.
async fn carry_out(
    desk: &Desk,
    visitor: &Visitor,
    chosen: &Chosen,
    change: &StateChange,
) -> Result<&'static str, Trouble> {
    let (serial, now) = (chosen.serial_number(), desk.portal.now());
    let outcome = desk.portal.storage.change_state(serial, change, visitor.actor(), now).await?;
    let done = match change {
        StateChange::Suspend => "suspended",
        StateChange::Reinstate { .. } => "reinstated",
        StateChange::Revoke { .. } | StateChange::Report { .. } => "revoked",
    };
    match outcome.changed {
        Changed::Now(_) | Changed::Already(_) | Changed::NotSuspended(_) => {
            let authority = &visitor.authority().serial_number;
            tracing::info!(serial, authority, done, "at the desk of a local registration authority");
            Ok(done)
        }
        Changed::SuspendedAnew => Ok("suspended-anew"),
        Changed::AlreadyRevoked => Ok("revoked-before"),
        Changed::Unknown => Err(Trouble::NotFound),
        Changed::NotPermitted => Err(Trouble::CertificateNotUsable),
    }
}

/// As the API calls it, for values of forms.
fn wire_name(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(_) | Err(_) => String::new(),
    }
}

fn which(language: Language, chosen: &Chosen) -> Markup {
    let DeskCertificate { status, not_before, not_after, device_name, .. } = &chosen.certificate;
    html! {
        dl class="details" {
            dt { (language.say("Bruger", "User")) } dd { (chosen.user.common_name) }
            dt { (language.say("Tilstand", "State")) }
            dd { (language.state(status.state)) " " (language.say("siden", "since")) " " (language.moment(status.since)) }
            dt { (language.say("Gyldigt", "Valid")) } dd { (language.day(*not_before)) " – " (language.day(*not_after)) }
            dt { "Computer" } dd { (device_name.as_deref().unwrap_or("–")) }
        }
    }
}

fn reinstatement_page(desk: &Desk, visitor: &Visitor, chosen: &Chosen, errors: Vec<FieldError>) -> Response {
    let language = visitor.language;
    let title = language.say("Ophæv suspendering", "Lift the suspension");
    let here = chosen.path("reinstatement");
    let content = html! {
        (back(language, &chosen.user))
        (error_summary(language, &errors))
        h1 { (title) }
        (which(language, chosen))
        div class="notice notice-warning" {
            p {
                (language.say(
                    "Ophæv kun, når mistanken er afkræftet. Ring selv til brugeren: en, der ringer til dig, kan være en \
                     anden. Er der stadig tvivl, så spær i stedet.",
                    "Lift it only when the suspicion was unfounded. Call the user yourself: whoever calls you may be someone \
                     else. If there is still doubt, revoke instead."))
            }
        }
        form method="post" action={ (language.prefix()) (here) } novalidate class="fields" {
            (hidden(desk, visitor))
            input type="hidden" name=(SUSPENDED_SINCE) value=(chosen.certificate.status.since.timestamp());
            (sure(language, &errors, language.say(
                "Jeg har talt med brugeren, og certifikatet kan trygt bruges igen",
                "I have talked with the user, and the certificate can safely be used again")))
            div class="actions" {
                button class="button" { (title) }
                a href={ (language.prefix()) "/users/" (chosen.user.id) } { (language.say("Fortryd", "Cancel")) }
            }
        }
    };
    let title = title_with_errors(language, title, &errors);
    page(&Frame::of(desk, visitor, &title, &here), &content).into_response()
}

fn revocation_page(
    desk: &Desk,
    visitor: &Visitor,
    chosen: &Chosen,
    (reason, wrong): (Option<RevocationReason>, &[DetailField]),
    errors: Vec<FieldError>,
) -> Response {
    let language = visitor.language;
    let title = language.say("Spær certifikatet", "Revoke the certificate");
    let here = chosen.path("revocation");
    let message = |field| errors.iter().find(|error| error.field == field).map(|error| error.message);
    let content = html! {
        (back(language, &chosen.user))
        (error_summary(language, &errors))
        h1 { (title) }
        (which(language, chosen))
        form method="post" action={ (language.prefix()) (here) } novalidate class="fields" {
            (hidden(desk, visitor))
            fieldset class={ "field" @if message(REASON).is_some() { " wrong" } } aria-describedby=[message(REASON).map(|_| "reason-error")] {
                legend { (language.say("Hvorfor?", "Why?")) }
                (field_error(language, "reason-error", message(REASON)))
                @for (place, one) in REASONS.iter().enumerate() {
                    @let name = wire_name(one);
                    @let id = if place == 0 { REASON.to_owned() } else { format!("{REASON}-{name}") };
                    div class="check" {
                        input type="radio" id=(id) name=(REASON) value=(name) checked[reason == Some(*one)];
                        label for=(id) { (language.reason(*one)) }
                    }
                }
            }
            fieldset class={ "field" @if message(WRONG).is_some() { " wrong" } } aria-describedby={ "wrong-hint" @if message(WRONG).is_some() { " wrong-error" } } {
                legend { (language.say("Hvilke oplysninger er forkerte?", "Which details are wrong?")) }
                p class="hint" id="wrong-hint" {
                    (language.say(
                        "Kun hvis grunden er, at en oplysning er forkert.",
                        "Only where the reason is that a detail is wrong."))
                }
                (field_error(language, "wrong-error", message(WRONG)))
                div class="columns" {
                    @for (place, one) in DETAILS.iter().enumerate() {
                        @let name = wire_name(one);
                        @let id = if place == 0 { WRONG.to_owned() } else { format!("{WRONG}-{name}") };
                        div class="check" {
                            input type="checkbox" id=(id) name=(WRONG) value=(name) checked[wrong.contains(one)];
                            label for=(id) { (language.detail(*one)) }
                        }
                    }
                }
            }
            div class="notice notice-warning" {
                p {
                    (language.say(
                        "Spærring er for altid. Brugeren kan ikke længere logge ind og skal inviteres igen for at få et nyt \
                         certifikat.",
                        "Revocation is for good. The user can no longer log in and must be invited again to get a new \
                         certificate."))
                }
            }
            (sure(language, &errors, language.say("Ja, spær certifikatet for altid", "Yes, revoke the certificate for good")))
            div class="actions" {
                button class="button danger" { (title) }
                a href={ (language.prefix()) "/users/" (chosen.user.id) } { (language.say("Fortryd", "Cancel")) }
            }
        }
    };
    let title = title_with_errors(language, title, &errors);
    page(&Frame::of(desk, visitor, &title, &here), &content).into_response()
}

fn field_error(language: Language, id: &str, message: Option<&'static str>) -> Markup {
    html! {
        @if let Some(message) = message {
            p class="error" id=(id) { span class="unseen" { (language.say("Fejl: ", "Error: ")) } (message) }
        }
    }
}

fn sure(language: Language, errors: &[FieldError], words: &str) -> Markup {
    let message = errors.iter().find(|error| error.field == SURE).map(|error| error.message);
    html! {
        div class={ "field" @if message.is_some() { " wrong" } } {
            (field_error(language, "sure-error", message))
            div class="check" {
                input type="checkbox" id=(SURE) name=(SURE) value="yes" required
                    aria-describedby=[message.map(|_| "sure-error")] aria-invalid=[message.map(|_| "true")];
                label for=(SURE) { (words) }
            }
        }
    }
}
