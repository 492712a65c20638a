//! Through the client, as the app and `certifikat` call the portal.

use crate::support::database::database_of;
use crate::support::{EmployeeKey, folder_with_keys, order, settings};
use declaration::{Acceptance, AcceptanceFacts, DraftDeclaration, details};
use lifecycle::ports::{
    ActivityDevice, ActivityKind, ClientIdentity, DeviceRegistration, Portal as _, PortalError, Refusal,
};
use lifecycle::{
    CertificateState, OneTimeCode, OutgoingDeclaration, ReferenceNumber, RevocationCode, RevocationReason,
};
use pki::{Certificate, TrustAnchor};
use portal::{Clock, PortalServer, SystemClock};
use portal_client::PortalClient;
use std::fs;
use std::sync::Arc;
use uuid::Uuid;

pub fn computer(device_name: &str, supersedes: Vec<String>) -> DeviceRegistration {
    DeviceRegistration { device_name: device_name.into(), supersedes }
}

/// A declaration over the terms that ship with the program, signed, with its id.
pub fn signed_declaration(key: &dyn pki::SigningKey, chain: &[Certificate]) -> (Uuid, Vec<u8>) {
    let (id, certificate) = (Uuid::now_v7(), &chain[0]);
    let facts = AcceptanceFacts {
        declaration_id: id,
        details: details(certificate),
        signing_time: SystemClock.now(),
        app_version: "0.1.0".into(),
        portal: "Øvelsesportalen".into(),
        practice: true,
    };
    let terms = &declaration::terms::shipped()[0];
    let draft = DraftDeclaration::render(Acceptance::new(facts, terms, certificate), terms, certificate);
    (id, draft.expect("rendered").sign(key, chain).expect("signed").pdf().to_vec())
}

/// Declares, and returns what was submitted under which id.
pub async fn declare(client: &PortalClient, identity: &ClientIdentity) -> (Uuid, Vec<u8>) {
    let (id, pdf) = signed_declaration(identity.key.as_ref(), &identity.chain);
    client.submit_declaration(identity, &OutgoingDeclaration { id, pdf: pdf.clone() }).await.expect("a receipt");
    (id, pdf)
}

pub async fn enrolled(client: &PortalClient, invited: &portal::Invited) -> (Arc<EmployeeKey>, ClientIdentity) {
    let key = Arc::new(EmployeeKey::generate());
    let reference = ReferenceNumber::parse(&invited.reference).expect("a reference number");
    let code = OneTimeCode::parse(&invited.code).expect("a code");
    let request = pki::certification_request::build(key.as_ref()).expect("a request");
    let chain = client.simple_enroll(&reference, &code, &request).await.expect("certificates");
    let identity = ClientIdentity { key: Arc::clone(&key) as Arc<dyn pki::SigningKey>, chain, device_token: None };
    (key, identity)
}

/// One test, since each portal on the computer's own clock takes its time to start: every call means the same on both
/// sides.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_computer_a_renewal_and_the_code_mean_the_same_to_the_client_and_to_the_portal() {
    let data = folder_with_keys();
    // The client's TLS looks at the computer's clock: so does this portal.
    let running = PortalServer::start(settings(data.path(), true, Arc::new(SystemClock))).await.expect("it starts");
    let anchor = fs::read(&running.ready.trust_anchor).expect("the trust anchor's file");
    let anchor = TrustAnchor::from_pem(&anchor).expect("a trust anchor");
    let client = PortalClient::new(&running.ready.portal, &[anchor]).expect("a client");
    let order = order();
    let database = database_of(data.path());
    let invite = || portal::invite(data.path(), database.as_deref(), &SystemClock, &order);

    let (_, mut first) = enrolled(&client, &invite().await.expect("invited")).await;
    let first_device =
        client.register_device(&first, &computer("Øvelsesplads 7", Vec::new())).await.expect("registered");
    first.device_token = Some(first_device.token);
    declare(&client, &first).await;

    // Another computer, which takes the first one's place.
    let invited = invite().await.expect("invited");
    let reference = ReferenceNumber::parse(&invited.reference).expect("a reference number");
    let code = OneTimeCode::parse(&invited.code).expect("a code");
    let earlier = client.invitation(&reference, &code).await.expect("an invitation").earlier;
    assert_eq!(earlier.len(), 1);
    assert_eq!(earlier[0].serial_number, first.chain[0].serial_number());
    assert_eq!(earlier[0].device_name.as_deref(), Some("Øvelsesplads 7"));
    let (_, mut second) = enrolled(&client, &invited).await;
    let registration = computer("Øvelsesplads 8", vec![earlier[0].serial_number.clone()]);
    let second_device = client.register_device(&second, &registration).await.expect("registered");
    assert_eq!(second_device.reference, reference);
    second.device_token = Some(second_device.token);
    let token = first.device_token.as_ref().expect("a token");
    assert_eq!(client.certificate_state(token).await.expect("a state").state, CertificateState::Active);
    declare(&client, &second).await;
    assert_eq!(client.certificate_state(token).await.expect("a state").state, CertificateState::Revoked);

    // The next certificate.
    let key = Arc::new(EmployeeKey::generate());
    let request = pki::certification_request::build(key.as_ref()).expect("a request");
    let chain = client.simple_reenroll(&second, &request).await.expect("certificates");
    let mut renewed = ClientIdentity { key, chain, device_token: second.device_token.take() };
    let device = client.register_device(&renewed, &computer("Øvelsesplads 8", Vec::new())).await.expect("registered");
    let state = client.certificate_state(&device.token).await.expect("a state");
    assert_eq!((state.state, state.declaration_needed), (CertificateState::Active, false));
    let done: Vec<_> = state.activities.iter().map(|activity| (activity.kind, &activity.device)).collect();
    let here = ActivityDevice::Registered("Øvelsesplads 8".into());
    let expected = [
        (ActivityKind::DeviceRegistration, &here),
        (ActivityKind::Renewal, &here),
        (ActivityKind::Declaration, &here),
        (ActivityKind::DeviceRegistration, &ActivityDevice::Unregistered),
    ];
    assert_eq!(done, expected);
    let agent = format!("Certifikatguide/{} ({})", env!("CARGO_PKG_VERSION"), std::env::consts::OS);
    assert!(state.activities.iter().all(|activity| activity.agent == agent && activity.address == "127.0.0.1"));

    // With the code alone, and then for good.
    let wrong = RevocationCode::new("0000-0000-0000".into());
    let refused = client.suspend_by_code(&device.reference, &wrong).await.expect_err("a wrong code");
    assert!(
        matches!(refused, PortalError::Refused { refusal: Refusal::CodeWrong { tries_left: 4 }, .. }),
        "{refused:?}"
    );
    let suspended = client.suspend_by_code(&device.reference, &device.revocation_code).await.expect("suspended");
    assert_eq!(
        (suspended.serial_number.as_str(), suspended.state),
        (renewed.chain[0].serial_number(), CertificateState::Suspended)
    );
    renewed.device_token = Some(device.token);
    let reason = RevocationReason::WrongDetails;
    client
        .revoke(&renewed, &suspended.serial_number, reason)
        .await
        .expect("its own key revokes also what is suspended");
    let again = client.revoke_by_code(&device.reference, &device.revocation_code, reason).await.expect("as before");
    assert_eq!(again.state, CertificateState::Revoked);
    let other = RevocationReason::KeyCompromise;
    let refused = client.revoke_by_code(&device.reference, &device.revocation_code, other).await.expect_err("revoked");
    assert!(matches!(refused, PortalError::Refused { refusal: Refusal::AlreadyRevoked, .. }), "{refused:?}");
    running.shutdown().await;
}
