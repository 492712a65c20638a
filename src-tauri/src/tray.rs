//! The icon in the desktop's tray: the state of the certificate in words, and the alarm within two clicks.
//!
//! Where the desktop has no tray there is no icon, and nothing else is different. On Linux the tray is looked for on
//! the session bus, without holding up the start; one that comes later gets the icon then.

use crate::composition::Desktop;
use crate::error::whole_chain;
use crate::view::{AlarmView, GuideView, LanguageView, StepView};
use crate::{commands, show_window, watch};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Wry};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogKind};

/// The name that the system calls the icon by.
const ICON: &str = "certifikatguide";

const OPEN: &str = "open";
const STANDING: &str = "standing";
const SUSPEND: &str = "suspend";
const QUIT: &str = "quit";

/// What the window was shown last, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The language of the window.
    pub language: LanguageView,
    /// Where the journey stands, where there is one.
    pub step: Option<StepView>,
    /// Whether a suspension or wrong details still wait to be told to the portal.
    pub untold: bool,
    suspicious: bool,
    alarmed: bool,
    days_left: Option<i64>,
    suspension_offered: bool,
}

impl From<&GuideView> for Shown {
    fn from(view: &GuideView) -> Self {
        let journey = view.journey.as_ref();
        let block = journey.and_then(|journey| journey.block.as_ref());
        Self {
            language: view.language,
            step: journey.map(|journey| journey.step),
            untold: block.is_some_and(|block| block.portal_state.is_none() || block.alarm == Some(AlarmView::Waiting)),
            suspicious: view.suspicious > 0,
            alarmed: block.is_some_and(|block| block.alarm.is_some()),
            days_left: view.reminder.map(|reminder| reminder.days_left),
            suspension_offered: view.suspension_offered,
        }
    }
}

impl Shown {
    /// A suspended certificate's, of which the portal has been told or not.
    #[cfg(test)]
    pub fn of_suspended(untold: bool) -> Self {
        Self {
            language: LanguageView::Da,
            step: Some(StepView::Suspended),
            untold,
            suspicious: false,
            alarmed: false,
            days_left: None,
            suspension_offered: true,
        }
    }

    /// Whether there is a certificate in use: one is reminded of the end of none but that.
    pub fn is_in_use(self) -> bool {
        self.step == Some(StepView::Active) || self.days_left.is_some()
    }

    /// Whether there is a certificate to suspend: also one that somebody else may have renewed, so that this one is
    /// revoked.
    fn can_suspend(self) -> bool {
        match self.step {
            Some(
                StepView::Unregistered | StepView::Issued | StepView::Reviewed | StepView::Signed | StepView::Active,
            ) => true,
            Some(StepView::Revoked) => self.suspicious && !self.alarmed,
            Some(StepView::Invited | StepView::KeyMade | StepView::Suspended | StepView::Stopped) | None => false,
        }
    }

    /// The state of the certificate in words.
    fn standing(self) -> String {
        let (da, en) = match self.step {
            None => ("Intet certifikat endnu", "No certificate yet"),
            Some(
                StepView::Invited
                | StepView::KeyMade
                | StepView::Unregistered
                | StepView::Issued
                | StepView::Reviewed
                | StepView::Signed,
            ) => ("Certifikatet er ikke taget i brug endnu", "The certificate is not in use yet"),
            Some(StepView::Active) if self.suspicious => (
                "Certifikatet er i brug – se efter, om det er dig",
                "The certificate is in use – see whether it is you",
            ),
            Some(StepView::Active) => match self.days_left {
                None => ("Certifikatet er i brug", "The certificate is in use"),
                Some(..0) => ("Certifikatet er udløbet", "The certificate has expired"),
                Some(0) => ("Certifikatet udløber i dag", "The certificate expires today"),
                Some(1) => ("Certifikatet udløber i morgen", "The certificate expires tomorrow"),
                Some(days) => {
                    return in_language(
                        self.language,
                        &format!("Certifikatet udløber om {days} dage"),
                        &format!("The certificate expires in {days} days"),
                    );
                }
            },
            Some(StepView::Suspended | StepView::Stopped) if self.untold => (
                "Låst på denne computer – portalen har ikke fået besked endnu",
                "Locked on this computer – the portal has not been told yet",
            ),
            Some(StepView::Suspended) => ("Certifikatet er suspenderet", "The certificate is suspended"),
            Some(StepView::Stopped) => {
                ("Certifikatet er stoppet: en oplysning er forkert", "The certificate is stopped: a detail is wrong")
            }
            Some(StepView::Revoked) if self.untold => (
                "Certifikatet er spærret – portalen har ikke fået din alarm endnu",
                "The certificate is revoked – the portal does not have your alarm yet",
            ),
            Some(StepView::Revoked) => ("Certifikatet er spærret", "The certificate is revoked"),
        };
        in_language(self.language, da, en)
    }
}

fn in_language(language: LanguageView, da: &str, en: &str) -> String {
    match language {
        LanguageView::Da => da,
        LanguageView::En => en,
    }
    .to_owned()
}

/// Why there is no icon.
#[derive(Debug, thiserror::Error)]
enum NoTray {
    #[cfg(target_os = "linux")]
    #[error("the session bus cannot be asked for a tray")]
    Bus(#[from] zbus::Error),
    #[error("the tray takes no icon")]
    Icon(#[from] tauri::Error),
    #[error("the icon was not finished")]
    NotFinished,
}

/// Puts the icon into the tray, once there is one, and keeps it up to date for as long as the program runs.
pub fn begin(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if let Err(error) = keep(&app).await {
            tracing::info!("there is no icon in the tray: {}", whole_chain(&error));
        }
    });
}

async fn keep(app: &AppHandle) -> Result<(), NoTray> {
    #[cfg(target_os = "linux")]
    bus::tray().await?;
    let mut shown = app.state::<Desktop>().shown();
    // Waits for the main thread, which may be busy with the window.
    let building = app.clone();
    let icon = tauri::async_runtime::spawn_blocking(move || Icon::build(&building));
    let icon = icon.await.map_err(|_| NoTray::NotFinished)??;
    tracing::info!("the icon is in the tray");
    loop {
        let now = *shown.borrow_and_update();
        icon.show(now)?;
        if shown.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// The icon with its menu.
struct Icon {
    icon: TrayIcon<Wry>,
    open: MenuItem<Wry>,
    standing: MenuItem<Wry>,
    suspend: MenuItem<Wry>,
    quit: MenuItem<Wry>,
}

impl Icon {
    fn build(app: &AppHandle) -> Result<Self, tauri::Error> {
        let item = |id: &str| MenuItem::with_id(app, id, "", id != STANDING, None::<&str>);
        let (open, standing, suspend, quit) = (item(OPEN)?, item(STANDING)?, item(SUSPEND)?, item(QUIT)?);
        let lines = [PredefinedMenuItem::separator(app)?, PredefinedMenuItem::separator(app)?];
        let menu = Menu::with_items(app, &[&open, &standing, &lines[0], &suspend, &lines[1], &quit])?;
        let asking = Arc::new(AtomicBool::new(false));
        let mut icon = TrayIconBuilder::with_id(ICON)
            .title("Certifikatguide")
            .tooltip("Certifikatguide")
            .menu(&menu)
            // On macOS a menu is what an icon of the menu bar opens.
            .show_menu_on_left_click(cfg!(target_os = "macos"))
            .on_menu_event(move |app, event| match event.id().as_ref() {
                OPEN => show_window(app),
                SUSPEND => ask_to_suspend(app, &asking),
                QUIT => app.exit(0),
                _ => {}
            })
            .on_tray_icon_event(|icon, event| {
                let left = matches!(
                    event,
                    TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. }
                );
                if left && !cfg!(target_os = "macos") {
                    show_window(icon.app_handle());
                }
            });
        if let Some(image) = app.default_window_icon() {
            icon = icon.icon(image.clone());
        }
        Ok(Self { icon: icon.build(app)?, open, standing, suspend, quit })
    }

    /// What was shown last, in its language; before anything was, in Danish.
    fn show(&self, shown: Option<Shown>) -> Result<(), tauri::Error> {
        let language = shown.map_or(LanguageView::Da, |shown| shown.language);
        let standing = match shown {
            Some(shown) => shown.standing(),
            None => "Certifikatets tilstand er ikke læst endnu".to_owned(),
        };
        let texts = menu_texts(language);
        self.open.set_text(texts.open)?;
        self.standing.set_text(&standing)?;
        self.suspend.set_text(texts.suspend)?;
        self.suspend.set_enabled(shown.is_some_and(Shown::can_suspend))?;
        self.quit.set_text(texts.quit)?;
        // On Linux that would have the window wait for the tray; the menu does not.
        if cfg!(target_os = "linux") { Ok(()) } else { self.icon.set_tooltip(Some(standing)) }
    }
}

struct MenuTexts {
    open: &'static str,
    suspend: &'static str,
    quit: &'static str,
}

fn menu_texts(language: LanguageView) -> MenuTexts {
    match language {
        LanguageView::Da => {
            MenuTexts { open: "Åbn Certifikatguide", suspend: "Suspendér certifikatet…", quit: "Afslut" }
        }
        LanguageView::En => {
            MenuTexts { open: "Open Certifikatguide", suspend: "Suspend the certificate…", quit: "Quit" }
        }
    }
}

/// What is asked before the certificate is suspended.
struct Question {
    title: &'static str,
    text: &'static str,
    yes: &'static str,
    no: &'static str,
}

fn question(shown: Shown) -> Question {
    match (shown.language, shown.suspension_offered) {
        (LanguageView::Da, true) => Question {
            title: "Suspendér certifikatet nu?",
            text: "Nøglen låses straks på denne computer, og portalen får besked. Kun din LRA kan ophæve det igen.",
            yes: "Ja, suspendér nu",
            no: "Annullér",
        },
        (LanguageView::Da, false) => Question {
            title: "Lås nøglen nu?",
            text: "Denne portal kan ikke suspendere. Nøglen låses straks på denne computer, men certifikatet gælder \
                   stadig hos portalen, til det spærres helt.",
            yes: "Ja, lås nøglen her",
            no: "Annullér",
        },
        (LanguageView::En, true) => Question {
            title: "Suspend the certificate now?",
            text: "The key is locked on this computer at once, and the portal is told. Only your LRA can lift it again.",
            yes: "Yes, suspend now",
            no: "Cancel",
        },
        (LanguageView::En, false) => Question {
            title: "Lock the key now?",
            text: "This portal cannot suspend. The key is locked on this computer at once, but the certificate still \
                   counts at the portal until it is revoked for good.",
            yes: "Yes, lock the key here",
            no: "Cancel",
        },
    }
}

/// Asks once, in a dialog of the desktop's own; `asking` is true while one is open.
fn ask_to_suspend(app: &AppHandle, asking: &Arc<AtomicBool>) {
    let shown = *app.state::<Desktop>().shown().borrow();
    let Some(shown) = shown.filter(|shown| shown.can_suspend()) else {
        return show_window(app);
    };
    if asking.swap(true, Ordering::SeqCst) {
        return;
    }
    let question = question(shown);
    let (app, asking) = (app.clone(), Arc::clone(asking));
    app.dialog()
        .message(question.text)
        .title(question.title)
        .kind(MessageDialogKind::Warning)
        .buttons(MessageDialogButtons::OkCancelCustom(question.yes.to_owned(), question.no.to_owned()))
        .show({
            let app = app.clone();
            move |yes| {
                asking.store(false, Ordering::SeqCst);
                if yes {
                    tauri::async_runtime::spawn(async move { suspend(&app).await });
                }
            }
        });
}

/// Suspends as the window does, and shows there what came of it: what is wrong is on its screen.
async fn suspend(app: &AppHandle) {
    let desktop = app.state::<Desktop>();
    // Its failure is in the log already; the key is locked all the same.
    if commands::suspend_certificate(desktop.clone()).await.is_err()
        && let Ok(composed) = desktop.at_hand().await
        && let Err(error) = composed.view().await
    {
        tracing::warn!("the tray does not show the suspension: {}", whole_chain(&error));
    }
    watch::tell_window(app);
    show_window(app);
}

#[cfg(target_os = "linux")]
mod bus {
    use std::sync::Arc;
    use zbus::Connection;
    use zbus::export::ordered_stream::OrderedStreamExt;
    use zbus::fdo::DBusProxy;
    use zbus::names::BusName;

    /// Whoever shows icons has this name on the session bus [StatusNotifierItem, StatusNotifierWatcher].
    const TRAY: &str = "org.kde.StatusNotifierWatcher";
    const PATH: &str = "/StatusNotifierWatcher";

    /// What the bus says where nobody is left to answer.
    const GONE: [&str; 3] = [
        "org.freedesktop.DBus.Error.NoReply",
        "org.freedesktop.DBus.Error.ServiceUnknown",
        "org.freedesktop.DBus.Error.NameHasNoOwner",
    ];

    /// Waits until the desktop has a tray; for good where it never has one.
    pub async fn tray() -> Result<(), zbus::Error> {
        let connection = Connection::session().await?;
        let bus = DBusProxy::new(&connection).await?;
        let mut owners = bus.receive_name_owner_changed_with_args(&[(0, TRAY)]).await?;
        if bus.name_has_owner(BusName::try_from(TRAY)?).await? && answers(&connection).await? {
            return Ok(());
        }
        tracing::info!("this desktop has no tray");
        while let Some(changed) = owners.next().await {
            if changed.args()?.new_owner().is_some() && answers(&connection).await? {
                return Ok(());
            }
        }
        // The bus has ended, and the session with it.
        Err(zbus::Error::InputOutput(Arc::new(std::io::Error::from(std::io::ErrorKind::ConnectionAborted))))
    }

    /// Waits until the tray answers. The window waits while the icon registers itself, and must not do so for a tray
    /// that is still busy with the person's log-in.
    ///
    /// False where it is gone before it has answered: the next one may come.
    async fn answers(connection: &Connection) -> Result<bool, zbus::Error> {
        let property = (TRAY, "IsStatusNotifierHostRegistered");
        let asked = connection.call_method(Some(TRAY), PATH, Some("org.freedesktop.DBus.Properties"), "Get", &property);
        match asked.await {
            Ok(_) => Ok(true),
            // Said by the bus, in the place of a tray that is gone. What else one says is the icon's business.
            Err(zbus::Error::MethodError(name, ..)) => Ok(!GONE.contains(&name.as_str())),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [StepView; 10] = [
        StepView::Invited,
        StepView::KeyMade,
        StepView::Unregistered,
        StepView::Issued,
        StepView::Reviewed,
        StepView::Signed,
        StepView::Active,
        StepView::Suspended,
        StepView::Stopped,
        StepView::Revoked,
    ];

    fn shown(language: LanguageView, step: Option<StepView>) -> Shown {
        Shown {
            language,
            step,
            untold: false,
            suspicious: false,
            alarmed: false,
            days_left: None,
            suspension_offered: true,
        }
    }

    #[test]
    fn what_is_locked_here_but_untold_at_the_portal_is_said_in_words() {
        for step in [StepView::Suspended, StepView::Stopped] {
            let told = shown(LanguageView::Da, Some(step));
            assert!(!told.standing().contains("ikke fået besked"));
            let untold = Shown { untold: true, ..told };
            assert_eq!(untold.standing(), "Låst på denne computer – portalen har ikke fået besked endnu");
        }
    }

    #[test]
    fn the_last_days_of_a_certificate_are_counted_in_words() {
        let days = |days_left| {
            Shown { days_left: Some(days_left), ..shown(LanguageView::Da, Some(StepView::Active)) }.standing()
        };
        assert_eq!(days(30), "Certifikatet udløber om 30 dage");
        assert_eq!(days(1), "Certifikatet udløber i morgen");
        assert_eq!(days(0), "Certifikatet udløber i dag");
        assert_eq!(days(-1), "Certifikatet er udløbet");
    }

    #[test]
    fn an_unknown_use_outweighs_a_reminder() {
        let active = shown(LanguageView::En, Some(StepView::Active));
        let alarmed = Shown { suspicious: true, days_left: Some(7), ..active };
        assert!(alarmed.standing().contains("see whether it is you"));
    }

    #[test]
    fn a_certificate_can_be_suspended_from_the_moment_it_is_here_until_it_is_closed() {
        let can = STEPS.map(|step| shown(LanguageView::Da, Some(step)).can_suspend());
        assert_eq!(can, [false, false, true, true, true, true, true, false, false, false]);
        assert!(!shown(LanguageView::Da, None).can_suspend());
    }

    #[test]
    fn every_state_is_said_in_each_language() {
        for step in STEPS.map(Some).into_iter().chain([None]) {
            let (da, en) = (shown(LanguageView::Da, step).standing(), shown(LanguageView::En, step).standing());
            assert_ne!(da, en);
            assert!(da.to_lowercase().contains("certifikat") && en.to_lowercase().contains("certificate"), "{da} {en}");
        }
    }

    #[test]
    fn a_portal_that_cannot_suspend_is_not_said_to_be_told() {
        for language in [LanguageView::Da, LanguageView::En] {
            let offered = shown(language, Some(StepView::Active));
            let only_here = question(Shown { suspension_offered: false, ..offered });
            assert_ne!(question(offered).title, only_here.title);
            assert!(only_here.text.contains("kan ikke suspendere") || only_here.text.contains("cannot suspend"));
        }
    }
}
