use zeroize::Zeroize;

use crate::otp::hmac::{Hash, Keyed};
use crate::otp::key::Key;
use crate::otp::truncate::truncate;

/// Returns the truncated HMAC of a message of any length.
pub(super) fn value(key: &Key, message: &[u8]) -> u32 {
    match key {
        Key::Sha1(keyed) => value_by(keyed, message),
        Key::Sha256(keyed) => value_by(keyed, message),
        Key::Sha512(keyed) => value_by(keyed, message),
    }
}

fn value_by<H: Hash>(keyed: &Keyed<H>, message: &[u8]) -> u32 {
    // The state after the block of the padded key. The message continues from there.
    let mut digest = keyed.inner;
    let mut block = H::ZERO;
    let size = block.as_ref().len();
    let mut rest = message;
    while let Some((chunk, behind)) = rest.split_at_checked(size) {
        copy(chunk, &mut block);
        H::compress(&mut digest, &block);
        rest = behind;
    }
    // The padding: a one bit, zeros, and the length in bits of the block of the key and of the
    // message (FIPS 180-4 §5.1).
    block = H::ZERO;
    copy(rest, &mut block);
    if let Some(place) = block.as_mut().get_mut(rest.len()) {
        *place = 0x80;
    }
    // The length takes the last 8 of 64 bytes, or the last 16 of 128. If the message leaves no room
    // for it, it goes into another block.
    if rest.len() >= size.saturating_sub(size >> 3) {
        H::compress(&mut digest, &block);
        block = H::ZERO;
    }
    let bits = size.saturating_add(message.len()).saturating_mul(8);
    // For SHA-512, the upper eight of the sixteen bytes stay zero.
    if let Some(place) = block.as_mut().last_chunk_mut() {
        *place = u64::try_from(bits).unwrap_or_default().to_be_bytes();
    }
    H::compress(&mut digest, &block);

    block = H::DIGEST;
    H::write(&digest, &mut block);
    let mut state = keyed.outer;
    H::compress(&mut state, &block);
    let (words, last) = H::words(&state);
    block.as_mut().zeroize();
    digest.zeroize();
    state.zeroize();
    truncate(words, last)
}

fn copy(bytes: &[u8], block: &mut impl AsMut<[u8]>) {
    block.as_mut().iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
}
