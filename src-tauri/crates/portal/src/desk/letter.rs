//! What the user is sent, by two channels: a letter with the one-time code, and an e-mail with the reference number. Never
//! both on one page.
//!
//! The code is made with the letter and put in the place of the one before, so that nothing has to keep it: it stands in the
//! answer alone. A form makes one letter; sent again, it says so and shows no code. But who clicks twice sees the answer to
//! the second click only, so for [`SECOND_CLICK`] the same form is answered with the same letter; for that the code is in
//! memory, and nowhere else.

use super::caller::Visitor;
use super::form::{Posted, asked_host};
use super::language::Language;
use super::layout::{Frame, hidden_once, page};
use super::trouble::Trouble;
use super::{Desk, see_other};
use crate::credential::{self, CodeHash, NoRandomness};
use crate::invitation::INVITATION_VALIDITY;
use crate::storage::{CodeIssued, DeskUser, DeskUserDetails, NewCode};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;
use zeroize::Zeroizing;

/// How long a form that made a letter is answered with it again.
const SECOND_CLICK: TimeDelta = TimeDelta::seconds(10);

/// The codes that were made in the last [`SECOND_CLICK`] here; a second click that another instance answers finds none.
#[derive(Default)]
pub(super) struct RecentCodes(Mutex<Vec<RecentCode>>);

struct RecentCode {
    user: Uuid,
    form: Uuid,
    authority: String,
    made_at: DateTime<Utc>,
    code: Zeroizing<String>,
}

impl RecentCodes {
    /// The code that this form of this authority makes for this user: a new one, where none is recent.
    fn code(
        &self,
        (user, form): (Uuid, Uuid),
        authority: &str,
        now: DateTime<Utc>,
    ) -> Result<Zeroizing<String>, NoRandomness> {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|code| (TimeDelta::zero()..=SECOND_CLICK).contains(&(now - code.made_at)));
        let same = |code: &&RecentCode| code.user == user && code.form == form && code.authority == authority;
        if let Some(found) = recent.iter().find(same) {
            return Ok(found.code.clone());
        }
        let code = credential::new_code()?;
        let authority = authority.to_owned();
        recent.push(RecentCode { user, form, authority, made_at: now, code: code.clone() });
        Ok(code)
    }
}

/// Makes a one-time code and the letter that holds it.
pub(super) async fn letter(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let Posted { visitor, fields } = posted;
    let (form, now) = (fields.form()?, desk.portal.now());
    let DeskUserDetails { user, .. } = found(&desk, &visitor, &id).await?;
    let code = desk.codes.code((user.id, form), &visitor.authority().serial_number, now)?;
    let canonical = Zeroizing::new(code.replace('-', ""));
    let new = NewCode {
        user: user.id,
        cvr: visitor.cvr(),
        code_hash: &CodeHash::of(&canonical)?,
        form,
        expires_at: now + INVITATION_VALIDITY,
    };
    match desk.portal.storage.issue_code(&new, visitor.actor(), now).await? {
        CodeIssued::Now => {
            tracing::info!(authority = visitor.authority().serial_number, user = %user.id, "a one-time code was made");
            Ok(letter_page(&desk, &visitor, &user, &code, (now, new.expires_at)))
        }
        CodeIssued::FormUsed { code_hash, expires_at } if code_hash.matches(&canonical) => {
            Ok(letter_page(&desk, &visitor, &user, &code, (now, expires_at)))
        }
        CodeIssued::FormUsed { .. } => Ok((StatusCode::CONFLICT, shown_before(&desk, &visitor, &user)).into_response()),
        CodeIssued::InvitationUsed => Ok(see_other(visitor.language, &format!("/users/{}", user.id))),
        CodeIssued::Unknown => Err(Trouble::NotFound),
        CodeIssued::NotPermitted => Err(Trouble::CertificateNotUsable),
    }
}

/// A letter is not to be had again: back to its user.
pub(super) async fn shown(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let details = found(&desk, &visitor, &id).await?;
    Ok(see_other(visitor.language, &format!("/users/{}", details.user.id)))
}

/// The e-mail with the reference number.
pub(super) async fn email(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let DeskUserDetails { user, .. } = found(&desk, &visitor, &id).await?;
    if user.certificate.is_some() {
        return Ok(see_other(visitor.language, &format!("/users/{}", user.id)));
    }
    let language = visitor.language;
    let host = asked_host(&headers, &uri).unwrap_or("localhost");
    let subject = language.say("Dit medarbejdercertifikat", "Your employee certificate");
    let text = email_text(&visitor, &user, host);
    let address = format!("mailto:{}?subject={}&body={}", encoded(&user.email), encoded(subject), encoded(&text));
    let title = language.say("E-mail med referencenummer", "E-mail with the reference number");
    let here = format!("/users/{}/email", user.id);
    let content = html! {
        (back(language, &user))
        h1 { (title) }
        p {
            (language.say(
                "Kopiér teksten til en e-mail, eller åbn den i dit e-mailprogram. Engangskoden står ikke i den: den sendes \
                 med brev.",
                "Copy the text into an e-mail, or open it in your e-mail program. The one-time code is not in it: it goes \
                 by letter."))
        }
        dl class="details" {
            dt { (language.say("Til", "To")) } dd { (user.email) }
            dt { (language.say("Emne", "Subject")) } dd { (subject) }
        }
        div class="field" {
            label for="text" { (language.say("Tekst", "Text")) }
            textarea id="text" readonly rows="24" spellcheck="false" lang=(language.tag()) { (text) }
        }
        div class="actions" {
            a class="button" href=(address) { (language.say("Åbn i e-mailprogram", "Open in the e-mail program")) }
        }
    };
    Ok(page(&Frame::of(&desk, &visitor, title, &here), &content).into_response())
}

/// The user, where it is one of the visitor's organisation.
pub(super) async fn found(desk: &Desk, visitor: &Visitor, id: &str) -> Result<DeskUserDetails, Trouble> {
    let id = Uuid::parse_str(id).map_err(|_| Trouble::NotFound)?;
    desk.portal.storage.user_of_organisation(id, visitor.cvr()).await?.ok_or(Trouble::NotFound)
}

/// The way back to the user.
pub(super) fn back(language: Language, user: &DeskUser) -> Markup {
    html! {
        p class="back" {
            a href={ (language.prefix()) "/users/" (user.id) } {
                span aria-hidden="true" { "← " }
                (language.say("Tilbage til", "Back to")) " " (user.common_name)
            }
        }
    }
}

/// The button that makes a letter.
pub(super) fn letter_button(desk: &Desk, visitor: &Visitor, user: &DeskUser, class: &str) -> Markup {
    let language = visitor.language;
    html! {
        form method="post" action={ (language.prefix()) "/users/" (user.id) "/letter" } class="inline" {
            (hidden_once(desk, visitor, Uuid::new_v4()))
            button class=(class) {
                @if user.has_code {
                    (language.say("Lav et nyt brev med en ny kode", "Make a new letter with a new code"))
                } @else {
                    (language.say("Lav brevet med engangskoden", "Make the letter with the one-time code"))
                }
            }
        }
    }
}

fn letter_page(
    desk: &Desk,
    visitor: &Visitor,
    user: &DeskUser,
    code: &str,
    (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
) -> Response {
    let language = visitor.language;
    let title = language.say("Brev med engangskode", "Letter with the one-time code");
    let content = html! {
        div class="notice notice-warning no-print" {
            h1 { (language.say("Udskriv brevet nu", "Print the letter now")) }
            p {
                (language.say(
                    "Koden vises kun denne ene gang. Brug browserens Udskriv (Ctrl+P), og giv eller send brevet til \
                     brugeren i en lukket konvolut. Send ikke koden med e-mail.",
                    "The code is shown this once only. Use the browser's Print (Ctrl+P), and hand or send the letter to \
                     the user in a closed envelope. Do not send the code by e-mail."))
            }
        }
        article class="letter" lang=(language.tag()) aria-label=(title) {
            p class="address" {
                (user.common_name) br;
                @if let Some(place) = &user.place_of_work { (place) br; }
                (visitor.authority().organisation)
            }
            p class="date" { (language.day(now)) }
            @if desk.portal.practice {
                p { strong { (language.say("Øvelse: dette brev giver ikke adgang til noget.", "Practice: this letter gives access to nothing.")) } }
            }
            h2 { (language.say("Engangskode til dit medarbejdercertifikat", "One-time code for your employee certificate")) }
            p {
                (language.say("Kære", "Dear")) " " (user.common_name)
            }
            p {
                (language.say(
                    "Du skal have et medarbejdercertifikat. Når du bestiller det i Certifikatguiden, bliver du bedt om et \
                     referencenummer og en engangskode. Referencenummeret har du fået i en e-mail. Engangskoden er:",
                    "You are to have an employee certificate. When you order it in Certifikatguide, you are asked for a \
                     reference number and a one-time code. You got the reference number in an e-mail. The one-time code \
                     is:"))
            }
            p class="code" { (code) }
            ol {
                li { (language.say("Åbn Certifikatguiden på din arbejdscomputer.", "Open Certifikatguide on the computer that you work with.")) }
                li { (language.say("Skriv referencenummeret fra e-mailen og koden fra dette brev.", "Type the reference number from the e-mail and the code from this letter.")) }
                li { (language.say("Følg anvisningerne. Se efter, at alle oplysninger er rigtige.", "Follow the instructions. Check that every detail is right.")) }
            }
            p {
                (language.say("Koden virker til", "The code works until"))
                " " (language.moment(expires_at)) ". "
                (language.say(
                    "Efter fem forkerte forsøg bliver den låst. Giv den ikke til andre, heller ikke til en, der siger, at \
                     han eller hun ringer fra support. Makulér brevet, når du har brugt koden.",
                    "After five wrong tries it is locked. Give it to nobody, not even to someone who claims to call from \
                     support. Shred this letter when you have used the code."))
            }
            p { (contact(language, user)) }
            p { (language.say("Med venlig hilsen", "Kind regards,")) br; (visitor.authority().name) br; (visitor.authority().organisation) }
        }
        (back(language, user))
    };
    let frame = Frame { here: None, ..Frame::of(desk, visitor, title, "") };
    page(&frame, &content).into_response()
}

fn shown_before(desk: &Desk, visitor: &Visitor, user: &DeskUser) -> Response {
    let language = visitor.language;
    let title = language.say("Brevet er allerede lavet", "The letter was made already");
    let content = html! {
        (back(language, user))
        div class="notice notice-warning" {
            h1 { (title) }
            p {
                (language.say(
                    "Koden blev vist én gang og kan ikke vises igen. Fik du ikke brevet udskrevet, så lav et nyt: så virker \
                     kun den nye kode.",
                    "The code was shown once and cannot be shown again. If you could not print the letter, make a new one: \
                     then the new code alone works."))
            }
        }
        div class="actions" { (letter_button(desk, visitor, user, "button")) }
    };
    let frame = Frame { here: None, ..Frame::of(desk, visitor, title, "") };
    page(&frame, &content).into_response()
}

fn contact(language: Language, user: &DeskUser) -> String {
    let mut ways: Vec<&str> = Vec::new();
    ways.extend(user.authority_phone.as_deref());
    ways.extend(user.authority_email.as_deref());
    let ways = ways.join(", ");
    let name = &user.authority_name;
    match language {
        Language::Danish if ways.is_empty() => format!("Er noget galt, så kontakt {name}."),
        Language::Danish => format!("Er noget galt, så kontakt {name}: {ways}."),
        Language::English if ways.is_empty() => format!("If something is wrong, get in touch with {name}."),
        Language::English => format!("If something is wrong, get in touch with {name}: {ways}."),
    }
}

fn email_text(visitor: &Visitor, user: &DeskUser, host: &str) -> String {
    let language = visitor.language;
    let (reference, until) = (credential::grouped(&user.reference), language.day(user.expires_at));
    let (name, contact) = (&user.common_name, contact(language, user));
    let (sender, organisation) = (&visitor.authority().name, &visitor.authority().organisation);
    match language {
        Language::Danish => format!(
            "Kære {name}\n\nDu skal have et medarbejdercertifikat.\n\nDit referencenummer er: {reference}\n\
             Portalens adresse er: https://{host}\n\n\
             Engangskoden får du i et brev. Den står ikke i denne e-mail, og du skal ikke sende den til nogen.\n\n\
             Når du har begge dele:\n1. Åbn Certifikatguiden på din arbejdscomputer.\n\
             2. Skriv referencenummeret og koden.\n3. Se efter, at alle oplysninger er rigtige. Er én forkert, så \
             svar, at den er forkert: så får jeg besked.\n\nDet skal ske senest {until}.\n\n{contact}\n\n\
             Med venlig hilsen\n{sender}\n{organisation}\n"
        ),
        Language::English => format!(
            "Dear {name}\n\nYou are to have an employee certificate.\n\nYour reference number is: {reference}\n\
             The portal's address is: https://{host}\n\n\
             You get the one-time code in a letter. It is not in this e-mail, and you are to send it to nobody.\n\n\
             When you have both:\n1. Open Certifikatguide on the computer that you work with.\n\
             2. Type the reference number and the code.\n3. Check that every detail is right. If one is wrong, \
             answer that it is wrong: then I am told.\n\nDo this by {until}.\n\n{contact}\n\n\
             Kind regards,\n{sender}\n{organisation}\n"
        ),
    }
}

/// Percent-encoded for a `mailto` address ([RFC 6068 §2]), with line breaks as it wants them.
fn encoded(text: &str) -> String {
    use std::fmt::Write;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.replace('\n', "\r\n").bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'@') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
