//! The role that the portal serves under in PostgreSQL: it does all that a portal does, and can do nothing else.

use crate::client::{computer, declare, enrolled};
use crate::support::database::{Database, database_of, store};
use crate::support::program::{RunningProgram, done, portal, with_input};
use crate::support::{EmployeeKey, TestPortal, client_at, folder_with_keys, order};
use lifecycle::RevocationReason;
use lifecycle::ports::{ClientIdentity, Portal as _};
use pki::TrustAnchor;
use portal::SystemClock;
use portal_client::PortalClient;
use reqwest::StatusCode;
use rustls::time_provider::DefaultTimeProvider;
use std::fs;
use std::sync::Arc;

/// A database with an owner who is no superuser and a role that may log in, as README says.
struct Roles {
    data: tempfile::TempDir,
    administrator: String,
    owner: String,
    serving: String,
}

impl Roles {
    async fn new() -> Self {
        let data = folder_with_keys();
        let administrator = database_of(data.path()).expect("PostgreSQL");
        let mut database = Database::at(&administrator).await;
        for sql in [
            "SELECT pg_advisory_lock(1)",
            "DO $$ BEGIN CREATE ROLE portal_owner LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
            "DO $$ BEGIN CREATE ROLE \"portal serving\" LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
            "DO $$ BEGIN EXECUTE format('ALTER SCHEMA %I OWNER TO portal_owner', current_schema()); END $$",
        ] {
            database.execute(sql, &[]).await.expect("done");
        }
        let as_role = |role: &str| administrator.replace("user=postgres", &format!("user={role}"));
        let (owner, serving) = (as_role("portal_owner"), as_role("portal%20serving"));
        Self { data, administrator, owner, serving }
    }

    /// `portal migrate` as this role; what it says.
    fn migrate(&self, url: &str, grant_to: &str) -> Result<serde_json::Value, String> {
        let mut migrate = portal();
        migrate.args(["migrate", "--grant-to", grant_to, "--database", url, "--data"]).arg(self.data.path());
        let ended = with_input(&mut migrate, b"");
        if ended.status.success() {
            Ok(serde_json::from_slice(&ended.stdout).expect("one JSON object"))
        } else {
            Err(String::from_utf8(ended.stderr).expect("UTF-8"))
        }
    }

    fn serve(&self, url: &str) -> Result<RunningProgram, String> {
        let data = self.data.path().to_string_lossy();
        RunningProgram::try_start(["--database", url, "--data", &data])
    }

    /// The database as the role that serves.
    async fn as_serving(&self) -> Database {
        Database::at(&self.serving).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_make_tables_serves_where_they_are_current_and_says_what_to_run_where_not() {
    let roles = Roles::new().await;
    let hint = "run `portal migrate --database URL --grant-to ROLE`";
    let refused = roles.serve(&roles.serving).err().expect("there are no tables");
    assert!(refused.contains(hint), "{refused}");

    let migrated = roles.migrate(&roles.owner, "portal serving").expect("migrated");
    assert_eq!(migrated["granted_to"], "portal serving");
    roles.serve(&roles.serving).expect("it serves").end();
    assert_eq!(roles.migrate(&roles.owner, "portal serving").expect("twice does no harm"), migrated);

    // As a later version of the portal finds the tables of this one.
    let mut database = Database::at(&roles.administrator).await;
    let last = "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)";
    database.execute(last, &[]).await.expect("deleted");
    let refused = roles.serve(&roles.serving).err().expect("the tables are of another version");
    assert!(refused.contains(hint), "{refused}");
    // As an earlier one finds those of this.
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'later', TRUE, '', 0)";
    database.execute(later, &[]).await.expect("inserted");
    let refused = roles.serve(&roles.serving).err().expect("the tables are of a later version");
    assert!(refused.contains("9999") && !refused.contains(hint), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_role_from_which_something_can_be_withheld_is_granted_anything() {
    let roles = Roles::new().await;
    let refused = roles.migrate(&roles.owner, "nobody").expect_err("there is none");
    assert!(refused.contains("no role nobody") && refused.contains("CREATE ROLE"), "{refused}");
    for role in ["postgres", "portal_owner"] {
        let refused = roles.migrate(&roles.owner, role).expect_err("it may do everything");
        assert!(refused.contains(role) && refused.contains("serves only"), "{refused}");
    }
    let mut on_sqlite = portal();
    on_sqlite.args(["migrate", "--grant-to", "portal", "--data"]).arg(roles.data.path());
    let refused = with_input(&mut on_sqlite, b"");
    let said = String::from_utf8(refused.stderr).expect("UTF-8");
    assert!(!refused.status.success() && said.contains("only a PostgreSQL database has roles"), "{said}");
}

/// The certificate that comes after `identity`, in use.
async fn renewed(client: &PortalClient, identity: &ClientIdentity) -> ClientIdentity {
    let key = Arc::new(EmployeeKey::generate());
    let request = pki::certification_request::build(key.as_ref()).expect("a request");
    let chain = client.simple_reenroll(identity, &request).await.expect("certificates");
    let mut next = ClientIdentity { key, chain, device_token: None };
    let device = client.register_device(&next, &computer("Øvelsesplads 8", Vec::new())).await.expect("registered");
    next.device_token = Some(device.token);
    next
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_life_of_a_certificate_goes_under_the_role_that_serves() {
    let roles = Roles::new().await;
    roles.migrate(&roles.owner, "portal serving").expect("migrated");
    let program = roles.serve(&roles.serving).expect("it serves");
    let (data, url) = (roles.data.path(), Some(roles.serving.as_str()));
    let anchor = TrustAnchor::from_pem(&fs::read(&program.ready.trust_anchor).expect("a file")).expect("an anchor");
    let client = PortalClient::new(&program.ready.portal, std::slice::from_ref(&anchor)).expect("a client");

    let wrong = portal::invite(data, url, &SystemClock, &order()).await.expect("invited");
    let code = lifecycle::OneTimeCode::parse("0000-0000-0000").expect("a code");
    let reference = lifecycle::ReferenceNumber::parse(&wrong.reference).expect("a reference number");
    client.invitation(&reference, &code).await.expect_err("a wrong code");
    let unknown = lifecycle::ReferenceNumber::parse("AMP-0000-0000").expect("a reference number");
    client.invitation(&unknown, &code).await.expect_err("nobody's number");

    let invited = portal::invite(data, url, &SystemClock, &order()).await.expect("invited");
    let (_, mut first) = enrolled(&client, &invited).await;
    let device = client.register_device(&first, &computer("Øvelsesplads 7", Vec::new())).await.expect("registered");
    first.device_token = Some(device.token);
    declare(&client, &first).await;
    let second = renewed(&client, &first).await;
    let serial = second.chain[0].serial_number().to_owned();

    // What the staff does, under the same role.
    portal::suspend(data, url, &SystemClock, &serial).await.expect("suspended");
    portal::reinstate(data, url, &SystemClock, &serial).await.expect("reinstated");
    assert_eq!(portal::users(data, url).await.expect("users").len(), 3, "two orders, one of them renewed");
    let mut issue = portal();
    issue.args(["lra", "issue", "--organisation", "Øvelseskommune Å", "--cvr", "12345678", "--name"]);
    issue.args(["Øvebruger Eksempel", "--email", "lra@example.org", "--database", &roles.serving, "--data"]);
    let issued = done(issue.arg(data).arg("--out").arg(data.join("lra")), b"et langt kodeord");
    let issued: serde_json::Value = serde_json::from_slice(&issued).expect("one JSON object");
    let withdrawn = issued["serial_number"].as_str().expect("a serial number");
    portal::withdraw_authority(data, url, &SystemClock, withdrawn).await.expect("withdrawn");

    // Status for everybody, and the end.
    let anybody = client_at(&anchor, Arc::new(DefaultTimeProvider), None);
    for path in ["/crl/issuing-ca.crl", "/crl/issuing-ca-delta.crl", "/crl/root-ca.crl", "/readyz", "/ocsp/MAMCAQE"] {
        let answer = anybody.get(program.url(path)).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
    client.revoke(&second, &serial, RevocationReason::CessationOfOperation).await.expect("revoked");
    let run = portal::RetentionRun::Erase;
    assert!(portal::retain(data, url, &SystemClock, run).await.expect("nothing is due").counts.is_empty());
    assert!(portal::audit(data, url, None).await.expect("audited").holds);
    program.end();
    // What erasure takes, the role has as well.
    let clock = TestPortal::clock_at_start();
    clock.advance(chrono::TimeDelta::days(7 * 366));
    let erased = portal::retain(data, url, clock.as_ref(), run).await.expect("erased").counts;
    assert!(erased.certificates > 0, "{erased:?}");
    assert!(portal::audit(data, url, None).await.expect("audited").holds);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_that_serves_can_change_neither_tables_nor_what_happened_and_reads_no_cpr_number() {
    let roles = Roles::new().await;
    roles.migrate(&roles.owner, "portal serving").expect("migrated");
    let (data, url) = (roles.data.path(), Some(roles.serving.as_str()));
    portal::invite(data, url, &SystemClock, &order()).await.expect("invited");
    let mut serving = roles.as_serving().await;
    for sql in [
        "CREATE TABLE mine (id BIGINT)",
        "DROP TABLE device",
        "DROP TRIGGER event_is_never_changed ON event",
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "ALTER TABLE employee ADD COLUMN mine TEXT",
        "TRUNCATE unknown_reference",
        "DELETE FROM event",
        "UPDATE event SET at = 0",
        "UPDATE event SET kind = 'reinstated'",
        "UPDATE event_link SET hash = ''",
        "DELETE FROM event_link",
        "UPDATE activity SET at = 0",
        "DELETE FROM terms",
        "UPDATE terms SET content = ''",
        "UPDATE declaration SET receipt = ''",
        "UPDATE certificate SET der = ''",
        "UPDATE certificate SET employee_id = NULL",
        "UPDATE invitation SET employee_id = ''",
        "UPDATE employee SET personal_number_hash = ''",
        "UPDATE employee SET personal_number_sealed = ''",
        "SELECT personal_number_sealed FROM employee",
        "SELECT * FROM employee",
        "COPY employee TO STDOUT",
        "DELETE FROM revocation_list",
        "DELETE FROM instance_setting",
        "UPDATE instance_setting SET value = ''",
        "SELECT id FROM never",
        "DELETE FROM _sqlx_migrations",
        "SET ROLE portal_owner",
        "SET session_replication_role = replica",
    ] {
        let refused = serving.execute(sql, &[]).await.expect_err(sql);
        let code = refused.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{sql}: {refused}");
    }
    // What an erasure may do, the triggers let nobody do without one.
    for sql in ["UPDATE event SET detail = NULL, reference = NULL", "UPDATE event_link SET payload_salt = NULL"] {
        let refused = serving.execute(sql, &[]).await.expect_err(sql);
        assert!(refused.to_string().contains("only ever added"), "{sql}: {refused}");
    }

    // Whoever adds a table says in `storage/migration.rs` what the role may do with it.
    let mut database = Database::at(&roles.administrator).await;
    let unread = "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace \
                  AND c.relkind IN ('r', 'v') AND NOT has_any_column_privilege('portal serving', c.oid, 'SELECT')";
    assert_eq!(database.rows(unread, &[]).await, [[Some("never".to_owned())]]);
}

#[test]
fn bringing_the_tables_up_to_date_alone_needs_no_role() {
    let data = tempfile::tempdir().expect("a folder");
    let mut migrate = portal();
    let migrated = done(migrate.arg("migrate").args(store(data.path())), b"");
    let migrated: serde_json::Value = serde_json::from_slice(&migrated).expect("one JSON object");
    assert!(migrated["granted_to"].is_null() && migrated["tables"].as_i64() >= Some(9), "{migrated}");
    assert!(!data.path().join("keys").exists(), "it makes no keys");
}
