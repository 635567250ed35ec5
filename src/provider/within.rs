use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use super::{Fate, SendError, SendErrorKind};
use crate::clock::Timer;

/// Waits for this long at most; `None` when the time is over first.
///
/// The work is polled first each time: what is ready at the last moment counts.
pub(super) async fn within<F: Future>(
    timer: &dyn Timer,
    limit: Duration,
    work: F,
) -> Option<F::Output> {
    let mut work = pin!(work);
    let mut clock: Option<Pin<Box<dyn Future<Output = ()> + Send + '_>>> = None;
    poll_fn(|context| {
        if let Poll::Ready(output) = work.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        // Begun only now: what is ready at once needs no clock.
        clock.get_or_insert_with(|| timer.sleep(limit)).as_mut().poll(context).map(|()| None)
    })
    .await
}

/// The error of a send that was given up in its midst.
pub(super) fn out_of_time() -> SendError {
    let what = "the deadline came before the provider had answered";
    SendError::new(SendErrorKind::Transport, Fate::Unknown).with_source(what)
}
