//! The portal as its clients meet it: over TLS, on a port of its own, with a clock that the test holds. Its database is
//! SQLite.

include!("portal/suite.rs");

// What is the same whichever database there is.
#[path = "portal/api_description.rs"]
mod api_description;
#[path = "portal/configuration.rs"]
mod configuration;
#[path = "portal/migrations.rs"]
mod migrations;
#[path = "portal/operation.rs"]
mod operation;
#[path = "portal/own_security.rs"]
mod own_security;
#[path = "portal/sqlite_backup.rs"]
mod sqlite_backup;
