use std::time::Duration;

use super::millis;

/// The length of a slot of successes in milliseconds: four hours, a sixth of a day.
const SLOT: u64 = 14_400_000;
/// Half of the average hourly successes: those of the day divided by two times 24 hours.
const SUCCESSES_PER_PLACE: u64 = 48;

/// The state of a [bucket](crate::store::LimitRule::Bucket).
///
/// The level is stored as the time at which the bucket is full again, so it refills without a
/// write. `Default` is the state of a bucket that the store does not know, which is full.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::store::state::{BucketRule, BucketState};
///
/// // Ten messages at once, and then one every six minutes.
/// let rule = BucketRule::new(10, Duration::from_secs(3_600), false);
/// let mut bucket = BucketState::default();
/// for _ in 0..10 {
///     assert_eq!(bucket.take(0, &rule), Ok(()));
/// }
/// assert_eq!(bucket.take(0, &rule), Err(Duration::from_secs(360)));
/// assert_eq!(bucket.take(360_000, &rule), Ok(()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store writes and reads each field")]
pub struct BucketState {
    /// The time at which the bucket is full.
    pub full_at: u64,
    /// The number of the newest slot of successes: the time divided by four hours.
    pub slot: u64,
    /// The successes of the newest slot and of the six before it.
    pub successes: [u32; 7],
}

/// The rule of a bucket: its capacity without growth, the time in which it is refilled, and if it
/// grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketRule {
    capacity: u32,
    refill: u64,
    grows: bool,
}

impl BucketRule {
    /// Creates a rule.
    #[must_use]
    pub fn new(capacity: u32, refill: Duration, grows: bool) -> Self {
        Self { capacity, refill: millis(refill), grows }
    }
}

impl BucketState {
    /// Takes a place.
    ///
    /// # Errors
    ///
    /// Returns the time until the next place is free. The state is then unchanged.
    pub fn take(&mut self, now: u64, rule: &BucketRule) -> Result<(), Duration> {
        let Some(cost) = self.cost(now, rule) else {
            return Err(Duration::from_millis(rule.refill));
        };
        let full_at = self.full_at.max(now).saturating_add(cost);
        let over = full_at.saturating_sub(now).saturating_sub(rule.refill);
        if over > 0 {
            return Err(Duration::from_millis(over));
        }
        self.full_at = full_at;
        Ok(())
    }

    /// Gives back a place.
    pub fn give(&mut self, now: u64, rule: &BucketRule) {
        let cost = self.cost(now, rule).unwrap_or_default();
        self.full_at = self.full_at.saturating_sub(cost);
    }

    /// Gives back the place of a message that led to a success. If the bucket grows, it gives back
    /// one more and counts the success.
    pub fn succeed(&mut self, now: u64, rule: &BucketRule) {
        self.give(now, rule);
        if rule.grows {
            self.give(now, rule);
            self.advance(now);
            let [newest, ..] = &mut self.successes;
            *newest = newest.saturating_add(1);
        }
    }

    /// Fills the bucket.
    pub const fn fill(&mut self) {
        self.full_at = 0;
    }

    /// Returns the time from which the state no longer matters.
    #[must_use]
    pub fn ends(&self) -> u64 {
        let newest = (0_u64..).zip(&self.successes).find(|(_, count)| **count > 0);
        let last = newest.map_or(0, |(age, _)| {
            self.slot.saturating_sub(age).saturating_add(7).saturating_mul(SLOT)
        });
        self.full_at.max(last)
    }

    /// Returns the time in which one place is refilled, or `None` if there are no places.
    fn cost(&self, now: u64, rule: &BucketRule) -> Option<u64> {
        let more = if rule.grows { self.counted(now) / SUCCESSES_PER_PLACE } else { 0 };
        let capacity = u64::from(rule.capacity).saturating_add(more);
        // At least 1: a place that costs nothing would never be used up.
        Some(rule.refill.checked_div(capacity)?.max(1))
    }

    /// Returns the successes that count at this time.
    fn counted(&self, now: u64) -> u64 {
        let passed = (now / SLOT).saturating_sub(self.slot);
        let kept = usize::try_from(7_u64.saturating_sub(passed)).unwrap_or_default();
        self.successes.iter().take(kept).fold(0, |sum, count| sum.saturating_add((*count).into()))
    }

    /// Moves the slots of successes to the current time.
    fn advance(&mut self, now: u64) {
        let current = now / SLOT;
        let Some(steps) = current.checked_sub(self.slot) else { return };
        let steps = usize::try_from(steps.min(7)).unwrap_or_default();
        self.successes.rotate_right(steps % 7);
        self.successes.iter_mut().take(steps).for_each(|count| *count = 0);
        self.slot = current;
    }
}
