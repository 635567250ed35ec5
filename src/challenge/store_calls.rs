use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::challenges::{Challenges, ChallengesInner};
use crate::clock::{Timer, timeout};
use crate::store::{
    Attempt, AttemptRule, ChallengeId, Claim, CounterTag, Finish, Intent, Limit, Mac, NewChallenge,
    Nonce, OpenRule, Opened, OutboxStore, QueueTag, ResendRule, Resent, Reserved, Settlement,
    StoreError, StoreErrorKind,
};

/// The store calls of one operation.
///
/// They share one budget of time. With a budget for each call, an operation that cleans up after a
/// failed call would wait for a store that hangs once more. Time that is spent elsewhere, such as
/// in the provider, does not count.
pub(super) struct StoreCalls<'a> {
    inner: &'a ChallengesInner,
    // The calls of an operation follow each other, so the lock is never contended. A `Cell` would
    // make the futures `!Send`.
    left: Mutex<Duration>,
}

impl Challenges {
    /// Begins the store calls of one operation.
    pub(super) fn calls(&self) -> StoreCalls<'_> {
        let limit = self.0.store_timeout.unwrap_or(Duration::MAX);
        StoreCalls { inner: &self.0, left: Mutex::new(limit) }
    }
}

impl StoreCalls<'_> {
    pub(super) async fn open(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
    ) -> Result<Opened, StoreError> {
        self.run(self.inner.store.open(new, rule)).await
    }

    pub(super) async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError> {
        self.run(self.inner.store.attempt(id, guess, nonce, rule)).await
    }

    pub(super) async fn resend(
        &self,
        id: &ChallengeId,
        rule: &ResendRule,
    ) -> Result<Resent, StoreError> {
        self.run(self.inner.store.resend(id, rule)).await
    }

    pub(super) async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
        self.run(self.inner.store.revoke(id)).await
    }

    pub(super) async fn ping(&self) -> Result<(), StoreError> {
        self.run(self.inner.store.ping()).await
    }

    pub(super) async fn return_permit(
        &self,
        id: &ChallengeId,
        revokes: bool,
    ) -> Result<bool, StoreError> {
        self.run(self.inner.store.return_permit(id, revokes)).await
    }

    pub(super) async fn reset(&self, recipient: &[u8; 8]) -> Result<(), StoreError> {
        self.run(self.inner.store.reset(recipient)).await
    }

    pub(super) async fn reserve(
        &self,
        limits: &[Limit],
        markers: &[CounterTag],
    ) -> Result<Reserved, StoreError> {
        self.run(self.inner.store.reserve(limits, markers)).await
    }

    pub(super) async fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
        self.run(self.inner.store.settle(settlement)).await
    }

    pub(super) async fn open_queued(
        &self,
        outbox: &dyn OutboxStore,
        new: &NewChallenge,
        rule: &OpenRule,
        queue: &QueueTag,
        intent: &Intent,
    ) -> Result<Opened, StoreError> {
        self.run(outbox.open_queued(new, rule, queue, intent)).await
    }

    pub(super) async fn queue(
        &self,
        outbox: &dyn OutboxStore,
        id: &ChallengeId,
        queue: &QueueTag,
        intent: &Intent,
        lifetime: Duration,
    ) -> Result<Option<Intent>, StoreError> {
        self.run(outbox.queue(id, queue, intent, lifetime)).await
    }

    pub(super) async fn claim(
        &self,
        outbox: &dyn OutboxStore,
        queue: &QueueTag,
        lease: Duration,
        least_left: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        self.run(outbox.claim(queue, lease, least_left)).await
    }

    /// Returns the time of the timer, or zero without one.
    pub(super) fn elapsed(&self) -> Duration {
        self.inner.timer.as_ref().map_or(Duration::ZERO, |timer| timer.elapsed())
    }

    pub(super) async fn finish(
        &self,
        outbox: &dyn OutboxStore,
        claim: &Claim,
        how: Finish,
    ) -> Result<bool, StoreError> {
        self.run(outbox.finish(claim, how)).await
    }

    /// Waits for the store of the delivery log.
    pub(super) async fn logged<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        self.run(call).await
    }

    /// Waits for the store, for as long as the budget allows. A call that begins without any time
    /// left is still polled once, so that a store in memory always answers and a remote one is at
    /// least asked.
    async fn run<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let (Some(timer), Some(limit)) = (&self.inner.timer, self.inner.store_timeout) else {
            return call.await;
        };
        // Copy the value and release the lock: a guard must not be held across an await.
        let left = *self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = timer.elapsed();
        let answer = timeout(&**timer, left, call).await;
        let took = timer.elapsed().saturating_sub(begin);
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = left.saturating_sub(took);
        // The store may have done the work although its answer is late. The outcome is unknown, as
        // with a lost connection.
        answer.unwrap_or_else(|| {
            let what = format!("no answer within the store timeout of {limit:?}");
            Err(StoreError::new(StoreErrorKind::Unavailable).with_source(what))
        })
    }
}
