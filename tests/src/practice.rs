//! The real portal in this process: practice mode, port 0, a folder of its own, the test's clock.

use crate::authority_keys::AuthorityKeys;
use crate::doubles::{FollowingClock, MemoryKeyStore, StandingClock};
use chrono::{DateTime, TimeDelta, Utc};
use lifecycle::{AcceptedTerms, Answer, DetailAnswer, DocumentKind, Guide, OneTimeCode, Password, ReferenceNumber};
use local_store::SqliteJournal;
use pki::TrustAnchor;
use portal::{InvitationOrder, PersonalNumber, PortalError, PortalServer, RunningPortal};
use portal_api::{LocalRegistrationAuthority, OrderedSubject};
use portal_client::PortalClient;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A code in the right form that belongs to no invitation.
pub const WRONG_CODE: &str = "AAAA-AAAA-AAAA";

/// A running practice portal.
pub struct PracticePortal {
    running: RunningPortal,
    folder: TempDir,
    clock: FollowingClock,
    keys: AuthorityKeys,
}

impl portal::Clock for FollowingClock {
    fn now(&self) -> DateTime<Utc> {
        self.shows()
    }
}

impl PracticePortal {
    /// Starts a portal that shares the test's clock until [`PracticePortal::clock`] is moved on its own.
    pub async fn start(clock: &StandingClock) -> Self {
        Self::start_with(clock, true, None).await
    }

    /// The same; one that does not suspend certificates where `suspension` is false, and whose certificates are valid
    /// for as long as `employee_validity` says.
    pub async fn start_with(clock: &StandingClock, suspension: bool, employee_validity: Option<TimeDelta>) -> Self {
        let folder = TempDir::new().expect("a folder");
        let keys = AuthorityKeys::placed_in(folder.path());
        let own_clock = clock.followed();
        let running = run(folder.path(), &own_clock, suspension, employee_validity, Vec::new()).await;
        let running = running.expect("the portal starts");
        Self { running, folder, clock: own_clock, keys }
    }

    /// The same portal, at the same address and with the same data, with these terms in force: one file a language.
    pub async fn with_terms(self, documents: &[Vec<u8>]) -> Self {
        let Self { running, folder, clock, keys } = self;
        running.shutdown().await;
        let files = files_of(folder.path(), documents);
        let running = run(folder.path(), &clock, true, None, files).await.expect("the portal starts");
        Self { running, folder, clock, keys }
    }

    /// Tries to start the same portal with these terms, which it must refuse; then starts it as it was. Tells why.
    pub async fn refuses_terms(self, documents: &[Vec<u8>]) -> (Self, String) {
        let Self { running, folder, clock, keys } = self;
        let before = std::fs::read_dir(folder.path()).expect("the folder").filter_map(|entry| Some(entry.ok()?.path()));
        let mut before: Vec<PathBuf> = before.filter(|path| is_terms(path)).collect();
        before.sort();
        let kept: Vec<Vec<u8>> = before.iter().map(|path| std::fs::read(path).expect("the file")).collect();
        running.shutdown().await;
        let files = files_of(folder.path(), documents);
        let refused = run(folder.path(), &clock, true, None, files).await;
        let refused = refused.err().expect("such terms are not put in force").to_string();
        let files = files_of(folder.path(), &kept);
        let running = run(folder.path(), &clock, true, None, files).await.expect("the portal starts");
        (Self { running, folder, clock, keys }, refused)
    }

    /// The portal's own clock: follows the one it was started with, and can be moved ahead of it.
    #[must_use]
    pub fn clock(&self) -> &FollowingClock {
        &self.clock
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.running.ready.portal
    }

    /// Where OCSP and revocation lists are: plain HTTP, as certificates name it.
    #[must_use]
    pub fn status_address(&self) -> &str {
        &self.running.ready.status
    }

    /// Its trust anchor.
    #[must_use]
    pub fn trust_anchor(&self) -> TrustAnchor {
        let pem = std::fs::read(&self.running.ready.trust_anchor).expect("the trust anchor's file");
        TrustAnchor::from_pem(&pem).expect("the trust anchor")
    }

    /// Invites an employee, as the local registration authority does.
    pub async fn invite(&self) -> (ReferenceNumber, OneTimeCode) {
        let order = InvitationOrder {
            subject: OrderedSubject {
                given_name: "Øvebruger".into(),
                surname: "Eksempel".into(),
                common_name: "Øvebruger Eksempel".into(),
                email: "oevebruger@example.org".into(),
                organisation: "Øvelseskommune Å".into(),
                cvr: "12345678".into(),
            },
            personal_number: PersonalNumber::parse("6101010000").expect("a substitute number"),
            authority: LocalRegistrationAuthority {
                name: "Øvelseskommune Å, brugeradministrationen".into(),
                phone: Some("00 00 00 00".into()),
                email: Some("lra@example.org".into()),
            },
            validity: TimeDelta::days(14),
        };
        let invited = portal::invite(self.folder.path(), None, &self.clock, &order).await.expect("an invitation");
        (
            ReferenceNumber::parse(&invited.reference).expect("a reference number"),
            OneTimeCode::parse(&invited.code).expect("a code"),
        )
    }

    /// The states of the certificates that the portal has issued to employees.
    pub async fn certificate_states(&self) -> Vec<portal_api::CertificateState> {
        let users = portal::users(self.folder.path(), None).await.expect("the portal's database");
        users.iter().filter_map(|user| user.certificate.as_ref()).map(|certificate| certificate.state).collect()
    }

    /// The state of one certificate.
    pub async fn state_of(&self, serial_number: &str) -> portal_api::CertificateState {
        let users = portal::users(self.folder.path(), None).await.expect("the portal's database");
        let certificates = users.iter().flat_map(|user| user.certificate.iter());
        certificates
            .filter(|certificate| certificate.serial_number == serial_number)
            .map(|found| found.state)
            .next()
            .expect("the certificate")
    }

    /// Suspends a certificate, as the local registration authority does.
    pub async fn suspend(&self, serial_number: &str) {
        portal::suspend(self.folder.path(), None, &self.clock, serial_number).await.expect("suspended");
    }

    /// Tries to lift a suspension.
    ///
    /// # Errors
    /// Where the portal refuses.
    pub async fn try_reinstate(&self, serial_number: &str) -> Result<(), portal::ReinstateError> {
        portal::reinstate(self.folder.path(), None, &self.clock, serial_number).await.map(drop)
    }

    /// Lifts a suspension, as the local registration authority does.
    pub async fn reinstate(&self, serial_number: &str) {
        portal::reinstate(self.folder.path(), None, &self.clock, serial_number).await.expect("reinstated");
    }

    /// Revokes a certificate, as the local registration authority has it done.
    pub async fn revoke(&self, serial_number: &str) {
        let reason = portal_api::RevocationReason::CessationOfOperation;
        portal::revoke(self.folder.path(), None, &self.clock, serial_number, reason, &[]).await.expect("revoked");
    }

    /// How many declarations the portal has accepted.
    pub async fn declarations(&self) -> usize {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.folder.path().join("portal.sqlite"));
        let mut connection = sqlx::ConnectOptions::connect(&options).await.expect("the portal's database");
        let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM declaration").fetch_one(&mut connection);
        usize::try_from(count.await.expect("the portal's database")).expect("a number")
    }
}

/// The command line's binary, beside the tests' own.
#[must_use]
pub fn certifikat() -> std::path::PathBuf {
    built("certifikat")
}

/// A binary of the workspace, beside the tests' own.
#[must_use]
pub fn built(name: &str) -> std::path::PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    test.ancestors().nth(2).expect("target/debug/deps").join(name)
}

/// A journey that went all the way.
pub struct Delivered {
    /// The guide that led it, with the certificate in use.
    pub guide: Guide<MemoryKeyStore, PortalClient, SqliteJournal, StandingClock>,
    /// The signed declaration.
    pub declaration: Vec<u8>,
    /// The portal's receipt.
    pub receipt: Vec<u8>,
    /// The employee certificate, then its issuer.
    pub chain: Vec<pki::Certificate>,
    _folder: TempDir,
}

/// Goes through the whole journey.
pub async fn delivered_declaration(portal: &PracticePortal, clock: &StandingClock) -> Delivered {
    let folder = TempDir::new().expect("a folder");
    let trust_anchors = vec![portal.trust_anchor()];
    let client = PortalClient::new(portal.address(), &trust_anchors).expect("a portal client");
    let journal = SqliteJournal::open(&folder.path().join("journal.sqlite")).await.expect("a journal");
    let settings = crate::workplace::settings(true, trust_anchors);
    let guide = Guide::new(MemoryKeyStore::default(), client, journal, clock.clone(), settings);
    let password = Password::typed("fire gode ord her".into());
    let (reference, code) = portal.invite().await;
    guide.open_invitation(&reference, code).await.expect("the invitation opens");
    let enrolled = guide.enrol(&password, None, &|_| {}).await.expect("the certificate comes");
    let chain = enrolled.journey.step.issued().expect("a certificate").held.chain();
    let answers: Vec<DetailAnswer> = declaration::details(&chain[0])
        .iter()
        .map(|detail| DetailAnswer { field: detail.field, answer: Answer::Correct })
        .collect();
    guide.confirm_revocation_code().await.expect("the code is kept");
    guide.review(&answers).await.expect("all details are correct");
    let binding = guide.terms().await.expect("the terms").swap_remove(0);
    let accepted = AcceptedTerms {
        sha256: binding.sha256_hex(),
        consents: binding.terms().consents().map(|clause| clause.id.clone()).collect(),
    };
    guide.sign(&accepted, &password, &|_| {}).await.expect("signed and delivered");
    let document = async |kind| guide.document(kind).await.expect("the journal").expect("a document");
    let (declaration, receipt) = (document(DocumentKind::Declaration).await, document(DocumentKind::Receipt).await);
    Delivered { guide, declaration, receipt, chain, _folder: folder }
}

/// Terms of a later version than those that ship: one clause more, and one that reads differently; in Danish and in
/// English.
///
/// # Panics
/// Where the terms that ship have no clauses.
#[must_use]
pub fn later_terms() -> Vec<Vec<u8>> {
    let changed = declaration::terms::shipped().iter().map(|document| {
        let mut terms = document.terms().clone();
        terms.version += 1;
        let section = terms.sections.iter_mut().find(|section| section.clauses.len() > 1).expect("a section");
        section.clauses[0].text.push_str(" !");
        let mut added = section.clauses[0].clone();
        added.id = "one-more".into();
        added.text = "En pligt mere.".into();
        section.clauses.push(added);
        serde_json::to_vec_pretty(&terms).expect("JSON")
    });
    changed.collect()
}

async fn run(
    data: &Path,
    clock: &FollowingClock,
    suspension: bool,
    employee_validity: Option<TimeDelta>,
    terms: Vec<PathBuf>,
) -> Result<RunningPortal, PortalError> {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let settings = portal::Settings {
        listen: anywhere,
        status_listen: anywhere,
        data: data.to_owned(),
        database: None,
        practice: true,
        suspension,
        employee_validity,
        terms,
        clock: Arc::new(clock.clone()),
    };
    PortalServer::start(settings).await
}

fn files_of(folder: &Path, documents: &[Vec<u8>]) -> Vec<PathBuf> {
    let files = documents.iter().enumerate().map(|(number, document)| {
        let file = folder.join(format!("terms-{number}.json"));
        std::fs::write(&file, document).expect("the file is written");
        file
    });
    files.collect()
}

fn is_terms(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("terms-"))
}
