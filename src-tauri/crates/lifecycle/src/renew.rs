//! Use case: the next certificate, before the one in use expires. Key and certificate are swapped together or not at
//! all, and the one in use stays so until the next one is there, checked and registered.

use crate::error::{CertificateRejection, JourneyError};
use crate::gate::{GateClosed, permit_next};
use crate::guide::{Guide, Progress, Stage};
use crate::journey::{
    Active, CertificateState, Document, DocumentKind, HeldCertificate, Issued, Journey, KeyPurpose, KeyReference,
    Renewal, Step,
};
use crate::key_use::OpenedKey;
use crate::ports::{Change, Clock, Journal, JournalError, KeyStore, KeyStoreError, Portal, PortalError};
use crate::secret::{Password, RevocationCode};
use chrono::{DateTime, TimeDelta, Utc};
use pki::{Certificate, CertificateState as CertificateStatusState, SigningKey, certification_request};
use std::sync::Arc;

/// How long before its end a certificate is renewed.
pub const RENEWAL_FROM: TimeDelta = TimeDelta::days(60);

/// What a renewal leaves.
pub struct Renewed {
    /// The journey of the new certificate: in [`Step::Active`], or in [`Step::Issued`] where the terms have changed
    /// and it waits for a declaration.
    pub journey: Journey,
    /// Its revocation code, to be shown this once; [`Guide::confirm_revocation_code`] says that it was kept.
    pub revocation_code: RevocationCode,
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Makes a new key, fetches its certificate with the one in use, registers it, and puts both in the place of those
    /// in use; or goes on from where that stopped. The new key opens with the same password.
    ///
    /// # Errors
    /// [`JourneyError::WrongStep`] unless a certificate is in use, and as gate, keychain and portal fail: the
    /// certificate in use then stays in use, and the next call goes on.
    pub async fn renew(&self, password: &Password, progress: &Progress<'_>) -> Result<Renewed, JourneyError> {
        // The next key opens with this password: it must be proven to be the right one, also where the key is open.
        self.close_key();
        match self.renew_once(password, progress).await {
            Err(error) if self.gives_up_renewal(&error).await? => self.renew_once(password, progress).await,
            renewed => renewed,
        }
    }

    /// Gives the renewal that has begun up where it can come to no end: its key is gone or opens with another password
    /// than the one in use, or its certificate is no longer good, and the one in use still is.
    async fn gives_up_renewal(&self, error: &JourneyError) -> Result<bool, JourneyError> {
        let fruitless = matches!(
            error,
            JourneyError::KeyStore(KeyStoreError::Missing | KeyStoreError::Damaged(_))
                | JourneyError::Gate(GateClosed::Revoked | GateClosed::Suspended | GateClosed::StatusUnknown)
                | JourneyError::NextKeyLocked
        );
        let mut journey = self.under_way_here().await?;
        let Step::Active(state) = &mut journey.step else { return Ok(false) };
        if !fruitless || state.renewal.is_none() {
            return Ok(false);
        }
        let issued = state.issued.clone();
        let discards = state.renewal.take().map(|renewal| renewal.key).into_iter().collect();
        if !self.key_store.holds_key(issued.key.id).await? {
            return Ok(false);
        }
        // Where the one in use has been superseded already, only the next one is left, whatever became of it.
        let proof = self.proven_status(&journey, &issued).await?;
        if !proof.heard_now || proof.evidence.status.state != CertificateStatusState::Good {
            return Ok(false);
        }
        self.record(Change { discards, ..Change::to(journey) }).await?;
        Ok(true)
    }

    async fn renew_once(&self, password: &Password, progress: &Progress<'_>) -> Result<Renewed, JourneyError> {
        let mut journey = self.under_way_here().await?;
        let mut next_key = None;
        if renewal_of(&journey)?.is_none() {
            journey = self.make_next_key(journey, password, progress).await?;
        }
        if let Some(Renewal { key, held: None }) = renewal_of(&journey)?.cloned() {
            let (fetched, opened) = self.fetch_next_certificate(journey, key, password, progress).await?;
            journey = fetched;
            next_key = Some(opened);
        }
        match renewal_of(&journey)?.cloned() {
            Some(Renewal { key, held: Some(held) }) => {
                self.swap(journey, key, held, password, next_key, progress).await
            }
            Some(Renewal { held: None, .. }) | None => Err(JourneyError::WrongStep),
        }
    }

    /// The password is tried on the key in use first: the next one must not be made with a wrong one.
    async fn make_next_key(
        &self,
        mut journey: Journey,
        password: &Password,
        progress: &Progress<'_>,
    ) -> Result<Journey, JourneyError> {
        let purpose = KeyPurpose::Renewal;
        let opened = self.open_key(&journey, purpose, None, password, None, progress).await?;
        progress(Stage::ProbingKeychain);
        self.key_store.probe().await?;
        progress(Stage::MakingKey);
        self.permit_still(&journey, &opened.key_use, &opened.evidence).await?;
        self.allow_key_place()?;
        let id = self.announce_new_key().await?;
        let key = self.key_store.create_key(id, password, self.now()).await?;
        if let Step::Active(state) = &mut journey.step {
            state.renewal = Some(Renewal { key, held: None });
        }
        self.record(Change::to(journey)).await
    }

    async fn fetch_next_certificate(
        &self,
        mut journey: Journey,
        new: KeyReference,
        password: &Password,
        progress: &Progress<'_>,
    ) -> Result<(Journey, Arc<dyn SigningKey>), JourneyError> {
        let purpose = KeyPurpose::Renewal;
        let OpenedKey { key, evidence, key_use } =
            self.open_key(&journey, purpose, None, password, None, progress).await?;
        // The one in use has just opened with this password.
        self.close_key();
        let opened = self.open_new_key(&journey, &new, password, progress).await;
        let (next_key, request_use) = opened.map_err(|error| match error {
            JourneyError::KeyStore(KeyStoreError::WrongPassword | KeyStoreError::PinWrong { .. }) => {
                JourneyError::NextKeyLocked
            }
            other => other,
        })?;
        let issued = journey.step.issued().ok_or(JourneyError::WrongStep)?.clone();
        self.permit_still(&journey, &key_use, &evidence).await?;
        let identity = self.identity(key, &issued).await;
        let answered = async {
            let request = certification_request::build(&*next_key)?;
            progress(Stage::FetchingCertificate);
            let certificates = self.portal.simple_reenroll(&identity, &request).await?;
            progress(Stage::CheckingCertificate);
            let held = self.check_certificate(certificates, next_key.subject_public_key_info())?;
            same_person(&issued.held.certificate, &held.certificate)?;
            Ok(held)
        }
        .await;
        let key_uses = vec![request_use, key_use];
        let held = match answered {
            Ok(held) => held,
            Err(error) => {
                let error = self.certificate_explained_by_clock(error).await;
                self.record_key_uses(key_uses).await?;
                return Err(error);
            }
        };
        if let Step::Active(state) = &mut journey.step {
            state.renewal = Some(Renewal { key: new, held: Some(held) });
        }
        let change = Change { key_uses: key_uses.clone(), ..Change::to(journey) };
        match self.record(change).await {
            Ok(journey) => Ok((journey, next_key)),
            Err(error) => {
                self.record_key_uses(key_uses).await?;
                Err(error)
            }
        }
    }

    /// Registers the next certificate; from then on the portal takes it. Then both are swapped here, in one transaction.
    async fn swap(
        &self,
        journey: Journey,
        new: KeyReference,
        held: HeldCertificate,
        password: &Password,
        next_key: Option<Arc<dyn SigningKey>>,
        progress: &Progress<'_>,
    ) -> Result<Renewed, JourneyError> {
        let Step::Active(state) = &journey.step else {
            return Err(JourneyError::WrongStep);
        };
        let state = state.clone();
        self.at_its_place(&new)?;
        let next = Issued {
            origin: state.issued.origin.clone(),
            key: new,
            held,
            device_registered_at: None,
            replaces: Some(state.issued.key.clone()),
            code_to_keep: true,
        };
        let key_use = self.key_use(&journey, &next, KeyPurpose::DeviceRegistration, None);
        let opened = async {
            progress(Stage::AskingStatus);
            let evidence = self.proven_status(&journey, &next).await?.evidence;
            let permit = permit_next(&journey.step, &next, self.now(), &evidence)?;
            match next_key {
                Some(key) => Ok(key),
                None => self.unlock(&permit, password, progress).await,
            }
        }
        .await;
        let key = match opened {
            Ok(key) => key,
            Err(error @ JourneyError::PasswordWait { .. }) => return Err(error),
            Err(error) => return Err(self.refused(key_use, error).await),
        };
        // A suspension recorded meanwhile keeps the next key shut as well.
        let now = self.under_way_here().await?;
        if (now.id, now.revision) != (journey.id, journey.revision) {
            self.close_key();
            return Err(self.refused(key_use, JournalError::Conflict.into()).await);
        }
        progress(Stage::RegisteringDevice);
        let at = key_use.at;
        let supersedes = vec![state.issued.held.certificate.serial_number().to_owned()];
        let identity = self.identity(key, &next).await;
        self.record_key_uses(vec![key_use]).await?;
        let registered = async {
            let (revocation_code, _) = self.register(&identity, &next, supersedes).await?;
            let token = self.key_store.device_token(next.key.id).await?;
            let reported = self.portal.certificate_state(&token).await?;
            if reported.serial_number != next.held.certificate.serial_number() {
                return Err(PortalError::Unusable("the state is that of another certificate".into()).into());
            }
            Ok::<_, JourneyError>((revocation_code, reported))
        }
        .await;
        let (revocation_code, reported) = registered?;
        let standing = self.standing_as_reported(&reported);
        let registered = Issued { device_registered_at: Some(at), ..next };
        let succeeds = Some((journey.id, journey.revision));
        let change = match reported.state {
            CertificateState::Active => {
                let discards = registered.replaces.iter().cloned().collect();
                let documents = self.documents_of(&journey).await?;
                let step = Step::Active(Active {
                    issued: Issued { replaces: None, ..registered },
                    declaration: state.declaration,
                    standing: Some(standing),
                    renewal: None,
                    details_to_check: true,
                });
                Change { discards, documents, ..Change::to(self.new_journey(step)) }
            }
            // The terms have changed: it waits for a declaration, and the one in use is revoked when that has arrived.
            CertificateState::AwaitingDeclaration => Change::to(self.new_journey(Step::Issued(registered))),
            CertificateState::Suspended | CertificateState::Revoked => {
                return Err(PortalError::Unusable("the next certificate is not in use".into()).into());
            }
        };
        let journey = self.record(Change { succeeds, ..change }).await?;
        Ok(Renewed { journey, revocation_code })
    }

    pub(crate) async fn documents_of(&self, journey: &Journey) -> Result<Vec<Document>, JourneyError> {
        let mut documents = Vec::new();
        for kind in [DocumentKind::Declaration, DocumentKind::Receipt] {
            if let Some(bytes) = self.journal.document(journey.id, kind).await? {
                documents.push(Document { kind, bytes });
            }
        }
        Ok(documents)
    }
}

/// Whether a certificate that is valid until `not_after` is to be renewed now.
#[must_use]
pub fn renewal_is_due(not_after: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now <= not_after && not_after - now <= RENEWAL_FROM
}

fn renewal_of(journey: &Journey) -> Result<Option<&Renewal>, JourneyError> {
    match &journey.step {
        Step::Active(state) => Ok(state.renewal.as_ref()),
        Step::Invited(_)
        | Step::KeyMade(_)
        | Step::Issued(_)
        | Step::Reviewed(_)
        | Step::Signed(_)
        | Step::Suspended(_)
        | Step::Stopped(_)
        | Step::Revoked(_) => Err(JourneyError::WrongStep),
    }
}

/// The next certificate names the same employee of the same employer; name and address may have changed.
fn same_person(before: &Certificate, next: &Certificate) -> Result<(), CertificateRejection> {
    let (before, next) = (before.description(), next.description());
    let same = before.employee_id.is_some() && before.employee_id == next.employee_id && before.cvr == next.cvr;
    if same { Ok(()) } else { Err(CertificateRejection::OfSomebodyElse) }
}
