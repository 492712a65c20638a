//! Starting, listening, stopping.

use crate::certificate_authority::{AuthoritySettings, CertificateAuthority, Identity, PolicyArc, trust_anchor_file};
use crate::clock::Clock;
use crate::connection::{Door, Limits};
use crate::credential::sha256;
use crate::desk::DeskKeys;
use crate::error::PortalError;
use crate::host_name::{HostName, NAME_LIMIT};
use crate::http;
use crate::key_file;
use crate::metrics::Listener;
use crate::operation::{self, Operation};
use crate::personal_number::PersonalNumberVault;
use crate::portal::{Offer, Portal};
use crate::retention;
use crate::storage::{OwnCertificate, PERSONAL_NUMBER_SETTING, PutInForce, Setting, Storage, is_postgresql};
use crate::terms;
use crate::tls::tls_settings;
use chrono::TimeDelta;
use portal_api::Ready;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

/// What a portal is started with.
pub struct Settings {
    /// Where to listen with TLS. Port 0 is any port: that of the last time where it is free.
    pub listen: SocketAddr,
    /// Where to publish status, CA certificates and revocation lists over plain HTTP; certificates name it.
    pub status_listen: SocketAddr,
    /// The folder of keys, certificates and database; made for its owner only where it is not there.
    pub data: PathBuf,
    /// The database's URL: `sqlite:…`, or `postgres://…` for one that several instances can share; None for
    /// `portal.sqlite` in the data folder.
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

/// What a portal in earnest is started with besides its [`Settings`].
#[derive(Debug, Clone, Default)]
pub struct Deployment {
    /// Which policies the certificates name.
    pub policies: PolicyArc,
    /// Where certificates say that status is published, `http://host[:port]`, where that is not where this instance listens:
    /// all instances behind one load balancer name that. None for the address of `status_listen`.
    pub status_url: Option<String>,
    /// The names that the portal is called by: they stand in its TLS certificate, with `localhost` and where it listens.
    pub names: Vec<HostName>,
    /// Where figures for Prometheus, `/healthz` and `/readyz` are told over plain HTTP; nowhere without it. Not for the
    /// public.
    pub metrics_listen: Option<SocketAddr>,
    /// What callers may ask of the portal.
    pub limits: Limits,
}

/// Starts portals.
pub struct PortalServer;

/// A portal that answers requests until [`RunningPortal::shutdown`]. Dropped, it stops without waiting for requests
/// under way.
pub struct RunningPortal {
    /// Its addresses and its trust anchor.
    pub ready: Ready,
    /// Where figures are told.
    pub metrics: Option<SocketAddr>,
    portal: Arc<Portal>,
    operation: Arc<Operation>,
    stop: watch::Sender<bool>,
    places: Vec<Arc<Semaphore>>,
    limits: Arc<Limits>,
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
        Self::start_as(settings, Deployment { policies, ..Deployment::default() }).await
    }

    /// As [`PortalServer::start_under`], for one of several instances too.
    ///
    /// Several instances may run over one PostgreSQL database. All of them have the same folder `keys` and the same
    /// certificates beside it: one shared data folder, or a copy of that of the first one on each computer. An instance with
    /// other keys is refused. They need no other state in common and none of them is special: any of them can be stopped,
    /// killed or started at any time.
    ///
    /// # Errors
    /// [`PortalError`]; [`PortalError::OtherInstances`] where the database is of a portal with other keys or another mode.
    pub async fn start_as(settings: Settings, deployment: Deployment) -> Result<RunningPortal, PortalError> {
        let Deployment { policies, status_url: published, names, metrics_listen, limits } = deployment;
        let published = published.as_deref().map(status_url_to_name).transpose()?;
        if settings.practice && policies == PolicyArc::Oces {
            return Err(PortalError::PracticeUnderOces);
        }
        if names.len() > NAME_LIMIT {
            return Err(PortalError::TooManyNames);
        }
        if !settings.practice && settings.employee_validity.is_some() {
            return Err(PortalError::ValidityOutsidePractice);
        }
        key_file::private_folder(&settings.data)?;
        let several = settings.database.as_deref().is_some_and(is_postgresql);
        let lock = lock(&settings.data, several)?;
        let mut remembered = Remembered::read(&settings, policies)?;
        let listener = bind(settings.listen, remembered.port).await?;
        let status_listener = bind(settings.status_listen, remembered.status_port).await?;
        let metrics_listener = match metrics_listen {
            Some(address) => Some((bind(address, 0).await?, address)),
            None => None,
        };
        let address = local_address(&listener, settings.listen)?;
        let status_address = local_address(&status_listener, settings.status_listen)?;
        remembered.port = address.port();
        remembered.status_port = status_address.port();
        remembered.suspension = settings.suspension;
        let status_url = published.unwrap_or_else(|| format!("http://{}", reachable(status_address)));
        remembered.status_url = Some(status_url.clone());
        remembered.write(&settings.data)?;

        let storage = Storage::open(&settings.data, settings.database.as_deref()).await?;
        let last_event = storage.last_event_at().await?;
        let (data, practice, now) = (settings.data.clone(), settings.practice, settings.clock.now());
        let (made_for, employee_validity) = (status_url.clone(), settings.employee_validity);
        let (authority, vault, desk_keys) = tokio::task::spawn_blocking(move || {
            let authority = CertificateAuthority::open(&AuthoritySettings {
                data: &data,
                status_url: &made_for,
                address: address.ip(),
                names: &names,
                practice,
                policies,
                employee_validity,
                now,
            })?;
            Ok::<_, PortalError>((authority, PersonalNumberVault::open(&data)?, DeskKeys::open(&data)?))
        })
        .await
        .map_err(|_| PortalError::Interrupted)??;
        if let Some(setting) = storage.agree(in_common(&authority, &vault, &desk_keys, practice, policies)).await? {
            return Err(PortalError::OtherInstances { setting });
        }
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
        // A database that was restored from a backup serves nothing that was erased since.
        retention::at_start(&storage, last_event, now).await?;
        let offer = Offer { practice, policies, suspension: settings.suspension, terms: in_force };
        let portal = Arc::new(Portal::new(storage, authority, vault, settings.clock, offer)?);

        let (stop, stopped) = watch::channel(false);
        tokio::spawn(retention::daily(Arc::clone(&portal), stopped.clone()));
        let operation = Arc::new(Operation::new(&limits));
        let limits = Arc::new(limits);
        let door = |listener, tls, routes, which| {
            Door::new(listener, tls, routes, which, Arc::clone(&limits), Arc::clone(&operation))
        };
        let portal_routes = http::portal_routes(Arc::clone(&portal), desk_keys, limits.rates);
        let portal_routes = operation.around(portal_routes, Listener::Portal);
        let status_routes = operation.around(http::status_routes(Arc::clone(&portal)), Listener::Status);
        let mut doors = vec![
            door(listener, Some(tls), portal_routes, Listener::Portal),
            door(status_listener, None, status_routes, Listener::Status),
        ];
        let mut metrics = None;
        if let Some((listener, asked)) = metrics_listener {
            metrics = Some(local_address(&listener, asked)?);
            let routes = operation::routes(Arc::clone(&portal), Arc::clone(&operation));
            let routes = operation.around(routes, Listener::Metrics);
            doors.push(door(listener, None, routes, Listener::Metrics));
        }
        let places = doors.iter().map(Door::places).collect();
        for door in doors {
            tokio::spawn(door.open(stopped.clone()));
        }
        let ready = Ready {
            portal: format!("https://{}", reachable(address)),
            status: status_url,
            trust_anchor: trust_anchor_file(&settings.data).to_string_lossy().into_owned(),
        };
        tracing::info!(portal = ready.portal, status = ready.status, practice, "ready");
        Ok(RunningPortal { ready, metrics, portal, operation, stop, places, limits, _lock: lock })
    }
}

/// What all instances of a portal have alike.
fn in_common(
    authority: &CertificateAuthority,
    vault: &PersonalNumberVault,
    desk_keys: &DeskKeys,
    practice: bool,
    policies: PolicyArc,
) -> Vec<Setting> {
    let key = |identity: &Identity| hex::encode(sha256(identity.certificate.subject_public_key_info()));
    let policies = match policies {
        PolicyArc::Documentation => "documentation",
        PolicyArc::Oces => "oces",
    };
    vec![
        ("practice mode", practice.to_string()),
        ("policy arc", policies.to_owned()),
        ("root CA's key", key(&authority.root)),
        ("issuing CA's key", key(&authority.issuing)),
        (PERSONAL_NUMBER_SETTING, vault.fingerprint()),
        ("desk's key", desk_keys.fingerprint()),
    ]
}

/// The address as certificates name it, without a slash at its end.
fn status_url_to_name(url: &str) -> Result<String, PortalError> {
    let url = url.trim_end_matches('/');
    let host = url.strip_prefix("http://").ok_or(PortalError::StatusUrl)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    if host.is_empty() || !host.bytes().all(plain) {
        return Err(PortalError::StatusUrl);
    }
    Ok(url.to_owned())
}

impl RunningPortal {
    /// Says from now on that it is not ready, and goes on answering: a load balancer then sends no more callers here.
    pub fn announce_stop(&self) {
        self.operation.announce_stop();
    }

    /// Stops: takes no more connections, waits a while for the requests under way, closes the database.
    pub async fn shutdown(self) {
        self.announce_stop();
        // Fails only where nobody listens any more.
        let _ = self.stop.send(true);
        let all = u32::try_from(self.limits.connections.get()).unwrap_or(u32::MAX);
        let ended = async {
            for places in &self.places {
                // Fails only where the semaphore is closed, which none is.
                let _ = places.acquire_many(all).await;
            }
        };
        let _ = tokio::time::timeout(self.limits.grace, ended).await;
        self.portal.storage.close().await;
        tracing::info!("stopped");
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

/// Takes the folder for this portal; for it and its like where `several` instances share the folder, as they may with a
/// database that is not in it.
pub(crate) fn lock(data: &Path, several: bool) -> Result<File, PortalError> {
    let path = data.join("portal.lock");
    let failed = |source| PortalError::Files { path: path.clone(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match if several { file.try_lock_shared() } else { file.try_lock() } {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(PortalError::AlreadyRunning { data: data.to_path_buf() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}
