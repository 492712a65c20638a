//! An OCSP response from foreign bytes, held against the seeds' employee and authority.

#![no_main]

use std::sync::LazyLock;

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use pki::{Certificate, verify_ocsp_response};

static AUTHORITY: LazyLock<Certificate> = LazyLock::new(|| seed(include_bytes!("../seeds/certificate/authority.der")));
static EMPLOYEE: LazyLock<Certificate> =
    LazyLock::new(|| seed(include_bytes!("../seeds/certificate/employee-oces3.der")));

fn seed(der: &[u8]) -> Certificate {
    Certificate::from_der(der).expect("the seeds are certificates")
}

fuzz_target!(|bytes: &[u8]| {
    let at = DateTime::from_timestamp(1_795_521_600, 0).expect("a date of 2026");
    if let Ok(answer) = verify_ocsp_response(bytes, &EMPLOYEE, &AUTHORITY, at) {
        assert!(answer.responder_to_check().is_some() || answer.status().is_ok());
    }
});
