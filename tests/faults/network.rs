//! The line between computer and portal breaks, at every TLS record of every request.

use crate::play_all;
use certifikatguide_tests::doubles::StandingClock;
use certifikatguide_tests::faults::file_key_store::FileKeyStore;
use certifikatguide_tests::faults::line::{Direction, Line, Plan, Trouble};
use certifikatguide_tests::faults::scene::{Scene, Stage, go_on};
use certifikatguide_tests::workplace::settings;
use lifecycle::ports::Portal;
use lifecycle::{Guide, JourneyError, ProblemCode, Step};
use local_store::SqliteJournal;
use portal_client::{Patience, PortalClient};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How often an employee tries again at most.
const TRIES: usize = 6;

/// The connection that carries what needs no certificate, and that of the submission.
const FIRST: usize = 1;
const SUBMISSION: usize = 2;

/// The line is cut off or reset.
static BREAKS: [Trouble; 2] = [Trouble::Cut, Trouble::Reset];

/// The other troubles.
const OTHERS: [Trouble; 7] = [
    Trouble::Silent,
    Trouble::Late,
    Trouble::ResetBehind,
    Trouble::CutInside,
    Trouble::Doubled,
    Trouble::Reordered,
    Trouble::Trickled,
];

/// How long the computer waits where nothing comes.
const SHORT: Patience = Patience { connection: Duration::from_secs(4), request: Duration::from_secs(4) };

type LineGuide<P> = Guide<FileKeyStore, P, SqliteJournal, StandingClock>;

fn client(stage: &Stage, address: &str, patience: Patience) -> PortalClient {
    PortalClient::with_patience(address, &[stage.trust_anchor()], patience).expect("a portal client")
}

/// The program on the stage's computer; what it keeps in memory is new.
async fn guide<P: Portal>(stage: &Stage, portal: P) -> LineGuide<P> {
    let journal = SqliteJournal::open(&stage.disk().journal()).await.expect("the journal opens");
    let settings = settings(true, vec![stage.trust_anchor()]);
    Guide::new(stage.disk().keys(), portal, journal, stage.clock().clone(), settings)
}

/// What the employee is told where the line is to blame.
fn blames_the_line(error: &JourneyError) -> bool {
    matches!(error.problem(), ProblemCode::PortalUnreachable | ProblemCode::StatusUntold)
}

/// Tries again until the receipt is here.
async fn persist<P: Portal>(guide: &LineGuide<P>) -> Result<usize, String> {
    for tries in 1..=TRIES {
        match go_on(guide).await {
            Ok(journey) if matches!(journey.step, Step::Active(_)) => return Ok(tries),
            Ok(journey) => return Err(format!("it went on to {:?}", journey.step)),
            Err(error) if blames_the_line(&error) => {}
            Err(error) => return Err(format!("the employee is told {:?}: {error:?}", error.problem())),
        }
    }
    Err(format!("no receipt after {TRIES} tries"))
}

/// Plays one case; counts it where its trouble came.
async fn play(scene: Arc<Scene>, plan: Plan, struck: Arc<AtomicUsize>) -> Vec<String> {
    let stage = scene.stage().await;
    let line = Line::to(stage.address(), Some(plan)).await.expect("a line");
    let mut persisted = Ok(0);
    if plan.trouble.is_waited_out() {
        let impatient = guide(&stage, client(&stage, line.address(), SHORT)).await;
        persisted = match go_on(&impatient).await {
            Err(error) if !blames_the_line(&error) => Err(format!("the employee is told {:?}", error.problem())),
            Ok(_) | Err(_) => Ok(1),
        };
        impatient.journal().close().await;
    }
    let guide = guide(&stage, client(&stage, line.address(), Patience::default())).await;
    if persisted.is_ok() {
        persisted = persist(&guide).await;
    }
    if line.has_struck() {
        struck.fetch_add(1, Ordering::SeqCst);
        if plan.trouble == Trouble::Late && plan.direction == Direction::ToPortal {
            line.late_is_answered().await;
        }
    }
    guide.journal().close().await;
    let mut wrong = stage.what_is_wrong().await;
    wrong.extend(persisted.err());
    wrong
}

/// How many records go each way over one connection until the receipt is here, where nothing is in the way.
async fn undisturbed(scene: &Scene, connection: usize) -> [(Direction, usize); 2] {
    let stage = scene.stage().await;
    let line = Line::to(stage.address(), None).await.expect("a line");
    let guide = guide(&stage, client(&stage, line.address(), Patience::default())).await;
    assert_eq!(persist(&guide).await, Ok(1));
    guide.journal().close().await;
    assert_eq!(stage.what_is_wrong().await, [""; 0]);
    [Direction::ToPortal, Direction::ToComputer].map(|way| (way, line.records_of(connection, way)))
}

/// Plays trouble at every record of one connection: it breaks off at each, and of the other troubles the next one comes.
async fn trouble_at_every_record(scene: Scene, connection: usize, breaks: impl Fn(usize) -> &'static [Trouble]) {
    let scene = Arc::new(scene);
    let records = undisturbed(&scene, connection).await;
    let troubles = |record: usize| breaks(record).iter().copied().chain([OTHERS[record % OTHERS.len()]]);
    let mut plans = Vec::new();
    for (direction, records) in records {
        for record in 1..=records {
            let at = |trouble| Plan { direction, record, connection, trouble };
            plans.extend(troubles(record).map(at));
        }
    }
    let number = plans.len();
    assert!(records.iter().all(|(_, records)| *records >= 5), "{records:?}");
    let struck = Arc::new(AtomicUsize::new(0));
    play_all(plans, 6, |plan| play(Arc::clone(&scene), plan, Arc::clone(&struck))).await;
    let struck = struck.load(Ordering::SeqCst);
    println!(
        "network matrix: {number} cases at the records of connection {connection}: {records:?}; the trouble came in {struck}"
    );
    // How what is said last falls into records is not the same each time.
    assert!(struck * 10 >= number * 8, "the trouble came in {struck} cases of {number} only");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_breaks_before_the_declaration_is_sent_leads_to_one_declaration_and_one_receipt() {
    trouble_at_every_record(Scene::reviewed().await, FIRST, |record| &BREAKS[record % BREAKS.len()..][..1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_breaks_while_the_declaration_is_sent_or_answered_leads_to_one_declaration_and_one_receipt() {
    trouble_at_every_record(Scene::reviewed().await.signed().await, SUBMISSION, |_| &BREAKS[..]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_programs_that_deliver_at_once_the_later_one_finds_it_done_however_their_requests_arrive() {
    let scene = Scene::reviewed().await.signed().await;
    let [(to_portal, _), (to_computer, records)] = undisturbed(&scene, SUBMISSION).await;
    // Before it is sent, and when the portal has answered it but for the end of the receipt.
    for (direction, record) in [(to_portal, 1), (to_computer, records - 1)] {
        let stage = scene.stage().await;
        let plan = Plan { direction, record, connection: SUBMISSION, trouble: Trouble::Held };
        let line = Line::to(stage.address(), Some(plan)).await.expect("a line");
        let window = Arc::new(guide(&stage, client(&stage, line.address(), Patience::default())).await);
        let command_line = guide(&stage, client(&stage, stage.address(), Patience::default())).await;
        let delivering = tokio::spawn({
            let window = Arc::clone(&window);
            async move { go_on(&window).await.map(drop).map_err(|error| error.problem()) }
        });
        line.strikes().await;
        assert!(line.has_struck(), "the window's submission is under way");
        assert_eq!(persist(&command_line).await, Ok(1), "the command line overtakes it");
        line.let_go();
        let overtaken = delivering.await.expect("it comes back");
        assert_eq!(overtaken, Err(ProblemCode::WrongStep), "{direction:?}");
        for journal in [window.journal(), command_line.journal()] {
            journal.close().await;
        }
        assert_eq!(stage.what_is_wrong().await, [""; 0], "{direction:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declaration_that_is_submitted_many_times_at_once_is_one_with_one_receipt() {
    let scene = Scene::reviewed().await.signed().await;
    let stage = scene.stage().await;
    let programs = 4;
    let mut delivering = tokio::task::JoinSet::new();
    for _ in 0..programs {
        let program = guide(&stage, client(&stage, stage.address(), Patience::default())).await;
        delivering.spawn(async move {
            let outcome = go_on(&program).await.map(drop).map_err(|error| error.problem());
            program.journal().close().await;
            outcome
        });
    }
    let outcomes = delivering.join_all().await;
    let delivered = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(delivered >= 1, "{outcomes:?}");
    // Where one was overtaken before it began, there was nothing left to do; that is no failure either.
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(ProblemCode::WrongStep))), "{outcomes:?}");
    assert_eq!(stage.what_is_wrong().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bytes_of_a_submission_sent_again_by_somebody_else_are_refused() {
    let scene = Scene::reviewed().await;
    let stage = scene.stage().await;
    let line = Line::to(stage.address(), None).await.expect("a line");
    let guide = guide(&stage, client(&stage, line.address(), Patience::default())).await;
    assert_eq!(persist(&guide).await, Ok(1));
    let watched = guide.watch().await.expect("the journal");
    assert_eq!(watched.suspicious, 0);
    let sent = line.sent();
    assert!(sent.len() >= 2, "each connection was listened to");
    for bytes in &sent {
        let answer = replayed(&stage, bytes).await;
        // A server's first flight, then an alert, and never an answer of HTTP: the keys are other ones each time.
        let kinds = record_kinds(&answer);
        assert!(kinds.len() <= 12, "{kinds:?}");
        assert!(!answer.windows(5).any(|window| window == b"HTTP/"), "nothing is answered in the clear");
    }
    let watched = guide.watch().await.expect("the journal");
    assert_eq!(watched.suspicious, 0, "the portal has seen no act: {:?}", guide.activities().await);
    guide.journal().close().await;
    assert_eq!(stage.what_is_wrong().await, [""; 0]);
}

async fn replayed(stage: &Stage, bytes: &[u8]) -> Vec<u8> {
    let address = stage.address().trim_start_matches("https://");
    let mut stream = TcpStream::connect(address).await.expect("the portal listens");
    // The portal may close before it has read all of it.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

/// The content types of the records ([RFC 8446 §5.1]).
fn record_kinds(mut bytes: &[u8]) -> Vec<u8> {
    let mut kinds = Vec::new();
    while let [kind, _, _, high, low, rest @ ..] = bytes {
        kinds.push(*kind);
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        bytes = rest.get(length..).unwrap_or_default();
    }
    kinds
}
