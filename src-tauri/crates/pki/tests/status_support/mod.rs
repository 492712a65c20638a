//! Revocation lists and OCSP responses for tests, written by x509-cert and x509-ocsp, every field open to spoiling.

// Each test file uses a part of this.
#![allow(dead_code)]

pub mod large_list;

use chrono::{DateTime, Utc};
use der::asn1::{Any, BitString, GeneralizedTime, Ia5String, Null, ObjectIdentifier, OctetString, Uint};
use der::{DateTime as DerDateTime, Decode, Encode};
use pki::{Certificate, SignatureAlgorithm, SigningKey, UnverifiedRevocationList};
use spki::AlgorithmIdentifierOwned;
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::crl::dp::{DistributionPoint, IssuingDistributionPoint, Reasons};
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Time;
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspResponse, ResponderId, ResponseData, RevokedInfo,
    SingleResponse,
};

use crate::support::{AUTHORITIES, EMPLOYEE_KEY, ISSUING_KEY, Recipe, RelativeName, TestKey, at, employee, name};

pub const CRL_NUMBER: &str = "2.5.29.20";
pub const REASON_CODE: &str = "2.5.29.21";
pub const DELTA_CRL_INDICATOR: &str = "2.5.29.27";
pub const ISSUING_DISTRIBUTION_POINT: &str = "2.5.29.28";
pub const CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";

/// An extension as it is: OID, critical, content.
pub type RawExtension = (&'static str, bool, Vec<u8>);

fn extensions(raw: &[RawExtension]) -> Option<Vec<Extension>> {
    let extension = |(oid, critical, value): &RawExtension| Extension {
        extn_id: ObjectIdentifier::new_unwrap(oid),
        critical: *critical,
        extn_value: OctetString::new(value.as_slice()).unwrap(),
    };
    (!raw.is_empty()).then(|| raw.iter().map(extension).collect())
}

fn der_time(time: DateTime<Utc>) -> DerDateTime {
    DerDateTime::from_unix_duration(std::time::Duration::from_secs(time.timestamp().try_into().unwrap())).unwrap()
}

fn x509_time(time: DateTime<Utc>) -> Time {
    let time = der_time(time);
    der::asn1::UtcTime::from_date_time(time)
        .map_or_else(|_| Time::GeneralTime(GeneralizedTime::from_date_time(time)), Time::UtcTime)
}

/// When the entries of the lists were revoked.
pub fn revoked_at() -> DateTime<Utc> {
    at("2026-11-20T08:30:00Z")
}

/// What an entry is made of.
#[derive(Clone)]
pub struct EntryRecipe {
    pub serial_number: Vec<u8>,
    pub extensions: Vec<RawExtension>,
}

/// An entry with a CRLReason.
pub fn entry(serial_number: &[u8], reason: u8) -> EntryRecipe {
    EntryRecipe {
        serial_number: serial_number.to_vec(),
        extensions: vec![(REASON_CODE, false, vec![0x0A, 0x01, reason])],
    }
}

/// What a list is made of.
#[derive(Clone)]
pub struct ListRecipe {
    pub issuer: Vec<RelativeName>,
    pub this_update: DateTime<Utc>,
    pub next_update: Option<DateTime<Utc>>,
    pub entries: Vec<EntryRecipe>,
    pub extensions: Vec<RawExtension>,
    pub algorithm: SignatureAlgorithm,
    /// Written in place of the algorithm's own identifier.
    pub named_algorithm: Option<AlgorithmIdentifierOwned>,
}

/// A complete list of the issuing authority with this number, of the morning, for twelve hours.
pub fn list(number: u8, entries: Vec<EntryRecipe>) -> ListRecipe {
    ListRecipe {
        issuer: AUTHORITIES.issuing_name.clone(),
        this_update: at("2026-11-24T06:00:00Z"),
        next_update: Some(at("2026-11-24T18:00:00Z")),
        entries,
        extensions: vec![(CRL_NUMBER, false, integer(number))],
        algorithm: SignatureAlgorithm::RsaPssSha256,
        named_algorithm: None,
    }
}

/// A delta list with this number, starting from that of a complete list, of noon, for an hour.
pub fn delta(number: u8, base: u8, entries: Vec<EntryRecipe>) -> ListRecipe {
    ListRecipe {
        this_update: at("2026-11-24T11:30:00Z"),
        next_update: Some(at("2026-11-24T12:30:00Z")),
        extensions: vec![(CRL_NUMBER, false, integer(number)), (DELTA_CRL_INDICATOR, true, integer(base))],
        ..list(number, entries)
    }
}

pub fn integer(value: u8) -> Vec<u8> {
    Uint::new(&[value]).unwrap().to_der().unwrap()
}

impl ListRecipe {
    pub fn with(mut self, extension: RawExtension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Signs the list by the issuing authority's key.
    pub fn sign(&self) -> Vec<u8> {
        self.sign_by(&ISSUING_KEY)
    }

    pub fn sign_by(&self, key: &TestKey) -> Vec<u8> {
        let identifier = self.named_algorithm.clone().unwrap_or_else(|| self.algorithm.algorithm_identifier());
        let revoked: Vec<RevokedCert> = self
            .entries
            .iter()
            .map(|entry| RevokedCert {
                serial_number: SerialNumber::new(&entry.serial_number).unwrap(),
                revocation_date: x509_time(revoked_at()),
                crl_entry_extensions: extensions(&entry.extensions),
            })
            .collect();
        let tbs_cert_list = TbsCertList {
            version: x509_cert::Version::V2,
            signature: identifier.clone(),
            issuer: name(&self.issuer),
            this_update: x509_time(self.this_update),
            next_update: self.next_update.map(x509_time),
            revoked_certificates: (!revoked.is_empty()).then_some(revoked),
            crl_extensions: extensions(&self.extensions),
        };
        let signature = key.sign(self.algorithm, &tbs_cert_list.to_der().unwrap()).unwrap();
        CertificateList {
            tbs_cert_list,
            signature_algorithm: identifier,
            signature: BitString::from_bytes(&signature).unwrap(),
        }
        .to_der()
        .unwrap()
    }

    /// The list, verified against the issuing authority.
    #[track_caller]
    pub fn verified(&self) -> pki::RevocationList<Vec<u8>> {
        UnverifiedRevocationList::from_der(self.sign()).unwrap().verify(&AUTHORITIES.issuing).unwrap()
    }
}

pub fn url(url: &str) -> GeneralName {
    GeneralName::UniformResourceIdentifier(Ia5String::new(url).unwrap())
}

/// issuingDistributionPoint for everything, to be narrowed.
pub fn everything() -> IssuingDistributionPoint {
    IssuingDistributionPoint {
        distribution_point: None,
        only_contains_user_certs: false,
        only_contains_ca_certs: false,
        only_some_reasons: None,
        indirect_crl: false,
        only_contains_attribute_certs: false,
    }
}

pub fn issuing_distribution_point(point: &IssuingDistributionPoint) -> RawExtension {
    (ISSUING_DISTRIBUTION_POINT, true, point.to_der().unwrap())
}

/// A list for the certificates that name this address.
pub fn partition(address: &str) -> RawExtension {
    let distribution_point = Some(DistributionPointName::FullName(vec![url(address)]));
    issuing_distribution_point(&IssuingDistributionPoint { distribution_point, ..everything() })
}

/// A list for some reasons only.
pub fn some_reasons(reasons: impl Into<der::flagset::FlagSet<Reasons>>) -> RawExtension {
    issuing_distribution_point(&IssuingDistributionPoint { only_some_reasons: Some(reasons.into()), ..everything() })
}

/// An employee with these distribution points.
pub fn employee_at(points: &[DistributionPoint]) -> Certificate {
    let points = points.to_vec().to_der().unwrap();
    employee_with((CRL_DISTRIBUTION_POINTS, false, Box::leak(points.into_boxed_slice())))
}

pub fn point(names: Vec<GeneralName>) -> DistributionPoint {
    DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(names)),
        reasons: None,
        crl_issuer: None,
    }
}

fn employee_with(extension: (&'static str, bool, &'static [u8])) -> Certificate {
    AUTHORITIES.issue(&Recipe { other_extensions: vec![extension], ..employee() })
}

/// What an OCSP response is made of.
#[derive(Clone)]
pub struct ResponseRecipe {
    pub produced_at: DateTime<Utc>,
    pub answers: Vec<AnswerRecipe>,
    pub extensions: Vec<RawExtension>,
    pub responder: Certificate,
    pub by_key: bool,
    pub certificates: Vec<Certificate>,
    pub algorithm: SignatureAlgorithm,
    pub named_algorithm: Option<AlgorithmIdentifierOwned>,
}

/// What one answer of it is made of.
#[derive(Clone)]
pub struct AnswerRecipe {
    pub certificate_id: CertId,
    pub status: CertStatus,
    pub this_update: DateTime<Utc>,
    pub next_update: Option<DateTime<Utc>>,
    pub extensions: Vec<RawExtension>,
}

/// The CertID of a certificate by a digest: `1.3.14.3.2.26` is SHA-1.
pub fn certificate_id(certificate: &Certificate, issuer: &Certificate, digest: &str) -> CertId {
    let algorithm = match digest {
        "1.3.14.3.2.26" => &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY,
        "2.16.840.1.101.3.4.2.1" => &aws_lc_rs::digest::SHA256,
        other => panic!("a digest of the tests: {other}"),
    };
    let hash = |bytes: &[u8]| OctetString::new(aws_lc_rs::digest::digest(algorithm, bytes).as_ref()).unwrap();
    CertId {
        hash_algorithm: AlgorithmIdentifierOwned {
            oid: ObjectIdentifier::new_unwrap(digest),
            parameters: Some(Any::from(Null)),
        },
        issuer_name_hash: hash(issuer.subject_der()),
        issuer_key_hash: hash(&public_key(issuer)),
        serial_number: x509_cert::Certificate::from_der(certificate.der()).unwrap().tbs_certificate.serial_number,
    }
}

fn public_key(certificate: &Certificate) -> Vec<u8> {
    let key = spki::SubjectPublicKeyInfoOwned::from_der(certificate.subject_public_key_info()).unwrap();
    key.subject_public_key.raw_bytes().to_vec()
}

/// A good answer about an employee's certificate of noon, for an hour.
pub fn good(certificate: &Certificate) -> AnswerRecipe {
    AnswerRecipe {
        certificate_id: certificate_id(certificate, &AUTHORITIES.issuing, "1.3.14.3.2.26"),
        status: CertStatus::Good(Null),
        this_update: at("2026-11-24T11:30:00Z"),
        next_update: Some(at("2026-11-24T12:30:00Z")),
        extensions: vec![],
    }
}

pub fn revoked(certificate: &Certificate, reason: Option<x509_cert::ext::pkix::CrlReason>) -> AnswerRecipe {
    let revocation_time = OcspGeneralizedTime(GeneralizedTime::from_date_time(der_time(revoked_at())));
    AnswerRecipe {
        status: CertStatus::Revoked(RevokedInfo { revocation_time, revocation_reason: reason }),
        ..good(certificate)
    }
}

/// A response of the issuing authority itself.
pub fn response(answers: Vec<AnswerRecipe>) -> ResponseRecipe {
    ResponseRecipe {
        produced_at: at("2026-11-24T11:45:00Z"),
        answers,
        extensions: vec![],
        responder: AUTHORITIES.issuing.clone(),
        by_key: true,
        certificates: vec![],
        algorithm: SignatureAlgorithm::RsaPssSha256,
        named_algorithm: None,
    }
}

impl ResponseRecipe {
    pub fn sign_by(&self, key: &TestKey) -> Vec<u8> {
        let generalized = |time| OcspGeneralizedTime(GeneralizedTime::from_date_time(der_time(time)));
        let identifier = self.named_algorithm.clone().unwrap_or_else(|| self.algorithm.algorithm_identifier());
        let responder = x509_cert::Certificate::from_der(self.responder.der()).unwrap();
        let responder_id = if self.by_key {
            let hash =
                aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &public_key(&self.responder));
            ResponderId::ByKey(OctetString::new(hash.as_ref()).unwrap())
        } else {
            ResponderId::ByName(responder.tbs_certificate.subject)
        };
        let tbs_response_data = ResponseData {
            version: x509_ocsp::Version::V1,
            responder_id,
            produced_at: generalized(self.produced_at),
            responses: self
                .answers
                .iter()
                .map(|answer| SingleResponse {
                    cert_id: answer.certificate_id.clone(),
                    cert_status: answer.status,
                    this_update: generalized(answer.this_update),
                    next_update: answer.next_update.map(generalized),
                    single_extensions: extensions(&answer.extensions),
                })
                .collect(),
            response_extensions: extensions(&self.extensions),
        };
        let signature = key.sign(self.algorithm, &tbs_response_data.to_der().unwrap()).unwrap();
        let certificates: Vec<_> = self
            .certificates
            .iter()
            .map(|certificate| x509_cert::Certificate::from_der(certificate.der()).unwrap())
            .collect();
        let basic = BasicOcspResponse {
            tbs_response_data,
            signature_algorithm: identifier,
            signature: BitString::from_bytes(&signature).unwrap(),
            certs: (!certificates.is_empty()).then_some(certificates),
        };
        OcspResponse::successful(basic).unwrap().to_der().unwrap()
    }

    pub fn sign(&self) -> Vec<u8> {
        self.sign_by(&ISSUING_KEY)
    }
}

/// An appointed responder's certificate for the employee key, signed by the issuing authority.
pub fn responder() -> Recipe {
    Recipe {
        serial_number: vec![0x51],
        subject: vec![vec![("2.5.4.3", crate::support::Text::Utf8("Øvelsens OCSP-svar"))]],
        key_usage: Some(1),
        policies: vec![],
        extended_key_usage: vec!["1.3.6.1.5.5.7.3.9"],
        emails: vec![],
        other_extensions: vec![("1.3.6.1.5.5.7.48.1.5", false, &[0x05, 0x00])],
        ..employee()
    }
}

/// The key of appointed responders.
pub fn responder_key() -> &'static TestKey {
    &EMPLOYEE_KEY
}
