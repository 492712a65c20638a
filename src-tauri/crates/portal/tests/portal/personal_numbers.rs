//! The CPR number: sealed in the database under a key that can be changed, and nowhere else.

use super::lra::Lra;
use crate::support::database::{database_of, on_postgresql, programs, store};
use crate::support::{
    AGENT, Employee, EmployeeKey, Invited, PERSONAL_NUMBER, TestPortal, certificates, with_issuing_ca,
};
use chrono::TimeDelta;
use portal_api::{DEVICE, DeviceRegistration, IDEMPOTENCY_KEY};
use reqwest::{Client, Method, Response, StatusCode};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use tokio::runtime::{Builder, Handle, Runtime};
use tracing_subscriber::filter::LevelFilter;

/// In every form in which a number could get out: as it is, percent-encoded, in the hexadecimal of a dump, and in Base64 at
/// the beginning of what HTTP Basic carries.
const FORMS: [&str; 9] = [
    PERSONAL_NUMBER,
    "610101-0000",
    "610101 0000",
    "610101+0000",
    "610101%2D0000",
    "%36%31%30%31%30%31",
    "36313031303130303030",
    "3631303130312d30303030",
    "NjEwMTAxMDAwM",
];

/// Holds that no form of the number is in what somebody could read.
fn holds_none(whose: &str, bytes: &[u8]) {
    for form in FORMS {
        if let Some(at) = bytes.windows(form.len()).position(|window| window == form.as_bytes()) {
            let around = &bytes[at.saturating_sub(300)..(at + 80).min(bytes.len())];
            panic!("{whose} holds {form}: {}", String::from_utf8_lossy(around));
        }
    }
}

/// Everything that is logged on the threads of a runtime of its own, down to the last detail.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no test has failed inside").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn runtime(&self) -> Runtime {
        let log = self.clone();
        let log = move || log.clone();
        let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_ansi(false).with_writer(log);
        let dispatch = tracing::Dispatch::new(subscriber.finish());
        let mut builder = Builder::new_multi_thread();
        // As long as the thread lives.
        builder.worker_threads(2).enable_all().on_thread_start(move || {
            std::mem::forget(tracing::dispatcher::set_default(&dispatch));
        });
        builder.build().expect("a runtime")
    }
}

/// The program with everything that it could log, and what it said.
fn run(data: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_portal"))
        .args(arguments)
        .args(store(data))
        .env("RUST_LOG", "trace")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the portal starts");
    let mut standard_input = child.stdin.take().expect("standard input");
    // One that was not read is none that could not be written.
    let _ = writeln!(standard_input, "{input}");
    drop(standard_input);
    let output = child.wait_with_output().expect("the portal ends");
    holds_none(&format!("portal {arguments:?}"), &[output.stdout.as_slice(), &output.stderr].concat());
    output
}

/// An answer with its head and its body, which hold no number.
async fn told(response: Response) -> (StatusCode, String) {
    let (status, head) = (response.status(), format!("{} {:?}", response.url(), response.headers()));
    let body = response.bytes().await.expect("a body");
    holds_none(&head, head.as_bytes());
    holds_none(&head, &body);
    (status, String::from_utf8_lossy(&body).into_owned())
}

/// The value of the first hidden field of this name.
fn hidden(page: &str, name: &str) -> String {
    let field = format!("name=\"{name}\" value=\"");
    let rest = page.split(&field).nth(1).unwrap_or_else(|| panic!("no {name} on {page}"));
    rest.split('"').next().expect("a value").to_owned()
}

async fn send_form(client: &Client, url: &str, page: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
    let mut all = vec![("token", hidden(page, "token"))];
    if page.contains("name=\"form\"") {
        all.push(("form", hidden(page, "form")));
    }
    all.extend(fields.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let body: Vec<String> = all.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let request = client.post(url).header("sec-fetch-site", "same-origin");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body.join("&"));
    told(request.send().await.expect("an answer")).await
}

/// The desk: an order with mistakes and without, the same person once more, a search, every page.
async fn at_the_desk(portal: &TestPortal) {
    let lra = Lra::municipality(portal).await;
    let get = async |path: &str| told(lra.client.get(portal.url(path)).send().await.expect("an answer")).await.1;
    let form = get("/lra/users/new").await;
    let users = portal.url("/lra/users");
    let user = |email: &'static str, cpr: &'static str| {
        [
            ("given-name", "Øvebruger"),
            ("surname", "Eksempel"),
            ("email", email),
            ("place-of-work", "Øvejobcenter Å"),
            ("cpr", cpr),
        ]
    };
    for (email, cpr) in [("ingen", "610101-0000"), ("øvebruger@example.org", "610101-00000"), ("", "6101010000 x")] {
        assert_eq!(send_form(&lra.client, &users, &form, &user(email, cpr)).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // The person has a certificate already.
    let meant: Vec<_> =
        user("øvebruger@example.org", "610101-0000").into_iter().chain([("same-person", "yes")]).collect();
    let again = send_form(&lra.client, &users, &form, &meant[..5]).await;
    assert_eq!(again.0, StatusCode::UNPROCESSABLE_ENTITY, "{}", again.1);
    let (status, page) = send_form(&lra.client, &users, &form, &meant).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let list = get("/lra/users").await;
    let id = page.split("/lra/users/").find_map(|rest| rest.get(..36).filter(|id| id.matches('-').count() == 4));
    let id = id.expect("the user's page").to_owned();
    send_form(&lra.client, &portal.url("/lra/users/search"), &list, &[("search", PERSONAL_NUMBER)]).await;
    for path in [format!("/lra/users/{id}"), format!("/lra/users/{id}/email"), "/lra/users?state=invited".to_owned()] {
        get(&path).await;
    }
    send_form(&lra.client, &portal.url(&format!("/lra/users/{id}/letter")), &page, &[]).await;
}

/// Whoever mistakes one field for another.
async fn in_wrong_places(portal: &TestPortal, employee: &Employee) {
    let (nobody, known) = (portal.anonymous(), portal.client(Some(employee)));
    let device = format!("/v1/certificates/{}/device", employee.serial());
    let hyphenated = "610101-0000";
    for (client, method, path) in [
        (&nobody, Method::GET, "/v1/610101-0000".to_owned()),
        (&nobody, Method::GET, "/v1/me?cpr=6101010000".to_owned()),
        (&nobody, Method::POST, "/v1/certificates/6101010000/suspension".to_owned()),
        (&known, Method::POST, "/v1/certificates/610101%2D0000/revocation".to_owned()),
        (&known, Method::GET, "/v1/declarations/6101010000/receipt".to_owned()),
        (&nobody, Method::GET, "/lra/users/6101010000".to_owned()),
        (&nobody, Method::GET, "/ocsp/6101010000".to_owned()),
    ] {
        let request = client.request(method, portal.url(&path)).send().await.expect("an answer");
        let (status, body) = (request.status(), request.text().await.expect("a body"));
        holds_none(&path, body.as_bytes());
        // OCSP says in its own answer that there is no request in this.
        assert!(status.is_client_error() || path.starts_with("/ocsp/"), "{path}: {status}");
    }
    for request in [
        nobody.get(portal.url("/v1/invitation")).basic_auth(PERSONAL_NUMBER, Some(hyphenated)),
        nobody.get(portal.url("/v1/me")).bearer_auth(PERSONAL_NUMBER),
        known.post(portal.url("/v1/session")).header(DEVICE, hyphenated).header("user-agent", AGENT),
        known.post(portal.url("/v1/declarations")).header(IDEMPOTENCY_KEY, hyphenated).body(PERSONAL_NUMBER),
        known.put(portal.url(&device)).json(&serde_json::json!({ "device_name": [PERSONAL_NUMBER] })),
        known.put(portal.url(&device)).json(&serde_json::json!({ "device_name": "Øvelsesplads 610101-0000" })),
        known
            .put(portal.url(&device))
            .json(&serde_json::json!({ "device_name": "x", (hyphenated): 1, "supersedes": hyphenated })),
        known
            .post(portal.url(&device.replace("device", "revocation")))
            .json(&serde_json::json!({ "reason": hyphenated })),
        known
            .post(portal.url("/.well-known/est/simplereenroll"))
            .header("content-type", "application/pkcs10")
            .body(hyphenated),
    ] {
        told(request.send().await.expect("an answer")).await;
    }
}

async fn a_whole_life(portal: &TestPortal) {
    let data = portal.data.path();
    let invite = [
        "invite",
        "--json",
        "--cpr-stdin",
        "--cvr",
        "12345678",
        "--organisation",
        "Øvelseskommune Å",
        "--name",
        "Øvebruger Eksempel",
        "--email",
        "øvebruger@example.org",
    ];
    let invited = said(run(data, &invite, PERSONAL_NUMBER));
    let text = |name: &str| invited[name].as_str().expect("text").to_owned();
    let invited = Invited { reference: text("reference"), code: text("code") };
    assert!(!run(data, &invite, "610101-00000").status.success());
    let mut named = invite;
    named[8] = "Øvebruger 610101-0000";
    let refused = run(data, &named, PERSONAL_NUMBER);
    assert!(!refused.status.success(), "a name is no place for it");

    told(portal.open(&invited.reference, &invited.code).await).await;
    let key = EmployeeKey::generate();
    let issued = certificates(portal.enrol(&invited, key.request()).await).await;
    let chain = with_issuing_ca(issued, portal.data.path());
    let employee = Employee { invited, key, chain };
    let device: DeviceRegistration = portal.register_device(&employee).await;
    let (id, document) = portal.declaration_of(&employee);
    assert_eq!(told(portal.submit(&employee, id, document).await).await.0, StatusCode::CREATED);
    assert_eq!(told(portal.log_in(&employee, Some(&device)).await).await.0, StatusCode::OK);
    at_the_desk(portal).await;
    in_wrong_places(portal, &employee).await;
    assert_eq!(told(portal.suspend(&employee, &device).await).await.0, StatusCode::OK);
    for path in ["/v1/capabilities", "/v1/terms", "/openapi.json", "/crl/issuing-ca.crl", "/metrics", "/readyz"] {
        told(portal.anonymous().get(portal.url(path)).send().await.expect("an answer")).await;
        told(portal.anonymous().get(portal.status_url(path)).send().await.expect("an answer")).await;
    }
    for arguments in [
        vec!["reinstate", employee.serial()],
        vec!["revoke", "--reason", "cessation-of-operation", employee.serial()],
        vec!["users", "--json"],
        vec!["users"],
        vec!["rotate-personal-number-key", "--json"],
        vec!["retention", "--json"],
        vec!["audit", "--json"],
    ] {
        let done = run(data, &arguments, "");
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
    portal.clock.advance(TimeDelta::days(1));
    told(
        portal.anonymous().get(portal.url("/v1/me")).bearer_auth(&device.device_token).send().await.expect("an answer"),
    )
    .await;
}

fn said(output: Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// What lies in the data folder, keys among it, and in the database.
fn everything_stored(data: &Path) {
    let mut folders = vec![data.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for file in fs::read_dir(folder).expect("a folder") {
            let file = file.expect("a file").path();
            if file.is_dir() {
                folders.push(file);
            } else {
                holds_none(&file.to_string_lossy(), &fs::read(&file).expect("a file"));
            }
        }
    }
    if on_postgresql() {
        let url = database_of(data).expect("a URL");
        let dump = Command::new(programs().join("pg_dump")).arg(url).output().expect("pg_dump runs");
        let text = String::from_utf8_lossy(&dump.stdout).into_owned();
        assert!(dump.status.success() && text.contains("Øvebruger"), "{}", String::from_utf8_lossy(&dump.stderr));
        holds_none("the database", &dump.stdout);
    }
}

/// Runs on a thread of the runtime, where what is done is logged.
fn on<T: Send + 'static>(runtime: &Runtime, what: impl FnOnce() -> T + Send + 'static) -> T {
    runtime.block_on(runtime.spawn_blocking(what)).expect("the thread ends")
}

#[test]
fn in_a_whole_life_the_cpr_number_stands_in_no_log_address_answer_figure_or_file() {
    let log = Log::default();
    // With one subscriber in the process, whether an event is wanted is asked of whichever thread comes to it first.
    let _second = tracing::Dispatch::new(
        tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(std::io::sink).finish(),
    );
    let (logged, life) = (log.runtime(), Runtime::new().expect("a runtime"));
    let portal = on(&logged, || Handle::current().block_on(TestPortal::practice()));
    life.block_on(a_whole_life(&portal));
    let TestPortal { running, data, clock: _ } = portal;
    on(&logged, || Handle::current().block_on(running.shutdown()));
    everything_stored(data.path());
    let log = log.0.lock().expect("no test has failed inside");
    let lines = String::from_utf8_lossy(&log);
    assert!(lines.contains("TRACE") && lines.contains("answered"), "the log was listened to");
    assert!(lines.contains("/v1/certificates/••••••-••••/suspension"), "what stood in an address was logged, masked");
    holds_none("the log", &log);
}

/// How many numbers are in envelopes under the same key as that of the first row, and how many employees there are.
async fn under_one_key(portal: &TestPortal) -> (i64, i64) {
    let mut database = portal.database().await;
    let under = "SELECT COUNT(*) FROM employee WHERE substr(personal_number_sealed, 1, 9) = \
        (SELECT substr(personal_number_sealed, 1, 9) FROM employee ORDER BY id LIMIT 1) AND length(personal_number_sealed) = 107";
    (database.number(under, &[]).await, database.number("SELECT COUNT(*) FROM employee", &[]).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_takes_over_while_the_portal_runs_and_the_earlier_one_is_destroyed_only_when_nothing_needs_it() {
    let portal = TestPortal::practice().await;
    let data = portal.data.path();
    portal.invite().await;
    portal.invite().await;
    let rotate =
        |argument: &[&str]| said(run(data, &[&["rotate-personal-number-key", "--json"], argument].concat(), ""));
    let rotated = rotate(&[]);
    assert_eq!((rotated["wrapped"].as_u64(), under_one_key(&portal).await), (Some(2), (2, 2)));
    // The portal that runs seals under the key that it was started with.
    let practice = portal.anonymous().post(portal.url("/v1/practice/invitations")).send().await.expect("an answer");
    assert!(practice.status().is_success());
    assert_ne!(under_one_key(&portal).await, (3, 3));
    let finished = rotate(&["--finish"]);
    assert_eq!((&finished["wrapped"], &finished["key"]), (&1.into(), &rotated["key"]));
    assert_eq!(under_one_key(&portal).await, (3, 3));
    assert_eq!(rotate(&["--finish"])["wrapped"], 0);

    let refused = run(data, &["rotate-personal-number-key", "--destroy-earlier"], "");
    assert!(!refused.status.success(), "not under a portal that seals with the earlier key");
    let portal = portal
        .restart_after(|data| {
            let destroyed = said(run(data, &["rotate-personal-number-key", "--json", "--destroy-earlier"], ""));
            assert_eq!(destroyed["destroyed"].as_array().map(Vec::len), Some(1));
            let first = fs::read(data.join("keys/personal-number.key")).expect("the first key's file");
            assert!(first[..32].iter().all(|byte| *byte == 0) && first[32..].iter().any(|byte| *byte != 0));
        })
        .await;
    portal.invite().await;
    assert_eq!(under_one_key(&portal).await, (4, 4), "the same key after a restart, and the same person is found");
    let same = "SELECT COUNT(DISTINCT personal_number_hash) FROM employee";
    assert_eq!(portal.database().await.number(same, &[]).await, 1);
    let told = "SELECT kind, actor, detail FROM event WHERE kind = 'personal-numbers-wrapped' AND 'x' = $1 ORDER BY id";
    let told = portal.database().await.told(told, &["x"]).await;
    assert_eq!(told.len(), 2, "each change is in the event log");
}
