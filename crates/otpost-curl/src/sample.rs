use std::fmt;

use crate::message::SenderId;
use crate::otp::Code;
use crate::phone::PhoneNumber;
use crate::secret::SecretString;

/// What a curl command sends, so that it is found in there: the number and the text, perhaps a code and a sender.
///
/// # Examples
///
/// ```
/// use otpost::gateway::Sample;
/// use otpost::{Code, PhoneNumber};
///
/// let number = PhoneNumber::parse("+12025550123")?;
/// let sample = Sample::new(number, "123456 is your code").with_code(Code::parse("123456")?);
/// assert!(!format!("{sample:?}").contains("123456"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Sample {
    pub(super) to: PhoneNumber,
    pub(super) text: SecretString,
    pub(super) code: Option<Code>,
    pub(super) sender: Option<SenderId>,
}

impl Sample {
    /// The number and the text in the command. The number is found in whichever form it stands there.
    pub fn new(to: PhoneNumber, text: impl Into<SecretString>) -> Self {
        Self { to, text: text.into(), code: None, sender: None }
    }

    /// And this code, where it stands apart from the text.
    #[must_use]
    pub fn with_code(mut self, code: Code) -> Self {
        self.code = Some(code);
        self
    }

    /// And this sender, which then may be another for each message.
    #[must_use]
    pub fn with_sender(mut self, sender: SenderId) -> Self {
        self.sender = Some(sender);
        self
    }
}

impl fmt::Debug for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sample").finish_non_exhaustive()
    }
}
