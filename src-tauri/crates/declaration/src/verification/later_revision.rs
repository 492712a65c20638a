//! What may follow the signed revision: one update that changes nothing but the document security store and the extensions
//! of the catalog ([ISO 32000-2 §12.8.4.3], [ETSI EN 319 142-1 §5.4.2]), and the record of which program wrote the file
//! last, and when ([ISO 32000-1 §14.3]). Everything else is refused, whatever it shows: a signed page can be hidden, replaced
//! or filled in by objects that come later.

use super::VerificationCode;
use super::document::{Signature, Stop, stop};
use crate::evidence::{self, Store, ValidationEvidence};
use crate::pdf::{Dictionary, Entry, File, Object, ObjectId, write_object};
use std::collections::BTreeSet;

/// Largest metadata that is compared, in bytes.
const METADATA_LIMIT: usize = 64 * 1024;

/// What a program that updates a file writes about itself, in the information dictionary and in the metadata.
const WRITTEN_BY: [&str; 4] = ["ModDate", "Producer", "ModifyDate", "MetadataDate"];

/// What follows the signed revision.
pub(crate) struct LaterRevision {
    pub(crate) evidence: ValidationEvidence,
    /// Whether it is, byte for byte, what this program makes of that evidence.
    pub(crate) is_ours: bool,
}

/// Judges what follows the signed revision, which is `pdf` up to `end`. `file` is all of `pdf`, `signature` as it stands
/// there.
pub(crate) fn judge(pdf: &[u8], end: usize, file: File<'_>, signature: &Signature) -> Result<LaterRevision, Stop> {
    let signed_bytes = pdf.get(..end).unwrap_or_default();
    let signed = File::parse(signed_bytes).map_err(|error| refused(&format!("what was signed is no file: {error}")))?;
    let in_signed = Signature::of(&signed)?;
    if in_signed.id != signature.id || in_signed.contents.span != signature.contents.span {
        return Err(refused("the signature is another one than in the revision that it signs"));
    }
    let mut file = file;
    if file.tables().first().is_none_or(|newest| *newest < end) || file.tables().get(1..) != Some(signed.tables()) {
        return Err(refused("not exactly one revision follows the signed one"));
    }
    let catalog_id = signed.catalog_id().map_err(stop)?;
    let Changes { added, changed } = changes(&file, &signed, end)?;
    for id in changed.iter().filter(|id| **id != catalog_id) {
        same_but_for_the_writer(&file, &signed, *id)?;
    }
    same_trailer(file.trailer(), signed.trailer())?;
    same_catalog(&file.dictionary(catalog_id).map_err(stop)?, &signed.dictionary(catalog_id).map_err(stop)?)?;
    let Store { evidence, objects } =
        evidence::read(&file).map_err(|error| (VerificationCode::EvidenceUnreadable, error.to_string()))?;
    if added.iter().any(|id| !objects.contains(id)) {
        return Err(refused("objects are added that are no evidence"));
    }
    not_awaited(&signed, &added)?;
    no_gaps(pdf, end, &mut file, added.iter().chain(&changed))?;
    let ours = evidence::write(&signed, &in_signed, &evidence);
    Ok(LaterRevision { is_ours: ours.is_ok_and(|ours| ours == pdf), evidence })
}

fn refused(detail: &str) -> Stop {
    (VerificationCode::LaterRevision, detail.to_owned())
}

/// Which objects are new, and which are written again.
struct Changes {
    added: BTreeSet<ObjectId>,
    changed: BTreeSet<ObjectId>,
}

/// None may be freed, or said to be elsewhere in what was signed; new ones have new numbers.
fn changes(file: &File<'_>, signed: &File<'_>, end: usize) -> Result<Changes, Stop> {
    let first_free = signed.size().map_err(stop)?;
    let mut changes = Changes { added: BTreeSet::new(), changed: BTreeSet::new() };
    for (number, entry) in file.entries() {
        let before = signed.entry(number);
        if before == Some(entry) {
            continue;
        }
        match (entry, before) {
            (Entry::InUse { offset, generation }, None) if offset >= end && number >= first_free => {
                changes.added.insert(ObjectId { number, generation });
            }
            (Entry::InUse { offset, generation }, Some(Entry::InUse { generation: same, .. }))
                if offset >= end && generation == same =>
            {
                changes.changed.insert(ObjectId { number, generation });
            }
            (Entry::InUse { .. } | Entry::Free, _) => {
                return Err(refused(&format!("object {number} is freed, or moved into what was signed")));
            }
        }
    }
    Ok(changes)
}

/// The information dictionary and the metadata may be written again, but for nothing else than who wrote them and when: a
/// window shows the title that stands there.
fn same_but_for_the_writer(file: &File<'_>, signed: &File<'_>, id: ObjectId) -> Result<(), Stop> {
    let changed = || refused(&format!("object {} is changed", id.number));
    let catalog = signed.catalog_id().and_then(|id| signed.dictionary(id)).map_err(stop)?;
    let same = if signed.trailer().value("Info").and_then(Object::as_reference) == Some(id) {
        information(file, id)? == information(signed, id)?
    } else if catalog.value("Metadata").and_then(Object::as_reference) == Some(id) {
        let both_are = |name, value| {
            [file, signed].into_iter().all(|file| {
                let object = file.indirect(id).map(|indirect| indirect.object);
                object.is_ok_and(|object| {
                    object.as_dictionary().is_some_and(|dictionary| dictionary.has_name(name, value))
                })
            })
        };
        let later = file.stream(id, METADATA_LIMIT).map_err(stop)?;
        let before = signed.stream(id, METADATA_LIMIT).map_err(stop)?;
        both_are("Type", "Metadata") && both_are("Subtype", "XML") && texts(&later) == texts(&before)
    } else {
        false
    };
    if same { Ok(()) } else { Err(changed()) }
}

/// What an information dictionary says, but for the writer. Text strings are compared as text: two programs encode it in
/// two ways.
fn information(file: &File<'_>, id: ObjectId) -> Result<Vec<(Vec<u8>, String)>, Stop> {
    let mut entries = Vec::new();
    for (key, value) in file.dictionary(id).map_err(stop)?.entries() {
        if WRITTEN_BY.iter().any(|name| name.as_bytes() == key) {
            continue;
        }
        let said = match value {
            Object::String(string) => text(&string.bytes),
            Object::Name(_) | Object::Null | Object::Boolean(_) | Object::Number(_) => {
                String::from_utf8_lossy(&written(Some(value))).into_owned()
            }
            Object::Array(_) | Object::Dictionary(_) | Object::Reference(_) => {
                return Err(refused("the information about the document refers to something"));
            }
        };
        entries.push((key.to_vec(), said));
    }
    entries.sort();
    Ok(entries)
}

/// A text string ([ISO 32000-1 §7.9.2.2]); PDFDocEncoding as far as it is Latin-1.
fn text(bytes: &[u8]) -> String {
    match bytes.strip_prefix(&[0xFE, 0xFF]) {
        Some(utf_16) => {
            let units: Vec<u16> = utf_16.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
            String::from_utf16_lossy(&units)
        }
        None => bytes.iter().copied().map(char::from).collect(),
    }
}

/// The texts of an XML document with the local names of the elements that they begin in, but for the writer.
fn texts(xml: &[u8]) -> Vec<(String, String)> {
    let xml = String::from_utf8_lossy(xml);
    let mut texts: Vec<(String, String)> = xml
        .split('<')
        .filter_map(|piece| piece.split_once('>'))
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(tag, text)| {
            let name = tag.split_ascii_whitespace().next().unwrap_or_default();
            let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
            (local.to_owned(), text.trim().to_owned())
        })
        .filter(|(name, _)| !WRITTEN_BY.contains(&name.as_str()))
        .collect();
    texts.sort();
    texts
}

fn same_trailer(later: &Dictionary, signed: &Dictionary) -> Result<(), Stop> {
    for (key, _) in later.entries() {
        if ![&b"Size"[..], b"Root", b"Info", b"ID", b"Prev"].contains(&key) {
            return Err(refused("the trailer has more than a trailer needs"));
        }
    }
    let first_identifier = |trailer: &Dictionary| match trailer.value("ID").and_then(Object::as_array) {
        Some([first, _]) => first.as_string().map(|first| first.bytes.clone()),
        Some(_) | None => None,
    };
    let same = written(later.value("Root")) == written(signed.value("Root"))
        && written(later.value("Info")) == written(signed.value("Info"))
        && first_identifier(later) == first_identifier(signed);
    if same { Ok(()) } else { Err(refused("the trailer is another one")) }
}

/// Every entry must be as it was, but for the document security store and the extensions.
fn same_catalog(later: &Dictionary, signed: &Dictionary) -> Result<(), Stop> {
    let kept = |catalog: &Dictionary| -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut entries: Vec<_> = catalog
            .entries()
            .filter(|(key, _)| ![&b"DSS"[..], b"Extensions"].contains(key))
            .map(|(key, value)| (key.to_vec(), written(Some(value))))
            .collect();
        entries.sort();
        entries
    };
    if kept(later) == kept(signed) { Ok(()) } else { Err(refused("the catalog is changed")) }
}

fn written(object: Option<&Object>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(object) = object {
        write_object(object, &mut bytes);
    }
    bytes
}

/// Nothing that was signed may refer to what is only added later.
fn not_awaited(signed: &File<'_>, added: &BTreeSet<ObjectId>) -> Result<(), Stop> {
    let numbers: BTreeSet<u32> = added.iter().map(|id| id.number).collect();
    let mut awaited = false;
    for id in signed.ids() {
        let object = signed.indirect(id).map_err(stop)?.object;
        object.references(&mut |reference| awaited |= numbers.contains(&reference.number));
    }
    if awaited { Err(refused("what was signed refers to what is added later")) } else { Ok(()) }
}

/// The update is its objects, its table and its trailer, and white space between: other readers may look where this one
/// does not.
fn no_gaps<'i>(
    pdf: &[u8],
    end: usize,
    file: &mut File<'_>,
    objects: impl Iterator<Item = &'i ObjectId>,
) -> Result<(), Stop> {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for id in objects {
        if let Some(Entry::InUse { offset, .. }) = file.entry(id.number) {
            parts.push((offset, file.end_of(*id).map_err(stop)?));
        }
    }
    parts.push((file.start_of_cross_reference(), file.end_of_trailer().map_err(stop)?));
    parts.sort_unstable();
    let mut position = end;
    for (start, stop) in parts {
        let gap = pdf.get(position..start).ok_or_else(|| refused("objects of the update overlap"))?;
        if !gap.trim_ascii().is_empty() {
            return Err(refused("something stands between the objects of the update"));
        }
        position = stop;
    }
    let tail: Vec<&[u8]> = pdf
        .get(position..)
        .unwrap_or_default()
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
        .collect();
    match tail.as_slice() {
        [b"startxref", _, b"%%EOF"] => Ok(()),
        _ => Err(refused("something stands behind the trailer of the update")),
    }
}
