//! Certificates that stand for one another by renewal: what an alarm reaches, and what its end gives back.

use super::renewal::outdate_declarations;
use crate::support::{Employee, TestPortal, json, refused};
use chrono::TimeDelta;
use portal_api::{CertificateState, CertificateStatus, DeviceRegistration, ProblemKind, RevocationReason};
use reqwest::{Response, StatusCode};

const AWAITING: CertificateState = CertificateState::AwaitingDeclaration;
const COMPROMISED: &str = r#"{"reason":"key-compromise"}"#;

/// What the portal answers, and whose certificate and what state it names.
async fn named(answer: Response) -> (String, CertificateState, Option<RevocationReason>) {
    assert_eq!(answer.status(), StatusCode::OK);
    let status: CertificateStatus = json(answer).await;
    (status.serial_number, status.state, status.reason)
}

async fn by_code(portal: &TestPortal, path: &str, device: &DeviceRegistration, body: &'static str) -> Response {
    portal.with_code(path, &device.reference, &device.revocation_code, body).await
}

async fn revoke_with(portal: &TestPortal, employee: &Employee, body: &'static str) -> Response {
    let path = portal.url(&format!("/v1/certificates/{}/revocation", employee.serial()));
    let request = portal.client(Some(employee)).post(path).header("content-type", "application/json").body(body);
    request.send().await.expect("an answer")
}

/// What the event log says of a certificate's suspension, reinstatement and revocation: kind, by whom, and by way of
/// which certificate.
async fn events(portal: &TestPortal, serial: &str) -> Vec<(String, String, Option<String>)> {
    let events = "SELECT kind, actor, acting_serial_number FROM event WHERE serial_number = $1 \
         AND kind IN ('suspended', 'reinstated', 'revoked') ORDER BY id";
    portal.database().await.told(events, &[serial]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_with_the_secrets_of_the_old_certificate_closes_the_one_that_took_its_place() {
    let portal = TestPortal::practice().await;
    let (old, old_device) = portal.declared().await;
    let new = portal.renewed(&old).await;
    let device = portal.register_device(&new).await;
    let suspended = (new.serial().to_owned(), CertificateState::Suspended, None);

    assert_eq!(named(portal.suspend(&old, &old_device).await).await, suspended, "the old token");
    portal.clock.advance(TimeDelta::minutes(5));
    assert_eq!(named(portal.suspend(&old, &old_device).await).await, suspended, "and once more");
    refused(portal.log_in(&new, Some(&device)).await, ProblemKind::CertificateNotUsable).await;
    let me = portal.me(&old_device).await.certificate;
    let superseded = (CertificateState::Revoked, Some(RevocationReason::Superseded));
    assert_eq!((me.serial_number.as_str(), (me.state, me.reason)), (old.serial(), superseded), "it is its own state");

    portal.reinstate(&new).await.expect("reinstated");
    assert_eq!(named(by_code(&portal, "/v1/suspension", &old_device, "").await).await, suspended, "the old code");
    portal.reinstate(&new).await.expect("reinstated");
    assert!(portal.reinstate(&old).await.is_err(), "what is revoked stays so");

    let revoked = (new.serial().to_owned(), CertificateState::Revoked, Some(RevocationReason::KeyCompromise));
    for _ in 0..2 {
        assert_eq!(named(by_code(&portal, "/v1/revocation", &old_device, COMPROMISED).await).await, revoked);
    }
    refused(portal.suspend(&old, &old_device).await, ProblemKind::AlreadyRevoked).await;
    let other = by_code(&portal, "/v1/revocation", &old_device, r#"{"reason":"affiliation-changed"}"#).await;
    refused(other, ProblemKind::AlreadyRevoked).await;

    let event = |kind: &str, actor: &str, by: Option<&str>| (kind.to_owned(), actor.to_owned(), by.map(str::to_owned));
    let expected = [
        event("suspended", "device-token", Some(old.serial())),
        event("reinstated", "authority", None),
        event("suspended", "revocation-code", Some(old.serial())),
        event("reinstated", "authority", None),
        event("revoked", "revocation-code", Some(old.serial())),
    ];
    assert_eq!(events(&portal, new.serial()).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_certificate_itself_and_the_authority_reach_the_one_in_use_too() {
    let portal = TestPortal::practice().await;
    let (old, _) = portal.declared().await;
    let new = portal.renewed(&old).await;
    let device = portal.register_device(&new).await;
    let revoked = |reason| (new.serial().to_owned(), CertificateState::Revoked, Some(reason));
    assert_eq!(named(revoke_with(&portal, &old, COMPROMISED).await).await, revoked(RevocationReason::KeyCompromise));
    let told = portal
        .database()
        .await
        .number("SELECT COUNT(*) FROM activity WHERE kind = 'revocation' AND serial_number = $1", &[old.serial()])
        .await;
    assert_eq!(told, 1, "what the key did is written down");
    assert_eq!(portal.state(&device).await, CertificateState::Revoked);

    let (old, _) = portal.declared().await;
    let new = portal.renewed(&old).await;
    portal.register_device(&new).await;
    let suspended = portal.suspend_by_authority(&old).await.expect("suspended");
    assert_eq!((suspended.serial_number.as_str(), suspended.state), (new.serial(), CertificateState::Suspended));
    let reason = RevocationReason::AffiliationChanged;
    let revoked = portal.revoke(old.serial(), reason, &[]).await.expect("revoked");
    assert_eq!((revoked.serial_number.as_str(), revoked.reason), (new.serial(), Some(reason)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gives_way_takes_nothing_with_it_and_a_token_revokes_nothing_that_is_in_use() {
    let portal = TestPortal::practice().await;
    let (old, old_device) = portal.declared().await;
    let new = portal.renewed(&old).await;
    let device = portal.register_device(&new).await;
    assert!(portal.revoke(old.serial(), RevocationReason::Superseded, &[]).await.is_err(), "it is so already");
    refused(portal.revoke_with_token(&old, &old_device, COMPROMISED).await, ProblemKind::AlreadyRevoked).await;
    let wrong = r#"{"reason":"wrong-details","wrong_details":["cvr"]}"#;
    refused(portal.revoke_with_token(&old, &old_device, wrong).await, ProblemKind::AlreadyRevoked).await;
    assert_eq!(portal.state(&device).await, CertificateState::Active);

    outdate_declarations(&portal).await;
    let third = portal.renewed(&new).await;
    portal.revoke(third.serial(), RevocationReason::Superseded, &[]).await.expect("revoked");
    assert_eq!(portal.state(&device).await, CertificateState::Active, "the renewal was given up, no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_reaches_every_generation_and_what_was_asked_for_with_it() {
    let portal = TestPortal::practice().await;
    let (first, first_device) = portal.declared().await;
    let second = portal.renewed(&first).await;
    portal.register_device(&second).await;
    let third = portal.renewed(&second).await;
    let device = portal.register_device(&third).await;
    outdate_declarations(&portal).await;
    let asked_for = portal.renewed(&third).await;
    let asked_for_device = portal.register_device(&asked_for).await;

    let suspended = (third.serial().to_owned(), CertificateState::Suspended, None);
    assert_eq!(named(by_code(&portal, "/v1/suspension", &first_device, "").await).await, suspended);
    assert_eq!(portal.state(&device).await, CertificateState::Suspended);
    assert_eq!(portal.state(&asked_for_device).await, CertificateState::Suspended);
    let revoked = (third.serial().to_owned(), CertificateState::Revoked, Some(RevocationReason::KeyCompromise));
    assert_eq!(named(by_code(&portal, "/v1/revocation", &first_device, COMPROMISED).await).await, revoked);
    assert_eq!(portal.state(&asked_for_device).await, CertificateState::Revoked);
    let revocations = events(&portal, asked_for.serial()).await.iter().filter(|event| event.0 == "revoked").count();
    assert_eq!(revocations, 1, "nothing is revoked twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_about_a_certificate_that_awaits_its_declaration_closes_the_one_that_it_renews() {
    let portal = TestPortal::practice().await;
    let (old, old_device) = portal.declared().await;
    outdate_declarations(&portal).await;
    let new = portal.renewed(&old).await;
    let device = portal.register_device(&new).await;
    let suspended = (new.serial().to_owned(), CertificateState::Suspended, None);
    assert_eq!(named(portal.suspend(&new, &device).await).await, suspended);
    assert_eq!(portal.state(&old_device).await, CertificateState::Suspended);
    refused(portal.log_in(&old, Some(&old_device)).await, ProblemKind::CertificateNotUsable).await;
    portal.reinstate(&old).await.expect("reinstated");
    assert_eq!(portal.state(&old_device).await, CertificateState::Active);
    assert_eq!(portal.state(&device).await, CertificateState::Suspended, "each is reinstated for itself");
    let again = (old.serial().to_owned(), CertificateState::Suspended, None);
    assert_eq!(named(portal.suspend(&new, &device).await).await, again, "the one that was closed now");
}

const WRONG_CVR: &str = r#"{"reason":"wrong-details","wrong_details":["cvr"]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_computer_that_reports_wrong_details_of_a_waiting_renewal_suspends_what_is_in_use_and_revokes_it_not() {
    let portal = TestPortal::practice().await;
    let (old, old_device) = portal.declared().await;
    outdate_declarations(&portal).await;
    let new = portal.renewed(&old).await;
    let device = portal.register_device(&new).await;
    let revoked = (new.serial().to_owned(), CertificateState::Revoked, Some(RevocationReason::WrongDetails));
    for _ in 0..2 {
        assert_eq!(named(portal.revoke_with_token(&new, &device, WRONG_CVR).await).await, revoked);
    }
    let me = portal.me(&old_device).await.certificate;
    assert_eq!((me.state, me.reason), (CertificateState::Suspended, None));
    let last = events(&portal, old.serial()).await.pop().expect("an event");
    assert_eq!(last, ("suspended".into(), "device-token".into(), Some(new.serial().into())));
    refused(portal.log_in(&old, Some(&old_device)).await, ProblemKind::CertificateNotUsable).await;

    // The authority has looked: the one in use is right, and works again; the other one never comes back.
    assert!(matches!(portal.reinstate(&new).await, Err(portal::ReinstateError::Revoked)));
    assert_eq!(portal.state(&old_device).await, CertificateState::Suspended, "it was not this one's reinstatement");
    let told = portal.reinstate_and_tell(&old).await.expect("reinstated");
    assert_eq!(told.certificate.state, CertificateState::Active);
    assert!(told.changed_with_it.is_empty() && told.still_suspended.is_empty());
    assert_eq!(portal.log_in(&old, Some(&old_device)).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_portal_does_not_suspend_a_report_of_wrong_details_leaves_what_is_in_use_alone() {
    let portal = TestPortal::without_suspension().await;
    let (old, old_device) = portal.declared().await;
    outdate_declarations(&portal).await;
    let new = portal.renewed(&old).await;
    let device = portal.register_device(&new).await;
    assert_eq!(portal.revoke_with_token(&new, &device, WRONG_CVR).await.status(), StatusCode::OK);
    assert_eq!(portal.state(&device).await, CertificateState::Revoked);
    assert_eq!(portal.state(&old_device).await, CertificateState::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_comes_with_the_declaration_never_revokes_what_is_declared() {
    let portal = TestPortal::practice().await;
    for _ in 0..4 {
        let employee = portal.employee().await;
        let device = portal.register_device(&employee).await;
        let (report, ()) = tokio::join!(
            portal.revoke_with_token(&employee, &device, WRONG_CVR),
            declare_if_possible(&portal, &employee)
        );
        let revoked = portal.state(&device).await == CertificateState::Revoked;
        assert_eq!(revoked, report.status() == StatusCode::OK);
        assert_ne!(revoked, portal.me(&device).await.declaration.is_some(), "one of them came first, and counts");
    }
}

async fn declare_if_possible(portal: &TestPortal, employee: &Employee) {
    let (id, document) = portal.declaration_of(employee);
    let status = portal.submit(employee, id, document).await.status();
    assert!(status == StatusCode::CREATED || status == StatusCode::FORBIDDEN, "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_alarm_about_a_waiting_renewal_is_taken_back_with_it_for_the_one_that_it_reached() {
    let portal = TestPortal::practice().await;
    let (old, old_device) = portal.declared().await;
    outdate_declarations(&portal).await;
    let new = portal.renewed(&old).await;
    let device = portal.register_device(&new).await;
    portal.suspend(&new, &device).await;
    let told = portal.reinstate_and_tell(&new).await.expect("reinstated");
    assert_eq!((told.certificate.serial_number.as_str(), told.certificate.state), (new.serial(), AWAITING));
    let with_it: Vec<_> = told.changed_with_it.iter().map(|one| (one.serial_number.as_str(), one.state)).collect();
    assert_eq!(with_it, [(old.serial(), CertificateState::Active)]);
    assert!(told.still_suspended.is_empty());
    let last = events(&portal, old.serial()).await.pop().expect("an event");
    assert_eq!(last, ("reinstated".into(), "authority".into(), Some(new.serial().into())));
    assert_eq!(portal.log_in(&old, Some(&old_device)).await.status(), StatusCode::OK);
    // So the renewal can go on.
    portal.declare(&new).await;
    assert_eq!(portal.log_in(&new, Some(&device)).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_had_an_alarm_of_its_own_stays_suspended_and_that_is_told() {
    let portal = TestPortal::practice().await;
    // Before the alarm about the renewal, and after it.
    for own_alarm_first in [true, false] {
        let (old, old_device) = portal.declared().await;
        outdate_declarations(&portal).await;
        let new = portal.renewed(&old).await;
        let device = portal.register_device(&new).await;
        if own_alarm_first {
            portal.suspend(&old, &old_device).await;
            portal.suspend(&new, &device).await;
        } else {
            portal.suspend(&new, &device).await;
            by_code(&portal, "/v1/suspension", &old_device, "").await;
        }
        let told = portal.reinstate_and_tell(&new).await.expect("reinstated");
        assert_eq!(told.certificate.state, AWAITING);
        assert!(told.changed_with_it.is_empty());
        let still: Vec<_> = told.still_suspended.iter().map(|one| one.serial_number.as_str()).collect();
        assert_eq!(still, [old.serial()], "own alarm first: {own_alarm_first}");
        assert_eq!(portal.state(&old_device).await, CertificateState::Suspended);
        portal.reinstate(&old).await.expect("reinstated for itself");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reinstates_the_one_in_use_is_told_that_its_renewal_stays_suspended() {
    let portal = TestPortal::practice().await;
    let (old, old_device) = portal.declared().await;
    outdate_declarations(&portal).await;
    let new = portal.renewed(&old).await;
    let device = portal.register_device(&new).await;
    portal.suspend(&new, &device).await;
    let told = portal.reinstate_and_tell(&old).await.expect("reinstated");
    let still: Vec<_> = told.still_suspended.iter().map(|one| one.serial_number.as_str()).collect();
    assert_eq!(still, [new.serial()]);
    assert_eq!(portal.state(&device).await, CertificateState::Suspended, "somebody else may have asked for it");
    // The employee asks for another one, and is not stuck.
    let another = portal.renewed(&old).await;
    portal.register_device(&another).await;
    portal.declare(&another).await;
    assert_eq!(portal.state(&device).await, CertificateState::Revoked);
    assert_eq!(portal.state(&old_device).await, CertificateState::Revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_alarm_of_a_renewal_that_gave_way_to_another_reaches_the_one_in_use() {
    let portal = TestPortal::practice().await;
    let (old, _) = portal.declared().await;
    outdate_declarations(&portal).await;
    let own = portal.renewed(&old).await;
    let own_device = portal.register_device(&own).await;
    let thiefs = portal.renewed(&old).await;
    portal.register_device(&thiefs).await;
    portal.declare(&thiefs).await;
    let suspended = (thiefs.serial().to_owned(), CertificateState::Suspended, None);
    assert_eq!(named(portal.suspend(&own, &own_device).await).await, suspended);
}
