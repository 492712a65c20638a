//! From a template and data to PDF/A-3a and PDF/UA-1 bytes, the same on every run.
//!
//! Data reaches a template as the file `/data.json` only, never as source: whatever it says comes out as text.

use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::Serialize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use thiserror::Error;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

/// Longest text that a single field of a document may have, in bytes.
const TEXT_LIMIT: usize = 16 * 1024;

/// For how many documents Typst's cache keeps what was not used again.
const CACHE_AGE: usize = 3;

/// The documents that there are templates for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Template {
    Declaration,
    Receipt,
    Terms,
}

impl Template {
    fn source(self) -> &'static str {
        match self {
            Self::Declaration => include_str!("../templates/declaration.typ"),
            Self::Receipt => include_str!("../templates/receipt.typ"),
            Self::Terms => include_str!("../templates/terms.typ"),
        }
    }
}

/// A file that the document carries.
pub(crate) struct Attachment<'a> {
    pub(crate) name: &'static str,
    pub(crate) bytes: &'a [u8],
}

/// Why no document came out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TypesettingError {
    /// A text is longer than a document takes.
    #[error("a text is too long for the document")]
    TextTooLong,
    /// The moment is outside the years that a PDF can name.
    #[error("the date cannot be written")]
    Date,
    /// The typesetter refused; its messages.
    #[error("the document could not be set: {0}")]
    Refused(Box<str>),
    /// The typesetter failed within itself.
    #[error("the typesetter failed")]
    Failed,
}

/// Typesets `template` with `data`, dated `at`.
///
/// `identity` names the document: the PDF's identifier is made from it.
pub(crate) fn typeset(
    template: Template,
    data: &impl Serialize,
    attachment: Option<Attachment<'_>>,
    at: DateTime<Utc>,
    identity: &str,
) -> Result<Vec<u8>, TypesettingError> {
    let data = serde_json::to_value(data).map_err(|error| TypesettingError::Refused(error.to_string().into()))?;
    let data = showable(data)?;
    let year = at.year();
    if !(1..=9999).contains(&year) {
        return Err(TypesettingError::Date);
    }
    // Each is within its range: month 1 to 12, day 1 to 31, hour below 24, minute and second below 60.
    let [month, day, hour, minute, second] =
        [at.month(), at.day(), at.hour(), at.minute(), at.second()].map(|part| part as u8);
    let date = Datetime::from_ymd_hms(year, month, day, hour, minute, second).ok_or(TypesettingError::Date)?;
    let world = DocumentWorld {
        main: Source::new(path("main.typ")?, template.source().to_owned()),
        layout: Source::new(path("layout.typ")?, include_str!("../templates/layout.typ").to_owned()),
        data: (path("data.json")?, Bytes::from_string(data.to_string())),
        attachment: match attachment {
            Some(attachment) => Some((path(attachment.name)?, Bytes::new(attachment.bytes.to_vec()))),
            None => None,
        },
        date,
    };
    // Typst is large and shapes foreign names: should it panic on one, that is an error here and not the program's end.
    let outcome = catch_unwind(AssertUnwindSafe(|| compile(&world, identity)));
    typst::comemo::evict(CACHE_AGE);
    outcome.map_err(|_| TypesettingError::Failed)?
}

fn compile(world: &DocumentWorld, identity: &str) -> Result<Vec<u8>, TypesettingError> {
    let document = typst::compile::<PagedDocument>(world).output.map_err(|errors| refused(&errors))?;
    let standards = PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1])
        .map_err(|error| TypesettingError::Refused(error.message().as_str().into()))?;
    let options = PdfOptions {
        ident: Smart::Custom(identity.to_owned()),
        creator: Smart::Custom(Some("Certifikatguide".to_owned())),
        timestamp: Some(Timestamp::new_utc(world.date)),
        page_ranges: None,
        standards,
        tagged: true,
        pretty: false,
    };
    typst_pdf::pdf(&document, &options).map_err(|errors| refused(&errors))
}

fn refused(errors: &[SourceDiagnostic]) -> TypesettingError {
    let messages: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
    TypesettingError::Refused(messages.join("; ").into())
}

/// Makes every text in `data` one that can be set: a character that the font does not have, or that would act on the
/// text around it instead of showing itself, becomes its code point, e.g. `[U+202E]`.
fn showable(data: serde_json::Value) -> Result<serde_json::Value, TypesettingError> {
    use serde_json::Value;
    Ok(match data {
        Value::String(text) => {
            if text.len() > TEXT_LIMIT {
                return Err(TypesettingError::TextTooLong);
            }
            Value::String(text.chars().fold(String::with_capacity(text.len()), |mut shown, character| {
                if FONTS.shows(character) {
                    shown.push(character);
                } else {
                    shown.push_str(&format!("[U+{:04X}]", u32::from(character)));
                }
                shown
            }))
        }
        Value::Array(values) => Value::Array(values.into_iter().map(showable).collect::<Result<_, _>>()?),
        Value::Object(members) => Value::Object(
            members.into_iter().map(|(name, value)| Ok((name, showable(value)?))).collect::<Result<_, _>>()?,
        ),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain,
    })
}

struct Fonts {
    fonts: Vec<Font>,
    book: LazyHash<FontBook>,
}

impl Fonts {
    fn shows(&self, character: char) -> bool {
        let invisible = character.is_control()
            || matches!(u32::from(character), 0xAD | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFE00..=0xFE0F | 0xFEFF);
        !invisible && self.fonts.iter().all(|font| font.info().coverage.contains(u32::from(character)))
    }
}

static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let fonts: Vec<Font> = [
        include_bytes!("../fonts/IBMPlexSans-Regular.ttf").as_slice(),
        include_bytes!("../fonts/IBMPlexSans-SemiBold.ttf").as_slice(),
    ]
    .into_iter()
    .filter_map(|bytes| Font::new(Bytes::new(bytes), 0))
    .collect();
    let book = LazyHash::new(FontBook::from_fonts(&fonts));
    Fonts { fonts, book }
});

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| {
    // Header cells that apply to their row are behind this feature (`pdf.header-cell`).
    LazyHash::new(Library::builder().with_features([Feature::A11yExtras].into_iter().collect()).build())
});

fn path(name: &str) -> Result<FileId, TypesettingError> {
    let path = VirtualPath::new(name).map_err(|_| TypesettingError::Refused("a file's name".into()))?;
    Ok(FileId::new(RootedPath::new(VirtualRoot::Project, path)))
}

/// Everything that a template can see.
struct DocumentWorld {
    main: Source,
    layout: Source,
    data: (FileId, Bytes),
    attachment: Option<(FileId, Bytes)>,
    date: Datetime,
}

impl World for DocumentWorld {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        [&self.main, &self.layout].into_iter().find(|source| source.id() == id).cloned().ok_or_else(|| not_found(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        std::iter::once(&self.data)
            .chain(&self.attachment)
            .find(|(known, _)| *known == id)
            .map(|(_, bytes)| bytes.clone())
            .ok_or_else(|| not_found(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        Some(self.date)
    }
}

fn not_found(id: FileId) -> FileError {
    FileError::NotFound(id.get().vpath().get_without_slash().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fonts_are_the_ones_that_the_templates_ask_for() {
        let families: Vec<_> = FONTS.fonts.iter().map(|font| font.info().family.as_str()).collect();
        assert_eq!(families, ["IBM Plex Sans", "IBM Plex Sans SmBld"]);
    }

    #[test]
    fn a_character_that_cannot_be_shown_becomes_its_code_point() {
        let shown = showable(serde_json::json!({ "name": "Åse \u{202E}張\u{0} Øst" })).expect("short");
        assert_eq!(shown, serde_json::json!({ "name": "Åse [U+202E][U+5F35][U+0000] Øst" }));
    }

    #[test]
    fn a_text_that_is_too_long_is_refused() {
        assert_eq!(showable(serde_json::json!("a".repeat(TEXT_LIMIT + 1))), Err(TypesettingError::TextTooLong));
    }
}
