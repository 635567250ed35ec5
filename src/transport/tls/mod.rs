//! The TLS library of the default transport.
//!
//! Each transport chooses its library when it is built, among those that were compiled. A feature
//! only adds a library: it must not change the one that another crate of the same program has
//! chosen.

#[cfg(any(feature = "native-tls", feature = "native-tls-vendored"))]
mod native;
#[cfg(not(any(feature = "native-tls", feature = "native-tls-vendored")))]
#[path = "no_native.rs"]
mod native;
#[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
mod rustls;
#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider")))]
#[path = "no_rustls.rs"]
mod rustls;

use std::error::Error;

use reqwest::ClientBuilder;
use tokio::net::TcpStream;

use super::{TlsBackend, TransportError, TransportOptions};
use crate::provider::Stage;

pub(super) use self::rustls::explain;

/// A TLS library, set up with the options of a transport. It is kept so that one client after
/// another can use it.
pub(super) struct Tls(Option<Box<dyn Setup>>);

/// A library that was compiled.
trait Setup: Send + Sync {
    fn configure(&self, builder: ClientBuilder) -> Result<ClientBuilder, TransportError>;
}

/// `None` where the library was not compiled.
type TlsSetup = Option<Result<Box<dyn Setup>, TransportError>>;

impl Tls {
    pub(super) fn new(options: &TransportOptions) -> Result<Self, TransportError> {
        let found = match options.tls_backend {
            None => Self::default_library(options),
            Some(TlsBackend::NativeTls) => native::setup(options),
            Some(TlsBackend::Rustls) => self::rustls::setup(options),
        };
        match (found, options.tls_backend) {
            (Some(setup), _) => Ok(Self(Some(setup?))),
            // Without TLS the client refuses `https`.
            (None, None) => Ok(Self(None)),
            (None, Some(backend)) => {
                let what = format!("the TLS backend {backend} needs the feature `{backend}`");
                Err(TransportError::not_sent(Stage::Config, what))
            }
        }
    }

    /// rustls, or the system's library where rustls is missing or has no crypto provider.
    fn default_library(options: &TransportOptions) -> TlsSetup {
        match self::rustls::setup(options) {
            None => native::setup(options),
            // No other error is a reason to change the library: an invalid certificate has to be
            // reported.
            Some(Err(error)) if !self::rustls::has_crypto() => {
                native::setup(options).or(Some(Err(error)))
            }
            found => found,
        }
    }

    pub(super) fn configure(
        &self,
        builder: ClientBuilder,
    ) -> Result<ClientBuilder, TransportError> {
        match &self.0 {
            None => Ok(builder),
            Some(setup) => setup.configure(builder),
        }
    }
}

/// Performs a handshake and describes it. Only rustls tells enough for that.
pub(super) async fn probe(
    stream: TcpStream,
    host: &str,
    options: &TransportOptions,
) -> Result<String, Box<dyn Error + Send + Sync>> {
    if options.tls_backend == Some(TlsBackend::NativeTls) {
        return Ok(not_tried(host));
    }
    self::rustls::probe(stream, host, options).await
}

fn not_tried(host: &str) -> String {
    format!("the handshake with {host} was not tried: that needs rustls")
}
