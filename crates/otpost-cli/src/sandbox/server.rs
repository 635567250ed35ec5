//! The connections of a sandbox.

use std::fmt;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::body::{PlayedFault, SandboxReply, SandboxResponse};
use super::route::route;
use super::state::Sandbox;
use super::stream::SharedStream;

/// The maximum size of the head of a request, in bytes. The target alone can have 64 KiB.
const MAX_HEAD: usize = 128 * 1_024;
/// The time for the head of a request, and between two requests.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// The time that open requests get when the sandbox stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// The limits of connections.
#[derive(Clone, Copy)]
pub(super) struct ConnectionLimits {
    /// The maximum number of connections. Others wait.
    pub(super) connections: usize,
    /// The time after which a client that reads nothing is disconnected.
    pub(super) write_timeout: Duration,
}

impl ConnectionLimits {
    pub(super) const USUAL: Self =
        Self { connections: 512, write_timeout: Duration::from_secs(10) };
}

/// Serves until `stop` ends, then closes the connections.
pub(super) async fn serve(
    listener: TcpListener,
    sandbox: Arc<Sandbox>,
    limits: ConnectionLimits,
    stop: impl Future<Output = io::Result<()>>,
    stopping: watch::Sender<bool>,
) -> io::Result<()> {
    let mut connections = JoinSet::new();
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut stop = pin!(stop);
    let stopped = loop {
        let accepted = async {
            // The semaphore is never closed, so there is always a permit in the end.
            let permit = room.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        tokio::select! {
            stopped = &mut stop => break stopped,
            (permit, accepted) = accepted => match accepted {
                Ok((stream, _)) => {
                    let sandbox = sandbox.clone();
                    connections.spawn(async move {
                        let _permit = permit;
                        // The client sees a lost connection too.
                        let _ = connection(stream, sandbox, limits.write_timeout).await;
                    });
                }
                // For example too many open files. It passes when connections end.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            },
        }
        while connections.try_join_next().is_some() {}
    };
    stopping.send_replace(true);
    let drained = async { while connections.join_next().await.is_some() {} };
    // What is still open then, such as a slow response, ends with the process.
    let _ = tokio::time::timeout(STOP_TIMEOUT, drained).await;
    stopped
}

/// Serves one connection. A fault ends it.
async fn connection(
    stream: TcpStream,
    sandbox: Arc<Sandbox>,
    write_timeout: Duration,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let stream = Arc::new(stream);
    let shared = || SharedStream::new(stream.clone(), write_timeout);
    let played = Arc::new(Mutex::new(None));
    serve_http(shared(), &sandbox, &played).await;
    let fault = played.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(PlayedFault { bytes, is_reset }) = fault else { return Ok(()) };
    shared().write_all(&bytes).await?;
    // With this option, closing the socket sends a reset (RST).
    if is_reset { stream.set_zero_linger() } else { Ok(()) }
}

async fn serve_http(
    stream: SharedStream,
    sandbox: &Arc<Sandbox>,
    played: &Arc<Mutex<Option<PlayedFault>>>,
) {
    let service = service_fn(|request: hyper::Request<Incoming>| async move {
        match route(sandbox, request).await {
            SandboxReply::Response { response, delay } => {
                if !delay.is_zero() {
                    tokio::time::sleep(delay).await;
                }
                Ok(response)
            }
            // With an error, the server writes nothing and gives up the connection.
            SandboxReply::Fault(fault) => {
                *played.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
                Err::<SandboxResponse, _>(FaultIsPlayed)
            }
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // An error is of the client, or a fault.
        _ = connection.as_mut() => return,
        () = sandbox.stopped() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// The error with which a service gives up a connection.
#[derive(Debug)]
struct FaultIsPlayed;

impl fmt::Display for FaultIsPlayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault is played")
    }
}

impl std::error::Error for FaultIsPlayed {}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::watch;

    use super::{ConnectionLimits, serve};
    use crate::sandbox::access::SandboxAccess;
    use crate::sandbox::report_desk::ReportDesk;
    use crate::sandbox::state::{Sandbox, SandboxSettings};

    const REQUEST: &str = "GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n";

    /// Without the limit, the second client waits as long as the first one likes.
    #[tokio::test]
    async fn client_that_does_not_read_makes_room_for_others() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stopping, stopping_seen) = watch::channel(false);
        let access = SandboxAccess::new(address, &[], None);
        let settings = SandboxSettings {
            access,
            given: otpost::redact::Redactor::new(),
            origin: format!("http://{address}"),
            is_strict: false,
            slow: Duration::ZERO,
            reports: ReportDesk::new(None, Vec::new(), None),
        };
        let sandbox = Arc::new(Sandbox::new(Vec::new(), settings, stopping_seen));
        let limits = ConnectionLimits { connections: 1, write_timeout: Duration::from_millis(50) };
        let server =
            tokio::spawn(serve(listener, sandbox, limits, std::future::pending(), stopping));
        // The responses are longer than all buffers of a connection.
        let mut greedy = TcpStream::connect(address).await.unwrap();
        let greedy = tokio::spawn(async move {
            // The server may end the connection before it has read all requests.
            let _ = greedy.write_all(REQUEST.repeat(2_000).as_bytes()).await;
            std::future::pending::<()>().await;
        });
        let mut other = TcpStream::connect(address).await.unwrap();
        other.write_all(REQUEST.as_bytes()).await.unwrap();
        let mut start = [0; 12];
        let read = other.read_exact(&mut start);
        tokio::time::timeout(Duration::from_secs(60), read).await.unwrap().unwrap();
        assert_eq!(&start, b"HTTP/1.1 200");
        greedy.abort();
        server.abort();
    }
}
