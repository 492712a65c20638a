//! The one port through which every private key signs, wherever it lives.

use const_oid::db::{rfc5912, rfc8410};
use der::Sequence;
use der::asn1::{Any, AnyRef, Null};
use der::oid::ObjectIdentifier;
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};
use thiserror::Error;

/// A signature algorithm with its parameters fixed, so that it cannot be combined wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 ([RFC 8017 §8.2]).
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
    /// RSASSA-PSS with SHA-256, MGF1-SHA-256, salt of 32 bytes ([RFC 4055 §3.1], [RFC 8017 §8.1]).
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384, MGF1-SHA-384, salt of 48 bytes.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512, MGF1-SHA-512, salt of 64 bytes.
    RsaPssSha512,
    /// ECDSA on P-256 with SHA-256; the signature is the DER `Ecdsa-Sig-Value` ([RFC 3279 §2.2.3]).
    EcdsaP256Sha256,
}

impl SignatureAlgorithm {
    /// The algorithm as a DER `AlgorithmIdentifier`, parameters included: NULL for RSASSA-PKCS1-v1_5 ([RFC 4055 §5]),
    /// `RSASSA-PSS-params` for PSS ([RFC 4055 §3.1]), none for ECDSA ([RFC 5758 §3.2]).
    pub fn algorithm_identifier(self) -> AlgorithmIdentifierOwned {
        let (oid, parameters) = match self {
            Self::RsaPkcs1Sha256 => (rfc5912::SHA_256_WITH_RSA_ENCRYPTION, Some(Any::from(Null))),
            Self::RsaPkcs1Sha384 => (rfc5912::SHA_384_WITH_RSA_ENCRYPTION, Some(Any::from(Null))),
            Self::RsaPkcs1Sha512 => (rfc5912::SHA_512_WITH_RSA_ENCRYPTION, Some(Any::from(Null))),
            Self::RsaPssSha256 => (rfc5912::ID_RSASSA_PSS, Some(pss_parameters(rfc5912::ID_SHA_256, 32))),
            Self::RsaPssSha384 => (rfc5912::ID_RSASSA_PSS, Some(pss_parameters(rfc5912::ID_SHA_384, 48))),
            Self::RsaPssSha512 => (rfc5912::ID_RSASSA_PSS, Some(pss_parameters(rfc5912::ID_SHA_512, 64))),
            Self::EcdsaP256Sha256 => (rfc5912::ECDSA_WITH_SHA_256, None),
        };
        AlgorithmIdentifierOwned { oid, parameters }
    }

    /// The algorithm that a DER `AlgorithmIdentifier` names, or `None` where it is not one that this house accepts:
    /// SHA-1, PSS with another mask, salt or trailer than the ones above, other curves' digests, Edwards curves.
    ///
    /// The digest's own parameters may be NULL or absent ([RFC 4055 §2.1]).
    pub fn from_algorithm_identifier(identifier: &AlgorithmIdentifierRef<'_>) -> Option<Self> {
        let null_or_absent = identifier.parameters.is_none_or(|parameters| parameters.is_null());
        match identifier.oid {
            rfc5912::SHA_256_WITH_RSA_ENCRYPTION if null_or_absent => Some(Self::RsaPkcs1Sha256),
            rfc5912::SHA_384_WITH_RSA_ENCRYPTION if null_or_absent => Some(Self::RsaPkcs1Sha384),
            rfc5912::SHA_512_WITH_RSA_ENCRYPTION if null_or_absent => Some(Self::RsaPkcs1Sha512),
            rfc5912::ECDSA_WITH_SHA_256 if identifier.parameters.is_none() => Some(Self::EcdsaP256Sha256),
            rfc5912::ID_RSASSA_PSS => from_pss_parameters(identifier.parameters?),
            _ => None,
        }
    }
}

/// What a signature algorithm is called in a description, also where this house does not accept it.
pub(crate) fn name_of(identifier: &AlgorithmIdentifierRef<'_>) -> String {
    match SignatureAlgorithm::from_algorithm_identifier(identifier) {
        Some(SignatureAlgorithm::RsaPkcs1Sha256) => "RSA PKCS#1 SHA-256".to_owned(),
        Some(SignatureAlgorithm::RsaPkcs1Sha384) => "RSA PKCS#1 SHA-384".to_owned(),
        Some(SignatureAlgorithm::RsaPkcs1Sha512) => "RSA PKCS#1 SHA-512".to_owned(),
        Some(SignatureAlgorithm::RsaPssSha256) => "RSASSA-PSS SHA-256".to_owned(),
        Some(SignatureAlgorithm::RsaPssSha384) => "RSASSA-PSS SHA-384".to_owned(),
        Some(SignatureAlgorithm::RsaPssSha512) => "RSASSA-PSS SHA-512".to_owned(),
        Some(SignatureAlgorithm::EcdsaP256Sha256) => "ECDSA SHA-256".to_owned(),
        None => match identifier.oid {
            rfc5912::SHA_1_WITH_RSA_ENCRYPTION => "RSA PKCS#1 SHA-1".to_owned(),
            rfc5912::MD_5_WITH_RSA_ENCRYPTION => "RSA PKCS#1 MD5".to_owned(),
            rfc5912::ID_RSASSA_PSS => "RSASSA-PSS with other parameters".to_owned(),
            rfc5912::ECDSA_WITH_SHA_384 => "ECDSA SHA-384".to_owned(),
            rfc5912::ECDSA_WITH_SHA_512 => "ECDSA SHA-512".to_owned(),
            rfc8410::ID_ED_25519 => "Ed25519".to_owned(),
            other => other.to_string(),
        },
    }
}

/// `RSASSA-PSS-params` ([RFC 4055 §3.1]). Every field has a default that means SHA-1, so an absent one is kept apart.
#[derive(Sequence)]
struct RsassaPssParameters<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash_algorithm: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask_generation_algorithm: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt_length: Option<u16>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer_field: Option<u8>,
}

fn pss_parameters(digest: ObjectIdentifier, salt_length: u16) -> Any {
    let hash = AlgorithmIdentifierRef { oid: digest, parameters: Some(AnyRef::NULL) };
    let mask = Any::encode_from(&hash).expect("an OID and NULL always encode");
    let parameters = RsassaPssParameters {
        hash_algorithm: Some(hash),
        mask_generation_algorithm: Some(AlgorithmIdentifierRef {
            oid: rfc5912::ID_MGF_1,
            parameters: Some(AnyRef::from(&mask)),
        }),
        salt_length: Some(salt_length),
        trailer_field: None,
    };
    Any::encode_from(&parameters).expect("OIDs and small integers always encode")
}

fn from_pss_parameters(parameters: AnyRef<'_>) -> Option<SignatureAlgorithm> {
    let parameters: RsassaPssParameters<'_> = parameters.decode_as().ok()?;
    let hash = parameters.hash_algorithm?;
    let mask = parameters.mask_generation_algorithm?;
    let mask_hash: AlgorithmIdentifierRef<'_> = mask.parameters?.decode_as().ok()?;
    let digest_parameters_hold =
        |digest: &AlgorithmIdentifierRef<'_>| digest.parameters.is_none_or(|parameters| parameters.is_null());
    if mask.oid != rfc5912::ID_MGF_1
        || mask_hash.oid != hash.oid
        || !digest_parameters_hold(&hash)
        || !digest_parameters_hold(&mask_hash)
        || parameters.trailer_field.is_some_and(|trailer| trailer != 1)
    {
        return None;
    }
    match (hash.oid, parameters.salt_length?) {
        (rfc5912::ID_SHA_256, 32) => Some(SignatureAlgorithm::RsaPssSha256),
        (rfc5912::ID_SHA_384, 48) => Some(SignatureAlgorithm::RsaPssSha384),
        (rfc5912::ID_SHA_512, 64) => Some(SignatureAlgorithm::RsaPssSha512),
        _ => None,
    }
}

/// A private key that signs and never shows itself: in the keychain, on a token, at the CA.
///
/// One implementation serves the certification request, the CMS signature and TLS client authentication.
pub trait SigningKey: Send + Sync {
    /// The public key as DER `SubjectPublicKeyInfo` ([RFC 5280 §4.1.2.7]).
    fn subject_public_key_info(&self) -> &[u8];

    /// Signs `message` (the message, not its digest).
    ///
    /// # Errors
    /// [`SigningError::Unsupported`] where the key is not of the algorithm's kind, [`SigningError::Failed`] where the
    /// keychain or token fails.
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError>;
}

/// Why a key did not sign.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The key cannot sign with this algorithm.
    #[error("the key does not sign with {0:?}")]
    Unsupported(SignatureAlgorithm),
    /// The key is not there any more: its token was taken out.
    #[error("the key is not there any more: {0}")]
    Gone(&'static str),
    /// The key's holder failed.
    #[error("the key did not sign: {0}")]
    Failed(&'static str),
}
