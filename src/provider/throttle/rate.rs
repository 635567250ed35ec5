use std::time::Duration;

use super::sync::Mutex;

/// The generic cell rate algorithm (ITU-T I.371): a steady rate with a burst, in one number.
#[derive(Debug)]
pub(in crate::provider) struct Rate {
    /// The time that one message takes.
    interval: Duration,
    /// How far ahead of its time a message may be.
    tolerance: Duration,
    /// When the next message would be on time.
    due: Mutex<Duration>,
}

impl Rate {
    /// So many messages in this time, and as many at once after a pause.
    pub(in crate::provider) fn new(count: u32, time: Duration) -> Self {
        let interval = time.checked_div(count).unwrap_or(time);
        let tolerance = time.saturating_sub(interval);
        Self { interval, tolerance, due: Mutex::new(Duration::ZERO) }
    }

    /// How long a message has to wait, if it waits no longer than the patience; its turn is then taken.
    pub(in crate::provider) fn reserve(
        &self,
        now: Duration,
        patience: Duration,
    ) -> Option<Duration> {
        let mut due = self.due.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let begin = (*due).max(now);
        let wait = begin.saturating_sub(self.tolerance).saturating_sub(now);
        if wait > patience {
            return None;
        }
        *due = begin.saturating_add(self.interval);
        Some(wait)
    }
}
