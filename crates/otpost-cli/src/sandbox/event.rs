//! An event for `GET /api/events`.

use std::sync::Arc;

use hyper::body::Bytes;

use super::inbox::StoredMessage;

/// An event. Many readers share its data, so it becomes bytes only when it is sent.
#[derive(Clone)]
pub(super) enum SandboxEvent {
    Cleared,
    /// A gateway whose next response has changed, as JSON.
    Gateway(Arc<str>),
    Message(Arc<StoredMessage>),
    /// The start of a stream. The first bytes let a browser know that the connection is open.
    Opened,
    /// A comment, so that proxies keep the connection and a reader that is gone is noticed.
    Ping,
    /// A delivery report that was sent to the application, as JSON.
    Report(Arc<str>),
}

impl SandboxEvent {
    /// Returns the event as a server-sent event. JSON without line breaks is one line of data.
    pub(super) fn to_bytes(&self) -> Bytes {
        match self {
            Self::Cleared => Bytes::from_static(b"event: cleared\ndata: {}\n\n"),
            Self::Gateway(json) => format!("event: gateway\ndata: {json}\n\n").into(),
            Self::Message(message) => {
                let (seq, json) = (message.seq, &message.json);
                format!("id: {seq}\nevent: message\ndata: {json}\n\n").into()
            }
            Self::Opened => Bytes::from_static(b"retry: 1000\n\n"),
            Self::Report(json) => format!("event: report\ndata: {json}\n\n").into(),
            Self::Ping => Bytes::from_static(b": still here\n\n"),
        }
    }
}
