//! For the tests: a TLS server that answers whatever a test wants, and an authority to vouch for it or not.

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A self-made certification authority.
pub(crate) struct TestAuthority {
    issuer: Issuer<'static, KeyPair>,
    der: Vec<u8>,
    pem: String,
}

/// A certificate with its key, PKCS#8 DER.
pub(crate) struct IssuedKey {
    pub(crate) der: Vec<u8>,
    pub(crate) pkcs8: Vec<u8>,
    pub(crate) subject_public_key_info: Vec<u8>,
}

impl TestAuthority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a P-256 key");
        let certificate = params.self_signed(&key).expect("a self-signed certificate");
        Self { der: certificate.der().to_vec(), pem: certificate.pem(), issuer: Issuer::new(params, key) }
    }

    /// An authority below this one.
    pub(crate) fn issue_ca(&self, name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a P-256 key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Self { der: certificate.der().to_vec(), pem: certificate.pem(), issuer: Issuer::new(params, key) }
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(crate) fn anchor(&self) -> pki::TrustAnchor {
        pki::TrustAnchor::from_pem(self.pem.as_bytes()).expect("a trust anchor")
    }

    pub(crate) fn issue_for_host(&self, host: &str) -> IssuedKey {
        self.issue(host, KeyPair::generate().expect("a P-256 key"))
    }

    pub(crate) fn issue(&self, host: &str, key: KeyPair) -> IssuedKey {
        let mut params = CertificateParams::new(vec![host.to_owned()]).expect("a host name");
        params.distinguished_name = named("Øvebruger Eksempel");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        IssuedKey {
            der: certificate.der().to_vec(),
            pkcs8: key.serialize_der(),
            subject_public_key_info: rcgen::PublicKeyData::subject_public_key_info(&key),
        }
    }
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished_name = DistinguishedName::new();
    distinguished_name.push(DnType::CommonName, name);
    distinguished_name
}

/// What the server does with one request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Sends these bytes and closes the connection.
    Bytes(Vec<u8>),
    /// Begins a body of no announced length and never ends it.
    EndlessBody,
    /// Says nothing, until the client goes away.
    Silence,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &str, body: &[u8]) -> Self {
        Self::with_headers(status, &format!("Content-Type: {content_type}\r\n"), body)
    }

    pub(crate) fn json(body: &serde_json::Value) -> Self {
        Self::new(200, "application/json", body.to_string().as_bytes())
    }

    pub(crate) fn with_headers(status: u16, headers: &str, body: &[u8]) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
        Self::Bytes([head.as_bytes(), body].concat())
    }
}

/// A TLS server on this computer.
pub(crate) struct HostilePortal {
    pub(crate) address: String,
    seen: Arc<Mutex<Seen>>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    requests: Vec<String>,
    client_certificates: Vec<Option<Vec<u8>>>,
}

impl HostilePortal {
    /// Vouched for by `authority`; gives the replies one by one, the last one for ever.
    pub(crate) async fn new(authority: &TestAuthority, replies: Vec<Reply>) -> Self {
        Self::named("127.0.0.1", authority, replies).await
    }

    /// As [`Self::new`], with a certificate that names `host`.
    pub(crate) async fn named(host: &str, authority: &TestAuthority, replies: Vec<Reply>) -> Self {
        let acceptor = acceptor(authority, host);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = format!("https://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Seen::default()));
        let server = tokio::spawn(serve(listener, acceptor, replies, Arc::clone(&seen)));
        Self { address, seen, server }
    }

    /// The requests that came, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).requests.clone()
    }

    /// The client certificates that were shown, one for each request.
    pub(crate) fn client_certificates(&self) -> Vec<Option<Vec<u8>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).client_certificates.clone()
    }
}

impl Drop for HostilePortal {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The same without TLS, as the addresses are that certificates name.
pub(crate) struct PlainServer {
    pub(crate) address: String,
    server: JoinHandle<()>,
}

impl PlainServer {
    /// Gives the replies one by one, the last one for ever.
    pub(crate) async fn new(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let server = tokio::spawn(async move {
            let mut number = 0;
            while let Ok((mut stream, _)) = listener.accept().await {
                if read_request(&mut stream).await.is_some() {
                    let _ = answer(&mut stream, replies[number.min(replies.len() - 1)].clone()).await;
                    number += 1;
                }
            }
        });
        Self { address, server }
    }
}

impl Drop for PlainServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn acceptor(authority: &TestAuthority, host: &str) -> TlsAcceptor {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let server = authority.issue_for_host(host);
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority.der.clone())).expect("a root");
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .allow_unauthenticated()
        .build()
        .expect("a verifier");
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![CertificateDer::from(server.der)],
            PrivateKeyDer::from(PrivatePkcs8KeyDer::from(server.pkcs8)),
        )
        .expect("a server certificate");
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, replies: Vec<Reply>, seen: Arc<Mutex<Seen>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let Ok(mut tls) = acceptor.accept(stream).await else {
            continue;
        };
        let Some(request) = read_request(&mut tls).await else {
            continue;
        };
        let reply = {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.requests.push(request);
            seen.client_certificates
                .push(tls.get_ref().1.peer_certificates().and_then(|chain| chain.first()).map(|der| der.to_vec()));
            replies[(seen.requests.len() - 1).min(replies.len() - 1)].clone()
        };
        // The client going away is how most of these end: nothing to report.
        let _ = answer(&mut tls, reply).await;
    }
}

async fn answer(tls: &mut (impl AsyncRead + AsyncWrite + Unpin), reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Bytes(bytes) => {
            tls.write_all(&bytes).await?;
            tls.shutdown().await
        }
        Reply::EndlessBody => {
            tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
                .await?;
            let piece = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
            loop {
                tls.write_all(piece.as_bytes()).await?;
            }
        }
        Reply::Silence => tls.read_u8().await.map(drop),
    }
}

async fn read_request(tls: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut request = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let length = tls.read(&mut piece).await.ok()?;
        if length == 0 {
            return None;
        }
        request.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let announced = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned))
            .map_or(0, |length| length.trim().parse().unwrap_or(0_usize));
        if body.len() >= announced {
            return Some(text);
        }
    }
}

/// Certs-only PKCS#7 ([RFC 5652 §5.1] without signers), DER.
pub(crate) fn certs_only(certificates: &[Vec<u8>]) -> Vec<u8> {
    const SIGNED_DATA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    const DATA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
    let signed_data = element(
        0x30,
        &[
            &[0x02, 0x01, 0x01][..],
            &element(0x31, &[]),
            &element(0x30, DATA),
            &element(0xa0, &certificates.concat()),
            &element(0x31, &[]),
        ]
        .concat(),
    );
    element(0x30, &[SIGNED_DATA, &element(0xa0, &signed_data)].concat())
}

/// One element with the shortest form of its length ([X.690 §10.1]).
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let bytes = content.len().to_be_bytes();
    let significant = &bytes[bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1)..];
    let mut encoded = vec![tag];
    if content.len() >= 0x80 {
        encoded.push(0x80 | u8::try_from(significant.len()).expect("at most eight bytes"));
    }
    encoded.extend_from_slice(significant);
    encoded.extend_from_slice(content);
    encoded
}
