use std::fmt;

use serde::Deserialize;

use super::pairs::table;
use super::report_key::ReportKey;
use super::report_place::{ReportPlace, ReportTime, TimestampUnit};
use super::sign_words::HashAlgorithm;
use super::words::Words;

/// A signature of a delivery report: `hmac`, `hash`, `ed25519`, `rsa` or `rsa_pss` in the `auth` of
/// `[reports]`.
///
/// The text to sign contains the variables of `[vars]` and the placeholders below. Values are
/// inserted in one pass and never parsed.
///
/// | placeholder | value |
/// |---|---|
/// | `url` | the configured public URL, with the query as it was received |
/// | `url_with_port`, `url_without_port` | the same with the default port of the scheme if it has none, and without its port |
/// | `url_base`, `path` | the configured public URL without a query, and its path |
/// | `query` | the query as it was received |
/// | `query_sorted`, `query_sorted_raw` | `name=value` of each parameter, sorted and joined by `&`: decoded, or as received |
/// | `query_sorted_amp` | `&name=value` of each parameter, decoded and sorted, with `_` for `&` and `=` in values, without the signature |
/// | `form_sorted` | name and value of each field of the form, sorted, without separators; equal fields count once |
/// | `form_sorted_amp` | the fields of the form, as in `query_sorted_amp` |
/// | `body`, `method`, `content_type` | the bytes of the body, the method, and the header `Content-Type` or nothing |
/// | `header:Name`, `query:Name`, `form:Name` | one value, which must be there exactly once |
/// | `header:Name:item` | an item of a list such as `t=1614265330,v1=5257a869` in a header |
///
/// The filters are `lower`, `md5hex`, `md5base64`, `sha256hex` and `sha256raw`. The hashes are
/// those of the bytes.
///
/// # Examples
///
/// Standard Webhooks, which several gateways use:
///
/// ```
/// use otpost::gateway::{ReportPlace, ReportSignature, SignatureEncoding, TimestampUnit};
///
/// let text = "{{header:webhook-id}}.{{header:webhook-timestamp}}.{{body}}";
/// let signature = ReportSignature::new(ReportPlace::header("webhook-signature"), text)
///     .with_base64_key("{{webhook_secret}}", Some("whsec_"))
///     .with_encoding(SignatureEncoding::Base64)
///     .with_separator(" ")
///     .with_item_prefix("v1,")
///     .with_timestamp(ReportPlace::header("webhook-timestamp"), TimestampUnit::Seconds)
///     .with_replay(ReportPlace::header("webhook-id"));
/// # let _ = signature;
/// ```
///
/// # Security
///
/// Nothing outside of the text is authentic. If one of several texts contains the body or the
/// query, then a text without it is only tried for a request that has none. Otherwise, a signature
/// could be moved to a request with another body. For the same reason, a request is rejected if its
/// query is signed and it has a body that is not.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(try_from = "ReportSignatureTable")]
pub struct ReportSignature {
    pub(in crate::gateway) algorithm: Option<HashAlgorithm>,
    pub(in crate::gateway) algorithm_from: Option<AlgorithmFrom>,
    pub(in crate::gateway) key: Option<ReportKey>,
    pub(in crate::gateway) sign: Vec<String>,
    pub(in crate::gateway) signature: SignatureEncoding,
    pub(in crate::gateway) place: ReportPlace,
    pub(in crate::gateway) prefix: Option<String>,
    pub(in crate::gateway) separator: Option<String>,
    pub(in crate::gateway) item_prefix: Option<String>,
    pub(in crate::gateway) timestamp: Option<ReportTime>,
    pub(in crate::gateway) replay: Option<ReportPlace>,
    pub(in crate::gateway) body_sha256: Option<ReportPlace>,
}

/// A header that names the hash function.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::gateway) struct AlgorithmFrom {
    pub(in crate::gateway) header: String,
    /// The name of the parameter in a list such as `key=abc,algorithm=HMAC_SHA256`. `None` if the
    /// whole value is the name of the function.
    #[serde(default)]
    pub(in crate::gateway) key: Option<String>,
    #[serde(deserialize_with = "table")]
    pub(in crate::gateway) map: Vec<(String, HashAlgorithm)>,
}

/// The encoding of a signature in a delivery report: `base64`, `base64url` or `hex` in TOML.
/// Defaults to hexadecimal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SignatureEncoding {
    /// Base64 with the standard alphabet and with padding (RFC 4648 §4).
    Base64,
    /// Base64 with the alphabet for URLs (RFC 4648 §5), with or without padding.
    Base64Url,
    /// Hexadecimal in lower or upper case.
    #[default]
    Hex,
}

words! {
    SignatureEncoding, "encoding":
    Base64 = "base64",
    Base64Url = "base64url",
    Hex = "hex",
}

display_word!(SignatureEncoding);

impl ReportSignature {
    /// Creates a signature from the place where the request carries it and the text to sign.
    ///
    /// The signature is hexadecimal by default. Every kind but a plain hash needs a key.
    #[must_use]
    pub fn new(place: ReportPlace, sign: impl Into<String>) -> Self {
        Self {
            algorithm: None,
            algorithm_from: None,
            key: None,
            sign: vec![sign.into()],
            signature: SignatureEncoding::default(),
            place,
            prefix: None,
            separator: None,
            item_prefix: None,
            timestamp: None,
            replay: None,
            body_sha256: None,
        }
    }

    /// Adds a text that the gateway may have signed instead.
    #[must_use]
    pub fn with_alternative(mut self, sign: impl Into<String>) -> Self {
        self.sign.push(sign.into());
        self
    }

    /// Sets the template of the key, whose text is used as it is.
    #[must_use]
    pub fn with_key(mut self, text: impl Into<String>) -> Self {
        self.key = Some(ReportKey::Text(text.into()));
        self
    }

    /// Sets the template of a key in base64, in either alphabet. `strip` is removed from the
    /// beginning of the value if it is there.
    #[must_use]
    pub fn with_base64_key(mut self, text: impl Into<String>, strip: Option<&str>) -> Self {
        let strip = strip.map(str::to_owned);
        self.key = Some(ReportKey::Base64 { text: text.into(), strip });
        self
    }

    /// Sets the template of a text whose SHA-256 is the key.
    #[must_use]
    pub fn with_sha256_key(mut self, text: impl Into<String>) -> Self {
        self.key = Some(ReportKey::Sha256 { text: text.into(), strip: None });
        self
    }

    /// Sets the hash function of an HMAC or a plain hash. Defaults to SHA-256. Other kinds have
    /// their own.
    #[must_use]
    pub const fn with_algorithm(mut self, algorithm: HashAlgorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Sets a header that may name another hash function. With `key`, the header is a list such as
    /// `key=abc,algorithm=HMAC_SHA256`, and `key` is the name of the parameter. A request without
    /// the header or the parameter has the hash function of
    /// [`with_algorithm`](Self::with_algorithm). A name that is not in `map` is rejected.
    #[must_use]
    pub fn with_algorithm_from<'n>(
        mut self,
        header: impl Into<String>,
        key: Option<&str>,
        map: impl IntoIterator<Item = (&'n str, HashAlgorithm)>,
    ) -> Self {
        let map = map.into_iter().map(|(name, algorithm)| (name.to_owned(), algorithm));
        let (key, map) = (key.map(str::to_owned), map.collect());
        self.algorithm_from = Some(AlgorithmFrom { header: header.into(), key, map });
        self
    }

    /// Sets the encoding of the signature. Defaults to [`SignatureEncoding::Hex`].
    #[must_use]
    pub const fn with_encoding(mut self, encoding: SignatureEncoding) -> Self {
        self.signature = encoding;
        self
    }

    /// Sets a text that must be before the signature, such as `sha256=`. Defaults to none.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Sets the text between several signatures, of which one must be valid. Defaults to a single
    /// signature.
    #[must_use]
    pub fn with_separator(mut self, separator: impl Into<String>) -> Self {
        self.separator = Some(separator.into());
        self
    }

    /// Sets the text at the beginning of each signature that counts. Other signatures are ignored.
    /// It needs a separator.
    #[must_use]
    pub fn with_item_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.item_prefix = Some(prefix.into());
        self
    }

    /// Sets the place of the time at which the report was signed. A report is rejected if it is
    /// more than 300 s from now. By default, the time is not checked.
    #[must_use]
    pub fn with_timestamp(mut self, place: ReportPlace, unit: TimestampUnit) -> Self {
        self.timestamp = Some(ReportTime { place, unit });
        self
    }

    /// Sets the place of a value that is different for each report. Defaults to the signature.
    #[must_use]
    pub fn with_replay(mut self, place: ReportPlace) -> Self {
        self.replay = Some(place);
        self
    }

    /// Sets the place of the SHA-256 of the body in hexadecimal, which must equal that of the
    /// received body. Use it where the text contains this hash, but not the body.
    #[must_use]
    pub fn with_body_sha256(mut self, place: ReportPlace) -> Self {
        self.body_sha256 = Some(place);
        self
    }
}

impl fmt::Debug for ReportSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportSignature")
            .field("algorithm", &self.algorithm)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportSignatureTable {
    #[serde(default)]
    algorithm: Option<HashAlgorithm>,
    #[serde(default)]
    algorithm_from: Option<AlgorithmFrom>,
    #[serde(default)]
    body_sha256: Option<ReportPlace>,
    #[serde(default)]
    form: Option<String>,
    #[serde(default)]
    header: Option<String>,
    #[serde(default)]
    item_prefix: Option<String>,
    #[serde(default)]
    key: Option<ReportKey>,
    #[serde(default)]
    prefix: Option<String>,
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    replay: Option<ReportPlace>,
    #[serde(default)]
    separator: Option<String>,
    sign: Words,
    #[serde(default)]
    signature: SignatureEncoding,
    #[serde(default)]
    timestamp: Option<ReportTime>,
}

impl TryFrom<ReportSignatureTable> for ReportSignature {
    type Error = &'static str;

    fn try_from(table: ReportSignatureTable) -> Result<Self, Self::Error> {
        let place = ReportPlace::one_of(table.form, table.header, table.query);
        let Words(sign) = table.sign;
        Ok(Self {
            algorithm: table.algorithm,
            algorithm_from: table.algorithm_from,
            key: table.key,
            sign,
            signature: table.signature,
            place: place.ok_or("expected one of form, header and query")?,
            prefix: table.prefix,
            separator: table.separator,
            item_prefix: table.item_prefix,
            timestamp: table.timestamp,
            replay: table.replay,
            body_sha256: table.body_sha256,
        })
    }
}
