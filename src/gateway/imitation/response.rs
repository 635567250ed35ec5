use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::de::IgnoredAny;

use crate::gateway::spec::{ExampleResponse, Outcome};
use crate::transport::Response;

/// The response that is wanted from an [`Imitation`](super::Imitation).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseKind {
    /// A response with this meaning.
    Outcome(Outcome),
    /// The `[[example]]` of the spec with this index, from 0. Its message id is replaced. Status
    /// 501 if the spec has no such example.
    Example(usize),
}

impl From<Outcome> for ResponseKind {
    fn from(outcome: Outcome) -> Self {
        Self::Outcome(outcome)
    }
}

/// The response of an [`Imitation`](super::Imitation).
#[derive(Clone, PartialEq, Eq)]
pub struct ImitatedResponse {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
    pub(super) outcome: Outcome,
    pub(super) message_id: Option<String>,
}

impl ImitatedResponse {
    pub(super) fn new(status: u16, body: impl Into<String>) -> Self {
        let (headers, outcome, message_id) = (Vec::new(), Outcome::Unknown, None);
        Self { status, headers, body: body.into(), outcome, message_id }
    }

    pub(super) fn of_example(example: &ExampleResponse) -> Self {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let mut response = Self::new(example.status(), example.body());
        response.headers = example.headers().map(own).collect();
        let is_typed = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-type");
        // SDKs read a body by its type, and most examples show the body alone.
        match media_type(example.body()) {
            Some(kind) if !response.headers.iter().any(is_typed) => {
                response.with_header("Content-Type", kind)
            }
            _ => response,
        }
    }

    pub(super) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Returns the status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Returns the names and values of the headers.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the body.
    ///
    /// # Security
    ///
    /// The response to a token request contains a token, which is valid nowhere.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Returns the meaning of the response for a client that has the same spec. It is
    /// [`Unknown`](Outcome::Unknown) if the spec does not describe a response with the meaning that
    /// was wanted.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Returns the new message id, if the response contains one.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    pub(super) fn header_map(&self) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            // An example with an illegal header is refused when the spec is compiled.
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                let _ = map.try_append(name, value);
            }
        }
        map
    }

    pub(super) fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<&ImitatedResponse> for Response {
    fn from(imitated: &ImitatedResponse) -> Self {
        let mut response = Self::new(Bytes::from(imitated.body.clone()));
        *response.status_mut() = imitated.status_code();
        *response.headers_mut() = imitated.header_map();
        response
    }
}

impl fmt::Debug for ImitatedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImitatedResponse")
            .field("status", &self.status)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// Returns the media type of a body that is JSON, XML or HTML.
fn media_type(body: &str) -> Option<&'static str> {
    let body = body.trim_ascii();
    if body.starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(body).is_ok() {
        return Some("application/json");
    }
    let is_html = body.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("<html"));
    match body.starts_with('<') && body.ends_with('>') {
        true if is_html => Some("text/html"),
        true => Some("application/xml"),
        false => None,
    }
}
