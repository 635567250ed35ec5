use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::id::MessageId;
use super::locale::Locale;
use super::scope::{OpenScope, SendScope};
use super::sender::SenderId;
use super::text::TextTemplate;
use super::text_error::TextTemplateError;
use crate::otp::{Code, RandomError};
use crate::phone::PhoneNumber;
use crate::secret::SecretString;

/// The maximum length of a text in characters: ten segments of GSM-7 text, the limit of most
/// gateways. A login text takes one segment.
const MAX_TEXT_CHARS: usize = 1_530;

/// The default lifetime of a code: 5 minutes.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);

/// A message to one recipient: a text, and optionally a code, a sender and a language.
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
/// `Debug` omits the text and the code, and masks the phone number.
#[doc(alias = "sms")]
#[derive(Clone)]
pub struct Message {
    parts: Arc<MessageParts>,
    // Not in `parts`: wrappers set these two for each send, which would copy all the values.
    time_left: Option<Duration>,
    pub(super) open: OpenScope,
}

/// The values of a message. Clones share them, so that each send copies only a pointer.
#[derive(Clone)]
struct MessageParts {
    to: PhoneNumber,
    text: SecretString,
    /// On the heap, because a code that is moved leaves a copy behind.
    code: Option<Arc<Code>>,
    sender: Option<SenderId>,
    id: MessageId,
    lifetime: Duration,
    locale: Option<Locale>,
    vars: Vec<(String, SecretString)>,
    /// The variable values in the text. A gateway may repeat them, so they are redacted.
    personal: Vec<SecretString>,
}

impl Message {
    /// Creates a message with a complete text of up to 1,530 characters. These are ten segments in
    /// the GSM alphabet, and at least 23 in UCS-2.
    ///
    /// A longer text is an error; it is never cut. The message gets a random [`MessageId`].
    ///
    /// # Errors
    ///
    /// - [`MessageError::Empty`] if the text is empty.
    /// - [`MessageError::TooLong`] if the text has more than 1,530 characters.
    /// - [`MessageError::Nul`] if the text contains a NUL character.
    /// - [`MessageError::Random`] if no random bytes are available for the id.
    pub fn new(to: PhoneNumber, text: impl Into<SecretString>) -> Result<Self, MessageError> {
        let text = Self::checked(text.into())?;
        Ok(Self::identified(to, text, MessageId::random()?))
    }

    /// Returns the text if it is valid.
    fn checked(text: SecretString) -> Result<SecretString, MessageError> {
        if text.expose().is_empty() {
            return Err(MessageError::Empty);
        }
        // Compare the length in bytes first, so that a huge text is not counted character by
        // character.
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
            // Only a template knows which parts of the text are values: see `compose`.
            personal: Vec::new(),
        };
        Self { parts: Arc::new(parts), time_left: None, open: OpenScope::default() }
    }

    /// Creates a message with the given id, for example to send the same message again after a
    /// crash.
    ///
    /// # Errors
    ///
    /// The errors of [`new`](Self::new), except [`MessageError::Random`].
    pub fn new_with_id(
        to: PhoneNumber,
        text: impl Into<SecretString>,
        id: MessageId,
    ) -> Result<Self, MessageError> {
        Ok(Self::identified(to, Self::checked(text.into())?, id))
    }

    /// Creates a message from a template, with the code inserted into the text.
    ///
    /// The message also keeps the code separately, for gateways that insert it into their own
    /// template. `lifetime` becomes the message's [lifetime](Self::with_lifetime) and the
    /// `{{minutes}}` of the template.
    ///
    /// # Errors
    ///
    /// The errors of [`new`](Self::new), and [`MessageError::Text`] with an error of
    /// [`TextTemplate::render`].
    pub fn compose(
        to: PhoneNumber,
        text: &TextTemplate,
        code: &Code,
        lifetime: Duration,
    ) -> Result<Self, MessageError> {
        let message = Self::new(to, text.render(code, lifetime)?)?.with_personal(text.values());
        Ok(message.with_code(code.clone()).with_lifetime(lifetime))
    }

    /// Sets the code, for gateways whose spec uses `{{code}}`. The text does not change.
    #[must_use]
    pub fn with_code(mut self, code: Code) -> Self {
        self.parts().code = Some(Arc::new(code));
        self
    }

    /// Sets the sender. Defaults to the gateway's own sender.
    #[must_use]
    pub fn with_sender(mut self, sender: SenderId) -> Self {
        self.parts().sender = Some(sender);
        self
    }

    /// Sets the id, for example to send the same message again after a crash. Defaults to a random
    /// id.
    #[doc(alias = "idempotency key")]
    #[must_use]
    pub fn with_id(mut self, id: MessageId) -> Self {
        self.parts().id = id;
        self
    }

    /// Sets how long the code is valid. Defaults to 5 minutes, or to the lifetime given to
    /// [`compose`](Self::compose). The text does not change.
    ///
    /// Gateway specs use it as `{{ttl_seconds}}` and `{{expires_at}}`. Wrappers such as
    /// [`Retry`](crate::provider::Retry) send for no longer than this time.
    #[doc(alias = "ttl")]
    #[doc(alias = "expiry")]
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.parts().lifetime = lifetime;
        self
    }

    /// Sets the language. Gateway specs use it as `{{locale}}`. Not set by default.
    #[must_use]
    pub fn with_locale(mut self, locale: Locale) -> Self {
        self.parts().locale = Some(locale);
        self
    }

    /// Sets the value of a variable that a gateway spec declares as `{ message = true }`. Replaces
    /// an earlier value of the same variable.
    ///
    /// If a spec declares variables for messages, but not this one, its gateway refuses the
    /// message, because the name may be mistyped. If a message may go through several such
    /// gateways, each of their specs must declare the variable: as
    /// `{ message = true, optional = true }` where it is not used. A spec without variables for
    /// messages ignores it.
    /// `dlt.entity_id` and `dlt.template_id` need no declaration.
    #[must_use]
    pub fn with_var(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        let name = name.into();
        let vars = &mut self.parts().vars;
        vars.retain(|(known, _)| *known != name);
        vars.push((name, value.into()));
        self
    }

    /// Records the variable values in the text, so that they can be redacted from a gateway's
    /// response.
    pub(crate) fn with_personal<'v>(mut self, values: impl Iterator<Item = &'v str>) -> Self {
        self.parts().personal = values.map(SecretString::from).collect();
        self
    }

    /// Returns the variable values in the text.
    pub(super) fn personal(&self) -> &[SecretString] {
        &self.parts.personal
    }

    /// Replaces the text. The caller guarantees that it is valid.
    pub(super) fn with_text(mut self, text: SecretString) -> Self {
        self.parts().text = text;
        self
    }

    /// Sets the time that is left to deliver the message. Defaults to no limit.
    ///
    /// Wrappers such as [`Retry`](crate::provider::Retry) set it for the provider that they wrap. A
    /// gateway ends its HTTP exchange within this time.
    #[doc(alias = "deadline")]
    #[doc(alias = "timeout")]
    #[must_use]
    pub const fn with_time_left(mut self, time: Duration) -> Self {
        self.time_left = Some(time);
        self
    }

    fn parts(&mut self) -> &mut MessageParts {
        // Copies the values only if a clone shares them.
        Arc::make_mut(&mut self.parts)
    }

    /// Returns the phone number of the recipient.
    #[must_use]
    pub fn to(&self) -> &PhoneNumber {
        &self.parts.to
    }

    /// Returns the text.
    #[must_use]
    pub fn text(&self) -> &SecretString {
        &self.parts.text
    }

    /// Returns the code, if the message has one.
    #[must_use]
    pub fn code(&self) -> Option<&Code> {
        self.parts.code.as_deref()
    }

    /// Returns the sender, if the message has one.
    #[must_use]
    pub fn sender(&self) -> Option<&SenderId> {
        self.parts.sender.as_ref()
    }

    /// Returns the id. It stays the same for all sends of the message.
    #[must_use]
    pub fn id(&self) -> &MessageId {
        &self.parts.id
    }

    /// Returns how long the code is valid.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.parts.lifetime
    }

    /// Returns the time that is left to deliver the message, or `None` if there is no limit.
    #[must_use]
    pub const fn time_left(&self) -> Option<Duration> {
        self.time_left
    }

    /// Returns the language, if the message has one.
    #[must_use]
    pub fn locale(&self) -> Option<&Locale> {
        self.parts.locale.as_ref()
    }

    /// Returns the names and values of the message's own variables.
    pub fn vars(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.parts.vars.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns the value of one of the message's own variables, or `None` if it is not set.
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

/// An error in the values of a message. The message was not created, and nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// The text is empty.
    #[error("the text is empty")]
    Empty,
    /// The text contains a NUL character. Many gateways end the text there.
    #[error("the text contains a NUL character")]
    Nul,
    /// There are no random bytes for the id.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The template of the text cannot be rendered.
    #[error(transparent)]
    Text(#[from] TextTemplateError),
    /// The text has more than 1,530 characters.
    #[error("the text has more than 1530 characters")]
    TooLong,
}

#[cfg_attr(not(feature = "provider"), expect(dead_code, reason = "only providers send"))]
impl Message {
    /// Returns the spans that are open for this message.
    pub(crate) fn scope(&self) -> SendScope {
        self.open.current()
    }

    #[must_use]
    pub(crate) fn with_scope(mut self, scope: SendScope) -> Self {
        self.open.set(scope);
        self
    }

    /// Begins the span of a send, which is open until `send` is dropped.
    #[must_use]
    pub(crate) fn in_send(mut self, send: &Arc<()>) -> Self {
        self.open = OpenScope::begin(send);
        self
    }
}
