//! The only file that uses `tracing`.

use std::time::Duration;

use tracing::field::{Empty, display};
use tracing::instrument::Instrument;
use tracing::{Level, debug_span, enabled, info_span};

use super::outcome::{Ended, SendOutcome};

/// The target of everything that is recorded here, so that `otpost=debug` is a filter whatever the
/// modules are called.
const TARGET: &str = "otpost";

#[inline]
pub(super) fn is_warn_on() -> bool {
    enabled!(target: TARGET, Level::WARN)
}

#[inline]
pub(super) fn is_debug_on() -> bool {
    enabled!(target: TARGET, Level::DEBUG)
}

/// In whole milliseconds: more digits are noise, and six of them may look like a code.
fn seconds(duration: Duration) -> f64 {
    duration.as_millis() as f64 / 1_000.0
}

/// A span, or nothing if no subscriber wants it.
pub(crate) struct Span(tracing::Span);

impl Span {
    /// The span of a message, over all attempts.
    // `record` ignores a field that the span was not created with. So fields whose value comes
    // later are `Empty`.
    pub(crate) fn send(region: Option<&str>) -> Self {
        Self(info_span!(
            target: TARGET,
            "otpost.send",
            "otel.kind" = "client",
            "otel.status_code" = Empty,
            provider = Empty,
            region,
            fate = Empty,
            "error.type" = Empty,
            stage = Empty,
            gateway_code = Empty,
            attempts = Empty,
            elapsed = Empty,
        ))
    }

    /// The span of one attempt.
    pub(crate) fn attempt(provider: &str, attempt: u32) -> Self {
        Self(debug_span!(
            target: TARGET,
            "otpost.attempt",
            "otel.kind" = "client",
            "otel.status_code" = Empty,
            provider,
            attempt,
            fate = Empty,
            "error.type" = Empty,
            stage = Empty,
            gateway_code = Empty,
            elapsed = Empty,
        ))
    }

    /// The span of a challenge that is issued.
    pub(crate) fn issue(purpose: &str, region: Option<&str>) -> Self {
        Self(info_span!(
            target: TARGET,
            "otpost.issue",
            "otel.status_code" = Empty,
            purpose,
            region,
            result = Empty,
            challenge = Empty,
            elapsed = Empty,
        ))
    }

    /// The span of a code that is sent again.
    pub(crate) fn resend(purpose: &str) -> Self {
        Self(info_span!(
            target: TARGET,
            "otpost.resend",
            "otel.status_code" = Empty,
            purpose,
            result = Empty,
            challenge = Empty,
            elapsed = Empty,
        ))
    }

    /// The span of a code that is checked.
    pub(crate) fn verify(purpose: &str) -> Self {
        Self(info_span!(
            target: TARGET,
            "otpost.verify",
            "otel.status_code" = Empty,
            purpose,
            verdict = Empty,
            "error.type" = Empty,
            challenge = Empty,
            elapsed = Empty,
        ))
    }

    /// Enters the span whenever the future is polled, and never between two polls.
    pub(crate) fn run<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        // A guard of `Span::enter` across an await would leave the span entered on a thread that
        // runs other tasks meanwhile.
        future.instrument(self.0.clone())
    }

    /// Records the result of a send, and reports it.
    pub(crate) fn end_send(&self, outcome: &SendOutcome<'_>, region: Option<&str>) {
        self.0.record("provider", outcome.provider).record("attempts", outcome.attempt);
        self.end(outcome);
        // The future has ended and left its span. Enter it again, so that the event belongs to it.
        self.0.in_scope(|| match &outcome.failure {
            None => event::sent(outcome, region),
            Some(failure) => event::send_failed(outcome, failure, region),
        });
    }

    /// Records the result of an attempt.
    pub(crate) fn end_attempt(&self, outcome: &SendOutcome<'_>) {
        self.end(outcome);
    }

    fn end(&self, outcome: &SendOutcome<'_>) {
        self.0.record("fate", outcome.fate).record("elapsed", seconds(outcome.elapsed));
        if let Some(failure) = &outcome.failure {
            self.0
                .record("otel.status_code", "ERROR")
                .record("error.type", failure.kind)
                .record("stage", failure.stage)
                .record("gateway_code", failure.gateway_code);
        }
    }

    /// Records the result of issuing or sending again.
    pub(crate) fn end_issue(&self, ended: &Ended<'_>) {
        self.0.record("result", ended.result);
        self.close(ended);
    }

    /// Records the result of checking a code.
    pub(crate) fn end_verify(&self, ended: &Ended<'_>) {
        self.0.record(if ended.is_error { "error.type" } else { "verdict" }, ended.result);
        self.close(ended);
    }

    fn close(&self, ended: &Ended<'_>) {
        self.0
            // Recording `None` leaves the field empty.
            .record("otel.status_code", ended.is_error.then_some("ERROR"))
            .record("challenge", ended.challenge.map(display))
            .record("elapsed", seconds(ended.elapsed));
    }
}

/// The events. Each one is recorded within the span under way.
pub(crate) mod event {
    use std::fmt::Display;
    use std::time::Duration;

    use tracing::{debug, info, warn};

    use crate::telemetry::outcome::{Failure, SendOutcome};
    use crate::telemetry::tracing::{TARGET, seconds};

    pub(super) fn sent(outcome: &SendOutcome<'_>, region: Option<&str>) {
        debug!(
            name: "otpost.sent",
            target: TARGET,
            provider = outcome.provider,
            region,
            fate = outcome.fate,
            attempts = outcome.attempt,
            elapsed = seconds(outcome.elapsed),
            "message accepted by the provider"
        );
    }

    pub(super) fn send_failed(
        outcome: &SendOutcome<'_>,
        failure: &Failure<'_>,
        region: Option<&str>,
    ) {
        // A warning, since nothing repairs it any more. A failed attempt that is retried is only
        // logged at debug level.
        warn!(
            name: "otpost.send_failed",
            target: TARGET,
            provider = outcome.provider,
            region,
            fate = outcome.fate,
            "error.type" = failure.kind,
            stage = failure.stage,
            gateway_code = failure.gateway_code,
            gateway_words = failure.gateway_words,
            explanation = failure.explanation,
            attempts = outcome.attempt,
            elapsed = seconds(outcome.elapsed),
            "message not accepted"
        );
    }

    /// A failed attempt that is repeated after a wait.
    #[inline]
    pub(crate) fn retry(outcome: &SendOutcome<'_>, wait: Duration) {
        let failure = outcome.failure.as_ref();
        debug!(
            name: "otpost.retry",
            target: TARGET,
            provider = outcome.provider,
            fate = outcome.fate,
            "error.type" = failure.map(|failure| failure.kind),
            stage = failure.and_then(|failure| failure.stage),
            gateway_code = failure.and_then(|failure| failure.gateway_code),
            attempt = outcome.attempt,
            elapsed = seconds(outcome.elapsed),
            wait = seconds(wait),
            "attempt failed, will retry"
        );
    }

    /// A failed provider after which another one is asked.
    #[inline]
    pub(crate) fn failover(outcome: &SendOutcome<'_>, next: &str) {
        let failure = outcome.failure.as_ref();
        info!(
            name: "otpost.failover",
            target: TARGET,
            provider = outcome.provider,
            next_provider = next,
            fate = outcome.fate,
            "error.type" = failure.map(|failure| failure.kind),
            stage = failure.and_then(|failure| failure.stage),
            gateway_code = failure.and_then(|failure| failure.gateway_code),
            attempt = outcome.attempt,
            elapsed = seconds(outcome.elapsed),
            "provider failed, trying the next one"
        );
    }

    #[inline]
    pub(crate) fn circuit_opened(provider: &str, pause: Duration) {
        warn!(
            name: "otpost.circuit_opened",
            target: TARGET,
            provider,
            wait = seconds(pause),
            "circuit breaker opened"
        );
    }

    #[inline]
    pub(crate) fn circuit_closed(provider: &str) {
        info!(name: "otpost.circuit_closed", target: TARGET, provider, "circuit breaker closed");
    }

    #[inline]
    pub(crate) fn circuit_refused(provider: &str) {
        debug!(
            name: "otpost.circuit_refused",
            target: TARGET,
            provider,
            "send refused by the open circuit breaker"
        );
    }

    #[inline]
    pub(crate) fn throttle_waited(provider: &str, wait: Duration) {
        debug!(
            name: "otpost.throttle_waited",
            target: TARGET,
            provider,
            wait = seconds(wait),
            "send waited for the rate limit"
        );
    }

    #[inline]
    pub(crate) fn throttle_refused(provider: &str) {
        debug!(
            name: "otpost.throttle_refused",
            target: TARGET,
            provider,
            "send refused by the rate limit"
        );
    }

    /// The exchange of the task has reached a stage.
    #[inline]
    pub(crate) fn stage(stage: &str) {
        debug!(name: "otpost.transport_stage", target: TARGET, stage, "stage reached");
    }

    #[inline]
    pub(crate) fn response(status: u16, version: Option<&str>) {
        debug!(
            name: "otpost.transport_response",
            target: TARGET,
            { "http.response.status_code" = status, "network.protocol.version" = version },
            "response received"
        );
    }

    #[inline]
    pub(crate) fn transport_failed(stage: &str, may_have_sent: bool) {
        debug!(
            name: "otpost.transport_failed",
            target: TARGET,
            stage,
            may_have_sent,
            "no complete response"
        );
    }

    #[inline]
    pub(crate) fn connections_replaced() {
        debug!(
            name: "otpost.transport_replaced",
            target: TARGET,
            "connection pool replaced"
        );
    }

    #[inline]
    pub(crate) fn store_failed(purpose: &str, kind: &str, challenge: Option<&dyn Display>) {
        warn!(
            name: "otpost.store_failed",
            target: TARGET,
            purpose,
            "error.type" = kind,
            challenge = challenge.map(display),
            "store call failed"
        );
    }

    pub(crate) fn region_rules(region: &str, rules: &str) {
        warn!(
            name: "otpost.region_rules",
            target: TARGET,
            region,
            rules,
            "the region has rules for senders and texts"
        );
    }

    pub(crate) fn many_region_rules(regions: usize) {
        warn!(
            name: "otpost.many_region_rules",
            target: TARGET,
            regions,
            "many regions have rules for senders and texts"
        );
    }

    #[inline]
    pub(crate) fn reported(
        provider: &str,
        region: Option<&str>,
        status: &str,
        elapsed: Duration,
        challenge: &dyn Display,
    ) {
        debug!(
            name: "otpost.report",
            target: TARGET,
            provider,
            region,
            status,
            elapsed = seconds(elapsed),
            challenge = display(challenge),
            "delivery reported"
        );
    }

    #[inline]
    pub(crate) fn worker_step(step: &str, is_repeated: bool, challenge: &dyn Display) {
        debug!(
            name: "otpost.worker_step",
            target: TARGET,
            step,
            is_repeated,
            challenge = display(challenge),
            "queued message processed"
        );
    }
}
