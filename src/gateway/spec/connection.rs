use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer};

use crate::transport::TransportOptions;

/// Nobody waits longer for a login code.
const MAX_TIME: Duration = Duration::from_secs(600);
const MAX_SIZE: usize = 16 * 1_024 * 1_024;
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
    #[serde(default, deserialize_with = "duration")]
    connect_timeout: Option<Duration>,
    #[serde(default, deserialize_with = "size")]
    max_response: Option<usize>,
    #[serde(default)]
    proxy: Option<String>,
    #[serde(default, deserialize_with = "no_redirects")]
    redirects: (),
    #[serde(default, deserialize_with = "duration")]
    timeout: Option<Duration>,
}

impl Connection {
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

    /// The proxy to go through; none unless said, and never one from the environment.
    #[must_use]
    pub fn with_proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// How long a send may take in all: above zero, at most ten minutes; 15 s unless said.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The same as options of a transport.
    #[must_use]
    pub fn transport_options(&self) -> TransportOptions {
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
        options
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
            .field("max_response", &self.max_response)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// `"500ms"`, `"15s"`, `"2m"`.
fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let parsed = match split_unit(&text) {
        Some((count, "ms")) => Some(Duration::from_millis(count)),
        Some((count, "s")) => Some(Duration::from_secs(count)),
        Some((count, "m")) => count.checked_mul(60).map(Duration::from_secs),
        _ => None,
    };
    parsed.filter(|d| !d.is_zero() && *d <= MAX_TIME).map(Some).ok_or_else(|| {
        de::Error::custom("write a duration as \"500ms\", \"15s\" or \"2m\", at most 10 minutes")
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

fn split_unit(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at_checked(digits)?;
    Some((count.parse().ok()?, unit))
}
