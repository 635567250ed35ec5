//! The states of a circuit breaker, without I/O, so that a test can run them under a model checker.
//!
//! A circuit is closed, open or half-open. It is closed while sends succeed. Too many failures open
//! it for a fixed time. Then one message, the probe, is sent while all others are still refused.
//! The probe closes the circuit or opens it again. Each opening and closing starts a new era, and
//! the result of a send counts only in the era in which the send was admitted.

use std::collections::VecDeque;
use std::time::Duration;

use crate::provider::sync::{Mutex, MutexGuard};

/// The number of recent results that are evaluated.
const WINDOW: usize = 20;
/// The maximum age of these results.
const WINDOW_TIME: Duration = Duration::from_secs(10);

/// The limits that open a circuit, and the time for which it stays open.
#[derive(Clone, Copy, Debug)]
pub(in crate::provider) struct Thresholds {
    pub(in crate::provider) failures: u32,
    pub(in crate::provider) pause: Duration,
}

/// The health of the gateway according to one send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::provider) enum Health {
    Good,
    Bad,
    /// The send says nothing about the gateway: the message was at fault, or the send was dropped.
    Unclear,
}

/// A change of the state, for logs and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::provider) enum Change {
    Closed,
    Opened,
}

/// A permission to send. It is used to report the result.
#[derive(Debug)]
pub(in crate::provider) struct Admission {
    /// The era in which the send was admitted.
    era: u64,
}

#[derive(Debug)]
pub(in crate::provider) enum Phase {
    Closed,
    Open {
        until: Duration,
    },
    /// One message, the probe, tests if the gateway is back.
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
    /// The number of failures in a row.
    in_a_row: u32,
    /// The recent results, the oldest first: the time, and `true` for a failure.
    results: VecDeque<(Duration, bool)>,
}

impl Breaker {
    pub(in crate::provider) fn new() -> Self {
        let results = VecDeque::with_capacity(WINDOW);
        let state = BreakerState { phase: Phase::Closed, era: 0, in_a_row: 0, results };
        Self { state: Mutex::new(state) }
    }

    /// Requests permission to send. The error is the time until the next probe, or zero while one
    /// is under way.
    pub(in crate::provider) fn admit(&self, now: Duration) -> Result<Admission, Duration> {
        let mut state = self.lock();
        match state.phase {
            Phase::Closed => {}
            Phase::Open { until } if now < until => return Err(until.saturating_sub(now)),
            // Check and take the only place for a probe in one step, so that exactly one of many
            // concurrent sends gets it.
            Phase::Open { .. } | Phase::HalfOpen { is_probing: false } => {
                // The era does not change here, so that the result of the probe counts.
                state.phase = Phase::HalfOpen { is_probing: true };
            }
            Phase::HalfOpen { is_probing: true } => return Err(Duration::ZERO),
        }
        Ok(Admission { era: state.era })
    }

    /// Reports the result of an admitted send. Returns the change of the state that it caused.
    pub(in crate::provider) fn report(
        &self,
        ticket: &Admission,
        health: Health,
        now: Duration,
        limits: &Thresholds,
    ) -> Option<Change> {
        let mut state = self.lock();
        // A send that began before the last change may end much later, and tells only about that
        // time.
        if ticket.era != state.era {
            return None;
        }
        match (&state.phase, health) {
            // The probe proved nothing, for example because it was dropped. The next message is the
            // probe. Otherwise the circuit would stay half-open forever.
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
            // An open circuit has admitted nothing in its era. An unclear result in a closed one is
            // ignored.
            _ => None,
        }
    }

    /// Reads the phase.
    pub(in crate::provider) fn look<T>(&self, read: impl FnOnce(&Phase) -> T) -> T {
        read(&self.lock().phase)
    }

    fn lock(&self) -> MutexGuard<'_, BreakerState> {
        // No code that runs under the lock can panic.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl BreakerState {
    /// Records a result.
    fn note(&mut self, is_bad: bool, now: Duration) {
        self.in_a_row = if is_bad { self.in_a_row.saturating_add(1) } else { 0 };
        if self.results.len() >= WINDOW {
            self.results.pop_front();
        }
        self.results.push_back((now, is_bad));
    }

    /// Returns `true` if the results reach one of the limits. The share of failures counts only if
    /// a full window of results is recent, so that a few old or rare failures do not open the
    /// circuit.
    fn is_sick(&self, now: Duration, limits: &Thresholds) -> bool {
        // In the first 10 s of the timer, all results are recent.
        let since = now.saturating_sub(WINDOW_TIME);
        let recent = self.results.iter().filter(|(at, _)| *at >= since);
        let (count, bad) = recent.fold((0_usize, 0_usize), |(count, bad), (_, is_bad)| {
            (count.saturating_add(1), bad.saturating_add(usize::from(*is_bad)))
        });
        self.in_a_row >= limits.failures.max(1)
            || (count >= WINDOW && bad.saturating_mul(2) >= count)
    }

    fn open(&mut self, now: Duration, limits: &Thresholds) -> Change {
        self.turn(Phase::Open { until: now.saturating_add(limits.pause) });
        Change::Opened
    }

    /// Changes the phase, and starts a new era without results.
    fn turn(&mut self, phase: Phase) {
        self.phase = phase;
        self.era = self.era.wrapping_add(1);
        self.in_a_row = 0;
        self.results.clear();
    }
}
