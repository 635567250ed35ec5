use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::phone::Region;

/// The counters of this process since the [`Challenges`](super::Challenges) were built.
///
/// # Examples
///
/// ```
/// # use otpost::challenge::Stats;
/// fn alarm(stats: &Stats) -> bool {
///     // Correct codes are normal. So many wrong codes that random guesses would have
///     // succeeded are an attack on many numbers at once, which no limit per
///     // recipient can detect.
///     stats.expected_hits > 0.01
/// }
/// # let _ = alarm;
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// The number of codes that were compared.
    pub compared: u64,
    /// The number of correct codes.
    pub accepted: u64,
    /// The expected number of correct codes if every wrong code was a random guess: `wrong /
    /// 10^digits`.
    pub expected_hits: f64,
    /// Messages and successes by region. The key `None` is for numbers without a region.
    pub regions: BTreeMap<Option<Region>, Conversion>,
}

/// The number of messages and successes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conversion {
    /// The number of messages that were or may have been sent.
    pub sent: u64,
    /// The number of challenges whose code was accepted.
    pub accepted: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    accepted: AtomicU64,
    wrong: AtomicU64,
    /// Bounded: there are fewer than 300 regions.
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
