//! What all pages have in common.

use super::form::{FORM, TOKEN};
use super::language::Language;
use super::{Desk, caller::Visitor};
use axum::response::Html;
use maud::{DOCTYPE, Markup, html};
use uuid::Uuid;

/// What is around a page's content.
pub(super) struct Frame<'a> {
    pub(super) desk: &'a Desk,
    pub(super) language: Language,
    /// Who looks at it, where that is known.
    pub(super) visitor: Option<&'a Visitor>,
    pub(super) title: &'a str,
    /// The page's path without what it begins with, where the same page is to be had in the other language.
    pub(super) here: Option<&'a str>,
}

impl<'a> Frame<'a> {
    /// The frame of a page that is asked for with GET.
    pub(super) fn of(desk: &'a Desk, visitor: &'a Visitor, title: &'a str, here: &'a str) -> Self {
        Self { desk, language: visitor.language, visitor: Some(visitor), title, here: Some(here) }
    }
}

/// A complete page.
pub(super) fn page(frame: &Frame<'_>, content: &Markup) -> Html<String> {
    let Frame { desk, language, visitor, title, here } = frame;
    let portal = &desk.portal;
    let support = portal.capabilities().support_phone;
    let other = language.other();
    let markup = html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " – " (language.say("LRA-skranken", "LRA desk")) " – " (portal.name()) }
                link rel="stylesheet" href=(desk.style);
            }
            body {
                a class="skip" href="#content" { (language.say("Gå til indholdet", "Skip to the content")) }
                header class="top" {
                    div class="inner" {
                        p class="brand" {
                            a href={ (language.prefix()) "/users" } { (language.say("LRA-skranken", "LRA desk")) }
                            span class="portal" { (portal.name()) }
                        }
                        @if let Some(here) = here {
                            p class="language" {
                                a href={ (other.prefix()) (here) } lang=(other.tag()) hreflang=(other.tag()) {
                                    (other.say("Dansk", "English"))
                                }
                            }
                        }
                    }
                    @if let Some(visitor) = visitor {
                        div class="inner who" {
                            @let authority = visitor.authority();
                            p {
                                strong { (authority.organisation) }
                                " · CVR " (authority.cvr) " · "
                                (language.say("logget ind som", "logged in as")) " " (authority.name)
                            }
                        }
                    }
                    @if portal.practice {
                        p class="practice" {
                            (language.say(
                                "Øvelse: certifikaterne her giver ikke adgang til noget. Brug kun opdigtede personer.",
                                "Practice: the certificates here give access to nothing. Use made-up persons only."))
                        }
                    }
                }
                main id="content" tabindex="-1" { (content) }
                footer {
                    p { (language.say("Portalens support: tlf.", "The portal's support: tel.")) " " (support) }
                    @if visitor.is_some() {
                        p {
                            (language.say(
                                "Du er logget ind, så længe browseren er åben. Luk alle dens vinduer for at logge ud.",
                                "You are logged in as long as the browser is open. Close all of its windows to log out."))
                        }
                    }
                }
            }
        }
    };
    Html(markup.into_string())
}

/// What every form holds that is not seen: that it was made here for this visitor.
pub(super) fn hidden(desk: &Desk, visitor: &Visitor) -> Markup {
    let token = desk.keys.token(&visitor.authority().serial_number, desk.portal.now());
    html! { input type="hidden" name=(TOKEN) value=(token); }
}

/// As [`hidden`], for a form that must not be carried out twice.
pub(super) fn hidden_once(desk: &Desk, visitor: &Visitor, form: Uuid) -> Markup {
    html! {
        (hidden(desk, visitor))
        input type="hidden" name=(FORM) value=(form);
    }
}

/// What is wrong with a field.
pub(super) struct FieldError {
    /// The field's name, which is its id too.
    pub(super) field: &'static str,
    pub(super) message: &'static str,
}

/// Everything that is wrong with a form, above it; each leads to its field (WCAG 2.1 §3.3.1).
pub(super) fn error_summary(language: Language, errors: &[FieldError]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div class="notice notice-error" role="alert" tabindex="-1" autofocus aria-labelledby="errors" {
                h2 id="errors" { (language.say("Der er noget, du skal rette", "There is something to correct")) }
                ul {
                    @for error in errors {
                        li { a href={ "#" (error.field) } { (error.message) } }
                    }
                }
            }
        }
    }
}

/// The title of a page whose form was not taken.
pub(super) fn title_with_errors(language: Language, title: &str, errors: &[FieldError]) -> String {
    if errors.is_empty() { title.to_owned() } else { format!("{}: {title}", language.say("Fejl", "Error")) }
}
