//! Tests if the response time of `verify` reveals why a challenge is gone: unknown, expired, used
//! or revoked.
//!
//! There are 100,000 challenges of each class, verified in random order over the memory store. The
//! result is Welch's t of each pair of classes, after the slowest tenth is cut. Two controls show
//! what the numbers mean: one class against itself (no difference) and against a live challenge (a
//! difference).
//!
//! ```sh
//! cargo bench -p otpost-benches --bench timing
//! ```

#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark that hits an error has failed"
)]

#[path = "response_times/mod.rs"]
mod response_times;

use std::future::IntoFuture;
use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use otpost::challenge::{ChallengeToken, Challenges, Client, Limits, Pepper, Purpose};
use otpost::provider::{Provider, Receipt, SendError};
use otpost::store::MemoryStore;
use otpost::testing::ManualClock;
use otpost::{Code, Message, PhoneNumber, async_trait};
use response_times::{CutSample, ready, shuffled};

const LOGIN: Purpose = Purpose::new("login");
/// Samples per class. Each one uses another challenge, so that the position of a single challenge
/// in memory does not affect the mean.
const SAMPLES: usize = 100_000;
const CLASSES: [&str; 6] = ["unknown", "unknown again", "expired", "used", "revoked", "live"];

/// A provider that stores the last code.
#[derive(Clone, Debug, Default)]
struct Phone(Arc<Mutex<Option<Code>>>);

#[async_trait]
impl Provider for Phone {
    fn name(&self) -> &str {
        "phone"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        *self.0.lock().unwrap() = message.code().cloned();
        Ok(Receipt::new("phone"))
    }
}

fn main() {
    let clock = ManualClock::at(1_700_000_000);
    let phone = Phone::default();
    let pepper = Pepper::random().unwrap();
    let over = |store: MemoryStore| {
        Challenges::builder(pepper.clone())
            .app("Acme")
            .provider(phone.clone())
            .store(store.with_clock(clock.clone()))
            .any_region()
            .limits(Limits::none())
            .build()
            .unwrap()
    };
    let challenges = over(MemoryStore::new());
    let issue_by = |challenges: &Challenges, class: usize, at: usize| -> ChallengeToken {
        let to = PhoneNumber::parse(&format!("+4179{class}{at:06}")).unwrap();
        let issued = ready(challenges.issue(&to, LOGIN, Client::Internal).into_future());
        issued.unwrap().token().clone()
    };
    let issue = |class: usize, at: usize| issue_by(&challenges, class, at);
    let all = |class: usize| (0..SAMPLES).map(|at| issue(class, at)).collect::<Vec<_>>();
    let expired = all(2);
    clock.advance(Duration::from_secs(200));
    let used = (0..SAMPLES)
        .map(|at| {
            let token = issue(3, at);
            let code = phone.0.lock().unwrap().take().unwrap();
            let verdict = ready(challenges.verify(&token, LOGIN, code.expose()).into_future());
            assert!(verdict.unwrap().is_accepted());
            token
        })
        .collect();
    let (revoked, live) = (all(4), all(5));
    for token in &revoked {
        assert!(ready(challenges.revoke(token, LOGIN)).unwrap());
    }
    // The first challenges have expired. No new ones are opened, which would remove them.
    clock.advance(Duration::from_secs(101));
    // Challenges of the same application that this store does not contain.
    let unknown = |class: usize| {
        let elsewhere = over(MemoryStore::new());
        (0..SAMPLES).map(|at| issue_by(&elsewhere, class, at)).collect()
    };
    let tokens: [Vec<ChallengeToken>; 6] = [unknown(0), unknown(1), expired, used, revoked, live];

    let mut samples: [Vec<f64>; 6] = Default::default();
    for (class, at) in shuffled(CLASSES.len(), SAMPLES) {
        // Copy the token to the same place each time, so that it is in the cache before the clock
        // starts.
        let token = black_box(tokens[class][at].clone());
        let began = Instant::now();
        let verdict = ready(challenges.verify(&token, LOGIN, "654321").into_future());
        let took = began.elapsed();
        assert!(verdict.is_ok());
        samples[class].push(took.as_nanos() as f64);
    }
    let cut: Vec<_> = samples.iter_mut().map(|times| CutSample::of(times)).collect();
    for (class, sample) in CLASSES.iter().zip(&cut) {
        println!("{class:>14}: {}", sample.shown());
    }
    for one in 0..CLASSES.len() {
        for other in one + 1..CLASSES.len() {
            let t = cut[one].t(&cut[other]);
            println!("t = {t:8.2}  {} against {}", CLASSES[one], CLASSES[other]);
        }
    }
}
