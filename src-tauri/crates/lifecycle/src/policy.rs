//! What the organisation decides on its computers. The face reads the file; what it says is understood here.
//!
//! Two kinds of keys: limits (which portals, which places for keys, copies of keys), above which nobody can go, and
//! settings, which the one who starts the program may set otherwise unless they are locked. `policy.schema.json`
//! describes the file; a test holds both together.

use crate::journey::KeyPlaceName;
use crate::problem::Language;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use thiserror::Error;
use toml::Spanned;

/// The file's description, a JSON Schema (2020-12).
pub const POLICY_SCHEMA: &str = include_str!("../policy.schema.json");

/// Most bytes of a policy.
const LONGEST: usize = 64 * 1024;

/// Longest time, in minutes, for which a policy may keep a key open.
const MOST_MINUTES: u8 = 15;

/// Shortest, longest and usual wait for a connection, in seconds.
const CONNECTION_SECONDS: [u8; 3] = [1, 60, 10];

/// Shortest, longest and usual wait for a whole answer, in seconds.
const REQUEST_SECONDS: [u16; 3] = [5, 300, 30];

/// A key of the policy's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKey {
    /// Limit: the portals that a key may be used for.
    Portals,
    /// The portal that is used where none is named.
    Portal,
    /// What that portal's certificates must lead to, a file.
    TrustAnchor,
    /// Limit: where keys may be made and kept.
    KeyPlaces,
    /// The module (PKCS#11) that speaks to tokens.
    Pkcs11Module,
    /// The language of who has chosen none.
    Language,
    /// The way out of the organisation's network.
    Proxy,
    /// How long a connection may take to come about.
    ConnectTimeoutSeconds,
    /// How long the portal may take to answer.
    RequestTimeoutSeconds,
    /// Limit: whether a key may be copied into a file.
    Export,
    /// Limit: how long a key stays open.
    UnlockedMinutes,
    /// There is none.
    Telemetry,
}

impl PolicyKey {
    /// Every key, in the order in which it is shown.
    pub const ALL: [Self; 12] = [
        Self::Portals,
        Self::Portal,
        Self::TrustAnchor,
        Self::KeyPlaces,
        Self::Pkcs11Module,
        Self::Language,
        Self::Proxy,
        Self::ConnectTimeoutSeconds,
        Self::RequestTimeoutSeconds,
        Self::Export,
        Self::UnlockedMinutes,
        Self::Telemetry,
    ];

    /// As it stands in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Portals => "portals",
            Self::Portal => "portal",
            Self::TrustAnchor => "trust_anchor",
            Self::KeyPlaces => "key_places",
            Self::Pkcs11Module => "pkcs11_module",
            Self::Language => "language",
            Self::Proxy => "proxy",
            Self::ConnectTimeoutSeconds => "connect_timeout_seconds",
            Self::RequestTimeoutSeconds => "request_timeout_seconds",
            Self::Export => "export",
            Self::UnlockedMinutes => "unlocked_minutes",
            Self::Telemetry => "telemetry",
        }
    }

    /// True where nobody but the policy sets it, so that it holds without being locked.
    #[must_use]
    pub fn is_limit(self) -> bool {
        match self {
            Self::Portals
            | Self::KeyPlaces
            | Self::ConnectTimeoutSeconds
            | Self::RequestTimeoutSeconds
            | Self::Export
            | Self::UnlockedMinutes
            | Self::Telemetry => true,
            Self::Portal | Self::TrustAnchor | Self::Pkcs11Module | Self::Language | Self::Proxy => false,
        }
    }
}

/// Where a value that is in force comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicySource {
    /// Nobody has set it.
    Default,
    /// The policy.
    Policy,
    /// Whoever started the program.
    CommandLine,
    /// The environment in which it was started.
    Environment,
}

/// A place where keys are made and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyPlaceKind {
    /// The keychain of the operating system.
    Keychain,
    /// A token or the TPM.
    Pkcs11,
}

/// The way out of the organisation's network. This computer itself is always reached directly.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ProxyChoice {
    /// As the environment says.
    #[default]
    System,
    /// None, whatever the environment says.
    Direct,
    /// This one: `http://host:port` or `https://host:port`.
    Through(Box<str>),
}

impl ProxyChoice {
    /// As it stands in the file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::System => "system",
            Self::Direct => "none",
            Self::Through(address) => address,
        }
    }
}

/// The organisation's policy. Without one, every portal may be chosen, no key is copied into a file, and each use of a
/// key asks for the password.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    portals: Option<Vec<Box<str>>>,
    portal: Option<Box<str>>,
    trust_anchor: Option<Box<str>>,
    key_places: Option<Vec<KeyPlaceKind>>,
    pkcs11_module: Option<Box<str>>,
    language: Option<Language>,
    proxy: Option<ProxyChoice>,
    connect_timeout_seconds: Option<u8>,
    request_timeout_seconds: Option<u16>,
    export: Option<bool>,
    unlocked_minutes: Option<u8>,
    telemetry: Option<bool>,
    locked: BTreeSet<PolicyKey>,
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
    /// Not TOML, an unknown key, or a value that cannot be.
    #[error("line {line}: {reason}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: Box<str>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    portals: Option<Vec<Spanned<String>>>,
    portal: Option<Spanned<String>>,
    trust_anchor: Option<Spanned<String>>,
    key_places: Option<Vec<KeyPlaceKind>>,
    pkcs11_module: Option<Spanned<String>>,
    language: Option<Language>,
    proxy: Option<Spanned<String>>,
    connect_timeout_seconds: Option<Spanned<u8>>,
    request_timeout_seconds: Option<Spanned<u16>>,
    export: Option<bool>,
    unlocked_minutes: Option<Spanned<u8>>,
    telemetry: Option<Spanned<bool>>,
    #[serde(default)]
    locked: Vec<Spanned<String>>,
}

/// The text, for the lines of what is refused.
struct Lines<'t>(&'t str);

impl Lines<'_> {
    fn refused(&self, start: Option<usize>, reason: &str) -> PolicyError {
        let before = start.and_then(|start| self.0.get(..start)).unwrap_or_default();
        PolicyError::Line { line: before.matches('\n').count() + 1, reason: reason.into() }
    }

    /// A value that was checked, where there is one; the reason begins with the name of its key.
    fn checked<T, U>(
        &self,
        key: PolicyKey,
        value: Option<Spanned<T>>,
        check: impl FnOnce(T) -> Result<U, String>,
    ) -> Result<Option<U>, PolicyError> {
        let Some(value) = value else { return Ok(None) };
        let start = value.span().start;
        let refused = |reason: String| self.refused(Some(start), &format!("{}: {reason}", key.name()));
        check(value.into_inner()).map(Some).map_err(refused)
    }
}

impl Policy {
    /// Reads a policy: TOML, with the keys of [`PolicyKey`], `locked`, and no others.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        if bytes.len() > LONGEST {
            return Err(PolicyError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| PolicyError::NotText)?;
        let lines = Lines(text);
        let file: PolicyFile = toml::from_str(text)
            .map_err(|error| lines.refused(error.span().map(|span| span.start), error.message()))?;
        let portals = file.portals.map(|portals| {
            let one =
                |portal: Spanned<String>| lines.checked(PolicyKey::Portals, Some(portal), |portal| canonical(&portal));
            portals.into_iter().filter_map(|portal| one(portal).transpose()).collect::<Result<Vec<_>, _>>()
        });
        let portals = portals.transpose()?;
        let has_anchor = file.trust_anchor.is_some();
        let portal = lines.checked(PolicyKey::Portal, file.portal, |portal| {
            let portal = canonical(&portal)?;
            if !has_anchor {
                Err("trust_anchor is missing, and no portal is believed without one".into())
            } else if portals.as_ref().is_some_and(|portals| !portals.contains(&portal)) {
                Err(format!("{portal} is not among portals"))
            } else {
                Ok(portal)
            }
        })?;
        let mut policy = Self {
            portals,
            portal,
            trust_anchor: lines.checked(PolicyKey::TrustAnchor, file.trust_anchor, whole_path)?,
            key_places: file.key_places,
            pkcs11_module: lines.checked(PolicyKey::Pkcs11Module, file.pkcs11_module, whole_path)?,
            language: file.language,
            proxy: lines.checked(PolicyKey::Proxy, file.proxy, |proxy| proxy_choice(&proxy))?,
            connect_timeout_seconds: lines.checked(
                PolicyKey::ConnectTimeoutSeconds,
                file.connect_timeout_seconds,
                |seconds| within(seconds, CONNECTION_SECONDS),
            )?,
            request_timeout_seconds: lines.checked(
                PolicyKey::RequestTimeoutSeconds,
                file.request_timeout_seconds,
                |seconds| within(seconds, REQUEST_SECONDS),
            )?,
            export: file.export,
            unlocked_minutes: lines.checked(PolicyKey::UnlockedMinutes, file.unlocked_minutes, |minutes| {
                within(minutes, [0, MOST_MINUTES, 0])
            })?,
            telemetry: lines.checked(PolicyKey::Telemetry, file.telemetry, |telemetry| match telemetry {
                false => Ok(false),
                true => Err("there is none, so that it can only be false".into()),
            })?,
            locked: BTreeSet::new(),
        };
        for name in file.locked {
            let refused = |reason: &str| lines.refused(Some(name.span().start), reason);
            let key = PolicyKey::ALL.into_iter().find(|key| key.name() == name.get_ref());
            let key = key.ok_or_else(|| refused(&format!("locked: there is no key {}", name.get_ref())))?;
            if !policy.is_set(key) {
                return Err(refused(&format!("locked: {} is not set in this file", key.name())));
            }
            policy.locked.insert(key);
        }
        Ok(policy)
    }

    /// Whether the policy itself sets the key.
    #[must_use]
    pub fn is_set(&self, key: PolicyKey) -> bool {
        match key {
            PolicyKey::Portals => self.portals.is_some(),
            PolicyKey::Portal => self.portal.is_some(),
            PolicyKey::TrustAnchor => self.trust_anchor.is_some(),
            PolicyKey::KeyPlaces => self.key_places.is_some(),
            PolicyKey::Pkcs11Module => self.pkcs11_module.is_some(),
            PolicyKey::Language => self.language.is_some(),
            PolicyKey::Proxy => self.proxy.is_some(),
            PolicyKey::ConnectTimeoutSeconds => self.connect_timeout_seconds.is_some(),
            PolicyKey::RequestTimeoutSeconds => self.request_timeout_seconds.is_some(),
            PolicyKey::Export => self.export.is_some(),
            PolicyKey::UnlockedMinutes => self.unlocked_minutes.is_some(),
            PolicyKey::Telemetry => self.telemetry.is_some(),
        }
    }

    /// Whether nobody can set the key otherwise: it is locked, or a limit that the policy sets.
    #[must_use]
    pub fn is_locked(&self, key: PolicyKey) -> bool {
        self.locked.contains(&key) || (key.is_limit() && self.is_set(key))
    }

    /// Of what somebody `named` when starting the program and the policy's own value, the one that is in force.
    #[must_use]
    pub fn in_force<T>(&self, key: PolicyKey, named: Option<T>, of_policy: Option<T>) -> Option<(T, PolicySource)> {
        match (named, of_policy) {
            (None, None) => None,
            (Some(named), None) => Some((named, PolicySource::CommandLine)),
            (Some(named), Some(_)) if !self.is_locked(key) => Some((named, PolicySource::CommandLine)),
            (Some(_) | None, Some(of_policy)) => Some((of_policy, PolicySource::Policy)),
        }
    }

    /// Whether the portal of this address may be chosen.
    #[must_use]
    pub fn allows_portal(&self, address: &str) -> bool {
        let locked = self.portal.as_ref().filter(|_| self.is_locked(PolicyKey::Portal));
        if self.portals.is_none() && locked.is_none() {
            return true;
        }
        let Ok(address) = canonical(address) else { return false };
        self.portals.as_ref().is_none_or(|portals| portals.contains(&address))
            && locked.is_none_or(|portal| *portal == address)
    }

    /// The portals that may be chosen; `None` where every one may be.
    #[must_use]
    pub fn portals(&self) -> Option<&[Box<str>]> {
        self.portals.as_deref()
    }

    /// The same, but every portal may be chosen.
    #[must_use]
    pub fn for_any_portal(self) -> Self {
        Self { portals: None, portal: None, ..self }
    }

    /// The portal that is used where none is named, `https://host[:port]`. Then there is [`Self::trust_anchor`] too.
    #[must_use]
    pub fn portal(&self) -> Option<&str> {
        self.portal.as_deref()
    }

    /// The whole path of the certificate (PEM) that a portal's certificates must lead to.
    #[must_use]
    pub fn trust_anchor(&self) -> Option<&Path> {
        self.trust_anchor.as_deref().map(Path::new)
    }

    /// Whether a key may be made or kept there.
    #[must_use]
    pub fn allows_key_place(&self, place: &KeyPlaceName) -> bool {
        let kind = if place.is_keychain() { KeyPlaceKind::Keychain } else { KeyPlaceKind::Pkcs11 };
        self.key_places().contains(&kind)
    }

    /// Where keys may be made and kept.
    #[must_use]
    pub fn key_places(&self) -> &[KeyPlaceKind] {
        self.key_places.as_deref().unwrap_or(&[KeyPlaceKind::Keychain, KeyPlaceKind::Pkcs11])
    }

    /// The whole path of the module that speaks to tokens.
    #[must_use]
    pub fn pkcs11_module(&self) -> Option<&Path> {
        self.pkcs11_module.as_deref().map(Path::new)
    }

    /// The language of who has chosen none.
    #[must_use]
    pub fn language(&self) -> Option<Language> {
        self.language
    }

    /// The way out of the network, where the environment may name one (`environment_names_one`). What it names comes
    /// before the policy's unless that is locked.
    #[must_use]
    pub fn proxy(&self, environment_names_one: bool) -> (ProxyChoice, PolicySource) {
        match &self.proxy {
            Some(proxy) if self.is_locked(PolicyKey::Proxy) || !environment_names_one => {
                (proxy.clone(), PolicySource::Policy)
            }
            Some(_) | None if environment_names_one => (ProxyChoice::System, PolicySource::Environment),
            Some(_) | None => (ProxyChoice::System, PolicySource::Default),
        }
    }

    /// How long a connection to the portal may take to come about.
    #[must_use]
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_secs(self.connect_timeout_seconds.unwrap_or(CONNECTION_SECONDS[2]).into())
    }

    /// How long the portal may take for the whole of an answer.
    #[must_use]
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_seconds.unwrap_or(REQUEST_SECONDS[2]).into())
    }

    /// Whether a key may be copied into a file.
    #[must_use]
    pub fn export_allowed(&self) -> bool {
        self.export.unwrap_or_default()
    }

    /// For how long a key stays open after the password was given.
    #[must_use]
    pub fn unlocked_for(&self) -> TimeDelta {
        TimeDelta::minutes(self.unlocked_minutes.unwrap_or_default().into())
    }
}

/// The origin of an address ([RFC 6454 §4]): scheme, host in lower case, and the port where it is not 443.
fn canonical(address: &str) -> Result<Box<str>, String> {
    // Whatever it is, a password that stands there is not told again.
    if address.contains('@') {
        return Err("an address has no user name and no password".into());
    }
    let refused = || format!("{address} is not an address as https://host or https://host:port");
    let host = address.strip_prefix("https://").ok_or_else(refused)?;
    let host = host.strip_suffix('/').unwrap_or(host);
    let host = host.strip_suffix(":443").unwrap_or(host);
    if is_host(host) { Ok(format!("https://{}", host.to_lowercase()).into()) } else { Err(refused()) }
}

fn is_host(host: &str) -> bool {
    let fits = |character: char| character.is_alphanumeric() || matches!(character, '.' | '-' | ':' | '[' | ']');
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        Some(_) | None => (host, None),
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|number| number > 0) && !port.starts_with('+');
    // An address of IPv6 stands in brackets, and nothing else does.
    port.is_none_or(is_port)
        && !name.is_empty()
        && name.starts_with('[') == name.contains(':')
        && name.chars().all(fits)
}

fn proxy_choice(proxy: &str) -> Result<ProxyChoice, String> {
    let host = proxy.strip_prefix("http://").or_else(|| proxy.strip_prefix("https://"));
    match (proxy, host) {
        ("system", _) => Ok(ProxyChoice::System),
        ("none", _) => Ok(ProxyChoice::Direct),
        // Everybody on the computer can read the policy.
        (_, _) if proxy.contains('@') => Err("a user name and a password belong into HTTPS_PROXY".into()),
        (_, Some(host)) if is_host(host.strip_suffix('/').unwrap_or(host)) => Ok(ProxyChoice::Through(proxy.into())),
        (_, Some(_) | None) => Err(format!("{proxy} is neither system, none nor an address as http://host:port")),
    }
}

fn whole_path(path: String) -> Result<Box<str>, String> {
    if Path::new(&path).is_absolute() { Ok(path.into()) } else { Err(format!("{path} is not a whole path")) }
}

fn within<T: PartialOrd + std::fmt::Display>(value: T, [least, most, _]: [T; 3]) -> Result<T, String> {
    if (&least..=&most).contains(&&value) { Ok(value) } else { Err(format!("{value} is not within {least} to {most}")) }
}

#[cfg(test)]
mod tests;
