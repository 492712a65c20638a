//! Why a command did not reach its end: written to the log once, here, with its whole chain; the window is told the
//! problem's code alone.

use crate::composition::SystemClock;
use crate::documents::DocumentError;
use crate::practice_portal::PracticePortalError;
use crate::view::ProblemView;
use chrono::{DateTime, Utc};
use lifecycle::ports::{Clock, JournalError, PortalError};
use lifecycle::{InvitationInputError, JourneyError, ProblemCode};
use pki::CertificateError;
use portal_client::ClientSetupError;
use std::error::Error;
use std::io;
use std::path::PathBuf;
use tauri::Url;

/// Why a command did not reach its end.
#[derive(Debug, thiserror::Error)]
pub enum DesktopError {
    /// The use case did not.
    #[error(transparent)]
    Journey(#[from] JourneyError),
    /// There is no practice portal.
    #[error("practice portal")]
    PracticePortal(#[from] PracticePortalError),
    /// The trust anchor's file cannot be read.
    #[error("the trust anchor {path} cannot be read")]
    TrustAnchorFile {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The trust anchor's file holds no certificate.
    #[error("the trust anchor {path} is not a certificate")]
    TrustAnchor {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: CertificateError,
    },
    /// The trust anchor could not be kept in the data folder.
    #[error("the trust anchor could not be kept as {path}")]
    TrustAnchorNotKept {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The portal's address, or what it is trusted by, cannot be used.
    #[error("the portal cannot be spoken to")]
    PortalClient(#[from] ClientSetupError),
    /// The portal gave no terms.
    #[error("there are no terms")]
    NoTerms,
    /// Whatever read a file did not come to its end.
    #[error("the file was not read to its end")]
    Interrupted(#[source] tauri::Error),
    /// A document could not be opened or saved.
    #[error("document")]
    Document(#[from] DocumentError),
}

impl From<PortalError> for DesktopError {
    fn from(error: PortalError) -> Self {
        Self::Journey(error.into())
    }
}

impl From<JournalError> for DesktopError {
    fn from(error: JournalError) -> Self {
        Self::Journey(error.into())
    }
}

impl From<InvitationInputError> for DesktopError {
    fn from(error: InvitationInputError) -> Self {
        Self::Journey(error.into())
    }
}

impl DesktopError {
    /// The problem that the person is told about.
    pub fn problem(&self) -> ProblemCode {
        match self {
            Self::Journey(error) => error.problem(),
            Self::PracticePortal(_) => ProblemCode::PracticePortalFailed,
            // The program does not start on a portal of which this is true; the file can only have changed since.
            Self::TrustAnchorFile { .. } | Self::TrustAnchor { .. } | Self::PortalClient(_) => ProblemCode::Unexpected,
            Self::Interrupted(_) => ProblemCode::Unexpected,
            Self::TrustAnchorNotKept { .. } => ProblemCode::JournalUnavailable,
            Self::NoTerms => ProblemCode::TermsNotGenuine,
            Self::Document(_) => ProblemCode::DocumentNotSaved,
        }
    }

    fn tries_left(&self) -> Option<u32> {
        match self {
            Self::Journey(error) => error.tries_left(),
            Self::PracticePortal(_)
            | Self::TrustAnchorFile { .. }
            | Self::TrustAnchor { .. }
            | Self::TrustAnchorNotKept { .. }
            | Self::PortalClient(_)
            | Self::NoTerms
            | Self::Interrupted(_)
            | Self::Document(_) => None,
        }
    }

    fn journey(&self) -> Option<&JourneyError> {
        if let Self::Journey(error) = self { Some(error) } else { None }
    }

    /// The problem that the window shows, at the time `now`.
    fn view(&self, now: DateTime<Utc>) -> ProblemView {
        ProblemView {
            code: self.problem().name().to_owned(),
            tries_left: self.tries_left(),
            silent: self.journey().map(|error| hosts(&error.silent_addresses())).unwrap_or_default(),
            wait_seconds: self.journey().and_then(JourneyError::wait_until).map(|until| seconds(now, until)),
        }
    }
}

/// The hosts of the addresses, each once, in their order; an address without one as it is.
fn hosts(addresses: &[&str]) -> Vec<String> {
    let mut hosts = Vec::new();
    for address in addresses {
        let url = Url::parse(address).ok();
        let host = match url.as_ref().and_then(|url| Some((url.host_str()?, url.port()))) {
            Some((host, Some(port))) => format!("{host}:{port}"),
            Some((host, None)) => host.to_owned(),
            None => (*address).to_owned(),
        };
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

/// Whole seconds between the two, rounded up; none where the time is over.
fn seconds(now: DateTime<Utc>, until: DateTime<Utc>) -> u32 {
    let milliseconds = (until - now).num_milliseconds().max(0);
    u32::try_from(milliseconds.saturating_add(999) / 1000).unwrap_or(u32::MAX)
}

/// Carries the command out. Where it fails, its error is written to the log, and the window gets the problem of it.
///
/// # Errors
/// The problem that the window shows.
pub async fn reported<T>(
    command: &'static str,
    act: impl Future<Output = Result<T, DesktopError>>,
) -> Result<T, ProblemView> {
    act.await.map_err(|error| {
        tracing::warn!(command, problem = error.problem().name(), "{}", whole_chain(&error));
        error.view(SystemClock.now())
    })
}

/// The error and everything that led to it, one after another.
pub fn whole_chain(error: &dyn Error) -> String {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain.push_str(": ");
        chain.push_str(&cause.to_string());
        source = cause.source();
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use lifecycle::ports::Refusal;

    #[tokio::test]
    async fn a_wrong_code_tells_the_window_how_many_tries_are_left() {
        let refusal = Refusal::CodeWrong { tries_left: 3 };
        let error = DesktopError::from(PortalError::Refused { refusal, detail: "".into() });
        let view = reported("open_invitation", async { Err::<(), _>(error) }).await.expect_err("it failed");
        assert_eq!((view.code.as_str(), view.tries_left), ("code-wrong", Some(3)));
    }

    #[test]
    fn who_did_not_answer_is_named_by_host_and_once() {
        let addresses = ["https://portal.example", "http://ocsp.example:8080/ocsp", "https://portal.example/ocsp", "?"];
        assert_eq!(hosts(&addresses), ["portal.example", "ocsp.example:8080", "?"]);
    }

    #[test]
    fn whoever_must_wait_is_told_for_how_many_seconds() {
        let now = DateTime::from_timestamp(1_795_000_000, 200_000_000).expect("a time");
        let view = |milliseconds| {
            let until = now + chrono::TimeDelta::milliseconds(milliseconds);
            DesktopError::from(JourneyError::PasswordWait { until }).view(now)
        };
        assert_eq!((view(5_000).code.as_str(), view(5_000).wait_seconds), ("password-wait", Some(5)));
        assert_eq!(view(4_001).wait_seconds, Some(5), "rounded up: a second too early would be refused");
        assert_eq!(view(-1).wait_seconds, Some(0));
        assert_eq!(DesktopError::NoTerms.view(now).wait_seconds, None);
    }

    #[test]
    fn the_log_names_every_cause() {
        let source = io::Error::new(io::ErrorKind::NotFound, "no such file");
        let error = DesktopError::PracticePortal(PracticePortalError::NotStarted(source));
        assert_eq!(whole_chain(&error), "practice portal: the practice portal could not be started: no such file");
    }
}
