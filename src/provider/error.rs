use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::attempts::FailedAttempt;
use super::fate::{Fate, SendErrorKind};
use crate::provider::Stage;
use crate::secret::SecretString;

/// An error for a message that has no receipt.
///
/// # Examples
///
/// ```
/// use otpost::provider::{Fate, SendError, SendErrorKind};
///
/// let error =
///     SendError::new(SendErrorKind::Unauthorized, Fate::Refused).with_gateway_code("1");
/// let text = "the credentials were refused (code 1); the message was refused";
/// assert_eq!(error.to_string(), text);
/// ```
///
/// # Security
///
/// `Display` and `Debug` contain nothing from the message, and only the error code from the
/// gateway's response.
#[derive(Clone)]
// Boxed, so that the error is as small as a pointer: it is part of the result of every send.
pub struct SendError(Box<SendErrorInner>);

#[derive(Clone)]
struct SendErrorInner {
    kind: SendErrorKind,
    fate: Fate,
    stage: Option<Stage>,
    gateway_code: Option<String>,
    gateway_message: Option<SecretString>,
    gateway_words: Option<String>,
    explanation: Option<String>,
    retry_after: Option<Duration>,
    is_deduplicated: bool,
    attempts: Vec<FailedAttempt>,
    // Shared, because this error is `Clone` and its source need not be.
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl SendError {
    /// Creates an error of this kind and fate.
    #[must_use]
    pub fn new(kind: SendErrorKind, fate: Fate) -> Self {
        Self(Box::new(SendErrorInner {
            kind,
            fate,
            stage: None,
            gateway_code: None,
            gateway_message: None,
            gateway_words: None,
            explanation: None,
            retry_after: None,
            is_deduplicated: false,
            attempts: Vec::new(),
            source: None,
        }))
    }

    /// Sets the stage at which the HTTP exchange ended.
    #[must_use]
    pub fn with_stage(mut self, stage: Stage) -> Self {
        self.0.stage = Some(stage);
        self
    }

    /// Sets the gateway's own error code.
    ///
    /// The code is printed, so it must not contain anything from the message. A code with
    /// characters other than visible ASCII is discarded: it could change the meaning of the printed
    /// line.
    #[must_use]
    pub fn with_gateway_code(mut self, code: impl Into<String>) -> Self {
        self.0.gateway_code =
            Some(code.into()).filter(|code| code.bytes().all(|b| b.is_ascii_graphic()));
        self
    }

    /// Sets the gateway's own error message. It is never printed.
    #[must_use]
    pub fn with_gateway_message(mut self, message: impl Into<SecretString>) -> Self {
        self.0.gateway_message = Some(message.into());
        self
    }

    /// Sets the gateway's own error message after redaction: nothing in it is confidential.
    #[must_use]
    pub fn with_gateway_words(mut self, words: impl Into<String>) -> Self {
        self.0.gateway_words = Some(words.into());
        self
    }

    /// Sets the reason why the response was not understood. It must not contain anything from the
    /// message or the response.
    #[must_use]
    pub fn with_explanation(mut self, explanation: impl Into<String>) -> Self {
        self.0.explanation = Some(explanation.into());
        self
    }

    /// Sets the time that the gateway asks to wait before the next send.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Sets whether the gateway documents that it accepts messages with the same id only once.
    /// Defaults to `false`.
    ///
    /// The same provider may then be tried again, even if the message may have been sent.
    #[doc(alias = "idempotency key")]
    #[must_use]
    pub fn with_deduplicated(mut self, is_deduplicated: bool) -> Self {
        self.0.is_deduplicated = is_deduplicated;
        self
    }

    /// Sets the failed sends. This error is the last of them.
    #[must_use]
    pub fn with_attempts(mut self, attempts: Vec<FailedAttempt>) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(super) fn with_fate(mut self, fate: Fate) -> Self {
        self.0.fate = fate;
        self
    }

    /// Sets the underlying error. Its text must not contain anything from the message.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> SendErrorKind {
        self.0.kind
    }

    /// Returns the delivery state of the message.
    #[must_use]
    pub const fn fate(&self) -> Fate {
        self.0.fate
    }

    /// Returns the stage at which the exchange ended, or `None` if there was a complete response.
    #[must_use]
    pub const fn stage(&self) -> Option<Stage> {
        self.0.stage
    }

    /// Returns the gateway's own error code, if there is one.
    #[must_use]
    pub fn gateway_code(&self) -> Option<&str> {
        self.0.gateway_code.as_deref()
    }

    /// Returns the gateway's own error message, for example for a support request.
    ///
    /// # Security
    ///
    /// Gateways repeat phone numbers, texts and even credentials in their messages, so it is secret
    /// until it is exposed.
    #[must_use]
    pub const fn gateway_message(&self) -> Option<&SecretString> {
        self.0.gateway_message.as_ref()
    }

    /// Returns the gateway's own error message after redaction, for logs. `Display` does not print
    /// it.
    ///
    /// `***` replaces secrets, the code, the phone number, variables, and any three or more
    /// consecutive words of the text, in all encodings.
    #[must_use]
    pub fn gateway_words(&self) -> Option<&str> {
        self.0.gateway_words.as_deref()
    }

    /// Returns the reason why a response was not understood, for logs: its status, the kind of its
    /// body, and why each rule of the spec did not match. It is one line. `Display` does not print
    /// it.
    ///
    /// An [`HttpGateway`](crate::gateway::HttpGateway) sets it for
    /// [`SendErrorKind::Unknown`]. It contains names from the spec, and nothing from the message or
    /// the response except its status and the kind of its body.
    #[must_use]
    pub fn explanation(&self) -> Option<&str> {
        self.0.explanation.as_deref()
    }

    /// Returns the time that the gateway asks to wait before the next send; at most one day.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns `true` if the gateway documents that it accepts messages with the same id only once.
    #[must_use]
    pub const fn is_deduplicated(&self) -> bool {
        self.0.is_deduplicated
    }

    /// Returns all failed sends in order, the last one included, if the message went through a
    /// wrapper such as [`Retry`](super::Retry) or [`Failover`](super::Failover). Otherwise empty.
    #[must_use]
    pub fn attempts(&self) -> &[FailedAttempt] {
        &self.0.attempts
    }

    pub(super) fn take_attempts(&mut self) -> Vec<FailedAttempt> {
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
