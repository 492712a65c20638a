//! The terms of the declaration, as data: exact bytes, their hash, and what they say.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use thiserror::Error;

/// Largest terms document that is read, in bytes (the declaration in force has about 4 kB).
pub const TERMS_LIMIT: usize = 256 * 1024;

/// Id of the section whose clauses are consented to one by one.
const CONSENTS: &str = "consents";

/// Longest single text in the terms, in bytes.
const TEXT_LIMIT: usize = 16 * 1024;

/// Most sections, and most clauses in a section.
const COUNT_LIMIT: usize = 200;

/// What a terms document says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Names the terms, e.g. `oces-sikkerhedserklaering`.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// Language, `da` or `en`.
    pub language: String,
    /// True for the text that binds; false for a translation that is there to be understood.
    pub binding: bool,
    /// The title in full.
    pub title: String,
    /// What precedes the sections.
    pub preamble: String,
    /// The sections, in order.
    pub sections: Vec<Section>,
    /// What the employee declares by signing.
    pub closing: String,
}

/// A section of the terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Names the section within the terms.
    pub id: String,
    /// The section's text, or what precedes its clauses.
    pub lead: String,
    /// The clauses, in order; there may be none.
    pub clauses: Vec<Clause>,
}

/// A clause of a section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Names the clause within the terms.
    pub id: String,
    /// Its text.
    pub text: String,
}

impl Terms {
    /// The clauses that are consented to one by one, in order; none where the terms ask for no consent.
    pub fn consents(&self) -> impl Iterator<Item = &Clause> {
        self.sections.iter().filter(|section| section.id == CONSENTS).flat_map(|section| &section.clauses)
    }
}

/// A terms document: the exact bytes, their hash, and what they say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermsDocument {
    bytes: Vec<u8>,
    sha256: [u8; 32],
    terms: Terms,
}

impl TermsDocument {
    /// Reads terms from the bytes of their JSON file (UTF-8, at most [`TERMS_LIMIT`]).
    ///
    /// # Errors
    /// [`TermsError`] where the bytes are too many, are not JSON of the terms' shape, or name something twice or in an
    /// unknown language.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TermsError> {
        if bytes.len() > TERMS_LIMIT {
            return Err(TermsError::TooLarge);
        }
        let terms: Terms = serde_json::from_slice(bytes).map_err(TermsError::Json)?;
        check(&terms)?;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest(&SHA256, bytes).as_ref());
        Ok(Self { bytes: bytes.to_vec(), sha256, terms })
    }

    /// The exact bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 over the exact bytes.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// SHA-256 over the exact bytes, lower-case hexadecimal.
    pub fn sha256_hex(&self) -> String {
        hex::encode(self.sha256)
    }

    /// What the document says.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }
}

/// The terms that ship with the program: version 1 in Danish (binding) and in English.
pub fn shipped() -> &'static [TermsDocument] {
    static SHIPPED: LazyLock<Vec<TermsDocument>> = LazyLock::new(|| {
        [
            include_bytes!("../terms/oces-sikkerhedserklaering-1.da.json").as_slice(),
            include_bytes!("../terms/oces-sikkerhedserklaering-1.en.json").as_slice(),
        ]
        .into_iter()
        .map(|bytes| TermsDocument::from_bytes(bytes).expect("the terms that ship are tested to be readable"))
        .collect()
    });
    &SHIPPED
}

/// Why bytes are not terms.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TermsError {
    /// More than [`TERMS_LIMIT`] bytes, or a text or list in them is longer than any terms need.
    #[error("the terms are too large")]
    TooLarge,
    /// Not JSON, or not of the terms' shape.
    #[error("the terms are not readable")]
    Json(#[source] serde_json::Error),
    /// Neither Danish nor English.
    #[error("the terms are in an unknown language")]
    Language,
    /// A text is empty.
    #[error("a text of the terms is empty")]
    Empty,
    /// Two sections or two clauses bear the same id.
    #[error("an id occurs twice in the terms")]
    IdTwice,
}

fn check(terms: &Terms) -> Result<(), TermsError> {
    if !matches!(terms.language.as_str(), "da" | "en") {
        return Err(TermsError::Language);
    }
    if terms.sections.len() > COUNT_LIMIT || terms.sections.iter().any(|section| section.clauses.len() > COUNT_LIMIT) {
        return Err(TermsError::TooLarge);
    }
    let sections = terms.sections.iter().flat_map(|section| [&section.id, &section.lead]);
    let clauses =
        terms.sections.iter().flat_map(|section| &section.clauses).flat_map(|clause| [&clause.id, &clause.text]);
    for text in [&terms.id, &terms.title, &terms.preamble, &terms.closing].into_iter().chain(sections).chain(clauses) {
        if text.trim().is_empty() {
            return Err(TermsError::Empty);
        }
        if text.len() > TEXT_LIMIT {
            return Err(TermsError::TooLarge);
        }
    }
    let mut section_ids = BTreeSet::new();
    let mut clause_ids = BTreeSet::new();
    for section in &terms.sections {
        if !section_ids.insert(section.id.as_str()) {
            return Err(TermsError::IdTwice);
        }
        for clause in &section.clauses {
            if !clause_ids.insert(clause.id.as_str()) {
                return Err(TermsError::IdTwice);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_terms_are_the_danish_binding_ones_first_and_their_english_translation() {
        let [danish, english] = shipped() else { panic!("two documents ship") };
        assert_eq!((danish.terms().language.as_str(), danish.terms().binding), ("da", true));
        assert_eq!((english.terms().language.as_str(), english.terms().binding), ("en", false));
        assert_eq!(danish.terms().id, english.terms().id);
        assert_eq!(danish.terms().version, english.terms().version);
        let ids = |document: &TermsDocument| -> Vec<String> {
            document.terms().sections.iter().flat_map(|s| s.clauses.iter().map(|c| c.id.clone())).collect()
        };
        assert_eq!(ids(danish), ids(english));
    }

    #[test]
    fn three_clauses_ask_for_consent() {
        let ids: Vec<_> = shipped()[0].terms().consents().map(|clause| clause.id.as_str()).collect();
        assert_eq!(ids, ["publication", "cpr-registration", "retention-six-years"]);
    }

    #[test]
    fn the_hash_covers_every_byte_of_the_file() {
        let mut bytes = shipped()[0].bytes().to_vec();
        bytes.push(b'\n');
        let changed = TermsDocument::from_bytes(&bytes).expect("white space is still JSON");
        assert_eq!(changed.terms(), shipped()[0].terms());
        assert_ne!(changed.sha256(), shipped()[0].sha256());
    }

    #[test]
    fn terms_that_are_damaged_are_refused() {
        let text = String::from_utf8(shipped()[0].bytes().to_vec()).expect("UTF-8");
        let refuse = |from: &str, to: &str| {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text);
            TermsDocument::from_bytes(changed.as_bytes()).expect_err("refused")
        };
        assert!(matches!(refuse("\"da\"", "\"de\""), TermsError::Language));
        assert!(matches!(refuse("not-private", "place-of-work"), TermsError::IdTwice));
        assert!(matches!(refuse("\"binding\": true,", ""), TermsError::Json(_)));
        assert!(matches!(refuse("\"binding\"", "\"extra\": 1, \"binding\""), TermsError::Json(_)));
        assert!(matches!(TermsDocument::from_bytes(&vec![b' '; TERMS_LIMIT + 1]), Err(TermsError::TooLarge)));
    }
}
