//! Enrolment over Secure Transport ([RFC 7030], Base64 as [RFC 8951] has it).

use super::caller::{EmployeeCaller, InvitedCaller};
use super::problem::Refusal;
use super::{expect_media_type, read_body};
use crate::certificate_authority::{EmployeeSubject, IssuanceError};
use crate::portal::Portal;
use crate::storage::{Enrolment, Renewal};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{CertificateSet, EncapsulatedContentInfo, SignedData, SignerInfos};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{ID_DATA, ID_SIGNED_DATA};
use const_oid::db::rfc5912::{RSA_ENCRYPTION, SHA_256_WITH_RSA_ENCRYPTION};
use der::asn1::{SetOfVec, Uint};
use der::{Any, Decode, Encode};
use pki::certification_request::VerifiedRequest;
use portal_api::{CERTIFICATION_REQUEST_LIMIT, CertificateState, OrderedSubject, Problem, ProblemKind};
use std::sync::Arc;
use uuid::Uuid;
use x509_cert::attr::Attribute;

const CERTS_ONLY: &str = "application/pkcs7-mime; smime-type=certs-only";
const CONTENT_TRANSFER_ENCODING: HeaderName = HeaderName::from_static("content-transfer-encoding");

/// The CA certificates ([RFC 7030 §4.1]): the issuing CA's and the root's.
#[utoipa::path(get, path = "/.well-known/est/cacerts", tag = "est", responses(
    (status = 200, description = "certs-only CMS, DER in Base64", content_type = "application/pkcs7-mime", body = String),
))]
pub(super) async fn ca_certificates(State(portal): State<Arc<Portal>>) -> Result<Response, Refusal> {
    let authority = &portal.authority;
    certs_only(&[authority.issuing.certificate.der(), authority.root.certificate.der()])
}

/// What a certification request should be like ([RFC 7030 §4.5]): RSA of 3072 bits, signed with SHA-256.
#[utoipa::path(get, path = "/.well-known/est/csrattrs", tag = "est", responses(
    (status = 200, description = "CsrAttrs, DER in Base64", content_type = "application/csrattrs", body = String),
))]
pub(super) async fn request_attributes() -> Result<Response, Refusal> {
    let attributes = request_attributes_der().map_err(IssuanceError::from)?;
    Ok((
        [(header::CONTENT_TYPE, "application/csrattrs"), (CONTENT_TRANSFER_ENCODING, "base64")],
        STANDARD.encode(attributes),
    )
        .into_response())
}

/// Enrols ([RFC 7030 §4.2]): the certificate for a key, by an invitation. Safe to repeat with the same key.
#[utoipa::path(post, path = "/.well-known/est/simpleenroll", tag = "est", security(("invitation" = [])),
    request_body(content = String, content_type = "application/pkcs10", description = "PKCS#10, DER in Base64"),
    responses(
        (status = 200, description = "certs-only CMS with the employee's certificate alone; those of the CAs \
            are in cacerts. DER in Base64", content_type = "application/pkcs7-mime", body = String),
        (status = 400, description = "certification-request-invalid, request-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "code-wrong", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "code-locked", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "invitation-used", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "invitation-expired", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "body-too-large", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn simple_enroll(
    State(portal): State<Arc<Portal>>,
    InvitedCaller { invitation }: InvitedCaller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let request = certification_request(&headers, body).await?;
    let key = request.subject_public_key_info();
    let now = portal.now();
    let enrolment = portal
        .storage
        .enrol(&invitation, key, now, || {
            let subject = subject(invitation.employee_id, &invitation.subject);
            Ok::<_, Refusal>(portal.authority.issue_employee_certificate(&subject, key, now)?)
        })
        .await?;
    match enrolment {
        Enrolment::Certificate(der) => certs_only(&[&der]),
        Enrolment::InvitationUsed => Err(Refusal::of(ProblemKind::InvitationUsed)),
        Enrolment::KeyInUse => Err(key_in_use()),
        Enrolment::Expired => Err(Refusal::of(ProblemKind::InvitationExpired)),
    }
}

/// Renews ([RFC 7030 §4.2.2]): the certificate for another key of the same employee, with the certificate in use. Safe
/// to repeat with the same key. The new one takes the old one's place when its computer is registered, or when its
/// declaration is accepted where the terms have changed.
#[utoipa::path(post, path = "/.well-known/est/simplereenroll", tag = "est", security(("certificate" = [])),
    request_body(content = String, content_type = "application/pkcs10", description = "PKCS#10, DER in Base64"),
    responses(
        (status = 200, description = "certs-only CMS with the employee's certificate alone; those of the CAs \
            are in cacerts. DER in Base64", content_type = "application/pkcs7-mime", body = String),
        (status = 400, description = "certification-request-invalid, request-invalid", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "certificate-required", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "certificate-not-usable, not-permitted", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "body-too-large", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn simple_reenroll(
    State(portal): State<Arc<Portal>>,
    caller: EmployeeCaller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let caller = caller.usable()?;
    let request = certification_request(&headers, body).await?;
    let key = request.subject_public_key_info();
    let now = portal.now();
    let renewal = portal
        .storage
        .renew(&caller.record.serial_number, key, &caller.origin, now, |employee_id, ordered| {
            let subject = subject(employee_id, ordered);
            Ok::<_, Refusal>(portal.authority.issue_employee_certificate(&subject, key, now)?)
        })
        .await?;
    match renewal {
        Renewal::Certificate(der) => certs_only(&[&der]),
        Renewal::KeyInUse => Err(key_in_use()),
        Renewal::NotActive(CertificateState::AwaitingDeclaration | CertificateState::Active) => {
            Err(Refusal::with(ProblemKind::NotPermitted, "the certificate waits for its declaration"))
        }
        Renewal::NotActive(CertificateState::Suspended | CertificateState::Revoked) => {
            Err(Refusal::of(ProblemKind::CertificateNotUsable))
        }
    }
}

async fn certification_request(headers: &HeaderMap, body: Body) -> Result<VerifiedRequest, Refusal> {
    expect_media_type(headers, "application/pkcs10")?;
    let body = read_body(body, CERTIFICATION_REQUEST_LIMIT).await?;
    let request = base64_lines(&body)
        .ok_or_else(|| Refusal::with(ProblemKind::CertificationRequestInvalid, "the body is not Base64"))?;
    VerifiedRequest::from_der(&request)
        .map_err(|error| Refusal::with(ProblemKind::CertificationRequestInvalid, error.to_string()))
}

fn key_in_use() -> Refusal {
    Refusal::with(ProblemKind::CertificationRequestInvalid, "the key belongs to another certificate")
}

fn subject(employee_id: Uuid, ordered: &OrderedSubject) -> EmployeeSubject<'_> {
    EmployeeSubject {
        employee_id,
        given_name: &ordered.given_name,
        surname: &ordered.surname,
        common_name: &ordered.common_name,
        email: &ordered.email,
        organisation: &ordered.organisation,
        cvr: &ordered.cvr,
    }
}

/// A CMS that carries certificates and is not signed ([RFC 5652 §5], [RFC 7030 §4.1.3]).
fn certs_only(certificates: &[&[u8]]) -> Result<Response, Refusal> {
    let message = certs_only_der(certificates).map_err(IssuanceError::from)?;
    Ok(([(header::CONTENT_TYPE, CERTS_ONLY), (CONTENT_TRANSFER_ENCODING, "base64")], STANDARD.encode(message))
        .into_response())
}

fn certs_only_der(certificates: &[&[u8]]) -> der::Result<Vec<u8>> {
    let mut choices = Vec::with_capacity(certificates.len());
    for der in certificates {
        choices.push(CertificateChoices::Certificate(x509_cert::Certificate::from_der(der)?));
    }
    let signed_data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::new(),
        encap_content_info: EncapsulatedContentInfo { econtent_type: ID_DATA, econtent: None },
        certificates: Some(CertificateSet(SetOfVec::try_from(choices)?)),
        crls: None,
        signer_infos: SignerInfos(SetOfVec::new()),
    };
    ContentInfo { content_type: ID_SIGNED_DATA, content: Any::encode_from(&signed_data)? }.to_der()
}

fn request_attributes_der() -> der::Result<Vec<u8>> {
    let key_size = Any::encode_from(&Uint::new(&3072_u16.to_be_bytes())?)?;
    let key = Attribute { oid: RSA_ENCRYPTION, values: SetOfVec::try_from(vec![key_size])? };
    let signature: ObjectIdentifier = SHA_256_WITH_RSA_ENCRYPTION;
    vec![Any::encode_from(&key)?, Any::encode_from(&signature)?].to_der()
}

/// Base64 with any white space in it; None for anything else.
fn base64_lines(text: &[u8]) -> Option<Vec<u8>> {
    let compact: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).ok()
}
