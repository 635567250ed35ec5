//! The TLS library of the default transport.
//!
//! Each transport chooses its library when it is built, among those that were compiled. A feature
//! only adds a library: it must not change the one that another crate of the same program has
//! chosen.

#[cfg(any(
    feature = "native-tls",
    feature = "native-tls-vendored",
    feature = "rustls",
    feature = "rustls-no-provider"
))]
#[cfg_attr(
    not(any(feature = "rustls", feature = "rustls-no-provider")),
    expect(dead_code, reason = "only rustls reports enough to explain a refusal")
)]
mod certificate;
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
#[cfg(any(
    feature = "native-tls",
    feature = "native-tls-vendored",
    feature = "rustls",
    feature = "rustls-no-provider"
))]
mod sentences;

use std::error::Error;
use std::pin::Pin;
use std::time::Duration;

use reqwest::ClientBuilder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::{TlsBackend, TransportError, TransportOptions};
use crate::provider::Stage;

pub(super) const PIN_NEEDS_TLS: &str = "http:// has no key that pin_sha256 could be compared with";

/// A TLS library, set up with the options of a transport. It is kept so that one client after
/// another can use it.
pub(super) struct Tls(Option<Box<dyn Setup>>);

/// A library that was compiled.
trait Setup: Send + Sync {
    fn configure(&self, builder: ClientBuilder) -> ClientBuilder;

    /// Performs a handshake and describes it.
    fn probe(&self, stream: TcpStream, host: &str) -> TlsProbe;

    /// Returns whether the library records the beginning of each handshake by itself.
    fn records_handshakes(&self) -> bool {
        true
    }
}

/// A completed handshake.
pub(super) struct TlsHandshake {
    /// The versions and the certificate, for people.
    pub(super) what: String,
    pub(super) stream: Box<dyn TlsStream>,
    /// The server chose HTTP/2.
    pub(super) is_http2: bool,
}

/// An encrypted connection of any library.
pub(super) trait TlsStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> TlsStream for S {}

type TlsProbe =
    Pin<Box<dyn Future<Output = Result<TlsHandshake, Box<dyn Error + Send + Sync>>> + Send>>;

/// `None` where the library was not compiled.
type TlsSetup = Option<Result<Box<dyn Setup>, TransportError>>;

impl Tls {
    pub(super) fn new(options: &TransportOptions) -> Result<Self, TransportError> {
        options.key_pin().map_err(|what| TransportError::not_sent(Stage::Config, what))?;
        let found = match options.tls_backend {
            None => Self::default_library(options),
            Some(TlsBackend::NativeTls) => native::setup(options),
            Some(TlsBackend::Rustls) => self::rustls::setup(options),
        };
        match (found, options.tls_backend) {
            (Some(setup), _) => Ok(Self(Some(setup?))),
            // Another crate of the program may have compiled a library for the client. It would
            // know nothing of these options.
            (None, None)
                if options.pin.is_some()
                    || options.ca_certificates.is_some()
                    || options.client_identity.is_some() =>
            {
                let what = "the TLS options need the feature `rustls` or `native-tls`";
                Err(TransportError::not_sent(Stage::Config, what))
            }
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

    pub(super) fn configure(&self, builder: ClientBuilder) -> ClientBuilder {
        match &self.0 {
            None => builder,
            Some(setup) => setup.configure(builder),
        }
    }

    /// Performs a handshake and describes it. Returns `None` if no TLS library was compiled.
    pub(super) fn probe(&self, stream: TcpStream, host: &str) -> Option<TlsProbe> {
        self.0.as_ref().map(|setup| setup.probe(stream, host))
    }

    /// Returns whether the library records the beginning of each handshake by itself.
    pub(super) fn records_handshakes(&self) -> bool {
        self.0.as_ref().is_none_or(|setup| setup.records_handshakes())
    }
}

/// Describes a TLS failure, in the handshake or later on an open connection. Returns `None` for an
/// error of another kind.
pub(super) fn explain(error: &(dyn Error + 'static), host: &str, is_open: bool) -> Option<String> {
    self::rustls::explain(error, host, is_open).or_else(|| native::explain(error, host, is_open))
}

/// Returns what to do about a TLS failure in the handshake.
pub(super) fn advice(error: &(dyn Error + 'static)) -> &'static str {
    let general = "inspect the server's certificates with `openssl s_client`";
    self::rustls::advice(error).unwrap_or(general)
}

/// Describes a handshake that the server did not answer in time.
pub(super) fn unanswered(host: &str, lasted: Duration) -> String {
    let time = lasted.as_secs_f64();
    format!("the TLS handshake with {host} did not end in {time:.1} s: does the port support TLS?")
}

/// Describes the certificates that the options trust.
#[cfg(any(
    feature = "native-tls",
    feature = "native-tls-vendored",
    feature = "rustls",
    feature = "rustls-no-provider"
))]
const fn trust(options: &TransportOptions) -> &'static str {
    match (&options.pin, &options.ca_certificates) {
        (Some(_), _) => "its pinned key",
        (None, Some(_)) => "the CAs of the system and of the options",
        (None, None) => "the CAs of the system",
    }
}
