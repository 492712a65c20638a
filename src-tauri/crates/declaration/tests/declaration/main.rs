//! The declaration, from acceptance to verified document, with keys and certificates made on the spot.

mod attacks;
mod authority;
mod evidence_interop;
#[path = "../../../../../tests/fuzz/exercises/declaration.rs"]
mod exercises;
mod fuzz_seeds;
mod hostile;
mod indications;
mod interop;
mod journey;
mod long_term;
mod shipped_terms;
mod signatures;
mod statuses;
mod time_stamps;
