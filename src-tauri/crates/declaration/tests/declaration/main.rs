//! The declaration, from acceptance to verified document, with keys and certificates made on the spot.

mod authority;
mod hostile;
mod interop;
mod journey;
mod signatures;
