//! The port's adapter: [`OsKeychain`].

use crate::credential_store::{EntryName, KeychainConnection};
use crate::encrypted_key::{self, EncryptedKey};
use crate::private_key;
use aws_lc_rs::rand;
use chrono::{DateTime, Utc};
use lifecycle::gate::Permit;
use lifecycle::ports::{KeyStore, KeyStoreError};
use lifecycle::{DeviceToken, KeyId, KeyReference, Password};
use pki::SigningKey;
use std::sync::Arc;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Most bytes of a key as it is kept: what Windows' Credential Manager takes (`CRED_MAX_CREDENTIAL_BLOB_SIZE`).
pub const LARGEST_KEY: usize = 2560;

/// What a key of RSA 3072 takes, encrypted, with room for the few bytes by which two of them differ.
const PROBE: usize = 2000;

/// Most bytes of a device token.
const LARGEST_DEVICE_TOKEN: usize = 1024;

/// Private keys in the keychain of the operating system, each encrypted under the employee's password.
///
/// Entries are of the service `dk.certifikatguide`; a key is named by its [`KeyId`], its device token by the same
/// name with `/device-token` behind it. Every call runs on a thread of its own that may block: a locked keychain asks
/// the person first. A keychain that was absent at one call may be there at the next.
#[derive(Clone)]
pub struct OsKeychain {
    keychain: Arc<KeychainConnection>,
}

impl OsKeychain {
    /// The keychain of the person who runs this program. Opens nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { keychain: Arc::new(KeychainConnection::new()) }
    }

    /// The way to the keychain, for what another key store keeps there beside its keys.
    pub(crate) fn connection(&self) -> Arc<KeychainConnection> {
        Arc::clone(&self.keychain)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        act: impl FnOnce(&KeychainConnection) -> Result<T, KeyStoreError> + Send + 'static,
    ) -> Result<T, KeyStoreError> {
        let keychain = Arc::clone(&self.keychain);
        tokio::task::spawn_blocking(move || act(&keychain))
            .await
            .map_err(|error| KeyStoreError::Failed(error.to_string().into()))?
    }
}

impl Default for OsKeychain {
    fn default() -> Self {
        Self::new()
    }
}

impl KeyStore for OsKeychain {
    async fn probe(&self) -> Result<(), KeyStoreError> {
        self.blocking(probe).await
    }

    /// [`KeyStoreError::Failed`] where a key of that name is there already: no key is ever replaced.
    async fn create_key(
        &self,
        id: KeyId,
        password: &Password,
        at: DateTime<Utc>,
    ) -> Result<KeyReference, KeyStoreError> {
        let password = copied(password).ok_or_else(|| KeyStoreError::Failed("the password is too long".into()))?;
        self.blocking(move |keychain| create_key(keychain, id, &password, at)).await
    }

    /// Also [`KeyStoreError::Missing`], [`KeyStoreError::WrongPassword`] and [`KeyStoreError::Damaged`].
    async fn unlock(&self, permit: &Permit, password: &Password) -> Result<Arc<dyn SigningKey>, KeyStoreError> {
        let id = permit.key();
        let password = copied(password).ok_or(KeyStoreError::WrongPassword)?;
        self.blocking(move |keychain| {
            let stored = keychain.read(&key_entry(id))?;
            if stored.len() > LARGEST_KEY {
                return Err(KeyStoreError::Damaged("larger than a key".into()));
            }
            let encrypted = EncryptedKey::from_der(&stored)?;
            let private_key_info = encrypted.decrypt(&encrypted.derive(&password)?)?;
            Ok(Arc::new(private_key::read(&private_key_info)?) as Arc<dyn SigningKey>)
        })
        .await
    }

    async fn holds_key(&self, id: KeyId) -> Result<bool, KeyStoreError> {
        self.blocking(move |keychain| match keychain.read(&key_entry(id)) {
            Ok(_encrypted) => Ok(true),
            Err(KeyStoreError::Missing) => Ok(false),
            Err(error) => Err(error),
        })
        .await
    }

    async fn delete_key(&self, id: KeyId) -> Result<(), KeyStoreError> {
        self.blocking(move |keychain| {
            keychain.delete(&key_entry(id))?;
            keychain.delete(&device_token_entry(id))
        })
        .await
    }

    async fn store_device_token(&self, id: KeyId, token: &DeviceToken) -> Result<(), KeyStoreError> {
        let token = Zeroizing::new(token.expose().as_bytes().to_vec());
        if token.len() > LARGEST_DEVICE_TOKEN {
            return Err(KeyStoreError::Failed("the device token is too long".into()));
        }
        self.blocking(move |keychain| write_and_compare(keychain, &device_token_entry(id), &token)).await
    }

    async fn device_token(&self, id: KeyId) -> Result<DeviceToken, KeyStoreError> {
        self.blocking(move |keychain| {
            let stored = keychain.read(&device_token_entry(id))?;
            match std::str::from_utf8(&stored) {
                Ok(token) if token.len() <= LARGEST_DEVICE_TOKEN => Ok(DeviceToken::new(token.to_owned())),
                Ok(_) | Err(_) => Err(KeyStoreError::Damaged("not a device token".into())),
            }
        })
        .await
    }
}

fn probe(keychain: &KeychainConnection) -> Result<(), KeyStoreError> {
    let mut secret = vec![0; PROBE];
    rand::fill(&mut secret).map_err(|_| KeyStoreError::Failed("the system gives no random bytes".into()))?;
    // A name of its own: another program that probes at the same time must not be taken for a forgetful keychain.
    let entry = EntryName { user: format!("probe/{}", Uuid::new_v4()), label: "Certifikatguide: prøve" };
    let kept = write_and_compare(keychain, &entry, &secret);
    let deleted = keychain.delete(&entry);
    kept.and(deleted)?;
    match keychain.read(&entry) {
        Err(KeyStoreError::Missing) => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(KeyStoreError::Unreliable("a deleted secret is still there".into())),
    }
}

fn create_key(
    keychain: &KeychainConnection,
    id: KeyId,
    password: &[u8],
    at: DateTime<Utc>,
) -> Result<KeyReference, KeyStoreError> {
    let entry = key_entry(id);
    match keychain.read(&entry) {
        Err(KeyStoreError::Missing) => {}
        Err(error) => return Err(error),
        Ok(_) => return Err(KeyStoreError::Failed("a key of this name is there already".into())),
    }
    let private_key_info = private_key::generate_rsa_3072()?;
    let subject_public_key_info = private_key::read(&private_key_info)?.subject_public_key_info().to_vec();
    let encrypted = encrypted_key::encrypt(&private_key_info, password)?;
    if encrypted.len() > LARGEST_KEY {
        return Err(KeyStoreError::TooSmall);
    }
    if let Err(error) = write_and_compare(keychain, &entry, &encrypted) {
        // What is left is of no use to anybody; that it stays is not worse than the error itself.
        if let Err(error) = keychain.delete(&entry) {
            tracing::warn!(%error, "a key that was not kept could not be deleted either");
        }
        return Err(error);
    }
    Ok(KeyReference { id, subject_public_key_info, made_at: at })
}

fn write_and_compare(keychain: &KeychainConnection, entry: &EntryName, secret: &[u8]) -> Result<(), KeyStoreError> {
    keychain.write(entry, secret)?;
    match keychain.read(entry) {
        Ok(kept) if kept.as_slice() == secret => Ok(()),
        Ok(kept) => Err(KeyStoreError::Unreliable(
            format!("{} bytes were written, other {} bytes read", secret.len(), kept.len()).into(),
        )),
        Err(KeyStoreError::Missing) => Err(KeyStoreError::Unreliable("what was written is not there".into())),
        Err(error) => Err(error),
    }
}

fn key_entry(id: KeyId) -> EntryName {
    EntryName { user: id.to_string(), label: "Certifikatguide: privat nøgle (krypteret)" }
}

fn device_token_entry(id: KeyId) -> EntryName {
    EntryName { user: format!("{id}/device-token"), label: "Certifikatguide: computerens adgang til portalen" }
}

/// The password for another thread. `None` where it is longer than a password can be.
fn copied(password: &Password) -> Option<Zeroizing<Vec<u8>>> {
    let text = password.expose();
    (text.len() <= Password::LONGEST).then(|| Zeroizing::new(text.as_bytes().to_vec()))
}
