//! The proxy between this computer and an address, where the environment names one.

use crate::address::NamedAddress;
use hyper_util::client::proxy::matcher::Matcher;
use lifecycle::ports::PortalError;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long a proxy may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// The proxy through which `address` is reached: `host:port`, without credentials. The same reading of the environment
/// as the HTTP client's.
pub(crate) fn between(address: &NamedAddress) -> Option<String> {
    if address.is_loopback() {
        return None;
    }
    chosen_by(&Matcher::from_env(), address)
}

fn chosen_by(matcher: &Matcher, address: &NamedAddress) -> Option<String> {
    let proxy = matcher.intercept(&address.url().as_str().parse().ok()?)?;
    let uri = proxy.uri();
    let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
        Some("https") => 443,
        Some(_) | None => 80,
    });
    Some(format!("{}:{port}", uri.host()?))
}

/// Whether a proxy takes connections.
pub(crate) async fn reach(proxy: &str) -> Result<(), PortalError> {
    match tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(proxy)).await {
        Ok(Ok(_connection)) => Ok(()),
        Ok(Err(error)) => Err(PortalError::Unreachable(Box::new(error))),
        Err(elapsed) => Err(PortalError::Unreachable(Box::new(elapsed))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_named_by_host_and_port_without_its_credentials() {
        let matcher = Matcher::builder()
            .http("http://someone:word@proxy.example.org:3128")
            .https("http://proxy.example.org")
            .no("intern.example.org")
            .build();
        let through = |address: &str| chosen_by(&matcher, &NamedAddress::parse(address).expect("an address"));
        assert_eq!(through("http://ca.example.org/ocsp").as_deref(), Some("proxy.example.org:3128"));
        assert_eq!(through("https://portal.example.org").as_deref(), Some("proxy.example.org:80"));
        assert_eq!(through("https://intern.example.org"), None);
    }

    #[test]
    fn this_computer_is_reached_without_a_proxy() {
        for address in ["http://localhost:8080/ocsp", "https://127.0.0.1:1", "https://[::1]:1"] {
            assert_eq!(between(&NamedAddress::parse(address).expect("an address")), None);
        }
    }
}
