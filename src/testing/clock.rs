use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::lock;
use crate::clock::Clock;

/// A clock for tests, which stands still until it is advanced or set. Clones share one time.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::testing::ManualClock;
/// use otpost::Clock;
///
/// let clock = ManualClock::at(1_700_000_000);
/// let before = clock.now();
/// clock.advance(Duration::from_secs(30));
/// assert_eq!(clock.now(), before + Duration::from_secs(30));
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<SystemTime>>);

impl ManualClock {
    /// Creates a clock at a Unix time in seconds.
    #[must_use]
    pub fn at(unix: u64) -> Self {
        // Only a time that the platform cannot represent falls back. No test needs one.
        let time = UNIX_EPOCH.checked_add(Duration::from_secs(unix)).unwrap_or(UNIX_EPOCH);
        Self(Arc::new(Mutex::new(time)))
    }

    /// Advances the clock.
    pub fn advance(&self, by: Duration) {
        let mut time = lock(&self.0);
        *time = time.checked_add(by).unwrap_or(*time);
    }

    /// Sets the clock to a time, which may be in the past, as with an operating system's clock.
    pub fn set(&self, time: SystemTime) {
        *lock(&self.0) = time;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        *lock(&self.0)
    }
}
