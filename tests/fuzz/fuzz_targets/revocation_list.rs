//! A revocation list from foreign bytes: read, walked through, and held against the seeds' authority.

#![no_main]

use std::sync::LazyLock;

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use pki::{Certificate, UnverifiedRevocationList, status_from_lists};

static AUTHORITY: LazyLock<Certificate> = LazyLock::new(|| seed(include_bytes!("../seeds/certificate/authority.der")));
static EMPLOYEE: LazyLock<Certificate> =
    LazyLock::new(|| seed(include_bytes!("../seeds/certificate/employee-oces3.der")));

fn seed(der: &[u8]) -> Certificate {
    Certificate::from_der(der).expect("the seeds are certificates")
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(list) = UnverifiedRevocationList::from_der(bytes) else { return };
    assert!(list.entries().count() <= list.entry_count());
    let (_, _) = (list.number(), list.next_update());
    if let Ok(list) = list.verify(&AUTHORITY) {
        let at = DateTime::from_timestamp(1_795_521_600, 0).expect("a date of 2026");
        let _ = status_from_lists(&[list], &EMPLOYEE, at);
    }
});
