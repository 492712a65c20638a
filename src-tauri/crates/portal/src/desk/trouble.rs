//! What stands in the way, as a page of its own.

use super::Desk;
use super::language::Language;
use super::layout::{Frame, page};
use crate::error::PortalError;
use crate::http::Refusal;
use crate::storage::StorageError;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;
use portal_api::ProblemKind;

/// Why a page is not shown, or a form not taken. Becomes a page in the caller's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The connection shows no certificate of a local registration authority.
    NoCertificate,
    /// It shows an employee's.
    EmployeeCertificate,
    /// It shows one that was withdrawn or has ended.
    CertificateNotUsable,
    /// There is no such page, user or certificate, or none of this organisation's.
    NotFound,
    /// The page is not asked for in this way.
    MethodNotAllowed,
    /// The form is too old, or was made for another certificate.
    FormNotHeld,
    /// The form was sent from another site's page.
    OtherSite,
    /// The body is no form, or longer than any of ours.
    NoForm,
    /// Too many CPR numbers were not the user's.
    TooManyNumbersForUser,
    /// The certificate got too many answers about CPR numbers.
    TooManyNumbers,
    /// The certificate asked for too many pages.
    TooManyPages,
    /// The portal failed.
    Failed,
}

impl Trouble {
    /// Who may not come in, and why.
    pub(super) fn at_the_door(kind: ProblemKind) -> Self {
        match kind {
            ProblemKind::CertificateRequired => Self::NoCertificate,
            ProblemKind::NotPermitted => Self::EmployeeCertificate,
            ProblemKind::CertificateNotUsable => Self::CertificateNotUsable,
            ProblemKind::CodeWrong
            | ProblemKind::CodeLocked
            | ProblemKind::InvitationExpired
            | ProblemKind::InvitationUsed
            | ProblemKind::CertificationRequestInvalid
            | ProblemKind::DeviceTokenInvalid
            | ProblemKind::DeclarationInvalid
            | ProblemKind::TermsNotInForce
            | ProblemKind::IdempotencyKeyReused
            | ProblemKind::AlreadyRevoked
            | ProblemKind::SuspensionNotOffered
            | ProblemKind::RequestInvalid
            | ProblemKind::BodyTooLarge
            | ProblemKind::NotFound
            | ProblemKind::MethodNotAllowed
            | ProblemKind::TooManyRequests
            | ProblemKind::Internal => Self::Failed,
        }
    }

    pub(super) fn page(self, desk: &Desk, language: Language) -> Response {
        let (title, cause, remedy) = self.words(language);
        let inside = !matches!(self, Self::NoCertificate | Self::EmployeeCertificate | Self::CertificateNotUsable);
        // Where somebody asked to go is not told from here; who stands before the door may choose the language.
        let here = (!inside).then_some("/users");
        let frame = Frame { desk, language, visitor: None, title, here };
        let content = html! {
            div class="notice notice-warning" {
                h1 { (title) }
                p { (cause) }
                p { (remedy) }
            }
            @if inside {
                p { a href={ (language.prefix()) "/users" } { (language.say("Til brugerlisten", "To the list of users")) } }
            }
        };
        (self.status(), page(&frame, &content)).into_response()
    }

    fn status(self) -> StatusCode {
        match self {
            Self::NoCertificate
            | Self::EmployeeCertificate
            | Self::CertificateNotUsable
            | Self::FormNotHeld
            | Self::OtherSite => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoForm => StatusCode::BAD_REQUEST,
            Self::TooManyNumbersForUser | Self::TooManyNumbers | Self::TooManyPages => StatusCode::TOO_MANY_REQUESTS,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Title, cause and remedy.
    fn words(self, language: Language) -> (&'static str, &'static str, &'static str) {
        let say = |danish, english| language.say(danish, english);
        match self {
            Self::NoCertificate => (
                say("Du skal bruge et LRA-certifikat", "You need an LRA certificate"),
                say(
                    "Siderne her er for den lokale registreringsautoritet. Din browser har ikke vist et LRA-certifikat.",
                    "These pages are for the local registration authority. Your browser has not shown an LRA certificate.",
                ),
                say(
                    "Installér dit LRA-certifikat i browseren, luk alle browserens vinduer, åbn siden igen, og vælg \
                     certifikatet, når browseren spørger. Har du ikke et, så ring til portalens support.",
                    "Install your LRA certificate in the browser, close all of its windows, open the page again, and \
                     choose the certificate when the browser asks. If you have none, call the portal's support.",
                ),
            ),
            Self::EmployeeCertificate => (
                say("Dette er ikke et LRA-certifikat", "This is not an LRA certificate"),
                say(
                    "Din browser har vist et medarbejdercertifikat. Siderne her er kun for den lokale \
                     registreringsautoritet.",
                    "Your browser has shown an employee certificate. These pages are for the local registration \
                     authority alone.",
                ),
                say(
                    "Luk alle browserens vinduer, åbn siden igen, og vælg dit LRA-certifikat.",
                    "Close all of the browser's windows, open the page again, and choose your LRA certificate.",
                ),
            ),
            Self::CertificateNotUsable => (
                say("Dit LRA-certifikat kan ikke længere bruges", "Your LRA certificate can no longer be used"),
                say(
                    "Det er trukket tilbage, eller dets gyldighedsperiode er slut.",
                    "It was withdrawn, or its validity period has ended.",
                ),
                say("Ring til portalens support for at få et nyt.", "Call the portal's support to get a new one."),
            ),
            Self::NotFound => (
                say("Siden findes ikke", "There is no such page"),
                say(
                    "Adressen fører ikke til en side eller en bruger i din organisation.",
                    "The address leads to no page and to no user of your organisation.",
                ),
                say("Find brugeren i brugerlisten.", "Find the user in the list of users."),
            ),
            Self::MethodNotAllowed => (
                say("Siden kan ikke åbnes sådan", "The page cannot be opened like this"),
                say(
                    "Adressen er til en handling, ikke til en side.",
                    "The address is for something to be done, not for a page.",
                ),
                say("Begynd forfra i brugerlisten.", "Begin again at the list of users."),
            ),
            Self::FormNotHeld => (
                say("Formularen er for gammel", "The form is too old"),
                say(
                    "Den blev åbnet for mere end 12 timer siden eller med et andet certifikat. Der er ikke ændret noget.",
                    "It was opened more than 12 hours ago or with another certificate. Nothing was changed.",
                ),
                say("Åbn siden igen, og udfyld den på ny.", "Open the page again and fill it in anew."),
            ),
            Self::OtherSite => (
                say("Handlingen kom fra en anden hjemmeside", "This came from another site"),
                say(
                    "En anden hjemmeside har forsøgt at få din browser til at gøre noget her. Der er ikke ændret noget.",
                    "Another site has tried to make your browser do something here. Nothing was changed.",
                ),
                say(
                    "Har du ikke selv gjort det, så giv din it-afdeling besked om, hvilken side du kom fra.",
                    "If you did not do this yourself, tell your IT department which page you came from.",
                ),
            ),
            Self::NoForm => (
                say("Formularen kunne ikke læses", "The form could not be read"),
                say("Der er ikke ændret noget.", "Nothing was changed."),
                say("Åbn siden igen, og udfyld den på ny.", "Open the page again and fill it in anew."),
            ),
            Self::TooManyNumbersForUser => (
                say("For mange forkerte CPR-numre", "Too many wrong CPR numbers"),
                say(
                    "Der er inden for et døgn skrevet fem CPR-numre, som ikke er brugerens. Portalen sammenligner ikke flere \
                     for den bruger lige nu. Forsøgene står i loggen. Der er ikke ændret noget.",
                    "Within a day, five CPR numbers were typed that are not the user's. The portal compares no more for that \
                     user just now. The attempts are in the log. Nothing was changed.",
                ),
                say(
                    "Find brugerens rigtige CPR-nummer, og prøv igen om 24 timer. Kan det ikke vente, så opret en ny bruger i \
                     stedet. Har du ikke selv skrevet numrene, så giv din it-afdeling besked.",
                    "Find the user's right CPR number, and try again in 24 hours. If that is too late, create a new user \
                     instead. If you did not type the numbers yourself, tell your IT department.",
                ),
            ),
            Self::TooManyNumbers => (
                say("For mange svar om CPR-numre", "Too many answers about CPR numbers"),
                say(
                    "Portalen har inden for et døgn 20 gange fortalt dit LRA-certifikat, at et CPR-nummer er et andet end \
                     brugerens eller allerede har en bruger. Flere svar giver den ikke lige nu. Der er ikke ændret noget.",
                    "Within a day, the portal has told your LRA certificate 20 times that a CPR number is not the user's or \
                     has a user already. It gives no more answers just now. Nothing was changed.",
                ),
                say(
                    "Prøv igen om 24 timer. Kan det ikke vente, eller har du ikke selv skrevet numrene, så ring til portalens \
                     support.",
                    "Try again in 24 hours. If that is too late, or you did not type the numbers yourself, call the portal's \
                     support.",
                ),
            ),
            Self::TooManyPages => (
                say("For mange sider på kort tid", "Too many pages within a short time"),
                say(
                    "Dit LRA-certifikat har bedt om flere sider, end portalen viser på et minut. Der er ikke ændret noget.",
                    "Your LRA certificate has asked for more pages than the portal shows in a minute. Nothing was changed.",
                ),
                say(
                    "Vent et minut, og prøv igen. Har du ikke selv åbnet så mange sider, så ring til portalens support: andre \
                     kan have dit certifikat.",
                    "Wait a minute and try again. If you did not open so many pages yourself, call the portal's support: \
                     others may have your certificate.",
                ),
            ),
            Self::Failed => (
                say("Portalen fejlede", "The portal failed"),
                say(
                    "Det er ikke din skyld. Det er ikke sikkert, at handlingen blev gennemført.",
                    "This is not your fault. What you did may or may not have taken effect.",
                ),
                say(
                    "Se i brugerlisten, om handlingen blev gennemført, og prøv igen om lidt. Ring til portalens \
                     support, hvis fejlen bliver ved.",
                    "Look in the list of users whether it has, and try again in a while. Call the portal's support if \
                     this goes on.",
                ),
            ),
        }
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        // Its page is made where the language is known.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StorageError> for Trouble {
    fn from(error: StorageError) -> Self {
        // Logs the chain.
        Self::at_the_door(Refusal::from(error).kind())
    }
}

impl From<PortalError> for Trouble {
    fn from(error: PortalError) -> Self {
        Self::at_the_door(Refusal::from(error).kind())
    }
}
