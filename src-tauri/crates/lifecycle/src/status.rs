//! The status of the certificate, proven by its issuer's responder, before the key is used.

use crate::error::JourneyError;
use crate::guide::Guide;
use crate::journey::{Issued, Journey};
use crate::ports::{Clock, Journal, KeyStore, Portal, PortalError};
use chrono::{DateTime, Utc};
use pki::{Certificate, CertificateStatus, OcspRequest, StatusError, StatusFault, verify_ocsp_response};
use thiserror::Error;
use uuid::Uuid;

/// Why the status of the certificate cannot be told.
#[derive(Debug, Error)]
pub enum StatusUntold {
    /// The certificate's issuer did not come with it.
    #[error("the certificate's issuer is not at hand")]
    IssuerMissing,
    /// The responder did not answer, and no kept answer may be relied on any more.
    #[error("the responder of {portal} did not answer")]
    NoAnswer {
        /// Whom was asked.
        portal: Box<str>,
        /// What happened.
        #[source]
        source: PortalError,
    },
    /// What the responder answered proves nothing.
    #[error("the answer of the responder proves nothing")]
    Unsound(#[from] StatusError),
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Asks the responder for the certificate's status. Where it does not answer, the last answer counts for as long as
    /// the responder said that it may be relied on, and not longer.
    ///
    /// # Errors
    /// [`JourneyError::StatusUntold`].
    pub(crate) async fn proven_status(
        &self,
        journey: &Journey,
        issued: &Issued,
    ) -> Result<CertificateStatus, JourneyError> {
        let certificate = &issued.held.certificate;
        let issuer = issuer_of(issued).ok_or(StatusUntold::IssuerMissing)?;
        let request = OcspRequest::new(certificate, issuer, new_nonce()).map_err(StatusUntold::Unsound)?;
        let at = self.now();
        match self.portal.ocsp_response(request.der()).await {
            Ok(response) => match request.verify_response(&response, at) {
                Ok(answer) => {
                    let status = answer.status().map_err(StatusUntold::Unsound)?.clone();
                    self.journal.keep_status_answer(journey.id, &response).await?;
                    Ok(status)
                }
                // "Try later" is no answer.
                Err(error) if error.fault() == StatusFault::Unavailable => {
                    self.kept_status(journey, certificate, issuer, at, StatusUntold::Unsound(error).into()).await
                }
                Err(error) => Err(StatusUntold::Unsound(error).into()),
            },
            // Whoever that was, it was not the portal.
            Err(error @ PortalError::UnexpectedServerCertificate(_)) => Err(error.into()),
            Err(source) => {
                let untold = StatusUntold::NoAnswer { portal: self.portal.address().into(), source };
                self.kept_status(journey, certificate, issuer, at, untold.into()).await
            }
        }
    }

    async fn kept_status(
        &self,
        journey: &Journey,
        certificate: &Certificate,
        issuer: &Certificate,
        at: DateTime<Utc>,
        untold: JourneyError,
    ) -> Result<CertificateStatus, JourneyError> {
        let kept = self.journal.status_answer(journey.id).await?;
        let answer = kept.and_then(|response| verify_ocsp_response(&response, certificate, issuer, at).ok());
        match answer.as_ref().map(|answer| answer.status()) {
            Some(Ok(status)) => Ok(status.clone()),
            Some(Err(_)) | None => Err(untold),
        }
    }
}

fn issuer_of(issued: &Issued) -> Option<&Certificate> {
    let named = issued.held.certificate.issuer_der();
    issued.held.intermediates.iter().find(|intermediate| intermediate.subject_der() == named)
}

/// 32 octets ([RFC 9654 §2.1]) with 244 random bits among them.
fn new_nonce() -> [u8; pki::NONCE_BYTES] {
    let mut nonce = [0; pki::NONCE_BYTES];
    let (first, second) = nonce.split_at_mut(16);
    first.copy_from_slice(Uuid::new_v4().as_bytes());
    second.copy_from_slice(Uuid::new_v4().as_bytes());
    nonce
}
