//! One exchange that several messages wait for (single-flight).

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

/// Shared work: one message leads it and others join it.
///
/// Every waiting message that is polled also polls the work, with the waker of the leader. There is
/// no timer here, so a message that has joined relies on the deadline of the work. On a busy
/// machine, the message's own deadline may wake it before the leader has run. Because the message
/// polls the work itself, it then learns that the work has ended, and not only that the time is
/// over.
///
/// The work belongs to the leader and is dropped with it. A future must not outlive the runtime of
/// its timers and sockets, and the messages that have joined may run on another runtime.
pub(in crate::gateway) struct Flight<T> {
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
    /// The leader was dropped, or the work panicked.
    Gone,
}

impl<T: Clone> Flight<T> {
    pub(in crate::gateway) fn new(work: impl Future<Output = T> + Send + 'static) -> Self {
        // Until the leader polls, its waker does nothing. If another message polls before, no
        // wake-up is lost: the first poll of the leader polls the work again.
        let (work, leader) = (Work::Running(Box::pin(work)), Waker::noop().clone());
        Self { state: Mutex::new(FlightState { work, leader, next: 0, joined: BTreeMap::new() }) }
    }

    /// Runs the work as its leader. Returns `None` if the work panicked.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the work, and all messages that have joined are notified.
    pub(in crate::gateway) async fn lead(&self) -> Option<T> {
        self.wait(None).await
    }

    /// Waits for the work of the leader. Returns `None` if the work was dropped or panicked.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect on the work.
    pub(in crate::gateway) async fn join(&self) -> Option<T> {
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
        // Wakers are dropped after the lock is released, because dropping one runs code of the
        // runtime.
        let mut before = None;
        match seat {
            None if state.leader.will_wake(waker) => {}
            None => before = Some(std::mem::replace(&mut state.leader, waker.clone())),
            Some(seat) => before = state.joined.insert(seat, waker.clone()),
        }
        // Take the work out. If it panics, it is gone and is not polled again.
        let mut work = std::mem::replace(&mut state.work, Work::Gone);
        let mut ended = None;
        if let Work::Running(running) = &mut work {
            // The work always gets the leader's waker. A message that has joined may be dropped,
            // and a wake-up through its waker would be lost.
            let leader = state.leader.clone();
            if let Poll::Ready(output) = running.as_mut().poll(&mut Context::from_waker(&leader)) {
                // Keep the finished future until the lock is released: dropping it runs code of the
                // transport.
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
        // The work may panic under the lock. Then it is gone, and the rest of the state is still
        // valid.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl<T> FlightState<T> {
    /// Returns the wakers of all waiting messages.
    fn wakers(&mut self) -> Vec<Waker> {
        let joined = std::mem::take(&mut self.joined).into_values();
        joined.chain([self.leader.clone()]).collect()
    }
}

/// A waiting message.
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
                // A finished result stays, for messages that have not seen it yet.
                if matches!(state.work, Work::Running(_)) {
                    work = Some(std::mem::replace(&mut state.work, Work::Gone));
                }
                None
            }
        };
        // Wake the others also if a poll has panicked: nothing else would notify them.
        let wakers = if matches!(state.work, Work::Gone) { state.wakers() } else { Vec::new() };
        drop(state);
        drop((work, before));
        wakers.into_iter().for_each(Waker::wake);
    }
}
