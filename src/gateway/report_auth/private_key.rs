//! Private keys with which an imitation of a gateway signs, by aws-lc-rs.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair,
};
use data_encoding::BASE64;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use zeroize::{Zeroize, Zeroizing};

use super::key_kind::PublicKeyKind;
use crate::gateway::error::SpecError;
use crate::secret::SecretString;

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
    /// Generates a key, and returns it in PEM (PKCS #8).
    pub(super) fn generate(kind: PublicKeyKind, path: &str) -> Result<SecretString, SpecError> {
        generate_pem(kind).map_err(|_| {
            let problem = "no private key could be generated";
            SpecError::new(path, problem, "set one with `with_private_key`")
        })
    }

    /// Reads a key in PEM (PKCS #8).
    pub(super) fn parse(kind: PublicKeyKind, pem: &str, path: &str) -> Result<Self, SpecError> {
        let refuse = || {
            let problem = "the key is not a private key of the algorithm of the reports";
            SpecError::new(path, problem, "write it in PEM (PKCS #8), without a passphrase")
        };
        let mut secret =
            PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| refuse())?;
        let der = secret.secret_pkcs8_der();
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
        secret.zeroize();
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
        Some(write_pem("PUBLIC KEY", der.as_ref()))
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

fn generate_pem(kind: PublicKeyKind) -> Result<SecretString, Unspecified> {
    let random = SystemRandom::new();
    let ecdsa = |curve| EcdsaKeyPair::generate_pkcs8(curve, &random);
    let document = match kind {
        PublicKeyKind::EcdsaP256 => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING)?,
        PublicKeyKind::EcdsaP384 => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING)?,
        PublicKeyKind::Ed25519 | PublicKeyKind::RawEd25519 => {
            Ed25519KeyPair::generate_pkcs8(&random)?
        }
        PublicKeyKind::Rsa256
        | PublicKeyKind::Rsa384
        | PublicKeyKind::Rsa512
        | PublicKeyKind::RsaPss => {
            // The smallest size that receivers accept, because large keys take seconds.
            let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
            let der: Pkcs8V1Der<'static> = pair.as_der()?;
            return Ok(write_pem("PRIVATE KEY", der.as_ref()).into());
        }
    };
    Ok(write_pem("PRIVATE KEY", document.as_ref()).into())
}

/// Writes a key in PEM. The copies of it that are not returned are wiped.
fn write_pem(label: &str, der: &[u8]) -> String {
    let encoded = Zeroizing::new(BASE64.encode(der));
    // With room for the line breaks and both markers. A string that grows leaves a copy behind.
    let mut pem = String::with_capacity(encoded.len().saturating_mul(2).saturating_add(128));
    pem.push_str(&format!("-----BEGIN {label}-----\n"));
    for line in encoded.as_bytes().chunks(LINE) {
        pem.extend(line.iter().copied().map(char::from));
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}
