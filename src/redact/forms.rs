//! The forms in which a secret appears in a request or a response.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use data_encoding::{BASE64, BASE64URL, HEXLOWER, HEXUPPER};

use crate::percent::{AsciiSet, NON_ALPHANUMERIC, RESERVED, percent_encode};

/// All but what an HTML form keeps (WHATWG URL §5.2).
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// Returns the secret as it is, and in each encoding.
pub(super) fn all(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    // Some gateways take and repeat a UCS-2 text as hexadecimal UTF-16BE.
    let utf16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut forms = vec![secret.to_owned()];
    for bytes in [bytes, &utf16] {
        forms.extend([HEXLOWER.encode(bytes), HEXUPPER.encode(bytes)]);
    }
    // Both cases of the digits in an escape mean the same (RFC 3986 §2.1).
    for upper in [true, false] {
        // As in RFC 3986, as in an HTML form, and with everything encoded but letters and digits.
        forms.push(percent(bytes, RESERVED, false, upper));
        forms.push(percent(bytes, FORM, true, upper));
        forms.push(percent(bytes, NON_ALPHANUMERIC, false, upper));
    }
    forms.push(json(secret, false));
    forms.push(json(secret, true));
    forms.push(xml(secret, false));
    forms.push(xml(secret, true));
    forms.extend(base64(bytes));
    forms
}

fn percent(bytes: &[u8], encoded: &'static AsciiSet, plus: bool, upper: bool) -> String {
    let mut text = String::new();
    for piece in percent_encode(bytes, encoded) {
        match piece {
            "%20" if plus => text.push('+'),
            // Only an escape contains a percent sign.
            piece if !upper && piece.starts_with('%') => text.push_str(&piece.to_lowercase()),
            piece => text.push_str(piece),
        }
    }
    text
}

/// Returns the inside of a JSON string (RFC 8259 §7). Some writers escape everything beyond ASCII
/// and the slash as well, which `strict` does.
fn json(secret: &str, strict: bool) -> String {
    let mut text = String::new();
    for c in secret.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '/' if strict => text.push_str("\\/"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c if c.is_control() || (strict && !c.is_ascii()) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => text.push(c),
        }
    }
    text
}

/// Returns a text or the value of an attribute in XML (XML 1.0 §2.4).
fn xml(secret: &str, in_attribute: bool) -> String {
    let text = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if in_attribute { text.replace('"', "&quot;").replace('\'', "&apos;") } else { text }
}

/// Returns the base64 of the secret, and its part of a longer base64 text.
///
/// Base64 encodes three bytes at a time, so a secret inside a longer text begins at one of three
/// places in such a group. Its base64 is different for each of them.
fn base64(bytes: &[u8]) -> impl Iterator<Item = String> {
    let mut forms = Vec::new();
    for (encoding, pad) in [(BASE64, '='), (BASE64URL, '=')] {
        forms.push(encoding.encode(bytes));
        forms.push(encoding.encode(bytes).trim_end_matches(pad).to_owned());
        for skipped in 1..=2_usize {
            let zeros: &[u8] = if skipped == 1 { &[0] } else { &[0, 0] };
            let shifted = [zeros, bytes].concat();
            let whole = encoding.encode(&shifted).trim_end_matches(pad).to_owned();
            // The characters at both ends also hold bits of the neighbouring bytes, so they are
            // left out.
            let first = if skipped == 1 { 2 } else { 3 };
            let last = usize::from(!shifted.len().is_multiple_of(3));
            let inner = whole.get(first..whole.len().saturating_sub(last)).unwrap_or_default();
            forms.push(inner.to_owned());
        }
        // At the start of a group, only the last character is shared with the bytes that follow.
        let aligned = encoding.encode(bytes).trim_end_matches(pad).to_owned();
        let last = usize::from(!bytes.len().is_multiple_of(3));
        forms
            .push(aligned.get(..aligned.len().saturating_sub(last)).unwrap_or_default().to_owned());
    }
    forms.into_iter()
}
