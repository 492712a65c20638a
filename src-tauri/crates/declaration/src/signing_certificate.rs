//! The signed attributes that name the signer's certificate ([RFC 5035]): both signatures and time-stamp tokens have one.

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912;
use der::asn1::OctetString;
use der::{Any, Sequence};
use pki::Certificate;
use spki::AlgorithmIdentifierOwned;

/// id-aa-signingCertificate ([RFC 2634 §5.4]).
pub(crate) const SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");

/// id-aa-signingCertificateV2 ([RFC 5035 §3]).
pub(crate) const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// `SigningCertificateV2` ([RFC 5035 §3]).
#[derive(Sequence)]
pub(crate) struct SigningCertificateV2 {
    certs: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

/// `ESSCertIDv2` ([RFC 5035 §4]).
#[derive(Sequence)]
struct EssCertIdV2 {
    /// SHA-256 where it is absent.
    #[asn1(optional = "true")]
    hash_algorithm: Option<AlgorithmIdentifierOwned>,
    cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<Any>,
}

impl SigningCertificateV2 {
    /// Names `certificate` by SHA-256.
    pub(crate) fn of(certificate: &Certificate) -> der::Result<Self> {
        let named = EssCertIdV2 {
            hash_algorithm: None,
            cert_hash: OctetString::new(certificate.sha256())?,
            issuer_serial: None,
        };
        Ok(Self { certs: vec![named], policies: None })
    }

    /// Whether the first certificate that is named, the signer's, is `certificate`; `None` where none is named.
    pub(crate) fn names(&self, certificate: &Certificate) -> Option<bool> {
        let first = self.certs.first()?;
        let algorithm = match &first.hash_algorithm {
            None => Some(&SHA256),
            Some(named) => digest_algorithm(named),
        };
        Some(
            algorithm
                .is_some_and(|algorithm| digest(algorithm, certificate.der()).as_ref() == first.cert_hash.as_bytes()),
        )
    }
}

/// `SigningCertificate` ([RFC 2634 §5.4]), which names by SHA-1.
#[derive(Sequence)]
pub(crate) struct SigningCertificate {
    certs: Vec<EssCertId>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

/// `ESSCertID` ([RFC 2634 §5.4.1]).
#[derive(Sequence)]
struct EssCertId {
    cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<Any>,
}

impl SigningCertificate {
    /// As [`SigningCertificateV2::names`]. That the hash is SHA-1 secures nothing: the signature is held against the key.
    pub(crate) fn names(&self, certificate: &Certificate) -> Option<bool> {
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate.der());
        self.certs.first().map(|first| first.cert_hash.as_bytes() == hash.as_ref())
    }
}

/// The digest that an identifier names, where it is SHA-256 or stronger; its parameters may be absent or NULL
/// ([RFC 5754 §2]).
pub(crate) fn digest_algorithm(identifier: &AlgorithmIdentifierOwned) -> Option<&'static Algorithm> {
    if !identifier.parameters.as_ref().is_none_or(Any::is_null) {
        return None;
    }
    match identifier.oid {
        rfc5912::ID_SHA_256 => Some(&SHA256),
        rfc5912::ID_SHA_384 => Some(&SHA384),
        rfc5912::ID_SHA_512 => Some(&SHA512),
        _ => None,
    }
}
