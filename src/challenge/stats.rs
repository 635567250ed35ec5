use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::phone::Region;
use crate::provider::ReportStatus;

/// The counters of this process since the [`Challenges`](super::Challenges) were built. Clones
/// share them. They never decrease.
///
/// # Examples
///
/// ```
/// # use otpost::challenge::Stats;
/// fn alarm(an_hour_ago: &Stats, now: &Stats) -> bool {
///     // 0.01 stands for 10,000 wrong codes of six digits. So many within an hour can
///     // be an attack on many numbers at once, which no limit per recipient detects.
///     now.expected_hits - an_hour_ago.expected_hits > 0.01
/// }
/// # let _ = alarm;
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// The number of codes that were compared, including those of decoys and test numbers. A wrong
    /// code that is repeated with its [nonce](super::Verify::nonce) counts again.
    pub compared: u64,
    /// The number of correct codes. A correct code that is repeated with its nonce does not count
    /// again.
    pub accepted: u64,
    /// The expected number of correct codes if every wrong code was a random guess: `wrong /
    /// 10^digits`, where `wrong` is `compared - accepted`.
    pub expected_hits: f64,
    /// Messages and successes by region. The key `None` is for numbers without a region, such as
    /// those of satellite phones.
    pub regions: BTreeMap<Option<Region>, Conversion>,
}

/// The messages and successes of a region, in this process.
///
/// If one process or [`Worker`](super::Worker) sends the messages and another one verifies the
/// codes, add up the numbers of all processes before you compare them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conversion {
    /// The number of messages that were or may have been sent, including resends. Several attempts
    /// of a provider are one message. Test numbers and decoys get none.
    pub sent: u64,
    /// The number of challenges whose code was accepted, including those of test numbers.
    pub accepted: u64,
    /// The number of messages that a gateway reported as delivered. It is 0 without a [delivery
    /// log](super::ChallengesBuilder::delivery_log).
    pub delivered: u64,
    /// The number of messages that a gateway reported as expired, rejected or undeliverable. A
    /// message that is delivered after it expired counts under `delivered` as well.
    pub undelivered: u64,
}

/// The number of messages within an hour below which nothing is unusual.
const QUIET: u32 = 100;

/// The messages to new numbers of a region, by hour.
#[derive(Debug, Default)]
struct Hours {
    /// The hours since 1970 of the newest count.
    hour: u64,
    /// The current hour, and the 24 hours before it.
    counts: [u32; 25],
    is_reported: bool,
}

/// More messages to new numbers of a region than usual.
pub(super) struct Unusual {
    pub(super) messages: u32,
    pub(super) average: u32,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    accepted: AtomicU64,
    wrong: AtomicU64,
    /// Bounded: there are fewer than 300 regions.
    regions: Mutex<BTreeMap<Option<Region>, Conversion>>,
    new_numbers: Mutex<BTreeMap<Option<Region>, Hours>>,
}

impl Counts {
    pub(super) fn wrong(&self) {
        self.wrong.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn accepted(&self, region: Option<Region>) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.region(region, |of| of.accepted = of.accepted.saturating_add(1));
    }

    /// Counts a message. For a decoy, it does the same work and counts nothing.
    pub(super) fn sent(&self, region: Option<Region>, is_decoy: bool) {
        let more = u64::from(!is_decoy);
        self.region(region, |of| of.sent = of.sent.saturating_add(more));
    }

    /// Counts a delivery report that has changed the state of a message.
    pub(super) fn reported(&self, region: Option<Region>, status: ReportStatus) {
        self.region(region, |of| match status {
            ReportStatus::Delivered => of.delivered = of.delivered.saturating_add(1),
            status if status.is_final() => of.undelivered = of.undelivered.saturating_add(1),
            _ => {}
        });
    }

    /// Counts a message to a number that has never verified. Returns a value if there are unusually
    /// many, once an hour.
    pub(super) fn new_number(&self, region: Option<Region>, now: SystemTime) -> Option<Unusual> {
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut regions = self.new_numbers.lock().unwrap_or_else(PoisonError::into_inner);
        regions.entry(region).or_default().count(since.as_secs() / 3_600)
    }

    pub(super) fn stats(&self, modulus: u32) -> Stats {
        // There is no third counter for comparisons. It could be read between two updates and
        // contradict the sum.
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

impl Hours {
    fn count(&mut self, hour: u64) -> Option<Unusual> {
        // A clock that steps back changes nothing: its messages count in the newest hour.
        let passed = hour.saturating_sub(self.hour);
        if passed > 0 {
            let steps = usize::try_from(passed).unwrap_or(usize::MAX).min(self.counts.len());
            self.counts.rotate_right(steps % 25);
            self.counts.iter_mut().take(steps).for_each(|count| *count = 0);
            (self.hour, self.is_reported) = (hour, false);
        }
        let [current, before @ ..] = &mut self.counts;
        *current = current.saturating_add(1);
        let messages = *current;
        let sum = before.iter().fold(0_u32, |sum, count| sum.saturating_add(*count));
        // Five times the average of 24 hours, without a division.
        let is_more = u64::from(messages).saturating_mul(24) > u64::from(sum).saturating_mul(5);
        if self.is_reported || messages <= QUIET || !is_more {
            return None;
        }
        self.is_reported = true;
        Some(Unusual { messages, average: sum.div_ceil(24) })
    }
}
