//! Where the entry of a serial number stands: five or six bytes an entry, nothing of the entries copied.

use crate::der_walker::{self, DerWalker, INTEGER, NotDer, SEQUENCE};

/// About how many entries share a bucket.
const ENTRIES_PER_BUCKET: usize = 4;

/// The entries' offsets, grouped by a hash of the serial number.
///
/// Grouped rather than probed: whatever serial numbers a list holds, building takes two walks over it, and the worst
/// look-up is one more.
pub(super) struct SerialIndex {
    /// Where each bucket begins in `offsets`; one more at the end.
    bucket_starts: Vec<u32>,
    offsets: Vec<u32>,
}

impl SerialIndex {
    /// Indexes the content of `revokedCertificates`, which has so many entries and is shorter than 4 GiB.
    pub(super) fn of(revoked: &[u8], entries: usize) -> Result<Self, NotDer> {
        let buckets = (entries / ENTRIES_PER_BUCKET).next_power_of_two();
        let mut bucket_starts = vec![0_u32; buckets + 1];
        for_each_entry(revoked, |_, serial_number| {
            let start = bucket_starts.get_mut(bucket(serial_number, buckets)).ok_or(NotDer)?;
            *start += 1;
            Ok(())
        })?;
        // From the number in each bucket to the end of each; placing an entry then moves its bucket's end down to its start.
        let mut end = 0;
        for start in &mut bucket_starts {
            end += *start;
            *start = end;
        }
        let mut offsets = vec![0_u32; usize::try_from(end).map_err(|_| NotDer)?];
        for_each_entry(revoked, |offset, serial_number| {
            let start = bucket_starts.get_mut(bucket(serial_number, buckets)).ok_or(NotDer)?;
            *start = start.checked_sub(1).ok_or(NotDer)?;
            let place = usize::try_from(*start).map_err(|_| NotDer)?;
            *offsets.get_mut(place).ok_or(NotDer)? = u32::try_from(offset).map_err(|_| NotDer)?;
            Ok(())
        })?;
        Ok(Self { bucket_starts, offsets })
    }

    /// The offsets at which entries with this serial number can stand, others among them.
    pub(super) fn offsets(&self, serial_number: &[u8]) -> &[u32] {
        let bucket = bucket(serial_number, self.bucket_starts.len() - 1);
        let bound = |bucket| self.bucket_starts.get(bucket).and_then(|bound| usize::try_from(*bound).ok());
        match (bound(bucket), bound(bucket + 1)) {
            (Some(start), Some(end)) => self.offsets.get(start..end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// How many bytes of memory it takes.
    pub(super) fn memory(&self) -> usize {
        (self.bucket_starts.capacity() + self.offsets.capacity()) * size_of::<u32>()
    }
}

#[inline]
fn for_each_entry(revoked: &[u8], mut visit: impl FnMut(usize, &[u8]) -> Result<(), NotDer>) -> Result<(), NotDer> {
    let mut walker = DerWalker::new(revoked);
    while !walker.is_empty() {
        let offset = revoked.len() - walker.remaining();
        let serial_number = DerWalker::new(walker.expect(SEQUENCE)?).expect(INTEGER)?;
        visit(offset, der_walker::canonical_integer(serial_number))?;
    }
    Ok(())
}

/// A bucket below `buckets`, which is a power of two.
#[inline]
fn bucket(serial_number: &[u8], buckets: usize) -> usize {
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
    let (words, rest) = serial_number.as_chunks::<8>();
    let mix = |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(MULTIPLIER);
    let hash = words.iter().fold(0, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let last = rest.iter().fold(1, |last, byte| last << 8 | u64::from(*byte));
    // The high half of a product depends on all of the word; the low bits, which are taken, on its low bits only.
    usize::try_from(mix(hash, last) >> 32).unwrap_or_default() & (buckets - 1)
}
