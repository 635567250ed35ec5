//! The limits on messages.

use std::thread::scope;

use super::gateway::TestGateway;
use super::{Bridge, CALLER, SECRET};

#[test]
fn each_limit_refuses_what_is_above_it() {
    for (option, numbers, reason) in [
        ("--limit-recipient", ["+41791234567", "+41791234567"], "to this number within an hour"),
        ("--limit-recipient-day", ["+41791234567", "+41791234567"], "to this number within a day"),
        ("--limit-range", ["+41791234567", "+41791234000"], "to this range of numbers"),
        ("--limit-region", ["+41791234567", "+41781234567"], "to this region"),
        ("--limit-caller", ["+41791234567", "+12025550123"], "of this caller"),
        ("--limit-total", ["+41791234567", "+12025550123"], "in total"),
    ] {
        let gateway = TestGateway::accepting();
        let bridge = Bridge::start(&gateway.origin(), &[option, "1"]);
        bridge.code_to(numbers[0]).is(200, "accepted", "accepted");
        let refused = bridge.code_to(numbers[1]);
        refused.is_refused(429, "limited", &format!("too many messages {reason}"));
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        // A window counts in steps of a sixth, so that a day ends after 28 hours at most.
        assert!((1..=28 * 3_600).contains(&wait), "{option}: {wait}");
        assert_eq!(gateway.count(), 1, "{option}");
    }
}

#[test]
fn a_limit_of_one_number_does_not_concern_others() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &["--limit-recipient", "1"]);
    for number in ["+41791234567", "+41791234568", "+12025550123"] {
        bridge.code_to(number).is(200, "accepted", "accepted");
        bridge.code_to(number).is(429, "limited", "not_sent");
    }
    assert_eq!(gateway.count(), 3);
}

#[test]
fn callers_have_limits_of_their_own() {
    let gateway = TestGateway::accepting();
    let other = ["--caller", "mail=env:SUPABASE_SECRET", "--limit-caller", "1"];
    let bridge = Bridge::start(&gateway.origin(), &[&CALLER[..], &other[..]].concat());
    for secret in [SECRET, super::SUPABASE] {
        let send = |number| {
            let message = format!(r#"{{"to":"{number}","code":"123456"}}"#);
            bridge.json("/send", &[("x-api-key", secret)], &message)
        };
        send("+41791234567").is(200, "accepted", "accepted");
        send("+41791234568").is_refused(429, "limited", "of this caller");
    }
    assert_eq!(gateway.count(), 2);
}

#[test]
fn messages_that_are_not_sent_do_not_count() {
    let limits = ["--limit-recipient", "1", "--limit-total", "1", "--retry", "0"];
    // A closed port, and a gateway that refuses.
    let refusing = TestGateway::answering(200, r#"{"responseCode":1}"#);
    for (origin, status) in [("http://127.0.0.1:9", 503), (&refusing.origin(), 422)] {
        let bridge = Bridge::start(origin, &limits);
        for _ in 0..3 {
            assert_eq!(bridge.code_to("+41791234567").status, status);
        }
    }
    // Requests with errors take no place either.
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &limits);
    bridge.code_to("+33612345678").is(422, "invalid_recipient", "not_sent");
    bridge.json("/send", &[], r#"{"to":"+41791234567"}"#).is(400, "invalid_request", "not_sent");
    bridge.code_to("+41791234567").is(200, "accepted", "accepted");
}

#[test]
fn requests_at_the_same_time_get_no_more_than_the_limit() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &["--limit-recipient", "5"]);
    let statuses: Vec<u16> = scope(|scope| {
        let calls: Vec<_> =
            (0..40).map(|_| scope.spawn(|| bridge.code_to("+41791234567").status)).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let count = |status| statuses.iter().filter(|it| **it == status).count();
    assert_eq!((count(200), count(429)), (5, 35), "{statuses:?}");
    assert_eq!(gateway.count(), 5);
}
