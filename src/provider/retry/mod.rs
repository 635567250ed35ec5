mod backoff;
mod budget;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::attempts::Attempts;
use super::deadline::{send_within, time_for};
use super::jitter::Jitter;
use super::sync;
use super::trace::{self, failed, try_attempt};
use super::{Decision, Duplicates, Provider, Receipt, SendError};
use crate::clock::Timer;
#[cfg(feature = "reqwest")]
use crate::clock::TokioTimer;
use crate::message::Message;
use crate::telemetry;
use backoff::Backoff;
use budget::RetryBudget;

/// Sends again what was not sent, and nothing else.
///
/// It retries where the [decision table](crate::guide::delivery) allows: the message has not left, or the gateway said
/// that it takes nothing for now. It waits a random time up to 50 ms, then 100 ms and so on, or up to 1 s, then 2 s and so
/// on where the gateway is too busy, and honours `Retry-After` up to 5 s; beyond that it gives up at once, so that
/// another provider gets its turn. When a gateway is down a budget ends the retries of all messages together.
///
/// Retry in one layer only: around each gateway, below [`Failover`](super::Failover).
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
/// let message = Message::new(PhoneNumber::parse("+41791234567")?, "012345 is your code")?;
/// let receipt = provider.send(&message).await?;
/// assert_eq!(receipt.attempts()[0].kind, SendErrorKind::Transport);
///
/// // What may have been sent is not sent again.
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
/// Dropping the future of a send ends the retries; whether the message was sent is then open.
pub struct Retry<P> {
    provider: P,
    timer: Arc<dyn Timer>,
    budget: RetryBudget,
    backoff: Backoff,
    retries: u32,
    deadline: Duration,
    least_time: Duration,
    duplicates: Duplicates,
}

#[cfg(feature = "reqwest")]
impl<P: Provider> Retry<P> {
    /// Two retries at most, within 30 s and the code's lifetime, on the Tokio runtime.
    #[must_use]
    pub fn new(provider: P) -> Self {
        Self::with_timer(provider, TokioTimer::new())
    }
}

impl<P: Provider> Retry<P> {
    /// The same on another runtime.
    #[must_use]
    pub fn with_timer(provider: P, timer: impl Timer) -> Self {
        Self {
            provider,
            timer: Arc::new(timer),
            budget: RetryBudget::new(),
            backoff: Backoff::new(),
            retries: 2,
            deadline: Duration::from_secs(30),
            least_time: Duration::from_secs(5),
            duplicates: Duplicates::Avoid,
        }
    }

    /// At most this many retries for a message, beyond the first send; 2 unless said.
    #[must_use]
    pub const fn with_retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// How long a send may take with all its retries; 30 s unless said, and never longer than the code's lifetime. A
    /// provider that has not answered by then is given up, and the message's fate is unknown.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// No retry begins with less time than this before the deadline; 5 s unless said, which is the time in which a
    /// gateway connects.
    #[must_use]
    pub const fn with_least_time(mut self, time: Duration) -> Self {
        self.least_time = time;
        self
    }

    /// The bounds of the first wait: after a fault of the network, and after a gateway that is too busy; 50 ms and 1 s
    /// unless said. They double with each retry, up to 20 s.
    #[must_use]
    pub const fn with_backoff(mut self, transport: Duration, throttled: Duration) -> Self {
        self.backoff.transport = transport;
        self.backoff.throttled = throttled;
        self
    }

    /// Honours a gateway's `Retry-After` up to this; 5 s unless said. A longer one ends the retries at once.
    #[must_use]
    pub const fn with_max_retry_after(mut self, longest: Duration) -> Self {
        self.backoff.max_retry_after = longest;
        self
    }

    /// Whether a message of unknown fate may be sent again; unless said, only where the gateway documents that it takes a
    /// message with the same identity once.
    #[must_use]
    pub const fn with_duplicates(mut self, duplicates: Duplicates) -> Self {
        self.duplicates = duplicates;
        self
    }

    /// Draws the waits from this seed, so that a test can repeat them.
    #[must_use]
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.backoff.jitter = Jitter::from_seed(seed);
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
        let mut attempts = Attempts::default();
        let mut started = begin;
        let mut retry = 0_u32;
        loop {
            let left = deadline.saturating_sub(started);
            let sent = match try_attempt(&self.provider, message, attempts.len()) {
                None => send_within(&*self.timer, left, &self.provider, message.clone()).await,
                Some((attempt, message)) => {
                    let sending = send_within(&*self.timer, left, &self.provider, message);
                    // In a box, because this part of the future is needed only while something records it.
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
            // A machine that was asleep wakes up later than it meant to.
            if deadline.saturating_sub(started) < self.least_time {
                return Err(attempts.error(error));
            }
            retry = retry.saturating_add(1);
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
