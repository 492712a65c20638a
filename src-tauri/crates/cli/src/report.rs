//! A journey as the command line prints it: for programs and for people.

use crate::activities::{ActivityOutput, activity_line};
use crate::failure::earlier_line;
use chrono::{DateTime, SecondsFormat, Utc};
use declaration::{ConfirmedDetail, DetailField, details};
use lifecycle::{
    Acknowledgement, Active, CertificateStanding, CertificateState, EarlierCertificate, Journey, JudgedActivity,
    Judgement, KeyPurpose, KeyUse, Language, OnEarlier, Origin, Reminder, RevocationCode, Step, UseLog, UseLogState,
    renewal_is_due,
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
    /// The reference number; `null` where the certificate came from a file and this computer is not registered yet.
    reference: Option<String>,
    invited: Invited<'a>,
    /// Whom to call; `null` as `reference` is.
    authority: Option<&'a lifecycle::LocalRegistrationAuthority>,
    /// When the certificate came from a file; absent where it came by an invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    imported_at: Option<DateTime<Utc>>,
    /// Where the key is, or will be.
    key_place: &'a str,
    /// The employee's earlier certificates, and what is to happen to them.
    #[serde(skip_serializing_if = "<[EarlierCertificate]>::is_empty")]
    earlier: &'a [EarlierCertificate],
    #[serde(skip_serializing_if = "Option::is_none")]
    on_earlier: Option<OnEarlier>,
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
    /// True where the certificate in use is a new or a reinstated one, whose details are to be checked.
    details_to_check: bool,
    /// True where a revocation code was given that nobody has read.
    code_to_keep: bool,
    /// True where the next certificate is on its way.
    renewal_begun: bool,
    /// Shown once, by the enrolment that received it.
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation_code: Option<&'a str>,
    /// The latest uses of the key, newest first; absent where they were not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_uses: Option<Vec<&'a KeyUse>>,
    /// Whether the log of the uses is as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    use_log: Option<UseLogState>,
    /// What is noticed while a certificate is in use; absent where it was not asked for.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    noticed: Option<Noticed<'a>>,
}

/// What is noticed while a certificate is in use.
#[derive(Serialize)]
struct Noticed<'a> {
    /// Whether the certificate is to be renewed now.
    renewal_due: bool,
    /// The reminder that is due; `null` where none is.
    reminder: Option<ReminderOutput>,
    /// What was done with the certificate at the portal that this computer knows nothing of.
    suspicious: Vec<ActivityOutput<'a>>,
}

#[derive(Serialize)]
struct ReminderOutput {
    /// How many days before the end this reminder comes at the latest; 0 where the certificate has expired.
    stage: i64,
    /// Whole days until the end; negative afterwards.
    days_left: i64,
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
        let (subject, invitation, registered_by) = (step.subject(), step.invitation(), step.registered_by());
        let in_use = in_use(step);
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
            reference: registered_by.map(|(reference, _)| reference.to_string()),
            invited: Invited {
                common_name: &subject.common_name,
                email: &subject.email,
                organisation: &subject.organisation,
                cvr: &subject.cvr,
            },
            authority: registered_by.map(|(_, authority)| authority),
            imported_at: step.issued().and_then(|issued| match &issued.origin {
                Origin::Import(import) => Some(import.imported_at),
                Origin::Invitation(_) => None,
            }),
            key_place: step.key_place().as_str(),
            earlier: invitation.map(|invitation| &*invitation.earlier).unwrap_or_default(),
            on_earlier: invitation.and_then(|invitation| invitation.on_earlier),
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
            details_to_check: in_use.is_some_and(|state| state.details_to_check),
            // Whoever reads a code here has it.
            code_to_keep: revocation_code.is_none() && in_use.is_some_and(|state| state.issued.code_to_keep),
            renewal_begun: in_use.is_some_and(|state| state.renewal.is_some()),
            revocation_code: revocation_code.map(RevocationCode::expose),
            key_uses: None,
            use_log: None,
            noticed: None,
        }
    }

    /// The same with the log of how the key was used, newest first.
    pub(crate) fn with_use_log(self, log: &'a UseLog) -> Self {
        let key_uses = log.lines.iter().map(|line| &line.key_use).collect();
        Self { key_uses: Some(key_uses), use_log: Some(log.state), ..self }
    }

    /// The same with what is noticed at `now` while the certificate is in use.
    pub(crate) fn with_noticed(self, journey: &Journey, activities: &'a [JudgedActivity], now: DateTime<Utc>) -> Self {
        let not_after = journey.step.in_use_until();
        let reminder = not_after.and_then(|not_after| Reminder::due(not_after, now, None));
        let suspicious = activities.iter().filter(|judged| judged.judgement == Judgement::Suspicious);
        let noticed = Noticed {
            renewal_due: not_after.is_some_and(|not_after| renewal_is_due(not_after, now)),
            reminder: reminder.map(|due| ReminderOutput { stage: due.stage, days_left: due.days_left }),
            suspicious: suspicious.map(ActivityOutput::of).collect(),
        };
        Self { noticed: Some(noticed), ..self }
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
        // A certificate from a file has no invitation to go on with.
        match (self.step, self.imported_at) {
            (StepName::Unregistered, Some(_)) => lines.plain(pick(
                language,
                "Certifikatet er læst ind, men computeren er ikke registreret. Næste skridt: certifikat import",
                "The certificate is imported, but this computer is not registered. Next: certifikat import",
            )),
            (step, _) => lines.plain(step.text(language)),
        }
        self.next_steps(&mut lines);
        lines.pair("Portal", "Portal", self.portal);
        if let Some(reference) = &self.reference {
            lines.pair("Referencenummer", "Reference number", reference);
        }
        for earlier in self.earlier {
            earlier_line(earlier, &mut lines);
        }
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
        if self.portal_told == Some(true) && matches!(self.step, StepName::Revoked) {
            lines.plain(pick(
                language,
                "Portalen har fået besked om mistanken. Den suspenderer de certifikater, der er kommet i stedet for dette.",
                "The portal has been told of the suspicion. It suspends the certificates that took the place of this one.",
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
        match self.use_log {
            Some(UseLogState::Altered { number }) => lines.pair(
                "Loggen over brug af nøglen er ændret udenom programmet. Den passer ikke fra linje",
                "The log of the key's use was changed behind the program's back. It does not fit from line",
                &number.to_string(),
            ),
            Some(UseLogState::CutOff { number }) => lines.pair(
                "Slutningen af loggen over brug af nøglen er fjernet udenom programmet. Den mangler fra linje",
                "The end of the log of the key's use was removed behind the program's back. It is missing from line",
                &number.to_string(),
            ),
            Some(UseLogState::Intact) | None => {}
        }
        for activity in self.noticed.iter().flat_map(|noticed| &noticed.suspicious) {
            activity_line(activity, &mut lines);
        }
        if let Some(contact) = self.contact() {
            lines.pair("Kontakt", "Contact", &contact);
        }
        if let Some(code) = self.revocation_code {
            lines.pair("Spærrekode (vises kun nu)", "Revocation code (shown this once)", code);
        }
        lines.text
    }

    /// What is still to be done about a certificate in use.
    fn next_steps(&self, lines: &mut Lines) {
        let language = lines.language();
        if self.details_to_check {
            lines.plain(pick(
                language,
                "Kontrollér certifikatets oplysninger. Næste skridt: certifikat review",
                "Check the certificate's details. Next: certifikat review",
            ));
        }
        if self.code_to_keep {
            lines.plain(pick(
                language,
                "Spærrekoden er ikke set af nogen. Få en ny med: certifikat revocation-code",
                "Nobody has seen the revocation code. Get a new one with: certifikat revocation-code",
            ));
        }
        if self.renewal_begun {
            lines.plain(pick(
                language,
                "Fornyelsen er begyndt. Gå videre med: certifikat renew",
                "The renewal has begun. Go on with: certifikat renew",
            ));
        }
        let Some(reminder) = self.noticed.as_ref().and_then(|noticed| noticed.reminder.as_ref()) else { return };
        if reminder.stage == 0 {
            lines.plain(pick(
                language,
                "Certifikatet er udløbet. Bed din LRA om en ny invitation.",
                "The certificate has expired. Ask your LRA for a new invitation.",
            ));
        } else {
            lines.pair(
                "Forny certifikatet med certifikat renew. Hele dage, til det udløber",
                "Renew the certificate with certifikat renew. Whole days until it expires",
                &reminder.days_left.to_string(),
            );
        }
    }

    fn contact(&self) -> Option<String> {
        let authority = self.authority?;
        let parts = [Some(&authority.name), authority.phone.as_ref(), authority.email.as_ref()];
        Some(parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", "))
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

/// What is known of a certificate in use.
fn in_use(step: &Step) -> Option<&Active> {
    match step {
        Step::Active(state) => Some(state),
        Step::Invited(_)
        | Step::KeyMade(_)
        | Step::Issued(_)
        | Step::Reviewed(_)
        | Step::Signed(_)
        | Step::Suspended(_)
        | Step::Stopped(_)
        | Step::Revoked(_) => None,
    }
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
        Step::Revoked(state) => (Some(&state.standing), state.alarm.as_ref().map(|alarm| alarm.told_at.is_some())),
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
        KeyPurpose::KeyImport => ("nøglen hentet ind fra en fil", "key taken in from a file"),
        KeyPurpose::KeyExport => ("nøglen kopieret til en fil", "key copied into a file"),
        KeyPurpose::Renewal => ("anmodning om det næste certifikat", "request for the next certificate"),
        KeyPurpose::Revocation => ("anmodning om at spærre certifikatet", "request to revoke the certificate"),
    }
}

pub(crate) fn state_name(state: CertificateState) -> (&'static str, &'static str) {
    match state {
        CertificateState::AwaitingDeclaration => ("afventer erklæringen", "awaits the declaration"),
        CertificateState::Active => ("i brug", "in use"),
        CertificateState::Suspended => ("suspenderet", "suspended"),
        CertificateState::Revoked => ("spærret", "revoked"),
    }
}
