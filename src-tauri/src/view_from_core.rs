//! The core's states as the window sees them. Nothing secret passes here: a journey holds no secret.

use crate::view::{
    AuthorityView, BlockView, CertificateView, DeclarationView, DetailAnswerView, DetailFieldView, DetailView,
    EnrolledView, GuideView, JourneyView, KeySecretView, LanguageView, PasswordJudgementView, PasswordReasonView,
    PortalStateView, PracticeInvitationView, StageView, StandingView, StepView, SubjectView, TermsClauseView,
    TermsSectionView, TermsTextView, TermsView,
};
use declaration::terms::{Terms, TermsDocument};
use declaration::{ConfirmedDetail, DetailField};
use lifecycle::ports::KeySecret;
use lifecycle::{
    Acknowledgement, Answer, CertificateStanding, CertificateState, DetailAnswer, Invitation, InvitedSubject, Issued,
    Journey, Language, LocalRegistrationAuthority, Password, PasswordRejected, RevocationCode, Stage, Step,
};
use portal_client::PracticeInvitation;

/// A journey as the window sees it.
pub fn journey(journey: &Journey, code_needed: bool) -> JourneyView {
    let invitation = journey.step.invitation();
    JourneyView {
        step: StepView::from(&journey.step),
        reference: invitation.reference.to_string(),
        subject: SubjectView::from(&invitation.subject),
        authority: AuthorityView::from(&invitation.authority),
        code_needed,
        certificate: journey.step.issued().map(CertificateView::from),
        declaration: declaration(&journey.step),
        block: block(&journey.step),
        standing: standing(&journey.step),
    }
}

/// The terms as the window sees them: `documents` as [`lifecycle::Guide::terms`] gives them, the binding one first.
/// `None` where there is none.
pub fn terms(documents: &[TermsDocument]) -> Option<TermsView> {
    let binding = documents.first()?;
    Some(TermsView {
        da: TermsTextView::from(binding.terms()),
        en: documents.iter().map(TermsDocument::terms).find(|terms| terms.language == "en").map(TermsTextView::from),
        sha256: binding.sha256_hex(),
        version: binding.terms().version,
        consents: binding.terms().consents().map(|clause| clause.id.clone()).collect(),
    })
}

/// Reference number and code of a practice invitation, each in groups as a letter would have it.
pub fn practice_invitation(invitation: &PracticeInvitation) -> PracticeInvitationView {
    PracticeInvitationView { reference: invitation.reference.to_string(), code: in_groups(invitation.code.expose()) }
}

/// What the password is worth as the one for this invitation, whose names are what anybody would try first.
pub fn judgement(password: &Password, invitation: Option<&Invitation>) -> PasswordJudgementView {
    let subject = invitation.map(|invitation| &invitation.subject);
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

fn declaration(step: &Step) -> Option<DeclarationView> {
    let entry = step.declaration()?;
    Some(DeclarationView { id: entry.id.to_string(), signed_at: entry.signed_at, accepted_at: entry.accepted_at })
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

impl From<&Issued> for CertificateView {
    fn from(issued: &Issued) -> Self {
        let certificate = &issued.held.certificate;
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
            Stage::Submitting => Self::Submitting,
            Stage::CheckingReceipt => Self::CheckingReceipt,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_worth_less_where_it_is_the_persons_own_name() {
        let judged = |typed: &str, invitation| judgement(&Password::typed(typed.into()), invitation);
        let invitation = Invitation {
            reference: lifecycle::ReferenceNumber::parse("AMPX-7K3M-9QXT").expect("a reference number"),
            expires_at: chrono::DateTime::from_timestamp(1_795_000_000, 0).expect("a time"),
            subject: InvitedSubject {
                common_name: "Øvebruger Eksempel".into(),
                email: "oevebruger@example.org".into(),
                organisation: "Øvelseskommune Å".into(),
                cvr: "12345678".into(),
            },
            authority: LocalRegistrationAuthority { name: "LRA".into(), phone: None, email: None },
        };
        assert_eq!(judged("kort", Some(&invitation)).reason, Some(PasswordReasonView::TooShort));
        let own_name = judged("Øvebruger Eksempel", Some(&invitation));
        assert_eq!((own_name.accepted, own_name.reason), (false, Some(PasswordReasonView::Guessable)));
        let words = judged("lygte hjul kaffe torsk", Some(&invitation));
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
