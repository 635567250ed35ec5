use std::ops::Deref;

use zeroize::Zeroizing;

use super::gsm7::gsm7_bytes;
use super::spec::{Charset, RequestSpec};
use super::value::{RenderError, ValueTemplate};
use crate::template::Filter;
use crate::wiped::Wiped;

/// How values become bytes, before any percent-encoding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Encoding {
    pub(super) charset: Charset,
    pub(super) replacement: Option<char>,
}

impl Charset {
    /// Returns the bytes of a message's text in this charset, or `None` if the charset lacks one of
    /// its characters.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateway::Charset;
    ///
    /// assert_eq!(Charset::Latin1.encode_text("é"), Some(vec![0xe9]));
    /// assert_eq!(Charset::Gsm7.encode_text("@ €"), Some(vec![0x00, 0x20, 0x1b, 0x65]));
    /// assert_eq!(Charset::Gsm7.encode_text("ж"), None);
    /// ```
    #[must_use]
    pub fn encode_text(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Gsm7 => {
                let mut bytes = Vec::new();
                for c in text.chars() {
                    bytes.extend(gsm7_bytes(c)?);
                }
                Some(bytes)
            }
            Self::Latin1 => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
            Self::Utf16BeHex => {
                Filter::Utf16Hex.apply(text.into()).ok().map(|hex| hex.into_owned().into_bytes())
            }
            Self::Utf8 => Some(text.as_bytes().to_vec()),
        }
    }
}

/// The bytes of a value. A copy is wiped.
pub(super) enum Encoded<'v> {
    Borrowed(&'v [u8]),
    Own(Zeroizing<Vec<u8>>),
}

impl Deref for Encoded<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Own(bytes) => bytes,
        }
    }
}

impl Encoding {
    pub(super) const fn of(request: &RequestSpec) -> Self {
        Self { charset: request.charset, replacement: request.replacement }
    }

    /// The bytes of a value. A character that the charset does not have is replaced, or an error.
    pub(super) fn encode<'v>(
        self,
        value: &'v str,
        leaf: &ValueTemplate,
    ) -> Result<Encoded<'v>, RenderError> {
        // The hexadecimal charset has turned the text into ASCII by a filter already.
        let is_utf8 = match self.charset {
            Charset::Gsm7 => !leaf.holds_text,
            Charset::Latin1 => value.is_ascii(),
            Charset::Utf8 | Charset::Utf16BeHex => true,
        };
        if is_utf8 {
            return Ok(Encoded::Borrowed(value.as_bytes()));
        }
        // Only a text: a password with a character replaced is another password.
        let replacement = self.replacement.filter(|_| leaf.holds_text);
        // No character of one byte takes more than two in any of the charsets, and none of the others more than it has.
        let mut bytes = Zeroizing::new(Vec::with_capacity(value.len().saturating_mul(2)));
        for c in value.chars() {
            let mut candidates = [Some(c), replacement].into_iter().flatten();
            let known = match self.charset {
                Charset::Gsm7 => candidates.find_map(gsm7_bytes).map(|units| bytes.extend(units)),
                _ => candidates
                    .find_map(|c| u8::try_from(u32::from(c)).ok())
                    .map(|byte| bytes.push(byte)),
            };
            known.ok_or_else(|| {
                RenderError::new(leaf.path(), "a character is not in the charset")
            })?;
        }
        Ok(Encoded::Own(bytes))
    }

    /// Markup that was escaped already. What the charset does not have becomes a reference.
    pub(super) fn markup(self, text: &str) -> Encoded<'_> {
        if self.charset != Charset::Latin1 || text.is_ascii() {
            return Encoded::Borrowed(text.as_bytes());
        }
        let references = text.chars().filter(|c| u32::from(*c) > 0xff).count();
        // `&#1114111;` is the longest.
        let room = text.len().saturating_add(references.saturating_mul(10));
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        for c in text.chars() {
            match u8::try_from(u32::from(c)) {
                Ok(byte) => bytes.push(byte),
                Err(_) => bytes.extend(format!("&#{};", u32::from(c)).into_bytes()),
            }
        }
        Encoded::Own(bytes)
    }
}

/// Percent-encodes every byte that `keep` does not name.
pub(super) fn percent_encode(out: &mut Wiped, bytes: &[u8], keep: impl Fn(u8) -> bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let hex = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| !keep(*byte)) {
        let Some((kept, [byte, behind @ ..])) = rest.split_at_checked(at) else { break };
        out.extend_from_slice(kept);
        out.extend_from_slice(&[b'%', hex(byte >> 4), hex(byte & 0x0f)]);
        rest = behind;
    }
    out.extend_from_slice(rest);
}

/// RFC 3986 §2.3: what never needs encoding, and what no server treats as anything but itself.
pub(super) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// A form's name or value (WHATWG URL §5.2): a space is `+`, and `*-._` stay.
pub(super) fn form_encode(out: &mut Wiped, bytes: &[u8]) {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'-' | b'.' | b'_');
    out.reserve(bytes.len());
    for (at, word) in bytes.split(|byte| *byte == b' ').enumerate() {
        if at > 0 {
            out.push(b'+');
        }
        percent_encode(out, word, keep);
    }
}
