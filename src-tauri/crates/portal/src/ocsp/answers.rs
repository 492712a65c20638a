//! Signed answers that are kept for the next one who asks the same.
//!
//! An answer is given again only where the database, asked anew each time, says the same of the certificate as when the
//! answer was signed: a suspension shows at once, through whichever instance of the portal it came. What is saved is the
//! signature, which costs far more than the question to the database. An answer to a nonce is never kept.

use super::{AnswerableRequest, Status, VALIDITY};
use crate::credential::sha256;
use axum::body::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use quick_cache::sync::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many answers are kept, each of about 2.5 kB: those that are asked for the most.
const ANSWERS: usize = 10_000;
/// How large an answer is at most that is kept: a request may have made it larger than it need be.
const LARGEST: usize = 4_096;
/// For how long an answer that is given may at least be relied on, also by a clock that is a little ahead.
const LEAST_LIFE: TimeDelta = TimeDelta::minutes(15);
/// From which age on the next answer is signed while this one is still given: half of what it may be relied on for.
const REPLACED_AFTER: TimeDelta = TimeDelta::minutes(30);

const _: () = assert!(REPLACED_AFTER.num_minutes() * 2 == VALIDITY.num_minutes());

/// The answers that this instance has signed.
pub(crate) struct SignedAnswers(Cache<[u8; 32], Arc<SignedAnswer>>);

/// An answer about one certificate.
pub(crate) struct SignedAnswer {
    serial_number: String,
    status: Status,
    signed_at: DateTime<Utc>,
    der: Bytes,
    /// True where somebody signs the next one.
    being_replaced: AtomicBool,
}

/// What a kept answer is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It is given.
    Given,
    /// It is given, and whoever is told so signs the next one; nobody else is told so meanwhile.
    GivenAndReplaced,
    /// It is too old, or from a time that has not come: the clock was set back.
    Over,
}

impl SignedAnswers {
    pub(crate) fn new() -> Self {
        Self(Cache::new(ANSWERS))
    }

    /// The answer that was signed for exactly this request, DER.
    pub(crate) fn of(&self, request: &[u8]) -> Option<Arc<SignedAnswer>> {
        self.0.get(&sha256(request))
    }

    /// Keeps the answer `der` to `request`, where it is one that others will ask for too: without a nonce, about one
    /// certificate that there is.
    pub(crate) fn keep(
        &self,
        request: &[u8],
        parsed: &AnswerableRequest,
        about: Option<(String, Status)>,
        signed_at: DateTime<Utc>,
        der: &Bytes,
    ) {
        let Some((serial_number, status)) = about else { return };
        let others_ask_so = parsed.nonce.is_none() && parsed.certificates.len() == 1 && der.len() <= LARGEST;
        if !others_ask_so || status == Status::Unknown {
            return;
        }
        let answer =
            SignedAnswer { serial_number, status, signed_at, der: der.clone(), being_replaced: AtomicBool::new(false) };
        self.0.insert(sha256(request), Arc::new(answer));
    }
}

impl SignedAnswer {
    /// The serial number that it is about, lower-case hexadecimal.
    pub(crate) fn serial_number(&self) -> &str {
        &self.serial_number
    }

    /// True where it says `status`.
    pub(crate) fn says(&self, status: &Status) -> bool {
        self.status == *status
    }

    /// The answer, DER.
    pub(crate) fn der(&self) -> Bytes {
        self.der.clone()
    }

    /// What it is good for now.
    pub(crate) fn good_for(&self, now: DateTime<Utc>) -> Use {
        let age = now - self.signed_at;
        if age < TimeDelta::zero() || age >= VALIDITY - LEAST_LIFE {
            Use::Over
        } else if age >= REPLACED_AFTER && !self.being_replaced.swap(true, Ordering::Relaxed) {
            Use::GivenAndReplaced
        } else {
            Use::Given
        }
    }

    /// The next one could not be signed: whoever asks next tries again.
    pub(crate) fn not_replaced(&self) {
        self.being_replaced.store(false, Ordering::Relaxed);
    }
}
