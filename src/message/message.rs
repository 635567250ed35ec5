use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::id::MessageId;
use super::locale::Locale;
use super::scope::OpenScope;
use super::sender::SenderId;
use super::text::{TextTemplate, TextTemplateError};
use crate::otp::{Code, RandomError};
use crate::phone::PhoneNumber;
use crate::secret::SecretString;

/// Ten parts of GSM-7 text, which is where most gateways end. A login text has one.
const MAX_TEXT_CHARS: usize = 1_530;

/// What a code lives unless said otherwise: five minutes.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);

/// One message to one recipient.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::message::TextTemplate;
/// use otpost::{Code, Digits, Message, PhoneNumber};
///
/// let to = PhoneNumber::parse("+41791234567")?;
/// let text = TextTemplate::parse("{{code}} is your Acme code.")?;
/// let code = Code::random(Digits::Six)?;
///
/// let message = Message::compose(to, &text, &code, Duration::from_secs(300))?;
/// assert!(message.text().expose().starts_with(code.expose()));
/// assert!(!format!("{message:?}").contains(code.expose()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// `Debug` shows neither the text nor the code, and the number masked.
#[derive(Clone)]
pub struct Message {
    parts: Arc<MessageParts>,
    time_left: Option<Duration>,
    pub(super) open: OpenScope,
}

/// Shared by all attempts at the message.
#[derive(Clone)]
struct MessageParts {
    to: PhoneNumber,
    text: SecretString,
    code: Option<Code>,
    sender: Option<SenderId>,
    id: MessageId,
    lifetime: Duration,
    locale: Option<Locale>,
    vars: Vec<(String, SecretString)>,
    /// Values that were put into the text, which a gateway may repeat.
    personal: Vec<SecretString>,
}

impl Message {
    /// A message with a text of the application's own.
    ///
    /// # Errors
    ///
    /// [`MessageError::Empty`], [`MessageError::TooLong`] above 1,530 characters (ten parts; it is never cut),
    /// [`MessageError::Nul`], and [`MessageError::Random`] when no identity could be drawn.
    pub fn new(to: PhoneNumber, text: impl Into<SecretString>) -> Result<Self, MessageError> {
        let text = Self::checked(text.into())?;
        Ok(Self::identified(to, text, MessageId::random()?))
    }

    /// A text that can be one.
    fn checked(text: SecretString) -> Result<SecretString, MessageError> {
        if text.expose().is_empty() {
            return Err(MessageError::Empty);
        }
        // The bytes first: counting the characters of a gigabyte helps nobody.
        let too_long = text.expose().len() > MAX_TEXT_CHARS.saturating_mul(4)
            || text.expose().chars().count() > MAX_TEXT_CHARS;
        if too_long {
            return Err(MessageError::TooLong);
        }
        if text.expose().contains('\0') {
            return Err(MessageError::Nul);
        }
        Ok(text)
    }

    fn identified(to: PhoneNumber, text: SecretString, id: MessageId) -> Self {
        let parts = MessageParts {
            to,
            text,
            code: None,
            sender: None,
            id,
            lifetime: DEFAULT_LIFETIME,
            locale: None,
            vars: Vec::new(),
            personal: Vec::new(),
        };
        Self { parts: Arc::new(parts), time_left: None, open: OpenScope::default() }
    }

    /// The same as [`new`](Self::new), with an identity of the caller's: the same message again, or one that can be.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), but for those of randomness.
    pub fn new_with_id(
        to: PhoneNumber,
        text: impl Into<SecretString>,
        id: MessageId,
    ) -> Result<Self, MessageError> {
        Ok(Self::identified(to, Self::checked(text.into())?, id))
    }

    /// A message that carries a code: the text is rendered, and the code kept apart for gateways that take a
    /// template of their own and the code.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`MessageError::Text`] when a variable of the template has no value.
    pub fn compose(
        to: PhoneNumber,
        text: &TextTemplate,
        code: &Code,
        lifetime: Duration,
    ) -> Result<Self, MessageError> {
        let message = Self::new(to, text.render(code, lifetime)?)?.with_personal(text.values());
        Ok(message.with_code(code.clone()).with_lifetime(lifetime))
    }

    /// With the code, for gateways whose spec uses `{{code}}`.
    #[must_use]
    pub fn with_code(mut self, code: Code) -> Self {
        self.parts().code = Some(code);
        self
    }

    /// From this sender, in place of the gateway's own.
    #[must_use]
    pub fn with_sender(mut self, sender: SenderId) -> Self {
        self.parts().sender = Some(sender);
        self
    }

    /// With an identity of the caller's, for a message that is sent again after a crash.
    #[must_use]
    pub fn with_id(mut self, id: MessageId) -> Self {
        self.parts().id = id;
        self
    }

    /// How long the code is worth something; five minutes unless said. Gateways get it as `{{ttl_seconds}}`.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.parts().lifetime = lifetime;
        self
    }

    /// In this language.
    #[must_use]
    pub fn with_locale(mut self, locale: Locale) -> Self {
        self.parts().locale = Some(locale);
        self
    }

    /// With a value for a variable that a spec declares as `{ message = true }`. Specs that do not, ignore it.
    #[must_use]
    pub fn with_var(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        let name = name.into();
        let vars = &mut self.parts().vars;
        vars.retain(|(known, _)| *known != name);
        vars.push((name, value.into()));
        self
    }

    /// Notes values that were put into the text, so that they are found in what a gateway writes.
    pub(crate) fn with_personal<'v>(mut self, values: impl Iterator<Item = &'v str>) -> Self {
        self.parts().personal = values.map(SecretString::from).collect();
        self
    }

    /// The values that were put into the text.
    pub(super) fn personal(&self) -> &[SecretString] {
        &self.parts.personal
    }

    /// With another text, of which the caller knows that it is one.
    pub(super) fn with_text(mut self, text: SecretString) -> Self {
        self.parts().text = text;
        self
    }

    /// With the time that is left for this attempt to deliver it. Wrappers such as
    /// [`Retry`](crate::provider::Retry) say it to what they wrap, and a gateway ends its exchange by then.
    #[must_use]
    pub const fn with_time_left(mut self, time: Duration) -> Self {
        self.time_left = Some(time);
        self
    }

    fn parts(&mut self) -> &mut MessageParts {
        Arc::make_mut(&mut self.parts)
    }

    /// The recipient.
    #[must_use]
    pub fn to(&self) -> &PhoneNumber {
        &self.parts.to
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &SecretString {
        &self.parts.text
    }

    /// The code, if the message carries one.
    #[must_use]
    pub fn code(&self) -> Option<&Code> {
        self.parts.code.as_ref()
    }

    /// The sender, if the message names one.
    #[must_use]
    pub fn sender(&self) -> Option<&SenderId> {
        self.parts.sender.as_ref()
    }

    /// The identity: the same over all attempts.
    #[must_use]
    pub fn id(&self) -> &MessageId {
        &self.parts.id
    }

    /// How long the code is worth something.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.parts.lifetime
    }

    /// The time that is left for this attempt, if somebody waits for it.
    #[must_use]
    pub const fn time_left(&self) -> Option<Duration> {
        self.time_left
    }

    /// The language, if the message names one.
    #[must_use]
    pub fn locale(&self) -> Option<&Locale> {
        self.parts.locale.as_ref()
    }

    /// The variables of the message's own.
    pub fn vars(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.parts.vars.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The value of a variable of the message's own.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<&SecretString> {
        self.parts.vars.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.parts.id)
            .field("to", &self.parts.to)
            .field("sender", &self.parts.sender)
            .field("lifetime", &self.parts.lifetime)
            .field("locale", &self.parts.locale)
            .finish_non_exhaustive()
    }
}

/// Why there is no message. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// A text without a character.
    #[error("the text is empty")]
    Empty,
    /// A NUL character, at which many gateways end the text.
    #[error("the text holds a NUL character")]
    Nul,
    /// No randomness for the identity.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The template of the text could not be rendered.
    #[error(transparent)]
    Text(#[from] TextTemplateError),
    /// More than 1,530 characters.
    #[error("the text has more than 1530 characters")]
    TooLong,
}
