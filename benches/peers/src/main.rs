//! Codes of otpost beside those of other libraries, in one process, taking turns. Printed are the least nanoseconds of many rounds, which is
//! what the work costs where nothing disturbs it, the ratio to otpost's, and the heap allocations of one call.

#![expect(clippy::disallowed_methods, reason = "what is measured is time")]

mod allocations;
#[cfg(liboath)]
mod liboath;
mod ours;
mod peers;

use std::time::Instant;

use peers::Peer;

/// Calls in one measurement, and measurements of each contender.
const CALLS: u32 = 200;
const ROUNDS: u32 = 400;

/// One contender at one task. A check answers whether the code matched.
pub struct Contender {
    name: &'static str,
    call: Box<dyn FnMut() -> bool>,
}

impl Contender {
    pub fn new(name: &'static str, call: impl FnMut() -> bool + 'static) -> Self {
        Self { name, call: Box::new(call) }
    }

    /// One that makes something, which the compiler is not to leave out.
    pub fn making<T>(name: &'static str, mut make: impl FnMut() -> T + 'static) -> Self {
        Self::new(name, move || {
            std::hint::black_box(make());
            false
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

/// What is measured. No code of a check matches: all of the window is work for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// A code of six digits, from a key that is ready.
    Generate,
    /// A typed text against three steps, with a key that is ready.
    Verify,
    /// The same, and the key is made ready for it.
    ColdVerify,
    /// A typed text against 101 counters.
    LookAhead,
}

impl Task {
    const ALL: [(Self, &str); 4] = [
        (Self::Generate, "generate"),
        (Self::Verify, "verify ±1, no match"),
        (Self::ColdVerify, "build key + verify ±1"),
        (Self::LookAhead, "look-ahead 100, no match"),
    ];
}

pub const KEY: [u8; 64] = *b"1234567890123456789012345678901234567890123456789012345678901234";
pub const UNIX: u64 = 1_700_000_000;
pub const STEP: u64 = 30;
/// In none of the windows, which `all_agree` sees to.
pub const WRONG: &str = "000000";

impl Hash {
    /// A key as long as the digest (RFC 6238, appendix A).
    pub fn key(self) -> &'static [u8] {
        match self {
            Self::Sha1 => &KEY[..20],
            Self::Sha256 => &KEY[..32],
            Self::Sha512 => &KEY,
        }
    }
}

fn main() {
    for hash in [Hash::Sha1, Hash::Sha256, Hash::Sha512] {
        peers::all_agree(hash);
        for (task, title) in Task::ALL {
            let mut contenders = vec![ours::contender(hash, task)];
            contenders.extend(Peer::ALL.iter().filter_map(|peer| peer.contender(hash, task)));
            let fewer = if task == Task::LookAhead { 20 } else { 1 };
            measure(&format!("{hash:?}, {title}"), contenders, fewer);
        }
    }
}

fn measure(title: &str, mut contenders: Vec<Contender>, fewer: u32) {
    let calls = CALLS / fewer;
    let mut least = vec![f64::INFINITY; contenders.len()];
    let mut allocations = Vec::new();
    for contender in &mut contenders {
        std::hint::black_box((contender.call)());
        allocations.push(allocations::during(|| std::hint::black_box((contender.call)())));
    }
    for _ in 0..ROUNDS {
        for (contender, least) in contenders.iter_mut().zip(&mut least) {
            let begin = Instant::now();
            for _ in 0..calls {
                std::hint::black_box((contender.call)());
            }
            let taken = begin.elapsed().as_secs_f64() * 1e9 / f64::from(calls);
            *least = least.min(taken);
        }
    }
    assert_eq!(allocations[0], 0, "otpost allocates nothing");
    println!("\n| {title} | ns | × otpost | allocations |\n|---|---:|---:|---:|");
    for ((contender, least_ns), allocations) in contenders.iter().zip(&least).zip(allocations) {
        let ratio = least_ns / least[0];
        println!("| {} | {least_ns:.0} | {ratio:.2} | {allocations} |", contender.name);
    }
}
