//! Public keys as they come in certificates and requests: kind, strength, and the verification of signatures.

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use const_oid::db::{rfc5912, rfc8410};
use der::Decode;
use der::asn1::UintRef;
use spki::SubjectPublicKeyInfoRef;
use thiserror::Error;

use crate::signing::SignatureAlgorithm;

/// Why a signature was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignatureInvalid {
    /// The bytes are not a DER `SubjectPublicKeyInfo`.
    #[error("the public key cannot be read")]
    PublicKeyUnreadable,
    /// The key is not of the kind that the algorithm wants (RSA of 2048 to 8192 bits, or EC P-256).
    #[error("the public key is not of the kind that {0:?} wants")]
    PublicKeyOfOtherKind(SignatureAlgorithm),
    /// The signature was not made over this message by this key.
    #[error("the signature does not match the message and the key")]
    Mismatch,
}

/// Verifies `signature` over `message` (the message, not its digest) under a DER `SubjectPublicKeyInfo`.
///
/// RSA keys of 2048 to 8192 bits and EC P-256 are taken ([RFC 8017 §8.1.2, §8.2.2], [RFC 3279 §2.2.3]).
///
/// # Errors
/// [`SignatureInvalid`], which says whether the key or the signature is at fault.
pub fn verify_signature(
    subject_public_key_info: &[u8],
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureInvalid> {
    let key = SubjectPublicKeyInfoRef::from_der(subject_public_key_info)
        .map_err(|_| SignatureInvalid::PublicKeyUnreadable)?;
    let other_kind = SignatureInvalid::PublicKeyOfOtherKind(algorithm);
    let (verification, wanted): (&'static dyn VerificationAlgorithm, fn(&PublicKeyKind) -> bool) = match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha256 => (&signature::RSA_PKCS1_2048_8192_SHA256, is_verifying_rsa),
        SignatureAlgorithm::RsaPkcs1Sha384 => (&signature::RSA_PKCS1_2048_8192_SHA384, is_verifying_rsa),
        SignatureAlgorithm::RsaPkcs1Sha512 => (&signature::RSA_PKCS1_2048_8192_SHA512, is_verifying_rsa),
        SignatureAlgorithm::RsaPssSha256 => (&signature::RSA_PSS_2048_8192_SHA256, is_verifying_rsa),
        SignatureAlgorithm::RsaPssSha384 => (&signature::RSA_PSS_2048_8192_SHA384, is_verifying_rsa),
        SignatureAlgorithm::RsaPssSha512 => (&signature::RSA_PSS_2048_8192_SHA512, is_verifying_rsa),
        SignatureAlgorithm::EcdsaP256Sha256 => {
            (&signature::ECDSA_P256_SHA256_ASN1, |kind| matches!(kind, PublicKeyKind::EcP256))
        }
    };
    if !wanted(&PublicKeyKind::of(&key)) {
        return Err(other_kind);
    }
    let key = key.subject_public_key.as_bytes().ok_or(SignatureInvalid::PublicKeyUnreadable)?;
    UnparsedPublicKey::new(verification, key).verify(message, signature).map_err(|_| SignatureInvalid::Mismatch)
}

fn is_verifying_rsa(kind: &PublicKeyKind) -> bool {
    matches!(kind, PublicKeyKind::Rsa { bits: 2048..=8192 })
}

/// The kind and strength of a public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PublicKeyKind {
    /// rsaEncryption with a modulus of so many bits.
    Rsa { bits: usize },
    /// An EC key on P-256.
    EcP256,
    /// Any other kind, by its name.
    Other(String),
}

impl PublicKeyKind {
    /// Reads the kind off a `SubjectPublicKeyInfo`.
    pub(crate) fn of(key: &SubjectPublicKeyInfoRef<'_>) -> Self {
        let curve = key.algorithm.parameters.and_then(|parameters| parameters.decode_as().ok());
        match key.algorithm.oid {
            rfc5912::RSA_ENCRYPTION => {
                match key.subject_public_key.as_bytes().and_then(|bytes| RsaPublicKey::from_der(bytes).ok()) {
                    Some(key) => Self::Rsa { bits: key.modulus_bits() },
                    None => Self::Other("RSA, unreadable".to_owned()),
                }
            }
            rfc5912::ID_EC_PUBLIC_KEY if curve == Some(rfc5912::SECP_256_R_1) => Self::EcP256,
            rfc5912::ID_EC_PUBLIC_KEY if curve == Some(rfc5912::SECP_384_R_1) => Self::Other("EC P-384".to_owned()),
            rfc5912::ID_EC_PUBLIC_KEY if curve == Some(rfc5912::SECP_521_R_1) => Self::Other("EC P-521".to_owned()),
            rfc5912::ID_EC_PUBLIC_KEY => Self::Other("EC on another curve".to_owned()),
            rfc8410::ID_ED_25519 => Self::Other("Ed25519".to_owned()),
            other => Self::Other(other.to_string()),
        }
    }

    /// Whether an RSA key's public exponent is odd and at least 65537.
    pub(crate) fn has_sound_exponent(key: &SubjectPublicKeyInfoRef<'_>) -> bool {
        let Some(key) = key.subject_public_key.as_bytes().and_then(|bytes| RsaPublicKey::from_der(bytes).ok()) else {
            return false;
        };
        let exponent = key.public_exponent.as_bytes();
        exponent.len() >= 3 && exponent.last().is_some_and(|last| last % 2 == 1)
    }
}

impl std::fmt::Display for PublicKeyKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rsa { bits } => write!(formatter, "RSA {bits}"),
            Self::EcP256 => formatter.write_str("EC P-256"),
            Self::Other(name) => formatter.write_str(name),
        }
    }
}

/// `RSAPublicKey` ([RFC 8017 §A.1.1]).
#[derive(der::Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    public_exponent: UintRef<'a>,
}

impl RsaPublicKey<'_> {
    fn modulus_bits(&self) -> usize {
        let bytes = self.modulus.as_bytes();
        let leading = bytes.first().map_or(8, |first| first.leading_zeros() as usize);
        (bytes.len() * 8).saturating_sub(leading)
    }
}
