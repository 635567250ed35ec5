use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::auth::sign::Signed;
use super::auth::token::TokenPlan;
use super::curl::CurlCommand;
use super::plan::Plan;
use super::request::header::Header;
use super::request::masked::MaskedBytes;
use super::request::render_error::RenderError;
use super::request::scratch::Scratch;
use super::request::url::Url;
use super::request::values::Values;
use crate::clock::Clock;
use crate::message::{Message, Segments};
use crate::transport::Request;

/// A rendered request that is not sent (a dry run).
///
/// `Display` prints it for people. Secrets, texts and codes are shown as `***`, and phone numbers
/// without their middle digits.
///
/// # Examples
///
/// See [`HttpGateway::prepare`](crate::gateway::HttpGateway::prepare).
///
/// # Security
///
/// The URL, the headers and the body can be read only with the methods named `expose_…`. The
/// command from [`to_curl`](Self::to_curl) shows the phone number, the text and the code as well.
pub struct PreparedRequest {
    method: http::Method,
    url: Url,
    headers: Vec<Header>,
    body: MaskedBytes,
    segments: Segments,
}

impl PreparedRequest {
    pub(super) fn render(
        plan: &Plan,
        message: &Message,
        clock: &dyn Clock,
    ) -> Result<Self, RenderError> {
        let mut headers = Vec::with_capacity(plan.headers.len());
        let keep = |header| headers.push(header);
        let (url, body) = render(plan, message, clock, MaskedBytes::default, keep)?;
        // A dry run fetches no token, so it shows a placeholder.
        headers.extend(plan.token.as_ref().and_then(TokenPlan::sample));
        // The URL is either rendered or fixed, so the error cannot occur.
        let url = url.or_else(|| plan.url.fixed().cloned());
        let url = url.ok_or_else(|| RenderError::new("request.url", "the URL is missing"))?;
        let segments = Segments::of(message.text().expose());
        Ok(Self { method: plan.method.clone(), url, headers, body, segments })
    }

    /// Converts the request to a curl command. The configured secrets become shell variables.
    ///
    /// The variable of a header with a fetched token contains `{{token}}`: replace it with a token.
    /// A signature is the one of this request. Many gateways accept it for a short time only.
    ///
    /// # Security
    ///
    /// The command contains the phone number, text and code of this message.
    /// [`HttpGateway::sample_curl`](crate::gateway::HttpGateway::sample_curl) contains those of a
    /// sample message instead.
    #[must_use]
    pub fn to_curl(&self) -> CurlCommand {
        CurlCommand::new(self.method().as_str(), self.url_sink(), self.headers(), self.body_sink())
    }

    pub(super) fn url_sink(&self) -> &MaskedBytes {
        &self.url.shown
    }

    pub(super) fn headers(&self) -> &[Header] {
        &self.headers
    }

    pub(super) const fn body_sink(&self) -> &MaskedBytes {
        &self.body
    }

    /// Returns the HTTP method, in the type of the crate `http`.
    #[must_use]
    pub const fn method(&self) -> &http::Method {
        &self.method
    }

    /// Returns the number of SMS segments of the text, and its encoding.
    #[must_use]
    pub const fn segments(&self) -> Segments {
        self.segments
    }

    /// Returns the URL, including secrets.
    #[must_use]
    pub fn expose_url(&self) -> &str {
        // A rendered URL is ASCII, so the default cannot occur.
        std::str::from_utf8(self.url.shown.bytes()).unwrap_or_default()
    }

    /// Returns the headers in order, including secrets. Headers that the HTTP client adds are not
    /// included.
    pub fn expose_headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.headers.iter().map(|header| (&header.name, &header.value))
    }

    /// Returns the body, including secrets.
    #[must_use]
    pub fn expose_body(&self) -> &[u8] {
        self.body.bytes()
    }
}

/// Renders the same request for a [`Transport`](crate::transport::Transport): the bytes are equal,
/// but none of them can be shown.
pub(super) fn render_request(
    plan: &Plan,
    message: &Message,
    clock: &dyn Clock,
) -> Result<Request, RenderError> {
    let mut headers = HeaderMap::with_capacity(plan.headers.len());
    let (url, body) = render(plan, message, clock, MaskedBytes::unseen, |header| {
        // A spec may repeat a header, so `insert` would lose values.
        headers.append(header.name, header.value);
    })?;
    let mut request = Request::new(body.into_bytes());
    *request.method_mut() = plan.method.clone();
    *request.uri_mut() = url.map_or_else(|| plan.url.fixed_uri(), |url| url.uri);
    *request.headers_mut() = headers;
    Ok(request)
}

/// Renders the parts of a request. Returns no URL if it is the same for each message.
fn render(
    plan: &Plan,
    message: &Message,
    clock: &dyn Clock,
    sink: impl Fn() -> MaskedBytes,
    mut header: impl FnMut(Header),
) -> Result<(Option<Url>, MaskedBytes), RenderError> {
    // All parts share the values, so `{{now}}` and a signed timestamp are the same instant.
    let mut values = Values::new(message, clock, &plan.configured);
    let mut scratch = Scratch::default();
    let render_url = |values: &Values<'_>, scratch: &mut Scratch| match plan.url.fixed() {
        Some(_) => Ok(None),
        None => plan.url.render(values, plan.encoding, sink(), scratch).map(Some),
    };
    let url = render_url(&values, &mut scratch)?;
    let (mut content_type, plan_signs) = (String::new(), plan.sign.is_some());
    for plan in &plan.headers {
        let Some(rendered) = plan.render(&values, &mut scratch)? else { continue };
        if plan_signs && rendered.name == http::header::CONTENT_TYPE {
            content_type.push_str(rendered.value.to_str().unwrap_or_default());
        }
        header(rendered);
    }
    let body = plan.body.render(&values, plan.encoding, sink(), &mut scratch)?;
    // A signature covers the URL and the body, so it is computed last.
    let Some(sign) = &plan.sign else { return Ok((url, body)) };
    let fixed = || plan.url.fixed().map(|url| &url.uri);
    let uri = url.as_ref().map(|url| &url.uri).or_else(fixed);
    let uri = uri.ok_or_else(|| RenderError::new("request.url", "the URL is missing"))?;
    let content_type = &content_type;
    let signed = Signed { method: &plan.method, uri, content_type, body: body.bytes() };
    let (signature, headers) = sign.render(&signed, &values)?;
    headers.into_iter().for_each(header);
    if !sign.is_in_request {
        return Ok((url, body));
    }
    // Once more, with the parameters, fields or members that carry the signature.
    values.sign(signature);
    let url = render_url(&values, &mut scratch)?;
    let body = plan.body.render(&values, plan.encoding, sink(), &mut scratch)?;
    Ok((url, body))
}

impl fmt::Display for PreparedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {:?}", self.method, self.url)?;
        for header in &self.headers {
            writeln!(f, "{header:?}")?;
        }
        if !self.body.is_empty() {
            write!(f, "\n{:?}", self.body)?;
        }
        Ok(())
    }
}

impl fmt::Debug for PreparedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedRequest")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("segments", &self.segments)
            .finish_non_exhaustive()
    }
}
