use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer};

use crate::clock::{parse_duration, split_unit};
use crate::gateway::error::SpecError;
use crate::transport::{KeyPin, TlsVersion, TransportOptions};

/// The longest timeout. A code that takes longer has usually expired.
const MAX_TIME: Duration = Duration::from_secs(600);
// The largest response body, in bytes. A transport keeps the whole body in memory.
const MAX_SIZE: usize = 16 * 1_024 * 1_024;
/// The longest PEM file, in bytes. The CA bundle of an operating system is about a quarter of it.
const MAX_FILE: u64 = 1_024 * 1_024;
/// The same defaults as in [`TransportOptions::new`].
const DEFAULT_CONNECT: Duration = Duration::from_secs(5);
const DEFAULT_TOTAL: Duration = Duration::from_secs(15);

/// Timeouts, TLS, the proxy and limits of the connections to a gateway: `[connection]` in TOML.
///
/// Values out of range are an error when the spec is checked or the gateway is built.
///
/// The settings apply to gateways from `HttpGatewayBuilder::build`. With
/// [`build_with`](crate::gateway::HttpGatewayBuilder::build_with), the options of the application's
/// transport apply instead. Only the total timeout is still used, for a gateway that fetches a
/// token or uses [`Auth::HttpDigest`](crate::gateway::Auth::HttpDigest).
///
/// Two keys exist in TOML only: `idle_timeout` (see [`TransportOptions::with_idle_timeout`]), and
/// `redirects`, which must be 0.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::gateway::Connection;
///
/// let connection = Connection::default().with_timeout(Duration::from_secs(8));
/// # let _ = connection;
/// ```
#[derive(Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    #[serde(default)]
    pub(super) ca_file: Option<PathBuf>,
    #[serde(default)]
    pub(super) client_identity: Option<PathBuf>,
    #[serde(default, deserialize_with = "duration")]
    pub(super) connect_timeout: Option<Duration>,
    #[serde(default)]
    pub(super) deny_private: bool,
    #[serde(default, deserialize_with = "idle_duration")]
    pub(super) idle_timeout: Option<Duration>,
    #[serde(default, deserialize_with = "size")]
    pub(super) max_response: Option<usize>,
    #[serde(default, deserialize_with = "tls_version")]
    pub(super) min_tls: Option<TlsVersion>,
    #[serde(default, deserialize_with = "key_pin")]
    pub(in crate::gateway) pin_sha256: Option<String>,
    #[serde(default)]
    pub(super) proxy: Option<String>,
    #[serde(default, deserialize_with = "no_redirects")]
    redirects: (),
    #[serde(default)]
    pub(super) source: Option<String>,
    #[serde(default, deserialize_with = "duration")]
    pub(super) timeout: Option<Duration>,
}

impl Connection {
    /// Sets a PEM file with certificate authorities to trust in addition to the system's. Defaults
    /// to the system's only.
    ///
    /// It can also be a self-signed certificate that is not a CA certificate. For other self-signed
    /// certificates, use [`with_pin_sha256`](Self::with_pin_sha256).
    ///
    /// The file must be smaller than 1 MiB. It is read once, when the gateway is built: after a
    /// change, build the gateway again. A file that cannot be read is an error at
    /// `connection.ca_file`, and a file with invalid content an error at `connection`.
    #[must_use]
    pub fn with_ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Sets a PEM file with the client certificate and its private key, for gateways that require
    /// mutual TLS (mTLS). Defaults to no certificate.
    ///
    /// [`TransportOptions::with_client_identity`] lists the accepted formats. The file must be
    /// smaller than 1 MiB. It is read once, when the gateway is built: after a renewal, build the
    /// gateway again. A file that cannot be read is an error at `connection.client_identity`, and
    /// a file with invalid content an error at `connection`.
    #[doc(alias = "mtls")]
    #[must_use]
    pub fn with_client_identity(mut self, path: impl Into<PathBuf>) -> Self {
        self.client_identity = Some(path.into());
        self
    }

    /// Sets the timeout for connecting: DNS, TCP and TLS together.
    ///
    /// Defaults to 5 s, or to half of the total timeout if that is less. Must be above zero and at
    /// most the total timeout, see [`with_timeout`](Self::with_timeout).
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Sets the maximum size of a response body, in bytes. Defaults to 64 KiB. Accepts 1 byte to 16
    /// MiB.
    ///
    /// A longer body counts as missing. If a rule or the status decides without the body, its
    /// outcome applies. Otherwise the message fails with the fate `Unknown`.
    #[must_use]
    pub const fn with_max_response(mut self, bytes: usize) -> Self {
        self.max_response = Some(bytes);
        self
    }

    /// Sets the minimum TLS version. Defaults to TLS 1.2.
    #[must_use]
    pub const fn with_min_tls(mut self, version: TlsVersion) -> Self {
        self.min_tls = Some(version);
        self
    }

    /// Trusts exactly one public key of the gateway, for appliances with self-signed certificates.
    /// By default, certificates are checked against the CAs.
    ///
    /// The pin is the base64 of the SHA-256 hash of the key. It replaces the other checks of the
    /// certificate. [`TransportOptions::with_pin_sha256`] shows how to compute it, and lists what
    /// is checked.
    ///
    /// Building the gateway fails if the pin is invalid, if the URL is not `https://`, if a token
    /// is fetched from another origin, if `ca_file` is set as well without an `https://` proxy, or
    /// if the TLS library is not rustls. With
    /// [`build_with`](crate::gateway::HttpGatewayBuilder::build_with), the pin is not checked: set
    /// it in the options of the application's transport.
    #[doc(alias = "self-signed")]
    #[must_use]
    pub fn with_pin_sha256(mut self, pin: impl Into<String>) -> Self {
        self.pin_sha256 = Some(pin.into());
        self
    }

    /// Denies connections to private addresses: `deny_private` in TOML. Defaults to allowing them.
    ///
    /// See [`TransportOptions::with_private_denied`]. Together with a proxy, it is an error when
    /// the gateway is built.
    #[doc(alias = "ssrf")]
    #[must_use]
    pub const fn with_private_denied(mut self) -> Self {
        self.deny_private = true;
        self
    }

    /// Sets the URL of an HTTP or HTTPS proxy, such as `http://10.0.0.2:3128`. Defaults to a direct
    /// connection.
    ///
    /// Proxies from environment variables are never used. An invalid URL is an error at
    /// `connection` when the gateway is built.
    ///
    /// The URL can contain a percent-encoded user name and password, as in
    /// [`TransportOptions::with_proxy`], but no placeholders. `Debug` does not show it. It is then
    /// a secret in the spec, which no lint reports, and
    /// [`to_toml`](crate::gateway::GatewaySpec::to_toml) fails. To keep it out of the spec, use
    /// [`build_with`](crate::gateway::HttpGatewayBuilder::build_with) and a transport with a proxy.
    #[must_use]
    pub fn with_proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Sets the local IP address to connect from: `source` in TOML. Defaults to the address that
    /// the operating system chooses. Replaces [`with_interface`](Self::with_interface).
    #[must_use]
    pub fn with_local_address(mut self, address: std::net::IpAddr) -> Self {
        self.source = Some(address.to_string());
        self
    }

    /// Sets the network interface to connect from, such as `eth1`: `source` in TOML. Defaults to
    /// the operating system's choice. Replaces [`with_local_address`](Self::with_local_address).
    ///
    /// See [`TransportOptions::with_interface`] for the platforms that support it, and its errors.
    #[must_use]
    pub fn with_interface(mut self, name: impl Into<String>) -> Self {
        self.source = Some(name.into());
        self
    }

    /// Sets the total timeout of a send, including the request for a token if one is necessary.
    /// Defaults to 15 s.
    ///
    /// Must be above zero and at most 10 minutes.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Returns the equivalent options for a transport, and reads the certificate files.
    ///
    /// # Errors
    ///
    /// [`SpecError`] if a file cannot be read or is too long.
    pub fn transport_options(&self) -> Result<TransportOptions, SpecError> {
        let mut options = TransportOptions::new();
        // The default is at most half of the total: otherwise one address that hangs would use up
        // all of the time, and a second address would never be tried.
        // Without a total timeout, `DEFAULT_CONNECT` applies. A division by two cannot fail.
        let half = self.timeout.unwrap_or(MAX_TIME).checked_div(2).unwrap_or(DEFAULT_CONNECT);
        let connect = self.connect_timeout.unwrap_or(DEFAULT_CONNECT.min(half));
        options = options.with_connect_timeout(connect);
        if let Some(bytes) = self.max_response {
            options = options.with_max_response(bytes);
        }
        if let Some(url) = &self.proxy {
            options = options.with_proxy(url.as_str());
        }
        if let Some(timeout) = self.timeout {
            options = options.with_timeout(timeout);
        }
        if let Some(timeout) = self.idle_timeout {
            options = options.with_idle_timeout(timeout);
        }
        if let Some(version) = self.min_tls {
            options = options.with_min_tls(version);
        }
        if let Some(pin) = &self.pin_sha256 {
            options = options.with_pin_sha256(pin.as_str());
        }
        if let Some(source) = &self.source {
            // Anything that is not an IP address is the name of an interface.
            options = match source.parse() {
                Ok(address) => options.with_local_address(address),
                Err(_) => options.with_interface(source),
            };
        }
        // The files are read here and not when the spec is parsed, so that a spec can be checked on
        // a machine without them.
        if let Some(path) = &self.ca_file {
            options = options.with_ca_certificates(read("connection.ca_file", path)?.into_bytes());
        }
        if let Some(path) = &self.client_identity {
            options = options.with_client_identity(read("connection.client_identity", path)?);
        }
        if self.deny_private {
            options = options.with_private_denied();
        }
        Ok(options)
    }

    /// Returns the total timeout of a send.
    pub(in crate::gateway) fn total(&self) -> Duration {
        self.timeout.unwrap_or(DEFAULT_TOTAL)
    }

    /// Returns the first invalid key, the problem and a hint, or `None`. Values from TOML were
    /// checked when they were read, but values from the setters were not.
    pub(in crate::gateway) fn problem(&self) -> Option<[&'static str; 3]> {
        const TIME: &str = "use a time of at most 10 minutes";

        let bad_time = |time: Option<Duration>| time.is_some_and(|t| t.is_zero() || t > MAX_TIME);
        let total = self.timeout.unwrap_or(DEFAULT_TOTAL);
        let bad_pin = |pin: &str| KeyPin::parse(pin).is_none();
        if bad_time(self.timeout) {
            return Some(["connection.timeout", "the timeout is zero or too long", TIME]);
        }
        if bad_time(self.connect_timeout) {
            return Some(["connection.connect_timeout", "the timeout is zero or too long", TIME]);
        }
        if self.connect_timeout.is_some_and(|connect| connect > total) {
            let problem = "it exceeds `timeout`, so a second address would never be tried";
            return Some(["connection.connect_timeout", problem, TIME]);
        }
        if self.max_response.is_some_and(|bytes| bytes == 0 || bytes > MAX_SIZE) {
            let problem = "the size is zero or too large";
            return Some(["connection.max_response", problem, "use a size of at most 16 MiB"]);
        }
        if self.pin_sha256.as_deref().is_some_and(bad_pin) {
            return Some(["connection.pin_sha256", KeyPin::PROBLEM, KeyPin::HINT]);
        }
        None
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL of the proxy is left out because it may contain a password.
        f.debug_struct("Connection")
            .field("connect_timeout", &self.connect_timeout)
            .field("deny_private", &self.deny_private)
            .field("max_response", &self.max_response)
            .field("min_tls", &self.min_tls)
            .field("pin_sha256", &self.pin_sha256)
            .field("source", &self.source)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn read(key: &str, path: &Path) -> Result<String, SpecError> {
    let mut pem = String::new();
    // The path may name something endless, such as `/dev/zero`.
    let file = File::open(path).and_then(|file| file.take(MAX_FILE).read_to_string(&mut pem));
    let hint = "expected a PEM file below 1 MiB that this process can read";
    match file {
        // At the limit, the file may have been cut.
        Ok(_) if pem.len() as u64 >= MAX_FILE => {
            Err(SpecError::new(key, "the file is too long", hint))
        }
        Ok(_) => Ok(pem),
        Err(_) => Err(SpecError::new(key, "the file cannot be read", hint)),
    }
}

/// Reads `"1.2"` or `"1.3"`.
fn tls_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TlsVersion>, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "1.2" => Ok(Some(TlsVersion::V1_2)),
        "1.3" => Ok(Some(TlsVersion::V1_3)),
        _ => Err(de::Error::custom("write \"1.2\" or \"1.3\"; older versions are insecure")),
    }
}

fn key_pin<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match KeyPin::parse(&text) {
        Some(_) => Ok(Some(text)),
        None => Err(de::Error::custom(format_args!("{}; {}", KeyPin::PROBLEM, KeyPin::HINT))),
    }
}

/// Reads a duration such as `"500ms"`, `"15s"` or `"2m"`.
fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let parsed = parse_duration(&String::deserialize(deserializer)?);
    parsed.filter(|d| !d.is_zero() && *d <= MAX_TIME).map(Some).ok_or_else(|| {
        de::Error::custom("write a duration as \"500ms\", \"15s\" or \"2m\", at most 10 minutes")
    })
}

/// Reads a duration that may be `"0s"`, which opens a connection for each message.
fn idle_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let parsed = parse_duration(&String::deserialize(deserializer)?);
    parsed.filter(|d| *d <= MAX_TIME).map(Some).ok_or_else(|| {
        de::Error::custom(
            "write a duration as \"0s\", \"500ms\", \"15s\" or \"2m\", at most 10 minutes",
        )
    })
}

/// Reads a size such as `"900B"`, `"64KiB"` or `"1MiB"`.
fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let bytes = match split_unit(&text) {
        Some((count, "B")) => Some(count),
        Some((count, "KiB")) => count.checked_mul(1_024),
        Some((count, "MiB")) => count.checked_mul(1_024 * 1_024),
        _ => None,
    };
    bytes
        .and_then(|bytes| usize::try_from(bytes).ok())
        .filter(|bytes| (1..=MAX_SIZE).contains(bytes))
        .map(Some)
        .ok_or_else(|| {
            de::Error::custom("write a size as \"900B\" or \"64KiB\", at most \"16MiB\"")
        })
}

/// Accepts only 0. The key exists so that any other number produces an error that explains why.
fn no_redirects<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    match u32::deserialize(deserializer)? {
        0 => Ok(()),
        _ => Err(de::Error::custom(
            "redirects are not followed, because they could repeat the message and send the credentials to another host; write 0",
        )),
    }
}
