use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::attempt_log::AttemptLog;
use super::deadline::{send_within, time_for};
use super::trace;
use super::{Decision, Duplicates, Provider, Receipt, SendError, SendErrorKind};
use crate::clock::Timer;
#[cfg(feature = "reqwest")]
use crate::clock::TokioTimer;
use crate::message::Message;
use crate::telemetry;

/// A wrapper that tries providers in order, until one accepts the message or may have sent it.
///
/// It continues where the [decision table](crate::guide::delivery) allows it: the message was not
/// sent, or the provider refused it for its own reason. It stops if no provider could deliver the
/// message, for example to an invalid phone number. It also stops if the fate is unknown.
///
/// # Examples
///
/// ```
/// use otpost::provider::{Failover, Fate, Provider, SendError, SendErrorKind};
/// # #[cfg(feature = "testing")]
/// use otpost::testing::RecordingProvider;
/// use otpost::{Message, PhoneNumber};
///
/// # #[cfg(feature = "testing")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (first, second) = (RecordingProvider::new(), RecordingProvider::new());
/// first.fail_next(SendError::new(SendErrorKind::NoCredit, Fate::Refused));
/// let provider = Failover::new(first).or(second.clone());
///
/// let to = PhoneNumber::parse("+41791234567")?;
/// let message = Message::new(to, "012345 is your code")?;
/// let receipt = provider.send(&message).await?;
/// assert_eq!(receipt.attempts()[0].kind, SendErrorKind::NoCredit);
/// assert_eq!(second.messages().len(), 1);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
///
/// # Cancel safety
///
/// If the future is dropped, no further provider is tried. The message may or may not have been
/// sent.
#[doc(alias = "fallback")]
#[derive(Clone)]
pub struct Failover {
    name: Box<str>,
    providers: Vec<Arc<dyn Provider>>,
    row: DecisionRow,
}

/// The limits for a list of providers that are tried in order, for [`Failover`] and
/// [`Route`](super::Route).
#[derive(Clone)]
pub(super) struct DecisionRow {
    pub(super) timer: Arc<dyn Timer>,
    pub(super) deadline: Duration,
    pub(super) least_time: Duration,
    pub(super) duplicates: Duplicates,
}

#[cfg(feature = "reqwest")]
impl Failover {
    /// Creates a failover on the Tokio runtime. `first` is tried first.
    #[must_use]
    pub fn new(first: impl Provider) -> Self {
        Self::with_timer(first, TokioTimer::new())
    }
}

impl Failover {
    /// Creates a failover on another runtime. `first` is tried first.
    #[must_use]
    pub fn with_timer(first: impl Provider, timer: impl Timer) -> Self {
        let providers: Vec<Arc<dyn Provider>> = vec![Arc::new(first)];
        Self { name: "failover".into(), providers, row: DecisionRow::new(timer) }
    }

    /// Adds a provider to try when the previous ones cannot deliver.
    #[must_use]
    pub fn or(mut self, next: impl Provider) -> Self {
        self.providers.push(Arc::new(next));
        self
    }

    /// Sets the name of the failover. Defaults to `failover`. Receipts contain the name of the
    /// provider that accepted the message.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Box<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the time limit for a send over all providers. Defaults to 45 s. The limit is never
    /// longer than the lifetime of the code.
    #[doc(alias = "timeout")]
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.row.deadline = deadline;
        self
    }

    /// Sets the minimum time before the deadline at which a further provider may be tried. Defaults
    /// to 5 s. The first provider is always tried.
    #[must_use]
    pub const fn with_least_time(mut self, time: Duration) -> Self {
        self.row.least_time = time;
        self
    }

    /// Sets the policy for messages of unknown fate. Defaults to [`Duplicates::Avoid`]: the next
    /// provider is not tried.
    #[must_use]
    pub const fn with_duplicates(mut self, duplicates: Duplicates) -> Self {
        self.row.duplicates = duplicates;
        self
    }
}

#[async_trait]
impl Provider for Failover {
    fn name(&self) -> &str {
        &self.name
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        if let Some(traced) = trace::send(self, message) {
            return traced.await;
        }
        self.row.send(self.providers.iter().map(|provider| &**provider), message).await
    }
}

impl DecisionRow {
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
            if let Some((name, error, elapsed)) = &last {
                let number = trace::count(attempts.len());
                telemetry::failover(&trace::failed(name, error, number, *elapsed), provider.name());
            }
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
        let nobody = || {
            SendError::new(SendErrorKind::Misconfigured, super::Fate::NotSent)
                .with_source("no provider for this phone number within the maximum cost")
        };
        // The caller cannot rely on deduplication: trying the whole list again starts at its first
        // provider, which may not know this message.
        let last = last.map(|(_, error, _)| error);
        Err(attempts.error(last.unwrap_or_else(nobody)).with_deduplicated(false))
    }
}

impl fmt::Debug for Failover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failover")
            .field("providers", &self.providers)
            .field("deadline", &self.row.deadline)
            .field("duplicates", &self.row.duplicates)
            .finish_non_exhaustive()
    }
}
