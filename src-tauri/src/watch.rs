//! The background watch: hears what the portal and the issuer know of the certificate while nobody asks, and tells it
//! to the window where that is something new, and to the desktop where the person is to know at once.
//!
//! It sleeps until something is due, and is woken by what waits to be told to the portal.

use crate::composition::{Composed, Desktop};
use crate::error::{DesktopError, whole_chain};
use crate::notification::{News, NoticeBoard};
use crate::show_window;
use crate::tray::Shown;
use chrono::{DateTime, Local, NaiveDate, TimeZone, Utc};
use lifecycle::ports::{Clock, JournalError};
use lifecycle::{Acknowledgement, Reminder, Step, is_working_time};
use local_store::Setting;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

/// The event that tells the window to read the guide again.
const CHANGED: &str = "guide-changed";

/// How soon after the start the first watch is: the window itself has just read the state then.
const FIRST: Duration = Duration::from_secs(60);

/// How often it is seen whether a reminder is due: they come in working time only, whenever the watch itself is due.
const REMINDERS: Duration = Duration::from_secs(30 * 60);

/// How soon it is tried again, at most, where something waits to be told to the portal.
const UNTOLD: Duration = Duration::from_secs(4);

/// How soon it is tried again, at most, after another first failure.
const FAILED: Duration = Duration::from_secs(30);

/// How soon it is tried again, at most, after any number of failures.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// The last stages, in days before the end, whose reminder is told every working day; that of an earlier one is told
/// once.
const DAILY_FROM: i64 = 7;

/// Watches for as long as the program runs: when the guide says that it is due, or `every` so often.
pub fn begin(app: &AppHandle, every: Option<Duration>) {
    let clicked = app.clone();
    let watch = Watch {
        shown: app.state::<Desktop>().shown(),
        board: NoticeBoard::new(move || show_window(&clicked)),
        app: app.clone(),
        every,
        failures: 0,
        untold: false,
    };
    tauri::async_runtime::spawn(watch.stand());
}

/// Tells the window to read the guide again.
pub fn tell_window(app: &AppHandle) {
    // A window that does not listen reads the guide when it is opened again.
    let _ = app.emit_to(crate::WINDOW, CHANGED, ());
}

struct Watch {
    app: AppHandle,
    every: Option<Duration>,
    board: NoticeBoard,
    shown: watch::Receiver<Option<Shown>>,
    /// How often it has failed since it last heard everything.
    failures: u32,
    /// Whether something waits to be told to the portal.
    untold: bool,
}

impl Watch {
    async fn stand(mut self) {
        let mut due = Instant::now() + self.every.unwrap_or(FIRST);
        loop {
            let pause = due.saturating_duration_since(Instant::now()).min(REMINDERS);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = becomes_untold(&mut self.shown), if !self.untold && self.every.is_none() => {
                    // Whoever recorded it has just tried; the next try is ours.
                    (self.untold, self.failures) = (true, 1);
                    due = Instant::now() + after_failure(self.failures, UNTOLD, random());
                }
            }
            if Instant::now() >= due {
                due = Instant::now() + self.watch().await;
            }
            if let Err(error) = self.remind().await {
                tracing::warn!("nobody is reminded: {}", whole_chain(&error));
            }
        }
    }

    /// Watches once; returns when it is due again.
    async fn watch(&mut self) -> Duration {
        let app = self.app.clone();
        let outcome = match app.state::<Desktop>().at_hand().await {
            Ok(composed) => self.watch_with(&composed).await,
            Err(error) => Err(error),
        };
        let next = match outcome {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!("nothing is watched: {}", whole_chain(&error));
                None
            }
        };
        self.failures = if next.is_some() { 0 } else { self.failures.saturating_add(1) };
        let first = if self.untold { UNTOLD } else { FAILED };
        self.every.or(next).unwrap_or_else(|| after_failure(self.failures, first, random()))
    }

    /// The same; `None` where not everything was heard.
    async fn watch_with(&mut self, composed: &Composed) -> Result<Option<Duration>, DesktopError> {
        let before = composed.guide().current().await?;
        let watched = composed.guide().watch().await?;
        let after = composed.guide().current().await?;
        for failure in &watched.failures {
            tracing::warn!("the watch did not hear everything: {}", whole_chain(failure));
        }
        let (before, after) = (before.as_ref().map(|it| &it.step), after.as_ref().map(|it| &it.step));
        self.untold = after.is_some_and(is_untold);
        let view = composed.view().await?;
        if let Some(error) = &watched.unpreserved {
            tracing::info!("the declaration was not made to last yet: {}", whole_chain(error));
        }
        if watched.changed {
            tracing::info!("the watch has found the certificate in another state");
            tell_window(&self.app);
        }
        for news in news(before, after, watched.suspicious) {
            self.tell(news, &Shown::from(&view)).await;
        }
        // A negative time is one that is over.
        let next = watched.next.to_std().unwrap_or_default();
        Ok((watched.failures.is_empty() && !self.untold).then_some(next))
    }

    /// Reminds the person that the certificate ends, where that is due now.
    async fn remind(&mut self) -> Result<(), DesktopError> {
        let shown = *self.shown.borrow();
        // Without a certificate in use nothing is read.
        if !shown.is_some_and(Shown::is_in_use) || !is_working_time(&Local::now()) {
            return Ok(());
        }
        let composed = self.app.state::<Desktop>().at_hand().await?;
        let view = composed.view().await?;
        let certificate = view.journey.as_ref().and_then(|journey| journey.certificate.as_ref());
        let Some(not_after) = certificate.map(|certificate| certificate.not_after) else { return Ok(()) };
        // One that is put off is not among what the window shows.
        let due = view.reminder.and_then(|_| Reminder::due(not_after, crate::composition::SystemClock.now(), None));
        let Some(reminder) = due else { return Ok(()) };
        let journal = composed.guide().journal();
        // What cannot be read was not told.
        let told = journal.setting(Setting::Reminded).await?.and_then(|text| serde_json::from_str(&text).ok());
        let now = Local::now();
        if !is_to_be_told(reminder, not_after, told, &now) {
            return Ok(());
        }
        if self.tell(News::Ends { days_left: reminder.days_left }, &Shown::from(&view)).await {
            let told = Told { not_after, stage: reminder.stage, on: now.date_naive() };
            let text = serde_json::to_string(&told).map_err(|error| JournalError::Damaged(error.to_string().into()))?;
            journal.set_setting(Setting::Reminded, &text).await?;
        }
        Ok(())
    }

    /// Tells it to the desktop; false where the desktop does not show it.
    async fn tell(&mut self, news: News, shown: &Shown) -> bool {
        let outcome = self.board.put_up(&news.worded(shown.language)).await;
        if let Err(error) = &outcome {
            tracing::info!(?news, "not told by the desktop: {}", whole_chain(error));
        }
        outcome.is_ok()
    }
}

/// Waits until something is shown that waits to be told to the portal.
async fn becomes_untold(shown: &mut watch::Receiver<Option<Shown>>) {
    while shown.changed().await.is_ok() {
        if shown.borrow_and_update().is_some_and(|shown| shown.untold) {
            return;
        }
    }
    // The program ends.
    std::future::pending().await
}

/// How long to wait after so many `failures` in a row: at most `first`, then doubled each time, and never more than five
/// minutes. Between half of that and the whole as `random` says, so that not everybody comes back at the same moment.
fn after_failure(failures: u32, first: Duration, random: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let whole = first.saturating_mul(1 << doublings).min(LONGEST);
    whole / 2 + (whole / 2).mul_f64(f64::from(random) / f64::from(u32::MAX))
}

fn random() -> u32 {
    // The first four bytes of a random UUID are random [RFC 9562 §5.4].
    Uuid::new_v4().as_fields().0
}

/// Whether a suspension, wrong details or an alarm wait to be told to the portal.
fn is_untold(step: &Step) -> bool {
    told_to_portal(step) == Some(false)
}

fn has_been_told(step: &Step) -> bool {
    told_to_portal(step) == Some(true)
}

/// Whether the portal knows what was decided here; `None` where nothing was.
fn told_to_portal(step: &Step) -> Option<bool> {
    match step {
        Step::Suspended(state) => Some(state.portal != Acknowledgement::Waiting),
        Step::Stopped(state) => Some(state.portal != Acknowledgement::Waiting),
        Step::Revoked(state) => state.alarm.as_ref().map(|alarm| alarm.told_at.is_some()),
        Step::Invited(_)
        | Step::KeyMade(_)
        | Step::Issued(_)
        | Step::Reviewed(_)
        | Step::Signed(_)
        | Step::Active(_) => None,
    }
}

/// What a watch has found out that the person is to know at once: where the journey stood `before` and stands `after`
/// it, and how many acts are `suspicious` that were not known.
fn news(before: Option<&Step>, after: Option<&Step>, suspicious: usize) -> Vec<News> {
    let mut news = Vec::new();
    if suspicious > 0 {
        news.push(News::SuspiciousAct);
    }
    let Some((before, after)) = before.zip(after) else { return news };
    let was_usable = !matches!(before, Step::Suspended(_) | Step::Stopped(_) | Step::Revoked(_));
    if matches!(after, Step::Revoked(_)) && !matches!(before, Step::Revoked(_)) {
        news.push(News::Revoked);
    } else if is_untold(before) && has_been_told(after) {
        news.push(News::PortalTold);
    } else if let Step::Suspended(state) = after
        && let Acknowledgement::ReadBack { standing } = &state.portal
        && was_usable
        // A suspension of this computer's own is first recorded, and only then read back at the portal.
        && standing.read_at <= state.locked_at
    {
        news.push(News::Suspended);
    }
    news
}

/// The reminder that was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    /// When the certificate ends that it was about.
    not_after: DateTime<Utc>,
    /// Its stage; see [`Reminder::stage`].
    stage: i64,
    /// On which day, by the person's calendar.
    on: NaiveDate,
}

/// Whether a reminder that is due, of a certificate that ends at `not_after`, is told `now`, in the person's own zone.
fn is_to_be_told<Z: TimeZone>(
    reminder: Reminder,
    not_after: DateTime<Utc>,
    told: Option<Told>,
    now: &DateTime<Z>,
) -> bool {
    let told_before = told.filter(|told| told.not_after == not_after && told.stage == reminder.stage);
    is_working_time(now)
        && match told_before {
            None => true,
            Some(told) => reminder.stage <= DAILY_FROM && told.on != now.date_naive(),
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{FixedOffset, TimeDelta};
    use lifecycle::{
        Active, CertificateStanding, CertificateState, DeclarationEntry, HeldCertificate, Import, InvitedSubject,
        Issued, KeyId, KeyPlaceName, KeyReference, Origin, Revoked, Suspended,
    };

    fn time(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + seconds, 0).expect("a time")
    }

    fn issued() -> Issued {
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate = rcgen::CertificateParams::default().self_signed(&key).expect("a certificate");
        let subject = InvitedSubject {
            common_name: "Øvebruger Eksempel".into(),
            email: "øvebruger@example.org".into(),
            organisation: "Øvelseskommune Å".into(),
            cvr: "12345678".into(),
        };
        Issued {
            origin: Origin::Import(Import { subject, imported_at: time(0), registered: None }),
            key: KeyReference {
                id: KeyId(Uuid::from_u128(7)),
                subject_public_key_info: vec![0x30, 0],
                made_at: time(0),
                place: KeyPlaceName::default(),
            },
            held: HeldCertificate {
                certificate: pki::Certificate::from_der(certificate.der()).expect("a certificate"),
                intermediates: Vec::new(),
            },
            device_registered_at: Some(time(1)),
            replaces: None,
            code_to_keep: false,
        }
    }

    fn active() -> Step {
        let declaration = DeclarationEntry {
            id: Uuid::from_u128(9),
            sha256: "ab".repeat(32),
            signed_at: time(3),
            terms_sha256: "cd".repeat(32),
            accepted_at: Some(time(4)),
            time_stamped_at: None,
            elsewhere: false,
            follows: None,
        };
        Step::Active(Active { issued: issued(), declaration, standing: None, renewal: None, details_to_check: false })
    }

    fn read_at(state: CertificateState, seconds: i64) -> CertificateStanding {
        CertificateStanding { state, since: time(5), read_at: time(seconds), declaration_needed: false }
    }

    fn suspended(locked_at: i64, portal: Acknowledgement) -> Step {
        Step::Suspended(Suspended { issued: issued(), declaration: None, locked_at: time(locked_at), portal })
    }

    fn read_back(seconds: i64) -> Acknowledgement {
        Acknowledgement::ReadBack { standing: read_at(CertificateState::Suspended, seconds) }
    }

    fn revoked() -> Step {
        let standing = read_at(CertificateState::Revoked, 6);
        Step::Revoked(Revoked { issued: issued(), declaration: None, standing, alarm: None })
    }

    #[test]
    fn a_suspicious_act_is_told_once_however_many_there_are() {
        let step = active();
        assert_eq!(news(Some(&step), Some(&step), 0), []);
        assert_eq!(news(Some(&step), Some(&step), 3), [News::SuspiciousAct]);
    }

    #[test]
    fn what_somebody_else_has_done_to_the_certificate_is_told() {
        let by_somebody_else = suspended(7, read_back(6));
        assert_eq!(news(Some(&active()), Some(&by_somebody_else), 0), [News::Suspended]);
        assert_eq!(news(Some(&active()), Some(&revoked()), 1), [News::SuspiciousAct, News::Revoked]);
        assert_eq!(news(Some(&by_somebody_else), Some(&revoked()), 0), [News::Revoked]);
        assert_eq!(news(Some(&by_somebody_else), Some(&by_somebody_else), 0), [], "told once");
        assert_eq!(news(Some(&revoked()), Some(&revoked()), 0), [], "told once");
    }

    #[test]
    fn whoever_suspends_it_here_is_not_told_that_it_is_suspended() {
        let here = suspended(6, read_back(7));
        assert_eq!(news(Some(&active()), Some(&here), 0), []);
        assert_eq!(news(Some(&active()), Some(&suspended(6, Acknowledgement::Waiting)), 0), []);
    }

    #[test]
    fn a_suspension_that_reaches_the_portal_at_last_is_told() {
        let waiting = suspended(6, Acknowledgement::Waiting);
        assert!(is_untold(&waiting));
        assert_eq!(news(Some(&waiting), Some(&waiting), 0), []);
        assert_eq!(news(Some(&waiting), Some(&suspended(6, read_back(7))), 0), [News::PortalTold]);
        assert_eq!(news(Some(&waiting), Some(&revoked()), 0), [News::Revoked]);
        assert_eq!(news(None, None, 0), []);
    }

    #[test]
    fn what_waits_is_tried_again_within_seconds_then_ever_less_often_but_every_five_minutes_at_least() {
        let longest = |failures| after_failure(failures, UNTOLD, u32::MAX);
        let seconds: Vec<_> = (1..=8).map(|failures| longest(failures).as_secs()).collect();
        assert_eq!(seconds, [4, 8, 16, 32, 64, 128, 256, 300]);
        assert_eq!(longest(u32::MAX), LONGEST);
        assert_eq!(after_failure(0, UNTOLD, u32::MAX), UNTOLD);
    }

    #[test]
    fn not_everybody_comes_back_at_the_same_moment_and_nobody_at_once() {
        for failures in 1..40 {
            let (soonest, latest) = (after_failure(failures, FAILED, 0), after_failure(failures, FAILED, u32::MAX));
            assert_eq!(soonest * 2, latest);
            let between = after_failure(failures, FAILED, random());
            assert!(soonest >= FAILED / 2 && (soonest..=latest).contains(&between), "{between:?}");
        }
        assert_ne!((random(), random()), (random(), random()));
    }

    #[test]
    fn a_change_that_waits_to_be_told_wakes_the_watch_once() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let (sender, mut shown) = watch::channel(None);
            sender.send_replace(Some(Shown::of_suspended(false)));
            assert!(!is_woken(&mut shown).await);
            sender.send_replace(Some(Shown::of_suspended(true)));
            assert!(is_woken(&mut shown).await);
            assert!(!is_woken(&mut shown).await, "what is known wakes nobody again");
        });
    }

    async fn is_woken(shown: &mut watch::Receiver<Option<Shown>>) -> bool {
        tokio::select! { biased; () = becomes_untold(shown) => true, () = std::future::ready(()) => false }
    }

    /// 24 November 2026 is a Tuesday.
    fn at(day: u32, hour: u32) -> DateTime<FixedOffset> {
        let zone = FixedOffset::east_opt(3600).expect("a zone");
        zone.with_ymd_and_hms(2026, 11, day, hour, 0, 0).single().expect("a time")
    }

    fn told(now: &DateTime<FixedOffset>, not_after: DateTime<Utc>, stage: i64) -> Option<Told> {
        Some(Told { not_after, stage, on: now.date_naive() })
    }

    #[test]
    fn a_reminder_comes_in_working_time_only() {
        let (end, reminder) = (time(0), Reminder { stage: 7, days_left: 6 });
        assert!(is_to_be_told(reminder, end, None, &at(24, 8)));
        assert!(!is_to_be_told(reminder, end, None, &at(24, 18)));
        assert!(!is_to_be_told(reminder, end, None, &at(28, 10)), "a Saturday");
    }

    #[test]
    fn an_early_stage_is_told_once_and_a_late_one_once_a_day() {
        let (end, today, tomorrow) = (time(0), at(24, 9), at(25, 9));
        for (stage, every_day) in [(60, false), (30, false), (14, false), (7, true), (1, true), (0, true)] {
            let reminder = Reminder { stage, days_left: stage };
            assert!(is_to_be_told(reminder, end, None, &today));
            assert!(!is_to_be_told(reminder, end, told(&today, end, stage), &at(24, 15)), "{stage}: once a day");
            assert_eq!(is_to_be_told(reminder, end, told(&today, end, stage), &tomorrow), every_day, "{stage}");
        }
    }

    #[test]
    fn the_next_stage_and_the_next_certificate_are_told_whatever_was_told_before() {
        let (end, now) = (time(0), at(24, 9));
        let reminder = Reminder { stage: 30, days_left: 30 };
        assert!(is_to_be_told(reminder, end, told(&now, end, 60), &now));
        assert!(is_to_be_told(reminder, end, told(&now, end - TimeDelta::days(1000), 30), &now));
    }
}
