//! The database of a portal under test: SQLite in the data folder, or a fresh one of the PostgreSQL server that this run of
//! the tests has started. Which one says the name of the test program.

use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{ConnectOptions, PgConnection, Row, SqliteConnection};
use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::sync::{Mutex, OnceLock};
use tempfile::TempDir;

/// Where distributions keep the programs of the server, the newest version first.
const POSTGRESQL: &str = "/usr/lib/postgresql";

/// What the server does without where nobody pulls the plug: the tests are a third faster.
const NOTHING_IS_LOST_WITH_POWER: &[&str] = &["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// True where the portals of this test program keep their data in PostgreSQL.
pub fn on_postgresql() -> bool {
    env!("CARGO_CRATE_NAME") == "portal_on_postgresql"
}

/// The URL of the database that goes with a data folder, made where there is none yet; None where that is SQLite's in the
/// folder itself.
pub fn database_of(data: &Path) -> Option<String> {
    static SERVER: OnceLock<Server> = OnceLock::new();
    static MADE: Mutex<Option<HashMap<PathBuf, String>>> = Mutex::new(None);
    if !on_postgresql() {
        return None;
    }
    let server = SERVER.get_or_init(|| Server::start(NOTHING_IS_LOST_WITH_POWER));
    let mut made = MADE.lock().expect("no test has failed inside");
    Some(made.get_or_insert_default().entry(data.to_path_buf()).or_insert_with(|| server.new_database()).clone())
}

/// The arguments of the program `portal` for a data folder and the database that goes with it.
pub fn store(data: &Path) -> Vec<String> {
    let mut arguments = vec!["--data".to_owned(), data.to_string_lossy().into_owned()];
    if let Some(url) = database_of(data) {
        arguments.extend(["--database".to_owned(), url]);
    }
    arguments
}

/// A PostgreSQL server of this test program alone, which ends with it, however that ends.
pub struct Server {
    /// Of its data and its socket.
    folder: PathBuf,
    next: Mutex<u32>,
    // At the end of its input the server is stopped, and its folder goes.
    end: std::process::Child,
}

impl Server {
    /// Makes and starts a server with these settings.
    pub fn start(settings: &[&str]) -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new().prefix("portal-postgresql-").tempdir().map(TempDir::keep);
        let folder = folder.expect("a folder");
        let user = unprivileged(&folder);
        let run = |program: &str, arguments: &[&str]| {
            let log = File::options().create(true).append(true).open(folder.join("log")).expect("a log");
            let mut command = match &user {
                Some(user) => {
                    let mut command = Command::new("setpriv");
                    command.args([&format!("--reuid={user}"), &format!("--regid={user}"), "--clear-groups"]);
                    command.arg(programs.join(program));
                    command
                }
                None => Command::new(programs.join(program)),
            };
            let path = std::env::var_os("PATH").unwrap_or_default();
            let command = command.args(arguments).current_dir(&folder).env_clear().env("PATH", path);
            let command = command.stdin(Stdio::null()).stdout(log.try_clone().expect("a log")).stderr(log);
            let done = command.status().is_ok_and(|status| status.success());
            assert!(done, "{program}: {}", fs::read_to_string(folder.join("log")).unwrap_or_default());
        };
        let data = folder.join("data");
        let data = data.to_str().expect("UTF-8");
        run("initdb", &["-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync", "-U", "postgres", "-D", data]);
        let mut options = format!("-c listen_addresses= -c max_connections=400 -k {}", folder.display());
        for setting in settings {
            options.push_str(&format!(" -c {setting}"));
        }
        run("pg_ctl", &["-w", "-D", data, "-l", &format!("{}/server.log", folder.display()), "-o", &options, "start"]);
        // The shell outlives this process by as much as it takes to clean up.
        let end = "cat >/dev/null; server=$(head -1 \"$0/data/postmaster.pid\"); kill -QUIT \"$server\"; \
                   while kill -0 \"$server\"; do sleep 0.1; done; rm -rf \"$0\"";
        let end = Command::new("sh")
            .args(["-c", end])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        Self { folder, next: Mutex::new(0), end }
    }

    /// The URL of a new database; in truth of a new schema, which takes a hundredth of the disk.
    pub fn new_database(&self) -> String {
        let number = {
            let mut next = self.next.lock().expect("no test has failed inside");
            *next += 1;
            *next
        };
        let url = format!("postgresql:///postgres?user=postgres&host={}", self.folder.display());
        let (server, create) = (url.clone(), format!("CREATE SCHEMA portal{number}"));
        let created = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let mut connection = PgConnectOptions::from_str(&server)?.connect().await?;
                sqlx::query(sqlx::AssertSqlSafe(create)).execute(&mut connection).await.map(drop)
            })
        });
        created.join().expect("a thread").expect("a schema");
        format!("{url}&options=-c%20search_path%3Dportal{number}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Closes its input first.
        let _ = self.end.wait();
    }
}

/// The arguments of `pg_dump` and its like for what a portal under test has on the server, and for nothing of others.
pub fn all_of(url: &str) -> [&str; 3] {
    let schema = url.rsplit("search_path%3D").next().expect("a schema");
    ["--schema", schema, url.split("&options").next().expect("a URL")]
}

/// The folder of `initdb`, `pg_ctl`, `pg_dump` and the others.
pub fn programs() -> PathBuf {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(POSTGRESQL)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|folder| Some((folder.file_name().to_str()?.parse().ok()?, folder.path().join("bin"))))
        .filter(|(_, programs)| programs.join("initdb").is_file())
        .collect();
    versions.sort();
    let newest = versions.pop().map(|(_, programs)| programs);
    newest.unwrap_or_else(|| panic!("PostgreSQL is missing: `make test` installs it (Debian's package postgresql)"))
}

/// The user that the server runs as, who owns the folder then: the server refuses to be run by root.
pub fn unprivileged(folder: &Path) -> Option<String> {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    if id.stdout.trim_ascii() != b"0" {
        return None;
    }
    let given = Command::new("chown").arg("postgres:").arg(folder).status();
    assert!(
        given.is_ok_and(|status| status.success()),
        "there is no user postgres: Debian's package postgresql has it"
    );
    Some("postgres".to_owned())
}

/// A connection to the database of a portal, past the portal.
pub enum Database {
    Sqlite(SqliteConnection),
    PostgreSql(PgConnection),
}

impl Database {
    /// Of the portal with this data folder.
    pub async fn of(data: &Path) -> Self {
        match database_of(data) {
            None => Self::sqlite(data).await,
            Some(url) => Self::at(&url).await,
        }
    }

    /// Of SQLite in this data folder.
    pub async fn sqlite(data: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(data.join("portal.sqlite"));
        Self::Sqlite(options.connect().await.expect("the database"))
    }

    /// Of PostgreSQL at this URL.
    pub async fn at(url: &str) -> Self {
        let options = PgConnectOptions::from_str(url).expect("a URL");
        Self::PostgreSql(options.connect().await.expect("the database"))
    }

    /// Runs a statement with text for `$1`, `$2` …
    pub async fn execute(&mut self, sql: &'static str, texts: &[&str]) -> Result<u64, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(connection) => {
                let query = texts.iter().fold(sqlx::query(sql), |query, text| query.bind((*text).to_owned()));
                query.execute(connection).await?.rows_affected()
            }
            Self::PostgreSql(connection) => {
                let query = texts.iter().fold(sqlx::query(sql), |query, text| query.bind((*text).to_owned()));
                query.execute(connection).await?.rows_affected()
            }
        })
    }

    /// The whole numbers in the first column.
    pub async fn numbers(&mut self, sql: &'static str, texts: &[&str]) -> Vec<i64> {
        match self {
            Self::Sqlite(connection) => {
                let query = texts.iter().fold(sqlx::query_scalar(sql), |query, text| query.bind((*text).to_owned()));
                query.fetch_all(connection).await.expect("numbers")
            }
            Self::PostgreSql(connection) => {
                let query = texts.iter().fold(sqlx::query_scalar(sql), |query, text| query.bind((*text).to_owned()));
                query.fetch_all(connection).await.expect("numbers")
            }
        }
    }

    /// The only number of the only row, e.g. a count.
    pub async fn number(&mut self, sql: &'static str, texts: &[&str]) -> i64 {
        self.numbers(sql, texts).await[0]
    }

    /// Rows of text.
    pub async fn rows(&mut self, sql: &'static str, texts: &[&str]) -> Vec<Vec<Option<String>>> {
        let of_sqlite = |row: SqliteRow| (0..row.len()).map(|place| row.get(place)).collect();
        let of_postgresql = |row: PgRow| (0..row.len()).map(|place| row.get(place)).collect();
        match self {
            Self::Sqlite(connection) => {
                let query = texts.iter().fold(sqlx::query(sql), |query, text| query.bind((*text).to_owned()));
                query.fetch_all(connection).await.expect("rows").into_iter().map(of_sqlite).collect()
            }
            Self::PostgreSql(connection) => {
                let query = texts.iter().fold(sqlx::query(sql), |query, text| query.bind((*text).to_owned()));
                query.fetch_all(connection).await.expect("rows").into_iter().map(of_postgresql).collect()
            }
        }
    }

    /// Rows of text that is there, all but that in the last column, which need not be.
    pub async fn told(&mut self, sql: &'static str, texts: &[&str]) -> Vec<(String, String, Option<String>)> {
        let rows = self.rows(sql, texts).await;
        rows.into_iter()
            .map(|row| {
                let [first, second, third] = <[Option<String>; 3]>::try_from(row).expect("three columns");
                (first.expect("text"), second.expect("text"), third)
            })
            .collect()
    }
}
