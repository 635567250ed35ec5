use std::time::Duration;

use super::dense::{Dense, Record};
use super::markers::Markers;
use super::shard::sweep;
use crate::store::state::{BucketRule, BucketState, WindowState, millis};
use crate::store::{CounterTag, Give, GiveKind, Limit, LimitRule, Reserved, Settlement};

/// A record under a tag, with the time from which it no longer matters.
#[derive(Debug)]
struct Tagged<T> {
    tag: [u8; 8],
    ends: u64,
    state: T,
}

impl<T> Record for Tagged<T> {
    type Key = [u8; 8];
    /// Each message looks up several tags, most of which do not exist. The search for those is
    /// short with this load.
    const MAX_LOAD: usize = 50;

    fn key(&self) -> &[u8; 8] {
        &self.tag
    }

    fn hash(key: &[u8; 8]) -> u64 {
        u64::from_le_bytes(*key)
    }
}

/// A map of tags that removes expired records as new ones are added, and that refuses new ones when
/// it is full.
#[derive(Debug)]
struct Tags<T> {
    records: Dense<Tagged<T>>,
    hand: usize,
    most: usize,
}

impl<T: Default> Tags<T> {
    const fn new(most: usize) -> Self {
        Self { records: Dense::new(), hand: 0, most }
    }

    fn get(&self, now: u64, tag: &CounterTag) -> Option<&T> {
        let record = self.records.get(tag.as_bytes())?;
        (record.ends > now).then_some(&record.state)
    }

    /// Returns `true` if a record of this tag exists, or if `added` new ones fit.
    fn has_room(&self, tag: &CounterTag, added: usize) -> bool {
        self.records.len().saturating_add(added) <= self.most
            || self.records.get(tag.as_bytes()).is_some()
    }

    /// Writes a record, or removes it if it no longer matters. Returns `None` if there is no room.
    fn put(&mut self, now: u64, tag: &CounterTag, state: T, ends: u64) -> Option<()> {
        sweep(&mut self.records, &mut self.hand, false, |record| record.ends <= now);
        let tag = *tag.as_bytes();
        if ends <= now {
            self.records.remove(&tag);
            return Some(());
        }
        let is_full = self.records.len() >= self.most;
        match self.records.get_mut(&tag) {
            Some(record) => *record = Tagged { tag, ends, state },
            None if is_full => return None,
            None => self.records.insert(Tagged { tag, ends, state }),
        }
        Some(())
    }

    fn sweep(&mut self, now: u64) {
        sweep(&mut self.records, &mut self.hand, true, |record| record.ends <= now);
    }
}

/// The windows, the buckets and the markers.
#[derive(Debug)]
pub(super) struct LimitTable {
    windows: Tags<WindowState>,
    buckets: Tags<BucketState>,
    markers: Markers,
}

/// A place that was taken, to write it back once all limits have granted theirs.
enum TakenPlace {
    Bucket(BucketState),
    Window(WindowState),
}

impl LimitTable {
    pub(super) const fn new(most: usize) -> Self {
        Self { windows: Tags::new(most), buckets: Tags::new(most), markers: Markers::new(most) }
    }

    /// Takes a place under each limit, or only under the kept ones before the limit that refuses.
    ///
    /// Returns `None` if there is no room for a new tag. Nothing is taken then.
    pub(super) fn reserve(
        &mut self,
        now: u64,
        limits: &[Limit],
        markers: &[CounterTag],
    ) -> Option<Reserved> {
        let mut places = Vec::with_capacity(limits.len());
        let mut counts = Vec::with_capacity(limits.len());
        let mut refused = None;
        for (index, limit) in limits.iter().enumerate() {
            match self.take(now, limit) {
                Ok((place, count)) => {
                    places.push((limit, place));
                    counts.push(count);
                }
                Err(wait) => {
                    refused = Some(Reserved::Refused(index, wait));
                    break;
                }
            }
        }
        // Write only when it is known what stays. So a refused message leaves no record behind.
        let is_refused = refused.is_some();
        places.retain(|(limit, _)| limit.is_kept || !is_refused);
        let added = places.len();
        if !places.iter().all(|(limit, _)| self.has_room(limit, added)) {
            return None;
        }
        for (limit, place) in places {
            self.put(now, &limit.tag, &limit.rule, place)?;
        }
        // Look up all of them: stopping at the first one that is set would take less time.
        let is_known = markers.iter().filter(|tag| self.markers.is_set(now, tag)).count() > 0;
        Some(refused.unwrap_or_else(|| Reserved::granted(is_known, counts)))
    }

    /// Settles what was reserved. Returns `None` if there is no room for a marker.
    pub(super) fn settle(&mut self, now: u64, settlement: &Settlement) -> Option<()> {
        for give in &settlement.gives {
            self.give(now, give)?;
        }
        for (tag, span) in &settlement.marks {
            self.markers.set(now, tag, now.saturating_add(millis(*span)))?;
        }
        Some(())
    }

    pub(super) fn sweep(&mut self, now: u64) {
        self.windows.sweep(now);
        self.buckets.sweep(now);
        self.markers.sweep(now);
    }

    fn take(&self, now: u64, limit: &Limit) -> Result<(TakenPlace, u16), Duration> {
        match limit.rule {
            LimitRule::Bucket { capacity, refill, grows } => {
                let mut bucket = self.buckets.get(now, &limit.tag).copied().unwrap_or_default();
                bucket.take(now, &BucketRule::new(capacity, refill, grows))?;
                Ok((TakenPlace::Bucket(bucket), 0))
            }
            LimitRule::Window { most, span } => {
                let mut window = self.windows.get(now, &limit.tag).copied().unwrap_or_default();
                let count = window.take(now, most, span)?;
                Ok((TakenPlace::Window(window), count))
            }
        }
    }

    fn has_room(&self, limit: &Limit, added: usize) -> bool {
        match limit.rule {
            LimitRule::Bucket { .. } => self.buckets.has_room(&limit.tag, added),
            LimitRule::Window { .. } => self.windows.has_room(&limit.tag, added),
        }
    }

    fn put(
        &mut self,
        now: u64,
        tag: &CounterTag,
        rule: &LimitRule,
        place: TakenPlace,
    ) -> Option<()> {
        match (place, rule) {
            (TakenPlace::Window(window), LimitRule::Window { span, .. }) => {
                self.windows.put(now, tag, window, window.ends(*span))
            }
            (TakenPlace::Bucket(bucket), _) => self.buckets.put(now, tag, bucket, bucket.ends()),
            // Cannot occur: `take` returns the place that belongs to the rule.
            (TakenPlace::Window(_), LimitRule::Bucket { .. }) => Some(()),
        }
    }

    fn give(&mut self, now: u64, give: &Give) -> Option<()> {
        match give.rule {
            LimitRule::Bucket { capacity, refill, grows } => {
                let rule = BucketRule::new(capacity, refill, grows);
                let mut bucket = self.buckets.get(now, &give.tag).copied().unwrap_or_default();
                match give.kind {
                    GiveKind::All => bucket.fill(),
                    GiveKind::NotSent => bucket.give(now, &rule),
                    GiveKind::Success => bucket.succeed(now, &rule),
                }
                self.buckets.put(now, &give.tag, bucket, bucket.ends())
            }
            LimitRule::Window { span, .. } => {
                let mut window = self.windows.get(now, &give.tag).copied().unwrap_or_default();
                match give.kind {
                    GiveKind::All => window.clear(),
                    GiveKind::NotSent | GiveKind::Success => window.give(now, span),
                }
                self.windows.put(now, &give.tag, window, window.ends(span))
            }
        }
    }
}
