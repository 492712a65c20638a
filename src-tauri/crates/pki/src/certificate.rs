//! A certificate, parsed once: what it says about itself and what the path needs to know.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use spki::SubjectPublicKeyInfoRef;
use thiserror::Error;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::pem::Pem;
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate};

use crate::certificate_fields::CertificateFields;
use crate::der_walker::{self, DerWalker, OBJECT_IDENTIFIER, SEQUENCE};
use crate::description::{self, CertificateDescription};
use crate::distinguished_name::{DistinguishedName, latin_1};
use crate::public_key::PublicKeyKind;
use crate::signed_structure::SignedStructure;
use crate::signing::{self, SignatureAlgorithm};

/// The largest certificate that is read, in bytes of DER.
pub const MAXIMUM_CERTIFICATE_BYTES: usize = 64 * 1024;
/// The largest PEM file that is read, in bytes.
pub const MAXIMUM_PEM_BYTES: usize = 1024 * 1024;
/// The largest number of certificates that are read from one PEM file.
pub const MAXIMUM_CERTIFICATES_IN_PEM: usize = 64;

/// Why bytes are not a certificate that this crate reads.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The input is larger than is read.
    #[error("the input has {actual} bytes, more than the {limit} that are read")]
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
    /// The text is not PEM ([RFC 7468]).
    #[error("the text is not PEM")]
    NotPem,
    /// The PEM text has no block labelled `CERTIFICATE`.
    #[error("the PEM text holds no certificate")]
    NoCertificate,
    /// The bytes are not a DER certificate ([RFC 5280 §4.1]), or are cut short, or go on after it.
    #[error("the bytes are not a DER certificate")]
    Malformed,
    /// A date is outside what can be represented.
    #[error("a date of the certificate cannot be represented")]
    DateOutOfRange,
}

/// An X.509 certificate ([RFC 5280 §4.1]), parsed once. Nothing about it is proven: see [`crate::validate`].
///
/// It owns its DER, is cheap to clone, and is equal to another exactly when the DER is.
#[derive(Clone)]
pub struct Certificate {
    content: Arc<Content>,
}

struct Content {
    der: Vec<u8>,
    sha256: [u8; 32],
    subject_public_key_info: Vec<u8>,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    facts: Facts,
    description: CertificateDescription,
}

/// What the path and the profile need beyond the description.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) version_3: bool,
    /// The DER that the issuer signed, as it came in.
    pub(crate) to_be_signed: Vec<u8>,
    pub(crate) signature_algorithm: Option<SignatureAlgorithm>,
    pub(crate) signature_algorithm_name: String,
    pub(crate) signature: Vec<u8>,
    /// The DER of the names, for comparison byte for byte as the path wants it.
    pub(crate) subject_der: Vec<u8>,
    pub(crate) issuer_der: Vec<u8>,
    pub(crate) subject: DistinguishedName,
    pub(crate) issuer: DistinguishedName,
    pub(crate) key: PublicKeyKind,
    pub(crate) is_certification_authority: bool,
    /// How many authorities may stand between this one and the end of a path ([RFC 5280 §4.2.1.9]).
    pub(crate) path_length: Option<u32>,
    /// Whether it has the extension NameConstraints ([RFC 5280 §4.2.1.10]).
    pub(crate) constrains_names: bool,
    /// The bits of the KeyUsage extension ([RFC 5280 §4.2.1.3]), the first of the standard in the lowest place.
    pub(crate) key_usage: Option<u16>,
    pub(crate) extended_key_usage: Option<ExtendedKeyUses>,
    pub(crate) policies: Option<Vec<String>>,
    /// Issuer's and subject's policy of each mapping ([RFC 5280 §4.2.1.5]).
    pub(crate) policy_mappings: Vec<(String, String)>,
    /// The numbers of further certificates in PolicyConstraints and InhibitAnyPolicy ([RFC 5280 §4.2.1.11, §4.2.1.14]).
    pub(crate) require_explicit_policy: Option<u32>,
    pub(crate) inhibit_policy_mapping: Option<u32>,
    pub(crate) inhibit_any_policy: Option<u32>,
    pub(crate) authority_key_identifier: Option<Vec<u8>>,
    pub(crate) subject_key_identifier: Option<Vec<u8>>,
    pub(crate) emails: Vec<String>,
    pub(crate) ocsp_urls: Vec<String>,
    pub(crate) crl_urls: Vec<String>,
    /// Dotted OIDs of critical extensions that the path does not process.
    pub(crate) unknown_critical_extensions: Vec<String>,
    /// Dotted OIDs of extensions that are read and cannot be, and of any that occurs twice ([RFC 5280 §4.2]).
    pub(crate) malformed_extensions: Vec<String>,
}

/// What a certificate's key is for, as its extension ExtKeyUsage says ([RFC 5280 §4.2.1.12]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtendedKeyUsage {
    /// Whether the extension is critical.
    pub critical: bool,
    /// The dotted OIDs of the purposes, in their order.
    pub purposes: Vec<String>,
}

/// ExtKeyUsage, 2.5.29.37.
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x25];

/// The key purposes that the profiles tell apart ([RFC 5280 §4.2.1.12]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ExtendedKeyUses {
    pub(crate) any: bool,
    pub(crate) client_authentication: bool,
    pub(crate) email_protection: bool,
    /// id-kp-documentSigning ([RFC 9336]).
    pub(crate) document_signing: bool,
}

pub(crate) const DIGITAL_SIGNATURE: u16 = 1;
pub(crate) const NON_REPUDIATION: u16 = 1 << 1;
pub(crate) const KEY_CERT_SIGN: u16 = 1 << 5;
pub(crate) const CRL_SIGN: u16 = 1 << 6;

impl Certificate {
    /// Reads one DER certificate of at most [`MAXIMUM_CERTIFICATE_BYTES`], with nothing after it.
    ///
    /// # Errors
    /// [`CertificateError::TooLarge`], [`CertificateError::Malformed`], [`CertificateError::DateOutOfRange`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAXIMUM_CERTIFICATE_BYTES {
            return Err(CertificateError::TooLarge { actual: der.len(), limit: MAXIMUM_CERTIFICATE_BYTES });
        }
        let outer = SignedStructure::from_der(der).map_err(|_| CertificateError::Malformed)?;
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        if !rest.is_empty() {
            return Err(CertificateError::Malformed);
        }
        let not_before = date(parsed.validity().not_before)?;
        let not_after = date(parsed.validity().not_after)?;
        let facts = facts(&outer, &parsed)?;
        let sha256 = sha256(der);
        let serial_number = serial_number(parsed.raw_serial());
        let description = description::describe(&facts, &serial_number, not_before, not_after, &sha256);
        Ok(Self {
            content: Arc::new(Content {
                der: der.to_vec(),
                sha256,
                subject_public_key_info: parsed.public_key().raw.to_vec(),
                not_before,
                not_after,
                facts,
                description,
            }),
        })
    }

    /// Reads the first `CERTIFICATE` block of a PEM text ([RFC 7468 §5]) of at most [`MAXIMUM_PEM_BYTES`].
    ///
    /// # Errors
    /// As [`Certificate::all_from_pem`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, CertificateError> {
        let first = certificate_blocks(pem)?.into_iter().next().ok_or(CertificateError::NoCertificate)?;
        Self::from_der(&first)
    }

    /// Reads every `CERTIFICATE` block of a PEM text, in its order; other blocks and text between are passed over.
    ///
    /// # Errors
    /// [`CertificateError::NotPem`], [`CertificateError::NoCertificate`], [`CertificateError::TooMany`], and those of
    /// [`Certificate::from_der`] for the first block that cannot be read.
    pub fn all_from_pem(pem: &[u8]) -> Result<Vec<Self>, CertificateError> {
        let blocks = certificate_blocks(pem)?;
        if blocks.is_empty() {
            return Err(CertificateError::NoCertificate);
        }
        blocks.iter().map(|block| Self::from_der(block)).collect()
    }

    /// The certificate as one PEM block, lines ended by a line feed.
    pub fn to_pem(&self) -> String {
        der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, self.der())
            .expect("at most 64 KiB and a fixed label always encode")
    }

    /// The DER bytes, exactly as they came in.
    pub fn der(&self) -> &[u8] {
        &self.content.der
    }

    /// SHA-256 of the DER: the fingerprint.
    pub fn sha256(&self) -> [u8; 32] {
        self.content.sha256
    }

    /// The serial number ([RFC 5280 §4.1.2.2]) as lower-case hexadecimal, without leading zeros or separators.
    pub fn serial_number(&self) -> &str {
        &self.content.description.serial_number
    }

    /// The public key as DER `SubjectPublicKeyInfo`, as it stands in the certificate.
    pub fn subject_public_key_info(&self) -> &[u8] {
        &self.content.subject_public_key_info
    }

    /// The issuer's `Name` in DER, as it stands in the certificate ([RFC 5280 §4.1.2.4]).
    pub fn issuer_der(&self) -> &[u8] {
        &self.content.facts.issuer_der
    }

    /// The subject's `Name` in DER, as it stands in the certificate ([RFC 5280 §4.1.2.6]).
    pub fn subject_der(&self) -> &[u8] {
        &self.content.facts.subject_der
    }

    /// The first instant at which the certificate is valid; it counts as valid then.
    pub fn not_before(&self) -> DateTime<Utc> {
        self.content.not_before
    }

    /// The last instant at which the certificate is valid; it counts as valid then.
    pub fn not_after(&self) -> DateTime<Utc> {
        self.content.not_after
    }

    /// The key purposes that the certificate names ([RFC 5280 §4.2.1.12]); `None` where it has no such extension, or one
    /// that cannot be read.
    pub fn extended_key_usage(&self) -> Option<ExtendedKeyUsage> {
        let fields = CertificateFields::of(self).ok()?;
        let extension = fields.extension(EXTENDED_KEY_USAGE)?;
        let mut walker = DerWalker::new(der_walker::only(extension.value, SEQUENCE).ok()?);
        let mut purposes = Vec::new();
        while !walker.is_empty() {
            purposes.push(der_walker::dotted(walker.expect(OBJECT_IDENTIFIER).ok()?));
        }
        Some(ExtendedKeyUsage { critical: extension.critical, purposes })
    }

    /// What the certificate says about itself, in words that people can check. Nothing of it is proven.
    pub fn description(&self) -> &CertificateDescription {
        &self.content.description
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.content.facts
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.content.der == other.content.der
    }
}

impl Eq for Certificate {}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Names stay out of logs: the serial number and the fingerprint identify the certificate.
        formatter
            .debug_struct("Certificate")
            .field("serial_number", &self.serial_number())
            .field("sha256", &hex::encode(self.sha256()))
            .finish_non_exhaustive()
    }
}

fn certificate_blocks(pem: &[u8]) -> Result<Vec<Vec<u8>>, CertificateError> {
    if pem.len() > MAXIMUM_PEM_BYTES {
        return Err(CertificateError::TooLarge { actual: pem.len(), limit: MAXIMUM_PEM_BYTES });
    }
    let mut blocks = Vec::new();
    for block in Pem::iter_from_buffer(pem) {
        let block = block.map_err(|_| CertificateError::NotPem)?;
        if block.label == "CERTIFICATE" {
            if blocks.len() == MAXIMUM_CERTIFICATES_IN_PEM {
                return Err(CertificateError::TooMany { limit: MAXIMUM_CERTIFICATES_IN_PEM });
            }
            blocks.push(block.contents);
        }
    }
    Ok(blocks)
}

fn date(time: ASN1Time) -> Result<DateTime<Utc>, CertificateError> {
    DateTime::from_timestamp(time.timestamp(), 0).ok_or(CertificateError::DateOutOfRange)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

fn serial_number(bytes: &[u8]) -> String {
    let text = hex::encode(bytes);
    match text.trim_start_matches('0') {
        "" => "0".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

fn facts(outer: &SignedStructure<'_>, parsed: &X509Certificate<'_>) -> Result<Facts, CertificateError> {
    let key = SubjectPublicKeyInfoRef::try_from(parsed.public_key().raw).map_err(|_| CertificateError::Malformed)?;
    let mut facts = Facts {
        version_3: parsed.version().0 == 2,
        to_be_signed: outer.to_be_signed.to_vec(),
        signature_algorithm: SignatureAlgorithm::from_algorithm_identifier(&outer.algorithm),
        signature_algorithm_name: signing::name_of(&outer.algorithm),
        signature: outer.signature.to_vec(),
        subject_der: parsed.subject().as_raw().to_vec(),
        issuer_der: parsed.issuer().as_raw().to_vec(),
        subject: DistinguishedName::of(parsed.subject()),
        issuer: DistinguishedName::of(parsed.issuer()),
        key: PublicKeyKind::of(&key),
        is_certification_authority: false,
        path_length: None,
        constrains_names: false,
        key_usage: None,
        extended_key_usage: None,
        policies: None,
        policy_mappings: Vec::new(),
        require_explicit_policy: None,
        inhibit_policy_mapping: None,
        inhibit_any_policy: None,
        authority_key_identifier: None,
        subject_key_identifier: None,
        emails: Vec::new(),
        ocsp_urls: Vec::new(),
        crl_urls: Vec::new(),
        unknown_critical_extensions: Vec::new(),
        malformed_extensions: Vec::new(),
    };
    let mut seen = BTreeSet::new();
    for extension in parsed.extensions() {
        let oid = extension.oid.to_id_string();
        if !seen.insert(oid.clone()) {
            facts.malformed_extensions.push(oid);
            continue;
        }
        if extension.critical && !PROCESSED_EXTENSIONS.contains(&oid.as_str()) {
            facts.unknown_critical_extensions.push(oid.clone());
        }
        take_extension(&mut facts, &oid, extension.parsed_extension());
    }
    Ok(facts)
}

/// The extensions that the path processes when critical: KeyUsage, SubjectAltName, BasicConstraints, NameConstraints,
/// CRLDistributionPoints, ExtKeyUsage. Those about policies are processed and all the same refused when critical, as
/// webpki underneath refuses them.
const PROCESSED_EXTENSIONS: &[&str] = &["2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30", "2.5.29.31", "2.5.29.37"];

/// The extensions whose content bears on a description or a path, so that an unreadable one is a fault: those above,
/// SubjectKeyIdentifier, CertificatePolicies, PolicyMappings, AuthorityKeyIdentifier, PolicyConstraints,
/// InhibitAnyPolicy, AuthorityInfoAccess.
const READ_EXTENSIONS: &[&str] = &[
    "2.5.29.14",
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.31",
    "2.5.29.32",
    "2.5.29.33",
    "2.5.29.35",
    "2.5.29.36",
    "2.5.29.37",
    "2.5.29.54",
    "1.3.6.1.5.5.7.1.1",
];

fn take_extension(facts: &mut Facts, oid: &str, extension: &ParsedExtension<'_>) {
    match extension {
        ParsedExtension::ParseError { .. } if READ_EXTENSIONS.contains(&oid) => {
            facts.malformed_extensions.push(oid.to_owned());
        }
        ParsedExtension::AuthorityKeyIdentifier(identifier) => {
            facts.authority_key_identifier = identifier.key_identifier.as_ref().map(|key| key.0.to_vec());
        }
        ParsedExtension::SubjectKeyIdentifier(identifier) => {
            facts.subject_key_identifier = Some(identifier.0.to_vec());
        }
        ParsedExtension::KeyUsage(usage) => facts.key_usage = Some(usage.flags),
        ParsedExtension::ExtendedKeyUsage(uses) => {
            facts.extended_key_usage = Some(ExtendedKeyUses {
                any: uses.any,
                client_authentication: uses.client_auth,
                email_protection: uses.email_protection,
                document_signing: uses.other.iter().any(|other| other.to_id_string() == "1.3.6.1.5.5.7.3.36"),
            });
        }
        ParsedExtension::CertificatePolicies(policies) => {
            facts.policies = Some(policies.iter().map(|policy| policy.policy_id.to_id_string()).collect());
        }
        ParsedExtension::PolicyMappings(mappings) => {
            let pairs = mappings.mappings.iter().map(|mapping| {
                (mapping.issuer_domain_policy.to_id_string(), mapping.subject_domain_policy.to_id_string())
            });
            facts.policy_mappings = pairs.collect();
        }
        ParsedExtension::PolicyConstraints(constraints) => {
            facts.require_explicit_policy = constraints.require_explicit_policy;
            facts.inhibit_policy_mapping = constraints.inhibit_policy_mapping;
        }
        ParsedExtension::InhibitAnyPolicy(inhibit) => facts.inhibit_any_policy = Some(inhibit.skip_certs),
        ParsedExtension::BasicConstraints(constraints) => {
            facts.is_certification_authority = constraints.ca;
            facts.path_length = constraints.path_len_constraint;
        }
        ParsedExtension::NameConstraints(_) => facts.constrains_names = true,
        ParsedExtension::SubjectAlternativeName(names) => {
            facts.emails = names.general_names.iter().filter_map(email).collect();
        }
        ParsedExtension::AuthorityInfoAccess(access) => {
            for description in &access.accessdescs {
                // id-ad-ocsp ([RFC 5280 §4.2.2.1]).
                if description.access_method.to_id_string() == "1.3.6.1.5.5.7.48.1"
                    && let GeneralName::URI(url) = &description.access_location
                {
                    facts.ocsp_urls.push((*url).to_owned());
                }
            }
        }
        ParsedExtension::CRLDistributionPoints(points) => {
            for point in &points.points {
                if let Some(DistributionPointName::FullName(names)) = &point.distribution_point {
                    facts.crl_urls.extend(names.iter().filter_map(|name| match name {
                        GeneralName::URI(url) => Some((*url).to_owned()),
                        _ => None,
                    }));
                }
            }
        }
        // x509-parser's list grows; what is not read above does not bear on a description or an employee's path.
        _ => {}
    }
}

/// id-on-SmtpUTF8Mailbox ([RFC 9598 §3]).
const SMTP_UTF8_MAILBOX: &str = "1.3.6.1.5.5.7.8.9";

fn email(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::RFC822Name(mailbox) => Some((*mailbox).to_owned()),
        GeneralName::OtherName(oid, value) if oid.to_id_string() == SMTP_UTF8_MAILBOX => smtp_utf8_mailbox(value),
        // An e-mail address that some issuers wrote in Latin-1, against [RFC 5280 §4.2.1.6]: shown, not lost.
        GeneralName::Invalid(tag, bytes) if tag.0 == 1 => Some(latin_1(bytes)),
        _ => None,
    }
}

fn smtp_utf8_mailbox(value: &[u8]) -> Option<String> {
    use der::{Decode, asn1::ContextSpecific};
    let explicit = ContextSpecific::<String>::from_der(value).ok();
    explicit.filter(|tagged| tagged.tag_number == der::TagNumber::N0).map(|tagged| tagged.value)
}
