//! One HTTP exchange, as a trait over the `http` crate's types, and the client that does it by default.

mod address;
#[cfg(feature = "reqwest")]
mod cause;
mod error;
#[cfg(feature = "reqwest")]
mod interface;
mod options;
#[cfg(feature = "reqwest")]
mod probe;
#[cfg(feature = "reqwest")]
mod progress;
#[cfg(feature = "reqwest")]
mod reqwest;
mod resolver;
#[cfg(feature = "reqwest")]
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

#[cfg(feature = "reqwest")]
pub use self::probe::{Diagnosis, Finding, diagnose};
#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestTransport;
pub use address::is_public;
pub use error::TransportError;
#[cfg(feature = "reqwest")]
use options::LocalSource;
pub use options::{TlsBackend, TlsVersion, TransportOptions};
pub use resolver::DnsResolver;

/// A request with its whole body.
pub type Request = http::Request<Bytes>;

/// The time that is left for an exchange, where less is left than the transport would take: an extension of a
/// [`Request`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::transport::{Request, TimeLeft};
///
/// let mut request = Request::default();
/// request.extensions_mut().insert(TimeLeft(Duration::from_secs(3)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is a duration with a name")]
pub struct TimeLeft(pub Duration);

/// An answer with its whole body.
pub type Response = http::Response<Bytes>;

/// Does one HTTP exchange.
///
/// # Contract
///
/// 1. One call makes at most one exchange: nothing is repeated and no redirect is followed. A repeated request
///    is a second message, and a redirect shows the credentials to another host.
/// 2. The request goes out as it is: no header is dropped, no body re-encoded.
/// 3. Any status is an answer, not an error.
/// 4. [`TransportError::may_have_sent`] is `false` only when it is certain that no byte of the request has reached the
///    gateway: none has left, or a proxy has refused to forward it.
/// 5. It ends within a bounded time, which is no longer than the request's [`TimeLeft`], and keeps a bounded part of the
///    answer.
/// 6. Neither URL nor header nor body gets into an error or a log.
///
/// # Security
///
/// The body of a request, its sensitive headers and a URL with a secret in it are wiped when their last owner drops them,
/// so a transport should pass them on without a copy. Answers are wiped by the gateway where nobody else holds them.
///
/// # Examples
///
/// Any client will do. This one never reaches the network:
///
/// ```
/// use otpost::async_trait;
/// use otpost::transport::{Request, Response, Transport, TransportError};
///
/// #[derive(Debug)]
/// struct Always202;
///
/// #[async_trait]
/// impl Transport for Always202 {
///     async fn call(&self, _request: Request) -> Result<Response, TransportError> {
///         let mut response = Response::default();
///         *response.status_mut() = http::StatusCode::ACCEPTED;
///         Ok(response)
///     }
/// }
/// ```
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends the request and reads the answer.
    ///
    /// # Errors
    ///
    /// [`TransportError`] when there is no whole answer.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves open whether the request was sent.
    async fn call(&self, request: Request) -> Result<Response, TransportError>;
}

const _: fn(&dyn Transport) = |_| ();

#[async_trait]
impl<T: Transport + ?Sized> Transport for Arc<T> {
    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        (**self).call(request).await
    }
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for Box<T> {
    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        (**self).call(request).await
    }
}
