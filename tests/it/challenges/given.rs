//! A store that shows what it is given.

use std::sync::{Arc, Mutex};

use otpost::async_trait;
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, CounterStore, CounterTag, Mac, MemoryStore,
    NewChallenge, Nonce, OpenRule, Opened, ResendRule, Resent, Spend, Spent, StoreError,
};

type Seen = Arc<Mutex<Vec<NewChallenge>>>;

#[derive(Debug)]
pub(super) struct Given(MemoryStore, Seen);

impl Given {
    pub(super) fn new() -> (Self, Seen) {
        let seen = Seen::default();
        (Self(MemoryStore::new(), seen.clone()), seen)
    }
}

#[async_trait]
impl ChallengeStore for Given {
    async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError> {
        self.1.lock().unwrap().push(new.clone());
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
impl CounterStore for Given {
    async fn spend(&self, spends: &[Spend]) -> Result<Spent, StoreError> {
        self.0.spend(spends).await
    }

    async fn credit(&self, tag: &CounterTag) -> Result<(), StoreError> {
        self.0.credit(tag).await
    }
}
