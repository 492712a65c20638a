//! The strict reader.

use super::lexer::Lexer;
use super::{Dictionary, Object, ObjectId};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// Most revisions of one file.
const REVISION_LIMIT: usize = 16;
/// Most objects of one file.
const OBJECT_LIMIT: usize = 50_000;
/// How often the whole file may be read over, all objects together: in a sound file they do not overlap.
const WORK_LIMIT: usize = 16;
/// How far a reference may lead to further references.
const REFERENCE_LIMIT: usize = 8;

/// Why bytes are not a PDF that this reader takes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum PdfError {
    #[error("not a PDF file")]
    Header,
    #[error("bytes after the end-of-file marker")]
    TrailingBytes,
    #[error("no usable end-of-file marker")]
    EndOfFile,
    #[error("the cross-reference table is damaged or of an unsupported kind")]
    CrossReference,
    #[error("an object at byte {0} is damaged")]
    Syntax(usize),
    #[error("object {0} is not where the cross-reference table says")]
    ObjectMissing(u32),
    #[error("encrypted files are not supported")]
    Encrypted,
    #[error("the file is larger or deeper than any document of ours")]
    Limit,
    #[error("{0} is missing or of the wrong kind")]
    Missing(&'static str),
}

/// A PDF file, its newest revision.
pub(crate) struct File<'a> {
    bytes: &'a [u8],
    offsets: BTreeMap<u32, Entry>,
    trailer: Dictionary,
    start_of_cross_reference: usize,
    /// Where the tables of all revisions begin, the newest first.
    tables: Vec<usize>,
    /// How many bytes may still be read over.
    work: Cell<usize>,
}

/// What a cross-reference table says of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Free,
    InUse { offset: usize, generation: u16 },
}

/// An indirect object with the place of its stream's data, if it is one.
pub(crate) struct Indirect {
    pub(crate) object: Object,
    stream: Option<usize>,
    /// Where reading stopped: past `endobj`, or at the stream's data.
    end: usize,
}

impl Indirect {
    pub(crate) fn is_stream(&self) -> bool {
        self.stream.is_some()
    }
}

impl<'a> File<'a> {
    /// Reads header, end and cross-reference tables.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, PdfError> {
        if !bytes.starts_with(b"%PDF-1.") {
            return Err(PdfError::Header);
        }
        let start_of_cross_reference = start_of_cross_reference(bytes)?;
        let mut file = Self {
            bytes,
            offsets: BTreeMap::new(),
            trailer: Dictionary::default(),
            start_of_cross_reference,
            tables: Vec::new(),
            work: Cell::new(bytes.len().saturating_mul(WORK_LIMIT)),
        };
        let mut next = Some(start_of_cross_reference);
        let mut revisions = 0;
        while let Some(offset) = next {
            // Each table lies before the one that points at it, so there is no loop.
            revisions += 1;
            if revisions > REVISION_LIMIT {
                return Err(PdfError::Limit);
            }
            file.tables.push(offset);
            let (trailer, _end) = file.read_table(offset)?;
            if trailer.value("Encrypt").is_some() {
                return Err(PdfError::Encrypted);
            }
            if trailer.value("XRefStm").is_some() {
                return Err(PdfError::CrossReference);
            }
            next = match trailer.value("Prev") {
                Some(previous) => {
                    let previous = previous.as_index().filter(|previous| *previous < offset);
                    Some(previous.ok_or(PdfError::CrossReference)?)
                }
                None => None,
            };
            if revisions == 1 {
                file.trailer = trailer;
            }
        }
        Ok(file)
    }

    pub(crate) fn trailer(&self) -> &Dictionary {
        &self.trailer
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub(crate) fn start_of_cross_reference(&self) -> usize {
        self.start_of_cross_reference
    }

    /// Where the cross-reference tables of all revisions begin, the newest first.
    pub(crate) fn tables(&self) -> &[usize] {
        &self.tables
    }

    /// What the newest table that names an object says of it.
    pub(crate) fn entry(&self, number: u32) -> Option<Entry> {
        self.offsets.get(&number).copied()
    }

    /// All objects that any table names.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u32, Entry)> + '_ {
        self.offsets.iter().map(|(number, entry)| (*number, *entry))
    }

    /// Where an object ends, from its number to past `endobj`.
    pub(crate) fn end_of(&self, id: ObjectId) -> Result<usize, PdfError> {
        let indirect = self.indirect(id)?;
        let mut lexer = Lexer { bytes: self.bytes, position: indirect.end };
        if let Some(start) = indirect.stream {
            let dictionary = indirect.object.as_dictionary().ok_or(PdfError::Missing("a stream"))?;
            lexer.position = self.end_of_data(dictionary, start)?;
            lexer.white_space();
            if !lexer.take(b"endstream") {
                return Err(PdfError::Missing("the end of a stream"));
            }
            lexer.white_space();
            if !lexer.take(b"endobj") {
                return Err(PdfError::Missing("the end of an object"));
            }
        }
        Ok(lexer.position)
    }

    /// Where the newest trailer ends.
    pub(crate) fn end_of_trailer(&mut self) -> Result<usize, PdfError> {
        self.read_table(self.start_of_cross_reference).map(|(_trailer, end)| end)
    }

    fn end_of_data(&self, dictionary: &Dictionary, start: usize) -> Result<usize, PdfError> {
        let length = dictionary.value("Length").ok_or(PdfError::Missing("a stream's length"))?;
        let length = self.resolve(length)?.as_index().ok_or(PdfError::Missing("a stream's length"))?;
        start.checked_add(length).ok_or(PdfError::Limit)
    }

    /// One more than the highest object number.
    pub(crate) fn size(&self) -> Result<u32, PdfError> {
        let highest = self.offsets.keys().next_back().copied().unwrap_or(0);
        let size = self.trailer.value("Size").and_then(Object::as_index).and_then(|size| u32::try_from(size).ok());
        size.filter(|size| *size > highest).ok_or(PdfError::CrossReference)
    }

    /// All objects in use.
    pub(crate) fn ids(&self) -> impl Iterator<Item = ObjectId> + '_ {
        self.offsets.iter().filter_map(|(number, entry)| match *entry {
            Entry::Free => None,
            Entry::InUse { generation, .. } => Some(ObjectId { number: *number, generation }),
        })
    }

    pub(crate) fn catalog_id(&self) -> Result<ObjectId, PdfError> {
        self.trailer.value("Root").and_then(Object::as_reference).ok_or(PdfError::Missing("the catalog"))
    }

    pub(crate) fn indirect(&self, id: ObjectId) -> Result<Indirect, PdfError> {
        let missing = PdfError::ObjectMissing(id.number);
        let offset = match self.offsets.get(&id.number) {
            Some(Entry::InUse { offset, generation }) if *generation == id.generation => *offset,
            Some(Entry::InUse { .. } | Entry::Free) | None => return Err(missing),
        };
        let mut lexer = Lexer { bytes: self.bytes, position: offset };
        let indirect = read_indirect(&mut lexer, id);
        let work = self.work.get().checked_sub(lexer.position - offset).ok_or(PdfError::Limit)?;
        self.work.set(work);
        indirect
    }

    pub(crate) fn dictionary(&self, id: ObjectId) -> Result<Dictionary, PdfError> {
        match self.indirect(id)?.object {
            Object::Dictionary(dictionary) => Ok(dictionary),
            Object::Null
            | Object::Boolean(_)
            | Object::Number(_)
            | Object::Name(_)
            | Object::String(_)
            | Object::Array(_)
            | Object::Reference(_) => Err(PdfError::Missing("a dictionary")),
        }
    }

    /// The object itself, where `object` is a reference to it.
    pub(crate) fn resolve(&self, object: &Object) -> Result<Object, PdfError> {
        let mut object = object.clone();
        for _ in 0..REFERENCE_LIMIT {
            match object.as_reference() {
                Some(id) => object = self.indirect(id)?.object,
                None => return Ok(object),
            }
        }
        Err(PdfError::Limit)
    }

    /// The dictionary under `key`, direct or referred to; `None` where there is none.
    pub(crate) fn dictionary_under(&self, parent: &Dictionary, key: &str) -> Result<Option<Dictionary>, PdfError> {
        match parent.value(key) {
            Some(value) => match self.resolve(value)? {
                Object::Dictionary(dictionary) => Ok(Some(dictionary)),
                Object::Null => Ok(None),
                Object::Boolean(_)
                | Object::Number(_)
                | Object::Name(_)
                | Object::String(_)
                | Object::Array(_)
                | Object::Reference(_) => Err(PdfError::Missing("a dictionary")),
            },
            None => Ok(None),
        }
    }

    /// The array under `key`, direct or referred to; empty where there is none.
    pub(crate) fn array_under(&self, parent: &Dictionary, key: &str) -> Result<Vec<Object>, PdfError> {
        match parent.value(key) {
            Some(value) => match self.resolve(value)? {
                Object::Array(items) => Ok(items),
                Object::Null => Ok(Vec::new()),
                Object::Boolean(_)
                | Object::Number(_)
                | Object::Name(_)
                | Object::String(_)
                | Object::Dictionary(_)
                | Object::Reference(_) => Err(PdfError::Missing("an array")),
            },
            None => Ok(Vec::new()),
        }
    }

    /// The data of a stream, decoded; at most `limit` bytes.
    pub(crate) fn stream(&self, id: ObjectId, limit: usize) -> Result<Vec<u8>, PdfError> {
        let indirect = self.indirect(id)?;
        let (Object::Dictionary(dictionary), Some(start)) = (indirect.object, indirect.stream) else {
            return Err(PdfError::Missing("a stream"));
        };
        let end = self.end_of_data(&dictionary, start)?;
        let data = self.bytes.get(start..end).ok_or(PdfError::Missing("a stream's data"))?;
        let mut lexer = Lexer { bytes: self.bytes, position: end };
        lexer.white_space();
        if !lexer.take(b"endstream") {
            return Err(PdfError::Missing("the end of a stream"));
        }
        let filter = match dictionary.value("Filter") {
            Some(filter) => Some(self.resolve(filter)?),
            None => None,
        };
        let parameters = dictionary.value("DecodeParms").is_some();
        match filter.as_ref().map(|filter| single(filter).as_name()) {
            None if !parameters && data.len() <= limit => Ok(data.to_vec()),
            Some(Some(b"FlateDecode")) if !parameters => {
                miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(data, limit)
                    .map_err(|_| PdfError::Missing("a stream that can be decoded"))
            }
            None | Some(_) => Err(PdfError::Missing("a stream that can be decoded")),
        }
    }

    fn read_table(&mut self, offset: usize) -> Result<(Dictionary, usize), PdfError> {
        let mut lexer = Lexer { bytes: self.bytes, position: offset };
        if !lexer.take(b"xref") {
            return Err(PdfError::CrossReference);
        }
        let mut named = BTreeSet::new();
        loop {
            lexer.white_space();
            if lexer.take(b"trailer") {
                return match lexer.object(0)? {
                    Object::Dictionary(trailer) => Ok((trailer, lexer.position)),
                    Object::Null
                    | Object::Boolean(_)
                    | Object::Number(_)
                    | Object::Name(_)
                    | Object::String(_)
                    | Object::Array(_)
                    | Object::Reference(_) => Err(PdfError::CrossReference),
                };
            }
            let first = lexer.unsigned()?;
            lexer.white_space();
            let count = lexer.unsigned()?;
            lexer.white_space();
            let end = first.checked_add(count).filter(|end| *end <= OBJECT_LIMIT as u64).ok_or(PdfError::Limit)?;
            for number in first..end {
                let offset = lexer.unsigned()?;
                lexer.white_space();
                let generation = lexer.unsigned()?;
                lexer.white_space();
                let entry = if lexer.take(b"n") {
                    let offset = usize::try_from(offset).map_err(|_| PdfError::CrossReference)?;
                    let generation = u16::try_from(generation).map_err(|_| PdfError::CrossReference)?;
                    Entry::InUse { offset, generation }
                } else if lexer.take(b"f") {
                    Entry::Free
                } else {
                    return Err(PdfError::CrossReference);
                };
                lexer.white_space();
                let number = u32::try_from(number).map_err(|_| PdfError::Limit)?;
                // Readers differ on which of two entries counts, so neither does.
                if !named.insert(number) {
                    return Err(PdfError::CrossReference);
                }
                // Newest table first: what it says stands.
                self.offsets.entry(number).or_insert(entry);
            }
        }
    }
}

fn read_indirect(lexer: &mut Lexer<'_>, id: ObjectId) -> Result<Indirect, PdfError> {
    let missing = PdfError::ObjectMissing(id.number);
    let number = lexer.unsigned()?;
    lexer.white_space();
    let generation = lexer.unsigned()?;
    lexer.white_space();
    if number != u64::from(id.number) || generation != u64::from(id.generation) || !lexer.take(b"obj") {
        return Err(missing);
    }
    let object = lexer.object(0)?;
    lexer.white_space();
    if lexer.take(b"endobj") {
        return Ok(Indirect { object, stream: None, end: lexer.position });
    }
    if object.as_dictionary().is_some() && lexer.take(b"stream") {
        if !lexer.take(b"\r\n") && !lexer.take(b"\n") {
            return lexer.error();
        }
        return Ok(Indirect { object, stream: Some(lexer.position), end: lexer.position });
    }
    lexer.error()
}

/// The one filter of a stream, whether it stands alone or in an array.
fn single(filter: &Object) -> &Object {
    match filter.as_array() {
        Some([only]) => only,
        Some(_) | None => filter,
    }
}

/// The file must end in `startxref`, a number and `%%EOF`, followed by at most one end of line: other bytes there would
/// be outside every signature that ends at the marker ([ISO 32000-1 §7.5.5]).
fn start_of_cross_reference(bytes: &[u8]) -> Result<usize, PdfError> {
    let ended = bytes.strip_suffix(b"\r\n").or_else(|| bytes.strip_suffix(b"\n")).unwrap_or(bytes);
    let Some(body) = ended.strip_suffix(b"%%EOF") else {
        let marker = bytes.windows(5).any(|window| window == b"%%EOF");
        return Err(if marker { PdfError::TrailingBytes } else { PdfError::EndOfFile });
    };
    let body = body.trim_ascii_end();
    let digits = body.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, number) = body.split_at(body.len() - digits);
    if digits == 0 || digits > 10 || !before.trim_ascii_end().ends_with(b"startxref") {
        return Err(PdfError::EndOfFile);
    }
    std::str::from_utf8(number).ok().and_then(|number| number.parse().ok()).ok_or(PdfError::EndOfFile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_file_is_the_end_marker() {
        assert_eq!(start_of_cross_reference(b"startxref\n17\n%%EOF"), Ok(17));
        assert_eq!(start_of_cross_reference(b"startxref\n17\n%%EOF\n"), Ok(17));
        assert_eq!(start_of_cross_reference(b"startxref\n17\n%%EOF\n\n"), Err(PdfError::TrailingBytes));
        assert_eq!(start_of_cross_reference(b"startxref\n17\n%%EOF%"), Err(PdfError::TrailingBytes));
        assert_eq!(start_of_cross_reference(b"startxref\n17\n"), Err(PdfError::EndOfFile));
        assert_eq!(start_of_cross_reference(b"%%EOF"), Err(PdfError::EndOfFile));
    }
}
