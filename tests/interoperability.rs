//! Other people's programs judge what we make: OpenSSL, poppler's `pdfsig`, qpdf and pyHanko accept the declaration and
//! the receipt, and reject a tampered copy. So does `certifikat verify`.
//!
//! `make test` installs the programs and names pyHanko's in `PYHANKO`.

use certifikatguide_tests::doubles::StandingClock;
use certifikatguide_tests::practice::{PracticePortal, certifikat, delivered_declaration, later_terms};
use chrono::Utc;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

struct Evidence {
    /// Kept running: pyHanko asks it for the status of the certificates.
    _portal: PracticePortal,
    folder: TempDir,
    declaration: PathBuf,
    receipt: PathBuf,
    trust_anchor: PathBuf,
}

/// A declaration that went all the way, its receipt, and the trust anchor, as files.
async fn evidence() -> Evidence {
    let clock = StandingClock::at(Utc::now());
    let portal = PracticePortal::start(&clock).await;
    let delivered = delivered_declaration(&portal, &clock).await;
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file of the test");
        path
    };
    let declaration = write("declaration.pdf", &delivered.declaration);
    let receipt = write("receipt.pdf", &delivered.receipt);
    let trust_anchor = write("trust-anchor.pem", portal.trust_anchor().certificate().to_pem().as_bytes());
    Evidence { _portal: portal, folder, declaration, receipt, trust_anchor }
}

/// The file with one letter of the signed content changed, the length kept.
fn tampered(pdf: &Path) -> PathBuf {
    let mut bytes = std::fs::read(pdf).expect("the document");
    // Inside the first compressed stream: still a PDF, with other content.
    let stream = find(&bytes, b"stream\n").expect("a stream") + 60;
    bytes[stream] ^= 1;
    let path = pdf.with_extension("tampered.pdf");
    std::fs::write(&path, bytes).expect("a file of the test");
    path
}

/// The file with bytes after its end.
fn lengthened(pdf: &Path) -> PathBuf {
    let mut bytes = std::fs::read(pdf).expect("the document");
    bytes.extend_from_slice(b"\n% one more line\n");
    let path = pdf.with_extension("lengthened.pdf");
    std::fs::write(&path, bytes).expect("a file of the test");
    path
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn run(command: &mut Command) -> (bool, String) {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error} (`make test` installs it)"));
    (status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pdfsig_finds_the_whole_document_signed_and_a_tampered_copy_broken() {
    let evidence = evidence().await;
    for document in [&evidence.declaration, &evidence.receipt] {
        let (_, said) = run(Command::new("pdfsig").arg(document));
        assert!(said.contains("Signature Validation: Signature is Valid."), "{said}");
        assert!(said.contains("Total document signed"), "{said}");
        assert!(said.contains("ETSI.CAdES.detached"), "{said}");
        let (_, said) = run(Command::new("pdfsig").arg(tampered(document)));
        assert!(!said.contains("Signature is Valid."), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pyhanko_accepts_the_signature_and_rejects_a_tampered_copy() {
    let Some(pyhanko) = std::env::var_os("PYHANKO") else {
        let _ = writeln!(std::io::stdout(), "skipped: PYHANKO names no program (run `make test`)");
        return;
    };
    let evidence = evidence().await;
    let validate = |way: &str, document: &Path| {
        run(Command::new(&pyhanko)
            .args(["sign", way, "--pretty-print", "--trust-replace", "--trust"])
            .arg(&evidence.trust_anchor)
            .arg(document)
            .current_dir(evidence.folder.path()))
    };
    for document in [&evidence.declaration, &evidence.receipt] {
        let (accepted, said) = validate("validate", document);
        assert!(accepted && said.contains("The signature is judged VALID."), "{said}");
        assert!(said.contains("The signature is cryptographically sound"), "{said}");
        let (accepted, said) = validate("validate", &tampered(document));
        assert!(!accepted || said.contains("INVALID"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_verifies_the_cms_as_cades_over_exactly_the_byte_range() {
    let evidence = evidence().await;
    for document in [&evidence.declaration, &evidence.receipt] {
        let pdf = std::fs::read(document).expect("the document");
        let (signature, content) = signature_and_content(&pdf);
        let signature_file = document.with_extension("cms");
        let content_file = document.with_extension("content");
        std::fs::write(&signature_file, &signature).expect("a file of the test");
        std::fs::write(&content_file, &content).expect("a file of the test");
        let verify = |content: &Path| {
            run(Command::new("openssl")
                .args(["cms", "-verify", "-cades", "-binary", "-purpose", "any", "-inform", "DER", "-in"])
                .arg(&signature_file)
                .arg("-content")
                .arg(content)
                .arg("-CAfile")
                .arg(&evidence.trust_anchor)
                .args(["-out", "/dev/null"]))
        };
        let (accepted, said) = verify(&content_file);
        assert!(accepted, "{said}");
        let mut other = content;
        other[100] ^= 1;
        std::fs::write(&content_file, other).expect("a file of the test");
        let (accepted, said) = verify(&content_file);
        assert!(!accepted, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn qpdf_finds_nothing_wrong_with_the_file() {
    let evidence = evidence().await;
    for document in [&evidence.declaration, &evidence.receipt] {
        let (accepted, said) = run(Command::new("qpdf").arg("--check").arg(document));
        assert!(accepted, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certifikat_verify_accepts_the_declaration_and_rejects_what_was_changed_or_added() {
    let evidence = evidence().await;
    let verify = |document: &Path| {
        let mut command = Command::new(certifikat());
        command.arg("verify").arg(document).arg("--trust").arg(&evidence.trust_anchor).arg("--json");
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error} (`make test` builds it)"));
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object of JSON");
        (output.status.code(), said)
    };
    let (status, said) = verify(&evidence.declaration);
    assert_eq!((status, said["indication"].as_str()), (Some(0), Some("total-passed")), "{said}");
    assert_eq!(said["level"], "B-T", "{said}");
    for changed in [tampered(&evidence.declaration), lengthened(&evidence.declaration)] {
        let (status, said) = verify(&changed);
        assert_eq!((status, said["indication"].as_str()), (Some(1), Some("total-failed")), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certifikat_verify_accepts_a_declaration_of_terms_that_do_not_ship_where_their_file_is_given() {
    let clock = StandingClock::at(Utc::now());
    let portal = PracticePortal::start(&clock).await.with_terms(&later_terms()).await;
    let delivered = delivered_declaration(&portal, &clock).await;
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file of the test");
        path
    };
    let declaration = write("declaration.pdf", &delivered.declaration);
    let trust_anchor = write("trust-anchor.pem", portal.trust_anchor().certificate().to_pem().as_bytes());
    let [danish, english] = &later_terms()[..] else { panic!("two languages") };
    let rewritten = write("rewritten.json", &[danish, &b"\n"[..]].concat());
    let (danish, english) = (write("terms.da.json", danish), write("terms.en.json", english));
    let verify = |document: &Path, terms: &[&Path]| {
        let mut command = Command::new(certifikat());
        command.arg("verify").arg(document).arg("--trust").arg(&trust_anchor).arg("--json");
        if !terms.is_empty() {
            command.arg("--terms").args(terms);
        }
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error} (`make test` builds it)"));
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object of JSON");
        let codes = said["findings"].as_array().expect("findings").iter();
        (output.status.code(), codes.map(|finding| finding["code"].as_str().expect("a code").to_owned()).collect())
    };
    let holds: (Option<i32>, Vec<String>) = (Some(0), Vec::new());
    let unknown = (Some(1), vec!["terms-unknown".to_owned()]);
    assert_eq!(verify(&declaration, &[]), unknown);
    assert_eq!(verify(&declaration, &[&english]), unknown, "the Danish ones were accepted");
    assert_eq!(verify(&declaration, &[&rewritten]), unknown, "they are the same to the letter, or others");
    assert_eq!(verify(&declaration, &[&danish]), holds);
    assert_eq!(verify(&declaration, &[&english, &danish]), holds);
    let (status, codes) = verify(&tampered(&declaration), &[&danish]);
    assert_eq!(status, Some(1), "{codes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certifikat_validate_reads_the_status_from_lists_and_answers_that_other_programs_fetched() {
    // Other programs go by the computer's own clock.
    let clock = StandingClock::at(Utc::now());
    let portal = PracticePortal::start(&clock).await;
    let delivered = delivered_declaration(&portal, &clock).await;
    let folder = TempDir::new().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("certificate.pem"), delivered.chain[0].to_pem()).expect("a file of the test");
    std::fs::write(file("issuer.pem"), delivered.chain[1].to_pem()).expect("a file of the test");
    std::fs::write(file("anchor.pem"), portal.trust_anchor().certificate().to_pem()).expect("a file of the test");
    let fetch = || {
        let url = format!("{}/crl/issuing-ca.crl", portal.status_address());
        let (fetched, said) = run(Command::new("curl").args(["-sSf", "-o"]).arg(file("list.crl")).arg(&url));
        assert!(fetched, "{said}");
        let (asked, said) = run(Command::new("openssl")
            .args(["ocsp", "-url", &format!("{}/ocsp", portal.status_address()), "-issuer"])
            .arg(file("issuer.pem"))
            .arg("-cert")
            .arg(file("certificate.pem"))
            .arg("-CAfile")
            .arg(file("anchor.pem"))
            .arg("-respout")
            .arg(file("answer.der")));
        assert!(asked, "{said}");
    };
    let validate = |evidence: &[&str]| {
        let mut command = Command::new(certifikat());
        command.arg("validate").arg(file("certificate.pem")).arg("--trust").arg(file("anchor.pem"));
        command.arg("--intermediate").arg(file("issuer.pem")).args(["--profile", "practice-employee", "--json"]);
        for pair in evidence.chunks(2) {
            command.arg(pair[0]).arg(file(pair[1]));
        }
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error} (`make test` builds it)"));
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object of JSON");
        (output.status.code(), said)
    };

    fetch();
    for evidence in [["--crl", "list.crl"], ["--ocsp", "answer.der"]] {
        let (status, said) = validate(&evidence);
        assert_eq!((status, said["status"]["state"].as_str()), (Some(0), Some("good")), "{evidence:?} {said}");
    }
    delivered.guide.suspend().await.expect("the portal is told");
    fetch();
    for evidence in [["--crl", "list.crl"], ["--ocsp", "answer.der"]] {
        let (status, said) = validate(&evidence);
        assert_eq!((status, said["status"]["state"].as_str()), (Some(1), Some("suspended")), "{evidence:?} {said}");
        assert_eq!(said["verdict"], "invalid", "{said}");
    }
    let (status, said) = validate(&[]);
    assert_eq!((status, said["status"]["state"].as_str()), (Some(0), Some("unknown")), "nothing was asked: {said}");
    let (status, said) = validate(&["--ocsp", "list.crl"]);
    assert_eq!((status, said["verdict"].as_str()), (Some(3), Some("indeterminate")), "not an answer: {said}");
}

/// What the ByteRange leaves out and what it covers ([ISO 32000-1 §12.8.1]).
fn signature_and_content(pdf: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let at = find(pdf, b"/ByteRange").expect("a byte range");
    let open = at + find(&pdf[at..], b"[").expect("its beginning") + 1;
    let close = open + find(&pdf[open..], b"]").expect("its end");
    let range: Vec<usize> = std::str::from_utf8(&pdf[open..close])
        .expect("digits")
        .split_ascii_whitespace()
        .map(|number| number.parse().expect("a number"))
        .collect();
    let &[start, before, after, length] = range.as_slice() else { panic!("not four numbers: {range:?}") };
    assert_eq!((start, after + length), (0, pdf.len()), "the byte range covers the file from end to end");
    let hexadecimal = &pdf[before + 1..after - 1];
    let mut signature: Vec<u8> = hexadecimal
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("digits"), 16).expect("a byte"))
        .collect();
    // The placeholder is padded with zeros; the outer SEQUENCE says how long the signature is (X.690 §8.1.3).
    assert_eq!(&signature[..2], [0x30, 0x82], "a SEQUENCE with a length of two bytes");
    let length = usize::from(signature[2]) * 256 + usize::from(signature[3]) + 4;
    signature.truncate(length);
    (signature, [&pdf[..before], &pdf[after..]].concat())
}
