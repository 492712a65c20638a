//! The keychain of the operating system and its moods: absent, locked, restarted, forgetful.
//!
//! On Linux the Secret Service, on macOS the Keychain, on Windows the Credential Manager. All calls block: a locked
//! keychain asks the person, and answers when they have.

use keyring::{Entry, Error};
use keyring_core::api::CredentialStore;
use lifecycle::ports::KeyStoreError;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// The *service* of every entry.
const SERVICE: &str = "dk.certifikatguide";

/// The way to the keychain, opened when it is first needed. A way that failed is not kept: a keychain that appears
/// later, or is restarted, works without restarting the program.
pub(crate) struct KeychainConnection {
    open: Mutex<Option<Arc<CredentialStore>>>,
}

/// One entry in the keychain.
pub(crate) struct EntryName {
    /// The *user* of the entry, which names it.
    pub(crate) user: String,
    /// What the person reads in their keychain program, where that shows it.
    pub(crate) label: &'static str,
}

impl KeychainConnection {
    pub(crate) fn new() -> Self {
        Self { open: Mutex::new(None) }
    }

    /// Writes a secret, in place of an older one.
    pub(crate) fn write(&self, name: &EntryName, secret: &[u8]) -> Result<(), KeyStoreError> {
        #[cfg(all(test, target_os = "linux"))]
        crate::kill_matrix::before_write();
        self.with_entry(name, |entry| entry.set_secret(secret))
    }

    /// Reads a secret.
    ///
    /// # Errors
    /// [`KeyStoreError::Missing`] where there is none.
    pub(crate) fn read(&self, name: &EntryName) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        match self.with_entry(name, |entry| entry.get_secret().map(Zeroizing::new)) {
            // A keychain without its default collection says the same as one without the entry.
            Err(KeyStoreError::Missing) => {
                platform::expect_default_collection()?;
                Err(KeyStoreError::Missing)
            }
            other => other,
        }
    }

    /// Deletes a secret. Succeeds where there is none.
    pub(crate) fn delete(&self, name: &EntryName) -> Result<(), KeyStoreError> {
        #[cfg(all(test, target_os = "linux"))]
        crate::kill_matrix::before_write();
        match self.with_entry(name, Entry::delete_credential) {
            Err(KeyStoreError::Missing) => Ok(()),
            other => other,
        }
    }

    fn with_entry<T>(&self, name: &EntryName, act: impl Fn(&Entry) -> keyring::Result<T>) -> Result<T, KeyStoreError> {
        // keyring's `Entry::new` opens the store once per process and keeps a failure for good: the entry is put
        // together from a store of our own.
        let act = |store: &Arc<CredentialStore>| {
            let inner = store.build(SERVICE, &name.user, Some(&platform::modifiers(name.label)))?;
            act(&Entry { inner })
        };
        if let Some(store) = self.kept() {
            match act(&store) {
                // The service may have been restarted since: everything here can be done twice.
                Err(Error::PlatformFailure(error)) => {
                    tracing::debug!(%error, "the keychain is opened again");
                    self.keep(None);
                }
                other => return other.map_err(explain),
            }
        }
        let store = platform::open().map_err(absent)?;
        match act(&store) {
            Ok(value) => {
                self.keep(Some(store));
                Ok(value)
            }
            Err(Error::PlatformFailure(error)) => Err(match platform::open() {
                Ok(_) => KeyStoreError::Failed(error.to_string().into()),
                Err(gone) => absent(gone),
            }),
            Err(error) => {
                self.keep(Some(store));
                Err(explain(error))
            }
        }
    }

    fn kept(&self) -> Option<Arc<CredentialStore>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, store: Option<Arc<CredentialStore>>) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = store;
    }
}

fn absent(error: Error) -> KeyStoreError {
    KeyStoreError::Absent(error.to_string().into())
}

/// Says in the port's words what the keychain answered. Never shows the bytes that some errors carry.
fn explain(error: Error) -> KeyStoreError {
    match error {
        Error::NoEntry => KeyStoreError::Missing,
        Error::NoStorageAccess(reason) => platform::explain_no_access(&*reason),
        Error::NoDefaultStore => absent(error),
        Error::TooLong(..) => KeyStoreError::TooSmall,
        Error::BadEncoding(_) | Error::BadDataFormat(..) => {
            KeyStoreError::Unreliable("it does not understand what it holds".into())
        }
        Error::BadStoreFormat(reason) => KeyStoreError::Unreliable(reason.into()),
        Error::Ambiguous(entries) => {
            KeyStoreError::Damaged(format!("{} entries have the same name", entries.len()).into())
        }
        Error::PlatformFailure(_) | Error::Invalid(..) | Error::NotSupportedByStore(_) => {
            KeyStoreError::Failed(error.to_string().into())
        }
        // The enum is open: what a later version adds is told in its own words.
        other => KeyStoreError::Failed(other.to_string().into()),
    }
}

#[cfg(all(unix, not(target_vendor = "apple")))]
mod platform {
    use super::{Arc, CredentialStore, HashMap, KeyStoreError};
    use secret_service::EncryptionType;
    use secret_service::blocking::SecretService;

    pub(super) fn open() -> keyring::Result<Arc<CredentialStore>> {
        zbus_secret_service_keyring_store::Store::new().map(|store| store as Arc<CredentialStore>)
    }

    pub(super) fn modifiers(label: &'static str) -> HashMap<&'static str, &'static str> {
        HashMap::from([("label", label)])
    }

    /// A session without a default collection (a service that has just been installed, or a log-in without a
    /// password) keeps nothing: that is no keychain, whatever it answers.
    pub(super) fn expect_default_collection() -> Result<(), KeyStoreError> {
        let absent = |error: secret_service::Error| KeyStoreError::Absent(error.to_string().into());
        let service = SecretService::connect(EncryptionType::Dh).map_err(absent)?;
        service.get_default_collection().map(|_| ()).map_err(|error| explain_no_access(&error))
    }

    pub(super) fn explain_no_access(reason: &(dyn std::error::Error + Send + Sync + 'static)) -> KeyStoreError {
        use secret_service::Error;
        match reason.downcast_ref::<Error>() {
            Some(Error::Locked | Error::Prompt | Error::PromptDisconnected) | None => KeyStoreError::Locked,
            Some(Error::NoResult) => KeyStoreError::Absent("the Secret Service has no default collection".into()),
            // The enum is open; the rest concerns the way to the service.
            Some(other) => KeyStoreError::Absent(other.to_string().into()),
        }
    }
}

#[cfg(not(all(unix, not(target_vendor = "apple"))))]
mod platform {
    use super::{Arc, CredentialStore, HashMap, KeyStoreError};

    pub(super) fn open() -> keyring::Result<Arc<CredentialStore>> {
        #[cfg(target_os = "macos")]
        return apple_native_keyring_store::keychain::Store::new().map(|store| store as Arc<CredentialStore>);
        #[cfg(windows)]
        return windows_native_keyring_store::Store::new().map(|store| store as Arc<CredentialStore>);
    }

    /// Windows would let the key roam to every computer of the domain: a key belongs to one computer.
    pub(super) fn modifiers(_: &'static str) -> HashMap<&'static str, &'static str> {
        if cfg!(windows) { HashMap::from([("persistence", "Local")]) } else { HashMap::new() }
    }

    pub(super) fn expect_default_collection() -> Result<(), KeyStoreError> {
        Ok(())
    }

    pub(super) fn explain_no_access(_: &(dyn std::error::Error + Send + Sync + 'static)) -> KeyStoreError {
        KeyStoreError::Locked
    }
}
