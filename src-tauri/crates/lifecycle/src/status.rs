//! The status of the certificate, proven by its issuer, before the key is used; and in the background, so that a proof
//! is at hand when nobody answers.

use crate::error::JourneyError;
use crate::gate::{Evidence, PortalTime, plausible};
use crate::guide::Guide;
use crate::journey::{Issued, Journey};
use crate::ports::{
    Clock, Journal, KeptStatus, KeyStore, LARGEST_REVOCATION_LIST, Portal, PortalError, Responder, StatusEvidence,
};
use chrono::{DateTime, TimeDelta, Utc};
use pki::{
    Certificate, CertificateState, CertificateStatus, OcspRequest, StatusError, StatusFault, UnverifiedRevocationList,
    verify_ocsp_response,
};
use std::fmt;
use thiserror::Error;
use uuid::Uuid;

/// Most addresses of each kind in a certificate that are asked.
pub(crate) const MOST_ADDRESSES: usize = 3;

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
    /// What came proves nothing about this certificate now.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// What came is older than what is known already.
    #[error("the answer is older than the one that is kept")]
    Older,
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

/// The status of a certificate, and how it is known.
pub(crate) struct Proof {
    /// What the gate is asked with.
    pub(crate) evidence: Evidence,
    /// True where somebody has answered just now; false where an earlier answer still counts.
    pub(crate) heard_now: bool,
    /// Who was asked and did not answer.
    pub(crate) silences: Vec<Silence>,
}

/// One search for the status: what was known before, and what has come of it so far.
struct Search<'a> {
    journey: &'a Journey,
    in_use: bool,
    kept: Option<KeptStatus>,
    portal_time: Option<PortalTime>,
    silences: Vec<Silence>,
}

impl Search<'_> {
    fn silent(&mut self, address: &str, cause: impl Into<SilenceCause>) {
        self.silences.push(Silence { address: address.into(), cause: cause.into() });
    }

    /// An answer made before the one that is kept tells of a past in which the certificate may still have been good.
    fn is_older_than_kept(&self, status: &CertificateStatus) -> bool {
        self.kept.as_ref().is_some_and(|kept| status.this_update < kept.this_update)
    }
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Asks for the certificate's status: the portal's responder, which also says what time it is, then the responders
    /// that the certificate names. Where none answers, the last answer counts for as long as it said that it may be
    /// relied on, and not longer; where there is none, the revocation lists that the certificate names are fetched.
    ///
    /// Only the portal's own word is final when it is bad: what comes over plain HTTP anybody can have put there, and it
    /// then counts as no answer.
    ///
    /// # Errors
    /// [`JourneyError::StatusUntold`], with every address that did not answer; [`JourneyError::Gate`] where this
    /// computer's clock cannot be right.
    pub(crate) async fn proven_status(&self, journey: &Journey, issued: &Issued) -> Result<Proof, JourneyError> {
        let certificate = &issued.held.certificate;
        let issuer = issuer_of(issued).ok_or(StatusUntold::IssuerMissing)?;
        let request = OcspRequest::new(certificate, issuer, new_nonce()).map_err(StatusUntold::Unsound)?;
        let kept = self.journal.status_answer(journey.id).await?;
        let portal_time = kept.as_ref().and_then(|kept| kept.portal_time);
        // The answer that is kept is about the certificate in use, and not about the next one.
        let in_use = journey.step.issued().is_some_and(|own| own.held.certificate == *certificate);
        let mut search = Search { journey, in_use, kept: kept.filter(|_| in_use), portal_time, silences: Vec::new() };

        if let Some(status) = self.ask_portal(&request, &mut search).await? {
            return self.keep(search, status).await;
        }
        plausible(search.portal_time.as_ref(), self.now())?;
        let description = certificate.description();
        for address in description.ocsp_urls.iter().take(MOST_ADDRESSES) {
            let reply = match self.portal.ocsp_response(Responder::Named(address), request.der()).await {
                Ok(reply) => reply,
                Err(error) => {
                    search.silent(address, error);
                    continue;
                }
            };
            let answer = request.verify_response(&reply.response, self.now());
            match answer.and_then(|answer| answer.status().cloned()) {
                Ok(status) if status.state == CertificateState::Unknown => {
                    search.silent(address, StatusError::OtherCertificate);
                }
                Ok(status) if search.is_older_than_kept(&status) => search.silent(address, SilenceCause::Older),
                Ok(status) => {
                    return self.keep(search, (StatusEvidence::Ocsp(reply.response), status)).await;
                }
                Err(error) => search.silent(address, error),
            }
        }
        let kept = search.kept.as_ref().map(|kept| prove(&kept.evidence, certificate, issuer, self.now()));
        if let Some(Ok(status)) = kept {
            let evidence = Evidence { status, portal_time: search.portal_time };
            return Ok(Proof { evidence, heard_now: false, silences: search.silences });
        }
        for address in description.crl_urls.iter().take(MOST_ADDRESSES) {
            let list = match self.portal.revocation_list(address, LARGEST_REVOCATION_LIST).await {
                Ok(list) => StatusEvidence::RevocationList(list),
                Err(error) => {
                    search.silent(address, error);
                    continue;
                }
            };
            match prove(&list, certificate, issuer, self.now()) {
                Ok(status) if search.is_older_than_kept(&status) => search.silent(address, SilenceCause::Older),
                Ok(status) => return self.keep(search, (list, status)).await,
                Err(error) => search.silent(address, error),
            }
        }
        Err(StatusUntold::NoAnswer(search.silences).into())
    }

    /// Asks the portal's own responder; `None` where it does not answer.
    async fn ask_portal(
        &self,
        request: &OcspRequest,
        search: &mut Search<'_>,
    ) -> Result<Option<(StatusEvidence, CertificateStatus)>, JourneyError> {
        let address = self.portal.address();
        let reply = match self.portal.ocsp_response(Responder::Portal, request.der()).await {
            Ok(reply) => reply,
            // Whoever that was, it was not the portal.
            Err(error @ PortalError::UnexpectedServerCertificate(_)) => return Err(error.into()),
            Err(error) => {
                let is_there = !matches!(error, PortalError::Unreachable(_));
                search.silent(address, error);
                // A portal without a responder still says what time it is.
                if is_there && let Ok(Some(said)) = self.portal.date().await {
                    search.portal_time = Some(PortalTime { said, heard_at: self.now() });
                }
                return Ok(None);
            }
        };
        let at = self.now();
        if let Some(said) = reply.portal_date {
            search.portal_time = Some(PortalTime { said, heard_at: at });
        }
        // By a wrong clock a right answer would be one from the future, or stale.
        plausible(search.portal_time.as_ref(), at)?;
        match request.verify_response(&reply.response, at).and_then(|answer| answer.status().cloned()) {
            Ok(status) if search.is_older_than_kept(&status) => {
                search.silent(address, SilenceCause::Older);
                Ok(None)
            }
            Ok(status) => Ok(Some((StatusEvidence::Ocsp(reply.response), status))),
            Err(error) => match error.fault() {
                StatusFault::Bad => Err(StatusUntold::Unsound(error).into()),
                // "Try later" is no answer, nor is one about something else.
                StatusFault::Stale | StatusFault::Unavailable | StatusFault::Elsewhere | StatusFault::Unsupported => {
                    search.silent(address, error);
                    Ok(None)
                }
            },
        }
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
            Err(closed) => JourneyError::ByClock { closed, instead_of: Box::new(error) },
        }
    }

    async fn keep(
        &self,
        search: Search<'_>,
        (evidence, status): (StatusEvidence, CertificateStatus),
    ) -> Result<Proof, JourneyError> {
        let Search { journey, in_use, kept: _, portal_time, silences } = search;
        // That nobody knows the certificate is nothing to rely on later.
        if in_use && status.state != CertificateState::Unknown {
            let kept = KeptStatus { evidence, this_update: status.this_update, portal_time };
            self.journal.keep_status_answer(journey.id, &kept).await?;
        }
        Ok(Proof { evidence: Evidence { status, portal_time }, heard_now: true, silences })
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
