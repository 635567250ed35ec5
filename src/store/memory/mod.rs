//! A store in the memory of this process.

mod dense;
mod limits;
mod markers;
mod queue;
#[cfg(all(test, shuttle))]
mod races;
mod recent;
mod reports;
mod shard;
mod sync;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;

use super::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, Claim, CounterTag, EarlyRule, Finish,
    Intent, Limit, LimitStore, Mac, NewChallenge, Nonce, OpenRule, Opened, OutboxStore, QueueTag,
    ReportStore, ReportTag, ResendRule, Resent, Reserved, Settlement, StatusChange, StatusRecord,
    StoreError, StoreErrorKind,
};
use crate::clock::{Clock, SteadyClock};
use limits::LimitTable;
use reports::ReportTable;
use shard::Shard;
use sync::{Mutex, MutexGuard};

/// The number of shards. Each has its own lock and holds a part of the recipients.
// One byte of the recipient's tag selects the shard, so the shards fill evenly only if their
// number divides 256.
const SHARDS: usize = 64;

/// A store in the memory of this process, for tests and for applications that run as a single
/// process.
///
/// It is bounded. When it is full, it returns [`StoreErrorKind::Full`], and never evicts data
/// that has not expired, except messages of the delivery log. Each new challenge removes a few
/// expired entries, so no background task is needed. Clones share the stored data.
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
/// When the process stops, all data is lost: codes that were sent are no longer accepted, and all
/// counts start at zero.
///
/// Two processes with one memory store each allow twice as many guesses. If you call
/// [`ChallengesBuilder::many_processes`](crate::challenge::ChallengesBuilder::many_processes),
/// building with this store is an error.
#[derive(Clone)]
pub struct MemoryStore {
    shards: Arc<[Mutex<Shard>]>,
    // One lock for all limits: a message is counted under several tags at once, which would be in
    // different shards.
    limits: Arc<Mutex<LimitTable>>,
    reports: Arc<Mutex<ReportTable>>,
    /// The maximum number of challenges and of recipients per shard.
    most: [usize; 2],
    clock: Arc<dyn Clock>,
    /// The shard at which the next `claim` begins.
    next: Arc<AtomicUsize>,
}

impl MemoryStore {
    /// Creates a store for about 1,000,000 challenges at a time and 4,000,000 recipients.
    ///
    /// A recipient is kept until its window and its lock have expired. A challenge takes about 140
    /// bytes with its recipient. There is room for eight times as many windows of limits, buckets,
    /// and markers of known numbers as for challenges. A window takes about 55 bytes for an hour or
    /// a day, a marker about 30 bytes for 180 days. No memory is allocated in advance.
    ///
    /// A delivery log has room for as many messages as challenges, of about 0.6 KiB each: a new one
    /// drops the oldest. It also has room for 100,000 replay keys, and refuses further ones.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(1_000_000)
    }

    /// Creates a store for about this many challenges at a time and four times as many recipients.
    ///
    /// The store has 64 shards, which do not fill evenly. Each of them therefore takes its share
    /// and a quarter more, so a small store takes more challenges than requested.
    #[must_use]
    pub fn with_capacity(challenges: usize) -> Self {
        // The shards do not fill evenly: add a quarter, and a few more for small stores.
        let share = challenges.div_ceil(SHARDS);
        let share = share.saturating_add(share / 4).saturating_add(8).min(challenges.max(1));
        Self {
            shards: (0..SHARDS).map(|_| Mutex::new(Shard::new())).collect(),
            limits: Arc::new(Mutex::new(LimitTable::new(challenges.saturating_mul(8)))),
            reports: Arc::new(Mutex::new(ReportTable::new(challenges))),
            most: [share, share.saturating_mul(4)],
            clock: Arc::new(SteadyClock::new()),
            next: Arc::new(AtomicUsize::new(0)),
        }
    }

    /// Replaces the clock. Defaults to [`SteadyClock`]. A clock that steps back extends the
    /// lifetime of challenges. Clones that were made before keep their clock.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Returns the number of stored challenges, including expired ones that were not removed yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len().0).sum()
    }

    /// Returns `true` if the store holds no challenges.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn now(&self) -> u64 {
        let since = self.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn shard(&self, id: &ChallengeId) -> Result<MutexGuard<'_, Shard>, StoreError> {
        // A recipient and all its challenges are in one shard. So one lock makes an operation on
        // both of them atomic.
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
        // Sweep before the capacity is checked, so that expired records make room for this one.
        shard.sweep(now, false);
        let ([most, most_recipients], (challenges, recipients)) = (self.most, shard.len());
        let full = || StoreError::new(StoreErrorKind::Full);
        // An existing id is an error. Replacing its challenge would give an attacker new attempts.
        if shard.holds(&new.id) {
            return Err(StoreError::new(StoreErrorKind::Corrupt));
        }
        if challenges >= most {
            return Err(full());
        }
        shard.open(now, new, rule, recipients < most_recipients).ok_or_else(full)
    }
}

/// Locks a mutex, even if it is poisoned. Nothing panics while it holds a lock, so the data is
/// always consistent.
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
        // Read the clock under the lock, here and in the calls below that decide about a
        // challenge. A call that has waited for the lock must not accept a code that expired
        // meanwhile.
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

    async fn return_permit(&self, id: &ChallengeId, revokes: bool) -> Result<bool, StoreError> {
        let mut shard = self.shard(id)?;
        Ok(shard.return_permit(self.now(), id, revokes))
    }

    async fn reset(&self, recipient: &[u8; 8]) -> Result<(), StoreError> {
        let mut shard = self.shard(&ChallengeId::new(0, *recipient, [0; 16]))?;
        shard.reset(recipient);
        Ok(())
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        let now = self.now();
        let swept = self.shards.iter().map(|shard| lock(shard).sweep(now, true)).sum();
        lock(&self.limits).sweep(now);
        lock(&self.reports).sweep(now);
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
impl LimitStore for MemoryStore {
    async fn reserve(
        &self,
        limits: &[Limit],
        markers: &[CounterTag],
    ) -> Result<Reserved, StoreError> {
        let mut kept = lock(&self.limits);
        let reserved = kept.reserve(self.now(), limits, markers);
        reserved.ok_or_else(|| StoreError::new(StoreErrorKind::Full))
    }

    async fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
        let mut kept = lock(&self.limits);
        let settled = kept.settle(self.now(), settlement);
        settled.ok_or_else(|| StoreError::new(StoreErrorKind::Full))
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
        // An intent can outlive its challenge until a worker or a sweep removes it, so the queue
        // needs a bound of its own.
        if shard.queued() >= most {
            return Err(StoreError::new(StoreErrorKind::Full));
        }
        let now = self.now();
        // The lock is held until the intent is stored, so a worker sees both or neither.
        let opened = self.open_in(&mut shard, now, new, rule)?;
        if matches!(opened, Opened::Created { .. }) {
            // Nothing is replaced: the id is new.
            let _ = shard.queue(now, &new.id, *queue, intent, rule.lifetime);
        }
        Ok(opened)
    }

    async fn queue(
        &self,
        id: &ChallengeId,
        queue: &QueueTag,
        intent: &Intent,
        lifetime: Duration,
    ) -> Result<Option<Intent>, StoreError> {
        let mut shard = self.shard(id)?;
        let [most, _] = self.most;
        if shard.queued() >= most {
            return Err(StoreError::new(StoreErrorKind::Full));
        }
        Ok(shard.queue(self.now(), id, *queue, intent, lifetime))
    }

    async fn claim(
        &self,
        queue: &QueueTag,
        lease: Duration,
        least_left: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        let now = self.now();
        // Begin at a different shard each time, so that a busy shard cannot starve the others.
        let first = self.next.fetch_add(1, Ordering::Relaxed) % SHARDS;
        let (before, from) = self.shards.split_at(first.min(self.shards.len()));
        let mut all = from.iter().chain(before);
        Ok(all.find_map(|shard| lock(shard).claim(now, *queue, lease, least_left)))
    }

    async fn finish(&self, claim: &Claim, how: Finish) -> Result<bool, StoreError> {
        let mut shard = self.shard(&claim.id)?;
        Ok(shard.finish(self.now(), claim, how))
    }
}

#[async_trait]
impl ReportStore for MemoryStore {
    async fn record_message(
        &self,
        names: &[ReportTag],
        note: &str,
        retention: Duration,
    ) -> Result<Option<StatusRecord>, StoreError> {
        Ok(lock(&self.reports).record(self.now(), names, note, retention))
    }

    async fn apply_report(
        &self,
        names: &[ReportTag],
        status: &StatusRecord,
        early: &EarlyRule,
    ) -> Result<Option<StatusChange>, StoreError> {
        Ok(lock(&self.reports).apply(self.now(), names, status, early))
    }

    async fn read_status(&self, name: &ReportTag) -> Result<Option<StatusRecord>, StoreError> {
        Ok(lock(&self.reports).status(self.now(), name))
    }

    async fn record_replay(&self, key: &ReportTag, lifetime: Duration) -> Result<bool, StoreError> {
        let mut kept = lock(&self.reports);
        let is_new = kept.replay(self.now(), key, lifetime);
        is_new.ok_or_else(|| StoreError::new(StoreErrorKind::Full))
    }
}
