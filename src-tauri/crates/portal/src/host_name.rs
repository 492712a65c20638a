//! The names that the portal is called by.

use serde::Deserialize;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// How many names a certificate takes.
pub(crate) const NAME_LIMIT: usize = 32;
/// The longest name ([RFC 1035 §2.3.4], without the root's dot).
const LENGTH_LIMIT: usize = 253;

/// The name of a host in its ASCII form ([RFC 1123 §2.1]), in small letters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HostName(String);

/// What was given is not the name of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "not the name of a host such as portal.example.org (letters, digits and hyphens; no wildcard, address or port)"
)]
pub struct HostNameError;

impl HostName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HostName {
    type Err = HostNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // An address of IPv4 looks like a name whose last label is a number, which no name has.
        let is_address = text.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        if text.len() > LENGTH_LIMIT || is_address || !text.split('.').all(is_label) {
            return Err(HostNameError);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl TryFrom<String> for HostName {
    type Error = HostNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// True for one part of the name of a host ([RFC 1123 §2.1]).
pub(crate) fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_hosts_are_taken_and_nothing_else() {
        for name in ["portal.example.org", "Portal.Example.ORG", "portal", "xn--ble-0na.example.org"] {
            assert_eq!(name.parse().map(|name: HostName| name.0), Ok(name.to_ascii_lowercase()));
        }
        let long = ["a"; 128].join(".");
        for text in
            ["", "192.0.2.1", "*.example.org", "portal.example.org:443", "æble.example.org", "a..b", "a_b", &long]
        {
            assert_eq!(text.parse::<HostName>(), Err(HostNameError), "{text}");
        }
    }
}
