//! Second implementations of the core's ports, for tests in which the real ones would hide what is tested.

use chrono::{DateTime, TimeDelta, Utc};
use declaration::DetailField;
use lifecycle::ports::{
    ClientIdentity, Clock, DeviceRegistration, KeyContainer, KeySecret, KeyStore, KeyStoreError, Portal, PortalError,
    Refusal, RegisteredDevice, ReportedState, Responder, StateByCode, StatusReply, UnverifiedTerms,
};
use lifecycle::{
    DeviceToken, Invitation, KeyId, KeyPlaceName, KeyReference, LogHead, OneTimeCode, OutgoingDeclaration, Password,
    ReferenceNumber, RevocationCode, RevocationReason,
    gate::{ExportPermit, PasswordChangePermit, Permit},
};
use pki::container::{ContainerError, key_bags};
use pki::{Certificate, SigningKey};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A clock that stands still until it is moved; shared by everybody who holds a clone.
#[derive(Clone)]
pub struct StandingClock(Arc<Mutex<DateTime<Utc>>>);

/// A clock that moves with a [`StandingClock`] and can be ahead of it.
#[derive(Clone)]
pub struct FollowingClock {
    leads: StandingClock,
    ahead: Arc<Mutex<TimeDelta>>,
}

impl FollowingClock {
    /// Moves it ahead of the clock that it follows.
    pub fn forward(&self, by: TimeDelta) {
        *self.ahead.lock().expect("the clock's lock") += by;
    }

    /// What it shows.
    #[must_use]
    pub fn shows(&self) -> DateTime<Utc> {
        self.leads.shows() + *self.ahead.lock().expect("the clock's lock")
    }
}

impl StandingClock {
    /// Stands at `now`.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// Another clock that moves with this one, and can be moved ahead of it on its own.
    #[must_use]
    pub fn followed(&self) -> FollowingClock {
        FollowingClock { leads: self.clone(), ahead: Arc::default() }
    }

    /// Moves it.
    pub fn forward(&self, by: TimeDelta) {
        *self.0.lock().expect("the clock's lock") += by;
    }

    /// What it shows.
    #[must_use]
    pub fn shows(&self) -> DateTime<Utc> {
        *self.0.lock().expect("the clock's lock")
    }
}

impl Clock for StandingClock {
    fn now(&self) -> DateTime<Utc> {
        self.shows()
    }
}

/// What goes wrong in a [`MemoryKeyStore`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeychainFault {
    /// Nothing.
    None,
    /// There is no keychain.
    Absent,
    /// It is locked.
    Locked,
}

/// A key store in memory, with real keys. Clones share it, as programs share a keychain.
#[derive(Clone)]
pub struct MemoryKeyStore {
    shared: Arc<MemoryKeychain>,
}

/// A password and the key that it opens.
type KeptKey = (String, Arc<dyn SigningKey>);

struct MemoryKeychain {
    keys: Mutex<HashMap<KeyId, KeptKey>>,
    tokens: Mutex<HashMap<KeyId, String>>,
    log_heads: Mutex<HashMap<KeyId, LogHead>>,
    fault: Mutex<KeychainFault>,
    unlocked: AtomicUsize,
    new_key: Box<NewKey>,
}

/// Where a [`MemoryKeyStore`] has its new keys from.
pub type NewKey = dyn Fn() -> Arc<dyn SigningKey> + Send + Sync;

impl Default for MemoryKeyStore {
    fn default() -> Self {
        Self::with_keys_from(Box::new(crate::keys::new_rsa_key))
    }
}

impl MemoryKeyStore {
    /// One that takes its new keys from elsewhere, instead of making each when it is asked for.
    #[must_use]
    pub fn with_keys_from(new_key: Box<NewKey>) -> Self {
        Self {
            shared: Arc::new(MemoryKeychain {
                keys: Mutex::default(),
                tokens: Mutex::default(),
                log_heads: Mutex::default(),
                fault: Mutex::new(KeychainFault::None),
                unlocked: AtomicUsize::new(0),
                new_key,
            }),
        }
    }

    /// The names of the keys that it holds.
    #[must_use]
    pub fn key_ids(&self) -> Vec<KeyId> {
        self.shared.keys.lock().expect("the keys' lock").keys().copied().collect()
    }

    /// Sets what goes wrong from now on.
    pub fn fail_with(&self, fault: KeychainFault) {
        *self.shared.fault.lock().expect("the fault's lock") = fault;
    }

    /// Empties it, as a new log-in password can.
    pub fn empty(&self) {
        self.shared.keys.lock().expect("the keys' lock").clear();
        self.shared.tokens.lock().expect("the tokens' lock").clear();
        self.shared.log_heads.lock().expect("the heads' lock").clear();
    }

    /// A key as somebody has it who broke in: without its password.
    #[must_use]
    pub fn stolen(&self, id: KeyId) -> Arc<dyn SigningKey> {
        let keys = self.shared.keys.lock().expect("the keys' lock");
        Arc::clone(&keys.get(&id).expect("the key").1)
    }

    /// How many keys it holds.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.shared.keys.lock().expect("the keys' lock").len()
    }

    /// How many times a key was unlocked.
    #[must_use]
    pub fn times_unlocked(&self) -> usize {
        self.shared.unlocked.load(Ordering::SeqCst)
    }

    fn usable(&self) -> Result<(), KeyStoreError> {
        match *self.shared.fault.lock().expect("the fault's lock") {
            KeychainFault::None => Ok(()),
            KeychainFault::Absent => Err(KeyStoreError::Absent("a test says so".into())),
            KeychainFault::Locked => Err(KeyStoreError::Locked),
        }
    }
}

impl KeyStore for MemoryKeyStore {
    fn place(&self) -> KeyPlaceName {
        KeyPlaceName::default()
    }

    fn secret_kind(&self) -> KeySecret {
        KeySecret::Password
    }

    async fn probe(&self) -> Result<(), KeyStoreError> {
        self.usable()
    }

    async fn create_key(
        &self,
        id: KeyId,
        password: &Password,
        at: DateTime<Utc>,
    ) -> Result<KeyReference, KeyStoreError> {
        self.usable()?;
        let key = (self.shared.new_key)();
        let subject_public_key_info = key.subject_public_key_info().to_vec();
        let entry = (password.expose().to_owned(), key);
        self.shared.keys.lock().expect("the keys' lock").insert(id, entry);
        Ok(KeyReference { id, subject_public_key_info, made_at: at, place: self.place() })
    }

    async fn unlock(&self, permit: &Permit, password: &Password) -> Result<Arc<dyn SigningKey>, KeyStoreError> {
        self.usable()?;
        let keys = self.shared.keys.lock().expect("the keys' lock");
        let (right, key) = keys.get(&permit.key()).ok_or(KeyStoreError::Missing)?;
        if right != password.expose() {
            return Err(KeyStoreError::WrongPassword);
        }
        self.shared.unlocked.fetch_add(1, Ordering::SeqCst);
        Ok(Arc::clone(key))
    }

    async fn change_password(
        &self,
        permit: &PasswordChangePermit,
        old: &Password,
        new: &Password,
    ) -> Result<(), KeyStoreError> {
        self.usable()?;
        let mut keys = self.shared.keys.lock().expect("the keys' lock");
        let (right, _) = keys.get_mut(&permit.key()).ok_or(KeyStoreError::Missing)?;
        if right != old.expose() {
            return Err(KeyStoreError::WrongPassword);
        }
        new.expose().clone_into(right);
        Ok(())
    }

    async fn import_key(
        &self,
        id: KeyId,
        container: &KeyContainer<'_>,
        certificate: &Certificate,
        password: &Password,
        at: DateTime<Utc>,
    ) -> Result<KeyReference, KeyStoreError> {
        self.usable()?;
        let mut bags = key_bags(container.bytes, container.password.expose()).map_err(|error| match error {
            ContainerError::PasswordWrong => KeyStoreError::ContainerLocked,
            other => KeyStoreError::ContainerDamaged(other.to_string().into()),
        })?;
        let key = std::iter::from_fn(|| bags.next_decrypted())
            .filter_map(|key| crate::keys::rsa_key(&key.ok()?))
            .find(|key| key.subject_public_key_info() == certificate.subject_public_key_info())
            .ok_or(KeyStoreError::ContainerWithoutKey)?;
        let subject_public_key_info = key.subject_public_key_info().to_vec();
        let entry = (password.expose().to_owned(), key);
        self.shared.keys.lock().expect("the keys' lock").insert(id, entry);
        Ok(KeyReference { id, subject_public_key_info, made_at: at, place: self.place() })
    }

    /// A key in memory cannot be read back: whoever tests a copy uses a real keychain.
    async fn export_key(
        &self,
        _permit: &ExportPermit,
        _password: &Password,
        _chain: &[Certificate],
        _container_password: &Password,
    ) -> Result<Vec<u8>, KeyStoreError> {
        self.usable()?;
        Err(KeyStoreError::Failed("a key in memory is not copied".into()))
    }

    async fn store_log_head(&self, id: KeyId, head: &LogHead) -> Result<(), KeyStoreError> {
        self.usable()?;
        self.shared.log_heads.lock().expect("the heads' lock").insert(id, *head);
        Ok(())
    }

    async fn log_head(&self, id: KeyId) -> Result<Option<LogHead>, KeyStoreError> {
        self.usable()?;
        Ok(self.shared.log_heads.lock().expect("the heads' lock").get(&id).copied())
    }

    async fn holds_key(&self, id: KeyId) -> Result<bool, KeyStoreError> {
        self.usable()?;
        Ok(self.shared.keys.lock().expect("the keys' lock").contains_key(&id))
    }

    async fn delete_key(&self, id: KeyId) -> Result<(), KeyStoreError> {
        self.usable()?;
        self.shared.keys.lock().expect("the keys' lock").remove(&id);
        self.shared.tokens.lock().expect("the tokens' lock").remove(&id);
        self.shared.log_heads.lock().expect("the heads' lock").remove(&id);
        Ok(())
    }

    async fn store_device_token(&self, id: KeyId, token: &DeviceToken) -> Result<(), KeyStoreError> {
        self.usable()?;
        self.shared.tokens.lock().expect("the tokens' lock").insert(id, token.expose().to_owned());
        Ok(())
    }

    async fn device_token(&self, id: KeyId) -> Result<DeviceToken, KeyStoreError> {
        self.usable()?;
        let tokens = self.shared.tokens.lock().expect("the tokens' lock");
        tokens.get(&id).cloned().map(DeviceToken::new).ok_or(KeyStoreError::Missing)
    }
}

/// What happens to the portal's answers on their way.
#[derive(Clone, Default)]
pub enum Interference {
    /// Nothing.
    #[default]
    None,
    /// Nothing gets through.
    CutOff,
    /// These certificates come instead of the portal's.
    Certificates(Vec<Certificate>),
    /// The terms' bytes are these, with their own hash and the portal's signature over the true ones.
    TermsContent(Vec<u8>),
    /// The terms are the true ones, with another hash.
    TermsHash,
    /// Neither a responder answers nor a list comes.
    StatusWithheld,
    /// No responder answers; lists come.
    RespondersSilent,
    /// The portal's own responder does not answer; the certificate's does.
    PortalStatusWithheld,
    /// The responder answers this.
    StatusAnswer(Vec<u8>),
    /// The portal's own responder cannot be reached, nor are there lists; whoever is at the address that the certificate
    /// names answers this.
    NamedStatusAnswer(Vec<u8>),
    /// The portal's own responder cannot be reached; the certificate's answers.
    PortalStatusUnreachable,
    /// This computer is not registered.
    RegistrationRefused,
    /// This computer is registered, but the answer is lost.
    RegistrationLost,
    /// The next certificate is issued, but the answer is lost.
    RenewalLost,
    /// The time-stamping authority does not answer.
    NoTimeStamps,
    /// The portal says that the declaration is not one.
    DeclarationRefused,
    /// Everything gets through but the declaration.
    DeliveryCutOff,
    /// The declaration arrives, but its receipt is lost.
    ReceiptLost,
    /// This receipt comes instead of the portal's.
    Receipt(Vec<u8>),
}

/// The real portal client with somebody in between.
pub struct PortalThrough<P> {
    inner: P,
    interference: Arc<Mutex<Interference>>,
    submissions: AtomicUsize,
    status_requests: AtomicUsize,
}

impl<P> PortalThrough<P> {
    /// Stands in front of `inner`.
    pub fn new(inner: P) -> Self {
        Self {
            inner,
            interference: Arc::default(),
            submissions: AtomicUsize::new(0),
            status_requests: AtomicUsize::new(0),
        }
    }

    /// Sets what happens from now on.
    pub fn interfere(&self, interference: Interference) {
        *self.interference.lock().expect("the interference's lock") = interference;
    }

    /// How many times a declaration was submitted.
    pub fn submissions(&self) -> usize {
        self.submissions.load(Ordering::SeqCst)
    }

    /// How many times the responder was asked.
    pub fn status_requests(&self) -> usize {
        self.status_requests.load(Ordering::SeqCst)
    }

    /// The portal itself, with nobody in between.
    pub fn inner(&self) -> &P {
        &self.inner
    }

    fn now(&self) -> Interference {
        self.interference.lock().expect("the interference's lock").clone()
    }

    fn reachable(&self) -> Result<(), PortalError> {
        if matches!(self.now(), Interference::CutOff) { Err(cut_off()) } else { Ok(()) }
    }
}

fn cut_off() -> PortalError {
    PortalError::Unreachable("a test cut the line".into())
}

impl<P: Portal> Portal for PortalThrough<P> {
    fn address(&self) -> &str {
        self.inner.address()
    }

    async fn invitation(&self, reference: &ReferenceNumber, code: &OneTimeCode) -> Result<Invitation, PortalError> {
        self.reachable()?;
        self.inner.invitation(reference, code).await
    }

    async fn simple_enroll(
        &self,
        reference: &ReferenceNumber,
        code: &OneTimeCode,
        certification_request: &[u8],
    ) -> Result<Vec<Certificate>, PortalError> {
        self.reachable()?;
        let certificates = self.inner.simple_enroll(reference, code, certification_request).await?;
        if let Interference::Certificates(others) = self.now() { Ok(others) } else { Ok(certificates) }
    }

    async fn simple_reenroll(
        &self,
        identity: &ClientIdentity,
        certification_request: &[u8],
    ) -> Result<Vec<Certificate>, PortalError> {
        self.reachable()?;
        let certificates = self.inner.simple_reenroll(identity, certification_request).await?;
        match self.now() {
            Interference::Certificates(others) => Ok(others),
            Interference::RenewalLost => Err(cut_off()),
            _ => Ok(certificates),
        }
    }

    async fn register_device(
        &self,
        identity: &ClientIdentity,
        registration: &DeviceRegistration,
    ) -> Result<RegisteredDevice, PortalError> {
        self.reachable()?;
        if matches!(self.now(), Interference::RegistrationRefused) {
            return Err(PortalError::Failed { status: 503 });
        }
        let registered = self.inner.register_device(identity, registration).await?;
        if matches!(self.now(), Interference::RegistrationLost) { Err(cut_off()) } else { Ok(registered) }
    }

    async fn terms_in_force(&self) -> Result<Vec<UnverifiedTerms>, PortalError> {
        self.reachable()?;
        let mut terms = self.inner.terms_in_force().await?;
        if let Interference::TermsContent(content) = self.now() {
            let document = declaration::terms::TermsDocument::from_bytes(&content)
                .map_err(|error| PortalError::Unusable(error.to_string().into()))?;
            for entry in &mut terms {
                if entry.document.terms().language == document.terms().language {
                    entry.sha256 = document.sha256_hex();
                    entry.document = document.clone();
                }
            }
        }
        if matches!(self.now(), Interference::TermsHash) {
            for entry in &mut terms {
                entry.sha256 = "0".repeat(64);
            }
        }
        Ok(terms)
    }

    async fn submit_declaration(
        &self,
        identity: &ClientIdentity,
        declaration: &OutgoingDeclaration,
    ) -> Result<Vec<u8>, PortalError> {
        self.reachable()?;
        self.submissions.fetch_add(1, Ordering::SeqCst);
        if matches!(self.now(), Interference::DeliveryCutOff) {
            return Err(cut_off());
        }
        if matches!(self.now(), Interference::DeclarationRefused) {
            let refusal = Refusal::DeclarationInvalid;
            return Err(PortalError::Refused { refusal, detail: "a test says so".into() });
        }
        let receipt = self.inner.submit_declaration(identity, declaration).await?;
        match self.now() {
            Interference::ReceiptLost => Err(cut_off()),
            Interference::Receipt(other) => Ok(other),
            _ => Ok(receipt),
        }
    }

    async fn time_stamp(&self, request: &[u8]) -> Result<Vec<u8>, PortalError> {
        self.reachable()?;
        if matches!(self.now(), Interference::NoTimeStamps) {
            return Err(PortalError::Failed { status: 503 });
        }
        self.inner.time_stamp(request).await
    }

    async fn ocsp_response(&self, responder: Responder<'_>, request: &[u8]) -> Result<StatusReply, PortalError> {
        self.reachable()?;
        self.status_requests.fetch_add(1, Ordering::SeqCst);
        match self.now() {
            Interference::StatusWithheld | Interference::RespondersSilent => Err(PortalError::Failed { status: 503 }),
            Interference::PortalStatusWithheld if responder == Responder::Portal => {
                Err(PortalError::Failed { status: 503 })
            }
            Interference::PortalStatusUnreachable | Interference::NamedStatusAnswer(_)
                if responder == Responder::Portal =>
            {
                Err(cut_off())
            }
            Interference::StatusAnswer(response) | Interference::NamedStatusAnswer(response) => {
                Ok(StatusReply { response, portal_date: None })
            }
            _ => self.inner.ocsp_response(responder, request).await,
        }
    }

    async fn revocation_list(&self, address: &str, largest: usize) -> Result<Vec<u8>, PortalError> {
        self.reachable()?;
        match self.now() {
            Interference::StatusWithheld | Interference::NamedStatusAnswer(_) => {
                Err(PortalError::Failed { status: 503 })
            }
            _ => self.inner.revocation_list(address, largest).await,
        }
    }

    async fn date(&self) -> Result<Option<DateTime<Utc>>, PortalError> {
        self.reachable()?;
        self.inner.date().await
    }

    fn proxy_for(&self, address: &str) -> Option<String> {
        self.inner.proxy_for(address)
    }

    async fn reach_proxy(&self, proxy: &str) -> Result<(), PortalError> {
        self.inner.reach_proxy(proxy).await
    }

    async fn certificate_state(&self, token: &DeviceToken) -> Result<ReportedState, PortalError> {
        self.reachable()?;
        self.inner.certificate_state(token).await
    }

    async fn suspend_by_code(
        &self,
        reference: &ReferenceNumber,
        code: &RevocationCode,
    ) -> Result<StateByCode, PortalError> {
        self.reachable()?;
        self.inner.suspend_by_code(reference, code).await
    }

    async fn revoke(
        &self,
        identity: &ClientIdentity,
        serial_number: &str,
        reason: RevocationReason,
    ) -> Result<(), PortalError> {
        self.reachable()?;
        self.inner.revoke(identity, serial_number, reason).await
    }

    async fn revoke_by_code(
        &self,
        reference: &ReferenceNumber,
        code: &RevocationCode,
        reason: RevocationReason,
    ) -> Result<StateByCode, PortalError> {
        self.reachable()?;
        self.inner.revoke_by_code(reference, code, reason).await
    }

    async fn suspend(&self, token: &DeviceToken, serial_number: &str) -> Result<(), PortalError> {
        self.reachable()?;
        self.inner.suspend(token, serial_number).await
    }

    async fn revoke_for_wrong_details(
        &self,
        token: &DeviceToken,
        serial_number: &str,
        wrong: &[DetailField],
    ) -> Result<(), PortalError> {
        self.reachable()?;
        self.inner.revoke_for_wrong_details(token, serial_number, wrong).await
    }
}
