//! Percent-encoding (RFC 3986 §2.1): a blank is `%20`, and a plus is a plus.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroize;

use super::error::KeyUriError;
use crate::secret::SecretString;

const HEX: [u8; 16] = *b"0123456789ABCDEF";

/// Appends `text` to `out`. The unreserved characters (RFC 3986 §2.3) and those of `kept` stay as
/// they are. All others are encoded.
pub(in crate::otp) fn encode(text: &str, kept: &[u8], out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 0x0f] {
                out.extend(HEX.get(usize::from(nibble)).map(|digit| char::from(*digit)));
            }
        }
    }
}

/// Decodes a text that begins at byte `at` of the URI.
///
/// Many programs leave characters unencoded, so those are accepted. The exception is `#`, which
/// begins another part of a URI.
pub(in crate::otp) fn decode(text: &str, at: usize) -> Result<SecretString, KeyUriError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let result = loop {
        let place = || at.saturating_add(text.len().saturating_sub(rest.len()));
        rest = match rest {
            [] => break Ok(()),
            [b'%', high, low, rest @ ..] => {
                let digits = (char::from(*high).to_digit(16), char::from(*low).to_digit(16));
                let (Some(high), Some(low)) = digits else {
                    break Err(KeyUriError::Encoding { at: place() });
                };
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
