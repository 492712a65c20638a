//! The user database: certificates of those who consented, for those who may log in.

use crate::support::{Employee, TestPortal, json, refused};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portal_api::{DIRECTORY_PAGE, DirectoryEntry, DirectoryPage, ProblemKind};
use reqwest::Response;

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
