//! Who messages are from.

mod lint;
mod senders;

use alloc::boxed::Box;
use core::fmt;
use core::str::FromStr;

pub use lint::SenderWarning;
pub use senders::SenderPolicy;

/// Who the message is from: a name of 1 to 11 characters, a number, a short code, or a pool of these at the gateway.
///
/// # Examples
///
/// ```
/// use otpost::message::{SenderId, SenderKind};
///
/// assert_eq!(SenderId::parse("Acme Bank")?.kind(), SenderKind::Alphanumeric);
/// assert_eq!(SenderId::parse("+41791234567")?.kind(), SenderKind::Number);
/// assert_eq!(SenderId::parse("22395")?.kind(), SenderKind::ShortCode);
/// assert_eq!(SenderId::pool("MG0123456789abcdef")?.kind(), SenderKind::Pool);
/// assert!(SenderId::parse("Acme Bank Zurich").is_err()); // 16 characters
/// # Ok::<(), otpost::message::SenderIdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SenderId {
    text: Box<str>,
    kind: SenderKind,
}

/// What a sender is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SenderKind {
    /// A name. Nobody can answer it.
    Alphanumeric,
    /// A number of 7 to 15 digits.
    Number,
    /// A group of senders at the gateway, which chooses one of them.
    Pool,
    /// A number of 3 to 6 digits, of one country's networks.
    ShortCode,
}

words! {
    SenderKind, "kind of sender":
    Alphanumeric = "alphanumeric",
    Number = "number",
    Pool = "pool",
    ShortCode = "short_code",
}

display_word!(SenderKind);

impl SenderId {
    /// Takes a name (ASCII letters, digits and inner spaces, at least one letter; 3GPP TS 23.040 §9.1.2.5 has
    /// room for eleven), a short code of 3 to 6 digits, or a number of 7 to 15 digits with or without plus.
    ///
    /// # Errors
    ///
    /// [`SenderIdError`] for anything else. Whether the gateway has registered it is not checked.
    pub fn parse(text: &str) -> Result<Self, SenderIdError> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let is_numeric = digits.bytes().all(|b| b.is_ascii_digit());
        let is_name = (1..=11).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ')
            && text.bytes().any(|b| b.is_ascii_alphabetic())
            && text.trim() == text;
        let kind = match digits.len() {
            3..=6 if is_numeric && digits.len() == text.len() => SenderKind::ShortCode,
            7..=15 if is_numeric && !text.starts_with("+0") => SenderKind::Number,
            _ if is_name => SenderKind::Alphanumeric,
            _ => return Err(SenderIdError),
        };
        Ok(Self { text: text.into(), kind })
    }

    /// Takes the gateway's name of a pool of senders, as a messaging service or profile: 1 to 64 visible ASCII characters. Specs have it as
    /// `{{sender_pool}}`, and no `{{sender}}` beside it.
    ///
    /// # Errors
    ///
    /// [`SenderIdError`] for anything else.
    pub fn pool(name: &str) -> Result<Self, SenderIdError> {
        let is_name = (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
        if !is_name {
            return Err(SenderIdError);
        }
        Ok(Self { text: name.into(), kind: SenderKind::Pool })
    }

    /// The sender as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> SenderKind {
        self.kind
    }
}

impl fmt::Display for SenderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
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
#[error(
    "a sender is 1 to 11 letters, digits and spaces with a letter, a short code of 3 to 6 digits, or a number of 7 to 15"
)]
#[non_exhaustive]
pub struct SenderIdError;
