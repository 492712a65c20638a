//! Bytes that changed inside values, where SQLite sees nothing, and what is saved of a damaged journal.

use super::samples::{change, journey, key_use, steps, time};
use super::{Fixture, sql};
use crate::SqliteJournal;
use crate::rescue::MOST_FOLDERS;
use crate::write_ahead_log::forgets_what_was_recorded;
use lifecycle::ports::{Journal, JournalError};
use lifecycle::{Document, DocumentKind, Journey, OutgoingDeclaration, Preservation, PreservationLevel};
use std::fs;
use std::path::{Path, PathBuf};
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

/// The folder of a later damage.
fn later_folder(fixture: &Fixture, number: usize) -> PathBuf {
    fixture.path().with_extension(format!("sqlite.{number}.rescued"))
}

fn lasting() -> Preservation {
    let pdf = b"%PDF-1.7 lasting".to_vec();
    Preservation { level: PreservationLevel::LongTerm, proven_time: time(5), pdf }
}

/// The names of the files in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Overwrites the header of the journal's file; SQLite takes it for no database then.
fn without_header(fixture: &Fixture) {
    let mut bytes = fs::read(fixture.path()).expect("the file");
    bytes[..100].fill(0xaa);
    fs::write(fixture.path(), &bytes).expect("damaged");
}

/// What the employee's support reads when such a journal is opened.
async fn refused(fixture: &Fixture) -> String {
    match SqliteJournal::open(&fixture.path()).await {
        Err(error @ JournalError::Damaged(_)) => error.to_string(),
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("it opens"),
    }
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
    fixture.open().await.keep_preservation(Uuid::from_u128(7), &lasting()).await.expect("kept");
    for table in [
        "UPDATE journey SET fingerprint = NULL",
        "UPDATE document SET fingerprint = NULL",
        "UPDATE outbox SET fingerprint = NULL",
        "UPDATE preservation SET fingerprint = NULL",
    ] {
        sql(&fixture.path(), table).await.expect("the old form");
    }
    let journal = fixture.open().await;
    assert_eq!(journal.current().await.expect("reads"), Some(journey.clone()));
    assert_eq!(journal.outgoing().await.expect("reads").expect("it waits").pdf, DECLARATION);
    assert_eq!(journal.preservation(Uuid::from_u128(7)).await.expect("reads"), Some(lasting()));
    journal.record(change(journey)).await.expect("goes on");
}

#[tokio::test]
async fn what_can_be_read_of_a_damaged_journal_is_saved_once_for_its_owner_only_and_the_error_says_where() {
    let fixture = Fixture::new();
    let journey = recorded(&fixture).await;
    without_header(&fixture);
    let bytes = fs::read(fixture.path()).expect("the file");
    for _ in 0..2 {
        let refused = refused(&fixture).await;
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
async fn what_was_made_to_last_is_saved_too_and_is_damage_where_it_is_not_as_it_was_written() {
    let changes = [
        "UPDATE preservation SET pdf = CAST('%PDF-1.7 LASTING' AS BLOB)",
        "UPDATE preservation SET level = 'B-T'",
        "UPDATE preservation SET proven_time = replace(proven_time, '2026', '2025')",
    ];
    for changed in [None].into_iter().chain(changes.map(Some)) {
        let fixture = Fixture::new();
        let declaration = Uuid::from_u128(7);
        recorded(&fixture).await;
        let journal = fixture.open().await;
        journal.keep_preservation(declaration, &lasting()).await.expect("kept");
        journal.close().await;
        if let Some(changed) = changed {
            sql(&fixture.path(), changed).await.expect("bytes change");
            let read = fixture.open().await.preservation(declaration).await;
            assert!(matches!(read, Err(JournalError::Damaged(_))), "{changed}: {read:?}");
        }
        without_header(&fixture);
        let documents = if changed.is_some() { 2 } else { 3 };
        let refused = refused(&fixture).await;
        assert!(refused.contains(&format!("({documents})")), "{changed:?}: {refused}");
        let saved = fs::read(rescue_folder(&fixture).join(format!("lasting-declaration-{declaration}.pdf"))).ok();
        assert_eq!(saved, changed.is_none().then(|| lasting().pdf), "{changed:?}");
    }
}

#[tokio::test]
async fn a_damage_that_is_noticed_while_the_program_runs_is_told_and_what_is_left_is_saved_at_the_next_opening() {
    let fixture = Fixture::new();
    let journey = recorded(&fixture).await;
    let running = fixture.open().await;
    sql(&fixture.path(), "UPDATE document SET bytes = CAST('%PDF-1.7 RECEIPT' AS BLOB) WHERE kind = 'receipt'")
        .await
        .expect("a byte changes");
    let noticed = running.document(journey.id, DocumentKind::Receipt).await.expect_err("damaged");
    assert!(matches!(noticed, JournalError::Damaged(_)), "{noticed:?}");
    assert!(noticed.to_string().contains("saved when the journal is opened next"), "{noticed}");
    assert!(!rescue_folder(&fixture).exists());
    running.close().await;

    for _ in 0..2 {
        let journal = fixture.open().await;
        assert_eq!(names(&rescue_folder(&fixture)), [format!("declaration-{}.pdf", journey.id)]);
        let told = journal.document(journey.id, DocumentKind::Receipt).await.expect_err("damaged").to_string();
        assert!(told.contains("(1)") && told.contains("journal.sqlite.rescued"), "{told}");
        assert_eq!(journal.current().await.expect("all else can be read"), Some(journey.clone()));
        journal.close().await;
    }
    assert!(!later_folder(&fixture, 2).exists(), "it was saved once");
}

#[tokio::test]
async fn pages_that_break_while_the_program_runs_are_told_and_what_is_left_is_saved_at_the_next_opening() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let mut large = change(journey(steps().remove(0)));
    let receipt = [b"%PDF-1.7", &[7; 6_000_000][..]].concat();
    large.documents = vec![
        Document { kind: DocumentKind::Declaration, bytes: DECLARATION.to_vec() },
        Document { kind: DocumentKind::Receipt, bytes: receipt },
    ];
    let recorded = journal.record(large).await.expect("recorded");
    journal.close().await;

    let running = fixture.open().await;
    let mut bytes = fs::read(fixture.path()).expect("the file");
    // More than SQLite keeps in its memory.
    let middle = bytes.len() / 2;
    bytes[middle - 2_000_000..middle + 1_000_000].fill(0xaa);
    fs::write(fixture.path(), &bytes).expect("damaged");
    let noticed = running.document(recorded.id, DocumentKind::Receipt).await;
    assert!(matches!(noticed, Err(JournalError::Damaged(_))), "{:?}", noticed.map(drop));
    running.close().await;

    let refused = refused(&fixture).await;
    assert!(refused.contains("(1)") && refused.contains("journal.sqlite.rescued"), "{refused}");
    let saved = rescue_folder(&fixture).join(format!("declaration-{}.pdf", recorded.id));
    assert_eq!(fs::read(saved).expect("saved"), DECLARATION);
}

#[tokio::test]
async fn each_damage_is_saved_in_a_folder_of_its_own_up_to_a_number_that_is_told() {
    let fixture = Fixture::new();
    fs::create_dir_all(fixture.path().parent().expect("a folder")).expect("a folder");
    // As after each damage: the employee begins again, and the next journal breaks too.
    let broken_journal_with = async |marker: u8| {
        for name in names(fixture.path().parent().expect("a folder")) {
            let file = fixture.path().with_file_name(name);
            if file.is_file() {
                fs::remove_file(file).expect("put away");
            }
        }
        let journal = fixture.open().await;
        let mut first = change(journey(steps().remove(4)));
        let bytes = [DECLARATION, &[marker]].concat();
        first.documents = vec![Document { kind: DocumentKind::Declaration, bytes }];
        let recorded = journal.record(first).await.expect("recorded");
        journal.close().await;
        without_header(&fixture);
        recorded.id
    };
    let mut saved = Vec::new();
    for number in 1..=MOST_FOLDERS {
        let marker = u8::try_from(number).expect("few");
        let journey = broken_journal_with(marker).await;
        let folder = if number == 1 { rescue_folder(&fixture) } else { later_folder(&fixture, number) };
        for _ in 0..2 {
            let refused = refused(&fixture).await;
            assert!(refused.ends_with(&format!("(1) are in {}", folder.display())), "{refused}");
        }
        saved.push((folder.join(format!("declaration-{journey}.pdf")), [DECLARATION, &[marker]].concat()));
        for (file, bytes) in &saved {
            assert_eq!(fs::read(file).expect("saved"), *bytes, "{number}: {}", file.display());
        }
    }
    broken_journal_with(99).await;
    let before = names(fixture.path().parent().expect("a folder"));
    let told = refused(&fixture).await;
    assert!(told.contains("could not be saved") && told.contains("move them to another place"), "{told}");
    assert_eq!(names(fixture.path().parent().expect("a folder")), before, "nothing is left half done");

    fs::rename(later_folder(&fixture, 4), fixture.folder.path().join("elsewhere")).expect("moved");
    let told = refused(&fixture).await;
    assert!(told.ends_with("journal.sqlite.4.rescued"), "{told}");
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
