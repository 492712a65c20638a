//! The practice portal: a process of its own that lives and dies with this program.
//!
//! It ends by itself when its standard input ends. The pipe to it is held open as long as this program lives, so it
//! never outlives it, however the program ends.

use crate::log_file;
use serde::Deserialize;
use std::env::consts::EXE_SUFFIX;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// How long the portal may take to be ready: the first time it makes its CAs' keys.
const PATIENCE: Duration = Duration::from_secs(90);
/// Most bytes of the line that says that it is ready.
const LONGEST_READY_LINE: u64 = 16 * 1024;
/// How often a start is tried: a portal left over from a killed program needs a moment to end and to let its data go.
const STARTS: u32 = 8;
/// How long to wait between two starts.
const PAUSE: Duration = Duration::from_millis(500);

/// A running practice portal.
pub struct PracticePortal {
    child: Child,
    // Held, never used: their end would be the portal's.
    _standard_input: ChildStdin,
    _standard_output: BufReader<tokio::io::Take<ChildStdout>>,
    ready: Ready,
}

/// What the portal prints when it is ready; see `portal_api::Ready`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Ready {
    /// Address of the portal, `https://host:port`.
    pub portal: String,
    /// Path of the trust anchor, a PEM file.
    pub trust_anchor: PathBuf,
}

/// Why there is no practice portal.
#[derive(Debug, Error)]
pub enum PracticePortalError {
    /// The program `portal` is not beside this one.
    #[error("there is no program {0}")]
    Missing(PathBuf),
    /// It could not be started, or its pipes could not be read.
    #[error("the practice portal could not be started")]
    NotStarted(#[from] io::Error),
    /// It ended before it was ready.
    #[error("the practice portal ended with {0} before it was ready; see its log")]
    Ended(ExitStatus),
    /// It said something else than that it is ready.
    #[error("the practice portal did not say that it is ready")]
    NotReady(#[source] serde_json::Error),
    /// It took too long.
    #[error("the practice portal was not ready after {} seconds", PATIENCE.as_secs())]
    TookTooLong,
}

impl PracticePortal {
    /// Starts the portal on `data/practice` and waits until it is ready.
    ///
    /// # Errors
    /// [`PracticePortalError`].
    pub async fn start(data: &Path) -> Result<Self, PracticePortalError> {
        let program = program_beside_this_one()?;
        let mut starts = 1;
        loop {
            match Self::start_once(&program, data).await {
                Err(PracticePortalError::Ended(status)) if starts < STARTS => {
                    tracing::warn!(%status, starts, "the practice portal ended before it was ready");
                    starts += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn start_once(program: &Path, data: &Path) -> Result<Self, PracticePortalError> {
        let mut child = Command::new(program)
            .args(["serve", "--practice", "--exit-with-stdin", "--data"])
            .arg(data.join("practice"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log_file::open(data, "practice-portal.log")?)
            .kill_on_drop(true)
            .spawn()?;
        let standard_input = child.stdin.take().ok_or_else(no_pipe)?;
        let standard_output = child.stdout.take().ok_or_else(no_pipe)?;
        let mut standard_output = BufReader::new(standard_output.take(LONGEST_READY_LINE));
        let mut line = Vec::new();
        match tokio::time::timeout(PATIENCE, standard_output.read_until(b'\n', &mut line)).await {
            Err(_elapsed) => return Err(PracticePortalError::TookTooLong),
            Ok(read) => read?,
        };
        if line.is_empty() {
            return Err(PracticePortalError::Ended(child.wait().await?));
        }
        let ready = serde_json::from_slice(&line).map_err(PracticePortalError::NotReady)?;
        tracing::info!(?ready, "the practice portal is ready");
        Ok(Self { child, _standard_input: standard_input, _standard_output: standard_output, ready })
    }

    /// Where the portal is.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// False once the process has ended.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

fn no_pipe() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "no pipe to the practice portal")
}

fn program_beside_this_one() -> Result<PathBuf, PracticePortalError> {
    let program = std::env::current_exe()?.with_file_name(format!("portal{EXE_SUFFIX}"));
    if program.is_file() { Ok(program) } else { Err(PracticePortalError::Missing(program)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portals_ready_line_is_read() {
        let line =
            br#"{"portal":"https://localhost:1","status":"http://localhost:2","trust_anchor":"/data/anchor.pem"}"#;
        let ready: Ready = serde_json::from_slice(line).expect("a ready line");
        assert_eq!(
            ready,
            Ready { portal: "https://localhost:1".into(), trust_anchor: PathBuf::from("/data/anchor.pem") }
        );
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_portal_that_says_something_else_is_not_taken_for_ready() {
        let data = tempfile::tempdir().expect("a folder");
        let outcome = PracticePortal::start_once(Path::new("/bin/echo"), data.path()).await;
        assert!(matches!(outcome, Err(PracticePortalError::NotReady(_))));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_portal_that_ends_at_once_is_told_apart_from_one_that_talks_nonsense() {
        let data = tempfile::tempdir().expect("a folder");
        let outcome = PracticePortal::start_once(Path::new("/bin/false"), data.path()).await;
        assert!(matches!(outcome, Err(PracticePortalError::Ended(status)) if !status.success()));
    }
}
