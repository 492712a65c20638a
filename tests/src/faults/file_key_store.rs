//! A key store of a test's own that survives the program: a file a secret, in a folder. For tests alone: nothing is
//! encrypted here. The real one has its own kill tests, in the real keychain.

use crate::keys::{new_exportable_rsa_key, rsa_key};
use chrono::{DateTime, Utc};
use lifecycle::gate::{ExportPermit, PasswordChangePermit, Permit};
use lifecycle::ports::{KeyContainer, KeySecret, KeyStore, KeyStoreError};
use lifecycle::{DeviceToken, KeyId, KeyPlaceName, KeyReference, LogHead, Password};
use pki::{Certificate, SigningKey};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Keys in the files of a folder.
#[derive(Clone)]
pub struct FileKeyStore {
    folder: PathBuf,
}

impl FileKeyStore {
    /// The keys in `folder`.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn path(&self, id: KeyId, kind: &str) -> PathBuf {
        self.folder.join(format!("{id}.{kind}"))
    }

    fn read(&self, id: KeyId, kind: &str) -> Result<Option<Vec<u8>>, KeyStoreError> {
        match fs::read(self.path(id, kind)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreliable(&error)),
        }
    }

    /// As a whole or not at all, as keychains do it.
    fn write(&self, id: KeyId, kind: &str, bytes: &[u8]) -> Result<(), KeyStoreError> {
        let begun = self.path(id, "new");
        fs::write(&begun, bytes).and_then(|()| fs::rename(&begun, self.path(id, kind))).map_err(|e| unreliable(&e))
    }
}

fn unreliable(error: &io::Error) -> KeyStoreError {
    KeyStoreError::Unreliable(error.to_string().into())
}

fn not_here<T>() -> Result<T, KeyStoreError> {
    Err(KeyStoreError::Failed("this key store of the tests does not do that".into()))
}

impl KeyStore for FileKeyStore {
    fn place(&self) -> KeyPlaceName {
        KeyPlaceName::default()
    }

    fn secret_kind(&self) -> KeySecret {
        KeySecret::Password
    }

    async fn probe(&self) -> Result<(), KeyStoreError> {
        Ok(())
    }

    async fn create_key(
        &self,
        id: KeyId,
        password: &Password,
        at: DateTime<Utc>,
    ) -> Result<KeyReference, KeyStoreError> {
        let (key, private_key_info) = new_exportable_rsa_key();
        self.write(id, "password", password.expose().as_bytes())?;
        self.write(id, "key", &private_key_info)?;
        let subject_public_key_info = key.subject_public_key_info().to_vec();
        Ok(KeyReference { id, subject_public_key_info, made_at: at, place: self.place() })
    }

    async fn unlock(&self, permit: &Permit, password: &Password) -> Result<Arc<dyn SigningKey>, KeyStoreError> {
        let key = self.read(permit.key(), "key")?.ok_or(KeyStoreError::Missing)?;
        if self.read(permit.key(), "password")?.as_deref() != Some(password.expose().as_bytes()) {
            return Err(KeyStoreError::WrongPassword);
        }
        rsa_key(&key).ok_or_else(|| KeyStoreError::Damaged("not a key".into()))
    }

    async fn change_password(
        &self,
        _permit: &PasswordChangePermit,
        _old: &Password,
        _new: &Password,
    ) -> Result<(), KeyStoreError> {
        not_here()
    }

    async fn import_key(
        &self,
        _id: KeyId,
        _container: &KeyContainer<'_>,
        _certificate: &Certificate,
        _password: &Password,
        _at: DateTime<Utc>,
    ) -> Result<KeyReference, KeyStoreError> {
        not_here()
    }

    async fn export_key(
        &self,
        _permit: &ExportPermit,
        _password: &Password,
        _chain: &[Certificate],
        _container_password: &Password,
    ) -> Result<Vec<u8>, KeyStoreError> {
        not_here()
    }

    async fn store_log_head(&self, id: KeyId, head: &LogHead) -> Result<(), KeyStoreError> {
        self.write(id, "head", head.to_text().as_bytes())
    }

    async fn log_head(&self, id: KeyId) -> Result<Option<LogHead>, KeyStoreError> {
        let Some(stored) = self.read(id, "head")? else { return Ok(None) };
        let head = std::str::from_utf8(&stored).ok().and_then(LogHead::parse);
        head.map(Some).ok_or_else(|| KeyStoreError::Damaged("not the head of a log".into()))
    }

    async fn holds_key(&self, id: KeyId) -> Result<bool, KeyStoreError> {
        Ok(self.path(id, "key").exists())
    }

    async fn delete_key(&self, id: KeyId) -> Result<(), KeyStoreError> {
        for kind in ["key", "password", "token", "head"] {
            match fs::remove_file(self.path(id, kind)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(unreliable(&error)),
            }
        }
        Ok(())
    }

    async fn store_device_token(&self, id: KeyId, token: &DeviceToken) -> Result<(), KeyStoreError> {
        self.write(id, "token", token.expose().as_bytes())
    }

    async fn device_token(&self, id: KeyId) -> Result<DeviceToken, KeyStoreError> {
        let stored = self.read(id, "token")?.ok_or(KeyStoreError::Missing)?;
        String::from_utf8(stored).map(DeviceToken::new).map_err(|_| KeyStoreError::Damaged("not a token".into()))
    }
}
