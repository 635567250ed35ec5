#[cfg(feature = "tls")]
mod authority;
mod http2;
mod matrix;
mod script;
mod serve;
#[cfg(feature = "tls")]
mod tls;

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
use serve::{FaultState, Handshake};

/// A server that plays the faults of a network or a gateway, with real bytes on a real socket.
///
/// It listens on a free port of 127.0.0.1 and stops when it is dropped. See [`Fault::all`] for a
/// list of faults.
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
/// // It reads the request and closes the connection: the message may have been sent.
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

impl FaultServer {
    /// Starts a server without TLS that plays the script on every connection.
    ///
    /// # Errors
    ///
    /// Returns an error if no port can be opened.
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

    /// Plays another script on the next connection. Several calls queue up, one script per
    /// connection.
    pub fn next(&self, script: Script) {
        lock(&self.state).scripts.push_back(script);
    }

    /// Returns the scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Returns the address on which the server listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the number of connections so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }

    /// Returns the number of connections that are open now.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        lock(&self.state).open
    }

    /// Returns the number of complete requests that were read so far.
    #[must_use]
    pub fn requests(&self) -> usize {
        lock(&self.state).requests
    }

    /// Returns `true` if at least one byte of a request was read so far.
    ///
    /// Bytes that belong to the connection do not count: the TLS handshake, and the preface and
    /// settings of HTTP/2.
    #[must_use]
    pub fn is_touched(&self) -> bool {
        lock(&self.state).touched
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        // The task owns its connections, so they end with it.
        self.server.abort();
    }
}

impl fmt::Debug for FaultServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultServer").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Accepts connections until the task is aborted. The connections end with it.
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
        // Forget the connections that have ended. Otherwise the set grows with each of them.
        while connections.try_join_next().is_some() {}
    }
}
