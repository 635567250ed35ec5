//! The challenge flow, over the store in memory.

mod assurance;
mod confirmed;
mod decoys;
mod flow;
mod hidden;
mod known;
mod late_claims;
mod limits;
mod outbox;
mod policy;
mod recipients;
mod region_warnings;
mod settling;
mod statuses;
mod test_numbers;
mod timeouts;
mod unsent;
mod unusual;
mod values;
mod verdicts;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use otpost::challenge::{
    Challenge, ChallengeError, Challenges, ChallengesBuilder, Client, Event, Limits, Pepper,
    Purpose,
};
use otpost::store::MemoryStore;
use otpost::testing::{ManualClock, RecordingProvider};
use otpost::{Code, PhoneNumber};

pub(crate) const LOGIN: Purpose<'static> = Purpose::new("login");
pub(crate) const PAYMENT: Purpose<'static> = Purpose::new("payment");
pub(crate) const RESET: Purpose<'static> = Purpose::new("reset");

/// All that one application has.
struct World {
    clock: ManualClock,
    phone: RecordingProvider,
    challenges: Challenges,
    events: Arc<Mutex<Vec<String>>>,
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

fn swiss() -> PhoneNumber {
    number("+41791234567")
}

fn world(with: impl FnOnce(ChallengesBuilder) -> ChallengesBuilder) -> World {
    let (clock, phone) = (ManualClock::at(1_700_000_000), RecordingProvider::new());
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = events.clone();
    let builder = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
        .app("Acme")
        .provider(phone.clone())
        .store(MemoryStore::new().with_clock(clock.clone()))
        .regions(["CH", "DE"])
        .limits(Limits::none())
        .clock(clock.clone())
        .observer(move |event: &Event<'_>| heard.lock().unwrap().push(format!("{event:?}")));
    World { clock, phone, challenges: with(builder).build().unwrap(), events }
}

impl World {
    async fn issue(&self) -> Result<Challenge, ChallengeError> {
        self.challenges.issue(&swiss(), LOGIN, Client::Internal).await
    }

    /// What the phone shows.
    fn code(&self) -> String {
        self.phone.messages().last().unwrap().code().unwrap().expose().to_owned()
    }

    fn heard(&self, word: &str) -> usize {
        self.events.lock().unwrap().iter().filter(|event| event.contains(word)).count()
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// Another code with as many digits.
fn wrong(code: &str) -> String {
    let last = code.chars().last().unwrap();
    let other = if last == '9' { '0' } else { '9' };
    let text = format!("{}{other}", &code[..code.len() - 1]);
    Code::parse(&text).unwrap().expose().to_owned()
}
