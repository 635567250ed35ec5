//! The delivery of one message.

use otpost::phone::Region;
use otpost::provider::{Fate, Provider};
use otpost::{Clock, Message, SystemClock};

use super::incoming::IncomingMessage;
use super::replays::RequestId;
use super::reply::ServeReply;
use super::state::ServeState;
use crate::result::reason;

/// The result of a request for a message.
pub(super) struct Delivered {
    pub(super) reply: ServeReply,
    pub(super) region: Option<Region>,
    /// The reason of the gateway, for the log.
    pub(super) reason: Option<String>,
}

impl Delivered {
    const fn without_send(reply: ServeReply) -> Self {
        Self { reply, region: None, reason: None }
    }
}

/// A request for a message, whose sender is known.
pub(super) struct MessageRequest {
    pub(super) caller: String,
    pub(super) incoming: IncomingMessage,
    /// The id of the request and the time until which it may be repeated, if it has one.
    pub(super) once: Option<(RequestId, std::time::SystemTime)>,
}

/// Checks a message and sends it, at most once for each id.
pub(super) async fn deliver(state: &ServeState, request: &MessageRequest) -> Delivered {
    if let Some((id, expires)) = &request.once
        && let Err(reply) = state.replays.begin(id, *expires, SystemClock.now())
    {
        return Delivered::without_send(reply);
    }
    let delivered = send(state, request).await;
    if let Some((id, _)) = &request.once {
        state.replays.finish(id, &delivered.reply);
    }
    delivered
}

async fn send(state: &ServeState, request: &MessageRequest) -> Delivered {
    let checked = state.composer.compose(&request.incoming).and_then(|message| {
        let region = state.destinations.check(message.to())?;
        Ok((message, region))
    });
    let (message, region) = match checked {
        Ok(checked) => checked,
        Err(reply) => return Delivered::without_send(reply),
    };
    // The limits come last, so that requests with errors do not use them up.
    let taken = match state.quota.take(&request.caller, message.to(), region).await {
        Ok(taken) => taken,
        Err(reply) => return Delivered { region, ..Delivered::without_send(reply) },
    };
    let message = message.with_time_left(state.deadline);
    let sent = if state.is_dry { dry_run(state, &message) } else { call(state, &message).await };
    if sent.is_without_message {
        state.quota.give_back(taken).await;
    }
    Delivered { reply: sent.reply, region, reason: sent.reason }
}

/// The result of a call to the gateway.
struct GatewayResult {
    reply: ServeReply,
    reason: Option<String>,
    /// `true` if it is known that no message was sent.
    is_without_message: bool,
}

async fn call(state: &ServeState, message: &Message) -> GatewayResult {
    match state.provider.send(message).await {
        Ok(_) => {
            let reply = ServeReply::accepted();
            GatewayResult { reply, reason: None, is_without_message: false }
        }
        Err(error) => {
            let reply = ServeReply::of_error(&error);
            // Without the gateway's own words: they can repeat a code in the caller's text, which
            // only a message with a code of its own lets otpost recognize.
            let reason = Some(reason(&error));
            GatewayResult { reply, reason, is_without_message: error.fate() != Fate::Unknown }
        }
    }
}

fn dry_run(state: &ServeState, message: &Message) -> GatewayResult {
    match state.gateway.prepare(message) {
        // It takes its place, so that the limits can be tried out.
        Ok(_) => {
            let reply = ServeReply::dry_run();
            GatewayResult { reply, reason: None, is_without_message: false }
        }
        Err(error) => {
            let (reply, reason) = (ServeReply::of_error(&error), Some(reason(&error)));
            GatewayResult { reply, reason, is_without_message: true }
        }
    }
}
