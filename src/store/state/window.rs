use std::time::Duration;

use super::millis;

/// The number of slots that count. The newest one is not over yet, so six of them are at least the
/// whole span.
const SLOTS: u64 = 7;

/// The messages of a [window](crate::store::LimitRule::Window), counted in slots of a sixth of its
/// span.
///
/// `Default` is the state of a window that the store does not know.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::store::state::WindowState;
///
/// let hour = Duration::from_secs(3_600);
/// let mut window = WindowState::default();
/// assert_eq!(window.take(0, 2, hour), Ok(1));
/// assert_eq!(window.take(0, 2, hour), Ok(2));
/// // A message counts for an hour, and up to ten minutes longer.
/// assert_eq!(window.take(0, 2, hour), Err(Duration::from_secs(4_200)));
/// window.give(0, hour);
/// assert_eq!(window.take(0, 2, hour), Ok(2));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store writes and reads each field")]
pub struct WindowState {
    /// The number of the newest slot: the time divided by the length of a slot.
    pub slot: u64,
    /// The messages of the newest slot and of the six before it.
    pub counts: [u16; 7],
}

impl WindowState {
    /// Counts a message, and returns the number of messages that count now.
    ///
    /// # Errors
    ///
    /// Returns the time until the next message is allowed. The state is then unchanged, except that
    /// slots that no longer count may be dropped.
    pub fn take(&mut self, now: u64, most: u16, span: Duration) -> Result<u16, Duration> {
        self.advance(now, span);
        let total = self.total();
        if total >= most {
            return Err(self.wait(now, most, span));
        }
        let [newest, ..] = &mut self.counts;
        *newest = newest.saturating_add(1);
        Ok(total.saturating_add(1))
    }

    /// Removes one message, the newest one that counts.
    pub fn give(&mut self, now: u64, span: Duration) {
        self.advance(now, span);
        if let Some(count) = self.counts.iter_mut().find(|count| **count > 0) {
            *count = count.saturating_sub(1);
        }
    }

    /// Removes all messages.
    pub const fn clear(&mut self) {
        self.counts = [0; 7];
    }

    /// Returns the time from which no message counts any more.
    #[must_use]
    pub fn ends(&self, span: Duration) -> u64 {
        // The newest slot that has a message ends last.
        let newest = (0_u64..).zip(&self.counts).find(|(_, count)| **count > 0);
        newest.map_or(0, |(age, _)| self.end(age, span))
    }

    fn total(&self) -> u16 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Moves the slots to the current time.
    fn advance(&mut self, now: u64, span: Duration) {
        // The length is at least 1, so the default is never used.
        let current = now.checked_div(length(span)).unwrap_or_default();
        // A clock that steps back moves nothing: the messages must count for as long as before.
        let Some(steps) = current.checked_sub(self.slot) else { return };
        let steps = usize::try_from(steps.min(SLOTS)).unwrap_or_default();
        self.counts.rotate_right(steps % 7);
        self.counts.iter_mut().take(steps).for_each(|count| *count = 0);
        self.slot = current;
    }

    /// Returns the time until so many slots have ended that fewer than `most` messages count.
    fn wait(&self, now: u64, most: u16, span: Duration) -> Duration {
        let mut left = self.total();
        for (age, count) in (0_u64..SLOTS).rev().zip(self.counts.iter().rev()) {
            left = left.saturating_sub(*count);
            if *count > 0 && left < most {
                return Duration::from_millis(self.end(age, span).saturating_sub(now));
            }
        }
        // The maximum is 0, and waiting does not help.
        span
    }

    /// Returns the time at which the messages of a slot no longer count.
    fn end(&self, age: u64, span: Duration) -> u64 {
        let after = self.slot.saturating_sub(age).saturating_add(SLOTS);
        after.saturating_mul(length(span))
    }
}

/// Returns the length of a slot in milliseconds, at least 1.
fn length(span: Duration) -> u64 {
    millis(span).div_ceil(SLOTS.saturating_sub(1)).max(1)
}
