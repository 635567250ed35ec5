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
use crate::gateway::spec::{JwtAlgorithm, ReportKey};
use crate::mac_key::MacKey;
use crate::secret::SecretBytes;

/// The key that verifies tokens of one algorithm.
#[derive(Clone, Debug)]
pub(super) enum TokenKey {
    Public(PublicKey),
    Secret(Box<MacKey>),
}

impl TokenKey {
    /// Reads the key for each of the algorithms. Returns no keys without values.
    pub(super) fn compile(
        key: &ReportKey,
        algorithms: &[JwtAlgorithm],
        path: &str,
        vars: &ReportVars<'_>,
    ) -> Result<Vec<(JwtAlgorithm, Self)>, SpecError> {
        let is_public = algorithms.iter().any(|algorithm| PublicKeyKind::of(*algorithm).is_some());
        if is_public && !matches!(key, ReportKey::Text(_)) {
            let problem = "a public key is a text in PEM";
            return Err(SpecError::new(path, problem, "write it as a string"));
        }
        let Some(bytes) = read_key(vars, key, path, !is_public)? else { return Ok(Vec::new()) };
        let keys = algorithms.iter().map(|algorithm| {
            let key = match (PublicKeyKind::of(*algorithm), algorithm.function()) {
                (Some(kind), _) => Self::Public(PublicKey::parse(kind, &bytes, path)?),
                (None, Some(function)) => {
                    let key = MacKey::new(function, &bytes).map(|key| Self::Secret(Box::new(key)));
                    let refuse = || SpecError::new(path, "the key is not valid", "copy it again");
                    key.ok_or_else(refuse)?
                }
                (None, None) => {
                    return Err(SpecError::new(path, "the algorithm is unknown", "use HS256"));
                }
            };
            Ok((*algorithm, key))
        });
        keys.collect()
    }

    /// Signs a text, with the private key if the key here is its public one.
    pub(super) fn sign(&self, text: &[u8], private: Option<&PrivateReportKey>) -> Option<Vec<u8>> {
        match self {
            Self::Public(_) => private?.sign(text),
            Self::Secret(key) => Some(key.sign(text)),
        }
    }

    pub(super) fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Public(key) => key.verifies(signed, signature),
            // Compared in constant time.
            Self::Secret(key) => SecretBytes::new(key.sign(signed)) == SecretBytes::new(signature),
        }
    }
}
