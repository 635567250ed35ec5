//! The progress of an exchange, recorded by the parts of the client as they are reached.

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
    /// The exchange that the client is working for. A connection is started inside the request that
    /// needs it, so it inherits this value. It keeps the value if it continues in the background
    /// because another connection became free first.
    static UNDER_WAY: Arc<Progress>;
}

/// The progress of one exchange.
///
/// Only `taken` and `gone` decide whether the request may have left. The connect path only tells at
/// which stage an exchange failed: it may belong to a connection that the request did not need in
/// the end.
#[derive(Debug)]
pub(super) struct Progress {
    /// The client has begun to write the request.
    taken: AtomicBool,
    /// The request was dropped.
    gone: AtomicBool,
    timer: TokioTimer,
    // A reading of `timer`, as is `since` below.
    begin: Duration,
    way: Mutex<ConnectPath>,
}

/// The steps from the name of the gateway to an open connection.
#[derive(Clone, Debug, Default)]
pub(super) struct ConnectPath {
    pub(super) stage: Option<Stage>,
    /// When the stage began.
    since: Duration,
    /// The name that was resolved last.
    pub(super) name: Option<String>,
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) is_open: bool,
    /// In the TCP stage: another address failed, or the handshake has begun. Nobody knows which.
    pub(super) is_doubtful: bool,
}

impl Progress {
    pub(super) fn begin(timer: TokioTimer) -> Arc<Self> {
        let (taken, gone) = (AtomicBool::new(false), AtomicBool::new(false));
        let begin = timer.elapsed();
        // Before the first stage, the time counts from the start of the exchange.
        let way = Mutex::new(ConnectPath { since: begin, ..ConnectPath::default() });
        Arc::new(Self { taken, gone, timer, begin, way })
    }

    /// Runs a part of the client on behalf of this exchange.
    pub(super) fn watch<F: Future>(self: &Arc<Self>, work: F) -> TaskLocalFuture<Arc<Self>, F> {
        UNDER_WAY.scope(self.clone(), work)
    }

    /// Returns the exchange that the current task works for, if any.
    pub(super) fn current() -> Option<Arc<Self>> {
        UNDER_WAY.try_with(Arc::clone).ok()
    }

    pub(super) fn enter(&self, stage: Stage) {
        // Before the lock is taken: an event runs the code of the subscriber, which may block or
        // panic.
        telemetry::stage(stage.as_str());
        let now = self.timer.elapsed();
        let mut way = self.lock();
        way.stage = Some(stage);
        way.since = now;
        way.is_doubtful = false;
    }

    /// Records that the TCP stage may be over.
    pub(super) fn doubt(&self) {
        self.lock().is_doubtful = true;
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

    /// Returns whether a byte of the request may have left or may still leave.
    ///
    /// The connection's background task may hold the request when a timeout drops the future that
    /// waits for the response. The task checks whether the future still exists before it starts to
    /// write. Between these two moments nothing was written, but writing may still begin. So the
    /// request has certainly not left only if it was dropped and never taken.
    pub(super) fn may_have_left(&self) -> bool {
        // Load `gone` first. The drop comes after every store to `taken` and publishes them, so if
        // the request is gone, the value of `taken` is final.
        let gone = self.gone.load(Ordering::Acquire);
        !gone || self.taken.load(Ordering::Acquire)
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.timer.elapsed().saturating_sub(self.begin)
    }

    /// Returns the connect path and the time spent in its last stage.
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

/// A request body that records when the client starts to write the request.
///
/// The client calls `is_end_stream` or `poll_frame` right before it writes the first byte of the
/// head, and not earlier. So a request that was dropped without such a call has not left, whatever
/// the client's error reports. This holds for HTTP/1 and HTTP/2, and for requests without a body.
/// The type is not `Clone`, which prevents the client from repeating the request.
pub(super) struct WatchedBody {
    body: Option<Bytes>,
    progress: Arc<Progress>,
}

impl WatchedBody {
    pub(super) fn new(body: Bytes, progress: Arc<Progress>) -> Self {
        // An empty body must end the stream at once. Otherwise HTTP/2 would send a DATA frame for
        // it.
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
        // An exact size makes the client send `Content-Length`. Otherwise it would send chunks.
        SizeHint::with_exact(self.body.as_ref().map_or(0, |body| body.len() as u64))
    }
}
