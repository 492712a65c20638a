//! Log-in, and what the portal tells of what was done with a key, from where, and on which computer.

use crate::support::{AGENT, DEVICE_NAME, TestPortal, json, refused};
use chrono::TimeDelta;
use portal::Clock;
use portal_api::{ACTIVITY_LIMIT, AGENT_LIMIT, ActivityDevice, ActivityKind, DEVICE, ProblemKind, Session};
use reqwest::StatusCode;

#[tokio::test(flavor = "multi_thread")]
async fn only_a_declared_certificate_logs_in() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    assert!(portal.me(&device).await.declaration_needed);
    refused(portal.log_in(&employee, Some(&device)).await, ProblemKind::NotPermitted).await;
    let anonymous = portal.anonymous().post(portal.url("/v1/session")).send().await.expect("an answer");
    refused(anonymous, ProblemKind::CertificateRequired).await;

    portal.declare(&employee).await;
    let session: Session = json(portal.log_in(&employee, Some(&device)).await).await;
    assert_eq!(session.common_name, "Øvebruger Eksempel");
    assert_eq!(session.logged_in_at, portal.clock.now());
    assert!(!portal.me(&device).await.declaration_needed);

    portal.suspend(&employee, &device).await;
    refused(portal.log_in(&employee, Some(&device)).await, ProblemKind::CertificateNotUsable).await;
    portal.clock.advance(TimeDelta::days(3 * 366));
    let late = portal.client(Some(&employee)).post(portal.url("/v1/session")).send().await;
    assert!(late.is_err(), "after its validity not even the handshake succeeds: {late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_told_newest_first_with_time_place_app_and_computer() {
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    let declaration = portal.me(&device).await.declaration.expect("a declaration").id;
    portal.clock.advance(TimeDelta::minutes(1));
    portal.log_in(&employee, Some(&device)).await;
    portal.clock.advance(TimeDelta::minutes(1));
    portal.log_in(&employee, None).await;

    let activities = portal.me(&device).await.activities;
    let kinds: Vec<_> = activities.iter().map(|one| one.kind).collect();
    let expected =
        [ActivityKind::LogIn, ActivityKind::LogIn, ActivityKind::Declaration, ActivityKind::DeviceRegistration];
    assert_eq!(kinds, expected);
    assert_eq!(activities[0].device, ActivityDevice::Unregistered);
    assert_eq!(activities[1].device, ActivityDevice::Registered(DEVICE_NAME.into()));
    assert_eq!((activities[1].agent.as_str(), activities[1].address.as_str()), (AGENT, "127.0.0.1"));
    assert_eq!(activities[0].at - activities[1].at, TimeDelta::minutes(1));
    assert_eq!(activities[2].document, Some(declaration));
    assert_eq!(activities[0].document, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_somebody_else_or_of_an_earlier_registration_makes_no_registered_computer() {
    let portal = TestPortal::practice().await;
    let (employee, old) = portal.declared().await;
    let (_, anothers) = portal.declared().await;
    let device = portal.register_device(&employee).await;
    for token in [&old, &anothers] {
        assert_eq!(portal.log_in(&employee, Some(token)).await.status(), StatusCode::OK);
        assert_eq!(portal.me(&device).await.activities[0].device, ActivityDevice::Unregistered);
    }
    let garbled = portal.client(Some(&employee)).post(portal.url("/v1/session")).header(DEVICE, "\u{e6}").send().await;
    assert_eq!(garbled.expect("an answer").status(), StatusCode::OK);
    portal.log_in(&employee, Some(&device)).await;
    assert_eq!(portal.me(&device).await.activities[0].device, ActivityDevice::Registered(DEVICE_NAME.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_calls_itself_is_kept_short_and_printable() {
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    let long = format!("\t x\u{202e}y {}", "z".repeat(400));
    let agent = reqwest::header::HeaderValue::from_bytes(long.as_bytes()).expect("a header");
    let request = portal.client(Some(&employee)).post(portal.url("/v1/session")).header("user-agent", agent);
    assert_eq!(request.send().await.expect("an answer").status(), StatusCode::OK);
    let kept = portal.me(&device).await.activities[0].agent.clone();
    assert!(kept.starts_with("xy z") && kept.chars().count() <= AGENT_LIMIT, "{kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_is_told_than_the_limit_and_nothing_of_others() {
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    let (other, others_device) = portal.declared().await;
    let client = portal.client(Some(&employee));
    for _ in 0..ACTIVITY_LIMIT + 3 {
        let answer = client.post(portal.url("/v1/session")).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
    }
    assert_eq!(portal.me(&device).await.activities.len(), ACTIVITY_LIMIT);
    assert_eq!(portal.me(&others_device).await.activities.len(), 2);
    drop(other);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_revoked_certificate_is_told_what_was_done_with_it_and_nothing_of_its_successor() {
    let portal = TestPortal::practice().await;
    let (old, old_device) = portal.declared().await;
    portal.log_in(&old, Some(&old_device)).await;
    let new = portal.renewed(&old).await;
    let device = portal.register_device(&new).await;
    portal.clock.advance(TimeDelta::minutes(1));
    portal.log_in(&new, Some(&device)).await;

    let kinds = |activities: Vec<portal_api::Activity>| activities.iter().map(|one| one.kind).collect::<Vec<_>>();
    let own = [ActivityKind::Renewal, ActivityKind::LogIn, ActivityKind::Declaration, ActivityKind::DeviceRegistration];
    assert_eq!(kinds(portal.me(&old_device).await.activities), own);
    // Who has the one in use is told of both.
    let all = [&[ActivityKind::LogIn, ActivityKind::DeviceRegistration], &own[..]].concat();
    assert_eq!(kinds(portal.me(&device).await.activities), all);

    portal.revoke(new.serial(), portal_api::RevocationReason::KeyCompromise, &[]).await.expect("revoked");
    assert_eq!(kinds(portal.me(&device).await.activities), [ActivityKind::LogIn, ActivityKind::DeviceRegistration]);
    // What a stolen key does after its revocation is written down, and not told to whoever has its secrets.
    portal.clock.advance(TimeDelta::minutes(1));
    let third = portal.declared().await.0;
    let fourth = portal.renewed(&third).await;
    let fourth_device = portal.register_device(&fourth).await;
    portal.clock.advance(TimeDelta::minutes(1));
    let path = portal.url(&format!("/v1/certificates/{}/revocation", third.serial()));
    let request = portal.client(Some(&third)).post(path).header("content-type", "application/json");
    let revoked = request.body(r#"{"reason":"key-compromise"}"#).send().await.expect("an answer");
    assert_eq!(revoked.status(), StatusCode::OK);
    let told = kinds(portal.me(&fourth_device).await.activities);
    assert_eq!(told, [ActivityKind::DeviceRegistration]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_staff_sees_when_a_certificate_was_used_on_a_computer_that_is_not_registered() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    portal.register_device(&employee).await;
    let last_use = || async {
        let users = portal::users(portal.data.path(), portal.url_of_database().as_deref()).await.expect("users");
        users[0].last_unregistered_use
    };
    assert_eq!(last_use().await, None, "to register a computer is no such use");
    portal.declare(&employee).await;
    let device = portal.register_device(&employee).await;
    let declared = last_use().await;
    assert_eq!(declared, Some(portal.clock.now()));
    portal.clock.advance(TimeDelta::hours(1));
    portal.log_in(&employee, Some(&device)).await;
    assert_eq!(last_use().await, declared);
    portal.log_in(&employee, None).await;
    assert_eq!(last_use().await, Some(portal.clock.now()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_cannot_be_rewritten() {
    let portal = TestPortal::practice().await;
    portal.declared().await;
    let mut database = portal.database().await;
    for attempt in ["DELETE FROM activity", "UPDATE activity SET address = '::1'"] {
        assert!(database.execute(attempt, &[]).await.is_err(), "{attempt}");
    }
}
