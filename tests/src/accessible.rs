//! The window as assistive technology reads it: every element with its role, its name and its states, as AT-SPI gives
//! them.

use crate::desktop::{AssistiveTechnology, DesktopError, INTERVAL, Object, PATIENCE, not_seen};
use std::collections::HashMap;
use std::time::Instant;
use tokio::time::timeout_at;
use zbus::export::ordered_stream::OrderedStreamExt;
use zbus::message::Type;
use zbus::zvariant::{Structure, Value};
use zbus::{MatchRule, Message, MessageStream};

const REGISTRY: &str = "org.a11y.atspi.Registry";
const EVENTS: &str = "org.a11y.atspi.Event.Object";

/// The states that are asked for, by their numbers [AT-SPI 2, `AtspiStateType`].
const FOCUSABLE: u32 = 11;
const FOCUSED: u32 = 12;

/// The elements of a page that can be pressed, ticked, chosen or typed into.
const CONTROLS: [&str; 6] = ["a", "button", "input", "select", "summary", "textarea"];

/// So many events may wait to be looked at.
const MOST_EVENTS: usize = 10_000;

/// One element of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accessible {
    /// What it is: `button`, `heading` and so on, as WAI-ARIA calls it.
    pub role: String,
    /// What it is called.
    pub name: String,
    /// What else the web view tells of it: `level`, `live`, `xml-roles` and so on.
    pub attributes: HashMap<String, String>,
    states: u64,
}

impl Accessible {
    /// True where it has the keyboard.
    #[must_use]
    pub fn has_focus(&self) -> bool {
        self.is(FOCUSED)
    }

    /// True where a person can press it, tick it or type into it.
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.attributes.get("tag").is_some_and(|tag| CONTROLS.contains(&&**tag)) && self.is(FOCUSABLE)
    }

    /// True where changes in it are read out without being asked for.
    #[must_use]
    pub fn is_live(&self) -> bool {
        let live = |name: &str| self.attributes.get(name).is_some_and(|live| live == "polite" || live == "assertive");
        live("live") || live("container-live")
    }

    /// A heading's level.
    #[must_use]
    pub fn heading_level(&self) -> Option<u32> {
        if self.role == "heading" { self.attributes.get("level")?.parse().ok() } else { None }
    }

    fn is(&self, state: u32) -> bool {
        self.states & (1 << state) != 0
    }
}

/// What is put into the window, from when it is listened to.
pub struct Additions(MessageStream);

impl AssistiveTechnology {
    /// Listens to what is put into windows.
    ///
    /// # Errors
    /// Where at-spi2-core does not answer.
    pub async fn listen(&self) -> Result<Additions, DesktopError> {
        let rule = MatchRule::builder().msg_type(Type::Signal).interface(EVENTS)?.member("ChildrenChanged")?.build();
        let additions = MessageStream::for_match_rule(rule, self.bus(), Some(MOST_EVENTS)).await?;
        // Programs tell only what somebody has asked for; of every property, and of every program.
        let wanted = ("object:children-changed:add", Vec::<String>::new(), "");
        let registry = Some(REGISTRY);
        self.bus().call_method(registry, "/org/a11y/atspi/registry", registry, "RegisterEvent", &wanted).await?;
        Ok(Additions(additions))
    }

    /// Waits until a screen reader is told of something that it reads out by itself, `polite` or `assertive`.
    ///
    /// # Errors
    /// [`DesktopError::NotSeen`].
    pub async fn hear(&self, additions: &mut Additions, urgency: &str) -> Result<(), DesktopError> {
        let mut heard = Vec::new();
        let deadline = Instant::now() + PATIENCE;
        while let Ok(Some(message)) = timeout_at(deadline.into(), additions.0.next()).await {
            let Some(added) = added(&message?) else { continue };
            // What was taken away again does not answer any more.
            let Ok(attributes) = self.attributes(&added).await else { continue };
            let live = attributes.get("container-live").or(attributes.get("live"));
            if live.is_some_and(|live| live == urgency) {
                return Ok(());
            }
            heard.push(attributes);
        }
        Err(not_seen(format!("something said in a way that is {urgency}"), heard))
    }

    /// Everything in the window of the program, in the order in which it is read.
    ///
    /// # Errors
    /// [`DesktopError::NotSeen`] where there is no such program.
    pub async fn window(&self, program: &str) -> Result<Vec<Accessible>, DesktopError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.window_now(program).await {
                Ok(found) if !found.is_empty() => return Ok(found),
                // What was taken away meanwhile does not answer any more.
                Ok(_) | Err(DesktopError::Bus(_)) if Instant::now() < deadline => tokio::time::sleep(INTERVAL).await,
                Ok(_) => return Err(not_seen(format!("a window of {program}"), "none")),
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits until there is such an element; gives back the whole window.
    ///
    /// # Errors
    /// [`DesktopError::NotSeen`].
    pub async fn see(
        &self,
        program: &str,
        what: &str,
        is_such: impl Fn(&Accessible) -> bool,
    ) -> Result<Vec<Accessible>, DesktopError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let window = self.window(program).await?;
            if window.iter().any(&is_such) {
                return Ok(window);
            }
            if Instant::now() > deadline {
                let focused: Vec<_> = window.into_iter().filter(Accessible::has_focus).collect();
                return Err(not_seen(what, focused));
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Waits until such an element has the keyboard; gives back the whole window.
    ///
    /// # Errors
    /// [`DesktopError::NotSeen`], with what has it instead.
    pub async fn see_focus(
        &self,
        program: &str,
        what: &str,
        is_such: impl Fn(&Accessible) -> bool,
    ) -> Result<Vec<Accessible>, DesktopError> {
        let has_focus = |element: &Accessible| element.has_focus() && is_such(element);
        self.see(program, &format!("the focus on {what}"), has_focus).await
    }

    async fn window_now(&self, program: &str) -> Result<Vec<Accessible>, DesktopError> {
        let mut unread = Vec::new();
        for candidate in self.programs().await? {
            if self.name(&candidate).await? == program {
                unread.push(candidate);
            }
        }
        let mut read = Vec::new();
        while let Some(object) = unread.pop() {
            let states = self.states(&object).await?;
            let (role, name) = (self.role(&object).await?, self.name(&object).await?);
            let mut children = self.children(&object).await?;
            if children.is_empty() && role == "filler" {
                children.extend(self.page_within(&object).await?);
            }
            unread.extend(children.into_iter().rev());
            let attributes = self.attributes(&object).await?;
            // The page's own elements have no role's name, and say it beside.
            let role = attributes.get("computed-role").cloned().unwrap_or(role);
            read.push(Accessible { role, name, attributes, states });
        }
        Ok(read)
    }

    /// The page, which another process draws: the place in the window that it stands in tells of it only when asked so.
    async fn page_within(&self, (owner, path): &Object) -> Result<Option<Object>, DesktopError> {
        let first = 0_i32;
        let answer = self.call(owner, path, "org.a11y.atspi.Accessible", "GetChildAtIndex", &first).await?;
        let page: Object = answer.body().deserialize()?;
        Ok(Some(page).filter(|(_, path)| !path.ends_with("/null")))
    }

    async fn states(&self, (owner, path): &Object) -> Result<u64, DesktopError> {
        let answer = self.call(owner, path, "org.a11y.atspi.Accessible", "GetState", &()).await?;
        let states: Vec<u32> = answer.body().deserialize()?;
        Ok(states.iter().rev().fold(0, |all, &part| (all << 32) | u64::from(part)))
    }

    async fn attributes(&self, (owner, path): &Object) -> Result<HashMap<String, String>, DesktopError> {
        Ok(self.call(owner, path, "org.a11y.atspi.Accessible", "GetAttributes", &()).await?.body().deserialize()?)
    }
}

/// What an event says was added: `(siiv…)` with the element, `(so)`, in the variant.
fn added(message: &Message) -> Option<Object> {
    let body = message.body();
    let fields: Structure<'_> = body.deserialize().ok()?;
    let [Value::Str(what), _, _, Value::Value(element), ..] = fields.fields() else { return None };
    let Value::Structure(element) = &**element else { return None };
    let [Value::Str(owner), Value::ObjectPath(path)] = element.fields() else { return None };
    (what.starts_with("add")).then(|| (owner.to_string(), path.to_owned().into()))
}
