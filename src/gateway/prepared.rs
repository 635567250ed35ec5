use std::fmt;

use http::{HeaderName, HeaderValue};

use super::curl::CurlCommand;
use super::request::header::Header;
use super::request::masked::MaskedBytes;
use super::request::render_error::RenderError;
use super::request::url::Url;
use super::request::values::Values;
use super::request_plan::RequestPlan;
use crate::message::{Message, Segments};
use crate::secret::SecretString;

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
    /// The user name and the password with which curl answers the challenge of a server.
    login: Option<SecretString>,
}

impl PreparedRequest {
    pub(super) fn render(
        plan: &RequestPlan,
        values: Values<'_>,
        message: &Message,
    ) -> Result<Self, RenderError> {
        let mut headers = Vec::new();
        let (url, body) = plan.render(values, MaskedBytes::default, |it| headers.push(it))?;
        // The URL is either rendered or fixed, so the error cannot occur.
        let url = url.or_else(|| plan.url.fixed().cloned());
        let url = url.ok_or_else(|| RenderError::new("request.url", "the URL is missing"))?;
        let segments = Segments::of(message.text().expose());
        Ok(Self { method: plan.method.clone(), url, headers, body, segments, login: None })
    }

    pub(super) fn with_login(mut self, login: Option<SecretString>) -> Self {
        self.login = login;
        self
    }

    /// Converts the request to a curl command. The configured secrets become shell variables.
    ///
    /// The variable of a header with a fetched token contains `{{token}}`: replace it with a token.
    /// A signature or a JWT is the one of this request. Many gateways accept it for a short time
    /// only. For a gateway with [`Auth::HttpDigest`](crate::gateway::Auth::HttpDigest), curl gets
    /// the credentials and answers the challenge itself.
    ///
    /// # Security
    ///
    /// The command contains the phone number, text and code of this message.
    /// [`HttpGateway::sample_curl`](crate::gateway::HttpGateway::sample_curl) contains those of a
    /// sample message instead.
    #[must_use]
    pub fn to_curl(&self) -> CurlCommand {
        let (method, login) = (self.method().as_str(), self.login.as_ref());
        CurlCommand::new(method, self.url_sink(), login, self.headers(), self.body_sink())
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
