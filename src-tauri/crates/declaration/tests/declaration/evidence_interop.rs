//! Other people's programs judge our time-stamps and evidence, and we judge theirs. A program that is not installed is
//! named and passed over.

use crate::authority::{AUTHORITY, Holder, TIME_STAMPING, VALIDITY, at, purposes};
use crate::interop::{folder_with, run, say, text};
use crate::journey::{draft, signed};
use crate::long_term::long_term;
use crate::statuses::{evidence_of, gathered_at};
use crate::time_stamps::{anchors, answer, stamped, stamped_at};
use declaration::time_stamp::TimeStampRequest;
use declaration::{Level, verify};
use pki::Profile;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The folder of pyHanko's programs, with a word where there is none.
pub fn python() -> Option<String> {
    let Some(pyhanko) = std::env::var_os("PYHANKO") else {
        say("passed over: PYHANKO names no program (run `make test`)");
        return None;
    };
    Some(PathBuf::from(pyhanko).with_file_name("python3").display().to_string())
}

fn program(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/declaration/programs").join(name).display().to_string()
}

/// What pyHanko says of the documents in a folder, by name.
pub fn judged_by_pyhanko(
    folder: &TempDir,
    moment: &str,
    with_status: bool,
    documents: &[&str],
) -> Option<Vec<serde_json::Value>> {
    let python = python()?;
    let judge = program("judge.py");
    let root = AUTHORITY.anchor.certificate().to_pem();
    std::fs::write(folder.path().join("root.pem"), root).expect("written");
    let mut arguments = vec![judge.as_str(), "root.pem", moment];
    if with_status {
        arguments.push("--status");
    }
    arguments.extend(documents);
    let output = run(&python, &arguments, folder.path())?;
    assert!(output.status.success(), "{}", text(&output));
    let lines: Vec<_> = String::from_utf8(output.stdout)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), documents.len());
    Some(lines)
}

fn pems(holder: &Holder) -> [String; 3] {
    [0, 1, 2].map(|place| holder.chain[place].to_pem())
}

#[test]
fn openssl_accepts_our_time_stamps_and_refuses_tampered_ones() {
    let data = b"what was there";
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, data);
    let request = TimeStampRequest::new(digest.as_ref().try_into().expect("32 bytes"), [0x80; 16]);
    for holder in [&AUTHORITY.time_stamps, &AUTHORITY.time_stamps_with(&purposes(true, &[TIME_STAMPING]), VALIDITY)] {
        let response = answer(request.der(), holder, stamped_at()).der;
        let mut tampered = response.clone();
        let last = tampered.len() - 1;
        tampered[last] ^= 1;
        let [_, issuing, root] = pems(holder);
        let folder = folder_with(&[
            ("data", data),
            ("other", b"what was not there"),
            ("request.tsq", request.der()),
            ("response.tsr", &response),
            ("tampered.tsr", &tampered),
            ("issuing.pem", issuing.as_bytes()),
            ("root.pem", root.as_bytes()),
        ]);
        let time = stamped_at().timestamp().to_string();
        let verify = |of: &[&str], response: &str| {
            let mut arguments = vec!["ts", "-verify"];
            arguments.extend(of);
            arguments.extend(["-in", response, "-CAfile", "root.pem", "-untrusted", "issuing.pem", "-attime", &time]);
            run("openssl", &arguments, folder.path())
        };
        for of in [["-data", "data"], ["-queryfile", "request.tsq"]] {
            let Some(output) = verify(&of, "response.tsr") else { return };
            assert!(output.status.success(), "{}", text(&output));
        }
        for (of, response) in [(["-data", "data"], "tampered.tsr"), (["-data", "other"], "response.tsr")] {
            let Some(output) = verify(&of, response) else { return };
            assert!(!output.status.success(), "OpenSSL accepted {response} over {of:?}");
        }
        let Some(output) = run("openssl", &["ts", "-reply", "-in", "response.tsr", "-text"], folder.path()) else {
            return;
        };
        let said = text(&output);
        assert!(said.contains("Status: Granted.") && said.contains("Nov 24 11:35:00 2026 GMT"), "{said}");
        assert!(said.contains("Accuracy: 0x01 seconds"), "{said}");
    }
}

#[test]
fn we_accept_the_time_stamps_that_openssl_gives_and_openssl_reads_our_request() {
    let request = TimeStampRequest::new([7; 32], [0x80; 16]);
    for (holder, ess) in [
        (&AUTHORITY.time_stamps, "sha256"),
        (&AUTHORITY.time_stamps, "sha1"),
        (&AUTHORITY.time_stamps_with(&purposes(true, &[TIME_STAMPING]), VALIDITY), "sha512"),
    ] {
        let [own, issuing, _] = pems(holder);
        let configuration = format!(
            "[tsa]\ndefault_tsa=one\n[one]\ndir=.\nserial=./serial\nsigner_cert=./tsa.pem\ncerts=./issuing.pem\n\
             signer_key=./tsa.key\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256\n\
             accuracy=secs:1,millisecs:500\nordering=yes\ntsa_name=yes\ness_cert_id_chain=no\ness_cert_id_alg={ess}\n"
        );
        let folder = folder_with(&[
            ("tsa.cnf", configuration.as_bytes()),
            ("serial", b"01"),
            ("tsa.pem", own.as_bytes()),
            ("tsa.key", holder.key.to_pem().as_bytes()),
            ("issuing.pem", issuing.as_bytes()),
            ("request.tsq", request.der()),
        ]);
        let arguments = ["ts", "-reply", "-config", "tsa.cnf", "-queryfile", "request.tsq", "-out", "response.tsr"];
        let Some(output) = run("openssl", &arguments, folder.path()) else { return };
        assert!(output.status.success(), "{}", text(&output));
        let response = std::fs::read(folder.path().join("response.tsr")).expect("written");
        // OpenSSL goes by the computer's own clock.
        let token = request.verify_response(&response, anchors(), at("2029-11-24T10:00:00Z")).expect("holds");
        assert_eq!(token.policy(), "1.2.3.4.1");
        assert_eq!(token.accuracy(), Some(chrono::TimeDelta::milliseconds(1500)));
        for place in (0..response.len()).step_by(7) {
            let mut tampered = response.clone();
            tampered[place] ^= 0x10;
            if let Ok(token) = request.verify_response(&tampered, anchors(), at("2029-11-24T10:00:00Z")) {
                assert_eq!(token.authority().certificate(), holder.certificate(), "byte {place}");
            }
        }
    }
}

#[test]
fn pyhanko_pdfsig_and_qpdf_accept_what_we_make_at_every_level() {
    for holder in [&AUTHORITY.employee, &AUTHORITY.employee_p256] {
        let b_b = signed(holder).pdf().to_vec();
        let b_t = stamped(&b_b, stamped_at());
        let b_lt = long_term(holder);
        let folder = folder_with(&[("b-b.pdf", &b_b), ("b-t.pdf", &b_t), ("b-lt.pdf", &b_lt)]);
        for name in ["b-b.pdf", "b-t.pdf", "b-lt.pdf"] {
            let Some(output) = run("qpdf", &["--check", name], folder.path()) else { return };
            assert!(output.status.success(), "{name}: {}", text(&output));
            let Some(output) = run("pdfsig", &["-nocert", name], folder.path()) else { return };
            assert!(text(&output).contains("Signature is Valid"), "{name}: {}", text(&output));
        }
        let moment = "2026-11-24T11:50:00Z";
        let Some(reports) = judged_by_pyhanko(&folder, moment, false, &["b-b.pdf", "b-t.pdf", "b-lt.pdf"]) else {
            return;
        };
        for (report, with_time) in reports.iter().zip(["SIG_CONSTRAINTS_FAILURE", "OK", "OK"]) {
            assert_eq!((&report["valid"], &report["basic"]), (&true.into(), &"OK".into()), "{report}");
            // With-time asks for a time-stamp, which B-B has not.
            assert!(report["with_time"].as_str().is_some_and(|said| said.starts_with(with_time)), "{report}");
        }
        let reports = judged_by_pyhanko(&folder, moment, true, &["b-t.pdf", "b-lt.pdf"]).expect("it ran before");
        assert_ne!(reports[0]["with_time"], "OK", "no evidence, no status: {}", reports[0]);
        assert_eq!(reports[1]["basic"], "OK", "{}", reports[1]);
        assert_eq!(reports[1]["with_time"], "OK", "{}", reports[1]);
    }
}

#[test]
fn we_accept_what_pyhanko_signs_at_every_level() {
    let Some(python) = python() else { return };
    let holder = &AUTHORITY.employee;
    let [signer, issuing, root] = pems(holder);
    let evidence = evidence_of(&[holder.certificate(), AUTHORITY.time_stamps.certificate()]);
    let folder = folder_with(&[
        ("unsigned.pdf", draft(holder).pdf()),
        ("signer.pem", signer.as_bytes()),
        ("signer.key", holder.key.to_pem().as_bytes()),
        ("tsa.pem", AUTHORITY.time_stamps.certificate().to_pem().as_bytes()),
        ("tsa.key", AUTHORITY.time_stamps.key.to_pem().as_bytes()),
        ("issuing.pem", issuing.as_bytes()),
        ("root.pem", root.as_bytes()),
        ("0.ocsp", &evidence.ocsp_responses[0]),
        ("1.ocsp", &evidence.ocsp_responses[1]),
        ("0.crl", &evidence.revocation_lists[0]),
    ]);
    let moment = gathered_at().to_rfc3339();
    let Some(output) = run(&python, &[&program("sign.py"), &moment], folder.path()) else { return };
    assert!(output.status.success(), "{}", text(&output));
    for (name, level) in [("b-b.pdf", Level::BaselineB), ("b-t.pdf", Level::BaselineT), ("b-lt.pdf", Level::BaselineLt)]
    {
        let pdf = std::fs::read(folder.path().join(name)).expect("written");
        let report = verify(&pdf, anchors(), Profile::PracticeEmployee, gathered_at());
        assert_eq!(report.level, Some(level), "{name}: {:?} {:?}", report.findings, report.hints);
    }
}
