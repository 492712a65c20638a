//! What the one who runs the portal sees of it, and how it stops.

use crate::own_security::with;
use crate::status::ask;
use crate::support::{PERSONAL_NUMBER, folder_with_keys, refused};
use portal::Limits;
use portal_api::{ProblemKind, Ready};
use reqwest::{Method, StatusCode};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn figures_tell_what_was_done_and_nothing_about_whom() {
    let portal = with(Limits::default()).await;
    let metrics = format!("http://{}", portal.running.metrics.expect("a listener of its own"));
    let client = portal.anonymous();
    let (employee, device) = portal.declared().await;
    assert_eq!(portal.log_in(&employee, Some(&device)).await.status(), StatusCode::OK);
    assert_eq!(portal.suspend(&employee, &device).await.status(), StatusCode::OK);
    let request = client.post(portal.status_url("/ocsp")).header("content-type", "application/ocsp-request");
    let answer = request.body(ask(&employee, employee.serial(), None)).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    let locked = portal.invite().await;
    for _ in 0..4 {
        refused(portal.open(&locked.reference, "0000-0000-0000").await, ProblemKind::CodeWrong).await;
    }
    refused(portal.open(&locked.reference, "0000-0000-0000").await, ProblemKind::CodeLocked).await;
    let scrape = async || {
        let answer = client.get(format!("{metrics}/metrics")).send().await.expect("an answer");
        assert!(answer.headers()["content-type"].to_str().expect("text").starts_with("application/openmetrics-text"));
        answer.text().await.expect("a body")
    };
    scrape().await;
    let before = scrape().await.lines().count();
    for word in [employee.serial(), &employee.invited.reference, PERSONAL_NUMBER, "Øvebruger", "lra/users/Eksempel"] {
        for path in [format!("/{word}"), format!("/v1/{word}"), format!("/lra/en/{word}"), format!("/v1/me?{word}")] {
            let method = Method::from_bytes(b"ROVERIET").expect("a method");
            let answer = client.request(method, portal.url(&path)).send().await.expect("an answer");
            assert!(answer.status().is_client_error(), "{path}");
        }
    }
    let text = scrape().await;
    for line in [
        "portal_declarations_accepted_total 1",
        "portal_enrolments_total 1",
        "portal_log_ins_total 1",
        "portal_suspensions_total 1",
        "portal_ocsp_answers_total 1",
        "portal_codes_locked_total 1",
        "portal_problems_total{kind=\"code-wrong\"} 4",
        "portal_requests_total{method=\"Post\",route=\"/v1/certificates/{serial}/suspension\",status=\"200\"} 1",
        "portal_request_duration_seconds_count{route=\"/v1/declarations\"} 1",
        "portal_database_connections{state=\"Idle\"}",
        "portal_connections{listener=\"Metrics\"} ",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let said = text.to_lowercase();
    let reference = employee.invited.reference.to_lowercase();
    for never in [employee.serial(), &reference, PERSONAL_NUMBER, "øvebruger", "eksempel", "12345678", "roveriet"] {
        assert!(!said.contains(never), "{never} is in\n{text}");
    }
    assert!(said.ends_with("# eof\n"));
    // Requests that no route is for come in few kinds, however they are written.
    assert!(text.lines().count() <= before + 60, "{} lines after {before}", text.lines().count());
    for url in [portal.url("/metrics"), portal.status_url("/metrics")] {
        refused(client.get(url).send().await.expect("an answer"), ProblemKind::NotFound).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_stops_or_cannot_read_its_database_is_there_and_not_ready() {
    let portal = with(Limits::default()).await;
    let metrics = format!("http://{}", portal.running.metrics.expect("a listener of its own"));
    let ask = async |url: String| portal.anonymous().get(url).send().await.expect("an answer").status();
    for address in [&metrics, &portal.running.ready.status, &portal.running.ready.portal] {
        assert_eq!(ask(format!("{address}/readyz")).await, StatusCode::OK);
    }
    let mut database = portal.database().await;
    database.execute("ALTER TABLE terms RENAME TO elsewhere", &[]).await.expect("moved");
    assert_eq!(ask(format!("{metrics}/readyz")).await, StatusCode::SERVICE_UNAVAILABLE);
    database.execute("ALTER TABLE elsewhere RENAME TO terms", &[]).await.expect("moved back");
    assert_eq!(ask(format!("{metrics}/readyz")).await, StatusCode::OK);
    portal.running.announce_stop();
    for address in [&metrics, &portal.running.ready.status, &portal.running.ready.portal] {
        assert_eq!(ask(format!("{address}/readyz")).await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(ask(format!("{address}/healthz")).await, StatusCode::OK);
    }
}

/// The program, with the last lines of its configuration.
struct Program {
    child: Child,
    ready: Ready,
    _data: TempDir,
}

impl Program {
    fn start(configuration: &str) -> Self {
        let data = folder_with_keys();
        let file = data.path().join("portal.toml");
        fs::write(&file, format!("data = {:?}\n{configuration}", data.path())).expect("written");
        let mut child = Command::new(env!("CARGO_BIN_EXE_portal"))
            .args(["serve", "--practice", "--config"])
            .arg(&file)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the portal starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("standard output")).read_line(&mut line).expect("it is ready");
        let ready = serde_json::from_str(&line).expect("one line of JSON");
        Self { child, ready, _data: data }
    }

    fn terminate(&self) {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(killed.expect("kill runs").success());
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        TcpStream::connect(self.ready.status.split_once("//").expect("a URL").1)
    }

    /// What the portal says to a request on its plain listener.
    fn ask(&self, path: &str) -> String {
        let mut said = Vec::new();
        let mut stream = self.connect().expect("connected");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: portal\r\nconnection: close\r\n\r\n").expect("asked");
        stream.read_to_end(&mut said).expect("an answer");
        String::from_utf8_lossy(&said).into_owned()
    }

    /// Ends well, and gives back what stands in the log.
    fn ended(mut self) -> String {
        let mut log = String::new();
        self.child.stderr.take().expect("standard error").read_to_string(&mut log).expect("a log");
        assert!(self.child.wait().expect("it ends").success(), "{log}");
        log
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Of a test that failed; otherwise it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn soon(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::yield_now();
    }
}

#[cfg(unix)]
#[test]
fn sigterm_lets_a_request_under_way_finish_and_lets_no_other_in() {
    let program = Program::start("[log]\nformat = \"json\"\n");
    let mut under_way = program.connect().expect("connected");
    let head = "POST /tsa HTTP/1.1\r\nhost: portal\r\ncontent-type: application/timestamp-query\r\n\
                content-length: 8\r\n\r\nno q";
    under_way.write_all(head.as_bytes()).expect("the first half");
    // Answered, so that what was sent before it has arrived as well.
    assert!(program.ask("/readyz").starts_with("HTTP/1.1 200"));
    program.terminate();
    soon("no more connections are taken", || program.connect().is_err());
    under_way.write_all(b"uery").expect("the second half");
    let mut said = Vec::new();
    under_way.read_to_end(&mut said).expect("an answer");
    assert!(said.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&said));

    let log = program.ended();
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("every line of the log is JSON")).collect();
    assert!(lines.iter().any(|line| line["path"] == "/tsa" && line["status"] == 200), "{log}");
    assert!(lines.last().is_some_and(|line| line["message"] == "stopped"), "{log}");
}

#[cfg(unix)]
#[test]
fn with_a_delay_the_portal_says_first_that_it_is_not_ready_and_goes_on() {
    let program = Program::start("shutdown_delay_seconds = 300\n");
    assert!(program.ask("/readyz").starts_with("HTTP/1.1 200"));
    program.terminate();
    soon("it is not ready", || program.ask("/readyz").starts_with("HTTP/1.1 503"));
    assert!(program.ask("/crl/root-ca.crl").starts_with("HTTP/1.1 200"));
    // Whoever asks again does not want to wait for five minutes.
    program.terminate();
    program.ended();
}

#[test]
fn a_mistake_in_the_configuration_is_told_with_its_line_and_nothing_starts() {
    let data = tempfile::tempdir().expect("a folder");
    let file = data.path().join("portal.toml");
    fs::write(&file, format!("data = {:?}\nlisten_on = \"hemmelig\"\n", data.path().join("data"))).expect("written");
    for command in ["serve", "users"] {
        let output = Command::new(env!("CARGO_BIN_EXE_portal")).arg("--config").arg(&file).arg(command).output();
        let output = output.expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("portal.toml, line 2: unknown field `listen_on`"), "{said}");
        assert!(!said.contains("hemmelig"), "{said}");
    }
    assert!(!data.path().join("data").exists());
    fs::write(&file, format!("data = {:?}\n", data.path().join("data"))).expect("written");
    fs::create_dir(data.path().join("data")).expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_portal")).arg("users").arg("--config").arg(&file).output();
    let output = output.expect("it ends");
    assert!(output.status.success(), "every command finds the data by it: {output:?}");
    assert!(data.path().join("data/portal.sqlite").is_file());
}
