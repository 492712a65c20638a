//! The CPR number: registered for the ministry, sealed, never shown and never logged.

use crate::key_file;
use crate::{error::PortalError, invitation::OrderRejected};
use aws_lc_rs::aead::{AES_256_GCM, Aad, RandomizedNonceKey};
use aws_lc_rs::hmac;
use chrono::NaiveDate;
use std::path::Path;
use uuid::Uuid;
use zeroize::Zeroizing;

/// A CPR number: ten digits with a real date. Has no `Debug` and no `Display`.
pub struct PersonalNumber(Zeroizing<String>);

impl PersonalNumber {
    /// Reads a CPR number: ten digits, a hyphen or space after the sixth where one likes.
    ///
    /// The first six digits must be a date, the seventh tells the century. Substitute numbers add 60 to the day. Modulus
    /// 11 is not asked for: numbers given since 2007 need not pass it.
    ///
    /// # Errors
    /// [`OrderRejected::PersonalNumber`].
    pub fn parse(typed: &str) -> Result<Self, OrderRejected> {
        let mut digits = Zeroizing::new(String::with_capacity(10));
        for character in typed.trim().chars() {
            if character.is_ascii_digit() && digits.len() < 10 {
                digits.push(character);
            } else if !(matches!(character, '-' | ' ') && digits.len() == 6) {
                return Err(OrderRejected::PersonalNumber);
            }
        }
        if digits.len() != 10 || date(digits.as_bytes()).is_none() {
            return Err(OrderRejected::PersonalNumber);
        }
        Ok(Self(digits))
    }
}

fn date(digits: &[u8]) -> Option<NaiveDate> {
    let digit = |index: usize| u32::from(digits[index] - b'0');
    let pair = |index: usize| 10 * digit(index) + digit(index + 1);
    let day = pair(0);
    let year = pair(4) as i32;
    let century = match digit(6) {
        0..=3 => 1900,
        4 | 9 if year <= 36 => 2000,
        4 | 9 => 1900,
        _ if year <= 57 => 2000,
        _ => 1800,
    };
    NaiveDate::from_ymd_opt(century + year, pair(2), if day > 60 { day - 60 } else { day })
}

/// The keys under which CPR numbers are kept; they live outside the database.
pub(crate) struct PersonalNumberVault {
    sealing: RandomizedNonceKey,
    hashing: hmac::Key,
}

/// A CPR number as the database keeps it.
pub(crate) struct SealedPersonalNumber {
    /// Nonce, then AES-256-GCM ciphertext and tag; the employee's id is the additional data.
    pub(crate) sealed: Vec<u8>,
    /// HMAC-SHA-256, to find a number again without opening any.
    pub(crate) hash: Vec<u8>,
}

impl PersonalNumberVault {
    /// Reads the keys in the data folder; makes them where there are none.
    pub(crate) fn open(data: &Path) -> Result<Self, PortalError> {
        let folder = data.join("keys");
        key_file::private_folder(&folder)?;
        let file = folder.join("personal-number.key");
        let keys = key_file::open_or_create_random::<64>(&file)?;
        let (sealing, hashing) = keys.split_at(32);
        Ok(Self {
            sealing: RandomizedNonceKey::new(&AES_256_GCM, sealing).map_err(|_| PortalError::KeyFile { file })?,
            hashing: hmac::Key::new(hmac::HMAC_SHA256, hashing),
        })
    }

    /// Seals a number for one employee.
    pub(crate) fn seal(&self, number: &PersonalNumber, employee: Uuid) -> Result<SealedPersonalNumber, PortalError> {
        let mut ciphertext = number.0.as_bytes().to_vec();
        let nonce = self
            .sealing
            .seal_in_place_append_tag(Aad::from(employee.as_bytes()), &mut ciphertext)
            .map_err(|_| PortalError::KeyGeneration)?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut ciphertext);
        let hash = hmac::sign(&self.hashing, number.0.as_bytes()).as_ref().to_vec();
        Ok(SealedPersonalNumber { sealed, hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::aead::Nonce;

    #[test]
    fn numbers_with_a_real_date_are_taken_and_others_are_not() {
        for typed in ["6101010000", "610101-0000", "290200 4000", " 3112999999 "] {
            assert!(PersonalNumber::parse(typed).is_ok(), "{typed}");
        }
        for typed in ["", "3002000000", "0013000000", "290201-4000", "61010100000", "6101-010000", "61010l0000"] {
            assert!(PersonalNumber::parse(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn the_century_comes_from_the_seventh_digit() {
        let year = |number: &str| date(number.as_bytes()).map(|date| chrono::Datelike::year(&date));
        assert_eq!(year("0101362000"), Some(1936));
        assert_eq!(year("0101364000"), Some(2036));
        assert_eq!(year("0101374000"), Some(1937));
        assert_eq!(year("0101579000"), Some(1957));
        assert_eq!(year("0101575000"), Some(2057));
        assert_eq!(year("0101585000"), Some(1858));
    }

    #[test]
    fn a_sealed_number_opens_only_for_the_employee_it_belongs_to_and_holds_no_digits() {
        let data = tempfile::tempdir().expect("a folder");
        let vault = PersonalNumberVault::open(data.path()).expect("a vault");
        let number = PersonalNumber::parse("6101010000").expect("a number");
        let employee = Uuid::from_u128(1);
        let sealed = vault.seal(&number, employee).expect("sealed");
        assert!(!sealed.sealed.windows(4).any(|window| window == b"6101"));
        let open = |employee: Uuid| {
            let (nonce, ciphertext) = sealed.sealed.split_at(12);
            let mut bytes = ciphertext.to_vec();
            let nonce = Nonce::try_assume_unique_for_key(nonce).expect("a nonce");
            vault.sealing.open_in_place(nonce, Aad::from(employee.as_bytes()), &mut bytes).map(|plain| plain.to_vec())
        };
        assert_eq!(open(employee).expect("opens"), b"6101010000");
        assert!(open(Uuid::from_u128(2)).is_err());
        let again = PersonalNumberVault::open(data.path()).expect("the same vault").seal(&number, employee);
        assert_eq!(again.expect("sealed").hash, sealed.hash, "the keyed hash is the same after a restart");
    }
}
