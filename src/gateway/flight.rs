//! One exchange that several messages wait for.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

/// Work that one message leads and that others join.
///
/// Whoever is polled drives the work, with the waker of the leader. There is no timer here, so a message that has
/// joined relies on the deadline of the work itself. When the message's own deadline wakes it on a busy machine, the
/// leader may not have run yet; because the message drives the work, it still learns that the work has ended, and not
/// only that the time is over.
///
/// The work belongs to the leader and ends with it: a future must not outlive the runtime that its timers and sockets
/// belong to, and those who have joined may run on another one.
pub(super) struct Flight<T> {
    state: Mutex<FlightState<T>>,
}

struct FlightState<T> {
    work: Work<T>,
    leader: Waker,
    next: u64,
    joined: BTreeMap<u64, Waker>,
}

enum Work<T> {
    Running(Pin<Box<dyn Future<Output = T> + Send>>),
    Done(T),
    /// The leader was dropped, or the work has panicked.
    Gone,
}

impl<T: Clone> Flight<T> {
    pub(super) fn new(work: impl Future<Output = T> + Send + 'static) -> Self {
        let (work, leader) = (Work::Running(Box::pin(work)), Waker::noop().clone());
        Self { state: Mutex::new(FlightState { work, leader, next: 0, joined: BTreeMap::new() }) }
    }

    /// Does the work. Returns `None` if it has panicked.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the work, and all who have joined learn of it.
    pub(super) async fn lead(&self) -> Option<T> {
        self.wait(None).await
    }

    /// Waits for the work. Returns `None` if it was given up.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect on the work.
    pub(super) async fn join(&self) -> Option<T> {
        let seat = {
            let mut state = self.lock();
            state.next = state.next.saturating_add(1);
            state.next
        };
        self.wait(Some(seat)).await
    }

    async fn wait(&self, seat: Option<u64>) -> Option<T> {
        let _place = FlightPlace { flight: self, seat };
        poll_fn(|context| self.poll(seat, context.waker())).await
    }

    fn poll(&self, seat: Option<u64>, waker: &Waker) -> Poll<Option<T>> {
        let mut state = self.lock();
        // A waker is dropped only when the lock is free: that runs code of the runtime.
        let mut before = None;
        match seat {
            None if state.leader.will_wake(waker) => {}
            None => before = Some(std::mem::replace(&mut state.leader, waker.clone())),
            Some(seat) => before = state.joined.insert(seat, waker.clone()),
        }
        // Taken out, so that work that panics is gone and is not polled again.
        let mut work = std::mem::replace(&mut state.work, Work::Gone);
        let mut ended = None;
        if let Work::Running(running) = &mut work {
            let leader = state.leader.clone();
            if let Poll::Ready(output) = running.as_mut().poll(&mut Context::from_waker(&leader)) {
                ended = Some((std::mem::replace(&mut work, Work::Done(output)), state.wakers()));
            }
        }
        let polled = match &work {
            Work::Running(_) => Poll::Pending,
            Work::Done(output) => Poll::Ready(Some(output.clone())),
            Work::Gone => Poll::Ready(None),
        };
        state.work = work;
        drop(state);
        drop(before);
        if let Some((_, wakers)) = ended {
            wakers.into_iter().for_each(Waker::wake);
        }
        polled
    }
}

impl<T> Flight<T> {
    fn lock(&self) -> MutexGuard<'_, FlightState<T>> {
        // The work may panic under the lock; it is gone then, and the rest is as it was.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl<T> FlightState<T> {
    /// The wakers of all who wait.
    fn wakers(&mut self) -> Vec<Waker> {
        let joined = std::mem::take(&mut self.joined).into_values();
        joined.chain([self.leader.clone()]).collect()
    }
}

/// A message that waits.
struct FlightPlace<'a, T> {
    flight: &'a Flight<T>,
    /// `None` for the leader.
    seat: Option<u64>,
}

impl<T> Drop for FlightPlace<'_, T> {
    fn drop(&mut self) {
        let mut state = self.flight.lock();
        let mut work = None;
        let before = match self.seat {
            Some(seat) => state.joined.remove(&seat),
            None => {
                if matches!(state.work, Work::Running(_)) {
                    work = Some(std::mem::replace(&mut state.work, Work::Gone));
                }
                None
            }
        };
        // Also when another one's poll has panicked: nobody else would tell the rest.
        let wakers = if matches!(state.work, Work::Gone) { state.wakers() } else { Vec::new() };
        drop(state);
        drop((work, before));
        wakers.into_iter().for_each(Waker::wake);
    }
}
