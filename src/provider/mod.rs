//! Whatever delivers a message: one trait, what it answers, and the providers that need no gateway.

mod console;
mod error;
mod null;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::message::Message;

pub use console::ConsoleProvider;
pub use error::{Fate, SendError, SendErrorKind};
pub use null::NullProvider;

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
}

impl Receipt {
    /// A receipt of the provider of this name.
    #[must_use]
    pub fn new(provider: impl Into<Box<str>>) -> Self {
        Self { provider: provider.into(), message_id: None }
    }

    /// With the identity that the provider gave the message.
    #[must_use]
    pub fn with_message_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.message_id = Some(id.into());
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
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Some gateways make the id of the recipient's number.
        f.debug_struct("Receipt").field("provider", &self.provider).finish_non_exhaustive()
    }
}
