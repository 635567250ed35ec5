/// Where a code matched.
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
#[must_use = "store it, or the same code passes again"]
#[non_exhaustive]
pub struct Match {
    /// The counter, or the time step, whose code it was. With [`Totp`](super::Totp) it is what to store: the next `after`.
    pub counter: u64,
    /// How far that is from the expected one: negative for a clock behind ours.
    pub drift: i64,
    /// The lowest counter that may pass from now on. With [`Hotp`](super::Hotp) it is what to store: the next `counter`. Behind the last of all,
    /// `u64::MAX`, there is none, so it stays there, and the code of that one counter passes again.
    pub next_counter: u64,
}

/// A scan over candidates that remembers the first match without branching on it.
#[derive(Clone, Copy, Default)]
pub(super) struct Search {
    /// All ones once something matched.
    found: u64,
    counter: u64,
}

impl Search {
    /// Notes that `counter` matched, where `matches` is all ones and not zero, unless an earlier one did.
    pub(super) const fn see(&mut self, counter: u64, matches: u64) {
        self.counter |= counter & matches & !self.found;
        self.found |= matches;
    }

    /// What was found, as seen from the counter that was expected. A function of its own in all builds: it is the one place where the proofs
    /// of `benches/proofs` let a branch depend on what was compared.
    #[inline(never)]
    pub(super) fn found(self, expected: u64) -> Option<Match> {
        // From here on the matched step is public: the caller stores it.
        (self.found != 0).then(|| Match {
            counter: self.counter,
            // A window has 65,535 counters on either side, so the difference fits whatever the counters are.
            drift: self.counter.wrapping_sub(expected).cast_signed(),
            next_counter: self.counter.saturating_add(1),
        })
    }
}
