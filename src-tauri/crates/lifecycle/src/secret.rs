//! Secrets that show themselves to nobody by accident.

use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

/// A secret: wiped from memory when dropped; no `Debug`, no `Display`, no `Serialize`, no `Clone`.
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Takes the secret over. What the caller still holds of it is the caller's to wipe.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// Shows the secret to the code that needs it. Every call is a place to look at in a review.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

/// The employee's own password, as UTF-8.
pub struct Password(Secret<String>);

/// Why a chosen password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordRejected {
    /// Fewer characters than [`Password::SHORTEST`].
    #[error("the password is shorter than {} characters", Password::SHORTEST)]
    TooShort,
    /// More bytes than [`Password::LONGEST`].
    #[error("the password is longer than {} bytes", Password::LONGEST)]
    TooLong,
    /// Few guesses would find it.
    #[error("the password is easy to guess")]
    Guessable,
}

impl Password {
    /// Fewest characters of a new password.
    pub const SHORTEST: usize = 10;
    /// Least [`Password::strength`] of a new password.
    pub const LEAST_STRENGTH: u8 = 3;
    /// Most bytes of any password: more is an attack, not a password.
    pub const LONGEST: usize = 1024;

    /// A password as typed. One for a new key still has to be judged: [`Password::judge`].
    #[must_use]
    pub fn typed(value: String) -> Self {
        Self(Secret::new(value))
    }

    /// Judges the password as the one that is to protect a new key. `known` is what anybody would try first: the
    /// employee's name, address and employer.
    ///
    /// # Errors
    /// [`PasswordRejected`] where it would not protect the key.
    pub fn judge(&self, known: &[&str]) -> Result<(), PasswordRejected> {
        let text = self.expose();
        if text.len() > Self::LONGEST {
            return Err(PasswordRejected::TooLong);
        }
        if text.chars().count() < Self::SHORTEST {
            return Err(PasswordRejected::TooShort);
        }
        if self.strength(known) < Self::LEAST_STRENGTH { Err(PasswordRejected::Guessable) } else { Ok(()) }
    }

    /// How hard the password is to guess, from 0 to 4 as zxcvbn counts: 3 takes at least 100 million guesses, each of
    /// which costs as much as the key's encryption makes it.
    #[must_use]
    pub fn strength(&self, known: &[&str]) -> u8 {
        // Longer input makes the estimate slow, not the password weaker.
        let end = self.expose().char_indices().nth(100).map_or(self.expose().len(), |(end, _)| end);
        let mut parts: Vec<&str> = vec!["certifikatguide", "certifikat", "arbejdsmarkedsportalen"];
        for known in known {
            parts.push(known);
            parts.extend(known.split(|character: char| !character.is_alphanumeric()).filter(|part| part.len() > 2));
        }
        u8::from(zxcvbn::zxcvbn(&self.expose()[..end], &parts).score())
    }

    /// The password's text.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// The device token: lets this computer read its own state and ask for suspension, without the key.
pub struct DeviceToken(Secret<String>);

impl DeviceToken {
    /// Takes the token's text over, as the portal gave it.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(Secret::new(value))
    }

    /// The token's text.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// The revocation code: lets the employee suspend the certificate without this computer. Shown once, never stored.
pub struct RevocationCode(Secret<String>);

impl RevocationCode {
    /// Takes the code's text over, as the portal gave it.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(Secret::new(value))
    }

    /// The code's text.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["Øvebruger Eksempel", "oevebruger@example.org", "Øvelseskommune Å"];

    fn judged(text: &str) -> Result<(), PasswordRejected> {
        Password::typed(text.into()).judge(&KNOWN)
    }

    #[test]
    fn a_short_password_is_refused_and_random_words_are_taken() {
        assert_eq!(judged("kort"), Err(PasswordRejected::TooShort));
        assert_eq!(judged("fire gode ord her"), Ok(()));
        assert_eq!(judged("lygte hjul kaffe torsk"), Ok(()));
        assert_eq!(judged("q7Vx!pL2mZ"), Ok(()));
    }

    #[test]
    fn what_anybody_would_try_first_is_refused_whatever_signs_it_has() {
        for text in
            ["aaaaaaaaaaaa", "password123", "Passw0rd2026!", "1234567890", "qwertyuiop", "abcabcabcabc", "24-11-2026"]
        {
            assert_eq!(judged(text), Err(PasswordRejected::Guessable), "{text}");
        }
    }

    #[test]
    fn ones_own_name_and_employer_are_no_password() {
        for text in ["Øvebruger1", "øvelseskommune", "oevebruger@example.org", "certifikatguide1"] {
            assert_eq!(judged(text), Err(PasswordRejected::Guessable), "{text}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_not_in_bytes() {
        assert_eq!(judged("æøåæøå"), Err(PasswordRejected::TooShort));
    }

    #[test]
    fn a_password_of_a_megabyte_is_refused() {
        assert_eq!(judged(&"ab".repeat(500_000)), Err(PasswordRejected::TooLong));
    }
}
