/// The value of an empty slot of the index.
const EMPTY: u32 = u32::MAX;
/// The minimum number of slots of the index.
const SMALLEST: usize = 16;

/// A record of a [`Dense`] map. Its key consists of digests or random bytes that this crate
/// creates, so a part of the key can serve as the hash.
pub(super) trait Record {
    type Key: Eq;
    /// The maximum share of the slots of the index that are taken, in percent. With a smaller one,
    /// the index takes more memory, and a lookup of an unknown key takes as long as one of a known
    /// key.
    const MAX_LOAD: usize = 80;

    fn key(&self) -> &Self::Key;
    fn hash(key: &Self::Key) -> u64;
}

/// A hash map with a small memory footprint.
///
/// When a challenge and its recipient took 173 to 185 bytes, they took 203 to 226 in an `IndexSet`
/// of the crate `indexmap` with the same hash and growth.
/// A lookup of a known key takes 0.7 to 1.7 times as long as that of an unknown one here, and 2.3
/// to 3.6 times there, because a byte of the hash is compared first. So it would tell more about
/// which challenges exist. (Seven sizes from 100,000 to 1,000,000 challenges in 64 shards.)
///
/// The records are in one vector without gaps. A separate index maps hashes to positions in that
/// vector, with open addressing and linear probing. Only the index is sparse, and it needs just
/// four bytes per slot. Removing a record moves the last one to its place. When few records are
/// left, both the vector and the index shrink.
#[derive(Debug)]
pub(super) struct Dense<R> {
    records: Vec<R>,
    /// The positions of the records. The length is a power of two, and at most the share
    /// [`Record::MAX_LOAD`] of the slots is taken.
    index: Vec<u32>,
}

impl<R: Record> Dense<R> {
    pub(super) const fn new() -> Self {
        Self { records: Vec::new(), index: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn get_mut(&mut self, key: &R::Key) -> Option<&mut R> {
        let at = self.place(self.slot(key)?)?;
        self.records.get_mut(at)
    }

    /// Returns `true` and the position of the record, or `false` and the position of an arbitrary
    /// record.
    ///
    /// With the arbitrary record, a caller can do the same work for an unknown key as for a known
    /// one.
    pub(super) fn find(&self, key: &R::Key) -> (bool, usize) {
        let place = self.slot(key).and_then(|slot| self.place(slot));
        let len = self.records.len().max(1);
        // 32 bits fit into a `usize`, and the divisor is at least 1, so neither default is used.
        let any = usize::try_from(R::hash(key) & 0xffff_ffff).unwrap_or_default();
        let any = any.checked_rem(len).unwrap_or_default();
        (place.is_some(), place.unwrap_or(any))
    }

    pub(super) fn get(&self, key: &R::Key) -> Option<&R> {
        self.records.get(self.place(self.slot(key)?)?)
    }

    pub(super) fn at(&self, at: usize) -> Option<&R> {
        self.records.get(at)
    }

    /// Adds a record. Its key must not exist yet.
    pub(super) fn insert(&mut self, record: R) {
        // The capacity of the store is far below 2^32 records, so nothing is dropped here.
        let Ok(at) = u32::try_from(self.records.len()) else { return };
        let most = self.index.len().saturating_mul(R::MAX_LOAD);
        // A probe ends at an empty slot only, so some must be left. With few of them, probes become
        // long.
        if self.records.len().saturating_mul(100) >= most {
            self.reindex(self.index.len().saturating_mul(2).max(SMALLEST));
        }
        if self.records.len() == self.records.capacity() {
            // Grow by an eighth instead of doubling: a million records must not reserve room for
            // two.
            self.records.reserve_exact((self.records.len() / 8).max(8));
        }
        let free = self.free(R::hash(record.key()));
        if let Some(slot) = self.index.get_mut(free) {
            *slot = at;
            self.records.push(record);
        }
    }

    /// Removes a record. The last one moves to its place.
    pub(super) fn remove(&mut self, key: &R::Key) {
        let Some(slot) = self.slot(key) else { return };
        let Some(at) = self.place(slot) else { return };
        // Close the slot while all records are in place: moving entries back needs their hashes.
        // The last record keeps its slot, which then points to its new position.
        self.close(slot);
        let last = self.records.len().saturating_sub(1);
        if at != last
            && let Some(moved) = self.records.get(last)
            && let Some(slot) = self.slot(moved.key())
            && let (Some(place), Ok(at)) = (self.index.get_mut(slot), u32::try_from(at))
        {
            *place = at;
        }
        if at <= last {
            self.records.swap_remove(at);
        }
        let len = self.records.len();
        // Shrink at a half but keep an eighth spare, so that a map of a steady size does not
        // reallocate with each call.
        if self.records.capacity() > 64 && len < self.records.capacity() / 2 {
            self.records.shrink_to(len.saturating_add(len / 8));
        }
        if self.index.len() > SMALLEST && len < self.index.len() / 8 {
            self.reindex(self.index.len() / 2);
        }
    }

    fn place(&self, slot: usize) -> Option<usize> {
        let at = *self.index.get(slot)?;
        if at == EMPTY { None } else { usize::try_from(at).ok() }
    }

    /// Returns the slot that points to the record of a key.
    fn slot(&self, key: &R::Key) -> Option<usize> {
        let mut slot = self.ideal(R::hash(key));
        while let Some(at) = self.place(slot) {
            if self.records.get(at)?.key() == key {
                return Some(slot);
            }
            slot = self.next(slot);
        }
        None
    }

    fn free(&self, hash: u64) -> usize {
        let mut slot = self.ideal(hash);
        while self.place(slot).is_some() {
            slot = self.next(slot);
        }
        slot
    }

    fn ideal(&self, hash: u64) -> usize {
        usize::try_from(hash & 0xffff_ffff).unwrap_or_default() & self.mask()
    }

    fn next(&self, slot: usize) -> usize {
        slot.wrapping_add(1) & self.mask()
    }

    fn mask(&self) -> usize {
        self.index.len().saturating_sub(1)
    }

    /// Empties a slot, and moves back later entries that a probe would no longer find.
    ///
    /// A probe stops at the first empty slot, so a hole must not separate an entry from its ideal
    /// slot. The loop walks along the entries behind the hole. Each one whose ideal slot is at or
    /// before the hole moves into the hole, and leaves a new hole behind.
    fn close(&mut self, slot: usize) {
        let mut hole = slot;
        let mut probe = self.next(slot);
        while let Some(at) = self.place(probe) {
            let ideal = self.records.get(at).map_or(probe, |r| self.ideal(R::hash(r.key())));
            // Distances along the ring of slots. The mask makes them right also if the run of
            // entries wraps around the end.
            let from_ideal = probe.wrapping_sub(ideal) & self.mask();
            let from_hole = probe.wrapping_sub(hole) & self.mask();
            if from_ideal >= from_hole {
                let moved = self.index.get(probe).copied().unwrap_or(EMPTY);
                self.index.get_mut(hole).into_iter().for_each(|place| *place = moved);
                hole = probe;
            }
            probe = self.next(probe);
        }
        self.index.get_mut(hole).into_iter().for_each(|place| *place = EMPTY);
    }

    fn reindex(&mut self, slots: usize) {
        // Free the old index before the new one is allocated, so that both are never in memory at
        // once.
        self.index = Vec::new();
        self.index.resize(slots, EMPTY);
        for (at, record) in (0_u32..).zip(&self.records) {
            let free = self.free(R::hash(record.key()));
            self.index.get_mut(free).into_iter().for_each(|place| *place = at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq)]
    struct Pair([u8; 8], u32);

    impl Record for Pair {
        type Key = [u8; 8];

        fn key(&self) -> &[u8; 8] {
            &self.0
        }

        fn hash(key: &[u8; 8]) -> u64 {
            // Few different values, so that many keys collide.
            u64::from_le_bytes(*key) % 97
        }
    }

    #[test]
    fn it_holds_what_a_map_holds() {
        let (mut dense, mut map) = (Dense::new(), BTreeMap::new());
        let mut random = 4226_u64;
        for step in 0..60_000_u32 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let bound = if step / 10_000 % 2 == 0 { 2_000 } else { 50 };
            let key = ((random >> 33) % bound).to_le_bytes();
            match (random >> 20) % 4 {
                0 | 1 if !map.contains_key(&key) => {
                    dense.insert(Pair(key, step));
                    map.insert(key, step);
                }
                2 => {
                    dense.remove(&key);
                    map.remove(&key);
                }
                _ => assert_eq!(dense.get_mut(&key).map(|pair| pair.1), map.get(&key).copied()),
            }
            assert_eq!(dense.len(), map.len());
        }
        for key in map.keys() {
            assert_eq!(dense.get_mut(key).map(|pair| pair.1), map.get(key).copied());
            dense.remove(&key.clone());
        }
        assert_eq!((dense.len(), dense.index.len()), (0, SMALLEST));
        assert!(dense.records.capacity() <= 64);
    }
}
