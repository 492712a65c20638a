//! Revocation lists and OCSP responses of the tests' authorities.

use crate::authority::{AUTHORITY, Issuer, at};
use chrono::{DateTime, TimeDelta, Utc};
use declaration::ValidationEvidence;
use der::asn1::{Any, BitString, GeneralizedTime, Null, ObjectIdentifier, OctetString, Uint};
use der::{DateTime as DerDateTime, Decode, Encode};
use pki::{Certificate, SignatureAlgorithm, SigningKey};
use spki::AlgorithmIdentifierOwned;
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::time::Time;
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspResponse, ResponderId, ResponseData, RevokedInfo,
    SingleResponse,
};

/// Revoked then, for this reason.
pub type Revoked = Option<(DateTime<Utc>, CrlReason)>;

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::RsaPssSha256;

fn der_time(time: DateTime<Utc>) -> DerDateTime {
    let seconds = u64::try_from(time.timestamp()).expect("after 1970");
    DerDateTime::from_unix_duration(std::time::Duration::from_secs(seconds)).expect("a date")
}

fn x509_time(time: DateTime<Utc>) -> Time {
    Time::UtcTime(der::asn1::UtcTime::from_date_time(der_time(time)).expect("before 2050"))
}

fn parsed(certificate: &Certificate) -> x509_cert::Certificate {
    x509_cert::Certificate::from_der(certificate.der()).expect("a certificate")
}

/// A revocation list of `issuer` from `this_update` for a day, with these certificates on it.
pub fn list(
    issuer: &Issuer,
    this_update: DateTime<Utc>,
    entries: &[(&Certificate, DateTime<Utc>, CrlReason)],
) -> Vec<u8> {
    let extension = |oid: &str, value: Vec<u8>| Extension {
        extn_id: ObjectIdentifier::new_unwrap(oid),
        critical: false,
        extn_value: OctetString::new(value).expect("an octet string"),
    };
    let entries: Vec<RevokedCert> = entries
        .iter()
        .map(|(certificate, at, reason)| RevokedCert {
            serial_number: parsed(certificate).tbs_certificate.serial_number,
            revocation_date: x509_time(*at),
            crl_entry_extensions: Some(vec![extension("2.5.29.21", reason.to_der().expect("DER"))]),
        })
        .collect();
    let number = u32::try_from(this_update.timestamp()).expect("this century").to_be_bytes();
    let tbs_cert_list = TbsCertList {
        version: x509_cert::Version::V2,
        signature: ALGORITHM.algorithm_identifier(),
        issuer: issuer.name.clone(),
        this_update: x509_time(this_update),
        next_update: Some(x509_time(this_update + TimeDelta::days(1))),
        revoked_certificates: (!entries.is_empty()).then_some(entries),
        crl_extensions: Some(vec![extension("2.5.29.20", Uint::new(&number).expect("short").to_der().expect("DER"))]),
    };
    let signature = issuer.key.sign(ALGORITHM, &tbs_cert_list.to_der().expect("DER")).expect("signed");
    let list = CertificateList {
        tbs_cert_list,
        signature_algorithm: ALGORITHM.algorithm_identifier(),
        signature: BitString::from_bytes(&signature).expect("a bit string"),
    };
    list.to_der().expect("DER")
}

/// An OCSP response of the issuing authority about `certificate`, given at `produced_at` for an hour.
pub fn response(certificate: &Certificate, produced_at: DateTime<Utc>, revoked: Revoked) -> Vec<u8> {
    let issuer = &AUTHORITY.issuing;
    let sha1 = |bytes: &[u8]| {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
        OctetString::new(hash.as_ref()).expect("20 bytes")
    };
    let issuers = parsed(&issuer.certificate).tbs_certificate;
    let key_hash = sha1(issuers.subject_public_key_info.subject_public_key.raw_bytes());
    let time = |time| OcspGeneralizedTime(GeneralizedTime::from_date_time(der_time(time)));
    let single = SingleResponse {
        cert_id: CertId {
            hash_algorithm: AlgorithmIdentifierOwned {
                oid: ObjectIdentifier::new_unwrap("1.3.14.3.2.26"),
                parameters: Some(Any::from(Null)),
            },
            issuer_name_hash: sha1(issuer.certificate.subject_der()),
            issuer_key_hash: key_hash,
            serial_number: parsed(certificate).tbs_certificate.serial_number,
        },
        cert_status: match revoked {
            None => CertStatus::Good(Null),
            Some((at, reason)) => {
                CertStatus::Revoked(RevokedInfo { revocation_time: time(at), revocation_reason: Some(reason) })
            }
        },
        this_update: time(produced_at),
        next_update: Some(time(produced_at + TimeDelta::hours(1))),
        single_extensions: None,
    };
    let tbs_response_data = ResponseData {
        version: x509_ocsp::Version::V1,
        // pyHanko looks for a key's hash among the key identifiers, which are no SHA-1 here.
        responder_id: ResponderId::ByName(issuer.name.clone()),
        produced_at: time(produced_at),
        responses: vec![single],
        response_extensions: None,
    };
    let signature = issuer.key.sign(ALGORITHM, &tbs_response_data.to_der().expect("DER")).expect("signed");
    let basic = BasicOcspResponse {
        tbs_response_data,
        signature_algorithm: ALGORITHM.algorithm_identifier(),
        signature: BitString::from_bytes(&signature).expect("a bit string"),
        certs: None,
    };
    OcspResponse::successful(basic).expect("DER").to_der().expect("DER")
}

/// When the tests' evidence is gathered: ten minutes after the time-stamp.
pub fn gathered_at() -> DateTime<Utc> {
    at("2026-11-24T11:45:00Z")
}

/// What a portal would gather about these certificates and their path, all of them good.
pub fn evidence_of(certificates: &[&Certificate]) -> ValidationEvidence {
    ValidationEvidence {
        certificates: vec![AUTHORITY.issuing.certificate.clone(), AUTHORITY.root.certificate.clone()],
        ocsp_responses: certificates.iter().map(|subject| response(subject, gathered_at(), None)).collect(),
        revocation_lists: vec![list(&AUTHORITY.root, gathered_at(), &[])],
    }
}
