//! Tests if the response time of `issue`, `verify` and `resend` reveals a decoy.
//!
//! There are 100,000 challenges for numbers that have verified before and 100,000 decoys, in random
//! order, over the memory store, with and without an outbox. The result is Welch's t, after the
//! slowest tenth is cut.
//!
//! A second class of known numbers and a second class of decoys are the controls. So half of the
//! calls are decoys: a processor predicts the branches and calls of the rarer kind worse, whatever
//! the code does.
//!
//! With `instructions`, valgrind counts the instructions and the misses of the first data cache of
//! 1,000 calls of each kind instead. Other processes do not disturb that.
//!
//! ```sh
//! cargo bench -p otpost-benches --bench decoys
//! cargo bench -p otpost-benches --bench decoys -- instructions
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
use std::process::Command;
use std::time::{Duration, Instant};

use otpost::challenge::{ChallengeErrorKind, Challenges, Client, Pepper, Purpose};
use otpost::provider::{Provider, Receipt, SendError};
use otpost::store::MemoryStore;
use otpost::testing::ManualClock;
use otpost::{Message, PhoneNumber, async_trait};
use response_times::{CutSample, ready, shuffled};

const LOGIN: Purpose = Purpose::new("login");
/// The samples per class.
const SAMPLES: usize = 100_000;
/// The calls per class whose instructions are counted.
const COUNTED: usize = 1_000;
const CLASSES: [&str; 4] = ["known", "known again", "decoy", "decoy again"];
const CALLS: [&str; 3] = ["issue", "verify", "resend"];

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

/// Runs a call, and returns its output and its time in nanoseconds.
fn timed<T>(call: impl FnOnce() -> T) -> (T, f64) {
    let began = Instant::now();
    let output = call();
    (output, began.elapsed().as_nanos() as f64)
}

/// Runs a call. Valgrind counts what happens in this function only.
#[inline(never)]
fn counted<T>(call: impl FnOnce() -> T) -> (T, f64) {
    (black_box(call()), 0.0)
}

/// The kind of a call: the call, the class of its number, and `true` for a store with an outbox.
type Kind = (usize, usize, bool);

/// Makes all calls, and returns the times of each call and class. With `only`, it counts the calls
/// of this kind and measures none.
fn run(has_outbox: bool, samples: usize, only: Option<Kind>) -> [[Vec<f64>; 4]; 3] {
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
    let known = (0..samples).flat_map(|at| [number(0, at), number(1, at)]).collect::<Vec<_>>();
    ready(challenges.mark_verified(&known)).unwrap();
    let mut times: [[Vec<f64>; 4]; 3] = Default::default();
    let mut tokens = Vec::with_capacity(CLASSES.len() * samples);
    for (class, at) in shuffled(CLASSES.len(), samples) {
        let to = black_box(number(class, at));
        let call = || {
            let issue = challenges.issue(&to, LOGIN, Client::Internal);
            ready(issue.decoy(black_box(class >= 2)).into_future())
        };
        let (issued, took) =
            if only == Some((0, class, has_outbox)) { counted(call) } else { timed(call) };
        times[0][class].push(took);
        tokens.push((class, issued.unwrap().token().clone()));
    }
    for (class, token) in &tokens {
        let token = black_box(token.clone());
        let call = || ready(challenges.verify(&token, LOGIN, "654321").into_future());
        let (verdict, took) =
            if only == Some((1, *class, has_outbox)) { counted(call) } else { timed(call) };
        assert!(verdict.is_ok());
        times[1][*class].push(took);
    }
    clock.advance(Duration::from_secs(31));
    for (class, token) in &tokens {
        let token = black_box(token.clone());
        let call = || ready(challenges.resend(&token, LOGIN, Client::Internal).into_future());
        let (resent, took) =
            if only == Some((2, *class, has_outbox)) { counted(call) } else { timed(call) };
        // One guess in a million is right, and its challenge cannot be sent again.
        let kind = resent.err().map(|error| error.kind());
        assert!(kind.is_none_or(|kind| kind == ChallengeErrorKind::Gone), "{kind:?}");
        times[2][*class].push(took);
    }
    times
}

fn measure(has_outbox: bool) {
    println!("{}", outbox(has_outbox));
    for (call, mut times) in CALLS.iter().zip(run(has_outbox, SAMPLES, None)) {
        let cut: Vec<_> = times.iter_mut().map(|times| CutSample::of(times)).collect();
        for (class, sample) in CLASSES.iter().zip(&cut) {
            println!("{call:>8} {class:>12}: {}", sample.shown());
        }
        for (one, other) in [(0, 1), (2, 3), (0, 2)] {
            let t = cut[one].t(&cut[other]);
            println!("t = {t:8.2}  {call}: {} against {}", CLASSES[one], CLASSES[other]);
        }
    }
}

const fn outbox(has_outbox: bool) -> &'static str {
    if has_outbox { "with an outbox" } else { "without an outbox" }
}

/// Counts the instructions of each kind of call, in processes of their own under valgrind.
fn count() {
    for has_outbox in [false, true] {
        println!("{}", outbox(has_outbox));
        for (call, name) in CALLS.iter().enumerate() {
            for (class, of) in CLASSES.iter().enumerate() {
                let (instructions, misses) = under_valgrind((call, class, has_outbox));
                println!(
                    "{name:>8} {of:>12}: {instructions:9.1} instructions, {misses:6.2} misses"
                );
            }
        }
    }
}

/// Returns the mean instructions and cache misses of a kind of call.
fn under_valgrind((call, class, has_outbox): Kind) -> (f64, f64) {
    let program = std::env::current_exe().unwrap();
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--cache-sim=yes", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=*decoys*counted*")
        .arg(program)
        .args(["only", &call.to_string(), &class.to_string(), &has_outbox.to_string()])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    // Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw
    let collected = text.lines().find_map(|line| line.split_once("Collected :")).unwrap().1;
    let counts: Vec<f64> = collected.split_whitespace().map(|n| n.parse().unwrap()).collect();
    let calls = COUNTED as f64;
    assert!(counts[0] > calls, "nothing was counted");
    (counts[0] / calls, (counts[4] + counts[5]) / calls)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["instructions"] => count(),
        ["only", call, class, has_outbox] => {
            let has_outbox = has_outbox.parse().unwrap();
            let kind = (call.parse().unwrap(), class.parse().unwrap(), has_outbox);
            let _ = run(has_outbox, COUNTED, Some(kind));
        }
        _ => [false, true].into_iter().for_each(measure),
    }
}
