//! The same functions without `metrics`: they do nothing and cost nothing.

use std::time::Duration;

use super::outcome::SendOutcome;

pub(super) const IS_ON: bool = false;

pub(crate) const fn send(_: &SendOutcome<'_>) {}

pub(crate) const fn attempt(_: &SendOutcome<'_>) {}

pub(crate) const fn retry(_: &str) {}

pub(crate) const fn failover(_: &str) {}

pub(crate) const fn circuit_opened(_: &str) {}

pub(crate) const fn circuit_refused(_: &str) {}

pub(crate) const fn throttle_waited(_: &str, _: Duration) {}

pub(crate) const fn throttle_refused(_: &str) {}

pub(crate) const fn issue(_: &'static str) {}

pub(crate) const fn resend(_: &'static str) {}

pub(crate) const fn verdict(_: &'static str) {}

pub(crate) const fn store_failed(_: &'static str) {}

pub(crate) const fn reported(_: &str, _: Option<&str>, _: &'static str, _: Duration) {}

pub(crate) const fn worker_step(_: &'static str) {}
