use std::time::Duration;

use super::assurance::Assurance;
use super::error::BuildError;
use crate::otp::Digits;
use crate::store::{AttemptRule, OpenRule, ResendRule, SendWindow};

/// The maximum lifetime of a code. NIST SP 800-63B-4 §3.1.3.2 and OWASP ASVS 5.0 allow ten minutes.
const LONGEST: Duration = Duration::from_secs(600);
/// The minimum lifetime, and the minimum remaining lifetime for a resend. A message would arrive
/// too late for less.
const LEAST_LEFT: Duration = Duration::from_secs(60);
/// The probability of guessing a code above which a policy is rejected as weak.
const WEAK: f64 = 1e-4;

/// The policy for codes and attempts: digits, lifetime, attempts, cooldown, and rate limits per
/// recipient. Defaults to [`sms`](Self::sms).
///
/// # Examples
///
/// ```
/// use otpost::Digits;
/// use otpost::challenge::Policy;
///
/// let policy = Policy::sms();
/// assert_eq!(policy.guess_probability(), 5e-6); // 5 attempts, a million codes
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
    pub(super) total: u16,
    pub(super) failures: u16,
    pub(super) lock: Duration,
    // The time after the last wrong code at which the count of wrong codes and the doubling of
    // locks end.
    pub(super) failures_last: Duration,
    pub(super) rotates: bool,
    pub(super) is_weak_allowed: bool,
}

impl Policy {
    /// Returns the default policy: 6 digits, 5 minutes, 5 attempts, and a cooldown of 30 s.
    ///
    /// The cooldown doubles with each message, up to 5 minutes. A recipient gets at most 5 messages
    /// per hour and purpose, 10 per day over all purposes, and 30 per day in total. After 100 wrong
    /// codes the recipient is locked for 30 s, after 100 further ones for 60 s, and so on, up to an
    /// hour. A success resets the counts of the hour and of wrong codes, and lowers that of the day
    /// by one; the total stays. Wrong codes are forgotten after 24 hours without another one.
    ///
    /// All of these limits but the total are separate for strangers, [verified
    /// humans](super::Issue::human) and each [known device](super::Issue::device). So strangers
    /// cannot use up the messages or the guesses of others.
    #[must_use]
    pub const fn sms() -> Self {
        Self {
            digits: Digits::Six,
            lifetime: Duration::from_secs(300),
            attempts: 5,
            cooldown: Duration::from_secs(30),
            per_hour: 5,
            per_day: 10,
            total: 30,
            failures: 100,
            lock: Duration::from_secs(30),
            failures_last: Duration::from_secs(86_400),
            rotates: false,
            is_weak_allowed: false,
        }
    }

    /// Returns a policy for the European payment rules (PSD2): [`sms`](Self::sms), but a recipient
    /// is locked after 5 wrong codes in place of 100. The first lock lasts 30 s, and each further
    /// one twice as long, up to an hour. Each kind of requester has its own count.
    ///
    /// See Delegated Regulation (EU) 2018/389, article 4. [Bind](super::Issue::bind) the code to
    /// the amount and the payee (article 5).
    #[doc(alias = "sca")]
    #[must_use]
    pub const fn psd2() -> Self {
        Self { failures: 5, ..Self::sms() }
    }

    /// Returns a policy for codes according to NIST SP 800-63B-4: [`sms`](Self::sms), but with the
    /// longest lifetime that §3.1.3.2 allows, 10 minutes, and the count of wrong codes ends after
    /// 30 days without a wrong code in place of 24 hours.
    ///
    /// The lock alone does not satisfy §3.2.2: it ends after 30 s, and the standard requires that
    /// 100 consecutive wrong codes disable the authenticator. The application has to do this: count
    /// [`Verdict::Wrong`](super::Verdict::Wrong) per account, over all purposes and since the last
    /// success. It also has to follow the rules for SMS as a restricted authenticator.
    #[must_use]
    pub const fn nist() -> Self {
        Self {
            lifetime: LONGEST,
            failures: 100,
            failures_last: Duration::from_secs(30 * 86_400),
            ..Self::sms()
        }
    }

    /// Sets the number of digits of a code. Defaults to 6. Codes that were issued with another
    /// number of digits are then [`Malformed`](super::Verdict::Malformed).
    #[must_use]
    pub const fn with_digits(mut self, digits: Digits) -> Self {
        self.digits = digits;
        self
    }

    /// Sets the lifetime of a code, from 1 to 10 minutes. Defaults to 5 minutes.
    /// [`build`](super::ChallengesBuilder::build) rejects other values.
    ///
    /// A code that expires within 60 s is neither sent again nor sent from an
    /// [outbox](super::ChallengesBuilder::outbox). With a lifetime of 1 minute, neither works.
    #[doc(alias = "ttl")]
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Sets the maximum number of attempts per challenge, across all its messages. At least 1.
    /// Defaults to 5. More than 100 are [weak](Self::with_weak_allowed) with 6 digits.
    #[must_use]
    pub const fn with_attempts(mut self, attempts: u16) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the cooldown after a message, in which the same recipient gets no further message for
    /// the same purpose and kind of requester. Defaults to 30 s. Zero turns it off.
    ///
    /// This is the cooldown after the first message of an hour. It doubles with each further
    /// message, up to 5 minutes; a cooldown above 5 minutes does not double. A success does not end
    /// the cooldown, but the next one starts with this value again.
    ///
    /// The cooldown begins when a message is counted, before it is sent. It ends at once if the
    /// message is then known not to be sent. A message that is refused does not change it.
    #[must_use]
    pub const fn with_cooldown(mut self, cooldown: Duration) -> Self {
        self.cooldown = cooldown;
        self
    }

    /// Sets the maximum number of messages per recipient: per hour for one purpose, and per day
    /// over all purposes. Both are at least 1. Defaults to 5 per hour and 10 per day.
    ///
    /// Strangers, [verified humans](super::Issue::human) and each [known
    /// device](super::Issue::device) have these numbers of messages each. Strangers and verified
    /// humans each get at most a third of the [total](Self::with_total) per day.
    ///
    /// The hour begins with the first message. A day is any 24 hours, and a message counts for up
    /// to 28 hours. Resends count. A message that is refused or not sent does not count. A success
    /// resets the count of the hour of its kind of requester, and lowers that of the day by one.
    #[doc(alias = "rate limit")]
    #[must_use]
    pub const fn with_sends(mut self, per_hour: u16, per_day: u16) -> Self {
        (self.per_hour, self.per_day) = (per_hour, per_day);
        self
    }

    /// Sets the maximum number of messages per recipient and day over all purposes and requesters.
    /// At least 1. Defaults to 30. A success does not reset it.
    ///
    /// It protects a person from being flooded with messages, whoever requests them. Raise it where
    /// a person may need more, for example to confirm payments. A third is reserved for known
    /// devices: strangers and verified humans get no message once two thirds are used.
    #[must_use]
    pub const fn with_total(mut self, per_day: u16) -> Self {
        self.total = per_day;
        self
    }

    /// Sets the number of wrong codes after which a recipient is locked, and the duration of the
    /// first lock. Defaults to 100 wrong codes and 30 s. The number is at least 1. A duration of
    /// zero turns the lock off.
    ///
    /// Wrong codes are counted per recipient, purpose and kind of requester, across all challenges.
    /// A code that is not compared, or is repeated with its [nonce](super::Verify::nonce), does not
    /// count. While the lock lasts, the same kind of requester causes no message for this purpose,
    /// and the codes of its challenges are not compared. After a lock the count starts at zero, and
    /// the same number of wrong codes leads to the next lock. It lasts twice as long, up to an
    /// hour; a first lock above an hour does not double.
    ///
    /// A success resets the count and the duration, and so do 24 hours without a wrong code (30
    /// days with [`nist`](Self::nist)). [`reset`](super::Challenges::reset) ends a lock early.
    #[doc(alias = "lockout")]
    #[must_use]
    pub const fn with_lock(mut self, failures: u16, first: Duration) -> Self {
        (self.failures, self.lock) = (failures, first);
        self
    }

    /// Sends a new code with each resend, in place of the same one. The previous code is then
    /// wrong. SMS can arrive out of order, so users may type an old code.
    #[must_use]
    pub const fn with_rotation(mut self) -> Self {
        self.rotates = true;
        self
    }

    /// Allows a policy with a [guess probability](Self::guess_probability) above 1 in 10,000. By
    /// default, [`build`](super::ChallengesBuilder::build) returns [`BuildError::Weak`] for it.
    #[must_use]
    pub const fn with_weak_allowed(mut self) -> Self {
        self.is_weak_allowed = true;
        self
    }

    /// Returns the probability of guessing the code of a challenge with all allowed attempts:
    /// `attempts / 10^digits`.
    #[must_use]
    pub fn guess_probability(&self) -> f64 {
        f64::from(self.attempts) / f64::from(self.digits.modulus())
    }

    /// Returns the probability of guessing a code of a recipient and purpose within a day, with all
    /// messages that one kind of requester may cause, and all attempts: `messages per day *
    /// attempts / 10^digits`.
    ///
    /// Locks, cooldowns and the limit per hour are not part of it. They can only make guessing
    /// slower.
    #[must_use]
    pub fn daily_guess_probability(&self) -> f64 {
        self.guess_probability() * f64::from(self.per_day)
    }

    /// Returns the lifetime of a code.
    #[must_use]
    pub const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Returns the number of digits of a code.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    pub(super) fn check(&self) -> Result<(), BuildError> {
        if self.lifetime < LEAST_LEFT || self.lifetime > LONGEST {
            return Err(BuildError::Lifetime);
        }
        if self.attempts == 0
            || self.per_hour == 0
            || self.per_day == 0
            || self.total == 0
            || self.failures == 0
        {
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
            SendWindow::new(self.per_hour, Duration::from_secs(3_600)),
        )
    }

    /// Returns the maximum number of messages per day for one kind of requester.
    pub(super) fn daily(&self, by: Assurance) -> u16 {
        match by {
            Assurance::Device(_) => self.per_day,
            // Even both together leave a third of the total to known devices.
            Assurance::Human | Assurance::Stranger => self.per_day.min((self.total / 3).max(1)),
        }
    }

    /// Returns the maximum number of messages per day of all requesters together, up to which one
    /// kind of requester gets another one.
    pub(super) const fn most_in_total(&self, by: Assurance) -> u16 {
        match by {
            Assurance::Device(_) => self.total,
            // A success lowers the other counts. Without this, strangers who ask again after each
            // success of the owner would use up the total.
            Assurance::Human | Assurance::Stranger => self.total.saturating_sub(self.total / 3),
        }
    }

    pub(super) const fn attempt_rule(&self) -> AttemptRule {
        // A growing delay and not a permanent lock: wrong guesses by a stranger must not lock the
        // owner of the number out forever.
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
