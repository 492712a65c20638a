//! Device, suspension, revocation.

use crate::support::{TestPortal, json, problem, refused};
use chrono::TimeDelta;
use portal::ReinstateError;
use portal_api::{CertificateState, CertificateStatus, ProblemKind, RevocationReason};
use reqwest::StatusCode;

const WRONG_DETAILS: &str = r#"{"reason":"wrong-details","wrong_details":["email","name"]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_computer_reads_its_state_without_the_key() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let me = portal.me(&device).await;
    assert_eq!(me.common_name, "Øvebruger Eksempel");
    assert_eq!(me.certificate.serial_number, employee.serial());
    assert_eq!(me.certificate.state, CertificateState::AwaitingDeclaration);
    assert_eq!(me.declaration, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_again_takes_the_old_token_out_of_use() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let old = portal.register_device(&employee).await;
    let new = portal.register_device(&employee).await;
    portal.me(&new).await;
    let response = portal.anonymous().get(portal.url("/v1/me")).bearer_auth(&old.device_token).send().await;
    refused(response.expect("an answer"), ProblemKind::DeviceTokenInvalid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computer_is_registered_only_with_the_certificate_itself() {
    let portal = TestPortal::practice().await;
    let (one, other) = (portal.employee().await, portal.employee().await);
    let path = portal.url(&format!("/v1/certificates/{}/device", one.serial()));
    let anonymous = portal.anonymous().put(&path).send().await.expect("an answer");
    refused(anonymous, ProblemKind::CertificateRequired).await;
    let stranger = portal.client(Some(&other)).put(&path).send().await.expect("an answer");
    refused(stranger, ProblemKind::NotPermitted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_another_ca_does_not_get_through_tls() {
    let portal = TestPortal::practice().await;
    let elsewhere = TestPortal::practice().await;
    let stranger = elsewhere.employee().await;
    let path = portal.url(&format!("/v1/certificates/{}/device", stranger.serial()));
    // The portals of this run share their keys, so that the path holds: then the certificate must be unknown.
    match portal.client(Some(&stranger)).put(&path).send().await {
        Ok(answer) => refused(answer, ProblemKind::CertificateRequired).await,
        Err(error) => assert!(error.is_connect() || error.is_request(), "{error}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_certificate_opens_nothing_until_the_authority_reinstates_it() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    portal.clock.advance(TimeDelta::minutes(5));
    let response = portal.suspend(&employee, &device).await;
    assert_eq!(response.status(), StatusCode::OK);
    let first: CertificateStatus = json(response).await;
    assert_eq!(first.state, CertificateState::Suspended);
    portal.clock.advance(TimeDelta::minutes(5));
    let again: CertificateStatus = json(portal.suspend(&employee, &device).await).await;
    assert_eq!(again, first, "a suspension that is asked for twice began the first time");

    let path = portal.url(&format!("/v1/certificates/{}/device", employee.serial()));
    let answer = portal.client(Some(&employee)).put(&path).send().await.expect("an answer");
    refused(answer, ProblemKind::CertificateNotUsable).await;
    assert_eq!(portal.me(&device).await.certificate.state, CertificateState::Suspended);

    let status = portal.reinstate(&employee).await.expect("reinstated");
    assert_eq!(status.state, CertificateState::AwaitingDeclaration);
    portal.register_device(&employee).await;
    assert!(matches!(portal.reinstate(&employee).await, Err(ReinstateError::NotSuspended)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_suspends_its_own_certificate_only() {
    let portal = TestPortal::practice().await;
    let (one, other) = (portal.employee().await, portal.employee().await);
    let device = portal.register_device(&one).await;
    refused(portal.suspend(&other, &device).await, ProblemKind::NotPermitted).await;
    refused(portal.revoke_with_token(&other, &device, WRONG_DETAILS).await, ProblemKind::NotPermitted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_revocation_code_suspends_without_the_computer_and_locks_after_five_wrong_tries() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let ask = |reference: String, code: String| {
        let request = portal.anonymous().post(portal.url("/v1/suspension")).basic_auth(reference, Some(code));
        async move { request.send().await.expect("an answer") }
    };
    let reference = || employee.invited.reference.clone();
    refused(ask(reference(), employee.invited.code.clone()).await, ProblemKind::CodeWrong).await;
    let status: CertificateStatus = json(ask(reference(), device.revocation_code.clone()).await).await;
    assert_eq!(status.state, CertificateState::Suspended);

    for tries_left in [4, 3, 2, 1] {
        let known = problem(ask(reference(), "0000".into()).await).await;
        let unknown = problem(ask("AMP-0000-0000".into(), "0000".into()).await).await;
        assert_eq!((known.kind, known.tries_left), (ProblemKind::CodeWrong, Some(tries_left)));
        assert_eq!(known, unknown);
    }
    refused(ask(reference(), "0000".into()).await, ProblemKind::CodeLocked).await;
    refused(ask(reference(), device.revocation_code.clone()).await, ProblemKind::CodeLocked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_details_revoke_for_good() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let status: CertificateStatus = json(portal.revoke_with_token(&employee, &device, WRONG_DETAILS).await).await;
    assert_eq!((status.state, status.reason), (CertificateState::Revoked, Some(RevocationReason::WrongDetails)));

    refused(portal.suspend(&employee, &device).await, ProblemKind::AlreadyRevoked).await;
    refused(portal.revoke_with_token(&employee, &device, WRONG_DETAILS).await, ProblemKind::AlreadyRevoked).await;
    assert!(matches!(portal.reinstate(&employee).await, Err(ReinstateError::Revoked)));
    assert_eq!(portal.me(&device).await.certificate.state, CertificateState::Revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_details_can_be_reported_of_a_certificate_that_was_suspended_before_its_declaration() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    assert_eq!(portal.suspend(&employee, &device).await.status(), StatusCode::OK);
    assert_eq!(portal.revoke_with_token(&employee, &device, WRONG_DETAILS).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_revokes_for_wrong_details_alone() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let compromised = r#"{"reason":"key-compromise"}"#;
    refused(portal.revoke_with_token(&employee, &device, compromised).await, ProblemKind::NotPermitted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_itself_revokes_for_any_reason() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let path = portal.url(&format!("/v1/certificates/{}/revocation", employee.serial()));
    let request = portal.client(Some(&employee)).post(path).header("content-type", "application/json");
    let response = request.body(r#"{"reason":"key-compromise"}"#).send().await.expect("an answer");
    let status: CertificateStatus = json(response).await;
    assert_eq!((status.state, status.reason), (CertificateState::Revoked, Some(RevocationReason::KeyCompromise)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_contradicts_itself_is_refused() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    for body in [
        "",
        "{}",
        r#"{"reason":"because"}"#,
        r#"{"reason":"wrong-details"}"#,
        r#"{"reason":"wrong-details","wrong_details":[]}"#,
        r#"{"reason":"wrong-details","wrong_details":["name","name"]}"#,
        r#"{"reason":"superseded","wrong_details":["name"]}"#,
    ] {
        refused(portal.revoke_with_token(&employee, &device, body).await, ProblemKind::RequestInvalid).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_opens_nothing_after_its_validity_has_ended() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let client = portal.client(Some(&employee));
    let path = portal.url(&format!("/v1/certificates/{}/device", employee.serial()));
    assert_eq!(client.put(&path).send().await.expect("an answer").status(), StatusCode::OK);
    portal.clock.advance(TimeDelta::days(3 * 366));
    // On the connection that is still open the portal must look for itself.
    refused(client.put(&path).send().await.expect("an answer"), ProblemKind::CertificateNotUsable).await;
    let fresh = portal.client(Some(&employee)).put(&path).send().await;
    assert!(fresh.is_err(), "a new handshake fails: {fresh:?}");
}
