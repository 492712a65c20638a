//! A signed document from foreign bytes, held against the seeds' root: verified, and brought to a higher level.

#![no_main]

#[path = "../exercises/declaration.rs"]
#[allow(dead_code, reason = "each target uses one exercise")]
mod exercises;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pki::{Certificate, TrustAnchor};

static ANCHOR: LazyLock<TrustAnchor> = LazyLock::new(|| {
    let root = Certificate::from_der(include_bytes!("../seeds/declaration-root.der"));
    TrustAnchor::new(root.expect("the seeds' root is a certificate"))
});

fuzz_target!(|bytes: &[u8]| exercises::document(bytes, std::slice::from_ref(&ANCHOR)));
