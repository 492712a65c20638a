//! Use case: stand by. What the portal and the issuer know of the certificate is heard while nobody asks.

use crate::error::JourneyError;
use crate::guide::Guide;
use crate::ports::{Clock, Journal, KeyStore, Portal};
use crate::suspend::Record;
use chrono::TimeDelta;

/// How soon a watch that failed is tried again.
const AFTER_FAILURE: TimeDelta = TimeDelta::minutes(5);

/// How soon a watch is due where there is nothing to watch yet.
const NOTHING_TO_WATCH: TimeDelta = TimeDelta::hours(1);

/// What a watch came to.
#[derive(Debug)]
pub struct Watched {
    /// Whether the journey is another than before.
    pub changed: bool,
    /// When the next watch is due.
    pub next: TimeDelta,
    /// What could not be heard.
    pub failure: Option<JourneyError>,
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Reads the certificate's state at the portal, and asks for its status where half of the life of the kept answer
    /// is over. What forbids the use of the certificate is taken over at once, and a suspension that the portal has not
    /// been told of is told. Waits for no other use case and holds none up.
    ///
    /// # Errors
    /// [`JourneyError::Journal`], and [`JourneyError::OtherPortal`]; that nobody answers is no error but the
    /// [`Watched::failure`].
    pub async fn watch(&self) -> Result<Watched, JourneyError> {
        let Some(before) = self.current().await? else {
            return Ok(Watched { changed: false, next: NOTHING_TO_WATCH, failure: None });
        };
        if before.step.issued().is_none() {
            return Ok(Watched { changed: false, next: NOTHING_TO_WATCH, failure: None });
        }
        let read = self.read_state(Record::Changes).await.err();
        // The issuer is asked also where the portal says nothing.
        let asked = self.renew_status().await.err();
        let failure = read.or(asked);
        let Some(after) = self.current().await? else {
            return Ok(Watched { changed: true, next: NOTHING_TO_WATCH, failure });
        };
        let next = match &failure {
            Some(_) => AFTER_FAILURE,
            None => self.next_status_due(&after).await?.max(TimeDelta::minutes(1)),
        };
        Ok(Watched { changed: before != after, next, failure })
    }

    /// Asks for the status where that is due, and takes over what forbids the use of the certificate.
    async fn renew_status(&self) -> Result<(), JourneyError> {
        let journey = self.under_way_here().await?;
        // An unregistered computer could not hear of it when a suspension is lifted.
        let Some(issued) = journey.step.issued().filter(|issued| issued.device_registered_at.is_some()) else {
            return Ok(());
        };
        if self.next_status_due(&journey).await? > TimeDelta::zero() {
            return Ok(());
        }
        let issued = issued.clone();
        let status = self.proven_status(&journey, &issued).await?.status;
        match self.standing_of(&status) {
            Some(standing) => self.take_over(journey, issued, standing, Record::Changes).await.map(drop),
            None => Ok(()),
        }
    }
}
