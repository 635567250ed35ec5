use super::key_kind::PublicKeyKind;
use crate::gateway::error::SpecError;

/// A public key that cannot exist, because the library was built without its algorithms.
///
/// Keys are needed by a receiver of reports. Messages are sent without them.
#[derive(Clone, Debug)]
pub(super) enum NoPublicKey {}

impl NoPublicKey {
    pub(super) fn parse(_: PublicKeyKind, _: &[u8], path: &str) -> Result<Self, SpecError> {
        let hint = "enable the feature `signatures` of otpost";
        Err(SpecError::new(path, "public keys are not supported", hint))
    }

    pub(super) const fn verifies(&self, _: &[u8], _: &[u8]) -> bool {
        match *self {}
    }
}
