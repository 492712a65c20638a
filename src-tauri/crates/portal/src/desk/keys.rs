//! Keyed proofs of the desk: that a form was made here for this certificate, which user a form makes, and what was searched
//! for, unreadable in the address. Every instance with the same key takes what another one gave.

use crate::error::PortalError;
use crate::key_file;
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use std::path::Path;
use uuid::{Builder, Uuid};

/// How long a form can be filled in.
const FORM_VALIDITY: TimeDelta = TimeDelta::hours(12);
/// Bytes of a nonce of AES-GCM ([RFC 5116 §5.1]).
const NONCE: usize = 12;
/// Bytes of the time that a token begins with.
const TIME: usize = 8;

/// The desk's keys; they live in the data folder, outside the database.
pub(crate) struct DeskKeys {
    forms: hmac::Key,
    searches: RandomizedNonceKey,
}

impl DeskKeys {
    /// Reads the keys in the data folder; makes them where there are none.
    pub(crate) fn open(data: &Path) -> Result<Self, PortalError> {
        let folder = data.join("keys");
        key_file::private_folder(&folder)?;
        let file = folder.join("desk.key");
        let keys = key_file::open_or_create_random::<64>(&file)?;
        let (forms, searches) = keys.split_at(32);
        Ok(Self {
            forms: hmac::Key::new(hmac::HMAC_SHA256, forms),
            searches: RandomizedNonceKey::new(&AES_256_GCM, searches).map_err(|_| PortalError::KeyFile { file })?,
        })
    }

    /// What the keys are told apart by, without telling them: every instance of a portal must have the same.
    pub(crate) fn fingerprint(&self) -> String {
        hex::encode(hmac::sign(&self.forms, b"fingerprint of the desk's keys"))
    }

    /// What a form carries that is made for the holder of this certificate.
    pub(super) fn token(&self, serial_number: &str, now: DateTime<Utc>) -> String {
        let made_at = now.timestamp().to_be_bytes();
        let proof = hmac::sign(&self.forms, &token_content(serial_number, &made_at));
        URL_SAFE_NO_PAD.encode([made_at.as_slice(), proof.as_ref()].concat())
    }

    /// True for a token that was made for this certificate, and not long ago.
    pub(super) fn holds(&self, token: &str, serial_number: &str, now: DateTime<Utc>) -> bool {
        let Ok(token) = URL_SAFE_NO_PAD.decode(token) else { return false };
        let Some((made_at, proof)) = token.split_first_chunk::<TIME>() else { return false };
        let age = now.timestamp().checked_sub(i64::from_be_bytes(*made_at));
        let fresh = age.is_some_and(|age| (0..=FORM_VALIDITY.num_seconds()).contains(&age));
        fresh && hmac::verify(&self.forms, &token_content(serial_number, made_at), proof).is_ok()
    }

    /// The id of the user that a form makes: the same however often the form is sent, and nobody else's.
    pub(super) fn user_of(&self, serial_number: &str, form: Uuid) -> Uuid {
        let content = [b"user\0".as_slice(), form.as_bytes(), serial_number.as_bytes()].concat();
        let tag = hmac::sign(&self.forms, &content);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&tag.as_ref()[..16]);
        Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A search text as the address of its result holds it: names are not for histories and logs.
    pub(super) fn seal(&self, search: &str, cvr: &str) -> Option<String> {
        let mut bytes = search.as_bytes().to_vec();
        let nonce = self.searches.seal_in_place_append_tag(Aad::from(cvr.as_bytes()), &mut bytes).ok()?;
        Some(URL_SAFE_NO_PAD.encode([nonce.as_ref().as_slice(), &bytes].concat()))
    }

    /// The search text again; None for what was not sealed here, for this organisation.
    pub(super) fn open_search(&self, sealed: &str, cvr: &str) -> Option<String> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE)?;
        let mut bytes = ciphertext.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let search = self.searches.open_in_place(nonce, Aad::from(cvr.as_bytes()), &mut bytes).ok()?;
        String::from_utf8(search.to_vec()).ok()
    }
}

fn token_content(serial_number: &str, made_at: &[u8; TIME]) -> Vec<u8> {
    [b"form\0".as_slice(), made_at, serial_number.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_for_its_certificate_and_its_day_alone() {
        let data = tempfile::tempdir().expect("a folder");
        let keys = DeskKeys::open(data.path()).expect("keys");
        let now = DateTime::from_timestamp(1_795_521_600, 0).expect("a time");
        let token = keys.token("4f", now);
        assert!(DeskKeys::open(data.path()).expect("the same keys").holds(&token, "4f", now + FORM_VALIDITY));
        assert!(!keys.holds(&token, "4e", now), "another certificate");
        assert!(!keys.holds(&token, "4f", now + FORM_VALIDITY + TimeDelta::seconds(1)), "the next day");
        assert!(!keys.holds(&token, "4f", now - TimeDelta::seconds(1)), "from the future");
        let mut later = URL_SAFE_NO_PAD.decode(&token).expect("a token");
        later[TIME - 1] ^= 1;
        assert!(!keys.holds(&URL_SAFE_NO_PAD.encode(later), "4f", now + TimeDelta::minutes(5)), "another time");
        for garbled in ["", "A", "ø"] {
            assert!(!keys.holds(garbled, "4f", now));
        }
    }

    #[test]
    fn a_search_is_not_readable_in_its_address_nor_in_another_organisation() {
        let data = tempfile::tempdir().expect("a folder");
        let keys = DeskKeys::open(data.path()).expect("keys");
        let sealed = keys.seal("Øvebruger", "12345678").expect("sealed");
        assert!(!sealed.contains("vebruger"));
        assert_eq!(keys.open_search(&sealed, "12345678").as_deref(), Some("Øvebruger"));
        assert_eq!(keys.open_search(&sealed, "87654321"), None);
        assert_eq!(keys.open_search("AAAA", "12345678"), None);
    }

    #[test]
    fn a_form_makes_one_user_and_no_other_authoritys() {
        let data = tempfile::tempdir().expect("a folder");
        let keys = DeskKeys::open(data.path()).expect("keys");
        let form = Uuid::from_u128(7);
        assert_eq!(keys.user_of("4f", form), keys.user_of("4f", form));
        assert_ne!(keys.user_of("4f", form), keys.user_of("4e", form));
    }
}
