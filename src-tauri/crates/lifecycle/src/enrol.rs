//! Use case: from the invitation to a certificate that is here, belongs to the key, and whose computer is registered.

use crate::error::{CertificateRejection, JourneyError};
use crate::gate::permit_certification_request;
use crate::guide::{Guide, Progress, Stage};
use crate::invitation::{Invitation, OnEarlier, OneTimeCode, ReferenceNumber};
use crate::journey::{
    Active, CertificateState, DeclarationEntry, HeldCertificate, Invited, Issued, Journey, KeyMade, KeyPurpose,
    KeyReference, KeyUse, Origin, RegisteredBy, Step,
};
use crate::key_use::OpenedKey;
use crate::ports::{
    Change, ClientIdentity, Clock, DeviceRegistration, Journal, KeySecret, KeyStore, KeyStoreError, Portal,
    PortalError, RegisteredDevice,
};
use crate::secret::{Password, RevocationCode};
use pki::{Certificate, FindingCode, SigningKey, certification_request, validate};
use std::sync::{Arc, PoisonError};

/// What enrolment leaves.
pub struct Enrolled {
    /// The journey, in [`Step::Issued`].
    pub journey: Journey,
    /// The revocation code, to be shown this once; [`Guide::confirm_revocation_code`] says that it was kept. `None`
    /// where that has been said.
    pub revocation_code: Option<RevocationCode>,
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Opens the invitation that reference number and code name, and begins a journey with it. Where the same
    /// invitation is open already, only the code is taken again.
    ///
    /// # Errors
    /// [`JourneyError::Portal`] where the portal refuses the pair, [`JourneyError::WrongStep`] where another journey is
    /// under way.
    pub async fn open_invitation(
        &self,
        reference: &ReferenceNumber,
        code: OneTimeCode,
    ) -> Result<Journey, JourneyError> {
        if !self.settings.policy.allows_portal(self.portal.address()) {
            return Err(JourneyError::PortalNotInPolicy);
        }
        let under_way = self.journal.current().await?;
        if let Some(journey) = &under_way {
            let same_invitation = matches!(&journey.step, Step::Invited(_) | Step::KeyMade(_))
                && journey.step.invitation().is_some_and(|invitation| invitation.reference == *reference);
            if !same_invitation {
                return Err(JourneyError::WrongStep);
            }
        }
        let invitation = self.portal.invitation(reference, &code).await?;
        let journey = match under_way {
            Some(journey) => journey,
            None => {
                let place = self.key_store.place();
                let step = Step::Invited(Invited { invitation, place });
                self.record(Change::to(self.new_journey(step))).await?
            }
        };
        self.remember_code(code);
        Ok(journey)
    }

    /// Says what is to happen to the certificates that the employee has already.
    ///
    /// # Errors
    /// [`JourneyError::WrongStep`] unless the journey is in [`Step::Invited`].
    pub async fn decide_on_earlier(&self, on_earlier: OnEarlier) -> Result<Journey, JourneyError> {
        let mut journey = self.under_way_here().await?;
        let Step::Invited(state) = &mut journey.step else {
            return Err(JourneyError::WrongStep);
        };
        state.invitation.on_earlier = Some(on_earlier);
        self.record(Change::to(journey)).await
    }

    /// Makes the key, fetches and checks the certificate, and registers this computer; or goes on from where that
    /// stopped. [`Guide::confirm_revocation_code`] comes next. In [`Step::Invited`]
    /// `password` is the new one and is judged, later it is the one chosen before; for a token it is always its PIN.
    ///
    /// # Errors
    /// [`JourneyError::CodeNeeded`] where the one-time code is not in memory and `code` is `None`,
    /// [`JourneyError::KeyPlaceNotInPolicy`] where the policy lets no key be made there; otherwise as the ports fail. What was reached is recorded, and the next call goes on from there.
    pub async fn enrol(
        &self,
        password: &Password,
        code: Option<OneTimeCode>,
        progress: &Progress<'_>,
    ) -> Result<Enrolled, JourneyError> {
        if let Some(code) = code {
            self.remember_code(code);
        }
        let mut journey = self.under_way_here().await?;
        if let Step::Invited(state) = &journey.step {
            self.allow_key_place()?;
            let subject = &state.invitation.subject;
            match self.key_store.secret_kind() {
                KeySecret::Password => {
                    password.judge(&[&subject.common_name, &subject.email, &subject.organisation])?;
                }
                // Only the token knows which PINs it takes; what cannot be one costs no try.
                KeySecret::Pin if password.expose().is_empty() || password.expose().len() > Password::LONGEST => {
                    return Err(KeyStoreError::PinWrong { last_try: false }.into());
                }
                KeySecret::Pin => {}
            }
            if self.code_needed(&journey) {
                return Err(JourneyError::CodeNeeded);
            }
            if !state.invitation.earlier.is_empty() && state.invitation.on_earlier.is_none() {
                return Err(JourneyError::EarlierUndecided);
            }
            let invitation = state.invitation.clone();
            journey = self.make_key(journey, invitation, password, progress).await?;
        }
        let mut unlocked = None;
        if let Step::KeyMade(state) = &journey.step {
            let state = state.clone();
            let (issued, key) = self.fetch_certificate(journey, &state, password, progress).await?;
            journey = issued;
            unlocked = Some(key);
        }
        match &journey.step {
            Step::Issued(issued) if issued.device_registered_at.is_none() => {
                let issued = issued.clone();
                self.register_device(journey, issued, password, unlocked, progress).await
            }
            Step::Issued(_) => Ok(Enrolled { journey, revocation_code: None }),
            Step::Invited(_)
            | Step::KeyMade(_)
            | Step::Reviewed(_)
            | Step::Signed(_)
            | Step::Active(_)
            | Step::Suspended(_)
            | Step::Stopped(_)
            | Step::Revoked(_) => Err(JourneyError::WrongStep),
        }
    }

    /// Only where the policy lets a key be made and kept.
    pub(crate) fn allow_key_place(&self) -> Result<(), JourneyError> {
        match self.settings.policy.allows_key_place(&self.key_store.place()) {
            true => Ok(()),
            false => Err(JourneyError::KeyPlaceNotInPolicy),
        }
    }

    pub(crate) fn new_journey(&self, step: Step) -> Journey {
        Journey {
            id: self.new_uuid_v7(),
            revision: 0,
            portal: self.portal.address().to_owned(),
            practice: self.settings.practice,
            step,
        }
    }

    fn remember_code(&self, code: OneTimeCode) {
        *self.code.lock().unwrap_or_else(PoisonError::into_inner) = Some(code);
    }

    fn take_code(&self) -> Option<OneTimeCode> {
        self.code.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn make_key(
        &self,
        mut journey: Journey,
        invitation: Invitation,
        password: &Password,
        progress: &Progress<'_>,
    ) -> Result<Journey, JourneyError> {
        progress(Stage::ProbingKeychain);
        self.key_store.probe().await?;
        progress(Stage::MakingKey);
        let id = self.announce_new_key().await?;
        let key = self.key_store.create_key(id, password, self.now()).await?;
        journey.step = Step::KeyMade(KeyMade { invitation, key });
        self.record(Change::to(journey)).await
    }

    async fn fetch_certificate(
        &self,
        mut journey: Journey,
        state: &KeyMade,
        password: &Password,
        progress: &Progress<'_>,
    ) -> Result<(Journey, Arc<dyn SigningKey>), JourneyError> {
        let code = self.take_code().ok_or(JourneyError::CodeNeeded)?;
        let reference = &state.invitation.reference;
        let outcome = self.request_certificate(&journey, state, &code, reference, password, progress).await;
        let (held, key, key_use) = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                // The next try needs the code again, unless it was the code that was wrong.
                if error.tries_left().is_none() {
                    self.remember_code(code);
                }
                return Err(error);
            }
        };
        journey.step = Step::Issued(Issued {
            origin: Origin::Invitation(state.invitation.clone()),
            key: state.key.clone(),
            held,
            device_registered_at: None,
            replaces: None,
            code_to_keep: false,
        });
        let change = Change { key_uses: vec![key_use.clone()], ..Change::to(journey) };
        match self.record(change).await {
            Ok(journey) => Ok((journey, key)),
            Err(error) => Err(self.after_use(key_use, error).await),
        }
    }

    async fn request_certificate(
        &self,
        journey: &Journey,
        state: &KeyMade,
        code: &OneTimeCode,
        reference: &ReferenceNumber,
        password: &Password,
        progress: &Progress<'_>,
    ) -> Result<(HeldCertificate, Arc<dyn SigningKey>, KeyUse), JourneyError> {
        let (key, key_use) = self.open_new_key(journey, &state.key, password, progress).await?;
        let answer = async {
            let request = certification_request::build(&*key)?;
            progress(Stage::FetchingCertificate);
            let certificates = self.portal.simple_enroll(reference, code, &request).await?;
            progress(Stage::CheckingCertificate);
            self.check_certificate(certificates, key.subject_public_key_info())
        }
        .await;
        match answer {
            Ok(held) => Ok((held, key, key_use)),
            Err(error) => {
                let error = self.certificate_explained_by_clock(error).await;
                Err(self.after_use(key_use, error).await)
            }
        }
    }

    /// Opens a key that has no certificate yet, for its certification request.
    pub(crate) async fn open_new_key(
        &self,
        journey: &Journey,
        new: &KeyReference,
        password: &Password,
        progress: &Progress<'_>,
    ) -> Result<(Arc<dyn SigningKey>, KeyUse), JourneyError> {
        let at = self.now();
        let key_use = KeyUse {
            key: new.id,
            purpose: KeyPurpose::CertificationRequest,
            at,
            portal: journey.portal.clone(),
            document: None,
            program_version: self.settings.app_version.clone(),
            refused: None,
        };
        self.at_its_place(new)?;
        let permit = permit_certification_request(new.id, at);
        let key = match self.unlock(&permit, password, progress).await {
            Ok(key) => key,
            Err(error @ JourneyError::PasswordWait { .. }) => return Err(error),
            Err(error) => return Err(self.refused(key_use, error).await),
        };
        if key.subject_public_key_info() != new.subject_public_key_info {
            let error = KeyStoreError::Damaged("another key than was made".into());
            return Err(self.refused(key_use, error.into()).await);
        }
        Ok((key, key_use))
    }

    /// A certificate that does not hold now may do so by a right clock.
    pub(crate) async fn certificate_explained_by_clock(&self, error: JourneyError) -> JourneyError {
        match error {
            JourneyError::Certificate(CertificateRejection::NotYetValid | CertificateRejection::Expired) => {
                self.explained_by_clock(error).await
            }
            other => other,
        }
    }

    /// Takes a certificate only if it is for this key, of the profile, valid now, and leads to the trust anchor.
    pub(crate) fn check_certificate(
        &self,
        certificates: Vec<Certificate>,
        subject_public_key_info: &[u8],
    ) -> Result<HeldCertificate, JourneyError> {
        let mut certificates = certificates.into_iter();
        let certificate = certificates.next().ok_or(CertificateRejection::NotForKey)?;
        let mut intermediates: Vec<Certificate> = certificates.collect();
        if certificate.subject_public_key_info() != subject_public_key_info {
            return Err(CertificateRejection::NotForKey.into());
        }
        let now = self.now();
        if now < certificate.not_before() {
            return Err(CertificateRejection::NotYetValid.into());
        }
        if now > certificate.not_after() {
            return Err(CertificateRejection::Expired.into());
        }
        let anchors = &self.settings.trust_anchors;
        let report = validate(&certificate, &intermediates, anchors, now, self.employee_profile());
        match report.into_validated() {
            Ok(validated) => {
                // Only who led to the trust anchor may later speak for the certificate.
                intermediates.retain(|intermediate| validated.path().contains(intermediate));
                Ok(HeldCertificate { certificate, intermediates })
            }
            Err(report) => {
                let findings: Vec<String> =
                    report.findings.iter().map(|finding| format!("{:?}: {}", finding.code, finding.detail)).collect();
                let untrusted = report.findings.iter().any(|finding| {
                    matches!(
                        finding.code,
                        FindingCode::PathNotFound | FindingCode::SignatureInvalid | FindingCode::AlgorithmForbidden
                    )
                });
                let findings = findings.join("; ").into_boxed_str();
                Err(if untrusted {
                    CertificateRejection::Untrusted(findings).into()
                } else {
                    CertificateRejection::NotOfProfile(findings).into()
                })
            }
        }
    }

    async fn register_device(
        &self,
        journey: Journey,
        issued: Issued,
        password: &Password,
        unlocked: Option<Arc<dyn SigningKey>>,
        progress: &Progress<'_>,
    ) -> Result<Enrolled, JourneyError> {
        let purpose = KeyPurpose::DeviceRegistration;
        let opened = self.open_key(&journey, purpose, None, password, unlocked, progress).await?;
        let OpenedKey { key, evidence, key_use } = opened;
        progress(Stage::RegisteringDevice);
        self.permit_still(&journey, &key_use, &evidence).await?;
        let at = key_use.at;
        let supersedes = journey.step.invitation().map(Invitation::supersedes).unwrap_or_default();
        let identity = self.identity(key, &issued).await;
        // Before the call: where its answer is lost, the log tells that it was this computer that registered.
        self.record_key_uses(vec![key_use]).await?;
        let (revocation_code, registered_by) = self.register(&identity, &issued, supersedes).await?;
        let mut journey = journey;
        match &mut journey.step {
            Step::Issued(Issued { origin: Origin::Import(import), .. }) => {
                import.registered = Some(registered_by);
                journey = self.record(Change::to(journey)).await?;
            }
            Step::Issued(Issued { origin: Origin::Invitation(_), .. })
            | Step::Invited(_)
            | Step::KeyMade(_)
            | Step::Reviewed(_)
            | Step::Signed(_)
            | Step::Active(_)
            | Step::Suspended(_)
            | Step::Stopped(_)
            | Step::Revoked(_) => {}
        }
        // Recorded as registered only when the person has kept the code: it is shown once and stored nowhere, and a
        // program that stops before that must be able to ask for a new one.
        *self.registered_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
        Ok(Enrolled { journey, revocation_code: Some(revocation_code) })
    }

    /// A certificate from a file may have been declared on the computer that it comes from: it is in use then, once its
    /// details are checked here.
    pub(crate) async fn declared_elsewhere(&self, issued: &Issued) -> Result<Option<Active>, JourneyError> {
        let token = self.key_store.device_token(issued.key.id).await?;
        let reported = self.portal.certificate_state(&token).await?;
        if reported.serial_number != issued.held.certificate.serial_number() {
            return Err(PortalError::Unusable("the state is that of another certificate".into()).into());
        }
        let standing = self.standing_as_reported(&reported);
        let declaration = match (reported.state, reported.declaration) {
            (CertificateState::Active, Some(declaration)) if !reported.declaration_needed => declaration,
            (
                CertificateState::AwaitingDeclaration
                | CertificateState::Active
                | CertificateState::Suspended
                | CertificateState::Revoked,
                _,
            ) => return Ok(None),
        };
        Ok(Some(Active {
            issued: issued.clone(),
            declaration: DeclarationEntry {
                id: declaration.id,
                sha256: declaration.sha256,
                signed_at: declaration.accepted_at,
                terms_sha256: String::new(),
                accepted_at: Some(declaration.accepted_at),
                time_stamped_at: None,
                elsewhere: true,
                follows: None,
            },
            standing: Some(standing),
            renewal: None,
            details_to_check: true,
        }))
    }

    /// Who calls the portal: the key with its chain, and the token that shows that this is the registered computer.
    pub(crate) async fn identity(&self, key: Arc<dyn SigningKey>, issued: &Issued) -> ClientIdentity {
        let device_token = self.key_store.device_token(issued.key.id).await.ok();
        ClientIdentity { key, chain: issued.held.chain(), device_token }
    }

    /// Registers this computer and keeps its token.
    pub(crate) async fn register(
        &self,
        identity: &ClientIdentity,
        issued: &Issued,
        supersedes: Vec<String>,
    ) -> Result<(RevocationCode, RegisteredBy), JourneyError> {
        let registration = DeviceRegistration { device_name: self.settings.device_name.clone(), supersedes };
        let registered = self.portal.register_device(identity, &registration).await?;
        let RegisteredDevice { token, revocation_code, reference, authority } = registered;
        self.key_store.store_device_token(issued.key.id, &token).await?;
        Ok((revocation_code, RegisteredBy { reference, authority }))
    }

    /// Registers this computer anew for a certificate in use, for a new revocation code: the one before no longer works.
    ///
    /// # Errors
    /// [`JourneyError::WrongStep`] unless the certificate is in use, and as gate, keychain and portal fail.
    pub async fn renew_revocation_code(
        &self,
        password: &Password,
        progress: &Progress<'_>,
    ) -> Result<RevocationCode, JourneyError> {
        let mut journey = self.under_way_here().await?;
        let Step::Active(state) = &journey.step else {
            return Err(JourneyError::WrongStep);
        };
        let issued = state.issued.clone();
        let purpose = KeyPurpose::DeviceRegistration;
        let OpenedKey { key, evidence, key_use } =
            self.open_key(&journey, purpose, None, password, None, progress).await?;
        progress(Stage::RegisteringDevice);
        self.permit_still(&journey, &key_use, &evidence).await?;
        let identity = self.identity(key, &issued).await;
        let at = key_use.at;
        self.record_key_uses(vec![key_use]).await?;
        let (revocation_code, _) = self.register(&identity, &issued, Vec::new()).await?;
        if let Step::Active(state) = &mut journey.step {
            state.issued.code_to_keep = true;
            state.issued.device_registered_at = Some(at);
        }
        self.record(Change::to(journey)).await?;
        Ok(revocation_code)
    }

    /// The person has kept the revocation code that [`Guide::enrol`] gave: this computer now counts as registered.
    ///
    /// # Errors
    /// [`JourneyError::WrongStep`] where no code was given since the program started; [`Guide::enrol`] gives a new one.
    pub async fn confirm_revocation_code(&self) -> Result<Journey, JourneyError> {
        let mut journey = self.under_way_here().await?;
        if let Step::Active(state) = &mut journey.step {
            if !state.issued.code_to_keep {
                return Ok(journey);
            }
            state.issued.code_to_keep = false;
            return self.record(Change::to(journey)).await;
        }
        let Step::Issued(issued) = &mut journey.step else {
            return Err(JourneyError::WrongStep);
        };
        if issued.device_registered_at.is_some() {
            if issued.code_to_keep {
                issued.code_to_keep = false;
                return self.record(Change::to(journey)).await;
            }
            return Ok(journey);
        }
        let registered_at = *self.registered_at.lock().unwrap_or_else(PoisonError::into_inner);
        issued.device_registered_at = Some(registered_at.ok_or(JourneyError::WrongStep)?);
        if let (Origin::Import(_), None) = (&issued.origin, &issued.replaces) {
            let issued = issued.clone();
            if let Some(declared) = self.declared_elsewhere(&issued).await? {
                journey.step = Step::Active(declared);
            }
        }
        self.record(Change::to(journey)).await
    }
}
