//! Values of a request, and how they are encoded.

use otpost::gateway::Charset;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use crate::xml::unescaped;

/// Everything except the unreserved characters (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Everything except the characters of a path segment (RFC 3986 §3.3), and `%`, which begins an
/// escape that is kept.
const NOT_IN_SEGMENT: &AsciiSet = &RESERVED
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'%');
/// The same, except for the characters of placeholders.
const NOT_IN_TEMPLATE: &AsciiSet = &NOT_IN_SEGMENT.remove(b'{').remove(b'}').remove(b'|');

/// A value of a request, such as a form field or a header.
pub(crate) struct FieldValue<'f> {
    /// The key path in the spec.
    pub(crate) place: &'f str,
    /// The name of the field, header or element.
    pub(crate) name: &'f str,
    /// The value, decoded, with the marks of variables.
    pub(crate) bytes: &'f [u8],
    /// The encoding of the value of a shell variable in this place.
    pub(crate) coding: Coding,
}

/// The encoding of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// `application/x-www-form-urlencoded`.
    Form,
    /// The inside of a JSON string.
    Json,
    /// Percent-encoding, in which a plus stands for itself.
    Percent,
    /// No encoding, in the charset of the request.
    Raw,
    /// No encoding, in UTF-8 whatever the charset.
    Unicode,
    /// A text or an attribute of an XML document.
    Xml,
}

impl Coding {
    /// Returns the bytes that an encoded value stands for, or `None` if it is not encoded this way.
    pub(crate) fn decode(self, encoded: &[u8], charset: Charset) -> Option<Vec<u8>> {
        match self {
            Self::Form => Some(decode_form(encoded)),
            Self::Json => {
                let text = std::str::from_utf8(encoded).ok()?;
                // The parser resolves the escapes. A value with an unescaped quote is not a string.
                let text: String = serde_json::from_str(&format!("\"{text}\"")).ok()?;
                Some(text.into_bytes())
            }
            Self::Percent => Some(decode_percent(encoded)),
            Self::Raw | Self::Unicode => Some(encoded.to_vec()),
            Self::Xml => {
                let text = match charset {
                    Charset::Latin1 => encoded.iter().map(|byte| char::from(*byte)).collect(),
                    _ => std::str::from_utf8(encoded).ok()?.to_owned(),
                };
                // Markup is more than one value, so it cannot become a variable.
                let text = Some(text).filter(|text| !text.contains('<'))?;
                Some(unescaped(&text)?.into_bytes())
            }
        }
    }

    /// Returns `true` if the bytes are in the charset of the request, and not in UTF-8.
    pub(crate) const fn is_charset(self) -> bool {
        matches!(self, Self::Form | Self::Percent | Self::Raw)
    }
}

/// Decodes percent-encoded bytes. Malformed escapes stay as they are, as in every server.
pub(crate) fn decode_percent(encoded: &[u8]) -> Vec<u8> {
    percent_decode(encoded).collect()
}

/// Decodes a name or value of a form, in which a plus is a space.
pub(crate) fn decode_form(encoded: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> =
        encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    decode_percent(&spaced)
}

/// Encodes bytes as curl does for `--data-urlencode`.
pub(crate) fn encode_data(bytes: &[u8]) -> String {
    percent_encode(bytes, RESERVED).to_string()
}

/// Encodes what is not legal in a segment of a path. Escapes stay as they are.
pub(crate) fn encode_segment(raw: &[u8]) -> String {
    percent_encode(raw, NOT_IN_SEGMENT).to_string()
}

/// Encodes what is not legal in a segment of a path, except for the characters of placeholders.
pub(crate) fn encode_template(template: &str) -> String {
    percent_encode(template.as_bytes(), NOT_IN_TEMPLATE).to_string()
}
