//! Messages whose reports are lost, repeated, early, forged and out of order. `OTPOST_WHOLE=1` runs
//! a million of them.

use std::collections::HashMap;
use std::time::{Duration, UNIX_EPOCH};

use http::Request;
use otpost::provider::Receipt;
use otpost::report::{DeliveryLog, DeliveryReport, ReportReceiver, ReportStatus};
use otpost::testing::ManualClock;

use super::{FORM, TOKEN, receiver};
use crate::scale::cases;

/// The messages that are simulated together.
const BATCH: u64 = 1_000;

/// A splitmix generator: the cases are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}

enum Happening {
    /// A request arrives. `is_forged` if its sender does not know the secret.
    Report { message: u64, status: ReportStatus, is_forged: bool },
    /// The answer to the message arrives.
    Sent { message: u64 },
}

/// The life of one message, as the gateway sees it.
fn life(dice: &mut Dice) -> Vec<ReportStatus> {
    use ReportStatus::{Delivered, Expired, Pending, Rejected, Undeliverable, Unknown};
    let mut life = vec![Pending; usize::try_from(dice.below(3)).unwrap()];
    match dice.below(10) {
        0 => life.push(Undeliverable),
        1 => life.push(Rejected),
        2 => life.push(Expired),
        // The phone was off for longer than the network waited.
        3 => life.extend([Expired, Delivered]),
        4 => life.push(Unknown),
        5 => {}
        _ => life.push(Delivered),
    }
    life
}

/// The state that the reports which arrive tell, in whatever order.
fn expected(arrived: &[ReportStatus]) -> Option<ReportStatus> {
    use ReportStatus::{Delivered, Expired, Pending, Rejected, Undeliverable, Unknown};
    let order = [Delivered, Undeliverable, Rejected, Expired, Unknown, Pending];
    order.into_iter().find(|status| arrived.contains(status))
}

/// One batch: what happens, in order of time, and the state of each message in the end.
fn batch(dice: &mut Dice, first: u64) -> (Vec<(u64, Happening)>, Vec<Option<ReportStatus>>) {
    let (mut happenings, mut ends) = (Vec::new(), Vec::new());
    for message in first..first + BATCH {
        // Seconds from the start. The answer can take longer than the first reports.
        let sent = 60 + dice.below(100);
        happenings.push((sent, Happening::Sent { message }));
        let mut arrived = Vec::new();
        for status in life(dice) {
            if dice.below(5) == 0 {
                continue;
            }
            arrived.push(status);
            for _ in 0..=dice.below(3) {
                // Up to 59 s before the answer, and up to 15 minutes later.
                let at = sent - dice.below(60) + dice.below(2) * dice.below(900);
                happenings.push((at, Happening::Report { message, status, is_forged: false }));
            }
        }
        if dice.below(2) == 0 {
            let status = [ReportStatus::Delivered, ReportStatus::Undeliverable]
                [usize::from(message % 2 == 0)];
            let at = dice.below(1_000);
            happenings.push((at, Happening::Report { message, status, is_forged: true }));
        }
        ends.push(expected(&arrived));
    }
    // A stable sort: what happens in one second stays in this order.
    happenings.sort_by_key(|(at, _)| *at);
    (happenings, ends)
}

fn word(status: ReportStatus) -> &'static str {
    match status {
        ReportStatus::Delivered => "DELIVRD",
        ReportStatus::Expired => "EXPIRED",
        ReportStatus::Rejected => "REJECTD",
        ReportStatus::Undeliverable => "UNDELIV",
        ReportStatus::Pending => "ACCEPTD",
        _ => "OTHER",
    }
}

/// Sends the request of a report to the receiver, and returns the reports that it accepts.
fn request(
    receiver: &ReportReceiver,
    message: u64,
    status: ReportStatus,
    is_forged: bool,
) -> Vec<DeliveryReport> {
    let token = if is_forged { "8f3c0d5e9a7b41c2864f0e1d2c3b4a58" } else { TOKEN };
    let head = Request::post(format!("/sms/reports/{token}")).body(()).unwrap().into_parts().0;
    let body = format!("id={message}&status={}", word(status));
    receiver.receive(&head, body.as_bytes()).map(|it| it.reports().to_vec()).unwrap_or_default()
}

/// The last report wins, which is what many applications do.
#[derive(Default)]
struct Naive(HashMap<u64, ReportStatus>);

#[test]
fn no_message_ends_in_a_wrong_state() {
    let words = "expired = [\"EXPIRED\"]\nrejected = [\"REJECTD\"]\n";
    let receiver = receiver(&format!("{FORM}{words}").replace("reference = \"query:ref\"\n", ""));
    let count = cases("OTPOST_CASES", 100_000, 1_000_000);
    let clock = ManualClock::at(1_700_000_000);
    let (mut dice, mut naive) = (Dice(7), Naive::default());
    let (mut wrong, mut naively_wrong, mut forged, mut early) = (0_u64, 0_u64, 0_u64, 0_u64);
    for start in (0..count).step_by(usize::try_from(BATCH).unwrap()) {
        let log = DeliveryLog::new().with_clock(clock.clone());
        let (happenings, ends) = batch(&mut dice, start);
        let zero = 1_700_000_000 + start * 10;
        for (at, happening) in happenings {
            clock.set(UNIX_EPOCH + Duration::from_secs(zero + at));
            match happening {
                Happening::Sent { message } => {
                    let receipt = Receipt::new("acme").with_message_id(message.to_string());
                    early += u64::from(log.sent(message, &receipt).is_some());
                }
                Happening::Report { message, status, is_forged } => {
                    for report in request(&receiver, message, status, is_forged) {
                        forged += u64::from(is_forged);
                        log.report(&report);
                        naive.0.insert(message, report.status());
                    }
                }
            }
        }
        for (message, end) in (start..).zip(ends) {
            wrong += u64::from(log.state(&message).unwrap().status() != end);
            naively_wrong += u64::from(naive.0.get(&message).copied() != end);
        }
    }
    assert_eq!((wrong, forged), (0, 0), "of {count}");
    // The simulation is hard enough: reports come early, and the simple way gets many states wrong.
    assert!(early > count / 5, "{early} of {count}");
    assert!(naively_wrong > count / 20, "{naively_wrong} of {count}");
}
