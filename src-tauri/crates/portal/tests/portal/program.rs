//! The program `portal`, as the app and the local registration authority start it.

use crate::support::PERSONAL_NUMBER;
use crate::support::database::store;
use crate::support::program::{is_installed, portal};
use portal_api::Ready;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn serve_says_in_one_line_where_it_is_and_ends_with_its_standard_input() {
    let data = tempfile::tempdir().expect("a folder");
    let mut child = portal()
        .args(["serve", "--practice", "--exit-with-stdin"])
        .args(store(data.path()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the portal starts");
    let mut output = BufReader::new(child.stdout.take().expect("standard output"));
    let mut line = String::new();
    output.read_line(&mut line).expect("a line");
    let ready: Ready = serde_json::from_str(&line).expect("one line of JSON");
    assert!(ready.portal.starts_with("https://127.0.0.1:"));
    assert!(ready.status.starts_with("http://127.0.0.1:"));
    assert!(Path::new(&ready.trust_anchor).is_file());

    drop(child.stdin.take());
    assert!(child.wait().expect("the portal ends").success());
    let mut rest = String::new();
    output.read_to_string(&mut rest).expect("nothing more");
    assert_eq!(rest, "");
}

#[test]
fn invite_reads_the_cpr_number_from_standard_input_and_never_repeats_it() {
    let data = tempfile::tempdir().expect("a folder");
    let invite = |email: &str, cpr: &str| {
        let mut child = portal()
            .args(["invite", "--json", "--cpr-stdin", "--cvr", "12345678", "--organisation", "Øvelseskommune Å"])
            .args(["--name", "Øvebruger Eksempel", "--email", email])
            .args(store(data.path()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the portal starts");
        let mut input = child.stdin.take().expect("standard input");
        writeln!(input, "{cpr}").expect("written");
        drop(input);
        child.wait_with_output().expect("the portal ends")
    };
    let invited = invite("øvebruger@example.org", PERSONAL_NUMBER);
    assert!(invited.status.success(), "{}", String::from_utf8_lossy(&invited.stderr));
    let json: serde_json::Value = serde_json::from_slice(&invited.stdout).expect("one JSON object");
    assert!(json["reference"].as_str().is_some_and(|reference| reference.starts_with("AMP-")));
    assert_eq!(json["code"].as_str().map(str::len), Some("XXXX-XXXX-XXXX".len()));

    for (email, cpr) in [("øvebruger@example.org", "610199-0000 x"), ("ob610101-0000@example.org", PERSONAL_NUMBER)] {
        let refused = invite(email, cpr);
        assert!(!refused.status.success());
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains("CPR number") && !said.contains("6101"), "{said}");
    }
}

#[test]
fn a_portal_that_was_started_without_suspension_refuses_it_to_its_staff_as_well() {
    let data = tempfile::tempdir().expect("a folder");
    let run = |suspension: &[&str]| {
        let mut child = portal()
            .args(["serve", "--practice", "--exit-with-stdin"])
            .args(store(data.path()))
            .args(suspension)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the portal starts");
        let mut output = BufReader::new(child.stdout.take().expect("standard output"));
        output.read_line(&mut String::new()).expect("it is ready");
        drop(child.stdin.take());
        assert!(child.wait().expect("the portal ends").success());
        let suspended = portal().args(["suspend", "4f"]).args(store(data.path())).output().expect("it ends");
        assert!(!suspended.status.success());
        String::from_utf8_lossy(&suspended.stderr).into_owned()
    };
    let said = run(&["--no-suspension"]);
    assert!(said.contains("does not suspend certificates"), "{said}");
    let said = run(&[]);
    assert!(said.contains("no employee certificate has this serial number"), "the last start counts: {said}");
}

#[test]
fn the_password_in_a_database_url_is_never_told() {
    let data = tempfile::tempdir().expect("a folder");
    for url in [
        "postgres://portal:hemmeligt@127.0.0.1:1/portal",
        "postgresql://portal:hemmeligt@127.0.0.1:port/portal",
        "postgres://127.0.0.1:1/portal?pasword=hemmeligt",
        "mysql://portal:hemmeligt@127.0.0.1/portal",
    ] {
        let mut users = portal();
        users.env("RUST_LOG", "trace").args(["users", "--database", url, "--data"]).arg(data.path());
        let ended = users.output().expect("it ends");
        assert!(!ended.status.success(), "{url}");
        let said = String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned();
        assert!(said.contains("database") && !said.contains("hemmeligt"), "{said}");
    }
}

/// With OpenSSL and curl: the certificate, its encrypted key and its chain are what other people's programs take.
#[test]
fn curl_acts_with_what_lra_issue_wrote_until_it_is_withdrawn() {
    if !is_installed("curl") {
        return;
    }
    let data = tempfile::tempdir().expect("a folder");
    let out = data.path().join("lra");
    let password = "øvelse gør mester";
    let issue = || {
        let mut child = portal()
            .args(["lra", "issue", "--organisation", "Øvelseskommune Å", "--cvr", "12345678"])
            .args(["--name", "Øvebruger Eksempel", "--email", "øvebruger@example.org", "--out"])
            .arg(&out)
            .args(store(data.path()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the portal starts");
        let mut input = child.stdin.take().expect("standard input");
        writeln!(input, "{password}").expect("written");
        drop(input);
        child.wait_with_output().expect("the portal ends")
    };
    let early = issue();
    let said = String::from_utf8_lossy(&early.stderr).into_owned();
    assert!(!early.status.success() && said.contains("start it once"), "{said}");

    let mut child = portal()
        .args(["serve", "--practice", "--exit-with-stdin"])
        .args(store(data.path()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the portal starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("standard output")).read_line(&mut line).expect("it is ready");
    let ready: Ready = serde_json::from_str(&line).expect("one line of JSON");
    let issued = issue();
    assert!(issued.status.success(), "{}", String::from_utf8_lossy(&issued.stderr));
    let told: serde_json::Value = serde_json::from_slice(&issued.stdout).expect("one JSON object");
    let serial = told["serial_number"].as_str().expect("a serial number").to_owned();
    for channel in [&issued.stdout, &issued.stderr] {
        assert!(!String::from_utf8_lossy(channel).contains(password));
    }

    let ask = |address: &str| {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--cacert", &ready.trust_anchor, "--pass", password, "--cert"])
            .arg(out.join("lra.pem"))
            .arg("--key")
            .arg(out.join("lra.key"))
            .arg(format!("{}{address}", ready.portal))
            .output()
            .expect("curl runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("JSON")
    };
    let asked = format!("/v1/lra/certificates/{serial}");
    assert_eq!(ask(&asked)["kind"], "not-found", "it got in, and there is no such employee");
    let list = portal().args(["lra", "list"]).args(store(data.path())).output().expect("it ends");
    assert!(String::from_utf8_lossy(&list.stdout).contains(&serial));
    let withdrawn = portal().args(["lra", "withdraw", &serial]).args(store(data.path())).output().expect("it ends");
    assert!(withdrawn.status.success());
    assert_eq!(ask(&asked)["kind"], "certificate-not-usable");

    drop(child.stdin.take());
    assert!(child.wait().expect("the portal ends").success());
}
