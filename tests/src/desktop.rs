//! What a desktop has around the window: a tray, notifications, and assistive technology, which presses the buttons of
//! the desktop's own dialogs as a screen reader does. Each is a service of its own on the session bus of a test's
//! computer; a computer has what a test starts on it.

use crate::computer::{Computer, ProcessGroup};
use service::Server;
use std::collections::HashMap;
use std::fmt::Debug;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use zbus::connection::Builder;
use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, Message};

/// How long a person would wait for the next thing to appear. A deadline, not a pause.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
pub(crate) const INTERVAL: Duration = Duration::from_millis(25);

/// Whoever shows icons has this name [StatusNotifierItem, StatusNotifierWatcher].
const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const WATCHER_PATH: &str = "/StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
const ITEM_PATH: &str = "/StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";

/// Whoever shows notifications has this name [Desktop Notifications Specification 1.2].
const NOTIFICATIONS: &str = "org.freedesktop.Notifications";
const NOTIFICATIONS_PATH: &str = "/org/freedesktop/Notifications";

const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// Where the programs of at-spi2-core are, on Debian and elsewhere.
const ACCESSIBILITY_BUS: [&str; 2] = ["/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi-bus-launcher"];
const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";

/// What went wrong on the desktop.
#[derive(Debug, Error)]
pub enum DesktopError {
    /// A program of the test's own computer failed.
    #[error("the test's computer: {0}")]
    Computer(#[from] io::Error),
    /// The session bus, or somebody on it.
    #[error("the session bus: {0}")]
    Bus(#[from] zbus::Error),
    /// What was waited for did not come.
    #[error("{what} was not seen in time; there is:\n{shown}")]
    NotSeen {
        /// What was waited for.
        what: String,
        /// What there was instead.
        shown: String,
    },
}

pub(crate) fn not_seen(what: impl Into<String>, shown: impl Debug) -> DesktopError {
    DesktopError::NotSeen { what: what.into(), shown: format!("{shown:#?}") }
}

/// A person on this computer's session bus.
async fn connect(computer: &Computer) -> Result<Connection, DesktopError> {
    Ok(Builder::address(computer.session_bus())?.build().await?)
}

/// The desktop's tray.
pub struct Tray {
    bus: Connection,
    icon: watch::Receiver<Option<String>>,
}

/// One line of an icon's menu that is not a separator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuEntry {
    id: i32,
    /// What it says.
    pub label: String,
    /// Whether it can be clicked.
    pub enabled: bool,
}

/// What `GetLayout` answers: the revision, and the menu with its entries.
type Layout = (u32, (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>));

struct Watcher {
    icon: watch::Sender<Option<String>>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String, #[zbus(header)] header: Header<'_>) {
        // Some name a path, and mean themselves.
        let sender = header.sender().map(ToString::to_string);
        let name = if service.starts_with('/') { sender } else { Some(service) };
        self.icon.send_replace(name);
    }

    fn register_status_notifier_host(&self, _service: String) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.icon.borrow().clone().into_iter().collect()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

impl Tray {
    /// Puts a tray on this computer's desktop, until it is dropped.
    ///
    /// # Errors
    /// Where the session bus fails.
    pub async fn start(computer: &Computer) -> Result<Self, DesktopError> {
        let (sender, icon) = watch::channel(None);
        let bus = Builder::address(computer.session_bus())?
            .serve_at(WATCHER_PATH, Watcher { icon: sender })?
            .name(WATCHER)?
            .build()
            .await?;
        Ok(Self { bus, icon })
    }

    /// What the icon's menu says, from top to bottom; waits until there is an icon.
    ///
    /// # Errors
    /// [`DesktopError::NotSeen`] where none comes.
    pub async fn menu(&self) -> Result<Vec<MenuEntry>, DesktopError> {
        let icon = self.icon().await?;
        let path: OwnedObjectPath = self.property(&icon, "Menu").await?;
        self.call_menu(&icon, &path, "AboutToShow", &0_i32).await?;
        let whole = (0_i32, -1_i32, Vec::<String>::new());
        let answer = self.call_menu(&icon, &path, "GetLayout", &whole).await?;
        let (_revision, (_id, _properties, entries)): Layout = answer.body().deserialize()?;
        Ok(entries.iter().filter_map(|entry| menu_entry(entry)).collect())
    }

    /// Waits until the whole menu says this, and each entry can be clicked or not.
    ///
    /// # Errors
    /// [`DesktopError::NotSeen`].
    pub async fn see_menu(&self, expected: &[(&str, bool)]) -> Result<(), DesktopError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let menu = self.menu().await?;
            if menu.iter().map(|entry| (&*entry.label, entry.enabled)).eq(expected.iter().copied()) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(not_seen(format!("the menu {expected:?}"), menu));
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Clicks an entry of the menu, once it is there and can be clicked.
    ///
    /// # Errors
    /// [`DesktopError::NotSeen`].
    pub async fn click(&self, label: &str) -> Result<(), DesktopError> {
        let entry = self.see_enabled(label).await?;
        let icon = self.icon().await?;
        let path: OwnedObjectPath = self.property(&icon, "Menu").await?;
        let (nothing, at_no_time) = (Value::from(0_i32), 0_u32);
        self.call_menu(&icon, &path, "Event", &(entry.id, "clicked", nothing, at_no_time)).await.map(drop)
    }

    /// Clicks the icon itself.
    ///
    /// # Errors
    /// As [`Tray::menu`].
    pub async fn click_icon(&self) -> Result<(), DesktopError> {
        let icon = self.icon().await?;
        self.bus.call_method(Some(&*icon), ITEM_PATH, Some(ITEM), "Activate", &(0_i32, 0_i32)).await?;
        Ok(())
    }

    /// What the icon is called for whoever does not see it.
    ///
    /// # Errors
    /// As [`Tray::menu`].
    pub async fn title(&self) -> Result<String, DesktopError> {
        let icon = self.icon().await?;
        self.property(&icon, "Title").await
    }

    async fn see_enabled(&self, label: &str) -> Result<MenuEntry, DesktopError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let menu = self.menu().await?;
            if let Some(entry) = menu.iter().find(|entry| entry.label == label && entry.enabled) {
                return Ok(entry.clone());
            }
            if Instant::now() > deadline {
                return Err(not_seen(format!("»{label}« to click on"), menu));
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    async fn icon(&self) -> Result<String, DesktopError> {
        let mut icon = self.icon.clone();
        let icon = timeout(PATIENCE, icon.wait_for(Option::is_some)).await;
        let icon = icon.ok().and_then(Result::ok).and_then(|icon| icon.clone());
        icon.ok_or_else(|| not_seen("an icon in the tray", "no icon"))
    }

    async fn property<T>(&self, icon: &str, name: &str) -> Result<T, DesktopError>
    where
        T: TryFrom<OwnedValue>,
        T::Error: Into<zbus::Error>,
    {
        let answer = self.bus.call_method(Some(icon), ITEM_PATH, Some(PROPERTIES), "Get", &(ITEM, name)).await?;
        let value: OwnedValue = answer.body().deserialize()?;
        Ok(T::try_from(value).map_err(Into::into)?)
    }

    async fn call_menu<B>(
        &self,
        icon: &str,
        path: &OwnedObjectPath,
        method: &str,
        body: &B,
    ) -> Result<Message, DesktopError>
    where
        B: zbus::export::serde::Serialize + zbus::zvariant::DynamicType,
    {
        Ok(self.bus.call_method(Some(icon), path.as_ref(), Some(MENU), method, body).await?)
    }
}

/// An entry as `GetLayout` describes it, `(ia{sv}av)`; `None` for a separator.
fn menu_entry(entry: &Value<'_>) -> Option<MenuEntry> {
    let Value::Structure(fields) = entry else { return None };
    let [Value::I32(id), Value::Dict(properties), ..] = fields.fields() else { return None };
    // What is not said is the default: enabled.
    let enabled = properties.get::<_, bool>(&"enabled").ok().flatten().unwrap_or(true);
    let label = properties.get::<_, &str>(&"label").ok().flatten()?.to_owned();
    Some(MenuEntry { id: *id, label, enabled })
}

/// A tray, or whoever shows notifications, that is on the bus and never answers.
pub struct Silent {
    _bus: Connection,
}

impl Silent {
    /// In the tray's place.
    ///
    /// # Errors
    /// Where the session bus fails.
    pub async fn tray(computer: &Computer) -> Result<Self, DesktopError> {
        Self::named(computer, WATCHER).await
    }

    /// In the place of whoever shows notifications.
    ///
    /// # Errors
    /// Where the session bus fails.
    pub async fn notifications(computer: &Computer) -> Result<Self, DesktopError> {
        Self::named(computer, NOTIFICATIONS).await
    }

    async fn named(computer: &Computer, name: &'static str) -> Result<Self, DesktopError> {
        let bus = connect(computer).await?;
        bus.request_name(name).await?;
        Ok(Self { _bus: bus })
    }
}

/// Whoever shows notifications on the desktop.
pub struct NotificationServer {
    bus: Connection,
    shown: mpsc::UnboundedReceiver<Notification>,
}

/// A notification that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    id: u32,
    /// Which program it is from.
    pub program: String,
    /// Its first line.
    pub title: String,
    /// What stands below.
    pub text: String,
    /// 0 low, 1 normal, 2 critical: stays until it is seen.
    pub urgency: Option<u8>,
    actions: Vec<String>,
}

/// The service itself. What its macro makes public stays in here.
mod service {
    use super::Notification;
    use std::collections::HashMap;
    use tokio::sync::mpsc;
    use zbus::object_server::SignalEmitter;
    use zbus::zvariant::OwnedValue;

    pub struct Server {
        pub shown: mpsc::UnboundedSender<Notification>,
        pub last: u32,
    }

    #[zbus::interface(name = "org.freedesktop.Notifications")]
    impl Server {
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
            let notification =
                Notification { id: self.last, program: app_name, title: summary, text: body, urgency, actions };
            // The test has ended where nobody receives it.
            let _ = self.shown.send(notification);
            self.last
        }

        /// A person has clicked on the notification of this number.
        #[zbus(signal)]
        pub async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action_key: &str) -> zbus::Result<()>;
    }
}

impl NotificationServer {
    /// Shows notifications on this computer, until it is dropped.
    ///
    /// # Errors
    /// Where the session bus fails.
    pub async fn start(computer: &Computer) -> Result<Self, DesktopError> {
        let (sender, shown) = mpsc::unbounded_channel();
        let bus = Builder::address(computer.session_bus())?
            .serve_at(NOTIFICATIONS_PATH, Server { shown: sender, last: 40 })?
            .name(NOTIFICATIONS)?
            .build()
            .await?;
        Ok(Self { bus, shown })
    }

    /// The next notification; waits for it.
    ///
    /// # Errors
    /// [`DesktopError::NotSeen`].
    pub async fn next(&mut self) -> Result<Notification, DesktopError> {
        let next = timeout(PATIENCE, self.shown.recv()).await.ok().flatten();
        next.ok_or_else(|| not_seen("a notification", "none"))
    }

    /// A notification that is there by now.
    pub fn another(&mut self) -> Option<Notification> {
        self.shown.try_recv().ok()
    }

    /// Clicks on a notification.
    ///
    /// # Errors
    /// [`DesktopError::NotSeen`] where a click on it does nothing.
    pub async fn click(&self, notification: &Notification) -> Result<(), DesktopError> {
        // Keys and labels in turn; the default action is that of the notification itself.
        if !notification.actions.iter().step_by(2).any(|key| key == "default") {
            return Err(not_seen("a notification to click on", notification));
        }
        let emitter = SignalEmitter::new(&self.bus, NOTIFICATIONS_PATH)?;
        Ok(Server::action_invoked(&emitter, notification.id, "default").await?)
    }
}

/// What a screen reader uses, to read and to press: AT-SPI, the program at-spi2-core.
pub struct AssistiveTechnology {
    bus: Connection,
    // Ends after the connection.
    _launcher: ProcessGroup,
}

/// A dialog of the desktop's own.
pub struct Dialog {
    /// What it says, from top to bottom, without its buttons.
    pub texts: Vec<String>,
    buttons: Vec<(String, Object)>,
}

impl Dialog {
    /// What its buttons say.
    pub fn buttons(&self) -> Vec<&str> {
        self.buttons.iter().map(|(name, _)| &**name).collect()
    }
}

/// Something on the screen: whose it is, and its path there.
pub(crate) type Object = (String, OwnedObjectPath);

impl AssistiveTechnology {
    /// Starts it. Programs that are started later can be read.
    ///
    /// # Errors
    /// Where at-spi2-core is not installed or does not answer.
    pub async fn start(computer: &Computer) -> Result<Self, DesktopError> {
        let program = ACCESSIBILITY_BUS.into_iter().find(|program| Path::new(program).exists());
        let program = program.ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, "at-spi-bus-launcher (Debian package at-spi2-core)")
        })?;
        let mut command = computer.command(program);
        command.arg("--launch-immediately").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let launcher = ProcessGroup::start(&mut command)?;
        let session = connect(computer).await?;
        let deadline = Instant::now() + PATIENCE;
        let address: String = loop {
            match session
                .call_method(Some("org.a11y.Bus"), "/org/a11y/bus", Some("org.a11y.Bus"), "GetAddress", &())
                .await
            {
                Ok(answer) => break answer.body().deserialize()?,
                // It is not on the bus yet.
                Err(zbus::Error::MethodError(..)) if Instant::now() < deadline => tokio::time::sleep(INTERVAL).await,
                Err(error) => return Err(error.into()),
            }
        };
        let bus = Builder::address(&*address)?.build().await?;
        Ok(Self { bus, _launcher: launcher })
    }

    /// Waits until a dialog with buttons is open, and reads it.
    ///
    /// # Errors
    /// [`DesktopError::NotSeen`].
    pub async fn dialog(&self) -> Result<Dialog, DesktopError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.dialog_now().await {
                Ok(Some(dialog)) if !dialog.buttons.is_empty() => return Ok(dialog),
                // What was closed meanwhile does not answer any more.
                Ok(_) | Err(DesktopError::Bus(zbus::Error::MethodError(..))) if Instant::now() < deadline => {
                    tokio::time::sleep(INTERVAL).await;
                }
                Ok(_) => return Err(not_seen("a dialog", "none")),
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits until no dialog is open.
    ///
    /// # Errors
    /// [`DesktopError::NotSeen`].
    pub async fn see_no_dialog(&self) -> Result<(), DesktopError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.dialog_now().await {
                Ok(None) => return Ok(()),
                // What is being closed does not answer any more.
                Ok(_) | Err(DesktopError::Bus(zbus::Error::MethodError(..))) if Instant::now() < deadline => {
                    tokio::time::sleep(INTERVAL).await;
                }
                Ok(Some(dialog)) => return Err(not_seen("an end of the dialog", dialog.texts)),
                Err(error) => return Err(error),
            }
        }
    }

    /// Presses a button of a dialog.
    ///
    /// # Errors
    /// [`DesktopError::NotSeen`] where it has no such button.
    pub async fn press(&self, dialog: &Dialog, button: &str) -> Result<(), DesktopError> {
        let found = dialog.buttons.iter().find(|(name, _)| name == button);
        let (_, (owner, path)) = found.ok_or_else(|| not_seen(format!("the button »{button}«"), dialog.buttons()))?;
        let first_action = 0_i32;
        self.call(owner, path, "org.a11y.atspi.Action", "DoAction", &first_action).await.map(drop)
    }

    async fn dialog_now(&self) -> Result<Option<Dialog>, DesktopError> {
        for program in self.programs().await? {
            for window in self.children(&program).await? {
                if matches!(&*self.role(&window).await?, "alert" | "dialog") {
                    return self.read(&window).await.map(Some);
                }
            }
        }
        Ok(None)
    }

    async fn read(&self, window: &Object) -> Result<Dialog, DesktopError> {
        let mut dialog = Dialog { texts: Vec::new(), buttons: Vec::new() };
        let mut unread = vec![window.clone()];
        while let Some(object) = unread.pop() {
            match &*self.role(&object).await? {
                "push button" => dialog.buttons.push((self.name(&object).await?, object)),
                "label" => dialog.texts.push(self.name(&object).await?),
                _ => unread.extend(self.children(&object).await?.into_iter().rev()),
            }
        }
        Ok(dialog)
    }

    pub(crate) fn bus(&self) -> &Connection {
        &self.bus
    }

    /// The programs whose windows can be read.
    pub(crate) async fn programs(&self) -> Result<Vec<Object>, DesktopError> {
        let root = OwnedObjectPath::try_from("/org/a11y/atspi/accessible/root").map_err(zbus::Error::from)?;
        self.children(&("org.a11y.atspi.Registry".to_owned(), root)).await
    }

    pub(crate) async fn children(&self, (owner, path): &Object) -> Result<Vec<Object>, DesktopError> {
        Ok(self.call(owner, path, ACCESSIBLE, "GetChildren", &()).await?.body().deserialize()?)
    }

    pub(crate) async fn role(&self, (owner, path): &Object) -> Result<String, DesktopError> {
        Ok(self.call(owner, path, ACCESSIBLE, "GetRoleName", &()).await?.body().deserialize()?)
    }

    pub(crate) async fn name(&self, (owner, path): &Object) -> Result<String, DesktopError> {
        let answer = self.call(owner, path, PROPERTIES, "Get", &(ACCESSIBLE, "Name")).await?;
        let name: OwnedValue = answer.body().deserialize()?;
        Ok(String::try_from(name).map_err(zbus::Error::from)?)
    }

    pub(crate) async fn call<B>(
        &self,
        owner: &str,
        path: &OwnedObjectPath,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<Message, DesktopError>
    where
        B: zbus::export::serde::Serialize + zbus::zvariant::DynamicType,
    {
        Ok(self.bus.call_method(Some(owner), path.as_ref(), Some(interface), method, body).await?)
    }
}
