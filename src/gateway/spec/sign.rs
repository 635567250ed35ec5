use std::fmt;

use serde::Deserialize;

use super::pairs::{Pairs, PlainText};

/// An HMAC signature (RFC 2104) over parts of the request: `[auth.hmac]` in TOML.
///
/// The text to sign and the values of the headers can contain the variables of `[vars]`, those of
/// the message such as `to` and `text`, and the placeholders below, each with filters. Checking the
/// spec fails for a variable that may have no value.
///
/// | placeholder | value |
/// |---|---|
/// | `method`, `host` | the HTTP method; the host and port, as in the `Host` header |
/// | `path`, `query`, `path_and_query` | these parts of the URL, encoded as they are sent |
/// | `body` | the body; if it is not UTF-8, the message fails as `Misconfigured` and is not sent |
/// | `body_sha256_hex`, `body_sha256_base64` | the SHA-256 hash of the body |
/// | `timestamp`, `timestamp_ms` | seconds and milliseconds since 1970 (UTC) |
/// | `date` | the date as in the `Date` header (RFC 9110 §5.6.7) |
/// | `nonce` | 32 hexadecimal digits, different for each send |
/// | `signature` | the signature; only in the headers |
///
/// # Examples
///
/// ```
/// use otpost::gateway::{Auth, HmacAuth, MacEncoding};
///
/// let auth = Auth::Hmac(
///     HmacAuth::new(
///         "{{key}}",
///         "{{method}}\n{{path_and_query}}\n{{date}};{{host}};{{body_sha256_base64}}",
///     )
///     .with_key_encoding(MacEncoding::Base64)
///     .with_signature(MacEncoding::Base64)
///     .with_header("x-ms-date", "{{date}}")
///     .with_header(
///         "Authorization",
///         "HMAC-SHA256 SignedHeaders=x-ms-date;host&Signature={{signature}}",
///     ),
/// );
/// # let _ = auth;
/// ```
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HmacAuth {
    #[serde(default)]
    pub(in crate::gateway) algorithm: MacAlgorithm,
    pub(in crate::gateway) key: String,
    #[serde(default = "text")]
    pub(in crate::gateway) key_encoding: MacEncoding,
    pub(in crate::gateway) sign: String,
    #[serde(default)]
    pub(in crate::gateway) signature: MacEncoding,
    pub(in crate::gateway) headers: Pairs<PlainText>,
}

const fn text() -> MacEncoding {
    MacEncoding::Text
}

/// The hash function of an HMAC signature: `sha1`, `sha256` or `sha512` in TOML. Defaults to
/// SHA-256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum MacAlgorithm {
    /// SHA-1, which is still secure in an HMAC.
    Sha1,
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-512.
    Sha512,
}

words! {
    MacAlgorithm, "algorithm":
    Sha1 = "sha1",
    Sha256 = "sha256",
    Sha512 = "sha512",
}

display_word!(MacAlgorithm);

/// The text encoding of a key or a signature: `base64`, `hex` or `text` in TOML.
///
/// [`HmacAuth`] uses text for keys and hexadecimal for signatures by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum MacEncoding {
    /// Base64 with the standard alphabet and with padding (RFC 4648 §4). Building the gateway fails
    /// for a key in another form, such as the URL-safe alphabet.
    Base64,
    /// Hexadecimal: signatures in lower case, keys in either case.
    #[default]
    Hex,
    /// The bytes of the text, without an encoding. It is an error for a signature.
    Text,
}

words! {
    MacEncoding, "encoding":
    Base64 = "base64",
    Hex = "hex",
    Text = "text",
}

display_word!(MacEncoding);

impl HmacAuth {
    /// Creates an HMAC-SHA256 signature from a template for the key and the text to sign.
    ///
    /// The key must be the same for each message: it contains neither an optional variable nor one
    /// of the message. The signature is hexadecimal by default, and the key is used as text. Add at
    /// least one header with `{{signature}}`.
    #[must_use]
    pub fn new(key: impl Into<String>, sign: impl Into<String>) -> Self {
        Self {
            algorithm: MacAlgorithm::default(),
            key: key.into(),
            key_encoding: MacEncoding::Text,
            sign: sign.into(),
            signature: MacEncoding::default(),
            headers: Pairs::default(),
        }
    }

    /// Sets the hash function. Defaults to SHA-256.
    #[must_use]
    pub const fn with_algorithm(mut self, algorithm: MacAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Sets the encoding of the key. Defaults to [`MacEncoding::Text`].
    #[must_use]
    pub const fn with_key_encoding(mut self, encoding: MacEncoding) -> Self {
        self.key_encoding = encoding;
        self
    }

    /// Sets the encoding of the signature. Defaults to [`MacEncoding::Hex`].
    ///
    /// [`MacEncoding::Text`] is an error when the gateway is built.
    #[must_use]
    pub const fn with_signature(mut self, encoding: MacEncoding) -> Self {
        self.signature = encoding;
        self
    }

    /// Adds a header to the request. The value is a template. At least one header must contain
    /// `{{signature}}`. Checking the spec fails if the request already has the header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.0.push((name.into(), PlainText(value.into())));
        self
    }
}

impl fmt::Debug for HmacAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HmacAuth").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}
