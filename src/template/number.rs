use alloc::string::{String, ToString};

use sha2::{Digest, Sha256};

/// Returns a positive whole number below 2^63 for an id. Gateways keep such ids in a signed integer
/// of 64 bits.
pub(super) fn of_id(id: &str) -> String {
    let hash = Sha256::digest(id.as_bytes());
    let bytes: [u8; 8] = hash.first_chunk().copied().unwrap_or_default();
    let number = u64::from_be_bytes(bytes) >> 1;
    // Zero often means that there is no id.
    number.max(1).to_string()
}

/// Returns whether a text is a number of JSON (RFC 8259 §6).
pub(super) fn is_json(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let exponent = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    are_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(are_digits)
        && exponent.is_none_or(are_digits)
}
