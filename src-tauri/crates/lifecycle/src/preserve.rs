//! Use case: make the signed declaration last. It gets a trusted time, then all that is needed to verify it when its
//! certificate has expired and nobody answers for it any more ([ETSI EN 319 142-1 §6.3], levels B-T and B-LT).

use crate::error::JourneyError;
use crate::guide::Guide;
use crate::journey::{DeclarationEntry, DocumentKind, Journey};
use crate::ports::{Clock, Journal, JournalError, KeyStore, Portal, Responder};
use crate::status::{MOST_ADDRESSES, StatusUntold, new_nonce};
use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use declaration::{Level, ValidationEvidence, add_evidence, add_time_stamp, time_stamp_request_for};
use pki::{Certificate, CertificateState, OcspRequest, UnverifiedRevocationList};
use uuid::Uuid;

/// The largest revocation list that goes into a document, in bytes.
const LARGEST_LIST_KEPT: usize = 256 * 1024;

/// A delivered declaration with what was added so that it can be verified later. What was signed is unchanged in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preservation {
    /// How far that has come.
    pub level: PreservationLevel,
    /// The time that the time-stamp proves.
    pub proven_time: DateTime<Utc>,
    /// The document.
    pub pdf: Vec<u8>,
}

/// For how long a declaration can be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PreservationLevel {
    /// A trusted time is proven: B-T.
    TimeStamped,
    /// It also carries what proves that the certificates held at that time: B-LT.
    LongTerm,
}

impl PreservationLevel {
    /// The level's name in [ETSI EN 319 142-1 §6.3].
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TimeStamped => "B-T",
            Self::LongTerm => "B-LT",
        }
    }
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// What was made of the declaration of the journey under way so that it can be verified later; `None` where there is
    /// no declaration, or nothing was made of it yet.
    ///
    /// # Errors
    /// [`JourneyError::Journal`].
    pub async fn preservation(&self) -> Result<Option<Preservation>, JourneyError> {
        let journey = self.journal.current().await?;
        match journey.as_ref().and_then(|journey| journey.step.declaration()) {
            Some(declaration) => self.kept_preservation(declaration.id).await,
            None => Ok(None),
        }
    }

    /// Brings the delivered declaration of the journey under way to the highest level that can be had now: a trusted time
    /// where it has none, then the evidence that its certificates held. Returns what is kept of it afterwards; `None`
    /// where there is no declaration here that was delivered. Changes nothing about the journey, so that it holds up no
    /// other use case, and needs no key.
    ///
    /// # Errors
    /// As the portal, the time-stamping authority and the journal fail. What was reached before is kept.
    pub async fn preserve(&self) -> Result<Option<Preservation>, JourneyError> {
        let journey = self.under_way_here().await?;
        match delivered(&journey) {
            Some(entry) => self.preserve_delivered(&journey, entry).await,
            None => Ok(None),
        }
    }

    /// The same for any declaration that was delivered from this computer to this portal, also one in the archive.
    ///
    /// # Errors
    /// As [`Guide::preserve`].
    pub async fn preserve_declaration(&self, declaration: Uuid) -> Result<Option<Preservation>, JourneyError> {
        let remembered = self.journal.journeys().await?;
        let found = remembered.iter().map(|recorded| &recorded.journey).find_map(|journey| {
            delivered(journey).filter(|entry| entry.id == declaration).map(|entry| (journey, entry))
        });
        match found {
            Some((journey, entry)) if self.is_of_this_portal(journey) => self.preserve_delivered(journey, entry).await,
            Some(_) | None => Ok(None),
        }
    }

    /// The declarations that can still come to last longer, the one under way first: what proves the status of a
    /// certificate that has expired is no longer to be had.
    pub(crate) async fn declarations_to_preserve(&self) -> Result<Vec<Uuid>, JourneyError> {
        let mut waiting = Vec::new();
        for recorded in self.journal.journeys().await? {
            let journey = &recorded.journey;
            let Some(entry) = delivered(journey).filter(|entry| !waiting.contains(&entry.id)) else { continue };
            let expired = journey.step.issued().is_some_and(|issued| self.now() > issued.held.certificate.not_after());
            if expired || !self.is_of_this_portal(journey) {
                continue;
            }
            let kept = self.kept_preservation(entry.id).await?;
            if kept.is_none_or(|kept| kept.level != PreservationLevel::LongTerm) {
                waiting.push(entry.id);
            }
        }
        Ok(waiting)
    }

    async fn preserve_delivered(
        &self,
        journey: &Journey,
        entry: &DeclarationEntry,
    ) -> Result<Option<Preservation>, JourneyError> {
        let kept = self.kept_preservation(entry.id).await?;
        if let Some(Preservation { level: PreservationLevel::LongTerm, .. }) = kept {
            return Ok(kept);
        }
        let pdf = match &kept {
            Some(kept) => kept.pdf.clone(),
            None => match self.journal.document(journey.id, DocumentKind::Declaration).await? {
                Some(pdf) => pdf,
                None => return Ok(None),
            },
        };
        let (pdf, proven_time) = match (&kept, entry.time_stamped_at) {
            (Some(kept), _) => (pdf, kept.proven_time),
            (None, Some(time)) => (pdf, time),
            (None, None) => {
                let (pdf, time) = self.time_stamped(&pdf).await?;
                let stamped = Preservation { level: PreservationLevel::TimeStamped, proven_time: time, pdf };
                self.journal.keep_preservation(entry.id, &stamped).await?;
                (stamped.pdf, time)
            }
        };
        let Some(pdf) = self.with_evidence(&pdf).await? else { return self.kept_preservation(entry.id).await };
        let lasting = Preservation { level: PreservationLevel::LongTerm, proven_time, pdf };
        self.journal.keep_preservation(entry.id, &lasting).await?;
        Ok(Some(lasting))
    }

    /// What is kept of a declaration so that it can be verified later. One that cannot be read is as good as none: it is
    /// made again from the declaration itself, and must stop nothing else.
    pub(crate) async fn kept_preservation(&self, declaration: Uuid) -> Result<Option<Preservation>, JourneyError> {
        match self.journal.preservation(declaration).await {
            Err(JournalError::Damaged(_)) => Ok(None),
            kept => Ok(kept?),
        }
    }

    /// The signed document with a time-stamp of the portal's authority, and the time that it proves.
    pub(crate) async fn time_stamped(&self, pdf: &[u8]) -> Result<(Vec<u8>, DateTime<Utc>), JourneyError> {
        let request = time_stamp_request_for(pdf, *Uuid::new_v4().as_bytes())?;
        let response = self.portal.time_stamp(request.der()).await?;
        let token = request.verify_response(&response, &self.settings.trust_anchors, self.now())?;
        Ok((add_time_stamp(pdf, &token)?, token.time()))
    }

    /// The document with what proves the status of every certificate of its signature and of its time-stamp. `None`
    /// where that is not all to be had yet.
    async fn with_evidence(&self, pdf: &[u8]) -> Result<Option<Vec<u8>>, JourneyError> {
        let judge =
            |pdf: &[u8]| declaration::verify(pdf, &self.settings.trust_anchors, self.employee_profile(), self.now());
        let before = judge(pdf);
        let mut evidence = ValidationEvidence::default();
        for path in &before.paths {
            evidence.certificates.extend(path.iter().cloned());
            for pair in path.windows(2) {
                if let [certificate, issuer] = pair {
                    self.status_evidence(certificate, issuer, &mut evidence).await?;
                }
            }
        }
        if evidence.is_empty() {
            return Ok(None);
        }
        let lasting = add_evidence(pdf, &evidence)?;
        Ok((judge(&lasting).level == Some(Level::BaselineLt)).then_some(lasting))
    }

    /// Asks for what proves the status of `certificate`: the portal's responder where it is the employee's or the portal's
    /// own, then whom the certificate names.
    async fn status_evidence(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        evidence: &mut ValidationEvidence,
    ) -> Result<(), JourneyError> {
        let description = certificate.description();
        let request = OcspRequest::new(certificate, issuer, new_nonce()).map_err(StatusUntold::Unsound)?;
        let named = description.ocsp_urls.iter().take(MOST_ADDRESSES).map(|address| Responder::Named(address));
        for responder in std::iter::once(Responder::Portal).chain(named) {
            let Ok(reply) = self.portal.ocsp_response(responder, request.der()).await else { continue };
            let Ok(answer) = request.verify_response(&reply.response, self.now()) else { continue };
            if answer.status().is_ok_and(|status| status.state != CertificateState::Unknown) {
                evidence.ocsp_responses.push(reply.response);
                if answer.responder_to_check().is_none() {
                    return Ok(());
                }
                break;
            }
        }
        for address in description.crl_urls.iter().take(MOST_ADDRESSES) {
            let Ok(list) = self.portal.revocation_list(address, LARGEST_LIST_KEPT).await else { continue };
            let sound = UnverifiedRevocationList::from_der(list.as_slice()).and_then(|list| list.verify(issuer));
            if sound.is_ok() {
                evidence.revocation_lists.push(list);
                return Ok(());
            }
        }
        Ok(())
    }
}

/// A declaration of which the document and the receipt are on this computer.
pub(crate) fn delivered(journey: &Journey) -> Option<&DeclarationEntry> {
    journey.step.declaration().filter(|entry| entry.accepted_at.is_some() && !entry.elsewhere)
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut value = [0; 32];
    value.copy_from_slice(digest(&SHA256, bytes).as_ref());
    value
}
