mod breaker;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Fate, Provider, Receipt, SendError, SendErrorKind, trace};
use crate::clock::Timer;
#[cfg(feature = "reqwest")]
use crate::clock::TokioTimer;
use crate::message::Message;
use crate::telemetry;
use breaker::{Admission, Breaker, Change, Health, Phase, Thresholds};

/// A wrapper that refuses messages while a provider is down, so that another provider is tried at
/// once.
///
/// The circuit opens after 5 failures in a row, or if at least half of the last 20 sends failed and
/// all 20 ended within 10 s. A failure means that the provider was not reached, did not respond, or
/// reported that it is down. A refused message is not a failure. After 30 s, one message tests the
/// provider, and all others are refused until its result is known.
///
/// A message that the circuit breaker refuses fails with [`SendErrorKind::Unavailable`] and
/// [`Fate::NotSent`].
///
/// # Examples
///
/// ```
/// use otpost::provider::{
///     CircuitBreaker, CircuitBreakerState, Fate, Provider, SendError, SendErrorKind,
/// };
/// # #[cfg(feature = "testing")]
/// use otpost::testing::RecordingProvider;
/// use otpost::{Message, PhoneNumber};
///
/// # #[cfg(feature = "testing")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let gateway = RecordingProvider::new();
/// let provider = CircuitBreaker::new(gateway.clone());
/// let to = PhoneNumber::parse("+41791234567")?;
/// let message = Message::new(to, "012345 is your code")?;
///
/// for _ in 0..5 {
///     gateway.fail_next(SendError::new(SendErrorKind::Transport, Fate::NotSent));
///     provider.send(&message).await.unwrap_err();
/// }
/// assert_eq!(provider.state(), CircuitBreakerState::Open);
/// let refused = provider.send(&message).await.unwrap_err();
/// assert_eq!(refused.kind(), SendErrorKind::Unavailable);
/// assert_eq!(refused.fate(), Fate::NotSent);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
///
/// # Cancel safety
///
/// A send that is dropped does not count as a result. If it was testing the provider, the next
/// message tests it instead.
///
/// # Clones
///
/// Clones share the provider and the state: when one of them opens, all are open.
pub struct CircuitBreaker<P> {
    provider: Arc<P>,
    timer: Arc<dyn Timer>,
    breaker: Arc<Breaker>,
    limits: Thresholds,
}

/// The state of a circuit breaker.
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
    /// All messages are sent.
    Closed,
    /// One message at a time tests the provider. All others are refused.
    HalfOpen,
    /// All messages are refused.
    Open,
}

words! {
    CircuitBreakerState, "state of a circuit breaker":
    Closed = "closed",
    HalfOpen = "half_open",
    Open = "open",
}

display_word!(CircuitBreakerState);

#[cfg(feature = "reqwest")]
impl<P: Provider> CircuitBreaker<P> {
    /// Wraps a provider on the Tokio runtime, with a closed circuit.
    #[must_use]
    pub fn new(provider: P) -> Self {
        Self::with_timer(provider, TokioTimer::new())
    }
}

impl<P: Provider> CircuitBreaker<P> {
    /// Wraps a provider on another runtime, with a closed circuit.
    #[must_use]
    pub fn with_timer(provider: P, timer: impl Timer) -> Self {
        let limits = Thresholds { failures: 5, pause: Duration::from_secs(30) };
        let (provider, breaker) = (Arc::new(provider), Arc::new(Breaker::new()));
        Self { provider, timer: Arc::new(timer), breaker, limits }
    }

    /// Sets the number of failures in a row that open the circuit. Defaults to 5. Zero counts as 1.
    #[must_use]
    pub const fn with_failures(mut self, failures: u32) -> Self {
        self.limits.failures = failures;
        self
    }

    /// Sets how long the circuit stays open before one message tests the provider. Defaults to
    /// 30 s.
    #[must_use]
    pub const fn with_open_duration(mut self, pause: Duration) -> Self {
        self.limits.pause = pause;
        self
    }

    /// Returns the current state of the circuit.
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

/// A ticket whose result is reported when it is dropped, so that a dropped send also reports.
struct Permission<'a> {
    breaker: &'a Breaker,
    timer: &'a dyn Timer,
    limits: &'a Thresholds,
    ticket: Admission,
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
                // The duration of a running test is unknown. Return the whole pause, so that no
                // wrapper waits for its end.
                .with_retry_after(if wait.is_zero() { self.limits.pause } else { wait })
                .with_source("the circuit breaker is open: the provider failed recently")
        })?;
        let mut permission = Permission {
            breaker: &self.breaker,
            timer: &*self.timer,
            limits: &self.limits,
            ticket,
            // Stays unclear if the send is dropped, so that a probe gives its place to the next
            // message.
            health: Health::Unclear,
            provider: self.name(),
        };
        let sent = self.provider.send(message).await;
        permission.health = health(&sent);
        drop(permission);
        sent
    }
}

/// Returns the health of the provider according to the result of a send.
fn health(sent: &Result<Receipt, SendError>) -> Health {
    match sent {
        Ok(_) => Health::Good,
        Err(error) => match (error.fate(), error.kind()) {
            // Most often a timeout. Each further message would wait for it as well.
            (Fate::Unknown, _) => Health::Bad,
            (Fate::NotSent, SendErrorKind::Transport | SendErrorKind::Unavailable) => Health::Bad,
            // A provider that is too busy is not down, and an unsuitable message never reached the
            // provider.
            (Fate::NotSent, _) => Health::Unclear,
            // A gateway that answers, even with a refusal, is not down.
            (Fate::Refused, _) => Health::Good,
        },
    }
}

// Not derived: that would ask for a provider that is `Clone` itself.
impl<P> Clone for CircuitBreaker<P> {
    fn clone(&self) -> Self {
        Self {
            provider: self.provider.clone(),
            timer: self.timer.clone(),
            breaker: self.breaker.clone(),
            limits: self.limits,
        }
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
