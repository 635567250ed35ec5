//! The markers of known numbers, whose lookup takes the same steps for every number.
//!
//! The time of a lookup must not reveal who has verified before. A search along a hash map ends
//! sooner for some keys than for others. So this is a cuckoo hash table: a tag has two buckets,
//! which its two halves select, and is in one of their eight slots or is not set. A lookup always
//! reads all eight. A new tag that finds both buckets full takes the slot of another one, which
//! moves to its own other bucket, and so on. With four slots per bucket, this works up to a load of
//! more than nine tenths.

use crate::store::CounterTag;

/// The slots of a bucket.
const SLOTS: usize = 4;
/// The load in percent at which the table grows.
const MAX_LOAD: usize = 85;
/// The number of tags that may move for a new one. If more would have to, the table grows.
const MOVES: usize = 128;
/// The minimum number of buckets.
const SMALLEST: usize = 4;

/// A tag and the time at which it ends. A slot that ended is free.
#[derive(Clone, Copy, Debug, Default)]
struct MarkerSlot {
    tag: u64,
    ends: u64,
}

/// As large as a line of the cache, so that it is read as a whole.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct MarkerBucket([MarkerSlot; SLOTS]);

/// A set of tags with the times at which they end.
#[derive(Debug)]
pub(super) struct Markers {
    /// The number of buckets is 0 or a power of two.
    buckets: Vec<MarkerBucket>,
    /// The number of slots that have a tag, including ended ones that were not removed yet.
    len: usize,
    most: usize,
    /// The bucket at which the next sweep begins.
    hand: usize,
}

impl Markers {
    pub(super) const fn new(most: usize) -> Self {
        Self { buckets: Vec::new(), len: 0, most, hand: 0 }
    }

    /// Returns `true` if the tag is set.
    pub(super) fn is_set(&self, now: u64, tag: &CounterTag) -> bool {
        let tag = u64::from_le_bytes(*tag.as_bytes());
        // `|` and `&` instead of `||` and `&&`: all slots are compared, whichever of them matches.
        let [one, two] = self.places(tag).map(|place| {
            let slots = self.buckets.get(place).copied().unwrap_or_default().0;
            slots.map(|slot| (slot.tag == tag) & (slot.ends > now))
        });
        one.into_iter().chain(two).fold(false, |is_set, matches| is_set | matches)
    }

    /// Sets a tag until a time, or removes it if that time has passed. Returns `None` if there is
    /// no room for a new tag.
    pub(super) fn set(&mut self, now: u64, tag: &CounterTag, ends: u64) -> Option<()> {
        // A few for each call, so that ended tags make room for new ones.
        self.sweep_bucket(now);
        let tag = u64::from_le_bytes(*tag.as_bytes());
        if let Some(slot) = self.slot_mut(tag, |slot| slot.tag == tag && slot.ends > 0) {
            slot.ends = ends;
            if ends <= now {
                *slot = MarkerSlot::default();
                self.len = self.len.saturating_sub(1);
            }
            return Some(());
        }
        if ends <= now {
            return Some(());
        }
        if self.len >= self.most {
            return None;
        }
        let slots = self.buckets.len().saturating_mul(SLOTS);
        if self.len.saturating_mul(100) >= slots.saturating_mul(MAX_LOAD) {
            self.resize(self.buckets.len().saturating_mul(2));
        }
        self.insert(MarkerSlot { tag, ends })
    }

    /// Removes all tags that have ended, and memory that is no longer needed.
    pub(super) fn sweep(&mut self, now: u64) {
        for _ in 0..self.buckets.len() {
            self.sweep_bucket(now);
        }
        while self.buckets.len() > SMALLEST && self.len < self.buckets.len() / 2 {
            self.resize(self.buckets.len() / 2);
        }
    }

    fn sweep_bucket(&mut self, now: u64) {
        self.hand = self.hand.checked_add(1).filter(|at| *at < self.buckets.len()).unwrap_or(0);
        for slot in self.buckets.get_mut(self.hand).into_iter().flat_map(|bucket| &mut bucket.0) {
            if slot.ends > 0 && slot.ends <= now {
                *slot = MarkerSlot::default();
                self.len = self.len.saturating_sub(1);
            }
        }
    }

    /// Returns the positions of both buckets of a tag.
    fn places(&self, tag: u64) -> [usize; 2] {
        let mask = self.buckets.len().saturating_sub(1);
        // The halves of a digest are independent of each other. 32 bits fit into a `usize`.
        [tag & 0xffff_ffff, tag >> 32].map(|half| usize::try_from(half).unwrap_or_default() & mask)
    }

    /// Returns a slot of the buckets of a tag for which `matches` returns `true`.
    fn slot_mut(
        &mut self,
        tag: u64,
        matches: impl Fn(&MarkerSlot) -> bool,
    ) -> Option<&mut MarkerSlot> {
        let [one, two] = self.places(tag);
        let has = |place: usize| self.buckets.get(place).is_some_and(|b| b.0.iter().any(&matches));
        let place = if has(one) { one } else { two };
        self.buckets.get_mut(place)?.0.iter_mut().find(|slot| matches(slot))
    }

    /// Adds a tag that is not set. Returns `None` if it finds no slot.
    fn insert(&mut self, slot: MarkerSlot) -> Option<()> {
        let mut homeless = self.try_insert(slot);
        while let Some(slot) = homeless {
            // Digests find a slot at a load of 85 percent. This stops tags that are no digests and
            // select the same buckets, however many there are.
            if self.len < self.buckets.len() / 8 {
                return None;
            }
            self.resize(self.buckets.len().saturating_mul(2));
            homeless = self.try_insert(slot);
        }
        Some(())
    }

    /// Adds a tag. Returns the tag that found no slot in the end, which may be another one.
    fn try_insert(&mut self, slot: MarkerSlot) -> Option<MarkerSlot> {
        let mut slot = slot;
        let [mut place, _] = self.places(slot.tag);
        for step in 0..MOVES {
            if let Some(free) = self.slot_mut(slot.tag, |slot| slot.ends == 0) {
                *free = slot;
                self.len = self.len.saturating_add(1);
                return None;
            }
            // Another slot in each step: with always the same one, two tags could take turns.
            let taken = self.buckets.get_mut(place)?.0.get_mut(step % SLOTS)?;
            std::mem::swap(taken, &mut slot);
            let [one, two] = self.places(slot.tag);
            place = if place == one { two } else { one };
        }
        Some(slot)
    }

    /// Moves all tags to a table with so many buckets, or with more if that is too few for them.
    fn resize(&mut self, buckets: usize) {
        let old = std::mem::take(&mut self.buckets);
        self.buckets.resize(buckets.max(SMALLEST), MarkerBucket::default());
        self.len = 0;
        for slot in old.into_iter().flat_map(|bucket| bucket.0).filter(|slot| slot.ends > 0) {
            // They had found a slot before, in a table that differs in size only.
            let _ = self.insert(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::arithmetic_side_effects, reason = "numbers of a test")]

    use super::*;
    use std::collections::BTreeMap;

    fn tag(number: u64) -> CounterTag {
        // The halves of the product are as random as those of a digest.
        CounterTag::new((number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes())
    }

    #[test]
    fn they_are_set_as_in_a_map() {
        let (mut markers, mut map) = (Markers::new(usize::MAX), BTreeMap::new());
        let (mut random, mut now) = (4226_u64, 1_000);
        for step in 0..60_000_u64 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let number = (random >> 33) % if step / 10_000 % 2 == 0 { 5_000 } else { 50 };
            let ends = now + (random >> 20) % 4 * 3_000;
            now += u64::from(step % 4 == 0);
            assert_eq!(markers.set(now, &tag(number), ends), Some(()));
            map.insert(number, ends);
            for number in [number, (random >> 40) % 5_000] {
                let expected = map.get(&number).is_some_and(|ends| *ends > now);
                assert_eq!(markers.is_set(now, &tag(number)), expected);
            }
            if step % 9_999 == 0 {
                markers.sweep(now);
                let live = map.values().filter(|ends| **ends > now).count();
                assert_eq!(markers.len, live);
            }
        }
        for (number, ends) in &map {
            assert_eq!(markers.is_set(now, &tag(*number)), *ends > now);
        }
        markers.sweep(u64::MAX);
        assert_eq!((markers.len, markers.buckets.len()), (0, SMALLEST));
    }

    #[test]
    fn they_fill_most_of_the_memory() {
        let mut markers = Markers::new(usize::MAX);
        for number in 0..100_000 {
            let (len, slots) = (markers.len, markers.buckets.len() * SLOTS);
            assert_eq!(markers.set(0, &tag(number), 1), Some(()));
            // The table grows when the load is reached, and not because a tag found no slot.
            let is_grown = markers.buckets.len() * SLOTS > slots;
            assert!(!is_grown || len * 100 >= slots * MAX_LOAD, "{len} of {slots}");
        }
        assert!((0..100_000).all(|number| markers.is_set(0, &tag(number))));
        assert!((100_000..200_000).all(|number| !markers.is_set(0, &tag(number))));
    }

    #[test]
    fn tags_that_are_no_digests_take_little_memory() {
        let mut markers = Markers::new(usize::MAX);
        // All of them select the same bucket, until there are 2^28.
        let tags = (0..16_u64)
            .map(|number| CounterTag::new(((number << 60) | (number << 28)).to_le_bytes()));
        let set: Vec<_> = tags.map(|tag| markers.set(0, &tag, 1).is_some()).collect();
        assert_eq!(set, [[true; SLOTS].as_slice(), &[false; 12]].concat());
        assert!(markers.buckets.len() <= 128, "{}", markers.buckets.len());
        assert_eq!(markers.len, SLOTS);
    }

    #[test]
    fn full_ones_take_no_new_tag() {
        let mut markers = Markers::new(100);
        let set = (0..200).filter(|number| markers.set(0, &tag(*number), 9).is_some());
        assert_eq!(set.count(), 100);
        // A tag that is set can be renewed and removed.
        assert_eq!(markers.set(0, &tag(5), 10), Some(()));
        assert_eq!(markers.set(0, &tag(6), 0), Some(()));
        assert_eq!(markers.set(0, &tag(200), 9), Some(()));
        assert_eq!(markers.set(0, &tag(201), 9), None);
        assert!(markers.is_set(9, &tag(5)) && !markers.is_set(9, &tag(7)));
    }
}
