//! What the organisation allows on its computers. The face reads the file; what it says is understood here.

use chrono::TimeDelta;
use serde::Deserialize;
use thiserror::Error;

/// Most bytes of a policy.
const LONGEST: usize = 64 * 1024;

/// Longest time, in minutes, for which a policy may keep a key open.
const MOST_MINUTES: u8 = 15;

/// The organisation's policy. Without one, every portal may be chosen, no key is copied into a file, and each use of a
/// key asks for the password.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    portals: Option<Vec<Box<str>>>,
    export: bool,
    unlocked_minutes: u8,
}

/// Why a policy is not taken. Nothing is allowed by one that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// Larger than a policy is.
    #[error("a policy has at most {LONGEST} bytes")]
    TooLarge,
    /// Not UTF-8.
    #[error("a policy is UTF-8 text")]
    NotText,
    /// Not TOML, an unknown key, or a value of another kind.
    #[error("line {line}: {reason}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: Box<str>,
    },
    /// A portal is not named as one.
    #[error("portals: {0} is not an address as https://host or https://host:port")]
    Portal(Box<str>),
    /// A key is kept open too long.
    #[error("unlocked_minutes: at most {MOST_MINUTES}")]
    UnlockedTooLong,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    portals: Option<Vec<String>>,
    #[serde(default)]
    export: bool,
    #[serde(default)]
    unlocked_minutes: u8,
}

impl Policy {
    /// Reads a policy: TOML, with these keys and no others.
    ///
    /// - `portals`: the addresses of the portals that may be chosen; without it every one may be.
    /// - `export`: whether a key may be copied into a file; `false` without it.
    /// - `unlocked_minutes`: for how many minutes a key stays open after the password was given, 0 to 15; 0 without it.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        if bytes.len() > LONGEST {
            return Err(PolicyError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| PolicyError::NotText)?;
        let file: PolicyFile = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            PolicyError::Line { line: before.matches('\n').count() + 1, reason: error.message().into() }
        })?;
        let portals = file.portals.map(|portals| portals.iter().map(|portal| canonical(portal)).collect());
        if file.unlocked_minutes > MOST_MINUTES {
            return Err(PolicyError::UnlockedTooLong);
        }
        Ok(Self { portals: portals.transpose()?, export: file.export, unlocked_minutes: file.unlocked_minutes })
    }

    /// Whether the portal of this address may be chosen.
    #[must_use]
    pub fn allows_portal(&self, address: &str) -> bool {
        match &self.portals {
            None => true,
            Some(portals) => canonical(address).is_ok_and(|address| portals.contains(&address)),
        }
    }

    /// The portals that may be chosen; `None` where every one may be.
    #[must_use]
    pub fn portals(&self) -> Option<&[Box<str>]> {
        self.portals.as_deref()
    }

    /// The same, but every portal may be chosen.
    #[must_use]
    pub fn for_any_portal(self) -> Self {
        Self { portals: None, ..self }
    }

    /// Whether a key may be copied into a file.
    #[must_use]
    pub fn export_allowed(&self) -> bool {
        self.export
    }

    /// For how long a key stays open after the password was given.
    #[must_use]
    pub fn unlocked_for(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.unlocked_minutes))
    }
}

/// The origin of an address ([RFC 6454 §4]): scheme, host in lower case, and the port where it is not 443.
fn canonical(address: &str) -> Result<Box<str>, PolicyError> {
    let refused = || PolicyError::Portal(address.into());
    let host = address.strip_prefix("https://").ok_or_else(refused)?;
    let host = host.strip_suffix('/').unwrap_or(host);
    let host = host.strip_suffix(":443").unwrap_or(host);
    let fits = !host.is_empty()
        && host
            .chars()
            .all(|character| character.is_alphanumeric() || matches!(character, '.' | '-' | ':' | '[' | ']'));
    if fits { Ok(format!("https://{}", host.to_lowercase()).into()) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_policy_every_portal_may_be_chosen_and_no_key_leaves() {
        for policy in [Policy::default(), Policy::parse(b"").expect("an empty policy")] {
            assert!(policy.allows_portal("https://portal.example"));
            assert!(!policy.export_allowed());
            assert_eq!(policy.unlocked_for(), TimeDelta::zero());
        }
    }

    #[test]
    fn only_the_portals_that_are_named_may_be_chosen() {
        let policy = Policy::parse(b"portals = [\"https://Portal.example:443/\"]\nexport = true\nunlocked_minutes = 5")
            .expect("a policy");
        assert!(policy.allows_portal("https://portal.example"));
        for other in ["https://portal.example:8443", "http://portal.example", "https://portal.example.org", "https://"]
        {
            assert!(!policy.allows_portal(other), "{other}");
        }
        assert!(policy.export_allowed());
        assert_eq!(policy.unlocked_for(), TimeDelta::minutes(5));
    }

    #[test]
    fn an_empty_list_allows_no_portal() {
        assert!(!Policy::parse(b"portals = []").expect("a policy").allows_portal("https://portal.example"));
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_line() {
        let refused = |text: &str| Policy::parse(text.as_bytes()).expect_err("it is refused");
        assert!(matches!(refused("export = true\nexprot = true"), PolicyError::Line { line: 2, .. }));
        assert!(matches!(refused("\n\nexport = 1"), PolicyError::Line { line: 3, .. }));
        assert!(matches!(refused("unlocked_minutes = 256"), PolicyError::Line { line: 1, .. }));
        assert_eq!(refused("unlocked_minutes = 16"), PolicyError::UnlockedTooLong);
        assert!(matches!(refused("portals = [\"http://portal.example\"]"), PolicyError::Portal(_)));
        assert!(matches!(refused("portals = [\"https://user@portal.example\"]"), PolicyError::Portal(_)));
        assert_eq!(Policy::parse(&[0xff]), Err(PolicyError::NotText));
        assert_eq!(Policy::parse(&vec![b'#'; LONGEST + 1]), Err(PolicyError::TooLarge));
    }
}
