//! A backup of the database, made and restored with PostgreSQL's own programs while the portal runs.

use crate::status::{ask, basic};
use crate::support::database::{all_of, database_of, programs};
use crate::support::{TestPortal, settings};
use portal::PortalServer;
use reqwest::StatusCode;
use std::process::Command;

/// The URL's database by another name.
fn in_database(url: &str, name: &str) -> String {
    url.replacen("///postgres?", &format!("///{name}?"), 1)
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(programs().join(program)).args(arguments).output().expect("it runs");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_backup_gives_the_same_answers() {
    let portal = TestPortal::practice().await;
    let declared = portal.employee().await;
    portal.register_device(&declared).await;
    let (id, document) = portal.declaration_of(&declared);
    assert_eq!(portal.submit(&declared, id, document.clone()).await.status(), StatusCode::CREATED);
    let (on_hold, token) = portal.declared().await;
    assert_eq!(portal.suspend(&on_hold, &token).await.status(), StatusCode::OK);
    let waiting = portal.employee().await;
    let revoked = portal.employee().await;
    portal.revoke(revoked.serial(), portal_api::RevocationReason::KeyCompromise, &[]).await.expect("revoked");
    let invited = portal.invite().await;

    let url = database_of(portal.data.path()).expect("PostgreSQL");
    let [_, schema, of_server] = all_of(&url);
    let (dump, restored) = (portal.data.path().join("backup"), format!("restored_{schema}"));
    let dump = dump.to_str().expect("UTF-8");

    let answers = async |portal: &TestPortal, url: &str| {
        let get = async |path: &str| {
            let answer = portal.anonymous().get(portal.status_url(path)).send().await.expect("an answer");
            answer.bytes().await.expect("a body").to_vec()
        };
        let mut statuses = Vec::new();
        for employee in [&declared, &on_hold, &waiting, &revoked] {
            let asked = portal.anonymous().post(portal.status_url("/ocsp"));
            let asked = asked.header("content-type", "application/ocsp-request");
            let answer = asked.body(ask(employee, employee.serial(), None)).send().await.expect("an answer");
            let answer = basic(&answer.bytes().await.expect("a body"));
            statuses.push(answer.tbs_response_data.responses[0].cert_status);
        }
        let users = portal::users(portal.data.path(), Some(url)).await.expect("users");
        let log_in = portal.log_in(&declared, None).await.status();
        let receipt = portal.submit(&declared, id, document.clone()).await;
        assert_eq!(receipt.status(), StatusCode::OK, "it was accepted before");
        let receipt = receipt.bytes().await.expect("a receipt");
        let opened = portal.open(&invited.reference, &invited.code).await.status();
        let (list, delta) = (get("/crl/issuing-ca.crl").await, get("/crl/issuing-ca-delta.crl").await);
        let certificates: Vec<_> = users.into_iter().map(|user| user.certificate).collect();
        (statuses, list, delta, receipt, opened, log_in, certificates)
    };
    let before = answers(&portal, &url).await;
    run("pg_dump", &["--format=custom", "--schema", schema, "--file", dump, of_server]);
    run("psql", &["--quiet", "--command", &format!("CREATE DATABASE {restored}"), of_server]);
    run("pg_restore", &["--exit-on-error", "--dbname", &in_database(of_server, &restored), dump]);

    let TestPortal { running, data, clock } = portal;
    running.shutdown().await;
    let url = in_database(&url, &restored);
    let mut settings = settings(data.path(), true, clock.clone());
    settings.database = Some(url.clone());
    let running = PortalServer::start(settings).await.expect("it starts on what was restored");
    let portal = TestPortal { running, data, clock };
    assert_eq!(answers(&portal, &url).await, before);
}
