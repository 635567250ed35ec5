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
use super::secret_error::SecretError;
use crate::pasted::is_blank;
use crate::secret::{SecretBytes, SecretString, decode_wiped};

/// The minimum length: 128 bits (RFC 4226 §4, R6).
const MIN_BYTES: usize = 16;
/// The maximum length. A longer key has no use: HMAC hashes every key that is longer than its block
/// of 64 or 128 bytes.
const MAX_BYTES: usize = 1_024;

/// The shared secret of RFC 4226 and RFC 6238, from which codes are computed.
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
/// `==` takes the same time wherever two secrets of the same length differ. The memory is wiped on
/// drop.
#[doc(alias = "key")]
#[doc(alias = "seed")]
#[doc(alias = "shared secret")]
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(SecretBytes);

impl Secret {
    /// Creates a random secret of 160 bits.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the operating system's generator fails.
    pub fn generate() -> Result<Self, RandomError> {
        Self::generate_for(Algorithm::Sha1)
    }

    /// Creates a random secret of the length that RFC 6238 §5.1 recommends for the hash: 160, 256
    /// or 512 bits.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the operating system's generator fails.
    pub fn generate_for(algorithm: Algorithm) -> Result<Self, RandomError> {
        let mut bytes = Zeroizing::new(vec![0; algorithm.digest_bytes()]);
        fill_random(&mut bytes)?;
        // The bytes are moved, so there is no second copy. If the generator fails, the buffer is
        // wiped.
        Ok(Self(SecretBytes::new(mem::take(&mut *bytes))))
    }

    /// Creates a secret from 16 to 1,024 bytes.
    ///
    /// # Errors
    ///
    /// [`SecretError::TooShort`] below the 128 bits of RFC 4226 §4 (R6), [`SecretError::TooLong`]
    /// above 1,024 bytes.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, SecretError> {
        // Wrapped before the check, so that rejected bytes are wiped as well.
        let bytes = SecretBytes::new(bytes);
        match bytes.expose().len() {
            ..MIN_BYTES => Err(SecretError::TooShort),
            MIN_BYTES..=MAX_BYTES => Ok(Self(bytes)),
            _ => Err(SecretError::TooLong),
        }
    }

    /// Creates a secret from 1 to 1,024 bytes.
    ///
    /// Use it for a secret that is shorter than RFC 4226 allows, such as the 80 bits that some
    /// services still issue.
    ///
    /// # Errors
    ///
    /// [`SecretError::Empty`] for no bytes, [`SecretError::TooLong`] above 1,024 bytes.
    pub fn from_short_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, SecretError> {
        let bytes = SecretBytes::new(bytes);
        match bytes.expose().len() {
            0 => Err(SecretError::Empty),
            1..=MAX_BYTES => Ok(Self(bytes)),
            _ => Err(SecretError::TooLong),
        }
    }

    /// Parses base32 (RFC 4648 §6) in upper or lower case.
    ///
    /// White space, invisible characters, dashes and padding are removed.
    ///
    /// # Errors
    ///
    /// [`SecretError::Character`] for any other character, [`SecretError::Base32`] for an
    /// impossible length or leftover bits, and the errors of [`from_bytes`](Self::from_bytes).
    pub fn from_base32(text: &str) -> Result<Self, SecretError> {
        Self::from_bytes(mem::take(&mut *base32::decode(text)?))
    }

    /// Parses base32 as [`from_base32`](Self::from_base32) does, and accepts secrets from 1 byte.
    ///
    /// # Errors
    ///
    /// Those of [`from_base32`](Self::from_base32), except for
    /// [`SecretError::TooShort`](SecretError::TooShort), and [`SecretError::Empty`].
    pub fn from_short_base32(text: &str) -> Result<Self, SecretError> {
        Self::from_short_bytes(mem::take(&mut *base32::decode(text)?))
    }

    /// Parses base64 (RFC 4648 §4) with padding, the format of Steam's secrets. White space and
    /// invisible characters are removed.
    ///
    /// # Errors
    ///
    /// [`SecretError::Base64`] for anything else, and the errors of
    /// [`from_bytes`](Self::from_bytes).
    pub fn from_base64(text: &str) -> Result<Self, SecretError> {
        let mut cleaned = Zeroizing::new(Vec::with_capacity(text.len()));
        // Not cleaned any further: a dash belongs to another alphabet of base64.
        for character in text.chars().filter(|c| !is_blank(*c)) {
            cleaned.push(u8::try_from(character).map_err(|_| SecretError::Base64)?);
        }
        let bytes = decode_wiped(&BASE64, &cleaned).ok_or(SecretError::Base64);
        Self::from_bytes(mem::take(&mut *bytes?))
    }

    /// Returns the canonical base32 form: upper case, no padding.
    #[must_use]
    pub fn to_base32(&self) -> SecretString {
        SecretString::new(base32::encode(self.0.expose()))
    }

    /// Returns the bytes, for storing them encrypted.
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
