//! The textual encoding ([RFC 7468]), read leniently: any line length, text between, carriage returns.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Container, ContainerError, ContainerFormat, Found, damaged, pkcs7};

const BEGIN: &[u8] = b"-----BEGIN ";
const DASHES: &[u8] = b"-----";
/// The longest label that is looked for; `CERTIFICATE REQUEST` has 19 characters.
const MAXIMUM_LABEL: usize = 64;

pub(super) fn is_pem(bytes: &[u8]) -> bool {
    place_of(BEGIN, bytes).is_some()
}

pub(super) fn read(text: &[u8]) -> Result<Container, ContainerError> {
    let mut found = Found::new(ContainerFormat::Pem);
    let mut rest = text;
    while let Some(begin) = place_of(BEGIN, rest) {
        rest = &rest[begin + BEGIN.len()..];
        let label_window = &rest[..rest.len().min(MAXIMUM_LABEL + DASHES.len())];
        let label_end = place_of(DASHES, label_window).ok_or(damaged(ContainerFormat::Pem))?;
        let label = &rest[..label_end];
        rest = &rest[label_end + DASHES.len()..];
        let body_end = place_of(DASHES, rest).ok_or(damaged(ContainerFormat::Pem))?;
        let (body, after) = rest.split_at(body_end);
        let end_line = [b"-----END ", label, DASHES].concat();
        rest = after.strip_prefix(end_line.as_slice()).ok_or(damaged(ContainerFormat::Pem))?;
        match label {
            b"CERTIFICATE" | b"X509 CERTIFICATE" => found.add(&decode(body)?)?,
            b"PKCS7" | b"CMS" => pkcs7::take_certificates(&decode(body)?, &mut found)?,
            // Not even decoded: `PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`, `RSA PRIVATE KEY`, `EC PRIVATE KEY`.
            label if label.ends_with(b"PRIVATE KEY") => found.holds_private_key = true,
            _ => {}
        }
    }
    found.finish()
}

fn decode(body: &[u8]) -> Result<Vec<u8>, ContainerError> {
    let base64: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(base64).map_err(|_| damaged(ContainerFormat::Pem))
}

fn place_of(needle: &[u8], haystack: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
