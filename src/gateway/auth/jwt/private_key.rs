//! Private keys in PEM, by aws-lc-rs.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair,
};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use zeroize::{Zeroize, Zeroizing};

use crate::gateway::error::SpecError;
use crate::gateway::spec::JwtAlgorithm;

/// A private key with its algorithm.
pub(super) enum PrivateKey {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
}

/// The pairs of keys and algorithms that do not fit.
const NOT_ECDSA: &str = "the key is not an ECDSA private key on the curve of the algorithm";
const NOT_ED25519: &str = "the key is not an Ed25519 private key";
const NOT_RSA: &str = "the key is not an RSA private key";

pub(super) const fn check_available(_: &str) -> Result<(), SpecError> {
    Ok(())
}

impl PrivateKey {
    pub(super) fn parse(algorithm: JwtAlgorithm, pem: &str) -> Result<Self, &'static str> {
        // Environment variables often have `\n` as two characters. PEM contains no backslash.
        let mut unescaped = Zeroizing::new(String::with_capacity(pem.len()));
        for (at, line) in pem.split("\\n").enumerate() {
            if at > 0 {
                unescaped.push('\n');
            }
            line.split("\\r").for_each(|part| unescaped.push_str(part));
        }
        let pem = unescaped;
        if pem.contains("ENCRYPTED") {
            return Err("the key has a passphrase: write it without one");
        }
        // The error of the reader is dropped, because it can contain a line of the key.
        let mut der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(
            |_| "the key is not a private key in PEM with its line breaks (PKCS#8, PKCS#1 or SEC1)",
        )?;
        let key = Self::of(algorithm, &der);
        der.zeroize();
        key
    }

    fn of(algorithm: JwtAlgorithm, der: &PrivateKeyDer<'_>) -> Result<Self, &'static str> {
        let padding: &'static dyn RsaEncoding = match algorithm {
            JwtAlgorithm::Es256 | JwtAlgorithm::Es384 => {
                let curve = match algorithm {
                    JwtAlgorithm::Es256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
                    _ => &ECDSA_P384_SHA384_FIXED_SIGNING,
                };
                let key = match der {
                    PrivateKeyDer::Pkcs8(der) => {
                        EcdsaKeyPair::from_pkcs8(curve, der.secret_pkcs8_der())
                    }
                    PrivateKeyDer::Sec1(der) => {
                        EcdsaKeyPair::from_private_key_der(curve, der.secret_sec1_der())
                    }
                    _ => return Err(NOT_ECDSA),
                };
                return key.map(Self::Ecdsa).map_err(|_| NOT_ECDSA);
            }
            JwtAlgorithm::EdDsa => {
                let PrivateKeyDer::Pkcs8(der) = der else { return Err(NOT_ED25519) };
                let key = Ed25519KeyPair::from_pkcs8(der.secret_pkcs8_der());
                return key.map(Self::Ed25519).map_err(|_| NOT_ED25519);
            }
            JwtAlgorithm::Rs384 => &RSA_PKCS1_SHA384,
            JwtAlgorithm::Rs512 => &RSA_PKCS1_SHA512,
            _ => &RSA_PKCS1_SHA256,
        };
        let key = match der {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(NOT_RSA),
        };
        key.map(|key| Self::Rsa(key, padding)).map_err(|error| match error.description_() {
            "TooSmall" => "the RSA key has fewer than 2048 bits",
            "TooLarge" => "the RSA key has more than 8192 bits",
            _ => NOT_RSA,
        })
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
        const FAILED: &str = "the key cannot sign";
        let random = SystemRandom::new();
        match self {
            Self::Ecdsa(key) => {
                let signature = key.sign(&random, bytes).map_err(|_| FAILED)?;
                Ok(signature.as_ref().to_vec())
            }
            Self::Ed25519(key) => Ok(key.sign(bytes).as_ref().to_vec()),
            Self::Rsa(key, padding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(*padding, &random, bytes, &mut signature).map_err(|_| FAILED)?;
                Ok(signature)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;

    use super::*;

    /// The key of RFC 7515 §A.2.1.
    const RSA: &str = "\
-----BEGIN RSA PRIVATE KEY-----\n\
MIIEowIBAAKCAQEAofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd/wWJcyQoTbji9k0\n\
l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL+yRT+SFd2lZS+pC\n\
gNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb/7OMg0LOL+bSf63kpaSHSX\n\
ndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uD\n\
Zlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxXFvUK+DWNmoudF8NAco9/h9iaGNj8\n\
q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQIDAQABAoIBABKucaRpzQorw35S\n\
bEUAVx8dYXUdZOlJcHtiWQ+dC6V8ljxAHj/PLyzTveyI5QO/xkObCyjIL303l2cf\n\
UhPu2MFaJdjVzqACXuOrLot/eSFvxjvqVidTtAZExqFRJ9mylUVAoLvhowVWmC1O\n\
n95fZCXxTUtxNEG1Xcc7m0rtzJKs45J+N/V9DP1edYH6USyPSWGp6wuA+KgHRnKK\n\
Vf9GRx80JQY7nVNkL17eHoTWEwga+lwi0FEoW9Y7lDtWXYmKBWhUE+U8PGxlJf8f\n\
40493HDw1WRQ/aSLoS4QTp3rn7gYgeHEvfJdkkf0UMhlknlo53M09EFPdadQ4TlU\n\
bjqKc50CgYEA4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH/5IB3jw3bcxGn6QLvnE\n\
tfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw/Py5PJdTJNPY8cQn7ouZ2KKDcmnPG\n\
BY5t7yLc1QlQ5xHdwW1VhvKn+nXqhJTBgIPgtldC+KDV5z+y2XDwGUcCgYEAuQPE\n\
fgmVtjL0Uyyx88GZFF1fOunH3+7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYs\n\
p1ZSe7zFYHj7C6ul7TjeLQeZD/YwD66t62wDmpe/HlB+TnBA+njbglfIsRLtXlnD\n\
zQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdcCgYAHAp9XcCSrn8wVkMVkKdb7\n\
DOX4IKjzdahm+ctDAJN4O/y7OW5FKebvUjdAIt2GuoTZ71iTG+7F0F+lP88jtjP4\n\
U4qe7VHoewl4MKOfXZKTe+YCS1XbNvfgwJ3Ltyl1OH9hWvu2yza7q+d5PCsDzqtm\n\
27kxuvULVeya+TEdAB1ijQKBgQCH/3r6YrVH/uCWGy6bzV1nGNOdjKc9tmkfOJmN\n\
54dxdixdpozCQ6U4OxZrsj3FcOhHBsqAHvX2uuYjagqvo3cOj1TRqNocX40omfCC\n\
Mx3bD1yPPf/6TI2XECva/ggqEY2mYzmIiA5LVVmc5nrybr+lssFKneeyxN2Wq93S\n\
0iJMdQKBgCGHewxzoa1r8ZMD0LETNrToK423K377UCYqXfg5XMclbrjPbEC3YI1Z\n\
NqMtuhdBJqUnBi6tjKMF+34Xf0CUN8ncuXGO2CAYvO8PdyCixHX52ybaDjy1FtCE\n\
6yUXjoKNXKvUm7MWGsAYH6f4IegOetN5NvmUMFStCSkh7ixZLkN1\n\
-----END RSA PRIVATE KEY-----\n";
    /// The claims of RFC 7515 §A.2.1 and §A.3.1.
    const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

    #[track_caller]
    fn check(algorithm: JwtAlgorithm, pem: &str, input: &str, expected: &str) {
        let key = PrivateKey::parse(algorithm, pem).unwrap();
        assert_eq!(BASE64URL_NOPAD.encode(&key.sign(input.as_bytes()).unwrap()), expected);
    }

    #[test]
    fn signatures_of_rsa_are_those_of_rfc_7515() {
        let expected = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
        let input = format!("eyJhbGciOiJSUzI1NiJ9.{CLAIMS}");
        check(JwtAlgorithm::Rs256, RSA, &input, expected);
        // As in an environment variable, and with the line ends of another system.
        check(JwtAlgorithm::Rs256, &RSA.replace('\n', "\\n"), &input, expected);
        check(JwtAlgorithm::Rs256, &RSA.replace('\n', "\r\n"), &input, expected);
        check(JwtAlgorithm::Rs256, &RSA.replace('\n', "\\r\\n"), &input, expected);
    }

    #[test]
    fn signatures_of_ed25519_are_those_of_rfc_8037() {
        // §A.1 and §A.4.
        let pem = "-----BEGIN PRIVATE KEY-----\n\
                   MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
                   -----END PRIVATE KEY-----\n";
        let input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let expected = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        check(JwtAlgorithm::EdDsa, pem, input, expected);
    }
}
