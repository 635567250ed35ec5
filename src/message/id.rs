use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use data_encoding::HEXLOWER;

use crate::otp::{RandomError, fill_random};

/// The id of one message, written as a random UUID (RFC 9562 §5.4).
///
/// It stays the same for all sends of the message, so that a gateway can detect duplicates.
///
/// # Examples
///
/// ```
/// use otpost::message::MessageId;
///
/// let id = MessageId::random()?;
/// assert_eq!(id.as_str().len(), 36);
/// assert_ne!(id, MessageId::random()?);
/// # Ok::<(), otpost::otp::RandomError>(())
/// ```
#[doc(alias = "idempotency key")]
#[doc(alias = "uuid")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MessageId(Box<str>);

impl MessageId {
    /// Creates a random id.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if no random bytes are available.
    pub fn random() -> Result<Self, RandomError> {
        let mut bytes = [0; 16];
        fill_random(&mut bytes)?;
        Ok(Self::from_bytes(bytes))
    }

    /// Creates an id from 16 bytes, for example from a key of the application's database. The
    /// version and variant bits are overwritten.
    #[must_use]
    pub fn from_bytes(mut bytes: [u8; 16]) -> Self {
        // Version 4 and the variant `10` (RFC 9562 §4.1 and §4.2).
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let hex = HEXLOWER.encode(&bytes);
        // 16 bytes have 32 digits, so each range exists.
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        let text = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-");
        Self(text.into())
    }

    /// Parses what [`Display`](fmt::Display) has written.
    ///
    /// # Errors
    ///
    /// [`MessageIdError`] for anything else, such as upper-case letters or another version of UUID.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::message::MessageId;
    ///
    /// let id = MessageId::from_bytes([7; 16]);
    /// assert_eq!(MessageId::parse(id.as_str())?, id);
    /// assert!(MessageId::parse("07070707").is_err());
    /// # Ok::<(), otpost::message::MessageIdError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, MessageIdError> {
        if text.len() != 36 {
            return Err(MessageIdError);
        }
        let hex: String = text.chars().filter(|c| *c != '-').collect();
        let bytes = HEXLOWER.decode(hex.as_bytes()).map_err(|_| MessageIdError)?;
        let id = Self::from_bytes(bytes.try_into().map_err(|_| MessageIdError)?);
        // Written again, it is the same only if it has the hyphens, the version and the variant of
        // such a UUID.
        if &*id.0 == text { Ok(id) } else { Err(MessageIdError) }
    }

    /// Returns the 36 characters of the UUID: lower-case hexadecimal digits and hyphens.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for MessageId {
    type Err = MessageIdError;

    fn from_str(text: &str) -> Result<Self, MessageIdError> {
        Self::parse(text)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({self})")
    }
}

/// An error for a text that is not a message id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid message id: expected a random UUID (RFC 9562 version 4) of 36 lower-case characters"
)]
#[non_exhaustive]
pub struct MessageIdError;
