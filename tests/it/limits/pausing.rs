//! A store and a provider that wait before and after each operation, so that a future can be
//! dropped at any of these points.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use otpost::provider::{Provider, Receipt, SendError};
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, Claim, CounterTag, Finish, Intent, Limit,
    LimitStore, Mac, MemoryStore, NewChallenge, Nonce, OpenRule, Opened, OutboxStore, QueueTag,
    ResendRule, Resent, Reserved, Settlement, StoreError,
};
use otpost::{Message, async_trait};

use super::Phones;

/// Waits once.
async fn pause() {
    let mut has_waited = false;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut has_waited, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Returns the output of an operation, which takes effect between two pauses.
async fn between<T: Send>(operation: impl Future<Output = T> + Send) -> T {
    pause().await;
    let output = operation.await;
    pause().await;
    output
}

/// The store in memory, with pauses.
#[derive(Clone, Debug)]
pub(super) struct Pausing {
    pub(super) store: MemoryStore,
    /// The limits of all reservations so far.
    pub(super) limits: Arc<Mutex<Vec<Limit>>>,
    /// A mistake: no worker learns that a message is too late.
    pub(super) drops_late: bool,
}

impl Pausing {
    pub(super) fn new(store: MemoryStore) -> Self {
        Self { store, limits: Arc::default(), drops_late: false }
    }
}

#[async_trait]
impl ChallengeStore for Pausing {
    async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError> {
        between(self.store.open(new, rule)).await
    }

    async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError> {
        between(self.store.attempt(id, guess, nonce, rule)).await
    }

    async fn resend(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, StoreError> {
        between(self.store.resend(id, rule)).await
    }

    async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
        between(self.store.revoke(id)).await
    }

    async fn return_permit(&self, id: &ChallengeId, revokes: bool) -> Result<bool, StoreError> {
        between(self.store.return_permit(id, revokes)).await
    }

    async fn reset(&self, recipient: &[u8; 8]) -> Result<(), StoreError> {
        between(self.store.reset(recipient)).await
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        between(self.store.sweep()).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        between(self.store.ping()).await
    }

    fn is_shared(&self) -> bool {
        false
    }
}

#[async_trait]
impl LimitStore for Pausing {
    async fn reserve(
        &self,
        limits: &[Limit],
        markers: &[CounterTag],
    ) -> Result<Reserved, StoreError> {
        self.limits.lock().unwrap().extend(limits);
        between(self.store.reserve(limits, markers)).await
    }

    async fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
        between(self.store.settle(settlement)).await
    }
}

#[async_trait]
impl OutboxStore for Pausing {
    async fn open_queued(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
        queue: &QueueTag,
        intent: &Intent,
    ) -> Result<Opened, StoreError> {
        between(self.store.open_queued(new, rule, queue, intent)).await
    }

    async fn queue(
        &self,
        id: &ChallengeId,
        queue: &QueueTag,
        intent: &Intent,
        lifetime: Duration,
    ) -> Result<Option<Intent>, StoreError> {
        between(self.store.queue(id, queue, intent, lifetime)).await
    }

    async fn claim(
        &self,
        queue: &QueueTag,
        lease: Duration,
        least_left: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        let claim = between(self.store.claim(queue, lease, least_left)).await?;
        if let Some(late) = claim.as_ref().filter(|claim| self.drops_late && claim.salt.is_none()) {
            let _ = self.store.finish(late, Finish::Done).await?;
            return Ok(None);
        }
        Ok(claim)
    }

    async fn finish(&self, claim: &Claim, how: Finish) -> Result<bool, StoreError> {
        between(self.store.finish(claim, how)).await
    }
}

/// The gateway, with pauses.
#[derive(Clone, Debug)]
pub(super) struct PausingPhones(pub(super) Phones);

#[async_trait]
impl Provider for PausingPhones {
    fn name(&self) -> &str {
        "phones"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        between(self.0.send(message)).await
    }
}
