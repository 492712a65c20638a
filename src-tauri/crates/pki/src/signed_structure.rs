//! The outer form that certificates and requests share: what is signed, by which algorithm, and the signature.

use der::asn1::BitStringRef;
use der::{Decode, Reader, SliceReader};
use spki::AlgorithmIdentifierRef;

/// `SIGNED{ToBeSigned}` of [RFC 5912 §2], cut without re-encoding: the signed bytes are the bytes that came in.
pub(crate) struct SignedStructure<'a> {
    pub(crate) to_be_signed: &'a [u8],
    pub(crate) algorithm: AlgorithmIdentifierRef<'a>,
    pub(crate) signature: &'a [u8],
}

impl<'a> SignedStructure<'a> {
    /// Cuts `bytes`; trailing bytes, indefinite lengths and signatures that are not whole bytes are refused.
    pub(crate) fn from_der(bytes: &'a [u8]) -> Result<Self, der::Error> {
        let mut reader = SliceReader::new(bytes)?;
        let structure = reader.sequence(|inner| {
            let to_be_signed = inner.tlv_bytes()?;
            let algorithm = AlgorithmIdentifierRef::decode(inner)?;
            let signature = BitStringRef::decode(inner)?;
            let signature = signature.as_bytes().ok_or_else(|| der::Tag::BitString.value_error())?;
            Ok(Self { to_be_signed, algorithm, signature })
        })?;
        reader.finish(structure)
    }
}
