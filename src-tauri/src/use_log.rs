//! The log of how keys were used: as the window shows it, and as a file to keep or to hand to whoever looks into it.

use crate::composition::Desktop;
use crate::documents::{self, SavedFile};
use crate::error::DesktopError;
use crate::view::{KeyPurposeView, LoggedKeyUseView, UseLogStateView, UseLogView};
use lifecycle::{KeyId, KeyPurpose, KeyUse, LoggedKeyUse, UseLogState};
use serde::Serialize;
use tauri::AppHandle;

/// Most lines that the window shows.
const MOST_SHOWN: u32 = 1000;

/// Most lines that are saved, the latest ones: some 30 MB.
const MOST_SAVED: u32 = 100_000;

/// What the file is called.
const FILE: SavedFile = SavedFile { name: "brug-af-nøglen.jsonl", format: "JSON Lines", ending: "jsonl" };

/// The log as the window shows it.
///
/// # Errors
/// Where there is no guide, or its journal cannot be read.
pub async fn read(desktop: &Desktop) -> Result<UseLogView, DesktopError> {
    let composed = desktop.at_hand().await?;
    let log = composed.guide().use_log(MOST_SHOWN).await?;
    let journey = composed.guide().current().await?;
    let key = journey.as_ref().and_then(|journey| journey.step.key()).map(|key| key.id);
    Ok(UseLogView { lines: log.lines.iter().map(|line| line_view(line, key)).collect(), state: log.state.into() })
}

/// Saves the log where the person chooses; gives back the file's name, or `None` where they chose none.
///
/// # Errors
/// As [`read`], and [`DesktopError::Document`].
pub async fn save(desktop: &Desktop, app: &AppHandle) -> Result<Option<String>, DesktopError> {
    let log = desktop.at_hand().await?.guide().use_log(MOST_SAVED).await?;
    Ok(documents::save_bytes(desktop, app, &FILE, json_lines(&log.lines).as_bytes()).await?)
}

/// A line of the file.
#[derive(Serialize)]
struct SavedLine<'a> {
    number: u64,
    #[serde(flatten)]
    key_use: &'a KeyUse,
    /// Lower-case hexadecimal; see `lifecycle::UseLogChain`.
    hash: Option<String>,
}

/// One JSON object a line, the oldest first, so that the hashes can be followed. `lines` has the newest first.
fn json_lines(lines: &[LoggedKeyUse]) -> String {
    let mut text = String::new();
    for LoggedKeyUse { number, key_use, hash } in lines.iter().rev() {
        let hash = hash.map(|hash| hash.iter().map(|byte| format!("{byte:02x}")).collect());
        let line = serde_json::to_string(&SavedLine { number: *number, key_use, hash });
        text.push_str(&line.expect("a line has text keys only"));
        text.push('\n');
    }
    text
}

fn line_view(line: &LoggedKeyUse, key_of_the_journey: Option<KeyId>) -> LoggedKeyUseView {
    let KeyUse { key, purpose, at, portal, document, program_version, refused } = &line.key_use;
    LoggedKeyUseView {
        number: line.number,
        purpose: (*purpose).into(),
        at: *at,
        portal: portal.clone(),
        document: document.map(|document| document.to_string()),
        program_version: program_version.clone(),
        refused: refused.map(|problem| problem.name().to_owned()),
        of_this_journey: key_of_the_journey == Some(*key),
    }
}

impl From<KeyPurpose> for KeyPurposeView {
    fn from(purpose: KeyPurpose) -> Self {
        match purpose {
            KeyPurpose::CertificationRequest => Self::CertificationRequest,
            KeyPurpose::DeviceRegistration => Self::DeviceRegistration,
            KeyPurpose::DeclarationSignature => Self::DeclarationSignature,
            KeyPurpose::DeclarationSubmission => Self::DeclarationSubmission,
            KeyPurpose::PasswordChange => Self::PasswordChange,
            KeyPurpose::KeyImport => Self::KeyImport,
            KeyPurpose::KeyExport => Self::KeyExport,
            KeyPurpose::Renewal => Self::Renewal,
            KeyPurpose::Revocation => Self::Revocation,
        }
    }
}

impl From<UseLogState> for UseLogStateView {
    fn from(state: UseLogState) -> Self {
        match state {
            UseLogState::Intact => Self::Intact,
            UseLogState::Altered { number } => Self::Altered { number },
            UseLogState::CutOff { number } => Self::CutOff { number },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use lifecycle::{ProblemCode, UseLogChain};
    use uuid::Uuid;

    fn lines() -> Vec<LoggedKeyUse> {
        let mut chain = UseLogChain::default();
        let mut lines: Vec<LoggedKeyUse> = [None, Some(ProblemCode::PasswordWrong)]
            .into_iter()
            .map(|refused| {
                chain.bind(KeyUse {
                    key: KeyId(Uuid::from_u128(7)),
                    purpose: KeyPurpose::DeclarationSignature,
                    at: DateTime::from_timestamp(1_795_000_000, 5).expect("a time"),
                    portal: "https://portal.example".into(),
                    document: None,
                    program_version: "1.0.0".into(),
                    refused,
                })
            })
            .collect();
        lines.reverse();
        lines
    }

    #[test]
    fn the_saved_log_can_be_checked_line_by_line_with_nothing_else_at_hand() {
        let saved = json_lines(&lines());
        let mut chain = UseLogChain::default();
        for (line, number) in saved.lines().zip(1_u64..) {
            let mut read: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let hash = read["hash"].take();
            assert_eq!(read["number"], number);
            let key_use = serde_json::from_value::<KeyUse>(read).expect("a use of a key");
            let bound = chain.bind(key_use).hash.expect("it is bound");
            let expected: String = bound.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hash, expected);
        }
        assert_eq!(saved.lines().count(), 2);
    }

    #[test]
    fn a_line_says_whether_it_is_about_the_key_in_use_and_why_it_was_refused() {
        let lines = lines();
        let view = line_view(&lines[0], Some(KeyId(Uuid::from_u128(7))));
        assert!(view.of_this_journey);
        assert_eq!(view.refused.as_deref(), Some("password-wrong"));
        assert!(!line_view(&lines[0], None).of_this_journey);
    }
}
