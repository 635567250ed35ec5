use alloc::boxed::Box;
use core::fmt;

use data_encoding::HEXLOWER;

use crate::otp::{RandomError, fill_random};

/// The id of one message: 122 random bits, written as a UUID (RFC 9562 §5.4).
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
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let hex = HEXLOWER.encode(&bytes);
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        let text = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-");
        Self(text.into())
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

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({self})")
    }
}
