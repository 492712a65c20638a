//! Invitations: who has reference number and code sees whom the certificate will name; who guesses is locked out.

use crate::support::database::{database_of, on_postgresql};
use crate::support::{Invited, PERSONAL_NUMBER, TestPortal, folder_with_keys, json, order, problem, refused, settings};
use aws_lc_rs::digest::{SHA256, digest};
use chrono::TimeDelta;
use lifecycle::ports::Portal as _;
use lifecycle::{OneTimeCode, ReferenceNumber};
use pki::TrustAnchor;
use portal::{PortalServer, RetentionRun, SystemClock};
use portal_api::{InvitationView, PracticeInvitation, ProblemKind};
use portal_client::PortalClient;
use reqwest::StatusCode;
use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

const WRONG: &str = "0000-0000-0000";

#[tokio::test(flavor = "multi_thread")]
async fn the_invited_employee_sees_what_the_local_registration_authority_ordered() {
    let portal = TestPortal::practice().await;
    let invited = portal.invite().await;
    let response = portal.open(&invited.reference, &invited.code).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let view: InvitationView = json(response).await;
    assert_eq!(view.reference, invited.reference);
    assert_eq!(view.subject.common_name, "Øvebruger Eksempel");
    assert_eq!(view.subject.organisation, "Øvelseskommune Å");
    assert_eq!(view.authority.email.as_deref(), Some("lra@example.org"));
}

#[tokio::test(flavor = "multi_thread")]
async fn reference_number_and_code_are_recognised_however_they_are_typed() {
    let portal = TestPortal::practice().await;
    let Invited { reference, code } = portal.invite().await;
    let typed = [
        (reference.to_lowercase(), code.to_lowercase()),
        (reference.replace('-', ""), code.replace('-', " ")),
        (reference.replace('0', "O"), code.replace('0', "o").replace('1', "l")),
    ];
    for (reference, code) in typed {
        assert_eq!(portal.open(&reference, &code).await.status(), StatusCode::OK, "{reference}");
    }
}

/// Through the client, as the app and `certifikat` do it.
#[tokio::test(flavor = "multi_thread")]
async fn the_client_opens_an_invitation_that_was_typed_with_letters_for_digits() {
    let data = folder_with_keys();
    // The client's TLS looks at the computer's clock: so does this portal.
    let running = PortalServer::start(settings(data.path(), true, Arc::new(SystemClock))).await.expect("it starts");
    let anchor = fs::read(&running.ready.trust_anchor).expect("the trust anchor's file");
    let anchor = TrustAnchor::from_pem(&anchor).expect("a trust anchor");
    let client = PortalClient::new(&running.ready.portal, &[anchor]).expect("a client");
    let database = database_of(data.path());
    let digits = ['0', '1'];
    let invited = loop {
        let invited = portal::invite(data.path(), database.as_deref(), &SystemClock, &order()).await.expect("invited");
        if invited.reference.contains(digits) && invited.code.contains(digits) {
            break invited;
        }
    };
    for one in ["i", "I", "l", "L"] {
        let typed = |text: &str| text.to_lowercase().replace('0', "o").replace('1', one);
        let reference = ReferenceNumber::parse(&typed(&invited.reference)).expect("a reference number");
        let code = OneTimeCode::parse(&typed(&invited.code)).expect("a code");
        let opened = client.invitation(&reference, &code).await.expect("the invitation opens");
        assert_eq!(opened.reference.to_string(), invited.reference);
    }
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_counts_down_and_the_fifth_locks_for_the_right_code_too() {
    let portal = TestPortal::practice().await;
    let invited = portal.invite().await;
    for tries_left in [4, 3, 2, 1] {
        let problem = problem(portal.open(&invited.reference, WRONG).await).await;
        assert_eq!((problem.kind, problem.tries_left), (ProblemKind::CodeWrong, Some(tries_left)));
    }
    refused(portal.open(&invited.reference, WRONG).await, ProblemKind::CodeLocked).await;
    refused(portal.open(&invited.reference, &invited.code).await, ProblemKind::CodeLocked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_code_gives_the_tries_back() {
    let portal = TestPortal::practice().await;
    let invited = portal.invite().await;
    for _ in 0..3 {
        for _ in 0..4 {
            refused(portal.open(&invited.reference, WRONG).await, ProblemKind::CodeWrong).await;
        }
        assert_eq!(portal.open(&invited.reference, &invited.code).await.status(), StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_number_that_nobody_was_given_is_answered_as_one_with_a_wrong_code() {
    let portal = TestPortal::practice().await;
    let invited = portal.invite().await;
    for _ in 0..7 {
        let known = problem(portal.open(&invited.reference, WRONG).await).await;
        let unknown = problem(portal.open("AMP-0000-0000", WRONG).await).await;
        assert_eq!(known, unknown);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cpr_number_that_is_typed_as_a_reference_number_cannot_be_found_out_from_the_database_and_goes_in_two_weeks() {
    let portal = TestPortal::practice().await;
    portal.invite().await;
    for _ in 0..2 {
        refused(portal.open("610101-0000", WRONG).await, ProblemKind::CodeWrong).await;
    }
    portal.with_code("/v1/suspension", PERSONAL_NUMBER, WRONG, "").await;
    let mut database = portal.database().await;
    let hashes = if on_postgresql() {
        "SELECT encode(reference_hmac, 'hex') FROM unknown_reference_try \
            UNION ALL SELECT encode(personal_number_hash, 'hex') FROM employee"
    } else {
        "SELECT lower(hex(reference_hmac)) FROM unknown_reference_try \
            UNION ALL SELECT lower(hex(personal_number_hash)) FROM employee"
    };
    let hashes: BTreeSet<String> = database.rows(hashes, &[]).await.into_iter().flatten().flatten().collect();
    assert_eq!(hashes.len(), 3, "two codes are tried, neither of which is counted as the employee's CPR number is kept");
    for plain in [PERSONAL_NUMBER.to_owned(), format!("revocation {PERSONAL_NUMBER}")] {
        assert!(!hashes.contains(&hex::encode(digest(&SHA256, plain.as_bytes()))), "whoever has no key can try all numbers");
    }
    assert_eq!(database.number("SELECT COUNT(*) FROM unknown_reference", &[]).await, 0);

    // What an instance of an earlier version adds while both run goes too.
    let earlier = "INSERT INTO unknown_reference SELECT personal_number_hash, 1, 4000000000 FROM employee";
    assert_eq!(database.execute(earlier, &[]).await.expect("done"), 1);
    let kept = "SELECT (SELECT COUNT(*) FROM unknown_reference_try) + (SELECT COUNT(*) FROM unknown_reference)";
    for (days, left) in [(13, 2), (2, 0)] {
        portal.clock.advance(TimeDelta::days(days));
        let url = portal.url_of_database();
        let run = portal::retain(portal.data.path(), url.as_deref(), portal.clock.as_ref(), RetentionRun::Erase).await;
        assert!(run.expect("it runs").counts.is_empty());
        assert_eq!(database.number(kept, &[]).await, left);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_are_counted_across_a_restart() {
    let portal = TestPortal::practice().await;
    let invited = portal.invite().await;
    for _ in 0..4 {
        refused(portal.open(&invited.reference, WRONG).await, ProblemKind::CodeWrong).await;
    }
    let portal = portal.restart().await;
    refused(portal.open(&invited.reference, WRONG).await, ProblemKind::CodeLocked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_at_the_same_time_are_all_counted() {
    let portal = TestPortal::practice().await;
    let invited = portal.invite().await;
    let client = portal.anonymous();
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let request = client.get(portal.url("/v1/invitation")).basic_auth(&invited.reference, Some(WRONG));
            tokio::spawn(request.send())
        })
        .collect();
    let mut wrong = 0;
    for one in tries {
        let answer = problem(one.await.expect("a task").expect("an answer")).await;
        wrong += usize::from(answer.kind == ProblemKind::CodeWrong);
    }
    assert_eq!(wrong, 4, "four tries are told apart from a locked invitation, the fifth locks");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_has_expired_is_refused_and_says_so_only_to_who_knows_the_code() {
    let portal = TestPortal::practice().await;
    let invited = portal.invite().await;
    portal.clock.advance(portal::INVITATION_VALIDITY - TimeDelta::seconds(1));
    assert_eq!(portal.open(&invited.reference, &invited.code).await.status(), StatusCode::OK);
    portal.clock.advance(TimeDelta::seconds(1));
    refused(portal.open(&invited.reference, WRONG).await, ProblemKind::CodeWrong).await;
    refused(portal.open(&invited.reference, &invited.code).await, ProblemKind::InvitationExpired).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_credentials_or_with_nonsense_the_portal_says_what_it_wants() {
    let portal = TestPortal::practice().await;
    let client = portal.anonymous();
    let bare = client.get(portal.url("/v1/invitation")).send().await.expect("an answer");
    refused(bare, ProblemKind::CodeWrong).await;
    for nonsense in ["Basic !!!", "Basic bm8gY29sb24=", "Basic PHNjcmlwdD46PD4="] {
        let request = client.get(portal.url("/v1/invitation")).header("authorization", nonsense);
        refused(request.send().await.expect("an answer"), ProblemKind::RequestInvalid).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_practice_portal_hands_out_an_invitation_that_opens() {
    let portal = TestPortal::practice().await;
    let response = portal.anonymous().post(portal.url("/v1/practice/invitations")).send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::CREATED);
    let invitation: PracticeInvitation = json(response).await;
    assert_eq!(portal.open(&invitation.reference, &invitation.code).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_practice_nobody_gets_an_invitation_by_asking() {
    let portal = TestPortal::with_mode(false).await;
    let response = portal.anonymous().post(portal.url("/v1/practice/invitations")).send().await.expect("an answer");
    refused(response, ProblemKind::NotFound).await;
}
