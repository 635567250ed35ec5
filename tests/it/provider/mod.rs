//! The wrappers' shared state under a model checker, which runs every order that two or three threads can come in. The
//! files are those of the crate; only their locks and atomics are the checker's.

mod circuit;
mod counted;
mod retry;
mod sync {
    pub(super) use loom::sync::{Mutex, MutexGuard, atomic};
}
#[expect(
    clippy::duplicate_mod,
    reason = "here over the checker's locks, in `counted` over its own tickets"
)]
#[path = "../../../src/provider/semaphore.rs"]
mod semaphore;
#[path = "../../../src/provider/ticket.rs"]
mod ticket;

use std::panic::catch_unwind;
use std::task::Poll;
use std::time::Duration;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use loom::thread;

use circuit::breaker::{Breaker, Health, Phase, Thresholds};
use retry::budget::RetryBudget;
use semaphore::Semaphore;

const LIMITS: Thresholds = Thresholds { failures: 2, pause: Duration::from_secs(30) };

fn open(breaker: &Breaker) {
    for _ in 0..LIMITS.failures {
        let ticket = breaker.admit(Duration::ZERO).unwrap();
        breaker.report(&ticket, Health::Bad, Duration::ZERO, &LIMITS);
    }
    assert!(breaker.look(|phase| matches!(phase, Phase::Open { .. })));
}

/// How many of three threads that ask at once get through.
fn admitted(ask: impl Fn() -> bool + Send + Sync + 'static) -> usize {
    let ask = Arc::new(ask);
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let ask = ask.clone();
            thread::spawn(move || (*ask)())
        })
        .collect();
    let here = usize::from(ask());
    threads.into_iter().fold(here, |sum, thread| sum + usize::from(thread.join().unwrap()))
}

#[test]
fn a_half_open_circuit_lets_one_through() {
    loom::model(|| {
        let breaker = Breaker::new();
        open(&breaker);
        assert_eq!(breaker.admit(Duration::from_secs(1)).unwrap_err(), Duration::from_secs(29));
        assert_eq!(admitted(move || breaker.admit(Duration::from_secs(30)).is_ok()), 1);
    });
    // The naive twin looks first and takes the place afterwards.
    let naive = catch_unwind(|| {
        loom::model(|| {
            let probing = AtomicBool::new(false);
            let ask = move || {
                let is_free = !probing.load(Ordering::SeqCst);
                probing.store(true, Ordering::SeqCst);
                is_free
            };
            assert_eq!(admitted(ask), 1);
        });
    });
    assert!(naive.is_err(), "two got through");
}

#[test]
fn results_from_before_say_nothing_afterwards() {
    loom::model(|| {
        let breaker = Arc::new(Breaker::new());
        let early = breaker.admit(Duration::ZERO).unwrap();
        open(&breaker);
        let later = Duration::from_secs(30);
        // One that nobody waited for gives the place to the next.
        let dropped = breaker.admit(later).unwrap();
        breaker.report(&dropped, Health::Unclear, later, &LIMITS);
        let probe = breaker.admit(later).unwrap();
        let other = breaker.clone();
        // A success of a message that was sent before the outage must not close the circuit.
        let late = thread::spawn(move || other.report(&early, Health::Good, later, &LIMITS));
        breaker.report(&probe, Health::Bad, later, &LIMITS);
        late.join().unwrap();
        assert!(breaker.look(|phase| matches!(phase, Phase::Open { .. })));
    });
}

/// A bucket that reads and writes in two steps.
struct NaiveBudget(AtomicU32);

impl NaiveBudget {
    fn take(&self) -> bool {
        let tokens = self.0.load(Ordering::SeqCst);
        if tokens < RetryBudget::COST {
            return false;
        }
        self.0.store(tokens - RetryBudget::COST, Ordering::SeqCst);
        true
    }
}

#[test]
fn a_budget_is_spent_once() {
    loom::model(|| {
        let budget = RetryBudget::new();
        // All but one of its retries are spent.
        for _ in 1..RetryBudget::CAPACITY / RetryBudget::COST {
            assert!(budget.take());
        }
        assert_eq!(admitted(move || budget.take()), 1);
    });
    let naive = catch_unwind(|| {
        loom::model(|| {
            let budget = NaiveBudget(AtomicU32::new(RetryBudget::COST));
            assert_eq!(admitted(move || budget.take()), 1);
        });
    });
    assert!(naive.is_err(), "it was spent twice");
}

#[test]
fn a_budget_is_never_more_than_full() {
    loom::model(|| {
        let budget = Arc::new(RetryBudget::new());
        assert!(budget.take());
        let other = budget.clone();
        let giving = thread::spawn(move || other.give(true));
        budget.give(true);
        giving.join().unwrap();
        let retries = (0..100).filter(|_| budget.take()).count();
        assert_eq!(retries, 35);
    });
}

#[test]
fn places_are_neither_lost_nor_made() {
    loom::model(|| {
        let semaphore = std::sync::Arc::new(Semaphore::new(1));
        let inside = Arc::new(AtomicBool::new(false));
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let (semaphore, inside) = (semaphore.clone(), inside.clone());
                thread::spawn(move || {
                    loom::future::block_on(async {
                        let permit = semaphore.acquire(9).await;
                        assert!(permit.is_some());
                        assert!(!inside.swap(true, Ordering::SeqCst), "two have the one place");
                        inside.store(false, Ordering::SeqCst);
                    });
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(loom::future::block_on(semaphore.acquire(0)).is_some(), "the place is free again");
    });
}

#[test]
fn permits_of_waiters_that_give_up_are_not_lost() {
    // A waiter gives up while the permit is released: it may have been served already, and then passes the permit on.
    loom::model(|| {
        let semaphore = std::sync::Arc::new(Semaphore::new(1));
        let permit = loom::future::block_on(semaphore.acquire(9)).unwrap();
        let waiting = semaphore.clone();
        let waiter = thread::spawn(move || {
            loom::future::block_on(async {
                let mut waiting = std::pin::pin!(waiting.acquire(9));
                std::future::poll_fn(|context| {
                    let polled = waiting.as_mut().poll(context);
                    drop(polled);
                    Poll::Ready(())
                })
                .await;
            });
        });
        drop(permit);
        waiter.join().unwrap();
        assert!(loom::future::block_on(semaphore.acquire(0)).is_some(), "the permit is free again");
    });
}
