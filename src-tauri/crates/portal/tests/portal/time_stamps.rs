//! The time-stamping authority, judged by OpenSSL and curl, and by the reading of the declaration's crate.

use crate::support::{TestPortal, json, refused};
use chrono::TimeDelta;
use declaration::time_stamp::{FailureInfo, PRACTICE_TIME_STAMP_POLICY, TimeStampError, TimeStampRequest};
use declaration::{Level, receipt};
use pki::{Certificate, Profile};
use portal::Clock;
use portal_api::{Capabilities, ProblemKind, TIME_STAMP_REQUEST_LIMIT};
use reqwest::{Response, StatusCode};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

const DIGEST: [u8; 32] = [7; 32];

async fn query(portal: &TestPortal, url: String, body: Vec<u8>) -> Response {
    let request = portal.anonymous().post(url).header("content-type", "application/timestamp-query").body(body);
    request.send().await.expect("an answer")
}

async fn answered(portal: &TestPortal, url: String, body: Vec<u8>) -> Vec<u8> {
    let answer = query(portal, url, body).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/timestamp-reply");
    answer.bytes().await.expect("a body").to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_verifies_what_curl_was_given() {
    let found = |program: &str, version: &str| {
        Command::new(program).arg(version).output().is_ok_and(|output| output.status.success())
    };
    if !found("openssl", "version") || !found("curl", "--version") {
        // The test harness shows this with --nocapture, and with a failure.
        #[allow(clippy::print_stderr)]
        {
            eprintln!("skipped: the programs openssl and curl are not both installed");
        }
        return;
    }
    let portal = TestPortal::practice().await;
    let folder = tempfile::tempdir().expect("a folder");
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(folder.path()).output().expect("it runs");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{program} {arguments:?} failed:\n{said}");
        said
    };
    fs::write(folder.path().join("root.pem"), portal.trust_anchor().certificate().to_pem()).expect("written");
    fs::write(folder.path().join("data"), "hvad der var").expect("written");
    let tls = portal.url("/tsa");
    let plain = portal.status_url("/tsa");
    let at = portal.clock.now().timestamp().to_string();
    for (url, hash) in [(&tls, "-sha256"), (&plain, "-sha256"), (&plain, "-sha512")] {
        run("openssl", &["ts", "-query", "-data", "data", hash, "-cert", "-out", "query.tsq"]);
        let header = "content-type: application/timestamp-query";
        let sent = ["--data-binary", "@query.tsq", "--header", header, "--output", "reply.tsr", url];
        run("curl", &[&["--silent", "--show-error", "--fail", "--cacert", "root.pem"], &sent[..]].concat());
        let verify = ["ts", "-verify", "-queryfile", "query.tsq", "-in", "reply.tsr", "-CAfile", "root.pem"];
        let said = run("openssl", &[&verify[..], &["-attime", &at]].concat());
        assert!(said.contains("Verification: OK"), "{said}");
        let said = run("openssl", &["ts", "-reply", "-in", "reply.tsr", "-text"]);
        assert!(said.contains("Status: Granted.") && said.contains("Nov 24 12:00:00 2026 GMT"), "{said}");
        assert!(said.contains(&format!("Policy OID: {PRACTICE_TIME_STAMP_POLICY}")), "{said}");
    }
    fs::write(folder.path().join("data"), "hvad der ikke var").expect("written");
    let forged = ["ts", "-verify", "-data", "data", "-in", "reply.tsr", "-CAfile", "root.pem", "-attime", &at];
    let output = Command::new("openssl").args(forged).current_dir(folder.path()).output().expect("it runs");
    assert!(!output.status.success(), "it is about what was sent, and nothing else");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_two_time_stamps_have_the_same_serial_number_also_after_a_restart() {
    let mut portal = TestPortal::practice().await;
    let (mut serials, mut authorities) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..2 {
        for nonce in 0..3 {
            let request = TimeStampRequest::new(DIGEST, [nonce; 16]);
            let reply = answered(&portal, portal.status_url("/tsa"), request.der().to_vec()).await;
            let now = portal.clock.now();
            let token = request.verify_response(&reply, &[portal.trust_anchor()], now).expect("a time-stamp");
            assert_eq!((token.time(), token.policy()), (now, PRACTICE_TIME_STAMP_POLICY));
            serials.insert(token.serial_number().to_owned());
            authorities.insert(token.authority().certificate().serial_number().to_owned());
        }
        portal = portal.restart().await;
    }
    assert_eq!((serials.len(), authorities.len()), (6, 1), "the certificate is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_refused_as_the_standard_has_it_and_what_is_too_large_is_not_read() {
    let portal = TestPortal::practice().await;
    let url = || portal.status_url("/tsa");
    let request = TimeStampRequest::new(DIGEST, [1; 16]);
    let foreign = TimeStampRequest::under_policy(DIGEST, [1; 16], "1.2.3.4").expect("a request");
    for (body, expected) in [
        (b"nonsense".to_vec(), FailureInfo::BadDataFormat),
        (Vec::new(), FailureInfo::BadDataFormat),
        (foreign.der().to_vec(), FailureInfo::UnacceptedPolicy),
    ] {
        let reply = answered(&portal, url(), body).await;
        let refused = request.verify_response(&reply, &[portal.trust_anchor()], portal.clock.now());
        assert!(
            matches!(refused, Err(TimeStampError::Refused { status: 2, failure }) if failure == Some(expected)),
            "{refused:?}"
        );
    }
    refused(query(&portal, url(), vec![0; TIME_STAMP_REQUEST_LIMIT + 1]).await, ProblemKind::BodyTooLarge).await;
    let other = portal.anonymous().post(url()).header("content-type", "text/plain").body("x").send().await;
    refused(other.expect("an answer"), ProblemKind::RequestInvalid).await;
    let get = portal.anonymous().get(url()).send().await.expect("an answer");
    refused(get, ProblemKind::MethodNotAllowed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_runs_for_years_stamps_with_a_certificate_that_holds() {
    let portal = TestPortal::practice().await;
    let mut authorities = BTreeSet::new();
    for _ in 0..9 {
        let request = TimeStampRequest::new(DIGEST, [1; 16]);
        let reply = answered(&portal, portal.status_url("/tsa"), request.der().to_vec()).await;
        let now = portal.clock.now();
        let token = request.verify_response(&reply, &[portal.trust_anchor()], now).expect("a time-stamp");
        let authority = token.authority().certificate();
        assert!(authority.not_after() > now + TimeDelta::days(59));
        authorities.insert(authority.serial_number().to_owned());
        portal.clock.advance(TimeDelta::days(200));
    }
    assert_eq!(authorities.len(), 2, "a new one only when the old one soon expires");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_carries_a_time_stamp_of_the_portals_authority() {
    let portal = TestPortal::practice().await;
    let capabilities = portal.anonymous().get(portal.url("/v1/capabilities")).send().await.expect("an answer");
    assert!(json::<Capabilities>(capabilities).await.time_stamps);
    let employee = portal.employee().await;
    let (id, document) = portal.declaration_of(&employee);
    let hash: [u8; 32] = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &document)
        .as_ref()
        .try_into()
        .expect("SHA-256 has 32 bytes");
    let answer = portal.submit(&employee, id, document).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let pdf = answer.bytes().await.expect("a receipt").to_vec();
    let (anchors, now) = ([portal.trust_anchor()], portal.clock.now());
    let verified = receipt::verify_with_report(&pdf, &anchors, Profile::PracticeSeal, now, id, &hash);
    let (receipt, report) = verified.expect("a receipt");
    assert_eq!((receipt.accepted_at, report.level), (now, Some(Level::BaselineT)));

    let certificate = fs::read(portal.data.path().join("time-stamping.pem")).expect("the certificate's file");
    let certificate = Certificate::from_pem(&certificate).expect("a certificate");
    let found = portal
        .database()
        .await
        .number("SELECT COUNT(*) FROM issued_certificate WHERE serial_number = $1", &[certificate.serial_number()])
        .await;
    assert_eq!(found, 1, "OCSP and the revocation list know it");
}
