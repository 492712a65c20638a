//! Whether a row still holds what was written into it. SQLite notices what breaks its own structure; a byte that changed
//! inside a value it gives out as if nothing had happened.

use crate::journal::damaged;
use aws_lc_rs::digest::{Context, SHA256};
use lifecycle::ports::JournalError;
use uuid::Uuid;

/// SHA-256 over values, each with its length in front.
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    fn over(values: &[&[u8]]) -> Self {
        let mut context = Context::new(&SHA256);
        for value in values {
            context.update(&(value.len() as u64).to_be_bytes());
            context.update(value);
        }
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(context.finish().as_ref());
        Self(fingerprint)
    }

    /// Of a row of `journey`.
    pub(crate) fn of_journey(id: &str, revision: i64, portal: &str, practice: bool, step: &str) -> Self {
        let values =
            [id.as_bytes(), &revision.to_be_bytes(), portal.as_bytes(), &[u8::from(practice)], step.as_bytes()];
        Self::over(&values)
    }

    /// Of a row of `document`.
    pub(crate) fn of_document(journey: &str, kind: &str, bytes: &[u8]) -> Self {
        Self::over(&[journey.as_bytes(), kind.as_bytes(), bytes])
    }

    /// Of a row of `outbox`.
    pub(crate) fn of_outgoing(journey: &str, declaration: &Uuid, pdf: &[u8]) -> Self {
        Self::over(&[journey.as_bytes(), declaration.as_bytes(), pdf])
    }

    /// Of a row of `preservation`.
    pub(crate) fn of_preservation(declaration: &str, level: &str, proven_time: &str, pdf: &[u8]) -> Self {
        Self::over(&[declaration.as_bytes(), level.as_bytes(), proven_time.as_bytes(), pdf])
    }

    /// As a column holds it.
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// Whether the row held the same when it was written. A row without a fingerprint is taken as it is.
    pub(crate) fn is(&self, stored: Option<&[u8]>) -> bool {
        stored.is_none_or(|stored| stored == self.0)
    }

    /// The same as an error that says what is not as it was written.
    pub(crate) fn expect(&self, stored: Option<&[u8]>, what: &str) -> Result<(), JournalError> {
        if self.is(stored) { Ok(()) } else { Err(damaged(&format!("{what} is not as it was written"))) }
    }
}
