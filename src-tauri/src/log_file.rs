//! The log: a file in the data folder that a person can send to the support. Secrets never reach it, since no type
//! that holds one can be written.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tracing_subscriber::EnvFilter;

/// Bytes from which on a log is put aside at the next start; so there are at most about two of these.
const LONGEST: u64 = 1024 * 1024;

/// Folder of the logs in the data folder.
pub fn folder(data: &Path) -> PathBuf {
    data.join("log")
}

/// Opens the log `name` in the folder of logs for appending; puts a long one aside.
///
/// # Errors
/// As the file system fails.
pub fn open(data: &Path, name: &str) -> io::Result<File> {
    let folder = folder(data);
    private_folder(&folder)?;
    let path = folder.join(name);
    if fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LONGEST) {
        fs::rename(&path, path.with_extension("previous.log"))?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// Writes everything that is logged from here on to the program's own log file. `RUST_LOG` chooses more or less.
///
/// # Errors
/// As the file system fails.
pub fn write_to_file(data: &Path) -> io::Result<()> {
    let file = open(data, "certifikatguide.log")?;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // A second subscriber would be a mistake of ours, not worth the program's end: the first one goes on.
    let _ = tracing_subscriber::fmt().with_ansi(false).with_env_filter(filter).with_writer(Mutex::new(file)).try_init();
    Ok(())
}

/// Makes a folder that only this user can read, where it is not there yet.
///
/// # Errors
/// As the file system fails.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_put_aside_and_a_short_one_goes_on() {
        let data = tempfile::tempdir().expect("a folder");
        let path = folder(data.path()).join("a.log");
        let file = open(data.path(), "a.log").expect("a new log");
        file.set_len(10).expect("a short log");
        drop(open(data.path(), "a.log").expect("the same log"));
        assert_eq!(fs::metadata(&path).expect("it is there").len(), 10);
        file.set_len(LONGEST + 1).expect("a long log");
        drop(open(data.path(), "a.log").expect("a new log"));
        assert_eq!(fs::metadata(&path).expect("it is there").len(), 0);
        assert!(path.with_extension("previous.log").exists());
    }
}
