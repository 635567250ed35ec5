use serde::Deserialize;

use super::json::JsonSpec;
use super::pairs::Pairs;
use super::value::ValueSpec;
use crate::gsm7::gsm7_bytes;
use crate::template::Filter;

/// The HTTP request that sends a message: `[request]` in TOML.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::gateway) struct RequestSpec {
    pub(in crate::gateway) method: Method,
    pub(in crate::gateway) url: String,
    #[serde(default)]
    pub(in crate::gateway) charset: Charset,
    #[serde(default)]
    pub(in crate::gateway) replacement: Option<char>,
    #[serde(default)]
    pub(in crate::gateway) headers: Pairs<ValueSpec>,
    #[serde(default)]
    pub(in crate::gateway) query: Pairs<ValueSpec>,
    #[serde(default)]
    pub(in crate::gateway) form: Option<Pairs<ValueSpec>>,
    #[serde(default)]
    pub(in crate::gateway) json: Option<JsonSpec>,
    #[serde(default)]
    pub(in crate::gateway) multipart: Option<Pairs<ValueSpec>>,
    #[serde(default)]
    pub(in crate::gateway) text: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) xml: Option<String>,
}

impl RequestSpec {
    /// Returns whether the request probably contains the code and not the text. Compiling it tells
    /// for certain.
    pub(in crate::gateway) fn seems_code_alone(&self) -> bool {
        self.seems_to_contain("code") && !self.seems_to_contain("text")
    }

    /// Returns whether the URL or the body has a placeholder that begins with a name.
    fn seems_to_contain(&self, name: &str) -> bool {
        let is_there = |text: &str| text.split('{').skip(1).any(|rest| rest.starts_with(name));
        let Self { url, query, form, json, multipart, text, xml, .. } = self;
        let pairs = [Some(query), form.as_ref(), multipart.as_ref()].into_iter().flatten();
        let texts = [Some(url), text.as_ref(), xml.as_ref()].into_iter().flatten();
        pairs.flat_map(Pairs::iter).any(|(_, value)| value.has_text(&is_there))
            || json.as_ref().is_some_and(|json| json.has_text(&is_there))
            || texts.into_iter().any(|text| is_there(text))
    }
}

/// The HTTP method of a request to a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Method {
    /// DELETE. Values are in the URL, in headers or in the body.
    Delete,
    /// GET. Values are in the URL or in headers: a body is an error when the spec is checked.
    ///
    /// A text or code in the URL is an error unless the lint
    /// [`SecretInUrl`](crate::gateway::Lint::SecretInUrl) is allowed.
    Get,
    /// POST. Values are in the body, in headers or in the URL.
    Post,
    /// PUT. Values are in the body, in headers or in the URL.
    Put,
}

words! {
    Method, "method":
    Delete = "DELETE",
    Get = "GET",
    Post = "POST",
    Put = "PUT",
}

display_word!(Method);

impl Method {
    pub(in crate::gateway) const fn http(self) -> http::Method {
        match self {
            Self::Delete => http::Method::DELETE,
            Self::Get => http::Method::GET,
            Self::Post => http::Method::POST,
            Self::Put => http::Method::PUT,
        }
    }
}

/// The character encoding of the values in the URL and the body of a request: `utf-8`, `latin1`,
/// `gsm7` or `utf16be-hex` in TOML. Defaults to UTF-8.
///
/// It applies before percent-encoding. If the text of a message contains a character that is not in
/// the charset, the character becomes the `replacement` of the spec. Without a `replacement`, the
/// message fails.
///
/// # Examples
///
/// ```
/// use otpost::gateway::Charset;
///
/// assert_eq!(Charset::default(), Charset::Utf8);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub enum Charset {
    /// The GSM 7-bit default alphabet (3GPP TS 23.038) for the text of the message, one byte per
    /// septet: characters of the extension table, such as `€` and `[`, are two bytes, the first of
    /// them 0x1b. All other values are UTF-8.
    #[serde(rename = "gsm7")]
    Gsm7,
    /// UTF-8.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// ISO-8859-1, the first 256 code points of Unicode. It is not Windows-1252.
    #[serde(rename = "latin1")]
    Latin1,
    /// UTF-16BE in upper-case hexadecimal, for the text of the message. All other values are UTF-8.
    #[serde(rename = "utf16be-hex")]
    Utf16BeHex,
}

impl Charset {
    /// Returns the bytes of a message's text in this charset, or `None` if the charset lacks one of
    /// its characters.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateway::Charset;
    ///
    /// assert_eq!(Charset::Latin1.encode_text("é"), Some(vec![0xe9]));
    /// assert_eq!(Charset::Gsm7.encode_text("@ €"), Some(vec![0x00, 0x20, 0x1b, 0x65]));
    /// assert_eq!(Charset::Gsm7.encode_text("ж"), None);
    /// ```
    #[must_use]
    pub fn encode_text(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Gsm7 => {
                let mut bytes = Vec::new();
                for c in text.chars() {
                    bytes.extend(gsm7_bytes(c)?);
                }
                Some(bytes)
            }
            Self::Latin1 => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
            // UTF-16 can represent every text, so the filter never fails.
            Self::Utf16BeHex => {
                Filter::Utf16Hex.apply(text.into()).ok().map(|hex| hex.into_owned().into_bytes())
            }
            Self::Utf8 => Some(text.as_bytes().to_vec()),
        }
    }
}

words! {
    Charset, "charset":
    Gsm7 = "gsm7",
    Utf8 = "utf-8",
    Latin1 = "latin1",
    Utf16BeHex = "utf16be-hex",
}

display_word!(Charset);
