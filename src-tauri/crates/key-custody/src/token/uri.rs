//! The address of a token: a PKCS#11 URI ([RFC 7512]).

use cryptoki::slot::TokenInfo;
use lifecycle::KeyPlaceName;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Most bytes of an address as it is written.
const LONGEST: usize = 2048;
/// `CK_TOKEN_INFO`'s fields for label and manufacturer (PKCS#11 §3.2).
const LONGEST_NAME: usize = 32;
/// `CK_TOKEN_INFO`'s fields for model and serial number.
const LONGEST_SERIAL: usize = 16;
/// No token keeps longer names of objects that people gave them.
const LONGEST_OBJECT: usize = 255;

/// The address of one token, and of a key on it where one is named: `pkcs11:token=Medarbejder;serial=1a2b`.
///
/// It always says a label or a serial number. It never says which module to load, nor a PIN: an address may come from
/// anywhere, a module is code that is run, and a PIN is a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenUri {
    label: Option<String>,
    serial: Option<String>,
    manufacturer: Option<String>,
    model: Option<String>,
    object: Option<String>,
}

/// Why a text is no address of a token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TokenUriError {
    /// It does not begin with `pkcs11:`.
    #[error("a token's address begins with pkcs11:")]
    OtherScheme,
    /// It is longer than any address of a token.
    #[error("a token's address has at most {LONGEST} bytes")]
    TooLong,
    /// It has a query (`?…`): module and PIN are never taken from an address.
    #[error("a token's address says neither a module nor a PIN")]
    Query,
    /// Neither `token` nor `serial` is there.
    #[error("the address names no token: it needs token= or serial=")]
    NoToken,
    /// An attribute that names no token, or that nobody knows: nothing would ever match it ([RFC 7512 §2.3]).
    #[error("the address has an attribute that is not taken: {0}")]
    OtherAttribute(Box<str>),
    /// An attribute is there twice.
    #[error("the address says {0} twice")]
    Twice(&'static str),
    /// A value that no token can have: empty, too long, not UTF-8, wrongly percent-encoded, or with control characters.
    #[error("no token has such a value for {0}")]
    Value(&'static str),
}

impl TokenUri {
    /// The token's label (`token`).
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// The token's serial number (`serial`).
    #[must_use]
    pub fn serial(&self) -> Option<&str> {
        self.serial.as_deref()
    }

    /// What the key on the token is called (`object`).
    #[must_use]
    pub fn object(&self) -> Option<&str> {
        self.object.as_deref()
    }

    /// The address of exactly this token.
    pub(super) fn of(token: &TokenInfo) -> Option<Self> {
        let (label, serial) = (printed(token.label()), printed(token.serial_number()));
        if label.is_none() && serial.is_none() {
            return None;
        }
        Some(Self {
            label,
            serial,
            manufacturer: printed(token.manufacturer_id()),
            model: printed(token.model()),
            object: None,
        })
    }

    pub(super) fn matches(&self, token: &TokenInfo) -> bool {
        let says = |wanted: &Option<String>, is: &str| {
            wanted.as_ref().is_none_or(|wanted| *wanted == is.trim_end_matches('\0'))
        };
        says(&self.label, token.label())
            && says(&self.serial, token.serial_number())
            && says(&self.manufacturer, token.manufacturer_id())
            && says(&self.model, token.model())
    }
}

/// A field of a token as an address can carry it. Some tokens end their fields with zeros instead of blanks.
fn printed(field: &str) -> Option<String> {
    let field = field.trim_end_matches('\0');
    (!field.is_empty() && !field.chars().any(char::is_control)).then(|| field.to_owned())
}

impl From<TokenUri> for KeyPlaceName {
    fn from(uri: TokenUri) -> Self {
        Self::token(&uri.to_string())
    }
}

impl FromStr for TokenUri {
    type Err = TokenUriError;

    fn from_str(text: &str) -> Result<Self, TokenUriError> {
        if text.len() > LONGEST {
            return Err(TokenUriError::TooLong);
        }
        let rest = match text.split_at_checked("pkcs11:".len()) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("pkcs11:") => rest,
            Some(_) | None => return Err(TokenUriError::OtherScheme),
        };
        if rest.contains('?') {
            return Err(TokenUriError::Query);
        }
        let mut uri = Self { label: None, serial: None, manufacturer: None, model: None, object: None };
        for attribute in rest.split(';').filter(|attribute| !attribute.is_empty()) {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let (name, field, longest) = match name {
                "token" => ("token", &mut uri.label, LONGEST_NAME),
                "serial" => ("serial", &mut uri.serial, LONGEST_SERIAL),
                "manufacturer" => ("manufacturer", &mut uri.manufacturer, LONGEST_NAME),
                "model" => ("model", &mut uri.model, LONGEST_SERIAL),
                "object" => ("object", &mut uri.object, LONGEST_OBJECT),
                other => return Err(TokenUriError::OtherAttribute(other.chars().take(64).collect())),
            };
            let value = decoded(value)
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .filter(|text| !text.is_empty() && text.len() <= longest && !text.chars().any(char::is_control))
                .ok_or(TokenUriError::Value(name))?;
            if field.replace(value).is_some() {
                return Err(TokenUriError::Twice(name));
            }
        }
        if uri.label.is_none() && uri.serial.is_none() {
            return Err(TokenUriError::NoToken);
        }
        Ok(uri)
    }
}

impl fmt::Display for TokenUri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = [
            ("model", &self.model),
            ("manufacturer", &self.manufacturer),
            ("serial", &self.serial),
            ("token", &self.label),
            ("object", &self.object),
        ];
        formatter.write_str("pkcs11:")?;
        let mut separator = "";
        for (name, value) in fields {
            if let Some(value) = value {
                write!(formatter, "{separator}{name}=")?;
                separator = ";";
                for byte in value.bytes() {
                    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                        write!(formatter, "{}", char::from(byte))?;
                    } else {
                        write!(formatter, "%{byte:02X}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// `*pk11-pchar` ([RFC 7512 §2.3]).
fn decoded(value: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let code = digit(rest.next())? * 16 + digit(rest.next())?;
                bytes.push(u8::try_from(code).ok()?);
            }
            _ if byte.is_ascii_alphanumeric() || b"-._~:[]@!$'()*+,=&".contains(&byte) => bytes.push(byte),
            _ => return None,
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<TokenUri, TokenUriError> {
        text.parse()
    }

    #[test]
    fn an_address_as_other_tools_write_it_is_read_and_written_again() {
        let text = "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=1a2b3c;token=%C3%98ve%3Bkort";
        let uri = parsed(text).expect("an address");
        assert_eq!((uri.label(), uri.serial(), uri.object()), (Some("Øve;kort"), Some("1a2b3c"), None));
        assert_eq!(uri.to_string(), text);
        let uri = parsed("PKCS11:token=a:b;object=min%20n%C3%B8gle").expect("an address");
        assert_eq!((uri.label(), uri.object()), (Some("a:b"), Some("min nøgle")));
        assert_eq!(parsed(&uri.to_string()), Ok(uri));
    }

    #[test]
    fn an_address_chooses_no_module_and_carries_no_pin() {
        for query in ["module-path=/tmp/evil.so", "module-name=evil", "pin-value=1234", "pin-source=file:/tmp/pin", ""]
        {
            assert_eq!(parsed(&format!("pkcs11:token=a?{query}")), Err(TokenUriError::Query), "{query}");
        }
        let outside = parsed("pkcs11:token=a;module-path=/tmp/evil.so");
        assert_eq!(outside, Err(TokenUriError::OtherAttribute("module-path".into())));
    }

    #[test]
    fn what_names_no_token_is_refused() {
        use TokenUriError::{NoToken, OtherAttribute, OtherScheme, TooLong, Twice, Value};
        let long = "x".repeat(33);
        for (text, error) in [
            ("", OtherScheme),
            ("pkcs1", OtherScheme),
            ("pkcs1ø:token=a", OtherScheme),
            ("file:token=a", OtherScheme),
            ("pkcs11:", NoToken),
            ("pkcs11:object=a", NoToken),
            ("pkcs11:token=a;slot-id=3", OtherAttribute("slot-id".into())),
            ("pkcs11:token=a;TOKEN=a", OtherAttribute("TOKEN".into())),
            ("pkcs11:token=a;token=a", Twice("token")),
            ("pkcs11:token=", Value("token")),
            ("pkcs11:token", Value("token")),
            ("pkcs11:token=ø", Value("token")),
            ("pkcs11:token=a b", Value("token")),
            ("pkcs11:token=a#b", Value("token")),
            ("pkcs11:token=%", Value("token")),
            ("pkcs11:token=%4", Value("token")),
            ("pkcs11:token=%+1", Value("token")),
            ("pkcs11:token=%00", Value("token")),
            ("pkcs11:token=%0A", Value("token")),
            ("pkcs11:token=%FF", Value("token")),
            (&format!("pkcs11:token={long}"), Value("token")),
            ("pkcs11:serial=12345678901234567", Value("serial")),
            (&format!("pkcs11:token=a{}", ";".repeat(2048)), TooLong),
        ] {
            assert_eq!(parsed(text), Err(error), "{text}");
        }
    }
}
