//! Use case: suspend on suspicion of misuse, tell the portal, and show what is then read back.

use crate::error::JourneyError;
use crate::guide::Guide;
use crate::journey::{
    Acknowledgement, Active, Alarm, CertificateStanding, CertificateState, Issued, Journey, KeyReference, Renewal,
    Revoked, Signed, Step, Suspended,
};
use crate::ports::{
    Change, Clock, Journal, JournalError, KeyStore, KeyStoreError, Portal, PortalError, Refusal, ReportedState,
};

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Locks the key on this computer, durably and before anything else; then tells the portal and reads back the
    /// state. Needs no password. About a certificate that is revoked already the portal is told as well: whoever has its
    /// key may have renewed it, and the portal suspends what took its place.
    ///
    /// # Errors
    /// [`JourneyError::WrongStep`] where there is no certificate, or it was stopped. Where the portal cannot be told
    /// now, its error comes back, the key is locked all the same, and [`Guide::tell_portal`] tells it later.
    pub async fn suspend(&self) -> Result<Journey, JourneyError> {
        self.close_key();
        loop {
            let mut journey = self.under_way().await?;
            let declaration = journey.step.declaration().cloned();
            // The next certificate is given up with this one: the portal revokes what is not in use yet.
            let next: Vec<KeyReference> = journey.step.next_key().into_iter().cloned().collect();
            let issued = match &journey.step {
                Step::Invited(_) | Step::KeyMade(_) | Step::Stopped(_) => {
                    return Err(JourneyError::WrongStep);
                }
                Step::Revoked(state) => {
                    let alarm = Some(Alarm { raised_at: self.now(), told_at: None });
                    journey.step = Step::Revoked(Revoked { alarm, ..state.clone() });
                    match self.record(Change::to(journey)).await {
                        Ok(_) => break,
                        Err(JourneyError::Journal(JournalError::Conflict)) => continue,
                        Err(error) => return Err(error),
                    }
                }
                Step::Issued(issued) => issued,
                Step::Reviewed(state) => &state.issued,
                Step::Signed(state) => &state.issued,
                Step::Active(state) => &state.issued,
                // Once more: it may have been lifted at the portal since.
                Step::Suspended(state) => &state.issued,
            };
            let issued = issued.clone();
            let locked_at = match &journey.step {
                Step::Suspended(state) => state.locked_at,
                Step::Invited(_)
                | Step::KeyMade(_)
                | Step::Issued(_)
                | Step::Reviewed(_)
                | Step::Signed(_)
                | Step::Active(_)
                | Step::Stopped(_)
                | Step::Revoked(_) => self.now(),
            };
            let portal = Acknowledgement::Waiting;
            journey.step = Step::Suspended(Suspended { issued, declaration, locked_at, portal });
            match self.record(Change { discards: next, ..Change::to(journey) }).await {
                Ok(_) => break self.close_key(),
                // Another use case recorded meanwhile; the lock must not lose against it.
                Err(JourneyError::Journal(JournalError::Conflict)) => {}
                Err(error) => return Err(error),
            }
        }
        self.tell_portal().await
    }

    /// Tells the portal of a suspension or of wrong details, where that still waits, and reads back the state.
    /// Safe to repeat.
    ///
    /// # Errors
    /// As the portal and the keychain fail; what waited goes on waiting.
    pub async fn tell_portal(&self) -> Result<Journey, JourneyError> {
        let mut journey = self.under_way_here().await?;
        match &mut journey.step {
            // Nothing waits: what is read now may be that it was lifted.
            Step::Suspended(state) if is_read_back(&state.portal, CertificateState::Suspended) => {
                let issued = state.issued.clone();
                let standing = self.read_standing(&issued).await?;
                return self.take_over(journey, issued, standing, Record::Always).await;
            }
            Step::Suspended(state) => {
                let token = self.key_store.device_token(state.issued.key.id).await?;
                let told = self.portal.suspend(&token, state.issued.held.certificate.serial_number()).await;
                done_unless_revoked(told)?;
                let issued = state.issued.clone();
                let standing = self.read_standing_by_anyone(&journey, &issued).await?;
                if let Step::Suspended(state) = &mut journey.step {
                    state.portal = Acknowledgement::ReadBack { standing };
                }
            }
            Step::Stopped(state) => {
                if !is_read_back(&state.portal, CertificateState::Revoked) {
                    let token = self.key_store.device_token(state.issued.key.id).await?;
                    let wrong: Vec<_> = state.wrong_fields().collect();
                    let serial_number = state.issued.held.certificate.serial_number();
                    let told = match self.portal.revoke_for_wrong_details(&token, serial_number, &wrong).await {
                        // Of a certificate in use the token only asks for suspension: that is as safe, and the local
                        // registration authority does the rest.
                        // And a token that was put out of use can do that still, and nothing else.
                        Err(PortalError::Refused {
                            refusal: Refusal::NotPermitted | Refusal::DeviceTokenInvalid,
                            ..
                        }) => self.portal.suspend(&token, serial_number).await,
                        told => told,
                    };
                    done_unless_revoked(told)?;
                }
                let issued = state.issued.clone();
                let standing = self.read_standing_by_anyone(&journey, &issued).await?;
                if let Step::Stopped(state) = &mut journey.step {
                    state.portal = Acknowledgement::ReadBack { standing };
                }
            }
            Step::Revoked(Revoked { issued, alarm: Some(alarm), .. }) => {
                if alarm.told_at.is_none() {
                    let token = self.key_store.device_token(issued.key.id).await?;
                    let told = self.portal.suspend(&token, issued.held.certificate.serial_number()).await;
                    done_unless_revoked(told)?;
                    alarm.told_at = Some(self.now());
                }
            }
            Step::Invited(_)
            | Step::KeyMade(_)
            | Step::Issued(_)
            | Step::Reviewed(_)
            | Step::Signed(_)
            | Step::Active(_)
            | Step::Revoked(Revoked { alarm: None, .. }) => return Err(JourneyError::WrongStep),
        }
        match self.record(Change::to(journey)).await {
            Ok(journey) => Ok(journey),
            // The background watch has told the portal at the same moment.
            Err(JourneyError::Journal(JournalError::Conflict)) => match self.under_way_here().await? {
                told if is_told(&told.step) => Ok(told),
                _ => Err(JournalError::Conflict.into()),
            },
            Err(error) => Err(error),
        }
    }

    /// Reads the certificate's state at the portal and takes it over: a certificate that the portal has suspended or
    /// revoked is not used on this computer either, and one that the local registration authority has reinstated is
    /// unlocked.
    ///
    /// # Errors
    /// As the portal and the keychain fail; nothing changes then.
    pub async fn refresh(&self) -> Result<Journey, JourneyError> {
        self.read_state(Record::Always).await
    }

    /// The same; what is read is recorded as `record` says.
    pub(crate) async fn read_state(&self, record: Record) -> Result<Journey, JourneyError> {
        let journey = self.under_way_here().await?;
        let issued = match journey.step.issued() {
            // Suspended before the revocation code was kept: that is told, and lifted, all the same.
            Some(issued)
                if issued.device_registered_at.is_some()
                    || matches!(journey.step, Step::Suspended(_) | Step::Stopped(_)) =>
            {
                issued.clone()
            }
            Some(_) | None => return Ok(journey),
        };
        match &journey.step {
            Step::Stopped(state)
                if record == Record::Changes && is_read_back(&state.portal, CertificateState::Revoked) =>
            {
                return Ok(journey);
            }
            Step::Revoked(Revoked { alarm: Some(Alarm { told_at: None, .. }), .. }) => return self.tell_portal().await,
            Step::Stopped(_) | Step::Suspended(Suspended { portal: Acknowledgement::Waiting, .. }) => {
                match self.tell_portal().await {
                    // Nothing can be told from here any more; what the issuer says can still be heard.
                    Err(error) if has_lost_its_token(&error) => {}
                    told => return told,
                }
            }
            Step::Revoked(_) => return Ok(journey),
            Step::Invited(_)
            | Step::KeyMade(_)
            | Step::Issued(_)
            | Step::Reviewed(_)
            | Step::Signed(_)
            | Step::Active(_)
            | Step::Suspended(_) => {}
        }
        let standing = match self.read_standing(&issued).await {
            Err(error) if has_lost_its_token(&error) => {
                self.notice_displacement(&journey, &error).await?;
                self.read_standing_from_issuer(&journey, &issued, error).await?
            }
            read => read?,
        };
        self.take_over(journey, issued, standing, record).await
    }

    /// Records what `standing` makes of the journey.
    pub(crate) async fn take_over(
        &self,
        mut journey: Journey,
        issued: Issued,
        standing: CertificateStanding,
        record: Record,
    ) -> Result<Journey, JourneyError> {
        if record == Record::Changes && says_nothing_new(&journey.step, &standing) {
            return Ok(journey);
        }
        let declaration = journey.step.declaration().cloned();
        // The next certificate has taken its place at the portal, and only waits to do so here; unless that is closed
        // as well.
        let next_has_taken_over = standing.state == CertificateState::Revoked && self.next_is_good(&journey).await;
        let before: Vec<KeyReference> = journey.step.next_key().into_iter().cloned().collect();
        match (standing.state, &mut journey.step) {
            // What was wrong stays known: the local registration authority needs it for the next invitation.
            (CertificateState::Revoked, Step::Stopped(state)) => {
                state.portal = Acknowledgement::ReadBack { standing };
            }
            (CertificateState::Revoked, Step::Active(_)) if next_has_taken_over => return Ok(journey),
            (CertificateState::Revoked, _) => {
                journey.step = Step::Revoked(Revoked { issued, declaration, standing, alarm: None });
            }
            // Wrong details are not made right by any other state.
            (_, Step::Stopped(_)) => return Ok(journey),
            (CertificateState::Suspended, Step::Suspended(state)) => {
                state.portal = Acknowledgement::ReadBack { standing };
            }
            // Only the local registration authority can have lifted it. What was signed is delivered, once; what was not
            // declared yet is checked again.
            (CertificateState::AwaitingDeclaration | CertificateState::Active, Step::Suspended(state))
                if is_read_back(&state.portal, CertificateState::Suspended) =>
            {
                journey.step = match (standing.state, declaration) {
                    (CertificateState::Active, Some(declaration)) if declaration.accepted_at.is_some() => {
                        Step::Active(Active {
                            issued,
                            declaration,
                            standing: Some(standing),
                            renewal: None,
                            // Whoever suspended it had a reason; it is looked at again before it is used.
                            details_to_check: true,
                        })
                    }
                    (_, Some(declaration)) => Step::Signed(Signed { issued, declaration }),
                    (_, None) => Step::Issued(issued),
                };
            }
            (CertificateState::AwaitingDeclaration | CertificateState::Active, Step::Suspended(state)) => {
                state.portal = Acknowledgement::ReadBack { standing };
            }
            (CertificateState::Suspended, _) => {
                let portal = Acknowledgement::ReadBack { standing };
                journey.step = Step::Suspended(Suspended { issued, declaration, locked_at: self.now(), portal });
            }
            (CertificateState::AwaitingDeclaration | CertificateState::Active, Step::Active(state)) => {
                state.standing = Some(standing);
            }
            (CertificateState::AwaitingDeclaration | CertificateState::Active, _) => return Ok(journey),
        }
        let mut next = before;
        if matches!(journey.step, Step::Active(_)) {
            next.clear();
        } else {
            self.close_key();
        }
        self.record(Change { discards: next, ..Change::to(journey) }).await
    }

    /// Whether there is a next certificate that its issuer does not forbid; also where nobody can say.
    async fn next_is_good(&self, journey: &Journey) -> bool {
        let Step::Active(Active { issued, renewal: Some(Renewal { key, held: Some(held) }), .. }) = &journey.step
        else {
            return false;
        };
        // Without its key it takes nobody's place.
        if !self.key_store.holds_key(key.id).await.unwrap_or(true) {
            return false;
        }
        let next = Issued { key: key.clone(), held: held.clone(), ..issued.clone() };
        match self.proven_status(journey, &next).await {
            Ok(proof) => proof.evidence.status.state == pki::CertificateState::Good,
            Err(_) => true,
        }
    }

    /// The state as the portal tells it to this computer; where that is no longer known there, as anybody may ask it.
    async fn read_standing_by_anyone(
        &self,
        journey: &Journey,
        issued: &Issued,
    ) -> Result<CertificateStanding, JourneyError> {
        match self.read_standing(issued).await {
            Err(error) if has_lost_its_token(&error) => self.read_standing_from_issuer(journey, issued, error).await,
            read => read,
        }
    }

    /// What anybody may ask: whether the certificate is revoked or suspended. Nothing more is learned without the token,
    /// and `without_token` is then the outcome.
    async fn read_standing_from_issuer(
        &self,
        journey: &Journey,
        issued: &Issued,
        without_token: JourneyError,
    ) -> Result<CertificateStanding, JourneyError> {
        let status = self.proven_status(journey, issued).await?.evidence.status;
        self.standing_of(&status).ok_or(without_token)
    }

    /// The standing that a status proves; `None` where it forbids nothing.
    pub(crate) fn standing_of(&self, status: &pki::CertificateStatus) -> Option<CertificateStanding> {
        let (state, since) = match status.state {
            pki::CertificateState::Revoked { at, .. } => (CertificateState::Revoked, at),
            pki::CertificateState::Suspended { at } => (CertificateState::Suspended, at),
            pki::CertificateState::Good | pki::CertificateState::Unknown => return None,
        };
        Some(CertificateStanding { state, since, read_at: self.now(), declaration_needed: false })
    }

    pub(crate) async fn read_standing(&self, issued: &Issued) -> Result<CertificateStanding, JourneyError> {
        let token = self.key_store.device_token(issued.key.id).await?;
        let reported = self.portal.certificate_state(&token).await?;
        if reported.serial_number != issued.held.certificate.serial_number() {
            return Err(PortalError::Unusable("the state is that of another certificate".into()).into());
        }
        let journey = self.under_way().await?;
        let standing = self.standing_as_reported(&reported);
        self.judge_activities(&journey, issued, reported.activities).await?;
        Ok(standing)
    }

    pub(crate) fn standing_as_reported(&self, reported: &ReportedState) -> CertificateStanding {
        CertificateStanding {
            state: reported.state,
            since: reported.since,
            read_at: self.now(),
            declaration_needed: reported.declaration_needed,
        }
    }
}

/// What of a reading is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    /// Also that it was read again: a person has asked.
    Always,
    /// What it changes only: nobody has asked, and a use case that runs meanwhile must not find another revision.
    Changes,
}

fn says_nothing_new(step: &Step, standing: &CertificateStanding) -> bool {
    match (standing.state, step) {
        (CertificateState::AwaitingDeclaration | CertificateState::Active, Step::Active(active)) => {
            active.asks_for_new_declaration() == standing.declaration_needed
        }
        (CertificateState::Suspended, Step::Suspended(suspended)) => {
            is_read_back(&suspended.portal, CertificateState::Suspended)
        }
        (CertificateState::Revoked, Step::Stopped(stopped)) => is_read_back(&stopped.portal, CertificateState::Revoked),
        (CertificateState::Revoked, Step::Revoked(_)) => true,
        (
            CertificateState::AwaitingDeclaration
            | CertificateState::Active
            | CertificateState::Suspended
            | CertificateState::Revoked,
            _,
        ) => false,
    }
}

/// Whether the portal is known to know that the certificate must not be used.
fn is_told(step: &Step) -> bool {
    match step {
        Step::Suspended(state) => matches!(state.portal, Acknowledgement::ReadBack { .. }),
        Step::Stopped(state) => matches!(state.portal, Acknowledgement::ReadBack { .. }),
        Step::Revoked(state) => state.alarm.as_ref().is_none_or(|alarm| alarm.told_at.is_some()),
        Step::Invited(_)
        | Step::KeyMade(_)
        | Step::Issued(_)
        | Step::Reviewed(_)
        | Step::Signed(_)
        | Step::Active(_) => false,
    }
}

fn is_read_back(portal: &Acknowledgement, state: CertificateState) -> bool {
    match portal {
        Acknowledgement::ReadBack { standing } => standing.state == state,
        Acknowledgement::Waiting => false,
    }
}

/// The keychain was emptied, or the portal no longer knows this computer.
fn has_lost_its_token(error: &JourneyError) -> bool {
    matches!(
        error,
        JourneyError::KeyStore(KeyStoreError::Missing)
            | JourneyError::Portal(PortalError::Refused { refusal: Refusal::DeviceTokenInvalid, .. })
    )
}

/// A certificate that is revoked already is as safe as was asked for; what is read back afterwards says so.
fn done_unless_revoked(told: Result<(), PortalError>) -> Result<(), PortalError> {
    match told {
        Err(PortalError::Refused { refusal: Refusal::AlreadyRevoked, .. }) => Ok(()),
        other => other,
    }
}
