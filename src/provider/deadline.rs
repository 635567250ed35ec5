use std::time::Duration;

use super::{Fate, Provider, Receipt, SendError, SendErrorKind};
use crate::clock::{Timer, timeout};
use crate::message::Message;

/// Sends, and gives up when the time is over. The provider is told how much is left, so that it can end in time by
/// itself, with a fate that it knows.
pub(super) async fn send_within(
    timer: &dyn Timer,
    left: Duration,
    provider: &(impl Provider + ?Sized),
    message: &Message,
) -> Result<Receipt, SendError> {
    let message = message.clone().with_time_left(left);
    let sent = timeout(timer, left, provider.send(&message)).await;
    sent.unwrap_or_else(|| {
        let what = "the deadline came before the provider had answered";
        Err(SendError::new(SendErrorKind::Transport, Fate::Unknown).with_source(what))
    })
}

/// How long a send may take in all: no longer than the code lives, nor than whoever asks waits.
pub(super) fn time_for(message: &Message, own: Duration) -> Duration {
    own.min(message.lifetime()).min(message.time_left().unwrap_or(Duration::MAX))
}
