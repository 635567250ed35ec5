use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

/// The HTTP answer to a request with reports.
///
/// A gateway that does not get the answer that it expects repeats the request, some for days.
///
/// # Examples
///
/// See [`ReportReceiver`](super::ReportReceiver).
#[derive(Clone, PartialEq, Eq)]
pub struct ReportAnswer {
    status: StatusCode,
    content_type: Option<HeaderValue>,
    body: Bytes,
}

impl ReportAnswer {
    /// Creates an answer with an empty body.
    pub(super) const fn empty(status: StatusCode) -> Self {
        Self { status, content_type: None, body: Bytes::new() }
    }

    pub(super) fn new(status: u16, content_type: Option<&str>, body: &str) -> Self {
        Self {
            // The spec was checked, so both are valid.
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::OK),
            content_type: content_type.and_then(|text| HeaderValue::from_str(text).ok()),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    /// Returns the HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the value of the header `Content-Type`, or `None` if there is no such header.
    #[must_use]
    pub const fn content_type(&self) -> Option<&HeaderValue> {
        self.content_type.as_ref()
    }

    /// Returns the body, which may be empty.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns the answer as a response of the `http` crate, for any web framework.
    #[must_use]
    pub fn to_response(&self) -> Response<Bytes> {
        let mut response = Response::new(self.body.clone());
        *response.status_mut() = self.status;
        if let Some(content_type) = &self.content_type {
            response.headers_mut().insert(header::CONTENT_TYPE, content_type.clone());
        }
        response
    }
}

impl fmt::Debug for ReportAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportAnswer").field("status", &self.status).finish_non_exhaustive()
    }
}
