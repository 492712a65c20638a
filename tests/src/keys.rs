//! Keys that the tests make for themselves.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RSA_PSS_SHA512, RsaKeyPair};
use pki::{SignatureAlgorithm, SigningError, SigningKey};
use rcgen::{KeyPair, PKCS_RSA_SHA256, PublicKeyData as _, RsaKeySize};
use std::sync::Arc;

struct RsaKey {
    key: RsaKeyPair,
    subject_public_key_info: Vec<u8>,
}

/// A new RSA 3072 key, as an employee's.
#[must_use]
pub fn new_rsa_key() -> Arc<dyn SigningKey> {
    let made = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_3072).expect("an RSA key");
    let key = RsaKeyPair::from_pkcs8(made.serialized_der()).expect("the key just made");
    Arc::new(RsaKey { key, subject_public_key_info: made.subject_public_key_info() })
}

/// A new RSA 3072 key, and the same as DER `PrivateKeyInfo`: for what another program is given.
#[must_use]
pub fn new_exportable_rsa_key() -> (Arc<dyn SigningKey>, Vec<u8>) {
    let made = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_3072).expect("an RSA key");
    let private_key_info = made.serialize_der();
    (rsa_key(&private_key_info).expect("the key just made"), private_key_info)
}

/// The RSA key of a DER `PrivateKeyInfo` ([RFC 5958 §2]); `None` where it is none.
#[must_use]
pub fn rsa_key(private_key_info: &[u8]) -> Option<Arc<dyn SigningKey>> {
    let made = KeyPair::from_der_and_sign_algo(&private_key_info.to_vec().try_into().ok()?, &PKCS_RSA_SHA256).ok()?;
    let key = RsaKeyPair::from_pkcs8(private_key_info).ok()?;
    Some(Arc::new(RsaKey { key, subject_public_key_info: made.subject_public_key_info() }))
}

impl SigningKey for RsaKey {
    fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let encoding: &dyn aws_lc_rs::signature::RsaEncoding = match algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 => &RSA_PKCS1_SHA256,
            SignatureAlgorithm::RsaPssSha256 => &RSA_PSS_SHA256,
            SignatureAlgorithm::RsaPssSha512 => &RSA_PSS_SHA512,
            SignatureAlgorithm::RsaPkcs1Sha384
            | SignatureAlgorithm::RsaPkcs1Sha512
            | SignatureAlgorithm::RsaPssSha384
            | SignatureAlgorithm::EcdsaP256Sha256 => return Err(SigningError::Unsupported(algorithm)),
        };
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(encoding, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| SigningError::Failed("aws-lc-rs"))?;
        Ok(signature)
    }
}

impl std::fmt::Debug for RsaKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "RsaKey({} bytes public)", self.key.public_key().as_ref().len())
    }
}
