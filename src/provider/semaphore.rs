use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::{Poll, Waker};

use super::sync::{Mutex, MutexGuard};
use super::ticket::Ticket;

/// A fair semaphore: a fixed number of permits, handed out in the order of the requests.
///
/// A release hands the permit to the first waiter, so waiters never race for it. Waiters are kept
/// in a map ordered by ticket: entering, leaving and being served each take a logarithmic number of
/// steps. A plain queue would be scanned for each waiter that gives up, and thousands give up in
/// the same instant when a gateway stalls.
#[derive(Debug)]
pub(super) struct Semaphore {
    state: Mutex<SemaphoreState>,
}

#[derive(Debug)]
struct SemaphoreState {
    free: usize,
    next: Ticket,
    /// The waiters, with the waker of their last poll. A waiter that is no longer in the map has
    /// been handed a permit.
    waiters: BTreeMap<Ticket, Option<Waker>>,
}

/// A permit. Dropping it hands it to the next waiter.
#[derive(Debug)]
pub(super) struct SemaphorePermit<'a>(&'a Semaphore);

impl Semaphore {
    pub(super) fn new(free: usize) -> Self {
        let state = SemaphoreState { free, next: Ticket::FIRST, waiters: BTreeMap::new() };
        Self { state: Mutex::new(state) }
    }

    /// Waits for a permit. Returns `None` if `max_queue` waiters are already waiting.
    pub(super) async fn acquire(&self, max_queue: usize) -> Option<SemaphorePermit<'_>> {
        let ticket = {
            let mut state = self.lock();
            if let Some(left) = state.free.checked_sub(1) {
                state.free = left;
                return Some(SemaphorePermit(self));
            }
            if state.waiters.len() >= max_queue {
                return None;
            }
            let ticket = state.next;
            state.next = ticket.next();
            state.waiters.insert(ticket, None);
            ticket
        };
        // If this future is dropped, `place` leaves the queue, or passes on a permit that was just
        // handed to it.
        let mut place = QueuePlace { semaphore: self, ticket, is_taken: false };
        poll_fn(|context| {
            let mut state = self.lock();
            let Some(waker) = state.waiters.get_mut(&ticket) else { return Poll::Ready(()) };
            let before = waker.replace(context.waker().clone());
            // Dropping a waker runs code of the runtime, so release the lock first.
            drop(state);
            drop(before);
            Poll::Pending
        })
        .await;
        place.is_taken = true;
        Some(SemaphorePermit(self))
    }

    fn release(&self) {
        let mut state = self.lock();
        // The permit passes to the waiter without becoming free in between. Otherwise a newcomer
        // could take it first, and the order would be lost.
        let next = state.waiters.pop_first();
        if next.is_none() {
            state.free = state.free.saturating_add(1);
        }
        // Waking runs code of the runtime, so release the lock first.
        drop(state);
        if let Some((_, Some(waker))) = next {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, SemaphoreState> {
        // No code that runs under the lock can panic.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for SemaphorePermit<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// A place in the queue. Dropping it before the permit is taken gives the place up.
struct QueuePlace<'a> {
    semaphore: &'a Semaphore,
    ticket: Ticket,
    is_taken: bool,
}

impl Drop for QueuePlace<'_> {
    fn drop(&mut self) {
        if self.is_taken {
            return;
        }
        let waiting = self.semaphore.lock().waiters.remove(&self.ticket);
        // The permit was handed to this place, but its waiter is gone. Pass it on, or it is lost.
        if waiting.is_none() {
            self.semaphore.release();
        }
    }
}
