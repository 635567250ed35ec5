//! Percent-encoding (RFC 3986 §2.1): a blank is `%20`, and a plus is a plus.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroize;

use super::error::KeyUriError;
use crate::percent::{AsciiSet, percent_encode};
use crate::secret::SecretString;

/// Appends `text` to `out` with the bytes of the set encoded.
pub(in crate::otp) fn encode(text: &str, encoded: &'static AsciiSet, out: &mut String) {
    out.extend(percent_encode(text.as_bytes(), encoded));
}

/// Decodes a text that begins at byte `at` of the URI.
///
/// Many programs leave characters unencoded, so those are accepted. The exception is `#`, which
/// begins another part of a URI.
///
/// The crate `percent-encoding` accepts an invalid escape, and tells no positions. A damaged secret
/// gives wrong codes, so it has to be an error here.
pub(in crate::otp) fn decode(text: &str, at: usize) -> Result<SecretString, KeyUriError> {
    // Decoding never makes a text longer. A buffer that grows would leave copies behind.
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    // The loop breaks with an error instead of returning it, so that `bytes` is wiped in any case.
    let result = loop {
        let place = || at.saturating_add(text.len().saturating_sub(rest.len()));
        rest = match rest {
            [] => break Ok(()),
            [b'%', high, low, rest @ ..] => {
                let digits = (char::from(*high).to_digit(16), char::from(*low).to_digit(16));
                let (Some(high), Some(low)) = digits else {
                    break Err(KeyUriError::Encoding { at: place() });
                };
                // Two hexadecimal digits are at most 255, so this always adds one byte.
                bytes.extend(u8::try_from((high << 4) | low));
                rest
            }
            [b'%', ..] => break Err(KeyUriError::Encoding { at: place() }),
            [b'#', ..] => break Err(KeyUriError::Character { at: place() }),
            [byte, rest @ ..] => {
                bytes.push(*byte);
                rest
            }
        };
    };
    let text = result.and_then(|()| match core::str::from_utf8(&bytes) {
        Ok(text) if text.chars().any(char::is_control) => Err(KeyUriError::Character { at }),
        Ok(text) => Ok(SecretString::new(text)),
        Err(_) => Err(KeyUriError::Encoding { at }),
    });
    bytes.zeroize();
    text
}
