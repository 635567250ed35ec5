use zeroize::Zeroizing;

use crate::gateway::auth::key_text::decode_key;
use crate::gateway::request::render_error::RenderError;
use crate::gateway::request::scratch::Scratch;
use crate::gateway::request::value::ValueTemplate;
use crate::gateway::request::values::Values;
use crate::gateway::spec::{Auth, HashAlgorithm, HmacAuth, MacAlgorithm};
use crate::mac_key::MacKey;

/// The function that makes a signature.
#[derive(Clone, Debug)]
pub(super) enum Signer {
    Hash(HashAlgorithm),
    Hmac {
        /// The first key. `None` in a check without values.
        key: Option<Box<MacKey>>,
        /// The texts that make the key of a message, each signed with the key before.
        chain: Vec<ValueTemplate>,
        algorithm: MacAlgorithm,
    },
}

impl Signer {
    /// Signs a text for a message.
    pub(super) fn sign(&self, text: &str, values: &Values<'_>) -> Result<Vec<u8>, RenderError> {
        let (key, chain, algorithm) = match self {
            Self::Hash(algorithm) => return Ok(algorithm.function().digest(text.as_bytes())),
            Self::Hmac { key, chain, algorithm } => (key, chain, algorithm),
        };
        // Only a check without values has no key, and it signs nothing.
        let Some(first) = key else { return Ok(Vec::new()) };
        let mut current: Option<MacKey> = None;
        for link in chain {
            let mut scratch = Scratch::default();
            // `compile` rejects variables that may be absent.
            let text = link.render(values, &mut scratch)?.unwrap_or_default();
            let next = Zeroizing::new(current.as_ref().unwrap_or(first).sign(text.as_bytes()));
            let refuse = || RenderError::new(link.path(), "the key is not valid for the hash");
            current = Some(MacKey::new(algorithm.function(), &next).ok_or_else(refuse)?);
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
        Auth::Hash(auth) => Some(auth.algorithm.function().digest(text.as_bytes())),
        Auth::Hmac(auth) => {
            let (first, chain) = keys.split_first()?;
            let bytes = decode_key(first, auth.key_encoding, "auth.hmac.key").ok()?;
            let mut key = MacKey::new(auth.algorithm.function(), &bytes)?;
            for link in chain {
                let next = Zeroizing::new(key.sign(link.as_bytes()));
                key = MacKey::new(auth.algorithm.function(), &next)?;
            }
            Some(key.sign(text.as_bytes()))
        }
        _ => None,
    }
}

/// Reads the first key of a signature, and lets the hash absorb it.
pub(super) fn read_key(
    auth: &HmacAuth,
    leaf: &ValueTemplate,
    values: &Values<'_>,
) -> Result<MacKey, RenderError> {
    let mut scratch = Scratch::default();
    let text = leaf.render(values, &mut scratch)?.unwrap_or_default();
    let bytes = decode_key(&text, auth.key_encoding, leaf.path())?;
    let refuse = || RenderError::new(leaf.path(), "the key is not valid for the hash");
    MacKey::new(auth.algorithm.function(), &bytes).ok_or_else(refuse)
}
