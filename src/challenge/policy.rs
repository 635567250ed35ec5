use std::time::Duration;

use super::error::BuildError;
use crate::otp::Digits;
use crate::store::{AttemptRule, OpenRule, ResendRule, SendWindow};

/// NIST SP 800-63B-4 §3.1.3.2 and OWASP ASVS 5.0 end a code after ten minutes.
const LONGEST: Duration = Duration::from_secs(600);
/// A message about a code that ends sooner comes too late.
const LEAST_LEFT: Duration = Duration::from_secs(60);
/// The chance of a guess above which a policy is called weak.
const WEAK: f64 = 1e-4;

/// How codes are issued and guessed. Defaults to [`sms`](Self::sms).
///
/// # Examples
///
/// ```
/// use otpost::Digits;
/// use otpost::challenge::Policy;
///
/// let policy = Policy::sms();
/// assert_eq!(policy.guess_probability(), 5e-6); // five guesses at a million codes
/// assert!(policy.with_digits(Digits::Eight).guess_probability() < 1e-7);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) digits: Digits,
    pub(super) lifetime: Duration,
    pub(super) attempts: u16,
    pub(super) cooldown: Duration,
    pub(super) per_hour: u16,
    pub(super) per_day: u16,
    pub(super) failures: u16,
    pub(super) lock: Duration,
    pub(super) failures_last: Duration,
    pub(super) rotates: bool,
    pub(super) is_weak_allowed: bool,
}

impl Policy {
    /// What people expect: six digits for five minutes, five guesses, a wait of 30 seconds that doubles with each message up to five
    /// minutes, five messages an hour and ten a day.
    #[must_use]
    pub const fn sms() -> Self {
        Self {
            digits: Digits::Six,
            lifetime: Duration::from_secs(300),
            attempts: 5,
            cooldown: Duration::from_secs(30),
            per_hour: 5,
            per_day: 10,
            failures: 100,
            lock: Duration::from_secs(30),
            failures_last: Duration::from_secs(86_400),
            rotates: false,
            is_weak_allowed: false,
        }
    }

    /// What the European payment rules ask for: five wrong guesses in all, then a pause, which gets longer (Delegated Regulation (EU)
    /// 2018/389, article 4). [Bind](super::Issue::bind) the code to amount and payee (article 5).
    #[must_use]
    pub const fn psd2() -> Self {
        Self { failures: 5, ..Self::sms() }
    }

    /// What NIST SP 800-63B asks for: ten minutes at most, and no more than a hundred wrong guesses in a row, over however long.
    #[must_use]
    pub const fn nist() -> Self {
        Self {
            lifetime: LONGEST,
            failures: 100,
            failures_last: Duration::from_secs(30 * 86_400),
            ..Self::sms()
        }
    }

    /// Codes of so many digits.
    #[must_use]
    pub const fn with_digits(mut self, digits: Digits) -> Self {
        self.digits = digits;
        self
    }

    /// How long a code is accepted: from one to ten minutes.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// How many guesses a challenge takes, over all its messages.
    #[must_use]
    pub const fn with_attempts(mut self, attempts: u16) -> Self {
        self.attempts = attempts;
        self
    }

    /// How long a recipient waits after the first message within an hour; twice as long after each further one, up to five minutes.
    #[must_use]
    pub const fn with_cooldown(mut self, cooldown: Duration) -> Self {
        self.cooldown = cooldown;
        self
    }

    /// How many messages a recipient gets for a purpose, in an hour and in a day, of which each begins with the first message. A success
    /// begins them anew.
    #[must_use]
    pub const fn with_sends(mut self, per_hour: u16, per_day: u16) -> Self {
        (self.per_hour, self.per_day) = (per_hour, per_day);
        self
    }

    /// After how many wrong guesses, over all challenges of a recipient and purpose since the last success, it is locked, and for how
    /// long the first time; twice as long each further time, up to an hour.
    #[must_use]
    pub const fn with_lock(mut self, failures: u16, first: Duration) -> Self {
        (self.failures, self.lock) = (failures, first);
        self
    }

    /// Another code with each message. Messages arrive out of order, so people will type the wrong one.
    #[must_use]
    pub const fn with_rotation(mut self) -> Self {
        self.rotates = true;
        self
    }

    /// Takes a policy by which a challenge is guessed once in ten thousand times, or more often.
    #[must_use]
    pub const fn allow_weak(mut self) -> Self {
        self.is_weak_allowed = true;
        self
    }

    /// The chance that somebody who guesses as often as is allowed guesses a challenge: `attempts / 10^digits`.
    #[must_use]
    pub fn guess_probability(&self) -> f64 {
        f64::from(self.attempts) / f64::from(self.digits.modulus())
    }

    /// The same for a recipient and purpose over the day that begins with its first message, with all the messages that it gets.
    #[must_use]
    pub fn daily_guess_probability(&self) -> f64 {
        self.guess_probability() * f64::from(self.per_day)
    }

    /// How long a code is accepted.
    #[must_use]
    pub const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// How many digits a code has.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    pub(super) fn check(&self) -> Result<(), BuildError> {
        if self.lifetime < LEAST_LEFT || self.lifetime > LONGEST {
            return Err(BuildError::Lifetime);
        }
        if self.attempts == 0 || self.per_hour == 0 || self.per_day == 0 || self.failures == 0 {
            return Err(BuildError::Nothing);
        }
        if self.guess_probability() > WEAK && !self.is_weak_allowed {
            return Err(BuildError::Weak);
        }
        Ok(())
    }

    pub(super) const fn open_rule(&self) -> OpenRule {
        OpenRule::new(
            self.lifetime,
            self.cooldown,
            Duration::from_secs(300),
            [
                SendWindow::new(self.per_hour, Duration::from_secs(3_600)),
                SendWindow::new(self.per_day, Duration::from_secs(86_400)),
            ],
        )
    }

    pub(super) const fn attempt_rule(&self) -> AttemptRule {
        let longest = Duration::from_secs(3_600);
        AttemptRule::new(self.failures, self.lock, longest, self.failures_last)
    }

    pub(super) const fn resend_rule(&self) -> ResendRule {
        ResendRule::new(self.open_rule(), LEAST_LEFT)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::sms()
    }
}
