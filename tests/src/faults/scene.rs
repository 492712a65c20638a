//! A computer and its portal as they are right before the password is given, to be had as often as a test needs them: what
//! both keep on their disks is copied for each case.

use super::file_key_store::FileKeyStore;
use crate::doubles::{FollowingClock, Interference, PortalThrough, StandingClock};
use crate::practice::later_terms;
use crate::workplace::{answers, password, settings};
use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use lifecycle::ports::{Clock, Journal, KeyStore, Portal};
use lifecycle::{
    AcceptedTerms, DeclarationEntry, DocumentKind, Guide, Journey, JourneyError, OneTimeCode, Preservation,
    PreservationLevel, ProblemCode, ReferenceNumber, Step, UseLogState,
};
use local_store::SqliteJournal;
use pki::TrustAnchor;
use portal::{InvitationOrder, PersonalNumber, PortalServer, RunningPortal};
use portal_api::{LocalRegistrationAuthority, OrderedSubject};
use portal_client::PortalClient;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// The disks of a computer and of its portal, with everything closed.
pub struct Scene {
    disks: TempDir,
    now: DateTime<Utc>,
    declarations: usize,
    lists: Arc<Lists>,
}

/// A portal of the same authorities, at the address at which the certificates say that their revocation lists are: every
/// copy of the portal has another one.
struct Lists {
    // Ends before its folder is removed.
    _running: RunningPortal,
    _folder: TempDir,
}

impl Lists {
    async fn of(data: &Path, clock: FollowingClock) -> Arc<Self> {
        let folder = quick_folder();
        copy(data, folder.path()).expect("a copy");
        Arc::new(Self { _running: start_portal(folder.path(), clock).await, _folder: folder })
    }
}

/// A copy of a scene with the portal running.
pub struct Stage {
    // Ends before its folder is removed.
    running: RunningPortal,
    disks: TempDir,
    clock: StandingClock,
    /// How many declarations there are in the end.
    declarations: usize,
    lists: Arc<Lists>,
}

/// The disk of a computer: where the journal and the keys are.
#[derive(Clone)]
pub struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// The disk whose folder this is.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The journal's file.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.folder.join("journal").join("journal.sqlite")
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> FileKeyStore {
        FileKeyStore::at(&self.folder.join("keys"))
    }
}

impl Scene {
    /// An employee has got a certificate and has confirmed its details.
    pub async fn reviewed() -> Self {
        let disks = quick_folder();
        let now = Utc::now();
        let clock = StandingClock::at(now);
        let disk = Disk::at(&disks.path().join("computer"));
        fs::create_dir_all(disk.folder().join("keys")).expect("a folder");
        let portal = start_portal(&disks.path().join("portal"), clock.followed()).await;
        let (reference, code) = invite(&disks.path().join("portal"), &clock.followed()).await;
        let trust_anchors = vec![trust_anchor(&portal)];
        let client = PortalClient::new(&portal.ready.portal, &trust_anchors).expect("a portal client");
        let journal = SqliteJournal::open(&disk.journal()).await.expect("a journal");
        let guide = Guide::new(disk.keys(), client, journal, clock.clone(), settings(true, trust_anchors));
        guide.open_invitation(&reference, code).await.expect("the invitation opens");
        let enrolled = guide.enrol(&password(), None, &|_| {}).await.expect("the certificate comes");
        guide.confirm_revocation_code().await.expect("the code is kept");
        guide.review(&answers(&enrolled.journey, &[])).await.expect("all details are correct");
        guide.journal().close().await;
        portal.shutdown().await;
        let lists = Lists::of(&disks.path().join("portal"), clock.followed()).await;
        Self { disks, now, declarations: 1, lists }
    }

    /// The same with the declaration signed, which waits in the outbox: the line was cut before it was sent.
    pub async fn signed(&self) -> Self {
        let Stage { running, disks, clock, declarations, lists } = self.stage().await;
        let trust_anchors = vec![trust_anchor(&running)];
        let portal = PortalThrough::new(PortalClient::new(&running.ready.portal, &trust_anchors).expect("a client"));
        portal.interfere(Interference::DeliveryCutOff);
        let disk = Disk::at(&disks.path().join("computer"));
        let journal = SqliteJournal::open(&disk.journal()).await.expect("a journal");
        let guide = Guide::new(disk.keys(), portal, journal, clock, settings(true, trust_anchors));
        let cut_off = go_on(&guide).await.expect_err("the line is cut");
        assert_eq!(cut_off.problem(), ProblemCode::PortalUnreachable);
        guide.journal().close().await;
        running.shutdown().await;
        Self { disks, now: self.now, declarations, lists }
    }

    /// The same with the certificate in use, and terms in force that have come since: a declaration of them is asked for.
    pub async fn asked_to_declare_again(&self) -> Self {
        let Stage { running, disks, clock, declarations, lists } = self.stage().await;
        let (disk, data) = (Disk::at(&disks.path().join("computer")), disks.path().join("portal"));
        let program = async |portal: &RunningPortal| {
            let trust_anchors = vec![trust_anchor(portal)];
            let client = PortalClient::new(&portal.ready.portal, &trust_anchors).expect("a portal client");
            let journal = SqliteJournal::open(&disk.journal()).await.expect("a journal");
            Guide::new(disk.keys(), client, journal, clock.clone(), settings(true, trust_anchors))
        };
        let before = program(&running).await;
        go_on(&before).await.expect("declared");
        before.journal().close().await;
        running.shutdown().await;

        for (number, terms) in later_terms().iter().enumerate() {
            fs::write(data.join(format!("{TERMS}{number}.json")), terms).expect("the portal's terms");
        }
        let running = start_portal(&data, clock.followed()).await;
        let after = program(&running).await;
        after.watch().await.expect("the portal asks for a declaration");
        let step = after.current().await.expect("the journal").expect("a journey").step;
        assert!(matches!(step, Step::Active(active) if active.asks_for_new_declaration()));
        after.journal().close().await;
        running.shutdown().await;
        Self { disks, now: self.now, declarations: declarations + 1, lists }
    }

    /// A copy with the portal running.
    pub async fn stage(&self) -> Stage {
        let disks = quick_folder();
        copy(self.disks.path(), disks.path()).expect("a copy");
        let data = disks.path().join("portal");
        // Each at an address of its own: several are there at once.
        let remembered = data.join("portal.json");
        let text = fs::read(&remembered).expect("what the portal remembers");
        let mut json: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        json["port"] = 0.into();
        json["status_port"] = 0.into();
        fs::write(&remembered, json.to_string()).expect("written");
        let clock = StandingClock::at(self.now);
        let running = start_portal(&data, clock.followed()).await;
        Stage { running, disks, clock, declarations: self.declarations, lists: Arc::clone(&self.lists) }
    }
}

impl Stage {
    /// The computer's disk.
    #[must_use]
    pub fn disk(&self) -> Disk {
        Disk::at(&self.disks.path().join("computer"))
    }

    /// The clock that computer and portal share.
    #[must_use]
    pub fn clock(&self) -> &StandingClock {
        &self.clock
    }

    /// The portal's address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.running.ready.portal
    }

    /// The file of the portal's trust anchor.
    #[must_use]
    pub fn trust_anchor_file(&self) -> &str {
        &self.running.ready.trust_anchor
    }

    /// The portal's trust anchor.
    #[must_use]
    pub fn trust_anchor(&self) -> TrustAnchor {
        trust_anchor(&self.running)
    }

    /// What is not as it must be at the end: of each version of the terms there is exactly one declaration at the portal,
    /// and here exactly that one with its one receipt, which holds, and with what makes it last; nothing waits, and the
    /// use log is intact and as long as the keychain says.
    pub async fn what_is_wrong(&self) -> Vec<String> {
        let mut wrong = Wrong::default();
        let at_portal = self.declarations().await;
        wrong.unless(at_portal.len() == self.declarations, || {
            format!("the portal has {} declarations and not {}", at_portal.len(), self.declarations)
        });
        let disk = self.disk();
        let journal = match SqliteJournal::open(&disk.journal()).await {
            Ok(journal) => journal,
            Err(error) => return vec![format!("the journal does not open: {error:?}")],
        };
        let anchors = vec![self.trust_anchor()];
        let client = PortalClient::new(self.address(), &anchors).expect("a portal client");
        let guide = Guide::new(disk.keys(), client, journal, self.clock.clone(), settings(true, anchors));
        // What the portal tells of the key's use is held against the log.
        match guide.watch().await {
            Ok(watched) => {
                wrong.unless(watched.failures.is_empty(), || format!("the watch: {:?}", watched.failures));
                wrong.unless(watched.unpreserved.is_none(), || format!("it does not last: {:?}", watched.unpreserved));
            }
            Err(error) => wrong.note(format!("the watch: {error:?}")),
        }
        let journal = guide.journal();
        let journeys = journal.journeys().await.expect("the journeys");
        wrong.unless(journeys.len() == self.declarations, || format!("there are {} journeys", journeys.len()));
        let (outgoing, announced) = (journal.outgoing().await, journal.announced_keys().await);
        wrong.unless(outgoing.expect("the outbox").is_none(), || "a declaration waits".into());
        wrong.unless(announced.expect("the keys").is_empty(), || "a key is left over".into());
        for recorded in &journeys {
            let Journey { id, step, .. } = &recorded.journey;
            let Some(entry) = step.declaration() else {
                wrong.note(format!("a journey has no declaration: {step:?}"));
                continue;
            };
            let kept = Kept {
                declaration: journal.document(*id, DocumentKind::Declaration).await.expect("the journal"),
                receipt: journal.document(*id, DocumentKind::Receipt).await.expect("the journal"),
                lasting: journal.preservation(entry.id).await.expect("the journal"),
            };
            self.judge(entry, kept, &at_portal, &mut wrong);
        }
        let Some(Journey { id, step: Step::Active(active), .. }) = journal.current().await.expect("the journal") else {
            wrong.note("the journey is not active".into());
            return wrong.0;
        };
        wrong.unless(!active.asks_for_new_declaration(), || "a declaration is still asked for".into());
        let mut log = journal.use_log(1000).await.expect("the log");
        let head = disk.keys().log_head(active.issued.key.id).await.expect("the keys");
        if let Some(head) = &head {
            log = log.against(head);
        }
        wrong.unless(head.is_some() && log.state == UseLogState::Intact, || format!("the use log: {:?}", log.state));
        let activities = journal.activities(id, 100).await.expect("the acts");
        let suspicious = activities.iter().any(|judged| judged.judgement == lifecycle::Judgement::Suspicious);
        let told = activities.iter().any(|judged| judged.activity.document == Some(active.declaration.id));
        wrong.unless(told && !suspicious, || format!("what the portal told of the key's use: {activities:?}"));
        journal.close().await;
        wrong.0
    }

    /// Whether one declaration is here and at the portal as it must be.
    fn judge(&self, entry: &DeclarationEntry, kept: Kept, at_portal: &[DeclarationAtPortal], wrong: &mut Wrong) {
        wrong.unless(entry.accepted_at.is_some() && !entry.elsewhere, || "there is no receipt of its own".into());
        let Kept { declaration: Some(declaration), receipt: Some(receipt), lasting } = kept else {
            return wrong.note("a document is missing".into());
        };
        let sha256: [u8; 32] = digest(&SHA256, &declaration).as_ref().try_into().expect("32 bytes");
        let hexadecimal: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        wrong.unless(hexadecimal == entry.sha256, || "another declaration is kept than the journey's own".into());
        match at_portal.iter().find(|row| row.id == entry.id.to_string()) {
            Some(row) => {
                wrong.unless(row.document == declaration, || "the portal has other bytes".into());
                wrong.unless(row.receipt == receipt, || "the portal gave another receipt".into());
            }
            None => wrong.note("the portal has another declaration".into()),
        }
        let (anchors, now) = ([self.trust_anchor()], self.clock.shows());
        let seal = pki::Profile::PracticeSeal;
        let verified = declaration::receipt::verify(&receipt, &anchors, seal, now, entry.id, &sha256);
        wrong.unless(verified.is_ok(), || format!("the receipt does not hold: {:?}", verified.err()));
        match lasting {
            Some(kept) if kept.level == PreservationLevel::LongTerm => {
                let report = declaration::verify(&kept.pdf, &anchors, pki::Profile::PracticeEmployee, now);
                let lasts = report.level == Some(declaration::Level::BaselineLt);
                wrong.unless(lasts, || format!("it does not last: {:?}", report.findings));
                // A time-stamp that came later stands in the signature itself.
                let untouched = entry.time_stamped_at.is_none() || kept.pdf.starts_with(&declaration);
                wrong.unless(untouched, || "what lasts is not what was delivered".into());
            }
            kept => wrong.note(format!("it does not last: {:?}", kept.map(|kept| kept.level))),
        }
    }

    /// The declarations in the portal's database.
    pub async fn declarations(&self) -> Vec<DeclarationAtPortal> {
        let database = self.disks.path().join("portal").join("portal.sqlite");
        let mut connection =
            SqliteConnectOptions::new().filename(database).connect().await.expect("the portal's database");
        let rows: Vec<(String, Vec<u8>, Vec<u8>)> = sqlx::query_as("SELECT id, document, receipt FROM declaration")
            .fetch_all(&mut connection)
            .await
            .expect("the declarations");
        rows.into_iter().map(|(id, document, receipt)| DeclarationAtPortal { id, document, receipt }).collect()
    }
}

/// What is kept here of a declaration.
struct Kept {
    declaration: Option<Vec<u8>>,
    receipt: Option<Vec<u8>>,
    lasting: Option<Preservation>,
}

/// What is not as it must be.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn note(&mut self, what: String) {
        self.0.push(what);
    }

    fn unless(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.note(what());
        }
    }
}

/// A declaration in the portal's database.
pub struct DeclarationAtPortal {
    /// Its id.
    pub id: String,
    /// The signed PDF.
    pub document: Vec<u8>,
    /// The receipt.
    pub receipt: Vec<u8>,
}

/// Does what an employee does next, whatever step the journey is in: signs, delivers, or nothing.
///
/// # Errors
/// As the use case fails.
pub async fn go_on<K: KeyStore, P: Portal, J: Journal, C: Clock>(
    guide: &Guide<K, P, J, C>,
) -> Result<Journey, JourneyError> {
    let journey = guide.current().await?.ok_or(JourneyError::WrongStep)?;
    match &journey.step {
        Step::Reviewed(_) => declare(guide).await,
        Step::Active(active) if active.asks_for_new_declaration() => declare(guide).await,
        Step::Signed(_) => guide.deliver(&password(), &|_| {}).await,
        Step::Active(_) => Ok(journey),
        Step::Invited(_)
        | Step::KeyMade(_)
        | Step::Issued(_)
        | Step::Suspended(_)
        | Step::Stopped(_)
        | Step::Revoked(_) => Err(JourneyError::WrongStep),
    }
}

/// The same, and what the program then does by itself: the declaration comes to last.
///
/// # Errors
/// As the use cases fail.
pub async fn go_on_until_it_lasts<K: KeyStore, P: Portal, J: Journal, C: Clock>(
    guide: &Guide<K, P, J, C>,
) -> Result<Journey, JourneyError> {
    let journey = go_on(guide).await?;
    guide.preserve().await?;
    Ok(journey)
}

async fn declare<K: KeyStore, P: Portal, J: Journal, C: Clock>(
    guide: &Guide<K, P, J, C>,
) -> Result<Journey, JourneyError> {
    let binding = guide.terms().await?.swap_remove(0);
    let consents = binding.terms().consents().map(|clause| clause.id.clone()).collect();
    let accepted = AcceptedTerms { sha256: binding.sha256_hex(), consents };
    guide.sign(&accepted, &password(), &|_| {}).await
}

/// A folder in memory where there is such a place: what is flushed to the disk there is flushed at once.
///
/// # Panics
/// Where none can be made.
#[must_use]
pub fn quick_folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    made.expect("a folder")
}

/// What the names of the files of terms in the portal's folder begin with.
const TERMS: &str = "terms-";

/// Starts a portal on the folder `data`, with the terms in force whose files are there.
async fn start_portal(data: &Path, clock: FollowingClock) -> RunningPortal {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let files = fs::read_dir(data).into_iter().flatten().map(|entry| entry.expect("an entry").path());
    let is_terms = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(TERMS));
    let settings = portal::Settings {
        listen: anywhere,
        status_listen: anywhere,
        data: data.to_owned(),
        database: None,
        practice: true,
        suspension: true,
        employee_validity: None::<TimeDelta>,
        terms: files.filter(is_terms).collect(),
        clock: Arc::new(clock),
    };
    PortalServer::start(settings).await.expect("the portal starts")
}

async fn invite(data: &Path, clock: &FollowingClock) -> (ReferenceNumber, OneTimeCode) {
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
    let invited = portal::invite(data, None, clock, &order).await.expect("an invitation");
    (
        ReferenceNumber::parse(&invited.reference).expect("a reference number"),
        OneTimeCode::parse(&invited.code).expect("a code"),
    )
}

fn trust_anchor(portal: &RunningPortal) -> TrustAnchor {
    let pem = fs::read(&portal.ready.trust_anchor).expect("the trust anchor's file");
    TrustAnchor::from_pem(&pem).expect("the trust anchor")
}

/// Copies a folder with everything in it, but for what only a running program has.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}
