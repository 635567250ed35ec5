use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A generator of random waits: SplitMix64 (Steele, Lea and Flood, 2014). The waits spread retries
/// over time and need not be secret.
#[derive(Debug)]
pub(super) struct Jitter(AtomicU64);

impl Jitter {
    /// Creates a generator with a random seed, so that each process and instance has another
    /// sequence.
    pub(super) fn new() -> Self {
        Self::from_seed(RandomState::new().hash_one(0_u8))
    }

    /// Creates a generator that repeats the same sequence for the same seed.
    pub(super) const fn from_seed(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Returns a uniformly random duration from zero up to the limit.
    pub(super) fn below(&self, limit: Duration) -> Duration {
        let nanos = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        // The upper half of the product is the fraction of the limit (Lemire, 2019).
        let product = u128::from(self.next()).wrapping_mul(u128::from(nanos));
        Duration::from_nanos(u64::try_from(product >> 64).unwrap_or(nanos))
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        mix(self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP))
    }
}

/// The mixing function of SplitMix64.
pub(super) const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
