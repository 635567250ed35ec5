/// The last stage that an HTTP exchange reached. Later stages are greater.
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
    /// The preparation, before any network access: the request or the client is invalid.
    Config,
    /// The DNS lookup of the gateway, or of the proxy.
    Dns,
    /// The binding to a local address or interface.
    Bind,
    /// The connection to the proxy, and its permission to reach the gateway.
    Proxy,
    /// The TCP connection to the gateway.
    Tcp,
    /// The TLS handshake with the gateway.
    Tls,
    /// The connection in general, from DNS to TLS, for HTTP clients that do not report more.
    Connect,
    /// The request: it was not completely written, or there was no response to it.
    Request,
    /// The status line and headers of the response.
    Headers,
    /// The body of the response.
    Body,
}

words! {
    Stage, "stage":
    Config = "config",
    Dns = "dns",
    Bind = "bind",
    Proxy = "proxy",
    Tcp = "tcp",
    Tls = "tls",
    Connect = "connect",
    Request = "request",
    Headers = "headers",
    Body = "body",
}

display_word!(Stage);
