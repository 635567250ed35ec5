use super::key_kind::PublicKeyKind;
use crate::gateway::error::SpecError;

/// A private key that cannot exist, because the library was built without its algorithms.
pub(super) enum NoReportKey {}

impl NoReportKey {
    pub(super) fn parse(_: PublicKeyKind, _: &str, path: &str) -> Result<Self, SpecError> {
        let hint = "enable the feature `signatures` of otpost";
        Err(SpecError::new(path, "private keys are not supported", hint))
    }

    pub(super) const fn public_text(&self) -> Option<String> {
        match *self {}
    }

    pub(super) const fn sign(&self, _: &[u8]) -> Option<Vec<u8>> {
        match *self {}
    }
}
