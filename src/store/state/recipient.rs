use std::time::Duration;

use super::millis;
use crate::store::{AttemptRule, OpenRule};

/// What is kept of a recipient and purpose. Times are milliseconds of the store's clock.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct RecipientState {
    /// When the next message may be sent.
    pub(in crate::store) next: u64,
    /// When the windows end, and how many messages were sent in them.
    pub(in crate::store) window_ends: [u64; 2],
    pub(in crate::store) sent: [u16; 2],
    /// Wrong guesses since the last success or lock, and until when they count.
    pub(in crate::store) failures: u16,
    pub(in crate::store) failures_end: u64,
    /// How often it was locked, and until when it is.
    pub(in crate::store) locks: u8,
    pub(in crate::store) locked_until: u64,
}

/// Why there is no permit to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Denied {
    Cooldown(Duration),
    Locked(Duration),
    Quota(Duration),
}

impl RecipientState {
    /// How long it is locked.
    pub(in crate::store) fn locked(&self, now: u64) -> Option<Duration> {
        left(self.locked_until, now)
    }

    /// Takes a permit, and answers when there is the next one.
    pub(in crate::store) fn permit(
        &mut self,
        now: u64,
        rule: &OpenRule,
    ) -> Result<Duration, Denied> {
        if let Some(wait) = self.locked(now) {
            return Err(Denied::Locked(wait));
        }
        let mut full = None;
        for ((end, sent), window) in self.window_ends.iter().zip(&self.sent).zip(&rule.windows) {
            if *end > now && *sent >= window.most {
                full = full.max(left(*end, now));
            } else if window.most == 0 {
                full = full.max(Some(window.span));
            }
        }
        if let Some(wait) = full {
            return Err(Denied::Quota(wait));
        }
        if let Some(wait) = left(self.next, now) {
            return Err(Denied::Cooldown(wait));
        }
        for ((end, sent), window) in
            self.window_ends.iter_mut().zip(&mut self.sent).zip(&rule.windows)
        {
            if *end <= now {
                (*end, *sent) = (now.saturating_add(millis(window.span)), 0);
            }
            *sent = sent.saturating_add(1);
        }
        let [before, _] = self.sent.map(|sent| sent.saturating_sub(1));
        let cooldown = doubled(rule.cooldown, before, rule.longest_cooldown);
        self.next = now.saturating_add(millis(cooldown));
        Ok(cooldown)
    }

    /// Counts a wrong guess.
    pub(in crate::store) fn fail(&mut self, now: u64, rule: &AttemptRule) {
        if self.failures_end <= now {
            (self.failures, self.locks) = (0, 0);
        }
        self.failures = self.failures.saturating_add(1);
        self.failures_end = now.saturating_add(millis(rule.memory));
        if self.failures >= rule.failures {
            let lock = doubled(rule.lock, self.locks.into(), rule.longest_lock);
            self.locked_until = now.saturating_add(millis(lock));
            // After the pause the first wrong guess is one, and not one too many.
            self.failures = 0;
            self.locks = self.locks.saturating_add(1);
        }
    }

    /// Forgets all but the cooldown.
    pub(in crate::store) fn succeed(&mut self) {
        *self = Self { next: self.next, ..Self::default() };
    }

    /// Whether nothing of it matters any more.
    pub(in crate::store) fn has_ended(&self, now: u64) -> bool {
        self.ends() <= now
    }

    /// When nothing of it matters any more.
    pub(in crate::store) fn ends(&self) -> u64 {
        let [short, long] = self.window_ends;
        self.next.max(short).max(long).max(self.failures_end).max(self.locked_until)
    }
}

fn left(end: u64, now: u64) -> Option<Duration> {
    (end > now).then(|| Duration::from_millis(end.saturating_sub(now)))
}

/// A span after so many doublings, but no longer than the longest.
fn doubled(span: Duration, times: u16, longest: Duration) -> Duration {
    let factor = 1_u32.checked_shl(times.into()).unwrap_or(u32::MAX);
    span.saturating_mul(factor).min(longest.max(span))
}
