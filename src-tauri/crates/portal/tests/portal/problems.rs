//! Whatever goes wrong is told as a problem of RFC 9457.

use crate::support::{EmployeeKey, TestPortal, json, problem, refused};
use portal_api::{CERTIFICATION_REQUEST_LIMIT, Capabilities, JSON_LIMIT, OCSP_REQUEST_LIMIT, ProblemKind};
use reqwest::{Method, StatusCode};

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_address_and_an_unknown_method_are_problems_too() {
    let portal = TestPortal::practice().await;
    let client = portal.anonymous();
    for url in [portal.url("/"), portal.url("/v1/nothing"), portal.status_url("/v1/capabilities")] {
        refused(client.get(url).send().await.expect("an answer"), ProblemKind::NotFound).await;
    }
    let response = client.request(Method::DELETE, portal.url("/v1/me")).send().await.expect("an answer");
    assert!(response.headers().contains_key("allow"), "RFC 9110 §15.5.6");
    refused(response, ProblemKind::MethodNotAllowed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_too_large_are_refused() {
    let portal = TestPortal::practice().await;
    let invited = portal.invite().await;
    let request = vec![b'A'; CERTIFICATION_REQUEST_LIMIT + 1];
    refused(portal.enrol(&invited, request).await, ProblemKind::BodyTooLarge).await;
    assert_eq!(portal.enrol(&invited, EmployeeKey::generate().request()).await.status(), StatusCode::OK);

    let ocsp = portal.anonymous().post(portal.status_url("/ocsp")).header("content-type", "application/ocsp-request");
    let response = ocsp.body(vec![0; OCSP_REQUEST_LIMIT + 1]).send().await.expect("an answer");
    refused(response, ProblemKind::BodyTooLarge).await;

    let employee = portal.employee().await;
    let path = portal.url(&format!("/v1/certificates/{}/revocation", employee.serial()));
    let revoke = portal.client(Some(&employee)).post(path).header("content-type", "application/json");
    let response = revoke.body(vec![b' '; JSON_LIMIT + 1]).send().await.expect("an answer");
    refused(response, ProblemKind::BodyTooLarge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_another_media_type_is_refused() {
    let portal = TestPortal::practice().await;
    let response = portal.anonymous().post(portal.status_url("/ocsp")).body("x").send().await.expect("an answer");
    refused(response, ProblemKind::RequestInvalid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_is_told_so_with_a_challenge() {
    let portal = TestPortal::practice().await;
    let response = portal.anonymous().get(portal.url("/v1/me")).bearer_auth("nobody").send().await;
    let problem = problem(response.expect("an answer")).await;
    assert_eq!((problem.kind, problem.status), (ProblemKind::DeviceTokenInvalid, 401));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_says_what_it_is_and_that_it_works() {
    let portal = TestPortal::practice().await;
    let client = portal.anonymous();
    let response = client.get(portal.url("/v1/capabilities")).send().await.expect("an answer");
    let capabilities: Capabilities = json(response).await;
    assert!(capabilities.practice && capabilities.suspension);
    for url in [portal.url("/healthz"), portal.url("/readyz"), portal.status_url("/readyz")] {
        assert_eq!(client.get(url).send().await.expect("an answer").status(), StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_of_the_api_that_is_checked_in_is_the_generated_one() {
    let checked_in = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../portal-api/openapi.json"))
        .expect("openapi.json");
    let generated = portal::openapi_json().expect("JSON");
    assert!(
        checked_in == generated,
        "the API has changed; refresh its description:\n  \
         cargo run -p portal -- openapi > src-tauri/crates/portal-api/openapi.json"
    );
    let portal = TestPortal::practice().await;
    let served = portal.anonymous().get(portal.url("/openapi.json")).send().await.expect("an answer");
    assert_eq!(served.text().await.expect("a body"), generated);
}
