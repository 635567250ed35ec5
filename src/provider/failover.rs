use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::attempts::Attempts;
use super::deadline::{send_within, time_for};
use super::trace;
use super::{Decision, Duplicates, Provider, Receipt, SendError, SendErrorKind};
use crate::clock::Timer;
#[cfg(feature = "reqwest")]
use crate::clock::TokioTimer;
use crate::message::Message;
use crate::telemetry;

/// Asks one provider after the other, until one accepts the message or one may have sent it.
///
/// It goes on where the [decision table](crate::guide::delivery) allows: the message was not sent, or this provider
/// refused it for a reason of its own. A number that cannot be reached and a message of unknown fate end the row.
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
/// let message = Message::new(PhoneNumber::parse("+41791234567")?, "012345 is your code")?;
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
/// Dropping the future of a send ends the row; whether the message was sent is then open.
pub struct Failover {
    name: Box<str>,
    providers: Vec<Box<dyn Provider>>,
    row: DecisionRow,
}

/// What bounds a row of providers.
pub(super) struct DecisionRow {
    pub(super) timer: Arc<dyn Timer>,
    pub(super) deadline: Duration,
    pub(super) least_time: Duration,
    pub(super) duplicates: Duplicates,
}

#[cfg(feature = "reqwest")]
impl Failover {
    /// Begins with this provider, on the Tokio runtime.
    #[must_use]
    pub fn new(first: impl Provider) -> Self {
        Self::with_timer(first, TokioTimer::new())
    }
}

impl Failover {
    /// The same on another runtime.
    #[must_use]
    pub fn with_timer(first: impl Provider, timer: impl Timer) -> Self {
        let providers: Vec<Box<dyn Provider>> = vec![Box::new(first)];
        Self { name: "failover".into(), providers, row: DecisionRow::new(timer) }
    }

    /// And then this one.
    #[must_use]
    pub fn or(mut self, next: impl Provider) -> Self {
        self.providers.push(Box::new(next));
        self
    }

    /// The name of the row; `failover` unless said. Receipts name the provider that accepted.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Box<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// How long a send may take over all providers; 45 s unless said, and never longer than the code's lifetime.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.row.deadline = deadline;
        self
    }

    /// No further provider is asked with less time than this before the deadline; 5 s unless said.
    #[must_use]
    pub const fn with_least_time(mut self, time: Duration) -> Self {
        self.row.least_time = time;
        self
    }

    /// Whether a message that one provider may have sent goes to the next; unless said, it does not.
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

    /// Asks the providers in their order.
    pub(super) async fn send<'a>(
        &self,
        providers: impl Iterator<Item = &'a dyn Provider> + Send,
        message: &Message,
    ) -> Result<Receipt, SendError> {
        let begin = self.timer.elapsed();
        let deadline = begin.saturating_add(time_for(message, self.deadline));
        let mut attempts = Attempts::default();
        let mut last: Option<(&str, SendError, Duration)> = None;
        let mut started = begin;
        for provider in providers {
            let left = deadline.saturating_sub(started);
            // The first is asked in any case: its own limits are shorter than any sensible deadline.
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
                .with_source("no provider is there for this number, at the cost that is allowed")
        };
        // Another row would not begin with the gateway that knows the message.
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
