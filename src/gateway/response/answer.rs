use std::borrow::Cow;
use std::cell::OnceCell;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::json::Json;
use super::xml::{Xml, XmlPath};
use crate::gateway::error::SpecError;
use crate::gateway::spec::ExampleResponse;

/// A response as the rules use it. The body is parsed in a format when a rule first needs that
/// format.
pub(in crate::gateway) struct Answer<'a> {
    pub(in crate::gateway) status: StatusCode,
    pub(super) headers: Cow<'a, HeaderMap>,
    /// The body. `None` if it was cut off or too long.
    body: Option<&'a [u8]>,
    // Each format is parsed at most once, even if many rules use it. `None` inside means that the
    // body is not in that format.
    text: OnceCell<Cow<'a, str>>,
    json: OnceCell<Option<Json<'a>>>,
    form: OnceCell<Vec<(String, String)>>,
    xml: OnceCell<Option<Xml>>,
}

impl<'a> Answer<'a> {
    pub(in crate::gateway) fn new(
        status: StatusCode,
        headers: &'a HeaderMap,
        body: Option<&'a [u8]>,
    ) -> Self {
        Self::build(status, Cow::Borrowed(headers), body)
    }

    pub(super) fn of_example(example: &'a ExampleResponse, path: &str) -> Result<Self, SpecError> {
        let refuse = |key: &str| {
            SpecError::new(
                format!("{path}.response.{key}"),
                "it is not valid in an HTTP response",
                "fix the example",
            )
        };
        let status = StatusCode::from_u16(example.status).map_err(|_| refuse("status"))?;
        let mut headers = HeaderMap::new();
        for (name, value) in example.headers.iter() {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse("headers"))?;
            let value = HeaderValue::from_str(value).map_err(|_| refuse("headers"))?;
            headers.append(name, value);
        }
        Ok(Self::build(status, Cow::Owned(headers), Some(example.body.as_bytes())))
    }

    fn build(status: StatusCode, headers: Cow<'a, HeaderMap>, body: Option<&'a [u8]>) -> Self {
        let (text, json) = (OnceCell::new(), OnceCell::new());
        let (form, xml) = (OnceCell::new(), OnceCell::new());
        Self { status, headers, body, text, json, form, xml }
    }

    pub(super) const fn has_body(&self) -> bool {
        self.body.is_some()
    }

    /// Returns the body without a byte order mark.
    fn content(&self) -> &'a [u8] {
        without_mark(self.body.unwrap_or_default())
    }

    /// Returns the body as text. Invalid UTF-8 becomes U+FFFD, which no rule contains.
    pub(super) fn text(&self) -> &str {
        self.text.get_or_init(|| String::from_utf8_lossy(self.content()))
    }

    /// Returns the body as JSON, if it is strict JSON of at most 128 levels.
    pub(super) fn json(&self) -> Option<&Json<'a>> {
        self.json.get_or_init(|| Json::parse(self.content())).as_ref()
    }

    pub(super) fn form(&self, key: &str) -> Option<&str> {
        let pairs = self.form.get_or_init(|| {
            // A line break at the end would become a part of the last value.
            let text = self.text();
            form_urlencoded::parse(text.trim().as_bytes()).into_owned().collect()
        });
        pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    pub(super) fn is_xml(&self) -> bool {
        self.document().is_some()
    }

    pub(super) fn xml(&self, path: &XmlPath) -> Option<&str> {
        self.document()?.find(path)
    }

    fn document(&self) -> Option<&Xml> {
        // Only UTF-8 is parsed. A document in another encoding would have to declare it, which no
        // known gateway does.
        let parse = || std::str::from_utf8(self.content()).ok().and_then(Xml::parse);
        self.xml.get_or_init(parse).as_ref()
    }

    /// Returns all values of a header. Invalid UTF-8 becomes U+FFFD, so that the header still
    /// exists.
    pub(super) fn header(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        self.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()))
    }
}

impl Answer<'_> {
    /// Returns the value of the `Retry-After` header.
    pub(in crate::gateway) fn retry_after(&self) -> Option<String> {
        self.header("retry-after").next().map(|value| value.trim().to_owned())
    }
}

/// Removes a byte order mark, with which some gateways on Windows begin their responses.
pub(in crate::gateway) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}
