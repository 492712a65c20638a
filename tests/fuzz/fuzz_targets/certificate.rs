//! A certificate from foreign bytes: read, described, written, and judged as its own authority and anchor.

#![no_main]

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use pki::{Certificate, Profile, TrustAnchor, validate};

fuzz_target!(|bytes: &[u8]| {
    let Ok(certificate) = Certificate::from_der(bytes) else { return };
    assert_eq!(Certificate::from_pem(certificate.to_pem().as_bytes()).as_ref(), Ok(&certificate));
    let at = DateTime::from_timestamp(1_795_521_600, 0).expect("a date of 2026");
    let anchors = [TrustAnchor::new(certificate.clone())];
    let between = std::slice::from_ref(&certificate);
    for profile in [Profile::OcesEmployee, Profile::OcesOrganisation, Profile::PracticeEmployee, Profile::Any] {
        let report = validate(&certificate, between, &anchors, at, profile);
        assert!(!report.path.is_empty());
        assert!(report.findings.iter().all(|finding| finding.place.is_none_or(|place| place < report.path.len())));
    }
});
