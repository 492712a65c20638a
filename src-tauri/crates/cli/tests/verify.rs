//! `certifikat verify`: what holds, what does not, and what cannot be told. The documents are the seeds of the fuzz
//! targets: a practice declaration at each level, whose certificate is valid from 24 November 2026 for three years.

mod program;

use program::{certifikat, file, problem, result, seed, text};
use serde_json::Value;

fn arguments<'a>(document: &'a str, trust: &'a str, further: &[&'a str]) -> Vec<&'a str> {
    [&["verify", document, "--trust", trust, "--json"], further].concat()
}

fn codes(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().expect("findings");
    findings.iter().map(|finding| finding["code"].as_str().expect("a code")).collect()
}

#[test]
fn a_declaration_holds_does_not_hold_or_cannot_be_told_and_the_exit_status_says_which() {
    let folder = tempfile::tempdir().expect("a folder");
    let (own, other) = (seed("declaration-root.der"), seed("certificate/root.der"));
    let [b_b, b_t, b_lt] = ["b-b", "b-t", "b-lt"].map(|level| seed(&format!("document/{level}.pdf")));
    let mut changed = std::fs::read(&b_t).expect("the document");
    let middle = changed.len() / 3;
    changed[middle] ^= 1;
    let changed = file(folder.path(), "changed.pdf", &changed);
    let (now, years_later) = (["--at", "2026-11-24T12:00:00Z"], ["--at", "2035-01-01T00:00:00Z"]);
    for (document, trust, at, status, indication, sub_indication) in [
        (&b_b, &own, now, 0, "total-passed", Value::Null),
        (&b_t, &own, now, 0, "total-passed", Value::Null),
        (&b_lt, &own, years_later, 0, "total-passed", Value::Null),
        (&b_t, &other, now, 3, "indeterminate", "NO_CERTIFICATE_CHAIN_FOUND".into()),
        (&b_b, &own, years_later, 3, "indeterminate", "OUT_OF_BOUNDS_NO_POE".into()),
        (&changed, &own, now, 1, "total-failed", "HASH_FAILURE".into()),
        // What is broken stays so, whoever is trusted.
        (&changed, &other, now, 1, "total-failed", "HASH_FAILURE".into()),
    ] {
        let report = result(&certifikat(&arguments(document, trust, &at)), status);
        assert_eq!(report["indication"], indication, "{document} {at:?}: {report}");
        assert_eq!(report["sub_indication"], sub_indication, "{document} {at:?}: {report}");
        assert_eq!(codes(&report).is_empty(), status == 0, "{document} {at:?}: {report}");
    }
    for (language, words) in [
        ("da", "Det kan ikke afgøres, om erklæringen holder.\n"),
        ("en", "It cannot be told whether the declaration holds.\n"),
    ] {
        let output = certifikat(&["verify", &b_t, "--trust", &other, "--language", language]);
        assert_eq!(output.status.code(), Some(3));
        assert!(text(&output.stdout).starts_with(words), "{}", text(&output.stdout));
    }
}

#[test]
fn terms_are_given_as_files_and_what_is_no_terms_is_misuse() {
    let folder = tempfile::tempdir().expect("a folder");
    let (document, trust) = (seed("document/b-t.pdf"), seed("declaration-root.der"));
    let known = file(folder.path(), "known.json", declaration::terms::shipped()[0].bytes());
    // Other terms do not take the place of those that are known.
    let mut others = declaration::terms::shipped()[1].bytes().to_vec();
    others.push(b'\n');
    let others = file(folder.path(), "others.json", &others);
    result(&certifikat(&arguments(&document, &trust, &["--terms", &others, &known])), 0);
    result(&certifikat(&arguments(&document, &trust, &["--terms", &others])), 0);

    let garbage = file(folder.path(), "garbage.json", b"{}");
    let huge = file(folder.path(), "huge.json", &vec![b' '; declaration::terms::TERMS_LIMIT + 1]);
    for (given, expected) in
        [(&*garbage, "terms-unreadable"), (&*huge, "file-too-large"), ("no-such-file", "file-unreadable")]
    {
        let problem = problem(&certifikat(&arguments(&document, &trust, &["--terms", &known, given])), 2);
        assert_eq!(problem["problem"], expected);
        assert!(problem["cause"].as_str().is_some_and(|cause| cause.contains(given)), "{problem}");
    }
}
