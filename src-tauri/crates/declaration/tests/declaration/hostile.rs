//! Foreign bytes: whatever comes in, the verification answers, and says no.

use crate::authority::{AUTHORITY, now};
use crate::journey::signed;
use declaration::signed_data::{sign_detached, verify_detached};
use declaration::terms::{TermsDocument, shipped};
use declaration::verify_declaration;
use pki::Profile;
use std::time::{Duration, Instant};

fn refused(pdf: &[u8]) -> bool {
    let anchors = std::slice::from_ref(&AUTHORITY.anchor);
    verify_declaration(pdf, anchors, Profile::PracticeEmployee, now(), shipped()).is_err()
}

/// A row of numbers that looks random and is the same every time (xorshift64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("below a usize")
    }
}

#[test]
fn a_declaration_cut_short_anywhere_is_refused() {
    let pdf = signed(&AUTHORITY.employee_p256).pdf().to_vec();
    let last = pdf.len() - 400..pdf.len();
    for length in (0..pdf.len()).step_by(257).chain(last) {
        assert!(refused(&pdf[..length]), "cut at {length}");
    }
}

#[test]
fn a_declaration_with_one_bit_flipped_anywhere_is_refused() {
    let pdf = signed(&AUTHORITY.employee_p256).pdf().to_vec();
    let mut numbers = Numbers(0x5EED);
    for _ in 0..400 {
        let mut changed = pdf.clone();
        let (place, bit) = (numbers.below(pdf.len()), numbers.below(8));
        changed[place] ^= 1 << bit;
        assert!(refused(&changed), "bit {bit} of byte {place}");
    }
}

#[test]
fn a_declaration_whose_structure_was_rewritten_at_random_is_refused() {
    let pdf = signed(&AUTHORITY.employee_p256).pdf().to_vec();
    let pieces: [&[u8]; 12] = [
        b"<<",
        b">>",
        b"[",
        b"]",
        b"(",
        b"<",
        b"0 0 R",
        b"-1",
        b"99999999999",
        b"/Prev 0",
        b"stream\n",
        b"/Kids[1 0 R]",
    ];
    let mut numbers = Numbers(0xC0FFEE);
    // The tables and dictionaries at the end are where a reader is led astray.
    for round in 0..400 {
        let mut changed = pdf.clone();
        for _ in 0..=round % 4 {
            let piece = pieces[numbers.below(pieces.len())];
            let place = changed.len() - 1 - numbers.below(if round % 2 == 0 { 1_500 } else { changed.len() - 20 });
            let end = (place + piece.len()).min(changed.len());
            changed.splice(place..end, piece.iter().copied());
        }
        if changed != pdf {
            assert!(refused(&changed), "round {round}");
        }
    }
}

#[test]
fn nesting_and_overlapping_objects_do_not_hold_the_verification_up() {
    let deep = format!("%PDF-1.7\n1 0 obj\n{}\nendobj\n", "[".repeat(1_000_000));
    let mut overlapping = "%PDF-1.7\n".to_owned();
    let mut table = String::new();
    for number in 1..20_000 {
        table.push_str(&format!("{:010} 00000 n \n", overlapping.len()));
        overlapping.push_str(&format!("{number} 0 obj ("));
    }
    let long_key =
        format!("%PDF-1.7\n1 0 obj\n<<{}>>\nendobj\n", (0..150_000).map(|n| format!("/K{n} 1")).collect::<String>());
    for (body, table) in [
        (deep, "0000000009 00000 n \n".to_owned()),
        (overlapping, table),
        (long_key, "0000000009 00000 n \n".to_owned()),
    ] {
        let count = table.lines().count();
        let start = body.len();
        let trailer = format!("<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n", count + 1);
        let pdf = format!("{body}xref\n1 {count}\n{table}trailer\n{trailer}");
        let begin = Instant::now();
        assert!(refused(pdf.as_bytes()));
        assert!(begin.elapsed() < Duration::from_secs(20), "took {:?}", begin.elapsed());
    }
}

#[test]
fn a_loop_in_the_cross_reference_tables_ends() {
    let pdf = "%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF\n";
    assert!(refused(pdf.as_bytes()));
}

#[test]
fn a_detached_signature_with_one_bit_flipped_anywhere_is_refused() {
    let seal = &AUTHORITY.seal;
    let anchors = std::slice::from_ref(&AUTHORITY.anchor);
    let content = b"content";
    let cms = sign_detached(content, &seal.key, &seal.chain[..2]).expect("signed");
    for place in 0..cms.len() {
        let mut changed = cms.clone();
        changed[place] ^= 1 << (place % 8);
        let outcome = verify_detached(content, &changed, anchors, Profile::PracticeSeal, now());
        assert!(outcome.is_err(), "byte {place}");
        assert!(verify_detached(content, &cms[..place], anchors, Profile::PracticeSeal, now()).is_err());
    }
}

#[test]
fn terms_made_of_any_bytes_are_read_or_refused() {
    let bytes = shipped()[0].bytes();
    let mut numbers = Numbers(7);
    for _ in 0..500 {
        let mut changed = bytes.to_vec();
        let place = numbers.below(changed.len());
        changed[place] ^= 1 << numbers.below(8);
        if let Ok(terms) = TermsDocument::from_bytes(&changed) {
            assert_ne!(terms.sha256(), shipped()[0].sha256());
        }
    }
}
