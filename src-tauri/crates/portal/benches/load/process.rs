//! The portal as a process, and what the system says of it.

use crate::Failure;
use crate::support::{client_at, folder_with_keys};
use pki::TrustAnchor;
use portal_api::Ready;
use reqwest::Client;
use rustls::time_provider::DefaultTimeProvider;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tempfile::TempDir;

/// A running portal, which ends with this value.
pub struct Process {
    pub ready: Ready,
    pub anchor: TrustAnchor,
    /// Without a certificate; its connections stay.
    pub anybody: Client,
    data: TempDir,
    child: Child,
}

impl Process {
    /// Starts a practice portal without limits, on this PostgreSQL database or on SQLite.
    pub fn start(database: Option<&str>) -> Result<Self, Failure> {
        // On a disk, not in memory: what is measured is written before it is answered.
        let data = tempfile::Builder::new().prefix("portal-").tempdir_in(built())?;
        let made = folder_with_keys();
        fs::create_dir(data.path().join("keys"))?;
        for key in fs::read_dir(made.path().join("keys"))? {
            let key = key?.path();
            fs::copy(&key, data.path().join("keys").join(key.file_name().ok_or("a file has a name")?))?;
        }
        Self::start_on(data, database)
    }

    fn start_on(data: TempDir, database: Option<&str>) -> Result<Self, Failure> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portal"));
        command.args(["serve", "--practice", "--exit-with-stdin", "--data"]).arg(data.path());
        if let Some(url) = database {
            command.args(["--database", url]);
        }
        for limit in ["CONNECTIONS_PER_SOURCE", "CODES_PER_SOURCE", "CODES_PER_REFERENCE", "WORK_PER_SOURCE"] {
            command.env(format!("PORTAL_LIMITS_{limit}"), "0");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().ok_or("standard output")?).read_line(&mut line)?;
        let ready: Ready = serde_json::from_str(&line)?;
        let anchor = TrustAnchor::from_pem(&fs::read(&ready.trust_anchor)?)?;
        let anybody = client_at(&anchor, Arc::new(DefaultTimeProvider), None);
        Ok(Self { ready, anchor, anybody, data, child })
    }

    /// Stops it, does `between`, and starts it again on the same data.
    pub fn start_again(self, database: Option<&str>) -> Result<Self, Failure> {
        let Self { mut child, data, .. } = self;
        drop(child.stdin.take());
        child.wait()?;
        Self::start_on(data, database)
    }

    pub fn data(&self) -> &Path {
        self.data.path()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.ready.portal)
    }

    pub fn status_url(&self, path: &str) -> String {
        format!("{}{path}", self.ready.status)
    }

    /// Memory that it has in use, in MiB.
    pub fn resident_mebibytes(&self) -> Result<f64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("VmRSS")?;
        let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kibibytes / 1_024.0)
    }
}

/// The folder of what was built.
fn built() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_portal")).parent().unwrap_or(Path::new(".")).to_path_buf()
}
