//! A second computer: what the employee has already is told, and what is to be superseded goes when the new one comes.

use crate::support::{DEVICE_NAME, Employee, TestPortal, json, order, problem, refused};
use chrono::TimeDelta;
use portal::Clock;
use portal_api::{CertificateState, CertificateStatus, InvitationView, ProblemKind, RevocationReason};
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
        let invited =
            portal::invite(portal.data.path(), portal.url_of_database().as_deref(), portal.clock.as_ref(), &order)
                .await
                .expect("invited");
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

    let revoked = "SELECT actor, acting_serial_number FROM event WHERE kind = 'revoked' AND serial_number = $1";
    let revoked = portal.database().await.rows(revoked, &[first.serial()]).await;
    assert_eq!(revoked, [[Some("certificate".to_owned()), Some(second.serial().to_owned())]]);
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
    let invited =
        portal::invite(portal.data.path(), portal.url_of_database().as_deref(), portal.clock.as_ref(), &order)
            .await
            .expect("invited");
    let invited = crate::support::Invited { reference: invited.reference, code: invited.code.to_string() };
    let key = crate::support::EmployeeKey::generate();
    let chain = crate::support::certificates(portal.enrol(&invited, key.request()).await).await;
    for serial in [chain[0].serial_number(), employee.serial(), "4f", "'; DROP TABLE device"] {
        let request = json!({ "device_name": DEVICE_NAME, "supersedes": [serial] });
        refused(portal.register(&employee, &request).await, ProblemKind::NotPermitted).await;
    }
    let registered = portal.database().await.number("SELECT COUNT(*) FROM device", &[]).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn what_was_renewed_meanwhile_on_the_other_computer_is_superseded_too() {
    let portal = TestPortal::practice().await;
    let (first, _) = portal.declared().await;
    let second = portal.employee().await;
    let request = json!({ "device_name": DEVICE_NAME, "supersedes": [first.serial()] });
    assert_eq!(portal.register(&second, &request).await.status(), StatusCode::OK);
    let renewed = portal.renewed(&first).await;
    portal.register_device(&renewed).await;
    let twice = portal.renewed(&renewed).await;
    let twice_device = portal.register_device(&twice).await;
    assert_eq!(portal.state(&twice_device).await, CertificateState::Active);
    portal.declare(&second).await;
    let me = portal.me(&twice_device).await.certificate;
    assert_eq!((me.state, me.reason), (CertificateState::Revoked, Some(RevocationReason::Superseded)));
    assert_eq!(portal.log_in(&second, None).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_names_what_it_renews_does_not_supersede_itself() {
    let portal = TestPortal::practice().await;
    let (first, _) = portal.declared().await;
    let second = portal.renewed(&first).await;
    portal.register_device(&second).await;
    let third = portal.renewed(&second).await;
    let request = json!({ "device_name": DEVICE_NAME, "supersedes": [first.serial(), second.serial()] });
    for _ in 0..2 {
        assert_eq!(portal.register(&third, &request).await.status(), StatusCode::OK);
        assert_eq!(portal.log_in(&third, None).await.status(), StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_registers_a_computer_with_a_stolen_key_does_not_disable_the_owners_alarm() {
    let portal = TestPortal::practice().await;
    let (employee, owners) = portal.declared().await;
    let thiefs = portal.register_device(&employee).await;

    let token = portal.anonymous().get(portal.url("/v1/me")).bearer_auth(&owners.device_token).send().await;
    refused(token.expect("an answer"), ProblemKind::DeviceTokenInvalid).await;
    let compromised = r#"{"reason":"key-compromise"}"#;
    refused(portal.revoke_with_token(&employee, &owners, compromised).await, ProblemKind::DeviceTokenInvalid).await;
    let (reference, code) = (&owners.reference, &owners.revocation_code);
    let answer = problem(portal.with_code("/v1/revocation", reference, code, compromised).await).await;
    assert_eq!((answer.kind, answer.tries_left), (ProblemKind::CodeWrong, Some(4)), "for good only with the new one");

    for _ in 0..2 {
        let status: CertificateStatus = json(portal.suspend(&employee, &owners).await).await;
        assert_eq!((status.serial_number.as_str(), status.state), (employee.serial(), CertificateState::Suspended));
    }
    portal.reinstate(&employee).await.expect("reinstated");
    let status: CertificateStatus = json(portal.with_code("/v1/suspension", reference, code, "").await).await;
    assert_eq!((status.serial_number.as_str(), status.state), (employee.serial(), CertificateState::Suspended));
    portal.reinstate(&employee).await.expect("reinstated");

    // The thief renews: the owner's alarm goes after him.
    let stolen = portal.renewed(&employee).await;
    let stolen_device = portal.register_device(&stolen).await;
    let status: CertificateStatus = json(portal.suspend(&employee, &owners).await).await;
    assert_eq!(status.serial_number, stolen.serial());
    assert_eq!(portal.state(&stolen_device).await, CertificateState::Suspended);
    drop(thiefs);
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_again_and_again_pushes_out_neither_the_first_secrets_nor_the_last() {
    let portal = TestPortal::practice().await;
    let (employee, owners) = portal.declared().await;
    let mut last = portal.register_device(&employee).await;
    for _ in 0..24 {
        last = portal.register_device(&employee).await;
    }
    portal.register_device(&employee).await;
    for device in [&owners, &last] {
        assert_eq!(portal.suspend(&employee, device).await.status(), StatusCode::OK);
        let by_code = portal.with_code("/v1/suspension", &device.reference, &device.revocation_code, "").await;
        assert_eq!(by_code.status(), StatusCode::OK);
    }
    let kept = portal.database().await.number("SELECT COUNT(*) FROM replaced_secret", &[]).await;
    assert_eq!(kept, 20, "and does not fill the disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_count_for_replaced_codes_as_for_the_one_in_use_and_they_end_with_the_certificate() {
    let portal = TestPortal::practice().await;
    let (employee, old) = portal.declared().await;
    let new = portal.register_device(&employee).await;
    for tries_left in [4, 3, 2, 1] {
        let known = problem(portal.with_code("/v1/suspension", &old.reference, "0000", "").await).await;
        let unknown = problem(portal.with_code("/v1/suspension", "AMP-0000-0000", "0000", "").await).await;
        assert_eq!((known.kind, known.tries_left), (ProblemKind::CodeWrong, Some(tries_left)));
        assert_eq!(known, unknown);
    }
    refused(portal.with_code("/v1/suspension", &old.reference, "0000", "").await, ProblemKind::CodeLocked).await;
    let right = portal.with_code("/v1/suspension", &old.reference, &old.revocation_code, "").await;
    refused(right, ProblemKind::CodeLocked).await;
    assert_eq!(portal.state(&new).await, CertificateState::Active);

    portal.clock.advance(TimeDelta::days(3 * 366));
    refused(portal.suspend(&employee, &old).await, ProblemKind::CertificateNotUsable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn token_and_code_end_with_their_own_certificate_and_say_why() {
    let portal = TestPortal::practice().await;
    let (employee, replaced) = portal.declared().await;
    let device = portal.register_device(&employee).await;
    portal.clock.advance(employee.certificate().not_after() - portal.clock.now());
    portal.me(&device).await;
    portal.clock.advance(TimeDelta::seconds(1));

    let me = portal.anonymous().get(portal.url("/v1/me")).bearer_auth(&device.device_token).send().await;
    let ended = problem(me.expect("an answer")).await;
    assert_eq!(ended.kind, ProblemKind::CertificateNotUsable, "not that another registration took its place");
    assert!(ended.detail.is_some_and(|detail| detail.contains("validity period has ended")));
    for device in [&device, &replaced] {
        refused(portal.suspend(&employee, device).await, ProblemKind::CertificateNotUsable).await;
        let by_code = portal.with_code("/v1/suspension", &device.reference, &device.revocation_code, "").await;
        let ended = problem(by_code).await;
        assert_eq!(ended.kind, ProblemKind::CertificateNotUsable);
        assert!(ended.detail.is_some_and(|detail| detail.contains("validity period has ended")));
    }
    let compromised = r#"{"reason":"key-compromise"}"#;
    let by_code = portal.with_code("/v1/revocation", &device.reference, &device.revocation_code, compromised).await;
    refused(by_code, ProblemKind::CertificateNotUsable).await;

    // A wrong code is still answered as one for a number that nobody has, and the tries end.
    for tries_left in [4, 3, 2, 1] {
        let known = problem(portal.with_code("/v1/suspension", &device.reference, "0000", "").await).await;
        let unknown = problem(portal.with_code("/v1/suspension", "AMP-0000-0000", "0000", "").await).await;
        assert_eq!((known.kind, known.tries_left), (ProblemKind::CodeWrong, Some(tries_left)));
        assert_eq!(known, unknown);
    }
    refused(portal.with_code("/v1/suspension", &device.reference, "0000", "").await, ProblemKind::CodeLocked).await;
    let suspended =
        portal.database().await.number("SELECT COUNT(*) FROM event WHERE kind IN ('suspended', 'revoked')", &[]).await;
    assert_eq!(suspended, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secrets_of_the_next_certificate_work_when_those_of_the_one_before_have_ended() {
    let portal = TestPortal::practice().await;
    let (old, old_device) = portal.declared().await;
    portal.clock.advance(TimeDelta::days(1000));
    let new = portal.renewed(&old).await;
    let device = portal.register_device(&new).await;
    portal.clock.advance(old.certificate().not_after() - portal.clock.now() + TimeDelta::seconds(1));
    let ended = portal.with_code("/v1/suspension", &old_device.reference, &old_device.revocation_code, "").await;
    refused(ended, ProblemKind::CertificateNotUsable).await;
    refused(portal.suspend(&old, &old_device).await, ProblemKind::CertificateNotUsable).await;
    assert_eq!(portal.state(&device).await, CertificateState::Active);
    let status = portal.with_code("/v1/suspension", &device.reference, &device.revocation_code, "").await;
    assert_eq!(json::<CertificateStatus>(status).await.serial_number, new.serial());
}
