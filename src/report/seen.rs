use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::recent::Recent;
use crate::clock::{Clock, SystemClock};

/// The requests with reports that were received before, in the memory of this process.
///
/// Most applications do not need it: the effects of a report are the same if it comes twice. Use it
/// if each request must be processed once, for example to count them. With several processes, keep
/// the [keys](super::ReceivedReports) in a shared store instead, such as Redis with `SET NX EX`.
///
/// # Examples
///
/// ```
/// use otpost::report::SeenReports;
///
/// let seen = SeenReports::new();
/// assert!(seen.record("the replay key of a request"));
/// assert!(!seen.record("the replay key of a request")); // answer it, and do nothing else
/// ```
pub struct SeenReports {
    keys: Mutex<Recent<Box<str>, ()>>,
    clock: Box<dyn Clock>,
}

/// The default number of requests.
const CAPACITY: usize = 100_000;
/// The default time for which a request is known. Vendors repeat requests for 24 hours, and
/// signatures with a time are valid for a few minutes.
const LIFETIME: Duration = Duration::from_secs(24 * 3_600);

impl SeenReports {
    /// Creates an empty list.
    #[must_use]
    pub fn new() -> Self {
        Self { keys: Mutex::new(Recent::new(CAPACITY, LIFETIME)), clock: Box::new(SystemClock) }
    }

    /// Sets the maximum number of requests, of which the oldest are dropped. Defaults to 100,000.
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        self.keys.get_mut().unwrap_or_else(PoisonError::into_inner).set_capacity(capacity);
        self
    }

    /// Sets the time for which a request is known. Defaults to 24 h. It should be longer than the
    /// gateway repeats requests.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.keys.get_mut().unwrap_or_else(PoisonError::into_inner).set_lifetime(lifetime);
        self
    }

    /// Replaces the clock. Defaults to [`SystemClock`].
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Records the replay key of a request, from
    /// [`ReceivedReports::replay_key`](super::ReceivedReports). Returns `true` if it is new.
    ///
    /// Record it after the reports are stored. Otherwise a request that could not be stored is
    /// ignored when the gateway repeats it.
    pub fn record(&self, key: &str) -> bool {
        let now = self.clock.now();
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.expire(now, |_, ()| {});
        if keys.get(key).is_some() {
            return false;
        }
        keys.insert(key.into(), (), now, |_, ()| {});
        true
    }
}

impl Default for SeenReports {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SeenReports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("SeenReports").field("len", &keys.len()).finish_non_exhaustive()
    }
}
