//! The desk's two languages, and what they call things. Danish is the first.

use super::standing::Standing;
use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc, Weekday};
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
        let at = danish_time(at);
        let month = usize::try_from(at.month0()).unwrap_or_default();
        let month = self.say(DANISH_MONTHS, ENGLISH_MONTHS).get(month).copied().unwrap_or_default();
        match self {
            Self::Danish => format!("{}. {month} {}", at.day(), at.year()),
            Self::English => format!("{} {month} {}", at.day(), at.year()),
        }
    }

    /// A day in Denmark with the time of day.
    pub(super) fn moment(self, at: DateTime<Utc>) -> String {
        let (day, local) = (self.day(at), danish_time(at));
        match self {
            Self::Danish => format!("{day} kl. {:02}.{:02}", local.hour(), local.minute()),
            Self::English => format!("{day} at {:02}:{:02}", local.hour(), local.minute()),
        }
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

const DANISH_MONTHS: [&str; 12] = [
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
];
const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The time in Denmark: an hour ahead, and another one from the last Sunday of March to that of October, at 01:00 UTC
/// (directive 2000/84/EC).
fn danish_time(at: DateTime<Utc>) -> NaiveDateTime {
    let utc = at.naive_utc();
    let turn = |month| last_sunday(utc.year(), month).map(|day| day.and_time(NaiveTime::MIN) + TimeDelta::hours(1));
    let summer = match (turn(3), turn(10)) {
        (Some(begins), Some(ends)) => begins <= utc && utc < ends,
        (None, _) | (_, None) => false,
    };
    utc + TimeDelta::hours(if summer { 2 } else { 1 })
}

/// The last Sunday of a month of 31 days.
fn last_sunday(year: i32, month: u32) -> Option<NaiveDate> {
    let last = NaiveDate::from_ymd_opt(year, month, 31)?;
    last.checked_sub_signed(Duration::days(i64::from(last.weekday().days_since(Weekday::Sun))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_danish_clocks() {
        let moment = |at: &str| Language::Danish.moment(at.parse().expect("a time"));
        assert_eq!(moment("2026-11-24T23:05:00Z"), "25. november 2026 kl. 00.05");
        assert_eq!(moment("2026-03-29T00:59:00Z"), "29. marts 2026 kl. 01.59");
        assert_eq!(moment("2026-03-29T01:00:00Z"), "29. marts 2026 kl. 03.00");
        assert_eq!(moment("2026-10-25T00:59:00Z"), "25. oktober 2026 kl. 02.59");
        assert_eq!(moment("2026-10-25T01:00:00Z"), "25. oktober 2026 kl. 02.00");
        assert_eq!(Language::English.moment("2026-07-01T10:00:00Z".parse().expect("a time")), "1 July 2026 at 12:00");
    }
}
