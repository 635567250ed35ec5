//! The only file that uses `metrics`.
//!
//! Labels are names of providers, which an application configures, and words from fixed lists: no
//! number of time series grows with traffic.

use std::time::Duration;

use metrics::{Label, counter, histogram};

use super::outcome::SendOutcome;

/// The facade cannot be asked whether a recorder is installed.
pub(super) const IS_ON: bool = true;

/// Counts a message and its duration.
pub(crate) fn send(outcome: &SendOutcome<'_>) {
    counter!("otpost.sends", labels(outcome)).increment(1);
    histogram!("otpost.send.duration", labels(outcome)).record(outcome.elapsed);
}

/// Counts an attempt and its duration.
pub(crate) fn attempt(outcome: &SendOutcome<'_>) {
    counter!("otpost.attempts", labels(outcome)).increment(1);
    histogram!("otpost.attempt.duration", labels(outcome)).record(outcome.elapsed);
}

fn labels(outcome: &SendOutcome<'_>) -> Vec<Label> {
    // Labels must be `'static` or owned, so the name of the provider is copied.
    let mut labels = Vec::with_capacity(3);
    labels.push(Label::new("provider", outcome.provider.to_owned()));
    labels.push(Label::from_static_parts("fate", outcome.fate));
    // OpenTelemetry sets `error.type` on errors only. A success has no such label.
    if let Some(failure) = &outcome.failure {
        labels.push(Label::from_static_parts("error.type", failure.kind));
    }
    labels
}

pub(crate) fn retry(provider: &str) {
    counter!("otpost.retries", "provider" => provider.to_owned()).increment(1);
}

pub(crate) fn failover(provider: &str) {
    counter!("otpost.failovers", "provider" => provider.to_owned()).increment(1);
}

pub(crate) fn circuit_opened(provider: &str) {
    counter!("otpost.circuit.opened", "provider" => provider.to_owned()).increment(1);
}

pub(crate) fn circuit_refused(provider: &str) {
    counter!("otpost.circuit.refused", "provider" => provider.to_owned()).increment(1);
}

pub(crate) fn throttle_waited(provider: &str, wait: Duration) {
    histogram!("otpost.throttle.wait", "provider" => provider.to_owned()).record(wait);
}

pub(crate) fn throttle_refused(provider: &str) {
    counter!("otpost.throttle.refused", "provider" => provider.to_owned()).increment(1);
}

/// Counts an issue by its result.
pub(crate) fn issue(result: &'static str) {
    counter!("otpost.issues", "result" => result).increment(1);
}

/// Counts a resend by its result.
pub(crate) fn resend(result: &'static str) {
    counter!("otpost.resends", "result" => result).increment(1);
}

/// Counts a checked code by its verdict.
pub(crate) fn verdict(verdict: &'static str) {
    counter!("otpost.verdicts", "verdict" => verdict).increment(1);
}

pub(crate) fn store_failed(kind: &'static str) {
    counter!("otpost.store.failures", "error.type" => kind).increment(1);
}

/// Counts a delivery report, and the time to the phone. There are fewer than 300 regions.
pub(crate) fn reported(
    provider: &str,
    region: Option<&str>,
    status: &'static str,
    elapsed: Duration,
) {
    let place = || {
        let region = region.unwrap_or("none").to_owned();
        vec![Label::new("provider", provider.to_owned()), Label::new("region", region)]
    };
    let mut labels = place();
    labels.push(Label::from_static_parts("status", status));
    counter!("otpost.reports", labels).increment(1);
    if status == "delivered" {
        histogram!("otpost.delivery.duration", place()).record(elapsed);
    }
}

pub(crate) fn worker_step(step: &'static str) {
    counter!("otpost.worker.steps", "step" => step).increment(1);
}
