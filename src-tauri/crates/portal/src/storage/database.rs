//! SQLite and PostgreSQL behind one small interface.
//!
//! Every statement is one text for both: parameters are `$1`, `$2` …, and only what both understand is used. Where they
//! differ, it is said here and in `migrations/`, which has the same tables in both dialects, and nowhere else:
//!
//! | | SQLite | PostgreSQL |
//! |---|---|---|
//! | one writer at a time | `BEGIN IMMEDIATE` | `pg_advisory_xact_lock` as the transaction's first statement |
//! | a reading of one moment | any transaction (WAL) | `REPEATABLE READ` |
//! | two that bring the tables up to date at once | a lock on a file beside the database | `pg_advisory_lock`, by sqlx |
//! | for how long a lock is waited for | `busy_timeout` | `lock_timeout` |
//! | what erasure leaves behind ([`traces`]) | the write-ahead log; once, free pages | dead rows |
//!
//! **What a write transaction may rely on, in both**: it holds the one write lock from its first statement on until its
//! commit can be seen by all, so that what it reads stays true, and what the one before it wrote is read. An instance
//! that is killed or cut off gives the lock back: SQLite's lock goes with the process, PostgreSQL's with the connection,
//! which the server ends when it is idle in a transaction or no longer answers ([`CUT_OFF_AFTER`]). From this follows
//! also that the numbers that the database gives to events, activities and replaced secrets rise in the order of the
//! commits, though numbers may be missing: whoever has read event 7 has read all that there will ever be up to 7. The
//! revocation lists count on that.

mod traces;

pub(crate) use traces::Traces;

use super::StorageError;
use super::migration::bring_up_to_date;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{
    ConnectOptions, Connection, Decode, Encode, Executor as _, PgPool, Postgres, Row as _, SqlSafeStr, SqlStr, Sqlite,
    SqlitePool, Type,
};
use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

pub(super) static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("./migrations/sqlite");
pub(super) static POSTGRESQL_MIGRATIONS: Migrator = sqlx::migrate!("./migrations/postgresql");

/// The one write lock of the portal's tables in PostgreSQL: `"portal"` in ASCII. Advisory locks are of one database, so
/// that several portals on one server do not wait for one another.
const WRITE_LOCK: i64 = 0x706f_7274_616c;
/// How long a lock is waited for.
const BUSY: Duration = Duration::from_secs(10);
/// When PostgreSQL ends the transaction of an instance that has gone silent, in seconds: no transaction waits for anything
/// but a signature between two statements.
const CUT_OFF_AFTER: u32 = 15;
/// Connections of one instance. They stay: a dead one is noticed before it is used. With a time after which they are closed,
/// the pool has a task that looks after them, which in sqlx 0.9.0 now and then never ends: its count of idle connections can be
/// below zero for a moment.
const SQLITE_CONNECTIONS: u32 = 4;
const POSTGRESQL_CONNECTIONS: u32 = 8;

/// A pool of connections.
pub(super) enum Database {
    Sqlite(SqlitePool),
    PostgreSql(PgPool),
}

/// A transaction; dropped, it is rolled back.
pub(super) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    PostgreSql(sqlx::Transaction<'static, Postgres>),
}

/// What a statement runs on.
pub(super) enum On<'a> {
    Database(&'a Database),
    Transaction(&'a mut Transaction),
}

/// A row of an answer.
pub(super) enum Row {
    Sqlite(SqliteRow),
    PostgreSql(PgRow),
}

/// What can be read from a column: text, whole numbers, bytes and truth values, and each of them or nothing.
pub(super) trait Column:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl<T> Column for T where T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> {}

/// A row that is read by the places of its columns.
pub(super) trait Columns: Sized {
    fn read(row: &Row) -> Result<Self, StorageError>;
}

/// A value for a parameter, or none of its type.
enum Value {
    Text(Option<String>),
    Integer(Option<i64>),
    Bytes(Option<Vec<u8>>),
    Boolean(bool),
}

/// What can be a value for a parameter.
pub(super) trait Parameter {
    fn value(self) -> ParameterValue;
}

/// A value on its way to a statement.
pub(super) struct ParameterValue(Value);

/// A statement with the values for its parameters.
pub(super) struct Query {
    sql: SqlStr,
    values: Vec<Value>,
}

/// A statement whose rows are read by the places of their columns.
pub(super) struct QueryAs<T> {
    query: Query,
    row: std::marker::PhantomData<fn() -> T>,
}

/// A statement whose rows have one column.
pub(super) struct QueryScalar<T>(QueryAs<(T,)>);

/// A statement.
pub(super) fn query(sql: impl SqlSafeStr) -> Query {
    Query { sql: sql.into_sql_str(), values: Vec::new() }
}

/// A statement that answers with tuples.
pub(super) fn query_as<T: Columns>(sql: impl SqlSafeStr) -> QueryAs<T> {
    QueryAs { query: query(sql), row: std::marker::PhantomData }
}

/// A statement that answers with single values.
pub(super) fn query_scalar<T: Column>(sql: impl SqlSafeStr) -> QueryScalar<T> {
    QueryScalar(query_as(sql))
}

impl Database {
    /// Opens the database and brings its tables up to date. `url` None means `portal.sqlite` in the data folder.
    pub(super) async fn open(data: &Path, url: Option<&str>) -> Result<Self, StorageError> {
        match url {
            Some(url) if is_postgresql(url) => {
                if !has_known_parameters(url) {
                    return Err(StorageError::Url);
                }
                let options = PgConnectOptions::from_str(url).ok();
                Self::open_postgresql(options.ok_or(StorageError::Url)?).await
            }
            Some(url) if url.starts_with("sqlite:") => {
                let in_memory = url.contains(":memory:") || url.contains("mode=memory");
                Self::open_sqlite(SqliteConnectOptions::from_str(url)?, in_memory).await
            }
            Some(_) => Err(StorageError::UnknownDatabase),
            None => Self::open_sqlite(SqliteConnectOptions::new().filename(data.join("portal.sqlite")), false).await,
        }
    }

    async fn open_sqlite(options: SqliteConnectOptions, in_memory: bool) -> Result<Self, StorageError> {
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What is erased is overwritten.
            .pragma("secure_delete", "ON")
            .busy_timeout(BUSY);
        // sqlx takes no lock around SQLite's migrations: two processes would both make the first table.
        let _alone = if in_memory { None } else { Some(alone(options.get_filename()).await?) };
        let pool = SqlitePoolOptions::new().max_connections(SQLITE_CONNECTIONS);
        let pool = pool.idle_timeout(None).max_lifetime(None).connect_with(options).await?;
        SQLITE_MIGRATIONS.run(&pool).await?;
        Ok(Self::Sqlite(pool))
    }

    async fn open_postgresql(options: PgConnectOptions) -> Result<Self, StorageError> {
        let options = options.application_name("portal");
        // A connection of its own, whose lock is waited for as long as another instance's migration takes.
        let mut connection = options.connect().await.map_err(with_certificate_explained)?;
        bring_up_to_date(&mut connection).await?;
        connection.close().await?;
        let options = options.options([
            ("lock_timeout", format!("{}s", BUSY.as_secs())),
            ("idle_in_transaction_session_timeout", format!("{CUT_OFF_AFTER}s")),
            ("tcp_keepalives_idle", CUT_OFF_AFTER.to_string()),
            ("tcp_keepalives_interval", "5".to_owned()),
            ("tcp_keepalives_count", "3".to_owned()),
            ("tcp_user_timeout", format!("{CUT_OFF_AFTER}s")),
        ]);
        let pool = PgPoolOptions::new().max_connections(POSTGRESQL_CONNECTIONS);
        let pool = pool.idle_timeout(None).max_lifetime(None).connect_with(options).await?;
        Ok(Self::PostgreSql(pool))
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::PostgreSql(pool) => pool.close().await,
        }
    }

    /// Begins a transaction that holds the write lock.
    pub(super) async fn begin_writing(&self) -> Result<Transaction, StorageError> {
        match self {
            Self::Sqlite(pool) => Ok(Transaction::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?)),
            Self::PostgreSql(pool) => {
                // READ COMMITTED: what comes after the lock sees all that was committed before it was got.
                let mut transaction = pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").await?;
                let lock = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(WRITE_LOCK);
                transaction.execute(lock).await?;
                Ok(Transaction::PostgreSql(transaction))
            }
        }
    }

    /// Begins a transaction that reads the state of one moment.
    pub(super) async fn begin_reading(&self) -> Result<Transaction, StorageError> {
        match self {
            Self::Sqlite(pool) => Ok(Transaction::Sqlite(pool.begin().await?)),
            Self::PostgreSql(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Ok(Transaction::PostgreSql(pool.begin_with(begin).await?))
            }
        }
    }
}

/// Whether the URL is one of a PostgreSQL database, which several instances can share.
pub(crate) fn is_postgresql(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// False for a URL with a parameter that sqlx does not know: it would be left out and logged, though it may be a misspelt
/// password.
fn has_known_parameters(url: &str) -> bool {
    let Some((_, parameters)) = url.split_once('?') else { return true };
    parameters.split('&').all(|parameter| {
        let name = parameter.split('=').next().unwrap_or_default();
        name.starts_with("options[")
            || matches!(
                name,
                "sslmode"
                    | "sslrootcert"
                    | "sslcert"
                    | "sslkey"
                    | "host"
                    | "hostaddr"
                    | "port"
                    | "dbname"
                    | "user"
                    | "password"
                    | "application_name"
                    | "options"
            )
    })
}

/// Says in our words that the server's certificate is at fault.
fn with_certificate_explained(error: sqlx::Error) -> StorageError {
    let mut cause = if let sqlx::Error::Io(io) = &error { io.get_ref().map(|inner| inner as &dyn Error) } else { None };
    while let Some(inner) = cause {
        if let Some(rustls::Error::InvalidCertificate(_)) = inner.downcast_ref() {
            return StorageError::ServerCertificate(error);
        }
        cause = inner.source();
    }
    error.into()
}

/// Waits until no other process brings the tables of this database up to date.
async fn alone(database: &Path) -> Result<File, StorageError> {
    let mut name = database.file_name().unwrap_or_default().to_os_string();
    name.push(".opening");
    let path: PathBuf = database.with_file_name(name);
    let locked = tokio::task::spawn_blocking(move || {
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        file.lock()?;
        Ok(file)
    });
    let locked = locked.await.map_err(|_| std::io::Error::other("a thread ended before its work was done"));
    Ok(locked.flatten().map_err(sqlx::Error::Io)?)
}

impl Transaction {
    pub(super) async fn commit(self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::PostgreSql(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

impl<'a> From<&'a Database> for On<'a> {
    fn from(database: &'a Database) -> Self {
        Self::Database(database)
    }
}

impl<'a> From<&'a mut Transaction> for On<'a> {
    fn from(transaction: &'a mut Transaction) -> Self {
        Self::Transaction(transaction)
    }
}

impl Query {
    /// Gives the next parameter its value.
    pub(super) fn bind(mut self, value: impl Parameter) -> Self {
        self.values.push(value.value().0);
        self
    }

    /// Runs the statement; returns how many rows it changed.
    pub(super) async fn execute<'a>(self, on: impl Into<On<'a>>) -> Result<u64, StorageError> {
        Ok(match on.into() {
            On::Database(Database::Sqlite(pool)) => self.for_sqlite().execute(pool).await?.rows_affected(),
            On::Database(Database::PostgreSql(pool)) => self.for_postgresql().execute(pool).await?.rows_affected(),
            On::Transaction(Transaction::Sqlite(transaction)) => {
                self.for_sqlite().execute(&mut **transaction).await?.rows_affected()
            }
            On::Transaction(Transaction::PostgreSql(transaction)) => {
                self.for_postgresql().execute(&mut **transaction).await?.rows_affected()
            }
        })
    }

    /// The first row, where there is one.
    pub(super) async fn fetch_optional<'a>(self, on: impl Into<On<'a>>) -> Result<Option<Row>, StorageError> {
        Ok(match on.into() {
            On::Database(Database::Sqlite(pool)) => self.for_sqlite().fetch_optional(pool).await?.map(Row::Sqlite),
            On::Database(Database::PostgreSql(pool)) => {
                self.for_postgresql().fetch_optional(pool).await?.map(Row::PostgreSql)
            }
            On::Transaction(Transaction::Sqlite(transaction)) => {
                self.for_sqlite().fetch_optional(&mut **transaction).await?.map(Row::Sqlite)
            }
            On::Transaction(Transaction::PostgreSql(transaction)) => {
                self.for_postgresql().fetch_optional(&mut **transaction).await?.map(Row::PostgreSql)
            }
        })
    }

    /// The first row, which must be there.
    pub(super) async fn fetch_one<'a>(self, on: impl Into<On<'a>>) -> Result<Row, StorageError> {
        self.fetch_optional(on).await?.ok_or(StorageError::Database(sqlx::Error::RowNotFound))
    }

    /// Every row.
    pub(super) async fn fetch_all<'a>(self, on: impl Into<On<'a>>) -> Result<Vec<Row>, StorageError> {
        fn each<R>(rows: Vec<R>, row: impl Fn(R) -> Row) -> Vec<Row> {
            rows.into_iter().map(row).collect()
        }
        Ok(match on.into() {
            On::Database(Database::Sqlite(pool)) => each(self.for_sqlite().fetch_all(pool).await?, Row::Sqlite),
            On::Database(Database::PostgreSql(pool)) => {
                each(self.for_postgresql().fetch_all(pool).await?, Row::PostgreSql)
            }
            On::Transaction(Transaction::Sqlite(transaction)) => {
                each(self.for_sqlite().fetch_all(&mut **transaction).await?, Row::Sqlite)
            }
            On::Transaction(Transaction::PostgreSql(transaction)) => {
                each(self.for_postgresql().fetch_all(&mut **transaction).await?, Row::PostgreSql)
            }
        })
    }

    /// Whether there is any row.
    pub(super) async fn finds_any<'a>(self, on: impl Into<On<'a>>) -> Result<bool, StorageError> {
        Ok(self.fetch_optional(on).await?.is_some())
    }

    fn for_sqlite(self) -> sqlx::query::Query<'static, Sqlite, <Sqlite as sqlx::Database>::Arguments> {
        bound(sqlx::query(self.sql), self.values)
    }

    fn for_postgresql(self) -> sqlx::query::Query<'static, Postgres, <Postgres as sqlx::Database>::Arguments> {
        bound(sqlx::query(self.sql), self.values)
    }
}

fn bound<DB>(
    query: sqlx::query::Query<'static, DB, DB::Arguments>,
    values: Vec<Value>,
) -> sqlx::query::Query<'static, DB, DB::Arguments>
where
    DB: sqlx::Database,
    for<'v> Option<String>: Encode<'v, DB> + Type<DB>,
    for<'v> Option<i64>: Encode<'v, DB> + Type<DB>,
    for<'v> Option<Vec<u8>>: Encode<'v, DB> + Type<DB>,
    for<'v> bool: Encode<'v, DB> + Type<DB>,
{
    values.into_iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::Integer(integer) => query.bind(integer),
        Value::Bytes(bytes) => query.bind(bytes),
        Value::Boolean(boolean) => query.bind(boolean),
    })
}

impl<T: Columns> QueryAs<T> {
    /// Gives the next parameter its value.
    pub(super) fn bind(mut self, value: impl Parameter) -> Self {
        self.query = self.query.bind(value);
        self
    }

    /// The first row, which must be there.
    pub(super) async fn fetch_one<'a>(self, on: impl Into<On<'a>>) -> Result<T, StorageError> {
        T::read(&self.query.fetch_one(on).await?)
    }

    /// The first row, where there is one.
    pub(super) async fn fetch_optional<'a>(self, on: impl Into<On<'a>>) -> Result<Option<T>, StorageError> {
        self.query.fetch_optional(on).await?.as_ref().map(T::read).transpose()
    }

    /// Every row.
    pub(super) async fn fetch_all<'a>(self, on: impl Into<On<'a>>) -> Result<Vec<T>, StorageError> {
        self.query.fetch_all(on).await?.iter().map(T::read).collect()
    }
}

impl<T: Column> QueryScalar<T> {
    /// Gives the next parameter its value.
    pub(super) fn bind(self, value: impl Parameter) -> Self {
        Self(self.0.bind(value))
    }

    /// The value of the first row, which must be there.
    pub(super) async fn fetch_one<'a>(self, on: impl Into<On<'a>>) -> Result<T, StorageError> {
        self.0.fetch_one(on).await.map(|(value,)| value)
    }

    /// The value of the first row, where there is one.
    pub(super) async fn fetch_optional<'a>(self, on: impl Into<On<'a>>) -> Result<Option<T>, StorageError> {
        Ok(self.0.fetch_optional(on).await?.map(|(value,)| value))
    }

    /// The values of every row.
    pub(super) async fn fetch_all<'a>(self, on: impl Into<On<'a>>) -> Result<Vec<T>, StorageError> {
        self.0.query.fetch_all(on).await?.iter().map(|row| row.at(0)).collect()
    }
}

impl Row {
    /// Reads the column of this name.
    pub(super) fn try_get<T: Column>(&self, column: &str) -> Result<T, StorageError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::PostgreSql(row) => row.try_get(column)?,
        })
    }

    fn at<T: Column>(&self, place: usize) -> Result<T, StorageError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(place)?,
            Self::PostgreSql(row) => row.try_get(place)?,
        })
    }
}

impl<A: Column> Columns for (A,) {
    fn read(row: &Row) -> Result<Self, StorageError> {
        Ok((row.at(0)?,))
    }
}

impl<A: Column, B: Column> Columns for (A, B) {
    fn read(row: &Row) -> Result<Self, StorageError> {
        Ok((row.at(0)?, row.at(1)?))
    }
}

impl<A: Column, B: Column, C: Column> Columns for (A, B, C) {
    fn read(row: &Row) -> Result<Self, StorageError> {
        Ok((row.at(0)?, row.at(1)?, row.at(2)?))
    }
}

impl<A: Column, B: Column, C: Column, D: Column> Columns for (A, B, C, D) {
    fn read(row: &Row) -> Result<Self, StorageError> {
        Ok((row.at(0)?, row.at(1)?, row.at(2)?, row.at(3)?))
    }
}

impl Parameter for &str {
    fn value(self) -> ParameterValue {
        ParameterValue(Value::Text(Some(self.to_owned())))
    }
}

impl Parameter for String {
    fn value(self) -> ParameterValue {
        ParameterValue(Value::Text(Some(self)))
    }
}

impl Parameter for &String {
    fn value(self) -> ParameterValue {
        ParameterValue(Value::Text(Some(self.clone())))
    }
}

impl Parameter for Option<&str> {
    fn value(self) -> ParameterValue {
        ParameterValue(Value::Text(self.map(str::to_owned)))
    }
}

impl Parameter for Option<String> {
    fn value(self) -> ParameterValue {
        ParameterValue(Value::Text(self))
    }
}

impl Parameter for &Option<String> {
    fn value(self) -> ParameterValue {
        ParameterValue(Value::Text(self.clone()))
    }
}

impl Parameter for i64 {
    fn value(self) -> ParameterValue {
        ParameterValue(Value::Integer(Some(self)))
    }
}

impl Parameter for Option<i64> {
    fn value(self) -> ParameterValue {
        ParameterValue(Value::Integer(self))
    }
}

impl Parameter for &[u8] {
    fn value(self) -> ParameterValue {
        ParameterValue(Value::Bytes(Some(self.to_vec())))
    }
}

impl Parameter for Option<Vec<u8>> {
    fn value(self) -> ParameterValue {
        ParameterValue(Value::Bytes(self))
    }
}

impl Parameter for &Vec<u8> {
    fn value(self) -> ParameterValue {
        ParameterValue(Value::Bytes(Some(self.clone())))
    }
}

impl Parameter for bool {
    fn value(self) -> ParameterValue {
        ParameterValue(Value::Boolean(self))
    }
}
