mod rate;

use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::deadline::time_for;
use super::{Fate, Provider, Receipt, Semaphore, SendError, SendErrorKind, trace};
#[cfg(feature = "reqwest")]
use crate::clock::TokioTimer;
use crate::clock::{Timer, timeout};
use crate::message::Message;
use crate::telemetry;
use rate::Rate;

/// Shorter waits are caused by the scheduler and by locks, and are not reported.
const LEAST_WAIT: Duration = Duration::from_millis(1);

/// A wrapper that limits the rate and the number of concurrent sends.
///
/// Messages above a limit wait in order. If the wait is too long or the queue is full, they fail
/// with [`SendErrorKind::Throttled`] and [`Fate::NotSent`], so that another provider is tried. A
/// gateway that stalls delays only its own messages.
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
/// let to = PhoneNumber::parse("+41791234567")?;
/// let message = Message::new(to, "012345 is your code")?;
/// assert!(provider.send(&message).await.is_ok());
/// let error = provider.send(&message).await.unwrap_err();
/// assert_eq!((error.kind(), error.fate()), (SendErrorKind::Throttled, Fate::NotSent));
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
///
/// A send that is dropped gives its place to the next message. The share of the rate that it used
/// is not given back.
///
/// # Clones
///
/// Clones share the provider, the rate and the concurrency: together they send no more than one of
/// them. A limit that is set on a clone afterwards is its own.
#[doc(alias = "rate limit")]
#[doc(alias = "bulkhead")]
#[doc(alias = "concurrency limit")]
pub struct Throttle<P> {
    provider: Arc<P>,
    timer: Arc<dyn Timer>,
    semaphore: Option<Arc<Semaphore>>,
    rate: Option<Arc<Rate>>,
    patience: Duration,
    queue: usize,
}

#[cfg(feature = "reqwest")]
impl<P: Provider> Throttle<P> {
    /// Wraps a provider on the Tokio runtime, without limits.
    #[must_use]
    pub fn new(provider: P) -> Self {
        Self::with_timer(provider, TokioTimer::new())
    }
}

impl<P: Provider> Throttle<P> {
    /// Wraps a provider on another runtime, without limits.
    #[must_use]
    pub fn with_timer(provider: P, timer: impl Timer) -> Self {
        Self {
            provider: Arc::new(provider),
            timer: Arc::new(timer),
            semaphore: None,
            rate: None,
            patience: Duration::from_secs(2),
            queue: 10_000,
        }
    }

    /// Sets the rate limit: `messages` in each period of `time`. As many can be sent at once at the
    /// start or after a pause, and their places are refilled evenly. Defaults to no limit.
    #[doc(alias = "rate limit")]
    #[must_use]
    pub fn with_rate(mut self, messages: NonZeroU32, time: Duration) -> Self {
        self.rate = Some(Arc::new(Rate::new(messages.get(), time)));
        self
    }

    /// Sets the maximum number of concurrent sends (a bulkhead). Defaults to no limit.
    #[doc(alias = "bulkhead")]
    #[must_use]
    pub fn with_concurrency(mut self, sends: NonZeroUsize) -> Self {
        self.semaphore = Some(Arc::new(Semaphore::new(sends.get())));
        self
    }

    /// Sets how long a message waits for its turn. Defaults to 2 s. After that, the message fails
    /// with [`SendErrorKind::Throttled`].
    #[must_use]
    pub const fn with_max_wait(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets how many messages may wait for a place among the concurrent sends. Defaults to 10,000.
    /// Further messages fail with [`SendErrorKind::Throttled`].
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
        // Take the place before the turn in the rate. Otherwise, messages that waited for a stalled
        // gateway would all be sent at once, above the rate.
        // The permit is kept until the send ends or is dropped.
        let _permit = match &self.semaphore {
            None => None,
            Some(semaphore) => {
                let place = timeout(&*self.timer, patience, semaphore.acquire(self.queue)).await;
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
        // The wait used a part of the time that the caller gave.
        let left = left.saturating_sub(waited());
        if left.is_zero() {
            return Err(too_many());
        }
        self.provider.send(&message.clone().with_time_left(left)).await
    }
}

fn too_many() -> SendError {
    SendError::new(SendErrorKind::Throttled, Fate::NotSent)
        .with_source("too many messages are already waiting for this provider")
}

// Not derived: that would ask for a provider that is `Clone` itself.
impl<P> Clone for Throttle<P> {
    fn clone(&self) -> Self {
        Self {
            provider: self.provider.clone(),
            timer: self.timer.clone(),
            semaphore: self.semaphore.clone(),
            rate: self.rate.clone(),
            ..*self
        }
    }
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
