//! Opening a journal: nothing is written to a file before it is known to be a sound journal of ours.

use crate::journal::{damaged, journal_error, unavailable};
use crate::rescue::{RescueError, Rescued, rescue, rescue_from};
use crate::write_ahead_log;
use lifecycle::ports::JournalError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The value of `PRAGMA application_id` in a journal: "Cert".
const APPLICATION_ID: i64 = 0x4365_7274;

/// How long a call waits for another process that is writing.
const BUSY: Duration = Duration::from_secs(10);

/// A journal in which SQLite finds nothing wrong, with the lock that is held while one is opened.
pub(crate) struct Opened {
    pub(crate) pool: SqlitePool,
    pub(crate) lock: File,
}

/// Opens the journal at `path`, and makes it where there is none. What can still be read of a damaged one is saved beside
/// it.
pub(crate) async fn open(path: &Path) -> Result<Opened, JournalError> {
    let path = path.to_owned();
    // Two programs that open a new journal at the same moment would both want to make its tables.
    let (path, lock) = tokio::task::spawn_blocking(move || prepare(path)).await.map_err(unavailable)??;
    match open_undamaged(&path).await {
        Ok(pool) => Ok(Opened { pool, lock }),
        Err(JournalError::Damaged(reason)) => {
            let reason = match said(rescue(&path).await) {
                Some(rescue) => format!("{reason}; {rescue}").into(),
                None => reason,
            };
            Err(JournalError::Damaged(reason))
        }
        Err(error) => Err(error),
    }
}

/// Saves what can be read of a journal in which SQLite finds nothing wrong, but not everything is as it was written.
/// Says what became of it. Its lock is held.
pub(crate) async fn rescue_of_values(pool: &SqlitePool, path: &Path) -> Box<str> {
    let rescued = match pool.acquire().await {
        Ok(mut connection) => said(rescue_from(&mut connection, path).await),
        Err(error) => Some(error.to_string()),
    };
    rescued.unwrap_or_else(|| "no document in it can be read".to_owned()).into()
}

/// What became of the documents, where there are any.
fn said(rescue: Result<Option<Rescued>, RescueError>) -> Option<String> {
    match rescue {
        Ok(Some(Rescued { folder, documents })) => {
            Some(format!("documents that can still be read ({documents}) are in {}", folder.display()))
        }
        Ok(None) => None,
        Err(error) => Some(format!("what can still be read could not be saved: {error}")),
    }
}

/// Opens the journal at `path`, whose lock is held where somebody else may want it.
pub(crate) async fn open_undamaged(path: &Path) -> Result<SqlitePool, JournalError> {
    inspect(path).await?;
    restrict_file(path).map_err(unavailable)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .disable_statement_logging();
    // One connection: the calls of one program follow one another, and another program is waited for.
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        // Nothing is gained by closing it now and then; and with neither, the pool has no task that looks after it, which in
        // sqlx 0.9.0 now and then never ends: its count of idle connections can be below zero for a moment.
        .idle_timeout(None)
        .max_lifetime(None)
        // SQLite ends a transaction by itself where the disk is full or fails; sqlx then still counts it as open, and
        // would refuse every later one. Such a connection is replaced.
        .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
        .connect_with(options)
        .await
        .map_err(journal_error)?;
    if let Err(error) = MIGRATIONS.run(&pool).await {
        pool.close().await;
        return Err(migration_error(error));
    }
    Ok(pool)
}

/// Looks at the file through a connection that cannot write.
///
/// One that was cut off while it was being made has a rollback journal, which only a connection that writes can undo.
async fn inspect(path: &Path) -> Result<(), JournalError> {
    inspect_write_ahead_log(&beside(path, "-wal"))?;
    let cut_off = beside(path, "-journal").try_exists().map_err(unavailable)?;
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .read_only(!cut_off)
        .busy_timeout(BUSY)
        .disable_statement_logging()
        .connect()
        .await
        .map_err(inspection_error)?;
    let sound = is_sound(&mut connection).await;
    connection.close().await.map_err(inspection_error)?;
    sound
}

/// SQLite forgets without a word what stands behind a damaged frame.
fn inspect_write_ahead_log(path: &Path) -> Result<(), JournalError> {
    let read = || match fs::read(path) {
        Ok(log) => Ok(log),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(unavailable(error)),
    };
    let log = read()?;
    // Another program may have begun the log anew while it was read: then it is another one at the second look.
    if write_ahead_log::forgets_what_was_recorded(&log) && log == read()? {
        return Err(damaged("the write-ahead log is broken in front of what was recorded"));
    }
    Ok(())
}

async fn is_sound(connection: &mut SqliteConnection) -> Result<(), JournalError> {
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut *connection)
        .await
        .map_err(inspection_error)?;
    if tables == 0 {
        return Ok(());
    }
    let application: i64 =
        sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await.map_err(inspection_error)?;
    let migrated: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'")
            .fetch_one(&mut *connection)
            .await
            .map_err(inspection_error)?;
    // A program that ended between making the table of migrations and the first migration leaves a file of this form.
    let begun = application == 0 && migrated == 1;
    if application != APPLICATION_ID && !begun {
        return Err(damaged("the file is a database, but not a journal"));
    }
    let findings: Vec<String> =
        sqlx::query_scalar("PRAGMA integrity_check(10)").fetch_all(&mut *connection).await.map_err(inspection_error)?;
    if findings != ["ok"] {
        return Err(damaged(&findings.join("; ")));
    }
    let strays =
        sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut *connection).await.map_err(inspection_error)?;
    if strays.is_some() {
        return Err(damaged("a row belongs to a journey that is not there"));
    }
    let newest: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(&mut *connection)
        .await
        .map_err(inspection_error)?;
    let known = MIGRATIONS.iter().map(|migration| migration.version).max();
    if newest > known {
        return Err(JournalError::WrittenByNewerVersion);
    }
    Ok(())
}

/// What is asked while a file is looked at is right: where SQLite takes it for wrong, the file is.
fn inspection_error(error: sqlx::Error) -> JournalError {
    const SQLITE_ERROR: &str = "1";
    match &error {
        sqlx::Error::Database(database) if database.code().as_deref() == Some(SQLITE_ERROR) => {
            damaged(database.message())
        }
        // The enum is open.
        _ => journal_error(error),
    }
}

fn migration_error(error: MigrateError) -> JournalError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => journal_error(error),
        MigrateError::VersionMissing(_) => JournalError::WrittenByNewerVersion,
        MigrateError::VersionMismatch(_) | MigrateError::Dirty(_) => damaged(&error.to_string()),
        // The enum is open; the rest concerns other databases.
        other => unavailable(other),
    }
}

/// Makes folder and file with nobody else allowed in, and takes the lock that is held while a journal is opened.
fn prepare(path: PathBuf) -> Result<(PathBuf, File), JournalError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        create_folder(folder).map_err(unavailable)?;
    }
    let lock = private_file().create(true).truncate(false).open(beside(&path, ".lock")).map_err(unavailable)?;
    lock.lock().map_err(unavailable)?;
    // SQLite makes the files beside it with the permissions of this one. An existing file is not opened here: closing
    // it would drop the locks that this process may hold on it (https://sqlite.org/howtocorrupt.html §2.2).
    match private_file().create_new(true).open(&path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(unavailable(error)),
    }
    Ok((path, lock))
}

pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(unix)]
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
pub(crate) fn private_file() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

#[cfg(not(unix))]
pub(crate) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    options
}

/// A journal that was copied from elsewhere may have come with looser permissions.
#[cfg(unix)]
fn restrict_file(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

/// On Windows the folder's access list, which gives the person's profile to the person, is inherited.
#[cfg(not(unix))]
fn restrict_file(_: &Path) -> io::Result<()> {
    Ok(())
}
