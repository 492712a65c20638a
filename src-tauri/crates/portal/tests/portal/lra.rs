//! The local registration authority at the portal, over mutual TLS with its own certificate.

use crate::support::{Employee, TestPortal, json, order, problem, refused};
use chrono::TimeDelta;
use pkcs8::EncryptedPrivateKeyInfo;
use pkcs8::der::SecretDocument;
use pki::Certificate;
use portal::{AuthorityError, AuthorityOrder, Clock, IssuedToAuthority};
use portal_api::{
    CertificateOfOrganisation, CertificateState, CertificateStatus, ChangedCertificate, ProblemKind, RevocationReason,
};
use reqwest::{Client, Response, StatusCode};
use rustls_pki_types::PrivatePkcs8KeyDer;
use std::fs;
use std::path::Path;

const PASSWORD: &str = "øvelse gør mester";
const COMPROMISED: &str = r#"{"reason":"key-compromise"}"#;

/// A local registration authority with its certificate, and the client that shows it.
pub(super) struct Lra<'a> {
    pub(super) portal: &'a TestPortal,
    pub(super) serial: String,
    pub(super) client: Client,
}

fn of(organisation: &str, cvr: &str) -> AuthorityOrder {
    AuthorityOrder {
        organisation: organisation.into(),
        cvr: cvr.into(),
        name: "Øvebruger Eksempel".into(),
        email: "øvebruger@example.org".into(),
    }
}

async fn issue(portal: &TestPortal, order: &AuthorityOrder, out: &Path) -> Result<IssuedToAuthority, AuthorityError> {
    portal::issue_to_authority(
        portal.data.path(),
        portal.url_of_database().as_deref(),
        portal.clock.as_ref(),
        order,
        PASSWORD,
        out,
    )
    .await
}

fn key(file: &Path, password: &str) -> Option<PrivatePkcs8KeyDer<'static>> {
    let pem = fs::read_to_string(file).expect("the key's file");
    let (label, document) = SecretDocument::from_pem(&pem).expect("PEM");
    assert_eq!(label, "ENCRYPTED PRIVATE KEY");
    let info = EncryptedPrivateKeyInfo::try_from(document.as_bytes()).expect("an encrypted key");
    let key = info.decrypt(password).ok()?;
    Some(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()))
}

impl<'a> Lra<'a> {
    pub(super) async fn of(portal: &'a TestPortal, organisation: &str, cvr: &str) -> Self {
        let out = tempfile::tempdir().expect("a folder");
        let issued = issue(portal, &of(organisation, cvr), out.path()).await.expect("issued");
        let chain = Certificate::all_from_pem(&fs::read(&issued.certificate).expect("a file")).expect("certificates");
        let key = key(&issued.key, PASSWORD).expect("the key under its password");
        Self { portal, serial: issued.serial_number, client: portal.client_with(Some((&chain, &key))) }
    }

    pub(super) async fn municipality(portal: &'a TestPortal) -> Self {
        Self::of(portal, "Øvelseskommune Å", "12345678").await
    }

    async fn get(&self, serial: &str) -> Response {
        let path = format!("/v1/lra/certificates/{serial}");
        self.client.get(self.portal.url(&path)).send().await.expect("an answer")
    }

    async fn post(&self, serial: &str, act: &str, body: &'static str) -> Response {
        let path = format!("/v1/lra/certificates/{serial}/{act}");
        let mut request = self.client.post(self.portal.url(&path));
        if !body.is_empty() {
            request = request.header("content-type", "application/json").body(body);
        }
        request.send().await.expect("an answer")
    }

    pub(super) async fn withdraw(&self) -> portal::AuthorityCertificate {
        let (data, clock) = (self.portal.data.path(), self.portal.clock.as_ref());
        portal::withdraw_authority(data, self.portal.url_of_database().as_deref(), clock, &self.serial.to_uppercase())
            .await
            .expect("withdrawn")
    }
}

async fn changed(answer: Response) -> ChangedCertificate {
    assert_eq!(answer.status(), StatusCode::OK);
    json(answer).await
}

/// Kind, actor, and with which certificate of a local registration authority.
async fn events(portal: &TestPortal, serial: &str) -> Vec<(String, String, Option<String>)> {
    let events = "SELECT kind, actor, authority_serial_number FROM event WHERE serial_number = $1 \
         AND kind IN ('suspended', 'reinstated', 'revoked') ORDER BY id";
    portal.database().await.told(events, &[serial]).await
}

/// An employee of another organisation.
async fn stranger(portal: &TestPortal) -> Employee {
    let mut order = order();
    order.subject.organisation = "Øvelseskommune Ø".into();
    order.subject.cvr = "87654321".into();
    let invited =
        portal::invite(portal.data.path(), portal.url_of_database().as_deref(), portal.clock.as_ref(), &order)
            .await
            .expect("invited");
    let invited = crate::support::Invited { reference: invited.reference, code: invited.code.to_string() };
    let key = crate::support::EmployeeKey::generate();
    let issued = crate::support::certificates(portal.enrol(&invited, key.request()).await).await;
    let chain = crate::support::with_issuing_ca(issued, portal.data.path());
    Employee { invited, key, chain }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_reads_suspends_reinstates_and_revokes_and_each_act_takes_effect_before_it_is_answered() {
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    let lra = Lra::municipality(&portal).await;
    let read: CertificateOfOrganisation = json(lra.get(employee.serial()).await).await;
    assert_eq!((read.certificate.state, read.common_name.as_str()), (CertificateState::Active, "Øvebruger Eksempel"));
    assert_eq!(read.not_after, employee.certificate().not_after());
    assert_eq!(read.device_name.as_deref(), Some(crate::support::DEVICE_NAME));

    let suspended = changed(lra.post(employee.serial(), "suspension", "").await).await;
    assert_eq!(suspended.certificate.state, CertificateState::Suspended);
    refused(portal.log_in(&employee, Some(&device)).await, ProblemKind::CertificateNotUsable).await;
    portal.clock.advance(TimeDelta::minutes(5));
    assert_eq!(changed(lra.post(employee.serial(), "suspension", "").await).await, suspended, "idempotent");
    let read: CertificateOfOrganisation = json(lra.get(employee.serial()).await).await;
    assert_eq!(read.certificate, suspended.certificate, "what was answered is what is read back");

    let reinstated = changed(lra.post(employee.serial(), "reinstatement", "").await).await;
    assert_eq!(reinstated.certificate.state, CertificateState::Active);
    assert_eq!(portal.log_in(&employee, Some(&device)).await.status(), StatusCode::OK);
    portal.clock.advance(TimeDelta::minutes(5));
    assert_eq!(changed(lra.post(employee.serial(), "reinstatement", "{}").await).await, reinstated, "idempotent");

    let revoked = changed(lra.post(employee.serial(), "revocation", COMPROMISED).await).await;
    let compromised = Some(RevocationReason::KeyCompromise);
    assert_eq!((revoked.certificate.state, revoked.certificate.reason), (CertificateState::Revoked, compromised));
    portal.clock.advance(TimeDelta::minutes(5));
    assert_eq!(changed(lra.post(employee.serial(), "revocation", COMPROMISED).await).await, revoked, "idempotent");
    for (act, body) in
        [("reinstatement", ""), ("suspension", ""), ("revocation", r#"{"reason":"affiliation-changed"}"#)]
    {
        refused(lra.post(employee.serial(), act, body).await, ProblemKind::AlreadyRevoked).await;
    }
    assert_eq!(portal.state(&device).await, CertificateState::Revoked, "a revoked one never comes back");

    let by = |kind: &str| (kind.to_owned(), "authority".to_owned(), Some(lra.serial.clone()));
    assert_eq!(events(&portal, employee.serial()).await, [by("suspended"), by("reinstated"), by("revoked")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_another_organisation_is_answered_as_one_that_does_not_exist() {
    let portal = TestPortal::practice().await;
    let stranger = stranger(&portal).await;
    let lra = Lra::municipality(&portal).await;
    for act in ["", "suspension", "reinstatement", "revocation"] {
        let ask = async |serial: &str| match act {
            "" => problem(lra.get(serial).await).await,
            "revocation" => problem(lra.post(serial, act, COMPROMISED).await).await,
            act => problem(lra.post(serial, act, "").await).await,
        };
        let (foreign, unknown) = (ask(stranger.serial()).await, ask("4f").await);
        assert_eq!(foreign.kind, ProblemKind::NotFound, "{act}");
        assert_eq!(foreign, unknown, "{act}");
        assert_eq!(ask(&lra.serial).await, unknown, "nor is its own certificate one: {act}");
    }
    assert!(events(&portal, stranger.serial()).await.is_empty());
    let own = Lra::of(&portal, "Øvelseskommune Ø", "87654321").await;
    assert_eq!(own.get(stranger.serial()).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_gets_in_and_nobody_reinstates_with_the_key_or_the_token() {
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    portal.suspend(&employee, &device).await;
    let path = portal.url(&format!("/v1/lra/certificates/{}/reinstatement", employee.serial()));
    let by_token = portal.anonymous().post(&path).bearer_auth(&device.device_token).send().await;
    refused(by_token.expect("an answer"), ProblemKind::CertificateRequired).await;
    let by_code =
        portal.anonymous().post(&path).basic_auth(&device.reference, Some(&device.revocation_code)).send().await;
    refused(by_code.expect("an answer"), ProblemKind::CertificateRequired).await;
    let by_key = portal.client(Some(&employee)).post(&path).bearer_auth(&device.device_token).send().await;
    refused(by_key.expect("an answer"), ProblemKind::NotPermitted).await;
    for path in ["/v1/reinstatement".to_owned(), format!("/v1/certificates/{}/reinstatement", employee.serial())] {
        let answer = portal.client(Some(&employee)).post(portal.url(&path)).bearer_auth(&device.device_token).send();
        refused(answer.await.expect("an answer"), ProblemKind::NotFound).await;
    }
    assert_eq!(portal.state(&device).await, CertificateState::Suspended);

    // Nor is a local registration authority an employee.
    let lra = Lra::municipality(&portal).await;
    let session = lra.client.post(portal.url("/v1/session")).send().await.expect("an answer");
    refused(session, ProblemKind::CertificateRequired).await;
    let own = portal.url(&format!("/v1/certificates/{}/revocation", employee.serial()));
    let own = lra.client.post(own).header("content-type", "application/json").body(COMPROMISED).send().await;
    refused(own.expect("an answer"), ProblemKind::CertificateRequired).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_certificate_opens_nothing_more_and_is_revoked_for_everybody() {
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    let lra = Lra::municipality(&portal).await;
    assert_eq!(lra.get(employee.serial()).await.status(), StatusCode::OK);
    let list = async || {
        let list = portal.anonymous().get(portal.status_url("/crl/issuing-ca.crl")).send().await.expect("an answer");
        let list = list.bytes().await.expect("a list").to_vec();
        let serial = hex::decode(&lra.serial).expect("hexadecimal");
        list.windows(serial.len()).any(|window| window == serial)
    };
    assert!(!list().await);
    let withdrawn = lra.withdraw().await;
    assert_eq!(withdrawn.withdrawn_at, Some(portal.clock.now()));
    portal.clock.advance(TimeDelta::minutes(5));
    assert_eq!(lra.withdraw().await, withdrawn, "once is enough");
    // On the connection that is still open as on any other.
    refused(lra.get(employee.serial()).await, ProblemKind::CertificateNotUsable).await;
    refused(lra.post(employee.serial(), "suspension", "").await, ProblemKind::CertificateNotUsable).await;
    assert_eq!(portal.state(&device).await, CertificateState::Active);
    assert!(list().await, "the revocation list says so");
    let told = events(&portal, &lra.serial).await;
    assert_eq!(told, [("revoked".to_owned(), "authority".to_owned(), None)]);

    let unknown = portal::withdraw_authority(
        portal.data.path(),
        portal.url_of_database().as_deref(),
        portal.clock.as_ref(),
        employee.serial(),
    )
    .await;
    assert!(matches!(unknown, Err(AuthorityError::Unknown)), "an employee's is none");
    let listed = portal::authorities(portal.data.path(), portal.url_of_database().as_deref()).await.expect("a list");
    assert_eq!(listed, [withdrawn]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_ends_with_the_validity_period_of_its_certificate() {
    let portal = TestPortal::practice().await;
    let employee = portal.employee().await;
    let lra = Lra::municipality(&portal).await;
    assert_eq!(lra.get(employee.serial()).await.status(), StatusCode::OK);
    portal.clock.advance(TimeDelta::days(366));
    // On the connection that is still open the portal must look for itself.
    refused(lra.get(employee.serial()).await, ProblemKind::CertificateNotUsable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_wins_over_a_reinstatement_of_the_authority_at_the_same_time() {
    let portal = TestPortal::practice().await;
    let lra = Lra::municipality(&portal).await;
    for _ in 0..6 {
        let (employee, device) = portal.declared().await;
        portal.suspend(&employee, &device).await;
        let revoke = portal.with_code("/v1/revocation", &device.reference, &device.revocation_code, COMPROMISED);
        let (one, two, revoked, three) = tokio::join!(
            lra.post(employee.serial(), "reinstatement", ""),
            lra.post(employee.serial(), "reinstatement", ""),
            revoke,
            lra.post(employee.serial(), "suspension", ""),
        );
        assert_eq!(revoked.status(), StatusCode::OK, "the revocation is never refused");
        for answer in [one, two, three] {
            assert!(answer.status() == StatusCode::OK || answer.status() == StatusCode::CONFLICT);
        }
        assert_eq!(portal.state(&device).await, CertificateState::Revoked);
        refused(lra.post(employee.serial(), "reinstatement", "").await, ProblemKind::AlreadyRevoked).await;
        let kinds = events(&portal, employee.serial()).await;
        assert_eq!(kinds.iter().filter(|event| event.0 == "revoked").count(), 1, "{kinds:?}");
        assert_eq!(kinds.last().map(|event| event.0.as_str()), Some("revoked"), "nothing happens after it: {kinds:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reinstatement_that_is_sent_again_does_not_take_back_a_later_alarm() {
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    let lra = Lra::municipality(&portal).await;
    let suspended: CertificateStatus = json(portal.suspend(&employee, &device).await).await;
    let judged = serde_json::json!({ "suspended_since": suspended.since }).to_string();
    let judged: &'static str = Box::leak(judged.into_boxed_str());
    assert_eq!(lra.post(employee.serial(), "reinstatement", judged).await.status(), StatusCode::OK);
    assert_eq!(lra.post(employee.serial(), "reinstatement", judged).await.status(), StatusCode::OK);
    portal.clock.advance(TimeDelta::minutes(1));
    portal.suspend(&employee, &device).await;
    let anew = problem(lra.post(employee.serial(), "reinstatement", judged).await).await;
    assert_eq!(anew.kind, ProblemKind::NotPermitted);
    assert!(anew.detail.is_some_and(|detail| detail.contains("suspended anew")));
    assert_eq!(portal.state(&device).await, CertificateState::Suspended);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_is_told_which_other_certificates_an_act_has_reached() {
    let portal = TestPortal::practice().await;
    let (old, old_device) = portal.declared().await;
    super::renewal::outdate_declarations(&portal).await;
    let new = portal.renewed(&old).await;
    let device = portal.register_device(&new).await;
    let lra = Lra::municipality(&portal).await;
    let read: CertificateOfOrganisation = json(lra.get(new.serial()).await).await;
    assert_eq!(read.renews.as_deref(), Some(old.serial()));
    assert_eq!(read.relatives.len(), 1);
    assert_eq!(read.relatives[0].certificate.serial_number, old.serial());

    let suspended = changed(lra.post(new.serial(), "suspension", "").await).await;
    let serials = |of: &[CertificateStatus]| of.iter().map(|one| one.serial_number.clone()).collect::<Vec<_>>();
    assert_eq!(suspended.certificate.serial_number, new.serial());
    assert_eq!(serials(&suspended.changed_with_it), [old.serial()]);
    assert_eq!(portal.state(&old_device).await, CertificateState::Suspended);
    let only_old = changed(lra.post(old.serial(), "reinstatement", "").await).await;
    assert_eq!(serials(&only_old.still_suspended), [new.serial()]);
    assert!(only_old.changed_with_it.is_empty());
    let both = changed(lra.post(new.serial(), "revocation", COMPROMISED).await).await;
    assert_eq!(serials(&both.changed_with_it), [old.serial()]);
    assert_eq!(portal.state(&device).await, CertificateState::Revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_authority_asks_in_another_form_is_refused_and_changes_nothing() {
    let portal = TestPortal::practice().await;
    let (employee, device) = portal.declared().await;
    let lra = Lra::municipality(&portal).await;
    for body in ["", "{}", r#"{"reason":"because"}"#, r#"{"reason":"wrong-details"}"#] {
        refused(lra.post(employee.serial(), "revocation", body).await, ProblemKind::RequestInvalid).await;
    }
    let garbled = lra.post(employee.serial(), "reinstatement", "yesterday").await;
    refused(garbled, ProblemKind::RequestInvalid).await;
    let large: &'static str = Box::leak(" ".repeat(portal_api::JSON_LIMIT + 1).into_boxed_str());
    refused(lra.post(employee.serial(), "reinstatement", large).await, ProblemKind::BodyTooLarge).await;
    assert_eq!(portal.state(&device).await, CertificateState::Active);
    let wrong = r#"{"reason":"wrong-details","wrong_details":["email"]}"#;
    assert_eq!(lra.post(employee.serial(), "revocation", wrong).await.status(), StatusCode::OK);
    let users = portal::users(portal.data.path(), portal.url_of_database().as_deref()).await.expect("users");
    assert_eq!(users[0].wrong_details, [portal_api::DetailField::Email]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_without_suspension_refuses_it_to_the_authority_too() {
    let portal = TestPortal::without_suspension().await;
    let (employee, _) = portal.declared().await;
    let lra = Lra::municipality(&portal).await;
    refused(lra.post(employee.serial(), "suspension", "").await, ProblemKind::SuspensionNotOffered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_issued_lies_under_its_password_in_files_of_their_own() {
    let portal = TestPortal::practice().await;
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path().join("lra");
    let order = of("Øvelseskommune Å", "12345678");
    let issued = issue(&portal, &order, &folder).await.expect("issued");
    assert!(key(&issued.key, "et andet kodeord").is_none(), "not without the password");
    assert!(issued.trust_anchor.is_file());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&issued.key)), (0o700, 0o600));
    }
    let before = fs::read(&issued.key).expect("the key");
    assert!(matches!(issue(&portal, &order, &folder).await, Err(AuthorityError::Exists(_))));
    assert_eq!(fs::read(&issued.key).expect("the key"), before, "nothing is overwritten");

    let database = portal.url_of_database();
    let short = portal::issue_to_authority(
        portal.data.path(),
        database.as_deref(),
        portal.clock.as_ref(),
        &order,
        "kort",
        out.path(),
    );
    assert!(matches!(short.await, Err(AuthorityError::Password)));
    let cvr = issue(&portal, &of("Øvelseskommune Å", "1234"), &out.path().join("other")).await;
    assert!(matches!(cvr, Err(AuthorityError::Rejected(portal::OrderRejected::Cvr))));
    let nowhere = tempfile::tempdir().expect("a folder");
    let never = portal::issue_to_authority(nowhere.path(), None, portal.clock.as_ref(), &order, PASSWORD, out.path());
    assert!(matches!(never.await, Err(AuthorityError::NeverStarted)));
    assert_eq!(
        portal::authorities(portal.data.path(), portal.url_of_database().as_deref()).await.expect("a list").len(),
        1
    );
}
