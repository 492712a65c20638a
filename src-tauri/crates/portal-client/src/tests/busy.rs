//! A portal that is busy, fails or says no: who is asked again, when, and how often.

use super::{capabilities, identity, scene};
use crate::hostile_portal::{HostilePortal, Reply, TestAuthority};
use crate::{Patience, PortalClient};
use lifecycle::OutgoingDeclaration;
use lifecycle::ports::{Portal, PortalError};
use rcgen::KeyPair;
use std::time::{Duration, Instant};
use uuid::Uuid;

fn declaration() -> OutgoingDeclaration {
    OutgoingDeclaration { id: Uuid::from_u128(7), pdf: b"%PDF-declaration".to_vec() }
}

#[tokio::test]
async fn a_declaration_that_is_refused_is_sent_once_and_one_that_a_busy_portal_did_not_take_again() {
    for (status, times) in [(400, 1), (401, 1), (403, 1), (404, 1), (409, 1), (413, 1), (422, 1), (500, 1), (501, 1)]
        .into_iter()
        .chain([(429, 3), (502, 3), (503, 3), (504, 3)])
    {
        let scene = scene(vec![Reply::with_headers(status, "Retry-After: 0\r\n", b"")]).await;
        let (identity, _) = identity(&scene.authority, KeyPair::generate().expect("a P-256 key"));
        let error = scene.client.submit_declaration(&identity, &declaration()).await.expect_err("no receipt");
        let requests = scene.portal.requests();
        assert_eq!(requests.len(), times, "{status}");
        let keys: Vec<&str> = requests.iter().filter_map(|request| idempotency_key(request)).collect();
        assert_eq!(keys, vec!["00000000-0000-0000-0000-000000000007"; times], "{status}");
        match error {
            PortalError::Failed { status: failed } => assert!(failed == status && (status >= 500 || status == 429)),
            PortalError::Refused { .. } => assert!((400..500).contains(&status) && status != 429, "{status}"),
            other => panic!("{status}: {other:?}"),
        }
    }
}

fn idempotency_key(request: &str) -> Option<&str> {
    request.lines().find_map(|line| line.strip_prefix("idempotency-key: "))
}

/// How long the second request is waited for, after an answer with these headers; `None` where there is none.
async fn waits(headers: &str) -> Option<Duration> {
    let scene = scene(vec![Reply::with_headers(503, headers, b""), Reply::json(&capabilities())]).await;
    let began = Instant::now();
    scene.client.capabilities().await.ok()?;
    assert_eq!(scene.portal.requests().len(), 2, "{headers}");
    Some(began.elapsed())
}

#[tokio::test]
async fn the_portal_says_how_long_to_wait_in_seconds_or_by_its_own_clock() {
    let second = Duration::from_secs(1);
    assert!(waits("Retry-After: 1\r\n").await >= Some(second));
    let by_its_clock = "Date: Tue, 24 Nov 2026 12:00:00 GMT\r\nRetry-After: Tue, 24 Nov 2026 12:00:01 GMT\r\n";
    assert!(waits(by_its_clock).await >= Some(second));
    let over = "Date: Tue, 24 Nov 2026 12:00:00 GMT\r\nRetry-After: Tue, 24 Nov 2026 11:00:00 GMT\r\n";
    assert!(waits(over).await.is_some_and(|wait| wait < second), "it is over already");
    let in_an_hour = "Date: Tue, 24 Nov 2026 12:00:00 GMT\r\nRetry-After: Tue, 24 Nov 2026 13:00:00 GMT\r\n";
    assert_eq!(waits(in_an_hour).await, None, "nobody waits for that with a request open");
    for nonsense in ["Retry-After: soon\r\n", "Retry-After: -1\r\n", "Retry-After: Tue, 24 Nov 2026 12:00:01 GMT\r\n"] {
        // As if nothing had been said: the client's own wait.
        assert!(waits(nonsense).await.is_some_and(|wait| wait >= Duration::from_millis(100)), "{nonsense}");
    }
}

#[tokio::test]
async fn a_portal_that_is_slower_than_the_patience_is_given_up_and_not_asked_again() {
    let authority = TestAuthority::new("Øvelses-CA");
    let portal = HostilePortal::new(&authority, vec![Reply::Silence]).await;
    let patience = Patience { connection: Duration::from_secs(5), request: Duration::from_millis(300) };
    let client = PortalClient::with_patience(&portal.address, &[authority.anchor()], patience).expect("a client");
    let began = Instant::now();
    let error = client.capabilities().await.expect_err("silence");
    assert!(matches!(error, PortalError::Unreachable(_)), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(5), "not the usual patience");
    assert!(portal.requests().len() <= 1, "a time-out is not repeated");
}
