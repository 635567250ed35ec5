use std::error::Error;
use std::fmt;

use async_trait::async_trait;

use super::{Fate, Provider, Receipt, SendError, SendErrorKind, trace};
use crate::message::Message;

/// A check that the recipient of a message agreed to receive it.
///
/// In the United States, a sender must be able to prove that the recipient agreed, even for a code
/// (47 CFR 64.1200). Store the evidence with the phone number: the time, the wording and the page.
#[doc(alias = "opt-in")]
#[doc(alias = "tcpa")]
#[async_trait]
pub trait ConsentGate: Send + Sync + 'static {
    /// Returns `true` if the recipient of the message agreed to receive it.
    ///
    /// # Errors
    ///
    /// Any error that prevents the check. The message is then not sent.
    async fn allows(&self, message: &Message) -> Result<bool, Box<dyn Error + Send + Sync>>;
}

/// A wrapper that sends a message only if a [`ConsentGate`] allows it.
///
/// Put it outside all other wrappers. Without consent, the error is [`SendErrorKind::Regulatory`],
/// which is never retried with another provider. If the gate itself fails, the error is
/// [`SendErrorKind::Unavailable`]. In both cases the fate is [`Fate::NotSent`].
///
/// # Examples
///
/// ```
/// use std::error::Error;
/// use otpost::message::Message;
/// use otpost::provider::{
///     ConsentGate, NullProvider, Provider, RequireConsent, SendErrorKind,
/// };
/// use otpost::{PhoneNumber, async_trait};
///
/// struct Table(Vec<PhoneNumber>);
///
/// #[async_trait]
/// impl ConsentGate for Table {
///     async fn allows(
///         &self,
///         message: &Message,
///     ) -> Result<bool, Box<dyn Error + Send + Sync>> {
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
/// let stranger = PhoneNumber::parse("+12025550199")?;
/// let message = Message::new(stranger, "123456 is your code")?;
/// let refused = provider.send(&message).await.unwrap_err();
/// assert_eq!(refused.kind(), SendErrorKind::Regulatory);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
///
/// # Cancel safety
///
/// If the future is dropped before the gate has responded, nothing is sent. After that, the same
/// applies as for the wrapped provider.
#[doc(alias = "opt-in")]
#[doc(alias = "tcpa")]
pub struct RequireConsent {
    provider: Box<dyn Provider>,
    gate: Box<dyn ConsentGate>,
}

impl RequireConsent {
    /// Wraps a provider. The gate is called before each message.
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
            // Fail closed: a gate that cannot respond is not a proof of consent.
            Err(error) => Err(refused(SendErrorKind::Unavailable).with_source(error)),
        }
    }
}

impl fmt::Debug for RequireConsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireConsent").field("provider", &self.provider).finish_non_exhaustive()
    }
}
