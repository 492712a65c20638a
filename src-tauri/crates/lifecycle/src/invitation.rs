//! The invitation that the local registration authority gave: reference number, one-time code, and what they open.

use crate::journey::CertificateState;
use crate::secret::{RevocationCode, Secret};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// Most characters that a person can have meant as a reference number or code, separators included.
const LONGEST_INPUT: usize = 64;

/// The reference number of an invitation, reduced to what it means: upper-case letters and digits, without the letters
/// I, L and O.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReferenceNumber(String);

/// The one-time code that opens an invitation, reduced to what it means as [`ReferenceNumber`] is.
pub struct OneTimeCode(Secret<String>);

/// What a person typed is not in the form of a reference number or a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvitationInputError {
    /// The reference number holds other characters than letters, digits, spaces and hyphens, or is too short or long.
    #[error("the reference number is not in the form of one")]
    Reference,
    /// The code holds other characters than letters, digits, spaces and hyphens, or is too short or long.
    #[error("the one-time code is not in the form of one")]
    Code,
}

impl ReferenceNumber {
    /// Reads what a person typed: any case, spaces and hyphens where they like, O for 0, I or L for 1.
    ///
    /// # Errors
    /// [`InvitationInputError::Reference`].
    pub fn parse(typed: &str) -> Result<Self, InvitationInputError> {
        let canonical = canonical(typed).ok_or(InvitationInputError::Reference)?;
        if canonical.len() < 6 {
            return Err(InvitationInputError::Reference);
        }
        Ok(Self(canonical))
    }

    /// The reference number as letters and digits alone.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Written in groups of four from the right, as the invitation's letter has it: `AMP-7K3M-9QXT`.
impl fmt::Display for ReferenceNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.0.len() % 4;
        let (head, tail) = self.0.split_at(first);
        let mut groups: Vec<&str> = Vec::new();
        if !head.is_empty() {
            groups.push(head);
        }
        let mut rest = tail;
        while !rest.is_empty() {
            let (group, after) = rest.split_at(4.min(rest.len()));
            groups.push(group);
            rest = after;
        }
        formatter.write_str(&groups.join("-"))
    }
}

impl TryFrom<String> for ReferenceNumber {
    type Error = InvitationInputError;

    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::parse(&value)
    }
}

impl From<ReferenceNumber> for String {
    fn from(value: ReferenceNumber) -> Self {
        value.0
    }
}

impl OneTimeCode {
    /// Reads what a person typed: any case, spaces and hyphens where they like, O for 0, I or L for 1.
    ///
    /// # Errors
    /// [`InvitationInputError::Code`].
    pub fn parse(typed: &str) -> Result<Self, InvitationInputError> {
        let canonical = canonical(typed).ok_or(InvitationInputError::Code)?;
        if canonical.len() < 6 {
            return Err(InvitationInputError::Code);
        }
        Ok(Self(Secret::new(canonical)))
    }

    /// The code as letters and digits alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl RevocationCode {
    /// Reads what a person typed, as [`OneTimeCode::parse`] does.
    ///
    /// # Errors
    /// [`InvitationInputError::Code`].
    pub fn parse(typed: &str) -> Result<Self, InvitationInputError> {
        let canonical = canonical(typed).ok_or(InvitationInputError::Code)?;
        if canonical.len() < 6 {
            return Err(InvitationInputError::Code);
        }
        Ok(Self::new(canonical))
    }
}

/// What was meant, as the portal reads it: its numbers and codes hold no I, L or O ([Crockford's Base32]).
///
/// [Crockford's Base32]: https://www.crockford.com/base32.html
fn canonical(typed: &str) -> Option<String> {
    if typed.len() > LONGEST_INPUT {
        return None;
    }
    let mut canonical = String::with_capacity(typed.len());
    for character in typed.chars() {
        match character.to_ascii_uppercase() {
            'O' => canonical.push('0'),
            'I' | 'L' => canonical.push('1'),
            other if other.is_ascii_alphanumeric() => canonical.push(other),
            other if other.is_whitespace() || matches!(other, '-' | '–' | '‑') => {}
            _ => return None,
        }
    }
    Some(canonical)
}

/// An invitation as the portal showed it after reference number and code were right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The reference number.
    pub reference: ReferenceNumber,
    /// From when on it no longer works.
    pub expires_at: DateTime<Utc>,
    /// Whom the certificate will name.
    pub subject: InvitedSubject,
    /// Whom to call.
    pub authority: LocalRegistrationAuthority,
    /// The employee's certificates that are there already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierCertificate>,
    /// What the employee wants done with them; `None` until that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_earlier: Option<OnEarlier>,
}

/// A certificate that the employee has already, on this computer or another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierCertificate {
    /// Its serial number, lower-case hexadecimal.
    pub serial_number: String,
    /// Until when it is valid.
    pub not_after: DateTime<Utc>,
    /// Its state.
    pub state: CertificateState,
    /// What the computer is called that it was registered on; `None` where it was registered on none.
    pub device_name: Option<String>,
    /// When it was registered there.
    pub registered_at: Option<DateTime<Utc>>,
}

/// What is to happen to the employee's earlier certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnEarlier {
    /// They stay in use.
    Keep,
    /// They are revoked once the new one is in use.
    Supersede,
}

impl Invitation {
    /// Serial numbers of the certificates that the new one takes the place of.
    #[must_use]
    pub fn supersedes(&self) -> Vec<String> {
        match self.on_earlier {
            Some(OnEarlier::Supersede) => self.earlier.iter().map(|earlier| earlier.serial_number.clone()).collect(),
            Some(OnEarlier::Keep) | None => Vec::new(),
        }
    }
}

/// Whom the certificate will name, as the local registration authority ordered it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitedSubject {
    /// Name in full.
    pub common_name: String,
    /// E-mail address at work.
    pub email: String,
    /// Name of the employer.
    pub organisation: String,
    /// The employer's CVR number.
    pub cvr: String,
}

/// The employer's local registration authority: the one to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalRegistrationAuthority {
    /// Its name.
    pub name: String,
    /// Its telephone number, where it is known.
    pub phone: Option<String>,
    /// Its e-mail address, where it is known.
    pub email: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_number_is_read_however_it_is_typed_and_shown_in_groups() {
        let reference = ReferenceNumber::parse(" amp 7k3m-9qxt ").expect("a reference number");
        assert_eq!(reference.as_str(), "AMP7K3M9QXT");
        assert_eq!(reference.to_string(), "AMP-7K3M-9QXT");
    }

    #[test]
    fn letters_that_look_like_digits_are_read_as_the_digits() {
        let reference = ReferenceNumber::parse("amp-1o0i-l234").expect("a reference number");
        assert_eq!(reference, ReferenceNumber::parse("AMP-1001-1234").expect("a reference number"));
        assert_eq!(reference.to_string(), "AMP-1001-1234");
        assert_eq!(OneTimeCode::parse("OIL0-oil1-2345").expect("a code").expose(), "011001112345");
    }

    #[test]
    fn what_is_not_a_reference_number_is_refused() {
        for typed in ["", "AMP", "AMP-7K3M-<script>", &"A".repeat(10_000)] {
            assert_eq!(ReferenceNumber::parse(typed), Err(InvitationInputError::Reference), "{typed:.20}");
        }
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        assert_eq!(OneTimeCode::parse("abcd-efgh 2345").expect("a code").expose(), "ABCDEFGH2345");
    }
}
