//! A private key as it lies in the keychain: a DER `EncryptedPrivateKeyInfo` ([RFC 5958 §3]) that every PKCS#8 tool
//! reads, encrypted with PBES2 ([RFC 8018 §6.2]): scrypt ([RFC 7914 §7]) and AES-256-CBC.
//!
//! The derivation and the cipher are called here rather than through `pkcs8`, which does not wipe the derived key and
//! cannot tell a wrong password from a damaged key.

use aws_lc_rs::cipher::{
    AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{pbkdf2, rand};
use lifecycle::ports::KeyStoreError;
use pkcs8::der::{Decode, Encode};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{self, Kdf, ScryptParams};
use pkcs8::{EncryptedPrivateKeyInfo, PrivateKeyInfo};
use std::num::NonZeroU32;
use zeroize::Zeroizing;

/// scrypt's cost parameter *N*: with [`BLOCK_SIZE`] it makes each guess at the password fill 128 MiB of memory.
///
/// 2¹⁷, 8, 1 is OWASP's first choice for scrypt, and costs the person a fraction of a second. (OpenSSL's command line
/// grants scrypt 32 MiB and so does not open such a key by itself; the key leaves the keychain for nobody.)
pub const COST_PARAMETER: u64 = 1 << COST_LOGARITHM;
/// scrypt's block size *r*.
pub const BLOCK_SIZE: u16 = 8;
/// scrypt's parallelization parameter *p*.
pub const PARALLELIZATION: u16 = 1;

const COST_LOGARITHM: u8 = 17;
/// The AES key that a password and a salt give.
pub(crate) struct DerivedKey(Zeroizing<[u8; 32]>);

pub(crate) const SALT_LENGTH: usize = 16;
pub(crate) const BLOCK: usize = 16;

/// The parts of an encrypted key whose form, cipher and cost are the ones that we write.
pub(crate) struct EncryptedKey<'a> {
    salt: &'a [u8],
    initialization_vector: &'a [u8; BLOCK],
    ciphertext: &'a [u8],
}

/// Encrypts a DER `PrivateKeyInfo` under a password; returns DER `EncryptedPrivateKeyInfo`.
///
/// # Errors
/// [`KeyStoreError::Failed`] where the system has no randomness or memory.
pub(crate) fn encrypt(private_key_info: &[u8], password: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
    let salt: [u8; SALT_LENGTH] = random()?;
    let initialization_vector: [u8; BLOCK] = random()?;
    let key = DerivedKey::derive(password, &salt)?;

    let buffer = key.encrypt(private_key_info, &initialization_vector)?;
    EncryptedPrivateKeyInfo {
        encryption_algorithm: EncryptionScheme::Pbes2(pbes2::Parameters {
            kdf: Kdf::Scrypt(ScryptParams {
                salt: &salt,
                cost_parameter: COST_PARAMETER,
                block_size: BLOCK_SIZE,
                parallelization: PARALLELIZATION,
                key_length: None,
            }),
            encryption: pbes2::EncryptionScheme::Aes256Cbc { iv: &initialization_vector },
        }),
        encrypted_data: &buffer,
    }
    .to_der()
    .map_err(|error| failed(&error.to_string()))
}

impl<'a> EncryptedKey<'a> {
    /// Reads DER `EncryptedPrivateKeyInfo`. Only the cipher and the cost that [`encrypt`] writes are taken: a foreign
    /// cost could ask for any amount of memory.
    ///
    /// # Errors
    /// [`KeyStoreError::Damaged`].
    pub(crate) fn from_der(der: &'a [u8]) -> Result<Self, KeyStoreError> {
        let info = EncryptedPrivateKeyInfo::from_der(der).map_err(|error| damaged(&error.to_string()))?;
        let Some(parameters) = info.encryption_algorithm.pbes2() else {
            return Err(damaged("not encrypted with PBES2"));
        };
        let Some(scrypt) = parameters.kdf.scrypt() else {
            return Err(damaged("the password is not derived with scrypt"));
        };
        if (scrypt.cost_parameter, scrypt.block_size, scrypt.parallelization)
            != (COST_PARAMETER, BLOCK_SIZE, PARALLELIZATION)
            || scrypt.key_length.is_some_and(|length| length != 32)
            || scrypt.salt.len() != SALT_LENGTH
        {
            return Err(damaged("the cost of scrypt is not the one that is written"));
        }
        let pbes2::EncryptionScheme::Aes256Cbc { iv } = parameters.encryption else {
            return Err(damaged("not encrypted with AES-256-CBC"));
        };
        let ciphertext = info.encrypted_data;
        if ciphertext.is_empty() || !ciphertext.len().is_multiple_of(BLOCK) {
            return Err(damaged("the ciphertext is not whole blocks"));
        }
        Ok(Self { salt: scrypt.salt, initialization_vector: iv, ciphertext })
    }

    /// Derives the AES key. Takes a noticeable part of a second, and 128 MiB (128 · N · r bytes, [RFC 7914 §2]), on purpose.
    ///
    /// # Errors
    /// [`KeyStoreError::Failed`].
    pub(crate) fn derive(&self, password: &[u8]) -> Result<DerivedKey, KeyStoreError> {
        DerivedKey::derive(password, self.salt)
    }

    /// Decrypts; returns DER `PrivateKeyInfo` whose outer form is checked.
    ///
    /// PBES2 has no checksum. What does not begin like a `PrivateKeyInfo` of the right length was opened with a wrong
    /// password (damage in salt or first block looks the same); what does, and is not one further in, is damaged.
    ///
    /// # Errors
    /// [`KeyStoreError::WrongPassword`], [`KeyStoreError::Damaged`], [`KeyStoreError::Failed`].
    pub(crate) fn decrypt(&self, key: &DerivedKey) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        let mut plaintext = Zeroizing::new(self.ciphertext.to_vec());
        DecryptingKey::cbc(key.cipher_key()?)
            .and_then(|cipher| {
                let context = DecryptionContext::Iv128(FixedLength::from(self.initialization_vector));
                cipher.decrypt(&mut plaintext, context).map(|_| ())
            })
            .map_err(|_| failed("AES-256-CBC did not decrypt"))?;

        let length = sequence_length(&plaintext)
            .filter(|length| (1..=BLOCK).contains(&(plaintext.len().saturating_sub(*length))))
            .ok_or(KeyStoreError::WrongPassword)?;
        let padding = plaintext.len() - length;
        if plaintext[length..].iter().any(|byte| usize::from(*byte) != padding) {
            return Err(damaged("the padding is not one"));
        }
        plaintext.truncate(length);
        PrivateKeyInfo::try_from(plaintext.as_slice()).map_err(|error| damaged(&error.to_string()))?;
        Ok(plaintext)
    }
}

impl DerivedKey {
    fn derive(password: &[u8], salt: &[u8]) -> Result<Self, KeyStoreError> {
        let parameters = scrypt::Params::new(COST_LOGARITHM, u32::from(BLOCK_SIZE), u32::from(PARALLELIZATION), 32)
            .map_err(|error| failed(&error.to_string()))?;
        let mut key = Zeroizing::new([0; 32]);
        scrypt::scrypt(password, salt, &parameters, key.as_mut_slice()).map_err(|error| failed(&error.to_string()))?;
        Ok(Self(key))
    }

    /// The key that PBKDF2 with HMAC-SHA-256 gives ([RFC 8018 §5.2]).
    pub(crate) fn by_pbkdf2(password: &[u8], salt: &[u8], iterations: NonZeroU32) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, salt, password, key.as_mut_slice());
        Self(key)
    }

    /// Pads and encrypts with AES-256-CBC.
    ///
    /// # Errors
    /// [`KeyStoreError::Failed`].
    pub(crate) fn encrypt(
        &self,
        plaintext: &[u8],
        initialization_vector: &[u8; BLOCK],
    ) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        // PKCS#7 padding ([RFC 8018 §6.1.1] step 4). Reserved first: growing would leave a copy of the key behind.
        let padding = BLOCK - plaintext.len() % BLOCK;
        let mut buffer = Zeroizing::new(Vec::with_capacity(plaintext.len() + padding));
        buffer.extend_from_slice(plaintext);
        buffer.resize(plaintext.len() + padding, u8::try_from(padding).expect("padding is at most one block"));
        let context = EncryptionContext::Iv128(FixedLength::from(initialization_vector));
        EncryptingKey::cbc(self.cipher_key()?)
            .and_then(|cipher| cipher.less_safe_encrypt(&mut buffer, context))
            .map_err(|_| failed("AES-256-CBC did not encrypt"))?;
        Ok(buffer)
    }

    fn cipher_key(&self) -> Result<UnboundCipherKey, KeyStoreError> {
        UnboundCipherKey::new(&AES_256, self.0.as_slice()).map_err(|_| failed("AES-256 does not take its key"))
    }
}

/// How many bytes the DER SEQUENCE at the beginning takes, its header included ([X.690 §8.1.3]).
fn sequence_length(bytes: &[u8]) -> Option<usize> {
    let (header, content) = match *bytes {
        [0x30, length @ 0..=0x7f, ..] => (2, usize::from(length)),
        [0x30, 0x81, length @ 0x80..=0xff, ..] => (3, usize::from(length)),
        [0x30, 0x82, high @ 1..=0xff, low, ..] => (4, usize::from(u16::from_be_bytes([high, low]))),
        _ => return None,
    };
    Some(header + content)
}

/// So many bytes by chance.
///
/// # Errors
/// [`KeyStoreError::Failed`].
pub(crate) fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], KeyStoreError> {
    let mut bytes = [0; LENGTH];
    rand::fill(&mut bytes).map_err(|_| failed("the system gives no random bytes"))?;
    Ok(bytes)
}

fn failed(reason: &str) -> KeyStoreError {
    KeyStoreError::Failed(reason.into())
}

fn damaged(reason: &str) -> KeyStoreError {
    KeyStoreError::Damaged(reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private_key;
    use std::io::Write;
    use std::process::{Command, Stdio};

    const PASSWORD: &[u8] = "fire ord på rad".as_bytes();

    fn small_key() -> Zeroizing<Vec<u8>> {
        private_key::generate_p256()
    }

    fn opened(der: &[u8], password: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        let encrypted = EncryptedKey::from_der(der)?;
        encrypted.decrypt(&encrypted.derive(password)?)
    }

    #[test]
    fn the_password_opens_the_key_and_no_other_does() {
        let key = small_key();
        let der = encrypt(&key, PASSWORD).expect("encrypts");
        assert_eq!(*opened(&der, PASSWORD).expect("the right password"), *key);
        for wrong in ["fire ord paa rad", "Fire ord på rad", "fire ord på rad ", ""] {
            assert!(matches!(opened(&der, wrong.as_bytes()), Err(KeyStoreError::WrongPassword)), "{wrong:?}");
        }
    }

    #[test]
    fn two_encryptions_of_one_key_share_nothing_that_shows_it() {
        let key = small_key();
        let (first, second) = (encrypt(&key, PASSWORD).expect("encrypts"), encrypt(&key, PASSWORD).expect("encrypts"));
        let (first, second) =
            (EncryptedKey::from_der(&first).expect("DER"), EncryptedKey::from_der(&second).expect("DER"));
        assert_ne!(first.salt, second.salt);
        assert_ne!(first.initialization_vector, second.initialization_vector);
        assert_ne!(first.ciphertext[..BLOCK], second.ciphertext[..BLOCK]);
    }

    #[test]
    fn openssl_derives_the_same_key_and_decrypts_to_the_same_private_key() {
        let key = small_key();
        let der = encrypt(&key, PASSWORD).expect("encrypts");
        let encrypted = EncryptedKey::from_der(&der).expect("DER");
        let derived = openssl(
            &[
                "kdf",
                "-binary",
                "-keylen",
                "32",
                "-kdfopt",
                "n:131072",
                "-kdfopt",
                "r:8",
                "-kdfopt",
                "p:1",
                "-kdfopt",
                "maxmem_bytes:200000000",
                "-kdfopt",
                &format!("hexpass:{}", hexadecimal(PASSWORD)),
                "-kdfopt",
                &format!("hexsalt:{}", hexadecimal(encrypted.salt)),
                "SCRYPT",
            ],
            &[],
        );
        let iv = hexadecimal(encrypted.initialization_vector);
        let opened =
            openssl(&["enc", "-d", "-aes-256-cbc", "-K", &hexadecimal(&derived), "-iv", &iv], encrypted.ciphertext);
        assert!(opened == *key);
        let structure = openssl(&["asn1parse", "-inform", "DER"], &der);
        let structure = String::from_utf8(structure).expect("text");
        for name in [":PBES2", "scrypt", ":aes-256-cbc"] {
            assert!(structure.contains(name), "{name}: {structure}");
        }
    }

    fn hexadecimal(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new("openssl")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("openssl is installed where the tests run");
        child.stdin.take().expect("piped").write_all(input).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "openssl {arguments:?}");
        output.stdout
    }

    #[test]
    fn a_key_with_any_bit_flipped_is_refused_and_nothing_panics() {
        let key = small_key();
        let der = encrypt(&key, PASSWORD).expect("encrypts");
        let derived = EncryptedKey::from_der(&der).expect("DER").derive(PASSWORD).expect("derives");
        let ciphertext_at = der.len() - EncryptedKey::from_der(&der).expect("DER").ciphertext.len();
        for position in 0..der.len() {
            for bit in 0..8 {
                let mut mutated = der.clone();
                mutated[position] ^= 1 << bit;
                // A flipped salt is a new derivation each: known to be the wrong key, so it is left out here.
                if let Ok(encrypted) = EncryptedKey::from_der(&mutated) {
                    let opened = encrypted.decrypt(&derived).and_then(|plain| private_key::read(&plain).map(|_| ()));
                    if position >= ciphertext_at {
                        assert!(
                            matches!(opened, Err(KeyStoreError::WrongPassword | KeyStoreError::Damaged(_))),
                            "byte {position}, bit {bit}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn damage_behind_the_first_block_is_told_from_a_wrong_password() {
        let der = encrypt(&small_key(), PASSWORD).expect("encrypts");
        let mut mutated = der.clone();
        *mutated.last_mut().expect("not empty") ^= 1;
        let opened = opened(&mutated, PASSWORD);
        assert!(matches!(opened, Err(KeyStoreError::Damaged(_))), "{:?}", opened.err());
    }

    #[test]
    fn a_truncated_or_foreign_secret_is_damaged() {
        let der = encrypt(&small_key(), PASSWORD).expect("encrypts");
        for length in 0..der.len() {
            assert!(matches!(EncryptedKey::from_der(&der[..length]), Err(KeyStoreError::Damaged(_))), "{length} bytes");
        }
        for foreign in [b"hunter2".as_slice(), &[0; 4096], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]] {
            assert!(matches!(EncryptedKey::from_der(foreign), Err(KeyStoreError::Damaged(_))));
        }
    }

    #[test]
    fn a_secret_that_asks_for_more_memory_than_ours_is_refused_before_any_is_taken() {
        let salt = [7; SALT_LENGTH];
        let iv = [9; BLOCK];
        let greedy = EncryptedPrivateKeyInfo {
            encryption_algorithm: EncryptionScheme::Pbes2(pbes2::Parameters {
                kdf: Kdf::Scrypt(ScryptParams {
                    salt: &salt,
                    cost_parameter: 1 << 30,
                    block_size: BLOCK_SIZE,
                    parallelization: PARALLELIZATION,
                    key_length: None,
                }),
                encryption: pbes2::EncryptionScheme::Aes256Cbc { iv: &iv },
            }),
            encrypted_data: &[0; 32],
        }
        .to_der()
        .expect("DER");
        assert!(matches!(EncryptedKey::from_der(&greedy), Err(KeyStoreError::Damaged(_))));
    }
}
