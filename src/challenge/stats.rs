use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::phone::Region;

/// What this process has counted since it began.
///
/// # Examples
///
/// ```
/// # use otpost::challenge::Stats;
/// fn alarm(stats: &Stats) -> bool {
///     // More right guesses than chance gives are fine: people know their codes. But so many wrong ones that chance alone would
///     // have let somebody in are an attack on many numbers at once, which no limit of one recipient sees.
///     stats.expected_hits > 0.01
/// }
/// # let _ = alarm;
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// How many guesses were compared.
    pub compared: u64,
    /// How many were right.
    pub accepted: u64,
    /// How many wrong guesses chance would have made right: `wrong / 10^digits`.
    pub expected_hits: f64,
    /// Messages that may have been sent and successes, by region; `None` is for numbers of no region.
    pub regions: BTreeMap<Option<Region>, Conversion>,
}

/// Messages and successes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conversion {
    /// Messages that were sent, or may have been.
    pub sent: u64,
    /// Challenges whose code came back.
    pub accepted: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    accepted: AtomicU64,
    wrong: AtomicU64,
    /// There are fewer than 300 regions.
    regions: Mutex<BTreeMap<Option<Region>, Conversion>>,
}

impl Counts {
    pub(super) fn wrong(&self) {
        self.wrong.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn accepted(&self, region: Option<Region>) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.region(region, |of| of.accepted = of.accepted.saturating_add(1));
    }

    pub(super) fn sent(&self, region: Option<Region>) {
        self.region(region, |of| of.sent = of.sent.saturating_add(1));
    }

    pub(super) fn stats(&self, modulus: u32) -> Stats {
        let (accepted, wrong) =
            (self.accepted.load(Ordering::Relaxed), self.wrong.load(Ordering::Relaxed));
        Stats {
            compared: accepted.saturating_add(wrong),
            accepted,
            expected_hits: wrong as f64 / f64::from(modulus),
            regions: self.regions.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    fn region(&self, region: Option<Region>, count: impl FnOnce(&mut Conversion)) {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        count(regions.entry(region).or_default());
    }
}
