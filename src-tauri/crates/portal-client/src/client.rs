//! The portal, as the use cases call it.

use crate::address::{NamedAddress, PortalAddress};
use crate::answer::{self, PortalCapabilities, PracticeInvitation};
use crate::est;
use crate::network::Network;
use crate::proxy;
use crate::transport::{
    ClientSetupError, Expected, LIST_TIMEOUT, Patience, Repeat, TIME_STAMP_TIMEOUT, Transport, on_device,
};
use chrono::{DateTime, Utc};
use declaration::DetailField;
use lifecycle::ports::{
    ClientIdentity, DeviceRegistration, Portal, PortalError, Refusal, RegisteredDevice, ReportedState, Responder,
    StateByCode, StatusReply, UnverifiedTerms,
};
use lifecycle::{
    DeviceToken, Invitation, OneTimeCode, OutgoingDeclaration, ProxyChoice, ReferenceNumber, RevocationCode,
    RevocationReason,
};
use pki::{Certificate, TrustAnchor};
use portal_api::{DECLARATION_LIMIT, DeviceRegistrationRequest, IDEMPOTENCY_KEY, RevocationRequest};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use zeroize::Zeroizing;

/// One portal, spoken to over TLS. Cheap to share behind an `Arc`; holds no secret and no key.
pub struct PortalClient {
    address: PortalAddress,
    proxy: ProxyChoice,
    transport: Transport,
}

impl PortalClient {
    /// A client for the portal at `address` (`https://host[:port]`), whose TLS certificate must lead to one of
    /// `trust_anchors`; no other root is trusted.
    ///
    /// # Errors
    /// [`ClientSetupError`] where the address is not one, or there is no trust anchor that TLS can use.
    pub fn new(address: &str, trust_anchors: &[TrustAnchor]) -> Result<Self, ClientSetupError> {
        Self::in_network(address, trust_anchors, &Network::default())
    }

    /// The same, with a patience other than the usual one.
    ///
    /// # Errors
    /// As [`PortalClient::new`].
    pub fn with_patience(
        address: &str,
        trust_anchors: &[TrustAnchor],
        patience: Patience,
    ) -> Result<Self, ClientSetupError> {
        Self::in_network(address, trust_anchors, &Network { patience, ..Network::default() })
    }

    /// The same, in a network with ways and waits of its own.
    ///
    /// # Errors
    /// As [`PortalClient::new`].
    pub fn in_network(
        address: &str,
        trust_anchors: &[TrustAnchor],
        network: &Network,
    ) -> Result<Self, ClientSetupError> {
        let address = PortalAddress::parse(address)?;
        let transport = Transport::new(&address, trust_anchors, network)?;
        Ok(Self { address, proxy: network.proxy.clone(), transport })
    }

    /// The certificate that was issued with those above it. An answer holds that one alone ([RFC 7030 §4.2.3]); the others are
    /// among the CA certificates ([RFC 7030 §4.1.3]), which are asked for where the answer has none.
    async fn with_issuers(&self, mut issued: Vec<Certificate>) -> Result<Vec<Certificate>, PortalError> {
        if est::is_alone(&issued) {
            let known = self.read(&[".well-known", "est", "cacerts"], Expected::Certificates).await?;
            est::append_issuers(&mut issued, &certificates(&known)?);
        }
        Ok(issued)
    }

    /// What the portal says it can do. `GET /v1/capabilities`.
    ///
    /// # Errors
    /// [`PortalError`].
    pub async fn capabilities(&self) -> Result<PortalCapabilities, PortalError> {
        let body = self.read(&["v1", "capabilities"], Expected::Json).await?;
        answer::capabilities(&body)
    }

    /// A made-up invitation to practise with; practice portals only. `POST /v1/practice/invitations`.
    ///
    /// # Errors
    /// [`PortalError`]; [`Refusal::NotPermitted`] where the portal is not for practice.
    pub async fn practice_invitation(&self) -> Result<PracticeInvitation, PortalError> {
        let url = self.address.resource(&["v1", "practice", "invitations"]);
        let client = self.transport.anonymous();
        // A second invitation is only one more that is never used.
        let body = self.transport.exchange(Repeat::Harmless, Expected::Json, || client.post(url.clone())).await?;
        answer::practice_invitation(&body)
    }

    async fn read(&self, segments: &[&str], expected: Expected) -> Result<Zeroizing<Vec<u8>>, PortalError> {
        let url = self.address.resource(segments);
        let client = self.transport.anonymous();
        self.transport.exchange(Repeat::Harmless, expected, || client.get(url.clone())).await
    }
}

impl Portal for PortalClient {
    fn address(&self) -> &str {
        self.address.as_str()
    }

    async fn invitation(&self, reference: &ReferenceNumber, code: &OneTimeCode) -> Result<Invitation, PortalError> {
        let url = self.address.resource(&["v1", "invitation"]);
        let client = self.transport.anonymous();
        // Never by itself: a code that is wrong would cost another try.
        let body = self
            .transport
            .exchange(Repeat::Never, Expected::Json, || {
                client.get(url.clone()).basic_auth(reference.as_str(), Some(code.expose()))
            })
            .await?;
        answer::invitation(&body, reference)
    }

    async fn simple_enroll(
        &self,
        reference: &ReferenceNumber,
        code: &OneTimeCode,
        certification_request: &[u8],
    ) -> Result<Vec<Certificate>, PortalError> {
        let url = self.address.resource(&[".well-known", "est", "simpleenroll"]);
        let client = self.transport.anonymous();
        let request = est::encode_request(certification_request);
        let body = self
            .transport
            .exchange(Repeat::Never, Expected::Certificates, || {
                client
                    .post(url.clone())
                    .basic_auth(reference.as_str(), Some(code.expose()))
                    .header(CONTENT_TYPE, est::REQUEST_MEDIA_TYPE)
                    .header(ACCEPT, est::ANSWER_MEDIA_TYPE)
                    .body(request.clone())
            })
            .await?;
        self.with_issuers(certificates(&body)?).await
    }

    async fn simple_reenroll(
        &self,
        identity: &ClientIdentity,
        certification_request: &[u8],
    ) -> Result<Vec<Certificate>, PortalError> {
        let url = self.address.resource(&[".well-known", "est", "simplereenroll"]);
        let client = self.transport.identified(identity)?;
        let request = est::encode_request(certification_request);
        // The same key is given the same certificate.
        let body = self
            .transport
            .exchange(Repeat::Harmless, Expected::Certificates, || {
                on_device(client.post(url.clone()), identity)
                    .header(CONTENT_TYPE, est::REQUEST_MEDIA_TYPE)
                    .header(ACCEPT, est::ANSWER_MEDIA_TYPE)
                    .body(request.clone())
            })
            .await?;
        self.with_issuers(certificates(&body)?).await
    }

    async fn register_device(
        &self,
        identity: &ClientIdentity,
        registration: &DeviceRegistration,
    ) -> Result<RegisteredDevice, PortalError> {
        let serial_number = identity.chain.first().map(Certificate::serial_number).unwrap_or_default();
        let url = self.address.resource(&["v1", "certificates", serial_number, "device"]);
        let client = self.transport.identified(identity)?;
        let request = DeviceRegistrationRequest {
            device_name: registration.device_name.clone(),
            supersedes: registration.supersedes.clone(),
        };
        // Never by itself: every registration is one more act in what the portal tells of the key, and replaces secrets.
        let body = self
            .transport
            .exchange(Repeat::Never, Expected::Json, || on_device(client.put(url.clone()), identity).json(&request))
            .await?;
        answer::device_registration(&body)
    }

    async fn terms_in_force(&self) -> Result<Vec<UnverifiedTerms>, PortalError> {
        let body = self.read(&["v1", "terms"], Expected::Json).await?;
        answer::terms(&body)
    }

    async fn submit_declaration(
        &self,
        identity: &ClientIdentity,
        declaration: &OutgoingDeclaration,
    ) -> Result<Vec<u8>, PortalError> {
        if declaration.pdf.len() > DECLARATION_LIMIT {
            return Err(PortalError::Refused {
                refusal: Refusal::DeclarationInvalid,
                detail: "the declaration is larger than a portal takes".into(),
            });
        }
        let url = self.address.resource(&["v1", "declarations"]);
        let client = self.transport.identified(identity)?;
        let mut receipt = self
            .transport
            .exchange(Repeat::Harmless, Expected::Pdf, || {
                on_device(client.post(url.clone()), identity)
                    .header(IDEMPOTENCY_KEY, declaration.id.to_string())
                    .header(CONTENT_TYPE, "application/pdf")
                    .header(ACCEPT, "application/pdf")
                    .body(declaration.pdf.clone())
            })
            .await?;
        Ok(std::mem::take(&mut *receipt))
    }

    async fn time_stamp(&self, request: &[u8]) -> Result<Vec<u8>, PortalError> {
        let url = self.address.resource(&["tsa"]);
        let client = self.transport.anonymous();
        let mut response = self
            .transport
            .exchange(Repeat::Never, Expected::TimeStamp, || {
                client
                    .post(url.clone())
                    .timeout(self.transport.at_most(TIME_STAMP_TIMEOUT))
                    .header(CONTENT_TYPE, "application/timestamp-query")
                    .header(ACCEPT, "application/timestamp-reply")
                    .body(request.to_vec())
            })
            .await?;
        Ok(std::mem::take(&mut *response))
    }

    async fn ocsp_response(&self, responder: Responder<'_>, request: &[u8]) -> Result<StatusReply, PortalError> {
        let (client, url, portal, repeat) = match responder {
            Responder::Portal => (self.transport.anonymous(), self.address.resource(&["ocsp"]), true, Repeat::Harmless),
            Responder::Named(address) => {
                let address = named(address)?;
                (self.transport.named(&address), address.url().clone(), false, Repeat::Never)
            }
        };
        let mut dated = self
            .transport
            .exchange_dated(repeat, Expected::OcspResponse, || {
                client
                    .post(url.clone())
                    .header(CONTENT_TYPE, "application/ocsp-request")
                    .header(ACCEPT, "application/ocsp-response")
                    .body(request.to_vec())
            })
            .await?;
        Ok(StatusReply { response: std::mem::take(&mut *dated.body), portal_date: dated.date.filter(|_| portal) })
    }

    async fn revocation_list(&self, address: &str, largest: usize) -> Result<Vec<u8>, PortalError> {
        let address = named(address)?;
        let client = self.transport.named(&address);
        let mut list = self
            .transport
            .exchange(Repeat::Never, Expected::RevocationList { largest }, || {
                client.get(address.url().clone()).timeout(LIST_TIMEOUT)
            })
            .await?;
        Ok(std::mem::take(&mut *list))
    }

    async fn date(&self) -> Result<Option<DateTime<Utc>>, PortalError> {
        let url = self.address.resource(&["v1", "capabilities"]);
        let client = self.transport.anonymous();
        let dated = self.transport.exchange_dated(Repeat::Harmless, Expected::Json, || client.get(url.clone())).await?;
        answer::capabilities(&dated.body)?;
        Ok(dated.date)
    }

    fn proxy_for(&self, address: &str) -> Option<String> {
        proxy::between(&self.proxy, &named(address).ok()?)
    }

    async fn reach_proxy(&self, proxy: &str) -> Result<(), PortalError> {
        proxy::reach(proxy).await
    }

    async fn certificate_state(&self, token: &DeviceToken) -> Result<ReportedState, PortalError> {
        let url = self.address.resource(&["v1", "me"]);
        let client = self.transport.anonymous();
        let body = self
            .transport
            .exchange(Repeat::Harmless, Expected::Json, || client.get(url.clone()).bearer_auth(token.expose()))
            .await?;
        answer::reported_state(&body)
    }

    async fn suspend(&self, token: &DeviceToken, serial_number: &str) -> Result<(), PortalError> {
        let url = self.address.resource(&["v1", "certificates", serial_number, "suspension"]);
        let client = self.transport.anonymous();
        // What the portal answers is not believed: the state is read back afterwards.
        self.transport
            .exchange(Repeat::Harmless, Expected::Success, || client.post(url.clone()).bearer_auth(token.expose()))
            .await
            .map(drop)
    }

    async fn suspend_by_code(
        &self,
        reference: &ReferenceNumber,
        code: &RevocationCode,
    ) -> Result<StateByCode, PortalError> {
        let url = self.address.resource(&["v1", "suspension"]);
        let client = self.transport.anonymous();
        // Never by itself: a code that is wrong would cost another try.
        let body = self
            .transport
            .exchange(Repeat::Never, Expected::Json, || {
                client.post(url.clone()).basic_auth(reference.as_str(), Some(code.expose()))
            })
            .await?;
        answer::state_by_code(&body)
    }

    async fn revoke(
        &self,
        identity: &ClientIdentity,
        serial_number: &str,
        reason: RevocationReason,
    ) -> Result<(), PortalError> {
        let url = self.address.resource(&["v1", "certificates", serial_number, "revocation"]);
        let client = self.transport.identified(identity)?;
        let request = RevocationRequest { reason: revocation_reason(reason), wrong_details: Vec::new() };
        // What the portal answers is not believed: the state is read back afterwards.
        self.transport
            .exchange(Repeat::Harmless, Expected::Success, || {
                on_device(client.post(url.clone()), identity).json(&request)
            })
            .await
            .map(drop)
    }

    async fn revoke_by_code(
        &self,
        reference: &ReferenceNumber,
        code: &RevocationCode,
        reason: RevocationReason,
    ) -> Result<StateByCode, PortalError> {
        let url = self.address.resource(&["v1", "revocation"]);
        let client = self.transport.anonymous();
        let request = RevocationRequest { reason: revocation_reason(reason), wrong_details: Vec::new() };
        let body = self
            .transport
            .exchange(Repeat::Never, Expected::Json, || {
                client.post(url.clone()).basic_auth(reference.as_str(), Some(code.expose())).json(&request)
            })
            .await?;
        answer::state_by_code(&body)
    }

    async fn revoke_for_wrong_details(
        &self,
        token: &DeviceToken,
        serial_number: &str,
        wrong: &[DetailField],
    ) -> Result<(), PortalError> {
        let url = self.address.resource(&["v1", "certificates", serial_number, "revocation"]);
        let client = self.transport.anonymous();
        let request = RevocationRequest {
            reason: portal_api::RevocationReason::WrongDetails,
            wrong_details: wrong.iter().copied().map(detail_field).collect(),
        };
        self.transport
            .exchange(Repeat::Harmless, Expected::Success, || {
                client.post(url.clone()).bearer_auth(token.expose()).json(&request)
            })
            .await
            .map(drop)
    }
}

fn certificates(body: &[u8]) -> Result<Vec<Certificate>, PortalError> {
    est::decode_certificates(body).map_err(|error| PortalError::Unusable(error.to_string().into()))
}

/// Addresses in a certificate are of its issuer's choice: what is none is one that does not answer.
fn named(address: &str) -> Result<NamedAddress, PortalError> {
    NamedAddress::parse(address).map_err(|error| PortalError::Unusable(error.to_string().into()))
}

fn detail_field(field: DetailField) -> portal_api::DetailField {
    match field {
        DetailField::Name => portal_api::DetailField::Name,
        DetailField::Organisation => portal_api::DetailField::Organisation,
        DetailField::Cvr => portal_api::DetailField::Cvr,
        DetailField::EmployeeId => portal_api::DetailField::EmployeeId,
        DetailField::Email => portal_api::DetailField::Email,
        DetailField::Issuer => portal_api::DetailField::Issuer,
        DetailField::Validity => portal_api::DetailField::Validity,
        DetailField::Purpose => portal_api::DetailField::Purpose,
    }
}

fn revocation_reason(reason: RevocationReason) -> portal_api::RevocationReason {
    match reason {
        RevocationReason::WrongDetails => portal_api::RevocationReason::WrongDetails,
        RevocationReason::KeyCompromise => portal_api::RevocationReason::KeyCompromise,
        RevocationReason::AffiliationChanged => portal_api::RevocationReason::AffiliationChanged,
        RevocationReason::Superseded => portal_api::RevocationReason::Superseded,
        RevocationReason::CessationOfOperation => portal_api::RevocationReason::CessationOfOperation,
    }
}
