//! Attacks on the rate limits, through the public API. Most of them run in virtual time over the
//! store in memory: thirty days pass within a second.

mod crashes;
mod month;
mod outage;
mod page;
mod pausing;
mod pumping;
mod rows;
mod stores;

use std::collections::{BinaryHeap, HashMap, HashSet};
use std::future::IntoFuture;
use std::net::{IpAddr, Ipv6Addr};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, UNIX_EPOCH};

use otpost::challenge::{
    Challenge, ChallengeError, ChallengeErrorKind, Challenges, ChallengesBuilder, Client,
    DeviceToken, Limits, Pepper, Purpose, Verdict,
};
use otpost::provider::{Fate, Provider, Receipt, SendError, SendErrorKind};
use otpost::store::MemoryStore;
use otpost::testing::ManualClock;
use otpost::{Message, PhoneNumber, async_trait};

use crate::dice::Dice;

const LOGIN: Purpose<'static> = Purpose::new("login");

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// The virtual time at which each test begins.
const START: u64 = 1_700_000_000 * SECOND;

/// The full sizes with `OTPOST_WHOLE=1`, and smaller ones otherwise.
fn is_whole() -> bool {
    crate::scale::cases("OTPOST_LIMITS", 0, 1) == 1
}

/// Polls a future that never waits, such as one over the store in memory. It is much faster than a
/// runtime.
pub(crate) fn now<F: IntoFuture>(future: F) -> F::Output {
    let mut future = pin!(future.into_future());
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

/// The Swiss mobile number of a person. Persons of one series have different numbers in as many
/// ranges as possible.
fn mobile(series: u64, person: u64) -> PhoneNumber {
    // The factor has no divisor in common with ten, so no number occurs twice.
    number(&format!("+417{series}{:07}", (person * 4_729_431 + 1_234_567) % 10_000_000))
}

/// The client with this number. Each of them has its own network.
fn client(number: u64) -> Client {
    let parts = [number >> 32, number >> 16, number].map(|part| (part & 0xffff) as u16);
    let [a, b, c] = parts;
    Client::from(IpAddr::V6(Ipv6Addr::new(0x2001, a, b, c, 0, 0, 0, 1)))
}

/// A number in [0, 1).
fn unit(dice: &mut Dice) -> f64 {
    dice.below(1 << 53) as f64 / (1_u64 << 53) as f64
}

/// The milliseconds until the next of so many events per hour, which occur at random.
fn gap(dice: &mut Dice, per_hour: u64) -> u64 {
    (-(1.0 - unit(dice)).ln() * HOUR as f64 / per_hour as f64) as u64
}

/// The milliseconds until a person has typed a code: lognormal, with a median of 20 s.
fn typing(dice: &mut Dice) -> u64 {
    let (a, b) = (1.0 - unit(dice), unit(dice));
    let normal = (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos();
    (20_000.0 * (0.6 * normal).exp()) as u64
}

/// The phones of all numbers, and the gateway to them.
#[derive(Clone, Debug)]
struct Phones {
    clock: ManualClock,
    inbox: Arc<Mutex<Inbox>>,
}

#[derive(Debug, Default)]
struct Inbox {
    is_down: bool,
    sent: u64,
    ids: HashSet<String>,
    times: HashMap<String, Vec<u64>>,
    codes: HashMap<String, String>,
}

impl Phones {
    fn new(clock: ManualClock) -> Self {
        Self { clock, inbox: Arc::default() }
    }

    /// The number of messages that were sent.
    fn sent(&self) -> u64 {
        self.inbox.lock().unwrap().sent
    }

    /// The number of different messages that were sent. After a crash, a worker sends one again.
    fn messages(&self) -> u64 {
        self.inbox.lock().unwrap().ids.len() as u64
    }

    /// The messages that a number has received.
    fn received(&self, to: &PhoneNumber) -> usize {
        self.inbox.lock().unwrap().times.get(to.e164()).map_or(0, Vec::len)
    }

    /// The code of the last message to a number.
    fn code(&self, to: &PhoneNumber) -> String {
        self.last_code(to).unwrap()
    }

    fn last_code(&self, to: &PhoneNumber) -> Option<String> {
        self.inbox.lock().unwrap().codes.get(to.e164()).cloned()
    }

    fn fail(&self, is_down: bool) {
        self.inbox.lock().unwrap().is_down = is_down;
    }

    /// The most messages that one number has received in any 24 hours.
    fn most_in_a_day(&self) -> usize {
        let inbox = self.inbox.lock().unwrap();
        let most = |times: &Vec<u64>| {
            let until = |from: u64| times.iter().filter(move |at| (from..from + DAY).contains(at));
            times.iter().map(|from| until(*from).count()).max()
        };
        inbox.times.values().filter_map(most).max().unwrap_or_default()
    }
}

#[async_trait]
impl Provider for Phones {
    fn name(&self) -> &str {
        "phones"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let mut inbox = self.inbox.lock().unwrap();
        if inbox.is_down {
            let error = SendError::new(SendErrorKind::Transport, Fate::NotSent);
            return Err(error.with_retry_after(Duration::from_secs(30)));
        }
        let (to, code) = (message.to().e164().to_owned(), message.code().unwrap().expose());
        inbox.sent += 1;
        inbox.ids.insert(message.id().as_str().to_owned());
        inbox.codes.insert(to.clone(), code.to_owned());
        inbox.times.entry(to).or_default().push(millis(&self.clock));
        Ok(Receipt::new("phones"))
    }
}

fn millis(clock: &ManualClock) -> u64 {
    use otpost::Clock;
    let since = clock.now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap() - START
}

/// The application's knowledge about a requester.
#[derive(Clone, Copy, Debug)]
enum By<'a> {
    Stranger,
    Human,
    Device(&'a DeviceToken),
}

/// An application with its users and attackers.
struct City {
    clock: ManualClock,
    phones: Phones,
    store: MemoryStore,
    challenges: Challenges,
}

impl City {
    fn new(limits: Limits) -> Self {
        Self::with(MemoryStore::new(), |builder, store, _| builder.store(store).limits(limits))
    }

    fn with(
        store: MemoryStore,
        with: impl FnOnce(ChallengesBuilder, MemoryStore, Phones) -> ChallengesBuilder,
    ) -> Self {
        let clock = ManualClock::at(START / SECOND);
        let (phones, store) = (Phones::new(clock.clone()), store.with_clock(clock.clone()));
        let builder = application(phones.clone()).clock(clock.clone());
        let challenges = with(builder, store.clone(), phones.clone()).build().unwrap();
        Self { clock, phones, store, challenges }
    }

    /// The milliseconds since the beginning.
    fn time(&self) -> u64 {
        millis(&self.clock)
    }

    fn set(&self, time: u64) {
        self.clock.set(UNIX_EPOCH + Duration::from_millis(START + time));
    }

    fn pass(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }

    fn ask(&self, to: &PhoneNumber, client: u64, by: By<'_>) -> Result<Challenge, ChallengeError> {
        let issue = self.challenges.issue(to, LOGIN, self::client(client));
        now(match by {
            By::Stranger => issue,
            By::Human => issue.human(),
            By::Device(token) => issue.device(token),
        })
    }

    /// Enters the code that a number received, and returns the token of the device.
    fn enter(&self, challenge: &Challenge, to: &PhoneNumber) -> DeviceToken {
        let code = self.phones.code(to);
        match now(self.challenges.verify(challenge.token(), LOGIN, &code)).unwrap() {
            Verdict::Accepted(accepted) => accepted.device_token().unwrap().clone(),
            verdict => panic!("{verdict:?}"),
        }
    }
}

/// The builder of an application with a provider and with fixed keys, which runs without a timer.
fn application(provider: impl Provider) -> ChallengesBuilder {
    Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
        .app("Acme")
        .provider(provider)
        .any_region()
        .store_timeout(None)
}

fn is_contested(error: &ChallengeError) -> bool {
    error.kind() == ChallengeErrorKind::Contested
}

/// Returns the milliseconds after which a refused request may be repeated.
fn wait(error: &ChallengeError) -> u64 {
    let Some(wait) = error.retry_after() else { panic!("{error:?}") };
    u64::try_from(wait.as_millis()).unwrap()
}

/// The next events, in the order of time.
struct Agenda<T> {
    heap: BinaryHeap<Entry>,
    what: Vec<Option<T>>,
}

/// The negated time, and the negated place in the list, so that the earliest is the greatest.
type Entry = (std::cmp::Reverse<u64>, std::cmp::Reverse<usize>);

impl<T> Agenda<T> {
    fn new() -> Self {
        Self { heap: BinaryHeap::new(), what: Vec::new() }
    }

    fn at(&mut self, time: u64, what: T) {
        self.heap.push((std::cmp::Reverse(time), std::cmp::Reverse(self.what.len())));
        self.what.push(Some(what));
    }

    fn next(&mut self) -> Option<(u64, T)> {
        let (time, place) = self.heap.pop()?;
        Some((time.0, self.what[place.0].take().unwrap()))
    }
}
