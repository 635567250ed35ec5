use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::mem;
use core::str::FromStr;

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::base32;
use super::random::{RandomError, fill_random};
use crate::secret::{SecretBytes, SecretString};

/// RFC 4226 §4, R6: at least 128 bits.
const MIN_BYTES: usize = 16;
/// Nothing sensible is longer: HMAC hashes down what exceeds its block of 128 bytes at most.
const MAX_BYTES: usize = 1_024;

/// The shared secret of RFC 4226 and 6238: the key from which codes are computed.
///
/// # Examples
///
/// ```
/// use otpost::otp::Secret;
///
/// let secret = Secret::generate()?;                   // 160 bits, as RFC 4226 recommends
/// let shown = secret.to_base32();                     // for an authenticator app
/// assert_eq!(Secret::from_base32(shown.expose())?, secret);
/// assert_eq!(format!("{secret:?}"), "Secret(***)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// `==` takes the same time wherever two secrets of one length differ. The memory is wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(SecretBytes);

impl Secret {
    /// Draws 160 bits from the operating system.
    ///
    /// # Errors
    ///
    /// [`RandomError`] when there is no randomness to be had.
    pub fn generate() -> Result<Self, RandomError> {
        Self::generate_for(Algorithm::Sha1)
    }

    /// Draws as many bits as the hash gives, as RFC 6238 §5.1 recommends: 160, 256 or 512.
    ///
    /// # Errors
    ///
    /// [`RandomError`] when there is no randomness to be had.
    pub fn generate_for(algorithm: Algorithm) -> Result<Self, RandomError> {
        let mut bytes = Zeroizing::new(vec![0; algorithm.digest_bytes()]);
        fill_random(&mut bytes)?;
        Ok(Self(SecretBytes::new(mem::take(&mut *bytes))))
    }

    /// Takes a secret of 16 to 1,024 bytes.
    ///
    /// # Errors
    ///
    /// [`SecretError::TooShort`] below the 128 bits of RFC 4226 §4 (R6), [`SecretError::TooLong`]
    /// above 1,024 bytes.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, SecretError> {
        let bytes = SecretBytes::new(bytes);
        match bytes.expose().len() {
            ..MIN_BYTES => Err(SecretError::TooShort),
            MIN_BYTES..=MAX_BYTES => Ok(Self(bytes)),
            _ => Err(SecretError::TooLong),
        }
    }

    /// Takes a secret that is shorter than RFC 4226 allows, such as the 80 bits that some services
    /// still hand out. All else is checked as in [`from_bytes`](Self::from_bytes).
    ///
    /// # Errors
    ///
    /// [`SecretError::Empty`] when there is no byte at all, [`SecretError::TooLong`] above 1,024.
    pub fn from_short_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, SecretError> {
        let bytes = SecretBytes::new(bytes);
        match bytes.expose().len() {
            0 => Err(SecretError::Empty),
            1..=MAX_BYTES => Ok(Self(bytes)),
            _ => Err(SecretError::TooLong),
        }
    }

    /// Reads base32 (RFC 4648 §6) as people write it: either case, with spaces, hyphens or padding.
    ///
    /// # Errors
    ///
    /// [`SecretError::Base32`] for a foreign character, an impossible length or bits left over, and
    /// the bounds of [`from_bytes`](Self::from_bytes).
    pub fn from_base32(text: &str) -> Result<Self, SecretError> {
        Self::from_bytes(mem::take(&mut *base32::decode(text).ok_or(SecretError::Base32)?))
    }

    /// The same for a secret that is shorter than RFC 4226 allows, as of [`from_short_bytes`](Self::from_short_bytes).
    ///
    /// # Errors
    ///
    /// [`SecretError::Base32`], and the bounds of [`from_short_bytes`](Self::from_short_bytes).
    pub fn from_short_base32(text: &str) -> Result<Self, SecretError> {
        Self::from_short_bytes(mem::take(&mut *base32::decode(text).ok_or(SecretError::Base32)?))
    }

    /// Reads base64 (RFC 4648 §4), with padding, as Steam writes its secrets.
    ///
    /// # Errors
    ///
    /// [`SecretError::Base64`] for anything else, and the bounds of [`from_bytes`](Self::from_bytes).
    pub fn from_base64(text: &str) -> Result<Self, SecretError> {
        let bytes = base32::wiping(&BASE64, text.as_bytes()).ok_or(SecretError::Base64);
        Self::from_bytes(mem::take(&mut *bytes?))
    }

    /// The canonical base32 form: upper case, no padding.
    #[must_use]
    pub fn to_base32(&self) -> SecretString {
        SecretString::new(base32::encode(self.0.expose()))
    }

    /// The bytes themselves, for storing them encrypted.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl FromStr for Secret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        Self::from_base32(text)
    }
}

/// Why bytes or a text are no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Not base32: a foreign character, an impossible length, or bits left over at the end.
    #[error("not base32: a foreign character, an impossible length, or bits left over")]
    Base32,
    /// Not base64, or without its padding.
    #[error("not base64 with its padding")]
    Base64,
    /// No byte at all, which even a short secret has.
    #[error("a secret has a byte at least")]
    Empty,
    /// More than 1,024 bytes.
    #[error("a secret has at most 1024 bytes")]
    TooLong,
    /// Fewer than 16 bytes.
    #[error("a secret has at least 16 bytes (128 bits), unless short ones are asked for")]
    TooShort,
}
