use std::collections::VecDeque;
use std::time::Duration;

use super::sync::{Mutex, MutexGuard};

/// How many results are looked at, and for how long.
const WINDOW: usize = 20;
const WINDOW_TIME: Duration = Duration::from_secs(10);

/// When a circuit opens, and for how long.
#[derive(Clone, Copy, Debug)]
pub(in crate::provider) struct Limits {
    pub(in crate::provider) failures: u32,
    pub(in crate::provider) pause: Duration,
}

/// What a send says of the gateway's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::provider) enum Health {
    Good,
    Bad,
    /// Nothing: the message was at fault, or nobody waited for the end.
    Unclear,
}

/// A change of the state that others may want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::provider) enum Change {
    Closed,
    Opened,
}

/// The permission to send, to be given back with what came of it.
#[derive(Debug)]
pub(in crate::provider) struct Ticket {
    /// The opening or closing after which it was given: results from before the last one say nothing.
    era: u64,
}

#[derive(Debug)]
pub(in crate::provider) enum Phase {
    Closed,
    Open {
        until: Duration,
    },
    /// One message finds out whether the gateway is back.
    HalfOpen {
        is_probing: bool,
    },
}

/// The state of a circuit, shared by all sends.
#[derive(Debug)]
pub(in crate::provider) struct Breaker {
    state: Mutex<BreakerState>,
}

#[derive(Debug)]
struct BreakerState {
    phase: Phase,
    era: u64,
    in_a_row: u32,
    /// The last results, the oldest first: when, and whether it was bad.
    results: VecDeque<(Duration, bool)>,
}

impl Breaker {
    pub(in crate::provider) fn new() -> Self {
        let results = VecDeque::with_capacity(WINDOW);
        let state = BreakerState { phase: Phase::Closed, era: 0, in_a_row: 0, results };
        Self { state: Mutex::new(state) }
    }

    /// Asks for permission; the error is how long to wait.
    pub(in crate::provider) fn admit(&self, now: Duration) -> Result<Ticket, Duration> {
        let mut state = self.lock();
        match state.phase {
            Phase::Closed => {}
            Phase::Open { until } if now < until => return Err(until.saturating_sub(now)),
            // Asking and taking the only place are one step: of a thousand that ask, one gets it.
            Phase::Open { .. } | Phase::HalfOpen { is_probing: false } => {
                state.phase = Phase::HalfOpen { is_probing: true };
            }
            Phase::HalfOpen { is_probing: true } => return Err(Duration::ZERO),
        }
        Ok(Ticket { era: state.era })
    }

    /// Gives the permission back. Returns the change that this has caused.
    pub(in crate::provider) fn report(
        &self,
        ticket: &Ticket,
        health: Health,
        now: Duration,
        limits: &Limits,
    ) -> Option<Change> {
        let mut state = self.lock();
        if ticket.era != state.era {
            return None;
        }
        match (&state.phase, health) {
            (Phase::HalfOpen { .. }, Health::Unclear) => {
                state.phase = Phase::HalfOpen { is_probing: false };
                None
            }
            (Phase::HalfOpen { .. }, Health::Good) => {
                state.turn(Phase::Closed);
                Some(Change::Closed)
            }
            (Phase::HalfOpen { .. }, Health::Bad) => Some(state.open(now, limits)),
            (Phase::Closed, Health::Good | Health::Bad) => {
                state.note(health == Health::Bad, now);
                state.is_sick(now, limits).then(|| state.open(now, limits))
            }
            _ => None,
        }
    }

    /// What the phase looks like from outside.
    pub(in crate::provider) fn look<T>(&self, read: impl FnOnce(&Phase) -> T) -> T {
        read(&self.lock().phase)
    }

    fn lock(&self) -> MutexGuard<'_, BreakerState> {
        // Nothing that runs under the lock can panic.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl BreakerState {
    fn note(&mut self, is_bad: bool, now: Duration) {
        self.in_a_row = if is_bad { self.in_a_row.saturating_add(1) } else { 0 };
        if self.results.len() >= WINDOW {
            self.results.pop_front();
        }
        self.results.push_back((now, is_bad));
    }

    fn is_sick(&self, now: Duration, limits: &Limits) -> bool {
        let since = now.saturating_sub(WINDOW_TIME);
        let recent = self.results.iter().filter(|(at, _)| *at >= since);
        let (count, bad) = recent.fold((0_usize, 0_usize), |(count, bad), (_, is_bad)| {
            (count.saturating_add(1), bad.saturating_add(usize::from(*is_bad)))
        });
        self.in_a_row >= limits.failures.max(1)
            || (count >= WINDOW && bad.saturating_mul(2) >= count)
    }

    fn open(&mut self, now: Duration, limits: &Limits) -> Change {
        self.turn(Phase::Open { until: now.saturating_add(limits.pause) });
        Change::Opened
    }

    fn turn(&mut self, phase: Phase) {
        self.phase = phase;
        self.era = self.era.wrapping_add(1);
        self.in_a_row = 0;
        self.results.clear();
    }
}
