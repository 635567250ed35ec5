//! Tries several providers in order, for [`Failover`](super::Failover) and
//! [`Route`](super::Route).

use std::sync::Arc;
use std::time::Duration;

use super::attempt_log::AttemptLog;
use super::deadline::{send_within, time_for};
use super::trace;
use super::{Decision, Duplicates, Provider, Receipt, SendError, SendErrorKind};
use crate::clock::Timer;
use crate::message::Message;
use crate::telemetry;

/// The limits for a list of providers that are tried in order.
#[derive(Clone)]
pub(super) struct InOrder {
    pub(super) timer: Arc<dyn Timer>,
    pub(super) deadline: Duration,
    pub(super) least_time: Duration,
    pub(super) duplicates: Duplicates,
}

impl InOrder {
    pub(super) fn new(timer: impl Timer) -> Self {
        Self {
            timer: Arc::new(timer),
            deadline: Duration::from_secs(45),
            least_time: Duration::from_secs(5),
            duplicates: Duplicates::Avoid,
        }
    }

    /// Tries the providers in order.
    pub(super) async fn send<'a>(
        &self,
        providers: impl Iterator<Item = &'a dyn Provider> + Send,
        message: &Message,
    ) -> Result<Receipt, SendError> {
        let begin = self.timer.elapsed();
        let deadline = begin.saturating_add(time_for(message, self.deadline));
        let mut attempts = AttemptLog::default();
        let mut last: Option<(&str, SendError, Duration)> = None;
        let mut started = begin;
        for provider in providers {
            let left = deadline.saturating_sub(started);
            // Always try the first provider: its own limits are shorter than any sensible deadline.
            if last.is_some() && left < self.least_time {
                break;
            }
            // Report it here and not after the failure: only now it is certain that another one is
            // tried.
            if let Some((name, error, elapsed)) = &last {
                let number = trace::count(attempts.len());
                telemetry::failover(&trace::failed(name, error, number, *elapsed), provider.name());
            }
            // The attempts are numbered over all providers, so the next one continues the count.
            let scope = message.scope().after(attempts.len());
            let message = message.clone().with_scope(scope);
            let mut error = match send_within(&*self.timer, left, provider, message).await {
                Ok(receipt) => return Ok(attempts.receipt(receipt)),
                Err(error) => error,
            };
            let now = self.timer.elapsed();
            let elapsed = now.saturating_sub(started);
            attempts.push(provider.name(), &mut error, elapsed);
            let goes_on = Decision::on(&error, self.duplicates).next_provider;
            last = Some((provider.name(), error, elapsed));
            if !goes_on {
                break;
            }
            started = now;
        }
        let no_provider = || {
            SendError::new(SendErrorKind::Misconfigured, super::Fate::NotSent)
                .with_source("no provider for this phone number within the maximum cost")
        };
        // The caller cannot rely on deduplication: trying the whole list again starts at its first
        // provider, which may not know this message.
        let last = last.map(|(_, error, _)| error);
        Err(attempts.error(last.unwrap_or_else(no_provider)).with_deduplicated(false))
    }
}

/// Defines the options of a type with the fields `name` and `in_order`.
macro_rules! in_order_options {
    ($type:ident, $name:literal) => {
        impl $type {
            #[doc = concat!("Sets the name. Defaults to `", $name, "`. Receipts contain the name of the")]
            /// provider that accepted the message, not this one.
            #[must_use]
            pub fn with_name(mut self, name: impl Into<Box<str>>) -> Self {
                self.name = name.into();
                self
            }

            /// Sets the time limit for a send over all providers. Defaults to 45 s. The limit is
            /// never longer than the lifetime of the code.
            #[doc(alias = "timeout")]
            #[must_use]
            pub const fn with_deadline(mut self, deadline: std::time::Duration) -> Self {
                self.in_order.deadline = deadline;
                self
            }

            /// Sets the minimum time before the deadline at which a further provider may be tried.
            /// Defaults to 5 s. The first provider is always tried.
            #[must_use]
            pub const fn with_least_time(mut self, time: std::time::Duration) -> Self {
                self.in_order.least_time = time;
                self
            }

            /// Sets the policy for messages of unknown fate. Defaults to
            /// [`Duplicates::Avoid`](super::Duplicates::Avoid): the next provider is not tried.
            #[must_use]
            pub const fn with_duplicates(mut self, duplicates: super::Duplicates) -> Self {
                self.in_order.duplicates = duplicates;
                self
            }
        }
    };
}
pub(super) use in_order_options;
