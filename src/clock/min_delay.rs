use std::time::{Duration, Instant};

/// A minimum delay, counted from the creation of the value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MinDelay {
    began: Instant,
    least: Duration,
}

impl MinDelay {
    /// Starts a delay.
    #[expect(clippy::disallowed_methods, reason = "the module that reads the OS clocks")]
    pub(crate) fn of(least: Duration) -> Self {
        Self { began: Instant::now(), least }
    }

    /// Waits until the delay has passed, by spinning on this thread. Use it only for delays that
    /// are shorter than waking a thread.
    pub(crate) fn reach(self) {
        // A runtime timer counts in milliseconds, and waking a thread takes longer than this delay.
        // So neither could hide a difference of microseconds.
        while self.began.elapsed() < self.least {
            std::hint::spin_loop();
        }
    }
}
