use std::time::Duration;

use crate::provider::sync::Mutex;

/// The generic cell rate algorithm (ITU-T I.371): a steady rate with bursts, kept in a single time.
#[derive(Debug)]
pub(in crate::provider) struct Rate {
    /// The time between two messages at the steady rate.
    interval: Duration,
    /// The time by which a message may be early, for bursts.
    tolerance: Duration,
    /// The time at which the next message is due at the steady rate.
    due: Mutex<Duration>,
}

impl Rate {
    /// Creates a limit of `count` messages in `time`. After a pause, as many can be sent at once.
    pub(in crate::provider) fn new(count: u32, time: Duration) -> Self {
        // The count is never zero. With a tolerance of all intervals but one, `count` messages can
        // be sent at once, and each further one waits for one interval.
        let interval = time.checked_div(count).unwrap_or(time);
        let tolerance = time.saturating_sub(interval);
        Self { interval, tolerance, due: Mutex::new(Duration::ZERO) }
    }

    /// Reserves a turn, and returns how long the message has to wait for it. Returns `None` and
    /// reserves nothing if the wait is longer than `patience`.
    pub(in crate::provider) fn reserve(
        &self,
        now: Duration,
        patience: Duration,
    ) -> Option<Duration> {
        let mut due = self.due.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // `due` moves on by one interval with each turn. A turn may be early by the tolerance,
        // which is what makes a burst possible after a pause.
        let begin = (*due).max(now);
        let wait = begin.saturating_sub(self.tolerance).saturating_sub(now);
        if wait > patience {
            return None;
        }
        *due = begin.saturating_add(self.interval);
        Some(wait)
    }
}
