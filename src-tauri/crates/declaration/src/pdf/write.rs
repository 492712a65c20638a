//! The writer of incremental updates ([ISO 32000-1 §7.5.6]).

use super::{Dictionary, File, Object, ObjectId, PdfError};
use std::collections::BTreeMap;

/// Objects to append to a file; all that was there before stays as it is, byte for byte.
pub(crate) struct Update<'f, 'a> {
    file: &'f File<'a>,
    objects: BTreeMap<ObjectId, Vec<u8>>,
    next: u32,
}

/// An updated file, and where each new object's body begins in it.
pub(crate) struct Updated {
    pub(crate) bytes: Vec<u8>,
    pub(crate) bodies: BTreeMap<ObjectId, usize>,
}

impl<'f, 'a> Update<'f, 'a> {
    pub(crate) fn of(file: &'f File<'a>) -> Result<Self, PdfError> {
        Ok(Self { file, objects: BTreeMap::new(), next: file.size()? })
    }

    /// A new object's id.
    pub(crate) fn reserve(&mut self) -> ObjectId {
        let id = ObjectId { number: self.next, generation: 0 };
        self.next += 1;
        id
    }

    pub(crate) fn put(&mut self, id: ObjectId, object: &Object) {
        let mut body = Vec::new();
        write_object(object, &mut body);
        self.put_raw(id, body);
    }

    /// Puts an object that is already written out.
    pub(crate) fn put_raw(&mut self, id: ObjectId, body: Vec<u8>) {
        self.objects.insert(id, body);
    }

    /// The file with the update appended. `identifier` becomes the changing half of the file identifier
    /// ([ISO 32000-1 §14.4]).
    pub(crate) fn write(self, identifier: &[u8; 16]) -> Updated {
        let mut bytes = self.file.bytes().to_vec();
        if bytes.last() != Some(&b'\n') {
            bytes.push(b'\n');
        }
        let mut bodies = BTreeMap::new();
        let mut table = Vec::new();
        let mut previous: Option<u32> = None;
        let numbers: Vec<u32> = self.objects.keys().map(|id| id.number).collect();
        for (index, (id, body)) in self.objects.iter().enumerate() {
            if previous.is_none_or(|previous| previous + 1 != id.number) {
                let run = numbers[index..].windows(2).take_while(|pair| pair[0] + 1 == pair[1]).count() + 1;
                table.extend_from_slice(format!("{} {run}\n", id.number).as_bytes());
            }
            previous = Some(id.number);
            table.extend_from_slice(format!("{:010} {:05} n \n", bytes.len(), id.generation).as_bytes());
            bytes.extend_from_slice(format!("{} {} obj\n", id.number, id.generation).as_bytes());
            bodies.insert(*id, bytes.len());
            bytes.extend_from_slice(body);
            bytes.extend_from_slice(b"\nendobj\n");
        }
        let start = bytes.len();
        bytes.extend_from_slice(b"xref\n");
        bytes.extend_from_slice(&table);
        bytes.extend_from_slice(b"trailer\n");
        write_object(&Object::Dictionary(self.trailer(identifier)), &mut bytes);
        bytes.extend_from_slice(format!("\nstartxref\n{start}\n%%EOF\n").as_bytes());
        Updated { bytes, bodies }
    }

    fn trailer(&self, identifier: &[u8; 16]) -> Dictionary {
        let mut trailer = Dictionary::new([("Size", Object::integer(self.next as usize))]);
        for key in ["Root", "Info"] {
            if let Some(value) = self.file.trailer().value(key) {
                trailer.set(key, value.clone());
            }
        }
        if let Some([first, _]) = self.file.trailer().value("ID").and_then(Object::as_array) {
            let second = Object::String(super::PdfString { bytes: identifier.to_vec(), hexadecimal: true, span: 0..0 });
            trailer.set("ID", Object::Array(vec![first.clone(), second]));
        }
        trailer.set("Prev", Object::integer(self.file.start_of_cross_reference()));
        trailer
    }
}

/// A text string: PDFDocEncoding where it is ASCII, else UTF-16BE with its mark ([ISO 32000-1 §7.9.2.2]).
pub(crate) fn text_string(text: &str) -> Object {
    let ascii = text.bytes().all(|byte| (0x20..0x7F).contains(&byte));
    let bytes = if ascii {
        text.as_bytes().to_vec()
    } else {
        [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
    };
    Object::String(super::PdfString { bytes, hexadecimal: !ascii, span: 0..0 })
}

/// Writes `object` in its plain form.
pub(crate) fn write_object(object: &Object, out: &mut Vec<u8>) {
    match object {
        Object::Null => out.extend_from_slice(b"null"),
        Object::Boolean(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Object::Number(digits) => out.extend_from_slice(digits.as_bytes()),
        Object::Name(name) => write_name(name, out),
        Object::String(string) if string.hexadecimal => {
            out.push(b'<');
            out.extend_from_slice(hex::encode_upper(&string.bytes).as_bytes());
            out.push(b'>');
        }
        Object::String(string) => {
            out.push(b'(');
            for byte in &string.bytes {
                match byte {
                    b'(' | b')' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
                    0x20..=0x7E => out.push(*byte),
                    other => out.extend_from_slice(format!("\\{other:03o}").as_bytes()),
                }
            }
            out.push(b')');
        }
        Object::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                write_object(item, out);
            }
            out.push(b']');
        }
        Object::Dictionary(dictionary) => {
            out.extend_from_slice(b"<<");
            for (key, value) in dictionary.entries() {
                write_name(key, out);
                out.push(b' ');
                write_object(value, out);
            }
            out.extend_from_slice(b">>");
        }
        Object::Reference(id) => out.extend_from_slice(format!("{} {} R", id.number, id.generation).as_bytes()),
    }
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for byte in name {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+' | b'*') {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("#{byte:02X}").as_bytes());
        }
    }
}
