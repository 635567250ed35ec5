use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use crate::gateway::auth::key_text::decode_key;
use crate::gateway::request::render_error::RenderError;
use crate::gateway::request::scratch::Scratch;
use crate::gateway::request::value::ValueTemplate;
use crate::gateway::request::values::Values;
use crate::gateway::spec::{Auth, HashAlgorithm, HmacAuth, MacAlgorithm};

/// The function that makes a signature.
#[derive(Clone, Debug)]
pub(super) enum Signer {
    Hash(HashAlgorithm),
    Hmac {
        /// The first key. `None` in a check without values.
        key: Option<Box<SigningKey>>,
        /// The texts that make the key of a message, each signed with the key before.
        chain: Vec<ValueTemplate>,
        algorithm: MacAlgorithm,
    },
}

impl Signer {
    /// Signs a text for a message.
    pub(super) fn sign(&self, text: &str, values: &Values<'_>) -> Result<Vec<u8>, RenderError> {
        let (key, chain, algorithm) = match self {
            Self::Hash(algorithm) => return Ok(digest(*algorithm, text.as_bytes())),
            Self::Hmac { key, chain, algorithm } => (key, chain, algorithm),
        };
        // Only a check without values has no key, and it signs nothing.
        let Some(first) = key else { return Ok(Vec::new()) };
        let mut current: Option<SigningKey> = None;
        for link in chain {
            let mut scratch = Scratch::default();
            // `compile` rejects variables that may be absent.
            let text = link.render(values, &mut scratch)?.unwrap_or_default();
            let next = Zeroizing::new(current.as_ref().unwrap_or(first).sign(text.as_bytes()));
            let refuse = || RenderError::new(link.path(), "the key is not valid for the hash");
            current = Some(SigningKey::of(*algorithm, &next).ok_or_else(refuse)?);
        }
        Ok(current.as_ref().unwrap_or(first).sign(text.as_bytes()))
    }
}

/// Signs a text with a key and its chain, as a gateway does that verifies a signature.
pub(in crate::gateway) fn sign_with(
    auth: &Auth,
    keys: &[Zeroizing<String>],
    text: &str,
) -> Option<Vec<u8>> {
    match auth {
        Auth::Hash(auth) => Some(digest(auth.algorithm, text.as_bytes())),
        Auth::Hmac(auth) => {
            let (first, chain) = keys.split_first()?;
            let bytes = decode_key(first, auth.key_encoding, "auth.hmac.key").ok()?;
            let mut key = SigningKey::of(auth.algorithm, &bytes)?;
            for link in chain {
                let next = Zeroizing::new(key.sign(link.as_bytes()));
                key = SigningKey::of(auth.algorithm, &next)?;
            }
            Some(key.sign(text.as_bytes()))
        }
        _ => None,
    }
}

fn digest(algorithm: HashAlgorithm, bytes: &[u8]) -> Vec<u8> {
    match algorithm {
        HashAlgorithm::Md5 => Md5::digest(bytes).to_vec(),
        HashAlgorithm::Sha1 => Sha1::digest(bytes).to_vec(),
        HashAlgorithm::Sha256 => Sha256::digest(bytes).to_vec(),
        HashAlgorithm::Sha512 => Sha512::digest(bytes).to_vec(),
    }
}

/// A key, already absorbed by the hash.
#[derive(Clone)]
pub(super) enum SigningKey {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

impl SigningKey {
    pub(super) fn new(
        auth: &HmacAuth,
        leaf: &ValueTemplate,
        values: &Values<'_>,
    ) -> Result<Self, RenderError> {
        let mut scratch = Scratch::default();
        let text = leaf.render(values, &mut scratch)?.unwrap_or_default();
        let bytes = decode_key(&text, auth.key_encoding, leaf.path())?;
        let refuse = || RenderError::new(leaf.path(), "the key is not valid for the hash");
        Self::of(auth.algorithm, &bytes).ok_or_else(refuse)
    }

    fn of(algorithm: MacAlgorithm, bytes: &[u8]) -> Option<Self> {
        Some(match algorithm {
            MacAlgorithm::Sha1 => Self::Sha1(Hmac::new_from_slice(bytes).ok()?),
            MacAlgorithm::Sha256 => Self::Sha256(Hmac::new_from_slice(bytes).ok()?),
            MacAlgorithm::Sha512 => Self::Sha512(Hmac::new_from_slice(bytes).ok()?),
        })
    }

    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        // A copy of the state with the absorbed key, so that the key is not hashed for each
        // message.
        match self.clone() {
            Self::Sha1(mac) => mac.chain_update(bytes).finalize().into_bytes().to_vec(),
            Self::Sha256(mac) => mac.chain_update(bytes).finalize().into_bytes().to_vec(),
            Self::Sha512(mac) => mac.chain_update(bytes).finalize().into_bytes().to_vec(),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}
