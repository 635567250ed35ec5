//! Strings and bytes that cannot be printed by accident. They are redacted in `Debug`, have no
//! `Display`, are wiped on drop, and can be read only with a method named `expose`.

#[cfg(any(feature = "challenge", feature = "gateway", feature = "serde"))]
mod base64;
mod decode;
#[cfg(any(feature = "challenge", feature = "gateway"))]
mod file;
#[cfg(feature = "serde")]
mod serde;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

#[cfg(feature = "serde")]
pub(crate) use self::serde::deserialize_text;
#[cfg(any(feature = "challenge", feature = "gateway", feature = "serde"))]
pub(crate) use base64::decode_base64;
pub(crate) use decode::decode_wiped;
#[cfg(any(feature = "challenge", feature = "gateway"))]
pub(crate) use file::{SecretFileError, read_secret};

/// A string that must not be printed, such as a password, a token or the text of a message.
///
/// # Examples
///
/// ```
/// use otpost::SecretString;
///
/// let password = SecretString::new("hunter2");
/// assert_eq!(format!("{password:?}"), "SecretString(***)");
/// assert_eq!(password.expose(), "hunter2");
/// ```
///
/// # Security
///
/// The time of `==` depends only on the lengths. The memory is wiped when the value is dropped.
/// Copies made through [`expose`](Self::expose) must be wiped by the caller.
#[derive(Clone, Default)]
pub struct SecretString(String);

impl SecretString {
    /// Creates a secret from a string. A `String` is moved, so that no second copy is left behind.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Returns the string.
    ///
    /// # Security
    ///
    /// Search for this name when you review what may reach a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretString(***)")
    }
}

impl Drop for SecretString {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl PartialEq for SecretString {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for SecretString {}

impl From<String> for SecretString {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl From<&str> for SecretString {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

/// Bytes that must not be printed, such as a key.
///
/// # Examples
///
/// ```
/// use otpost::secret::SecretBytes;
///
/// let key = SecretBytes::new(vec![1, 2, 3]);
/// assert_eq!(format!("{key:?}"), "SecretBytes(***)");
/// assert_eq!(key.expose(), [1, 2, 3]);
/// ```
///
/// # Security
///
/// As for [`SecretString`].
#[derive(Clone, Default)]
pub struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// Creates a secret from bytes. A `Vec` is moved, so that no second copy is left behind.
    #[must_use]
    pub fn new(value: impl Into<Vec<u8>>) -> Self {
        Self(value.into())
    }

    /// Returns the bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(***)")
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl PartialEq for SecretBytes {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretBytes {}

impl From<Vec<u8>> for SecretBytes {
    fn from(value: Vec<u8>) -> Self {
        Self(value)
    }
}

/// Appends to a text, and wipes the old memory if the text has to grow. A `String` that grows by
/// itself leaves its old memory as it was.
pub(crate) fn push_wiped(text: &mut String, more: &str) {
    let needed = text.len().saturating_add(more.len());
    if needed > text.capacity() {
        // Twice the needed size, so that many short pieces cause few copies.
        let mut larger = String::with_capacity(needed.max(128).saturating_mul(2));
        larger.push_str(text);
        text.zeroize();
        *text = larger;
    }
    text.push_str(more);
}
