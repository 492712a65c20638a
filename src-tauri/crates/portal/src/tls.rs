//! TLS 1.2 and 1.3 of the portal's listener: its key, and whose client certificates are looked at.

use crate::certificate_authority::{CertificateAuthority, Identity};
use crate::clock::Clock;
use crate::error::PortalError;
use pki::{SignatureAlgorithm, SigningKey as _};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::time_provider::TimeProvider;
use rustls::{RootCertStore, ServerConfig, SignatureScheme};
use rustls_pki_types::{CertificateDer, SubjectPublicKeyInfoDer, UnixTime};
use std::sync::Arc;
use std::time::Duration;

/// What the listener is set up with.
pub(crate) fn tls_settings(
    authority: &CertificateAuthority,
    clock: Arc<dyn Clock>,
) -> Result<ServerConfig, PortalError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut clients = RootCertStore::empty();
    // The issuing CA as well, so that a client may leave it out of its chain.
    for certificate in [&authority.root.certificate, &authority.issuing.certificate] {
        clients.add(CertificateDer::from(certificate.der().to_vec())).map_err(PortalError::Tls)?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(clients), Arc::clone(&provider))
        .allow_unauthenticated()
        .build()
        .map_err(PortalError::ClientVerifier)?;
    let chain = [&authority.tls.certificate, &authority.issuing.certificate]
        .map(|certificate| CertificateDer::from(certificate.der().to_vec()));
    let key = TlsKey(Arc::clone(&authority.tls));
    let identity = CertifiedKey::new(chain.to_vec(), Arc::new(key));
    let mut settings = ServerConfig::builder_with_details(provider, Arc::new(TlsClock(clock)))
        .with_safe_default_protocol_versions()
        .map_err(PortalError::Tls)?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity)));
    settings.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(settings)
}

/// The portal's clock for TLS, so that tests decide about the validity of client certificates.
struct TlsClock(Arc<dyn Clock>);

impl std::fmt::Debug for TlsClock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TlsClock")
    }
}

impl TimeProvider for TlsClock {
    fn current_time(&self) -> Option<UnixTime> {
        u64::try_from(self.0.now().timestamp())
            .ok()
            .map(|seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// The TLS key, which signs as every other key of the portal does.
struct TlsKey(Arc<Identity>);

const TLS_SCHEMES: [(SignatureScheme, SignatureAlgorithm); 6] = [
    (SignatureScheme::RSA_PSS_SHA256, SignatureAlgorithm::RsaPssSha256),
    (SignatureScheme::RSA_PSS_SHA384, SignatureAlgorithm::RsaPssSha384),
    (SignatureScheme::RSA_PSS_SHA512, SignatureAlgorithm::RsaPssSha512),
    (SignatureScheme::RSA_PKCS1_SHA256, SignatureAlgorithm::RsaPkcs1Sha256),
    (SignatureScheme::RSA_PKCS1_SHA384, SignatureAlgorithm::RsaPkcs1Sha384),
    (SignatureScheme::RSA_PKCS1_SHA512, SignatureAlgorithm::RsaPkcs1Sha512),
];

impl std::fmt::Debug for TlsKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TlsKey")
    }
}

impl SigningKey for TlsKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let (scheme, algorithm) = TLS_SCHEMES.into_iter().find(|(scheme, _)| offered.contains(scheme))?;
        Some(Box::new(TlsSigner { identity: Arc::clone(&self.0), scheme, algorithm }))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(SubjectPublicKeyInfoDer::from(self.0.key.subject_public_key_info()))
    }

    fn algorithm(&self) -> rustls::SignatureAlgorithm {
        rustls::SignatureAlgorithm::RSA
    }
}

struct TlsSigner {
    identity: Arc<Identity>,
    scheme: SignatureScheme,
    algorithm: SignatureAlgorithm,
}

impl std::fmt::Debug for TlsSigner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TlsSigner")
    }
}

impl Signer for TlsSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        self.identity.key.sign(self.algorithm, message).map_err(|error| rustls::Error::General(error.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}
