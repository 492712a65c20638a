//! Use case: notice what somebody else did with the certificate. What the portal tells is held against this computer's
//! own log.

use crate::error::JourneyError;
use crate::guide::Guide;
use crate::journey::{Issued, Journey, KeyPurpose, Origin};
use crate::ports::{Activity, ActivityDevice, ActivityKind, Clock, Journal, KeyStore, Portal, PortalError, Refusal};
use crate::use_log::LoggedKeyUse;
use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

/// How far apart the portal's time of an act and this computer's may be: the clocks' difference and the way there.
const TOLERANCE: TimeDelta = TimeDelta::minutes(10);

/// For how long an act may be under way, so that its line comes into the log after the portal has told of it. Later lines
/// account for nothing that was suspicious.
const UNDER_WAY: TimeDelta = TimeDelta::minutes(2);

/// For how long an own registration whose answer was lost explains that the portal no longer takes this computer's token. It
/// may not have reached the portal at all, and must not hide for ever that somebody else has registered.
const OWN_REGISTRATION: TimeDelta = TimeDelta::days(2);

/// How many lines of the log are held against what the portal tells.
const MOST_LINES: u32 = 1_000;

/// How many activities are shown.
const MOST_SHOWN: u32 = 100;

/// What was done with the certificate at the portal, and whether this computer knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedActivity {
    /// What was done.
    pub activity: Activity,
    /// Whether this computer knows of it.
    pub judgement: Judgement,
}

/// Whether this computer knows of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// It stands in this computer's log.
    Ours,
    /// It was before the key came to this computer, which so cannot tell.
    Before,
    /// This computer did not do it.
    Suspicious,
    /// This computer did not do it, and the employee knows of it.
    Acknowledged,
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// What was done with the certificate of the journey under way, as the portal told it last: newest first.
    ///
    /// # Errors
    /// [`JourneyError::Journal`].
    pub async fn activities(&self) -> Result<Vec<JudgedActivity>, JourneyError> {
        match self.journal.current().await? {
            Some(journey) => Ok(self.journal.activities(journey.id, MOST_SHOWN).await?),
            None => Ok(Vec::new()),
        }
    }

    /// The employee did this, on another computer: it is suspicious no more.
    ///
    /// # Errors
    /// [`JourneyError::WrongStep`] where there is no journey, and [`JourneyError::Journal`].
    pub async fn acknowledge_activity(&self, activity: Uuid) -> Result<(), JourneyError> {
        let journey = self.under_way().await?;
        Ok(self.journal.acknowledge_activity(journey.id, activity).await?)
    }

    /// The portal no longer takes this computer's token: somebody else has had a computer registered with the key. That
    /// must not stay unseen because nothing more can be read with the token.
    pub(crate) async fn notice_displacement(
        &self,
        journey: &Journey,
        error: &JourneyError,
    ) -> Result<(), JourneyError> {
        let JourneyError::Portal(PortalError::Refused { refusal: Refusal::DeviceTokenInvalid, .. }) = error else {
            return Ok(());
        };
        let (Some(key), Some(issued)) = (journey.step.key(), journey.step.issued()) else { return Ok(()) };
        // This computer's own registration, of which the answer was lost or is still to come.
        let lines = self.journal.use_log(MOST_LINES).await?.lines;
        let own = lines.iter().any(|line| {
            let key_use = &line.key_use;
            key_use.key == key.id
                && key_use.purpose == KeyPurpose::DeviceRegistration
                && key_use.refused.is_none()
                && self.now() - key_use.at <= OWN_REGISTRATION
                && issued.device_registered_at.is_none_or(|registered_at| key_use.at > registered_at)
        });
        if own {
            return Ok(());
        }
        // One for each token that is put out of use: it is told once, and the next one again.
        let token = self.key_store.device_token(key.id).await?;
        let mut id = [0; 16];
        id.copy_from_slice(&digest(&SHA256, token.expose().as_bytes()).as_ref()[..16]);
        let activity = Activity {
            id: Builder::from_custom_bytes(id).into_uuid(),
            at: self.now(),
            kind: ActivityKind::DeviceRegistration,
            address: String::new(),
            agent: String::new(),
            device: ActivityDevice::Unregistered,
            document: None,
        };
        let judged = JudgedActivity { activity, judgement: Judgement::Suspicious };
        Ok(self.journal.keep_activities(journey.id, &[judged]).await?)
    }

    /// Judges what the portal told, and keeps it. What was suspicious is judged again: the line of an act that was still
    /// under way may stand in the log by now.
    pub(crate) async fn judge_activities(
        &self,
        journey: &Journey,
        issued: &Issued,
        activities: Vec<Activity>,
    ) -> Result<(), JourneyError> {
        let known = self.journal.activities(journey.id, MOST_SHOWN).await?;
        let before = |id: Uuid| known.iter().find(|known| known.activity.id == id).map(|known| known.judgement);
        let now = self.now();
        let to_judge = |told: &Activity| match before(told.id) {
            None => true,
            Some(Judgement::Suspicious) => now - told.at <= UNDER_WAY,
            Some(Judgement::Ours | Judgement::Before | Judgement::Acknowledged) => false,
        };
        let new: Vec<Activity> = activities.into_iter().filter(to_judge).collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut lines = self.journal.use_log(MOST_LINES).await?.lines;
        let since = known_since(&issued.origin, &lines);
        lines.retain(|line| line.key_use.refused.is_none());
        // A line that has accounted for one act accounts for no other.
        let own = known.iter().filter(|known| known.judgement == Judgement::Ours);
        judge(own.map(|own| own.activity.clone()).collect(), &mut lines, since);
        let judged = judge(new, &mut lines, since);
        Ok(self.journal.keep_activities(journey.id, &judged).await?)
    }
}

/// Since when this computer can tell what was done with the certificate: from the beginning where the key was made here,
/// and from its arrival where it came from a file; and never before the oldest line that is looked at.
fn known_since(origin: &Origin, lines: &[LoggedKeyUse]) -> Option<DateTime<Utc>> {
    let arrival = match origin {
        Origin::Invitation(_) => None,
        Origin::Import(import) => Some(import.imported_at),
    };
    let all_are_here = u32::try_from(lines.len()).is_ok_and(|lines| lines < MOST_LINES);
    let oldest = lines.last().map(|line| line.key_use.at).filter(|_| !all_are_here);
    arrival.max(oldest)
}

/// Each line of the log accounts for one act: the same one again is somebody else's.
fn judge(
    activities: Vec<Activity>,
    lines: &mut Vec<LoggedKeyUse>,
    since: Option<DateTime<Utc>>,
) -> Vec<JudgedActivity> {
    activities
        .into_iter()
        .map(|activity| {
            let apart = |line: &LoggedKeyUse| (line.key_use.at - activity.at).abs();
            let fits = |line: &LoggedKeyUse| {
                Some(line.key_use.purpose) == purpose(activity.kind)
                    && (activity.document.is_none() || activity.document == line.key_use.document)
                    && apart(line) <= TOLERANCE
            };
            let fitting = lines.iter().enumerate().filter(|(_, line)| fits(line));
            let own = fitting.min_by_key(|(_, line)| apart(line)).map(|(position, _)| position);
            let judgement = match (own, &activity.device) {
                (Some(line), ActivityDevice::Registered(_) | ActivityDevice::Unregistered) => {
                    lines.remove(line);
                    Judgement::Ours
                }
                (None, _) if since.is_some_and(|since| activity.at < since) => Judgement::Before,
                (None, ActivityDevice::Registered(_) | ActivityDevice::Unregistered) => Judgement::Suspicious,
            };
            JudgedActivity { activity, judgement }
        })
        .collect()
}

/// For what this computer uses the key where the portal sees such an act; `None` for what it never does.
fn purpose(kind: ActivityKind) -> Option<KeyPurpose> {
    match kind {
        ActivityKind::LogIn => None,
        ActivityKind::Declaration => Some(KeyPurpose::DeclarationSubmission),
        ActivityKind::DeviceRegistration => Some(KeyPurpose::DeviceRegistration),
        ActivityKind::Renewal => Some(KeyPurpose::Renewal),
        ActivityKind::Revocation => Some(KeyPurpose::Revocation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journey::{KeyId, KeyUse};

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + 60 * minute, 0).expect("a time")
    }

    fn line(minute: i64, purpose: KeyPurpose, document: Option<u128>) -> LoggedKeyUse {
        let key_use = KeyUse {
            key: KeyId(Uuid::from_u128(7)),
            purpose,
            at: at(minute),
            portal: "https://portal.example".into(),
            document: document.map(Uuid::from_u128),
            program_version: "1.0.0".into(),
            refused: None,
        };
        LoggedKeyUse { number: 1, key_use, hash: None }
    }

    fn activity(minute: i64, kind: ActivityKind, document: Option<u128>) -> Activity {
        Activity {
            id: Uuid::from_u128(1),
            at: at(minute),
            kind,
            address: "192.0.2.1".into(),
            agent: "Certifikatguide/1.0.0".into(),
            device: ActivityDevice::Registered("PC-1".into()),
            document: document.map(Uuid::from_u128),
        }
    }

    fn judged(activities: Vec<Activity>, mut lines: Vec<LoggedKeyUse>) -> Vec<Judgement> {
        judge(activities, &mut lines, Some(at(0))).into_iter().map(|judged| judged.judgement).collect()
    }

    #[test]
    fn what_stands_in_the_own_log_is_the_own_also_where_the_clocks_differ_by_minutes() {
        let lines = || vec![line(5, KeyPurpose::DeclarationSubmission, Some(8))];
        for minute in [1, 5, 15] {
            assert_eq!(judged(vec![activity(minute, ActivityKind::Declaration, Some(8))], lines()), [Judgement::Ours]);
        }
        assert_eq!(judged(vec![activity(16, ActivityKind::Declaration, Some(8))], lines()), [Judgement::Suspicious]);
    }

    #[test]
    fn another_document_or_another_act_at_the_same_time_is_suspicious() {
        let lines = || vec![line(5, KeyPurpose::DeclarationSubmission, Some(8))];
        assert_eq!(judged(vec![activity(5, ActivityKind::Declaration, Some(9))], lines()), [Judgement::Suspicious]);
        assert_eq!(judged(vec![activity(5, ActivityKind::Renewal, None)], lines()), [Judgement::Suspicious]);
        assert_eq!(judged(vec![activity(5, ActivityKind::LogIn, None)], lines()), [Judgement::Suspicious]);
    }

    #[test]
    fn one_line_of_the_log_accounts_for_one_act_only() {
        let twice = vec![
            activity(5, ActivityKind::DeviceRegistration, None),
            activity(6, ActivityKind::DeviceRegistration, None),
        ];
        let lines = vec![line(5, KeyPurpose::DeviceRegistration, None)];
        assert_eq!(judged(twice, lines), [Judgement::Ours, Judgement::Suspicious]);
    }

    #[test]
    fn what_was_done_before_the_key_came_here_cannot_be_told() {
        assert_eq!(judged(vec![activity(-1, ActivityKind::LogIn, None)], Vec::new()), [Judgement::Before]);
        assert_eq!(judged(vec![activity(0, ActivityKind::LogIn, None)], Vec::new()), [Judgement::Suspicious]);
    }
}
