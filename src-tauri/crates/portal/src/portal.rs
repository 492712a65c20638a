//! What every request works on: the database, the CA, the terms in force, the clock.

use crate::certificate_authority::{CertificateAuthority, PolicyArc, portal_name};
use crate::clock::Clock;
use crate::error::PortalError;
use crate::ocsp::answers::SignedAnswers;
use crate::personal_number::PersonalNumberVault;
use crate::revocation_lists::{KeptIssuingLists, KeptRootList};
use crate::storage::{OwnCertificate, Storage};
use crate::terms;
use chrono::{DateTime, Utc};
use declaration::terms::TermsDocument;
use pki::{Certificate, TrustAnchor};
use portal_api::TermsInForce;
use std::sync::Arc;
use tokio::sync::{Mutex, Semaphore};

/// Telephone number of the portal's support.
const SUPPORT_PHONE: &str = "70 25 89 25";

/// The running portal.
pub(crate) struct Portal {
    pub(crate) storage: Storage,
    pub(crate) authority: CertificateAuthority,
    pub(crate) vault: PersonalNumberVault,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) practice: bool,
    /// Which policies the certificates name.
    pub(crate) policies: PolicyArc,
    /// True where certificates can be suspended.
    pub(crate) suspension: bool,
    /// The terms in force, signed by the seal.
    pub(crate) terms_in_force: TermsInForce,
    pub(crate) terms: Vec<TermsDocument>,
    pub(crate) trust_anchors: [TrustAnchor; 1],
    /// A turn at a processor, for what takes one for a while: verifying a declaration, giving a time-stamp.
    pub(crate) processors: Arc<Semaphore>,
    /// The certificate of the OCSP responder: a portal may run for longer than one of them holds.
    ocsp_certificate: Mutex<Certificate>,
    /// The certificate of the time-stamping authority, for the same reason.
    time_stamping_certificate: Mutex<Certificate>,
    /// OCSP answers that are signed already.
    pub(crate) ocsp_answers: SignedAnswers,
    /// The revocation lists as this instance last saw them. Held while one is made, so that this instance makes none twice.
    /// That no number is given twice, by whichever instance, is the database's matter.
    pub(crate) issuing_lists: Mutex<KeptIssuingLists>,
    /// The same of the root CA's list.
    pub(crate) root_list: Mutex<Option<KeptRootList>>,
}

/// What a portal offers.
pub(crate) struct Offer {
    /// True for a practice portal, whose certificates give access to nothing.
    pub(crate) practice: bool,
    /// Which policies the certificates name.
    pub(crate) policies: PolicyArc,
    /// True where certificates can be suspended.
    pub(crate) suspension: bool,
    /// The terms in force, one a language, the binding ones first.
    pub(crate) terms: Vec<TermsDocument>,
}

impl Portal {
    pub(crate) fn new(
        storage: Storage,
        authority: CertificateAuthority,
        vault: PersonalNumberVault,
        clock: Arc<dyn Clock>,
        Offer { practice, policies, suspension, terms }: Offer,
    ) -> Result<Self, PortalError> {
        let terms_in_force = terms::sign(&terms, &authority)?;
        let trust_anchors = [TrustAnchor::new(authority.root.certificate.clone())];
        let ocsp_certificate = Mutex::new(authority.ocsp.certificate.clone());
        let time_stamping_certificate = Mutex::new(authority.time_stamping.certificate.clone());
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            storage,
            authority,
            vault,
            clock,
            practice,
            policies,
            suspension,
            terms_in_force,
            terms,
            trust_anchors,
            processors: Arc::new(Semaphore::new(processors)),
            ocsp_certificate,
            time_stamping_certificate,
            ocsp_answers: SignedAnswers::new(),
            issuing_lists: Mutex::default(),
            root_list: Mutex::default(),
        })
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The certificate of the OCSP responder, or its next one where it soon expires. That one is kept in memory: the next
    /// start looks for itself.
    pub(crate) async fn ocsp_responder(&self, now: DateTime<Utc>) -> Result<Certificate, PortalError> {
        let mut current = self.ocsp_certificate.lock().await;
        if CertificateAuthority::soon_expires(&current, now) {
            let next = self.authority.issue_ocsp_certificate(self.practice, now)?;
            self.storage.record_own_certificate(&next, OwnCertificate::OcspResponder, now).await?;
            *current = next;
        }
        Ok(current.clone())
    }

    /// The certificate of the time-stamping authority, or its next one where it soon expires; as
    /// [`Portal::ocsp_responder`].
    pub(crate) async fn time_stamping(&self, now: DateTime<Utc>) -> Result<Certificate, PortalError> {
        let mut current = self.time_stamping_certificate.lock().await;
        if CertificateAuthority::soon_expires(&current, now) {
            let next = self.authority.issue_time_stamping_certificate(self.practice, now)?;
            self.storage.record_own_certificate(&next, OwnCertificate::TimeStamping, now).await?;
            *current = next;
        }
        Ok(current.clone())
    }

    /// The portal's name as people know it.
    pub(crate) fn name(&self) -> &'static str {
        portal_name(self.practice)
    }

    pub(crate) fn capabilities(&self) -> portal_api::Capabilities {
        portal_api::Capabilities {
            portal: self.name().to_owned(),
            practice: self.practice,
            suspension: self.suspension,
            time_stamps: true,
            terms: self.terms_in_force.terms.clone(),
            support_phone: SUPPORT_PHONE.to_owned(),
        }
    }
}
