//! Detects the beginning of a TLS handshake for a library that does not report it.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::provider::Stage;
use crate::transport::progress::Progress;

/// The time after which the client also tries the other family of addresses (RFC 8305 §5).
const HAPPY_EYEBALLS: Duration = Duration::from_millis(300);

/// A connection attempt, which records when TCP is open and the handshake begins.
///
/// The client reports neither, and hides the socket. But it shows when it is woken: while TCP
/// connects, only the end of an attempt wakes it. So if there is one address and the attempt goes
/// on after it was woken, then TCP is open and the handshake has begun. With more addresses, each
/// of them can fail once before that, and a timer can start the other family of addresses.
///
/// Without this, a server that accepts the connection and never answers the handshake would look
/// like one that never accepted the connection.
pub(super) struct HandshakeDetector<F> {
    connecting: Pin<Box<F>>,
    progress: Arc<Progress>,
    alarm: Arc<Alarm>,
    wakes: usize,
}

impl<F> HandshakeDetector<F> {
    pub(super) fn new(connecting: F, progress: Arc<Progress>) -> Self {
        let task = Mutex::new(Waker::noop().clone());
        let alarm = Arc::new(Alarm { rang: AtomicBool::new(false), task });
        Self { connecting: Box::pin(connecting), progress, alarm, wakes: 0 }
    }

    /// Records that the attempt goes on after it was woken.
    fn went_on(&mut self) {
        self.wakes = self.wakes.saturating_add(1);
        let (way, lasted) = self.progress.way();
        let is_mixed = way.addresses.iter().any(|address| address.is_ipv4())
            && way.addresses.iter().any(|address| address.is_ipv6());
        let timer = usize::from(is_mixed && lasted >= HAPPY_EYEBALLS);
        // A literal address is never resolved, so it is not in the list.
        if self.wakes >= way.addresses.len().max(1).saturating_add(timer) {
            self.progress.enter(Stage::Tls);
        } else {
            self.progress.doubt();
        }
    }
}

impl<F: Future> Future for HandshakeDetector<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.alarm.set(cx.waker());
        // The stage before the poll: in the same poll, the end of the DNS lookup starts TCP.
        let was_tcp = self.progress.way().0.stage == Some(Stage::Tcp);
        let rang = self.alarm.rang.swap(false, Ordering::AcqRel);
        let waker = Waker::from(self.alarm.clone());
        let polled = self.connecting.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_pending() && was_tcp && rang {
            self.went_on();
        }
        polled
    }
}

/// A waker that records that it was used. The task is also polled for other reasons, which tell
/// nothing about the connection.
struct Alarm {
    rang: AtomicBool,
    task: Mutex<Waker>,
}

impl Alarm {
    fn set(&self, task: &Waker) {
        self.task.lock().unwrap_or_else(PoisonError::into_inner).clone_from(task);
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rang.store(true, Ordering::Release);
        // The lock is not held while the task is woken: that may run the code of a runtime.
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).clone();
        task.wake();
    }
}
