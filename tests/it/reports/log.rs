//! The log of messages to which reports are matched. The stores have a conformance suite.

use std::time::Duration;

use otpost::provider::Receipt;
use otpost::report::{DeliveryLog, DeliveryReport, DeliveryState, ReportStatus};
use otpost::secret::SecretBytes;
use otpost::store::MemoryStore;
use otpost::testing::ManualClock;

fn report(id: &str, status: ReportStatus) -> DeliveryReport {
    DeliveryReport::new("acme", status).with_message_id(id)
}

fn receipt(id: &str) -> Receipt {
    Receipt::new("acme").with_message_id(id)
}

#[test]
fn every_order_of_two_reports_has_its_state() {
    use ReportStatus::{Delivered, Expired, Pending, Rejected, Undeliverable, Unknown};
    const ALL: [ReportStatus; 6] = [Delivered, Expired, Pending, Rejected, Undeliverable, Unknown];
    for first in ALL {
        for second in ALL {
            let expected = match (first, second) {
                (Expired, Delivered) => Delivered,
                (first, _) if first.is_final() => first,
                (_, second) if second.is_final() => second,
                (Unknown, _) | (_, Unknown) => Unknown,
                _ => Pending,
            };
            assert_eq!(first.then(second), expected, "{first} {second}");
            let mut state = DeliveryState::new();
            assert!(state.apply(&report("1", first)));
            assert_eq!(state.apply(&report("1", second)), expected != first);
            assert_eq!(state.status(), Some(expected));
            assert_eq!(state.is_final(), expected.is_final());
            // What was applied once changes nothing again.
            assert!(!state.apply(&report("1", second)) || first == Unknown);
        }
    }
}

fn log(store: MemoryStore) -> DeliveryLog {
    DeliveryLog::new(store, &SecretBytes::new([7; 32])).unwrap()
}

#[test]
fn short_keys_are_refused() {
    for (length, is_valid) in [(0, false), (1, false), (15, false), (16, true), (200, true)] {
        let key = SecretBytes::new(vec![7; length]);
        let log = DeliveryLog::new(MemoryStore::new(), &key);
        assert_eq!(log.is_ok(), is_valid, "{length}");
        if let Err(error) = log {
            let expected =
                "the key of the delivery log is too short: expected at least 16 random bytes";
            assert_eq!(error.to_string(), expected);
        }
    }
}

#[tokio::test]
async fn reports_find_their_message_by_id_or_reference() {
    let store = MemoryStore::new();
    let log = log(store.clone());
    assert!(log.sent("a", &receipt("1")).await.unwrap().is_none());
    assert!(log.record("b", "acme", Some("2"), Some("ref-b")).await.unwrap().is_none());
    assert!(log.record("c", "acme", None, Some("ref-c")).await.unwrap().is_none());
    let delivered = report("1", ReportStatus::Delivered).with_gateway_code("0");
    let change = log.report(&delivered).await.unwrap().unwrap();
    assert_eq!((change.key(), change.state().gateway_code()), ("a", Some("0")));
    let by_reference = DeliveryReport::new("acme", ReportStatus::Expired).with_reference("ref-b");
    assert_eq!(log.report(&by_reference).await.unwrap().unwrap().key(), "b");
    // The id comes before the reference, and each provider has its own ids.
    let both = report("2", ReportStatus::Delivered).with_reference("ref-c");
    assert_eq!(log.report(&both).await.unwrap().unwrap().key(), "b");
    let other = DeliveryReport::new("other", ReportStatus::Delivered).with_reference("ref-c");
    assert!(log.report(&other).await.unwrap().is_none());
    assert_eq!(log.state("c").await.unwrap().unwrap().status(), None);
    assert!(log.state("d").await.unwrap().is_none());
    // Twice, or late.
    assert!(log.report(&both).await.unwrap().is_none());
    assert!(log.report(&by_reference).await.unwrap().is_none());
    assert_eq!(log.state("b").await.unwrap().unwrap().status(), Some(ReportStatus::Delivered));
    // With another key, it is another log. A report without a name is of no message.
    let another = DeliveryLog::new(store, &SecretBytes::new([8; 32])).unwrap();
    assert!(another.state("a").await.unwrap().is_none());
    assert!(another.report(&report("1", ReportStatus::Delivered)).await.unwrap().is_none());
    let nameless = DeliveryReport::new("acme", ReportStatus::Delivered);
    assert!(log.report(&nameless).await.unwrap().is_none());
}

#[tokio::test]
async fn early_reports_wait_a_minute() {
    let clock = ManualClock::at(1_700_000_000);
    let log = log(MemoryStore::new().with_clock(clock.clone()));
    for (wait, expected) in [(59, Some(ReportStatus::Delivered)), (60, None)] {
        let id = format!("id-{wait}");
        for status in [ReportStatus::Pending, ReportStatus::Delivered, ReportStatus::Pending] {
            assert!(log.report(&report(&id, status)).await.unwrap().is_none());
        }
        clock.advance(Duration::from_secs(wait));
        let change = log.sent(&id, &receipt(&id)).await.unwrap();
        assert_eq!(change.as_ref().and_then(|change| change.state().status()), expected);
        assert!(change.is_none_or(|change| change.elapsed() == Duration::ZERO));
        assert_eq!(log.state(&id).await.unwrap().unwrap().status(), expected);
    }
    // Early reports are bounded.
    for at in 0..10_001 {
        let early = report(&at.to_string(), ReportStatus::Delivered);
        assert!(log.report(&early).await.unwrap().is_none());
    }
    assert!(log.sent("8", &receipt("9999")).await.unwrap().is_some());
    assert!(log.sent("9", &receipt("10000")).await.unwrap().is_none());
}

#[tokio::test]
async fn messages_are_kept_for_an_hour_and_bounded() {
    let clock = ManualClock::at(1_700_000_000);
    let log = log(MemoryStore::with_capacity(2).with_clock(clock.clone()));
    for key in ["1", "2", "3"] {
        log.sent(key, &receipt(key)).await.unwrap();
        clock.advance(Duration::from_secs(600));
    }
    assert!(log.state("1").await.unwrap().is_none());
    assert!(log.report(&report("1", ReportStatus::Delivered)).await.unwrap().is_none());
    let change = log.report(&report("2", ReportStatus::Delivered)).await.unwrap().unwrap();
    assert_eq!(change.elapsed(), Duration::from_secs(1_200));
    clock.advance(Duration::from_secs(2_400));
    assert!(log.state("2").await.unwrap().is_none() && log.state("3").await.unwrap().is_some());
    // A second message of a key: its state is that of the key, and the first one is still matched.
    log.sent("3", &receipt("4")).await.unwrap();
    let change = log.report(&report("3", ReportStatus::Delivered)).await.unwrap().unwrap();
    assert_eq!(change.key(), "3");
    assert_eq!(log.state("3").await.unwrap().unwrap().status(), None);
    clock.advance(Duration::from_secs(1_200));
    assert!(log.report(&report("3", ReportStatus::Expired)).await.unwrap().is_none());
    assert!(log.state("3").await.unwrap().is_some());
}

#[tokio::test]
async fn requests_are_known_for_a_day() {
    let clock = ManualClock::at(1_700_000_000);
    let log = log(MemoryStore::new().with_clock(clock.clone()));
    assert!(log.record_replay_key("a").await.unwrap());
    clock.advance(Duration::from_secs(24 * 3_600 - 1));
    assert!(!log.record_replay_key("a").await.unwrap());
    assert!(log.record_replay_key("b").await.unwrap());
    clock.advance(Duration::from_secs(1));
    assert!(log.record_replay_key("a").await.unwrap());
    assert!(!log.record_replay_key("b").await.unwrap());
}
