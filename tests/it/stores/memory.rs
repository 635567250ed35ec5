//! The store in this process.

use std::sync::Arc;
use std::time::Duration;

use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, CounterTag, GiveKind, GoneReason, Intent,
    Limit, LimitStore, Mac, MemoryStore, NewChallenge, OpenRule, Opened, OutboxStore, QueueTag,
    Reserved, Salt, SendWindow, Settlement, StoreErrorKind,
};
use otpost::testing::ManualClock;
use otpost_testing::{OutboxConformance, StoreConformance};

use super::none;
use super::shared::{five_guesses, five_messages, one_success, whole_flow};

const DAY: Duration = Duration::from_secs(86_400);

fn rule(lifetime: u64) -> OpenRule {
    let window = SendWindow::new(5, Duration::from_secs(3_600));
    let (lifetime, cooldown) = (Duration::from_millis(lifetime), Duration::from_secs(30));
    OpenRule::new(lifetime, cooldown, Duration::from_secs(300), window)
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
    NewChallenge::new(id, Mac::new(random), Salt::new(random), 5)
}

#[tokio::test]
async fn memory_does_what_a_store_does() {
    let clock = ManualClock::at(1_700_000_000);
    let store = MemoryStore::new().with_clock(clock.clone());
    let suite = StoreConformance::new(store).with_passing_time(move |time| {
        clock.advance(time);
        async {}
    });
    assert!(StoreConformance::cases().count() >= 90);
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

/// A worker learns for an hour that a message came too late, and then it is dropped.
#[tokio::test]
async fn late_intents_are_kept_for_an_hour() {
    let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(3_600));
    let queue = QueueTag::new(*b"messages");
    for is_swept in [false, true] {
        for (age, is_kept) in [(minute, true), (hour + minute, false)] {
            let clock = ManualClock::at(1_700_000_000);
            let store = MemoryStore::new().with_clock(clock.clone());
            let (new, intent) = (challenge(1), Intent::new(*b"message"));
            let _ = store.open_queued(&new, &rule(60_000), &queue, &intent).await.unwrap();
            clock.advance(age);
            if is_swept {
                store.sweep().await.unwrap();
            }
            if is_kept {
                clock.advance(hour - Duration::from_millis(1));
            }
            let claim = store.claim(&queue, minute, Duration::ZERO).await.unwrap();
            assert_eq!(claim.map(|claim| claim.salt), is_kept.then_some(None), "{age:?}");
        }
    }
}

/// A tag that no other message has, spread over the tags as digests are.
fn fresh(number: u64) -> CounterTag {
    CounterTag::new(number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes())
}

/// Each message brings five tags that nobody has used before, and each success a marker.
#[tokio::test]
async fn limits_that_come_take_the_place_of_those_that_have_ended() {
    let clock = ManualClock::at(1_700_000_000);
    let store = MemoryStore::with_capacity(2_500).with_clock(clock.clone());
    for round in 0..5_u64 {
        for number in 0..4_000 {
            let tag = |place| fresh(round << 32 | number << 8 | place);
            let windows = (0..3).map(|place| Limit::window(tag(place), 10, DAY));
            let buckets = (3..5).map(|place| Limit::bucket(tag(place), 10, DAY));
            let limits: Vec<_> = windows.chain(buckets).collect();
            let reserved = store.reserve(&limits, &[]).await;
            let is_granted = matches!(reserved, Ok(Reserved::Granted { .. }));
            assert!(is_granted, "round {round}, {number}: {reserved:?}");
            let marked = store.settle(&Settlement::new(Vec::new(), vec![(tag(5), DAY)])).await;
            assert!(marked.is_ok(), "round {round}, {number}: {marked:?}");
        }
        clock.advance(DAY * 2);
    }
}

/// What is full refuses new tags only, and what is given back makes room.
#[tokio::test]
async fn limits_are_bounded() {
    let clock = ManualClock::at(1_700_000_000);
    let store = MemoryStore::with_capacity(10).with_clock(clock.clone());
    let limit = |number| Limit::window(fresh(number), 2, DAY);
    let mut full = 0;
    for number in 0..100 {
        match store.reserve(&[limit(number)], &[]).await {
            Ok(reserved) => assert_eq!(reserved, Reserved::granted(false, vec![1])),
            Err(error) => {
                assert_eq!(error.kind(), StoreErrorKind::Full);
                full += 1;
            }
        }
    }
    assert_eq!(full, 20);
    // A new tag takes no place under the known one beside it.
    let error = store.reserve(&[limit(0), limit(99)], &[]).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Full);
    let seen = store.reserve(&[limit(0)], &[]).await.unwrap();
    assert_eq!(seen, Reserved::granted(false, vec![2]));
    // A message that is refused needs no room.
    let seen = store.reserve(&[limit(99), limit(0)], &[]).await.unwrap();
    assert!(matches!(seen, Reserved::Refused(1, _)), "{seen:?}");
    let gives = vec![limit(0).give(GiveKind::All)];
    store.settle(&Settlement::new(gives, Vec::new())).await.unwrap();
    // There is room for one of two new tags. So neither takes a place.
    let error = store.reserve(&[limit(98), limit(99)], &[]).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Full);
    let seen = store.reserve(&[limit(98)], &[]).await.unwrap();
    assert_eq!(seen, Reserved::granted(false, vec![1]));
    clock.advance(DAY * 2);
    store.sweep().await.unwrap();
    for number in 100..180 {
        let seen = store.reserve(&[limit(number)], &[]).await.unwrap();
        assert_eq!(seen, Reserved::granted(false, vec![1]));
    }
}
