//! Base32 as people write it in, canonical out.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use data_encoding::{BASE32_NOPAD, Encoding};
use zeroize::Zeroizing;

/// Upper case without padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes)
}

/// `None` for a foreign character, an impossible length or non-zero bits behind the last byte:
/// reading those leniently would make two texts of one secret, and hide a mistyped character.
pub(super) fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut cleaned = Zeroizing::new(Vec::with_capacity(text.len()));
    let body = text.trim_end_matches([' ', '=']);
    cleaned
        .extend(body.bytes().filter(|b| !matches!(b, b' ' | b'-')).map(|b| b.to_ascii_uppercase()));
    wiping(&BASE32_NOPAD, &cleaned)
}

/// Decodes into memory that is wiped also where the text turns out to be none: all but the end of a secret may stand there by then.
pub(super) fn wiping(encoding: &Encoding, text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; encoding.decode_len(text.len()).ok()?]);
    let length = encoding.decode_mut(text, &mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}
