use std::borrow::Cow;
use std::cell::OnceCell;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::decode::{BodyKind, BodyText, decode};
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
    text: OnceCell<BodyText<'a>>,
    json: OnceCell<Option<Json<'a>>>,
    form: OnceCell<Vec<(String, String)>>,
    xml: OnceCell<Option<Xml>>,
    kind: OnceCell<BodyKind>,
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
        for (name, value) in example.headers() {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse("headers"))?;
            let value = HeaderValue::from_str(value).map_err(|_| refuse("headers"))?;
            headers.append(name, value);
        }
        Ok(Self::build(status, Cow::Owned(headers), Some(example.body.as_bytes())))
    }

    fn build(status: StatusCode, headers: Cow<'a, HeaderMap>, body: Option<&'a [u8]>) -> Self {
        let (text, json) = (OnceCell::new(), OnceCell::new());
        let (form, xml, kind) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { status, headers, body, text, json, form, xml, kind }
    }

    pub(super) const fn has_body(&self) -> bool {
        self.body.is_some()
    }

    /// Returns the body as text, without a byte order mark and surrounding white space.
    pub(super) fn text(&self) -> &str {
        self.decoded().as_str()
    }

    fn decoded(&self) -> &BodyText<'a> {
        self.text.get_or_init(|| decode(&self.headers, self.body.unwrap_or_default()))
    }

    /// Returns the body as JSON, if it is strict JSON of at most 128 levels.
    pub(in crate::gateway) fn json(&self) -> Option<&Json<'a>> {
        let parse = || match self.decoded() {
            BodyText::Borrowed(text) => Json::parse(text),
            // The text is a part of this answer, so its JSON cannot borrow from it.
            BodyText::Own(text) => Json::parse(text).map(Json::into_owned),
        };
        self.json.get_or_init(parse).as_ref()
    }

    /// Returns the kind of the body, for explanations.
    pub(super) fn kind(&self) -> BodyKind {
        let find = || {
            let is_json = self.json().is_some();
            BodyKind::of(&self.headers, self.body.unwrap_or_default(), self.text(), is_json)
        };
        *self.kind.get_or_init(find)
    }

    pub(in crate::gateway) fn form(&self, key: &str) -> Option<&str> {
        let mut pairs = self.form_pairs().iter();
        pairs.find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Returns whether a field of the form has two different values.
    pub(super) fn has_form_conflict(&self, key: &str) -> bool {
        let mut values = self.form_pairs().iter().filter(|(name, _)| name == key);
        let first = values.next();
        values.any(|(_, value)| first.is_some_and(|(_, first)| first != value))
    }

    /// Returns the names and values of the form, in their order.
    pub(in crate::gateway) fn form_pairs(&self) -> &[(String, String)] {
        let parse = || form_urlencoded::parse(self.text().as_bytes()).into_owned().collect();
        self.form.get_or_init(parse)
    }

    pub(in crate::gateway) fn is_xml(&self) -> bool {
        self.document().is_some()
    }

    pub(in crate::gateway) fn xml(&self, path: &XmlPath) -> Option<&str> {
        self.document()?.find(path)
    }

    fn document(&self) -> Option<&Xml> {
        self.xml.get_or_init(|| Xml::parse(self.text())).as_ref()
    }

    /// Returns the values of all elements or attributes with this path.
    pub(in crate::gateway) fn xml_all<'x>(&'x self, path: &'x XmlPath) -> Vec<&'x str> {
        self.document().map(|xml| xml.find_all(path).collect()).unwrap_or_default()
    }

    /// Returns all values of a header. Invalid UTF-8 becomes U+FFFD, so that the header still
    /// exists.
    pub(in crate::gateway) fn header(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        self.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()))
    }
}

impl Answer<'_> {
    /// Returns the value of the `Retry-After` header.
    pub(in crate::gateway) fn retry_after(&self) -> Option<String> {
        self.header("retry-after").next().map(|value| value.trim().to_owned())
    }
}
