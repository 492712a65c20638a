//! The portal as its clients meet it, with its database in PostgreSQL: the same tests as in `portal.rs`, and those of several
//! instances over one database.

include!("portal/suite.rs");

#[path = "portal/backup.rs"]
mod backup;
#[path = "portal/instances.rs"]
mod instances;
#[path = "portal/instances_under_load.rs"]
mod instances_under_load;
#[path = "portal/least_privilege.rs"]
mod least_privilege;
#[path = "portal/schema.rs"]
mod schema;
#[path = "portal/tls_to_postgresql.rs"]
mod tls_to_postgresql;
