use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

/// A monotonic timer, which measures elapsed time and waits.
///
/// Retries, circuit breakers and queues use it in place of an async runtime.
///
/// # Contract
///
/// 1. `elapsed` counts from a fixed moment, returns at once, and never decreases.
/// 2. `sleep` does not end earlier than requested, and does not block other tasks.
///
/// # Examples
///
/// A timer for another runtime:
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
#[doc(alias = "monotonic")]
#[doc(alias = "sleep")]
#[async_trait]
pub trait Timer: fmt::Debug + Send + Sync + 'static {
    /// Returns the time since a fixed moment.
    fn elapsed(&self) -> Duration;

    /// Waits for `duration`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait and has no other effect.
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
