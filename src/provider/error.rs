use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::FailedAttempt;
use crate::provider::Stage;
use crate::secret::SecretString;

/// What became of a message that has no receipt. It alone decides whether sending again is safe.
///
/// # Examples
///
/// ```
/// use otpost::provider::{Fate, SendError, SendErrorKind};
///
/// let error = SendError::new(SendErrorKind::Throttled, Fate::NotSent);
/// // Whatever the kind: a message of unknown fate is not sent again by itself.
/// assert!(error.fate() != Fate::Unknown);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "with a receipt these are all there is: a match must see a new one"
)]
pub enum Fate {
    /// It was not sent: it did not leave this machine, or the gateway said that it took nothing for now.
    NotSent,
    /// The gateway read it and said no.
    Refused,
    /// It may have been sent.
    Unknown,
}

words! {
    Fate, "fate":
    NotSent = "not_sent",
    Refused = "refused",
    Unknown = "unknown",
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "the message was not sent",
            Self::Refused => "the message was refused",
            Self::Unknown => "the message may have been sent",
        })
    }
}

/// Why a message has no receipt.
///
/// # Examples
///
/// ```
/// use otpost::provider::SendErrorKind;
///
/// assert_eq!(SendErrorKind::NoCredit.to_string(), "the account has no credit");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendErrorKind {
    /// The account, sender or route is barred.
    Blocked,
    /// The number cannot receive the message, at this or any gateway.
    InvalidRecipient,
    /// The spec, the account's settings or the message does not suit the gateway.
    Misconfigured,
    /// The account is out of credit.
    NoCredit,
    /// A rule of the destination forbids it.
    Regulatory,
    /// Too many messages for now.
    Throttled,
    /// The gateway was not reached, or its answer did not arrive.
    Transport,
    /// The credentials were refused.
    Unauthorized,
    /// The gateway takes nothing for now.
    Unavailable,
    /// The gateway answered something that no rule understands.
    Unknown,
}

words! {
    SendErrorKind, "kind of send error":
    Blocked = "blocked",
    InvalidRecipient = "invalid_recipient",
    Misconfigured = "misconfigured",
    NoCredit = "no_credit",
    Regulatory = "regulatory",
    Throttled = "throttled",
    Transport = "transport",
    Unauthorized = "unauthorized",
    Unavailable = "unavailable",
    Unknown = "unknown",
}

impl fmt::Display for SendErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocked => "the account, sender or route is barred",
            Self::InvalidRecipient => "the recipient cannot be reached",
            Self::Misconfigured => "the request does not suit the gateway",
            Self::NoCredit => "the account has no credit",
            Self::Regulatory => "a rule of the destination forbids the message",
            Self::Throttled => "too many messages for now",
            Self::Transport => "there is no answer of the gateway",
            Self::Unauthorized => "the credentials were refused",
            Self::Unavailable => "the gateway takes nothing for now",
            Self::Unknown => "the answer of the gateway is not understood",
        })
    }
}

/// A message has no receipt, and this is what is known.
///
/// # Examples
///
/// ```
/// use otpost::provider::{Fate, SendError, SendErrorKind};
///
/// let error = SendError::new(SendErrorKind::Unauthorized, Fate::Refused).with_gateway_code("1");
/// assert_eq!(error.to_string(), "the credentials were refused (code 1); the message was refused");
/// ```
///
/// # Security
///
/// `Display` and `Debug` hold nothing of the message, and of the gateway's words only its code.
#[derive(Clone)]
pub struct SendError(Box<SendErrorInner>);

#[derive(Clone)]
struct SendErrorInner {
    kind: SendErrorKind,
    fate: Fate,
    stage: Option<Stage>,
    gateway_code: Option<String>,
    gateway_message: Option<SecretString>,
    gateway_words: Option<String>,
    retry_after: Option<Duration>,
    is_deduplicated: bool,
    attempts: Vec<FailedAttempt>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl SendError {
    /// An error of this kind and fate.
    #[must_use]
    pub fn new(kind: SendErrorKind, fate: Fate) -> Self {
        Self(Box::new(SendErrorInner {
            kind,
            fate,
            stage: None,
            gateway_code: None,
            gateway_message: None,
            gateway_words: None,
            retry_after: None,
            is_deduplicated: false,
            attempts: Vec::new(),
            source: None,
        }))
    }

    /// With the stage at which the exchange ended.
    #[must_use]
    pub fn with_stage(mut self, stage: Stage) -> Self {
        self.0.stage = Some(stage);
        self
    }

    /// Sets the gateway's own error code. It is printed, so it must hold nothing of the message. A code with other characters
    /// than visible ASCII is left out: it could change how the line reads that it is printed in.
    #[must_use]
    pub fn with_gateway_code(mut self, code: impl Into<String>) -> Self {
        self.0.gateway_code =
            Some(code.into()).filter(|code| code.bytes().all(|b| b.is_ascii_graphic()));
        self
    }

    /// With the gateway's own words. They are not printed.
    #[must_use]
    pub fn with_gateway_message(mut self, message: impl Into<SecretString>) -> Self {
        self.0.gateway_message = Some(message.into());
        self
    }

    /// With the gateway's own words, from which all that must not be shown was taken.
    #[must_use]
    pub fn with_gateway_words(mut self, words: impl Into<String>) -> Self {
        self.0.gateway_words = Some(words.into());
        self
    }

    /// With the time that the gateway asks to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// With the word of the gateway that it takes a message with the same identity once: the same provider may then be asked
    /// again, whatever the fate.
    #[must_use]
    pub fn with_deduplicated(mut self, is_deduplicated: bool) -> Self {
        self.0.is_deduplicated = is_deduplicated;
        self
    }

    /// With the sends that failed, of which this error is the last.
    #[must_use]
    pub fn with_attempts(mut self, attempts: Vec<FailedAttempt>) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(super) fn with_fate(mut self, fate: Fate) -> Self {
        self.0.fate = fate;
        self
    }

    /// With the error below. Its text must hold nothing of the message.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> SendErrorKind {
        self.0.kind
    }

    /// What became of the message.
    #[must_use]
    pub const fn fate(&self) -> Fate {
        self.0.fate
    }

    /// Where the exchange ended; `None` when there was a whole answer.
    #[must_use]
    pub const fn stage(&self) -> Option<Stage> {
        self.0.stage
    }

    /// The gateway's own error code.
    #[must_use]
    pub fn gateway_code(&self) -> Option<&str> {
        self.0.gateway_code.as_deref()
    }

    /// The gateway's own words, for a support call.
    ///
    /// # Security
    ///
    /// Gateways repeat numbers, texts and even credentials in them, so they are secret until somebody looks.
    #[must_use]
    pub const fn gateway_message(&self) -> Option<&SecretString> {
        self.0.gateway_message.as_ref()
    }

    /// Returns the gateway's own words for a log: with `***` in place of secrets, the code, the number, variables, and three or
    /// more words of the text in a row, however encoded. `Display` does not print them.
    #[must_use]
    pub fn gateway_words(&self) -> Option<&str> {
        self.0.gateway_words.as_deref()
    }

    /// How long the gateway asks to wait; at most a day.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the gateway documents that it takes a message with the same identity once.
    #[must_use]
    pub const fn is_deduplicated(&self) -> bool {
        self.0.is_deduplicated
    }

    /// The sends that failed, in order, where a wrapper has tried more than once or more than one provider. The last one
    /// is this error.
    #[must_use]
    pub fn attempts(&self) -> &[FailedAttempt] {
        &self.0.attempts
    }

    pub(super) fn take_trail(&mut self) -> Vec<FailedAttempt> {
        std::mem::take(&mut self.0.attempts)
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.kind)?;
        if let Some(stage) = &self.0.stage {
            write!(f, " ({stage})")?;
        }
        if let Some(code) = &self.0.gateway_code {
            write!(f, " (code {code})")?;
        }
        write!(f, "; {}", self.0.fate)
    }
}

impl fmt::Debug for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError")
            .field("kind", &self.0.kind)
            .field("fate", &self.0.fate)
            .field("stage", &self.0.stage)
            .field("gateway_code", &self.0.gateway_code)
            .field("retry_after", &self.0.retry_after)
            .field("attempts", &self.0.attempts)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl Error for SendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
