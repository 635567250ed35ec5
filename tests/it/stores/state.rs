//! Windows and buckets beside models that keep the time of every message.

use std::time::Duration;

use otpost::store::state::{BucketRule, BucketState, WindowState};

use crate::dice::Dice;

const CALLS: usize = 100_000;
const HOUR: u64 = 3_600_000;
const START: u64 = 1_700_000_000_000;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Every message that was granted and not given back, by its time.
struct AllMessages {
    slot: u64,
    newest: u64,
    times: Vec<u64>,
}

impl AllMessages {
    fn new(span: u64) -> Self {
        Self { slot: span.div_ceil(6).max(1), newest: 0, times: Vec::new() }
    }

    /// Drops the messages that count no more. A clock that steps back is taken to stand still.
    fn pass(&mut self, now: u64) -> u64 {
        self.newest = self.newest.max(now);
        let (slot, newest) = (self.slot, self.newest);
        self.times.retain(|time| newest / slot - time / slot < 7);
        newest
    }

    fn ends(&self) -> u64 {
        self.times.last().map_or(0, |time| (time / self.slot + 7) * self.slot)
    }
}

/// One window and its model, with a clock that steps back or not.
fn window_run(seed: u64, calls: usize, steps_back: bool) -> [usize; 2] {
    let mut dice = Dice::new(seed);
    let span = dice.one(&[1, 5, 6, 7, 100, 1_000, 60_000, HOUR, 24 * HOUR]);
    let most = dice.one(&[1, 2, 3, 10, 30]);
    let (mut window, mut model) = (WindowState::default(), AllMessages::new(span));
    let (mut now, mut granted, mut refused) = (START + dice.below(HOUR), Vec::new(), 0);
    for _ in 0..calls {
        match dice.below(40) {
            0 if steps_back => now -= dice.below(2 * span + 1),
            1 => now += dice.below(3 * span + 1),
            _ => now += dice.below(span / u64::from(most) + 2),
        }
        // A store may forget what has ended.
        if !steps_back && window.ends(ms(span)) <= now {
            window = WindowState::default();
        }
        match dice.below(10) {
            0 => {
                let _ = model.pass(now);
                window.give(now, ms(span));
                // The newest message goes, and the span that follows has one less.
                if model.times.pop().is_some() {
                    granted.pop();
                }
            }
            1 if dice.below(20) == 0 => {
                window.clear();
                (model.times, granted) = (Vec::new(), Vec::new());
            }
            _ => {
                let (at, before) = (model.pass(now), window);
                match window.take(now, most, ms(span)) {
                    Ok(count) => {
                        model.times.push(at);
                        granted.push(now);
                        assert_eq!(usize::from(count), model.times.len(), "seed {seed}");
                        let first = granted.len().checked_sub(usize::from(most) + 1);
                        let is_within =
                            first.is_some_and(|at| now.saturating_sub(granted[at]) < span);
                        assert!(steps_back || !is_within, "seed {seed}: too many within the span");
                    }
                    Err(wait) => {
                        refused += 1;
                        assert_eq!(model.times.len(), usize::from(most), "seed {seed}");
                        // It is refused until the very end of the time to wait.
                        let free = now + u64::try_from(wait.as_millis()).unwrap();
                        assert!(before.clone().take(free, most, ms(span)).is_ok(), "seed {seed}");
                        let early = before.clone().take(free - 1, most, ms(span));
                        assert_eq!(early, Err(ms(1)), "seed {seed}");
                    }
                }
            }
        }
        assert_eq!(window.ends(ms(span)), model.ends(), "seed {seed}");
    }
    [granted.len(), refused]
}

#[test]
fn window_counts_like_a_list_of_all_messages() {
    for steps_back in [false, true] {
        let mut seen = [0; 2];
        for seed in 0..100 {
            let [granted, refused] = window_run(seed, CALLS / 100, steps_back);
            seen = [seen[0] + granted, seen[1] + refused];
        }
        assert!(seen.iter().all(|seen| *seen > CALLS / 50), "{seen:?}");
    }
}

#[test]
fn window_counts_for_its_span_and_at_most_a_sixth_longer() {
    let span = ms(HOUR);
    for offset in [0, 1, 599_999, 600_000, 600_001, 3_599_999] {
        let at = START + offset;
        let mut window = WindowState::default();
        assert_eq!(window.take(at, 1, span), Ok(1));
        let wait = window.take(at, 1, span).unwrap_err();
        assert!(wait > span && wait <= span + span / 6, "{wait:?}");
        assert_eq!(window.ends(span), at + u64::try_from(wait.as_millis()).unwrap());
        assert!(window.take(at + HOUR, 1, span).is_err());
        assert_eq!(window.take(at + HOUR + HOUR / 6, 1, span), Ok(1));
    }
}

#[test]
fn window_keeps_what_counts_when_the_clock_steps_back() {
    let span = ms(HOUR);
    let mut window = WindowState::default();
    assert_eq!(window.take(START, 1, span), Ok(1));
    for back in [1, HOUR, 100 * HOUR, START] {
        let wait = window.take(START - back, 1, span).unwrap_err();
        assert_eq!(ms(window.ends(span) - (START - back)), wait);
    }
    window.give(START - HOUR, span);
    assert_eq!(window.take(START - HOUR, 1, span), Ok(1));
}

#[test]
fn window_takes_numbers_at_their_limits() {
    for now in [0, 1, u64::MAX - 1, u64::MAX] {
        for span in [Duration::ZERO, ms(1), ms(u64::MAX), Duration::MAX] {
            let mut window = WindowState::default();
            assert_eq!(window.take(now, 0, span), Err(span));
            for count in 1..=3 {
                assert_eq!(window.take(now, u16::MAX, span), Ok(count));
            }
            assert!(window.take(now, 3, span).is_err());
            window.give(now, span);
            assert_eq!(window.take(now, 3, span), Ok(3));
            assert!(window.ends(span) >= now, "{now} {span:?}");
        }
    }
}

/// A bucket that is refilled millisecond by millisecond, and the time of every success.
struct FullBucket {
    capacity: u64,
    refill: u64,
    grows: bool,
    level: u64,
    successes: Vec<u64>,
}

impl FullBucket {
    fn counted(&self, now: u64) -> u64 {
        let slot = 4 * HOUR;
        self.successes.iter().filter(|time| now / slot - **time / slot < 7).count() as u64
    }

    fn cost(&self, now: u64) -> u64 {
        let more = if self.grows { self.counted(now) / 48 } else { 0 };
        (self.refill / (self.capacity + more)).max(1)
    }

    fn fill(&mut self, by: u64) {
        self.level = self.refill.min(self.level + by);
    }

    fn take(&mut self, now: u64) -> Result<(), Duration> {
        let cost = self.cost(now);
        self.level = self.level.checked_sub(cost).ok_or_else(|| ms(cost - self.level))?;
        Ok(())
    }

    /// Returns `true` if nothing about it differs from a new one.
    fn is_new(&self, now: u64, at: u64) -> bool {
        self.level + (at - now) >= self.refill && self.counted(at) == 0
    }
}

fn bucket_run(seed: u64, calls: usize) -> [usize; 3] {
    let mut dice = Dice::new(seed);
    let (capacity, refill) = dice.one(&[
        (1, 60_000),
        (3, 1_000),
        (50, HOUR),
        (100, 10 * HOUR),
        (500, 10 * HOUR),
        (7, 1),
    ]);
    let grows = dice.below(2) == 0;
    let rule = BucketRule::new(capacity, ms(refill), grows);
    let (mut bucket, mut now) = (BucketState::default(), START + dice.below(24 * HOUR));
    let capacity = u64::from(capacity);
    let mut model = FullBucket { capacity, refill, grows, level: refill, successes: Vec::new() };
    let [mut granted, mut refused, mut grown] = [0; 3];
    for _ in 0..calls {
        let by = match dice.below(100) {
            0 => dice.below(3 * refill + 30 * HOUR),
            _ => dice.below(refill / capacity + 2),
        };
        now += by;
        model.fill(by);
        if bucket.ends() <= now {
            bucket = BucketState::default();
        }
        match dice.below(10) {
            0 => {
                bucket.give(now, &rule);
                model.fill(model.cost(now));
            }
            1..4 => {
                bucket.succeed(now, &rule);
                model.fill(model.cost(now) * if grows { 2 } else { 1 });
                if grows {
                    model.successes.push(now);
                }
            }
            4 if dice.below(20) == 0 => {
                bucket.fill();
                model.fill(refill);
            }
            _ => {
                let before = bucket;
                let expected = model.take(now);
                assert_eq!(bucket.take(now, &rule), expected, "seed {seed}");
                granted += usize::from(expected.is_ok());
                if let Err(wait) = expected {
                    refused += 1;
                    assert_eq!(bucket, before, "seed {seed}: a refusal changes nothing");
                    let free = now + u64::try_from(wait.as_millis()).unwrap();
                    assert!(grows || before.clone().take(free, &rule).is_ok(), "seed {seed}");
                    assert!(grows || before.clone().take(free - 1, &rule).is_err(), "seed {seed}");
                }
            }
        }
        grown += usize::from(model.counted(now) >= 48);
        let ends = bucket.ends();
        assert!(model.is_new(now, ends.max(now)), "seed {seed}");
        assert!(ends <= now || !model.is_new(now, ends - 1), "seed {seed}");
    }
    [granted, refused, grown]
}

#[test]
fn bucket_holds_what_a_list_of_all_successes_says() {
    let mut seen = [0; 3];
    for seed in 0..200 {
        let run = bucket_run(seed, CALLS / 200);
        seen = [seen[0] + run[0], seen[1] + run[1], seen[2] + run[2]];
    }
    assert!(seen.iter().all(|seen| *seen > CALLS / 50), "{seen:?}");
}

#[test]
fn bucket_grants_its_capacity_and_what_is_refilled() {
    for (capacity, refill) in [(1, 60_000), (50, HOUR), (100, 10 * HOUR), (500, 10 * HOUR)] {
        let (mut dice, rule) = (Dice::new(7), BucketRule::new(capacity, ms(refill), false));
        let (capacity, mut bucket) = (u64::from(capacity), BucketState::default());
        let (mut now, mut times) = (START, Vec::new());
        while times.len() < 2_000 {
            let pause = dice.one(&[refill, refill / capacity, refill / capacity / 2]);
            now += dice.below(pause);
            if bucket.take(now, &rule).is_ok() {
                times.push(now);
            }
        }
        // In any span, however it is chosen.
        for (first, begin) in times.iter().enumerate() {
            for (more, end) in (1..).zip(&times[first..]) {
                let refilled = (end - begin) / (refill / capacity);
                assert!(more <= capacity + refilled, "{more} within {} ms", end - begin);
            }
        }
    }
}

#[test]
fn bucket_grows_by_half_of_the_hourly_successes_of_a_day() {
    let rule = BucketRule::new(100, ms(10 * HOUR), true);
    let at_once = |bucket: &BucketState, now| {
        let mut bucket = BucketState { full_at: 0, ..*bucket };
        (0..).take_while(|_| bucket.take(now, &rule).is_ok()).count()
    };
    // 1,000 successes an hour, for a day. Then 500 are added.
    let (mut bucket, mut now) = (BucketState::default(), START / (4 * HOUR) * (4 * HOUR));
    for _ in 0..24 {
        for _ in 0..1_000 {
            bucket.succeed(now, &rule);
        }
        now += HOUR;
    }
    assert_eq!(at_once(&bucket, now), 600);
    // Four hours later, those of the first four no longer count: 20,000 / 48 are 416.
    assert_eq!(at_once(&bucket, now + 4 * HOUR), 516);
    assert_eq!(at_once(&bucket, now + 24 * HOUR), 100);
    assert_eq!(bucket.ends(), now + 24 * HOUR);
    // Successes do not count in a bucket that does not grow.
    let (mut bucket, steady) = (BucketState::default(), BucketRule::new(100, ms(10 * HOUR), false));
    bucket.succeed(now, &steady);
    assert_eq!(bucket, BucketState::default());
}

#[test]
fn bucket_keeps_its_level_when_the_clock_steps_back() {
    let rule = BucketRule::new(2, ms(HOUR), true);
    let mut bucket = BucketState::default();
    for _ in 0..2 {
        assert_eq!(bucket.take(START, &rule), Ok(()));
    }
    bucket.succeed(START, &rule);
    assert_eq!(bucket.take(START, &rule), Ok(()));
    // It is refilled only when the clock is back where it was.
    for back in [1, HOUR, 100 * HOUR] {
        let mut bucket = bucket;
        assert!(bucket.take(START - back, &rule).is_err());
        bucket.succeed(START - back, &rule);
        assert_eq!(bucket.successes.iter().sum::<u32>(), 2);
        assert!(bucket.ends() > START);
    }
}

#[test]
fn bucket_takes_numbers_at_their_limits() {
    for now in [0, 1, u64::MAX - 1] {
        for refill in [Duration::ZERO, ms(1), ms(u64::MAX), Duration::MAX] {
            for capacity in [1, u32::MAX] {
                let rule = BucketRule::new(capacity, refill, true);
                let mut bucket = BucketState::default();
                // A refill that takes no time allows nothing, as a place costs a millisecond.
                assert_eq!(bucket.take(now, &rule).is_ok(), !refill.is_zero(), "{now} {refill:?}");
                bucket.succeed(now, &rule);
                bucket.give(now, &rule);
                let _ = bucket.ends();
            }
            let none = BucketRule::new(0, refill, false);
            assert!(BucketState::default().take(now, &none).is_err());
        }
    }
}
