//! A walk over foreign DER: one element after another, nothing copied, nothing recursive, every length held against the
//! bytes that are there.
//!
//! Revocation lists have millions of entries; a decoder that builds a value for each would need a multiple of their size.

use chrono::{DateTime, NaiveDate, Utc};
use der::oid::ObjectIdentifier;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0A;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The tag `[number]` of a context-specific element with a primitive content; `number` is below 31.
pub(crate) const fn context_primitive(number: u8) -> u8 {
    0x80 | number
}

/// The tag `[number]` of a context-specific element with elements inside; `number` is below 31.
pub(crate) const fn context_constructed(number: u8) -> u8 {
    0xA0 | number
}

/// The bytes are not the DER that was expected ([X.690 §10]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotDer;

/// One element: its identifier octet, its content, and both with the length between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
}

/// What is left to walk over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DerWalker<'a> {
    rest: &'a [u8],
}

impl<'a> DerWalker<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many bytes are left.
    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The next element. Definite lengths in their shortest form only, and tag numbers below 31.
    #[inline]
    pub(crate) fn element(&mut self) -> Result<Element<'a>, NotDer> {
        let [tag, first, ..] = *self.rest else {
            return Err(NotDer);
        };
        if tag & 0x1F == 0x1F {
            return Err(NotDer);
        }
        let (header, length) = if first < 0x80 { (2, usize::from(first)) } else { long_length(self.rest, first)? };
        let end = header.checked_add(length).ok_or(NotDer)?;
        let (whole, rest) = self.rest.split_at_checked(end).ok_or(NotDer)?;
        self.rest = rest;
        Ok(Element { tag, content: whole.get(header..).ok_or(NotDer)?, whole })
    }

    /// The content of the next element, which must have this tag.
    #[inline]
    pub(crate) fn expect(&mut self, tag: u8) -> Result<&'a [u8], NotDer> {
        let element = self.element()?;
        if element.tag == tag { Ok(element.content) } else { Err(NotDer) }
    }

    /// The content of the next element where it has this tag; else nothing is passed.
    #[inline]
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, NotDer> {
        if self.rest.first() == Some(&tag) { self.expect(tag).map(Some) } else { Ok(None) }
    }

    /// That nothing is left.
    #[inline]
    pub(crate) fn finish(self) -> Result<(), NotDer> {
        if self.is_empty() { Ok(()) } else { Err(NotDer) }
    }
}

/// A length of one to four octets after the first ([X.690 §8.1.3.5], [X.690 §10.1]).
fn long_length(bytes: &[u8], first: u8) -> Result<(usize, usize), NotDer> {
    let count = usize::from(first & 0x7F);
    if !(1..=4).contains(&count) {
        return Err(NotDer);
    }
    let octets = bytes.get(2..2 + count).ok_or(NotDer)?;
    let length = octets.iter().fold(0_u64, |length, octet| length << 8 | u64::from(*octet));
    let shortest = if count == 1 { length >= 0x80 } else { octets.first() != Some(&0) };
    if !shortest {
        return Err(NotDer);
    }
    Ok((2 + count, usize::try_from(length).map_err(|_| NotDer)?))
}

/// The single element that `bytes` are, of this tag.
pub(crate) fn only(bytes: &[u8], tag: u8) -> Result<&[u8], NotDer> {
    let mut walker = DerWalker::new(bytes);
    let content = walker.expect(tag)?;
    walker.finish()?;
    Ok(content)
}

/// The content of an INTEGER without superfluous octets in front, which some issuers write: equal numbers compare equal.
#[inline]
pub(crate) fn canonical_integer(mut content: &[u8]) -> &[u8] {
    while let [first, second, ..] = *content {
        let superfluous = (first == 0x00 && second < 0x80) || (first == 0xFF && second >= 0x80);
        if !superfluous {
            break;
        }
        content = content.split_first().map_or(content, |(_, rest)| rest);
    }
    content
}

/// The unsigned value of a small INTEGER or ENUMERATED, or `None` where it has more than one octet or is negative.
pub(crate) fn small_integer(content: &[u8]) -> Option<u8> {
    match *content {
        [value @ 0..=0x7F] => Some(value),
        _ => None,
    }
}

/// Whether an element has the tag and the length of a `Time` ([RFC 5280 §4.1.2.5]); the digits are not looked at.
#[inline]
pub(crate) fn is_time(element: &Element<'_>) -> bool {
    matches!((element.tag, element.content.len()), (UTC_TIME, 13) | (GENERALIZED_TIME, 15))
}

/// A `Time`: UTCTime or GeneralizedTime to the second, in UTC ([RFC 5280 §4.1.2.5.1], [RFC 5280 §4.1.2.5.2]).
pub(crate) fn time(element: &Element<'_>) -> Result<DateTime<Utc>, NotDer> {
    if !is_time(element) {
        return Err(NotDer);
    }
    let (zone, digits) = element.content.split_last().ok_or(NotDer)?;
    if *zone != b'Z' || !digits.iter().all(u8::is_ascii_digit) {
        return Err(NotDer);
    }
    let number = |digits: &[u8]| digits.iter().fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    let (year, rest) = if element.tag == UTC_TIME {
        let (year, rest) = digits.split_at_checked(2).ok_or(NotDer)?;
        let year = number(year);
        (if year < 50 { 2000 + year } else { 1900 + year }, rest)
    } else {
        let (year, rest) = digits.split_at_checked(4).ok_or(NotDer)?;
        (number(year), rest)
    };
    let (pairs, _) = rest.as_chunks::<2>();
    let [month, day, hour, minute, second] = *pairs else {
        return Err(NotDer);
    };
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).map_err(|_| NotDer)?, number(&month), number(&day));
    let time = date.and_then(|date| date.and_hms_opt(number(&hour), number(&minute), number(&second)));
    Ok(time.ok_or(NotDer)?.and_utc())
}

/// An extension ([RFC 5280 §4.1]): the OID's content, whether it is critical, and the content of the OCTET STRING.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawExtension<'a> {
    pub(crate) oid: &'a [u8],
    pub(crate) critical: bool,
    pub(crate) value: &'a [u8],
}

/// The extensions inside the content of an `Extensions` SEQUENCE, in their order; ends after the first fault.
pub(crate) fn extensions(content: &[u8]) -> impl Iterator<Item = Result<RawExtension<'_>, NotDer>> {
    let mut walker = DerWalker::new(content);
    std::iter::from_fn(move || {
        if walker.is_empty() {
            return None;
        }
        let extension = extension(&mut walker);
        if extension.is_err() {
            walker = DerWalker::new(&[]);
        }
        Some(extension)
    })
}

fn extension<'a>(walker: &mut DerWalker<'a>) -> Result<RawExtension<'a>, NotDer> {
    let mut fields = DerWalker::new(walker.expect(SEQUENCE)?);
    let oid = fields.expect(OBJECT_IDENTIFIER)?;
    let critical = match fields.optional(BOOLEAN)? {
        // The default is written out by some issuers, against [X.690 §11.5]; its meaning is not in doubt.
        None | Some([0x00]) => false,
        Some([0xFF]) => true,
        Some(_) => return Err(NotDer),
    };
    let value = fields.expect(OCTET_STRING)?;
    fields.finish()?;
    Ok(RawExtension { oid, critical, value })
}

/// An OID's content as a dotted text; as hexadecimal, and of its beginning only, where it is none.
pub(crate) fn dotted(oid: &[u8]) -> String {
    const SHOWN: usize = 64;
    ObjectIdentifier::from_bytes(oid)
        .map_or_else(|_| hex::encode(oid.get(..SHOWN).unwrap_or(oid)), |oid| oid.to_string())
}

/// An element of this tag with `parts` one after another inside.
pub(crate) fn encode(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = Vec::with_capacity(length + 6);
    bytes.push(tag);
    if let Ok(short @ 0..=0x7F) = u8::try_from(length) {
        bytes.push(short);
    } else {
        let octets = length.to_be_bytes();
        let leading = octets.iter().take_while(|octet| **octet == 0).count();
        let significant = octets.get(leading..).unwrap_or_default();
        bytes.push(0x80 | u8::try_from(significant.len()).expect("a usize has at most eight octets"));
        bytes.extend_from_slice(significant);
    }
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_that_are_long_indefinite_or_beyond_the_bytes_are_refused() {
        let refused: [&[u8]; 9] = [
            &[],
            &[0x30],
            &[0x30, 0x80, 0x00, 0x00],
            &[0x30, 0x81, 0x01, 0x00],
            &[0x30, 0x82, 0x00, 0x81],
            &[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0x30, 0x88, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0x30, 0x02, 0x00],
            &[0x1F, 0x01, 0x00],
        ];
        for bytes in refused {
            assert_eq!(DerWalker::new(bytes).element(), Err(NotDer), "{bytes:02x?}");
        }
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        for length in [0_usize, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; length];
            let written = encode(OCTET_STRING, &[&content]);
            assert_eq!(only(&written, OCTET_STRING), Ok(content.as_slice()), "{length}");
        }
    }

    #[test]
    fn times_are_read_to_the_second_in_both_forms() {
        let read = |tag, text: &[u8]| {
            let encoded = encode(tag, &[text]);
            time(&DerWalker::new(&encoded).element().unwrap()).map(|time| time.to_rfc3339())
        };
        assert_eq!(read(UTC_TIME, b"261124120000Z").as_deref(), Ok("2026-11-24T12:00:00+00:00"));
        assert_eq!(read(UTC_TIME, b"991231235959Z").as_deref(), Ok("1999-12-31T23:59:59+00:00"));
        assert_eq!(read(GENERALIZED_TIME, b"20500101000000Z").as_deref(), Ok("2050-01-01T00:00:00+00:00"));
        for text in [&b"261324120000Z"[..], b"261124120000+", b"26112412000\xC3Z", b"2611241200Z"] {
            assert!(read(UTC_TIME, text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn superfluous_octets_do_not_make_another_number() {
        assert_eq!(canonical_integer(&[0, 0, 0x81]), [0, 0x81]);
        assert_eq!(canonical_integer(&[0, 0x7F]), [0x7F]);
        assert_eq!(canonical_integer(&[0xFF, 0xFF, 0x80]), [0x80]);
        assert_ne!(canonical_integer(&[0xFF]), canonical_integer(&[0, 0xFF]));
        assert_eq!(canonical_integer(&[0]), [0]);
        assert_eq!(canonical_integer(&[]), [0_u8; 0]);
    }
}
