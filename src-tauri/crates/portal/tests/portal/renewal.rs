//! The next certificate, asked for with the one in use: swapped together or not at all.

use crate::support::{DEVICE_NAME, EmployeeKey, TestPortal, certificates, json, refused};
use chrono::TimeDelta;
use pki::{Profile, Verdict};
use portal::Clock;
use portal_api::{ActivityKind, CertificateState, ProblemKind, RevocationReason};
use reqwest::StatusCode;
use serde_json::json;

/// As if the terms in force had been written since.
pub(crate) async fn outdate_declarations(portal: &TestPortal) {
    portal.database().await.execute("UPDATE declaration SET terms_version = 0", &[]).await.expect("done");
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
    let usable = portal
        .database()
        .await
        .number("SELECT COUNT(*) FROM certificate WHERE renews = $1 AND state <> 'revoked'", &[old.serial()])
        .await;
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
    let state = "SELECT state, reason FROM certificate WHERE serial_number = $1";
    let state = portal.database().await.rows(state, &[new.serial()]).await;
    assert_eq!(state, [[Some("revoked".to_owned()), Some("key-compromise".to_owned())]]);
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
