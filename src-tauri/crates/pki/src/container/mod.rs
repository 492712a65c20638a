//! Files that hold certificates: PEM, DER, PKCS #7 and PKCS #12, read for the certificates in them.
//!
//! Private keys stay where they are. A key in a PKCS #12 file or a PEM text is noticed and never decrypted or decoded;
//! whatever is decrypted to reach the certificates is wiped. [`key_bags`] hands out the keys of a PKCS #12 file as they
//! lie, with what opens them, to the one crate that touches private keys.

mod pem;
mod pkcs12;
mod pkcs12_protection;
mod pkcs7;
mod private_keys;

use der::oid::ObjectIdentifier;
use thiserror::Error;

use crate::ber::{Element, INTEGER, NotBer, OBJECT_IDENTIFIER, SEQUENCE};
use crate::certificate::{Certificate, CertificateError};
use crate::description::CertificateKind;

pub use private_keys::{KeyBags, SealingFailed, key_bags, sealing_mac};

/// The largest file that is read, in bytes.
pub const MAXIMUM_CONTAINER_BYTES: usize = 4 * 1024 * 1024;
/// The largest number of certificates that are read from one file.
pub const MAXIMUM_CERTIFICATES_IN_CONTAINER: usize = 1024;
/// The largest number of private keys that are handed out of one file.
pub const MAXIMUM_KEYS_IN_CONTAINER: usize = 64;
/// The largest private key that is handed out, encrypted or not, in bytes; RSA of 16,384 bits has less.
pub const MAXIMUM_KEY_BYTES: usize = 16 * 1024;
/// The longest password that is tried, in bytes of UTF-8.
pub const MAXIMUM_PASSWORD_BYTES: usize = 1024;
/// The largest number of rounds of key derivation that one file can ask for, all its parts together.
pub const MAXIMUM_ITERATIONS: u64 = 4_000_000;

/// The certificates of a file, in its order, and what else bears on an inspection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// How the file is written.
    pub format: ContainerFormat,
    /// At least one; the same certificate is listed as often as it stands in the file.
    pub certificates: Vec<Certificate>,
    /// Whether the file holds a private key, encrypted or not. The key itself is not read.
    pub holds_private_key: bool,
}

impl Container {
    /// The certificate that a person who gives this file asks about: see [`the_certificate`].
    pub fn the_certificate(&self) -> &Certificate {
        the_certificate(&self.certificates).expect("a container is made with at least one certificate")
    }
}

/// Which of several certificates a person asks about who gives them together: the employee's, else the first that is not
/// an authority's, else the first. `None` only where there are none.
pub fn the_certificate(certificates: &[Certificate]) -> Option<&Certificate> {
    let kind = |certificate: &&Certificate| certificate.description().kind;
    certificates
        .iter()
        .find(|certificate| kind(certificate) == CertificateKind::Employee)
        .or_else(|| certificates.iter().find(|certificate| kind(certificate) != CertificateKind::Ca))
        .or_else(|| certificates.first())
}

/// How a file that holds certificates is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContainerFormat {
    /// Text with blocks between `-----BEGIN …-----` and `-----END …-----` ([RFC 7468]).
    Pem,
    /// One certificate in DER ([RFC 5280 §4.1]).
    Der,
    /// PKCS #7 or CMS SignedData, of which the certificates are taken ([RFC 5652 §5.1]).
    Pkcs7,
    /// PKCS #12 ([RFC 7292]), also in BER and with the old ciphers.
    Pkcs12,
}

/// Why no certificates were read from a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// The file is larger than is read.
    #[error("the file has {actual} bytes, more than the {limit} that are read")]
    TooLarge {
        /// How many bytes came in.
        actual: usize,
        /// How many are read at most.
        limit: usize,
    },
    /// The file holds more certificates than are read.
    #[error("the file holds more than {limit} certificates")]
    TooMany {
        /// How many are read at most.
        limit: usize,
    },
    /// The file holds more private keys than are handed out, or a larger one.
    #[error("the file holds more than {limit} private keys, or one of more than {} bytes", MAXIMUM_KEY_BYTES)]
    TooManyKeys {
        /// How many are handed out at most.
        limit: usize,
    },
    /// The file is none of the formats.
    #[error("the file is neither PEM, DER, PKCS #7 nor PKCS #12")]
    NotRecognised,
    /// The file can be read and holds no certificate: a key alone, say.
    #[error("the file holds no certificate (a private key: {holds_private_key})")]
    NoCertificate {
        /// Whether it holds a private key instead.
        holds_private_key: bool,
    },
    /// The file begins as one of the formats and does not go on as one: cut short, altered, or with bytes after its end.
    #[error("the file begins as {format:?} and is damaged")]
    Damaged {
        /// What it begins as.
        format: ContainerFormat,
    },
    /// One of the certificates cannot be read.
    #[error("certificate {position} of the file cannot be read")]
    Certificate {
        /// Which, the first being 1.
        position: usize,
        /// Why.
        source: CertificateError,
    },
    /// The file wants a password and none was given.
    #[error("the file wants a password")]
    PasswordNeeded,
    /// The password does not open the file.
    ///
    /// A file that was altered in its encrypted part so that nothing of it can be read looks the same.
    #[error("the password does not open the file")]
    PasswordWrong,
    /// The password is longer than is tried.
    #[error("the password is longer than {limit} bytes")]
    PasswordTooLong {
        /// How many bytes are tried at most.
        limit: usize,
    },
    /// The file asks for more rounds of key derivation than are run.
    #[error("the file asks for more than {limit} rounds of key derivation")]
    TooManyIterations {
        /// How many are run at most.
        limit: u64,
    },
    /// The file is protected by something that is not supported.
    #[error("the file is protected by {algorithm}, which is not supported")]
    Unsupported {
        /// The cipher, digest, key derivation or content type.
        algorithm: ObjectIdentifier,
    },
}

/// Reads every certificate of a file of at most [`MAXIMUM_CONTAINER_BYTES`].
///
/// `password` (UTF-8) opens PKCS #12 and is ignored for the other formats; without one the two empty passwords of
/// [RFC 7292 §B.1] are tried. Nothing about the certificates is proven: see [`crate::validate`].
///
/// # Errors
/// [`ContainerError`], in which a wrong password is told apart from a damaged file.
pub fn read(bytes: &[u8], password: Option<&str>) -> Result<Container, ContainerError> {
    if bytes.len() > MAXIMUM_CONTAINER_BYTES {
        return Err(ContainerError::TooLarge { actual: bytes.len(), limit: MAXIMUM_CONTAINER_BYTES });
    }
    // A PEM text can begin with anything, also with the digit that is the tag of a SEQUENCE.
    if pem::is_pem(bytes) && !begins_binary(bytes) {
        return pem::read(bytes);
    }
    if bytes.first() != Some(&SEQUENCE) {
        return Err(ContainerError::NotRecognised);
    }
    match binary_kind(bytes) {
        Ok(BinaryKind::Pkcs12) => pkcs12::read(bytes, password),
        Ok(BinaryKind::Pkcs7) => pkcs7::read(bytes),
        Ok(BinaryKind::PrivateKey) => Err(ContainerError::NoCertificate { holds_private_key: true }),
        Ok(BinaryKind::Other) => {
            let mut found = Found::new(ContainerFormat::Der);
            match Certificate::from_der(bytes) {
                Ok(certificate) => found.certificates.push(certificate),
                Err(CertificateError::Malformed) => return Err(damaged(ContainerFormat::Der)),
                Err(source) => return Err(ContainerError::Certificate { position: 1, source }),
            }
            found.finish()
        }
        Err(NotBer) => Err(damaged(probable_format(bytes))),
    }
}

enum BinaryKind {
    Pkcs12,
    Pkcs7,
    PrivateKey,
    Other,
}

/// Tells the formats apart by the first elements inside.
fn binary_kind(bytes: &[u8]) -> Result<BinaryKind, NotBer> {
    let mut fields = Element::whole_of(bytes, SEQUENCE)?.children()?;
    let first = fields.next()?;
    Ok(match first.identifier {
        OBJECT_IDENTIFIER => BinaryKind::Pkcs7,
        INTEGER => match (first.unsigned(), fields.next()) {
            (Ok(3), Ok(second)) if second.identifier == SEQUENCE => BinaryKind::Pkcs12,
            // PrivateKeyInfo, RSAPrivateKey and ECPrivateKey all begin with their version.
            (Ok(0 | 1), Ok(_)) => BinaryKind::PrivateKey,
            (Ok(_), Ok(_) | Err(NotBer)) | (Err(NotBer), _) => BinaryKind::Other,
        },
        _ => BinaryKind::Other,
    })
}

/// What a file that cannot be read to its end began as: its first elements still show.
fn probable_format(bytes: &[u8]) -> ContainerFormat {
    let after_header = match bytes.get(1) {
        Some(0..=0x80) => bytes.get(2..),
        Some(length @ 0x81..) => bytes.get(2 + usize::from(length & 0x7F)..),
        None => None,
    };
    match after_header {
        Some([OBJECT_IDENTIFIER, ..]) => ContainerFormat::Pkcs7,
        Some([INTEGER, ..]) => ContainerFormat::Pkcs12,
        Some(_) | None => ContainerFormat::Der,
    }
}

/// A SEQUENCE with a long or indefinite length, which no text begins with.
fn begins_binary(bytes: &[u8]) -> bool {
    matches!(bytes, [SEQUENCE, length, ..] if *length >= 0x80)
}

fn damaged(format: ContainerFormat) -> ContainerError {
    ContainerError::Damaged { format }
}

/// What has been found on the way through a file.
struct Found {
    format: ContainerFormat,
    certificates: Vec<Certificate>,
    holds_private_key: bool,
}

impl Found {
    fn new(format: ContainerFormat) -> Self {
        Self { format, certificates: Vec::new(), holds_private_key: false }
    }

    fn add(&mut self, der: &[u8]) -> Result<(), ContainerError> {
        if self.certificates.len() == MAXIMUM_CERTIFICATES_IN_CONTAINER {
            return Err(ContainerError::TooMany { limit: MAXIMUM_CERTIFICATES_IN_CONTAINER });
        }
        let position = self.certificates.len() + 1;
        let certificate =
            Certificate::from_der(der).map_err(|source| ContainerError::Certificate { position, source })?;
        self.certificates.push(certificate);
        Ok(())
    }

    fn finish(self) -> Result<Container, ContainerError> {
        let Self { format, certificates, holds_private_key } = self;
        if certificates.is_empty() {
            return Err(ContainerError::NoCertificate { holds_private_key });
        }
        Ok(Container { format, certificates, holds_private_key })
    }
}
