//! Deserialization of secrets. They are not serialized: that would print them.

use alloc::string::String;
use core::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use zeroize::Zeroize;

use super::{SecretBytes, SecretString, decode_base64};

/// Deserializes a text by the parser of its type.
///
/// An error names what is accepted and never repeats the value. That of serde would: `invalid type:
/// integer `1234``.
pub(crate) fn deserialize_text<'de, D: Deserializer<'de>, T, E: fmt::Display>(
    deserializer: D,
    expected: &'static str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error> {
    let visitor = TextVisitor { expected, parse };
    // Asked for a string, a text format may refuse another type itself, and repeat the value in its
    // error: serde_json does. Binary formats do not know the type, and have to be told.
    match deserializer.is_human_readable() {
        true => deserializer.deserialize_any(visitor),
        false => deserializer.deserialize_str(visitor),
    }
}

struct TextVisitor<F> {
    expected: &'static str,
    parse: F,
}

impl<F> TextVisitor<F> {
    fn refuse<T, E: Error>(&self) -> Result<T, E> {
        Err(E::custom(format_args!("expected {}", self.expected)))
    }
}

impl<T, E: fmt::Display, F: FnOnce(&str) -> Result<T, E>> Visitor<'_> for TextVisitor<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<D: Error>(self, text: &str) -> Result<T, D> {
        (self.parse)(text).map_err(D::custom)
    }

    fn visit_string<D: Error>(self, mut text: String) -> Result<T, D> {
        // This text is a copy that the format made, for example to resolve escapes.
        let parsed = self.visit_str(&text);
        text.zeroize();
        parsed
    }

    // The defaults of these methods put the value into the error. A PIN without quotation marks
    // would then be in a log.
    fn visit_bool<D: Error>(self, _: bool) -> Result<T, D> {
        self.refuse()
    }

    fn visit_i64<D: Error>(self, _: i64) -> Result<T, D> {
        self.refuse()
    }

    fn visit_i128<D: Error>(self, _: i128) -> Result<T, D> {
        self.refuse()
    }

    fn visit_u64<D: Error>(self, _: u64) -> Result<T, D> {
        self.refuse()
    }

    fn visit_u128<D: Error>(self, _: u128) -> Result<T, D> {
        self.refuse()
    }

    fn visit_f64<D: Error>(self, _: f64) -> Result<T, D> {
        self.refuse()
    }

    fn visit_bytes<D: Error>(self, _: &[u8]) -> Result<T, D> {
        self.refuse()
    }
}

/// # Examples
///
/// ```
/// use otpost::SecretString;
///
/// let password: SecretString = serde_json::from_str(r#""hunter2""#)?;
/// assert_eq!(password.expose(), "hunter2");
/// // A number is refused, and not repeated.
/// let error = serde_json::from_str::<SecretString>("1234").unwrap_err();
/// assert!(!error.to_string().contains("1234"));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Security
///
/// The error of a format may quote the document, as that of `toml` does in its `Display`: log its
/// `message()` instead.
impl<'de> Deserialize<'de> for SecretString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parse = |text: &str| Ok::<_, fmt::Error>(Self::from(text));
        deserialize_text(deserializer, "a secret in quotation marks", parse)
    }
}

/// From base64, in either alphabet and with or without padding.
impl<'de> Deserialize<'de> for SecretBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const EXPECTED: &str = "secret bytes in base64";
        let refused = "invalid secret bytes: expected base64";
        deserialize_text(deserializer, EXPECTED, |text| decode_base64(text).ok_or(refused))
    }
}
