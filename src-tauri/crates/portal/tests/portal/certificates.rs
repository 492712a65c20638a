//! Device, suspension, revocation.

use crate::support::{DEVICE_NAME, Employee, TestPortal, json, problem, refused};
use chrono::TimeDelta;
use portal::ReinstateError;
use portal_api::{CertificateState, CertificateStatus, ProblemKind, RevocationReason};
use reqwest::StatusCode;

const WRONG_DETAILS: &str = r#"{"reason":"wrong-details","wrong_details":["email","name"]}"#;

fn revocation_of(employee: &Employee) -> String {
    format!("/v1/certificates/{}/revocation", employee.serial())
}

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

    let named = serde_json::json!({ "device_name": DEVICE_NAME });
    refused(portal.register(&employee, &named).await, ProblemKind::CertificateNotUsable).await;
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
    portal.clock.advance(TimeDelta::minutes(5));
    let again: CertificateStatus = json(portal.revoke_with_token(&employee, &device, WRONG_DETAILS).await).await;
    assert_eq!(again, status, "a revocation that is asked for twice began the first time");
    let other = portal.client(Some(&employee)).post(portal.url(&revocation_of(&employee)));
    let other = other.header("content-type", "application/json").body(r#"{"reason":"key-compromise"}"#);
    refused(other.send().await.expect("an answer"), ProblemKind::AlreadyRevoked).await;
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
    let request = portal
        .client(Some(&employee))
        .post(portal.url(&revocation_of(&employee)))
        .header("content-type", "application/json");
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
    let named = serde_json::json!({ "device_name": DEVICE_NAME });
    let path = portal.url(&format!("/v1/certificates/{}/device", employee.serial()));
    assert_eq!(client.put(&path).json(&named).send().await.expect("an answer").status(), StatusCode::OK);
    portal.clock.advance(TimeDelta::days(3 * 366));
    // On the connection that is still open the portal must look for itself.
    refused(client.put(&path).send().await.expect("an answer"), ProblemKind::CertificateNotUsable).await;
    let fresh = portal.client(Some(&employee)).put(&path).send().await;
    assert!(fresh.is_err(), "a new handshake fails: {fresh:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_code_a_certificate_is_revoked_from_anywhere_and_asking_again_changes_nothing() {
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    let ask = |body| portal.with_code("/v1/revocation", &employee.invited.reference, &device.revocation_code, body);
    refused(ask(r#"{"reason":"superseded","wrong_details":["name"]}"#).await, ProblemKind::RequestInvalid).await;
    refused(ask("").await, ProblemKind::RequestInvalid).await;
    let status: CertificateStatus = json(ask(r#"{"reason":"key-compromise"}"#).await).await;
    assert_eq!((status.state, status.reason), (CertificateState::Revoked, Some(RevocationReason::KeyCompromise)));
    portal.clock.advance(TimeDelta::minutes(5));
    let again: CertificateStatus = json(ask(r#"{"reason":"key-compromise"}"#).await).await;
    assert_eq!(again, status);
    refused(ask(r#"{"reason":"superseded"}"#).await, ProblemKind::AlreadyRevoked).await;
    let suspension = portal.with_code("/v1/suspension", &employee.invited.reference, &device.revocation_code, "").await;
    refused(suspension, ProblemKind::AlreadyRevoked).await;
    refused(portal.log_in(&employee, Some(&device)).await, ProblemKind::CertificateNotUsable).await;
    assert!(portal.reinstate(&employee).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_with_the_code_are_counted_together_for_suspension_and_revocation_and_answered_as_for_no_such_number() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let reference = &employee.invited.reference;
    let body = r#"{"reason":"key-compromise"}"#;
    for (path, tries_left) in
        [("/v1/revocation", 4), ("/v1/suspension", 3), ("/v1/revocation", 2), ("/v1/suspension", 1)]
    {
        let known = problem(portal.with_code(path, reference, "0000", body).await).await;
        let unknown = problem(portal.with_code(path, "AMP-0000-0000", "0000", body).await).await;
        assert_eq!((known.kind, known.tries_left), (ProblemKind::CodeWrong, Some(tries_left)));
        assert_eq!(known, unknown);
    }
    for reference in [reference.as_str(), "AMP-0000-0000"] {
        refused(portal.with_code("/v1/revocation", reference, "0000", body).await, ProblemKind::CodeLocked).await;
    }
    let right = portal.with_code("/v1/revocation", reference, &device.revocation_code, body).await;
    refused(right, ProblemKind::CodeLocked).await;
    assert_eq!(portal.state(&device).await, CertificateState::AwaitingDeclaration);
    // Whoever still has the key gets a new code, and new tries with it.
    let device = portal.register_device(&employee).await;
    let right = portal.with_code("/v1/revocation", reference, &device.revocation_code, body).await;
    assert_eq!(right.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_without_suspension_says_so_refuses_it_to_everybody_and_revokes_instead() {
    let portal = TestPortal::without_suspension().await;
    let (employee, device) = portal.declared().await;
    let capabilities = portal.anonymous().get(portal.url("/v1/capabilities")).send().await.expect("an answer");
    assert!(!json::<portal_api::Capabilities>(capabilities).await.suspension);
    let not_offered = problem(portal.suspend(&employee, &device).await).await;
    assert_eq!((not_offered.kind, not_offered.status), (ProblemKind::SuspensionNotOffered, 409));
    let by_code = portal.with_code("/v1/suspension", &employee.invited.reference, &device.revocation_code, "").await;
    refused(by_code, ProblemKind::SuspensionNotOffered).await;
    let authority = portal.suspend_by_authority(&employee).await;
    assert!(matches!(authority, Err(portal::SuspendError::NotOffered)), "{authority:?}");
    assert_eq!(portal.state(&device).await, CertificateState::Active);
    let body = r#"{"reason":"key-compromise"}"#;
    let code = portal.with_code("/v1/revocation", &employee.invited.reference, &device.revocation_code, body).await;
    assert_eq!(code.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_suspends_too_and_log_in_stops() {
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    assert_eq!(portal.log_in(&employee, Some(&device)).await.status(), StatusCode::OK);
    let status = portal.suspend_by_authority(&employee).await.expect("suspended");
    assert_eq!(status.state, CertificateState::Suspended);
    assert_eq!(portal.suspend_by_authority(&employee).await.expect("suspended already"), status);
    refused(portal.log_in(&employee, Some(&device)).await, ProblemKind::CertificateNotUsable).await;
    portal.reinstate(&employee).await.expect("reinstated");
    assert_eq!(portal.log_in(&employee, Some(&device)).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_wins_over_a_reinstatement_at_the_same_time_whichever_comes_first() {
    let portal = TestPortal::practice().await;
    for _ in 0..6 {
        let (employee, device) = portal.declared().await;
        assert_eq!(portal.suspend(&employee, &device).await.status(), StatusCode::OK);
        let body = r#"{"reason":"key-compromise"}"#;
        let revoke = portal.with_code("/v1/revocation", &employee.invited.reference, &device.revocation_code, body);
        let (revoked, ..) = tokio::join!(
            revoke,
            portal.reinstate(&employee),
            portal.reinstate(&employee),
            portal.suspend(&employee, &device)
        );
        assert_eq!(revoked.status(), StatusCode::OK, "the revocation is never refused");
        assert_eq!(portal.state(&device).await, CertificateState::Revoked);
        assert!(matches!(portal.reinstate(&employee).await, Err(ReinstateError::Revoked)));
        refused(portal.log_in(&employee, Some(&device)).await, ProblemKind::CertificateNotUsable).await;

        let kinds = "SELECT kind FROM event WHERE serial_number = $1 AND kind IN ('suspended', 'reinstated', 'revoked') \
            ORDER BY id";
        let kinds = portal.database().await.rows(kinds, &[employee.serial()]).await;
        let kinds: Vec<String> = kinds.into_iter().flatten().flatten().collect();
        assert_eq!(kinds.iter().filter(|kind| *kind == "revoked").count(), 1, "{kinds:?}");
        assert_eq!(kinds.last().map(String::as_str), Some("revoked"), "nothing happens after a revocation: {kinds:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_revocations_and_suspensions_at_once_are_one_revocation() {
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    let body = r#"{"reason":"key-compromise"}"#;
    let revoke = || portal.with_code("/v1/revocation", &employee.invited.reference, &device.revocation_code, body);
    let suspend = || portal.suspend(&employee, &device);
    let (one, two, three, ..) = tokio::join!(revoke(), revoke(), revoke(), suspend(), suspend());
    let mut since = std::collections::BTreeSet::new();
    for answer in [one, two, three] {
        since.insert(json::<CertificateStatus>(answer).await.since);
    }
    assert_eq!(since.len(), 1);
    let revoked = portal
        .database()
        .await
        .number("SELECT COUNT(*) FROM event WHERE serial_number = $1 AND kind = 'revoked'", &[employee.serial()])
        .await;
    assert_eq!(revoked, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_log_says_who_did_what() {
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    portal.suspend(&employee, &device).await;
    portal.reinstate(&employee).await.expect("reinstated");
    portal.with_code("/v1/suspension", &employee.invited.reference, &device.revocation_code, "").await;
    portal.reinstate(&employee).await.expect("reinstated");
    let request = portal.client(Some(&employee)).post(portal.url(&revocation_of(&employee)));
    let request = request.header("content-type", "application/json").body(r#"{"reason":"cessation-of-operation"}"#);
    assert_eq!(request.send().await.expect("an answer").status(), StatusCode::OK);
    let events = "SELECT kind, actor, detail FROM event WHERE serial_number = $1 ORDER BY id";
    let events = portal.database().await.told(events, &[employee.serial()]).await;
    let events: Vec<(&str, &str)> = events.iter().map(|(kind, actor, _)| (kind.as_str(), actor.as_str())).collect();
    let expected = [
        ("issued", "invitation"),
        ("device-registered", "certificate"),
        ("declared", "certificate"),
        ("activated", "certificate"),
        ("suspended", "device-token"),
        ("reinstated", "authority"),
        ("suspended", "revocation-code"),
        ("reinstated", "authority"),
        ("revoked", "certificate"),
    ];
    assert_eq!(events, expected);
}
