use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::provider::Stage;

/// An error of an HTTP exchange that returned no complete response.
///
/// `Display` prints the stage, a description, the addresses, the name of the operating system's
/// error, the elapsed time, and whether the message may have been sent.
///
/// # Examples
///
/// ```
/// use otpost::provider::Stage;
/// use otpost::transport::TransportError;
///
/// let error = TransportError::not_sent(Stage::Tcp, "gw.example:443 refused the connection")
///     .with_addresses(["203.0.113.7:443".parse()?])
///     .with_errno("ECONNREFUSED");
/// assert!(!error.may_have_sent());
/// assert_eq!(
///     error.to_string(),
///     "tcp: gw.example:443 refused the connection (203.0.113.7:443, ECONNREFUSED); the message was not sent"
/// );
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone)]
// Boxed, so that the error is as small as a pointer: it is part of the result of every exchange.
pub struct TransportError(pub(super) Box<TransportErrorInner>);

#[derive(Clone)]
pub(super) struct TransportErrorInner {
    stage: Stage,
    may_have_sent: bool,
    is_settled: bool,
    /// The description, without the stage and the facts that `Display` adds.
    pub(super) what: String,
    host: Option<String>,
    addresses: Vec<SocketAddr>,
    errno: Option<&'static str>,
    elapsed: Option<Duration>,
    head: Option<http::response::Parts>,
    // Shared, because this error is `Clone` and its source need not be.
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl TransportError {
    /// Creates an error for a request of which the gateway certainly received no byte: no byte left
    /// this machine, or a proxy refused to forward it.
    ///
    /// `what` is a short description for people. It must contain nothing of the request.
    #[must_use]
    pub fn not_sent(stage: Stage, what: impl Into<String>) -> Self {
        Self::new(stage, false, what.into())
    }

    /// Creates an error for a request of which at least one byte may have left this machine.
    ///
    /// `what` is a short description for people. It must contain nothing of the request.
    #[must_use]
    pub fn maybe_sent(stage: Stage, what: impl Into<String>) -> Self {
        Self::new(stage, true, what.into())
    }

    fn new(stage: Stage, may_have_sent: bool, what: String) -> Self {
        Self(Box::new(TransportErrorInner {
            stage,
            may_have_sent,
            is_settled: false,
            what,
            host: None,
            addresses: Vec::new(),
            errno: None,
            elapsed: None,
            head: None,
            source: None,
        }))
    }

    /// Sets the host and port of the gateway. Pass no other part of the URL.
    #[must_use]
    pub fn with_host(mut self, host: impl Into<String>) -> Self {
        self.0.host = Some(host.into());
        self
    }

    /// Sets the addresses that were tried.
    #[must_use]
    pub fn with_addresses(mut self, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.0.addresses = addresses.into_iter().collect();
        self
    }

    /// Sets the name of the operating system's error, such as `ECONNREFUSED`.
    #[must_use]
    pub fn with_errno(mut self, name: &'static str) -> Self {
        self.0.errno = Some(name);
        self
    }

    /// Sets the time from the start of the exchange to the failure.
    #[must_use]
    pub fn with_elapsed(mut self, elapsed: Duration) -> Self {
        self.0.elapsed = Some(elapsed);
        self
    }

    /// Sets the status and headers that arrived before the body was cut off.
    #[must_use]
    pub fn with_head(mut self, head: http::response::Parts) -> Self {
        self.0.head = Some(head);
        self
    }

    /// Sets the underlying error. Its text must contain nothing of the request.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Leaves out of the text whether the request was sent.
    ///
    /// It is used below an error that states the fate itself, because the head of the response was
    /// enough to know.
    pub(crate) fn settled(mut self) -> Self {
        self.0.is_settled = true;
        self
    }

    /// Returns the stage at which the exchange failed.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.0.stage
    }

    /// Returns whether a byte of the request may have left this machine.
    ///
    /// `false` means that the message was certainly not sent, so that it can be retried without a
    /// duplicate.
    #[must_use]
    pub const fn may_have_sent(&self) -> bool {
        self.0.may_have_sent
    }

    /// Returns the host and port of the gateway.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.0.host.as_deref()
    }

    /// Returns the addresses that were tried. Behind a proxy, they are the addresses of the proxy.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.0.addresses
    }

    /// Returns the name of the operating system's error, such as `ECONNREFUSED`.
    #[must_use]
    pub const fn errno(&self) -> Option<&'static str> {
        self.0.errno
    }

    /// Returns the time from the start of the exchange to the failure.
    #[must_use]
    pub const fn elapsed(&self) -> Option<Duration> {
        self.0.elapsed
    }

    /// Returns the status and headers if only the body is missing.
    #[must_use]
    pub const fn head(&self) -> Option<&http::response::Parts> {
        self.0.head.as_ref()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.stage, self.0.what)?;
        let addresses = self.0.addresses.iter().map(ToString::to_string);
        let errno = self.0.errno.map(str::to_owned);
        let elapsed = self.0.elapsed.map(|elapsed| format!("{} ms", elapsed.as_millis()));
        let facts: Vec<_> = addresses.chain(errno).chain(elapsed).collect();
        if !facts.is_empty() {
            write!(f, " ({})", facts.join(", "))?;
        }
        f.write_str(match self.0.may_have_sent {
            // The status and headers already decided the fate of the message.
            true if self.0.is_settled => "",
            true => "; it may have been sent",
            false => "; the message was not sent",
        })
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError")
            .field("stage", &self.0.stage)
            .field("may_have_sent", &self.0.may_have_sent)
            .field("what", &self.0.what)
            .field("host", &self.0.host)
            .field("addresses", &self.0.addresses)
            .field("errno", &self.0.errno)
            .field("elapsed", &self.0.elapsed)
            // Only the status: errors contain no header (contract of `Transport`, point 6).
            .field("status", &self.0.head.as_ref().map(|head| head.status))
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
