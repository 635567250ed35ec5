//! Requests that are made to break something. `OTPOST_CASES` sets the number of cases.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{FORM, LIST, head, receiver};
use crate::scale::cases;

/// A xorshift generator: the cases are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }
}

const PIECES: [&[u8]; 24] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b":",
    b",",
    b"id",
    b"status",
    b"results",
    b"null",
    b"1e999",
    b"-0",
    b"\\ud800",
    b"&",
    b"=",
    b"%",
    b"%ff",
    b"\xff",
    b"\x00",
    b"<",
    b">",
    b"DELIVRD",
    b"99999999999999999999",
];

#[test]
fn no_request_breaks_a_receiver() {
    let receivers = [receiver(FORM), receiver(LIST)];
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut good, count) = (0_u64, cases("OTPOST_CASES", 20_000, 1_000_000));
    for case in 0..count {
        let mut body = Vec::new();
        if random.below(2) == 0 {
            body.extend_from_slice(br#"{"results":[{"id":"1","status":"delivered"}]}"#);
        }
        for _ in 0..random.below(20) {
            let piece = PIECES[random.below(PIECES.len())];
            let at = random.below(body.len() + 1);
            body.splice(at..at, piece.iter().copied());
        }
        for receiver in &receivers {
            let result = catch_unwind(AssertUnwindSafe(|| {
                receiver.receive(&head("POST", "ref=%ff&ref"), &body)
            }));
            let result = result.unwrap_or_else(|_| panic!("case {case}: {body:?}"));
            good += u64::from(result.is_ok_and(|received| !received.reports().is_empty()));
        }
    }
    assert!(good > count / 50 && good < count * 2, "{good} of {count}");
}

#[test]
fn the_largest_requests_take_bounded_time_and_memory() {
    let list = receiver(LIST);
    // As many reports as fit, and as deep as it goes.
    let item = "{\"id\":1},";
    let many = 65_000 / item.len();
    let body = format!("{{\"results\":[{}1]}}", item.repeat(many));
    let received = list.receive(&head("POST", ""), body.as_bytes()).unwrap();
    assert_eq!((received.reports().len(), received.unusable()), (many, 1));
    for deep in ["[".repeat(60_000), "{\"results\":".repeat(5_900)] {
        list.receive(&head("POST", ""), deep.as_bytes()).unwrap_err();
    }
    let form = receiver(FORM);
    let body = "id=1&".repeat(13_000);
    assert_eq!(form.receive(&head("POST", ""), body.as_bytes()).unwrap().reports().len(), 1);
}
