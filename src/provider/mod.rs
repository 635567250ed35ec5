//! Whatever delivers a message: one trait, what it answers, the providers that need no gateway, and those that wrap
//! others.
//!
//! | you want | wrap in |
//! |---|---|
//! | another try where nothing was sent | [`Retry`] |
//! | another gateway where this one cannot | [`Failover`] |
//! | no waiting for a gateway that is down | [`CircuitBreaker`] |
//! | no more than a gateway takes, or may hold up | [`Throttle`] |
//! | a gateway for each part of the world, at a price | [`Route`] |
//! | no number, text or sender that nobody meant | [`Preflight`] |
//! | nothing for those who have not agreed | [`RequireConsent`] |
//!
//! The order, from the outermost wrapper to the gateway, is `Failover`, `Retry`, `CircuitBreaker`, `Throttle`:
//!
//! ```
//! # #[cfg(feature = "reqwest")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::num::NonZeroU32;
//! use std::sync::Arc;
//! use std::time::Duration;
//! use otpost::provider::{
//!     CircuitBreaker, Failover, NullProvider, Provider, Retry, SendErrorKind, Throttle,
//! };
//! # use otpost::provider::{Fate, Receipt, SendError};
//! use otpost::{Message, PhoneNumber};
//! #
//! # #[derive(Debug)]
//! # struct Down;
//! #
//! # #[otpost::async_trait]
//! # impl Provider for Down {
//! #     fn name(&self) -> &str {
//! #         "down"
//! #     }
//! #
//! #     async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
//! #         Err(SendError::new(SendErrorKind::Transport, Fate::NotSent))
//! #     }
//! # }
//!
//! // `Down` stands for a gateway that refuses every connection, `NullProvider` for a healthy one.
//! let hour = Duration::from_secs(3_600);
//! let limited = Throttle::new(Down).with_rate(NonZeroU32::new(3).ok_or("zero")?, hour);
//! let limited = Arc::new(limited);
//! let provider = Failover::new(Retry::new(CircuitBreaker::new(limited.clone()).with_failures(3)))
//!     .or(Retry::new(CircuitBreaker::new(Throttle::new(NullProvider))));
//!
//! // Each retry is one send of the gateway: it counts for the circuit breaker and for the rate limit.
//! let message = Message::new(PhoneNumber::parse("+41791234567")?, "012345 is your code")?;
//! let receipt = provider.send(&message).await?;
//! let kinds: Vec<_> = receipt.attempts().iter().map(|failed| failed.kind).collect();
//! assert_eq!(kinds, [SendErrorKind::Transport; 3]);
//! let error = limited.send(&message).await.unwrap_err();
//! assert_eq!(error.kind(), SendErrorKind::Throttled);
//!
//! // Now the circuit is open. It answers before the rate limit is asked, and its answer is not retried.
//! let receipt = provider.send(&message).await?;
//! let kinds: Vec<_> = receipt.attempts().iter().map(|failed| failed.kind).collect();
//! assert_eq!(kinds, [SendErrorKind::Unavailable]);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "reqwest"))]
//! # fn main() {}
//! ```
//!
//! [The guide](crate::guide::delivery) gives the reasons.

mod attempts;
mod circuit;
mod consent;
mod console;
mod deadline;
mod decision;
mod error;
mod failover;
mod jitter;
mod null;
mod preflight;
mod retry;
mod route;
mod semaphore;
mod stage;
mod sync;
mod throttle;
mod ticket;
pub(crate) mod trace;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::message::Message;

pub use attempts::FailedAttempt;
pub use circuit::{CircuitBreaker, CircuitBreakerState};
pub use consent::{ConsentGate, RequireConsent};
pub use console::ConsoleProvider;
pub use decision::{Decision, Duplicates};
pub use error::{Fate, SendError, SendErrorKind};
pub use failover::Failover;
pub use null::NullProvider;
pub use preflight::{MessageWarning, Preflight};
pub use retry::Retry;
pub use route::{Route, RouteTarget};
pub use stage::Stage;
pub use throttle::Throttle;

use semaphore::Semaphore;

/// Delivers messages.
///
/// # Contract
///
/// 1. `Ok` means that the message was accepted for delivery, not that it arrived.
/// 2. One call sends the message at most once.
/// 3. [`SendError::fate`] is never [`Fate::NotSent`] or [`Fate::Refused`] when the message may have been accepted.
/// 4. Neither text, code, number nor credential gets into an error, a log or `Debug`.
/// 5. `send` ends within a bounded time.
///
/// # Examples
///
/// ```
/// use otpost::async_trait;
/// use otpost::provider::{Provider, Receipt, SendError};
/// use otpost::Message;
///
/// #[derive(Debug)]
/// struct Pigeon;
///
/// #[async_trait]
/// impl Provider for Pigeon {
///     fn name(&self) -> &str {
///         "pigeon"
///     }
///
///     async fn send(&self, _message: &Message) -> Result<Receipt, SendError> {
///         Ok(Receipt::new("pigeon").with_message_id("ring 17"))
///     }
/// }
/// ```
#[async_trait]
pub trait Provider: fmt::Debug + Send + Sync + 'static {
    /// A short name for logs and receipts. It does not change.
    fn name(&self) -> &str;

    /// Hands the message over.
    ///
    /// # Errors
    ///
    /// [`SendError`], whose [`fate`](SendError::fate) says what became of the message.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves open whether the message was sent.
    async fn send(&self, message: &Message) -> Result<Receipt, SendError>;
}

const _: fn(&dyn Provider) = |_| ();

#[async_trait]
impl<T: Provider + ?Sized> Provider for Arc<T> {
    fn name(&self) -> &str {
        (**self).name()
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        (**self).send(message).await
    }
}

#[async_trait]
impl<T: Provider + ?Sized> Provider for Box<T> {
    fn name(&self) -> &str {
        (**self).name()
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        (**self).send(message).await
    }
}

/// Proof that a provider accepted a message.
///
/// # Examples
///
/// ```
/// use otpost::provider::Receipt;
///
/// let receipt = Receipt::new("kannel");
/// assert_eq!((receipt.provider(), receipt.message_id()), ("kannel", None));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    provider: Box<str>,
    message_id: Option<Box<str>>,
    attempts: Vec<FailedAttempt>,
}

impl Receipt {
    /// A receipt of the provider of this name.
    #[must_use]
    pub fn new(provider: impl Into<Box<str>>) -> Self {
        Self { provider: provider.into(), message_id: None, attempts: Vec::new() }
    }

    /// With the identity that the provider gave the message.
    #[must_use]
    pub fn with_message_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.message_id = Some(id.into());
        self
    }

    /// With the sends that failed before this one.
    #[must_use]
    pub fn with_attempts(mut self, attempts: Vec<FailedAttempt>) -> Self {
        self.attempts = attempts;
        self
    }

    /// The name of the provider that accepted the message.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The provider's identity of the message. Not every provider gives one.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    /// The sends that failed before this one, in order.
    #[must_use]
    pub fn attempts(&self) -> &[FailedAttempt] {
        &self.attempts
    }

    pub(super) fn take_trail(&mut self) -> Vec<FailedAttempt> {
        std::mem::take(&mut self.attempts)
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Some gateways make the id of the recipient's number.
        f.debug_struct("Receipt")
            .field("provider", &self.provider)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
