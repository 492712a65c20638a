//! The proxy between this computer and an address, where the environment names one.

use crate::address::NamedAddress;
use hyper_util::client::proxy::matcher::Matcher;
use lifecycle::ProxyChoice;
use lifecycle::ports::PortalError;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long a proxy may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// The variables that name a proxy for the portal, which is reached by HTTPS; in capitals, small letters mean the same.
const VARIABLES: [&str; 2] = ["HTTPS_PROXY", "ALL_PROXY"];

/// Whether the environment names a proxy for the portal.
pub(crate) fn environment_names_one() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    VARIABLES.iter().any(|name| is_set(name) || is_set(&name.to_lowercase()))
}

/// The proxy through which `address` is reached: `host:port`, without credentials. The same reading of the environment
/// as the HTTP client's.
pub(crate) fn between(choice: &ProxyChoice, address: &NamedAddress) -> Option<String> {
    if address.is_loopback() {
        return None;
    }
    match choice {
        ProxyChoice::System => chosen_by(&Matcher::from_env(), address),
        ProxyChoice::Direct => None,
        ProxyChoice::Through(proxy) => chosen_by(&Matcher::builder().all(&**proxy).build(), address),
    }
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
    fn a_proxy_of_the_policy_is_used_for_everything_and_none_is_none() {
        for address in ["http://ca.example.org/ocsp", "https://portal.example.org"] {
            let address = NamedAddress::parse(address).expect("an address");
            let through = ProxyChoice::Through("http://proxy.example.org:3128".into());
            assert_eq!(between(&through, &address).as_deref(), Some("proxy.example.org:3128"));
            assert_eq!(between(&ProxyChoice::Direct, &address), None);
        }
    }

    #[test]
    fn this_computer_is_reached_without_a_proxy() {
        for address in ["http://localhost:8080/ocsp", "https://127.0.0.1:1", "https://[::1]:1"] {
            let address = NamedAddress::parse(address).expect("an address");
            for choice in [ProxyChoice::System, ProxyChoice::Through("http://proxy.example.org:3128".into())] {
                assert_eq!(between(&choice, &address), None);
            }
        }
    }
}
