//! `GET /api/events`: what happens, as server-sent events.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use tokio::sync::mpsc;

use super::body::{SandboxResponse, event_stream, problem};
use super::event::SandboxEvent;
use super::state::Sandbox;

/// The events that wait for a slow connection.
const MAX_QUEUED: usize = 64;
/// The time after which a comment is sent.
const PING: Duration = Duration::from_secs(15);

/// Streams events until the reader disconnects, or the sandbox stops. The number of readers is
/// limited, since each of them holds a connection and messages for as long as it likes.
pub(super) fn events(sandbox: Arc<Sandbox>, since: Option<u64>) -> SandboxResponse {
    let Ok(place) = sandbox.event_readers.clone().try_acquire_owned() else {
        let text = "too many readers of events: expected at most 16 at a time";
        return problem(StatusCode::SERVICE_UNAVAILABLE, text);
    };
    let (sender, receiver) = mpsc::channel(MAX_QUEUED);
    tokio::spawn(async move {
        let _place = place;
        // The reader is gone. There is nobody to tell.
        let _ = stream(&sandbox, since, &sender).await;
    });
    event_stream(receiver)
}

/// Returns `None` when the reader is gone or too slow, or the sandbox stops.
async fn stream(
    sandbox: &Sandbox,
    since: Option<u64>,
    reader: &mpsc::Sender<SandboxEvent>,
) -> Option<()> {
    let (before, mut events) = sandbox.subscribe(since);
    reader.send(SandboxEvent::Opened).await.ok()?;
    for message in before {
        reader.send(SandboxEvent::Message(message)).await.ok()?;
    }
    loop {
        let event = tokio::select! {
            // After an overflow, a new connection with `Last-Event-ID` gets what is missing.
            event = events.recv() => event.ok()?,
            () = reader.closed() => return None,
            () = sandbox.stopped() => return None,
            () = tokio::time::sleep(PING) => SandboxEvent::Ping,
        };
        reader.send(event).await.ok()?;
    }
}
