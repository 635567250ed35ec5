//! S8: whether the time of an answer tells why there is nothing to guess. Four reasons, 100,000 identities of each, in random order, by the whole
//! of `verify` over the store in memory; Welch's t of each pair after the slowest tenth is cut. A null control of one reason against itself, and a
//! positive one against a live challenge, say what a difference looks like.
//!
//! ```sh
//! cargo bench --bench timing --features testing
//! ```

#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on has failed"
)]

use std::future::{Future, IntoFuture};
use std::hint::black_box;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use otpost::challenge::{Challenges, Guards, Pepper};
use otpost::provider::{Provider, Receipt, SendError};
use otpost::store::{ChallengeId, MemoryStore};
use otpost::testing::ManualClock;
use otpost::{Code, Message, PhoneNumber, async_trait};

/// Of a class, each of another identity: what one identity costs by its place is in none of the means.
const SAMPLES: usize = 100_000;
const CLASSES: [&str; 6] = ["unknown", "unknown again", "expired", "used", "revoked", "live"];

/// What is ready at once, as all of it is here.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("memory does not wait"),
    }
}

/// Keeps the last code.
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

fn random() -> ChallengeId {
    let mut bytes = [0; 24];
    otpost::otp::fill_random(&mut bytes).unwrap();
    let (tag, random) = bytes.split_at(8);
    ChallengeId::new(0, tag.try_into().unwrap(), random.try_into().unwrap())
}

/// Every identity of every class once, in an order that has nothing to do with either.
fn shuffled() -> Vec<(usize, usize)> {
    let mut all: Vec<_> =
        (0..CLASSES.len()).flat_map(|class| (0..SAMPLES).map(move |at| (class, at))).collect();
    let mut state = 4_226_u64;
    for last in (1..all.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        all.swap(last, usize::try_from(state >> 33).unwrap() % (last + 1));
    }
    all
}

fn main() {
    let clock = ManualClock::at(1_700_000_000);
    let phone = Phone::default();
    let challenges = Challenges::builder(Pepper::random().unwrap())
        .app("Acme")
        .provider(phone.clone())
        .store(MemoryStore::new().with_clock(clock.clone()))
        .any_region()
        .guards(Guards::none())
        .build()
        .unwrap();
    let issue = |class: usize, at: usize| -> ChallengeId {
        let to = PhoneNumber::parse(&format!("+4179{class}{at:06}")).unwrap();
        *ready(challenges.issue(&to, "login").into_future()).unwrap().id()
    };
    let all = |class: usize| (0..SAMPLES).map(|at| issue(class, at)).collect::<Vec<_>>();
    let expired = all(2);
    clock.advance(Duration::from_secs(200));
    let used = (0..SAMPLES)
        .map(|at| {
            let id = issue(3, at);
            let code = phone.0.lock().unwrap().take().unwrap();
            let verdict = ready(challenges.verify(&id, "login", code.expose()).into_future());
            assert!(verdict.unwrap().is_accepted());
            id
        })
        .collect();
    let (revoked, live) = (all(4), all(5));
    for id in &revoked {
        assert!(ready(challenges.revoke(id, "login")).unwrap());
    }
    // Those of the first class have ended, and nothing comes that would have them removed.
    clock.advance(Duration::from_secs(101));
    let unknown = || (0..SAMPLES).map(|_| random()).collect();
    let ids: [Vec<ChallengeId>; 6] = [unknown(), unknown(), expired, used, revoked, live];

    let mut samples: [Vec<f64>; 6] = Default::default();
    for (class, at) in shuffled() {
        // One place for all of them, warm before the clock starts.
        let id = black_box(ids[class][at]);
        let began = Instant::now();
        let verdict = ready(challenges.verify(&id, "login", "654321").into_future());
        let took = began.elapsed();
        assert!(verdict.is_ok());
        samples[class].push(took.as_nanos() as f64);
    }
    let cut: Vec<(f64, f64, f64)> = samples
        .iter_mut()
        .map(|times| {
            times.sort_unstable_by(f64::total_cmp);
            let kept = &times[..times.len() * 9 / 10];
            let mean = kept.iter().sum::<f64>() / kept.len() as f64;
            let variance = kept.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / kept.len() as f64;
            (mean, variance, kept.len() as f64)
        })
        .collect();
    for (class, (mean, variance, _)) in CLASSES.iter().zip(&cut) {
        println!("{class:>14}: {mean:8.1} ns, deviation {:6.1}", variance.sqrt());
    }
    for one in 0..CLASSES.len() {
        for other in one + 1..CLASSES.len() {
            let ((a, va, na), (b, vb, nb)) = (cut[one], cut[other]);
            let t = (a - b) / (va / na + vb / nb).sqrt();
            println!("t = {t:8.2}  {} against {}", CLASSES[one], CLASSES[other]);
        }
    }
}
