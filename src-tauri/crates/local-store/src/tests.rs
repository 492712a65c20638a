//! The journal as its users need it. `crash.rs` kills writers, `damage.rs` changes bytes; `samples.rs` makes journeys.

mod crash;
mod damage;
mod samples;

use crate::{LARGEST_DOCUMENT, Setting, SqliteJournal};
use lifecycle::gate::PortalTime;
use lifecycle::ports::{
    Activity, ActivityDevice, ActivityKind, Change, Journal, JournalError, KeptStatus, RecordedJourney, StatusEvidence,
};
use lifecycle::{
    Document, DocumentKind, Journey, JudgedActivity, Judgement, KeyId, KeyPlaceName, KeyReference, KeyUse,
    OutgoingDeclaration, Preservation, PreservationLevel, ProblemCode, Step, UseLogState,
};
use samples::{change, journey, key_use, steps, time};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use uuid::Uuid;

struct Fixture {
    folder: TempDir,
}

impl Fixture {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("data").join("journal.sqlite")
    }

    async fn open(&self) -> SqliteJournal {
        SqliteJournal::open(&self.path()).await.expect("the journal opens")
    }

    /// The bytes of the file after everything has been written into it.
    async fn closed_with_a_journey(&self) -> Vec<u8> {
        let journal = self.open().await;
        let mut change = change(journey(steps().remove(0)));
        change.documents = vec![Document { kind: DocumentKind::Declaration, bytes: vec![7; 100_000] }];
        journal.record(change).await.expect("recorded");
        journal.close().await;
        fs::read(self.path()).expect("the file")
    }
}

async fn sql(path: &Path, statement: &'static str) -> Result<(), sqlx::Error> {
    let mut connection = SqliteConnectOptions::new().filename(path).connect().await?;
    sqlx::raw_sql(statement).execute(&mut connection).await?;
    connection.close().await
}

/// The uses in the log, newest first; the log must be intact.
async fn uses_in(journal: &SqliteJournal) -> Vec<KeyUse> {
    let log = journal.use_log(1000).await.expect("reads");
    assert_eq!(log.state, UseLogState::Intact);
    log.lines.into_iter().map(|line| line.key_use).collect()
}

#[tokio::test]
async fn a_new_journal_is_empty() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    assert_eq!(journal.current().await.expect("reads"), None);
    assert_eq!(journal.outgoing().await.expect("reads"), None);
    assert_eq!(uses_in(&journal).await, []);
    assert_eq!(journal.document(Uuid::nil(), DocumentKind::Receipt).await.expect("reads"), None);
}

#[tokio::test]
async fn the_latest_answer_about_the_status_is_kept_over_a_restart_whatever_proves_it() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let id = journal.record(Change::to(journey(steps().remove(0)))).await.expect("recorded").id;
    assert_eq!(journal.status_answer(id).await.expect("reads"), None);
    let heard = PortalTime { said: time(1), heard_at: time(2) };
    for kept in [
        KeptStatus { evidence: StatusEvidence::Ocsp(vec![1, 2, 3]), this_update: time(3), portal_time: Some(heard) },
        KeptStatus {
            evidence: StatusEvidence::RevocationList(vec![4; 100_000]),
            this_update: time(4),
            portal_time: None,
        },
        KeptStatus { evidence: StatusEvidence::Ocsp(vec![5]), this_update: time(5), portal_time: Some(heard) },
    ] {
        fixture.open().await.keep_status_answer(id, &kept).await.expect("kept");
        assert_eq!(fixture.open().await.status_answer(id).await.expect("reads"), Some(kept));
    }
}

#[tokio::test]
async fn journeys_are_listed_with_the_one_under_way_first_and_the_latest_given_up_next() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    assert_eq!(journal.journeys().await.expect("reads"), []);
    let mut given_up = Vec::new();
    for _ in 0..3 {
        let recorded = journal.record(Change::to(journey(steps().remove(0)))).await.expect("recorded");
        journal.archive(&recorded).await.expect("archived");
        given_up.push(RecordedJourney { journey: recorded, under_way: false });
    }
    let under_way = journal.record(Change::to(journey(steps().remove(1)))).await.expect("recorded");
    given_up.push(RecordedJourney { journey: under_way, under_way: true });
    given_up.reverse();
    assert_eq!(journal.journeys().await.expect("reads"), given_up);
}

#[tokio::test]
async fn every_step_is_read_back_as_it_was_recorded_after_a_restart() {
    let fixture = Fixture::new();
    let mut current: Option<Journey> = None;
    for step in steps() {
        let journal = fixture.open().await;
        let before = match current.take() {
            Some(journey) => Journey { step, ..journey },
            None => journey(step),
        };
        let recorded = journal.record(Change::to(before.clone())).await.expect("recorded");
        assert_eq!(recorded, Journey { revision: before.revision + 1, ..before });
        journal.close().await;

        let reopened = fixture.open().await;
        assert_eq!(reopened.current().await.expect("reads"), Some(recorded.clone()));
        reopened.close().await;
        current = Some(recorded);
    }
}

#[tokio::test]
async fn documents_outbox_and_key_uses_are_recorded_with_the_step() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let declaration = OutgoingDeclaration { id: Uuid::now_v7(), pdf: b"%PDF-1.7 declaration".to_vec() };
    let mut first = change(journey(steps().remove(4)));
    first.documents = vec![Document { kind: DocumentKind::Declaration, bytes: declaration.pdf.clone() }];
    first.send = Some(declaration.clone());
    first.key_uses = vec![key_use(1), key_use(2)];
    let uses = first.key_uses.clone();
    let recorded = journal.record(first).await.expect("recorded");

    assert_eq!(journal.outgoing().await.expect("reads"), Some(declaration.clone()));
    let kept = journal.document(recorded.id, DocumentKind::Declaration).await.expect("reads");
    assert_eq!(kept, Some(declaration.pdf.clone()));
    assert_eq!(uses_in(&journal).await, [uses[1].clone(), uses[0].clone()]);
    assert_eq!(
        journal.use_log(1).await.expect("reads").lines.into_iter().map(|line| line.key_use).collect::<Vec<_>>(),
        [uses[1].clone()]
    );

    let mut second = change(recorded.clone());
    second.documents = vec![Document { kind: DocumentKind::Receipt, bytes: b"%PDF-1.7 receipt".to_vec() }];
    second.arrived = Some(declaration.id);
    journal.record(second).await.expect("recorded");
    assert_eq!(journal.outgoing().await.expect("reads"), None);
    let receipt = journal.document(recorded.id, DocumentKind::Receipt).await.expect("reads");
    assert_eq!(receipt.as_deref(), Some(b"%PDF-1.7 receipt".as_slice()));
    let kept = journal.document(recorded.id, DocumentKind::Declaration).await.expect("reads");
    assert_eq!(kept, Some(declaration.pdf));
}

#[tokio::test]
async fn what_lasts_longer_is_never_replaced_by_what_lasts_less_long() {
    use PreservationLevel::{LongTerm, TimeStamped};
    let fixture = Fixture::new();
    let declaration = Uuid::now_v7();
    let made = |level, marker| Preservation { level, proven_time: time(i64::from(marker)), pdf: vec![marker; 5_000] };
    let journal = fixture.open().await;
    for (kept, expected) in [
        (made(TimeStamped, 1), made(TimeStamped, 1)),
        (made(TimeStamped, 2), made(TimeStamped, 2)),
        (made(LongTerm, 3), made(LongTerm, 3)),
        (made(TimeStamped, 4), made(LongTerm, 3)),
        (made(LongTerm, 5), made(LongTerm, 5)),
    ] {
        journal.keep_preservation(declaration, &kept).await.expect("no failure");
        assert_eq!(fixture.open().await.preservation(declaration).await.expect("reads"), Some(expected));
    }
}

#[tokio::test]
async fn a_change_from_an_older_revision_is_refused_and_changes_nothing() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let old = journal.record(change(journey(steps().remove(0)))).await.expect("recorded");
    let new = journal.record(change(old.clone())).await.expect("recorded");

    let mut late = change(old);
    late.documents = vec![Document { kind: DocumentKind::Receipt, bytes: vec![1] }];
    late.key_uses = vec![key_use(1)];
    assert!(matches!(journal.record(late).await, Err(JournalError::Conflict)));
    assert_eq!(journal.current().await.expect("reads"), Some(new.clone()));
    assert_eq!(journal.document(new.id, DocumentKind::Receipt).await.expect("reads"), None);
    assert_eq!(uses_in(&journal).await, []);
}

#[tokio::test]
async fn a_second_journey_is_refused_while_one_is_under_way() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let first = journal.record(change(journey(steps().remove(0)))).await.expect("recorded");
    let second = journal.record(change(journey(steps().remove(0)))).await;
    assert!(matches!(second, Err(JournalError::Conflict)));
    assert_eq!(journal.current().await.expect("reads"), Some(first));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_programs_that_write_at_once_exactly_one_wins() {
    let fixture = Fixture::new();
    let (first, second) = (fixture.open().await, fixture.open().await);
    let mut current = first.record(change(journey(steps().remove(0)))).await.expect("recorded");
    for round in 0..25 {
        let with_use = |number| Change { key_uses: vec![key_use(number)], ..change(current.clone()) };
        let (one, other) = (with_use(2 * round), with_use(2 * round + 1));
        let tasks = (
            tokio::spawn({
                let journal = first.clone();
                async move { journal.record(one).await }
            }),
            tokio::spawn({
                let journal = second.clone();
                async move { journal.record(other).await }
            }),
        );
        let outcomes = [tasks.0.await.expect("runs"), tasks.1.await.expect("runs")];
        let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert!(matches!(lost.as_slice(), [Err(JournalError::Conflict)]), "round {round}: {lost:?}");
        let won = won.into_iter().next().expect("one").expect("won");
        assert_eq!(won.revision, current.revision + 1);
        current = won;
    }
    assert_eq!(uses_in(&first).await.len(), 25);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_that_open_a_new_journal_at_once_all_succeed() {
    let fixture = Fixture::new();
    let path = Arc::new(fixture.path());
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let path = Arc::clone(&path);
            tokio::spawn(async move { SqliteJournal::open(&path).await.map(|_| ()) })
        })
        .collect();
    for opened in opening {
        opened.await.expect("runs").expect("opens");
    }
}

#[tokio::test]
async fn a_change_that_fails_at_any_point_is_recorded_not_at_all_or_as_a_whole() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let mut first = change(journey(steps().remove(4)));
    let waiting = OutgoingDeclaration { id: Uuid::now_v7(), pdf: vec![1; 5_000] };
    first.send = Some(waiting.clone());
    first.key_uses = vec![key_use(1)];
    let before = journal.record(first).await.expect("recorded");

    let after = Change {
        journey: Journey { step: steps().remove(5), ..before.clone() },
        documents: vec![
            Document { kind: DocumentKind::Declaration, bytes: vec![2; 5_000] },
            Document { kind: DocumentKind::Receipt, bytes: vec![3; 5_000] },
        ],
        send: Some(OutgoingDeclaration { id: Uuid::now_v7(), pdf: vec![4; 5_000] }),
        arrived: Some(waiting.id),
        key_uses: vec![key_use(2), key_use(3)],
        succeeds: None,
        discards: Vec::new(),
    };
    let mut failed_at = 0;
    for point in 1.. {
        interrupt_at(&journal, point).await;
        let recorded = journal.record(after.clone()).await;
        undisturbed(&journal).await;
        match recorded {
            Ok(_) => break,
            Err(error) => assert!(is_interrupt(&error), "point {point}: {error:?}"),
        }
        // The last instruction of all comes after the commit.
        let now = journal.current().await.expect("reads").expect("a journey");
        if now.revision > before.revision {
            break;
        }
        failed_at = point;
        assert!(point < 5_000, "not finished within {point} instructions");
        assert_eq!(now, before, "point {point}");
        assert_eq!(journal.outgoing().await.expect("reads"), Some(waiting.clone()), "point {point}");
        assert_eq!(uses_in(&journal).await.len(), 1, "point {point}");
        for kind in [DocumentKind::Declaration, DocumentKind::Receipt] {
            assert_eq!(journal.document(before.id, kind).await.expect("reads"), None, "point {point}");
        }
    }
    assert!(failed_at > 50, "only {failed_at} points were tried");
    let now = journal.current().await.expect("reads").expect("a journey");
    assert_eq!((now.revision, now.step), (before.revision + 1, after.journey.step));
    assert_eq!(journal.outgoing().await.expect("reads"), after.send);
    assert_eq!(uses_in(&journal).await.len(), 3);
}

fn is_interrupt(error: &JournalError) -> bool {
    matches!(error, JournalError::Unavailable(source) if source.to_string().contains("interrupted"))
}

/// Lets SQLite fail at its `point`th instruction from now on.
async fn interrupt_at(journal: &SqliteJournal, point: u32) {
    let count = AtomicU32::new(0);
    let mut connection = journal.pool.acquire().await.expect("a connection");
    let mut handle = connection.lock_handle().await.expect("the handle");
    handle.set_progress_handler(1, move || count.fetch_add(1, Ordering::Relaxed) + 1 != point);
}

async fn undisturbed(journal: &SqliteJournal) {
    let mut connection = journal.pool.acquire().await.expect("a connection");
    connection.lock_handle().await.expect("the handle").remove_progress_handler();
}

#[tokio::test]
async fn after_a_full_disk_everything_is_as_it_was_and_recording_works_again() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let before = journal.record(change(journey(steps().remove(0)))).await.expect("recorded");
    let mut large = change(before.clone());
    large.documents = vec![Document { kind: DocumentKind::Declaration, bytes: vec![1; 1_000_000] }];
    for _ in 0..3 {
        sqlx::query("PRAGMA max_page_count = 50").execute(&journal.pool).await.expect("a small disk");
        let refused = journal.record(large.clone()).await.err();
        assert!(matches!(refused, Some(JournalError::Unavailable(_))), "{refused:?}");
        assert_eq!(journal.current().await.expect("reads"), Some(before.clone()));
    }
    sqlx::query("PRAGMA max_page_count = 100000").execute(&journal.pool).await.expect("room again");
    journal.record(large).await.expect("recorded");
}

#[tokio::test]
async fn an_archived_journey_keeps_its_documents_and_makes_room_for_the_next() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let mut first = change(journey(steps().remove(4)));
    first.documents = vec![Document { kind: DocumentKind::Declaration, bytes: vec![1, 2, 3] }];
    first.send = Some(OutgoingDeclaration { id: Uuid::now_v7(), pdf: vec![1, 2, 3] });
    first.key_uses = vec![key_use(1)];
    let old = journal.record(first).await.expect("recorded");

    let stale = Journey { revision: old.revision + 1, ..old.clone() };
    assert!(matches!(journal.archive(&stale).await, Err(JournalError::Conflict)));
    assert_eq!(journal.current().await.expect("reads"), Some(old.clone()));

    journal.archive(&old).await.expect("archived");
    assert_eq!(journal.current().await.expect("reads"), None);
    assert_eq!(journal.outgoing().await.expect("reads"), None, "nothing of an ended journey is sent");
    let kept = journal.document(old.id, DocumentKind::Declaration).await.expect("reads");
    assert_eq!(kept, Some(vec![1, 2, 3]));
    assert_eq!(uses_in(&journal).await.len(), 1);

    assert!(matches!(journal.archive(&old).await, Err(JournalError::Conflict)), "it is archived already");
    assert!(matches!(journal.record(change(old)).await, Err(JournalError::Conflict)), "the archive is not changed");
    journal.record(change(journey(steps().remove(0)))).await.expect("there is room");
}

#[tokio::test]
async fn a_declaration_in_the_outbox_is_not_replaced_by_another() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let waiting = OutgoingDeclaration { id: Uuid::now_v7(), pdf: vec![1] };
    let mut first = change(journey(steps().remove(4)));
    first.send = Some(waiting.clone());
    let recorded = journal.record(first).await.expect("recorded");
    let mut second = change(recorded.clone());
    second.send = Some(OutgoingDeclaration { id: Uuid::now_v7(), pdf: vec![2] });
    assert!(matches!(journal.record(second).await, Err(JournalError::Conflict)));
    assert_eq!(journal.outgoing().await.expect("reads"), Some(waiting));
    assert_eq!(journal.current().await.expect("reads"), Some(recorded));
}

#[tokio::test]
async fn uses_of_a_key_are_recorded_without_a_step_and_can_never_be_changed() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let uses: Vec<KeyUse> = (0..4).map(key_use).collect();
    journal.record_key_uses(uses.clone()).await.expect("recorded");
    journal.close().await;
    for tampering in ["DELETE FROM use_log", "UPDATE use_log SET used_at = '2020-01-01T00:00:00Z'"] {
        assert!(sql(&fixture.path(), tampering).await.is_err(), "{tampering}");
    }
    let newest_first: Vec<KeyUse> = uses.into_iter().rev().collect();
    assert_eq!(uses_in(&fixture.open().await).await, newest_first);
}

#[tokio::test]
async fn a_use_that_somebody_changed_or_removed_behind_the_programs_back_shows() {
    for (tampering, number) in [
        ("UPDATE use_log SET used_at = '2020-01-01T00:00:00.000000000Z' WHERE number = 2", 2),
        ("UPDATE use_log SET refused = NULL WHERE number = 3", 3),
        ("DELETE FROM use_log WHERE number = 2", 2),
        ("DELETE FROM use_log WHERE number = 1", 1),
        ("UPDATE use_log SET hash = NULL WHERE number = 4", 4),
    ] {
        let fixture = Fixture::new();
        let journal = fixture.open().await;
        let mut uses: Vec<KeyUse> = (0..4).map(key_use).collect();
        uses[2].refused = Some(ProblemCode::PasswordWrong);
        journal.record_key_uses(uses).await.expect("recorded");
        journal.close().await;
        sql(&fixture.path(), "DROP TRIGGER use_log_is_never_changed; DROP TRIGGER use_log_is_never_deleted")
            .await
            .expect("whoever owns the file can do that");
        sql(&fixture.path(), tampering).await.expect("and that");
        let journal = fixture.open().await;
        assert_eq!(journal.use_log(10).await.expect("reads").state, UseLogState::Altered { number }, "{tampering}");
        // What is written afterwards does not make it good again.
        journal.record_key_uses(vec![key_use(9)]).await.expect("recorded");
        assert_eq!(journal.use_log(10).await.expect("reads").state, UseLogState::Altered { number }, "{tampering}");
    }
}

#[tokio::test]
async fn wrong_passwords_are_counted_for_one_key_since_it_was_last_used_whatever_else_was_refused() {
    let journal = Fixture::new().open().await;
    let [key, other] = [KeyId(Uuid::from_u128(1)), KeyId(Uuid::from_u128(2))];
    let asked = |key, second, refused| KeyUse { key, at: time(second), refused, ..key_use(1) };
    let wrong = Some(ProblemCode::PasswordWrong);
    journal.record_key_uses(vec![asked(key, 0, wrong), asked(key, 1, None)]).await.expect("recorded");
    assert!(journal.wrong_passwords(key, 9).await.expect("reads").is_empty());
    let waits = (10..90).map(|second| asked(key, second, Some(ProblemCode::PasswordWait)));
    let between = vec![
        asked(key, 2, wrong),
        asked(key, 3, Some(ProblemCode::StatusUntold)),
        asked(other, 4, wrong),
        asked(other, 5, None),
        asked(key, 6, wrong),
    ];
    journal.record_key_uses(between.into_iter().chain(waits).collect()).await.expect("recorded");
    assert_eq!(journal.wrong_passwords(key, 9).await.expect("reads"), [time(6), time(2)]);
    assert_eq!(journal.wrong_passwords(key, 1).await.expect("reads"), [time(6)]);
}

#[tokio::test]
async fn a_problem_that_only_a_newer_version_knows_keeps_no_use_from_being_recorded() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    journal.record_key_uses(vec![key_use(1)]).await.expect("recorded");
    journal.close().await;
    sql(
        &fixture.path(),
        "INSERT INTO use_log SELECT 2, key, 'levitation', used_at, portal, document, program_version, 'vertigo', hash FROM use_log",
    )
    .await
    .expect("written by a newer version");
    let journal = fixture.open().await;
    journal.record_key_uses(vec![key_use(3)]).await.expect("recorded");
    assert!(journal.wrong_passwords(key_use(1).key, 9).await.expect("reads").is_empty());
    assert!(matches!(journal.use_log(9).await, Err(JournalError::Damaged(_))), "shown it cannot be");
}

#[tokio::test]
async fn the_uses_of_a_journal_of_the_first_version_are_taken_over() {
    let fixture = Fixture::new();
    std::fs::create_dir_all(fixture.path().parent().expect("a folder")).expect("a folder");
    let mut connection =
        SqliteConnectOptions::new().filename(fixture.path()).create_if_missing(true).connect().await.expect("a file");
    sqlx::migrate!("./migrations").run_direct(Some(1), &mut connection, false).await.expect("the first version");
    let key = Uuid::now_v7().to_string();
    sqlx::query("INSERT INTO key_use (key, purpose, used_at, portal) VALUES (?, 'declaration-signature', '2026-11-24T12:00:00.000000000Z', 'https://portal.example')")
        .bind(&key)
        .execute(&mut connection)
        .await
        .expect("a use");
    connection.close().await.expect("closed");
    let journal = fixture.open().await;
    let uses = uses_in(&journal).await;
    assert_eq!(uses.len(), 1);
    assert_eq!(uses[0].key.to_string(), key);
    journal.record_key_uses(vec![key_use(1)]).await.expect("recorded");
    assert_eq!(uses_in(&journal).await.len(), 2);
}

#[tokio::test]
async fn a_large_document_is_kept_byte_for_byte_and_one_too_large_is_refused() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let bytes: Vec<u8> = (0..20_000_000_u32).map(|number| number.to_le_bytes()[(number % 3) as usize]).collect();
    let mut large = change(journey(steps().remove(0)));
    large.documents = vec![Document { kind: DocumentKind::Declaration, bytes: bytes.clone() }];
    let recorded = journal.record(large).await.expect("recorded");
    let kept = journal.document(recorded.id, DocumentKind::Declaration).await.expect("reads").expect("kept");
    assert!(kept == bytes);

    let mut too_large = change(recorded.clone());
    too_large.documents = vec![Document { kind: DocumentKind::Receipt, bytes: vec![0; LARGEST_DOCUMENT + 1] }];
    assert!(matches!(journal.record(too_large).await, Err(JournalError::Unavailable(_))));
    assert_eq!(journal.current().await.expect("reads"), Some(recorded));
}

#[tokio::test]
async fn a_setting_is_kept_and_replaced() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    assert_eq!(journal.setting(Setting::Language).await.expect("reads"), None);
    for language in ["en", "da"] {
        journal.set_setting(Setting::Language, language).await.expect("kept");
        assert_eq!(journal.setting(Setting::Language).await.expect("reads").as_deref(), Some(language));
    }
}

#[tokio::test]
async fn a_journal_of_a_newer_version_is_refused_and_left_as_it_is() {
    let fixture = Fixture::new();
    fixture.closed_with_a_journey().await;
    sql(
        &fixture.path(),
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'the future', 1, x'00', 0)",
    )
    .await
    .expect("the future");
    let before = fs::read(fixture.path()).expect("the file");
    let refused = SqliteJournal::open(&fixture.path()).await.err().expect("refused");
    assert!(matches!(refused, JournalError::WrittenByNewerVersion), "{refused:?}");
    assert!(fs::read(fixture.path()).expect("the file") == before);
}

#[tokio::test]
async fn a_damaged_journal_is_refused_and_left_as_it_is() {
    let fixture = Fixture::new();
    let sound = fixture.closed_with_a_journey().await;
    let page = 4096;
    let mut garbled_page = sound.clone();
    garbled_page[page..2 * page].fill(0xaa);
    let mut garbled_schema = sound.clone();
    garbled_schema[150..page].fill(0xaa);
    let damages: [(&str, Vec<u8>); 5] = [
        ("a text", b"Kaere dagbog, i dag fik jeg et certifikat.".to_vec()),
        ("zeros", vec![0; sound.len()]),
        ("cut off in the middle", sound[..sound.len() / 2].to_vec()),
        ("a page of another file", garbled_page),
        ("a garbled schema", garbled_schema),
    ];
    for (damage, bytes) in damages {
        fs::write(fixture.path(), &bytes).expect("damaged");
        let refused = SqliteJournal::open(&fixture.path()).await.err();
        assert!(matches!(refused, Some(JournalError::Damaged(_))), "{damage}: {refused:?}");
        assert!(fs::read(fixture.path()).expect("the file") == bytes, "{damage}: the file was changed");
    }
}

#[tokio::test]
async fn a_step_that_cannot_be_understood_is_damage_and_not_a_panic() {
    let fixture = Fixture::new();
    fixture.closed_with_a_journey().await;
    sql(&fixture.path(), "UPDATE journey SET step = '{\"step\":\"levitating\"}'").await.expect("garbled");
    assert!(matches!(fixture.open().await.current().await, Err(JournalError::Damaged(_))));
    sql(&fixture.path(), "UPDATE journey SET id = 'not a uuid'").await.expect_err("documents refer to it");
    sql(&fixture.path(), "UPDATE use_log SET key = ''").await.expect("there is none");
}

#[tokio::test]
async fn the_database_of_another_program_is_not_taken_for_a_journal() {
    let fixture = Fixture::new();
    fs::create_dir_all(fixture.path().parent().expect("a folder")).expect("the folder");
    let mut connection =
        SqliteConnectOptions::new().filename(fixture.path()).create_if_missing(true).connect().await.expect("opens");
    sqlx::raw_sql("CREATE TABLE bookmark (url TEXT)").execute(&mut connection).await.expect("made");
    connection.close().await.expect("closed");
    let before = fs::read(fixture.path()).expect("the file");
    assert!(matches!(SqliteJournal::open(&fixture.path()).await, Err(JournalError::Damaged(_))));
    assert!(fs::read(fixture.path()).expect("the file") == before);
}

#[tokio::test]
async fn a_journal_that_cannot_be_made_is_unavailable() {
    let fixture = Fixture::new();
    let file = fixture.folder.path().join("file");
    fs::write(&file, b"").expect("a file where the folder should be");
    assert!(matches!(SqliteJournal::open(&file.join("journal.sqlite")).await, Err(JournalError::Unavailable(_))));
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_journal() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    journal.record(change(journey(steps().remove(0)))).await.expect("recorded");
    let folder = fixture.path().parent().expect("a folder").to_owned();
    assert_eq!(mode(&folder), 0o700);
    let mut files = 0;
    for entry in fs::read_dir(&folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        files += 1;
    }
    assert!(files >= 3, "the journal, its log and its index");
    journal.close().await;

    fs::set_permissions(fixture.path(), fs::Permissions::from_mode(0o644)).expect("loosened");
    fixture.open().await.close().await;
    assert_eq!(mode(&fixture.path()), 0o600);
}

#[tokio::test]
async fn a_certificate_recorded_before_there_were_other_origins_than_an_invitation_is_read() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let issued = steps().into_iter().find(|step| matches!(step, Step::Issued(_))).expect("a sample");
    let mut json = serde_json::to_value(&issued).expect("JSON");
    assert!(json.get("invitation").is_some(), "it stands where it always stood");
    let invitation = json["invitation"].as_object_mut().expect("an object");
    invitation.remove("earlier");
    invitation.remove("on_earlier");
    let recorded = journal.record(change(journey(issued))).await.expect("recorded");
    sqlx::query("UPDATE journey SET step = ?, fingerprint = NULL")
        .bind(json.to_string())
        .execute(&journal.pool)
        .await
        .expect("the old form");
    let read = journal.current().await.expect("it is read").expect("a journey");
    assert_eq!(read.step.subject(), recorded.step.subject());
    assert!(read.step.invitation().expect("the invitation").earlier.is_empty());
}

#[tokio::test]
async fn an_announced_key_is_forgotten_when_a_journey_names_it_and_a_discarded_one_is_announced() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let named = steps().into_iter().find(|step| matches!(step, Step::KeyMade(_))).expect("a sample");
    let key = named.key().expect("a key").clone();
    let other = KeyId(Uuid::from_u128(99));
    let token = KeyPlaceName::token("pkcs11:token=A");
    journal.announce_key(key.id, &key.place).await.expect("announced");
    journal.announce_key(other, &token).await.expect("announced");
    journal.announce_key(other, &token).await.expect("announced again is announced once");
    let recorded = journal.record(change(journey(named))).await.expect("recorded");
    assert_eq!(journal.announced_keys().await.expect("the keys"), [(other, token.clone())]);
    let discarded = KeyReference { id: KeyId(Uuid::from_u128(98)), ..key };
    let discards = vec![discarded.clone()];
    journal.record(Change { discards, ..change(recorded) }).await.expect("recorded");
    let announced = [(other, token), (discarded.id, discarded.place)];
    assert_eq!(journal.announced_keys().await.expect("the keys"), announced);
    journal.forget_key(other).await.expect("forgotten");
    assert_eq!(journal.announced_keys().await.expect("the keys").len(), 1);
}

#[tokio::test]
async fn a_journey_that_succeeds_another_takes_its_place_in_one_transaction_or_not_at_all() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let step = || steps().into_iter().find(|step| matches!(step, Step::Active(_))).expect("a sample");
    let before = journal.record(change(journey(step()))).await.expect("recorded");
    let stale = Change { succeeds: Some((before.id, before.revision + 1)), ..change(journey(step())) };
    assert!(matches!(journal.record(stale).await, Err(JournalError::Conflict)));
    assert_eq!(journal.current().await.expect("read"), Some(before.clone()));
    let next = Change { succeeds: Some((before.id, before.revision)), ..change(journey(step())) };
    let next = journal.record(next).await.expect("recorded");
    assert_eq!(journal.current().await.expect("read"), Some(next));
    let all = journal.journeys().await.expect("the journeys");
    assert!(all.iter().any(|recorded| recorded.journey == before && !recorded.under_way), "it is in the archive");
}

#[tokio::test]
async fn what_the_portal_told_is_kept_once_and_an_acknowledged_act_stays_so() {
    let fixture = Fixture::new();
    let journal = fixture.open().await;
    let step = steps().into_iter().find(|step| matches!(step, Step::Active(_))).expect("a sample");
    let id = journal.record(change(journey(step))).await.expect("recorded").id;
    let judged = |number: u128, judgement| JudgedActivity {
        activity: Activity {
            id: Uuid::from_u128(number),
            at: time(i64::try_from(number).expect("small")),
            kind: ActivityKind::LogIn,
            address: "192.0.2.1".into(),
            agent: "en browser".into(),
            device: ActivityDevice::Registered("PC-1".into()),
            document: None,
        },
        judgement,
    };
    let told = [judged(1, Judgement::Ours), judged(2, Judgement::Suspicious), judged(3, Judgement::Suspicious)];
    journal.keep_activities(id, &told).await.expect("kept");
    journal.acknowledge_activity(id, Uuid::from_u128(2)).await.expect("acknowledged");
    journal.acknowledge_activity(id, Uuid::from_u128(1)).await.expect("nothing to acknowledge");
    journal.keep_activities(id, &told).await.expect("told again");
    let kept = [judged(3, Judgement::Suspicious), judged(2, Judgement::Acknowledged), judged(1, Judgement::Ours)];
    assert_eq!(journal.activities(id, 10).await.expect("the acts"), kept);
    assert_eq!(journal.activities(id, 1).await.expect("the acts"), kept[..1]);
}
