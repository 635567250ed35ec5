//! Base32 (RFC 4648 §6): reads the spellings of people, writes the canonical form.

use alloc::string::String;
use alloc::vec::Vec;

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use crate::secret::decode_wiped;

/// Encodes in upper case without padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes)
}

/// Decodes either case, with spaces, hyphens and padding.
///
/// Returns `None` for an invalid character, an impossible length or non-zero bits after the last
/// byte. Accepting such bits would give one secret two texts, and hide a mistyped character.
pub(super) fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut cleaned = Zeroizing::new(Vec::with_capacity(text.len()));
    // Padding is accepted at the end only. An equals sign elsewhere is an invalid character.
    let body = text.trim_end_matches([' ', '=']);
    cleaned
        .extend(body.bytes().filter(|b| !matches!(b, b' ' | b'-')).map(|b| b.to_ascii_uppercase()));
    decode_wiped(&BASE32_NOPAD, &cleaned)
}
