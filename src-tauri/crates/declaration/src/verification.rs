//! Whether a signed document holds: every finding, never the first alone.

use crate::acceptance::{ACCEPTANCE_LIMIT, Acceptance};
use crate::document::{DeclarationError, DraftDeclaration, TEMPLATE_VERSION};
use crate::pades::{ContentsTooLarge, SIGNED_PDF_LIMIT, SUB_FILTER, digest_around};
use crate::pdf::{Dictionary, File, Object, ObjectId, PdfError, PdfString};
use crate::signed_data::{Checked, check_digest};
use crate::terms::TermsDocument;
use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use pki::{Certificate, Profile, Severity, TrustAnchor, ValidatedCertificate, Verdict};
use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// By how much the clocks of signer, portal and verifier may differ.
const CLOCK_TOLERANCE: Duration = Duration::minutes(5);

/// Largest attachment that is taken out of a document, in bytes.
const ATTACHMENT_LIMIT: usize = 256 * 1024;

/// Deepest and longest name tree that is followed.
const NAME_TREE_LIMIT: usize = 32;

/// Most findings of one kind that a report lists.
const FINDING_LIMIT: usize = 50;

/// What a verification came to ([ETSI EN 319 102-1 §5.1.3]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Indication {
    /// The signature and everything about it holds.
    TotalPassed,
    /// It does not.
    TotalFailed,
    /// It cannot be told from what was given.
    Indeterminate,
}

/// The signature's level ([ETSI EN 319 142-1 §6.3]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Level {
    /// PAdES baseline B: the signature and its certificates, without a trusted time.
    #[serde(rename = "B-B")]
    BaselineB,
}

/// What a verification found. The names (see [`VerificationCode::as_str`]) stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum VerificationCode {
    /// The document, the signature or something in them is larger than any of ours.
    TooLarge,
    /// The bytes are not a PDF.
    NotPdf,
    /// There are bytes after the end-of-file marker, which no signature would cover.
    TrailingBytes,
    /// The PDF is damaged, encrypted, or of a kind that our documents are not.
    Structure,
    /// There is no signature.
    NoSignature,
    /// There is more than one signature.
    SeveralSignatures,
    /// The signature is not of the format `ETSI.CAdES.detached`.
    SubFilter,
    /// The signature does not cover the whole file but its own value.
    ByteRange,
    /// Something other than padding follows the signature's value.
    ContentsPadding,
    /// The CMS structure is damaged or not one of ours.
    CmsStructure,
    /// The signed content type is not data.
    ContentType,
    /// The document is not the one that was signed.
    DigestMismatch,
    /// The attribute signing-certificate-v2 is missing.
    SigningCertificateMissing,
    /// The attribute signing-certificate-v2 names another certificate.
    SigningCertificateMismatch,
    /// The attribute signing-time is there, where the time must stand in the document.
    SigningTimeAttribute,
    /// There are unsigned attributes, which level B-B does not have.
    UnsignedAttribute,
    /// The signature carries no certificate of its signer.
    SignerCertificateMissing,
    /// The digest or signature algorithm is not accepted.
    AlgorithmNotAccepted,
    /// The signature was not made by the certificate's key.
    SignatureInvalid,
    /// The signer's certificate does not hold; the detail begins with the certificate finding's own code.
    Certificate,
    /// The signing time is missing or cannot be read.
    SigningTimeMissing,
    /// The signing time lies outside the certificate's validity or in the future.
    SigningTimeImplausible,
    /// The attachment is missing, is not the only one, or cannot be read.
    AttachmentMissing,
    /// `acceptance.json` cannot be read.
    AcceptanceUnreadable,
    /// The declaration accepts terms that are not known here.
    TermsUnknown,
    /// The declaration was made with a template that is not known here.
    TemplateUnknown,
    /// The acceptance names another certificate than the signer's.
    SignerMismatch,
    /// The acceptance is not what the signer's certificate and the terms ask for.
    AcceptanceMismatch,
    /// The acceptance is for practice where real ones are wanted, or the other way round.
    PracticeMismatch,
    /// The document could not be rendered again.
    RenderingFailed,
    /// The document does not show what its acceptance says.
    RenderingDiffers,
    /// The revision with the signature changes more than a signature does.
    SignatureRevisionDiffers,
}

impl VerificationCode {
    /// The code as machines read it, in kebab case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::NotPdf => "not-pdf",
            Self::TrailingBytes => "trailing-bytes",
            Self::Structure => "structure",
            Self::NoSignature => "no-signature",
            Self::SeveralSignatures => "several-signatures",
            Self::SubFilter => "sub-filter",
            Self::ByteRange => "byte-range",
            Self::ContentsPadding => "contents-padding",
            Self::CmsStructure => "cms-structure",
            Self::ContentType => "content-type",
            Self::DigestMismatch => "digest-mismatch",
            Self::SigningCertificateMissing => "signing-certificate-missing",
            Self::SigningCertificateMismatch => "signing-certificate-mismatch",
            Self::SigningTimeAttribute => "signing-time-attribute",
            Self::UnsignedAttribute => "unsigned-attribute",
            Self::SignerCertificateMissing => "signer-certificate-missing",
            Self::AlgorithmNotAccepted => "algorithm-not-accepted",
            Self::SignatureInvalid => "signature-invalid",
            Self::Certificate => "certificate",
            Self::SigningTimeMissing => "signing-time-missing",
            Self::SigningTimeImplausible => "signing-time-implausible",
            Self::AttachmentMissing => "attachment-missing",
            Self::AcceptanceUnreadable => "acceptance-unreadable",
            Self::TermsUnknown => "terms-unknown",
            Self::TemplateUnknown => "template-unknown",
            Self::SignerMismatch => "signer-mismatch",
            Self::AcceptanceMismatch => "acceptance-mismatch",
            Self::PracticeMismatch => "practice-mismatch",
            Self::RenderingFailed => "rendering-failed",
            Self::RenderingDiffers => "rendering-differs",
            Self::SignatureRevisionDiffers => "signature-revision-differs",
        }
    }
}

impl fmt::Display for VerificationCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One thing that a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerificationFinding {
    /// What it is.
    pub code: VerificationCode,
    /// The facts of this case, in English.
    pub detail: String,
}

/// What a verification came to, with every reason against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationReport {
    /// The outcome.
    pub indication: Indication,
    /// The signature's level, where the outcome is [`Indication::TotalPassed`].
    pub level: Option<Level>,
    /// The certificate that the signature carries as its signer's; a claim unless the outcome is
    /// [`Indication::TotalPassed`].
    pub signer: Option<Certificate>,
    /// When it was signed, by the signer's own clock.
    pub signing_time: Option<DateTime<Utc>>,
    /// The document's only attachment.
    pub attachment: Option<Vec<u8>>,
    /// Everything that speaks against the document; none where the outcome is [`Indication::TotalPassed`].
    pub findings: Vec<VerificationFinding>,
    /// The bytes that the signature is about, its own value apart: the whole file, where that holds.
    pub signed_revision: Option<Range<usize>>,
}

impl VerificationReport {
    fn new() -> Self {
        Self {
            indication: Indication::TotalFailed,
            level: None,
            signer: None,
            signing_time: None,
            attachment: None,
            findings: Vec::new(),
            signed_revision: None,
        }
    }

    fn find(&mut self, code: VerificationCode, detail: impl Into<String>) {
        if self.findings.len() < FINDING_LIMIT {
            self.findings.push(VerificationFinding { code, detail: detail.into() });
        }
    }

    fn fail(mut self, code: VerificationCode, detail: impl Into<String>) -> Self {
        self.indication = Indication::TotalFailed;
        self.level = None;
        self.find(code, detail);
        self
    }

    /// True where `code` was found.
    pub fn has(&self, code: VerificationCode) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }
}

/// A declaration that holds: nothing in it is unproven but the time, which is the signer's own.
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

/// Verifies the one signature of a document of ours, declaration or receipt: that it covers the whole file, holds, and
/// is by a certificate that is valid at `at` under `anchors` and of `profile`. Whether that certificate is revoked is not
/// told here.
///
/// `pdf` may be any bytes at all; at most [`SIGNED_PDF_LIMIT`] are looked at.
pub fn verify(pdf: &[u8], anchors: &[TrustAnchor], profile: Profile, at: DateTime<Utc>) -> VerificationReport {
    verify_signed(pdf, anchors, profile, at).report
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
    let Verified { mut report, cms, certificate } = verify_signed(pdf, anchors, profile, at);
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
    let Some(signer) = report.signer.clone() else { return Err(failed(report)) };
    if hex::encode(signer.sha256()) != acceptance.certificate.sha256 {
        return Err(report.fail(VerificationCode::SignerMismatch, "the acceptance names another certificate"));
    }
    // A document whose signature does not hold is not worth the rendering; one whose certificate does not is.
    if report.findings.iter().all(|finding| finding.code == VerificationCode::Certificate)
        && let Some((code, detail)) = compare_with_rendering(pdf, cms.as_deref(), &acceptance, accepted, &signer)
    {
        report.find(code, detail);
    }
    match certificate {
        Some(certificate) if report.findings.is_empty() => {
            Ok(VerifiedDeclaration { acceptance, certificate, terms: accepted.clone(), report })
        }
        // Where nothing but the path could not be told, that is still what the report says.
        None if report.findings.iter().all(|finding| finding.code == VerificationCode::Certificate) => Err(report),
        Some(_) | None => Err(failed(report)),
    }
}

fn failed(mut report: VerificationReport) -> VerificationReport {
    report.indication = Indication::TotalFailed;
    report.level = None;
    report
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
}

fn verify_signed(pdf: &[u8], anchors: &[TrustAnchor], profile: Profile, at: DateTime<Utc>) -> Verified {
    let mut report = VerificationReport::new();
    let mut cms = None;
    let mut certificate = None;
    if let Err((code, detail)) = examine(pdf, anchors, profile, at, &mut report, &mut cms, &mut certificate) {
        report.find(code, detail);
    }
    let only_indeterminate = report.indication == Indication::Indeterminate
        && report.findings.iter().all(|finding| finding.code == VerificationCode::Certificate);
    report.indication = match (report.findings.is_empty(), &certificate) {
        (true, Some(_)) => Indication::TotalPassed,
        (_, None) if only_indeterminate => Indication::Indeterminate,
        (true, None) | (false, _) => Indication::TotalFailed,
    };
    report.level = (report.indication == Indication::TotalPassed).then_some(Level::BaselineB);
    Verified { report, cms, certificate }
}

type Stop = (VerificationCode, String);

fn examine(
    pdf: &[u8],
    anchors: &[TrustAnchor],
    profile: Profile,
    at: DateTime<Utc>,
    report: &mut VerificationReport,
    cms: &mut Option<Vec<u8>>,
    certificate: &mut Option<ValidatedCertificate>,
) -> Result<(), Stop> {
    if pdf.len() > SIGNED_PDF_LIMIT {
        return Err((VerificationCode::TooLarge, format!("{} bytes", pdf.len())));
    }
    let file = File::parse(pdf).map_err(stop)?;
    match attachment(&file) {
        Ok(bytes) => report.attachment = Some(bytes),
        Err(error) => report.find(VerificationCode::AttachmentMissing, error.to_string()),
    }
    let signature = the_signature(&file)?;
    if !signature.has_name("SubFilter", SUB_FILTER) {
        report.find(VerificationCode::SubFilter, format!("the signature's format is not {SUB_FILTER}"));
    }
    report.signing_time = signature.value("M").and_then(Object::as_string).and_then(|time| date(&time.bytes));
    let contents = match signature.value("Contents").and_then(Object::as_string) {
        Some(contents) if contents.hexadecimal => contents.clone(),
        Some(_) | None => {
            return Err((VerificationCode::ByteRange, "the signature's value is not a hexadecimal string".to_owned()));
        }
    };
    check_byte_range(&signature, &contents, pdf.len(), report);
    let value = without_padding(&contents)?;
    let checked = check_digest(&digest_around(pdf, &contents.span), value);
    *cms = Some(value.to_vec());
    *certificate = judge(checked, anchors, profile, at, report);
    check_signing_time(at, report);
    Ok(())
}

fn stop(error: PdfError) -> Stop {
    let code = match error {
        PdfError::Header => VerificationCode::NotPdf,
        PdfError::TrailingBytes => VerificationCode::TrailingBytes,
        PdfError::Limit => VerificationCode::TooLarge,
        PdfError::EndOfFile
        | PdfError::CrossReference
        | PdfError::Syntax(_)
        | PdfError::ObjectMissing(_)
        | PdfError::Encrypted
        | PdfError::Missing(_) => VerificationCode::Structure,
    };
    (code, error.to_string())
}

/// The signature dictionary: the only one in the file, and the value of the only field of its form.
fn the_signature(file: &File<'_>) -> Result<Dictionary, Stop> {
    let mut signatures: Vec<ObjectId> = Vec::new();
    for id in file.ids() {
        let object = file.indirect(id).map_err(stop)?.object;
        if let Some(dictionary) = object.as_dictionary()
            && (dictionary.value("ByteRange").is_some()
                || dictionary.has_name("Type", "Sig")
                || dictionary.has_name("Type", "DocTimeStamp"))
        {
            signatures.push(id);
        }
    }
    // A signature in an older revision that a later one replaced is not among the objects, but it is in the file.
    let written = file.bytes().windows(10).filter(|window| window == b"/ByteRange").count();
    let signature = match (signatures.as_slice(), written) {
        ([], 0) => return Err((VerificationCode::NoSignature, "the document is not signed".to_owned())),
        ([only], 0 | 1) => *only,
        (found, written) => {
            let detail = format!("{} signatures in use, {written} written", found.len());
            return Err((VerificationCode::SeveralSignatures, detail));
        }
    };
    let catalog = file.catalog_id().and_then(|id| file.dictionary(id)).map_err(stop)?;
    let form = file.dictionary_under(&catalog, "AcroForm").map_err(stop)?;
    let fields = match &form {
        Some(form) => file.array_under(form, "Fields").map_err(stop)?,
        None => Vec::new(),
    };
    let [Object::Reference(field)] = fields.as_slice() else {
        return Err((VerificationCode::Structure, "the form does not have exactly one field".to_owned()));
    };
    let field = file.dictionary(*field).map_err(stop)?;
    let value = field.value("V").and_then(Object::as_reference);
    if !field.has_name("FT", "Sig") || value != Some(signature) {
        return Err((VerificationCode::Structure, "the signature is not the value of the form's field".to_owned()));
    }
    file.dictionary(signature).map_err(stop)
}

/// The range must be the whole file but the `Contents` string with its delimiters ([ISO 32000-1 §12.8.1],
/// [ETSI EN 319 142-1 §6.3]): nothing can hide in the gap or after the end.
fn check_byte_range(signature: &Dictionary, contents: &PdfString, length: usize, report: &mut VerificationReport) {
    let range: Option<Vec<usize>> = signature
        .value("ByteRange")
        .and_then(Object::as_array)
        .and_then(|numbers| numbers.iter().map(Object::as_index).collect());
    let expected = [0, contents.span.start, contents.span.end, length.saturating_sub(contents.span.end)];
    if range.as_deref() == Some(expected.as_slice()) {
        report.signed_revision = Some(0..length);
    } else {
        report.find(VerificationCode::ByteRange, "the signature does not cover the whole file but its own value");
    }
}

/// The DER value in `Contents`; what follows must be zeros ([ISO 32000-1 §12.8.3.3.1]).
fn without_padding(contents: &PdfString) -> Result<&[u8], Stop> {
    let length = der_length(&contents.bytes)
        .filter(|length| *length <= contents.bytes.len())
        .ok_or((VerificationCode::CmsStructure, "the signature's value is not DER".to_owned()))?;
    let (value, padding) = contents.bytes.split_at(length);
    if padding.iter().any(|byte| *byte != 0) {
        return Err((VerificationCode::ContentsPadding, "something follows the signature's value".to_owned()));
    }
    Ok(value)
}

/// How long the DER value at the start of `bytes` is, header included.
fn der_length(bytes: &[u8]) -> Option<usize> {
    use der::{Decode, Encode};
    let mut reader = der::SliceReader::new(bytes).ok()?;
    let header = der::Header::decode(&mut reader).ok()?;
    let header_length = usize::try_from(header.encoded_len().ok()?).ok()?;
    header_length.checked_add(usize::try_from(header.length).ok()?)
}

fn judge(
    checked: Checked,
    anchors: &[TrustAnchor],
    profile: Profile,
    at: DateTime<Utc>,
    report: &mut VerificationReport,
) -> Option<ValidatedCertificate> {
    for fault in checked.faults {
        report.find(fault.code, fault.detail);
    }
    let signer = checked.signer?;
    let validation = pki::validate(&signer, &checked.others, anchors, at, profile);
    report.signer = Some(signer);
    report.indication = match validation.verdict {
        Verdict::Valid | Verdict::Invalid => Indication::TotalFailed,
        Verdict::Indeterminate => Indication::Indeterminate,
    };
    match validation.into_validated() {
        Ok(validated) => Some(validated),
        Err(validation) => {
            for finding in validation.findings {
                match finding.severity {
                    Severity::Error | Severity::Indeterminate => {
                        let code = serde_plain(&finding.code);
                        report.find(VerificationCode::Certificate, format!("{code}: {}", finding.detail));
                    }
                    Severity::Warning => {}
                }
            }
            if !report.has(VerificationCode::Certificate) {
                report.find(VerificationCode::Certificate, "the certificate does not hold");
            }
            None
        }
    }
}

/// The name that a unit variant has in JSON.
fn serde_plain(code: &pki::FindingCode) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(_) | Err(_) => format!("{code:?}"),
    }
}

fn check_signing_time(at: DateTime<Utc>, report: &mut VerificationReport) {
    let Some(time) = report.signing_time else {
        report.find(VerificationCode::SigningTimeMissing, "the signature has no readable signing time");
        return;
    };
    if time > at + CLOCK_TOLERANCE {
        report.find(VerificationCode::SigningTimeImplausible, format!("signed at {time}, which is yet to come"));
    }
    let Some(signer) = &report.signer else { return };
    if time < signer.not_before() - CLOCK_TOLERANCE || time > signer.not_after() + CLOCK_TOLERANCE {
        let detail = format!("signed at {time}, outside the certificate's validity");
        report.find(VerificationCode::SigningTimeImplausible, detail);
    }
}

/// A PDF date in UTC ([ISO 32000-1 §7.9.4]), as PAdES signatures of ours bear it.
fn date(bytes: &[u8]) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let digits = text.strip_prefix("D:")?;
    let digits = ["Z", "Z00'00'", "+00'00'", "+00'00"].iter().find_map(|zone| digits.strip_suffix(zone))?;
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    NaiveDateTime::parse_from_str(digits, "%Y%m%d%H%M%S").ok().map(|time| time.and_utc())
}

/// The document's only attachment.
fn attachment(file: &File<'_>) -> Result<Vec<u8>, PdfError> {
    const MISSING: PdfError = PdfError::Missing("the one attachment");
    let catalog = file.dictionary(file.catalog_id()?)?;
    let names = file.dictionary_under(&catalog, "Names")?.ok_or(MISSING)?;
    let tree = file.dictionary_under(&names, "EmbeddedFiles")?.ok_or(MISSING)?;
    let mut open = vec![tree];
    let mut found: Vec<Object> = Vec::new();
    let mut seen = 0;
    while let Some(node) = open.pop() {
        seen += 1;
        if seen > NAME_TREE_LIMIT {
            return Err(PdfError::Limit);
        }
        found.extend(file.array_under(&node, "Names")?);
        for kid in file.array_under(&node, "Kids")? {
            if let Object::Dictionary(kid) = file.resolve(&kid)? {
                open.push(kid);
            }
            if open.len() > NAME_TREE_LIMIT {
                return Err(PdfError::Limit);
            }
        }
    }
    let [_name, specification] = found.as_slice() else { return Err(MISSING) };
    let Object::Dictionary(specification) = file.resolve(specification)? else { return Err(MISSING) };
    let embedded = file.dictionary_under(&specification, "EF")?.ok_or(MISSING)?;
    let stream = embedded.value("F").and_then(Object::as_reference).ok_or(MISSING)?;
    file.stream(stream, ATTACHMENT_LIMIT)
}
