use std::fmt;
use std::time::Duration;

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
    pub(super) connect_timeout: Duration,
    pub(super) max_response: usize,
    pub(super) proxy: Option<SecretString>,
    pub(super) timeout: Duration,
}

impl TransportOptions {
    /// 5 s to connect, 15 s in all, 64 KiB of answer, no proxy, `https` only.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            allow_http: false,
            connect_timeout: Duration::from_secs(5),
            max_response: 64 * 1_024,
            proxy: None,
            timeout: Duration::from_secs(15),
        }
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

    /// How many bytes of the answer's body are kept. A longer one is an error, not cut.
    #[must_use]
    pub const fn with_max_response(mut self, bytes: usize) -> Self {
        self.max_response = bytes;
        self
    }

    /// Goes through a proxy, such as `http://10.0.0.2:3128`. The environment's proxies are never used.
    #[must_use]
    pub fn with_proxy(mut self, url: impl Into<SecretString>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// How long the whole exchange may take, from the name to the last byte of the answer. Zero fails every exchange.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
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
            .field("max_response", &self.max_response)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
