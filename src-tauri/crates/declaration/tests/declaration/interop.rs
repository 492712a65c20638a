//! Other people's programs judge our documents. A program that is not installed is named and passed over.

use crate::authority::{AUTHORITY, now};
use crate::journey::{receipt_for, signed};
use declaration::signed_data::sign_detached;
use declaration::terms::shipped;
use declaration::{receipt, render_terms};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// Runs a program; `None`, with a word about it, where it is not installed.
pub fn run(program: &str, arguments: &[&str], folder: &Path) -> Option<Output> {
    match Command::new(program).args(arguments).current_dir(folder).output() {
        Ok(output) => Some(output),
        Err(error) => {
            say(&format!("passed over: {program}: {error}"));
            None
        }
    }
}

#[allow(clippy::print_stderr, reason = "whoever runs the tests must see what was not tested")]
pub fn say(message: &str) {
    eprintln!("{message}");
}

pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

pub fn folder_with(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).expect("written");
    }
    folder
}

#[test]
fn pdfsig_finds_a_valid_signature_over_the_whole_document() {
    let declaration = signed(&AUTHORITY.employee);
    let receipt =
        receipt::issue(&receipt_for(&declaration), &AUTHORITY.seal.key, &AUTHORITY.seal.chain).expect("issued");
    let folder = folder_with(&[("declaration.pdf", declaration.pdf()), ("receipt.pdf", &receipt)]);
    for name in ["declaration.pdf", "receipt.pdf"] {
        let Some(output) = run("pdfsig", &["-nocert", name], folder.path()) else { return };
        let text = text(&output);
        assert!(text.contains("Signature is Valid"), "{text}");
        assert!(text.contains("Total document signed"), "{text}");
        assert!(text.contains("ETSI.CAdES.detached"), "{text}");
    }
}

#[test]
fn pdfsig_refuses_a_tampered_copy() {
    let mut pdf = signed(&AUTHORITY.employee).pdf().to_vec();
    let place = pdf.windows(9).position(|window| window == b"endstream").expect("a stream") - 20;
    pdf[place] ^= 1;
    let folder = folder_with(&[("tampered.pdf", &pdf)]);
    let Some(output) = run("pdfsig", &["-nocert", "tampered.pdf"], folder.path()) else { return };
    assert!(text(&output).contains("Digest Mismatch"), "{}", text(&output));
}

#[test]
fn qpdf_finds_no_fault_in_the_structure() {
    let declaration = signed(&AUTHORITY.employee);
    let receipt =
        receipt::issue(&receipt_for(&declaration), &AUTHORITY.seal.key, &AUTHORITY.seal.chain).expect("issued");
    let terms = render_terms(&shipped()[0], now()).expect("rendered");
    let folder =
        folder_with(&[("declaration.pdf", declaration.pdf()), ("receipt.pdf", &receipt), ("terms.pdf", &terms)]);
    for name in ["declaration.pdf", "receipt.pdf", "terms.pdf"] {
        let Some(output) = run("qpdf", &["--check", name], folder.path()) else { return };
        assert!(output.status.success(), "{}", text(&output));
    }
}

#[test]
fn openssl_verifies_the_detached_signature_as_cades() {
    let content = shipped()[0].bytes();
    for holder in [&AUTHORITY.seal, &AUTHORITY.employee_p256] {
        let cms = sign_detached(content, &holder.key, &holder.chain[..2]).expect("signed");
        let anchor = AUTHORITY.anchor.certificate().to_pem();
        let folder = folder_with(&[("terms.json", content), ("terms.p7s", &cms), ("root.pem", anchor.as_bytes())]);
        let time = now().timestamp().to_string();
        let arguments = |content: &'static str| {
            vec![
                "cms",
                "-verify",
                "-cades",
                "-binary",
                "-inform",
                "DER",
                "-in",
                "terms.p7s",
                "-content",
                content,
                "-CAfile",
                "root.pem",
                "-purpose",
                "any",
                "-out",
                "out",
            ]
        };
        let mut right = arguments("terms.json");
        right.extend(["-attime", &time]);
        let Some(output) = run("openssl", &right, folder.path()) else { return };
        assert!(output.status.success(), "{}", text(&output));
        let mut wrong = arguments("root.pem");
        wrong.extend(["-attime", &time]);
        let Some(output) = run("openssl", &wrong, folder.path()) else { return };
        assert!(!output.status.success(), "OpenSSL accepted other content");
    }
}

#[test]
fn pdftotext_reads_back_who_signed_what_on_whose_behalf() {
    let declaration = signed(&AUTHORITY.employee);
    let folder = folder_with(&[("declaration.pdf", declaration.pdf())]);
    let Some(output) = run("pdftotext", &["-layout", "declaration.pdf", "-"], folder.path()) else { return };
    let read = text(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    let terms = shipped()[0].terms();
    let clauses = terms.sections.iter().flat_map(|section| &section.clauses).map(|clause| clause.text.as_str());
    let expected = [
        "Øvebruger Eksempel",
        "Øvelseskommune Å",
        "24. november 2026 kl. 12.34 (dansk tid, UTC+1)",
        "avanceret elektronisk signatur",
        "ØVELSE",
        &declaration.acceptance().declaration_id.to_string(),
        &declaration.acceptance().certificate.sha256,
    ];
    for part in expected.into_iter().chain(clauses.flat_map(|clause| clause.split(". "))) {
        let words: Vec<&str> = part.split_whitespace().collect();
        // Page ends and the foot can come between words: four in a row must be found.
        for row in words.chunks(4) {
            assert!(read.contains(&row.join(" ")), "{row:?} is not on the page");
        }
    }
    assert!(!read.to_lowercase().contains("kvalificeret"), "the signature is not a qualified one");
}
