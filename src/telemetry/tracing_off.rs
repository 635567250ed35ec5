//! The same functions without `tracing`: they do nothing and cost nothing.

use super::outcome::{Ended, SendOutcome};

pub(super) const fn is_warn_on() -> bool {
    false
}

pub(super) const fn is_debug_on() -> bool {
    false
}

pub(crate) struct Span;

impl Span {
    pub(crate) const fn send(_: Option<&str>) -> Self {
        Self
    }

    pub(crate) const fn attempt(_: &str, _: u32) -> Self {
        Self
    }

    pub(crate) const fn issue(_: &str, _: Option<&str>) -> Self {
        Self
    }

    pub(crate) const fn resend(_: &str) -> Self {
        Self
    }

    pub(crate) const fn verify(_: &str) -> Self {
        Self
    }

    pub(crate) fn run<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        future
    }

    pub(crate) const fn end_send(&self, _: &SendOutcome<'_>, _: Option<&str>) {}

    pub(crate) const fn end_attempt(&self, _: &SendOutcome<'_>) {}

    pub(crate) const fn end_issue(&self, _: &Ended<'_>) {}

    pub(crate) const fn end_verify(&self, _: &Ended<'_>) {}
}

pub(crate) mod event {
    use std::fmt::Display;
    use std::time::Duration;

    use crate::telemetry::outcome::SendOutcome;

    pub(crate) const fn retry(_: &SendOutcome<'_>, _: Duration) {}

    pub(crate) const fn failover(_: &SendOutcome<'_>, _: &str) {}

    pub(crate) const fn circuit_opened(_: &str, _: Duration) {}

    pub(crate) const fn circuit_closed(_: &str) {}

    pub(crate) const fn circuit_refused(_: &str) {}

    pub(crate) const fn throttle_waited(_: &str, _: Duration) {}

    pub(crate) const fn throttle_refused(_: &str) {}

    pub(crate) const fn stage(_: &str) {}

    pub(crate) const fn response(_: u16, _: Option<&str>) {}

    pub(crate) const fn transport_failed(_: &str, _: bool) {}

    pub(crate) const fn connections_replaced() {}

    pub(crate) fn store_failed(_: &str, _: &str, _: Option<&dyn Display>) {}

    pub(crate) const fn region_rules(_: &str, _: &str) {}

    pub(crate) const fn many_region_rules(_: usize) {}

    pub(crate) fn reported(_: &str, _: Option<&str>, _: &str, _: Duration, _: &dyn Display) {}

    pub(crate) fn worker_step(_: &str, _: bool, _: &dyn Display) {}
}
