use data_encoding::HEXLOWER;
use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};

/// The hash function of a challenge, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DigestHash {
    Md5,
    Sha256,
    Sha512Slash256,
}

impl DigestHash {
    /// Returns the hash of a text in lower-case hexadecimal.
    pub(super) fn hex(self, text: &[u8]) -> String {
        match self {
            Self::Md5 => HEXLOWER.encode(&Md5::digest(text)),
            Self::Sha256 => HEXLOWER.encode(&Sha256::digest(text)),
            Self::Sha512Slash256 => HEXLOWER.encode(&Sha512_256::digest(text)),
        }
    }
}
