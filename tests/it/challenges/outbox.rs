//! Messages that wait in the store: workers that end at any step.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use otpost::challenge::{
    ChallengeErrorKind, Challenges, ChallengesBuilder, Client, Delivery, Event, EventKind, Limits,
    Pepper, Policy, Step,
};
use otpost::provider::{Fate, Provider, Receipt, SendError, SendErrorKind};
use otpost::store::{
    ChallengeId, Finish, Intent, Mac, MemoryStore, NewChallenge, OpenRule, Opened, OutboxStore,
    Salt, SendWindow,
};
use otpost::testing::{ManualClock, RecordingProvider};
use otpost::{Message, async_trait};

use super::{LOGIN, number, swiss};
use crate::dice::Dice;
use crate::hooked::{Hooked, Losing, Turns, turn};
use crate::scale::cases;

struct World {
    clock: ManualClock,
    phone: RecordingProvider,
    store: Hooked<MemoryStore, Turns>,
    challenges: Challenges,
    repeated: Arc<Mutex<u32>>,
}

fn world() -> World {
    let (clock, phone) = (ManualClock::at(1_700_000_000), RecordingProvider::new());
    let store = MemoryStore::with_capacity(100).with_clock(clock.clone());
    let store = Hooked::new(store, Turns::default());
    let repeated = Arc::new(Mutex::new(0));
    let heard = repeated.clone();
    let challenges = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
        .app("Acme")
        .provider(Slow(phone.clone()))
        .outbox(store.clone())
        .regions(["CH"])
        .limits(Limits::none())
        .policy(Policy::sms().with_lifetime(Duration::from_secs(600)))
        .clock(clock.clone())
        // Polled by hand, without a runtime that a timer could use.
        .store_timeout(None)
        .observer(move |event: &Event<'_>| {
            *heard.lock().unwrap() += u32::from(matches!(event.kind(), EventKind::Repeated));
        })
        .build()
        .unwrap();
    World { clock, phone, store, challenges, repeated }
}

/// A provider that takes a turn before and after it sends.
#[derive(Clone, Debug)]
struct Slow(RecordingProvider);

#[async_trait]
impl Provider for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        turn().await;
        let answer = self.0.send(message).await;
        turn().await;
        answer
    }
}

/// Polls a future so many times, or to its end.
fn poll<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = std::task::Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
    }
    None
}

fn whole<F: Future>(future: F) -> F::Output {
    poll(future, 10_000).expect("it ends")
}

/// Works until nothing is left, with so many deaths at any step.
fn run(world: &World, dice: &mut Dice, mut deaths: u32, step: impl Fn(usize) -> Option<Step>) {
    for _ in 0..40 {
        let dies = deaths > 0 && dice.below(2) == 0;
        deaths -= u32::from(dies);
        // A step takes some dozen turns.
        let polls = if dies { usize::try_from(dice.below(24)).unwrap() } else { 10_000 };
        match step(polls) {
            Some(Step::Sent | Step::Dropped) => {}
            // Leases and pauses end.
            _ => world.clock.advance(Duration::from_secs(10)),
        }
    }
}

#[test]
fn a_death_at_any_step_loses_no_message_and_repeats_one_at_most() {
    let (mut repeated, mut twice) = (0, 0);
    let seeds = cases("OTPOST_SEEDS", 500, 10_000);
    for seed in 0..seeds {
        let (world, mut dice) = (world(), Dice::new(seed));
        let worker = world.challenges.worker().unwrap();
        let deaths = u32::try_from(dice.below(4)).unwrap();
        for _ in 0..dice.below(3) {
            let kind = SendErrorKind::Unavailable;
            world.phone.fail_next(SendError::new(kind, Fate::NotSent));
        }
        let challenge =
            whole(world.challenges.issue(&swiss(), LOGIN, Client::Internal).into_future()).unwrap();
        assert!(matches!(challenge.delivery(), Delivery::Queued));
        run(&world, &mut dice, deaths, |polls| poll(worker.step(), polls).map(Result::unwrap));
        let sent = world.phone.messages();
        assert!(sent.len() <= 2, "seed {seed}: {} messages", sent.len());
        // One death is what is promised; more of them can fall on the same message.
        assert!(deaths > 1 || !sent.is_empty(), "seed {seed}: the message is lost");
        assert!(sent.iter().all(|m| m.id() == sent[0].id() && m.code() == sent[0].code()));
        if sent.len() == 2 {
            twice += 1;
            assert!(*world.repeated.lock().unwrap() > 0, "seed {seed}: and nobody was told");
        }
        repeated += *world.repeated.lock().unwrap();
        if let Some(message) = sent.first() {
            let code = message.code().unwrap().expose();
            let verify = world.challenges.verify(challenge.token(), LOGIN, code);
            assert!(whole(verify.into_future()).unwrap().is_accepted(), "seed {seed}");
        }
    }
    // The runs have seen what they are about.
    assert!(u64::from(twice) > seeds / 100 && repeated > twice, "{twice} of {repeated}");
}

/// The naive twins: one finishes before it sends, and loses messages; one remembers nothing, and
/// sends for ever.
#[test]
fn whoever_finishes_at_another_time_loses_or_repeats() {
    let (mut lost, mut many) = (0, 0);
    for seed in 0..500 {
        for finishes_first in [true, false] {
            let (world, mut dice) = (world(), Dice::new(seed));
            let _ = whole(world.challenges.issue(&swiss(), LOGIN, Client::Internal).into_future())
                .unwrap();
            let (store, phone) = (world.store.clone(), Slow(world.phone.clone()));
            let queue = store.hook.queue.lock().unwrap().unwrap();
            let lease = Duration::from_secs(60);
            let again = Finish::Again(Duration::ZERO);
            let step = |polls| {
                let work = async {
                    let claim = store.claim(&queue, lease, Duration::ZERO).await.unwrap()?;
                    // Forgetting the claim at once is to remember nothing of it.
                    let how = if finishes_first { Finish::Done } else { again };
                    let _ = store.finish(&claim, how).await.unwrap();
                    let message = Message::new(swiss(), "123456").unwrap();
                    let _ = phone.send(&message).await.unwrap();
                    let _ = store.finish(&claim, Finish::Done).await.unwrap();
                    Some(Step::Sent)
                };
                poll(work, polls).flatten()
            };
            run(&world, &mut dice, 1, step);
            let sent = world.phone.messages().len();
            lost += usize::from(finishes_first && sent == 0);
            many += usize::from(!finishes_first && sent > 2);
        }
    }
    assert!(lost > 10 && many > 10, "{lost} lost, {many} sent again and again");
}

#[test]
fn what_cannot_be_sent_is_dropped_and_what_comes_too_late_as_well() {
    let world = world();
    let worker = world.challenges.worker().unwrap();
    let step = || whole(worker.step()).unwrap();
    let issue = |to: &str| {
        let to = number(to);
        whole(world.challenges.issue(&to, LOGIN, Client::Internal).into_future()).unwrap()
    };
    assert_eq!(step(), Step::Idle);
    // Refused by the gateway: nobody gets the code, and it is worth nothing.
    let refused = issue("+41791234567");
    world.phone.fail_next(SendError::new(SendErrorKind::InvalidRecipient, Fate::Refused));
    assert_eq!(step(), Step::Dropped);
    assert!(!whole(world.challenges.revoke(refused.token(), LOGIN)).unwrap());
    // Perhaps sent: not again.
    let unknown = issue("+41791234568");
    world.phone.fail_next(SendError::new(SendErrorKind::Transport, Fate::Unknown));
    assert_eq!((step(), step()), (Step::Sent, Step::Idle));
    assert!(whole(world.challenges.revoke(unknown.token(), LOGIN)).unwrap());
    // The gateway says when, and is believed.
    let _ = issue("+41791234569");
    let wait = Duration::from_secs(90);
    let error = SendError::new(SendErrorKind::Throttled, Fate::NotSent).with_retry_after(wait);
    world.phone.fail_next(error);
    assert_eq!((step(), step()), (Step::Postponed, Step::Idle));
    world.clock.advance(wait - Duration::from_secs(1));
    assert_eq!(step(), Step::Idle);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!((step(), step()), (Step::Sent, Step::Idle));
    let text = world.phone.messages().pop().unwrap().text().expose().to_owned();
    assert!(text.contains("8 minutes"), "{text}");
    // With less than a minute left it comes too late.
    let _ = issue("+41791234570");
    world.clock.advance(Duration::from_secs(540));
    assert_eq!((step(), step()), (Step::Expired, Step::Idle));
    assert_eq!(world.phone.messages().len(), 1);
}

/// Whoever can write into the store can send nothing: neither a message of their own, nor somebody
/// else's once more.
#[test]
fn what_nobody_has_issued_is_not_sent() {
    let world = world();
    let _ = whole(world.challenges.issue(&swiss(), LOGIN, Client::Internal).into_future()).unwrap();
    let lease = Duration::from_secs(60);
    let queue = world.store.hook.queue.lock().unwrap().unwrap();
    let claim = whole(world.store.claim(&queue, lease, Duration::ZERO)).unwrap().unwrap();
    let (mac, salt) = (Mac::new([7; 16]), Salt::new([7; 16]));
    let window = SendWindow::new(5, lease);
    let rule = OpenRule::new(Duration::from_secs(300), Duration::ZERO, Duration::ZERO, window);
    for (at, intent) in
        [claim.intent.clone(), Intent::new(*b"\x01"), Intent::new([])].iter().enumerate()
    {
        let id = ChallengeId::new(1, [u8::try_from(at).unwrap(); 8], [7; 16]);
        let new = NewChallenge::new(id, mac, salt, 5);
        let opened = whole(world.store.open_queued(&new, &rule, &queue, intent)).unwrap();
        assert!(matches!(opened, Opened::Created { .. }));
        assert_eq!(whole(world.challenges.worker().unwrap().step()).unwrap(), Step::Dropped);
    }
    assert!(world.phone.messages().is_empty());
    // Its own message is sent.
    world.clock.advance(lease);
    assert_eq!(whole(world.challenges.worker().unwrap().step()).unwrap(), Step::Sent);
}

/// The store queues a message and its answer gets lost: the application is told that nothing was
/// sent, and so it is.
#[test]
fn a_lost_answer_sends_nothing() {
    let (clock, phone) = (ManualClock::at(1_700_000_000), RecordingProvider::new());
    let store = MemoryStore::with_capacity(100).with_clock(clock.clone());
    let store = Hooked::new(store, Losing);
    let challenges = Challenges::builder(Pepper::random().unwrap())
        .app("Acme")
        .provider(Slow(phone.clone()))
        .outbox(store.clone())
        .any_region()
        .limits(Limits::none())
        .store_timeout(None)
        .build()
        .unwrap();
    let refused =
        whole(challenges.issue(&swiss(), LOGIN, Client::Internal).into_future()).unwrap_err();
    assert_eq!(refused.kind(), ChallengeErrorKind::Unavailable);
    assert_eq!(store.store.len(), 1, "it was stored all the same");
    assert_eq!(whole(challenges.worker().unwrap().step()).unwrap(), Step::Expired);
    assert_eq!(whole(challenges.worker().unwrap().step()).unwrap(), Step::Idle);
    assert!(phone.messages().is_empty());
}

/// The application could give back the places of a message that its worker gives back as well, and
/// so those of another message.
#[test]
fn lost_answer_gives_back_its_places_once() {
    let store = MemoryStore::with_capacity(100);
    let build = |builder: ChallengesBuilder| {
        let builder = builder.app("Acme").provider(RecordingProvider::new()).any_region();
        let limits = Limits::none().with_application(2);
        builder.limits(limits).store_timeout(None).build().unwrap()
    };
    let builder = || Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap());
    let healthy = build(builder().outbox(store.clone()));
    let losing = build(builder().outbox(Hooked::new(store, Losing)));
    let issue = |challenges: &Challenges, to: &str| {
        let to = number(to);
        whole(challenges.issue(&to, LOGIN, Client::Internal).into_future()).is_ok()
    };
    let step = || whole(healthy.worker().unwrap().step()).unwrap();
    assert!(issue(&healthy, "+41791234567"));
    assert_eq!(step(), Step::Sent);
    assert!(!issue(&losing, "+41791234568"));
    assert_eq!((step(), step()), (Step::Expired, Step::Idle));
    assert!(issue(&healthy, "+41791234569"));
    assert!(!issue(&healthy, "+41791234570"), "the first message counts no longer");
}

/// A worker in a task, as an application has it.
#[cfg(feature = "reqwest")]
#[tokio::test]
async fn a_worker_runs_until_it_is_dropped() {
    let world = world();
    let (worker, stopped) = (world.challenges.worker().unwrap(), Arc::new(AtomicBool::new(false)));
    let flag = stopped.clone();
    let issued = async {
        let challenge = world.challenges.issue(&swiss(), LOGIN, Client::Internal).await.unwrap();
        while world.phone.messages().is_empty() {
            tokio::task::yield_now().await;
        }
        flag.store(true, Ordering::Relaxed);
        challenge
    };
    let timer = otpost::clock::TokioTimer::new();
    let poll = Duration::from_millis(1);
    tokio::select! {
        () = async { worker.run(&timer, poll).await } => unreachable!(),
        challenge = async {
            // `turn` wakes nobody, so the tasks take turns by time.
            tokio::time::timeout(Duration::from_secs(20), woken(issued)).await.unwrap()
        } => assert!(matches!(challenge.delivery(), Delivery::Queued)),
    }
    assert!(stopped.load(Ordering::Relaxed));
}

/// Wakes itself: the turns above leave that to whoever polls.
#[cfg(feature = "reqwest")]
async fn woken<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        future.as_mut().poll(context)
    })
    .await
}
