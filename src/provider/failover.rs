use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::in_order::{InOrder, in_order_options};
use super::{Provider, Receipt, SendError, trace};
use crate::clock::Timer;
#[cfg(feature = "reqwest")]
use crate::clock::TokioTimer;
use crate::message::Message;

/// A wrapper that tries providers in order, until one accepts the message or may have sent it.
///
/// It continues where the [decision table](crate::guide::delivery) allows it: the message was not
/// sent, or the provider refused it for its own reason. It stops if no provider could deliver the
/// message, for example to an invalid phone number. It also stops if the fate is unknown.
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
/// let provider = Failover::new(first).with_fallback(second.clone());
///
/// let to = PhoneNumber::parse("+41791234567")?;
/// let message = Message::new(to, "012345 is your code")?;
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
/// If the future is dropped, no further provider is tried. The message may or may not have been
/// sent.
#[doc(alias = "fallback")]
#[derive(Clone)]
pub struct Failover {
    name: Box<str>,
    providers: Vec<Arc<dyn Provider>>,
    in_order: InOrder,
}

#[cfg(feature = "reqwest")]
impl Failover {
    /// Creates a failover on the Tokio runtime. `first` is tried first.
    #[must_use]
    pub fn new(first: impl Provider) -> Self {
        Self::with_timer(first, TokioTimer::new())
    }
}

impl Failover {
    /// Creates a failover on another runtime. `first` is tried first.
    #[must_use]
    pub fn with_timer(first: impl Provider, timer: impl Timer) -> Self {
        let providers: Vec<Arc<dyn Provider>> = vec![Arc::new(first)];
        Self { name: "failover".into(), providers, in_order: InOrder::new(timer) }
    }

    /// Adds a provider to try when the previous ones cannot deliver.
    #[must_use]
    pub fn with_fallback(mut self, next: impl Provider) -> Self {
        self.providers.push(Arc::new(next));
        self
    }
}

in_order_options!(Failover, "failover");

#[async_trait]
impl Provider for Failover {
    fn name(&self) -> &str {
        &self.name
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        if let Some(traced) = trace::send(self, message) {
            return traced.await;
        }
        self.in_order.send(self.providers.iter().map(|provider| &**provider), message).await
    }
}

impl fmt::Debug for Failover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failover")
            .field("providers", &self.providers)
            .field("deadline", &self.in_order.deadline)
            .field("duplicates", &self.in_order.duplicates)
            .finish_non_exhaustive()
    }
}
