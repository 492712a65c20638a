//! The way to a key: leave is asked for at the gate, the key is opened, and what became of it is written into the log.

use crate::error::JourneyError;
use crate::gate::{Evidence, Permit, permit};
use crate::guide::{Guide, Progress, Stage};
use crate::journey::{Issued, Journey, KeyId, KeyPurpose, KeyUse};
use crate::ports::{Clock, Journal, JournalError, KeyStore, Portal};
use crate::problem::ProblemCode;
use crate::secret::Password;
use crate::use_log::LoggedKeyUse;
use chrono::{DateTime, TimeDelta, Utc};
use pki::SigningKey;
use std::sync::Arc;
use uuid::Uuid;

/// How many wrong passwords in a row are free, and how long the next one waits: twice as long for each more.
const FREE_TRIES: u32 = 3;
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);

/// How many lines of the log are looked through for wrong passwords: more than lead to the longest wait.
const MOST_TRIES_REMEMBERED: u32 = 64;

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
        let opened = async {
            progress(Stage::AskingStatus);
            let evidence = self.proven_status(journey, issued).await?;
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
            Err(error) => Err(self.refused(self.key_use(journey, issued, purpose, document), error).await),
        }
    }

    /// Opens the key with the password; after several wrong ones in a row only once some time has passed.
    pub(crate) async fn unlock(
        &self,
        permit: &Permit,
        password: &Password,
        progress: &Progress<'_>,
    ) -> Result<Arc<dyn SigningKey>, JourneyError> {
        progress(Stage::UnlockingKey);
        let latest = self.journal.latest_uses(MOST_TRIES_REMEMBERED).await?;
        if let Some(until) = next_try(&latest, permit.key()).filter(|until| *until > self.now()) {
            return Err(JourneyError::PasswordWait { until });
        }
        Ok(self.key_store.unlock(permit, password).await?)
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
            Err(error) => Err(self.refused(key_use.clone(), error).await),
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
        match self.journal.record_key_uses(vec![key_use]).await {
            Ok(()) => error,
            Err(journal) => journal.into(),
        }
    }
}

/// When the next password may be tried, given the latest lines of the log, newest first.
fn next_try(latest: &[LoggedKeyUse], key: KeyId) -> Option<DateTime<Utc>> {
    let wrong: Vec<&KeyUse> = latest
        .iter()
        .map(|line| &line.key_use)
        .filter(|key_use| key_use.key == key)
        // Who was told to wait has not tried.
        .filter(|key_use| key_use.refused != Some(ProblemCode::PasswordWait))
        .take_while(|key_use| key_use.refused == Some(ProblemCode::PasswordWrong))
        .collect();
    let doublings = u32::try_from(wrong.len()).unwrap_or(u32::MAX).checked_sub(FREE_TRIES)?;
    let wait = FIRST_WAIT * 2_i32.saturating_pow(doublings.min(16));
    Some(wrong.first()?.at + wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::use_log::UseLogChain;

    /// The log of these outcomes, one a second, newest first.
    fn log(outcomes: &[Option<ProblemCode>]) -> Vec<LoggedKeyUse> {
        let mut chain = UseLogChain::default();
        let mut lines: Vec<LoggedKeyUse> = (0_i64..)
            .zip(outcomes)
            .map(|(second, refused)| {
                chain.bind(KeyUse {
                    key: KeyId(Uuid::nil()),
                    purpose: KeyPurpose::DeclarationSignature,
                    at: DateTime::from_timestamp(second, 0).expect("a time"),
                    portal: String::new(),
                    document: None,
                    program_version: String::new(),
                    refused: *refused,
                })
            })
            .collect();
        lines.reverse();
        lines
    }

    fn wait(outcomes: &[Option<ProblemCode>]) -> Option<i64> {
        let last = i64::try_from(outcomes.len()).expect("few") - 1;
        next_try(&log(outcomes), KeyId(Uuid::nil())).map(|until| until.timestamp() - last)
    }

    const WRONG: Option<ProblemCode> = Some(ProblemCode::PasswordWrong);

    #[test]
    fn the_first_wrong_passwords_are_free_and_each_further_one_waits_twice_as_long() {
        for (wrong, expected) in [(0, None), (2, None), (3, Some(5)), (4, Some(10)), (6, Some(40)), (60, Some(900))] {
            assert_eq!(wait(&vec![WRONG; wrong]), expected, "{wrong} wrong passwords");
        }
    }

    #[test]
    fn a_right_password_makes_the_wrong_ones_before_it_count_no_more() {
        assert_eq!(wait(&[WRONG, WRONG, WRONG, WRONG, None, WRONG]), None);
    }

    #[test]
    fn whoever_is_told_to_wait_does_not_wait_longer_for_having_asked() {
        let told = Some(ProblemCode::PasswordWait);
        assert_eq!(wait(&[WRONG, WRONG, WRONG, told, told]), Some(5 - 2));
    }

    #[test]
    fn another_keys_wrong_passwords_do_not_count() {
        assert_eq!(next_try(&log(&[WRONG; 9]), KeyId(Uuid::from_u128(1))), None);
    }
}
