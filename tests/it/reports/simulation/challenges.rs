//! Challenges whose gateway sends reports while it is still answering.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use otpost::challenge::{Challenges, Client, Limits, Pepper, Purpose};
use otpost::provider::{Provider, Receipt, SendError};
use otpost::report::ReportStatus;
use otpost::store::MemoryStore;
use otpost::testing::ManualClock;
use otpost::{Message, PhoneNumber, async_trait};

use super::wire::{Forgery, Wire};
use super::{arriving, expected, forged};
use crate::dice::Dice;
use crate::scale::cases;

/// The messages that are simulated together.
const BATCH: u64 = 50;

const LOGIN: Purpose<'static> = Purpose::new("login");

type Arrival = (ReportStatus, Option<Forgery>);

/// The world between the gateway and the application.
struct Reporting {
    wire: Wire,
    challenges: Mutex<Option<Challenges>>,
    /// The requests that arrive before the answer to the next message.
    early: Mutex<Vec<Arrival>>,
    /// The id of the last message.
    sent: Mutex<String>,
}

impl Reporting {
    /// Passes a request on to the challenges. Returns how many forged reports were accepted.
    async fn arrive(&self, message: &str, (status, forgery): Arrival) -> u64 {
        let challenges = self.challenges.lock().unwrap().clone().unwrap();
        let reports = self.wire.send(message, status, forgery);
        assert!(forgery.is_some() || reports.len() == 1, "{message}");
        for report in &reports {
            challenges.on_report(report).await.unwrap();
        }
        u64::from(forgery.is_some() && !reports.is_empty())
    }
}

/// A gateway whose reports can be faster than its answer.
struct FastGateway(Arc<Reporting>);

impl std::fmt::Debug for FastGateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FastGateway")
    }
}

#[async_trait]
impl Provider for FastGateway {
    fn name(&self) -> &str {
        "acme"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let id = message.id().as_str();
        let early = std::mem::take(&mut *self.0.early.lock().unwrap());
        let mut accepted = 0;
        for arrival in early {
            accepted += self.0.arrive(id, arrival).await;
        }
        assert_eq!(accepted, 0, "forged reports");
        id.clone_into(&mut self.0.sent.lock().unwrap());
        // The gateway has an id of its own, which its reports do not contain.
        Ok(Receipt::new("acme").with_message_id(format!("gateway-{id}")))
    }
}

/// The requests about one message before and after the answer, and its state in the end.
fn script(dice: &mut Dice) -> ([Vec<Arrival>; 2], Option<ReportStatus>) {
    let arrived = arriving(dice);
    let mut requests = [Vec::new(), Vec::new()];
    for &status in &arrived {
        for _ in 0..=dice.below(3) {
            requests[usize::from(dice.below(2) == 0)].push((status, None));
        }
    }
    if let Some((status, forgery)) = forged(dice) {
        let place = usize::from(dice.below(2) == 0);
        requests[place].insert(0, (status, Some(forgery)));
    }
    (requests, expected(&arrived))
}

/// Shuffles by Fisher and Yates.
fn shuffle<T>(dice: &mut Dice, items: &mut [T]) {
    for at in (1..items.len()).rev() {
        items.swap(at, usize::try_from(dice.below(at as u64 + 1)).unwrap());
    }
}

fn challenges(provider: FastGateway, clock: &ManualClock) -> Challenges {
    let store = MemoryStore::new().with_clock(clock.clone());
    Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
        .app("Acme")
        .provider(provider)
        .store(store.clone())
        .clock(clock.clone())
        .regions(["CH"])
        .limits(Limits::none())
        .delivery_log(store)
        .build()
        .unwrap()
}

#[tokio::test]
async fn no_challenge_ends_in_a_wrong_delivery_state() {
    let clock = ManualClock::at(1_700_000_000);
    let count = cases("OTPOST_CASES", 10_000, 1_000_000) / 100;
    let reporting = Arc::new(Reporting {
        wire: Wire::signed(),
        challenges: Mutex::new(None),
        early: Mutex::default(),
        sent: Mutex::default(),
    });
    let challenges = challenges(FastGateway(Arc::clone(&reporting)), &clock);
    *reporting.challenges.lock().unwrap() = Some(challenges.clone());
    let mut dice = Dice::new(11);
    let (mut wrong, mut naively_wrong, mut accepted) = (0_u64, 0_u64, 0_u64);
    for start in (0..count).step_by(usize::try_from(BATCH).unwrap()) {
        let (mut late, mut ends) = (Vec::new(), Vec::new());
        for message in start..start + BATCH {
            let ([early, later], end) = script(&mut dice);
            *reporting.early.lock().unwrap() = early;
            let to = PhoneNumber::parse(&format!("+4179{message:07}")).unwrap();
            let challenge = challenges.issue(&to, LOGIN, Client::Internal).await.unwrap();
            let id = reporting.sent.lock().unwrap().clone();
            late.extend(later.into_iter().map(|arrival| (id.clone(), arrival)));
            ends.push((id, *challenge.id(), end));
        }
        shuffle(&mut dice, &mut late);
        let mut last: HashMap<String, ReportStatus> = HashMap::new();
        for (id, arrival) in late {
            clock.advance(Duration::from_secs(dice.below(3)));
            accepted += reporting.arrive(&id, arrival).await;
            last.insert(id, arrival.0);
        }
        for (message, id, end) in ends {
            let state = challenges.delivery_state(&id).await.unwrap().unwrap();
            wrong += u64::from(state.status() != end);
            // Early reports are dropped, nothing is verified, and the last report wins.
            naively_wrong += u64::from(last.get(&message).copied() != end);
        }
        clock.advance(Duration::from_secs(600));
    }
    reporting.challenges.lock().unwrap().take();
    assert_eq!((wrong, accepted), (0, 0), "of {count}");
    assert!(naively_wrong > count / 4, "{naively_wrong} of {count}");
}
