/// The counter or time step whose code matched.
///
/// # Examples
///
/// ```
/// use otpost::otp::{Hotp, LookAhead, Secret};
///
/// let hotp = Hotp::new(&Secret::generate()?);
/// let matched = hotp.verify(&hotp.generate(5), 5, LookAhead::NONE).ok_or("wrong code")?;
/// assert_eq!((matched.counter, matched.drift, matched.next_counter), (5, 0, 6));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "store it, or the same code is accepted again"]
#[non_exhaustive]
pub struct Match {
    /// The counter or the time step. With [`Totp`](super::Totp), store it and pass it as `after` to
    /// the next [`verify_at`](super::Totp::verify_at), so that the code is not accepted again.
    pub counter: u64,
    /// The distance from the expected counter or time step, in counters or steps. With
    /// [`Totp`](super::Totp), it is negative if the clock of the app is behind, or if the code was
    /// typed late.
    pub drift: i64,
    /// The lowest counter that may be accepted from now on. With [`Hotp`](super::Hotp), store it as
    /// the next `counter`. It stays at `u64::MAX` after that last counter, whose code is therefore
    /// accepted again.
    pub next_counter: u64,
}

/// A scan over candidates that keeps the first match without branching on it.
#[derive(Clone, Copy, Default)]
pub(super) struct Search {
    /// All ones after the first match, else zero.
    found: u64,
    counter: u64,
}

impl Search {
    /// Records `counter` if `matches` is all ones and no earlier counter matched. Zero means no
    /// match.
    pub(super) const fn see(&mut self, counter: u64, matches: u64) {
        // `!self.found` is zero after a match, so an equal code later in the window changes
        // nothing.
        self.counter |= counter & matches & !self.found;
        self.found |= matches;
    }

    /// Returns the match, with its distance from the expected counter.
    // Not inlined: this is the only function in which the proofs of `benches/proofs` allow a branch
    // on the compared values.
    #[inline(never)]
    pub(super) fn found(self, expected: u64) -> Option<Match> {
        // From here on the matched step is public, because the caller stores it.
        (self.found != 0).then(|| Match {
            counter: self.counter,
            // At most 65,536 counters on either side are searched, so the difference always fits.
            drift: self.counter.wrapping_sub(expected).cast_signed(),
            next_counter: self.counter.saturating_add(1),
        })
    }
}
