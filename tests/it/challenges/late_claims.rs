//! A store that answers a worker so late that another one has the message by then, or soon will.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use otpost::challenge::{Challenges, Client, Event, EventKind, Pepper, Step};
use otpost::store::MemoryStore;
use otpost::testing::{ManualClock, RecordingProvider};

use super::timeouts::ManualTimer;
use super::{LOGIN, swiss};
use crate::hooked::{Hooked, Turns};

/// An application with a queued message, and with a store that takes a turn before and after each
/// call.
struct World {
    clock: ManualClock,
    timer: ManualTimer,
    phone: RecordingProvider,
    challenges: Challenges,
    repeated: Arc<Mutex<u32>>,
}

fn world(timer: ManualTimer, limit: Option<Duration>, is_decoy: bool) -> World {
    let (clock, phone) = (ManualClock::at(1_700_000_000), RecordingProvider::new());
    let store = MemoryStore::new().with_clock(clock.clone());
    let repeated = Arc::new(Mutex::new(0));
    let heard = repeated.clone();
    let challenges = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
        .app("Acme")
        .provider(phone.clone())
        .outbox(Hooked::new(store, Turns::default()))
        .regions(["CH"])
        .timer(timer.clone())
        .store_timeout(limit)
        .observer(move |event: &Event<'_>| {
            *heard.lock().unwrap() += u32::from(matches!(event.kind(), EventKind::Repeated));
        })
        .build()
        .unwrap();
    let to = swiss();
    let issue = challenges.issue(&to, LOGIN, Client::Internal).decoy(is_decoy);
    drop(whole(issue.into_future()).unwrap());
    World { clock, timer, phone, challenges, repeated }
}

impl World {
    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.timer.advance(Duration::from_secs(seconds));
    }

    fn step(&self) -> Step {
        whole(self.challenges.worker().unwrap().step()).unwrap()
    }

    /// A step whose claim is made at once, and answered after what happens in between.
    fn late<T>(&self, between: impl FnOnce() -> T) -> (Step, T) {
        let worker = self.challenges.worker().unwrap();
        let mut step = pin!(worker.step());
        // Before the claim is made, and before its answer is there.
        for _ in 0..2 {
            assert!(step.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        let between = between();
        (whole(step).unwrap(), between)
    }
}

fn whole<F: Future>(future: F) -> F::Output {
    let (mut future, mut context) = (pin!(future), Context::from_waker(Waker::noop()));
    for _ in 0..1_000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
    panic!("it does not end");
}

#[test]
fn late_claims_send_nothing() {
    // With a store timeout, there is time to finish a claim that has used it up.
    for limit in [None, Some(Duration::from_secs(5))] {
        let sent = |timer: ManualTimer, seconds: u64| {
            let world = world(timer, limit, false);
            let (first, second) = world.late(|| {
                world.pass(seconds);
                world.step()
            });
            // What was not sent is still in the queue.
            world.pass(5);
            (first, second, world.step(), world.phone.messages().len())
        };
        let timer = ManualTimer::default;
        assert_eq!(sent(timer(), 10), (Step::Sent, Step::Idle, Step::Idle, 1));
        assert_eq!(sent(timer(), 11), (Step::Postponed, Step::Idle, Step::Sent, 1));
        assert_eq!(sent(timer(), 60), (Step::Postponed, Step::Sent, Step::Idle, 1));
        // The naive one does not measure.
        assert_eq!(sent(ManualTimer::still(), 60), (Step::Sent, Step::Sent, Step::Idle, 2));
    }
}

#[test]
fn late_claims_that_need_no_message_are_done() {
    let decoy = world(ManualTimer::default(), None, true);
    assert_eq!(decoy.late(|| decoy.pass(11)).0, Step::Decoy);
    // A code that expires within a minute.
    let expired = world(ManualTimer::default(), None, false);
    expired.pass(250);
    assert_eq!(expired.late(|| expired.pass(11)).0, Step::Expired);
    for world in [decoy, expired] {
        world.pass(5);
        assert_eq!((world.step(), world.phone.messages().len()), (Step::Idle, 0));
    }
}

#[test]
fn late_claims_forget_no_worker_that_stopped() {
    let world = world(ManualTimer::default(), None, false);
    let worker = world.challenges.worker().unwrap();
    {
        // It may have sent the message.
        let mut stopped = pin!(worker.step());
        for _ in 0..2 {
            let context = &mut Context::from_waker(Waker::noop());
            assert!(stopped.as_mut().poll(context).is_pending());
        }
    }
    world.pass(60);
    assert_eq!(world.late(|| world.pass(11)).0, Step::Postponed);
    assert_eq!(*world.repeated.lock().unwrap(), 0, "nothing was sent again");
    world.pass(5);
    assert_eq!((world.step(), *world.repeated.lock().unwrap()), (Step::Sent, 1));
    assert_eq!((world.step(), world.phone.messages().len()), (Step::Idle, 1));
}
