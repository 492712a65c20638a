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
use uuid::Uuid;

/// What SQLite's pages have where nobody says otherwise; and nobody does.
const PAGE: usize = 4096;
/// Where the first page says how many pages there are ([the database header]).
///
/// [the database header]: https://sqlite.org/fileformat2.html#the_database_header
const PAGE_COUNT: std::ops::Range<usize> = 28..32;

/// What was saved of a damaged journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescued {
    /// The folder in which the documents are, each a PDF.
    pub folder: PathBuf,
    /// How many documents there are.
    pub documents: usize,
}

/// Saves the documents of the journal at `path` that can still be read into a folder beside it, for its owner only.
/// `None` where none can be read. What was saved before stays as it is, and is not saved again.
///
/// # Errors
/// Where the files cannot be read or written: nothing is left half done then.
pub(crate) async fn rescue(path: &Path) -> io::Result<Option<Rescued>> {
    let folder = beside(path, ".rescued");
    if let Some(before) = already(&folder)? {
        return Ok(Some(before));
    }
    let begun = beside(path, ".rescue");
    match fs::remove_dir_all(&begun) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    create_folder(&begun)?;
    let saved = save(path, &begun).await;
    let saved = match saved {
        Ok(documents) if documents > 0 => fs::rename(&begun, &folder).map(|()| Some(Rescued { folder, documents })),
        Ok(_) => Ok(None),
        Err(error) => Err(error),
    };
    if !matches!(saved, Ok(Some(_))) {
        fs::remove_dir_all(&begun)?;
    }
    saved
}

fn already(folder: &Path) -> io::Result<Option<Rescued>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(Some(Rescued { folder: folder.to_owned(), documents: entries.count() })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes what can be read into `folder`; returns how many documents that are.
async fn save(path: &Path, folder: &Path) -> io::Result<usize> {
    let copy = folder.join("copy.sqlite");
    let log = beside(path, "-wal");
    fs::copy(path, &copy)?;
    if log.try_exists()? {
        fs::copy(&log, beside(&copy, "-wal"))?;
    }
    let mut found = read(&copy).await;
    if found.is_empty() {
        // The first page says where everything is. That of a new journal says the same of the oldest tables.
        remove(&copy)?;
        let fresh = folder.join("fresh.sqlite");
        let first_page = first_page_of_a_new_journal(&fresh).await;
        remove(&fresh)?;
        if let Ok(first_page) = first_page {
            fs::write(&copy, with_first_page(fs::read(path)?, first_page))?;
            found = read(&copy).await;
        }
    }
    remove(&copy)?;
    for (name, bytes) in &found {
        private_file().create_new(true).open(folder.join(name))?.write_all(bytes)?;
    }
    Ok(found.len())
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

/// The documents that can be read, by the names of their files. One that is in the outbox too is there once.
async fn read(database: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let Ok(mut connection) = SqliteConnectOptions::new().filename(database).disable_statement_logging().connect().await
    else {
        return found;
    };
    let has_fingerprints =
        sqlx::query("SELECT fingerprint FROM document LIMIT 0").fetch_optional(&mut connection).await.is_ok();
    // From both ends: what is broken in the middle hides only what is beside it.
    let queries = if has_fingerprints {
        [
            "SELECT journey, kind, bytes, fingerprint FROM document ORDER BY rowid",
            "SELECT journey, kind, bytes, fingerprint FROM document ORDER BY rowid DESC",
        ]
    } else {
        // Of a version that wrote no fingerprints.
        [
            "SELECT journey, kind, bytes, NULL FROM document ORDER BY rowid",
            "SELECT journey, kind, bytes, NULL FROM document ORDER BY rowid DESC",
        ]
    };
    for query in queries {
        documents(&mut connection, query, &mut found).await;
    }
    outgoing(&mut connection, &mut found).await;
    // What is wrong with it is known.
    let _ = connection.close().await;
    found
}

type DocumentRow = (String, String, Vec<u8>, Option<Vec<u8>>);

async fn documents(connection: &mut SqliteConnection, query: &'static str, found: &mut BTreeMap<String, Vec<u8>>) {
    let mut rows = sqlx::query_as::<_, DocumentRow>(query).fetch(connection);
    while let Ok(Some((journey, kind, bytes, stored))) = rows.try_next().await {
        let unchanged = Fingerprint::of_document(&journey, &kind, &bytes).is(stored.as_deref());
        if unchanged && is_pdf(&bytes) {
            keep(found, &kind, &journey, bytes);
        }
    }
}

/// The declaration that waits in the outbox, where it is not among the documents.
async fn outgoing(connection: &mut SqliteConnection, found: &mut BTreeMap<String, Vec<u8>>) {
    let mut rows =
        sqlx::query_as::<_, DocumentRow>("SELECT journey, declaration, pdf, fingerprint FROM outbox").fetch(connection);
    while let Ok(Some((journey, declaration, bytes, stored))) = rows.try_next().await {
        let unchanged = Uuid::try_parse(&declaration)
            .is_ok_and(|id| Fingerprint::of_outgoing(&journey, &id, &bytes).is(stored.as_deref()));
        if unchanged && is_pdf(&bytes) {
            keep(found, "declaration", &journey, bytes);
        }
    }
}

fn keep(found: &mut BTreeMap<String, Vec<u8>>, kind: &str, journey: &str, bytes: Vec<u8>) {
    // Both come out of a damaged file, and become the name of one.
    let named = Uuid::try_parse(journey).ok().filter(|_| kind.bytes().all(|byte| byte.is_ascii_lowercase()));
    if let Some(journey) = named {
        found.entry(format!("{kind}-{journey}.pdf")).or_insert(bytes);
    }
}

fn is_pdf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF-")
}
