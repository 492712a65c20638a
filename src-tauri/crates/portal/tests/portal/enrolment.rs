//! Enrolment over EST: one key, one certificate, named as ordered.

use crate::support::{EmployeeKey, TestPortal, certificates, refused};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{Months, TimeDelta};
use pki::{Certificate, PRACTICE_EMPLOYEE_POLICY, PRACTICE_ORGANISATION_POLICY, Profile, Verdict};
use portal::{Clock, PolicyArc};
use portal_api::ProblemKind;
use reqwest::StatusCode;
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_names_the_employee_as_ordered_and_holds_under_the_practice_profile_alone() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let certificate = employee.certificate();
    let description = certificate.description();
    assert_eq!(description.common_name, "Øvebruger Eksempel");
    assert_eq!(description.given_name.as_deref(), Some("Øvebruger"));
    assert_eq!(description.organisation.as_deref(), Some("Øvelseskommune Å"));
    assert_eq!(description.cvr.as_deref(), Some("12345678"));
    assert_eq!(description.email.as_deref(), Some("øvebruger@example.org"));
    assert!(description.employee_id.as_deref().is_some_and(|id| id.starts_with("UI:DK-E:G:")));
    assert_eq!(description.ocsp_urls, [portal.status_url("/ocsp")]);
    assert_eq!(description.crl_urls, [portal.status_url("/crl/issuing-ca.crl")]);
    let now = portal.clock.now();
    assert_eq!(certificate.not_before(), now - TimeDelta::minutes(5), "clocks differ");
    assert_eq!(Some(certificate.not_after()), now.checked_add_months(Months::new(36)));

    let judge = |profile| pki::validate(certificate, &employee.chain[1..], &[portal.trust_anchor()], now, profile);
    let report = judge(Profile::PracticeEmployee);
    assert_eq!(report.verdict, Verdict::Valid, "{:?}", report.findings);
    assert_eq!(judge(Profile::OcesEmployee).verdict, Verdict::Invalid);
    assert_eq!(description.issuer, "Øvelsesportalens udstedende CA");
    assert_eq!(portal.trust_anchor().certificate().description().common_name, "Øvelsesportalens rod-CA");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_claims_no_policy_but_that_for_documentation_unless_the_operator_says_so() {
    for practice in [true, false] {
        let portal = TestPortal::with_mode(practice).await;
        let employee = portal.employee().await;
        let seal = fs::read(portal.data.path().join("seal.pem")).expect("the seal's certificate");
        let seal = Certificate::from_pem(&seal).expect("a certificate");
        assert_eq!(employee.certificate().description().policies, [PRACTICE_EMPLOYEE_POLICY]);
        assert_eq!(seal.description().policies, [PRACTICE_ORGANISATION_POLICY]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_a_little_behind_finds_every_new_certificate_valid() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let behind = portal.clock.now() - TimeDelta::minutes(4);
    let anchors = [portal.trust_anchor()];
    let judged =
        pki::validate(employee.certificate(), &employee.chain[1..], &anchors, behind, Profile::PracticeEmployee);
    assert_eq!(judged.verdict, Verdict::Valid, "{:?}", judged.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_the_oces_arc_the_certificate_holds_under_the_oces_profile_alone() {
    let portal = TestPortal::under(false, PolicyArc::Oces).await;
    let employee = portal.employee().await;
    let judge = |profile| {
        let anchors = [portal.trust_anchor()];
        pki::validate(employee.certificate(), &employee.chain[1..], &anchors, portal.clock.now(), profile)
    };
    let report = judge(Profile::OcesEmployee);
    assert_eq!(report.verdict, Verdict::Valid, "{:?}", report.findings);
    assert_eq!(judge(Profile::PracticeEmployee).verdict, Verdict::Invalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_with_the_same_key_gives_the_same_certificate_even_after_the_invitation_has_expired() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    portal.clock.advance(portal::INVITATION_VALIDITY + TimeDelta::days(1));
    let again = portal.enrol(&employee.invited, employee.key.request()).await;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(certificates(again).await[0].der(), employee.certificate().der());
    assert_eq!(portal.open(&employee.invited.reference, &employee.invited.code).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_gets_nothing_for_an_invitation_that_was_used() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let other = portal.enrol(&employee.invited, EmployeeKey::generate().request()).await;
    refused(other, ProblemKind::InvitationUsed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_has_a_certificate_does_not_get_another_one() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let second = portal.invite().await;
    refused(portal.enrol(&second, employee.key.request()).await, ProblemKind::CertificationRequestInvalid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_the_same_time_get_one_certificate() {
    let portal = TestPortal::practice().await;
    let invited = portal.invite().await;
    let key = EmployeeKey::generate();
    let client = portal.anonymous();
    let requests: Vec<_> = (0..4)
        .map(|_| {
            let request = client
                .post(portal.url("/.well-known/est/simpleenroll"))
                .basic_auth(&invited.reference, Some(&invited.code))
                .header("content-type", "application/pkcs10")
                .body(key.request());
            tokio::spawn(request.send())
        })
        .collect();
    let mut serials = std::collections::BTreeSet::new();
    for request in requests {
        let response = request.await.expect("a task").expect("an answer");
        serials.insert(certificates(response).await[0].serial_number().to_owned());
    }
    assert_eq!(serials.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_invitation_gets_no_certificate() {
    let portal = TestPortal::practice().await;
    let invited = portal.invite().await;
    portal.clock.advance(portal::INVITATION_VALIDITY);
    refused(portal.enrol(&invited, EmployeeKey::generate().request()).await, ProblemKind::InvitationExpired).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_gets_no_certificate_and_costs_a_try() {
    let portal = TestPortal::practice().await;
    let mut invited = portal.invite().await;
    invited.code = "0000-0000-0000".into();
    for _ in 0..4 {
        refused(portal.enrol(&invited, EmployeeKey::generate().request()).await, ProblemKind::CodeWrong).await;
    }
    refused(portal.enrol(&invited, EmployeeKey::generate().request()).await, ProblemKind::CodeLocked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_signature_does_not_hold_is_refused_and_leaves_the_invitation_open() {
    let portal = TestPortal::practice().await;
    let invited = portal.invite().await;
    let key = EmployeeKey::generate();
    let mut request = pki::certification_request::build(&key).expect("a request");
    let last = request.len() - 1;
    request[last] ^= 1;
    for body in [STANDARD.encode(request).into_bytes(), b"not a request".to_vec(), Vec::new()] {
        refused(portal.enrol(&invited, body).await, ProblemKind::CertificationRequestInvalid).await;
    }
    assert_eq!(portal.enrol(&invited, key.request()).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ca_certificates_are_the_issuing_cas_and_the_trust_anchor() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let response = portal.anonymous().get(portal.url("/.well-known/est/cacerts")).send().await.expect("an answer");
    let given = certificates(response).await;
    assert!(given.iter().any(|one| one.der() == portal.trust_anchor().certificate().der()));
    assert!(given.iter().any(|one| one.der() == employee.chain[1].der()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_attributes_are_der_in_base64() {
    use der::Decode;
    let portal = TestPortal::practice().await;
    let response = portal.anonymous().get(portal.url("/.well-known/est/csrattrs")).send().await.expect("an answer");
    assert_eq!(response.headers()["content-type"], "application/csrattrs");
    let der = STANDARD.decode(response.bytes().await.expect("a body")).expect("Base64");
    let attributes = Vec::<der::Any>::from_der(&der).expect("CsrAttrs");
    assert_eq!(attributes.len(), 2);
}
