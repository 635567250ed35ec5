use std::time::{Duration, Instant};

/// A span that began when it was made, and that something shall not be done before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MinDelay {
    began: Instant,
    least: Duration,
}

impl MinDelay {
    #[expect(clippy::disallowed_methods, reason = "the room that reads the OS clocks")]
    pub(crate) fn of(least: Duration) -> Self {
        Self { began: Instant::now(), least }
    }

    /// Waits for the end of the span, on this thread: for spans that are shorter than it takes to wake one.
    pub(crate) fn reach(self) {
        while self.began.elapsed() < self.least {
            std::hint::spin_loop();
        }
    }
}
