//! The ports with somebody who is told of every call, before it and after it.

use chrono::{DateTime, Utc};
use declaration::DetailField;
use lifecycle::gate::{ExportPermit, PasswordChangePermit, Permit};
use lifecycle::ports::{
    Change, ClientIdentity, DeviceRegistration, Journal, JournalError, KeptStatus, KeyContainer, KeySecret, KeyStore,
    KeyStoreError, Portal, PortalError, RecordedJourney, RegisteredDevice, ReportedState, Responder, StateByCode,
    StatusReply, UnverifiedTerms,
};
use lifecycle::{
    DeviceToken, DocumentKind, Invitation, Journey, JudgedActivity, KeyId, KeyPlaceName, KeyReference, KeyUse, LogHead,
    OneTimeCode, OutgoingDeclaration, Password, Preservation, ReferenceNumber, RevocationCode, RevocationReason,
    UseLog,
};
use pki::{Certificate, SigningKey};
use std::sync::Arc;
use uuid::Uuid;

/// Is told of every call of a port.
pub trait Observer: Send + Sync {
    /// A call is about to be made. What comes back names it in [`Observer::after`].
    fn before(&self, call: &'static str) -> usize;

    /// The call has come back.
    fn after(&self, call: &'static str, number: usize);
}

/// An adapter whose calls are observed.
pub struct Observed<T> {
    inner: T,
    observer: Arc<dyn Observer>,
}

impl<T> Observed<T> {
    /// Stands in front of `inner`.
    pub fn new(inner: T, observer: &Arc<dyn Observer>) -> Self {
        Self { inner, observer: Arc::clone(observer) }
    }

    /// The adapter itself: its calls are not observed.
    pub fn inner(&self) -> &T {
        &self.inner
    }
}

macro_rules! observed {
    ($this:ident, $port:literal, $method:ident($($argument:expr),*)) => {{
        let call = concat!($port, ".", stringify!($method));
        let number = $this.observer.before(call);
        let outcome = $this.inner.$method($($argument),*).await;
        $this.observer.after(call, number);
        outcome
    }};
}

impl<K: KeyStore> KeyStore for Observed<K> {
    fn place(&self) -> KeyPlaceName {
        self.inner.place()
    }

    fn secret_kind(&self) -> KeySecret {
        self.inner.secret_kind()
    }

    async fn probe(&self) -> Result<(), KeyStoreError> {
        observed!(self, "key-store", probe())
    }

    async fn create_key(
        &self,
        id: KeyId,
        password: &Password,
        at: DateTime<Utc>,
    ) -> Result<KeyReference, KeyStoreError> {
        observed!(self, "key-store", create_key(id, password, at))
    }

    async fn unlock(&self, permit: &Permit, password: &Password) -> Result<Arc<dyn SigningKey>, KeyStoreError> {
        observed!(self, "key-store", unlock(permit, password))
    }

    async fn change_password(
        &self,
        permit: &PasswordChangePermit,
        old: &Password,
        new: &Password,
    ) -> Result<(), KeyStoreError> {
        observed!(self, "key-store", change_password(permit, old, new))
    }

    async fn import_key(
        &self,
        id: KeyId,
        container: &KeyContainer<'_>,
        certificate: &Certificate,
        password: &Password,
        at: DateTime<Utc>,
    ) -> Result<KeyReference, KeyStoreError> {
        observed!(self, "key-store", import_key(id, container, certificate, password, at))
    }

    async fn export_key(
        &self,
        permit: &ExportPermit,
        password: &Password,
        chain: &[Certificate],
        container_password: &Password,
    ) -> Result<Vec<u8>, KeyStoreError> {
        observed!(self, "key-store", export_key(permit, password, chain, container_password))
    }

    async fn store_log_head(&self, id: KeyId, head: &LogHead) -> Result<(), KeyStoreError> {
        observed!(self, "key-store", store_log_head(id, head))
    }

    async fn log_head(&self, id: KeyId) -> Result<Option<LogHead>, KeyStoreError> {
        observed!(self, "key-store", log_head(id))
    }

    async fn holds_key(&self, id: KeyId) -> Result<bool, KeyStoreError> {
        observed!(self, "key-store", holds_key(id))
    }

    async fn delete_key(&self, id: KeyId) -> Result<(), KeyStoreError> {
        observed!(self, "key-store", delete_key(id))
    }

    async fn store_device_token(&self, id: KeyId, token: &DeviceToken) -> Result<(), KeyStoreError> {
        observed!(self, "key-store", store_device_token(id, token))
    }

    async fn device_token(&self, id: KeyId) -> Result<DeviceToken, KeyStoreError> {
        observed!(self, "key-store", device_token(id))
    }
}

impl<P: Portal> Portal for Observed<P> {
    fn address(&self) -> &str {
        self.inner.address()
    }

    async fn invitation(&self, reference: &ReferenceNumber, code: &OneTimeCode) -> Result<Invitation, PortalError> {
        observed!(self, "portal", invitation(reference, code))
    }

    async fn simple_enroll(
        &self,
        reference: &ReferenceNumber,
        code: &OneTimeCode,
        certification_request: &[u8],
    ) -> Result<Vec<Certificate>, PortalError> {
        observed!(self, "portal", simple_enroll(reference, code, certification_request))
    }

    async fn simple_reenroll(
        &self,
        identity: &ClientIdentity,
        certification_request: &[u8],
    ) -> Result<Vec<Certificate>, PortalError> {
        observed!(self, "portal", simple_reenroll(identity, certification_request))
    }

    async fn register_device(
        &self,
        identity: &ClientIdentity,
        registration: &DeviceRegistration,
    ) -> Result<RegisteredDevice, PortalError> {
        observed!(self, "portal", register_device(identity, registration))
    }

    async fn terms_in_force(&self) -> Result<Vec<UnverifiedTerms>, PortalError> {
        observed!(self, "portal", terms_in_force())
    }

    async fn submit_declaration(
        &self,
        identity: &ClientIdentity,
        declaration: &OutgoingDeclaration,
    ) -> Result<Vec<u8>, PortalError> {
        observed!(self, "portal", submit_declaration(identity, declaration))
    }

    async fn time_stamp(&self, request: &[u8]) -> Result<Vec<u8>, PortalError> {
        observed!(self, "portal", time_stamp(request))
    }

    async fn ocsp_response(&self, responder: Responder<'_>, request: &[u8]) -> Result<StatusReply, PortalError> {
        observed!(self, "portal", ocsp_response(responder, request))
    }

    async fn revocation_list(&self, address: &str, largest: usize) -> Result<Vec<u8>, PortalError> {
        observed!(self, "portal", revocation_list(address, largest))
    }

    async fn date(&self) -> Result<Option<DateTime<Utc>>, PortalError> {
        observed!(self, "portal", date())
    }

    fn proxy_for(&self, address: &str) -> Option<String> {
        self.inner.proxy_for(address)
    }

    async fn reach_proxy(&self, proxy: &str) -> Result<(), PortalError> {
        observed!(self, "portal", reach_proxy(proxy))
    }

    async fn certificate_state(&self, token: &DeviceToken) -> Result<ReportedState, PortalError> {
        observed!(self, "portal", certificate_state(token))
    }

    async fn suspend(&self, token: &DeviceToken, serial_number: &str) -> Result<(), PortalError> {
        observed!(self, "portal", suspend(token, serial_number))
    }

    async fn suspend_by_code(
        &self,
        reference: &ReferenceNumber,
        code: &RevocationCode,
    ) -> Result<StateByCode, PortalError> {
        observed!(self, "portal", suspend_by_code(reference, code))
    }

    async fn revoke(
        &self,
        identity: &ClientIdentity,
        serial_number: &str,
        reason: RevocationReason,
    ) -> Result<(), PortalError> {
        observed!(self, "portal", revoke(identity, serial_number, reason))
    }

    async fn revoke_by_code(
        &self,
        reference: &ReferenceNumber,
        code: &RevocationCode,
        reason: RevocationReason,
    ) -> Result<StateByCode, PortalError> {
        observed!(self, "portal", revoke_by_code(reference, code, reason))
    }

    async fn revoke_for_wrong_details(
        &self,
        token: &DeviceToken,
        serial_number: &str,
        wrong: &[DetailField],
    ) -> Result<(), PortalError> {
        observed!(self, "portal", revoke_for_wrong_details(token, serial_number, wrong))
    }
}

impl<J: Journal> Journal for Observed<J> {
    async fn current(&self) -> Result<Option<Journey>, JournalError> {
        observed!(self, "journal", current())
    }

    async fn record(&self, change: Change) -> Result<Journey, JournalError> {
        observed!(self, "journal", record(change))
    }

    async fn record_key_uses(&self, key_uses: Vec<KeyUse>) -> Result<(), JournalError> {
        observed!(self, "journal", record_key_uses(key_uses))
    }

    async fn archive(&self, journey: &Journey) -> Result<(), JournalError> {
        observed!(self, "journal", archive(journey))
    }

    async fn document(&self, journey: Uuid, kind: DocumentKind) -> Result<Option<Vec<u8>>, JournalError> {
        observed!(self, "journal", document(journey, kind))
    }

    async fn keep_preservation(&self, declaration: Uuid, preservation: &Preservation) -> Result<(), JournalError> {
        observed!(self, "journal", keep_preservation(declaration, preservation))
    }

    async fn preservation(&self, declaration: Uuid) -> Result<Option<Preservation>, JournalError> {
        observed!(self, "journal", preservation(declaration))
    }

    async fn outgoing(&self) -> Result<Option<OutgoingDeclaration>, JournalError> {
        observed!(self, "journal", outgoing())
    }

    async fn keep_status_answer(&self, journey: Uuid, kept: &KeptStatus) -> Result<(), JournalError> {
        observed!(self, "journal", keep_status_answer(journey, kept))
    }

    async fn status_answer(&self, journey: Uuid) -> Result<Option<KeptStatus>, JournalError> {
        observed!(self, "journal", status_answer(journey))
    }

    async fn journeys(&self) -> Result<Vec<RecordedJourney>, JournalError> {
        observed!(self, "journal", journeys())
    }

    async fn wrong_passwords(&self, key: KeyId, limit: u32) -> Result<Vec<DateTime<Utc>>, JournalError> {
        observed!(self, "journal", wrong_passwords(key, limit))
    }

    async fn announce_key(&self, key: KeyId, place: &KeyPlaceName) -> Result<(), JournalError> {
        observed!(self, "journal", announce_key(key, place))
    }

    async fn announced_keys(&self) -> Result<Vec<(KeyId, KeyPlaceName)>, JournalError> {
        observed!(self, "journal", announced_keys())
    }

    async fn forget_key(&self, key: KeyId) -> Result<(), JournalError> {
        observed!(self, "journal", forget_key(key))
    }

    async fn keep_activities(&self, journey: Uuid, activities: &[JudgedActivity]) -> Result<(), JournalError> {
        observed!(self, "journal", keep_activities(journey, activities))
    }

    async fn activities(&self, journey: Uuid, limit: u32) -> Result<Vec<JudgedActivity>, JournalError> {
        observed!(self, "journal", activities(journey, limit))
    }

    async fn acknowledge_activity(&self, journey: Uuid, activity: Uuid) -> Result<(), JournalError> {
        observed!(self, "journal", acknowledge_activity(journey, activity))
    }

    async fn use_log(&self, limit: u32) -> Result<UseLog, JournalError> {
        observed!(self, "journal", use_log(limit))
    }
}
