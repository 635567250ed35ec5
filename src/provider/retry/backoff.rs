use std::sync::Arc;
use std::time::Duration;

use super::super::jitter::Jitter;
use super::super::{SendError, SendErrorKind};

/// The waits before retries: exponential back-off with full jitter.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    /// The upper limit of the first wait after a network error.
    pub(super) transport: Duration,
    /// The upper limit of the first wait if the gateway is too busy.
    pub(super) throttled: Duration,
    /// The upper limit of all waits.
    pub(super) cap: Duration,
    /// The longest `Retry-After` of a gateway that is honoured.
    pub(super) max_retry_after: Duration,
    pub(super) jitter: Arc<Jitter>,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self {
            transport: Duration::from_millis(50),
            // A gateway that is too busy needs time. After a network error, the next connection may
            // work.
            throttled: Duration::from_secs(1),
            cap: Duration::from_secs(20),
            // A person waits for the code. After a longer wait than this, another provider is
            // faster.
            max_retry_after: Duration::from_secs(5),
            jitter: Arc::new(Jitter::new()),
        }
    }

    /// Returns the wait before a retry. The first retry has the number 0. Returns `None` if the
    /// gateway asks for a longer wait than `max_retry_after`.
    pub(super) fn wait(&self, error: &SendError, retry: u32) -> Option<Duration> {
        let base = match error.kind() {
            SendErrorKind::Throttled | SendErrorKind::Unavailable => self.throttled,
            _ => self.transport,
        };
        // Full jitter: a random wait from zero up to the doubled limit spreads the retries of many
        // messages, which would otherwise reach the gateway in the same instant.
        let factor = 2_u32.checked_pow(retry).unwrap_or(u32::MAX);
        let own = self.jitter.below(base.saturating_mul(factor).min(self.cap));
        match error.retry_after() {
            None => Some(own),
            // Waiting less than the gateway asks for would only cost another refusal.
            Some(wish) if wish > self.max_retry_after => None,
            Some(wish) => Some(own.max(wish)),
        }
    }
}
