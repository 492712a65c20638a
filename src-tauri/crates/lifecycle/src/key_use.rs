//! The way to a key: leave is asked for at the gate, the key is opened, and what became of it is written into the log.

use crate::error::JourneyError;
use crate::gate::{Evidence, Permit, permit, within_validity};
use crate::guide::{Guide, Progress, Stage};
use crate::journey::{Issued, Journey, KeyId, KeyPurpose, KeyReference, KeyUse};
use crate::ports::{Clock, Journal, JournalError, KeyStore, Portal};
use crate::secret::Password;
use chrono::{DateTime, TimeDelta, Utc};
use pki::SigningKey;
use std::sync::Arc;
use uuid::Uuid;

/// How many wrong passwords in a row are free, and how long the next one waits: twice as long for each more.
const FREE_TRIES: u32 = 3;
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);

/// How many wrong passwords are looked at: more than lead to the longest wait.
const MOST_TRIES_REMEMBERED: u32 = 32;

/// A key that the gate has let through, for one act.
pub(crate) struct OpenedKey {
    /// The key.
    pub(crate) key: Arc<dyn SigningKey>,
    /// What was known when leave was given.
    pub(crate) evidence: Evidence,
    /// The use, as the log will have it.
    pub(crate) key_use: KeyUse,
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Opens the journey's key for `purpose`, where the gate gives leave; `unlocked` is taken where the key is open from
    /// the act before. What is refused is written into the log.
    pub(crate) async fn open_key(
        &self,
        journey: &Journey,
        purpose: KeyPurpose,
        document: Option<Uuid>,
        password: &Password,
        unlocked: Option<Arc<dyn SigningKey>>,
        progress: &Progress<'_>,
    ) -> Result<OpenedKey, JourneyError> {
        let issued = journey.step.issued().ok_or(JourneyError::WrongStep)?;
        self.at_its_place(&issued.key)?;
        let opened = async {
            progress(Stage::AskingStatus);
            let proof = match self.proven_status(journey, issued).await {
                Ok(proof) => proof,
                // Nobody answers for a certificate whose time is over; that is then the reason, if the clock is right.
                Err(error @ JourneyError::StatusUntold(_)) => {
                    return Err(match within_validity(issued, self.now()) {
                        Ok(()) => error,
                        Err(closed) => self.explained_by_clock(closed.into()).await,
                    });
                }
                Err(error) => return Err(error),
            };
            self.take_over_proof(journey, issued, &proof).await?;
            let evidence = proof.evidence;
            let permit = permit(&journey.step, purpose, self.now(), &evidence)?;
            let key = match unlocked {
                Some(key) => key,
                None => self.unlock(&permit, password, progress).await?,
            };
            Ok((key, evidence))
        }
        .await;
        match opened {
            Ok((key, evidence)) => {
                let key_use = self.key_use(journey, issued, purpose, document);
                Ok(OpenedKey { key, evidence, key_use })
            }
            // Nothing was tried, and nothing is to be remembered of it.
            Err(error @ JourneyError::PasswordWait { .. }) => Err(error),
            Err(error) => Err(self.refused(self.key_use(journey, issued, purpose, document), error).await),
        }
    }

    /// A key is looked for where it was made, and nowhere else.
    pub(crate) fn at_its_place(&self, key: &KeyReference) -> Result<(), JourneyError> {
        if key.place == self.key_store.place() { Ok(()) } else { Err(JourneyError::KeyElsewhere(key.place.clone())) }
    }

    /// Opens the key with the password; after several wrong ones in a row only once some time has passed.
    pub(crate) async fn unlock(
        &self,
        permit: &Permit,
        password: &Password,
        progress: &Progress<'_>,
    ) -> Result<Arc<dyn SigningKey>, JourneyError> {
        if let Some((key, _)) = self.key_at_hand(permit.key()) {
            return Ok(key);
        }
        progress(Stage::UnlockingKey);
        self.may_try(permit.key()).await?;
        let key = self.key_store.unlock(permit, password).await?;
        self.keep_open(permit.key(), &key);
        Ok(key)
    }

    /// Whether a password may be tried now.
    pub(crate) async fn may_try(&self, key: KeyId) -> Result<(), JourneyError> {
        let wrong = self.journal.wrong_passwords(key, MOST_TRIES_REMEMBERED).await?;
        match next_try(&wrong, self.now()) {
            Some(until) => Err(JourneyError::PasswordWait { until }),
            None => Ok(()),
        }
    }

    /// The journey as it is at this moment, if it still is the one that was read: asked right before a key is used, so
    /// that a suspension recorded meanwhile keeps the key shut.
    pub(crate) async fn permit_still(
        &self,
        journey: &Journey,
        key_use: &KeyUse,
        evidence: &Evidence,
    ) -> Result<Permit, JourneyError> {
        let permitted = async {
            let now = self.under_way_here().await?;
            let permit = permit(&now.step, key_use.purpose, key_use.at, evidence)?;
            if (now.id, now.revision) == (journey.id, journey.revision) {
                Ok(permit)
            } else {
                Err(JourneyError::from(JournalError::Conflict))
            }
        }
        .await;
        match permitted {
            Ok(permit) => Ok(permit),
            Err(error) => {
                // Whatever has happened meanwhile: a key that is no longer permitted does not stay open.
                self.close_key();
                Err(self.refused(key_use.clone(), error).await)
            }
        }
    }

    /// A use of the journey's key, now.
    pub(crate) fn key_use(
        &self,
        journey: &Journey,
        issued: &Issued,
        purpose: KeyPurpose,
        document: Option<Uuid>,
    ) -> KeyUse {
        KeyUse {
            key: issued.key.id,
            purpose,
            at: self.now(),
            portal: journey.portal.clone(),
            document,
            program_version: self.settings.app_version.clone(),
            refused: None,
        }
    }

    /// The key was not used: that it was asked for is logged all the same, and the reason told.
    pub(crate) async fn refused(&self, key_use: KeyUse, error: JourneyError) -> JourneyError {
        let refused = KeyUse { refused: Some(error.problem()), ..key_use };
        self.after_use(refused, error).await
    }

    /// The key was used, and then something failed: the use is logged all the same, and the failure told.
    pub(crate) async fn after_use(&self, key_use: KeyUse, error: JourneyError) -> JourneyError {
        match self.record_key_uses(vec![key_use]).await {
            Ok(()) => error,
            Err(journal) => journal,
        }
    }
}

/// When the next password may be tried, given when wrong ones were, newest first; `None` where it may be now.
fn next_try(wrong: &[DateTime<Utc>], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let doublings = u32::try_from(wrong.len()).unwrap_or(u32::MAX).checked_sub(FREE_TRIES)?;
    let wait = (FIRST_WAIT * 2_i32.saturating_pow(doublings.min(16))).min(LONGEST_WAIT);
    // A clock that was ahead then must not keep anybody out until its time has come.
    let last = *wrong.first().filter(|last| **last <= now)?;
    Some(last + wait).filter(|until| *until > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + second, 0).expect("a time")
    }

    /// How long is to be waited after that many wrong passwords, the last of them now.
    fn wait(wrong: i64) -> Option<i64> {
        let tries: Vec<_> = (0..wrong).map(|ago| at(-ago)).collect();
        next_try(&tries, at(0)).map(|until| (until - at(0)).num_seconds())
    }

    #[test]
    fn the_first_wrong_passwords_are_free_and_each_further_one_waits_twice_as_long() {
        for (wrong, expected) in [(0, None), (2, None), (3, Some(5)), (4, Some(10)), (6, Some(40)), (32, Some(900))] {
            assert_eq!(wait(wrong), expected, "{wrong} wrong passwords");
        }
    }

    #[test]
    fn after_the_wait_the_next_one_may_be_tried() {
        let tries = [at(-5), at(-6), at(-7)];
        assert_eq!(next_try(&tries, at(0)), None);
        assert_eq!(next_try(&tries, at(-1)), Some(at(0)));
    }

    #[test]
    fn a_try_of_a_clock_that_was_ahead_keeps_nobody_out() {
        let tries = [at(86_400), at(-1), at(-2)];
        assert_eq!(next_try(&tries, at(0)), None);
    }
}
