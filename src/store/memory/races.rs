//! Tests of the store under a scheduler that tries different orders of threads.

use std::sync::Arc;
use std::time::Duration;

use shuttle::future::block_on;
use shuttle::sync::Mutex;
use shuttle::thread;

use super::MemoryStore;
use crate::clock::Clock;
use crate::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, CounterTag, GiveKind, Limit, LimitStore,
    Mac, NewChallenge, OpenRule, Opened, Reserved, Salt, SendWindow, Settlement,
};

const SCHEDULES: usize = 10_000;
const DAY: Duration = Duration::from_secs(86_400);

/// A clock that stands still, so that schedules can be repeated.
#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> std::time::SystemTime {
        std::time::UNIX_EPOCH.checked_add(DAY).unwrap()
    }
}

fn store() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::with_capacity(100).with_clock(Still))
}

fn challenge(random: u8, attempts: u16) -> NewChallenge {
    let id = ChallengeId::new(0, [1; 8], [random; 16]);
    let (mac, salt) = (Mac::new([2; 16]), Salt::new([3; 16]));
    NewChallenge::new(id, mac, salt, attempts)
}

fn rule(most: u16) -> OpenRule {
    OpenRule::new(DAY, Duration::ZERO, Duration::ZERO, SendWindow::new(most, DAY))
}

fn patient(failures: u16) -> AttemptRule {
    AttemptRule::new(failures, DAY, DAY, DAY)
}

/// Runs a function in several threads at once, and returns the result of each.
fn at_once<T: Send + 'static>(
    threads: u8,
    run: impl Fn(u8) -> T + Clone + Send + 'static,
) -> Vec<T> {
    let started: Vec<_> = (0..threads)
        .map(|at| {
            let run = run.clone();
            thread::spawn(move || run(at))
        })
        .collect();
    started.into_iter().map(|thread| thread.join().unwrap()).collect()
}

fn check(test: impl Fn() + Send + Sync + Clone + 'static) {
    // Random schedules find common races. PCT (probabilistic concurrency testing) changes the
    // priorities of threads at a few points, and finds rarer ones.
    shuttle::check_random(test.clone(), SCHEDULES);
    shuttle::check_pct(test, SCHEDULES / 10, 3);
}

fn is_accepted(attempt: &Attempt) -> bool {
    matches!(attempt, Attempt::Accepted { .. })
}

#[test]
fn one_guess_is_accepted_and_no_more_are_compared_than_are_left() {
    check(|| {
        let (store, new) = (store(), challenge(1, 2));
        let _ = block_on(store.open(&new, &rule(9))).unwrap();
        let answers = at_once(4, move |at| {
            let guess = if at % 2 == 0 { Mac::new([2; 16]) } else { Mac::new([9; 16]) };
            block_on(store.attempt(&new.id, &guess, None, &patient(99))).unwrap()
        });
        let accepted = answers.iter().filter(|answer| is_accepted(answer)).count();
        let wrong = answers.iter().filter(|a| matches!(a, Attempt::Wrong { .. })).count();
        assert!(accepted <= 1 && accepted + wrong <= 2, "{answers:?}");
        assert!(accepted == 1 || wrong == 2, "{answers:?}");
    });
}

#[test]
fn a_guess_or_a_revocation_wins() {
    check(|| {
        let (store, new) = (store(), challenge(1, 5));
        let _ = block_on(store.open(&new, &rule(9))).unwrap();
        let answers = at_once(3, move |at| match at {
            0 => block_on(store.revoke(&new.id)).unwrap(),
            _ => is_accepted(
                &block_on(store.attempt(&new.id, &new.mac, None, &patient(99))).unwrap(),
            ),
        });
        assert_eq!(answers.iter().filter(|won| **won).count(), 1);
    });
}

#[test]
fn a_recipient_is_locked_by_its_last_failure() {
    check(|| {
        let store = store();
        for random in 0..3 {
            let _ = block_on(store.open(&challenge(random, 5), &rule(9))).unwrap();
        }
        let answers = at_once(3, move |at| {
            let guess = Mac::new([9; 16]);
            block_on(store.attempt(&challenge(at, 5).id, &guess, None, &patient(2))).unwrap()
        });
        let wrong = answers.iter().filter(|a| matches!(a, Attempt::Wrong { .. })).count();
        assert_eq!(wrong, 2, "{answers:?}");
    });
}

fn limits() -> [Limit; 2] {
    let [window, bucket] = [7, 8].map(|tag| CounterTag::new([tag; 8]));
    [Limit::window(window, 2, DAY), Limit::bucket(bucket, 3, DAY)]
}

fn is_granted(reserved: &Reserved) -> bool {
    matches!(reserved, Reserved::Granted { .. })
}

fn given_back(limits: &[Limit], kind: GiveKind) -> Settlement {
    Settlement::new(limits.iter().map(|limit| limit.give(kind)).collect(), Vec::new())
}

/// Takes places one after the other, and returns how many there are.
fn drained(store: &MemoryStore, limit: Limit) -> usize {
    (0..).take_while(|_| is_granted(&block_on(store.reserve(&[limit], &[])).unwrap())).count()
}

#[test]
fn messages_and_limits_are_counted_by_all() {
    check(|| {
        let store = store();
        let answers = at_once(4, {
            let store = store.clone();
            move |at| {
                let opened = block_on(store.open(&challenge(at, 5), &rule(2))).unwrap();
                let [window, bucket] = limits();
                // In both orders.
                let limits = if at % 2 == 0 { [window, bucket] } else { [bucket, window] };
                let reserved = block_on(store.reserve(&limits, &[])).unwrap();
                (matches!(opened, Opened::Created { .. }), is_granted(&reserved))
            }
        });
        assert_eq!(answers.iter().filter(|(opened, _)| *opened).count(), 2);
        assert_eq!(answers.iter().filter(|(_, granted)| *granted).count(), 2);
        // The two messages that the window refused took no place in the bucket.
        let [window, bucket] = limits();
        assert_eq!([drained(&store, window), drained(&store, bucket)], [0, 1]);
    });
}

#[test]
fn places_that_are_given_back_are_granted_once() {
    check(|| {
        let store = store();
        for _ in 0..2 {
            assert!(is_granted(&block_on(store.reserve(&limits(), &[])).unwrap()));
        }
        let answers = at_once(4, {
            let store = store.clone();
            move |at| {
                if at % 2 == 0 {
                    let settlement = given_back(&limits(), GiveKind::NotSent);
                    block_on(store.settle(&settlement)).unwrap();
                    return false;
                }
                is_granted(&block_on(store.reserve(&limits(), &[])).unwrap())
            }
        });
        // Two of the places are free again, of which those granted meanwhile are taken.
        let granted = answers.iter().filter(|granted| **granted).count();
        let [window, bucket] = limits();
        let left = [drained(&store, window), drained(&store, bucket)];
        assert_eq!(left, [2 - granted, 3 - granted]);
    });
}

#[test]
fn a_permit_is_returned_once() {
    check(|| {
        let (store, new) = (store(), challenge(1, 5));
        for new in [&new, &challenge(2, 5)] {
            let _ = block_on(store.open(new, &rule(2))).unwrap();
        }
        let answers = at_once(3, {
            let store = store.clone();
            move |at| match at {
                0 => is_accepted(
                    &block_on(store.attempt(&new.id, &new.mac, None, &patient(99))).unwrap(),
                ),
                _ => block_on(store.return_permit(&new.id, true)).unwrap(),
            }
        });
        // Either the code was accepted or one of the calls returned the permit.
        assert_eq!(answers.iter().filter(|won| **won).count(), 1, "{answers:?}");
        let more = (3..9).take_while(|random| {
            let opened = block_on(store.open(&challenge(*random, 5), &rule(2))).unwrap();
            matches!(opened, Opened::Created { .. })
        });
        // A success gives all messages back.
        assert_eq!(more.count(), if answers[0] { 2 } else { 1 });
    });
}

/// A naive store takes the lock twice. The scheduler must find an order in which another thread
/// comes in between.
#[test]
#[should_panic(expected = "accepted twice")]
fn a_store_that_reads_and_writes_back_is_found_out() {
    shuttle::check_random(
        || {
            let left = Arc::new(Mutex::new(true));
            let answers = at_once(2, move |_| {
                let is_there = *left.lock().unwrap();
                if is_there {
                    *left.lock().unwrap() = false;
                }
                is_there
            });
            assert!(answers.iter().filter(|won| **won).count() == 1, "accepted twice");
        },
        SCHEDULES,
    );
}
