use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use super::json::JsonSpec;
use super::sign_words::MacEncoding;
use super::token::{TokenHeader, lifetime};
use crate::mac_key::HashFunction;

/// A JSON Web Token (RFC 7519) that is signed for each attempt to send a message: `[auth.jwt]` in
/// TOML.
///
/// The claims are JSON with placeholders, like the JSON body of a request. They can contain the
/// variables of `[vars]` and those of the message, such as `{{now|epoch|number}}` for `iat` and
/// `{{nonce}}` for `jti`. The header of the token is `{"typ":"JWT","alg":…}`, with `kid` if
/// [`with_key_id`](Self::with_key_id) is set.
///
/// # Keys
///
/// | algorithm | key |
/// |---|---|
/// | `HS256`, `HS384`, `HS512` | a secret |
/// | `RS256`, `RS384`, `RS512` | an RSA private key of 2048 to 8192 bits |
/// | `ES256`, `ES384` | an ECDSA private key on the curve P-256 or P-384 |
/// | `EdDSA` | an Ed25519 private key |
///
/// Private keys need the feature `signatures`. They are in PEM without a passphrase: PKCS#8
/// (`PRIVATE KEY`), PKCS#1 (`RSA PRIVATE KEY`) or SEC1 (`EC PRIVATE KEY`). The value of a variable
/// that is such a key can have several lines. It can also be one line with `\n` (a backslash and
/// the letter n) for each line break, as in many environment variables.
///
/// The key is the same for each message: it contains neither an optional variable nor one of the
/// message. It is parsed when the gateway is built, which fails for a key of another kind.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::gateway::{Auth, JwtAlgorithm, JwtAuth};
///
/// let claims = r#"{ "iss": "{{service_id}}", "iat": "{{now|epoch|number}}" }"#;
/// let auth = Auth::Jwt(
///     JwtAuth::new(JwtAlgorithm::Hs256, "{{secret}}", claims)
///         .with_lifetime(Duration::from_secs(900)), // adds `exp`
/// );
/// # let _ = auth;
/// ```
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JwtAuth {
    pub(in crate::gateway) algorithm: JwtAlgorithm,
    pub(in crate::gateway) key: String,
    #[serde(default = "text")]
    pub(in crate::gateway) key_encoding: MacEncoding,
    pub(in crate::gateway) claims: JsonSpec,
    /// The time after which the token expires.
    #[serde(default, deserialize_with = "lifetime")]
    pub(in crate::gateway) lifetime: Option<Duration>,
    #[serde(default)]
    pub(in crate::gateway) key_id: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) header: Option<TokenHeader>,
}

const fn text() -> MacEncoding {
    MacEncoding::Text
}

/// The signature algorithm of a [`JwtAuth`], written in TOML by its name in RFC 7518 §3.1 or RFC
/// 8037, such as `HS256` or `EdDSA`.
///
/// # Examples
///
/// ```
/// use otpost::gateway::JwtAlgorithm;
///
/// assert_eq!(JwtAlgorithm::EdDsa.to_string(), "EdDSA");
/// assert!(!JwtAlgorithm::Hs256.needs_private_key());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub enum JwtAlgorithm {
    /// Ed25519 (RFC 8037). It needs the feature `signatures`.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// ECDSA on the curve P-256 with SHA-256. It needs the feature `signatures`.
    #[serde(rename = "ES256")]
    Es256,
    /// ECDSA on the curve P-384 with SHA-384. It needs the feature `signatures`.
    #[serde(rename = "ES384")]
    Es384,
    /// HMAC with SHA-256.
    #[serde(rename = "HS256")]
    Hs256,
    /// HMAC with SHA-384.
    #[serde(rename = "HS384")]
    Hs384,
    /// HMAC with SHA-512.
    #[serde(rename = "HS512")]
    Hs512,
    /// RSA (PKCS #1 v1.5) with SHA-256. It needs the feature `signatures`.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSA (PKCS #1 v1.5) with SHA-384. It needs the feature `signatures`.
    #[serde(rename = "RS384")]
    Rs384,
    /// RSA (PKCS #1 v1.5) with SHA-512. It needs the feature `signatures`.
    #[serde(rename = "RS512")]
    Rs512,
}

words! {
    JwtAlgorithm, "algorithm":
    EdDsa = "EdDSA",
    Es256 = "ES256",
    Es384 = "ES384",
    Hs256 = "HS256",
    Hs384 = "HS384",
    Hs512 = "HS512",
    Rs256 = "RS256",
    Rs384 = "RS384",
    Rs512 = "RS512",
}

display_word!(JwtAlgorithm);

impl JwtAlgorithm {
    /// Returns `true` if the key is a private key in PEM, which needs the feature `signatures`.
    /// The key of the other algorithms is a secret that the gateway has as well.
    #[must_use]
    pub const fn needs_private_key(self) -> bool {
        self.function().is_none()
    }

    /// Returns the hash function of an HMAC, or `None` for a signature with a private key.
    pub(in crate::gateway) const fn function(self) -> Option<HashFunction> {
        match self {
            Self::Hs256 => Some(HashFunction::Sha256),
            Self::Hs384 => Some(HashFunction::Sha384),
            Self::Hs512 => Some(HashFunction::Sha512),
            _ => None,
        }
    }
}

impl JwtAuth {
    /// Creates a token from a template for the key and the claims: a JSON object with placeholders
    /// inside its strings. `"{{now|epoch|number}}"` is a number.
    ///
    /// The token is sent as `Authorization: Bearer …`, without a lifetime and a key id.
    #[must_use]
    pub fn new(algorithm: JwtAlgorithm, key: impl Into<String>, claims: impl Into<String>) -> Self {
        Self {
            algorithm,
            key: key.into(),
            key_encoding: MacEncoding::Text,
            claims: JsonSpec::Text(claims.into()),
            lifetime: None,
            key_id: None,
            header: None,
        }
    }

    /// Sets the encoding of a secret. Defaults to [`MacEncoding::Text`], the only one that is
    /// allowed for a private key.
    #[must_use]
    pub const fn with_key_encoding(mut self, encoding: MacEncoding) -> Self {
        self.key_encoding = encoding;
        self
    }

    /// Adds the claim `exp`: the time of the attempt plus this duration, in seconds since 1970.
    /// Defaults to no `exp`, except one in the claims.
    ///
    /// Checking the spec fails for less than 1 s and for more than 24 hours, and if the claims
    /// contain `exp` as well. A fraction of a second is dropped.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Sets the id of the key: the member `kid` in the header of the token. It is a template that
    /// must be the same for each message. By default, there is no `kid`.
    #[must_use]
    pub fn with_key_id(mut self, key_id: impl Into<String>) -> Self {
        self.key_id = Some(key_id.into());
        self
    }

    /// Sets the header of the request that carries the token. The value contains `{{jwt}}` once,
    /// and no other placeholder. Defaults to `Authorization: Bearer {{jwt}}`.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.header = Some(TokenHeader { name: name.into(), value: value.into() });
        self
    }
}

impl fmt::Debug for JwtAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtAuth").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}
