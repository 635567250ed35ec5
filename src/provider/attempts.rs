use std::time::Duration;

use super::{Fate, Receipt, SendError, SendErrorKind};
use crate::provider::Stage;

/// A send that failed before a receipt or the final error.
///
/// # Examples
///
/// ```
/// use otpost::provider::FailedAttempt;
///
/// fn log(attempts: &[FailedAttempt]) {
///     for failed in attempts {
///         let FailedAttempt { provider, elapsed, kind, fate, .. } = failed;
///         println!("{provider} failed after {elapsed:?}: {kind}; {fate}");
///     }
/// }
/// # log(&[]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedAttempt {
    /// The name of the provider.
    pub provider: Box<str>,
    /// The kind of the error.
    pub kind: SendErrorKind,
    /// The delivery state of the message after this send.
    pub fate: Fate,
    /// The stage at which the exchange ended; `None` if there was a complete response or no
    /// exchange.
    pub stage: Option<Stage>,
    /// The duration of the send.
    pub elapsed: Duration,
}

/// The failed sends of a wrapper, in order.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    failed: Vec<FailedAttempt>,
    /// `true` if one of the sends may have delivered the message.
    is_open: bool,
}

impl Attempts {
    /// Adds a failed send. An error from another wrapper already contains its attempts, ending with
    /// itself, so those are added instead.
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

    /// Returns the number of failed sends.
    pub(super) const fn len(&self) -> usize {
        self.failed.len()
    }

    /// Returns the receipt with all failed sends.
    pub(super) fn receipt(mut self, mut receipt: Receipt) -> Receipt {
        if self.failed.is_empty() {
            return receipt;
        }
        self.failed.extend(receipt.take_trail());
        receipt.with_attempts(self.failed)
    }

    /// Returns the final error with all failed sends. Its fate is [`Fate::Unknown`] if any of them
    /// may have delivered the message, regardless of the fate of the last one.
    pub(super) fn error(self, error: SendError) -> SendError {
        let fate = if self.is_open { Fate::Unknown } else { error.fate() };
        error.with_fate(fate).with_attempts(self.failed)
    }
}
