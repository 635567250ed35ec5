//! Base32 (RFC 4648 §6): reads the spellings of people, writes the canonical form.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use data_encoding::{BASE32_NOPAD, Encoding};
use zeroize::Zeroizing;

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
    wiping(&BASE32_NOPAD, &cleaned)
}

/// Decodes into memory that is wiped even if the text is invalid. When the error is found, the
/// buffer may already hold most of a secret.
pub(super) fn wiping(encoding: &Encoding, text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; encoding.decode_len(text.len()).ok()?]);
    let length = encoding.decode_mut(text, &mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}
