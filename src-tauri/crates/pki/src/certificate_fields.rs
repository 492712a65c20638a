//! Fields of a certificate as they stand in its DER, for comparison byte for byte with what a status says.

use crate::certificate::Certificate;
use crate::der_walker::{self, BIT_STRING, DerWalker, INTEGER, NotDer, RawExtension, SEQUENCE};
use crate::status::StatusError;

/// The fields of a [`Certificate`]'s DER that a status refers to.
pub(crate) struct CertificateFields<'a> {
    /// The content of the serial number's INTEGER, without superfluous octets.
    pub(crate) serial_number: &'a [u8],
    /// The bits of the subject public key, which OCSP hashes ([RFC 6960 §4.1.1]).
    pub(crate) subject_public_key: &'a [u8],
    extensions: &'a [u8],
}

impl<'a> CertificateFields<'a> {
    pub(crate) fn of(certificate: &'a Certificate) -> Result<Self, StatusError> {
        Self::walk(certificate.der()).map_err(|NotDer| StatusError::Malformed("the certificate"))
    }

    fn walk(der: &'a [u8]) -> Result<Self, NotDer> {
        let mut outer = DerWalker::new(der_walker::only(der, SEQUENCE)?);
        let mut fields = DerWalker::new(outer.expect(SEQUENCE)?);
        fields.optional(der_walker::context_constructed(0))?;
        let serial_number = der_walker::canonical_integer(fields.expect(INTEGER)?);
        for _signature_issuer_validity_subject in 0..4 {
            fields.expect(SEQUENCE)?;
        }
        let mut key = DerWalker::new(fields.expect(SEQUENCE)?);
        key.expect(SEQUENCE)?;
        let (_unused_bits, subject_public_key) = key.expect(BIT_STRING)?.split_first().ok_or(NotDer)?;
        fields.optional(der_walker::context_primitive(1))?;
        fields.optional(der_walker::context_primitive(2))?;
        let extensions = match fields.optional(der_walker::context_constructed(3))? {
            Some(content) => der_walker::only(content, SEQUENCE)?,
            None => &[],
        };
        Ok(Self { serial_number, subject_public_key, extensions })
    }

    /// The first extension with this OID, which is given as the content of its DER.
    pub(crate) fn extension(&self, oid: &[u8]) -> Option<RawExtension<'a>> {
        der_walker::extensions(self.extensions).filter_map(Result::ok).find(|extension| extension.oid == oid)
    }
}
