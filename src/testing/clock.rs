use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::lock;
use crate::clock::Clock;

/// A clock that moves when it is told to. Clones show the same time.
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
    /// A clock at so many seconds since 1970.
    #[must_use]
    pub fn at(unix: u64) -> Self {
        let time = UNIX_EPOCH.checked_add(Duration::from_secs(unix)).unwrap_or(UNIX_EPOCH);
        Self(Arc::new(Mutex::new(time)))
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        let mut time = lock(&self.0);
        *time = time.checked_add(by).unwrap_or(*time);
    }

    /// Sets it, backwards if need be, as an operating system's clock may be set.
    pub fn set(&self, time: SystemTime) {
        *lock(&self.0) = time;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        *lock(&self.0)
    }
}
