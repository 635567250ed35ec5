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
/// To *send* a code, use [`Hotp`]. A time-based code changes at the end of its time step, so a
/// second message would have the same code or another one by accident.
///
/// # Examples
///
/// ```
/// use otpost::otp::{Code, Secret, Totp, Window};
///
/// let totp = Totp::new(&Secret::generate()?);
/// let now = 1_700_000_000;                            // seconds since 1970
/// let typed = Code::parse(totp.generate_at(now).expose())?;
///
/// let last_used = None;                               // from the application's database
/// let matched = totp.verify_at(now, &typed, Window::default(), last_used).ok_or("wrong code")?;
///
/// // Stored as the last used step, it makes the same code fail from now on.
/// assert!(totp.verify_at(now, &typed, Window::default(), Some(matched.counter)).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "2fa")]
#[doc(alias = "mfa")]
#[doc(alias = "authenticator")]
#[derive(Clone, Debug)]
pub struct Totp {
    hotp: Hotp,
    // In seconds, at least 1.
    step: u64,
    // In seconds since 1970.
    t0: u64,
}

impl Totp {
    /// Creates TOTP with HMAC-SHA-1, six digits and a time step of 30 s from 1970. Every
    /// authenticator app assumes these values.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self::with_algorithm(secret, Algorithm::Sha1)
    }

    /// Creates TOTP with another hash. Digits and time step are those of [`new`](Self::new).
    #[must_use]
    pub fn with_algorithm(secret: &Secret, algorithm: Algorithm) -> Self {
        Self { hotp: Hotp::with_algorithm(secret, algorithm), step: DEFAULT_STEP, t0: 0 }
    }

    /// Sets the number of digits. Defaults to six.
    #[must_use]
    pub fn with_digits(mut self, digits: Digits) -> Self {
        self.hotp = self.hotp.with_digits(digits);
        self
    }

    /// Sets the time step. Defaults to 30 s. The value is rounded down to whole seconds, with a
    /// minimum of 1 s.
    #[must_use]
    pub fn with_step(mut self, step: Duration) -> Self {
        self.step = step.as_secs().max(1);
        self
    }

    /// Sets T0, the start of the first time step, in seconds since 1970. Defaults to 0.
    #[must_use]
    pub const fn with_t0(mut self, t0: u64) -> Self {
        self.t0 = t0;
        self
    }

    /// Returns the hash.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.hotp.algorithm()
    }

    /// Returns the number of digits of the codes.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.hotp.digits()
    }

    /// Returns the time step T at `unix` seconds since 1970 (RFC 6238 §4.2). Times before T0 are in
    /// step 0.
    // The divisor is public. The function is not inlined, because the proofs search the functions
    // that hold secrets for divisions.
    #[inline(never)]
    #[must_use]
    pub const fn step_at(&self, unix: u64) -> u64 {
        match unix.saturating_sub(self.t0).checked_div(self.step) {
            Some(step) => step,
            // Not reached: `with_step` sets at least 1 s.
            None => 0,
        }
    }

    /// Returns the time step.
    #[must_use]
    pub const fn step(&self) -> Duration {
        Duration::from_secs(self.step)
    }

    /// Returns T0, the start of the first time step, in seconds since 1970.
    #[must_use]
    pub const fn t0(&self) -> u64 {
        self.t0
    }

    /// Returns the time until the code at `unix` seconds changes, in whole seconds. A
    /// [`Window`](super::Window) accepts it for longer. Before T0, this is the time until the end
    /// of step 0.
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
    #[doc(alias = "expires")]
    #[must_use]
    pub const fn time_left_at(&self, unix: u64) -> Duration {
        let begun = self.step_at(unix).saturating_mul(self.step).saturating_add(self.t0);
        // One of the two is zero. `early` is the time before T0, when step 0 has not begun yet.
        let shown = unix.saturating_sub(begun);
        let early = begun.saturating_sub(unix);
        Duration::from_secs(self.step.saturating_sub(shown).saturating_add(early))
    }

    /// Returns the code that an app shows at `unix` seconds since 1970.
    #[must_use]
    pub fn generate_at(&self, unix: u64) -> Code {
        self.hotp.generate(self.step_at(unix))
    }

    /// Verifies a code against the time steps of `window` around `unix` seconds since 1970.
    ///
    /// Returns the first step that matches, or `None` if none does. `after` is the time step that
    /// was used last. That step and all earlier ones do not match, so each code is accepted once
    /// (RFC 6238 §5.2). Before you grant anything, store [`Match::counter`] as the next `after`, on
    /// the condition that it increases.
    ///
    /// # Security
    ///
    /// The search itself leaves out used steps. If they were rejected afterwards, a used code could
    /// hide an equal unused one. All steps of the window are always computed and compared.
    #[must_use = "ignoring the result accepts every code"]
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

/// The number of time steps before and after the current one whose codes are accepted. Defaults to
/// one each.
///
/// A window allows for clock drift and slow typing. RFC 6238 §5.2 recommends at most one step for
/// delay. Each step adds one code that a guess may hit.
///
/// # Examples
///
/// ```
/// use otpost::otp::Window;
///
/// assert_eq!(Window::default(), Window::new(1, 1));
/// assert_eq!(Window::NONE, Window::new(0, 0));
/// ```
#[doc(alias = "skew")]
#[doc(alias = "clock drift")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    past: u16,
    future: u16,
}

impl Window {
    /// The current step only.
    pub const NONE: Self = Self::new(0, 0);

    /// Creates a window of `past` steps back and `future` steps ahead.
    #[must_use]
    pub const fn new(past: u16, future: u16) -> Self {
        Self { past, future }
    }

    /// Returns the number of steps back.
    #[must_use]
    pub const fn past(self) -> u16 {
        self.past
    }

    /// Returns the number of steps ahead.
    #[must_use]
    pub const fn future(self) -> u16 {
        self.future
    }

    /// Returns the first and the last step. Steps outside u64 are left out, never wrapped.
    pub(super) fn around(self, now: u64) -> (u64, u64) {
        (now.saturating_sub(self.past.into()), now.saturating_add(self.future.into()))
    }
}

impl Default for Window {
    /// Returns one step back and one step ahead.
    fn default() -> Self {
        Self::new(1, 1)
    }
}
