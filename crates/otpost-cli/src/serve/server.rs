//! The HTTP server.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer as HyperTimer};
use otpost::clock::Timer;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::delivery::{Delivered, MessageRequest, deliver};
use super::log::{log_request, progress};
use super::reply::ServeReply;
use super::routes::{Endpoint, Routed, route};
use super::state::ServeState;

/// The maximum length of a body in bytes. Hooks contain the whole user.
const MAX_BODY: usize = 256 * 1_024;
/// The maximum length of a request's head in bytes.
const MAX_HEAD: usize = 32 * 1_024;
/// The time for a request's head and for its body, and the time for which a connection stays open
/// without a request.
const READ_TIME: Duration = Duration::from_secs(10);
/// The maximum number of connections.
const MAX_CONNECTIONS: u32 = 512;
/// The time for which a connection may be used. Callers then open another one.
const CONNECTION_TIME: Duration = Duration::from_secs(60);
/// The maximum number of messages that are sent at the same time.
const MAX_SENDS: u32 = 128;
const SECOND: Duration = Duration::from_secs(1);
/// The time between two rounds of [`Counters::upkeep`](super::counters::Counters::upkeep).
const UPKEEP: Duration = Duration::from_secs(5);

/// Serves until `stop` ends. Messages that are being sent then still get their responses.
pub(super) async fn run(
    listener: std::net::TcpListener,
    state: ServeState,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let deadline = state.deadline;
    // A request that has just begun still takes its time.
    let grace = READ_TIME.saturating_add(deadline).saturating_add(SECOND);
    let (stopping, is_stopping) = watch::channel(false);
    let (state, sends) = (Arc::new(state), semaphore(MAX_SENDS));
    let server = Server { state, sends, is_stopping };
    let connections = semaphore(MAX_CONNECTIONS);
    let mut stop = std::pin::pin!(stop);
    let mut upkeep = tokio::time::interval(UPKEEP);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            _ = upkeep.tick() => {
                server.state.counters.upkeep();
                continue;
            }
            () = &mut stop => break,
        };
        let Some((stream, permit)) = accepted else { continue };
        let requests = server.clone();
        let service = service_fn(move |request| {
            let server = requests.clone();
            async move { Ok::<_, Infallible>(server.respond(request).await) }
        });
        let mut is_stopping = server.is_stopping.clone();
        tokio::spawn(async move {
            let end = async {
                tokio::select! {
                    () = tokio::time::sleep(CONNECTION_TIME) => {}
                    _ = is_stopping.wait_for(|is_stopping| *is_stopping) => {}
                }
            };
            serve_connection(stream, service, end, grace).await;
            drop(permit);
        });
    }
    drop(listener);
    stopping.send_replace(true);
    progress("stopping: messages that are being sent are finished");
    let finished = async {
        // At the same time: a message that began while the others are finished would be cut off, and
        // its caller would send it again. A caller can also have closed its connection.
        let sends = server.sends.acquire_many(MAX_SENDS);
        let _ = tokio::join!(sends, connections.acquire_many(MAX_CONNECTIONS));
    };
    let time = deadline.saturating_add(SECOND);
    if tokio::time::timeout(time, finished).await.is_err() {
        progress("stopped: some connections were still open");
    }
    Ok(())
}

/// Serves a connection until the caller closes it. After `end`, the request that is running has the
/// time `grace`, and no other one is read.
///
/// Hyper does not limit the time of a write. A caller that reads no responses would keep its place
/// for ever, and those with a few hundred connections would keep all places.
async fn serve_connection<S>(
    stream: TcpStream,
    service: S,
    end: impl Future<Output = ()>,
    grace: Duration,
) where
    S: HttpService<Incoming, ResBody = Full<Bytes>, Error = Infallible>,
{
    let connection = http1::Builder::new()
        .timer(HyperTimer::new())
        .header_read_timeout(READ_TIME)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // The caller sees the error too.
        _ = connection.as_mut() => return,
        () = end => {}
    }
    connection.as_mut().graceful_shutdown();
    // A message that is being sent has a task of its own, and is not lost with the connection.
    let _ = tokio::time::timeout(grace, connection).await;
}

/// Waits for a place and a connection. Returns `None` if the connection failed.
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    // The semaphore is never closed.
    let permit = connections.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            // Responses are short. Without this they could wait for the other side's confirmation.
            let _ = stream.set_nodelay(true);
            Some((stream, permit))
        }
        Err(_) => {
            // For example, too many files are open. Trying again at once would use up the CPU.
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

fn semaphore(permits: u32) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(usize::try_from(permits).unwrap_or(1)))
}

#[derive(Clone)]
struct Server {
    state: Arc<ServeState>,
    sends: Arc<Semaphore>,
    is_stopping: watch::Receiver<bool>,
}

impl Server {
    async fn respond(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let begin = self.state.timer.elapsed();
        let (endpoint, caller, delivered, is_verified) = match read(request).await {
            Err(reply) => (Endpoint::Other, None, refused(reply), false),
            Ok(request) => match route(&self.state, &request) {
                Routed::Page(page) => return page.map(|text| Full::new(text.into())),
                Routed::Refused(endpoint, reply) => (endpoint, None, refused(reply), false),
                Routed::RefusedHook(endpoint, reply) => (endpoint, None, refused(reply), true),
                Routed::Message(endpoint, message) => {
                    let caller = message.caller.clone();
                    (endpoint, Some(caller), self.deliver(message).await, true)
                }
            },
        };
        let elapsed = self.state.timer.elapsed().saturating_sub(begin);
        self.state.counters.count(endpoint.path(), &delivered.reply, elapsed);
        log_request(endpoint.path(), caller.as_deref(), &delivered, elapsed);
        let response = if is_verified {
            endpoint.response(delivered.reply)
        } else {
            delivered.reply.into_response()
        };
        response.map(|text| Full::new(text.into()))
    }

    /// Sends a message in a separate task. If the caller closes the connection, hyper drops the
    /// response; a message that is half sent would have no fate, and its limits no end.
    async fn deliver(&self, message: MessageRequest) -> Delivered {
        let busy = |message: &str| {
            let reply = ServeReply::refused(StatusCode::SERVICE_UNAVAILABLE, "busy", message);
            refused(reply.with_retry_after(SECOND))
        };
        if *self.is_stopping.borrow() {
            return busy("the server is stopping");
        }
        let Ok(permit) = self.sends.clone().try_acquire_owned() else {
            return busy("too many messages are being sent");
        };
        let state = self.state.clone();
        let task = tokio::spawn(async move {
            let delivered = deliver(&state, &message).await;
            drop(permit);
            delivered
        });
        task.await.unwrap_or_else(|_| {
            // The task panicked, so nothing is known.
            let message = "the message may have been sent";
            refused(ServeReply::lost(message))
        })
    }
}

const fn refused(reply: ServeReply) -> Delivered {
    Delivered { reply, region: None, reason: None }
}

/// Reads the whole body.
async fn read(request: Request<Incoming>) -> Result<Request<Vec<u8>>, ServeReply> {
    let refused =
        |status, message: &str| Err(ServeReply::refused(status, "invalid_request", message));
    let too_long = || refused(StatusCode::PAYLOAD_TOO_LARGE, "the body has more than 256 KiB");
    let (parts, body) = request.into_parts();
    // Before anything of it is read, if the length is given.
    if usize::try_from(body.size_hint().lower()).is_ok_and(|length| length > MAX_BODY) {
        return too_long();
    }
    let body = tokio::time::timeout(READ_TIME, Limited::new(body, MAX_BODY).collect()).await;
    match body {
        Err(_) => refused(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time"),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => too_long(),
        Ok(Err(_)) => refused(StatusCode::BAD_REQUEST, "the body cannot be read"),
        Ok(Ok(body)) => Ok(Request::from_parts(parts, body.to_bytes().to_vec())),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Write};
    use std::net::TcpStream as BlockingStream;

    use tokio::sync::oneshot;

    use super::*;

    /// The time without progress after which a connection is known to be full. A shorter one than
    /// it takes makes the test weaker, and not wrong.
    const STALLED: Duration = Duration::from_millis(500);
    /// More than any machine takes to close a connection.
    const CLOSED: Duration = Duration::from_secs(120);

    /// Sends requests and reads no response, until nothing more can be written.
    fn write_until(stream: &mut BlockingStream, time: Duration) -> ErrorKind {
        stream.set_write_timeout(Some(time)).unwrap();
        let requests = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(100);
        loop {
            if let Err(error) = stream.write_all(&requests) {
                return error.kind();
            }
        }
    }

    async fn large(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        Ok(Response::new(Full::new(Bytes::from(vec![b'x'; 65_536]))))
    }

    /// Returns the kinds of errors of a caller that reads nothing, before and after the end.
    async fn errors(has_limit: bool, time: Duration) -> [ErrorKind; 2] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, receiver) = oneshot::channel();
        let caller = tokio::task::spawn_blocking(move || {
            let mut stream = BlockingStream::connect(address).unwrap();
            let before = write_until(&mut stream, STALLED);
            sender.send(()).unwrap();
            [before, write_until(&mut stream, time)]
        });
        let (stream, _) = listener.accept().await.unwrap();
        let end = async { receiver.await.unwrap() };
        let served = async {
            if has_limit {
                serve_connection(stream, service_fn(large), end, STALLED).await;
            } else {
                let mut builder = http1::Builder::new();
                builder.timer(HyperTimer::new()).header_read_timeout(STALLED);
                let stream = TokioIo::new(stream);
                let _ = builder.serve_connection(stream, service_fn(large)).await;
            }
        };
        tokio::select! {
            errors = caller => errors.unwrap(),
            () = async { served.await; std::future::pending().await } => unreachable!(),
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn callers_that_read_nothing_lose_their_connection() {
        let [before, after] = errors(true, CLOSED).await;
        assert!(matches!(before, ErrorKind::TimedOut | ErrorKind::WouldBlock), "{before}");
        assert!(!matches!(after, ErrorKind::TimedOut | ErrorKind::WouldBlock), "{after}");
        // With timeouts for reading alone, the connection stays open.
        let [_, after] = errors(false, STALLED.saturating_mul(4)).await;
        assert!(matches!(after, ErrorKind::TimedOut | ErrorKind::WouldBlock), "{after}");
    }
}
