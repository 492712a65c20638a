//! The next certificate, asked for with the one in use: swapped together or not at all.

use crate::support::{DEVICE_NAME, Employee, EmployeeKey, TestPortal, certificates, json, refused};
use chrono::TimeDelta;
use pki::{Profile, Verdict};
use portal::Clock;
use portal_api::{
    ActivityKind, CertificateState, CertificateStatus, DeviceRegistration, ProblemKind, RevocationReason,
};
use reqwest::{Response, StatusCode};
use serde_json::json;

/// As if the terms in force had been written since.
async fn outdate_declarations(portal: &TestPortal) {
    sqlx::query("UPDATE declaration SET terms_version = 0").execute(&mut portal.database().await).await.expect("done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_names_the_same_employee_for_another_key_and_begins_now() {
    let portal = TestPortal::practice().await;
    let (old, _) = portal.declared().await;
    portal.clock.advance(TimeDelta::days(1000));
    let new = portal.renewed(&old).await;
    let (before, after) = (old.certificate(), new.certificate());
    assert_eq!(after.subject_der(), before.subject_der());
    assert_eq!(after.description().email, before.description().email);
    assert_ne!(after.subject_public_key_info(), before.subject_public_key_info());
    assert_eq!(after.not_before(), portal.clock.now() - TimeDelta::minutes(5), "clocks differ");
    let anchors = [portal.trust_anchor()];
    let report = pki::validate(after, &new.chain[1..], &anchors, portal.clock.now(), Profile::PracticeEmployee);
    assert_eq!(report.verdict, Verdict::Valid, "{:?}", report.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_terms_unchanged_the_new_certificate_takes_over_when_its_computer_is_registered() {
    let portal = TestPortal::practice().await;
    let (old, old_device) = portal.declared().await;
    let declaration = portal.me(&old_device).await.declaration.expect("a declaration");
    let new = portal.renewed(&old).await;
    assert_eq!(
        portal.log_in(&old, Some(&old_device)).await.status(),
        StatusCode::OK,
        "the old one is in use till then"
    );
    refused(portal.log_in(&new, None).await, ProblemKind::NotPermitted).await;

    let device = portal.register_device(&new).await;
    let me = portal.me(&device).await;
    assert_eq!((me.certificate.state, me.declaration_needed), (CertificateState::Active, false));
    assert_eq!(me.declaration.as_ref(), Some(&declaration), "it rests on the declaration that was made");
    assert_eq!(portal.log_in(&new, Some(&device)).await.status(), StatusCode::OK);
    let gone = portal.me(&old_device).await.certificate;
    assert_eq!((gone.state, gone.reason), (CertificateState::Revoked, Some(RevocationReason::Superseded)));
    refused(portal.log_in(&old, Some(&old_device)).await, ProblemKind::CertificateNotUsable).await;
    let activities = portal.me(&device).await.activities;
    assert!(activities.iter().any(|one| one.kind == ActivityKind::Renewal));
    let receipt = portal.url(&format!("/v1/declarations/{}/receipt", declaration.id));
    let receipt = portal.client(Some(&new)).get(receipt).send().await.expect("an answer");
    assert_eq!(receipt.status(), StatusCode::OK);

    // Suspended and reinstated it is active again, and it can be renewed in its turn.
    portal.suspend(&new, &device).await;
    assert_eq!(portal.reinstate(&new).await.expect("reinstated").state, CertificateState::Active);
    let third = portal.renewed(&new).await;
    let third_device = portal.register_device(&third).await;
    assert_eq!(portal.state(&third_device).await, CertificateState::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_other_terms_the_new_certificate_waits_for_its_declaration_and_the_old_one_works_till_then() {
    let portal = TestPortal::practice().await;
    let (old, old_device) = portal.declared().await;
    outdate_declarations(&portal).await;
    let new = portal.renewed(&old).await;
    let device = portal.register_device(&new).await;
    let me = portal.me(&device).await;
    assert_eq!((me.certificate.state, me.declaration_needed), (CertificateState::AwaitingDeclaration, true));
    assert_eq!(portal.log_in(&old, Some(&old_device)).await.status(), StatusCode::OK);
    portal.declare(&new).await;
    assert_eq!(portal.log_in(&new, Some(&device)).await.status(), StatusCode::OK);
    assert_eq!(portal.state(&old_device).await, CertificateState::Revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_with_the_same_key_gives_the_same_certificate_and_another_key_takes_its_place() {
    let portal = TestPortal::practice().await;
    let (old, old_device) = portal.declared().await;
    let lost = portal.renewed(&old).await;
    let again = certificates(portal.reenrol(&old, lost.key.request()).await).await;
    assert_eq!(again[0].der(), lost.certificate().der());

    let new = portal.renewed(&old).await;
    let named = json!({ "device_name": DEVICE_NAME });
    refused(portal.register(&lost, &named).await, ProblemKind::CertificateNotUsable).await;
    assert_eq!(portal.state(&old_device).await, CertificateState::Active);
    let device = portal.register_device(&new).await;
    assert_eq!(portal.state(&device).await, CertificateState::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn renewals_at_the_same_time_leave_one_that_can_be_used() {
    let portal = TestPortal::practice().await;
    let (old, _) = portal.declared().await;
    let keys = [EmployeeKey::generate(), EmployeeKey::generate(), EmployeeKey::generate()];
    let (one, two, three) = tokio::join!(
        portal.reenrol(&old, keys[0].request()),
        portal.reenrol(&old, keys[1].request()),
        portal.reenrol(&old, keys[2].request())
    );
    for answer in [one, two, three] {
        assert_eq!(answer.status(), StatusCode::OK);
    }
    let usable: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM certificate WHERE renews = ? AND state <> 'revoked'")
        .bind(old.serial())
        .fetch_one(&mut portal.database().await)
        .await
        .expect("a count");
    assert_eq!(usable, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_active_certificate_renews_and_only_for_a_new_key() {
    let portal = TestPortal::practice().await;
    let request = || EmployeeKey::generate().request();
    let undeclared = portal.employee().await;
    refused(portal.reenrol(&undeclared, request()).await, ProblemKind::NotPermitted).await;
    let anonymous = portal.anonymous().post(portal.url("/.well-known/est/simplereenroll")).send().await;
    refused(anonymous.expect("an answer"), ProblemKind::CertificateRequired).await;

    let (employee, device) = portal.declared().await;
    let same = portal.reenrol(&employee, employee.key.request()).await;
    refused(same, ProblemKind::CertificationRequestInvalid).await;
    let anothers = portal.reenrol(&employee, undeclared.key.request()).await;
    refused(anothers, ProblemKind::CertificationRequestInvalid).await;
    refused(portal.reenrol(&employee, b"nonsense".to_vec()).await, ProblemKind::CertificationRequestInvalid).await;
    portal.suspend(&employee, &device).await;
    refused(portal.reenrol(&employee, request()).await, ProblemKind::CertificateNotUsable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_with_a_key_does_not_outlive_its_suspension_or_revocation() {
    let portal = TestPortal::practice().await;
    let named = json!({ "device_name": DEVICE_NAME });
    let (old, old_device) = portal.declared().await;
    let new = portal.renewed(&old).await;
    portal.suspend(&old, &old_device).await;
    refused(portal.register(&new, &named).await, ProblemKind::CertificateNotUsable).await;
    portal.reinstate(&old).await.expect("reinstated");
    portal.revoke(old.serial(), RevocationReason::KeyCompromise, &[]).await.expect("revoked");
    refused(portal.register(&new, &named).await, ProblemKind::CertificateNotUsable).await;
    let (state, reason): (String, String) =
        sqlx::query_as("SELECT state, reason FROM certificate WHERE serial_number = ?")
            .bind(new.serial())
            .fetch_one(&mut portal.database().await)
            .await
            .expect("the certificate");
    assert_eq!((state.as_str(), reason.as_str()), ("revoked", "key-compromise"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_number_goes_with_the_code_of_either_certificate() {
    let portal = TestPortal::practice().await;
    let (old, old_device) = portal.declared().await;
    outdate_declarations(&portal).await;
    let new = portal.renewed(&old).await;
    let device = portal.register_device(&new).await;
    assert_eq!(device.reference, old.invited.reference);
    for (code, serial) in [(&old_device.revocation_code, old.serial()), (&device.revocation_code, new.serial())] {
        let answer = portal.with_code("/v1/suspension", &device.reference, code, "").await;
        let status: portal_api::CertificateStatus = json(answer).await;
        assert_eq!((status.serial_number.as_str(), status.state), (serial, CertificateState::Suspended));
    }
}

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
    sqlx::query_as(
        "SELECT kind, actor, acting_serial_number FROM event WHERE serial_number = ? \
         AND kind IN ('suspended', 'reinstated', 'revoked') ORDER BY id",
    )
    .bind(serial)
    .fetch_all(&mut portal.database().await)
    .await
    .expect("the events")
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
    assert_eq!(portal.me(&device).await.activities[0].kind, ActivityKind::Revocation, "what the key did is told");

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

    let wrong = r#"{"reason":"wrong-details","wrong_details":["cvr"]}"#;
    let revoked = (new.serial().to_owned(), CertificateState::Revoked, Some(RevocationReason::WrongDetails));
    for _ in 0..2 {
        assert_eq!(named(portal.revoke_with_token(&new, &device, wrong).await).await, revoked);
    }
    let me = portal.me(&old_device).await.certificate;
    assert_eq!((me.state, me.reason), (CertificateState::Revoked, Some(RevocationReason::WrongDetails)));
    let last = events(&portal, old.serial()).await.pop().expect("an event");
    assert_eq!(last, ("revoked".into(), "device-token".into(), Some(new.serial().into())));
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
