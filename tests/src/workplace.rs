//! A workplace computer with its keychain and its journal, and the practice portal that it speaks to.

use crate::doubles::{MemoryKeyStore, PortalThrough, StandingClock};
use crate::practice::PracticePortal;
use chrono::{TimeDelta, Utc};
use declaration::DetailField;
use lifecycle::{
    AcceptedTerms, Answer, DetailAnswer, Guide, Invitation, Journey, JourneyError, OnEarlier, Password, Policy,
    ProblemCode, Settings, Step,
};
use local_store::SqliteJournal;
use pki::TrustAnchor;
use portal_client::PortalClient;
use std::path::Path;
use tempfile::TempDir;

/// The password of every key.
pub const PASSWORD: &str = "fire gode ord her";

/// The guide of real parts, but for the keychain, the clock, and somebody on the line.
pub type TestGuide = Guide<MemoryKeyStore, PortalThrough<PortalClient>, SqliteJournal, StandingClock>;

/// A practice portal, and a workplace computer with its keychain and its journal.
pub struct Workplace {
    /// The portal.
    pub portal: PracticePortal,
    folder: TempDir,
    /// The keychain.
    pub keychain: MemoryKeyStore,
    /// The clock that computer and portal share.
    pub clock: StandingClock,
    /// What the organisation allows on the computer.
    pub policy: Policy,
}

/// What does not change while a program runs, towards a practice portal or a real one.
#[must_use]
pub fn settings(practice: bool, trust_anchors: Vec<TrustAnchor>) -> Settings {
    Settings {
        practice,
        trust_anchors,
        app_version: "0.0.0-test".into(),
        portal_name: "Øvelsesportalen".into(),
        suspension_offered: true,
        device_name: "PC-1".into(),
        policy: Policy::default(),
    }
}

impl Workplace {
    /// A new computer, and a new portal.
    pub async fn new() -> Self {
        Self::with_portal(true, None).await
    }

    /// A new computer, and a new portal that does not suspend certificates.
    pub async fn without_suspension() -> Self {
        Self::with_portal(false, None).await
    }

    /// A new computer, and a new portal whose certificates are valid for 50 days.
    pub async fn with_short_certificates() -> Self {
        Self::with_portal(true, Some(TimeDelta::days(50))).await
    }

    async fn with_portal(suspension: bool, employee_validity: Option<TimeDelta>) -> Self {
        let clock = StandingClock::at(Utc::now());
        Self {
            portal: PracticePortal::start_with(&clock, suspension, employee_validity).await,
            folder: TempDir::new().expect("a folder"),
            keychain: MemoryKeyStore::default(),
            clock,
            policy: Policy::default(),
        }
    }

    /// The program on a computer elsewhere, with a keychain and a journal of its own.
    pub async fn another_start(&self) -> TestGuide {
        let folder = TempDir::new().expect("a folder");
        let trust_anchors = vec![self.portal.trust_anchor()];
        let client = PortalClient::new(self.portal.address(), &trust_anchors).expect("a portal client");
        let journal = SqliteJournal::open(&folder.path().join("journal.sqlite")).await.expect("a journal");
        let settings = settings(true, trust_anchors);
        Guide::new(MemoryKeyStore::default(), PortalThrough::new(client), journal, self.clock.clone(), settings)
    }

    /// Cuts the log off before its line of this number, as somebody can who may write the journal's file.
    pub async fn cut_off_log(&self, number: u64) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.journal());
        let mut connection = sqlx::ConnectOptions::connect(&options).await.expect("the journal's file");
        sqlx::query("DROP TRIGGER use_log_is_never_deleted").execute(&mut connection).await.expect("changed");
        let number = i64::try_from(number).expect("a number");
        let cut = sqlx::query("DELETE FROM use_log WHERE number >= ?").bind(number);
        cut.execute(&mut connection).await.expect("cut off");
    }

    /// The same computer, and the same portal with these terms in force: one file a language.
    pub async fn with_terms(self, documents: &[Vec<u8>]) -> Self {
        Self { portal: self.portal.with_terms(documents).await, ..self }
    }

    /// Another computer with the same portal.
    #[must_use]
    pub fn with_another_computer(self) -> Self {
        Self { folder: TempDir::new().expect("a folder"), keychain: MemoryKeyStore::default(), ..self }
    }

    /// Starts the program: everything that is not in the keychain or the journal is new.
    pub async fn start(&self) -> TestGuide {
        self.start_towards(self.portal.address(), vec![self.portal.trust_anchor()]).await
    }

    /// The same with the portal at `address`.
    pub async fn start_towards(&self, address: &str, trust_anchors: Vec<TrustAnchor>) -> TestGuide {
        let client = PortalClient::new(address, &trust_anchors).expect("a portal client");
        let journal = SqliteJournal::open(&self.journal()).await.expect("a journal");
        let settings = Settings { policy: self.policy.clone(), ..settings(true, trust_anchors) };
        Guide::new(self.keychain.clone(), PortalThrough::new(client), journal, self.clock.clone(), settings)
    }

    /// The journal's file.
    #[must_use]
    pub fn journal(&self) -> std::path::PathBuf {
        Path::new(self.folder.path()).join("journal.sqlite")
    }

    /// The program, with a certificate whose details wait to be checked.
    pub async fn enrolled(&self) -> TestGuide {
        let guide = self.start().await;
        let (reference, code) = self.portal.invite().await;
        guide.open_invitation(&reference, code).await.expect("the invitation opens");
        enrol(&guide).await;
        guide
    }

    /// The program, with the terms still to be signed.
    pub async fn reviewed(&self) -> TestGuide {
        let guide = self.enrolled().await;
        let answers = answers(&journey(&guide).await, &[]);
        guide.review(&answers).await.expect("all details are correct");
        guide
    }

    /// The program, with a certificate in use.
    pub async fn active(&self) -> TestGuide {
        let guide = self.reviewed().await;
        sign(&guide).await.expect("the declaration is signed and delivered");
        guide
    }
}

/// The password of every key.
#[must_use]
pub fn password() -> Password {
    Password::typed(PASSWORD.into())
}

/// The problem that an outcome is.
pub fn problem<T>(outcome: Result<T, JourneyError>) -> ProblemCode {
    match outcome {
        Ok(_) => panic!("this should not have gone well"),
        Err(error) => error.problem(),
    }
}

/// The journey under way.
pub async fn journey(guide: &TestGuide) -> Journey {
    guide.current().await.expect("the journal").expect("a journey under way")
}

/// Answers to every detail: `wrong` ones, and all others correct.
#[must_use]
pub fn answers(journey: &Journey, wrong: &[DetailField]) -> Vec<DetailAnswer> {
    let issued = journey.step.issued().expect("a certificate");
    declaration::details(&issued.held.certificate)
        .iter()
        .map(|detail| DetailAnswer {
            field: detail.field,
            answer: if wrong.contains(&detail.field) { Answer::Wrong } else { Answer::Correct },
        })
        .collect()
}

/// Gets the certificate and keeps the revocation code.
pub async fn enrol(guide: &TestGuide) {
    let opened = journey(guide).await;
    let undecided = |invitation: &Invitation| !invitation.earlier.is_empty() && invitation.on_earlier.is_none();
    if matches!(&opened.step, Step::Invited(state) if undecided(&state.invitation)) {
        guide.decide_on_earlier(OnEarlier::Keep).await.expect("the earlier ones are kept");
    }
    let enrolled = guide.enrol(&password(), None, &|_| {}).await.expect("the certificate comes");
    assert!(enrolled.revocation_code.is_some(), "the revocation code is shown");
    guide.confirm_revocation_code().await.expect("the code is kept");
}

/// The terms in force, with every consent.
pub async fn accepted(guide: &TestGuide) -> AcceptedTerms {
    let binding = guide.terms().await.expect("the terms").swap_remove(0);
    AcceptedTerms {
        sha256: binding.sha256_hex(),
        consents: binding.terms().consents().map(|clause| clause.id.clone()).collect(),
    }
}

/// Signs and delivers the declaration.
///
/// # Errors
/// As [`Guide::sign`].
pub async fn sign(guide: &TestGuide) -> Result<Journey, JourneyError> {
    let accepted = accepted(guide).await;
    guide.sign(&accepted, &password(), &|_| {}).await
}
