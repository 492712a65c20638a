//! Whether SQLite's write-ahead log lost something that was on the disk already.
//!
//! SQLite reads the log up to the first frame that does not fit and forgets the rest, since a program that was cut off
//! leaves such an end. A byte that changed in the middle looks the same to it, and whole transactions would be forgotten
//! without a word. But a transaction is only begun when the one before is safe on the disk: frames of a later one prove
//! that the bad frame was whole once. (The log's format: <https://sqlite.org/fileformat2.html#the_write_ahead_log>.)

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// The two forms of the magic number; the second one has its checksums over big-endian words.
const MAGIC: u32 = 0x377f_0682;

/// Whether the log holds transactions that SQLite would forget though they were recorded.
pub(crate) fn forgets_what_was_recorded(log: &[u8]) -> bool {
    let (Some(header), Some(page_size)) = (log.get(..HEADER), word(log, 8)) else { return false };
    let Ok(page_size) = usize::try_from(page_size) else { return false };
    let big_endian = word(header, 0) == Some(MAGIC | 1);
    let whole = (big_endian || word(header, 0) == Some(MAGIC))
        && page_size.is_power_of_two()
        && (512..=65_536).contains(&page_size)
        && is_sum(checksum((0, 0), &header[..24], big_endian), header, 24);
    let frames = &log[HEADER..];
    if !whole {
        // The header is safe on the disk before the first frame is written.
        return frames.len() > FRAME_HEADER;
    }
    let mut sum = (word(header, 24).unwrap_or_default(), word(header, 28).unwrap_or_default());
    let mut sound = true;
    let mut committed_behind_damage = false;
    for frame in frames.chunks_exact(FRAME_HEADER + page_size) {
        let mut ours = frame[8..16] == header[16..24];
        if ours && committed_behind_damage {
            return true;
        }
        if sound {
            let next = checksum(checksum(sum, &frame[..8], big_endian), &frame[FRAME_HEADER..], big_endian);
            let fits = is_sum(next, frame, 16);
            sound = ours && fits;
            // The sum is not over the salts: nobody else's frame has the one that comes next here.
            ours |= fits;
            sum = next;
        }
        // The number of pages after a commit; 0 in every other frame.
        committed_behind_damage |= !sound && ours && frame[4..8] != [0; 4];
    }
    false
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes(word.try_into().ok()?))
}

fn is_sum(sum: (u32, u32), bytes: &[u8], at: usize) -> bool {
    (word(bytes, at), word(bytes, at + 4)) == (Some(sum.0), Some(sum.1))
}

fn checksum((mut first, mut second): (u32, u32), bytes: &[u8], big_endian: bool) -> (u32, u32) {
    let read = |bytes: [u8; 4]| if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
    for pair in bytes.chunks_exact(8) {
        let [a, b, c, d, e, f, g, h] = *pair else { continue };
        first = first.wrapping_add(read([a, b, c, d])).wrapping_add(second);
        second = second.wrapping_add(read([e, f, g, h])).wrapping_add(first);
    }
    (first, second)
}
