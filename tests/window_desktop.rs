//! The window and the desktop around it: the icon in the tray, from which the certificate is suspended, and the
//! notifications that tell while nobody looks. The desktop is the test's own, on the session bus of its own computer.
//!
//! Needs what `window.rs` needs, curl, and at-spi2-core, to read and press the dialog as a screen reader does.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr, reason = "what is skipped is said")]

use certifikatguide_tests::computer::{Computer, Keychain};
use certifikatguide_tests::desktop::{AssistiveTechnology, NotificationServer, Silent, Tray};
use certifikatguide_tests::distant_portal::DistantPortal;
use certifikatguide_tests::employee::{PASSWORD, accept_terms, answer_details, enrol, sign};
use certifikatguide_tests::window_driver::{Window, WindowError};
use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};
use lifecycle::ports::Journal;
use lifecycle::{Acknowledgement, Journey, Step};
use local_store::{Setting, SqliteJournal};
use portal_api::CertificateState;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::time::timeout;

type Outcome = Result<(), Box<dyn Error>>;

/// The password of a certificate file.
const FILE_PASSWORD: &str = "lygte hjul kaffe torsk";

/// How long a person would wait for the next thing, and the time between two looks.
const PATIENCE: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_millis(25);

/// Where the certificate of a journey stands, as the icon says it.
const IN_USE: &str = "Certifikatet er i brug";
const SUSPENDED: &str = "Certifikatet er suspenderet";

const OPEN: &str = "Åbn Certifikatguide";
const SUSPEND: &str = "Suspendér certifikatet…";
const YES: &str = "Ja, suspendér nu";
const NO: &str = "Annullér";
const QUIT: &str = "Afslut";

/// What is told of what the local registration authority did: title and text.
const SUSPENDED_BY_LRA: (&str, &str) =
    ("Dit certifikat er suspenderet", "Det kan ikke bruges, før din LRA åbner det igen.");

fn computer() -> Computer {
    Computer::start(Keychain::Unlocked).expect("Xvfb, dbus-daemon and gnome-keyring start")
}

async fn practice_journal(computer: &Computer) -> SqliteJournal {
    SqliteJournal::open(&computer.data().join("practice-journal.sqlite")).await.expect("the journal opens")
}

async fn journey(computer: &Computer) -> Journey {
    practice_journal(computer).await.current().await.expect("the journal is read").expect("a journey")
}

async fn serial_number(computer: &Computer) -> String {
    let journey = journey(computer).await;
    journey.step.issued().expect("a certificate").held.certificate.serial_number().to_owned()
}

/// Opens the window towards a portal elsewhere, which is a practice portal.
async fn open(computer: &Computer, portal: &DistantPortal, more: &[&str]) -> Result<Window, WindowError> {
    let arguments = ["--portal", portal.address(), "--trust-anchor", portal.trust_anchor(), "--practice"];
    Window::open_with(computer, &[&arguments[..], more].concat()).await
}

/// From the welcome screen to a certificate in use.
async fn declare(window: &Window) -> Result<(), WindowError> {
    enrol(window).await?;
    answer_details(window, &[]).await?;
    accept_terms(window).await?;
    sign(window, PASSWORD).await?;
    window.click("go-to-certificate").await?;
    see_standing(window, "valid").await
}

async fn see_standing(window: &Window, standing: &str) -> Result<(), WindowError> {
    window.see_css(&format!("[data-testid='screen-certificate'][data-standing='{standing}']")).await.map(drop)
}

/// What was read back: by the portal, by OCSP and in the list.
async fn see_read_back(window: &Window, state: &str) -> Result<(), WindowError> {
    let selector = format!(
        "[data-testid='read-back'][data-portal='{state}'][data-ocsp='{state}'][data-revocation-list='{state}']"
    );
    window.see_css(&selector).await.map(drop)
}

/// The portal's data folder: its trust anchor is in it.
fn data(portal: &DistantPortal) -> &Path {
    Path::new(portal.trust_anchor()).parent().expect("a folder")
}

async fn state_at(portal: &DistantPortal, serial_number: &str) -> CertificateState {
    let users = portal::users(data(portal), None).await.expect("the portal's database");
    let mut certificates = users.into_iter().filter_map(|user| user.certificate);
    certificates.find(|certificate| certificate.serial_number == serial_number).expect("the certificate").state
}

/// Suspends the certificate, as the local registration authority does.
async fn suspend(portal: &DistantPortal, serial_number: &str) {
    portal::suspend(data(portal), None, &portal::SystemClock, serial_number).await.expect("suspended");
}

/// Lifts the suspension, as the local registration authority does.
async fn reinstate(portal: &DistantPortal, serial_number: &str) {
    portal::reinstate(data(portal), None, &portal::SystemClock, serial_number).await.expect("reinstated");
}

/// Waits until what is typed goes to the window, or to another.
async fn see_focus(window: &Window, expected: bool) -> Result<(), WindowError> {
    let script = format!(
        "const done = arguments[0]; \
         const look = () => (document.hasFocus() === {expected} ? done(true) : setTimeout(look, 20)); look();"
    );
    window.execute_async(&script).await.map(drop)
}

/// Makes the window so small that the pointer is beside it. There is no window manager on the display: the focus goes
/// with the pointer, until a window takes it.
async fn turn_away_from(window: &Window) -> Result<(), WindowError> {
    window.resize(420, 320).await?;
    see_focus(window, false).await
}

/// The icon's menu says where the certificate stands, and offers to suspend it or does not.
async fn see_menu(tray: &Tray, standing: &str, suspension: bool) -> Outcome {
    Ok(tray.see_menu(&[(OPEN, true), (standing, false), (SUSPEND, suspension), (QUIT, true)]).await?)
}

#[tokio::test]
async fn two_clicks_from_the_icon_in_the_tray_suspend_and_the_first_of_them_does_nothing_yet() -> Outcome {
    let computer = computer();
    let tray = Tray::start(&computer).await?;
    let assistive_technology = AssistiveTechnology::start(&computer).await?;
    let portal = DistantPortal::start()?;
    let window = open(&computer, &portal, &[]).await?;
    see_menu(&tray, "Intet certifikat endnu", false).await?;
    assert_eq!(tray.title().await?, "Certifikatguide");
    turn_away_from(&window).await?;
    tray.click(OPEN).await?;
    see_focus(&window, true).await?;
    window.resize(1100, 800).await?;
    declare(&window).await?;
    see_menu(&tray, IN_USE, true).await?;
    let serial_number = serial_number(&computer).await;

    tray.click(SUSPEND).await?;
    let dialog = assistive_technology.dialog().await?;
    assert_eq!(
        dialog.texts,
        [
            "Suspendér certifikatet nu?",
            "Nøglen låses straks på denne computer, og portalen får besked. Kun din LRA kan ophæve det igen.",
        ]
    );
    assert_eq!(dialog.buttons(), [YES, NO]);
    assistive_technology.press(&dialog, NO).await?;
    assistive_technology.see_no_dialog().await?;
    assert!(matches!(journey(&computer).await.step, Step::Active(_)), "nothing has happened");
    assert_eq!(state_at(&portal, &serial_number).await, CertificateState::Active);

    tray.click(SUSPEND).await?;
    let dialog = assistive_technology.dialog().await?;
    assistive_technology.press(&dialog, YES).await?;
    see_menu(&tray, SUSPENDED, false).await?;
    see_standing(&window, "suspended").await?;
    see_read_back(&window, "suspended").await?;
    assert_eq!(state_at(&portal, &serial_number).await, CertificateState::Suspended);
    let Step::Suspended(state) = journey(&computer).await.step else { panic!("suspended") };
    assert!(matches!(state.portal, Acknowledgement::ReadBack { .. }), "{:?}", state.portal);
    window.close(&computer).await?;
    Ok(())
}

#[tokio::test]
async fn suspended_from_the_tray_without_a_network_it_is_locked_at_once_and_the_desktop_tells_when_the_portal_knows()
-> Outcome {
    let computer = computer();
    let tray = Tray::start(&computer).await?;
    let mut notifications = NotificationServer::start(&computer).await?;
    let assistive_technology = AssistiveTechnology::start(&computer).await?;
    let mut portal = DistantPortal::start()?;
    let window = open(&computer, &portal, &["--watch-every", "1"]).await?;
    declare(&window).await?;
    let serial_number = serial_number(&computer).await;
    portal.stop();

    tray.click(SUSPEND).await?;
    let dialog = assistive_technology.dialog().await?;
    assistive_technology.press(&dialog, YES).await?;
    see_menu(&tray, "Låst på denne computer – portalen har ikke fået besked endnu", false).await?;
    let Step::Suspended(state) = journey(&computer).await.step else { panic!("locked") };
    assert!(matches!(state.portal, Acknowledgement::Waiting), "{:?}", state.portal);
    window.see("portal-not-told").await?;
    assert!(window.all_text().await?.contains("70 25 89 25"), "whom to call meanwhile");
    assert_eq!(notifications.another(), None, "whoever did it knows");
    assert_eq!(state_at(&portal, &serial_number).await, CertificateState::Active);

    portal.start_again()?;
    let told = notifications.next().await?;
    assert_eq!(
        (&*told.title, &*told.text),
        ("Portalen har fået besked", "Det, der ventede på forbindelse, er nået frem.")
    );
    assert_eq!((&*told.program, told.urgency), ("Certifikatguide", Some(1)));
    assert_eq!(state_at(&portal, &serial_number).await, CertificateState::Suspended);
    see_menu(&tray, SUSPENDED, false).await?;
    see_read_back(&window, "suspended").await?;
    assert_eq!(notifications.another(), None, "told once");
    window.close(&computer).await?;
    Ok(())
}

/// Logs in at the portal with a copy of the key, as another program.
async fn log_in_elsewhere(computer: &Computer, portal: &DistantPortal, window: &Window) -> Outcome {
    window.click("export").await?;
    window.see("screen-export").await?;
    window.type_into("export-password", PASSWORD).await?;
    window.type_into("container-password", FILE_PASSWORD).await?;
    window.type_into("container-password-again", FILE_PASSWORD).await?;
    window.click("confirm-export").await?;
    window.see("exported").await?;
    let file = computer.saved().join("medarbejdercertifikat.p12");
    let logged_in = Command::new("curl")
        .args(["--silent", "--fail", "--request", "POST", "--cert-type", "P12", "--cacert", portal.trust_anchor()])
        .arg("--cert")
        .arg(format!("{}:{FILE_PASSWORD}", file.display()))
        .arg(format!("{}/v1/session", portal.address()))
        .stdin(Stdio::null())
        .output()?;
    assert!(logged_in.status.success(), "{}", String::from_utf8_lossy(&logged_in.stderr));
    Ok(())
}

#[tokio::test]
async fn a_log_in_by_somebody_else_is_told_by_the_desktop_and_a_click_on_that_brings_the_window_to_the_front() -> Outcome
{
    let computer = computer();
    let tray = Tray::start(&computer).await?;
    let mut notifications = NotificationServer::start(&computer).await?;
    let portal = DistantPortal::start()?;
    let policy = computer.home().join("policy.toml");
    fs::write(&policy, "export = true\n")?;
    let policy = policy.to_str().expect("a path of text");
    let window = open(&computer, &portal, &["--watch-every", "1", "--policy", policy]).await?;
    declare(&window).await?;
    assert_eq!(notifications.another(), None, "what this computer does itself is no news");
    log_in_elsewhere(&computer, &portal, &window).await?;

    let told = notifications.next().await?;
    assert_eq!(told.title, "Er det dig?");
    assert_eq!(told.text, "Dit certifikat er brugt på en måde, som denne computer ikke kender. Se efter nu.");
    assert_eq!((&*told.program, told.urgency), ("Certifikatguide", Some(2)), "it stays until it is seen");
    window.see_css("[data-testid='suspicious'][data-number='1']").await?;
    see_menu(&tray, "Certifikatet er i brug – se efter, om det er dig", true).await?;

    turn_away_from(&window).await?;
    notifications.click(&told).await?;
    see_focus(&window, true).await?;

    suspend(&portal, &serial_number(&computer).await).await;
    let next = notifications.next().await?;
    assert_eq!(next.title, "Dit certifikat er suspenderet", "the log-in was told once");
    window.close(&computer).await?;
    Ok(())
}

/// A zone, as the variable TZ names it [POSIX.1-2017 §8.3], in which it is one of these hours now, of a working day where
/// that is asked for. On some hours of a weekend no zone has a working day.
fn zone(now: DateTime<Utc>, hours: std::ops::Range<u32>, working_day: bool) -> Option<String> {
    let fits = |offset: &i64| {
        let there = now + TimeDelta::hours(*offset);
        hours.contains(&there.hour()) && !(working_day && matches!(there.weekday(), Weekday::Sat | Weekday::Sun))
    };
    // What POSIX counts is how far the zone is behind.
    (-23..=23).find(fits).map(|offset| format!("<OVE>{}", -offset))
}

/// Has the programs of this computer go by the clock of this zone.
fn move_to(computer: &Computer, zone: &str) -> Outcome {
    Ok(computer
        .put_program("WebKitWebDriver", &format!("PATH=\"${{PATH#*:}}\" TZ='{zone}' exec WebKitWebDriver \"$@\""))?)
}

/// The local registration authority suspends the certificate, lifts that, and suspends it again; while it was lifted, the
/// watch has had it in use and was free to remind of its end. What the desktop told meanwhile is all about that.
async fn nobody_is_reminded(
    portal: &DistantPortal,
    serial_number: &str,
    window: &Window,
    notifications: &mut NotificationServer,
) -> Outcome {
    for again in [false, true] {
        suspend(portal, serial_number).await;
        let told = notifications.next().await?;
        assert_eq!(told.title, SUSPENDED_BY_LRA.0);
        assert_eq!((&*told.text, told.urgency), (SUSPENDED_BY_LRA.1, Some(2)));
        see_standing(window, "suspended").await?;
        if !again {
            reinstate(portal, serial_number).await;
            see_standing(window, "valid").await?;
        }
    }
    assert_eq!(notifications.another(), None);
    Ok(())
}

/// Waits until it is remembered that the person was reminded, which is right after the desktop has shown it.
async fn see_remembered(computer: &Computer) {
    let journal = practice_journal(computer).await;
    let remembered = async {
        while journal.setting(Setting::Reminded).await.expect("the journal is read").is_none() {
            tokio::time::sleep(INTERVAL).await;
        }
    };
    timeout(PATIENCE, remembered).await.expect("remembered in time");
}

#[tokio::test]
async fn that_the_end_comes_near_is_told_once_in_working_hours_and_what_the_lra_did_at_once_at_any_hour() -> Outcome {
    let computer = computer();
    let tray = Tray::start(&computer).await?;
    let mut notifications = NotificationServer::start(&computer).await?;
    let portal = DistantPortal::start_with(&["--employee-validity", "2592000"])?;
    let evening = zone(Utc::now(), 18..24, false).expect("it is evening somewhere");
    move_to(&computer, &evening)?;
    let window = open(&computer, &portal, &["--watch-every", "1"]).await?;
    declare(&window).await?;
    window.see("reminder").await?;
    see_menu(&tray, "Certifikatet udløber om 29 dage", true).await?;
    let serial_number = serial_number(&computer).await;
    nobody_is_reminded(&portal, &serial_number, &window, &mut notifications).await?;
    window.close(&computer).await?;

    reinstate(&portal, &serial_number).await;
    // Far enough from either end of the working hours for the test to be done.
    let Some(working_hours) = zone(Utc::now(), 9..15, true) else {
        eprintln!("skipped: it is weekend in every zone");
        return Ok(());
    };
    move_to(&computer, &working_hours)?;
    let window = open(&computer, &portal, &["--watch-every", "1"]).await?;
    let told = notifications.next().await?;
    assert_eq!(told.title, "Dit certifikat udløber om 29 dage");
    assert_eq!(told.text, "Åbn Certifikatguide for at forny det.");
    assert_eq!((&*told.program, told.urgency), ("Certifikatguide", Some(1)));
    see_remembered(&computer).await;
    window.close(&computer).await?;

    // The next start knows of it.
    let window = open(&computer, &portal, &["--watch-every", "1"]).await?;
    see_standing(&window, "valid").await?;
    nobody_is_reminded(&portal, &serial_number, &window, &mut notifications).await?;
    portal.revoke(&serial_number)?;
    let told = notifications.next().await?;
    assert_eq!(told.title, "Dit certifikat er spærret");
    assert_eq!(
        (&*told.text, told.urgency),
        ("Det kan ikke bruges mere. Åbn Certifikatguide for at se hvorfor.", Some(2))
    );
    window.close(&computer).await?;
    Ok(())
}

#[tokio::test]
async fn a_tray_and_notifications_that_never_answer_hold_nothing_up() -> Outcome {
    let computer = computer();
    let _silent = (Silent::tray(&computer).await?, Silent::notifications(&computer).await?);
    let portal = DistantPortal::start()?;
    let window = open(&computer, &portal, &["--watch-every", "1"]).await?;
    declare(&window).await?;
    suspend(&portal, &serial_number(&computer).await).await;
    see_standing(&window, "suspended").await?;
    see_read_back(&window, "suspended").await?;
    window.close(&computer).await?;
    Ok(())
}

#[tokio::test]
async fn a_tray_that_comes_later_gets_the_icon_and_so_does_the_next_one() -> Outcome {
    let computer = computer();
    let portal = DistantPortal::start()?;
    let window = open(&computer, &portal, &[]).await?;
    window.see("screen-welcome").await?;
    let tray = Tray::start(&computer).await?;
    see_menu(&tray, "Intet certifikat endnu", false).await?;
    drop(tray);
    let tray = Tray::start(&computer).await?;
    see_menu(&tray, "Intet certifikat endnu", false).await?;
    turn_away_from(&window).await?;
    tray.click_icon().await?;
    see_focus(&window, true).await?;
    window.close(&computer).await?;
    Ok(())
}
