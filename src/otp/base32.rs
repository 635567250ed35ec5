//! Base32 (RFC 4648 §6): reads the spellings of people, writes the canonical form.

use alloc::string::String;
use alloc::vec::Vec;

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use super::secret_error::SecretError;
use crate::pasted::{Pasted, clean};
use crate::secret::decode_wiped;

/// Encodes in upper case without padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes)
}

/// Decodes either case, with white space, invisible characters, dashes and padding.
///
/// Non-zero bits after the last byte are an error. Accepting such bits would give one secret two
/// texts, and hide a mistyped character.
pub(super) fn decode(text: &str) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let mut cleaned = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut padding = None;
    for Pasted { position, character, plain } in clean(text) {
        match (plain, padding) {
            ('-', _) => {}
            ('=', _) => padding = padding.or(Some(position)),
            // Padding is accepted at the end only.
            (_, Some(position)) => {
                return Err(SecretError::Character { character: '=', position });
            }
            ('A'..='Z' | 'a'..='z' | '2'..='7', None) => {
                // Such a character is ASCII, so this always adds one byte.
                cleaned.extend(u8::try_from(plain.to_ascii_uppercase()));
            }
            _ => return Err(SecretError::Character { character, position }),
        }
    }
    decode_wiped(&BASE32_NOPAD, &cleaned).ok_or(SecretError::Base32)
}
