//! Certification requests (PKCS #10, [RFC 2986]): made on the employee's computer, verified at the authority.

use std::cell::RefCell;

use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tagged};
use rcgen::{CertificateParams, DistinguishedName, PublicKeyData};
use spki::SubjectPublicKeyInfoRef;
use thiserror::Error;

use crate::public_key::{PublicKeyKind, SignatureInvalid, verify_signature};
use crate::signed_structure::SignedStructure;
use crate::signing::{SignatureAlgorithm, SigningError, SigningKey};

/// The largest request that is read, in bytes of DER.
pub const MAXIMUM_REQUEST_BYTES: usize = 16 * 1024;

/// Why a request was not made, or not accepted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CertificationRequestError {
    /// The key is not one that certificates are requested for: RSA of 3072 to 4096 bits, or EC P-256.
    #[error("a key of the kind {kind} is not certified")]
    KeyNotAccepted {
        /// What the key is: `RSA 2048`, `EC P-384`.
        kind: String,
    },
    /// The holder of the key did not sign.
    #[error("the request was not signed")]
    Signing(#[source] SigningError),
    /// The request could not be encoded.
    #[error("the request could not be encoded")]
    Encoding(#[source] rcgen::Error),
    /// The input is larger than is read.
    #[error("the request has {actual} bytes, more than the {limit} that are read")]
    TooLarge {
        /// How many bytes came in.
        actual: usize,
        /// How many are read at most.
        limit: usize,
    },
    /// The bytes are not a DER `CertificationRequest`, or are cut short, or go on after it.
    #[error("the bytes are not a DER certification request")]
    Malformed,
    /// The request is signed by an algorithm that is not accepted.
    #[error("the request is signed by an algorithm that is not accepted")]
    AlgorithmForbidden,
    /// The signature was not made by the key that the request names: no proof of possession.
    #[error("the request is not signed by the key that it names")]
    ProofOfPossession(#[source] SignatureInvalid),
}

/// Makes a certification request for `key` as DER, signed by it: RSA by PKCS #1 v1.5 with SHA-256, P-256 by ECDSA.
///
/// The subject is empty and no extensions are asked for: the authority takes them from its own order, never from here.
///
/// # Errors
/// [`CertificationRequestError::KeyNotAccepted`], [`CertificationRequestError::Signing`] and
/// [`CertificationRequestError::Encoding`].
pub fn build(key: &dyn SigningKey) -> Result<Vec<u8>, CertificationRequestError> {
    let public_key = SubjectPublicKeyInfoRef::from_der(key.subject_public_key_info())
        .map_err(|_| CertificationRequestError::KeyNotAccepted { kind: "unreadable".to_owned() })?;
    let kind = accepted_kind(&public_key)?;
    let (algorithm, rcgen_algorithm) = match kind {
        AcceptedKind::Rsa => (SignatureAlgorithm::RsaPkcs1Sha256, &rcgen::PKCS_RSA_SHA256),
        AcceptedKind::EcP256 => (SignatureAlgorithm::EcdsaP256Sha256, &rcgen::PKCS_ECDSA_P256_SHA256),
    };
    let subject_key = RequestKey {
        key,
        algorithm,
        rcgen_algorithm,
        // `accepted_kind` has read the key's bytes, so they are there.
        public_key: public_key.subject_public_key.raw_bytes(),
        refusal: RefCell::new(None),
    };
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    match parameters.serialize_request(&subject_key) {
        Ok(request) => Ok(request.der().to_vec()),
        Err(error) => Err(match subject_key.refusal.into_inner() {
            Some(refusal) => CertificationRequestError::Signing(refusal),
            None => CertificationRequestError::Encoding(error),
        }),
    }
}

/// A certification request whose sender has proven to hold the private key.
///
/// Only [`VerifiedRequest::from_der`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRequest {
    subject_public_key_info: Vec<u8>,
}

impl VerifiedRequest {
    /// Reads a DER `CertificationRequest` ([RFC 2986 §4]) of at most [`MAXIMUM_REQUEST_BYTES`] and verifies its
    /// signature and the strength of its key: RSA of 3072 to 4096 bits with an odd exponent of 65537 or more, or P-256.
    ///
    /// Its subject and attributes are not looked at.
    ///
    /// # Errors
    /// Every one of [`CertificationRequestError`] but `Signing` and `Encoding`.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificationRequestError> {
        if der.len() > MAXIMUM_REQUEST_BYTES {
            return Err(CertificationRequestError::TooLarge { actual: der.len(), limit: MAXIMUM_REQUEST_BYTES });
        }
        let outer = SignedStructure::from_der(der).map_err(|_| CertificationRequestError::Malformed)?;
        let subject_public_key_info =
            subject_public_key_info(outer.to_be_signed).map_err(|_| CertificationRequestError::Malformed)?;
        let key = SubjectPublicKeyInfoRef::from_der(subject_public_key_info)
            .map_err(|_| CertificationRequestError::Malformed)?;
        accepted_kind(&key)?;
        let algorithm = SignatureAlgorithm::from_algorithm_identifier(&outer.algorithm)
            .ok_or(CertificationRequestError::AlgorithmForbidden)?;
        verify_signature(subject_public_key_info, algorithm, outer.to_be_signed, outer.signature)
            .map_err(CertificationRequestError::ProofOfPossession)?;
        Ok(Self { subject_public_key_info: subject_public_key_info.to_vec() })
    }

    /// The public key to be certified, as DER `SubjectPublicKeyInfo`.
    pub fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AcceptedKind {
    Rsa,
    EcP256,
}

fn accepted_kind(key: &SubjectPublicKeyInfoRef<'_>) -> Result<AcceptedKind, CertificationRequestError> {
    let kind = PublicKeyKind::of(key);
    match kind {
        PublicKeyKind::Rsa { bits: 3072..=4096 } if PublicKeyKind::has_sound_exponent(key) => Ok(AcceptedKind::Rsa),
        PublicKeyKind::EcP256 => Ok(AcceptedKind::EcP256),
        PublicKeyKind::Rsa { .. } | PublicKeyKind::Other(_) => {
            Err(CertificationRequestError::KeyNotAccepted { kind: kind.to_string() })
        }
    }
}

/// Cuts the key out of a `CertificationRequestInfo` ([RFC 2986 §4.1]): version 0, subject, key, attributes.
fn subject_public_key_info(request_info: &[u8]) -> Result<&[u8], der::Error> {
    let mut reader = SliceReader::new(request_info)?;
    let key = reader.sequence(|inner| {
        let version = u8::decode(inner)?;
        if version != 0 {
            return Err(der::Tag::Integer.value_error());
        }
        AnyRef::decode(inner)?.tag().assert_eq(der::Tag::Sequence)?;
        let key = inner.tlv_bytes()?;
        if !inner.is_finished() {
            AnyRef::decode(inner)?;
        }
        Ok(key)
    })?;
    reader.finish(key)
}

/// Our port as rcgen wants to see a key.
struct RequestKey<'a> {
    key: &'a dyn SigningKey,
    algorithm: SignatureAlgorithm,
    rcgen_algorithm: &'static rcgen::SignatureAlgorithm,
    public_key: &'a [u8],
    refusal: RefCell<Option<SigningError>>,
}

impl PublicKeyData for RequestKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.public_key
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.rcgen_algorithm
    }
}

impl rcgen::SigningKey for RequestKey<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.key.sign(self.algorithm, message).map_err(|refusal| {
            self.refusal.replace(Some(refusal));
            rcgen::Error::RemoteKeyError
        })
    }
}
