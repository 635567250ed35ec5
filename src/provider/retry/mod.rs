mod backoff;
mod budget;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::attempt_log::AttemptLog;
use super::deadline::{send_within, time_for};
use super::jitter::Jitter;
use super::trace::{self, failed, try_attempt};
use super::{Decision, Duplicates, Provider, Receipt, SendError};
use crate::clock::Timer;
#[cfg(feature = "reqwest")]
use crate::clock::TokioTimer;
use crate::message::Message;
use crate::telemetry;
use backoff::Backoff;
use budget::RetryBudget;

/// A wrapper that retries messages that were not sent.
///
/// It retries where the [decision table](crate::guide::delivery) allows it: no byte of the request
/// was sent, or the gateway reported that it accepts nothing at the moment. A message of unknown
/// fate is retried only if the gateway de-duplicates.
///
/// The back-off is exponential with full jitter. The first wait is a random time of up to 50 ms,
/// the next one of up to 100 ms, and so on. If the gateway is too busy, the first wait is up to
/// 1 s, the next one up to 2 s, and so on. A `Retry-After` of up to 5 s is honoured. A longer one
/// ends the retries at once, so that another provider is tried. All messages share a budget of 35
/// retries, which successes refill: a successful retry returns one, and 14 other successes another.
/// So retries do not multiply the load on a gateway that is down.
///
/// Retry in one layer only: around each gateway, inside [`Failover`](super::Failover).
///
/// # Examples
///
/// ```
/// use otpost::provider::{Fate, Provider, Retry, SendError, SendErrorKind};
/// # #[cfg(feature = "testing")]
/// use otpost::testing::RecordingProvider;
/// use otpost::{Message, PhoneNumber};
///
/// # #[cfg(feature = "testing")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let phone = RecordingProvider::new();
/// phone.fail_next(SendError::new(SendErrorKind::Transport, Fate::NotSent));
/// let provider = Retry::new(phone.clone());
///
/// let to = PhoneNumber::parse("+41791234567")?;
/// let message = Message::new(to, "012345 is your code")?;
/// let receipt = provider.send(&message).await?;
/// assert_eq!(receipt.attempts()[0].kind, SendErrorKind::Transport);
///
/// // A message that may have been sent is not sent again.
/// phone.fail_next(SendError::new(SendErrorKind::Transport, Fate::Unknown));
/// assert!(provider.send(&message).await.is_err());
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
///
/// # Cancel safety
///
/// If the future is dropped, the retries end. The message may or may not have been sent.
///
/// # Clones
///
/// Clones share the provider and the budget of retries.
#[doc(alias = "exponential backoff")]
#[doc(alias = "back-off")]
#[doc(alias = "jitter")]
pub struct Retry<P> {
    provider: Arc<P>,
    timer: Arc<dyn Timer>,
    budget: Arc<RetryBudget>,
    backoff: Backoff,
    retries: u32,
    deadline: Duration,
    least_time: Duration,
    duplicates: Duplicates,
}

#[cfg(feature = "reqwest")]
impl<P: Provider> Retry<P> {
    /// Wraps a provider on the Tokio runtime. Makes up to 2 retries within 30 s and the lifetime of
    /// the code.
    #[must_use]
    pub fn new(provider: P) -> Self {
        Self::with_timer(provider, TokioTimer::new())
    }
}

impl<P: Provider> Retry<P> {
    /// Wraps a provider on another runtime, with the same defaults.
    #[must_use]
    pub fn with_timer(provider: P, timer: impl Timer) -> Self {
        Self {
            provider: Arc::new(provider),
            timer: Arc::new(timer),
            budget: Arc::new(RetryBudget::new()),
            backoff: Backoff::new(),
            retries: 2,
            deadline: Duration::from_secs(30),
            least_time: Duration::from_secs(5),
            duplicates: Duplicates::Avoid,
        }
    }

    /// Sets the maximum number of retries after the first send. Defaults to 2.
    #[doc(alias = "max attempts")]
    #[must_use]
    pub const fn with_retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// Sets the time limit for a send with all its retries. Defaults to 30 s. The limit is never
    /// longer than the lifetime of the code.
    ///
    /// If the provider has not responded by then, the send ends and the fate of the message is
    /// unknown.
    #[doc(alias = "timeout")]
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the minimum time before the deadline at which a retry may start. Defaults to 5 s, the
    /// time in which a gateway connects.
    #[must_use]
    pub const fn with_least_time(mut self, time: Duration) -> Self {
        self.least_time = time;
        self
    }

    /// Sets the upper limits of the first wait: `transport` after a network error, `throttled` if
    /// the gateway is too busy. They default to 50 ms and 1 s, and double with each retry up to
    /// 20 s.
    #[doc(alias = "exponential backoff")]
    #[must_use]
    pub const fn with_backoff(mut self, transport: Duration, throttled: Duration) -> Self {
        self.backoff.transport = transport;
        self.backoff.throttled = throttled;
        self
    }

    /// Sets the longest `Retry-After` of a gateway that is honoured. Defaults to 5 s. A longer one
    /// ends the retries at once.
    #[must_use]
    pub const fn with_max_retry_after(mut self, longest: Duration) -> Self {
        self.backoff.max_retry_after = longest;
        self
    }

    /// Sets the policy for messages of unknown fate. Defaults to [`Duplicates::Avoid`]: they are
    /// sent again only if the gateway documents that it accepts messages with the same id once.
    #[must_use]
    pub const fn with_duplicates(mut self, duplicates: Duplicates) -> Self {
        self.duplicates = duplicates;
        self
    }

    /// Sets the seed of the random waits, so that a test can repeat them. Defaults to a random
    /// seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.backoff.jitter = Arc::new(Jitter::from_seed(seed));
        self
    }
}

#[async_trait]
impl<P: Provider> Provider for Retry<P> {
    fn name(&self) -> &str {
        self.provider.name()
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        if let Some(traced) = trace::send(self, message) {
            return traced.await;
        }
        let begin = self.timer.elapsed();
        let deadline = begin.saturating_add(time_for(message, self.deadline));
        let mut attempts = AttemptLog::default();
        let mut started = begin;
        let mut retry = 0_u32;
        loop {
            let left = deadline.saturating_sub(started);
            let sent = match try_attempt(&*self.provider, message, attempts.len()) {
                None => send_within(&*self.timer, left, &*self.provider, message.clone()).await,
                Some((attempt, message)) => {
                    let sending = send_within(&*self.timer, left, &*self.provider, message);
                    // In a box, because this part of the future is needed only while something
                    // records it.
                    Box::pin(attempt.run(sending)).await
                }
            };
            let mut error = match sent {
                Ok(receipt) => {
                    self.budget.give(retry > 0);
                    return Ok(attempts.receipt(receipt));
                }
                Err(error) => error,
            };
            let now = self.timer.elapsed();
            attempts.push(self.provider.name(), &mut error, now.saturating_sub(started));
            let wait = match Decision::on(&error, self.duplicates).retry_here {
                true if retry < self.retries => self.backoff.wait(&error, retry),
                _ => None,
            };
            let fits = |wait: &Duration| {
                now.saturating_add(*wait).saturating_add(self.least_time) <= deadline
            };
            // Take the tokens last: a retry that does not fit into the deadline must not cost any.
            let Some(wait) = wait.filter(fits).filter(|_| self.budget.take()) else {
                return Err(attempts.error(error));
            };
            let number = trace::count(attempts.len());
            telemetry::retry(
                &failed(self.name(), &error, number, now.saturating_sub(started)),
                wait,
            );
            self.timer.sleep(wait).await;
            started = self.timer.elapsed();
            // If the machine was suspended, the sleep took longer than planned.
            if deadline.saturating_sub(started) < self.least_time {
                return Err(attempts.error(error));
            }
            retry = retry.saturating_add(1);
        }
    }
}

// Not derived: that would ask for a provider that is `Clone` itself.
impl<P> Clone for Retry<P> {
    fn clone(&self) -> Self {
        Self {
            provider: self.provider.clone(),
            timer: self.timer.clone(),
            budget: self.budget.clone(),
            backoff: self.backoff.clone(),
            ..*self
        }
    }
}

impl<P: fmt::Debug> fmt::Debug for Retry<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry")
            .field("provider", &self.provider)
            .field("retries", &self.retries)
            .field("deadline", &self.deadline)
            .field("duplicates", &self.duplicates)
            .finish_non_exhaustive()
    }
}
