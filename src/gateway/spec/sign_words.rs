//! The algorithms and encodings of signatures.

use serde::Deserialize;

use crate::mac_key::HashFunction;

/// The hash function of a [`HashAuth`](super::HashAuth): `md5`, `sha1`, `sha256` or `sha512` in
/// TOML.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// MD5, which is broken for other purposes. Some gateways accept nothing else.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

words! {
    HashAlgorithm, "algorithm":
    Md5 = "md5",
    Sha1 = "sha1",
    Sha256 = "sha256",
    Sha512 = "sha512",
}

display_word!(HashAlgorithm);

impl HashAlgorithm {
    pub(in crate::gateway) const fn function(self) -> HashFunction {
        match self {
            Self::Md5 => HashFunction::Md5,
            Self::Sha1 => HashFunction::Sha1,
            Self::Sha256 => HashFunction::Sha256,
            Self::Sha512 => HashFunction::Sha512,
        }
    }
}

/// The hash function of an HMAC signature: `sha1`, `sha256` or `sha512` in TOML. Defaults to
/// SHA-256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum MacAlgorithm {
    /// SHA-1, which is still secure in an HMAC.
    Sha1,
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-512.
    Sha512,
}

words! {
    MacAlgorithm, "algorithm":
    Sha1 = "sha1",
    Sha256 = "sha256",
    Sha512 = "sha512",
}

display_word!(MacAlgorithm);

impl MacAlgorithm {
    pub(in crate::gateway) const fn function(self) -> HashFunction {
        match self {
            Self::Sha1 => HashFunction::Sha1,
            Self::Sha256 => HashFunction::Sha256,
            Self::Sha512 => HashFunction::Sha512,
        }
    }
}

/// The encoding of a key or a signature: `base64` or `hex` in TOML, or `text` for a key.
///
/// [`HmacAuth`](super::HmacAuth) uses text for keys and hexadecimal for signatures by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum MacEncoding {
    /// Base64 with the standard alphabet and with padding (RFC 4648 §4). Building the gateway fails
    /// for a key in another form, such as the URL-safe alphabet.
    Base64,
    /// Hexadecimal: signatures in lower case, keys in either case.
    #[default]
    Hex,
    /// The bytes of the text, without an encoding. It is an error for a signature.
    Text,
}

words! {
    MacEncoding, "encoding":
    Base64 = "base64",
    Hex = "hex",
    Text = "text",
}

display_word!(MacEncoding);
