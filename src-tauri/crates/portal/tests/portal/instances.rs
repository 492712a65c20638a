//! Two instances of one portal over one PostgreSQL database.

use crate::status::{ask, basic};
use crate::support::database::database_of;
use crate::support::{Employee, EmployeeKey, Invited, TestPortal, order, problem, refused, settings, start_on};
use der::Decode;
use portal::{InviteError, PortalError, PortalServer, RunningPortal};
use portal_api::{CertificateState, ProblemKind};
use reqwest::{Response, StatusCode};
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use x509_cert::crl::CertificateList;
use x509_cert::ext::pkix::CrlNumber;
use x509_ocsp::CertStatus;

/// A portal and another instance of it, with the same data folder, database and clock.
async fn two() -> (TestPortal, RunningPortal) {
    let first = TestPortal::practice().await;
    let second = start_on(first.data.path(), true, Arc::clone(&first.clock)).await.expect("a second instance");
    (first, second)
}

async fn is_on_hold(portal: &TestPortal, status: &str, employee: &Employee) -> bool {
    let request = portal.anonymous().post(format!("{status}/ocsp")).header("content-type", "application/ocsp-request");
    let answer = request.body(ask(employee, employee.serial(), None)).send().await.expect("an answer");
    let answer = basic(&answer.bytes().await.expect("a body"));
    match answer.tbs_response_data.responses[0].cert_status {
        CertStatus::Good(_) => false,
        CertStatus::Revoked(_) => true,
        CertStatus::Unknown(_) => panic!("the certificate is known"),
    }
}

/// The number of a list.
pub(crate) fn number(der: &[u8]) -> u64 {
    let list = CertificateList::from_der(der).expect("a list").tbs_cert_list;
    let number = list.crl_extensions.into_iter().flatten();
    let number = number.into_iter().find(|one| one.extn_id == const_oid::db::rfc5280::ID_CE_CRL_NUMBER);
    let number = CrlNumber::from_der(number.expect("a number").extn_value.as_bytes()).expect("a number");
    number.0.as_bytes().iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

async fn fetched(portal: &TestPortal, url: String) -> Vec<u8> {
    let response = portal.anonymous().get(url).send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    response.bytes().await.expect("a body").to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_instance_has_answered_holds_at_once_at_the_other() {
    let (first, second) = two().await;
    let (employee, device) = first.declared().await;
    let log_in = || async {
        let session = format!("{}/v1/session", second.ready.portal);
        first.client(Some(&employee)).post(session).send().await.expect("an answer")
    };
    assert_eq!(log_in().await.status(), StatusCode::OK);
    for _ in 0..2 {
        assert!(!is_on_hold(&first, &second.ready.status, &employee).await);
        assert_eq!(first.suspend(&employee, &device).await.status(), StatusCode::OK);
        assert!(is_on_hold(&first, &second.ready.status, &employee).await);
        refused(log_in().await, ProblemKind::CertificateNotUsable).await;
        let list = fetched(&first, format!("{}/crl/issuing-ca.crl", second.ready.status)).await;
        let list = CertificateList::from_der(&list).expect("a list").tbs_cert_list;
        assert_eq!(list.revoked_certificates.map(|entries| entries.len()), Some(1));
        first.reinstate(&employee).await.expect("reinstated");
    }
    assert_eq!(first.state(&device).await, CertificateState::Active);
    second.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_two_lists_have_one_number_whichever_instance_makes_them() {
    let (first, second) = two().await;
    let employee = first.employee().await;
    let mut lists: BTreeMap<(&str, u64), Vec<u8>> = BTreeMap::new();
    let mut last = 0;
    for round in 0..6 {
        if round % 2 == 0 {
            first.suspend_by_authority(&employee).await.expect("suspended");
        } else {
            first.reinstate(&employee).await.expect("reinstated");
        }
        let list = |status: &str, name: &str| fetched(&first, format!("{status}/crl/{name}"));
        let (one, other) = (&first.running.ready.status, &second.ready.status);
        let (complete, delta, root) = ("issuing-ca.crl", "issuing-ca-delta.crl", "root-ca.crl");
        let (a, b, c, d, e, f) = tokio::join!(
            list(one, complete),
            list(other, complete),
            list(one, delta),
            list(other, delta),
            list(one, root),
            list(other, root)
        );
        let made = [(complete, a), (complete, b), (delta, c), (delta, d), (root, e), (root, f)];
        for (kind, der) in made {
            let number = number(&der);
            assert!(kind == root || number > last, "something has happened since number {last}: not {number}");
            let known = lists.entry((kind, number)).or_insert_with(|| der.clone());
            assert_eq!(*known, der, "{kind} {number} is one list");
        }
        last = lists.keys().filter(|(kind, _)| *kind == complete).map(|(_, number)| *number).max().expect("a list");
    }
    second.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_used_once_and_wrong_ones_are_counted_together() {
    let (first, second) = two().await;
    let addresses = [&first.running.ready.portal, &second.ready.portal];
    let invited = first.invite().await;
    let enrol = |place: usize| {
        let client = first.anonymous().post(format!("{}/.well-known/est/simpleenroll", addresses[place % 2]));
        let client = client.basic_auth(&invited.reference, Some(&invited.code));
        client.header("content-type", "application/pkcs10").body(EmployeeKey::generate().request()).send()
    };
    let answers = tokio::join!(enrol(0), enrol(1), enrol(2), enrol(3));
    let answers = [answers.0, answers.1, answers.2, answers.3].map(|answer| answer.expect("an answer").status());
    assert_eq!(answers.iter().filter(|status| **status == StatusCode::OK).count(), 1, "{answers:?}");
    let issued = "SELECT COUNT(*) FROM certificate WHERE kind = 'employee'";
    assert_eq!(first.database().await.number(issued, &[]).await, 1);

    let Invited { reference, code: _ } = first.invite().await;
    let open = |place: usize| {
        let client = first.anonymous().get(format!("{}/v1/invitation", addresses[place % 2]));
        client.basic_auth(&reference, Some("0000-0000-0000")).send()
    };
    let tries: (_, _, _, _, _, _, _, _) =
        tokio::join!(open(0), open(1), open(2), open(3), open(4), open(5), open(6), open(7));
    let tries: [Result<Response, _>; 8] = [tries.0, tries.1, tries.2, tries.3, tries.4, tries.5, tries.6, tries.7];
    let mut left = Vec::new();
    for answer in tries {
        let problem = problem(answer.expect("an answer")).await;
        match problem.tries_left {
            Some(tries_left) => left.push(tries_left),
            None => assert_eq!(problem.kind, ProblemKind::CodeLocked),
        }
    }
    left.sort_unstable();
    assert_eq!(left, [1, 2, 3, 4], "the fifth wrong code locks, whichever instance it comes to");
    second.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_with_other_keys_or_another_mode_is_refused() {
    let portal = TestPortal::practice().await;
    let url = database_of(portal.data.path());
    let start = |data: &std::path::Path, practice: bool| {
        let mut settings = settings(data, practice, portal.clock.clone());
        settings.database.clone_from(&url);
        PortalServer::start(settings)
    };
    let copy = |swapped: Option<[&str; 2]>| {
        let data = tempfile::tempdir().expect("a folder");
        fs::create_dir(data.path().join("keys")).expect("a folder");
        for file in fs::read_dir(portal.data.path().join("keys")).expect("the keys") {
            let file = file.expect("a key").file_name().into_string().expect("UTF-8");
            let named = match swapped {
                Some([one, other]) if file == one => other,
                Some([one, other]) if file == other => one,
                _ => &file,
            };
            fs::copy(portal.data.path().join("keys").join(&file), data.path().join("keys").join(named))
                .expect("copied");
        }
        data
    };
    for swapped in [["root-ca.pk8", "seal.pk8"], ["issuing-ca.pk8", "seal.pk8"]] {
        let other = start(copy(Some(swapped)).path(), true).await.err();
        assert!(matches!(other, Some(PortalError::OtherInstances { .. })), "{swapped:?} {other:?}");
    }
    let other = start(copy(None).path(), false).await.err();
    assert!(matches!(other, Some(PortalError::OtherInstances { setting: "practice mode" })), "{other:?}");
    let elsewhere = copy(None);
    start(elsewhere.path(), true).await.expect("the same keys, on another computer").shutdown().await;

    let stranger = tempfile::tempdir().expect("a folder");
    let invited = portal::invite(stranger.path(), url.as_deref(), portal.clock.as_ref(), &order()).await;
    assert!(matches!(invited.err(), Some(InviteError::Portal(PortalError::OtherInstances { .. }))));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_still_has_earlier_terms_takes_no_declaration_and_is_not_ready() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    portal.register_device(&employee).await;
    let ready = || async { portal.anonymous().get(portal.status_url("/readyz")).send().await.expect("an answer") };
    assert_eq!(ready().await.status(), StatusCode::OK);
    let later = "INSERT INTO terms SELECT id, version + 1, language, sha256, content, in_force_from FROM terms";
    portal.database().await.execute(later, &[]).await.expect("another instance has later terms");
    assert_eq!(ready().await.status(), StatusCode::SERVICE_UNAVAILABLE);
    let (id, document) = portal.declaration_of(&employee);
    refused(portal.submit(&employee, id, document).await, ProblemKind::TermsNotInForce).await;
}

/// The address of status, where all instances are behind one.
#[tokio::test(flavor = "multi_thread")]
async fn certificates_name_the_address_of_status_that_all_instances_have_in_common() {
    let data = crate::support::folder_with_keys();
    let clock = TestPortal::clock_at_start();
    let start = |status_url: &str| {
        let deployment = portal::Deployment { status_url: Some(status_url.to_owned()), ..Default::default() };
        PortalServer::start_as(settings(data.path(), true, clock.clone()), deployment)
    };
    for wrong in ["https://status.example.org", "status.example.org", "http://", "http://a b", "http://a/b"] {
        assert!(matches!(start(wrong).await.err(), Some(PortalError::StatusUrl)), "{wrong}");
    }
    let running = start("http://status.example.org/").await.expect("it starts");
    assert_eq!(running.ready.status, "http://status.example.org");
    let portal = TestPortal { running, data, clock };
    let employee = portal.employee().await;
    let der = employee.certificate().der();
    for address in [&b"http://status.example.org/ocsp"[..], b"http://status.example.org/crl/issuing-ca.crl"] {
        assert!(der.windows(address.len()).any(|bytes| bytes == address));
    }
}
