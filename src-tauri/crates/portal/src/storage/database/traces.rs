//! What erasure leaves behind in the files of a database.
//!
//! SQLite overwrites what is deleted (`secure_delete`), but its write-ahead log holds the pages as they were until it is
//! emptied, which readers hold up; and pages that were given up before `secure_delete` was on are as they were then, until
//! one `VACUUM`. PostgreSQL keeps dead rows until `VACUUM`.

use super::{Database, query};
use crate::storage::StorageError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor as _, SqliteConnection, SqlitePool};
use std::time::Duration;

/// The setting that says that pages from before `secure_delete` are gone.
const VACUUMED: &str = "vacuumed since secure_delete";
/// How long SQLite waits for readers to empty its log: nobody can write meanwhile.
const READERS: Duration = Duration::from_millis(500);
/// Where erasure leaves dead rows.
const VACUUM: &str = "VACUUM activity, authority_certificate, certificate, declaration, device, employee, erasure_under_way, \
     event, event_link, invitation, replaced_secret, supersession, unknown_reference, unknown_reference_try";

/// Whether there is anything left of what was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Traces {
    Gone,
    /// Somebody was reading: the next turn removes them.
    Held,
}

impl Database {
    /// Removes what is left of what was erased. In PostgreSQL that is for the tables' owner; where somebody else serves, the
    /// server does it in its own time (autovacuum).
    pub(in crate::storage) async fn remove_traces(&self) -> Result<Traces, StorageError> {
        match self {
            Self::Sqlite(pool) => {
                let first = !self.is_vacuumed().await?;
                let traces = remove_from_sqlite(pool, first).await?;
                if first && traces == Traces::Gone {
                    query("INSERT INTO instance_setting (name, value) VALUES ($1, 'yes') ON CONFLICT DO NOTHING")
                        .bind(VACUUMED)
                        .execute(self)
                        .await?;
                }
                Ok(traces)
            }
            Self::PostgreSql(pool) => {
                let is_owner = "SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class \
                     WHERE relnamespace = current_schema()::regnamespace AND relname = 'event'";
                if sqlx::query_scalar(is_owner).fetch_one(pool).await? {
                    pool.execute(sqlx::raw_sql(VACUUM)).await?;
                }
                Ok(Traces::Gone)
            }
        }
    }

    async fn is_vacuumed(&self) -> Result<bool, StorageError> {
        query("SELECT 1 FROM instance_setting WHERE name = $1").bind(VACUUMED).finds_any(self).await
    }
}

/// On a connection of its own, which waits less long than others do.
async fn remove_from_sqlite(pool: &SqlitePool, first: bool) -> Result<Traces, StorageError> {
    let options = SqliteConnectOptions::clone(&pool.connect_options()).busy_timeout(READERS);
    let mut connection = options.connect().await?;
    let removed = async {
        if first {
            sqlx::query("VACUUM").execute(&mut connection).await?;
        }
        empty_log(&mut connection).await
    };
    let removed = removed.await;
    connection.close().await?;
    removed
}

/// Empties SQLite's write-ahead log into the database, with the pages that were overwritten there since.
async fn empty_log(connection: &mut SqliteConnection) -> Result<Traces, StorageError> {
    let busy: i64 = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await?;
    Ok(if busy == 0 { Traces::Gone } else { Traces::Held })
}
