//! What proves, without a network, that the certificates of a signature held when it was made: the document security store
//! ([ISO 32000-2 §12.8.4.3], [ETSI EN 319 142-1 §5.4.2]), added in an incremental update.
//!
//! The update is a function of the signed revision and the evidence alone, so that whoever verifies can make it again and
//! compare. Evidence that is added later is put together with what is there, in one update.

use crate::pades::digest_around;
use crate::pdf::{Dictionary, File, Object, ObjectId, PdfError, Update};
use crate::verification::document::Signature;
use pki::{Certificate, MAXIMUM_CERTIFICATE_BYTES, MAXIMUM_OCSP_RESPONSE_BYTES, UnverifiedRevocationList};
use std::collections::BTreeSet;

/// Most certificates, responses and lists that are read or written, of each.
pub(crate) const EVIDENCE_LIMIT: usize = 32;

/// Largest revocation list that is read from a document, in bytes.
const REVOCATION_LIST_LIMIT: usize = 1024 * 1024;

/// The developer extension of ETSI, by which a document security store belongs to PDF 1.7 ([ISO 32000-1 §7.12.2],
/// [ETSI EN 319 142-1 §5.6]).
const EXTENSION_PREFIX: &str = "ESIC";

/// What proves the status of the certificates of a signature and of its time-stamp.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValidationEvidence {
    /// The certificates of their paths, responders' too.
    pub certificates: Vec<Certificate>,
    /// OCSP responses, each a DER `OCSPResponse` ([RFC 6960 §4.2.1]).
    pub ocsp_responses: Vec<Vec<u8>>,
    /// Revocation lists, each a DER `CertificateList` ([RFC 5280 §5.1]).
    pub revocation_lists: Vec<Vec<u8>>,
}

impl ValidationEvidence {
    /// True where there is nothing.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.ocsp_responses.is_empty() && self.revocation_lists.is_empty()
    }

    /// Both together.
    pub(crate) fn merged(&self, other: &Self) -> Self {
        Self {
            certificates: [self.certificates.as_slice(), &other.certificates].concat(),
            ocsp_responses: [self.ocsp_responses.as_slice(), &other.ocsp_responses].concat(),
            revocation_lists: [self.revocation_lists.as_slice(), &other.revocation_lists].concat(),
        }
    }
}

/// Appends a document security store with `evidence` to the signed revision of a document: in the order of its bytes, each
/// once.
pub(crate) fn write(
    signed: &File<'_>,
    signature: &Signature,
    evidence: &ValidationEvidence,
) -> Result<Vec<u8>, PdfError> {
    let certificates: BTreeSet<&[u8]> = evidence.certificates.iter().map(Certificate::der).collect();
    let responses: BTreeSet<&[u8]> = evidence.ocsp_responses.iter().map(Vec::as_slice).collect();
    let lists: BTreeSet<&[u8]> = evidence.revocation_lists.iter().map(Vec::as_slice).collect();
    let mut update = Update::of(signed)?;
    let store_id = update.reserve();
    let mut store = Dictionary::new([("Type", Object::name("DSS"))]);
    for (key, kept) in [("Certs", certificates), ("OCSPs", responses), ("CRLs", lists)] {
        if kept.len() > EVIDENCE_LIMIT {
            return Err(PdfError::Limit);
        }
        let mut references = Vec::with_capacity(kept.len());
        for bytes in kept {
            let id = update.reserve();
            let mut body = format!("<</Length {}>>\nstream\n", bytes.len()).into_bytes();
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\nendstream");
            update.put_raw(id, body);
            references.push(Object::Reference(id));
        }
        if !references.is_empty() {
            store.set(key, Object::Array(references));
        }
    }
    update.put(store_id, &Object::Dictionary(store));

    let catalog_id = signed.catalog_id()?;
    let mut catalog = signed.dictionary(catalog_id)?;
    let mut extensions = signed.dictionary_under(&catalog, "Extensions")?.unwrap_or_default();
    let extension = Dictionary::new([("BaseVersion", Object::name("1.7")), ("ExtensionLevel", Object::integer(1))]);
    extensions.set(EXTENSION_PREFIX, Object::Dictionary(extension));
    catalog.set("Extensions", Object::Dictionary(extensions));
    catalog.set("DSS", Object::Reference(store_id));
    update.put(catalog_id, &Object::Dictionary(catalog));

    // Without the signature's value, which may get a time-stamp later.
    let mut identifier = [0; 16];
    identifier.copy_from_slice(&digest_around(signed.bytes(), &signature.contents.span)[..16]);
    Ok(update.write(&identifier).bytes)
}

/// What a document security store holds, and which objects it is made of.
pub(crate) struct Store {
    pub(crate) evidence: ValidationEvidence,
    pub(crate) objects: BTreeSet<ObjectId>,
}

/// Reads the document security store and the extensions of a file's catalog. Whatever is not of a store's form, or cannot be
/// read as what it is there for, is an error: it could be something else.
pub(crate) fn read(file: &File<'_>) -> Result<Store, PdfError> {
    const FORM: PdfError = PdfError::Missing("a document security store");
    let catalog = file.dictionary(file.catalog_id()?)?;
    let mut walk = Walk { file, objects: BTreeSet::new() };
    if let Some(extensions) = catalog.value("Extensions") {
        walk.scalars(extensions, 0)?;
    }
    let Some(store) = catalog.value("DSS") else {
        return Ok(Store { evidence: ValidationEvidence::default(), objects: walk.objects });
    };
    let store = walk.dictionary(store)?;
    let mut evidence = ValidationEvidence::default();
    for (key, value) in store.entries() {
        match key {
            b"Type" if store.has_name("Type", "DSS") => {}
            b"Certs" | b"OCSPs" | b"CRLs" => walk.streams(key, value, &mut evidence)?,
            b"VRI" => {
                for (_signature, related) in walk.dictionary(value)?.entries() {
                    let related = walk.dictionary(related)?;
                    for (key, value) in related.entries() {
                        match key {
                            b"Type" if related.has_name("Type", "VRI") => {}
                            b"TU" if value.as_string().is_some() => {}
                            b"Cert" | b"OCSP" | b"CRL" => walk.streams(key, value, &mut evidence)?,
                            _ => return Err(FORM),
                        }
                    }
                }
            }
            _ => return Err(FORM),
        }
    }
    Ok(Store { evidence, objects: walk.objects })
}

struct Walk<'f, 'a> {
    file: &'f File<'a>,
    objects: BTreeSet<ObjectId>,
}

impl Walk<'_, '_> {
    /// An object that is no stream, direct or referred to once.
    fn plain(&mut self, value: &Object) -> Result<Object, PdfError> {
        let Some(id) = value.as_reference() else { return Ok(value.clone()) };
        let indirect = self.file.indirect(id)?;
        if indirect.is_stream() || indirect.object.as_reference().is_some() {
            return Err(PdfError::Missing("a plain object"));
        }
        self.objects.insert(id);
        Ok(indirect.object)
    }

    fn dictionary(&mut self, value: &Object) -> Result<Dictionary, PdfError> {
        match self.plain(value)? {
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

    /// Dictionaries and arrays of nothing but names, numbers and strings.
    fn scalars(&mut self, value: &Object, depth: usize) -> Result<(), PdfError> {
        if depth > 4 {
            return Err(PdfError::Limit);
        }
        match self.plain(value)? {
            Object::Null | Object::Boolean(_) | Object::Number(_) | Object::Name(_) | Object::String(_) => Ok(()),
            Object::Array(items) => items.iter().try_for_each(|item| self.scalars(item, depth + 1)),
            Object::Dictionary(dictionary) => {
                dictionary.entries().try_for_each(|(_, value)| self.scalars(value, depth + 1))
            }
            Object::Reference(_) => Err(PdfError::Missing("a plain object")),
        }
    }

    fn streams(&mut self, key: &[u8], value: &Object, evidence: &mut ValidationEvidence) -> Result<(), PdfError> {
        let Object::Array(items) = self.plain(value)? else { return Err(PdfError::Missing("an array")) };
        if items.len() > EVIDENCE_LIMIT {
            return Err(PdfError::Limit);
        }
        for item in items {
            let id = item.as_reference().ok_or(PdfError::Missing("a stream"))?;
            let again = !self.objects.insert(id);
            // Of all arrays of a kind together: what is kept was unpacked.
            let kept = match key {
                b"Certs" | b"Cert" => evidence.certificates.len(),
                b"OCSPs" | b"OCSP" => evidence.ocsp_responses.len(),
                _ => evidence.revocation_lists.len(),
            };
            if !again && kept >= EVIDENCE_LIMIT {
                return Err(PdfError::Limit);
            }
            match key {
                _ if again => {}
                b"Certs" | b"Cert" => {
                    let der = self.file.stream(id, MAXIMUM_CERTIFICATE_BYTES)?;
                    let certificate = Certificate::from_der(&der);
                    evidence.certificates.push(certificate.map_err(|_| PdfError::Missing("a certificate"))?);
                }
                b"OCSPs" | b"OCSP" => {
                    let der = self.file.stream(id, MAXIMUM_OCSP_RESPONSE_BYTES)?;
                    pki::ocsp_produced_at(&der).map_err(|_| PdfError::Missing("an OCSP response"))?;
                    evidence.ocsp_responses.push(der);
                }
                _ => {
                    let der = self.file.stream(id, REVOCATION_LIST_LIMIT)?;
                    UnverifiedRevocationList::from_der(der.as_slice())
                        .map_err(|_| PdfError::Missing("a revocation list"))?;
                    evidence.revocation_lists.push(der);
                }
            }
        }
        Ok(())
    }
}
