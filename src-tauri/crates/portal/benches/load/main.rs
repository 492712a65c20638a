//! How much a portal carries: declarations, status, growth, memory. The program `portal` runs as a process of its own, with
//! the disk's fsync and without limits; its clients run beside it on the same processors.
//!
//! `cargo bench -p portal --bench load -- FOLDER [WHAT…]`, where WHAT is `declarations`, `status`, `growth` or `memory`
//! (all of them where none is named), writes the rows of `tests/bench/table.py` into FOLDER. The sizes are those of the
//! environment: `BENCH_DECLARATIONS`, `BENCH_CERTIFICATES`, `BENCH_MINUTES`.
#![allow(clippy::print_stderr, reason = "progress is said to whoever waits")]

mod declarations;
mod growth;
mod memory;
mod people;
mod process;
mod rows;
mod status;

// Made for the tests, which use more of them.
#[allow(dead_code, reason = "the benchmarks use a part of it")]
#[path = "../../tests/support/mod.rs"]
mod support;

use std::path::PathBuf;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let folder = PathBuf::from(arguments.next().ok_or("which folder the figures are to be written to")?);
    let wanted: Vec<String> = arguments.collect();
    std::fs::create_dir_all(&folder)?;
    for what in ["declarations", "status", "growth", "memory"] {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == what) {
            continue;
        }
        eprintln!("{what} …");
        let rows = match what {
            "declarations" => declarations::measure(from_environment("BENCH_DECLARATIONS", 400)?).await?,
            "status" => status::measure().await?,
            "growth" => growth::measure(from_environment("BENCH_CERTIFICATES", 1_000_000)?).await?,
            _ => memory::measure(from_environment("BENCH_MINUTES", 10)?).await?,
        };
        std::fs::write(folder.join(format!("portal-{what}.json")), serde_json::to_vec_pretty(&rows)?)?;
    }
    Ok(())
}

fn from_environment(name: &str, default: u32) -> Result<u32, Failure> {
    match std::env::var(name) {
        Ok(value) => Ok(value.parse().map_err(|_| format!("{name} is a whole number"))?),
        Err(_) => Ok(default),
    }
}
