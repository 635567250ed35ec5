use std::error::Error;
use std::fmt;

use async_trait::async_trait;

use super::{Fate, Provider, Receipt, SendError, SendErrorKind, trace};
use crate::message::{
    Message, SegmentPolicy, SenderPolicy, SenderWarning, TextWarning, TooManySegments,
};
#[cfg(feature = "phone")]
use crate::phone::KindPolicy;
use crate::phone::{PhoneNumber, RegionPolicy};

/// A wrapper that checks each message before it is sent: its destination, number of segments and
/// sender.
///
/// Put it outside all other wrappers except [`RequireConsent`](super::RequireConsent).
///
/// A phone number that is not allowed causes [`SendErrorKind::InvalidRecipient`]. A text that is
/// too long causes [`SendErrorKind::Misconfigured`], and so does a sender that the region refuses.
/// The [source](std::error::Error::source) contains the reason, and the fate is [`Fate::NotSent`].
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
/// let senders =
///     SenderPolicy::new().with_region(Region::parse("US")?, SenderId::parse("22395")?);
/// let gateway = RecordingProvider::new();
/// let provider = Preflight::new(gateway.clone())
///     .with_regions(RegionPolicy::only([Region::parse("US")?, Region::parse("CH")?]))
///     .with_segments(SegmentPolicy::at_most(2).with_warning_above(1))
///     .with_sender_policy(senders)
///     .with_warning_handler(|warning| eprintln!("{warning}"));
///
/// let to = PhoneNumber::parse("+12025550123")?;
/// let message = Message::new(to, "123456 is your code")?;
/// provider.send(&message).await?;
/// assert_eq!(gateway.messages()[0].sender(), Some(&SenderId::parse("22395")?));
///
/// // This phone number also starts with +1, but belongs to the Bahamas.
/// let to = PhoneNumber::parse("+12423591234")?;
/// let message = Message::new(to, "123456 is your code")?;
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
/// The same as for the wrapped provider.
#[doc(alias = "sms pumping")]
#[doc(alias = "allow-list")]
pub struct Preflight {
    provider: Box<dyn Provider>,
    recipients: Vec<Recipients>,
    segments: Option<SegmentPolicy>,
    senders: Option<SenderPolicy>,
    brand: Option<String>,
    is_smart: bool,
    on_warning: Option<Tell>,
}

/// The callback of the application for warnings.
type Tell = Box<dyn Fn(&MessageWarning) + Send + Sync>;

/// A check of a phone number. The error is the reason why it is not allowed.
type Recipients =
    Box<dyn Fn(&PhoneNumber) -> Result<(), Box<dyn Error + Send + Sync>> + Send + Sync>;

impl Preflight {
    /// Wraps a provider. Nothing is checked until a policy is set.
    #[must_use]
    pub fn new(provider: impl Provider) -> Self {
        Self {
            provider: Box::new(provider),
            recipients: Vec::new(),
            segments: None,
            senders: None,
            brand: None,
            is_smart: false,
            on_warning: None,
        }
    }

    /// Sets the regions to which messages may be sent (an allow-list). Defaults to all regions.
    /// Without it, attackers can send messages to expensive destinations (SMS pumping).
    #[doc(alias = "sms pumping")]
    #[doc(alias = "allow-list")]
    #[must_use]
    pub fn with_regions(mut self, policy: RegionPolicy) -> Self {
        self.recipients.push(Box::new(move |to| Ok(policy.check(to).map(|_| ())?)));
        self
    }

    /// Sets the limit on the number of segments. Defaults to no limit.
    #[must_use]
    pub const fn with_segments(mut self, policy: SegmentPolicy) -> Self {
        self.segments = Some(policy);
        self
    }

    /// Sets the senders for messages that have none, by region of the recipient. Defaults to the
    /// gateway's own sender.
    ///
    /// A name is refused in a region that accepts no names ([`SenderPolicy::check`]). The other
    /// rules of the regions are warnings. Without a policy, all of them are.
    #[must_use]
    pub fn with_sender_policy(mut self, senders: SenderPolicy) -> Self {
        self.senders = Some(senders);
        self
    }

    /// Sets the brand that texts have to name in some regions, for the
    /// [warnings](Self::with_warning_handler). Not set by default: this rule is then not checked.
    #[must_use]
    pub fn with_brand(mut self, brand: impl Into<String>) -> Self {
        self.brand = Some(brand.into());
        self
    }

    /// Replaces typographic characters if that makes the text cheaper, as
    /// [`Message::with_smart_encoding`] does. Disabled by default.
    #[must_use]
    pub const fn with_smart_encoding(mut self) -> Self {
        self.is_smart = true;
        self
    }

    /// Sets a callback for messages that are sent, but may not arrive or cost more than necessary.
    /// It is called within `send`, so it must not block.
    #[must_use]
    pub fn with_warning_handler(
        mut self,
        tell: impl Fn(&MessageWarning) + Send + Sync + 'static,
    ) -> Self {
        self.on_warning = Some(Box::new(tell));
        self
    }

    /// Returns the message to send, or the error if it is not allowed.
    fn check(&self, message: &Message) -> Result<Message, SendError> {
        let refuse = |kind, why: Box<dyn Error + Send + Sync>| {
            SendError::new(kind, Fate::NotSent).with_source(why)
        };
        for allowed in &self.recipients {
            allowed(message.to()).map_err(|why| refuse(SendErrorKind::InvalidRecipient, why))?;
        }
        let mut message = message.clone();
        if let Some(senders) = &self.senders {
            let accepted = senders.check(&message);
            accepted.map_err(|why| refuse(SendErrorKind::Misconfigured, why.into()))?;
            message = message.with_sender_of(senders);
        }
        if self.is_smart {
            message = message.with_smart_encoding();
        }
        // Count after smart encoding, which can reduce the number of segments.
        if let Some(policy) = self.segments {
            let counted = policy.check(message.text().expose());
            counted.map_err(|why| refuse(SendErrorKind::Misconfigured, why.into()))?;
        }
        if let Some(tell) = &self.on_warning {
            let segments = self.segments.and_then(|policy| policy.warn(message.text().expose()));
            let senders = match &self.senders {
                Some(senders) => senders.lint(&message),
                None => message.lint_sender(),
            };
            let texts = message.lint_text(self.brand.as_deref());
            let warnings = segments.map(MessageWarning::Segments).into_iter();
            let warnings = warnings.chain(senders.into_iter().map(MessageWarning::Sender));
            let warnings = warnings.chain(texts.into_iter().map(MessageWarning::Text));
            warnings.for_each(|warning| tell(&warning));
        }
        Ok(message)
    }
}

#[cfg(feature = "phone")]
impl Preflight {
    /// Sets the kinds of phone numbers to which messages may be sent. Defaults to all kinds.
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

/// A warning about a message that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageWarning {
    /// The text takes more segments than it should.
    #[error(transparent)]
    Segments(TooManySegments),
    /// Networks may reject the message because of its sender.
    #[error(transparent)]
    Sender(SenderWarning),
    /// Networks may reject the message, or charge more for it, because of its text.
    #[error("{0}")]
    Text(TextWarning),
}
