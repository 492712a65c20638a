//! What lies on a token: private keys, their public halves, certificates (PKCS#11 §4).

use crate::token::failure::TokenError;
use aws_lc_rs::digest;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::{AnyRef, BitStringRef, Null, OctetStringRef, UintRef};
use pkcs8::der::{Decode, Encode, Tag};

/// `rsaEncryption` ([RFC 8017 appendix A.1]).
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// `id-ecPublicKey` ([RFC 5480 §2.1.1]).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `secp256r1` ([RFC 5480 §2.1.1.1]).
pub(super) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// Most objects of one class that are looked at: a card holds a dozen.
const MOST_OBJECTS: usize = 256;
/// Most bytes of one number of a key: RSA of 8,192 bits.
const LONGEST_NUMBER: usize = 1024;

/// The kinds of key that sign here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rsa { bits: usize },
    EcdsaP256,
}

/// The public half of a key.
#[derive(Debug)]
pub(super) struct PublicHalf {
    pub(super) kind: Kind,
    /// DER `SubjectPublicKeyInfo`.
    pub(super) subject_public_key_info: Vec<u8>,
}

/// The objects on the token that have all these attributes, as far as the session may see them.
pub(super) fn found(session: &Session, template: &[Attribute]) -> Result<Vec<ObjectHandle>, TokenError> {
    let mut template = template.to_vec();
    template.push(Attribute::Token(true));
    let mut handles = Vec::new();
    for handle in session.iter_objects(&template)?.take(MOST_OBJECTS) {
        handles.push(handle?);
    }
    Ok(handles)
}

/// The one object of this class and `CKA_ID`, if the session sees it.
pub(super) fn one(session: &Session, class: ObjectClass, id: &[u8]) -> Result<Option<ObjectHandle>, TokenError> {
    match found(session, &[Attribute::Class(class), Attribute::Id(id.to_vec())])?.as_slice() {
        [] => Ok(None),
        [handle] => Ok(Some(*handle)),
        several => Err(damaged(format!("{} objects have the same name", several.len()))),
    }
}

/// A key's `CKA_ID`.
pub(super) fn id_of(session: &Session, object: ObjectHandle) -> Result<Vec<u8>, TokenError> {
    match session.get_attributes(object, &[AttributeType::Id])?.pop() {
        Some(Attribute::Id(id)) => Ok(id),
        Some(_) | None => Ok(Vec::new()),
    }
}

/// An object's `CKA_LABEL`, as people may see it.
pub(super) fn label_of(session: &Session, object: ObjectHandle) -> Result<String, TokenError> {
    match session.get_attributes(object, &[AttributeType::Label])?.pop() {
        Some(Attribute::Label(label)) => {
            Ok(String::from_utf8_lossy(&label).chars().filter(|character| !character.is_control()).take(255).collect())
        }
        Some(_) | None => Ok(String::new()),
    }
}

/// Reads a public key as DER `SubjectPublicKeyInfo`.
pub(super) fn public_half(session: &Session, object: ObjectHandle) -> Result<PublicHalf, TokenError> {
    match session.get_attributes(object, &[AttributeType::KeyType])?.pop() {
        Some(Attribute::KeyType(KeyType::RSA)) => {
            let (mut modulus, mut exponent) = (None, None);
            for attribute in session.get_attributes(object, &[AttributeType::Modulus, AttributeType::PublicExponent])? {
                match attribute {
                    Attribute::Modulus(number) => modulus = Some(number),
                    Attribute::PublicExponent(number) => exponent = Some(number),
                    // The answer holds what was asked for.
                    _ => {}
                }
            }
            match (modulus, exponent) {
                (Some(modulus), Some(exponent)) => rsa(&modulus, &exponent),
                (Some(_) | None, _) => Err(damaged("an RSA key without its numbers")),
            }
        }
        Some(Attribute::KeyType(KeyType::EC)) => {
            let (mut curve, mut point) = (None, None);
            for attribute in session.get_attributes(object, &[AttributeType::EcParams, AttributeType::EcPoint])? {
                match attribute {
                    Attribute::EcParams(parameters) => curve = Some(parameters),
                    Attribute::EcPoint(coordinates) => point = Some(coordinates),
                    // The answer holds what was asked for.
                    _ => {}
                }
            }
            match (curve, point) {
                (Some(curve), Some(point)) => p256(&curve, &point),
                (Some(_) | None, _) => Err(damaged("an EC key without its point")),
            }
        }
        Some(_) | None => Err(damaged("a key of another kind")),
    }
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<PublicHalf, TokenError> {
    if modulus.len() > LONGEST_NUMBER || exponent.len() > LONGEST_NUMBER {
        return Err(damaged("an RSA key that is too large"));
    }
    let encoded = || {
        let modulus = UintRef::new(modulus)?;
        let numbers = sequence(&[modulus.to_der()?, UintRef::new(exponent)?.to_der()?])?;
        let algorithm = sequence(&[RSA_ENCRYPTION.to_der()?, Null.to_der()?])?;
        let first = modulus.as_bytes().first().copied().unwrap_or_default();
        let unused = usize::try_from(first.leading_zeros()).unwrap_or_default();
        let bits = (modulus.as_bytes().len() * 8).saturating_sub(unused);
        let info = sequence(&[algorithm, BitStringRef::from_bytes(&numbers)?.to_der()?])?;
        Ok(PublicHalf { kind: Kind::Rsa { bits }, subject_public_key_info: info })
    };
    encoded().map_err(|error: pkcs8::der::Error| damaged(error.to_string()))
}

/// `CKA_EC_PARAMS` is DER; `CKA_EC_POINT` is a point in a DER OCTET STRING (PKCS#11 §6.3.3), though some tokens leave
/// the OCTET STRING away.
fn p256(curve: &[u8], point: &[u8]) -> Result<PublicHalf, TokenError> {
    if ObjectIdentifier::from_der(curve).ok() != Some(P256) {
        return Err(damaged("a key on another curve than P-256"));
    }
    let uncompressed = |point: &[u8]| point.len() == 65 && point.first() == Some(&4);
    let point = match OctetStringRef::from_der(point) {
        Ok(wrapped) if uncompressed(wrapped.as_bytes()) => wrapped.as_bytes(),
        Ok(_) | Err(_) if uncompressed(point) => point,
        Ok(_) | Err(_) => return Err(damaged("no point of P-256")),
    };
    let encoded = || {
        let algorithm = sequence(&[EC_PUBLIC_KEY.to_der()?, P256.to_der()?])?;
        sequence(&[algorithm, BitStringRef::from_bytes(point)?.to_der()?])
    };
    let info = encoded().map_err(|error: pkcs8::der::Error| damaged(error.to_string()))?;
    Ok(PublicHalf { kind: Kind::EcdsaP256, subject_public_key_info: info })
}

/// `Ecdsa-Sig-Value` ([RFC 3279 §2.2.3]) of the two numbers that a token gives one after the other (PKCS#11 §6.3.1).
pub(super) fn ecdsa_signature(raw: &[u8]) -> Option<Vec<u8>> {
    if raw.len() != 64 {
        return None;
    }
    let (r, s) = raw.split_at(32);
    sequence(&[UintRef::new(r).ok()?.to_der().ok()?, UintRef::new(s).ok()?.to_der().ok()?]).ok()
}

/// `DigestInfo` ([RFC 8017 §9.2] note 1), which a token pads and signs as it is.
pub(super) fn digest_info(algorithm: &'static digest::Algorithm, message: &[u8]) -> Vec<u8> {
    let prefix: &[u8; 19] = if *algorithm == digest::SHA512 {
        b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
    } else if *algorithm == digest::SHA384 {
        b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
    } else {
        b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
    };
    [prefix.as_slice(), digest::digest(algorithm, message).as_ref()].concat()
}

fn sequence(parts: &[Vec<u8>]) -> Result<Vec<u8>, pkcs8::der::Error> {
    AnyRef::new(Tag::Sequence, &parts.concat())?.to_der()
}

fn damaged(reason: impl Into<Box<str>>) -> TokenError {
    TokenError::Damaged(reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private_key;
    use pki::{SigningKey, verify_signature};

    #[test]
    fn the_public_half_of_a_p256_key_is_the_same_whether_its_point_is_wrapped_or_not() {
        let key = private_key::read(&private_key::generate_p256()).expect("a key");
        let info = key.subject_public_key_info();
        let point = &info[info.len() - 65..];
        let curve = P256.to_der().expect("DER");
        let wrapped = OctetStringRef::new(point).expect("short").to_der().expect("DER");
        for form in [point, &wrapped] {
            let half = p256(&curve, form).expect("a public key");
            assert_eq!((half.kind, half.subject_public_key_info.as_slice()), (Kind::EcdsaP256, info));
        }
        for wrong in [&point[1..], &wrapped[..66], b"", &[4; 66]] {
            assert!(matches!(p256(&curve, wrong), Err(TokenError::Damaged(_))));
        }
        let other_curve = ObjectIdentifier::new_unwrap("1.3.132.0.34").to_der().expect("DER");
        assert!(matches!(p256(&other_curve, point), Err(TokenError::Damaged(_))));
    }

    #[test]
    fn the_public_half_of_an_rsa_key_is_encoded_as_every_other_program_does() {
        let key = private_key::read(&private_key::generate_rsa_3072().expect("a key")).expect("a key");
        let info = key.subject_public_key_info();
        // BIT STRING, SEQUENCE, INTEGER of 385 bytes with its leading zero, INTEGER of 3 bytes.
        let (numbers, exponent) = info.split_at(info.len() - 5);
        let modulus = &numbers[numbers.len() - 384..];
        assert_eq!(exponent[..2], [2, 3]);
        for modulus in [modulus.to_vec(), [&[0, 0], modulus].concat()] {
            let half = rsa(&modulus, &exponent[2..]).expect("a public key");
            assert_eq!((half.kind, half.subject_public_key_info.as_slice()), (Kind::Rsa { bits: 3072 }, info));
        }
        assert!(matches!(rsa(&[0xff; 1025], &[3]), Err(TokenError::Damaged(_))));
        rsa(&[], &[]).expect("an empty number is zero, and verifies nothing");
    }

    #[test]
    fn two_raw_numbers_become_a_der_signature_and_nothing_else_does() {
        let mut raw = [0; 64];
        raw[31] = 0x80;
        raw[63] = 1;
        assert_eq!(ecdsa_signature(&raw).expect("a signature"), [0x30, 7, 2, 2, 0, 0x80, 2, 1, 1]);
        for length in [0, 63, 65, 96] {
            assert_eq!(ecdsa_signature(&vec![1; length]), None, "{length} bytes");
        }
        let key = private_key::read(&private_key::generate_p256()).expect("a key");
        let forged = ecdsa_signature(&[1; 64]).expect("a signature");
        let algorithm = pki::SignatureAlgorithm::EcdsaP256Sha256;
        assert!(verify_signature(key.subject_public_key_info(), algorithm, b"x", &forged).is_err());
    }
}
