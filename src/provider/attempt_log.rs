use std::time::Duration;

use super::attempts::FailedAttempt;
use super::error::SendError;
use super::fate::Fate;
use super::receipt::Receipt;

/// The failed sends of a wrapper, in order.
#[derive(Debug, Default)]
pub(super) struct AttemptLog {
    failed: Vec<FailedAttempt>,
    /// `true` if one of the sends may have delivered the message.
    is_open: bool,
}

impl AttemptLog {
    /// Adds a failed send. An error from another wrapper already contains its attempts, ending with
    /// itself, so those are added instead.
    pub(super) fn push(&mut self, provider: &str, error: &mut SendError, elapsed: Duration) {
        self.is_open |= error.fate() == Fate::Unknown;
        let own = error.take_attempts();
        if !own.is_empty() {
            self.failed.extend(own);
            return;
        }
        self.failed.push(FailedAttempt {
            provider: provider.into(),
            kind: error.kind(),
            fate: error.fate(),
            stage: error.stage(),
            elapsed,
        });
    }

    /// Returns the number of failed sends.
    pub(super) const fn len(&self) -> usize {
        self.failed.len()
    }

    /// Returns the receipt with all failed sends.
    pub(super) fn receipt(mut self, mut receipt: Receipt) -> Receipt {
        if self.failed.is_empty() {
            return receipt;
        }
        // The failed sends in the receipt are those of the last provider, so they come after ours.
        self.failed.extend(receipt.take_attempts());
        receipt.with_attempts(self.failed)
    }

    /// Returns the final error with all failed sends. Its fate is [`Fate::Unknown`] if any of them
    /// may have delivered the message, regardless of the fate of the last one.
    pub(super) fn error(self, error: SendError) -> SendError {
        let fate = if self.is_open { Fate::Unknown } else { error.fate() };
        error.with_fate(fate).with_attempts(self.failed)
    }
}
