//! The hash functions of signatures, and keys of HMAC (RFC 2104).

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// A hash function that a gateway names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HashFunction {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl HashFunction {
    pub(crate) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Md5 => Md5::digest(bytes).to_vec(),
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

/// A key, already absorbed by the hash.
#[derive(Clone)]
pub(crate) enum MacKey {
    Md5(Hmac<Md5>),
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

impl MacKey {
    /// Returns `None` if the bytes are not a key of the hash.
    pub(crate) fn new(function: HashFunction, bytes: &[u8]) -> Option<Self> {
        Some(match function {
            HashFunction::Md5 => Self::Md5(Hmac::new_from_slice(bytes).ok()?),
            HashFunction::Sha1 => Self::Sha1(Hmac::new_from_slice(bytes).ok()?),
            HashFunction::Sha256 => Self::Sha256(Hmac::new_from_slice(bytes).ok()?),
            HashFunction::Sha384 => Self::Sha384(Hmac::new_from_slice(bytes).ok()?),
            HashFunction::Sha512 => Self::Sha512(Hmac::new_from_slice(bytes).ok()?),
        })
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        // A copy of the state with the absorbed key, so that the key is not hashed for each
        // message.
        match self.clone() {
            Self::Md5(mac) => mac.chain_update(bytes).finalize().into_bytes().to_vec(),
            Self::Sha1(mac) => mac.chain_update(bytes).finalize().into_bytes().to_vec(),
            Self::Sha256(mac) => mac.chain_update(bytes).finalize().into_bytes().to_vec(),
            Self::Sha384(mac) => mac.chain_update(bytes).finalize().into_bytes().to_vec(),
            Self::Sha512(mac) => mac.chain_update(bytes).finalize().into_bytes().to_vec(),
        }
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey(***)")
    }
}
