//! Whether a signed document holds: every finding, never the first alone.

mod certificates;
mod codes;
pub(crate) mod document;
pub(crate) mod later_revision;
mod status;

pub use codes::{Indication, Level, SubIndication, VerificationCode, VerificationFinding};

use crate::acceptance::{ACCEPTANCE_LIMIT, Acceptance};
use crate::document::{DeclarationError, DraftDeclaration, TEMPLATE_VERSION};
use crate::evidence::ValidationEvidence;
use crate::pades::{ContentsTooLarge, SIGNED_PDF_LIMIT, digest_around};
use crate::pdf::File;
use crate::signed_data::{Checked, check_digest};
use crate::terms::TermsDocument;
use chrono::{DateTime, Duration, Utc};
use document::{Signature, Stop, attachment, stop};
use pki::{Certificate, Profile, TrustAnchor, ValidatedCertificate};
use std::ops::Range;

/// By how much the clocks of signer, portal and verifier may differ.
const CLOCK_TOLERANCE: Duration = Duration::minutes(5);

/// Most findings that a report lists.
const FINDING_LIMIT: usize = 50;

/// What a verification came to, with every reason against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationReport {
    /// The outcome.
    pub indication: Indication,
    /// Why it is not [`Indication::TotalPassed`], in the standard's words; `None` where it is.
    pub sub_indication: Option<SubIndication>,
    /// The signature's level, where the outcome is [`Indication::TotalPassed`].
    pub level: Option<Level>,
    /// The certificate that the signature carries as its signer's; a claim unless the outcome is
    /// [`Indication::TotalPassed`].
    pub signer: Option<Certificate>,
    /// When it was signed, by the signer's own clock.
    pub signing_time: Option<DateTime<Utc>>,
    /// When the signature was there at the latest, as a time-stamp proves that holds; `None` without one.
    pub proven_time: Option<DateTime<Utc>>,
    /// Who gave that time-stamp.
    pub time_stamp_authority: Option<Certificate>,
    /// The certificate paths that hold, each from its end to the trust anchor: the signer's, and the time-stamp
    /// authority's.
    pub paths: Vec<Vec<Certificate>>,
    /// The document's only attachment.
    pub attachment: Option<Vec<u8>>,
    /// Everything that speaks against the document; none where the outcome is [`Indication::TotalPassed`].
    pub findings: Vec<VerificationFinding>,
    /// What keeps the document from a higher level, and does not speak against it.
    pub hints: Vec<VerificationFinding>,
    /// The bytes that the signature is about, its own value apart: the whole file, or all before the evidence for
    /// verifying that was added later.
    pub signed_revision: Option<Range<usize>>,
}

impl VerificationReport {
    fn new() -> Self {
        Self {
            indication: Indication::TotalPassed,
            sub_indication: None,
            level: None,
            signer: None,
            signing_time: None,
            proven_time: None,
            time_stamp_authority: None,
            paths: Vec::new(),
            attachment: None,
            findings: Vec::new(),
            hints: Vec::new(),
            signed_revision: None,
        }
    }

    /// Adds what makes the document fail.
    fn find(&mut self, code: VerificationCode, detail: impl Into<String>) {
        self.find_as(code, code.sub_indication(), detail);
    }

    fn find_as(&mut self, code: VerificationCode, why: SubIndication, detail: impl Into<String>) {
        self.indication = Indication::TotalFailed;
        self.add(code, why, detail.into());
    }

    /// Adds what leaves it open whether the document holds.
    fn find_open(&mut self, code: VerificationCode, why: SubIndication, detail: impl Into<String>) {
        if self.indication == Indication::TotalPassed {
            self.indication = Indication::Indeterminate;
        }
        self.add(code, why, detail.into());
    }

    fn add(&mut self, code: VerificationCode, why: SubIndication, detail: String) {
        self.level = None;
        self.sub_indication = Some(self.sub_indication.map_or(why, |known| known.min(why)));
        if self.findings.len() < FINDING_LIMIT {
            self.findings.push(VerificationFinding { code, detail });
        }
    }

    fn fail(mut self, code: VerificationCode, detail: impl Into<String>) -> Self {
        self.find(code, detail);
        self
    }

    fn hint(&mut self, code: VerificationCode, detail: impl Into<String>) {
        if self.hints.len() < FINDING_LIMIT {
            self.hints.push(VerificationFinding { code, detail: detail.into() });
        }
    }

    /// True where `code` was found.
    pub fn has(&self, code: VerificationCode) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }
}

const NOT_WRITTEN_HERE: &str = "the evidence is not written as this program writes it";

/// A declaration that holds: nothing in it is unproven but, at level B-B, the time, which is then the signer's
/// own.
#[derive(Debug, Clone)]
pub struct VerifiedDeclaration {
    acceptance: Acceptance,
    certificate: ValidatedCertificate,
    terms: TermsDocument,
    report: VerificationReport,
}

impl VerifiedDeclaration {
    /// What was accepted.
    pub fn acceptance(&self) -> &Acceptance {
        &self.acceptance
    }

    /// The signer's certificate.
    pub fn certificate(&self) -> &ValidatedCertificate {
        &self.certificate
    }

    /// The terms that were accepted.
    pub fn terms(&self) -> &TermsDocument {
        &self.terms
    }

    /// The report: passed, without findings.
    pub fn report(&self) -> &VerificationReport {
        &self.report
    }
}

/// Verifies the one signature of a document of ours, declaration or receipt, after [ETSI EN 319 102-1 §5.6]: that it
/// covers the whole file but evidence for verifying that was added later, holds, and is by a certificate that was valid
/// under `anchors` and of `profile` at the time that a time-stamp proves, or without one is so at `at`. The time-stamp's
/// authority must be valid under `anchors` too.
///
/// Whether a certificate was revoked is told where the document carries what proves it, and only then.
///
/// `pdf` may be any bytes at all; at most [`SIGNED_PDF_LIMIT`] are looked at.
pub fn verify(pdf: &[u8], anchors: &[TrustAnchor], profile: Profile, at: DateTime<Utc>) -> VerificationReport {
    verify_signed(pdf, anchors, profile, at).report
}

/// As [`verify`], of a document that only this program and its portal make: what follows the signed revision is written as
/// they write it, or nothing follows.
pub(crate) fn verify_as_written_here(
    pdf: &[u8],
    anchors: &[TrustAnchor],
    profile: Profile,
    at: DateTime<Utc>,
) -> VerificationReport {
    let Verified { mut report, later_is_ours, .. } = verify_signed(pdf, anchors, profile, at);
    if !later_is_ours {
        report.find(VerificationCode::LaterRevision, NOT_WRITTEN_HERE);
    }
    report
}

/// Verifies a declaration: the signature as [`verify`] does; that it accepts one of `terms`, for the signer's own
/// certificate, with every detail and consent; and that rendering `acceptance.json` again gives the same file, byte for
/// byte: what was seen is what was signed.
///
/// # Errors
/// The report with everything that was found.
#[allow(clippy::result_large_err, reason = "the report is what the caller shows next")]
pub fn verify_declaration(
    pdf: &[u8],
    anchors: &[TrustAnchor],
    profile: Profile,
    at: DateTime<Utc>,
    terms: &[TermsDocument],
) -> Result<VerifiedDeclaration, VerificationReport> {
    let Verified { mut report, cms, certificate, later_is_ours } = verify_signed(pdf, anchors, profile, at);
    let Some(attachment) = report.attachment.as_deref().filter(|bytes| bytes.len() <= ACCEPTANCE_LIMIT) else {
        return Err(report.fail(VerificationCode::AttachmentMissing, "the document carries no acceptance.json"));
    };
    let acceptance = match Acceptance::from_json(attachment) {
        Ok(acceptance) => acceptance,
        Err(error) => return Err(report.fail(VerificationCode::AcceptanceUnreadable, error.to_string())),
    };
    if acceptance.template_version != TEMPLATE_VERSION {
        let detail = format!("version {} of the template", acceptance.template_version);
        return Err(report.fail(VerificationCode::TemplateUnknown, detail));
    }
    let Some(accepted) = terms.iter().find(|known| known.sha256_hex() == acceptance.terms.sha256) else {
        let detail = format!("terms with the SHA-256 {:.64}", acceptance.terms.sha256);
        return Err(report.fail(VerificationCode::TermsUnknown, detail));
    };
    let practice_wanted = match profile {
        Profile::PracticeEmployee | Profile::PracticeSeal => Some(true),
        Profile::OcesEmployee | Profile::OcesOrganisation => Some(false),
        Profile::Any => None,
    };
    if practice_wanted.is_some_and(|wanted| wanted != acceptance.practice) {
        report.find(VerificationCode::PracticeMismatch, format!("practice: {}", acceptance.practice));
    }
    if report.signing_time != Some(acceptance.signing_time) {
        report.find(VerificationCode::AcceptanceMismatch, "the signature and the acceptance are of different times");
    }
    let Some(signer) = report.signer.clone() else { return Err(report) };
    if hex::encode(signer.sha256()) != acceptance.certificate.sha256 {
        return Err(report.fail(VerificationCode::SignerMismatch, "the acceptance names another certificate"));
    }
    // A document whose signature does not hold is not worth the rendering; one whose certificate does not is.
    if !later_is_ours {
        report.find(VerificationCode::LaterRevision, NOT_WRITTEN_HERE);
    }
    let signed = report.signed_revision.clone().and_then(|range| pdf.get(range)).unwrap_or(pdf);
    if report.findings.iter().all(|finding| finding.code.is_about_certificates())
        && let Some((code, detail)) = compare_with_rendering(signed, cms.as_deref(), &acceptance, accepted, &signer)
    {
        report.find(code, detail);
    }
    match certificate {
        Some(certificate) if report.findings.is_empty() => {
            Ok(VerifiedDeclaration { acceptance, certificate, terms: accepted.clone(), report })
        }
        Some(_) | None => Err(report),
    }
}

/// Renders the declaration again and compares the whole file.
fn compare_with_rendering(
    pdf: &[u8],
    cms: Option<&[u8]>,
    acceptance: &Acceptance,
    terms: &TermsDocument,
    signer: &Certificate,
) -> Option<(VerificationCode, String)> {
    let draft = match DraftDeclaration::render(acceptance.clone(), terms, signer) {
        Ok(draft) => draft,
        Err(DeclarationError::AcceptanceMismatch) => {
            let detail = "the acceptance is not what the certificate and the terms ask for";
            return Some((VerificationCode::AcceptanceMismatch, detail.to_owned()));
        }
        Err(error) => return Some((VerificationCode::RenderingFailed, error.to_string())),
    };
    if !pdf.starts_with(draft.pdf()) {
        let detail = "the document is not the one that its acceptance renders to";
        return Some((VerificationCode::RenderingDiffers, detail.to_owned()));
    }
    let expected = match draft.prepare() {
        Ok(prepared) => cms.map(|cms| prepared.fill(cms)),
        Err(error) => return Some((VerificationCode::RenderingFailed, error.to_string())),
    };
    match expected {
        Some(Ok(expected)) if expected == pdf => None,
        Some(Ok(_) | Err(ContentsTooLarge)) | None => {
            let detail = "the revision with the signature is not the one that signing makes";
            Some((VerificationCode::SignatureRevisionDiffers, detail.to_owned()))
        }
    }
}

/// What [`verify`] found out, with what only this crate needs.
struct Verified {
    report: VerificationReport,
    cms: Option<Vec<u8>>,
    certificate: Option<ValidatedCertificate>,
    /// Whether what follows the signed revision is what this program makes, or there is nothing.
    later_is_ours: bool,
}

fn verify_signed(pdf: &[u8], anchors: &[TrustAnchor], profile: Profile, at: DateTime<Utc>) -> Verified {
    let report = VerificationReport::new();
    let mut verified = Verified { report, cms: None, certificate: None, later_is_ours: true };
    let setting = Setting { anchors, profile, at };
    if let Err((code, detail)) = examine(pdf, &setting, &mut verified) {
        verified.report.find(code, detail);
    }
    verified
}

/// What a verification is told besides the document.
struct Setting<'a> {
    anchors: &'a [TrustAnchor],
    profile: Profile,
    at: DateTime<Utc>,
}

fn examine(pdf: &[u8], setting: &Setting<'_>, verified: &mut Verified) -> Result<(), Stop> {
    let Verified { report, cms, certificate, later_is_ours } = verified;
    if pdf.len() > SIGNED_PDF_LIMIT {
        return Err((VerificationCode::TooLarge, format!("{} bytes", pdf.len())));
    }
    let file = File::parse(pdf).map_err(stop)?;
    match attachment(&file) {
        Ok(bytes) => report.attachment = Some(bytes),
        Err(error) => report.find(VerificationCode::AttachmentMissing, error.to_string()),
    }
    let signature = Signature::of(&file)?;
    if !signature.has_our_format() {
        report.find(VerificationCode::SubFilter, "the signature's format is not that of PAdES");
    }
    report.signing_time = signature.time();
    let mut evidence = None;
    let end = signature.end(pdf.len()).filter(|end| *end == pdf.len() || file.start_of_cross_reference() >= *end);
    match end {
        Some(end) if end == pdf.len() => report.signed_revision = Some(0..end),
        Some(end) => {
            report.signed_revision = Some(0..end);
            match later_revision::judge(pdf, end, file, &signature) {
                Ok(later) => {
                    *later_is_ours = later.is_ours;
                    evidence = Some(later.evidence);
                }
                Err((code, detail)) => report.find(code, detail),
            }
        }
        None => {
            let detail = "the signature does not cover the whole file but its own value";
            report.find(VerificationCode::ByteRange, detail);
        }
    }
    let value = signature.value()?;
    let signed = pdf.get(..end.unwrap_or(pdf.len())).unwrap_or(pdf);
    let checked = check_digest(&digest_around(signed, &signature.contents.span), value);
    *cms = Some(value.to_vec());
    *certificate = judge(checked, evidence.as_ref(), *later_is_ours, setting, report);
    check_signing_time(setting.at, report);
    Ok(())
}

/// Judges the signature, its time-stamp and its certificates, and tells the level.
fn judge(
    checked: Checked,
    evidence: Option<&ValidationEvidence>,
    evidence_is_ours: bool,
    setting: &Setting<'_>,
    report: &mut VerificationReport,
) -> Option<ValidatedCertificate> {
    for fault in checked.faults {
        report.find(fault.code, fault.detail);
    }
    let more = evidence.map(|evidence| evidence.certificates.as_slice()).unwrap_or_default();
    let token = match &checked.time_stamp {
        Some(time_stamp) => certificates::judge_time_stamp(time_stamp, more, setting, report),
        None => None,
    };
    let signer = checked.signer?;
    report.signer = Some(signer.clone());
    let others = [checked.others.as_slice(), more].concat();
    let certificate = certificates::judge_signer(&signer, &others, setting, report)?;
    report.paths.push(certificate.path().to_vec());
    report.paths.extend(token.as_ref().map(|token| token.authority().path().to_vec()));
    let none = ValidationEvidence::default();
    if evidence_is_ours {
        let evidence = evidence.unwrap_or(&none);
        certificates::check_evidence(&certificate, token.as_ref(), evidence, setting, report);
    }
    let proven = certificates::judge_status(&certificate, token.as_ref(), evidence.unwrap_or(&none), setting, report);
    if report.indication == Indication::TotalPassed {
        report.level = Some(match token {
            None => Level::BaselineB,
            Some(_) if proven => Level::BaselineLt,
            Some(_) => Level::BaselineT,
        });
    }
    Some(certificate)
}

fn check_signing_time(at: DateTime<Utc>, report: &mut VerificationReport) {
    const CODE: VerificationCode = VerificationCode::SigningTimeImplausible;
    let Some(time) = report.signing_time else {
        report.find(VerificationCode::SigningTimeMissing, "the signature has no readable signing time");
        return;
    };
    if time > at + CLOCK_TOLERANCE {
        report.find(CODE, format!("signed at {time}, which is yet to come"));
    }
    if let Some(proven) = report.proven_time
        && time > proven + CLOCK_TOLERANCE
    {
        let detail = format!("the time-stamp is of {proven}, and the signature says that it is of {time}");
        report.find(VerificationCode::TimeStampImplausible, detail);
    }
    let Some(signer) = report.signer.clone() else { return };
    if time < signer.not_before() - CLOCK_TOLERANCE {
        report.find_as(CODE, SubIndication::NotYetValid, format!("signed at {time}, before the certificate was valid"));
    }
    if time > signer.not_after() + CLOCK_TOLERANCE {
        report.find_as(CODE, SubIndication::Expired, format!("signed at {time}, after the certificate had expired"));
    }
}
