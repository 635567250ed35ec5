//! The store in this process.

use std::sync::Arc;
use std::time::Duration;

use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, Context, CounterStore, CounterTag,
    GoneReason, Mac, MemoryStore, NewChallenge, OpenRule, Opened, Salt, SendWindow, Spend, Spent,
    StoreErrorKind,
};
use otpost::testing::ManualClock;
use otpost_testing::{OutboxConformance, StoreConformance};

use super::none;
use super::shared::{five_guesses, five_messages, one_success, whole_flow};

const DAY: Duration = Duration::from_secs(86_400);

fn rule(lifetime: u64) -> OpenRule {
    let windows = [SendWindow::new(5, Duration::from_secs(3_600)), SendWindow::new(10, DAY)];
    let (lifetime, cooldown) = (Duration::from_millis(lifetime), Duration::from_secs(30));
    OpenRule::new(lifetime, cooldown, Duration::from_secs(300), windows)
}

fn patient() -> AttemptRule {
    AttemptRule::new(u16::MAX, Duration::ZERO, Duration::ZERO, DAY)
}

fn challenge(number: u64) -> NewChallenge {
    let mut random = [0; 16];
    otpost::otp::fill_random(&mut random).unwrap();
    // Spread over all shards, as digests are.
    let tag = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
    let id = ChallengeId::new(0, tag, random);
    NewChallenge::new(id, Mac::new(random), Salt::new(random), Context::new([0; 12]), 5)
}

#[tokio::test]
async fn memory_does_what_a_store_does() {
    let clock = ManualClock::at(1_700_000_000);
    let store = MemoryStore::new().with_clock(clock.clone());
    let suite = StoreConformance::new(store).with_passing_time(move |time| {
        clock.advance(time);
        async {}
    });
    assert!(StoreConformance::cases().count() >= 40);
    none(&suite.run().await);
    none(&OutboxConformance::new(MemoryStore::new()).run().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_does_so_on_many_threads_and_in_real_time() {
    none(&StoreConformance::new(MemoryStore::new()).run().await);
    let store = Arc::new(MemoryStore::new());
    one_success(store.clone(), 100).await;
    five_guesses(store.clone(), 100, 100).await;
    five_guesses(store.clone(), 1_000, 4).await;
    five_messages(store.clone()).await;
    whole_flow(store).await;
}

#[tokio::test]
async fn boundaries_are_right_to_the_millisecond() {
    let (clock, ms) = (ManualClock::at(1_700_000_000), Duration::from_millis(1));
    let store = MemoryStore::new().with_clock(clock.clone());
    // S5: good one millisecond before the end, and gone at the end.
    for (age, is_good) in [(299_999, true), (300_000, false), (300_001, false)] {
        let new = challenge(age);
        let _ = store.open(&new, &rule(300_000)).await.unwrap();
        clock.advance(ms * u32::try_from(age).unwrap());
        let seen = store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap();
        let gone = Attempt::Gone(GoneReason::Absent);
        assert_eq!(seen == gone, !is_good, "{age}");
    }
    // S6: 30 s, 60 s, 2, 4 and 5 minutes.
    let recipient = challenge(7);
    let open = || async {
        let new = challenge(7);
        assert_eq!(new.id.recipient(), recipient.id.recipient());
        store.open(&new, &rule(300_000)).await.unwrap()
    };
    for seconds in [30_u64, 60, 120, 240] {
        let wait = Duration::from_secs(seconds);
        assert_eq!(open().await, Opened::created(wait));
        clock.advance(wait - ms);
        assert_eq!(open().await, Opened::Cooldown(ms));
        clock.advance(ms);
    }
    assert_eq!(open().await, Opened::created(Duration::from_secs(300)));
    // The hour began with the first message, 450 s ago.
    assert_eq!(open().await, Opened::Quota(Duration::from_secs(3_600 - 450)));
    clock.advance(Duration::from_secs(3_600 - 450) - ms);
    assert_eq!(open().await, Opened::Quota(ms));
    clock.advance(ms);
    assert_eq!(open().await, Opened::created(Duration::from_secs(30)));
}

#[tokio::test]
async fn it_is_bounded_and_forgets_what_has_ended() {
    let clock = ManualClock::at(1_700_000_000);
    let store = MemoryStore::with_capacity(1_000).with_clock(clock.clone());
    let mut live = Vec::new();
    let mut full = 0;
    for number in 0..3_000 {
        let new = challenge(number);
        match store.open(&new, &rule(60_000)).await {
            Ok(_) => live.push(new),
            Err(error) => {
                assert_eq!(error.kind(), StoreErrorKind::Full);
                full += 1;
            }
        }
    }
    // Chance fills some shards sooner, and each has a quarter more.
    assert!((1_000..2_000).contains(&live.len()) && full > 1_000, "{}", live.len());
    assert_eq!(store.len(), live.len());
    // Nothing that lives was dropped for what came later.
    for new in &live {
        let seen = store.attempt(&new.id, &Mac::new([9; 16]), None, &patient()).await.unwrap();
        assert_eq!(seen, Attempt::wrong(4));
    }
    // What has ended makes room by itself.
    clock.advance(Duration::from_secs(61));
    let mut opened = 0;
    for number in 10_000..10_400 {
        opened += usize::from(store.open(&challenge(number), &rule(60_000)).await.is_ok());
    }
    assert!(opened >= 390, "{opened}");
    clock.advance(DAY * 2);
    store.sweep().await.unwrap();
    assert!(store.is_empty());
    assert!(!store.is_shared());
}

/// As many as have ended are removed as others come, so that it stays as large as it has to be.
#[tokio::test]
async fn what_comes_takes_the_place_of_what_has_ended() {
    let clock = ManualClock::at(1_700_000_000);
    let store = MemoryStore::with_capacity(100_000).with_clock(clock.clone());
    let open = |from: u64| {
        let store = &store;
        async move {
            for number in from..from + 20_000 {
                let _ = store.open(&challenge(number), &rule(60_000)).await.unwrap();
            }
            store.len()
        }
    };
    assert_eq!(open(0).await, 20_000);
    for round in 1..5 {
        clock.advance(DAY * 2);
        let kept = open(round * 20_000).await;
        assert!(kept <= 21_000, "{kept}");
    }
}

/// Each message brings five tags that nobody has used before.
#[tokio::test]
async fn counters_that_come_take_the_place_of_those_that_have_ended() {
    let clock = ManualClock::at(1_700_000_000);
    let store = MemoryStore::with_capacity(10_000).with_clock(clock.clone());
    for round in 0..5_u64 {
        for number in 0..7_000 {
            let spends: Vec<_> = (0..5)
                .map(|place| {
                    let tag =
                        (round << 32 | number << 8 | place).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                    Spend::new(CounterTag::new(tag.to_le_bytes()), 10, DAY)
                })
                .collect();
            let spent = store.spend(&spends).await;
            assert!(matches!(spent, Ok(Spent::Counted)), "round {round}, {number}: {spent:?}");
        }
        clock.advance(DAY * 2);
    }
}
