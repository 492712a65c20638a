//! The program is killed (SIGKILL) before and after every call of a port, and a new one goes on.

use crate::play_all;
use certifikatguide_tests::faults::process::{self, Death, Fate};
use certifikatguide_tests::faults::scene::Scene;
use chrono::TimeDelta;
use std::sync::Arc;

/// The program that the other tests start.
pub(crate) const PROGRAM: &str = "crash::the_program_that_is_started";

/// Not a test by itself: what the program does.
#[test]
fn the_program_that_is_started() {
    process::play();
}

async fn play(scene: Arc<Scene>, death: Death) -> Vec<String> {
    let stage = scene.stage().await;
    let dead = process::start(&stage, PROGRAM, Fate::Dies(death)).await.expect("it runs");
    let mut wrong = Vec::new();
    if !dead.was_killed() {
        wrong.push(format!("it was not killed: {}\n{}", dead.status, dead.said));
    }
    let next = process::start(&stage, PROGRAM, Fate::Undisturbed).await.expect("it runs");
    if !next.status.success() {
        wrong.push(format!("the next one does not go on: {}", next.said));
    }
    wrong.extend(stage.what_is_wrong().await);
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_is_killed_at_any_call_of_a_port_goes_on_to_one_declaration_and_one_receipt() {
    let scene = Arc::new(Scene::reviewed().await);
    let stage = scene.stage().await;
    let undisturbed = process::start(&stage, PROGRAM, Fate::Undisturbed).await.expect("it runs");
    assert!(undisturbed.status.success(), "{}", undisturbed.said);
    assert_eq!(stage.what_is_wrong().await, [""; 0]);

    let calls = undisturbed.calls.len();
    let called = |call: &str| undisturbed.calls.iter().filter(|made| *made == call).count();
    assert!(called("journal.record") >= 2 && called("key-store.unlock") == 1, "{:?}", undisturbed.calls);
    assert_eq!(called("portal.submit_declaration"), 1, "{:?}", undisturbed.calls);
    assert_eq!(called("journal.keep_preservation"), 1, "{:?}", undisturbed.calls);
    let deaths: Vec<Death> = (1..=calls).flat_map(|call| [Death::Before(call), Death::After(call)]).collect();
    let number = deaths.len();
    assert_eq!(number, 2 * calls);
    println!("crash matrix: {number} cases, before and after each of {calls} calls of a port");
    play_all(deaths, 3, |death| play(Arc::clone(&scene), death)).await;
}

/// What is kept here, or sent. A program that dies at any other call leaves what one of these left.
const ACTS: [&str; 6] = [
    "journal.record",
    "journal.record_key_uses",
    "journal.keep_status_answer",
    "journal.keep_preservation",
    "key-store.store_log_head",
    "portal.submit_declaration",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_is_killed_while_new_terms_are_declared_goes_on_to_one_declaration_and_receipt_of_each() {
    let scene = Arc::new(Scene::reviewed().await.asked_to_declare_again().await);
    let stage = scene.stage().await;
    let undisturbed = process::start(&stage, PROGRAM, Fate::Undisturbed).await.expect("it runs");
    assert!(undisturbed.status.success(), "{}", undisturbed.said);
    assert_eq!(stage.what_is_wrong().await, [""; 0]);

    let acts = undisturbed.calls.iter().zip(1..).filter(|(call, _)| ACTS.contains(&call.as_str()));
    let deaths: Vec<Death> = acts.flat_map(|(_, call)| [Death::Before(call), Death::After(call)]).collect();
    let called = |call: &str| undisturbed.calls.iter().filter(|made| *made == call).count();
    // From active to signed, and from there to active again.
    assert!(called("journal.record") >= 2 && called("portal.submit_declaration") == 1, "{:?}", undisturbed.calls);
    println!("crash matrix, new terms: {} cases, before and after each act of a declaration", deaths.len());
    play_all(deaths, 3, |death| play(Arc::clone(&scene), death)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submission_whose_answer_nobody_lived_to_hear_is_not_taken_for_somebody_elses_a_day_later() {
    let scene = Scene::reviewed().await;
    let stage = scene.stage().await;
    let undisturbed = process::start(&stage, PROGRAM, Fate::Undisturbed).await.expect("it runs");
    assert!(undisturbed.status.success(), "{}", undisturbed.said);
    let submission =
        undisturbed.calls.iter().position(|call| call == "portal.submit_declaration").expect("a submission");

    let stage = scene.stage().await;
    let died = Fate::Dies(Death::After(submission + 1));
    assert!(process::start(&stage, PROGRAM, died).await.expect("it runs").was_killed());
    assert_eq!(stage.declarations().await.len(), 1, "the portal has it");
    stage.clock().forward(TimeDelta::days(1));
    let next = process::start(&stage, PROGRAM, Fate::Undisturbed).await.expect("it runs");
    assert!(next.status.success(), "{}", next.said);
    assert_eq!(stage.what_is_wrong().await, [""; 0]);
}
