use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;

use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, Method};

use super::rejection::ReportRejection;
use crate::gateway::error::SpecError;
use crate::gateway::spec::ReportPlace;
use crate::percent::percent_decode;

/// The HTTP request of a delivery report, as far as signatures need it.
///
/// # Examples
///
/// ```
/// use http::{HeaderMap, Method};
/// use otpost::report::IncomingReport;
///
/// let (headers, body) = (HeaderMap::new(), b"MessageSid=SM1&MessageStatus=delivered");
/// let request = IncomingReport::new(
///     "https://app.example/sms/reports",
///     &Method::POST,
///     Some("ref=8f3c"),
///     &headers,
///     body,
/// );
/// # let _ = request;
/// ```
///
/// # Security
///
/// The URL is the one that the gateway was told, from the configuration of the application. Never
/// take it from the headers `Host`, `Forwarded` or `X-Forwarded-*`: their values come from the
/// sender of the request. The query is the one that was received, without decoding it.
pub struct IncomingReport<'r> {
    url: &'r str,
    method: &'r Method,
    query: Option<&'r str>,
    headers: &'r HeaderMap,
    body: &'r [u8],
    fields: OnceCell<Vec<ReportPair>>,
    parameters: OnceCell<Vec<ReportPair>>,
}

/// A decoded name and value. The bytes may be of any encoding, and gateways sign the bytes.
pub(super) type ReportPair = (Vec<u8>, Vec<u8>);

impl<'r> IncomingReport<'r> {
    /// Creates a request from the configured public URL, and from the method, query, headers and
    /// body that were received.
    ///
    /// A query or fragment in `public_url` is ignored.
    #[must_use]
    pub fn new(
        public_url: &'r str,
        method: &'r Method,
        query: Option<&'r str>,
        headers: &'r HeaderMap,
        body: &'r [u8],
    ) -> Self {
        let url = public_url.split(['?', '#']).next().unwrap_or_default();
        let (fields, parameters) = (OnceCell::new(), OnceCell::new());
        Self { url, method, query, headers, body, fields, parameters }
    }

    pub(super) const fn method(&self) -> &'r Method {
        self.method
    }

    pub(super) const fn query(&self) -> &'r str {
        match self.query {
            Some(query) => query,
            None => "",
        }
    }

    pub(super) const fn body(&self) -> &'r [u8] {
        self.body
    }

    /// Returns the public URL without a query.
    pub(super) const fn url_base(&self) -> &'r str {
        self.url
    }

    /// Returns the public URL with another base, and with the query.
    pub(super) fn url(&self, base: &str) -> String {
        match self.query {
            Some(query) => format!("{base}?{query}"),
            None => base.to_owned(),
        }
    }

    /// Returns the public URL without a query, with the default port of its scheme if it has none.
    pub(super) fn url_with_port(&self) -> Option<Cow<'r, str>> {
        let UrlParts { scheme, host, port, path } = self.parts()?;
        let usual = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
        Some(match port {
            Some(_) => self.url.into(),
            None => format!("{scheme}://{host}:{usual}{path}").into(),
        })
    }

    /// Returns the public URL without a query and without a port.
    pub(super) fn url_without_port(&self) -> Option<Cow<'r, str>> {
        let UrlParts { scheme, host, port, path } = self.parts()?;
        Some(match port {
            Some(_) => format!("{scheme}://{host}{path}").into(),
            None => self.url.into(),
        })
    }

    pub(super) fn path(&self) -> Option<&'r str> {
        self.parts().map(|parts| parts.path)
    }

    fn parts(&self) -> Option<UrlParts<'r>> {
        let (scheme, rest) = self.url.split_once("://")?;
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at_checked(at)?,
            None => (rest, ""),
        };
        // The colons inside of an IPv6 address are no ports.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        Some(UrlParts { scheme, host, port, path })
    }

    /// Returns the fields of the form in the body, in their order.
    pub(super) fn fields(&self) -> Result<&[ReportPair], ReportRejection> {
        const FORM: &str = "application/x-www-form-urlencoded";
        if self.body.is_empty() {
            return Ok(&[]);
        }
        let kind = self.content_type()?.to_ascii_lowercase();
        let names = |charset: &[u8]| kind.windows(charset.len()).any(|part| part == charset);
        // The values of a report are read from the decoded text: without a byte order mark and
        // white space at its start, and perhaps from UTF-16. In `\nid=2&id=1`, that text has the
        // `id` 2 and the signature has 1, so anyone could add fields to a signed request.
        let is_read_alike = self.body.first().is_some_and(u8::is_ascii_graphic)
            && !names(b"utf-16")
            && !names(b"ucs-2");
        let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default();
        // Another body would be none of the fields, so it would not be signed at all.
        if !is_read_alike || kind.trim_ascii() != FORM.as_bytes() {
            return Err(ReportRejection::Malformed);
        }
        Ok(self.fields.get_or_init(|| pairs(self.body)))
    }

    /// Returns the parameters of the query, in their order.
    pub(super) fn parameters(&self) -> &[ReportPair] {
        self.parameters.get_or_init(|| pairs(self.query().as_bytes()))
    }

    /// Returns the header `Content-Type`, or nothing if it is missing.
    pub(super) fn content_type(&self) -> Result<&'r [u8], ReportRejection> {
        match self.header(&CONTENT_TYPE) {
            Err(ReportRejection::Missing) => Ok(b""),
            found => found,
        }
    }

    /// Returns a header that must be there once.
    pub(super) fn header(&self, name: &HeaderName) -> Result<&'r [u8], ReportRejection> {
        let values = self.headers.get_all(name).iter();
        one(values.map(http::HeaderValue::as_bytes))
    }

    /// Returns a value that must be there once.
    pub(super) fn get(&self, place: &SignedPart) -> Result<&[u8], ReportRejection> {
        let (pairs, name) = match place {
            SignedPart::Field(name) => (self.fields()?, name),
            SignedPart::Header(name) => return self.header(name),
            SignedPart::HeaderItem(header, name) => return one(items(self.header(header)?, name)),
            SignedPart::Parameter(name) => (self.parameters(), name),
        };
        let found = pairs.iter().filter(|(known, _)| known == name.as_bytes());
        one(found.map(|(_, value)| value.as_slice()))
    }

    /// Returns the signatures at a place. The list in a header may have several items of the same
    /// name, and another place must be there once.
    pub(super) fn signatures(&self, place: &SignedPart) -> Result<Vec<&[u8]>, ReportRejection> {
        let SignedPart::HeaderItem(header, name) = place else {
            return Ok(vec![self.get(place)?]);
        };
        let found: Vec<_> = items(self.header(header)?, name).collect();
        if found.is_empty() { Err(ReportRejection::Missing) } else { Ok(found) }
    }
}

impl fmt::Debug for IncomingReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingReport").field("method", self.method).finish_non_exhaustive()
    }
}

/// The parts of a public URL.
struct UrlParts<'r> {
    scheme: &'r str,
    host: &'r str,
    port: Option<&'r str>,
    path: &'r str,
}

/// A place of one value in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SignedPart {
    Field(String),
    Header(HeaderName),
    /// An item of the list in a header, such as `t` in `t=1614265330,v1=5257a869`.
    HeaderItem(HeaderName, String),
    Parameter(String),
}

impl SignedPart {
    pub(super) fn compile(place: &ReportPlace, path: &str) -> Result<Self, SpecError> {
        Ok(match place {
            ReportPlace::Form(name) => Self::Field(name.clone()),
            ReportPlace::Header(name) => Self::header(name, path)?,
            ReportPlace::Query(name) => Self::Parameter(name.clone()),
        })
    }

    /// Compiles the name of a header, or `Name:item` for an item of the list in it.
    pub(super) fn header(text: &str, path: &str) -> Result<Self, SpecError> {
        let Some((header, item)) = text.split_once(':') else {
            return Ok(Self::Header(header_name(text, path)?));
        };
        let is_name = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b',' | b';' | b'=');
        if item.is_empty() || !item.bytes().all(is_name) {
            let hint = "write it like Name:t for a header such as `t=1614265330,v1=5257a869`";
            return Err(SpecError::new(path, "it is not an item of a header", hint));
        }
        Ok(Self::HeaderItem(header_name(header, path)?, item.to_owned()))
    }

    /// Returns whether the value at another place is a part of the one at this place.
    pub(super) fn holds(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Header(header), Self::HeaderItem(of, _)) => header == of,
            _ => self == other,
        }
    }
}

pub(super) fn header_name(name: &str, path: &str) -> Result<HeaderName, SpecError> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        let hint = "use letters, digits and hyphens";
        SpecError::new(path, "it is not the name of a header", hint)
    })
}

/// Returns the only one of some values.
fn one<T>(mut values: impl Iterator<Item = T>) -> Result<T, ReportRejection> {
    let first = values.next().ok_or(ReportRejection::Missing)?;
    // Two readers of a request could each take another one.
    if values.next().is_some() { Err(ReportRejection::Duplicate) } else { Ok(first) }
}

/// Returns the values of the items with a name in a list such as `t=1614265330,v1=5257a869`.
fn items<'h>(list: &'h [u8], name: &str) -> impl Iterator<Item = &'h [u8]> {
    let items = list.split(|byte| matches!(byte, b',' | b';')).map(<[u8]>::trim_ascii);
    items.filter_map(move |item| item.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}

fn pairs(text: &[u8]) -> Vec<ReportPair> {
    let pairs = text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    let pair = |pair: &[u8]| {
        let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at_checked(end).unwrap_or((pair, &[]));
        (decode(name), decode(value.strip_prefix(b"=").unwrap_or_default()))
    };
    pairs.map(pair).collect()
}

/// Decodes percent-encoding and `+`. Bytes that are not UTF-8 stay as they are.
fn decode(encoded: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(encoded.len());
    for (at, words) in encoded.split(|byte| *byte == b'+').enumerate() {
        bytes.extend_from_slice(if at == 0 { b"" } else { b" " });
        bytes.extend(percent_decode(words));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, with_port: &str, without_port: &str, path: &str) {
        let headers = HeaderMap::new();
        let request = IncomingReport::new(url, &Method::GET, None, &headers, b"");
        assert_eq!(request.url_with_port().unwrap(), with_port);
        assert_eq!(request.url_without_port().unwrap(), without_port);
        assert_eq!(request.path().unwrap(), path);
    }

    #[test]
    fn ports_are_added_and_removed() {
        check("https://a.example/r", "https://a.example:443/r", "https://a.example/r", "/r");
        check("http://a.example", "http://a.example:80", "http://a.example", "");
        check(
            "https://a.example:8443/r:1",
            "https://a.example:8443/r:1",
            "https://a.example/r:1",
            "/r:1",
        );
        check("https://[::1]/r?q#f", "https://[::1]:443/r", "https://[::1]/r", "/r");
        check("https://[::1]:9/r", "https://[::1]:9/r", "https://[::1]/r", "/r");
    }

    #[test]
    fn forms_whose_text_has_other_fields_are_rejected() {
        let check = |kind: &'static str, body: &[u8], is_form: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, http::HeaderValue::from_static(kind));
            let url = "https://a.example/r";
            let request = IncomingReport::new(url, &Method::POST, None, &headers, body);
            assert_eq!(request.fields().is_ok(), is_form, "{kind} {}", body.escape_ascii());
        };
        let form = "application/x-www-form-urlencoded";
        check(form, b"id=1", true);
        check(form, b"&id=1\n", true);
        check("Application/X-WWW-Form-Urlencoded; charset=UTF-8", b"id=1", true);
        check("text/plain", b"id=1", false);
        for start in ["\n", " ", "\u{feff}", "\u{a0}"] {
            check(form, format!("{start}id=2&id=1").as_bytes(), false);
        }
        check(form, b"\xff\xfei\0d\0=\x002\0&id=1", false);
        check(
            "application/x-www-form-urlencoded; charset=\"UTF-16LE\"",
            b"i\0d\0=\x002\0&\0&id=1",
            false,
        );
    }

    #[test]
    fn pairs_are_decoded_as_bytes() {
        let decoded = pairs(b"a=1+2%2B&&b&=c&d=%ff%4&a=");
        let shown: Vec<_> = decoded
            .iter()
            .map(|(n, v)| (n.escape_ascii().to_string(), v.escape_ascii().to_string()))
            .collect();
        let expected = [("a", "1 2+"), ("b", ""), ("", "c"), ("d", "\\xff%4"), ("a", "")];
        assert_eq!(shown, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }
}
