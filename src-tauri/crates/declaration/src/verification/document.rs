//! Where in a document its one signature stands, and what it is about.

use super::VerificationCode;
use crate::pades::SUB_FILTER;
use crate::pdf::{Dictionary, File, Object, ObjectId, PdfError, PdfString};
use chrono::{DateTime, NaiveDateTime, Utc};

/// Largest attachment that is taken out of a document, in bytes.
const ATTACHMENT_LIMIT: usize = 256 * 1024;

/// Deepest and longest name tree that is followed.
const NAME_TREE_LIMIT: usize = 32;

/// What ends a verification.
pub(crate) type Stop = (VerificationCode, String);

/// The one signature of a document.
pub(crate) struct Signature {
    /// Its object.
    pub(crate) id: ObjectId,
    pub(crate) dictionary: Dictionary,
    /// The `Contents` string, where it is hexadecimal.
    pub(crate) contents: PdfString,
}

impl Signature {
    /// Finds it, and that there is no other.
    pub(crate) fn of(file: &File<'_>) -> Result<Self, Stop> {
        let (id, dictionary) = the_signature(file)?;
        match dictionary.value("Contents").and_then(Object::as_string) {
            Some(contents) if contents.hexadecimal => {
                let contents = contents.clone();
                Ok(Self { id, dictionary, contents })
            }
            Some(_) | None => {
                Err((VerificationCode::ByteRange, "the signature's value is not a hexadecimal string".to_owned()))
            }
        }
    }

    /// The DER value in `Contents`; what follows must be zeros ([ISO 32000-1 §12.8.3.3.1]).
    pub(crate) fn value(&self) -> Result<&[u8], Stop> {
        without_padding(&self.contents)
    }

    pub(crate) fn has_our_format(&self) -> bool {
        self.dictionary.has_name("SubFilter", SUB_FILTER)
    }

    pub(crate) fn time(&self) -> Option<DateTime<Utc>> {
        self.dictionary.value("M").and_then(Object::as_string).and_then(|time| date(&time.bytes))
    }

    /// Where the bytes end that it covers: all from the file's first but the `Contents` string with its delimiters
    /// ([ISO 32000-1 §12.8.1], [ETSI EN 319 142-1 §6.3]), so that nothing can hide in the gap. `None` where it covers
    /// anything else.
    pub(crate) fn end(&self, length: usize) -> Option<usize> {
        let range: Option<Vec<usize>> = self
            .dictionary
            .value("ByteRange")
            .and_then(Object::as_array)
            .and_then(|numbers| numbers.iter().map(Object::as_index).collect());
        let [start, first, second, rest] = *range?.as_slice() else { return None };
        let gap = &self.contents.span;
        let end = second.checked_add(rest)?;
        (start == 0 && first == gap.start && second == gap.end && end > second && end <= length).then_some(end)
    }
}

pub(crate) fn stop(error: PdfError) -> Stop {
    let code = match error {
        PdfError::Header => VerificationCode::NotPdf,
        PdfError::TrailingBytes => VerificationCode::TrailingBytes,
        PdfError::Limit => VerificationCode::TooLarge,
        PdfError::EndOfFile
        | PdfError::CrossReference
        | PdfError::Syntax(_)
        | PdfError::ObjectMissing(_)
        | PdfError::Encrypted
        | PdfError::Missing(_) => VerificationCode::Structure,
    };
    (code, error.to_string())
}

/// The signature dictionary: the only one in the file, and the value of the only field of its form.
fn the_signature(file: &File<'_>) -> Result<(ObjectId, Dictionary), Stop> {
    let mut signatures: Vec<ObjectId> = Vec::new();
    for id in file.ids() {
        let object = file.indirect(id).map_err(stop)?.object;
        if let Some(dictionary) = object.as_dictionary()
            && (dictionary.value("ByteRange").is_some()
                || dictionary.has_name("Type", "Sig")
                || dictionary.has_name("Type", "DocTimeStamp"))
        {
            signatures.push(id);
        }
    }
    // A signature in an older revision that a later one replaced is not among the objects, but it is in the file.
    let written = file.bytes().windows(10).filter(|window| window == b"/ByteRange").count();
    let signature = match (signatures.as_slice(), written) {
        ([], 0) => return Err((VerificationCode::NoSignature, "the document is not signed".to_owned())),
        ([only], 0 | 1) => *only,
        (found, written) => {
            let detail = format!("{} signatures in use, {written} written", found.len());
            return Err((VerificationCode::SeveralSignatures, detail));
        }
    };
    let catalog = file.catalog_id().and_then(|id| file.dictionary(id)).map_err(stop)?;
    let form = file.dictionary_under(&catalog, "AcroForm").map_err(stop)?;
    let fields = match &form {
        Some(form) => file.array_under(form, "Fields").map_err(stop)?,
        None => Vec::new(),
    };
    let [Object::Reference(field)] = fields.as_slice() else {
        return Err((VerificationCode::Structure, "the form does not have exactly one field".to_owned()));
    };
    let field = file.dictionary(*field).map_err(stop)?;
    let value = field.value("V").and_then(Object::as_reference);
    if !field.has_name("FT", "Sig") || value != Some(signature) {
        return Err((VerificationCode::Structure, "the signature is not the value of the form's field".to_owned()));
    }
    Ok((signature, file.dictionary(signature).map_err(stop)?))
}

/// The DER value in `Contents`; what follows must be zeros ([ISO 32000-1 §12.8.3.3.1]).
fn without_padding(contents: &PdfString) -> Result<&[u8], Stop> {
    let length = der_length(&contents.bytes)
        .filter(|length| *length <= contents.bytes.len())
        .ok_or((VerificationCode::CmsStructure, "the signature's value is not DER".to_owned()))?;
    let (value, padding) = contents.bytes.split_at(length);
    if padding.iter().any(|byte| *byte != 0) {
        return Err((VerificationCode::ContentsPadding, "something follows the signature's value".to_owned()));
    }
    Ok(value)
}

/// How long the DER value at the start of `bytes` is, header included.
fn der_length(bytes: &[u8]) -> Option<usize> {
    use der::{Decode, Encode};
    let mut reader = der::SliceReader::new(bytes).ok()?;
    let header = der::Header::decode(&mut reader).ok()?;
    let header_length = usize::try_from(header.encoded_len().ok()?).ok()?;
    header_length.checked_add(usize::try_from(header.length).ok()?)
}

/// A PDF date in UTC ([ISO 32000-1 §7.9.4]), as PAdES signatures of ours bear it.
fn date(bytes: &[u8]) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let digits = text.strip_prefix("D:")?;
    let digits = ["Z", "Z00'00'", "+00'00'", "+00'00"].iter().find_map(|zone| digits.strip_suffix(zone))?;
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    NaiveDateTime::parse_from_str(digits, "%Y%m%d%H%M%S").ok().map(|time| time.and_utc())
}

/// The document's only attachment.
pub(crate) fn attachment(file: &File<'_>) -> Result<Vec<u8>, PdfError> {
    const MISSING: PdfError = PdfError::Missing("the one attachment");
    let catalog = file.dictionary(file.catalog_id()?)?;
    let names = file.dictionary_under(&catalog, "Names")?.ok_or(MISSING)?;
    let tree = file.dictionary_under(&names, "EmbeddedFiles")?.ok_or(MISSING)?;
    let mut open = vec![tree];
    let mut found: Vec<Object> = Vec::new();
    let mut seen = 0;
    while let Some(node) = open.pop() {
        seen += 1;
        if seen > NAME_TREE_LIMIT {
            return Err(PdfError::Limit);
        }
        found.extend(file.array_under(&node, "Names")?);
        for kid in file.array_under(&node, "Kids")? {
            if let Object::Dictionary(kid) = file.resolve(&kid)? {
                open.push(kid);
            }
            if open.len() > NAME_TREE_LIMIT {
                return Err(PdfError::Limit);
            }
        }
    }
    let [_name, specification] = found.as_slice() else { return Err(MISSING) };
    let Object::Dictionary(specification) = file.resolve(specification)? else { return Err(MISSING) };
    let embedded = file.dictionary_under(&specification, "EF")?.ok_or(MISSING)?;
    let stream = embedded.value("F").and_then(Object::as_reference).ok_or(MISSING)?;
    file.stream(stream, ATTACHMENT_LIMIT)
}
