//! When the employee is reminded that the certificate ends. Time comes in from outside, in the employee's own zone.

use chrono::{DateTime, Datelike, TimeDelta, TimeZone, Timelike, Utc, Weekday};
use serde::{Deserialize, Serialize};

/// How many days before the end there is a reminder.
pub const REMINDER_DAYS: [i64; 5] = [60, 30, 14, 7, 1];

/// For how long a reminder can be put off.
const SNOOZE: TimeDelta = TimeDelta::days(1);

/// The hours in which one is reminded, on working days.
const WORKING_HOURS: std::ops::Range<u32> = 8..16;

/// A reminder that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder {
    /// Which of [`REMINDER_DAYS`]; 0 where the certificate has expired.
    pub stage: i64,
    /// Whole days until the end; negative afterwards.
    pub days_left: i64,
}

/// A reminder that was put off. The next one comes all the same: none can be silenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snoozed {
    /// Which one.
    pub stage: i64,
    /// Until when.
    pub until: DateTime<Utc>,
}

impl Reminder {
    /// The reminder that is due at `now` of a certificate that is valid until `not_after`.
    #[must_use]
    pub fn due(not_after: DateTime<Utc>, now: DateTime<Utc>, snoozed: Option<Snoozed>) -> Option<Self> {
        let left = not_after - now;
        let stage = if left < TimeDelta::zero() {
            0
        } else {
            REMINDER_DAYS.into_iter().rev().find(|days| left <= TimeDelta::days(*days))?
        };
        // A clock that was set back puts nothing off for longer.
        let put_off =
            |snoozed: &Snoozed| snoozed.stage == stage && now < snoozed.until && snoozed.until - now <= SNOOZE;
        if snoozed.as_ref().is_some_and(put_off) {
            return None;
        }
        Some(Self { stage, days_left: left.num_seconds().div_euclid(86_400) })
    }

    /// This reminder, put off from `now` on.
    #[must_use]
    pub fn snoozed(self, now: DateTime<Utc>) -> Snoozed {
        Snoozed { stage: self.stage, until: now + SNOOZE }
    }
}

/// Whether `now`, in the employee's own zone, is in working hours: only then does a notification come by itself.
#[must_use]
pub fn is_working_time<Z: TimeZone>(now: &DateTime<Z>) -> bool {
    !matches!(now.weekday(), Weekday::Sat | Weekday::Sun) && WORKING_HOURS.contains(&now.hour())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::FixedOffset;

    fn end() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).expect("a time")
    }

    fn stage(before_the_end: TimeDelta) -> Option<i64> {
        Reminder::due(end(), end() - before_the_end, None).map(|reminder| reminder.stage)
    }

    #[test]
    fn one_is_reminded_at_sixty_thirty_fourteen_seven_and_one_day_and_after_the_end() {
        assert_eq!(stage(TimeDelta::days(61)), None);
        for (days, expected) in [(60, 60), (31, 60), (30, 30), (14, 14), (8, 14), (7, 7), (2, 7), (1, 1), (0, 1)] {
            assert_eq!(stage(TimeDelta::days(days)), Some(expected), "{days} days before the end");
        }
        assert_eq!(stage(-TimeDelta::seconds(1)), Some(0));
    }

    #[test]
    fn a_reminder_can_be_put_off_for_a_day_and_the_next_one_comes_all_the_same() {
        let now = end() - TimeDelta::days(30);
        let snoozed = Reminder::due(end(), now, None).expect("due").snoozed(now);
        assert_eq!(Reminder::due(end(), now + TimeDelta::hours(23), Some(snoozed)), None);
        assert!(Reminder::due(end(), now + TimeDelta::hours(24), Some(snoozed)).is_some());
        let next = end() - TimeDelta::days(14);
        assert!(Reminder::due(end(), next, Some(Snoozed { until: next + TimeDelta::hours(1), ..snoozed })).is_some());
    }

    #[test]
    fn a_clock_that_was_ahead_puts_nothing_off_for_weeks() {
        let ahead = end() - TimeDelta::days(31);
        let snoozed = Reminder { stage: 60, days_left: 31 }.snoozed(ahead);
        assert!(Reminder::due(end(), ahead - TimeDelta::days(20), Some(snoozed)).is_some());
    }

    #[test]
    fn notifications_come_in_the_working_time_of_the_employees_own_zone() {
        let zone = FixedOffset::east_opt(3_600).expect("a zone");
        let at = |day, hour| zone.with_ymd_and_hms(2026, 11, day, hour, 30, 0).single().expect("a time");
        assert!(is_working_time(&at(24, 8)));
        assert!(is_working_time(&at(24, 15)));
        assert!(!is_working_time(&at(24, 16)));
        assert!(!is_working_time(&at(24, 7)));
        assert!(!is_working_time(&at(28, 10)), "a Saturday");
    }
}
