mod breaker;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::sync;
use super::{Fate, Provider, Receipt, SendError, SendErrorKind, trace};
use crate::clock::Timer;
#[cfg(feature = "reqwest")]
use crate::clock::TokioTimer;
use crate::message::Message;
use crate::telemetry;
use breaker::{Breaker, Change, Health, Limits, Phase, Ticket};

/// Refuses at once while a provider is down, so that messages go to the next one without waiting.
///
/// It opens after 5 failures in a row, or when half of the last 20 sends of the last 10 s have failed. A failure is a
/// provider that was not reached, did not answer, or says that it is down; a refused message is none. After 30 s one
/// message finds out whether the provider is back, and all others are refused until it has.
///
/// # Examples
///
/// ```
/// use otpost::provider::{CircuitBreaker, CircuitBreakerState, Fate, Provider, SendError, SendErrorKind};
/// # #[cfg(feature = "testing")]
/// use otpost::testing::RecordingProvider;
/// use otpost::{Message, PhoneNumber};
///
/// # #[cfg(feature = "testing")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let gateway = RecordingProvider::new();
/// let provider = CircuitBreaker::new(gateway.clone());
/// let message = Message::new(PhoneNumber::parse("+41791234567")?, "012345 is your code")?;
///
/// for _ in 0..5 {
///     gateway.fail_next(SendError::new(SendErrorKind::Transport, Fate::NotSent));
///     provider.send(&message).await.unwrap_err();
/// }
/// assert_eq!(provider.state(), CircuitBreakerState::Open);
/// let refused = provider.send(&message).await.unwrap_err();
/// assert_eq!((refused.kind(), refused.fate()), (SendErrorKind::Unavailable, Fate::NotSent));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
///
/// # Cancel safety
///
/// A send that is dropped says nothing of the provider, and gives its place back if it was the one that finds out.
pub struct CircuitBreaker<P> {
    provider: P,
    timer: Arc<dyn Timer>,
    breaker: Breaker,
    limits: Limits,
}

/// Whether a circuit lets messages through.
///
/// # Examples
///
/// ```
/// use otpost::provider::{CircuitBreaker, CircuitBreakerState, NullProvider};
///
/// assert_eq!(CircuitBreaker::new(NullProvider).state(), CircuitBreakerState::Closed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a circuit breaker has these three states")]
pub enum CircuitBreakerState {
    /// All of them.
    Closed,
    /// One at a time, to find out.
    HalfOpen,
    /// None.
    Open,
}

#[cfg(feature = "reqwest")]
impl<P: Provider> CircuitBreaker<P> {
    /// A closed circuit, on the Tokio runtime.
    #[must_use]
    pub fn new(provider: P) -> Self {
        Self::with_timer(provider, TokioTimer::new())
    }
}

impl<P: Provider> CircuitBreaker<P> {
    /// The same on another runtime.
    #[must_use]
    pub fn with_timer(provider: P, timer: impl Timer) -> Self {
        let limits = Limits { failures: 5, pause: Duration::from_secs(30) };
        Self { provider, timer: Arc::new(timer), breaker: Breaker::new(), limits }
    }

    /// Opens after this many failures in a row; 5 unless said.
    #[must_use]
    pub const fn with_failures(mut self, failures: u32) -> Self {
        self.limits.failures = failures;
        self
    }

    /// Stays open for this long before one message finds out; 30 s unless said.
    #[must_use]
    pub const fn with_open_duration(mut self, pause: Duration) -> Self {
        self.limits.pause = pause;
        self
    }

    /// Whether messages are let through.
    #[must_use]
    pub fn state(&self) -> CircuitBreakerState {
        let now = self.timer.elapsed();
        self.breaker.look(|phase| match phase {
            Phase::Closed => CircuitBreakerState::Closed,
            Phase::Open { until } if now < *until => CircuitBreakerState::Open,
            Phase::Open { .. } | Phase::HalfOpen { .. } => CircuitBreakerState::HalfOpen,
        })
    }
}

/// A ticket that finds its way back also when the send is dropped.
struct Permission<'a> {
    breaker: &'a Breaker,
    timer: &'a dyn Timer,
    limits: &'a Limits,
    ticket: Ticket,
    health: Health,
    provider: &'a str,
}

impl Drop for Permission<'_> {
    fn drop(&mut self) {
        let now = self.timer.elapsed();
        match self.breaker.report(&self.ticket, self.health, now, self.limits) {
            None => {}
            Some(Change::Closed) => telemetry::circuit_closed(self.provider),
            Some(Change::Opened) => telemetry::circuit_opened(self.provider, self.limits.pause),
        }
    }
}

#[async_trait]
impl<P: Provider> Provider for CircuitBreaker<P> {
    fn name(&self) -> &str {
        self.provider.name()
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        if let Some(traced) = trace::send(self, message) {
            return traced.await;
        }
        let ticket = self.breaker.admit(self.timer.elapsed()).map_err(|wait| {
            telemetry::circuit_refused(self.name());
            SendError::new(SendErrorKind::Unavailable, Fate::NotSent)
                // While one finds out nobody knows how long it takes, and nobody shall wait for it.
                .with_retry_after(if wait.is_zero() { self.limits.pause } else { wait })
                .with_source("its circuit is open: it was down a moment ago")
        })?;
        let mut permission = Permission {
            breaker: &self.breaker,
            timer: &*self.timer,
            limits: &self.limits,
            ticket,
            health: Health::Unclear,
            provider: self.name(),
        };
        let sent = self.provider.send(message).await;
        permission.health = health(&sent);
        drop(permission);
        sent
    }
}

/// What a send says of the provider.
fn health(sent: &Result<Receipt, SendError>) -> Health {
    match sent {
        Ok(_) => Health::Good,
        Err(error) => match (error.fate(), error.kind()) {
            (Fate::Unknown, _) => Health::Bad,
            (Fate::NotSent, SendErrorKind::Transport | SendErrorKind::Unavailable) => Health::Bad,
            // A provider that has too much to do lives; a message that does not suit it never got that far.
            (Fate::NotSent, _) => Health::Unclear,
            (Fate::Refused, _) => Health::Good,
        },
    }
}

impl<P: fmt::Debug> fmt::Debug for CircuitBreaker<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreaker")
            .field("provider", &self.provider)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
