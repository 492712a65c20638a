//! **Adapter.** Keeps private keys: makes them, encrypts them under the employee's password, and keeps them in the
//! keychain of the operating system; or has them made on a token that they never leave (a card, the computer's TPM).
//! The only crate that touches a private key.
//!
//! Knows: the keychain, PKCS#8 and its encryption, PKCS#12 with a key in it, PKCS#11 modules, RSA and ECDSA signatures. Must never know: the
//! portal, the journal, what is signed and why. It opens a key only against a [`lifecycle::gate::Permit`], and never
//! writes a key or a device token anywhere else than into the keychain or onto the token: where there is neither, there
//! is no key.
//!
//! Start reading at [`OsKeychain`] (the port's adapter), then `credential_store.rs` (the keychain and its moods), then
//! `encrypted_key.rs` (what is stored) and `private_key.rs` (what signs); `imported_key.rs` and `exported_key.rs` are the
//! ways in and out. The port's other adapter is [`Pkcs11Token`];
//! [`KeyPlace`] is whichever was chosen.

mod credential_store;
mod encrypted_key;
mod exported_key;
mod imported_key;
mod key_place;
#[cfg(all(test, target_os = "linux"))]
#[path = "tests/kill_matrix.rs"]
mod kill_matrix;
#[cfg(test)]
#[path = "tests/material.rs"]
mod material;
#[cfg(all(test, target_os = "linux"))]
#[path = "tests/no_trace.rs"]
mod no_trace;
mod os_keychain;
mod private_key;
mod process_protection;
mod token;

pub use encrypted_key::{BLOCK_SIZE, COST_PARAMETER, PARALLELIZATION};
pub use exported_key::{EXPORT_ITERATIONS, EXPORT_MAC_ITERATIONS};
pub use key_place::KeyPlace;
pub use os_keychain::{LARGEST_KEY, OsKeychain};
pub use process_protection::{WipingAllocator, protect_process, wiping_allocator};
pub use token::{
    FoundCertificate, FoundKey, FoundKeyKind, FoundToken, ModulePathNotAbsolute, Modules, PinState, PinTries,
    Pkcs11Token, TokenKeyKind, TokenSurvey, TokenUri, TokenUriError, tokens,
};
