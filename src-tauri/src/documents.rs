//! The documents that a person can open and keep: declaration, receipt, terms.

use crate::composition::{Desktop, DesktopGuide, SystemClock};
use crate::error::DesktopError;
use crate::log_file::private_folder;
use crate::view::DocumentView;
use lifecycle::DocumentKind;
use lifecycle::ports::Clock;
use std::io;
use std::path::{Path, PathBuf};
use tauri::AppHandle;
use tauri_plugin_dialog::DialogExt;
use thiserror::Error;

/// Why a document could not be opened or saved.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// There is no such document yet.
    #[error("there is no such document yet")]
    Absent,
    /// The terms could not be made into a document.
    #[error("the terms could not be made into a document")]
    Terms(#[source] declaration::DeclarationError),
    /// Its file could not be written.
    #[error("{path} could not be written")]
    NotWritten {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file could not be deleted.
    #[error("{path} could not be deleted")]
    NotDeleted {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The place that was chosen is not a file on this computer.
    #[error("the place that was chosen is not a file on this computer")]
    NotAFile,
    /// The save dialog ended without an answer.
    #[error("the save dialog ended without an answer")]
    NoAnswer,
    /// There is no program on this computer that opens PDF.
    #[error("no program on this computer opens PDF")]
    NoViewer,
    /// The viewer could not be started.
    #[error("the viewer could not be started")]
    ViewerNotStarted(#[source] tauri_plugin_opener::Error),
}

/// Opens a private copy of the document in the computer's own viewer.
///
/// # Errors
/// [`DesktopError::Document`], and as the use case fails.
pub async fn open(desktop: &Desktop, document: DocumentView) -> Result<(), DesktopError> {
    let bytes = bytes_of(desktop.turn().await?.guide(), document).await?;
    let folder = copies(desktop.data());
    let path = folder.join(file_name(document));
    let written = match private_folder(&folder) {
        Ok(()) => tokio::fs::write(&path, bytes).await,
        Err(error) => Err(error),
    };
    written.map_err(|source| DocumentError::NotWritten { path: path.clone(), source })?;
    if !has_viewer().await {
        return Err(DocumentError::NoViewer.into());
    }
    Ok(tauri_plugin_opener::open_path(&path, None::<&str>).map_err(DocumentError::ViewerNotStarted)?)
}

/// Saves the document where the person chooses; gives back the file's name, or `None` where they chose none.
///
/// # Errors
/// [`DesktopError::Document`], and as the use case fails.
pub async fn save(desktop: &Desktop, app: &AppHandle, document: DocumentView) -> Result<Option<String>, DesktopError> {
    let bytes = bytes_of(desktop.turn().await?.guide(), document).await?;
    Ok(save_bytes(desktop, app, &SavedFile { name: file_name(document), format: "PDF", ending: "pdf" }, &bytes).await?)
}

/// What a file is called that is saved, where the person chooses nothing else.
pub struct SavedFile {
    /// Its whole name.
    pub name: &'static str,
    /// The name of its format.
    pub format: &'static str,
    /// How names of the format end.
    pub ending: &'static str,
}

/// Saves the bytes where the person chooses; gives back the file's name, or `None` where they chose none.
///
/// # Errors
/// [`DocumentError`].
pub async fn save_bytes(
    desktop: &Desktop,
    app: &AppHandle,
    file: &SavedFile,
    bytes: &[u8],
) -> Result<Option<String>, DocumentError> {
    let Some(path) = place_to_save(desktop, app, file).await? else { return Ok(None) };
    tokio::fs::write(&path, bytes).await.map_err(|source| DocumentError::NotWritten { path: path.clone(), source })?;
    Ok(path.file_name().map(|name| name.to_string_lossy().into_owned()))
}

/// Where the person wants a file saved; `None` where they chose no place.
///
/// # Errors
/// [`DocumentError`].
pub async fn place_to_save(
    desktop: &Desktop,
    app: &AppHandle,
    file: &SavedFile,
) -> Result<Option<PathBuf>, DocumentError> {
    match desktop.save_to() {
        Some(folder) => Ok(Some(folder.join(file.name))),
        None => chosen_path(app, file).await,
    }
}

/// Removes the copies that were opened earlier: they hold personal data.
pub fn remove_copies(data: &Path) {
    match std::fs::remove_dir_all(copies(data)) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(%error, "the opened copies of documents could not be removed"),
    }
}

fn copies(data: &Path) -> PathBuf {
    data.join("opened")
}

fn file_name(document: DocumentView) -> &'static str {
    match document {
        DocumentView::Declaration => "sikkerhedserklæring.pdf",
        DocumentView::Receipt => "kvittering.pdf",
        DocumentView::Terms => "vilkår.pdf",
    }
}

async fn bytes_of(guide: &DesktopGuide, document: DocumentView) -> Result<Vec<u8>, DesktopError> {
    let kind = match document {
        DocumentView::Declaration => DocumentKind::Declaration,
        DocumentView::Receipt => DocumentKind::Receipt,
        DocumentView::Terms => {
            let documents = guide.terms().await?;
            let binding = documents.first().ok_or(DesktopError::NoTerms)?;
            return Ok(declaration::render_terms(binding, SystemClock.now()).map_err(DocumentError::Terms)?);
        }
    };
    Ok(guide.document(kind).await?.ok_or(DocumentError::Absent)?)
}

async fn chosen_path(app: &AppHandle, file: &SavedFile) -> Result<Option<PathBuf>, DocumentError> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    app.dialog().file().set_file_name(file.name).add_filter(file.format, &[file.ending]).save_file(move |chosen| {
        // Nobody waits any more where the window was closed meanwhile.
        let _ = answer.send(chosen);
    });
    let Some(chosen) = answered.await.map_err(|_| DocumentError::NoAnswer)? else {
        return Ok(None);
    };
    chosen.into_path().map(Some).map_err(|_| DocumentError::NotAFile)
}

/// Opening hands the document to the desktop and hears no more of it, so whether anything opens PDF is asked first.
/// Where that cannot be asked, it is tried.
#[cfg(target_os = "linux")]
async fn has_viewer() -> bool {
    let question = tokio::process::Command::new("xdg-mime")
        .args(["query", "default", "application/pdf"])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .output();
    match tokio::time::timeout(std::time::Duration::from_secs(5), question).await {
        Ok(Ok(answer)) if answer.status.success() => !answer.stdout.trim_ascii().is_empty(),
        Ok(Ok(_)) | Ok(Err(_)) | Err(_) => true,
    }
}

#[cfg(not(target_os = "linux"))]
async fn has_viewer() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opened_copies_are_gone_after_the_next_start_and_a_start_without_any_is_no_trouble() {
        let data = tempfile::tempdir().expect("a folder");
        remove_copies(data.path());
        private_folder(&copies(data.path())).expect("a folder");
        std::fs::write(copies(data.path()).join("kvittering.pdf"), b"%PDF").expect("a copy");
        remove_copies(data.path());
        assert!(!copies(data.path()).exists());
    }
}
