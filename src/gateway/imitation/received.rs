use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::transport::Request;

/// A request that a gateway has received: the method, the target, the headers and the body.
///
/// # Examples
///
/// ```
/// use otpost::gateway::imitation::ReceivedRequest;
///
/// let request = ReceivedRequest::new("POST", "/send?lang=en")
///     .with_header("Content-Type", "application/x-www-form-urlencoded")
///     .with_body("to=41791234567&text=012345+is+your+code");
/// assert_eq!(request.method(), "POST");
/// ```
///
/// # Security
///
/// `Debug` shows the method only.
#[derive(Clone)]
pub struct ReceivedRequest {
    method: String,
    target: String,
    origin: Option<String>,
    headers: HeaderMap,
    body: Bytes,
}

impl ReceivedRequest {
    /// Creates a request without headers and body. The target is the path with the query, as in the
    /// first line of an HTTP request.
    #[must_use]
    pub fn new(method: impl Into<String>, target: impl Into<String>) -> Self {
        let (method, target) = (method.into(), target.into());
        Self { method, target, origin: None, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// Sets the origin to which the client sent the request, such as `https://sms.acme.example`.
    ///
    /// It is needed only for a signature over the host or the whole URL. Defaults to the `Host`
    /// header with `http://`.
    #[must_use]
    pub fn with_origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into());
        self
    }

    /// Adds a header. A name or a value that is not allowed in HTTP is left out, because no server
    /// can receive it.
    #[must_use]
    pub fn with_header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.as_ref());
        let value = HeaderValue::from_bytes(value.as_ref());
        if let (Ok(name), Ok(value)) = (name, value) {
            // The map panics above its capacity of 32,768 headers.
            let _ = self.headers.try_append(name, value);
        }
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Returns the method.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns the path with the query.
    ///
    /// # Security
    ///
    /// It can contain the number, the text and credentials.
    #[must_use]
    pub fn expose_target(&self) -> &str {
        &self.target
    }

    /// Returns the origin, if it is known.
    pub(super) fn origin(&self) -> Option<String> {
        let of_host = || {
            let host = self.headers.get(http::header::HOST)?.to_str().ok()?;
            Some(format!("http://{host}"))
        };
        self.origin.clone().or_else(of_host)
    }

    pub(super) const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }
}

impl From<&Request> for ReceivedRequest {
    fn from(request: &Request) -> Self {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let uri = request.uri();
        let origin = uri.scheme_str().zip(uri.authority());
        Self {
            method: request.method().as_str().to_owned(),
            origin: origin.map(|(scheme, authority)| format!("{scheme}://{authority}")),
            target: target.to_owned(),
            headers: request.headers().clone(),
            body: request.body().clone(),
        }
    }
}

impl fmt::Debug for ReceivedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedRequest").field("method", &self.method).finish_non_exhaustive()
    }
}
