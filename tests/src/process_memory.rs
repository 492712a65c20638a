//! Looks for secrets in the memory of another process (Linux).

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;

/// Shorter pieces of a secret occur by chance.
const SHORTEST: usize = 12;
/// Which part of a number is looked for: what is left of it in a register or half a buffer is found too.
const PIECE: usize = 24;
/// How much is read at a time.
const CHUNK: usize = 1 << 20;

/// Bytes that are not to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needle {
    name: String,
    bytes: Vec<u8>,
}

impl Needle {
    /// A text: its beginning and its end, as they are and as the two keys of HMAC hold them (RFC 2104).
    #[must_use]
    pub fn text(name: &str, text: &str) -> Vec<Self> {
        let bytes = text.as_bytes();
        assert!(bytes.len() >= SHORTEST, "too short to be looked for");
        let (beginning, end) = (&bytes[..SHORTEST], &bytes[bytes.len() - SHORTEST..]);
        let mut needles = Vec::new();
        for (part, piece) in [("beginning", beginning), ("end", end)] {
            for (form, mask) in [("", 0), (", inner HMAC key", 0x36), (", outer HMAC key", 0x5c)] {
                let bytes = piece.iter().map(|byte| byte ^ mask).collect();
                needles.push(Self { name: format!("{name} ({part}{form})"), bytes });
            }
        }
        needles
    }

    /// A large number: pieces of its beginning, middle and end, in either order of bytes.
    #[must_use]
    pub fn number(name: &str, big_endian: &[u8]) -> Vec<Self> {
        let last = big_endian.len().checked_sub(PIECE).expect("a large number");
        let mut needles = Vec::new();
        for at in [0, last / 2, last] {
            let bytes = big_endian[at..at + PIECE].to_vec();
            let reversed = bytes.iter().rev().copied().collect();
            needles.push(Self { name: format!("{name} from byte {at}"), bytes });
            needles.push(Self { name: format!("{name} from byte {at}, reversed"), bytes: reversed });
        }
        needles
    }

    /// What it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is in there.
    #[must_use]
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        bytes.windows(self.bytes.len()).any(|window| window == self.bytes)
    }
}

/// What a search came to.
#[derive(Debug, Default)]
pub struct Searched {
    /// How many bytes were read.
    pub bytes: usize,
    /// What was found, and in which mapping.
    pub found: Vec<String>,
}

/// Whether this process may read the memory of another.
#[must_use]
pub fn readable(pid: u32) -> bool {
    File::open(format!("/proc/{pid}/mem")).is_ok() && fs::read_to_string(format!("/proc/{pid}/maps")).is_ok()
}

/// Searches everything that the process can write to.
///
/// # Errors
/// Where its memory may not be read.
pub fn search(pid: u32, needles: &[Needle]) -> io::Result<Searched> {
    let memory = File::open(format!("/proc/{pid}/mem"))?;
    let maps = fs::read_to_string(format!("/proc/{pid}/maps"))?;
    // By their first two bytes: most places of the memory are then passed at once.
    let mut begins = vec![false; 1 << 16];
    let mut longest = 0;
    for needle in needles {
        begins[usize::from(u16::from_be_bytes([needle.bytes[0], needle.bytes[1]]))] = true;
        longest = longest.max(needle.bytes.len());
    }
    let mut searched = Searched::default();
    let mut buffer = vec![0; CHUNK + longest];
    for line in maps.lines() {
        let Some((range, rest)) = line.split_once(' ') else { continue };
        let Some((from, to)) = range.split_once('-') else { continue };
        let bounds = (u64::from_str_radix(from, 16), u64::from_str_radix(to, 16));
        let (Ok(mut from), Ok(to)) = bounds else { continue };
        if !rest.starts_with("rw") {
            continue;
        }
        while from < to {
            let wanted = usize::try_from(to - from).unwrap_or(usize::MAX).min(buffer.len());
            // A mapping that has gone meanwhile holds nothing.
            let Ok(read) = memory.read_at(&mut buffer[..wanted], from) else { break };
            if read == 0 {
                break;
            }
            for at in places(&buffer[..read], &begins) {
                for needle in needles.iter().filter(|needle| buffer[at..read].starts_with(&needle.bytes)) {
                    searched.found.push(format!("{} at {:x}: {line}", needle.name, from + at as u64));
                }
            }
            searched.bytes += read.min(CHUNK);
            // A piece that lies across two chunks is found in the second.
            from += read.min(CHUNK) as u64;
        }
    }
    Ok(searched)
}

fn places(bytes: &[u8], begins: &[bool]) -> Vec<usize> {
    let mut places = Vec::new();
    for at in 1..bytes.len() {
        if begins[usize::from(bytes[at - 1]) << 8 | usize::from(bytes[at])] {
            places.push(at - 1);
        }
    }
    places
}
