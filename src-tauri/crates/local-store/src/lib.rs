//! **Adapter.** What this computer remembers, in one SQLite file: the journey under way and the archived ones, their
//! documents, the declaration that waits to be sent, every use of a key, and a few settings.
//!
//! Knows: SQL, files and their permissions. Must never know: a private key, a password or a token (those are in the
//! keychain, not here), the portal, and what a step of a journey means.
//!
//! Start reading at [`SqliteJournal`] and [`lifecycle::ports::Journal`], then `migrations/` (the tables), then
//! `opening.rs` (what is looked at before a file is taken as a journal), `fingerprint.rs`, `write_ahead_log.rs` and
//! `rescue.rs` (damage: how it shows, and what is saved), then `rows.rs` and `text.rs` (how values are written).

pub mod policy_file;

mod computer_name;
mod fingerprint;
mod journal;
mod opening;
mod rescue;
mod rows;
mod text;
mod write_ahead_log;

#[cfg(test)]
mod tests;

pub use computer_name::computer_name;
pub use journal::{LARGEST_DOCUMENT, Setting, SqliteJournal};
