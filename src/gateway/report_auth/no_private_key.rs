use super::key_kind::PublicKeyKind;
use crate::gateway::error::SpecError;
use crate::secret::SecretString;

/// A private key that cannot exist, because the library was built without its algorithms.
pub(super) enum NoReportKey {}

impl NoReportKey {
    pub(super) fn generate(_: PublicKeyKind, path: &str) -> Result<SecretString, SpecError> {
        Err(unsupported(path))
    }

    pub(super) fn parse(_: PublicKeyKind, _: &str, path: &str) -> Result<Self, SpecError> {
        Err(unsupported(path))
    }

    pub(super) const fn public_text(&self) -> Option<String> {
        match *self {}
    }

    pub(super) const fn sign(&self, _: &[u8]) -> Option<Vec<u8>> {
        match *self {}
    }
}

fn unsupported(path: &str) -> SpecError {
    let problem = "these reports are signed with a private key, which is not supported";
    SpecError::new(path, problem, "enable the feature `signatures` of otpost")
}
