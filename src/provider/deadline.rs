use std::time::Duration;

use super::{Fate, Provider, Receipt, SendError, SendErrorKind};
use crate::clock::{Timer, timeout};
use crate::message::Message;

/// Sends a message, and gives up when the time is over. The provider gets the remaining time with
/// the message, so that it can end earlier with a fate that it knows.
pub(super) async fn send_within(
    timer: &dyn Timer,
    left: Duration,
    provider: &(impl Provider + ?Sized),
    message: Message,
) -> Result<Receipt, SendError> {
    let message = message.with_time_left(left);
    let sent = timeout(timer, left, provider.send(&message)).await;
    sent.unwrap_or_else(|| {
        // The provider was dropped while it was sending, so the message may have left.
        let what = "the deadline passed before the provider responded";
        Err(SendError::new(SendErrorKind::Transport, Fate::Unknown).with_source(what))
    })
}

/// Returns the maximum time for a send: the smallest of the wrapper's limit, the lifetime of the
/// code, and the time left that the caller set.
pub(super) fn time_for(message: &Message, own: Duration) -> Duration {
    own.min(message.lifetime()).min(message.time_left().unwrap_or(Duration::MAX))
}
