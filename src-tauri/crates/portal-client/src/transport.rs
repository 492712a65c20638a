//! One request, end to end: TLS, time-outs, bounded bodies, media types, and repeating where that is harmless.

use crate::address::{AddressError, NamedAddress, PortalAddress};
use crate::est;
use crate::identity;
use crate::network::Network;
use crate::refusal;
use chrono::{DateTime, Utc};
use lifecycle::ProxyChoice;
use lifecycle::ports::{ClientIdentity, PortalError, Refusal};
use pki::{MAXIMUM_OCSP_RESPONSE_BYTES, TrustAnchor};
use portal_api::{DECLARATION_LIMIT, DEVICE, JSON_LIMIT, PROBLEM_MEDIA_TYPE};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, Proxy, RequestBuilder, Response, StatusCode};
use rustls::client::WantsClientCert;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{AlertDescription, ClientConfig, ConfigBuilder, RootCertStore};
use rustls_pki_types::CertificateDer;
use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use zeroize::Zeroizing;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one request may take from its start to the last byte of its answer.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a portal is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long a connection may take to come about.
    pub connection: Duration,
    /// How long one request may take from its start to the last byte of its answer.
    pub request: Duration,
}

impl Default for Patience {
    /// Ten seconds for a connection, thirty for a request.
    fn default() -> Self {
        Self { connection: CONNECT_TIMEOUT, request: TOTAL_TIMEOUT }
    }
}

/// How often a harmless request is repeated at most.
const MOST_REPEATS: u32 = 2;

/// The wait before the first repeat; half of it to all of it, and twice as much before the next.
const FIRST_BACKOFF: Duration = Duration::from_millis(300);

/// The longest `Retry-After` that is waited for; a portal that wants more is not asked again.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(5);

/// The largest time-stamp response that is read: a token with its certificates has some 5 kB.
const TIME_STAMP_LIMIT: usize = 64 * 1024;

/// How long a time-stamp is waited for: the declaration goes without it, and gets it later.
pub(crate) const TIME_STAMP_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an address that a certificate names may take: to connect, to answer, and to send a large list.
const NAMED_CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
const NAMED_TIMEOUT: Duration = Duration::from_secs(10);
pub(crate) const LIST_TIMEOUT: Duration = Duration::from_secs(120);

/// Why a client for a portal could not be made.
#[derive(Debug, Error)]
pub enum ClientSetupError {
    /// The address is not that of a portal.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// No trust anchor was given: then no portal could be told from an impostor.
    #[error("no trust anchor is given")]
    NoTrustAnchor,
    /// A trust anchor cannot be used for TLS.
    #[error("a trust anchor cannot be used for TLS")]
    TrustAnchorNotUsable(#[source] rustls::Error),
    /// TLS could not be set up.
    #[error("TLS could not be set up")]
    Tls(#[source] rustls::Error),
    /// HTTP could not be set up.
    #[error("HTTP could not be set up")]
    Http(#[source] reqwest::Error),
    /// The client identity comes without a certificate.
    #[error("the client identity comes without a certificate")]
    IdentityWithoutCertificate,
    /// The client identity's key is of no kind that TLS knows.
    #[error("the client identity's key is neither RSA nor on an elliptic curve")]
    KeyNotUsable,
}

/// Whether a request may be repeated by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Repeating changes nothing: a reading, or an act that is the same when done twice.
    Harmless,
    /// Repeating may count, e.g. against the number of tries: only a person decides.
    Never,
}

/// What a successful answer must be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// JSON.
    Json,
    /// PDF.
    Pdf,
    /// Certs-only PKCS#7 in Base64.
    Certificates,
    /// An OCSP response.
    OcspResponse,
    /// A time-stamp response.
    TimeStamp,
    /// A revocation list, whatever it is said to be: servers do not agree on its media type.
    RevocationList {
        /// The largest that is read, in bytes.
        largest: usize,
    },
    /// A success; what else it says is not read.
    Success,
}

impl Expected {
    /// The media type, where there must be one.
    fn media_type(self) -> Option<&'static str> {
        match self {
            Self::Json => Some("application/json"),
            Self::Pdf => Some("application/pdf"),
            Self::Certificates => Some(est::ANSWER_MEDIA_TYPE),
            Self::OcspResponse => Some("application/ocsp-response"),
            Self::TimeStamp => Some("application/timestamp-reply"),
            Self::RevocationList { .. } | Self::Success => None,
        }
    }

    /// The largest body that is read, in bytes.
    fn limit(self) -> usize {
        match self {
            Self::Json | Self::Success => JSON_LIMIT,
            Self::Pdf => DECLARATION_LIMIT,
            Self::Certificates => est::ANSWER_LIMIT,
            Self::OcspResponse => MAXIMUM_OCSP_RESPONSE_BYTES,
            Self::TimeStamp => TIME_STAMP_LIMIT,
            Self::RevocationList { largest } => largest,
        }
    }
}

/// Makes HTTP clients for one portal: one without an identity, kept, and one for each identity, dropped after use so
/// that it does not outlive the unlocked key.
pub(crate) struct Transport {
    provider: Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    loopback: bool,
    network: Network,
    anonymous: Client,
    named: NamedClients,
}

/// Clients for the addresses that certificates name: also plain HTTP, since what comes from there is signed.
struct NamedClients {
    loopback: Client,
    elsewhere: Client,
}

/// The body of an answer, and when it was sent by the sender's clock.
pub(crate) struct Dated {
    pub(crate) body: Zeroizing<Vec<u8>>,
    pub(crate) date: Option<DateTime<Utc>>,
}

impl Transport {
    pub(crate) fn new(
        address: &PortalAddress,
        trust_anchors: &[TrustAnchor],
        network: &Network,
    ) -> Result<Self, ClientSetupError> {
        if trust_anchors.is_empty() {
            return Err(ClientSetupError::NoTrustAnchor);
        }
        let mut roots = RootCertStore::empty();
        for anchor in trust_anchors {
            roots
                .add(CertificateDer::from(anchor.certificate().der().to_vec()))
                .map_err(ClientSetupError::TrustAnchorNotUsable)?;
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let roots = Arc::new(roots);
        let loopback = address.is_loopback();
        let anonymous = client(&provider, &roots, loopback, None, network)?;
        let named = NamedClients {
            loopback: named_client(&provider, &roots, true, &network.proxy)?,
            elsewhere: named_client(&provider, &roots, false, &network.proxy)?,
        };
        Ok(Self { provider, roots, loopback, network: network.clone(), anonymous, named })
    }

    /// The client that shows no certificate.
    pub(crate) fn anonymous(&self) -> &Client {
        &self.anonymous
    }

    /// The client for an address that a certificate names.
    pub(crate) fn named(&self, address: &NamedAddress) -> &Client {
        if address.is_loopback() { &self.named.loopback } else { &self.named.elsewhere }
    }

    /// A client that shows `identity`'s certificate.
    pub(crate) fn identified(&self, identity: &ClientIdentity) -> Result<Client, PortalError> {
        // Neither the key's kind nor the chain was chosen by the portal, but it is the portal that has no use for them.
        client(&self.provider, &self.roots, self.loopback, Some(identity), &self.network).map_err(|error| {
            PortalError::Refused { refusal: Refusal::CertificateNotUsable, detail: error.to_string().into() }
        })
    }

    /// How long a request of `longest` is waited for, where nothing is waited for longer than that.
    pub(crate) fn at_most(&self, longest: Duration) -> Duration {
        longest.min(self.network.patience.request)
    }

    /// Sends what `build` makes, again where that is harmless and may help, and returns the body of the success.
    pub(crate) async fn exchange(
        &self,
        repeat: Repeat,
        expected: Expected,
        build: impl Fn() -> RequestBuilder + Send + Sync,
    ) -> Result<Zeroizing<Vec<u8>>, PortalError> {
        self.exchange_dated(repeat, expected, build).await.map(|dated| dated.body)
    }

    /// The same, with the date of the answer.
    pub(crate) async fn exchange_dated(
        &self,
        repeat: Repeat,
        expected: Expected,
        build: impl Fn() -> RequestBuilder + Send + Sync,
    ) -> Result<Dated, PortalError> {
        let mut repeats = 0;
        loop {
            let setback = match attempt(build(), expected).await {
                Ok(dated) => return Ok(dated),
                Err(setback) => setback,
            };
            let wait = match repeat {
                Repeat::Harmless if repeats < MOST_REPEATS => setback.wait(|| self.backoff(repeats)),
                Repeat::Harmless | Repeat::Never => None,
            };
            let Some(wait) = wait else {
                return Err(setback.error);
            };
            repeats += 1;
            tracing::debug!(error = %setback.error, repeats, "the request is repeated");
            tokio::time::sleep(wait).await;
        }
    }

    /// Between half and all of the step, at random, so that a thousand computers do not ask again at once.
    fn backoff(&self, repeats: u32) -> Duration {
        let step = FIRST_BACKOFF * 2_u32.pow(repeats);
        let mut random = [0_u8; 1];
        // Without randomness the full step is as good.
        let share = self.provider.secure_random.fill(&mut random).map_or(u32::from(u8::MAX), |()| random[0].into());
        step / 2 + step * share / (2 * u32::from(u8::MAX))
    }
}

/// Adds what shows the portal that this is the registered computer, where there is such a token.
pub(crate) fn on_device(request: RequestBuilder, identity: &ClientIdentity) -> RequestBuilder {
    let Some(token) = &identity.device_token else { return request };
    match HeaderValue::from_str(token.expose()) {
        Ok(mut value) => {
            value.set_sensitive(true);
            request.header(DEVICE, value)
        }
        // reqwest keeps what is wrong with it, and the request is not sent.
        Err(_) => request.header(DEVICE, token.expose()),
    }
}

/// One attempt that did not succeed.
struct Setback {
    error: PortalError,
    hope: Hope,
}

/// Whether another attempt may do better.
enum Hope {
    None,
    Later,
    After(Duration),
}

impl Setback {
    fn wait(&self, backoff: impl FnOnce() -> Duration) -> Option<Duration> {
        match self.hope {
            Hope::None => None,
            Hope::Later => Some(backoff()),
            Hope::After(wait) if wait <= LONGEST_RETRY_AFTER => Some(wait),
            Hope::After(_) => None,
        }
    }

    fn hopeless(error: PortalError) -> Self {
        Self { error, hope: Hope::None }
    }
}

async fn attempt(request: RequestBuilder, expected: Expected) -> Result<Dated, Setback> {
    let response = request.send().await.map_err(not_exchanged)?;
    let status = response.status();
    if status.is_success() && status != StatusCode::ACCEPTED {
        let date = date(response.headers());
        return success(response, expected).await.map(|body| Dated { body, date });
    }
    let hope = match status {
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => retry_after(response.headers()).map_or(Hope::Later, Hope::After),
        _ => Hope::None,
    };
    let problem = if media_type_is(response.headers(), PROBLEM_MEDIA_TYPE) {
        // A body that is too large or breaks off says nothing; the status still does.
        read_body(response, JSON_LIMIT).await.ok()
    } else {
        None
    };
    Err(Setback { error: refusal::read(status, problem.as_ref().map(|body| body.as_slice())), hope })
}

async fn success(response: Response, expected: Expected) -> Result<Zeroizing<Vec<u8>>, Setback> {
    if expected == Expected::Success {
        return Ok(Zeroizing::default());
    }
    if let Some(media_type) = expected.media_type().filter(|expected| !media_type_is(response.headers(), expected)) {
        return Err(Setback::hopeless(PortalError::Unusable(format!("the answer is not {media_type}").into())));
    }
    read_body(response, expected.limit()).await
}

/// Reads a body piece by piece and stops at `limit`, whatever its length was said to be.
async fn read_body(mut response: Response, limit: usize) -> Result<Zeroizing<Vec<u8>>, Setback> {
    let too_large =
        || Setback::hopeless(PortalError::Unusable(format!("the answer is larger than {limit} bytes").into()));
    let announced = response.content_length().map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced > limit {
        return Err(too_large());
    }
    let mut body = Zeroizing::new(Vec::with_capacity(announced));
    while let Some(piece) = response.chunk().await.map_err(not_exchanged)? {
        if body.len() + piece.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn media_type_is(headers: &HeaderMap, expected: &str) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(expected))
}

/// Seconds; or a date, which is held against the portal's own `Date`, so that no clock of ours comes into it
/// ([RFC 9110 §10.2.3]).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let wait = http_date(text)? - date(headers)?;
    // One that is over already asks for no wait.
    Some(wait.to_std().unwrap_or_default())
}

fn date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    http_date(headers.get(DATE)?.to_str().ok()?)
}

/// [RFC 9110 §5.6.7]: its preferred form is one of [RFC 5322]'s.
fn http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc())
}

/// What it means that no answer came, or not all of it.
fn not_exchanged(error: reqwest::Error) -> Setback {
    if error.is_builder() {
        return Setback::hopeless(PortalError::Unusable("the request cannot be written".into()));
    }
    let tls_error = tls_error(&error);
    // What `identity.rs` says where our own key did not sign.
    if let Some(rustls::Error::Other(rustls::OtherError(cause))) = tls_error
        && let Some(cause) = cause.downcast_ref::<pki::SigningError>()
    {
        return Setback::hopeless(PortalError::KeyFailed(cause.clone()));
    }
    match tls_error {
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => {
            Setback::hopeless(PortalError::UnexpectedServerCertificate(Box::new(error)))
        }
        Some(rustls::Error::AlertReceived(alert)) if is_about_our_certificate(*alert) => {
            Setback::hopeless(PortalError::Refused {
                refusal: Refusal::CertificateNotUsable,
                detail: format!("TLS alert {alert:?}").into(),
            })
        }
        Some(_) | None => {
            // A time-out has used up a person's patience already.
            let hope = if error.is_timeout() { Hope::None } else { Hope::Later };
            Setback { error: PortalError::Unreachable(Box::new(error)), hope }
        }
    }
}

/// [RFC 8446 §6.2]: the alerts that a server sends about a client's certificate.
fn is_about_our_certificate(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::CertificateRequired
    )
}

/// Walks down to rustls' own error. An `io::Error` hides what it wraps from `source()`, so it is opened by hand.
fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        current = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    None
}

fn client(
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
    loopback: bool,
    identity: Option<&ClientIdentity>,
    network: &Network,
) -> Result<Client, ClientSetupError> {
    let settings = tls(provider, roots)?;
    let tls = match identity {
        Some(identity) => settings.with_client_cert_resolver(identity::resolver(identity)?),
        None => settings.with_no_client_auth(),
    };
    let patience = network.patience;
    let builder = builder(tls, loopback, &network.proxy)?.https_only(true);
    builder.connect_timeout(patience.connection).timeout(patience.request).build().map_err(ClientSetupError::Http)
}

fn named_client(
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
    loopback: bool,
    proxy: &ProxyChoice,
) -> Result<Client, ClientSetupError> {
    let builder = builder(tls(provider, roots)?.with_no_client_auth(), loopback, proxy)?;
    builder.connect_timeout(NAMED_CONNECT_TIMEOUT).timeout(NAMED_TIMEOUT).build().map_err(ClientSetupError::Http)
}

fn tls(
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, ClientSetupError> {
    Ok(ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .map_err(ClientSetupError::Tls)?
        .with_root_certificates(Arc::clone(roots)))
}

fn builder(mut tls: ClientConfig, loopback: bool, proxy: &ProxyChoice) -> Result<ClientBuilder, ClientSetupError> {
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(format!("Certifikatguide/{} ({})", env!("CARGO_PKG_VERSION"), std::env::consts::OS));
    Ok(match proxy {
        _ if loopback => builder.no_proxy(),
        ProxyChoice::System => builder,
        ProxyChoice::Direct => builder.no_proxy(),
        ProxyChoice::Through(proxy) => builder.proxy(Proxy::all(&**proxy).map_err(ClientSetupError::Http)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_half_to_all_of_a_step_by_chance_and_the_next_step_is_twice_as_long() {
        let address = PortalAddress::parse("https://localhost").expect("an address");
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate = rcgen::CertificateParams::default().self_signed(&key).expect("a certificate");
        let anchor = TrustAnchor::from_pem(certificate.pem().as_bytes()).expect("a trust anchor");
        let transport = Transport::new(&address, &[anchor], &Network::default()).expect("a transport");
        for repeats in 0..MOST_REPEATS {
            let step = FIRST_BACKOFF * (1 << repeats);
            let waits: Vec<Duration> = (0..200).map(|_| transport.backoff(repeats)).collect();
            assert!(waits.iter().all(|wait| (step / 2..=step).contains(wait)), "{waits:?}");
            let (shortest, longest) = (waits.iter().min(), waits.iter().max());
            assert!(longest > shortest, "a thousand computers would ask again at once");
        }
    }
}
