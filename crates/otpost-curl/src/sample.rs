use std::fmt;

use otpost::message::SenderId;
use otpost::{Code, PhoneNumber, SecretString};

/// The values of the message that a curl command sends, so that the import can find them in it.
///
/// The phone number and the text are required. Set the code and the sender if the command has them
/// in places other than the text.
///
/// # Examples
///
/// ```
/// use otpost::{Code, PhoneNumber};
/// use otpost_curl::Sample;
///
/// let number = PhoneNumber::parse("+12025550123")?;
/// let sample = Sample::new(number, "123456 is your code").with_code(Code::parse("123456")?);
/// assert!(!format!("{sample:?}").contains("123456"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Sample {
    pub(crate) to: PhoneNumber,
    pub(crate) text: SecretString,
    pub(crate) code: Option<Code>,
    pub(crate) sender: Option<SenderId>,
}

impl Sample {
    /// Creates a sample from the phone number and the text in the command.
    ///
    /// The number is found in any common notation: `+12025550123`, `12025550123`, `0012025550123`,
    /// `+1 (202) 555-0123`, without its calling code (with or without a prefix that people dial,
    /// such as `0` or `8`), or with the calling code in a field apart. The text must be the same
    /// letter by letter.
    pub fn new(to: PhoneNumber, text: impl Into<SecretString>) -> Self {
        Self { to, text: text.into(), code: None, sender: None }
    }

    /// Sets the code, if the command has it apart from the text.
    #[must_use]
    pub fn with_code(mut self, code: Code) -> Self {
        self.code = Some(code);
        self
    }

    /// Sets the sender. The import replaces it by `{{sender}}`, so that each message can have
    /// another one.
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
