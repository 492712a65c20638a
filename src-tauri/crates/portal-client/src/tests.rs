//! The client against a portal that does as it pleases.

mod busy;
mod issuers;

use crate::hostile_portal::{HostilePortal, IssuedKey, PlainServer, Reply, TestAuthority, certs_only};
use crate::{ClientSetupError, PortalClient, est};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self, EcdsaKeyPair, RsaKeyPair};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::DateTime;
use declaration::DetailField;
use lifecycle::ports::LARGEST_REVOCATION_LIST;
use lifecycle::ports::{
    Activity, ActivityDevice, ActivityKind, ClientIdentity, DeviceRegistration, Portal, PortalError, Refusal,
    Responder, StatusReply,
};
use lifecycle::{DeviceToken, OneTimeCode, OutgoingDeclaration, ReferenceNumber, RevocationCode, RevocationReason};
use pki::{SignatureAlgorithm, SigningError};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use uuid::Uuid;

const REFERENCE: &str = "AMP-7K3M-9QXT";
const CODE: &str = "WXYZ-ABCD-2345";

fn reference() -> ReferenceNumber {
    ReferenceNumber::parse(REFERENCE).expect("a reference number")
}

fn code() -> OneTimeCode {
    OneTimeCode::parse(CODE).expect("a code")
}

fn token() -> DeviceToken {
    DeviceToken::new("q".repeat(43))
}

fn capabilities() -> Value {
    json!({ "portal": "Øvelsesportalen", "practice": true, "suspension": true, "support_phone": "70 25 89 25",
        "terms": { "id": "oces-sikkerhedserklaering", "version": 1 } })
}

fn invitation() -> Value {
    json!({ "reference": REFERENCE, "expires_at": "2026-12-24T12:00:00Z",
        "subject": { "given_name": "Øvebruger", "surname": "Eksempel", "common_name": "Øvebruger Eksempel",
            "email": "øvebruger@example.org", "organisation": "Øvelseskommune Å", "cvr": "12345678" },
        "authority": { "name": "It-afdelingen", "phone": "70 25 89 25", "email": null } })
}

struct Scene {
    authority: TestAuthority,
    portal: HostilePortal,
    client: PortalClient,
}

async fn scene(replies: Vec<Reply>) -> Scene {
    let authority = TestAuthority::new("Øvelses-CA");
    let portal = HostilePortal::new(&authority, replies).await;
    let client = PortalClient::new(&portal.address, &[authority.anchor()]).expect("a client");
    Scene { authority, portal, client }
}

fn assert_unusable<T>(outcome: Result<T, PortalError>) {
    match outcome {
        Err(PortalError::Unusable(_)) => {}
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("the answer was used"),
    }
}

#[tokio::test]
async fn a_portal_that_the_trust_anchor_vouches_for_is_spoken_to() {
    let scene = scene(vec![Reply::json(&capabilities())]).await;
    let capabilities = scene.client.capabilities().await.expect("capabilities");
    assert_eq!(capabilities.portal, "Øvelsesportalen");
    assert!(capabilities.practice && capabilities.suspension);
    assert_eq!(scene.portal.client_certificates(), [None]);
}

#[tokio::test]
async fn the_portals_date_comes_with_its_answers_and_nobody_elses_is_believed() {
    let date = "Date: Tue, 24 Nov 2026 12:00:00 GMT\r\n";
    let said = DateTime::parse_from_rfc3339("2026-11-24T12:00:00Z").expect("a time").to_utc();
    let response = Reply::with_headers(200, &format!("{date}Content-Type: application/ocsp-response\r\n"), b"answer");
    let plain = PlainServer::new(vec![response.clone()]).await;
    let scene = scene(vec![
        Reply::with_headers(
            200,
            &format!("{date}Content-Type: application/json\r\n"),
            capabilities().to_string().as_bytes(),
        ),
        response,
        Reply::with_headers(
            200,
            "Date: yesterday\r\nContent-Type: application/json\r\n",
            capabilities().to_string().as_bytes(),
        ),
    ])
    .await;
    assert_eq!(scene.client.date().await.expect("an answer"), Some(said));
    let reply = scene.client.ocsp_response(Responder::Portal, b"request").await.expect("an answer");
    assert_eq!(reply, StatusReply { response: b"answer".to_vec(), portal_date: Some(said) });
    assert_eq!(scene.client.date().await.expect("an answer"), None, "no date");
    let named = format!("{}/ocsp", plain.address);
    let reply = scene.client.ocsp_response(Responder::Named(&named), b"request").await.expect("an answer");
    assert_eq!(reply, StatusReply { response: b"answer".to_vec(), portal_date: None }, "plain HTTP proves no time");
}

#[tokio::test]
async fn a_revocation_list_is_taken_from_plain_http_whatever_its_media_type_and_only_up_to_its_limit() {
    let announced = b"HTTP/1.1 200 X\r\nContent-Length: 2147483648\r\nConnection: close\r\n\r\n".to_vec();
    let list = |media_type: &str| Reply::new(200, media_type, b"list");
    let server = PlainServer::new(vec![
        list("application/pkix-crl"),
        list("application/x-pkcs7-crl"),
        Reply::Bytes(announced),
        Reply::EndlessBody,
        Reply::with_headers(302, "Location: http://127.0.0.1:1/elsewhere\r\n", b""),
        Reply::new(404, "text/html", b"not here"),
    ])
    .await;
    let scene = scene(Vec::new()).await;
    let address = format!("{}/crl/1.crl", server.address);
    for _ in 0..2 {
        assert_eq!(scene.client.revocation_list(&address, LARGEST_REVOCATION_LIST).await.expect("a list"), b"list");
    }
    assert_unusable(scene.client.revocation_list(&address, LARGEST_REVOCATION_LIST).await);
    assert_unusable(scene.client.revocation_list(&address, LARGEST_REVOCATION_LIST).await);
    assert_unusable(scene.client.revocation_list(&address, LARGEST_REVOCATION_LIST).await);
    assert!(matches!(
        scene.client.revocation_list(&address, LARGEST_REVOCATION_LIST).await,
        Err(PortalError::Refused { .. })
    ));
    for address in ["file:///etc/passwd", "ldap://localhost/cn=list", "http://someone:word@localhost/list", "list"] {
        assert_unusable(scene.client.revocation_list(address, LARGEST_REVOCATION_LIST).await);
        assert_unusable(scene.client.ocsp_response(Responder::Named(address), b"request").await);
    }
}

#[tokio::test]
async fn an_invitation_that_was_typed_with_letters_for_digits_is_the_one_that_was_asked_for() {
    let mut answer = invitation();
    answer["reference"] = json!("AMP-1001-9QXT");
    let scene = scene(vec![Reply::json(&answer)]).await;
    let typed = ReferenceNumber::parse("amp-iool-9qxt").expect("a reference number");
    let opened = scene.client.invitation(&typed, &code()).await.expect("the invitation opens");
    assert_eq!(opened.reference, typed);
}

#[tokio::test]
async fn a_portal_with_another_certificate_than_expected_gets_no_request() {
    let expected = TestAuthority::new("Øvelses-CA");
    let impostor = HostilePortal::new(&TestAuthority::new("Øvelses-CA"), vec![Reply::json(&invitation())]).await;
    let client = PortalClient::new(&impostor.address, &[expected.anchor()]).expect("a client");
    let error = client.invitation(&reference(), &code()).await.expect_err("an impostor");
    assert!(matches!(error, PortalError::UnexpectedServerCertificate(_)), "{error:?}");
    assert!(impostor.requests().is_empty());
}

#[tokio::test]
async fn a_certificate_of_another_host_is_not_the_expected_one() {
    let authority = TestAuthority::new("Øvelses-CA");
    let elsewhere = HostilePortal::named("elsewhere.example.org", &authority, vec![Reply::json(&capabilities())]).await;
    let client = PortalClient::new(&elsewhere.address, &[authority.anchor()]).expect("a client");
    let error = client.capabilities().await.expect_err("another host");
    assert!(matches!(error, PortalError::UnexpectedServerCertificate(_)), "{error:?}");
}

#[tokio::test]
async fn nobody_at_the_address_is_unreachable() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = format!("https://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let client = PortalClient::new(&address, &[TestAuthority::new("Øvelses-CA").anchor()]).expect("a client");
    let error = client.invitation(&reference(), &code()).await.expect_err("nobody is there");
    assert!(matches!(error, PortalError::Unreachable(_)), "{error:?}");
    for text in [format!("{error:?}"), error.to_string()] {
        assert!(
            !text.contains("WXYZABCD2345") && !text.contains(&BASE64_STANDARD.encode("AMP7K3M9QXT:")[..12]),
            "{text}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_portal_that_says_nothing_is_given_up() {
    let scene = scene(vec![Reply::Silence]).await;
    let error = scene.client.capabilities().await.expect_err("silence");
    assert!(
        matches!(&error, PortalError::Unreachable(source) if source.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_timeout)),
        "{error:?}"
    );
    assert!(scene.portal.requests().len() <= 1, "a time-out is not repeated");
}

#[test]
fn no_trust_anchor_is_no_client() {
    assert!(matches!(PortalClient::new("https://localhost", &[]), Err(ClientSetupError::NoTrustAnchor)));
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_off() {
    assert_unusable(scene(vec![Reply::EndlessBody]).await.client.capabilities().await);
}

#[tokio::test]
async fn a_body_that_is_announced_too_large_is_not_read() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{";
    assert_unusable(scene(vec![Reply::Bytes(head.to_vec())]).await.client.capabilities().await);
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_open_what_the_portal_did() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n{\"reference\":";
    let scene = scene(vec![Reply::Bytes(head.to_vec())]).await;
    let error = scene.client.invitation(&reference(), &code()).await.expect_err("half a body");
    assert!(matches!(error, PortalError::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn json_that_ends_too_early_or_lacks_a_member_is_unusable() {
    for body in [&b"{\"portal\":\"a"[..], b"{}", b"[]", b"", b"\xff", b"{\"portal\":\"a\",\"practice\":\"yes\"}"] {
        assert_unusable(scene(vec![Reply::new(200, "application/json", body)]).await.client.capabilities().await);
    }
}

#[tokio::test]
async fn a_web_page_instead_of_json_is_unusable() {
    let page = Reply::new(200, "text/html", b"<!doctype html><script>alert(1)</script>");
    assert_unusable(scene(vec![page]).await.client.capabilities().await);
}

#[tokio::test]
async fn json_under_another_media_type_is_unusable() {
    let body = capabilities().to_string();
    assert_unusable(scene(vec![Reply::new(200, "text/plain", body.as_bytes())]).await.client.capabilities().await);
    let with_parameter = Reply::new(200, "Application/JSON; charset=utf-8", body.as_bytes());
    scene(vec![with_parameter]).await.client.capabilities().await.expect("a parameter does no harm");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = scene(vec![Reply::json(&capabilities())]).await;
    let location = format!("Location: {}/v1/capabilities\r\n", elsewhere.portal.address);
    let scene = scene(vec![Reply::with_headers(307, &location, b"")]).await;
    assert_unusable(scene.client.capabilities().await);
    assert_eq!(scene.portal.requests().len(), 1);
    assert!(elsewhere.portal.requests().is_empty());
}

#[tokio::test]
async fn an_invitation_is_read_and_the_code_goes_into_the_header_alone() {
    let scene = scene(vec![Reply::json(&invitation())]).await;
    let invitation = scene.client.invitation(&reference(), &code()).await.expect("an invitation");
    assert_eq!(invitation.subject.email, "øvebruger@example.org");
    assert_eq!(invitation.authority.phone.as_deref(), Some("70 25 89 25"));
    let request = &scene.portal.requests()[0];
    let basic = BASE64_STANDARD.encode("AMP7K3M9QXT:WXYZABCD2345");
    assert!(request.starts_with("GET /v1/invitation HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("authorization: Basic {basic}\r\n")), "{request}");
}

#[tokio::test]
async fn another_invitation_than_was_asked_for_is_refused() {
    let mut other = invitation();
    other["reference"] = "AMP-0000-0000".into();
    assert_unusable(scene(vec![Reply::json(&other)]).await.client.invitation(&reference(), &code()).await);
}

#[tokio::test]
async fn script_in_a_name_stays_text() {
    let mut hostile = invitation();
    hostile["subject"]["organisation"] = "<script>alert(1)</script>".into();
    let scene = scene(vec![Reply::json(&hostile)]).await;
    let invitation = scene.client.invitation(&reference(), &code()).await.expect("an invitation");
    assert_eq!(invitation.subject.organisation, "<script>alert(1)</script>");
}

#[tokio::test]
async fn texts_that_draw_on_the_screen_or_never_end_are_refused() {
    for (pointer, value) in [
        ("/subject/common_name", "Øve\u{1b}[2Jbruger".to_owned()),
        ("/subject/common_name", "Øve\nbruger".to_owned()),
        ("/subject/organisation", "Øvelse\u{202e}enummok".to_owned()),
        ("/subject/organisation", "Å".repeat(201)),
        ("/subject/common_name", "  ".to_owned()),
        ("/subject/cvr", "1234567a".to_owned()),
        ("/subject/cvr", "１２３４５６７８".to_owned()),
        ("/authority/phone", "7".repeat(41)),
        ("/reference", "a".repeat(65)),
    ] {
        let mut hostile = invitation();
        *hostile.pointer_mut(pointer).expect("a member of the invitation") = value.into();
        assert_unusable(scene(vec![Reply::json(&hostile)]).await.client.invitation(&reference(), &code()).await);
    }
}

#[tokio::test]
async fn a_wrong_code_is_asked_once_and_says_how_many_tries_are_left() {
    let problem = json!({ "type": "urn:certifikatguide:problem:code-wrong", "title": "The code is wrong", "status": 401,
        "kind": "code-wrong", "tries_left": 4 });
    let scene = scene(vec![Reply::new(401, "application/problem+json", problem.to_string().as_bytes())]).await;
    let error = scene.client.invitation(&reference(), &code()).await.expect_err("a wrong code");
    assert!(matches!(error, PortalError::Refused { refusal: Refusal::CodeWrong { tries_left: 4 }, .. }), "{error:?}");
    assert_eq!(scene.portal.requests().len(), 1);
}

#[tokio::test]
async fn a_busy_portal_is_asked_again_where_that_is_harmless() {
    let busy = Reply::with_headers(503, "Retry-After: 0\r\n", b"");
    let scene = scene(vec![busy.clone(), busy, Reply::json(&capabilities())]).await;
    scene.client.capabilities().await.expect("the third answer");
    assert_eq!(scene.portal.requests().len(), 3);
}

#[tokio::test]
async fn a_portal_that_stays_busy_is_asked_three_times_at_most() {
    let scene = scene(vec![Reply::with_headers(503, "Retry-After: 0\r\n", b"")]).await;
    let error = scene.client.capabilities().await.expect_err("always busy");
    assert!(matches!(error, PortalError::Failed { status: 503 }), "{error:?}");
    assert_eq!(scene.portal.requests().len(), 3);
}

#[tokio::test]
async fn a_portal_that_wants_an_hour_is_left_alone() {
    let scene = scene(vec![Reply::with_headers(429, "Retry-After: 3600\r\n", b"")]).await;
    let error = scene.client.capabilities().await.expect_err("busy for an hour");
    assert!(matches!(error, PortalError::Failed { status: 429 }), "{error:?}");
    assert_eq!(scene.portal.requests().len(), 1);
}

#[tokio::test]
async fn a_request_that_costs_a_try_is_never_repeated_by_itself() {
    let busy = Reply::with_headers(503, "Retry-After: 0\r\n", b"");
    let scene = scene(vec![busy]).await;
    assert!(scene.client.invitation(&reference(), &code()).await.is_err());
    assert!(scene.client.simple_enroll(&reference(), &code(), b"request").await.is_err());
    assert_eq!(scene.portal.requests().len(), 2);
}

#[tokio::test]
async fn enrolment_sends_the_request_as_base64_and_takes_the_certificates() {
    let authority = TestAuthority::new("Øvelses-CA");
    let leaf = authority.issue_for_host("localhost").der;
    let body = est::encode_request(&certs_only(&[authority.der().to_vec(), leaf.clone()]));
    let headers =
        "Content-Type: application/pkcs7-mime; smime-type=certs-only\r\nContent-Transfer-Encoding: base64\r\n";
    let scene = scene(vec![Reply::with_headers(200, headers, body.as_bytes())]).await;
    let certificates = scene.client.simple_enroll(&reference(), &code(), &[0x30, 0x00]).await.expect("certificates");
    assert_eq!(certificates[0].der(), leaf);
    let request = &scene.portal.requests()[0];
    assert!(request.starts_with("POST /.well-known/est/simpleenroll HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("content-type: application/pkcs10\r\n") && request.ends_with("\r\n\r\nMAA="), "{request}");
}

#[tokio::test]
async fn an_enrolment_that_is_not_decided_yet_can_be_tried_later() {
    let scene = scene(vec![Reply::with_headers(202, "Retry-After: 60\r\n", b"")]).await;
    let error = scene.client.simple_enroll(&reference(), &code(), &[0x30, 0x00]).await.expect_err("not yet");
    assert!(matches!(error, PortalError::Failed { status: 202 }), "{error:?}");
}

#[tokio::test]
async fn the_terms_come_through_to_the_byte() {
    let shipped = declaration::terms::shipped();
    let documents: Vec<Value> = shipped
        .iter()
        .map(|document| {
            json!({ "language": document.terms().language, "content": BASE64_STANDARD.encode(document.bytes()),
                "sha256": document.sha256_hex(), "signature": BASE64_STANDARD.encode(b"signature") })
        })
        .collect();
    let terms = json!({ "terms": { "id": shipped[0].terms().id, "version": 1 }, "documents": documents });
    let read = scene(vec![Reply::json(&terms)]).await.client.terms_in_force().await.expect("terms");
    assert_eq!(read.len(), shipped.len());
    for (read, shipped) in read.iter().zip(shipped) {
        assert_eq!(read.document.bytes(), shipped.bytes());
        assert_eq!(read.signature, b"signature");
    }
}

#[tokio::test]
async fn terms_of_another_version_than_announced_are_refused() {
    let document = &declaration::terms::shipped()[0];
    let terms = json!({ "terms": { "id": document.terms().id, "version": 7 }, "documents": [{
        "language": document.terms().language, "content": BASE64_STANDARD.encode(document.bytes()),
        "sha256": document.sha256_hex(), "signature": "" }] });
    assert_unusable(scene(vec![Reply::json(&terms)]).await.client.terms_in_force().await);
}

#[tokio::test]
async fn the_state_is_read_with_the_device_token() {
    let me = json!({ "common_name": "Øvebruger Eksempel", "organisation": "Øvelseskommune Å", "declaration": null,
        "certificate": { "serial_number": "1f", "state": "suspended", "reason": null, "since": "2026-11-24T12:00:00Z" } });
    let scene = scene(vec![Reply::json(&me)]).await;
    let state = scene.client.certificate_state(&token()).await.expect("a state");
    assert_eq!((state.serial_number.as_str(), state.state), ("1f", lifecycle::CertificateState::Suspended));
    assert!(scene.portal.requests()[0].contains(&format!("authorization: Bearer {}\r\n", "q".repeat(43))));
}

#[tokio::test]
async fn a_token_that_cannot_stand_in_a_header_reaches_no_portal_and_no_error() {
    let scene = scene(vec![Reply::json(&json!({}))]).await;
    let error = scene.client.certificate_state(&DeviceToken::new("secret\r\nX: y".into())).await.expect_err("no token");
    assert!(matches!(&error, PortalError::Unusable(_)) && !format!("{error:?}").contains("secret"), "{error:?}");
    assert!(scene.portal.requests().is_empty());
}

#[tokio::test]
async fn suspension_and_wrong_details_are_told_at_the_certificates_own_address() {
    let scene = scene(vec![Reply::with_headers(204, "", b"")]).await;
    scene.client.suspend(&token(), "1f").await.expect("suspended");
    scene.client.revoke_for_wrong_details(&token(), "1f", &[DetailField::EmployeeId]).await.expect("told");
    let requests = scene.portal.requests();
    assert!(requests[0].starts_with("POST /v1/certificates/1f/suspension HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(requests[1].starts_with("POST /v1/certificates/1f/revocation HTTP/1.1\r\n"), "{}", requests[1]);
    assert!(requests[1].ends_with(r#"{"reason":"wrong-details","wrong_details":["employee-id"]}"#), "{}", requests[1]);
}

#[tokio::test]
async fn a_practice_invitation_is_taken_only_in_the_form_of_one() {
    let made_up = json!({ "reference": REFERENCE, "code": CODE, "expires_at": "2026-12-24T12:00:00Z" });
    let scene_with = |body: Value| scene(vec![Reply::new(201, "application/json", body.to_string().as_bytes())]);
    let taken = scene_with(made_up.clone()).await.client.practice_invitation().await.expect("an invitation");
    assert_eq!(taken.reference, reference());
    let mut hostile = made_up;
    hostile["code"] = "<b>".into();
    assert_unusable(scene_with(hostile).await.client.practice_invitation().await);
}

/// A key in memory, as the key store would unlock it.
enum MemoryKey {
    Rsa(RsaKeyPair, Vec<u8>),
    Ec(EcdsaKeyPair, Vec<u8>),
}

impl MemoryKey {
    fn new(issued: &IssuedKey) -> Self {
        let public = issued.subject_public_key_info.clone();
        match RsaKeyPair::from_pkcs8(&issued.pkcs8) {
            Ok(key) => Self::Rsa(key, public),
            Err(_) => Self::Ec(
                EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_ASN1_SIGNING, &issued.pkcs8)
                    .expect("a P-256 key"),
                public,
            ),
        }
    }
}

impl pki::SigningKey for MemoryKey {
    fn subject_public_key_info(&self) -> &[u8] {
        match self {
            Self::Rsa(_, public) | Self::Ec(_, public) => public,
        }
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let random = SystemRandom::new();
        match (self, algorithm) {
            (Self::Rsa(key, _), SignatureAlgorithm::RsaPssSha256) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&signature::RSA_PSS_SHA256, &random, message, &mut signature)
                    .map_err(|_| SigningError::Failed("in memory"))?;
                Ok(signature)
            }
            (Self::Ec(key, _), SignatureAlgorithm::EcdsaP256Sha256) => {
                Ok(key.sign(&random, message).map_err(|_| SigningError::Failed("in memory"))?.as_ref().to_vec())
            }
            (_, other) => Err(SigningError::Unsupported(other)),
        }
    }
}

fn registered(device_token: String, revocation_code: &str) -> Value {
    json!({ "device_token": device_token, "revocation_code": revocation_code, "reference": REFERENCE,
        "authority": { "name": "It-afdelingen", "phone": null, "email": "lra@example.org" } })
}

fn this_computer() -> DeviceRegistration {
    DeviceRegistration { device_name: "Øvelsesplads 7".into(), supersedes: vec!["1f".into()] }
}

fn identity(authority: &TestAuthority, key: KeyPair) -> (ClientIdentity, Vec<u8>) {
    let issued = authority.issue("localhost", key);
    let chain = vec![pki::Certificate::from_der(&issued.der).expect("a certificate")];
    (ClientIdentity { key: Arc::new(MemoryKey::new(&issued)), chain, device_token: None }, issued.der)
}

#[tokio::test]
async fn a_computer_is_registered_over_mutual_tls_with_an_rsa_key() {
    let registration = registered("q".repeat(43), "ABCD-EFGH-2345");
    let scene = scene(vec![Reply::json(&registration)]).await;
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("an RSA key");
    let (identity, certificate) = identity(&scene.authority, key);
    let answer = scene.client.register_device(&identity, &this_computer()).await.expect("registered");
    assert_eq!((answer.token.expose(), answer.revocation_code.expose()), (&*"q".repeat(43), "ABCD-EFGH-2345"));
    assert_eq!((answer.reference, answer.authority.name.as_str()), (reference(), "It-afdelingen"));
    let request = &scene.portal.requests()[0];
    assert!(request.ends_with(r#"{"device_name":"Øvelsesplads 7","supersedes":["1f"]}"#), "{request}");
    assert!(!request.to_ascii_lowercase().contains("certifikatguide-device"), "there is no token yet: {request}");
    assert_eq!(scene.portal.client_certificates(), [Some(certificate)]);
}

#[tokio::test]
async fn a_declaration_is_submitted_over_mutual_tls_with_a_p256_key() {
    let scene = scene(vec![Reply::new(201, "application/pdf", b"%PDF-receipt")]).await;
    let (identity, certificate) = identity(&scene.authority, KeyPair::generate().expect("a P-256 key"));
    let declaration = OutgoingDeclaration { id: Uuid::from_u128(7), pdf: b"%PDF-declaration".to_vec() };
    let receipt = scene.client.submit_declaration(&identity, &declaration).await.expect("a receipt");
    assert_eq!(receipt, b"%PDF-receipt");
    assert_eq!(scene.portal.client_certificates(), [Some(certificate)]);
    let request = &scene.portal.requests()[0];
    assert!(request.contains("idempotency-key: 00000000-0000-0000-0000-000000000007\r\n"), "{request}");
    assert!(request.ends_with("%PDF-declaration"), "{request}");
}

#[tokio::test]
async fn a_client_certificate_that_tls_refuses_is_not_usable() {
    let scene = scene(vec![Reply::new(201, "application/pdf", b"%PDF")]).await;
    let stranger = TestAuthority::new("En anden CA");
    let (identity, _) = identity(&stranger, KeyPair::generate().expect("a P-256 key"));
    let declaration = OutgoingDeclaration { id: Uuid::from_u128(7), pdf: b"%PDF".to_vec() };
    let error = scene.client.submit_declaration(&identity, &declaration).await.expect_err("refused in the handshake");
    assert!(matches!(error, PortalError::Refused { refusal: Refusal::CertificateNotUsable, .. }), "{error:?}");
}

#[tokio::test]
async fn secrets_that_are_not_in_the_form_of_one_are_refused() {
    for (device_token, revocation_code) in
        [("", "ABCD-EFGH-2345"), ("a b c d e f g h", "ABCD-EFGH-2345"), (&*"q".repeat(129), "ABCD-EFGH-2345")]
    {
        let registration = registered(device_token.to_owned(), revocation_code);
        let scene = scene(vec![Reply::json(&registration)]).await;
        let (identity, _) = identity(&scene.authority, KeyPair::generate().expect("a P-256 key"));
        assert_unusable(scene.client.register_device(&identity, &this_computer()).await);
    }
}

#[tokio::test]
async fn a_registration_with_a_number_or_an_authority_that_cannot_be_shown_is_refused() {
    for (pointer, value) in [
        ("/reference", "<b>".to_owned()),
        ("/authority/name", "a\u{202e}b".to_owned()),
        ("/authority/name", "x".repeat(201)),
    ] {
        let mut hostile = registered("q".repeat(43), "ABCD-EFGH-2345");
        *hostile.pointer_mut(pointer).expect("a member") = value.into();
        let scene = scene(vec![Reply::json(&hostile)]).await;
        let (identity, _) = identity(&scene.authority, KeyPair::generate().expect("a P-256 key"));
        assert_unusable(scene.client.register_device(&identity, &this_computer()).await);
    }
}

#[tokio::test]
async fn every_request_with_the_certificate_shows_the_registered_computer_and_says_which_app_it_is() {
    let authority = TestAuthority::new("Øvelses-CA");
    let certificates = est::encode_request(&certs_only(&[authority.der().to_vec()]));
    let scene = scene(vec![
        Reply::json(&registered("q".repeat(43), "ABCD-EFGH-2345")),
        Reply::new(201, "application/pdf", b"%PDF-receipt"),
        Reply::new(200, "application/pkcs7-mime", certificates.as_bytes()),
        Reply::with_headers(200, "", b""),
    ])
    .await;
    let (mut identity, certificate) = identity(&scene.authority, KeyPair::generate().expect("a P-256 key"));
    identity.device_token = Some(token());
    let declaration = OutgoingDeclaration { id: Uuid::from_u128(7), pdf: b"%PDF-declaration".to_vec() };
    scene.client.register_device(&identity, &this_computer()).await.expect("registered");
    scene.client.submit_declaration(&identity, &declaration).await.expect("a receipt");
    let renewed = scene.client.simple_reenroll(&identity, &[0x30, 0x00]).await.expect("certificates");
    assert_eq!(renewed[0].der(), authority.der());
    scene.client.revoke(&identity, "1f", RevocationReason::KeyCompromise).await.expect("revoked");

    let requests = scene.portal.requests();
    let lines = [
        "PUT /v1/certificates/",
        "POST /v1/declarations ",
        "POST /.well-known/est/simplereenroll ",
        "POST /v1/certificates/1f/revocation ",
    ];
    assert_eq!(requests.len(), lines.len());
    let device = format!("certifikatguide-device: {}\r\n", "q".repeat(43));
    let agent = format!("user-agent: Certifikatguide/{} ({})\r\n", env!("CARGO_PKG_VERSION"), std::env::consts::OS);
    for (request, line) in requests.iter().zip(lines) {
        assert!(request.starts_with(line), "{request}");
        assert!(request.contains(&device) && request.contains(&agent), "{request}");
    }
    assert!(requests[2].contains("content-type: application/pkcs10\r\n") && requests[2].ends_with("\r\n\r\nMAA="));
    assert!(requests[3].ends_with(r#"{"reason":"key-compromise","wrong_details":[]}"#), "{}", requests[3]);
    assert_eq!(scene.portal.client_certificates(), vec![Some(certificate); 4]);
}

#[tokio::test]
async fn with_the_code_one_suspends_and_revokes_and_a_try_is_never_repeated_by_itself() {
    let status = |state: &str| {
        Reply::json(&json!({ "serial_number": "1f", "state": state, "reason": null, "since": "2026-11-24T12:00:00Z" }))
    };
    let busy = Reply::with_headers(503, "Retry-After: 0\r\n", b"");
    let scene = scene(vec![status("suspended"), status("revoked"), busy]).await;
    let revocation_code = RevocationCode::new("ABCD-EFGH-2345".into());
    let suspended = scene.client.suspend_by_code(&reference(), &revocation_code).await.expect("suspended");
    assert_eq!((suspended.serial_number.as_str(), suspended.state), ("1f", lifecycle::CertificateState::Suspended));
    let reason = RevocationReason::AffiliationChanged;
    let revoked = scene.client.revoke_by_code(&reference(), &revocation_code, reason).await.expect("revoked");
    assert_eq!(revoked.state, lifecycle::CertificateState::Revoked);
    assert!(scene.client.suspend_by_code(&reference(), &revocation_code).await.is_err());
    assert!(scene.client.revoke_by_code(&reference(), &revocation_code, reason).await.is_err());
    let requests = scene.portal.requests();
    assert_eq!(requests.len(), 4);
    let basic = BASE64_STANDARD.encode("AMP7K3M9QXT:ABCD-EFGH-2345");
    assert!(requests[0].starts_with("POST /v1/suspension HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(requests[0].contains(&format!("authorization: Basic {basic}\r\n")), "{}", requests[0]);
    assert!(requests[1].starts_with("POST /v1/revocation HTTP/1.1\r\n"), "{}", requests[1]);
    assert!(requests[1].ends_with(r#"{"reason":"affiliation-changed","wrong_details":[]}"#), "{}", requests[1]);
}

#[tokio::test]
async fn a_portal_without_suspension_says_so_and_its_refusal_is_understood() {
    let mut without = capabilities();
    without["suspension"] = false.into();
    let problem = json!({ "type": "urn:certifikatguide:problem:suspension-not-offered", "title": "No", "status": 409,
        "kind": "suspension-not-offered" });
    let refusal = Reply::new(409, "application/problem+json", problem.to_string().as_bytes());
    let scene = scene(vec![Reply::json(&without), refusal]).await;
    let read = scene.client.capabilities().await.expect("capabilities");
    assert!(!read.suspension);
    assert_eq!(read.support_phone, "70 25 89 25");
    let error = scene.client.suspend(&token(), "1f").await.expect_err("not offered");
    assert!(matches!(error, PortalError::Refused { refusal: Refusal::SuspensionNotOffered, .. }), "{error:?}");
}

#[tokio::test]
async fn what_reports_a_state_by_code_in_another_form_is_refused() {
    for serial_number in ["", "1F", "xyz", &"a".repeat(41)] {
        let status = json!({ "serial_number": serial_number, "state": "revoked", "reason": null,
            "since": "2026-11-24T12:00:00Z" });
        let scene = scene(vec![Reply::json(&status)]).await;
        assert_unusable(
            scene.client.suspend_by_code(&reference(), &RevocationCode::new("ABCD-EFGH-2345".into())).await,
        );
    }
}

fn me(activities: Value) -> Value {
    json!({ "common_name": "Øvebruger Eksempel", "organisation": "Øvelseskommune Å", "declaration": null,
        "certificate": { "serial_number": "1f", "state": "active", "reason": null, "since": "2026-11-24T12:00:00Z" },
        "declaration_needed": false, "activities": activities })
}

fn log_in() -> Value {
    json!({ "id": Uuid::from_u128(9), "at": "2026-11-24T12:00:00Z", "kind": "log-in", "address": "192.0.2.7", "agent": "Firefox",
        "device": "unregistered" })
}

#[tokio::test]
async fn what_was_done_with_the_key_is_read() {
    let mut declaration = log_in();
    declaration["kind"] = "declaration".into();
    declaration["document"] = "00000000-0000-0000-0000-000000000007".into();
    declaration["device"] = json!({ "registered": "Øvelsesplads 7" });
    declaration["address"] = "2001:DB8:0::1".into();
    let scene = scene(vec![Reply::json(&me(json!([log_in(), declaration])))]).await;
    let state = scene.client.certificate_state(&token()).await.expect("a state");
    assert!(!state.declaration_needed);
    let at = DateTime::parse_from_rfc3339("2026-11-24T12:00:00Z").expect("a time").to_utc();
    let expected = [
        Activity {
            id: Uuid::from_u128(9),
            at,
            kind: ActivityKind::LogIn,
            address: "192.0.2.7".into(),
            agent: "Firefox".into(),
            device: ActivityDevice::Unregistered,
            document: None,
        },
        Activity {
            id: Uuid::from_u128(9),
            at,
            kind: ActivityKind::Declaration,
            address: "2001:db8::1".into(),
            agent: "Firefox".into(),
            device: ActivityDevice::Registered("Øvelsesplads 7".into()),
            document: Some(Uuid::from_u128(7)),
        },
    ];
    assert_eq!(state.activities, expected);
}

#[tokio::test]
async fn a_thief_does_not_blind_the_watch_by_what_he_calls_himself() {
    let mut hostile = log_in();
    hostile["agent"] = format!("\u{1b}[2J\u{202e}\n<script>{}", "x".repeat(5000)).into();
    hostile["device"] = json!({ "registered": format!("\n\u{202e}{}", "Å".repeat(1000)) });
    let mut nameless = log_in();
    nameless["device"] = json!({ "registered": "\u{200b}\n " });
    nameless["agent"] = "".into();
    let scene = scene(vec![Reply::json(&me(json!([hostile, nameless])))]).await;
    let activities = scene.client.certificate_state(&token()).await.expect("a state").activities;
    let agent = &activities[0].agent;
    assert!(agent.starts_with("[2J<script>x") && agent.chars().count() == 120, "{agent}");
    assert_eq!(activities[0].device, ActivityDevice::Registered("Å".repeat(64)));
    assert_eq!(activities[1].device, ActivityDevice::Registered("–".into()));
}

#[tokio::test]
async fn more_activities_than_any_portal_tells_and_acts_without_a_name_or_a_time_are_refused() {
    let altered = |member: &str, value: &str| {
        let mut log_in = log_in();
        log_in[member] = value.into();
        log_in
    };
    for hostile in [json!(vec![log_in(); 51]), json!([altered("id", "9")]), json!([altered("at", "yesterday")])] {
        assert_unusable(scene(vec![Reply::json(&me(hostile))]).await.client.certificate_state(&token()).await);
    }
}

#[tokio::test]
async fn an_act_that_is_not_understood_is_told_without_what_cannot_be_read_and_hides_nothing_else() {
    let altered = |member: &str, value: Value| {
        let mut act = log_in();
        act["device"] = json!({ "registered": "Øvelsesplads 7" });
        act[member] = value;
        act
    };
    let mut bare = log_in();
    bare.as_object_mut().expect("an object").retain(|member, _| matches!(member.as_str(), "id" | "at"));
    let mut declaration = altered("document", json!("<b>"));
    declaration["kind"] = "declaration".into();
    let told = json!([
        altered("kind", json!("burglary")),
        altered("address", json!("<b>")),
        altered("address", json!(7)),
        altered("device", json!({ "borrowed": "Øvelsesplads 7" })),
        declaration,
        bare,
        log_in(),
    ]);
    let scene = scene(vec![Reply::json(&me(told))]).await;
    let acts = scene.client.certificate_state(&token()).await.expect("a state").activities;
    assert_eq!(acts.len(), 7);
    let known = ActivityDevice::Registered("Øvelsesplads 7".into());
    assert_eq!((acts[0].kind, &acts[0].address[..], &acts[0].device), (ActivityKind::LogIn, "192.0.2.7", &known));
    assert_eq!((&acts[1].address[..], &acts[2].address[..]), ("", ""), "nothing that is no address is shown as one");
    assert_eq!(acts[3].device, ActivityDevice::Unregistered);
    assert_eq!((acts[4].kind, acts[4].document), (ActivityKind::LogIn, None), "it must not pass for any declaration");
    assert_eq!((acts[5].kind, &acts[5].device), (ActivityKind::LogIn, &ActivityDevice::Unregistered));
    assert_eq!(acts[6].address, "192.0.2.7");
}

#[tokio::test]
async fn a_computer_is_never_registered_twice_by_itself() {
    let breaks_off =
        Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{".to_vec());
    let busy = Reply::with_headers(503, "Retry-After: 0\r\n", b"");
    for lost in [Reply::Bytes(Vec::new()), breaks_off, busy] {
        let scene = scene(vec![lost, Reply::json(&registered("q".repeat(43), "ABCD-EFGH-2345"))]).await;
        let (identity, _) = identity(&scene.authority, KeyPair::generate().expect("a P-256 key"));
        assert!(scene.client.register_device(&identity, &this_computer()).await.is_err());
        assert_eq!(scene.portal.requests().len(), 1, "the person decides whether to ask again");
    }
}

#[tokio::test]
async fn earlier_certificates_come_with_the_invitation_bounded_and_printable() {
    let earlier = |serial_number: &str, device_name: &str| {
        json!({ "serial_number": serial_number, "not_after": "2027-11-24T12:00:00Z", "state": "active",
            "device_name": device_name, "registered_at": "2026-11-24T12:00:00Z" })
    };
    let with = |earlier: Value| {
        let mut invitation = invitation();
        invitation["earlier"] = earlier;
        scene(vec![Reply::json(&invitation)])
    };
    let two = with(json!([earlier("1f", "a\u{202e}\nb"), { "serial_number": "2f", "state": "suspended",
        "not_after": "2027-11-24T12:00:00Z" }]));
    let read = two.await.client.invitation(&reference(), &code()).await.expect("an invitation").earlier;
    assert_eq!((read[0].serial_number.as_str(), read[0].device_name.as_deref()), ("1f", Some("ab")));
    assert_eq!((&read[1].device_name, read[1].state), (&None, lifecycle::CertificateState::Suspended));
    for hostile in [json!(vec![earlier("1f", "a"); 51]), json!([earlier("../1f", "a")])] {
        assert_unusable(with(hostile).await.client.invitation(&reference(), &code()).await);
    }
}
