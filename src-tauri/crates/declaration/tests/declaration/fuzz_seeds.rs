//! The seeds of the fuzz targets in `tests/fuzz/seeds`: each still holds, so that fuzzing starts inside the parsers, and
//! what the targets do with foreign bytes is done here with the seeds and with changed copies of them.
//!
//! They hold no private key. To make them anew: `WRITE_FUZZ_SEEDS=1 cargo test -p declaration --test declaration seeds`.

use crate::authority::AUTHORITY;
use crate::exercises;
use crate::hostile::Numbers;
use crate::journey::{draft, signed};
use crate::long_term::long_term;
use crate::time_stamps::{answer, stamped, stamped_at};
use declaration::signed_data::sign_detached;
use declaration::time_stamp::TimeStampRequest;
use declaration::{Level, verify};
use pki::{Certificate, Profile, TrustAnchor};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// How many changed copies of each seed are tried.
const CHANGED_COPIES: usize = 120;

fn seeds() -> &'static Path {
    static SEEDS: LazyLock<PathBuf> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fuzz/seeds");
        if std::env::var_os("WRITE_FUZZ_SEEDS").is_some() {
            write(&folder);
        }
        folder
    });
    &SEEDS
}

fn write(folder: &Path) {
    let holder = &AUTHORITY.employee_p256;
    let b_b = signed(holder).pdf().to_vec();
    let request = TimeStampRequest::new([7; 32], [0x80; 16]);
    let response = answer(request.der(), &AUTHORITY.time_stamps, stamped_at()).der;
    let token = request.verify_response(&response, std::slice::from_ref(&AUTHORITY.anchor), stamped_at());
    let cms = sign_detached(b"content", &AUTHORITY.seal.key, &AUTHORITY.seal.chain[..2]).expect("signed");
    for (file, bytes) in [
        ("declaration-root.der", AUTHORITY.anchor.certificate().der()),
        ("document/unsigned.pdf", draft(holder).pdf()),
        ("document/b-b.pdf", &b_b),
        ("document/b-t.pdf", &stamped(&b_b, stamped_at())),
        ("document/b-lt.pdf", &long_term(holder)),
        ("signature/seal.p7s", &cms),
        ("time_stamp/request.tsq", request.der()),
        ("time_stamp/response.tsr", &response),
        ("time_stamp/token.der", token.expect("holds").der()),
    ] {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("written");
    }
}

fn anchor() -> TrustAnchor {
    let root = std::fs::read(seeds().join("declaration-root.der")).expect("the root of the seeds");
    TrustAnchor::new(Certificate::from_der(&root).expect("a certificate"))
}

fn read(file: &str) -> Vec<u8> {
    std::fs::read(seeds().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn every_seed_of_a_document_holds_at_its_level() {
    for (file, level) in [
        ("document/unsigned.pdf", None),
        ("document/b-b.pdf", Some(Level::BaselineB)),
        ("document/b-t.pdf", Some(Level::BaselineT)),
        ("document/b-lt.pdf", Some(Level::BaselineLt)),
    ] {
        let report = verify(&read(file), &[anchor()], Profile::PracticeEmployee, exercises::at());
        assert_eq!(report.level, level, "{file}: {:?}", report.findings);
    }
}

#[test]
fn the_seeds_and_changed_copies_of_them_are_read_or_refused() {
    let anchors = [anchor()];
    let mut numbers = Numbers(0xF422);
    type Exercise = fn(&[u8], &[TrustAnchor]);
    for (files, exercise) in [
        (&["document/unsigned.pdf", "document/b-b.pdf", "document/b-lt.pdf"][..], exercises::document as Exercise),
        (&["signature/seal.p7s"], exercises::signature),
        (&["time_stamp/request.tsq", "time_stamp/response.tsr", "time_stamp/token.der"], exercises::time_stamp),
    ] {
        for file in files {
            let seed = read(file);
            exercise(&seed, &anchors);
            for round in 0..CHANGED_COPIES {
                let mut changed = seed.clone();
                for _ in 0..=round % 3 {
                    let place = numbers.below(changed.len());
                    match round % 4 {
                        0 => changed[place] ^= 1 << numbers.below(8),
                        1 => changed.truncate(place + 1),
                        2 => changed.insert(place, u8::try_from(numbers.below(256)).expect("a byte")),
                        _ => {
                            let end = (place + numbers.below(40)).min(changed.len());
                            let piece = changed[place..end].to_vec();
                            let to = numbers.below(changed.len());
                            changed.splice(to..to, piece);
                        }
                    }
                }
                exercise(&changed, &anchors);
            }
        }
    }
}
