//! Use cases: a certificate that comes with its key from a file, and a copy of both into a file.

use crate::error::JourneyError;
use crate::gate::permit_export;
use crate::guide::{Guide, Progress, Stage};
use crate::invitation::InvitedSubject;
use crate::journey::{Import, Issued, Journey, KeyPurpose, KeyUse, Origin, Step};
use crate::ports::{Change, Clock, Journal, KeyContainer, KeySecret, KeyStore, KeyStoreError, Portal};
use crate::secret::Password;
use pki::{Certificate, CertificateKind};
use zeroize::Zeroizing;

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Takes a certificate with its key out of a PKCS#12 container, checks it as one that the portal gave, and begins a
    /// journey with it; [`Guide::enrol`] with the same password registers this computer, and the rest is as after an
    /// invitation. `certificates` are those of the container; `serial_number` tells which, where several are employee
    /// certificates.
    ///
    /// # Errors
    /// [`JourneyError::WrongStep`] where a journey is under way, [`JourneyError::ContainerCertificateUnclear`],
    /// [`JourneyError::Password`] where `password` would not protect the key, [`JourneyError::Certificate`], and as the
    /// key store fails. Nothing has changed then.
    pub async fn import(
        &self,
        container: &KeyContainer<'_>,
        certificates: &[Certificate],
        serial_number: Option<&str>,
        password: &Password,
        progress: &Progress<'_>,
    ) -> Result<Journey, JourneyError> {
        if !self.settings.policy.allows_portal(self.portal.address()) {
            return Err(JourneyError::PortalNotInPolicy);
        }
        self.allow_key_place()?;
        if self.journal.current().await?.is_some() {
            return Err(JourneyError::WrongStep);
        }
        match self.key_store.secret_kind() {
            KeySecret::Password => {}
            KeySecret::Pin => return Err(KeyStoreError::ImportIntoToken.into()),
        }
        progress(Stage::ReadingContainer);
        let certificate = the_employee_certificate(certificates, serial_number)?.clone();
        let subject = subject_of(&certificate);
        password.judge(&[&subject.common_name, &subject.email, &subject.organisation])?;
        progress(Stage::CheckingCertificate);
        let others = certificates.iter().filter(|other| **other != certificate).cloned();
        let chain = std::iter::once(certificate.clone()).chain(others).collect();
        let held = match self.check_certificate(chain, certificate.subject_public_key_info()) {
            Ok(held) => held,
            Err(error) => return Err(self.certificate_explained_by_clock(error).await),
        };
        progress(Stage::ProbingKeychain);
        self.key_store.probe().await?;
        let at = self.now();
        let id = self.announce_new_key().await?;
        let key = self.key_store.import_key(id, container, &certificate, password, at).await?;
        let key_use = KeyUse {
            key: id,
            purpose: KeyPurpose::KeyImport,
            at,
            portal: self.portal.address().to_owned(),
            document: None,
            program_version: self.settings.app_version.clone(),
            refused: None,
        };
        let origin = Origin::Import(Import { subject, imported_at: at, registered: None });
        let step =
            Step::Issued(Issued { origin, key, held, device_registered_at: None, replaces: None, code_to_keep: false });
        self.record(Change { key_uses: vec![key_use], ..Change::to(self.new_journey(step)) }).await
    }

    /// The certificate in use with its key and its chain, as a PKCS#12 container that `container_password` opens.
    ///
    /// # Errors
    /// [`JourneyError::Gate`] where the policy, the step or the status forbids it, [`JourneyError::Password`] where
    /// `container_password` would not protect the copy, and as the key store fails.
    pub async fn export(
        &self,
        password: &Password,
        container_password: &Password,
        progress: &Progress<'_>,
    ) -> Result<Vec<u8>, JourneyError> {
        let journey = self.under_way_here().await?;
        let issued = journey.step.issued().ok_or(JourneyError::WrongStep)?.clone();
        self.at_its_place(&issued.key)?;
        let subject = journey.step.subject();
        container_password.judge(&[&subject.common_name, &subject.email, &subject.organisation])?;
        let key_use = self.key_use(&journey, &issued, KeyPurpose::KeyExport, None);
        let exported = async {
            progress(Stage::AskingStatus);
            let proof = self.proven_status(&journey, &issued).await?;
            self.take_over_proof(&journey, &issued, &proof).await?;
            let permit = permit_export(&journey.step, self.now(), &proof.evidence, &self.settings.policy)?;
            self.may_try(permit.key()).await?;
            progress(Stage::WritingContainer);
            let chain = issued.held.chain();
            let container = self.key_store.export_key(&permit, password, &chain, container_password).await?;
            Ok((Zeroizing::new(container), proof.evidence))
        }
        .await;
        match exported {
            Ok((mut container, evidence)) => {
                // An alarm while the copy was made: it goes to nobody, and the log says so.
                self.permit_still(&journey, &key_use, &evidence).await?;
                self.record_key_uses(vec![key_use]).await?;
                Ok(std::mem::take(&mut *container))
            }
            Err(error @ JourneyError::PasswordWait { .. }) => Err(error),
            Err(error) => Err(self.refused(key_use, error).await),
        }
    }
}

/// The employee certificates among those of a container.
#[must_use]
pub fn employee_certificates(certificates: &[Certificate]) -> Vec<&Certificate> {
    certificates.iter().filter(|certificate| certificate.description().kind == CertificateKind::Employee).collect()
}

fn the_employee_certificate<'a>(
    certificates: &'a [Certificate],
    serial_number: Option<&str>,
) -> Result<&'a Certificate, JourneyError> {
    let employees = employee_certificates(certificates);
    let unclear = JourneyError::ContainerCertificateUnclear(employees.len());
    match serial_number {
        Some(serial_number) => {
            employees.into_iter().find(|certificate| certificate.serial_number() == serial_number).ok_or(unclear)
        }
        None if employees.len() == 1 => employees.into_iter().next().ok_or(unclear),
        None => Err(unclear),
    }
}

fn subject_of(certificate: &Certificate) -> InvitedSubject {
    let description = certificate.description();
    InvitedSubject {
        common_name: description.common_name.clone(),
        email: description.email.clone().unwrap_or_default(),
        organisation: description.organisation.clone().unwrap_or_default(),
        cvr: description.cvr.clone().unwrap_or_default(),
    }
}
