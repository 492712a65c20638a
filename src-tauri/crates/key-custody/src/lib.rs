//! **Adapter.** Keeps private keys: makes them, encrypts them under the employee's password, and keeps them in the
//! keychain of the operating system. The only crate that touches a private key.
//!
//! Knows: the keychain, PKCS#8 and its encryption, RSA and ECDSA signatures. Must never know: the portal, the journal,
//! what is signed and why. It opens a key only against a [`lifecycle::gate::Permit`], and never writes a key or a
//! token anywhere else than into the keychain: where there is no keychain there is no key.
//!
//! Start reading at [`OsKeychain`] (the port's adapter), then `credential_store.rs` (the keychain and its moods), then
//! `encrypted_key.rs` (what is stored) and `private_key.rs` (what signs).

mod credential_store;
mod encrypted_key;
mod os_keychain;
mod private_key;

pub use encrypted_key::{BLOCK_SIZE, COST_PARAMETER, PARALLELIZATION};
pub use os_keychain::{LARGEST_KEY, OsKeychain};
