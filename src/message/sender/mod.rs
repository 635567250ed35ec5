//! Senders of messages.

mod generic;
mod lint;
mod senders;

use alloc::boxed::Box;
use core::fmt;
use core::str::FromStr;

pub use lint::SenderWarning;
pub use senders::{SenderPolicy, SenderRefused};

/// The sender of a message: a name of 1 to 11 characters, a phone number, a short code, or a pool
/// of senders at the gateway.
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
#[doc(alias = "from")]
#[doc(alias = "originator")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SenderId {
    text: Box<str>,
    kind: SenderKind,
}

/// The kind of a sender.
///
/// [`as_str`](Self::as_str) is the value of `{{sender_kind}}` in a gateway spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SenderKind {
    /// A name. Recipients cannot reply to it.
    Alphanumeric,
    /// A phone number of 7 to 15 digits.
    Number,
    /// A group of senders at the gateway, which chooses one of them for each message.
    Pool,
    /// A short code of 3 to 6 digits, which works in the networks of one country.
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
    /// Parses a name, a short code or a phone number.
    ///
    /// - A name has 1 to 11 ASCII letters, digits and inner spaces, with at least one letter. 3GPP
    ///   TS 23.040 §9.1.2.5 has room for eleven.
    /// - A short code has 3 to 6 digits.
    /// - A phone number has 7 to 15 digits, with or without a leading `+`.
    ///
    /// This function does not check that the sender is registered with the gateway.
    ///
    /// # Errors
    ///
    /// [`SenderIdError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, SenderIdError> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let is_numeric = digits.bytes().all(|b| b.is_ascii_digit());
        let is_name = (1..=11).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ')
            && text.bytes().any(|b| b.is_ascii_alphabetic())
            && text.trim() == text;
        let kind = match digits.len() {
            3..=6 if is_numeric && digits.len() == text.len() => SenderKind::ShortCode,
            // No calling code starts with 0. Without a plus, it may be a national number.
            7..=15 if is_numeric && !text.starts_with("+0") => SenderKind::Number,
            _ if is_name => SenderKind::Alphanumeric,
            _ => return Err(SenderIdError),
        };
        Ok(Self { text: text.into(), kind })
    }

    /// Parses the name that the gateway uses for a pool of senders, such as a messaging service or
    /// a profile. A name has 1 to 64 visible ASCII characters.
    ///
    /// Gateway specs use it as `{{sender_pool}}`. `{{sender}}` then has no value.
    ///
    /// # Errors
    ///
    /// [`SenderIdError`] for any other text.
    #[doc(alias = "messaging service")]
    pub fn pool(name: &str) -> Result<Self, SenderIdError> {
        let is_name = (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
        if !is_name {
            return Err(SenderIdError);
        }
        Ok(Self { text: name.into(), kind: SenderKind::Pool })
    }

    /// Returns the sender as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the kind of the sender.
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

/// An error for an invalid sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid sender: expected 1 to 11 letters, digits and inner spaces with a letter, a short code of 3 to 6 digits, or a phone number of 7 to 15 digits (for a pool: 1 to 64 visible ASCII characters)"
)]
#[non_exhaustive]
pub struct SenderIdError;
