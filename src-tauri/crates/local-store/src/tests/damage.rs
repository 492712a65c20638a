//! Bytes that changed inside values, where SQLite sees nothing, and what is saved of a damaged journal.

use super::samples::{change, journey, key_use, steps};
use super::{Fixture, sql};
use crate::SqliteJournal;
use crate::write_ahead_log::forgets_what_was_recorded;
use lifecycle::ports::{Journal, JournalError};
use lifecycle::{Document, DocumentKind, Journey, OutgoingDeclaration};
use std::fs;
use std::path::PathBuf;
use uuid::Uuid;

const DECLARATION: &[u8] = b"%PDF-1.7 declaration";
const RECEIPT: &[u8] = b"%PDF-1.7 receipt";

/// A journey with its documents, the declaration of which waits in the outbox.
async fn recorded(fixture: &Fixture) -> Journey {
    let journal = fixture.open().await;
    let mut change = change(journey(steps().remove(4)));
    change.documents = vec![
        Document { kind: DocumentKind::Declaration, bytes: DECLARATION.to_vec() },
        Document { kind: DocumentKind::Receipt, bytes: RECEIPT.to_vec() },
    ];
    change.send = Some(OutgoingDeclaration { id: Uuid::from_u128(7), pdf: DECLARATION.to_vec() });
    change.key_uses = vec![key_use(1)];
    let recorded = journal.record(change).await.expect("recorded");
    journal.close().await;
    recorded
}

fn rescue_folder(fixture: &Fixture) -> PathBuf {
    fixture.path().with_extension("sqlite.rescued")
}

#[tokio::test]
async fn a_value_that_is_not_as_it_was_written_is_damage_and_costs_nothing_else() {
    let fixture = Fixture::new();
    let journey = recorded(&fixture).await;
    sql(&fixture.path(), "UPDATE document SET bytes = CAST('%PDF-1.7 RECEIPT' AS BLOB) WHERE kind = 'receipt'")
        .await
        .expect("a byte changes");
    let journal = fixture.open().await;
    let receipt = journal.document(journey.id, DocumentKind::Receipt).await;
    assert!(matches!(receipt, Err(JournalError::Damaged(_))), "{receipt:?}");
    let declaration = journal.document(journey.id, DocumentKind::Declaration).await.expect("reads");
    assert_eq!(declaration.as_deref(), Some(DECLARATION));
    assert_eq!(journal.current().await.expect("reads"), Some(journey));
}

#[tokio::test]
async fn a_journey_whose_data_changed_on_the_disk_is_not_gone_on_with() {
    for statement in [
        "UPDATE journey SET portal = 'https://another.example'",
        "UPDATE journey SET practice = 0",
        "UPDATE journey SET revision = revision + 1",
        "UPDATE journey SET step = replace(step, '2026', '2027')",
    ] {
        let fixture = Fixture::new();
        recorded(&fixture).await;
        sql(&fixture.path(), statement).await.expect("a byte changes");
        let current = fixture.open().await.current().await;
        assert!(matches!(current, Err(JournalError::Damaged(_))), "{statement}: {current:?}");
    }
}

#[tokio::test]
async fn a_declaration_that_changed_in_the_outbox_is_taken_from_the_documents_and_never_sent_as_it_is() {
    let fixture = Fixture::new();
    recorded(&fixture).await;
    sql(&fixture.path(), "UPDATE outbox SET pdf = CAST('%PDF-1.7 another' AS BLOB)").await.expect("bytes change");
    let outgoing = fixture.open().await.outgoing().await.expect("reads").expect("it waits");
    assert_eq!((outgoing.id, outgoing.pdf.as_slice()), (Uuid::from_u128(7), DECLARATION));

    sql(&fixture.path(), "UPDATE document SET bytes = CAST('%PDF-1.7 another' AS BLOB)").await.expect("bytes change");
    let outgoing = fixture.open().await.outgoing().await;
    assert!(matches!(outgoing, Err(JournalError::Damaged(_))), "{outgoing:?}");
}

#[tokio::test]
async fn rows_of_a_version_that_wrote_no_fingerprints_are_taken_as_they_are() {
    let fixture = Fixture::new();
    let journey = recorded(&fixture).await;
    for table in [
        "UPDATE journey SET fingerprint = NULL",
        "UPDATE document SET fingerprint = NULL",
        "UPDATE outbox SET fingerprint = NULL",
    ] {
        sql(&fixture.path(), table).await.expect("the old form");
    }
    let journal = fixture.open().await;
    assert_eq!(journal.current().await.expect("reads"), Some(journey.clone()));
    assert_eq!(journal.outgoing().await.expect("reads").expect("it waits").pdf, DECLARATION);
    journal.record(change(journey)).await.expect("goes on");
}

#[tokio::test]
async fn what_can_be_read_of_a_damaged_journal_is_saved_once_for_its_owner_only_and_the_error_says_where() {
    let fixture = Fixture::new();
    let journey = recorded(&fixture).await;
    let mut bytes = fs::read(fixture.path()).expect("the file");
    bytes[..100].fill(0xaa);
    fs::write(fixture.path(), &bytes).expect("damaged");
    for _ in 0..2 {
        let refused = SqliteJournal::open(&fixture.path()).await.err().expect("refused").to_string();
        assert!(refused.contains("(2)") && refused.contains("journal.sqlite.rescued"), "{refused}");
        for (kind, expected) in [("declaration", DECLARATION), ("receipt", RECEIPT)] {
            let saved = rescue_folder(&fixture).join(format!("{kind}-{}.pdf", journey.id));
            assert_eq!(fs::read(&saved).expect("saved"), expected);
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                let mode = |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
                assert_eq!((mode(&rescue_folder(&fixture)), mode(&saved)), (0o700, 0o600));
            }
        }
        assert!(fs::read(fixture.path()).expect("the file") == bytes, "the journal is left as it is");
    }
}

#[tokio::test]
async fn what_was_saved_before_is_never_overwritten() {
    let fixture = Fixture::new();
    recorded(&fixture).await;
    let mine = rescue_folder(&fixture).join("mine.txt");
    fs::create_dir(rescue_folder(&fixture)).expect("a folder");
    fs::write(&mine, b"mine").expect("a file");
    fs::write(fixture.path(), b"damaged").expect("damaged");
    assert!(SqliteJournal::open(&fixture.path()).await.is_err());
    assert_eq!(fs::read(&mine).expect("it is there"), b"mine");
    assert_eq!(fs::read_dir(rescue_folder(&fixture)).expect("a folder").count(), 1);
}

#[tokio::test]
async fn a_damaged_journal_without_a_document_leaves_nothing_beside_it() {
    let fixture = Fixture::new();
    fixture.open().await.close().await;
    fs::write(fixture.path(), b"damaged").expect("damaged");
    let refused = SqliteJournal::open(&fixture.path()).await.err().expect("refused").to_string();
    assert!(!refused.contains("saved"), "{refused}");
    let folder = fixture.path().parent().expect("a folder").to_owned();
    assert_eq!(fs::read_dir(folder).expect("a folder").count(), 2, "the journal and its lock");
}

#[tokio::test]
async fn a_log_that_a_power_cut_left_is_taken_and_one_that_lost_what_was_recorded_is_not() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let mut current = journal.record(change(journey(steps().remove(0)))).await.expect("recorded");
    for _ in 0..3 {
        current = journal.record(change(current)).await.expect("recorded");
    }
    let log = fs::read(fixture.path().with_extension("sqlite-wal")).expect("the log");
    journal.close().await;
    assert!(!forgets_what_was_recorded(&log), "it is sound");
    for length in [0, 20, 32, 40, log.len() - 1, log.len() - 4120, log.len() - 5000] {
        assert!(!forgets_what_was_recorded(&log[..length]), "cut off after {length}");
    }
    let flipped = |at: usize| {
        let mut log = log.clone();
        log[at] ^= 1;
        log
    };
    for at in [3, 17, 30, 32, 36, 41, 49, 60, 3000] {
        assert!(forgets_what_was_recorded(&flipped(at)), "byte {at}");
    }
    assert!(!forgets_what_was_recorded(&flipped(log.len() - 1)), "the last change may have been cut off");
    assert!(!forgets_what_was_recorded(b"") && !forgets_what_was_recorded(&[0; 32]));
}
