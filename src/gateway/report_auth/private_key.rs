//! Private keys with which an imitation of a gateway signs, by aws-lc-rs.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair,
};
use data_encoding::BASE64;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;

use super::key_kind::PublicKeyKind;
use crate::gateway::error::SpecError;

/// The length of a line of PEM (RFC 7468 §2).
const LINE: usize = 64;

/// A private key with its algorithm.
pub(super) struct PrivateReportKey {
    kind: PublicKeyKind,
    pair: PrivatePair,
}

enum PrivatePair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
}

impl PrivateReportKey {
    /// Reads a key in PEM (PKCS #8).
    pub(super) fn parse(kind: PublicKeyKind, pem: &str, path: &str) -> Result<Self, SpecError> {
        let refuse = || {
            let problem = "the key is not a private key of the algorithm of the reports";
            SpecError::new(path, problem, "write it in PEM (PKCS #8), without a passphrase")
        };
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| refuse())?;
        let der = der.secret_pkcs8_der();
        let rsa = |padding| RsaKeyPair::from_pkcs8(der).map(|key| PrivatePair::Rsa(key, padding));
        let pair = match kind {
            PublicKeyKind::EcdsaP256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
                    .map(PrivatePair::Ecdsa)
            }
            PublicKeyKind::EcdsaP384 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, der)
                    .map(PrivatePair::Ecdsa)
            }
            PublicKeyKind::Ed25519 | PublicKeyKind::RawEd25519 => {
                Ed25519KeyPair::from_pkcs8(der).map(PrivatePair::Ed25519)
            }
            PublicKeyKind::Rsa256 => rsa(&RSA_PKCS1_SHA256),
            PublicKeyKind::Rsa384 => rsa(&RSA_PKCS1_SHA384),
            PublicKeyKind::Rsa512 => rsa(&RSA_PKCS1_SHA512),
            PublicKeyKind::RsaPss => rsa(&RSA_PSS_SHA256),
        };
        Ok(Self { kind, pair: pair.map_err(|_| refuse())? })
    }

    /// Returns the public key in the form of the variable of a spec: the base64 of 32 bytes, or
    /// PEM.
    pub(super) fn public_text(&self) -> Option<String> {
        let der: PublicKeyX509Der<'static> = match &self.pair {
            PrivatePair::Ed25519(pair) if self.kind == PublicKeyKind::RawEd25519 => {
                return Some(BASE64.encode(pair.public_key().as_ref()));
            }
            PrivatePair::Ecdsa(pair) => pair.public_key().as_der(),
            PrivatePair::Ed25519(pair) => pair.public_key().as_der(),
            PrivatePair::Rsa(pair, _) => pair.public_key().as_der(),
        }
        .ok()?;
        let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
        let encoded = BASE64.encode(der.as_ref());
        for line in encoded.as_bytes().chunks(LINE) {
            pem.push_str(&String::from_utf8_lossy(line));
            pem.push('\n');
        }
        pem.push_str("-----END PUBLIC KEY-----\n");
        Some(pem)
    }

    /// Returns the signature, or `None` if the key cannot sign.
    pub(super) fn sign(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            PrivatePair::Ecdsa(pair) => Some(pair.sign(&random, bytes).ok()?.as_ref().to_vec()),
            PrivatePair::Ed25519(pair) => Some(pair.sign(bytes).as_ref().to_vec()),
            PrivatePair::Rsa(pair, padding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*padding, &random, bytes, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}
