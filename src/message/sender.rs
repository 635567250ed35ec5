use core::fmt;
use core::str::FromStr;

/// Who the message is from: a name of 1 to 11 characters, or a number.
///
/// # Examples
///
/// ```
/// use otpost::message::SenderId;
///
/// assert_eq!(SenderId::parse("Acme Bank")?.as_str(), "Acme Bank");
/// assert!(SenderId::parse("+41791234567")?.is_numeric());
/// assert!(SenderId::parse("Acme Bank Zurich").is_err()); // 16 characters
/// # Ok::<(), otpost::message::SenderIdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SenderId(Box<str>);

impl SenderId {
    /// Takes a name (ASCII letters, digits and inner spaces, at least one letter; 3GPP TS 23.040 §9.1.2.5 has
    /// room for eleven), a short code or a number of 3 to 15 digits with or without plus.
    ///
    /// # Errors
    ///
    /// [`SenderIdError`] for anything else. Whether the gateway has registered it is not checked.
    pub fn parse(text: &str) -> Result<Self, SenderIdError> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let numeric =
            (3..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let name = (1..=11).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ')
            && text.bytes().any(|b| b.is_ascii_alphabetic())
            && text.trim() == text;
        if numeric || name { Ok(Self(text.into())) } else { Err(SenderIdError) }
    }

    /// The sender as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a number or short code, and not a name.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        self.0.bytes().all(|b| b.is_ascii_digit() || b == b'+')
    }
}

impl fmt::Display for SenderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SenderId {
    type Err = SenderIdError;

    fn from_str(text: &str) -> Result<Self, SenderIdError> {
        Self::parse(text)
    }
}

/// A text is not a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sender is 1 to 11 letters, digits and spaces with a letter, or 3 to 15 digits")]
#[non_exhaustive]
pub struct SenderIdError;
