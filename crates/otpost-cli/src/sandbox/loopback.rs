//! A transport to the sandbox itself, for samples.

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use otpost::async_trait;
use otpost::provider::Stage;
use otpost::transport::{Request, Response, Transport, TransportError};
use tokio::net::TcpStream;

/// The maximum size of a response in bytes.
const MAX_RESPONSE: usize = 256 * 1_024;
/// The time that is left for a response beside that of a slow one.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A transport that sends every request to one gateway of the sandbox, whatever its host.
///
/// A sample arrives like a message of an application: with real bytes on a real socket, so that
/// faults happen to it as well.
#[derive(Clone, Debug)]
pub(super) struct Loopback {
    address: SocketAddr,
    /// The path before that of the spec, such as `/g/acme`.
    prefix: String,
    timeout: Duration,
}

impl Loopback {
    pub(super) fn new(address: SocketAddr, prefix: String, slow: Duration) -> Self {
        Self { address, prefix, timeout: slow.saturating_add(TIMEOUT) }
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let connect = TcpStream::connect(self.address).await;
        let stream = connect.map_err(|error| {
            TransportError::not_sent(Stage::Tcp, "the sandbox cannot be reached").with_source(error)
        })?;
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|error| {
            TransportError::not_sent(Stage::Connect, "the connection was lost").with_source(error)
        })?;
        let driver = tokio::spawn(connection);
        let lost = |stage: Stage, error: Box<dyn std::error::Error + Send + Sync>| {
            TransportError::maybe_sent(stage, "the response was lost").with_source(error)
        };
        let response = sender.send_request(self.addressed(request)?).await;
        let response = response.map_err(|error| lost(Stage::Headers, error.into()))?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MAX_RESPONSE).collect().await;
        let body = body.map_err(|error| lost(Stage::Body, error))?;
        driver.abort();
        Ok(Response::from_parts(head, body.to_bytes()))
    }

    /// Writes the gateway into the path, and the sandbox into the host.
    fn addressed(&self, request: Request) -> Result<http::Request<Full<Bytes>>, TransportError> {
        let (mut head, body) = request.into_parts();
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let target = format!("{}{target}", self.prefix);
        let wrong =
            |_: http::Error| TransportError::not_sent(Stage::Config, "the path cannot be used");
        let host = head.uri.authority().map(|authority| authority.as_str().to_owned());
        let host = host.unwrap_or_else(|| self.address.to_string());
        head.uri = target.parse().map_err(|error: http::uri::InvalidUri| wrong(error.into()))?;
        let host = http::HeaderValue::from_str(&host).map_err(|error| wrong(error.into()))?;
        head.headers.insert(http::header::HOST, host);
        Ok(http::Request::from_parts(head, Full::new(body)))
    }
}

#[async_trait]
impl Transport for Loopback {
    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        let exchange = tokio::time::timeout(self.timeout, self.exchange(request)).await;
        exchange.unwrap_or_else(|_| {
            Err(TransportError::maybe_sent(Stage::Request, "there was no response in time"))
        })
    }
}
