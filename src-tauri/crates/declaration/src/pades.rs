//! The signature in the document: PAdES baseline B-B ([ETSI EN 319 142-1 §6.3]) in one incremental update that keeps
//! PDF/A-3a and PDF/UA-1.
//!
//! The update is a function of the unsigned document and the [`SignatureDetails`] alone, but for the signature's value:
//! so whoever verifies can make it again and compare.

use crate::calendar::Language;
use crate::pdf::{Dictionary, File, Object, ObjectId, PdfError, Update, text_string, write_object};
use aws_lc_rs::digest::{Context, SHA256, digest};
use chrono::{DateTime, Utc};
use std::ops::Range;

/// Largest signed document that is read, in bytes (a declaration has about 100 kB).
pub const SIGNED_PDF_LIMIT: usize = 2 * 1024 * 1024;

/// Room for the signature's value, in bytes. With RSA 3072 and a path of three, B-B takes 6 kB, the time-stamp with the
/// path of its authority another 6; foreign authorities' tokens have up to 10 kB.
const CONTENTS_LENGTH: usize = 24 * 1024;

/// The signature's format ([ETSI EN 319 142-1 §6.3 k]).
pub(crate) const SUB_FILTER: &str = "ETSI.CAdES.detached";

/// Deepest page tree that is followed.
const PAGE_DEPTH_LIMIT: usize = 8;

/// `Hidden` is forbidden in PDF/A, and a field of no size shows nothing anyway: `Print` (4) and `Locked` (128).
const ANNOTATION_FLAGS: usize = 132;

/// `SignaturesExist` (1) and `AppendOnly` (2) ([ISO 32000-1 §12.7.2]).
const SIGNATURE_FLAGS: usize = 3;

/// What the signature says besides its value.
pub(crate) struct SignatureDetails<'a> {
    pub(crate) time: DateTime<Utc>,
    pub(crate) name: &'a str,
    pub(crate) purpose: Purpose,
}

/// What is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Declaration(Language),
    Receipt,
}

impl Purpose {
    fn reason(self) -> &'static str {
        match self {
            Self::Declaration(Language::Danish) => "Jeg har læst og accepteret vilkårene",
            Self::Declaration(Language::English) => "I have read and accepted the terms",
            Self::Receipt => "Erklæringen er modtaget og godkendt",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Declaration(Language::Danish) => "Digital underskrift (avanceret elektronisk signatur)",
            Self::Declaration(Language::English) => "Digital signature (advanced electronic signature)",
            Self::Receipt => "Portalens elektroniske segl",
        }
    }
}

/// A document with room for its signature.
pub(crate) struct Prepared {
    bytes: Vec<u8>,
    /// The `Contents` string with its delimiters.
    contents: Range<usize>,
}

/// The document did not leave room for what CMS became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentsTooLarge;

impl Prepared {
    /// SHA-256 over what the signature covers: everything but the `Contents` string.
    pub(crate) fn digest(&self) -> [u8; 32] {
        digest_around(&self.bytes, &self.contents)
    }

    /// Puts the signature's value into its place.
    pub(crate) fn fill(mut self, cms: &[u8]) -> Result<Vec<u8>, ContentsTooLarge> {
        if cms.len() > CONTENTS_LENGTH {
            return Err(ContentsTooLarge);
        }
        let start = self.contents.start + 1;
        self.bytes[start..start + cms.len() * 2].copy_from_slice(hex::encode(cms).as_bytes());
        Ok(self.bytes)
    }
}

/// SHA-256 over `bytes` without `gap`, which lies within them.
pub(crate) fn digest_around(bytes: &[u8], gap: &Range<usize>) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(bytes.get(..gap.start).unwrap_or_default());
    context.update(bytes.get(gap.end..).unwrap_or_default());
    let mut value = [0; 32];
    value.copy_from_slice(context.finish().as_ref());
    value
}

/// Appends a signature field, its dictionary and its place in the structure to an unsigned document of ours.
pub(crate) fn prepare(pdf: &[u8], details: &SignatureDetails<'_>) -> Result<Prepared, PdfError> {
    let file = File::parse(pdf)?;
    let mut update = Update::of(&file)?;
    let signature = update.reserve();
    let widget = update.reserve();
    let element = update.reserve();

    let (page_id, mut page) = first_page(&file)?;
    let key = add_to_structure(&file, &mut update, element, widget, page_id, details.purpose.label())?;

    let mut annotations = file.array_under(&page, "Annots")?;
    annotations.push(Object::Reference(widget));
    page.set("Annots", Object::Array(annotations));
    page.set("Tabs", Object::name("S"));
    update.put(page_id, &Object::Dictionary(page));

    let catalog_id = file.catalog_id()?;
    let mut catalog = file.dictionary(catalog_id)?;
    if catalog.value("AcroForm").is_some() {
        return Err(PdfError::Missing("a document without a form"));
    }
    let form = Dictionary::new([
        ("Fields", Object::Array(vec![Object::Reference(widget)])),
        ("SigFlags", Object::integer(SIGNATURE_FLAGS)),
    ]);
    catalog.set("AcroForm", Object::Dictionary(form));
    update.put(catalog_id, &Object::Dictionary(catalog));

    let nowhere = Object::Array(vec![Object::integer(0); 4]);
    let field = Dictionary::new([
        ("Type", Object::name("Annot")),
        ("Subtype", Object::name("Widget")),
        ("FT", Object::name("Sig")),
        ("T", text_string("Signature1")),
        ("TU", text_string(details.purpose.label())),
        ("Rect", nowhere),
        ("F", Object::integer(ANNOTATION_FLAGS)),
        ("P", Object::Reference(page_id)),
        ("V", Object::Reference(signature)),
        ("StructParent", Object::integer(key)),
    ]);
    update.put(widget, &Object::Dictionary(field));

    let (body, places) = signature_dictionary(details);
    update.put_raw(signature, body);
    let mut identifier = [0; 16];
    identifier.copy_from_slice(&digest(&SHA256, pdf).as_ref()[..16]);
    let updated = update.write(&identifier);
    let mut bytes = updated.bytes;
    let base = *updated.bodies.get(&signature).ok_or(PdfError::Missing("the signature"))?;
    let contents = base + places.contents.start..base + places.contents.end;
    let range = format!("[0 {} {} {}]", contents.start, contents.end, bytes.len() - contents.end);
    let place = base + places.byte_range.start..base + places.byte_range.end;
    let padded = format!("{range:<width$}", width = place.len());
    bytes[place].copy_from_slice(padded.as_bytes());
    Ok(Prepared { bytes, contents })
}

/// Where in the signature dictionary the two values stand that are filled in later.
struct Places {
    byte_range: Range<usize>,
    contents: Range<usize>,
}

/// The signature dictionary ([ISO 32000-1 §12.8.1], [ETSI EN 319 142-1 §6.3]).
fn signature_dictionary(details: &SignatureDetails<'_>) -> (Vec<u8>, Places) {
    let time = details.time.format("D:%Y%m%d%H%M%SZ").to_string();
    let mut body = b"<</Type /Sig/Filter /Adobe.PPKLite/SubFilter /".to_vec();
    body.extend_from_slice(SUB_FILTER.as_bytes());
    for (key, value) in [("M", time.as_str()), ("Name", details.name), ("Reason", details.purpose.reason())] {
        body.extend_from_slice(format!("/{key} ").as_bytes());
        write_object(&text_string(value), &mut body);
    }
    body.extend_from_slice(b"/ByteRange ");
    let start = body.len();
    // Three numbers of ten digits, a zero, brackets and spaces.
    body.resize(start + 36, b' ');
    let byte_range = start..body.len();
    body.extend_from_slice(b"/Contents ");
    let start = body.len();
    body.push(b'<');
    body.resize(start + 1 + CONTENTS_LENGTH * 2, b'0');
    body.push(b'>');
    let contents = start..body.len();
    body.extend_from_slice(b">>");
    (body, Places { byte_range, contents })
}

fn first_page(file: &File<'_>) -> Result<(ObjectId, Dictionary), PdfError> {
    const MISSING: PdfError = PdfError::Missing("the first page");
    let catalog = file.dictionary(file.catalog_id()?)?;
    let mut id = catalog.value("Pages").and_then(Object::as_reference).ok_or(MISSING)?;
    for _ in 0..PAGE_DEPTH_LIMIT {
        let node = file.dictionary(id)?;
        if node.has_name("Type", "Page") {
            return Ok((id, node));
        }
        id = file.array_under(&node, "Kids")?.first().and_then(Object::as_reference).ok_or(MISSING)?;
    }
    Err(PdfError::Limit)
}

/// Adds a `Form` element that holds the field to the end of the structure ([ISO 14289-1 §7.18.4]), and says in the
/// parent tree under which key the field finds it ([ISO 32000-1 §14.7.4.4]). Returns that key.
fn add_to_structure(
    file: &File<'_>,
    update: &mut Update<'_, '_>,
    element: ObjectId,
    widget: ObjectId,
    page: ObjectId,
    label: &str,
) -> Result<usize, PdfError> {
    const ROOT: PdfError = PdfError::Missing("the structure tree");
    let catalog = file.dictionary(file.catalog_id()?)?;
    let root_id = catalog.value("StructTreeRoot").and_then(Object::as_reference).ok_or(ROOT)?;
    let mut root = file.dictionary(root_id)?;

    let top = match root.value("K").ok_or(ROOT)? {
        Object::Reference(id) => *id,
        Object::Array(kids) => kids.first().and_then(Object::as_reference).ok_or(ROOT)?,
        Object::Null
        | Object::Boolean(_)
        | Object::Number(_)
        | Object::Name(_)
        | Object::String(_)
        | Object::Dictionary(_) => return Err(ROOT),
    };
    let mut document = file.dictionary(top)?;
    let mut kids = match document.value("K") {
        Some(Object::Array(kids)) => kids.clone(),
        Some(only) => vec![only.clone()],
        None => Vec::new(),
    };
    kids.push(Object::Reference(element));
    document.set("K", Object::Array(kids));
    update.put(top, &Object::Dictionary(document));

    let reference = Dictionary::new([
        ("Type", Object::name("OBJR")),
        ("Obj", Object::Reference(widget)),
        ("Pg", Object::Reference(page)),
    ]);
    let form = Dictionary::new([
        ("Type", Object::name("StructElem")),
        ("S", Object::name("Form")),
        ("P", Object::Reference(top)),
        ("Pg", Object::Reference(page)),
        ("Alt", text_string(label)),
        ("K", Object::Dictionary(reference)),
    ]);
    update.put(element, &Object::Dictionary(form));

    let tree_value = root.value("ParentTree").ok_or(ROOT)?.clone();
    let Object::Dictionary(mut tree) = file.resolve(&tree_value)? else { return Err(ROOT) };
    let mut numbers = file.array_under(&tree, "Nums")?;
    let highest = numbers.iter().step_by(2).filter_map(Object::as_index).max();
    let free = highest.map_or(0, |highest| highest + 1);
    let key = root.value("ParentTreeNextKey").and_then(Object::as_index).unwrap_or(free).max(free);
    numbers.extend([Object::integer(key), Object::Reference(element)]);
    tree.set("Nums", Object::Array(numbers));
    match tree_value.as_reference() {
        Some(id) => update.put(id, &Object::Dictionary(tree)),
        None => root.set("ParentTree", Object::Dictionary(tree)),
    }
    root.set("ParentTreeNextKey", Object::integer(key + 1));
    update.put(root_id, &Object::Dictionary(root));
    Ok(key)
}
