//! How long a status takes: a revocation list of a million entries, and an OCSP response.
//!
//! `cargo bench -p pki`. `tests/compare-crl.sh` sets the figures beside those of OpenSSL.

#[path = "../tests/status_support/mod.rs"]
mod status_support;
#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use pki::{Certificate, CertificateState, OcspRequest, UnverifiedRevocationList};

use status_support::large_list::{large_list, serial_number};
use status_support::{good, response};
use support::{AUTHORITIES, Recipe, employee, now};

const ENTRIES: u32 = 1_000_000;

fn certificate(serial_number: Vec<u8>) -> Certificate {
    AUTHORITIES.issue(&Recipe { serial_number, ..employee() })
}

fn revocation_list(criterion: &mut Criterion) {
    let list = large_list(ENTRIES);
    let (absent, present) = (certificate(employee().serial_number), certificate(serial_number(ENTRIES - 1)));
    let mut group = criterion.benchmark_group("revocation list of 1,000,000 entries");
    group.sample_size(20);
    group.bench_function("read", |bencher| {
        bencher.iter(|| UnverifiedRevocationList::from_der(black_box(&list)).expect("a sound list").entry_count());
    });
    group.bench_function("read, verify, index and look up", |bencher| {
        bencher.iter(|| {
            let list = UnverifiedRevocationList::from_der(black_box(&list)).expect("a sound list");
            let list = list.verify(&AUTHORITIES.issuing).expect("a signed list");
            list.status(&absent, now()).expect("a list in its window").state
        });
    });
    let verified = UnverifiedRevocationList::from_der(&list).expect("a sound list").verify(&AUTHORITIES.issuing);
    let verified = verified.expect("a signed list");
    assert_eq!(verified.status(&absent, now()).expect("a list in its window").state, CertificateState::Good);
    for (name, certificate) in [("look up again, not revoked", &absent), ("look up again, revoked", &present)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| verified.status(black_box(certificate), now()).expect("a list in its window").state);
        });
    }
    group.finish();
}

fn ocsp(criterion: &mut Criterion) {
    let certificate = certificate(employee().serial_number);
    let request = OcspRequest::new(&certificate, &AUTHORITIES.issuing, [7; 32]).expect("a certificate of its issuer");
    let response = response(vec![good(&certificate)]).sign();
    criterion.bench_function("OCSP response, verified", |bencher| {
        bencher.iter(|| request.verify_response(black_box(&response), now()).expect("a sound response"));
    });
}

criterion_group!(benches, revocation_list, ocsp);
criterion_main!(benches);
