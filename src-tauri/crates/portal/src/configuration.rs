//! What the one who runs the portal sets: a file, above it the environment.
//!
//! The file is TOML and the names in it are those of the fields here. A name that is not one of them is refused, in the file
//! and in the environment alike, so that a mistake in spelling does not leave a default in force. No error repeats what was
//! set: it may be the URL of a database with its password.

use crate::certificate_authority::PolicyArc;
use crate::connection::Limits;
use crate::host_name::HostName;
use crate::rate_limit::{ForwardedHeader, Rates, TrustedProxies};
use crate::storage::is_postgresql;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize};
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;
use url::Url;
use zeroize::Zeroizing;

/// Where the file is, where no other is named.
pub const CONFIGURATION_FILE: &str = "/etc/certifikatguide-portal/portal.toml";

/// Names in the environment that are ours, all but those of [`VARIABLES`].
const PREFIX: &str = "PORTAL_";
/// Names the file itself.
const FILE_VARIABLE: &str = "PORTAL_CONFIG";
/// What Kubernetes puts into the environment for a service that is called `portal`.
const OF_KUBERNETES: [&str; 2] = ["PORTAL_SERVICE_", "PORTAL_PORT"];
/// The most connections that a listener can be set to hold.
const CONNECTIONS_LIMIT: usize = 100_000;
/// The longest password that is read.
const PASSWORD_LIMIT: usize = 1024;

/// Why the portal does not start with what was set.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is not as it should be.
    #[error("{path}, line {line}: {message}")]
    File {
        /// Which.
        path: PathBuf,
        /// Where, counted from 1.
        line: usize,
        /// What is wrong, without what stands there.
        message: Box<str>,
    },
    /// A variable of the environment is not as it should be.
    #[error("{name} in the environment: {message}")]
    Variable {
        /// Which.
        name: String,
        /// What is wrong, without its value.
        message: Box<str>,
    },
    /// A variable of the environment is none that the portal knows.
    #[error("the portal knows no {name} in the environment")]
    UnknownVariable {
        /// Which.
        name: String,
    },
    /// Others may read a file with a password in it.
    #[error("others may read {path}, which holds a password: chmod 600, or 640 where its owner is root")]
    PasswordForAll {
        /// Which.
        path: PathBuf,
    },
    /// The file of a password holds none.
    #[error("{path} holds no password of one line and at most {PASSWORD_LIMIT} bytes")]
    NoPassword {
        /// Which.
        path: PathBuf,
    },
    /// A password is set for a database that has none, or has one in its URL.
    #[error("database_password_file goes with the URL of a PostgreSQL database that holds no password")]
    PasswordWithoutUse,
    /// The PROXY protocol is spoken by nobody who is trusted.
    #[error("proxies.protocol goes with the networks of the proxies that speak it, in proxies.trusted")]
    ProtocolWithoutProxies,
}

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Configuration {
    /// The folder of keys, certificates and, with SQLite, the database.
    pub data: PathBuf,
    /// The database's URL.
    pub database: Option<DatabaseUrl>,
    /// The file of the database's password.
    pub database_password_file: Option<PathBuf>,
    /// Where the portal listens with TLS.
    pub listen: SocketAddr,
    /// Where it publishes status.
    pub status_listen: SocketAddr,
    /// Where certificates say that status is published.
    pub status_url: Option<String>,
    /// By which names the portal is called.
    pub names: Vec<HostName>,
    /// Where figures and the state of the instance are told.
    pub metrics_listen: Option<SocketAddr>,
    /// Which policies the certificates name.
    pub policy_arc: PolicyArc,
    /// False where certificates are not suspended.
    pub suspension: bool,
    /// The files of the terms in force.
    pub terms: Vec<PathBuf>,
    /// How long the portal says that it is not ready before it stops.
    pub shutdown_delay_seconds: u32,
    /// What is logged, and how.
    pub log: Log,
    /// What callers may ask of the portal.
    pub limits: ConfiguredLimits,
    /// The proxies in front of it.
    pub proxies: ConfiguredProxies,
}

/// The URL of a database, which may hold a password: it is not shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// True also where it cannot be told.
    fn may_hold_a_password(&self) -> bool {
        Url::parse(&self.0).map_or(is_postgresql(&self.0), |url| holds_password(&url))
    }
}

fn holds_password(url: &Url) -> bool {
    url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password")
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DatabaseUrl")
    }
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// As text or as JSON.
    pub format: LogFormat,
    /// Levels by module.
    pub filter: String,
}

/// The form of a line of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// [`Limits`] as they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConfiguredLimits {
    /// Connections of each listener.
    #[serde(deserialize_with = "connections")]
    pub connections: NonZeroUsize,
    /// Connections from one address; 0 for any number.
    pub connections_per_source: usize,
    /// How long a TLS handshake and the header of a request may take.
    pub handshake_seconds: NonZeroU32,
    /// How long a connection may do nothing.
    pub idle_seconds: NonZeroU32,
    /// How long a connection lives.
    pub connection_seconds: NonZeroU32,
    /// How long requests under way are waited for.
    pub grace_seconds: u32,
    /// Requests a minute with a code from one address; 0 for any number.
    pub codes_per_source: u32,
    /// Requests a minute for one reference number; 0 for any number.
    pub codes_per_reference: u32,
    /// Requests a minute that make the portal work, from one address; 0 for any number.
    pub work_per_source: u32,
    /// Requests a minute for the desk's pages, with one certificate; 0 for any number.
    pub desk_per_certificate: u32,
}

/// [`TrustedProxies`] as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConfiguredProxies {
    /// Their networks.
    pub trusted: Vec<IpNet>,
    /// The header that they write.
    pub header: ForwardedHeader,
    /// Whether they speak the PROXY protocol on the TLS listener.
    pub protocol: bool,
}

impl Default for Configuration {
    fn default() -> Self {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            data: PathBuf::from("portal-data"),
            database: None,
            database_password_file: None,
            listen: any_port,
            status_listen: any_port,
            status_url: None,
            names: Vec::new(),
            metrics_listen: None,
            policy_arc: PolicyArc::Documentation,
            suspension: true,
            terms: Vec::new(),
            shutdown_delay_seconds: 0,
            log: Log::default(),
            limits: ConfiguredLimits::default(),
            proxies: ConfiguredProxies::default(),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "warn,portal=info".to_owned() }
    }
}

impl Default for ConfiguredLimits {
    fn default() -> Self {
        let limits = Limits::default();
        let seconds = |duration: Duration| {
            u32::try_from(duration.as_secs()).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN)
        };
        Self {
            connections: limits.connections,
            connections_per_source: 128,
            handshake_seconds: seconds(limits.handshake),
            idle_seconds: seconds(limits.idle),
            connection_seconds: seconds(limits.connection),
            grace_seconds: seconds(limits.grace).get(),
            codes_per_source: 120,
            codes_per_reference: 20,
            work_per_source: 1200,
            desk_per_certificate: 120,
        }
    }
}

/// What a variable of the environment holds.
#[derive(Debug, Clone, Copy)]
enum Holds {
    Text,
    Number,
    Truth,
    /// Separated by commas.
    List,
}

/// The variables of the environment, each with the table and the name that it stands for.
const VARIABLES: [(&str, Option<&str>, &str, Holds); 28] = [
    ("PORTAL_DATA", None, "data", Holds::Text),
    ("PORTAL_DATABASE", None, "database", Holds::Text),
    ("PORTAL_DATABASE_PASSWORD_FILE", None, "database_password_file", Holds::Text),
    ("PORTAL_LISTEN", None, "listen", Holds::Text),
    ("PORTAL_STATUS_LISTEN", None, "status_listen", Holds::Text),
    ("PORTAL_STATUS_URL", None, "status_url", Holds::Text),
    ("PORTAL_NAMES", None, "names", Holds::List),
    ("PORTAL_METRICS_LISTEN", None, "metrics_listen", Holds::Text),
    ("PORTAL_POLICY_ARC", None, "policy_arc", Holds::Text),
    ("PORTAL_SUSPENSION", None, "suspension", Holds::Truth),
    ("PORTAL_TERMS", None, "terms", Holds::List),
    ("PORTAL_SHUTDOWN_DELAY_SECONDS", None, "shutdown_delay_seconds", Holds::Number),
    ("PORTAL_LOG_FORMAT", Some("log"), "format", Holds::Text),
    ("PORTAL_LOG_FILTER", Some("log"), "filter", Holds::Text),
    ("PORTAL_LIMITS_CONNECTIONS", Some("limits"), "connections", Holds::Number),
    ("PORTAL_LIMITS_CONNECTIONS_PER_SOURCE", Some("limits"), "connections_per_source", Holds::Number),
    ("PORTAL_LIMITS_HANDSHAKE_SECONDS", Some("limits"), "handshake_seconds", Holds::Number),
    ("PORTAL_LIMITS_IDLE_SECONDS", Some("limits"), "idle_seconds", Holds::Number),
    ("PORTAL_LIMITS_CONNECTION_SECONDS", Some("limits"), "connection_seconds", Holds::Number),
    ("PORTAL_LIMITS_GRACE_SECONDS", Some("limits"), "grace_seconds", Holds::Number),
    ("PORTAL_LIMITS_CODES_PER_SOURCE", Some("limits"), "codes_per_source", Holds::Number),
    ("PORTAL_LIMITS_CODES_PER_REFERENCE", Some("limits"), "codes_per_reference", Holds::Number),
    ("PORTAL_LIMITS_WORK_PER_SOURCE", Some("limits"), "work_per_source", Holds::Number),
    ("PORTAL_LIMITS_DESK_PER_CERTIFICATE", Some("limits"), "desk_per_certificate", Holds::Number),
    ("PORTAL_PROXIES_TRUSTED", Some("proxies"), "trusted", Holds::List),
    ("PORTAL_PROXIES_HEADER", Some("proxies"), "header", Holds::Text),
    ("PORTAL_PROXIES_PROTOCOL", Some("proxies"), "protocol", Holds::Truth),
    (FILE_VARIABLE, None, "", Holds::Text),
];

impl Configuration {
    /// Reads the file, if any, and the environment above it. `file` is what the command line names; without it the file that
    /// `PORTAL_CONFIG` names, or [`CONFIGURATION_FILE`] where that is there.
    ///
    /// # Errors
    /// [`ConfigurationError`]; none of them tells a value.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigurationError> {
        let mut ours: Vec<(String, OsString)> = environment
            .into_iter()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        ours.sort();
        let named = ours.iter().find(|(name, path)| name == FILE_VARIABLE && !path.is_empty());
        let named = named.map(|(_, path)| PathBuf::from(path));
        let named = file.map(Path::to_path_buf).or(named);
        let path = named.or_else(|| Some(PathBuf::from(CONFIGURATION_FILE)).filter(|path| path.exists()));
        let mut table = match &path {
            None => toml::Table::new(),
            Some(path) => {
                let text = fs::read_to_string(path)
                    .map_err(|source| ConfigurationError::Unreadable { path: path.clone(), source })?;
                let wrong = |error: toml::de::Error| ConfigurationError::File {
                    path: path.clone(),
                    line: error
                        .span()
                        .map_or(1, |span| 1 + text.bytes().take(span.start).filter(|b| *b == b'\n').count()),
                    message: error.message().into(),
                };
                // By itself first: here an error still knows its line.
                let set: Self = toml::from_str(&text).map_err(wrong)?;
                if set.database.is_some_and(|url| url.may_hold_a_password()) {
                    kept_from_others(path)?;
                }
                toml::from_str(&text).map_err(wrong)?
            }
        };
        for (name, value) in ours {
            let Some((_, inside, key, holds)) = VARIABLES.iter().find(|(known, ..)| *known == name) else {
                if OF_KUBERNETES.iter().any(|prefix| name.starts_with(prefix)) {
                    continue;
                }
                return Err(ConfigurationError::UnknownVariable { name });
            };
            if name == FILE_VARIABLE || value.is_empty() {
                continue;
            }
            let wrong = |message: &str| ConfigurationError::Variable { name: name.clone(), message: message.into() };
            let value = value.into_string().map_err(|_| wrong("not Unicode"))?;
            let value = match holds {
                Holds::Text => toml::Value::String(value),
                Holds::Number => toml::Value::Integer(value.trim().parse().map_err(|_| wrong("not a whole number"))?),
                Holds::Truth => {
                    toml::Value::Boolean(value.trim().parse().map_err(|_| wrong("neither true nor false"))?)
                }
                Holds::List => {
                    let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
                    toml::Value::Array(parts.map(|part| toml::Value::String(part.to_owned())).collect())
                }
            };
            let mut alone = toml::Table::new();
            put(&mut alone, *inside, key, value.clone());
            alone.try_into::<Self>().map_err(|error| wrong(error.message()))?;
            put(&mut table, *inside, key, value);
        }
        let set: Self = table.try_into().map_err(|error: toml::de::Error| ConfigurationError::File {
            path: path.unwrap_or_default(),
            line: 1,
            message: error.message().into(),
        })?;
        if set.proxies.protocol && set.proxies.trusted.is_empty() {
            return Err(ConfigurationError::ProtocolWithoutProxies);
        }
        Ok(set)
    }

    /// The database's URL, with the password that is kept in a file. Not to be shown.
    ///
    /// # Errors
    /// [`ConfigurationError`]: the file cannot be read, others may read it, or there is no use for it.
    pub fn database_url(&self) -> Result<Option<String>, ConfigurationError> {
        let Some(path) = &self.database_password_file else {
            return Ok(self.database.as_ref().map(|url| url.0.clone()));
        };
        let url = self.database.as_ref().map(|url| url.0.as_str()).filter(|url| is_postgresql(url));
        let mut url = url.and_then(|url| Url::parse(url).ok()).ok_or(ConfigurationError::PasswordWithoutUse)?;
        if holds_password(&url) {
            return Err(ConfigurationError::PasswordWithoutUse);
        }
        let password = password(path)?;
        // As a parameter, which a URL without a host can have as well: one over a socket.
        url.query_pairs_mut().append_pair("password", &password);
        Ok(Some(url.into()))
    }

    /// The limits of a portal that runs with this.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let seconds = |seconds: NonZeroU32| Duration::from_secs(seconds.get().into());
        let limits = self.limits;
        Limits {
            connections: limits.connections,
            connections_per_source: NonZeroUsize::new(limits.connections_per_source),
            handshake: seconds(limits.handshake_seconds),
            idle: seconds(limits.idle_seconds),
            connection: seconds(limits.connection_seconds),
            grace: Duration::from_secs(limits.grace_seconds.into()),
            rates: Rates {
                codes_per_source: NonZeroU32::new(limits.codes_per_source),
                codes_per_reference: NonZeroU32::new(limits.codes_per_reference),
                work_per_source: NonZeroU32::new(limits.work_per_source),
                desk_per_certificate: NonZeroU32::new(limits.desk_per_certificate),
            },
            proxies: TrustedProxies {
                networks: self.proxies.trusted.clone(),
                header: self.proxies.header,
                protocol: self.proxies.protocol,
            },
        }
    }
}

/// Sets `key`, in a table of its own where it is in one.
fn put(table: &mut toml::Table, inside: Option<&str>, key: &str, value: toml::Value) {
    let table = match inside {
        None => table,
        Some(name) => {
            let entry = table.entry(name).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            match entry.as_table_mut() {
                Some(table) => table,
                // Not where the file has been read: a table cannot be anything else there.
                None => return,
            }
        }
    };
    table.insert(key.to_owned(), value);
}

/// How many connections there may be: what the portal's own counters can hold, and far more than files can be open.
fn connections<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NonZeroUsize, D::Error> {
    let number = NonZeroUsize::deserialize(deserializer)?;
    if number.get() > CONNECTIONS_LIMIT {
        return Err(serde::de::Error::custom(format_args!("connections is at most {CONNECTIONS_LIMIT}")));
    }
    Ok(number)
}

/// Refuses a file with a password in it that others may read. The group may where the owner is root, as PostgreSQL has it for
/// a server's key: then it is root who has chosen the group.
fn kept_from_others(path: &Path) -> Result<(), ConfigurationError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let unreadable = |source| ConfigurationError::Unreadable { path: path.to_path_buf(), source };
        let metadata = fs::metadata(path).map_err(unreadable)?;
        // systemd gives a credential to the service's user alone by an access control list, which shows as the group's mode.
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        let is_credential = credentials.is_some_and(|folder| path.parent() == Some(&folder));
        let forbidden = if is_credential || metadata.uid() == 0 { 0o037 } else { 0o077 };
        if metadata.mode() & forbidden != 0 {
            return Err(ConfigurationError::PasswordForAll { path: path.to_path_buf() });
        }
    }
    Ok(())
}

/// The password in a file: its one line.
fn password(path: &Path) -> Result<Zeroizing<String>, ConfigurationError> {
    let unreadable = |source| ConfigurationError::Unreadable { path: path.to_path_buf(), source };
    kept_from_others(path)?;
    let text = Zeroizing::new(fs::read_to_string(path).map_err(unreadable)?);
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() || line.len() > PASSWORD_LIMIT || line.contains(['\n', '\r']) {
        return Err(ConfigurationError::NoPassword { path: path.to_path_buf() });
    }
    Ok(Zeroizing::new(line.to_owned()))
}
