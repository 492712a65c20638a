//! Files in and out: bounded, and never one over another.

use crate::failure::UsageError;
use declaration::terms::{TERMS_LIMIT, TermsDocument};
use pki::container::{self, Container, ContainerError, MAXIMUM_CONTAINER_BYTES};
use pki::{Certificate, MAXIMUM_REVOCATION_LIST_BYTES, TrustAnchor, UnverifiedRevocationList};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// Folder of the program within the person's data folder; the window has the same one.
const FOLDER: &str = "dk.certifikatguide.desktop";

/// The trust anchor's file within the data folder.
const TRUST_ANCHOR: &str = "trust-anchor.pem";

/// Reads a file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, UsageError> {
    let unreadable = |error| UsageError::FileUnreadable(path.to_owned(), error);
    let file = File::open(path).map_err(unreadable)?;
    // Asked first, so that gigabytes are refused without being read; `take` bounds what has no size.
    if file.metadata().map_err(unreadable)?.len() > limit as u64 {
        return Err(UsageError::FileTooLarge(path.to_owned()));
    }
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > limit { Err(UsageError::FileTooLarge(path.to_owned())) } else { Ok(bytes) }
}

/// Writes a new file.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), UsageError> {
    let unwritable = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => UsageError::FileExists(path.to_owned()),
        _ => UsageError::FileUnwritable(path.to_owned(), error),
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(unwritable)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(unwritable)
}

/// A new file for its owner alone, made before it is known what will be in it. It goes again where nothing comes.
pub(crate) struct NewFile {
    path: PathBuf,
    file: Option<File>,
}

impl NewFile {
    /// Makes the file.
    ///
    /// # Errors
    /// [`UsageError::FileExists`] where there is one, else [`UsageError::FileUnwritable`].
    pub(crate) fn make(path: &Path) -> Result<Self, UsageError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => UsageError::FileExists(path.to_owned()),
            _ => UsageError::FileUnwritable(path.to_owned(), error),
        })?;
        Ok(Self { path: path.to_owned(), file: Some(file) })
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// [`UsageError::FileUnwritable`]; the file is gone then.
    pub(crate) fn fill(mut self, bytes: &[u8]) -> Result<(), UsageError> {
        if let Some(file) = &mut self.file {
            file.write_all(bytes)
                .and_then(|()| file.sync_all())
                .map_err(|error| UsageError::FileUnwritable(self.path.clone(), error))?;
        }
        self.file = None;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // Half a copy of a key helps nobody; what cannot be removed is empty or told of already.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// What a file of certificates holds, whatever its format; there is at least one certificate. `password` is for PKCS #12.
pub(crate) fn container(path: &Path, password: Option<&str>) -> Result<Container, UsageError> {
    let bytes = read(path, MAXIMUM_CONTAINER_BYTES)?;
    container::read(&bytes, password).map_err(|error| match error {
        ContainerError::NotRecognised | ContainerError::NoCertificate { .. } => {
            UsageError::NoCertificate(path.to_owned())
        }
        other => UsageError::CertificateFile(path.to_owned(), other),
    })
}

/// The certificates in a file that needs no password. There is at least one.
pub(crate) fn certificates(path: &Path) -> Result<Vec<Certificate>, UsageError> {
    Ok(container(path, None)?.certificates)
}

/// The revocation list in a file, DER or PEM, read but not verified.
pub(crate) fn revocation_list(path: &Path) -> Result<UnverifiedRevocationList<Vec<u8>>, UsageError> {
    let bytes = read(path, MAXIMUM_REVOCATION_LIST_BYTES)?;
    let list = if bytes.starts_with(b"-----") {
        UnverifiedRevocationList::from_pem(&bytes)
    } else {
        UnverifiedRevocationList::from_der(bytes)
    };
    list.map_err(|error| UsageError::RevocationList(path.to_owned(), error))
}

/// The trust anchors in the files.
pub(crate) fn trust_anchors(paths: &[PathBuf]) -> Result<Vec<TrustAnchor>, UsageError> {
    let mut anchors = Vec::new();
    for path in paths {
        let certificates = certificates(path).map_err(|error| match error {
            UsageError::NoCertificate(path) => UsageError::NoTrustAnchor(path),
            other => other,
        })?;
        anchors.extend(certificates.into_iter().map(TrustAnchor::new));
    }
    Ok(anchors)
}

/// The terms in a file.
pub(crate) fn terms(path: &Path) -> Result<TermsDocument, UsageError> {
    let bytes = read(path, TERMS_LIMIT)?;
    TermsDocument::from_bytes(&bytes).map_err(|error| UsageError::NoTerms(path.to_owned(), error))
}

/// The folder in which the journey is kept.
pub(crate) struct DataFolder(PathBuf);

impl DataFolder {
    /// The folder that was named, else the window's own (Tauri's `app_local_data_dir`):
    /// `$XDG_DATA_HOME/dk.certifikatguide.desktop`, on Windows below `%LOCALAPPDATA%`.
    ///
    /// # Errors
    /// [`UsageError::NoDataFolder`] where none was named and the person has none.
    pub(crate) fn resolve(
        named: Option<PathBuf>,
        environment: impl Fn(&str) -> Option<std::ffi::OsString>,
    ) -> Result<Self, UsageError> {
        if let Some(named) = named {
            return Ok(Self(named));
        }
        // The XDG specification: a relative path is to be ignored.
        let absolute = |name: &str| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = if cfg!(target_os = "windows") {
            absolute("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            absolute("HOME").map(|home| home.join("Library/Application Support"))
        } else {
            absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        };
        base.map(|base| Self(base.join(FOLDER))).ok_or(UsageError::NoDataFolder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Makes the folder, for its owner only, where it is not there.
    pub(crate) fn create(&self) -> Result<(), UsageError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0).map_err(|error| UsageError::FileUnwritable(self.0.clone(), error))
    }

    /// The trust anchor that was remembered at enrolment.
    ///
    /// # Errors
    /// [`UsageError::TrustAnchorForgotten`].
    pub(crate) fn trust_anchor(&self) -> Result<TrustAnchor, UsageError> {
        let forgotten = |_| UsageError::TrustAnchorForgotten(self.0.clone());
        let pem = read(&self.0.join(TRUST_ANCHOR), MAXIMUM_CONTAINER_BYTES).map_err(forgotten)?;
        TrustAnchor::from_pem(&pem).map_err(|_| UsageError::TrustAnchorForgotten(self.0.clone()))
    }

    /// Remembers the trust anchor for later calls, whole or not at all.
    pub(crate) fn remember_trust_anchor(&self, anchor: &TrustAnchor) -> Result<(), UsageError> {
        let place = self.0.join(TRUST_ANCHOR);
        let draft = self.0.join(format!("{TRUST_ANCHOR}.{}", std::process::id()));
        fs::write(&draft, anchor.certificate().to_pem())
            .and_then(|()| fs::rename(&draft, &place))
            .map_err(|error| UsageError::FileUnwritable(place, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    #[test]
    fn a_named_folder_wins_and_the_persons_own_comes_next() {
        let environment = |name: &str| match name {
            "HOME" => Some(OsString::from("/home/oevebruger")),
            "LOCALAPPDATA" => Some(OsString::from("C:\\Users\\oevebruger\\AppData\\Local")),
            "APPDATA" => Some(OsString::from("C:\\Users\\oevebruger\\AppData\\Roaming")),
            "XDG_DATA_HOME" => Some(OsString::from("relative/and/ignored")),
            _ => None,
        };
        let named = DataFolder::resolve(Some("here".into()), environment).expect("a folder");
        assert_eq!(named.path(), Path::new("here"));
        if cfg!(target_os = "linux") {
            let own = DataFolder::resolve(None, environment).expect("a folder");
            assert_eq!(own.path(), Path::new("/home/oevebruger/.local/share/dk.certifikatguide.desktop"));
        }
        if cfg!(target_os = "windows") {
            let own = DataFolder::resolve(None, environment).expect("a folder");
            let expected = Path::new("C:\\Users\\oevebruger\\AppData\\Local").join(FOLDER);
            assert_eq!(own.path(), expected, "what roams between computers is no place for this computer's journey");
        }
        assert!(matches!(DataFolder::resolve(None, |_| None), Err(UsageError::NoDataFolder)));
    }

    #[test]
    fn an_existing_file_is_never_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("declaration.pdf");
        write_new(&path, b"first").expect("a new file");
        assert!(matches!(write_new(&path, b"second"), Err(UsageError::FileExists(_))));
        assert_eq!(read(&path, 10).expect("the file"), b"first");
    }

    #[test]
    fn a_new_file_is_for_its_owner_alone_and_goes_where_nothing_comes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("copy.p12");
        drop(NewFile::make(&path).expect("a new file"));
        assert!(!path.exists());
        NewFile::make(&path).expect("a new file").fill(b"a copy").expect("written");
        assert_eq!(read(&path, 10).expect("the file"), b"a copy");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        }
        assert!(matches!(NewFile::make(&path), Err(UsageError::FileExists(_))));
        assert_eq!(read(&path, 10).expect("the file"), b"a copy", "it is as it was");
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("large");
        fs::write(&path, [0; 11]).expect("a file");
        assert!(matches!(read(&path, 10), Err(UsageError::FileTooLarge(_))));
    }

    #[test]
    fn a_forgotten_trust_anchor_is_said_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = DataFolder::resolve(Some(folder.path().into()), |_| None).expect("a folder");
        assert!(matches!(data.trust_anchor(), Err(UsageError::TrustAnchorForgotten(_))));
    }
}
