//! A copy of an SQLite database while the portal runs.

use super::database::is_postgresql;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use thiserror::Error;

/// Why there is no backup.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BackupError {
    /// PostgreSQL has its own programs for it.
    #[error("a PostgreSQL database is backed up with pg_dump")]
    PostgreSql,
    /// The file is there already, or cannot be made.
    #[error("cannot make {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The path of the file is not Unicode, as SQLite wants it.
    #[error("the path {path} is not Unicode")]
    Path {
        /// Which.
        path: PathBuf,
    },
    /// The database could not be read, or the copy not be written.
    #[error("the database cannot be copied")]
    Database(#[from] sqlx::Error),
    /// The copy was read and is not sound.
    #[error("the copy of the database is damaged: {0}")]
    Damaged(Box<str>),
}

/// Copies the database as it is at one moment into a new `file` for its owner only, and reads the copy through. The portal
/// may run and write meanwhile. The keys beside the database are not in it.
///
/// # Errors
/// [`BackupError`]; then there is no file.
pub async fn back_up(data: &Path, database: Option<&str>, file: &Path) -> Result<(), BackupError> {
    let options = match database {
        Some(url) if is_postgresql(url) => return Err(BackupError::PostgreSql),
        Some(url) => SqliteConnectOptions::from_str(url)?,
        None => SqliteConnectOptions::new().filename(data.join("portal.sqlite")),
    };
    let path = file.to_str().ok_or_else(|| BackupError::Path { path: file.to_path_buf() })?;
    let failed = |source| BackupError::File { path: file.to_path_buf(), source };
    // SQLite takes a file that is there and empty, and leaves its mode.
    private(file).map_err(failed)?;
    let copied = copy(options, path).await;
    if copied.is_err() {
        // What matters is told already.
        let _ = fs::remove_file(file);
    }
    copied?;
    File::open(file).and_then(|file| file.sync_all()).map_err(failed)
}

async fn copy(options: SqliteConnectOptions, path: &str) -> Result<(), BackupError> {
    let mut connection = options.create_if_missing(false).connect().await?;
    sqlx::query("VACUUM INTO $1").bind(path).execute(&mut connection).await?;
    connection.close().await?;
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(false).immutable(true);
    let mut copy: SqliteConnection = options.connect().await?;
    let found: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut copy).await?;
    copy.close().await?;
    if found == "ok" { Ok(()) } else { Err(BackupError::Damaged(found.into())) }
}

fn private(file: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(file)
}
