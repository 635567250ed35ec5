use zeroize::Zeroize;

use crate::otp::algorithm::Algorithm;
use crate::otp::keyed::{Hash, Keyed, Sha1, Sha256, Sha512};
use crate::otp::secret::Secret;
use crate::otp::truncate::truncate;

/// A key made ready for messages of any length.
#[derive(Clone)]
pub(super) enum Mac {
    Sha1(Keyed<Sha1>),
    Sha256(Keyed<Sha256>),
    Sha512(Keyed<Sha512>),
}

impl Mac {
    pub(super) fn new(secret: &Secret, algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha1 => Self::Sha1(Keyed::new(secret.expose())),
            Algorithm::Sha256 => Self::Sha256(Keyed::new(secret.expose())),
            Algorithm::Sha512 => Self::Sha512(Keyed::new(secret.expose())),
        }
    }

    /// The truncated HMAC of a message.
    pub(super) fn value(&self, message: &[u8]) -> u32 {
        match self {
            Self::Sha1(keyed) => value(keyed, message),
            Self::Sha256(keyed) => value(keyed, message),
            Self::Sha512(keyed) => value(keyed, message),
        }
    }
}

fn value<H: Hash>(keyed: &Keyed<H>, message: &[u8]) -> u32 {
    let mut block = H::ZERO;
    let size = block.as_ref().len();
    let mut digest = keyed.inner;
    let (mut rest, mut ended) = (message, false);
    while let Some((chunk, behind)) = rest.split_at_checked(size) {
        copy(chunk, &mut block);
        H::compress(&mut digest, &block);
        rest = behind;
    }
    // A one, zeros, and the length of the block of the key and of the message, in bits (FIPS 180-4 §5.1).
    block = H::ZERO;
    copy(rest, &mut block);
    if let Some(place) = block.as_mut().get_mut(rest.len()) {
        *place = 0x80;
    }
    while !ended {
        // Of 64 bytes the last 8 are the length, of 128 the last 16.
        ended = rest.len() < size.saturating_sub(size >> 3);
        if ended {
            let bits = size.saturating_add(message.len()).saturating_mul(8);
            if let Some(place) = block.as_mut().last_chunk_mut() {
                *place = u64::try_from(bits).unwrap_or_default().to_be_bytes();
            }
        }
        H::compress(&mut digest, &block);
        block = H::ZERO;
        rest = &[];
    }
    block = H::DIGEST;
    H::write(&digest, &mut block);
    let mut state = keyed.outer;
    H::compress(&mut state, &block);
    block.zeroize();
    let (words, last) = H::words(&state);
    truncate(words, last)
}

fn copy(bytes: &[u8], block: &mut impl AsMut<[u8]>) {
    block.as_mut().iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
}
