//! A small authority for tests: keys of its own, certificates from x509-cert's structures, every field open to spoiling.

// Each test file uses a part of this.
#![allow(dead_code)]

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{self, EcdsaKeyPair, KeyPair, RsaEncoding};
use chrono::{DateTime, Utc};
use der::asn1::{Any, BitString, BmpString, Ia5String, OctetString, PrintableString, SetOfVec, UtcTime, Utf8StringRef};
use der::{DateTime as DerDateTime, Decode, Encode, Tag};
use pki::{Certificate, SignatureAlgorithm, SigningError, SigningKey, TrustAnchor};
use spki::{ObjectIdentifier, SubjectPublicKeyInfoOwned};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::certificate::{TbsCertificate, Version};
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::name::{GeneralName, OtherName};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, ExtendedKeyUsage, KeyUsage, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::ext::{AsExtension, Extension};
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};

/// A key in memory.
pub enum TestKey {
    Rsa { pair: RsaKeyPair, subject_public_key_info: Vec<u8> },
    P256 { pair: EcdsaKeyPair, subject_public_key_info: Vec<u8> },
}

impl TestKey {
    pub fn rsa(size: KeySize) -> Self {
        let pair = RsaKeyPair::generate(size).unwrap();
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let subject_public_key_info = der.as_ref().to_vec();
        Self::Rsa { pair, subject_public_key_info }
    }

    pub fn p256() -> Self {
        let pair = EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let subject_public_key_info = der.as_ref().to_vec();
        Self::P256 { pair, subject_public_key_info }
    }

    fn identifier(&self) -> Vec<u8> {
        let key = SubjectPublicKeyInfoOwned::from_der(self.subject_public_key_info()).unwrap();
        let digest =
            aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, key.subject_public_key.raw_bytes());
        digest.as_ref().to_vec()
    }
}

impl SigningKey for TestKey {
    fn subject_public_key_info(&self) -> &[u8] {
        match self {
            Self::Rsa { subject_public_key_info, .. } | Self::P256 { subject_public_key_info, .. } => {
                subject_public_key_info
            }
        }
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let random = SystemRandom::new();
        let encoding: &'static dyn RsaEncoding = match algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 => &signature::RSA_PKCS1_SHA256,
            SignatureAlgorithm::RsaPkcs1Sha384 => &signature::RSA_PKCS1_SHA384,
            SignatureAlgorithm::RsaPkcs1Sha512 => &signature::RSA_PKCS1_SHA512,
            SignatureAlgorithm::RsaPssSha256 => &signature::RSA_PSS_SHA256,
            SignatureAlgorithm::RsaPssSha384 => &signature::RSA_PSS_SHA384,
            SignatureAlgorithm::RsaPssSha512 => &signature::RSA_PSS_SHA512,
            SignatureAlgorithm::EcdsaP256Sha256 => {
                return match self {
                    Self::P256 { pair, .. } => Ok(pair.sign(&random, message).unwrap().as_ref().to_vec()),
                    Self::Rsa { .. } => Err(SigningError::Unsupported(algorithm)),
                };
            }
        };
        match self {
            Self::Rsa { pair, .. } => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).unwrap();
                Ok(signature)
            }
            Self::P256 { .. } => Err(SigningError::Unsupported(algorithm)),
        }
    }
}

pub static ROOT_KEY: LazyLock<TestKey> = LazyLock::new(|| TestKey::rsa(KeySize::Rsa3072));
pub static ISSUING_KEY: LazyLock<TestKey> = LazyLock::new(|| TestKey::rsa(KeySize::Rsa3072));
pub static EMPLOYEE_KEY: LazyLock<TestKey> = LazyLock::new(|| TestKey::rsa(KeySize::Rsa3072));
pub static OTHER_KEY: LazyLock<TestKey> = LazyLock::new(|| TestKey::rsa(KeySize::Rsa3072));

pub const COMMON_NAME: &str = "2.5.4.3";
pub const SERIAL_NUMBER: &str = "2.5.4.5";
pub const COUNTRY: &str = "2.5.4.6";
pub const ORGANISATION: &str = "2.5.4.10";
pub const EMPLOYEE_POLICY: &str = pki::PRACTICE_EMPLOYEE_POLICY;

/// A string in one of the types that names are written in.
#[derive(Clone)]
pub enum Text {
    Utf8(&'static str),
    Printable(&'static str),
    Latin1(&'static [u8]),
    Bmp(&'static str),
}

impl Text {
    fn any(&self) -> Any {
        match self {
            Self::Utf8(text) => Any::encode_from(&Utf8StringRef::new(text).unwrap()).unwrap(),
            Self::Printable(text) => Any::encode_from(&PrintableString::new(text).unwrap()).unwrap(),
            Self::Latin1(bytes) => Any::new(Tag::TeletexString, *bytes).unwrap(),
            Self::Bmp(text) => Any::encode_from(&BmpString::from_utf8(text).unwrap()).unwrap(),
        }
    }
}

/// A relative name: one or several attributes.
pub type RelativeName = Vec<(&'static str, Text)>;

pub fn name(relative_names: &[RelativeName]) -> RdnSequence {
    RdnSequence(
        relative_names
            .iter()
            .map(|relative_name| {
                let mut set = SetOfVec::new();
                for (oid, text) in relative_name {
                    set.insert(AttributeTypeAndValue { oid: ObjectIdentifier::new_unwrap(oid), value: text.any() })
                        .unwrap();
                }
                RelativeDistinguishedName(set)
            })
            .collect(),
    )
}

/// What a certificate is made of; every field can be spoilt.
#[derive(Clone)]
pub struct Recipe {
    pub serial_number: Vec<u8>,
    pub subject: Vec<RelativeName>,
    pub not_before: DateTime<Utc>,
    pub not_after: DateTime<Utc>,
    pub authority: bool,
    /// How many authorities may stand below.
    pub path_length: Option<u8>,
    pub key_usage: Option<u16>,
    pub policies: Vec<&'static str>,
    pub extended_key_usage: Vec<&'static str>,
    pub emails: Vec<Email>,
    /// Extensions as they are: OID, critical, content.
    pub other_extensions: Vec<(&'static str, bool, &'static [u8])>,
    pub algorithm: SignatureAlgorithm,
}

#[derive(Clone)]
pub enum Email {
    Rfc822(&'static str),
    SmtpUtf8(&'static str),
}

pub fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

/// An instant at which the certificates of the recipes are valid.
pub fn now() -> DateTime<Utc> {
    at("2026-11-24T12:00:00Z")
}

/// A practice employee certificate of the OCES3 profile.
pub fn employee() -> Recipe {
    Recipe {
        serial_number: vec![0x00, 0xA1, 0x0B],
        subject: vec![
            vec![(COUNTRY, Text::Printable("DK"))],
            vec![("2.5.4.97", Text::Utf8("NTRDK-12345678"))],
            vec![(ORGANISATION, Text::Utf8("Øvelseskommune Å"))],
            vec![(SERIAL_NUMBER, Text::Printable("UI:DK-E:G:2725d207-2d44-4d57-a1af-20b90c59911d"))],
            vec![(COMMON_NAME, Text::Utf8("Øvebruger Eksempel"))],
            vec![("2.5.4.42", Text::Utf8("Øvebruger"))],
            vec![("2.5.4.4", Text::Utf8("Eksempel"))],
        ],
        not_before: at("2026-11-24T10:00:00Z"),
        not_after: at("2029-11-24T10:00:00Z"),
        authority: false,
        path_length: None,
        key_usage: Some(0b111),
        policies: vec![EMPLOYEE_POLICY, "0.4.0.2042.1.1"],
        extended_key_usage: vec![],
        emails: vec![Email::SmtpUtf8("øvebruger@example.org")],
        other_extensions: vec![],
        algorithm: SignatureAlgorithm::RsaPssSha256,
    }
}

/// An authority's certificate.
pub fn authority(common_name: &'static str) -> Recipe {
    Recipe {
        serial_number: vec![7],
        subject: vec![vec![(COUNTRY, Text::Printable("DK"))], vec![(COMMON_NAME, Text::Utf8(common_name))]],
        not_before: at("2026-01-01T00:00:00Z"),
        not_after: at("2036-01-01T00:00:00Z"),
        authority: true,
        path_length: None,
        key_usage: Some(1 << 5 | 1 << 6),
        policies: vec![],
        extended_key_usage: vec![],
        emails: vec![],
        other_extensions: vec![],
        algorithm: SignatureAlgorithm::RsaPssSha512,
    }
}

impl Recipe {
    /// Signs the certificate for `key`'s public half by `issuer_key`, in the name of `issuer`.
    pub fn issue(&self, key: &TestKey, issuer: &[RelativeName], issuer_key: &TestKey) -> Certificate {
        Certificate::from_der(&self.issue_der(key, issuer, issuer_key)).unwrap()
    }

    pub fn issue_der(&self, key: &TestKey, issuer: &[RelativeName], issuer_key: &TestKey) -> Vec<u8> {
        let subject = name(&self.subject);
        let mut extensions = vec![
            extension(&SubjectKeyIdentifier(OctetString::new(key.identifier()).unwrap()), false, &subject),
            extension(
                &AuthorityKeyIdentifier {
                    key_identifier: Some(OctetString::new(issuer_key.identifier()).unwrap()),
                    ..Default::default()
                },
                false,
                &subject,
            ),
            extension(&BasicConstraints { ca: self.authority, path_len_constraint: self.path_length }, true, &subject),
        ];
        if let Some(bits) = self.key_usage {
            extensions.push(extension(&KeyUsage(der::flagset::FlagSet::new_truncated(bits)), true, &subject));
        }
        if !self.policies.is_empty() {
            let policies = self
                .policies
                .iter()
                .map(|policy| PolicyInformation {
                    policy_identifier: ObjectIdentifier::new_unwrap(policy),
                    policy_qualifiers: None,
                })
                .collect();
            extensions.push(extension(&CertificatePolicies(policies), false, &subject));
        }
        if !self.extended_key_usage.is_empty() {
            let purposes = self.extended_key_usage.iter().map(|oid| ObjectIdentifier::new_unwrap(oid)).collect();
            extensions.push(extension(&ExtendedKeyUsage(purposes), false, &subject));
        }
        if !self.emails.is_empty() {
            let names = self.emails.iter().map(Email::general_name).collect();
            extensions.push(extension(&SubjectAltName(names), false, &subject));
        }
        for (oid, critical, content) in &self.other_extensions {
            extensions.push(Extension {
                extn_id: ObjectIdentifier::new_unwrap(oid),
                critical: *critical,
                extn_value: OctetString::new(*content).unwrap(),
            });
        }
        let tbs_certificate = TbsCertificate {
            version: Version::V3,
            serial_number: SerialNumber::new(&self.serial_number).unwrap(),
            signature: self.algorithm.algorithm_identifier(),
            issuer: name(issuer),
            validity: Validity { not_before: time(self.not_before), not_after: time(self.not_after) },
            subject,
            subject_public_key_info: SubjectPublicKeyInfoOwned::from_der(key.subject_public_key_info()).unwrap(),
            issuer_unique_id: None,
            subject_unique_id: None,
            extensions: Some(extensions),
        };
        let signature = issuer_key.sign(self.algorithm, &tbs_certificate.to_der().unwrap()).unwrap();
        x509_cert::Certificate {
            tbs_certificate,
            signature_algorithm: self.algorithm.algorithm_identifier(),
            signature: BitString::from_bytes(&signature).unwrap(),
        }
        .to_der()
        .unwrap()
    }
}

impl Email {
    fn general_name(&self) -> GeneralName {
        match self {
            Self::Rfc822(mailbox) => GeneralName::Rfc822Name(Ia5String::new(mailbox).unwrap()),
            Self::SmtpUtf8(mailbox) => GeneralName::OtherName(OtherName {
                type_id: ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.9"),
                value: Any::encode_from(&Utf8StringRef::new(mailbox).unwrap()).unwrap(),
            }),
        }
    }
}

fn extension<E: AsExtension>(extension: &E, critical: bool, subject: &RdnSequence) -> Extension {
    let mut extension = extension.to_extension(subject, &[]).unwrap();
    extension.critical = critical;
    extension
}

fn time(time: DateTime<Utc>) -> Time {
    let seconds = std::time::Duration::from_secs(time.timestamp().try_into().unwrap());
    Time::UtcTime(UtcTime::from_date_time(DerDateTime::from_unix_duration(seconds).unwrap()).unwrap())
}

/// A root and an issuing authority, PSS-signed as in OCES3.
pub struct Authorities {
    pub root: Certificate,
    pub issuing: Certificate,
    pub issuing_name: Vec<RelativeName>,
}

impl Authorities {
    pub fn anchors(&self) -> Vec<TrustAnchor> {
        vec![TrustAnchor::new(self.root.clone())]
    }

    pub fn issue(&self, recipe: &Recipe) -> Certificate {
        recipe.issue(&EMPLOYEE_KEY, &self.issuing_name, &ISSUING_KEY)
    }
}

pub static AUTHORITIES: LazyLock<Authorities> = LazyLock::new(|| {
    let root = authority("Øvelse rod-CA");
    let issuing = authority("Øvelse udstedende-CA 1");
    Authorities {
        root: root.issue(&ROOT_KEY, &root.subject, &ROOT_KEY),
        issuing: issuing.issue(&ISSUING_KEY, &root.subject, &ROOT_KEY),
        issuing_name: issuing.subject,
    }
});
