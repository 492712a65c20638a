//! Use case: stand by. What the portal and the issuer know of the certificate is heard while nobody asks.

use crate::error::JourneyError;
use crate::guide::Guide;
use crate::journey::{Issued, Journey, Step};
use crate::misuse::{JudgedActivity, Judgement};
use crate::ports::{Clock, Journal, JournalError, KeyStore, Portal};
use crate::status::{Proof, Silence, StatusUntold};
use crate::suspend::Record;
use chrono::TimeDelta;
use std::collections::BTreeSet;
use uuid::Uuid;

/// How soon a watch that failed is tried again.
const AFTER_FAILURE: TimeDelta = TimeDelta::minutes(5);

/// How soon a watch is due where there is nothing to watch yet.
const NOTHING_TO_WATCH: TimeDelta = TimeDelta::hours(1);

/// An alarm is told also where the revocation code was not kept yet.
fn is_watched(step: &Step) -> bool {
    let locked = matches!(step, Step::Suspended(_) | Step::Stopped(_));
    locked || step.issued().is_some_and(|issued| issued.device_registered_at.is_some())
}

fn suspicious(activities: Vec<JudgedActivity>) -> BTreeSet<Uuid> {
    let suspicious = activities.into_iter().filter(|judged| judged.judgement == Judgement::Suspicious);
    suspicious.map(|judged| judged.activity.id).collect()
}

/// What a watch came to.
#[derive(Debug)]
pub struct Watched {
    /// Whether the journey is another than before, or what the portal tells of the certificate's use, or for how long the
    /// declaration can be verified.
    pub changed: bool,
    /// How many acts at the portal are suspicious that were not known before.
    pub suspicious: usize,
    /// When the next watch is due.
    pub next: TimeDelta,
    /// What could not be heard.
    pub failures: Vec<JourneyError>,
    /// Why the declaration was not made to last now. The next watch tries again, and no sooner for it.
    pub unpreserved: Option<JourneyError>,
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Reads the certificate's state at the portal, and asks for its status where half of the life of the kept answer
    /// is over. What forbids the use of the certificate is taken over at once, and a suspension that the portal has not
    /// been told of is told. Waits for no other use case and holds none up.
    ///
    /// # Errors
    /// [`JourneyError::Journal`] and [`JourneyError::OtherPortal`]; that somebody does not answer is no error but one of
    /// the [`Watched::failures`].
    pub async fn watch(&self) -> Result<Watched, JourneyError> {
        let nothing = |changed| Watched {
            changed,
            suspicious: 0,
            next: NOTHING_TO_WATCH,
            failures: Vec::new(),
            unpreserved: None,
        };
        let before = match self.current().await? {
            Some(journey) if is_watched(&journey.step) => journey,
            Some(_) | None => return Ok(nothing(false)),
        };
        self.under_way_here().await?;
        // Another program on this computer may have locked the key; and one whose minutes are over is forgotten.
        match before.step.key() {
            Some(key) if matches!(before.step, Step::Active(_) | Step::Signed(_) | Step::Reviewed(_)) => {
                drop(self.key_at_hand(key.id));
            }
            Some(_) | None => self.close_key(),
        }
        let known = suspicious(self.activities().await?);
        let mut failures = Vec::new();
        match self.read_state(Record::Changes).await {
            Ok(_) => {}
            Err(error @ JourneyError::Journal(JournalError::Damaged(_) | JournalError::Unavailable(_))) => {
                return Err(error);
            }
            Err(error) => failures.push(error),
        }
        // The issuer is asked also where the portal says nothing.
        match self.renew_status().await {
            Ok(silences) if silences.is_empty() => {}
            Ok(silences) => failures.push(StatusUntold::NoAnswer(silences).into()),
            Err(error) => failures.push(error),
        }
        let (preserved, unpreserved) = self.preserve_while_it_can_be(&failures).await;
        let Some(after) = self.current().await? else { return Ok(nothing(true)) };
        let due = self.next_status_due(&after).await?;
        // Where nothing newer can be had yet, it is not asked for every minute.
        let next = if failures.is_empty() && due > TimeDelta::zero() { due } else { AFTER_FAILURE };
        let now = suspicious(self.activities().await?);
        let suspicious = now.difference(&known).count();
        Ok(Watched { changed: before != after || now != known || preserved, suspicious, next, failures, unpreserved })
    }

    /// Fetches what is missing to the declarations while their certificates can still be asked about. Not where somebody
    /// has just not answered: what waits to be told to the portal must not wait for that. Returns whether one of them
    /// lasts longer now, and why another one does not: that keeps nobody from hearing what else was found.
    async fn preserve_while_it_can_be(&self, failures: &[JourneyError]) -> (bool, Option<JourneyError>) {
        let (mut preserved, mut unpreserved) = (false, None);
        if !failures.is_empty() {
            return (preserved, unpreserved);
        }
        let waiting = match self.declarations_to_preserve().await {
            Ok(waiting) => waiting,
            Err(error) => return (preserved, Some(error)),
        };
        for declaration in waiting {
            let before = self.kept_preservation(declaration).await.ok().flatten().map(|kept| kept.level);
            match self.preserve_declaration(declaration).await {
                Ok(after) => preserved |= after.map(|kept| kept.level) != before,
                // Whoever does not answer for one does not for the next.
                Err(error @ JourneyError::Portal(_)) => {
                    unpreserved = Some(error);
                    break;
                }
                Err(error) => unpreserved = Some(error),
            }
        }
        (preserved, unpreserved)
    }

    /// Asks for the status where that is due, and takes over what forbids the use of the certificate. Returns who did not
    /// answer, where nobody did.
    async fn renew_status(&self) -> Result<Vec<Silence>, JourneyError> {
        let journey = self.under_way_here().await?;
        let Some(issued) = journey.step.issued() else { return Ok(Vec::new()) };
        if self.next_status_due(&journey).await? > TimeDelta::zero() {
            return Ok(Vec::new());
        }
        let issued = issued.clone();
        let proof = self.proven_status(&journey, &issued).await?;
        // What is only remembered may have been lifted since: then nothing is taken over.
        self.take_over_proof(&journey, &issued, &proof).await?;
        Ok(if proof.heard_now { Vec::new() } else { proof.silences })
    }

    /// Takes over what the issuer has just said where that forbids the use of the certificate: it stays true when the
    /// answer is too old to be relied on.
    pub(crate) async fn take_over_proof(
        &self,
        journey: &Journey,
        issued: &Issued,
        proof: &Proof,
    ) -> Result<(), JourneyError> {
        let standing = self.standing_of(&proof.evidence.status);
        let Some(standing) = standing.filter(|_| proof.heard_now && issued.device_registered_at.is_some()) else {
            return Ok(());
        };
        match self.take_over(journey.clone(), issued.clone(), standing, Record::Changes).await {
            // Somebody else has recorded meanwhile; the next reading takes it over.
            Ok(_) | Err(JourneyError::Journal(JournalError::Conflict)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
