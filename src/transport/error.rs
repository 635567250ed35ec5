use std::error::Error;
use std::fmt;

/// How far an exchange came.
///
/// # Examples
///
/// ```
/// use otpost::transport::Stage;
///
/// assert!(Stage::Connect < Stage::Body);
/// assert_eq!(Stage::Connect.to_string(), "connect");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Before the network: the request or the client is wrong.
    Config,
    /// Name, proxy, TCP and TLS, up to where a request could be written.
    Connect,
    /// The request was being written, or was written and not answered.
    Request,
    /// The answer's status line and headers.
    Headers,
    /// The answer's body.
    Body,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Config => "config",
            Self::Connect => "connect",
            Self::Request => "request",
            Self::Headers => "headers",
            Self::Body => "body",
        })
    }
}

/// There is no whole answer.
///
/// # Examples
///
/// ```
/// use otpost::transport::{Stage, TransportError};
///
/// let error = TransportError::not_sent(Stage::Connect, "the connection was refused");
/// assert!(!error.may_have_sent());
/// assert_eq!(error.to_string(), "connect: the connection was refused; nothing was sent");
/// ```
pub struct TransportError(Box<Inner>);

struct Inner {
    stage: Stage,
    may_have_sent: bool,
    what: String,
    head: Option<http::response::Parts>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl TransportError {
    /// No byte of the request left this machine, for certain.
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
        Self(Box::new(Inner { stage, may_have_sent, what, head: None, source: None }))
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
        self.0.source = Some(source.into());
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

    /// The status and headers, when only the body is missing.
    #[must_use]
    pub const fn head(&self) -> Option<&http::response::Parts> {
        self.0.head.as_ref()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.0.may_have_sent { "it may have been sent" } else { "nothing was sent" };
        write!(f, "{}: {}; {end}", self.0.stage, self.0.what)
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError")
            .field("stage", &self.0.stage)
            .field("may_have_sent", &self.0.may_have_sent)
            .field("what", &self.0.what)
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
