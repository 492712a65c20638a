//! Enrolment over Secure Transport ([RFC 7030], clarified by [RFC 8951]): what goes in and out as Base64.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;
use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};
use pki::Certificate;
use thiserror::Error;

/// Media type of a certification request ([RFC 7030 §4.2.1]).
pub(crate) const REQUEST_MEDIA_TYPE: &str = "application/pkcs10";

/// Media type of the answer ([RFC 7030 §4.1.3, §4.2.3]).
pub(crate) const ANSWER_MEDIA_TYPE: &str = "application/pkcs7-mime";

/// Largest answer that is read, in bytes of Base64 (a chain of three certificates is about 8 kB).
pub(crate) const ANSWER_LIMIT: usize = 256 * 1024;

/// Most certificates that are taken from one answer.
const MOST_CERTIFICATES: usize = 16;

/// `id-signedData` ([RFC 5652 §5.1]).
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

/// Certificates and padding as various EST servers write them.
const TOLERANT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why an EST answer is not used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum EstAnswerError {
    #[error("the certificates are not Base64")]
    NotBase64,
    #[error("the certificates are not certs-only PKCS#7")]
    NotCertsOnly,
    #[error("there is no certificate in the answer")]
    NoCertificate,
    #[error("there are more certificates in the answer than any chain has")]
    TooMany,
    #[error("a certificate in the answer cannot be read")]
    CertificateUnreadable,
}

/// The body of `simpleenroll`: the DER request as Base64 ([RFC 8951 §3.1]).
pub(crate) fn encode_request(certification_request: &[u8]) -> String {
    BASE64_STANDARD.encode(certification_request)
}

/// The certificates of an answer, the one that issued none of the others first.
///
/// Line breaks are tolerated, `Content-Transfer-Encoding` is not looked at ([RFC 8951 §3.1]). The certificates' own
/// bytes are kept as they came: a certificate that is encoded again could be another one.
pub(crate) fn decode_certificates(body: &[u8]) -> Result<Vec<Certificate>, EstAnswerError> {
    let base64: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let message = TOLERANT_BASE64.decode(base64).map_err(|_| EstAnswerError::NotBase64)?;
    let mut found = Vec::new();
    for encoded in certificates_of(&message).map_err(|_| EstAnswerError::NotCertsOnly)? {
        if found.len() == MOST_CERTIFICATES {
            return Err(EstAnswerError::TooMany);
        }
        found.push(Certificate::from_der(encoded).map_err(|_| EstAnswerError::CertificateUnreadable)?);
    }
    if found.is_empty() {
        return Err(EstAnswerError::NoCertificate);
    }
    let leaf = position_of_leaf(&found);
    found[..=leaf].rotate_right(1);
    Ok(found)
}

/// True for one certificate that somebody else issued.
pub(crate) fn is_alone(chain: &[Certificate]) -> bool {
    matches!(chain, [only] if only.issuer_der() != only.subject_der())
}

/// Appends to a certificate those of `known` that lead from it up to the trust anchor, by their names, without the anchor. What
/// they are worth is for path validation to say.
pub(crate) fn append_issuers(chain: &mut Vec<Certificate>, known: &[Certificate]) {
    while let Some(last) = chain.last()
        && let Some(issuer) = known.iter().find(|one| one.subject_der() == last.issuer_der())
        && issuer.subject_der() != issuer.issuer_der()
        // Each once: names can go round in a circle.
        && !chain.iter().any(|one| one.der() == issuer.der())
    {
        chain.push(issuer.clone());
    }
}

/// The certificate that issued none of the others: a PKCS#7 set has no order ([RFC 5652 §10.2.3]).
fn position_of_leaf(all: &[Certificate]) -> usize {
    let issued_another = |position: usize, subject: &[u8]| {
        all.iter().enumerate().any(|(other, issued)| other != position && issued.issuer_der() == subject)
    };
    all.iter()
        .enumerate()
        .position(|(position, certificate)| !issued_another(position, certificate.subject_der()))
        .unwrap_or_default()
}

/// The raw certificates of `ContentInfo { signedData, SignedData { …, certificates [0] IMPLICIT, … } }`.
fn certificates_of(message: &[u8]) -> der::Result<Vec<&[u8]>> {
    let content_info = sequence(AnyRef::from_der(message)?)?;
    let mut reader = SliceReader::new(content_info)?;
    if ObjectIdentifier::decode(&mut reader)? != SIGNED_DATA {
        return Err(Tag::ObjectIdentifier.value_error());
    }
    let explicit = AnyRef::decode(&mut reader)?;
    reader.finish(())?;
    let signed_data = sequence(AnyRef::from_der(context_specific_zero(explicit)?)?)?;

    let mut reader = SliceReader::new(signed_data)?;
    let _version = u8::decode(&mut reader)?;
    let _digest_algorithms = AnyRef::decode(&mut reader)?;
    let _encapsulated_content = AnyRef::decode(&mut reader)?;
    let mut raw = Vec::new();
    if !reader.is_finished() {
        let certificates = AnyRef::decode(&mut reader)?;
        if certificates.tag().number() == TagNumber::N0 && certificates.tag().is_context_specific() {
            let mut set = SliceReader::new(context_specific_zero(certificates)?)?;
            while !set.is_finished() {
                raw.push(set.tlv_bytes()?);
            }
        }
    }
    Ok(raw)
}

fn sequence(any: AnyRef<'_>) -> der::Result<&[u8]> {
    any.tag().assert_eq(Tag::Sequence)?;
    Ok(any.value())
}

fn context_specific_zero(any: AnyRef<'_>) -> der::Result<&[u8]> {
    any.tag().assert_eq(Tag::ContextSpecific { constructed: true, number: TagNumber::N0 })?;
    Ok(any.value())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile_portal::{TestAuthority, certs_only};

    #[test]
    fn the_employees_certificate_comes_first_wherever_the_answer_has_it() {
        let authority = TestAuthority::new("Øvelses-CA");
        let leaf = authority.issue_for_host("localhost");
        let (root, leaf) = (authority.der().to_vec(), leaf.der);
        for order in [[root.clone(), leaf.clone()], [leaf.clone(), root]] {
            let body = encode_request(&certs_only(&order));
            let certificates = decode_certificates(body.as_bytes()).expect("certificates");
            assert_eq!(certificates.len(), 2);
            assert_eq!(certificates[0].der(), leaf);
        }
    }

    #[test]
    fn line_breaks_and_missing_padding_are_tolerated() {
        let authority = TestAuthority::new("Øvelses-CA");
        let base64 = encode_request(&certs_only(&[authority.der().to_vec()]));
        let lines: Vec<&str> =
            base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("Base64 is ASCII")).collect();
        for body in [lines.join("\r\n") + "\r\n", lines.join("\n"), base64.trim_end_matches('=').to_owned()] {
            let certificates = decode_certificates(body.as_bytes()).expect("certificates");
            assert_eq!(certificates[0].der(), authority.der());
        }
    }

    #[test]
    fn what_is_not_certs_only_is_refused() {
        let authority = TestAuthority::new("Øvelses-CA");
        let message = certs_only(&[authority.der().to_vec()]);
        let truncated = encode_request(&message[..message.len() - 1]);
        let bare_certificate = encode_request(authority.der());
        for body in [truncated.as_str(), bare_certificate.as_str(), "", "MAA=", "MIIB"] {
            assert_eq!(decode_certificates(body.as_bytes()).err(), Some(EstAnswerError::NotCertsOnly), "{body:.20}");
        }
        assert_eq!(decode_certificates(b"<html>").err(), Some(EstAnswerError::NotBase64));
        assert_eq!(decode_certificates(&message).err(), Some(EstAnswerError::NotBase64));
    }

    #[test]
    fn no_certificate_and_too_many_certificates_are_refused() {
        let none = encode_request(&certs_only(&[]));
        assert_eq!(decode_certificates(none.as_bytes()).err(), Some(EstAnswerError::NoCertificate));
        let authority = TestAuthority::new("Øvelses-CA");
        let many = encode_request(&certs_only(&vec![authority.der().to_vec(); 17]));
        assert_eq!(decode_certificates(many.as_bytes()).err(), Some(EstAnswerError::TooMany));
    }

    #[test]
    fn a_certificate_that_is_none_is_refused() {
        let body = encode_request(&certs_only(&[vec![0x30, 0x03, 0x02, 0x01, 0x01]]));
        assert_eq!(decode_certificates(body.as_bytes()).err(), Some(EstAnswerError::CertificateUnreadable));
    }
}
