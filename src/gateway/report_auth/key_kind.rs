use crate::gateway::spec::JwtAlgorithm;

/// The algorithm and the form of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PublicKeyKind {
    EcdsaP256,
    EcdsaP384,
    Ed25519,
    /// An Ed25519 key without an envelope.
    RawEd25519,
    Rsa256,
    Rsa384,
    Rsa512,
    RsaPss,
}

impl PublicKeyKind {
    /// Returns the kind that a token needs, or `None` if its key is a secret.
    pub(super) const fn of(algorithm: JwtAlgorithm) -> Option<Self> {
        match algorithm {
            JwtAlgorithm::EdDsa => Some(Self::Ed25519),
            JwtAlgorithm::Es256 => Some(Self::EcdsaP256),
            JwtAlgorithm::Es384 => Some(Self::EcdsaP384),
            JwtAlgorithm::Hs256 | JwtAlgorithm::Hs384 | JwtAlgorithm::Hs512 => None,
            JwtAlgorithm::Rs256 => Some(Self::Rsa256),
            JwtAlgorithm::Rs384 => Some(Self::Rsa384),
            JwtAlgorithm::Rs512 => Some(Self::Rsa512),
        }
    }

    /// Returns whether the same key serves both.
    pub(super) const fn shares_key(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::EcdsaP256, Self::EcdsaP256)
                | (Self::EcdsaP384, Self::EcdsaP384)
                | (Self::Ed25519, Self::Ed25519)
                | (
                    Self::Rsa256 | Self::Rsa384 | Self::Rsa512,
                    Self::Rsa256 | Self::Rsa384 | Self::Rsa512
                )
        )
    }
}
