use std::fmt;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};

use super::compile::Plan;
use super::header::Header;
use super::leaf::RenderError;
use super::scratch::Scratch;
use super::sink::Sink;
use super::url::Url;
use super::values::Values;
use crate::clock::Clock;
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
    rendered: Rendered,
    segments: Segments,
}

impl PreparedRequest {
    pub(super) fn render(
        plan: &Plan,
        message: &Message,
        clock: &dyn Clock,
    ) -> Result<Self, RenderError> {
        let rendered = Rendered::of(plan, message, clock, Sink::default)?;
        let segments = Segments::of(message.text().expose());
        Ok(Self { rendered, segments })
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &http::Method {
        &self.rendered.method
    }

    /// How many parts the text takes.
    #[must_use]
    pub const fn segments(&self) -> Segments {
        self.segments
    }

    /// The URL.
    #[must_use]
    pub fn expose_url(&self) -> &str {
        std::str::from_utf8(self.rendered.url.shown.bytes()).unwrap_or_default()
    }

    /// The headers in order, without those that the client adds.
    pub fn expose_headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.rendered.headers.iter().map(|header| (&header.name, &header.value))
    }

    /// The body.
    #[must_use]
    pub fn expose_body(&self) -> &[u8] {
        self.rendered.body.bytes()
    }
}

/// The same request for a [`Transport`](crate::transport::Transport): the same bytes, and nothing to show of them.
pub(super) fn render_request(
    plan: &Plan,
    message: &Message,
    clock: &dyn Clock,
) -> Result<Request, RenderError> {
    let rendered = Rendered::of(plan, message, clock, Sink::unseen)?;
    let mut request = Request::new(Bytes::from(rendered.body.into_bytes()));
    *request.method_mut() = rendered.method;
    *request.uri_mut() = rendered.url.uri;
    let headers = request.headers_mut();
    headers.reserve(rendered.headers.len());
    for header in rendered.headers {
        headers.append(header.name, header.value);
    }
    Ok(request)
}

/// The parts of a request, for whoever shows and whoever sends.
struct Rendered {
    method: http::Method,
    url: Url,
    headers: Vec<Header>,
    body: Sink,
}

impl Rendered {
    fn of(
        plan: &Plan,
        message: &Message,
        clock: &dyn Clock,
        sink: impl Fn() -> Sink,
    ) -> Result<Self, RenderError> {
        let values = Values::new(message, clock, &plan.configured);
        let mut scratch = Scratch::default();
        let url = match plan.url.fixed() {
            Some(url) => url.clone(),
            None => plan.url.render(&values, plan.encoding, sink(), &mut scratch)?,
        };
        let mut headers = Vec::with_capacity(plan.headers.len());
        for header in &plan.headers {
            headers.extend(header.render(&values, &mut scratch)?);
        }
        let body = plan.body.render(&values, plan.encoding, sink(), &mut scratch)?;
        Ok(Self { method: plan.method.clone(), url, headers, body })
    }
}

impl fmt::Display for PreparedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {:?}", self.rendered.method, self.rendered.url)?;
        for header in &self.rendered.headers {
            writeln!(f, "{header:?}")?;
        }
        if !self.rendered.body.is_empty() {
            write!(f, "\n{:?}", self.rendered.body)?;
        }
        Ok(())
    }
}

impl fmt::Debug for PreparedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedRequest")
            .field("method", &self.rendered.method)
            .field("url", &self.rendered.url)
            .field("segments", &self.segments)
            .finish_non_exhaustive()
    }
}
