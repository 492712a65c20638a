//! How long a declaration takes: to render, to sign, to verify; with RSA 3072 keys.
//!
//! `cargo bench -p declaration` measures with criterion. With `beside FOLDER` as arguments the same tasks are measured on
//! demand, for `tests/bench/beside_pyhanko.py`, which sets the figures beside those of pyHanko.

mod beside;
mod scene;

// Made for the tests, which use more of them.
#[allow(dead_code, reason = "the benchmarks use a part of it")]
#[path = "../tests/declaration/authority.rs"]
mod authority;
#[allow(dead_code, reason = "the benchmarks use a part of it")]
#[path = "../tests/declaration/statuses.rs"]
mod statuses;

use criterion::{BatchSize, Criterion};
use scene::{Scene, Task};
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["beside", folder] => beside::answer(Path::new(folder)),
        _ => {
            let mut criterion = Criterion::default()
                .warm_up_time(Duration::from_secs(1))
                .measurement_time(Duration::from_secs(3))
                .configure_from_args();
            measure(&mut criterion);
            criterion.final_summary();
        }
    }
}

fn measure(criterion: &mut Criterion) {
    let scene = Scene::new();
    let mut group = criterion.benchmark_group("declaration");
    for task in Task::ALL {
        group.bench_function(task.name(), |bencher| {
            bencher.iter_batched(|| scene.next(task), |work| black_box(work.run()), BatchSize::PerIteration);
        });
    }
    group.finish();
}
