//! An unlocked private key in memory, and how a new one is made.

use crate::process_protection::leaving_no_trace;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
};
use der::asn1::{AnyRef, UintRef};
use der::{Decode, Reader, SliceReader};
use lifecycle::ports::KeyStoreError;
use pkcs8::spki::SubjectPublicKeyInfoRef;
use pkcs8::{ObjectIdentifier, PrivateKeyInfo};
use pki::{SignatureAlgorithm, SigningError, SigningKey};
use zeroize::Zeroizing;

/// `rsaEncryption` ([RFC 8017 appendix A.1]).
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// `id-ecPublicKey` ([RFC 5480 §2.1.1]).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `secp256r1` ([RFC 5480 §2.1.1.1]).
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// How many bits an RSA key that is taken over can have: what signs here, and fits into every keychain.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// An unlocked key. AWS-LC wipes its memory when it is dropped; it shows itself in no `Debug`.
pub(crate) struct PrivateKey {
    pair: Pair,
    subject_public_key_info: Vec<u8>,
}

// Both are handles to a key in AWS-LC's own memory, so the variants are of one size.
enum Pair {
    Rsa(rsa::KeyPair),
    EcdsaP256(EcdsaKeyPair),
}

/// Makes an RSA key of 3,072 bits as OCES3 has it; returns DER `PrivateKeyInfo`.
///
/// # Errors
/// [`KeyStoreError::Failed`].
pub(crate) fn generate_rsa_3072() -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
    let pair = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_3072)
        .map(Zeroizing::new)
        .map_err(|error| KeyStoreError::Failed(error.to_string().into()))?;
    Ok(Zeroizing::new(pair.serialized_der().to_vec()))
}

/// Reads DER `PrivateKeyInfo`: RSA, or ECDSA on P-256. AWS-LC checks that the numbers belong together.
///
/// # Errors
/// [`KeyStoreError::Damaged`].
pub(crate) fn read(private_key_info: &[u8]) -> Result<PrivateKey, KeyStoreError> {
    let algorithm =
        PrivateKeyInfo::try_from(private_key_info).map_err(|error| damaged(&error.to_string()))?.algorithm.oid;
    match algorithm {
        RSA_ENCRYPTION => {
            let pair = rsa::KeyPair::from_pkcs8(private_key_info).map_err(|error| damaged(&error.to_string()))?;
            let subject_public_key_info = public_half(pair.public_key())?;
            Ok(PrivateKey { pair: Pair::Rsa(pair), subject_public_key_info })
        }
        EC_PUBLIC_KEY => {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, private_key_info)
                .map_err(|error| damaged(&error.to_string()))?;
            let subject_public_key_info = public_half(pair.public_key())?;
            Ok(PrivateKey { pair: Pair::EcdsaP256(pair), subject_public_key_info })
        }
        other => Err(damaged(&format!("a key of the kind {other}"))),
    }
}

/// Whether a certificate's key is one that could be taken over from elsewhere: RSA of 2,048 to 4,096 bits, or EC P-256.
///
/// # Errors
/// [`KeyStoreError::KeyUnsuitable`].
pub(crate) fn suitable(subject_public_key_info: &[u8]) -> Result<(), KeyStoreError> {
    let unsuitable = |reason: &str| KeyStoreError::KeyUnsuitable(reason.into());
    let public = SubjectPublicKeyInfoRef::from_der(subject_public_key_info)
        .map_err(|error| unsuitable(&format!("the certificate's public key cannot be read: {error}")))?;
    match public.algorithm.oid {
        RSA_ENCRYPTION => {
            let modulus = public.subject_public_key.as_bytes().and_then(|key| rsa_modulus(key, 0).ok());
            let modulus = modulus.ok_or_else(|| unsuitable("the certificate's RSA key cannot be read"))?;
            // `UintRef` has no leading zeros.
            let leading = modulus.first().map_or(0, |first| first.leading_zeros() as usize);
            match (8 * modulus.len()).saturating_sub(leading) {
                bits if RSA_BITS.contains(&bits) => Ok(()),
                bits => Err(unsuitable(&format!("RSA of {bits} bits"))),
            }
        }
        EC_PUBLIC_KEY if public.algorithm.parameters_oid() == Ok(SECP256R1) => Ok(()),
        EC_PUBLIC_KEY => Err(unsuitable("a curve other than P-256")),
        other => Err(unsuitable(&format!("a key of the kind {other}"))),
    }
}

/// Whether a DER `PrivateKeyInfo` that [`read`] refuses could all the same be the one of a DER `SubjectPublicKeyInfo`: of
/// the same curve, or of the same modulus.
pub(crate) fn claims_to_be_of(private_key_info: &[u8], subject_public_key_info: &[u8]) -> bool {
    let private = PrivateKeyInfo::try_from(private_key_info);
    let (Ok(private), Ok(public)) = (private, SubjectPublicKeyInfoRef::from_der(subject_public_key_info)) else {
        return false;
    };
    match (private.algorithm.oid, public.algorithm.oid) {
        (RSA_ENCRYPTION, RSA_ENCRYPTION) => {
            let public = public.subject_public_key.as_bytes().and_then(|key| rsa_modulus(key, 0).ok());
            public.is_some() && public == rsa_modulus(private.private_key, 1).ok()
        }
        (EC_PUBLIC_KEY, EC_PUBLIC_KEY) => {
            private.algorithm.parameters_oid().ok() == public.algorithm.parameters_oid().ok()
        }
        (private, public) => private == public,
    }
}

/// The modulus of a DER `RSAPublicKey` (its first number) or `RSAPrivateKey` (the second, [RFC 8017 §A.1]).
fn rsa_modulus(key: &[u8], numbers_before: usize) -> der::Result<&[u8]> {
    let mut reader = SliceReader::new(key)?;
    let modulus = reader.sequence(|fields| {
        for _ in 0..numbers_before {
            AnyRef::decode(fields)?;
        }
        let modulus = UintRef::decode(fields)?;
        while !fields.is_finished() {
            AnyRef::decode(fields)?;
        }
        Ok(modulus)
    })?;
    reader.finish(modulus.as_bytes())
}

impl PrivateKey {
    /// The key as the DER `PrivateKeyInfo` that AWS-LC writes: with nothing in it that another program added.
    ///
    /// # Errors
    /// [`KeyStoreError::Failed`].
    pub(crate) fn private_key_info(&self) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        let not_written = |_| KeyStoreError::Failed("the key cannot be written".into());
        // AWS-LC wipes what it hands out.
        match &self.pair {
            Pair::Rsa(pair) => {
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(not_written)?;
                Ok(Zeroizing::new(der.as_ref().to_vec()))
            }
            Pair::EcdsaP256(pair) => {
                let der = pair.to_pkcs8v1().map_err(not_written)?;
                Ok(Zeroizing::new(der.as_ref().to_vec()))
            }
        }
    }
}

impl SigningKey for PrivateKey {
    fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        leaving_no_trace(|| match &self.pair {
            Pair::Rsa(pair) => {
                let encoding = rsa_encoding(algorithm).ok_or(SigningError::Unsupported(algorithm))?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| SigningError::Failed("RSA"))?;
                Ok(signature)
            }
            Pair::EcdsaP256(pair) => {
                if algorithm != SignatureAlgorithm::EcdsaP256Sha256 {
                    return Err(SigningError::Unsupported(algorithm));
                }
                let signature =
                    pair.sign(&SystemRandom::new(), message).map_err(|_| SigningError::Failed("ECDSA P-256"))?;
                Ok(signature.as_ref().to_vec())
            }
        })
    }
}

fn rsa_encoding(algorithm: SignatureAlgorithm) -> Option<&'static dyn RsaEncoding> {
    match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha256 => Some(&RSA_PKCS1_SHA256),
        SignatureAlgorithm::RsaPkcs1Sha384 => Some(&RSA_PKCS1_SHA384),
        SignatureAlgorithm::RsaPkcs1Sha512 => Some(&RSA_PKCS1_SHA512),
        SignatureAlgorithm::RsaPssSha256 => Some(&RSA_PSS_SHA256),
        SignatureAlgorithm::RsaPssSha384 => Some(&RSA_PSS_SHA384),
        SignatureAlgorithm::RsaPssSha512 => Some(&RSA_PSS_SHA512),
        SignatureAlgorithm::EcdsaP256Sha256 => None,
    }
}

fn public_half<'a>(key: &impl AsDer<PublicKeyX509Der<'a>>) -> Result<Vec<u8>, KeyStoreError> {
    let der = key.as_der().map_err(|_| damaged("its public half cannot be written"))?;
    Ok(der.as_ref().to_vec())
}

fn damaged(reason: &str) -> KeyStoreError {
    KeyStoreError::Damaged(reason.into())
}

#[cfg(test)]
pub(crate) fn generate_p256() -> Zeroizing<Vec<u8>> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("P-256");
    Zeroizing::new(pair.to_pkcs8v1().expect("PKCS#8").as_ref().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
        RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
        VerificationAlgorithm,
    };

    const RSA: [(SignatureAlgorithm, &dyn VerificationAlgorithm); 6] = [
        (SignatureAlgorithm::RsaPkcs1Sha256, &RSA_PKCS1_2048_8192_SHA256),
        (SignatureAlgorithm::RsaPkcs1Sha384, &RSA_PKCS1_2048_8192_SHA384),
        (SignatureAlgorithm::RsaPkcs1Sha512, &RSA_PKCS1_2048_8192_SHA512),
        (SignatureAlgorithm::RsaPssSha256, &RSA_PSS_2048_8192_SHA256),
        (SignatureAlgorithm::RsaPssSha384, &RSA_PSS_2048_8192_SHA384),
        (SignatureAlgorithm::RsaPssSha512, &RSA_PSS_2048_8192_SHA512),
    ];

    #[test]
    fn an_rsa_key_signs_in_every_rsa_way_and_refuses_ecdsa() {
        let key = read(&generate_rsa_3072().expect("a key")).expect("a key");
        for (algorithm, verification) in RSA {
            let signature = key.sign(algorithm, "Øvelse".as_bytes()).expect("a signature");
            assert_eq!(signature.len(), 384, "{algorithm:?}");
            let public = aws_lc_rs::signature::UnparsedPublicKey::new(verification, key.subject_public_key_info());
            public.verify("Øvelse".as_bytes(), &signature).unwrap_or_else(|_| panic!("{algorithm:?}"));
            assert!(public.verify("Ovelse".as_bytes(), &signature).is_err(), "{algorithm:?}");
        }
        let ecdsa = SignatureAlgorithm::EcdsaP256Sha256;
        assert_eq!(key.sign(ecdsa, b"x"), Err(SigningError::Unsupported(ecdsa)));
    }

    #[test]
    fn a_p256_key_signs_with_ecdsa_and_refuses_rsa() {
        let key = read(&generate_p256()).expect("a key");
        let signature = key.sign(SignatureAlgorithm::EcdsaP256Sha256, b"message").expect("a signature");
        ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.subject_public_key_info())
            .expect("a public key")
            .verify_sig(b"message", &signature)
            .expect("it verifies");
        for (algorithm, _) in RSA {
            assert_eq!(key.sign(algorithm, b"x"), Err(SigningError::Unsupported(algorithm)));
        }
    }

    #[test]
    fn the_public_half_is_a_subject_public_key_info_of_rsa_3072() {
        let key = read(&generate_rsa_3072().expect("a key")).expect("a key");
        let public = rsa::PublicKey::from_der(key.subject_public_key_info()).expect("RFC 5280 SubjectPublicKeyInfo");
        assert_eq!(public.modulus_len() * 8, 3072);
    }

    #[test]
    fn an_rsa_key_whose_numbers_do_not_belong_together_is_damaged() {
        let der = generate_rsa_3072().expect("a key");
        for position in (40..der.len()).step_by(97) {
            let mut mutated = der.to_vec();
            mutated[position] ^= 1;
            assert!(matches!(read(&mutated), Err(KeyStoreError::Damaged(_))), "byte {position}");
        }
    }

    #[test]
    fn what_is_no_key_of_a_kind_that_signs_here_is_damaged() {
        let p384 = EcdsaKeyPair::generate(&aws_lc_rs::signature::ECDSA_P384_SHA384_ASN1_SIGNING).expect("P-384");
        let p384 = p384.to_pkcs8v1().expect("PKCS#8");
        for foreign in [p384.as_ref(), b"".as_slice(), b"-----BEGIN PRIVATE KEY-----"] {
            assert!(matches!(read(foreign), Err(KeyStoreError::Damaged(_))));
        }
    }
}
