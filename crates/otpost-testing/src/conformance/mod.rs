//! The conformance suites: the contracts of the store traits as cases that run against any store.

#[macro_use]
mod macros;

mod attempts;
mod buckets;
mod late;
mod limits;
mod locks;
mod outbox;
mod permits;
mod races;
mod reports;
mod run;
mod sends;
mod violation;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use self::run::{Case, CaseOutcome, ConformanceRun, Suite};
pub use self::violation::Violation;
use otpost::otp::fill_random;
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, CounterTag, Give, GiveKind, Limit,
    LimitStore, Mac, NewChallenge, Nonce, OpenRule, OutboxStore, ReportStore, ResendRule, Resent,
    Reserved, Salt, SendWindow, Settlement, StoreError,
};

/// A conformance suite for the contracts of [`ChallengeStore`] and [`LimitStore`].
///
/// # Examples
///
/// ```
/// use otpost::store::MemoryStore;
/// use otpost::testing::ManualClock;
/// use otpost_testing::StoreConformance;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let clock = ManualClock::at(1_700_000_000);
/// let store = MemoryStore::new().with_clock(clock.clone());
/// let violations = StoreConformance::new(store)
///     .with_passing_time(move |time| {
///         clock.advance(time);
///         async {}
///     })
///     .run()
///     .await;
/// assert_eq!(violations, []);
/// # }
/// ```
pub struct StoreConformance(Suite<dyn ConformanceStore>);

/// A store for challenges and limits.
pub(super) trait ConformanceStore: ChallengeStore + LimitStore {}

impl<T: ChallengeStore + LimitStore> ConformanceStore for T {}

impl StoreConformance {
    /// Creates a suite for a store. The store may contain other data.
    #[must_use]
    pub fn new(store: impl ChallengeStore + LimitStore) -> Self {
        Self(Suite::new(Arc::new(store)))
    }

    /// Sets the function that makes time pass for the store. Defaults to waiting.
    ///
    /// In total about 10 s pass, and more on a slow machine. Cases that wait run at the same time.
    /// The cases then run one after the other.
    #[must_use]
    pub fn with_passing_time<F>(self, pass: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(self.0.with_passing_time(pass))
    }

    /// Returns the names of all cases.
    pub fn cases() -> impl Iterator<Item = &'static str> {
        QUIET.into_iter().flatten().chain(races::CASES).map(|case| case.name)
    }

    /// Runs all cases, and returns the violations. An empty list means that the store fulfills the
    /// contracts.
    ///
    /// A case measures times of a few tenths of a second. If it fails and the machine was too slow
    /// for that, it is retried with times of up to 3 s.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the run. The challenges that the cases have opened expire.
    pub async fn run(&self) -> Vec<Violation> {
        let mut violations = self.0.run_together(QUIET.into_iter().flatten()).await;
        // Races keep the machine busy, and would make the others late.
        violations.extend(self.0.run(races::CASES.iter()).await);
        violations
    }
}

impl ConformanceRun<'_, dyn ConformanceStore> {
    /// Opens a challenge by a rule, and returns the store's result.
    async fn open_by(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
    ) -> Result<otpost::store::Opened, String> {
        self.store().open(new, rule).await.map_err(failed)
    }

    /// Opens a challenge of a new recipient by a rule without limits.
    async fn opened(&self, attempts: u16) -> Result<NewChallenge, String> {
        let new = challenge(attempts);
        let opened = self.open_by(&new, &free()).await?;
        ensure!(matches!(opened, otpost::store::Opened::Created { .. }), opened);
        Ok(new)
    }

    async fn attempt(&self, id: &ChallengeId, guess: &Mac) -> Result<Attempt, String> {
        self.attempt_by(id, guess, None, &patient()).await
    }

    async fn attempt_by(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, String> {
        self.store().attempt(id, guess, nonce, rule).await.map_err(failed)
    }

    async fn resend_by(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, String> {
        self.store().resend(id, rule).await.map_err(failed)
    }

    async fn reserve(&self, limits: &[Limit]) -> Result<Reserved, String> {
        self.store().reserve(limits, &[]).await.map_err(failed)
    }

    /// Reserves under each limit until one refuses, and returns the number of messages granted.
    async fn drained(&self, limits: &[Limit], at_most: usize) -> Result<usize, String> {
        for granted in 0..=at_most {
            if matches!(self.reserve(limits).await?, Reserved::Refused(..)) {
                return Ok(granted);
            }
        }
        Err(format!("more than {at_most} are granted"))
    }

    async fn settle(&self, gives: Vec<Give>) -> Result<(), String> {
        self.store().settle(&Settlement::new(gives, Vec::new())).await.map_err(failed)
    }

    /// Gives back one place under each limit.
    async fn give(&self, limits: &[Limit], kind: GiveKind) -> Result<(), String> {
        self.settle(limits.iter().map(|limit| limit.give(kind)).collect()).await
    }
}

impl fmt::Debug for StoreConformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreConformance").field("store", &self.0.store).finish_non_exhaustive()
    }
}

/// A conformance suite for the contract of [`OutboxStore`].
///
/// # Examples
///
/// ```
/// use otpost::store::MemoryStore;
/// use otpost::testing::ManualClock;
/// use otpost_testing::OutboxConformance;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let clock = ManualClock::at(1_700_000_000);
/// let store = MemoryStore::new().with_clock(clock.clone());
/// let suite = OutboxConformance::new(store).with_passing_time(move |time| {
///     clock.advance(time);
///     async {}
/// });
/// assert_eq!(suite.run().await, []);
/// # }
/// ```
pub struct OutboxConformance(Suite<dyn OutboxStore>);

impl OutboxConformance {
    /// Creates a suite for an outbox. It may contain other intents: each case has queues of its
    /// own.
    #[must_use]
    pub fn new(outbox: impl OutboxStore) -> Self {
        Self(Suite::new(Arc::new(outbox)))
    }

    /// Sets the function that makes time pass for the store. Defaults to waiting.
    ///
    /// In total about 10 s pass, and more on a slow machine. Cases that wait run at the same time.
    /// The cases then run one after the other.
    #[must_use]
    pub fn with_passing_time<F>(self, pass: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(self.0.with_passing_time(pass))
    }

    /// Runs all cases, and returns the violations. An empty list means that the outbox fulfills the
    /// contract.
    ///
    /// If a case fails and the machine was too slow for its short times, it is retried with longer
    /// ones.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the run. The intents that the cases have queued expire.
    pub async fn run(&self) -> Vec<Violation> {
        self.0.run_together(outbox::CASES.iter().chain(late::CASES)).await
    }
}

impl fmt::Debug for OutboxConformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxConformance").field("outbox", &self.0.store).finish_non_exhaustive()
    }
}

/// A conformance suite for the contract of [`ReportStore`].
///
/// # Examples
///
/// ```
/// use otpost::store::MemoryStore;
/// use otpost::testing::ManualClock;
/// use otpost_testing::ReportConformance;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let clock = ManualClock::at(1_700_000_000);
/// let store = MemoryStore::new().with_clock(clock.clone());
/// let suite = ReportConformance::new(store).with_passing_time(move |time| {
///     clock.advance(time);
///     async {}
/// });
/// assert_eq!(suite.run().await, []);
/// # }
/// ```
pub struct ReportConformance(Suite<dyn ReportStore>);

impl ReportConformance {
    /// Creates a suite for a store. It may contain other messages.
    #[must_use]
    pub fn new(store: impl ReportStore) -> Self {
        Self(Suite::new(Arc::new(store)))
    }

    /// Sets the function that makes time pass for the store. Defaults to waiting.
    ///
    /// In total a few seconds pass, and more on a slow machine. Cases that wait run at the same
    /// time. The cases then run one after the other.
    #[must_use]
    pub fn with_passing_time<F>(self, pass: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(self.0.with_passing_time(pass))
    }

    /// Returns the names of all cases.
    pub fn cases() -> impl Iterator<Item = &'static str> {
        reports::CASES.iter().map(|case| case.name)
    }

    /// Runs all cases, and returns the violations. An empty list means that the store fulfills the
    /// contract.
    ///
    /// If a case fails and the machine was too slow for its short times, it is retried with longer
    /// ones.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the run. The messages that the cases have recorded expire.
    pub async fn run(&self) -> Vec<Violation> {
        let (races, quiet): (Vec<_>, Vec<_>) =
            reports::CASES.iter().partition(|case| case.name.contains("race"));
        let mut violations = self.0.run_together(quiet.into_iter()).await;
        // Races keep the machine busy, and would make the others late.
        violations.extend(self.0.run(races.into_iter()).await);
        violations
    }
}

impl fmt::Debug for ReportConformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportConformance").field("store", &self.0.store).finish_non_exhaustive()
    }
}

/// The cases that are no races.
const QUIET: [&[Case<dyn ConformanceStore>]; 6] =
    [attempts::CASES, sends::CASES, permits::CASES, locks::CASES, limits::CASES, buckets::CASES];

fn failed(error: StoreError) -> String {
    format!("{error:?}")
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without random bytes, the ids of all cases collide, and the cases fail.
    let _ = fill_random(&mut bytes);
    bytes
}

/// Creates a challenge for a new recipient.
fn challenge(attempts: u16) -> NewChallenge {
    challenge_of(random(), attempts)
}

fn challenge_of(recipient: [u8; 8], attempts: u16) -> NewChallenge {
    let id = ChallengeId::new(0, recipient, random());
    // Stores treat a MAC as opaque bytes, so neither a code nor a pepper is necessary.
    let (mac, salt) = (Mac::new(random()), Salt::new(random()));
    NewChallenge::new(id, mac, salt, attempts)
}

fn wrong() -> Mac {
    Mac::new(random())
}

fn tag() -> CounterTag {
    CounterTag::new(random())
}

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// Returns a rule without limits on messages.
fn free() -> OpenRule {
    OpenRule::new(MINUTE, Duration::ZERO, Duration::ZERO, SendWindow::new(u16::MAX, DAY))
}

/// Returns a rule by which a challenge expires after `lifetime`.
fn lasting(lifetime: Duration) -> OpenRule {
    let mut rule = free();
    rule.lifetime = lifetime;
    rule
}

/// Returns a rule with a cooldown between messages.
fn waiting(cooldown: Duration, longest: Duration) -> OpenRule {
    let mut rule = free();
    (rule.cooldown, rule.longest_cooldown) = (cooldown, longest);
    rule
}

/// Returns a rule by which a recipient gets at most this many messages within a span.
fn limited(most: u16, span: Duration) -> OpenRule {
    let mut rule = free();
    rule.window = SendWindow::new(most, span);
    rule
}

fn free_resend() -> ResendRule {
    ResendRule::new(free(), Duration::ZERO)
}

/// Returns a rule by which no recipient is ever locked in practice.
fn patient() -> AttemptRule {
    AttemptRule::new(u16::MAX, Duration::ZERO, Duration::ZERO, DAY)
}
