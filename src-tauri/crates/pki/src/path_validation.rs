//! The one judgement about a certificate: the path to a trust anchor, the dates, and the profile.
//!
//! webpki underneath finds a path that holds, and of each that it finds we judge what it does not look at. Where there is
//! none, webpki stops at a fault, and a walk of our own names every one that a person could act on. The walk never makes a
//! certificate valid: only webpki's yes does.
//!
//! `tests/pkits.rs` holds both against the test suite of NIST, and names where they are stricter than the standard.

use std::cell::RefCell;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use serde::Serialize;
use webpki::aws_lc_rs::{
    ECDSA_P256_SHA256, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256_LEGACY_KEY, RSA_PSS_2048_8192_SHA384_LEGACY_KEY, RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, VerifiedPath, anchor_from_trusted_cert};

use crate::certificate::{Certificate, CertificateError, KEY_CERT_SIGN};
use crate::description::Environment;
use crate::policy_processing::{self, PolicyFault};
use crate::profile::{self, Profile};
use crate::public_key::{PublicKeyKind, verify_signature};

/// The largest number of intermediate certificates that one validation takes.
pub const MAXIMUM_INTERMEDIATES: usize = 32;
/// The largest number of trust anchors that one validation takes.
pub const MAXIMUM_TRUST_ANCHORS: usize = 64;
/// The longest path that is walked, anchor and end included; webpki's own bound is lower.
const MAXIMUM_PATH: usize = 8;

/// The weakest RSA key that counts for anything, in bits.
pub(crate) const WEAKEST_RSA_BITS: usize = 2048;

/// The same closed list as [`crate::SignatureAlgorithm`].
static ACCEPTED_ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
    ECDSA_P256_SHA256,
];

/// A certificate that is trusted by decision, not by proof ([RFC 5280 §6.1.1 (d)]): its name and key count, not its dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustAnchor(Certificate);

impl TrustAnchor {
    /// Trusts `certificate`.
    pub fn new(certificate: Certificate) -> Self {
        Self(certificate)
    }

    /// Trusts the first certificate of a PEM text.
    ///
    /// # Errors
    /// Those of [`Certificate::from_pem`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, CertificateError> {
        Certificate::from_pem(pem).map(Self)
    }

    /// The certificate that is trusted.
    pub fn certificate(&self) -> &Certificate {
        &self.0
    }
}

/// What a validation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The path and the profile hold.
    Valid,
    /// They do not.
    Invalid,
    /// It cannot be told from what was given.
    Indeterminate,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The certificate is invalid for the purpose.
    Error,
    /// Nothing can be said for lack of something that was not given.
    Indeterminate,
    /// Worth a look; the certificate can be valid all the same.
    Warning,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingCode {
    /// No trust anchor was given that can be used.
    NoTrustAnchor,
    /// No path leads from the certificate to a trust anchor.
    PathNotFound,
    /// A certificate of the path may not stand where it stands: not an authority, path length, name constraints.
    PathConstraint,
    /// More certificates or signatures than one validation looks at.
    TooComplex,
    /// A signature of the path does not match its issuer's key.
    SignatureInvalid,
    /// A signature of the path is by an algorithm that is not accepted, such as SHA-1.
    AlgorithmForbidden,
    /// A key of the path is too weak or of a kind that is not accepted.
    KeyTooWeak,
    /// The validity period is over, of the certificate or of an authority of its path.
    Expired,
    /// The validity period has not begun.
    NotYetValid,
    /// The certificate is of another kind than the profile.
    NotOfProfile,
    /// The key usage does not fit.
    KeyUsage,
    /// The extended key usage does not fit.
    ExtendedKeyUsage,
    /// No policy of the profile is present, or an authority of the path does not allow it.
    PolicyMissing,
    /// A field of the subject is missing or has not the form of the profile.
    SubjectField,
    /// The validity period is longer than the profile allows.
    ValidityTooLong,
    /// A critical extension is not understood ([RFC 5280 §4.2]: the certificate must be refused).
    UnknownCriticalExtension,
    /// The certificate or one of its extensions is not encoded as the standard wants it.
    Malformed,
    /// The certificate is from a test or practice environment.
    TestCertificate,
    /// A certificate of the path was revoked, for good.
    Revoked,
    /// A certificate of the path is on hold.
    Suspended,
    /// Nobody says whether a certificate of the path was revoked.
    StatusUnknown,
    /// What is known of the status of a certificate of the path is too old.
    StatusStale,
    /// What was given as the status of a certificate of the path proves nothing.
    StatusUnsound,
}

impl FindingCode {
    /// Every code, in the order of their declaration.
    pub const ALL: [Self; 23] = [
        Self::NoTrustAnchor,
        Self::PathNotFound,
        Self::PathConstraint,
        Self::TooComplex,
        Self::SignatureInvalid,
        Self::AlgorithmForbidden,
        Self::KeyTooWeak,
        Self::Expired,
        Self::NotYetValid,
        Self::NotOfProfile,
        Self::KeyUsage,
        Self::ExtendedKeyUsage,
        Self::PolicyMissing,
        Self::SubjectField,
        Self::ValidityTooLong,
        Self::UnknownCriticalExtension,
        Self::Malformed,
        Self::TestCertificate,
        Self::Revoked,
        Self::Suspended,
        Self::StatusUnknown,
        Self::StatusStale,
        Self::StatusUnsound,
    ];

    /// What can be done about it.
    pub fn remedy(self) -> Remedy {
        match self {
            Self::NoTrustAnchor => Remedy::GiveTrustAnchor,
            Self::PathNotFound => Remedy::GiveAuthorities,
            Self::TooComplex => Remedy::GiveFewerCertificates,
            Self::SignatureInvalid => Remedy::FetchCertificateAgain,
            Self::Expired => Remedy::RenewCertificate,
            Self::NotYetValid => Remedy::CheckClock,
            Self::NotOfProfile
            | Self::KeyUsage
            | Self::ExtendedKeyUsage
            | Self::PolicyMissing
            | Self::TestCertificate => Remedy::ChooseAnotherCertificate,
            Self::PathConstraint
            | Self::AlgorithmForbidden
            | Self::KeyTooWeak
            | Self::SubjectField
            | Self::ValidityTooLong
            | Self::UnknownCriticalExtension
            | Self::Malformed
            | Self::Revoked => Remedy::AskForNewCertificate,
            Self::Suspended => Remedy::AskForReinstatement,
            Self::StatusUnknown | Self::StatusStale | Self::StatusUnsound => Remedy::FetchStatus,
        }
    }
}

/// What can be done about a finding; the words for people belong to the faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// Say which root is trusted.
    GiveTrustAnchor,
    /// Give the certificates of the authorities between, or the right root.
    GiveAuthorities,
    /// Leave out the certificates that do not belong to the path.
    GiveFewerCertificates,
    /// The file was altered on its way: get the certificate from its issuer again.
    FetchCertificateAgain,
    /// Renew the certificate, or order a new one.
    RenewCertificate,
    /// Check this computer's clock; if it is right, wait.
    CheckClock,
    /// The certificate is for something else: choose the one for this.
    ChooseAnotherCertificate,
    /// The certificate cannot be relied on, or no longer: ask the issuer for a new one.
    AskForNewCertificate,
    /// Ask whoever administers the organisation's certificates to lift the suspension.
    AskForReinstatement,
    /// Get the revocation list or the OCSP response again, from the issuer's own address.
    FetchStatus,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is.
    pub code: FindingCode,
    /// How much it weighs.
    pub severity: Severity,
    /// The facts of this case, in English, for logs and support.
    pub detail: String,
    /// Which certificate of the report's path it is about, 0 being the certificate that was judged; `None` where it is
    /// about none of them, or about one that cannot be told.
    pub place: Option<usize>,
}

/// Everything that a validation found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationReport {
    /// What it came to.
    pub verdict: Verdict,
    /// Every finding, those about the certificate itself first.
    pub findings: Vec<Finding>,
    /// The path, the certificate first and the trust anchor last; as far as it was found where the verdict is not valid.
    pub path: Vec<Certificate>,
    /// Private, so that no report but one of [`validate`] can be turned into a [`ValidatedCertificate`].
    validated: Option<ValidatedCertificate>,
}

impl ValidationReport {
    /// The certificate as a validated one, where the verdict of [`validate`] was [`Verdict::Valid`].
    ///
    /// # Errors
    /// The report itself, where it was not.
    pub fn into_validated(mut self) -> Result<ValidatedCertificate, Self> {
        self.validated.take().ok_or(self)
    }

    /// The report with more findings, and the verdict that follows from all of them.
    pub(crate) fn with_findings(mut self, more: Vec<Finding>) -> Self {
        self.findings.extend(more);
        report(self.findings, self.path, self.validated)
    }

    /// Whether any finding has this code and is an error.
    pub fn has_error(&self, code: FindingCode) -> bool {
        self.findings.iter().any(|finding| finding.code == code && finding.severity == Severity::Error)
    }
}

/// A certificate whose path, dates and profile held at the time and for the profile that were asked about.
///
/// Only [`ValidationReport::into_validated`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatedCertificate {
    path: Vec<Certificate>,
    profile: Profile,
    at: DateTime<Utc>,
}

impl ValidatedCertificate {
    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        self.path.first().expect("a validated path begins with its certificate")
    }

    /// The path, the certificate first and the trust anchor last.
    pub fn path(&self) -> &[Certificate] {
        &self.path
    }

    /// The profile that held.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The instant at which it held.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }
}

/// Judges `certificate` at the instant `at`: a path over `intermediates` to one of `anchors` ([RFC 5280 §6.1]), the
/// validity periods, the accepted algorithms, the key usage of the authorities, the critical extensions, the certificate
/// policies with any of them acceptable ([RFC 5280 §6.1.3 (d) to (f)]), and the requirements of `profile`. Of several
/// paths one that holds is enough.
///
/// The order of `intermediates` does not matter, and superfluous ones do no harm. Whether the certificate was revoked
/// is not judged here. Every finding is reported, not the first. At most [`MAXIMUM_INTERMEDIATES`] and
/// [`MAXIMUM_TRUST_ANCHORS`] are taken.
///
/// Signatures over certificates must name their algorithm in the encoding that webpki compares, byte for byte: for PSS
/// the digests with NULL parameters and no trailer field, as OCES3 writes them.
pub fn validate(
    certificate: &Certificate,
    intermediates: &[Certificate],
    anchors: &[TrustAnchor],
    at: DateTime<Utc>,
    profile: Profile,
) -> ValidationReport {
    let mut findings = own_findings(certificate, at);
    findings.extend(profile::findings(certificate, profile));
    if intermediates.len() > MAXIMUM_INTERMEDIATES || anchors.len() > MAXIMUM_TRUST_ANCHORS {
        findings.push(Finding {
            code: FindingCode::TooComplex,
            severity: Severity::Indeterminate,
            detail: format!("{} intermediates and {} trust anchors were given", intermediates.len(), anchors.len()),
            place: None,
        });
        return report(findings, vec![certificate.clone()], None);
    }
    if anchors.is_empty() {
        findings.push(Finding {
            code: FindingCode::NoTrustAnchor,
            severity: Severity::Indeterminate,
            detail: "no trust anchor was given".to_owned(),
            place: None,
        });
        return report(findings, vec![certificate.clone()], None);
    }

    match certified_path(certificate, intermediates, anchors, at, profile) {
        Ok(path) => valid(findings, path, at, profile),
        Err(PathFault::Refused(refused)) => {
            findings.extend(refused.findings);
            report(findings, refused.path, None)
        }
        Err(PathFault::NotFound(fault)) => {
            let walked = walk(certificate, intermediates, anchors, at);
            add_new(&mut findings, walked.findings);
            // webpki names the worst of what it met on all the ways it tried. Where the walk arrived, the fault of that one
            // path is wanted; and webpki may have given up before it came to it.
            let between = match walked.path.as_slice() {
                [_, between @ .., _anchor] if walked.reached_anchor => between,
                _ => intermediates,
            };
            let on_the_walk = if walked.reached_anchor {
                certified_path(certificate, between, anchors, at, profile)
            } else {
                Err(PathFault::NotFound(fault))
            };
            match on_the_walk {
                Ok(path) => {
                    let findings = in_places_of(&path, findings, &walked.path);
                    valid(findings, path, at, profile)
                }
                Err(PathFault::Refused(refused)) => {
                    let mut findings = in_places_of(&refused.path, findings, &walked.path);
                    add_new(&mut findings, refused.findings);
                    report(findings, refused.path, None)
                }
                Err(PathFault::NotFound(fault)) if is_about_time(&fault) => {
                    add(&mut findings, &fault, &walked.path);
                    // The dates are told. What else is wrong shows at an instant within the certificate's own period.
                    let end = certificate.not_after().max(certificate.not_before());
                    let within = at.clamp(certificate.not_before(), end);
                    match certified_path(certificate, between, anchors, within, profile) {
                        Err(PathFault::NotFound(other)) if !is_about_time(&other) => {
                            add_path_fault(&mut findings, &other, &walked.path);
                        }
                        Err(PathFault::Refused(refused)) => {
                            let others = in_places_of(&walked.path, refused.findings, &refused.path);
                            add_new(&mut findings, others);
                        }
                        Ok(_) | Err(PathFault::NotFound(_)) => {}
                    }
                    report(findings, walked.path, None)
                }
                // The walk has verified every signature: webpki means one of another way through authorities of one name.
                Err(PathFault::NotFound(webpki::Error::InvalidSignatureForPublicKey)) if walked.holds_by_signatures => {
                    let place = too_far_down(&walked.path).or_else(|| wrongly_named(&walked.path));
                    findings.push(Finding {
                        place,
                        ..error_of_path(
                            FindingCode::PathConstraint,
                            "the signatures of the path hold and its constraints do not: path length or names"
                                .to_owned(),
                        )
                    });
                    report(findings, walked.path, None)
                }
                Err(PathFault::NotFound(fault)) => {
                    add_path_fault(&mut findings, &fault, &walked.path);
                    report(findings, walked.path, None)
                }
            }
        }
    }
}

fn valid(findings: Vec<Finding>, path: Vec<Certificate>, at: DateTime<Utc>, profile: Profile) -> ValidationReport {
    let validated = ValidatedCertificate { path: path.clone(), profile, at };
    report(findings, path, Some(validated))
}

fn add_new(findings: &mut Vec<Finding>, others: Vec<Finding>) {
    for other in others {
        if !findings.contains(&other) {
            findings.push(other);
        }
    }
}

/// The findings about certificates of the path `from`, with their places in the path `to`.
fn in_places_of(to: &[Certificate], findings: Vec<Finding>, from: &[Certificate]) -> Vec<Finding> {
    let moved = |place: usize| {
        let certificate = from.get(place)?;
        to.iter().position(|other| other == certificate)
    };
    findings.into_iter().map(|finding| Finding { place: finding.place.and_then(moved), ..finding }).collect()
}

fn report(findings: Vec<Finding>, path: Vec<Certificate>, validated: Option<ValidatedCertificate>) -> ValidationReport {
    let has = |severity| findings.iter().any(|finding| finding.severity == severity);
    let verdict = match (has(Severity::Error), has(Severity::Indeterminate), &validated) {
        (true, _, _) => Verdict::Invalid,
        (false, false, Some(_)) => Verdict::Valid,
        (false, _, _) => Verdict::Indeterminate,
    };
    let validated = validated.filter(|_| verdict == Verdict::Valid);
    ValidationReport { verdict, findings, path, validated }
}

/// An error about the certificate at this place of the path.
fn error(place: usize, code: FindingCode, detail: String) -> Finding {
    Finding { place: Some(place), ..error_of_path(code, detail) }
}

/// An error about no single certificate of the path.
fn error_of_path(code: FindingCode, detail: String) -> Finding {
    Finding { code, severity: Severity::Error, detail, place: None }
}

/// What is wrong with the certificate whatever its path and profile.
fn own_findings(certificate: &Certificate, at: DateTime<Utc>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(dates(certificate, at, 0, "the certificate"));
    if certificate.not_after() < certificate.not_before() {
        findings.push(error(0, FindingCode::Malformed, "the validity period ends before it begins".to_owned()));
    }
    findings.extend(extensions(certificate, 0, "the certificate"));
    if !certificate.facts().version_3 {
        findings.push(error(0, FindingCode::Malformed, "the certificate is not of X.509 version 3".to_owned()));
    }
    findings.extend(weak_key(certificate, 0, "the certificate"));
    match certificate.description().environment {
        Environment::Test => findings.push(Finding {
            code: FindingCode::TestCertificate,
            severity: Severity::Warning,
            detail: "the certificate is from a test or practice environment".to_owned(),
            place: Some(0),
        }),
        Environment::Production | Environment::Unknown => {}
    }
    if certificate.facts().is_certification_authority {
        findings.push(error(
            0,
            FindingCode::NotOfProfile,
            "an authority's certificate does not stand at the end of a path".to_owned(),
        ));
    }
    findings
}

fn dates(certificate: &Certificate, at: DateTime<Utc>, place: usize, whose: &str) -> Option<Finding> {
    // notBefore and notAfter are whole seconds and both are part of the period ([RFC 5280 §4.1.2.5]).
    if at.timestamp() > certificate.not_after().timestamp() {
        Some(error(
            place,
            FindingCode::Expired,
            format!("{whose} was valid to {}; it is {at}", certificate.not_after()),
        ))
    } else if at < certificate.not_before() {
        Some(error(
            place,
            FindingCode::NotYetValid,
            format!("{whose} is valid from {}; it is {at}", certificate.not_before()),
        ))
    } else {
        None
    }
}

fn extensions(certificate: &Certificate, place: usize, whose: &str) -> Vec<Finding> {
    let facts = certificate.facts();
    let unknown = facts.unknown_critical_extensions.iter().map(|oid| {
        error(
            place,
            FindingCode::UnknownCriticalExtension,
            format!("the critical extension {oid} of {whose} is not understood"),
        )
    });
    let malformed = facts.malformed_extensions.iter().map(|oid| {
        error(place, FindingCode::Malformed, format!("the extension {oid} of {whose} cannot be read or occurs twice"))
    });
    unknown.chain(malformed).collect()
}

fn weak_key(certificate: &Certificate, place: usize, whose: &str) -> Option<Finding> {
    match &certificate.facts().key {
        PublicKeyKind::Rsa { bits } if *bits < WEAKEST_RSA_BITS => {
            Some(error(place, FindingCode::KeyTooWeak, format!("the key of {whose} is RSA {bits}")))
        }
        PublicKeyKind::Rsa { .. } | PublicKeyKind::EcP256 | PublicKeyKind::Other(_) => None,
    }
}

/// How far the walk came, and what it met.
struct Walk {
    path: Vec<Certificate>,
    findings: Vec<Finding>,
    reached_anchor: bool,
    /// Whether it reached the anchor, every signature held, and nothing else is wrong that it looks for.
    holds_by_signatures: bool,
}

/// Goes from the certificate up as far as issuers can be found, and names what is wrong on the way.
fn walk(certificate: &Certificate, intermediates: &[Certificate], anchors: &[TrustAnchor], at: DateTime<Utc>) -> Walk {
    let mut path = vec![certificate.clone()];
    let mut findings = Vec::new();
    while path.len() < MAXIMUM_PATH {
        let place = path.len() - 1;
        let current = path[place].clone();
        let whose = name_in_path(&current, place == 0);
        let candidates: Vec<(&Certificate, bool)> = anchors
            .iter()
            .map(|anchor| (anchor.certificate(), true))
            .chain(intermediates.iter().map(|intermediate| (intermediate, false)))
            .filter(|(candidate, _)| may_have_issued(candidate, &current) && !path.contains(candidate))
            .collect();
        if candidates.is_empty() {
            findings.push(error(
                place,
                FindingCode::PathNotFound,
                format!("no certificate of the issuer of {whose} was given, and it is not a trust anchor"),
            ));
            return Walk { path, findings, reached_anchor: false, holds_by_signatures: false };
        }
        let issuer = match current.facts().signature_algorithm {
            None => {
                findings.push(error(
                    place,
                    FindingCode::AlgorithmForbidden,
                    format!("{whose} is signed by {}", current.facts().signature_algorithm_name),
                ));
                candidates[0]
            }
            Some(algorithm) => {
                let signed_by = |candidate: &Certificate| {
                    verify_signature(
                        candidate.subject_public_key_info(),
                        algorithm,
                        &current.facts().to_be_signed,
                        &current.facts().signature,
                    )
                };
                match candidates.iter().find(|(candidate, _)| signed_by(candidate).is_ok()) {
                    Some(issuer) => *issuer,
                    None => {
                        findings.push(error(
                            place,
                            FindingCode::SignatureInvalid,
                            format!("the signature of {whose} does not match the key of its issuer"),
                        ));
                        candidates[0]
                    }
                }
            }
        };
        let (issuer, is_anchor) = issuer;
        path.push(issuer.clone());
        if is_anchor {
            findings.extend(weak_key(issuer, place + 1, "the trust anchor"));
            let holds_by_signatures = findings.is_empty();
            return Walk { path, findings, reached_anchor: true, holds_by_signatures };
        }
        findings.extend(authority_findings(issuer, place + 1, at));
    }
    findings.push(Finding {
        code: FindingCode::TooComplex,
        severity: Severity::Indeterminate,
        detail: "the path is longer than is walked".to_owned(),
        place: None,
    });
    Walk { path, findings, reached_anchor: false, holds_by_signatures: false }
}

/// Names match byte for byte, and the key identifiers where both are written ([RFC 5280 §4.2.1.1]).
fn may_have_issued(candidate: &Certificate, issued: &Certificate) -> bool {
    candidate.facts().subject_der == issued.facts().issuer_der
        && match (&issued.facts().authority_key_identifier, &candidate.facts().subject_key_identifier) {
            (Some(wanted), Some(present)) => wanted == present,
            (Some(_) | None, Some(_) | None) => true,
        }
}

fn authority_findings(authority: &Certificate, place: usize, at: DateTime<Utc>) -> Vec<Finding> {
    let whose = name_in_path(authority, false);
    let mut findings = Vec::new();
    findings.extend(dates(authority, at, place, &whose));
    findings.extend(extensions(authority, place, &whose));
    findings.extend(weak_key(authority, place, &whose));
    if !authority.facts().is_certification_authority {
        findings.push(error(place, FindingCode::PathConstraint, format!("{whose} is not an authority's certificate")));
    }
    // webpki does not look at this bit of authorities ([RFC 5280 §6.1.4 (n)]).
    if authority.facts().key_usage.is_some_and(|bits| bits & KEY_CERT_SIGN == 0) {
        findings.push(error(place, FindingCode::KeyUsage, format!("the key of {whose} may not sign certificates")));
    }
    findings
}

pub(crate) fn name_in_path(certificate: &Certificate, is_first: bool) -> String {
    if is_first {
        "the certificate".to_owned()
    } else {
        format!("the authority \u{201C}{}\u{201D}", certificate.facts().subject)
    }
}

/// What is wrong with a path that holds by webpki's rules: keys, key usages, policies.
fn faults_along(path: &[Certificate], at: DateTime<Utc>, profile: Profile) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let [_, between @ .., anchor] = path {
        for (authority, place) in between.iter().zip(1..) {
            findings.extend(authority_findings(authority, place, at));
        }
        findings.extend(weak_key(anchor, path.len() - 1, "the trust anchor"));
    }
    match policy_processing::process(path) {
        Ok(()) => {}
        Err(PolicyFault::ExplicitPolicyRequired) => findings.push(error_of_path(
            FindingCode::PolicyMissing,
            "the path requires a policy that every certificate of it has, and there is none".to_owned(),
        )),
        Err(PolicyFault::AnyPolicyMapped { place }) => findings.push(error(
            place,
            FindingCode::PathConstraint,
            format!("{} maps a policy to or from anyPolicy", name_in_path(&path[place], false)),
        )),
    }
    if let Some(is_wanted) = profile.policy_matches() {
        findings.extend(policy_processing::authorities_against(path, is_wanted).into_iter().map(
            |(place, authority)| {
                error(
                    place,
                    FindingCode::PolicyMissing,
                    format!("{} does not allow the certificate's policy", name_in_path(authority, false)),
                )
            },
        ));
    }
    findings
}

/// Employee certificates carry no extended key usage or any: the profile judges it, the path does not.
struct AnyExtendedKeyUsage;

impl ExtendedKeyUsageValidator for AnyExtendedKeyUsage {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        for purpose in purposes {
            purpose?;
        }
        Ok(())
    }
}

/// Why there is no path that can be relied on.
enum PathFault {
    /// webpki finds none.
    NotFound(webpki::Error),
    /// webpki finds some, and each has a fault that webpki does not look for; this is the first.
    Refused(RefusedPath),
}

struct RefusedPath {
    path: Vec<Certificate>,
    findings: Vec<Finding>,
}

/// The first path that webpki finds and that has no fault of its own: the certificate, the authorities, the trust anchor.
fn certified_path(
    certificate: &Certificate,
    intermediates: &[Certificate],
    anchors: &[TrustAnchor],
    at: DateTime<Utc>,
    profile: Profile,
) -> Result<Vec<Certificate>, PathFault> {
    let end_entity_der = CertificateDer::from(certificate.der());
    let end_entity = EndEntityCert::try_from(&end_entity_der).map_err(PathFault::NotFound)?;
    let anchor_ders: Vec<CertificateDer<'_>> =
        anchors.iter().map(|anchor| CertificateDer::from(anchor.certificate().der())).collect();
    let (usable_anchors, webpki_anchors): (Vec<&TrustAnchor>, Vec<_>) = anchors
        .iter()
        .zip(&anchor_ders)
        .filter_map(|(anchor, der)| Some((anchor, anchor_from_trusted_cert(der).ok()?)))
        .unzip();
    let intermediate_ders: Vec<CertificateDer<'_>> =
        intermediates.iter().map(|intermediate| CertificateDer::from(intermediate.der())).collect();
    // webpki knows no time before 1970, and neither does any certificate.
    let time = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.timestamp()).unwrap_or(0)));

    let in_our_terms = |verified: &VerifiedPath<'_>| {
        let mut path = vec![certificate.clone()];
        for authority in verified.intermediate_certificates() {
            let der = authority.der();
            path.push(intermediates.iter().find(|intermediate| intermediate.der() == der.as_ref())?.clone());
        }
        let place = webpki_anchors.iter().position(|anchor| std::ptr::eq(anchor, verified.anchor()))?;
        path.push(usable_anchors.get(place)?.certificate().clone());
        Some(path)
    };
    let first_refused = RefCell::new(None);
    // Asked for each path, so that a fault of one does not hide another that holds.
    let judge = |verified: &VerifiedPath<'_>| {
        let path = in_our_terms(verified).ok_or(webpki::Error::UnknownIssuer)?;
        let findings = faults_along(&path, at, profile);
        if findings.is_empty() {
            return Ok(());
        }
        first_refused.borrow_mut().get_or_insert(RefusedPath { path, findings });
        Err(webpki::Error::UnknownIssuer)
    };
    let verified = end_entity.verify_for_usage(
        ACCEPTED_ALGORITHMS,
        &webpki_anchors,
        &intermediate_ders,
        time,
        AnyExtendedKeyUsage,
        None,
        Some(&judge),
    );
    let fault = match verified {
        Ok(verified) => match in_our_terms(&verified) {
            Some(path) => return Ok(path),
            None => webpki::Error::UnknownIssuer,
        },
        Err(fault) => fault,
    };
    Err(first_refused.take().map_or(PathFault::NotFound(fault), PathFault::Refused))
}

fn is_about_time(error: &webpki::Error) -> bool {
    matches!(error, webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. })
}

/// Adds what webpki said, unless the same was found already.
fn add(findings: &mut Vec<Finding>, fault: &webpki::Error, path: &[Certificate]) {
    let (code, severity) = meaning_of(fault);
    if !findings.iter().any(|finding| finding.code == code && finding.severity == severity) {
        let detail = format!("the path does not hold: {fault}");
        findings.push(Finding { code, severity, detail, place: place_of(fault, path) });
    }
}

/// As [`add`], and says less where the walk has said more: webpki ranks its faults, and the highest can be a consequence.
fn add_path_fault(findings: &mut Vec<Finding>, fault: &webpki::Error, path: &[Certificate]) {
    let told = findings.iter().any(|finding| {
        finding.severity == Severity::Error
            && match finding.code {
                FindingCode::NoTrustAnchor
                | FindingCode::PathNotFound
                | FindingCode::PathConstraint
                | FindingCode::TooComplex
                | FindingCode::SignatureInvalid
                | FindingCode::AlgorithmForbidden
                | FindingCode::UnknownCriticalExtension
                | FindingCode::Malformed => true,
                FindingCode::KeyTooWeak
                | FindingCode::Expired
                | FindingCode::NotYetValid
                | FindingCode::NotOfProfile
                | FindingCode::KeyUsage
                | FindingCode::ExtendedKeyUsage
                | FindingCode::PolicyMissing
                | FindingCode::SubjectField
                | FindingCode::ValidityTooLong
                | FindingCode::TestCertificate
                | FindingCode::Revoked
                | FindingCode::Suspended
                | FindingCode::StatusUnknown
                | FindingCode::StatusStale
                | FindingCode::StatusUnsound => false,
            }
    });
    if !told {
        add(findings, fault, path);
    }
}

/// Which certificate of `path` webpki means, as far as that can be told: it does not say.
fn place_of(fault: &webpki::Error, path: &[Certificate]) -> Option<usize> {
    match fault {
        webpki::Error::CertExpired { not_after, .. } => only(path, |certificate| {
            u64::try_from(certificate.not_after().timestamp()).is_ok_and(|end| end == not_after.as_secs())
        }),
        webpki::Error::CertNotValidYet { not_before, .. } => only(path, |certificate| {
            u64::try_from(certificate.not_before().timestamp()).is_ok_and(|start| start == not_before.as_secs())
        }),
        webpki::Error::CaUsedAsEndEntity => Some(0),
        webpki::Error::UnsupportedCriticalExtension => {
            only(path, |certificate| !certificate.facts().unknown_critical_extensions.is_empty())
        }
        webpki::Error::PathLenConstraintViolated => too_far_down(path),
        webpki::Error::NameConstraintViolation => wrongly_named(path),
        // webpki's list grows, and the rest of it names nothing by which the certificate can be found.
        _ => None,
    }
}

/// The place of the only certificate of `path` that is meant.
fn only(path: &[Certificate], is_meant: impl Fn(&Certificate) -> bool) -> Option<usize> {
    let mut meant = path.iter().enumerate().filter(|(_, certificate)| is_meant(certificate));
    match (meant.next(), meant.next()) {
        (Some((place, _)), None) => Some(place),
        (Some(_) | None, _) => None,
    }
}

/// The uppermost authority that stands further down than one above it allows ([RFC 5280 §6.1.4 (l), (m)]).
fn too_far_down(path: &[Certificate]) -> Option<usize> {
    let mut further = u32::MAX;
    for (place, authority) in path.split_last()?.1.iter().enumerate().skip(1).rev() {
        match further.checked_sub(1) {
            Some(fewer) => further = fewer.min(authority.facts().path_length.unwrap_or(u32::MAX)),
            None => return Some(place),
        }
    }
    None
}

/// The certificate itself, where no other of `path` has a name constraint above it ([RFC 5280 §4.2.1.10]).
fn wrongly_named(path: &[Certificate]) -> Option<usize> {
    let uppermost = path.iter().rposition(|authority| authority.facts().constrains_names);
    (uppermost == Some(1)).then_some(0)
}

fn meaning_of(fault: &webpki::Error) -> (FindingCode, Severity) {
    let code = match fault {
        webpki::Error::CertExpired { .. } => FindingCode::Expired,
        webpki::Error::CertNotValidYet { .. } => FindingCode::NotYetValid,
        webpki::Error::InvalidSignatureForPublicKey => FindingCode::SignatureInvalid,
        webpki::Error::SignatureAlgorithmMismatch
        | webpki::Error::UnsupportedSignatureAlgorithmContext(_)
        | webpki::Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => FindingCode::AlgorithmForbidden,
        webpki::Error::CaUsedAsEndEntity => FindingCode::NotOfProfile,
        webpki::Error::EndEntityUsedAsCa
        | webpki::Error::NameConstraintViolation
        | webpki::Error::PathLenConstraintViolated => FindingCode::PathConstraint,
        webpki::Error::UnsupportedCriticalExtension => FindingCode::UnknownCriticalExtension,
        webpki::Error::UnknownIssuer => FindingCode::PathNotFound,
        webpki::Error::EmptyEkuExtension => FindingCode::ExtendedKeyUsage,
        webpki::Error::MaximumNameConstraintComparisonsExceeded
        | webpki::Error::MaximumPathBuildCallsExceeded
        | webpki::Error::MaximumPathDepthExceeded
        | webpki::Error::MaximumSignatureChecksExceeded => {
            return (FindingCode::TooComplex, Severity::Indeterminate);
        }
        // webpki's list grows, and what remains of it today is about encodings.
        _ => FindingCode::Malformed,
    };
    (code, Severity::Error)
}
