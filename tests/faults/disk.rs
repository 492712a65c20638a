//! The disk is full from one write on: the employee is told so, nothing is lost or half done, and with room again it goes
//! on.

use crate::crash::PROGRAM;
use crate::play_all;
use certifikatguide_tests::faults::full_disk::{FullDisk, Limit};
use certifikatguide_tests::faults::process::{self, Fate};
use certifikatguide_tests::faults::scene::Scene;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the journal writes into.
const WRITES: [&str; 4] =
    ["journal.record", "journal.record_key_uses", "journal.keep_status_answer", "journal.keep_preservation"];

/// Room for nothing, and for a part of a change.
const ROOMS: [u64; 2] = [0, 49_152];

async fn full_at_any_write(limit: Limit) {
    let scene = Arc::new(Scene::reviewed().await);
    let stage = scene.stage().await;
    let undisturbed = process::start(&stage, PROGRAM, Fate::Undisturbed).await.expect("it runs");
    assert!(undisturbed.status.success(), "{}", undisturbed.said);
    let is_made = |write: &&str| undisturbed.calls.iter().any(|call| call == write);
    assert!(WRITES.iter().all(is_made), "{:?}", undisturbed.calls);
    let writes = undisturbed.calls.iter().zip(1..).filter(|(call, _)| WRITES.contains(&call.as_str()));
    let cases: Vec<FullDisk> = writes.flat_map(|(_, call)| ROOMS.map(|room| FullDisk { limit, call, room })).collect();
    let number = cases.len();

    let in_the_way = Arc::new(AtomicUsize::new(0));
    play_all(cases, 3, |full| {
        let (scene, in_the_way) = (Arc::clone(&scene), Arc::clone(&in_the_way));
        async move {
            let stage = scene.stage().await;
            let ended = process::start(&stage, PROGRAM, Fate::Full(full)).await.expect("it runs");
            if !ended.status.success() {
                return vec![ended.said];
            }
            if ended.failures.is_some_and(|failures| failures > 0) {
                in_the_way.fetch_add(1, Ordering::SeqCst);
            }
            full.take_over(&stage.disk()).expect("what was on the small disk");
            stage.what_is_wrong().await
        }
    })
    .await;
    let in_the_way = in_the_way.load(Ordering::SeqCst);
    println!("full disk ({limit:?}): {number} cases, in {in_the_way} of which it was in the way");
    assert!(in_the_way >= number / 3, "the disk was full in {in_the_way} cases of {number} only");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_grow_no_more_at_any_write_lose_nothing_and_with_room_again_it_goes_on() {
    full_at_any_write(Limit::FileSize).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_disk_that_is_full_at_any_write_loses_nothing_and_with_room_again_it_goes_on() {
    if !FullDisk::file_systems_can_be_mounted() {
        println!("skipped: this system lets nobody mount a small file system (unshare and mount)");
        return;
    }
    full_at_any_write(Limit::FileSystem).await;
}
