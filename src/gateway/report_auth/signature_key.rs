use data_encoding::HEXLOWER;

use super::key_kind::PublicKeyKind;
#[cfg(not(feature = "signatures"))]
use super::no_private_key::NoReportKey as PrivateReportKey;
#[cfg(not(feature = "signatures"))]
use super::no_public_key::NoPublicKey as PublicKey;
#[cfg(feature = "signatures")]
use super::private_key::PrivateReportKey;
#[cfg(feature = "signatures")]
use super::public_key::PublicKey;
use super::secrets::read_key;
use super::vars::ReportVars;
use crate::gateway::error::SpecError;
use crate::gateway::spec::ReportKey;
use crate::mac_key::{HashFunction, MacKey};
use crate::secret::SecretBytes;

/// The kind of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignatureKind {
    Hash,
    Hmac,
    Public(PublicKeyKind),
}

/// The key that verifies signatures.
#[derive(Clone, Debug)]
pub(super) enum SignatureKey {
    /// The text contains the secret.
    Hash,
    /// A key for each hash function. Empty in a check without values.
    Hmac(Vec<(HashFunction, MacKey)>),
    /// `None` in a check without values.
    Public(Option<PublicKey>),
}

impl SignatureKey {
    pub(super) fn compile(
        key: Option<&ReportKey>,
        kind: SignatureKind,
        functions: impl Iterator<Item = HashFunction>,
        path: &str,
        vars: &ReportVars<'_>,
    ) -> Result<Self, SpecError> {
        let refuse = |problem: &str, hint: &str| Err(SpecError::new(path, problem, hint));
        let (key, public) = match (key, kind) {
            (None, SignatureKind::Hash) => return Ok(Self::Hash),
            (Some(_), SignatureKind::Hash) => {
                let hint = "put the secret into `sign`, or use `hmac`";
                return refuse("a plain hash has no key", hint);
            }
            (None, _) => return refuse("the key is missing", "write a variable of `[vars]`"),
            (Some(key), SignatureKind::Hmac) => (key, None),
            (Some(key), SignatureKind::Public(public)) => (key, Some(public)),
        };
        let Some(public) = public else {
            let Some(bytes) = read_key(vars, key, path, true)? else {
                return Ok(Self::Hmac(Vec::new()));
            };
            let keyed = functions.map(|function| Some((function, MacKey::new(function, &bytes)?)));
            let refuse = || SpecError::new(path, "the key is not valid", "copy it again");
            return keyed.collect::<Option<_>>().map(Self::Hmac).ok_or_else(refuse);
        };
        let key = match (public, key) {
            (PublicKeyKind::RawEd25519, ReportKey::Text(text)) => {
                &ReportKey::Base64 { text: text.clone(), strip: None }
            }
            (PublicKeyKind::RawEd25519, ReportKey::Base64 { .. }) | (_, ReportKey::Text(_)) => key,
            _ => {
                let hint = "write it as a string";
                return refuse("a public key is a text in base64 or PEM", hint);
            }
        };
        let bytes = read_key(vars, key, path, false)?;
        let key = bytes.map(|bytes| PublicKey::parse(public, &bytes, path));
        Ok(Self::Public(key.transpose()?))
    }

    /// Signs a text, with the private key if the key here is its public one.
    pub(super) fn sign(
        &self,
        function: HashFunction,
        text: &[u8],
        private: Option<&PrivateReportKey>,
    ) -> Option<Vec<u8>> {
        match self {
            Self::Hash => Some(function.digest(text)),
            Self::Hmac(keys) => {
                let (_, key) = keys.iter().find(|(known, _)| *known == function)?;
                Some(key.sign(text))
            }
            Self::Public(_) => private?.sign(text),
        }
    }

    /// Returns the value by which a signature of the text is known, if one of them is valid.
    pub(super) fn matches(
        &self,
        function: HashFunction,
        text: &[u8],
        signatures: &[Vec<u8>],
    ) -> Option<String> {
        let expected = match self {
            Self::Hash => function.digest(text),
            Self::Hmac(keys) => {
                let (_, key) = keys.iter().find(|(known, _)| *known == function)?;
                key.sign(text)
            }
            Self::Public(key) => {
                let key = key.as_ref()?;
                let is_valid = signatures.iter().any(|signature| key.verifies(text, signature));
                // A text can have several valid signatures, so the text is what is known.
                let known = || HEXLOWER.encode(&HashFunction::Sha256.digest(text));
                return is_valid.then(known);
            }
        };
        let expected = SecretBytes::new(expected);
        // Each comparison takes the same time. All are made, so that the time does not show which
        // one has matched.
        let is_one = |found: bool, signature: &Vec<u8>| {
            found | (SecretBytes::new(signature.as_slice()) == expected)
        };
        let is_valid = signatures.iter().fold(false, is_one);
        is_valid.then(|| HEXLOWER.encode(expected.expose()))
    }
}
