//! Ordering a certificate for a user: the form, and what it makes.
//!
//! A form makes one user however often it is sent: the user's id comes from the form's. The CPR number is read, sealed and
//! forgotten; a form that comes back with errors asks for it again.

use super::caller::Visitor;
use super::form::Posted;
use super::language::Language;
use super::layout::{FieldError, Frame, error_summary, hidden_once, page, title_with_errors};
use super::trouble::Trouble;
use super::{Desk, see_other};
use crate::certificate_authority::valid_email_address;
use crate::credential::{self, CodeHash, NoRandomness};
use crate::http::is_printable;
use crate::invitation::{INVITATION_VALIDITY, InvitationOrder, check_name};
use crate::masking::{address_holds_number, holds_number};
use crate::personal_number::PersonalNumber;
use crate::storage::{Answer, DeskUserDetails, NewInvitation, Ordered};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use portal_api::{DetailField, LocalRegistrationAuthority, OrderedSubject};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

const GIVEN_NAME: &str = "given-name";
const SURNAME: &str = "surname";
const EMAIL: &str = "email";
const PLACE_OF_WORK: &str = "place-of-work";
const PERSONAL_NUMBER: &str = "cpr";
const PHONE: &str = "phone";
const CONFIRMED: &str = "same-person";
const CORRECTS: &str = "corrects";
const PLACE_LIMIT: usize = 100;
const PHONE_LIMIT: usize = 32;

/// What the form is opened for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// The user whose details are to be corrected.
    corrects: String,
}

/// What was typed, without the CPR number.
#[derive(Default)]
struct Draft {
    given_name: String,
    surname: String,
    email: String,
    place_of_work: String,
    phone: String,
}

/// The form as it is shown.
struct Sheet<'a> {
    form: Uuid,
    draft: Draft,
    errors: Vec<FieldError>,
    /// Users with the same CPR number.
    same_person: Vec<(Uuid, String)>,
    /// Whose details are corrected.
    corrected: Option<&'a DeskUserDetails>,
}

/// The empty form; or one with the details that are to be corrected.
pub(super) async fn new(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let corrected = corrected(&desk, &visitor, &asked.corrects).await?;
    let draft = corrected.as_ref().map_or_else(Draft::default, |details| {
        let user = &details.user;
        Draft {
            given_name: user.given_name.clone(),
            surname: user.surname.clone(),
            email: user.email.clone(),
            place_of_work: user.place_of_work.clone().unwrap_or_default(),
            phone: user.authority_phone.clone().unwrap_or_default(),
        }
    });
    let sheet = Sheet {
        form: Uuid::new_v4(),
        draft,
        errors: Vec::new(),
        same_person: Vec::new(),
        corrected: corrected.as_ref(),
    };
    Ok(show(&desk, &visitor, &sheet))
}

/// Takes the form.
pub(super) async fn create(State(desk): State<Arc<Desk>>, posted: Posted) -> Result<Response, Trouble> {
    let Posted { visitor, fields } = posted;
    let (language, form, now) = (visitor.language, fields.form()?, desk.portal.now());
    let corrected = corrected(&desk, &visitor, fields.text(CORRECTS)).await?;
    // A CPR number in the wrong field is as good as nothing there.
    let text = |field| {
        let typed = Some(fields.text(field));
        typed.filter(|text| !holds_number(text) && PersonalNumber::parse(text).is_err()).unwrap_or_default().to_owned()
    };
    let email = fields.text(EMAIL);
    let email_holds_number = holds_number(email) || address_holds_number(email);
    let mut draft = Draft {
        given_name: text(GIVEN_NAME),
        surname: text(SURNAME),
        email: if email_holds_number { String::new() } else { email.to_owned() },
        place_of_work: text(PLACE_OF_WORK),
        // Ten digits can be a telephone number too, with the country's code.
        phone: Some(fields.text(PHONE))
            .filter(|phone| PersonalNumber::parse(phone).is_err())
            .unwrap_or_default()
            .to_owned(),
    };
    if holds_number(&draft.common_name()) {
        // Half of it is in the one field, half in the other.
        (draft.given_name, draft.surname) = (String::new(), String::new());
    }
    let mut errors = draft.errors(language);
    if let Some(error) = errors.iter_mut().find(|error| email_holds_number && error.field == EMAIL) {
        error.message = language.say(
            "Skriv en e-mailadresse uden CPR-nummer. Adressen kommer til at stå i certifikatet, som alle kan læse",
            "Type an e-mail address without a CPR number. The address will be in the certificate, which everybody can read",
        );
    }
    let personal_number = PersonalNumber::parse(fields.text(PERSONAL_NUMBER));
    let again = |draft, errors, same_person| {
        let sheet = Sheet { form, draft, errors, same_person, corrected: corrected.as_ref() };
        (StatusCode::UNPROCESSABLE_ENTITY, show(&desk, &visitor, &sheet)).into_response()
    };
    let Ok(personal_number) = personal_number else {
        let at = errors.iter().position(|error| error.field == PHONE).unwrap_or(errors.len());
        errors.insert(at, no_personal_number(language));
        return Ok(again(draft, errors, Vec::new()));
    };
    if !errors.is_empty() {
        return Ok(again(draft, errors, Vec::new()));
    }

    let employee_id = desk.keys.user_of(&visitor.authority().serial_number, form);
    let sealed = desk.portal.vault.seal(&personal_number, employee_id)?;
    let (storage, cvr, actor) = (&desk.portal.storage, visitor.cvr(), visitor.actor());
    if let Some(corrected) = &corrected {
        let user = (corrected.user.id, corrected.user.reference.as_str());
        if !given(&visitor, storage.is_person(user, cvr, &sealed.hash, actor, now).await?)? {
            tracing::warn!(
                authority = visitor.authority().serial_number,
                user = %corrected.user.id,
                "a CPR number that is not the user's"
            );
            return Ok(again(draft, vec![other_person(language)], Vec::new()));
        }
    }
    if fields.text(CONFIRMED).is_empty() {
        let same = given(&visitor, storage.same_person(&sealed.hash, cvr, employee_id, actor, now).await?)?;
        if !same.is_empty() {
            return Ok(again(draft, Vec::new(), same));
        }
    }
    let order = draft.order(&visitor, personal_number);
    order.check().map_err(|_| Trouble::NoForm)?;
    let reference = credential::new_reference()?;
    let new = NewInvitation {
        employee_id,
        reference: &reference,
        practice: false,
        code_hash: &nobodys_code()?,
        subject: &order.subject,
        authority: &order.authority,
        personal_number: &sealed,
        created_at: now,
        expires_at: now + INVITATION_VALIDITY,
    };
    let user = format!("/users/{employee_id}");
    match desk.portal.storage.order(&new, &draft.place_of_work, visitor.actor()).await? {
        Ordered::Now => {
            tracing::info!(authority = visitor.authority().serial_number, user = %employee_id, "a user was created");
            Ok(see_other(language, &format!("{user}?done=created")))
        }
        Ordered::Already => Ok(see_other(language, &format!("{user}?done=created"))),
        Ordered::FormUsed => Ok(see_other(language, &format!("{user}?done=form-used"))),
        Ordered::NotPermitted => Err(Trouble::CertificateNotUsable),
    }
}

impl Draft {
    fn errors(&self, language: Language) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut wrong = |field, message| errors.push(FieldError { field, message });
        let name = |text: &str| check_name("name", text).is_ok() && text.chars().all(is_printable);
        if !name(&self.given_name) {
            wrong(GIVEN_NAME, language.say("Skriv fornavn, højst 64 tegn", "Type the given name, 64 letters at most"));
        }
        if !name(&self.surname) {
            wrong(SURNAME, language.say("Skriv efternavn, højst 64 tegn", "Type the surname, 64 letters at most"));
        } else if name(&self.given_name) && !name(&self.common_name()) {
            wrong(
                SURNAME,
                language.say(
                    "Fornavn og efternavn må tilsammen højst have 64 tegn, for det er, hvad et certifikat kan rumme",
                    "Given name and surname together have 64 letters at most: a certificate holds no more",
                ),
            );
        }
        if !valid_email_address(&self.email) || !self.email.chars().all(is_printable) {
            wrong(
                EMAIL,
                language.say(
                    "Skriv en e-mailadresse som navn@kommune.dk. Æ, ø og å må kun stå før @",
                    "Type an e-mail address such as name@kommune.dk. Æ, ø and å may stand before the @ alone",
                ),
            );
        }
        let place = self.place_of_work.chars().count();
        let is_place = self.place_of_work.chars().all(is_printable) && !holds_number(&self.place_of_work);
        if !(1..=PLACE_LIMIT).contains(&place) || !is_place {
            wrong(
                PLACE_OF_WORK,
                language.say("Skriv tjenestedet, højst 100 tegn", "Type the place of work, 100 letters at most"),
            );
        }
        let phone = |one: char| one.is_ascii_digit() || matches!(one, ' ' | '+' | '(' | ')' | '-');
        if self.phone.len() > PHONE_LIMIT || !self.phone.chars().all(phone) {
            wrong(
                PHONE,
                language
                    .say("Skriv et telefonnummer, eller lad feltet stå tomt", "Type a telephone number, or nothing"),
            );
        }
        errors
    }

    fn common_name(&self) -> String {
        format!("{} {}", self.given_name, self.surname)
    }

    fn order(&self, visitor: &Visitor, personal_number: PersonalNumber) -> InvitationOrder {
        let authority = visitor.authority();
        InvitationOrder {
            subject: OrderedSubject {
                given_name: self.given_name.clone(),
                surname: self.surname.clone(),
                common_name: self.common_name(),
                email: self.email.clone(),
                organisation: authority.organisation.clone(),
                cvr: authority.cvr.clone(),
            },
            personal_number,
            authority: LocalRegistrationAuthority {
                name: authority.name.clone(),
                phone: (!self.phone.is_empty()).then(|| self.phone.clone()),
                email: Some(authority.email.clone()),
            },
            validity: INVITATION_VALIDITY,
        }
    }
}

/// A code that nobody has seen: the one that works is made with the letter.
fn nobodys_code() -> Result<CodeHash, NoRandomness> {
    CodeHash::of(&credential::new_code()?.replace('-', ""))
}

impl From<NoRandomness> for Trouble {
    fn from(error: NoRandomness) -> Self {
        tracing::error!(%error, "the portal failed");
        Self::Failed
    }
}

/// What was answered to a CPR number, unless too many were asked about.
fn given<T>(visitor: &Visitor, answer: Answer<T>) -> Result<T, Trouble> {
    let trouble = match answer {
        Answer::Given(answer) => return Ok(answer),
        Answer::TooManyForUser => Trouble::TooManyNumbersForUser,
        Answer::TooManyForAuthority => Trouble::TooManyNumbers,
        Answer::NotPermitted => return Err(Trouble::CertificateNotUsable),
    };
    tracing::warn!(authority = visitor.authority().serial_number, "too many CPR numbers were asked about");
    Err(trouble)
}

/// The user whose details are corrected, where the form is for that.
async fn corrected(desk: &Desk, visitor: &Visitor, id: &str) -> Result<Option<DeskUserDetails>, Trouble> {
    if id.is_empty() {
        return Ok(None);
    }
    let id = Uuid::parse_str(id).map_err(|_| Trouble::NotFound)?;
    let found = desk.portal.storage.user_of_organisation(id, visitor.cvr()).await?;
    found.ok_or(Trouble::NotFound).map(Some)
}

fn no_personal_number(language: Language) -> FieldError {
    let message = language.say(
        "Skriv CPR-nummeret med 10 cifre. De første 6 skal være en dato",
        "Type the CPR number with 10 digits. The first 6 must be a date",
    );
    FieldError { field: PERSONAL_NUMBER, message }
}

fn other_person(language: Language) -> FieldError {
    let message = language.say(
        "CPR-nummeret er ikke det, som brugeren blev oprettet med. Var det forkert, så opret en ny bruger i stedet",
        "The CPR number is not the one that the user was created with. If that was wrong, create a new user instead",
    );
    FieldError { field: PERSONAL_NUMBER, message }
}

fn show(desk: &Desk, visitor: &Visitor, sheet: &Sheet<'_>) -> Response {
    let language = visitor.language;
    let title = match sheet.corrected {
        Some(_) => language.say("Ret oplysninger, og invitér igen", "Correct the details and invite again"),
        None => language.say("Opret bruger", "Create a user"),
    };
    let here = sheet
        .corrected
        .map_or_else(|| "/users/new".to_owned(), |details| format!("/users/new?corrects={}", details.user.id));
    let wrong = sheet.corrected.map_or(&[][..], |details| &details.user.wrong_details);
    let draft = &sheet.draft;
    let field = |name, label, hint, kind, value, complete| {
        let error = sheet.errors.iter().find(|error| error.field == name).map(|error| error.message);
        Field { name, label, hint, kind, value, complete, error, language }.show()
    };
    let content = html! {
        (error_summary(language, &sheet.errors))
        h1 { (title) }
        @if let Some(details) = sheet.corrected {
            (what_was_reported(language, details))
        }
        (same_person(language, &sheet.same_person))
        form method="post" action={ (language.prefix()) "/users" } novalidate class="fields" {
            (hidden_once(desk, visitor, sheet.form))
            @if let Some(details) = sheet.corrected {
                input type="hidden" name=(CORRECTS) value=(details.user.id);
            }
            p class="hint" {
                (language.say(
                    "Alle felter skal udfyldes, undtagen hvor der står andet.",
                    "Every field must be filled in, except where it says otherwise."))
            }
            (field(GIVEN_NAME, language.say("Fornavn", "Given name"),
                marked(language, wrong, DetailField::Name), "text", &draft.given_name, "off"))
            (field(SURNAME, language.say("Efternavn", "Surname"),
                marked(language, wrong, DetailField::Name), "text", &draft.surname, "off"))
            (field(EMAIL, language.say("E-mail på arbejdet", "E-mail address at work"),
                marked(language, wrong, DetailField::Email), "email", &draft.email, "off"))
            (field(PLACE_OF_WORK, language.say("Tjenestested", "Place of work"),
                language.say(
                    "Der, hvor brugeren arbejder, f.eks. et jobcenter. Certifikatet må kun bruges der.",
                    "Where the user works, e.g. a job centre. The certificate may be used there alone."),
                "text", &draft.place_of_work, "off"))
            (field(PERSONAL_NUMBER, language.say("CPR-nummer", "CPR number"),
                language.say(
                    "10 cifre. Nummeret gemmes krypteret og vises ikke igen, heller ikke for dig.",
                    "10 digits. The number is kept encrypted and is not shown again, not to you either."),
                "cpr", "", "off"))
            (field(PHONE, language.say("Dit telefonnummer (valgfrit)", "Your telephone number (optional)"),
                language.say(
                    "Brugeren ringer til dig, hvis noget er galt. Dit navn og din e-mail kommer fra dit LRA-certifikat.",
                    "The user calls you if something is wrong. Your name and e-mail address come from your LRA \
                     certificate."),
                "tel", &draft.phone, "tel"))
            @if !sheet.same_person.is_empty() {
                div class="check" {
                    input type="checkbox" id=(CONFIRMED) name=(CONFIRMED) value="yes";
                    label for=(CONFIRMED) {
                        (language.say("Opret brugeren alligevel", "Create the user all the same"))
                    }
                }
            }
            p class="hint" {
                (language.say("Certifikatet udstedes til", "The certificate is issued for")) " "
                strong { (visitor.authority().organisation) } ", CVR " (visitor.cvr()) "."
            }
            div class="actions" {
                button class="button" { (language.say("Opret bruger", "Create the user")) }
                a href={ (language.prefix()) "/users" } { (language.say("Fortryd", "Cancel")) }
            }
        }
    };
    let title = title_with_errors(language, title, &sheet.errors);
    page(&Frame::of(desk, visitor, &title, &here), &content).into_response()
}

fn marked(language: Language, wrong: &[DetailField], field: DetailField) -> &'static str {
    if wrong.contains(&field) { language.say("Meldt forkert.", "Reported as wrong.") } else { "" }
}

fn what_was_reported(language: Language, details: &DeskUserDetails) -> Markup {
    let user = &details.user;
    html! {
        div class="notice notice-info" {
            p {
                (language.say(
                    "Der laves en ny invitation, og den gamle bruger bliver stående som spærret.",
                    "A new invitation is made, and the user as it was stays in the list as revoked."))
            }
            @if !user.wrong_details.is_empty() {
                p { (language.say("Meldt forkert:", "Reported as wrong:")) }
                ul {
                    @for field in &user.wrong_details { li { (language.detail(*field)) } }
                }
            }
        }
    }
}

fn same_person(language: Language, users: &[(Uuid, String)]) -> Markup {
    html! {
        @if !users.is_empty() {
            div class="notice notice-warning" role="alert" tabindex="-1" autofocus {
                h2 { (language.say("CPR-nummeret har allerede en bruger", "The CPR number has a user already")) }
                ul {
                    @for (id, name) in users {
                        li { a href={ (language.prefix()) "/users/" (id) } { (name) } }
                    }
                }
                p {
                    (language.say(
                        "Er koden væk, så lav et nyt brev til den bruger i stedet. Skal der alligevel oprettes en ny, så \
                         skriv CPR-nummeret igen, og sæt kryds nederst.",
                        "If the code is lost, make a new letter for that user instead. If a new one is needed all the \
                         same, type the CPR number again and tick the box at the end."))
                }
            }
        }
    }
}

/// A field with its label, hint and error.
struct Field<'a> {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    /// A type of input; `cpr` for digits that no browser keeps.
    kind: &'static str,
    value: &'a str,
    complete: &'static str,
    error: Option<&'static str>,
    language: Language,
}

impl Field<'_> {
    fn show(&self) -> Markup {
        let Self { name, label, hint, kind, value, complete, error, language } = self;
        let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
        let described: Vec<&str> = [(!hint.is_empty()).then_some(hint_id.as_str()), error.map(|_| error_id.as_str())]
            .into_iter()
            .flatten()
            .collect();
        let described = (!described.is_empty()).then(|| described.join(" "));
        let (kind, mode) = if *kind == "cpr" { ("text", Some("numeric")) } else { (*kind, None) };
        html! {
            div class={ "field" @if error.is_some() { " wrong" } } {
                label for=(name) { (label) }
                @if !hint.is_empty() { p class="hint" id=(hint_id) { (hint) } }
                @if let Some(error) = error {
                    p class="error" id=(error_id) {
                        span class="unseen" { (language.say("Fejl: ", "Error: ")) }
                        (error)
                    }
                }
                input type=(kind) id=(name) name=(name) value=(value) autocomplete=(complete) inputmode=[mode]
                    spellcheck="false" required[*name != PHONE] aria-describedby=[described]
                    aria-invalid=[error.map(|_| "true")];
            }
        }
    }
}
