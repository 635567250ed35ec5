use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use super::{Fate, Provider, Receipt, SendError, SendErrorKind};
use crate::clock::Timer;
use crate::message::Message;

/// Sends, and gives up when the time is over. The provider is told how much is left, so that it can end in time by
/// itself, with a fate that it knows.
pub(super) async fn send_within(
    timer: &dyn Timer,
    left: Duration,
    provider: &(impl Provider + ?Sized),
    message: Message,
) -> Result<Receipt, SendError> {
    let message = message.with_time_left(left);
    let sent = within(timer, left, provider.send(&message)).await;
    sent.unwrap_or_else(|| {
        let what = "the deadline came before the provider had answered";
        Err(SendError::new(SendErrorKind::Transport, Fate::Unknown).with_source(what))
    })
}

/// How long a send may take in all: no longer than the code lives, nor than whoever asks waits.
pub(super) fn time_for(message: &Message, own: Duration) -> Duration {
    own.min(message.lifetime()).min(message.time_left().unwrap_or(Duration::MAX))
}

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
