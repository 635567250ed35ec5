use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::provider::Stage;

/// There is no whole answer.
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
pub struct TransportError(pub(super) Box<TransportErrorInner>);

#[derive(Clone)]
pub(super) struct TransportErrorInner {
    stage: Stage,
    may_have_sent: bool,
    is_settled: bool,
    /// The sentence without the stage and the facts.
    pub(super) what: String,
    host: Option<String>,
    addresses: Vec<SocketAddr>,
    errno: Option<&'static str>,
    elapsed: Option<Duration>,
    head: Option<http::response::Parts>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl TransportError {
    /// Creates an error of a request of which the gateway has certainly not received a byte: none has left this machine, or
    /// a proxy has refused to forward it.
    ///
    /// `what` is half a sentence for a person; it must hold nothing of the request.
    #[must_use]
    pub fn not_sent(stage: Stage, what: impl Into<String>) -> Self {
        Self::new(stage, false, what.into())
    }

    /// A byte of the request may have left this machine.
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

    /// With host and port of the gateway, without anything else of the URL.
    #[must_use]
    pub fn with_host(mut self, host: impl Into<String>) -> Self {
        self.0.host = Some(host.into());
        self
    }

    /// With the addresses that were tried.
    #[must_use]
    pub fn with_addresses(mut self, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.0.addresses = addresses.into_iter().collect();
        self
    }

    /// With the name of the operating system's error, such as `ECONNREFUSED`.
    #[must_use]
    pub fn with_errno(mut self, name: &'static str) -> Self {
        self.0.errno = Some(name);
        self
    }

    /// With the time that the exchange took until it failed.
    #[must_use]
    pub fn with_elapsed(mut self, elapsed: Duration) -> Self {
        self.0.elapsed = Some(elapsed);
        self
    }

    /// With the status and headers that arrived before the body broke off.
    #[must_use]
    pub fn with_head(mut self, head: http::response::Parts) -> Self {
        self.0.head = Some(head);
        self
    }

    /// With the error below. Its text must hold nothing of the request.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Leaves open in the text whether the request was sent: below an error that says so, because the head of the
    /// response was enough to know.
    pub(crate) fn settled(mut self) -> Self {
        self.0.is_settled = true;
        self
    }

    /// How far the exchange came.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.0.stage
    }

    /// Whether a byte of the request may have left. Only `false` allows another try without asking.
    #[must_use]
    pub const fn may_have_sent(&self) -> bool {
        self.0.may_have_sent
    }

    /// Host and port of the gateway.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.0.host.as_deref()
    }

    /// The addresses that were tried: of the proxy, where there is one.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.0.addresses
    }

    /// The name of the operating system's error.
    #[must_use]
    pub const fn errno(&self) -> Option<&'static str> {
        self.0.errno
    }

    /// How long it took to fail.
    #[must_use]
    pub const fn elapsed(&self) -> Option<Duration> {
        self.0.elapsed
    }

    /// The status and headers, when only the body is missing.
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
            // The status and the headers have settled what became of the message.
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
