//! I10 and S12: a store that fails at any call lets nobody in, and nothing is sent that is not stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use otpost::challenge::{ChallengeErrorKind, Challenges, Guards, Pepper, Policy};
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, CounterStore, CounterTag, Mac, MemoryStore,
    NewChallenge, Nonce, OpenRule, Opened, ResendRule, Resent, Spend, Spent, StoreError,
    StoreErrorKind,
};
use otpost::testing::RecordingProvider;
use otpost::{Code, async_trait};

use super::swiss;

/// Takes its time, and fails at the n-th call: before it does anything, or after it has done all.
#[derive(Debug)]
struct Faulty {
    store: MemoryStore,
    calls: Arc<AtomicUsize>,
    at: usize,
    is_late: bool,
}

impl Faulty {
    /// Whether the answer gets lost.
    async fn begin(&self) -> Result<bool, StoreError> {
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        let is_now = self.calls.fetch_add(1, Ordering::Relaxed) == self.at;
        if is_now && !self.is_late {
            return Err(StoreError::new(StoreErrorKind::Unavailable));
        }
        Ok(is_now)
    }

    async fn end<T>(&self, is_lost: bool, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        if is_lost { Err(StoreError::new(StoreErrorKind::Unavailable)) } else { answer }
    }
}

#[async_trait]
impl ChallengeStore for Faulty {
    async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError> {
        let is_lost = self.begin().await?;
        self.end(is_lost, self.store.open(new, rule).await).await
    }

    async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError> {
        let is_lost = self.begin().await?;
        self.end(is_lost, self.store.attempt(id, guess, nonce, rule).await).await
    }

    async fn resend(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, StoreError> {
        let is_lost = self.begin().await?;
        self.end(is_lost, self.store.resend(id, rule).await).await
    }

    async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
        let is_lost = self.begin().await?;
        self.end(is_lost, self.store.revoke(id).await).await
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        self.store.sweep().await
    }

    fn is_shared(&self) -> bool {
        false
    }
}

#[async_trait]
impl CounterStore for Faulty {
    async fn spend(&self, spends: &[Spend]) -> Result<Spent, StoreError> {
        let is_lost = self.begin().await?;
        self.end(is_lost, self.store.spend(spends).await).await
    }

    async fn credit(&self, tag: &CounterTag) -> Result<(), StoreError> {
        let is_lost = self.begin().await?;
        self.end(is_lost, self.store.credit(tag).await).await
    }
}

#[tokio::test]
async fn a_failure_at_any_call_lets_nobody_in() {
    let mut failed = 0;
    for is_late in [false, true] {
        for at in 0..12 {
            let (calls, phone) = (Arc::<AtomicUsize>::default(), RecordingProvider::new());
            let store = Faulty { store: MemoryStore::new(), calls: calls.clone(), at, is_late };
            let challenges = Challenges::builder(Pepper::random().unwrap())
                .app("Acme")
                .provider(phone.clone())
                .store(store)
                .any_region()
                .guards(Guards::standard().with_application(100, std::time::Duration::from_secs(9)))
                .policy(Policy::sms().with_cooldown(std::time::Duration::ZERO))
                .build()
                .unwrap();
            // One issue, one resend, a wrong guess, the right one, and the right one again.
            let mut accepted = 0;
            if let Ok(challenge) = challenges.issue(&swiss(), "login").await {
                let code = phone.messages()[0].code().unwrap().expose().to_owned();
                let resent = challenges.resend(challenge.id(), &swiss(), "login").await;
                assert_eq!(phone.messages().len(), 1 + usize::from(resent.is_ok()));
                for typed in [super::wrong(&code), code.clone(), code.clone(), code] {
                    match challenges.verify(challenge.id(), "login", &typed).await {
                        Ok(verdict) => accepted += usize::from(verdict.is_accepted()),
                        Err(error) => {
                            assert_eq!(error.kind(), ChallengeErrorKind::Unavailable);
                            failed += 1;
                        }
                    }
                }
                let again = challenges.verify(challenge.id(), "login", "000000").await;
                assert!(!again.is_ok_and(|verdict| verdict.is_accepted()));
            } else {
                // What is not stored is not sent.
                assert!(phone.messages().is_empty(), "{at} {is_late}");
                failed += 1;
            }
            assert!(accepted <= 1, "{at} {is_late}");
            assert!(calls.load(Ordering::Relaxed) > 0);
        }
    }
    assert!(failed >= 12, "{failed}");
}

/// S10: dropping a call leaves a code that is good or used, and never one that is good after it was accepted.
#[tokio::test]
async fn dropping_a_call_loses_nothing() {
    use std::future::IntoFuture;
    use std::task::{Context, Poll, Waker};
    for polls in 0..20 {
        let phone = RecordingProvider::new();
        let (calls, at) = (Arc::default(), usize::MAX);
        let store = Faulty { store: MemoryStore::new(), calls, at, is_late: false };
        let challenges = Challenges::builder(Pepper::random().unwrap())
            .app("Acme")
            .provider(phone.clone())
            .store(store)
            .any_region()
            .build()
            .unwrap();
        let challenge = challenges.issue(&swiss(), "login").await.unwrap();
        let code = phone.messages()[0].code().unwrap().expose().to_owned();
        let mut verify = challenges.verify(challenge.id(), "login", &code).into_future();
        let mut context = Context::from_waker(Waker::noop());
        let mut seen = None;
        for _ in 0..polls {
            if let Poll::Ready(verdict) = verify.as_mut().poll(&mut context) {
                seen = Some(verdict.unwrap().is_accepted());
                break;
            }
        }
        drop(verify);
        let again = challenges.verify(challenge.id(), "login", &code).await.unwrap();
        match seen {
            Some(accepted) => assert!(accepted && !again.is_accepted(), "{polls}"),
            // Counted or not, but never lost and good for a second one.
            None => {
                let third = challenges.verify(challenge.id(), "login", &code).await.unwrap();
                assert!(!third.is_accepted(), "{polls}");
            }
        }
    }
}

#[test]
fn a_code_of_another_length_is_no_code_of_a_test_number() {
    let builder = Challenges::builder(Pepper::random().unwrap())
        .app("Acme")
        .provider(RecordingProvider::new())
        .store(MemoryStore::new())
        .any_region()
        .test_number(swiss(), Code::parse("12345678").unwrap());
    assert!(builder.build().is_err());
}
