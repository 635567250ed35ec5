use alloc::string::String;

use data_encoding::BASE64_NOPAD;
use zeroize::Zeroizing;

use super::SecretBytes;

/// Decodes base64 in either alphabet, with or without padding.
pub(crate) fn decode_base64(text: &str) -> Option<SecretBytes> {
    let standard = |c| match c {
        '-' => '+',
        '_' => '/',
        c => c,
    };
    let dense: Zeroizing<String> =
        Zeroizing::new(text.trim_end_matches('=').chars().map(standard).collect());
    BASE64_NOPAD.decode(dense.as_bytes()).ok().map(SecretBytes::new)
}
