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
    /// One character repeated.
    #[error("the password is one character repeated")]
    Repeated,
}

impl Password {
    /// Fewest characters of a new password.
    pub const SHORTEST: usize = 10;
    /// Most bytes of any password: more is an attack, not a password.
    pub const LONGEST: usize = 1024;

    /// A password as typed. One for a new key still has to be judged: [`Password::judge`].
    #[must_use]
    pub fn typed(value: String) -> Self {
        Self(Secret::new(value))
    }

    /// Judges the password as the one that is to protect a new key.
    ///
    /// # Errors
    /// [`PasswordRejected`] where it would not protect the key.
    pub fn judge(&self) -> Result<(), PasswordRejected> {
        let text = self.expose();
        if text.len() > Self::LONGEST {
            return Err(PasswordRejected::TooLong);
        }
        if text.chars().count() < Self::SHORTEST {
            return Err(PasswordRejected::TooShort);
        }
        let mut characters = text.chars();
        let first = characters.next();
        if characters.all(|character| Some(character) == first) {
            return Err(PasswordRejected::Repeated);
        }
        Ok(())
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

    #[test]
    fn a_short_password_is_refused_and_a_long_one_is_taken() {
        assert_eq!(Password::typed("kort".into()).judge(), Err(PasswordRejected::TooShort));
        assert_eq!(Password::typed("fire ord på rad".into()).judge(), Ok(()));
    }

    #[test]
    fn one_character_repeated_is_no_password() {
        assert_eq!(Password::typed("aaaaaaaaaaaa".into()).judge(), Err(PasswordRejected::Repeated));
    }

    #[test]
    fn length_is_counted_in_characters_not_in_bytes() {
        assert_eq!(Password::typed("æøåæøå".into()).judge(), Err(PasswordRejected::TooShort));
    }

    #[test]
    fn a_password_of_a_megabyte_is_refused() {
        assert_eq!(Password::typed("ab".repeat(500_000)).judge(), Err(PasswordRejected::TooLong));
    }
}
