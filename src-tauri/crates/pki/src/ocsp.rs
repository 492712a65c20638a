//! Asking an OCSP responder about one certificate, and judging what it answers ([RFC 6960]).
//!
//! An [`OcspRequest`] is built from the certificate, its issuer and a nonce, and reads the answer to itself.
//! [`verify_ocsp_response`] does the same for an answer that someone kept or stapled. Neither knows a network or a clock.

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use chrono::{DateTime, TimeDelta, Utc};
use const_oid::db::{rfc5912, rfc6960};
use spki::AlgorithmIdentifierRef;

use crate::certificate::{Certificate, DIGITAL_SIGNATURE};
use crate::certificate_fields::CertificateFields;
use crate::der_walker::{
    self, DerWalker, ENUMERATED, GENERALIZED_TIME, INTEGER, NULL, NotDer, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
    context_constructed, context_primitive,
};
use crate::public_key::verify_signature;
use crate::signing::{self, SignatureAlgorithm};
use crate::status::{
    CertificateState, CertificateStatus, OcspFailure, ReasonCode, ResponderFault, RevocationReason, StatusError,
    StatusSource, judge_window,
};

/// The largest OCSP response that is read, in bytes of DER.
pub const MAXIMUM_OCSP_RESPONSE_BYTES: usize = 128 * 1024;
/// The largest number of certificates that are read from one OCSP response.
pub const MAXIMUM_RESPONDER_CERTIFICATES: usize = 8;
/// The length of a nonce, in bytes ([RFC 9654 §2.1]).
pub const NONCE_BYTES: usize = 32;
/// How long an answer without nextUpdate may be relied on: it says only that newer ones can be had at any time
/// ([RFC 6960 §4.2.2.1]).
pub const LIFE_WITHOUT_NEXT_UPDATE: TimeDelta = TimeDelta::hours(24);

/// id-kp-OCSPSigning, 1.3.6.1.5.5.7.3.9.
const OCSP_SIGNING: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x09];
/// ExtKeyUsage, 2.5.29.37.
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x25];

const MALFORMED: StatusError = StatusError::Malformed("the OCSP response");

/// A request about one certificate ([RFC 6960 §4.1]), unsigned.
///
/// The certificate is named by SHA-1 hashes, as responders expect ([RFC 5019 §2.1.1]); nothing is secured by them.
#[derive(Debug, Clone)]
pub struct OcspRequest {
    der: Vec<u8>,
    certificate: Certificate,
    issuer: Certificate,
    nonce: [u8; NONCE_BYTES],
}

impl OcspRequest {
    /// A request about `certificate`, which `issuer` issued. `nonce` is fresh and random, so that an old answer cannot be
    /// played back.
    ///
    /// # Errors
    /// [`StatusError::IssuerMismatch`] where the certificate names another issuer.
    pub fn new(certificate: &Certificate, issuer: &Certificate, nonce: [u8; NONCE_BYTES]) -> Result<Self, StatusError> {
        if certificate.issuer_der() != issuer.subject_der() {
            return Err(StatusError::IssuerMismatch);
        }
        let key = CertificateFields::of(issuer)?.subject_public_key;
        let name_hash = digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, issuer.subject_der());
        let key_hash = digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, key);
        let sha1 =
            [der_walker::encode(OBJECT_IDENTIFIER, &[rfc5912::ID_SHA_1.as_bytes()]), der_walker::encode(NULL, &[])]
                .concat();
        let certificate_id = [
            der_walker::encode(SEQUENCE, &[&sha1]),
            der_walker::encode(OCTET_STRING, &[name_hash.as_ref()]),
            der_walker::encode(OCTET_STRING, &[key_hash.as_ref()]),
            der_walker::encode(INTEGER, &[CertificateFields::of(certificate)?.serial_number]),
        ]
        .concat();
        let request = der_walker::encode(SEQUENCE, &[&der_walker::encode(SEQUENCE, &[&certificate_id])]);
        let nonce_value = der_walker::encode(OCTET_STRING, &[&der_walker::encode(OCTET_STRING, &[&nonce])]);
        let nonce_oid = der_walker::encode(OBJECT_IDENTIFIER, &[rfc6960::ID_PKIX_OCSP_NONCE.as_bytes()]);
        let extension = der_walker::encode(SEQUENCE, &[&nonce_oid, &nonce_value]);
        let extensions = der_walker::encode(context_constructed(2), &[&der_walker::encode(SEQUENCE, &[&extension])]);
        let to_be_signed = [der_walker::encode(SEQUENCE, &[&request]), extensions].concat();
        let der = der_walker::encode(SEQUENCE, &[&der_walker::encode(SEQUENCE, &[&to_be_signed])]);
        Ok(Self { der, certificate: certificate.clone(), issuer: issuer.clone(), nonce })
    }

    /// The DER `OCSPRequest`, to be posted as `application/ocsp-request` ([RFC 6960 §A.1]).
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Judges the answer to this request, which came in at the instant `at`.
    ///
    /// A nonce in the answer must be the request's; an answer without one is taken, as responders that prepare their
    /// answers give none ([RFC 9654 §3.1]).
    ///
    /// # Errors
    /// As [`verify_ocsp_response`], and [`StatusError::NonceMismatch`].
    pub fn verify_response(&self, response: &[u8], at: DateTime<Utc>) -> Result<OcspAnswer, StatusError> {
        verify(response, &self.certificate, &self.issuer, Some(&self.nonce), at)
    }
}

/// Judges an OCSP response about `certificate` at the instant `at`, whoever asked for it: a nonce in it is not looked at.
///
/// `response` is a DER `OCSPResponse` ([RFC 6960 §4.2.1]) of at most [`MAXIMUM_OCSP_RESPONSE_BYTES`]. `issuer` is the
/// certificate's own issuer from its validated path: the response is signed by it, or by a responder that it appointed with
/// a certificate of its own ([RFC 6960 §4.2.2.2]).
///
/// # Errors
/// [`StatusError::NoAnswer`] where the responder gave none; [`StatusError::Stale`] and [`StatusError::FromTheFuture`] by the
/// window of the answer; [`StatusError::OtherCertificate`]; [`StatusError::ResponderNotAuthorised`] and
/// [`StatusError::SignatureInvalid`] where it proves nothing.
pub fn verify_ocsp_response(
    response: &[u8],
    certificate: &Certificate,
    issuer: &Certificate,
    at: DateTime<Utc>,
) -> Result<OcspAnswer, StatusError> {
    verify(response, certificate, issuer, None, at)
}

/// When an OCSP response says that it was signed: producedAt ([RFC 6960 §4.2.2.1]). Nothing about it is proven; it tells
/// at which instant a kept response is to be judged.
///
/// # Errors
/// [`StatusError::TooLarge`], [`StatusError::Malformed`], [`StatusError::NoAnswer`], [`StatusError::NotBasicResponse`].
pub fn ocsp_produced_at(response: &[u8]) -> Result<DateTime<Utc>, StatusError> {
    if response.len() > MAXIMUM_OCSP_RESPONSE_BYTES {
        return Err(StatusError::TooLarge { actual: response.len(), limit: MAXIMUM_OCSP_RESPONSE_BYTES });
    }
    Ok(BasicResponse::of(successful_response(response)?)?.data.produced_at)
}

/// An answer whose signature, responder, certificate and window hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspAnswer {
    status: CertificateStatus,
    /// The appointed responder, unless its issuer vouched for it as long as it is valid.
    responder_to_check: Option<Certificate>,
    carries_nonce: bool,
}

impl OcspAnswer {
    /// The status, where nothing is left to check: the issuer itself answered, or a responder whose certificate bears
    /// id-pkix-ocsp-nocheck ([RFC 6960 §4.2.2.2.1]).
    ///
    /// # Errors
    /// [`StatusError::ResponderUnchecked`]: see [`OcspAnswer::responder_to_check`].
    pub fn status(&self) -> Result<&CertificateStatus, StatusError> {
        match &self.responder_to_check {
            None => Ok(&self.status),
            Some(_) => Err(StatusError::ResponderUnchecked),
        }
    }

    /// The responder whose own certificate can be revoked; its status comes from its issuer's revocation list.
    pub fn responder_to_check(&self) -> Option<&Certificate> {
        self.responder_to_check.as_ref()
    }

    /// The status, given that of [`OcspAnswer::responder_to_check`].
    ///
    /// # Errors
    /// [`StatusError::ResponderNotGood`].
    pub fn status_given_responder(&self, responder: &CertificateStatus) -> Result<&CertificateStatus, StatusError> {
        match responder.state {
            CertificateState::Good => Ok(&self.status),
            CertificateState::Suspended { .. } | CertificateState::Revoked { .. } | CertificateState::Unknown => {
                Err(StatusError::ResponderNotGood)
            }
        }
    }

    /// Whether the answer carries a nonce; where it answers an [`OcspRequest`], that request's.
    pub fn carries_nonce(&self) -> bool {
        self.carries_nonce
    }
}

fn verify(
    response: &[u8],
    certificate: &Certificate,
    issuer: &Certificate,
    nonce: Option<&[u8]>,
    at: DateTime<Utc>,
) -> Result<OcspAnswer, StatusError> {
    if certificate.issuer_der() != issuer.subject_der() {
        return Err(StatusError::IssuerMismatch);
    }
    if response.len() > MAXIMUM_OCSP_RESPONSE_BYTES {
        return Err(StatusError::TooLarge { actual: response.len(), limit: MAXIMUM_OCSP_RESPONSE_BYTES });
    }
    let basic = BasicResponse::of(successful_response(response)?)?;
    let responder = authorised_responder(&basic, issuer, at)?;
    // From here on, what is read is what an authorised responder signed.
    let carries_nonce = check_extensions(basic.data.extensions, nonce)?;
    let status = find(&basic.data, certificate, issuer, at)?;
    Ok(OcspAnswer { status, responder_to_check: responder, carries_nonce })
}

/// The DER `BasicOCSPResponse` of a response with responseStatus successful ([RFC 6960 §4.2.1]).
fn successful_response(response: &[u8]) -> Result<&[u8], StatusError> {
    let (status, bytes) = response_bytes(response).map_err(|NotDer| MALFORMED)?;
    let failure = match status {
        0 => {
            let (kind, bytes) = bytes.ok_or(MALFORMED)?;
            return if kind == rfc6960::ID_PKIX_OCSP_BASIC.as_bytes() {
                Ok(bytes)
            } else {
                Err(StatusError::NotBasicResponse)
            };
        }
        1 => OcspFailure::MalformedRequest,
        2 => OcspFailure::InternalError,
        3 => OcspFailure::TryLater,
        5 => OcspFailure::SignatureRequired,
        6 => OcspFailure::Unauthorized,
        _ => return Err(MALFORMED),
    };
    Err(StatusError::NoAnswer(failure))
}

/// responseStatus, and the type and content of responseBytes.
type ResponseBytes<'a> = (u8, Option<(&'a [u8], &'a [u8])>);

fn response_bytes(response: &[u8]) -> Result<ResponseBytes<'_>, NotDer> {
    let mut fields = DerWalker::new(der_walker::only(response, SEQUENCE)?);
    let status = der_walker::small_integer(fields.expect(ENUMERATED)?).ok_or(NotDer)?;
    let bytes = match fields.optional(context_constructed(0))? {
        None => None,
        Some(content) => {
            let mut typed = DerWalker::new(der_walker::only(content, SEQUENCE)?);
            let kind = typed.expect(OBJECT_IDENTIFIER)?;
            let bytes = typed.expect(OCTET_STRING)?;
            typed.finish()?;
            Some((kind, bytes))
        }
    };
    fields.finish()?;
    Ok((status, bytes))
}

/// `BasicOCSPResponse` ([RFC 6960 §4.2.1]).
struct BasicResponse<'a> {
    to_be_signed: &'a [u8],
    algorithm: AlgorithmIdentifierRef<'a>,
    signature: &'a [u8],
    /// The whole elements of the certificates that came with it.
    certificates: Vec<&'a [u8]>,
    data: ResponseData<'a>,
}

/// `ResponseData` ([RFC 6960 §4.2.1]).
struct ResponseData<'a> {
    responder: ResponderName<'a>,
    produced_at: DateTime<Utc>,
    /// The content of responses.
    responses: &'a [u8],
    /// The content of responseExtensions; empty where there are none.
    extensions: &'a [u8],
}

/// `ResponderID` ([RFC 6960 §4.2.1]).
enum ResponderName<'a> {
    /// The whole element of the responder's name.
    ByName(&'a [u8]),
    /// SHA-1 of the responder's public key.
    ByKey(&'a [u8]),
}

impl<'a> BasicResponse<'a> {
    fn of(der: &'a [u8]) -> Result<Self, StatusError> {
        Self::walk(der).map_err(|NotDer| MALFORMED)
    }

    fn walk(der: &'a [u8]) -> Result<Self, NotDer> {
        let mut fields = DerWalker::new(der_walker::only(der, SEQUENCE)?);
        let to_be_signed = fields.element()?;
        let algorithm = fields.element()?;
        let signature = fields.element()?;
        let certificates = match fields.optional(context_constructed(0))? {
            None => Vec::new(),
            Some(content) => {
                let mut walker = DerWalker::new(der_walker::only(content, SEQUENCE)?);
                let mut certificates = Vec::new();
                while !walker.is_empty() {
                    if certificates.len() == MAXIMUM_RESPONDER_CERTIFICATES {
                        return Err(NotDer);
                    }
                    certificates.push(walker.element()?.whole);
                }
                certificates
            }
        };
        fields.finish()?;
        let data = ResponseData::walk(der_walker::only(to_be_signed.whole, SEQUENCE)?)?;
        let (unused_bits, signature) =
            der_walker::only(signature.whole, der_walker::BIT_STRING)?.split_first().ok_or(NotDer)?;
        if *unused_bits != 0 {
            return Err(NotDer);
        }
        Ok(Self {
            to_be_signed: to_be_signed.whole,
            algorithm: AlgorithmIdentifierRef::try_from(algorithm.whole).map_err(|_| NotDer)?,
            signature,
            certificates,
            data,
        })
    }
}

impl<'a> ResponseData<'a> {
    fn walk(content: &'a [u8]) -> Result<Self, NotDer> {
        let mut fields = DerWalker::new(content);
        // Version 1 is the default and the only one.
        if let Some(version) = fields.optional(context_constructed(0))?
            && der_walker::only(version, INTEGER)? != [0]
        {
            return Err(NotDer);
        }
        let responder = fields.element()?;
        let responder = if responder.tag == context_constructed(1) {
            ResponderName::ByName(responder.content)
        } else if responder.tag == context_constructed(2) {
            ResponderName::ByKey(der_walker::only(responder.content, OCTET_STRING)?)
        } else {
            return Err(NotDer);
        };
        let produced_at = generalized_time(&mut fields)?;
        let responses = fields.expect(SEQUENCE)?;
        let extensions = match fields.optional(context_constructed(1))? {
            Some(content) => der_walker::only(content, SEQUENCE)?,
            None => &[],
        };
        fields.finish()?;
        Ok(Self { responder, produced_at, responses, extensions })
    }
}

fn generalized_time(fields: &mut DerWalker<'_>) -> Result<DateTime<Utc>, NotDer> {
    let element = fields.element()?;
    if element.tag == GENERALIZED_TIME { der_walker::time(&element) } else { Err(NotDer) }
}

/// Finds who signed, and that it may ([RFC 6960 §4.2.2.2]): the issuer, or one that the issuer appointed. Returns the
/// appointed one where its own status must be checked.
fn authorised_responder(
    basic: &BasicResponse<'_>,
    issuer: &Certificate,
    at: DateTime<Utc>,
) -> Result<Option<Certificate>, StatusError> {
    let algorithm = SignatureAlgorithm::from_algorithm_identifier(&basic.algorithm)
        .ok_or_else(|| StatusError::AlgorithmForbidden(signing::name_of(&basic.algorithm)))?;
    let signed_by = |responder: &Certificate| {
        verify_signature(responder.subject_public_key_info(), algorithm, basic.to_be_signed, basic.signature)
            .map_err(StatusError::SignatureInvalid)
    };
    let mut closest = StatusError::ResponderNotAuthorised(ResponderFault::NotFound);
    if basic.data.responder.names(issuer)? {
        match signed_by(issuer) {
            Ok(()) => return Ok(None),
            Err(error) => closest = error,
        }
    }
    for der in &basic.certificates {
        // One that cannot be read is not the responder's, or the responder is not found.
        let Ok(responder) = Certificate::from_der(der) else { continue };
        if responder == *issuer || !basic.data.responder.names(&responder)? {
            continue;
        }
        match appointed(&responder, issuer, at).and_then(|no_check| signed_by(&responder).map(|()| no_check)) {
            Ok(no_check) => return Ok((!no_check).then_some(responder)),
            Err(error) => closest = error,
        }
    }
    Err(closest)
}

impl ResponderName<'_> {
    fn names(&self, certificate: &Certificate) -> Result<bool, StatusError> {
        Ok(match self {
            Self::ByName(name) => *name == certificate.subject_der(),
            Self::ByKey(hash) => {
                let key = CertificateFields::of(certificate)?.subject_public_key;
                digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, key).as_ref() == *hash
            }
        })
    }
}

/// Whether `issuer` appointed the responder directly, at the instant `at`; tells whether it bears id-pkix-ocsp-nocheck.
fn appointed(responder: &Certificate, issuer: &Certificate, at: DateTime<Utc>) -> Result<bool, StatusError> {
    let refused = |fault| Err(StatusError::ResponderNotAuthorised(fault));
    let facts = responder.facts();
    let signature_holds = facts.signature_algorithm.is_some_and(|algorithm| {
        verify_signature(issuer.subject_public_key_info(), algorithm, &facts.to_be_signed, &facts.signature).is_ok()
    });
    if responder.issuer_der() != issuer.subject_der() || !signature_holds {
        return refused(ResponderFault::OtherIssuer);
    }
    let fields = CertificateFields::of(responder)?;
    let may_sign = facts.key_usage.is_none_or(|usage| usage & DIGITAL_SIGNATURE != 0);
    if !may_sign || !is_for_ocsp_signing(&fields).unwrap_or(false) {
        return refused(ResponderFault::NotForOcspSigning);
    }
    if at < responder.not_before() || at.timestamp() > responder.not_after().timestamp() {
        return refused(ResponderFault::OutsideValidity);
    }
    let no_check = rfc6960::ID_PKIX_OCSP_NOCHECK.to_string();
    let understood = facts.unknown_critical_extensions.iter().all(|oid| *oid == no_check);
    if !understood || !facts.malformed_extensions.is_empty() {
        return refused(ResponderFault::NotUnderstood);
    }
    Ok(fields.extension(rfc6960::ID_PKIX_OCSP_NOCHECK.as_bytes()).is_some())
}

/// Whether id-kp-OCSPSigning is named; anyExtendedKeyUsage does not stand for it ([RFC 6960 §4.2.2.2]).
fn is_for_ocsp_signing(fields: &CertificateFields<'_>) -> Result<bool, NotDer> {
    let Some(extension) = fields.extension(EXTENDED_KEY_USAGE) else {
        return Ok(false);
    };
    let mut walker = DerWalker::new(der_walker::only(extension.value, SEQUENCE)?);
    while !walker.is_empty() {
        if walker.expect(OBJECT_IDENTIFIER)? == OCSP_SIGNING {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Checks the nonce against that of the request, where both are there, and that nothing critical is unknown.
fn check_extensions(extensions: &[u8], nonce: Option<&[u8]>) -> Result<bool, StatusError> {
    let mut carries_nonce = false;
    for extension in der_walker::extensions(extensions) {
        let extension = extension.map_err(|NotDer| MALFORMED)?;
        if extension.oid == rfc6960::ID_PKIX_OCSP_NONCE.as_bytes() {
            carries_nonce = true;
            if nonce.is_some_and(|nonce| der_walker::only(extension.value, OCTET_STRING) != Ok(nonce)) {
                return Err(StatusError::NonceMismatch);
            }
        } else if extension.critical {
            return Err(StatusError::UnknownCriticalExtension { oid: der_walker::dotted(extension.oid) });
        }
    }
    Ok(carries_nonce)
}

/// The answer about the certificate: the strictest that can be relied on, where there are several.
fn find(
    data: &ResponseData<'_>,
    certificate: &Certificate,
    issuer: &Certificate,
    at: DateTime<Utc>,
) -> Result<CertificateStatus, StatusError> {
    // An answer cannot have been given later than now, whatever its window.
    judge_window(data.produced_at, at, at)?;
    let asked = CertificateFields::of(certificate)?.serial_number;
    let issuer_key = CertificateFields::of(issuer)?.subject_public_key;
    let mut closest = StatusError::OtherCertificate;
    let mut found: Option<CertificateStatus> = None;
    let mut walker = DerWalker::new(data.responses);
    while !walker.is_empty() {
        let single = SingleResponse::walk(&mut walker).map_err(|NotDer| MALFORMED)?;
        if !single.is_about(asked, issuer.subject_der(), issuer_key) {
            continue;
        }
        match single.status(at) {
            Ok(status) => {
                if found.as_ref().is_none_or(|found| found.state.weight() < status.state.weight()) {
                    found = Some(status);
                }
            }
            Err(error) => closest = error,
        }
    }
    found.ok_or(closest)
}

/// `SingleResponse` ([RFC 6960 §4.2.1]).
struct SingleResponse<'a> {
    hash_algorithm: &'a [u8],
    issuer_name_hash: &'a [u8],
    issuer_key_hash: &'a [u8],
    serial_number: &'a [u8],
    state: CertificateState,
    this_update: DateTime<Utc>,
    next_update: Option<DateTime<Utc>>,
    extensions: &'a [u8],
}

impl<'a> SingleResponse<'a> {
    fn walk(walker: &mut DerWalker<'a>) -> Result<Self, NotDer> {
        let mut fields = DerWalker::new(walker.expect(SEQUENCE)?);
        let mut certificate_id = DerWalker::new(fields.expect(SEQUENCE)?);
        let hash_algorithm = DerWalker::new(certificate_id.expect(SEQUENCE)?).expect(OBJECT_IDENTIFIER)?;
        let issuer_name_hash = certificate_id.expect(OCTET_STRING)?;
        let issuer_key_hash = certificate_id.expect(OCTET_STRING)?;
        let serial_number = der_walker::canonical_integer(certificate_id.expect(INTEGER)?);
        certificate_id.finish()?;
        let state = certificate_state(&mut fields)?;
        let this_update = generalized_time(&mut fields)?;
        let next_update = match fields.optional(context_constructed(0))? {
            None => None,
            Some(content) => {
                let mut explicit = DerWalker::new(content);
                let next_update = generalized_time(&mut explicit)?;
                explicit.finish()?;
                Some(next_update)
            }
        };
        if next_update.is_some_and(|next_update| next_update < this_update) {
            return Err(NotDer);
        }
        let extensions = match fields.optional(context_constructed(1))? {
            Some(content) => der_walker::only(content, SEQUENCE)?,
            None => &[],
        };
        fields.finish()?;
        Ok(Self {
            hash_algorithm,
            issuer_name_hash,
            issuer_key_hash,
            serial_number,
            state,
            this_update,
            next_update,
            extensions,
        })
    }

    /// Whether it is about the certificate with this serial number, of the issuer with this name and key
    /// ([RFC 6960 §4.1.1]). The responder may hash by another algorithm than was asked.
    fn is_about(&self, serial_number: &[u8], issuer: &[u8], issuer_key: &[u8]) -> bool {
        let sha1 = rfc5912::ID_SHA_1.as_bytes();
        let algorithms = [
            (sha1, &SHA1_FOR_LEGACY_USE_ONLY),
            (rfc5912::ID_SHA_256.as_bytes(), &SHA256),
            (rfc5912::ID_SHA_384.as_bytes(), &SHA384),
            (rfc5912::ID_SHA_512.as_bytes(), &SHA512),
        ];
        self.serial_number == serial_number
            && algorithms.iter().any(|(oid, algorithm)| {
                self.hash_algorithm == *oid
                    && digest::digest(algorithm, issuer).as_ref() == self.issuer_name_hash
                    && digest::digest(algorithm, issuer_key).as_ref() == self.issuer_key_hash
            })
    }

    fn status(&self, at: DateTime<Utc>) -> Result<CertificateStatus, StatusError> {
        check_extensions(self.extensions, None)?;
        let until = self.next_update.unwrap_or(self.this_update + LIFE_WITHOUT_NEXT_UPDATE);
        judge_window(self.this_update, until, at)?;
        Ok(CertificateStatus {
            state: self.state,
            source: StatusSource::Ocsp,
            this_update: self.this_update,
            next_update: self.next_update,
        })
    }
}

/// `CertStatus` ([RFC 6960 §4.2.1]).
fn certificate_state(fields: &mut DerWalker<'_>) -> Result<CertificateState, NotDer> {
    let element = fields.element()?;
    if element.tag == context_primitive(0) && element.content.is_empty() {
        return Ok(CertificateState::Good);
    }
    if element.tag == context_primitive(2) && element.content.is_empty() {
        return Ok(CertificateState::Unknown);
    }
    if element.tag != context_constructed(1) {
        return Err(NotDer);
    }
    let mut revoked = DerWalker::new(element.content);
    let at = generalized_time(&mut revoked)?;
    let code = match revoked.optional(context_constructed(0))? {
        None => ReasonCode::Final(RevocationReason::Unspecified),
        Some(reason) => ReasonCode::of(der_walker::only(reason, ENUMERATED)?)?,
    };
    revoked.finish()?;
    Ok(match code {
        ReasonCode::Final(reason) => CertificateState::Revoked { reason, at },
        ReasonCode::CertificateHold => CertificateState::Suspended { at },
        // A responder that says revoked says so, even with a reason that belongs to delta lists.
        ReasonCode::RemoveFromCrl => CertificateState::Revoked { reason: RevocationReason::Unspecified, at },
    })
}
