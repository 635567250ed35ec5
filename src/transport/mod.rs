//! The [`Transport`] trait, which performs one HTTP exchange, and its default implementation over
//! `reqwest`.
//!
//! The trait uses the types of the `http` crate.

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
mod shared_tls;
#[cfg(feature = "reqwest")]
mod tls;
mod tls_options;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

#[cfg(feature = "reqwest")]
pub use self::probe::{Diagnosis, Finding, diagnose, diagnose_http};
#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestTransport;
pub use address::is_public;
pub use error::TransportError;
#[cfg(feature = "reqwest")]
pub(in crate::transport) use options::LocalSource;
pub use options::TransportOptions;
pub use resolver::DnsResolver;
pub(crate) use tls_options::KeyPin;
pub use tls_options::{TlsBackend, TlsVersion};

/// An HTTP request with its complete body.
pub type Request = http::Request<Bytes>;

/// The time that remains for an exchange, as an extension of a [`Request`].
///
/// The transport fails the exchange when this time is over. It has no effect if it is longer than
/// the transport's own timeout. A request without it has no other limit than that timeout.
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
#[expect(clippy::exhaustive_structs, reason = "a duration with a name never gets more fields")]
pub struct TimeLeft(pub Duration);

/// An HTTP response with its complete body.
pub type Response = http::Response<Bytes>;

/// A client that performs one HTTP exchange per call.
///
/// # Contract
///
/// 1. One call makes at most one exchange. The transport retries nothing and follows no redirect: a
///    retry is a second message, and a redirect sends the credentials to another host.
/// 2. The transport sends the request unchanged. It drops no header and does not re-encode the
///    body.
/// 3. Every HTTP status is a response, not an error.
/// 4. [`TransportError::may_have_sent`] is `false` only if it is certain that the gateway received
///    no byte of the request: no byte left this machine, or a proxy refused to forward it.
/// 5. The call ends within a bounded time, which is not longer than the request's [`TimeLeft`]. It
///    keeps a bounded part of the response.
/// 6. Errors and logs contain no URL, header or body.
///
/// # Security
///
/// The body of a request, its sensitive headers and a URL that contains a secret are wiped when
/// their last owner drops them. A transport should pass them on without a copy. The gateway wipes a
/// response if no other owner holds it.
///
/// # Examples
///
/// Any HTTP client can implement the trait. This one never reaches the network:
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
    /// Sends the request and reads the response.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if no complete response arrived.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, it is unknown whether the request was sent.
    async fn call(&self, request: Request) -> Result<Response, TransportError>;
}

// Compiles only while the trait is dyn-compatible: a gateway keeps it as `Arc<dyn Transport>`.
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
