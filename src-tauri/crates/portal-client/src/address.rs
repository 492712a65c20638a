//! The portal's address: parsed once, so that no request can go anywhere else.

use std::fmt;
use thiserror::Error;
use url::{Host, Url};

/// Longest address that is taken, in bytes.
const LONGEST: usize = 512;

/// The address of a portal: `https`, a host, perhaps a port, and nothing more.
#[derive(Clone, PartialEq, Eq)]
pub struct PortalAddress {
    url: Url,
    text: String,
}

/// Why an address is not that of a portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddressError {
    /// It is not an address at all, or too long.
    #[error("the portal's address is not an address")]
    Malformed,
    /// It is not `https`.
    #[error("the portal's address does not begin with https")]
    NotHttps,
    /// It holds a user name, a password, a path, a query or a fragment.
    #[error("the portal's address holds more than a host and a port")]
    MoreThanHost,
}

impl PortalAddress {
    /// Reads `https://host[:port]`; one slash at the end is tolerated.
    ///
    /// # Errors
    /// [`AddressError`] where it is anything else.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.len() > LONGEST || text.chars().any(|character| character.is_control() || character.is_whitespace()) {
            return Err(AddressError::Malformed);
        }
        let url = Url::parse(text).map_err(|_| AddressError::Malformed)?;
        if url.scheme() != "https" {
            return Err(AddressError::NotHttps);
        }
        if url.host().is_none() {
            return Err(AddressError::Malformed);
        }
        let bare = url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        if !bare {
            return Err(AddressError::MoreThanHost);
        }
        let text = url.origin().ascii_serialization();
        Ok(Self { url, text })
    }

    /// The address as people may see it: `https://host[:port]`, no slash at the end, international names in Punycode.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address of one resource: `segments` are path segments, percent-encoded here.
    pub(crate) fn resource(&self, segments: &[&str]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(segments);
        }
        url
    }

    /// True where the host is this computer itself, so that no proxy stands between.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }
}

/// An address that a certificate names for its status: `http` or `https`, a host, and no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedAddress {
    url: Url,
}

impl NamedAddress {
    /// Reads an address out of a certificate.
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        if text.len() > LONGEST || text.chars().any(|character| character.is_control() || character.is_whitespace()) {
            return Err(AddressError::Malformed);
        }
        let url = Url::parse(text).map_err(|_| AddressError::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(AddressError::Malformed);
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(AddressError::MoreThanHost);
        }
        Ok(Self { url })
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl fmt::Display for PortalAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for PortalAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port_over_https() {
        for (typed, shown) in [
            ("https://portal.example.org", "https://portal.example.org"),
            ("https://portal.example.org:443/", "https://portal.example.org"),
            ("https://localhost:8443", "https://localhost:8443"),
            ("https://[::1]:8443", "https://[::1]:8443"),
        ] {
            assert_eq!(PortalAddress::parse(typed).map(|address| address.as_str().to_owned()), Ok(shown.to_owned()));
        }
    }

    #[test]
    fn an_address_without_tls_is_refused() {
        assert_eq!(PortalAddress::parse("http://portal.example.org"), Err(AddressError::NotHttps));
        assert_eq!(PortalAddress::parse("file:///etc/passwd"), Err(AddressError::NotHttps));
    }

    #[test]
    fn an_address_with_more_than_a_host_is_refused() {
        for typed in [
            "https://someone@portal.example.org",
            "https://someone:word@portal.example.org",
            "https://portal.example.org/path",
            "https://portal.example.org/?next=x",
            "https://portal.example.org/#x",
        ] {
            assert_eq!(PortalAddress::parse(typed), Err(AddressError::MoreThanHost), "{typed}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for typed in ["", "portal", "https://", "https://a b", "https://portal\u{0}.example.org", &"a".repeat(10_000)] {
            assert_eq!(PortalAddress::parse(typed), Err(AddressError::Malformed), "{typed:.40}");
        }
    }

    #[test]
    fn an_address_in_a_certificate_is_one_of_the_web_without_credentials() {
        for named in ["http://ca.example.org/ocsp", "https://ca.example.org:8443/crl/1.crl?part=2"] {
            assert_eq!(NamedAddress::parse(named).map(|address| address.url().to_string()), Ok(named.to_owned()));
        }
        for named in
            ["ldap://ca.example.org/cn=crl", "file:///etc/passwd", "http://", "http://a b/", "ca.example.org/ocsp"]
        {
            assert_eq!(NamedAddress::parse(named), Err(AddressError::Malformed), "{named}");
        }
        assert_eq!(NamedAddress::parse("http://someone:word@ca.example.org/"), Err(AddressError::MoreThanHost));
    }

    #[test]
    fn a_segment_cannot_leave_its_place_in_the_path() {
        let address = PortalAddress::parse("https://portal.example.org").expect("an address");
        let url = address.resource(&["v1", "certificates", "../../lra?x=#", "suspension"]);
        assert_eq!(url.as_str(), "https://portal.example.org/v1/certificates/..%2F..%2Flra%3Fx=%23/suspension");
    }
}
