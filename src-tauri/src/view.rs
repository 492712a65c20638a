//! What the window sees: views without secrets, made from the core's states. TypeScript is generated from here.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Everything that the window needs to choose its screen.
#[derive(Debug, Clone, Serialize, TS)]
pub struct GuideView {
    /// The program's version.
    pub version: String,
    /// The portal's address, as people may see it.
    pub portal: String,
    /// True in practice mode: the window carries the badge.
    pub practice: bool,
    /// The language that was chosen last.
    pub language: LanguageView,
    /// Whether the organisation's policy lets nobody choose another.
    pub language_locked: bool,
    /// Telephone number of the portal's support.
    pub support_phone: String,
    /// What opens the key: a password of the employee's own, or the PIN of a token.
    pub key_secret: KeySecretView,
    /// Until when the key stays open, where the organisation's policy keeps it so: the password is not asked for.
    pub open_until: Option<DateTime<Utc>>,
    /// Whether the organisation's policy allows a copy of the key in a file.
    pub export_allowed: bool,
    /// Whether the portal suspends certificates; where it does not, only revocation closes one at the portal.
    pub suspension_offered: bool,
    /// The reminder that is due, where one is.
    pub reminder: Option<ReminderView>,
    /// How much was done with the certificate at the portal that this computer knows nothing of.
    pub suspicious: u32,
    /// The journey under way; `null` before an invitation is opened.
    pub journey: Option<JourneyView>,
}

/// A reminder that the certificate ends; see `lifecycle::Reminder`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct ReminderView {
    /// Whole days until the end; negative where it has expired.
    #[ts(type = "number")]
    pub days_left: i64,
}

/// What opens the key; see `lifecycle::ports::KeySecret`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum KeySecretView {
    /// The employee's own password.
    Password,
    /// The PIN of a token.
    Pin,
}

/// A language of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum LanguageView {
    /// Danish.
    Da,
    /// English.
    En,
}

/// The journey under way.
#[derive(Debug, Clone, Serialize, TS)]
pub struct JourneyView {
    /// Where it stands.
    pub step: StepView,
    /// The reference number, in groups; `null` for a certificate from a file that is not registered yet.
    pub reference: Option<String>,
    /// Whom the certificate is for.
    pub subject: SubjectView,
    /// Whom to call; `null` for a certificate from a file that is not registered yet.
    pub authority: Option<AuthorityView>,
    /// True where the certificate came with its key from a file, and not by an invitation.
    pub imported: bool,
    /// The employee's certificates that were there before the invitation was opened.
    pub earlier: Vec<EarlierCertificateView>,
    /// What is to happen to them; `null` until it is said.
    pub on_earlier: Option<OnEarlierView>,
    /// True where a renewed or reinstated certificate is in use whose details are to be checked.
    pub details_to_check: bool,
    /// True where the terms have changed since a certificate in use was declared: a new declaration is asked for.
    pub terms_changed: bool,
    /// True where a new revocation code was given and is not yet said to be kept.
    pub code_to_keep: bool,
    /// True where the certificate in use ends within 60 days, or a renewal has begun: it can be renewed.
    pub renewal_due: bool,
    /// True where a renewal has begun and is not finished.
    pub renewal_begun: bool,
    /// True where the one-time code must be typed again before the certificate can be fetched (after a restart).
    pub code_needed: bool,
    /// The certificate, once it is here.
    pub certificate: Option<CertificateView>,
    /// The declaration, once it is signed.
    pub declaration: Option<DeclarationView>,
    /// The state of a suspension, wrong details or revocation, where there is one.
    pub block: Option<BlockView>,
    /// What the portal answered last about a certificate in use; `null` before it was asked.
    pub standing: Option<StandingView>,
}

/// A certificate that the employee has already; see `lifecycle::EarlierCertificate`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct EarlierCertificateView {
    /// Its serial number.
    pub serial_number: String,
    /// Until when it is valid.
    pub not_after: DateTime<Utc>,
    /// Its state.
    pub state: PortalStateView,
    /// What its computer is called; `null` where it was registered on none.
    pub device_name: Option<String>,
    /// When it was registered there.
    pub registered_at: Option<DateTime<Utc>>,
}

/// What is to happen to the employee's earlier certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum OnEarlierView {
    /// They stay in use.
    Keep,
    /// They are revoked once the new one is in use.
    Supersede,
}

/// Says what is to happen to the earlier certificates.
#[derive(Debug, Deserialize, TS)]
pub struct DecideOnEarlierRequest {
    /// What.
    pub on_earlier: OnEarlierView,
}

/// Where a journey stands; see `lifecycle::Step`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum StepView {
    /// The invitation is open; choose a password.
    Invited,
    /// The key is made; the certificate is still to be fetched (type the password again).
    KeyMade,
    /// The certificate is here, but this computer is not registered yet, or its revocation code was not kept (type the
    /// password again).
    Unregistered,
    /// The details wait to be checked.
    Issued,
    /// The terms wait to be read and signed.
    Reviewed,
    /// Signed; not delivered yet (type the password again).
    Signed,
    /// In use.
    Active,
    /// Locked on suspicion.
    Suspended,
    /// Stopped by a wrong detail.
    Stopped,
    /// Revoked.
    Revoked,
}

/// Whom the certificate is for, as the local registration authority ordered it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SubjectView {
    /// Name in full.
    pub common_name: String,
    /// E-mail address at work.
    pub email: String,
    /// The employer.
    pub organisation: String,
    /// The employer's CVR number.
    pub cvr: String,
}

/// The local registration authority.
#[derive(Debug, Clone, Serialize, TS)]
pub struct AuthorityView {
    /// Its name.
    pub name: String,
    /// Its telephone number, where known.
    pub phone: Option<String>,
    /// Its e-mail address, where known.
    pub email: Option<String>,
}

/// The certificate in plain words.
#[derive(Debug, Clone, Serialize, TS)]
pub struct CertificateView {
    /// The details to be checked, in the order in which they are shown. The window has the label of each field; the
    /// value is what the declaration will hold, to the letter.
    pub details: Vec<DetailView>,
    /// Serial number, lower-case hexadecimal.
    pub serial_number: String,
    /// SHA-256 fingerprint, lower-case hexadecimal.
    pub sha256: String,
    /// First moment of validity.
    pub not_before: DateTime<Utc>,
    /// Last moment of validity.
    pub not_after: DateTime<Utc>,
}

/// One detail of the certificate.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DetailView {
    /// Which.
    pub field: DetailFieldView,
    /// Its value.
    pub value: String,
}

/// The details that the employee checks; see `declaration::DetailField`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum DetailFieldView {
    /// The employee's name.
    Name,
    /// The employer's name.
    Organisation,
    /// The employer's CVR number.
    Cvr,
    /// The employee id.
    EmployeeId,
    /// The e-mail address.
    Email,
    /// Who issued the certificate.
    Issuer,
    /// Its validity period.
    Validity,
    /// Its purpose.
    Purpose,
}

/// An answer to a detail.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DetailAnswerView {
    /// Which detail.
    pub field: DetailFieldView,
    /// True for *korrekt*, false for *forkert*.
    pub correct: bool,
}

/// The signed declaration.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DeclarationView {
    /// Its id.
    pub id: String,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
    /// When the portal accepted it, once it has.
    pub accepted_at: Option<DateTime<Utc>>,
    /// True where it was signed on another computer: neither it nor its receipt is here.
    pub elsewhere: bool,
    /// How long it can be verified.
    pub level: DeclarationLevelView,
    /// The time that its time-stamp proves, once there is one.
    pub proven_time: Option<DateTime<Utc>>,
}

/// How long a signed declaration can be verified ([ETSI EN 319 142-1 §6.3]); see `lifecycle::PreservationLevel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum DeclarationLevelView {
    /// While its certificate is valid: B-B.
    Signed,
    /// While the authority's certificate is valid, and somebody answers for both: B-T.
    TimeStamped,
    /// Later as well: it carries all that the verification needs. B-LT.
    LongTerm,
}

/// Why the certificate cannot be used, and whether the portal knows.
#[derive(Debug, Clone, Serialize, TS)]
pub struct BlockView {
    /// Since when, on this computer or at the portal.
    pub since: DateTime<Utc>,
    /// The details answered *wrong*, where that is why.
    pub wrong: Vec<DetailView>,
    /// The state read back at the portal; `null` while the portal has not been told.
    pub portal_state: Option<PortalStateView>,
    /// When it was read.
    pub read_at: Option<DateTime<Utc>>,
    /// The alarm that was raised about a certificate that was revoked already.
    pub alarm: Option<AlarmView>,
}

/// Whether the portal knows of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmView {
    /// Not yet; it is told again until it does.
    Waiting,
    /// Yes.
    Told,
}

/// What the portal answered about the certificate.
#[derive(Debug, Clone, Serialize, TS)]
pub struct StandingView {
    /// The state.
    pub state: PortalStateView,
    /// Since when, by the portal's clock.
    pub since: DateTime<Utc>,
    /// When it was read, by this computer's clock.
    pub read_at: DateTime<Utc>,
}

/// The state of a certificate at the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum PortalStateView {
    /// Waits for the declaration.
    AwaitingDeclaration,
    /// In use.
    Active,
    /// Suspended.
    Suspended,
    /// Revoked.
    Revoked,
}

/// Reference number and code that the practice portal offers.
#[derive(Serialize, TS)]
pub struct PracticeInvitationView {
    /// The reference number, in groups.
    pub reference: String,
    /// The one-time code, in groups.
    pub code: String,
}

/// Opens an invitation.
#[derive(Deserialize, TS)]
pub struct OpenInvitationRequest {
    /// The reference number as typed.
    pub reference: String,
    /// The one-time code as typed.
    pub code: String,
}

/// Makes the key and fetches the certificate, or goes on from where that stopped.
#[derive(Deserialize, TS)]
pub struct EnrolRequest {
    /// The password: a new one in step `invited`, else the one chosen before.
    pub password: String,
    /// The one-time code, where `code_needed`.
    pub code: Option<String>,
}

/// What enrolment leaves for the person to keep.
#[derive(Serialize, TS)]
pub struct EnrolledView {
    /// The guide afterwards.
    pub guide: GuideView,
    /// The revocation code, in groups; shown until the person says that it was kept.
    pub revocation_code: Option<String>,
}

/// The employee's answers, one for every detail.
#[derive(Debug, Deserialize, TS)]
pub struct ReviewDetailsRequest {
    /// The answers.
    pub answers: Vec<DetailAnswerView>,
}

/// The terms in force, verified, in both languages. The Danish text is binding.
#[derive(Debug, Clone, Serialize, TS)]
pub struct TermsView {
    /// The Danish, binding text.
    pub da: TermsTextView,
    /// The English text, for understanding.
    pub en: Option<TermsTextView>,
    /// SHA-256 over the Danish document, lower-case hexadecimal: what the signature accepts.
    pub sha256: String,
    /// Their version.
    pub version: u32,
    /// Ids of the clauses that need a consent of their own.
    pub consents: Vec<String>,
    /// What has changed in the Danish text since the employee's last declaration: every text, as it was and as it is.
    /// Empty where there is none, or nothing has changed.
    pub changed_da: Vec<ComparedTextView>,
    /// The same in the English text.
    pub changed_en: Vec<ComparedTextView>,
}

/// One text of the terms in two versions; see `declaration::ComparedText`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ComparedTextView {
    /// Where it stands.
    pub place: TermsPlaceView,
    /// The number of its section or clause; `null` elsewhere.
    pub number: Option<String>,
    /// How it was; empty where it is new.
    pub before: Vec<TextPartView>,
    /// How it is; empty where it is gone.
    pub after: Vec<TextPartView>,
    /// Whether it is another than before, or is new or gone.
    pub changed: bool,
}

/// Where in the terms a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum TermsPlaceView {
    /// The title.
    Title,
    /// What precedes the sections.
    Preamble,
    /// A section's own text.
    Section,
    /// A clause.
    Clause,
    /// What the signature says.
    Closing,
}

/// A run of a text.
#[derive(Debug, Clone, Serialize, TS)]
pub struct TextPartView {
    /// Its words.
    pub text: String,
    /// True where the other version does not have them here.
    pub changed: bool,
}

/// The terms in one language.
#[derive(Debug, Clone, Serialize, TS)]
pub struct TermsTextView {
    /// The title.
    pub title: String,
    /// What stands first.
    pub preamble: String,
    /// The sections.
    pub sections: Vec<TermsSectionView>,
    /// What the signature says.
    pub closing: String,
}

/// A section of the terms.
#[derive(Debug, Clone, Serialize, TS)]
pub struct TermsSectionView {
    /// Its id.
    pub id: String,
    /// Its leading sentence.
    pub lead: String,
    /// Its clauses.
    pub clauses: Vec<TermsClauseView>,
}

/// A clause of the terms.
#[derive(Debug, Clone, Serialize, TS)]
pub struct TermsClauseView {
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: String,
}

/// Signs the declaration and submits it.
#[derive(Deserialize, TS)]
pub struct SignDeclarationRequest {
    /// SHA-256 of the terms as they were shown.
    pub terms_sha256: String,
    /// Ids of the clauses that the employee consented to.
    pub consents: Vec<String>,
    /// The password.
    pub password: String,
}

/// Submits the signed declaration again.
#[derive(Deserialize, TS)]
pub struct DeliverDeclarationRequest {
    /// The password.
    pub password: String,
}

/// A document that can be opened or saved.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentView {
    /// The signed declaration.
    Declaration,
    /// The receipt.
    Receipt,
    /// The terms in force, unsigned.
    Terms,
}

/// Names a document.
#[derive(Debug, Deserialize, TS)]
pub struct DocumentRequest {
    /// Which.
    pub document: DocumentView,
}

/// Chooses the language of the window.
#[derive(Debug, Deserialize, TS)]
pub struct ChooseLanguageRequest {
    /// Which.
    pub language: LanguageView,
}

/// What is being done, sent as the event `progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum StageView {
    /// Tries the keychain.
    ProbingKeychain,
    /// Makes the key.
    MakingKey,
    /// Opens the key.
    UnlockingKey,
    /// Asks the portal for the certificate.
    FetchingCertificate,
    /// Checks the certificate.
    CheckingCertificate,
    /// Registers this computer.
    RegisteringDevice,
    /// Asks the issuer for the status of the certificate.
    AskingStatus,
    /// Fetches the terms.
    FetchingTerms,
    /// Writes the declaration.
    RenderingDeclaration,
    /// Signs it.
    Signing,
    /// Asks for a time-stamp.
    TimeStamping,
    /// Submits it.
    Submitting,
    /// Checks the receipt.
    CheckingReceipt,
    /// Reads the file with the key.
    ReadingContainer,
    /// Writes the file with the key.
    WritingContainer,
    /// Asks the portal for revocation.
    Revoking,
}

/// A problem, by code; the window has title, cause and remedy of every code in each language.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ProblemView {
    /// One of `lifecycle::ProblemCode`, kebab-case.
    pub code: String,
    /// How many tries are left, where tries are counted.
    pub tries_left: Option<u32>,
    /// Hosts that did not answer, where that is the reason.
    pub silent: Vec<String>,
    /// In how many seconds the next try may be made, where it must wait.
    pub wait_seconds: Option<u32>,
}

/// The log of how keys were used, as far as it is shown.
#[derive(Debug, Clone, Serialize, TS)]
pub struct UseLogView {
    /// The latest lines, newest first.
    pub lines: Vec<LoggedKeyUseView>,
    /// What the check of the whole log came to.
    pub state: UseLogStateView,
}

/// One line of the log: a use of a key, or one that was asked for and refused.
#[derive(Debug, Clone, Serialize, TS)]
pub struct LoggedKeyUseView {
    /// Its number: 1 for the first.
    #[ts(type = "number")]
    pub number: u64,
    /// What for.
    pub purpose: KeyPurposeView,
    /// When.
    pub at: DateTime<Utc>,
    /// Towards whom: the portal's address.
    pub portal: String,
    /// Id of the declaration that was signed or delivered.
    pub document: Option<String>,
    /// The version of the program that asked.
    pub program_version: String,
    /// Why it was refused, one of `lifecycle::ProblemCode`, kebab-case; `null` where the key was used.
    pub refused: Option<String>,
    /// True where it is the key of the journey under way, not one of a former certificate.
    pub of_this_journey: bool,
}

/// What a key is used for; see `lifecycle::KeyPurpose`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum KeyPurposeView {
    /// Asked for the certificate.
    CertificationRequest,
    /// Registered this computer.
    DeviceRegistration,
    /// Signed the declaration.
    DeclarationSignature,
    /// Delivered the declaration.
    DeclarationSubmission,
    /// Was encrypted anew under another password.
    PasswordChange,
    /// Came out of a file.
    KeyImport,
    /// Was copied into a file.
    KeyExport,
    /// Asked for the next certificate.
    Renewal,
    /// Asked for revocation.
    Revocation,
}

/// What the check of the log came to; see `lifecycle::UseLogState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum UseLogStateView {
    /// Every line is as it was written.
    Intact,
    /// A line was changed, left out or put in.
    Altered {
        /// The number of the first line that does not fit.
        #[ts(type = "number")]
        number: u64,
    },
    /// Lines at the end are missing.
    CutOff {
        /// The number of the first line that is missing.
        #[ts(type = "number")]
        number: u64,
    },
}

/// A password that is being chosen.
#[derive(Deserialize, TS)]
pub struct JudgePasswordRequest {
    /// As typed so far.
    pub password: String,
}

/// What a password that is being chosen is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct PasswordJudgementView {
    /// How hard it is to guess, from 0 to 4.
    pub strength: u8,
    /// True where it may protect the key.
    pub accepted: bool,
    /// Why it may not.
    pub reason: Option<PasswordReasonView>,
}

/// Why a password is not taken; see `lifecycle::PasswordRejected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordReasonView {
    /// Too few characters.
    TooShort,
    /// Too many.
    TooLong,
    /// Few guesses would find it.
    Guessable,
}

/// A certificate that was examined: what it says, and what is to be thought of it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ExaminationView {
    /// What it came to.
    pub verdict: VerdictView,
    /// What the certificate says of itself.
    pub certificate: DescriptionView,
    /// The certificate first, then each one that issued the one before it, as far as they are known.
    pub chain: Vec<ChainLinkView>,
    /// Everything that was found.
    pub findings: Vec<FindingView>,
    /// What its issuer says of it; `null` where nobody has been asked.
    pub status: Option<StatusView>,
    /// When it was examined, by this computer's clock.
    pub at: DateTime<Utc>,
}

/// What an examination came to; see `pki::Verdict`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictView {
    /// It holds.
    Valid,
    /// It does not.
    Invalid,
    /// It cannot be told.
    Indeterminate,
}

/// What a certificate says of itself; see `pki::CertificateDescription`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DescriptionView {
    /// The generation of OCES.
    pub generation: GenerationView,
    /// Whom it stands for.
    pub kind: CertificateKindView,
    /// Where it is meant to be used.
    pub environment: EnvironmentView,
    /// The name that it is issued to; empty where it has none.
    pub common_name: String,
    /// The organisation.
    pub organisation: Option<String>,
    /// The organisation's CVR number.
    pub cvr: Option<String>,
    /// True where the CVR number fails its check digit, as official test organisations do.
    pub cvr_fails_check: bool,
    /// The employee id.
    pub employee_id: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// Who issued it.
    pub issuer: String,
    /// First moment of validity.
    pub not_before: DateTime<Utc>,
    /// Last moment of validity.
    pub not_after: DateTime<Utc>,
    /// Serial number, lower-case hexadecimal.
    pub serial_number: String,
    /// SHA-256 fingerprint, lower-case hexadecimal.
    pub sha256: String,
    /// Kind and size of its key.
    pub key: String,
    /// The algorithm of its issuer's signature.
    pub signature: String,
    /// What the key may be used for, by the standard's names.
    pub key_usage: Vec<String>,
    /// The policies that it follows, as dotted numbers.
    pub policies: Vec<String>,
}

/// A generation of OCES; see `pki::Generation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum GenerationView {
    /// The first.
    Oces1,
    /// The second.
    Oces2,
    /// The one of today.
    Oces3,
    /// Not OCES.
    Other,
}

/// Whom a certificate stands for; see `pki::CertificateKind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateKindView {
    /// An employee of an organisation.
    Employee,
    /// An organisation.
    Organisation,
    /// A function or device of an organisation.
    Function,
    /// A private person.
    Personal,
    /// A certification authority.
    Ca,
    /// None of these.
    Other,
}

/// Where a certificate is meant to be used; see `pki::Environment`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum EnvironmentView {
    /// For real.
    Production,
    /// For tests and practice.
    Test,
    /// It cannot be told.
    Unknown,
}

/// One certificate of a chain.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ChainLinkView {
    /// What it is in the chain.
    pub role: ChainRoleView,
    /// Whether it holds.
    pub state: LinkStateView,
    /// What it says of itself.
    pub certificate: DescriptionView,
}

/// What a certificate is in its chain; see `lifecycle::examination::ChainRole`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ChainRoleView {
    /// The certificate that was asked about.
    EndEntity,
    /// An authority between.
    Authority,
    /// The root that is trusted.
    TrustAnchor,
}

/// Whether a certificate of a chain holds; see `lifecycle::examination::LinkState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum LinkStateView {
    /// It holds.
    Holds,
    /// It holds, but nobody says whether it was revoked.
    StatusUntold,
    /// Its validity period has not begun.
    NotYetValid,
    /// Its validity period is over.
    Expired,
    /// It is suspended.
    Suspended,
    /// It is revoked.
    Revoked,
    /// No path leads from it to a trust anchor.
    Unproven,
    /// Its signature, algorithm, encoding or place in the chain is wrong.
    Broken,
}

/// One thing that was found; the window has title, meaning and remedy in each language.
#[derive(Debug, Clone, Serialize, TS)]
pub struct FindingView {
    /// One of `pki::FindingCode`, kebab-case.
    pub code: String,
    /// How much it weighs.
    pub severity: SeverityView,
    /// One of `pki::Remedy`, kebab-case.
    pub remedy: String,
    /// The facts, in English, for the support.
    pub detail: String,
    /// The position in the chain of the certificate that it is about; `null` where it is about none of them.
    pub place: Option<u32>,
}

/// How much a finding weighs; see `pki::Severity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum SeverityView {
    /// The certificate does not hold.
    Error,
    /// It cannot be told whether it holds.
    Indeterminate,
    /// Worth a look.
    Warning,
}

/// What a certificate's issuer says of it; see `pki::CertificateStatus`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct StatusView {
    /// The status.
    pub state: StatusStateView,
    /// Since when it is suspended or revoked.
    pub since: Option<DateTime<Utc>>,
    /// Who said so.
    pub source: StatusSourceView,
    /// When it was known to be so.
    pub this_update: DateTime<Utc>,
    /// Until when the answer counts; `null` where the issuer does not say.
    pub next_update: Option<DateTime<Utc>>,
}

/// The status of a certificate; see `pki::CertificateState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum StatusStateView {
    /// Not revoked.
    Good,
    /// On hold.
    Suspended,
    /// Revoked, for good.
    Revoked,
    /// The issuer does not know it.
    Unknown,
}

/// Who said what the status is; see `pki::StatusSource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum StatusSourceView {
    /// A revocation list.
    Crl,
    /// A revocation list with a delta list.
    DeltaCrl,
    /// The issuer's responder.
    Ocsp,
}

/// Asks what is in a file. Its name stays in the window.
#[derive(Deserialize, TS)]
pub struct InspectFileRequest {
    /// The file's bytes in Base64.
    pub content: String,
    /// The password, where the file wants one.
    pub password: Option<String>,
}

/// What is in a file.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum FileAnswerView {
    /// Certificates.
    Inspected(Box<InspectedFileView>),
    /// A signed document.
    Verified(Box<VerifiedDocumentView>),
    /// It opens with a password only.
    PasswordNeeded,
    /// The password does not open it.
    PasswordWrong,
    /// Nothing that can be shown.
    Refused {
        /// Why.
        reason: FileRefusalView,
    },
}

/// The certificates of a file.
#[derive(Debug, Clone, Serialize, TS)]
pub struct InspectedFileView {
    /// How the file is written.
    pub format: FileFormatView,
    /// How many certificates it holds.
    pub certificates: u32,
    /// True where it holds a private key too. The key was not read.
    pub holds_private_key: bool,
    /// The certificate that the file is about.
    pub examination: ExaminationView,
}

/// A signed document: what it says, and whether it holds; see `lifecycle::DocumentExamination`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct VerifiedDocumentView {
    /// What it is.
    pub kind: DocumentKindView,
    /// Whether it holds.
    pub indication: IndicationView,
    /// Why it does not, or why that cannot be told, in plain words' groups; `null` where it holds.
    pub reason: Option<VerificationReasonView>,
    /// The same in the words of EN 319 102-1, for support.
    pub sub_indication: Option<String>,
    /// For how long it can be verified; `null` unless it holds.
    pub level: Option<DeclarationLevelView>,
    /// Who signed, as the certificate names them; a claim unless it holds.
    pub signer: Option<String>,
    /// On behalf of whom.
    pub organisation: Option<String>,
    /// When, by the signer's own clock.
    pub signing_time: Option<DateTime<Utc>>,
    /// When it was there at the latest, as a time-stamp proves.
    pub proven_time: Option<DateTime<Utc>>,
    /// Who gave the time-stamp.
    pub time_stamp_authority: Option<String>,
    /// The portal that it was made for, or by.
    pub portal: Option<String>,
    /// The declaration's id.
    pub declaration: Option<String>,
    /// The version of the terms that it accepts.
    pub terms_version: Option<u32>,
    /// How many clauses were consented to one by one.
    pub consents: Option<u32>,
    /// True for practice.
    pub practice: bool,
    /// Everything that was found, technical, for support.
    pub findings: Vec<VerificationFindingView>,
}

/// What a signed document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKindView {
    /// A security declaration.
    Declaration,
    /// A portal's receipt.
    Receipt,
    /// Something else.
    Unknown,
}

/// Whether a signed document holds; see `declaration::Indication`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum IndicationView {
    /// It does.
    Holds,
    /// It does not.
    DoesNotHold,
    /// It cannot be told.
    CannotBeTold,
}

/// Why a signed document does not hold, as people are told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum VerificationReasonView {
    /// It is not signed.
    NotSigned,
    /// It cannot be read, or is none of this program's documents.
    Unreadable,
    /// It was changed after it was signed, or something was added to it.
    Changed,
    /// It is not what the acceptance in it, the terms and the certificate make.
    NotWhatWasAccepted,
    /// It accepts terms, or is of a form, that this version does not know.
    Unknown,
    /// The signature was not made with the key of the certificate.
    Forged,
    /// The certificate leads to nobody who is trusted here, or is not of the right kind.
    Untrusted,
    /// The certificate was revoked or suspended.
    Revoked,
    /// The certificate was not valid then, or nothing proves that it was.
    OutOfTime,
    /// The time-stamp or the evidence in it proves nothing.
    Evidence,
}

/// Something that was found about a document; see `declaration::VerificationFinding`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct VerificationFindingView {
    /// Its name, which stays.
    pub code: String,
    /// The facts of the case, in English.
    pub detail: String,
}

/// How a file is written; see `pki::ContainerFormat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum FileFormatView {
    /// Text.
    Pem,
    /// One certificate.
    Der,
    /// A collection of certificates.
    Pkcs7,
    /// Certificates with their keys, under a password.
    Pkcs12,
}

/// Why nothing of a file is shown; see `pki::ContainerError`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum FileRefusalView {
    /// It is larger than is read, or holds more than is read.
    TooLarge,
    /// It holds nothing at all.
    Empty,
    /// It is not of a kind that holds certificates.
    NotRecognised,
    /// It could hold a certificate and holds none.
    NoCertificate,
    /// It holds a private key and no certificate.
    KeyOnly,
    /// It is damaged.
    Damaged,
    /// It is protected in a way that is not understood.
    Unsupported,
}

/// Why one cannot sign: everything that was tried, and every certificate of this computer.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DiagnosisView {
    /// When, by this computer's clock.
    pub at: DateTime<Utc>,
    /// The program's version.
    pub version: String,
    /// Everything that was tried.
    pub probes: Vec<ProbeView>,
    /// Every certificate that was found.
    pub certificates: Vec<DiagnosedCertificateView>,
}

/// What a diagnosis tries just now, sent as the event `probe`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ProbeBegunView {
    /// What.
    pub target: ProbeTargetView,
    /// Where, as people may see it.
    pub address: Option<String>,
}

/// One thing that was tried.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ProbeView {
    /// What.
    pub target: ProbeTargetView,
    /// Where, as people may see it.
    pub address: Option<String>,
    /// What came of it.
    pub outcome: ProbeOutcomeView,
}

/// What a diagnosis tries; see `lifecycle::diagnosis::ProbeTarget`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeTargetView {
    /// The computer's keychain.
    Keychain,
    /// The smart card, USB key or security chip that keeps the key.
    Token,
    /// What this computer remembers.
    Journal,
    /// This computer's clock.
    Clock,
    /// The proxy on the way to the portal.
    Proxy,
    /// The portal.
    Portal,
    /// The issuer's responder.
    Ocsp,
    /// The issuer's revocation list.
    RevocationList,
    /// The time-stamp service.
    TimeStamp,
}

/// What came of a probe.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum ProbeOutcomeView {
    /// It works.
    Works {
        /// More about it, in English, for the support.
        detail: Option<String>,
    },
    /// It does not.
    Fails {
        /// One of `lifecycle::ProblemCode`, kebab-case.
        problem: String,
        /// The facts, in English, for the support.
        detail: String,
    },
    /// Nothing uses it here.
    NotUsed,
}

/// A certificate of this computer and what stands in its way.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DiagnosedCertificateView {
    /// What it says of itself.
    pub certificate: DescriptionView,
    /// The portal that it is for.
    pub portal: String,
    /// True where it is for practice.
    pub practice: bool,
    /// True for the certificate of the journey under way.
    pub under_way: bool,
    /// True where nothing stands in its way.
    pub usable: bool,
    /// True where nothing does but what the person has not done yet.
    pub waits: bool,
    /// Everything that does.
    pub obstacles: Vec<ObstacleView>,
}

/// What stands in the way of a certificate.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ObstacleView {
    /// A problem.
    Problem {
        /// One of `lifecycle::ProblemCode`, kebab-case.
        code: String,
    },
    /// Something about the certificate itself.
    Finding(FindingView),
}

/// Changes the password of the key.
#[derive(Deserialize, TS)]
pub struct ChangePasswordRequest {
    /// The one that opens the key now.
    pub old: String,
    /// The one that is to open it.
    pub new: String,
}

/// A certificate file with a key that the person has chosen. It was read here; the window never has it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ChosenContainerView {
    /// The file's name.
    pub name: String,
}

/// Looks into the file that was chosen.
#[derive(Deserialize, TS)]
pub struct ReadContainerRequest {
    /// The file's own password.
    pub container_password: String,
}

/// What is in the file.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ContainerView {
    /// Its employee certificates.
    pub certificates: Vec<ContainerCertificateView>,
}

/// An employee certificate in the file.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ContainerCertificateView {
    /// Whom it names.
    pub common_name: String,
    /// The employer; empty where none is named.
    pub organisation: String,
    /// The certificate in plain words.
    pub certificate: CertificateView,
    /// Whether it holds, with every finding.
    pub examination: ExaminationView,
}

/// Takes a certificate with its key out of the file that was chosen, and registers this computer for it.
#[derive(Deserialize, TS)]
pub struct ImportCertificateRequest {
    /// The file's own password.
    pub container_password: String,
    /// Which certificate, lower-case hexadecimal; `null` where the file holds one.
    pub serial_number: Option<String>,
    /// The employee's own new password for the key.
    pub password: String,
}

/// Copies certificate and key into a file.
#[derive(Deserialize, TS)]
pub struct ExportCertificateRequest {
    /// The password of the key.
    pub password: String,
    /// The password that the file is to have.
    pub container_password: String,
}

/// Renews the certificate, or asks for a new revocation code.
#[derive(Deserialize, TS)]
pub struct PasswordRequest {
    /// The password of the key; empty where it is open.
    pub password: String,
}

/// Why a certificate is revoked; see `lifecycle::RevocationReason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationReasonView {
    /// A detail in it is wrong.
    WrongDetails,
    /// The key is, or may be, in other hands.
    KeyCompromise,
    /// Name, e-mail address or employer have changed.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// It is not needed any more.
    CessationOfOperation,
}

/// Revokes the certificate, for good.
#[derive(Deserialize, TS)]
pub struct RevokeCertificateRequest {
    /// Why.
    pub reason: RevocationReasonView,
    /// The password of the key; empty where it is open.
    pub password: String,
}

/// Suspends or revokes a certificate by its reference number and revocation code.
#[derive(Deserialize, TS)]
pub struct ByCodeRequest {
    /// The reference number as typed.
    pub reference: String,
    /// The revocation code as typed.
    pub code: String,
    /// Why it is revoked, for good; `null` where it is suspended.
    pub revoke: Option<RevocationReasonView>,
}

/// What a reference number and its revocation code led to.
#[derive(Debug, Clone, Serialize, TS)]
pub struct StateByCodeView {
    /// Serial number of the certificate.
    pub serial_number: String,
    /// Its state.
    pub state: PortalStateView,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// What was read of the certificate's state, three ways; `null` where that way did not answer.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReadBackView {
    /// What the portal says to this computer.
    pub portal: Option<PortalStateView>,
    /// What the issuer signs right now (OCSP).
    pub ocsp: Option<IssuerStateView>,
    /// What stands in the list of revoked certificates (CRL).
    pub revocation_list: Option<IssuerStateView>,
    /// When it was read.
    pub read_at: DateTime<Utc>,
}

/// What an issuer says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum IssuerStateView {
    /// Good.
    Good,
    /// Suspended.
    Suspended,
    /// Revoked.
    Revoked,
    /// Not known.
    Unknown,
}

/// What was done with the certificate at the portal; see `lifecycle::JudgedActivity`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ActivityView {
    /// Names it.
    pub id: String,
    /// When, by the portal's clock.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: ActivityKindView,
    /// The IP address that it came from.
    pub address: String,
    /// The app or browser, as it called itself.
    pub agent: String,
    /// The name of the registered computer; `null` where it was none.
    pub device: Option<String>,
    /// Whether this computer knows of it.
    pub judgement: JudgementView,
}

/// What was done with the certificate at the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ActivityKindView {
    /// Logged in.
    LogIn,
    /// Submitted a declaration.
    Declaration,
    /// Registered a computer.
    DeviceRegistration,
    /// Asked for the next certificate.
    Renewal,
    /// Asked for revocation.
    Revocation,
}

/// Whether this computer knows of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum JudgementView {
    /// It did it.
    Ours,
    /// It was before the key came here.
    Before,
    /// It did not do it.
    Suspicious,
    /// It did not, and the employee knows of it.
    Acknowledged,
}

/// Names an act at the portal.
#[derive(Debug, Deserialize, TS)]
pub struct AcknowledgeActivityRequest {
    /// Its id.
    pub id: String,
}

/// A declaration in the archive; see `lifecycle::ArchivedDeclaration`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ArchivedDeclarationView {
    /// Its id.
    pub id: String,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
    /// When the portal accepted it.
    pub accepted_at: Option<DateTime<Utc>>,
    /// For how long it can be verified.
    pub level: DeclarationLevelView,
    /// Who signed.
    pub signer: String,
    /// On behalf of whom.
    pub organisation: String,
    /// The serial number of the certificate.
    pub serial_number: String,
    /// The portal that has it.
    pub portal: String,
    /// True for practice.
    pub practice: bool,
    /// True where the certificate in use rests on it.
    pub in_force: bool,
}

/// Names a declaration of the archive.
#[derive(Debug, Deserialize, TS)]
pub struct EvidenceRequest {
    /// Its id.
    pub declaration: String,
}
