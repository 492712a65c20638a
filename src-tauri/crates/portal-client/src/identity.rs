//! Mutual TLS with a key that never shows itself: our signing port as rustls' ([RFC 8446 §4.4.3], [RFC 5246 §7.4.8]).

use crate::transport::ClientSetupError;
use lifecycle::ports::ClientIdentity;
use pki::SignatureAlgorithm;
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::{SignatureScheme, client::ResolvesClientCert};
use rustls_pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use spki::ObjectIdentifier;
use spki::der::Decode as _;
use std::fmt;
use std::sync::Arc;
use tokio::runtime::{Handle, RuntimeFlavor};

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// RSASSA-PSS first: PKCS#1 v1.5 is left for TLS 1.2 with servers that know nothing else.
const RSA_SCHEMES: &[(SignatureScheme, SignatureAlgorithm)] = &[
    (SignatureScheme::RSA_PSS_SHA256, SignatureAlgorithm::RsaPssSha256),
    (SignatureScheme::RSA_PSS_SHA384, SignatureAlgorithm::RsaPssSha384),
    (SignatureScheme::RSA_PSS_SHA512, SignatureAlgorithm::RsaPssSha512),
    (SignatureScheme::RSA_PKCS1_SHA256, SignatureAlgorithm::RsaPkcs1Sha256),
    (SignatureScheme::RSA_PKCS1_SHA384, SignatureAlgorithm::RsaPkcs1Sha384),
    (SignatureScheme::RSA_PKCS1_SHA512, SignatureAlgorithm::RsaPkcs1Sha512),
];

const EC_SCHEMES: &[(SignatureScheme, SignatureAlgorithm)] =
    &[(SignatureScheme::ECDSA_NISTP256_SHA256, SignatureAlgorithm::EcdsaP256Sha256)];

/// Answers every request for a client certificate with this identity's chain.
pub(crate) fn resolver(identity: &ClientIdentity) -> Result<Arc<dyn ResolvesClientCert>, ClientSetupError> {
    if identity.chain.is_empty() {
        return Err(ClientSetupError::IdentityWithoutCertificate);
    }
    let public_key = spki::SubjectPublicKeyInfoRef::from_der(identity.key.subject_public_key_info())
        .map_err(|_| ClientSetupError::KeyNotUsable)?;
    let (schemes, algorithm) = match public_key.algorithm.oid {
        RSA_ENCRYPTION => (RSA_SCHEMES, rustls::SignatureAlgorithm::RSA),
        EC_PUBLIC_KEY => (EC_SCHEMES, rustls::SignatureAlgorithm::ECDSA),
        _ => return Err(ClientSetupError::KeyNotUsable),
    };
    let chain =
        identity.chain.iter().map(|certificate| CertificateDer::from(certificate.der().to_vec())).collect::<Vec<_>>();
    let key = PortKey { key: Arc::clone(&identity.key), schemes, algorithm };
    Ok(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, Arc::new(key)))))
}

struct PortKey {
    key: Arc<dyn pki::SigningKey>,
    schemes: &'static [(SignatureScheme, SignatureAlgorithm)],
    algorithm: rustls::SignatureAlgorithm,
}

impl SigningKey for PortKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let (scheme, algorithm) = self.schemes.iter().find(|(scheme, _)| offered.contains(scheme))?;
        Some(Box::new(PortSigner { key: Arc::clone(&self.key), scheme: *scheme, algorithm: *algorithm }))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(SubjectPublicKeyInfoDer::from(self.key.subject_public_key_info()))
    }

    fn algorithm(&self) -> rustls::SignatureAlgorithm {
        self.algorithm
    }
}

impl fmt::Debug for PortKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PortKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

struct PortSigner {
    key: Arc<dyn pki::SigningKey>,
    scheme: SignatureScheme,
    algorithm: SignatureAlgorithm,
}

impl Signer for PortSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let sign = || self.key.sign(self.algorithm, message);
        // rustls asks in the middle of an asynchronous handshake, and a token may take seconds, or wait for another
        // part of the program that uses it: the other tasks of this thread go on elsewhere meanwhile.
        let on_many_threads =
            Handle::try_current().is_ok_and(|runtime| matches!(runtime.runtime_flavor(), RuntimeFlavor::MultiThread));
        let signed = if on_many_threads { tokio::task::block_in_place(sign) } else { sign() };
        signed.map_err(|error| rustls::Error::Other(rustls::OtherError(Arc::new(error))))
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}

impl fmt::Debug for PortSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PortSigner").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}
