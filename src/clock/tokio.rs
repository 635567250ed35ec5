use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};

use super::Timer;

/// The timer of the Tokio runtime. If a test pauses the time of Tokio, this timer pauses too.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::clock::{Timer, TokioTimer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let timer = TokioTimer::new();
/// timer.sleep(Duration::from_millis(1)).await;
/// assert!(timer.elapsed() >= Duration::from_millis(1));
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TokioTimer {
    origin: Instant,
}

impl TokioTimer {
    /// Creates a timer that counts from now.
    #[must_use]
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Default for TokioTimer {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Timer for TokioTimer {
    fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        sleep(duration).await;
    }
}
