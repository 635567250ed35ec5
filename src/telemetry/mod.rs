//! Spans, events and metrics: their names, levels and fields, which [the
//! guide](crate::guide::observability) lists.
//!
//! Each facade has a file that uses it and a file with the same functions that do nothing, so the
//! callers know of no feature. What is recorded arrives here as plain words and numbers: a message,
//! a phone number, a code or a secret cannot, because this module knows no such type.

#![cfg_attr(
    not(all(
        feature = "challenge",
        feature = "metrics",
        feature = "reqwest",
        feature = "tracing"
    )),
    allow(dead_code, reason = "each of these features reads or reports a part of this")
)]

#[cfg(feature = "metrics")]
mod metrics;
// Both files are the module `metrics`, so no path in this crate depends on the feature.
#[cfg(not(feature = "metrics"))]
#[path = "metrics_off.rs"]
mod metrics;
mod outcome;
#[cfg(feature = "tracing")]
mod tracing;
#[cfg(not(feature = "tracing"))]
#[path = "tracing_off.rs"]
mod tracing;

use std::fmt::Display;
use std::time::Duration;

use self::metrics as counters;
pub(crate) use self::outcome::{Ended, Failure, SendOutcome};
pub(crate) use self::tracing::Span;
pub(crate) use self::tracing::event::circuit_closed;
#[cfg(feature = "reqwest")]
pub(crate) use self::tracing::event::{connections_replaced, stage};
#[cfg(feature = "challenge")]
pub(crate) use self::tracing::event::{many_region_rules, region_rules};
#[cfg(feature = "gateway")]
pub(crate) use self::tracing::event::{response, transport_failed};
use self::tracing::{event, is_debug_on, is_warn_on};

/// Returns `true` if a subscriber or a recorder may want the result of a send.
///
/// Without one, nothing else of this module runs: no clock is read and nothing is allocated.
#[inline]
pub(crate) fn is_on() -> bool {
    is_warn_on() || counters::IS_ON
}

/// Returns `true` if a subscriber or a recorder may want the result of each attempt.
#[inline]
pub(crate) fn is_attempt_on() -> bool {
    is_debug_on() || counters::IS_ON
}

/// Reports the result of a send.
pub(crate) fn end_send(span: &Span, outcome: &SendOutcome<'_>, region: Option<&str>) {
    span.end_send(outcome, region);
    counters::send(outcome);
}

/// Reports the result of an attempt.
pub(crate) fn end_attempt(span: &Span, outcome: &SendOutcome<'_>) {
    span.end_attempt(outcome);
    counters::attempt(outcome);
}

/// Reports an attempt that failed and is repeated after a wait.
#[inline]
pub(crate) fn retry(outcome: &SendOutcome<'_>, wait: Duration) {
    event::retry(outcome, wait);
    counters::retry(outcome.provider);
}

/// Reports a provider that failed and after which the next one is asked.
#[inline]
pub(crate) fn failover(outcome: &SendOutcome<'_>, next: &str) {
    event::failover(outcome, next);
    counters::failover(outcome.provider);
}

#[inline]
pub(crate) fn circuit_opened(provider: &str, pause: Duration) {
    event::circuit_opened(provider, pause);
    counters::circuit_opened(provider);
}

#[inline]
pub(crate) fn circuit_refused(provider: &str) {
    event::circuit_refused(provider);
    counters::circuit_refused(provider);
}

#[inline]
pub(crate) fn throttle_waited(provider: &str, wait: Duration) {
    event::throttle_waited(provider, wait);
    counters::throttle_waited(provider, wait);
}

#[inline]
pub(crate) fn throttle_refused(provider: &str) {
    event::throttle_refused(provider);
    counters::throttle_refused(provider);
}

/// Reports the result of issuing a challenge.
pub(crate) fn end_issue(span: &Span, ended: &Ended<'_>) {
    span.end_issue(ended);
    counters::issue(ended.result);
}

/// Reports the result of sending a code again.
pub(crate) fn end_resend(span: &Span, ended: &Ended<'_>) {
    span.end_issue(ended);
    counters::resend(ended.result);
}

/// Reports the result of checking a code.
pub(crate) fn end_verify(span: &Span, ended: &Ended<'_>) {
    span.end_verify(ended);
    counters::verdict(ended.result);
}

#[inline]
pub(crate) fn store_failed(purpose: &str, kind: &'static str, challenge: Option<&dyn Display>) {
    event::store_failed(purpose, kind, challenge);
    counters::store_failed(kind);
}

/// Reports a delivery report that has changed the state of a message.
#[inline]
pub(crate) fn reported(
    provider: &str,
    region: Option<&str>,
    status: &'static str,
    elapsed: Duration,
    challenge: &dyn Display,
) {
    event::reported(provider, region, status, elapsed, challenge);
    counters::reported(provider, region, status, elapsed);
}

#[inline]
pub(crate) fn worker_step(step: &'static str, is_repeated: bool, challenge: &dyn Display) {
    event::worker_step(step, is_repeated, challenge);
    counters::worker_step(step);
}
