//! The desk's two languages, and what they call things. Danish is the first.

use super::standing::Standing;
use chrono::{DateTime, Utc};
use declaration::calendar;
use portal_api::{CertificateState, DetailField, RevocationReason};

/// The language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Danish,
    English,
}

impl Language {
    /// Either text. They stand side by side where they are used, so that neither is forgotten.
    pub(super) fn say<T>(self, danish: T, english: T) -> T {
        match self {
            Self::Danish => danish,
            Self::English => english,
        }
    }

    /// What the addresses of the pages begin with.
    pub(super) fn prefix(self) -> &'static str {
        self.say("/lra", "/lra/en")
    }

    /// The language tag ([RFC 5646]).
    pub(super) fn tag(self) -> &'static str {
        self.say("da", "en")
    }

    pub(super) fn other(self) -> Self {
        self.say(Self::English, Self::Danish)
    }

    /// A day in Denmark, e.g. `24. november 2026`.
    pub(super) fn day(self, at: DateTime<Utc>) -> String {
        calendar::date(at, self.of_calendar())
    }

    /// A day in Denmark with the time of day.
    pub(super) fn moment(self, at: DateTime<Utc>) -> String {
        calendar::date_and_time(at, self.of_calendar())
    }

    fn of_calendar(self) -> calendar::Language {
        self.say(calendar::Language::Danish, calendar::Language::English)
    }

    pub(super) fn standing(self, standing: Standing) -> &'static str {
        match standing {
            Standing::Invited => self.say("Inviteret", "Invited"),
            Standing::CodeLocked => self.say("Koden er låst", "Code locked"),
            Standing::InvitationExpired => self.say("Invitationen er udløbet", "Invitation expired"),
            Standing::AwaitingDeclaration => self.say("Mangler sikkerhedserklæring", "Awaiting declaration"),
            Standing::Active => self.say("I brug", "In use"),
            Standing::Suspended => self.say("Suspenderet", "Suspended"),
            Standing::Revoked => self.say("Spærret", "Revoked"),
            Standing::Expired => self.say("Udløbet", "Expired"),
        }
    }

    pub(super) fn state(self, state: CertificateState) -> &'static str {
        match state {
            CertificateState::AwaitingDeclaration => self.standing(Standing::AwaitingDeclaration),
            CertificateState::Active => self.standing(Standing::Active),
            CertificateState::Suspended => self.standing(Standing::Suspended),
            CertificateState::Revoked => self.standing(Standing::Revoked),
        }
    }

    pub(super) fn reason(self, reason: RevocationReason) -> &'static str {
        match reason {
            RevocationReason::WrongDetails => self.say("En oplysning er forkert", "A detail is wrong"),
            RevocationReason::KeyCompromise => {
                self.say("Andre har eller kan have nøglen", "Others have or may have the key")
            }
            RevocationReason::AffiliationChanged => {
                self.say("Navn, e-mail eller arbejdsgiver er ændret", "Name, e-mail address or employer has changed")
            }
            RevocationReason::Superseded => self.say(
                "Et nyt certifikat træder i stedet, f.eks. fordi nøgle eller adgangskode er mistet",
                "A new certificate takes its place, e.g. since key or password is lost",
            ),
            RevocationReason::CessationOfOperation => {
                self.say("Brugeren skal ikke længere bruge det", "The user no longer needs it")
            }
        }
    }

    pub(super) fn detail(self, field: DetailField) -> &'static str {
        match field {
            DetailField::Name => self.say("Navn", "Name"),
            DetailField::Organisation => self.say("Organisation", "Organisation"),
            DetailField::Cvr => self.say("CVR-nummer", "CVR number"),
            DetailField::EmployeeId => self.say("Medarbejder-id", "Employee id"),
            DetailField::Email => self.say("E-mail", "E-mail address"),
            DetailField::Issuer => self.say("Udsteder", "Issuer"),
            DetailField::Validity => self.say("Gyldighedsperiode", "Validity period"),
            DetailField::Purpose => self.say("Anvendelse", "Purpose"),
        }
    }
}
