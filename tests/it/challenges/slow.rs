//! Stores and a provider that take their time, or lose an answer.

use std::future::Future;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use otpost::provider::{Provider, Receipt, SendError};
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, Claim, CounterStore, CounterTag, Intent,
    Mac, MemoryStore, NewChallenge, Nonce, OpenRule, Opened, OutboxStore, ResendRule, Resent,
    Settle, Spend, Spent, StoreError, StoreErrorKind,
};
use otpost::testing::RecordingProvider;
use otpost::{Message, async_trait};

/// Takes a turn before and after each call, so that a task can end there.
#[derive(Clone, Debug)]
pub(super) struct Slow<T>(pub(super) T);

async fn turn() {
    let mut is_first = true;
    std::future::poll_fn(|_| {
        if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}

async fn slowly<T>(call: impl Future<Output = T>) -> T {
    turn().await;
    let answer = call.await;
    turn().await;
    answer
}

#[async_trait]
impl ChallengeStore for Slow<Arc<MemoryStore>> {
    async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError> {
        slowly(self.0.open(new, rule)).await
    }

    async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError> {
        slowly(self.0.attempt(id, guess, nonce, rule)).await
    }

    async fn resend(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, StoreError> {
        slowly(self.0.resend(id, rule)).await
    }

    async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
        slowly(self.0.revoke(id)).await
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        self.0.sweep().await
    }

    fn is_shared(&self) -> bool {
        false
    }
}

#[async_trait]
impl CounterStore for Slow<Arc<MemoryStore>> {
    async fn spend(&self, spends: &[Spend]) -> Result<Spent, StoreError> {
        slowly(self.0.spend(spends)).await
    }

    async fn credit(&self, tag: &CounterTag) -> Result<(), StoreError> {
        slowly(self.0.credit(tag)).await
    }
}

#[async_trait]
impl OutboxStore for Slow<Arc<MemoryStore>> {
    async fn open_queued(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
        intent: &Intent,
    ) -> Result<Opened, StoreError> {
        slowly(self.0.open_queued(new, rule, intent)).await
    }

    async fn claim(&self, lease: Duration, least: Duration) -> Result<Option<Claim>, StoreError> {
        slowly(self.0.claim(lease, least)).await
    }

    async fn settle(&self, claim: &Claim, how: Settle) -> Result<bool, StoreError> {
        slowly(self.0.settle(claim, how)).await
    }
}

#[async_trait]
impl Provider for Slow<RecordingProvider> {
    fn name(&self) -> &str {
        "slow"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        slowly(self.0.send(message)).await
    }
}

/// Does what it is told to queue, and does not say so.
#[derive(Debug)]
pub(super) struct Losing(pub(super) Slow<Arc<MemoryStore>>);

#[async_trait]
impl ChallengeStore for Losing {
    async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError> {
        self.0.open(new, rule).await
    }

    async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError> {
        self.0.attempt(id, guess, nonce, rule).await
    }

    async fn resend(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, StoreError> {
        self.0.resend(id, rule).await
    }

    async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
        self.0.revoke(id).await
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        self.0.sweep().await
    }

    fn is_shared(&self) -> bool {
        false
    }
}

#[async_trait]
impl CounterStore for Losing {
    async fn spend(&self, spends: &[Spend]) -> Result<Spent, StoreError> {
        self.0.spend(spends).await
    }

    async fn credit(&self, tag: &CounterTag) -> Result<(), StoreError> {
        self.0.credit(tag).await
    }
}

#[async_trait]
impl OutboxStore for Losing {
    async fn open_queued(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
        intent: &Intent,
    ) -> Result<Opened, StoreError> {
        let _ = self.0.open_queued(new, rule, intent).await?;
        Err(StoreError::new(StoreErrorKind::Unavailable))
    }

    async fn claim(&self, lease: Duration, least: Duration) -> Result<Option<Claim>, StoreError> {
        self.0.claim(lease, least).await
    }

    async fn settle(&self, claim: &Claim, how: Settle) -> Result<bool, StoreError> {
        self.0.settle(claim, how).await
    }
}
