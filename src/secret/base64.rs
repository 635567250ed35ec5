use alloc::vec::Vec;

use data_encoding::BASE64_NOPAD;
use zeroize::Zeroizing;

use super::SecretBytes;
use super::decode::decode_wiped;

/// Decodes base64 in either alphabet, with or without padding.
pub(crate) fn decode_base64(text: &str) -> Option<SecretBytes> {
    let standard = |byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        byte => byte,
    };
    let text = text.trim_end_matches('=');
    // With room for everything: a buffer that grows leaves a part of the secret behind.
    let mut dense = Zeroizing::new(Vec::with_capacity(text.len()));
    dense.extend(text.bytes().map(standard));
    let mut bytes = decode_wiped(&BASE64_NOPAD, &dense)?;
    Some(SecretBytes::new(core::mem::take(&mut *bytes)))
}
