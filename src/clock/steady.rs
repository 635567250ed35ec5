use std::fmt;
use std::time::{Instant, SystemTime};

use super::{Clock, SystemClock};

/// A clock that reads the system time once, when it is created, and then advances evenly.
///
/// Later changes of the system clock do not affect it.
///
/// # Examples
///
/// ```
/// use otpost::Clock;
/// use otpost::clock::SteadyClock;
///
/// let clock = SteadyClock::new();
/// assert!(clock.now() <= clock.now());
/// ```
#[doc(alias = "monotonic")]
#[derive(Clone, Copy)]
pub struct SteadyClock {
    began: SystemTime,
    since: Instant,
}

impl SteadyClock {
    /// Creates a clock that starts at the current system time.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the module that reads the OS clocks")]
    pub fn new() -> Self {
        Self { began: SystemClock.now(), since: Instant::now() }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> SystemTime {
        // The sum overflows only after billions of years, so the fallback does not occur.
        self.began.checked_add(self.since.elapsed()).unwrap_or(self.began)
    }
}

impl Default for SteadyClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SteadyClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SteadyClock")
    }
}
