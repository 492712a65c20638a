//! Certificate revocation lists ([RFC 5280 §5]).

use super::profile::{key_identifier, raw_extension, revocation_list_at};
use super::{Identity, IssuanceError, asn1_time};
use chrono::{DateTime, Utc};
use const_oid::AssociatedOid;
use der::asn1::{BitString, Uint};
use der::{Decode, Encode};
use pki::{SignatureAlgorithm, SigningKey};
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::ext::pkix::crl::{BaseCrlNumber, FreshestCrl};
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, CrlNumber, CrlReason};
use x509_cert::serial_number::SerialNumber;

/// One certificate that is suspended or revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its serial number, lower-case hexadecimal.
    pub(crate) serial_number: String,
    /// Since when.
    pub(crate) since: DateTime<Utc>,
    /// Why.
    pub(crate) reason: CrlReason,
}

/// What a revocation list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent<'a> {
    /// Every certificate that is suspended or revoked.
    Complete {
        /// Where the delta list is published, `http://host:port` without a trailing slash; None where there is none.
        status_url: Option<&'a str>,
    },
    /// What has changed since a complete list ([RFC 5280 §5.2.4]).
    Delta {
        /// The complete list's number.
        base: u64,
    },
}

/// Where the issuing CA's delta list is.
pub(crate) const DELTA_PATH: &str = "/crl/issuing-ca-delta.crl";

/// Builds and signs a revocation list of `issuer`.
pub(crate) fn build<'a>(
    issuer: &Identity,
    extent: Extent<'_>,
    number: u64,
    this_update: DateTime<Utc>,
    next_update: DateTime<Utc>,
    entries: impl Iterator<Item = &'a Entry>,
) -> Result<Vec<u8>, IssuanceError> {
    let certificate = x509_cert::Certificate::from_der(issuer.certificate.der())?;
    let authority_key = SubjectPublicKeyInfoOwned::from_der(issuer.key.subject_public_key_info())?;
    let mut revoked = Vec::with_capacity(entries.size_hint().0);
    for entry in entries {
        revoked.push(RevokedCert {
            serial_number: serial_number(&entry.serial_number)?,
            revocation_date: asn1_time(entry.since)?,
            crl_entry_extensions: Some(vec![raw_extension(CrlReason::OID, false, &entry.reason)?]),
        });
    }
    let mut extensions = vec![
        raw_extension(
            AuthorityKeyIdentifier::OID,
            false,
            &AuthorityKeyIdentifier {
                key_identifier: Some(key_identifier(&authority_key)?),
                authority_cert_issuer: None,
                authority_cert_serial_number: None,
            },
        )?,
        raw_extension(CrlNumber::OID, false, &CrlNumber(Uint::new(&number.to_be_bytes())?))?,
    ];
    match extent {
        Extent::Complete { status_url: None } => {}
        Extent::Complete { status_url: Some(status_url) } => {
            let freshest = FreshestCrl(revocation_list_at(DELTA_PATH, status_url)?.0);
            extensions.push(raw_extension(FreshestCrl::OID, false, &freshest)?);
        }
        Extent::Delta { base } => {
            extensions.push(raw_extension(BaseCrlNumber::OID, true, &BaseCrlNumber(Uint::new(&base.to_be_bytes())?))?);
        }
    }
    let algorithm = SignatureAlgorithm::RsaPssSha256;
    let tbs_cert_list = TbsCertList {
        version: x509_cert::Version::V2,
        signature: algorithm.algorithm_identifier(),
        issuer: certificate.tbs_certificate.subject,
        this_update: asn1_time(this_update)?,
        next_update: Some(asn1_time(next_update)?),
        // An empty list is left out altogether ([RFC 5280 §5.1.2.6]).
        revoked_certificates: (!revoked.is_empty()).then_some(revoked),
        crl_extensions: Some(extensions),
    };
    let signature = issuer.key.sign(algorithm, &tbs_cert_list.to_der()?)?;
    let list = CertificateList {
        tbs_cert_list,
        signature_algorithm: algorithm.algorithm_identifier(),
        signature: BitString::from_bytes(&signature)?,
    };
    Ok(list.to_der()?)
}

fn serial_number(hexadecimal: &str) -> Result<SerialNumber, IssuanceError> {
    let padded = if hexadecimal.len().is_multiple_of(2) { hexadecimal.to_owned() } else { format!("0{hexadecimal}") };
    let bytes = hex::decode(padded).map_err(|_| IssuanceError::Encoding(der::ErrorKind::Failed.into()))?;
    Ok(SerialNumber::new(&bytes)?)
}
