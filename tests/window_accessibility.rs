//! Whether everybody can use the window: axe-core on every screen, the whole journey with the keyboard alone, and what
//! a screen reader is told at each step. All of it in the real window.
//!
//! Needs what `window.rs` needs, at-spi2-core, and axe-core (`npm ci` in `ui`).
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr, reason = "how much was judged is said")]

use certifikatguide_tests::accessible::Accessible;
use certifikatguide_tests::axe;
use certifikatguide_tests::computer::{Computer, Keychain};
use certifikatguide_tests::desktop::{AssistiveTechnology, DesktopError};
use certifikatguide_tests::distant_portal::DistantPortal;
use certifikatguide_tests::employee::{
    CONSENTS, DETAILS, PASSWORD, accept_terms, answer_details, keep_revocation_code, make_key, sign,
    take_practice_invitation,
};
use certifikatguide_tests::keyboard::Keyboard;
use certifikatguide_tests::practice::later_terms;
use certifikatguide_tests::window_driver::{Window, WindowError};
use fantoccini::key::Key;
use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

type Outcome = Result<(), Box<dyn Error>>;

/// The languages, as the document names them.
const LANGUAGES: [&str; 2] = ["da", "en"];

/// The password of a certificate file.
const FILE_PASSWORD: &str = "lygte hjul kaffe torsk";

/// A file with somebody's certificate.
const EMPLOYEE_FILE: &[u8] = include_bytes!("fuzz/seeds/certificate/employee-oces3.der");

/// What the person has chosen for the whole desktop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Theme {
    Light,
    Dark,
}

fn computer(theme: Theme) -> Result<Computer, Box<dyn Error>> {
    let computer = Computer::start(Keychain::Unlocked)?;
    if theme == Theme::Dark {
        let settings = computer.home().join("config/gtk-3.0");
        fs::create_dir_all(&settings)?;
        fs::write(settings.join("settings.ini"), "[Settings]\ngtk-application-prefer-dark-theme=1\n")?;
    }
    Ok(computer)
}

/// Opens the window towards a portal elsewhere, which is a practice portal.
async fn open(computer: &Computer, portal: &DistantPortal, more: &[&str]) -> Result<Window, WindowError> {
    let arguments = ["--portal", portal.address(), "--trust-anchor", portal.trust_anchor(), "--practice"];
    Window::open_with(computer, &[&arguments[..], more].concat()).await
}

/// The screens of the window, as its own sources name them.
fn screens() -> BTreeSet<String> {
    fn svelte_files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("the window's sources").flatten() {
            let path = entry.path();
            if path.is_dir() {
                svelte_files(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "svelte") {
                found.push(path);
            }
        }
    }
    let mut files = Vec::new();
    svelte_files(&Path::new(certifikatguide_tests::TESTS).join("../ui/src"), &mut files);
    let mut screens = BTreeSet::new();
    for file in files {
        let source = fs::read_to_string(file).expect("a source");
        for attribute in source.split("data-testid=").skip(1) {
            let end = if attribute.starts_with('{') { '}' } else { '"' };
            let value = attribute[1..].split(end).next().unwrap_or_default();
            screens.extend(
                value.split(['"', '\'', ' ']).filter_map(|name| name.strip_prefix("screen-")).map(str::to_owned),
            );
        }
    }
    screens
}

/// Judges screens, and remembers which, and what was wrong.
#[derive(Default)]
struct Judge {
    screens: BTreeSet<String>,
    judged: usize,
    faults: Vec<String>,
}

impl Judge {
    /// Judges what the window shows of this screen, in each language.
    async fn look_at(&mut self, window: &Window, screen: &str) -> Result<(), WindowError> {
        for language in LANGUAGES {
            // A question on the screen keeps the pointer from the switch.
            window.execute(&format!("document.querySelector('[data-testid=language-{language}]').click()")).await?;
            window.see_css(&format!("html[lang='{language}'] [data-testid='screen-{screen}']")).await?;
            for fault in axe::faults(window).await? {
                self.faults.push(format!("{screen} in {language}: {fault}"));
            }
            self.judged += 1;
        }
        window.execute("document.querySelector('[data-testid=language-da]').click()").await?;
        self.screens.insert(screen.to_owned());
        Ok(())
    }
}

/// Every screen on one way: what goes wrong first, then the journey, then all that stands by.
async fn judge_every_screen(theme: Theme) -> Outcome {
    let computer = computer(theme)?;
    let mut portal = DistantPortal::start_with(&["--employee-validity", "2592000"])?;
    let policy = computer.home().join("policy.toml");
    fs::write(&policy, "export = true\n")?;
    let policy = policy.display().to_string();
    let arguments = ["--watch-every", "1", "--policy", &policy];
    let mut judge = Judge::default();

    portal.stop();
    let window = open(&computer, &portal, &arguments).await?;
    window.see("problem").await?;
    let dark = window.execute("return matchMedia('(prefers-color-scheme: dark)').matches").await?;
    assert_eq!(dark, theme == Theme::Dark, "the window follows the desktop");
    judge.look_at(&window, "starting").await?;
    portal.start_again()?;
    window.click("try-again").await?;

    stop_at_a_wrong_detail(&window, &mut judge).await?;
    begin_anew_at_the_signature(&window, &mut judge).await?;
    come_into_use(&window, &mut judge).await?;
    look_aside(&window, &mut judge).await?;
    let window = renew(window, &computer, &portal, &arguments, &mut judge).await?;
    portal.put_terms_in_force(&later_terms())?;
    read_new_terms(&window, &mut judge).await?;
    move_by_file(&window, &computer, &portal, theme, &mut judge).await?;
    revoke(&window, &mut judge).await?;
    window.close(&computer).await?;

    assert_eq!(judge.faults, [""; 0], "axe-core finds nothing");
    assert_eq!(judge.screens, screens(), "every screen was judged");
    let (screens, languages) = (judge.screens.len(), LANGUAGES.len());
    eprintln!("axe-core: {screens} screens in {languages} languages, {} pages, no fault", judge.judged);
    Ok(())
}

async fn stop_at_a_wrong_detail(window: &Window, judge: &mut Judge) -> Result<(), WindowError> {
    window.see("screen-welcome").await?;
    judge.look_at(window, "welcome").await?;
    window.click("continue").await?;
    window.see("reference-error").await?;
    judge.look_at(window, "welcome").await?;
    take_practice_invitation(window).await?;
    window.click("continue").await?;
    window.see("screen-password").await?;
    judge.look_at(window, "password").await?;
    make_key(window, "kort").await?;
    window.see("password-error").await?;
    judge.look_at(window, "password").await?;
    make_key(window, PASSWORD).await?;
    window.see("revocation-code").await?;
    judge.look_at(window, "revocation-code").await?;
    keep_revocation_code(window).await?;
    window.see("screen-details").await?;
    window.click("continue").await?;
    judge.look_at(window, "details").await?;
    answer_details(window, &["email"]).await?;
    window.see("confirm-wrong-dialog").await?;
    judge.look_at(window, "details").await?;
    window.click("confirm-wrong").await?;
    window.see_css("[data-testid='screen-stopped'][data-portal-state='revoked']").await?;
    window.see("read-back").await?;
    judge.look_at(window, "stopped").await?;
    window.click("start-over").await?;
    window.click("confirm-start-over").await?;
    window.see("screen-welcome").await.map(drop)
}

async fn begin_anew_at_the_signature(window: &Window, judge: &mut Judge) -> Result<(), WindowError> {
    take_practice_invitation(window).await?;
    window.click("continue").await?;
    make_key(window, PASSWORD).await?;
    keep_revocation_code(window).await?;
    answer_details(window, &[]).await?;
    window.see("terms").await?;
    window.click("continue").await?;
    judge.look_at(window, "terms").await?;
    accept_terms(window).await?;
    sign(window, "en helt anden sætning").await?;
    window.see("problem").await?;
    judge.look_at(window, "sign").await?;
    window.click("start-over").await?;
    window.click("confirm-start-over").await?;
    window.see("screen-welcome").await.map(drop)
}

async fn come_into_use(window: &Window, judge: &mut Judge) -> Result<(), WindowError> {
    take_practice_invitation(window).await?;
    window.click("continue").await?;
    window.see("screen-earlier").await?;
    window.click("decide-on-earlier").await?;
    judge.look_at(window, "earlier").await?;
    window.choose("on-earlier-supersede").await?;
    window.click("decide-on-earlier").await?;
    make_key(window, PASSWORD).await?;
    keep_revocation_code(window).await?;
    answer_details(window, &[]).await?;
    accept_terms(window).await?;
    sign(window, PASSWORD).await?;
    window.see("screen-receipt").await?;
    judge.look_at(window, "receipt").await?;
    window.click("go-to-certificate").await?;
    see_standing(window, "valid").await?;
    window.see("chain").await?;
    judge.look_at(window, "certificate").await?;
    window.click("header-suspend").await?;
    window.see("confirm-suspend-dialog").await?;
    judge.look_at(window, "certificate").await?;
    window.click("confirm-suspend-cancel").await
}

async fn see_standing(window: &Window, standing: &str) -> Result<(), WindowError> {
    window.see_css(&format!("[data-testid='screen-certificate'][data-standing='{standing}']")).await.map(drop)
}

/// What can be looked at from any screen: what is clicked, the screen, and what shows that it has all that it will.
const LOOKS_ASIDE: [(&str, &str, &str); 7] = [
    ("open-doctor", "doctor", "[data-testid='screen-doctor'][data-done='true']"),
    ("open-file", "file", "[data-testid='choose-file']"),
    ("open-by-code", "by-code", "[data-testid='by-code-suspend']"),
    ("open-accessibility", "accessibility", "[data-testid='contact-support']"),
    ("open-uses", "uses", "[data-testid='use-calendar']"),
    ("open-activities", "activities", "[data-testid='activities-known']"),
    ("open-archive", "archive", "[data-testid='archived-declaration']"),
];

async fn look_aside(window: &Window, judge: &mut Judge) -> Result<(), WindowError> {
    for (opens, screen, complete) in LOOKS_ASIDE {
        window.click(opens).await?;
        window.see_css(complete).await?;
        judge.look_at(window, screen).await?;
        window.click("leave").await?;
        see_standing(window, "valid").await?;
    }
    window.drop_file("kollega.cer", EMPLOYEE_FILE).await?;
    window.see("verdict").await?;
    judge.look_at(window, "file").await?;
    window.drop_file("tom.cer", b"").await?;
    window.see("file-refused").await?;
    judge.look_at(window, "file").await?;
    window.click("leave").await
}

/// The certificate is copied into a file here, and taken from it on another computer.
async fn move_by_file(
    window: &Window,
    computer: &Computer,
    portal: &DistantPortal,
    theme: Theme,
    judge: &mut Judge,
) -> Outcome {
    window.click("export").await?;
    window.see("screen-export").await?;
    judge.look_at(window, "export").await?;
    window.type_into("export-password", PASSWORD).await?;
    window.type_into("container-password", FILE_PASSWORD).await?;
    window.type_into("container-password-again", FILE_PASSWORD).await?;
    window.click("confirm-export").await?;
    window.see("exported").await?;
    window.click("leave-task").await?;

    let second = self::computer(theme)?;
    let file = computer.saved().join("medarbejdercertifikat.p12").display().to_string();
    let other = open(&second, portal, &["--open-from", &file]).await?;
    other.click("import").await?;
    other.see("screen-import").await?;
    judge.look_at(&other, "import").await?;
    other.click("choose-container").await?;
    other.type_into("container-password", FILE_PASSWORD).await?;
    other.click("read-container").await?;
    other.see("import-password").await?;
    judge.look_at(&other, "import").await?;
    other.type_into("import-password", PASSWORD).await?;
    other.type_into("import-password-again", PASSWORD).await?;
    other.click("confirm-import").await?;
    keep_revocation_code(&other).await?;
    other.see("screen-container-left").await?;
    judge.look_at(&other, "container-left").await?;
    Ok(other.close(&second).await?)
}

async fn read_new_terms(window: &Window, judge: &mut Judge) -> Result<(), WindowError> {
    window.see("terms-changed").await?;
    judge.look_at(window, "certificate").await?;
    window.click("open-new-terms").await?;
    window.see("changed-text").await?;
    judge.look_at(window, "new-terms").await?;
    window.click("leave-task").await
}

/// Another password, and a renewal that is cut off before the new revocation code is kept.
async fn renew(
    window: Window,
    computer: &Computer,
    portal: &DistantPortal,
    arguments: &[&str],
    judge: &mut Judge,
) -> Result<Window, WindowError> {
    window.click("change-password").await?;
    window.see("screen-change-password").await?;
    judge.look_at(&window, "change-password").await?;
    window.click("leave-task").await?;
    window.click("renew").await?;
    window.see("screen-renew").await?;
    judge.look_at(&window, "renew").await?;
    window.type_into("renew-password", PASSWORD).await?;
    window.click("confirm-renew").await?;
    window.see("revocation-code").await?;
    window.kill(computer).await?;

    let window = open(computer, portal, arguments).await?;
    window.see("new-code").await?;
    judge.look_at(&window, "certificate").await?;
    window.click("new-code").await?;
    window.see("screen-new-code").await?;
    judge.look_at(&window, "new-code").await?;
    window.click("leave-task").await?;
    window.click("check-details").await?;
    answer_details(&window, &[]).await?;
    see_standing(&window, "valid").await?;
    Ok(window)
}

async fn revoke(window: &Window, judge: &mut Judge) -> Result<(), WindowError> {
    window.click("revoke").await?;
    window.see("screen-revoke").await?;
    judge.look_at(window, "revoke").await?;
    window.choose("revoke-reason-cessation-of-operation").await?;
    window.type_into("revoke-password", PASSWORD).await?;
    window.click("confirm-revoke").await?;
    see_standing(window, "revoked").await?;
    window.see("read-back").await?;
    judge.look_at(window, "certificate").await
}

#[tokio::test]
async fn axe_core_finds_no_fault_on_any_screen_in_either_language_in_a_light_window() -> Outcome {
    judge_every_screen(Theme::Light).await
}

#[tokio::test]
async fn axe_core_finds_no_fault_on_any_screen_in_either_language_in_a_dark_window() -> Outcome {
    judge_every_screen(Theme::Dark).await
}

#[tokio::test]
async fn from_invitation_to_receipt_with_the_keyboard_alone_one_sees_at_each_stop_where_one_is() -> Outcome {
    let computer = computer(Theme::Light)?;
    let window = Window::open(&computer).await?;
    window.see("screen-welcome").await?;
    let (reference, code) = practice_invitation(&window).await?;
    let mut keyboard = Keyboard::of(&window);
    keyboard.write("reference", &reference).await?;
    keyboard.write("code", &code).await?;
    window.press(Key::Enter).await?;
    keyboard.see("password").await?;
    keyboard.write("password", PASSWORD).await?;
    keyboard.write("password-again", PASSWORD).await?;
    keyboard.press("make-key").await?;
    keyboard.see("revocation-code").await?;
    keyboard.press("revocation-code-kept").await?;
    keyboard.see("details").await?;
    for field in DETAILS {
        keyboard.choose(&format!("detail-{field}-correct")).await?;
    }
    keyboard.press("continue").await?;
    keyboard.see("terms").await?;
    window.see("terms").await?;
    for consent in CONSENTS {
        keyboard.choose(&format!("consent-{consent}")).await?;
    }
    keyboard.choose("accept-terms").await?;
    keyboard.press("continue").await?;
    keyboard.see("sign").await?;
    keyboard.write("password", PASSWORD).await?;
    keyboard.press("sign").await?;
    keyboard.see("receipt").await?;
    keyboard.press("open-accessibility").await?;
    keyboard.see("accessibility").await?;
    keyboard.press("leave").await?;
    window.see_focus("open-accessibility").await?;
    keyboard.press("go-to-certificate").await?;
    keyboard.see("certificate").await?;
    keyboard.press("header-suspend").await?;
    window.see_focus("confirm-suspend-cancel").await?;
    window.press(Key::Escape).await?;
    window.see_focus("header-suspend").await?;
    keyboard.see_where_it_is().await?;
    eprintln!("{} stops with the keyboard, the focus seen at each", keyboard.stops());
    Ok(window.close(&computer).await?)
}

/// Takes out what stands in a field, as nobody has typed it yet.
const EMPTY: &str = "const empty = (id) => { const field = document.getElementById(id); field.value = ''; \
    field.dispatchEvent(new Event('input', { bubbles: true })); document.activeElement.blur(); };";

/// What the letter says; here the practice portal says it, once.
async fn practice_invitation(window: &Window) -> Result<(String, String), WindowError> {
    let invitation = take_practice_invitation(window).await?;
    for field in ["reference", "code"] {
        window.execute(&format!("{EMPTY} empty('{field}')")).await?;
    }
    Ok(invitation)
}

#[tokio::test]
async fn what_was_pressed_and_is_gone_leaves_the_focus_on_the_heading() -> Outcome {
    let computer = computer(Theme::Light)?;
    let mut portal = DistantPortal::start()?;
    portal.stop();
    let window = open(&computer, &portal, &[]).await?;
    let mut keyboard = Keyboard::of(&window);
    keyboard.press("try-again").await?;
    window.see("problem").await?;
    keyboard.see("starting").await?;
    portal.start_again()?;
    keyboard.press("try-again").await?;
    keyboard.see("welcome").await?;
    Ok(window.close(&computer).await?)
}

/// The window as a screen reader meets it.
struct Listener {
    assistive_technology: AssistiveTechnology,
    screens: usize,
    controls: usize,
}

/// The title of the accessibility statement.
const STATEMENT: &str = "Tilgængelighed";

/// The program, as assistive technology finds it.
const PROGRAM: &str = "certifikatguide";

impl Listener {
    /// The new screen's heading has the focus, and the rest of the screen can be used.
    async fn meet(&mut self, title: &str) -> Outcome {
        let is_title = |element: &Accessible| element.heading_level() == Some(1) && element.name == title;
        let window = self.assistive_technology.see_focus(PROGRAM, title, is_title).await?;
        self.judge(title, &window);
        Ok(())
    }

    /// What has this name has the focus.
    async fn see_focus(&mut self, name: &str) -> Outcome {
        self.assistive_technology.see_focus(PROGRAM, name, |element| element.name == name).await?;
        Ok(())
    }

    /// There is such an element, in words of its own or in those of a heading within.
    async fn see(&mut self, role: &str, words: &str) -> Result<Vec<Accessible>, DesktopError> {
        let what = format!("{role} »{words}«");
        let window = self.assistive_technology.see(PROGRAM, &what, |element| element.role == role).await?;
        assert!(window.iter().any(|element| element.name == words), "{what} says so: {window:?}");
        Ok(window)
    }

    /// Everything that can be used has a name, one heading names the screen, and what happens is said by itself.
    fn judge(&mut self, title: &str, window: &[Accessible]) {
        let controls: Vec<_> = window.iter().filter(|element| element.is_control()).collect();
        assert!(controls.len() >= 7, "{title}: the controls can be read, not only {controls:?}");
        let nameless: Vec<_> = controls.iter().filter(|control| control.name.trim().is_empty()).collect();
        assert!(nameless.is_empty(), "{title}: {nameless:?}");
        let titles = window.iter().filter(|element| element.heading_level() == Some(1));
        assert_eq!(titles.map(|heading| &*heading.name).collect::<Vec<_>>(), [title], "one heading names the screen");
        // In the statement, which is only read, nothing happens.
        let says = title == STATEMENT || window.iter().any(Accessible::is_live);
        assert!(says, "{title}: there is a place where what happens is said");
        self.screens += 1;
        self.controls += controls.len();
    }
}

#[tokio::test]
async fn a_screen_reader_is_told_every_screen_by_its_heading_every_control_by_its_name_and_what_happens_by_itself()
-> Outcome {
    let computer = computer(Theme::Light)?;
    let assistive_technology = AssistiveTechnology::start(&computer).await?;
    let window = Window::open(&computer).await?;
    let mut listener = Listener { assistive_technology, screens: 0, controls: 0 };
    take_practice_invitation(&window).await?;
    window.click("continue").await?;
    listener.meet("Vælg en adgangskode").await?;
    let mut additions = listener.assistive_technology.listen().await?;
    make_key(&window, PASSWORD).await?;
    listener.assistive_technology.hear(&mut additions, "polite").await?;
    listener.meet("Gem din spærrekode").await?;
    keep_revocation_code(&window).await?;
    listener.meet("Kontrollér oplysningerne").await?;
    answer_details(&window, &[]).await?;
    listener.meet("Læs vilkårene").await?;
    accept_terms(&window).await?;
    listener.meet("Underskriv").await?;
    sign(&window, "en helt anden sætning").await?;
    listener.assistive_technology.hear(&mut additions, "assertive").await?;
    let problem = listener.see("alert", "Adgangskoden er forkert").await?;
    assert!(problem.iter().any(|element| element.role == "alert" && element.is_live()), "it is read out at once");
    listener.see_focus("Din adgangskode").await?;
    sign(&window, PASSWORD).await?;
    listener.meet("Tak – du er færdig").await?;
    window.click("go-to-certificate").await?;
    listener.meet("Mit certifikat").await?;
    for (opens, opener, title) in [
        ("open-doctor", "Hvorfor kan jeg ikke underskrive?", "Hvorfor kan jeg ikke underskrive?"),
        ("open-file", "Se på en certifikatfil eller en erklæring", "Certifikatfil eller erklæring"),
        ("open-by-code", "Suspendér uden nøglen", "Suspendér uden nøglen"),
        ("open-accessibility", "Tilgængelighed", STATEMENT),
        ("open-uses", "Se, hvad nøglen er brugt til", "Brug af nøglen"),
        ("open-activities", "Se, hvad certifikatet er brugt til på portalen", "Brug på portalen"),
        ("open-archive", "Mine erklæringer", "Mine erklæringer"),
    ] {
        window.click(opens).await?;
        listener.meet(title).await?;
        window.click("leave").await?;
        listener.see_focus(opener).await?;
    }
    for (opens, title) in [("change-password", "Skift adgangskode"), ("revoke", "Spær certifikatet helt")] {
        window.click(opens).await?;
        listener.meet(title).await?;
        window.click("leave-task").await?;
        listener.meet("Mit certifikat").await?;
    }
    window.click("header-suspend").await?;
    listener.see("dialog", "Suspendér certifikatet nu?").await?;
    listener.see_focus("Fortryd").await?;
    window.click("confirm-suspend").await?;
    listener.meet("Mit certifikat").await?;
    eprintln!("AT-SPI: {} screens, {} controls, each with a name", listener.screens, listener.controls);
    Ok(window.close(&computer).await?)
}
