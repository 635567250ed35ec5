use super::measured::Measured;

/// The upper ends of the buckets in microseconds, in steps of 1, 2 and 5: 0.1 ms to 1,000 s.
const ENDS: [u64; 22] = [
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    20_000_000,
    50_000_000,
    100_000_000,
    200_000_000,
    500_000_000,
    1_000_000_000,
];

/// A range of latencies, and the number of messages in it.
pub(super) struct LatencyBucket {
    /// The upper end in microseconds. The bucket begins at the end of the previous one.
    pub(super) end: u64,
    pub(super) count: u64,
}

impl LatencyBucket {
    /// Returns the upper end with its unit, such as `20 ms`.
    pub(super) fn label(&self) -> String {
        match self.end {
            ..1_000 => format!("0.{} ms", self.end / 100),
            1_000..1_000_000 => format!("{} ms", self.end / 1_000),
            _ => format!("{} s", self.end / 1_000_000),
        }
    }
}

/// Returns the buckets from the first to the last one that has messages.
pub(super) fn buckets(measured: &Measured) -> Vec<LatencyBucket> {
    let mut begin = 0;
    let mut all = Vec::new();
    for end in ENDS {
        all.push(LatencyBucket { end, count: measured.between(begin, end) });
        begin = end;
    }
    let first = all.iter().position(|bucket| bucket.count > 0).unwrap_or(all.len());
    let last =
        all.iter().rposition(|bucket| bucket.count > 0).map_or(first, |at| at.saturating_add(1));
    all.truncate(last);
    all.drain(..first.min(all.len()));
    all
}
