//! Use case: prove the effect of an act. The status is read three ways, each by itself, and shown as it was read.

use crate::error::JourneyError;
use crate::guide::Guide;
use crate::journey::CertificateStanding;
use crate::ports::{Clock, Journal, KeyStore, LARGEST_REVOCATION_LIST, Portal, Responder, StatusEvidence};
use crate::status::{StatusUntold, issuer_of, new_nonce, prove};
use pki::{CertificateStatus, OcspRequest};

/// What was read of the certificate's state, three ways.
#[derive(Debug)]
pub struct ReadBack {
    /// What the portal says to this computer (`me`).
    pub portal: Result<CertificateStanding, JourneyError>,
    /// What its issuer signs right now ([RFC 6960]).
    pub ocsp: Result<CertificateStatus, JourneyError>,
    /// What stands in the revocation list that the certificate names ([RFC 5280 §5]).
    pub revocation_list: Result<CertificateStatus, JourneyError>,
}

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Reads the state of the certificate of the journey under way by `me`, by OCSP and by the revocation list. Records
    /// nothing.
    ///
    /// # Errors
    /// [`JourneyError::WrongStep`] where there is no certificate, and [`JourneyError::OtherPortal`]; what one of the
    /// three ways came to stands in [`ReadBack`].
    pub async fn read_back(&self) -> Result<ReadBack, JourneyError> {
        let journey = self.under_way_here().await?;
        let issued = journey.step.issued().ok_or(JourneyError::WrongStep)?;
        let certificate = &issued.held.certificate;
        let portal = self.read_standing(issued).await;
        let ocsp = async {
            let issuer = issuer_of(issued).ok_or(StatusUntold::IssuerMissing)?;
            let request = OcspRequest::new(certificate, issuer, new_nonce()).map_err(StatusUntold::Unsound)?;
            let reply = self.portal.ocsp_response(Responder::Portal, request.der()).await?;
            let answer = request.verify_response(&reply.response, self.now()).map_err(StatusUntold::Unsound)?;
            Ok(answer.status().cloned().map_err(StatusUntold::Unsound)?)
        }
        .await;
        let revocation_list = async {
            let issuer = issuer_of(issued).ok_or(StatusUntold::IssuerMissing)?;
            let address = certificate.description().crl_urls.first();
            let address = address.ok_or_else(|| StatusUntold::NoAnswer(Vec::new()))?;
            let list =
                StatusEvidence::RevocationList(self.portal.revocation_list(address, LARGEST_REVOCATION_LIST).await?);
            Ok(prove(&list, certificate, issuer, self.now()).map_err(StatusUntold::Unsound)?)
        }
        .await;
        Ok(ReadBack { portal, ocsp, revocation_list })
    }
}
