use std::fmt;

#[cfg(not(feature = "signatures"))]
use super::no_private_key::NoPrivateKey as PrivateKey;
#[cfg(feature = "signatures")]
use super::private_key::PrivateKey;
use crate::gateway::auth::key_text::decode_key;
use crate::gateway::request::render_error::RenderError;
use crate::gateway::spec::{JwtAlgorithm, MacEncoding};
use crate::mac_key::MacKey;

/// The key that signs tokens. A secret is already absorbed by the hash.
pub(super) enum JwtKey {
    Private(PrivateKey),
    Secret(Box<MacKey>),
}

impl JwtKey {
    pub(super) fn parse(
        algorithm: JwtAlgorithm,
        text: &str,
        encoding: MacEncoding,
        path: &str,
    ) -> Result<Self, RenderError> {
        let Some(function) = algorithm.function() else {
            let key = PrivateKey::parse(algorithm, text);
            return key.map(Self::Private).map_err(|problem| RenderError::new(path, problem));
        };
        let bytes = decode_key(text, encoding, path)?;
        let key = MacKey::new(function, &bytes).map(|key| Self::Secret(Box::new(key)));
        key.ok_or_else(|| RenderError::new(path, "the key is not valid for the hash"))
    }

    pub(super) fn sign(&self, bytes: &[u8], path: &str) -> Result<Vec<u8>, RenderError> {
        match self {
            Self::Private(key) => {
                key.sign(bytes).map_err(|problem| RenderError::new(path, problem))
            }
            Self::Secret(key) => Ok(key.sign(bytes)),
        }
    }
}

impl fmt::Debug for JwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JwtKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;

    use super::*;

    #[test]
    fn signatures_of_hmac_are_those_of_rfc_7515() {
        // §A.1.1
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ+EstJQLr/T+1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow==";
        let input = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let key = JwtKey::parse(JwtAlgorithm::Hs256, key, MacEncoding::Base64, "key").unwrap();
        let signature = key.sign(input.as_bytes(), "key").unwrap();
        let expected = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(BASE64URL_NOPAD.encode(&signature), expected);
    }
}
