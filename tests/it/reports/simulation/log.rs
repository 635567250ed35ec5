//! A delivery log and the requests of two gateways, in order of time.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, UNIX_EPOCH};

use otpost::provider::Receipt;
use otpost::report::{DeliveryLog, ReportStatus};
use otpost::secret::SecretBytes;
use otpost::store::MemoryStore;
use otpost::testing::ManualClock;

use super::wire::{Forgery, Wire};
use super::{arriving, expected, forged};
use crate::dice::Dice;
use crate::scale::cases;

/// The messages that are simulated together.
const BATCH: u64 = 1_000;

enum Happening {
    /// A request arrives.
    Report { message: u64, status: ReportStatus, forgery: Option<Forgery> },
    /// The answer to the message arrives.
    Sent { message: u64 },
}

/// One batch: what happens, in order of time, and the state of each message in the end.
fn batch(dice: &mut Dice, first: u64) -> (Vec<(u64, Happening)>, Vec<Option<ReportStatus>>) {
    let (mut happenings, mut ends) = (Vec::new(), Vec::new());
    for message in first..first + BATCH {
        // Seconds from the start. The answer can take longer than the first reports.
        let sent = 60 + dice.below(100);
        happenings.push((sent, Happening::Sent { message }));
        let arrived = arriving(dice);
        for &status in &arrived {
            for _ in 0..=dice.below(3) {
                // Up to 59 s before the answer, and up to 15 minutes later.
                let at = sent - dice.below(60) + dice.below(2) * dice.below(900);
                happenings.push((at, Happening::Report { message, status, forgery: None }));
            }
        }
        if let Some((status, forgery)) = forged(dice) {
            let forgery = Some(forgery);
            happenings.push((dice.below(1_000), Happening::Report { message, status, forgery }));
        }
        ends.push(expected(&arrived));
    }
    // A stable sort: what happens in one second stays in this order.
    happenings.sort_by_key(|(at, _)| *at);
    (happenings, ends)
}

/// The logs of applications that make one mistake each. They need no time, so that they are right
/// wherever they do not make it.
#[derive(Default)]
struct NaiveLogs {
    /// The last report wins.
    last: HashMap<u64, ReportStatus>,
    /// Reports that come before the answer are dropped.
    late: HashMap<u64, ReportStatus>,
    sent: HashSet<u64>,
    /// Requests are not verified.
    trusting: HashMap<u64, ReportStatus>,
}

impl NaiveLogs {
    fn report(&mut self, message: u64, status: ReportStatus, is_accepted: bool) {
        let then = |states: &mut HashMap<u64, ReportStatus>| {
            let state = states.entry(message).or_insert(status);
            *state = state.then(status);
        };
        then(&mut self.trusting);
        if !is_accepted {
            return;
        }
        self.last.insert(message, status);
        if self.sent.contains(&message) {
            then(&mut self.late);
        }
    }

    /// Counts the wrong states.
    fn wrong(&self, message: u64, end: Option<ReportStatus>) -> [u64; 3] {
        [&self.last, &self.late, &self.trusting]
            .map(|states| u64::from(states.get(&message).copied() != end))
    }
}

#[tokio::test]
async fn no_message_ends_in_a_wrong_state() {
    let wires = [Wire::signed(), Wire::unsigned()];
    let count = cases("OTPOST_CASES", 10_000, 1_000_000);
    let clock = ManualClock::at(1_700_000_000);
    let mut dice = Dice::new(7);
    let (mut wrong, mut accepted_forgeries, mut early) = (0_u64, 0_u64, 0_u64);
    let mut naively_wrong = [0_u64; 3];
    for (start, wire) in
        (0..count).step_by(usize::try_from(BATCH).unwrap()).zip(wires.iter().cycle())
    {
        let store = MemoryStore::new().with_clock(clock.clone());
        let log = DeliveryLog::new(store, &SecretBytes::new([7; 32])).unwrap();
        let mut naive = NaiveLogs::default();
        let (happenings, ends) = batch(&mut dice, start);
        for (at, happening) in happenings {
            let seconds = 1_700_000_000 + start * 10 + at;
            clock.set(UNIX_EPOCH + Duration::from_secs(seconds));
            match happening {
                Happening::Sent { message } => {
                    let receipt = Receipt::new("acme").with_message_id(message.to_string());
                    let change = log.sent(&message.to_string(), &receipt).await.unwrap();
                    early += u64::from(change.is_some());
                    naive.sent.insert(message);
                }
                Happening::Report { message, status, forgery } => {
                    let reports = wire.send(&message.to_string(), status, forgery);
                    assert!(forgery.is_some() || reports.len() == 1, "{message}");
                    accepted_forgeries += u64::from(forgery.is_some() && !reports.is_empty());
                    naive.report(message, status, !reports.is_empty());
                    for report in &reports {
                        log.report(report).await.unwrap();
                    }
                }
            }
        }
        for (message, end) in (start..).zip(ends) {
            let state = log.state(&message.to_string()).await.unwrap().unwrap();
            wrong += u64::from(state.status() != end);
            let more = naive.wrong(message, end);
            naively_wrong.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    }
    assert_eq!((wrong, accepted_forgeries), (0, 0), "of {count}");
    // The simulation is hard enough: reports come early, and each mistake makes many states wrong.
    assert!(early > count / 5, "{early} of {count}");
    assert!(naively_wrong.iter().all(|wrong| *wrong > count / 20), "{naively_wrong:?} of {count}");
}
