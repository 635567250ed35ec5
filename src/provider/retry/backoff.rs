use std::sync::Arc;
use std::time::Duration;

use super::super::jitter::Jitter;
use super::super::{SendError, SendErrorKind};

/// How long to wait before a retry: full jitter over a bound that doubles.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    pub(super) transport: Duration,
    pub(super) throttled: Duration,
    pub(super) cap: Duration,
    /// The longest wish of a gateway that is waited for.
    pub(super) max_retry_after: Duration,
    pub(super) jitter: Arc<Jitter>,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self {
            transport: Duration::from_millis(50),
            throttled: Duration::from_secs(1),
            cap: Duration::from_secs(20),
            max_retry_after: Duration::from_secs(5),
            jitter: Arc::new(Jitter::new()),
        }
    }

    /// The wait before the retry of this number, counted from zero; `None` when the gateway asks for more than
    /// somebody at a login would wait.
    pub(super) fn wait(&self, error: &SendError, retry: u32) -> Option<Duration> {
        let base = match error.kind() {
            SendErrorKind::Throttled | SendErrorKind::Unavailable => self.throttled,
            _ => self.transport,
        };
        let factor = 2_u32.checked_pow(retry).unwrap_or(u32::MAX);
        let own = self.jitter.below(base.saturating_mul(factor).min(self.cap));
        match error.retry_after() {
            None => Some(own),
            Some(wish) if wish > self.max_retry_after => None,
            Some(wish) => Some(own.max(wish)),
        }
    }
}
