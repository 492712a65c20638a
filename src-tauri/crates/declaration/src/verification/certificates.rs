//! The certificates of a signature and of its time-stamp, at the time that counts ([ETSI EN 319 102-1 §5.6]).

use super::status::{Proof, Statuses};
use super::{Setting, SubIndication, VerificationCode, VerificationReport};
use crate::evidence::ValidationEvidence;
use crate::signed_data::TimeStamp;
use crate::time_stamp::{self, TimeStampError, TimeStampToken};
use pki::{Certificate, FindingCode, Profile, RevocationReason, Severity, ValidatedCertificate, ValidationReport};

/// Judges the time-stamp over the signature; where it holds, its time is what the signer's certificate is judged at.
pub(super) fn judge_time_stamp(
    time_stamp: &TimeStamp,
    more: &[Certificate],
    setting: &Setting<'_>,
    report: &mut VerificationReport,
) -> Option<TimeStampToken> {
    match time_stamp::verify(&time_stamp.token, &time_stamp.digest, more, setting.anchors, setting.at) {
        Ok(token) => {
            report.proven_time = Some(token.time());
            report.time_stamp_authority = Some(token.authority().certificate().clone());
            Some(token)
        }
        Err(TimeStampError::Certificate(validation)) => {
            for found in faults(&validation, false) {
                found.add(VerificationCode::TimeStampAuthority, report);
            }
            None
        }
        Err(error) => {
            let (code, why) = meaning_of(&error);
            report.find_as(code, why, error.to_string());
            None
        }
    }
}

fn meaning_of(error: &TimeStampError) -> (VerificationCode, SubIndication) {
    let code = match error {
        TimeStampError::TooLarge | TimeStampError::Malformed(_) => VerificationCode::TimeStampUnreadable,
        TimeStampError::OtherImprint => VerificationCode::TimeStampOfOtherSignature,
        TimeStampError::AlgorithmForbidden => {
            return (VerificationCode::TimeStampInvalid, SubIndication::CryptoConstraintsFailure);
        }
        TimeStampError::SignerMissing | TimeStampError::SigningCertificate => {
            return (VerificationCode::TimeStampInvalid, SubIndication::NoSigningCertificateFound);
        }
        TimeStampError::DigestMismatch => return (VerificationCode::TimeStampInvalid, SubIndication::HashFailure),
        TimeStampError::SignatureInvalid
        | TimeStampError::Refused { .. }
        | TimeStampError::NonceMismatch
        | TimeStampError::OtherPolicy(_) => VerificationCode::TimeStampInvalid,
        TimeStampError::Purpose | TimeStampError::Certificate(_) => VerificationCode::TimeStampAuthority,
        TimeStampError::FromTheFuture { .. } => VerificationCode::TimeStampImplausible,
    };
    (code, code.sub_indication())
}

/// Judges the signer's certificate at the time that is proven, or else at the time of the verification.
pub(super) fn judge_signer(
    signer: &Certificate,
    others: &[Certificate],
    setting: &Setting<'_>,
    report: &mut VerificationReport,
) -> Option<ValidatedCertificate> {
    let time = report.proven_time.unwrap_or(setting.at);
    match pki::validate(signer, others, setting.anchors, time, setting.profile).into_validated() {
        Ok(validated) => Some(validated),
        Err(validation) => {
            for found in faults(&validation, report.proven_time.is_some()) {
                found.add(VerificationCode::Certificate, report);
            }
            None
        }
    }
}

/// Judges the status of the signer's path, and of the time-stamp authority's, by what the document carries. True where it is
/// proven of every certificate that can be revoked, at the time that the time-stamp proves.
pub(super) fn judge_status(
    signer: &ValidatedCertificate,
    token: Option<&TimeStampToken>,
    evidence: &ValidationEvidence,
    setting: &Setting<'_>,
    report: &mut VerificationReport,
) -> bool {
    let statuses = Statuses::new(evidence, setting.at);
    let time = token.map(TimeStampToken::time);
    let mut all_proven = true;
    for (place, pair) in signer.path().windows(2).enumerate() {
        let [certificate, issuer] = pair else { continue };
        let whose = whose(certificate, if place == 0 { "the signer" } else { "an authority of the signer" });
        match statuses.of(certificate, issuer, time) {
            Proof::Good { .. } => {}
            Proof::Suspended { at } => {
                let detail = format!("{whose} is on hold since {at}");
                report.find_open(VerificationCode::Suspended, SubIndication::TryLater, detail);
            }
            Proof::Revoked { at } if time.is_some() => {
                report.find(VerificationCode::Revoked, format!("{whose} was revoked at {at}, before the signature"));
            }
            Proof::Revoked { at } => {
                let detail = format!("{whose} was revoked at {at}, and nothing proves that the signature is older");
                report.find_open(VerificationCode::Revoked, SubIndication::RevokedNoPoe, detail);
            }
            Proof::Nothing => all_proven &= !is_wanted(place, certificate, &whose, time.is_some(), report),
        }
    }
    let Some(token) = token else { return false };
    for (place, pair) in token.authority().path().windows(2).enumerate() {
        let [certificate, issuer] = pair else { continue };
        let whose = whose(certificate, "the time-stamp authority's path");
        const CODE: VerificationCode = VerificationCode::TimeStampAuthority;
        match statuses.of(certificate, issuer, Some(token.time())) {
            Proof::Good { revoked_later: Some((at, reason)) } if !time_stamps_outlive(reason) => {
                let detail = format!("{whose} was revoked at {at}, for a reason that makes its time-stamps worthless");
                report.find_open(CODE, SubIndication::RevokedNoPoe, detail);
            }
            Proof::Good { .. } => {}
            Proof::Suspended { at } => {
                report.find_open(CODE, SubIndication::TryLater, format!("{whose} is on hold since {at}"));
            }
            Proof::Revoked { at } => {
                let detail = format!("{whose} was revoked at {at}, before the time-stamp");
                report.find_as(CODE, SubIndication::Revoked, detail);
            }
            Proof::Nothing => all_proven &= !is_wanted(place, certificate, &whose, true, report),
        }
    }
    all_proven
}

fn whose(certificate: &Certificate, part: &str) -> String {
    format!("the certificate {} ({part})", certificate.serial_number())
}

/// Finds evidence that was altered, in an update of ours: nothing signs it but its own signatures. Every response and list
/// must be by an issuer of the paths, and every certificate lead to an anchor.
pub(super) fn check_evidence(
    signer: &ValidatedCertificate,
    token: Option<&TimeStampToken>,
    evidence: &ValidationEvidence,
    setting: &Setting<'_>,
    report: &mut VerificationReport,
) {
    let stamps = token.map(|token| token.authority().path()).unwrap_or_default();
    let mut pairs: Vec<(&Certificate, &Certificate)> = Vec::new();
    for pair in signer.path().windows(2).chain(stamps.windows(2)) {
        if let [certificate, issuer] = pair
            && !pairs.contains(&(certificate, issuer))
        {
            pairs.push((certificate, issuer));
        }
    }
    let unsigned = Statuses::new(evidence, setting.at).unsigned(&pairs);
    if unsigned > 0 {
        let detail = format!("{unsigned} responses or lists of the evidence are signed by nobody of the paths");
        report.find(VerificationCode::EvidenceInvalid, detail);
    }
    for certificate in &evidence.certificates {
        let is_known = signer.path().iter().chain(stamps).any(|known| known == certificate)
            || setting.anchors.iter().any(|anchor| anchor.certificate() == certificate);
        let leads_to_anchor = || {
            let when = certificate.not_before();
            let validation = pki::validate(certificate, &evidence.certificates, setting.anchors, when, Profile::Any);
            validation.into_validated().is_ok()
        };
        if !is_known && !leads_to_anchor() {
            let detail = format!("the certificate {} of the evidence is nobody's", certificate.serial_number());
            report.find(VerificationCode::EvidenceInvalid, detail);
        }
    }
}

/// Whether the status of a certificate is wanted and missing: of the end of a path always, of an authority where it says
/// where its status can be had.
fn is_wanted(
    place: usize,
    certificate: &Certificate,
    whose: &str,
    time_is_proven: bool,
    report: &mut VerificationReport,
) -> bool {
    let description = certificate.description();
    let wanted = place == 0 || !description.ocsp_urls.is_empty() || !description.crl_urls.is_empty();
    if wanted && time_is_proven {
        let detail = format!("the document carries nothing that proves the status of {whose} when it was signed");
        report.hint(VerificationCode::StatusNotProven, detail);
    }
    wanted
}

/// Whether time-stamps that an authority gave before it was revoked still count ([RFC 3161 §4]).
fn time_stamps_outlive(reason: RevocationReason) -> bool {
    match reason {
        RevocationReason::AffiliationChanged
        | RevocationReason::Superseded
        | RevocationReason::CessationOfOperation => true,
        RevocationReason::Unspecified
        | RevocationReason::KeyCompromise
        | RevocationReason::CaCompromise
        | RevocationReason::PrivilegeWithdrawn
        | RevocationReason::AaCompromise => false,
    }
}

/// A finding about a certificate, in the standard's terms.
struct CertificateFault {
    open: bool,
    why: SubIndication,
    detail: String,
}

impl CertificateFault {
    fn add(self, code: VerificationCode, report: &mut VerificationReport) {
        if self.open {
            report.find_open(code, self.why, self.detail);
        } else {
            report.find_as(code, self.why, self.detail);
        }
    }
}

/// Everything that speaks against a certificate; at least one.
fn faults(validation: &ValidationReport, time_is_proven: bool) -> Vec<CertificateFault> {
    let mut faults: Vec<CertificateFault> = Vec::new();
    for finding in &validation.findings {
        match finding.severity {
            Severity::Error | Severity::Indeterminate => {
                let (open, why) = in_terms_of_the_standard(finding.code, time_is_proven);
                let detail = format!("{}: {}", serde_plain(&finding.code), finding.detail);
                faults.push(CertificateFault { open, why, detail });
            }
            Severity::Warning => {}
        }
    }
    if faults.is_empty() {
        let detail = "the certificate does not hold".to_owned();
        faults.push(CertificateFault { open: false, why: SubIndication::CertificateChainGeneralFailure, detail });
    }
    faults
}

/// Whether a finding leaves open what the certificate is, and why.
fn in_terms_of_the_standard(code: FindingCode, time_is_proven: bool) -> (bool, SubIndication) {
    match code {
        FindingCode::NoTrustAnchor | FindingCode::PathNotFound => (true, SubIndication::NoCertificateChainFound),
        FindingCode::TooComplex => (true, SubIndication::CertificateChainGeneralFailure),
        // A signature that is proven to be younger than its certificate's end may still have been made before.
        FindingCode::Expired => (true, SubIndication::OutOfBoundsNoPoe),
        FindingCode::NotYetValid if time_is_proven => (false, SubIndication::NotYetValid),
        FindingCode::NotYetValid => (true, SubIndication::OutOfBoundsNoPoe),
        FindingCode::AlgorithmForbidden | FindingCode::KeyTooWeak => (false, SubIndication::CryptoConstraintsFailure),
        FindingCode::Revoked => (false, SubIndication::Revoked),
        FindingCode::Suspended | FindingCode::StatusUnknown | FindingCode::StatusStale | FindingCode::StatusUnsound => {
            (true, SubIndication::TryLater)
        }
        FindingCode::PathConstraint
        | FindingCode::SignatureInvalid
        | FindingCode::NotOfProfile
        | FindingCode::KeyUsage
        | FindingCode::ExtendedKeyUsage
        | FindingCode::PolicyMissing
        | FindingCode::SubjectField
        | FindingCode::ValidityTooLong
        | FindingCode::TestCertificate
        | FindingCode::UnknownCriticalExtension
        | FindingCode::Malformed => (false, SubIndication::ChainConstraintsFailure),
    }
}

/// The name that a unit variant has in JSON.
fn serde_plain(code: &FindingCode) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(_) | Err(_) => format!("{code:?}"),
    }
}
