//! Use case: the employee checks every detail of the certificate on receipt ("check-on-receipt" in the terms).

use crate::error::JourneyError;
use crate::guide::Guide;
use crate::journey::{Acknowledgement, Active, Journey, Reviewed, Step, Stopped};
use crate::ports::{Change, Clock, Journal, KeyStore, Portal};
use declaration::{ConfirmedDetail, DetailField};

/// What the employee answers about a detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// *Korrekt*.
    Correct,
    /// *Forkert*.
    Wrong,
}

/// The answer to one detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DetailAnswer {
    /// Which detail.
    pub field: DetailField,
    /// The answer.
    pub answer: Answer,
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Takes the answers. All *correct* leads on to the declaration. One *wrong* stops the journey: that is recorded
    /// first, so that the key is locked whatever happens next, and then the portal is told, which revokes the
    /// certificate.
    ///
    /// # Errors
    /// [`JourneyError::AnswersIncomplete`] unless there is exactly one answer for every detail. Where the portal cannot
    /// be told now, its error comes back, the journey is stopped all the same, and [`Guide::tell_portal`] tells it
    /// later.
    pub async fn review(&self, answers: &[DetailAnswer]) -> Result<Journey, JourneyError> {
        let mut journey = self.under_way_here().await?;
        let (issued, in_use) = match &journey.step {
            Step::Issued(issued) if issued.device_registered_at.is_some() => (issued.clone(), None),
            // A renewed or reinstated certificate is checked again.
            Step::Active(state) if state.details_to_check => (state.issued.clone(), Some(state.clone())),
            Step::Issued(_)
            | Step::Active(_)
            | Step::Invited(_)
            | Step::KeyMade(_)
            | Step::Reviewed(_)
            | Step::Signed(_)
            | Step::Suspended(_)
            | Step::Stopped(_)
            | Step::Revoked(_) => return Err(JourneyError::WrongStep),
        };
        let shown = declaration::details(&issued.held.certificate);
        let wrong = wrong_details(&shown, answers)?;
        if wrong.is_empty() {
            journey.step = match in_use {
                Some(state) => Step::Active(Active { details_to_check: false, ..state }),
                None => Step::Reviewed(Reviewed { issued, confirmed: shown }),
            };
            return self.record(Change::to(journey)).await;
        }
        self.close_key();
        let discards = journey.step.next_key().into_iter().cloned().collect();
        journey.step =
            Step::Stopped(Stopped { issued, wrong, stopped_at: self.now(), portal: Acknowledgement::Waiting });
        self.record(Change { discards, ..Change::to(journey) }).await?;
        self.tell_portal().await
    }
}

fn wrong_details(shown: &[ConfirmedDetail], answers: &[DetailAnswer]) -> Result<Vec<ConfirmedDetail>, JourneyError> {
    if answers.len() != shown.len() {
        return Err(JourneyError::AnswersIncomplete);
    }
    let mut wrong = Vec::new();
    for detail in shown {
        let mut given = answers.iter().filter(|answer| answer.field == detail.field);
        match (given.next(), given.next()) {
            (Some(DetailAnswer { answer: Answer::Correct, .. }), None) => {}
            (Some(DetailAnswer { answer: Answer::Wrong, .. }), None) => wrong.push(detail.clone()),
            (None, _) | (Some(_), Some(_)) => return Err(JourneyError::AnswersIncomplete),
        }
    }
    Ok(wrong)
}
