//! A portal in this process on a port of its own, with a clock that the test holds, and an employee who calls it.

pub mod database;
pub mod program;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use database::{Database, database_of};
use declaration::{Acceptance, AcceptanceFacts, DraftDeclaration, details};
use der::{Decode, Encode};
use pki::{Certificate, SignatureAlgorithm, SigningError, SigningKey, TrustAnchor};
use portal::{Clock, InvitationOrder, PersonalNumber, PolicyArc, PortalServer, RunningPortal, Settings};
use portal_api::{
    CertificateState, CertificateStatus, ChangedCertificate, DEVICE, DetailField, DeviceRegistration, IDEMPOTENCY_KEY,
    LocalRegistrationAuthority, Me, OrderedSubject, Problem, ProblemKind, RevocationReason,
};
use reqwest::{Client, ClientBuilder, Response, StatusCode};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

/// The CPR number that every order in these tests has: a substitute number, which no person has.
pub const PERSONAL_NUMBER: &str = "6101010000";

/// What the computers of these tests are called, and how their app calls itself.
pub const DEVICE_NAME: &str = "Øvelsesplads 7";
pub const AGENT: &str = "Certifikatguide/0.1.0 (linux)";

/// A clock that only the test moves.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_seconds(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.load(Ordering::SeqCst), 0).expect("a time that a test has set")
    }
}

impl TimeProvider for TestClock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.now().timestamp().unsigned_abs())))
    }
}

/// A portal under test.
pub struct TestPortal {
    pub running: RunningPortal,
    pub data: TempDir,
    pub clock: Arc<TestClock>,
}

impl TestPortal {
    /// The clock that every portal under test begins with: 2026-11-24T12:00:00Z.
    pub fn clock_at_start() -> Arc<TestClock> {
        Arc::new(TestClock(AtomicI64::new(1_795_521_600)))
    }

    pub async fn practice() -> Self {
        Self::with_mode(true).await
    }

    pub async fn with_mode(practice: bool) -> Self {
        Self::under(practice, PolicyArc::Documentation).await
    }

    pub async fn under(practice: bool, policies: PolicyArc) -> Self {
        let data = folder_with_keys();
        let clock = Self::clock_at_start();
        let settings = settings(data.path(), practice, Arc::clone(&clock) as Arc<dyn Clock>);
        let running = PortalServer::start_under(settings, policies).await.expect("the portal starts");
        Self { running, data, clock }
    }

    /// A practice portal that does not suspend certificates.
    pub async fn without_suspension() -> Self {
        let data = folder_with_keys();
        let clock = Arc::new(TestClock(AtomicI64::new(1_795_521_600)));
        let mut settings = settings(data.path(), true, Arc::clone(&clock) as Arc<dyn Clock>);
        settings.suspension = false;
        let running = PortalServer::start(settings).await.expect("the portal starts");
        Self { running, data, clock }
    }

    pub async fn restart(self) -> Self {
        self.restart_after(|_| ()).await
    }

    /// The same, and `between` is done on its folder while it does not run.
    pub async fn restart_after(self, between: impl FnOnce(&Path)) -> Self {
        let Self { running, data, clock } = self;
        running.shutdown().await;
        between(data.path());
        let running = start_on(data.path(), true, Arc::clone(&clock)).await.expect("the portal starts again");
        Self { running, data, clock }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.ready.portal)
    }

    pub fn status_url(&self, path: &str) -> String {
        format!("{}{path}", self.running.ready.status)
    }

    pub fn trust_anchor(&self) -> TrustAnchor {
        let pem = fs::read(&self.running.ready.trust_anchor).expect("the trust anchor's file");
        TrustAnchor::from_pem(&pem).expect("a trust anchor")
    }

    /// A client that trusts the portal alone and shows `identity`, where there is one.
    pub fn client(&self, identity: Option<&Employee>) -> Client {
        self.client_with(identity.map(Employee::identity))
    }

    /// As [`TestPortal::client`], with any chain and key.
    pub fn client_with(&self, identity: Option<(&[Certificate], &PrivatePkcs8KeyDer<'static>)>) -> Client {
        // The client's time is the test's start: the server's certificate shall not be what ends a test.
        client_at(&self.trust_anchor(), Self::clock_at_start(), identity)
    }

    pub fn anonymous(&self) -> Client {
        self.client(None)
    }

    pub async fn invite(&self) -> Invited {
        let invited =
            portal::invite(self.data.path(), self.url_of_database().as_deref(), self.clock.as_ref(), &order())
                .await
                .expect("invited");
        Invited { reference: invited.reference, code: invited.code.to_string() }
    }

    /// Tries an invitation with any code.
    pub async fn open(&self, reference: &str, code: &str) -> Response {
        self.anonymous()
            .get(self.url("/v1/invitation"))
            .basic_auth(reference, Some(code))
            .send()
            .await
            .expect("an answer")
    }

    pub async fn enrol(&self, invited: &Invited, request: Vec<u8>) -> Response {
        self.anonymous()
            .post(self.url("/.well-known/est/simpleenroll"))
            .basic_auth(&invited.reference, Some(&invited.code))
            .header("content-type", "application/pkcs10")
            .body(request)
            .send()
            .await
            .expect("an answer")
    }

    /// An employee with a certificate that waits for its declaration.
    pub async fn employee(&self) -> Employee {
        let invited = self.invite().await;
        let key = EmployeeKey::generate();
        let response = self.enrol(&invited, key.request()).await;
        assert_eq!(response.status(), StatusCode::OK);
        let chain = with_issuing_ca(certificates(response).await, self.data.path());
        Employee { invited, key, chain }
    }

    pub async fn register_device(&self, employee: &Employee) -> DeviceRegistration {
        let response = self.register(employee, &serde_json::json!({ "device_name": DEVICE_NAME })).await;
        assert_eq!(response.status(), StatusCode::OK);
        json(response).await
    }

    /// Asks for a registration in any form.
    pub async fn register(&self, employee: &Employee, request: &serde_json::Value) -> Response {
        let path = format!("/v1/certificates/{}/device", employee.serial());
        self.client(Some(employee)).put(self.url(&path)).json(request).send().await.expect("an answer")
    }

    /// The certificate of the next key, over the certificate in use.
    pub async fn reenrol(&self, employee: &Employee, request: Vec<u8>) -> Response {
        self.client(Some(employee))
            .post(self.url("/.well-known/est/simplereenroll"))
            .header("content-type", "application/pkcs10")
            .body(request)
            .send()
            .await
            .expect("an answer")
    }

    /// The employee with the next key and its certificate.
    pub async fn renewed(&self, employee: &Employee) -> Employee {
        let key = EmployeeKey::generate();
        let response = self.reenrol(employee, key.request()).await;
        assert_eq!(response.status(), StatusCode::OK);
        let invited = Invited { reference: employee.invited.reference.clone(), code: employee.invited.code.clone() };
        Employee { invited, key, chain: with_issuing_ca(certificates(response).await, self.data.path()) }
    }

    /// An employee whose declaration is accepted, with the computer's secrets.
    pub async fn declared(&self) -> (Employee, DeviceRegistration) {
        let employee = self.employee().await;
        let device = self.register_device(&employee).await;
        self.declare(&employee).await;
        (employee, device)
    }

    /// Declares, as the app does.
    pub async fn declare(&self, employee: &Employee) {
        let (id, document) = self.declaration_of(employee);
        assert_eq!(self.submit(employee, id, document).await.status(), StatusCode::CREATED);
    }

    /// A declaration that can be submitted, with its id.
    pub fn declaration_of(&self, employee: &Employee) -> (Uuid, Vec<u8>) {
        let id = Uuid::now_v7();
        let certificate = employee.certificate();
        let facts = AcceptanceFacts {
            declaration_id: id,
            details: details(certificate),
            signing_time: self.clock.now(),
            app_version: "0.1.0".into(),
            portal: "Øvelsesportalen".into(),
            practice: true,
        };
        let terms = &declaration::terms::shipped()[0];
        let draft = DraftDeclaration::render(Acceptance::new(facts, terms, certificate), terms, certificate);
        let signed = draft.expect("rendered").sign(&employee.key, &employee.chain).expect("signed");
        (id, signed.pdf().to_vec())
    }

    /// Logs in, with or without the computer's token.
    pub async fn log_in(&self, employee: &Employee, device: Option<&DeviceRegistration>) -> Response {
        let mut request = self.client(Some(employee)).post(self.url("/v1/session")).header("user-agent", AGENT);
        if let Some(device) = device {
            request = request.header(DEVICE, &device.device_token);
        }
        request.send().await.expect("an answer")
    }

    /// Asks with reference number and revocation code.
    pub async fn with_code(&self, path: &str, reference: &str, code: &str, body: &'static str) -> Response {
        self.anonymous()
            .post(self.url(path))
            .basic_auth(reference, Some(code))
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
            .expect("an answer")
    }

    pub async fn state(&self, device: &DeviceRegistration) -> CertificateState {
        self.me(device).await.certificate.state
    }

    /// The portal's database.
    pub async fn database(&self) -> Database {
        Database::of(self.data.path()).await
    }

    /// The URL of the portal's database, where it is not in the data folder.
    pub fn url_of_database(&self) -> Option<String> {
        database_of(self.data.path())
    }

    pub async fn me(&self, device: &DeviceRegistration) -> Me {
        let response =
            self.anonymous().get(self.url("/v1/me")).bearer_auth(&device.device_token).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        json(response).await
    }

    pub async fn suspend(&self, employee: &Employee, device: &DeviceRegistration) -> Response {
        let path = format!("/v1/certificates/{}/suspension", employee.serial());
        self.anonymous().post(self.url(&path)).bearer_auth(&device.device_token).send().await.expect("an answer")
    }

    pub async fn revoke_with_token(
        &self,
        employee: &Employee,
        device: &DeviceRegistration,
        request: &'static str,
    ) -> Response {
        let path = format!("/v1/certificates/{}/revocation", employee.serial());
        self.anonymous()
            .post(self.url(&path))
            .bearer_auth(&device.device_token)
            .header("content-type", "application/json")
            .body(request)
            .send()
            .await
            .expect("an answer")
    }

    pub async fn reinstate(&self, employee: &Employee) -> Result<CertificateStatus, portal::ReinstateError> {
        self.reinstate_and_tell(employee).await.map(|told| told.certificate)
    }

    /// As [`TestPortal::reinstate`], with what the staff is told of the employee's other certificates.
    pub async fn reinstate_and_tell(&self, employee: &Employee) -> Result<ChangedCertificate, portal::ReinstateError> {
        portal::reinstate(self.data.path(), self.url_of_database().as_deref(), self.clock.as_ref(), employee.serial())
            .await
    }

    pub async fn suspend_by_authority(&self, employee: &Employee) -> Result<CertificateStatus, portal::SuspendError> {
        let told = portal::suspend(
            self.data.path(),
            self.url_of_database().as_deref(),
            self.clock.as_ref(),
            employee.serial(),
        )
        .await;
        told.map(|told| told.certificate)
    }

    pub async fn revoke(
        &self,
        serial_number: &str,
        reason: RevocationReason,
        wrong_details: &[DetailField],
    ) -> Result<CertificateStatus, portal::RevokeError> {
        let clock = self.clock.as_ref();
        let told = portal::revoke(
            self.data.path(),
            self.url_of_database().as_deref(),
            clock,
            serial_number,
            reason,
            wrong_details,
        )
        .await;
        told.map(|told| told.certificate)
    }

    pub async fn submit(&self, employee: &Employee, id: Uuid, document: Vec<u8>) -> Response {
        self.client(Some(employee))
            .post(self.url("/v1/declarations"))
            .header(IDEMPOTENCY_KEY, id.to_string())
            .header("content-type", "application/pdf")
            .body(document)
            .send()
            .await
            .expect("an answer")
    }
}

/// A client that trusts one portal alone and shows `identity`, where there is one; `time` is what it judges certificates by.
pub fn client_at(
    anchor: &TrustAnchor,
    time: Arc<dyn TimeProvider>,
    identity: Option<(&[Certificate], &PrivatePkcs8KeyDer<'static>)>,
) -> Client {
    client_builder(anchor, time, identity).build().expect("a client")
}

/// As [`client_at`], for what else the client is to have.
pub fn client_builder(
    anchor: &TrustAnchor,
    time: Arc<dyn TimeProvider>,
    identity: Option<(&[Certificate], &PrivatePkcs8KeyDer<'static>)>,
) -> ClientBuilder {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(anchor.certificate().der().to_vec())).expect("the trust anchor is a root");
    let builder = ClientConfig::builder_with_details(Arc::new(rustls::crypto::aws_lc_rs::default_provider()), time)
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_root_certificates(roots);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            let chain = chain.iter().map(|one| CertificateDer::from(one.der().to_vec())).collect();
            builder.with_client_auth_cert(chain, PrivateKeyDer::from(key.clone_key())).expect("a client identity")
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Client::builder().tls_backend_preconfigured(config).no_proxy()
}

pub async fn start_on(
    data: &Path,
    practice: bool,
    clock: Arc<TestClock>,
) -> Result<RunningPortal, portal::PortalError> {
    PortalServer::start(settings(data, practice, clock)).await
}

pub fn settings(data: &Path, practice: bool, clock: Arc<dyn Clock>) -> Settings {
    Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        status_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data: data.to_path_buf(),
        database: database_of(data),
        practice,
        suspension: true,
        employee_validity: None,
        terms: Vec::new(),
        clock,
    }
}

/// A data folder that has keys already.
pub fn folder_with_keys() -> TempDir {
    let data = tempfile::tempdir().expect("a folder");
    copy_keys(data.path());
    data
}

/// Making six RSA keys takes seconds: the portals of one run share those that the first one makes.
fn copy_keys(data: &Path) {
    static KEYS: OnceLock<TempDir> = OnceLock::new();
    let made = KEYS.get_or_init(|| {
        let data = tempfile::tempdir().expect("a folder");
        let path = data.path().to_path_buf();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(async {
                let clock = Arc::new(TestClock(AtomicI64::new(1_795_521_600)));
                start_on(&path, true, clock).await.expect("the portal starts").shutdown().await;
            });
        })
        .join()
        .expect("the keys are made");
        data
    });
    fs::create_dir(data.join("keys")).expect("a folder");
    for file in fs::read_dir(made.path().join("keys")).expect("the keys") {
        let file = file.expect("a key").path();
        let name = file.file_name().expect("a file has a name");
        fs::copy(&file, data.join("keys").join(name)).expect("a copy");
    }
}

pub fn order() -> InvitationOrder {
    InvitationOrder {
        subject: OrderedSubject {
            given_name: "Øvebruger".into(),
            surname: "Eksempel".into(),
            common_name: "Øvebruger Eksempel".into(),
            email: "øvebruger@example.org".into(),
            organisation: "Øvelseskommune Å".into(),
            cvr: "12345678".into(),
        },
        personal_number: PersonalNumber::parse(PERSONAL_NUMBER).expect("a number"),
        authority: LocalRegistrationAuthority {
            name: "Øvelseskommune Å, it-afdelingen".into(),
            phone: None,
            email: Some("lra@example.org".into()),
        },
        validity: portal::INVITATION_VALIDITY,
    }
}

pub struct Invited {
    pub reference: String,
    pub code: String,
}

/// An employee with key and certificate, the employee's certificate first.
pub struct Employee {
    pub invited: Invited,
    pub key: EmployeeKey,
    pub chain: Vec<Certificate>,
}

impl Employee {
    pub fn certificate(&self) -> &Certificate {
        &self.chain[0]
    }

    pub fn serial(&self) -> &str {
        self.chain[0].serial_number()
    }

    /// What the employee shows in a TLS handshake.
    pub fn identity(&self) -> (&[Certificate], &PrivatePkcs8KeyDer<'static>) {
        (&self.chain, &self.key.pkcs8)
    }
}

/// An employee's key: EC P-256, which is made in an instant.
pub struct EmployeeKey {
    pair: EcdsaKeyPair,
    /// For other programs.
    pub pkcs8: PrivatePkcs8KeyDer<'static>,
    subject_public_key_info: Vec<u8>,
}

impl EmployeeKey {
    pub fn generate() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let pkcs8 = pair.to_pkcs8v1().expect("PKCS#8").as_ref().to_vec();
        let spki = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(pair.public_key())
            .expect("a public key")
            .as_ref()
            .to_vec();
        Self { pair, pkcs8: PrivatePkcs8KeyDer::from(pkcs8), subject_public_key_info: spki }
    }

    /// The body of `simpleenroll`, with line breaks as many clients send them.
    pub fn request(&self) -> Vec<u8> {
        let der = pki::certification_request::build(self).expect("a request");
        STANDARD.encode(der).as_bytes().chunks(64).collect::<Vec<_>>().join(&b"\r\n"[..])
    }
}

impl SigningKey for EmployeeKey {
    fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        if algorithm != SignatureAlgorithm::EcdsaP256Sha256 {
            return Err(SigningError::Unsupported(algorithm));
        }
        let signature = self.pair.sign(&SystemRandom::new(), message);
        Ok(signature.map_err(|_| SigningError::Failed("the EC operation failed"))?.as_ref().to_vec())
    }
}

/// The chain of a certificate that was issued, with the certificate of the portal's issuing CA.
pub fn with_issuing_ca(issued: Vec<Certificate>, data: &Path) -> Vec<Certificate> {
    assert_eq!(issued.len(), 1, "RFC 7030 §4.2.3: only the certificate that was issued");
    let pem = fs::read(data.join("issuing-ca.pem")).expect("the issuing CA's file");
    let issuing = pki::Certificate::from_pem(&pem).expect("the issuing CA's certificate");
    issued.into_iter().chain([issuing]).collect()
}

/// The certificates of an EST answer, the end entity's first.
pub async fn certificates(response: Response) -> Vec<Certificate> {
    assert_eq!(response.headers()["content-type"], "application/pkcs7-mime; smime-type=certs-only");
    let body = response.bytes().await.expect("a body");
    let der = STANDARD.decode(&body).expect("Base64");
    let content = ContentInfo::from_der(&der).expect("CMS");
    let signed: SignedData = content.content.decode_as().expect("SignedData");
    assert!(signed.signer_infos.0.is_empty(), "certs-only is not signed");
    let mut certificates: Vec<Certificate> = signed
        .certificates
        .expect("certificates")
        .0
        .iter()
        .map(|choice| match choice {
            CertificateChoices::Certificate(certificate) => {
                Certificate::from_der(&certificate.to_der().expect("DER")).expect("a certificate")
            }
            CertificateChoices::Other(_) => panic!("an answer holds X.509 certificates only"),
        })
        .collect();
    certificates.sort_by_key(|certificate| certificate.description().kind == pki::CertificateKind::Ca);
    certificates
}

pub async fn json<T: serde::de::DeserializeOwned>(response: Response) -> T {
    serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON of the contract")
}

/// Reads a problem, and holds that it is one in every respect.
pub async fn problem(response: Response) -> Problem {
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let status = response.status().as_u16();
    if status == 401 {
        assert!(response.headers().contains_key("www-authenticate"), "RFC 9110 §15.5.2");
    }
    let problem: Problem = json(response).await;
    assert_eq!(problem.status, status);
    assert_eq!(problem.status, problem.kind.status());
    assert_eq!(problem.problem_type, format!("urn:certifikatguide:problem:{}", problem.kind.name()));
    problem
}

pub async fn refused(response: Response, kind: ProblemKind) {
    let problem = problem(response).await;
    assert_eq!(problem.kind, kind, "{:?}", problem.detail);
}
