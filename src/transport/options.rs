use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::DnsResolver;
use crate::secret::SecretString;

/// How a transport connects, how long it waits and how much it reads.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::transport::TransportOptions;
///
/// let options = TransportOptions::new()
///     .with_timeout(Duration::from_secs(8))
///     .with_connect_timeout(Duration::from_secs(2));
/// # let _ = options;
/// ```
#[derive(Clone)]
pub struct TransportOptions {
    pub(super) allow_http: bool,
    pub(super) ca_certificates: Option<Arc<[u8]>>,
    pub(super) client_identity: Option<SecretString>,
    pub(super) connect_timeout: Duration,
    pub(super) deny_private: bool,
    pub(super) http2: bool,
    pub(super) idle_timeout: Duration,
    pub(super) max_response: usize,
    pub(super) min_tls: TlsVersion,
    pub(super) proxy: Option<SecretString>,
    pub(super) resolver: Option<Arc<dyn DnsResolver>>,
    pub(super) source: Option<LocalSource>,
    pub(super) timeout: Duration,
    pub(super) tls_backend: Option<TlsBackend>,
}

impl TransportOptions {
    /// Returns the defaults: 5 s to connect, 15 s in all, idle connections kept for 4 s, responses of up to 64 KiB,
    /// HTTP/1.1, no proxy, `https` only, TLS 1.2 or later.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            allow_http: false,
            ca_certificates: None,
            client_identity: None,
            connect_timeout: Duration::from_secs(5),
            deny_private: false,
            http2: false,
            // Apache, Node and uvicorn close an idle connection after 5 s. A request that crosses with the close is
            // lost, so the connection has to go earlier.
            idle_timeout: Duration::from_secs(4),
            max_response: 64 * 1_024,
            min_tls: TlsVersion::V1_2,
            proxy: None,
            resolver: None,
            source: None,
            timeout: Duration::from_secs(15),
            tls_backend: None,
        }
    }

    /// Trusts these certificate authorities as well as the system's: PEM, one or more certificates.
    #[must_use]
    pub fn with_ca_certificates(mut self, pem: impl Into<Arc<[u8]>>) -> Self {
        self.ca_certificates = Some(pem.into());
        self
    }

    /// Shows this certificate to gateways that ask for one (mTLS): PEM, the certificate with its chain, and its
    /// private key.
    #[must_use]
    pub fn with_client_identity(mut self, pem: impl Into<SecretString>) -> Self {
        self.client_identity = Some(pem.into());
        self
    }

    /// Allows `http://` to hosts other than this machine. Credentials and codes then cross the network readable.
    #[must_use]
    pub const fn with_http_allowed(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// How long name, TCP and TLS may take. Keep it below the total: with the total alone, a second address of the
    /// gateway is never tried.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long an idle connection is kept for the next message. Defaults to 4 s. Zero opens a connection for each
    /// message.
    ///
    /// A request that is sent at the moment in which the server closes the connection is lost, and its fate is unknown.
    /// Keep this at least a second below the server's own limit, which is 5 s in common servers. Where a server
    /// announces a limit of its own (`Keep-Alive: timeout=5`), connections are kept for no longer than a second less.
    ///
    /// Set it to zero for a server that sends more than one response to a request. Bytes that arrive on an idle
    /// connection close it, but a second response that arrives when the next request is on its way is taken for the
    /// response to that request, and so on until the connection is idle. HTTP/1.1 has no means to notice.
    #[must_use]
    pub const fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Offers HTTP/2 to gateways behind TLS. Defaults to HTTP/1.1 only.
    ///
    /// HTTP/1.1 opens a connection for each message under way, so that a connection that hangs delays one message. Over
    /// HTTP/2 all messages share one connection: fewer handshakes, but what happens to the connection happens to all
    /// messages on it. At most 20 are sent at a time; the others wait, and are not sent if their time ends before. Pings
    /// find a hung connection before the total timeout does. An idle timeout of zero opens a connection for each
    /// message here, too.
    ///
    /// With the features `native-tls` and `native-tls-vendored` HTTP/2 needs a TLS library that supports ALPN.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::transport::TransportOptions;
    ///
    /// let options = TransportOptions::new().with_http2();
    /// # let _ = options;
    /// ```
    #[must_use]
    pub const fn with_http2(mut self) -> Self {
        self.http2 = true;
        self
    }

    /// How many bytes of the answer's body are kept. A longer one is an error, not cut.
    #[must_use]
    pub const fn with_max_response(mut self, bytes: usize) -> Self {
        self.max_response = bytes;
        self
    }

    /// Speaks no older TLS than this.
    #[must_use]
    pub const fn with_min_tls(mut self, version: TlsVersion) -> Self {
        self.min_tls = version;
        self
    }

    /// Connects to no address that is private, loopback, link-local, shared, multicast or reserved, whatever a name
    /// resolves to: for gateways whose host is somebody else's input. The addresses are checked where they are used, so
    /// a name that changes its mind gains nothing. It does not go together with a proxy, which resolves names itself.
    #[must_use]
    pub const fn with_private_denied(mut self) -> Self {
        self.deny_private = true;
        self
    }

    /// Goes through a proxy, such as `http://10.0.0.2:3128`. The environment's proxies are never used.
    #[must_use]
    pub fn with_proxy(mut self, url: impl Into<SecretString>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Asks this for the addresses of names, in place of the operating system.
    #[must_use]
    pub fn with_dns_resolver(mut self, resolver: impl DnsResolver) -> Self {
        self.resolver = Some(Arc::new(resolver));
        self
    }

    /// Sets the local IP address to connect from, for gateways that recognize their customers by it.
    ///
    /// Defaults to the address that the operating system chooses. Replaces [`with_interface`](Self::with_interface).
    #[must_use]
    pub fn with_local_address(mut self, address: IpAddr) -> Self {
        self.source = Some(LocalSource::Address(address));
        self
    }

    /// Sets the network interface to connect from, such as `eth1`.
    ///
    /// Linux requires the capability `CAP_NET_RAW`. Windows does not support it, and building the transport fails there.
    /// Replaces [`with_local_address`](Self::with_local_address).
    #[must_use]
    pub fn with_interface(mut self, name: impl Into<String>) -> Self {
        self.source = Some(LocalSource::Interface(name.into()));
        self
    }

    /// How long the whole exchange may take, from the name to the last byte of the answer. Zero fails every exchange.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the TLS library. Defaults to rustls if it was compiled and has a crypto provider, and else
    /// to the operating system's library.
    ///
    /// Another crate of the program may enable a feature that adds a library. Setting the library makes
    /// the transport independent of that.
    ///
    /// # Errors
    ///
    /// Building the transport fails with [`Stage::Config`](crate::provider::Stage::Config) if the
    /// library's feature (`rustls`, `rustls-no-provider`, `native-tls` or `native-tls-vendored`) is
    /// not enabled.
    #[must_use]
    pub const fn with_tls_backend(mut self, backend: TlsBackend) -> Self {
        self.tls_backend = Some(backend);
        self
    }
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TransportOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportOptions")
            .field("allow_http", &self.allow_http)
            .field("connect_timeout", &self.connect_timeout)
            .field("deny_private", &self.deny_private)
            .field("http2", &self.http2)
            .field("idle_timeout", &self.idle_timeout)
            .field("max_response", &self.max_response)
            .field("min_tls", &self.min_tls)
            .field("source", &self.source)
            .field("timeout", &self.timeout)
            .field("tls_backend", &self.tls_backend)
            .finish_non_exhaustive()
    }
}

/// The local end of connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transport) enum LocalSource {
    Address(IpAddr),
    Interface(String),
}

impl fmt::Display for LocalSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Interface(name) => name.fmt(f),
        }
    }
}

/// A TLS library.
///
/// # Examples
///
/// ```
/// use otpost::transport::{TlsBackend, TransportOptions};
///
/// let options = TransportOptions::new().with_tls_backend(TlsBackend::Rustls);
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsBackend {
    /// The operating system's library, or OpenSSL.
    NativeTls,
    /// rustls.
    Rustls,
}

impl fmt::Display for TlsBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NativeTls => "native-tls",
            Self::Rustls => "rustls",
        })
    }
}

/// A version of TLS.
///
/// # Examples
///
/// ```
/// use otpost::transport::TlsVersion;
///
/// assert!(TlsVersion::V1_2 < TlsVersion::V1_3);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    #[default]
    V1_2,
    /// TLS 1.3 (RFC 8446).
    V1_3,
}
