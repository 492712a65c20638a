//! Enrolment at a portal that answers as [RFC 7030 §4.2.3] has it: with the issued certificate alone.

use super::{code, reference, scene};
use crate::est;
use crate::hostile_portal::{Reply, TestAuthority, certs_only};
use lifecycle::ports::Portal as _;

#[tokio::test]
async fn a_certificate_that_comes_alone_is_given_those_above_it_from_the_ca_certificates() {
    let authority = TestAuthority::new("Øvelses-CA");
    let intermediate = authority.issue_ca("Øvelsernes udstedende CA");
    let leaf = intermediate.issue_for_host("localhost").der;
    let answer = |certificates: &[Vec<u8>]| {
        let body = est::encode_request(&certs_only(certificates));
        Reply::new(200, "application/pkcs7-mime; smime-type=certs-only", body.as_bytes())
    };
    let known = [authority.der().to_vec(), intermediate.der().to_vec()];
    let scene = scene(vec![answer(std::slice::from_ref(&leaf)), answer(&known)]).await;
    let chain = scene.client.simple_enroll(&reference(), &code(), &[0x30, 0x00]).await.expect("certificates");
    assert_eq!(chain.iter().map(pki::Certificate::der).collect::<Vec<_>>(), [leaf.as_slice(), intermediate.der()]);
    let requests = scene.portal.requests();
    assert!(requests[1].starts_with("GET /.well-known/est/cacerts HTTP/1.1\r\n"), "{}", requests[1]);
    assert!(!requests[1].contains("authorization"), "the code goes no further: {}", requests[1]);
}
