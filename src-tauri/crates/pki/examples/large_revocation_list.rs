//! One process that checks a certificate against a large revocation list, for `tests/compare-crl.sh`.
//!
//! `make DIR ENTRIES` writes an authority, two certificates and a list; `check DIR good|revoked` verifies and searches it
//! and prints one line of JSON with milliseconds and mebibytes.

#![allow(clippy::print_stdout, reason = "the result of a program for the command line")]

#[path = "../tests/status_support/mod.rs"]
mod status_support;
#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::time::Instant;

use pki::{Certificate, CertificateState, UnverifiedRevocationList};

use status_support::large_list::{large_list, serial_number};
use support::{AUTHORITIES, Recipe, employee, now};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["make", folder, entries] => make(Path::new(folder), entries.parse().expect("a number of entries")),
        ["check", folder, which @ ("good" | "revoked")] => check(Path::new(folder), which),
        _ => {
            println!("usage: large_revocation_list make DIR ENTRIES | check DIR good|revoked");
            std::process::exit(2);
        }
    }
}

fn make(folder: &Path, entries: u32) {
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).expect("a folder to write to");
    let revoked = AUTHORITIES.issue(&Recipe { serial_number: serial_number(entries / 2), ..employee() });
    write("root.pem", AUTHORITIES.root.to_pem().as_bytes());
    write("issuing.pem", AUTHORITIES.issuing.to_pem().as_bytes());
    write("good.pem", AUTHORITIES.issue(&employee()).to_pem().as_bytes());
    write("revoked.pem", revoked.to_pem().as_bytes());
    write("list.crl", &large_list(entries));
    println!("{}", now().timestamp());
}

fn check(folder: &Path, which: &str) {
    let certificate = |name: &str| {
        let pem = std::fs::read(folder.join(name)).expect("what `make` wrote");
        Certificate::from_pem(&pem).expect("a certificate")
    };
    let (issuer, certificate) = (certificate("issuing.pem"), certificate(&format!("{which}.pem")));
    let base = peak_memory();
    let began = Instant::now();
    let bytes = std::fs::read(folder.join("list.crl")).expect("what `make` wrote");
    let read = began.elapsed();
    let list = UnverifiedRevocationList::from_der(bytes).expect("a sound list");
    let walked = began.elapsed();
    let list = list.verify(&issuer).expect("a signed list");
    let verified = began.elapsed();
    let first = list.status(&certificate, now()).expect("a list in its window").state;
    let judged = began.elapsed();
    let again = Instant::now();
    let second = list.status(&certificate, now()).expect("a list in its window").state;
    let again = again.elapsed();
    assert_eq!(first, second);
    assert_eq!(first == CertificateState::Good, which == "good", "{first:?}");
    let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
    println!(
        r#"{{"entries":{},"bytes":{},"read":{:.2},"walk":{:.2},"verify_and_index":{:.2},"look_up":{:.4},"look_up_again":{:.4},"total":{:.2},"index":{:.1},"over_base":{:.1}}}"#,
        list.list().entry_count(),
        list.list().der().len(),
        milliseconds(read),
        milliseconds(walked - read),
        milliseconds(verified - walked),
        milliseconds(judged - verified),
        milliseconds(again),
        milliseconds(judged),
        list.index_memory() as f64 / f64::from(1 << 20),
        peak_memory().zip(base).map_or(f64::NAN, |(peak, base)| peak - base),
    );
}

/// The most memory that this process has held, in MiB; `None` where the system has no `/proc`.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes / 1024.0)
}
