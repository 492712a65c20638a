//! Who brings PostgreSQL's tables up to date, and what the role that the portal serves under may do with them.
//!
//! `portal migrate` runs as the role that owns the tables. The portal itself needs no such power: whoever breaks into it then
//! cannot drop a table, take a trigger off the event log, or read the sealed CPR numbers.

use super::StorageError;
use super::database::{POSTGRESQL_MIGRATIONS, is_postgresql};
use serde::Serialize;
use sqlx::migrate::MigrateError;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use std::path::Path;
use std::str::FromStr;
use thiserror::Error;

/// SQLSTATE of what a role may not do, of a schema that it may not see, and of a table that is not there.
const INSUFFICIENT_PRIVILEGE: &str = "42501";
const INVALID_SCHEMA: &str = "3F000";
const UNDEFINED_TABLE: &str = "42P01";

/// What the serving role may do beside reading. What only an erasure does, the triggers of `event`, `event_link` and `activity` bind
/// to the erasure under way.
const RIGHTS: &[(&str, &[&str])] = &[
    ("activity", &["INSERT", "DELETE"]),
    ("authority_certificate", &["INSERT", "UPDATE (state, reason, since)", "DELETE"]),
    ("certificate", &["INSERT", "UPDATE (state, reason, since, on_hold_since, declared_by, renews)", "DELETE"]),
    ("daily_job", &["INSERT", "UPDATE"]),
    ("declaration", &["INSERT", "DELETE"]),
    (
        "device",
        &["INSERT", "UPDATE (token_sha256, revocation_code_salt, revocation_code_hash, registered_at, name)", "DELETE"],
    ),
    ("employee", &["INSERT", "UPDATE (activated_at)", "DELETE"]),
    ("erasure_under_way", &["INSERT", "DELETE"]),
    ("event", &["INSERT", "UPDATE (reference, serial_number, detail, authority_serial_number, acting_serial_number)"]),
    ("event_link", &["INSERT", "UPDATE (payload_salt, acting_salt)"]),
    ("instance_setting", &["INSERT"]),
    (
        "invitation",
        &["INSERT", "UPDATE (tries, revocation_tries, code_salt, code_hash, expires_at, serial_number)", "DELETE"],
    ),
    ("issued_certificate", &[]),
    ("issued_list", &["INSERT", "UPDATE (delta_der)", "DELETE"]),
    ("replaced_secret", &["INSERT", "DELETE"]),
    ("revocation_list", &["INSERT", "UPDATE"]),
    ("supersession", &["INSERT", "DELETE"]),
    ("terms", &["INSERT"]),
    ("unknown_reference", &["DELETE"]),
    ("unknown_reference_try", &["INSERT", "UPDATE", "DELETE"]),
    ("_sqlx_migrations", &[]),
];

/// What is written and never read: only a change of its key reads it, and that is the owner's.
const UNREAD: (&str, &str) = ("employee", "personal_number_sealed");

/// Why the tables were not brought up to date or a role was not given what it needs.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// Only PostgreSQL has roles.
    #[error("only a PostgreSQL database has roles: with SQLite leave --grant-to out")]
    NoRoles,
    /// There is no such role.
    #[error("the database server has no role {role}: make it first, with CREATE ROLE … LOGIN")]
    UnknownRole {
        /// Its name.
        role: String,
    },
    /// Nothing can be withheld from the role.
    #[error(
        "the role {role} is a superuser, or owns the tables or their schema or is a member of who does: name one that \
         serves only"
    )]
    MayDoEverything {
        /// Its name.
        role: String,
    },
    /// Whoever migrates may not take from everybody the right to make tables beside the portal's.
    #[error(
        "the role {role} may still make tables in the portal's schema: its owner first takes that from everybody, with \
         REVOKE CREATE ON SCHEMA … FROM PUBLIC"
    )]
    MayCreate {
        /// Its name.
        role: String,
    },
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What [`migrate`] did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Migrated {
    /// The number of the last migration: the tables are as this version of the portal has them.
    pub tables: i64,
    /// Which role was given what serving needs, where one was named.
    pub granted_to: Option<String>,
}

/// Brings the tables up to date, as the role of the URL `database`, which owns them. `grant_to` names the role that
/// [`crate::PortalServer`] and the staff's commands run under from then on: it is given what they need and loses what else it
/// had of these tables. `data` and `database` as in [`crate::invite`].
///
/// # Errors
/// [`MigrationError`].
pub async fn migrate(data: &Path, database: Option<&str>, grant_to: Option<&str>) -> Result<Migrated, MigrationError> {
    let postgresql = database.filter(|url| is_postgresql(url));
    if grant_to.is_some() && postgresql.is_none() {
        return Err(MigrationError::NoRoles);
    }
    super::Storage::open(data, database).await?.close().await;
    if let (Some(url), Some(role)) = (postgresql, grant_to) {
        let options = PgConnectOptions::from_str(url).map_err(|_| StorageError::Url)?;
        let mut connection = options.connect().await.map_err(StorageError::from)?;
        grant(&mut connection, role).await?;
        connection.close().await.map_err(StorageError::from)?;
    }
    let tables = POSTGRESQL_MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default();
    Ok(Migrated { tables, granted_to: grant_to.map(ToOwned::to_owned) })
}

async fn grant(connection: &mut PgConnection, role: &str) -> Result<(), MigrationError> {
    let known: Option<(bool, String)> = sqlx::query_as(
        "SELECT r.rolsuper OR EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace \
         AND c.relname = 'event' AND pg_has_role(r.oid, c.relowner, 'MEMBER')) \
         OR EXISTS (SELECT 1 FROM pg_namespace n WHERE n.oid = current_schema()::regnamespace \
         AND pg_has_role(r.oid, n.nspowner, 'MEMBER')), quote_ident(r.rolname) \
         FROM pg_roles r WHERE r.rolname = $1",
    )
    .bind(role)
    .fetch_optional(&mut *connection)
    .await
    .map_err(StorageError::from)?;
    let (may_do_everything, quoted) = known.ok_or_else(|| MigrationError::UnknownRole { role: role.to_owned() })?;
    if may_do_everything {
        return Err(MigrationError::MayDoEverything { role: role.to_owned() });
    }
    let may_create = grant_to(connection, role, &quoted).await.map_err(StorageError::from)?;
    if may_create { Err(MigrationError::MayCreate { role: role.to_owned() }) } else { Ok(()) }
}

/// `role` is `name`, quoted. All of it or nothing: the portal may run meanwhile. True where the role could make tables
/// nevertheless, and was given nothing.
async fn grant_to(connection: &mut PgConnection, name: &str, role: &str) -> Result<bool, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let schema: String =
        sqlx::query_scalar("SELECT quote_ident(current_schema())").fetch_one(&mut *transaction).await?;
    let (table, unread) = UNREAD;
    let columns: String = sqlx::query_scalar(
        "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name = $1 AND column_name <> $2",
    )
    .bind(table)
    .bind(unread)
    .fetch_one(&mut *transaction)
    .await?;
    let mut statements = vec![
        // Until version 15 of PostgreSQL everybody may make tables in the schema public.
        format!("REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role}"),
        format!("REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}"),
        format!("GRANT USAGE ON SCHEMA {schema} TO {role}"),
    ];
    for (of, rights) in RIGHTS {
        let read = if *of == table { format!("SELECT ({columns})") } else { "SELECT".to_owned() };
        let rights: Vec<&str> = std::iter::once(read.as_str()).chain(rights.iter().copied()).collect();
        // What else is in the schema is not the portal's to close.
        statements.push(format!("REVOKE ALL ON {schema}.{of} FROM PUBLIC"));
        statements.push(format!("GRANT {} ON {schema}.{of} TO {role}", rights.join(", ")));
    }
    for statement in statements {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *transaction).await?;
    }
    let may_create: bool = sqlx::query_scalar("SELECT has_schema_privilege($1, current_schema(), 'CREATE')")
        .bind(name)
        .fetch_one(&mut *transaction)
        .await?;
    if !may_create {
        transaction.commit().await?;
    }
    Ok(may_create)
}

/// Brings the tables up to date where they are not; a role that may not is good enough where they are.
pub(super) async fn bring_up_to_date(connection: &mut PgConnection) -> Result<(), StorageError> {
    if is_up_to_date(connection).await? {
        return Ok(());
    }
    POSTGRESQL_MIGRATIONS.run(connection).await.map_err(|error| match &error {
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) if is_not_allowed(cause) => {
            StorageError::MayNotMigrate
        }
        _ => error.into(),
    })
}

/// Whether this version's migrations, all of them, have made the tables; an error where other ones have as well.
async fn is_up_to_date(connection: &mut PgConnection) -> Result<bool, StorageError> {
    let applied = "SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version";
    let applied: Vec<(i64, bool, Vec<u8>)> = match sqlx::query_as(applied).fetch_all(connection).await {
        Ok(applied) => applied,
        Err(error) if has_code(&error, &[UNDEFINED_TABLE]) => return Ok(false),
        Err(error) if is_not_allowed(&error) => return Err(StorageError::MayNotMigrate),
        Err(error) => return Err(error.into()),
    };
    for (version, success, checksum) in &applied {
        let known = POSTGRESQL_MIGRATIONS.iter().find(|known| known.version == *version);
        let known = known.ok_or(MigrateError::VersionMissing(*version))?;
        if !success {
            return Err(MigrateError::Dirty(*version).into());
        }
        if known.checksum.as_ref() != checksum.as_slice() {
            return Err(MigrateError::VersionMismatch(*version).into());
        }
    }
    Ok(applied.len() == POSTGRESQL_MIGRATIONS.iter().count())
}

fn is_not_allowed(error: &sqlx::Error) -> bool {
    has_code(error, &[INSUFFICIENT_PRIVILEGE, INVALID_SCHEMA])
}

fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| codes.contains(&code.as_ref()))
}
