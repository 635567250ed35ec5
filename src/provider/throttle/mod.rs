mod rate;

use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::deadline::{time_for, within};
use super::sync;
use super::{Fate, Provider, Receipt, Semaphore, SendError, SendErrorKind, trace};
use crate::clock::Timer;
#[cfg(feature = "reqwest")]
use crate::clock::TokioTimer;
use crate::message::Message;
use crate::telemetry;
use rate::Rate;

/// A shorter wait is that of the scheduler and of locks, and is not reported.
const LEAST_WAIT: Duration = Duration::from_millis(1);

/// Sends no faster than a gateway allows, and no more at once than it may hold up.
///
/// Messages above the rate or the number wait in order, up to a limit, and then fail as not sent, so that another provider
/// gets its turn. A gateway that stalls holds up its own messages and no others.
///
/// # Examples
///
/// ```
/// use std::num::{NonZeroU32, NonZeroUsize};
/// use std::time::Duration;
/// use otpost::provider::{Fate, NullProvider, Provider, SendErrorKind, Throttle};
/// use otpost::{Message, PhoneNumber};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let provider = Throttle::new(NullProvider)
///     .with_rate(NonZeroU32::MIN, Duration::from_secs(60))
///     .with_concurrency(NonZeroUsize::new(64).ok_or("zero")?)
///     .with_max_wait(Duration::from_millis(10));
///
/// let message = Message::new(PhoneNumber::parse("+41791234567")?, "012345 is your code")?;
/// assert!(provider.send(&message).await.is_ok());
/// let error = provider.send(&message).await.unwrap_err();
/// assert_eq!((error.kind(), error.fate()), (SendErrorKind::Throttled, Fate::NotSent));
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
///
/// A send that is dropped gives its place to the next; its turn in the rate is spent.
pub struct Throttle<P> {
    provider: P,
    timer: Arc<dyn Timer>,
    semaphore: Option<Semaphore>,
    rate: Option<Rate>,
    patience: Duration,
    queue: usize,
}

#[cfg(feature = "reqwest")]
impl<P: Provider> Throttle<P> {
    /// Without a limit until one is given, on the Tokio runtime.
    #[must_use]
    pub fn new(provider: P) -> Self {
        Self::with_timer(provider, TokioTimer::new())
    }
}

impl<P: Provider> Throttle<P> {
    /// The same on another runtime.
    #[must_use]
    pub fn with_timer(provider: P, timer: impl Timer) -> Self {
        Self {
            provider,
            timer: Arc::new(timer),
            semaphore: None,
            rate: None,
            patience: Duration::from_secs(2),
            queue: 10_000,
        }
    }

    /// So many messages in this time, evenly; after a pause as many may go at once.
    #[must_use]
    pub fn with_rate(mut self, messages: NonZeroU32, time: Duration) -> Self {
        self.rate = Some(Rate::new(messages.get(), time));
        self
    }

    /// At most so many sends at once: a bulkhead.
    #[must_use]
    pub fn with_concurrency(mut self, sends: NonZeroUsize) -> Self {
        self.semaphore = Some(Semaphore::new(sends.get()));
        self
    }

    /// How long a message waits for its turn; 2 s unless said.
    #[must_use]
    pub const fn with_max_wait(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How many messages wait for a place at most; 10,000 unless said.
    #[must_use]
    pub const fn with_queue(mut self, messages: usize) -> Self {
        self.queue = messages;
        self
    }
}

#[async_trait]
impl<P: Provider> Provider for Throttle<P> {
    fn name(&self) -> &str {
        self.provider.name()
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        if let Some(traced) = trace::send(self, message) {
            return traced.await;
        }
        if self.rate.is_none() && self.semaphore.is_none() {
            return self.provider.send(message).await;
        }
        let begin = self.timer.elapsed();
        let patience = time_for(message, self.patience);
        let too_many = || {
            telemetry::throttle_refused(self.name());
            too_many()
        };
        let waited = || self.timer.elapsed().saturating_sub(begin);
        // A place first: messages that were held up behind a stall still keep the rate.
        let _permit = match &self.semaphore {
            None => None,
            Some(semaphore) => {
                let place = within(&*self.timer, patience, semaphore.acquire(self.queue)).await;
                Some(place.flatten().ok_or_else(too_many)?)
            }
        };
        if let Some(rate) = &self.rate {
            let now = self.timer.elapsed();
            let left = patience.saturating_sub(waited());
            let wait = rate.reserve(now, left).ok_or_else(too_many)?;
            if !wait.is_zero() {
                self.timer.sleep(wait).await;
            }
        }
        if telemetry::is_attempt_on() {
            let waited = waited();
            if waited >= LEAST_WAIT {
                telemetry::throttle_waited(self.name(), waited);
            }
        }
        let Some(left) = message.time_left() else { return self.provider.send(message).await };
        // Whoever waits above has less time now.
        let left = left.saturating_sub(waited());
        if left.is_zero() {
            return Err(too_many());
        }
        self.provider.send(&message.clone().with_time_left(left)).await
    }
}

fn too_many() -> SendError {
    SendError::new(SendErrorKind::Throttled, Fate::NotSent)
        .with_source("too many messages wait for this provider already")
}

impl<P: fmt::Debug> fmt::Debug for Throttle<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle")
            .field("provider", &self.provider)
            .field("patience", &self.patience)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}
