//! Base32 as people write it in, canonical out.

use alloc::string::String;
use alloc::vec::Vec;

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

/// Upper case without padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes)
}

/// `None` for a foreign character, an impossible length or non-zero bits behind the last byte:
/// reading those leniently would make two texts of one secret, and hide a mistyped character.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut cleaned = Zeroizing::new(Vec::with_capacity(text.len()));
    let body = text.trim_end_matches([' ', '=']);
    cleaned
        .extend(body.bytes().filter(|b| !matches!(b, b' ' | b'-')).map(|b| b.to_ascii_uppercase()));
    BASE32_NOPAD.decode(&cleaned).ok()
}
