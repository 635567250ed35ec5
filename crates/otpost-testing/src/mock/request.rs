use std::fmt;

/// A request that a [`MockGateway`](super::MockGateway) has read.
///
/// # Security
///
/// `Debug` shows the method alone; what the parts hold is what a test looks at.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The path and the query, as they stood in the request line.
    pub target: String,
    /// The headers in order, the names as they were written.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl RecordedRequest {
    /// The first header of this name, in whatever case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// The body as text, U+FFFD for what is not UTF-8.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A field of a form body, decoded.
    #[must_use]
    pub fn form(&self, name: &str) -> Option<String> {
        field(&self.text(), name)
    }

    /// A parameter of the query, decoded.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        field(self.target.split_once('?')?.1, name)
    }

    /// What a JSON pointer (RFC 6901) names in a JSON body, if it is a text.
    #[must_use]
    pub fn json(&self, pointer: &str) -> Option<String> {
        let json: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        json.pointer(pointer)?.as_str().map(str::to_owned)
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest").field("method", &self.method).finish_non_exhaustive()
    }
}

fn field(encoded: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(encoded.as_bytes());
    pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}
