//! CMS `SignedData` ([RFC 5652 §5]) with CAdES' signed attributes: the value of a document's signature, and the portal's
//! detached signature over the terms.
//!
//! One signer, SHA-256, attributes signed: content-type, message-digest and signing-certificate-v2
//! ([ETSI EN 319 122-1 §6.3]). No signing-time: in PAdES the time stands in the document ([ETSI EN 319 142-1 §6.3 d]).

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
use der::{Any, Decode, Encode, Sequence};
use pki::{
    Certificate, Profile, SignatureAlgorithm, SigningError, SigningKey, TrustAnchor, ValidatedCertificate,
    ValidationReport,
};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoRef};
use thiserror::Error;

/// Largest CMS signature that is read, in bytes.
pub const SIGNATURE_LIMIT: usize = 64 * 1024;

/// Most certificates that a signature carries.
const CERTIFICATE_LIMIT: usize = 10;

/// Most signed attributes that are read.
const ATTRIBUTE_LIMIT: usize = 16;

/// id-aa-signingCertificateV2 ([RFC 5035 §3]).
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

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
    let checked = check_digest(&sha256(content), cms);
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
    let leaf = chain.first().filter(|_| chain.len() <= CERTIFICATE_LIMIT).ok_or(SigningFailure::Chain)?;
    if leaf.subject_public_key_info() != key.subject_public_key_info() {
        return Err(SigningFailure::KeyMismatch);
    }
    let algorithm = algorithm_of(key)?;
    let attributes = signed_attributes(message_digest, leaf).map_err(SigningFailure::Encoding)?;
    let signed = attributes.to_der().map_err(SigningFailure::Encoding)?;
    let signature = key.sign(algorithm, &signed).map_err(SigningFailure::Key)?;
    pki::verify_signature(leaf.subject_public_key_info(), algorithm, &signed, &signature)
        .map_err(|_| SigningFailure::Unusable)?;
    content_info(attributes, algorithm, signature, chain).map_err(SigningFailure::Encoding)
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

fn read(cms: &[u8], checked: &mut Checked) -> Option<(SignedData, SignerInfo)> {
    const STRUCTURE: VerificationCode = VerificationCode::CmsStructure;
    if cms.len() > SIGNATURE_LIMIT {
        checked.fault(VerificationCode::TooLarge, "the signature is larger than any of ours");
        return None;
    }
    let Ok(outer) = ContentInfo::from_der(cms) else {
        checked.fault(STRUCTURE, "the signature is not a CMS ContentInfo in DER");
        return None;
    };
    // Two encodings of one value would be two documents with one signature.
    if outer.to_der().ok().as_deref() != Some(cms) {
        checked.fault(STRUCTURE, "the signature is not in DER");
        return None;
    }
    if outer.content_type != rfc5911::ID_SIGNED_DATA {
        checked.fault(STRUCTURE, "the signature is not SignedData");
        return None;
    }
    let Ok(signed_data) = outer.content.decode_as::<SignedData>() else {
        checked.fault(STRUCTURE, "the signature's SignedData cannot be read");
        return None;
    };
    if Any::encode_from(&signed_data).ok().as_ref() != Some(&outer.content) {
        checked.fault(STRUCTURE, "the signature's SignedData is not in DER");
        return None;
    }
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
        checked.fault(STRUCTURE, "the signature carries revocation lists, which level B-B does not");
    }
    let [signer_info] = signed_data.signer_infos.0.as_slice() else {
        checked.fault(STRUCTURE, "the signature does not have exactly one signer");
        return None;
    };
    if signer_info.unsigned_attrs.is_some() {
        checked.fault(
            VerificationCode::UnsignedAttribute,
            "the signature has unsigned attributes, which level B-B does not",
        );
    }
    if signer_info.version != CmsVersion::V1 {
        checked.fault(STRUCTURE, "the signer's entry is not of version 1");
    }
    if !is_sha256(digest_algorithm) || !is_sha256(&signer_info.digest_alg) {
        checked.fault(VerificationCode::AlgorithmNotAccepted, "the digest is not SHA-256");
    }
    let signer_info = signer_info.clone();
    Some((signed_data, signer_info))
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
    match named.as_ref().and_then(|named| named.certs.first()) {
        Some(named) => {
            let matches = checked.signer.as_ref().is_some_and(|signer| {
                named.hash_algorithm.as_ref().is_none_or(is_sha256) && named.cert_hash.as_bytes() == signer.sha256()
            });
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
fn single_value(attributes: &SignedAttributes, oid: ObjectIdentifier) -> Option<&Any> {
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

fn signed_attributes(message_digest: &[u8; 32], leaf: &Certificate) -> der::Result<SignedAttributes> {
    let named = SigningCertificateV2 {
        certs: vec![EssCertIdV2 {
            hash_algorithm: None,
            cert_hash: OctetString::new(leaf.sha256())?,
            issuer_serial: None,
        }],
        policies: None,
    };
    SetOfVec::try_from(vec![
        attribute(rfc5911::ID_CONTENT_TYPE, Any::encode_from(&rfc5911::ID_DATA)?)?,
        attribute(rfc5911::ID_MESSAGE_DIGEST, Any::encode_from(&OctetString::new(message_digest.as_slice())?)?)?,
        attribute(SIGNING_CERTIFICATE_V2, Any::encode_from(&named)?)?,
    ])
}

fn attribute(oid: ObjectIdentifier, value: Any) -> der::Result<x509_cert::attr::Attribute> {
    Ok(x509_cert::attr::Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}

fn content_info(
    attributes: SignedAttributes,
    algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
    chain: &[Certificate],
) -> der::Result<Vec<u8>> {
    let mut certificates: Vec<CertificateChoices> = Vec::with_capacity(chain.len());
    for certificate in chain {
        let parsed = CertificateChoices::Certificate(x509_cert::Certificate::from_der(certificate.der())?);
        if !certificates.contains(&parsed) {
            certificates.push(parsed);
        }
    }
    let Some(CertificateChoices::Certificate(leaf)) = certificates.first() else {
        return Err(der::ErrorKind::Failed.into());
    };
    let sid = SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
        issuer: leaf.tbs_certificate.issuer.clone(),
        serial_number: leaf.tbs_certificate.serial_number.clone(),
    });
    let signer_info = SignerInfo {
        version: CmsVersion::V1,
        sid,
        digest_alg: sha256_algorithm(),
        signed_attrs: Some(attributes),
        signature_algorithm: algorithm.algorithm_identifier(),
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let signed_data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![sha256_algorithm()])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: rfc5911::ID_DATA, econtent: None },
        certificates: Some(CertificateSet::try_from(certificates)?),
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
fn sha256_algorithm() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_256, parameters: None }
}

/// Parameters may be absent or NULL ([RFC 5754 §2]).
fn is_sha256(algorithm: &AlgorithmIdentifierOwned) -> bool {
    algorithm.oid == rfc5912::ID_SHA_256 && algorithm.parameters.as_ref().is_none_or(Any::is_null)
}

/// `SigningCertificateV2` ([RFC 5035 §3]).
#[derive(Sequence)]
struct SigningCertificateV2 {
    certs: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

/// `ESSCertIDv2` ([RFC 5035 §4]).
#[derive(Sequence)]
struct EssCertIdV2 {
    /// SHA-256 where it is absent.
    #[asn1(optional = "true")]
    hash_algorithm: Option<AlgorithmIdentifierOwned>,
    cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<Any>,
}
