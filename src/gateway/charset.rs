use std::borrow::Cow;

use super::spec::Charset;

/// Turns a value into the bytes of the charset, before any percent-encoding; `None` when a character is not in it and
/// there is no replacement.
pub(super) fn encode(
    value: &str,
    charset: Charset,
    replacement: Option<char>,
) -> Option<Cow<'_, [u8]>> {
    if charset != Charset::Latin1 || value.is_ascii() {
        // The hexadecimal charset has turned the text into ASCII by a filter already.
        return Some(value.as_bytes().into());
    }
    let byte = |c: char| u8::try_from(u32::from(c)).ok();
    value
        .chars()
        .map(|c| byte(c).or_else(|| replacement.and_then(byte)))
        .collect::<Option<Vec<u8>>>()
        .map(Cow::Owned)
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
