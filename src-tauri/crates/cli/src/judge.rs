//! The commands that judge a file: what it is, whether its path and profile hold, whether a declaration holds.

use crate::arguments::{Inspect, Validate, Verify};
use crate::failure::{ExitStatus, Failure, spoken};
use crate::files;
use crate::report::{Lines, Output, instant, pick};
use crate::secrets::Secrets;
use chrono::{DateTime, Utc};
use declaration::{Indication, Level, SIGNED_PDF_LIMIT, SubIndication, VerificationFinding, terms};
use lifecycle::{Language, finding_text, remedy_text};
use pki::{
    Certificate, CertificateDescription, CertificateState, CertificateStatus, Finding, FindingCode,
    MAXIMUM_OCSP_RESPONSE_BYTES, PRACTICE_EMPLOYEE_POLICY, PRACTICE_ORGANISATION_POLICY, Profile, Remedy,
    RevocationList, Severity, StatusAnswer, StatusError, UnverifiedRevocationList, Verdict, is_under,
    status_from_lists, verify_ocsp_response,
};
use serde::Serialize;
use serde_json::Value;

/// `validate --json`; field names stay.
#[derive(Serialize)]
struct ValidationOutput<'a> {
    verdict: Verdict,
    findings: Vec<FindingOutput<'a>>,
    path: Vec<PathEntry<'a>>,
    status: StatusOutput,
}

/// A finding and what can be done about it.
#[derive(Serialize)]
pub(crate) struct FindingOutput<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    remedy: Remedy,
}

impl<'a> FindingOutput<'a> {
    pub(crate) fn of(finding: &'a Finding) -> Self {
        Self { finding, remedy: finding.code.remedy() }
    }
}

#[derive(Serialize)]
struct PathEntry<'a> {
    common_name: &'a str,
    issuer: &'a str,
    serial_number: &'a str,
    sha256: &'a str,
}

/// The status of the certificate.
#[derive(Serialize)]
#[serde(untagged)]
enum StatusOutput {
    /// From a revocation list or an OCSP response.
    Told(CertificateStatus),
    /// Not asked for, or not to be told; the findings say which.
    Untold {
        state: &'static str,
        reason: Option<&'static str>,
        source: Option<&'static str>,
        this_update: Option<DateTime<Utc>>,
        next_update: Option<DateTime<Utc>>,
    },
}

impl StatusOutput {
    const UNTOLD: Self =
        Self::Untold { state: "unknown", reason: None, source: None, this_update: None, next_update: None };
}

/// `verify --json`; field names stay.
#[derive(Serialize)]
struct VerificationOutput<'a> {
    indication: Indication,
    /// Why it is not total-passed, in the words of [ETSI EN 319 102-1].
    sub_indication: Option<SubIndication>,
    level: Option<Level>,
    /// True where the signer's certificate is one for practice, which gives access to nothing.
    practice: bool,
    signer: Option<&'a CertificateDescription>,
    signing_time: Option<DateTime<Utc>>,
    /// When the signature was there at the latest, as its time-stamp proves; `null` without one.
    proven_time: Option<DateTime<Utc>>,
    /// Who gave that time-stamp.
    time_stamp_authority: Option<&'a str>,
    /// The attachment; a claim unless the indication is total-passed. `null` where there is none that is JSON.
    acceptance: Option<Value>,
    /// Of the signer's certificate.
    status: StatusOutput,
    findings: &'a [VerificationFinding],
    /// What keeps it from a higher level, and does not speak against it.
    hints: &'a [VerificationFinding],
}

/// Describes a certificate.
pub(crate) fn inspect(arguments: &Inspect, language: Language) -> Result<(ExitStatus, Output), Failure> {
    let password = match arguments.password_stdin {
        true => Some(Secrets::from_standard_input()?.line()?),
        false => None,
    };
    let container = files::container(&arguments.file, password.as_deref().map(String::as_str))?;
    let description = container.the_certificate().description();
    let mut text = description_text(description, language);
    if container.holds_private_key {
        let mut lines = Lines::new(language);
        lines.pair("Bemærk", "Note", pick(language, "filen rummer en privat nøgle", "the file holds a private key"));
        text.push_str(&lines.text);
    }
    Ok((ExitStatus::Holds, Output::new(text, description)))
}

/// Judges a certificate's path, profile and validity.
pub(crate) fn validate(
    arguments: &Validate,
    language: Language,
    now: DateTime<Utc>,
) -> Result<(ExitStatus, Output), Failure> {
    let container = files::container(&arguments.file, None)?;
    let certificate = container.the_certificate().clone();
    let mut intermediates = container.certificates;
    intermediates.retain(|other| *other != certificate);
    for path in &arguments.intermediate {
        intermediates.extend(files::certificates(path)?);
    }
    let anchors = files::trust_anchors(&arguments.trust)?;
    let at = arguments.at.unwrap_or(now);
    let evidence = StatusEvidence::read(arguments)?;
    let report = pki::validate(&certificate, &intermediates, &anchors, at, arguments.profile.into());
    let mut passed_over = Vec::new();
    let (mut report, own_status) =
        report.with_status(|of, issuer| evidence.status(of, issuer, *of == certificate, at, &mut passed_over));
    report.findings.extend(passed_over.into_iter().map(|error| Finding {
        code: FindingCode::StatusUnsound,
        severity: Severity::Warning,
        detail: format!("one of the files about the status was passed over: {error}"),
        place: None,
    }));
    let output = ValidationOutput {
        verdict: report.verdict,
        findings: report.findings.iter().map(FindingOutput::of).collect(),
        path: report.path.iter().map(path_entry).collect(),
        status: match own_status {
            Some(Ok(status)) => StatusOutput::Told(status),
            Some(Err(_)) | None => StatusOutput::UNTOLD,
        },
    };
    let (status, restriction) = match report.verdict {
        Verdict::Valid if evidence.is_given() => (ExitStatus::Holds, ""),
        Verdict::Valid => {
            (ExitStatus::Holds, pick(language, " Dets status er ikke undersøgt.", " Its status was not asked for."))
        }
        Verdict::Invalid => (ExitStatus::DoesNotHold, ""),
        Verdict::Indeterminate => (ExitStatus::CannotBeTold, ""),
    };
    let mut lines = Lines::new(language);
    lines.plain(&format!("{}{restriction}", verdict_text(report.verdict, language)));
    for finding in &report.findings {
        finding_lines(finding, &mut lines);
    }
    for certificate in &report.path {
        lines.pair("Sti", "Path", &certificate.description().common_name);
    }
    Ok((status, Output::new(lines.text, &output)))
}

/// What a judgement came to, in one sentence.
pub(crate) fn verdict_text(verdict: Verdict, language: Language) -> &'static str {
    match verdict {
        Verdict::Valid => pick(language, "Certifikatet holder.", "The certificate holds."),
        Verdict::Invalid => pick(language, "Certifikatet holder ikke.", "The certificate does not hold."),
        Verdict::Indeterminate => pick(
            language,
            "Det kan ikke afgøres, om certifikatet holder.",
            "It cannot be told whether the certificate holds.",
        ),
    }
}

/// A finding: what it is, the facts of the case, what it means, and what can be done.
pub(crate) fn finding_lines(finding: &Finding, lines: &mut Lines) {
    let language = lines.language();
    let text = finding_text(finding.code, language);
    let (danish, english) = severity_name(finding.severity);
    lines.pair(danish, english, &spoken(&text.title));
    lines.plain(&format!("  {}", spoken(&text.meaning)));
    lines.inner("Gør dette", "Do this", &spoken(remedy_text(finding.code.remedy(), language)));
    lines.inner("Til supporten", "For support", &format!("{} – {}", name(&finding.code), finding.detail));
}

/// Verifies a signed declaration.
pub(crate) fn verify(
    arguments: &Verify,
    language: Language,
    now: DateTime<Utc>,
) -> Result<(ExitStatus, Output), Failure> {
    let anchors = files::trust_anchors(&arguments.trust)?;
    let mut known_terms = terms::shipped().to_vec();
    for path in &arguments.terms {
        known_terms.push(files::terms(path)?);
    }
    let pdf = files::read(&arguments.file, SIGNED_PDF_LIMIT)?;
    let at = arguments.at.unwrap_or(now);
    // Which profile is asked for follows from what the signer's certificate claims to be; that it is one is then
    // verified, down to a trust anchor that was given for it.
    let claimed = declaration::verify(&pdf, &anchors, Profile::Any, at).signer;
    let practice = claimed.as_ref().is_some_and(is_for_practice);
    let profile = if practice { Profile::PracticeEmployee } else { Profile::OcesEmployee };
    let report = match declaration::verify_declaration(&pdf, &anchors, profile, at, &known_terms) {
        Ok(verified) => verified.report().clone(),
        Err(report) => report,
    };
    let output = VerificationOutput {
        indication: report.indication,
        sub_indication: report.sub_indication,
        level: report.level,
        practice,
        signer: report.signer.as_ref().map(Certificate::description),
        signing_time: report.signing_time,
        proven_time: report.proven_time,
        time_stamp_authority: report
            .time_stamp_authority
            .as_ref()
            .map(|authority| authority.description().common_name.as_str()),
        acceptance: report.attachment.as_deref().and_then(|bytes| serde_json::from_slice(bytes).ok()),
        status: StatusOutput::UNTOLD,
        findings: &report.findings,
        hints: &report.hints,
    };
    let (status, danish, english) = match report.indication {
        Indication::TotalPassed if report.level == Some(Level::BaselineLt) => (
            ExitStatus::Holds,
            "Erklæringen holder. Dokumentet beviser selv, at certifikaterne gjaldt, da den blev underskrevet.",
            "The declaration holds. The document itself proves that the certificates held when it was signed.",
        ),
        Indication::TotalPassed => (
            ExitStatus::Holds,
            "Erklæringen holder. Certifikatets status er ikke undersøgt.",
            "The declaration holds. The status of the certificate was not asked for.",
        ),
        Indication::TotalFailed => {
            (ExitStatus::DoesNotHold, "Erklæringen holder ikke.", "The declaration does not hold.")
        }
        Indication::Indeterminate => (
            ExitStatus::CannotBeTold,
            "Det kan ikke afgøres, om erklæringen holder.",
            "It cannot be told whether the declaration holds.",
        ),
    };
    let mut lines = Lines::new(language);
    lines.plain(pick(language, danish, english));
    if practice {
        lines.plain(pick(
            language,
            "ØVELSE: certifikatet er udstedt til øvelse og giver ikke adgang til noget.",
            "PRACTICE: the certificate was issued for practice and gives access to nothing.",
        ));
    }
    if let Some(signer) = output.signer {
        lines.pair("Underskriver", "Signer", &signer.common_name);
        if let Some(organisation) = &signer.organisation {
            lines.pair("På vegne af", "On behalf of", organisation);
        }
    }
    if let Some(signing_time) = report.signing_time {
        lines.pair("Underskrevet", "Signed", &instant(signing_time));
    }
    if let Some(proven_time) = report.proven_time {
        lines.pair("Bevist tidspunkt (tidsstempel)", "Proven time (time-stamp)", &instant(proven_time));
    }
    if let Some(authority) = output.time_stamp_authority {
        lines.pair("Tidsstempel fra", "Time-stamp by", authority);
    }
    if let Some(level) = &report.level {
        lines.pair("Niveau", "Level", &name(level));
    }
    if let Some(why) = report.sub_indication {
        lines.pair("Efter standarden (EN 319 102-1)", "In the standard's words (EN 319 102-1)", why.as_str());
    }
    for finding in &report.findings {
        lines.pair("Fejl", "Error", &format!("{} – {}", finding.code, finding.detail));
    }
    for hint in &report.hints {
        lines.pair("Bemærk", "Note", &format!("{} – {}", hint.code, hint.detail));
    }
    Ok((status, Output::new(lines.text, &output)))
}

/// Revocation lists and an OCSP response, as they were given.
struct StatusEvidence {
    lists: Vec<UnverifiedRevocationList<Vec<u8>>>,
    ocsp_response: Option<Vec<u8>>,
}

impl StatusEvidence {
    fn read(arguments: &Validate) -> Result<Self, Failure> {
        let lists = arguments.crl.iter().map(|path| files::revocation_list(path)).collect::<Result<_, _>>()?;
        let ocsp_response =
            arguments.ocsp.as_ref().map(|path| files::read(path, MAXIMUM_OCSP_RESPONSE_BYTES)).transpose()?;
        Ok(Self { lists, ocsp_response })
    }

    fn is_given(&self) -> bool {
        !self.lists.is_empty() || self.ocsp_response.is_some()
    }

    /// What the evidence says of `certificate`; `None` where none of it is about it and none was asked for.
    fn status(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        is_the_one_asked_about: bool,
        at: DateTime<Utc>,
        passed_over: &mut Vec<StatusError>,
    ) -> Option<StatusAnswer> {
        let lists = self.lists_by(issuer);
        let by_lists = match &lists {
            Ok(lists) if lists.is_empty() => None,
            Ok(lists) => Some(status_from_lists(lists, certificate, at)),
            Err(error) => Some(Err(error.clone())),
        };
        let by_ocsp = self.ocsp_response.as_ref().filter(|_| is_the_one_asked_about).map(|response| {
            let answer = verify_ocsp_response(response, certificate, issuer, at)?;
            match (answer.responder_to_check(), &lists) {
                (Some(responder), Ok(lists)) if !lists.is_empty() => {
                    answer.status_given_responder(&status_from_lists(lists, responder, at)?).cloned()
                }
                (Some(_) | None, _) => answer.status().cloned(),
            }
        });
        match (by_lists, by_ocsp) {
            (Some(Ok(one)), Some(Ok(other))) => {
                Some(Ok(if forbids(&other.state) > forbids(&one.state) { other } else { one }))
            }
            (Some(Ok(told)), Some(Err(error))) | (Some(Err(error)), Some(Ok(told))) => {
                passed_over.push(error);
                Some(Ok(told))
            }
            (Some(Ok(told)), None) | (None, Some(Ok(told))) => Some(Ok(told)),
            (Some(Err(error)), _) | (None, Some(Err(error))) => Some(Err(error)),
            (None, None) if is_the_one_asked_about && self.is_given() => Some(Err(StatusError::IssuerMismatch)),
            (None, None) => None,
        }
    }

    /// The lists that `issuer` signed. One that only bears its name (an older key's, say) spoils none of the others; its
    /// error counts where there is no other.
    fn lists_by(&self, issuer: &Certificate) -> Result<Vec<RevocationList<&[u8]>>, StatusError> {
        let mut verified = Vec::new();
        let mut not_verified = None;
        for list in self.lists.iter().filter(|list| list.issuer_der() == issuer.subject_der()) {
            match UnverifiedRevocationList::from_der(list.der())?.verify(issuer) {
                Ok(list) => verified.push(list),
                Err(error) => not_verified = Some(error),
            }
        }
        match not_verified {
            Some(error) if verified.is_empty() => Err(error),
            Some(_) | None => Ok(verified),
        }
    }
}

/// The higher, the more the state forbids.
fn forbids(state: &CertificateState) -> u8 {
    match state {
        CertificateState::Good => 0,
        CertificateState::Unknown => 1,
        CertificateState::Suspended { .. } => 2,
        CertificateState::Revoked { .. } => 3,
    }
}

/// True also for the practice portal's seal: a receipt is no declaration, but it is one for practice.
pub(crate) fn is_for_practice(certificate: &Certificate) -> bool {
    let policies = &certificate.description().policies;
    [PRACTICE_EMPLOYEE_POLICY, PRACTICE_ORGANISATION_POLICY]
        .iter()
        .any(|practice| policies.iter().any(|policy| is_under(policy, practice)))
}

fn path_entry(certificate: &Certificate) -> PathEntry<'_> {
    let description = certificate.description();
    PathEntry {
        common_name: &description.common_name,
        issuer: &description.issuer,
        serial_number: &description.serial_number,
        sha256: &description.sha256,
    }
}

fn severity_name(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Error => ("Fejl", "Error"),
        Severity::Indeterminate => ("Kan ikke afgøres", "Cannot be told"),
        Severity::Warning => ("Bemærk", "Note"),
    }
}

/// The stable name that a value has in JSON.
pub(crate) fn name(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        Ok(_) | Err(_) => String::new(),
    }
}

fn description_text(description: &CertificateDescription, language: Language) -> String {
    let mut lines = Lines::new(language);
    let optional = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    lines.pair("Navn", "Name", &description.common_name);
    lines.pair("Slags", "Kind", &name(&description.kind));
    lines.pair("Generation", "Generation", &name(&description.generation));
    lines.pair("Miljø", "Environment", &name(&description.environment));
    lines.pair("Organisation", "Organisation", &optional(&description.organisation));
    lines.pair("CVR-nummer", "CVR number", &optional(&description.cvr));
    lines.pair("Medarbejder-id", "Employee id", &optional(&description.employee_id));
    lines.pair("E-mail", "E-mail", &optional(&description.email));
    lines.pair("Udsteder", "Issuer", &description.issuer);
    lines.pair("Gyldigt fra", "Valid from", &instant(description.not_before));
    lines.pair("Gyldigt til", "Valid until", &instant(description.not_after));
    lines.pair("Serienummer", "Serial number", &description.serial_number);
    lines.pair("Nøgle", "Key", &description.key);
    lines.pair("Udstederens signatur", "The issuer's signature", &description.signature);
    lines.pair("Nøgleanvendelse", "Key usage", &description.key_usage.join(", "));
    lines.pair("Politikker", "Policies", &description.policies.join(", "));
    lines.pair("SHA-256", "SHA-256", &description.sha256);
    for warning in &description.warnings {
        lines.pair("Bemærk", "Note", warning);
    }
    lines.text
}
