//! The text of a response, decoded by the charset that it declares.

use std::borrow::Cow;
use std::fmt;

use http::{HeaderMap, header};
use zeroize::Zeroizing;

use super::code_pages::CodePage;
use super::json::Json;

/// The decoded text of a body. A copy is wiped on drop, because gateways repeat texts and codes.
pub(super) enum BodyText<'a> {
    Borrowed(&'a str),
    Own(Zeroizing<String>),
}

/// The kind of a body, for explanations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyKind {
    Compressed(&'static str),
    Empty,
    Html,
    Json,
    Text,
    /// JSON that is valid, but ambiguous or beyond a limit.
    UnreadJson,
    /// XML, or what begins like it.
    Xml,
    /// XML that declares a document type, which is not read.
    XmlWithDoctype,
}

impl BodyText<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Own(text) => text,
        }
    }
}

/// The encoding of a body.
#[derive(Clone, Copy)]
enum BodyEncoding {
    CodePage(CodePage),
    Utf16(fn([u8; 2]) -> u16),
    Utf8,
}

/// Decodes a body: by its byte order mark, by the charset of `Content-Type` (RFC 9110 §8.3.2), by
/// the declaration of an XML document, or as UTF-8.
///
/// Bytes that are not valid become U+FFFD, which no rule contains. As in the WHATWG Encoding
/// Standard, ISO-8859-1 is read as Windows-1252, which has characters where ISO-8859-1 has none.
pub(super) fn decode<'a>(headers: &HeaderMap, body: &'a [u8]) -> BodyText<'a> {
    let (encoding, body) = match marked(body) {
        Some(marked) => marked,
        None => (declared(headers).or_else(|| in_xml(body)).unwrap_or(BodyEncoding::Utf8), body),
    };
    let text = match encoding {
        BodyEncoding::CodePage(page) => Cow::Owned(page.decode(body)),
        BodyEncoding::Utf16(unit) => {
            // An odd byte at the end is not a character.
            let units = body.as_chunks().0.iter().map(|bytes| unit(*bytes));
            let mut text = String::with_capacity(body.len().saturating_mul(2));
            text.extend(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')));
            Cow::Owned(text)
        }
        // The strict check is several times as fast as the lossy one, and almost always succeeds.
        BodyEncoding::Utf8 => {
            str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed)
        }
    };
    match text {
        Cow::Borrowed(text) => BodyText::Borrowed(text.trim()),
        Cow::Owned(text) => {
            let text = Zeroizing::new(text);
            BodyText::Own(Zeroizing::new(text.trim().to_owned()))
        }
    }
}

/// Returns the encoding that a byte order mark shows, and the body without it.
fn marked(body: &[u8]) -> Option<(BodyEncoding, &[u8])> {
    let mark = |bytes: &[u8], encoding| Some((encoding, body.strip_prefix(bytes)?));
    mark(b"\xef\xbb\xbf", BodyEncoding::Utf8)
        .or_else(|| mark(b"\xff\xfe", BodyEncoding::Utf16(u16::from_le_bytes)))
        .or_else(|| mark(b"\xfe\xff", BodyEncoding::Utf16(u16::from_be_bytes)))
}

/// Returns the encoding that `Content-Type` names.
fn declared(headers: &HeaderMap) -> Option<BodyEncoding> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (_, parameters) = content_type.split_once(';')?;
    let mut parameters = parameters.split(';').filter_map(|part| part.split_once('='));
    let (_, label) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    named(label.trim().trim_matches('"'))
}

/// Returns the encoding that an XML declaration names (XML 1.0 §4.3.3).
fn in_xml(body: &[u8]) -> Option<BodyEncoding> {
    let body = body.trim_ascii_start();
    // A declaration has fewer than 256 bytes, all of them ASCII.
    let head = body.get(..body.len().min(256))?.strip_prefix(b"<?xml")?;
    let head = String::from_utf8_lossy(head);
    let (declaration, _) = head.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let encoding = named(value.split(['"', '\'']).nth(1)?);
    // A document whose declaration could be read is not in UTF-16.
    encoding.filter(|encoding| !matches!(encoding, BodyEncoding::Utf16(_)))
}

/// Returns the encoding with this name. Others are read as UTF-8.
fn named(label: &str) -> Option<BodyEncoding> {
    let label = label.to_ascii_lowercase();
    let page = match label.as_str() {
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "latin-1" | "l1" => 1_252,
        // As ISO-8859-1 in Windows-1252, so ISO-8859-9 is a part of Windows-1254.
        "iso-8859-9" | "latin5" => 1_254,
        "utf-16be" => return Some(BodyEncoding::Utf16(u16::from_be_bytes)),
        // WHATWG: without a mark, UTF-16 is little-endian.
        "utf-16" | "utf-16le" | "ucs-2" => return Some(BodyEncoding::Utf16(u16::from_le_bytes)),
        _ => {
            let names = ["windows-", "cp", "x-cp"];
            let number = names.iter().find_map(|name| label.strip_prefix(name))?;
            number.parse().ok()?
        }
    };
    CodePage::windows(page).map(BodyEncoding::CodePage)
}

impl BodyKind {
    pub(super) fn of(headers: &HeaderMap, body: &[u8], text: &str, is_json: bool) -> Self {
        if let Some(coding) = coding(headers, body) {
            return Self::Compressed(coding);
        }
        let head: String = text.chars().take(64).flat_map(char::to_lowercase).collect();
        let is_html = ["<!doctype html", "<html", "<head", "<body"]
            .iter()
            .any(|start| head.starts_with(start));
        match head.chars().next() {
            None => Self::Empty,
            Some('{' | '[') if is_json => Self::Json,
            Some('{' | '[') if Json::is_valid(text) => Self::UnreadJson,
            Some('<') if is_html => Self::Html,
            Some('<') if text.contains("<!DOCTYPE") => Self::XmlWithDoctype,
            Some('<') => Self::Xml,
            Some(_) => Self::Text,
        }
    }
}

impl fmt::Display for BodyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compressed(coding) => write!(f, "compressed ({coding})"),
            Self::Empty => f.write_str("empty"),
            Self::Html => f.write_str("HTML"),
            Self::Json => f.write_str("JSON"),
            Self::Text => f.write_str("text"),
            Self::UnreadJson => f.write_str(
                "JSON with two values for a name, more than 128 levels or too large a number",
            ),
            Self::Xml => f.write_str("a text like XML"),
            Self::XmlWithDoctype => f.write_str("XML with a document type"),
        }
    }
}

/// Returns the compression of a body, which no request asks for.
fn coding(headers: &HeaderMap, body: &[u8]) -> Option<&'static str> {
    let named = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let named = named.map(|name| match name.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => None,
        "br" => Some("br"),
        "compress" | "x-compress" => Some("compress"),
        "deflate" => Some("deflate"),
        "gzip" | "x-gzip" => Some("gzip"),
        "zstd" => Some("zstd"),
        // The header comes from the server, so its value is not repeated.
        _ => Some("another coding"),
    });
    // Some servers compress and do not say so. RFC 1952 §2.3.1: the first two bytes of gzip.
    named.flatten().or_else(|| body.starts_with(&[0x1f, 0x8b]).then_some("gzip"))
}
