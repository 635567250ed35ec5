//! Public keys, by aws-lc-rs.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, VerificationAlgorithm,
};
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject;

use super::key_kind::PublicKeyKind;
use crate::gateway::error::SpecError;

/// A public key with its algorithm.
#[derive(Clone)]
pub(super) struct PublicKey(ParsedPublicKey);

impl PublicKey {
    /// Reads a key. Ed25519 keys are raw bytes or PEM, all others PEM.
    pub(super) fn parse(kind: PublicKeyKind, key: &[u8], path: &str) -> Result<Self, SpecError> {
        let refuse = || {
            let problem = "the key is not a public key of the algorithm";
            SpecError::new(path, problem, "copy it from the gateway, with its line breaks")
        };
        let parse = |bytes: &[u8]| ParsedPublicKey::new(algorithm(kind), bytes);
        if kind == PublicKeyKind::RawEd25519 {
            // A longer text could be another form of the key, which is not what was documented.
            let raw = Some(key).filter(|key| key.len() == 32).ok_or_else(refuse)?;
            return parse(raw).map(Self).map_err(|_| refuse());
        }
        let pem = std::str::from_utf8(key).map_err(|_| refuse())?;
        // Environment variables often have `\n` as two characters. PEM contains no backslash.
        let pem = pem.replace("\\r", "").replace("\\n", "\n");
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).map_err(|_| refuse())?;
        parse(&der).map(Self).map_err(|_| refuse())
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}

fn algorithm(kind: PublicKeyKind) -> &'static dyn VerificationAlgorithm {
    match kind {
        PublicKeyKind::EcdsaP256 => &ECDSA_P256_SHA256_FIXED,
        PublicKeyKind::EcdsaP384 => &ECDSA_P384_SHA384_FIXED,
        PublicKeyKind::Ed25519 | PublicKeyKind::RawEd25519 => &ED25519,
        PublicKeyKind::Rsa256 => &RSA_PKCS1_2048_8192_SHA256,
        PublicKeyKind::Rsa384 => &RSA_PKCS1_2048_8192_SHA384,
        PublicKeyKind::Rsa512 => &RSA_PKCS1_2048_8192_SHA512,
        PublicKeyKind::RsaPss => &RSA_PSS_2048_8192_SHA256,
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(…)")
    }
}
