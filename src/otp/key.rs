use core::fmt;

use hmac::digest::Digest;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroize;

use super::algorithm::Algorithm;
use super::code::Code;
use super::digits::Digits;
use super::secret::Secret;

/// A key made ready once: HMAC's inner and outer states after the padded key, so that a code costs
/// two compressions and not four.
#[derive(Clone)]
pub(super) enum Key {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

impl Key {
    pub(super) fn new(secret: &Secret, algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha1 => Self::Sha1(keyed::<_, Sha1>(secret)),
            Algorithm::Sha256 => Self::Sha256(keyed::<_, Sha256>(secret)),
            Algorithm::Sha512 => Self::Sha512(keyed::<_, Sha512>(secret)),
        }
    }

    pub(super) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Sha1(_) => Algorithm::Sha1,
            Self::Sha256(_) => Algorithm::Sha256,
            Self::Sha512(_) => Algorithm::Sha512,
        }
    }

    /// `Truncate(HMAC(K, C))`, RFC 4226 §5.3.
    pub(super) fn code(&self, counter: u64, digits: Digits) -> Code {
        let value = match self {
            Self::Sha1(mac) => truncate(mac, counter),
            Self::Sha256(mac) => truncate(mac, counter),
            Self::Sha512(mac) => truncate(mac, counter),
        };
        Code::from_value(digits.remainder(value), digits)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, ***)", self.algorithm())
    }
}

/// Pads the key to HMAC's block ourselves (RFC 2104 §2), so that there is no error to handle: a key that
/// is longer than the block is hashed first.
fn keyed<M: KeyInit, D: Digest>(secret: &Secret) -> M {
    let mut block = hmac::digest::Key::<M>::default();
    if secret.expose().len() > block.len() {
        let mut hashed = D::digest(secret.expose());
        fill(&mut block, &hashed);
        hashed.zeroize();
    } else {
        fill(&mut block, secret.expose());
    }
    let mac = M::new(&block);
    block.zeroize();
    mac
}

fn fill(block: &mut [u8], bytes: &[u8]) {
    for (place, byte) in block.iter_mut().zip(bytes) {
        *place = *byte;
    }
}

/// Dynamic truncation: the low nibble of the last byte says where the four bytes begin.
fn truncate<M: Mac + Clone>(mac: &M, counter: u64) -> u32 {
    let mut mac = mac.clone();
    mac.update(&counter.to_be_bytes());
    let mut digest = mac.finalize().into_bytes();
    let offset = digest.last().map_or(0, |last| last & 0x0f);

    // Every window of four is read and all but one masked away: an index made from the digest would
    // show in the cache which one it was.
    let mut word = 0_u32;
    for (at, window) in (0_u8..16).zip(digest.windows(4)) {
        let here = window.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
        word |= here & mask(at, offset);
    }
    digest.zeroize();
    // RFC 4226 §5.3 masks the top bit so that signed and unsigned machines agree on the remainder.
    word & 0x7fff_ffff
}

/// All ones where `at` is `offset`, else zero, without a branch. Both are below 16.
const fn mask(at: u8, offset: u8) -> u32 {
    let difference = (at ^ offset) as u32;
    // Zero minus one borrows through all bits; any other value below 16 leaves the top bits clear.
    let borrow = difference.wrapping_sub(1) >> 31;
    0_u32.wrapping_sub(borrow)
}
