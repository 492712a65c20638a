//! Saving what can still be read of a damaged journal: its documents, as files in a folder beside it. The journal itself
//! is only read, so that whoever knows more about it finds it as it was.

use crate::fingerprint::Fingerprint;
use crate::journal::unavailable;
use crate::opening::{self, beside, create_folder, private_file};
use futures_util::TryStreamExt as _;
use lifecycle::ports::JournalError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;
use uuid::Uuid;

/// What SQLite's pages have where nobody says otherwise; and nobody does.
const PAGE: usize = 4096;
/// Where the first page says how many pages there are ([the database header]).
///
/// [the database header]: https://sqlite.org/fileformat2.html#the_database_header
const PAGE_COUNT: std::ops::Range<usize> = 28..32;

/// Most folders of what was saved beside one journal.
pub(crate) const MOST_FOLDERS: usize = 9;

/// What was saved of a damaged journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rescued {
    /// The folder in which the documents are, each a PDF.
    pub(crate) folder: PathBuf,
    /// How many documents there are.
    pub(crate) documents: usize,
}

/// Why nothing was saved.
#[derive(Debug, Error)]
pub(crate) enum RescueError {
    /// The files cannot be read or written.
    #[error(transparent)]
    Files(#[from] io::Error),
    /// Earlier damages have left as many folders as there may be.
    #[error(
        "{MOST_FOLDERS} folders of earlier documents are beside the journal; move them to another place and open it again"
    )]
    TooManyFolders,
}

/// Documents by the names of their files.
type Documents = BTreeMap<String, Vec<u8>>;

/// Saves the documents of the journal at `path` that can still be read into a folder beside it, for its owner only.
/// `None` where none can be read. What was saved before stays as it is, and is not saved again: each damage that leaves
/// other documents has a folder of its own, at most [`MOST_FOLDERS`].
///
/// # Errors
/// [`RescueError`]: nothing is left half done then.
pub(crate) async fn rescue(path: &Path) -> Result<Option<Rescued>, RescueError> {
    let begun = begin(path)?;
    let kept = match read_copy(path, &begun).await {
        Ok(found) => keep(path, &begun, &found),
        Err(error) => Err(error.into()),
    };
    end(&begun)?;
    kept
}

/// The same for a journal that is open: a file that SQLite has open is not copied, since closing it would drop the locks
/// that this process holds on it (<https://sqlite.org/howtocorrupt.html>, §2.2).
pub(crate) async fn rescue_from(
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<Option<Rescued>, RescueError> {
    let found = read(connection).await;
    let begun = begin(path)?;
    let kept = keep(path, &begun, &found);
    end(&begun)?;
    kept
}

/// Makes the folder for what is not complete yet.
fn begin(path: &Path) -> io::Result<PathBuf> {
    let begun = beside(path, ".rescue");
    end(&begun)?;
    create_folder(&begun)?;
    Ok(begun)
}

/// Removes it, where it did not become one of the others.
fn end(begun: &Path) -> io::Result<()> {
    match fs::remove_dir_all(begun) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// The name of every one of them ends with `.rescued`: that is what the employee is told.
fn folder(path: &Path, number: usize) -> PathBuf {
    if number == 1 { beside(path, ".rescued") } else { beside(path, &format!(".{number}.rescued")) }
}

/// Makes the folder `begun`, with the documents in it, one of those of this journal, where none of them has them all.
fn keep(path: &Path, begun: &Path, found: &Documents) -> Result<Option<Rescued>, RescueError> {
    if found.is_empty() {
        return Ok(None);
    }
    let rescued = |folder| Ok(Some(Rescued { folder, documents: found.len() }));
    let mut free = None;
    for folder in (1..=MOST_FOLDERS).map(|number| folder(path, number)) {
        // Also what is no folder, and a link that leads nowhere.
        match fs::symlink_metadata(&folder) {
            Ok(_) if has_all(&folder, found) => return rescued(folder),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                free.get_or_insert(folder);
            }
            Err(error) => return Err(error.into()),
        }
    }
    let folder = free.ok_or(RescueError::TooManyFolders)?;
    for (name, bytes) in found {
        private_file().create_new(true).open(begun.join(name))?.write_all(bytes)?;
    }
    fs::rename(begun, &folder)?;
    rescued(folder)
}

fn has_all(folder: &Path, found: &Documents) -> bool {
    found.iter().all(|(name, bytes)| fs::read(folder.join(name)).is_ok_and(|kept| kept == *bytes))
}

/// What can be read of a copy in `folder`, which is then gone.
async fn read_copy(path: &Path, folder: &Path) -> io::Result<Documents> {
    let copy = folder.join("copy.sqlite");
    let log = beside(path, "-wal");
    fs::copy(path, &copy)?;
    if log.try_exists()? {
        fs::copy(&log, beside(&copy, "-wal"))?;
    }
    let mut found = read_file(&copy).await;
    if found.is_empty() {
        // The first page says where everything is. That of a new journal says the same of the oldest tables.
        remove(&copy)?;
        let fresh = folder.join("fresh.sqlite");
        let first_page = first_page_of_a_new_journal(&fresh).await;
        remove(&fresh)?;
        if let Ok(first_page) = first_page {
            fs::write(&copy, with_first_page(fs::read(path)?, first_page))?;
            found = read_file(&copy).await;
        }
    }
    remove(&copy)?;
    Ok(found)
}

/// Removes a database and what SQLite and we put beside it.
fn remove(database: &Path) -> io::Result<()> {
    for file in ["", "-wal", "-shm", "-journal", ".lock"].map(|suffix| beside(database, suffix)) {
        match fs::remove_file(file) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn first_page_of_a_new_journal(path: &Path) -> Result<Vec<u8>, JournalError> {
    private_file().create_new(true).open(path).map_err(unavailable)?;
    // Without the rescue: this one is not damaged.
    opening::open_undamaged(path).await?.close().await;
    let mut bytes = fs::read(path).map_err(unavailable)?;
    bytes.truncate(PAGE);
    Ok(bytes)
}

fn with_first_page(mut bytes: Vec<u8>, first_page: Vec<u8>) -> Vec<u8> {
    let pages = u32::try_from(bytes.len() / PAGE).unwrap_or(u32::MAX);
    let rest = bytes.split_off(bytes.len().min(PAGE));
    let mut repaired = first_page;
    if let Some(count) = repaired.get_mut(PAGE_COUNT) {
        count.copy_from_slice(&pages.to_be_bytes());
    }
    repaired.extend(rest);
    repaired
}

async fn read_file(database: &Path) -> Documents {
    let options = SqliteConnectOptions::new().filename(database).disable_statement_logging();
    let Ok(mut connection) = options.connect().await else { return Documents::new() };
    let found = read(&mut connection).await;
    // What is wrong with it is known.
    let _ = connection.close().await;
    found
}

/// The documents that can be read. One that is in the outbox too is there once.
async fn read(connection: &mut SqliteConnection) -> Documents {
    let mut found = Documents::new();
    for query in DOCUMENTS.of(connection).await {
        documents(connection, query, &mut found).await;
    }
    outgoing(connection, &mut found).await;
    for query in PRESERVATIONS.of(connection).await {
        preservations(connection, query, &mut found).await;
    }
    found
}

/// How the rows of a table are read: from both ends, since what is broken in the middle hides only what is beside it.
struct Table {
    probe: &'static str,
    queries: [&'static str; 2],
    /// For tables of a version that wrote no fingerprints.
    without_fingerprint: [&'static str; 2],
}

const DOCUMENTS: Table = Table {
    probe: "SELECT fingerprint FROM document LIMIT 0",
    queries: [
        "SELECT journey, kind, bytes, fingerprint FROM document ORDER BY rowid",
        "SELECT journey, kind, bytes, fingerprint FROM document ORDER BY rowid DESC",
    ],
    without_fingerprint: [
        "SELECT journey, kind, bytes, NULL FROM document ORDER BY rowid",
        "SELECT journey, kind, bytes, NULL FROM document ORDER BY rowid DESC",
    ],
};

const PRESERVATIONS: Table = Table {
    probe: "SELECT fingerprint FROM preservation LIMIT 0",
    queries: [
        "SELECT declaration, level, proven_time, pdf, fingerprint FROM preservation ORDER BY rowid",
        "SELECT declaration, level, proven_time, pdf, fingerprint FROM preservation ORDER BY rowid DESC",
    ],
    without_fingerprint: [
        "SELECT declaration, level, proven_time, pdf, NULL FROM preservation ORDER BY rowid",
        "SELECT declaration, level, proven_time, pdf, NULL FROM preservation ORDER BY rowid DESC",
    ],
};

impl Table {
    async fn of(self, connection: &mut SqliteConnection) -> [&'static str; 2] {
        let has_fingerprints = sqlx::query(self.probe).fetch_optional(connection).await.is_ok();
        if has_fingerprints { self.queries } else { self.without_fingerprint }
    }
}

type DocumentRow = (String, String, Vec<u8>, Option<Vec<u8>>);

async fn documents(connection: &mut SqliteConnection, query: &'static str, found: &mut Documents) {
    let mut rows = sqlx::query_as::<_, DocumentRow>(query).fetch(connection);
    while let Ok(Some((journey, kind, bytes, stored))) = rows.try_next().await {
        let unchanged = Fingerprint::of_document(&journey, &kind, &bytes).is(stored.as_deref());
        // It comes out of a damaged file, and becomes a part of the name of one.
        if unchanged && kind.bytes().all(|byte| byte.is_ascii_lowercase()) {
            take(found, &kind, &journey, bytes);
        }
    }
}

/// The declaration that waits in the outbox, where it is not among the documents.
async fn outgoing(connection: &mut SqliteConnection, found: &mut Documents) {
    let mut rows =
        sqlx::query_as::<_, DocumentRow>("SELECT journey, declaration, pdf, fingerprint FROM outbox").fetch(connection);
    while let Ok(Some((journey, declaration, bytes, stored))) = rows.try_next().await {
        let unchanged = Uuid::try_parse(&declaration)
            .is_ok_and(|id| Fingerprint::of_outgoing(&journey, &id, &bytes).is(stored.as_deref()));
        if unchanged {
            take(found, "declaration", &journey, bytes);
        }
    }
}

type PreservationRow = (String, String, String, Vec<u8>, Option<Vec<u8>>);

/// What was made of delivered declarations so that they can be verified later.
async fn preservations(connection: &mut SqliteConnection, query: &'static str, found: &mut Documents) {
    let mut rows = sqlx::query_as::<_, PreservationRow>(query).fetch(connection);
    while let Ok(Some((declaration, level, proven_time, bytes, stored))) = rows.try_next().await {
        if Fingerprint::of_preservation(&declaration, &level, &proven_time, &bytes).is(stored.as_deref()) {
            take(found, "lasting-declaration", &declaration, bytes);
        }
    }
}

/// Takes a PDF under a name of its kind and what it belongs to.
fn take(found: &mut Documents, kind: &str, of: &str, bytes: Vec<u8>) {
    // As above.
    if let Ok(of) = Uuid::try_parse(of)
        && bytes.starts_with(b"%PDF-")
    {
        found.entry(format!("{kind}-{of}.pdf")).or_insert(bytes);
    }
}
