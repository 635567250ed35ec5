use std::time::Duration;

use super::{Fate, Receipt, SendError, SendErrorKind};
use crate::provider::Stage;

/// One send that failed on the way to a receipt or to the final error.
///
/// # Examples
///
/// ```
/// use otpost::provider::FailedAttempt;
///
/// fn log(attempts: &[FailedAttempt]) {
///     for failed in attempts {
///         println!("{} failed after {:?}: {}; {}", failed.provider, failed.elapsed, failed.kind, failed.fate);
///     }
/// }
/// # log(&[]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedAttempt {
    /// The provider's name.
    pub provider: Box<str>,
    /// What went wrong.
    pub kind: SendErrorKind,
    /// What became of this send.
    pub fate: Fate,
    /// Where the exchange ended; `None` when there was a whole answer, or no exchange.
    pub stage: Option<Stage>,
    /// How long it took.
    pub elapsed: Duration,
}

/// The failed sends of a wrapper, in order.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    failed: Vec<FailedAttempt>,
    /// Whether one of them may have been sent.
    is_open: bool,
}

impl Attempts {
    /// Adds what failed: its own attempts if it has one, which ends with itself.
    pub(super) fn push(&mut self, provider: &str, error: &mut SendError, elapsed: Duration) {
        self.is_open |= error.fate() == Fate::Unknown;
        let own = error.take_trail();
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

    /// The number of sends that have failed.
    pub(super) const fn len(&self) -> usize {
        self.failed.len()
    }

    pub(super) fn receipt(mut self, mut receipt: Receipt) -> Receipt {
        if self.failed.is_empty() {
            return receipt;
        }
        self.failed.extend(receipt.take_trail());
        receipt.with_attempts(self.failed)
    }

    /// The final error. A message that one of the sends may have delivered has an open fate, whatever the last one says.
    pub(super) fn error(self, error: SendError) -> SendError {
        let fate = if self.is_open { Fate::Unknown } else { error.fate() };
        error.with_fate(fate).with_attempts(self.failed)
    }
}
