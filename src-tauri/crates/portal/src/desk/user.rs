//! One user: how it stands, what to do next, the certificates, what happened.

use super::Desk;
use super::caller::Visitor;
use super::language::Language;
use super::layout::{Frame, hidden, page};
use super::letter::{found, letter_button};
use super::standing::{Standing, wrong_details_wait};
use super::trouble::Trouble;
use crate::credential;
use crate::storage::{DeskCertificate, DeskEvent, DeskUser, DeskUserDetails};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use portal_api::{CertificateState, DetailField};
use serde::Deserialize;
use std::sync::Arc;

/// What was done a moment ago.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    done: String,
}

/// The user's page.
pub(super) async fn user(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let details = found(&desk, &visitor, &id).await?;
    let language = visitor.language;
    let DeskUserDetails { user, certificates, history } = &details;
    let standing = Standing::of(user, desk.portal.now());
    let here = format!("/users/{}", user.id);
    let content = html! {
        p class="back" {
            a href={ (language.prefix()) "/users" } {
                span aria-hidden="true" { "← " }
                (language.say("Alle brugere", "All users"))
            }
        }
        @if let Some(done) = done(language, &asked.done, &details) {
            div class="notice notice-success" role="status" { p { (done) } }
        }
        h1 { (user.common_name) }
        p class="stands" { span class={ "badge " (standing.name()) } { (language.standing(standing)) } }
        (next_step(&desk, &visitor, user, standing))
        section aria-labelledby="about" {
            h2 id="about" { (language.say("Oplysninger", "Details")) }
            (about(language, user))
        }
        @if !certificates.is_empty() {
            section aria-labelledby="certificates" {
                h2 id="certificates" { (language.say("Certifikater", "Certificates")) }
                @for certificate in certificates {
                    (certificate_card(&desk, &visitor, user, certificate))
                }
            }
        }
        section aria-labelledby="history" {
            h2 id="history" { (language.say("Hændelser", "History")) }
            ol class="history" {
                @for event in history {
                    @if let Some(words) = happened(language, event) {
                        li {
                            span class="when" { (language.moment(event.at)) }
                            span { (words) @if let Some(who) = who(language, event) { " · " (who) } }
                        }
                    }
                }
            }
        }
    };
    Ok(page(&Frame::of(&desk, &visitor, &user.common_name, &here), &content).into_response())
}

/// What was done, where the user as it is now says the same: an address alone proves nothing.
fn done(language: Language, done: &str, details: &DeskUserDetails) -> Option<&'static str> {
    let any = |state| details.certificates.iter().any(|certificate| certificate.status.state == state);
    match done {
        "created" if details.certificates.is_empty() => {
            Some(language.say("Brugeren er oprettet.", "The user is created."))
        }
        "form-used" => Some(language.say(
            "Formularen var allerede brugt til at oprette denne bruger, og der er ikke oprettet en ny. Åbn »Opret bruger« \
             igen for at oprette en anden.",
            "The form had made this user already, and made no other. Open “Create a user” again for another one.",
        )),
        "suspended" if any(CertificateState::Suspended) => {
            Some(language.say("Certifikatet er suspenderet.", "The certificate is suspended."))
        }
        "reinstated" if any(CertificateState::Active) || any(CertificateState::AwaitingDeclaration) => {
            Some(language.say("Suspenderingen er ophævet.", "The suspension is lifted."))
        }
        "suspended-anew" if any(CertificateState::Suspended) => Some(language.say(
            "Suspenderingen er ikke ophævet: certifikatet er suspenderet igen, siden du åbnede siden. Se på det på ny.",
            "The suspension is not lifted: the certificate was suspended again since you opened the page. Look at it anew.",
        )),
        "revoked" if any(CertificateState::Revoked) => {
            Some(language.say("Certifikatet er spærret for altid.", "The certificate is revoked for good."))
        }
        "revoked-before" if any(CertificateState::Revoked) => Some(language.say(
            "Der er ikke ændret noget: certifikatet var allerede spærret.",
            "Nothing was changed: the certificate was revoked already.",
        )),
        "not-offered" => {
            Some(language.say("Denne portal suspenderer ikke. Spær i stedet.", "This portal does not suspend. Revoke instead."))
        }
        _ => None,
    }
}

fn next_step(desk: &Desk, visitor: &Visitor, user: &DeskUser, standing: Standing) -> Markup {
    let language = visitor.language;
    let until = language.moment(user.expires_at);
    html! {
        @match standing {
            Standing::Invited => {
                div class="notice notice-info" {
                    h2 { (language.say("Send to ting ad hver sin vej", "Send two things by different ways")) }
                    ol class="steps" {
                        li {
                            p { (language.say("Referencenummeret med e-mail.", "The reference number by e-mail.")) }
                            a class="button secondary" href={ (language.prefix()) "/users/" (user.id) "/email" } {
                                (language.say("Vis e-mailen", "Show the e-mail"))
                            }
                        }
                        li {
                            p {
                                (language.say(
                                    "Engangskoden med brev. Koden laves, når du trykker, og vises kun den ene gang.",
                                    "The one-time code by letter. The code is made when you press, and shown that once only."))
                                @if user.has_code {
                                    " "
                                    strong {
                                        (language.say(
                                            "Der er allerede givet en kode. Laver du et nyt brev, virker den gamle kode ikke mere.",
                                            "A code was given already. If you make a new letter, the old code no longer works."))
                                    }
                                }
                            }
                            (letter_button(desk, visitor, user, if user.has_code { "button secondary" } else { "button" }))
                        }
                    }
                    p { (language.say("Invitationen virker til", "The invitation works until")) " " (until) "." }
                }
            }
            Standing::CodeLocked => {
                div class="notice notice-warning" {
                    h2 { (language.say("Koden er låst", "The code is locked")) }
                    p {
                        (language.say(
                            "Den er skrevet forkert fem gange. Spørg brugeren, om det var ham eller hende selv. Lav så et \
                             nyt brev; referencenummeret er det samme.",
                            "It was typed wrongly five times. Ask the user whether that was himself or herself. Then make a \
                             new letter; the reference number stays the same."))
                    }
                    (letter_button(desk, visitor, user, "button"))
                }
            }
            Standing::InvitationExpired => {
                div class="notice notice-warning" {
                    h2 { (language.say("Invitationen er udløbet", "The invitation has expired")) }
                    p {
                        (language.say("Den virkede til", "It worked until")) " " (until) ". "
                        (language.say(
                            "Lav et nyt brev, så virker invitationen 14 dage mere; referencenummeret er det samme.",
                            "Make a new letter, and the invitation works for another 14 days; the reference number stays \
                             the same."))
                    }
                    (letter_button(desk, visitor, user, "button"))
                }
            }
            Standing::AwaitingDeclaration => {
                div class="notice notice-info" {
                    p {
                        (language.say(
                            "Brugeren har hentet sit certifikat og mangler at underskrive sikkerhedserklæringen. Du skal ikke \
                             gøre noget.",
                            "The user has the certificate and is yet to sign the security declaration. You need not do \
                             anything."))
                    }
                }
            }
            Standing::Revoked => (wrong_details(language, user)),
            Standing::Active | Standing::Suspended | Standing::Expired => {}
        }
    }
}

/// The report of wrong details, and what is done about it.
fn wrong_details(language: Language, user: &DeskUser) -> Markup {
    let ours = |field: &DetailField| match field {
        DetailField::Name | DetailField::Email => true,
        DetailField::Organisation
        | DetailField::Cvr
        | DetailField::EmployeeId
        | DetailField::Issuer
        | DetailField::Validity
        | DetailField::Purpose => false,
    };
    html! {
        @if let Some(next) = user.followed_by {
            div class="notice notice-info" {
                p {
                    a href={ (language.prefix()) "/users/" (next) } {
                        (language.say("Brugeren er inviteret igen.", "The user has been invited again."))
                    }
                }
            }
        } @else if wrong_details_wait(user) {
            div class="notice notice-warning" {
                h2 { (language.say("Der er meldt forkerte oplysninger", "Details were reported as wrong")) }
                ul { @for field in &user.wrong_details { li { strong { (language.detail(*field)) } } } }
                p {
                    (language.say(
                        "Certifikatet er spærret. Spørg brugeren, hvad der er det rigtige, og invitér igen med de rettede \
                         oplysninger.",
                        "The certificate is revoked. Ask the user what is right, and invite again with the corrected details."))
                }
                @if !user.wrong_details.iter().all(ours) {
                    p {
                        (language.say(
                            "Kun navn og e-mail kan du rette selv. Er andet forkert, så ring først til portalens support.",
                            "You can correct the name and the e-mail address yourself. If something else is wrong, call the \
                             portal's support first."))
                    }
                }
                a class="button" href={ (language.prefix()) "/users/new?corrects=" (user.id) } {
                    (language.say("Ret, og invitér igen", "Correct and invite again"))
                }
            }
        } @else {
            div class="notice notice-info" {
                p {
                    (language.say(
                        "Certifikatet er spærret og kan ikke tages i brug igen. Skal brugeren have et nyt, så invitér igen.",
                        "The certificate is revoked and never comes back. If the user is to have a new one, invite again."))
                }
                a class="button secondary" href={ (language.prefix()) "/users/new?corrects=" (user.id) } {
                    (language.say("Invitér igen", "Invite again"))
                }
            }
        }
    }
}

fn about(language: Language, user: &DeskUser) -> Markup {
    html! {
        dl class="details" {
            dt { (language.say("E-mail", "E-mail address")) } dd { (user.email) }
            dt { (language.say("Tjenestested", "Place of work")) } dd { (user.place_of_work.as_deref().unwrap_or("–")) }
            dt { (language.say("CPR-nummer", "CPR number")) }
            dd {
                span aria-hidden="true" { "••••••-••••" }
                " (" (language.say("registreret, vises ikke", "registered, not shown")) ")"
            }
            dt { (language.say("Referencenummer", "Reference number")) } dd { code { (credential::grouped(&user.reference)) } }
            dt { (language.say("Oprettet", "Created")) } dd { (language.moment(user.created_at)) }
            dt { (language.say("Kontakt ved fejl", "Contact in case of errors")) }
            dd {
                (user.authority_name)
                @for way in [&user.authority_phone, &user.authority_email].into_iter().flatten() { ", " (way) }
            }
        }
    }
}

fn certificate_card(desk: &Desk, visitor: &Visitor, user: &DeskUser, certificate: &DeskCertificate) -> Markup {
    let language = visitor.language;
    let DeskCertificate { status, not_before, not_after, device_name, renews } = certificate;
    let path = format!("{}/users/{}/certificates/{}", language.prefix(), user.id, status.serial_number);
    let ended = *not_after < desk.portal.now();
    html! {
        article class="card" aria-label={ (language.say("Certifikat", "Certificate")) " " (status.serial_number) } {
            p class="stands" {
                @let standing = if ended { Standing::Expired } else { standing_of(status.state) };
                span class={ "badge " (standing.name()) } { (language.standing(standing)) }
                " " (language.say("siden", "since")) " " (language.moment(status.since))
            }
            dl class="details" {
                @if let Some(reason) = status.reason {
                    dt { (language.say("Grund", "Reason")) } dd { (language.reason(reason)) }
                }
                dt { (language.say("Gyldigt", "Valid")) }
                dd { (language.day(*not_before)) " – " (language.day(*not_after)) }
                dt { "Computer" } dd { (device_name.as_deref().unwrap_or("–")) }
                @if renews.is_some() {
                    dt { (language.say("Fornyer", "Renews")) }
                    dd { (language.say("brugerens forrige certifikat", "the user's previous certificate")) }
                }
                dt { (language.say("Serienummer", "Serial number")) } dd { code class="long" { (status.serial_number) } }
            }
            @match status.state {
                CertificateState::AwaitingDeclaration | CertificateState::Active if !ended => {
                    div class="actions" {
                        @if desk.portal.suspension {
                            form method="post" action={ (path) "/suspension" } class="inline" {
                                (hidden(desk, visitor))
                                button class="button" { (language.say("Suspendér nu", "Suspend now")) }
                            }
                        }
                        a class="button danger" href={ (path) "/revocation" } { (language.say("Spær …", "Revoke …")) }
                    }
                    @if desk.portal.suspension {
                        p class="hint" {
                            (language.say(
                                "Suspendér straks ved mistanke om misbrug; det kan ophæves. Spærring er for altid.",
                                "Suspend at once on suspicion of misuse; that can be undone. Revocation is for good."))
                        }
                    }
                }
                CertificateState::Suspended if !ended => {
                    div class="actions" {
                        a class="button secondary" href={ (path) "/reinstatement" } {
                            (language.say("Ophæv suspendering …", "Lift the suspension …"))
                        }
                        a class="button danger" href={ (path) "/revocation" } { (language.say("Spær …", "Revoke …")) }
                    }
                }
                CertificateState::AwaitingDeclaration
                | CertificateState::Active
                | CertificateState::Suspended
                | CertificateState::Revoked => {}
            }
        }
    }
}

fn standing_of(state: CertificateState) -> Standing {
    match state {
        CertificateState::AwaitingDeclaration => Standing::AwaitingDeclaration,
        CertificateState::Active => Standing::Active,
        CertificateState::Suspended => Standing::Suspended,
        CertificateState::Revoked => Standing::Revoked,
    }
}

/// What an event means to the authority; None for what it means nothing to.
fn happened(language: Language, event: &DeskEvent) -> Option<&'static str> {
    Some(match event.kind.as_str() {
        "invited" => language.say("Oprettet og inviteret", "Created and invited"),
        "code-issued" => language.say("Brev med engangskode lavet", "Letter with a one-time code made"),
        "code-locked" => language.say("Kode låst efter fem forkerte forsøg", "Code locked after five wrong tries"),
        "personal-number-mismatch" => language
            .say("Et CPR-nummer, der ikke er brugerens, blev prøvet", "A CPR number that is not the user's was tried"),
        "issued" => language.say("Certifikat udstedt", "Certificate issued"),
        "device-registered" => language.say("Computer registreret", "Computer registered"),
        "declared" => language.say("Sikkerhedserklæring underskrevet", "Security declaration signed"),
        "activated" => language.say("Certifikat taget i brug", "Certificate in use"),
        "suspended" | "suspended-again" => language.say("Suspenderet", "Suspended"),
        "reinstated" => language.say("Suspendering ophævet", "Suspension lifted"),
        "revoked" => language.say("Spærret", "Revoked"),
        _ => return None,
    })
}

fn who(language: Language, event: &DeskEvent) -> Option<String> {
    if let Some(name) = &event.authority_name {
        return Some(format!("{name} (LRA)"));
    }
    let who = match event.actor.as_deref()? {
        "invitation" | "certificate" => language.say("brugeren", "the user"),
        "device-token" => language.say("brugerens computer", "the user's computer"),
        "revocation-code" => language.say("brugeren med spærrekoden", "the user with the revocation code"),
        "authority" => language.say("portalens support", "the portal's support"),
        "portal" => language.say("portalen", "the portal"),
        _ => return None,
    };
    Some(who.to_owned())
}
