//! "Why can't I sign?": every certificate of this computer with everything that stops it, everything that signing
//! depends on, and certificate files that are given. It changes nothing, and works with whatever there is.

use crate::arguments::Doctor;
use crate::failure::{ExitStatus, Failure, UsageError, policy_reason, spoken};
use crate::files::{self, DataFolder};
use crate::journey::{JOURNAL, SystemClock, key_place};
use crate::judge::{FindingOutput, finding_lines, is_for_practice, name, verdict_text};
use crate::policy_report::{Named, PolicyOutput};
use crate::portal::trust_anchor_under_way;
use crate::report::{Lines, Output, pick};
use crate::secrets::Secrets;
use chrono::{DateTime, Utc};
use key_custody::{Modules, TokenKeyKind};
use lifecycle::ports::{Clock, Journal, JournalError};
use lifecycle::{
    ChainRole, DiagnosedCertificate, Diagnosis, DiagnosisParts, Examination, JournalPart, JourneyError, KeyPlaceName,
    Language, LinkState, NotAtHand, Obstacle, PortalPart, Probe, ProbeOutcome, ProbeTarget, ProblemCode, diagnose,
    examine, finding_text, remedy_text,
};
use local_store::SqliteJournal;
use local_store::policy_file::{EffectivePolicy, PolicyFileError, effective_policy};
use pki::{Certificate, CertificateDescription, CertificateKind, Profile, TrustAnchor, Verdict, container};
use portal_client::{Network, PortalClient};
use serde::Serialize;
use std::io::{IsTerminal, Write, stderr};
use std::path::{Path, PathBuf};

/// The window's journal of practice, and the folder of its own practice portal, within the data folder.
const PRACTICE_JOURNAL: &str = "practice-journal.sqlite";
const PRACTICE_PORTAL: &str = "practice";

/// `doctor --json`; field names stay.
#[derive(Serialize)]
struct DiagnosisOutput<'a> {
    usable: bool,
    probes: Vec<ProbeOutput<'a>>,
    certificates: Vec<CertificateOutput<'a>>,
    policy: PolicyOutput,
    /// The certificate files that were given; absent where none were.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileOutput<'a>>,
}

#[derive(Serialize)]
struct ProbeOutput<'a> {
    target: ProbeTarget,
    address: Option<&'a str>,
    outcome: &'static str,
    problem: Option<&'static str>,
    detail: Option<&'a str>,
}

#[derive(Serialize)]
struct CertificateOutput<'a> {
    #[serde(flatten)]
    description: &'a CertificateDescription,
    portal: &'a str,
    practice: bool,
    under_way: bool,
    usable: bool,
    /// Nothing is in its way but what the employee has not done yet.
    waits: bool,
    obstacles: Vec<ObstacleOutput<'a>>,
}

#[derive(Serialize)]
struct ObstacleOutput<'a> {
    code: String,
    /// The facts, in English; `null` where the code says everything.
    detail: Option<&'a str>,
    title: String,
    #[serde(skip)]
    cause: String,
    remedy: String,
}

#[derive(Serialize)]
struct FileOutput<'a> {
    file: String,
    #[serde(flatten)]
    description: &'a CertificateDescription,
    verdict: Verdict,
    findings: Vec<FindingOutput<'a>>,
    chain: Vec<LinkOutput<'a>>,
}

#[derive(Serialize)]
struct LinkOutput<'a> {
    common_name: &'a str,
    issuer: &'a str,
    serial_number: &'a str,
    sha256: &'a str,
    role: &'static str,
    state: &'static str,
}

/// A journal's file, opened or not.
struct OpenedJournal {
    journal: Result<SqliteJournal, NotAtHand>,
    place: String,
    in_use: bool,
    practice: bool,
    trust_anchors: Vec<TrustAnchor>,
}

/// Finds out why one cannot sign.
pub(crate) async fn doctor(
    arguments: &Doctor,
    folder: &DataFolder,
    modules: &Modules,
    given_policy: Option<&Path>,
    named: &Named,
    language: Language,
) -> Result<(ExitStatus, Output), Failure> {
    let files = read_files(arguments)?;
    let policy = effective_policy(given_policy);
    let mut journals = Vec::new();
    let mut client = None;
    let mut missing = None;
    let mut place = KeyPlaceName::default();
    if let Some(journal) = open(&folder.path().join(JOURNAL)).await {
        let anchor = match &policy {
            Ok(effective) => trust_anchor_under_way(&effective.policy, folder),
            // What is wrong with it is told by its own probe.
            Err(_) => folder.trust_anchor(),
        };
        let under_way = match &journal {
            // One that cannot be read is told by its own probe.
            Ok(journal) => journal.current().await.ok().flatten(),
            Err(_) => None,
        };
        if let Some(journey) = &under_way {
            place = journey.step.key_place().clone();
            match client_for(&journey.portal, &anchor, &policy) {
                Ok(made) => client = Some(made),
                Err(reason) => missing = Some(reason),
            }
        }
        journals.push(OpenedJournal {
            journal,
            place: folder.path().join(JOURNAL).display().to_string(),
            in_use: true,
            practice: under_way.is_some_and(|journey| journey.practice),
            trust_anchors: anchor.into_iter().collect(),
        });
    }
    if let Some(journal) = open(&folder.path().join(PRACTICE_JOURNAL)).await {
        let anchor = DataFolder::resolve(Some(folder.path().join(PRACTICE_PORTAL)), |_| None)?.trust_anchor();
        journals.push(OpenedJournal {
            journal,
            place: folder.path().join(PRACTICE_JOURNAL).display().to_string(),
            in_use: false,
            practice: true,
            trust_anchors: anchor.into_iter().collect(),
        });
    }
    let key_store = key_place(&place, modules, TokenKeyKind::Rsa3072)?;
    let parts = DiagnosisParts {
        key_store: &key_store,
        portal: match (&client, missing) {
            (Some(client), _) => PortalPart::AtHand(client),
            (None, Some(missing)) => PortalPart::Missing(missing),
            (None, None) => PortalPart::NotKnown,
        },
        journals: journals.iter().map(OpenedJournal::part).collect(),
        clock: &SystemClock,
    };
    let diagnosis = diagnose(parts, &progress(language)).await;
    let now = SystemClock.now();
    let examined: Vec<(String, Examination)> = files
        .iter()
        .filter_map(|(file, certificates)| Some((file.clone(), examination(certificates, &journals, now)?)))
        .collect();
    let status = exit_status(&diagnosis, &examined, policy.is_ok());
    let output = DiagnosisOutput {
        usable: diagnosis.certificates.iter().any(|certificate| certificate.usable),
        probes: diagnosis.probes.iter().map(probe_output).collect(),
        certificates: diagnosis.certificates.iter().map(|one| certificate_output(one, language)).collect(),
        policy: PolicyOutput::of(&policy, named),
        files: examined.iter().map(|(file, examination)| file_output(file, examination)).collect(),
    };
    Ok((status, Output::new(text(&output, &diagnosis, &examined, status, language), &output)))
}

impl OpenedJournal {
    fn part(&self) -> JournalPart<'_, SqliteJournal> {
        JournalPart {
            journal: self.journal.as_ref().map_err(Clone::clone),
            place: self.place.clone(),
            in_use: self.in_use,
            practice: self.practice,
            trust_anchors: self.trust_anchors.clone(),
        }
    }
}

/// The journal in a file; `None` where there is no such file, and then none is made.
async fn open(path: &Path) -> Option<Result<SqliteJournal, NotAtHand>> {
    match path.try_exists() {
        Ok(false) => None,
        Ok(true) => Some(SqliteJournal::open(path).await.map_err(unreadable)),
        Err(error) => Some(Err(unreadable(JournalError::Unavailable(error.into())))),
    }
}

fn unreadable(error: JournalError) -> NotAtHand {
    let detail = whole(&error);
    NotAtHand { problem: JourneyError::from(error).problem(), detail }
}

/// A client for the portal, of which nothing is asked that the policy does not name.
fn client_for(
    address: &str,
    anchor: &Result<TrustAnchor, UsageError>,
    policy: &Result<EffectivePolicy, PolicyFileError>,
) -> Result<PortalClient, NotAtHand> {
    let network = match policy {
        Ok(effective) if effective.policy.allows_portal(address) => Network::under(&effective.policy),
        Ok(_) => return Err(NotAtHand { problem: ProblemCode::PortalNotInPolicy, detail: address.to_owned() }),
        Err(error) => {
            return Err(NotAtHand { problem: ProblemCode::PolicyUnusable, detail: policy_reason(error) });
        }
    };
    let not_set_up = |detail| NotAtHand { problem: ProblemCode::PortalNotSetUp, detail };
    let anchor = anchor.as_ref().map_err(|error| not_set_up(whole(error)))?;
    PortalClient::in_network(address, std::slice::from_ref(anchor), &network).map_err(|error| not_set_up(whole(&error)))
}

fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn read_files(arguments: &Doctor) -> Result<Vec<(String, Vec<Certificate>)>, UsageError> {
    let password = match arguments.password_stdin {
        true => Some(Secrets::from_standard_input()?.line()?),
        false => None,
    };
    let password = password.as_deref().map(String::as_str);
    let read = |path: &PathBuf| Ok((path.display().to_string(), files::container(path, password)?.certificates));
    arguments.files.iter().map(read).collect()
}

/// What the file is about, held against the trust anchors that this computer knows for its mode.
fn examination(certificates: &[Certificate], journals: &[OpenedJournal], now: DateTime<Utc>) -> Option<Examination> {
    let certificate = container::the_certificate(certificates)?;
    let practice = is_for_practice(certificate);
    let (profile, of_one_mode) = match certificate.description().kind {
        CertificateKind::Employee if practice => (Profile::PracticeEmployee, true),
        CertificateKind::Employee => (Profile::OcesEmployee, true),
        CertificateKind::Organisation
        | CertificateKind::Function
        | CertificateKind::Personal
        | CertificateKind::Ca
        | CertificateKind::Other => (Profile::Any, false),
    };
    // An employee's certificate is never valid by the other mode's trust anchor.
    let counting = journals.iter().filter(|journal| !of_one_mode || journal.practice == practice);
    let anchors: Vec<TrustAnchor> = counting.flat_map(|journal| journal.trust_anchors.clone()).collect();
    Some(examine(certificate, certificates, &anchors, now, profile, None))
}

/// 0: a certificate is usable, and nothing that was tried fails. 3: all that was found is that somebody could not be
/// asked. 1: anything else.
fn exit_status(diagnosis: &Diagnosis, examined: &[(String, Examination)], policy_is_usable: bool) -> ExitStatus {
    let failed = diagnosis.probes.iter().filter_map(|probe| match &probe.outcome {
        ProbeOutcome::Fails { problem, .. } => Some(is_silence(*problem)),
        ProbeOutcome::Works { .. } | ProbeOutcome::NotUsed => None,
    });
    let any_usable = diagnosis.certificates.iter().any(|certificate| certificate.usable);
    let stopped = diagnosis
        .certificates
        .iter()
        .filter(|certificate| certificate.under_way && !any_usable)
        .flat_map(|certificate| &certificate.obstacles)
        .map(|obstacle| match obstacle {
            Obstacle::Problem(problem) => is_silence(*problem),
            Obstacle::Finding(_) => false,
        });
    let files = examined.iter().filter_map(|(_, examination)| match examination.verdict {
        Verdict::Valid => None,
        Verdict::Indeterminate => Some(true),
        Verdict::Invalid => Some(false),
    });
    let nothing_to_use = !diagnosis.certificates.iter().any(|certificate| certificate.under_way);
    let by_itself = [nothing_to_use, !policy_is_usable].into_iter().filter(|found| *found).map(|_| false);
    let found: Vec<bool> = failed.chain(stopped).chain(files).chain(by_itself).collect();
    if found.is_empty() {
        ExitStatus::Holds
    } else if found.iter().all(|silence| *silence) {
        ExitStatus::CannotBeTold
    } else {
        ExitStatus::DoesNotHold
    }
}

/// Whether the problem is only that somebody did not answer.
fn is_silence(problem: ProblemCode) -> bool {
    matches!(
        problem,
        ProblemCode::PortalUnreachable
            | ProblemCode::PortalFailed
            | ProblemCode::ProxyUnreachable
            | ProblemCode::ResponderSilent
            | ProblemCode::RevocationListUnusable
            | ProblemCode::StatusUntold
    )
}

fn probe_output(probe: &Probe) -> ProbeOutput<'_> {
    let (outcome, problem, detail) = match &probe.outcome {
        ProbeOutcome::Works { detail } => ("works", None, detail.as_deref()),
        ProbeOutcome::Fails { problem, detail } => ("fails", Some(problem.name()), Some(detail.as_str())),
        ProbeOutcome::NotUsed => ("not-used", None, None),
    };
    ProbeOutput { target: probe.target, address: probe.address.as_deref(), outcome, problem, detail }
}

fn certificate_output(diagnosed: &DiagnosedCertificate, language: Language) -> CertificateOutput<'_> {
    CertificateOutput {
        description: diagnosed.certificate.description(),
        portal: &diagnosed.portal,
        practice: diagnosed.practice,
        under_way: diagnosed.under_way,
        usable: diagnosed.usable,
        waits: diagnosed.waits,
        obstacles: diagnosed.obstacles.iter().map(|obstacle| obstacle_output(obstacle, language)).collect(),
    }
}

fn obstacle_output(obstacle: &Obstacle, language: Language) -> ObstacleOutput<'_> {
    match obstacle {
        Obstacle::Problem(problem) => {
            let text = problem.text(language);
            ObstacleOutput {
                code: problem.name().to_owned(),
                detail: None,
                title: spoken(&text.title),
                cause: spoken(&text.cause),
                remedy: spoken(&text.remedy),
            }
        }
        Obstacle::Finding(finding) => {
            let text = finding_text(finding.code, language);
            ObstacleOutput {
                code: name(&finding.code),
                detail: Some(&finding.detail),
                title: spoken(&text.title),
                cause: spoken(&text.meaning),
                remedy: spoken(remedy_text(finding.code.remedy(), language)),
            }
        }
    }
}

fn file_output<'a>(file: &str, examination: &'a Examination) -> FileOutput<'a> {
    FileOutput {
        file: file.to_owned(),
        description: examination.certificate.description(),
        verdict: examination.verdict,
        findings: examination.findings.iter().map(FindingOutput::of).collect(),
        chain: examination
            .chain
            .iter()
            .map(|link| {
                let description = link.certificate.description();
                LinkOutput {
                    common_name: &description.common_name,
                    issuer: &description.issuer,
                    serial_number: &description.serial_number,
                    sha256: &description.sha256,
                    role: role_name(link.role),
                    state: state_name(link.state),
                }
            })
            .collect(),
    }
}

fn text(
    output: &DiagnosisOutput<'_>,
    diagnosis: &Diagnosis,
    examined: &[(String, Examination)],
    status: ExitStatus,
    language: Language,
) -> String {
    let mut lines = Lines::new(language);
    let fails = diagnosis.probes.iter().any(|probe| matches!(probe.outcome, ProbeOutcome::Fails { .. }))
        || matches!(output.policy, PolicyOutput::Unusable { .. });
    let (danish, english) = conclusion(output, fails, status);
    lines.plain(pick(language, danish, english));

    lines.plain("");
    lines.plain(pick(language, "CERTIFIKATER PÅ DENNE COMPUTER", "CERTIFICATES ON THIS COMPUTER"));
    if output.certificates.is_empty() {
        lines.plain(pick(
            language,
            "Ingen. Har du en invitation, så gå videre med den i Certifikatguide. Ellers bed din LRA om en.",
            "None. If you have an invitation, go on with it in Certifikatguide. Otherwise ask your LRA for one.",
        ));
    }
    for certificate in &output.certificates {
        certificate_text(certificate, &mut lines, language);
    }

    lines.plain("");
    lines.plain(pick(language, "PRØVET", "TRIED"));
    let mut explained = explained_above(diagnosis);
    for probe in &diagnosis.probes {
        probe_text(probe, &mut explained, &mut lines, language);
    }
    lines.plain("");
    lines.plain(pick(language, "ORGANISATIONENS REGLER", "THE ORGANISATION'S POLICY"));
    output.policy.tell(&explained, &mut lines);
    for (file, examination) in examined {
        lines.plain("");
        lines.pair("FIL", "FILE", file);
        let description = examination.certificate.description();
        lines.pair("Navn", "Name", &description.common_name);
        lines.pair("Udsteder", "Issuer", &description.issuer);
        lines.plain(verdict_text(examination.verdict, language));
        for finding in &examination.findings {
            finding_lines(finding, &mut lines);
        }
        for link in &examination.chain {
            let (danish, english) = state_words(link.state);
            let value = format!("{} – {}", link.certificate.description().common_name, pick(language, danish, english));
            lines.pair("Kæde", "Chain", &value);
        }
    }
    lines.text
}

fn conclusion(output: &DiagnosisOutput<'_>, fails: bool, status: ExitStatus) -> (&'static str, &'static str) {
    if output.usable && !fails {
        (
            "Du kan underskrive: certifikatet kan bruges, og alt virker.",
            "You can sign: the certificate can be used, and everything works.",
        )
    } else if output.usable {
        (
            "Certifikatet kan bruges, men noget af det, der skal til, virker ikke. Se nedenfor.",
            "The certificate can be used, but something that is needed does not work. See below.",
        )
    } else if !output.certificates.iter().any(|certificate| certificate.under_way) {
        (
            "Du kan ikke underskrive: der er intet certifikat i brug på denne computer.",
            "You cannot sign: no certificate is in use on this computer.",
        )
    } else if !fails && output.certificates.iter().any(|certificate| certificate.waits) {
        (
            "Intet er i vejen. Der mangler kun et skridt, se nedenfor.",
            "Nothing is in the way. Only a step is still to be taken, see below.",
        )
    } else if status == ExitStatus::CannotBeTold {
        (
            "Det kan ikke afgøres nu, om du kan underskrive: nogen, der skal spørges, svarer ikke. Se nedenfor.",
            "It cannot be told now whether you can sign: somebody who has to be asked does not answer. See below.",
        )
    } else {
        (
            "Du kan ikke underskrive. Her er alt, hvad der er i vejen, og hvad du kan gøre.",
            "You cannot sign. Here is everything that is in the way, and what you can do.",
        )
    }
}

fn certificate_text(certificate: &CertificateOutput<'_>, lines: &mut Lines, language: Language) {
    let description = certificate.description;
    let whom = match &description.organisation {
        Some(organisation) => format!("{}, {organisation}", description.common_name),
        None => description.common_name.clone(),
    };
    lines.plain(&format!("- {whom}"));
    let dates = format!("{} – {}", description.not_before.format("%Y-%m-%d"), description.not_after.format("%Y-%m-%d"));
    lines.inner("Gyldigt", "Valid", &dates);
    let portal = match certificate.practice {
        true => format!("{} ({})", certificate.portal, pick(language, "øvelse", "practice")),
        false => certificate.portal.to_owned(),
    };
    lines.inner("Portal", "Portal", &portal);
    lines.inner("Serienummer", "Serial number", &description.serial_number);
    if certificate.usable {
        lines.plain(pick(language, "  Kan bruges.", "  Can be used."));
        return;
    }
    if !certificate.under_way {
        // Nothing is left to be done about it.
        for obstacle in &certificate.obstacles {
            lines.inner("Kan ikke bruges", "Cannot be used", &obstacle.title);
        }
        return;
    }
    lines.plain(pick(language, "  Kan ikke bruges:", "  Cannot be used:"));
    for (number, obstacle) in (1..).zip(&certificate.obstacles) {
        lines.plain(&format!("  {number}. {}", obstacle.title));
        lines.plain(&format!("     {}", obstacle.cause));
        lines.plain(&format!("     {}: {}", pick(language, "Gør dette", "Do this"), obstacle.remedy));
        if let Some(detail) = obstacle.detail {
            lines.plain(&format!("     {}: {detail}", pick(language, "Til supporten", "For support")));
        }
    }
}

/// The problems that a certificate's obstacles have explained already.
fn explained_above(diagnosis: &Diagnosis) -> Vec<ProblemCode> {
    let under_way = diagnosis.certificates.iter().filter(|certificate| certificate.under_way);
    under_way
        .flat_map(|certificate| &certificate.obstacles)
        .filter_map(|obstacle| match obstacle {
            Obstacle::Problem(problem) => Some(*problem),
            Obstacle::Finding(_) => None,
        })
        .collect()
}

/// What came of a probe; cause and remedy of a problem are told once.
fn probe_text(probe: &Probe, explained: &mut Vec<ProblemCode>, lines: &mut Lines, language: Language) {
    let (danish, english) = target_name(probe.target);
    let what = match &probe.address {
        Some(address) => format!("{} ({address})", pick(language, danish, english)),
        None => pick(language, danish, english).to_owned(),
    };
    match &probe.outcome {
        ProbeOutcome::Works { .. } => lines.plain(&format!("- {what}: {}", pick(language, "virker", "works"))),
        ProbeOutcome::NotUsed => {
            let (danish, english) = not_used(probe.target);
            lines.plain(&format!("- {what}: {}", pick(language, danish, english)));
        }
        ProbeOutcome::Fails { problem, detail } => {
            let text = problem.text(language);
            let fails = pick(language, "VIRKER IKKE", "DOES NOT WORK");
            lines.plain(&format!("- {what}: {fails}. {}.", spoken(&text.title)));
            if !explained.contains(problem) {
                explained.push(*problem);
                lines.plain(&format!("  {}", spoken(&text.cause)));
                lines.inner("Gør dette", "Do this", &spoken(&text.remedy));
            }
            lines.inner("Til supporten", "For support", detail);
        }
    }
}

fn target_name(target: ProbeTarget) -> (&'static str, &'static str) {
    match target {
        ProbeTarget::Keychain => ("Nøglering", "Keychain"),
        ProbeTarget::Token => ("Nøgleenhed (token)", "Key device (token)"),
        ProbeTarget::Journal => ("Det, computeren husker", "What the computer remembers"),
        ProbeTarget::Clock => ("Computerens ur", "The computer's clock"),
        ProbeTarget::Proxy => ("Proxy", "Proxy"),
        ProbeTarget::Portal => ("Portal", "Portal"),
        ProbeTarget::Ocsp => ("Svar om spærring, OCSP", "Answer about revocation, OCSP"),
        ProbeTarget::RevocationList => ("Spærreliste, CRL", "Revocation list, CRL"),
        ProbeTarget::TimeStamp => ("Tidsstempel", "Time stamp"),
    }
}

/// Why there was nothing to try.
fn not_used(target: ProbeTarget) -> (&'static str, &'static str) {
    match target {
        ProbeTarget::Journal => ("intet endnu", "nothing yet"),
        ProbeTarget::Clock => ("kunne ikke sammenlignes med portalens", "could not be compared with the portal's"),
        ProbeTarget::Portal => ("der er ikke valgt nogen endnu", "none was chosen yet"),
        ProbeTarget::Ocsp | ProbeTarget::RevocationList => ("ingen at spørge", "nobody to ask"),
        ProbeTarget::Keychain | ProbeTarget::Token | ProbeTarget::Proxy | ProbeTarget::TimeStamp => {
            ("bruges ikke", "not used")
        }
    }
}

fn role_name(role: ChainRole) -> &'static str {
    match role {
        ChainRole::EndEntity => "end-entity",
        ChainRole::Authority => "authority",
        ChainRole::TrustAnchor => "trust-anchor",
    }
}

fn state_name(state: LinkState) -> &'static str {
    match state {
        LinkState::Holds => "holds",
        LinkState::StatusUntold => "status-untold",
        LinkState::NotYetValid => "not-yet-valid",
        LinkState::Expired => "expired",
        LinkState::Suspended => "suspended",
        LinkState::Revoked => "revoked",
        LinkState::Unproven => "unproven",
        LinkState::Broken => "broken",
    }
}

fn state_words(state: LinkState) -> (&'static str, &'static str) {
    match state {
        LinkState::Holds => ("holder", "holds"),
        LinkState::StatusUntold => {
            ("holder; der er ikke spurgt, om det er spærret", "holds; nobody was asked whether it is revoked")
        }
        LinkState::NotYetValid => ("gælder ikke endnu", "not valid yet"),
        LinkState::Expired => ("udløbet", "expired"),
        LinkState::Suspended => ("suspenderet", "suspended"),
        LinkState::Revoked => ("spærret", "revoked"),
        LinkState::Unproven => ("udstederen er ikke kendt her", "its issuer is not known here"),
        LinkState::Broken => ("holder ikke", "does not hold"),
    }
}

/// Tells a person at a terminal what is being tried; a script hears nothing.
fn progress(language: Language) -> impl Fn(ProbeTarget, Option<&str>) + Send + Sync {
    move |target, address| {
        if stderr().is_terminal() {
            let (danish, english) = target_name(target);
            // Nothing depends on whether the line is seen.
            let _ = writeln!(stderr(), "{} {} …", pick(language, danish, english), address.unwrap_or_default());
        }
    }
}
