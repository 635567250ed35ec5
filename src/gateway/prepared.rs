use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use zeroize::Zeroizing;

use super::compile::Plan;
use super::leaf::RenderError;
use super::sink::Sink;
use super::values::Values;
use crate::message::{Message, Segments};
use crate::transport::Request;

/// A request as it would go out: the dry run.
///
/// `Display` prints it for people, with secrets as `***`, texts and codes likewise, and numbers without their middle.
///
/// # Examples
///
/// See [`HttpGateway::prepare`](crate::gateway::HttpGateway::prepare).
///
/// # Security
///
/// The parts are readable only by calls named `expose_…`.
pub struct PreparedRequest {
    method: http::Method,
    url: Sink,
    headers: Vec<(HeaderName, HeaderValue, Sink)>,
    body: Sink,
    segments: Segments,
}

impl PreparedRequest {
    pub(super) fn render(
        plan: &Plan,
        message: &Message,
        now: SystemTime,
    ) -> Result<Self, RenderError> {
        let values = Values { message, configured: &plan.configured, now };
        // Each value passes through it, so it is wiped.
        let mut scratch = Zeroizing::new(String::with_capacity(256));
        let (charset, replacement) = (plan.charset, plan.replacement);
        let url = plan.url.render(&values, charset, replacement, &mut scratch)?;
        let mut headers = Vec::with_capacity(plan.headers.len());
        for header in &plan.headers {
            if let Some((value, shown)) = header.render(&values, &mut scratch)? {
                headers.push((header.name.clone(), value, shown));
            }
        }
        let body = plan.body.render(&values, charset, replacement, &mut scratch)?;
        let segments = Segments::of(message.text().expose());
        Ok(Self { method: plan.method.http(), url, headers, body, segments })
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &http::Method {
        &self.method
    }

    /// How many parts the text takes.
    #[must_use]
    pub const fn segments(&self) -> Segments {
        self.segments
    }

    /// The URL.
    #[must_use]
    pub fn expose_url(&self) -> &str {
        std::str::from_utf8(self.url.bytes()).unwrap_or_default()
    }

    /// The headers in order, without those that the client adds.
    pub fn expose_headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.headers.iter().map(|(name, value, _)| (name, value))
    }

    /// The body.
    #[must_use]
    pub fn expose_body(&self) -> &[u8] {
        self.body.bytes()
    }

    /// The request for a [`Transport`](crate::transport::Transport).
    pub(super) fn into_request(self) -> Result<Request, RenderError> {
        let uri = Uri::try_from(self.url.into_bytes())
            .map_err(|_| RenderError::new("request.url", "the URL is too long"))?;
        let mut headers = HeaderMap::with_capacity(self.headers.len());
        for (name, value, _) in self.headers {
            headers.append(name, value);
        }
        let mut request = Request::new(Bytes::from(self.body.into_bytes()));
        *request.method_mut() = self.method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

impl fmt::Display for PreparedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.method, self.url.masked())?;
        for (name, _, value) in &self.headers {
            writeln!(f, "{name}: {}", value.masked())?;
        }
        if !self.body.bytes().is_empty() {
            write!(f, "\n{}", self.body.masked())?;
        }
        Ok(())
    }
}

impl fmt::Debug for PreparedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedRequest")
            .field("method", &self.method)
            .field("url", &self.url.masked())
            .field("segments", &self.segments)
            .finish_non_exhaustive()
    }
}
