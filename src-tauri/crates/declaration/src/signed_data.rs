//! CMS `SignedData` ([RFC 5652 §5]) with CAdES' signed attributes: the value of a document's signature, and the portal's
//! detached signature over the terms.
//!
//! One signer, SHA-256, attributes signed: content-type, message-digest and signing-certificate-v2
//! ([ETSI EN 319 122-1 §6.3]). No signing-time: in PAdES the time stands in the document ([ETSI EN 319 142-1 §6.3 d]).
//! The only attribute that is not signed is a time-stamp over the signature's value, of level B-T.

use crate::signing_certificate::{SIGNING_CERTIFICATE_V2, SigningCertificateV2};
use crate::verification::VerificationCode;
use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedAttributes, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use const_oid::ObjectIdentifier;
use const_oid::db::{rfc5911, rfc5912};
use der::asn1::{OctetString, SetOfVec};
use der::referenced::OwnedToRef;
use der::{Any, Decode, Encode};
use pki::{
    Certificate, Profile, SignatureAlgorithm, SigningError, SigningKey, TrustAnchor, ValidatedCertificate,
    ValidationReport,
};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoRef};
use thiserror::Error;

/// Largest CMS signature that is read, in bytes.
pub const SIGNATURE_LIMIT: usize = 64 * 1024;

/// Most certificates that a signature carries.
pub(crate) const CERTIFICATE_LIMIT: usize = 10;

/// Most signed attributes that are read.
const ATTRIBUTE_LIMIT: usize = 16;

/// id-aa-signatureTimeStampToken ([RFC 3161 Appendix A], [ETSI EN 319 122-1 §5.3]).
const SIGNATURE_TIME_STAMP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");

/// Why nothing was signed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SigningFailure {
    /// There is no certificate to sign with, or there are more than a signature carries.
    #[error("the certificate chain is empty or too long")]
    Chain,
    /// The first certificate is not the key's.
    #[error("the certificate does not belong to the key")]
    KeyMismatch,
    /// The key is neither RSA nor EC.
    #[error("the key is of a kind that does not sign documents")]
    KeyKind,
    /// A certificate is not in the form that CMS carries.
    #[error("a certificate could not be put into the signature")]
    Encoding(#[source] der::Error),
    /// The key's holder failed.
    #[error("the key did not sign")]
    Key(#[source] SigningError),
    /// What the key made does not verify: the key's holder is faulty.
    #[error("the key made a signature that does not verify")]
    Unusable,
}

/// Why a detached signature does not hold.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignedDataError {
    /// The signature itself.
    #[error("the signature does not hold: {code}: {detail}")]
    Signature {
        /// What is wrong.
        code: VerificationCode,
        /// The facts of this case, in English.
        detail: String,
    },
    /// The signer's certificate.
    #[error("the signer's certificate does not hold: {}", first_finding(.0))]
    Certificate(Box<ValidationReport>),
}

fn first_finding(report: &ValidationReport) -> &str {
    report.findings.first().map_or("no reason was given", |finding| finding.detail.as_str())
}

/// Signs `content` with `key` and carries `chain` (the key's certificate first) in the signature.
///
/// RSA keys sign RSASSA-PSS with SHA-256, EC P-256 keys ECDSA with SHA-256. Returns the DER of a CMS `ContentInfo`; the
/// content is not in it.
///
/// # Errors
/// [`SigningFailure`].
pub fn sign_detached(content: &[u8], key: &dyn SigningKey, chain: &[Certificate]) -> Result<Vec<u8>, SigningFailure> {
    sign_digest(&sha256(content), key, chain)
}

/// Verifies that `cms` (DER) is a signature over exactly `content` by a certificate that is valid at `at` under `anchors`
/// and of `profile`.
///
/// # Errors
/// [`SignedDataError`] with the first thing that is wrong with the signature, or the whole report on the certificate.
pub fn verify_detached(
    content: &[u8],
    cms: &[u8],
    anchors: &[TrustAnchor],
    profile: Profile,
    at: DateTime<Utc>,
) -> Result<ValidatedCertificate, SignedDataError> {
    let mut checked = check_digest(&sha256(content), cms);
    if checked.time_stamp.is_some() {
        checked.fault(VerificationCode::UnsignedAttribute, "a detached signature has no unsigned attributes");
    }
    if let Some(Fault { code, detail }) = checked.faults.into_iter().next() {
        return Err(SignedDataError::Signature { code, detail });
    }
    let Some(signer) = checked.signer else {
        return Err(SignedDataError::Signature {
            code: VerificationCode::SignerCertificateMissing,
            detail: "the signature carries no certificate of its signer".to_owned(),
        });
    };
    pki::validate(&signer, &checked.others, anchors, at, profile)
        .into_validated()
        .map_err(|report| SignedDataError::Certificate(Box::new(report)))
}

/// Signs content of which only the SHA-256 digest is at hand.
pub(crate) fn sign_digest(
    message_digest: &[u8; 32],
    key: &dyn SigningKey,
    chain: &[Certificate],
) -> Result<Vec<u8>, SigningFailure> {
    let empty = EncapsulatedContentInfo { econtent_type: rfc5911::ID_DATA, econtent: None };
    sign(empty, message_digest, key, algorithm_of(key)?, chain, true)
}

/// Content that a signature carries within it.
pub(crate) struct SignedContent<'a> {
    /// Its type.
    pub(crate) kind: ObjectIdentifier,
    pub(crate) bytes: &'a [u8],
    /// Whether the signature carries the certificates.
    pub(crate) with_certificates: bool,
}

/// Signs content and carries it in the signature.
pub(crate) fn sign_content(
    content: &SignedContent<'_>,
    key: &dyn SigningKey,
    algorithm: SignatureAlgorithm,
    chain: &[Certificate],
) -> Result<Vec<u8>, SigningFailure> {
    let inside =
        OctetString::new(content.bytes).and_then(|bytes| Any::encode_from(&bytes)).map_err(SigningFailure::Encoding)?;
    let content_info = EncapsulatedContentInfo { econtent_type: content.kind, econtent: Some(inside) };
    sign(content_info, &sha256(content.bytes), key, algorithm, chain, content.with_certificates)
}

fn sign(
    content: EncapsulatedContentInfo,
    message_digest: &[u8; 32],
    key: &dyn SigningKey,
    algorithm: SignatureAlgorithm,
    chain: &[Certificate],
    with_certificates: bool,
) -> Result<Vec<u8>, SigningFailure> {
    let leaf = chain.first().filter(|_| chain.len() <= CERTIFICATE_LIMIT).ok_or(SigningFailure::Chain)?;
    if leaf.subject_public_key_info() != key.subject_public_key_info() {
        return Err(SigningFailure::KeyMismatch);
    }
    let attributes =
        signed_attributes(content.econtent_type, message_digest, leaf).map_err(SigningFailure::Encoding)?;
    let signed = attributes.to_der().map_err(SigningFailure::Encoding)?;
    let signature = key.sign(algorithm, &signed).map_err(SigningFailure::Key)?;
    pki::verify_signature(leaf.subject_public_key_info(), algorithm, &signed, &signature)
        .map_err(|_| SigningFailure::Unusable)?;
    let carried = if with_certificates { chain } else { &[] };
    signer_info(attributes, algorithm, signature, leaf)
        .and_then(|signer| content_info(content, signer, carried))
        .map_err(SigningFailure::Encoding)
}

/// Something wrong with a signature.
pub(crate) struct Fault {
    pub(crate) code: VerificationCode,
    pub(crate) detail: String,
}

/// What a signature came to, its certificate's path apart.
#[derive(Default)]
pub(crate) struct Checked {
    pub(crate) signer: Option<Certificate>,
    pub(crate) others: Vec<Certificate>,
    pub(crate) faults: Vec<Fault>,
    /// The time-stamp over the signature's value.
    pub(crate) time_stamp: Option<TimeStamp>,
}

/// A time-stamp that a signature carries; nothing about it is checked.
pub(crate) struct TimeStamp {
    /// The DER `TimeStampToken`.
    pub(crate) token: Vec<u8>,
    /// SHA-256 over the signature's value, which it must be about.
    pub(crate) digest: [u8; 32],
}

impl Checked {
    fn fault(&mut self, code: VerificationCode, detail: &str) {
        self.faults.push(Fault { code, detail: detail.to_owned() });
    }
}

/// Checks a signature over content whose SHA-256 digest is `message_digest`: all but the certificate's path.
pub(crate) fn check_digest(message_digest: &[u8; 32], cms: &[u8]) -> Checked {
    let mut checked = Checked::default();
    let Some((signed_data, signer_info)) = read(cms, &mut checked) else { return checked };
    read_certificates(&signed_data, &signer_info, &mut checked);
    let Some(attributes) = &signer_info.signed_attrs else {
        checked.fault(VerificationCode::CmsStructure, "the signature has no signed attributes");
        return checked;
    };
    if attributes.len() > ATTRIBUTE_LIMIT {
        checked.fault(VerificationCode::CmsStructure, "the signature has too many signed attributes");
        return checked;
    }
    check_attributes(attributes, message_digest, &mut checked);
    check_value(&signer_info, attributes, &mut checked);
    checked
}

/// The `SignedData` of a signature in DER, or what is wrong with it.
fn signed_data(cms: &[u8]) -> Result<SignedData, Fault> {
    let wrong = |detail: &str| Fault { code: VerificationCode::CmsStructure, detail: detail.to_owned() };
    if cms.len() > SIGNATURE_LIMIT {
        let detail = "the signature is larger than any of ours".to_owned();
        return Err(Fault { code: VerificationCode::TooLarge, detail });
    }
    let outer = ContentInfo::from_der(cms).map_err(|_| wrong("the signature is not a CMS ContentInfo in DER"))?;
    // Two encodings of one value would be two documents with one signature.
    if outer.to_der().ok().as_deref() != Some(cms) {
        return Err(wrong("the signature is not in DER"));
    }
    if outer.content_type != rfc5911::ID_SIGNED_DATA {
        return Err(wrong("the signature is not SignedData"));
    }
    let signed_data: SignedData =
        outer.content.decode_as().map_err(|_| wrong("the signature's SignedData cannot be read"))?;
    if Any::encode_from(&signed_data).ok().as_ref() != Some(&outer.content) {
        return Err(wrong("the signature's SignedData is not in DER"));
    }
    Ok(signed_data)
}

/// SHA-256 over the value of a signature's only signer, which a time-stamp is about ([ETSI EN 319 122-1 §5.3]).
pub(crate) fn digest_of_value(cms: &[u8]) -> Result<[u8; 32], Fault> {
    let signed_data = signed_data(cms)?;
    match signed_data.signer_infos.0.as_slice() {
        [signer] => Ok(sha256(signer.signature.as_bytes())),
        _ => Err(Fault {
            code: VerificationCode::CmsStructure,
            detail: "the signature does not have exactly one signer".to_owned(),
        }),
    }
}

/// Whether a signature has attributes that are not signed.
pub(crate) fn has_unsigned_attributes(cms: &[u8]) -> bool {
    signed_data(cms).is_ok_and(|signed_data| {
        signed_data.signer_infos.0.as_slice().iter().any(|signer| signer.unsigned_attrs.is_some())
    })
}

/// The signature with a time-stamp over its value as its only unsigned attribute ([ETSI EN 319 122-1 §5.3]).
pub(crate) fn with_time_stamp(cms: &[u8], token: &[u8]) -> der::Result<Vec<u8>> {
    let outer = ContentInfo::from_der(cms)?;
    let mut signed_data: SignedData = outer.content.decode_as()?;
    let [signer] = signed_data.signer_infos.0.as_slice() else { return Err(der::ErrorKind::Failed.into()) };
    let mut signer = signer.clone();
    let time_stamp = attribute(SIGNATURE_TIME_STAMP, Any::from_der(token)?)?;
    signer.unsigned_attrs = Some(SetOfVec::try_from(vec![time_stamp])?);
    signed_data.signer_infos = SignerInfos::try_from(vec![signer])?;
    ContentInfo { content_type: outer.content_type, content: Any::encode_from(&signed_data)? }.to_der()
}

fn read(cms: &[u8], checked: &mut Checked) -> Option<(SignedData, SignerInfo)> {
    const STRUCTURE: VerificationCode = VerificationCode::CmsStructure;
    let signed_data = match signed_data(cms) {
        Ok(signed_data) => signed_data,
        Err(fault) => {
            checked.faults.push(fault);
            return None;
        }
    };
    let [digest_algorithm] = signed_data.digest_algorithms.as_slice() else {
        checked.fault(STRUCTURE, "the signature does not name exactly one digest");
        return None;
    };
    if signed_data.version != CmsVersion::V1 {
        checked.fault(STRUCTURE, "the SignedData is not of version 1");
    }
    if signed_data.encap_content_info.econtent.is_some() {
        checked.fault(STRUCTURE, "the signature is not detached");
    }
    if signed_data.encap_content_info.econtent_type != rfc5911::ID_DATA {
        checked.fault(VerificationCode::ContentType, "the signed content is not of the type data");
    }
    if signed_data.crls.is_some() {
        checked.fault(STRUCTURE, "the signature carries revocation lists, which belong into the document");
    }
    let [signer_info] = signed_data.signer_infos.0.as_slice() else {
        checked.fault(STRUCTURE, "the signature does not have exactly one signer");
        return None;
    };
    read_unsigned_attributes(signer_info, checked);
    if signer_info.version != CmsVersion::V1 {
        checked.fault(STRUCTURE, "the signer's entry is not of version 1");
    }
    if !is_sha256(digest_algorithm) || !is_sha256(&signer_info.digest_alg) {
        checked.fault(VerificationCode::AlgorithmNotAccepted, "the digest is not SHA-256");
    }
    let signer_info = signer_info.clone();
    Some((signed_data, signer_info))
}

/// The one attribute that need not be signed: a time-stamp over the signature's value.
fn read_unsigned_attributes(signer_info: &SignerInfo, checked: &mut Checked) {
    let Some(attributes) = &signer_info.unsigned_attrs else { return };
    let only_attribute = match attributes.as_slice() {
        [attribute] if attribute.oid == SIGNATURE_TIME_STAMP => single_value(attributes, SIGNATURE_TIME_STAMP),
        _ => None,
    };
    match only_attribute.and_then(|token| token.to_der().ok()) {
        Some(token) => {
            let digest = sha256(signer_info.signature.as_bytes());
            checked.time_stamp = Some(TimeStamp { token, digest });
        }
        None => checked.fault(
            VerificationCode::UnsignedAttribute,
            "the signature has unsigned attributes other than one time-stamp",
        ),
    }
}

fn read_certificates(signed_data: &SignedData, signer_info: &SignerInfo, checked: &mut Checked) {
    let SignerIdentifier::IssuerAndSerialNumber(wanted) = &signer_info.sid else {
        checked.fault(VerificationCode::CmsStructure, "the signer is not named by issuer and serial number");
        return;
    };
    let set = signed_data.certificates.as_ref().map(|set| set.0.as_slice()).unwrap_or_default();
    if set.len() > CERTIFICATE_LIMIT {
        checked.fault(VerificationCode::CmsStructure, "the signature carries too many certificates");
        return;
    }
    for choice in set {
        let CertificateChoices::Certificate(parsed) = choice else {
            checked.fault(VerificationCode::CmsStructure, "the signature carries something that is not a certificate");
            continue;
        };
        let certificate = parsed.to_der().ok().and_then(|der| Certificate::from_der(&der).ok());
        let Some(certificate) = certificate else {
            checked.fault(VerificationCode::CmsStructure, "a certificate in the signature cannot be read");
            continue;
        };
        let tbs = &parsed.tbs_certificate;
        if tbs.issuer == wanted.issuer && tbs.serial_number == wanted.serial_number && checked.signer.is_none() {
            checked.signer = Some(certificate);
        } else {
            checked.others.push(certificate);
        }
    }
    if checked.signer.is_none() {
        checked.fault(VerificationCode::SignerCertificateMissing, "the signature carries no certificate of its signer");
    }
}

fn check_attributes(attributes: &SignedAttributes, message_digest: &[u8; 32], checked: &mut Checked) {
    match single_value(attributes, rfc5911::ID_CONTENT_TYPE)
        .and_then(|value| value.decode_as::<ObjectIdentifier>().ok())
    {
        Some(rfc5911::ID_DATA) => {}
        Some(_) | None => {
            checked.fault(VerificationCode::ContentType, "the signed content type is missing or not data");
        }
    }
    match single_value(attributes, rfc5911::ID_MESSAGE_DIGEST).and_then(|value| value.decode_as::<OctetString>().ok()) {
        Some(digest) if digest.as_bytes() == message_digest => {}
        Some(_) => checked.fault(VerificationCode::DigestMismatch, "the content is not the one that was signed"),
        None => checked.fault(VerificationCode::CmsStructure, "the signed message digest is missing"),
    }
    let named = single_value(attributes, SIGNING_CERTIFICATE_V2)
        .and_then(|value| value.decode_as::<SigningCertificateV2>().ok());
    match named {
        Some(named) => {
            let matches = checked.signer.as_ref().is_some_and(|signer| named.names(signer) == Some(true));
            if !matches {
                checked.fault(
                    VerificationCode::SigningCertificateMismatch,
                    "the signed attribute signing-certificate-v2 names another certificate",
                );
            }
        }
        None => checked.fault(
            VerificationCode::SigningCertificateMissing,
            "the signed attribute signing-certificate-v2 is missing or cannot be read",
        ),
    }
    if attributes.iter().any(|attribute| attribute.oid == rfc5911::ID_SIGNING_TIME) {
        checked
            .fault(VerificationCode::SigningTimeAttribute, "the attribute signing-time has no place in this signature");
    }
}

fn check_value(signer_info: &SignerInfo, attributes: &SignedAttributes, checked: &mut Checked) {
    let Some(algorithm) = accepted_algorithm(&signer_info.signature_algorithm) else {
        checked.fault(VerificationCode::AlgorithmNotAccepted, "the signature algorithm is not one that is accepted");
        return;
    };
    let Some(signer) = &checked.signer else { return };
    let holds = attributes.to_der().ok().is_some_and(|signed| {
        pki::verify_signature(signer.subject_public_key_info(), algorithm, &signed, signer_info.signature.as_bytes())
            .is_ok()
    });
    if !holds {
        checked.fault(VerificationCode::SignatureInvalid, "the signature was not made by the certificate's key");
    }
}

/// The only value of the only attribute of this type ([RFC 5652 §11]: each occurs once and has one value).
pub(crate) fn single_value(attributes: &SignedAttributes, oid: ObjectIdentifier) -> Option<&Any> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let (Some(attribute), None) = (found.next(), found.next()) else { return None };
    let [value] = attribute.values.as_slice() else { return None };
    Some(value)
}

fn accepted_algorithm(identifier: &AlgorithmIdentifierOwned) -> Option<SignatureAlgorithm> {
    // PKCS#1 v1.5 may be named by the key's OID alone; the digest is then the signer's ([RFC 3370 §3.2]).
    if identifier.oid == rfc5912::RSA_ENCRYPTION {
        return Some(SignatureAlgorithm::RsaPkcs1Sha256);
    }
    match SignatureAlgorithm::from_algorithm_identifier(&identifier.owned_to_ref())? {
        accepted @ (SignatureAlgorithm::RsaPkcs1Sha256
        | SignatureAlgorithm::RsaPssSha256
        | SignatureAlgorithm::EcdsaP256Sha256) => Some(accepted),
        SignatureAlgorithm::RsaPkcs1Sha384
        | SignatureAlgorithm::RsaPkcs1Sha512
        | SignatureAlgorithm::RsaPssSha384
        | SignatureAlgorithm::RsaPssSha512 => None,
    }
}

fn algorithm_of(key: &dyn SigningKey) -> Result<SignatureAlgorithm, SigningFailure> {
    let spki = SubjectPublicKeyInfoRef::from_der(key.subject_public_key_info()).map_err(SigningFailure::Encoding)?;
    match spki.algorithm.oid {
        rfc5912::RSA_ENCRYPTION => Ok(SignatureAlgorithm::RsaPssSha256),
        rfc5912::ID_EC_PUBLIC_KEY => Ok(SignatureAlgorithm::EcdsaP256Sha256),
        _ => Err(SigningFailure::KeyKind),
    }
}

fn signed_attributes(
    content_type: ObjectIdentifier,
    message_digest: &[u8; 32],
    leaf: &Certificate,
) -> der::Result<SignedAttributes> {
    SetOfVec::try_from(vec![
        attribute(rfc5911::ID_CONTENT_TYPE, Any::encode_from(&content_type)?)?,
        attribute(rfc5911::ID_MESSAGE_DIGEST, Any::encode_from(&OctetString::new(message_digest.as_slice())?)?)?,
        attribute(SIGNING_CERTIFICATE_V2, Any::encode_from(&SigningCertificateV2::of(leaf)?)?)?,
    ])
}

fn attribute(oid: ObjectIdentifier, value: Any) -> der::Result<x509_cert::attr::Attribute> {
    Ok(x509_cert::attr::Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}

fn signer_info(
    attributes: SignedAttributes,
    algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
    leaf: &Certificate,
) -> der::Result<SignerInfo> {
    let leaf = x509_cert::Certificate::from_der(leaf.der())?.tbs_certificate;
    let sid = IssuerAndSerialNumber { issuer: leaf.issuer, serial_number: leaf.serial_number };
    Ok(SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(sid),
        digest_alg: sha256_algorithm(),
        signed_attrs: Some(attributes),
        signature_algorithm: algorithm.algorithm_identifier(),
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    })
}

fn content_info(
    content: EncapsulatedContentInfo,
    signer_info: SignerInfo,
    carried: &[Certificate],
) -> der::Result<Vec<u8>> {
    let mut certificates: Vec<CertificateChoices> = Vec::with_capacity(carried.len());
    for certificate in carried {
        let parsed = CertificateChoices::Certificate(x509_cert::Certificate::from_der(certificate.der())?);
        if !certificates.contains(&parsed) {
            certificates.push(parsed);
        }
    }
    let certificates = match certificates.is_empty() {
        true => None,
        false => Some(CertificateSet::try_from(certificates)?),
    };
    // Version 3 for any content but data ([RFC 5652 §5.1]).
    let version = if content.econtent_type == rfc5911::ID_DATA { CmsVersion::V1 } else { CmsVersion::V3 };
    let signed_data = SignedData {
        version,
        digest_algorithms: SetOfVec::try_from(vec![sha256_algorithm()])?,
        encap_content_info: content,
        certificates,
        crls: None,
        signer_infos: SignerInfos::try_from(vec![signer_info])?,
    };
    ContentInfo { content_type: rfc5911::ID_SIGNED_DATA, content: Any::encode_from(&signed_data)? }.to_der()
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut value = [0; 32];
    value.copy_from_slice(digest(&SHA256, bytes).as_ref());
    value
}

/// SHA-256 without parameters ([RFC 5754 §2]).
pub(crate) fn sha256_algorithm() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_256, parameters: None }
}

/// Parameters may be absent or NULL ([RFC 5754 §2]).
fn is_sha256(algorithm: &AlgorithmIdentifierOwned) -> bool {
    algorithm.oid == rfc5912::ID_SHA_256 && algorithm.parameters.as_ref().is_none_or(Any::is_null)
}
