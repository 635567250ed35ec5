use std::time::Duration;

use super::millis;
use crate::store::{AttemptRule, OpenRule};

/// The state of one recipient, purpose and kind of requester: the cooldown, the send window, and
/// the lock after wrong guesses.
///
/// `Default` is the state of a recipient that the store does not know.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a store writes and reads each field")]
pub struct RecipientState {
    /// The time from which the next message may be sent.
    pub next: u64,
    /// The time at which the send window ends.
    pub window_end: u64,
    /// The number of messages sent in the window.
    pub sent: u16,
    /// The number of wrong guesses since the last success or lock.
    pub failures: u16,
    /// The time until which the wrong guesses count.
    pub failures_end: u64,
    /// The number of locks since the last success, or since the wrong guesses expired. Each lock
    /// lasts twice as long as the previous one, up to the longest lock.
    pub locks: u8,
    /// The time until which the recipient is locked.
    pub locked_until: u64,
}

/// The reason why a message may not be sent now, and the time to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has an answer for each of them")]
pub enum Denied {
    /// The cooldown after the last message has not passed.
    Cooldown(Duration),
    /// The recipient is locked after too many wrong guesses.
    Locked(Duration),
    /// The send window is full.
    Quota(Duration),
}

impl RecipientState {
    /// Returns the time for which the recipient is still locked, or `None` if it is not locked.
    #[must_use]
    pub fn locked(&self, now: u64) -> Option<Duration> {
        left(self.locked_until, now)
    }

    /// Takes a permit to send a message, and returns the time until the next one.
    ///
    /// # Errors
    ///
    /// Returns [`Denied`] if no message may be sent now. The state is then unchanged.
    pub fn permit(&mut self, now: u64, rule: &OpenRule) -> Result<Duration, Denied> {
        // Check every limit before anything changes: a refused message must not count.
        if let Some(wait) = self.locked(now) {
            return Err(Denied::Locked(wait));
        }
        if rule.window.most == 0 {
            return Err(Denied::Quota(rule.window.span));
        }
        if self.sent >= rule.window.most
            && let Some(wait) = left(self.window_end, now)
        {
            return Err(Denied::Quota(wait));
        }
        if let Some(wait) = left(self.next, now) {
            return Err(Denied::Cooldown(wait));
        }
        if self.window_end <= now {
            (self.window_end, self.sent) = (now.saturating_add(millis(rule.window.span)), 0);
        }
        // The messages before this one in the window are the number of doublings.
        let before = self.sent;
        self.sent = self.sent.saturating_add(1);
        let cooldown = doubled(rule.cooldown, before, rule.longest_cooldown);
        self.next = now.saturating_add(millis(cooldown));
        Ok(cooldown)
    }

    /// Takes back a message that was not sent: it no longer counts, and its cooldown ends.
    pub const fn return_permit(&mut self, now: u64) {
        if self.window_end > now {
            self.sent = self.sent.saturating_sub(1);
        }
        self.next = 0;
    }

    /// Counts a wrong guess, and locks the recipient if the rule's number of failures is reached.
    pub fn fail(&mut self, now: u64, rule: &AttemptRule) {
        if self.failures_end <= now {
            (self.failures, self.locks) = (0, 0);
        }
        self.failures = self.failures.saturating_add(1);
        self.failures_end = now.saturating_add(millis(rule.memory));
        if self.failures >= rule.failures {
            let lock = doubled(rule.lock, self.locks.into(), rule.longest_lock);
            self.locked_until = now.saturating_add(millis(lock));
            // Restart the count: after the lock, the next wrong guess must not lock again at once.
            self.failures = 0;
            self.locks = self.locks.saturating_add(1);
        }
    }

    /// Records a success: everything but the cooldown is reset.
    pub fn succeed(&mut self) {
        // Keep the cooldown. An attacker who owns the number could otherwise skip it by entering
        // each code.
        *self = Self { next: self.next, ..Self::default() };
    }

    /// Returns `true` if the state no longer matters, so that a store can delete it.
    #[must_use]
    pub fn has_ended(&self, now: u64) -> bool {
        self.ends() <= now
    }

    /// Returns the time from which the state no longer matters.
    #[must_use]
    pub fn ends(&self) -> u64 {
        self.next.max(self.window_end).max(self.failures_end).max(self.locked_until)
    }
}

fn left(end: u64, now: u64) -> Option<Duration> {
    (end > now).then(|| Duration::from_millis(end.saturating_sub(now)))
}

/// Returns the span after `times` doublings, at most `longest`.
fn doubled(span: Duration, times: u16, longest: Duration) -> Duration {
    // From 32 doublings on, the product is far above any sensible `longest`, so `min` decides.
    let factor = 1_u32.checked_shl(times.into()).unwrap_or(u32::MAX);
    span.saturating_mul(factor).min(longest.max(span))
}
