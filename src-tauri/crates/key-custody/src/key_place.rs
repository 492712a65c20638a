//! The place that was chosen for the keys of this run: [`KeyPlace`].

use crate::os_keychain::OsKeychain;
use crate::token::{Modules, Pkcs11Token, TokenKeyKind, TokenUriError};
use chrono::{DateTime, Utc};
use lifecycle::gate::{ExportPermit, PasswordChangePermit, Permit};
use lifecycle::ports::{KeyContainer, KeySecret, KeyStore, KeyStoreError};
use lifecycle::{DeviceToken, KeyId, KeyPlaceName, KeyReference, LogHead, Password};
use pki::{Certificate, SigningKey};
use std::sync::Arc;

/// Where the keys are: one of the places that there are adapters for.
#[derive(Clone)]
pub enum KeyPlace {
    /// The keychain of the operating system.
    Keychain(OsKeychain),
    /// A token: a card, a USB key, the computer's TPM.
    Token(Pkcs11Token),
}

impl KeyPlace {
    /// The place that a person names: `keychain`, or the address of a token (`pkcs11:token=…`), which is looked for
    /// through `modules` and gets keys of this kind.
    ///
    /// # Errors
    /// [`TokenUriError`] where it is neither.
    pub fn named(name: &str, modules: Modules, kind: TokenKeyKind) -> Result<Self, TokenUriError> {
        let keychain = OsKeychain::new();
        if name == "keychain" {
            return Ok(Self::Keychain(keychain));
        }
        Ok(Self::Token(Pkcs11Token::new(name.parse()?, modules, kind, keychain)))
    }
}

impl KeyStore for KeyPlace {
    fn place(&self) -> KeyPlaceName {
        match self {
            Self::Keychain(keychain) => keychain.place(),
            Self::Token(token) => token.place(),
        }
    }

    fn secret_kind(&self) -> KeySecret {
        match self {
            Self::Keychain(keychain) => keychain.secret_kind(),
            Self::Token(token) => token.secret_kind(),
        }
    }

    async fn probe(&self) -> Result<(), KeyStoreError> {
        match self {
            Self::Keychain(keychain) => keychain.probe().await,
            Self::Token(token) => token.probe().await,
        }
    }

    async fn create_key(
        &self,
        id: KeyId,
        password: &Password,
        at: DateTime<Utc>,
    ) -> Result<KeyReference, KeyStoreError> {
        match self {
            Self::Keychain(keychain) => keychain.create_key(id, password, at).await,
            Self::Token(token) => token.create_key(id, password, at).await,
        }
    }

    async fn unlock(&self, permit: &Permit, password: &Password) -> Result<Arc<dyn SigningKey>, KeyStoreError> {
        match self {
            Self::Keychain(keychain) => keychain.unlock(permit, password).await,
            Self::Token(token) => token.unlock(permit, password).await,
        }
    }

    async fn change_password(
        &self,
        permit: &PasswordChangePermit,
        old: &Password,
        new: &Password,
    ) -> Result<(), KeyStoreError> {
        match self {
            Self::Keychain(keychain) => keychain.change_password(permit, old, new).await,
            Self::Token(token) => token.change_password(permit, old, new).await,
        }
    }

    async fn import_key(
        &self,
        id: KeyId,
        container: &KeyContainer<'_>,
        certificate: &Certificate,
        password: &Password,
        at: DateTime<Utc>,
    ) -> Result<KeyReference, KeyStoreError> {
        match self {
            Self::Keychain(keychain) => keychain.import_key(id, container, certificate, password, at).await,
            Self::Token(token) => token.import_key(id, container, certificate, password, at).await,
        }
    }

    async fn export_key(
        &self,
        permit: &ExportPermit,
        password: &Password,
        chain: &[Certificate],
        container_password: &Password,
    ) -> Result<Vec<u8>, KeyStoreError> {
        match self {
            Self::Keychain(keychain) => keychain.export_key(permit, password, chain, container_password).await,
            Self::Token(token) => token.export_key(permit, password, chain, container_password).await,
        }
    }

    async fn store_log_head(&self, id: KeyId, head: &LogHead) -> Result<(), KeyStoreError> {
        match self {
            Self::Keychain(keychain) => keychain.store_log_head(id, head).await,
            Self::Token(token) => token.store_log_head(id, head).await,
        }
    }

    async fn log_head(&self, id: KeyId) -> Result<Option<LogHead>, KeyStoreError> {
        match self {
            Self::Keychain(keychain) => keychain.log_head(id).await,
            Self::Token(token) => token.log_head(id).await,
        }
    }

    async fn holds_key(&self, id: KeyId) -> Result<bool, KeyStoreError> {
        match self {
            Self::Keychain(keychain) => keychain.holds_key(id).await,
            Self::Token(token) => token.holds_key(id).await,
        }
    }

    async fn delete_key(&self, id: KeyId) -> Result<(), KeyStoreError> {
        match self {
            Self::Keychain(keychain) => keychain.delete_key(id).await,
            Self::Token(token) => token.delete_key(id).await,
        }
    }

    async fn store_device_token(&self, id: KeyId, token: &DeviceToken) -> Result<(), KeyStoreError> {
        match self {
            Self::Keychain(keychain) => keychain.store_device_token(id, token).await,
            Self::Token(place) => place.store_device_token(id, token).await,
        }
    }

    async fn device_token(&self, id: KeyId) -> Result<DeviceToken, KeyStoreError> {
        match self {
            Self::Keychain(keychain) => keychain.device_token(id).await,
            Self::Token(token) => token.device_token(id).await,
        }
    }
}
