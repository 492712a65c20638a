//! The program that dies: the real adapters put together as the app does it, in a process of its own that kills itself at a
//! call of a port.

#![allow(clippy::print_stdout, reason = "the program says what it does to whoever started it")]

use super::full_disk::{Filler, FullDisk};
use super::observed::{Observed, Observer};
use super::scene::{Disk, Stage, go_on_until_it_lasts};
use crate::doubles::StandingClock;
use crate::workplace::settings;
use chrono::{DateTime, Utc};
use lifecycle::ports::Journal;
use lifecycle::{DocumentKind, Guide, JourneyError, ProblemCode, Step};
use local_store::SqliteJournal;
use pki::TrustAnchor;
use portal_client::PortalClient;
use rustix::process::{Signal, getpid, kill_process};
use std::env;
use std::fs;
use std::io::{self, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const DISK: &str = "CERTIFIKATGUIDE_FAULTS_DISK";
const PORTAL: &str = "CERTIFIKATGUIDE_FAULTS_PORTAL";
const TRUST_ANCHOR: &str = "CERTIFIKATGUIDE_FAULTS_TRUST_ANCHOR";
const NOW: &str = "CERTIFIKATGUIDE_FAULTS_NOW";
const DIES: &str = "CERTIFIKATGUIDE_FAULTS_DIES";
const FULL: &str = "CERTIFIKATGUIDE_FAULTS_FULL";

/// What the program's lines begin with.
const LINE: &str = "faults: ";
/// What it says of the disk, with how often it was in the way.
const FAILED: &str = "failed ";

/// When the program dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// Right before the call of this number.
    Before(usize),
    /// Right after it, before anybody has heard what came of it.
    After(usize),
}

impl Death {
    fn to_text(self) -> String {
        match self {
            Self::Before(call) => format!("before {call}"),
            Self::After(call) => format!("after {call}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (moment, call) = text.split_once(' ')?;
        let call = call.parse().ok()?;
        match moment {
            "before" => Some(Self::Before(call)),
            "after" => Some(Self::After(call)),
            _ => None,
        }
    }
}

/// What becomes of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Undisturbed,
    /// It dies.
    Dies(Death),
    /// Its disk is full.
    Full(FullDisk),
}

/// How a program ended.
pub struct Ended {
    /// Its status.
    pub status: ExitStatus,
    /// The calls that it made, as far as it lived to say so.
    pub calls: Vec<String>,
    /// How often a full disk was in its way, where it was to have one.
    pub failures: Option<usize>,
    /// What it said.
    pub said: String,
}

impl Ended {
    /// Whether it was killed.
    #[must_use]
    pub fn was_killed(&self) -> bool {
        self.status.signal() == Some(Signal::KILL.as_raw())
    }
}

/// Starts the program on the stage's computer and waits for its end. `entry` is the name of the test that calls
/// [`play`]: the program is the test program itself.
///
/// # Errors
/// Where it cannot be started.
pub async fn start(stage: &Stage, entry: &str, fate: Fate) -> io::Result<Ended> {
    let program = env::current_exe()?;
    let mut command = match fate {
        Fate::Undisturbed | Fate::Dies(_) => tokio::process::Command::new(program),
        Fate::Full(full) => full.launcher(&stage.disk(), &program),
    };
    command
        .args([entry, "--exact", "--nocapture", "--test-threads=1"])
        .env(DISK, stage.disk().folder())
        .env(PORTAL, stage.address())
        .env(TRUST_ANCHOR, stage.trust_anchor_file())
        .env(NOW, stage.clock().shows().to_rfc3339())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    match fate {
        Fate::Undisturbed => {}
        Fate::Dies(death) => drop(command.env(DIES, death.to_text())),
        Fate::Full(full) => drop(command.env(FULL, full.to_text())),
    }
    let output = command.output().await?;
    let said = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix(LINE)).collect();
    let failures = lines.iter().find_map(|line| line.strip_prefix(FAILED)?.parse().ok());
    let calls = lines.into_iter().map(str::to_owned).collect();
    let said = format!("{said}{}", String::from_utf8_lossy(&output.stderr));
    Ok(Ended { status: output.status, calls, failures, said })
}

/// What the program does, where this process is one that was started by [`start`]: goes on until the receipt is stored and the
/// declaration lasts.
/// Otherwise nothing.
///
/// # Panics
/// Where it does not come to the receipt.
pub fn play() {
    let Some(disk) = env::var_os(DISK) else { return };
    // The harness has begun a line.
    println!();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let part = Part {
            disk: Disk::at(&PathBuf::from(disk)),
            portal: env::var(PORTAL).expect("a portal"),
            trust_anchor: trust_anchor(Path::new(&env::var_os(TRUST_ANCHOR).expect("a trust anchor"))),
            now: env::var(NOW).expect("a time").parse().expect("a time"),
        };
        match (env::var(DIES), env::var(FULL)) {
            (Ok(text), _) => part.die(Death::parse(&text).expect("a death")).await,
            (_, Ok(text)) => part.fill(FullDisk::parse(&text).expect("a full disk")).await,
            _ => part.live().await,
        }
    });
}

/// What a program is given.
pub struct Part {
    /// Its disk.
    pub disk: Disk,
    /// The portal's address.
    pub portal: String,
    /// Its trust anchor.
    pub trust_anchor: TrustAnchor,
    /// What time it is.
    pub now: DateTime<Utc>,
}

/// The guide of real parts, each call of which is observed.
pub type ObservedGuide = Guide<
    Observed<super::file_key_store::FileKeyStore>,
    Observed<PortalClient>,
    Observed<SqliteJournal>,
    StandingClock,
>;

impl Part {
    async fn die(&self, death: Death) {
        let observer: Arc<dyn Observer> = Arc::new(Mortal { death: Some(death), calls: AtomicUsize::new(0) });
        let guide = self.guide(&observer).await.expect("the journal opens");
        let went_on = go_on_until_it_lasts(&guide).await;
        panic!("it should be dead: {went_on:?}");
    }

    async fn live(&self) {
        let observer: Arc<dyn Observer> = Arc::new(Mortal { death: None, calls: AtomicUsize::new(0) });
        let guide = self.guide(&observer).await.expect("the journal opens");
        let journey = go_on_until_it_lasts(&guide).await.expect("it goes on");
        assert!(matches!(journey.step, Step::Active(_)), "{:?}", journey.step);
        guide.journal().inner().close().await;
    }

    async fn fill(&self, full: FullDisk) {
        let filler = Arc::new(Filler::new(full, &self.disk));
        let observer: Arc<dyn Observer> = filler.clone();
        let guide = self.guide(&observer).await.expect("the journal opens");
        let mut failures = 0;
        // Twice on the full disk: what cannot be done now cannot be done at once again, and does no harm.
        for _ in 0..2 {
            match go_on_until_it_lasts(&guide).await {
                Ok(_) => break,
                Err(error) => {
                    failures += 1;
                    assert_eq!(error.problem(), ProblemCode::JournalUnavailable, "{error:?}");
                }
            }
        }
        filler.make_room();
        println!("{LINE}{FAILED}{failures}");
        expect_whole(guide.journal().inner()).await;
        let journey = go_on_until_it_lasts(&guide).await.expect("there is room again");
        assert!(matches!(journey.step, Step::Active(_)), "{:?}", journey.step);
        guide.journal().inner().close().await;
    }

    /// Puts the guide together.
    ///
    /// # Errors
    /// Where the journal does not open.
    pub async fn guide(&self, observer: &Arc<dyn Observer>) -> Result<ObservedGuide, JourneyError> {
        let anchors = vec![self.trust_anchor.clone()];
        let client = PortalClient::new(&self.portal, &anchors).expect("a portal client");
        let journal = SqliteJournal::open(&self.disk.journal()).await?;
        Ok(Guide::new(
            Observed::new(self.disk.keys(), observer),
            Observed::new(client, observer),
            Observed::new(journal, observer),
            StandingClock::at(self.now),
            settings(true, anchors),
        ))
    }
}

/// Whatever was in the way: the journal can be read, and nothing in it is half done.
async fn expect_whole(journal: &SqliteJournal) {
    let current = journal.current().await.expect("it can be read").expect("a journey");
    let outgoing = journal.outgoing().await.expect("it can be read");
    let declaration = journal.document(current.id, DocumentKind::Declaration).await.expect("it can be read");
    match &current.step {
        Step::Signed(state) => {
            let outgoing = outgoing.expect("what is signed waits");
            assert_eq!(outgoing.id, state.declaration.id);
            assert_eq!(declaration, Some(outgoing.pdf));
        }
        other => assert!(outgoing.is_none() && matches!(other, Step::Reviewed(_) | Step::Active(_)), "{other:?}"),
    }
}

/// Reads a trust anchor's file.
///
/// # Panics
/// Where there is none.
#[must_use]
pub fn trust_anchor(file: &Path) -> TrustAnchor {
    TrustAnchor::from_pem(&fs::read(file).expect("the trust anchor's file")).expect("a trust anchor")
}

/// Says each call, and kills the process at one.
struct Mortal {
    death: Option<Death>,
    calls: AtomicUsize,
}

impl Mortal {
    fn come_to(&self, moment: Death) {
        if self.death == Some(moment) {
            // SIGKILL: nothing is flushed, rolled back or said goodbye to.
            let _ = kill_process(getpid(), Signal::KILL);
            loop {
                std::thread::park();
            }
        }
    }
}

impl Observer for Mortal {
    fn before(&self, call: &'static str) -> usize {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let mut output = io::stdout().lock();
        writeln!(output, "{LINE}{call}").and_then(|()| output.flush()).expect("somebody listens");
        drop(output);
        self.come_to(Death::Before(number));
        number
    }

    fn after(&self, _call: &'static str, number: usize) {
        self.come_to(Death::After(number));
    }
}
