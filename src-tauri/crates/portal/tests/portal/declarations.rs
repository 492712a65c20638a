//! Declarations: what holds is recorded once and receipted; what does not hold changes nothing.

use crate::support::{Employee, EmployeeKey, TestPortal, json, refused};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use declaration::terms::{TermsDocument, shipped};
use declaration::{Acceptance, AcceptanceFacts, DraftDeclaration, details, receipt, signed_data};
use pki::Profile;
use portal::Clock;
use portal_api::{CertificateState, DECLARATION_LIMIT, DEVICE, IDEMPOTENCY_KEY, ProblemKind, TermsInForce};
use reqwest::{Response, StatusCode};
use uuid::Uuid;

/// What the app makes of a review and an acceptance.
fn declare(portal: &TestPortal, employee: &Employee, id: Uuid) -> Vec<u8> {
    declare_with(portal, employee, id, &shipped()[0], &employee.key)
}

fn declare_with(
    portal: &TestPortal,
    employee: &Employee,
    id: Uuid,
    terms: &TermsDocument,
    key: &EmployeeKey,
) -> Vec<u8> {
    declare_to("Øvelsesportalen", portal, employee, id, terms, key)
}

fn declare_to(
    addressee: &str,
    portal: &TestPortal,
    employee: &Employee,
    id: Uuid,
    terms: &TermsDocument,
    key: &EmployeeKey,
) -> Vec<u8> {
    let certificate = employee.certificate();
    let facts = AcceptanceFacts {
        declaration_id: id,
        details: details(certificate),
        signing_time: portal.clock.now(),
        app_version: "0.1.0".into(),
        portal: addressee.into(),
        practice: true,
    };
    let acceptance = Acceptance::new(facts, terms, certificate);
    let draft = DraftDeclaration::render(acceptance, terms, certificate).expect("rendered");
    draft.sign(key, &employee.chain).expect("signed").pdf().to_vec()
}

async fn bytes(response: Response) -> Vec<u8> {
    assert_eq!(response.headers()["content-type"], "application/pdf");
    response.bytes().await.expect("a body").to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terms_in_force_are_those_that_ship_signed_by_the_seal() {
    let portal = TestPortal::practice().await;
    let response = portal.anonymous().get(portal.url("/v1/terms")).send().await.expect("an answer");
    let terms: TermsInForce = json(response).await;
    let languages: Vec<_> = terms.documents.iter().map(|document| document.language.as_str()).collect();
    assert_eq!(languages, ["da", "en"]);
    for (document, shipped) in terms.documents.iter().zip(shipped()) {
        let content = STANDARD.decode(&document.content).expect("Base64");
        assert_eq!(content, shipped.bytes());
        assert_eq!(document.sha256, shipped.sha256_hex());
        let signature = STANDARD.decode(&document.signature).expect("Base64");
        let anchors = [portal.trust_anchor()];
        signed_data::verify_detached(&content, &signature, &anchors, Profile::PracticeSeal, portal.clock.now())
            .expect("the seal's signature holds");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_opens_log_in_and_its_receipt_holds() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let id = Uuid::now_v7();
    let document = declare(&portal, &employee, id);
    let response = portal.submit(&employee, id, document.clone()).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let receipt = bytes(response).await;

    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &document);
    let hash: [u8; 32] = hash.as_ref().try_into().expect("SHA-256 has 32 bytes");
    let anchors = [portal.trust_anchor()];
    let confirmed = receipt::verify(&receipt, &anchors, Profile::PracticeSeal, portal.clock.now(), id, &hash);
    assert_eq!(confirmed.expect("the receipt holds").certificate_serial_number, employee.serial());

    let me = portal.me(&device).await;
    assert_eq!(me.certificate.state, CertificateState::Active);
    let declared = me.declaration.expect("a declaration");
    assert_eq!((declared.id, declared.sha256), (id, hex::encode(hash)));

    let path = format!("/v1/declarations/{id}/receipt");
    let again = portal.client(Some(&employee)).get(portal.url(&path)).send().await.expect("an answer");
    assert_eq!(bytes(again).await, receipt);
    let stranger = portal.employee().await;
    let asked = portal.client(Some(&stranger)).get(portal.url(&path)).send().await.expect("an answer");
    refused(asked, ProblemKind::NotFound).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn submitting_again_gives_the_same_receipt_and_other_bytes_are_refused() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let id = Uuid::now_v7();
    let document = declare(&portal, &employee, id);
    let first = bytes(portal.submit(&employee, id, document.clone()).await).await;
    portal.clock.advance(chrono::TimeDelta::hours(1));
    let second = portal.submit(&employee, id, document).await;
    assert_eq!(second.status(), StatusCode::OK);
    assert_eq!(bytes(second).await, first);

    let other = declare(&portal, &employee, id);
    refused(portal.submit(&employee, id, other).await, ProblemKind::IdempotencyKeyReused).await;
    let another_id = Uuid::now_v7();
    let another = declare(&portal, &employee, another_id);
    refused(portal.submit(&employee, another_id, another).await, ProblemKind::NotPermitted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_submissions_at_the_same_time_are_one_declaration() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let id = Uuid::now_v7();
    let document = declare(&portal, &employee, id);
    let submit = || portal.submit(&employee, id, document.clone());
    let (first, second, third, fourth) = tokio::join!(submit(), submit(), submit(), submit());
    let mut created = 0;
    let mut receipts = std::collections::BTreeSet::new();
    for response in [first, second, third, fourth] {
        created += usize::from(response.status() == StatusCode::CREATED);
        receipts.insert(bytes(response).await);
    }
    assert_eq!((created, receipts.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_that_does_not_hold_is_refused_and_changes_nothing() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let id = Uuid::now_v7();
    let document = declare(&portal, &employee, id);

    let mut altered = document.clone();
    let middle = altered.len() / 3;
    altered[middle] ^= 1;
    let mut longer = document.clone();
    longer.extend_from_slice(b"\n% more");
    let colleague = portal.employee().await;
    let anothers = declare(&portal, &colleague, id);
    for bad in [altered, longer, anothers, b"%PDF-1.7".to_vec(), Vec::new()] {
        refused(portal.submit(&employee, id, bad).await, ProblemKind::DeclarationInvalid).await;
    }
    refused(portal.submit(&employee, Uuid::now_v7(), document.clone()).await, ProblemKind::DeclarationInvalid).await;
    let me = portal.me(&device).await;
    assert_eq!((me.certificate.state, me.declaration), (CertificateState::AwaitingDeclaration, None));
    assert_eq!(portal.submit(&employee, id, document).await.status(), StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread")]
async fn terms_that_are_not_in_force_are_not_accepted() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let text = std::str::from_utf8(shipped()[0].bytes()).expect("UTF-8");
    let other = TermsDocument::from_bytes(text.replace("\"version\": 1", "\"version\": 2").as_bytes()).expect("terms");
    let id = Uuid::now_v7();
    let document = declare_with(&portal, &employee, id, &other, &employee.key);
    refused(portal.submit(&employee, id, document).await, ProblemKind::TermsNotInForce).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_certificate_declares_nothing() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let id = Uuid::now_v7();
    let document = declare(&portal, &employee, id);
    assert_eq!(portal.suspend(&employee, &device).await.status(), StatusCode::OK);
    refused(portal.submit(&employee, id, document.clone()).await, ProblemKind::CertificateNotUsable).await;
    portal.reinstate(&employee).await.expect("reinstated");
    assert_eq!(portal.submit(&employee, id, document).await.status(), StatusCode::CREATED);
    // Suspended and reinstated once more, it is active again, not waiting for another declaration.
    assert_eq!(portal.suspend(&employee, &device).await.status(), StatusCode::OK);
    assert_eq!(portal.reinstate(&employee).await.expect("reinstated").state, CertificateState::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_that_was_made_for_another_portal_is_refused_and_changes_nothing() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let id = Uuid::now_v7();
    for addressee in ["Referenceportalen", "øvelsesportalen", "https://127.0.0.1:4433"] {
        let document = declare_to(addressee, &portal, &employee, id, &shipped()[0], &employee.key);
        refused(portal.submit(&employee, id, document).await, ProblemKind::DeclarationInvalid).await;
    }
    assert_eq!(portal.me(&device).await.certificate.state, CertificateState::AwaitingDeclaration);
    let document = declare(&portal, &employee, id);
    assert_eq!(portal.submit(&employee, id, document).await.status(), StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_declaration_the_token_no_longer_revokes() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let id = Uuid::now_v7();
    let document = declare(&portal, &employee, id);
    assert_eq!(portal.submit(&employee, id, document).await.status(), StatusCode::CREATED);
    let wrong = r#"{"reason":"wrong-details","wrong_details":["name"]}"#;
    refused(portal.revoke_with_token(&employee, &device, wrong).await, ProblemKind::NotPermitted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_needs_a_certificate_a_key_and_its_media_type() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let url = portal.url("/v1/declarations");
    let anonymous = portal.anonymous().post(&url).body("x").send().await.expect("an answer");
    refused(anonymous, ProblemKind::CertificateRequired).await;
    let client = portal.client(Some(&employee));
    let without_key = client.post(&url).header("content-type", "application/pdf").body("x");
    refused(without_key.send().await.expect("an answer"), ProblemKind::RequestInvalid).await;
    let without_type = client.post(&url).header("idempotency-key", Uuid::now_v7().to_string()).body("x");
    refused(without_type.send().await.expect("an answer"), ProblemKind::RequestInvalid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_that_is_too_large_is_refused_unread() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let response = portal.submit(&employee, Uuid::now_v7(), vec![b'%'; DECLARATION_LIMIT + 1]).await;
    refused(response, ProblemKind::BodyTooLarge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_that_is_sent_again_since_its_answer_was_lost_is_told_once() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let device = portal.register_device(&employee).await;
    let id = Uuid::now_v7();
    let document = declare(&portal, &employee, id);
    let told = || async {
        let activities = portal.me(&device).await.activities;
        activities.iter().filter(|one| one.kind == portal_api::ActivityKind::Declaration).count()
    };
    assert_eq!(portal.submit(&employee, id, document.clone()).await.status(), StatusCode::CREATED);
    for _ in 0..3 {
        portal.clock.advance(TimeDelta::minutes(3));
        assert_eq!(portal.submit(&employee, id, document.clone()).await.status(), StatusCode::OK);
    }
    assert_eq!(told().await, 1);

    let elsewhere = [("user-agent", "curl"), (DEVICE, device.device_token.as_str())];
    for (number, (header, value)) in elsewhere.into_iter().enumerate() {
        let request = portal.client(Some(&employee)).post(portal.url("/v1/declarations")).header(header, value);
        let request = request.header(IDEMPOTENCY_KEY, id.to_string()).header("content-type", "application/pdf");
        assert_eq!(request.body(document.clone()).send().await.expect("an answer").status(), StatusCode::OK);
        assert_eq!(told().await, 2 + number, "another app or another computer is another act");
    }
    portal.clock.advance(TimeDelta::minutes(10));
    assert_eq!(portal.submit(&employee, id, document).await.status(), StatusCode::OK);
    assert_eq!(told().await, 4, "and so is one that comes later");
}
