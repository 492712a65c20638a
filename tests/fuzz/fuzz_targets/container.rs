//! A file of certificates from foreign bytes: PEM, DER, PKCS #7 and PKCS #12, with the seeds' password and without.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pki::container;

fuzz_target!(|bytes: &[u8]| {
    for password in [Some("frø"), None] {
        if let Ok(container) = container::read(bytes, password) {
            assert!(!container.certificates.is_empty());
        }
    }
});
