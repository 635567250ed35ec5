//! How much work the queue of semaphore does, in comparisons of tickets: time says little on a busy machine.

mod sync {
    pub(super) use std::sync::{Mutex, MutexGuard};
}
/// Tickets that count how often two of them are compared.
mod ticket {
    use std::cell::Cell;
    use std::cmp::Ordering;

    thread_local! {
        pub(super) static COMPARISONS: Cell<usize> = const { Cell::new(0) };
    }

    #[derive(Clone, Copy, Debug)]
    pub(super) struct Ticket(u64);

    impl Ticket {
        pub(super) const FIRST: Self = Self(0);

        pub(super) const fn next(self) -> Self {
            Self(self.0 + 1)
        }
    }

    impl Ord for Ticket {
        fn cmp(&self, other: &Self) -> Ordering {
            COMPARISONS.set(COMPARISONS.get() + 1);
            self.0.cmp(&other.0)
        }
    }

    impl PartialOrd for Ticket {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    impl PartialEq for Ticket {
        fn eq(&self, other: &Self) -> bool {
            self.cmp(other).is_eq()
        }
    }

    impl Eq for Ticket {}
}
#[path = "../../../src/provider/semaphore.rs"]
mod semaphore;

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use semaphore::{Semaphore, SemaphorePermit};
use ticket::{COMPARISONS, Ticket};

/// The queue as it was: whoever gives up is searched for from the front.
#[derive(Default)]
struct Naive(Mutex<VecDeque<Ticket>>);

impl Naive {
    fn leave(&self, ticket: Ticket) {
        self.0.lock().unwrap().retain(|other| *other != ticket);
    }
}

type Waiting<'a> = Pin<Box<dyn Future<Output = Option<SemaphorePermit<'a>>> + 'a>>;

fn poll<'a>(waiting: &mut Waiting<'a>) -> Option<SemaphorePermit<'a>> {
    match waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(permit) => permit,
        Poll::Pending => None,
    }
}

/// A queue of so many, and the permit that they wait for.
fn queue(semaphore: &Semaphore, waiters: usize) -> (SemaphorePermit<'_>, VecDeque<Waiting<'_>>) {
    let mut first: Waiting<'_> = Box::pin(semaphore.acquire(usize::MAX));
    let holder = poll(&mut first).unwrap();
    let mut waiting = VecDeque::new();
    for _ in 0..waiters {
        let mut next: Waiting<'_> = Box::pin(semaphore.acquire(usize::MAX));
        assert!(poll(&mut next).is_none());
        waiting.push_back(next);
    }
    (holder, waiting)
}

/// The comparisons for each waiter of so many that give up, beginning with the last or with the first.
fn comparisons(waiters: usize, last_first: bool) -> usize {
    let semaphore = Semaphore::new(1);
    let (holder, mut waiting) = queue(&semaphore, waiters);
    COMPARISONS.set(0);
    while let Some(leaving) = if last_first { waiting.pop_back() } else { waiting.pop_front() } {
        drop(leaving);
    }
    drop(holder);
    COMPARISONS.get() / waiters
}

#[test]
fn permits_cost_few_steps_however_many_waiters_give_up() {
    for last_first in [false, true] {
        let (few, many) = (comparisons(1_000, last_first), comparisons(40_000, last_first));
        // Each level of a B-tree costs eleven comparisons at most; six levels hold 40,000.
        assert!(few <= 66 && many <= 66, "{few} and {many}");
    }
    let naive = Naive::default();
    let mut ticket = Ticket::FIRST;
    let tickets: Vec<_> = (0..4_000)
        .map(|_| {
            let this = ticket;
            ticket = this.next();
            naive.0.lock().unwrap().push_back(this);
            this
        })
        .collect();
    COMPARISONS.set(0);
    for ticket in &tickets {
        naive.leave(*ticket);
    }
    let each = COMPARISONS.get() / tickets.len();
    assert!(each > 1_000, "{each}");
}

#[test]
fn permits_are_handed_out_in_order() {
    let semaphore = Semaphore::new(1);
    let (holder, mut waiting) = queue(&semaphore, 9);
    let mut holder = Some(holder);
    // Some of them give up, at the front, in the middle and at the end.
    for at in [8, 5, 4, 0] {
        drop(waiting.remove(at));
    }
    for at in 0..waiting.len() {
        drop(holder.take());
        let served: Vec<_> = (at..waiting.len()).map(|at| poll(&mut waiting[at])).collect();
        assert!(served[0].is_some() && served[1..].iter().all(Option::is_none), "{at}");
        holder = served.into_iter().flatten().next();
    }
}
