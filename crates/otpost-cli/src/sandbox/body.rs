//! Responses of the sandbox.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use hyper::body::{Body, Bytes, Frame, SizeHint};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::event::SandboxEvent;

/// The body of a response.
pub(super) enum SandboxBody {
    /// Server-sent events, until the sender is dropped.
    Events(mpsc::Receiver<SandboxEvent>),
    /// A body that is sent at once.
    Whole(Option<Bytes>),
}

pub(super) type SandboxResponse = Response<SandboxBody>;

/// Bytes that are not an HTTP response, or none at all.
pub(super) struct PlayedFault {
    pub(super) bytes: Vec<u8>,
    /// Resets the connection instead of closing it.
    pub(super) is_reset: bool,
}

/// The reaction to a request.
pub(super) enum SandboxReply {
    Fault(PlayedFault),
    Response { response: SandboxResponse, delay: Duration },
}

impl From<SandboxResponse> for SandboxReply {
    fn from(response: SandboxResponse) -> Self {
        Self::Response { response, delay: Duration::ZERO }
    }
}

impl Body for SandboxBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = match &mut *self {
            Self::Events(events) => {
                let event = std::task::ready!(events.poll_recv(context));
                event.map(|event| event.to_bytes())
            }
            Self::Whole(bytes) => bytes.take(),
        };
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Events(_) => SizeHint::new(),
            Self::Whole(bytes) => {
                let length = bytes.as_ref().map_or(0, Bytes::len);
                SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
            }
        }
    }
}

/// Returns a response with a body of this type.
pub(super) fn whole(
    status: StatusCode,
    media_type: &'static str,
    body: impl Into<Bytes>,
) -> SandboxResponse {
    let mut response = Response::new(SandboxBody::Whole(Some(body.into())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// Returns a response with status 204.
pub(super) fn done() -> SandboxResponse {
    let mut response = Response::new(SandboxBody::Whole(None));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

pub(super) fn json_response(status: StatusCode, document: &Value) -> SandboxResponse {
    whole(status, "application/json", document.to_string())
}

/// Returns an error. The text is one sentence, and says what is accepted.
pub(super) fn problem(status: StatusCode, text: &str) -> SandboxResponse {
    json_response(status, &json!({ "error": text }))
}

/// Returns a stream of server-sent events.
pub(super) fn event_stream(events: mpsc::Receiver<SandboxEvent>) -> SandboxResponse {
    let mut response = Response::new(SandboxBody::Events(events));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
