use super::algorithm::Algorithm;
use super::code::Code;
use super::digits::Digits;
use super::key::Key;
use super::matched::{Match, Search};
use super::secret::Secret;
use super::truncate::{equal, mask};

/// HMAC-based one-time codes (RFC 4226): a secret and a counter give a code.
///
/// This is what a code that is *sent* is made with: it lives until it is used or replaced, not until a
/// clock moves on.
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
/// assert_eq!(matched.next_counter, 8);                // store this: 7 must not pass again
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Hotp {
    key: Key,
    digits: Digits,
}

impl Hotp {
    /// Six digits over HMAC-SHA-1, as RFC 4226 defines it.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self::with_algorithm(secret, Algorithm::Sha1)
    }

    /// Six digits over another hash.
    #[must_use]
    pub fn with_algorithm(secret: &Secret, algorithm: Algorithm) -> Self {
        Self { key: Key::new(secret, algorithm), digits: Digits::Six }
    }

    /// With another number of digits.
    #[must_use]
    pub const fn with_digits(mut self, digits: Digits) -> Self {
        self.digits = digits;
        self
    }

    /// The hash in use.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// How many digits the codes have.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// The code for a counter (RFC 4226 §5.3).
    #[must_use]
    pub fn generate(&self, counter: u64) -> Code {
        Code::from_value(self.digits.remainder(self.key.value(counter)), self.digits)
    }

    /// Looks for the code at `counter` and up to `look_ahead` counters after it (RFC 4226 §7.4).
    ///
    /// Answers the first that matches. Store [`Match::next_counter`] before anything is granted:
    /// a code passes once only if the counter moves past it. A code with another number of digits
    /// matches nothing, and counters past `u64::MAX` are left out.
    ///
    /// # Security
    ///
    /// All counters are always computed and compared: how long it takes shows neither whether nor
    /// where the code matched. Each counter looked at is one more code that a guess may hit.
    #[must_use = "a code that was not checked proves nothing"]
    pub fn verify(&self, code: &Code, counter: u64, look_ahead: LookAhead) -> Option<Match> {
        // Past the last counter there is nothing to compare with; wrapping round to zero would bring old codes back to life.
        let last = counter.saturating_add(look_ahead.0.into());
        self.search(code, counter, last, None).found(counter)
    }

    /// Finds a token that has run ahead, from two codes in a row (RFC 4226 §7.4).
    ///
    /// `second` must be the code after `first`; the answer is about `second`. The look-ahead may be larger than in
    /// [`verify`](Self::verify), since two consecutive codes are far harder to guess than one: `(s + 1) · v / 10^(2 · digits)`.
    #[must_use = "a code that was not checked proves nothing"]
    pub fn resync(
        &self,
        first: &Code,
        second: &Code,
        counter: u64,
        look_ahead: LookAhead,
    ) -> Option<Match> {
        // How many digits there are is no secret: such codes are refused before anything is computed.
        if first.digits() != self.digits || second.digits() != self.digits {
            return None;
        }
        let last = counter.saturating_add(look_ahead.0.into()).saturating_add(1);
        let (mut search, mut before) = (Search::default(), 0);
        let (first, second) = (first.value(), second.value());
        self.key.each(counter, last, |at, value| {
            let value = self.digits.remainder(value);
            search.see(at, before & equal(value, second));
            before = equal(value, first);
        });
        search.found(counter)
    }

    /// Scans all counters from the first to the last, never stopping early: that would show which one matched. Those up to `after` do not match.
    pub(super) fn search(&self, code: &Code, first: u64, last: u64, after: Option<u64>) -> Search {
        let mut search = Search::default();
        // How many digits there are is no secret: such a code is refused before anything is computed.
        if code.digits() != self.digits {
            return search;
        }
        let typed = code.value();
        self.key.each(first, last, |at, value| {
            // Counters are no secret.
            let allowed = mask(after.is_none_or(|after| at > after));
            search.see(at, allowed & equal(self.digits.remainder(value), typed));
        });
        search
    }
}

/// How many counters past the expected one are tried, for tokens on which a button was pressed in vain.
///
/// RFC 4226 §7.4 computes the next `s` codes where the expected one does not match, which makes `s + 1` codes that a guess may hit: with `v`
/// guesses the chance is `(s + 1) · v / 10^digits` (appendix A counts `s`), 2 in 100,000 for the default, five guesses and six digits.
///
/// # Examples
///
/// ```
/// use otpost::otp::LookAhead;
///
/// assert_eq!(LookAhead::default(), LookAhead::new(3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookAhead(u16);

impl LookAhead {
    /// Only the expected counter: right for codes that the server itself sent.
    pub const NONE: Self = Self(0);

    /// This many counters more.
    #[must_use]
    pub const fn new(steps: u16) -> Self {
        Self(steps)
    }

    /// How many counters more.
    #[must_use]
    pub const fn steps(self) -> u16 {
        self.0
    }
}

impl Default for LookAhead {
    /// Three.
    fn default() -> Self {
        Self(3)
    }
}
