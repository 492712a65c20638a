//! What seals a PKCS #12 file: its MAC, its key derivations and its ciphers, the broken ones of old files included.
//!
//! Old ciphers are read here and nowhere else, and nothing is ever written with them. Only the MAC is also made here.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{self, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::{digest, hmac, pbkdf2};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockDecryptMut, InnerIvInit, KeyIvInit};
use const_oid::db::rfc5912;
use der::oid::ObjectIdentifier;
use zeroize::Zeroizing;

use super::{ContainerError, ContainerFormat, MAXIMUM_ITERATIONS, damaged};
use crate::ber::{Element, Elements, INTEGER, NotBer, Octets, SEQUENCE};

const SHA1_3_KEY_TRIPLE_DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");
const SHA1_2_KEY_TRIPLE_DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.4");
const SHA1_128_BIT_RC2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.5");
const SHA1_40_BIT_RC2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.6");
const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const PBMAC1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.14");
const HMAC_WITH_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.7");
const HMAC_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.9");
const HMAC_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.10");
const HMAC_WITH_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.11");
const DES_EDE3_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.3.7");
const AES_128_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.2");
const AES_192_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.22");
const AES_256_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42");

/// The longest salt that is taken, in bytes; those of real files have 8 to 32.
const MAXIMUM_SALT: usize = 1024;
/// The longest key that a file can ask for, in bytes; SHA-512 has 64.
const MAXIMUM_KEY: u64 = 64;

/// How many rounds of key derivation the file has left.
pub(super) struct WorkLeft(u64);

impl WorkLeft {
    pub(super) fn new() -> Self {
        Self(MAXIMUM_ITERATIONS)
    }

    fn take(&mut self, iterations: u64) -> Result<(), ContainerError> {
        self.0 =
            self.0.checked_sub(iterations).ok_or(ContainerError::TooManyIterations { limit: MAXIMUM_ITERATIONS })?;
        Ok(())
    }
}

/// A password in the two encodings that key derivations take.
pub(super) struct Password {
    /// For the derivation of PKCS #12 itself: a BMPString with a terminating zero ([RFC 7292 §B.1]).
    bmp: Zeroizing<Vec<u8>>,
    /// For PBKDF2.
    utf_8: Zeroizing<Vec<u8>>,
}

impl Password {
    /// The ways in which programs have encoded one password, the standard's first.
    pub(super) fn encodings(password: &str) -> Vec<Self> {
        let utf_8 = || Zeroizing::new(password.as_bytes().to_vec());
        let wide = |units: &mut dyn Iterator<Item = u16>| {
            // At most one unit for each byte of UTF-8, and the terminator.
            let mut bytes = Zeroizing::new(Vec::with_capacity(2 * password.len() + 2));
            units.chain([0]).for_each(|unit| bytes.extend_from_slice(&unit.to_be_bytes()));
            bytes
        };
        let mut encodings = vec![Self { bmp: wide(&mut password.encode_utf16()), utf_8: utf_8() }];
        if password.is_empty() {
            // Some programs leave the terminator out of an empty password.
            encodings.push(Self { bmp: Zeroizing::new(Vec::new()), utf_8: utf_8() });
        } else if !password.is_ascii() {
            // OpenSSL before 1.1.0 widened every byte of the terminal's UTF-8.
            encodings.push(Self { bmp: wide(&mut password.bytes().map(u16::from)), utf_8: utf_8() });
        }
        encodings
    }
}

/// `MacData` ([RFC 7292 §4]).
pub(super) struct Mac<'a> {
    kind: MacKind<'a>,
    expected: Octets<'a>,
}

enum MacKind<'a> {
    /// HMAC under a key of PKCS #12's own derivation.
    Pkcs12 { digest: Digest, salt: Octets<'a>, iterations: u64 },
    /// PBMAC1 ([RFC 9579]).
    Pbmac1 { key: Pbkdf2<'a>, digest: Digest },
}

impl<'a> Mac<'a> {
    pub(super) fn read(mac_data: Element<'a>) -> Result<Self, ContainerError> {
        let mut fields = mac_data.expect(SEQUENCE).and_then(|mac_data| mac_data.children()).map_err(is_damaged)?;
        let (algorithm, expected) = fields.next().and_then(digest_info).map_err(is_damaged)?;
        let (salt, iterations) = salt_and_iterations(fields).map_err(is_damaged)?;
        let (oid, parameters) = algorithm_identifier(algorithm).map_err(is_damaged)?;
        let kind = if oid == PBMAC1 {
            let mut parameters = parameters
                .ok_or(NotBer)
                .and_then(|parameters| parameters.expect(SEQUENCE)?.children())
                .map_err(is_damaged)?;
            let key = Pbkdf2::read(parameters.next().map_err(is_damaged)?)?;
            let scheme = parameters.next().map_err(is_damaged)?;
            let (scheme, _) = algorithm_identifier(scheme).map_err(is_damaged)?;
            let digest = Digest::of_hmac(scheme).ok_or(ContainerError::Unsupported { algorithm: scheme })?;
            MacKind::Pbmac1 { key, digest }
        } else {
            let digest = Digest::of(oid).ok_or(ContainerError::Unsupported { algorithm: oid })?;
            MacKind::Pkcs12 { digest, salt, iterations }
        };
        Ok(Self { kind, expected })
    }

    /// Whether the MAC over `authenticated_safe` holds under this password.
    pub(super) fn holds(
        &self,
        password: &Password,
        authenticated_safe: &[u8],
        work: &mut WorkLeft,
    ) -> Result<bool, ContainerError> {
        let (digest, key) = match &self.kind {
            MacKind::Pkcs12 { digest, salt, iterations } => {
                let length = digest.digest().output_len();
                let derivation = Pkcs12Derivation { digest: digest.digest(), salt, iterations: *iterations, password };
                (digest, derivation.derive(KeyPurpose::Mac, length, work)?)
            }
            MacKind::Pbmac1 { key, digest } => {
                // [RFC 9579 §6] wants the length written.
                let length = key.key_length.ok_or(NotBer).map_err(is_damaged)?;
                (digest, key.derive(password, length, work)?)
            }
        };
        let key = hmac::Key::new(digest.hmac(), &key);
        Ok(hmac::verify(&key, authenticated_safe, &self.expected).is_ok())
    }
}

/// HMAC-SHA-256 under a key of PKCS #12's own derivation, as `MacData` has it ([RFC 7292 §4, §B.4]).
pub(super) fn mac_sha256(
    authenticated_safe: &[u8],
    password: &Password,
    salt: &[u8],
    iterations: u64,
) -> Result<[u8; 32], ContainerError> {
    let derivation = Pkcs12Derivation { digest: &digest::SHA256, salt, iterations, password };
    let key = derivation.derive(KeyPurpose::Mac, 32, &mut WorkLeft::new())?;
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), authenticated_safe);
    Ok(tag.as_ref().try_into().expect("SHA-256 has 32 bytes"))
}

/// Decrypts an `EncryptedPrivateKeyInfo` ([RFC 5958 §3]) in BER.
///
/// # Errors
/// As [`decrypt`].
pub(super) fn decrypt_key(
    encoding: &[u8],
    password: &Password,
    work: &mut WorkLeft,
) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
    let fields = || -> Result<_, NotBer> {
        let mut fields = Element::whole_of(encoding, SEQUENCE)?.children()?;
        let algorithm = fields.next()?;
        let encrypted = fields.next()?.octet_string()?;
        fields.finish()?;
        Ok((algorithm, encrypted))
    };
    let (algorithm, encrypted) = fields().map_err(is_damaged)?;
    let key = decrypt(algorithm, &encrypted, password, work)?;
    // A wrong password can leave a padding that looks right, one time in 256.
    if Element::whole_of(&key, SEQUENCE).is_err() {
        return Err(ContainerError::PasswordWrong);
    }
    Ok(key)
}

/// Decrypts a safe. `algorithm` is its AlgorithmIdentifier.
///
/// # Errors
/// [`ContainerError::PasswordWrong`] where the padding does not come out.
pub(super) fn decrypt(
    algorithm: Element<'_>,
    encrypted: &[u8],
    password: &Password,
    work: &mut WorkLeft,
) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
    let (oid, parameters) = algorithm_identifier(algorithm).map_err(is_damaged)?;
    let parameters = || parameters.ok_or(NotBer)?.expect(SEQUENCE)?.children();
    if oid == PBES2 {
        return decrypt_pbes2(parameters().map_err(is_damaged)?, encrypted, password, work);
    }
    let (cipher, key_length) = match oid {
        SHA1_3_KEY_TRIPLE_DES => (OldCipher::TripleDes, 24),
        SHA1_2_KEY_TRIPLE_DES => (OldCipher::TripleDes, 16),
        SHA1_128_BIT_RC2 => (OldCipher::Rc2, 16),
        SHA1_40_BIT_RC2 => (OldCipher::Rc2, 5),
        other => return Err(ContainerError::Unsupported { algorithm: other }),
    };
    let (salt, iterations) = parameters().and_then(salt_and_iterations).map_err(is_damaged)?;
    let derivation = Pkcs12Derivation { digest: &digest::SHA1_FOR_LEGACY_USE_ONLY, salt: &salt, iterations, password };
    let key = derivation.derive(KeyPurpose::Encryption, key_length, work)?;
    let initialisation_vector = derivation.derive(KeyPurpose::InitialisationVector, 8, work)?;
    cipher.decrypt(&key, &initialisation_vector, encrypted)
}

/// PBES2 ([RFC 8018 §6.2]): PBKDF2, and AES or triple DES in CBC mode.
fn decrypt_pbes2(
    mut parameters: Elements<'_>,
    encrypted: &[u8],
    password: &Password,
    work: &mut WorkLeft,
) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
    let derivation = Pbkdf2::read(parameters.next().map_err(is_damaged)?)?;
    let (cipher, cipher_parameters) = parameters.next().and_then(algorithm_identifier).map_err(is_damaged)?;
    parameters.finish().map_err(is_damaged)?;
    let initialisation_vector =
        cipher_parameters.ok_or(NotBer).and_then(|parameters| parameters.octet_string()).map_err(is_damaged)?;
    let (aes, key_length) = match cipher {
        AES_128_CBC => (Some(&cipher::AES_128), 16),
        AES_192_CBC => (Some(&cipher::AES_192), 24),
        AES_256_CBC => (Some(&cipher::AES_256), 32),
        DES_EDE3_CBC => (None, 24),
        other => return Err(ContainerError::Unsupported { algorithm: other }),
    };
    if derivation.key_length.is_some_and(|written| written != key_length) {
        return Err(damaged(ContainerFormat::Pkcs12));
    }
    let key = derivation.derive(password, key_length, work)?;
    let Some(aes) = aes else {
        return OldCipher::TripleDes.decrypt(&key, &initialisation_vector, encrypted);
    };
    let context = (*initialisation_vector).try_into().map(DecryptionContext::Iv128).map_err(|_| is_damaged(NotBer))?;
    let key = UnboundCipherKey::new(aes, &key).and_then(PaddedBlockDecryptingKey::cbc_pkcs7);
    let key = key.expect("a key of the cipher's own length is taken");
    let mut plain = Zeroizing::new(encrypted.to_vec());
    let length = key.decrypt(&mut plain, context).map_err(|_| ContainerError::PasswordWrong)?.len();
    plain.truncate(length);
    Ok(plain)
}

/// The ciphers of old files, in CBC mode.
enum OldCipher {
    /// With two keys where 16 bytes are given, with three where 24 are.
    TripleDes,
    /// With as many effective bits as the key has.
    Rc2,
}

impl OldCipher {
    fn decrypt(
        &self,
        key: &[u8],
        initialisation_vector: &[u8],
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
        match self {
            Self::TripleDes if key.len() == 16 => {
                remove_padding(Decryptor::<des::TdesEde2>::new_from_slices(key, initialisation_vector), encrypted)
            }
            Self::TripleDes => {
                remove_padding(Decryptor::<des::TdesEde3>::new_from_slices(key, initialisation_vector), encrypted)
            }
            Self::Rc2 => {
                let cipher = rc2::Rc2::new_with_eff_key_len(key, 8 * key.len());
                remove_padding(Decryptor::inner_iv_slice_init(cipher, initialisation_vector), encrypted)
            }
        }
    }
}

/// Decrypts, and takes the padding off. That the vector has another length than the cipher's blocks is damage.
fn remove_padding<E>(
    cipher: Result<impl BlockDecryptMut, E>,
    encrypted: &[u8],
) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
    let cipher = cipher.map_err(|_| is_damaged(NotBer))?;
    let mut plain = Zeroizing::new(encrypted.to_vec());
    let length = cipher.decrypt_padded_mut::<Pkcs7>(&mut plain).map_err(|_| ContainerError::PasswordWrong)?.len();
    plain.truncate(length);
    Ok(plain)
}

/// The digests of MACs and derivations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Digest {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    fn of(oid: ObjectIdentifier) -> Option<Self> {
        match oid {
            rfc5912::ID_SHA_1 => Some(Self::Sha1),
            rfc5912::ID_SHA_256 => Some(Self::Sha256),
            rfc5912::ID_SHA_384 => Some(Self::Sha384),
            rfc5912::ID_SHA_512 => Some(Self::Sha512),
            _ => None,
        }
    }

    fn of_hmac(oid: ObjectIdentifier) -> Option<Self> {
        match oid {
            HMAC_WITH_SHA1 => Some(Self::Sha1),
            HMAC_WITH_SHA256 => Some(Self::Sha256),
            HMAC_WITH_SHA384 => Some(Self::Sha384),
            HMAC_WITH_SHA512 => Some(Self::Sha512),
            _ => None,
        }
    }

    fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }

    fn pbkdf2(self) -> pbkdf2::Algorithm {
        match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        }
    }
}

/// PBKDF2 with its parameters ([RFC 8018 §A.2]).
struct Pbkdf2<'a> {
    salt: Octets<'a>,
    iterations: u64,
    /// In bytes, where it is written.
    key_length: Option<usize>,
    digest: Digest,
}

impl<'a> Pbkdf2<'a> {
    /// Reads the AlgorithmIdentifier of a key derivation; any but PBKDF2 is not supported.
    fn read(algorithm: Element<'a>) -> Result<Self, ContainerError> {
        let (oid, parameters) = algorithm_identifier(algorithm).map_err(is_damaged)?;
        if oid != PBKDF2 {
            return Err(ContainerError::Unsupported { algorithm: oid });
        }
        let fields = || -> Result<_, NotBer> {
            let mut fields = parameters.ok_or(NotBer)?.expect(SEQUENCE)?.children()?;
            let salt = bounded_salt(fields.next()?)?;
            let iterations = at_least_one(fields.next()?)?;
            let key_length = match fields.next_if(INTEGER)? {
                Some(length) => {
                    let length = length.unsigned()?;
                    if !(1..=MAXIMUM_KEY).contains(&length) {
                        return Err(NotBer);
                    }
                    usize::try_from(length).ok()
                }
                None => None,
            };
            let function = match fields.next_if(SEQUENCE)? {
                Some(function) => algorithm_identifier(function)?.0,
                None => HMAC_WITH_SHA1,
            };
            fields.finish()?;
            Ok((salt, iterations, key_length, function))
        };
        let (salt, iterations, key_length, function) = fields().map_err(is_damaged)?;
        let digest = Digest::of_hmac(function).ok_or(ContainerError::Unsupported { algorithm: function })?;
        Ok(Self { salt, iterations, key_length, digest })
    }

    fn derive(
        &self,
        password: &Password,
        length: usize,
        work: &mut WorkLeft,
    ) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
        work.take(self.iterations)?;
        let iterations = u32::try_from(self.iterations).ok().and_then(NonZeroU32::new);
        let iterations = iterations.ok_or(ContainerError::TooManyIterations { limit: MAXIMUM_ITERATIONS })?;
        let mut key = Zeroizing::new(vec![0; length]);
        pbkdf2::derive(self.digest.pbkdf2(), iterations, &self.salt, &password.utf_8, &mut key);
        Ok(key)
    }
}

/// What a key of PKCS #12's own derivation is for ([RFC 7292 §B.3]).
#[derive(Debug, Clone, Copy)]
enum KeyPurpose {
    Encryption = 1,
    InitialisationVector = 2,
    Mac = 3,
}

/// The key derivation of PKCS #12 ([RFC 7292 §B.2]).
struct Pkcs12Derivation<'a> {
    digest: &'static digest::Algorithm,
    salt: &'a [u8],
    iterations: u64,
    password: &'a Password,
}

impl Pkcs12Derivation<'_> {
    /// A key of `length` bytes.
    fn derive(
        &self,
        purpose: KeyPurpose,
        length: usize,
        work: &mut WorkLeft,
    ) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
        let block = self.digest.block_len();
        let rounds = length.div_ceil(self.digest.output_len());
        work.take(self.iterations.saturating_mul(u64::try_from(rounds).unwrap_or(u64::MAX)))?;
        let diversifier = vec![purpose as u8; block];
        let filled = |bytes: &[u8]| bytes.len().next_multiple_of(block);
        let (salt_length, password_length) = (filled(self.salt), filled(&self.password.bmp));
        let mut input = Zeroizing::new(Vec::with_capacity(salt_length + password_length));
        input.extend(self.salt.iter().cycle().take(salt_length));
        input.extend(self.password.bmp.iter().cycle().take(password_length));

        let mut key = Zeroizing::new(Vec::with_capacity(rounds * self.digest.output_len()));
        for round in 0..rounds {
            let mut context = digest::Context::new(self.digest);
            context.update(&diversifier);
            context.update(&input);
            let mut hash = context.finish();
            for _ in 1..self.iterations {
                hash = digest::digest(self.digest, hash.as_ref());
            }
            key.extend_from_slice(hash.as_ref());
            if round + 1 < rounds {
                let addend: Zeroizing<Vec<u8>> =
                    Zeroizing::new(hash.as_ref().iter().copied().cycle().take(block).collect());
                for part in input.chunks_exact_mut(block) {
                    add_with_one(part, &addend);
                }
            }
        }
        key.truncate(length);
        Ok(key)
    }
}

/// `number = number + addend + 1`, both big-endian and of one length, the carry at the top dropped.
fn add_with_one(number: &mut [u8], addend: &[u8]) {
    let mut carry = 1_u16;
    for (digit, added) in number.iter_mut().zip(addend).rev() {
        let [high, low] = (u16::from(*digit) + u16::from(*added) + carry).to_be_bytes();
        *digit = low;
        carry = u16::from(high);
    }
}

/// `DigestInfo` ([RFC 8017 §9.2]): the algorithm and the octets.
fn digest_info(element: Element<'_>) -> Result<(Element<'_>, Octets<'_>), NotBer> {
    let mut fields = element.expect(SEQUENCE)?.children()?;
    let algorithm = fields.next()?;
    let octets = fields.next()?.octet_string()?;
    fields.finish()?;
    Ok((algorithm, octets))
}

fn algorithm_identifier(element: Element<'_>) -> Result<(ObjectIdentifier, Option<Element<'_>>), NotBer> {
    let mut fields = element.expect(SEQUENCE)?.children()?;
    let algorithm = fields.next()?.object_identifier()?;
    let parameters = fields.next_if_any()?;
    fields.finish()?;
    Ok((algorithm, parameters))
}

/// A salt and a number of rounds, which is 1 where it is not written.
fn salt_and_iterations(mut fields: Elements<'_>) -> Result<(Octets<'_>, u64), NotBer> {
    let salt = bounded_salt(fields.next()?)?;
    let iterations = match fields.next_if_any()? {
        Some(iterations) => at_least_one(iterations)?,
        None => 1,
    };
    fields.finish()?;
    Ok((salt, iterations))
}

fn bounded_salt(element: Element<'_>) -> Result<Octets<'_>, NotBer> {
    let salt = element.octet_string()?;
    if salt.len() > MAXIMUM_SALT { Err(NotBer) } else { Ok(salt) }
}

fn at_least_one(element: Element<'_>) -> Result<u64, NotBer> {
    element.unsigned().and_then(|number| if number == 0 { Err(NotBer) } else { Ok(number) })
}

fn is_damaged(NotBer: NotBer) -> ContainerError {
    damaged(ContainerFormat::Pkcs12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_derivation_of_pkcs_12_gives_the_keys_that_other_programs_give() {
        // The test vectors that go round with PKCS #12 implementations: password "smeg", SHA-1, one round.
        let password = &Password::encodings("smeg")[0];
        let salt = hex::decode("0a58cf64530d823f").unwrap();
        let derivation =
            Pkcs12Derivation { digest: &digest::SHA1_FOR_LEGACY_USE_ONLY, salt: &salt, iterations: 1, password };
        let key = derivation.derive(KeyPurpose::Encryption, 24, &mut WorkLeft::new()).unwrap();
        assert_eq!(hex::encode(&*key), "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3");
        let vector = derivation.derive(KeyPurpose::InitialisationVector, 8, &mut WorkLeft::new()).unwrap();
        assert_eq!(hex::encode(&*vector), "79993dfe048d3b76");
    }

    #[test]
    fn rounds_beyond_the_bound_are_not_run() {
        let password = &Password::encodings("x")[0];
        for iterations in [MAXIMUM_ITERATIONS + 1, u64::MAX] {
            let derivation = Pkcs12Derivation { digest: &digest::SHA256, salt: &[1], iterations, password };
            let error = derivation.derive(KeyPurpose::Mac, 32, &mut WorkLeft::new());
            assert_eq!(error.map(|_| ()), Err(ContainerError::TooManyIterations { limit: MAXIMUM_ITERATIONS }));
        }
    }

    #[test]
    fn a_carry_runs_through_every_digit_and_is_dropped_at_the_top() {
        let mut number = [0xFF, 0xFF, 0xFF];
        add_with_one(&mut number, &[0, 0, 0]);
        assert_eq!(number, [0, 0, 0]);
    }
}
