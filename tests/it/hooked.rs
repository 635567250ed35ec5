//! A store that a test looks into: what is asked of it, before it is done and after.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use otpost::async_trait;
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, Claim, CounterTag, EarlyRule, Finish,
    Intent, Limit, LimitStore, Mac, NewChallenge, Nonce, OpenRule, Opened, OutboxStore, QueueTag,
    ReportStore, ReportTag, ResendRule, Resent, Reserved, Settlement, StatusChange, StatusRecord,
    StoreError, StoreErrorKind,
};

/// What a store is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Call<'a> {
    Open(&'a NewChallenge),
    OpenQueued,
    Other,
}

/// What a test does around the calls; an error is the answer instead of the store's.
#[async_trait]
pub(crate) trait Hook: std::fmt::Debug + Send + Sync + 'static {
    async fn before(&self, _: Call<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn after(&self, _: Call<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    /// The name of an attempt, as the store gets it.
    fn nonce<'a>(&self, nonce: Option<&'a Nonce>) -> Option<&'a Nonce> {
        nonce
    }

    /// The queue, as the store gets it.
    fn queue(&self, queue: &QueueTag) -> QueueTag {
        *queue
    }

    /// Whether processes share the store.
    fn is_shared(&self, is_shared: bool) -> bool {
        is_shared
    }

    /// The answer to an attempt, as the application gets it.
    fn attempted(&self, answer: Result<Attempt, StoreError>) -> Result<Attempt, StoreError> {
        answer
    }
}

#[derive(Debug)]
pub(crate) struct Hooked<S: ?Sized, H> {
    pub(crate) hook: Arc<H>,
    pub(crate) store: Arc<S>,
}

impl<S: ?Sized, H> Clone for Hooked<S, H> {
    fn clone(&self) -> Self {
        Self { hook: self.hook.clone(), store: self.store.clone() }
    }
}

impl<S, H: Hook> Hooked<S, H> {
    pub(crate) fn new(store: S, hook: H) -> Self {
        Self { hook: Arc::new(hook), store: Arc::new(store) }
    }
}

impl<S: Send + Sync + ?Sized, H: Hook> Hooked<S, H> {
    async fn around<T: Send>(
        &self,
        call: Call<'_>,
        answer: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        self.hook.before(call).await?;
        let answer = answer.await;
        self.hook.after(call).await?;
        answer
    }
}

#[async_trait]
impl<S: ChallengeStore + ?Sized, H: Hook> ChallengeStore for Hooked<S, H> {
    async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError> {
        self.around(Call::Open(new), self.store.open(new, rule)).await
    }

    async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError> {
        let answer = self.store.attempt(id, guess, self.hook.nonce(nonce), rule);
        self.hook.attempted(self.around(Call::Other, answer).await)
    }

    async fn resend(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, StoreError> {
        self.around(Call::Other, self.store.resend(id, rule)).await
    }

    async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
        self.around(Call::Other, self.store.revoke(id)).await
    }

    async fn return_permit(&self, id: &ChallengeId, revokes: bool) -> Result<bool, StoreError> {
        self.around(Call::Other, self.store.return_permit(id, revokes)).await
    }

    async fn reset(&self, recipient: &[u8; 8]) -> Result<(), StoreError> {
        self.around(Call::Other, self.store.reset(recipient)).await
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        self.store.sweep().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.around(Call::Other, self.store.ping()).await
    }

    fn is_shared(&self) -> bool {
        self.hook.is_shared(self.store.is_shared())
    }
}

#[async_trait]
impl<S: LimitStore + ?Sized, H: Hook> LimitStore for Hooked<S, H> {
    async fn reserve(
        &self,
        limits: &[Limit],
        markers: &[CounterTag],
    ) -> Result<Reserved, StoreError> {
        self.around(Call::Other, self.store.reserve(limits, markers)).await
    }

    async fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
        self.around(Call::Other, self.store.settle(settlement)).await
    }
}

#[async_trait]
impl<S: OutboxStore + ?Sized, H: Hook> OutboxStore for Hooked<S, H> {
    async fn open_queued(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
        queue: &QueueTag,
        intent: &Intent,
    ) -> Result<Opened, StoreError> {
        let queue = self.hook.queue(queue);
        self.around(Call::OpenQueued, self.store.open_queued(new, rule, &queue, intent)).await
    }

    async fn queue(
        &self,
        id: &ChallengeId,
        queue: &QueueTag,
        intent: &Intent,
        lifetime: Duration,
    ) -> Result<Option<Intent>, StoreError> {
        let queue = self.hook.queue(queue);
        self.around(Call::Other, self.store.queue(id, &queue, intent, lifetime)).await
    }

    async fn claim(
        &self,
        queue: &QueueTag,
        lease: Duration,
        least: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        let queue = self.hook.queue(queue);
        self.around(Call::Other, self.store.claim(&queue, lease, least)).await
    }

    async fn finish(&self, claim: &Claim, how: Finish) -> Result<bool, StoreError> {
        self.around(Call::Other, self.store.finish(claim, how)).await
    }
}

#[async_trait]
impl<S: ReportStore + ?Sized, H: Hook> ReportStore for Hooked<S, H> {
    async fn record_message(
        &self,
        names: &[ReportTag],
        note: &str,
        retention: Duration,
    ) -> Result<Option<StatusRecord>, StoreError> {
        self.around(Call::Other, self.store.record_message(names, note, retention)).await
    }

    async fn apply_report(
        &self,
        names: &[ReportTag],
        status: &StatusRecord,
        early: &EarlyRule,
    ) -> Result<Option<StatusChange>, StoreError> {
        self.around(Call::Other, self.store.apply_report(names, status, early)).await
    }

    async fn read_status(&self, name: &ReportTag) -> Result<Option<StatusRecord>, StoreError> {
        self.around(Call::Other, self.store.read_status(name)).await
    }

    async fn record_replay(&self, key: &ReportTag, lifetime: Duration) -> Result<bool, StoreError> {
        self.around(Call::Other, self.store.record_replay(key, lifetime)).await
    }
}

/// Waits once for whoever polls, and wakes nobody.
pub(crate) async fn turn() {
    let mut is_first = true;
    std::future::poll_fn(|_| {
        if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}

/// Takes a turn before and after each call, so that a task can end there, and knows the last queue.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    pub(crate) queue: Mutex<Option<QueueTag>>,
}

#[async_trait]
impl Hook for Turns {
    async fn before(&self, _: Call<'_>) -> Result<(), StoreError> {
        turn().await;
        Ok(())
    }

    async fn after(&self, _: Call<'_>) -> Result<(), StoreError> {
        turn().await;
        Ok(())
    }

    fn queue(&self, queue: &QueueTag) -> QueueTag {
        *self.queue.lock().unwrap() = Some(*queue);
        *queue
    }
}

/// Does what it is told to queue, and does not say so.
#[derive(Debug)]
pub(crate) struct Losing;

#[async_trait]
impl Hook for Losing {
    async fn after(&self, call: Call<'_>) -> Result<(), StoreError> {
        turn().await;
        match call {
            Call::OpenQueued => Err(StoreError::new(StoreErrorKind::Unavailable)),
            _ => Ok(()),
        }
    }
}

/// Shows what it is given.
#[derive(Debug, Default)]
pub(crate) struct Given(pub(crate) Mutex<Vec<NewChallenge>>);

#[async_trait]
impl Hook for Given {
    async fn before(&self, call: Call<'_>) -> Result<(), StoreError> {
        if let Call::Open(new) = call {
            self.0.lock().unwrap().push(new.clone());
        }
        Ok(())
    }
}
