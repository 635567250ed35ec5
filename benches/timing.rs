//! S8: whether the time of an answer tells why there is nothing to guess. Four reasons, in random order, by the whole of `verify` over the store in
//! memory; Welch's t of each pair after the slowest tenth is cut. A null control of one reason against itself, and a positive one against a live
//! challenge, say what a difference looks like.
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
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use otpost::PhoneNumber;
use otpost::challenge::{Challenges, Guards, Pepper, Policy};
use otpost::provider::NullProvider;
use otpost::store::{ChallengeId, MemoryStore};
use otpost::testing::ManualClock;

const SAMPLES: usize = 100_000;
const IDS: usize = 256;
const CLASSES: [&str; 6] = ["unknown", "unknown again", "expired", "used", "revoked", "live"];

/// What is ready at once, as all of it is here.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("memory does not wait"),
    }
}

fn main() {
    let clock = ManualClock::at(1_700_000_000);
    let policy = Policy::sms()
        .with_cooldown(Duration::ZERO)
        .with_attempts(50)
        .with_lock(60_000, Duration::ZERO);
    let code = otpost::Code::parse("123456").unwrap();
    let mut builder = Challenges::builder(Pepper::random().unwrap())
        .app("Acme")
        .provider(NullProvider)
        .store(MemoryStore::new().with_clock(clock.clone()))
        .any_region()
        .guards(Guards::none())
        .policy(policy);
    let number =
        |class: usize, at: usize| PhoneNumber::parse(&format!("+4179{class}{at:06}")).unwrap();
    // Numbers whose code is known, to have something to use up.
    for at in 0..IDS {
        builder = builder.test_number(number(3, at), code.clone());
    }
    let challenges = builder.build().unwrap();
    let issue = |class: usize| -> Vec<ChallengeId> {
        (0..IDS)
            .map(|at| {
                *ready(challenges.issue(&number(class, at), "login").into_future()).unwrap().id()
            })
            .collect()
    };
    let random = || {
        let mut bytes = [0; 24];
        otpost::otp::fill_random(&mut bytes).unwrap();
        let (tag, random) = bytes.split_at(8);
        ChallengeId::new(0, tag.try_into().unwrap(), random.try_into().unwrap())
    };
    let expired = issue(2);
    clock.advance(Duration::from_secs(301));
    let used = issue(3);
    for id in &used {
        assert!(
            ready(challenges.verify(id, "login", "123456").into_future()).unwrap().is_accepted()
        );
    }
    let revoked = issue(4);
    for id in &revoked {
        assert!(ready(challenges.revoke(id, "login")).unwrap());
    }
    let live = issue(5);
    let unknown = || (0..IDS).map(|_| random()).collect();
    let ids: [Vec<ChallengeId>; 6] = [unknown(), unknown(), expired, used, revoked, live];

    let mut samples: [Vec<f64>; 6] = Default::default();
    let mut state = 4_226_u64;
    for _ in 0..SAMPLES * CLASSES.len() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let drawn = usize::try_from(state >> 33).unwrap();
        let (class, at) = (drawn % CLASSES.len(), drawn / CLASSES.len() % IDS);
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
