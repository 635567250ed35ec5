//! Tests if the response time of `issue`, `verify` and `resend` reveals a decoy.
//!
//! There are 100,000 challenges for numbers that have verified before and 100,000 decoys, in random
//! order, over the memory store, with and without an outbox. Two classes of known numbers are the
//! control. The result is Welch's t, after the slowest tenth is cut.
//!
//! ```sh
//! cargo bench -p otpost-benches --bench decoys
//! ```

#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark that hits an error has failed"
)]

use std::future::{Future, IntoFuture};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use otpost::challenge::{ChallengeErrorKind, Challenges, Client, Pepper, Purpose};
use otpost::provider::{Provider, Receipt, SendError};
use otpost::store::MemoryStore;
use otpost::testing::ManualClock;
use otpost::{Message, PhoneNumber, async_trait};

const LOGIN: Purpose = Purpose::new("login");
const SAMPLES: usize = 100_000;
const CLASSES: [&str; 3] = ["known", "known again", "decoy"];
const CALLS: [&str; 3] = ["issue", "verify", "resend"];

/// Polls a future that is ready at once. With the memory store, all futures are.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("memory does not wait"),
    }
}

/// A provider that accepts each message at once.
#[derive(Debug)]
struct Instantly;

#[async_trait]
impl Provider for Instantly {
    fn name(&self) -> &str {
        "instantly"
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        Ok(Receipt::new("instantly"))
    }
}

/// Returns every number of every class once, in a pseudo-random order.
fn shuffled() -> Vec<(usize, usize)> {
    let mut all: Vec<_> =
        (0..SAMPLES).flat_map(|at| (0..CLASSES.len()).map(move |class| (class, at))).collect();
    let mut state = 4_226_u64;
    for last in (1..all.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        all.swap(last, usize::try_from(state >> 33).unwrap() % (last + 1));
    }
    all
}

fn measure(has_outbox: bool) {
    let clock = ManualClock::at(1_700_000_000);
    let store = MemoryStore::new().with_clock(clock.clone());
    let builder = Challenges::builder(Pepper::random().unwrap())
        .app("Acme")
        .provider(Instantly)
        .any_region()
        .clock(clock.clone());
    let builder = if has_outbox { builder.outbox(store) } else { builder.store(store) };
    let challenges = builder.build().unwrap();
    // The digits of a number change the time a little, so the classes have the same kinds of digits.
    let number = |class: usize, at: usize| {
        let digits = at * CLASSES.len() + class;
        PhoneNumber::parse(&format!("+4179{digits:07}")).unwrap()
    };
    // In turn, because a map finds what was added first a little sooner.
    let known = (0..SAMPLES).flat_map(|at| [number(0, at), number(1, at)]).collect::<Vec<_>>();
    ready(challenges.mark_verified(&known)).unwrap();
    let mut samples: [[Vec<f64>; 3]; 3] = Default::default();
    let mut tokens = Vec::with_capacity(3 * SAMPLES);
    for (class, at) in shuffled() {
        let to = black_box(number(class, at));
        let began = Instant::now();
        let issue = challenges.issue(&to, LOGIN, Client::Internal).decoy(black_box(class == 2));
        let issued = ready(issue.into_future());
        let took = began.elapsed();
        samples[0][class].push(took.as_nanos() as f64);
        tokens.push((class, issued.unwrap().token().clone()));
    }
    for (class, token) in &tokens {
        let token = black_box(token.clone());
        let began = Instant::now();
        let verdict = ready(challenges.verify(&token, LOGIN, "654321").into_future());
        let took = began.elapsed();
        assert!(verdict.is_ok());
        samples[1][*class].push(took.as_nanos() as f64);
    }
    clock.advance(Duration::from_secs(31));
    for (class, token) in &tokens {
        let token = black_box(token.clone());
        let began = Instant::now();
        let resent = ready(challenges.resend(&token, LOGIN, Client::Internal).into_future());
        let took = began.elapsed();
        // One guess in a million is right, and its challenge cannot be sent again.
        let kind = resent.err().map(|error| error.kind());
        assert!(kind.is_none_or(|kind| kind == ChallengeErrorKind::Gone), "{kind:?}");
        samples[2][*class].push(took.as_nanos() as f64);
    }
    println!("{}", if has_outbox { "with an outbox" } else { "without an outbox" });
    for (call, samples) in CALLS.iter().zip(&mut samples) {
        let cut: Vec<(f64, f64, f64)> = samples.iter_mut().map(|times| cut(times)).collect();
        for (class, (mean, variance, _)) in CLASSES.iter().zip(&cut) {
            println!("{call:>8} {class:>12}: {mean:8.1} ns, deviation {:6.1}", variance.sqrt());
        }
        for other in [1, 2] {
            let ((a, va, na), (b, vb, nb)) = (cut[0], cut[other]);
            let t = (a - b) / (va / na + vb / nb).sqrt();
            println!("t = {t:8.2}  {call}: {} against {}", CLASSES[0], CLASSES[other]);
        }
    }
}

/// Returns mean, variance and number of the samples without the slowest tenth.
fn cut(times: &mut [f64]) -> (f64, f64, f64) {
    times.sort_unstable_by(f64::total_cmp);
    let kept = &times[..times.len() * 9 / 10];
    let mean = kept.iter().sum::<f64>() / kept.len() as f64;
    let variance = kept.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / kept.len() as f64;
    (mean, variance, kept.len() as f64)
}

fn main() {
    measure(false);
    measure(true);
}
