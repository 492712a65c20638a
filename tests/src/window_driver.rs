//! The real window, driven through WebKitWebDriver as a person would use it: what is waited for is what a person
//! would see, and elements are found by their `data-testid`.

use crate::computer::{self, Computer, ProcessGroup};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, NewSessionError};
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use thiserror::Error;

/// How long a person would wait for the next thing to appear. A deadline, not a pause.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const INTERVAL: Duration = Duration::from_millis(25);
/// WebKit paints a new state some frames after the page has it; only screenshots wait for that.
const PAINT: Duration = Duration::from_millis(200);
/// How often a picture is taken again until it stands still. What turns for as long as it is shown never does.
const MOST_LOOKS: u32 = 4;

/// How an element is named in an argument of a script ([WebDriver §12, web element identifier]).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What went wrong while the window was driven.
#[derive(Debug, Error)]
pub enum WindowError {
    /// A program of the test's own computer failed.
    #[error("the test's computer: {0}")]
    Computer(#[from] io::Error),
    /// A program is not built.
    #[error("{0} is not there: build it first, with `cargo build`")]
    NotBuilt(PathBuf),
    /// WebKitWebDriver started no window.
    #[error("the window did not open: {0}")]
    NotOpened(#[from] NewSessionError),
    /// WebKitWebDriver failed.
    #[error("the window cannot be driven: {0}")]
    Driver(#[from] CmdError),
    /// What was waited for did not come.
    #[error("{what} was not seen in time; the window shows:\n{shown}")]
    NotSeen {
        /// What was waited for.
        what: String,
        /// The text on the screen instead.
        shown: String,
    },
}

/// A file as a page gets it: made in a script, since no file manager is there to drag from.
const MAKE_FILES: &str = "const bytes = Uint8Array.from(atob(arguments[1]), (letter) => letter.charCodeAt(0)); \
                          const dataTransfer = new DataTransfer(); \
                          dataTransfer.items.add(new File([bytes], arguments[0]));";

/// What is done to an element.
#[derive(Clone, Copy)]
enum Act<'a> {
    Click,
    Type(&'a str),
}

/// An open window.
pub struct Window {
    client: Client,
    _driver: ProcessGroup,
}

impl Window {
    /// Opens the app on this computer, in practice mode, on the computer's data folder.
    ///
    /// # Errors
    /// Where the app is not built, or no window opens.
    pub async fn open(computer: &Computer) -> Result<Self, WindowError> {
        Self::open_with(computer, &[]).await
    }

    /// Opens the app with more arguments.
    ///
    /// # Errors
    /// Where the app is not built, or no window opens.
    pub async fn open_with(computer: &Computer, more_arguments: &[&str]) -> Result<Self, WindowError> {
        let app = program("certifikatguide")?;
        program("portal")?;
        let (data, saved) = (computer.data(), computer.saved());
        let mut arguments = vec!["--data".to_owned(), path(&data), "--save-to".to_owned(), path(&saved)];
        arguments.extend(more_arguments.iter().map(|&argument| argument.to_owned()));
        let port = free_port()?;
        let mut command = computer.command("WebKitWebDriver");
        command
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let driver = ProcessGroup::start(&mut command)?;
        if !computer::until(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()) {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "WebKitWebDriver does not answer").into());
        }
        let mut capabilities = serde_json::Map::new();
        let options = json!({ "binary": path(&app), "args": arguments });
        capabilities.insert("webkitgtk:browserOptions".to_owned(), options);
        // Judging a whole page takes seconds, on a busy computer many.
        capabilities.insert("timeouts".to_owned(), json!({ "script": 120_000 }));
        // WebKitWebDriver itself waits without end for an app that has ended before it showed a window.
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let address = format!("http://127.0.0.1:{port}");
        let opening = builder.capabilities(capabilities).connect(&address);
        let opened = tokio::time::timeout(PATIENCE, opening).await;
        let client = opened.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the app opens no window"))??;
        Ok(Self { client, _driver: driver })
    }

    /// Waits until the element is on the screen.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn see(&self, test_id: &str) -> Result<Element, WindowError> {
        self.see_css(&by_test_id(test_id)).await
    }

    /// Waits until an element that the selector finds is on the screen.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn see_css(&self, selector: &str) -> Result<Element, WindowError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.client.find(Locator::Css(selector)).await {
                Ok(element) if element.is_displayed().await.unwrap_or(false) => return Ok(element),
                Ok(_) => {}
                Err(error) if error.is_no_such_element() => {}
                Err(error) => return Err(error.into()),
            }
            if Instant::now() > deadline {
                return Err(self.not_seen(selector).await);
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Waits until the text is somewhere on the screen.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn see_text(&self, text: &str) -> Result<(), WindowError> {
        let deadline = Instant::now() + PATIENCE;
        while !self.all_text().await?.contains(text) {
            if Instant::now() > deadline {
                return Err(self.not_seen(&format!("»{text}«")).await);
            }
            tokio::time::sleep(INTERVAL).await;
        }
        Ok(())
    }

    /// True where the element is on the screen at this moment.
    ///
    /// # Errors
    /// [`WindowError::Driver`].
    pub async fn shows(&self, test_id: &str) -> Result<bool, WindowError> {
        match self.client.find(Locator::Css(&by_test_id(test_id))).await {
            Ok(element) => Ok(element.is_displayed().await?),
            Err(error) if error.is_no_such_element() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The element's text, once it is on the screen.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn text(&self, test_id: &str) -> Result<String, WindowError> {
        Ok(self.see(test_id).await?.text().await?)
    }

    /// The element's attribute, once the element is on the screen.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn attribute(&self, test_id: &str, name: &str) -> Result<Option<String>, WindowError> {
        Ok(self.see(test_id).await?.attr(name).await?)
    }

    /// What stands in the field.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn value(&self, test_id: &str) -> Result<String, WindowError> {
        Ok(self.see(test_id).await?.prop("value").await?.unwrap_or_default())
    }

    /// Waits until this, and no more, stands in the field.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn see_value(&self, test_id: &str, value: &str) -> Result<(), WindowError> {
        let deadline = Instant::now() + PATIENCE;
        while self.value(test_id).await? != value {
            if Instant::now() > deadline {
                return Err(self.not_seen(&format!("»{value}« in {test_id}")).await);
            }
            tokio::time::sleep(INTERVAL).await;
        }
        Ok(())
    }

    /// Waits until the element has the focus.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn see_focus(&self, test_id: &str) -> Result<(), WindowError> {
        let deadline = Instant::now() + PATIENCE;
        while self.focus().await?.as_deref() != Some(test_id) {
            if Instant::now() > deadline {
                return Err(self.not_seen(&format!("the focus at {test_id}")).await);
            }
            tokio::time::sleep(INTERVAL).await;
        }
        Ok(())
    }

    /// Everything that is written on the screen.
    ///
    /// # Errors
    /// [`WindowError::Driver`].
    pub async fn all_text(&self) -> Result<String, WindowError> {
        let text = self.client.execute("return document.body ? document.body.innerText : ''", Vec::new()).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// The document's language, as a screen reader is told it.
    ///
    /// # Errors
    /// [`WindowError::Driver`].
    pub async fn language(&self) -> Result<String, WindowError> {
        let language = self.client.execute("return document.documentElement.lang", Vec::new()).await?;
        Ok(language.as_str().unwrap_or_default().to_owned())
    }

    /// Clicks the element, once it is on the screen and can be pressed.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn click(&self, test_id: &str) -> Result<(), WindowError> {
        self.act_on(&format!("{}:not([aria-disabled=true])", by_test_id(test_id)), Act::Click).await
    }

    /// Ticks or chooses what has a box or a dot of its own drawing: the click goes to its label, as a person's would.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn choose(&self, test_id: &str) -> Result<(), WindowError> {
        let deadline = Instant::now() + PATIENCE;
        self.act_on(&format!("label[for='{test_id}']"), Act::Click).await?;
        let chosen = self.client.find(Locator::Css(&by_test_id(test_id))).await?;
        while !chosen.is_selected().await? {
            if Instant::now() > deadline {
                return Err(self.not_seen(&format!("a mark at {test_id}")).await);
            }
            tokio::time::sleep(INTERVAL).await;
        }
        Ok(())
    }

    /// Types into the empty field.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn type_into(&self, test_id: &str, text: &str) -> Result<(), WindowError> {
        self.act_on(&by_test_id(test_id), Act::Type(text)).await
    }

    /// Presses a key, wherever the focus is.
    ///
    /// # Errors
    /// [`WindowError::Driver`].
    pub async fn press(&self, key: Key) -> Result<(), WindowError> {
        self.type_with_focus(&key.to_string()).await
    }

    /// Types wherever the focus is.
    ///
    /// # Errors
    /// [`WindowError::Driver`].
    pub async fn type_with_focus(&self, text: &str) -> Result<(), WindowError> {
        Ok(self.client.active_element().await?.send_keys(text).await?)
    }

    /// `data-testid` of the element that has the focus.
    ///
    /// # Errors
    /// [`WindowError::Driver`].
    pub async fn focus(&self) -> Result<Option<String>, WindowError> {
        let focused = self.client.execute("return document.activeElement?.dataset?.testid ?? null", Vec::new()).await?;
        Ok(focused.as_str().map(str::to_owned))
    }

    /// Tabs forward until the element has the focus, as one does without a mouse.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`] where it is not reached.
    pub async fn tab_to(&self, test_id: &str) -> Result<(), WindowError> {
        for _ in 0..120 {
            if self.focus().await?.as_deref() == Some(test_id) {
                return Ok(());
            }
            self.press(Key::Tab).await?;
        }
        Err(self.not_seen(&format!("the focus at {test_id}")).await)
    }

    /// Drops a file on the window.
    ///
    /// # Errors
    /// [`WindowError::Driver`].
    pub async fn drop_file(&self, name: &str, content: &[u8]) -> Result<(), WindowError> {
        let drop = "document.body.dispatchEvent(\
                    new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));";
        self.hand_over(drop, name, content).await
    }

    /// Chooses a file in the file chooser of this test id.
    ///
    /// # Errors
    /// [`WindowError::Driver`] where there is no such chooser.
    pub async fn choose_file(&self, test_id: &str, name: &str, content: &[u8]) -> Result<(), WindowError> {
        let choose = format!(
            "const chooser = document.querySelector(\"{}\"); chooser.files = dataTransfer.files; \
             chooser.dispatchEvent(new Event('change', {{ bubbles: true }}));",
            by_test_id(test_id)
        );
        self.hand_over(&choose, name, content).await
    }

    async fn hand_over(&self, how: &str, name: &str, content: &[u8]) -> Result<(), WindowError> {
        let arguments = vec![json!(name), json!(BASE64_STANDARD.encode(content))];
        self.client.execute(&format!("{MAKE_FILES} {how}"), arguments).await?;
        Ok(())
    }

    /// Runs a script in the page.
    ///
    /// # Errors
    /// [`WindowError::Driver`].
    pub async fn execute(&self, script: &str) -> Result<Value, WindowError> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Runs a script in the page that calls its last argument when it is done.
    ///
    /// # Errors
    /// [`WindowError::Driver`].
    pub async fn execute_async(&self, script: &str) -> Result<Value, WindowError> {
        Ok(self.client.execute_async(script, Vec::new()).await?)
    }

    /// Makes the window as large as given, in pixels.
    ///
    /// # Errors
    /// [`WindowError::Driver`].
    pub async fn resize(&self, width: u32, height: u32) -> Result<(), WindowError> {
        Ok(self.client.set_window_size(width, height).await?)
    }

    /// True where all of the element is inside the window, without scrolling.
    ///
    /// # Errors
    /// [`WindowError::Driver`] where there is no such element.
    pub async fn is_in_view(&self, test_id: &str) -> Result<bool, WindowError> {
        self.client.find(Locator::Css(&by_test_id(test_id))).await?;
        let script = format!(
            "const {{ top, bottom }} = document.querySelector(\"{}\").getBoundingClientRect(); \
             return top >= 0 && bottom <= innerHeight;",
            by_test_id(test_id)
        );
        Ok(self.client.execute(&script, Vec::new()).await?.as_bool().unwrap_or(false))
    }

    /// Scrolls the element into the middle of the view. It may be one that is drawn by its label alone.
    ///
    /// # Errors
    /// [`WindowError::Driver`] where there is no such element.
    pub async fn scroll_to(&self, test_id: &str) -> Result<(), WindowError> {
        self.client.find(Locator::Css(&by_test_id(test_id))).await?;
        let script =
            format!("document.querySelector(\"{}\").scrollIntoView({{ block: 'center' }})", by_test_id(test_id));
        self.client.execute(&script, Vec::new()).await?;
        Ok(())
    }

    /// Takes a picture of what the window shows, as PNG: once it is painted and stands still, where it does.
    ///
    /// # Errors
    /// [`WindowError::Driver`].
    pub async fn picture(&self) -> Result<Vec<u8>, WindowError> {
        // A busy computer paints a new state late; two frames after it, the state is on its way to the screen.
        let two_frames = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));";
        self.client.execute_async(two_frames, Vec::new()).await?;
        let mut picture = Vec::new();
        for _ in 0..MOST_LOOKS {
            tokio::time::sleep(PAINT).await;
            let before = std::mem::replace(&mut picture, self.client.screenshot().await?);
            if picture == before {
                break;
            }
        }
        Ok(picture)
    }

    /// Closes the window as a person would, and waits until the app and its portal have ended.
    ///
    /// # Errors
    /// Where they do not end.
    pub async fn close(self, computer: &Computer) -> Result<(), WindowError> {
        self.client.clone().close().await?;
        ended(computer)
    }

    /// Kills the app with no chance to tidy up, and waits until its portal has noticed.
    ///
    /// # Errors
    /// Where it does not run, or its portal goes on without it.
    pub async fn kill(self, computer: &Computer) -> Result<(), WindowError> {
        let running = computer.running(&program("certifikatguide")?);
        if running.is_empty() {
            return Err(io::Error::other("the app does not run").into());
        }
        for pid in running {
            computer::kill(pid)?;
        }
        ended(computer)
    }

    /// Acts on the element once it can be acted on: it may be replaced or move while the page changes.
    async fn act_on(&self, selector: &str, act: Act<'_>) -> Result<(), WindowError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let element = self.see_css(selector).await?;
            self.bring_into_view(&element).await?;
            let acted = match act {
                Act::Click => element.click().await,
                Act::Type(text) => match element.clear().await {
                    Ok(()) => element.send_keys(text).await,
                    Err(error) => Err(error),
                },
            };
            match acted {
                Ok(()) => return Ok(()),
                Err(error) if error.is_element_not_interactable() || error.is_stale_element_reference() => {}
                Err(error) => return Err(error.into()),
            }
            if Instant::now() > deadline {
                return Err(self.not_seen(&format!("{selector}, to act on,")).await);
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Scrolls as a person would. WebKitWebDriver does not where only a few pixels of the element are below the edge.
    async fn bring_into_view(&self, element: &Element) -> Result<(), WindowError> {
        let script = "const { top, bottom } = arguments[0].getBoundingClientRect(); \
                      if (top < 0 || bottom > innerHeight) arguments[0].scrollIntoView({ block: 'center' });";
        let argument = json!({ ELEMENT: element.element_id().to_string() });
        match self.client.execute(script, vec![argument]).await {
            Ok(_) => Ok(()),
            // It was replaced since; it is looked for again.
            Err(error) if error.is_stale_element_reference() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn not_seen(&self, what: &str) -> WindowError {
        let shown = self.all_text().await.unwrap_or_else(|error| error.to_string());
        WindowError::NotSeen { what: what.to_owned(), shown }
    }
}

/// A program of ours, in the folder in which this one was built.
///
/// # Errors
/// [`WindowError::NotBuilt`].
pub fn program(name: &str) -> Result<PathBuf, WindowError> {
    let own = std::env::current_exe()?;
    let folder = own.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).unwrap_or(Path::new("."));
    let program = folder.join(name);
    program.canonicalize().map_err(|_| WindowError::NotBuilt(program))
}

fn ended(computer: &Computer) -> Result<(), WindowError> {
    for name in ["certifikatguide", "portal"] {
        let program = program(name)?;
        if !computer::until(|| computer.running(&program).is_empty()) {
            return Err(io::Error::new(io::ErrorKind::TimedOut, format!("{name} goes on running")).into());
        }
    }
    Ok(())
}

fn by_test_id(test_id: &str) -> String {
    format!("[data-testid='{test_id}']")
}

fn path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
