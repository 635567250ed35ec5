//! A store that hangs: no call waits for it longer than the store timeout. The test moves the only
//! clock there is.

use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use otpost::challenge::{
    ChallengeError, ChallengeErrorKind, ChallengeToken, Challenges, ChallengesBuilder, Client,
    Limits, Pepper, Step,
};
use otpost::clock::Timer;
use otpost::provider::{Fate, Provider, Receipt, SendError, SendErrorKind};
use otpost::store::{MemoryStore, StoreError};
use otpost::testing::ManualClock;
use otpost::{Message, async_trait};

use super::{LOGIN, swiss};
use crate::hooked::{Call, Hook, Hooked, Turns};

const TICK: Duration = Duration::from_millis(100);
const LIMIT: Duration = Duration::from_secs(5);
const PROVIDER: Duration = Duration::from_secs(30);

/// A timer that goes on when the test says so.
#[derive(Clone, Debug, Default)]
pub(super) struct ManualTimer {
    elapsed: Arc<Mutex<Duration>>,
    stands_still: bool,
}

impl ManualTimer {
    pub(super) fn still() -> Self {
        Self { stands_still: true, ..Self::default() }
    }

    pub(super) fn advance(&self, by: Duration) {
        if !self.stands_still {
            *self.elapsed.lock().unwrap() += by;
        }
    }
}

#[async_trait]
impl Timer for ManualTimer {
    fn elapsed(&self) -> Duration {
        *self.elapsed.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        let end = self.elapsed() + duration;
        std::future::poll_fn(|_| match self.elapsed() >= end {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }
}

/// Hangs from one call on.
#[derive(Debug)]
struct Hanging {
    from: AtomicUsize,
    calls: AtomicUsize,
}

impl Hanging {
    fn hang_from(&self, call: usize) {
        self.calls.store(0, Ordering::Relaxed);
        self.from.store(call, Ordering::Relaxed);
    }
}

#[async_trait]
impl Hook for Hanging {
    async fn before(&self, _: Call<'_>) -> Result<(), StoreError> {
        if self.calls.fetch_add(1, Ordering::Relaxed) >= self.from.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    /// As a database, which could hang.
    fn is_shared(&self, _: bool) -> bool {
        true
    }
}

/// Takes 30 s, and sends nothing if it is told so. It keeps the codes that it has sent.
#[derive(Debug)]
struct Slow(ManualTimer, Mutex<Vec<String>>, bool);

#[async_trait]
impl Provider for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        if self.2 {
            self.0.sleep(PROVIDER).await;
            return Err(SendError::new(SendErrorKind::Transport, Fate::NotSent));
        }
        let code = message.code().map(|code| code.expose().to_owned());
        self.1.lock().unwrap().extend(code);
        Ok(Receipt::new("slow"))
    }
}

struct World {
    timer: ManualTimer,
    hook: Arc<Hanging>,
    provider: Arc<Slow>,
    challenges: Challenges,
}

fn world(
    is_queued: bool,
    fails: bool,
    with: impl FnOnce(ChallengesBuilder) -> ChallengesBuilder,
) -> World {
    let timer = ManualTimer::default();
    let hook = Hanging { from: AtomicUsize::new(usize::MAX), calls: AtomicUsize::new(0) };
    let store = Hooked::new(MemoryStore::new(), hook);
    let hook = store.hook.clone();
    let provider = Arc::new(Slow(timer.clone(), Mutex::default(), fails));
    let builder = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
        .app("Acme")
        .provider(provider.clone())
        .regions(["CH"])
        .timer(timer.clone());
    let builder = if is_queued { builder.outbox(store) } else { builder.store(store) };
    World { timer, hook, provider, challenges: with(builder).build().unwrap() }
}

impl World {
    /// How long a call takes and what it returns; `None` if it does not end within two minutes.
    fn run<F: IntoFuture>(&self, call: F) -> Option<(Duration, F::Output)> {
        let mut call = pin!(call.into_future());
        let mut context = std::task::Context::from_waker(Waker::noop());
        let begin = self.timer.elapsed();
        for _ in 0..1_200 {
            if let Poll::Ready(output) = call.as_mut().poll(&mut context) {
                return Some((self.timer.elapsed() - begin, output));
            }
            self.timer.advance(TICK);
        }
        None
    }

    fn token(&self) -> ChallengeToken {
        let to = swiss();
        let (_, issued) = self.run(self.challenges.issue(&to, LOGIN, Client::Internal)).unwrap();
        issued.unwrap().token().clone()
    }

    fn code(&self) -> String {
        self.provider.1.lock().unwrap().last().unwrap().clone()
    }

    /// The number of messages that were sent.
    fn sent(&self) -> usize {
        self.provider.1.lock().unwrap().len()
    }
}

/// A call, over a store that hangs from its first call on, its second, and so on: it always ends in
/// time.
#[track_caller]
fn check<T>(
    is_queued: bool,
    calls: usize,
    ready: impl Fn(&World) -> Option<ChallengeToken>,
    call: impl AsyncFn(&Challenges, Option<&ChallengeToken>, &str) -> Result<T, ChallengeError>,
) {
    for from in 0..=calls {
        let world = world(is_queued, false, |builder| builder);
        let token = ready(&world);
        let code = token.as_ref().filter(|_| !is_queued).map(|_| world.code()).unwrap_or_default();
        world.hook.hang_from(from);
        let ended = world.run(call(&world.challenges, token.as_ref(), &code));
        let (took, answer) = ended.expect("it hangs with the store");
        let made = world.hook.calls.load(Ordering::Relaxed);
        let expected = if from < calls { LIMIT } else { Duration::ZERO };
        assert_eq!(took, expected, "from call {from}: {made} calls");
        if from == 0 {
            assert_eq!(answer.err().unwrap().kind(), ChallengeErrorKind::Unavailable);
        }
    }
    // The naive twin waits for as long as the store does.
    let world = world(is_queued, false, |builder| builder.store_timeout(None));
    let token = ready(&world);
    world.hook.hang_from(0);
    let ended = world.run(call(&world.challenges, token.as_ref(), "123456"));
    assert!(ended.is_none(), "nothing hangs, so the test shows nothing");
}

fn nothing(_: &World) -> Option<ChallengeToken> {
    None
}

fn issued(world: &World) -> Option<ChallengeToken> {
    Some(world.token())
}

#[test]
fn issues_end_when_the_store_hangs() {
    let call = async |challenges: &Challenges, _: Option<&ChallengeToken>, _: &str| {
        challenges.issue(&swiss(), LOGIN, Client::new("session")).await
    };
    // Reserves under the client's and the shared limits, and then opens or queues.
    check(false, 3, nothing, call);
    check(true, 3, nothing, call);
}

#[test]
fn resends_end_when_the_store_hangs() {
    // Reserves twice, asks for the permit, and gives back what it has reserved.
    check(false, 4, issued, async |challenges, token, _| {
        // The cooldown refuses it, after the store was asked.
        match challenges.resend(token.unwrap(), LOGIN, Client::Internal).await {
            Err(error) if error.kind() == ChallengeErrorKind::Cooldown => Ok(()),
            Err(error) => Err(error),
            Ok(_) => panic!("there is no cooldown"),
        }
    });
}

#[test]
fn verifications_end_when_the_store_hangs() {
    // An attempt, and its success under the limits.
    check(false, 2, issued, async |challenges, token, code| {
        let verdict = challenges.verify(token.unwrap(), LOGIN, code).await?;
        assert!(verdict.is_accepted(), "{verdict}");
        Ok(())
    });
}

#[test]
fn revocations_and_pings_end_when_the_store_hangs() {
    check(false, 1, issued, async |challenges, token, _| {
        challenges.revoke(token.unwrap(), LOGIN).await
    });
    check(false, 1, nothing, async |challenges, _, _| challenges.ping().await);
}

#[test]
fn workers_end_when_the_store_hangs() {
    // Claims and finishes.
    check(true, 2, issued, async |challenges, _, _| challenges.worker().unwrap().step().await);
}

#[test]
fn the_time_of_the_provider_is_not_that_of_the_store() {
    let world = world(false, true, |builder| builder.limits(Limits::none()));
    // Reserves, opens, sends for 30 s, and returns the permit.
    world.hook.hang_from(2);
    let to = swiss();
    let issue = world.challenges.issue(&to, LOGIN, Client::Internal);
    let (took, answer) = world.run(issue).unwrap();
    assert_eq!(answer.unwrap_err().kind(), ChallengeErrorKind::Send);
    assert_eq!(took, PROVIDER + LIMIT);
}

/// A store for the delivery log only, which always hangs.
fn hung_log() -> Hooked<MemoryStore, Hanging> {
    let hook = Hanging { from: AtomicUsize::new(0), calls: AtomicUsize::new(0) };
    Hooked::new(MemoryStore::new(), hook)
}

#[test]
fn a_message_is_sent_once_although_the_log_hangs() {
    let direct = world(false, false, |builder| builder.delivery_log(hung_log()));
    let to = swiss();
    let issue = direct.challenges.issue(&to, LOGIN, Client::Internal);
    let (took, issued) = direct.run(issue).unwrap();
    assert_eq!((took, issued.is_ok()), (LIMIT, true));

    // The store of the outbox takes a turn for each call, so it needs some time to finish a claim.
    // Without a store timeout, the step waits for the log, and for nothing else.
    for limit in [Some(LIMIT), None] {
        let clock = ManualClock::at(1_700_000_000);
        let store = MemoryStore::new().with_clock(clock.clone());
        let queued = world(true, false, |builder| {
            let outbox = Hooked::new(store, Turns::default());
            builder.outbox(outbox).delivery_log(hung_log()).store_timeout(limit)
        });
        drop(queued.token());
        let worker = queued.challenges.worker().unwrap();
        let first = queued.run(worker.step());
        assert_eq!(first.is_some(), limit.is_some());
        if let Some((took, step)) = first {
            // The claim takes two turns, and has a limit of its own.
            assert_eq!((took, step.unwrap()), (LIMIT + 2 * TICK, Step::Sent));
        }
        // The lease ends: a message whose claim was not finished would be sent again.
        clock.advance(Duration::from_secs(60));
        let (_, step) = queued.run(worker.step()).unwrap();
        assert_eq!((step.unwrap(), queued.sent()), (Step::Idle, 1));
    }
}

#[test]
fn timeouts_are_as_long_as_they_are_set() {
    for seconds in [1, 3, 20] {
        let limit = Duration::from_secs(seconds);
        let world = world(false, false, |builder| builder.store_timeout(limit));
        world.hook.hang_from(0);
        let (took, answer) = world.run(world.challenges.ping()).unwrap();
        assert_eq!((took, answer.is_err()), (limit, true));
    }
    // A store that answers at once is not asked for its time.
    let world = world(false, false, |builder| builder.store_timeout(Duration::ZERO));
    assert!(world.run(world.challenges.ping()).unwrap().1.is_ok());
}

/// Without a runtime that the library knows, the application has to say how time is measured.
#[cfg(not(feature = "reqwest"))]
#[test]
fn timeouts_of_shared_stores_need_a_timer() {
    let build = |with: fn(ChallengesBuilder) -> ChallengesBuilder| {
        let hook = Hanging { from: AtomicUsize::new(0), calls: AtomicUsize::new(0) };
        let builder = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
            .app("Acme")
            .provider(otpost::provider::NullProvider)
            .store(Hooked::new(MemoryStore::new(), hook))
            .any_region();
        with(builder).build().err()
    };
    assert_eq!(build(|builder| builder), Some(otpost::challenge::BuildError::NoTimer));
    assert_eq!(build(|builder| builder.timer(ManualTimer::default())), None);
    assert_eq!(build(|builder| builder.store_timeout(None)), None);
    assert_eq!(build(|builder| builder.store(MemoryStore::new())), None);
}
