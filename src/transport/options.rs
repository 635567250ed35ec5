use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{DnsResolver, TlsBackend, TlsVersion};
use crate::secret::SecretString;

/// The connection settings, timeouts and size limits of a transport.
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
    pub(super) pin: Option<String>,
    pub(super) proxy: Option<SecretString>,
    pub(super) resolver: Option<Arc<dyn DnsResolver>>,
    pub(super) source: Option<LocalSource>,
    pub(super) timeout: Duration,
    pub(super) tls_backend: Option<TlsBackend>,
}

impl TransportOptions {
    /// Creates options with the default values: 5 s to connect, 15 s in total, idle connections
    /// kept for 4 s, responses of up to 64 KiB, HTTP/1.1, no proxy, `https` only, and TLS 1.2 or
    /// later.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            allow_http: false,
            ca_certificates: None,
            client_identity: None,
            // Each address of the host gets an equal part of it. A first address that does not
            // respond must leave time for the second one, and for the exchange.
            connect_timeout: Duration::from_secs(5),
            deny_private: false,
            http2: false,
            // Apache, Node and uvicorn close an idle connection after 5 s. A request that is sent
            // just as the server closes the connection is lost, so the client closes it earlier.
            idle_timeout: Duration::from_secs(4),
            // Responses of gateways are short. The limit bounds the memory that an endless body
            // takes.
            max_response: 64 * 1_024,
            min_tls: TlsVersion::V1_2,
            pin: None,
            proxy: None,
            resolver: None,
            source: None,
            timeout: Duration::from_secs(15),
            tls_backend: None,
        }
    }

    /// Trusts these certificate authorities in addition to the system's. Expects one or more
    /// certificates in PEM format.
    ///
    /// It can also be the self-signed certificate of a server. But rustls accepts no CA certificate
    /// from a server, and most tools create self-signed certificates as CA certificates
    /// (`CA:TRUE`). Pin the key of such a server with [`with_pin_sha256`](Self::with_pin_sha256).
    #[must_use]
    pub fn with_ca_certificates(mut self, pem: impl Into<Arc<[u8]>>) -> Self {
        self.ca_certificates = Some(pem.into());
        self
    }

    /// Sets the client certificate for gateways that request one (mTLS). Expects PEM: the
    /// certificate, followed by its chain, and its private key. Defaults to no certificate.
    ///
    /// The key must not be encrypted. It can be before or after the certificates. rustls accepts
    /// PKCS #8, PKCS #1 and SEC 1. native-tls accepts PKCS #8 only.
    #[must_use]
    #[doc(alias = "mtls")]
    #[doc(alias = "client certificate")]
    pub fn with_client_identity(mut self, pem: impl Into<SecretString>) -> Self {
        self.client_identity = Some(pem.into());
        self
    }

    /// Allows `http://` to other machines. By default, only this machine can be reached without
    /// TLS.
    ///
    /// The credentials and codes then cross the network unencrypted.
    #[must_use]
    pub const fn with_http_allowed(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// Sets the timeout for DNS, TCP and TLS together. Defaults to 5 s.
    ///
    /// Keep it shorter than the [total timeout](Self::with_timeout). Otherwise a second address of
    /// the gateway is never tried.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long an idle connection is kept for the next message. Defaults to 4 s. With zero,
    /// each message opens a new connection.
    ///
    /// If a request is sent at the moment when the server closes the connection, it is lost and its
    /// fate is unknown. Keep this value at least one second below the server's limit, which is 5 s
    /// in common servers. If a server announces its limit (`Keep-Alive: timeout=5`), connections
    /// are kept for at most one second less.
    ///
    /// Set it to zero for a server that sends more than one response to a request. Extra bytes on
    /// an idle connection close it. But a second response that arrives after the next request was
    /// sent is taken for the response to that request. HTTP/1.1 offers no way to detect this.
    #[must_use]
    #[doc(alias = "keep-alive")]
    pub const fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Offers HTTP/2 to gateways behind TLS. Defaults to HTTP/1.1 only.
    ///
    /// With HTTP/1.1, each message in progress has its own connection, so a hung connection delays
    /// one message. With HTTP/2, all messages share one connection: there are fewer handshakes, but
    /// a broken connection affects every message on it. At most 20 requests are in progress at a
    /// time. The others wait, and are not sent if their time ends first. Pings detect a hung
    /// connection before the total timeout. With an idle timeout of zero, each message opens a new
    /// connection here as well.
    ///
    /// With the features `native-tls` and `native-tls-vendored`, HTTP/2 requires a TLS library that
    /// supports ALPN.
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

    /// Sets the maximum size of a response body in bytes. Defaults to 64 KiB.
    ///
    /// A longer body is an error. It is never cut.
    #[must_use]
    pub const fn with_max_response(mut self, bytes: usize) -> Self {
        self.max_response = bytes;
        self
    }

    /// Sets the minimum TLS version. Defaults to TLS 1.2.
    #[must_use]
    pub const fn with_min_tls(mut self, version: TlsVersion) -> Self {
        self.min_tls = version;
        self
    }

    /// Trusts exactly one public key: `pin_sha256` in a spec. Defaults to the certificates that the
    /// CAs have issued.
    ///
    /// Use it for an appliance with a self-signed certificate. The pin is the base64 of the SHA-256
    /// hash of the key (SubjectPublicKeyInfo, as in RFC 7469). For a certificate in `cert.pem`:
    ///
    /// ```sh
    /// openssl x509 -in cert.pem -pubkey -noout | openssl pkey -pubin -outform der |
    ///     openssl dgst -sha256 -binary | base64
    /// ```
    ///
    /// Take the certificate from the appliance itself, and not from the network.
    ///
    /// # Security
    ///
    /// The server must prove in the handshake that it has the private key. Otherwise the handshake
    /// fails, and no byte of a request is sent. The pin replaces all checks of the certificate: its
    /// issuer, its names, its dates, its version and its own signature are not checked. So it
    /// remains valid if the certificate is renewed with the same key. An RSA key needs at least
    /// 2,048 bits.
    ///
    /// The pin applies to all servers of the transport except a proxy that is reached over
    /// `https://`, which is checked with the CAs. `http://` URLs are refused.
    ///
    /// # Errors
    ///
    /// Building the transport fails with [`Stage::Config`](crate::provider::Stage::Config) if:
    ///
    /// - the text is not the base64 of a SHA-256 hash,
    /// - the TLS library is not rustls: native-tls cannot check a key before the request is sent,
    /// - CA certificates are set as well, and there is no `https://` proxy that they apply to.
    ///
    /// A transport with the application's own client refuses every request.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::transport::TransportOptions;
    ///
    /// let options = TransportOptions::new()
    ///     .with_pin_sha256("d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=");
    /// # let _ = options;
    /// ```
    #[must_use]
    #[doc(alias = "self-signed")]
    #[doc(alias = "public key pinning")]
    pub fn with_pin_sha256(mut self, pin: impl Into<String>) -> Self {
        self.pin = Some(pin.into());
        self
    }

    /// Rejects addresses that are private, loopback, link-local, shared, multicast or reserved. By
    /// default, all addresses are allowed.
    ///
    /// Use it if the host of the gateway is untrusted input. The resolved addresses are checked at
    /// the moment of the connection, so changing the DNS record between check and use (DNS
    /// rebinding) has no effect. It cannot be combined with a proxy, because a proxy resolves names
    /// itself.
    #[must_use]
    #[doc(alias = "ssrf")]
    pub const fn with_private_denied(mut self) -> Self {
        self.deny_private = true;
        self
    }

    /// Sets the URL of the proxy, such as `http://10.0.0.2:3128`. Defaults to none.
    ///
    /// Percent-encode a user name and a password in it: `http://acme:p%40ss@proxy.example:3128`.
    /// Proxies from the environment are never used.
    #[must_use]
    pub fn with_proxy(mut self, url: impl Into<SecretString>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Replaces the DNS resolver. Defaults to the resolver of the operating system.
    #[must_use]
    pub fn with_dns_resolver(mut self, resolver: impl DnsResolver) -> Self {
        self.resolver = Some(Arc::new(resolver));
        self
    }

    /// Sets the local IP address to connect from, for gateways that recognize their customers by
    /// it.
    ///
    /// Defaults to the address that the operating system chooses. Replaces
    /// [`with_interface`](Self::with_interface).
    #[must_use]
    pub fn with_local_address(mut self, address: IpAddr) -> Self {
        self.source = Some(LocalSource::Address(address));
        self
    }

    /// Sets the network interface to connect from, such as `eth1`. Defaults to the operating
    /// system's choice. Replaces [`with_local_address`](Self::with_local_address).
    ///
    /// Android, iOS, Linux and macOS support it. On other systems, and for a name that is not 1 to
    /// 15 visible ASCII characters, building the transport fails. Linux requires the capability
    /// `CAP_NET_RAW`. Without it, or if the interface does not exist, each exchange fails at
    /// [`Stage::Bind`](crate::provider::Stage::Bind), and nothing is sent.
    #[must_use]
    pub fn with_interface(mut self, name: impl Into<String>) -> Self {
        self.source = Some(LocalSource::Interface(name.into()));
        self
    }

    /// Sets the timeout for the whole exchange, from DNS to the last byte of the response. Defaults
    /// to 15 s.
    ///
    /// With zero, every exchange fails.
    #[must_use]
    #[doc(alias = "deadline")]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the TLS library. Defaults to rustls if it was compiled and has a crypto provider, and
    /// else to the operating system's library.
    ///
    /// Another crate of the program may enable a feature that adds a library. Setting the library
    /// makes the transport independent of that.
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

#[cfg(feature = "reqwest")]
impl TransportOptions {
    /// Returns the pin, or the error if it is invalid.
    pub(super) fn key_pin(&self) -> Result<Option<super::KeyPin>, String> {
        use super::KeyPin;

        let Some(text) = &self.pin else { return Ok(None) };
        let invalid = || format!("invalid pin_sha256: {}: {}", KeyPin::PROBLEM, KeyPin::HINT);
        KeyPin::parse(text).map(Some).ok_or_else(invalid)
    }

    /// Returns the parsed URL of the proxy, or what is wrong with it.
    pub(super) fn proxy_url(&self) -> Result<Option<url::Url>, &'static str> {
        // The errors here never contain the URL, because it may contain a password.
        let Some(text) = &self.proxy else { return Ok(None) };
        // The parser accepts `http:10.0.0.2` as well, which was hardly meant.
        let url = url::Url::parse(text.expose()).ok().filter(|_| text.expose().contains("://"));
        // The client silently ignores a proxy of another kind, and connects without it.
        url.filter(|url| matches!(url.scheme(), "http" | "https"))
            .map(Some)
            .ok_or("invalid proxy: expected an http:// or https:// URL with a host")
    }
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TransportOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client identity and the proxy are left out: they contain a private key and a
        // password.
        f.debug_struct("TransportOptions")
            .field("allow_http", &self.allow_http)
            .field("connect_timeout", &self.connect_timeout)
            .field("deny_private", &self.deny_private)
            .field("http2", &self.http2)
            .field("idle_timeout", &self.idle_timeout)
            .field("max_response", &self.max_response)
            .field("min_tls", &self.min_tls)
            .field("pin", &self.pin)
            .field("source", &self.source)
            .field("timeout", &self.timeout)
            .field("tls_backend", &self.tls_backend)
            .finish_non_exhaustive()
    }
}

/// The local end of a connection.
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
