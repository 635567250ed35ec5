//! Challenges in this process.

mod counters;
mod dense;
mod queue;
#[cfg(all(test, shuttle))]
mod races;
mod shard;
mod sync;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;

use super::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, Claim, CounterStore, CounterTag, Intent,
    Mac, NewChallenge, Nonce, OpenRule, Opened, OutboxStore, QueueTag, ResendRule, Resent, Settle,
    Spend, Spent, StoreError, StoreErrorKind,
};
use crate::clock::{Clock, SteadyClock};
use counters::Counters;
use shard::Shard;
use sync::{Mutex, MutexGuard};

/// Locks, of which each guards its part of the recipients.
const SHARDS: usize = 64;

/// Keeps challenges in this process's memory: for an application that is one process, and for tests.
///
/// It is bounded: where it is full it refuses, and never forgets what still counts. What has ended is removed as new challenges come,
/// a few at a time, so it needs no task of its own. Clones share what is stored.
///
/// # Examples
///
/// ```
/// use otpost::store::MemoryStore;
///
/// let store = MemoryStore::new();
/// let small = MemoryStore::with_capacity(10_000);
/// # let _ = (store, small);
/// ```
///
/// # Security
///
/// With the process all of it is gone: codes on their way are then worth nothing, and counts begin anew. Two processes with a store
/// each let a guesser try twice as often, which [`ChallengesBuilder::many_processes`](crate::challenge::ChallengesBuilder::many_processes)
/// refuses.
#[derive(Clone)]
pub struct MemoryStore {
    shards: Arc<[Mutex<Shard>]>,
    counters: Arc<Mutex<Counters>>,
    /// How many challenges, and how many recipients, a shard takes.
    most: [usize; 2],
    clock: Arc<dyn Clock>,
    /// Where the next look for an intent begins.
    next: Arc<AtomicUsize>,
}

impl MemoryStore {
    /// For a million challenges at a time, and four million recipients, of which each is kept for as long as its windows last. A
    /// challenge takes some 170 bytes with its recipient, and nothing before it is there.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(1_000_000)
    }

    /// For about so many challenges at a time, and four times as many recipients. Each of 64 parts takes its share and a quarter more, since
    /// chance fills some of them before the others, so a small store takes more than it was asked for.
    #[must_use]
    pub fn with_capacity(challenges: usize) -> Self {
        // Chance fills some shards before others: a quarter more, and room for a few where few are asked for.
        let share = challenges.div_ceil(SHARDS);
        let share = share.saturating_add(share / 4).saturating_add(8).min(challenges.max(1));
        Self {
            shards: (0..SHARDS).map(|_| Mutex::new(Shard::new())).collect(),
            counters: Arc::new(Mutex::new(Counters::new(challenges.saturating_mul(4)))),
            most: [share, share.saturating_mul(4)],
            clock: Arc::new(SteadyClock::new()),
            next: Arc::new(AtomicUsize::new(0)),
        }
    }

    /// By another clock. One that steps back makes challenges live longer. Clones that were made before keep the old one.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// How many challenges it holds, those that have ended and were not removed yet included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len().0).sum()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn now(&self) -> u64 {
        let since = self.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn shard(&self, id: &ChallengeId) -> Result<MutexGuard<'_, Shard>, StoreError> {
        let [first, ..] = id.recipient();
        let shard = self.shards.get(usize::from(first) % SHARDS);
        Ok(lock(shard.ok_or_else(|| StoreError::new(StoreErrorKind::Corrupt))?))
    }
}

impl MemoryStore {
    fn open_in(
        &self,
        shard: &mut Shard,
        now: u64,
        new: &NewChallenge,
        rule: &OpenRule,
    ) -> Result<Opened, StoreError> {
        shard.sweep(now, false);
        let ([most, most_recipients], (challenges, recipients)) = (self.most, shard.len());
        let full = || StoreError::new(StoreErrorKind::Full);
        if shard.holds(&new.id) {
            return Err(StoreError::new(StoreErrorKind::Corrupt));
        }
        if challenges >= most {
            return Err(full());
        }
        shard.open(now, new, rule, recipients < most_recipients).ok_or_else(full)
    }
}

/// No lock is held where something could panic, so a poisoned one guards nothing broken.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl ChallengeStore for MemoryStore {
    async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError> {
        let mut shard = self.shard(&new.id)?;
        self.open_in(&mut shard, self.now(), new, rule)
    }

    async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError> {
        let mut shard = self.shard(id)?;
        Ok(shard.attempt(self.now(), id, guess, nonce, rule))
    }

    async fn resend(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, StoreError> {
        let mut shard = self.shard(id)?;
        Ok(shard.resend(self.now(), id, rule))
    }

    async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
        let mut shard = self.shard(id)?;
        Ok(shard.revoke(self.now(), id))
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        let now = self.now();
        let swept = self.shards.iter().map(|shard| lock(shard).sweep(now, true)).sum();
        lock(&self.counters).sweep(now);
        Ok(swept)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn is_shared(&self) -> bool {
        false
    }
}

#[async_trait]
impl CounterStore for MemoryStore {
    async fn spend(&self, spends: &[Spend]) -> Result<Spent, StoreError> {
        let mut counters = lock(&self.counters);
        counters.spend(self.now(), spends).ok_or_else(|| StoreError::new(StoreErrorKind::Full))
    }

    async fn credit(&self, tag: &CounterTag) -> Result<(), StoreError> {
        lock(&self.counters).credit(self.now(), tag);
        Ok(())
    }
}

#[async_trait]
impl OutboxStore for MemoryStore {
    async fn open_queued(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
        queue: &QueueTag,
        intent: &Intent,
    ) -> Result<Opened, StoreError> {
        let mut shard = self.shard(&new.id)?;
        let [most, _] = self.most;
        if shard.queued() >= most {
            return Err(StoreError::new(StoreErrorKind::Full));
        }
        let now = self.now();
        let opened = self.open_in(&mut shard, now, new, rule)?;
        if matches!(opened, Opened::Created { .. }) {
            shard.queue(now, &new.id, *queue, intent);
        }
        Ok(opened)
    }

    async fn claim(
        &self,
        queue: &QueueTag,
        lease: Duration,
        least_left: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        let now = self.now();
        // Each look begins at another one, so that none waits for those before it.
        let first = self.next.fetch_add(1, Ordering::Relaxed) % SHARDS;
        let (before, from) = self.shards.split_at(first.min(self.shards.len()));
        let mut all = from.iter().chain(before);
        Ok(all.find_map(|shard| lock(shard).claim(now, *queue, lease, least_left)))
    }

    async fn settle(&self, claim: &Claim, how: Settle) -> Result<bool, StoreError> {
        let mut shard = self.shard(&claim.id)?;
        Ok(shard.settle(self.now(), claim, how))
    }
}
