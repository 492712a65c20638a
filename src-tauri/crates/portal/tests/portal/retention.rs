//! Everything about a certificate is erased six years after its issue, and the event log still proves itself.

use super::lra::Lra;
use crate::support::database::{Database, on_postgresql};
use crate::support::{DEVICE_NAME, TestPortal};
use chrono::TimeDelta;
use portal::{Audit, ChainFault, ChainHead, ErasedCounts, Retained, RetentionRun};
use portal_api::CertificateState;
use reqwest::StatusCode;
use std::fs;

/// Six years from the time of these tests, in days: two of them have a 29th of February (2028 and 2032).
const SIX_YEARS: i64 = 6 * 365 + 2;

async fn retain(portal: &TestPortal, run: RetentionRun) -> Retained {
    let database = portal.url_of_database();
    portal::retain(portal.data.path(), database.as_deref(), portal.clock.as_ref(), run).await.expect("it runs")
}

async fn audit(portal: &TestPortal, noted: Option<&ChainHead>) -> Audit {
    portal::audit(portal.data.path(), portal.url_of_database().as_deref(), noted).await.expect("it is read")
}

async fn rows(database: &mut Database, tables: &[&'static str]) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in tables {
        counts.push(database.number(table, &[]).await);
    }
    counts
}

/// Of employees, orders, certificates and what goes with them.
const TABLES: [&str; 7] = [
    "SELECT COUNT(*) FROM employee",
    "SELECT COUNT(*) FROM invitation",
    "SELECT COUNT(*) FROM certificate WHERE kind = 'employee'",
    "SELECT COUNT(*) FROM declaration",
    "SELECT COUNT(*) FROM device",
    "SELECT COUNT(*) FROM activity",
    "SELECT COUNT(*) FROM authority_certificate WHERE kind = 'lra'",
];

/// How many events name a certificate, as theirs or as acting.
async fn events_of(database: &mut Database, serial_number: &str) -> i64 {
    let sql = "SELECT COUNT(*) FROM event WHERE serial_number = $1 OR acting_serial_number = $1";
    database.number(sql, &[serial_number]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn six_years_after_its_issue_everything_about_a_certificate_goes_but_what_a_younger_one_needs() {
    let portal = TestPortal::practice().await;
    let lra = Lra::municipality(&portal).await;
    let (gone, gone_device) = portal.declared().await;
    portal.log_in(&gone, Some(&gone_device)).await;
    let suspension = portal.url(&format!("/v1/lra/certificates/{}/suspension", gone.serial()));
    assert_eq!(lra.client.post(suspension).send().await.expect("an answer").status(), StatusCode::OK);
    let (first, _) = portal.declared().await;
    portal.invite().await;
    // Both renewals rest on the first declaration.
    portal.clock.advance(TimeDelta::days(1000));
    let second = portal.renewed(&first).await;
    portal.register_device(&second).await;
    portal.clock.advance(TimeDelta::days(1000));
    let third = portal.renewed(&second).await;
    let device = portal.register_device(&third).await;
    assert_eq!(portal.state(&device).await, CertificateState::Active);
    let told_before = portal.me(&device).await.declaration;

    portal.clock.advance(TimeDelta::days(SIX_YEARS - 2000) - TimeDelta::minutes(1));
    for run in [RetentionRun::Dry, RetentionRun::Erase] {
        assert!(retain(&portal, run).await.counts.is_empty(), "not a minute before");
    }
    let all = rows(&mut portal.database().await, &TABLES).await;
    assert_eq!(all[..5], [3, 3, 4, 2, 4]);
    portal.clock.advance(TimeDelta::minutes(6));
    let due = retain(&portal, RetentionRun::Dry).await;
    assert_eq!(rows(&mut portal.database().await, &TABLES).await, all, "a dry run erases nothing");
    let head = audit(&portal, None).await.head.expect("a last event");

    let erased = retain(&portal, RetentionRun::Erase).await;
    // The authority, whose issue is one event, is free of events only by the run itself.
    let counts = ErasedCounts { authority_certificates: 0, events: erased.counts.events - 1, ..erased.counts };
    assert_eq!((due.erased, due.counts, erased.counts.authority_certificates), (false, counts, 1));
    assert!(retain(&portal, RetentionRun::Erase).await.counts.is_empty(), "a second run finds nothing");
    let (certificates, in_part, orders) =
        (erased.counts.certificates, erased.counts.certificates_in_part, erased.counts.orders);
    assert_eq!(
        (certificates, in_part, orders),
        (1, 1, 2),
        "of the first one the declaration stays: the third rests on it"
    );
    let mut database = portal.database().await;
    assert_eq!(rows(&mut database, &TABLES).await[..5], [1, 1, 3, 1, 2]);
    for serial in [gone.serial(), first.serial()] {
        assert_eq!(events_of(&mut database, serial).await, 0, "{serial}");
    }
    assert!(events_of(&mut database, third.serial()).await > 0);
    let me = portal.me(&device).await;
    assert_eq!((me.certificate.state, me.declaration), (CertificateState::Active, told_before));
    assert_eq!(portal.log_in(&third, Some(&device)).await.status(), StatusCode::OK, "who is still there works on");
    let answer = portal.open(&first.invited.reference, &first.invited.code).await;
    assert_eq!(answer.status(), StatusCode::OK, "the order stays");
    let used = portal.enrol(&first.invited, crate::support::EmployeeKey::generate().request()).await;
    assert_eq!(used.status(), StatusCode::CONFLICT, "and is still one that was used");

    // The chain holds over what was erased, from what was noted before; how much it was is told for good.
    let told = audit(&portal, Some(&head)).await;
    assert!(told.holds && told.erased > 0, "{told:?}");
    let written = "SELECT kind, actor, detail FROM event WHERE kind = 'erased' AND 'x' = $1 ORDER BY id";
    let written = database.told(written, &["x"]).await;
    let mut sum = 0;
    for (_, by, detail) in &written {
        let counts: ErasedCounts = serde_json::from_str(detail.as_deref().expect("counts")).expect("JSON");
        assert_eq!(by, "portal");
        sum += counts.certificates + counts.orders;
    }
    assert_eq!(sum, 3);

    // In the end nothing is left of anybody; the portal erases by itself at its start, as after the restore of a backup.
    portal.clock.advance(TimeDelta::days(2001));
    let (data, serials) =
        (portal.data.path().to_path_buf(), [&gone, &first, &second, &third].map(|one| one.serial().to_owned()));
    let references = [&gone, &first].map(|one| one.invited.reference.replace('-', ""));
    let before = rows(&mut portal.database().await, &TABLES).await;
    let portal = portal.restart().await;
    let rows_left = rows(&mut portal.database().await, &TABLES).await;
    assert_eq!(rows_left[..5], before[..5], "a clock that is years ahead of the last event erases nothing unasked");
    portal.clock.advance(TimeDelta::days(-300));
    portal.invite().await;
    portal.clock.advance(TimeDelta::days(300));
    let portal = portal.restart().await;
    assert_eq!(rows(&mut portal.database().await, &TABLES).await[..5], [1, 1, 0, 0, 0], "only who was invited since");
    assert!(audit(&portal, Some(&head)).await.holds);
    if !on_postgresql() {
        for name in ["portal.sqlite", "portal.sqlite-wal"] {
            let bytes = fs::read(data.join(name)).unwrap_or_default();
            for erased in serials.iter().chain(&references).chain([&DEVICE_NAME.to_owned()]) {
                let found = bytes.windows(erased.len()).any(|window| window == erased.as_bytes());
                assert!(!found, "{erased} is still in the file {name}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_leaves_the_databases_files_as_soon_as_nobody_reads_it_any_more() {
    let portal = TestPortal::practice().await;
    let (employee, _) = portal.declared().await;
    portal.clock.advance(TimeDelta::days(SIX_YEARS) + TimeDelta::minutes(6));
    if on_postgresql() {
        assert_eq!(retain(&portal, RetentionRun::Erase).await.counts.certificates, 1);
        let vacuumed = "SELECT COUNT(*) FROM pg_stat_user_tables WHERE schemaname = current_schema() AND vacuum_count > 0 \
            AND relname IN ('employee', 'certificate', 'device', 'declaration', 'activity', 'event', 'invitation')";
        assert_eq!(portal.database().await.number(vacuumed, &[]).await, 7);
        return;
    }
    let in_files = || {
        ["portal.sqlite", "portal.sqlite-wal"].iter().any(|name| {
            let bytes = fs::read(portal.data.path().join(name)).unwrap_or_default();
            bytes.windows(DEVICE_NAME.len()).any(|window| window == DEVICE_NAME.as_bytes())
        })
    };
    let mut reader = portal.database().await;
    reader.execute("BEGIN", &[]).await.expect("begun");
    assert_eq!(reader.number("SELECT COUNT(*) FROM device", &[]).await, 1);
    let held = retain(&portal, RetentionRun::Erase).await;
    assert!(held.traces_left && held.counts.certificates == 1 && in_files(), "{held:?}");
    assert!(retain(&portal, RetentionRun::Erase).await.traces_left, "it is still read");
    reader.execute("ROLLBACK", &[]).await.expect("ended");
    let done = retain(&portal, RetentionRun::Erase).await;
    assert!(!done.traces_left && done.counts.is_empty() && !in_files(), "{done:?}");
    assert_eq!(events_of(&mut reader, employee.serial()).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_version_deleted_without_overwriting_it_is_gone_after_the_first_run() {
    if on_postgresql() {
        return;
    }
    const DELETED: &str = "Øvebruger Slettet";
    let portal = TestPortal::practice().await;
    let mut database = portal.database().await;
    for sql in [
        "PRAGMA secure_delete = OFF",
        "CREATE TABLE gone (text TEXT)",
        "INSERT INTO gone WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
            SELECT 'Øvebruger Slettet' FROM n",
        "DROP TABLE gone",
        "DELETE FROM instance_setting WHERE name = 'vacuumed since secure_delete'",
        "PRAGMA wal_checkpoint(TRUNCATE)",
    ] {
        database.execute(sql, &[]).await.expect("done");
    }
    let in_file = || {
        let bytes = fs::read(portal.data.path().join("portal.sqlite")).expect("the database");
        bytes.windows(DELETED.len()).any(|window| window == DELETED.as_bytes())
    };
    assert!(in_file());
    assert!(!retain(&portal, RetentionRun::Erase).await.traces_left && !in_file());
    let once = "SELECT COUNT(*) FROM instance_setting WHERE name LIKE 'vacuumed%'";
    assert_eq!(database.number(once, &[]).await, 1, "and once is enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_an_erasure_changes_an_event_and_no_erasure_outlives_its_transaction() {
    let portal = TestPortal::practice().await;
    let (employee, _) = portal.declared().await;
    let serial = employee.serial();
    let mut database = portal.database().await;
    const BLANK: &str = "UPDATE event SET reference = NULL, serial_number = NULL, detail = NULL, \
        authority_serial_number = NULL, acting_serial_number = NULL WHERE serial_number = $1";
    const SALTS: &str = "UPDATE event_link SET payload_salt = NULL, acting_salt = NULL \
        WHERE event_id IN (SELECT id FROM event WHERE serial_number = $1)";
    let never = [
        "UPDATE event SET kind = 'reinstated' WHERE serial_number = $1",
        "UPDATE event SET at = 0 WHERE serial_number = $1",
        "UPDATE event SET detail = 'x' WHERE serial_number = $1",
        "DELETE FROM event WHERE serial_number = $1",
        "UPDATE event_link SET hash = payload_commitment WHERE event_id = (SELECT MAX(id) FROM event WHERE serial_number = $1)",
        "DELETE FROM event_link WHERE event_id = (SELECT MAX(id) FROM event WHERE serial_number = $1)",
        "UPDATE activity SET address = '' WHERE serial_number = $1",
    ];
    for sql in never.iter().chain(&[BLANK, SALTS, "DELETE FROM activity WHERE serial_number = $1"]) {
        assert!(database.execute(sql, &[serial]).await.is_err(), "{sql}");
    }
    const UNDER_WAY: &str = "INSERT INTO erasure_under_way (serial_number) VALUES ($1)";
    assert!(database.execute(UNDER_WAY, &[serial]).await.is_err(), "it cannot be committed");
    for sql in never {
        database.execute("BEGIN", &[]).await.expect("begun");
        database.execute(UNDER_WAY, &[serial]).await.expect("until the end of the transaction");
        assert!(database.execute(sql, &[serial]).await.is_err(), "{sql}");
        database.execute("ROLLBACK", &[]).await.expect("rolled back");
    }
    // Of another certificate than the one that is being erased.
    database.execute("BEGIN", &[]).await.expect("begun");
    database.execute(UNDER_WAY, &["4f"]).await.expect("until the end of the transaction");
    assert!(database.execute(BLANK, &[serial]).await.is_err());
    database.execute("ROLLBACK", &[]).await.expect("rolled back");
    assert!(audit(&portal, None).await.holds);
    // As an erasure does it, but without saying so in the chain.
    database.execute("BEGIN", &[]).await.expect("begun");
    for sql in [UNDER_WAY, SALTS, BLANK, "DELETE FROM erasure_under_way WHERE serial_number = $1"] {
        database.execute(sql, &[serial]).await.expect("the database cannot tell");
    }
    database.execute("COMMIT", &[]).await.expect("committed");
    let found = audit(&portal, None).await;
    assert!(!found.holds && found.breaks[0].fault == ChainFault::NotAsErased, "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_names_every_event_that_was_altered_taken_out_or_put_in() {
    let portal = TestPortal::practice().await;
    portal.declared().await;
    portal.declared().await;
    let sound = audit(&portal, None).await;
    let head = sound.head.clone().expect("a last event");
    assert!(sound.holds && sound.events > 10 && sound.erased == 0, "{sound:?}");
    let mut database = portal.database().await;
    let ids = database.numbers("SELECT id FROM event ORDER BY id", &[]).await;
    // Whoever owns the database can do away with what guards it.
    let unguarded: &[&str] = if on_postgresql() {
        &["ALTER TABLE event DISABLE TRIGGER USER", "ALTER TABLE event_link DISABLE TRIGGER USER"]
    } else {
        &[
            "DROP TRIGGER event_is_never_changed",
            "DROP TRIGGER event_is_never_deleted",
            "DROP TRIGGER event_link_is_never_changed",
            "DROP TRIGGER event_link_is_never_deleted",
        ]
    };
    for sql in unguarded {
        database.execute(sql, &[]).await.expect("done");
    }
    let [altered, blanked, retimed, out] = [ids[2], ids[4], ids[6], ids[8]].map(|id| id.to_string());
    for (sql, id) in [
        ("UPDATE event SET detail = 'x' WHERE CAST(id AS TEXT) = $1", &altered),
        (
            "UPDATE event SET serial_number = NULL, reference = NULL, detail = NULL WHERE CAST(id AS TEXT) = $1",
            &blanked,
        ),
        ("UPDATE event SET at = at + 1 WHERE CAST(id AS TEXT) = $1", &retimed),
        ("DELETE FROM event_link WHERE CAST(event_id AS TEXT) = $1", &out),
        ("DELETE FROM event WHERE CAST(id AS TEXT) = $1", &out),
        ("INSERT INTO event (at, kind, serial_number) VALUES (1, 'reinstated', $1)", &out),
    ] {
        assert_eq!(database.execute(sql, &[id]).await.expect("done"), 1, "{sql}");
    }
    let put_in = database.number("SELECT MAX(id) FROM event", &[]).await;
    let named = |audit: &Audit| audit.breaks.iter().map(|one| (one.event, one.fault)).collect::<Vec<_>>();
    let found = audit(&portal, Some(&head)).await;
    assert!(!found.holds);
    assert_eq!(
        named(&found),
        [
            (ids[2], ChainFault::Altered),
            (ids[4], ChainFault::Altered),
            (ids[6], ChainFault::DoesNotFollow),
            (ids[9], ChainFault::DoesNotFollow),
            (put_in, ChainFault::NotLinked),
        ]
    );
    assert_eq!(found.head, Some(head.clone()));

    // What is cut off at the end leaves a chain that holds: only who has noted its end knows.
    let last = head.event.to_string();
    for sql in
        ["DELETE FROM event_link WHERE CAST(event_id AS TEXT) >= $1", "DELETE FROM event WHERE CAST(id AS TEXT) >= $1"]
    {
        database.execute(sql, &[&last]).await.expect("done");
    }
    let missed = audit(&portal, Some(&head)).await;
    assert!(named(&missed).contains(&(head.event, ChainFault::Missing)), "{missed:?}");
}
