//! Reference numbers, one-time codes, revocation codes and device tokens: made at random, kept as hashes.
//!
//! A code of twelve characters from an alphabet of 32 holds 60 random bits. That is why a salted SHA-256 is enough and
//! a slow password hash would protect nothing more: nobody can try 2^60 codes within the invitation's two weeks, while
//! passwords, which people choose, fall to a few thousand million tries. On line there are five tries.

use aws_lc_rs::{constant_time, digest, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;
use zeroize::Zeroizing;

/// Crockford's alphabet: no I, L, O or U, so that nothing is mistaken when read aloud.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// What every reference number of this portal begins with.
const REFERENCE_PREFIX: &str = "AMP";
const LONGEST_INPUT: usize = 64;

/// The computer's source of randomness failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no random code can be made")]
pub(crate) struct NoRandomness;

/// A salted hash of a code.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CodeHash {
    pub(crate) salt: Vec<u8>,
    pub(crate) hash: Vec<u8>,
}

impl CodeHash {
    /// Hashes a code in its canonical form, with a new salt.
    pub(crate) fn of(canonical: &str) -> Result<Self, NoRandomness> {
        let mut salt = vec![0; 16];
        rand::fill(&mut salt).map_err(|_| NoRandomness)?;
        let hash = salted(&salt, canonical);
        Ok(Self { salt, hash })
    }

    /// Compares in constant time.
    pub(crate) fn matches(&self, canonical: &str) -> bool {
        constant_time::verify_slices_are_equal(&self.hash, &salted(&self.salt, canonical)).is_ok()
    }
}

/// A new reference number in its canonical form, letters and digits alone.
pub(crate) fn new_reference() -> Result<String, NoRandomness> {
    Ok(format!("{REFERENCE_PREFIX}{}", random_characters(8)?.as_str()))
}

/// A new code as it is shown: `XXXX-XXXX-XXXX`.
pub(crate) fn new_code() -> Result<Zeroizing<String>, NoRandomness> {
    Ok(Zeroizing::new(grouped(&random_characters(12)?)))
}

/// A new device token: 32 random bytes, Base64url without padding.
pub(crate) fn new_device_token() -> Result<Zeroizing<String>, NoRandomness> {
    let mut bytes = Zeroizing::new([0; 32]);
    rand::fill(bytes.as_mut_slice()).map_err(|_| NoRandomness)?;
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

/// What a reference number or code means, however it was typed: upper case, no spaces or hyphens, O as 0, I and L as 1.
/// None for what cannot be one.
pub(crate) fn canonical(typed: &str) -> Option<Zeroizing<String>> {
    if typed.len() > LONGEST_INPUT {
        return None;
    }
    let mut canonical = Zeroizing::new(String::with_capacity(typed.len()));
    for character in typed.chars() {
        match character.to_ascii_uppercase() {
            'O' => canonical.push('0'),
            'I' | 'L' => canonical.push('1'),
            other if other.is_ascii_alphanumeric() => canonical.push(other),
            other if other.is_whitespace() || matches!(other, '-' | '–' | '‑') => {}
            _ => return None,
        }
    }
    (!canonical.is_empty()).then_some(canonical)
}

/// A reference number or code in groups of four, counted from the right: `AMP-7K3M-9QXT`.
pub(crate) fn grouped(canonical: &str) -> String {
    let mut text = String::with_capacity(canonical.len() + canonical.len() / 4);
    for (index, character) in canonical.chars().enumerate() {
        if index > 0 && (canonical.len() - index).is_multiple_of(4) {
            text.push('-');
        }
        text.push(character);
    }
    text
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

fn salted(salt: &[u8], canonical: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), canonical.as_bytes()).as_ref().to_vec()
}

fn random_characters(length: usize) -> Result<Zeroizing<String>, NoRandomness> {
    let mut bytes = Zeroizing::new(vec![0; length]);
    rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    // 256 is a multiple of 32, so every character is equally likely.
    Ok(Zeroizing::new(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_recognised_however_it_is_typed() {
        let code = new_code().expect("randomness");
        let hash = CodeHash::of(&canonical(&code).expect("a code")).expect("randomness");
        for typed in [code.to_lowercase(), code.replace('-', " "), code.replace('0', "o").replace('1', "l")] {
            assert!(hash.matches(&canonical(&typed).expect("a code")), "the same code in another spelling");
        }
        assert!(!hash.matches("AAAABBBBCCCC"));
    }

    #[test]
    fn a_reference_number_is_shown_as_the_letter_has_it() {
        let reference = new_reference().expect("randomness");
        let shown = grouped(&reference);
        assert_eq!(shown.len(), "AMP-XXXX-XXXX".len());
        assert!(shown.starts_with("AMP-"));
        assert_eq!(canonical(&shown).expect("a reference").as_str(), reference);
    }

    #[test]
    fn what_cannot_be_a_code_is_none() {
        for typed in ["", " - ", "AMP;DROP", &"A".repeat(65)] {
            assert!(canonical(typed).is_none(), "{typed}");
        }
    }
}
