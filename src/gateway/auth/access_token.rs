//! An access token, and the reason for a missing one.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use crate::provider::{Fate, SendError, SendErrorKind, Stage};
use crate::secret::SecretString;
use crate::transport::TransportError;

pub(in crate::gateway) struct Token {
    /// The token, and the further values that the response contains.
    pub(in crate::gateway) values: Vec<SecretString>,
    pub(in crate::gateway) good_until: SystemTime,
    /// Set once the gateway has accepted the token.
    is_proven: AtomicBool,
}

/// The reason why there is no token. All messages that waited for the request get the same.
#[derive(Clone)]
pub(in crate::gateway) struct Refusal {
    pub(super) kind: SendErrorKind,
    stage: Option<Stage>,
    pub(super) retry_after: Option<Duration>,
    cause: TokenCause,
}

#[derive(Clone)]
enum TokenCause {
    TokenCall(Arc<TransportError>),
    Text(&'static str),
}

impl Token {
    pub(in crate::gateway) fn new(values: Vec<SecretString>, good_until: SystemTime) -> Self {
        Self { values, good_until, is_proven: AtomicBool::new(false) }
    }

    /// Returns `true` once the gateway has accepted the token.
    pub(super) fn is_proven(&self) -> bool {
        // The flag protects no other data, so it needs no ordering.
        self.is_proven.load(Ordering::Relaxed)
    }

    pub(super) fn prove(&self) {
        self.is_proven.store(true, Ordering::Relaxed);
    }
}

impl Refusal {
    /// Creates a refusal from a status that means no token.
    pub(in crate::gateway) fn new(kind: SendErrorKind, retry_after: Option<Duration>) -> Self {
        let cause = TokenCause::Text("the token request was refused");
        Self { kind, stage: None, retry_after, cause }
    }

    /// Creates a refusal from a successful response that contains no token.
    pub(in crate::gateway) const fn no_token(what: &'static str) -> Self {
        let kind = SendErrorKind::Misconfigured;
        Self { kind, stage: None, retry_after: None, cause: TokenCause::Text(what) }
    }

    /// Creates a refusal from an exchange without a complete response.
    pub(in crate::gateway) fn unanswered(error: TransportError) -> Self {
        let kind = match error.stage() {
            Stage::Config => SendErrorKind::Misconfigured,
            _ => SendErrorKind::Transport,
        };
        let stage = Some(error.stage());
        Self { kind, stage, retry_after: None, cause: TokenCause::TokenCall(Arc::new(error)) }
    }

    pub(super) fn is_unanswered(&self) -> bool {
        self.kind == SendErrorKind::Transport
    }

    /// Converts the refusal into an error. Whatever the fate of the token request is, the message
    /// was not sent.
    pub(super) fn into_error(self) -> SendError {
        let mut error = SendError::new(self.kind, Fate::NotSent);
        if let Some(stage) = self.stage {
            error = error.with_stage(stage);
        }
        if let Some(wait) = self.retry_after {
            error = error.with_retry_after(wait);
        }
        match self.cause {
            TokenCause::TokenCall(failed) => error.with_source(CallFailed(failed)),
            TokenCause::Text(what) => error.with_source(what),
        }
    }
}

/// The source of the error. Its text makes clear that the token request may have been sent, and
/// never the message.
#[derive(Debug)]
struct CallFailed(Arc<TransportError>);

impl fmt::Display for CallFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the token request failed")
    }
}

impl Error for CallFailed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
