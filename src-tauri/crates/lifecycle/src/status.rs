//! The status of the certificate, proven by its issuer, before the key is used; and in the background, so that a proof
//! is at hand when nobody answers.

use crate::error::JourneyError;
use crate::gate::{Evidence, PortalTime, plausible};
use crate::guide::Guide;
use crate::journey::{Issued, Journey};
use crate::ports::{Clock, Journal, KeptStatus, KeyStore, Portal, PortalError, Responder, StatusEvidence, StatusReply};
use chrono::{DateTime, TimeDelta, Utc};
use pki::{
    Certificate, CertificateStatus, OcspRequest, StatusError, StatusFault, UnverifiedRevocationList,
    verify_ocsp_response,
};
use std::fmt;
use thiserror::Error;
use uuid::Uuid;

/// Most addresses of each kind in a certificate that are asked.
pub(crate) const MOST_ADDRESSES: usize = 4;

/// How long after an answer at the latest the next one is asked for, and how soon at the earliest.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);
const SHORTEST_WAIT: TimeDelta = TimeDelta::minutes(1);

/// Why the status of the certificate cannot be told.
#[derive(Debug, Error)]
pub enum StatusUntold {
    /// The certificate's issuer did not come with it.
    #[error("the certificate's issuer is not at hand")]
    IssuerMissing,
    /// Nobody answered, and no kept answer may be relied on any more.
    #[error("nobody answered: {}", listed(.0))]
    NoAnswer(Vec<Silence>),
    /// What the responder answered proves nothing.
    #[error("the answer of the responder proves nothing")]
    Unsound(#[from] StatusError),
}

/// An address that did not answer.
#[derive(Debug)]
pub struct Silence {
    /// Who was asked.
    pub address: Box<str>,
    /// What happened instead of an answer.
    pub cause: SilenceCause,
}

/// What happened instead of an answer.
#[derive(Debug, Error)]
pub enum SilenceCause {
    /// No answer came, or none that could be used.
    #[error(transparent)]
    Portal(#[from] PortalError),
    /// The responder said that it has no answer now, or the list is not about this certificate, or too old.
    #[error(transparent)]
    Status(#[from] StatusError),
}

impl fmt::Display for Silence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({}", self.address, self.cause)?;
        let mut source = std::error::Error::source(&self.cause);
        while let Some(cause) = source {
            write!(formatter, ": {cause}")?;
            source = cause.source();
        }
        formatter.write_str(")")
    }
}

fn listed(silences: &[Silence]) -> String {
    silences.iter().map(Silence::to_string).collect::<Vec<_>>().join(", ")
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Asks for the certificate's status: the portal's responder, which also says what time it is, then the responders
    /// that the certificate names. Where none answers, the last answer counts for as long as it said that it may be
    /// relied on, and not longer; where there is none, the revocation lists that the certificate names are fetched.
    ///
    /// # Errors
    /// [`JourneyError::StatusUntold`], with every address that did not answer; [`JourneyError::Gate`] where this
    /// computer's clock cannot be right.
    pub(crate) async fn proven_status(&self, journey: &Journey, issued: &Issued) -> Result<Evidence, JourneyError> {
        let certificate = &issued.held.certificate;
        let issuer = issuer_of(issued).ok_or(StatusUntold::IssuerMissing)?;
        let request = OcspRequest::new(certificate, issuer, new_nonce()).map_err(StatusUntold::Unsound)?;
        let description = certificate.description();
        let named = description.ocsp_urls.iter().take(MOST_ADDRESSES).map(|address| Responder::Named(address));
        let mut silences = Vec::new();
        let mut portal_time = None;
        for responder in std::iter::once(Responder::Portal).chain(named) {
            match self.portal.ocsp_response(responder, request.der()).await {
                Ok(StatusReply { response, portal_date }) => {
                    let at = self.now();
                    portal_time = portal_date.map(|said| PortalTime { said, heard_at: at }).or(portal_time);
                    // By a wrong clock a right answer would be one from the future, or stale.
                    plausible(portal_time.as_ref(), at)?;
                    match request.verify_response(&response, at) {
                        Ok(answer) => {
                            let status = answer.status().map_err(StatusUntold::Unsound)?.clone();
                            return self.keep(journey, StatusEvidence::Ocsp(response), status, portal_time).await;
                        }
                        // "Try later" is no answer.
                        Err(error) if error.fault() == StatusFault::Unavailable => {
                            silences.push(Silence { address: self.address_of(responder), cause: error.into() });
                        }
                        Err(error) => return Err(StatusUntold::Unsound(error).into()),
                    }
                }
                // Whoever that was, it was not the portal.
                Err(error @ PortalError::UnexpectedServerCertificate(_)) => return Err(error.into()),
                Err(error) => silences.push(Silence { address: self.address_of(responder), cause: error.into() }),
            }
        }
        let kept = self.journal.status_answer(journey.id).await?;
        let last_heard = portal_time.or(kept.as_ref().and_then(|kept| kept.portal_time));
        plausible(last_heard.as_ref(), self.now())?;
        if let Some(Ok(status)) = kept.map(|kept| prove(&kept.evidence, certificate, issuer, self.now())) {
            return Ok(Evidence { status, portal_time: last_heard });
        }
        for address in description.crl_urls.iter().take(MOST_ADDRESSES) {
            let list = match self.portal.revocation_list(address).await {
                Ok(list) => StatusEvidence::RevocationList(list),
                Err(error) => {
                    silences.push(Silence { address: address.as_str().into(), cause: error.into() });
                    continue;
                }
            };
            match prove(&list, certificate, issuer, self.now()) {
                Ok(status) => return self.keep(journey, list, status, last_heard).await,
                Err(error) => silences.push(Silence { address: address.as_str().into(), cause: error.into() }),
            }
        }
        Err(StatusUntold::NoAnswer(silences).into())
    }

    /// What the answer that is kept says of the certificate; `None` where there is none that may still be relied on.
    /// Asks nobody.
    ///
    /// # Errors
    /// [`JourneyError::Journal`].
    pub async fn kept_status(&self, journey: &Journey) -> Result<Option<CertificateStatus>, JourneyError> {
        let Some(issued) = journey.step.issued() else { return Ok(None) };
        let Some(issuer) = issuer_of(issued) else { return Ok(None) };
        let kept = self.journal.status_answer(journey.id).await?;
        Ok(kept.and_then(|kept| prove(&kept.evidence, &issued.held.certificate, issuer, self.now()).ok()))
    }

    /// When the next answer is to be asked for: when half of the life of the kept one is over, and within the hour.
    pub(crate) async fn next_status_due(&self, journey: &Journey) -> Result<TimeDelta, JourneyError> {
        let now = self.now();
        let kept = self.kept_status(journey).await?;
        let Some(status) = kept else { return Ok(TimeDelta::zero()) };
        let due = match status.next_update {
            Some(next_update) => status.this_update + (next_update - status.this_update) / 2,
            None => status.this_update + LONGEST_WAIT,
        };
        if due <= now { Ok(TimeDelta::zero()) } else { Ok((due - now).clamp(SHORTEST_WAIT, LONGEST_WAIT)) }
    }

    /// What did not hold at this computer's time, when that time itself cannot be right: then the clock is the reason.
    pub(crate) async fn explained_by_clock(&self, error: JourneyError) -> JourneyError {
        let Ok(Some(said)) = self.portal.date().await else { return error };
        let at = self.now();
        match plausible(Some(&PortalTime { said, heard_at: at }), at) {
            Ok(()) => error,
            Err(closed) => closed.into(),
        }
    }

    async fn keep(
        &self,
        journey: &Journey,
        evidence: StatusEvidence,
        status: CertificateStatus,
        portal_time: Option<PortalTime>,
    ) -> Result<Evidence, JourneyError> {
        self.journal.keep_status_answer(journey.id, &KeptStatus { evidence, portal_time }).await?;
        Ok(Evidence { status, portal_time })
    }

    fn address_of(&self, responder: Responder<'_>) -> Box<str> {
        match responder {
            Responder::Portal => self.portal.address().into(),
            Responder::Named(address) => address.into(),
        }
    }
}

/// What `evidence` says of the certificate at the time `at`.
pub(crate) fn prove(
    evidence: &StatusEvidence,
    certificate: &Certificate,
    issuer: &Certificate,
    at: DateTime<Utc>,
) -> Result<CertificateStatus, StatusError> {
    match evidence {
        StatusEvidence::Ocsp(response) => verify_ocsp_response(response, certificate, issuer, at)?.status().cloned(),
        StatusEvidence::RevocationList(list) => {
            UnverifiedRevocationList::from_der(list.as_slice())?.verify(issuer)?.status(certificate, at)
        }
    }
}

/// The issuer of the certificate, among those that came with it.
pub(crate) fn issuer_of(issued: &Issued) -> Option<&Certificate> {
    let named = issued.held.certificate.issuer_der();
    issued.held.intermediates.iter().find(|intermediate| intermediate.subject_der() == named)
}

/// 32 octets ([RFC 9654 §2.1]) with 244 random bits among them.
pub(crate) fn new_nonce() -> [u8; pki::NONCE_BYTES] {
    let mut nonce = [0; pki::NONCE_BYTES];
    let (first, second) = nonce.split_at_mut(16);
    first.copy_from_slice(Uuid::new_v4().as_bytes());
    second.copy_from_slice(Uuid::new_v4().as_bytes());
    nonce
}
