//! A backup of the SQLite database, made while the portal runs, and what is restored from it.

use crate::status::{ask, basic};
use crate::support::{Employee, TestPortal, start_on};
use portal::BackupError;
use reqwest::StatusCode;
use std::fs;
use std::path::Path;
use uuid::Uuid;

/// What a portal says of an employee's certificate and declaration, and of the status of another one's.
async fn answers(portal: &TestPortal, employee: &Employee, token: &str, id: Uuid, on_hold: &Employee) -> [Vec<u8>; 3] {
    let client = portal.anonymous();
    let me = client.get(portal.url("/v1/me")).bearer_auth(token).send().await.expect("an answer");
    assert_eq!(me.status(), StatusCode::OK);
    let receipt = portal.client(Some(employee)).get(portal.url(&format!("/v1/declarations/{id}/receipt")));
    let receipt = receipt.send().await.expect("an answer");
    assert_eq!(receipt.status(), StatusCode::OK);
    let request = client.post(portal.status_url("/ocsp")).header("content-type", "application/ocsp-request");
    let ocsp = request.body(ask(on_hold, on_hold.serial(), None)).send().await.expect("an answer");
    let ocsp = basic(&ocsp.bytes().await.expect("a body")).tbs_response_data.responses.remove(0).cert_status;
    let bytes = async |response: reqwest::Response| response.bytes().await.expect("a body").to_vec();
    [bytes(me).await, bytes(receipt).await, format!("{ocsp:?}").into_bytes()]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_restored_from_a_backup_gives_the_same_answers() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let (id, document) = portal.declaration_of(&employee);
    assert_eq!(portal.submit(&employee, id, document).await.status(), StatusCode::CREATED);
    let (on_hold, others_device) = portal.declared().await;
    assert_eq!(portal.suspend(&on_hold, &others_device).await.status(), StatusCode::OK);
    let before = answers(&portal, &employee, &device.device_token, id, &on_hold).await;

    let elsewhere = tempfile::tempdir().expect("a folder");
    let backup = elsewhere.path().join("backup");
    portal::back_up(portal.data.path(), None, &backup).await.expect("a copy while the portal runs");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&backup).expect("a file").permissions().mode() & 0o777, 0o600);
    }
    // What happens after the backup is not in it.
    portal.reinstate(&on_hold).await.expect("reinstated");
    assert_ne!(answers(&portal, &employee, &device.device_token, id, &on_hold).await[2], before[2]);

    let data = tempfile::tempdir().expect("a folder");
    copy_all_but_the_database(portal.data.path(), data.path());
    fs::copy(&backup, data.path().join("portal.sqlite")).expect("a copy");
    let running = start_on(data.path(), true, portal.clock.clone()).await.expect("the restored portal starts");
    let restored = TestPortal { running, data, clock: portal.clock.clone() };
    let after = answers(&restored, &employee, &device.device_token, id, &on_hold).await;
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    }
}

fn copy_all_but_the_database(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name();
        let target = to.join(&name);
        if entry.path().is_dir() {
            fs::create_dir(&target).expect("a folder");
            copy_all_but_the_database(&entry.path(), &target);
        } else if !name.to_string_lossy().starts_with("portal.sqlite") {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_writes_over_nothing_and_leaves_nothing_where_it_fails() {
    let portal = TestPortal::practice().await;
    let elsewhere = tempfile::tempdir().expect("a folder");
    let there = elsewhere.path().join("there");
    fs::write(&there, "noget andet").expect("written");
    let refused = portal::back_up(portal.data.path(), None, &there).await;
    assert!(matches!(refused, Err(BackupError::File { .. })));
    assert_eq!(fs::read(&there).expect("a file"), b"noget andet");
    let none = elsewhere.path().join("none");
    let failed = portal::back_up(&elsewhere.path().join("nowhere"), None, &none).await;
    assert!(matches!(failed, Err(BackupError::Database(_))) && !none.exists());
}
