//! PDF as far as our documents use it ([ISO 32000-1]): objects, one strict reader, one writer of updates.
//!
//! The reader takes foreign bytes. It knows classic cross-reference tables only, follows no stream but an attachment's,
//! and bounds depth, count and size; what it does not know it refuses, so that nothing in a document can be seen by
//! another reader and not by this one without an error.

mod lexer;
mod read;
mod write;

pub(crate) use read::{Entry, File, PdfError};
pub(crate) use write::{Update, text_string, write_object};

use std::ops::Range;

/// Names an indirect object: number and generation ([ISO 32000-1 §7.3.10]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ObjectId {
    pub(crate) number: u32,
    pub(crate) generation: u16,
}

/// A PDF object ([ISO 32000-1 §7.3]).
#[derive(Debug, Clone)]
pub(crate) enum Object {
    Null,
    Boolean(bool),
    /// The digits as they are written, so that rewriting changes nothing.
    Number(Box<str>),
    Name(Vec<u8>),
    String(PdfString),
    Array(Vec<Object>),
    Dictionary(Dictionary),
    Reference(ObjectId),
}

/// A string object, with where it stands in the file.
#[derive(Debug, Clone)]
pub(crate) struct PdfString {
    pub(crate) bytes: Vec<u8>,
    /// True for the hexadecimal form, `<…>`.
    pub(crate) hexadecimal: bool,
    /// From its first delimiter to past its last.
    pub(crate) span: Range<usize>,
}

/// A dictionary, in the order in which it is written. No key occurs twice.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dictionary(Vec<(Vec<u8>, Object)>);

impl Object {
    pub(crate) fn integer(value: usize) -> Self {
        Self::Number(value.to_string().into())
    }

    pub(crate) fn name(name: &str) -> Self {
        Self::Name(name.as_bytes().to_vec())
    }

    pub(crate) fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Number(digits) => digits.parse().ok(),
            Self::Null
            | Self::Boolean(_)
            | Self::Name(_)
            | Self::String(_)
            | Self::Array(_)
            | Self::Dictionary(_)
            | Self::Reference(_) => None,
        }
    }

    pub(crate) fn as_index(&self) -> Option<usize> {
        self.as_integer().and_then(|value| usize::try_from(value).ok())
    }

    pub(crate) fn as_name(&self) -> Option<&[u8]> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }

    pub(crate) fn as_string(&self) -> Option<&PdfString> {
        if let Self::String(string) = self { Some(string) } else { None }
    }

    pub(crate) fn as_array(&self) -> Option<&[Object]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    pub(crate) fn as_dictionary(&self) -> Option<&Dictionary> {
        if let Self::Dictionary(dictionary) = self { Some(dictionary) } else { None }
    }

    pub(crate) fn as_reference(&self) -> Option<ObjectId> {
        if let Self::Reference(id) = self { Some(*id) } else { None }
    }
}

impl Object {
    /// Calls `visit` with every reference within.
    pub(crate) fn references(&self, visit: &mut impl FnMut(ObjectId)) {
        match self {
            Self::Reference(id) => visit(*id),
            Self::Array(items) => items.iter().for_each(|item| item.references(visit)),
            Self::Dictionary(dictionary) => dictionary.entries().for_each(|(_, value)| value.references(visit)),
            Self::Null | Self::Boolean(_) | Self::Number(_) | Self::Name(_) | Self::String(_) => {}
        }
    }
}

impl Dictionary {
    pub(crate) fn new<const N: usize>(entries: [(&str, Object); N]) -> Self {
        Self(entries.into_iter().map(|(key, value)| (key.as_bytes().to_vec(), value)).collect())
    }

    pub(crate) fn value(&self, key: &str) -> Option<&Object> {
        self.0.iter().find(|(known, _)| known == key.as_bytes()).map(|(_, value)| value)
    }

    pub(crate) fn has_name(&self, key: &str, name: &str) -> bool {
        self.value(key).and_then(Object::as_name) == Some(name.as_bytes())
    }

    /// Sets `key`, in its old place if it has one.
    pub(crate) fn set(&mut self, key: &str, value: Object) {
        match self.0.iter_mut().find(|(known, _)| known == key.as_bytes()) {
            Some((_, old)) => *old = value,
            None => self.0.push((key.as_bytes().to_vec(), value)),
        }
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&[u8], &Object)> {
        self.0.iter().map(|(key, value)| (key.as_slice(), value))
    }
}
