use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};

use super::sync::{Mutex, MutexGuard};

/// A fixed number of places, handed out in the order in which they were asked for.
#[derive(Debug)]
pub(crate) struct Permits {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: usize,
    queue: VecDeque<Arc<Waiting>>,
}

/// One that waits. Its place is given to it by whoever leaves; it never has to race for one.
#[derive(Debug)]
struct Waiting {
    step: Mutex<Step>,
}

#[derive(Debug)]
enum Step {
    Waiting(Option<Waker>),
    Served,
    Gone,
}

/// A place. Dropping it hands it to the next.
#[derive(Debug)]
pub(crate) struct Permit<'a>(&'a Permits);

impl Permits {
    pub(crate) fn new(free: usize) -> Self {
        Self { state: Mutex::new(State { free, queue: VecDeque::new() }) }
    }

    /// Waits for a place; `None` when more than this many wait already.
    pub(crate) async fn acquire(&self, max_queue: usize) -> Option<Permit<'_>> {
        let waiting = {
            let mut state = lock(&self.state);
            if let Some(left) = state.free.checked_sub(1) {
                state.free = left;
                return Some(Permit(self));
            }
            if state.queue.len() >= max_queue {
                return None;
            }
            let waiting = Arc::new(Waiting { step: Mutex::new(Step::Waiting(None)) });
            state.queue.push_back(waiting.clone());
            waiting
        };
        // Whoever stops waiting leaves the queue, and passes a place on that it was just given.
        let mut place = Place { permits: self, waiting, is_taken: false };
        poll_fn(|context| {
            let mut step = lock(&place.waiting.step);
            match &mut *step {
                Step::Served => Poll::Ready(()),
                other => {
                    *other = Step::Waiting(Some(context.waker().clone()));
                    Poll::Pending
                }
            }
        })
        .await;
        place.is_taken = true;
        Some(Permit(self))
    }

    fn release(&self) {
        let mut state = lock(&self.state);
        while let Some(next) = state.queue.pop_front() {
            let mut step = lock(&next.step);
            if let Step::Waiting(waker) = &mut *step {
                let waker = waker.take();
                *step = Step::Served;
                drop(step);
                // Waking runs code of the runtime's, which must not find the locks taken.
                drop(state);
                if let Some(waker) = waker {
                    waker.wake();
                }
                return;
            }
        }
        state.free = state.free.saturating_add(1);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// A place in the queue.
struct Place<'a> {
    permits: &'a Permits,
    waiting: Arc<Waiting>,
    is_taken: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.is_taken {
            return;
        }
        let was_served = {
            let mut step = lock(&self.waiting.step);
            matches!(std::mem::replace(&mut *step, Step::Gone), Step::Served)
        };
        if was_served {
            self.permits.release();
        } else {
            lock(&self.permits.state).queue.retain(|other| !Arc::ptr_eq(other, &self.waiting));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that runs under the locks can panic.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
