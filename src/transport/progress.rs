//! How far an exchange has come, noted by the parts of the client as they are reached.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::futures::TaskLocalFuture;

use crate::clock::{Timer, TokioTimer};
use crate::provider::Stage;
use crate::telemetry;

tokio::task_local! {
    /// The exchange for which the client is at work. A connection is begun inside of the request that wants it; where it
    /// then goes on by itself, because another one became free, it has this already.
    static UNDER_WAY: Arc<Progress>;
}

/// One exchange.
///
/// Whether the request may have left is decided by `taken` and `gone` alone. The way to the gateway only says at which stage an
/// exchange failed: it may belong to a connection that the request then did not need.
#[derive(Debug)]
pub(super) struct Progress {
    /// The client has begun to write the request.
    taken: AtomicBool,
    /// The request is nowhere any more.
    gone: AtomicBool,
    timer: TokioTimer,
    begin: Duration,
    way: Mutex<ConnectPath>,
}

/// The way to the gateway.
#[derive(Clone, Debug, Default)]
pub(super) struct ConnectPath {
    pub(super) stage: Option<Stage>,
    /// When the stage began.
    since: Duration,
    /// The name that was asked for last.
    pub(super) name: Option<String>,
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) is_open: bool,
}

impl Progress {
    pub(super) fn begin(timer: TokioTimer) -> Arc<Self> {
        let (taken, gone) = (AtomicBool::new(false), AtomicBool::new(false));
        let begin = timer.elapsed();
        // Before the first stage the time counts from the beginning of the exchange.
        let way = Mutex::new(ConnectPath { since: begin, ..ConnectPath::default() });
        Arc::new(Self { taken, gone, timer, begin, way })
    }

    /// Runs a part of the client for this exchange.
    pub(super) fn watch<F: Future>(self: &Arc<Self>, work: F) -> TaskLocalFuture<Arc<Self>, F> {
        UNDER_WAY.scope(self.clone(), work)
    }

    /// The exchange that asks, if it is one of ours.
    pub(super) fn current() -> Option<Arc<Self>> {
        UNDER_WAY.try_with(Arc::clone).ok()
    }

    pub(super) fn enter(&self, stage: Stage) {
        telemetry::stage(stage.as_str());
        let now = self.timer.elapsed();
        let mut way = self.lock();
        way.stage = Some(stage);
        way.since = now;
    }

    pub(super) fn ask(&self, name: &str) {
        self.enter(Stage::Dns);
        self.lock().name = Some(name.to_owned());
    }

    pub(super) fn found(&self, addresses: impl IntoIterator<Item = SocketAddr>) {
        self.lock().addresses = addresses.into_iter().collect();
    }

    pub(super) fn open(&self) {
        self.lock().is_open = true;
    }

    /// Whether a byte of the request may have left or may still leave.
    ///
    /// A connection's own task may hold the request when a time-out drops the future that waits for it, and it asks whether
    /// somebody still waits before it begins to write. Between the two, nothing is written yet and everything may be: only a
    /// request that is gone and was never taken has not left.
    pub(super) fn may_have_left(&self) -> bool {
        let gone = self.gone.load(Ordering::Acquire);
        !gone || self.taken.load(Ordering::Acquire)
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.timer.elapsed().saturating_sub(self.begin)
    }

    /// The way, and how long its last stage has lasted.
    pub(super) fn way(&self) -> (ConnectPath, Duration) {
        let way = self.lock().clone();
        let lasted = self.timer.elapsed().saturating_sub(way.since);
        (way, lasted)
    }

    fn lock(&self) -> MutexGuard<'_, ConnectPath> {
        // Nothing that runs under the lock can panic.
        self.way.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A body that notes when the client takes the request.
///
/// The client asks whether there is a body right before it writes the first byte of the head, and not before: a request
/// that was dropped without being asked has not left, whatever the client's error says. That holds for HTTP/1 and HTTP/2, and
/// also for a request without a body. It cannot be cloned, which keeps the client from repeating the request.
pub(super) struct WatchedBody {
    body: Option<Bytes>,
    progress: Arc<Progress>,
}

impl WatchedBody {
    pub(super) fn new(body: Bytes, progress: Arc<Progress>) -> Self {
        Self { body: Some(body).filter(|body| !body.is_empty()), progress }
    }
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        self.progress.gone.store(true, Ordering::Release);
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.progress.taken.store(true, Ordering::Release);
        Poll::Ready(self.body.take().map(|body| Ok(Frame::data(body))))
    }

    fn is_end_stream(&self) -> bool {
        self.progress.taken.store(true, Ordering::Release);
        self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.body.as_ref().map_or(0, |body| body.len() as u64))
    }
}
