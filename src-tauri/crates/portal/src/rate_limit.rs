//! How often a caller may ask: so many requests a minute from one address, and for one reference number.
//!
//! Only for what somebody could try codes at, or make the portal work with; what is counted is whatever is asked, right or
//! wrong. Tries at codes are counted in the database besides, for all instances alike: five, then the code is locked. The
//! counts here are each instance's own, and gone when it stops.
//!
//! An address of IPv6 counts by its /64, which one subscriber has whole ([RFC 6177]).

use crate::credential;
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use ipnet::IpNet;
use serde::Deserialize;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

/// For how many addresses or reference numbers at once the requests are counted, which takes some 10 MB.
const COUNTED_AT_ONCE: usize = 100_000;
/// How many proxies one behind the other are looked through.
const PROXIES: usize = 16;

/// How many requests a minute are answered, and how many of them may come at once; `None` for any number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    /// From one address, where a code is asked for: enrolment, invitation, suspension and revocation with a code.
    pub codes_per_source: Option<NonZeroU32>,
    /// For one reference number, from wherever.
    pub codes_per_reference: Option<NonZeroU32>,
    /// From one address, where the portal has work to do: declarations, time-stamps, log-in, renewal, devices.
    pub work_per_source: Option<NonZeroU32>,
    /// With one certificate, for pages of the desk of the local registration authority.
    pub desk_per_certificate: Option<NonZeroU32>,
}

/// In which header a proxy names the address that it was called from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` ([RFC 7239]).
    Forwarded,
}

/// The proxies whose word about the caller's address is taken.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    /// Where they are.
    pub networks: Vec<IpNet>,
    /// The one header that they write. The other one is the caller's own, and not looked at.
    pub header: ForwardedHeader,
    /// True where they begin every connection to the TLS listener, which they pass through, with the PROXY protocol.
    pub protocol: bool,
}

impl TrustedProxies {
    /// The address of the caller: that of the connection, or the farthest one that trusted proxies name. Only for requests
    /// that a proxy can have written its header into.
    pub(crate) fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let name = match self.header {
            ForwardedHeader::XForwardedFor => "x-forwarded-for",
            ForwardedHeader::Forwarded => "forwarded",
        };
        let values = headers.get_all(name);
        // As bytes, and from the last proxy back: what stands before the first address that is not a proxy's, anybody may
        // have written, Unicode or not.
        let hops = values.iter().rev().flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
        let mut caller = peer;
        for hop in hops.take(PROXIES) {
            if !self.trusts(caller) {
                break;
            }
            let named = std::str::from_utf8(hop).ok().and_then(|hop| match self.header {
                ForwardedHeader::XForwardedFor => address_of(hop.trim()),
                ForwardedHeader::Forwarded => forwarded_for(hop).and_then(address_of),
            });
            // Whom a proxy does not name counts as the proxy, so that nobody goes uncounted.
            let Some(named) = named else { break };
            caller = named;
        }
        caller
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }
}

/// The node of `for=` in one element ([RFC 7239 §4]).
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then(|| value.trim_matches('"'))
    })
}

/// An address with or without port, one of IPv6 with or without brackets.
fn address_of(text: &str) -> Option<IpAddr> {
    let plain = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = plain.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))?;
    Some(IpAddr::to_canonical(&address))
}

/// What counts as one source of requests.
pub(crate) fn source(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// What a route is to the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Codes,
    Work,
    Free,
}

/// Whether requests for a route are counted.
pub(crate) fn is_limited(route: &str) -> bool {
    class(route) != Class::Free
}

fn class(route: &str) -> Class {
    match route {
        "/.well-known/est/simpleenroll" | "/v1/invitation" | "/v1/suspension" | "/v1/revocation" => Class::Codes,
        "/.well-known/est/simplereenroll"
        | "/v1/certificates/{serial}/device"
        | "/v1/certificates/{serial}/suspension"
        | "/v1/certificates/{serial}/revocation"
        | "/v1/declarations"
        | "/v1/directory"
        | "/v1/directory/me"
        | "/v1/practice/invitations"
        | "/v1/session"
        | "/tsa" => Class::Work,
        _ => Class::Free,
    }
}

/// The counts of one instance.
pub(crate) struct RateLimits {
    codes: Option<Counts<IpAddr>>,
    references: Option<Counts<u64>>,
    work: Option<Counts<IpAddr>>,
    /// Under which reference numbers are counted: no reference number is kept.
    hasher: RandomState,
}

impl RateLimits {
    pub(crate) fn new(rates: Rates) -> Self {
        Self {
            codes: rates.codes_per_source.map(Counts::new),
            references: rates.codes_per_reference.map(Counts::new),
            work: rates.work_per_source.map(Counts::new),
            hasher: RandomState::new(),
        }
    }

    /// Counts a request. `caller` is `None` where the address is not known: then it counts for no address.
    ///
    /// # Errors
    /// How long to wait, where there were too many.
    pub(crate) fn check(&self, route: &str, caller: Option<IpAddr>, headers: &HeaderMap) -> Result<(), Duration> {
        let of_source = |counts: &Option<Counts<IpAddr>>| match (counts, caller) {
            (Some(counts), Some(caller)) => counts.count(source(caller)),
            (_, _) => Ok(()),
        };
        match class(route) {
            Class::Free => Ok(()),
            Class::Work => of_source(&self.work),
            Class::Codes => {
                of_source(&self.codes)?;
                match (&self.references, reference(headers)) {
                    (Some(counts), Some(reference)) => counts.count(self.hasher.hash_one(reference.as_str())),
                    (_, _) => Ok(()),
                }
            }
        }
    }
}

/// The counts of one instance of what is asked with each certificate.
pub(crate) struct CertificateRates {
    counts: Option<Counts<u64>>,
    hasher: RandomState,
}

impl CertificateRates {
    pub(crate) fn new(a_minute: Option<NonZeroU32>) -> Self {
        Self { counts: a_minute.map(Counts::new), hasher: RandomState::new() }
    }

    /// Counts a request with this certificate, DER.
    ///
    /// # Errors
    /// How long to wait, where there were too many.
    pub(crate) fn check(&self, certificate: &[u8]) -> Result<(), Duration> {
        self.counts.as_ref().map_or(Ok(()), |counts| counts.count(self.hasher.hash_one(certificate)))
    }
}

/// What tells when to come back ([RFC 9110 §10.2.3]): the whole second before would be too early.
pub(crate) fn retry_after(wait: Duration) -> HeaderValue {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    HeaderValue::from(seconds.max(1))
}

/// The reference number of HTTP Basic ([RFC 7617]), in canonical form.
fn reference(headers: &HeaderMap) -> Option<zeroize::Zeroizing<String>> {
    let (scheme, pair) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let pair = zeroize::Zeroizing::new(STANDARD.decode(pair.trim()).ok()?);
    let (reference, _) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    credential::canonical(reference)
}

type Limiter<K, C> = RateLimiter<K, HashMapStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// Requests counted by something.
struct Counts<K: Hash + Eq + Clone, C: Clock + Clone = MonotonicClock> {
    quota: Quota,
    clock: C,
    limiter: Mutex<Limiter<K, C>>,
}

impl<K: Hash + Eq + Clone> Counts<K> {
    fn new(a_minute: NonZeroU32) -> Self {
        Self::by(a_minute, MonotonicClock)
    }
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Counts<K, C> {
    fn by(a_minute: NonZeroU32, clock: C) -> Self {
        let quota = Quota::per_minute(a_minute);
        Self { quota, limiter: Mutex::new(RateLimiter::hashmap_with_clock(quota, clock.clone())), clock }
    }

    fn count(&self, key: K) -> Result<(), Duration> {
        // Poisoned only by a panic inside, of which there is none; the counts would still be good.
        let mut limiter = self.limiter.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if limiter.len() >= COUNTED_AT_ONCE {
            limiter.retain_recent();
            if limiter.len() > COUNTED_AT_ONCE / 2 {
                // Whoever has so many addresses is not held by limits on each of them. To refuse everybody else would be
                // what he wants, and to look through the list for every request as well.
                tracing::warn!("requests come from more addresses than can be counted: the counts begin again");
                *limiter = RateLimiter::hashmap_with_clock(self.quota, self.clock.clone());
            }
        }
        limiter.check_key(&key).map_err(|until| until.wait_time_from(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn after_a_minutes_worth_at_once_the_next_request_waits_for_its_part_of_the_minute() {
        let clock = FakeRelativeClock::default();
        let counts = Counts::by(NonZeroU32::new(4).expect("four"), clock.clone());
        for _ in 0..4 {
            assert_eq!(counts.count(1), Ok(()));
        }
        assert_eq!(counts.count(1), Err(Duration::from_secs(15)));
        assert_eq!(counts.count(2), Ok(()), "another one is counted for itself");
        clock.advance(Duration::from_secs(15));
        assert_eq!(counts.count(1), Ok(()));
        assert!(counts.count(1).is_err());
    }

    #[test]
    fn however_many_addresses_ask_the_memory_is_bounded() {
        let counts = Counts::by(NonZeroU32::MIN, FakeRelativeClock::default());
        for key in 0..COUNTED_AT_ONCE + 10 {
            assert_eq!(counts.count(key), Ok(()));
        }
        let kept = counts.limiter.lock().expect("no panic").len();
        assert!(kept <= COUNTED_AT_ONCE, "{kept}");
    }

    #[test]
    fn addresses_of_one_subscriber_of_ipv6_are_one_source() {
        assert_eq!(source(address("2001:db8:1:2::3")), source(address("2001:db8:1:2:ffff::")));
        assert_ne!(source(address("2001:db8:1:2::3")), source(address("2001:db8:1:3::3")));
        assert_ne!(source(address("192.0.2.1")), source(address("192.0.2.2")));
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_as_far_as_it_can_know() {
        let mut proxies =
            TrustedProxies { networks: vec!["10.0.0.0/8".parse().expect("a network")], ..Default::default() };
        let claimed = headers(&[("x-forwarded-for", "198.51.100.9"), ("x-forwarded-for", "192.0.2.7, 10.0.0.2")]);
        let stranger = address("203.0.113.5");
        let proxy = address("10.0.0.1");
        assert_eq!(proxies.caller(stranger, &claimed), stranger, "anybody can write a header");
        assert_eq!(proxies.caller(proxy, &claimed), address("192.0.2.7"), "the last that is no proxy");
        assert_eq!(proxies.caller(proxy, &headers(&[])), proxy, "whom it does not name counts as the proxy");
        assert_eq!(proxies.caller(proxy, &headers(&[("x-forwarded-for", "192.0.2.7, unknown")])), proxy);
        assert_eq!(proxies.caller(proxy, &headers(&[("forwarded", "for=192.0.2.7")])), proxy, "the caller's");
        let farthest = headers(&[("x-forwarded-for", "10.0.0.3, 10.0.0.2")]);
        assert_eq!(proxies.caller(proxy, &farthest), address("10.0.0.3"), "all are proxies");
        let mut noise = HeaderMap::new();
        noise.append("x-forwarded-for", HeaderValue::from_bytes(b"\xff\xc3, \xe6, 192.0.2.7").expect("a value"));
        assert_eq!(proxies.caller(proxy, &noise), address("192.0.2.7"), "what a caller writes does not hide it");

        proxies.header = ForwardedHeader::Forwarded;
        let claimed = headers(&[
            ("x-forwarded-for", "198.51.100.9"),
            ("forwarded", "for=198.51.100.9, For=\"[2001:db8::7]:4711\";proto=https"),
        ]);
        assert_eq!(proxies.caller(proxy, &claimed), address("2001:db8::7"));
    }
}
