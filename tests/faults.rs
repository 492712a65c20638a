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
use std::sync::Mutex;
use tokio::runtime::Handle;

/// Plays all cases, so many at a time, each from beginning to end on one thread, and says what went wrong in which.
async fn play_all<C, F>(cases: Vec<C>, at_once: usize, play: impl Fn(C) -> F + Sync)
where
    C: std::fmt::Debug + Clone + Send,
    F: Future<Output = Vec<String>>,
{
    let (runtime, waiting, wrong) = (Handle::current(), Mutex::new(cases.into_iter()), Mutex::new(Vec::new()));
    let next = || waiting.lock().expect("nobody panics with it").next();
    let player = || {
        while let Some(case) = next() {
            let found = runtime.block_on(play(case.clone()));
            let found = found.into_iter().map(|what| format!("{case:?}: {what}"));
            wrong.lock().expect("nobody panics with it").extend(found);
        }
    };
    tokio::task::block_in_place(|| {
        std::thread::scope(|threads| {
            for _ in 0..at_once {
                threads.spawn(player);
            }
        });
    });
    let wrong = wrong.into_inner().expect("nobody panics with it");
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}
