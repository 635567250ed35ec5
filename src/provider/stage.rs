use std::fmt;

/// How far an exchange came.
///
/// # Examples
///
/// ```
/// use otpost::provider::Stage;
///
/// assert!(Stage::Dns < Stage::Tls);
/// assert_eq!(Stage::Tls.to_string(), "tls");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Before the network: the request or the client is wrong.
    Config,
    /// The name of the gateway, or of the proxy.
    Dns,
    /// The address or interface of this machine to connect from.
    Bind,
    /// The connection to the proxy, and its consent.
    Proxy,
    /// The TCP connection to the gateway.
    Tcp,
    /// The TLS handshake with the gateway.
    Tls,
    /// Somewhere between name and TLS: of a client that does not say where.
    Connect,
    /// The request was being written, or was written and not answered.
    Request,
    /// The answer's status line and headers.
    Headers,
    /// The answer's body.
    Body,
}

impl Stage {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Dns => "dns",
            Self::Bind => "bind",
            Self::Proxy => "proxy",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Connect => "connect",
            Self::Request => "request",
            Self::Headers => "headers",
            Self::Body => "body",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
