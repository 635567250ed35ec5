use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use otpost::provider::{Fate, Receipt, SendError};

/// The longest latency that is recorded, in microseconds. The transport gives up much earlier.
const LONGEST: u64 = 600_000_000;

/// The results of a run so far.
pub(super) struct Measured {
    /// The number of messages by their fate. `None` stands for accepted ones.
    fates: BTreeMap<Option<&'static str>, u64>,
    /// The number of messages that were not accepted, by the kind of the error.
    kinds: BTreeMap<&'static str, u64>,
    /// The latencies in microseconds, from the moment at which each message was due.
    latencies: Histogram<u64>,
    /// The number of messages that were due and not sent before the end of the run.
    pub(super) missed: u64,
    /// The duration of the run.
    pub(super) elapsed: Duration,
}

impl Measured {
    pub(super) fn new() -> Result<Self, hdrhistogram::CreationError> {
        Ok(Self {
            fates: BTreeMap::new(),
            kinds: BTreeMap::new(),
            // Three digits: an error of at most 0.1 %.
            latencies: Histogram::new_with_bounds(1, LONGEST, 3)?,
            missed: 0,
            elapsed: Duration::ZERO,
        })
    }

    pub(super) fn record(&mut self, sent: &Result<Receipt, SendError>, latency: Duration) {
        let fate = sent.as_ref().err().map(|error| error.fate().as_str());
        let count = self.fates.entry(fate).or_default();
        *count = count.saturating_add(1);
        if let Err(error) = sent {
            let count = self.kinds.entry(error.kind().as_str()).or_default();
            *count = count.saturating_add(1);
        }
        let micros = u64::try_from(latency.as_micros()).unwrap_or(LONGEST);
        self.latencies.saturating_record(micros.clamp(1, LONGEST));
    }

    /// Returns the number of messages with this fate, or of accepted ones.
    pub(super) fn fate(&self, fate: Option<Fate>) -> u64 {
        self.fates.get(&fate.map(|fate| fate.as_str())).copied().unwrap_or_default()
    }

    /// Returns the number of messages by the kind of their error.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.kinds.iter().map(|(kind, count)| (*kind, *count))
    }

    /// Returns the number of messages that were sent.
    pub(super) fn sent(&self) -> u64 {
        self.latencies.len()
    }

    /// Returns the number of messages per second.
    pub(super) fn rate(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        if seconds > 0.0 { approximate(self.sent()) / seconds } else { 0.0 }
    }

    /// Returns the latency below which this percentage of the messages was, in milliseconds.
    pub(super) fn percentile(&self, percentage: f64) -> f64 {
        approximate(self.latencies.value_at_percentile(percentage)) / 1_000.0
    }

    /// Returns the number of messages with a latency above `from` and up to `to`, in microseconds.
    pub(super) fn between(&self, from: u64, to: u64) -> u64 {
        self.latencies.count_between(from.saturating_add(1), to)
    }

    /// Returns the shortest, the mean and the longest latency in milliseconds.
    pub(super) fn extent(&self) -> [f64; 3] {
        let (least, most) = (self.latencies.min(), self.latencies.max());
        [approximate(least), self.latencies.mean(), approximate(most)]
            .map(|micros| micros / 1_000.0)
    }
}

/// Converts a count. One above 2^53 would lose its last digits.
pub(super) const fn approximate(count: u64) -> f64 {
    count as f64
}
