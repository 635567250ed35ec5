//! Percent-encoding (RFC 3986 §2.1): a blank is `%20`, and a plus is a plus.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::error::KeyUriError;
use crate::percent::{AsciiSet, percent_encode};
use crate::secret::SecretString;

/// Appends `text` to `out` with the bytes of the set encoded.
pub(in crate::otp) fn encode(text: &str, encoded: &'static AsciiSet, out: &mut String) {
    out.extend(percent_encode(text.as_bytes(), encoded));
}

/// Decodes a text that begins at byte `at` of the URI. Line ends and tabs are removed, as browsers
/// do: a long URI is broken into lines in many messages.
///
/// Many programs leave characters unencoded, so those are accepted. The exception is `#`, which
/// begins another part of a URI.
///
/// The crate `percent-encoding` accepts an invalid escape, and tells no positions. A damaged secret
/// gives wrong codes, so it has to be an error here.
pub(in crate::otp) fn decode(text: &str, at: usize) -> Result<SecretString, KeyUriError> {
    // Decoding never makes a text longer. A buffer that grows would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    for unit in units(text) {
        match unit {
            Ok((_, byte)) => bytes.push(byte),
            Err((place, byte)) => {
                let at = at.saturating_add(place);
                return Err(match byte {
                    b'#' => KeyUriError::Fragment { at },
                    _ => KeyUriError::Encoding { at },
                });
            }
        }
    }
    match core::str::from_utf8(&bytes) {
        Ok(text) => Ok(SecretString::new(text)),
        Err(error) => {
            let place = source(text, error.valid_up_to());
            Err(KeyUriError::Encoding { at: at.saturating_add(place) })
        }
    }
}

/// Returns an error for the first control character in `part`, which is a part of the decoded text.
pub(super) fn check_visible(
    part: &str,
    decoded: &str,
    text: &str,
    at: usize,
) -> Result<(), KeyUriError> {
    let Some((index, character)) = part.char_indices().find(|(_, c)| c.is_control()) else {
        return Ok(());
    };
    let begin = decoded.find(part).unwrap_or_default();
    let place = source(text, begin.saturating_add(index));
    Err(KeyUriError::Character { character, at: at.saturating_add(place) })
}

/// Returns the place in an encoded text from which the decoded byte with this index came.
fn source(text: &str, index: usize) -> usize {
    units(text).flatten().nth(index).map_or(text.len(), |(place, _)| place)
}

/// The decoded bytes of a text with their places in it. An `Err` has the place and the byte of a
/// percent sign without two hexadecimal digits, or of a `#`.
fn units(text: &str) -> impl Iterator<Item = Result<(usize, u8), (usize, u8)>> {
    let mut rest = text.as_bytes();
    core::iter::from_fn(move || {
        while let [b'\t' | b'\n' | b'\r', after @ ..] = rest {
            rest = after;
        }
        let place = text.len().saturating_sub(rest.len());
        let (unit, after) = match rest {
            [] => return None,
            [b'%', high, low, after @ ..] => (hexadecimal(*high, *low).ok_or(b'%'), after),
            [byte @ (b'%' | b'#'), after @ ..] => (Err(*byte), after),
            [byte, after @ ..] => (Ok(*byte), after),
        };
        rest = after;
        Some(unit.map(|byte| (place, byte)).map_err(|byte| (place, byte)))
    })
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let (high, low) = (char::from(high).to_digit(16)?, char::from(low).to_digit(16)?);
    u8::try_from((high << 4) | low).ok()
}
