//! The smallest thing that keeps the contract: keys in memory. It shows that the contract asks for nothing that only a
//! real keychain or token could have.

use crate::suite::{Backend, RSA, password};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
    RsaEncoding,
};
use chrono::{DateTime, Utc};
use lifecycle::gate::{PasswordChangePermit, Permit};
use lifecycle::ports::{KeySecret, KeyStore, KeyStoreError};
use lifecycle::{DeviceToken, KeyId, KeyPlaceName, KeyReference, Password};
use pki::{SignatureAlgorithm, SigningError, SigningKey};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
pub(crate) struct Memory {
    keys: Arc<Mutex<HashMap<KeyId, Protected>>>,
    device_tokens: Arc<Mutex<HashMap<KeyId, String>>>,
}

struct Protected {
    password: String,
    key: Arc<Key>,
}

struct Key {
    pair: KeyPair,
    public: Vec<u8>,
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
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("a public key");
        let public = public.as_ref().to_vec();
        let reference = KeyReference { id, subject_public_key_info: public.clone(), made_at: at, place: self.place() };
        let key = Arc::new(Key { pair, public });
        keys.insert(id, Protected { password: password.expose().to_owned(), key });
        Ok(reference)
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

    async fn holds_key(&self, id: KeyId) -> Result<bool, KeyStoreError> {
        Ok(self.keys.lock().expect("whole").contains_key(&id))
    }

    async fn delete_key(&self, id: KeyId) -> Result<(), KeyStoreError> {
        self.keys.lock().expect("whole").remove(&id);
        self.device_tokens.lock().expect("whole").remove(&id);
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
