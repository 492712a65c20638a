//! The data folder: private, kept over a restart, and free of what must not be readable.

use crate::support::{PERSONAL_NUMBER, TestPortal, database, order, refused, settings, start_on};
use portal::{AuthorityOrder, OrderRejected, PersonalNumber, PolicyArc, PortalError, PortalServer, RevokeError};
use portal_api::{CertificateState, DetailField, ProblemKind, RevocationReason};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_ports_keys_certificates_and_users() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let (ready, anchor) = (portal.running.ready.clone(), portal.trust_anchor());
    let portal = portal.restart().await;
    assert_eq!(portal.running.ready, ready);
    assert!(portal.trust_anchor() == anchor);
    assert_eq!(portal.me(&device).await.certificate.serial_number, employee.serial());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_meanwhile_is_replaced_by_another() {
    let portal = TestPortal::practice().await;
    let taken = portal.running.ready.status.clone();
    let TestPortal { running, data, clock } = portal;
    running.shutdown().await;
    let address = taken.trim_start_matches("http://");
    let _other = std::net::TcpListener::bind(address).expect("the port is free again");
    let running = start_on(data.path(), true, clock).await.expect("the portal starts");
    assert_ne!(running.ready.status, taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_portals_do_not_run_on_the_same_data_unless_they_are_instances_of_one() {
    let portal = TestPortal::practice().await;
    let second = start_on(portal.data.path(), true, Arc::clone(&portal.clock)).await;
    if database::on_postgresql() {
        second.expect("it shares the database").shutdown().await;
    } else {
        assert!(matches!(second.err(), Some(PortalError::AlreadyRunning { .. })));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_database_is_opened_by_many_at_once() {
    let data = tempfile::tempdir().expect("a folder");
    let database = database::database_of(data.path());
    let open = || portal::users(data.path(), database.as_deref());
    let (one, two, three, four) = tokio::join!(open(), open(), open(), open());
    for opened in [one, two, three, four] {
        assert_eq!(opened.expect("opened"), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_of_a_practice_portal_is_not_served_as_anything_else() {
    let TestPortal { running, data, clock } = TestPortal::practice().await;
    running.shutdown().await;
    let other = start_on(data.path(), false, clock).await;
    assert!(matches!(other.err(), Some(PortalError::OtherMode { practice: true, .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_keeps_its_policies_and_practice_is_never_under_those_of_oces() {
    let TestPortal { running, data, clock } = TestPortal::with_mode(false).await;
    running.shutdown().await;
    let start =
        |practice, policies| PortalServer::start_under(settings(data.path(), practice, clock.clone()), policies);
    let other = start(false, PolicyArc::Oces).await.err();
    assert!(matches!(other, Some(PortalError::OtherPolicies { policies: PolicyArc::Documentation, .. })));
    assert!(matches!(start(true, PolicyArc::Oces).await.err(), Some(PortalError::PracticeUnderOces)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_revokes_for_an_employee_who_lost_the_password_and_that_is_final() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let superseded = RevocationReason::Superseded;
    assert!(matches!(portal.revoke("4f", superseded, &[]).await, Err(RevokeError::Unknown)));
    let status = portal.revoke(&employee.serial().to_uppercase(), superseded, &[]).await.expect("revoked");
    assert_eq!((status.state, status.reason), (CertificateState::Revoked, Some(superseded)));
    assert_eq!(portal.me(&device).await.certificate, status);
    assert!(matches!(portal.revoke(employee.serial(), superseded, &[]).await, Err(RevokeError::AlreadyRevoked)));
    assert!(portal.reinstate(&employee).await.is_err());
    refused(portal.suspend(&employee, &device).await, ProblemKind::AlreadyRevoked).await;

    let written = "SELECT COUNT(*) FROM event WHERE kind = 'revoked' AND serial_number = $1";
    let written = portal.database().await.number(written, &[employee.serial()]).await;
    assert_eq!(written, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_staff_sees_which_details_were_reported_as_wrong() {
    let portal = TestPortal::practice().await;
    let (reported, told) = (portal.employee().await, portal.employee().await);
    let device = portal.register_device(&reported).await;
    let report = r#"{"reason":"wrong-details","wrong_details":["email","name"]}"#;
    assert!(portal.revoke_with_token(&reported, &device, report).await.status().is_success());
    let wrong = RevocationReason::WrongDetails;
    assert!(matches!(portal.revoke(told.serial(), wrong, &[]).await, Err(RevokeError::WrongDetails)));
    let named = [DetailField::Cvr];
    let compromised = portal.revoke(told.serial(), RevocationReason::KeyCompromise, &named).await;
    assert!(matches!(compromised, Err(RevokeError::WrongDetails)));
    portal.revoke(told.serial(), wrong, &named).await.expect("revoked");

    let users = portal::users(portal.data.path(), portal.url_of_database().as_deref()).await.expect("users");
    let of = |serial: &str| {
        let user = users.iter().find(|user| user.certificate.as_ref().is_some_and(|one| one.serial_number == serial));
        user.expect("a user").wrong_details.clone()
    };
    assert_eq!(of(reported.serial()), [DetailField::Name, DetailField::Email]);
    assert_eq!(of(told.serial()), named);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_portals_user_can_read_its_folder_and_keys() {
    use std::os::unix::fs::PermissionsExt;
    let data = tempfile::tempdir().expect("a folder");
    let folder = data.path().join("portal");
    portal::invite(&folder, database::database_of(&folder).as_deref(), &portal::SystemClock, &order())
        .await
        .expect("invited");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("keys")), 0o700);
    assert_eq!(mode(&folder.join("keys/personal-number.key")), 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_cpr_number_nor_code_nor_token_can_be_read_in_the_database() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let secrets = [
        PERSONAL_NUMBER.to_owned(),
        employee.invited.code.replace('-', ""),
        employee.invited.code.clone(),
        device.device_token,
        device.revocation_code.replace('-', ""),
        device.revocation_code,
    ];
    let TestPortal { running, data, clock: _clock } = portal;
    running.shutdown().await;
    let mut searched = 0;
    for file in fs::read_dir(data.path()).expect("the folder") {
        let path = file.expect("a file").path();
        if path.is_file() {
            let bytes = fs::read(&path).expect("readable");
            for secret in &secrets {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "a secret stands in {}", path.display());
            }
            searched += 1;
        }
    }
    assert!(searched >= 5, "the folder holds the database and the certificates");
    if let Some(url) = database::database_of(data.path()) {
        let dump = Command::new(database::programs().join("pg_dump")).args(database::all_of(&url)).output();
        let dump = dump.expect("pg_dump runs");
        let dump = String::from_utf8(dump.stdout).expect("UTF-8");
        assert!(dump.contains("Øvebruger Eksempel"), "the dump holds the database");
        for secret in &secrets {
            assert!(!dump.contains(secret) && !dump.contains(&hex::encode(secret)), "a secret stands in the database");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_happened_cannot_be_rewritten() {
    let portal = TestPortal::practice().await;
    portal.employee().await;
    let mut database = portal.database().await;
    let events = database.number("SELECT COUNT(*) FROM event", &[]).await;
    assert!(events >= 2, "an invitation and an issue are written down");
    let on_postgresql: &[&'static str] = &["TRUNCATE event CASCADE", "TRUNCATE terms", "TRUNCATE activity"];
    let attempts =
        ["DELETE FROM event", "UPDATE event SET kind = 'nothing'", "DELETE FROM terms", "UPDATE terms SET version = 0"];
    for attempt in attempts.iter().chain(if database::on_postgresql() { on_postgresql } else { &[] }) {
        assert!(database.execute(attempt, &[]).await.is_err(), "{attempt}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_happened_cannot_be_replaced_either_on_a_connection_with_the_settings_that_it_began_with() {
    let portal = TestPortal::practice().await;
    portal.declared().await;
    let mut database = portal.database().await;
    let count = "SELECT (SELECT COUNT(*) FROM event) + (SELECT COUNT(*) FROM event_link) + (SELECT COUNT(*) FROM activity) \
        + (SELECT COUNT(*) FROM terms)";
    let before = database.number(count, &[]).await;
    let of_sqlite: &[&'static str] = &[
        "INSERT OR REPLACE INTO event (id, at, kind) SELECT id, at, 'nothing' FROM event",
        "REPLACE INTO event SELECT * FROM event",
        "UPDATE OR REPLACE event SET id = 1 WHERE id = 2",
        "REPLACE INTO event_link SELECT * FROM event_link",
        "UPDATE OR REPLACE event_link SET event_id = 1 WHERE event_id = 2",
        "REPLACE INTO activity SELECT * FROM activity",
        "REPLACE INTO activity (id, at, kind, serial_number, address, agent) \
            SELECT id, at, kind, serial_number, '192.0.2.1', agent FROM activity",
        "REPLACE INTO terms SELECT id, version, language, sha256, content, 0 FROM terms",
    ];
    let of_postgresql: &[&'static str] = &[
        "INSERT INTO event (id, at, kind) OVERRIDING SYSTEM VALUE SELECT id, at, 'nothing' FROM event WHERE TRUE \
            ON CONFLICT (id) DO UPDATE SET kind = excluded.kind",
        "INSERT INTO activity (id, at, kind, serial_number, address, agent) \
            SELECT id, at, kind, serial_number, '192.0.2.1', agent FROM activity WHERE TRUE \
            ON CONFLICT (id) DO UPDATE SET address = excluded.address",
    ];
    let in_both: &[&'static str] = &[
        "INSERT INTO event_link SELECT * FROM event_link WHERE TRUE ON CONFLICT (event_id) DO UPDATE SET hash = excluded.hash",
        "INSERT INTO terms SELECT * FROM terms WHERE TRUE ON CONFLICT (id, version, language) DO UPDATE SET sha256 = ''",
    ];
    let own = if database::on_postgresql() { of_postgresql } else { of_sqlite };
    for attempt in own.iter().chain(in_both) {
        assert!(database.execute(attempt, &[]).await.is_err(), "{attempt}");
    }
    assert_eq!(database.number(count, &[]).await, before);
    portal.declared().await;
    assert!(database.number(count, &[]).await > before, "what happens is still written down");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_users_are_listed_with_the_state_of_their_certificates() {
    let portal = TestPortal::practice().await;
    portal.invite().await;
    let employee = portal.employee().await;
    let users = portal::users(portal.data.path(), portal.url_of_database().as_deref()).await.expect("users");
    assert_eq!(users.len(), 2);
    assert!(users.iter().any(|user| user.certificate.is_none()));
    let states: Vec<_> = users.iter().filter_map(|user| user.certificate.as_ref()).collect();
    assert_eq!(states[0].serial_number, employee.serial());
    assert_eq!(states[0].state, CertificateState::AwaitingDeclaration);
}

#[test]
fn an_order_that_a_certificate_cannot_hold_is_refused() {
    assert_eq!(order().check(), Ok(()));
    let mut long = order();
    long.subject.organisation = "Å".repeat(65);
    assert_eq!(long.check(), Err(OrderRejected::Name("organisation")));
    let mut cvr = order();
    cvr.subject.cvr = "1234567".into();
    assert_eq!(cvr.check(), Err(OrderRejected::Cvr));
    let mut email = order();
    email.subject.email = "bruger@æble.example".into();
    assert_eq!(email.check(), Err(OrderRejected::Email));
    for number in ["ob6101010000@example.org", "610101-0000@example.org"] {
        let (mut of_subject, mut of_authority) = (order(), order());
        (of_subject.subject.email, of_authority.authority.email) = (number.into(), Some(number.into()));
        let subject = &of_subject.subject;
        let authority = AuthorityOrder {
            organisation: subject.organisation.clone(),
            cvr: subject.cvr.clone(),
            name: subject.common_name.clone(),
            email: number.into(),
        };
        for checked in [of_subject.check(), of_authority.check(), authority.check()] {
            assert_eq!(checked, Err(OrderRejected::EmailHoldsNumber));
        }
        assert!(!OrderRejected::EmailHoldsNumber.to_string().contains("610101"));
    }
    assert!(matches!(PersonalNumber::parse("3102010000"), Err(OrderRejected::PersonalNumber)));
}
