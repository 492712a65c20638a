//! The certificates of a SignedData ([RFC 5652 §5.1]); certs-only files are one without content and signatures.

use const_oid::db::rfc5911::ID_SIGNED_DATA;

use super::{Container, ContainerError, ContainerFormat, Found, damaged};
use crate::ber::{CONTEXT_0, Element, INTEGER, NotBer, SEQUENCE, SET};

pub(super) fn read(bytes: &[u8]) -> Result<Container, ContainerError> {
    let mut found = Found::new(ContainerFormat::Pkcs7);
    take_certificates(bytes, &mut found)?;
    found.finish()
}

/// Adds the certificates of a ContentInfo of the type id-signedData. The signatures are not looked at.
pub(super) fn take_certificates(bytes: &[u8], found: &mut Found) -> Result<(), ContainerError> {
    let is_damaged = |NotBer| damaged(ContainerFormat::Pkcs7);
    let mut content_info = Element::whole_of(bytes, SEQUENCE).and_then(|outer| outer.children()).map_err(is_damaged)?;
    let content_type = content_info.next().and_then(|field| field.object_identifier()).map_err(is_damaged)?;
    if content_type != ID_SIGNED_DATA {
        return Err(ContainerError::Unsupported { algorithm: content_type });
    }
    let Some(certificates) = certificates(content_info).map_err(is_damaged)? else {
        return Ok(());
    };
    let mut certificates = certificates.children().map_err(is_damaged)?;
    while let Some(choice) = certificates.next_if_any().map_err(is_damaged)? {
        // The other choices are attribute certificates and formats of others ([RFC 5652 §10.2.2]).
        if choice.identifier == SEQUENCE {
            found.add(choice.encoding)?;
        }
    }
    Ok(())
}

/// The `certificates` field, `[0] IMPLICIT SET OF`, where it is present.
fn certificates<'a>(mut content_info: crate::ber::Elements<'a>) -> Result<Option<Element<'a>>, NotBer> {
    let content = content_info.next()?.expect(CONTEXT_0)?;
    content_info.finish()?;
    let mut signed_data = content.only_child()?.expect(SEQUENCE)?.children()?;
    signed_data.next()?.expect(INTEGER)?;
    signed_data.next()?.expect(SET)?;
    signed_data.next()?.expect(SEQUENCE)?;
    let certificates = signed_data.next_if(CONTEXT_0)?;
    while signed_data.next_if_any()?.is_some() {}
    Ok(certificates)
}
