//! The port's adapter: [`OsKeychain`].

use crate::credential_store::{EntryName, KeychainConnection};
use crate::encrypted_key::{self, EncryptedKey};
use crate::process_protection::leaving_no_trace;
use crate::{exported_key, imported_key, private_key};
use aws_lc_rs::rand;
use chrono::{DateTime, Utc};
use lifecycle::gate::{ExportPermit, PasswordChangePermit, Permit};
use lifecycle::ports::{KeyContainer, KeySecret, KeyStore, KeyStoreError};
use lifecycle::{DeviceToken, KeyId, KeyPlaceName, KeyReference, LogHead, Password};
use pki::container::MAXIMUM_CONTAINER_BYTES;
use pki::{Certificate, SigningKey};
use std::sync::Arc;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Most bytes of a key as it is kept: what Windows' Credential Manager takes (`CRED_MAX_CREDENTIAL_BLOB_SIZE`).
pub const LARGEST_KEY: usize = 2560;

/// What a key of RSA 3072 takes, encrypted, with room for the few bytes by which two of them differ.
const PROBE: usize = 2000;

/// Most bytes of the use log's head: a number, a colon and a SHA-256.
const LARGEST_LOG_HEAD: usize = 20 + 1 + 64;

/// Most bytes of a device token.
const LARGEST_DEVICE_TOKEN: usize = 1024;

/// Private keys in the keychain of the operating system, each encrypted under the employee's password.
///
/// Entries are of the service `dk.certifikatguide`; a key is named by its [`KeyId`], its device token by the same
/// name with `/device-token` behind it, and the head of its use log by the name with
/// `/use-log-head`. Every call runs on a thread of its own that may block: a locked keychain asks
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
    fn place(&self) -> KeyPlaceName {
        KeyPlaceName::default()
    }

    fn secret_kind(&self) -> KeySecret {
        KeySecret::Password
    }

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
            let private_key_info = open(keychain, id, &password)?.private_key_info;
            let key = leaving_no_trace(|| private_key::read(&private_key_info))?;
            Ok(Arc::new(key) as Arc<dyn SigningKey>)
        })
        .await
    }

    /// Three entries are written one after the other, each read back: the new form beside the old one, the new form in
    /// place of the old one, and then the first is deleted. What a stop in between leaves is put right when the key is
    /// next opened, with whichever of the two passwords.
    async fn change_password(
        &self,
        permit: &PasswordChangePermit,
        old: &Password,
        new: &Password,
    ) -> Result<(), KeyStoreError> {
        let id = permit.key();
        let old = copied(old).ok_or(KeyStoreError::WrongPassword)?;
        let new = copied(new).ok_or_else(|| KeyStoreError::Failed("the password is too long".into()))?;
        self.blocking(move |keychain| change_password(keychain, id, &old, &new)).await
    }

    /// [`KeyStoreError::Failed`] where a key of that name is there already. One entry is written, and read back: what
    /// stops this leaves no key or the whole key.
    async fn import_key(
        &self,
        id: KeyId,
        container: &KeyContainer<'_>,
        certificate: &Certificate,
        password: &Password,
        at: DateTime<Utc>,
    ) -> Result<KeyReference, KeyStoreError> {
        let password = copied(password).ok_or_else(|| KeyStoreError::Failed("the password is too long".into()))?;
        let container_password = copied_text(container.password).ok_or(KeyStoreError::ContainerLocked)?;
        if container.bytes.len() > MAXIMUM_CONTAINER_BYTES {
            return Err(KeyStoreError::ContainerDamaged("larger than any container".into()));
        }
        // Its keys need not be encrypted.
        let container = Zeroizing::new(container.bytes.to_vec());
        let public = certificate.subject_public_key_info().to_vec();
        self.blocking(move |keychain| {
            expect_no_key(keychain, id)?;
            let found = leaving_no_trace(|| imported_key::find(&container, &container_password, &public))?;
            keep_key(keychain, id, &found, &password)?;
            Ok(KeyReference { id, subject_public_key_info: public, made_at: at, place: KeyPlaceName::default() })
        })
        .await
    }

    /// Also [`KeyStoreError::Missing`], [`KeyStoreError::WrongPassword`] and [`KeyStoreError::Damaged`], as for opening
    /// the key; [`KeyStoreError::Failed`] where the chain does not begin with the key's certificate, or the container's
    /// password is empty.
    async fn export_key(
        &self,
        permit: &ExportPermit,
        password: &Password,
        chain: &[Certificate],
        container_password: &Password,
    ) -> Result<Vec<u8>, KeyStoreError> {
        let id = permit.key();
        let password = copied(password).ok_or(KeyStoreError::WrongPassword)?;
        let container_password = copied_text(container_password)
            .ok_or_else(|| KeyStoreError::Failed("the container's password is too long".into()))?;
        let chain = chain.to_vec();
        self.blocking(move |keychain| {
            let private_key_info = open(keychain, id, &password)?.private_key_info;
            leaving_no_trace(|| exported_key::seal(&private_key_info, &chain, &container_password))
        })
        .await
    }

    async fn store_log_head(&self, id: KeyId, head: &LogHead) -> Result<(), KeyStoreError> {
        let text = head.to_text();
        self.blocking(move |keychain| write_and_compare(keychain, &log_head_entry(id), text.as_bytes())).await
    }

    async fn log_head(&self, id: KeyId) -> Result<Option<LogHead>, KeyStoreError> {
        self.blocking(move |keychain| {
            let Some(stored) = present(keychain.read(&log_head_entry(id)))? else { return Ok(None) };
            let text = std::str::from_utf8(&stored).ok().filter(|text| text.len() <= LARGEST_LOG_HEAD);
            let head = text.and_then(LogHead::parse);
            head.map(Some).ok_or_else(|| KeyStoreError::Damaged("not the head of a use log".into()))
        })
        .await
    }

    async fn holds_key(&self, id: KeyId) -> Result<bool, KeyStoreError> {
        self.blocking(move |keychain| {
            Ok(present(keychain.read(&key_entry(id)))?.is_some()
                || present(keychain.read(&replacement_entry(id)))?.is_some())
        })
        .await
    }

    async fn delete_key(&self, id: KeyId) -> Result<(), KeyStoreError> {
        self.blocking(move |keychain| {
            keychain.delete(&replacement_entry(id))?;
            keychain.delete(&key_entry(id))?;
            keychain.delete(&device_token_entry(id))?;
            keychain.delete(&log_head_entry(id))
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
    expect_no_key(keychain, id)?;
    let (private_key_info, subject_public_key_info) = leaving_no_trace(|| {
        let private_key_info = private_key::generate_rsa_3072()?;
        let subject_public_key_info = private_key::read(&private_key_info)?.subject_public_key_info().to_vec();
        Ok::<_, KeyStoreError>((private_key_info, subject_public_key_info))
    })?;
    keep_key(keychain, id, &private_key_info, password)?;
    Ok(KeyReference { id, subject_public_key_info, made_at: at, place: KeyPlaceName::default() })
}

fn expect_no_key(keychain: &KeychainConnection, id: KeyId) -> Result<(), KeyStoreError> {
    match keychain.read(&key_entry(id)) {
        Err(KeyStoreError::Missing) => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(KeyStoreError::Failed("a key of this name is there already".into())),
    }
}

/// Encrypts a new key, writes it and reads it back.
fn keep_key(
    keychain: &KeychainConnection,
    id: KeyId,
    private_key_info: &[u8],
    password: &[u8],
) -> Result<(), KeyStoreError> {
    let entry = key_entry(id);
    let encrypted = leaving_no_trace(|| encrypted_key::encrypt(private_key_info, password))?;
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
    Ok(())
}

/// A key that was opened, and the entry's bytes that it was opened from.
struct Opened {
    stored: Zeroizing<Vec<u8>>,
    private_key_info: Zeroizing<Vec<u8>>,
}

/// Opens a key, and ends a change of the password that was stopped: the password that opens the key is its only one
/// afterwards.
fn open(keychain: &KeychainConnection, id: KeyId, password: &[u8]) -> Result<Opened, KeyStoreError> {
    let refused = match keychain.read(&key_entry(id)).and_then(|stored| decrypted(stored, password)) {
        Ok(opened) => {
            // Where there is any, the change was not finished, or all of it but this. It hurts nobody if it stays.
            if let Err(error) = keychain.delete(&replacement_entry(id)) {
                tracing::debug!(%error, "what a change of the password left could not be deleted");
            }
            return Ok(opened);
        }
        Err(error @ (KeyStoreError::WrongPassword | KeyStoreError::Missing | KeyStoreError::Damaged(_))) => error,
        Err(error) => return Err(error),
    };
    let Some(replacement) = present(keychain.read(&replacement_entry(id)))? else {
        return Err(refused);
    };
    let opened = match (decrypted(replacement, password), refused) {
        (Ok(opened), _) => opened,
        // The only thing that is there.
        (Err(error), KeyStoreError::Missing) => return Err(error),
        (Err(error), _) if is_of_the_keychain(&error) => return Err(error),
        (Err(_), refused) => return Err(refused),
    };
    tracing::info!("a change of the password that was stopped is ended");
    write_and_compare(keychain, &key_entry(id), &opened.stored)?;
    keychain.delete(&replacement_entry(id))?;
    Ok(opened)
}

/// Whether it says nothing about the password or the entry.
fn is_of_the_keychain(error: &KeyStoreError) -> bool {
    !matches!(error, KeyStoreError::WrongPassword | KeyStoreError::Missing | KeyStoreError::Damaged(_))
}

fn decrypted(stored: Zeroizing<Vec<u8>>, password: &[u8]) -> Result<Opened, KeyStoreError> {
    if stored.len() > LARGEST_KEY {
        return Err(KeyStoreError::Damaged("larger than a key".into()));
    }
    let encrypted = EncryptedKey::from_der(&stored)?;
    let private_key_info = leaving_no_trace(|| encrypted.decrypt(&encrypted.derive(password)?))?;
    Ok(Opened { stored, private_key_info })
}

fn change_password(keychain: &KeychainConnection, id: KeyId, old: &[u8], new: &[u8]) -> Result<(), KeyStoreError> {
    let Opened { stored, private_key_info } = open(keychain, id, old)?;
    let renewed = leaving_no_trace(|| encrypted_key::encrypt(&private_key_info, new))?;
    if renewed.len() > LARGEST_KEY {
        return Err(KeyStoreError::TooSmall);
    }
    let replacement = replacement_entry(id);
    let kept = write_and_compare(keychain, &replacement, &renewed).and_then(|()| {
        let opened = keychain.read(&replacement).and_then(|kept| decrypted(kept, new))?;
        if opened.private_key_info == private_key_info {
            Ok(())
        } else {
            Err(KeyStoreError::Unreliable("another key was kept".into()))
        }
    });
    if let Err(error) = kept {
        discard(keychain, &replacement);
        return Err(error);
    }
    if let Err(error) = write_and_compare(keychain, &key_entry(id), &renewed) {
        // The entry is as it was, or it is lost: then the new form, which was kept, is left beside it.
        if write_and_compare(keychain, &key_entry(id), &stored).is_ok() {
            discard(keychain, &replacement);
        }
        return Err(error);
    }
    discard(keychain, &replacement);
    Ok(())
}

/// What is left is put right when the key is next opened.
fn discard(keychain: &KeychainConnection, entry: &EntryName) {
    if let Err(error) = keychain.delete(entry) {
        tracing::warn!(%error, "what is not needed any more could not be deleted");
    }
}

fn present<T>(read: Result<T, KeyStoreError>) -> Result<Option<T>, KeyStoreError> {
    match read {
        Ok(secret) => Ok(Some(secret)),
        Err(KeyStoreError::Missing) => Ok(None),
        Err(error) => Err(error),
    }
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

pub(crate) fn key_entry(id: KeyId) -> EntryName {
    EntryName { user: id.to_string(), label: "Certifikatguide: privat nøgle (krypteret)" }
}

/// The key under the password that is to take the place of the present one.
pub(crate) fn replacement_entry(id: KeyId) -> EntryName {
    EntryName { user: format!("{id}/new"), label: "Certifikatguide: privat nøgle med ny adgangskode (krypteret)" }
}

pub(crate) fn device_token_entry(id: KeyId) -> EntryName {
    EntryName { user: format!("{id}/device-token"), label: "Certifikatguide: computerens adgang til portalen" }
}

pub(crate) fn log_head_entry(id: KeyId) -> EntryName {
    EntryName { user: format!("{id}/use-log-head"), label: "Certifikatguide: seneste linje i brug af nøglen" }
}

/// As [`copied`], as text.
fn copied_text(password: &Password) -> Option<Zeroizing<String>> {
    let text = password.expose();
    (text.len() <= Password::LONGEST).then(|| Zeroizing::new(text.to_owned()))
}

/// The password for another thread. `None` where it is longer than a password can be.
fn copied(password: &Password) -> Option<Zeroizing<Vec<u8>>> {
    let text = password.expose();
    (text.len() <= Password::LONGEST).then(|| Zeroizing::new(text.as_bytes().to_vec()))
}
