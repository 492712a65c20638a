//! Why a command did not do what was asked: the exit status, and what a person reads about it.

use crate::report::{Lines, instant, pick, state_name};
use chrono::{DateTime, Utc};
use declaration::terms::TermsError;
use key_custody::TokenUriError;
use lifecycle::ports::JournalError;
use lifecycle::{EarlierCertificate, JourneyError, Language, ProblemCode};
use local_store::policy_file::PolicyFileError;
use pki::container::ContainerError;
use pki::{Certificate, StatusError};
use portal_client::ClientSetupError;
use serde::Serialize;
use std::path::PathBuf;
use thiserror::Error;

/// Telephone number of the portal's support, for the problems that name it.
const SUPPORT_PHONE: &str = "70 25 89 25";

/// The program's exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// It holds, or is done.
    Holds,
    /// It does not hold, or was refused.
    DoesNotHold,
    /// The command was used wrongly.
    Misuse,
    /// It cannot be told: no network, no keychain, no status.
    CannotBeTold,
}

impl ExitStatus {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Holds => 0,
            Self::DoesNotHold => 1,
            Self::Misuse => 2,
            Self::CannotBeTold => 3,
        }
    }
}

/// Why a command did not do what was asked.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// A use case did not reach its end.
    #[error(transparent)]
    Journey(#[from] JourneyError),
    /// The client for the portal could not be made.
    #[error(transparent)]
    Client(#[from] ClientSetupError),
    /// The command was used wrongly, or its files and folders are not as they must be.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// It cannot be told what the organisation allows.
    #[error("the organisation's policy cannot be used")]
    Policy(#[from] PolicyFileError),
    /// It is not said what is to happen to these certificates.
    #[error("it is not said what is to happen to {} earlier certificates", .0.len())]
    EarlierUndecided(Vec<EarlierCertificate>),
    /// The file holds these employee certificates: none, or several and none was chosen that is there.
    #[error("{} employee certificates are in the file", .0.len())]
    CertificateUnclear(Vec<Certificate>),
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::Journey(error.into())
    }
}

impl From<lifecycle::ports::PortalError> for Failure {
    fn from(error: lifecycle::ports::PortalError) -> Self {
        Self::Journey(error.into())
    }
}

impl From<lifecycle::InvitationInputError> for Failure {
    fn from(error: lifecycle::InvitationInputError) -> Self {
        Self::Journey(error.into())
    }
}

/// The command was used wrongly, or its files and folders are not as they must be.
#[derive(Debug, Error)]
pub(crate) enum UsageError {
    #[error("{} cannot be read", .0.display())]
    FileUnreadable(PathBuf, #[source] std::io::Error),
    #[error("{} is too large", .0.display())]
    FileTooLarge(PathBuf),
    #[error("{} cannot be written", .0.display())]
    FileUnwritable(PathBuf, #[source] std::io::Error),
    #[error("{} exists already", .0.display())]
    FileExists(PathBuf),
    #[error("{} is no certificate", .0.display())]
    NoCertificate(PathBuf),
    #[error("{} cannot be read as a file of certificates", .0.display())]
    CertificateFile(PathBuf, #[source] ContainerError),
    #[error("{} cannot be read as a revocation list", .0.display())]
    RevocationList(PathBuf, #[source] StatusError),
    #[error("{} is no trust anchor", .0.display())]
    NoTrustAnchor(PathBuf),
    #[error("{} cannot be read as terms", .0.display())]
    NoTerms(PathBuf, #[source] TermsError),
    #[error("secrets are not read from a terminal, which would show them")]
    SecretsFromTerminal,
    #[error("standard input ended before every secret was read")]
    SecretsMissing,
    #[error("a line on standard input is no text or too long")]
    SecretUnreadable,
    #[error("no data folder is known")]
    NoDataFolder,
    #[error("the portal's trust anchor is not remembered in {}", .0.display())]
    TrustAnchorForgotten(PathBuf),
    #[error("neither the command nor the organisation's policy names a portal and its trust anchor")]
    PortalNotNamed,
    #[error("to practise takes a portal that is named and a data folder of its own")]
    PracticeUnplaced,
    #[error("the journey under way is with another portal or trust anchor")]
    AnotherPortal,
    #[error("the journey has no such document yet")]
    NoSuchDocument,
    #[error("the journey names a place for its key that is none")]
    UnknownKeyPlace(#[source] TokenUriError),
    #[error("there is no such activity")]
    NoSuchActivity,
    #[error("it is not said what is to be exported")]
    NothingToExport,
}

/// A failure as a person or a program reads it.
#[derive(Debug, Serialize)]
pub(crate) struct ProblemReport {
    /// The stable name.
    problem: &'static str,
    title: String,
    cause: String,
    remedy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tries_left: Option<u32>,
    /// The addresses that did not answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    silent: Vec<String>,
    /// Until when the next try must wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_until: Option<DateTime<Utc>>,
    /// The facts, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The certificates of which is to be said what happens to them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<EarlierCertificate>,
    /// The certificates of which one is to be chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    certificates: Vec<CertificateChoice>,
    #[serde(skip)]
    language: Language,
}

/// A certificate as far as it takes to choose it.
#[derive(Debug, Serialize)]
struct CertificateChoice {
    serial_number: String,
    common_name: String,
    organisation: Option<String>,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
}

impl CertificateChoice {
    fn of(certificate: &Certificate) -> Self {
        let description = certificate.description();
        Self {
            serial_number: description.serial_number.clone(),
            common_name: description.common_name.clone(),
            organisation: description.organisation.clone(),
            not_before: description.not_before,
            not_after: description.not_after,
        }
    }
}

impl ProblemReport {
    /// What happened.
    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// Title, cause, what is known beside them, and remedy, one a line.
    pub(crate) fn text(&self) -> String {
        let mut lines = Lines::new(self.language);
        lines.plain(&self.title);
        lines.plain(&self.cause);
        if !self.silent.is_empty() {
            lines.pair("Svarede ikke", "Did not answer", &self.silent.join(", "));
        }
        if let Some(until) = self.wait_until {
            lines.pair("Vent til", "Wait until", &instant(until));
        }
        if let Some(reason) = &self.reason {
            lines.pair("Grund", "Reason", reason);
        }
        for earlier in &self.earlier {
            earlier_line(earlier, &mut lines);
        }
        for certificate in &self.certificates {
            let organisation = certificate.organisation.as_deref().unwrap_or("–");
            let value = format!(
                "{}: {}, {organisation}, {} – {}",
                certificate.serial_number,
                certificate.common_name,
                instant(certificate.not_before),
                instant(certificate.not_after),
            );
            lines.pair("Certifikat", "Certificate", &value);
        }
        lines.plain(&self.remedy);
        if !self.earlier.is_empty() {
            lines.pair("Angiv", "Give", "--keep-earlier | --supersede-earlier");
        }
        if !self.certificates.is_empty() {
            lines.pair("Angiv", "Give", "--serial HEX");
        }
        lines.text
    }
}

/// An earlier certificate, with the computer that it is on.
pub(crate) fn earlier_line(earlier: &EarlierCertificate, lines: &mut Lines) {
    let language = lines.language();
    let (danish, english) = state_name(earlier.state);
    let mut value = format!(
        "{} ({}), {} {}",
        earlier.serial_number,
        pick(language, danish, english),
        pick(language, "gyldigt til", "valid until"),
        instant(earlier.not_after)
    );
    if let Some(device) = &earlier.device_name {
        value.push_str(&format!(", computer {device}"));
    }
    lines.pair("Andet certifikat", "Other certificate", &value);
}

impl Failure {
    pub(crate) fn status(&self) -> ExitStatus {
        match self {
            Self::Journey(error) => status_of(error.problem()),
            Self::Client(_) => ExitStatus::Misuse,
            Self::Policy(_) => status_of(ProblemCode::PolicyUnusable),
            Self::EarlierUndecided(_) => status_of(ProblemCode::EarlierUndecided),
            Self::CertificateUnclear(_) => status_of(ProblemCode::ContainerCertificateUnclear),
            Self::Usage(error) => match error {
                UsageError::TrustAnchorForgotten(_) | UsageError::UnknownKeyPlace(_) => ExitStatus::CannotBeTold,
                UsageError::NoSuchDocument | UsageError::NoSuchActivity => ExitStatus::DoesNotHold,
                UsageError::FileUnreadable(..)
                | UsageError::FileTooLarge(_)
                | UsageError::FileUnwritable(..)
                | UsageError::FileExists(_)
                | UsageError::NoCertificate(_)
                | UsageError::CertificateFile(..)
                | UsageError::RevocationList(..)
                | UsageError::NoTrustAnchor(_)
                | UsageError::NoTerms(..)
                | UsageError::SecretsFromTerminal
                | UsageError::SecretsMissing
                | UsageError::SecretUnreadable
                | UsageError::NoDataFolder
                | UsageError::NothingToExport
                | UsageError::PortalNotNamed
                | UsageError::PracticeUnplaced
                | UsageError::AnotherPortal => ExitStatus::Misuse,
            },
        }
    }

    /// What hinders the portal from being read, where what this computer knows is shown instead: nobody answers, or it
    /// does not take this computer's word. What it says is then shown beside it.
    ///
    /// # Errors
    /// Any other failure.
    pub(crate) fn unless_known_suffices(self) -> Result<Self, Self> {
        let suffices = match &self {
            Self::Journey(error) => match error.problem() {
                // Asked again each time, a portal that does not suspend says so each time. One that no longer knows this
                // computer may have been told of another by somebody else, and what is known of that has to be seen.
                ProblemCode::SuspensionNotOffered | ProblemCode::DeviceUnknown => true,
                problem => status_of(problem) == ExitStatus::CannotBeTold,
            },
            Self::Client(_)
            | Self::Usage(_)
            | Self::Policy(_)
            | Self::EarlierUndecided(_)
            | Self::CertificateUnclear(_) => false,
        };
        if suffices { Ok(self) } else { Err(self) }
    }

    pub(crate) fn report(&self, language: Language) -> ProblemReport {
        match self {
            Self::Journey(error) => {
                let tries_left = error.tries_left();
                ProblemReport {
                    tries_left,
                    silent: error.silent_addresses().into_iter().map(str::to_owned).collect(),
                    wait_until: error.wait_until(),
                    ..problem_report(error.problem(), tries_left, language)
                }
            }
            Self::Policy(error) => ProblemReport {
                reason: Some(policy_reason(error)),
                ..problem_report(ProblemCode::PolicyUnusable, None, language)
            },
            Self::EarlierUndecided(earlier) => ProblemReport {
                earlier: earlier.clone(),
                ..problem_report(ProblemCode::EarlierUndecided, None, language)
            },
            Self::CertificateUnclear(certificates) => ProblemReport {
                certificates: certificates.iter().map(CertificateChoice::of).collect(),
                ..problem_report(ProblemCode::ContainerCertificateUnclear, None, language)
            },
            Self::Client(error) => {
                let cause = match language {
                    Language::Da => "portalens adresse eller tillidsanker kan ikke bruges".to_owned(),
                    Language::En => error.to_string(),
                };
                usage_report("portal-address", language, cause, REMEDY_ADDRESS)
            }
            Self::Usage(error) => {
                let cause = match language {
                    Language::Da => error.danish(),
                    Language::En => error.to_string(),
                };
                usage_report(error.name(), language, cause, error.remedy())
            }
        }
    }
}

fn problem_report(problem: ProblemCode, tries_left: Option<u32>, language: Language) -> ProblemReport {
    let text = problem.text(language);
    let tries = tries_left.map_or_else(String::new, |tries| tries.to_string());
    let filled = |part: &str| part.replace("{tries}", &tries).replace("{support}", SUPPORT_PHONE);
    ProblemReport {
        problem: problem.name(),
        title: filled(&text.title),
        cause: filled(&text.cause),
        remedy: filled(&text.remedy),
        tries_left: None,
        silent: Vec::new(),
        wait_until: None,
        reason: None,
        earlier: Vec::new(),
        certificates: Vec::new(),
        language,
    }
}

/// What is wrong with a policy's file, with the line where there is one.
pub(crate) fn policy_reason(error: &PolicyFileError) -> String {
    match error {
        PolicyFileError::Unreadable { source, .. } => format!("{error}: {source}"),
        // It says what its source says.
        PolicyFileError::Unprotected { .. } | PolicyFileError::NotUnderstood { .. } => error.to_string(),
    }
}

/// A text for people that counts nothing, with what is named in it.
pub(crate) fn spoken(text: &str) -> String {
    text.replace("{tries}", "").replace("{support}", SUPPORT_PHONE)
}

/// The remedy in Danish and in English.
type Remedy = (&'static str, &'static str);

const REMEDY_ADDRESS: Remedy = (
    "Angiv adressen som https://vært[:port] og portalens tillidsanker som en PEM-fil.",
    "Give the address as https://host[:port] and the portal's trust anchor as a PEM file.",
);

fn usage_report(problem: &'static str, language: Language, cause: String, remedy: Remedy) -> ProblemReport {
    let (title, remedy) = match language {
        Language::Da => ("Kommandoen kunne ikke udføres.", remedy.0),
        Language::En => ("The command could not be carried out.", remedy.1),
    };
    ProblemReport {
        problem,
        title: title.into(),
        cause,
        remedy: remedy.into(),
        tries_left: None,
        silent: Vec::new(),
        wait_until: None,
        reason: None,
        earlier: Vec::new(),
        certificates: Vec::new(),
        language,
    }
}

impl UsageError {
    fn name(&self) -> &'static str {
        match self {
            Self::FileUnreadable(..) => "file-unreadable",
            Self::FileTooLarge(_) => "file-too-large",
            Self::FileUnwritable(..) => "file-unwritable",
            Self::FileExists(_) => "file-exists",
            Self::NoCertificate(_) => "no-certificate",
            Self::CertificateFile(_, ContainerError::PasswordNeeded) => "password-needed",
            Self::CertificateFile(_, ContainerError::PasswordWrong) => "password-wrong",
            Self::CertificateFile(..) => "certificate-file-unreadable",
            Self::RevocationList(..) => "revocation-list-unreadable",
            Self::NoTrustAnchor(_) => "no-trust-anchor",
            Self::NoTerms(..) => "terms-unreadable",
            Self::SecretsFromTerminal => "secrets-from-terminal",
            Self::SecretsMissing => "secrets-missing",
            Self::SecretUnreadable => "secret-unreadable",
            Self::NoDataFolder => "no-data-folder",
            Self::TrustAnchorForgotten(_) => "trust-anchor-forgotten",
            Self::PortalNotNamed => "portal-not-named",
            Self::PracticeUnplaced => "practice-unplaced",
            Self::AnotherPortal => "another-portal",
            Self::NoSuchDocument => "no-such-document",
            Self::UnknownKeyPlace(_) => "unknown-key-place",
            Self::NoSuchActivity => "no-such-activity",
            Self::NothingToExport => "nothing-to-export",
        }
    }

    /// What `Display` says in English.
    fn danish(&self) -> String {
        match self {
            Self::FileUnreadable(path, _) => format!("{} kan ikke læses", path.display()),
            Self::FileTooLarge(path) => format!("{} er for stor", path.display()),
            Self::FileUnwritable(path, _) => format!("{} kan ikke skrives", path.display()),
            Self::FileExists(path) => format!("{} findes i forvejen", path.display()),
            Self::NoCertificate(path) => format!("{} er ikke et certifikat", path.display()),
            Self::CertificateFile(path, ContainerError::PasswordNeeded) => {
                format!("{} er låst med en adgangskode", path.display())
            }
            Self::CertificateFile(path, ContainerError::PasswordWrong) => {
                format!("adgangskoden åbner ikke {}", path.display())
            }
            Self::CertificateFile(path, error) => {
                format!("{} kan ikke læses som en certifikatfil ({error})", path.display())
            }
            Self::RevocationList(path, error) => {
                format!("{} kan ikke læses som en spærreliste ({error})", path.display())
            }
            Self::NoTrustAnchor(path) => format!("{} er ikke et tillidsanker", path.display()),
            Self::NoTerms(path, error) => format!("{} kan ikke læses som vilkår ({error})", path.display()),
            Self::SecretsFromTerminal => "hemmeligheder læses ikke fra en terminal, som ville vise dem".into(),
            Self::SecretsMissing => "standard input sluttede, før alle hemmeligheder var læst".into(),
            Self::SecretUnreadable => "en linje på standard input er ikke tekst eller er for lang".into(),
            Self::NoDataFolder => "der er ingen datamappe".into(),
            Self::TrustAnchorForgotten(path) => format!("portalens tillidsanker ligger ikke i {}", path.display()),
            Self::PortalNotNamed => {
                "hverken kommandoen eller organisationens regler nævner en portal og dens tillidsanker".into()
            }
            Self::PracticeUnplaced => "en øvelse skal have sin egen portal og sin egen datamappe".into(),
            Self::AnotherPortal => "det igangværende forløb er med en anden portal eller et andet tillidsanker".into(),
            Self::NoSuchDocument => "forløbet har endnu ikke det dokument".into(),
            Self::UnknownKeyPlace(_) => "forløbet nævner et sted til nøglen, som ikke findes".into(),
            Self::NoSuchActivity => "der er ingen sådan hændelse".into(),
            Self::NothingToExport => "der er ikke sagt, hvad der skal gemmes".into(),
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::FileUnreadable(..) => {
                ("Kontrollér filens navn og dine rettigheder.", "Check the file's name and your permissions.")
            }
            Self::FileTooLarge(_) => ("Angiv den rigtige fil.", "Give the right file."),
            Self::FileUnwritable(..) => (
                "Kontrollér mappen, dine rettigheder og den ledige plads.",
                "Check the folder, your permissions and the free space.",
            ),
            Self::FileExists(_) => ("Vælg et andet filnavn.", "Choose another file name."),
            Self::NoCertificate(_) => (
                "Angiv et certifikat som PEM, DER, PKCS #7 eller PKCS #12.",
                "Give a certificate as PEM, DER, PKCS #7 or PKCS #12.",
            ),
            Self::CertificateFile(_, ContainerError::PasswordNeeded | ContainerError::PasswordWrong) => (
                "Send filens adgangskode på standard input med --password-stdin.",
                "Send the file's password on standard input with --password-stdin.",
            ),
            Self::CertificateFile(..) => (
                "Hent filen igen fra den, der lavede den. Den kan være beskadiget.",
                "Get the file again from whoever made it. It may be damaged.",
            ),
            Self::RevocationList(..) => {
                ("Hent spærrelisten igen fra udstederen.", "Fetch the revocation list again from the issuer.")
            }
            Self::NoTrustAnchor(_) => (
                "Angiv tillidsankeret (rodcertifikatet) som en PEM-fil.",
                "Give the trust anchor (the root certificate) as a PEM file.",
            ),
            Self::NoTerms(..) => (
                "Angiv vilkårenes fil (JSON), uændret som portalen har den.",
                "Give the terms' file (JSON), unchanged as the portal has it.",
            ),
            Self::SecretsFromTerminal => (
                "Send hemmelighederne gennem et rør eller fra en fil, én pr. linje.",
                "Send the secrets through a pipe or from a file, one a line.",
            ),
            Self::SecretsMissing => (
                "Send hver hemmelighed på sin egen linje. Rækkefølgen står i hjælpen: certifikat help KOMMANDO",
                "Send each secret on a line of its own. Their order stands in the help: certifikat help COMMAND",
            ),
            Self::SecretUnreadable => {
                ("Send teksten som UTF-8, én hemmelighed pr. linje.", "Send UTF-8 text, one secret a line.")
            }
            Self::NoDataFolder => ("Angiv mappen med --data DIR.", "Give the folder with --data DIR."),
            Self::TrustAnchorForgotten(_) => (
                "Læg portalens tillidsanker (PEM) tilbage i mappen som trust-anchor.pem.",
                "Put the portal's trust anchor (PEM) back into the folder as trust-anchor.pem.",
            ),
            Self::PortalNotNamed => (
                "Angiv --portal URL og --trust-anchor FIL, eller portal og trust_anchor i policy.toml.",
                "Give --portal URL and --trust-anchor FILE, or portal and trust_anchor in policy.toml.",
            ),
            Self::PracticeUnplaced => (
                "Angiv øvelsesportalen med --portal URL og en mappe til øvelsen med --data DIR (før kommandoen).",
                "Name the practice portal with --portal URL and a folder for the practice with --data DIR (before the command).",
            ),
            Self::AnotherPortal => (
                "Brug samme portal og tillidsanker som før, eller giv forløbet op med: certifikat start-over",
                "Use the same portal and trust anchor as before, or give the journey up with: certifikat start-over",
            ),
            Self::UnknownKeyPlace(_) => (
                "Brug en nyere udgave af programmet, eller giv forløbet op og begynd igen.",
                "Use a newer version of the program, or give the journey up and begin again.",
            ),
            Self::NoSuchActivity => {
                ("Se hændelsernes id med: certifikat activities", "See the activities' ids with: certifikat activities")
            }
            Self::NothingToExport => {
                ("Angiv et dokument og en fil, eller --out FIL.", "Give a document and a file, or --out FILE.")
            }
            Self::NoSuchDocument => (
                "Underskriv og aflevér erklæringen først: certifikat sign",
                "Sign and deliver the declaration first: certifikat sign",
            ),
        }
    }
}

/// What a problem means to a script.
fn status_of(problem: ProblemCode) -> ExitStatus {
    match problem {
        ProblemCode::ReferenceMalformed
        | ProblemCode::CodeMalformed
        | ProblemCode::CodeNeeded
        | ProblemCode::PasswordTooWeak
        | ProblemCode::AnswersIncomplete
        | ProblemCode::ConsentsMissing
        | ProblemCode::PortalNotSetUp
        | ProblemCode::OtherPortal
        | ProblemCode::KeyElsewhere
        | ProblemCode::TokenAmbiguous
        | ProblemCode::ImportIntoToken
        | ProblemCode::WrongStep
        | ProblemCode::DocumentNotSaved => ExitStatus::Misuse,
        ProblemCode::PortalUnreachable
        | ProblemCode::PortalFailed
        | ProblemCode::PracticePortalFailed
        | ProblemCode::StatusUntold
        | ProblemCode::ProxyUnreachable
        | ProblemCode::ResponderSilent
        | ProblemCode::RevocationListUnusable
        | ProblemCode::ClockImplausible
        | ProblemCode::KeychainAbsent
        | ProblemCode::KeychainLocked
        | ProblemCode::KeychainUnreliable
        | ProblemCode::KeychainTooSmall
        | ProblemCode::TokenAbsent
        | ProblemCode::TokenModuleUnusable
        | ProblemCode::JournalUnavailable
        | ProblemCode::JournalNewer
        | ProblemCode::JournalDamaged
        | ProblemCode::PolicyUnusable
        | ProblemCode::Unexpected => ExitStatus::CannotBeTold,
        ProblemCode::CodeWrong
        | ProblemCode::CodeLocked
        | ProblemCode::RevocationCodeWrong
        | ProblemCode::RevocationCodeLocked
        | ProblemCode::InvitationExpired
        | ProblemCode::InvitationUsed
        | ProblemCode::PortalCertificateUnexpected
        | ProblemCode::PortalAnswerUnusable
        | ProblemCode::PortalRefused
        | ProblemCode::KeyMissing
        | ProblemCode::KeyDamaged
        | ProblemCode::KeyFailed
        | ProblemCode::PinWrong
        | ProblemCode::PinWrongLastTry
        | ProblemCode::PinLocked
        | ProblemCode::PinNotSet
        | ProblemCode::PinToBeChanged
        | ProblemCode::PinOfToken
        | ProblemCode::TokenWriteProtected
        | ProblemCode::TokenFull
        | ProblemCode::TokenUnsuitable
        | ProblemCode::ContainerPasswordWrong
        | ProblemCode::ContainerWithoutKey
        | ProblemCode::ContainerDamaged
        | ProblemCode::ContainerCertificateUnclear
        | ProblemCode::KeyUnsuitable
        | ProblemCode::ExportFromToken
        | ProblemCode::PolicyForbids
        | ProblemCode::PortalNotInPolicy
        | ProblemCode::SuspensionNotOffered
        | ProblemCode::EarlierUndecided
        | ProblemCode::PasswordWrong
        | ProblemCode::PasswordWait
        | ProblemCode::CertificateNotForKey
        | ProblemCode::CertificateNotOfProfile
        | ProblemCode::CertificateUntrusted
        | ProblemCode::CertificateNotYetValid
        | ProblemCode::CertificateExpired
        | ProblemCode::CertificateSuspended
        | ProblemCode::CertificateRevoked
        | ProblemCode::CertificateNotAccepted
        | ProblemCode::TermsNotGenuine
        | ProblemCode::TermsChanged
        | ProblemCode::DeclarationOutdated
        | ProblemCode::DeclarationFailed
        | ProblemCode::DeclarationRefused
        | ProblemCode::ReceiptNotGenuine
        | ProblemCode::TimeStampUnusable
        | ProblemCode::PreservationFailed
        | ProblemCode::DetailsUnchecked
        | ProblemCode::DetailsWrong
        | ProblemCode::DeclarationUnsigned
        | ProblemCode::DeclarationUndelivered
        | ProblemCode::CertificateGivenUp
        | ProblemCode::DeviceUnregistered
        | ProblemCode::ResponderAnswerUnusable
        | ProblemCode::DeviceUnknown => ExitStatus::DoesNotHold,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lifecycle::ports::{PortalError, Refusal};
    use lifecycle::{Silence, StatusUntold};

    #[test]
    fn a_wrong_code_says_how_many_tries_are_left_in_both_languages() {
        let error = PortalError::Refused { refusal: Refusal::CodeWrong { tries_left: 3 }, detail: "".into() };
        let failure = Failure::from(error);
        assert_eq!(failure.status(), ExitStatus::DoesNotHold);
        for language in [Language::Da, Language::En] {
            let text = failure.report(language).text();
            assert!(text.contains('3') && !text.contains('{'), "{text}");
        }
    }

    #[test]
    fn whoever_did_not_answer_is_named_in_both_languages() {
        let address = "http://ca.example.org/ocsp";
        let silence = Silence { address: address.into(), cause: PortalError::Failed { status: 503 }.into() };
        let failure = Failure::from(JourneyError::from(StatusUntold::NoAnswer(vec![silence])));
        assert_eq!(failure.status(), ExitStatus::CannotBeTold);
        for (language, words) in [(Language::Da, "Svarede ikke: "), (Language::En, "Did not answer: ")] {
            assert!(failure.report(language).text().contains(&format!("{words}{address}")));
        }
    }

    #[test]
    fn until_when_the_next_password_must_wait_is_said() {
        let until = DateTime::from_timestamp(1_795_000_000, 0).expect("a time");
        let report = Failure::from(JourneyError::PasswordWait { until }).report(Language::Da);
        assert!(report.text().contains("Vent til: 2026-11-18T11:06:40Z"), "{}", report.text());
    }

    #[test]
    fn the_certificates_of_which_nothing_is_said_are_listed_with_what_to_say() {
        let earlier = EarlierCertificate {
            serial_number: "1a2b".into(),
            not_after: DateTime::from_timestamp(1_795_000_000, 0).expect("a time"),
            state: lifecycle::CertificateState::Active,
            device_name: Some("PC-1".into()),
            registered_at: None,
        };
        let failure = Failure::EarlierUndecided(vec![earlier]);
        assert_eq!(failure.status(), ExitStatus::DoesNotHold);
        for (language, words) in [(Language::Da, "i brug"), (Language::En, "in use")] {
            let text = failure.report(language).text();
            for part in ["1a2b", "PC-1", "2026-11-18", "--keep-earlier | --supersede-earlier", words] {
                assert!(text.contains(part), "{text}");
            }
        }
    }

    #[test]
    fn a_policy_that_cannot_be_used_names_its_file_and_line() {
        let source = lifecycle::PolicyError::Line { line: 3, reason: "unknown field".into() };
        let failure = Failure::from(PolicyFileError::NotUnderstood { path: "policy.toml".into(), source });
        assert_eq!(failure.status(), ExitStatus::CannotBeTold);
        let text = failure.report(Language::Da).text();
        assert!(text.contains("Grund: policy.toml: line 3: unknown field\n"), "{text}");
    }

    #[test]
    fn no_network_is_told_apart_from_a_refusal() {
        let unreachable = Failure::from(PortalError::Unreachable("connection refused".into()));
        assert_eq!(unreachable.status(), ExitStatus::CannotBeTold);
        assert_eq!(
            Failure::from(PortalError::UnexpectedServerCertificate("unknown issuer".into())).status(),
            ExitStatus::DoesNotHold
        );
    }
}
