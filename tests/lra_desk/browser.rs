//! A real Chromium without a display, as a local registration authority has it: in a home folder of its own, where its
//! certificates are, trusting the portal's trust anchor and no error.

use certifikatguide_tests::computer::{ProcessGroup, until};
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, NewSessionError};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use thiserror::Error;

/// Where Debian's package has it.
const CHROMIUM: &str = "/usr/bin/chromium";
/// How long a person would wait for a page. A deadline, not a pause.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const INTERVAL: Duration = Duration::from_millis(25);
/// The password of the container on its way into the browser's key database.
const TRANSPORT: &str = "transport";

/// What went wrong while the browser was driven.
#[derive(Debug, Error)]
pub enum BrowserError {
    /// A program is missing or failed.
    #[error("the browser's computer: {0}")]
    Computer(#[from] io::Error),
    /// There is no browser.
    #[error("Chromium did not open: {0}")]
    NotOpened(#[from] NewSessionError),
    /// The browser cannot be driven.
    #[error("Chromium cannot be driven: {0}")]
    Driver(#[from] CmdError),
}

/// A certificate with its key, as `portal lra issue` writes them, and the key's password.
pub struct Identity<'a> {
    pub certificate: &'a Path,
    pub key: &'a Path,
    pub password: &'a str,
}

/// How a page is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub width: u32,
    pub dark: bool,
}

/// An open browser.
pub struct Browser {
    pub client: Client,
    portal: String,
    _driver: ProcessGroup,
    _home: TempDir,
}

impl Browser {
    /// Opens a browser that trusts the portal's trust anchor and shows `identity` to it, where there is one.
    pub async fn open(
        portal: &str,
        trust_anchor: &Path,
        identity: Option<&Identity<'_>>,
    ) -> Result<Self, BrowserError> {
        let home = TempDir::new()?;
        let profile = home.path().join("profile");
        place_certificates(home.path(), trust_anchor, identity)?;
        place_preferences(&profile, portal)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}")).env("HOME", home.path()).env_remove("DISPLAY");
        let driver = ProcessGroup::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?;
        if !until(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()) {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "chromedriver does not answer").into());
        }
        let data = format!("--user-data-dir={}", profile.display());
        let arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", &data];
        let mut capabilities = serde_json::Map::new();
        let options = json!({ "binary": CHROMIUM, "args": arguments });
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&format!("http://127.0.0.1:{port}")).await?;
        Ok(Self { client, portal: portal.to_owned(), _driver: driver, _home: home })
    }

    /// Goes to a page of the portal.
    pub async fn go(&self, path: &str) -> Result<(), BrowserError> {
        Ok(self.client.goto(&format!("{}{path}", self.portal)).await?)
    }

    /// Path and query of the page.
    pub async fn path(&self) -> Result<String, BrowserError> {
        let url = self.client.current_url().await?;
        Ok(url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path())))
    }

    /// What can be read on the page; nothing while one page gives way to the next.
    pub async fn text(&self) -> Result<String, BrowserError> {
        let text = self.client.execute("return document.body ? document.body.innerText : ''", Vec::new()).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the words can be read on the page; what can be read instead where they do not come.
    pub async fn see(&self, words: &str) -> Result<Result<String, String>, BrowserError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.text().await?;
            if text.contains(words) {
                return Ok(Ok(text));
            }
            if Instant::now() > deadline {
                return Ok(Err(text));
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Waits until the element is there.
    pub async fn find(&self, selector: &str) -> Result<Element, BrowserError> {
        Ok(self.client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await?)
    }

    /// Presses it; a page that it leads to is there afterwards.
    pub async fn press(&self, selector: &str) -> Result<(), BrowserError> {
        Ok(self.find(selector).await?.click().await?)
    }

    /// Types into the fields with these ids, in the place of what stands there.
    pub async fn fill_in(&self, fields: &[(&str, &str)]) -> Result<(), BrowserError> {
        for (id, text) in fields {
            let field = self.find(&format!("#{id}")).await?;
            field.clear().await?;
            field.send_keys(text).await?;
        }
        Ok(())
    }

    pub async fn look(&self, look: Look) -> Result<(), BrowserError> {
        let scheme = if look.dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.tell("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
        let metrics = json!({ "width": look.width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.tell("Emulation.setDeviceMetricsOverride", metrics).await.map(drop)
    }

    /// A picture of the whole page, and whether all of it fits the width.
    pub async fn picture(&self, file: &Path) -> Result<bool, BrowserError> {
        use base64::Engine;
        let whole = json!({ "captureBeyondViewport": true, "format": "png" });
        let picture = self.tell("Page.captureScreenshot", whole).await?;
        let picture = base64::prelude::BASE64_STANDARD.decode(picture["data"].as_str().unwrap_or_default());
        fs::write(file, picture.map_err(io::Error::other)?)?;
        let fits = "return document.documentElement.scrollWidth <= window.innerWidth";
        Ok(self.client.execute(fits, Vec::new()).await? == Value::Bool(true))
    }

    pub async fn close(self) -> Result<(), BrowserError> {
        Ok(self.client.clone().close().await?)
    }

    async fn tell(&self, command: &'static str, parameters: Value) -> Result<Value, BrowserError> {
        Ok(self.client.issue_cmd(DevTools { command, parameters }).await?)
    }
}

/// A command of the browser's developer tools, which chromedriver passes on.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.command, "params": self.parameters }).to_string()))
    }
}

/// The browser's key database, with the trust anchor and the visitor's certificate.
fn place_certificates(home: &Path, trust_anchor: &Path, identity: Option<&Identity<'_>>) -> io::Result<()> {
    let folder = home.join(".pki/nssdb");
    fs::create_dir_all(&folder)?;
    let database = format!("sql:{}", folder.display());
    run(Command::new("certutil").args(["-N", "--empty-password", "-d", &database]))?;
    let anchor = ["-A", "-n", "portal", "-t", "C,,", "-d", &database, "-i"];
    run(Command::new("certutil").args(anchor).arg(trust_anchor))?;
    let Some(Identity { certificate, key, password }) = identity else { return Ok(()) };
    let container: PathBuf = home.join("lra.p12");
    run(Command::new("openssl")
        .args(["pkcs12", "-export", "-passin", "env:KEY", "-passout", "env:TRANSPORT", "-in"])
        .arg(certificate)
        .arg("-inkey")
        .arg(key)
        .arg("-out")
        .arg(&container)
        .env("KEY", password)
        .env("TRANSPORT", TRANSPORT))?;
    run(Command::new("pk12util").args(["-d", &database, "-W", TRANSPORT, "-i"]).arg(&container))
}

/// The setting that the dialog »Select a certificate« would make: show the only one there is, to this portal alone.
fn place_preferences(profile: &Path, portal: &str) -> io::Result<()> {
    let folder = profile.join("Default");
    fs::create_dir_all(&folder)?;
    let mut select = serde_json::Map::new();
    select.insert(format!("{portal},*"), json!({ "setting": { "filters": [{}] } }));
    let exceptions = json!({ "auto_select_certificate": select });
    let preferences = json!({ "profile": { "content_settings": { "exceptions": exceptions } } });
    fs::write(folder.join("Preferences"), preferences.to_string())
}

fn run(command: &mut Command) -> io::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| io::Error::new(error.kind(), format!("{program}: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{program}: {}", String::from_utf8_lossy(&output.stderr))))
}
