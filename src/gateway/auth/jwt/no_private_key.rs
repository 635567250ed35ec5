use crate::gateway::error::SpecError;
use crate::gateway::spec::JwtAlgorithm;

/// A private key that cannot exist, because the library was built without its algorithms.
pub(super) enum NoPrivateKey {}

pub(super) fn check_available(path: &str) -> Result<(), SpecError> {
    let hint = "enable the feature `signatures` of otpost";
    Err(SpecError::new(path, "private keys are not supported", hint))
}

impl NoPrivateKey {
    pub(super) fn parse(_: JwtAlgorithm, _: &str) -> Result<Self, &'static str> {
        Err("private keys are not supported")
    }

    pub(super) const fn sign(&self, _: &[u8]) -> Result<Vec<u8>, &'static str> {
        match *self {}
    }
}
