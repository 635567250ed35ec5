//! The spans of a send and of its attempts.
//!
//! Wrappers do not know whether they are the outermost one, and a gateway does not know whether a
//! `Retry` is around it. So each of them asks here first. If nothing records, the answer is `None`
//! and the send goes on as if this file did not exist. Otherwise the answer is a future that opens
//! the span, marks a copy of the message with it, and calls the same `send` again, which now finds
//! the mark.

use std::pin::Pin;
use std::sync::Arc;

use super::{Fate, Provider, Receipt, SendError, SendErrorKind};
use crate::clock::Stopwatch;
use crate::message::{Message, SendScope};
use crate::phone::Region;
use crate::telemetry::{self, Failure, SendOutcome, Span};

type Sent = Result<Receipt, SendError>;
type Sending<'a> = Pin<Box<dyn Future<Output = Sent> + Send + 'a>>;

/// The send in its span; `None` if a span is open already or nothing records it.
///
/// # Cancel safety
///
/// Dropping the future has the effect that dropping `provider.send(message)` has, and reports the
/// send as cancelled.
#[inline]
pub(crate) fn send<'a>(provider: &'a dyn Provider, message: &'a Message) -> Option<Sending<'a>> {
    let is_outermost = message.scope() == SendScope::None;
    (is_outermost && telemetry::is_on()).then(|| Box::pin(send_in_span(provider, message)) as _)
}

/// The send of a gateway, in the spans that are not open yet; `None` if both are open or nothing
/// records them.
///
/// # Cancel safety
///
/// As [`send`].
#[cfg(feature = "gateway")]
#[inline]
pub(crate) fn gateway_send<'a>(
    provider: &'a dyn Provider,
    message: &'a Message,
) -> Option<Sending<'a>> {
    match message.scope() {
        SendScope::None => send(provider, message),
        SendScope::Send { failed } => {
            let attempt = begin_attempt(provider, message, failed)?;
            Some(Box::pin(async move {
                // The message moves into the future, because the send below borrows it.
                let (attempt, message) = attempt;
                attempt.run(provider.send(&message)).await
            }))
        }
        SendScope::Attempt { .. } => None,
    }
}

/// Opens the span of an attempt, and marks the message with it; `None` if nothing records it.
#[inline]
pub(super) fn try_attempt<'a>(
    provider: &'a dyn Provider,
    message: &Message,
    failures: usize,
) -> Option<(AttemptSpan<'a>, Message)> {
    match message.scope().after(failures) {
        SendScope::Send { failed } => begin_attempt(provider, message, failed),
        SendScope::None | SendScope::Attempt { .. } => None,
    }
}

fn begin_attempt<'a>(
    provider: &'a dyn Provider,
    message: &Message,
    failed: u32,
) -> Option<(AttemptSpan<'a>, Message)> {
    if !telemetry::is_attempt_on() {
        return None;
    }
    let (provider, number) = (provider.name(), failed.saturating_add(1));
    let span = Span::attempt(provider, number);
    let message = message.clone().with_scope(SendScope::Attempt { failed });
    Some((
        AttemptSpan { provider, number, span, watch: Stopwatch::start(), is_over: false },
        message,
    ))
}

async fn send_in_span(provider: &dyn Provider, message: &Message) -> Sent {
    let region = message.to().region();
    let span = Span::send(region.as_ref().map(Region::as_str));
    let (name, watch) = (provider.name(), Stopwatch::start());
    let is_open = Arc::new(());
    let marked = message.clone().in_send(&is_open);
    // Created before the send, so that a dropped future is reported by `Drop`.
    let mut open = OpenSend { provider: name, region, span, watch, is_over: false };
    let sent = open.span.run(provider.send(&marked)).await;
    // From now on, a copy of the message that the provider has kept is in no span.
    drop(is_open);
    open.end(&sent);
    sent
}

/// A send under way. One that is dropped is reported too: its message may have been sent.
struct OpenSend<'a> {
    provider: &'a str,
    region: Option<Region>,
    span: Span,
    watch: Stopwatch,
    is_over: bool,
}

impl OpenSend<'_> {
    fn end(&mut self, sent: &Sent) {
        self.is_over = true;
        self.report(&match sent {
            Ok(receipt) => SendOutcome {
                provider: receipt.provider(),
                fate: ACCEPTED,
                failure: None,
                attempt: count(receipt.attempts().len()).saturating_add(1),
                elapsed: self.watch.elapsed(),
            },
            Err(error) => {
                let last = error.attempts().last();
                SendOutcome {
                    provider: last.map_or(self.provider, |last| &last.provider),
                    attempt: count(error.attempts().len()).max(1),
                    // The fields above replace the name and the 0.
                    ..failed(self.provider, error, 0, self.watch.elapsed())
                }
            }
        });
    }

    fn report(&self, outcome: &SendOutcome<'_>) {
        telemetry::end_send(&self.span, outcome, self.region.as_ref().map(Region::as_str));
    }
}

impl Drop for OpenSend<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.report(&cancelled(self.provider, 1, self.watch));
        }
    }
}

/// An attempt under way.
pub(super) struct AttemptSpan<'a> {
    provider: &'a str,
    number: u32,
    span: Span,
    watch: Stopwatch,
    is_over: bool,
}

impl AttemptSpan<'_> {
    pub(super) async fn run(mut self, sending: impl Future<Output = Sent>) -> Sent {
        let sent = self.span.run(sending).await;
        self.is_over = true;
        let elapsed = self.watch.elapsed();
        let outcome = match &sent {
            Ok(_) => SendOutcome {
                provider: self.provider,
                fate: ACCEPTED,
                failure: None,
                attempt: self.number,
                elapsed,
            },
            Err(error) => failed(self.provider, error, self.number, elapsed),
        };
        telemetry::end_attempt(&self.span, &outcome);
        sent
    }
}

impl Drop for AttemptSpan<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            let outcome = cancelled(self.provider, self.number, self.watch);
            telemetry::end_attempt(&self.span, &outcome);
        }
    }
}

const ACCEPTED: &str = "accepted";

/// The outcome of a failed send.
pub(super) fn failed<'a>(
    provider: &'a str,
    error: &'a SendError,
    attempt: u32,
    elapsed: std::time::Duration,
) -> SendOutcome<'a> {
    SendOutcome {
        provider,
        fate: fate(error.fate()),
        failure: Some(Failure {
            kind: kind(error.kind()),
            stage: error.stage().map(super::Stage::as_str),
            gateway_code: error.gateway_code(),
            gateway_words: error.gateway_words(),
            explanation: error.explanation(),
        }),
        attempt,
        elapsed,
    }
}

/// The outcome of a send that the caller no longer waits for.
fn cancelled(provider: &str, attempt: u32, watch: Stopwatch) -> SendOutcome<'_> {
    let failure = Failure {
        kind: "cancelled",
        stage: None,
        gateway_code: None,
        gateway_words: None,
        explanation: None,
    };
    let (fate, elapsed) = (fate(Fate::Unknown), watch.elapsed());
    SendOutcome { provider, fate, failure: Some(failure), attempt, elapsed }
}

pub(super) fn count(attempts: usize) -> u32 {
    u32::try_from(attempts).unwrap_or(u32::MAX)
}

const fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::NotSent => "not_sent",
        Fate::Refused => "refused",
        Fate::Unknown => "unknown",
    }
}

/// The names of the kinds, which dashboards and alarms depend on.
const fn kind(kind: SendErrorKind) -> &'static str {
    match kind {
        SendErrorKind::Blocked => "blocked",
        SendErrorKind::Content => "content",
        SendErrorKind::InvalidRecipient => "invalid_recipient",
        SendErrorKind::Misconfigured => "misconfigured",
        SendErrorKind::NoCredit => "no_credit",
        SendErrorKind::Regulatory => "regulatory",
        SendErrorKind::Throttled => "throttled",
        SendErrorKind::Transport => "transport",
        SendErrorKind::Unauthorized => "unauthorized",
        SendErrorKind::Unavailable => "unavailable",
        SendErrorKind::Unknown => "unknown",
    }
}
