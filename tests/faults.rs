//! Whatever goes wrong between the password and the receipt: at the end there is exactly one declaration at the portal and
//! one receipt here that holds.
#![cfg(unix)]
#![allow(clippy::print_stdout, reason = "the number of cases is printed")]

#[path = "faults/crash.rs"]
mod crash;
#[path = "faults/damage.rs"]
mod damage;
#[path = "faults/disk.rs"]
mod disk;
#[path = "faults/network.rs"]
mod network;

use std::future::Future;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, LocalSet};

/// Plays all cases, so many at a time, and says what went wrong in which. All on this thread: the programs that are started
/// and the portals have their own, and the compiler does not see that futures of so many readings can move to another.
async fn play_all<C, F>(cases: Vec<C>, at_once: usize, play: impl Fn(C) -> F)
where
    C: std::fmt::Debug + Clone + 'static,
    F: Future<Output = Vec<String>> + 'static,
{
    let turns = Arc::new(Semaphore::new(at_once));
    let here = LocalSet::new();
    let wrong = here.run_until(async {
        let mut playing = JoinSet::new();
        for case in cases {
            let (turns, played) = (Arc::clone(&turns), play(case.clone()));
            playing.spawn_local(async move {
                let _turn = turns.acquire().await.expect("nobody closes it");
                (case, played.await)
            });
        }
        let mut wrong = Vec::new();
        while let Some(played) = playing.join_next().await {
            let (case, found) = played.expect("a case was played");
            wrong.extend(found.into_iter().map(|what| format!("{case:?}: {what}")));
        }
        wrong
    });
    let wrong = wrong.await;
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}
