//! Dates as people in Denmark write them, without a clock and without a time zone database.

use chrono::{DateTime, Datelike, Duration, NaiveDate, Timelike, Utc, Weekday};

/// A language that dates are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Danish.
    Danish,
    /// English.
    English,
}

impl Language {
    /// The language of a two-letter code; what is not English is written in Danish.
    pub(crate) fn of(code: &str) -> Self {
        if code == "en" { Self::English } else { Self::Danish }
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

/// The date in Denmark at `moment`, e.g. `24. november 2026`.
#[must_use]
pub fn date(moment: DateTime<Utc>, language: Language) -> String {
    write_date(moment + utc_offset(moment), language)
}

/// Date and time in Denmark at `moment`, e.g. `24. november 2026 kl. 12.34`.
#[must_use]
pub fn date_and_time(moment: DateTime<Utc>, language: Language) -> String {
    let local = moment + utc_offset(moment);
    let (date, hour, minute) = (write_date(local, language), local.hour(), local.minute());
    match language {
        Language::Danish => format!("{date} kl. {hour:02}.{minute:02}"),
        Language::English => format!("{date} at {hour:02}:{minute:02}"),
    }
}

/// The same with the zone, e.g. `24. november 2026 kl. 12.34 (dansk tid, UTC+1)`.
pub(crate) fn moment(moment: DateTime<Utc>, language: Language) -> String {
    let (text, hours_ahead) = (date_and_time(moment, language), utc_offset(moment).num_hours());
    match language {
        Language::Danish => format!("{text} (dansk tid, UTC+{hours_ahead})"),
        Language::English => format!("{text} (Danish time, UTC+{hours_ahead})"),
    }
}

fn write_date(local: DateTime<Utc>, language: Language) -> String {
    let month = local.month0() as usize;
    match language {
        Language::Danish => format!("{}. {} {}", local.day(), DANISH_MONTHS[month], local.year()),
        Language::English => format!("{} {} {}", local.day(), ENGLISH_MONTHS[month], local.year()),
    }
}

/// Danish summer time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October
/// ([Directive 2000/84/EC art. 2 and 3]); in force so since 1996, which is before any certificate of ours.
fn utc_offset(moment: DateTime<Utc>) -> Duration {
    let change =
        |month| last_sunday(moment.year(), month).map(|day| day.and_time(chrono::NaiveTime::MIN) + Duration::hours(1));
    let summer = match (change(3), change(10)) {
        (Some(begin), Some(end)) => (begin..end).contains(&moment.naive_utc()),
        (None, _) | (_, None) => false,
    };
    Duration::hours(if summer { 2 } else { 1 })
}

/// March and October have 31 days; `None` only beyond the years that chrono knows.
fn last_sunday(year: i32, month: u32) -> Option<NaiveDate> {
    let last = NaiveDate::from_ymd_opt(year, month, 31)?;
    let after_sunday = last.weekday().days_since(Weekday::Sun);
    last.checked_sub_signed(Duration::days(i64::from(after_sunday)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    #[test]
    fn a_winter_moment_is_one_hour_ahead_of_utc() {
        assert_eq!(
            moment(at("2026-11-24T11:34:56Z"), Language::Danish),
            "24. november 2026 kl. 12.34 (dansk tid, UTC+1)"
        );
        assert_eq!(
            moment(at("2026-11-24T08:05:00Z"), Language::English),
            "24 November 2026 at 09:05 (Danish time, UTC+1)"
        );
    }

    #[test]
    fn summer_time_begins_and_ends_at_one_o_clock_utc_on_the_last_sunday() {
        assert_eq!(moment(at("2026-03-29T00:59:59Z"), Language::Danish), "29. marts 2026 kl. 01.59 (dansk tid, UTC+1)");
        assert_eq!(moment(at("2026-03-29T01:00:00Z"), Language::Danish), "29. marts 2026 kl. 03.00 (dansk tid, UTC+2)");
        assert_eq!(
            moment(at("2026-10-25T00:59:59Z"), Language::Danish),
            "25. oktober 2026 kl. 02.59 (dansk tid, UTC+2)"
        );
        assert_eq!(
            moment(at("2026-10-25T01:00:00Z"), Language::Danish),
            "25. oktober 2026 kl. 02.00 (dansk tid, UTC+1)"
        );
    }

    #[test]
    fn the_date_is_the_one_in_denmark() {
        assert_eq!(date(at("2026-12-31T23:30:00Z"), Language::Danish), "1. januar 2027");
        assert_eq!(date(at("2026-06-30T22:00:00Z"), Language::English), "1 July 2026");
    }
}
