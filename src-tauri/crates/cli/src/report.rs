//! A journey as the command line prints it: for programs and for people.

use chrono::{DateTime, SecondsFormat, Utc};
use declaration::{ConfirmedDetail, DetailField, details};
use lifecycle::{
    Acknowledgement, CertificateStanding, CertificateState, Journey, KeyPurpose, KeyUse, Language, RevocationCode,
    Step, UseLog, UseLogState,
};
use pki::CertificateDescription;
use serde::Serialize;
use std::fmt::Write as _;

/// What a command gives: the same result as text and as one JSON object.
pub(crate) struct Output {
    pub(crate) text: String,
    pub(crate) json: serde_json::Value,
}

impl Output {
    pub(crate) fn new(text: String, report: &impl Serialize) -> Self {
        // Only a map with keys that are no text can fail here, and no report holds one.
        Self { text, json: serde_json::to_value(report).unwrap_or_default() }
    }
}

/// Most uses of the key that people are shown.
const KEY_USES_SHOWN: usize = 5;

/// A journey; field names stay.
#[derive(Serialize)]
pub(crate) struct JourneyReport<'a> {
    step: StepName,
    portal: &'a str,
    practice: bool,
    reference: String,
    invited: Invited<'a>,
    authority: &'a lifecycle::LocalRegistrationAuthority,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Certificate<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    declaration: Option<Declaration<'a>>,
    /// What was last read at the portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<&'a CertificateStanding>,
    /// Whether the portal knows of a suspension or of wrong details; absent where there is nothing to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    portal_told: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    wrong_details: Vec<DetailField>,
    /// Shown once, by the enrolment that received it.
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation_code: Option<&'a str>,
    /// The latest uses of the key, newest first; absent where they were not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_uses: Option<Vec<&'a KeyUse>>,
    /// Whether the log of the uses is as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    use_log: Option<UseLogState>,
}

#[derive(Serialize)]
struct Invited<'a> {
    common_name: &'a str,
    email: &'a str,
    organisation: &'a str,
    cvr: &'a str,
}

#[derive(Serialize)]
struct Certificate<'a> {
    #[serde(flatten)]
    description: &'a CertificateDescription,
    details: Vec<ConfirmedDetail>,
}

#[derive(Serialize)]
struct Declaration<'a> {
    id: String,
    sha256: &'a str,
    terms_sha256: &'a str,
    signed_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_at: Option<DateTime<Utc>>,
}

/// Where a journey stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StepName {
    Invited,
    KeyMade,
    Unregistered,
    Issued,
    Reviewed,
    Signed,
    Active,
    Suspended,
    Stopped,
    Revoked,
}

impl StepName {
    fn of(step: &Step) -> Self {
        match step {
            Step::Invited(_) => Self::Invited,
            Step::KeyMade(_) => Self::KeyMade,
            Step::Issued(issued) if issued.device_registered_at.is_none() => Self::Unregistered,
            Step::Issued(_) => Self::Issued,
            Step::Reviewed(_) => Self::Reviewed,
            Step::Signed(_) => Self::Signed,
            Step::Active(_) => Self::Active,
            Step::Suspended(_) => Self::Suspended,
            Step::Stopped(_) => Self::Stopped,
            Step::Revoked(_) => Self::Revoked,
        }
    }

    /// Where it stands, and what comes next.
    fn text(self, language: Language) -> &'static str {
        let (danish, english) = match self {
            Self::Invited => (
                "Invitationen er åbnet. Næste skridt: certifikat enrol",
                "The invitation is open. Next: certifikat enrol",
            ),
            Self::KeyMade => {
                ("Nøglen er lavet. Næste skridt: certifikat enrol", "The key is made. Next: certifikat enrol")
            }
            Self::Unregistered => (
                "Certifikatet er hentet, men computeren er ikke registreret. Næste skridt: certifikat enrol",
                "The certificate is here, but this computer is not registered. Next: certifikat enrol",
            ),
            Self::Issued => (
                "Certifikatet er hentet. Kontrollér oplysningerne. Næste skridt: certifikat review",
                "The certificate is here. Check its details. Next: certifikat review",
            ),
            Self::Reviewed => (
                "Oplysningerne er bekræftet. Næste skridt: certifikat terms og certifikat sign",
                "The details are confirmed. Next: certifikat terms and certifikat sign",
            ),
            Self::Signed => (
                "Erklæringen er underskrevet, men ikke afleveret. Næste skridt: certifikat deliver",
                "The declaration is signed, but not delivered. Next: certifikat deliver",
            ),
            Self::Active => ("Certifikatet er i brug.", "The certificate is in use."),
            Self::Suspended => (
                "Certifikatet er suspenderet, og nøglen er låst på denne computer.",
                "The certificate is suspended, and the key is locked on this computer.",
            ),
            Self::Stopped => (
                "Forløbet er stoppet, fordi en oplysning er forkert.",
                "The journey is stopped, since a detail is wrong.",
            ),
            Self::Revoked => ("Certifikatet er spærret.", "The certificate is revoked."),
        };
        pick(language, danish, english)
    }
}

impl<'a> JourneyReport<'a> {
    pub(crate) fn new(journey: &'a Journey, revocation_code: Option<&'a RevocationCode>) -> Self {
        let step = &journey.step;
        let invitation = step.invitation();
        let (standing, portal_told) = read_at_portal(step);
        // Whoever reads a revocation code in this report reads it after this computer was registered.
        let step_name = match (StepName::of(step), revocation_code) {
            (StepName::Unregistered, Some(_)) => StepName::Issued,
            (step, _) => step,
        };
        Self {
            step: step_name,
            portal: &journey.portal,
            practice: journey.practice,
            reference: invitation.reference.to_string(),
            invited: Invited {
                common_name: &invitation.subject.common_name,
                email: &invitation.subject.email,
                organisation: &invitation.subject.organisation,
                cvr: &invitation.subject.cvr,
            },
            authority: &invitation.authority,
            certificate: step.issued().map(|issued| Certificate {
                description: issued.held.certificate.description(),
                details: details(&issued.held.certificate),
            }),
            declaration: step.declaration().map(|entry| Declaration {
                id: entry.id.to_string(),
                sha256: &entry.sha256,
                terms_sha256: &entry.terms_sha256,
                signed_at: entry.signed_at,
                accepted_at: entry.accepted_at,
            }),
            standing,
            portal_told,
            wrong_details: match step {
                Step::Stopped(stopped) => stopped.wrong_fields().collect(),
                Step::Invited(_)
                | Step::KeyMade(_)
                | Step::Issued(_)
                | Step::Reviewed(_)
                | Step::Signed(_)
                | Step::Active(_)
                | Step::Suspended(_)
                | Step::Revoked(_) => Vec::new(),
            },
            revocation_code: revocation_code.map(RevocationCode::expose),
            key_uses: None,
            use_log: None,
        }
    }

    /// The same with the log of how the key was used, newest first.
    pub(crate) fn with_use_log(self, log: &'a UseLog) -> Self {
        let key_uses = log.lines.iter().map(|line| &line.key_use).collect();
        Self { key_uses: Some(key_uses), use_log: Some(log.state), ..self }
    }

    pub(crate) fn output(&self, language: Language) -> Output {
        Output::new(self.text(language), self)
    }

    fn text(&self, language: Language) -> String {
        let mut lines = Lines::new(language);
        if self.practice {
            lines.plain(pick(
                language,
                "ØVELSE: certifikatet giver ikke adgang til noget.",
                "PRACTICE: the certificate gives access to nothing.",
            ));
        }
        lines.plain(self.step.text(language));
        lines.pair("Portal", "Portal", self.portal);
        lines.pair("Referencenummer", "Reference number", &self.reference);
        match &self.certificate {
            Some(certificate) => {
                for detail in &certificate.details {
                    let (danish, english) = field_name(detail.field);
                    lines.pair(danish, english, &detail.value);
                }
                lines.pair("Serienummer", "Serial number", &certificate.description.serial_number);
                lines.pair("SHA-256", "SHA-256", &certificate.description.sha256);
            }
            None => {
                lines.pair("Navn", "Name", self.invited.common_name);
                lines.pair("Organisation", "Organisation", self.invited.organisation);
                lines.pair("CVR-nummer", "CVR number", self.invited.cvr);
                lines.pair("E-mail", "E-mail", self.invited.email);
            }
        }
        for field in &self.wrong_details {
            let (danish, english) = field_name(*field);
            lines.pair("Forkert", "Wrong", pick(language, danish, english));
        }
        if let Some(declaration) = &self.declaration {
            lines.pair("Erklæring", "Declaration", &declaration.id);
            lines.pair("Underskrevet", "Signed", &instant(declaration.signed_at));
            if let Some(accepted_at) = declaration.accepted_at {
                lines.pair("Modtaget af portalen", "Accepted by the portal", &instant(accepted_at));
            }
        }
        if self.portal_told == Some(false) {
            lines.plain(pick(
                language,
                "Portalen har endnu ikke fået besked. Kør kommandoen igen: certifikat suspend eller certifikat status",
                "The portal has not been told yet. Call again: certifikat suspend or certifikat status",
            ));
        }
        if let Some(standing) = self.standing {
            let (danish, english) = state_name(standing.state);
            let value = format!("{} ({})", pick(language, danish, english), instant(standing.since));
            lines.pair("Status læst på portalen", "State read at the portal", &value);
        }
        for key_use in self.key_uses.iter().flatten().take(KEY_USES_SHOWN) {
            let (danish, english) = purpose_name(key_use.purpose);
            let value = format!("{} {} ({})", instant(key_use.at), pick(language, danish, english), key_use.portal);
            match key_use.refused {
                None => lines.pair("Nøglen brugt", "Key used", &value),
                Some(problem) => {
                    let reason = &problem.text(language).title;
                    lines.pair("Afvist brug af nøglen", "Use of the key refused", &format!("{value}: {reason}"));
                }
            }
        }
        if let Some(UseLogState::Altered { number }) = self.use_log {
            let (danish, english) = (
                "Loggen over brug af nøglen er ændret udenom programmet. Den passer ikke fra linje",
                "The log of the key's use was changed behind the program's back. It does not fit from line",
            );
            lines.pair(danish, english, &number.to_string());
        }
        lines.pair("Kontakt", "Contact", &self.contact());
        if let Some(code) = self.revocation_code {
            lines.pair("Spærrekode (vises kun nu)", "Revocation code (shown this once)", code);
        }
        lines.text
    }

    fn contact(&self) -> String {
        [Some(&self.authority.name), self.authority.phone.as_ref(), self.authority.email.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// Lines of `label: value` for people.
pub(crate) struct Lines {
    language: Language,
    pub(crate) text: String,
}

impl Lines {
    pub(crate) fn new(language: Language) -> Self {
        Self { language, text: String::new() }
    }

    pub(crate) fn plain(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    pub(crate) fn pair(&mut self, danish: &str, english: &str, value: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{}: {value}", pick(self.language, danish, english));
    }

    /// A pair that belongs to the line before.
    pub(crate) fn inner(&mut self, danish: &str, english: &str, value: &str) {
        self.text.push_str("  ");
        self.pair(danish, english, value);
    }

    pub(crate) fn language(&self) -> Language {
        self.language
    }
}

/// The text in the language that was asked for.
pub(crate) fn pick<'t>(language: Language, danish: &'t str, english: &'t str) -> &'t str {
    match language {
        Language::Da => danish,
        Language::En => english,
    }
}

/// A time as people and programs can read it: UTC, to the second.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn read_at_portal(step: &Step) -> (Option<&CertificateStanding>, Option<bool>) {
    let acknowledged = |acknowledgement| match acknowledgement {
        &Acknowledgement::Waiting => (None, Some(false)),
        Acknowledgement::ReadBack { standing } => (Some(standing), Some(true)),
    };
    match step {
        Step::Active(state) => (state.standing.as_ref(), None),
        Step::Suspended(state) => acknowledged(&state.portal),
        Step::Stopped(state) => acknowledged(&state.portal),
        Step::Revoked(state) => (Some(&state.standing), None),
        Step::Invited(_) | Step::KeyMade(_) | Step::Issued(_) | Step::Reviewed(_) | Step::Signed(_) => (None, None),
    }
}

fn field_name(field: DetailField) -> (&'static str, &'static str) {
    match field {
        DetailField::Name => ("Navn", "Name"),
        DetailField::Organisation => ("Organisation", "Organisation"),
        DetailField::Cvr => ("CVR-nummer", "CVR number"),
        DetailField::EmployeeId => ("Medarbejder-id", "Employee id"),
        DetailField::Email => ("E-mail", "E-mail"),
        DetailField::Issuer => ("Udsteder", "Issuer"),
        DetailField::Validity => ("Gyldighed", "Validity"),
        DetailField::Purpose => ("Formål", "Purpose"),
    }
}

fn purpose_name(purpose: KeyPurpose) -> (&'static str, &'static str) {
    match purpose {
        KeyPurpose::CertificationRequest => ("anmodning om certifikatet", "request for the certificate"),
        KeyPurpose::DeviceRegistration => ("registrering af computeren", "registration of this computer"),
        KeyPurpose::DeclarationSignature => ("underskrift på erklæringen", "signature on the declaration"),
        KeyPurpose::DeclarationSubmission => ("aflevering af erklæringen", "delivery of the declaration"),
        KeyPurpose::PasswordChange => ("ny adgangskode til nøglen", "new password for the key"),
    }
}

fn state_name(state: CertificateState) -> (&'static str, &'static str) {
    match state {
        CertificateState::AwaitingDeclaration => ("afventer erklæringen", "awaits the declaration"),
        CertificateState::Active => ("i brug", "in use"),
        CertificateState::Suspended => ("suspenderet", "suspended"),
        CertificateState::Revoked => ("spærret", "revoked"),
    }
}
