use std::error::Error;
use std::fmt;

use async_trait::async_trait;

use super::{Fate, Provider, Receipt, SendError, SendErrorKind, trace};
use crate::message::Message;

/// Knows who has agreed to get messages.
///
/// In the United States a sender has to be able to show that the recipient agreed, for a code as well (47 CFR 64.1200). Keep the
/// evidence with the number: when, by which words, on which page.
#[async_trait]
pub trait ConsentGate: Send + Sync + 'static {
    /// Whether the recipient of a message has agreed to it.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from knowing; nothing is sent then.
    async fn allows(&self, message: &Message) -> Result<bool, Box<dyn Error + Send + Sync>>;
}

/// Asks a [`ConsentGate`] before each message. It belongs outside of all other wrappers.
///
/// Without consent the error is [`SendErrorKind::Regulatory`], which no wrapper takes to another provider. When the gate itself
/// fails it is [`SendErrorKind::Unavailable`]. Either way the fate is [`Fate::NotSent`].
///
/// # Examples
///
/// ```
/// use std::error::Error;
/// use otpost::message::Message;
/// use otpost::provider::{ConsentGate, RequireConsent, NullProvider, Provider, SendErrorKind};
/// use otpost::{PhoneNumber, async_trait};
///
/// struct Table(Vec<PhoneNumber>);
///
/// #[async_trait]
/// impl ConsentGate for Table {
///     async fn allows(&self, message: &Message) -> Result<bool, Box<dyn Error + Send + Sync>> {
///         Ok(self.0.contains(message.to()))
///     }
/// }
///
/// # #[cfg(feature = "testing")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn Error>> {
/// let agreed = PhoneNumber::parse("+12025550123")?;
/// let provider = RequireConsent::new(NullProvider, Table(vec![agreed.clone()]));
/// assert!(provider.send(&Message::new(agreed, "123456 is your code")?).await.is_ok());
///
/// let stranger = Message::new(PhoneNumber::parse("+12025550199")?, "123456 is your code")?;
/// assert_eq!(provider.send(&stranger).await.unwrap_err().kind(), SendErrorKind::Regulatory);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
///
/// # Cancel safety
///
/// Dropping the future of a send before the gate has answered sends nothing; after that it is as with the provider inside.
pub struct RequireConsent {
    provider: Box<dyn Provider>,
    gate: Box<dyn ConsentGate>,
}

impl RequireConsent {
    /// Asks this gate before each message to this provider.
    #[must_use]
    pub fn new(provider: impl Provider, gate: impl ConsentGate) -> Self {
        Self { provider: Box::new(provider), gate: Box::new(gate) }
    }
}

#[async_trait]
impl Provider for RequireConsent {
    fn name(&self) -> &str {
        self.provider.name()
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        if let Some(traced) = trace::send(self, message) {
            return traced.await;
        }
        let refused = |kind| SendError::new(kind, Fate::NotSent);
        match self.gate.allows(message).await {
            Ok(true) => self.provider.send(message).await,
            Ok(false) => {
                let why = "the recipient has not agreed to get messages";
                Err(refused(SendErrorKind::Regulatory).with_source(why))
            }
            Err(error) => Err(refused(SendErrorKind::Unavailable).with_source(error)),
        }
    }
}

impl fmt::Debug for RequireConsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireConsent").field("provider", &self.provider).finish_non_exhaustive()
    }
}
