use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer};

use crate::clock::{parse_duration, split_unit};
use crate::gateway::error::SpecError;
use crate::transport::{TlsVersion, TransportOptions};

/// Nobody waits longer for a login code.
const MAX_TIME: Duration = Duration::from_secs(600);
const MAX_SIZE: usize = 16 * 1_024 * 1_024;
/// The certificates of all authorities of a system take a quarter of it.
const MAX_FILE: u64 = 1_024 * 1_024;
/// Those of [`TransportOptions::new`].
const DEFAULT_CONNECT: Duration = Duration::from_secs(5);
const DEFAULT_TOTAL: Duration = Duration::from_secs(15);

/// `[connection]`: how long to wait, how much to read, which way to go.
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
    /// A PEM file with the certificates of authorities that are trusted beside the system's.
    #[must_use]
    pub fn with_ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// A PEM file with the certificate and the private key that are shown to gateways which ask for one (mTLS).
    #[must_use]
    pub fn with_client_identity(mut self, path: impl Into<PathBuf>) -> Self {
        self.client_identity = Some(path.into());
        self
    }

    /// How long name, TCP and TLS may take: above zero, at most the total. 5 s unless said, or half of a shorter
    /// total. What is out of range is an error when the gateway is built.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// How many bytes of an answer are read, from 1 to 16 MiB; 64 KiB unless said.
    #[must_use]
    pub const fn with_max_response(mut self, bytes: usize) -> Self {
        self.max_response = Some(bytes);
        self
    }

    /// The oldest TLS that is spoken: 1.2 unless said.
    #[must_use]
    pub const fn with_min_tls(mut self, version: TlsVersion) -> Self {
        self.min_tls = Some(version);
        self
    }

    /// Connects to no private address: see [`TransportOptions::with_private_denied`].
    #[must_use]
    pub const fn with_private_denied(mut self) -> Self {
        self.deny_private = true;
        self
    }

    /// The proxy to go through; none unless said, and never one from the environment.
    #[must_use]
    pub fn with_proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Sets the local IP address to connect from. Defaults to the address that the operating system chooses.
    #[must_use]
    pub fn with_local_address(mut self, address: std::net::IpAddr) -> Self {
        self.source = Some(address.to_string());
        self
    }

    /// Sets the network interface to connect from, such as `eth1`.
    #[must_use]
    pub fn with_interface(mut self, name: impl Into<String>) -> Self {
        self.source = Some(name.into());
        self
    }

    /// How long a send may take in all: above zero, at most ten minutes; 15 s unless said.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The same as options of a transport. Files are read.
    ///
    /// # Errors
    ///
    /// [`SpecError`] when a file cannot be read.
    pub fn transport_options(&self) -> Result<TransportOptions, SpecError> {
        let mut options = TransportOptions::new();
        // Half of a short total, if nothing is said: with all of it a second address would never be tried.
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
        if let Some(source) = &self.source {
            options = match source.parse() {
                Ok(address) => options.with_local_address(address),
                Err(_) => options.with_interface(source),
            };
        }
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

    /// How long a send may take in all.
    pub(in crate::gateway) fn total(&self) -> Duration {
        self.timeout.unwrap_or(DEFAULT_TOTAL)
    }

    /// What is wrong with it, and under which key. TOML was bounded when it was read; the builder was not.
    pub(in crate::gateway) fn problem(&self) -> Option<(&'static str, &'static str)> {
        let bad_time = |time: Option<Duration>| time.is_some_and(|t| t.is_zero() || t > MAX_TIME);
        let total = self.timeout.unwrap_or(DEFAULT_TOTAL);
        if bad_time(self.timeout) {
            return Some(("connection.timeout", "it is zero, or too long"));
        }
        if bad_time(self.connect_timeout) {
            return Some(("connection.connect_timeout", "it is zero, or too long"));
        }
        if self.connect_timeout.is_some_and(|connect| connect > total) {
            let problem = "it is above `timeout`, so that a second address would never be tried";
            return Some(("connection.connect_timeout", problem));
        }
        if self.max_response.is_some_and(|bytes| bytes == 0 || bytes > MAX_SIZE) {
            return Some(("connection.max_response", "it is zero, or too large"));
        }
        None
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The proxy's URL may hold a password.
        f.debug_struct("Connection")
            .field("connect_timeout", &self.connect_timeout)
            .field("deny_private", &self.deny_private)
            .field("max_response", &self.max_response)
            .field("min_tls", &self.min_tls)
            .field("source", &self.source)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn read(key: &str, path: &Path) -> Result<String, SpecError> {
    let mut pem = String::new();
    let file = File::open(path).and_then(|file| file.take(MAX_FILE).read_to_string(&mut pem));
    let hint = "it has to be a PEM file of at most 1 MiB that this process may read";
    match file {
        Ok(_) if pem.len() as u64 >= MAX_FILE => Err(SpecError::new(key, "it is too long", hint)),
        Ok(_) => Ok(pem),
        Err(_) => Err(SpecError::new(key, "the file cannot be read", hint)),
    }
}

/// `"1.2"` or `"1.3"`.
fn tls_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TlsVersion>, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "1.2" => Ok(Some(TlsVersion::V1_2)),
        "1.3" => Ok(Some(TlsVersion::V1_3)),
        _ => Err(de::Error::custom("write \"1.2\" or \"1.3\"; older ones are not safe any more")),
    }
}

/// `"500ms"`, `"15s"`, `"2m"`.
fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let parsed = parse_duration(&String::deserialize(deserializer)?);
    parsed.filter(|d| !d.is_zero() && *d <= MAX_TIME).map(Some).ok_or_else(|| {
        de::Error::custom("write a duration as \"500ms\", \"15s\" or \"2m\", at most 10 minutes")
    })
}

/// The same, or `"0s"`: a connection for each message.
fn idle_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let parsed = parse_duration(&String::deserialize(deserializer)?);
    parsed.filter(|d| *d <= MAX_TIME).map(Some).ok_or_else(|| {
        de::Error::custom(
            "write a duration as \"0s\", \"500ms\", \"15s\" or \"2m\", at most 10 minutes",
        )
    })
}

/// `"900B"`, `"64KiB"`, `"1MiB"`.
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

/// The key is there so that a spec can say it, and so that whoever wants another number reads why not.
fn no_redirects<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    match u32::deserialize(deserializer)? {
        0 => Ok(()),
        _ => Err(de::Error::custom(
            "redirects are not followed: one would repeat the message and show the credentials to another host",
        )),
    }
}
