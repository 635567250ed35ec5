use super::sync::atomic::{AtomicU32, Ordering};

/// How many retries all messages of a provider may make together.
///
/// Each retry takes tokens and each success gives some back. When everything fails the bucket runs dry, and retries
/// stop multiplying the load on a gateway that is down.
#[derive(Debug)]
pub(in crate::provider) struct RetryBudget {
    tokens: AtomicU32,
}

impl RetryBudget {
    /// 35 retries in a row.
    pub(in crate::provider) const CAPACITY: u32 = 500;
    pub(in crate::provider) const COST: u32 = 14;
    const REWARD: u32 = 1;

    pub(in crate::provider) fn new() -> Self {
        Self { tokens: AtomicU32::new(Self::CAPACITY) }
    }

    /// Takes the tokens for one retry, if there are as many.
    pub(in crate::provider) fn take(&self) -> bool {
        self.change(|tokens| tokens.checked_sub(Self::COST)).is_some()
    }

    /// Gives back what a retry that succeeded has cost, or a token for a success without one.
    pub(in crate::provider) fn give(&self, retried: bool) {
        let tokens = if retried { Self::COST } else { Self::REWARD };
        // A full bucket, which is the rule, is only read: threads that send share it.
        self.change(|now| {
            (now < Self::CAPACITY).then(|| now.saturating_add(tokens).min(Self::CAPACITY))
        });
    }

    fn change(&self, next: impl Fn(u32) -> Option<u32>) -> Option<u32> {
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
