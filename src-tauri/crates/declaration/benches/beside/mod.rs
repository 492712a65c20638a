//! Answers another program line by line: `TASK REPETITIONS` on standard input, a list of nanoseconds in JSON on standard
//! output, so that both are measured in turns and meet the same machine.

#![allow(clippy::print_stdout, reason = "the result of a program for the command line")]

use crate::authority::AUTHORITY;
use crate::scene::{Scene, Task, moment};
use std::hint::black_box;
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

/// Writes keys, certificates and documents into `folder`, says so in one line of JSON, and measures what it is asked to
/// until standard input ends.
pub fn answer(folder: &Path) {
    let scene = Scene::new();
    write(folder, &scene);
    println!(r#"{{"employees":{},"moment":"{}"}}"#, scene.employees.len(), moment());
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let (task, repetitions) = line.rsplit_once(' ').expect("a task and a number");
        let task = Task::ALL.into_iter().find(|known| known.name() == task).expect("a task that is known");
        let times = (0..repetitions.parse().expect("a number")).map(|_| once(&scene, task).to_string());
        println!("[{}]", times.collect::<Vec<_>>().join(","));
    }
}

fn once(scene: &Scene, task: Task) -> u128 {
    let work = scene.next(task);
    let began = Instant::now();
    let outcome = black_box(work.run());
    let time = began.elapsed().as_nanos();
    drop(outcome);
    time
}

fn write(folder: &Path, scene: &Scene) {
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).expect("a folder to write to");
    write("root.pem", AUTHORITY.root.certificate.to_pem().as_bytes());
    write("issuing.pem", AUTHORITY.issuing.certificate.to_pem().as_bytes());
    for (place, employee) in scene.employees.iter().enumerate() {
        let holder = &employee.holder;
        write(&format!("{place}.key"), holder.key.to_pem().as_bytes());
        write(&format!("{place}.pem"), holder.certificate().to_pem().as_bytes());
        write(&format!("{place}.prepared.pdf"), &employee.prepared);
        write(&format!("{place}.b-b.pdf"), &employee.baseline_b);
        write(&format!("{place}.b-lt.pdf"), &employee.baseline_lt);
    }
}
