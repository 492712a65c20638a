//! A practice portal on another computer: the app did not start it, cannot start it again, and does not end it.

use crate::authority_keys::AuthorityKeys;
use crate::computer::{self, ProcessGroup};
use crate::window_driver::{WindowError, program};
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;

/// A practice portal on another computer.
pub struct DistantPortal {
    // Ends before its folder is removed.
    process: Option<ProcessGroup>,
    ready: portal_api::Ready,
    folder: TempDir,
    arguments: Vec<String>,
    _keys: AuthorityKeys,
}

impl DistantPortal {
    /// Starts one and waits until it is ready.
    ///
    /// # Errors
    /// Where it is not built, or does not start.
    pub fn start() -> Result<Self, WindowError> {
        Self::start_with(&[])
    }

    /// The same with more arguments.
    ///
    /// # Errors
    /// As [`DistantPortal::start`].
    pub fn start_with(arguments: &[&str]) -> Result<Self, WindowError> {
        let folder = tempfile::Builder::new().prefix("certifikatguide-portal-").tempdir()?;
        fs::DirBuilder::new().mode(0o700).create(folder.path().join("data"))?;
        let keys = AuthorityKeys::placed_in(&folder.path().join("data"));
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let (process, ready) = serve(folder.path(), &arguments)?;
        Ok(Self { process: Some(process), ready, folder, arguments, _keys: keys })
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.ready.portal
    }

    /// Its trust anchor, a PEM file.
    #[must_use]
    pub fn trust_anchor(&self) -> &str {
        &self.ready.trust_anchor
    }

    /// Stops it, as a power cut would.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Revokes the certificate of this serial number, as the local registration authority's staff does.
    ///
    /// # Errors
    /// Where the portal's own command does not.
    pub fn revoke(&self, serial_number: &str) -> Result<(), WindowError> {
        let output = computer::elsewhere(self.folder.path(), program("portal")?)
            .args(["revoke", serial_number, "--reason", "key-compromise", "--data"])
            .arg(self.folder.path().join("data"))
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            Ok(())
        } else {
            Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()).into())
        }
    }

    /// Starts it again, where it was, with these terms in force: one file a language.
    ///
    /// # Errors
    /// As [`DistantPortal::start_again`].
    pub fn put_terms_in_force(&mut self, documents: &[Vec<u8>]) -> Result<(), WindowError> {
        self.stop();
        self.arguments.push("--terms".to_owned());
        for (number, document) in documents.iter().enumerate() {
            let file = self.folder.path().join(format!("terms-{number}.json"));
            fs::write(&file, document)?;
            self.arguments.push(file.display().to_string());
        }
        self.start_again()
    }

    /// Starts it again, where it was.
    ///
    /// # Errors
    /// Where it does not start, or is somewhere else than before.
    pub fn start_again(&mut self) -> Result<(), WindowError> {
        let (process, ready) = serve(self.folder.path(), &self.arguments)?;
        self.process = Some(process);
        if ready.portal == self.ready.portal {
            Ok(())
        } else {
            Err(io::Error::other(format!("the portal is at {} now", ready.portal)).into())
        }
    }
}

fn serve(folder: &Path, arguments: &[String]) -> Result<(ProcessGroup, portal_api::Ready), WindowError> {
    let mut command = computer::elsewhere(folder, program("portal")?);
    command.args(["serve", "--practice"]).args(arguments).arg("--data").arg(folder.join("data"));
    let (process, line) = computer::first_line(&mut command)?;
    Ok((process, serde_json::from_str(&line).map_err(io::Error::from)?))
}
