use core::time::Duration;

use super::algorithm::Algorithm;
use super::code::Code;
use super::digits::Digits;
use super::hotp::Hotp;
use super::matched::Match;
use super::secret::Secret;

/// The time step X of RFC 6238 §4.1, in seconds.
const DEFAULT_STEP: u64 = 30;

/// Time-based one-time codes (RFC 6238), for authenticator apps.
///
/// For a code that is *sent*, use [`Hotp`]: a time-based one dies at the edge of its step, and sending it again
/// repeats or changes it by accident.
///
/// # Examples
///
/// ```
/// use otpost::otp::{Code, Secret, Totp, Window};
///
/// let totp = Totp::new(&Secret::generate()?);
/// let now = 1_700_000_000;                            // seconds since 1970, from the application's clock
/// let typed = Code::parse(totp.generate_at(now).expose())?;
///
/// let last_used = None;                               // from the application's database
/// let matched = totp.verify_at(now, &typed, Window::default(), last_used).ok_or("wrong code")?;
///
/// // Stored as the last used step, it makes the same code fail from now on.
/// assert!(totp.verify_at(now, &typed, Window::default(), Some(matched.counter)).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Totp {
    hotp: Hotp,
    step: u64,
    t0: u64,
}

impl Totp {
    /// Six digits over HMAC-SHA-1, a step of 30 seconds from 1970 on: what every app assumes.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self::with_algorithm(secret, Algorithm::Sha1)
    }

    /// The same over another hash.
    #[must_use]
    pub fn with_algorithm(secret: &Secret, algorithm: Algorithm) -> Self {
        Self { hotp: Hotp::with_algorithm(secret, algorithm), step: DEFAULT_STEP, t0: 0 }
    }

    /// With another number of digits.
    #[must_use]
    pub fn with_digits(mut self, digits: Digits) -> Self {
        self.hotp = self.hotp.with_digits(digits);
        self
    }

    /// With another time step, cut to whole seconds; anything below one second is one second.
    #[must_use]
    pub fn with_step(mut self, step: Duration) -> Self {
        self.step = step.as_secs().max(1);
        self
    }

    /// With another start T0 of the first step, in seconds since 1970.
    #[must_use]
    pub const fn with_t0(mut self, t0: u64) -> Self {
        self.t0 = t0;
        self
    }

    /// The hash in use.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.hotp.algorithm()
    }

    /// How many digits the codes have.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.hotp.digits()
    }

    /// The time step T at `unix` seconds (RFC 6238 §4.2). Times before T0 are in step 0.
    // Its division is by a step that is public, and stays out of the functions that hold secrets, where the proofs look for divisions.
    #[inline(never)]
    #[must_use]
    pub const fn step_at(&self, unix: u64) -> u64 {
        match unix.saturating_sub(self.t0).checked_div(self.step) {
            Some(step) => step,
            None => 0,
        }
    }

    /// The time step.
    #[must_use]
    pub const fn step(&self) -> Duration {
        Duration::from_secs(self.step)
    }

    /// The start T0 of the first step, in seconds since 1970.
    #[must_use]
    pub const fn t0(&self) -> u64 {
        self.t0
    }

    /// How long the code of `unix` seconds is still shown, whole seconds; before T0 until the end of step 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use otpost::otp::{Secret, Totp};
    ///
    /// let totp = Totp::new(&Secret::generate()?);
    /// assert_eq!(totp.time_left_at(1_700_000_000), Duration::from_secs(10));
    /// # Ok::<(), otpost::otp::RandomError>(())
    /// ```
    #[must_use]
    pub const fn time_left_at(&self, unix: u64) -> Duration {
        let begun = self.step_at(unix).saturating_mul(self.step).saturating_add(self.t0);
        let shown = unix.saturating_sub(begun);
        let early = begun.saturating_sub(unix);
        Duration::from_secs(self.step.saturating_sub(shown).saturating_add(early))
    }

    /// The code that an app shows at `unix` seconds.
    #[must_use]
    pub fn generate_at(&self, unix: u64) -> Code {
        self.hotp.generate(self.step_at(unix))
    }

    /// Looks for the code among the steps of `window` around `unix` seconds.
    ///
    /// `after` is the step that was used last: it and all before it do not match, so that a code
    /// passes once (RFC 6238 §5.2). Store [`Match::counter`] as the next `after` before anything
    /// is granted, with a condition that it grows.
    ///
    /// # Security
    ///
    /// The bound is part of the search: were it checked afterwards, a used code would hide an equal unused one.
    /// All steps of the window are always computed and compared.
    #[must_use = "a code that was not checked proves nothing"]
    pub fn verify_at(
        &self,
        unix: u64,
        code: &Code,
        window: Window,
        after: Option<u64>,
    ) -> Option<Match> {
        let now = self.step_at(unix);
        let (first, last) = window.around(now);
        self.hotp.search(code, first, last, after).found(now)
    }
}

/// How many time steps before and after now still pass, for clocks that differ and for slow typing.
///
/// RFC 6238 §5.2 recommends at most one step for delay. Each step is one more code that a guess may hit.
///
/// # Examples
///
/// ```
/// use otpost::otp::Window;
///
/// assert_eq!(Window::default(), Window::new(1, 1));
/// assert_eq!(Window::NONE, Window::new(0, 0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    past: u16,
    future: u16,
}

impl Window {
    /// Only the current step.
    pub const NONE: Self = Self::new(0, 0);

    /// So many steps back and so many ahead.
    #[must_use]
    pub const fn new(past: u16, future: u16) -> Self {
        Self { past, future }
    }

    /// How many steps back.
    #[must_use]
    pub const fn past(self) -> u16 {
        self.past
    }

    /// How many steps ahead.
    #[must_use]
    pub const fn future(self) -> u16 {
        self.future
    }

    /// The first and the last step. Steps outside u64 are skipped, never wrapped.
    pub(super) fn around(self, now: u64) -> (u64, u64) {
        (now.saturating_sub(self.past.into()), now.saturating_add(self.future.into()))
    }
}

impl Default for Window {
    /// One step back, one ahead.
    fn default() -> Self {
        Self::new(1, 1)
    }
}
