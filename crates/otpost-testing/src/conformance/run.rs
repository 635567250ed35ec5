//! Runs cases with short times, and again with longer ones if the machine was too slow to measure
//! the short ones.
//!
//! A case that tests an expiry has to act before the expiry. If a slow machine acts too late, the
//! case fails although the store is correct. So each run measures if it was late: only a failure of
//! a run that was late is retried.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;

use super::violation::Violation;
use crate::lock;
use otpost::clock::{Clock, SteadyClock};
use otpost::otp::fill_random;

/// The shortest time of a case in each try. Ten times the last one is less than the minute for
/// which cases open challenges.
const SOON: [Duration; 4] = [
    Duration::from_millis(400),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(5),
];

/// The text after a failure that may be the fault of the machine.
const TOO_SLOW: &str = "; the machine was too slow to be sure: run no other program at the same time, \
    or pass time with a clock that the test sets";

pub(super) type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;
pub(super) type CaseOutcome = Result<(), String>;
type CaseBody<S> =
    for<'a> fn(&'a ConformanceRun<'a, S>) -> Pin<Box<dyn Future<Output = CaseOutcome> + Send + 'a>>;

/// A case, which tests a sentence of a contract.
pub(super) struct Case<S: ?Sized + 'static> {
    pub(super) name: &'static str,
    pub(super) sentence: u8,
    pub(super) body: CaseBody<S>,
}

/// A store, and the function that makes time pass for it.
pub(super) struct Suite<S: ?Sized> {
    pub(super) store: Arc<S>,
    /// Makes time pass. `None` waits.
    pass: Option<Box<dyn Fn(Duration) -> Waiting + Send + Sync>>,
    clock: Arc<dyn Clock>,
}

impl<S: Send + Sync + ?Sized + 'static> Suite<S> {
    pub(super) fn new(store: Arc<S>) -> Self {
        Self { store, pass: None, clock: Arc::new(SteadyClock::new()) }
    }

    pub(super) fn with_passing_time<F>(
        mut self,
        pass: impl Fn(Duration) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.pass = Some(Box::new(move |time| Box::pin(pass(time))));
        self
    }

    async fn pass(&self, time: Duration) {
        match &self.pass {
            Some(pass) => pass(time).await,
            None => tokio::time::sleep(time).await,
        }
    }

    /// Runs cases that know nothing of each other. If they wait, they wait at the same time, and
    /// only those that were too slow are retried one after the other. A clock that is set would
    /// pass for all of them, so then none run together.
    pub(super) async fn run_together(
        &self,
        cases: impl Iterator<Item = &Case<S>>,
    ) -> Vec<Violation> {
        if self.pass.is_some() {
            return self.run(cases).await;
        }
        let (first, rest) = SOON.split_first().unwrap_or((&Duration::ZERO, &[]));
        // All in one task, so that the cases can borrow the suite.
        let tries = cases.map(|case| async move { (case, self.run_once(case, *first).await) });
        let mut violations = Vec::new();
        for (case, seen) in join_all(tries).await {
            violations.extend(self.retry(case, seen, rest).await);
        }
        violations
    }

    /// Runs cases one after the other.
    pub(super) async fn run(&self, cases: impl Iterator<Item = &Case<S>>) -> Vec<Violation> {
        let mut violations = Vec::new();
        for case in cases {
            violations.extend(self.judge(case).await);
        }
        violations
    }

    async fn judge(&self, case: &Case<S>) -> Option<Violation> {
        let (first, rest) = SOON.split_first().unwrap_or((&Duration::ZERO, &[]));
        let seen = self.run_once(case, *first).await;
        self.retry(case, seen, rest).await
    }

    /// Repeats a case while it fails late. A failure of a run that was in time is the fault of the
    /// store. A failure of a late run may be that of the machine.
    async fn retry(
        &self,
        case: &Case<S>,
        first: Option<CaseFailure>,
        rest: &[Duration],
    ) -> Option<Violation> {
        let mut seen = first?;
        for soon in rest {
            if !seen.is_late {
                break;
            }
            seen = self.run_once(case, *soon).await?;
        }
        let late = if seen.is_late { TOO_SLOW } else { "" };
        let seen = format!("{}{late}", seen.what);
        Some(Violation { case: case.name, sentence: case.sentence, seen })
    }

    /// Runs a case once. Returns `None` if it succeeds, even if it was late: slowness makes cases
    /// fail and not pass.
    async fn run_once(&self, case: &Case<S>, soon: Duration) -> Option<CaseFailure> {
        let run = ConformanceRun::new(self, soon);
        let what = (case.body)(&run).await.err()?;
        Some(CaseFailure { what, is_late: run.is_late() })
    }
}

/// A failure of one run.
struct CaseFailure {
    what: String,
    is_late: bool,
}

/// One run of a case.
pub(super) struct ConformanceRun<'a, S: ?Sized> {
    suite: &'a Suite<S>,
    soon: Duration,
    name: [u8; 8],
    pace: Mutex<Pace>,
}

struct Pace {
    // `true` if the case has called `soon`.
    is_measured: bool,
    // The start of the current step.
    since: SystemTime,
    // `true` if a step took more than a seventh of `soon`.
    is_late: bool,
}

impl<'a, S: Send + Sync + ?Sized + 'static> ConformanceRun<'a, S> {
    fn new(suite: &'a Suite<S>, soon: Duration) -> Self {
        let pace = Pace { is_measured: false, since: suite.clock.now(), is_late: false };
        let mut name = [0; 8];
        // Without random bytes, all runs have the same name, and cases that use it fail.
        let _ = fill_random(&mut name);
        Self { suite, soon, name, pace: Mutex::new(pace) }
    }

    /// Returns a name that no other run has, so that a retry finds nothing that an earlier try
    /// left.
    pub(super) const fn name(&self) -> [u8; 8] {
        self.name
    }

    pub(super) const fn store(&self) -> &'a Arc<S> {
        &self.suite.store
    }

    /// Returns a time that passes within the case. Steps that must be done before its end have to
    /// take at most a seventh of it; otherwise the run is late. So a case may pause for two thirds
    /// of it between two steps that it must contain: 2/3 + 2/7 < 1.
    pub(super) fn soon(&self) -> Duration {
        lock(&self.pace).is_measured = true;
        self.soon
    }

    pub(super) async fn pass(&self, time: Duration) {
        let begin = self.look();
        self.suite.pass(time).await;
        // Waking up late makes the run late, too: measure from the planned end of the pause.
        let now = self.suite.clock.now();
        // Not later than now: a function that sets the clock of the store returns at once.
        lock(&self.pace).since = begin.checked_add(time).unwrap_or(now).min(now);
    }

    fn look(&self) -> SystemTime {
        let now = self.suite.clock.now();
        let mut pace = lock(&self.pace);
        let took = now.duration_since(pace.since).unwrap_or_default();
        pace.is_late |= took > self.soon / 7;
        now
    }

    fn is_late(&self) -> bool {
        self.look();
        let pace = lock(&self.pace);
        // A case that never called `soon` measures no time, so its failure is the fault of the
        // store.
        pace.is_measured && pace.is_late
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use otpost::testing::ManualClock;

    /// A machine that needs a number of milliseconds per step, and counts the tries.
    struct Machine {
        clock: ManualClock,
        needs: u64,
        tries: AtomicUsize,
    }

    impl Machine {
        fn work(&self) {
            self.clock.advance(Duration::from_millis(self.needs));
        }
    }

    async fn judged(needs: u64, body: CaseBody<Machine>) -> (usize, Vec<Violation>) {
        let clock = ManualClock::at(1_700_000_000);
        let machine = Machine { clock: clock.clone(), needs, tries: AtomicUsize::new(0) };
        let mut suite = Suite::new(Arc::new(machine));
        suite.clock = Arc::new(clock.clone());
        let suite = suite.with_passing_time(move |time| {
            clock.advance(time);
            async {}
        });
        let case = Case { name: "a_case", sentence: 1, body };
        let violations = suite.run([&case].into_iter()).await;
        (suite.store.tries.load(Ordering::Relaxed), violations)
    }

    /// A case that checks that data with a lifetime still exists after one step.
    fn lasts<'a>(
        run: &'a ConformanceRun<'a, Machine>,
    ) -> Pin<Box<dyn Future<Output = CaseOutcome> + Send + 'a>> {
        Box::pin(async {
            let machine = run.store();
            machine.tries.fetch_add(1, Ordering::Relaxed);
            for _ in 0..2 {
                let ends = machine.clock.now() + run.soon();
                machine.work();
                ensure!(machine.clock.now() < ends, "it is gone");
                run.pass(run.soon() * 2).await;
            }
            Ok(())
        })
    }

    #[tokio::test]
    async fn a_slow_machine_gets_more_time() {
        for (needs, tries) in
            [(10, 1), (399, 1), (400, 2), (1_000, 3), (2_999, 3), (3_000, 4), (4_999, 4)]
        {
            assert_eq!(judged(needs, lasts).await, (tries, vec![]), "{needs}");
        }
        // If even the longest time is too short, the case is reported as a violation.
        let (tries, violations) = judged(5_000, lasts).await;
        assert_eq!((tries, violations.len()), (4, 1));
        assert!(
            violations[0].seen.contains("it is gone") && violations[0].seen.ends_with(TOO_SLOW)
        );
    }

    #[tokio::test]
    async fn what_goes_wrong_in_time_is_not_tried_again() {
        let wrong: [CaseBody<Machine>; 2] = [
            // A failure in time.
            |run| {
                Box::pin(async {
                    run.store().tries.fetch_add(1, Ordering::Relaxed);
                    run.pass(run.soon() * 2).await;
                    run.store().work();
                    Err("wrong".into())
                })
            },
            // A slow failure of a case that measures no time, such as a race. It is not retried.
            |run| {
                Box::pin(async {
                    run.store().tries.fetch_add(1, Ordering::Relaxed);
                    run.store().clock.advance(Duration::from_secs(20));
                    Err("wrong".into())
                })
            },
        ];
        for body in wrong {
            let (tries, violations) = judged(50, body).await;
            assert_eq!((tries, violations.len()), (1, 1));
            assert_eq!(violations[0].seen, "wrong");
        }
    }

    /// A wrong store is reported on a slow machine, too.
    #[tokio::test]
    async fn a_wrong_store_is_found_on_a_slow_machine() {
        let body: CaseBody<Machine> = |run| {
            Box::pin(async {
                run.store().tries.fetch_add(1, Ordering::Relaxed);
                let _ = run.soon();
                run.store().work();
                Err("wrong".into())
            })
        };
        let (tries, violations) = judged(500, body).await;
        assert_eq!((tries, violations.len()), (4, 1), "in time with 5 s");
        assert_eq!(violations[0].seen, "wrong");
    }
}
