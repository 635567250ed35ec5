//! How values are encoded where they stand.

use crate::gateway::body::unescape_xml;
use crate::gateway::spec::Charset;

/// The encoding of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// `application/x-www-form-urlencoded`.
    Form,
    /// Inside of a JSON string.
    Json,
    /// Percent signs, and a plus stands for itself.
    Percent,
    /// As it is.
    Raw,
    /// As it is, in UTF-8 whatever the charset.
    Unicode,
    Xml,
}

impl Coding {
    /// The bytes that an encoded value stands for; `None` when it is not encoded so.
    pub(super) fn decode(self, encoded: &[u8], charset: Charset) -> Option<Vec<u8>> {
        match self {
            Self::Form => {
                Some(percent_decode(encoded, true).into_iter().map(|(byte, _)| byte).collect())
            }
            Self::Json => {
                let text = std::str::from_utf8(encoded).ok()?;
                let text: String = serde_json::from_str(&format!("\"{text}\"")).ok()?;
                Some(text.into_bytes())
            }
            Self::Percent => {
                Some(percent_decode(encoded, false).into_iter().map(|(byte, _)| byte).collect())
            }
            Self::Raw | Self::Unicode => Some(encoded.to_vec()),
            Self::Xml => {
                let text = match charset {
                    Charset::Latin1 => encoded.iter().map(|byte| char::from(*byte)).collect(),
                    _ => std::str::from_utf8(encoded).ok()?.to_owned(),
                };
                is_escaped(&text).then(|| unescape_xml(&text).into_bytes())
            }
        }
    }

    /// Whether the bytes are in the charset of the request, and not in that of a parser.
    pub(super) const fn is_charset(self) -> bool {
        matches!(self, Self::Form | Self::Percent | Self::Raw)
    }
}

/// Whether a text can stand in XML: each `&` begins a reference.
fn is_escaped(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#')
    };
    let mut references = text.split('&').skip(1);
    !text.contains('<')
        && references.all(|rest| rest.split_once(';').is_some_and(|(name, _)| is_name(name)))
}

/// Each byte, with how many bytes it took. What is no escape stands for itself, as every server has it.
pub(super) fn percent_decode(encoded: &[u8], is_form: bool) -> Vec<(u8, usize)> {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((byte, behind)) = rest.split_first() {
        let escape = behind.get(..2).filter(|_| *byte == b'%').and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            if digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                u8::from_str_radix(digits, 16).ok()
            } else {
                None
            }
        });
        let (byte, taken) = match escape {
            Some(escaped) => (escaped, 3),
            None if *byte == b'+' && is_form => (b' ', 1),
            None => (*byte, 1),
        };
        decoded.push((byte, taken));
        rest = rest.get(taken..).unwrap_or_default();
    }
    decoded
}
