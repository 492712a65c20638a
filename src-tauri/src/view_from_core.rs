//! The core's states as the window sees them. Nothing secret passes here: a journey holds no secret.

use crate::view::{
    ActivityKindView, ActivityView, AlarmView, AuthorityView, BlockView, CertificateView, ComparedTextView,
    DeclarationLevelView, DeclarationView, DetailAnswerView, DetailFieldView, DetailView, EarlierCertificateView,
    EnrolledView, GuideView, IssuerStateView, JourneyView, JudgementView, KeySecretView, LanguageView, OnEarlierView,
    PasswordJudgementView, PasswordReasonView, PortalStateView, PracticeInvitationView, ReadBackView,
    RevocationReasonView, StageView, StandingView, StateByCodeView, StepView, SubjectView, TermsClauseView,
    TermsPlaceView, TermsSectionView, TermsTextView, TermsView, TextPartView,
};
use chrono::{DateTime, Utc};
use declaration::terms::{Terms, TermsDocument};
use declaration::{ComparedText, ConfirmedDetail, DetailField, TermsPlace, TextPart};
use lifecycle::ports::{ActivityDevice, ActivityKind, KeySecret, StateByCode};
use lifecycle::{
    Acknowledgement, Active, Answer, CertificateStanding, CertificateState, ChangedTerms, DetailAnswer,
    EarlierCertificate, InvitedSubject, Journey, JudgedActivity, Judgement, Language, LocalRegistrationAuthority,
    OnEarlier, Password, PasswordRejected, Preservation, PreservationLevel, ReadBack, RevocationCode, RevocationReason,
    Stage, Step, renewal_is_due,
};
use pki::Certificate;
use portal_client::PracticeInvitation;

/// A journey as the window sees it.
///
/// `preservation` is what was made of its declaration so that it can be verified later.
pub fn journey(
    journey: &Journey,
    preservation: Option<&Preservation>,
    code_needed: bool,
    now: DateTime<Utc>,
) -> JourneyView {
    let registered_by = journey.step.registered_by();
    let invitation = journey.step.invitation();
    let active = if let Step::Active(state) = &journey.step { Some(state) } else { None };
    let renewal_begun = active.is_some_and(|state| state.renewal.is_some());
    let ends_soon = active.is_some_and(|state| renewal_is_due(state.issued.held.certificate.not_after(), now));
    JourneyView {
        step: StepView::from(&journey.step),
        reference: registered_by.map(|(reference, _)| reference.to_string()),
        subject: SubjectView::from(journey.step.subject()),
        authority: registered_by.map(|(_, authority)| AuthorityView::from(authority)),
        imported: invitation.is_none(),
        earlier: invitation
            .map(|invitation| invitation.earlier.iter().map(EarlierCertificateView::from).collect())
            .unwrap_or_default(),
        on_earlier: invitation.and_then(|invitation| invitation.on_earlier).map(OnEarlierView::from),
        details_to_check: active.is_some_and(|state| state.details_to_check),
        terms_changed: active.is_some_and(Active::asks_for_new_declaration),
        code_to_keep: active.is_some_and(|state| state.issued.code_to_keep),
        renewal_due: renewal_begun || ends_soon,
        renewal_begun,
        code_needed,
        certificate: journey.step.issued().map(|issued| CertificateView::from(&issued.held.certificate)),
        declaration: declaration(&journey.step, preservation),
        block: block(&journey.step),
        standing: standing(&journey.step),
    }
}

/// What was read of the state, three ways, at the time `now`.
pub fn read_back(read: &ReadBack, now: DateTime<Utc>) -> ReadBackView {
    ReadBackView {
        portal: read.portal.as_ref().ok().map(|standing| standing.state.into()),
        ocsp: read.ocsp.as_ref().ok().map(|status| issuer_state(status.state)),
        revocation_list: read.revocation_list.as_ref().ok().map(|status| issuer_state(status.state)),
        read_at: now,
    }
}

fn issuer_state(state: pki::CertificateState) -> IssuerStateView {
    match state {
        pki::CertificateState::Good => IssuerStateView::Good,
        pki::CertificateState::Suspended { .. } => IssuerStateView::Suspended,
        pki::CertificateState::Revoked { .. } => IssuerStateView::Revoked,
        pki::CertificateState::Unknown => IssuerStateView::Unknown,
    }
}

/// The terms as the window sees them: `documents` as [`lifecycle::Guide::terms`] gives them, the binding one first.
/// `None` where there is none.
///
/// `changed` is what has changed in them since the employee's last declaration.
pub fn terms(documents: &[TermsDocument], changed: &[ChangedTerms]) -> Option<TermsView> {
    let binding = documents.first()?;
    let changed_in = |language: &str| -> Vec<ComparedTextView> {
        let changed = changed.iter().find(|changed| changed.language == language);
        changed.map(|changed| changed.texts.iter().map(ComparedTextView::from).collect()).unwrap_or_default()
    };
    Some(TermsView {
        da: TermsTextView::from(binding.terms()),
        en: documents.iter().map(TermsDocument::terms).find(|terms| terms.language == "en").map(TermsTextView::from),
        sha256: binding.sha256_hex(),
        version: binding.terms().version,
        consents: binding.terms().consents().map(|clause| clause.id.clone()).collect(),
        changed_da: changed_in("da"),
        changed_en: changed_in("en"),
    })
}

/// Reference number and code of a practice invitation, each in groups as a letter would have it.
pub fn practice_invitation(invitation: &PracticeInvitation) -> PracticeInvitationView {
    PracticeInvitationView { reference: invitation.reference.to_string(), code: in_groups(invitation.code.expose()) }
}

/// What the password is worth as the one of this employee, whose names are what anybody would try first.
pub fn judgement(password: &Password, subject: Option<&InvitedSubject>) -> PasswordJudgementView {
    let known = subject.map(|subject| [&*subject.common_name, &*subject.email, &*subject.organisation]);
    let known = known.as_ref().map_or(&[][..], |known| &known[..]);
    let reason = password.judge(known).err().map(|rejected| match rejected {
        PasswordRejected::TooShort => PasswordReasonView::TooShort,
        PasswordRejected::TooLong => PasswordReasonView::TooLong,
        PasswordRejected::Guessable => PasswordReasonView::Guessable,
    });
    PasswordJudgementView { strength: password.strength(known), accepted: reason.is_none(), reason }
}

/// What enrolment leaves: the guide afterwards, and the revocation code in groups, to be shown this once.
pub fn enrolled(guide: GuideView, revocation_code: Option<&RevocationCode>) -> EnrolledView {
    EnrolledView { guide, revocation_code: revocation_code.map(|code| in_groups(code.expose())) }
}

/// Groups of four from the left, parted by hyphens; left as it is where it has hyphens already.
pub fn in_groups(text: &str) -> String {
    if text.contains('-') {
        return text.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

fn declaration(step: &Step, preservation: Option<&Preservation>) -> Option<DeclarationView> {
    let entry = step.declaration()?;
    let level = match (preservation.map(|preservation| preservation.level), entry.time_stamped_at) {
        (Some(PreservationLevel::LongTerm), _) => DeclarationLevelView::LongTerm,
        (Some(PreservationLevel::TimeStamped), _) | (None, Some(_)) => DeclarationLevelView::TimeStamped,
        (None, None) => DeclarationLevelView::Signed,
    };
    Some(DeclarationView {
        id: entry.id.to_string(),
        signed_at: entry.signed_at,
        accepted_at: entry.accepted_at,
        elsewhere: entry.elsewhere,
        level,
        proven_time: preservation.map(|preservation| preservation.proven_time).or(entry.time_stamped_at),
    })
}

fn block(step: &Step) -> Option<BlockView> {
    let (since, wrong, portal) = match step {
        Step::Suspended(state) => (state.locked_at, Vec::new(), &state.portal),
        Step::Stopped(state) => (state.stopped_at, state.wrong.iter().map(DetailView::from).collect(), &state.portal),
        Step::Revoked(state) => {
            return Some(BlockView {
                since: state.standing.since,
                wrong: Vec::new(),
                portal_state: Some(state.standing.state.into()),
                read_at: Some(state.standing.read_at),
                alarm: state.alarm.as_ref().map(|alarm| match alarm.told_at {
                    None => AlarmView::Waiting,
                    Some(_) => AlarmView::Told,
                }),
            });
        }
        Step::Invited(_)
        | Step::KeyMade(_)
        | Step::Issued(_)
        | Step::Reviewed(_)
        | Step::Signed(_)
        | Step::Active(_) => return None,
    };
    let standing = match portal {
        Acknowledgement::Waiting => None,
        Acknowledgement::ReadBack { standing } => Some(standing),
    };
    Some(BlockView {
        since,
        wrong,
        portal_state: standing.map(|standing| standing.state.into()),
        read_at: standing.map(|standing| standing.read_at),
        alarm: None,
    })
}

fn standing(step: &Step) -> Option<StandingView> {
    match step {
        Step::Active(state) => state.standing.as_ref().map(StandingView::from),
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

impl From<&CertificateStanding> for StandingView {
    fn from(standing: &CertificateStanding) -> Self {
        Self { state: standing.state.into(), since: standing.since, read_at: standing.read_at }
    }
}

impl From<&Step> for StepView {
    fn from(step: &Step) -> Self {
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
}

impl From<&InvitedSubject> for SubjectView {
    fn from(subject: &InvitedSubject) -> Self {
        Self {
            common_name: subject.common_name.clone(),
            email: subject.email.clone(),
            organisation: subject.organisation.clone(),
            cvr: subject.cvr.clone(),
        }
    }
}

impl From<&LocalRegistrationAuthority> for AuthorityView {
    fn from(authority: &LocalRegistrationAuthority) -> Self {
        Self { name: authority.name.clone(), phone: authority.phone.clone(), email: authority.email.clone() }
    }
}

impl From<&Certificate> for CertificateView {
    fn from(certificate: &Certificate) -> Self {
        Self {
            details: declaration::details(certificate).iter().map(DetailView::from).collect(),
            serial_number: certificate.serial_number().to_owned(),
            sha256: certificate.sha256().iter().map(|byte| format!("{byte:02x}")).collect(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        }
    }
}

impl From<&ConfirmedDetail> for DetailView {
    fn from(detail: &ConfirmedDetail) -> Self {
        Self { field: detail.field.into(), value: detail.value.clone() }
    }
}

impl From<DetailField> for DetailFieldView {
    fn from(field: DetailField) -> Self {
        match field {
            DetailField::Name => Self::Name,
            DetailField::Organisation => Self::Organisation,
            DetailField::Cvr => Self::Cvr,
            DetailField::EmployeeId => Self::EmployeeId,
            DetailField::Email => Self::Email,
            DetailField::Issuer => Self::Issuer,
            DetailField::Validity => Self::Validity,
            DetailField::Purpose => Self::Purpose,
        }
    }
}

impl From<DetailFieldView> for DetailField {
    fn from(field: DetailFieldView) -> Self {
        match field {
            DetailFieldView::Name => Self::Name,
            DetailFieldView::Organisation => Self::Organisation,
            DetailFieldView::Cvr => Self::Cvr,
            DetailFieldView::EmployeeId => Self::EmployeeId,
            DetailFieldView::Email => Self::Email,
            DetailFieldView::Issuer => Self::Issuer,
            DetailFieldView::Validity => Self::Validity,
            DetailFieldView::Purpose => Self::Purpose,
        }
    }
}

impl From<&DetailAnswerView> for DetailAnswer {
    fn from(answer: &DetailAnswerView) -> Self {
        let said = if answer.correct { Answer::Correct } else { Answer::Wrong };
        Self { field: answer.field.into(), answer: said }
    }
}

impl From<&EarlierCertificate> for EarlierCertificateView {
    fn from(earlier: &EarlierCertificate) -> Self {
        Self {
            serial_number: earlier.serial_number.clone(),
            not_after: earlier.not_after,
            state: earlier.state.into(),
            device_name: earlier.device_name.clone(),
            registered_at: earlier.registered_at,
        }
    }
}

impl From<OnEarlier> for OnEarlierView {
    fn from(on_earlier: OnEarlier) -> Self {
        match on_earlier {
            OnEarlier::Keep => Self::Keep,
            OnEarlier::Supersede => Self::Supersede,
        }
    }
}

impl From<OnEarlierView> for OnEarlier {
    fn from(on_earlier: OnEarlierView) -> Self {
        match on_earlier {
            OnEarlierView::Keep => Self::Keep,
            OnEarlierView::Supersede => Self::Supersede,
        }
    }
}

impl From<RevocationReasonView> for RevocationReason {
    fn from(reason: RevocationReasonView) -> Self {
        match reason {
            RevocationReasonView::WrongDetails => Self::WrongDetails,
            RevocationReasonView::KeyCompromise => Self::KeyCompromise,
            RevocationReasonView::AffiliationChanged => Self::AffiliationChanged,
            RevocationReasonView::Superseded => Self::Superseded,
            RevocationReasonView::CessationOfOperation => Self::CessationOfOperation,
        }
    }
}

impl From<&StateByCode> for StateByCodeView {
    fn from(state: &StateByCode) -> Self {
        Self { serial_number: state.serial_number.clone(), state: state.state.into(), since: state.since }
    }
}

impl From<&JudgedActivity> for ActivityView {
    fn from(judged: &JudgedActivity) -> Self {
        let activity = &judged.activity;
        Self {
            id: activity.id.to_string(),
            at: activity.at,
            kind: activity.kind.into(),
            address: activity.address.clone(),
            agent: activity.agent.clone(),
            device: match &activity.device {
                ActivityDevice::Registered(name) => Some(name.clone()),
                ActivityDevice::Unregistered => None,
            },
            judgement: judged.judgement.into(),
        }
    }
}

impl From<ActivityKind> for ActivityKindView {
    fn from(kind: ActivityKind) -> Self {
        match kind {
            ActivityKind::LogIn => Self::LogIn,
            ActivityKind::Declaration => Self::Declaration,
            ActivityKind::DeviceRegistration => Self::DeviceRegistration,
            ActivityKind::Renewal => Self::Renewal,
            ActivityKind::Revocation => Self::Revocation,
        }
    }
}

impl From<Judgement> for JudgementView {
    fn from(judgement: Judgement) -> Self {
        match judgement {
            Judgement::Ours => Self::Ours,
            Judgement::Before => Self::Before,
            Judgement::Suspicious => Self::Suspicious,
            Judgement::Acknowledged => Self::Acknowledged,
        }
    }
}

impl From<CertificateState> for PortalStateView {
    fn from(state: CertificateState) -> Self {
        match state {
            CertificateState::AwaitingDeclaration => Self::AwaitingDeclaration,
            CertificateState::Active => Self::Active,
            CertificateState::Suspended => Self::Suspended,
            CertificateState::Revoked => Self::Revoked,
        }
    }
}

impl From<Stage> for StageView {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::ProbingKeychain => Self::ProbingKeychain,
            Stage::MakingKey => Self::MakingKey,
            Stage::UnlockingKey => Self::UnlockingKey,
            Stage::FetchingCertificate => Self::FetchingCertificate,
            Stage::CheckingCertificate => Self::CheckingCertificate,
            Stage::RegisteringDevice => Self::RegisteringDevice,
            Stage::AskingStatus => Self::AskingStatus,
            Stage::FetchingTerms => Self::FetchingTerms,
            Stage::RenderingDeclaration => Self::RenderingDeclaration,
            Stage::Signing => Self::Signing,
            Stage::TimeStamping => Self::TimeStamping,
            Stage::Submitting => Self::Submitting,
            Stage::CheckingReceipt => Self::CheckingReceipt,
            Stage::ReadingContainer => Self::ReadingContainer,
            Stage::WritingContainer => Self::WritingContainer,
            Stage::Revoking => Self::Revoking,
        }
    }
}

impl From<&Terms> for TermsTextView {
    fn from(terms: &Terms) -> Self {
        Self {
            title: terms.title.clone(),
            preamble: terms.preamble.clone(),
            sections: terms
                .sections
                .iter()
                .map(|section| TermsSectionView {
                    id: section.id.clone(),
                    lead: section.lead.clone(),
                    clauses: section
                        .clauses
                        .iter()
                        .map(|clause| TermsClauseView { id: clause.id.clone(), text: clause.text.clone() })
                        .collect(),
                })
                .collect(),
            closing: terms.closing.clone(),
        }
    }
}

impl From<LanguageView> for Language {
    fn from(language: LanguageView) -> Self {
        match language {
            LanguageView::Da => Self::Da,
            LanguageView::En => Self::En,
        }
    }
}

impl From<KeySecret> for KeySecretView {
    fn from(secret: KeySecret) -> Self {
        match secret {
            KeySecret::Password => Self::Password,
            KeySecret::Pin => Self::Pin,
        }
    }
}

impl From<Language> for LanguageView {
    fn from(language: Language) -> Self {
        match language {
            Language::Da => Self::Da,
            Language::En => Self::En,
        }
    }
}

impl From<&ComparedText> for ComparedTextView {
    fn from(text: &ComparedText) -> Self {
        let (place, number) = match &text.place {
            TermsPlace::Title => (TermsPlaceView::Title, None),
            TermsPlace::Preamble => (TermsPlaceView::Preamble, None),
            TermsPlace::Section(number) => (TermsPlaceView::Section, Some(number.clone())),
            TermsPlace::Clause(number) => (TermsPlaceView::Clause, Some(number.clone())),
            TermsPlace::Closing => (TermsPlaceView::Closing, None),
        };
        let parts = |parts: &[TextPart]| {
            let parts = parts.iter().map(|part| TextPartView { text: part.text.clone(), changed: part.changed });
            parts.collect()
        };
        Self { place, number, before: parts(&text.before), after: parts(&text.after), changed: text.is_changed() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_worth_less_where_it_is_the_persons_own_name() {
        let judged = |typed: &str, subject| judgement(&Password::typed(typed.into()), subject);
        let subject = InvitedSubject {
            common_name: "Øvebruger Eksempel".into(),
            email: "oevebruger@example.org".into(),
            organisation: "Øvelseskommune Å".into(),
            cvr: "12345678".into(),
        };
        assert_eq!(judged("kort", Some(&subject)).reason, Some(PasswordReasonView::TooShort));
        let own_name = judged("Øvebruger Eksempel", Some(&subject));
        assert_eq!((own_name.accepted, own_name.reason), (false, Some(PasswordReasonView::Guessable)));
        let words = judged("lygte hjul kaffe torsk", Some(&subject));
        assert!(words.accepted && words.strength >= Password::LEAST_STRENGTH, "{words:?}");
        assert_eq!(judged(&"ab".repeat(500_000), None).reason, Some(PasswordReasonView::TooLong));
    }

    #[test]
    fn a_code_is_shown_in_groups_however_the_portal_writes_it() {
        assert_eq!(in_groups("ABCDEFGH23"), "ABCD-EFGH-23");
        assert_eq!(in_groups("ABCD-EFGH"), "ABCD-EFGH");
        assert_eq!(in_groups(""), "");
    }
}
