//! The smallest thing that keeps the contract: keys in memory. It shows that the contract asks for nothing that only a
//! real keychain or token could have.

use crate::material::openssl;
use crate::suite::{Backend, RSA, password};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
    RsaEncoding,
};
use chrono::{DateTime, Utc};
use lifecycle::gate::{ExportPermit, PasswordChangePermit, Permit};
use lifecycle::ports::{KeyContainer, KeySecret, KeyStore, KeyStoreError};
use lifecycle::{DeviceToken, KeyId, KeyPlaceName, KeyReference, LogHead, Password};
use pki::container::{ContainerError, key_bags};
use pki::{Certificate, SignatureAlgorithm, SigningError, SigningKey};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
pub(crate) struct Memory {
    keys: Arc<Mutex<HashMap<KeyId, Protected>>>,
    device_tokens: Arc<Mutex<HashMap<KeyId, String>>>,
    log_heads: Arc<Mutex<HashMap<KeyId, LogHead>>>,
}

struct Protected {
    password: String,
    key: Arc<Key>,
}

struct Key {
    pair: KeyPair,
    public: Vec<u8>,
}

impl Key {
    fn new(pair: KeyPair) -> Self {
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("a public key");
        Self { public: public.as_ref().to_vec(), pair }
    }
}

impl SigningKey for Key {
    fn subject_public_key_info(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let encoding: &'static dyn RsaEncoding = match algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 => &RSA_PKCS1_SHA256,
            SignatureAlgorithm::RsaPkcs1Sha384 => &RSA_PKCS1_SHA384,
            SignatureAlgorithm::RsaPkcs1Sha512 => &RSA_PKCS1_SHA512,
            SignatureAlgorithm::RsaPssSha256 => &RSA_PSS_SHA256,
            SignatureAlgorithm::RsaPssSha384 => &RSA_PSS_SHA384,
            SignatureAlgorithm::RsaPssSha512 => &RSA_PSS_SHA512,
            SignatureAlgorithm::EcdsaP256Sha256 => return Err(SigningError::Unsupported(algorithm)),
        };
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(encoding, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| SigningError::Failed("RSA"))?;
        Ok(signature)
    }
}

impl KeyStore for Memory {
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
        let mut keys = self.keys.lock().expect("whole");
        if keys.contains_key(&id) {
            return Err(KeyStoreError::Failed("there already".into()));
        }
        let pair = KeyPair::generate(KeySize::Rsa3072).expect("a key");
        let key = Arc::new(Key::new(pair));
        let subject_public_key_info = key.public.clone();
        keys.insert(id, Protected { password: password.expose().to_owned(), key });
        Ok(KeyReference { id, subject_public_key_info, made_at: at, place: self.place() })
    }

    async fn unlock(&self, permit: &Permit, password: &Password) -> Result<Arc<dyn SigningKey>, KeyStoreError> {
        let keys = self.keys.lock().expect("whole");
        let Protected { password: right, key } = keys.get(&permit.key()).ok_or(KeyStoreError::Missing)?;
        if right != password.expose() {
            return Err(KeyStoreError::WrongPassword);
        }
        Ok(Arc::clone(key) as Arc<dyn SigningKey>)
    }

    async fn change_password(
        &self,
        permit: &PasswordChangePermit,
        old: &Password,
        new: &Password,
    ) -> Result<(), KeyStoreError> {
        let mut keys = self.keys.lock().expect("whole");
        let Protected { password: right, .. } = keys.get_mut(&permit.key()).ok_or(KeyStoreError::Missing)?;
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
        let mut keys = self.keys.lock().expect("whole");
        if keys.contains_key(&id) {
            return Err(KeyStoreError::Failed("there already".into()));
        }
        if !certificate.description().key.starts_with("RSA") {
            return Err(KeyStoreError::KeyUnsuitable("not RSA".into()));
        }
        let mut bags = key_bags(container.bytes, container.password.expose()).map_err(|error| match error {
            ContainerError::PasswordWrong => KeyStoreError::ContainerLocked,
            other => KeyStoreError::ContainerDamaged(other.to_string().into()),
        })?;
        let found = std::iter::from_fn(|| bags.next_decrypted())
            .filter_map(|key| KeyPair::from_pkcs8(&key.ok()?).ok())
            .map(Key::new)
            .find(|key| key.public == certificate.subject_public_key_info())
            .ok_or(KeyStoreError::ContainerWithoutKey)?;
        let subject_public_key_info = found.public.clone();
        keys.insert(id, Protected { password: password.expose().to_owned(), key: Arc::new(found) });
        Ok(KeyReference { id, subject_public_key_info, made_at: at, place: self.place() })
    }

    async fn export_key(
        &self,
        permit: &ExportPermit,
        password: &Password,
        chain: &[Certificate],
        container_password: &Password,
    ) -> Result<Vec<u8>, KeyStoreError> {
        let keys = self.keys.lock().expect("whole");
        let Protected { password: right, key } = keys.get(&permit.key()).ok_or(KeyStoreError::Missing)?;
        if right != password.expose() {
            return Err(KeyStoreError::WrongPassword);
        }
        let folder = tempfile::TempDir::new().expect("a folder");
        let der: Pkcs8V1Der<'_> = key.pair.as_der().expect("a key");
        std::fs::write(folder.path().join("key.der"), der.as_ref()).expect("written");
        let pem: String = chain.iter().map(Certificate::to_pem).collect();
        std::fs::write(folder.path().join("chain.pem"), pem).expect("written");
        openssl(folder.path(), "", &"pkey -inform DER -in key.der -out key.pem".split(' ').collect::<Vec<_>>());
        let arguments = "pkcs12 -export -inkey key.pem -in chain.pem -passout env:CONTAINER_PASSWORD -out out.p12";
        openssl(folder.path(), container_password.expose(), &arguments.split(' ').collect::<Vec<_>>());
        Ok(std::fs::read(folder.path().join("out.p12")).expect("a container"))
    }

    async fn store_log_head(&self, id: KeyId, head: &LogHead) -> Result<(), KeyStoreError> {
        self.log_heads.lock().expect("whole").insert(id, *head);
        Ok(())
    }

    async fn log_head(&self, id: KeyId) -> Result<Option<LogHead>, KeyStoreError> {
        Ok(self.log_heads.lock().expect("whole").get(&id).copied())
    }

    async fn holds_key(&self, id: KeyId) -> Result<bool, KeyStoreError> {
        Ok(self.keys.lock().expect("whole").contains_key(&id))
    }

    async fn delete_key(&self, id: KeyId) -> Result<(), KeyStoreError> {
        self.keys.lock().expect("whole").remove(&id);
        self.device_tokens.lock().expect("whole").remove(&id);
        self.log_heads.lock().expect("whole").remove(&id);
        Ok(())
    }

    async fn store_device_token(&self, id: KeyId, token: &DeviceToken) -> Result<(), KeyStoreError> {
        self.device_tokens.lock().expect("whole").insert(id, token.expose().to_owned());
        Ok(())
    }

    async fn device_token(&self, id: KeyId) -> Result<DeviceToken, KeyStoreError> {
        let tokens = self.device_tokens.lock().expect("whole");
        tokens.get(&id).cloned().map(DeviceToken::new).ok_or(KeyStoreError::Missing)
    }
}

impl Backend for Memory {
    type Store = Self;

    fn started(&self) -> Self {
        self.clone()
    }

    fn right(&self) -> Password {
        password("fire ord på rad")
    }

    fn wrong(&self) -> Vec<Password> {
        vec![password("Fire ord på rad"), password("")]
    }

    fn algorithms(&self) -> &'static [SignatureAlgorithm] {
        RSA
    }

    fn what_belongs_to_others(&self) -> Vec<String> {
        vec!["this process".to_owned()]
    }
}
