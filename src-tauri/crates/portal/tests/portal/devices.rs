//! A second computer: what the employee has already is told, and what is to be superseded goes when the new one comes.

use crate::support::{DEVICE_NAME, Employee, TestPortal, json, order, refused};
use portal_api::{CertificateState, InvitationView, ProblemKind, RevocationReason};
use reqwest::StatusCode;
use serde_json::{Value, json};

async fn earlier_of(portal: &TestPortal, employee: &Employee) -> Vec<portal_api::EarlierCertificate> {
    let invited = &employee.invited;
    json::<InvitationView>(portal.open(&invited.reference, &invited.code).await).await.earlier
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_tells_what_the_same_person_has_already() {
    let portal = TestPortal::practice().await;
    let first = portal.employee().await;
    assert!(earlier_of(&portal, &first).await.is_empty(), "its own certificate is no earlier one");
    let second = portal.employee().await;
    let earlier = earlier_of(&portal, &second).await;
    assert_eq!(earlier.len(), 1);
    assert_eq!((earlier[0].serial_number.as_str(), &earlier[0].device_name), (first.serial(), &None));

    portal.register_device(&first).await;
    let earlier = earlier_of(&portal, &second).await;
    assert_eq!(earlier[0].device_name.as_deref(), Some(DEVICE_NAME));
    assert_eq!(earlier[0].state, CertificateState::AwaitingDeclaration);
    assert!(earlier[0].registered_at.is_some());
    assert_eq!(earlier[0].not_after, first.certificate().not_after());

    portal.revoke(first.serial(), RevocationReason::Superseded, &[]).await.expect("revoked");
    assert!(earlier_of(&portal, &second).await.is_empty(), "what is revoked is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_another_person_nor_another_employer_is_told_of() {
    let portal = TestPortal::practice().await;
    portal.employee().await;
    let mut other_person = order();
    other_person.personal_number = portal::PersonalNumber::parse("6202020000").expect("a number");
    let mut other_employer = order();
    other_employer.subject.cvr = "87654321".into();
    for order in [other_person, other_employer] {
        let invited = portal::invite(portal.data.path(), None, portal.clock.as_ref(), &order).await.expect("invited");
        let view: InvitationView = json(portal.open(&invited.reference, &invited.code).await).await;
        assert!(view.earlier.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_superseded_stays_in_use_until_the_new_declaration_is_accepted() {
    let portal = TestPortal::practice().await;
    let (first, first_device) = portal.declared().await;
    let (third, third_device) = portal.declared().await;
    let second = portal.employee().await;
    let request = json!({ "device_name": "Øvelsesplads 8", "supersedes": [first.serial()] });
    assert_eq!(portal.register(&second, &request).await.status(), StatusCode::OK);
    assert_eq!(portal.log_in(&first, Some(&first_device)).await.status(), StatusCode::OK);
    portal.declare(&second).await;
    let me = portal.me(&first_device).await.certificate;
    assert_eq!((me.state, me.reason), (CertificateState::Revoked, Some(RevocationReason::Superseded)));
    assert_eq!(portal.log_in(&third, Some(&third_device)).await.status(), StatusCode::OK, "it was not named");

    let (actor, acting): (String, String) =
        sqlx::query_as("SELECT actor, acting_serial_number FROM event WHERE kind = 'revoked' AND serial_number = ?")
            .bind(first.serial())
            .fetch_one(&mut portal.database().await)
            .await
            .expect("the event");
    assert_eq!((actor.as_str(), acting.as_str()), ("certificate", second.serial()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_in_use_supersedes_at_once_and_the_last_word_counts_before() {
    let portal = TestPortal::practice().await;
    let (first, first_device) = portal.declared().await;
    let second = portal.employee().await;
    let named = |supersedes: &[&str]| json!({ "device_name": DEVICE_NAME, "supersedes": supersedes });
    assert_eq!(portal.register(&second, &named(&[first.serial()])).await.status(), StatusCode::OK);
    assert_eq!(portal.register(&second, &named(&[])).await.status(), StatusCode::OK);
    portal.declare(&second).await;
    assert_eq!(portal.state(&first_device).await, CertificateState::Active, "it was taken back in time");
    assert_eq!(portal.register(&second, &named(&[first.serial()])).await.status(), StatusCode::OK);
    assert_eq!(portal.state(&first_device).await, CertificateState::Revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_supersedes_what_is_not_the_same_persons() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let mut order = order();
    order.personal_number = portal::PersonalNumber::parse("6202020000").expect("a number");
    let invited = portal::invite(portal.data.path(), None, portal.clock.as_ref(), &order).await.expect("invited");
    let invited = crate::support::Invited { reference: invited.reference, code: invited.code.to_string() };
    let key = crate::support::EmployeeKey::generate();
    let chain = crate::support::certificates(portal.enrol(&invited, key.request()).await).await;
    for serial in [chain[0].serial_number(), employee.serial(), "4f", "'; DROP TABLE device"] {
        let request = json!({ "device_name": DEVICE_NAME, "supersedes": [serial] });
        refused(portal.register(&employee, &request).await, ProblemKind::NotPermitted).await;
    }
    let registered: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM device")
        .fetch_one(&mut portal.database().await)
        .await
        .expect("a count");
    assert_eq!(registered, 0, "a registration that is refused leaves nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computer_has_a_name_that_people_can_read() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let refusals: Vec<Value> = vec![
        json!({}),
        json!({ "device_name": "" }),
        json!({ "device_name": "  " }),
        json!({ "device_name": "a\nb" }),
        json!({ "device_name": "a\u{202e}b" }),
        json!({ "device_name": "Å".repeat(65) }),
        json!({ "device_name": 7 }),
        json!({ "device_name": "a", "supersedes": vec!["4f"; 51] }),
    ];
    for request in refusals {
        refused(portal.register(&employee, &request).await, ProblemKind::RequestInvalid).await;
    }
    let longest = json!({ "device_name": "Å".repeat(64) });
    assert_eq!(portal.register(&employee, &longest).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_answered_with_the_number_that_goes_with_the_code_and_whom_to_call() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    assert_eq!(device.reference, employee.invited.reference);
    assert_eq!(device.authority, order().authority);
}
