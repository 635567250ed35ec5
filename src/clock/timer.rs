use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

/// Measures time that passes, and waits: what retries, circuits and queues need of a runtime.
///
/// # Contract
///
/// 1. `elapsed` counts from a moment that stays the same, answers at once, and never steps back.
/// 2. `sleep` ends no earlier than asked, and holds up nothing else.
///
/// # Examples
///
/// A timer of a runtime of your own:
///
/// ```
/// use std::time::{Duration, Instant};
/// use otpost::async_trait;
/// use otpost::clock::Timer;
///
/// #[derive(Debug)]
/// struct MyTimer(Instant);
///
/// #[async_trait]
/// impl Timer for MyTimer {
///     fn elapsed(&self) -> Duration {
///         self.0.elapsed()
///     }
///
///     async fn sleep(&self, duration: Duration) {
///         # let _ = duration;
///         // my_runtime::sleep(duration).await
///     }
/// }
/// ```
#[async_trait]
pub trait Timer: fmt::Debug + Send + Sync + 'static {
    /// The time since a fixed moment.
    fn elapsed(&self) -> Duration;

    /// Waits.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait and nothing else.
    async fn sleep(&self, duration: Duration);
}

const _: fn(&dyn Timer) = |_| ();

#[async_trait]
impl<T: Timer + ?Sized> Timer for Arc<T> {
    fn elapsed(&self) -> Duration {
        (**self).elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        (**self).sleep(duration).await;
    }
}

#[async_trait]
impl<T: Timer + ?Sized> Timer for Box<T> {
    fn elapsed(&self) -> Duration {
        (**self).elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        (**self).sleep(duration).await;
    }
}
