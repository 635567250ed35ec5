use std::borrow::Cow;

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
        if self.charset != Charset::Latin1 || value.is_ascii() {
            // The hexadecimal charset has turned the text into ASCII by a filter already.
            return Ok(value.as_bytes().into());
        }
        // Only a text: a password with a character replaced is another password.
        let replacement = self.replacement.filter(|_| leaf.holds_text);
        let byte = |c: char| u8::try_from(u32::from(c)).ok();
        value
            .chars()
            .map(|c| byte(c).or_else(|| replacement.and_then(byte)))
            .collect::<Option<Vec<u8>>>()
            .map(Cow::Owned)
            .ok_or_else(|| RenderError::new(leaf.path(), "a character is not in the charset"))
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
