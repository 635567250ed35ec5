//! S10 and S12 over any store: a call that fails, hangs or is dropped lets nobody in, sends nothing that is not stored, and loses no code.

use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use otpost::challenge::{Challenges, Client, Limits, Pepper, Policy, Verdict};
use otpost::store::{
    Attempt, ChallengeStore, LimitStore, MemoryStore, Nonce, StoreError, StoreErrorKind,
};
use otpost::testing::RecordingProvider;
use otpost::{PhoneNumber, async_trait};
use tokio::sync::Notify;

use crate::challenges::LOGIN;
use crate::hooked::{Call, Hook, Hooked};

#[derive(Clone, Copy, Debug)]
enum Fault {
    Refused,
    /// Done, and the answer gets lost.
    Lost,
    /// Done, and the answer is not to be understood.
    Garbled,
    /// Done, and no answer comes.
    Hanging,
}

/// Fails at the n-th call.
#[derive(Debug)]
struct Faulty {
    fault: Fault,
    at: usize,
    is_naive: bool,
    calls: AtomicUsize,
    is_now: AtomicBool,
    hangs: Notify,
    opened: AtomicUsize,
}

#[async_trait]
impl Hook for Faulty {
    async fn before(&self, _: Call<'_>) -> Result<(), StoreError> {
        let is_now = self.calls.fetch_add(1, Ordering::Relaxed) == self.at;
        if is_now && matches!(self.fault, Fault::Refused) {
            return Err(StoreError::new(StoreErrorKind::Unavailable));
        }
        self.is_now.store(is_now, Ordering::Relaxed);
        Ok(())
    }

    async fn after(&self, call: Call<'_>) -> Result<(), StoreError> {
        self.opened.fetch_add(usize::from(matches!(call, Call::Open(_))), Ordering::Relaxed);
        if !self.is_now.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        match self.fault {
            Fault::Refused => Ok(()),
            Fault::Lost => Err(StoreError::new(StoreErrorKind::Unavailable)),
            Fault::Garbled => Err(StoreError::new(StoreErrorKind::Corrupt)),
            Fault::Hanging => {
                self.hangs.notify_one();
                std::future::pending().await
            }
        }
    }

    /// The naive twin would rather let somebody in than keep everybody out.
    fn attempted(&self, answer: Result<Attempt, StoreError>) -> Result<Attempt, StoreError> {
        match answer {
            Err(_) if self.is_naive => Ok(Attempt::accepted(false)),
            answer => answer,
        }
    }
}

fn challenges(store: impl ChallengeStore + LimitStore, phone: &RecordingProvider) -> Challenges {
    let is_shared = store.is_shared();
    let builder = Challenges::builder(Pepper::random().unwrap());
    let builder = if is_shared { builder.many_processes() } else { builder };
    builder
        .app("Acme")
        .provider(phone.clone())
        .store(store)
        .any_region()
        .limits(Limits::standard().with_region(1_000_000).with_application(1_000_000))
        .policy(Policy::sms().with_cooldown(Duration::ZERO))
        .build()
        .unwrap()
}

fn number(at: usize) -> PhoneNumber {
    // One of each range, since messages of a range are counted.
    PhoneNumber::parse(&format!("+4179{:04}123", 1_000 + at)).unwrap()
}

fn code(phone: &RecordingProvider) -> String {
    phone.messages().last().unwrap().code().unwrap().expose().to_owned()
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

/// What a call answers to a caller who goes away as soon as the store hangs. No clock decides that, since no machine is always fast enough.
async fn answered<F: IntoFuture>(hook: &Faulty, call: F) -> Option<F::Output> {
    let answer = async {
        tokio::select! {
            biased;
            answer = call.into_future() => Some(answer),
            () = hook.hangs.notified() => None,
        }
    };
    tokio::time::timeout(Duration::from_secs(60), answer).await.expect("the store hangs of itself")
}

/// S12: each call of a flow fails in each way; how many calls there are, or what went wrong.
pub(super) async fn fails_closed<S>(store: S, is_naive: bool) -> Result<usize, String>
where
    S: ChallengeStore + LimitStore + Clone,
{
    let mut all = 0;
    for fault in [Fault::Refused, Fault::Lost, Fault::Garbled, Fault::Hanging] {
        for at in 0.. {
            let (calls, is_now, hangs, opened) = Default::default();
            let hook = Faulty { fault, at, is_naive, calls, is_now, hangs, opened };
            let (store, phone) = (Hooked::new(store.clone(), hook), RecordingProvider::new());
            let (hook, challenges) = (store.hook.clone(), challenges(store, &phone));
            let to = number(0);
            let fail = |what: &str| Err(format!("{fault:?} at call {at}: {what}"));
            let mut accepted = 0;
            if let Some(Ok(challenge)) =
                answered(&hook, challenges.issue(&to, LOGIN, Client::Internal)).await
            {
                let code = code(&phone);
                let resent =
                    answered(&hook, challenges.resend(challenge.token(), LOGIN, Client::Internal))
                        .await;
                let is_resent = matches!(resent, Some(Ok(_)));
                if phone.messages().len() != 1 + usize::from(is_resent) {
                    return fail("what was sent is not what was said");
                }
                for typed in [wrong(&code), &code, &code, wrong(&code), &code] {
                    let verdict =
                        answered(&hook, challenges.verify(challenge.token(), LOGIN, typed)).await;
                    if matches!(verdict, Some(Ok(Verdict::Accepted(_)))) {
                        accepted += 1;
                        if typed != code {
                            return fail("a wrong code is accepted");
                        }
                    }
                }
            } else if !phone.messages().is_empty() {
                return fail("a message was sent, and said not to be");
            }
            if !phone.messages().is_empty() && hook.opened.load(Ordering::Relaxed) == 0 {
                return fail("a message was sent of which nothing is stored");
            }
            if accepted > 1 {
                return fail("one code was accepted twice");
            }
            let calls = hook.calls.load(Ordering::Relaxed);
            if calls <= at {
                if accepted != 1 {
                    return fail("nothing failed, and nobody got in");
                }
                all += calls;
                break;
            }
        }
    }
    Ok(all)
}

/// Gives way several times before and after each call.
#[derive(Debug)]
struct Yielding {
    is_naive: bool,
}

#[async_trait]
impl Hook for Yielding {
    async fn before(&self, _: Call<'_>) -> Result<(), StoreError> {
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn after(&self, call: Call<'_>) -> Result<(), StoreError> {
        self.before(call).await
    }

    /// The naive twin has no name for an attempt.
    fn nonce<'a>(&self, nonce: Option<&'a Nonce>) -> Option<&'a Nonce> {
        nonce.filter(|_| !self.is_naive)
    }
}

/// Polls a future so many times as it is woken, and drops it.
async fn polled<F: IntoFuture>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future.into_future());
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// S10: calls are dropped after each number of polls.
pub(super) async fn loses_nothing<S>(store: S, is_naive: bool) -> Result<(), String>
where
    S: ChallengeStore + LimitStore + Clone,
{
    let (phone, mut ended) = (RecordingProvider::new(), 0);
    let store = Hooked::new(store, Yielding { is_naive });
    let challenges = challenges(store, &phone);
    for polls in 0..=200 {
        let fail = |what: &str| Err(format!("dropped after {polls} polls: {what}"));
        let sent = phone.messages().len();
        // Whoever leaves while a code is issued gets another one.
        let to = number(polls);
        let dropped = polled(challenges.issue(&to, LOGIN, Client::Internal), polls).await;
        let challenge =
            challenges.issue(&to, LOGIN, Client::Internal).await.map_err(|e| e.to_string())?;
        let sent = phone.messages().len() - sent;
        if sent > 2 || (dropped.is_some() && sent != 2) {
            return fail("more messages than calls");
        }
        let (id, code) = (challenge.token().clone(), code(&phone));
        let verify = |typed| challenges.verify(&id, LOGIN, typed);
        // A wrong guess counts, whether its caller stays or not.
        let seen = polled(verify(wrong(&code)), polls).await;
        let left = match verify(wrong(&code)).await {
            Ok(Verdict::Wrong { attempts_left, .. }) => attempts_left,
            other => return fail(&format!("{other:?}")),
        };
        if !(3..=4).contains(&left) || (seen.is_some() && left != 3) {
            return fail("guesses come back");
        }
        // A right one is not lost, and is not good twice.
        let seen = polled(verify(&code).nonce(b"one attempt"), polls).await;
        ended += usize::from(seen.is_some());
        let again = verify(&code).nonce(b"one attempt").await;
        if !matches!(again, Ok(Verdict::Accepted(_))) {
            return fail("a right code is lost");
        }
        if !matches!(verify(&code).await, Ok(Verdict::Gone)) {
            return fail("a code is good twice");
        }
    }
    if ended == 0 || ended > 200 {
        return Err(format!("{ended} of 201 calls came to their end"));
    }
    Ok(())
}

#[tokio::test]
async fn memory_fails_closed_and_loses_nothing() {
    let store = std::sync::Arc::new(MemoryStore::new());
    let calls = fails_closed(store.clone(), false).await.unwrap();
    assert!(calls >= 4 * 8, "{calls}");
    loses_nothing(store, false).await.unwrap();
}

#[tokio::test]
async fn naive_twins_let_somebody_in_and_lose_a_code() {
    let store = std::sync::Arc::new(MemoryStore::new());
    let failed = fails_closed(store.clone(), true).await.unwrap_err();
    assert!(failed.contains("accepted"), "{failed}");
    let lost = loses_nothing(store, true).await.unwrap_err();
    assert!(lost.contains("is lost"), "{lost}");
}
