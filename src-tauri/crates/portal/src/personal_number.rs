//! The CPR number: registered for the ministry, sealed, never shown and never logged.

use crate::clock::Clock;
use crate::key_file;
use crate::storage::{PERSONAL_NUMBER_SETTING, Storage};
use crate::{error::PortalError, invitation::OrderRejected};
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{hmac, rand};
use chrono::NaiveDate;
use std::fs;
use std::path::{Path, PathBuf};
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
///
/// **Sealing** is by envelope: each number is sealed under a data key of its own, and that one is wrapped under a master key,
/// which is in the folder `keys`. A new master key wraps the data keys anew; no number is opened for it. The one that counts is
/// the one with the highest number: `personal-number.key` (whose second half is the key of the hash), `personal-number-2.key`,
/// and so on. The portal never opens a number: nothing of it needs one.
///
/// **The hash** finds a number again. Its key stays what it was: under another one nobody would be found.
pub(crate) struct PersonalNumberVault {
    /// The one that counts last.
    masters: Vec<MasterKey>,
    hashing: hmac::Key,
    /// Of what was typed as a reference number; made from the key before it, so that neither's hashes tell of the other's.
    references: hmac::Key,
    folder: PathBuf,
}

/// Which code somebody tries with a reference number: the tries are counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeKind {
    OneTime,
    Revocation,
}

struct MasterKey {
    number: u32,
    id: KeyId,
    key: RandomizedNonceKey,
}

/// Tells one master key from others without telling anything of it.
type KeyId = [u8; 8];

/// A CPR number as the database keeps it.
pub(crate) struct SealedPersonalNumber {
    /// An envelope ([`FORM`]); in rows of earlier versions nonce, AES-256-GCM ciphertext and tag, under the first master key.
    /// The employee's id is the additional data throughout.
    pub(crate) sealed: Vec<u8>,
    /// HMAC-SHA-256, to find a number again without opening any.
    pub(crate) hash: Vec<u8>,
}

/// The first byte of an envelope: then the master key's id, the wrapped data key, and the number sealed under that, both as
/// nonce, AES-256-GCM ciphertext and tag.
const FORM: u8 = 2;
const DATA_KEY: usize = 32;
const NONCE: usize = 12;
const TAG: usize = 16;
const BEFORE_DATA_KEY: usize = 1 + size_of::<KeyId>();
const BEFORE_NUMBER: usize = BEFORE_DATA_KEY + NONCE + DATA_KEY + TAG;
const SEALED_DIGITS: usize = NONCE + 10 + TAG;

const FIRST_FILE: &str = "personal-number.key";
/// What is left of a first master key that is no longer needed.
const RETIRED: [u8; 32] = [0; 32];

impl PersonalNumberVault {
    /// Reads the keys in the data folder; makes them where there are none.
    pub(crate) fn open(data: &Path) -> Result<Self, PortalError> {
        let folder = data.join("keys");
        key_file::private_folder(&folder)?;
        let file = folder.join(FIRST_FILE);
        let keys = key_file::open_or_create_random::<64>(&file)?;
        let (sealing, hashing) = keys.split_at(32);
        let mut masters = Vec::new();
        if sealing != RETIRED {
            masters.push(MasterKey::new(1, sealing).map_err(|_| PortalError::KeyFile { file: file.clone() })?);
        }
        for number in later_keys(&folder)? {
            masters.push(MasterKey::open(&folder, number)?);
        }
        if masters.is_empty() {
            return Err(PortalError::KeyFile { file });
        }
        let hashing = hmac::Key::new(hmac::HMAC_SHA256, hashing);
        let references = hmac::sign(&hashing, b"key of the hashes of reference numbers");
        let references = hmac::Key::new(hmac::HMAC_SHA256, references.as_ref());
        Ok(Self { masters, hashing, references, folder })
    }

    /// What tells the keys from others without telling anything of them. The same whichever master key counts.
    pub(crate) fn fingerprint(&self) -> String {
        hex::encode(hmac::sign(&self.hashing, b"fingerprint of the keys for personal numbers"))
    }

    /// Seals a number for one employee.
    pub(crate) fn seal(&self, number: &PersonalNumber, employee: Uuid) -> Result<SealedPersonalNumber, PortalError> {
        let sealed = self.envelope(number.0.as_bytes(), employee)?;
        let hash = hmac::sign(&self.hashing, number.0.as_bytes()).as_ref().to_vec();
        Ok(SealedPersonalNumber { sealed, hash })
    }

    /// HMAC-SHA-256 of what was typed as a reference number, in canonical form: it may be a CPR number.
    pub(crate) fn hash_of_reference(&self, kind: CodeKind, reference: &str) -> Vec<u8> {
        let kind: &[u8] = match kind {
            CodeKind::OneTime => b"one-time code ",
            CodeKind::Revocation => b"revocation code ",
        };
        hmac::sign(&self.references, &[kind, reference.as_bytes()].concat()).as_ref().to_vec()
    }

    /// What every envelope under the master key that counts begins with.
    pub(crate) fn current_prefix(&self) -> Result<[u8; BEFORE_DATA_KEY], PortalError> {
        let mut prefix = [FORM; BEFORE_DATA_KEY];
        prefix[1..].copy_from_slice(&self.current()?.id);
        Ok(prefix)
    }

    /// The id of the master key that counts, hexadecimal.
    pub(crate) fn current_id(&self) -> Result<String, PortalError> {
        self.current().map(|master| hex::encode(master.id))
    }

    /// The same number under the master key that counts: its data key wrapped anew, or an envelope for what has none yet.
    pub(crate) fn wrap_anew(&self, sealed: &[u8], employee: Uuid) -> Result<Vec<u8>, PortalError> {
        let unknown = || PortalError::PersonalNumberKey { employee };
        if sealed.len() == SEALED_DIGITS {
            let first = self.masters.iter().find(|master| master.number == 1).ok_or_else(unknown)?;
            let digits = opened(&first.key, sealed, employee.as_bytes()).ok_or_else(unknown)?;
            return self.envelope(&digits, employee);
        }
        if sealed.len() != BEFORE_NUMBER + SEALED_DIGITS || sealed[0] != FORM {
            return Err(unknown());
        }
        let (wrapped, number) = sealed.split_at(BEFORE_NUMBER);
        let (id, wrapped) = wrapped[1..].split_at(size_of::<KeyId>());
        let master = self.masters.iter().find(|master| master.id == id).ok_or_else(unknown)?;
        let data_key = opened(&master.key, wrapped, &of_data_key(id, employee)).ok_or_else(unknown)?;
        let mut anew = self.wrapped(&data_key, employee)?;
        anew.extend_from_slice(number);
        Ok(anew)
    }

    /// Makes the next master key, which counts from now on.
    pub(crate) fn make_next(&mut self) -> Result<(), PortalError> {
        let number = self.current()?.number.saturating_add(1);
        self.masters.push(MasterKey::open(&self.folder, number)?);
        Ok(())
    }

    /// Destroys every master key but the one that counts; returns the ids of those destroyed.
    pub(crate) fn destroy_earlier(&mut self) -> Result<Vec<String>, PortalError> {
        let mut destroyed = Vec::new();
        while self.masters.len() > 1 {
            let (number, file) = (self.masters[0].number, file_of(&self.folder, self.masters[0].number));
            if number == 1 {
                // Its second half, the key of the hash, stays.
                let mut keys = key_file::open_or_create_random::<64>(&file)?;
                keys[..RETIRED.len()].copy_from_slice(&RETIRED);
                key_file::write_atomically(&file, keys.as_slice())?;
            } else {
                fs::remove_file(&file).map_err(|source| PortalError::Files { path: file, source })?;
            }
            destroyed.push(hex::encode(self.masters.remove(0).id));
        }
        Ok(destroyed)
    }

    fn current(&self) -> Result<&MasterKey, PortalError> {
        self.masters.last().ok_or_else(|| PortalError::KeyFile { file: self.folder.join(FIRST_FILE) })
    }

    fn envelope(&self, digits: &[u8], employee: Uuid) -> Result<Vec<u8>, PortalError> {
        let mut data_key = Zeroizing::new([0; DATA_KEY]);
        rand::fill(data_key.as_mut_slice()).map_err(|_| PortalError::KeyGeneration)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, data_key.as_slice()).map_err(|_| PortalError::KeyGeneration)?;
        let mut envelope = self.wrapped(data_key.as_slice(), employee)?;
        envelope.extend(sealed(&key, digits, employee.as_bytes())?);
        Ok(envelope)
    }

    /// An envelope until where the number begins.
    fn wrapped(&self, data_key: &[u8], employee: Uuid) -> Result<Vec<u8>, PortalError> {
        let master = self.current()?;
        let mut envelope = self.current_prefix()?.to_vec();
        envelope.extend(sealed(&master.key, data_key, &of_data_key(&master.id, employee))?);
        Ok(envelope)
    }
}

impl MasterKey {
    fn new(number: u32, bytes: &[u8]) -> Result<Self, Unspecified> {
        let named = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, bytes), b"id of a master key for personal numbers");
        let mut id = KeyId::default();
        id.copy_from_slice(&named.as_ref()[..size_of::<KeyId>()]);
        Ok(Self { number, id, key: RandomizedNonceKey::new(&AES_256_GCM, bytes)? })
    }

    /// Reads a later key; makes it where there is none.
    fn open(folder: &Path, number: u32) -> Result<Self, PortalError> {
        let file = file_of(folder, number);
        let bytes = key_file::open_or_create_random::<32>(&file)?;
        Self::new(number, bytes.as_slice()).map_err(|_| PortalError::KeyFile { file })
    }
}

fn file_of(folder: &Path, number: u32) -> PathBuf {
    if number == 1 { folder.join(FIRST_FILE) } else { folder.join(format!("personal-number-{number}.key")) }
}

/// The numbers of the later keys that are in the folder, in order.
fn later_keys(folder: &Path) -> Result<Vec<u32>, PortalError> {
    let failed = |source| PortalError::Files { path: folder.to_path_buf(), source };
    let mut numbers = Vec::new();
    for file in fs::read_dir(folder).map_err(failed)? {
        let name = file.map_err(failed)?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("personal-number-")?.strip_suffix(".key"));
        numbers.extend(number.and_then(|number| number.parse::<u32>().ok()).filter(|number| *number > 1));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// A wrapped data key opens only for the employee and with the key that the envelope names.
fn of_data_key(id: &[u8], employee: Uuid) -> Vec<u8> {
    [id, employee.as_bytes()].concat()
}

fn sealed(key: &RandomizedNonceKey, plain: &[u8], additional: &[u8]) -> Result<Vec<u8>, PortalError> {
    let mut bytes = plain.to_vec();
    // Encrypts where the text stands, so that nothing of it is left.
    let nonce =
        key.seal_in_place_append_tag(Aad::from(additional), &mut bytes).map_err(|_| PortalError::KeyGeneration)?;
    Ok([nonce.as_ref().as_slice(), &bytes].concat())
}

fn opened(key: &RandomizedNonceKey, sealed: &[u8], additional: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, ciphertext) = sealed.split_at_checked(NONCE)?;
    let mut bytes = Zeroizing::new(ciphertext.to_vec());
    let length =
        key.open_in_place(Nonce::try_assume_unique_for_key(nonce).ok()?, Aad::from(additional), &mut bytes).ok()?.len();
    bytes.truncate(length);
    Some(bytes)
}

/// What a change of the master key is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRotation {
    /// Makes a new master key and wraps everything under it.
    NewKey,
    /// Makes none: wraps under the one that counts what is not yet, after a run that was broken off, or what instances with the
    /// earlier key have sealed since.
    Finish,
    /// As [`KeyRotation::Finish`]; then destroys the earlier master keys of this data folder. Whatever is under them elsewhere,
    /// such as in a backup, is closed for good.
    DestroyEarlier,
}

/// What came of a change of the master key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RotatedKey {
    /// The id of the master key that counts, hexadecimal.
    pub key: String,
    /// How many numbers were put under it.
    pub wrapped: u64,
    /// The ids of the master keys that were destroyed.
    pub destroyed: Vec<String>,
}

/// Changes the master key that the CPR numbers' data keys are wrapped under. Goes in small transactions and can be broken off:
/// [`KeyRotation::Finish`] goes on. What was done is in the event log. `database` as in [`crate::invite`].
///
/// Instances that run go on with the key that they were started with. They need no other, but all are stopped before the
/// earlier ones are destroyed.
///
/// # Errors
/// [`PortalError`]; [`PortalError::AlreadyRunning`] where earlier keys are to be destroyed and a portal runs on this folder; [`PortalError::PersonalNumberKey`] where a number is under a key that the folder does not have.
pub async fn rotate_personal_number_key(
    data: &Path,
    database: Option<&str>,
    clock: &dyn Clock,
    rotation: KeyRotation,
) -> Result<RotatedKey, PortalError> {
    // A portal that runs seals under the key that it was started with: what it sealed after that key is gone would open for
    // nobody.
    let _alone = match rotation {
        KeyRotation::NewKey | KeyRotation::Finish => None,
        KeyRotation::DestroyEarlier => Some(crate::server::lock(data, false)?),
    };
    let mut vault = PersonalNumberVault::open(data)?;
    let storage = Storage::open(data, database).await?;
    let rotated = async {
        if let Some(setting) = storage.agree(vec![(PERSONAL_NUMBER_SETTING, vault.fingerprint())]).await? {
            return Err(PortalError::OtherInstances { setting });
        }
        if rotation == KeyRotation::NewKey {
            vault.make_next()?;
        }
        let (prefix, key_id) = (vault.current_prefix()?, vault.current_id()?);
        let (mut wrapped, mut after) = (0, String::new());
        let anew = |sealed: &[u8], employee| vault.wrap_anew(sealed, employee);
        while let Some((batch, last)) =
            storage.wrap_personal_numbers(&prefix, &after, &key_id, clock.now(), anew).await?
        {
            wrapped += batch;
            after = last;
        }
        let destroyed = match rotation {
            KeyRotation::NewKey | KeyRotation::Finish => Vec::new(),
            KeyRotation::DestroyEarlier => vault.destroy_earlier()?,
        };
        // The next turn of retention tries again.
        if let Err(error) = storage.remove_traces().await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "numbers under the former key may still be in files"
            );
        }
        Ok(RotatedKey { key: key_id, wrapped, destroyed })
    }
    .await;
    storage.close().await;
    rotated
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn digits_in(vault: &PersonalNumberVault, envelope: &[u8], employee: Uuid) -> Option<Vec<u8>> {
        let (wrapped, number) = envelope.split_at(BEFORE_NUMBER);
        let (id, wrapped) = wrapped[1..].split_at(size_of::<KeyId>());
        let master = vault.masters.iter().find(|master| master.id == id)?;
        let data_key = opened(&master.key, wrapped, &of_data_key(id, employee))?;
        let data_key = RandomizedNonceKey::new(&AES_256_GCM, &data_key).expect("a key");
        opened(&data_key, number, employee.as_bytes()).map(|digits| digits.to_vec())
    }

    #[test]
    fn a_sealed_number_opens_only_for_the_employee_it_belongs_to_and_holds_no_digits() {
        let data = tempfile::tempdir().expect("a folder");
        let vault = PersonalNumberVault::open(data.path()).expect("a vault");
        let number = PersonalNumber::parse("6101010000").expect("a number");
        let employee = Uuid::from_u128(1);
        let sealed = vault.seal(&number, employee).expect("sealed");
        assert!(!sealed.sealed.windows(4).any(|window| window == b"6101"));
        assert_eq!(digits_in(&vault, &sealed.sealed, employee).expect("opens"), b"6101010000");
        assert!(digits_in(&vault, &sealed.sealed, Uuid::from_u128(2)).is_none());
        let again = PersonalNumberVault::open(data.path()).expect("the same vault").seal(&number, employee);
        let again = again.expect("sealed");
        assert_eq!(again.hash, sealed.hash, "the keyed hash is the same after a restart");
        assert_ne!(again.sealed[BEFORE_NUMBER..], sealed.sealed[BEFORE_NUMBER..], "each has a data key of its own");
    }

    #[test]
    fn what_was_sealed_before_there_were_envelopes_and_under_earlier_keys_is_wrapped_anew_and_only_that_key_goes() {
        let data = tempfile::tempdir().expect("a folder");
        let mut vault = PersonalNumberVault::open(data.path()).expect("a vault");
        let (first, employee) = (vault.current_id().expect("a key"), Uuid::from_u128(1));
        let earlier = sealed(&vault.masters[0].key, b"6101010000", employee.as_bytes()).expect("sealed");
        let hash = vault.seal(&PersonalNumber::parse("6101010000").expect("a number"), employee).expect("sealed").hash;
        let envelope = vault.wrap_anew(&earlier, employee).expect("an envelope");
        vault.make_next().expect("a key");
        for before in [&earlier, &envelope] {
            let anew = vault.wrap_anew(before, employee).expect("wrapped anew");
            assert!(anew.starts_with(&vault.current_prefix().expect("a key")));
            assert_eq!(digits_in(&vault, &anew, employee).expect("opens"), b"6101010000");
        }
        let anew = vault.wrap_anew(&envelope, employee).expect("wrapped anew");
        assert_eq!(anew[BEFORE_NUMBER..], envelope[BEFORE_NUMBER..], "the number itself was not touched");
        assert_eq!(vault.destroy_earlier().expect("destroyed"), [first]);

        let mut vault = PersonalNumberVault::open(data.path()).expect("the same vault");
        assert_eq!(digits_in(&vault, &anew, employee).expect("opens"), b"6101010000");
        assert!(vault.wrap_anew(&envelope, employee).is_err(), "its key is gone");
        let number = PersonalNumber::parse("6101010000").expect("a number");
        assert_eq!(vault.seal(&number, employee).expect("sealed").hash, hash, "who was found is found");
        vault.make_next().expect("a key");
        assert_eq!(vault.destroy_earlier().expect("destroyed").len(), 1);
        assert!(PersonalNumberVault::open(data.path()).is_ok_and(|vault| vault.masters.len() == 1));
    }
}
