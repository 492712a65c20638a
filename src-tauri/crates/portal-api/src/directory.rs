//! The user database: employee certificates that are published with their holders' consent.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Most entries that one answer to a search of the user database holds.
pub const DIRECTORY_PAGE: usize = 20;

/// Longest name that the user database is searched for, in characters.
pub const DIRECTORY_NAME_LIMIT: usize = 64;

/// What the user database is searched for: exactly one of name, organisation and serial number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DirectoryQuery {
    /// Name in full, or surname; large and small letters alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// CVR number of the organisation, or its name in full; large and small letters alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// The certificate's serial number, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// The next page: `next` of the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A certificate in the user database. Holds no CPR number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DirectoryEntry {
    /// Name in full.
    pub common_name: String,
    /// Name of the employer.
    pub organisation: String,
    /// The employer's CVR number.
    pub cvr: String,
    /// E-mail address at work.
    pub email: String,
    /// The certificate's serial number, lower-case hexadecimal.
    pub serial_number: String,
    /// From when on it is valid.
    pub not_before: DateTime<Utc>,
    /// Until when it is valid.
    pub not_after: DateTime<Utc>,
    /// The certificate, Base64 of its DER.
    pub certificate: String,
}

/// Entries of the user database. `GET /v1/directory` and `GET /v1/directory/me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DirectoryPage {
    /// In the order of their serial numbers, at most [`DIRECTORY_PAGE`].
    pub entries: Vec<DirectoryEntry>,
    /// What `after` is for the next page, where there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
