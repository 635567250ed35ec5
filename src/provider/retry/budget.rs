use crate::provider::sync::atomic::{AtomicU32, Ordering};

/// A common limit on the retries of all messages of a provider.
///
/// Each retry takes tokens, and each success returns some. If everything fails, the tokens run out,
/// and retries no longer multiply the load on a gateway that is down.
#[derive(Debug)]
pub(in crate::provider) struct RetryBudget {
    tokens: AtomicU32,
}

impl RetryBudget {
    /// The maximum number of tokens, enough for 35 retries in a row.
    pub(in crate::provider) const CAPACITY: u32 = 500;
    /// The tokens that a retry takes.
    pub(in crate::provider) const COST: u32 = 14;
    /// The tokens that a success without a retry returns.
    const REWARD: u32 = 1;

    pub(in crate::provider) fn new() -> Self {
        Self { tokens: AtomicU32::new(Self::CAPACITY) }
    }

    /// Takes the tokens for one retry. Returns `false` if there are too few.
    pub(in crate::provider) fn take(&self) -> bool {
        self.change(|tokens| tokens.checked_sub(Self::COST)).is_some()
    }

    /// Gives back the tokens of a successful retry, or one token for a success without a retry.
    pub(in crate::provider) fn give(&self, retried: bool) {
        let tokens = if retried { Self::COST } else { Self::REWARD };
        // The budget is usually full. Then only read it, because all sending threads share it.
        self.change(|now| {
            (now < Self::CAPACITY).then(|| now.saturating_add(tokens).min(Self::CAPACITY))
        });
    }

    fn change(&self, next: impl Fn(u32) -> Option<u32>) -> Option<u32> {
        // Relaxed is enough: the number of tokens protects no other memory. If another thread was
        // faster, the exchange fails and the change is computed again from the new value.
        let mut now = self.tokens.load(Ordering::Relaxed);
        loop {
            let new = next(now)?;
            let swapped =
                self.tokens.compare_exchange_weak(now, new, Ordering::Relaxed, Ordering::Relaxed);
            match swapped {
                Ok(_) => return Some(new),
                Err(other) => now = other,
            }
        }
    }
}
