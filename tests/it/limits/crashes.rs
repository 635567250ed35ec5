//! Processes that stop at any point between reserving, opening, sending and settling.

use std::future::IntoFuture;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use otpost::PhoneNumber;
use otpost::challenge::{Challenge, Limits, Policy, Step, Verdict};
use otpost::store::{ChallengeStore, Limit, LimitRule, LimitStore, MemoryStore, Reserved};

use super::pausing::{Pausing, PausingPhones};
use super::{City, DAY, LOGIN, MINUTE, client, is_whole, mobile, now};
use crate::dice::Dice;

/// The policy and limits are small, so that they are reached.
const TOTAL: u16 = 12;
const REGION: u32 = 30;
const PEOPLE: u64 = 3;

/// Polls a future a number of times, and drops it if it is not ready then.
fn crash<F: IntoFuture>(future: F, polls: u64) -> Option<F::Output> {
    let mut future = pin!(future.into_future());
    for _ in 0..polls {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Some(output);
        }
    }
    None
}

/// Returns the output of a future, however often it waits.
fn whole<F: IntoFuture>(future: F) -> F::Output {
    crash(future, u64::MAX).unwrap()
}

struct Run {
    city: City,
    store: Pausing,
    pending: Vec<(Challenge, PhoneNumber)>,
    /// The operations that were dropped before their end.
    dropped: u64,
    /// The messages that were sent once a number may have been known. A region does not count all of
    /// them.
    to_known: u64,
    /// The codes that were accepted, or may have been.
    accepted: u64,
}

impl Run {
    fn new(has_outbox: bool, drops_late: bool) -> Self {
        let pausing = Pausing { drops_late, ..Pausing::new(MemoryStore::new()) };
        let (mut store, policy) = (pausing.clone(), Policy::sms().with_cooldown(Duration::ZERO));
        let limits = Limits::standard().with_region(REGION).with_application(2 * REGION);
        let city = City::with(MemoryStore::new(), |builder, memory, phones| {
            store.store = memory;
            let builder = builder
                .provider(PausingPhones(phones))
                .policy(policy.with_sends(50, 50).with_total(TOTAL))
                .limits(limits.with_range(TOTAL.into()).with_client_and_recipient(TOTAL));
            if has_outbox { builder.outbox(store.clone()) } else { builder.store(store.clone()) }
        });
        Self { city, store, pending: Vec::new(), dropped: 0, to_known: 0, accepted: 0 }
    }

    /// Runs one operation. Every other one is dropped at a random point.
    fn step(&mut self, dice: &mut Dice) {
        let polls = if dice.below(2) == 0 { u64::MAX } else { dice.below(25) };
        let (before, to) = (self.city.phones.messages(), mobile(9, dice.below(PEOPLE)));
        self.city.phones.fail(dice.below(4) == 0);
        let challenges = self.city.challenges.clone();
        let is_done = match (dice.below(10), self.pending.is_empty()) {
            (0..5, _) | (_, true) => {
                let issue = challenges.issue(&to, LOGIN, client(1));
                let issue = if dice.below(3) == 0 { issue.human() } else { issue };
                let issued = crash(issue, polls);
                let is_done = issued.is_some();
                self.pending.extend(issued.and_then(Result::ok).map(|challenge| (challenge, to)));
                is_done
            }
            (5..7, _) => {
                let (challenge, _) = dice.one(&self.pending);
                let resent = crash(challenges.resend(challenge.token(), LOGIN, client(2)), polls);
                resent.is_some()
            }
            (7, _) => {
                let (challenge, to) = dice.one(&self.pending);
                let code = self.city.phones.last_code(&to).unwrap_or_else(|| "000000".to_owned());
                let verdict = crash(challenges.verify(challenge.token(), LOGIN, &code), polls);
                let is_refused = matches!(verdict, Some(Ok(Verdict::Wrong { .. } | Verdict::Gone)));
                self.accepted += u64::from(!is_refused);
                verdict.is_some()
            }
            _ => match challenges.worker() {
                Some(worker) => crash(worker.step(), polls).is_some(),
                None => true,
            },
        };
        self.dropped += u64::from(!is_done);
        if self.accepted > 0 {
            self.to_known += self.city.phones.messages() - before;
        }
    }

    /// Lets a worker send or drop what is queued.
    fn drain(&mut self) {
        self.city.phones.fail(false);
        let (before, worker) = (self.city.phones.messages(), self.city.challenges.worker());
        for worker in std::iter::repeat_n(worker, 10).flatten() {
            while whole(worker.step()).unwrap() != Step::Idle {}
            self.city.pass(MINUTE);
        }
        if self.accepted > 0 {
            self.to_known += self.city.phones.messages() - before;
        }
    }

    /// Returns each limit once.
    fn limits(&self) -> Vec<Limit> {
        let mut limits = Vec::new();
        for limit in self.store.limits.lock().unwrap().iter() {
            if !limits.contains(limit) {
                limits.push(*limit);
            }
        }
        limits
    }

    /// Takes all places that a limit still has at this moment, and returns their number.
    fn places(&self, limit: &Limit) -> u64 {
        let take = || now(self.store.store.reserve(&[*limit], &[])).unwrap();
        (0..).take_while(|_| matches!(take(), Reserved::Granted { .. })).count() as u64
    }
}

/// Returns the number of messages that a limit allows.
fn most(limit: &Limit) -> u64 {
    match limit.rule {
        LimitRule::Bucket { capacity, .. } => capacity.into(),
        LimitRule::Window { most, .. } => most.into(),
    }
}

fn run(seed: u64, drops_late: bool) -> Result<[u64; 3], String> {
    let (mut dice, mut run) = (Dice::new(seed), Run::new(seed.is_multiple_of(2), drops_late));
    for _ in 0..14 {
        run.step(&mut dice);
    }
    run.drain();
    let sent = run.city.phones.messages();
    // Of the limits, the total of a recipient counts every message, and a success gives none back.
    let (mut taken, mut taken_of_regions) = (0, 0);
    for limit in run.limits() {
        // A third is left to known devices, of which there are none here.
        let total = TOTAL - TOTAL / 3;
        let span = Duration::from_secs(86_400);
        let is_total = limit.rule == LimitRule::Window { most: total, span };
        let is_region = matches!(limit.rule, LimitRule::Bucket { capacity: REGION, .. });
        if !is_total && !is_region {
            continue;
        }
        let left = run.places(&limit);
        let place = most(&limit).checked_sub(left).ok_or("more places than there are")?;
        *(if is_total { &mut taken } else { &mut taken_of_regions }) += place;
    }
    if sent > taken {
        return Err(format!("{sent} messages have {taken} places"));
    }
    // Each place belongs to a message, or to an operation that was dropped.
    if taken.max(taken_of_regions) > sent + run.dropped {
        return Err(format!(
            "{sent} messages and {} dropped operations have {taken} places, {taken_of_regions} of regions",
            run.dropped
        ));
    }
    // Each success gives back two places, and ten minutes refill at most one of each kind.
    if sent > run.to_known + taken_of_regions + 2 * run.accepted + 2 {
        return Err(format!("{sent} messages have {taken_of_regions} places of regions"));
    }
    run.city.pass(2 * DAY);
    for limit in run.limits() {
        let (left, most) = (run.places(&limit), most(&limit));
        if left != most {
            return Err(format!("{left} of {most} are left after two days: {limit:?}"));
        }
    }
    now(run.store.store.sweep()).unwrap();
    match run.store.store.len() {
        0 => Ok([sent, run.dropped, run.accepted]),
        len => Err(format!("{len} challenges are left")),
    }
}

#[test]
fn crash_at_any_point_leaves_no_limit_wrong() {
    let seeds = if is_whole() { 10_000 } else { 500 };
    let mut sums = [0; 3];
    for seed in 0..seeds {
        match run(seed, false) {
            Ok(seen) => sums.iter_mut().zip(seen).for_each(|(sum, seen)| *sum += seen),
            Err(wrong) => panic!("seed {seed}: {wrong}"),
        }
    }
    // Each kind of run occurs: messages are sent, processes stop, and codes are accepted.
    assert!(sums.iter().all(|sum| *sum >= seeds / 3), "{sums:?}");
}

/// An outbox that removes late messages by itself keeps their places taken.
#[test]
fn outbox_that_drops_what_is_late_leaves_a_limit_wrong() {
    // It is found among as many seeds as the right one passes above.
    let wrong = (0..500).find_map(|seed| run(seed, true).err());
    assert!(wrong.as_ref().is_some_and(|it| it.contains("dropped operations")), "{wrong:?}");
}
