//! A certification authority for the tests: root, issuing CA, an employee, and a portal's seal.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RSA_PSS_SHA512,
    RsaEncoding, RsaKeyPair,
};
use chrono::{DateTime, Utc};
use const_oid::ObjectIdentifier;
use der::asn1::{BitString, Ia5String, OctetString, SetOfVec, UtcTime, Utf8StringRef};
use der::{Any, Decode, Encode};
use pki::{Certificate, SignatureAlgorithm, SigningError, SigningKey, TrustAnchor};
use spki::SubjectPublicKeyInfoOwned;
use std::sync::LazyLock;
use std::time::Duration;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies,
    KeyUsage, KeyUsages, SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};
use x509_cert::{TbsCertificate, Version};

/// A moment, from RFC 3339.
pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an RFC 3339 moment")
}

/// The moment at which the tests' employees sign.
pub fn now() -> DateTime<Utc> {
    at("2026-11-24T11:34:00Z")
}

/// A private key in memory.
pub enum TestKey {
    Rsa(RsaKeyPair, Vec<u8>),
    P256(EcdsaKeyPair, Vec<u8>),
}

impl TestKey {
    pub fn rsa() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa3072).expect("RSA 3072 can be generated");
        let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("a public key has a DER form");
        let spki = spki.as_ref().to_vec();
        Self::Rsa(pair, spki)
    }

    pub fn p256() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("P-256 can be generated");
        let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("a public key has a DER form");
        let spki = spki.as_ref().to_vec();
        Self::P256(pair, spki)
    }

    /// The private key for other people's programs: PKCS #8 in PEM.
    pub fn to_pem(&self) -> String {
        let pkcs8 = match self {
            Self::Rsa(pair, _) => {
                let pkcs8: Pkcs8V1Der<'_> = pair.as_der().expect("a private key has a DER form");
                pkcs8.as_ref().to_vec()
            }
            Self::P256(pair, _) => pair.to_pkcs8v1().expect("a private key has a DER form").as_ref().to_vec(),
        };
        der::pem::encode_string("PRIVATE KEY", der::pem::LineEnding::LF, &pkcs8).expect("PEM")
    }
}

impl SigningKey for TestKey {
    fn subject_public_key_info(&self) -> &[u8] {
        match self {
            Self::Rsa(_, spki) | Self::P256(_, spki) => spki,
        }
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let random = SystemRandom::new();
        match (self, algorithm) {
            (Self::Rsa(pair, _), SignatureAlgorithm::RsaPssSha256) => rsa(pair, &RSA_PSS_SHA256, message),
            (Self::Rsa(pair, _), SignatureAlgorithm::RsaPssSha512) => rsa(pair, &RSA_PSS_SHA512, message),
            (Self::Rsa(pair, _), SignatureAlgorithm::RsaPkcs1Sha256) => rsa(pair, &RSA_PKCS1_SHA256, message),
            (Self::P256(pair, _), SignatureAlgorithm::EcdsaP256Sha256) => {
                Ok(pair.sign(&random, message).map_err(|_| SigningError::Failed("ECDSA"))?.as_ref().to_vec())
            }
            (_, other) => Err(SigningError::Unsupported(other)),
        }
    }
}

fn rsa(pair: &RsaKeyPair, encoding: &'static dyn RsaEncoding, message: &[u8]) -> Result<Vec<u8>, SigningError> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), message, &mut signature).map_err(|_| SigningError::Failed("RSA"))?;
    Ok(signature)
}

/// A key with its certificate and those above it, its own first, the root last.
pub struct Holder {
    pub key: TestKey,
    pub chain: Vec<Certificate>,
}

impl Holder {
    pub fn certificate(&self) -> &Certificate {
        &self.chain[0]
    }
}

/// The whole tree. Made once: RSA keys take their time.
pub struct Authority {
    pub anchor: TrustAnchor,
    pub employee: Holder,
    pub employee_p256: Holder,
    pub colleague: Holder,
    pub seal: Holder,
    /// Another root with the same names, which nobody trusts.
    pub stranger: Holder,
    /// Who gives time-stamps.
    pub time_stamps: Holder,
    pub root: Issuer,
    pub issuing: Issuer,
}

pub static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| {
    let (root, issuing) = authorities();
    let (other_root, other_issuing) = authorities();
    let person = |key, name: &str, issuing: &Issuer, root: &Issuer| employee(key, name, issuing, root);
    Authority {
        anchor: TrustAnchor::new(root.certificate.clone()),
        employee: person(TestKey::rsa(), "Øvebruger Eksempel", &issuing, &root),
        employee_p256: person(TestKey::p256(), "Øvebruger Eksempel", &issuing, &root),
        colleague: person(TestKey::p256(), "Kollega Eksempel", &issuing, &root),
        seal: seal(&issuing, &root),
        stranger: person(TestKey::p256(), "Øvebruger Eksempel", &other_issuing, &other_root),
        time_stamps: time_stamps(TestKey::rsa(), &purposes(true, &[TIME_STAMPING]), VALIDITY, &issuing, &root),
        root,
        issuing,
    }
});

/// id-kp-timeStamping.
pub const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";

/// From when until when the tests' certificates are valid.
pub const VALIDITY: [&str; 2] = ["2026-11-24T11:00:00Z", "2029-11-24T11:00:00Z"];

/// The extension ExtKeyUsage.
pub fn purposes(critical: bool, oids: &[&str]) -> Vec<Extension> {
    let value = x509_cert::ext::pkix::ExtendedKeyUsage(oids.iter().map(|text| oid(text)).collect());
    vec![extension("2.5.29.37", critical, &value)]
}

/// An extension that nobody knows and that takes up room.
pub fn ballast(bytes: usize) -> Vec<Extension> {
    vec![extension("1.3.6.1.4.1.32473.9", false, &OctetString::new(vec![0; bytes]).expect("an octet string"))]
}

impl Authority {
    /// An employee whose certificate is valid for another time than that of the others.
    pub fn employee_with_validity(&self, validity: [&str; 2]) -> Holder {
        employee_for(TestKey::p256(), "Øvebruger Eksempel", &self.issuing, &self.root, validity)
    }

    /// Somebody who gives time-stamps, with these extensions beside the key usage.
    pub fn time_stamps_with(&self, extensions: &[Extension], validity: [&str; 2]) -> Holder {
        time_stamps(TestKey::p256(), extensions, validity, &self.issuing, &self.root)
    }
}

fn time_stamps(key: TestKey, extensions: &[Extension], validity: [&str; 2], issuing: &Issuer, root: &Issuer) -> Holder {
    let subject = name(&[("2.5.4.6", "DK"), ("2.5.4.10", "Øveportal"), ("2.5.4.3", "Øveportal – tidsstempler")]);
    let mut all = vec![extension("2.5.29.15", true, &KeyUsage(KeyUsages::DigitalSignature.into())), responder()];
    all.extend_from_slice(extensions);
    let certificate = issue_for(&key, &subject, &issuing.name, &issuing.key, all, 0x7153, validity);
    Holder { key, chain: vec![certificate, issuing.certificate.clone(), root.certificate.clone()] }
}

/// An employee of the tests' employer whose common name is `name`, under the authority that everyone trusts.
pub fn employee_named(name: &str) -> (Holder, TrustAnchor) {
    let (root, issuing) = authorities();
    (employee(TestKey::p256(), name, &issuing, &root), TrustAnchor::new(root.certificate))
}

/// An authority that certifies.
pub struct Issuer {
    pub key: TestKey,
    pub certificate: Certificate,
    pub name: Name,
}

fn authorities() -> (Issuer, Issuer) {
    let root_name = name(&[("2.5.4.6", "DK"), ("2.5.4.3", "Øvelse rod-CA")]);
    let key = TestKey::rsa();
    let certificate = issue(&key, &root_name, &root_name, &key, authority_extensions(), 1);
    let root = Issuer { key, certificate, name: root_name };
    let issuing_name = name(&[("2.5.4.6", "DK"), ("2.5.4.3", "Øvelse udstedende CA")]);
    let key = TestKey::rsa();
    let certificate = issue(&key, &issuing_name, &root.name, &root.key, authority_extensions(), 2);
    let issuing = Issuer { key, certificate, name: issuing_name };
    (root, issuing)
}

fn employee(key: TestKey, common_name: &str, issuing: &Issuer, root: &Issuer) -> Holder {
    employee_for(key, common_name, issuing, root, VALIDITY)
}

/// An employee with this key, name and validity under these authorities.
pub fn employee_for(key: TestKey, common_name: &str, issuing: &Issuer, root: &Issuer, validity: [&str; 2]) -> Holder {
    let subject = name(&[
        ("2.5.4.6", "DK"),
        ("2.5.4.97", "NTRDK-12345678"),
        ("2.5.4.10", "Øvelseskommune Å"),
        ("2.5.4.5", "UI:DK-E:G:6fd2a4a1-6a3f-4c1e-9b57-3f1f5d0c2b11"),
        ("2.5.4.3", common_name),
        ("2.5.4.42", "Øvebruger"),
        ("2.5.4.4", "Eksempel"),
    ]);
    let email = GeneralName::Rfc822Name(Ia5String::new("oevebruger@example.org").expect("ASCII"));
    let mut extensions = leaf_extensions(pki::PRACTICE_EMPLOYEE_POLICY);
    extensions.push(extension("2.5.29.17", false, &SubjectAltName(vec![email])));
    holder(key, &subject, issuing, root, extensions, validity)
}

fn seal(issuing: &Issuer, root: &Issuer) -> Holder {
    let subject = name(&[
        ("2.5.4.6", "DK"),
        ("2.5.4.97", "NTRDK-12345678"),
        ("2.5.4.10", "Øveportal"),
        ("2.5.4.5", "UI:DK-O:G:0f0c2a77-31f5-4c11-8d0e-6b6f0a1c9e42"),
        ("2.5.4.3", "Øveportal – segl"),
    ]);
    holder(TestKey::rsa(), &subject, issuing, root, leaf_extensions(pki::PRACTICE_ORGANISATION_POLICY), VALIDITY)
}

fn holder(
    key: TestKey,
    subject: &Name,
    issuing: &Issuer,
    root: &Issuer,
    extensions: Vec<Extension>,
    validity: [&str; 2],
) -> Holder {
    let certificate = issue_for(&key, subject, &issuing.name, &issuing.key, extensions, 0x5EED_1234_u64, validity);
    Holder { key, chain: vec![certificate, issuing.certificate.clone(), root.certificate.clone()] }
}

fn issue(
    subject_key: &TestKey,
    subject: &Name,
    issuer: &Name,
    issuer_key: &TestKey,
    extensions: Vec<Extension>,
    serial: u64,
) -> Certificate {
    issue_for(subject_key, subject, issuer, issuer_key, extensions, serial, VALIDITY)
}

fn issue_for(
    subject_key: &TestKey,
    subject: &Name,
    issuer: &Name,
    issuer_key: &TestKey,
    mut extensions: Vec<Extension>,
    serial: u64,
    [not_before, not_after]: [&str; 2],
) -> Certificate {
    let identifier = |key: &TestKey| {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, key.subject_public_key_info());
        OctetString::new(&digest.as_ref()[..20]).expect("20 bytes")
    };
    extensions.push(extension("2.5.29.14", false, &SubjectKeyIdentifier(identifier(subject_key))));
    let authority_key = AuthorityKeyIdentifier {
        key_identifier: Some(identifier(issuer_key)),
        authority_cert_issuer: None,
        authority_cert_serial_number: None,
    };
    extensions.push(extension("2.5.29.35", false, &authority_key));
    let algorithm = SignatureAlgorithm::RsaPssSha256;
    let tbs = TbsCertificate {
        version: Version::V3,
        serial_number: SerialNumber::new(&serial.to_be_bytes()).expect("a serial number"),
        signature: algorithm.algorithm_identifier(),
        issuer: issuer.clone(),
        validity: Validity { not_before: time(not_before), not_after: time(not_after) },
        subject: subject.clone(),
        subject_public_key_info: SubjectPublicKeyInfoOwned::from_der(subject_key.subject_public_key_info())
            .expect("a public key"),
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: Some(extensions),
    };
    let signature = issuer_key.sign(algorithm, &tbs.to_der().expect("DER")).expect("the authority signs");
    let certificate = x509_cert::Certificate {
        tbs_certificate: tbs,
        signature_algorithm: algorithm.algorithm_identifier(),
        signature: BitString::from_bytes(&signature).expect("a bit string"),
    };
    Certificate::from_der(&certificate.to_der().expect("DER")).expect("a certificate")
}

fn authority_extensions() -> Vec<Extension> {
    vec![
        extension("2.5.29.19", true, &BasicConstraints { ca: true, path_len_constraint: None }),
        extension("2.5.29.15", true, &KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign)),
        policies(&["2.5.29.32.0"]),
    ]
}

fn leaf_extensions(policy: &str) -> Vec<Extension> {
    let usages = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation | KeyUsages::KeyEncipherment;
    vec![extension("2.5.29.15", true, &KeyUsage(usages)), policies(&[policy, "0.4.0.2042.1.1"]), responder()]
}

/// AuthorityInfoAccess: where the status can be had. Some programs look at no OCSP response without it.
fn responder() -> Extension {
    let url = Ia5String::new("http://ocsp.example.org").expect("ASCII");
    let access = AccessDescription {
        access_method: oid("1.3.6.1.5.5.7.48.1"),
        access_location: GeneralName::UniformResourceIdentifier(url),
    };
    extension("1.3.6.1.5.5.7.1.1", false, &AuthorityInfoAccessSyntax(vec![access]))
}

fn policies(oids: &[&str]) -> Extension {
    let information = |oid: &&str| PolicyInformation { policy_identifier: self::oid(oid), policy_qualifiers: None };
    extension("2.5.29.32", false, &CertificatePolicies(oids.iter().map(information).collect()))
}

fn extension(oid: &str, critical: bool, value: &impl Encode) -> Extension {
    let extn_value = OctetString::new(value.to_der().expect("DER")).expect("an octet string");
    Extension { extn_id: self::oid(oid), critical, extn_value }
}

fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new(text).expect("an object identifier")
}

fn name(attributes: &[(&str, &str)]) -> Name {
    let relative = attributes.iter().map(|(kind, value)| {
        let value = Any::encode_from(&Utf8StringRef::new(value).expect("UTF-8")).expect("DER");
        let attribute = AttributeTypeAndValue { oid: oid(kind), value };
        RelativeDistinguishedName(SetOfVec::try_from(vec![attribute]).expect("one attribute"))
    });
    RdnSequence(relative.collect())
}

fn time(text: &str) -> Time {
    let seconds = u64::try_from(at(text).timestamp()).expect("after 1970");
    Time::UtcTime(UtcTime::from_unix_duration(Duration::from_secs(seconds)).expect("before 2050"))
}
