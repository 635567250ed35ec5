use std::borrow::Cow;

use super::gsm7::gsm7_bytes;
use super::leaf::{Leaf, RenderError};
use super::spec::{Charset, RequestSpec};

/// How values become bytes, before any percent-encoding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Encoding {
    pub(super) charset: Charset,
    pub(super) replacement: Option<char>,
}

impl Encoding {
    pub(super) const fn of(request: &RequestSpec) -> Self {
        Self { charset: request.charset, replacement: request.replacement }
    }

    /// The bytes of a value. A character that the charset does not have is replaced, or an error.
    pub(super) fn encode<'v>(
        self,
        value: &'v str,
        leaf: &Leaf,
    ) -> Result<Cow<'v, [u8]>, RenderError> {
        // The hexadecimal charset has turned the text into ASCII by a filter already.
        let is_utf8 = match self.charset {
            Charset::Gsm7 => !leaf.holds_text,
            Charset::Latin1 => value.is_ascii(),
            Charset::Utf8 | Charset::Utf16BeHex => true,
        };
        if is_utf8 {
            return Ok(value.as_bytes().into());
        }
        // Only a text: a password with a character replaced is another password.
        let replacement = self.replacement.filter(|_| leaf.holds_text);
        let mut bytes = Vec::with_capacity(value.len());
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
        Ok(bytes.into())
    }

    /// Markup that was escaped already. What the charset does not have becomes a reference.
    pub(super) fn markup(self, text: &str) -> Cow<'_, [u8]> {
        if self.charset != Charset::Latin1 || text.is_ascii() {
            return text.as_bytes().into();
        }
        let mut bytes = Vec::with_capacity(text.len());
        for c in text.chars() {
            match u8::try_from(u32::from(c)) {
                Ok(byte) => bytes.push(byte),
                Err(_) => bytes.extend(format!("&#{};", u32::from(c)).into_bytes()),
            }
        }
        bytes.into()
    }
}

/// Percent-encodes every byte that `keep` does not name.
pub(super) fn percent_encode(out: &mut Vec<u8>, bytes: &[u8], keep: impl Fn(u8) -> bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let hex = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
    out.reserve(bytes.len());
    for &byte in bytes {
        if keep(byte) {
            out.push(byte);
        } else {
            out.extend_from_slice(&[b'%', hex(byte >> 4), hex(byte & 0x0f)]);
        }
    }
}

/// RFC 3986 §2.3: what never needs encoding, and what no server treats as anything but itself.
pub(super) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// A form's name or value (WHATWG URL §5.2): a space is `+`, and `*-._` stay.
pub(super) fn form_encode(out: &mut Vec<u8>, bytes: &[u8]) {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'-' | b'.' | b'_');
    for (at, word) in bytes.split(|byte| *byte == b' ').enumerate() {
        if at > 0 {
            out.push(b'+');
        }
        percent_encode(out, word, keep);
    }
}
