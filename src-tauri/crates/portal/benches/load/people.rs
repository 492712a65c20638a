//! Employees as the app makes them: RSA 3072 keys, a declaration that is ready to be sent.

use crate::Failure;
use crate::process::Process;
use crate::support::{DEVICE_NAME, certificates, client_at, json, with_issuing_ca};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use declaration::{Acceptance, AcceptanceFacts, DraftDeclaration, details};
use pki::{Certificate, SignatureAlgorithm, SigningError, SigningKey};
use portal_api::{DeviceRegistration, IDEMPOTENCY_KEY, PracticeInvitation};
use reqwest::{Client, Response, StatusCode};
use rustls::time_provider::DefaultTimeProvider;
use rustls_pki_types::PrivatePkcs8KeyDer;
use std::sync::Arc;
use uuid::Uuid;

/// An employee's key.
pub struct Key {
    pair: RsaKeyPair,
    pkcs8: PrivatePkcs8KeyDer<'static>,
    subject_public_key_info: Vec<u8>,
}

impl Key {
    pub fn generate() -> Result<Self, Failure> {
        let pair = RsaKeyPair::generate(KeySize::Rsa3072)?;
        let pkcs8: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der()?;
        let pkcs8 = PrivatePkcs8KeyDer::from(pkcs8.as_ref().to_vec());
        let public: aws_lc_rs::encoding::PublicKeyX509Der<'_> = pair.public_key().as_der()?;
        let subject_public_key_info = public.as_ref().to_vec();
        Ok(Self { pair, pkcs8, subject_public_key_info })
    }

    /// So many, made by all processors.
    pub fn generate_many(count: usize) -> Result<Vec<Self>, Failure> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            let share = |thread: usize| (count + threads - 1 - thread) / threads;
            let making: Vec<_> = (0..threads)
                .map(|thread| {
                    scope.spawn(move || (0..share(thread)).map(|_| Self::generate()).collect::<Result<Vec<_>, _>>())
                })
                .collect();
            let mut made = Vec::with_capacity(count);
            for thread in making {
                made.extend(thread.join().map_err(|_| "a thread that makes keys ended")??);
            }
            Ok(made)
        })
    }
}

impl SigningKey for Key {
    fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let encoding: &dyn RsaEncoding = match algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 => &RSA_PKCS1_SHA256,
            SignatureAlgorithm::RsaPssSha256 => &RSA_PSS_SHA256,
            other => return Err(SigningError::Unsupported(other)),
        };
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let signed = self.pair.sign(encoding, &SystemRandom::new(), message, &mut signature);
        signed.map_err(|_| SigningError::Failed("aws-lc-rs"))?;
        Ok(signature)
    }
}

/// An employee with a certificate.
pub struct Person {
    pub key: Key,
    /// The employee's certificate first.
    pub chain: Vec<Certificate>,
    /// Shows the certificate; has no connection yet.
    pub client: Client,
}

impl Person {
    pub async fn enrol(portal: &Process, key: Key) -> Result<Self, Failure> {
        let invited = invite(portal).await?;
        let answer = enrol(portal, &invited, &request(&key)?).await?;
        let chain = with_issuing_ca(certificates(answer).await, portal.data());
        let client = client_at(&portal.anchor, Arc::new(DefaultTimeProvider), Some((&chain, &key.pkcs8)));
        Ok(Self { key, chain, client })
    }

    /// What is shown in a TLS handshake.
    pub fn identity(&self) -> (&[Certificate], &PrivatePkcs8KeyDer<'static>) {
        (&self.chain, &self.key.pkcs8)
    }

    pub fn serial_number(&self) -> &str {
        self.chain[0].serial_number()
    }

    /// The computer's token.
    pub async fn register(&self, portal: &Process) -> Result<String, Failure> {
        let path = format!("/v1/certificates/{}/device", self.serial_number());
        let request = serde_json::json!({ "device_name": DEVICE_NAME });
        let answer = expect(self.client.put(portal.url(&path)).json(&request).send().await?, StatusCode::OK)?;
        Ok(json::<DeviceRegistration>(answer).await.device_token)
    }

    /// A declaration that is ready to be sent, with its id.
    pub fn declaration(&self) -> Result<(Uuid, Vec<u8>), Failure> {
        let (id, certificate) = (Uuid::now_v7(), &self.chain[0]);
        let facts = AcceptanceFacts {
            declaration_id: id,
            details: details(certificate),
            signing_time: Utc::now(),
            app_version: env!("CARGO_PKG_VERSION").into(),
            portal: "Øvelsesportalen".into(),
            practice: true,
        };
        let terms = &declaration::terms::shipped()[0];
        let draft = DraftDeclaration::render(Acceptance::new(facts, terms, certificate), terms, certificate)?;
        Ok((id, draft.sign(&self.key, &self.chain)?.pdf().to_vec()))
    }

    pub async fn submit(&self, portal: &Process, id: Uuid, document: Vec<u8>) -> Result<Response, Failure> {
        let submission = self.client.post(portal.url("/v1/declarations")).header(IDEMPOTENCY_KEY, id.to_string());
        Ok(submission.header("content-type", "application/pdf").body(document).send().await?)
    }
}

pub async fn invite(portal: &Process) -> Result<PracticeInvitation, Failure> {
    let answer = portal.anybody.post(portal.url("/v1/practice/invitations")).send().await?;
    Ok(json(expect(answer, StatusCode::CREATED)?).await)
}

/// The body of `simpleenroll`.
pub fn request(key: &dyn SigningKey) -> Result<String, Failure> {
    Ok(STANDARD.encode(pki::certification_request::build(key)?))
}

pub async fn enrol(portal: &Process, invited: &PracticeInvitation, request: &str) -> Result<Response, Failure> {
    let enrol = portal.anybody.post(portal.url("/.well-known/est/simpleenroll"));
    let enrol = enrol.basic_auth(&invited.reference, Some(&invited.code)).header("content-type", "application/pkcs10");
    expect(enrol.body(request.to_owned()).send().await?, StatusCode::OK)
}

/// Suspends by the computer's token.
pub async fn suspend(client: &Client, portal: &Process, serial_number: &str, token: &str) -> Result<(), Failure> {
    let path = format!("/v1/certificates/{serial_number}/suspension");
    expect(client.post(portal.url(&path)).bearer_auth(token).send().await?, StatusCode::OK).map(drop)
}

pub fn expect(answer: Response, status: StatusCode) -> Result<Response, Failure> {
    if answer.status() == status {
        Ok(answer)
    } else {
        Err(format!("{} answers {} and not {status}", answer.url(), answer.status()).into())
    }
}
