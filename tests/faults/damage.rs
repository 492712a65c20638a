//! Bytes change on the disk: the employee is told that the journal is damaged, or nothing is lost; nothing is overwritten,
//! and the documents that can still be read are saved.

use certifikatguide_tests::faults::process::{self, Fate};
use certifikatguide_tests::faults::scene::{Scene, Stage, quick_folder};
use lifecycle::ports::{Journal, JournalError};
use lifecycle::{DocumentKind, Journey, JourneyError, ProblemCode};
use local_store::SqliteJournal;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: usize = 4096;
/// The header of the file ([the database header](https://sqlite.org/fileformat2.html#the_database_header)).
const HEADER: usize = 100;
/// The declaration, its receipt, and the declaration as it lasts.
const DOCUMENTS: usize = 3;

/// A computer whose journey has come to the receipt, and whose declaration lasts.
async fn delivered() -> Stage {
    let stage = Scene::reviewed().await.stage().await;
    let ended = process::start(&stage, crate::crash::PROGRAM, Fate::Undisturbed).await.expect("it runs");
    assert!(ended.status.success(), "{}", ended.said);
    stage
}

/// What a sound journal says.
#[derive(PartialEq)]
struct Said {
    journey: Journey,
    documents: Vec<Vec<u8>>,
    log: usize,
}

async fn said(path: &Path) -> Result<Said, JournalError> {
    let journal = SqliteJournal::open(path).await?;
    let read = async {
        let journey = journal.current().await?.ok_or_else(|| JournalError::Damaged("the journey is gone".into()))?;
        let declared = journey.step.declaration().ok_or_else(|| JournalError::Damaged("another step".into()))?;
        let documents = [
            journal.document(journey.id, DocumentKind::Declaration).await?,
            journal.document(journey.id, DocumentKind::Receipt).await?,
            journal.preservation(declared.id).await?.map(|preservation| preservation.pdf),
        ];
        let documents: Vec<Vec<u8>> = documents.into_iter().flatten().collect();
        if documents.len() < DOCUMENTS {
            return Err(JournalError::Damaged("a document is gone".into()));
        }
        let log = journal.use_log(1000).await?;
        Ok(Said { journey, documents, log: log.lines.len() })
    };
    let read = read.await;
    journal.close().await;
    read
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// What was saved beside a damaged journal.
fn rescued(path: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(beside(path, ".rescued")) else { return Vec::new() };
    entries.map(|entry| fs::read(entry.expect("an entry").path()).expect("a document")).collect()
}

/// Where a file is damaged: every byte of its header, and a few of each page.
fn positions(length: usize) -> Vec<usize> {
    let pages = (0..length / PAGE).flat_map(|page| [0, 8, 1000].map(|at| page * PAGE + at));
    let mut positions: Vec<usize> = (0..HEADER).chain((HEADER..PAGE).step_by(61)).chain(pages).collect();
    positions.sort_unstable();
    positions.dedup();
    positions
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_byte_that_changed_anywhere_in_the_journal_is_told_or_harmless_and_what_can_be_read_is_saved() {
    let stage = delivered().await;
    let sound = fs::read(stage.disk().journal()).expect("the journal");
    let before = said(&stage.disk().journal()).await.expect("it is sound");
    assert!(!beside(&stage.disk().journal(), "-wal").exists(), "everything is in the file");
    let (mut told, mut harmless, mut nothing_saved) = (0, 0, 0);
    let positions = positions(sound.len());
    for position in &positions {
        for flip in if *position < HEADER { vec![0x01, 0xff] } else { vec![0x55] } {
            let folder = quick_folder();
            let path = folder.path().join("journal.sqlite");
            let mut damaged = sound.clone();
            damaged[*position] ^= flip;
            fs::write(&path, &damaged).expect("written");
            match said(&path).await {
                Ok(said) => {
                    assert!(said.documents == before.documents, "{position}: a document is another one");
                    assert!(said.journey == before.journey, "{position}: the journey is another one");
                    assert_eq!(said.log, before.log, "{position}: the log is shorter");
                    harmless += 1;
                }
                Err(error) => {
                    let error = JourneyError::from(error);
                    let problem = error.problem();
                    let known = [ProblemCode::JournalDamaged, ProblemCode::JournalNewer];
                    assert!(known.contains(&problem), "{position}: {problem:?} {error:?}");
                    assert!(fs::read(&path).expect("the journal") == damaged, "{position}: the file was changed");
                    let saved = rescued(&path);
                    assert!(saved.iter().all(|saved| before.documents.contains(saved)), "{position}: made up");
                    let opens = SqliteJournal::open(&path).await.is_ok();
                    assert!(!opens || !saved.is_empty(), "{position}: it opens, and nothing is saved: {error:?}");
                    nothing_saved += usize::from(saved.is_empty());
                    told += 1;
                }
            }
        }
    }
    let number = told + harmless;
    println!(
        "damaged journal: {number} cases over {} pages: {told} told, {harmless} harmless; in {nothing_saved} no document \
         could be saved",
        sound.len() / PAGE
    );
    assert!(told > number / 4 && nothing_saved * 20 < number, "{told}, {nothing_saved} of {number}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_byte_that_changed_in_the_write_ahead_log_is_told_or_costs_no_more_than_a_power_cut_does() {
    let stage = delivered().await;
    let path = stage.disk().journal();
    // Some more is written, and the program ends without a word: everything is still in the log.
    let journal = SqliteJournal::open(&path).await.expect("it is sound");
    let journey = journal.current().await.expect("the journal").expect("a journey");
    let mut steps = vec![journey];
    for _ in 0..3 {
        let change = lifecycle::ports::Change::to(steps[steps.len() - 1].clone());
        steps.push(journal.record(change).await.expect("recorded"));
    }
    let (file, log) = (fs::read(&path).expect("the file"), fs::read(beside(&path, "-wal")).expect("the log"));
    journal.close().await;

    let frames = log.len() / (PAGE + 24);
    let commits: Vec<usize> = (0..frames).filter(|frame| log[32 + frame * (PAGE + 24) + 4..][..4] != [0; 4]).collect();
    assert!(commits.len() >= 3, "{commits:?}");
    let last_begins = commits[commits.len() - 2] + 1;
    let of_frames = (0..frames).flat_map(|frame| [0, 5, 9, 17, 24, 900, 4000].map(|at| 32 + frame * (PAGE + 24) + at));
    let positions: Vec<usize> = (0..32).chain(of_frames).collect();
    let (mut told, mut harmless, mut cut_off) = (0, 0, 0);
    for position in &positions {
        let folder = quick_folder();
        let copy = folder.path().join("journal.sqlite");
        let mut damaged = log.clone();
        damaged[*position] ^= 0xff;
        fs::write(&copy, &file).expect("written");
        fs::write(beside(&copy, "-wal"), &damaged).expect("written");
        match said(&copy).await {
            Ok(said) if said.journey == steps[3] => harmless += 1,
            Ok(said) => {
                // As after a power cut: the last change of all is not there, as a whole.
                assert!(said.journey == steps[2], "{position}: revision {}", said.journey.revision);
                let frame = position.saturating_sub(32) / (PAGE + 24);
                assert!(frame >= last_begins && *position >= 32, "{position}: recorded, and forgotten without a word");
                cut_off += 1;
            }
            Err(error) => {
                assert_eq!(JourneyError::from(error).problem(), ProblemCode::JournalDamaged, "{position}");
                assert!(fs::read(&copy).expect("the file") == file, "{position}: the file was changed");
                assert!(
                    fs::read(beside(&copy, "-wal")).expect("the log") == damaged,
                    "{position}: the log was changed"
                );
                assert_eq!(rescued(&copy).len(), DOCUMENTS, "{position}: the documents are saved");
                told += 1;
            }
        }
    }
    let number = positions.len();
    println!(
        "damaged write-ahead log: {number} cases over {frames} frames: {told} told, {harmless} harmless, {cut_off} as \
         after a power cut"
    );
    assert!(told > number / 3, "{told} of {number}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whole_stretches_that_are_gone_are_told_and_what_is_left_is_saved_once() {
    let stage = delivered().await;
    let sound = fs::read(stage.disk().journal()).expect("the journal");
    let before = said(&stage.disk().journal()).await.expect("it is sound");
    let mut without_first_page = sound.clone();
    without_first_page[..PAGE].fill(0);
    let mut without_header = sound.clone();
    without_header[..HEADER].fill(0xaa);
    for (damage, bytes) in [("no first page", without_first_page), ("no header", without_header)] {
        let folder = quick_folder();
        let path = folder.path().join("journal.sqlite");
        fs::write(&path, &bytes).expect("written");
        for time in ["first", "second"] {
            let refused = SqliteJournal::open(&path).await.err().expect("refused");
            let text = refused.to_string();
            assert_eq!(JourneyError::from(refused).problem(), ProblemCode::JournalDamaged, "{damage}");
            assert!(text.contains("(3)") && text.contains("journal.sqlite.rescued"), "{damage}: {text}");
            assert!(fs::read(&path).expect("the file") == bytes, "{damage}: the file was changed");
            let saved = rescued(&path);
            assert_eq!(saved.len(), DOCUMENTS, "{damage}, {time} time");
            assert!(saved.iter().all(|saved| before.documents.contains(saved)), "{damage}");
        }
        let files = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(files, 3, "{damage}: the journal, its lock and what was saved");
    }
}
