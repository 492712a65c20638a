//! The connections to the database, in figures.

use super::Storage;
use super::database::Database;

impl Storage {
    /// How many connections are in use, and how many wait for use.
    pub(crate) fn connections(&self) -> (usize, usize) {
        let (open, idle) = match &self.database {
            Database::Sqlite(pool) => (pool.size(), pool.num_idle()),
            Database::PostgreSql(pool) => (pool.size(), pool.num_idle()),
        };
        // Not of the same instant.
        (usize::try_from(open).unwrap_or(usize::MAX).saturating_sub(idle), idle)
    }
}
