use std::error::Error;
use std::fmt;

use async_trait::async_trait;

use super::{Fate, Provider, Receipt, SendError, SendErrorKind, trace};
use crate::message::{Message, SegmentPolicy, SenderPolicy, SenderWarning, TooManyParts};
#[cfg(feature = "phone")]
use crate::phone::KindPolicy;
use crate::phone::{PhoneNumber, RegionPolicy};

/// Looks at each message before it is sent: where it goes, how many parts it takes, whom it is from. It belongs outside of
/// all wrappers but [`RequireConsent`](super::RequireConsent).
///
/// A number to which nothing shall go is [`SendErrorKind::InvalidRecipient`] and a text that is too long
/// [`SendErrorKind::Misconfigured`]; the [source](std::error::Error::source) says why, and the fate is [`Fate::NotSent`].
///
/// # Examples
///
/// ```
/// use otpost::message::{SegmentPolicy, SenderId, SenderPolicy};
/// use otpost::phone::{Region, RegionPolicy};
/// use otpost::provider::{Preflight, Provider, SendErrorKind};
/// # #[cfg(feature = "testing")]
/// use otpost::testing::RecordingProvider;
/// use otpost::{Message, PhoneNumber};
///
/// # #[cfg(feature = "testing")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let gateway = RecordingProvider::new();
/// let provider = Preflight::new(gateway.clone())
///     .with_regions(RegionPolicy::only([Region::parse("US")?, Region::parse("CH")?]))
///     .with_segments(SegmentPolicy::at_most(2).warning_above(1))
///     .with_sender_policy(SenderPolicy::new().in_region(Region::parse("US")?, SenderId::parse("22395")?))
///     .on_warning(|warning| eprintln!("{warning}"));
///
/// let message = Message::new(PhoneNumber::parse("+12025550123")?, "123456 is your code")?;
/// provider.send(&message).await?;
/// assert_eq!(gateway.messages()[0].sender(), Some(&SenderId::parse("22395")?));
///
/// // It begins with +1 as well, and is of the Bahamas.
/// let message = Message::new(PhoneNumber::parse("+12423591234")?, "123456 is your code")?;
/// let refused = provider.send(&message).await.unwrap_err();
/// assert_eq!(refused.kind(), SendErrorKind::InvalidRecipient);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
///
/// # Cancel safety
///
/// As with the provider inside.
pub struct Preflight {
    provider: Box<dyn Provider>,
    recipients: Vec<Recipients>,
    segments: Option<SegmentPolicy>,
    senders: Option<SenderPolicy>,
    is_smart: bool,
    on_warning: Option<Tell>,
}

type Tell = Box<dyn Fn(&MessageWarning) + Send + Sync>;

/// Whether messages go to a number, and why not.
type Recipients =
    Box<dyn Fn(&PhoneNumber) -> Result<(), Box<dyn Error + Send + Sync>> + Send + Sync>;

impl Preflight {
    /// Looks at nothing yet.
    #[must_use]
    pub fn new(provider: impl Provider) -> Self {
        Self {
            provider: Box::new(provider),
            recipients: Vec::new(),
            segments: None,
            senders: None,
            is_smart: false,
            on_warning: None,
        }
    }

    /// Sends to these regions alone.
    #[must_use]
    pub fn with_regions(mut self, policy: RegionPolicy) -> Self {
        self.recipients.push(Box::new(move |to| Ok(policy.check(to).map(|_| ())?)));
        self
    }

    /// Sends no text that takes more parts than this.
    #[must_use]
    pub const fn with_segments(mut self, policy: SegmentPolicy) -> Self {
        self.segments = Some(policy);
        self
    }

    /// Gives each message that names no sender the one for its region.
    #[must_use]
    pub fn with_sender_policy(mut self, senders: SenderPolicy) -> Self {
        self.senders = Some(senders);
        self
    }

    /// Takes typographic signs out of texts where that makes them cheaper, as [`Message::with_smart_encoding`] does.
    #[must_use]
    pub const fn with_smart_encoding(mut self) -> Self {
        self.is_smart = true;
        self
    }

    /// Tells of what is sent and may not arrive, or costs more than it has to. It is called within `send`, so it must not wait.
    #[must_use]
    pub fn on_warning(mut self, tell: impl Fn(&MessageWarning) + Send + Sync + 'static) -> Self {
        self.on_warning = Some(Box::new(tell));
        self
    }

    /// The message as it is sent.
    fn check(&self, message: &Message) -> Result<Message, SendError> {
        let refuse = |kind, why: Box<dyn Error + Send + Sync>| {
            SendError::new(kind, Fate::NotSent).with_source(why)
        };
        for allowed in &self.recipients {
            allowed(message.to()).map_err(|why| refuse(SendErrorKind::InvalidRecipient, why))?;
        }
        let mut message = message.clone();
        if let Some(senders) = &self.senders {
            message = message.with_sender_of(senders);
        }
        if self.is_smart {
            message = message.with_smart_encoding();
        }
        if let Some(policy) = self.segments {
            let counted = policy.check(message.text().expose());
            counted.map_err(|why| refuse(SendErrorKind::Misconfigured, why.into()))?;
        }
        if let Some(tell) = &self.on_warning {
            let parts = self.segments.and_then(|policy| policy.warn(message.text().expose()));
            let senders = message.lint_sender().into_iter().map(MessageWarning::Sender);
            parts.map(MessageWarning::Parts).into_iter().chain(senders).for_each(|w| tell(&w));
        }
        Ok(message)
    }
}

#[cfg(feature = "phone")]
impl Preflight {
    /// Sends to these kinds of numbers alone.
    #[must_use]
    pub fn with_kinds(mut self, policy: KindPolicy) -> Self {
        self.recipients.push(Box::new(move |to| Ok(policy.check(to).map(|_| ())?)));
        self
    }
}

#[async_trait]
impl Provider for Preflight {
    fn name(&self) -> &str {
        self.provider.name()
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        if let Some(traced) = trace::send(self, message) {
            return traced.await;
        }
        self.provider.send(&self.check(message)?).await
    }
}

impl fmt::Debug for Preflight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preflight").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// What somebody should know of a message that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageWarning {
    /// It takes more parts than it should.
    #[error(transparent)]
    Parts(TooManyParts),
    /// Networks may not take its sender.
    #[error(transparent)]
    Sender(SenderWarning),
}
