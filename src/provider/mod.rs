//! Delivery of messages: the [`Provider`] trait, its results, providers that need no gateway, and
//! wrappers around other providers.
//!
//! | to | wrap a provider in |
//! |---|---|
//! | retry a message that was not sent | [`Retry`] |
//! | use another gateway when one cannot deliver | [`Failover`] |
//! | skip a gateway that is down | [`CircuitBreaker`] |
//! | limit the rate and the number of concurrent sends | [`Throttle`] |
//! | choose a gateway by destination and price | [`Route`] |
//! | refuse unwanted phone numbers, texts and senders | [`Preflight`] |
//! | send only to people who agreed to it | [`RequireConsent`] |
//!
//! The order, from the outermost wrapper to the gateway, is `RequireConsent`, `Preflight`,
//! `Failover` or `Route`, `Retry`, `CircuitBreaker`, `Throttle`. The example has four of them:
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
//! // `Down` is a gateway that refuses every connection, `NullProvider` a healthy one.
//! let hour = Duration::from_secs(3_600);
//! let limited = Throttle::new(Down).with_rate(NonZeroU32::new(3).ok_or("zero")?, hour);
//! let limited = Arc::new(limited);
//! let first = Retry::new(CircuitBreaker::new(limited.clone()).with_failures(3));
//! let second = Retry::new(CircuitBreaker::new(Throttle::new(NullProvider)));
//! let provider = Failover::new(first).with_fallback(second);
//!
//! // Each retry counts for the circuit breaker and for the rate limit.
//! let to = PhoneNumber::parse("+41791234567")?;
//! let message = Message::new(to, "012345 is your code")?;
//! let receipt = provider.send(&message).await?;
//! let kinds: Vec<_> = receipt.attempts().iter().map(|failed| failed.kind).collect();
//! assert_eq!(kinds, [SendErrorKind::Transport; 3]);
//! let error = limited.send(&message).await.unwrap_err();
//! assert_eq!(error.kind(), SendErrorKind::Throttled);
//!
//! // Now the circuit is open. It refuses the message before the rate limit applies. Its error
//! // asks for a wait of 30 s, so `Retry` does not try again.
//! let receipt = provider.send(&message).await?;
//! let kinds: Vec<_> = receipt.attempts().iter().map(|failed| failed.kind).collect();
//! assert_eq!(kinds, [SendErrorKind::Unavailable]);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "reqwest"))]
//! # fn main() {}
//! ```
//!
//! [The guide](crate::guide::delivery) explains this order.

mod attempt_log;
mod attempts;
mod circuit;
mod consent;
mod console;
mod deadline;
mod decision;
mod error;
mod failover;
mod fate;
mod in_order;
mod jitter;
mod null;
mod preflight;
mod receipt;
mod report;
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
pub use error::SendError;
pub use failover::Failover;
pub use fate::{Fate, SendErrorKind};
pub use null::NullProvider;
pub use preflight::{MessageWarning, Preflight};
pub use receipt::Receipt;
pub use report::{DeliveryReport, ReportStatus};
pub use retry::Retry;
pub use route::{Route, RouteTarget};
pub use stage::Stage;
pub use throttle::Throttle;

use semaphore::Semaphore;

/// A way to deliver messages: a gateway, a wrapper around other providers, or a type of the
/// application.
///
/// # Contract
///
/// 1. `Ok` means that the message was accepted for delivery, not that it arrived.
/// 2. One call sends the message at most once.
/// 3. [`SendError::fate`] is never [`Fate::NotSent`] or [`Fate::Refused`] when the message may have
///    been accepted.
/// 4. Errors, logs and `Debug` contain no text, code, phone number or credential.
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
    /// Returns a short name for logs and receipts. The name never changes.
    fn name(&self) -> &str;

    /// Sends a message, and waits for its acceptance.
    ///
    /// # Errors
    ///
    /// [`SendError`], whose [`fate`](SendError::fate) is the delivery state of the message.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the message may or may not have been sent.
    async fn send(&self, message: &Message) -> Result<Receipt, SendError>;
}

// Compiles only while the trait is dyn-compatible: wrappers keep a provider as `dyn Provider`.
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
