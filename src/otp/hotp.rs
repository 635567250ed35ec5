use super::algorithm::Algorithm;
use super::code::Code;
use super::digits::Digits;
use super::key::Key;
use super::matched::{Match, Search};
use super::secret::Secret;
use super::truncate::{equal, mask};

/// HMAC-based one-time codes (RFC 4226), computed from a secret and a counter.
///
/// Use it for a code that is *sent*. Such a code stays valid until it is used or replaced,
/// independently of the time.
///
/// # Examples
///
/// ```
/// use otpost::otp::{Code, Hotp, LookAhead, Secret};
///
/// let hotp = Hotp::new(&Secret::generate()?);
/// let code = hotp.generate(7);
///
/// let typed = Code::parse(code.expose())?;
/// let matched = hotp.verify(&typed, 7, LookAhead::NONE).ok_or("wrong code")?;
/// assert_eq!(matched.next_counter, 8);                // store this: 7 must not be accepted again
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "2fa")]
#[doc(alias = "mfa")]
#[derive(Clone, Debug)]
pub struct Hotp {
    key: Key,
    digits: Digits,
}

impl Hotp {
    /// Creates HOTP with HMAC-SHA-1 and six digits, as RFC 4226 defines it.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self::with_algorithm(secret, Algorithm::Sha1)
    }

    /// Creates HOTP with another hash and six digits.
    #[must_use]
    pub fn with_algorithm(secret: &Secret, algorithm: Algorithm) -> Self {
        Self { key: Key::new(secret, algorithm), digits: Digits::Six }
    }

    /// Sets the number of digits. Defaults to six.
    #[must_use]
    pub const fn with_digits(mut self, digits: Digits) -> Self {
        self.digits = digits;
        self
    }

    /// Returns the hash.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// Returns the number of digits of the codes.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// Returns the code of a counter (RFC 4226 §5.3).
    #[must_use]
    pub fn generate(&self, counter: u64) -> Code {
        Code::from_value(self.digits.remainder(self.key.value(counter)), self.digits)
    }

    /// Verifies a code against `counter` and up to `look_ahead` counters after it (RFC 4226 §7.4).
    ///
    /// Returns the first counter that matches, or `None` if none does. Store
    /// [`Match::next_counter`] before you grant anything: otherwise the same code is accepted
    /// again. A code with another number of digits never matches, and counters above `u64::MAX` are
    /// left out.
    ///
    /// # Security
    ///
    /// All counters are always computed and compared, so the time shows neither whether the code
    /// matched nor where. Each counter that is compared adds one code that a guess may hit.
    #[must_use = "ignoring the result accepts every code"]
    pub fn verify(&self, code: &Code, counter: u64, look_ahead: LookAhead) -> Option<Match> {
        // Wrapping round to zero would accept old codes again, so the search ends at the last
        // counter.
        let last = counter.saturating_add(look_ahead.0.into());
        self.search(code, counter, last, None).found(counter)
    }

    /// Finds the counter of a hardware key or an app that has run ahead, from two consecutive codes
    /// (RFC 4226 §7.4).
    ///
    /// `second` must be the code directly after `first`. The returned match is that of `second`.
    ///
    /// The look-ahead may be larger than in [`verify`](Self::verify), because two consecutive codes
    /// are far harder to guess than one. For a look-ahead of `s` counters and `v` guesses, the
    /// chance is `(s + 1) · v / 10^(2 · digits)`.
    #[must_use = "ignoring the result accepts every code"]
    pub fn resync(
        &self,
        first: &Code,
        second: &Code,
        counter: u64,
        look_ahead: LookAhead,
    ) -> Option<Match> {
        // The number of digits is public, so such codes are rejected before anything is computed.
        if first.digits() != self.digits || second.digits() != self.digits {
            return None;
        }
        // One counter more: `second` may follow a `first` at the end of the look-ahead.
        let last = counter.saturating_add(look_ahead.0.into()).saturating_add(1);
        let (mut search, mut before) = (Search::default(), 0);
        let (first, second) = (first.value(), second.value());
        // `before` is all ones if the previous counter gave the first code. Only then does the
        // second code count. All counters are computed here too.
        self.key.each(counter, last, |at, value| {
            let value = self.digits.remainder(value);
            search.see(at, before & equal(value, second));
            before = equal(value, first);
        });
        search.found(counter)
    }

    /// Compares the code with all counters from `first` to `last`. Counters up to `after` do not
    /// match. The scan never stops early, because that would reveal which counter matched.
    pub(super) fn search(&self, code: &Code, first: u64, last: u64, after: Option<u64>) -> Search {
        let mut search = Search::default();
        // The number of digits is public, so such a code is rejected before anything is computed.
        if code.digits() != self.digits {
            return search;
        }
        let typed = code.value();
        self.key.each(first, last, |at, value| {
            // Counters are public.
            let allowed = mask(after.is_none_or(|after| at > after));
            search.see(at, allowed & equal(self.digits.remainder(value), typed));
        });
        search
    }
}

/// The number of counters after the expected one that are also tried. Defaults to 3.
///
/// A hardware key or an app runs ahead when it shows a code that is not used. If the expected code
/// does not match, RFC 4226 §7.4 computes the next `s` codes. A guess may then hit one of `s + 1`
/// codes.
///
/// With `v` guesses the chance is `(s + 1) · v / 10^digits` (appendix A counts `s`). For the
/// default, five guesses and six digits that is 2 in 100,000.
///
/// # Examples
///
/// ```
/// use otpost::otp::LookAhead;
///
/// assert_eq!(LookAhead::default(), LookAhead::new(3));
/// ```
#[doc(alias = "resynchronization")]
#[doc(alias = "window")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookAhead(u16);

impl LookAhead {
    /// The expected counter only. Use it for codes that the server itself sent.
    pub const NONE: Self = Self(0);

    /// Creates a look-ahead of `steps` counters.
    #[must_use]
    pub const fn new(steps: u16) -> Self {
        Self(steps)
    }

    /// Returns the number of counters.
    #[must_use]
    pub const fn steps(self) -> u16 {
        self.0
    }
}

impl Default for LookAhead {
    /// Returns a look-ahead of 3 counters.
    fn default() -> Self {
        Self(3)
    }
}
