//! From bytes to objects ([ISO 32000-1 §7.2, §7.3]).

use super::{Dictionary, Object, ObjectId, PdfError, PdfString};

/// Deepest nesting of arrays and dictionaries.
const DEPTH_LIMIT: usize = 40;
/// Most keys of one dictionary.
const KEY_LIMIT: usize = 1024;

pub(super) struct Lexer<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) position: usize,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    pub(super) fn error<T>(&self) -> Result<T, PdfError> {
        Err(PdfError::Syntax(self.position))
    }

    pub(super) fn take(&mut self, expected: &[u8]) -> bool {
        let found = self.bytes.get(self.position..).is_some_and(|rest| rest.starts_with(expected));
        if found {
            self.position += expected.len();
        }
        found
    }

    /// White space and comments ([ISO 32000-1 §7.2.2, §7.2.3]).
    pub(super) fn white_space(&mut self) {
        while let Some(byte) = self.peek() {
            if is_white_space(byte) {
                self.position += 1;
            } else if byte == b'%' {
                while self.peek().is_some_and(|byte| !matches!(byte, b'\r' | b'\n')) {
                    self.position += 1;
                }
            } else {
                break;
            }
        }
    }

    pub(super) fn unsigned(&mut self) -> Result<u64, PdfError> {
        let start = self.position;
        let mut value: u64 = 0;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            if self.position - start >= 10 {
                return self.error();
            }
            value = value * 10 + u64::from(digit - b'0');
            self.position += 1;
        }
        if self.position == start { self.error() } else { Ok(value) }
    }

    pub(super) fn object(&mut self, depth: usize) -> Result<Object, PdfError> {
        if depth > DEPTH_LIMIT {
            return Err(PdfError::Limit);
        }
        self.white_space();
        match self.peek() {
            Some(b'/') => Ok(Object::Name(self.name()?)),
            Some(b'(') => self.literal_string(),
            Some(b'<') if self.bytes.get(self.position + 1) == Some(&b'<') => self.dictionary(depth),
            Some(b'<') => self.hexadecimal_string(),
            Some(b'[') => {
                self.position += 1;
                let mut items = Vec::new();
                loop {
                    self.white_space();
                    if self.take(b"]") {
                        return Ok(Object::Array(items));
                    }
                    items.push(self.object(depth + 1)?);
                }
            }
            Some(b'+' | b'-' | b'.' | b'0'..=b'9') => self.number_or_reference(),
            Some(_) if self.keyword(b"true") => Ok(Object::Boolean(true)),
            Some(_) if self.keyword(b"false") => Ok(Object::Boolean(false)),
            Some(_) if self.keyword(b"null") => Ok(Object::Null),
            Some(_) | None => self.error(),
        }
    }

    fn keyword(&mut self, word: &[u8]) -> bool {
        let ends = self.bytes.get(self.position + word.len()).is_none_or(|next| !is_regular(*next));
        ends && self.take(word)
    }

    fn name(&mut self) -> Result<Vec<u8>, PdfError> {
        self.position += 1;
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|byte| is_regular(*byte)) {
            self.position += 1;
            if byte == b'#' {
                let digits = self.bytes.get(self.position..self.position + 2);
                let Some((high, low)) = digits.and_then(|digits| Some((hex_digit(digits[0])?, hex_digit(digits[1])?)))
                else {
                    return self.error();
                };
                name.push(high << 4 | low);
                self.position += 2;
            } else {
                name.push(byte);
            }
        }
        Ok(name)
    }

    fn number_or_reference(&mut self) -> Result<Object, PdfError> {
        let start = self.position;
        if let Some(id) = self.reference() {
            return Ok(Object::Reference(id));
        }
        self.position = start;
        if matches!(self.peek(), Some(b'+' | b'-')) {
            self.position += 1;
        }
        let mut digits = 0;
        let mut points = 0;
        while let Some(byte) = self.peek().filter(|byte| byte.is_ascii_digit() || *byte == b'.') {
            if byte == b'.' {
                points += 1
            } else {
                digits += 1
            }
            self.position += 1;
        }
        let ended = self.peek().is_none_or(|next| !is_regular(next));
        let text = std::str::from_utf8(&self.bytes[start..self.position]).ok();
        match text {
            Some(text) if digits > 0 && digits <= 20 && points <= 1 && ended => Ok(Object::Number(text.into())),
            Some(_) | None => self.error(),
        }
    }

    fn reference(&mut self) -> Option<ObjectId> {
        let number = u32::try_from(self.unsigned().ok()?).ok()?;
        let gap = self.position;
        self.white_space();
        if self.position == gap {
            return None;
        }
        let generation = u16::try_from(self.unsigned().ok()?).ok()?;
        self.white_space();
        self.keyword(b"R").then_some(ObjectId { number, generation })
    }

    fn dictionary(&mut self, depth: usize) -> Result<Object, PdfError> {
        self.position += 2;
        let mut dictionary = Dictionary::default();
        loop {
            self.white_space();
            if self.take(b">>") {
                return Ok(Object::Dictionary(dictionary));
            }
            if self.peek() != Some(b'/') {
                return self.error();
            }
            let key = self.name()?;
            // Readers differ on which of two equal keys counts, so neither does. Real dictionaries are short.
            if dictionary.0.len() >= KEY_LIMIT || dictionary.0.iter().any(|(known, _)| *known == key) {
                return self.error();
            }
            let value = self.object(depth + 1)?;
            dictionary.0.push((key, value));
        }
    }

    fn hexadecimal_string(&mut self) -> Result<Object, PdfError> {
        let start = self.position;
        self.position += 1;
        let mut bytes = Vec::new();
        let mut high = None;
        loop {
            let Some(byte) = self.peek() else { return self.error() };
            self.position += 1;
            if byte == b'>' {
                break;
            }
            if is_white_space(byte) {
                continue;
            }
            let Some(digit) = hex_digit(byte) else { return self.error() };
            match high.take() {
                Some(high) => bytes.push(high << 4 | digit),
                None => high = Some(digit),
            }
        }
        if let Some(high) = high {
            bytes.push(high << 4);
        }
        Ok(Object::String(PdfString { bytes, hexadecimal: true, span: start..self.position }))
    }

    fn literal_string(&mut self) -> Result<Object, PdfError> {
        let start = self.position;
        self.position += 1;
        let mut bytes = Vec::new();
        let mut open: usize = 1;
        loop {
            let Some(byte) = self.peek() else { return self.error() };
            self.position += 1;
            match byte {
                b'(' => {
                    open += 1;
                    bytes.push(byte);
                }
                b')' => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                    bytes.push(byte);
                }
                b'\\' => self.escape(&mut bytes)?,
                b'\r' => {
                    self.take(b"\n");
                    bytes.push(b'\n');
                }
                plain => bytes.push(plain),
            }
        }
        Ok(Object::String(PdfString { bytes, hexadecimal: false, span: start..self.position }))
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), PdfError> {
        let Some(byte) = self.peek() else { return self.error() };
        self.position += 1;
        match byte {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'\r' => {
                self.take(b"\n");
            }
            b'\n' => {}
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit) = self.peek().filter(|digit| matches!(digit, b'0'..=b'7')) else { break };
                    value = value * 8 + u32::from(digit - b'0');
                    self.position += 1;
                }
                // High-order overflow is ignored ([ISO 32000-1 §7.3.4.2]).
                bytes.push((value & 0xFF) as u8);
            }
            plain => bytes.push(plain),
        }
        Ok(())
    }
}

fn is_white_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn is_regular(byte: u8) -> bool {
    !is_white_space(byte) && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Result<Object, PdfError> {
        Lexer { bytes: text.as_bytes(), position: 0 }.object(0)
    }

    #[test]
    fn strings_are_read_in_both_forms() {
        let literal = object(r"(a\(b\) (c) \101\r)").expect("a string");
        assert_eq!(literal.as_string().map(|s| s.bytes.as_slice()), Some(b"a(b) (c) A\r".as_slice()));
        let hexadecimal = object("<41 4 2 5>").expect("a string");
        assert_eq!(
            hexadecimal.as_string().map(|s| (s.bytes.as_slice(), s.span.clone())),
            Some((b"ABP".as_slice(), 0..10))
        );
    }

    #[test]
    fn a_reference_is_not_two_numbers() {
        let array = object("[1 2 3 0 R -4.5 true]").expect("an array");
        let kinds: Vec<_> =
            array.as_array().expect("an array").iter().map(|item| item.as_reference().is_some()).collect();
        assert_eq!(kinds, [false, false, true, false, false]);
    }

    #[test]
    fn a_key_that_occurs_twice_is_refused() {
        assert!(object("<</A 1/B 2>>").is_ok());
        assert!(object("<</A 1/#41 2>>").is_err());
    }

    #[test]
    fn nesting_without_end_is_refused() {
        assert_eq!(object(&"[".repeat(100_000)).err(), Some(PdfError::Limit));
        assert_eq!(object(&"<</A".repeat(100_000)).err(), Some(PdfError::Limit));
    }
}
