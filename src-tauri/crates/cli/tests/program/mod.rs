//! The program as a script meets it: exit status, standard output and standard error.

// Each test file uses a part of this.
#![allow(dead_code)]

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

pub fn certifikat<S: AsRef<OsStr>>(arguments: &[S]) -> Output {
    run(Command::new(env!("CARGO_BIN_EXE_certifikat")).args(arguments))
}

/// The same with this on standard input.
pub fn certifikat_told<S: AsRef<OsStr>>(arguments: &[S], input: &[u8]) -> Output {
    run_told(Command::new(env!("CARGO_BIN_EXE_certifikat")).args(arguments), input)
}

/// As [`run`], with this on standard input.
pub fn run_told(command: &mut Command, input: &[u8]) -> Output {
    command.env_remove("CERTIFIKAT_LOG").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    // A program that has read enough may have ended.
    let _ = child.stdin.take().expect("standard input").write_all(input);
    child.wait_with_output().expect("the program runs")
}

/// Runs a command that begins with the program, in its surroundings.
pub fn run(command: &mut Command) -> Output {
    command.env_remove("CERTIFIKAT_LOG").stdin(Stdio::null()).output().expect("the program runs")
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the program writes UTF-8")
}

/// The one JSON object on standard output, where there is nothing on standard error and the exit status is this.
#[track_caller]
pub fn result(output: &Output, status: i32) -> Value {
    assert_eq!(output.status.code(), Some(status), "{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

/// The one JSON object on standard error, with every part that a person reads, where there is nothing on standard output.
#[track_caller]
pub fn problem(output: &Output, status: i32) -> Value {
    assert_eq!(output.status.code(), Some(status), "{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(text(&output.stdout), "");
    let problem: Value = serde_json::from_slice(&output.stderr).expect("one JSON object");
    for part in ["title", "cause", "remedy"] {
        assert!(problem[part].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
    }
    problem
}

/// Title, cause and remedy on standard error; nothing on standard output.
#[track_caller]
pub fn assert_problem(output: &Output, status: i32) {
    assert_eq!(output.status.code(), Some(status), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "");
    assert!(text(&output.stderr).lines().filter(|line| !line.is_empty()).count() >= 3, "{}", text(&output.stderr));
}

/// Code and place of every finding of a report, in its order.
pub fn findings(report: &Value) -> Vec<(&str, Option<u64>)> {
    let findings = report["findings"].as_array().expect("findings");
    for finding in findings {
        assert!(finding["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{finding}");
        assert!(finding["severity"].is_string() && finding["remedy"].is_string(), "{finding}");
        assert!(finding.get("place").is_some(), "{finding}");
    }
    findings.iter().map(|finding| (finding["code"].as_str().expect("a code"), finding["place"].as_u64())).collect()
}

pub fn file(folder: &Path, name: &str, content: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("a file");
    path.to_str().expect("a path of UTF-8").to_owned()
}

/// A certificate, revocation list or OCSP response of the practice authority whose files are the seeds of the fuzz targets.
pub fn seed(file: &str) -> String {
    let seeds: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../../tests/fuzz/seeds", file].iter().collect();
    assert!(seeds.is_file(), "{}", seeds.display());
    seeds.to_str().expect("a path of UTF-8").to_owned()
}
