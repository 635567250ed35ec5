use alloc::vec;
use alloc::vec::Vec;

use data_encoding::Encoding;
use zeroize::Zeroizing;

/// Decodes into memory that is wiped even if the text is invalid. When the error is found, the
/// buffer may already hold most of a secret.
pub(crate) fn decode_wiped(encoding: &Encoding, text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; encoding.decode_len(text.len()).ok()?]);
    let length = encoding.decode_mut(text, &mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}
