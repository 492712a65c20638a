//! The Basic Encoding Rules ([X.690 §8]) as old PKCS #12 and PKCS #7 files use them: indefinite lengths, strings in
//! pieces, lengths with leading zeros. Certificates and everything that is signed are read as DER, never by this.

use std::ops::Deref;

use der::oid::ObjectIdentifier;
use zeroize::Zeroizing;

/// The deepest nesting that is read. A PKCS #12 file with everything that the standard has stays below 20.
const MAXIMUM_DEPTH: u8 = 32;
/// The largest number of indefinite lengths that are open at once.
const MAXIMUM_OPEN: usize = 64;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// `[0]`, constructed.
pub(crate) const CONTEXT_0: u8 = 0xA0;

const CONSTRUCTED: u8 = 0x20;

/// Bytes that are not BER, end too early, go on too long, or nest too deeply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotBer;

/// One element: identifier octet, content, and the whole encoding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    /// The identifier octet; identifiers of several octets are refused.
    pub(crate) identifier: u8,
    /// Without the end-of-contents octets of an indefinite length.
    pub(crate) content: &'a [u8],
    /// From the identifier to the last octet, as it came in.
    pub(crate) encoding: &'a [u8],
    depth: u8,
}

impl<'a> Element<'a> {
    /// Reads the one element that `bytes` are, with nothing after it.
    pub(crate) fn whole(bytes: &'a [u8]) -> Result<Self, NotBer> {
        let mut elements = Elements { rest: bytes, depth: 0 };
        let element = elements.next()?;
        elements.finish()?;
        Ok(element)
    }

    /// As [`Element::whole`], of an element with this identifier.
    pub(crate) fn whole_of(bytes: &'a [u8], identifier: u8) -> Result<Self, NotBer> {
        Self::whole(bytes)?.expect(identifier)
    }

    /// This element, where it has this identifier.
    pub(crate) fn expect(self, identifier: u8) -> Result<Self, NotBer> {
        if self.identifier == identifier { Ok(self) } else { Err(NotBer) }
    }

    /// The elements inside a constructed one.
    pub(crate) fn children(&self) -> Result<Elements<'a>, NotBer> {
        if self.identifier & CONSTRUCTED == 0 || self.depth >= MAXIMUM_DEPTH {
            return Err(NotBer);
        }
        Ok(Elements { rest: self.content, depth: self.depth + 1 })
    }

    /// The one element inside an explicitly tagged one.
    pub(crate) fn only_child(&self) -> Result<Element<'a>, NotBer> {
        let mut children = self.children()?;
        let child = children.next()?;
        children.finish()?;
        Ok(child)
    }

    /// The octets of an OCTET STRING, its pieces joined ([X.690 §8.7]).
    pub(crate) fn octet_string(&self) -> Result<Octets<'a>, NotBer> {
        self.octets(OCTET_STRING)
    }

    /// The octets of an OCTET STRING that is implicitly tagged with the primitive form of `identifier`.
    pub(crate) fn octets(&self, identifier: u8) -> Result<Octets<'a>, NotBer> {
        if self.identifier == identifier {
            return Ok(Octets::Whole(self.content));
        }
        self.expect(identifier | CONSTRUCTED)?;
        // All at once, so that no part of a secret stays behind where the vector grew.
        let mut joined = Zeroizing::new(Vec::with_capacity(self.content.len()));
        self.join_pieces(&mut joined)?;
        Ok(Octets::Joined(joined))
    }

    fn join_pieces(&self, joined: &mut Vec<u8>) -> Result<(), NotBer> {
        let mut pieces = self.children()?;
        while let Some(piece) = pieces.next_if_any()? {
            if piece.identifier == OCTET_STRING {
                joined.extend_from_slice(piece.content);
            } else {
                piece.expect(OCTET_STRING | CONSTRUCTED)?.join_pieces(joined)?;
            }
        }
        Ok(())
    }

    /// The value of an OBJECT IDENTIFIER.
    pub(crate) fn object_identifier(&self) -> Result<ObjectIdentifier, NotBer> {
        ObjectIdentifier::from_bytes(self.expect(OBJECT_IDENTIFIER)?.content).map_err(|_| NotBer)
    }

    /// The value of an INTEGER that is not negative and has at most 64 bits.
    pub(crate) fn unsigned(&self) -> Result<u64, NotBer> {
        let content = self.expect(INTEGER)?.content;
        if content.first().is_none_or(|first| *first >= 0x80) {
            return Err(NotBer);
        }
        let start = content.iter().position(|byte| *byte != 0).unwrap_or(content.len());
        let significant = &content[start..];
        if significant.len() > 8 {
            return Err(NotBer);
        }
        Ok(significant.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }
}

/// The octets of a string: those of the file, or a joined copy that is wiped when it is dropped.
pub(crate) enum Octets<'a> {
    Whole(&'a [u8]),
    Joined(Zeroizing<Vec<u8>>),
}

impl Deref for Octets<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Joined(bytes) => bytes,
        }
    }
}

/// The elements of a constructed element, read one after the other.
#[derive(Debug)]
pub(crate) struct Elements<'a> {
    rest: &'a [u8],
    depth: u8,
}

impl<'a> Elements<'a> {
    /// The next element.
    pub(crate) fn next(&mut self) -> Result<Element<'a>, NotBer> {
        let header = Header::read(self.rest)?;
        let after_header = &self.rest[header.length..];
        let (content, total) = match header.content_length {
            Some(length) => (after_header.get(..length).ok_or(NotBer)?, header.length + length),
            None => {
                let length = content_before_end(after_header)?;
                (&after_header[..length], header.length + length + END_OF_CONTENTS.len())
            }
        };
        let (encoding, rest) = self.rest.split_at_checked(total).ok_or(NotBer)?;
        self.rest = rest;
        Ok(Element { identifier: header.identifier, content, encoding, depth: self.depth })
    }

    /// The next element, where one is left.
    pub(crate) fn next_if_any(&mut self) -> Result<Option<Element<'a>>, NotBer> {
        if self.rest.is_empty() { Ok(None) } else { self.next().map(Some) }
    }

    /// The next element, where it has this identifier.
    pub(crate) fn next_if(&mut self, identifier: u8) -> Result<Option<Element<'a>>, NotBer> {
        if self.rest.first() == Some(&identifier) { self.next().map(Some) } else { Ok(None) }
    }

    /// That nothing is left.
    pub(crate) fn finish(self) -> Result<(), NotBer> {
        if self.rest.is_empty() { Ok(()) } else { Err(NotBer) }
    }
}

const END_OF_CONTENTS: [u8; 2] = [0, 0];

struct Header {
    identifier: u8,
    /// How many octets identifier and length take.
    length: usize,
    /// `None` where the length is indefinite.
    content_length: Option<usize>,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, NotBer> {
        let (&identifier, rest) = bytes.split_first().ok_or(NotBer)?;
        let (&first, rest) = rest.split_first().ok_or(NotBer)?;
        // Neither end-of-contents out of place nor an identifier of several octets.
        if identifier == 0 || identifier & 0x1F == 0x1F {
            return Err(NotBer);
        }
        match first {
            0..=0x7F => Ok(Self { identifier, length: 2, content_length: Some(first.into()) }),
            0x80 if identifier & CONSTRUCTED != 0 => Ok(Self { identifier, length: 2, content_length: None }),
            0x80 | 0xFF => Err(NotBer),
            0x81..=0xFE => {
                let count = usize::from(first & 0x7F);
                let octets = rest.get(..count).ok_or(NotBer)?;
                let content_length = octets.iter().try_fold(0_usize, |length, octet| {
                    length.checked_mul(256).and_then(|length| length.checked_add((*octet).into())).ok_or(NotBer)
                })?;
                // A length beyond what is there never holds; to say so here keeps every later sum within bounds.
                if content_length > rest.len() - count {
                    return Err(NotBer);
                }
                Ok(Self { identifier, length: 2 + count, content_length: Some(content_length) })
            }
        }
    }
}

/// How many octets come before the end-of-contents octets that close an indefinite length.
fn content_before_end(bytes: &[u8]) -> Result<usize, NotBer> {
    let mut open = 1_usize;
    let mut place = 0_usize;
    loop {
        let rest = bytes.get(place..).ok_or(NotBer)?;
        if rest.starts_with(&END_OF_CONTENTS) {
            open -= 1;
            if open == 0 {
                return Ok(place);
            }
            place += END_OF_CONTENTS.len();
            continue;
        }
        let header = Header::read(rest)?;
        place += header.length;
        match header.content_length {
            Some(length) => place = place.checked_add(length).ok_or(NotBer)?,
            None if open < MAXIMUM_OPEN => open += 1,
            None => return Err(NotBer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_octet_string_in_pieces_of_indefinite_length_is_joined() {
        let bytes = [0x24, 0x80, 0x04, 0x02, 1, 2, 0x24, 0x80, 0x04, 0x01, 3, 0, 0, 0x04, 0x81, 0x01, 4, 0, 0];
        assert_eq!(&*Element::whole(&bytes).unwrap().octet_string().unwrap(), [1, 2, 3, 4]);
    }

    #[test]
    fn lengths_that_cannot_be_are_refused_before_anything_is_allocated() {
        for bytes in [
            &[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0][..],
            &[0x30, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0x30, 0xFF, 1],
            &[0x04, 0x80, 0, 0],
            &[0x30, 0x80, 0x04, 0x01],
            &[0x30, 0x80, 0x04, 0x01, 0],
            &[0x1F, 0x01, 0x00],
            &[0x00, 0x00],
            &[0x30],
            &[],
            &[0x30, 0x00, 0x00],
        ] {
            assert_eq!(Element::whole(bytes).map(|_| ()), Err(NotBer), "{bytes:02x?}");
        }
    }

    #[test]
    fn a_thousand_open_indefinite_lengths_are_refused() {
        let mut bytes = [0x30, 0x80].repeat(1000);
        bytes.extend([0, 0].repeat(1000));
        assert_eq!(Element::whole(&bytes).map(|_| ()), Err(NotBer));
    }

    #[test]
    fn only_integers_of_64_bits_that_are_not_negative_are_read() {
        let value = |bytes: &[u8]| Element::whole(bytes).unwrap().unsigned();
        assert_eq!(value(&[2, 2, 8, 0]), Ok(2048));
        assert_eq!(value(&[2, 9, 0, 255, 255, 255, 255, 255, 255, 255, 255]), Ok(u64::MAX));
        assert_eq!(value(&[2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0]), Err(NotBer));
        assert_eq!(value(&[2, 1, 0x80]), Err(NotBer));
        assert_eq!(value(&[2, 0]), Err(NotBer));
    }
}
