//! A writer that is killed loses nothing that was acknowledged and leaves nothing that is half done.
//!
//! The writer is this test program, started again.

use super::Fixture;
use super::samples::{change, journey, key_use, steps};
use crate::SqliteJournal;
use lifecycle::ports::Journal;
use lifecycle::{Document, DocumentKind, OutgoingDeclaration};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

const JOURNAL: &str = "LOCAL_STORE_CRASH_JOURNAL";
const ABORT_AT: &str = "LOCAL_STORE_CRASH_ABORT_AT";
const ROUNDS: u64 = 40;
/// Longer than many pages, so that a commit takes a while.
const DOCUMENT: usize = 200_000;

fn document(revision: u64) -> Vec<u8> {
    vec![u8::try_from(revision % 251).expect("less than 251"); DOCUMENT]
}

fn outgoing(revision: u64) -> OutgoingDeclaration {
    OutgoingDeclaration { id: Uuid::from_u128(u128::from(revision)), pdf: document(revision) }
}

/// Not a test: what the killed program does. Records until it is killed, and says what was recorded.
#[test]
fn writer() {
    let Some(path) = std::env::var_os(JOURNAL) else { return };
    let abort_at: Option<u64> = std::env::var(ABORT_AT).ok().and_then(|text| text.parse().ok());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        say("opening");
        let journal = SqliteJournal::open(Path::new(&path)).await.expect("the journal opens");
        say("opened");
        if let Some(abort_at) = abort_at {
            let instructions = AtomicU64::new(0);
            let mut connection = journal.pool.acquire().await.expect("a connection");
            let mut handle = connection.lock_handle().await.expect("the handle");
            handle.set_progress_handler(1, move || {
                if instructions.fetch_add(1, Ordering::Relaxed) == abort_at {
                    std::process::abort();
                }
                true
            });
        }
        for _ in 0..ROUNDS {
            let current = journal.current().await.expect("reads").unwrap_or_else(|| journey(steps().remove(4)));
            let next = current.revision + 1;
            let mut change = change(current);
            change.documents = vec![Document { kind: DocumentKind::Declaration, bytes: document(next) }];
            change.arrived = (next > 1).then(|| outgoing(next - 1).id);
            change.send = Some(outgoing(next));
            change.key_uses = vec![key_use(u32::try_from(next).expect("few"))];
            let recorded = journal.record(change).await.expect("recorded");
            say(&format!("recorded {}", recorded.revision));
        }
    });
}

fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}").and_then(|()| output.flush()).expect("somebody listens");
}

/// Runs the writer and kills it after `lines` lines; returns the last revision that it said was recorded.
fn run_writer(path: &Path, abort_at: Option<u64>, lines: usize) -> Option<u64> {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["tests::crash::writer", "--exact", "--nocapture"]).env(JOURNAL, path);
    if let Some(abort_at) = abort_at {
        command.env(ABORT_AT, abort_at.to_string());
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
    let mut output = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut acknowledged = None;
    let mut note = |line: String| {
        if let Some(revision) = line.strip_prefix("recorded ") {
            acknowledged = revision.parse().ok();
        }
    };
    let mut said = 0;
    while said < lines {
        match output.next() {
            Some(line) => {
                let line = line.expect("text");
                said += usize::from(line.starts_with("open") || line.starts_with("recorded"));
                note(line);
            }
            None => break,
        }
    }
    child.kill().expect("killed, or ended already");
    // What it said before it was killed counts too.
    output.map_while(Result::ok).for_each(note);
    child.wait().expect("ended");
    acknowledged
}

/// Checks that all parts of the journal are of one revision, which is returned (0 where there is no journey).
async fn revision_of_all_parts(path: &Path) -> u64 {
    let journal = SqliteJournal::open(path).await.expect("the journal opens after the crash");
    let uses = super::uses_in(&journal).await;
    let revision = match journal.current().await.expect("reads") {
        None => {
            assert!(uses.is_empty());
            assert_eq!(journal.outgoing().await.expect("reads"), None);
            0
        }
        Some(current) => {
            let kept = journal.document(current.id, DocumentKind::Declaration).await.expect("reads");
            assert!(kept == Some(document(current.revision)), "the document of revision {}", current.revision);
            assert!(journal.outgoing().await.expect("reads") == Some(outgoing(current.revision)));
            assert_eq!(uses.len() as u64, current.revision);
            assert_eq!(uses[0], key_use(u32::try_from(current.revision).expect("few")));
            current.revision
        }
    };
    journal.close().await;
    revision
}

#[tokio::test]
async fn a_writer_killed_at_any_moment_leaves_a_whole_journal_with_all_that_was_acknowledged() {
    let fixture = Fixture::new();
    let mut reached = 0;
    for round in 0..30 {
        let acknowledged = run_writer(&fixture.path(), None, round % 10 + 1);
        let revision = revision_of_all_parts(&fixture.path()).await;
        assert!(revision >= acknowledged.unwrap_or(reached), "round {round}: {revision} < {acknowledged:?}");
        assert!(revision >= reached, "round {round}: {revision} < {reached}");
        reached = revision;
    }
    assert!(reached > 30, "the writer did not get far: {reached}");
}

#[tokio::test]
async fn a_writer_that_dies_at_any_instruction_of_the_database_leaves_a_whole_journal() {
    let fixture = Fixture::new();
    let mut reached = 0;
    for round in 0..40_u64 {
        // Coprime to what one change takes, so that the points spread over the change.
        let acknowledged = run_writer(&fixture.path(), Some(round * 29), usize::MAX);
        let revision = revision_of_all_parts(&fixture.path()).await;
        // It can die behind the commit and before it says so.
        let acknowledged = acknowledged.unwrap_or(reached);
        assert!((acknowledged..=acknowledged + 1).contains(&revision), "round {round}: {acknowledged}, {revision}");
        reached = revision;
    }
    assert!(reached > 10, "the writer did not get far: {reached}");
}
