//! What was read of the certificate's state three ways, as the command line prints it.

use crate::failure::{ExitStatus, Failure, ProblemReport};
use crate::report::{Lines, Output, instant, pick, state_name};
use lifecycle::{CertificateStanding, CertificateState, JourneyError, Language, ReadBack};
use pki::CertificateStatus;
use serde::Serialize;

/// The member `read_back`; field names stay.
#[derive(Serialize)]
pub(crate) struct Readings {
    portal: Reading<CertificateStanding>,
    ocsp: Reading<CertificateStatus>,
    revocation_list: Reading<CertificateStatus>,
    #[serde(skip)]
    language: Language,
}

/// What was read one way, or why nothing was.
#[derive(Serialize)]
#[serde(untagged)]
enum Reading<T> {
    Told(T),
    Untold(Box<ProblemReport>),
}

impl<T> Reading<T> {
    fn of(read: Result<T, JourneyError>, language: Language) -> Self {
        match read {
            Ok(told) => Self::Told(told),
            Err(error) => Self::Untold(Box::new(Failure::from(error).report(language))),
        }
    }
}

impl Readings {
    pub(crate) fn of(read_back: ReadBack, language: Language) -> Self {
        let ReadBack { portal, ocsp, revocation_list } = read_back;
        Self {
            portal: Reading::of(portal, language),
            ocsp: Reading::of(ocsp, language),
            revocation_list: Reading::of(revocation_list, language),
            language,
        }
    }

    /// Whether they all say that the certificate may be used; whether it may not outweighs what cannot be told.
    pub(crate) fn status(&self) -> ExitStatus {
        let portal = match &self.portal {
            Reading::Told(standing) => match standing.state {
                CertificateState::AwaitingDeclaration | CertificateState::Active => ExitStatus::Holds,
                CertificateState::Suspended | CertificateState::Revoked => ExitStatus::DoesNotHold,
            },
            Reading::Untold(_) => ExitStatus::CannotBeTold,
        };
        let proven = |reading: &Reading<CertificateStatus>| match reading {
            Reading::Told(status) => match status.state {
                pki::CertificateState::Good => ExitStatus::Holds,
                pki::CertificateState::Suspended { .. } | pki::CertificateState::Revoked { .. } => {
                    ExitStatus::DoesNotHold
                }
                pki::CertificateState::Unknown => ExitStatus::CannotBeTold,
            },
            Reading::Untold(_) => ExitStatus::CannotBeTold,
        };
        let all = [portal, proven(&self.ocsp), proven(&self.revocation_list)];
        [ExitStatus::DoesNotHold, ExitStatus::CannotBeTold]
            .into_iter()
            .find(|status| all.contains(status))
            .unwrap_or(ExitStatus::Holds)
    }

    /// The output with what was read.
    pub(crate) fn added_to(&self, mut output: Output) -> Output {
        output.text.push_str(&self.text());
        if let Some(object) = output.json.as_object_mut() {
            // As in `Output`: a report has no keys that are no text.
            object.insert("read_back".into(), serde_json::to_value(self).unwrap_or_default());
        }
        output
    }

    fn text(&self) -> String {
        let language = self.language;
        let mut lines = Lines::new(language);
        let portal = match &self.portal {
            Reading::Told(standing) => {
                let (danish, english) = state_name(standing.state);
                format!("{} ({})", pick(language, danish, english), instant(standing.since))
            }
            Reading::Untold(problem) => self.untold(problem),
        };
        lines.pair("Læst på portalen", "Read at the portal", &portal);
        lines.pair("Læst med OCSP", "Read by OCSP", &self.proven(&self.ocsp));
        lines.pair("Læst i spærrelisten", "Read in the revocation list", &self.proven(&self.revocation_list));
        lines.text
    }

    fn proven(&self, reading: &Reading<CertificateStatus>) -> String {
        let language = self.language;
        match reading {
            Reading::Told(status) => match status.state {
                pki::CertificateState::Good => pick(language, "ikke spærret", "not revoked").to_owned(),
                pki::CertificateState::Suspended { at } => {
                    format!("{} ({})", pick(language, "suspenderet", "suspended"), instant(at))
                }
                pki::CertificateState::Revoked { reason, at } => {
                    format!("{} ({}, {})", pick(language, "spærret", "revoked"), reason.name(), instant(at))
                }
                pki::CertificateState::Unknown => {
                    pick(language, "udstederen kender det ikke", "the issuer does not know it").to_owned()
                }
            },
            Reading::Untold(problem) => self.untold(problem),
        }
    }

    fn untold(&self, problem: &ProblemReport) -> String {
        format!("{} ({})", pick(self.language, "kunne ikke læses", "could not be read"), problem.title())
    }
}
