//! The current time and the passing of time, as traits. Tests replace them, so that no test waits
//! or depends on the date.

#[cfg(all(feature = "challenge", feature = "reqwest"))]
mod default_timer;
#[cfg(any(feature = "gateway", all(feature = "challenge", feature = "serde")))]
mod duration;
#[cfg(feature = "challenge")]
mod min_delay;
#[cfg(all(feature = "challenge", not(feature = "reqwest")))]
mod no_timer;
mod steady;
mod stopwatch;
mod timeout;
mod timer;
#[cfg(feature = "reqwest")]
mod tokio;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

#[cfg(feature = "reqwest")]
pub use self::tokio::TokioTimer;
#[cfg(all(feature = "challenge", feature = "reqwest"))]
pub(crate) use default_timer::default_timer;
#[cfg(feature = "gateway")]
pub(crate) use duration::split_unit;
#[cfg(any(feature = "gateway", all(feature = "challenge", feature = "serde")))]
pub(crate) use duration::{duration_text, parse_duration};
#[cfg(feature = "challenge")]
pub(crate) use min_delay::MinDelay;
#[cfg(all(feature = "challenge", not(feature = "reqwest")))]
pub(crate) use no_timer::default_timer;
pub use steady::SteadyClock;
pub(crate) use stopwatch::Stopwatch;
pub(crate) use timeout::timeout;
pub use timer::Timer;

/// A source of the current time.
///
/// # Contract
///
/// 1. `now` returns at once, without blocking.
/// 2. The time may step backwards, like the clock of the operating system.
///
/// # Examples
///
/// ```
/// use otpost::{Clock, SystemClock};
///
/// assert!(SystemClock.now() > std::time::UNIX_EPOCH);
/// ```
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the current time.
    fn now(&self) -> SystemTime;
}

const _: fn(&dyn Clock) = |_| ();

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the OS clock")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

impl<T: Clock + ?Sized> Clock for Arc<T> {
    fn now(&self) -> SystemTime {
        (**self).now()
    }
}

impl<T: Clock + ?Sized> Clock for Box<T> {
    fn now(&self) -> SystemTime {
        (**self).now()
    }
}
