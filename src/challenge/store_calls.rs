use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Timer, timeout};
use crate::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, Claim, CounterStore, CounterTag, Intent,
    Mac, NewChallenge, Nonce, OpenRule, Opened, OutboxStore, QueueTag, ResendRule, Resent, Settle,
    Spend, Spent, StoreError, StoreErrorKind,
};

/// A store for challenges and counters.
pub(super) trait BuilderStore: ChallengeStore + CounterStore {}

impl<T: ChallengeStore + CounterStore> BuilderStore for T {}

/// The longest time that the store may take for one operation.
#[derive(Debug)]
pub(super) struct StoreTimeout {
    pub(super) timer: Arc<dyn Timer>,
    pub(super) limit: Duration,
}

/// The store calls of one operation.
///
/// They share one budget of time. With a budget for each call, an operation that cleans up after a
/// failed call would wait for a store that hangs once more. Time that is spent elsewhere, such as
/// in the provider, does not count.
pub(super) struct StoreCalls<'a> {
    store: &'a dyn BuilderStore,
    timeout: Option<&'a StoreTimeout>,
    left: Mutex<Duration>,
}

impl<'a> StoreCalls<'a> {
    /// Begins the store calls of one operation.
    pub(super) fn new(store: &'a dyn BuilderStore, timeout: Option<&'a StoreTimeout>) -> Self {
        let limit = timeout.map_or(Duration::MAX, |timeout| timeout.limit);
        Self { store, timeout, left: Mutex::new(limit) }
    }

    pub(super) async fn open(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
    ) -> Result<Opened, StoreError> {
        self.run(self.store.open(new, rule)).await
    }

    pub(super) async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError> {
        self.run(self.store.attempt(id, guess, nonce, rule)).await
    }

    pub(super) async fn resend(
        &self,
        id: &ChallengeId,
        rule: &ResendRule,
    ) -> Result<Resent, StoreError> {
        self.run(self.store.resend(id, rule)).await
    }

    pub(super) async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
        self.run(self.store.revoke(id)).await
    }

    pub(super) async fn ping(&self) -> Result<(), StoreError> {
        self.run(self.store.ping()).await
    }

    pub(super) async fn spend(&self, spends: &[Spend]) -> Result<Spent, StoreError> {
        self.run(self.store.spend(spends)).await
    }

    pub(super) async fn credit(&self, tag: &CounterTag) -> Result<(), StoreError> {
        self.run(self.store.credit(tag)).await
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

    pub(super) async fn claim(
        &self,
        outbox: &dyn OutboxStore,
        queue: &QueueTag,
        lease: Duration,
        least_left: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        self.run(outbox.claim(queue, lease, least_left)).await
    }

    pub(super) async fn settle(
        &self,
        outbox: &dyn OutboxStore,
        claim: &Claim,
        how: Settle,
    ) -> Result<bool, StoreError> {
        self.run(outbox.settle(claim, how)).await
    }

    /// Waits for the store, for as long as the budget allows. A call that begins without any time
    /// left is still polled once, so that a store in memory always answers and a remote one is at
    /// least asked.
    async fn run<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let Some(StoreTimeout { timer, limit }) = self.timeout else {
            return call.await;
        };
        let left = *self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = timer.elapsed();
        let answer = timeout(&**timer, left, call).await;
        let took = timer.elapsed().saturating_sub(begin);
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = left.saturating_sub(took);
        answer.unwrap_or_else(|| {
            let what = format!("no answer within the store timeout of {limit:?}");
            Err(StoreError::new(StoreErrorKind::Unavailable).with_source(what))
        })
    }
}
