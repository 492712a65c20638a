//! Notifications of the desktop: what the background watch has found out, told while nobody looks.
//!
//! A lock screen shows them to anybody: they name nobody and no certificate. Where the desktop shows none, that is an
//! error to be logged, and nothing else is different. On Linux they go over the session bus [Desktop Notifications
//! Specification 1.2], and a click brings the window to the front; on other systems only the system knows of the click.

use crate::view::LanguageView;

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Something was done with the certificate at the portal that this computer knows nothing of.
    SuspiciousAct,
    /// Somebody else has suspended the certificate.
    Suspended,
    /// The certificate is revoked.
    Revoked,
    /// What waited to be told to the portal has reached it.
    PortalTold,
    /// The certificate ends in so many days; it has ended where they are negative.
    Ends {
        /// Whole days.
        days_left: i64,
    },
}

/// A notification in words.
#[derive(Debug, PartialEq, Eq)]
pub struct Notification {
    /// The first line.
    pub title: String,
    /// One sentence or two.
    pub text: &'static str,
    /// Whether it stays until it is seen.
    pub urgent: bool,
}

impl News {
    /// In words of `language`.
    pub fn worded(self, language: LanguageView) -> Notification {
        let (da, en) = match self {
            Self::SuspiciousAct => (
                ("Er det dig?", "Dit certifikat er brugt på en måde, som denne computer ikke kender. Se efter nu."),
                ("Is it you?", "Your certificate was used in a way that this computer does not know. Look now."),
            ),
            Self::Suspended => (
                ("Dit certifikat er suspenderet", "Det kan ikke bruges, før din LRA åbner det igen."),
                ("Your certificate is suspended", "It cannot be used until your LRA opens it again."),
            ),
            Self::Revoked => (
                ("Dit certifikat er spærret", "Det kan ikke bruges mere. Åbn Certifikatguide for at se hvorfor."),
                ("Your certificate is revoked", "It cannot be used any more. Open Certifikatguide to see why."),
            ),
            Self::PortalTold => (
                ("Portalen har fået besked", "Det, der ventede på forbindelse, er nået frem."),
                ("The portal has been told", "What was waiting for a connection has arrived."),
            ),
            Self::Ends { days_left } => return ends(days_left, language),
        };
        let (title, text) = in_language(language, da, en);
        let urgent = match self {
            Self::SuspiciousAct | Self::Suspended | Self::Revoked => true,
            Self::PortalTold | Self::Ends { .. } => false,
        };
        Notification { title: title.to_owned(), text, urgent }
    }
}

fn ends(days_left: i64, language: LanguageView) -> Notification {
    let (da, en) = match days_left {
        ..0 => ("Dit certifikat er udløbet".to_owned(), "Your certificate has expired".to_owned()),
        0 => ("Dit certifikat udløber i dag".to_owned(), "Your certificate expires today".to_owned()),
        1 => ("Dit certifikat udløber i morgen".to_owned(), "Your certificate expires tomorrow".to_owned()),
        days => (format!("Dit certifikat udløber om {days} dage"), format!("Your certificate expires in {days} days")),
    };
    let text = if days_left < 0 {
        in_language(
            language,
            "Åbn Certifikatguide for at se, hvordan du får et nyt.",
            "Open Certifikatguide to see how to get a new one.",
        )
    } else {
        in_language(language, "Åbn Certifikatguide for at forny det.", "Open Certifikatguide to renew it.")
    };
    Notification { title: in_language(language, da, en), text, urgent: false }
}

fn in_language<T>(language: LanguageView, da: T, en: T) -> T {
    match language {
        LanguageView::Da => da,
        LanguageView::En => en,
    }
}

pub use desktop::NoticeBoard;

#[cfg(target_os = "linux")]
mod desktop {
    use super::Notification;
    use std::collections::{HashMap, VecDeque};
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::Duration;
    use tokio::time::error::Elapsed;
    use tokio::time::timeout;
    use zbus::export::ordered_stream::OrderedStreamExt;
    use zbus::message::Type;
    use zbus::zvariant::Value;
    use zbus::{Connection, MatchRule, MessageStream};

    const SERVICE: &str = "org.freedesktop.Notifications";
    const PATH: &str = "/org/freedesktop/Notifications";

    /// The name of the program's desktop entry: what the desktop finds its icon by.
    const DESKTOP_ENTRY: &str = "dk.certifikatguide.desktop";

    /// How long the desktop may take to show a notification.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// How many of the newest notifications lead to the window.
    const REMEMBERED: usize = 16;

    /// Why a notification was not shown.
    #[derive(Debug, thiserror::Error)]
    pub enum NotShown {
        /// There is no session bus, or nobody on it shows notifications.
        #[error("the desktop shows no notifications")]
        Bus(#[from] zbus::Error),
        /// The desktop does not answer.
        #[error("the desktop does not answer")]
        Silent(#[from] Elapsed),
    }

    /// Where notifications are put up.
    pub struct NoticeBoard {
        on_click: Arc<dyn Fn() + Send + Sync>,
        bus: Option<Connection>,
        shown: Arc<Mutex<VecDeque<u32>>>,
    }

    impl NoticeBoard {
        /// The desktop's; `on_click` is done when the person clicks on a notification.
        pub fn new(on_click: impl Fn() + Send + Sync + 'static) -> Self {
            Self { on_click: Arc::new(on_click), bus: None, shown: Arc::default() }
        }

        /// The one of another bus than the session's.
        #[cfg(test)]
        pub async fn on(bus: Connection, on_click: impl Fn() + Send + Sync + 'static) -> Self {
            let mut board = Self::new(on_click);
            board.listen(&bus).await.expect("the bus is there");
            board.bus = Some(bus);
            board
        }

        /// Puts a notification up.
        ///
        /// # Errors
        /// Where the desktop shows none.
        pub async fn put_up(&mut self, notification: &Notification) -> Result<(), NotShown> {
            let outcome = timeout(PATIENCE, self.notify(notification)).await.map_err(NotShown::from).flatten();
            if outcome.is_err() {
                // Whatever was wrong with this connection, the next notification gets a new one.
                self.bus = None;
            }
            outcome
        }

        async fn notify(&mut self, notification: &Notification) -> Result<(), NotShown> {
            let bus = match &self.bus {
                Some(bus) => bus.clone(),
                None => {
                    let bus = Connection::session().await?;
                    self.listen(&bus).await?;
                    bus
                }
            };
            let urgency: u8 = if notification.urgent { 2 } else { 1 };
            let hints: HashMap<&str, Value<'_>> =
                HashMap::from([("urgency", Value::from(urgency)), ("desktop-entry", Value::from(DESKTOP_ENTRY))]);
            // The key of the action that a click on the notification itself stands for; its label is not shown.
            let actions = ["default", "Certifikatguide"];
            let (replaces, icon, as_long_as_the_desktop_likes) = (0_u32, "certifikatguide", -1_i32);
            let body = (
                "Certifikatguide",
                replaces,
                icon,
                &*notification.title,
                notification.text,
                &actions[..],
                hints,
                as_long_as_the_desktop_likes,
            );
            let answer = bus.call_method(Some(SERVICE), PATH, Some(SERVICE), "Notify", &body).await?;
            let id: u32 = answer.body().deserialize()?;
            let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.push_back(id);
            if shown.len() > REMEMBERED {
                shown.pop_front();
            }
            drop(shown);
            self.bus = Some(bus);
            Ok(())
        }

        /// Hears the clicks on what was put up, for as long as the connection lasts.
        async fn listen(&self, bus: &Connection) -> Result<(), zbus::Error> {
            let rule = MatchRule::builder()
                .msg_type(Type::Signal)
                .interface(SERVICE)?
                .member("ActionInvoked")?
                .path(PATH)?
                .build();
            let mut signals = MessageStream::for_match_rule(rule, bus, None).await?;
            let (shown, on_click) = (Arc::clone(&self.shown), Arc::clone(&self.on_click));
            tokio::spawn(async move {
                while let Some(Ok(signal)) = signals.next().await {
                    // Those of other programs are heard too.
                    if let Ok((id, _action)) = signal.body().deserialize::<(u32, String)>()
                        && shown.lock().unwrap_or_else(PoisonError::into_inner).contains(&id)
                    {
                        on_click();
                    }
                }
            });
            Ok(())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod desktop {
    use super::Notification;

    /// Why a notification was not shown.
    #[derive(Debug, thiserror::Error)]
    pub enum NotShown {
        /// The system refuses.
        #[error("the desktop shows no notifications")]
        System(#[from] notify_rust::error::Error),
        /// The thread that shows it has ended.
        #[error("the notification was not finished")]
        NotFinished,
    }

    /// Where notifications are put up.
    pub struct NoticeBoard;

    impl NoticeBoard {
        /// The desktop's. Its clicks are not told to the program.
        pub fn new(_on_click: impl Fn() + Send + Sync + 'static) -> Self {
            Self
        }

        /// Puts a notification up.
        ///
        /// # Errors
        /// Where the desktop shows none.
        pub async fn put_up(&mut self, notification: &Notification) -> Result<(), NotShown> {
            let mut native = notify_rust::Notification::new();
            native.appname("Certifikatguide").summary(&notification.title).body(notification.text);
            #[cfg(target_os = "windows")]
            native.app_id("dk.certifikatguide.desktop");
            let showing = tokio::task::spawn_blocking(move || native.show().map(drop));
            Ok(showing.await.map_err(|_| NotShown::NotFinished)??)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [News; 7] = [
        News::SuspiciousAct,
        News::Suspended,
        News::Revoked,
        News::PortalTold,
        News::Ends { days_left: 30 },
        News::Ends { days_left: 0 },
        News::Ends { days_left: -3 },
    ];

    #[test]
    fn every_notification_is_short_and_holds_no_figure_but_the_days() {
        for (news, language) in ALL.iter().flat_map(|news| [(news, LanguageView::Da), (news, LanguageView::En)]) {
            let worded = news.worded(language);
            assert!(worded.title.chars().count() <= 45 && worded.text.chars().count() <= 90, "{worded:?}");
            // Some desktops read markup in it.
            assert!(!worded.text.contains(['<', '>', '&']) && !worded.title.contains(['<', '>', '&']), "{worded:?}");
            assert!(!worded.text.contains(|letter: char| letter.is_ascii_digit()), "{worded:?}");
        }
    }

    #[test]
    fn what_calls_for_an_act_now_stays_until_it_is_seen() {
        let urgent = ALL.map(|news| news.worded(LanguageView::Da).urgent);
        assert_eq!(urgent, [true, true, true, false, false, false, false]);
    }

    #[test]
    fn the_last_days_are_told_in_words() {
        let title = |days_left| News::Ends { days_left }.worded(LanguageView::Da).title;
        assert_eq!(title(14), "Dit certifikat udløber om 14 dage");
        assert_eq!(title(1), "Dit certifikat udløber i morgen");
        assert_eq!(title(0), "Dit certifikat udløber i dag");
        assert_eq!(title(-1), "Dit certifikat er udløbet");
    }
}

/// Over a real bus: a desktop that shows notifications, in this process.
#[cfg(all(test, target_os = "linux"))]
mod bus_tests {
    use super::*;
    use std::collections::HashMap;
    use std::io::{BufRead, BufReader};
    use std::process::{Child, Command, Stdio};
    use std::time::Duration;
    use tokio::sync::mpsc;
    use tokio::time::timeout;
    use zbus::Connection;
    use zbus::connection::Builder;
    use zbus::object_server::SignalEmitter;
    use zbus::zvariant::OwnedValue;

    const PATH: &str = "/org/freedesktop/Notifications";
    const PATIENCE: Duration = Duration::from_secs(10);

    /// A bus that starts no service by itself.
    const CONFIGURATION: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

    /// A session bus of the test's own.
    struct Bus {
        daemon: Child,
        address: String,
        _folder: tempfile::TempDir,
    }

    impl Bus {
        fn start() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let configuration = folder.path().join("bus.conf");
            std::fs::write(&configuration, CONFIGURATION).expect("the bus's configuration");
            let mut daemon = Command::new("dbus-daemon")
                .arg(format!("--config-file={}", configuration.display()))
                .args(["--nofork", "--print-address=1"])
                .stdout(Stdio::piped())
                .spawn()
                .expect("dbus-daemon (Debian package dbus)");
            let output = daemon.stdout.take().expect("its output");
            let mut address = String::new();
            BufReader::new(output).read_line(&mut address).expect("its address");
            Self { daemon, address: address.trim().to_owned(), _folder: folder }
        }

        async fn connect(&self) -> Connection {
            Builder::address(&*self.address).expect("an address").build().await.expect("a connection")
        }

        /// Shows notifications on this bus from now on; they come out of the receiver.
        async fn show_notifications(&self) -> (Connection, mpsc::UnboundedReceiver<Put>) {
            let (sender, put) = mpsc::unbounded_channel();
            let connection = Builder::address(&*self.address)
                .and_then(|builder| builder.serve_at(PATH, Desktop { sender, last: 40 }))
                .and_then(|builder| builder.name("org.freedesktop.Notifications"))
                .expect("a service");
            (connection.build().await.expect("the service"), put)
        }
    }

    impl Drop for Bus {
        fn drop(&mut self) {
            let _ = self.daemon.kill().and_then(|()| self.daemon.wait());
        }
    }

    /// What was put up.
    struct Put {
        id: u32,
        program: String,
        title: String,
        text: String,
        actions: Vec<String>,
        urgency: Option<u8>,
    }

    struct Desktop {
        sender: mpsc::UnboundedSender<Put>,
        last: u32,
    }

    #[zbus::interface(name = "org.freedesktop.Notifications")]
    impl Desktop {
        #[expect(clippy::too_many_arguments, reason = "the specification has as many")]
        fn notify(
            &mut self,
            app_name: String,
            _replaces_id: u32,
            _app_icon: String,
            summary: String,
            body: String,
            actions: Vec<String>,
            hints: HashMap<String, OwnedValue>,
            _expire_timeout: i32,
        ) -> u32 {
            self.last += 1;
            let urgency = hints.get("urgency").and_then(|urgency| u8::try_from(urgency).ok());
            let put = Put { id: self.last, program: app_name, title: summary, text: body, actions, urgency };
            // The test has ended where nobody receives it.
            let _ = self.sender.send(put);
            self.last
        }

        #[zbus(signal)]
        async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action_key: &str) -> zbus::Result<()>;
    }

    async fn click(desktop: &Connection, id: u32) {
        let emitter = SignalEmitter::new(desktop, PATH).expect("a path");
        Desktop::action_invoked(&emitter, id, "default").await.expect("a signal");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_desktop_gets_exactly_one_notification_of_a_suspicious_act_and_a_click_on_it_opens_the_window() {
        let bus = Bus::start();
        let (desktop, mut put) = bus.show_notifications().await;
        let (clicked, mut clicks) = mpsc::unbounded_channel();
        let mut board = NoticeBoard::on(bus.connect().await, move || clicked.send(()).expect("the test goes on")).await;

        board.put_up(&News::SuspiciousAct.worded(LanguageView::Da)).await.expect("it is shown");
        let shown = put.recv().await.expect("a notification");
        assert_eq!((&*shown.program, &*shown.title), ("Certifikatguide", "Er det dig?"));
        assert_eq!(shown.text, "Dit certifikat er brugt på en måde, som denne computer ikke kender. Se efter nu.");
        assert_eq!(shown.urgency, Some(2), "it stays until it is seen");
        assert_eq!(shown.actions, ["default", "Certifikatguide"]);
        assert!(put.try_recv().is_err(), "one, and no more");

        // Another program's, which is heard first.
        click(&desktop, shown.id + 1).await;
        click(&desktop, shown.id).await;
        timeout(PATIENCE, clicks.recv()).await.expect("the click is heard").expect("the board is there");
        assert!(clicks.try_recv().is_err(), "only the own one counts");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_desktop_without_notifications_is_an_error_and_nothing_worse() {
        let bus = Bus::start();
        let mut board = NoticeBoard::on(bus.connect().await, || {}).await;
        let text = News::PortalTold.worded(LanguageView::En);
        timeout(PATIENCE, board.put_up(&text)).await.expect("nobody waits").expect_err("nobody shows it");
    }
}
