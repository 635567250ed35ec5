use std::fmt;

use serde::Deserialize;

use super::pairs::{Pairs, PlainText, table};
use super::sign_part::SignPart;
use super::sign_words::{HashAlgorithm, MacAlgorithm, MacEncoding};
use super::words::Words;

/// A signature over parts of the request with a secret key (HMAC, RFC 2104): `[auth.hmac]` in TOML.
///
/// The text to sign, its named parts and the values of the headers can contain the variables of
/// `[vars]`, those of the message such as `to`, `now` and `nonce`, the parts that are named before,
/// and the placeholders below, each with filters. Checking the spec fails for a variable that may
/// have no value, except in a part that is [empty without it](Self::with_optional_part).
///
/// | placeholder | value |
/// |---|---|
/// | `method`, `host`, `url` | the HTTP method; the host and port, as in the `Host` header; the whole URL |
/// | `path`, `query`, `path_and_query` | these parts of the URL, encoded as they are sent |
/// | `sorted_query` | the query with its parameters in alphabetical order, as AWS and Alibaba sign it |
/// | `content_type` | the value of the header `Content-Type` |
/// | `body` | the body; if it is not UTF-8, the message fails as `Misconfigured` and is not sent |
/// | `body_sha256_hex`, `body_sha256_base64`, `body_md5_hex` | a hash of the body |
/// | `sorted_form` | the names and values of the form, in alphabetical order, without separators |
/// | `sorted_fields` | `&name=value` for each field of the form, in alphabetical order, with `_` for `&` and `=` in values |
/// | `timestamp`, `timestamp_ms` | seconds and milliseconds since 1970 (UTC) |
/// | `date` | the date as in the `Date` header (RFC 9110 §5.6.7) |
/// | `signature` | the signature; only where it is sent |
///
/// The signature is sent in headers, query parameters, fields of the form or members of the JSON
/// body. The request is signed without these parameters, fields and members.
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
    pub(in crate::gateway) key: KeyChain,
    #[serde(default = "text")]
    pub(in crate::gateway) key_encoding: MacEncoding,
    pub(in crate::gateway) sign: String,
    #[serde(default, deserialize_with = "table")]
    pub(in crate::gateway) parts: Vec<(String, SignPart)>,
    #[serde(default)]
    pub(in crate::gateway) signature: MacEncoding,
    #[serde(default)]
    pub(in crate::gateway) headers: Pairs<PlainText>,
    #[serde(default)]
    pub(in crate::gateway) query: Pairs<PlainText>,
    #[serde(default)]
    pub(in crate::gateway) form: Pairs<PlainText>,
    #[serde(default)]
    pub(in crate::gateway) json: Pairs<PlainText>,
}

/// A plain hash of a text that contains the secret: `[auth.hash]` in TOML.
///
/// The placeholders and places are those of [`HmacAuth`]. A plain hash is weaker than an HMAC, so
/// use it only where the gateway requires it.
///
/// # Examples
///
/// ```
/// use otpost::gateway::{Auth, HashAlgorithm, HashAuth};
///
/// let sign = "{{secret}}+{{consumer_key}}+{{method}}+{{url}}+{{body}}+{{timestamp}}";
/// let auth = Auth::Hash(
///     HashAuth::new(HashAlgorithm::Sha1, sign)
///         .with_header("X-Timestamp", "{{timestamp}}")
///         .with_header("X-Signature", "$1${{signature}}"),
/// );
/// # let _ = auth;
/// ```
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HashAuth {
    pub(in crate::gateway) algorithm: HashAlgorithm,
    pub(in crate::gateway) sign: String,
    #[serde(default, deserialize_with = "table")]
    pub(in crate::gateway) parts: Vec<(String, SignPart)>,
    #[serde(default)]
    pub(in crate::gateway) signature: MacEncoding,
    #[serde(default)]
    pub(in crate::gateway) headers: Pairs<PlainText>,
    #[serde(default)]
    pub(in crate::gateway) query: Pairs<PlainText>,
    #[serde(default)]
    pub(in crate::gateway) form: Pairs<PlainText>,
    #[serde(default)]
    pub(in crate::gateway) json: Pairs<PlainText>,
}

/// The parts that both kinds of signatures have.
#[derive(Clone, Copy)]
pub(in crate::gateway) struct SignatureSpec<'s> {
    /// The path of the section.
    pub(in crate::gateway) path: &'static str,
    pub(in crate::gateway) sign: &'s str,
    pub(in crate::gateway) parts: &'s [(String, SignPart)],
    pub(in crate::gateway) encoding: MacEncoding,
    pub(in crate::gateway) headers: &'s Pairs<PlainText>,
    pub(in crate::gateway) query: &'s Pairs<PlainText>,
    pub(in crate::gateway) form: &'s Pairs<PlainText>,
    pub(in crate::gateway) json: &'s Pairs<PlainText>,
}

/// A key, or a chain of texts that make one: each is signed with the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct KeyChain(pub(in crate::gateway) Vec<String>);

const fn text() -> MacEncoding {
    MacEncoding::Text
}

impl HmacAuth {
    /// Creates an HMAC-SHA256 signature from a template for the key and the text to sign.
    ///
    /// The key must be the same for each message: it contains neither an optional variable nor one
    /// of the message. The signature is hexadecimal by default, and the key is used as text. Add at
    /// least one place with `{{signature}}`.
    #[must_use]
    pub fn new(key: impl Into<String>, sign: impl Into<String>) -> Self {
        Self {
            algorithm: MacAlgorithm::default(),
            key: KeyChain(vec![key.into()]),
            key_encoding: MacEncoding::Text,
            sign: sign.into(),
            parts: Vec::new(),
            signature: MacEncoding::default(),
            headers: Pairs::default(),
            query: Pairs::default(),
            form: Pairs::default(),
            json: Pairs::default(),
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

    /// Adds a text to the chain of the key: its HMAC under the key so far is the next key. The text
    /// can contain values of the message, such as `{{now|date:%Y%m%d}}`.
    #[must_use]
    pub fn with_chained_key(mut self, text: impl Into<String>) -> Self {
        self.key.0.push(text.into());
        self
    }

    pub(in crate::gateway) fn spec(&self) -> SignatureSpec<'_> {
        SignatureSpec {
            path: "auth.hmac",
            sign: &self.sign,
            parts: &self.parts,
            encoding: self.signature,
            headers: &self.headers,
            query: &self.query,
            form: &self.form,
            json: &self.json,
        }
    }
}

impl HashAuth {
    /// Creates a hash of a text that contains the secret. The signature is hexadecimal by default.
    /// Add at least one place with `{{signature}}`.
    #[must_use]
    pub fn new(algorithm: HashAlgorithm, sign: impl Into<String>) -> Self {
        Self {
            algorithm,
            sign: sign.into(),
            parts: Vec::new(),
            signature: MacEncoding::default(),
            headers: Pairs::default(),
            query: Pairs::default(),
            form: Pairs::default(),
            json: Pairs::default(),
        }
    }

    pub(in crate::gateway) fn spec(&self) -> SignatureSpec<'_> {
        SignatureSpec {
            path: "auth.hash",
            sign: &self.sign,
            parts: &self.parts,
            encoding: self.signature,
            headers: &self.headers,
            query: &self.query,
            form: &self.form,
            json: &self.json,
        }
    }
}

/// The setters that both kinds of signatures have.
macro_rules! places {
    ($name:ident) => {
        impl $name {
            /// Sets the encoding of the signature. Defaults to [`MacEncoding::Hex`].
            ///
            /// [`MacEncoding::Text`] is an error when the gateway is built.
            #[must_use]
            pub const fn with_signature(mut self, encoding: MacEncoding) -> Self {
                self.signature = encoding;
                self
            }

            /// Names a part of the text to sign, as a template. Later parts, the text to sign and
            /// the headers can contain it as `{{name}}`, also with filters such as `sha256hex`.
            #[must_use]
            pub fn with_part(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
                self.parts.push((name.into(), SignPart { text: text.into(), with: Vec::new() }));
                self
            }

            /// Names a part of the text to sign that is empty if an optional variable has no value.
            ///
            /// Use it for an optional header, with two parts: its line, and its name in the list of
            /// signed headers. The header itself is one of the request, which is left out as well.
            #[must_use]
            pub fn with_optional_part(
                mut self,
                name: impl Into<String>,
                text: impl Into<String>,
                variable: impl Into<String>,
            ) -> Self {
                let part = SignPart { text: text.into(), with: vec![variable.into()] };
                self.parts.push((name.into(), part));
                self
            }

            /// Adds a header to the request. The value is a template. Checking the spec fails if
            /// the request already has the header.
            #[must_use]
            pub fn with_header(
                mut self,
                name: impl Into<String>,
                value: impl Into<String>,
            ) -> Self {
                self.headers.0.push((name.into(), PlainText(value.into())));
                self
            }

            /// Adds a query parameter with `{{signature}}`, which is not signed itself.
            #[must_use]
            pub fn with_query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.query.0.push((name.into(), PlainText(value.into())));
                self
            }

            /// Adds a field of the form or multipart body with `{{signature}}`, which is not signed
            /// itself.
            #[must_use]
            pub fn with_form(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.form.0.push((name.into(), PlainText(value.into())));
                self
            }

            /// Adds a member of the JSON body with `{{signature}}`, which is not signed itself:
            /// its JSON pointer (RFC 6901), such as `/sig`, in an object that is in the body.
            #[must_use]
            pub fn with_json(mut self, at: impl Into<String>, value: impl Into<String>) -> Self {
                self.json.0.push((at.into(), PlainText(value.into())));
                self
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("algorithm", &self.algorithm)
                    .finish_non_exhaustive()
            }
        }
    };
}

places!(HmacAuth);
places!(HashAuth);

impl<'de> Deserialize<'de> for KeyChain {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Words(texts) = Words::deserialize(deserializer)?;
        Ok(Self(texts))
    }
}
