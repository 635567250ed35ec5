use std::fmt;
use std::time::{Instant, SystemTime};

use super::{Clock, SystemClock};

/// The time at which it was made, and what has passed since: it goes on evenly when somebody sets the system's clock.
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
#[derive(Clone, Copy)]
pub struct SteadyClock {
    began: SystemTime,
    since: Instant,
}

impl SteadyClock {
    /// A clock that begins with the system's time.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the room that reads the OS clocks")]
    pub fn new() -> Self {
        Self { began: SystemClock.now(), since: Instant::now() }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> SystemTime {
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
