use std::fmt;

use super::attempts::FailedAttempt;

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
    attempts: Vec<FailedAttempt>,
}

impl Receipt {
    /// Creates a receipt from the provider of this name.
    #[must_use]
    pub fn new(provider: impl Into<Box<str>>) -> Self {
        Self { provider: provider.into(), message_id: None, attempts: Vec::new() }
    }

    /// Sets the id that the provider assigned to the message.
    #[must_use]
    pub fn with_message_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.message_id = Some(id.into());
        self
    }

    /// Sets the sends that failed before this one.
    #[must_use]
    pub fn with_attempts(mut self, attempts: Vec<FailedAttempt>) -> Self {
        self.attempts = attempts;
        self
    }

    /// Returns the name of the provider that accepted the message.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Returns the id that the provider assigned to the message. Not every provider returns one.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    /// Returns the sends that failed before this one, in order.
    #[must_use]
    pub fn attempts(&self) -> &[FailedAttempt] {
        &self.attempts
    }

    pub(super) fn take_attempts(&mut self) -> Vec<FailedAttempt> {
        std::mem::take(&mut self.attempts)
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Some gateways derive the id from the recipient's phone number.
        f.debug_struct("Receipt")
            .field("provider", &self.provider)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
