//! From a listener to the routes: how many connections there may be, how long each part of one may take, and what a request
//! knows of its connection.
//!
//! Who opens connections and says nothing, or a byte now and then, gets no further than the times in [`Limits`], and one
//! address not to more than its share of the places.

use crate::http::{ClientCertificate, RemoteAddress};
use crate::metrics::Listener;
use crate::operation::Operation;
use crate::proxy_protocol;
use crate::rate_limit::{Rates, TrustedProxies, source};
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use axum::{Extension, Router};
use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use portal_api::{CONNECTION_LIMIT, HANDSHAKE_TIMEOUT_SECONDS, REQUEST_TIMEOUT_SECONDS};
use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::{Layer, Service};

/// How long to wait after the system refused a connection, e.g. for want of file descriptors.
const AFTER_REFUSED_CONNECTION: Duration = Duration::from_millis(100);
/// Longer than any request may take, so that none is broken off.
const GRACE: Duration = Duration::from_secs(REQUEST_TIMEOUT_SECONDS + 5);
/// The longest header of a request.
const HEADER_LIMIT: u32 = 64 * 1024;
/// Requests at once on one connection of HTTP/2.
const STREAMS: u32 = 32;

/// What callers may ask of the portal.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections of each listener.
    pub connections: NonZeroUsize,
    /// Connections of each listener from one address; None for any number. Trusted proxies may have all.
    pub connections_per_source: Option<NonZeroUsize>,
    /// How long a TLS handshake and the header of a request may take.
    pub handshake: Duration,
    /// How long a connection may be without a request.
    pub idle: Duration,
    /// How long a connection lives: then it gets no further requests.
    pub connection: Duration,
    /// How long requests under way are waited for when the portal stops or a connection is too old.
    pub grace: Duration,
    /// Requests a minute.
    pub rates: Rates,
    /// The proxies that are believed where a caller comes from.
    pub proxies: TrustedProxies,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: NonZeroUsize::new(CONNECTION_LIMIT).unwrap_or(NonZeroUsize::MIN),
            connections_per_source: None,
            handshake: Duration::from_secs(HANDSHAKE_TIMEOUT_SECONDS),
            idle: Duration::from_secs(60),
            connection: Duration::from_secs(10 * 60),
            grace: GRACE,
            rates: Rates::default(),
            proxies: TrustedProxies::default(),
        }
    }
}

/// A listener with what it leads to.
pub(crate) struct Door {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    routes: Router,
    which: Listener,
    limits: Arc<Limits>,
    operation: Arc<Operation>,
    places: Arc<Semaphore>,
    sources: Arc<Sources>,
}

impl Door {
    pub(crate) fn new(
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        routes: Router,
        which: Listener,
        limits: Arc<Limits>,
        operation: Arc<Operation>,
    ) -> Self {
        let places = Arc::new(Semaphore::new(limits.connections.get()));
        Self { listener, tls, routes, which, limits, operation, places, sources: Arc::default() }
    }

    /// One for each connection that there may be; a connection has one as long as it is open.
    pub(crate) fn places(&self) -> Arc<Semaphore> {
        Arc::clone(&self.places)
    }

    /// Takes connections until the portal stops.
    pub(crate) async fn open(self, mut stopped: watch::Receiver<bool>) {
        loop {
            let place = tokio::select! {
                () = stopping(&mut stopped) => return,
                place = Arc::clone(&self.places).acquire_owned() => place,
            };
            let Ok(place) = place else { return };
            let accepted = tokio::select! {
                () = stopping(&mut stopped) => return,
                accepted = self.listener.accept() => accepted,
            };
            let (stream, remote) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection was refused");
                    tokio::time::sleep(AFTER_REFUSED_CONNECTION).await;
                    continue;
                }
            };
            // An address of IPv4 is written as one, also where a listener of IPv6 has it.
            let remote = remote.ip().to_canonical();
            let most = self.limits.connections_per_source.filter(|_| !self.limits.proxies.trusts(remote));
            let Some(counted) = Sources::enter(&self.sources, source(remote), most) else {
                tracing::debug!("one address has all the connections that it may have");
                continue;
            };
            let connected = self.operation.figures.connected(self.which);
            let (tls, routes, stopped) = (self.tls.clone(), self.routes.clone(), stopped.clone());
            let (limits, sources) = (Arc::clone(&self.limits), Arc::clone(&self.sources));
            tokio::spawn(async move {
                serve(stream, remote, tls, routes, (&limits, &sources), stopped).await;
                drop((place, counted, connected));
            });
        }
    }
}

/// How many connections each address has.
#[derive(Default)]
struct Sources(Mutex<HashMap<IpAddr, usize>>);

/// A connection that is counted for its address as long as it is open.
struct Counted {
    sources: Arc<Sources>,
    address: IpAddr,
}

impl Sources {
    /// None where the address has as many as it may have.
    fn enter(sources: &Arc<Self>, address: IpAddr, most: Option<NonZeroUsize>) -> Option<Counted> {
        let mut counts = sources.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if most.is_some_and(|most| *count >= most.get()) {
            return None;
        }
        *count += 1;
        Some(Counted { sources: Arc::clone(sources), address })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.sources.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

async fn serve(
    mut stream: TcpStream,
    mut remote: IpAddr,
    tls: Option<TlsAcceptor>,
    routes: Router,
    (limits, sources): (&Limits, &Arc<Sources>),
    stopped: watch::Receiver<bool>,
) {
    // Fails only on a connection that is already gone.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else {
        let caller = (ClientCertificate(None), RemoteAddress(remote));
        return answer(TokioIo::new(stream), Protocol::Http1, caller, routes, limits, stopped).await;
    };
    // What the proxy names is counted as long as the connection is open.
    let mut counted = None;
    let handshake = async {
        if limits.proxies.protocol
            && limits.proxies.trusts(remote)
            && let Some(caller) = proxy_protocol::caller(&mut stream).await?
        {
            remote = caller.to_canonical();
            let most = limits.connections_per_source.filter(|_| !limits.proxies.trusts(remote));
            let full = || io::Error::other("one address has all the connections that it may have");
            counted = Some(Sources::enter(sources, source(remote), most).ok_or_else(full)?);
        }
        tls.accept(stream).await
    };
    match tokio::time::timeout(limits.handshake, handshake).await {
        Ok(Ok(stream)) => {
            let session = stream.get_ref().1;
            let shown = session.peer_certificates().and_then(<[_]>::first);
            let shown = ClientCertificate(shown.map(|certificate| certificate.to_vec()));
            let protocol = if session.alpn_protocol() == Some(b"h2") { Protocol::Http2 } else { Protocol::Http1 };
            answer(TokioIo::new(stream), protocol, (shown, RemoteAddress(remote)), routes, limits, stopped).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
    drop(counted);
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
    limits: &Limits,
    mut stopped: watch::Receiver<bool>,
) where
    IO: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let server = auto::Builder::new(TokioExecutor::new());
    let mut server = match protocol {
        Protocol::Http1 => server.http1_only(),
        Protocol::Http2 => server.http2_only(),
    };
    server.http1().timer(TokioTimer::new()).header_read_timeout(limits.handshake).max_buf_size(HEADER_LIMIT as usize);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(limits.handshake))
        .keep_alive_timeout(limits.handshake)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADER_LIMIT);
    let (under_way, mut requests) = watch::channel(0);
    let service =
        Counting { inner: Extension(remote).layer(Extension(client).layer(routes)), under_way: Arc::new(under_way) };
    let mut connection = pin!(server.serve_connection(io, TowerToHyperService::new(service)));
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = stopping(&mut stopped) => None,
        () = tokio::time::sleep(limits.connection) => None,
        () = idle(&mut requests, limits.idle) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(limits.grace, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a connection broke off");
    }
}

/// Completes when there has been no request under way for as long as `limit`.
async fn idle(requests: &mut watch::Receiver<usize>, limit: Duration) {
    loop {
        // Fails only when the connection is gone, and this with it.
        let _ = requests.wait_for(|under_way| *under_way == 0).await;
        if tokio::time::timeout(limit, requests.wait_for(|under_way| *under_way > 0)).await.is_err() {
            return;
        }
    }
}

/// Counts the requests under way: from the end of the header to the end of the answer's body.
#[derive(Clone)]
struct Counting<S> {
    inner: S,
    under_way: Arc<watch::Sender<usize>>,
}

struct UnderWay(Arc<watch::Sender<usize>>);

impl UnderWay {
    fn begin(requests: &Arc<watch::Sender<usize>>) -> Self {
        requests.send_modify(|under_way| *under_way += 1);
        Self(Arc::clone(requests))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|under_way| *under_way -= 1);
    }
}

impl<S, B> Service<Request<B>> for Counting<S>
where
    S: Service<Request<B>, Response = Response>,
    S::Future: Send + 'static,
    S::Error: 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let under_way = UnderWay::begin(&self.under_way);
        let answer = self.inner.call(request);
        Box::pin(async move {
            let response = answer.await?;
            // The body's length stays in the header, where the routes have put it.
            Ok(response.map(|body| {
                Body::new(body.map_frame(move |frame| {
                    let _until_sent = &under_way;
                    frame
                }))
            }))
        })
    }
}

/// Completes when the portal is to stop, or is gone.
async fn stopping(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
