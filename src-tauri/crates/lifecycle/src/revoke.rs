//! Use cases: revoke the certificate for good, and suspend or revoke it without its key or its computer.

use crate::error::JourneyError;
use crate::guide::{Guide, Progress, Stage};
use crate::invitation::ReferenceNumber;
use crate::journey::{Active, CertificateStanding, Journey, KeyPurpose, Renewal, RevocationReason, Step};
use crate::key_use::OpenedKey;
use crate::ports::{Clock, Journal, JournalError, KeyStore, Portal, PortalError, Refusal, StateByCode};
use crate::secret::{Password, RevocationCode};
use crate::suspend::Record;

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Revokes the certificate of the journey under way with its own key, and reads back the state. For good.
    ///
    /// # Errors
    /// As gate, keychain and portal fail: a suspended certificate's key stays locked, and
    /// [`Guide::revoke_by_code`] is the way then.
    pub async fn revoke(
        &self,
        reason: RevocationReason,
        password: &Password,
        progress: &Progress<'_>,
    ) -> Result<Journey, JourneyError> {
        let journey = self.under_way_here().await?;
        let purpose = KeyPurpose::Revocation;
        let OpenedKey { key, evidence, key_use } =
            self.open_key(&journey, purpose, None, password, None, progress).await?;
        let issued = journey.step.issued().ok_or(JourneyError::WrongStep)?.clone();
        progress(Stage::Revoking);
        self.permit_still(&journey, &key_use, &evidence).await?;
        let identity = self.identity(key, &issued).await;
        let told = self.portal.revoke(&identity, issued.held.certificate.serial_number(), reason).await;
        match told {
            Ok(()) | Err(PortalError::Refused { refusal: Refusal::AlreadyRevoked, .. }) => {}
            Err(error) => return Err(self.after_use(key_use, error.into()).await),
        }
        self.record_key_uses(vec![key_use]).await?;
        self.close_key();
        self.read_state(Record::Always).await
    }

    /// Suspends the certificate that the reference number names, wherever its key is. Where it is the certificate of
    /// this computer, that is locked here as well.
    ///
    /// # Errors
    /// As the portal refuses: it does not tell a wrong code from an unknown number.
    pub async fn suspend_by_code(
        &self,
        reference: &ReferenceNumber,
        code: &RevocationCode,
    ) -> Result<StateByCode, JourneyError> {
        let state = self.portal.suspend_by_code(reference, code).await.map_err(JourneyError::ByRevocationCode)?;
        self.take_over_state_by_code(&state).await?;
        Ok(state)
    }

    /// Revokes the certificate that the reference number names, for good, wherever its key is.
    ///
    /// # Errors
    /// As [`Guide::suspend_by_code`].
    pub async fn revoke_by_code(
        &self,
        reference: &ReferenceNumber,
        code: &RevocationCode,
        reason: RevocationReason,
    ) -> Result<StateByCode, JourneyError> {
        let state =
            self.portal.revoke_by_code(reference, code, reason).await.map_err(JourneyError::ByRevocationCode)?;
        self.take_over_state_by_code(&state).await?;
        Ok(state)
    }

    /// The portal has acted: what this computer makes of it must not turn that into a failure.
    async fn take_over_state_by_code(&self, state: &StateByCode) -> Result<(), JourneyError> {
        loop {
            match self.try_to_take_over(state).await {
                // Somebody else has recorded meanwhile.
                Err(JourneyError::Journal(JournalError::Conflict)) => {}
                taken => return taken,
            }
        }
    }

    async fn try_to_take_over(&self, state: &StateByCode) -> Result<(), JourneyError> {
        let Some(journey) = self.journal.current().await? else { return Ok(()) };
        let own = match journey.step.issued() {
            Some(issued) if issued.held.certificate.serial_number() == state.serial_number => issued.clone(),
            // The next one, whose renewal is not finished here: its alarm is one for this computer as well.
            Some(issued) if next_serial_number(&journey.step) == Some(&*state.serial_number) => issued.clone(),
            Some(_) | None => return Ok(()),
        };
        if matches!(journey.step, Step::Revoked(_)) {
            return Ok(());
        }
        let standing = CertificateStanding {
            state: state.state,
            since: state.since,
            read_at: self.now(),
            declaration_needed: false,
        };
        self.take_over(journey, own, standing, Record::Always).await.map(drop)
    }
}

/// The serial number of the next certificate, while that is on its way.
fn next_serial_number(step: &Step) -> Option<&str> {
    let Step::Active(Active { renewal: Some(Renewal { held: Some(held), .. }), .. }) = step else { return None };
    Some(held.certificate.serial_number())
}
