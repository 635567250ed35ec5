//! The log of messages to which reports are matched.

use std::time::Duration;

use otpost::provider::Receipt;
use otpost::report::{DeliveryLog, DeliveryReport, DeliveryState, ReportStatus, SeenReports};
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

#[test]
fn reports_find_their_message_by_id_or_reference() {
    let log = DeliveryLog::new();
    log.sent("a", &receipt("1"));
    log.record("b", "acme", Some("2"), Some("ref-b"));
    log.record("c", "acme", None, Some("ref-c"));
    let change = log.report(&report("1", ReportStatus::Delivered).with_gateway_code("0")).unwrap();
    assert_eq!((*change.key(), change.state().gateway_code()), ("a", Some("0")));
    let by_reference = DeliveryReport::new("acme", ReportStatus::Expired).with_reference("ref-b");
    assert_eq!(*log.report(&by_reference).unwrap().key(), "b");
    // The id comes before the reference, and each provider has its own ids.
    let both = report("2", ReportStatus::Delivered).with_reference("ref-c");
    assert_eq!(*log.report(&both).unwrap().key(), "b");
    let other = DeliveryReport::new("other", ReportStatus::Delivered).with_reference("ref-c");
    assert!(log.report(&other).is_none());
    assert_eq!(log.state("c").unwrap().status(), None);
    assert!(log.state("d").is_none());
    // Twice, or late.
    assert!(log.report(&both).is_none() && log.report(&by_reference).is_none());
    assert_eq!(log.state("b").unwrap().status(), Some(ReportStatus::Delivered));
}

#[test]
fn early_reports_wait_a_minute() {
    let clock = ManualClock::at(1_700_000_000);
    let log = DeliveryLog::new().with_clock(clock.clone());
    for (wait, expected) in [(59, Some(ReportStatus::Delivered)), (60, None)] {
        let id = format!("id-{wait}");
        for status in [ReportStatus::Pending, ReportStatus::Delivered, ReportStatus::Pending] {
            assert!(log.report(&report(&id, status)).is_none());
        }
        clock.advance(Duration::from_secs(wait));
        let change = log.sent(wait, &receipt(&id));
        assert_eq!(change.as_ref().and_then(|change| change.state().status()), expected);
        assert!(change.is_none_or(|change| change.elapsed() == Duration::ZERO));
        assert_eq!(log.state(&wait).unwrap().status(), expected);
    }
    // The id and the reference of one message can come in different reports.
    log.report(&report("x", ReportStatus::Pending));
    log.report(&DeliveryReport::new("acme", ReportStatus::Delivered).with_reference("ref-x"));
    let change = log.record(7, "acme", Some("x"), Some("ref-x")).unwrap();
    assert_eq!(change.state().status(), Some(ReportStatus::Delivered));
    // Early reports are bounded: the oldest make room.
    for at in 0..10_001 {
        log.report(&report(&at.to_string(), ReportStatus::Delivered));
    }
    assert!(log.sent(8, &receipt("0")).is_none());
    assert!(log.sent(9, &receipt("1")).is_some());
}

#[test]
fn messages_are_kept_for_an_hour_and_bounded() {
    let clock = ManualClock::at(1_700_000_000);
    let log = DeliveryLog::new().with_clock(clock.clone()).with_capacity(2);
    for key in [1, 2, 3] {
        log.sent(key, &receipt(&key.to_string()));
        clock.advance(Duration::from_secs(600));
    }
    assert!(log.state(&1).is_none() && log.report(&report("1", ReportStatus::Delivered)).is_none());
    let change = log.report(&report("2", ReportStatus::Delivered)).unwrap();
    assert_eq!(change.elapsed(), Duration::from_secs(1_200));
    clock.advance(Duration::from_secs(2_400));
    assert!(log.state(&2).is_none() && log.state(&3).is_some());
    // A second message of a key: its state is that of the key, and the first one is still matched.
    log.sent(3, &receipt("4"));
    assert_eq!(*log.report(&report("3", ReportStatus::Delivered)).unwrap().key(), 3);
    assert_eq!(log.state(&3).unwrap().status(), None);
    clock.advance(Duration::from_secs(1_200));
    assert!(log.report(&report("3", ReportStatus::Expired)).is_none());
    assert!(log.state(&3).is_some());
}

#[test]
fn requests_are_known_for_a_time() {
    let clock = ManualClock::at(1_700_000_000);
    let seen = SeenReports::new().with_clock(clock.clone()).with_capacity(2);
    assert!(seen.record("a") && !seen.record("a"));
    clock.advance(Duration::from_secs(24 * 3_600 - 1));
    assert!(!seen.record("a") && seen.record("b"));
    clock.advance(Duration::from_secs(1));
    assert!(seen.record("a") && seen.record("c") && !seen.record("a") && seen.record("b"));
}
