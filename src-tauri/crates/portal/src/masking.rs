//! CPR numbers that were typed where none belongs: kept out of logs, answers and names.

use crate::personal_number::PersonalNumber;
use std::borrow::Cow;
use zeroize::Zeroizing;

/// What stands in a number's place.
const MASK: &str = "••••••-••••";

/// The text with everything that may be a CPR number masked: ten digits that stand alone, also with a hyphen, a plus sign, a
/// blank or one of them percent-encoded ([RFC 3986 §2.1]) after the sixth. Whether the digits are a date is not asked: a
/// number that was mistyped is nearly one.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut kept = 0;
    let mut at = 0;
    while at < text.len() {
        let stands_alone = at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric();
        match length_of_number(&text.as_bytes()[at..]).filter(|_| stands_alone) {
            Some(length) => {
                masked.push_str(&text[kept..at]);
                masked.push_str(MASK);
                at += length;
                kept = at;
            }
            None => at += 1,
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[kept..]);
    Cow::Owned(masked)
}

/// True where a text holds what may be a CPR number.
pub(crate) fn holds_number(text: &str) -> bool {
    matches!(masked(text), Cow::Owned(_))
}

/// True where an e-mail address may hold a CPR number: ten digits, or six and four with a mark between them, that begin with a
/// date. Unlike in names and texts, letters may stand beside them: nobody would otherwise write a date with four digits.
pub(crate) fn address_holds_number(address: &str) -> bool {
    let bytes = address.as_bytes();
    let starts = (0..bytes.len()).filter(|at| *at == 0 || !bytes[at - 1].is_ascii_digit());
    starts.map(|at| &bytes[at..]).any(|rest| {
        let has_mark = || matches!(rest.get(6), Some(b'-' | b'+' | b'.' | b'_')) && digits(&rest[7..]) == 4;
        let length = match digits(rest) {
            10 => 10,
            6 if has_mark() => 11,
            _ => return false,
        };
        let number: Zeroizing<String> = Zeroizing::new(
            rest[..length].iter().filter(|byte| byte.is_ascii_digit()).map(|byte| char::from(*byte)).collect(),
        );
        PersonalNumber::parse(&number).is_ok()
    })
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// How many bytes a number takes that the text begins with.
fn length_of_number(text: &[u8]) -> Option<usize> {
    let ends = |length: usize| text.get(length).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let first = digits(text);
    if first == 10 {
        return ends(10).then_some(10);
    }
    if first != 6 {
        return None;
    }
    let separator = match text.get(6..)? {
        [b'-' | b' ' | b'+', ..] => 1,
        [b'%', high, low, ..] if matches!([*high, low.to_ascii_uppercase()], [b'2', b'0' | b'B' | b'D']) => 3,
        _ => return None,
    };
    let length = 6 + separator + 4;
    (digits(text.get(6 + separator..)?) == 4 && ends(length)).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_cpr_number_is_masked_and_nothing_else() {
        for number in ["6101010000", "610101-0000", "610101 0000", "610101+0000", "610101%2D0000", "610101%200000"] {
            let text = format!("Øvebruger ({number}), /v1/{number}");
            assert_eq!(masked(&text), format!("Øvebruger ({MASK}), /v1/{MASK}"));
        }
        for other in
            ["", "Å 12345678", "61010100001", "a6101010000", "6101010000f", "610101-00001", "610101–0000", "610101-"]
        {
            assert_eq!(masked(other), other);
        }
    }

    #[test]
    fn an_address_holds_a_number_where_its_digits_begin_with_a_date_and_there_are_as_many() {
        for address in
            ["6101010000@example.org", "øb.610101-0000@example.org", "ob6101010000x@example.org", "610101.0000@a.dk"]
        {
            assert!(address_holds_number(address), "{address}");
        }
        for address in
            ["øvebruger@example.org", "4512345678@example.org", "61010100001@a.dk", "610101-00001@a.dk", "610101@a.dk"]
        {
            assert!(!address_holds_number(address), "{address}");
        }
    }
}
