//! Starting, listening, stopping.

use crate::certificate_authority::{AuthoritySettings, CertificateAuthority, PolicyArc, trust_anchor_file};
use crate::clock::Clock;
use crate::error::PortalError;
use crate::http::{self, ClientCertificate, RemoteAddress};
use crate::key_file;
use crate::personal_number::PersonalNumberVault;
use crate::portal::{Offer, Portal};
use crate::storage::{OwnCertificate, PutInForce, Storage};
use crate::terms;
use axum::{Extension, Router};
use chrono::TimeDelta;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use pki::{SignatureAlgorithm, SigningKey as _};
use portal_api::{CONNECTION_LIMIT, HANDSHAKE_TIMEOUT_SECONDS, Ready};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::time_provider::TimeProvider;
use rustls::{RootCertStore, ServerConfig, SignatureScheme};
use rustls_pki_types::{CertificateDer, SubjectPublicKeyInfoDer, UnixTime};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::Layer;

/// How long requests under way are waited for when the portal stops or a connection is too old.
const GRACE: Duration = Duration::from_secs(10);
/// How long a connection lives: one that was opened and never used must not keep a place for ever.
const CONNECTION_AGE: Duration = Duration::from_secs(10 * 60);
const HANDSHAKE: Duration = Duration::from_secs(HANDSHAKE_TIMEOUT_SECONDS);
/// How long to wait after the system refused a connection, e.g. for want of file descriptors.
const AFTER_REFUSED_CONNECTION: Duration = Duration::from_millis(100);

/// What a portal is started with.
pub struct Settings {
    /// Where to listen with TLS. Port 0 is any port: that of the last time where it is free.
    pub listen: SocketAddr,
    /// Where to publish status, CA certificates and revocation lists over plain HTTP; certificates name it.
    pub status_listen: SocketAddr,
    /// The folder of keys, certificates and database; made for its owner only where it is not there.
    pub data: PathBuf,
    /// The database's URL, `sqlite:…`; None for `portal.sqlite` in the data folder.
    pub database: Option<String>,
    /// True for a practice portal, whose certificates give access to nothing.
    pub practice: bool,
    /// False for a portal that does not suspend certificates: it says so in its capabilities, and refuses.
    pub suspension: bool,
    /// How long employee certificates are valid, for trying out what happens at their end; `None` for as long as OCES
    /// has them. Only practice portals take another.
    pub employee_validity: Option<TimeDelta>,
    /// The files of the terms in force, JSON, one a language; those that ship with the program where there are none.
    pub terms: Vec<PathBuf>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

/// Starts portals.
pub struct PortalServer;

/// A portal that answers requests until [`RunningPortal::shutdown`]. Dropped, it stops without waiting for requests
/// under way.
pub struct RunningPortal {
    /// Its addresses and its trust anchor.
    pub ready: Ready,
    portal: Arc<Portal>,
    stop: watch::Sender<bool>,
    connections: [Arc<Semaphore>; 2],
    // Locked as long as the portal runs.
    _lock: File,
}

impl PortalServer {
    /// Starts a portal and returns when it answers requests. The first start makes six RSA keys, which takes a few
    /// seconds. Runs in the caller's tokio runtime. Its certificates claim no policy but those for documentation.
    ///
    /// # Errors
    /// [`PortalError`]: files, ports, database, or another portal on the same data.
    pub async fn start(settings: Settings) -> Result<RunningPortal, PortalError> {
        Self::start_under(settings, PolicyArc::Documentation).await
    }

    /// As [`PortalServer::start`], with certificates that name the policies of `policies`.
    ///
    /// # Errors
    /// [`PortalError`]; [`PortalError::PracticeUnderOces`] where a practice portal would claim OCES policies.
    pub async fn start_under(settings: Settings, policies: PolicyArc) -> Result<RunningPortal, PortalError> {
        if settings.practice && policies == PolicyArc::Oces {
            return Err(PortalError::PracticeUnderOces);
        }
        if !settings.practice && settings.employee_validity.is_some() {
            return Err(PortalError::ValidityOutsidePractice);
        }
        key_file::private_folder(&settings.data)?;
        let lock = lock(&settings.data)?;
        let mut remembered = Remembered::read(&settings, policies)?;
        let listener = bind(settings.listen, remembered.port).await?;
        let status_listener = bind(settings.status_listen, remembered.status_port).await?;
        let address = local_address(&listener, settings.listen)?;
        let status_address = local_address(&status_listener, settings.status_listen)?;
        remembered.port = address.port();
        remembered.status_port = status_address.port();
        remembered.suspension = settings.suspension;
        let status_url = format!("http://{}", reachable(status_address));
        remembered.status_url = Some(status_url.clone());
        remembered.write(&settings.data)?;

        let storage = Storage::open(&settings.data, settings.database.as_deref()).await?;
        let (data, practice, now) = (settings.data.clone(), settings.practice, settings.clock.now());
        let (made_for, employee_validity) = (status_url.clone(), settings.employee_validity);
        let (authority, vault) = tokio::task::spawn_blocking(move || {
            let authority = CertificateAuthority::open(&AuthoritySettings {
                data: &data,
                status_url: &made_for,
                address: address.ip(),
                practice,
                policies,
                employee_validity,
                now,
            })?;
            Ok::<_, PortalError>((authority, PersonalNumberVault::open(&data)?))
        })
        .await
        .map_err(|_| PortalError::Interrupted)??;
        for (identity, kind) in [
            (authority.tls.as_ref(), OwnCertificate::Server),
            (&authority.seal, OwnCertificate::Seal),
            (&authority.ocsp, OwnCertificate::OcspResponder),
            (&authority.time_stamping, OwnCertificate::TimeStamping),
        ] {
            storage.record_own_certificate(&identity.certificate, kind, now).await?;
        }
        let tls = TlsAcceptor::from(Arc::new(tls_settings(&authority, Arc::clone(&settings.clock))?));
        let in_force = terms::in_force(&settings.terms)?;
        match storage.put_in_force(&in_force, now).await? {
            PutInForce::Done => {}
            PutInForce::Rewritten => return Err(PortalError::TermsRewritten),
            PutInForce::Older => return Err(PortalError::TermsOlder),
        }
        let offer = Offer { practice, policies, suspension: settings.suspension, terms: in_force };
        let portal = Arc::new(Portal::new(storage, authority, vault, settings.clock, offer)?);

        let (stop, stopped) = watch::channel(false);
        let connections = [(); 2].map(|()| Arc::new(Semaphore::new(CONNECTION_LIMIT)));
        tokio::spawn(accept(
            listener,
            Some(tls),
            http::portal_routes(Arc::clone(&portal)),
            Arc::clone(&connections[0]),
            stopped.clone(),
        ));
        tokio::spawn(accept(
            status_listener,
            None,
            http::status_routes(Arc::clone(&portal)),
            Arc::clone(&connections[1]),
            stopped,
        ));
        let ready = Ready {
            portal: format!("https://{}", reachable(address)),
            status: status_url,
            trust_anchor: trust_anchor_file(&settings.data).to_string_lossy().into_owned(),
        };
        tracing::info!(portal = ready.portal, status = ready.status, practice, "ready");
        Ok(RunningPortal { ready, portal, stop, connections, _lock: lock })
    }
}

impl RunningPortal {
    /// Stops: takes no more connections, waits a while for the requests under way, closes the database.
    pub async fn shutdown(self) {
        // Fails only where nobody listens any more.
        let _ = self.stop.send(true);
        let all = u32::try_from(CONNECTION_LIMIT).unwrap_or(u32::MAX);
        for connections in &self.connections {
            let _ = tokio::time::timeout(GRACE, connections.acquire_many(all)).await;
        }
        self.portal.storage.close().await;
        tracing::info!("stopped");
    }
}

async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    routes: Router,
    connections: Arc<Semaphore>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let turn = tokio::select! {
            () = stopping(&mut stopped) => return,
            turn = Arc::clone(&connections).acquire_owned() => turn,
        };
        let Ok(turn) = turn else { return };
        let accepted = tokio::select! {
            () = stopping(&mut stopped) => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection was refused");
                tokio::time::sleep(AFTER_REFUSED_CONNECTION).await;
                continue;
            }
        };
        let (tls, routes, stopped) = (tls.clone(), routes.clone(), stopped.clone());
        tokio::spawn(async move {
            // An address of IPv4 is written as one, also where a listener of IPv6 has it.
            let remote = RemoteAddress(remote.ip().to_canonical());
            serve(stream, remote, tls, routes, stopped).await;
            drop(turn);
        });
    }
}

async fn serve(
    stream: TcpStream,
    remote: RemoteAddress,
    tls: Option<TlsAcceptor>,
    routes: Router,
    stopped: watch::Receiver<bool>,
) {
    // Fails only on a connection that is already gone.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else {
        return answer(TokioIo::new(stream), Protocol::Http1, (ClientCertificate(None), remote), routes, stopped).await;
    };
    match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            let session = stream.get_ref().1;
            let shown = session.peer_certificates().and_then(<[_]>::first);
            let shown = ClientCertificate(shown.map(|certificate| certificate.to_vec()));
            let protocol = if session.alpn_protocol() == Some(b"h2") { Protocol::Http2 } else { Protocol::Http1 };
            answer(TokioIo::new(stream), protocol, (shown, remote), routes, stopped).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

/// Which HTTP a connection speaks; agreed in the TLS handshake, so that no bytes are waited for to tell.
enum Protocol {
    Http1,
    Http2,
}

async fn answer<IO>(
    io: TokioIo<IO>,
    protocol: Protocol,
    (client, remote): (ClientCertificate, RemoteAddress),
    routes: Router,
    mut stopped: watch::Receiver<bool>,
) where
    IO: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let server = auto::Builder::new(TokioExecutor::new());
    let mut server = match protocol {
        Protocol::Http1 => server.http1_only(),
        Protocol::Http2 => server.http2_only(),
    };
    server.http1().timer(TokioTimer::new()).header_read_timeout(HANDSHAKE).max_buf_size(64 * 1024);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(HANDSHAKE))
        .keep_alive_timeout(HANDSHAKE)
        .max_concurrent_streams(32)
        .max_header_list_size(64 * 1024);
    let service = TowerToHyperService::new(Extension(remote).layer(Extension(client).layer(routes)));
    let mut connection = pin!(server.serve_connection(io, service));
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = stopping(&mut stopped) => None,
        () = tokio::time::sleep(CONNECTION_AGE) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(GRACE, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a connection broke off");
    }
}

/// Completes when the portal is to stop, or is gone.
async fn stopping(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

fn tls_settings(authority: &CertificateAuthority, clock: Arc<dyn Clock>) -> Result<ServerConfig, PortalError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut clients = RootCertStore::empty();
    // The issuing CA as well, so that a client may leave it out of its chain.
    for certificate in [&authority.root.certificate, &authority.issuing.certificate] {
        clients.add(CertificateDer::from(certificate.der().to_vec())).map_err(PortalError::Tls)?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(clients), Arc::clone(&provider))
        .allow_unauthenticated()
        .build()
        .map_err(PortalError::ClientVerifier)?;
    let chain = [&authority.tls.certificate, &authority.issuing.certificate]
        .map(|certificate| CertificateDer::from(certificate.der().to_vec()));
    let key = TlsKey(Arc::clone(&authority.tls));
    let identity = CertifiedKey::new(chain.to_vec(), Arc::new(key));
    let mut settings = ServerConfig::builder_with_details(provider, Arc::new(TlsClock(clock)))
        .with_safe_default_protocol_versions()
        .map_err(PortalError::Tls)?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity)));
    settings.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(settings)
}

/// The portal's clock for TLS, so that tests decide about the validity of client certificates.
struct TlsClock(Arc<dyn Clock>);

impl std::fmt::Debug for TlsClock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TlsClock")
    }
}

impl TimeProvider for TlsClock {
    fn current_time(&self) -> Option<UnixTime> {
        u64::try_from(self.0.now().timestamp())
            .ok()
            .map(|seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// The TLS key, which signs as every other key of the portal does.
struct TlsKey(Arc<crate::certificate_authority::Identity>);

const TLS_SCHEMES: [(SignatureScheme, SignatureAlgorithm); 6] = [
    (SignatureScheme::RSA_PSS_SHA256, SignatureAlgorithm::RsaPssSha256),
    (SignatureScheme::RSA_PSS_SHA384, SignatureAlgorithm::RsaPssSha384),
    (SignatureScheme::RSA_PSS_SHA512, SignatureAlgorithm::RsaPssSha512),
    (SignatureScheme::RSA_PKCS1_SHA256, SignatureAlgorithm::RsaPkcs1Sha256),
    (SignatureScheme::RSA_PKCS1_SHA384, SignatureAlgorithm::RsaPkcs1Sha384),
    (SignatureScheme::RSA_PKCS1_SHA512, SignatureAlgorithm::RsaPkcs1Sha512),
];

impl std::fmt::Debug for TlsKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TlsKey")
    }
}

impl SigningKey for TlsKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let (scheme, algorithm) = TLS_SCHEMES.into_iter().find(|(scheme, _)| offered.contains(scheme))?;
        Some(Box::new(TlsSigner { identity: Arc::clone(&self.0), scheme, algorithm }))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(SubjectPublicKeyInfoDer::from(self.0.key.subject_public_key_info()))
    }

    fn algorithm(&self) -> rustls::SignatureAlgorithm {
        rustls::SignatureAlgorithm::RSA
    }
}

struct TlsSigner {
    identity: Arc<crate::certificate_authority::Identity>,
    scheme: SignatureScheme,
    algorithm: SignatureAlgorithm,
}

impl std::fmt::Debug for TlsSigner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TlsSigner")
    }
}

impl Signer for TlsSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        self.identity.key.sign(self.algorithm, message).map_err(|error| rustls::Error::General(error.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}

/// What a data folder remembers from one start to the next.
#[derive(Serialize, Deserialize)]
struct Remembered {
    practice: bool,
    #[serde(default)]
    policies: PolicyArc,
    port: u16,
    status_port: u16,
    /// What the portal offered when it was started last: the staff's commands go by it.
    #[serde(default = "offered")]
    suspension: bool,
    /// Where status was published then: what the staff has issued names it as well.
    #[serde(default)]
    status_url: Option<String>,
}

fn offered() -> bool {
    true
}

/// Whether the portal on `data` suspends certificates, as far as it is known: one that never ran has not said no.
pub(crate) fn suspension_is_offered(data: &Path) -> Result<bool, PortalError> {
    Ok(Remembered::of(data)?.is_none_or(|remembered| remembered.suspension))
}

/// Where the portal on `data` published status when it was started last; None where it never was.
pub(crate) fn status_url(data: &Path) -> Result<Option<String>, PortalError> {
    Ok(Remembered::of(data)?.and_then(|remembered| remembered.status_url))
}

impl Remembered {
    fn file(data: &Path) -> PathBuf {
        data.join("portal.json")
    }

    fn of(data: &Path) -> Result<Option<Self>, PortalError> {
        let file = Self::file(data);
        match fs::read(&file) {
            Ok(json) => serde_json::from_slice(&json).map(Some).map_err(|_| PortalError::Damaged { file }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(PortalError::Files { path: file, source }),
        }
    }

    fn read(settings: &Settings, policies: PolicyArc) -> Result<Self, PortalError> {
        let (practice, suspension) = (settings.practice, settings.suspension);
        let remembered = Self::of(&settings.data)?;
        let remembered =
            remembered.unwrap_or(Self { practice, policies, port: 0, status_port: 0, suspension, status_url: None });
        if remembered.practice != settings.practice {
            return Err(PortalError::OtherMode { data: settings.data.clone(), practice: remembered.practice });
        }
        // What was issued under one arc does not hold at a portal of the other.
        if remembered.policies != policies {
            return Err(PortalError::OtherPolicies { data: settings.data.clone(), policies: remembered.policies });
        }
        Ok(remembered)
    }

    fn write(&self, data: &Path) -> Result<(), PortalError> {
        let file = Self::file(data);
        let json = serde_json::to_vec(self).map_err(|_| PortalError::Damaged { file: file.clone() })?;
        key_file::write_atomically(&file, &json)
    }
}

/// Listens on `address`; where its port is 0, first on the `remembered` one.
async fn bind(address: SocketAddr, remembered: u16) -> Result<TcpListener, PortalError> {
    if address.port() == 0
        && remembered != 0
        && let Ok(listener) = TcpListener::bind(SocketAddr::new(address.ip(), remembered)).await
    {
        return Ok(listener);
    }
    TcpListener::bind(address).await.map_err(|source| PortalError::Listen { address, source })
}

fn local_address(listener: &TcpListener, asked: SocketAddr) -> Result<SocketAddr, PortalError> {
    listener.local_addr().map_err(|source| PortalError::Listen { address: asked, source })
}

/// An address that a client on this computer can call: one that is listened on everywhere is called on the loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port())
    } else {
        address
    }
}

fn lock(data: &Path) -> Result<File, PortalError> {
    let path = data.join("portal.lock");
    let failed = |source| PortalError::Files { path: path.clone(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(PortalError::AlreadyRunning { data: data.to_path_buf() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}
