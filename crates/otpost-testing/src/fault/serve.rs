use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::http2;
use super::script::{Script, ScriptStep};
use crate::lock;

/// The maximum number of bytes that are read. More is a mistake in the test, or a client that never
/// stops sending.
const MAX_REQUEST: usize = 32 * 1_024 * 1_024;

/// The counts of a server, and what it plays next.
#[derive(Default)]
pub(super) struct FaultState {
    pub(super) connections: usize,
    /// The connections that are still open.
    pub(super) open: usize,
    pub(super) requests: usize,
    pub(super) touched: bool,
    /// The scripts for the next connections.
    pub(super) scripts: VecDeque<Script>,
}

/// Plays a script on one connection, until the script ends or the client disconnects.
pub(super) async fn run(
    tcp: TcpStream,
    tls: Option<Handshake>,
    script: Script,
    state: Arc<Mutex<FaultState>>,
) {
    // Ignore errors: the client sees them too, and so does the test.
    let _ = match tls {
        None => play(Box::new(tcp), script, &state).await,
        Some(shake) => match shake(tcp).await {
            Ok(stream) => play(stream, script, &state).await,
            Err(error) => Err(error),
        },
    };
    let mut state = lock(&state);
    state.open = state.open.saturating_sub(1);
}

/// The part of a socket that a script needs, with TLS or without.
pub(super) trait Socket: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;
}

type Shaken = Pin<Box<dyn Future<Output = io::Result<Box<dyn Socket>>> + Send>>;

/// The server's side of a TLS handshake, so that this file needs no TLS library.
pub(super) type Handshake = Arc<dyn Fn(TcpStream) -> Shaken + Send + Sync>;

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

async fn play(
    mut socket: Box<dyn Socket>,
    script: Script,
    state: &Mutex<FaultState>,
) -> io::Result<()> {
    // Otherwise the kernel may join several steps to one packet, or delay a small one.
    socket.tcp().set_nodelay(true)?;
    let mut reader = Reader { state, bytes: Vec::new(), requests: 0 };
    for step in script.0 {
        match step {
            ScriptStep::Read(count) => {
                let until = reader.bytes.len().saturating_add(count);
                while reader.bytes.len() < until && reader.read(&mut *socket).await? {}
            }
            ScriptStep::ReadRequest => {
                let before = reader.requests;
                while reader.requests <= before && reader.read(&mut *socket).await? {}
            }
            ScriptStep::Write(bytes) => {
                socket.write_all(&bytes).await?;
                socket.flush().await?;
            }
            ScriptStep::AnswerHttp2 { body, requests, streams } => {
                answer_http2(&mut *socket, &mut reader, &body, requests, streams).await?;
            }
            ScriptStep::WriteForever(bytes, pause) => loop {
                socket.write_all(&bytes).await?;
                if !pause.is_zero() {
                    socket.flush().await?;
                    tokio::time::sleep(pause).await;
                }
            },
            ScriptStep::Hang => while reader.read(&mut *socket).await? {},
            ScriptStep::Wait(time) => tokio::time::sleep(time).await,
            ScriptStep::Reset => {
                reader.rest(&mut *socket).await;
                // With this option, closing the socket sends a reset (RST).
                return socket.tcp().set_zero_linger();
            }
        }
    }
    reader.rest(&mut *socket).await;
    // What has arrived was read above. Unread data would turn the close into a reset.
    socket.shutdown().await
}

/// The pause without new data after which the server responds to the requests that have arrived.
const LULL: Duration = Duration::from_millis(10);
/// The error code of RFC 9113 §7.
const REFUSED_STREAM: u32 = 7;

/// Responds to HTTP/2 requests together, as soon as no more arrive. So all requests that the client
/// sends concurrently are really open at the same time, and the limit on streams is tested.
async fn answer_http2(
    socket: &mut dyn Socket,
    reader: &mut Reader<'_>,
    body: &[u8],
    requests: usize,
    streams: u32,
) -> io::Result<()> {
    socket.write_all(&http2::settings_with_streams(streams)).await?;
    socket.flush().await?;
    let room = usize::try_from(streams).unwrap_or(usize::MAX);
    let (mut answered, mut refused, mut ponged): (usize, usize, usize) = (0, 0, 0);
    while answered < requests {
        match tokio::time::timeout(LULL, reader.read(socket)).await {
            Ok(read) => {
                if !read? {
                    return Ok(());
                }
            }
            Err(_) => {
                let seen = http2::read(&reader.bytes);
                let done = answered.saturating_add(refused);
                // Requests are settled in the order in which they arrived, so the first ones are
                // done.
                let open = seen.requests.iter().skip(done);
                for (at, stream) in open.enumerate() {
                    if answered >= requests {
                        break;
                    }
                    let bytes = if at < room {
                        answered = answered.saturating_add(1);
                        http2::answer_on(*stream, body)
                    } else {
                        refused = refused.saturating_add(1);
                        http2::reset_on(*stream, REFUSED_STREAM)
                    };
                    socket.write_all(&bytes).await?;
                }
                // A client that gets no reply to a PING may take the connection for dead.
                for ping in seen.pings.iter().skip(ponged) {
                    socket.write_all(&http2::pong(ping)).await?;
                }
                ponged = seen.pings.len();
                socket.flush().await?;
            }
        }
    }
    Ok(())
}

/// Reads a client's bytes, and counts its requests.
struct Reader<'a> {
    state: &'a Mutex<FaultState>,
    bytes: Vec<u8>,
    requests: usize,
}

impl Reader<'_> {
    /// Reads a piece of data. Returns `false` if the client has stopped sending.
    async fn read(&mut self, socket: &mut dyn Socket) -> io::Result<bool> {
        if self.bytes.len() > MAX_REQUEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let read = socket.read_buf(&mut self.bytes).await?;
        self.count();
        Ok(read > 0)
    }

    /// Reads data that has already arrived, so that it is counted.
    async fn rest(&mut self, socket: &mut dyn Socket) {
        // A timeout of zero polls the socket once, and does not wait for more data.
        while let Ok(Ok(true)) = tokio::time::timeout(Duration::ZERO, self.read(socket)).await {}
    }

    fn count(&mut self) {
        // Also true for the first bytes of a preface. Until it is complete, nothing counts as a
        // request.
        let (of_requests, requests) = if http2::PREFACE
            .starts_with(self.bytes.get(..http2::PREFACE.len()).unwrap_or(&self.bytes))
        {
            let seen = http2::read(&self.bytes);
            (seen.of_requests, seen.requests.len())
        } else {
            // An unexpected TLS handshake is not part of a request. Its records begin with 22 (RFC
            // 8446 §5.1).
            let is_handshake = self.bytes.first() == Some(&22);
            let of_request = if is_handshake { 0 } else { self.bytes.len() };
            (of_request, http1_requests(&self.bytes))
        };
        let new = requests.saturating_sub(self.requests);
        self.requests = requests;
        let mut state = lock(self.state);
        state.requests = state.requests.saturating_add(new);
        state.touched |= of_requests > 0;
    }
}

/// Returns the number of complete HTTP/1.1 requests.
fn http1_requests(mut bytes: &[u8]) -> usize {
    let mut count: usize = 0;
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        let Ok(httparse::Status::Complete(head)) = request.parse(bytes) else { return count };
        let length = request
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case("content-length"))
            .and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok())
            .unwrap_or(0);
        let Some(rest) = bytes.get(head.saturating_add(length)..) else { return count };
        count = count.saturating_add(1);
        bytes = rest;
    }
}
