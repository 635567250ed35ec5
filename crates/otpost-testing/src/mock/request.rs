use std::fmt;

/// A request that a [`MockGateway`](super::MockGateway) has received.
///
/// # Security
///
/// `Debug` shows the method only. The fields contain secrets such as credentials and codes.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The path and the query, as in the request line.
    pub target: String,
    /// The headers in order, with the names as sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl RecordedRequest {
    /// Returns the value of the first header of this name, ignoring case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Returns the body as text. Invalid UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns a decoded field of a form body, or `None` if it is missing.
    #[must_use]
    pub fn form(&self, name: &str) -> Option<String> {
        field(&self.text(), name)
    }

    /// Returns a decoded parameter of the query, or `None` if it is missing.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        field(self.target.split_once('?')?.1, name)
    }

    /// Returns the string at a JSON pointer (RFC 6901) in a JSON body, or `None` if there is no
    /// string.
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
