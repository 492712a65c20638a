//! The private keys of a PKCS #12 file, as they lie in it, and what opens and seals such a file.

use thiserror::Error;
use zeroize::Zeroizing;

use super::pkcs12::{self, TakesBags};
use super::pkcs12_protection::{self as protection, Password, WorkLeft};
use super::{
    BinaryKind, ContainerError, ContainerFormat, MAXIMUM_CONTAINER_BYTES, MAXIMUM_ITERATIONS, MAXIMUM_KEY_BYTES,
    MAXIMUM_KEYS_IN_CONTAINER, MAXIMUM_PASSWORD_BYTES, binary_kind, damaged,
};
use crate::ber::{Element, NotBer, OCTET_STRING, SEQUENCE};

/// The bit of an identifier octet that tells a constructed element.
const CONSTRUCTED: u8 = 0x20;

/// A private key as it lies in a PKCS #12 file.
enum KeyBag {
    /// `KeyBag` ([RFC 7292 §4.2.1]): a `PrivateKeyInfo` in BER, not encrypted by itself.
    PrivateKeyInfo(Zeroizing<Vec<u8>>),
    /// `PKCS8ShroudedKeyBag` ([RFC 7292 §4.2.2]): an `EncryptedPrivateKeyInfo` in BER.
    EncryptedPrivateKeyInfo(Zeroizing<Vec<u8>>),
}

/// The private keys of a PKCS #12 file that its password opened, and what opens each of them: one after the other, so
/// that whoever looks for one does not have the others decrypted. Password and keys are wiped when it is dropped.
pub struct KeyBags {
    bags: std::vec::IntoIter<KeyBag>,
    passwords: Vec<Password>,
    password_is_proven: bool,
    work: WorkLeft,
}

impl KeyBags {
    /// The next key, decrypted: a `PrivateKeyInfo` ([RFC 5958 §2]) with definite lengths and whole strings, of which
    /// nothing else is checked. `None` after the last.
    ///
    /// # Errors
    /// [`ContainerError::PasswordWrong`] where the password does not open this key, [`ContainerError::Damaged`] where it
    /// has opened the rest of the file; [`ContainerError::Unsupported`], [`ContainerError::TooManyIterations`]. The keys
    /// after it can still be asked for.
    pub fn next_decrypted(&mut self) -> Option<Result<Zeroizing<Vec<u8>>, ContainerError>> {
        self.bags.next().map(|bag| {
            let key = match bag {
                KeyBag::PrivateKeyInfo(key) => key,
                KeyBag::EncryptedPrivateKeyInfo(encrypted) => self.decrypt(&encrypted)?,
            };
            let definite = Element::whole_of(&key, SEQUENCE).and_then(|key| with_definite_lengths(&key));
            definite.map_err(|NotBer| damaged(ContainerFormat::Pkcs12))
        })
    }

    fn decrypt(&mut self, encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
        let tried = if self.password_is_proven { 1 } else { self.passwords.len() };
        for password in self.passwords.iter().take(tried) {
            match protection::decrypt_key(encrypted, password, &mut self.work) {
                Err(ContainerError::PasswordWrong) => {}
                decrypted => return decrypted,
            }
        }
        Err(if self.password_is_proven { damaged(ContainerFormat::Pkcs12) } else { ContainerError::PasswordWrong })
    }
}

/// Opens a PKCS #12 file of at most [`MAXIMUM_CONTAINER_BYTES`], DER or BER, for the private keys in it: at most
/// [`MAXIMUM_KEYS_IN_CONTAINER`], each of at most [`MAXIMUM_KEY_BYTES`]. Certificates are passed over.
///
/// An empty `password` (UTF-8) is tried in both forms of [RFC 7292 §B.1].
///
/// # Errors
/// [`ContainerError`]; [`ContainerError::NotRecognised`] also for the formats other than PKCS #12.
pub fn key_bags(bytes: &[u8], password: &str) -> Result<KeyBags, ContainerError> {
    if bytes.len() > MAXIMUM_CONTAINER_BYTES {
        return Err(ContainerError::TooLarge { actual: bytes.len(), limit: MAXIMUM_CONTAINER_BYTES });
    }
    if bytes.first() != Some(&SEQUENCE) {
        return Err(ContainerError::NotRecognised);
    }
    match binary_kind(bytes) {
        Ok(BinaryKind::Pkcs12) => {}
        Ok(BinaryKind::Pkcs7 | BinaryKind::PrivateKey | BinaryKind::Other) => {
            return Err(ContainerError::NotRecognised);
        }
        Err(NotBer) => return Err(damaged(ContainerFormat::Pkcs12)),
    }
    let opened = pkcs12::open(bytes, password, Keys::default)?;
    let pkcs12::Opened { found: Keys(bags), passwords, password_is_proven, work } = opened;
    Ok(KeyBags { bags: bags.into_iter(), passwords, password_is_proven, work })
}

#[derive(Default)]
struct Keys(Vec<KeyBag>);

impl TakesBags for Keys {
    fn take_key(&mut self, is_encrypted: bool, encoding: &[u8]) -> Result<(), ContainerError> {
        if self.0.len() == MAXIMUM_KEYS_IN_CONTAINER || encoding.len() > MAXIMUM_KEY_BYTES {
            return Err(ContainerError::TooManyKeys { limit: MAXIMUM_KEYS_IN_CONTAINER });
        }
        let encoding = Zeroizing::new(encoding.to_vec());
        self.0.push(if is_encrypted {
            KeyBag::EncryptedPrivateKeyInfo(encoding)
        } else {
            KeyBag::PrivateKeyInfo(encoding)
        });
        Ok(())
    }

    fn take_certificate(&mut self, _: &[u8]) -> Result<(), ContainerError> {
        Ok(())
    }
}

/// An element as DER has its lengths and its OCTET STRINGs ([X.690 §10.1, §10.2]). Every step is wiped.
fn with_definite_lengths(element: &Element<'_>) -> Result<Zeroizing<Vec<u8>>, NotBer> {
    if element.identifier & !CONSTRUCTED == OCTET_STRING {
        return Ok(definite(OCTET_STRING, &[&element.octet_string()?]));
    }
    if element.identifier & CONSTRUCTED == 0 {
        return Ok(definite(element.identifier, &[element.content]));
    }
    let mut parts = Vec::new();
    let mut children = element.children()?;
    while let Some(child) = children.next_if_any()? {
        parts.push(with_definite_lengths(&child)?);
    }
    Ok(definite(element.identifier, &parts.iter().map(|part| part.as_slice()).collect::<Vec<_>>()))
}

fn definite(identifier: u8, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let octets = length.to_be_bytes();
    let significant = &octets[octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len())..];
    // All at once, so that no part of a key stays behind where the vector grew.
    let mut element = Zeroizing::new(Vec::with_capacity(2 + octets.len() + length));
    element.push(identifier);
    match u8::try_from(length) {
        Ok(short @ 0..=0x7F) => element.push(short),
        Ok(0x80..) | Err(_) => {
            element.push(0x80 | u8::try_from(significant.len()).expect("at most eight octets"));
            element.extend_from_slice(significant);
        }
    }
    parts.iter().for_each(|part| element.extend_from_slice(part));
    element
}

/// Why a file was not sealed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("more than {} bytes of password, or not 1 to {} rounds", MAXIMUM_PASSWORD_BYTES, MAXIMUM_ITERATIONS)]
pub struct SealingFailed;

/// The MAC of a PKCS #12 file: HMAC-SHA-256 over the content of its `AuthenticatedSafe`, under a key of the derivation
/// of [RFC 7292 §B] from `password` (UTF-8), `salt` and so many rounds.
///
/// # Errors
/// [`SealingFailed`], for what no reader would take.
pub fn sealing_mac(
    authenticated_safe: &[u8],
    password: &str,
    salt: &[u8],
    iterations: u32,
) -> Result<[u8; 32], SealingFailed> {
    if password.len() > MAXIMUM_PASSWORD_BYTES || iterations == 0 {
        return Err(SealingFailed);
    }
    let encodings = Password::encodings(password);
    let standard = encodings.first().ok_or(SealingFailed)?;
    protection::mac_sha256(authenticated_safe, standard, salt, iterations.into()).map_err(|_| SealingFailed)
}
