//! The user database: certificates of those who consented, for those who may log in.

use crate::support::{Employee, TestPortal, json, refused};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use portal_api::{
    ActivityDevice, ActivityKind, DEVICE, DIRECTORY_PAGE, DirectoryEntry, DirectoryPage, ProblemKind,
};
use reqwest::{Response, StatusCode};

async fn ask(portal: &TestPortal, caller: Option<&Employee>, path: &str) -> Response {
    portal.client(caller).get(portal.url(path)).send().await.expect("an answer")
}

async fn found(portal: &TestPortal, caller: &Employee, query: &str) -> Vec<DirectoryEntry> {
    let page: DirectoryPage = json(ask(portal, Some(caller), &format!("/v1/directory{query}")).await).await;
    assert!(page.next.is_none(), "{query}");
    page.entries
}

#[tokio::test(flavor = "multi_thread")]
async fn published_certificates_are_found_by_name_organisation_and_serial_by_those_alone_who_may_log_in() {
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    let colleague = portal.employee().await;
    let everything = "/v1/directory?organisation=12345678";
    refused(ask(&portal, None, everything).await, ProblemKind::CertificateRequired).await;
    refused(ask(&portal, Some(&colleague), everything).await, ProblemKind::NotPermitted).await;
    let serial = format!("?serial={}", employee.serial().to_uppercase());
    for query in [
        "?name=%C3%98VEBRUGER%20eksempel",
        "?name=Eksempel",
        "?organisation=12345678",
        "?organisation=%C3%B8velseskommune%20%C3%A5",
        &serial,
        "/me",
    ] {
        let entries = found(&portal, &employee, query).await;
        assert_eq!(entries.len(), 1, "{query}: a certificate that waits for its declaration is not published");
        let entry = &entries[0];
        assert_eq!((entry.common_name.as_str(), entry.cvr.as_str()), ("Øvebruger Eksempel", "12345678"));
        assert_eq!(entry.serial_number, employee.serial());
        assert_eq!(STANDARD.decode(&entry.certificate).expect("Base64"), employee.certificate().der());
    }
    for query in ["?name=Eks", "?name=%25", "?organisation=87654321", "?serial=4f"] {
        assert_eq!(found(&portal, &employee, query).await, [], "{query}");
    }
    for query in ["", "?name=", "?name=a&serial=4f", "?cpr=1", "?name=610101-0000", "?name=%00"] {
        refused(ask(&portal, Some(&employee), &format!("/v1/directory{query}")).await, ProblemKind::RequestInvalid)
            .await;
    }

    // What is suspended is no longer published, and its holder no longer asks.
    portal.declare(&colleague).await;
    assert_eq!(found(&portal, &colleague, "?name=eksempel").await.len(), 2);
    portal.suspend(&employee, &device).await;
    assert_eq!(found(&portal, &colleague, "?name=eksempel").await.len(), 1);
    refused(ask(&portal, Some(&employee), "/v1/directory/me").await, ProblemKind::CertificateNotUsable).await;
    // Terms that ask for no consent publish nothing.
    portal.database().await.execute("UPDATE declaration SET terms_sha256 = 'others'", &[]).await.expect("done");
    assert_eq!(found(&portal, &colleague, "/me").await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_page_is_told_in_pages_and_nobody_twice() {
    let portal = TestPortal::practice().await;
    let (employee, _) = portal.declared().await;
    let copies = "INSERT INTO certificate (serial_number, kind, employee_id, public_key_sha256, der, not_before, not_after, \
        state, since, declared_by) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25) \
        SELECT c.serial_number || CAST(n.i + 100 AS TEXT), c.kind, c.employee_id, d.receipt, c.der, c.not_before, \
        c.not_after, c.state, c.since, c.declared_by FROM certificate c JOIN declaration d ON d.id = c.declared_by, n \
        WHERE c.serial_number = $1";
    let mut database = portal.database().await;
    database.execute("DROP INDEX certificate_of_one_key", &[]).await.expect("done");
    database.execute(copies, &[employee.serial()]).await.expect("done");
    let query = "/v1/directory?name=eksempel";
    let first: DirectoryPage = json(ask(&portal, Some(&employee), query).await).await;
    let next = first.next.expect("there is more");
    let second: DirectoryPage = json(ask(&portal, Some(&employee), &format!("{query}&after={next}")).await).await;
    assert_eq!((first.entries.len(), second.entries.len(), second.next), (DIRECTORY_PAGE, 6, None));
    let serials: Vec<String> =
        first.entries.into_iter().chain(second.entries).map(|entry| entry.serial_number).collect();
    assert!(serials.is_sorted() && serials.windows(2).all(|pair| pair[0] != pair[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_several_certificates_sees_all_that_is_published_of_them_in_the_organisation_and_nothing_of_others() {
    let portal = TestPortal::practice().await;
    let (employee, _) = portal.declared().await;
    let (second, _) = portal.declared().await;
    let (elsewhere, _) = portal.declared().await;
    let (colleague, _) = portal.declared().await;
    let mut database = portal.database().await;
    for (sql, of) in [
        ("UPDATE employee SET cvr = '87654321' WHERE id = (SELECT employee_id FROM certificate WHERE serial_number = $1)", &elsewhere),
        (
            "UPDATE employee SET personal_number_hash = personal_number_sealed \
             WHERE id = (SELECT employee_id FROM certificate WHERE serial_number = $1)",
            &colleague,
        ),
    ] {
        assert_eq!(database.execute(sql, &[of.serial()]).await.expect("done"), 1);
    }
    let mut own = [employee.serial(), second.serial()];
    own.sort_unstable();
    for (caller, expected) in
        [(&employee, &own[..]), (&second, &own), (&elsewhere, &[elsewhere.serial()]), (&colleague, &[colleague.serial()])]
    {
        let entries = found(&portal, caller, "/me").await;
        let serials: Vec<&str> = entries.iter().map(|entry| entry.serial_number.as_str()).collect();
        assert_eq!(serials, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_the_user_database_is_seen_to_have_logged_in_once_a_sitting_on_each_computer() {
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    let uses = async || {
        let activities = portal.me(&device).await.activities;
        let log_ins = activities.into_iter().filter(|one| one.kind == ActivityKind::LogIn);
        log_ins.map(|one| one.device == ActivityDevice::Unregistered).collect::<Vec<_>>()
    };
    found(&portal, &employee, "?name=eksempel").await;
    found(&portal, &employee, "/me").await;
    refused(ask(&portal, Some(&employee), "/v1/directory?name=").await, ProblemKind::RequestInvalid).await;
    assert_eq!(uses().await, [true], "one sitting, however often it asks");
    // With the token of the registered computer it is another computer.
    let path = portal.url("/v1/directory?name=eksempel");
    for _ in 0..2 {
        let request = portal.client(Some(&employee)).get(&path).header(DEVICE, &device.device_token);
        assert_eq!(request.send().await.expect("an answer").status(), StatusCode::OK);
    }
    assert_eq!(uses().await, [false, true]);
    portal.clock.advance(TimeDelta::minutes(11));
    found(&portal, &employee, "/me").await;
    assert_eq!(uses().await, [true, false, true], "another sitting");
    // A log-in is always one of its own, and the requests after it belong to it.
    portal.log_in(&employee, None).await;
    found(&portal, &employee, "/me").await;
    assert_eq!(uses().await, [true, true, false, true]);
}
