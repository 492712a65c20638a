//! A certificate file with a key: chosen, read and deleted here. The window has its name and what the certificates in it
//! say, and nothing else of it.

use crate::composition::Desktop;
use crate::documents::{self, DocumentError, SavedFile};
use crate::error::DesktopError;
use crate::view::{ChosenContainerView, ContainerCertificateView, ContainerView, ExaminationView};
use lifecycle::ports::{KeyContainer, KeyStoreError};
use lifecycle::{Enrolled, JourneyError, Password, Progress, employee_certificates};
use pki::Certificate;
use pki::container::{self, Container, ContainerError, MAXIMUM_CONTAINER_BYTES};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tauri::AppHandle;
use tauri_plugin_dialog::DialogExt;
use zeroize::Zeroizing;

/// What an export is called, where the person chooses nothing else.
const FILE: SavedFile = SavedFile { name: "medarbejdercertifikat.p12", format: "PKCS#12", ending: "p12" };

/// The file that was chosen last.
#[derive(Default)]
pub struct ChosenContainer(Mutex<Option<Arc<ContainerFile>>>);

struct ContainerFile {
    path: PathBuf,
    bytes: Zeroizing<Vec<u8>>,
}

impl ChosenContainer {
    fn chosen(&self) -> Result<Arc<ContainerFile>, DesktopError> {
        let chosen = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        chosen.ok_or_else(|| JourneyError::WrongStep.into())
    }

    /// Forgets the file. It stays where it is.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Lets the person choose a file, and reads it; `None` where they chose none.
///
/// # Errors
/// Where it cannot be read, or is larger than a certificate file.
pub async fn choose(desktop: &Desktop, app: &AppHandle) -> Result<Option<ChosenContainerView>, DesktopError> {
    let path = match desktop.open_from() {
        Some(path) => path.to_owned(),
        None => match chosen_path(app).await? {
            Some(path) => path,
            None => return Ok(None),
        },
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = read_bounded(&path).map_err(|error| damaged(&error.to_string()))?;
    let file = Arc::new(ContainerFile { path, bytes });
    *desktop.container().0.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
    Ok(Some(ChosenContainerView { name }))
}

/// What is in the file.
///
/// # Errors
/// Where the password does not open it, or it is none of ours.
pub async fn look(desktop: &Desktop, container_password: Password) -> Result<ContainerView, DesktopError> {
    let container = opened(&desktop.container().chosen()?, container_password).await?.0;
    let mut certificates = Vec::new();
    for certificate in employee_certificates(&container.certificates) {
        // The examination of the one that is asked about, with all others at hand.
        let others = container.certificates.iter().filter(|other| *other != certificate);
        let all: Vec<Certificate> = std::iter::once(certificate).chain(others).cloned().collect();
        if let Some(examination) = desktop.examine_first(&all).await {
            let description = certificate.description();
            certificates.push(ContainerCertificateView {
                common_name: description.common_name.clone(),
                organisation: description.organisation.clone().unwrap_or_default(),
                certificate: certificate.into(),
                examination: ExaminationView::from(&examination),
            });
        }
    }
    Ok(ContainerView { certificates })
}

/// Takes the certificate with its key out of the file, and registers this computer for it. Where a certificate from a
/// file waits to be registered already, only that is done.
///
/// # Errors
/// As [`lifecycle::Guide::import`] and [`lifecycle::Guide::enrol`].
pub async fn import(
    desktop: &Desktop,
    container_password: Password,
    serial_number: Option<&str>,
    password: &Password,
    progress: &Progress<'_>,
) -> Result<Enrolled, DesktopError> {
    let turn = desktop.turn().await?;
    if turn.guide().current().await?.is_none() {
        let file = desktop.container().chosen()?;
        let (container, container_password) = opened(&file, container_password).await?;
        let key_container = KeyContainer { bytes: &file.bytes, password: &container_password };
        turn.guide().import(&key_container, &container.certificates, serial_number, password, progress).await?;
    }
    Ok(turn.guide().enrol(password, None, progress).await?)
}

/// Deletes the file that was chosen, if it still is what was read.
///
/// # Errors
/// Where it is another file by now, or cannot be deleted.
pub async fn delete(desktop: &Desktop) -> Result<(), DesktopError> {
    let file = desktop.container().chosen()?;
    let not_deleted = |source| DocumentError::NotDeleted { path: file.path.clone(), source };
    let still = read_bounded(&file.path).map_err(not_deleted)?;
    if *still != *file.bytes {
        return Err(not_deleted(io::Error::other("the file is another one by now")).into());
    }
    fs::remove_file(&file.path).map_err(not_deleted)?;
    desktop.container().forget();
    Ok(())
}

/// Copies certificate and key into a file, where the person chooses; gives back the file's name, or `None` where they
/// chose none.
///
/// # Errors
/// As [`lifecycle::Guide::export`], and where the file cannot be written.
pub async fn export(
    desktop: &Desktop,
    app: &AppHandle,
    password: &Password,
    container_password: &Password,
    progress: &Progress<'_>,
) -> Result<Option<String>, DesktopError> {
    // Where it goes is asked first: a copy that was made and is kept nowhere would stand in the log, and nothing else
    // may wait for an answer to a dialog.
    let Some(path) = documents::place_to_save(desktop, app, &FILE).await? else { return Ok(None) };
    let turn = desktop.turn().await?;
    let container = Zeroizing::new(turn.guide().export(password, container_password, progress).await?);
    write_private(&path, &container).map_err(|source| DocumentError::NotWritten { path: path.clone(), source })?;
    Ok(path.file_name().map(|name| name.to_string_lossy().into_owned()))
}

/// Opens the file with its own password; both come back.
async fn opened(file: &Arc<ContainerFile>, password: Password) -> Result<(Container, Password), DesktopError> {
    let file = Arc::clone(file);
    // A file under a password is made to take its time.
    let reading = tauri::async_runtime::spawn_blocking(move || {
        let container = container::read(&file.bytes, Some(password.expose()));
        (container, password)
    });
    let (container, password) = reading.await.map_err(DesktopError::Interrupted)?;
    match container {
        Ok(container) => Ok((container, password)),
        Err(
            ContainerError::PasswordNeeded | ContainerError::PasswordWrong | ContainerError::PasswordTooLong { .. },
        ) => Err(JourneyError::from(KeyStoreError::ContainerLocked).into()),
        Err(error) => Err(damaged(&error.to_string())),
    }
}

fn damaged(reason: &str) -> DesktopError {
    JourneyError::from(KeyStoreError::ContainerDamaged(reason.into())).into()
}

fn read_bounded(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let most = MAXIMUM_CONTAINER_BYTES as u64;
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    // As large as it can be from the beginning: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAXIMUM_CONTAINER_BYTES + 1));
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(io::Error::from(io::ErrorKind::FileTooLarge)) } else { Ok(bytes) }
}

/// Writes a file that only its owner may read, where there is none or over an older one.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(format!("p12.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&draft).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let written = written.and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // Half a copy of a key helps nobody.
        let _ = fs::remove_file(&draft);
    }
    written
}

async fn chosen_path(app: &AppHandle) -> Result<Option<PathBuf>, DocumentError> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    app.dialog().file().add_filter("PKCS#12", &["p12", "pfx"]).pick_file(move |path| {
        // Nobody waits any more where the window was closed.
        let _ = answer.send(path);
    });
    match answered.await.map_err(|_| DocumentError::NoAnswer)? {
        Some(path) => Ok(Some(path.into_path().map_err(|_| DocumentError::NotAFile)?)),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_large_or_no_file_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let large = folder.path().join("large.p12");
        fs::write(&large, vec![0; MAXIMUM_CONTAINER_BYTES + 1]).expect("written");
        assert_eq!(read_bounded(&large).expect_err("too large").kind(), io::ErrorKind::FileTooLarge);
        assert!(read_bounded(folder.path()).is_err());
        fs::write(&large, b"small").expect("written");
        assert_eq!(**read_bounded(&large).expect("it is read"), *b"small");
    }

    #[cfg(unix)]
    #[test]
    fn a_copy_of_a_key_is_for_its_owner_alone_and_leaves_no_draft() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("copy.p12");
        for content in [&b"one"[..], b"two"] {
            write_private(&path, content).expect("written");
            assert_eq!(fs::read(&path).expect("read"), content);
        }
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
    }
}
