//! What keeps secrets from leaving the memory of the program that holds them.

use std::alloc::System;
use zeroize::Zeroize;
use zeroizing_alloc::ZeroAlloc;

/// How much of the stack an act with a secret may use: several times what the deepest of them takes unoptimised.
const DEEPEST: usize = 128 * 1024;

/// Memory of the system, wiped when it is given back. A program that reads passwords makes it its
/// `#[global_allocator]`: what parses, judges and carries a password copies it, and wipes nothing by itself.
pub type WipingAllocator = ZeroAlloc<System>;

/// The allocator for a program's `#[global_allocator]`.
#[must_use]
pub const fn wiping_allocator() -> WipingAllocator {
    ZeroAlloc(System)
}

/// Asks the system to show this program's memory to nobody: to no other program of the same person, and in no core
/// dump. To be called first of all. On other systems than Linux, only the size of core dumps is set, where there are any.
///
/// # Errors
/// Where the system refuses; the program works without.
pub fn protect_process() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        // What this program starts may raise it again: nothing of ours is in there.
        setrlimit(Resource::Core, Rlimit { current: Some(0), ..getrlimit(Resource::Core) })?;
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // A limit of zero does not keep a core from a program that takes cores from a pipe; this does (prctl(2)).
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    Ok(())
}

/// Does what needs a secret, and wipes the stack that it used: libraries leave passwords and keys there.
pub(crate) fn leaving_no_trace<T>(act: impl FnOnce() -> T) -> T {
    let value = deeper(act);
    wipe_stack();
    value
}

// Neither may become a part of its caller, whose frame is not wiped.
#[inline(never)]
fn deeper<T>(act: impl FnOnce() -> T) -> T {
    act()
}

#[inline(never)]
fn wipe_stack() {
    let mut used = [0_u8; DEEPEST];
    used.zeroize();
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs::{File, read_to_string};
    use std::hint::black_box;
    use std::os::unix::fs::FileExt;

    const MASK: u8 = 0x5a;

    /// What the words are, known to nobody who does not ask: so that no place of this test holds them.
    fn words() -> Vec<u8> {
        black_box(&[0x29, 0x33, 0x3f, 0x28, 0x33, 0x34, 0x3d, 0x77, 0x32, 0x30, 0x2f, 0x36, 0x77, 0x6e, 0x6d, 0x6b])
            .iter()
            .map(|byte: &u8| byte ^ MASK)
            .collect()
    }

    /// How often the words are on the stack that holds `here`.
    fn on_this_stack(here: &u8) -> usize {
        let here = std::ptr::from_ref(here).addr() as u64;
        let maps = read_to_string("/proc/self/maps").expect("the mappings");
        let bounds = maps.lines().filter_map(|line| {
            let (from, to) = line.split_once(' ')?.0.split_once('-')?;
            Some((u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?))
        });
        let (from, to) = bounds.into_iter().find(|(from, to)| (*from..*to).contains(&here)).expect("a stack");
        let mut stack = vec![0; usize::try_from(to - from).expect("a size")];
        File::open("/proc/self/mem").and_then(|memory| memory.read_exact_at(&mut stack, from)).expect("read");
        let words = words();
        stack.windows(words.len()).filter(|window| *window == words.as_slice()).count()
    }

    #[inline(never)]
    fn leave_words() {
        let mut frame = [0_u8; 4096];
        for (place, word) in frame.iter_mut().zip(words().iter().cycle()) {
            *place = *word;
        }
        black_box(&frame);
    }

    #[test]
    fn what_an_act_leaves_on_the_stack_is_wiped() {
        // On a stack of its own, of a known size.
        let (left, wiped) = std::thread::Builder::new()
            .stack_size(1 << 20)
            .spawn(|| {
                let here = 0;
                deeper(leave_words);
                let left = on_this_stack(&here);
                leaving_no_trace(leave_words);
                (left, on_this_stack(&here))
            })
            .expect("a thread")
            .join()
            .expect("it ends");
        assert!(left > 0, "it leaves something");
        assert_eq!(wiped, 0);
    }
}
