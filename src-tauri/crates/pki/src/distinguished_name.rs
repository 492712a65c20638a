//! Distinguished names as real certificates write them: multi-valued, in four string types, in either order.

use x509_parser::x509::X509Name;

pub(crate) const COMMON_NAME: &str = "2.5.4.3";
pub(crate) const SURNAME: &str = "2.5.4.4";
pub(crate) const SERIAL_NUMBER: &str = "2.5.4.5";
pub(crate) const COUNTRY: &str = "2.5.4.6";
pub(crate) const ORGANISATION: &str = "2.5.4.10";
pub(crate) const GIVEN_NAME: &str = "2.5.4.42";
pub(crate) const ORGANISATION_IDENTIFIER: &str = "2.5.4.97";
pub(crate) const EMAIL_ADDRESS: &str = "1.2.840.113549.1.9.1";

/// One attribute of a name, its value decoded to text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// The attribute type as a dotted OID.
    pub(crate) attribute_type: String,
    /// The value; what cannot be decoded is shown as hexadecimal after `#` ([RFC 4514 §2.4]).
    pub(crate) value: String,
}

/// A `Name` ([RFC 5280 §4.1.2.4]): relative distinguished names in the order of their encoding.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct DistinguishedName {
    pub(crate) relative_names: Vec<Vec<Attribute>>,
    /// Whether a value held control or direction-changing characters, which were replaced.
    pub(crate) replaced_characters: bool,
}

impl DistinguishedName {
    pub(crate) fn of(name: &X509Name<'_>) -> Self {
        let mut replaced_characters = false;
        let relative_names = name
            .iter_rdn()
            .map(|relative_name| {
                relative_name
                    .iter()
                    .map(|attribute| {
                        let value = attribute.attr_value();
                        let text = decode(value.tag().0, value.data)
                            .unwrap_or_else(|| format!("#{}", hex::encode(value.data)));
                        let (text, replaced) = without_invisible_characters(&text);
                        replaced_characters |= replaced;
                        Attribute { attribute_type: attribute.attr_type().to_id_string(), value: text }
                    })
                    .collect()
            })
            .collect();
        Self { relative_names, replaced_characters }
    }

    /// The first value of an attribute type, wherever it stands in a multi-valued name.
    pub(crate) fn first(&self, attribute_type: &str) -> Option<&str> {
        self.relative_names
            .iter()
            .flatten()
            .find(|attribute| attribute.attribute_type == attribute_type)
            .map(|attribute| attribute.value.as_str())
    }

    /// How often an attribute type occurs.
    pub(crate) fn count(&self, attribute_type: &str) -> usize {
        self.relative_names.iter().flatten().filter(|attribute| attribute.attribute_type == attribute_type).count()
    }
}

impl std::fmt::Display for DistinguishedName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, relative_name) in self.relative_names.iter().enumerate() {
            if position > 0 {
                formatter.write_str(", ")?;
            }
            for (place, attribute) in relative_name.iter().enumerate() {
                if place > 0 {
                    formatter.write_str(" + ")?;
                }
                write!(formatter, "{}={}", short_name(&attribute.attribute_type), attribute.value)?;
            }
        }
        Ok(())
    }
}

fn short_name(attribute_type: &str) -> &str {
    match attribute_type {
        COMMON_NAME => "CN",
        SURNAME => "SN",
        SERIAL_NUMBER => "serialNumber",
        COUNTRY => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        ORGANISATION => "O",
        "2.5.4.11" => "OU",
        GIVEN_NAME => "GN",
        ORGANISATION_IDENTIFIER => "organizationIdentifier",
        EMAIL_ADDRESS => "emailAddress",
        other => other,
    }
}

/// Decodes a `DirectoryString` or one of its older relatives by its universal tag number.
fn decode(tag: u32, data: &[u8]) -> Option<String> {
    match tag {
        12 => std::str::from_utf8(data).ok().map(str::to_owned),
        // T61String: Latin-1 is what OCES1 wrote, and what other implementations read.
        20 => Some(latin_1(data)),
        // NumericString, PrintableString, IA5String, VisibleString are ASCII. Issuers have put UTF-8 and Latin-1 into
        // them all the same; the name is worth more than the fault.
        18 | 19 | 22 | 26 => Some(std::str::from_utf8(data).map_or_else(|_| latin_1(data), str::to_owned)),
        28 => {
            let (characters, rest) = data.as_chunks::<4>();
            if !rest.is_empty() {
                return None;
            }
            characters.iter().map(|bytes| char::from_u32(u32::from_be_bytes(*bytes))).collect()
        }
        30 => {
            let (units, rest) = data.as_chunks::<2>();
            if !rest.is_empty() {
                return None;
            }
            char::decode_utf16(units.iter().map(|bytes| u16::from_be_bytes(*bytes))).collect::<Result<_, _>>().ok()
        }
        _ => None,
    }
}

pub(crate) fn latin_1(data: &[u8]) -> String {
    data.iter().copied().map(char::from).collect()
}

/// Replaces characters that a reader cannot see, or that turn the direction of text, by U+FFFD; tells whether any were.
pub(crate) fn without_invisible_characters(text: &str) -> (String, bool) {
    let mut replaced = false;
    let text = text
        .chars()
        .map(|character| {
            let invisible = character.is_control()
                || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}');
            if invisible {
                replaced = true;
                '\u{FFFD}'
            } else {
                character
            }
        })
        .collect();
    (text, replaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn danish_letters_come_through_every_string_type() {
        assert_eq!(decode(12, "Øvebruger Å".as_bytes()).as_deref(), Some("Øvebruger Å"));
        assert_eq!(decode(19, "Æbeløe".as_bytes()).as_deref(), Some("Æbeløe"));
        assert_eq!(decode(19, b"\xC6bel\xF8e").as_deref(), Some("Æbeløe"));
        assert_eq!(decode(20, b"TOTALL\xD8SNINGER").as_deref(), Some("TOTALLØSNINGER"));
        assert_eq!(decode(30, &[0x00, 0xC6, 0x00, 0x62, 0x00, 0xE5]).as_deref(), Some("Æbå"));
        assert_eq!(decode(28, &[0, 0, 0, 0xC6]).as_deref(), Some("Æ"));
    }

    #[test]
    fn a_string_that_cannot_be_decoded_is_not_guessed() {
        assert_eq!(decode(12, b"\xD8"), None);
        assert_eq!(decode(30, b"abc"), None);
        assert_eq!(decode(30, &[0xD8, 0x00]), None);
        assert_eq!(decode(28, &[0, 0x11, 0, 0]), None);
        assert_eq!(decode(4, b"bytes"), None);
    }

    #[test]
    fn characters_that_turn_the_direction_of_text_are_replaced() {
        let (text, replaced) = without_invisible_characters("Eksempel\u{202E}gnp.exe\n");
        assert_eq!(text, "Eksempel\u{FFFD}gnp.exe\u{FFFD}");
        assert!(replaced);
        assert_eq!(without_invisible_characters("Åse Ærø"), ("Åse Ærø".to_owned(), false));
    }
}
