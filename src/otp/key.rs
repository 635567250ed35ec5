use core::fmt;

use super::algorithm::Algorithm;
use super::hmac::{Keyed, Sha1, Sha256, Sha512};
use super::secret::Secret;

/// A key that was prepared once, for one of the hashes.
#[derive(Clone)]
pub(super) enum Key {
    Sha1(Keyed<Sha1>),
    Sha256(Keyed<Sha256>),
    Sha512(Keyed<Sha512>),
}

impl Key {
    pub(super) fn new(secret: &Secret, algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha1 => Self::Sha1(Keyed::new(secret.expose())),
            Algorithm::Sha256 => Self::Sha256(Keyed::new(secret.expose())),
            Algorithm::Sha512 => Self::Sha512(Keyed::new(secret.expose())),
        }
    }

    pub(super) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Sha1(_) => Algorithm::Sha1,
            Self::Sha256(_) => Algorithm::Sha256,
            Self::Sha512(_) => Algorithm::Sha512,
        }
    }

    /// Returns `Truncate(HMAC(K, C))` of RFC 4226 §5.3: 31 bits.
    pub(super) fn value(&self, counter: u64) -> u32 {
        let [value] = match self {
            Self::Sha1(keyed) => keyed.values([counter]),
            Self::Sha256(keyed) => keyed.values([counter]),
            Self::Sha512(keyed) => keyed.values([counter]),
        };
        value
    }

    /// Calls `see` with each counter from `first` to `last` and its value. `first` is always
    /// computed.
    pub(super) fn each(&self, first: u64, last: u64, see: impl FnMut(u64, u32)) {
        match self {
            Self::Sha1(keyed) => keyed.each(first, last, see),
            Self::Sha256(keyed) => keyed.each(first, last, see),
            Self::Sha512(keyed) => keyed.each(first, last, see),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, ***)", self.algorithm())
    }
}
