#[cfg(feature = "tls")]
mod authority;
mod http2;
mod matrix;
mod script;
mod serve;
#[cfg(feature = "tls")]
mod tls;

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

use crate::lock;

#[cfg(feature = "tls")]
pub use authority::{TestAuthority, TestCertificate};
pub use matrix::{Fault, FaultClass, FaultProtocol};
pub use script::Script;
use serve::Handshake;

/// A server that plays scripts: what a network and a gateway can do wrong, with real bytes on a
/// real socket.
///
/// It listens on a free port of this machine and stops when it is dropped. See [`Fault::all`] for
/// what can go wrong.
///
/// # Examples
///
/// ```
/// use otpost::provider::{Fate, Provider};
/// use otpost_testing::{FaultServer, Script};
/// use otpost::{gateways, Message, PhoneNumber};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // It reads the request, says nothing and hangs up: the message may be on its way.
/// let server = FaultServer::start(Script::new().read_request()).await?;
/// let gateway = gateways::link_mobility("acme", "hunter2").origin(&server.origin()).build()?;
///
/// let message = Message::new(PhoneNumber::parse("+33612345678")?, "012345 is your code")?;
/// let error = gateway.send(&message).await.unwrap_err();
/// assert_eq!((error.fate(), server.requests()), (Fate::Unknown, 1));
/// # Ok(())
/// # }
/// ```
pub struct FaultServer {
    address: SocketAddr,
    scheme: &'static str,
    state: Arc<Mutex<FaultState>>,
    server: AbortHandle,
}

#[derive(Default)]
struct FaultState {
    connections: usize,
    /// Those that are still open.
    open: usize,
    requests: usize,
    touched: bool,
    /// For the next connections.
    scripts: VecDeque<Script>,
}

impl FaultServer {
    /// Plays the script on every connection, without TLS.
    ///
    /// # Errors
    ///
    /// Those of opening a port.
    pub async fn start(script: Script) -> io::Result<Self> {
        Self::listen(script, None).await
    }

    async fn listen(script: Script, tls: Option<Handshake>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let state = Arc::<Mutex<FaultState>>::default();
        let server = tokio::spawn(serve(listener, tls, script, state.clone())).abort_handle();
        Ok(Self { address, scheme, state, server })
    }

    /// Plays this on the next connection that has no script of its own yet.
    pub fn next(&self, script: Script) {
        lock(&self.state).scripts.push_back(script);
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were opened so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }

    /// How many connections are open now.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        lock(&self.state).open
    }

    /// How many whole requests were read so far.
    #[must_use]
    pub fn requests(&self) -> usize {
        lock(&self.state).requests
    }

    /// Whether a byte of a request was read so far. What belongs to a connection alone does not
    /// count: the handshake of TLS, and the preface and settings of HTTP/2.
    #[must_use]
    pub fn is_touched(&self) -> bool {
        lock(&self.state).touched
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl fmt::Debug for FaultServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultServer").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Accepts until it is aborted; the connections end with it.
async fn serve(
    listener: TcpListener,
    tls: Option<Handshake>,
    usual: Script,
    state: Arc<Mutex<FaultState>>,
) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let script = {
            let mut state = lock(&state);
            state.connections = state.connections.saturating_add(1);
            state.open = state.open.saturating_add(1);
            state.scripts.pop_front().unwrap_or_else(|| usual.clone())
        };
        connections.spawn(serve::run(stream, tls.clone(), script, state.clone()));
        while connections.try_join_next().is_some() {}
    }
}
